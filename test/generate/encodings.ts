import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { dataSetSeries } from './dataSets.ts'
import { folderSeries } from './folders.ts'
import { objectSeries } from './objects.ts'
import { pixelSeries } from './pixels.ts'
import type { GeneratedSeries } from './slice.ts'

export type { Expected, GeneratedFile, GeneratedSeries } from './slice.ts'

/**
 * Small folders that hold every encoding a file may come in, for whoever has no real series at hand. The same bytes at
 * each call, on each platform.
 */
export function generatedSeries(): GeneratedSeries[] {
  return [...dataSetSeries(), ...pixelSeries(), ...objectSeries(), ...folderSeries()]
}

export function writeGenerated(dir: string, series: GeneratedSeries): void {
  for (const { path, bytes } of series.files) {
    const target = join(dir, ...path.split('/'))
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, bytes)
  }
}
