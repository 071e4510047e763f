import { randomBytes } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { type FileHandle, link, lstat, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { DicubeError } from '../errors.ts'
import { type ByteSource, checkRange } from './source.ts'
import type { Spool } from './spool.ts'

/** A system error as ours, with the path. */
export function fileError(error: unknown, path: string): DicubeError {
  if (error instanceof DicubeError) return error
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new DicubeError('not-found', `${path}: no such file or folder`, { cause: error })
  if (code === 'EEXIST') return new DicubeError('exists', `${path}: exists already`, { cause: error })
  return new DicubeError('io', `${path}: ${error instanceof Error ? error.message : error}`, { cause: error })
}

/**
 * A file on disk, opened for each read and closed at once: thousands of slices must not hold thousands of handles.
 * Synchronous, because six times faster than promises on files that the system has in memory.
 */
export function sourceFromFile(path: string): ByteSource {
  const at = <T>(work: (fd: number) => T): T => {
    let fd: number | undefined
    try {
      fd = openSync(path, 'r')
      return work(fd)
    } catch (error) {
      throw fileError(error, path)
    } finally {
      if (fd !== undefined) closeSync(fd)
    }
  }
  const readFully = (
    fd: number,
    offset: number,
    length: number,
    bytes: Uint8Array = new Uint8Array(length),
  ): Uint8Array => {
    for (let done = 0; done < length; ) {
      const n = readSync(fd, bytes, done, length - done, offset + done)
      if (n === 0) throw new DicubeError('truncated', `${path}: wanted ${length} bytes at ${offset}, got ${done}`)
      done += n
    }
    return bytes
  }
  const statOf = (fd: number) => {
    const stat = fstatSync(fd)
    if (!stat.isFile()) throw new DicubeError('io', `${path}: not a file`)
    return stat
  }
  return {
    name: path,
    stamp: () =>
      at(fd => {
        const { ino, size, mtimeMs } = statOf(fd)
        return `${ino}:${size}:${mtimeMs}`
      }),
    head: async length =>
      at(fd => {
        const sizeBytes = statOf(fd).size
        return { bytes: readFully(fd, 0, Math.min(length, sizeBytes)), sizeBytes }
      }),
    headInto: (into, wantsSize) =>
      at(fd => {
        if (!wantsSize) return { length: readSync(fd, into, 0, into.length, 0) }
        const sizeBytes = statOf(fd).size
        const length = Math.min(into.length, sizeBytes)
        readFully(fd, 0, length, into)
        return { length, sizeBytes }
      }),
    read: async (offset, length) =>
      at(fd => {
        checkRange(path, offset, length, fstatSync(fd).size)
        return readFully(fd, offset, length)
      }),
  }
}

/** Bytes on their way into a file that does not exist until `commit`. */
export interface AtomicFile {
  write(bytes: Uint8Array): Promise<void>
  /** Syncs and moves the file to where it belongs. With `overwrite` false an existing file stays and `exists` is thrown. */
  commit(): Promise<void>
  /** Removes what was written; does nothing behind commit. */
  abort(): Promise<void>
}

/** A file written beside its target and moved over it: a crash leaves the old file or the new one. */
export async function writeAtomically(path: string, overwrite: boolean): Promise<AtomicFile> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`)
  let handle: FileHandle | undefined
  try {
    handle = await open(temporary, 'wx')
  } catch (error) {
    throw fileError(error, path)
  }
  const file = handle
  let done = false
  const abort = async () => {
    if (done) return
    done = true
    await file.close().catch(() => {})
    await rm(temporary, { force: true })
  }
  return {
    write: async bytes => {
      try {
        for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at, bytes.length - at)).bytesWritten
      } catch (error) {
        throw fileError(error, path)
      }
    },
    commit: async () => {
      try {
        await file.sync()
        await file.close()
        await moveFile(temporary, path, overwrite)
        await rm(temporary, { force: true })
        done = true
        await syncFolder(dirname(path))
      } catch (error) {
        await abort()
        throw fileError(error, path)
      }
    },
    abort,
  }
}

export const isTaken = (path: string) =>
  lstat(path).then(
    () => true,
    () => false,
  )

/** Without hard links, as on a memory stick, a moment lies between asking for a name and taking it. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'])

/** Gives a file another name; without `overwrite` the name has to be free. The old name may stay as a second one. @throws DicubeError `exists` */
export async function moveFile(from: string, to: string, overwrite = false): Promise<void> {
  try {
    if (overwrite) return await rename(from, to)
    // A second name for a file fails where the name is taken.
    await link(from, to)
  } catch (error) {
    if (overwrite || !NO_LINKS.has((error as NodeJS.ErrnoException).code ?? '') || (await isTaken(to)))
      throw fileError(error, to)
    await rename(from, to).catch(cause => {
      throw fileError(cause, to)
    })
  }
}

async function syncFolder(path: string): Promise<void> {
  // Windows has no handle for a folder; there the rename is all that can be asked for.
  const folder = await open(path, 'r').catch(() => undefined)
  await folder?.sync().catch(() => {})
  await folder?.close()
}

/** A spool in a file beside `path`, removed when it is closed. */
export async function fileSpool(path: string): Promise<Spool> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.spool.tmp`)
  let sizeBytes = 0
  let handle: FileHandle
  try {
    handle = await open(temporary, 'wx+')
  } catch (error) {
    throw fileError(error, path)
  }
  return {
    append: async bytes => {
      try {
        for (let at = 0; at < bytes.length; )
          at += (await handle.write(bytes, at, bytes.length - at, sizeBytes + at)).bytesWritten
        sizeBytes += bytes.length
      } catch (error) {
        throw fileError(error, path)
      }
    },
    read: async (offset, length) => {
      const bytes = new Uint8Array(length)
      for (let done = 0; done < length; ) {
        const { bytesRead } = await handle.read(bytes, done, length - done, offset + done)
        if (!bytesRead) throw new DicubeError('io', `${temporary}: wanted ${length} bytes at ${offset}, got ${done}`)
        done += bytesRead
      }
      return bytes
    },
    get sizeBytes() {
      return sizeBytes
    },
    close: async () => {
      await handle.close().catch(() => {})
      await rm(temporary, { force: true })
    },
  }
}
