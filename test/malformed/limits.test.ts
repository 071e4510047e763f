import { deflateRawSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { sourceFromBytes } from '../../src/bytes/source.ts'
import { type Element, TransferSyntax, writePart10 } from '../../src/cli/demo/part10.ts'
import { checkFrame, decodeFrame } from '../../src/codec/decode.ts'
import type { FrameShape } from '../../src/codec/frame.ts'
import { expandSegments } from '../../src/cube/lut.ts'
import { LIMITS, parsePart10 } from '../../src/dicom/parse.ts'
import { grown } from '../../src/limits.ts'
import { load, restoreFile, saveToBytes } from '../../src/node.ts'
import { sliceElements } from '../generate/slice.ts'
import { imageOfFile } from './image.ts'
import { outcomeOf } from './outcome.ts'

/** Sequences in sequences around one element. */
function nested(depth: number, undefinedLength: boolean): Uint8Array {
  const header = [0x08, 0, 0x40, 0x11, 0x53, 0x51, 0, 0]
  const leaf = [0x08, 0, 0x55, 0x11, 0x55, 0x49, 2, 0, 0x31, 0]
  const open = (length: number) => [...header, ...u32(length + 8), 0xfe, 0xff, 0, 0xe0, ...u32(length)]
  if (!undefinedLength) {
    const parts: number[][] = [leaf]
    for (let level = 0, length = leaf.length; level < depth; level++, length += 20) parts.push(open(length))
    return Uint8Array.from(parts.reverse().flat())
  }
  const start = [...header, ...u32(0xffffffff), 0xfe, 0xff, 0, 0xe0, ...u32(0xffffffff)]
  const end = [0xfe, 0xff, 0x0d, 0xe0, 0, 0, 0, 0, 0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0]
  const bytes = new Uint8Array(depth * (start.length + end.length) + leaf.length)
  for (let level = 0; level < depth; level++) bytes.set(start, level * start.length)
  bytes.set(leaf, depth * start.length)
  for (let level = 0; level < depth; level++) bytes.set(end, depth * start.length + leaf.length + level * end.length)
  return bytes
}
const u32 = (value: number) => [value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24]
const fileOf = (raw: Uint8Array) => writePart10({ elements: [{ raw }] })

describe('sequences in sequences', () => {
  test.each([
    ['undefined', true],
    ['defined', false],
  ])('64 deep come back, with %s lengths', async (_, undefinedLength) => {
    const outcome = await outcomeOf('deep.dcm', fileOf(nested(64, undefinedLength)))
    expect(outcome).toMatchObject({ kind: 'data', broken: [] })
    expect(JSON.stringify((outcome as { json: object }).json).match(/00081140/g)).toHaveLength(64)
  })

  test.each([
    ['undefined', true],
    ['defined', false],
  ])('100,000 deep are a limit, with %s lengths', async (_, undefinedLength) => {
    const bytes = fileOf(nested(100_000, undefinedLength))
    await expect(parsePart10(sourceFromBytes(bytes, 'deep.dcm'))).rejects.toMatchObject({
      code: 'limit',
      message: expect.stringContaining('sequences nested more than 512 deep'),
    })
  })
})

describe('a deflated data set', () => {
  const padded = (bytes: number) => {
    const elements: Element[] = [['00091010', 'OB', new Uint8Array(bytes)]]
    return writePart10({
      transferSyntax: TransferSyntax.deflated,
      deflate: data => new Uint8Array(deflateRawSync(data)),
      elements,
    })
  }
  test('may be 16 times its size and 16 MiB, and a byte more is a limit', async () => {
    const most = grown(LIMITS.deflatedBytes, deflateRawSync(new Uint8Array(16 << 20)).length)
    const fits = await parsePart10(sourceFromBytes(padded(most - 1024), 'x'))
    expect(fits.elements.lengths.at(-1)).toBe(most - 1024)
    await expect(parsePart10(sourceFromBytes(padded(most + (1 << 20)), 'x'))).rejects.toMatchObject({ code: 'limit' })
  })
})

describe('the size of a frame is measured by its bytes', () => {
  const huge: FrameShape = {
    rows: 65535,
    columns: 65535,
    samples: 1,
    bitsAllocated: 16,
    bitsStored: 16,
    highBit: 15,
    signed: false,
    planar: false,
  }
  test.each(['none', 'rle', 'deflate', 'jpeg', 'jpeg-lossless', 'jpeg-ls', 'jpeg2000', 'htj2k'] as const)(
    '%s: 8.6 GB out of 200 bytes are neither decoded nor allocated',
    async codec => {
      await expect(decodeFrame(codec, new Uint8Array(200), huge)).rejects.toMatchObject({ code: 'limit' })
      expect(() => checkFrame(codec, new Uint8Array(200), huge)).toThrow(expect.objectContaining({ code: 'limit' }))
    },
  )

  test('Number of Frames of 2,147,483,647 is in the report, and costs nothing', async () => {
    const elements = sliceElements('frames', 0, { '00280008': ['IS', '2147483647'] })
    const image = await imageOfFile(writePart10({ elements }))
    expect(image.frameCount).toBe(1)
    expect(image.originals.reports[0].map(({ code }) => code)).toEqual(['pixel-length'])
    const cube = await load(await saveToBytes(image, { threads: 0 }), { threads: 0 })
    expect(cube.frameCount).toBe(1)
  })
})

describe('many elements', () => {
  /** A sequence of items with one element each: all the same, or each another. */
  const items = (count: number, differ: boolean) => {
    const bytes = new Uint8Array(12 + count * 18)
    const view = new DataView(bytes.buffer)
    bytes.set([0x08, 0, 0x40, 0x11, 0x53, 0x51, 0, 0, ...u32(count * 18)])
    for (let i = 0, at = 12; i < count; i++, at += 18) {
      const tag = differ ? i : 0
      bytes.set([0xfe, 0xff, 0, 0xe0, ...u32(10)], at)
      view.setUint16(at + 8, 0x10 + 2 * (tag >> 12), true)
      view.setUint16(at + 10, 0x1000 + (tag & 4095), true)
      bytes.set([0x4c, 0x4f, 2, 0, 0x41, 0x42], at + 12)
    }
    return fileOf(bytes)
  }

  test('40,000 items of one element each come back', async () => {
    const image = await imageOfFile(items(40_000, false))
    expect((image.meta.index(0)['00081140'].Value ?? []).length).toBe(40_000)
    const cube = await load(await saveToBytes(image, { threads: 0, noV1: true }), { threads: 0 })
    expect(await restoreFile(cube, 0)).toEqual(items(40_000, false))
  })

  test('3,000 items that have nothing in common are no table of nine million places', async () => {
    const image = await imageOfFile(items(3000, true))
    const [node] = image.meta.table.layouts[0].nodes.filter(({ items }) => items)
    const { layouts } = node.items!.table
    expect(layouts.reduce((places, { nodes, rowCount }) => places + nodes.length * rowCount, 0)).toBe(3000)
    const cube = await load(await saveToBytes(image, { threads: 0, noV1: true }), { threads: 0 })
    expect(await restoreFile(cube, 0)).toEqual(items(3000, true))
  })
})

test('zeros are looked at once, not once for each element that they are', async () => {
  const raw = new Uint8Array(1 << 20)
  raw[raw.length - 1] = 1
  const file = writePart10({
    transferSyntax: TransferSyntax.implicitLittleEndian,
    elements: [['00100020', 'LO', 'A'], { raw }],
  })
  await expect(parsePart10(sourceFromBytes(file, 'x'))).rejects.toMatchObject({ code: 'truncated' })
})

test('a palette of segments that make no entry ends', () => {
  // Segments of no entries, and then copies of the 32,767 segments in front, again and again.
  const data = new Uint16Array(1 << 18)
  for (let at = 1 << 17; at < data.length; at += 4) data.set([2, 0x7fff, 0, 0], at)
  expect(() => expandSegments(data, 256, 16)).toThrow(expect.objectContaining({ code: 'limit' }))
})
