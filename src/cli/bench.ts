import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sourceFromFile } from '../bytes/file.node.ts'
import { imageOfSeries } from '../cube/series.ts'
import { type CubeInfo, readInfo } from '../dcbs/info.ts'
import { charsetOf } from '../dicom/charset.ts'
import { readElement } from '../dicom/parse.ts'
import { decodeValue } from '../dicom/values.ts'
import { DicubeError } from '../errors.ts'
import { CommonTags, load, loadMeta, save, saveToDicomFolder } from '../node.ts'
import { lines, verb } from './args.ts'
import { breather, type Io, print } from './io.ts'
import { chooseSeries, findIn, kindOf, pathIn, placeOf } from './open.ts'
import { progressOf } from './progress.ts'
import { columnsText, fitted, grouped, msText, plural, printJson, ratioText, safe } from './text.ts'

export const bench = verb({
  usage: 'SRC',
  operands: ['SRC'],
  about: lines(
    'Measures a series of your own. SRC is a folder of DICOM files, which is packed into a temporary folder ' +
      'first, or a .dcbs file, which is unpacked into one. Prints',
    '  - the bytes of all headers against those of the metadata in the cube, and of all files against the ' +
      'whole cube;',
    '  - the time to get Instance Number of all slices: from the files, each opened and its header parsed as far as that, ' +
      "and from the cube, opened and parsed too. Nothing is kept from one run to the next but the system's " +
      'cache of the files (warm).',
    'Times are medians. Our own parser reads the files; other programs need longer for them.',
    '',
    '--json prints {"sliceCount", "headerBytes", "metadataBytes", "headerRatio", "originalBytes", ' +
      '"fileBytes", "fileRatio", "v1ViewBytes", "folderMs", "cubeMs", "timeRatio", "folderRuns", "cubeRuns", ' +
      '"cache"}.',
  ),
  options: {
    series: { value: 'UID', help: 'which series, where SRC is a folder with several' },
  },
  async run(values, [path], io) {
    const kind = await kindOf(path)
    if (!kind) throw new DicubeError('not-found', `${path}: no such file or folder`)
    if (kind === 'file' && values.series !== undefined)
      throw new DicubeError('usage', 'bench: --series is for a folder; a cube has one series')
    const folder = await mkdtemp(join(tmpdir(), 'dicube-bench-'))
    try {
      const prepared =
        kind === 'folder' ? await packed(path, values.series, folder, io) : await unpacked(path, folder, io)
      const result = await measure(prepared, io)
      if (values.json) await printJson(io, result)
      else await print(io, fitted(io, textOf(path, result)))
      return 0
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
})

interface Prepared {
  cube: string
  /** The slices' files, in their order. */
  files: string[]
}

async function packed(path: string, series: string | undefined, folder: string, io: Io): Promise<Prepared> {
  const place = await placeOf([path])
  const chosen = await chooseSeries(await findIn(place, undefined, io), path, series)
  const cube = join(folder, 'bench.dcbs')
  const progress = progressOf(io)
  const image = await imageOfSeries(chosen)
  try {
    await save(image, cube, { signal: io.signal, onProgress: (done, total) => progress.update('Packing', done, total) })
  } finally {
    progress.clear()
    await image.close()
  }
  return { cube, files: chosen.instances.map(({ name }) => pathIn(place, name)) }
}

async function unpacked(cube: string, folder: string, io: Io): Promise<Prepared> {
  const image = await load(cube, { signal: io.signal })
  try {
    if (image.originals.files.some(file => !file.sha256))
      throw new DicubeError(
        'no-instances',
        `${cube}: does not keep all original files, so there is nothing to compare with`,
      )
    const slices = image.originals.files.map((_, slice) => slice)
    const names = await saveToDicomFolder(image, folder, { slices, signal: io.signal })
    return { cube, files: names.map(name => join(folder, name)) }
  } finally {
    await image.close()
  }
}

const INSTANCE_NUMBER = 0x00200013
const DEFAULT_CHARSET = charsetOf([])

/** Instance Number of each file, each walked as far as that: what reading headers costs at the least. */
export async function instanceNumbersOf(files: readonly string[]): Promise<(number | null)[]> {
  const numbers: (number | null)[] = []
  for (const path of files) {
    const bytes = await readElement(sourceFromFile(path), INSTANCE_NUMBER)
    const [value] = bytes ? decodeValue('IS', bytes, false, DEFAULT_CHARSET) : []
    numbers.push(typeof value === 'number' ? value : null)
  }
  return numbers
}

/** The same from a cube, which is opened for it. */
export const instanceNumbersIn = async (path: string): Promise<(number | null)[]> =>
  (await loadMeta(path)).getValues(CommonTags.InstanceNumber)

interface Result {
  sliceCount: number
  headerBytes: number
  metadataBytes: number
  headerRatio: number
  originalBytes: number
  fileBytes: number
  fileRatio: number
  v1ViewBytes: number
  folderMs: number
  cubeMs: number
  timeRatio: number
  folderRuns: number
  cubeRuns: number
  cache: 'warm'
}

async function measure({ cube, files }: Prepared, io: Io): Promise<Result> {
  const { info } = await readInfo(sourceFromFile(cube), io.signal)
  const [a, b] = [await instanceNumbersOf(files), await instanceNumbersIn(cube)]
  if (a.length !== b.length || a.some((value, i) => value !== b[i]))
    throw new DicubeError('corrupt', `${cube}: Instance Numbers are not those of the files`)
  const folder = await median(() => instanceNumbersOf(files), io)
  const fromOne = await median(() => instanceNumbersIn(cube), io)
  const { sliceCount, metadataBytes, fileBytes, v1ViewBytes } = info
  const { headerBytes, originalBytes } = knownOriginals(info)
  return {
    sliceCount,
    headerBytes,
    metadataBytes,
    headerRatio: headerBytes / metadataBytes,
    originalBytes,
    fileBytes,
    fileRatio: originalBytes / fileBytes,
    v1ViewBytes,
    folderMs: folder.ms,
    cubeMs: fromOne.ms,
    timeRatio: folder.ms / fromOne.ms,
    folderRuns: folder.runs,
    cubeRuns: fromOne.runs,
    cache: 'warm',
  }
}

const knownOriginals = ({ headerBytes, originalBytes }: CubeInfo) => ({
  headerBytes: headerBytes ?? 0,
  originalBytes: originalBytes ?? 0,
})

const WARM_UP_MS = 200
const MEASURE_MS = 1500
const LEAST_RUNS = 9
const MOST_RUNS = 1000

/** Runs until the machine has compiled what it runs, then measures each run. */
async function median(work: () => Promise<unknown>, { signal }: Io): Promise<{ ms: number; runs: number }> {
  const warmUntil = performance.now() + WARM_UP_MS
  do await work()
  while (performance.now() < warmUntil)
  const times: number[] = []
  const breathe = breather(signal)
  const until = performance.now() + MEASURE_MS
  while (times.length < LEAST_RUNS || (performance.now() < until && times.length < MOST_RUNS)) {
    await breathe()
    const start = performance.now()
    await work()
    times.push(performance.now() - start)
  }
  times.sort((a, b) => a - b)
  return { ms: times[times.length >> 1], runs: times.length }
}

function textOf(path: string, result: Result): string {
  const {
    sliceCount,
    headerBytes,
    metadataBytes,
    originalBytes,
    fileBytes,
    v1ViewBytes,
    folderMs,
    cubeMs,
    folderRuns,
    cubeRuns,
  } = result
  const rows = [
    [
      'Headers, metadata',
      `${grouped(headerBytes)} B`,
      `${grouped(metadataBytes)} B`,
      ratioText(headerBytes, metadataBytes),
    ],
    ['Everything', `${grouped(originalBytes)} B`, `${grouped(fileBytes)} B`, ratioText(originalBytes, fileBytes)],
    ['Instance Number of all slices', msText(folderMs), msText(cubeMs), ratioText(folderMs, cubeMs)],
  ]
  return `${safe(path)}: ${plural(sliceCount, 'slice')}\n\n${columnsText(['', 'Files', 'Cube', 'Ratio'], rows)}

Everything includes a view of ${grouped(v1ViewBytes)} B for readers of v1. Times: opening and parsing included, medians of
${folderRuns} and ${cubeRuns} runs, warm cache, Node ${process.versions.node}.`
}
