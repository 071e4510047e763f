import { DicubeError } from '../errors.ts'
import {
  checkDecodedBytes,
  FRAME_CODINGS,
  type FrameShape,
  nativeFrameBytes,
  type StoredValues,
  storedValues,
  transpose,
  unpackFrame,
} from './frame.ts'
import { decodeHtj2k } from './htj2k.ts'
import { inflateRaw } from './inflate.ts'
import { decodeJpeg, type JpegHeader, readJpegHeader } from './jpeg.ts'
import { checkRle, decodeRle } from './rle.ts'
import { type CodestreamSize, checkTileParts, findCodestream, readSiz, usesColorTransform } from './siz.ts'
import { startWasm, wasmReason } from './wasm.ts'

/** The compressions of encapsulated Pixel Data; 'none' is Encapsulated Uncompressed. */
export const CODEC_NAMES = ['none', 'rle', 'deflate', 'jpeg', 'jpeg-lossless', 'jpeg-ls', 'jpeg2000', 'htj2k'] as const

export type CodecName = (typeof CODEC_NAMES)[number]

export interface DecodedFrame {
  /** Little-endian words of Bits Allocated, colour-by-pixel; 1-bit samples stay packed, eight to a byte. */
  pixels: Uint8Array
  /** The decoder has turned luminance and chrominance into RGB. */
  colorTransformed: boolean
}

/**
 * Whether a compressed frame is what its attributes say, as far as its structure tells: sizes, segments, ends. Throws
 * what decodeFrame would throw of these. Only RLE and deflate are looked at as a whole; no sample is kept.
 */
export function checkFrame(codec: CodecName, bytes: Uint8Array, expected: FrameShape): void {
  checkDecodedBytes(nativeFrameBytes(expected), bytes.length)
  switch (codec) {
    case 'none':
    case 'deflate':
      DECODERS[codec](bytes, expected, true)
      return
    case 'rle': {
      const bytesEach = sampleBytesOf(expected)
      checkRle(bytes, nativeFrameBytes(expected) / expected.samples / bytesEach, expected.samples, bytesEach)
      return
    }
    case 'jpeg2000':
    case 'htj2k': {
      const codestream = findCodestream(bytes)
      checkExpected(codec, readSiz(codestream), expected)
      checkTileParts(codestream)
      return
    }
    default:
      checkExpected(codec, jpegSize(readJpegHeader(bytes)), expected)
      if (!hasEndOfImage(bytes)) throw new DicubeError('corrupt', `${codec}: the stream is cut off, it has no EOI`)
  }
}

/**
 * Decodes one compressed frame. What it says of itself has to agree with `expected` before it is decoded. JPEG does not
 * have to say whether its three components are YCbCr, and by default is taken for it as other readers do; `asCoded`
 * leaves them as they are, for a Photometric Interpretation of RGB or to keep YBR.
 */
export async function decodeFrame(
  codec: CodecName,
  bytes: Uint8Array,
  expected: FrameShape,
  asCoded = false,
): Promise<DecodedFrame> {
  const decoder = DECODERS[codec]
  if (!decoder) throw new DicubeError('unsupported-codec', `frame: no decoder is called ${codec}`)
  const wanted = nativeFrameBytes(expected)
  checkDecodedBytes(wanted, bytes.length)
  const decoded = await decoder(bytes, expected, asCoded)
  if (decoded.pixels.length !== wanted)
    throw new DicubeError('corrupt', `${codec}: decodes to ${decoded.pixels.length} bytes, wanted ${wanted}`)
  return decoded
}

/** How a frame is stored: one of FRAME_CODINGS, and of a verbatim one what decodeFrame wants to know. */
export interface FrameCodec {
  coding: number
  codec?: CodecName
  asCoded?: boolean
}

export interface DecodedValues {
  values: StoredValues
  /** See DecodedFrame. */
  colorTransformed: boolean
}

/** The stored values of a frame, whatever it is stored as. */
export async function decodeValues(
  { coding, codec, asCoded }: FrameCodec,
  bytes: Uint8Array,
  shape: FrameShape,
): Promise<DecodedValues> {
  if (coding !== FRAME_CODINGS.verbatim) {
    const native = await unpackFrame(coding, bytes, shape)
    // Only a frame whose words are its stored values is coded so.
    return { values: storedValues(native, shape, coding === FRAME_CODINGS.htj2k), colorTransformed: false }
  }
  const { pixels, colorTransformed } = await decodeFrame(codec!, bytes, shape, asCoded)
  // Decoders give colour-by-pixel whatever the Planar Configuration of the data set says.
  return { values: storedValues(pixels, { ...shape, planar: false }), colorTransformed }
}

type Decoder = (bytes: Uint8Array, expected: FrameShape, asCoded: boolean) => DecodedFrame | Promise<DecodedFrame>

