import { expect, test } from 'vitest'
import { ByteSink } from '../../src/bytes/sink.ts'
import { FRAME_CODINGS, type FrameShape } from '../../src/codec/frame.ts'
import type { SlicePixels } from '../../src/cube/pixel-store.ts'
import { type FrameIndex, type FrameRecord, readFrameIndex, writeFrameIndex } from '../../src/dcbs/frame-index.ts'
import { pixelRangesOf, readFrameLists } from '../../src/dcbs/frame-lists.ts'

const sizeOf = (bytes: Uint8Array) => bytes.length
const grey: FrameShape = {
  ...{ rows: 2, columns: 3, samples: 1, bitsAllocated: 16, bitsStored: 12, highBit: 11 },
  ...{ signed: false, planar: false },
}
const signed = { ...grey, signed: true }
const colour = { ...grey, samples: 3, bitsAllocated: 8, bitsStored: 8, highBit: 7, planar: true }
const float = { ...grey, bitsAllocated: 32, bitsStored: 32, highBit: 31, float: true }

const slice = (frameCount: number, shape: FrameShape | undefined, more: Partial<SlicePixels> = {}): SlicePixels => ({
  kind: 'native',
  frameCount,
  shape,
  valueBytes: shape ? (frameCount * shape.rows * shape.columns * shape.samples * shape.bitsAllocated) / 8 : 0,
  wordBytes: 2,
  restBytes: 0,
  fragments: undefined,
  offsetTable: 'empty',
  ...more,
})
const record = (length: number, shape: FrameShape | undefined, more: Partial<FrameRecord> = {}): FrameRecord => ({
  coding: FRAME_CODINGS.zstd,
  offset: 0,
  length,
  crc32: 0x80000000 + length,
  shape,
  minimum: null,
  maximum: null,
  outside: false,
  ...more,
})
const placed = (records: FrameRecord[]) => {
  let offset = 0
  return records.map(one => {
    offset += one.length
    return { ...one, offset: offset - one.length }
  })
}

function roundTrip(index: FrameIndex): { found: FrameIndex; bytes: Uint8Array } {
  const bytes = writeFrameIndex(index, sizeOf)
  const checks = new ByteSink()
  for (const { crc32 } of index.records) checks.u32(crc32)
  const framesBytes = index.records.reduce((sum, { length }) => sum + length, 0)
  const sliceCount = index.slices.length
  const found = readFrameIndex(bytes, { checks: checks.finish(), sliceCount, framesBytes, storedBytes: 1000 }, 'x')
  return { found, bytes }
}

test('frames of every kind, the same one again, and every shape once', () => {
  const encapsulated = slice(2, undefined, {
    kind: 'encapsulated',
    valueBytes: 0,
    fragments: [[4, 6], [5]],
    offsetTable: 'exact',
  })
  const index: FrameIndex = {
    slices: [
      slice(1, grey),
      slice(2, grey, { restBytes: 1, valueBytes: 25, wordBytes: 1 }),
      slice(0, undefined, { kind: 'none', wordBytes: 1 }),
      encapsulated,
      slice(1, signed),
      slice(1, colour, { offsetTable: 'verbatim' }),
      slice(1, float),
    ],
    records: placed([
      record(7, grey, { coding: FRAME_CODINGS.htj2k, minimum: 0, maximum: 4095 }),
      record(9, grey, { outside: true, minimum: 3, maximum: 3 }),
      record(10, undefined, { coding: FRAME_CODINGS.verbatim }),
      record(5, undefined, { coding: FRAME_CODINGS.verbatim }),
      record(8, signed, { minimum: -7, maximum: -1 }),
      record(11, colour, { minimum: 1, maximum: 255 }),
      record(12, float, { minimum: -0.5, maximum: 2 ** 60 }),
    ]),
    recordOf: Uint32Array.of(0, 1, 0, 2, 3, 4, 5, 6),
  }
  const { found, bytes } = roundTrip(index)
  expect(found.slices).toEqual(index.slices)
  expect(found.records).toEqual(index.records)
  expect([...found.recordOf]).toEqual([...index.recordOf])
  // grey, signed, colour, float.
  expect(bytes[0]).toBe(4)
})

test.each([
  ['integers', 1, 2],
  ['not measured', null, null],
  ['one of them', null, 5],
  ['halves', -0.5, 1.5],
  ['a negative zero', -0, 0],
  ['the greatest integer that is one', -(2 ** 50 - 1), 2 ** 50 - 1],
  ['what is greater', -(2 ** 50), 2 ** 50],
  ['NaN and infinity', Number.NaN, Number.POSITIVE_INFINITY],
])('a range: %s', (_, minimum, maximum) => {
  const records = placed([record(3, grey, { minimum, maximum }), record(4, grey, { minimum: 1, maximum: 9 })])
  const index = { slices: [slice(1, grey), slice(1, grey)], records, recordOf: Uint32Array.of(0, 1) }
  const { found, bytes } = roundTrip(index)
  expect(found.records.map(one => [one.minimum, one.maximum])).toEqual([
    [minimum, maximum],
    [1, 9],
  ])
  expect(pixelRangesOf(readFrameLists(bytes, 2, 1000, 'x'))).toEqual({ lowest: [minimum, 1], highest: [maximum, 9] })
})

test('a double takes its eight bytes, an integer as many as it needs', () => {
  const bytesOf = (minimum: number | null) =>
    roundTrip({ slices: [slice(1, grey)], records: [record(3, grey, { minimum })], recordOf: Uint32Array.of(0) }).bytes
      .length
  expect([bytesOf(null), bytesOf(5), bytesOf(0.5), bytesOf(-0), bytesOf(2 ** 50)].map(n => n - bytesOf(null))).toEqual([
    0, 1, 8, 8, 8,
  ])
})

test('columns refer to ranges only where each slice has one frame', () => {
  const rangesOf = (...frameCounts: number[]) =>
    pixelRangesOf({
      frameCounts: Uint32Array.from(frameCounts),
      recordOf: Uint32Array.of(1, 0),
      minima: [3, 4],
      maxima: [5, null],
    })
  expect(rangesOf(1, 1)).toEqual({ lowest: [4, 3], highest: [null, 5] })
  expect([rangesOf(), rangesOf(2), rangesOf(1, 0), rangesOf(0, 1)]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ])
})
