import { mapOrdered } from '../bytes/map-ordered.ts'
import { checkAborted, type ReadStats } from '../bytes/source.ts'
import { decodeValues } from '../codec/decode.ts'
import {
  FRAME_CODINGS,
  type FrameShape,
  nativeFrameBytes,
  type StoredValues,
  storedValues,
  unpackFrame,
} from '../codec/frame.ts'
import type { FrameBytes } from '../codec/frame-part.ts'
import type { FramePool } from '../codec/pool.ts'
import type { ReportEntry } from '../dicom/parse.ts'
import { DicubeError } from '../errors.ts'
import { firstFrames } from './frames.ts'
import type { DicomMeta } from './meta.ts'
import type { PixelStore, StoredFrame } from './pixel-store.ts'
import { describePixels, expandSubsampled, isSubsampled, type PixelDescription, sameDescription } from './pixels.ts'
import { type Space, spaceOf } from './space.ts'
import { type DicomStatus, statusOf } from './status.ts'
import type { Table } from './table.ts'

/** The file that a slice came from. */
export interface OriginalFile {
  /** Relative to the folder it was in, with slashes. */
  name: string
  sizeBytes: number
  /** Absent until the cube was saved, and for a slice whose metadata was changed. */
  sha256?: Uint8Array
}

/** What brings the original files back, beside metadata and pixels. */
export interface Originals {
  files: readonly OriginalFile[]
  /** The bytes of the file without its Pixel Data value; absent where they have to be rebuilt. */
  header?(slice: number): { bytes: Uint8Array; pixelOffset?: number }
  /** Deflated syntaxes: everything behind the File Meta Information, as it was. */
  deflatedStream(slice: number): Promise<Uint8Array | undefined>
  /**
   * The whole original file, hashed while it is read, by a thread where one can read it. Throws `changed` where it is not
   * the file that was loaded.
   */
  sha256?(slice: number, pool: FramePool, signal?: AbortSignal): Promise<Uint8Array>
  /** The header as the file had it, from what was rebuilt of the metadata; absent: no header is odd. */
  repairHeader?(slice: number, rebuilt: Uint8Array): Promise<Uint8Array>
  /** What was odd about each file that was read all the same. */
  reports: readonly (readonly ReportEntry[])[]
}

/** A file that is no instance but was kept with the series. */
export interface Attachment {
  name: string
  bytes: Uint8Array
}

/** One decoded image. */
export interface Frame {
  rows: number
  columns: number
  samples: number
  /** Stored values, before the Modality LUT: rows × columns × samples, colour-by-pixel. */
  values: StoredValues
  /** Of `values`: a JPEG decoder may have turned YBR into RGB. */
  photometricInterpretation: string
}

/** Frames as one array. */
export interface Volume {
  values: StoredValues
  /** [frames, rows, columns], and samples behind them where there are several. */
  shape: number[]
  /** Distance between voxel centres in mm along [frames, rows, columns]; absent without a position or orientation. */
  spacingMm?: [number, number, number]
  /** Row-major 4 × 4 matrix from [column, row, frame] to patient coordinates in mm (PS3.3 §C.7.6.2.1.1). */
  affine?: number[]
}

/** From stored to modality values: value × slope + intercept (PS3.3 §C.11.1.1.2). */
export interface Rescale {
  slope: number
  intercept: number
}

export interface ImageOptions {
  attachments?: readonly Attachment[]
  pool?: FramePool
  /** See DicomCubeImage. */
  stats?: ReadStats
  /** Where the pixels are not what the metadata says: a v1 file keeps modality values under the original's attributes. */
  rescale?: Rescale
  /** The same series as files have it, where this one is not: what is saved and unpacked in its place. */
  asFiles?: () => Promise<DicomCubeImage>
  onClose?: () => Promise<void>
}

/** Decoded frames that are asked for together, in bytes. */
const TOGETHER_BYTES = 8 << 20

