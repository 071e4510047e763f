import { getEventListeners } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type ByteSource, sourceFromBytes } from '../src/bytes/source.ts'
import {
  DicubeError,
  findSeries,
  imageOfSeries,
  load,
  loadFromDicomFiles,
  loadInfo,
  loadMeta,
  originalFiles,
  readInstance,
  restoreFile,
  restoreParts,
  save,
  saveToBlob,
  saveToBytes,
  saveToDicomFolder,
  verifyFiles,
} from '../src/node.ts'
import { cubeOfFiles, demoFiles, generatedCube } from './browser/cubes.ts'
import { temporaryFolder } from './cli/run.ts'
import { generatedSeries } from './generate/encodings.ts'

const files = demoFiles(6, 64)
const compressed = generatedSeries()
  .find(({ name }) => name === 'encapsulated-one')!
  .files.map(({ path, bytes }) => ({ name: path, bytes }))
let cube: Uint8Array
beforeAll(async () => {
  cube = await cubeOfFiles(files)
})

/** A source that answers until it is told to wait, and from then on only to its signal, as a server that stalls does. */
interface Stalling extends ByteSource {
  wait(): void
  /** Reads that nobody has answered or given up. */
  readonly waiting: number
  readonly reads: number
  /** Resolves when something waits. */
  stalled: Promise<void>
  readonly closed: number
}

function stalling(bytes: Uint8Array, name = 'a', answers = Number.POSITIVE_INFINITY): Stalling {
  const source = sourceFromBytes(bytes, name)
  let [waiting, reads, closed, left] = [0, 0, 0, answers]
  let tell: () => void
  const stalled = new Promise<void>(resolve => (tell = resolve))
  const answer = async <T>(signal: AbortSignal | undefined, now: () => Promise<T>): Promise<T> => {
    reads++
    if (left-- > 0) return now()
    waiting++
    return new Promise<T>((_, reject) => {
      const stop = () => {
        waiting--
        reject(new DicubeError('aborted', `${name}: aborted`, { cause: signal!.reason }))
      }
      if (signal?.aborted) stop()
      else signal?.addEventListener('abort', stop, { once: true })
      tell()
    })
  }
  return {
    name,
    head: (length, signal) => answer(signal, () => source.head(length)),
    read: (offset, length, signal) => answer(signal, () => source.read(offset, length)),
    close: async () => void closed++,
    wait: () => (left = 0),
    stalled,
    get waiting() {
      return waiting
    },
    get reads() {
      return reads
    },
    get closed() {
      return closed
    },
  }
}

async function drained(all: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of all);
}

/** Each is given a source that waits at its `answers`-th read, and begins to read it. */
const OPENERS: [
  name: string,
  bytes: () => Uint8Array,
  answers: number,
  (source: ByteSource, signal: AbortSignal) => Promise<unknown>,
][] = [
  ['loadMeta', () => cube, 0, (source, signal) => loadMeta(source, { signal })],
  ['load', () => cube, 0, (source, signal) => load(source, { signal })],
  ['load, its file names', () => cube, 1, (source, signal) => load(source, { signal })],
  ['loadInfo', () => cube, 0, (source, signal) => loadInfo(source, { signal })],
  ['loadInfo, its file names', () => cube, 1, (source, signal) => loadInfo(source, { signal })],
  ['readInstance', () => files[0].bytes, 0, (source, signal) => readInstance(source, { signal })],
  ['readInstance, fragments', () => compressed[0].bytes, 1, (source, signal) => readInstance(source, { signal })],
  ['findSeries', () => files[0].bytes, 0, (source, signal) => findSeries([{ name: 'a', source }], { signal })],
  [
    'loadFromDicomFiles',
    () => files[0].bytes,
    0,
    (source, signal) => loadFromDicomFiles([{ name: 'a', source }], { signal }),
  ],
  [
    'imageOfSeries, offset tables',
    () => compressed[0].bytes,
    2,
    async (source, signal) => {
      const { series } = await findSeries([{ name: 'a', source }])
      return imageOfSeries(series[0], { signal })
    },
  ],
]

