import { concat } from '../bytes/concat.ts'
import { checkAborted } from '../bytes/source.ts'
import { turn } from '../bytes/turn.ts'
import { FRAME_CODINGS, type FrameShape } from '../codec/frame.ts'
import type { FramePart } from '../codec/frame-part.ts'
import { FLAG, ITEM, SEQUENCE_END, vrName } from '../dicom/elements.ts'
import { elementBytes, type Instance } from '../dicom/parse.ts'
import { swapWords } from '../dicom/vr.ts'
import { DicubeError } from '../errors.ts'
import { describePixels, frameBits, isSubsampled, packedShape, putBits, sameFields, takeBits } from './pixels.ts'
import type { Table } from './table.ts'

export const PIXEL_KINDS = ['none', 'native', 'encapsulated'] as const
export const OFFSET_TABLES = ['empty', 'exact', 'verbatim'] as const

/** How the value of one slice's Pixel Data is made of frames (SPEC §7). */
export interface SlicePixels {
  kind: (typeof PIXEL_KINDS)[number]
  /** Frames that are stored. */
  frameCount: number
  /** Shape of the stored frames; absent where the attributes do not tell: then the frames cannot be decoded. */
  shape?: FrameShape
  /** Native: bytes of the value. */
  valueBytes: number
  /** Native: bytes that change places between the file and little-endian frames; 1: none. */
  wordBytes: number
  /** Native: bytes of the value behind the last frame, the byte included that a frame of 1 bit ends in. Encapsulated: bytes of a Basic Offset Table that is 'verbatim'. */
  restBytes: number
  /** Encapsulated: the lengths of each frame's fragments. */
  fragments?: number[][]
  /** Encapsulated: whether the Basic Offset Table is empty, what the fragments say, or something else. */
  offsetTable: (typeof OFFSET_TABLES)[number]
}

/** A frame as its store has it. `coding` is one of FRAME_CODINGS. */
export interface StoredFrame<Bytes = Uint8Array> {
  coding: number
  bytes: Bytes
  shape?: FrameShape
  measured?: MeasuredFrame
}

/** What was found of the stored values when the frame was packed; null: not measured, or no number. */
export interface MeasuredFrame {
  minimum: number | null
  maximum: number | null
  /** Some sample has bits outside Bits Stored. */
  outside: boolean
}

/** The pixels of a series, wherever they are. */
export interface PixelStore {
  readonly slices: readonly SlicePixels[]
  /** Whether frames are coded as a cube stores them; false: native frames are still to be packed. */
  readonly packed: boolean
  readFrame(slice: number, frame: number, signal?: AbortSignal): Promise<StoredFrame>
  /** readFrame for a thread that reads the file itself; undefined where the frame is not one piece of a file, as it is. */
  placeFrame?(slice: number, frame: number): StoredFrame<FramePart> | undefined
  /** What is known of a frame without reading it; absent where no frame was measured. */
  measured?(slice: number, frame: number): MeasuredFrame
  /** See SlicePixels.restBytes. */
  readRest(slice: number, signal?: AbortSignal): Promise<Uint8Array>
}

export const NO_PIXELS: SlicePixels = {
  kind: 'none',
  frameCount: 0,
  valueBytes: 0,
  wordBytes: 1,
  restBytes: 0,
  offsetTable: 'empty',
}

/** Of thousands of slices this takes a page a tenth of a second and more. */
const ROWS_IN_A_TURN = 1000

