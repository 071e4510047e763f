import { ByteCursor } from '../bytes/cursor.ts'
import { platform } from '../codec/platform.ts'
import { DicubeError } from '../errors.ts'
import { checkHeader, checkTrailer, type SectionName, TRAILER_BYTES, v1HeaderOf, writeTrailer } from './layout.ts'
import { type CubeFile, openSection, readSection, rowOf } from './read.ts'
import { frameIndexOf } from './read-frames.ts'
import { decodedOf } from './read-meta.ts'
import { HEADER_FIELDS, readHeaderFields } from './v1-header.ts'

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
  // The containers: nothing else is one (SPEC §3).
  const inside: Record<string, readonly { offset: number; length: number; crc32: number }[]> = {
    values: chunks.filter(chunk => !chunk.blob),
    blobs: chunks.filter(chunk => chunk.blob),
    frames: records,
  }
  return [
    { section: 'head', offset: 0, length: headBytes - 4, crc32: crcAtEnd(head, headBytes) },
    ...directory.sections.flatMap(({ name, offset, length, encoding, crc32 }): CheckedPart[] =>
      encoding === 'container'
        ? inside[name].map(part => ({
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
  const header = readHeaderFields(checkHeader(head, source.name))
  const wanted = v1HeaderOf(directory.sections, header.frameCount)
  for (const field of HEADER_FIELDS)
    if (header[field] !== wanted[field])
      throw new DicubeError(
        'corrupt',
        `${source.name}: the header has ${field} ${header[field]}, wanted ${wanted[field]}`,
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
