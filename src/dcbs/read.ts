import { concat } from '../bytes/concat.ts'
import { Budget, ByteCursor } from '../bytes/cursor.ts'
import type { ByteSource } from '../bytes/source.ts'
import { inflateZstd, platform } from '../codec/platform.ts'
import type { Attachment, Originals } from '../cube/image.ts'
import { DicomMeta } from '../cube/meta.ts'
import type { PixelStore } from '../cube/pixel-store.ts'
import { DicubeError } from '../errors.ts'
import { CUBE_LIMITS, grown } from '../limits.ts'
import { type FrameIndex, pixelRangesOf, readFrameIndex } from './frame-index.ts'
import {
  checkTrailer,
  type Directory,
  FRONT_READ_BYTES,
  HEADER_BYTES,
  HEADER_FIELDS,
  hasDirectory,
  isTrailer,
  readDirectory,
  readHeader,
  type SectionName,
  type SectionRow,
  storedBytesOf,
  TRAILER_BYTES,
  type V1Header,
  v1HeaderOf,
  writeTrailer,
} from './layout.ts'
import { type ManifestFile, readAttachments, readManifest, readStreams } from './manifest.ts'
import { applyPatch, type PatchStep, readPatches } from './patch.ts'
import { bodyBytesOf, type DecodedMetadata, decodeMetadata } from './read-table.ts'

/** An open .dcbs file with a directory: its front page is in memory, everything else is read when asked for. */
export interface CubeFile {
  source: ByteSource
  header: V1Header
  directory: Directory
  /** Bytes 0 to frontBytes. */
  front: Uint8Array
}

/**
 * Reads the front page: one read for up to 64 KiB, two beyond. Resolves with undefined for a plain v1 file.
 * @throws DicubeError `not-a-cube`, `newer-version`, `corrupt`, `truncated`
 */
export async function openCube(source: ByteSource, signal?: AbortSignal): Promise<CubeFile | undefined> {
  const { bytes, sizeBytes } = await source.head(FRONT_READ_BYTES, signal)
  if (!hasDirectory(bytes)) {
    readHeader(bytes, source.name)
    const end =
      sizeBytes >= TRAILER_BYTES ? await source.read(sizeBytes - TRAILER_BYTES, TRAILER_BYTES, signal) : undefined
    if (end && isTrailer(end))
      throw new DicubeError(
        'corrupt',
        `${source.name}: the section directory at byte ${HEADER_BYTES} is damaged: the trailer says that there is one`,
      )
    return undefined
  }
  // Its checksum covers the header too, so that damage there is not taken for another version.
  const directory = readDirectory(bytes, sizeBytes, source.name)
  const header = readHeader(bytes, source.name)
  const { frontBytes } = directory
  const front =
    frontBytes > bytes.length
      ? concat([bytes, await source.read(bytes.length, frontBytes - bytes.length, signal)])
      : bytes.subarray(0, frontBytes)
  return { source, header, directory, front }
}

const rowOf = ({ directory }: CubeFile, name: SectionName) => directory.sections.find(section => section.name === name)

/** Checks a section's bytes and inflates them. */
function openSection({ source }: CubeFile, row: SectionRow, bytes: Uint8Array): Uint8Array {
  if (row.encoding !== 'container' && platform().crc32(bytes) !== row.crc32)
    throw new DicubeError(
      'corrupt',
      `${source.name}: section ${row.name} (${row.length} bytes at ${row.offset}) does not have its checksum`,
    )
  return row.encoding === 'zstd' ? inflateZstd(bytes, row.inflatedLength) : bytes
}

const NO_BYTES = new Uint8Array(0)

/** A section of the front page, without waiting. One without anything in it is not in the file. */
function frontSection(cube: CubeFile, name: SectionName): Uint8Array {
  const row = rowOf(cube, name)
  if (!row) return NO_BYTES
  return openSection(cube, row, cube.front.subarray(row.offset, row.offset + row.length))
}

