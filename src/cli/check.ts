import { sourceOf } from '../bytes/open.ts'
import type { ByteSource } from '../bytes/source.ts'
import { check, type SeriesCheck } from '../cube/check.ts'
import { type Finding, SEVERITIES, type Severity } from '../cube/check-codes.ts'
import type { DicomCubeImage } from '../cube/image.ts'
import { SORT_METHODS } from '../cube/order.ts'
import { imageOfSeries, type LeftOut } from '../cube/series.ts'
import type { SeriesVolume } from '../cube/volumes.ts'
import { loadFrom } from '../dcbs/load.ts'
import { stringifyJson } from '../dicom/json-write.ts'
import { choice, lines, usageError, verb } from './args.ts'
import { type Io, print, warn } from './io.ts'
import { chooseSeries, findIn, kindOf, META_OPTIONS, placeOf } from './open.ts'
import { columnsText, fitted, listed, painted, plural, printJson, safe } from './text.ts'

const FAIL_ON = ['error', 'warning'] as const

export const checkVerb = verb({
  usage: 'CUBE [--fail-on error|warning]',
  operands: ['CUBE'],
  about: lines(
    'Looks at a series as a whole: whether the slices belong together, all of it is there, how it lies, what its ' +
      'values and bytes are, which volumes it is made of. CUBE is a .dcbs file (or its URL), a DICOM file, or a ' +
      'folder, of which every series is looked at. Of a cube, what was recorded of its frames counts too; no pixel ' +
      'is decoded.',
    'Exit 0 whatever was found; with --fail-on, 1 where there is a finding so grave, or an instance of the folder ' +
      'that cannot be read.',
    '',
    '--json prints {"series": [{"seriesInstanceUID", "sliceCount", "status", "findings": [{"code", "severity", ' +
      '"message", "slices", "expected", "found"}], "volumes": [{"slices", "frames", "attributes"}], "geometry"}], ' +
      '"skipped", "refused"}; "geometry" has the names of the volume_geometry_index of the Imaging Data Commons.',
  ),
  options: {
    'fail-on': { value: 'SEVERITY', help: 'exit 1 on a finding of this severity or a graver one: error, warning' },
    ...META_OPTIONS,
  },
  async run(values, [path], io) {
    const failOn = choice('--fail-on', values['fail-on'], FAIL_ON)
    const sort = choice('--sort', values.sort, SORT_METHODS)
    const { checked, skipped, refused } = await examine(path, values.series, sort, io)
    if (values.json) await printJson(io, { series: checked.map(jsonOf), skipped, refused })
    else {
      const parts = checked.map(one => textOf(one, path, checked.length > 1, io))
      if (refused.length)
        parts.push(
          `${plural(refused.length, 'file')} refused:\n${listed(refused.map(({ name, reason }) => safe(`${name}: ${reason}`)))}`,
        )
      await print(io, fitted(io, parts.join('\n\n')))
    }
    if (!failOn) return 0
    const grave = SEVERITIES.slice(0, SEVERITIES.indexOf(failOn) + 1)
    return refused.length || checked.some(({ findings }) => findings.some(({ severity }) => grave.includes(severity)))
      ? 1
      : 0
  },
})

interface Checked extends SeriesCheck {
  seriesInstanceUid: string
  description: string
  sliceCount: number
}
interface Examined {
  checked: Checked[]
  skipped: LeftOut[]
  refused: LeftOut[]
}

const CUBE_MAGIC = 'DCMCUBE'
const isUrl = (path: string) => /^https?:/i.test(path)

async function examine(
  path: string,
  series: string | undefined,
  sort: (typeof SORT_METHODS)[number] | undefined,
  io: Io,
): Promise<Examined> {
  const source = isUrl(path) || (await kindOf(path)) === 'file' ? sourceOf(path) : undefined
  if (source && (await isCube(source))) {
    if (series !== undefined || sort !== undefined)
      throw usageError(
        `--${series === undefined ? 'sort' : 'series'} is for a folder of DICOM files; ${path} is a file`,
      )
    return { checked: [await checkImage(await loadFrom(source, { signal: io.signal }))], skipped: [], refused: [] }
  }
  const found = await findIn(await placeOf([path]), sort, io)
  const { skipped, refused } = found
  const all = series !== undefined || !found.series.length ? [await chooseSeries(found, path, series)] : found.series
  const checked: Checked[] = []
  for (const one of all) {
    io.signal.throwIfAborted()
    checked.push(await checkImage(await imageOfSeries(one)))
  }
  if (skipped.length) await warn(io, safe(`${path}: ${plural(skipped.length, 'file')} skipped, not DICOM instances`))
  return { checked, skipped, refused }
}

/** What is found of a cube that was written. */
export const checkCube = async (path: string): Promise<SeriesCheck> => checkImage(await loadFrom(sourceOf(path)))