/** The pixels of DICOM files, read from the files when asked for. `table` has a row for each instance. */
export async function pixelStoreOfInstances(
  instances: readonly Instance[],
  table: Table,
  signal?: AbortSignal,
): Promise<PixelStore> {
  const slices: SlicePixels[] = []
  const groups: Group[][] = []
  let last: SlicePixels | undefined
  // As a rule all slices are the same, or have the same shape.
  const shared = (slice: SlicePixels): SlicePixels => {
    if (last?.shape && slice.shape && sameFields(last.shape, slice.shape)) slice.shape = last.shape
    if (!last || slice.fragments || !sameFields(last, slice)) last = slice
    return last
  }
  for (const [row, instance] of instances.entries()) {
    if (row && row % ROWS_IN_A_TURN === 0) {
      await turn()
      checkAborted(instance.name, signal)
    }
    const { pixels } = instance
    if (!pixels) slices.push(NO_PIXELS)
    else if (!pixels.items) slices.push(shared(describeNative(instance, table, row)))
    else {
      const described = await describeEncapsulated(instance, table, row, signal)
      slices.push(shared(described.slice))
      groups[row] = described.groups
    }
  }
  const readNative = async (slice: number, fromBit: number, bits: number, signal?: AbortSignal) => {
    const { pixels, pixelSource } = instances[slice]
    const { wordBytes, valueBytes } = slices[slice]
    const from = Math.floor(fromBit / 8)
    const to = Math.ceil((fromBit + bits) / 8)
    const start = from - (from % wordBytes)
    const end = Math.min(valueBytes, Math.ceil(to / wordBytes) * wordBytes)
    const raw = await pixelSource.read(pixels!.offset + start, end - start, signal)
    return {
      bytes: (wordBytes > 1 ? swapWords(raw, wordBytes) : raw).subarray(from - start, to - start),
      skip: fromBit - from * 8,
    }
  }
  return {
    slices,
    packed: false,
    async readFrame(slice, frame, signal) {
      const { kind, shape } = slices[slice]
      if (kind === 'encapsulated') {
        const { items } = instances[slice].pixels!
        const parts: Uint8Array[] = []
        for (const fragment of groups[slice][frame].fragments)
          parts.push(
            await instances[slice].pixelSource.read(items!.offsets[fragment], items!.lengths[fragment], signal),
          )
        return { coding: FRAME_CODINGS.verbatim, bytes: concat(parts), shape }
      }
      const bits = frameBits(shape!)
      const { bytes, skip } = await readNative(slice, frame * bits, bits, signal)
      return { coding: FRAME_CODINGS.raw, bytes: takeBits(bytes, skip, bits), shape }
    },
    placeFrame(slice, frame) {
      const { kind, shape, wordBytes } = slices[slice]
      const { pixels, pixelSource } = instances[slice]
      if (kind !== 'native' || wordBytes > 1 || !shape || frameBits(shape) % 8) return undefined
      const file = pixelSource.place?.()
      const length = frameBits(shape) / 8
      return (
        file && { coding: FRAME_CODINGS.raw, bytes: { file, offset: pixels!.offset + frame * length, length }, shape }
      )
    },
    async readRest(slice, signal) {
      const { kind, restBytes, valueBytes } = slices[slice]
      if (!restBytes) return new Uint8Array(0)
      if (kind === 'native') return (await readNative(slice, (valueBytes - restBytes) * 8, restBytes * 8, signal)).bytes
      const { items } = instances[slice].pixels!
      return instances[slice].pixelSource.read(items!.offsets[0], items!.lengths[0], signal)
    },
  }
}

function describeNative(instance: Instance, table: Table, row: number): SlicePixels {
  const { pixels, encoding } = instance
  const valueBytes = pixels!.length
  const description = describePixels(table, row)
  const bigEndian = (pixels!.flags & FLAG.bigEndian) !== 0 || encoding.bigEndian
  const vr = vrName(pixels!.vr)
  const { shape } = description
  const wordBytes =
    !bigEndian || vr === 'OB'
      ? 1
      : vr === 'OF'
        ? 4
        : vr === 'OD'
          ? 8
          : Math.max(2, Math.ceil((shape?.bitsAllocated ?? 16) / 8))
  const none: SlicePixels = {
    kind: 'native',
    frameCount: 0,
    valueBytes,
    wordBytes,
    restBytes: valueBytes,
    offsetTable: 'empty',
  }
  if (!shape) return none
  if (isSubsampled(description.photometric) && (shape.samples !== 3 || shape.columns % 2 || shape.bitsAllocated !== 8))
    return none
  const packed = packedShape(shape, description.photometric)
  const bits = frameBits(packed)
  const frameCount = Math.min(description.frames, Math.floor((valueBytes * 8) / bits))
  if (!frameCount) return none
  return { ...none, frameCount, shape: packed, restBytes: valueBytes - Math.floor((frameCount * bits) / 8) }
}

