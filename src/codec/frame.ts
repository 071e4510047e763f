import { sameBytes } from '../bytes/same-bytes.ts'
import { DicubeError } from '../errors.ts'
import { CUBE_LIMITS, FRAME_LIMITS, grown } from '../limits.ts'
import { decodeHtj2k, encodeHtj2k, withDecodedHtj2k } from './htj2k.ts'
import { inflateZstd, platform, zstdContentBytes } from './platform.ts'
import type { CodestreamSize } from './siz.ts'
import { compressZstd, FRAME_LEVEL } from './zstd.ts'

/** What PS3.3 §C.7.6.3 says of the samples of one frame. */
export interface FrameShape {
  rows: number
  columns: number
  samples: number
  bitsAllocated: number
  bitsStored: number
  highBit: number
  signed: boolean
  /** Planar Configuration 1: all red samples, all green ones, all blue ones. */
  planar: boolean
  /** Float or Double Float Pixel Data. */
  float?: boolean
}

/** How a frame lies in the file; the numbers are part of the format. */
export const FRAME_CODINGS = {
  /** The source's own compressed frame; never made here. */
  verbatim: 0,
  /** HTJ2K of the stored values, Bits Stored deep (signed up to 8 bits: 9 deep). */
  htj2k: 1,
  /** HTJ2K of whole words as unsigned numbers, Bits Allocated deep. */
  htj2kWords: 2,
  /** zstd of the native bytes. */
  zstd: 3,
  /** The native bytes, where zstd makes them no smaller. */
  raw: 4,
} as const

export type FrameCoding = (typeof FRAME_CODINGS)[keyof typeof FRAME_CODINGS]

export interface PackedFrame {
  coding: FrameCoding
  bytes: Uint8Array
  /** Of `bytes`. */
  crc32: number
  /** Of the stored values; null when there are none to compare, such as NaN only. */
  minimum: number | null
  maximum: number | null
  /** Some word is not just its stored value: there are bits above High Bit or below the lowest stored one. */
  outside: boolean
}

type Words = Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array
export type StoredValues = Words | BigUint64Array | BigInt64Array | Float32Array | Float64Array

const describe = (shape: FrameShape) =>
  `${shape.columns} x ${shape.rows} x ${shape.samples}, ${shape.bitsStored} of ${shape.bitsAllocated} bits, high bit ${shape.highBit}`

/** The bytes of one native frame. Frames of 1 bit are counted from a byte boundary (PS3.5 §8.1.1). */
export function nativeFrameBytes({ rows, columns, samples, bitsAllocated }: FrameShape): number {
  const count = rows * columns * samples
  return bitsAllocated === 1 ? Math.ceil(count / 8) : count * Math.ceil(bitsAllocated / 8)
}

/** Before a byte is allocated for what a compressed frame of so many bytes is said to hold. @throws DicubeError `limit` */
export function checkDecodedBytes(decodedBytes: number, codedBytes: number): void {
  const most = Math.min(CUBE_LIMITS.arrayBytes, grown(FRAME_LIMITS.decodedBytes, codedBytes))
  if (decodedBytes > most)
    throw new DicubeError(
      'limit',
      `frame: ${codedBytes} bytes are said to hold ${decodedBytes}, at most ${most} are decoded`,
    )
}

const mayBeDecoded = (decodedBytes: number, codedBytes: number) =>
  decodedBytes <= grown(FRAME_LIMITS.decodedBytes, codedBytes)

/** A frame of 1 bit that begins within a byte may reach into one byte more. */
const hasNativeSize = (sizeBytes: number, shape: FrameShape) => {
  const wanted = nativeFrameBytes(shape)
  return sizeBytes === wanted || (shape.bitsAllocated === 1 && sizeBytes === wanted + 1)
}

