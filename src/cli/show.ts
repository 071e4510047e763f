import { cells } from '../cube/display.ts'
import type { DicomMeta } from '../cube/meta.ts'
import { SORT_METHODS } from '../cube/order.ts'
import { lookup } from '../dicom/dictionary.ts'
import { choice, lines, verb } from './args.ts'
import { getJson } from './get.ts'
import { type Io, print } from './io.ts'
import { META_OPTIONS, openMeta } from './open.ts'
import { fitted, printJson } from './text.ts'

export const show = verb({
  usage: 'CUBE [--shared | --per-slice]',
  operands: ['CUBE'],
  about: lines(
    'Prints the metadata as two tables: what all slices share, and what each slice has of its own.',
    'CUBE is a .dcbs file (or its URL), a DICOM file or a folder of them. On a terminal the tables are cut to ' +
      'its width.',
    '',
    '--json prints {"sliceCount", "elements": {TAG: {"tag", "vr", "shared", "values"}}}, values as dicube get ' +
      'has them.',
  ),
  options: {
    shared: { help: 'only the first table' },
    'per-slice': { help: 'only the second table' },
    ...META_OPTIONS,
  },
  async run(values, [path], io) {
    const meta = await openMeta(path, { series: values.series, sort: choice('--sort', values.sort, SORT_METHODS) }, io)
    await meta.load()
    const both = values.shared === values['per-slice']
    const tables = { shared: both || values.shared, perSlice: both || values['per-slice'] }
    if (values.json) {
      const tags = meta.keys().filter(tag => (meta.isShared(tag) ? tables.shared : tables.perSlice))
      await printJson(
        io,
        new Map<string, unknown>([
          ['sliceCount', meta.sliceCount],
          ['elements', getJson(meta, tags)],
        ]),
      )
    } else await print(io, fitted(io, meta.display({ ...tables, ...widthOf(meta, tables.perSlice, io) })))
    return 0
  },
})

const SLICES = 4
const LEAST_VALUE_WIDTH = 10

/** How wide a value may be so that a row fits, where the longest keyword leaves room. */
function widthOf(meta: DicomMeta, perSlice: boolean, io: Io): { slices: number; valueWidth?: number } {
  if (!io.isTerminal) return { slices: SLICES }
  const longest = meta.keys().reduce((most, tag) => Math.max(most, cells(lookup(tag)?.keyword ?? '')), 0)
  const left = io.columns - '(0000,0000)  '.length - longest - '  VR  '.length
  if (!perSlice) return { slices: SLICES, valueWidth: Math.max(LEAST_VALUE_WIDTH, left) }
  const columns = Math.min(meta.sliceCount, SLICES)
  // One column less where there is an ellipsis between the first slices and the last.
  const room = meta.sliceCount > SLICES ? left - 3 : left
  return { slices: SLICES, valueWidth: Math.max(LEAST_VALUE_WIDTH, Math.floor((room + 2) / columns) - 2) }
}
