import { ByteCursor } from '../bytes/cursor.ts'
import { type ByteSource, checkRange } from '../bytes/source.ts'
import type { FrameShape } from '../codec/frame.ts'
import { inflateZstd, zstdContentBytes } from '../codec/platform.ts'
import { readSiz } from '../codec/siz.ts'
import type { Omission, V1Note } from '../cube/document.ts'
import { tableOfDocument } from '../cube/document-read.ts'
import { type PieceSink, writeDocument } from '../cube/document-write.ts'
import { DicomMeta } from '../cube/meta.ts'
import { Space, sharedNumbers, spaceOf } from '../cube/space.ts'
import { statusOf } from '../cube/status.ts'
import { CommonTags } from '../dicom/common-tags.ts'
import { parseJson } from '../dicom/json-read.ts'
import { stringifyJson } from '../dicom/json-write.ts'
import { DicubeError } from '../errors.ts'
import { CUBE_LIMITS, grown } from '../limits.ts'
import { checkHeader, HEADER_BYTES } from './layout.ts'
import { readHeaderFields, type V1Header } from './v1-header.ts'

/** What reading a file of the Python package may take, beside CUBE_LIMITS. */
export const V1_LIMITS = {
  /** Bytes of its metadata document, inflated; and what CUBE_LIMITS.inflatedBytes says. */
  documentBytes: 256 << 20,
  /** Bytes of its status, space and pixel header, each. */
  partBytes: 1 << 20,
}

/** A view that is longer is not written: v1 readers would need seconds and gigabytes for it. */
const MAX_VIEW_BYTES = 64 << 20
const HEAD_BYTES = 1 << 16

/** What a v1 file says of its pixels, with its own names; null: not said. */
export interface V1PixelHeader {
  RescaleSlope: number
  RescaleIntercept: number
  /** Of the array before it was fitted: "float64" where a rescale was applied. */
  OriginalPixelDtype: string
  PixelDtype: string
  WindowCenter: number | null
  WindowWidth: number | null
  MaxVal: number | null
  MinVal: number | null
}

/** A .dcbs file without a section directory, as the Python package writes it. */
export interface V1File {
  header: V1Header
  /** As it stands in the file; some texts are none of DICOM_STATUSES. */
  status: string
  meta: DicomMeta
  /** What cannot be trusted. */
  notes: V1Note[]
  space?: Space
  pixelHeader: V1PixelHeader
  /** Keys of the pixel header beside the eight. */
  extras: Record<string, unknown>
  /** Where each frame lies: they are apart from all else, and from each other unless they are the same. */
  frames: { offset: number; length: number }[]
}

const PARTS = ['status', 'meta', 'space', 'pixelHeader', 'frameOffsets', 'frameLengths'] as const
type Part = (typeof PARTS)[number]

const rangeOf = (header: V1Header, part: Part) => ({
  name: part as string,
  offset: header[`${part}Offset`],
  length: header[`${part}Length`],
})

/**
 * All of a v1 file but its frames. Every offset and length is checked before it is used; there is no checksum, so
 * damage within a frame is not seen.
 * @throws DicubeError `not-a-cube`, `newer-version`, `corrupt`, `truncated`, `limit`
 */
export async function readV1(source: ByteSource, signal?: AbortSignal): Promise<V1File> {
  const { name } = source
  const { bytes: head, sizeBytes } = await source.head(HEAD_BYTES, signal)
  const header = readHeaderFields(checkHeader(head, name))
  const parts = PARTS.map(part => rangeOf(header, part))
  for (const { name: part, offset, length } of parts) {
    checkRange(`${name}: ${part}`, offset, length, sizeBytes)
    if (length > 0 && offset < HEADER_BYTES)
      throw new DicubeError('corrupt', `${name}: ${part} at ${offset}, within the header of ${HEADER_BYTES} bytes`)
  }
  const read = async (part: Part): Promise<Uint8Array> => {
    const { offset, length } = rangeOf(header, part)
    if (part !== 'meta' && !part.startsWith('frame') && length > V1_LIMITS.partBytes)
      throw new DicubeError('limit', `${name}: ${part} has ${length} bytes, at most ${V1_LIMITS.partBytes} are read`)
    if (offset + length <= head.length) return head.subarray(offset, offset + length)
    return source.read(offset, length, signal)
  }

  const { frameCount } = header
  for (const part of ['frameOffsets', 'frameLengths'] as const)
    if (header[`${part}Length`] !== 8 * frameCount)
      throw new DicubeError('corrupt', `${name}: ${part} has ${header[`${part}Length`]} bytes for ${frameCount} frames`)
  const frames = framesOf(await read('frameOffsets'), await read('frameLengths'), frameCount, name)
  const notes: V1Note[] = []
  const claimed = claimedBytes(parts, frames, sizeBytes, name)
  if (claimed < sizeBytes)
    notes.push({ code: 'trailing-bytes', message: `${sizeBytes - claimed} of ${sizeBytes} bytes belong to no part` })
  if (new Set(frames.map(frame => frame.offset)).size < frames.length)
    notes.push({ code: 'repeated-frames', message: 'frames have their bytes in common' })

  const pixelHeader = readPixelHeader(textOf(await read('pixelHeader'), `${name}: pixelHeader`), name)
  const { meta, notes: metaNotes } = metaOf(await read('meta'), frameCount, name)
  notes.push(...metaNotes)
  if (frameCount > 0 && frameCount !== meta.sliceCount)
    notes.push({ code: 'frames-differ', message: `${frameCount} frames for ${meta.sliceCount} slices` })
  notes.push(...pixelNotes(meta, pixelHeader.known, frameCount))
  const space = readSpace(await read('space'), frameCount, name, notes)
  const status = textOf(await read('status'), `${name}: status`) || 'consistent'
  return { header, status, meta, notes, space, pixelHeader: pixelHeader.known, extras: pixelHeader.extras, frames }
}

