import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { brotliCompressSync, constants } from 'node:zlib'
import { columnsText, grouped } from '../src/cli/text.ts'
import { openCube, readSection } from '../src/dcbs/read.ts'
import {
  compressZstd,
  findSeries,
  folderEntries,
  imageOfSeries,
  load,
  type SeriesFiles,
  save,
  sourceFromFile,
} from '../src/node.ts'
import { demoFolder } from './input.ts'
import { type Figure, machine, OPTIONS, type Report, tableText, withVerdicts } from './report.ts'

/** Fewer slices are hardly a series. */
const LEAST_SLICES = 10
const MANY_SLICES = 10_000
/** These are not the headers, and have lines of their own. */
const BESIDE = ['frameIndex', 'frameChecks', 'manifest', 'digests'] as const
const PROPER = [
  'head',
  'template',
  'columns',
  'values',
  'digits',
  'blobs',
  'pixelRest',
  'patches',
  'streams',
  'attachments',
]

interface Measured {
  name: string
  slices: number
  /** Bytes of each section of the cube without its view for readers of v1. */
  sections: Record<string, number>
  /** Every byte that is not frames and not one of BESIDE. */
  metadataBytes: number
  besideBytes: number
  viewBytes: number
  headerBytes: number
  /** The smallest of what general compressors make of the headers, and which one it is. */
  best: { name: string; bytes: number }
  /** Absent where there is no v1 view. */
  v1DocumentBytes?: number
}

const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true })
const skipped: string[] = []
const temporary = await mkdtemp(join(tmpdir(), 'dicube-bench-'))
try {
  const measured: Measured[] = []
  for (const folder of positionals.length ? positionals : [await demoFolder({ slices: 200 })])
    for (const series of await seriesIn(folder)) measured.push(await measure(series.name, series.files))
  if (!measured.length) throw new Error(`no series of ${LEAST_SLICES} slices or more in ${positionals.join(', ')}`)
  const figures = [...figuresOf(measured), ...(values.quick ? [] : [await manySlices()])]
  const input =
    positionals.length > 3 ? `${positionals.length} folders` : positionals.join(', ') || 'dicube demo: 200 slices'
  const report: Report = { script: 'size', title: 'Size', figures, skipped }
  if (values.json) console.log(JSON.stringify({ ...machine(), input, ...withVerdicts(report), series: measured }))
  else console.log(`${report.title}\n${input}\n\n${tableText([report])}\n\n${sectionsText(measured)}`)
} finally {
  await rm(temporary, { recursive: true, force: true })
}

async function seriesIn(folder: string): Promise<{ name: string; files: SeriesFiles }[]> {
  if (!(await stat(folder)).isDirectory()) return []
  const { series } = await findSeries(folderEntries(folder))
  const long = series.filter(({ instances }) => instances.length >= LEAST_SLICES)
  return long.map((files, k) => ({ name: long.length > 1 ? `${basename(folder)} ${k + 1}` : basename(folder), files }))
}

async function measure(name: string, files: SeriesFiles): Promise<Measured> {
  process.stderr.write(`${name}\n`)
  const withView = join(temporary, 'with.dcbs')
  const without = join(temporary, 'without.dcbs')
  const image = await imageOfSeries(files)
  const { fileBytes } = await save(image, withView)
  await image.close()
  const cube = await openCube(sourceFromFile(withView))
  const document = cube && (await readSection(cube, 'v1Meta'))
  // From the cube, whose frames are copied and not encoded once more.
  const again = await load(withView)
  const result = await save(again, without, { noV1: true })
  await again.close()
  const bytesOf = (names: readonly string[]) => names.reduce((sum, section) => sum + (result.sections[section] ?? 0), 0)
  const headers = Buffer.concat(files.instances.map(({ header }) => header))
  return {
    name,
    slices: files.instances.length,
    sections: result.sections,
    metadataBytes: result.fileBytes - bytesOf(['frames', ...BESIDE]),
    besideBytes: bytesOf(BESIDE),
    viewBytes: fileBytes - result.fileBytes,
    headerBytes: headers.length,
    best: await bestOf(headers),
    ...(document && { v1DocumentBytes: (await compressZstd(document, 3)).length }),
  }
}