/** A series: its metadata, its frames and its original files. */
export class DicomCubeImage {
  readonly meta: DicomMeta
  readonly pixels: PixelStore
  readonly originals: Originals
  readonly attachments: readonly Attachment[]
  /** Of a cube behind a URL: requests and bytes of bodies so far, those for opening it included. */
  readonly stats?: ReadStats
  /** See ImageOptions. */
  readonly asFiles?: () => Promise<DicomCubeImage>
  private readonly fixedRescale?: Rescale
  private readonly pool?: FramePool
  private readonly onClose?: () => Promise<void>
  private readonly firstFrame: Uint32Array
  private readonly descriptions = new Map<number, PixelDescription>()
  private lastDescription?: PixelDescription
  private rescales?: {
    table: Table
    firsts: Uint32Array
    slopes: readonly unknown[]
    intercepts: readonly unknown[]
  }

  constructor(meta: DicomMeta, pixels: PixelStore, originals: Originals, options: ImageOptions = {}) {
    this.meta = meta
    this.pixels = pixels
    this.originals = originals
    this.attachments = options.attachments ?? []
    this.stats = options.stats
    this.asFiles = options.asFiles
    this.fixedRescale = options.rescale
    this.pool = options.pool
    this.onClose = options.onClose
    this.firstFrame = new Uint32Array(pixels.slices.length + 1)
    pixels.slices.forEach((slice, i) => {
      this.firstFrame[i + 1] = this.firstFrame[i] + slice.frameCount
    })
  }

  /** Frames of all slices. */
  get frameCount(): number {
    return this.firstFrame[this.firstFrame.length - 1]
  }

  /** Consistency of the series, as one word (SPEC §9.2). */
  get status(): DicomStatus {
    return statusOf(this.meta)
  }

  /** Geometry of the volume; absent where positions and orientations give none. */
  get space(): Space | undefined {
    return spaceOf(this.meta, this.frameCount)
  }

  /** What the attributes of a slice say of its pixels. */
  describe(slice: number): PixelDescription {
    let found = this.descriptions.get(slice)
    if (!found) {
      found = describePixels(this.meta.table, slice)
      // As a rule all slices are alike, and there are thousands.
      if (this.lastDescription && sameDescription(this.lastDescription, found)) found = this.lastDescription
      this.lastDescription = found
      this.descriptions.set(slice, found)
    }
    return found
  }

  /**
   * One frame: `frame(i)` counts all frames in slice order, `frame(slice, k)` those of one slice.
   * @throws DicubeError `out-of-range`, `no-pixels`, `unsupported-codec`, `unsupported-pixels`, `corrupt`,
   * `aborted`
   */
  async frame(i: number, k?: number, signal?: AbortSignal): Promise<Frame> {
    const [slice, frame] = k === undefined ? this.placeOf(i) : this.checkPlace(i, k)
    const where = `slice ${slice}, frame ${frame}`
    checkAborted(where, signal)
    const { shape, ...stored } = await this.stored(slice, frame, signal)
    if (!shape)
      throw new DicubeError(
        'unsupported-pixels',
        `${where}: Rows, Columns, Bits Allocated or Number of Frames do not fit the Pixel Data; its bytes are kept as they are`,
      )
    return this.decoded({ ...stored, shape }, this.describe(slice), where, signal)
  }

