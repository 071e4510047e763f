import { closeSync, openSync, readSync } from 'node:fs'
import { sourceFromFile } from '../src/bytes/file.node.ts'
import { instanceNumbersOf } from '../src/cli/bench.ts'
import { tableOfInstances } from '../src/cube/ingest.ts'
import { parsePart10 } from '../src/dicom/parse.ts'
import { findSeries, folderEntries } from '../src/node.ts'
import { script } from './report.ts'
import { interleaved } from './timing.ts'

const FLOOR_BYTES = 16 << 10

await script('ingest', 'Ingest: from a folder of files to the model', async ({ input, quick }) => {
  const { files, folder } = input
  const bytes = new Uint8Array(FLOOR_BYTES)
  const floor = () => {
    for (const path of files) {
      const fd = openSync(path, 'r')
      readSync(fd, bytes, 0, FLOOR_BYTES, 0)
      closeSync(fd)
    }
  }
  const index = async () => {
    for (const path of files) await parsePart10(sourceFromFile(path))
  }
  const model = async () => {
    const { series } = await findSeries(folderEntries(folder))
    for (const { instances } of series) tableOfInstances(instances)
  }
  const times = await interleaved(
    [
      { name: 'floor', run: floor },
      { name: 'number', run: async () => void (await instanceNumbersOf(files)) },
      { name: 'index', run: index },
      { name: 'model', run: model },
    ],
    quick ? { rounds: 3, warmUp: 1 } : { rounds: 150, warmUp: 50 },
  )
  const against = { unit: 'ms', against: 'open, read 16 KB, close', reference: times.floor } as const
  return [
    { what: `Instance Number of ${files.length} files`, value: times.number, ...against, goal: { most: 1.6 } },
    { what: 'All elements indexed', value: times.index, ...against, goal: { most: 2.2 } },
    { what: 'Folder to shared / per-slice model', value: times.model, ...against, goal: { most: 7 } },
  ]
})
