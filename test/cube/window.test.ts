import { describe, expect, test } from 'vitest'
import { expandSegments, lutOfItem, paletteOf } from '../../src/cube/lut.ts'
import { renderFrame } from '../../src/cube/render.ts'
import {
  isPadding,
  modalityFunction,
  type Presentation,
  presentationsOf,
  voiFunction,
  windowOf,
  windowOfFrames,
  windowOfRange,
} from '../../src/cube/window.ts'
import type { JsonElement } from '../../src/dicom/json.ts'
import { DicomCubeImage, DicomMeta, DicubeError, type Frame } from '../../src/index.ts'

/** What pydicom says of real series is compared in test/interop/display; here stands what PS3.3 says in words. */
const plain: Presentation = {
  modality: { slope: 1, intercept: 0, units: '' },
  vois: [],
  inverted: false,
  bitsStored: 8,
}
const frameOf = (values: Frame['values'], samples = 1, photometricInterpretation = 'MONOCHROME2'): Frame => ({
  rows: 1,
  columns: values.length / samples,
  samples,
  values,
  photometricInterpretation,
})
const greys = (frame: Frame, presentation: Presentation) => {
  const { rgba } = renderFrame(frame, presentation)
  return Array.from({ length: frame.columns }, (_, i) => rgba[i * 4])
}
const codeOf = (act: () => unknown) => {
  try {
    act()
  } catch (error) {
    return error instanceof DicubeError ? `${error.code}: ${error.message}` : error
  }
  return 'nothing thrown'
}

describe('windows (PS3.3 §C.11.2.1.2)', () => {
  test.each([
    ['LINEAR, center 2048, width 4096: 0 to 4095', windowOf(2048, 4096), [-1, 0, 4095, 4096], [0, 0, 255, 255]],
    [
      'LINEAR, center 2048, width 1: black below 2048, white from there',
      windowOf(2048, 1),
      [2047, 2047.5, 2048],
      [0, 0, 255],
    ],
    ['LINEAR, center 0, width 100: -50 to 49', windowOf(0, 100), [-50, -0.5, 49], [0, 127.5, 255]],
    ['LINEAR, center 0, width 2: -1 black, 0 white', windowOf(0, 2), [-1, -0.5, 0], [0, 127.5, 255]],
    [
      'LINEAR_EXACT, center 2048, width 4096: 0 to 4096',
      windowOf(2048, 4096, 'LINEAR_EXACT'),
      [0, 2048, 4096],
      [0, 127.5, 255],
    ],
    ['LINEAR_EXACT, width 0.5', windowOf(0, 0.5, 'LINEAR_EXACT'), [-0.25, 0, 0.25], [0, 127.5, 255]],
    ['SIGMOID: half way in the centre', windowOf(40, 400, 'SIGMOID'), [-1e9, 40, 1e9], [0, 127.5, 255]],
  ])('%s', (_, window, values, wanted) => expect(values.map(voiFunction(window, 0, 255))).toEqual(wanted))

  test('a sigmoid is 1 / (1 + e^-2) half a width above the centre', () =>
    expect(voiFunction(windowOf(40, 400, 'SIGMOID'))(240)).toBeCloseTo(1 / (1 + Math.exp(-2)), 12))

  test.each([
    [windowOf(40, 0.5), 'a window of center 40 and width 0.5; LINEAR wants a width of at least 1'],
    [windowOf(40, 0, 'LINEAR_EXACT'), 'a window of center 40 and width 0; LINEAR_EXACT wants a width of more than 0'],
    [windowOf(40, -1, 'SIGMOID'), 'a window of center 40 and width -1; SIGMOID wants a width of more than 0'],
  ])('%o is refused', (window, message) => expect(codeOf(() => voiFunction(window))).toBe(`out-of-range: ${message}`))

  test('a range has its least value black and its most white', () => {
    expect([10, 20, 30].map(voiFunction(windowOfRange(10, 30), 0, 255))).toEqual([0, 127.5, 255])
    expect([6, 7, 8].map(voiFunction(windowOfRange(7, 7), 0, 255))).toEqual([0, 127.5, 255])
  })
})

