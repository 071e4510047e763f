import { ByteCursor } from '../bytes/cursor.ts'
import { type ByteSource, checkAborted } from '../bytes/source.ts'
import type { V1Note } from '../cube/document.ts'
import type { DicomMeta } from '../cube/meta.ts'
import type { SlicePixels } from '../cube/pixel-store.ts'
import { serializeRow } from '../cube/serialize.ts'
import { statusOf } from '../cube/status.ts'
import type { ReportEntry } from '../dicom/parse.ts'
import { readPixelRanges } from './frame-lists.ts'
import {
  DIRECTORY_MAGIC,
  HEADER_BYTES,
  HEADER_VERSION,
  NOT_IDENTIFYING,
  type SectionEncoding,
  TRAILER_BYTES,
} from './layout.ts'
import { nameBytesOf } from './manifest.ts'
import { fileName } from './migrate.ts'
import { attachmentsOf, type CubeFile, cursorOf, openCube, originalsOf, readSection } from './read.ts'
import { frameIndexOf } from './read-frames.ts'
import { metaOf } from './read-meta.ts'
import { hasOriginal } from './restore.ts'
import { readV1, type V1File } from './v1.ts'

export interface SectionInfo {
  /** A section of SPEC §3, or 'head' and 'trailer', so that all of them together are the file. */
  name: string
  offset: number
  length: number
  encoding: SectionEncoding
  /** Whether it can identify a person. */
  identifying: boolean
  /** Eight hex digits; absent where its parts have checksums of their own. */
  crc32?: string
}

export interface SliceInfo {
  index: number
  fileName: string
  /** null: the slice has none. */
  sopInstanceUID: string | null
  /** null: the metadata was changed, or there is no original. */
  sha256: string | null
  /** Of the original file; null: there is none, or it is not known. */
  sizeBytes: number | null
  /** What was odd about the file. */
  report: readonly ReportEntry[]
}

/** What is in a cube, and what it takes. */
export interface CubeInfo {
  /** 'v1': a file without a section directory, as the Python package writes it. */
  format: 'dicube' | 'v1'
  versions: { format: number; read: number | null; write: number | null }
  /** The program that wrote the file, and its version; null where it does not say. */
  writtenBy: string | null
  sliceCount: number
  frameCount: number
  /** Fewer than frameCount where frames are identical: those are stored once. */
  storedFrameCount: number
  status: string
  fileBytes: number
  /** All original files together; null where there are none (v1, and what was migrated from it). */
  originalBytes: number | null
  /**
   * The original files without the values of Pixel Data (delimiters and offset tables are part of the value). Of a
   * deflated file it is the inflated data set that this is taken from: in the file, header and pixels are one stream.
   */
  headerBytes: number | null
  /** The values of Pixel Data, compressed where they were. */
  pixelBytes: number | null
  /** Every byte that is not one of the following four. */
  metadataBytes: number
  frameBytes: number
  v1ViewBytes: number
  digestBytes: number
  /** The names' share of section manifest: they are compressed with the sizes and reports, and counted in proportion. */
  nameBytes: number
  sections: SectionInfo[]
  slices: SliceInfo[]
  /** Slices whose metadata was changed, so that their files no longer come back bit for bit. */
  changedSlices: number[]
  /** Whether every original file comes back bit for bit. */
  restorable: boolean
  /** Number of slices by report code. */
  report: Record<string, number>
  attachments: { name: string; sizeBytes: number }[]
  /** What cannot be trusted in a file of the Python package: once for each element, with the slices where they are known. */
  notes: V1Note[]
}

/**
 * Reads all that is about a cube but its frames. The metadata comes along, as who prints the one mostly wants the other.
 * @throws DicubeError as load
 */
export async function readInfo(source: ByteSource, signal?: AbortSignal): Promise<{ info: CubeInfo; meta: DicomMeta }> {
  checkAborted(source.name, signal)
  const cube = await openCube(source, signal)
  if (cube) return infoOfCube(cube, signal)
  const { sizeBytes } = await source.head(0, signal)
  return infoOfV1(await readV1(source, signal), sizeBytes)
}