async function isCube(source: ByteSource): Promise<boolean> {
  const { bytes } = await source.head(CUBE_MAGIC.length)
  return String.fromCharCode(...bytes) === CUBE_MAGIC || /\.dcbs$/i.test(source.name)
}

async function checkImage(image: DicomCubeImage): Promise<Checked> {
  try {
    const { meta } = image
    await meta.load()
    const [uid, description] = ['SeriesInstanceUID', 'SeriesDescription'].map(
      tag => meta.getStrings(tag).find(text => text?.length)?.[0] ?? '',
    )
    return { seriesInstanceUid: uid, description, sliceCount: meta.sliceCount, ...check(image) }
  } finally {
    await image.close()
  }
}

const jsonOf = ({ seriesInstanceUid, sliceCount, status, findings, volumes, geometry }: Checked) => ({
  seriesInstanceUID: seriesInstanceUid,
  sliceCount,
  status,
  findings,
  volumes,
  geometry,
})

/** "1 error, 2 warnings, no notes"; "nothing found" where there is nothing. */
export function summaryOf(findings: readonly Pick<Finding, 'severity'>[]): string {
  if (!findings.length) return 'nothing found'
  return SEVERITIES.map(severity => {
    const count = findings.filter(finding => finding.severity === severity).length
    return count ? plural(count, severity) : `no ${severity}s`
  }).join(', ')
}

const COLORS: Partial<Record<Severity, 'red'>> = { error: 'red' }

function textOf(checked: Checked, path: string, isOneOfSeveral: boolean, io: Io): string {
  const { seriesInstanceUid, description, sliceCount, status, findings, volumes, geometry } = checked
  const name = isOneOfSeveral
    ? [seriesInstanceUid || '(no Series Instance UID)', description].filter(Boolean).join(' ')
    : path
  const no = Object.entries(geometry)
    .filter(([field, value]) => value !== true && field !== 'regularly_spaced_3d_volume')
    .map(([field]) => field)
  const parts = [
    [
      `${safe(name)}: ${plural(sliceCount, 'slice')}, ${plural(volumes.length, 'volume')}, ${summaryOf(findings)}`,
      // Without positions there is no geometry to speak of.
      `status ${status}${geometry.orthogonal_orientation === null ? '' : `, regularly_spaced_3d_volume ${geometry.regularly_spaced_3d_volume}${no.length ? `: not ${no.join(', ')}` : ''}`}`,
    ].join('\n'),
  ]
  if (findings.length)
    parts.push(
      columnsText(
        ['Severity', 'Code', 'Slices', 'Finding'],
        findings.map(({ severity, code, slices, message }) => [
          severity,
          code,
          slicesText(slices, sliceCount),
          safe(message),
        ]),
      )
        .split('\n')
        .map(line => {
          const color = COLORS[line.slice(0, line.indexOf(' ')) as Severity]
          return color ? painted(io, color, line) : line
        })
        .join('\n'),
    )
  if (volumes.length > 1) {
    const shown = volumes.slice(0, MOST_VOLUMES)
    const table = columnsText(
      ['Volume', 'Slices', 'In geometric order', 'Set apart by'],
      shown.map((volume, i) => [String(i), String(volume.slices.length), orderText(volume), attributesText(volume)]),
    )
    parts.push(
      shown.length < volumes.length ? `${table}\n… and ${volumes.length - shown.length} more (--json has all)` : table,
    )
  }
  return parts.join('\n\n')
}

const MOST_VOLUMES = 30

/** "all", or ranges: "0-4, 7". */
function slicesText(slices: readonly number[], sliceCount: number): string {
  if (slices.length === sliceCount && sliceCount > 1) return 'all'
  const ranges: string[] = []
  for (let i = 0; i < slices.length; ) {
    let j = i
    while (j + 1 < slices.length && slices[j + 1] === slices[j] + 1) j++
    ranges.push(j > i ? `${slices[i]}-${slices[j]}` : String(slices[i]))
    i = j + 1
  }
  return ranges.length > 6 ? `${ranges.slice(0, 5).join(', ')} …` : ranges.join(', ')
}

/** Frames of a multi-frame slice by their own numbers. */
function orderText({ slices, frames }: SeriesVolume): string {
  const numbers = slices.every((slice, i) => slice === frames[i]) ? slices : frames
  return numbers.length > 4 ? `${numbers.slice(0, 3).join(', ')} … ${numbers[numbers.length - 1]}` : numbers.join(', ')
}

const attributesText = ({ attributes }: SeriesVolume) =>
  safe(
    Object.entries(attributes)
      .map(([keyword, value]) => `${keyword} ${Array.isArray(value) ? value.join('\\') : stringifyJson(value)}`)
      .join(', '),
  )
