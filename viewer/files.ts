import { type LeftOut, sourceFromBlob } from 'dicube'
import { leftOut, type NamedBlob } from './named.ts'
import { filesOfZip, isZip } from './zip.ts'

/** Files that were opened together. */
export interface Opened {
  /** Of the folder, archive or file. */
  name: string
  files: NamedBlob[]
  /** What was named and could not be had. */
  refused?: LeftOut[]
}

/** What an input of files, or of a folder, was given. */
export function filesOfInput(list: FileList): Opened {
  const files = Array.from(list)
  const [folder] = files[0]?.webkitRelativePath.split('/') ?? []
  return {
    name: folder || nameOfFiles(files),
    files: files.map(file => ({
      name: file.webkitRelativePath.split('/').slice(1).join('/') || file.name,
      blob: file,
    })),
  }
}

const nameOfFiles = (files: readonly File[]) => (files.length === 1 ? files[0].name : 'series')

/** What was dropped. A folder that is the only thing is where names begin, as if it had been chosen. */
export async function filesOfDrop(transfer: DataTransfer, onFile: (files: number) => void): Promise<Opened> {
  // Entries are there only until this function waits for the first time.
  const items = Array.from(transfer.items).filter(({ kind }) => kind === 'file')
  const entries = items.map(item => item.webkitGetAsEntry?.() ?? null)
  const loose = Array.from(transfer.files)
  if (!entries.length || entries.includes(null))
    return { name: nameOfFiles(loose), files: loose.map(file => ({ name: file.name, blob: file })) }
  const files: NamedBlob[] = []
  const refused: LeftOut[] = []
  for (const entry of entries as FileSystemEntry[])
    for await (const file of filesOfEntry(entry, '')) {
      if ('blob' in file) onFile(files.push(file))
      else refused.push(file)
    }
  const [only] = entries as FileSystemEntry[]
  const isFolder = entries.length === 1 && only.isDirectory
  return {
    name: entries.length === 1 ? only.name : 'series',
    files: isFolder ? files.map(({ name, blob }) => ({ name: name.slice(only.name.length + 1), blob })) : files,
    refused,
  }
}

async function* filesOfEntry(entry: FileSystemEntry, prefix: string): AsyncGenerator<NamedBlob | LeftOut> {
  const name = prefix + entry.name
  try {
    if (entry.isFile) {
      const blob = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject))
      yield { name, blob }
      return
    }
    const reader = (entry as FileSystemDirectoryEntry).createReader()
    for (;;) {
      // Chromium gives 100 at a time, and none at the end.
      const found = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
      if (!found.length) return
      for (const child of found) yield* filesOfEntry(child, `${name}/`)
    }
  } catch (error) {
    yield leftOut(name, error)
  }
}

const startsWith = async (blob: Blob, length: number) => (await sourceFromBlob(blob).head(length)).bytes

const CUBE_MAGIC = 'DCMCUBE'

export const isCube = async (blob: Blob): Promise<boolean> =>
  String.fromCharCode(...(await startsWith(blob, CUBE_MAGIC.length))) === CUBE_MAGIC

/** The files themselves, those of an archive in the place of the archive where that is all there is. */
export async function unzipped(opened: Opened, onFile: (files: number) => void): Promise<Opened> {
  const { name, files } = opened
  if (files.length !== 1 || !isZip(await startsWith(files[0].blob, 4))) return opened
  const inside: NamedBlob[] = []
  const refused: LeftOut[] = []
  for await (const file of filesOfZip(files[0].blob, files[0].name)) {
    if ('blob' in file) onFile(inside.push(file))
    else refused.push(file)
  }
  return { name: name.replace(/\.zip$/i, ''), files: inside, refused }
}

/** A name for a download: no folder, nothing that a file system refuses. */
export const downloadName = (name: string): string => {
  const base = name
    .replace(/\.(dcbs|zip)$/i, '')
    .replace(/[^\p{L}\p{N} ._-]+/gu, '_')
    .replace(/^[. ]+|[. ]+$/g, '')
    .slice(0, 80)
  return `${base || 'series'}.dcbs`
}