async function infoOfCube(cube: CubeFile, signal?: AbortSignal): Promise<{ info: CubeInfo; meta: DicomMeta }> {
  const meta = await metaOf(cube, async () => readPixelRanges)
  const { slices: pixels, records, recordOf } = frameIndexOf(cube, meta.sliceCount)
  const originals = await originalsOf(cube, meta.sliceCount, signal)
  const sections = sectionsOf(cube)
  const bytesOf = (wanted: (name: string) => boolean) =>
    sections.reduce((sum, { name, length }) => (wanted(name) ? sum + length : sum), 0)
  const { fileBytes } = cube.directory
  const frameBytes = bytesOf(name => name === 'frames')
  const v1ViewBytes = bytesOf(name => name.startsWith('v1'))
  const digestBytes = bytesOf(name => name === 'digests')
  const nameBytes = await nameShare(
    cube,
    bytesOf(name => name === 'manifest'),
  )

  let at = 0
  let headerBytes = 0
  let pixelBytes = 0
  for (const [slice, { sizeBytes, sha256 }] of originals.files.entries()) {
    const frames = pixels[slice].frameCount
    const lengths = Array.from({ length: frames }, (_, k) => records[recordOf[at + k]].length)
    at += frames
    const valueBytes = pixelValueBytes(pixels[slice], lengths)
    pixelBytes += valueBytes
    // A slice that was changed may have other Pixel Data than the file whose size is known.
    if (!sha256 || (await originals.deflatedStream(slice))) {
      await meta.load()
      headerBytes += serializeRow(meta.table, slice, valueBytes).bytes.length
    } else headerBytes += sizeBytes - valueBytes
  }
  const uids = meta.getStrings('SOPInstanceUID')
  const slices = originals.files.map(
    ({ name, sizeBytes, sha256, report }, index): SliceInfo => ({
      index,
      fileName: name,
      sopInstanceUID: uids[index]?.[0] ?? null,
      sha256: sha256 ? hex(sha256) : null,
      sizeBytes: sizeBytes || null,
      report,
    }),
  )
  const isMade = originals.files.some(file => !hasOriginal(file))
  const changedSlices = slices.filter(({ sha256, index }) => sha256 === null && hasOriginal(originals.files[index]))
  const info: CubeInfo = {
    format: 'dicube',
    versions: versionsOf(cube),
    writtenBy: cube.directory.writtenBy,
    sliceCount: meta.sliceCount,
    frameCount: recordOf.length,
    storedFrameCount: records.length,
    status: statusOf(meta),
    fileBytes,
    originalBytes: isMade ? null : originals.files.reduce((sum, file) => sum + file.sizeBytes, 0),
    headerBytes: isMade ? null : headerBytes,
    pixelBytes: isMade ? null : pixelBytes,
    metadataBytes: fileBytes - frameBytes - v1ViewBytes - digestBytes - nameBytes,
    frameBytes,
    v1ViewBytes,
    digestBytes,
    nameBytes,
    sections,
    slices,
    changedSlices: changedSlices.map(({ index }) => index),
    restorable: slices.every(({ sha256 }) => sha256 !== null),
    report: countCodes(slices),
    attachments: (await attachmentsOf(cube, signal)).map(({ name, bytes }) => ({ name, sizeBytes: bytes.length })),
    notes: [],
  }
  return { info, meta }
}