describe.each(OPENERS)('%s', (_, bytes, answers, open) => {
  test('ends when it is aborted while it reads', async () => {
    const controller = new AbortController()
    const source = stalling(bytes(), 'a', answers)
    const work = open(source, controller.signal)
    work.catch(() => {})
    await source.stalled
    expect(source.reads).toBeGreaterThan(answers)
    controller.abort('enough')
    await expect(work).rejects.toMatchObject({ code: 'aborted', message: 'a: aborted', cause: 'enough' })
    expect(source.waiting).toBe(0)
    expect(getEventListeners(controller.signal, 'abort')).toEqual([])
  })
})

test.each(OPENERS.filter(([, , answers]) => answers === 0))(
  '%s reads nothing where it was aborted before',
  async (_, bytes, __, open) => {
    const source = stalling(bytes())
    await expect(open(source, AbortSignal.abort('before'))).rejects.toMatchObject({
      code: 'aborted',
      message: 'a: aborted',
      cause: 'before',
    })
    expect(source.reads).toBe(0)
  },
)

test('load closes what it was given when it is aborted', async () => {
  const controller = new AbortController()
  const source = stalling(cube, 'a', 1)
  const work = load(source, { signal: controller.signal })
  work.catch(() => {})
  await source.stalled
  controller.abort()
  await expect(work).rejects.toMatchObject({ code: 'aborted' })
  expect(source.closed).toBe(1)
})

test('meta.load does not wait for a blob, and asks for none where it was aborted before', async () => {
  const source = stalling(await generatedCube('raw-data'))
  const meta = await loadMeta(source)
  const { reads } = source
  await expect(meta.load(undefined, { signal: AbortSignal.abort('before') })).rejects.toMatchObject({ cause: 'before' })
  expect(source.reads).toBe(reads)
  source.wait()
  const controller = new AbortController()
  const work = meta.load(undefined, { signal: controller.signal })
  work.catch(() => {})
  await source.stalled
  controller.abort('enough')
  await expect(work).rejects.toMatchObject({ code: 'aborted', cause: 'enough' })
  expect([source.waiting, getEventListeners(controller.signal, 'abort')]).toEqual([0, []])
})

test('findSeries asks for no other file, and counts none as one that cannot be read', async () => {
  const controller = new AbortController()
  const sources = files.map(({ name, bytes }, i) => stalling(bytes, name, i < 2 ? 9 : 0))
  let ended = false
  async function* entries() {
    try {
      for (const [i, source] of sources.entries()) yield { name: files[i].name, source }
    } finally {
      ended = true
    }
  }
  const progress: number[] = []
  const work = findSeries(entries(), { signal: controller.signal, onProgress: n => progress.push(n) })
  work.catch(() => {})
  await sources[2].stalled
  controller.abort()
  await expect(work).rejects.toMatchObject({ code: 'aborted', message: `${files[2].name}: aborted` })
  expect(sources.map(({ reads }) => reads > 0)).toEqual([true, true, true, false, false, false])
  expect([progress, ended]).toEqual([[1, 2], true])
})

test('findSeries does not take an error of a source for its own signal', async () => {
  const controller = new AbortController()
  const source = stalling(files[0].bytes, 'a', 9)
  source.head = async () => {
    throw new DicubeError('aborted', 'a: aborted')
  }
  const { refused } = await findSeries([{ name: 'a.dcm', source }], { signal: controller.signal })
  expect(refused).toEqual([{ name: 'a.dcm', code: 'aborted', reason: 'aborted' }])
})

