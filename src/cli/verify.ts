import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { fileError } from '../bytes/file.node.ts'
import { sourceOf } from '../bytes/open.ts'
import { safeNames } from '../bytes/safe-path.ts'
import { sameBytes } from '../bytes/same-bytes.ts'
import type { ByteSource } from '../bytes/source.ts'
import type { DicomCubeImage } from '../cube/image.ts'
import { checkFile } from '../dcbs/check-file.ts'
import { type CubeFile, openCube } from '../dcbs/read.ts'
import { restoreParts, type VerifiedFile, verifyFiles } from '../dcbs/restore.ts'
import { DicubeError } from '../errors.ts'
import { folderEntries, load } from '../node.ts'
import { lines, verb } from './args.ts'
import { breather, breathing, type Io, print } from './io.ts'
import { kindOf } from './open.ts'
import { type Progress, progressOf } from './progress.ts'
import { columnsText, fitted, grouped, listed, painted, plural, printJson, safe } from './text.ts'

export const verify = verb({
  usage: 'CUBE [--against DIR]',
  operands: ['CUBE'],
  about: lines(
    'Checks every checksum of a .dcbs file, then rebuilds every original file in memory and compares it with ' +
      'its SHA-256. With --against DIR each rebuilt file is also compared byte for byte with the file of its ' +
      'name in DIR. Slices whose metadata was changed after packing have no original any more: they are named, ' +
      'and are no fault. Slices of a cube that was migrated from a file of the Python package never had one: they ' +
      'are counted.',
    'Exit 1 where anything is not as it was packed.',
    '',
    '--json prints {"ok", "checksums": {"ok", "message"}, "files": {"identical", "changed", "different", ' +
      '"noOriginal"}, "against", "slices": [{"index", "fileName", "result", "message"}]}; "against" has the first three counts ' +
      'and "missing" and "additional" (names).',
  ),
  options: {
    against: { value: 'DIR', help: 'the folder that the cube was packed from, or that it was unpacked to' },
  },
  async run(values, [path], io) {
    const against = values.against
    if (against !== undefined && (await kindOf(against)) !== 'folder')
      throw new DicubeError('not-found', `${against}: no such folder`)
    const progress = progressOf(io)
    try {
      const verdict = await examine(path, against, io, progress)
      progress.clear()
      if (values.json) await printJson(io, verdict)
      else await print(io, fitted(io, textOf(path, verdict, io)))
      return verdict.ok ? 0 : 1
    } finally {
      progress.clear()
    }
  },
})

interface SliceVerdict {
  index: number
  fileName: string
  result: VerifiedFile['result']
  message?: string
}
interface Counts {
  identical: number
  changed: number
  different: number
}
interface FileCounts extends Counts {
  /** Made from a file of the Python package: there is nothing to compare them with. */
  noOriginal: number
}
interface Comparison extends Counts {
  folder: string
  missing: string[]
  /** Files of the folder that the cube does not have. */
  additional: string[]
  /** Names of files that differ. */
  differing: string[]
}
interface Verdict {
  ok: boolean
  format: 'dicube' | 'v1'
  checksums: { ok: boolean; message?: string }
  files: FileCounts
  against: Comparison | null
  slices: SliceVerdict[]
}

async function examine(path: string, against: string | undefined, io: Io, progress: Progress): Promise<Verdict> {
  const source = sourceOf(path)
  source.hold?.()
  try {
    const cube = await openCube(breathing(source, io.signal), io.signal)
    return await (cube ? examineCube(cube, source, against, io, progress) : examineV1(source, io, progress))
  } finally {
    await source.close?.()
  }
}

