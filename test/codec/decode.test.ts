import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { deflateRawSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import { type CodecName, decodeFrame } from '../../src/codec/decode.ts'
import { nativeFrameBytes, packFrame, storedValues, transpose } from '../../src/codec/frame.ts'
import { encodeHtj2k } from '../../src/codec/htj2k.ts'
import { nodePlatform } from '../../src/codec/platform.node.ts'
import { usePlatform } from '../../src/codec/platform.ts'
import { encodeLosslessJpeg, encodeRle } from './encoders.ts'
import { fromHex, noise, refusal, shapeOf, wordsWithin } from './helpers.ts'

beforeAll(() => usePlatform(nodePlatform))

describe('RLE', () => {
  test.each([
    [8, 1],
    [16, 1],
    [32, 1],
    [8, 3],
    [16, 3],
    [64, 1],
  ])('%i bits, %i samples', async (bitsAllocated, samples) => {
    const shape = shapeOf({ rows: 17, columns: 31, bitsAllocated, samples })
    for (const pixels of [noise(nativeFrameBytes(shape)), noise(nativeFrameBytes(shape)).map(value => value & 1)])
      expect((await decodeFrame('rle', encodeRle(pixels, samples, bitsAllocated / 8), shape)).pixels).toEqual(pixels)
  })

  // PS3.5 §G.3.1: 2 literal bytes, a run of 3, a no-op; then padding.
  const header = (count: number, ...offsets: number[]) =>
    [count, ...offsets, ...Array(15 - offsets.length).fill(0)]
      .map(value => Buffer.from(Uint32Array.of(value).buffer).toString('hex'))
      .join('')
  const shape = shapeOf({ rows: 1, columns: 5, bitsAllocated: 8 })

  test('by hand', async () => {
    const { pixels } = await decodeFrame('rle', fromHex(`${header(1, 64)} 01 0a0b 80 fe 0c 00`), shape)
    expect([...pixels]).toEqual([10, 11, 12, 12, 12])
  })

  test.each([
    ['a short header', '01000000', 'a header of 4 bytes, wanted 64'],
    ['another number of segments', `${header(2, 64, 66)} fc 00`, '2 segments, wanted 1'],
    ['a segment in the header', `${header(1, 60)} fc 00`, 'segment 0 at 60 to 66 of 66 bytes'],
    ['a segment behind the end', `${header(1, 70)} fc 00`, 'segment 0 at 70 to 66 of 66 bytes'],
    ['too few samples', `${header(1, 64)} fd 00`, 'segment 0 ends early'],
    ['too many samples', `${header(1, 64)} fb 00`, 'segment 0 holds too many samples'],
    ['half a run', `${header(1, 64)} fc`, 'segment 0 ends within a run'],
    ['half a literal', `${header(1, 64)} 04 01020304`, 'segment 0 ends within a run'],
  ])('refuses %s', async (_, hex, message) => {
    expect(await refusal(() => decodeFrame('rle', fromHex(hex), shape))).toEqual(['corrupt', `RLE: ${message}`])
  })
})

describe('deflate and none', () => {
  test.each([{}, { samples: 3, planar: true }, { samples: 3 }, { bitsAllocated: 1 }, { bitsAllocated: 8, rows: 3 }])(
    '%j',
    async fields => {
      const shape = shapeOf({ rows: 5, columns: 7, ...fields })
      const native = noise(nativeFrameBytes(shape))
      const padded = new Uint8Array([...native, 0])
      const wanted = shape.planar ? transpose(native, 3, 2) : native
      for (const bytes of [native, padded]) {
        expect((await decodeFrame('deflate', deflateRawSync(bytes), shape)).pixels).toEqual(wanted)
        expect((await decodeFrame('none', bytes, shape)).pixels).toEqual(wanted)
      }
    },
  )

  test('refuse another size', async () => {
    const shape = shapeOf({ rows: 2, columns: 2 })
    expect((await refusal(() => decodeFrame('deflate', deflateRawSync(noise(100)), shape)))[0]).toBe('limit')
    expect((await refusal(() => decodeFrame('deflate', deflateRawSync(noise(7)), shape)))[0]).toBe('corrupt')
    expect(await refusal(() => decodeFrame('none', noise(10), shape))).toEqual(['corrupt', 'frame: 10 bytes, wanted 8'])
  })
})

describe('lossless JPEG', () => {
  const predictors = [1, 2, 3, 4, 5, 6, 7]
  test.each(predictors)('predictor %i, 2 to 16 bits, with and without restarts', async predictor => {
    for (const bits of [2, 7, 8, 9, 12, 15, 16])
      for (const restartLines of [0, 1, 3]) {
        const shape = shapeOf({ rows: 11, columns: 13, bitsAllocated: bits <= 8 ? 8 : 16, bitsStored: bits })
        const native = wordsWithin(shape)
        const jpeg = encodeLosslessJpeg(native, shape, { predictor, restartLines })
        expect((await decodeFrame('jpeg-lossless', jpeg, shape)).pixels).toEqual(native)
      }
  })

  test('three components, in one scan and in three', async () => {
    for (const bitsAllocated of [8, 16])
      for (const scans of [1, 3]) {
        const shape = shapeOf({ rows: 6, columns: 5, samples: 3, bitsAllocated })
        const native = wordsWithin(shape)
        const jpeg = encodeLosslessJpeg(native, shape, { predictor: 4, scans })
        expect(await decodeFrame('jpeg-lossless', jpeg, shape)).toEqual({ pixels: native, colorTransformed: false })
      }
  })

  test('a point transform', async () => {
    const shape = shapeOf({ rows: 6, columns: 5, bitsStored: 12 })
    const native = wordsWithin(shape)
    const { pixels } = await decodeFrame(
      'jpeg-lossless',
      encodeLosslessJpeg(native, shape, { pointTransform: 3 }),
      shape,
    )
    const values = storedValues(native, shape) as Uint16Array
    expect(storedValues(pixels, shape)).toEqual(values.map(value => (value >> 3) << 3))
  })

  test('8-bit samples in 16-bit words', async () => {
    const shape = shapeOf({ rows: 4, columns: 5, bitsAllocated: 8 })
    const native = wordsWithin(shape)
    const wide = shapeOf({ rows: 4, columns: 5, bitsStored: 8 })
    const { pixels } = await decodeFrame('jpeg-lossless', encodeLosslessJpeg(native, shape, {}), wide)
    expect([...(storedValues(pixels, wide) as Uint16Array)]).toEqual([...native])
  })

  test('cut off or damaged anywhere: corrupt, or an image of the right size', async () => {
    const shape = shapeOf({ rows: 8, columns: 8, bitsStored: 12 })
    const jpeg = encodeLosslessJpeg(wordsWithin(shape), shape, { restartLines: 2 })
    for (let at = 0; at < jpeg.length - 2; at++) {
      expect((await refusal(() => decodeFrame('jpeg', jpeg.subarray(0, at), shape)))[0]).toBe('corrupt')
      const damaged = jpeg.slice()
      damaged[at] ^= 0xff
      try {
        expect((await decodeFrame('jpeg', damaged, shape)).pixels.length).toBe(128)
      } catch (error) {
        expect(['corrupt', 'unsupported-codec']).toContain((error as { code: string }).code)
      }
    }
  })
})

describe('HTJ2K of others', () => {
  test('in a JPH file', async () => {
    const shape = shapeOf({ rows: 9, columns: 7, bitsStored: 12 })
    const { bytes } = await packFrame(wordsWithin(shape), shape)
    const box = `0000000c 6a502020 0d0a870a 00000000 6a703263 ${Buffer.from(bytes).toString('hex')}`
    expect((await decodeFrame('htj2k', fromHex(box), shape)).pixels).toEqual(wordsWithin(shape))
  })

  test('RGB says that its colour transform was undone', async () => {
    const shape = shapeOf({ rows: 9, columns: 7, samples: 3, bitsAllocated: 8 })
    const bytes = await encodeHtj2k(wordsWithin(shape), { rows: 9, columns: 7, samples: 3, bits: 8, signed: false })
    expect(await decodeFrame('htj2k', bytes, shape)).toEqual({ pixels: wordsWithin(shape), colorTransformed: true })
  })

  test('the encoder is asked for nothing that it gets wrong', async () => {
    const size = { rows: 2, columns: 2, samples: 1, bits: 8, signed: true }
    expect(await refusal(() => encodeHtj2k(new Uint8Array(4), size))).toEqual([
      'unsupported-pixels',
      'HTJ2K: 2 x 2 x 1, 8 bits signed cannot be encoded',
    ])
    for (const more of [
      { bits: 17, signed: false },
      { samples: 3, bits: 9, signed: false },
      { samples: 2, signed: false },
    ])
      expect((await refusal(() => encodeHtj2k(new Uint8Array(4), { ...size, ...more })))[0]).toBe('unsupported-pixels')
  })
})

describe('refusals', () => {
  const shape = shapeOf({ rows: 8, columns: 8, bitsStored: 12 })
  const sof = (process: string, bits: string, rows: string, components: string) =>
    `ffd8 ff${process} ${components === '01' ? '000b' : '0011'} ${bits} ${rows} 0008 ${components} 011100 ${components === '01' ? '' : '021100 031100'}`

  test.each([
    ['no such codec', 'mpeg2' as CodecName, '00', 'unsupported-codec', 'frame: no decoder is called mpeg2'],
    ['no JPEG', 'jpeg', '00'.repeat(20), 'corrupt', 'JPEG: 20 bytes that do not begin with SOI'],
    ['no frame header', 'jpeg', 'ffd8 ffd9', 'corrupt', 'JPEG: no frame header'],
    ['other rows', 'jpeg', sof('c0', '08', '0009', '01'), 'corrupt', 'jpeg: the frame has rows 9, wanted 8'],
    ['other samples', 'jpeg', sof('c0', '08', '0008', '03'), 'corrupt', 'jpeg: the frame has samples 3, wanted 1'],
    [
      'too many bits',
      'jpeg-ls',
      sof('f7', '11', '0008', '01'),
      'corrupt',
      'jpeg-ls: samples of 17 bits, wanted at most 16',
    ],
    [
      '12 bits progressive',
      'jpeg',
      sof('c2', '0c', '0008', '01'),
      'unsupported-codec',
      'JPEG: no decoder for 12 bits with SOF c2',
    ],
    ['arithmetic', 'jpeg', sof('c9', '08', '0008', '01'), 'unsupported-codec', 'jpeg: no decoder for SOF c9'],
    ['JPEG as JPEG-LS', 'jpeg-ls', sof('c0', '08', '0008', '01'), 'corrupt', 'jpeg-ls: a JPEG stream with SOF c0'],
    [
      'no codestream',
      'jpeg2000',
      '00'.repeat(60),
      'corrupt',
      'codestream: 60 bytes that do not begin with SOC and SIZ',
    ],
    ['a header only', 'jpeg', sof('c0', '08', '0008', '01'), 'corrupt', 'jpeg: the decoder gave up'],
    ['no end', 'jpeg-ls', sof('f7', '08', '0008', '01'), 'corrupt', 'jpeg-ls: the stream is cut off, it has no EOI'],
    ['a header only', 'jpeg-ls', `${sof('f7', '08', '0008', '01')} ffd9`, 'corrupt', 'jpeg-ls: the decoder gave up'],
  ] as const)('%s', async (_, codec, hex, code, message) => {
    expect(await refusal(() => decodeFrame(codec, fromHex(hex), shape))).toEqual([code, message])
  })

  const siz = (columns: string, samples: string, components: string) =>
    fromHex(
      `ff4fff51 ${samples === '0001' ? '0029' : '002f'} 0000 ${columns} 00000008 00000000 00000000 ${columns} 00000008 00000000 00000000 ${samples} ${components} ff52`,
    )

  test.each([
    ['columns', '00000009', '0001', '0b0101', 'corrupt', 'jpeg2000: the frame has columns 9, wanted 8'],
    ['bits', '00000008', '0001', '130101', 'corrupt', 'jpeg2000: samples of 20 bits, wanted at most 16'],
    [
      'sampling',
      '00000008',
      '0001',
      '0b0202',
      'unsupported-codec',
      'codestream: components that differ in precision or size',
    ],
    [
      'signed bytes',
      '00000008',
      '0001',
      '870101',
      'unsupported-codec',
      'jpeg2000: 1 components of 8 bits signed decode to wrong values',
    ],
    ['no data', '00000008', '0001', '0b0101', 'corrupt', 'jpeg2000: the codestream does not decode'],
  ] as const)('JPEG 2000: %s', async (_, columns, samples, components, code, message) => {
    const bytes = siz(columns, samples, components)
    expect(await refusal(() => decodeFrame('jpeg2000', bytes, shape))).toEqual([code, message])
  })
})

const SHARED = new URL('../../../shared/dicom/', import.meta.url)
const hasShared = existsSync(SHARED)
if (!hasShared) console.log('test/codec/decode: no ../shared/dicom, the decoders are not tried on real files')

const CODESTREAM_START = /^ff(d8|4f)/

/** The first frame of encapsulated Pixel Data (PS3.5 §A.4), found by its header. */
function firstFrame(path: string): Uint8Array {
  const file = readFileSync(new URL(path, SHARED))
  let at =
    Math.max(...['4f42', '4f57'].map(vr => file.lastIndexOf(Buffer.from(`e07f1000${vr}0000ffffffff`, 'hex')))) + 12
  const fragments: Buffer[] = []
  for (; file.readUInt32LE(at) === 0xe000fffe; at += 8 + file.readUInt32LE(at + 4))
    fragments.push(file.subarray(at + 8, at + 8 + file.readUInt32LE(at + 4)))
  const frames = fragments.slice(1)
  const next = frames.findIndex((part, index) => index > 0 && CODESTREAM_START.test(part.toString('hex', 0, 2)))
  const isRle = !CODESTREAM_START.test(frames[0].toString('hex', 0, 2))
  return new Uint8Array(Buffer.concat(isRle ? frames.slice(0, 1) : frames.slice(0, next < 0 ? undefined : next)))
}

// Digests of what pydicom 3.0.2 with pylibjpeg 2.1.0 makes of the same frame.
const PYDICOM: [string, CodecName, number, number, number, number, number, boolean, string][] = [
  [
    'fragments-bot/CT0012.fragmented_no_bot_jpeg_lossless.57.dcm',
    'jpeg-lossless',
    512,
    512,
    1,
    16,
    16,
    false,
    'fd4b6d58bc02947d',
  ],
  [
    'fragments-bot/CT0012.fragmented_no_bot_jpeg_lossless.70.dcm',
    'jpeg-lossless',
    512,
    512,
    1,
    16,
    16,
    false,
    'fd4b6d58bc02947d',
  ],
  ['fragments-bot/CT0012.fragmented_no_bot_jpeg_ls.80.dcm', 'jpeg-ls', 512, 512, 1, 16, 16, false, 'fd4b6d58bc02947d'],
  ['fragments-bot/CT0012.fragmented_no_bot_jpeg_ls.81.dcm', 'jpeg-ls', 512, 512, 1, 16, 16, false, '887c791c6343d44f'],
  ['fragments-bot/CT0012.not_fragmented_bot_jpeg_ls.80.dcm', 'jpeg-ls', 512, 512, 1, 16, 16, false, 'fd4b6d58bc02947d'],
  ['fragments-bot/CT0012.not_fragmented_bot_rle.dcm', 'rle', 512, 512, 1, 16, 16, false, 'fd4b6d58bc02947d'],
  [
    'fragments-bot/CT0012.not_fragmented_no_bot_jpeg_ls.80.dcm',
    'jpeg-ls',
    512,
    512,
    1,
    16,
    16,
    false,
    'fd4b6d58bc02947d',
  ],
  ['fragments-bot/CT0012.not_fragmented_no_bot_rle.dcm', 'rle', 512, 512, 1, 16, 16, false, 'fd4b6d58bc02947d'],
  ['ts-htj2k-201-203/HTJ2KLossless_08_RGB.dcm', 'htj2k', 480, 640, 3, 8, 8, false, '9d87240604f5d752'],
  ['ts-htj2k-202-pairs/CT2_JPH', 'htj2k', 512, 512, 1, 16, 16, true, 'ddaf7fb6a05bf7ac'],
  ['ts-htj2k-202-pairs/NM1_JPH', 'htj2k', 1024, 256, 1, 16, 16, true, 'a6e9d32143339d3f'],
  ['ts-htj2k-202-pairs/US1_JPH', 'htj2k', 480, 640, 3, 8, 8, false, 'e16892020c73095e'],
  ['ts-j2k-lossless/GDCMJ2K_TextGBR.dcm', 'jpeg2000', 400, 400, 3, 8, 8, false, 'bea5673fdd49313f'],
  ['ts-j2k-lossless/J2K_pixelrep_mismatch.dcm', 'jpeg2000', 512, 512, 1, 16, 13, true, '1296350a0006ef69'],
  ['ts-j2k-lossless/JPEG2000.dcm', 'jpeg2000', 1024, 256, 1, 16, 16, true, '0b1224a6dcd0dceb'],
  ['ts-j2k-lossless/MR_small_jp2klossless.dcm', 'jpeg2000', 64, 64, 1, 16, 16, true, '88617aaa46138fb1'],
  ['ts-j2k-lossless/SC_rgb_gdcm_KY.dcm', 'jpeg2000', 100, 100, 3, 8, 8, false, '169e619557b12114'],
  ['ts-j2k-lossless/examples_jpeg2k.dcm', 'jpeg2000', 480, 640, 3, 8, 8, false, 'e16892020c73095e'],
  [
    'ts-jpeg-lossless-57/JPEGLossless_1s_1f_i_16_16_bad.dcm',
    'jpeg-lossless',
    512,
    512,
    1,
    16,
    16,
    true,
    'c45111778adeb670',
  ],
  ['ts-jpeg-lossless-70/JPEG-LL.dcm', 'jpeg-lossless', 1024, 256, 1, 16, 16, true, 'a6e9d32143339d3f'],
  [
    'ts-jpeg-lossless-70/JPEGLosslessP14SV1_1s_1f_u_08_08.dcm',
    'jpeg-lossless',
    768,
    1024,
    1,
    8,
    8,
    false,
    '36e27e4f1e87a7d5',
  ],
  ['ts-jpeg-lossless-70/SC_rgb_jpeg_gdcm.dcm', 'jpeg-lossless', 100, 100, 3, 8, 8, false, '169e619557b12114'],
  ['ts-jpegls-small/JPEGLSNearLossless_08.dcm', 'jpeg-ls', 45, 10, 1, 8, 8, false, '9eb46aa86c342094'],
  ['ts-jpegls-small/JPEGLSNearLossless_16.dcm', 'jpeg-ls', 50, 10, 1, 16, 16, false, 'f929318278115ce9'],
  ['ts-jpegls-small/MR_small_jpeg_ls_lossless.dcm', 'jpeg-ls', 64, 64, 1, 16, 16, true, '88617aaa46138fb1'],
  ['ts-jpegls-small/SC_rgb_jls_lossy_line.dcm', 'jpeg-ls', 100, 100, 3, 8, 8, false, 'bd5344c0a46bc6c0'],
  ['ts-jpegls-small/SC_rgb_jls_lossy_sample.dcm', 'jpeg-ls', 100, 100, 3, 8, 8, false, 'bd5344c0a46bc6c0'],
  ['ts-jpegls/JLSL_08_07_0_1F.dcm', 'jpeg-ls', 128, 128, 1, 8, 7, false, '210dc401f95db43b'],
  ['ts-jpegls/JLSL_16_15_1_1F.dcm', 'jpeg-ls', 128, 128, 1, 16, 15, true, 'bb0a20c386271e83'],
  ['ts-jpegls/emri_small_jpeg_ls_lossless.dcm', 'jpeg-ls', 64, 64, 1, 16, 12, false, 'c789183acdfdfb1c'],
  ['ts-rle-palette/OBXXXX1A_rle.dcm', 'rle', 600, 800, 1, 8, 8, false, '48abdc16b5064b61'],
  ['ts-rle-palette/OBXXXX1A_rle_2frame.dcm', 'rle', 600, 800, 1, 8, 8, false, '48abdc16b5064b61'],
  ['ts-rle-palette/emri_small_RLE.dcm', 'rle', 64, 64, 1, 16, 12, false, 'c789183acdfdfb1c'],
  ['ts-rle/MR_small_RLE.dcm', 'rle', 64, 64, 1, 16, 16, true, '88617aaa46138fb1'],
  ['ts-rle/SC_rgb_rle.dcm', 'rle', 100, 100, 3, 8, 8, false, '169e619557b12114'],
  ['ts-rle/SC_rgb_rle_16bit_2frame.dcm', 'rle', 100, 100, 3, 16, 16, false, '36de0258708d3af7'],
  ['ts-rle/SC_rgb_rle_2frame.dcm', 'rle', 100, 100, 3, 8, 8, false, '169e619557b12114'],
  ['ts-rle/SC_rgb_rle_32bit.dcm', 'rle', 100, 100, 3, 32, 32, false, '1a243c9351e3a9ae'],
  ['ts-rle/rtdose_rle.dcm', 'rle', 10, 10, 1, 32, 32, false, '67f96b3373d7acf1'],
]

test.runIf(hasShared).each(PYDICOM)(
  '%s is decoded as pydicom does',
  async (path, codec, rows, columns, samples, bitsAllocated, bitsStored, signed, digest) => {
    const shape = shapeOf({ rows, columns, samples, bitsAllocated, bitsStored, signed })
    const { pixels } = await decodeFrame(codec, firstFrame(path), shape)
    const values = storedValues(pixels, shape)
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
    expect(createHash('sha256').update(bytes).digest('hex').slice(0, 16)).toBe(digest)
  },
)

// Two decoders that share nothing: libjpeg-turbo with its own conversion, and jpeg.ts with that of T.871 §7. Without
// subsampled colour they differ by rounding only.
test.runIf(hasShared).each([
  ['ts-jpeg-baseline/SC_rgb_jpeg_dcmtk.dcm', 100, 100],
  ['ts-jpeg-extended/JPEGExtended_3s_1f_u_08_08.dcm', 576, 768],
  ['ts-jpeg-baseline/SC_jpeg_no_color_transform.dcm', 256, 256],
])('%s: YCbCr as coded and turned into RGB', async (path, rows, columns) => {
  const shape = shapeOf({ rows, columns, samples: 3, bitsAllocated: 8 })
  const coded = await decodeFrame('jpeg', firstFrame(path), shape, true)
  const rgb = await decodeFrame('jpeg', firstFrame(path), shape)
  expect([coded.colorTransformed, rgb.colorTransformed]).toEqual([false, true])
  let most = 0
  const byte = (value: number) => Math.max(0, Math.min(255, Math.round(value)))
  for (let at = 0; at < rgb.pixels.length; at += 3) {
    const [y, cb, cr] = [coded.pixels[at], coded.pixels[at + 1] - 128, coded.pixels[at + 2] - 128]
    const wanted = [y + 1.402 * cr, y - 0.344136 * cb - 0.714136 * cr, y + 1.772 * cb].map(byte)
    for (let c = 0; c < 3; c++) most = Math.max(most, Math.abs(wanted[c] - rgb.pixels[at + c]))
  }
  expect(most).toBeLessThanOrEqual(3)
})

test.runIf(hasShared)('12-bit JPEG is near the same image without loss', async () => {
  const lossless = shapeOf({ rows: 512, columns: 512 })
  const lossy = shapeOf({ rows: 512, columns: 512, bitsStored: 12 })
  const path = (name: string) => `fragments-bot/CT0012.fragmented_no_bot_jpeg_${name}.dcm`
  const a = storedValues(
    (await decodeFrame('jpeg', firstFrame(path('baseline.51')), lossy)).pixels,
    lossy,
  ) as Uint16Array
  const b = storedValues(
    (await decodeFrame('jpeg', firstFrame(path('lossless.57')), lossless)).pixels,
    lossless,
  ) as Uint16Array
  // Whoever made the lossy one lifted its values by 1023 to have none below 0.
  const mean = a.reduce((sum, value, at) => sum + Math.abs(value - 1023 - b[at]), 0) / a.length
  expect(mean).toBeLessThan(1)
})