describe('a window from what is there', () => {
  const values = Int16Array.from({ length: 1000 }, (_, i) => (i === 0 ? -2000 : i === 999 ? 30000 : 100 + (i % 100)))

  test('leaves out what is rare', () => {
    const { center, width } = windowOfFrames([{ values, presentation: plain }])
    expect([center - width / 2, center + width / 2]).toEqual([100, 199])
  })

  test('knows padding, and modality values', () => {
    const presentation: Presentation = {
      ...plain,
      padding: [100, 149],
      modality: { slope: 2, intercept: 1, units: '' },
    }
    const { center, width } = windowOfFrames([{ values, presentation }])
    expect([center - width / 2, center + width / 2]).toEqual([301, 399])
  })

  test('a mask has 0 black and 1 white', () => {
    const mask = Uint8Array.from({ length: 10_000 }, (_, i) => (i === 5 ? 1 : 0))
    expect(windowOfFrames([{ values: mask, presentation: plain }])).toEqual(windowOfRange(0, 1))
  })

  test('floats that are no number do not count', () => {
    const floats = Float32Array.of(Number.NaN, 0.25, Number.POSITIVE_INFINITY, 0.5)
    expect(windowOfFrames([{ values: floats, presentation: plain }])).toEqual(windowOfRange(0.25, 0.5))
    expect(windowOfFrames([{ values: Float32Array.of(Number.NaN), presentation: plain }])).toEqual(windowOfRange(0, 1))
  })
})

describe('lookup tables (PS3.3 §C.11.1.1.1)', () => {
  const item = (descriptor: number[], data: JsonElement) => ({
    '00283002': { vr: 'US', Value: descriptor },
    '00283006': data,
  })
  const words = (...Value: number[]): JsonElement => ({ vr: 'US', Value })

  test('a first input of 65436, written as US, is -100 where values are signed', () => {
    expect(lutOfItem(item([2, 65436, 16], words(1, 2)), true).first).toBe(-100)
    expect(lutOfItem(item([2, 65436, 16], words(1, 2)), false).first).toBe(65436)
  })

  test('inputs beyond the table have its first and its last entry', () => {
    const lut = lutOfItem(item([3, 10, 8], words(5, 100, 255)), false)
    expect([0, 10, 11, 12, 500].map(voiFunction(lut, 0, 255))).toEqual([5, 5, 100, 255, 255])
    expect([9, 11].map(modalityFunction({ slope: 1, intercept: 0, units: 'US', lut }))).toEqual([5, 100])
  })

  test('entries of 8 bits may lie two in a word', () =>
    expect(lutOfItem(item([3, 0, 8], words(0x0201, 0x0003)), false).entries).toEqual(Uint16Array.of(1, 2, 3)))

  test('0 entries are 65,536', () => {
    const data = {
      vr: 'OW',
      InlineBinary: btoa(String.fromCharCode(...new Uint8Array(1 << 17).slice(0, 1 << 16)).repeat(2)),
    }
    expect(lutOfItem(item([0, 0, 16], data), false).entries.length).toBe(65536)
  })

  test.each([
    [item([3, 0, 16], words(1, 2)), 'malformed: LUT Data: 2 entries, the descriptor says 3'],
    [item([3, 0], words(1, 2, 3)), 'malformed: LUT Descriptor: 2 values; wanted three, the last of 1 to 16 bits'],
    [item([3, 0, 17], words(1, 2, 3)), 'malformed: LUT Descriptor: 3 values; wanted three, the last of 1 to 16 bits'],
    [item([3, 0, 16], { vr: 'US' }), 'malformed: LUT Data: is missing or empty'],
  ])('%o', (broken, message) => expect(codeOf(() => lutOfItem(broken, false))).toBe(message))
})