/** Any section, or undefined where the file has none of the name. */
export async function readSection(
  cube: CubeFile,
  name: SectionName,
  signal?: AbortSignal,
): Promise<Uint8Array | undefined> {
  const row = rowOf(cube, name)
  if (!row) return undefined
  if (row.offset + row.length <= cube.front.length) return frontSection(cube, name)
  return openSection(cube, row, await cube.source.read(row.offset, row.length, signal))
}

const once = <T>(make: () => T): (() => T) => {
  let made: { value: T } | undefined
  return () => (made ??= { value: make() }).value
}

/** The table of an open cube; `digests` has 32 bytes for each of its rows. */
function decodedOf(cube: CubeFile): DecodedMetadata {
  const digestBytes = rowOf(cube, 'digests')?.inflatedLength ?? 0
  if (digestBytes % DIGEST_BYTES)
    throw new DicubeError('corrupt', `${cube.source.name}: ${digestBytes} bytes of digests, each has ${DIGEST_BYTES}`)
  const decoded = decodeMetadata(
    frontSection(cube, 'template'),
    {
      ...(rowOf(cube, 'columns') && { columns: once(() => frontSection(cube, 'columns')) }),
      digits: once(() => frontSection(cube, 'digits')),
      values: once(() => frontSection(cube, 'values')),
      ranges: once(() => pixelRangesOf(frameIndexOf(cube, digestBytes / DIGEST_BYTES))),
      sliceCount: digestBytes / DIGEST_BYTES,
      storedBytes: storedBytesOf(cube.directory),
    },
    cube.source.name,
  )
  const { chunks, columns } = decoded
  const bytesOf = (blob: boolean) => chunks.reduce((sum, chunk) => (chunk.blob === blob ? sum + chunk.length : sum), 0)
  const last = columns.at(-1)
  const holds: [SectionName, number][] = [
    ['values', bytesOf(false)],
    ['blobs', bytesOf(true)],
    ['digits', last ? last.digitOffset + last.digitBytes : 0],
  ]
  if (rowOf(cube, 'columns')) holds.push(['columns', bodyBytesOf(columns, false)])
  for (const [name, wanted] of holds) {
    const found = rowOf(cube, name)?.inflatedLength ?? 0
    if (found !== wanted)
      throw new DicubeError(
        'corrupt',
        `${cube.source.name}: section ${name} has ${found} bytes, the template says ${wanted}`,
      )
  }
  return decoded
}

/** The metadata of an open cube. Nothing beyond the front page is read until load() asks for a blob. */
export function metaOf(cube: CubeFile): DicomMeta {
  const decoded = decodedOf(cube)
  return new DicomMeta(decoded.table, async columns =>
    (await import('./blobs.ts')).loadBlobs(cube.source, rowOf(cube, 'blobs')?.offset ?? 0, decoded, columns),
  )
}

const DIGEST_BYTES = 32

export function frameIndexOf(cube: CubeFile, sliceCount: number): FrameIndex {
  const { name } = cube.source
  const framesBytes = rowOf(cube, 'frames')?.length ?? 0
  const index = readFrameIndex(
    frontSection(cube, 'frameIndex'),
    { checks: frontSection(cube, 'frameChecks'), sliceCount, framesBytes, storedBytes: storedBytesOf(cube.directory) },
    name,
  )
  const restBytes = index.slices.reduce((sum, slice) => sum + slice.restBytes, 0)
  const storedBytes = rowOf(cube, 'pixelRest')?.inflatedLength ?? 0
  if (restBytes !== storedBytes)
    throw new DicubeError('corrupt', `${name}: section pixelRest of ${storedBytes} bytes, wanted ${restBytes}`)
  return index
}