/** Encodes one native frame (little-endian), and proves that unpackFrame gives it back. Never refuses its values. */
export async function packFrame(native: Uint8Array, shape: FrameShape): Promise<PackedFrame> {
  if (!hasNativeSize(native.length, shape))
    throw new DicubeError(
      'unsupported-pixels',
      `frame: ${native.length} bytes, wanted ${nativeFrameBytes(shape)} for ${describe(shape)}`,
    )
  const measured = measure(native, shape)
  const { coding, bytes } = (await packHtj2k(native, shape, measured.outside)) ?? (await packZstd(native))
  return { coding, bytes, crc32: platform().crc32(bytes), ...measured }
}

type Coded = Pick<PackedFrame, 'coding' | 'bytes'>

async function packHtj2k(native: Uint8Array, shape: FrameShape, outside: boolean): Promise<Coded | undefined> {
  if (!fitsHtj2k(shape)) return undefined
  const asWords = outside || shape.highBit !== shape.bitsStored - 1 || (shape.signed && shape.samples > 1)
  const coding = asWords ? FRAME_CODINGS.htj2kWords : FRAME_CODINGS.htj2k
  const size = codedSize(coding, shape)
  try {
    const pixels = resize(interleave(native, shape), shape.bitsAllocated, size.bits, shape.signed && !asWords)
    const bytes = await encodeHtj2k(pixels, size)
    if (!mayBeDecoded(native.length, bytes.length)) return undefined
    const isProven = await withDecodedHtj2k(
      bytes,
      found => checkSize(found, size),
      ({ pixels }) => sameBytes(nativeOf(pixels, coding, shape), native),
    )
    return isProven ? { coding, bytes } : undefined
  } catch (error) {
    // What the encoder or the proof refuses is stored as zstd; no frame is lost to a codec.
    if (error instanceof DicubeError) return undefined
    throw error
  }
}

async function packZstd(native: Uint8Array): Promise<Coded> {
  const bytes = await compressZstd(native, FRAME_LEVEL)
  return bytes.length < native.length && mayBeDecoded(native.length, bytes.length)
    ? { coding: FRAME_CODINGS.zstd, bytes }
    : { coding: FRAME_CODINGS.raw, bytes: native.slice() }
}

/** The mirror of packFrame: exactly the native bytes. The caller has checked the CRC-32 of `bytes`. */
export async function unpackFrame(coding: number, bytes: Uint8Array, shape: FrameShape): Promise<Uint8Array> {
  checkDecodedBytes(nativeFrameBytes(shape), bytes.length)
  switch (coding) {
    case FRAME_CODINGS.htj2k:
    case FRAME_CODINGS.htj2kWords: {
      const size = codedSize(coding, shape)
      const { pixels } = await decodeHtj2k(bytes, found => checkSize(found, size))
      return nativeOf(pixels, coding, shape)
    }
    case FRAME_CODINGS.zstd:
      return inflateZstd(bytes, shape.bitsAllocated === 1 ? bitFrameBytes(bytes, shape) : nativeFrameBytes(shape))
    case FRAME_CODINGS.raw:
      if (!hasNativeSize(bytes.length, shape))
        throw new DicubeError('corrupt', `frame: ${bytes.length} bytes, wanted ${nativeFrameBytes(shape)}`)
      return bytes
    default:
      throw new DicubeError('corrupt', `frame: coding ${coding} cannot be unpacked`)
  }
}

/** A native frame of the samples of a codestream; these themselves where they are one. */
function nativeOf(pixels: Uint8Array, coding: number, shape: FrameShape): Uint8Array {
  const signed = shape.signed && coding === FRAME_CODINGS.htj2k
  return deinterleave(resize(pixels, codedSize(coding, shape).bits, shape.bitsAllocated, signed), shape)
}

/** Which of the two sizes that a 1-bit frame can have the zstd frame holds; inflateZstd refuses any third. */
function bitFrameBytes(bytes: Uint8Array, shape: FrameShape): number {
  const wanted = nativeFrameBytes(shape)
  return zstdContentBytes(bytes) === wanted + 1 ? wanted + 1 : wanted
}

