import { DicubeError } from '../errors.ts'

/** What was asked of a server so far, and how many bytes of bodies came back. */
export interface ReadStats {
  readonly requests: number
  readonly bytes: number
}

/**
 * A file that is somewhere else. Offsets and lengths are bytes from its start. Where reading takes long, a signal ends it
 * as `aborted`; who reads asks before (checkAborted), as memory and disks answer before anybody could have changed his mind.
 */
export interface ByteSource {
  /** How messages call it: a path, a URL, a file name. */
  readonly name: string
  /** The first bytes (fewer than `length` only when the file is shorter) and the file's size, in one request. */
  head(length: number, signal?: AbortSignal): Promise<{ bytes: Uint8Array; sizeBytes: number }>
  /**
   * head into memory of the caller's and at once, where that is possible: whoever reads thousands of files spends most of
   * the time on memory for each. The next file's takes its place, so what is to stay is copied before anything is waited for.
   */
  headNow?(into: Uint8Array): { bytes: Uint8Array; sizeBytes: number }
  /** Where no size is wanted; returns how many bytes came, which may be fewer than are there. */
  startNow?(into: Uint8Array): number
  /** Resolves with exactly `length` bytes, or rejects: never fewer, never other bytes. */
  read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array>
  /** A text that changes when the file is written to or replaced, where that can be told. */
  stamp?(): string
  /** Keeps what is there now readable until close(), also when another file takes its place. */
  hold?(): void
  /** What other threads of this process read the same file by; absent where only this one can. */
  place?(): FilePlace
  /** Counts, where reads cost requests; they go on. */
  readonly stats?: ReadStats
  /** Ends what the source holds open. A source can be closed twice. */
  close?(): Promise<void>
}

/** A file as it was when it was first read: plain data, for another thread of this process. */
export interface FilePlace {
  path: string
  /** Where the file is held open. */
  fd?: number
  ino: number
  size: number
  mtimeMs: number
}

/** A piece of a file that was not read yet. */
export interface FilePart {
  file: FilePlace
  offset: number
  length: number
}

/** @throws DicubeError `aborted`, with the signal's reason as its cause */
export function checkAborted(name: string, signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new DicubeError('aborted', `${name}: aborted`, { cause: signal.reason })
}

/** Throws `truncated` unless [offset, offset + length) lies inside a file of sizeBytes. */
export function checkRange(name: string, offset: number, length: number, sizeBytes: number): void {
  if (offset < 0 || length < 0 || offset + length > sizeBytes)
    throw new DicubeError('truncated', `${name}: wanted ${length} bytes at ${offset}, the file has ${sizeBytes}`)
}

/** Bytes that are already in memory. Reads are views, not copies. */
export function sourceFromBytes(given: Uint8Array, name = 'bytes'): ByteSource {
  // A Node Buffer is a Uint8Array whose slice() does not copy; nobody behind here expects that.
  const bytes = new Uint8Array(given.buffer, given.byteOffset, given.byteLength)
  return {
    name,
    head: async length => ({ bytes: bytes.subarray(0, length), sizeBytes: bytes.byteLength }),
    read: async (offset, length) => {
      checkRange(name, offset, length, bytes.byteLength)
      return bytes.subarray(offset, offset + length)
    },
  }
}

/** A browser's File or Blob; Node has Blob too. */
export function sourceFromBlob(blob: Blob, name = (blob as File).name ?? 'blob'): ByteSource {
  const part = async (offset: number, length: number) => {
    try {
      return new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer())
    } catch (cause) {
      // A File is a name for something on the disk, which may have changed or gone since it was chosen.
      throw new DicubeError('io', `${name}: ${(cause as Error).message}`, { cause })
    }
  }
  return {
    name,
    head: async length => ({ bytes: await part(0, length), sizeBytes: blob.size }),
    read: async (offset, length) => {
      checkRange(name, offset, length, blob.size)
      const bytes = await part(offset, length)
      checkRange(name, 0, length, bytes.byteLength)
      return bytes
    },
  }
}
