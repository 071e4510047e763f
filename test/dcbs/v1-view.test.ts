import { describe, expect, test } from 'vitest'
import { concat } from '../../src/bytes/concat.ts'
import { ByteSink } from '../../src/bytes/sink.ts'
import { sourceFromBytes } from '../../src/bytes/source.ts'
import type { FrameShape } from '../../src/codec/frame.ts'
import { encodeHtj2k } from '../../src/codec/htj2k.ts'
import { compressZstd } from '../../src/codec/zstd.ts'
import type { DicomMeta } from '../../src/cube/meta.ts'
import { HEADER_MAGIC, HEADER_VERSION } from '../../src/dcbs/layout.ts'
import { readV1, readV1Frame, type V1Pixels, v1Parts, writeV1Document } from '../../src/dcbs/v1.ts'
import { HEADER_FIELDS } from '../../src/dcbs/v1-header.ts'
import type { DicomJson, JsonElement } from '../../src/dicom/json.ts'
import { stringifyJson } from '../../src/dicom/json-write.ts'
import { metaOfDataSets } from '../cube/metas.ts'

const US = (value: number): JsonElement => ({ vr: 'US', Value: [value] })
const DS = (...Value: number[]): JsonElement => ({ vr: 'DS', Value })
const SLICE: DicomJson = {
  '0020000E': { vr: 'UI', Value: ['1.2.3'] },
  '00200037': DS(1, 0, 0, 0, 1, 0),
  '00280002': US(1),
  '00280004': { vr: 'CS', Value: ['MONOCHROME2'] },
  '00280010': US(4),
  '00280011': US(6),
  '00280030': DS(0.5, 0.75),
  '00280100': US(16),
  '00280101': US(12),
  '00280102': US(11),
  '00280103': US(0),
  '00281050': DS(40, 300),
  '00281051': DS(400, 1500),
  '00281052': DS(-1024),
  '00281053': DS(0.5),
}
const series = (changes: (i: number) => DicomJson = () => ({})) =>
  metaOfDataSets(
    [0, 1, 2].map(i => ({
      ...SLICE,
      '00200013': { vr: 'IS', Value: [i + 1] },
      '00200032': DS(0, 0, i * 2),
      ...changes(i),
    })),
  )
const SHAPE: FrameShape = {
  rows: 4,
  columns: 6,
  samples: 1,
  bitsAllocated: 16,
  bitsStored: 12,
  highBit: 11,
  signed: false,
  planar: false,
}
/** The view, and its metadata as one piece of text. */
function viewOf(meta: DicomMeta, pixels: V1Pixels) {
  let metaJson = new Uint8Array(0)
  const add = (piece: Uint8Array) => {
    metaJson = concat([metaJson, piece]).slice()
  }
  const restart = () => {
    metaJson = new Uint8Array(0)
  }
  return { omitted: writeV1Document(meta, { add, restart })!, ...v1Parts(meta, pixels), metaJson }
}
type View = ReturnType<typeof viewOf>
const text = (bytes: Uint8Array | undefined) => bytes && new TextDecoder().decode(bytes)

describe('the view', () => {
  const view = (meta: DicomMeta, shape: FrameShape | undefined = SHAPE, isHtj2k = true, frameCount = 3) =>
    viewOf(meta, { frameCount, shape, isHtj2k })

  test('stored values, with the pair that makes Hounsfield units of them', () => {
    const made = view(series())
    expect(text(made.status)).toBe('consistent')
    expect(text(made.pixelHeader)).toBe(
      '{"RescaleSlope":0.5,"RescaleIntercept":-1024,"OriginalPixelDtype":"uint16","PixelDtype":"uint16","WindowCenter":40,"WindowWidth":400,"MaxVal":null,"MinVal":null}',
    )
    expect(text(made.space)).toBe(
      '{"shape":[6,4,3],"origin":[0,0,0],"spacing":[0.75,0.5,2],"x_orientation":[1,0,0],"y_orientation":[0,1,0],"z_orientation":[0,0,1]}',
    )
    expect(made).toMatchObject({ frameCount: 3, omitted: [] })
    expect(made.withoutPixels).toBeUndefined()
  })

  test.each<[string, Partial<FrameShape>, string]>([
    ['unsigned 8', { bitsStored: 8 }, 'uint8'],
    ['unsigned 9', { bitsStored: 9 }, 'uint16'],
    ['signed 8, which is coded as 9', { bitsStored: 8, signed: true }, 'int16'],
    ['signed 16', { bitsStored: 16, signed: true }, 'int16'],
  ])('type of %s', (_, change, dtype) => {
    expect(JSON.parse(text(view(series(), { ...SHAPE, ...change }).pixelHeader)!).PixelDtype).toBe(dtype)
  })

  test.each<[string, View, string]>([
    ['more frames than slices', view(series(), SHAPE, true, 6), '6 frames for 3 slices'],
    ['shapes that differ', viewOf(series(), { frameCount: 3, isHtj2k: true }), 'frames differ in size or depth'],
    ['frames of another kind', view(series(), SHAPE, false), 'frames are not all HTJ2K of the stored values'],
    ['colour', view(series(), { ...SHAPE, samples: 3 }), 'colour, or more than 16 bits'],
    ['32 bits', view(series(), { ...SHAPE, bitsStored: 32 }), 'colour, or more than 16 bits'],
    [
      'inverted grey',
      view(series(() => ({ '00280004': { vr: 'CS', Value: ['MONOCHROME1'] } }))),
      'Photometric Interpretation MONOCHROME1',
    ],
    [
      'slopes that differ',
      view(series(i => ({ '00281053': DS(1 + i) }))),
      'Rescale Slope or Intercept differ between slices',
    ],
    ['a table instead of a slope', view(series(() => ({ '00283000': { vr: 'SQ', Value: [{}] } }))), 'a Modality LUT'],
  ])('no pixels for its reader: %s', (_, made, why) => {
    expect(made).toMatchObject({ frameCount: 0, withoutPixels: why })
    expect(made.space).toBeUndefined()
    expect(made.metaJson.length).toBeGreaterThan(900)
  })

  test('a tilted gantry has no space there, rounded directions are made unit vectors', () => {
    const tilted = DS(1, 0, 0, 0, 0.939692621, -0.342020143)
    expect(view(series(() => ({ '00200037': tilted }))).space).toBeUndefined()
    const rounded = series(() => ({ '00200037': DS(1.0001, 0, 0, 0, 1, 0) }))
    expect(JSON.parse(text(view(rounded).space)!).x_orientation).toEqual([1, 0, 0])
  })

  test('no rescale is 1 and 0', () => {
    const meta = series()
    meta.remove('RescaleSlope')
    meta.remove('RescaleIntercept')
    expect(JSON.parse(text(view(meta).pixelHeader)!)).toMatchObject({ RescaleSlope: 1, RescaleIntercept: 0 })
  })
})