/** Consecutive fragments that are one frame; fragment 0 of PixelValue.items is the offset table, so these begin at 1. */
interface Group {
  fragments: number[]
}

async function describeEncapsulated(
  instance: Instance,
  table: Table,
  row: number,
  signal?: AbortSignal,
): Promise<{ slice: SlicePixels; groups: Group[] }> {
  const { pixels, pixelSource } = instance
  const { offsets, lengths } = pixels!.items!
  const description = describePixels(table, row)
  const starts: number[] = []
  for (let i = 1; i < offsets.length; i++) starts.push(offsets[i] - 8 - (offsets[1] - 8))
  const tableBytes = lengths.length ? await pixelSource.read(offsets[0], lengths[0], signal) : new Uint8Array(0)
  const firsts =
    firstFragments(description.frames, starts, offsetsIn(tableBytes, 4)) ??
    firstFragments(description.frames, starts, offsetsIn(elementBytes(instance, 0x7fe00001), 8)) ??
    (await firstsByMarker(instance, description.frames, signal))
  const isSplit = firsts !== undefined
  const groups: Group[] = []
  for (let i = 1; i < offsets.length; i++) {
    if (!firsts || firsts.includes(i - 1)) groups.push({ fragments: [] })
    groups[groups.length - 1].fragments.push(i)
  }
  const exact = exactOffsets(groups.map(group => group.fragments.map(i => lengths[i])))
  const offsetTable = tableBytes.length === 0 ? 'empty' : sameBytesAs(tableBytes, exact) ? 'exact' : 'verbatim'
  return {
    groups,
    slice: {
      kind: 'encapsulated',
      frameCount: groups.length,
      shape: isSplit && groups.length === description.frames ? description.shape : undefined,
      valueBytes: 0,
      wordBytes: 1,
      restBytes: offsetTable === 'verbatim' ? tableBytes.length : 0,
      fragments: groups.map(group => group.fragments.map(i => lengths[i])),
      offsetTable,
    },
  }
}

function sameBytesAs(bytes: Uint8Array, offsets: number[]): boolean {
  const found = offsetsIn(bytes, 4)
  return bytes.length === offsets.length * 4 && found.every((offset, i) => offset === offsets[i])
}

export function offsetsIn(bytes: Uint8Array | undefined, size: 4 | 8): number[] {
  if (!bytes) return []
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: Math.floor(bytes.length / size) }, (_, i) =>
    size === 4 ? view.getUint32(i * 4, true) : Number(view.getBigUint64(i * 8, true)),
  )
}

/** Offsets of the frames' first fragments (PS3.5 §A.4), as a right Basic Offset Table has them. */
export function exactOffsets(fragments: readonly (readonly number[])[]): number[] {
  const offsets: number[] = []
  let at = 0
  for (const lengths of fragments) {
    offsets.push(at)
    for (const length of lengths) at += 8 + length
  }
  return offsets
}

/** Index of each frame's first fragment, where the number of fragments or an offset table tells. */
function firstFragments(frames: number, starts: readonly number[], offsets: readonly number[]): number[] | undefined {
  if (frames === 1) return starts.length ? [0] : []
  if (starts.length === frames) return starts.map((_, i) => i)
  if (offsets.length !== frames) return undefined
  const firsts = offsets.map(offset => starts.indexOf(offset))
  return firsts.every((first, i) => first >= 0 && (i === 0 ? first === 0 : first > firsts[i - 1])) ? firsts : undefined
}

