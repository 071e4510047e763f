import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { sourceOf } from '../bytes/open.ts'
import { openCube } from '../dcbs/read.ts'
import { hasOriginal } from '../dcbs/restore.ts'
import { DicubeError } from '../errors.ts'
import { load, saveToDicomFolder } from '../node.ts'
import { lines, parseSlices, verb } from './args.ts'
import { print, warn } from './io.ts'
import { progressOf } from './progress.ts'
import { bytesText, listed, plural, printJson, safe } from './text.ts'

export const unpack = verb({
  usage: 'CUBE -o DIR',
  operands: ['CUBE'],
  about: lines(
    'Writes the original files, bit for bit, with their relative paths: all of them, or after an error none. ' +
      'A name that would lead out of DIR, or that some system cannot have, is changed, and that is said. Files ' +
      'kept with pack --attach come along unless --slice chooses.',
    '',
    '--json prints {"folder", "files": [{"name", "storedName", "slice"}], "fileBytes", "changedSlices"}.',
  ),
  options: {
    output: { short: 'o', value: 'DIR', help: 'the folder to write to' },
    slice: { value: 'RANGE', help: 'only these slices: 5, -1, 0:10, 0:10:2, or several with commas' },
    force: { help: 'replace files that exist' },
  },
  async run(values, [path], io) {
    const folder = values.output
    if (folder === undefined)
      throw new DicubeError('usage', 'unpack: -o DIR is missing; usage: dicube unpack CUBE -o DIR')
    const source = sourceOf(path)
    const image = await load(source, { signal: io.signal })
    const isV1 = !(await openCube(source, io.signal))
    const progress = progressOf(io)
    try {
      const { files } = image.originals
      const slices = values.slice === undefined ? undefined : parseSlices(values.slice, image.meta.sliceCount)
      const isMade = isV1 || files.some(file => !hasOriginal(file))
      if (isMade)
        await warn(
          io,
          `${safe(path)}: ${isV1 ? '' : 'was migrated from '}a file of the Python package, which keeps no original files; these are made from its metadata and pixels`,
        )
      const names = await saveToDicomFolder(image, folder, {
        slices,
        overwrite: values.force,
        signal: io.signal,
        onProgress: (done, total) => progress.update('Unpacking', done, total),
      })
      progress.clear()
      const numbers = slices ?? files.map((_, slice) => slice)
      const written = names.map((name, i) => ({
        name,
        storedName: i < numbers.length ? files[numbers[i]].name : image.attachments[i - numbers.length].name,
        slice: i < numbers.length ? numbers[i] : null,
      }))
      let fileBytes = 0
      for (const name of names) fileBytes += (await stat(join(folder, name))).size
      const changedSlices = isMade ? [] : numbers.filter(slice => files[slice].sha256 === undefined)
      if (values.json) {
        await printJson(io, { folder, files: written, fileBytes, changedSlices })
        return 0
      }
      const renamed = written.filter(({ name, storedName }) => name !== storedName)
      const kept = names.length - numbers.length
      const what = `${plural(numbers.length, 'file')}${kept ? ` and ${plural(kept, 'attached file')}` : ''}`
      await print(io, `Wrote ${what}, ${bytesText(fileBytes)}, to ${safe(folder)}`)
      if (renamed.length)
        await print(
          io,
          `Under another name, for safety:\n${listed(renamed.map(({ name, storedName }) => safe(`${storedName} → ${name}`)))}`,
        )
      if (changedSlices.length)
        await print(
          io,
          `Not as the original, as the metadata was changed after packing: ${plural(changedSlices.length, 'file')}`,
        )
      return 0
    } finally {
      progress.clear()
      await image.close()
    }
  },
})