async function bestOf(headers: Uint8Array): Promise<Measured['best']> {
  const path = join(temporary, 'headers')
  await writeFile(path, headers)
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: 11,
    [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
    [constants.BROTLI_PARAM_SIZE_HINT]: headers.length,
  }
  const found = [{ name: 'brotli -q 11', bytes: brotliCompressSync(headers, { params }).length }]
  for (const command of ['xz -9e -c', 'zstd --ultra -22 --long=27 -q -c']) {
    const [program, ...args] = command.split(' ')
    const { status, stdout } = spawnSync(program, [...args, path], { maxBuffer: 1 << 30 })
    if (status === 0) found.push({ name: command.replace(/ -q| -c/g, ''), bytes: stdout.length })
    else if (!skipped.some(text => text.startsWith(program)))
      skipped.push(`${program} is not installed; apt-get install ${program === 'xz' ? 'xz-utils' : program} brings it`)
  }
  return found.reduce((least, one) => (one.bytes < least.bytes ? one : least))
}

function figuresOf(measured: readonly Measured[]): Figure[] {
  const figures: Figure[] = []
  for (const { name, slices, metadataBytes, besideBytes, best, viewBytes } of measured)
    figures.push({
      what: `${name}, ${slices} slices: metadata`,
      value: metadataBytes,
      unit: 'B',
      against: best.name,
      reference: best.bytes,
      goal: { most: slices >= 30 ? 0.85 : 1 },
      note:
        `with frame index, frame checksums, names and digests ${grouped(metadataBytes + besideBytes)} B, ` +
        `${((metadataBytes + besideBytes) / best.bytes).toFixed(3)} × the same; the view for v1 has ${grouped(viewBytes)} B`,
    })
  figures.push({
    what: `Metadata of ${measured.length} series, geometric mean of the ratios`,
    value: geometricMean(measured.map(({ metadataBytes, best }) => metadataBytes / best.bytes)),
    unit: '×',
    goal: { most: 0.65 },
    note: `with frame index, frame checksums, names and digests ${geometricMean(
      measured.map(({ metadataBytes, besideBytes, best }) => (metadataBytes + besideBytes) / best.bytes),
    ).toFixed(3)}`,
  })
  const documents = measured.flatMap(({ metadataBytes, v1DocumentBytes }) =>
    v1DocumentBytes ? [metadataBytes / v1DocumentBytes] : [],
  )
  if (documents.length)
    figures.push({
      what: 'Metadata against the v1 document at zstd 3, geometric mean',
      value: geometricMean(documents),
      unit: '×',
      goal: { most: 0.55 },
    })
  return figures
}

function geometricMean(ratios: readonly number[]): number {
  return Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length)
}

async function manySlices(): Promise<Figure> {
  const folder = await demoFolder({ slices: MANY_SLICES, side: 16 })
  const [{ name, files }] = await seriesIn(folder)
  const { metadataBytes, besideBytes, sections } = await measure(name, files)
  const digits = sections.digits ?? 0
  return {
    what: `Metadata of each of ${grouped(MANY_SLICES)} slices, beside the digits of random UIDs`,
    value: (metadataBytes - digits) / MANY_SLICES,
    unit: 'B',
    goal: { most: 30 },
    note:
      `digits ${(digits / MANY_SLICES).toFixed(1)} B; frame index, frame checksums, names and digests ` +
      `${(besideBytes / MANY_SLICES).toFixed(1)} B`,
  }
}

/** Where the bytes are: what to make smaller next. */
function sectionsText(measured: readonly Measured[]): string {
  const names = [...PROPER, ...BESIDE].filter(section => measured.some(({ sections }) => sections[section]))
  return columnsText(
    ['Bytes of the sections', ...names],
    measured.map(({ name, sections }) => [name, ...names.map(section => grouped(sections[section] ?? 0))]),
  )
}
