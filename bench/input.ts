import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeDemoSeries } from '../src/cli/demo/series.ts'
import { findSeries, folderEntries, imageOfSeries, onlySeries, type SeriesFiles, save } from '../src/node.ts'

/** The series that a script measures. */
export interface Input {
  name: string
  folder: string
  /** Paths of its files, in the order of the slices. */
  files: string[]
  /** Packs it into a file of its own, which goes with the input. */
  pack(): Promise<string>
  /** A folder that goes with the input. */
  temporary: string
  close(): Promise<void>
}

/** A folder with one series; without one the demo series of 200 slices, computed once and kept. */
export async function openInput(folder?: string): Promise<Input> {
  const place = folder ?? (await demoFolder({ slices: 200 }))
  const { instances } = await seriesOf(place)
  const temporary = await mkdtemp(join(tmpdir(), 'dicube-bench-'))
  return {
    name: `${folder ?? 'dicube demo'}: ${instances.length} slices`,
    folder: place,
    files: instances.map(({ name }) => join(place, name)),
    temporary,
    pack: () => packed(place, join(temporary, 'series.dcbs')),
    close: () => rm(temporary, { recursive: true, force: true }),
  }
}

const seriesOf = async (folder: string): Promise<SeriesFiles> =>
  onlySeries(await findSeries(folderEntries(folder)), folder)

/** Packs the one series of a folder. */
export async function packed(folder: string, path: string): Promise<string> {
  const image = await imageOfSeries(await seriesOf(folder))
  try {
    await save(image, path)
  } finally {
    await image.close()
  }
  return path
}

/** The demo series of so many slices, of 512 × 512 or so many pixels. Computing takes longer than measuring, so the files stay. */
export async function demoFolder({ slices, side = 512 }: { slices: number; side?: number }): Promise<string> {
  const folder = new URL(`../../work.tmp/demo-${slices}-${side}`, import.meta.url).pathname
  const there = await readdir(folder).catch(() => [])
  if (there.length !== slices) {
    process.stderr.write(`computing ${slices} slices of ${side} × ${side} into ${folder}\n`)
    await writeDemoSeries(folder, { slices, rows: side, columns: side, force: true })
  }
  return folder
}