function framesOf(offsets: Uint8Array, lengths: Uint8Array, count: number, name: string): V1File['frames'] {
  const offsetCursor = new ByteCursor(offsets, `${name}: frameOffsets`)
  const lengthCursor = new ByteCursor(lengths, `${name}: frameLengths`)
  return Array.from({ length: count }, (_, i) => {
    const frame = { offset: offsetCursor.u64(), length: lengthCursor.u64() }
    if (frame.length === 0 || frame.offset === 0)
      throw new DicubeError('corrupt', `${name}: frame ${i} has ${frame.length} bytes at ${frame.offset}`)
    return frame
  })
}

interface Range {
  name: string
  offset: number
  length: number
}

/** Bytes that the header, the parts and the frames take together; throws where two overlap that are not the same frame. */
function claimedBytes(parts: readonly Range[], frames: V1File['frames'], sizeBytes: number, name: string): number {
  const ranges: Range[] = [
    { name: 'header', offset: 0, length: HEADER_BYTES },
    ...parts.filter(part => part.length > 0),
  ]
  for (const [i, frame] of frames.entries()) {
    checkRange(`${name}: frame ${i}`, frame.offset, frame.length, sizeBytes)
    ranges.push({ name: `frame ${i}`, ...frame })
  }
  ranges.sort((a, b) => a.offset - b.offset || b.length - a.length)
  let claimed = 0
  for (const [i, range] of ranges.entries()) {
    const before = ranges[i - 1]
    if (before && before.offset + before.length > range.offset) {
      const isSame = before.offset === range.offset && before.length === range.length
      if (isSame && before.name.startsWith('frame ') && range.name.startsWith('frame ')) continue
      throw new DicubeError('corrupt', `${name}: ${range.name} at ${range.offset} overlaps ${before.name}`)
    }
    claimed += range.length
  }
  return claimed
}

function textOf(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new DicubeError('corrupt', `${what} is not UTF-8`, { cause })
  }
}

function metaOf(bytes: Uint8Array, frameCount: number, name: string): { meta: DicomMeta; notes: V1Note[] } {
  if (bytes.length === 0) {
    const rowCount = Math.max(1, frameCount)
    const meta = new DicomMeta({ rowCount, layouts: [{ rowCount, undefinedLength: false, nodes: [] }] })
    return { meta, notes: [{ code: 'no-metadata', message: 'the file was saved without metadata' }] }
  }
  const sizeBytes = named(`${name}: meta`, () => zstdContentBytes(bytes))
  if (sizeBytes === undefined) throw new DicubeError('corrupt', `${name}: meta: the zstd frame does not say its size`)
  const most = Math.min(V1_LIMITS.documentBytes, grown(CUBE_LIMITS.inflatedBytes, bytes.length))
  if (sizeBytes > most)
    throw new DicubeError('limit', `${name}: meta: ${sizeBytes} bytes of ${bytes.length}, at most ${most} are read`)
  const inflated = named(`${name}: meta`, () => inflateZstd(bytes, sizeBytes))
  const text = textOf(inflated, `${name}: meta`)
  const { table, notes } = named(`${name}: meta`, () => tableOfDocument(text, { frameCount }))
  return { meta: new DicomMeta(table), notes }
}

/** What cannot be JSON or a document of ours is a damaged file here, not a wrong argument. */
function named<T>(what: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    if (!(cause instanceof DicubeError)) throw cause
    throw new DicubeError(cause.code === 'limit' ? 'limit' : 'corrupt', `${what}: ${cause.message}`, { cause })
  }
}

