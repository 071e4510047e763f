import { createHash, randomBytes } from 'node:crypto'
import { readlinkSync } from 'node:fs'
import { type FileHandle, link, lstat, open, readdir, rename, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { DicubeError } from '../errors.ts'
import { fileError } from './file.node.ts'
import type { Spool } from './spool.ts'

/**
 * Names of what is not whole yet: ".dicube-HOST-PROCESS-RANDOM.tmp", a file or a folder. A process that is killed leaves
 * its own behind; the next one that writes to the folder removes those whose process is no more. Processes are told
 * apart only within one host and one process namespace, so that nobody removes what another container is writing.
 */
const TEMPORARY = /^\.dicube-([0-9a-f]{8})-(\d+)-[0-9a-f]{12}\.tmp$/
let host: string | undefined

function hostOf(): string {
  let namespace = ''
  try {
    namespace = readlinkSync('/proc/self/ns/pid')
  } catch {
    // Only Linux has it.
  }
  return createHash('sha256').update(`${hostname()} ${namespace}`).digest('hex').slice(0, 8)
}

/** Whether a name is that of something that never became whole: it is nobody's file. */
export const isTemporary = (name: string): boolean => TEMPORARY.test(name)

/** A path in the folder for something that is not whole yet. */
export async function temporaryPath(folder: string): Promise<string> {
  host ??= hostOf()
  await removeLeftOvers(folder)
  return join(folder, `.dicube-${host}-${process.pid}-${randomBytes(6).toString('hex')}.tmp`)
}

const lookedAfter = new Set<string>()

/** Once a folder: it can hold many files. */
async function removeLeftOvers(folder: string): Promise<void> {
  const path = resolve(folder)
  if (lookedAfter.has(path)) return
  lookedAfter.add(path)
  for (const name of await readdir(path).catch(() => [])) {
    const [, owner, pid] = TEMPORARY.exec(name) ?? []
    if (owner === host && !isAlive(Number(pid))) await removeQuietly(join(path, name))
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it is somebody else's.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

/** Removes a file or folder, and tries once more: after a fault nothing shall be left, and the fault is what is reported. */
export async function removeQuietly(path: string): Promise<void> {
  const remove = () => rm(path, { recursive: true, force: true })
  await remove().catch(() => remove().catch(() => {}))
}

/** All of the bytes, however few the system takes at a time. */
async function writeFully(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done)
    if (bytesWritten === 0) throw new DicubeError('io', `no byte of ${bytes.length - done} was written`)
    done += bytesWritten
  }
}

/** Writes a new file and waits until it is on the disk. What cannot be written whole is removed. @throws DicubeError `exists`, `io` */
export async function writeNewFile(path: string, parts: AsyncIterable<Uint8Array>): Promise<void> {
  let handle: FileHandle
  try {
    handle = await open(path, 'wx')
  } catch (error) {
    throw fileError(error, path)
  }
  try {
    let sizeBytes = 0
    for await (const part of parts) {
      await writeFully(handle, part, sizeBytes)
      sizeBytes += part.length
    }
    await handle.sync()
    await handle.close()
  } catch (error) {
    await handle.close().catch(() => {})
    await removeQuietly(path)
    throw fileError(error, path)
  }
}

/** Bytes on their way into a file that does not exist until `commit`. */
export interface AtomicFile {
  write(bytes: Uint8Array): Promise<void>
  /**
   * Syncs and moves the file to where it belongs, and syncs the folder. With `overwrite` false an existing file stays and
   * `exists` is thrown. Where only the last of it fails, `io` is thrown and the new file is in place.
   */
  commit(): Promise<void>
  /** Removes what was written; does nothing behind commit. */
  abort(): Promise<void>
}

/** A file written beside its target and moved over it: a crash leaves the old file or the new one. */
export async function writeAtomically(path: string, overwrite: boolean): Promise<AtomicFile> {
  const temporary = await temporaryPath(dirname(path))
  let handle: FileHandle | undefined
  try {
    handle = await open(temporary, 'wx')
  } catch (error) {
    throw fileError(error, path)
  }
  const file = handle
  let sizeBytes = 0
  let done = false
  const abort = async () => {
    if (done) return
    done = true
    await file.close().catch(() => {})
    await removeQuietly(temporary)
  }
  return {
    write: async bytes => {
      try {
        await writeFully(file, bytes, sizeBytes)
        sizeBytes += bytes.length
      } catch (error) {
        throw fileError(error, path)
      }
    },
    commit: async () => {
      try {
        await file.sync()
        await file.close()
        await moveFile(temporary, path, overwrite)
      } catch (error) {
        await abort()
        throw fileError(error, path)
      }
      done = true
      await removeQuietly(temporary)
      await syncFolder(dirname(path))
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

/** What systems and file systems say that have nothing like it. */
const NO_FOLDER_SYNC = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EPERM', 'EISDIR', 'EBADF'])

/** Waits until the names in a folder are on the disk. @throws DicubeError `io` */
export async function syncFolder(path: string): Promise<void> {
  let folder: FileHandle
  try {
    folder = await open(path, 'r')
  } catch (error) {
    // Windows has no handle for a folder, and who may write to one need not be allowed to list it.
    if (process.platform === 'win32' || (error as NodeJS.ErrnoException).code === 'EACCES') return
    throw fileError(error, path)
  }
  try {
    await folder.sync()
  } catch (error) {
    if (!NO_FOLDER_SYNC.has((error as NodeJS.ErrnoException).code ?? '')) throw fileError(error, path)
  } finally {
    await folder.close().catch(() => {})
  }
}

/** A spool in a file beside `path`, removed when it is closed. */
export async function fileSpool(path: string): Promise<Spool> {
  const temporary = await temporaryPath(dirname(path))
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
        await writeFully(handle, bytes, sizeBytes)
        sizeBytes += bytes.length
      } catch (error) {
        throw fileError(error, path)
      }
    },
    read: async (offset, length, into) => {
      const bytes = into?.subarray(0, length) ?? new Uint8Array(length)
      try {
        for (let done = 0; done < length; ) {
          const { bytesRead } = await handle.read(bytes, done, length - done, offset + done)
          if (!bytesRead) throw new DicubeError('io', `${temporary}: wanted ${length} bytes at ${offset}, got ${done}`)
          done += bytesRead
        }
      } catch (error) {
        throw fileError(error, path)
      }
      return bytes
    },
    get sizeBytes() {
      return sizeBytes
    },
    close: async () => {
      await handle.close().catch(() => {})
      await removeQuietly(temporary)
    },
  }
}
