import { type ByteSource, sourceFromBytes } from '../../src/bytes/source.ts'
import { demoSeries } from '../../src/cli/demo/series.ts'
import type { DicomCubeImage } from '../../src/cube/image.ts'
import { checkFile } from '../../src/dcbs/check-file.ts'
import { openCube } from '../../src/dcbs/read.ts'
import {
  type DicomMeta,
  findSeries,
  imageOfSeries,
  load,
  loadMeta,
  onlySeries,
  saveToBytes,
  verifyFiles,
  type WriteOptions,
} from '../../src/node.ts'
import { generatedSeries } from '../generate/encodings.ts'

/** A cube in memory, of whatever files. */
export async function packed(
  files: readonly { path: string; bytes: Uint8Array }[],
  { attachments, ...options }: WriteOptions & { attachments?: { name: string; bytes: Uint8Array }[] } = {},
): Promise<Uint8Array> {
  const found = await findSeries(files.map(({ path, bytes }) => ({ name: path, source: sourceFromBytes(bytes, path) })))
  const image = await imageOfSeries(onlySeries(found, 'test'), { threads: 0, attachments })
  return saveToBytes(image, { threads: 0, ...options })
}

const generated = (name: string) => {
  const series = generatedSeries().find(one => one.name === name)
  if (!series) throw new Error(`no generated series ${name}`)
  return series.files
}

/** The two reserved bytes behind the VR of Pixel Data are not 0, which no row of a table can say. */
function withReservedBytes(file: Uint8Array): Uint8Array {
  const bytes = file.slice()
  const header = [0xe0, 0x7f, 0x10, 0x00, 0x4f, 0x57, 0, 0]
  const at = bytes.findIndex((_, i) => header.every((byte, k) => bytes[i + k] === byte))
  bytes[at + 7] = 0x20
  return bytes
}

const NOTE = { name: 'notes/read me.txt', bytes: new TextEncoder().encode('kept with the series') }

const made = new Map<string, Promise<Uint8Array>>()
/** The cube of a kind, made once: whoever changes it takes a copy. */
export function cubeOf(kind: string): Promise<Uint8Array> {
  const cube = made.get(kind) ?? KINDS[kind]()
  made.set(kind, cube)
  return cube
}

/** Cubes that have, among them, every section that a file can have, and every way to store frames. */
export const KINDS: Record<string, () => Promise<Uint8Array>> = {
  'with the view for v1': () => packed(generated('explicit-le-sequences')),
  'without it': () => packed(generated('explicit-le-sequences'), { noV1: true }),
  'blobs and chunks': () => packed(generated('raw-data')),
  'a structured report': () => packed(generated('report'), { noV1: true }),
  'large private values': () => packed(generated('private-un')),
  patches: () => packed(generated('explicit-le').map(({ path, bytes }) => ({ path, bytes: withReservedBytes(bytes) }))),
  'a big-endian header': () => packed(generated('un-sequence-big-endian')),
  'deflate streams': () => packed(generated('deflated')),
  'bytes behind the frames': () => packed(generated('pixels-longer')),
  'frames of 1 bit': () => packed(generated('bit-1')),
  'frames in fragments': () => packed(generated('encapsulated-fragments')),
  'an offset table that is wrong': () => packed(generated('encapsulated-wrong-table')),
  'the same frame again': () => packed(generated('frames-repeated')),
  'frames as doubles': () => packed(generated('double-float')),
  'several layouts': () => packed(generated('layouts-differ')),
  attachments: () => packed(generated('grey-8'), { attachments: [NOTE] }),
  'a larger series': () => largeCube(40, 32),
  'many slices': () => largeCube(300, 2),
}

/** A CT-like series in which every slice has random UIDs, private blocks and 16-bit frames. */
export function largeCube(slices: number, side: number): Promise<Uint8Array> {
  const demo = demoSeries({ slices, rows: side, columns: side })
  return packed(Array.from({ length: slices }, (_, i) => ({ path: demo.fileName(i), bytes: demo.slice(i) })))
}

/** A question to a cube, and what was answered. */
export type Question = (source: ByteSource) => Promise<unknown>

/** Everything of the metadata: each element of each slice, and what works across slices. */
async function askMeta(meta: DicomMeta): Promise<unknown> {
  await meta.load()
  // One slice first: it needs every section that the others need, so that damage shows soon.
  const answers: unknown[] = [meta.sliceCount, meta.index(0)]
  for (const key of meta.keys()) answers.push(String(meta.getVr(key)), meta.getBytes(key).map(String))
  for (let i = 0; i < meta.sliceCount; i++) answers.push(meta.index(i))
  return answers
}

async function withImage<T>(source: ByteSource, ask: (image: DicomCubeImage) => Promise<T>): Promise<T> {
  const image = await load(source, { threads: 0 })
  try {
    return await ask(image)
  } finally {
    await image.close()
  }
}

export const QUESTIONS: Record<string, Question> = {
  metadata: async source => askMeta(await loadMeta(source)),
  frames: source =>
    withImage(source, async image => {
      const answers: unknown[] = [image.frameCount, image.attachments.map(({ name, bytes }) => [name, String(bytes)])]
      for (const [slice, { kind, frameCount }] of image.pixels.slices.entries())
        for (let k = 0; k < frameCount; k++)
          // Compressed frames of the source are their bytes here: not all of these are images.
          if (kind === 'encapsulated') answers.push(String(await image.originalFrame(slice, k)))
          else {
            const { values, ...frame } = await image.frame(slice, k)
            answers.push([frame, String(values)])
          }
      return answers
    }),
  files: source =>
    withImage(source, async image => {
      const answers: unknown[] = []
      for await (const { slice, name, result } of verifyFiles(image)) {
        if (result === 'different') throw Object.assign(new Error('noticed by verify'), { code: 'corrupt' })
        answers.push([slice, name, result])
      }
      return answers
    }),
  checksums: async source => {
    const cube = await openCube(source)
    if (!cube) return withImage(source, async () => 'taken for a file of the Python package')
    await checkFile(cube)
    return 'right'
  },
}