/** HTJ2K as OpenJPH has it right: one component of 8 or 16 bits, or three of 8. All else is zstd. */
const fitsHtj2k = (shape: FrameShape) =>
  !shape.float &&
  isConsistent(shape) &&
  (shape.samples === 1
    ? shape.bitsAllocated === 8 || shape.bitsAllocated === 16
    : shape.samples === 3 && shape.bitsAllocated === 8)

const isConsistent = ({ bitsAllocated, bitsStored, highBit }: FrameShape) =>
  bitsStored >= 1 && highBit >= bitsStored - 1 && highBit < bitsAllocated

function codedSize(coding: number, shape: FrameShape): CodestreamSize {
  const { rows, columns, samples, bitsAllocated, bitsStored } = shape
  const signed = coding === FRAME_CODINGS.htj2k && shape.signed
  const bits = coding === FRAME_CODINGS.htj2kWords ? bitsAllocated : signed ? Math.max(9, bitsStored) : bitsStored
  return { rows, columns, samples, bits, signed }
}

const sizeFields = ['rows', 'columns', 'samples', 'bits', 'signed'] as const

function checkSize(found: CodestreamSize, wanted: CodestreamSize): void {
  for (const field of sizeFields)
    if (found[field] !== wanted[field])
      throw new DicubeError('corrupt', `frame: the codestream has ${field} ${found[field]}, wanted ${wanted[field]}`)
}

/** Samples of fromBits as samples of toBits, where each takes one byte up to 8 bits and two above. */
function resize(samples: Uint8Array, fromBits: number, toBits: number, signed: boolean): Uint8Array {
  if (fromBits <= 8 === toBits <= 8) return samples
  const from =
    fromBits <= 8
      ? signed
        ? toInt8(samples)
        : samples
      : signed
        ? aligned(samples, Int16Array)
        : aligned(samples, Uint16Array)
  return bytesOf(toBits <= 8 ? Uint8Array.from(from) : (signed ? Int16Array : Uint16Array).from(from))
}

const toInt8 = (bytes: Uint8Array) => new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length)
const bytesOf = (words: StoredValues) => new Uint8Array(words.buffer, words.byteOffset, words.byteLength)

/** Planar Configuration 1 to 0, sample by sample. */
function interleave(native: Uint8Array, shape: FrameShape): Uint8Array {
  return shape.planar && shape.samples > 1
    ? transpose(native, shape.samples, Math.ceil(shape.bitsAllocated / 8))
    : native
}

/** Planar Configuration 0 to 1. */
function deinterleave(pixels: Uint8Array, shape: FrameShape): Uint8Array {
  const sampleBytes = Math.ceil(shape.bitsAllocated / 8)
  return shape.planar && shape.samples > 1 ? transpose(pixels, shape.rows * shape.columns, sampleBytes) : pixels
}

/** A table of `lines` lines of samples, turned. */
export function transpose(bytes: Uint8Array, lines: number, sampleBytes: number): Uint8Array {
  const turned = new Uint8Array(bytes.length)
  const length = bytes.length / lines / sampleBytes
  let at = 0
  for (let line = 0; line < lines; line++)
    for (let sample = 0; sample < length; sample++) {
      const target = (sample * lines + line) * sampleBytes
      for (let byte = 0; byte < sampleBytes; byte++) turned[target + byte] = bytes[at++]
    }
  return turned
}

type ArrayType<T> = { new (buffer: ArrayBufferLike, byteOffset: number, length: number): T; BYTES_PER_ELEMENT: number }

/** A typed view of little-endian words; a copy only where the bytes do not lie on a boundary of theirs. */
function aligned<T>(bytes: Uint8Array, type: ArrayType<T>): T {
  const source = bytes.byteOffset % type.BYTES_PER_ELEMENT === 0 ? bytes : bytes.slice()
  return new type(source.buffer, source.byteOffset, Math.floor(source.length / type.BYTES_PER_ELEMENT))
}

