import { SORT_METHODS } from '../cube/order.ts'
import { choice, isOneSlice, lines, parseSlices, verb } from './args.ts'
import { breather } from './io.ts'
import { META_OPTIONS, openMeta } from './open.ts'
import { jsonText } from './text.ts'

export const json = verb({
  usage: 'CUBE [--slice N]',
  operands: ['CUBE'],
  about: lines(
    'Prints DICOM JSON (PS3.18 Annex F), Pixel Data left out: an array with one instance a slice, one to a ' +
      'line, in the order of the slices. With one --slice, that instance alone.',
    'CUBE is a .dcbs file (or its URL), a DICOM file or a folder of them.',
  ),
  options: {
    slice: {
      value: 'N',
      help: 'one slice (5, or -1 for the last) as an object; a range (0:10, 0:10:2) or several with commas as an array',
    },
    ...META_OPTIONS,
  },
  async run(values, [path], io) {
    const meta = await openMeta(path, { series: values.series, sort: choice('--sort', values.sort, SORT_METHODS) }, io)
    const slices = values.slice === undefined ? undefined : parseSlices(values.slice, meta.sliceCount)
    await meta.load()
    if (slices && isOneSlice(values.slice!)) {
      await io.stdout.write(`${jsonText(meta.index(slices[0]))}\n`)
      return 0
    }
    // Damage shows at the first value of a column: it is met before there is half a document.
    let text = '['
    const breathe = breather(io.signal)
    const count = slices?.length ?? meta.sliceCount
    for (let i = 0; i < count; i++) {
      text += `${i ? ',' : ''}\n${jsonText(meta.index(slices ? slices[i] : i))}`
      if (text.length < CHUNK_LENGTH) continue
      await breathe()
      if (io.stdout.isClosed) return 0
      await io.stdout.write(text)
      text = ''
    }
    await io.stdout.write(`${text}\n]\n`)
    return 0
  },
})

/** 10,000 slices are more than one string can hold. */
const CHUNK_LENGTH = 1 << 16