describe('palettes (PS3.3 §C.7.9)', () => {
  test('an indirect segment counts bytes from the beginning of the data', () =>
    // 0: two entries; 4 words on, at byte 8: to 100 in two steps; then once more from there.
    expect(expandSegments(Uint16Array.of(0, 2, 10, 20, 1, 2, 100, 2, 1, 8, 0), 6, 16)).toEqual(
      Uint16Array.of(10, 20, 60, 100, 100, 100),
    ))

  test('units of 8 bits, with the byte that makes the value even', () =>
    expect(expandSegments(Uint16Array.of(0, 1, 10, 1, 3, 40, 0), 4, 8)).toEqual(Uint16Array.of(10, 20, 30, 40)))

  test.each([
    ['cut off', [0, 3, 1], 3, 'palette: the last segment is cut off'],
    ['a line from nowhere', [1, 3, 1], 3, 'palette: a linear segment has nothing before it to begin at'],
    ['too many', [0, 2, 1, 2], 1, 'palette: segments of more than 1 entries'],
    ['too few', [0, 2, 1, 2], 3, 'palette: segments of 2 entries, wanted 3'],
    ['no such segment', [3, 2, 1, 2], 3, 'palette: a segment of type 3'],
    ['an indirect segment that leads to itself', [0, 1, 7, 2, 9, 6, 0], 99, 'palette: a segment of type 2'],
  ])('%s', (_, data, count, message) =>
    expect(codeOf(() => expandSegments(Uint16Array.from(data), count, 16))).toBe(`malformed: ${message}`),
  )

  const paletteElements = (bits: number, ...entries: number[]): Record<string, JsonElement> =>
    Object.fromEntries(
      [1, 2, 3].flatMap(k => [
        [`0028110${k}`, { vr: 'US', Value: [entries.length, 10, bits] }],
        [`0028120${k}`, { vr: 'US', Value: entries.map(entry => entry * k) }],
      ]),
    )
  const colours = (elements: Record<string, JsonElement>, ...values: number[]) =>
    Array.from(
      renderFrame(frameOf(Uint8Array.from(values), 1, 'PALETTE COLOR'), {
        ...plain,
        palette: paletteOf(tag => elements[tag], false),
      }).rgba,
    )

  test('16 bits, the first entry for 10', () =>
    expect(colours(paletteElements(16, 0x1000, 0x2000), 0, 10, 11, 12)).toEqual(
      [
        [16, 32, 48, 255],
        [16, 32, 48, 255],
        [32, 64, 96, 255],
        [32, 64, 96, 255],
      ].flat(),
    ))

  test('entries below 256 are of 8 bits, whatever the descriptor says', () =>
    expect(colours(paletteElements(16, 20, 85), 11)).toEqual([85, 170, 255, 255]))

  test('without its data it is malformed', () =>
    expect(
      codeOf(() => paletteOf(tag => (tag.startsWith('002811') ? { vr: 'US', Value: [2, 0, 16] } : undefined), false)),
    ).toBe('malformed: Segmented Red Palette Color Lookup Table Data: is missing or empty'))
})

describe('frames as they are shown', () => {
  test('MONOCHROME1 has the least value white', () => {
    const presentation = { ...plain, vois: [windowOfRange(0, 100)] }
    expect(greys(frameOf(Uint8Array.of(0, 100)), presentation)).toEqual([0, 255])
    expect(greys(frameOf(Uint8Array.of(0, 100)), { ...presentation, inverted: true })).toEqual([255, 0])
  })

  test('padding is black, in MONOCHROME1 too', () => {
    const presentation: Presentation = { ...plain, inverted: true, padding: [-2000, -1500], vois: [windowOf(0, 100)] }
    expect(greys(frameOf(Int16Array.of(-2000, -1500, -1499, 100)), presentation)).toEqual([0, 0, 255, 0])
    expect(isPadding(-1501, presentation)).toBe(true)
  })

  test('large frames, which are looked up, are as small ones', () => {
    const values = Int16Array.from({ length: 1 << 16 }, (_, i) => i - 32768)
    const presentation = { ...plain, modality: { slope: 0.5, intercept: -3, units: '' }, vois: [windowOf(40.5, 401)] }
    const few = Array.from(values).filter(value => value % 97 === 0)
    const large = greys(frameOf(values), presentation)
    expect(few.map(value => large[value + 32768])).toEqual(greys(frameOf(Int16Array.from(few)), presentation))
  })

  test.each([
    ['RGB', [10, 20, 30], [10, 20, 30]],
    ['YBR_FULL', [76, 85, 255], [254, 0, 0]],
    ['YBR_FULL', [255, 128, 128], [255, 255, 255]],
    ['YBR_FULL_422', [29, 255, 107], [0, 0, 254]],
    ['YBR_PARTIAL_422', [235, 128, 128], [255, 255, 255]],
    ['YBR_PARTIAL_420', [16, 128, 128], [0, 0, 0]],
  ])('%s %o is %o', (photometric, sample, rgb) =>
    expect(Array.from(renderFrame(frameOf(Uint8Array.from(sample), 3, photometric), plain).rgba)).toEqual([
      ...rgb,
      255,
    ]),
  )

  test('16 bits a sample', () =>
    expect(
      Array.from(renderFrame(frameOf(Uint16Array.of(0, 32768, 65535), 3, 'RGB'), { ...plain, bitsStored: 16 }).rgba),
    ).toEqual([0, 128, 255, 255]))

  test('HSV has no way to RGB here', () =>
    expect(codeOf(() => renderFrame(frameOf(Uint8Array.of(1, 2, 3), 3, 'HSV'), plain))).toBe(
      'unsupported-pixels: frame: no way from 3 samples of HSV to RGB; wanted 3 of RGB, YBR_FULL, YBR_FULL_422, YBR_ICT, YBR_PARTIAL, YBR_PARTIAL_422, YBR_PARTIAL_420',
    ))
})

