import { join } from 'node:path'
import { sourceFromBytes } from '../../src/bytes/source.ts'
import { demoSeries } from '../../src/cli/demo/series.ts'
import { findSeries, folderEntries, imageOfSeries, onlySeries, saveToBytes } from '../../src/node.ts'
import { generatedSeries } from '../generate/encodings.ts'
import { SHARED } from '../shared.ts'

export async function cubeOfFiles(files: readonly { name: string; bytes: Uint8Array }[]): Promise<Uint8Array> {
  const found = await findSeries(files.map(({ name, bytes }) => ({ name, source: sourceFromBytes(bytes, name) })))
  const image = await imageOfSeries(onlySeries(found, 'files'), { threads: 0 })
  return saveToBytes(image, { threads: 0 })
}

/** A CT-like series; its frames become HTJ2K. */
export function demoFiles(slices: number, size = 32, seed?: number): { name: string; bytes: Uint8Array }[] {
  const demo = demoSeries({ slices, rows: size, columns: size, seed })
  return Array.from({ length: slices }, (_, i) => ({ name: demo.fileName(i), bytes: demo.slice(i) }))
}

export const generatedCube = (name: string): Promise<Uint8Array> =>
  cubeOfFiles(
    generatedSeries()
      .find(series => series.name === name)!
      .files.map(({ path, bytes }) => ({ name: path, bytes })),
  )

/** A cube of a real series, the largest of its folder; compressed frames stay as they were. */
export async function sharedCube(name: string): Promise<Uint8Array> {
  const { series } = await findSeries(folderEntries(join(SHARED, 'dicom', name)))
  const [largest] = [...series].sort((a, b) => b.instances.length - a.instances.length)
  return saveToBytes(await imageOfSeries(largest, { threads: 0 }), { threads: 0 })
}