/** Where nothing else tells: fragments that begin as a JPEG image (FF D8) or a JPEG 2000 codestream (FF 4F FF 51) does. */
async function firstsByMarker(
  { pixels, pixelSource }: Instance,
  frames: number,
  signal?: AbortSignal,
): Promise<number[] | undefined> {
  const { offsets, lengths } = pixels!.items!
  if (offsets.length - 1 < frames) return undefined
  const firsts: number[] = []
  for (let i = 1; i < offsets.length; i++) {
    if (lengths[i] < 4) continue
    const [a, b, c, d] = await pixelSource.read(offsets[i], 4, signal)
    if (a === 0xff && (b === 0xd8 || (b === 0x4f && c === 0xff && d === 0x51))) firsts.push(i - 1)
  }
  return firsts.length === frames && firsts[0] === 0 ? firsts : undefined
}

/**
 * The value of Pixel Data from its frames, the mirror of readFrame and readRest: part by part, as files can be larger than
 * an array. @throws DicubeError `corrupt`
 */
export function valueParts(
  slice: SlicePixels,
  frames: AsyncIterable<Uint8Array>,
  rest: Uint8Array,
): AsyncIterable<Uint8Array> {
  if (slice.kind === 'encapsulated') return encapsulatedParts(slice, frames, rest)
  return inWholeWords(nativeParts(slice, frames, rest), slice.wordBytes)
}

async function* nativeParts({ shape }: SlicePixels, frames: AsyncIterable<Uint8Array>, rest: Uint8Array) {
  const bits = shape ? frameBits(shape) : 0
  // Bits of a byte that the frames so far have not filled.
  let pending = 0
  let filled = 0
  for await (const frame of frames) {
    if (frame.length !== Math.ceil(bits / 8))
      throw new DicubeError('corrupt', `a frame of ${frame.length} bytes, wanted ${Math.ceil(bits / 8)}`)
    if (bits % 8 === 0) {
      yield frame
      continue
    }
    const part = new Uint8Array(Math.ceil((filled + bits) / 8))
    part[0] = pending
    putBits(part, filled, bits, frame)
    filled = (filled + bits) % 8
    pending = filled ? part[part.length - 1] : 0
    yield filled ? part.subarray(0, -1) : part
  }
  // The byte that the last frame ends in is the first of the rest.
  yield rest
}

/** Words that are big-endian in the file, turned round; what makes no whole word at the end stays as it is. */
async function* inWholeWords(parts: AsyncIterable<Uint8Array>, wordBytes: number): AsyncGenerator<Uint8Array> {
  let left: Uint8Array = new Uint8Array(0)
  for await (const part of parts) {
    if (wordBytes === 1) {
      yield part
      continue
    }
    const bytes = left.length ? concat([left, part]) : part
    const end = bytes.length - (bytes.length % wordBytes)
    yield swapWords(bytes.subarray(0, end), wordBytes)
    left = bytes.slice(end)
  }
  yield left
}

/** Up to and with the Sequence Delimitation Item (PS3.5 §A.4). */
async function* encapsulatedParts(slice: SlicePixels, frames: AsyncIterable<Uint8Array>, rest: Uint8Array) {
  const { fragments = [], offsetTable } = slice
  const table = offsetTable === 'verbatim' ? rest : offsetTable === 'exact' ? tableOf(exactOffsets(fragments)) : NOTHING
  yield itemHeader(ITEM, table.length)
  yield table
  let k = 0
  for await (const frame of frames) {
    let at = 0
    for (const length of fragments[k]) {
      yield itemHeader(ITEM, length)
      yield frame.subarray(at, at + length)
      at += length
    }
    if (at !== frame.length)
      throw new DicubeError('corrupt', `frame ${k}: ${frame.length} bytes, its fragments have ${at}`)
    k++
  }
  yield itemHeader(SEQUENCE_END, 0)
}

const NOTHING = new Uint8Array(0)

function tableOf(offsets: readonly number[]): Uint8Array {
  const table = new Uint8Array(4 * offsets.length)
  const view = new DataView(table.buffer)
  for (const [i, offset] of offsets.entries()) view.setUint32(i * 4, offset, true)
  return table
}

function itemHeader(tag: number, length: number): Uint8Array {
  const bytes = new Uint8Array(8)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, tag >>> 16, true)
  view.setUint16(2, tag & 0xffff, true)
  view.setUint32(4, length, true)
  return bytes
}