async function examineCube(
  cube: CubeFile,
  source: ByteSource,
  against: string | undefined,
  io: Io,
  progress: Progress,
): Promise<Verdict> {
  const breathe = breather(io.signal)
  const checksums: Verdict['checksums'] = { ok: true }
  try {
    await checkFile(cube, done => progress.update('Checksums', done, cube.directory.fileBytes))
  } catch (error) {
    if (!(error instanceof DicubeError)) throw error
    checksums.ok = false
    checksums.message = error.message
  }
  const verdict: Verdict = {
    ok: checksums.ok,
    format: 'dicube',
    checksums,
    files: { identical: 0, changed: 0, different: 0, noOriginal: 0 },
    against: null,
    slices: [],
  }
  let image: DicomCubeImage
  try {
    image = await load(source, { signal: io.signal })
  } catch (error) {
    // Damage that keeps the cube from being opened has been reported above, with where it is.
    if (!(error instanceof DicubeError) || checksums.ok) throw error
    return verdict
  }
  try {
    for await (const { slice, name, result, message } of verifyFiles(image, io.signal)) {
      verdict.files[result === 'no-original' ? 'noOriginal' : result]++
      verdict.slices.push({ index: slice, fileName: name, result, ...(message !== undefined && { message }) })
      progress.update('Original files', slice + 1, image.meta.sliceCount)
      await breathe()
    }
    if (against !== undefined) verdict.against = await compareWith(image, against, io, progress)
  } finally {
    await image.close()
  }
  verdict.ok &&=
    verdict.files.different === 0 &&
    (verdict.against === null || verdict.against.different + verdict.against.missing.length === 0)
  return verdict
}

/** A file of the Python package has no checksums and no originals; that all of it can be read is all there is to say. */
async function examineV1(source: ByteSource, io: Io, progress: Progress): Promise<Verdict> {
  const image = await load(source, { signal: io.signal })
  const checksums: Verdict['checksums'] = { ok: true }
  try {
    for (let i = 0; i < image.frameCount; i++) {
      await image.frame(i, undefined, io.signal)
      progress.update('Frames', i + 1, image.frameCount)
    }
  } catch (error) {
    if (!(error instanceof DicubeError)) throw error
    checksums.ok = false
    checksums.message = error.message
  } finally {
    await image.close()
  }
  return {
    ok: checksums.ok,
    format: 'v1',
    checksums,
    files: { identical: 0, changed: 0, different: 0, noOriginal: 0 },
    against: null,
    slices: [],
  }
}

async function compareWith(image: DicomCubeImage, folder: string, io: Io, progress: Progress): Promise<Comparison> {
  const comparison: Comparison = {
    folder,
    identical: 0,
    changed: 0,
    different: 0,
    missing: [],
    additional: [],
    differing: [],
  }
  const safeNameOf = safeNames()
  const seen = new Set<string>()
  const { files } = image.originals
  const rows = [
    ...files.map(({ name, sha256 }, slice) => ({
      name,
      isChanged: !sha256,
      parts: (): Parts => restoreParts(image, slice),
    })),
    ...image.attachments.map(({ name, bytes }) => ({ name, isChanged: false, parts: (): Parts => [bytes] })),
  ]
  const there = new Set<string>()
  const breathe = breather(io.signal)
  for await (const { name } of folderEntries(folder)) there.add(name)
  for (const [i, { name, isChanged, parts }] of rows.entries()) {
    await breathe()
    // The folder may be the one that was packed, with odd names, or one that was unpacked, with safe ones. A name that
    // was found by looking through the folder cannot lead out of it.
    const safeName = safeNameOf(name)
    const found = there.has(name) ? name : there.has(safeName) ? safeName : undefined
    if (found === undefined) comparison.missing.push(name)
    else {
      seen.add(found)
      if (isChanged) comparison.changed++
      else if (await isSameFile(join(folder, found), parts())) comparison.identical++
      else {
        comparison.different++
        comparison.differing.push(name)
      }
    }
    progress.update('Comparing', i + 1, rows.length)
  }
  comparison.additional = [...there].filter(name => !seen.has(name))
  return comparison
}

type Parts = Iterable<Uint8Array> | AsyncIterable<Uint8Array>