/**
 * The stored values of a native frame, colour-by-pixel: High Bit and Bits Stored applied, sign extended (PS3.5
 * §8.1.1). A view of `native` wherever its words already are the values. `areStored`: it is known that they are, so that
 * nobody need look at each.
 */
export function storedValues(native: Uint8Array, shape: FrameShape, areStored = false): StoredValues {
  if (!hasNativeSize(native.length, shape))
    throw new DicubeError(
      'unsupported-pixels',
      `frame: ${native.length} bytes, wanted ${nativeFrameBytes(shape)} for ${describe(shape)}`,
    )
  if (shape.bitsAllocated === 1) return unpackBits(native, shape.rows * shape.columns * shape.samples)
  const words = wordsOf(native, shape)
  if (words instanceof Float32Array || words instanceof Float64Array) return words
  if (words instanceof BigInt64Array || words instanceof BigUint64Array) return applyBigBits(words, shape)
  return areStored || fitBits(words, shape) ? words : applyBits(words, shape)
}

/** A view of the words of a native frame, colour-by-pixel. @throws DicubeError `unsupported-pixels` where they have no stored values */
function wordsOf(native: Uint8Array, shape: FrameShape): StoredValues {
  const { bitsAllocated, signed } = shape
  const pixels = interleave(native, shape)
  if (shape.float) {
    if (bitsAllocated === 32) return aligned(pixels, Float32Array)
    if (bitsAllocated === 64) return aligned(pixels, Float64Array)
  } else if (isConsistent(shape)) {
    if (bitsAllocated === 8) return signed ? toInt8(pixels) : pixels
    if (bitsAllocated === 16) return aligned<Words>(pixels, signed ? Int16Array : Uint16Array)
    if (bitsAllocated === 32) return aligned<Words>(pixels, signed ? Int32Array : Uint32Array)
    if (bitsAllocated === 64) return signed ? aligned(pixels, BigInt64Array) : aligned(pixels, BigUint64Array)
  }
  throw new DicubeError('unsupported-pixels', `frame: no stored values for ${describe(shape)}`)
}

/** The array's own type wraps what is too wide, so two shifts of 32 bits say it all. */
function applyBits<T extends Words>(words: T, shape: FrameShape): T {
  const { bitsStored, highBit, signed } = shape
  const left = 31 - highBit
  const right = 32 - bitsStored
  const stored = (word: number) => (signed ? (word << left) >> right : (word << left) >>> right)
  const values = words.slice() as T
  for (let at = 0; at < values.length; at++) values[at] = stored(values[at])
  return values
}

/**
 * Whether all words are their stored values as they are, which those of nearly all frames are. Four bytes are looked at in
 * one step, whatever the size of a word: what is sign extended has no bit above its sign that differs from the one below.
 */
function fitBits(words: Words, { bitsStored, highBit, signed }: FrameShape): boolean {
  if (highBit !== bitsStored - 1) return false
  const wordBits = words.BYTES_PER_ELEMENT * 8
  if (bitsStored === wordBits) return true
  const bytes = bytesOf(words)
  const lanes = aligned(bytes, Int32Array)
  // Bytes that fill no lane, and zeros.
  const last = new Uint8Array(4)
  last.set(bytes.subarray(lanes.byteLength))
  let all = new DataView(last.buffer).getInt32(0, true)
  if (signed) {
    all ^= all << 1
    for (let at = 0; at < lanes.length; at++) all |= lanes[at] ^ (lanes[at] << 1)
  } else {
    let at = 0
    for (const end = lanes.length - 3; at < end; at += 4)
      all |= lanes[at] | lanes[at + 1] | lanes[at + 2] | lanes[at + 3]
    for (; at < lanes.length; at++) all |= lanes[at]
  }
  for (let bit = 0; bit < 32; bit++) if (bit % wordBits >= bitsStored && (all >>> bit) & 1) return false
  return true
}