function infoOfV1(file: V1File, fileBytes: number): { info: CubeInfo; meta: DicomMeta } {
  const { meta, header, frames, status, notes } = file
  const distinct = [...new Map(frames.map(frame => [frame.offset, frame])).values()]
  const frameBytes = distinct.reduce((sum, frame) => sum + frame.length, 0)
  const part = (
    name: string,
    offset: number,
    length: number,
    encoding: SectionEncoding,
    identifying: boolean,
  ): SectionInfo => ({ name, offset, length, encoding, identifying })
  const uids = meta.getStrings('SOPInstanceUID')
  const info: CubeInfo = {
    format: 'v1',
    versions: { format: HEADER_VERSION, read: null, write: null },
    writtenBy: null,
    sliceCount: meta.sliceCount,
    frameCount: frames.length,
    storedFrameCount: distinct.length,
    status,
    fileBytes,
    originalBytes: null,
    headerBytes: null,
    pixelBytes: null,
    metadataBytes: fileBytes - frameBytes,
    frameBytes,
    v1ViewBytes: 0,
    digestBytes: 0,
    nameBytes: 0,
    sections: [
      part('head', 0, HEADER_BYTES, 'raw', false),
      part('v1Status', header.statusOffset, header.statusLength, 'raw', false),
      part('v1Meta', header.metaOffset, header.metaLength, 'zstd', true),
      part('v1Space', header.spaceOffset, header.spaceLength, 'raw', false),
      part('v1PixelHeader', header.pixelHeaderOffset, header.pixelHeaderLength, 'raw', false),
      part('v1FrameOffsets', header.frameOffsetsOffset, header.frameOffsetsLength, 'raw', false),
      part('v1FrameLengths', header.frameLengthsOffset, header.frameLengthsLength, 'raw', false),
      part('frames', Math.min(fileBytes, ...distinct.map(frame => frame.offset)), frameBytes, 'container', false),
    ],
    slices: Array.from({ length: meta.sliceCount }, (_, index) => ({
      index,
      fileName: fileName(index),
      sopInstanceUID: uids[index]?.[0] ?? null,
      sha256: null,
      sizeBytes: null,
      report: [],
    })),
    changedSlices: [],
    restorable: false,
    report: {},
    attachments: [],
    notes,
  }
  return { info, meta }
}

function sectionsOf({ directory }: CubeFile): SectionInfo[] {
  const { sections, fileBytes, headBytes } = directory
  const head = { name: 'head', offset: 0, length: headBytes, encoding: 'raw' as const, identifying: false }
  const trailer = {
    name: 'trailer',
    offset: fileBytes - TRAILER_BYTES,
    length: TRAILER_BYTES,
    encoding: 'raw' as const,
    identifying: false,
  }
  const rows = sections.map(
    ({ name, offset, length, encoding, crc32 }): SectionInfo => ({
      name,
      offset,
      length,
      encoding,
      // Of a kind that only a newer version knows, nobody here can say that it is harmless.
      identifying: name === 'unknown' || !NOT_IDENTIFYING.includes(name),
      ...(encoding !== 'container' && { crc32: crc32.toString(16).padStart(8, '0') }),
    }),
  )
  return [head, ...rows, trailer]
}

function versionsOf({ front }: CubeFile): CubeInfo['versions'] {
  const cursor = new ByteCursor(front, 'directory', HEADER_BYTES + DIRECTORY_MAGIC.length)
  return { format: HEADER_VERSION, read: cursor.u16(), write: cursor.u16() }
}

async function nameShare(cube: CubeFile, storedBytes: number): Promise<number> {
  const manifest = await readSection(cube, 'manifest')
  if (!manifest?.length) return 0
  return Math.round((storedBytes * nameBytesOf(cursorOf(cube, 'manifest', manifest))) / manifest.length)
}

/** The length of a slice's Pixel Data value in its file, from the lengths of its frames (PS3.5 §A.4). */
function pixelValueBytes(
  { kind, valueBytes, fragments, offsetTable, restBytes, frameCount }: SlicePixels,
  lengths: readonly number[],
): number {
  if (kind !== 'encapsulated') return valueBytes
  const ITEM_HEADER_BYTES = 8
  const tableBytes = offsetTable === 'exact' ? 4 * frameCount : offsetTable === 'verbatim' ? restBytes : 0
  const items = (fragments ?? []).reduce((sum, list) => sum + list.length, 0)
  // The offset table is an item too, and the Sequence Delimitation Item is as long as an item's header.
  return ITEM_HEADER_BYTES * (items + 2) + tableBytes + lengths.reduce((sum, length) => sum + length, 0)
}

function countCodes(slices: readonly SliceInfo[]): Record<string, number> {
  const counts = new Map<string, number>()
  for (const { report } of slices)
    for (const code of new Set(report.map(entry => entry.code))) counts.set(code, (counts.get(code) ?? 0) + 1)
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
}

const hex = (bytes: Uint8Array) => Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