const DECODERS: Record<CodecName, Decoder> = {
  none: (bytes, expected) => native(bytes, expected),
  rle: decodeRleFrame,
  // A frame is padded to an even length, and so may what it was made of have been.
  deflate: (bytes, expected) => native(inflateRaw(bytes, nativeFrameBytes(expected) + 1), expected),
  jpeg: decodeJpegFrame,
  'jpeg-lossless': decodeJpegFrame,
  'jpeg-ls': decodeJpegLsFrame,
  jpeg2000: decodeJpeg2000Frame,
  htj2k: decodeHtj2kFrame,
}

const sampleBytesOf = (shape: FrameShape) => Math.ceil(shape.bitsAllocated / 8)
const plain = (pixels: Uint8Array, colorTransformed = false): DecodedFrame => ({ pixels, colorTransformed })

function native(bytes: Uint8Array, expected: FrameShape): DecodedFrame {
  const wanted = nativeFrameBytes(expected)
  if (bytes.length < wanted || bytes.length > wanted + 1)
    throw new DicubeError('corrupt', `frame: ${bytes.length} bytes, wanted ${wanted}`)
  const pixels = bytes.subarray(0, wanted)
  return plain(
    expected.planar && expected.samples > 1 && expected.bitsAllocated > 1
      ? transpose(pixels, expected.samples, sampleBytesOf(expected))
      : pixels,
  )
}

function decodeRleFrame(bytes: Uint8Array, expected: FrameShape): DecodedFrame {
  const bytesEach = sampleBytesOf(expected)
  const segmentSamples = nativeFrameBytes(expected) / expected.samples / bytesEach
  return plain(decodeRle(bytes, segmentSamples, expected.samples, bytesEach))
}

/** Throws `corrupt` unless a stream has the size that its attributes promise, in words that hold it. */
function checkExpected(name: string, found: CodestreamSize, expected: FrameShape): void {
  for (const field of ['rows', 'columns', 'samples'] as const)
    if (found[field] !== expected[field])
      throw new DicubeError('corrupt', `${name}: the frame has ${field} ${found[field]}, wanted ${expected[field]}`)
  if (found.bits < 1 || found.bits > expected.bitsAllocated)
    throw new DicubeError('corrupt', `${name}: samples of ${found.bits} bits, wanted at most ${expected.bitsAllocated}`)
}

const jpegSize = (header: JpegHeader): CodestreamSize => ({
  rows: header.rows,
  columns: header.columns,
  samples: header.components.length,
  bits: header.bits,
  signed: false,
})

/** Samples of one or two bytes as words of Bits Allocated. */
function widen(pixels: Uint8Array, size: CodestreamSize, expected: FrameShape): Uint8Array {
  const from = size.bits <= 8 ? 1 : 2
  const to = sampleBytesOf(expected)
  if (from === to) return pixels
  const widened = new Uint8Array((pixels.length / from) * to)
  for (let at = 0, target = 0; at < pixels.length; at += from, target += to) {
    for (let byte = 0; byte < from; byte++) widened[target + byte] = pixels[at + byte]
    if (size.signed && pixels[at + from - 1] & 0x80) widened.fill(0xff, target + from, target + to)
  }
  return widened
}

type DecoderClass = { new (): WasmDecoder }

/** Each is loaded when the first frame asks for it. */
const LOADERS = {
  jpeg: async () => {
    const module = await import('@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs')
    return (await startWasm(module, 'libjpegturbowasm_decode.wasm')).JPEGDecoder
  },
  'jpeg-ls': async () => {
    const module = await import('@cornerstonejs/codec-charls/decodewasmjs')
    return (await startWasm(module, 'charlswasm_decode.wasm')).JpegLSDecoder
  },
  jpeg2000: async () => {
    const module = await import('@cornerstonejs/codec-openjpeg/decodewasmjs')
    return (await startWasm(module, 'openjpegwasm_decode.wasm')).J2KDecoder
  },
} satisfies Record<string, () => Promise<DecoderClass>>

const loaded = new Map<string, Promise<DecoderClass>>()

function load(name: keyof typeof LOADERS): Promise<DecoderClass> {
  const loading = loaded.get(name) ?? LOADERS[name]()
  loaded.set(name, loading)
  return loading
}

/**
 * A decoder of its own for each frame: OpenJPEG's keeps the last image where it fails to decode one, and a new one has
 * no bytes to give.
 */