/** The frames of an open cube, each read and checked when asked for. */
export function pixelStoreOf(cube: CubeFile, { slices, records, recordOf }: FrameIndex): PixelStore {
  const firstByte = rowOf(cube, 'frames')?.offset ?? 0
  const firstFrame = new Uint32Array(slices.length + 1)
  const restOffsets = new Float64Array(slices.length + 1)
  for (const [i, slice] of slices.entries()) {
    firstFrame[i + 1] = firstFrame[i] + slice.frameCount
    restOffsets[i + 1] = restOffsets[i] + slice.restBytes
  }
  const rest = once(() => readSection(cube, 'pixelRest'))
  return {
    slices,
    packed: true,
    measured: (slice, frame) => records[recordOf[firstFrame[slice] + frame]],
    async readFrame(slice, frame, signal) {
      const id = recordOf[firstFrame[slice] + frame]
      const { coding, offset, length, crc32, shape, minimum, maximum, outside } = records[id]
      const bytes = await cube.source.read(firstByte + offset, length, signal)
      if (platform().crc32(bytes) !== crc32)
        throw new DicubeError(
          'corrupt',
          `${cube.source.name}: frame ${frame} of slice ${slice} (${length} bytes at ${firstByte + offset}) does not have its checksum`,
        )
      return { coding, bytes, shape, measured: { minimum, maximum, outside } }
    },
    async readRest(slice) {
      const bytes = (await rest()) ?? new Uint8Array(0)
      return bytes.subarray(restOffsets[slice], restOffsets[slice + 1])
    },
  }
}

/** What is needed beside metadata and pixels to give the files back. */
export interface CubeOriginals extends Originals {
  files: readonly ManifestFile[]
}

export async function originalsOf(cube: CubeFile, sliceCount: number, signal?: AbortSignal): Promise<CubeOriginals> {
  const { name } = cube.source
  const [manifest, digests] = await Promise.all([
    readSection(cube, 'manifest', signal),
    readSection(cube, 'digests', signal),
  ])
  if (!manifest || !digests) throw new DicubeError('corrupt', `${name}: no section manifest or digests`)
  const files = readManifest(cursorOf(cube, 'manifest', manifest), digests, sliceCount)
  const patches = once(async () => {
    const bytes = await readSection(cube, 'patches')
    return bytes ? readPatches(cursorOf(cube, 'patches', bytes), sliceCount) : new Map<number, PatchStep[]>()
  })
  const streams = once(async () => {
    const bytes = await readSection(cube, 'streams')
    return bytes ? readStreams(cursorOf(cube, 'streams', bytes), sliceCount) : new Map<number, Uint8Array>()
  })
  return {
    files,
    reports: files.map(file => file.report),
    deflatedStream: async slice => (await streams()).get(slice),
    repairHeader: async (slice, rebuilt) => {
      const steps = (await patches()).get(slice)
      return steps ? applyPatch(rebuilt, steps) : rebuilt
    },
  }
}

export async function attachmentsOf(cube: CubeFile, signal?: AbortSignal): Promise<Attachment[]> {
  const bytes = await readSection(cube, 'attachments', signal)
  return bytes ? readAttachments(cursorOf(cube, 'attachments', bytes)) : []
}

/** A section to be read. It may make as much of its bytes as the metadata may of all. */
export function cursorOf({ source, directory }: CubeFile, section: SectionName, bytes: Uint8Array): ByteCursor {
  const budget = new Budget(grown(CUBE_LIMITS.listEntries, storedBytesOf(directory)))
  return new ByteCursor(bytes, `${source.name}: ${section}`, 0, bytes.length, budget)
}

/** Bytes of a file that have one checksum. */
export interface CheckedPart {
  section: SectionName | 'unknown' | 'head' | 'trailer'
  offset: number
  length: number
  crc32: number
}

/** Every part that has a checksum of its own, in file order: together they are the file, without a gap (SPEC V6, V11, V13). */
export function checkedParts(cube: CubeFile): CheckedPart[] {
  const { front, directory } = cube
  const { headBytes } = directory
  const head = new DataView(front.buffer, front.byteOffset, front.byteLength)
  const trailer = writeTrailer(directory.fileBytes, front.subarray(0, headBytes))
  const crcAtEnd = (view: DataView, end: number) => view.getUint32(end - 4, true)
  const { table, chunks } = decodedOf(cube)
  const { records } = frameIndexOf(cube, table.rowCount)
  const inside: Partial<Record<string, readonly { offset: number; length: number; crc32: number }[]>> = {
    values: chunks.filter(chunk => !chunk.blob),
    blobs: chunks.filter(chunk => chunk.blob),
    frames: records,
  }
  return [
    { section: 'head', offset: 0, length: headBytes - 4, crc32: crcAtEnd(head, headBytes) },
    ...directory.sections.flatMap(({ name, offset, length, encoding, crc32 }): CheckedPart[] =>
      encoding === 'container'
        ? (inside[name] ?? []).map(part => ({
            section: name,
            offset: offset + part.offset,
            length: part.length,
            crc32: part.crc32,
          }))
        : [{ section: name, offset, length, crc32 }],
    ),
    {
      section: 'trailer',
      offset: directory.fileBytes - TRAILER_BYTES,
      length: TRAILER_BYTES - 4,
      crc32: crcAtEnd(new DataView(trailer.buffer), TRAILER_BYTES),
    },
  ]
}