describe('an image', () => {
  const closing: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0)) await close()
  })

  const READERS: [
    name: string,
    (image: Awaited<ReturnType<typeof load>>, signal: AbortSignal, folder: string) => Promise<unknown>,
  ][] = [
    ['frame', (image, signal) => image.frame(3, undefined, signal)],
    ['toVolume', (image, signal) => image.toVolume(signal)],
    ['getFdata', (image, signal) => image.getFdata(signal)],
    ['originalFrame', (image, signal) => image.originalFrame(3, 0, signal)],
    ['restoreFile', (image, signal) => restoreFile(image, 3, signal)],
    ['restoreParts', (image, signal) => drained(restoreParts(image, 3, signal))],
    ['originalFiles', (image, signal) => drained(originalFiles(image, signal))],
    ['verifyFiles', (image, signal) => drained(verifyFiles(image, signal))],
    ['saveToBytes', (image, signal) => saveToBytes(image, { signal })],
    ['saveToBlob', (image, signal) => saveToBlob(image, { signal })],
    ['save', (image, signal, folder) => save(image, join(folder, 'new.dcbs'), { signal })],
    ['saveToDicomFolder', (image, signal, folder) => saveToDicomFolder(image, join(folder, 'new'), { signal })],
  ]

  test.each(READERS)('of a cube: %s ends when it is aborted, and leaves nothing', async (_, read) => {
    const source = stalling(cube)
    const image = await load(source, { threads: 0 })
    closing.push(() => image.close())
    source.wait()
    const folder = temporaryFolder()
    const controller = new AbortController()
    const work = read(image, controller.signal, folder)
    work.catch(() => {})
    await source.stalled
    controller.abort('enough')
    await expect(work).rejects.toMatchObject({ code: 'aborted', cause: 'enough' })
    expect(source.waiting).toBe(0)
    expect(getEventListeners(controller.signal, 'abort')).toEqual([])
    expect(existsSync(folder) ? readdirSync(folder) : []).toEqual([])
  })

  test.each(READERS)('of a cube: %s reads nothing where it was aborted before', async (_, read) => {
    const source = stalling(cube)
    const image = await load(source, { threads: 0 })
    closing.push(() => image.close())
    const { reads } = source
    const folder = temporaryFolder()
    await expect(read(image, AbortSignal.abort('before'), folder)).rejects.toMatchObject({ code: 'aborted' })
    expect(source.reads).toBe(reads)
    expect(existsSync(folder) ? readdirSync(folder) : []).toEqual([])
  })

  test.each(READERS)('of files: %s ends when it is aborted, and leaves nothing', async (_, read) => {
    const sources = files.map(({ name, bytes }) => stalling(bytes, name))
    const found = await findSeries(sources.map((source, i) => ({ name: files[i].name, source })))
    const image = await imageOfSeries(found.series[0], { threads: 0 })
    closing.push(() => image.close())
    for (const source of sources) source.wait()
    const folder = temporaryFolder()
    const controller = new AbortController()
    const work = read(image, controller.signal, folder)
    // Files have no digest before they are packed: there is nothing to compare them with.
    if (read === READERS.find(([name]) => name === 'verifyFiles')![1]) return void (await work)
    work.catch(() => {})
    await Promise.race(sources.map(source => source.stalled))
    controller.abort('enough')
    await expect(work).rejects.toMatchObject({ code: 'aborted', cause: 'enough' })
    expect(sources.map(({ waiting }) => waiting)).toEqual(files.map(() => 0))
    expect(getEventListeners(controller.signal, 'abort')).toEqual([])
    expect(existsSync(folder) ? readdirSync(folder) : []).toEqual([])
  })

  test('of a cube: decoding in a thread is not waited for', async () => {
    const image = await load(cube, { threads: 1 })
    closing.push(() => image.close())
    const controller = new AbortController()
    const work = Array.from({ length: 6 }, (_, i) => image.frame(i, undefined, controller.signal))
    setTimeout(() => controller.abort())
    const ends = await Promise.allSettled(work)
    for (const end of ends) if (end.status === 'rejected') expect(end.reason).toMatchObject({ code: 'aborted' })
    expect((await image.frame(0)).values.length).toBe(64 * 64)
    expect(getEventListeners(controller.signal, 'abort')).toEqual([])
  })
})
