import { dirname } from 'node:path'
import { sourceOf } from '../bytes/open.ts'
import { FramePool } from '../codec/pool.ts'
import { type Migrated, migrateV1 } from '../dcbs/migrate.ts'
import { openCube } from '../dcbs/read.ts'
import { readV1, type V1File } from '../dcbs/v1.ts'
import { DicubeError } from '../errors.ts'
import { save } from '../node.ts'
import { lines, usageError, verb } from './args.ts'
import { LOST_IN_V1, notesText } from './info.ts'
import { print } from './io.ts'
import { kindOf } from './open.ts'
import { progressOf } from './progress.ts'
import { bytesText, fitted, listed, plural, printJson, safe } from './text.ts'

export const migrate = verb({
  usage: 'OLD.dcbs -o NEW.dcbs',
  operands: ['OLD.dcbs'],
  about: lines(
    'Writes a .dcbs file of the Python package as one of ours, and prints what the old one had already lost. Its pixels ' +
      'are mostly modality values (Hounsfield units) while its metadata describes the stored values of the ' +
      'original files: Bits Allocated, Bits Stored, High Bit, Pixel Representation, Rescale Slope and Intercept, and ' +
      'attributes that hold a stored value, are set to what is there, so that modality values are the same as ' +
      'before and "dicube unpack" gives valid DICOM files. Frames that no decoder here has right (32 bits, 8 bits ' +
      'signed) stay HTJ2K as they are. There are no original files, and "dicube verify" says so.',
    '',
    '--json prints {"path", "sliceCount", "frameCount", "oldBytes", "fileBytes", "lost": [{"code", "message", "tag", ' +
      '"slices"}], "changes": [{"code", "message"}]}.',
  ),
  options: {
    output: { short: 'o', value: 'NEW.dcbs', help: 'the file to write' },
    force: { help: 'replace a file that exists' },
  },
  async run(values, [path], io) {
    const out = values.output
    if (out === undefined)
      throw usageError('migrate: -o NEW.dcbs is missing; usage: dicube migrate OLD.dcbs -o NEW.dcbs')
    if ((await kindOf(out)) === 'folder') throw usageError(`${out}: is a folder; the name of a cube was wanted`)
    if ((await kindOf(dirname(out))) !== 'folder') throw new DicubeError('not-found', `${dirname(out)}: no such folder`)
    if (!values.force && (await kindOf(out)))
      throw new DicubeError('exists', `${out}: exists already; nothing was written (--force replaces it)`)
    const source = sourceOf(path)
    const pool = new FramePool()
    const progress = progressOf(io)
    try {
      if (await openCube(source, io.signal))
        throw usageError(`${path}: is no file of the Python package but a cube already; there is nothing to migrate`)
      const { sizeBytes: oldBytes } = await source.head(0)
      const file = await readV1(source, io.signal)
      const migrated = await migrateV1(file, source, pool)
      const { fileBytes } = await save(migrated.image, out, {
        overwrite: values.force,
        signal: io.signal,
        onProgress: (done, total) => progress.update('Migrating', done, total),
      })
      progress.clear()
      if (values.json) {
        const [code, message] = LOST_IN_V1.split(': ')
        await printJson(io, {
          path: out,
          sliceCount: file.meta.sliceCount,
          frameCount: file.frames.length,
          oldBytes,
          fileBytes,
          lost: [{ code, message }, ...file.notes],
          changes: migrated.changes,
        })
      } else await print(io, fitted(io, textOf(out, file, migrated, oldBytes, fileBytes)))
      return 0
    } finally {
      progress.clear()
      pool.close()
      await source.close?.()
    }
  },
})

function textOf(
  out: string,
  { meta, frames, notes }: V1File,
  { changes }: Migrated,
  oldBytes: number,
  newBytes: number,
) {
  const what = `${plural(meta.sliceCount, 'slice')}, ${plural(frames.length, 'frame')}`
  const parts = [
    `Lost before, and not to be had again from the old file:\n${listed(notesText(notes), Number.POSITIVE_INFINITY)}`,
  ]
  if (changes.length) {
    const made = changes.map(({ code, message }) => safe(`${code}: ${message}`))
    parts.push(`Set to what is there:\n${listed(made, Number.POSITIVE_INFINITY)}`)
  }
  parts.push(`Wrote ${safe(out)}: ${what}, ${bytesText(oldBytes)} → ${bytesText(newBytes)}`)
  return parts.join('\n\n')
}
