import { sourceOf } from '../bytes/open.ts'
import { oneLine } from '../cube/display.ts'
import type { V1Note } from '../cube/document.ts'
import type { DicomMeta } from '../cube/meta.ts'
import { type CubeInfo, readInfo } from '../dcbs/info.ts'
import { lines, verb } from './args.ts'
import { print } from './io.ts'
import './open.ts'
import { bytesText, columnsText, fitted, grouped, listed, plural, printJson, ratioText, safe } from './text.ts'

export const info = verb({
  usage: 'CUBE',
  operands: ['CUBE'],
  about: lines(
    'Prints what a .dcbs file holds and what each part of it takes: status, series, sizes by section, ' +
      'compression, checksums, and what was odd about the original files. No name of a patient unless --patient ' +
      'asks for it.',
    '',
    '--json prints sizes in bytes: "fileBytes", "originalBytes" (all original files), "headerBytes" (those ' +
      'without the values of Pixel Data), "metadataBytes" (every byte of the cube that is not one of the ' +
      'following), "frameBytes", "v1ViewBytes", "digestBytes", "nameBytes"; further "format", "versions", ' +
      '"writtenBy", "sliceCount", "frameCount", "storedFrameCount", "status", "sections" [{"name", "offset", "length", ' +
      '"encoding", "identifying", "crc32"}], "slices" [{"index", "fileName", "sopInstanceUID", "sha256", ' +
      '"sizeBytes", "report"}], "changedSlices", "restorable", "report" (slices by code), "attachments", ' +
      '"notes", "series" (and "patient", if asked for).',
  ),
  options: {
    patient: { help: 'show name, ID, birth date and sex of the patient too' },
  },
  async run(values, [path], io) {
    const { info, meta } = await readInfo(sourceOf(path), io.signal)
    const series = valuesOf(meta, SERIES)
    const patient = values.patient ? valuesOf(meta, PATIENT) : undefined
    if (values.json) {
      await printJson(io, { ...info, series: jsonOf(meta, SERIES), ...(patient && { patient: jsonOf(meta, PATIENT) }) })
      return 0
    }
    const parts = [overview(path, info, [...(patient ?? []), ...series]), sizes(info), sections(info)]
    const remarks = remarksOf(info)
    if (remarks) parts.push(remarks)
    await print(io, fitted(io, parts.join('\n\n')))
    return 0
  },
})

const SERIES = [
  'Modality',
  'SeriesNumber',
  'SeriesDescription',
  'StudyInstanceUID',
  'SeriesInstanceUID',
  'SOPClassUID',
  'TransferSyntaxUID',
] as const
const PATIENT = ['PatientName', 'PatientID', 'PatientBirthDate', 'PatientSex'] as const

const valuesOf = (meta: DicomMeta, tags: readonly string[]): [string, string][] =>
  tags
    .filter(tag => meta.has(tag))
    .map(tag => [
      tag,
      meta.isShared(tag) ? oneLine(meta.element(tag, 0), Number.POSITIVE_INFINITY) : 'not the same in all slices',
    ])

const lowerFirst = (name: string) =>
  name.replace(/^[A-Z](?=[a-z])/, first => first.toLowerCase()).replace(/^SOP/, 'sop')

/** Shared values by name, one value or null. */
const jsonOf = (meta: DicomMeta, tags: readonly string[]) =>
  Object.fromEntries(tags.map(tag => [lowerFirst(tag), meta.isShared(tag) ? meta.getSharedValue(tag) : null]))

function overview(path: string, info: CubeInfo, values: readonly [string, string][]): string {
  const {
    format,
    versions,
    sliceCount,
    frameCount,
    storedFrameCount,
    status,
    restorable,
    originalBytes,
    changedSlices,
    attachments,
    slices,
  } = info
  const identical = frameCount - storedFrameCount
  const originals = restorable
    ? `${plural(sliceCount, 'original file')} can be restored bit for bit (SHA-256 of each is kept)`
    : format === 'v1'
      ? 'not kept by the Python package'
      : originalBytes === null
        ? 'none: the cube was made from a file of the Python package'
        : `${sliceCount - changedSlices.length} of ${slices.length} can be restored bit for bit; the metadata of the others was changed`
  const rows = [
    ['File', safe(path)],
    [
      'Format',
      format === 'v1'
        ? `v1, of the Python package (version ${versions.format})`
        : `.dcbs for readers of version ${versions.read}, with${info.v1ViewBytes ? '' : 'out'} a view for readers of v1`,
    ],
    ...(info.writtenBy === null ? [] : [['Written by', safe(info.writtenBy)]]),
    [
      'Slices',
      `${grouped(sliceCount)} with ${plural(frameCount, 'frame')}${identical ? `, ${grouped(identical)} of them the same as another and stored once` : ''}`,
    ],
    ['Status', safe(status)],
    ['Originals', originals],
    ...(attachments.length
      ? [
          [
            'Attachments',
            `${plural(attachments.length, 'file')} of ${bytesText(attachments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0))}`,
          ],
        ]
      : []),
    ...values,
  ]
  return columnsText(['', ''], rows)
}