async function runWasm<T>(
  name: keyof typeof LOADERS,
  bytes: Uint8Array,
  take: (pixels: Uint8Array, decoder: WasmDecoder) => T,
): Promise<T> {
  const decoder = new (await load(name))()
  try {
    decoder.getEncodedBuffer(bytes.length).set(bytes)
    decoder.decode()
    const pixels = decoder.getDecodedBuffer()
    const taken = take(new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength).slice(), decoder)
    decoder.delete()
    return taken
  } catch (cause) {
    // Its memory is in an unknown state: it goes as a whole, and the next frame starts a new one.
    loaded.delete(name)
    throw new DicubeError('corrupt', `${name}: ${wasmReason(cause)}`, { cause })
  }
}

/**
 * JPEG of any process: .50 and .51 say little about what is inside. 8-bit DCT is libjpeg-turbo's, which turns YCbCr into
 * RGB by the rules of every other reader of such files; the rest is decoded here, without a conversion.
 */
async function decodeJpegFrame(bytes: Uint8Array, expected: FrameShape, asCoded: boolean): Promise<DecodedFrame> {
  const header = readJpegHeader(bytes)
  const size = jpegSize(header)
  checkExpected('jpeg', size, expected)
  if (header.process === 0xf7) return decodeJpegLsFrame(bytes, expected)
  const keepYcc = asCoded && size.samples === 3 && isYcc(header)
  if (header.process === 0xc3 || header.bits !== 8 || keepYcc)
    return plain(
      widen(
        decodeJpeg(bytes, () => {}),
        size,
        expected,
      ),
    )
  if (header.process > 0xc2)
    throw new DicubeError('unsupported-codec', `jpeg: no decoder for SOF ${header.process.toString(16)}`)
  if (size.samples !== 1 && size.samples !== 3)
    throw new DicubeError('unsupported-codec', `jpeg: no decoder for ${size.samples} components`)
  const pixels = await runWasm('jpeg', bytes, decoded => decoded)
  if (pixels.length !== size.rows * size.columns * size.samples)
    throw new DicubeError('corrupt', `jpeg: decodes to ${pixels.length} bytes`)
  return plain(widen(pixels, size, expected), size.samples === 3 && isYcc(header))
}

/** How libjpeg decides whether three components are YCbCr: Adobe's flag, or else components called R, G and B. */
const isYcc = ({ adobeTransform, components }: JpegHeader) =>
  adobeTransform === undefined ? String.fromCharCode(...components.map(({ id }) => id)) !== 'RGB' : adobeTransform !== 0

async function decodeJpegLsFrame(bytes: Uint8Array, expected: FrameShape): Promise<DecodedFrame> {
  const header = readJpegHeader(bytes)
  const size = jpegSize(header)
  checkExpected('jpeg-ls', size, expected)
  if (header.process !== 0xf7)
    throw new DicubeError('corrupt', `jpeg-ls: a JPEG stream with SOF ${header.process.toString(16)}`)
  // CharLS refuses a stream without its end too, but only after seconds.
  if (!hasEndOfImage(bytes)) throw new DicubeError('corrupt', 'jpeg-ls: the stream is cut off, it has no EOI')
  const { pixels, byPlane } = await runWasm('jpeg-ls', bytes, (decoded, decoder) => ({
    pixels: decoded,
    byPlane: 'getInterleaveMode' in decoder && (decoder.getInterleaveMode as () => number)() === 0,
  }))
  const interleaved = byPlane && size.samples > 1 ? transpose(pixels, size.samples, size.bits <= 8 ? 1 : 2) : pixels
  return plain(widen(interleaved, size, expected))
}

function hasEndOfImage(bytes: Uint8Array): boolean {
  for (let at = bytes.lastIndexOf(0xd9); at > 0; at = bytes.lastIndexOf(0xd9, at - 1))
    if (bytes[at - 1] === 0xff) return true
  return false
}

async function decodeJpeg2000Frame(bytes: Uint8Array, expected: FrameShape): Promise<DecodedFrame> {
  const codestream = findCodestream(bytes)
  const size = readSiz(codestream)
  checkExpected('jpeg2000', size, expected)
  if (size.bits > 16 || (size.signed && size.bits <= 8) || (size.samples > 1 && (size.samples !== 3 || size.bits > 8)))
    throw new DicubeError(
      'unsupported-codec',
      `jpeg2000: ${size.samples} components of ${size.bits} bits${size.signed ? ' signed' : ''} decode to wrong values`,
    )
  const pixels = await runWasm('jpeg2000', codestream, decoded => decoded)
  if (pixels.length === 0) throw new DicubeError('corrupt', 'jpeg2000: the codestream does not decode')
  return plain(widen(pixels, size, expected), usesColorTransform(codestream))
}

async function decodeHtj2kFrame(bytes: Uint8Array, expected: FrameShape): Promise<DecodedFrame> {
  const codestream = findCodestream(bytes)
  const image = await decodeHtj2k(codestream, size => checkExpected('htj2k', size, expected))
  return plain(widen(image.pixels, image, expected), usesColorTransform(codestream))
}