const PIXEL_HEADER_DEFAULTS: V1PixelHeader = {
  RescaleSlope: 1,
  RescaleIntercept: 0,
  OriginalPixelDtype: 'uint16',
  PixelDtype: 'uint16',
  WindowCenter: null,
  WindowWidth: null,
  MaxVal: null,
  MinVal: null,
}

function readPixelHeader(text: string, name: string): { known: V1PixelHeader; extras: Record<string, unknown> } {
  const json = named(`${name}: pixelHeader`, () => parseJson(text, { depth: 64 }))
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new DicubeError('corrupt', `${name}: pixelHeader is no object`)
  const known: Record<string, unknown> = { ...PIXEL_HEADER_DEFAULTS }
  const extras: [string, unknown][] = []
  for (const [key, value] of Object.entries(json)) {
    if (!Object.hasOwn(PIXEL_HEADER_DEFAULTS, key)) {
      extras.push([key, value])
      continue
    }
    const wanted = PIXEL_HEADER_DEFAULTS[key as keyof V1PixelHeader]
    if (typeof value !== (wanted === null ? 'number' : typeof wanted) && !(wanted === null && value === null))
      throw new DicubeError('corrupt', `${name}: pixelHeader has ${key} ${stringifyJson(value)}`)
    known[key] = value
  }
  return { known: known as unknown as V1PixelHeader, extras: Object.fromEntries(extras) }
}

function readSpace(bytes: Uint8Array, frameCount: number, name: string, notes: V1Note[]): Space | undefined {
  if (bytes.length === 0) return undefined
  try {
    const space = Space.fromJson(parseJson(textOf(bytes, `${name}: space`), { depth: 16 }))
    if (space.shape[2] === frameCount) return space
    throw new DicubeError('corrupt', `space: ${space.shape[2]} slices for ${frameCount} frames`)
  } catch (error) {
    if (!(error instanceof DicubeError)) throw error
    // The Python reader does without it too: positions are in the metadata.
    notes.push({ code: 'unreadable-space', message: `${error.message}; left out` })
    return undefined
  }
}

/** Whether the pixels still are the stored values that the metadata describes (upstream-v1.md §1.4). */
function pixelNotes(meta: DicomMeta, header: V1PixelHeader, frameCount: number): V1Note[] {
  if (frameCount === 0) return []
  if (header.MaxVal !== null)
    return [
      { code: 'requantised-pixels', message: 'modality values were fitted to 16 bits: each can be off by one step' },
    ]
  const rescale = rescaleOf(meta)
  const isKept = rescale && rescale.slope === header.RescaleSlope && rescale.intercept === header.RescaleIntercept
  if (isKept || meta.size === 0) return []
  return [{ code: 'rescaled-pixels', message: 'pixels are modality values; Rescale Slope and Intercept were applied' }]
}

/** The pair that all slices share; absent elements mean 1 and 0 (PS3.3 §C.11.1.1.2). undefined: they differ, or are none. */
function rescaleOf(meta: DicomMeta): { slope: number; intercept: number } | undefined {
  const [slope, intercept] = [CommonTags.RescaleSlope, CommonTags.RescaleIntercept].map((tag, i) => {
    if (meta.isMissing(tag)) return 1 - i
    const shared = meta.isShared(tag) ? sharedNumbers(meta, tag) : undefined
    return shared?.length === 1 ? shared[0] : undefined
  })
  return slope === undefined || intercept === undefined ? undefined : { slope, intercept }
}

/**
 * One frame as it lies in the file, a bare HTJ2K codestream, and what its SIZ segment says of it. What no decoder here
 * has right (32 bits, signed 8 bits, colour without a transform) is refused when it is decoded.
 * @throws DicubeError `out-of-range`, `corrupt`, `unsupported-codec`
 */
export async function readV1Frame(
  source: ByteSource,
  { frames }: V1File,
  i: number,
  signal?: AbortSignal,
): Promise<{ bytes: Uint8Array; shape: FrameShape }> {
  const frame = frames[i]
  if (!frame) throw new DicubeError('out-of-range', `frame ${i}: the file has frames 0 to ${frames.length - 1}`)
  const bytes = await source.read(frame.offset, frame.length, signal)
  const { rows, columns, samples, bits, signed } = named(`${source.name}: frame ${i}`, () => readSiz(bytes))
  const bitsAllocated = bits <= 8 ? 8 : bits <= 16 ? 16 : 32
  const shape = { rows, columns, samples, bitsAllocated, bitsStored: bits, highBit: bits - 1, signed, planar: false }
  return { bytes, shape }
}