function sizes({
  originalBytes,
  headerBytes,
  pixelBytes,
  fileBytes,
  metadataBytes,
  frameBytes,
  v1ViewBytes,
  digestBytes,
  nameBytes,
}: CubeInfo): string {
  const row = (name: string, before: number | null, after: number) => [
    name,
    before === null ? '-' : grouped(before),
    grouped(after),
    before === null ? '-' : ratioText(before, after),
  ]
  return columnsText(
    ['Bytes', 'Original', 'Cube', 'Ratio'],
    [
      row('Headers → metadata', headerBytes, metadataBytes),
      row('Pixel Data → frames', pixelBytes, frameBytes),
      row('View for readers of v1', null, v1ViewBytes),
      row('SHA-256 of the files', null, digestBytes),
      row('Names of the files', null, nameBytes),
      row('Together', originalBytes, fileBytes),
    ],
  )
}

const BAR_CELLS = 24

/** Frames are nearly all of most files: the bars show what lies beside them. */
function sections({ sections, fileBytes, frameBytes }: CubeInfo): string {
  const rows = sections.map(({ name, length, encoding, identifying, crc32 }) => {
    const bar =
      name === 'frames'
        ? ''
        : '█'.repeat(Math.round((length / Math.max(1, fileBytes - frameBytes)) * BAR_CELLS)) || (length ? '▏' : '')
    const check = crc32 ?? (encoding === 'container' ? 'of each part' : '')
    return [
      name,
      grouped(length),
      `${((length / fileBytes) * 100).toFixed(2)} %`,
      encoding,
      check,
      identifying ? 'yes' : '',
      bar,
    ]
  })
  return columnsText(['Section', 'Bytes', 'Share', 'Encoding', 'CRC-32', 'Identifying', 'Beside the frames'], rows)
}

function remarksOf({ format, report, notes, slices }: CubeInfo): string {
  const odd = Object.entries(report).map(([code, count]) => {
    const first = slices.flatMap(slice => slice.report.filter(entry => entry.code === code))[0]
    return safe(`${code}, ${plural(count, 'file')}: ${first.message}`)
  })
  const parts: string[] = []
  if (odd.length) parts.push(`Odd in the original files, kept as it was:\n${listed(odd)}`)
  if (format === 'v1')
    parts.push(
      `What cannot be trusted in a file of the Python package:\n${listed(notesText(notes), Number.POSITIVE_INFINITY)}`,
    )
  return parts.join('\n\n')
}

/** Of which no file of the Python package has anything. */
export const LOST_IN_V1 =
  'not-kept: the original files, their names, preambles and File Meta Information, their transfer syntax, and how ' +
  'numbers were written'

const TAGS_SHOWN = 6

/** One line for each kind of note: what, how many elements, in which slices, which ones. */
export function notesText(notes: readonly V1Note[]): string[] {
  const byCode = new Map<string, V1Note[]>()
  for (const note of notes) byCode.set(note.code, [...(byCode.get(note.code) ?? []), note])
  const lines = [...byCode].map(([code, alike]) => {
    const [{ message, tag }] = alike
    const tags = alike.flatMap(note => note.tag ?? [])
    const sentence = tag !== undefined && message.startsWith(`${tag}: `) ? message.slice(tag.length + 2) : message
    if (!tags.length) return `${code}: ${alike.map(note => note.message).join('; ')}`
    const slices = new Set(alike.flatMap(note => note.slices ?? [])).size
    const more = tags.length > TAGS_SHOWN ? ` and ${grouped(tags.length - TAGS_SHOWN)} more (--json has all)` : ''
    const where = `${plural(tags.length, 'element')}${slices ? ` in ${plural(slices, 'slice')}` : ''}`
    return `${code}, ${where}: ${sentence}: ${tags.slice(0, TAGS_SHOWN).join(', ')}${more}`
  })
  return [LOST_IN_V1, ...lines].map(safe)
}
