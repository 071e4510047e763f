import { existsSync, readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** Where run.sh puts everything; git and biome ignore a dist. */
export const WORK = resolve('test/interop/dist')
const SHARED = resolve('../shared/dicom')

/** A folder of folders of DICOM files. */
export interface FileSet {
  name: 'generated' | 'shared'
  root: string
}

/** The generated files are there for everybody, the real series where they are. */
export const fileSets = (): FileSet[] => [
  { name: 'generated', root: join(WORK, 'generated') },
  ...(existsSync(join(SHARED, 'MANIFEST.json')) ? [{ name: 'shared' as const, root: SHARED }] : []),
]

/** The folders of a set: each a series or a case. */
export const foldersOf = ({ root }: FileSet): string[] =>
  readdirSync(root)
    .filter(name => statSync(join(root, name)).isDirectory() && name !== 'LICENSES')
    .sort()

/** The files of a folder and of the folders in it, as relative paths. */
export const filesOf = (set: FileSet, folder: string): string[] =>
  readdirSync(join(set.root, folder), { recursive: true, encoding: 'utf8' })
    .filter(path => statSync(join(set.root, folder, path)).isFile())
    .map(path => path.replaceAll('\\', '/'))
    .sort()

/** What dcm2json makes of a file: <name>.json, or else <name>.err. */
export const dcm2jsonOf = (set: FileSet, folder: string, path: string): string =>
  join(WORK, 'dcm2json', set.name, folder, path)

/** What pydicom makes of the files of a folder: one line each. */
export const pydicomOf = (set: FileSet, folder: string): string => join(WORK, 'pydicom', set.name, `${folder}.jsonl`)
