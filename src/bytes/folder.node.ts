import { randomBytes } from 'node:crypto'
import { lstat, mkdir, rm, rmdir, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { DicubeError } from '../errors.ts'
import { fileError } from './file.node.ts'
import { moveFile } from './new-file.node.ts'

/** A file to write. `name` is relative, with slashes, and stays inside its folder (safeNames). */
export interface NewFile {
  name: string
  bytes(): Promise<Uint8Array>
}

export interface WriteFolderOptions {
  /** Replaces existing files; default false. */
  overwrite?: boolean
  onProgress?: (done: number, total: number) => void
  signal?: AbortSignal
}

/**
 * Files that appear in a folder together or not at all: all are written into a folder of their own inside it, then
 * moved. Nothing is written through a link within the folder, as it may lead out of it.
 * @throws DicubeError `exists`, `io`, `aborted`, and what `bytes` throws
 */
export async function writeFolder(
  folder: string,
  files: readonly NewFile[],
  { overwrite, onProgress, signal }: WriteFolderOptions = {},
): Promise<void> {
  await checkPlaces(folder, files, overwrite)
  const made = await makeFolder(folder)
  const stage = join(folder, `.dicube-${randomBytes(6).toString('hex')}.tmp`)
  const moved: string[] = []
  try {
    await makeFolder(stage)
    for (const [i, { name, bytes }] of files.entries()) {
      if (signal?.aborted) throw new DicubeError('aborted', 'aborted')
      const path = join(stage, name)
      const content = await bytes()
      await makeFolder(dirname(path))
      await writeFile(path, content, { flag: 'wx' }).catch(error => {
        throw fileError(error, path)
      })
      onProgress?.(i + 1, files.length)
    }
    for (const { name } of files) {
      const target = join(folder, name)
      await makeFolder(dirname(target))
      await moveFile(join(stage, name), target, overwrite)
      if (!overwrite) moved.push(target)
    }
  } catch (error) {
    for (const target of moved) await rm(target, { force: true })
    await rm(stage, { recursive: true, force: true })
    for (const target of moved) await removeEmptyFolders(dirname(target), folder)
    if (made) await removeEmptyFolders(folder, dirname(made))
    throw error
  }
  await rm(stage, { recursive: true, force: true })
}

/** Makes a folder and those around it. Resolves with the outermost one that was not there before. */
export async function makeFolder(path: string): Promise<string | undefined> {
  try {
    return await mkdir(path, { recursive: true })
  } catch (error) {
    throw fileError(error, path)
  }
}

/** Removes a folder and those around it that are empty, up to `stop`, which stays. */
export async function removeEmptyFolders(path: string, stop: string): Promise<void> {
  for (let at = resolve(path); at !== resolve(stop) && at !== dirname(at); at = dirname(at)) {
    try {
      await rmdir(at)
    } catch {
      return
    }
  }
}

/** Asked for all of them before the first is written: a folder that is half written helps nobody. */
async function checkPlaces(folder: string, files: readonly NewFile[], overwrite = false): Promise<void> {
  const folders = new Set<string>()
  const lstatOf = (path: string) => lstat(path).catch(() => undefined)
  const taken = (path: string, why: string) => new DicubeError('exists', `${path}: ${why}; nothing was written`)
  for (const { name } of files) {
    const path = join(folder, name)
    const found = await lstatOf(path)
    if (found && !overwrite) throw taken(path, 'exists already')
    if (found?.isDirectory()) throw taken(path, 'is a folder, and a file was to be written')
    const parts = name.split('/')
    for (let k = 1; k < parts.length; k++) folders.add(join(folder, ...parts.slice(0, k)))
  }
  for (const path of folders) {
    const found = await lstatOf(path)
    if (found?.isSymbolicLink()) throw taken(path, 'is a link, and files are not written through links')
    if (found && !found.isDirectory()) throw taken(path, 'is a file, and a folder was to be made')
  }
}
