import type { CodecName } from '../codec/decode.ts'
import { type FrameShape, nativeFrameBytes } from '../codec/frame.ts'
import { charsetOf } from '../dicom/charset.ts'
import { transferSyntax } from '../dicom/transfer-syntax.ts'
import { decodeStrings, decodeValue } from '../dicom/values.ts'
import { findElementOf, isBigEndian, vrOfNode } from './cells.ts'
import { entryOf, layoutIndexOf, type Node, rankOf, type Table } from './table.ts'

/** What the attributes of one slice say about its frames (PS3.3 §C.7.6.3). */
export interface PixelDescription {
  /** Absent where an attribute is missing or they contradict each other: then there is no frame to speak of. */
  shape?: FrameShape
  /** Number of Frames, 1 where it is absent. */
  frames: number
  photometric: string
  transferSyntaxUid: string
  /** The compression of encapsulated frames; absent where this package has no decoder. */
  codec?: CodecName
}

const TAG = {
  transferSyntaxUid: 0x00020010,
  samplesPerPixel: 0x00280002,
  photometricInterpretation: 0x00280004,
  planarConfiguration: 0x00280006,
  numberOfFrames: 0x00280008,
  rows: 0x00280010,
  columns: 0x00280011,
  bitsAllocated: 0x00280100,
  bitsStored: 0x00280101,
  highBit: 0x00280102,
  pixelRepresentation: 0x00280103,
  floatPixelData: 0x7fe00008,
  doubleFloatPixelData: 0x7fe00009,
  pixelData: 0x7fe00010,
} as const

const DEFAULT_CHARSET = charsetOf([])

function numberOf(table: Table, row: number, tag: number): number | undefined {
  const found = findElementOf(table, row, tag)
  if (!found?.node.column) return undefined
  const [value] = decodeValue(
    vrOfNode(found.node),
    found.node.column.bytes(found.entry),
    isBigEndian(found.node),
    DEFAULT_CHARSET,
  )
  return typeof value === 'number' ? value : undefined
}

function textOfRow(table: Table, row: number, tag: number): string {
  const found = findElementOf(table, row, tag)
  return found ? textOf(found.node, found.entry) : ''
}

const textOf = ({ column }: Node, entry: number): string =>
  (column && decodeStrings('CS', column.bytes(entry), DEFAULT_CHARSET)[0]) || ''

/**
 * Transfer Syntax UID as the parser takes it: of the File Meta Information alone, which ends where another group begins,
 * and the last one where there are several.
 */
function transferSyntaxOf(table: Table, row: number): string {
  let found = ''
  for (const node of table.layouts[layoutIndexOf(table, row)].nodes) {
    const entry = entryOf(node, rankOf(table, row))
    if (node.vr === 0 || entry < 0) continue
    if (node.tag >>> 16 !== 2) break
    if (node.tag === TAG.transferSyntaxUid) found = textOf(node, entry)
  }
  return found
}

/** What stands where the pixels do: integers, or 32- or 64-bit floats (PS3.3 §C.7.6.24, §C.7.6.25). */
function floatBits(table: Table, row: number): number {
  if (findElementOf(table, row, TAG.pixelData)) return 0
  return findElementOf(table, row, TAG.floatPixelData)
    ? 32
    : findElementOf(table, row, TAG.doubleFloatPixelData)
      ? 64
      : 0
}

export function describePixels(table: Table, row: number): PixelDescription {
  const transferSyntaxUid = transferSyntaxOf(table, row)
  const float = floatBits(table, row)
  // A number that counts something: a DS in the place of a US may hold any other.
  const number = (tag: number) => {
    const value = numberOf(table, row, tag)
    return value === undefined || (Number.isSafeInteger(value) && value >= 0) ? value : Number.NaN
  }
  const rows = number(TAG.rows)
  const columns = number(TAG.columns)
  const bitsAllocated = float || number(TAG.bitsAllocated)
  const bitsStored = float || (number(TAG.bitsStored) ?? bitsAllocated)
  const highBit = float ? float - 1 : (number(TAG.highBit) ?? (bitsStored ?? 0) - 1)
  const samples = number(TAG.samplesPerPixel) ?? 1
  const description = {
    frames: number(TAG.numberOfFrames) || 1,
    photometric: textOfRow(table, row, TAG.photometricInterpretation),
    transferSyntaxUid,
    codec: transferSyntax(transferSyntaxUid)?.codec,
  }
  if (
    !rows ||
    !columns ||
    !samples ||
    !bitsAllocated ||
    !bitsStored ||
    !isWordSize(bitsAllocated) ||
    bitsStored > bitsAllocated ||
    Number.isNaN(highBit)
  )
    return description
  const shape: FrameShape = {
    rows,
    columns,
    samples,
    bitsAllocated,
    bitsStored,
    highBit,
    signed: !float && number(TAG.pixelRepresentation) === 1,
    planar: samples > 1 && number(TAG.planarConfiguration) === 1,
    ...(float && { float: true }),
  }
  return { ...description, shape }
}

