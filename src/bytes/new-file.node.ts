import { randomBytes } from 'node:crypto'
import { type FileHandle, link, lstat, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { DicubeError } from '../errors.ts'
import { fileError } from './file.node.ts'
import type { Spool } from './spool.ts'

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
