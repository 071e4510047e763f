/**
 * Packs series with default options, and prints nothing but how many. WORK gets a line for each cube in cubes.jsonl:
 * where it is, the original files in slice order, what was left out of the view, and the geometry as it is seen here.
 *
 *     node prepare.js WORK
 */
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { writeDemoSeries } from '../../../src/cli/demo/series.ts'
import type { Vec3 } from '../../../src/cube/space.ts'
import { findSeries, folderEntries, imageOfSeries, type SeriesFiles, save, setNumThreads } from '../../../src/node.ts'
import { generatedSeries, writeGenerated } from '../../generate/encodings.ts'
import { type Changes, slices } from '../../generate/slice.ts'

const SHARED = resolve('../shared/dicom')
const work = resolve(process.argv[2])

const decimals = (values: readonly number[]) => values.map(value => String(Number(value.toFixed(9))))

/** Three slices of a plane, each a step further. */
function geometry(name: string, orientation: readonly number[], step: readonly number[]): Folder {
  const root = join(work, 'originals', name)
  mkdirSync(root, { recursive: true })
  const place = (index: number): Changes => ({
    '00200032': ['DS', decimals([-12 + index * step[0], -9.5 + index * step[1], 40 + index * step[2]])],
    '00200037': ['DS', decimals(orientation)],
    '00280030': ['DS', ['1.25', '0.75']],
  })
  for (const { path, bytes } of slices(name, 3, place)) writeFileSync(join(root, path), bytes)
  return { name, root }
}

interface Folder {
  name: string
  root: string
}

/** A tilt of 20° about x: rows lie along x, columns lean; the table moves along z, which is not the normal. */
const [COS, SIN] = [Math.cos(Math.PI / 9), Math.sin(Math.PI / 9)]
const GEOMETRIES: [name: string, orientation: number[], step: number[]][] = [
  ['geometry-sagittal', [0, 1, 0, 0, 0, -1], [2.5, 0, 0]],
  ['geometry-coronal', [1, 0, 0, 0, 0, -1], [0, 3, 0]],
  ['geometry-oblique', [COS, SIN, 0, 0, 0, -1], [-1.5 * SIN, 1.5 * COS, 0]],
  ['geometry-tilt', [1, 0, 0, 0, COS, -SIN], [0, 0, 5]],
  ['geometry-tilt-descending', [1, 0, 0, 0, COS, SIN], [0, 0, -2.5]],
]

async function folders(): Promise<Folder[]> {
  const all: Folder[] = []
  for (const series of generatedSeries().filter(({ conforming }) => conforming)) {
    const root = join(work, 'originals', series.name)
    writeGenerated(root, series)
    all.push({ name: series.name, root })
  }
  for (const [name, orientation, step] of GEOMETRIES) all.push(geometry(name, orientation, step))
  const demo = join(work, 'originals', 'demo')
  await writeDemoSeries(demo, { slices: 12, rows: 128, columns: 128 })
  all.push({ name: 'demo', root: demo })
  if (existsSync(join(SHARED, 'MANIFEST.json'))) {
    const isCase = (name: string) => statSync(join(SHARED, name)).isDirectory() && name !== 'LICENSES'
    for (const name of readdirSync(SHARED).filter(isCase).sort())
      all.push({ name: `shared-${name}`, root: join(SHARED, name) })
  } else console.log('skipped: the real series, which are not here')
  return all
}

async function packed(name: string, root: string, series: SeriesFiles) {
  const cube = join(work, 'cubes', `${name}.dcbs`)
  const image = await imageOfSeries(series)
  const { omittedFromV1 } = await save(image, cube)
  const { space } = image
  // Corners and a voxel that lies on no axis.
  const voxels: Vec3[] = space
    ? [[0, 0, 0], space.shape.map(n => n - 1) as Vec3, [1.5, 0.25, Math.min(1, space.shape[2] - 1)]]
    : []
  await image.close()
  const points = voxels.map(voxel => ({
    voxel,
    patient: space!.toPatient(voxel),
    back: space!.toVoxel(space!.toPatient(voxel)),
  }))
  const files = series.instances.map(instance => join(root, instance.name))
  return {
    name,
    cube,
    files,
    omitted: omittedFromV1,
    space: space && { ...space.toJSON(), affine: space.toAffine(), points },
  }
}

// Most series are small: a thread would take longer to start than all of their frames to code.
setNumThreads(0)
mkdirSync(join(work, 'cubes'), { recursive: true })
const lines: string[] = []
for (const { name, root } of await folders()) {
  const { series } = await findSeries(folderEntries(root))
  for (const [i, one] of series.entries()) {
    const row = await packed(series.length > 1 ? `${name}-${i}` : name, root, one)
    lines.push(`${JSON.stringify(row)}\n`)
    if (name === 'demo' || name === 'explicit-le-sequences') {
      const image = await imageOfSeries(one)
      await save(image, join(work, 'cubes', `${name}.no-v1.dcbs`), { noV1: true })
      await image.close()
    }
  }
}
writeFileSync(join(work, 'cubes.jsonl'), lines.join(''))
console.log(`${lines.length} series packed`)