  /**
   * All frames as one typed array, [frames, rows, columns]. The affine is that of the patient coordinate system.
   * @throws DicubeError `not-uniform` with what differs, `no-pixels`
   */
  async toVolume(signal?: AbortSignal): Promise<Volume> {
    const n = this.frameCount
    if (!n) throw new DicubeError('no-pixels', 'the series has no frames')
    // Frames that are asked for together are read together, where a read costs a request.
    const shape = this.pixels.slices[this.placeOf(0)[0]].shape
    const frameBytes = shape ? nativeFrameBytes(shape) : TOGETHER_BYTES
    const together = Math.max(1, Math.min(32, Math.floor(TOGETHER_BYTES / frameBytes)))
    const starts = Array.from({ length: Math.ceil(n / together) }, (_, k) => k * together)
    const blocks = mapOrdered(starts, Math.max(2, Math.ceil(8 / together)), start =>
      Promise.all(
        Array.from({ length: Math.min(together, n - start) }, (_, k) => this.frame(start + k, undefined, signal)),
      ),
    )
    let made: { first: Frame; size: number; values: StoredValues } | undefined
    let at = 0
    for await (const block of blocks)
      for (const frame of block) {
        made ??= volumeFor(frame, n)
        const { first, size, values } = made
        for (const field of ['rows', 'columns', 'samples'] as const)
          if (frame[field] !== first[field])
            throw new DicubeError(
              'not-uniform',
              `frame ${at} has ${frame[field]} ${field}, frame 0 has ${first[field]}; read frames one by one with frame(i)`,
            )
        if (frame.values.constructor !== first.values.constructor)
          throw new DicubeError(
            'not-uniform',
            `frame ${at} has ${frame.values.constructor.name} values, frame 0 ${first.values.constructor.name}; read frames one by one with frame(i)`,
          )
          // The two kinds of typed array that set() tells apart were compared above.
        ;(values as Uint8Array).set(frame.values as Uint8Array, at * size)
        at++
      }
    const { space } = this
    const { first, values } = made!
    return {
      values,
      shape: [n, first.rows, first.columns, ...(first.samples > 1 ? [first.samples] : [])],
      ...(space && {
        spacingMm: [space.spacing[2], space.spacing[1], space.spacing[0]] as [number, number, number],
        affine: space.toAffine(),
      }),
    }
  }

  /** A file of the Python package: frames are modality values already, whatever the attributes say. */
  get holdsModalityValues(): boolean {
    return this.fixedRescale !== undefined
  }

  /** The Modality LUT of a frame where it is linear, from its functional groups where it has some; 1 and 0 where it has none. */
  rescale(slice: number, frame = 0): Rescale {
    if (this.fixedRescale) return this.fixedRescale
    const { meta } = this
    if (this.rescales?.table !== meta.table)
      this.rescales = {
        table: meta.table,
        firsts: firstFrames(meta.table),
        slopes: meta.getFrameValues('RescaleSlope'),
        intercepts: meta.getFrameValues('RescaleIntercept'),
      }
    const { firsts, slopes, intercepts } = this.rescales
    const at = firsts[slice] + frame
    const [slope, intercept]: unknown[] = [slopes[at], intercepts[at]]
    return { slope: typeof slope === 'number' ? slope : 1, intercept: typeof intercept === 'number' ? intercept : 0 }
  }

  /** toVolume in modality values, such as Hounsfield units: each frame with its own slope and intercept. @throws DicubeError as toVolume */
  async getFdata(signal?: AbortSignal): Promise<{ values: Float32Array; shape: number[] }> {
    const { values, shape } = await this.toVolume(signal)
    const out = new Float32Array(values.length)
    const size = values.length / this.frameCount
    for (let i = 0, at = 0; i < this.frameCount; i++) {
      const { slope, intercept } = this.rescale(...this.placeOf(i))
      for (const end = at + size; at < end; at++) out[at] = Number(values[at]) * slope + intercept
    }
    return { values: out, shape }
  }

  /** The bytes of a frame as the original Pixel Data has them: compressed where it was, else little-endian words. */
  async originalFrame(slice: number, frame: number, signal?: AbortSignal): Promise<Uint8Array> {
    checkAborted(`slice ${slice}, frame ${frame}`, signal)
    if (this.pixels.slices[slice].kind === 'encapsulated')
      return (await this.pixels.readFrame(slice, frame, signal)).bytes
    return this.unpack(await this.stored(slice, frame, signal), signal)
  }

  /** Ends the threads and closes what was opened. An image can be closed twice. */
  async close(): Promise<void> {
    this.pool?.close()
    await this.onClose?.()
  }