/** Compares part by part, in memory that is used again: a file can be larger than that. One that does not come back is another one. */
async function isSameFile(path: string, parts: Parts): Promise<boolean> {
  const block = new Uint8Array(1 << 18)
  try {
    const file = await open(path)
    try {
      let at = 0
      for await (const part of rebuilt(parts)) {
        if (!part) return false
        for (let done = 0; done < part.length; ) {
          const wanted = Math.min(block.length, part.length - done)
          const { bytesRead } = await file.read(block, 0, wanted, at)
          if (!bytesRead || !sameBytes(block.subarray(0, bytesRead), part.subarray(done, done + bytesRead)))
            return false
          done += bytesRead
          at += bytesRead
        }
      }
      return (await file.read(block, 0, 1, at)).bytesRead === 0
    } finally {
      await file.close()
    }
  } catch (error) {
    throw fileError(error, path)
  }
}

/** The parts of a file; undefined where it cannot be rebuilt. */
async function* rebuilt(parts: Parts): AsyncGenerator<Uint8Array | undefined> {
  try {
    yield* parts
  } catch (error) {
    if (!(error instanceof DicubeError)) throw error
    yield undefined
  }
}

function textOf(path: string, { ok, format, checksums, files, against, slices }: Verdict, io: Io): string {
  const name = safe(path)
  if (format === 'v1')
    return checksums.ok
      ? `${name}: a file of the Python package, without checksums and original files; all of it can be read`
      : `${painted(io, 'red', 'Not verified')}: ${name}: ${safe(checksums.message ?? '')}`
  const rows = [
    ['Checksums', checksums.ok ? 'all right' : 'wrong'],
    ['Original files rebuilt, SHA-256 identical', grouped(files.identical)],
    ['Original files not identical', grouped(files.different)],
  ]
  if (files.changed) rows.push(['Metadata changed after packing, no original', grouped(files.changed)])
  if (files.noOriginal) rows.push(['Made from a file of the Python package, no original', grouped(files.noOriginal)])
  if (against) {
    rows.push([`Identical with ${safe(against.folder)}, byte for byte`, grouped(against.identical)])
    if (against.different) rows.push([`Not identical with ${safe(against.folder)}`, grouped(against.different)])
    if (against.missing.length) rows.push([`Not in ${safe(against.folder)}`, grouped(against.missing.length)])
    if (against.additional.length)
      rows.push([`In ${safe(against.folder)} but not in the cube`, grouped(against.additional.length)])
  }
  const parts = [columnsText(['', ''], rows)]
  if (checksums.message !== undefined) parts.push(safe(checksums.message))
  const bad = slices
    .filter(slice => slice.result === 'different')
    .map(({ fileName, message }) => safe(`${fileName}: ${message}`))
  if (bad.length) parts.push(`Not identical:\n${listed(bad)}`)
  const changed = slices.filter(slice => slice.result === 'changed').map(slice => safe(slice.fileName))
  if (changed.length) parts.push(`Changed:\n${listed(changed)}`)
  if (against?.differing.length)
    parts.push(`Not identical with ${safe(against.folder)}:\n${listed(against.differing.map(safe))}`)
  if (against?.missing.length) parts.push(`Not in ${safe(against.folder)}:\n${listed(against.missing.map(safe))}`)
  if (against?.additional.length)
    parts.push(`Only in ${safe(against.folder)}:\n${listed(against.additional.map(safe))}`)
  const rest = files.changed ? `; ${plural(files.changed, 'changed slice')} aside` : ''
  const made = `its checksums are right; ${plural(files.noOriginal, 'file')} made from a file of the Python package, with no original to compare`
  parts.push(
    ok
      ? `${painted(io, 'green', 'Verified')}: ${name}${files.noOriginal ? `: ${made}` : ` gives back ${plural(files.identical, 'file')} bit for bit`}${rest}`
      : `${painted(io, 'red', 'Not verified')}: ${name} is not as it was packed`,
  )
  return parts.join('\n')
}