test('a long document comes in pieces of about a MiB, between which spaces change nothing', () => {
  const text = 'x'.repeat(500_000)
  const meta = series(i => ({ '0040A160': { vr: 'UT', Value: [`${i}${text}`] } }))
  const pieces: string[] = []
  const add = (piece: Uint8Array) => {
    pieces.push(new TextDecoder().decode(piece))
  }
  writeV1Document(meta, { add, restart: () => pieces.splice(0) })
  expect(pieces.map(piece => piece.length > 0 && piece.length <= 1 << 20)).toEqual([true, true])
  const whole = JSON.parse(pieces.join(' '.repeat(33)))
  expect(whole).toEqual(JSON.parse(pieces.join('')))
  expect(whole._merged_data['0040A160'].Value).toEqual([0, 1, 2].map(i => `${i}${text}`))
})

test('a file of these parts is read by the mirror', async () => {
  const meta = series()
  const view = viewOf(meta, { frameCount: 3, shape: SHAPE, isHtj2k: true })
  const size = { rows: 4, columns: 6, samples: 1, bits: 12, signed: false }
  const pixels = new Uint8Array(Uint16Array.from({ length: 24 }, (_, i) => i * 170).buffer)
  const frames = await Promise.all([0, 1, 2].map(() => encodeHtj2k(pixels, size)))
  const file = await readV1(sourceFromBytes(await fileOf(view, frames), 'made.dcbs'))
  expect(file).toMatchObject({
    status: 'consistent',
    notes: [],
    pixelHeader: { RescaleSlope: 0.5, RescaleIntercept: -1024 },
  })
  expect(file.space?.shape).toEqual([6, 4, 3])
  for (const slice of [0, 1, 2]) expect(stringifyJson(file.meta.index(slice))).toBe(stringifyJson(meta.index(slice)))
})

test('a file without metadata, and one with fewer slices than frames', async () => {
  const one = { ...SLICE, '00200013': { vr: 'IS', Value: [1] }, '00200032': DS(0, 0, 0) }
  const view = viewOf(metaOfDataSets([one]), { frameCount: 1, shape: SHAPE, isHtj2k: true })
  const size = { rows: 4, columns: 6, samples: 1, bits: 16, signed: true }
  const frame = await encodeHtj2k(new Uint8Array(48), size)
  const none = await readV1(
    sourceFromBytes(await fileOf({ ...view, metaJson: undefined, space: undefined }, [frame, frame]), 'none.dcbs'),
  )
  expect(none.meta.sliceCount).toBe(2)
  expect(none.notes.map(note => note.code)).toEqual(['no-metadata'])
  const source = sourceFromBytes(await fileOf(view, [frame, frame]), 'fewer.dcbs')
  const fewer = await readV1(source)
  expect(fewer.notes.map(note => [note.code, note.message])).toEqual([
    ['frames-differ', '2 frames for 1 slices'],
    ['unreadable-space', 'space: 1 slices for 2 frames; left out'],
  ])
  expect((await readV1Frame(source, fewer, 1)).shape).toEqual({ ...SHAPE, bitsStored: 16, highBit: 15, signed: true })
})

/** The order in which the Python package writes. */
async function fileOf(
  view: Omit<View, 'metaJson'> & { metaJson?: Uint8Array },
  frames: readonly Uint8Array[],
): Promise<Uint8Array> {
  const meta = view.metaJson ? await compressZstd(view.metaJson, 19) : new Uint8Array(0)
  const parts = [view.status, meta, view.space ?? new Uint8Array(0), view.pixelHeader]
  const sink = new ByteSink()
  sink.bytes(new TextEncoder().encode(HEADER_MAGIC))
  sink.u32(HEADER_VERSION)
  let at = 12 + 8 * HEADER_FIELDS.length
  for (const { length } of parts) {
    sink.u64(at)
    sink.u64(length)
    at += length
  }
  for (let table = 0; table < 2; table++) {
    sink.u64(at)
    sink.u64(8 * frames.length)
    at += 8 * frames.length
  }
  sink.u64(frames.length)
  for (const part of parts) sink.bytes(part)
  for (const { length } of frames) {
    sink.u64(at)
    at += length
  }
  for (const { length } of frames) sink.u64(length)
  for (const frame of frames) sink.bytes(frame)
  return sink.finish()
}