  /** The slice that frame(i) is of, and which of its frames it is. @throws DicubeError `out-of-range`, `no-pixels` */
  placeOf(i: number): [slice: number, frame: number] {
    if (!this.frameCount) throw new DicubeError('no-pixels', 'the series has no frames')
    if (!Number.isInteger(i) || i < 0 || i >= this.frameCount)
      throw new DicubeError('out-of-range', `frame ${i}: the series has frames 0 to ${this.frameCount - 1}`)
    let slice = 0
    for (let high = this.pixels.slices.length; high - slice > 1; ) {
      const middle = (slice + high) >> 1
      if (this.firstFrame[middle] <= i) slice = middle
      else high = middle
    }
    // Slices without frames share their first frame with the next one that has some.
    while (this.firstFrame[slice + 1] <= i) slice++
    return [slice, i - this.firstFrame[slice]]
  }

  private checkPlace(slice: number, frame: number): [slice: number, frame: number] {
    const pixels = this.pixels.slices[slice]
    if (!pixels)
      throw new DicubeError(
        'out-of-range',
        `slice ${slice}: the series has slices 0 to ${this.pixels.slices.length - 1}`,
      )
    if (!pixels.frameCount) throw new DicubeError('no-pixels', `slice ${slice} has no frames`)
    if (!Number.isInteger(frame) || frame < 0 || frame >= pixels.frameCount)
      throw new DicubeError('out-of-range', `frame ${frame} of slice ${slice}: it has ${pixels.frameCount} frames`)
    return [slice, frame]
  }

  /** A frame for `pool`, which reads it itself where it can; nothing that a thread would do sooner is placed. */
  private async stored(slice: number, frame: number, signal?: AbortSignal): Promise<StoredFrame<FrameBytes>> {
    const placed = this.pool && this.pixels.placeFrame?.(slice, frame)
    return placed && placed.coding !== FRAME_CODINGS.raw ? placed : this.pixels.readFrame(slice, frame, signal)
  }

  /** The frame's stored values, whatever it is stored as. */
  private async decoded(
    { coding, bytes, shape }: StoredFrame<FrameBytes> & { shape: FrameShape },
    { codec, photometric, transferSyntaxUid }: PixelDescription,
    where: string,
    signal?: AbortSignal,
  ): Promise<Frame> {
    if (coding === FRAME_CODINGS.verbatim && !codec)
      throw new DicubeError(
        'unsupported-codec',
        `${where}: no decoder for the Transfer Syntax ${transferSyntaxUid || '(none)'}; its bytes are kept as they are`,
      )
    const { rows, columns, samples } = shape
    if (coding !== FRAME_CODINGS.verbatim && isSubsampled(photometric) && samples === 1) {
      const pixels = expandSubsampled(await this.unpack({ coding, bytes, shape }, signal))
      const whole = { ...shape, columns: columns / 2, samples: 3 }
      return {
        rows,
        columns: whole.columns,
        samples: whole.samples,
        values: storedValues(pixels, whole),
        photometricInterpretation: photometric.replace('_422', ''),
      }
    }
    const how = { coding, codec, asCoded: photometric === 'RGB' }
    const { values, colorTransformed } =
      this.pool && coding !== FRAME_CODINGS.raw
        ? await this.pool.values(how, bytes, shape, signal)
        : await decodeValues(how, bytes as Uint8Array, shape)
    return { rows, columns, samples, values, photometricInterpretation: colorTransformed ? 'RGB' : photometric }
  }

  private async unpack({ coding, bytes, shape }: StoredFrame<FrameBytes>, signal?: AbortSignal): Promise<Uint8Array> {
    // Nothing that a thread would do sooner; its length is checked all the same.
    return this.pool && coding !== FRAME_CODINGS.raw
      ? this.pool.unpack(coding, bytes, shape!, signal)
      : unpackFrame(coding, bytes as Uint8Array, shape!)
  }
}

/** Room for `n` frames like the first. */
function volumeFor(first: Frame, n: number): { first: Frame; size: number; values: StoredValues } {
  const size = first.rows * first.columns * first.samples
  const Values = first.values.constructor as { new (length: number): StoredValues }
  return { first, size, values: new Values(size * n) }
}
