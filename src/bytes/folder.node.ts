import { lstat, mkdir, rename, rmdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { DicubeError } from '../errors.ts'
import { fileError } from './file.node.ts'
import { mapOrdered } from './map-ordered.ts'
import { isTaken, moveFile, removeQuietly, syncFolder, temporaryPath, writeNewFile } from './new-file.node.ts'

/** A file to write. `name` is relative, with slashes, and stays inside its folder (safeNames). */
export interface NewFile {
  name: string
  parts(): AsyncIterable<Uint8Array>
}

export interface WriteFolderOptions {
  /** Replaces existing files; default false. */
  overwrite?: boolean
  onProgress?: (done: number, total: number) => void
  signal?: AbortSignal
}

/**
 * Files that appear in a folder together, or after an error not at all: all are written into a folder of their own and
 * are on the disk before the first has its name. A folder that was not there gets its name last, with all that is in it.
 * Where it was there, a crash can leave some of the files, each whole; so can an error with `overwrite`, as what was
 * replaced is gone. Nothing is written through a link within the folder, as it may lead out of it.
 * @throws DicubeError `exists`, `io`, `aborted`, and what `parts` throws
 */
export async function writeFolder(
  folder: string,
  files: readonly NewFile[],
  options: WriteFolderOptions = {},
): Promise<void> {
  await checkPlaces(folder, files, options.overwrite)
  const target = resolve(folder)
  const isNew = !(await isTaken(target))
  const around = isNew ? dirname(target) : target
  const made = isNew ? await makeFolder(around) : undefined
  const stage = await temporaryPath(around)
  const moved: string[] = []
  const folders = new Set<string>()
  try {
    await mkdir(stage).catch(error => {
      throw fileError(error, stage)
    })
    await writeFiles(stage, files, options)
    if (isNew) {
      for (const { name } of files) addFolders(folders, dirname(join(stage, name)), stage)
      for (const path of folders) await syncFolder(path)
      folders.clear()
      await rename(stage, target).catch(error => {
        throw fileError(error, folder)
      })
      moved.push(target)
    } else
      for (const { name } of files) {
        const path = join(target, name)
        await makeFolder(dirname(path))
        addFolders(folders, dirname(path), target)
        await moveFile(join(stage, name), path, options.overwrite)
        if (!options.overwrite) moved.push(path)
      }
    await removeQuietly(stage)
    // A new folder is a name in the one around it.
    addFolders(folders, around, made ? dirname(made) : around)
    for (const path of folders) await syncFolder(path)
  } catch (error) {
    for (const path of moved) await removeQuietly(path)
    await removeQuietly(stage)
    for (const path of folders) await removeEmptyFolders(path, around)
    if (made) await removeEmptyFolders(around, dirname(made))
    throw error
  }
}

async function writeFiles(
  stage: string,
  files: readonly NewFile[],
  { signal, onProgress }: WriteFolderOptions,
): Promise<void> {
  const write = async ({ name, parts }: NewFile) => {
    if (signal?.aborted) throw new DicubeError('aborted', 'aborted')
    const path = join(stage, name)
    await makeFolder(dirname(path))
    await writeNewFile(path, parts())
  }
  let written = 0
  // Waiting for the disk takes longer than writing to it.
  for await (const _ of mapOrdered(files, FILES_AT_ONCE, write)) onProgress?.(++written, files.length)
}

/** A folder and those around it, up to `top`. */
function addFolders(folders: Set<string>, path: string, top: string): void {
  for (let at = resolve(path); !folders.has(at); at = dirname(at)) {
    folders.add(at)
    if (at === resolve(top)) break
  }
}

const FILES_AT_ONCE = 3

/** Makes a folder and those around it. Resolves with the outermost one that was not there before. */
export async function makeFolder(path: string): Promise<string | undefined> {
  try {
    return await mkdir(path, { recursive: true })
  } catch (error) {
    // Node says of a folder that it made none of, for whatever reason, that it is not there.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new DicubeError('io', `${path}: the folder cannot be made`, { cause: error })
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