/** Reads a part and compares it with its checksum. @throws DicubeError `corrupt` */
export async function checkPart({ source }: CubeFile, part: CheckedPart, signal?: AbortSignal): Promise<void> {
  const { section, offset, length, crc32 } = part
  let found = 0
  // Part by part: a part can be as large as an array.
  for (let done = 0; done < length; done += CHECK_BYTES)
    found = platform().crc32(await source.read(offset + done, Math.min(CHECK_BYTES, length - done), signal), found)
  if (found !== crc32)
    throw new DicubeError(
      'corrupt',
      `${source.name}: ${section === 'head' || section === 'trailer' ? `the ${section}` : `section ${section}`}: the ${length} bytes at ${offset} do not have their checksum`,
    )
}

const CHECK_BYTES = 1 << 24

/**
 * Checks every byte of the file against its checksum, and that what is said twice is said the same way: header, trailer
 * and the frame tables for readers of v1. Returns nothing; damage is thrown as `corrupt`.
 */
export async function checkFile(
  cube: CubeFile,
  onProgress?: (doneBytes: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  const { source, directory } = cube
  const head = cube.front.subarray(0, directory.headBytes)
  checkTrailer(
    await source.read(directory.fileBytes - TRAILER_BYTES, TRAILER_BYTES, signal),
    head,
    directory.fileBytes,
    source.name,
  )
  const wanted = v1HeaderOf(directory.sections, cube.header.frameCount)
  for (const field of HEADER_FIELDS)
    if (cube.header[field] !== wanted[field])
      throw new DicubeError(
        'corrupt',
        `${source.name}: the header has ${field} ${cube.header[field]}, wanted ${wanted[field]}`,
      )
  for (const part of checkedParts(cube)) {
    await checkPart(cube, part, signal)
    onProgress?.(part.offset + part.length)
  }
  for (const row of directory.sections)
    if (row.encoding === 'zstd') openSection(cube, row, await source.read(row.offset, row.length, signal))
  await checkFrameTables(cube, wanted.frameCount)
}

/** A reader of v1 gets the frames that these tables name: they have to be ours, in our order. */
async function checkFrameTables(cube: CubeFile, frameCount: number): Promise<void> {
  const { name } = cube.source
  const tables = [await readSection(cube, 'v1FrameOffsets'), await readSection(cube, 'v1FrameLengths')]
  for (const table of tables)
    if ((table?.length ?? 0) !== 8 * frameCount)
      throw new DicubeError('corrupt', `${name}: the header has ${frameCount} frames, their tables have other lengths`)
  if (!frameCount) return
  const { table } = decodedOf(cube)
  const { records, recordOf } = frameIndexOf(cube, table.rowCount)
  const first = rowOf(cube, 'frames')?.offset ?? 0
  const [offsets, lengths] = tables.map(table => new ByteCursor(table!, `${name}: frame tables`))
  if (recordOf.length !== frameCount)
    throw new DicubeError('corrupt', `${name}: ${frameCount} frames for readers of v1, there are ${recordOf.length}`)
  for (const [i, id] of recordOf.entries())
    if (offsets.u64() !== first + records[id].offset || lengths.u64() !== records[id].length)
      throw new DicubeError('corrupt', `${name}: frame ${i} for readers of v1 is not frame ${i} of the cube`)
}
