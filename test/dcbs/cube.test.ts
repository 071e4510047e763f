import { beforeAll, describe, expect, test } from 'vitest'
import { type ByteSource, sourceFromBytes } from '../../src/bytes/source.ts'
import { seededRandom } from '../../src/cli/demo/random.ts'
import { demoSeries } from '../../src/cli/demo/series.ts'
import { readPixelRanges } from '../../src/dcbs/frame-lists.ts'
import { openCube } from '../../src/dcbs/read.ts'
import { metaOf } from '../../src/dcbs/read-meta.ts'
import {
  CommonTags,
  findSeries,
  imageOfSeries,
  load,
  loadMeta,
  onlySeries,
  restoreFile,
  saveToBytes,
} from '../../src/node.ts'
import { generatedSeries } from '../generate/encodings.ts'

/** A source that notes every read. */
function counting(bytes: Uint8Array) {
  const inner = sourceFromBytes(bytes, 'series.dcbs')
  const reads: [offset: number, length: number][] = []
  const source: ByteSource = {
    name: inner.name,
    head: async length => {
      reads.push([0, length])
      return inner.head(length)
    },
    read: async (offset, length) => {
      reads.push([offset, length])
      return inner.read(offset, length)
    },
  }
  return { source, reads }
}

async function pack(files: { name: string; bytes: Uint8Array }[]): Promise<Uint8Array> {
  const found = await findSeries(files.map(({ name, bytes }) => ({ name, source: sourceFromBytes(bytes, name) })))
  const image = await imageOfSeries(onlySeries(found, 'test'), { threads: 0 })
  return saveToBytes(image, { threads: 0 })
}

const generated = (name: string) =>
  generatedSeries()
    .find(series => series.name === name)!
    .files.map(({ path, bytes }) => ({ name: path, bytes }))

const slices = 200
const demo = demoSeries({ slices, rows: 8, columns: 8 })
const files = Array.from({ length: slices }, (_, i) => ({ name: demo.fileName(i), bytes: demo.slice(i) }))
let cube: Uint8Array
beforeAll(async () => {
  cube = await pack(files)
})

describe('a promise about speed is a count', () => {
  test('the metadata of 200 slices costs one read of 64 KiB', async () => {
    const { source, reads } = counting(cube)
    const meta = await loadMeta(source)
    expect(meta.getValues(CommonTags.InstanceNumber)).toEqual(Array.from({ length: slices }, (_, i) => i + 1))
    expect(meta.getValues(CommonTags.SOPInstanceUID)).toHaveLength(slices)
    expect(meta.index(17)['00200013'].Value).toEqual([18])
    expect(reads).toEqual([[0, 65536]])
  })

  test('the metadata of 1,000 slices with one random UID each costs one read', async () => {
    const large = demoSeries({ slices: 1000, rows: 4, columns: 4 })
    const bytes = await pack(
      Array.from({ length: 1000 }, (_, i) => ({ name: large.fileName(i), bytes: large.slice(i) })),
    )
    const { source, reads } = counting(bytes)
    expect((await loadMeta(source)).getValues(CommonTags.SOPInstanceUID)).toHaveLength(1000)
    expect(reads).toHaveLength(1)
  })

  test('a slice is restored from its own frame alone', async () => {
    const { source, reads } = counting(cube)
    const image = await load(source, { threads: 0 })
    await restoreFile(image, 0)
    reads.length = 0
    const restored = await restoreFile(image, 5)
    expect(Buffer.compare(restored, files[5].bytes)).toBe(0)
    expect(reads).toHaveLength(1)
    await image.close()
  })
})

describe('the same files give the same bytes', () => {
  test('in whatever order they are found', async () => {
    expect(Buffer.compare(await pack([...files].reverse()), cube)).toBe(0)
  })
})

describe('what is no cube, or one of a newer version (test/faults has damage)', () => {
  const small = async () => pack(generated('explicit-le-sequences'))

  test('a file for a newer reader says so', async () => {
    const bytes = await small()
    const { directory } = (await openCube(sourceFromBytes(bytes)))!
    const length = directory.headBytes
    const view = new DataView(bytes.buffer)
    view.setUint16(124, 2, true)
    const { crc32 } = await import('../../src/codec/crc32.ts')
    view.setUint32(length - 4, crc32(bytes.subarray(0, length - 4)), true)
    await expect(loadMeta(bytes)).rejects.toMatchObject({ code: 'newer-version' })
  })

  test.each([
    ['text', 'hello', 'not-a-cube'],
    ['nothing', '', 'not-a-cube'],
    ['a cube of another kind', 'DCMCUBEA'.padEnd(200, '\0'), 'not-a-cube'],
  ])('%s is no cube', async (_, text, code) => {
    await expect(load(new TextEncoder().encode(text))).rejects.toMatchObject({ code })
  })
})

describe('blobs stay behind the frames until they are asked for', () => {
  test('a getter says so, load() fetches them', async () => {
    const noise = (seed: number) => {
      const random = seededRandom(seed)
      return Uint8Array.from({ length: 20_000 }, () => Math.floor(random() * 256))
    }
    const { writePart10 } = await import('../../src/cli/demo/part10.ts')
    const bytes = await pack(
      [1, 2].map(i => ({
        name: `${i}.dcm`,
        bytes: writePart10({
          elements: [
            ['00080018', 'UI', `1.2.${i}`],
            ['0020000E', 'UI', '1.3'],
            ['00290010', 'LO', 'TEST'],
            ['00291010', 'OB', noise(i * 7919)],
          ],
        }),
      })),
    )
    const { source, reads } = counting(bytes)
    const meta = await loadMeta(source)
    expect(meta.getValues('SOPInstanceUID')).toEqual(['1.2.1', '1.2.2'])
    expect(() => meta.getValues('00291010')).toThrow(expect.objectContaining({ code: 'not-loaded' }))
    expect(meta.index(0)['00291010']).toEqual({ vr: 'OB', BulkDataURI: expect.stringContaining('00291010') })
    expect(reads).toHaveLength(1)
    await meta.load(['00291010'])
    expect(meta.getValues('00291010')).toEqual([noise(7919), noise(2 * 7919)])
    expect(reads).toHaveLength(2)
  })
})

test('metaOf and loadMeta give the same view', async () => {
  const opened = await openCube(sourceFromBytes(cube))
  expect((await metaOf(opened!, async () => readPixelRanges)).keys()).toEqual((await loadMeta(cube)).keys())
})
