import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { sourceFromBytes } from '../../src/bytes/source.ts'
import { FLAG, ITEM } from '../../src/dicom/elements.ts'
import { parsePart10 } from '../../src/dicom/parse.ts'
import { DicubeError } from '../../src/errors.ts'
import { generatedSeries } from '../generate/encodings.ts'

export interface BaseFile {
  name: string
  bytes: Uint8Array
  /** Where elements at the top begin, the first one behind the File Meta Information and the end of the header included. */
  borders: number[]
  /** Where the values of elements lie, as [start, end): not empty, File Meta Information and Pixel Data left out. */
  values: [start: number, end: number][]
}

/** Finds the elements of a file; none where it cannot be read. */
async function baseOf(name: string, bytes: Uint8Array): Promise<BaseFile> {
  const base: BaseFile = { name, bytes, borders: [], values: [] }
  try {
    const { elements, metaCount, deflated } = await parsePart10(sourceFromBytes(bytes, name))
    if (deflated) return base
    const { count, offsets, lengths, flags, ends, tags } = elements
    for (let i = 0; i < count; i = ends[i]) {
      const end = offsets[i] + lengths[i] + (flags[i] & FLAG.undefinedLength ? 8 : 0)
      if (flags[i] & FLAG.pixels) break
      if (ends[i] >= metaCount) base.borders.push(end)
    }
    for (let i = metaCount; i < count && !(flags[i] & FLAG.pixels); i++)
      if (lengths[i] && tags[i] !== ITEM && !(flags[i] & FLAG.sequence))
        base.values.push([offsets[i], offsets[i] + lengths[i]])
  } catch (error) {
    if (!(error instanceof DicubeError)) throw error
  }
  return base
}

/** Small files tell as much as large ones, and many more of them can be looked at. */
const MOST_BYTES = 6000

/** Two of each generated series: every encoding that a file may come in. */
export function generatedCorpus(): Promise<BaseFile[]> {
  const files = generatedSeries().flatMap(({ name, files }) =>
    files
      .filter(({ bytes, expect }) => expect === 'identical' && bytes.length <= MOST_BYTES)
      .slice(0, 2)
      .map(({ path, bytes }) => baseOf(`${name}/${path}`, bytes)),
  )
  return Promise.all(files)
}

/** The small ones of a folder of real files, where there is one. */
export async function folderCorpus(folder: string): Promise<BaseFile[]> {
  if (!existsSync(folder)) return []
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .filter(path => {
      const found = statSync(join(folder, path))
      return found.isFile() && found.size > 132 && found.size <= MOST_BYTES
    })
    .map(path => baseOf(path.replaceAll('\\', '/'), new Uint8Array(readFileSync(join(folder, path)))))
  return Promise.all(files)
}