describe('what the attributes say', () => {
  const imageOf = (...dataSets: Parameters<typeof DicomMeta.fromDatasets>[0]) =>
    new DicomCubeImage(
      DicomMeta.fromDatasets(dataSets),
      {
        slices: dataSets.map(dataSet => ({
          kind: 'native',
          frameCount: Number(dataSet['00280008']?.Value?.[0] ?? 1),
          valueBytes: 0,
          wordBytes: 1,
          restBytes: 0,
          offsetTable: 'empty',
        })),
        packed: false,
        readFrame: () => Promise.reject(),
        readRest: () => Promise.reject(),
      },
      { files: [], deflatedStream: async () => undefined, reports: [] },
    )
  const ds = (...values: number[]): JsonElement => ({ vr: 'DS', Value: values })
  const sq = (...Value: Record<string, JsonElement>[]): JsonElement => ({ vr: 'SQ', Value })

  test('several windows with names; those with a width of 0 are left out', async () => {
    const image = imageOf({
      '00080060': { vr: 'CS', Value: ['CT'] },
      '00281050': ds(40, -600, 1),
      '00281051': ds(400, 1500, 0),
      '00281052': ds(-1024),
      '00281053': ds(1),
      '00281055': { vr: 'LO', Value: ['soft', 'lung', 'none'] },
    })
    expect((await presentationsOf(image))(0)).toEqual({
      ...plain,
      modality: { slope: 1, intercept: -1024, units: 'HU' },
      vois: [windowOf(40, 400, 'LINEAR', 'soft'), windowOf(-600, 1500, 'LINEAR', 'lung')],
    })
  })

  test('each slice has its own', async () => {
    const of = await presentationsOf(
      imageOf(
        { '00281050': ds(1), '00281051': ds(10), '00281052': ds(0), '00281053': ds(2) },
        { '00281050': ds(2), '00281051': ds(20), '00281052': ds(0), '00281053': ds(3) },
      ),
    )
    expect([0, 1].map(i => of(i).modality.slope)).toEqual([2, 3])
    expect([0, 1].map(i => of(i).vois)).toEqual([[windowOf(1, 10)], [windowOf(2, 20)]])
  })

  test('each frame has those of its functional groups', async () => {
    const groups = (center: number, slope: number) => ({
      '00289132': sq({ '00281050': ds(center), '00281051': ds(100), '00281056': { vr: 'CS', Value: ['SIGMOID'] } }),
      '00289145': sq({ '00281052': ds(0), '00281053': ds(slope), '00281054': { vr: 'LO', Value: ['BQML'] } }),
    })
    const of = await presentationsOf(
      imageOf({
        '00280008': { vr: 'IS', Value: [2] },
        '52009230': sq(groups(5, 2), groups(6, 4)),
      }),
    )
    expect([of(0).vois, of(1).vois]).toEqual([[windowOf(5, 100, 'SIGMOID')], [windowOf(6, 100, 'SIGMOID')]])
    expect(of(1).modality).toEqual({ slope: 4, intercept: 0, units: 'BQML' })
  })

  test('a broken VOI LUT is left out, a broken Modality LUT is an error', async () => {
    const broken = sq({ '00283002': { vr: 'US', Value: [3, 0, 16] }, '00283006': { vr: 'US', Value: [1] } })
    expect((await presentationsOf(imageOf({ '00283010': broken })))(0).vois).toEqual([])
    const of = await presentationsOf(imageOf({ '00283000': broken }))
    expect(codeOf(() => of(0))).toBe('malformed: LUT Data: 1 entries, the descriptor says 3')
  })
})