/** Whether flat records say the same. */
export function sameFields<T extends object>(a: T, b: T): boolean {
  const fields = Object.keys(a) as (keyof T)[]
  return fields.length === Object.keys(b).length && fields.every(field => a[field] === b[field])
}

export function sameDescription({ shape: a, ...one }: PixelDescription, { shape: b, ...other }: PixelDescription) {
  return sameFields(one, other) && (a && b ? sameFields(a, b) : a === b)
}

const isWordSize = (bits: number) => bits === 1 || bits === 8 || bits === 16 || bits === 32 || bits === 64

/** Photometric interpretations whose native frames have fewer chrominance samples than pixels (PS3.3 §C.7.6.3.1.2). */
export const isSubsampled = (photometric: string) => photometric === 'YBR_FULL_422' || photometric === 'YBR_PARTIAL_422'

/**
 * The shape under which a native frame is packed. Subsampled colour is one line of Y Y CB CR bytes: no codec here knows
 * its geometry, and its bytes have to come back as they were.
 */
export function packedShape(shape: FrameShape, photometric: string): FrameShape {
  if (!isSubsampled(photometric) || shape.samples !== 3 || shape.bitsAllocated !== 8 || shape.planar) return shape
  return { ...shape, columns: shape.columns * 2, samples: 1 }
}

/** Bits of a frame before the next begins: frames of 1 bit need not end on a byte (PS3.5 §8.1.1). */
export const frameBits = (shape: FrameShape) =>
  shape.bitsAllocated === 1 ? shape.rows * shape.columns * shape.samples : nativeFrameBytes(shape) * 8

/** Bits [from, from + count) of a value as bytes of their own, the bits behind them 0. */
export function takeBits(value: Uint8Array, from: number, count: number): Uint8Array {
  const length = Math.ceil(count / 8)
  const shift = from % 8
  const start = Math.floor(from / 8)
  if (shift === 0 && count % 8 === 0) return value.subarray(start, start + length)
  const bits = new Uint8Array(length)
  for (let i = 0; i < length; i++) bits[i] = (value[start + i] >> shift) | ((value[start + i + 1] ?? 0) << (8 - shift))
  if (count % 8) bits[length - 1] &= (1 << (count % 8)) - 1
  return bits
}

/** The mirror of takeBits: sets bits of a value that are 0. */
export function putBits(value: Uint8Array, from: number, count: number, bits: Uint8Array): void {
  const shift = from % 8
  const start = Math.floor(from / 8)
  if (shift === 0 && count % 8 === 0) {
    value.set(bits, start)
    return
  }
  for (let i = 0; i < bits.length; i++) {
    value[start + i] |= (bits[i] << shift) & 255
    if (shift && start + i + 1 < value.length) value[start + i + 1] |= bits[i] >> (8 - shift)
  }
}

/** Y Y CB CR for two pixels to Y CB CR for each (PS3.3 §C.7.6.3.1.2). */
export function expandSubsampled(bytes: Uint8Array): Uint8Array {
  const pixels = new Uint8Array((bytes.length / 4) * 6)
  for (let from = 0, to = 0; from + 3 < bytes.length; from += 4, to += 6) {
    pixels[to] = bytes[from]
    pixels[to + 3] = bytes[from + 1]
    pixels[to + 1] = pixels[to + 4] = bytes[from + 2]
    pixels[to + 2] = pixels[to + 5] = bytes[from + 3]
  }
  return pixels
}