/** fitBits of words whose range is known: it is looked for anyway when a frame is packed. */
const isStoredRange = ({ minimum, maximum }: Range, { bitsStored, highBit, signed }: FrameShape): boolean =>
  highBit === bitsStored - 1 &&
  minimum !== null &&
  maximum !== null &&
  minimum >= (signed ? -(2 ** (bitsStored - 1)) : 0) &&
  maximum < 2 ** (signed ? bitsStored - 1 : bitsStored)

function applyBigBits<T extends BigInt64Array | BigUint64Array>(
  words: T,
  { bitsStored, highBit, signed }: FrameShape,
): T {
  if (bitsStored === 64) return words
  const shift = BigInt(highBit - bitsStored + 1)
  const values = words.slice() as T
  for (let at = 0; at < values.length; at++)
    values[at] = signed
      ? BigInt.asIntN(bitsStored, values[at] >> shift)
      : BigInt.asUintN(bitsStored, values[at] >> shift)
  return values
}

/** PS3.5 §8.1.1: the first sample is the least significant bit of the first byte. */
function unpackBits(bytes: Uint8Array, count: number): Uint8Array {
  const values = new Uint8Array(count)
  for (let at = 0; at < count; at++) values[at] = (bytes[at >> 3] >> (at & 7)) & 1
  return values
}

function measure(native: Uint8Array, shape: FrameShape): Pick<PackedFrame, 'minimum' | 'maximum' | 'outside'> {
  if (shape.bitsAllocated === 1) return { ...rangeOf(storedValues(native, shape)), outside: false }
  let words: StoredValues
  try {
    words = wordsOf(native, shape)
  } catch {
    // Attributes that contradict each other: the bytes are kept all the same.
    return { minimum: null, maximum: null, outside: true }
  }
  const range = rangeOf(words)
  if (shape.float || isStoredRange(range, shape)) return { ...range, outside: false }
  const values = storedValues(native, shape)
  return { ...rangeOf(values), outside: !sameBytes(bytesOf(values), bytesOf(words)) }
}

type Range = Pick<PackedFrame, 'minimum' | 'maximum'>

function rangeOf(values: StoredValues): Range {
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) return rangeOfBig(values)
  if (!(values instanceof Float32Array || values instanceof Float64Array)) return rangeOfWords(values)
  let minimum = Number.POSITIVE_INFINITY
  let maximum = Number.NEGATIVE_INFINITY
  for (let at = 0; at < values.length; at++) {
    const value = values[at]
    if (value < minimum && value !== Number.NEGATIVE_INFINITY) minimum = value
    if (value > maximum && value !== Number.POSITIVE_INFINITY) maximum = value
  }
  return minimum <= maximum ? { minimum, maximum } : { minimum: null, maximum: null }
}

/** Four words a step: as a rule none of them is beyond what was seen before. */
function rangeOfWords(values: Words): Range {
  if (!values.length) return { minimum: null, maximum: null }
  let minimum = values[0]
  let maximum = minimum
  let at = values.length % 4
  for (const value of values.subarray(0, at)) {
    minimum = Math.min(minimum, value)
    maximum = Math.max(maximum, value)
  }
  for (; at < values.length; at += 4) {
    const a = values[at]
    const b = values[at + 1]
    const c = values[at + 2]
    const d = values[at + 3]
    if (a < minimum || b < minimum || c < minimum || d < minimum) minimum = Math.min(minimum, a, b, c, d)
    if (a > maximum || b > maximum || c > maximum || d > maximum) maximum = Math.max(maximum, a, b, c, d)
  }
  return { minimum, maximum }
}

/** A range that a number cannot say exactly is not said. */
function rangeOfBig(values: BigInt64Array | BigUint64Array): Range {
  let minimum = values[0]
  let maximum = values[0]
  for (const value of values) {
    if (value < minimum) minimum = value
    if (value > maximum) maximum = value
  }
  const exact = (value: bigint) => (Number.isSafeInteger(Number(value)) ? Number(value) : null)
  return { minimum: exact(minimum), maximum: exact(maximum) }
}
