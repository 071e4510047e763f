/**
 * Packs every folder of the generated set and, where it is there, of ../shared/dicom. Prints what the Python side needs
 * as JSON lines: a cube, the folder that its files came from, and how long a pack took.
 *
 * node pack.js WORK
 */
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { findSeries, folderEntries, imageOfSeries, save } from '../../src/node.ts'
import { generatedSeries, writeGenerated } from '../generate/encodings.ts'
import { exampleFiles } from './example.ts'

const SHARED = resolve('../shared/dicom')
const work = process.argv[2]

interface Folder {
  name: string
  root: string
}

function folders(): Folder[] {
  const all: Folder[] = []
  const root = (name: string) => {
    all.push({ name, root: join(work, 'originals', name) })
    return all[all.length - 1].root
  }
  const example = root('example')
  mkdirSync(example, { recursive: true })
  for (const { path, bytes } of exampleFiles()) writeFileSync(join(example, path), bytes)
  for (const series of generatedSeries()) writeGenerated(root(`generated-${series.name}`), series)
  if (!existsSync(join(SHARED, 'MANIFEST.json'))) return all
  const isCase = (name: string) => statSync(join(SHARED, name)).isDirectory() && name !== 'LICENSES'
  for (const name of readdirSync(SHARED).filter(isCase).sort())
    all.push({ name: `shared-${name}`, root: join(SHARED, name) })
  return all
}

mkdirSync(join(work, 'cubes'), { recursive: true })
const lines: string[] = []
let refused = 0
for (const { name, root } of folders()) {
  const found = await findSeries(folderEntries(root))
  refused += found.refused.length
  for (const [i, series] of found.series.entries()) {
    const cube = join(work, 'cubes', `${name}-${i}.dcbs`)
    const image = await imageOfSeries(series)
    await save(image, cube)
    await image.close()
    lines.push(JSON.stringify({ cube, root, slices: series.instances.length }))
  }
}
writeFileSync(join(work, 'cubes.jsonl'), lines.map(line => `${line}\n`).join(''))
console.error(`${lines.length} cubes packed; ${refused} files that dicube refuses were left out`)