/** What the writer of a cube knows of its frames. */
export interface V1Pixels {
  frameCount: number
  /** What all frames have in common; absent where they differ. */
  shape?: FrameShape
  /** Every frame is an HTJ2K codestream of the stored values, and not of whole words, and not the source's own. */
  isHtj2k: boolean
}

/** The parts of a file that a v1 reader follows, beside its metadata. */
export interface V1Parts {
  status: Uint8Array
  space?: Uint8Array
  pixelHeader: Uint8Array
  /** 0: a v1 reader would get these pixels wrong, so it gets none. */
  frameCount: number
  /** Why, where it gets none of some. */
  withoutPixels?: string
}

/**
 * The metadata of a view for v1 readers; `to` takes it, and it is to be one zstd frame. What is left out of it; undefined:
 * it is too long for a view. Blobs have to be loaded.
 */
export const writeV1Document = (meta: DicomMeta, to: PieceSink): Omission[] | undefined =>
  writeDocument(meta, to, MAX_VIEW_BYTES)

/** The rest of a view, which needs the frames. */
export function v1Parts(meta: DicomMeta, pixels: V1Pixels): V1Parts {
  const utf8 = (text: string) => new TextEncoder().encode(text)
  const status = statusOf(meta)
  const withoutPixels = pixels.frameCount > 0 ? whyNoPixels(meta, pixels) : undefined
  const frameCount = withoutPixels ? 0 : pixels.frameCount
  const hasSpace = status === 'consistent' || status === 'non_uniform_rescale_factor'
  const space = frameCount && hasSpace ? spaceForReader(meta, frameCount) : undefined
  return {
    status: utf8(status),
    ...(space && { space: utf8(JSON.stringify(space)) }),
    pixelHeader: utf8(JSON.stringify(pixelHeaderOf(meta, pixels))),
    frameCount,
    ...(withoutPixels && { withoutPixels }),
  }
}

/** A v1 reader knows one grey-scale image a slice, of one type, with one slope for all. */
function whyNoPixels(meta: DicomMeta, { frameCount, shape, isHtj2k }: V1Pixels): string | undefined {
  if (frameCount !== meta.sliceCount) return `${frameCount} frames for ${meta.sliceCount} slices`
  if (!shape) return 'frames differ in size or depth'
  if (!isHtj2k) return 'frames are not all HTJ2K of the stored values'
  if (shape.samples !== 1 || shape.float || shape.bitsStored > 16) return 'colour, or more than 16 bits'
  const photometric = meta.isShared(CommonTags.PhotometricInterpretation)
    ? meta.getSharedValue(CommonTags.PhotometricInterpretation)
    : null
  if (photometric !== 'MONOCHROME2')
    return `Photometric Interpretation ${photometric ?? 'absent, or not the same in all slices'}`
  if (meta.has('ModalityLUTSequence')) return 'a Modality LUT'
  if (!rescaleOf(meta)) return 'Rescale Slope or Intercept differ between slices'
  return undefined
}

/** Its reader wants directions of length 1 to five digits, right angles, and as many voxels as there are pixels. */
function spaceForReader(meta: DicomMeta, frameCount: number): Space | undefined {
  const space = spaceOf(meta, frameCount)
  if (!space?.isOrthogonal) return undefined
  const unit = ([x, y, z]: Space['origin']): Space['origin'] => {
    const length = Math.hypot(x, y, z)
    return Math.abs(length - 1) < 1e-6 ? [x, y, z] : [x / length, y / length, z / length]
  }
  const { x_orientation, y_orientation, ...rest } = space.toJSON()
  return new Space({ ...rest, x_orientation: unit(x_orientation), y_orientation: unit(y_orientation) })
}

function pixelHeaderOf(meta: DicomMeta, { shape }: V1Pixels): V1PixelHeader {
  const { slope, intercept } = rescaleOf(meta) ?? { slope: 1, intercept: 0 }
  // Signed samples of up to 8 bits are coded 9 deep, and its decoder makes 16 of them.
  const bits = !shape?.signed && shape && shape.bitsStored <= 8 ? 8 : 16
  const dtype = `${shape?.signed ? 'int' : 'uint'}${bits}`
  return {
    RescaleSlope: slope,
    RescaleIntercept: intercept,
    OriginalPixelDtype: dtype,
    PixelDtype: dtype,
    WindowCenter: firstNumber(meta, CommonTags.WindowCenter),
    WindowWidth: firstNumber(meta, CommonTags.WindowWidth),
    MaxVal: null,
    MinVal: null,
  }
}

/** The first value of the first slice. */
function firstNumber(meta: DicomMeta, tag: string): number | null {
  const value = meta.element(tag, 0)?.Value?.[0]
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}
