import type { Dirent } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileError, sourceFromFile } from './bytes/file.node.ts'
import { writeFolder } from './bytes/folder.node.ts'
import { fileSpool, isTemporary, writeAtomically } from './bytes/new-file.node.ts'
import { usePaths } from './bytes/open.ts'
import { safeNames } from './bytes/safe-path.ts'
import type { ByteSource } from './bytes/source.ts'
import { nodePlatform } from './codec/platform.node.ts'
import { usePlatform } from './codec/platform.ts'
import type { DicomCubeImage } from './cube/image.ts'
import type { SourceEntry } from './cube/series.ts'
import { restoreParts } from './dcbs/restore.ts'
import { saveTo } from './dcbs/save.ts'
import type { WriteOptions, WriteResult } from './dcbs/write.ts'
import { DicubeError } from './errors.ts'
import { loadFromDicomFiles, type SeriesOptions } from './index.ts'

export * from './index.ts'
export { sourceFromFile }

usePlatform(nodePlatform)
usePaths(sourceFromFile)

/**
 * The files of a folder and of the folders in it, in an order that does not depend on the file system. Links to folders
 * are not followed, so that none can lead in a circle, and what a killed process left half written is passed over. What cannot be looked at is an entry whose source says why, so
 * that it is reported and keeps nothing else from being read.
 * @throws DicubeError `not-found`, `io` where the folder itself cannot be read
 */
export async function* folderEntries(folder: string, prefix = ''): AsyncGenerator<SourceEntry> {
  let entries: Dirent[]
  try {
    entries = await readdir(join(folder, prefix), { withFileTypes: true })
  } catch (error) {
    if (!prefix) throw fileError(error, folder)
    yield { name: prefix, source: unreadable(prefix, fileError(error, prefix)) }
    return
  }
  entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const entry of entries) {
    if (isTemporary(entry.name)) continue
    const name = prefix ? `${prefix}/${entry.name}` : entry.name
    const path = join(folder, name)
    const linked = entry.isSymbolicLink() ? await stat(path).catch(() => undefined) : undefined
    if (entry.isDirectory()) yield* folderEntries(folder, name)
    else if (entry.isFile() || linked?.isFile()) yield { name, source: sourceFromFile(path) }
    else if (entry.isSymbolicLink() && !linked)
      yield { name, source: unreadable(name, new DicubeError('not-found', `${name}: a link that leads nowhere`)) }
    else
      yield {
        name,
        source: unreadable(
          name,
          new DicubeError(
            'not-dicom',
            `${name}: ${linked?.isDirectory() ? 'a link to a folder, which is not followed' : 'not a regular file'}`,
          ),
        ),
      }
  }
}

function unreadable(name: string, error: DicubeError): ByteSource {
  const fail = async () => {
    throw error
  }
  return { name, head: fail, read: fail }
}

/**
 * The series of a folder, searched with the folders in it. Headers are read now, pixels when they are asked for.
 * @throws DicubeError `not-found`, `no-instances`, `several-series` with a list of them, `aborted`; with `strict`, `refused`
 */
export const loadFromDicomFolder = (folder: string, options?: SeriesOptions): Promise<DicomCubeImage> =>
  loadFromDicomFiles(folderEntries(folder), options, folder)

export interface SaveOptions extends WriteOptions {
  /** Replaces an existing file; default true, as a program that saves means to. */
  overwrite?: boolean
}

/**
 * Writes the image as a .dcbs file: beside the target first, then moved over it, so that there is the old file or the
 * new one at any time. Each header is rebuilt and each frame decoded and compared before that.
 * @throws DicubeError `exists`, `io`, `changed`, `aborted`
 */
export async function save(
  image: DicomCubeImage,
  path: string,
  { overwrite = true, ...options }: SaveOptions = {},
): Promise<WriteResult> {
  if (!overwrite && (await exists(path))) throw new DicubeError('exists', `${path}: exists already`)
  const file = await writeAtomically(path, overwrite)
  try {
    const result = await saveTo(image, file, () => fileSpool(path), options)
    await file.commit()
    return result
  } catch (error) {
    await file.abort()
    throw error
  }
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  )

export interface FolderOptions {
  /** Slices to write; default: all. */
  slices?: readonly number[]
  /** Writes over existing files; default false. */
  overwrite?: boolean
  onProgress?: (done: number, total: number) => void
  signal?: AbortSignal
}

/**
 * Writes the original files, bit for bit, under their own relative names as far as those stay inside the folder: all of
 * them, or after an error none. Returns the names that were written, in the order of the slices; attachments last.
 * @throws DicubeError `exists`, `corrupt`, `io`, `aborted`
 */
export async function saveToDicomFolder(
  image: DicomCubeImage,
  folder: string,
  options: FolderOptions = {},
): Promise<string[]> {
  const safeName = safeNames()
  const names = image.originals.files.map(({ name }) => safeName(name))
  const slices = options.slices ?? names.map((_, slice) => slice)
  const wanted = slices.map(slice => {
    if (names[slice] === undefined)
      throw new DicubeError('out-of-range', `slice ${slice}: the series has slices 0 to ${names.length - 1}`)
    return { name: names[slice], parts: () => restoreParts(image, slice, options.signal) }
  })
  const attachments = options.slices
    ? []
    : image.attachments.map(({ name, bytes }) => ({ name: safeName(name), parts: () => inOnePart(bytes) }))
  const all = [...wanted, ...attachments]
  await writeFolder(folder, all, options)
  return all.map(({ name }) => name)
}

async function* inOnePart(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
