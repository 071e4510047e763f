import { Budget, ByteCursor } from '../bytes/cursor.ts'
import type { ByteSource } from '../bytes/source.ts'
import { inflateZstd, platform } from '../codec/platform.ts'
import type { Attachment, Originals } from '../cube/image.ts'
import { DicubeError } from '../errors.ts'
import { CUBE_LIMITS, grown } from '../limits.ts'
import {
  checkHeader,
  type Directory,
  FRONT_READ_BYTES,
  HEADER_BYTES,
  hasDirectory,
  isTrailer,
  readDirectory,
  type SectionName,
  type SectionRow,
  storedBytesOf,
  TRAILER_BYTES,
} from './layout.ts'
import { type ManifestFile, readAttachments, readManifest, readStreams } from './manifest.ts'
import { applyPatch, type PatchStep, readPatches } from './patch.ts'

/** An open .dcbs file with a directory: its front page is in memory, everything else is read when asked for. */
export interface CubeFile {
  source: ByteSource
  directory: Directory
  /** Bytes 0 to frontBytes. */
  front: Uint8Array
}

/** Files on disk are read into it. A front page is a fraction of it as a rule, and all that stays of each cube. */
const memory = new Uint8Array(FRONT_READ_BYTES)

/**
 * Reads the front page: one read for up to 64 KiB, two beyond. Resolves with undefined for a plain v1 file.
 * @throws DicubeError `not-a-cube`, `newer-version`, `corrupt`, `truncated`
 */
export async function openCube(source: ByteSource, signal?: AbortSignal): Promise<CubeFile | undefined> {
  const { bytes, sizeBytes } = source.headNow?.(memory) ?? (await source.head(FRONT_READ_BYTES, signal))
  if (!hasDirectory(bytes)) {
    // It is longer than a trailer.
    checkHeader(bytes, source.name)
    if (isTrailer(await source.read(sizeBytes - TRAILER_BYTES, TRAILER_BYTES, signal)))
      throw new DicubeError(
        'corrupt',
        `${source.name}: the section directory at byte ${HEADER_BYTES} is damaged: the trailer says that there is one`,
      )
    return undefined
  }
  // Its checksum covers the header too, so that damage there is not taken for another version.
  const directory = readDirectory(bytes, sizeBytes, source.name)
  checkHeader(bytes, source.name)
  const { frontBytes } = directory
  const front = new Uint8Array(frontBytes)
  front.set(bytes.subarray(0, frontBytes))
  const missing = frontBytes - bytes.length
  if (missing > 0) front.set(await source.read(bytes.length, missing, signal), bytes.length)
  return { source, directory, front }
}

export const rowOf = ({ directory }: CubeFile, name: SectionName) =>
  directory.sections.find(section => section.name === name)

/** Checks a section's bytes and inflates them. */
export function openSection({ source }: CubeFile, row: SectionRow, bytes: Uint8Array): Uint8Array {
  if (row.encoding !== 'container' && platform().crc32(bytes) !== row.crc32)
    throw new DicubeError(
      'corrupt',
      `${source.name}: section ${row.name} (${row.length} bytes at ${row.offset}) does not have its checksum`,
    )
  return row.encoding === 'zstd' ? inflateZstd(bytes, row.inflatedLength) : bytes
}

const NO_BYTES = new Uint8Array(0)

/** A section of the front page, without waiting. One without anything in it is not in the file. */
export function frontSection(cube: CubeFile, name: SectionName): Uint8Array {
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

export const once = <T>(make: () => T): (() => T) => {
  let made: { value: T } | undefined
  return () => (made ??= { value: make() }).value
}

/** What is needed beside metadata and pixels to give the files back. */
export interface CubeOriginals extends Originals {
  files: readonly ManifestFile[]
}

export async function originalsOf(cube: CubeFile, sliceCount: number, signal?: AbortSignal): Promise<CubeOriginals> {
  const [manifest, digests = NO_BYTES] = await Promise.all([
    readSection(cube, 'manifest', signal),
    readSection(cube, 'digests', signal),
  ])
  // A directory without a manifest is refused.
  const files = readManifest(cursorOf(cube, 'manifest', manifest!), digests, sliceCount)
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
