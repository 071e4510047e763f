import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { makeFolder, removeEmptyFolders } from '../bytes/folder.node.ts'
import { safeNames } from '../bytes/safe-path.ts'
import type { ByteSource } from '../bytes/source.ts'
import { FramePool } from '../codec/pool.ts'
import { type Finding, SEVERITIES } from '../cube/check-codes.ts'
import type { Attachment } from '../cube/image.ts'
import { SORT_METHODS, textOf } from '../cube/order.ts'
import { imageOfSeries, type LeftOut, type SeriesFiles } from '../cube/series.ts'
import { type CubeInfo, readInfo } from '../dcbs/info.ts'
import type { WriteResult } from '../dcbs/write.ts'
import { type Instance, REPORT_CODES } from '../dicom/parse.ts'
import { DicubeError } from '../errors.ts'
import { type SaveOptions, save, sourceFromFile } from '../node.ts'
import { choice, lines, verb } from './args.ts'
import { checkCube, summaryOf } from './check.ts'
import { type Io, print, warn } from './io.ts'
import { chooseSeries, findIn, kindOf, type Place, placeOf } from './open.ts'
import { progressOf } from './progress.ts'
import { bytesText, columnsText, fitted, listed, plural, printJson, ratioText, safe } from './text.ts'

export const pack = verb({
  usage: 'SRC… -o OUT',
  operands: ['SRC'],
  more: true,
  about: lines(
    'Packs DICOM files into cubes. SRC is a folder, searched with the folders in it, or files.',
    'OUT ending in .dcbs takes exactly one series; where there are several they are listed, and --series ' +
      'picks one. Any other OUT is a folder that gets one cube a series, named by modality, series number and ' +
      'series description.',
    '',
    'Files that are no DICOM instances are skipped, instances that cannot be read are refused; both are ' +
      'listed with the reason, and neither keeps the others from being packed. Every header and every frame is ' +
      'decoded from what was encoded and compared before a cube appears under its name.',
    '',
    '--json prints {"cubes", "skipped", "refused", "failed"}: for each cube its path, what "dicube info" has ' +
      'of its sizes, notes, and "check" (the number of findings by severity, see dicube check); for each file left out its name, code and reason.',
  ),
  options: {
    output: { short: 'o', value: 'OUT', help: 'the .dcbs file or the folder to write' },
    series: { value: 'UID', help: 'only the series with this Series Instance UID; none: instances without one' },
    sort: {
      value: 'METHOD',
      help: `order of the slices: ${SORT_METHODS.join(', ')} (instance is the default; ties by position and file name)`,
    },
    attach: { help: 'keep skipped and refused files verbatim in the cube (of several: in the first)' },
    strict: { help: 'a file that cannot be read is an error, before anything is written' },
    recompress: {
      help: 'make HTJ2K of frames in another lossless compression; the samples stay, the original bit streams and files are gone',
    },
    'no-v1': { help: 'leave out the view for readers of v1, such as the Python package' },
    force: { help: 'replace cubes that exist' },
  },
  async run(values, sources, io) {
    const out = values.output
    if (out === undefined) throw new DicubeError('usage', 'pack: -o OUT is missing; usage: dicube pack SRC… -o OUT')
    const sort = choice('--sort', values.sort, SORT_METHODS)
    const single = /\.dcbs$/i.test(out)
    const there = await kindOf(out)
    if (single && there === 'folder')
      throw new DicubeError('usage', `${out}: is a folder; the name of a cube was wanted`)
    if (single && there && !values.force) throw existsAlready([out])
    if (single && (await kindOf(dirname(out))) !== 'folder')
      throw new DicubeError('not-found', `${dirname(out)}: no such folder`)
    if (!single && there === 'file')
      throw new DicubeError('usage', `${out}: is a file; a folder was wanted, or a name ending in .dcbs`)

    const place = await placeOf(sources)
    const where = sources.length === 1 ? sources[0] : `${sources.length} sources`
    const byName = new Map<string, ByteSource>()
    const remembering: Place = {
      ...place,
      async *entries() {
        for await (const entry of place.entries()) {
          if (values.attach) byName.set(entry.name, entry.source)
          yield entry
        }
      },
    }
    const found = await whileThreadsBegin(() => findIn(remembering, sort, io))
    const { skipped, refused } = found
    if (values.strict && refused.length) {
      const list = refused.map(({ name, reason }) => `  ${name}: ${reason}`).join('\n')
      throw new DicubeError(
        'refused',
        `${where}: ${plural(refused.length, 'file')} cannot be read, and --strict was given; nothing was written:\n${list}`,
      )
    }
    if (!found.series.length) {
      const message = `${where}: no DICOM instance among ${plural(skipped.length + refused.length, 'file')}`
      if (values.json)
        await printJson(io, { error: { code: 'no-instances', message }, cubes: [], skipped, refused, failed: [] })
      else await print(io, leftOutText(skipped, refused) || 'No files.')
      await warn(io, safe(message))
      return 1
    }
    const series =
      single || values.series !== undefined ? [await chooseSeries(found, where, values.series)] : [...found.series]
    const names = single ? [out] : cubeNames(series).map(name => join(out, name))
    if (!values.force) {
      const taken: string[] = []
      for (const path of names) if (await kindOf(path)) taken.push(path)
      if (taken.length) throw existsAlready(taken)
    }
    const { attachments, unattached } = values.attach
      ? await readAttachments([...skipped, ...refused], byName, io)
      : { attachments: [], unattached: [] }

    const made = single ? undefined : await makeFolder(out)
    const cubes: PackedCube[] = []
    const failed: FailedCube[] = []
    const written: string[] = []
    const progress = progressOf(io)
    try {
      // Each is let go of as soon as its cube is written: tens of thousands of slices take tens of megabytes.
      found.series.length = 0
      for (const [i, path] of names.entries()) {
        const isNew = !(await kindOf(path))
        const { seriesInstanceUid } = series[i]
        const sliceCount = series[i].instances.length
        try {
          const cube = await packOne(() => series.splice(i, 1, NO_SERIES)[0], path, {
            attachments: cubes.length ? [] : attachments,
            overwrite: values.force,
            recompress: values.recompress,
            noV1: values['no-v1'],
            signal: io.signal,
            onProgress: (done, total) =>
              progress.update(series.length > 1 ? `Packing cube ${i + 1} of ${series.length}` : 'Packing', done, total),
            onWritten: () => {
              if (isNew) written.push(path)
            },
          })
          cubes.push({ ...cube, findings: (await checkCube(path)).findings })
        } catch (error) {
          if (single || io.signal.aborted) throw error
          // Also where the fault is ours: the other series are not to suffer for it.
          const isOurs = !(error instanceof DicubeError)
          failed.push({
            path,
            seriesInstanceUID: seriesInstanceUid,
            sliceCount,
            code: isOurs ? 'internal' : error.code,
            reason: isOurs ? `a fault of dicube itself; please report it: ${error}` : error.message,
          })
        }
      }
    } catch (error) {
      // What was interrupted is as if it had never begun; a cube that was there before is the old one or the new one.
      if (io.signal.aborted) for (const path of written) await rm(path, { force: true })
      if (made) await removeEmptyFolders(out, dirname(made))
      throw error
    } finally {
      progress.clear()
    }
    if (values.json) await printJson(io, packJson(cubes, skipped, refused, failed, attachments, unattached))
    else await print(io, fitted(io, packText(cubes, skipped, refused, failed, attachments, unattached)))
    for (const { path, reason } of failed) await warn(io, safe(`${path}: ${reason}`))
    return failed.length ? 1 : 0
  },
})

/** To begin takes a thread as long as reading a hundred headers takes this one. More than these begin when there is work for them. */
const READY_THREADS = 4

async function whileThreadsBegin<T>(work: () => Promise<T>): Promise<T> {
  const threads = new FramePool()
  const ready = threads.start(READY_THREADS).catch(() => {})
  try {
    return await work()
  } finally {
    await ready
    threads.close()
  }
}

const NO_SERIES: SeriesFiles = { seriesInstanceUid: '', modality: '', description: '', instances: [] }

/** Packs a series and reads what was written; who took the series lets go of it in between. */
async function packOne(
  take: () => SeriesFiles,
  path: string,
  { attachments, onWritten, ...options }: SaveOptions & { attachments: Attachment[]; onWritten(): void },
): Promise<Omit<PackedCube, 'findings'>> {
  const { result, facts, notes } = await writeOne(take(), path, attachments, options)
  onWritten()
  const { info } = await readInfo(sourceFromFile(path), options.signal)
  // What is told of each slice is in the notes, and of a long series it is a hundred times the rest.
  const { slices: _, ...told } = info
  if (info.fileBytes !== result.fileBytes)
    throw new DicubeError('io', `${path}: ${info.fileBytes} bytes, ${result.fileBytes} were written`)
  return {
    path,
    series: facts,
    info: told,
    omitted: result.omittedFromV1,
    notes: [...notes, ...notesOf(info, result.omittedFromV1.length)],
  }
}

/** Writes a series, of which nothing but this is needed behind it. */
async function writeOne(
  series: SeriesFiles,
  path: string,
  attachments: readonly Attachment[],
  options: SaveOptions,
): Promise<{ result: WriteResult; facts: SeriesFacts; notes: Note[] }> {
  const image = await imageOfSeries(series, { attachments })
  const { seriesInstanceUid, modality, description, instances } = series
  const studyInstanceUid = textOf(instances[0], STUDY_INSTANCE_UID)
  try {
    const result = await save(image, path, options)
    return {
      result,
      facts: { seriesInstanceUid, studyInstanceUid, modality, description },
      notes: notesOfInstances(instances),
    }
  } finally {
    await image.close()
  }
}

interface SeriesFacts {
  seriesInstanceUid: string
  studyInstanceUid: string
  modality: string
  description: string
}

type PackedInfo = Omit<CubeInfo, 'slices'>

interface PackedCube {
  path: string
  series: SeriesFacts
  info: PackedInfo
  omitted: { tag: string; slice?: number; reason: string }[]
  notes: Note[]
  findings: Finding[]
}
interface FailedCube {
  path: string
  seriesInstanceUID: string
  sliceCount: number
  code: string
  reason: string
}
/** Something about a series that people want to know, and that is no error. */
interface Note {
  code: string
  message: string
}

const existsAlready = (paths: readonly string[]) =>
  new DicubeError(
    'exists',
    `${paths.slice(0, 5).join(', ')}${paths.length > 5 ? ` and ${paths.length - 5} more` : ''}: exists already; nothing was written (--force replaces it)`,
  )

const STUDY_INSTANCE_UID = 0x0020000d
const SOP_INSTANCE_UID = 0x00080018
const SERIES_NUMBER = 0x00200011
const INSTANCE_NUMBER = 0x00200013
const PATIENT_NAME = 0x00100010
const PATIENT_ID = 0x00100020
const PATIENT_BIRTH_DATE = 0x00100030

/**
 * File names that people can tell apart: "CT-3-thorax_abdomen.dcbs". They depend on the series alone, or where two come
 * out alike on their UIDs. A description that mentions the patient is left out.
 */
export function cubeNames(series: readonly SeriesFiles[]): string[] {
  const stems = series.map(({ modality, description, instances }) => {
    const number = /^\s*(\d{1,10})\s*$/.exec(textOf(instances[0], SERIES_NUMBER))?.[1]
    return [
      wordsOf(modality, 16) || 'series',
      number,
      mentionsPatient(description, instances[0]) ? '' : wordsOf(description, 40),
    ]
      .filter(Boolean)
      .join('-')
  })
  const safeName = safeNames()
  return stems.map((stem, i) => {
    const isAlone = stems.filter(other => other.toLowerCase() === stem.toLowerCase()).length === 1
    const name = isAlone
      ? stem
      : `${stem}-${createHash('sha256').update(series[i].seriesInstanceUid).digest('hex').slice(0, 8)}`
    return safeName(`${name}.dcbs`)
  })
}

const wordsOf = (text: string, most: number) =>
  text
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, most)
    .replace(/_+$/, '')

function mentionsPatient(description: string, instance: Instance): boolean {
  const text = description.toLowerCase()
  const [name, id, birthDate] = [PATIENT_NAME, PATIENT_ID, PATIENT_BIRTH_DATE].map(tag =>
    textOf(instance, tag).toLowerCase(),
  )
  return [...name.split(/[\s^=,.]+/), id, birthDate].some(word => word.length >= 3 && text.includes(word))
}

function notesOfInstances(instances: readonly Instance[]): Note[] {
  const notes: Note[] = []
  const note = (code: string, message: string) => notes.push({ code, message })
  const repeated = (tag: number) => {
    const texts = instances.map(instance => textOf(instance, tag)).filter(text => text !== '')
    return texts.length - new Set(texts).size
  }
  const twins = repeated(SOP_INSTANCE_UID)
  if (twins) note('duplicate-sop-instance-uid', `${plural(twins, 'slice')} with the SOP Instance UID of another one`)
  const studies = new Set(instances.map(instance => textOf(instance, STUDY_INSTANCE_UID))).size
  if (studies > 1) note('several-studies', `${studies} Study Instance UIDs in one series`)
  const numbers = [
    ...new Set(
      instances.map(instance => Number.parseInt(textOf(instance, INSTANCE_NUMBER), 10)).filter(Number.isSafeInteger),
    ),
  ].sort((a, b) => a - b)
  const gaps = numbers.slice(1).reduce((sum, number, i) => sum + (number - numbers[i] - 1), 0)
  if (gaps)
    note(
      'instance-number-gap',
      `Instance Number runs from ${numbers[0]} to ${numbers[numbers.length - 1]} with ${gaps} left out`,
    )
  const sameNumbers = repeated(INSTANCE_NUMBER)
  if (sameNumbers)
    note(
      'duplicate-instance-number',
      `${plural(sameNumbers, 'slice')} with the Instance Number of another one; they are in order of position and name`,
    )
  return notes
}

function notesOf(info: CubeInfo, omitted: number): Note[] {
  const notes: Note[] = []
  const note = (code: string, message: string) => notes.push({ code, message })
  for (const code of REPORT_CODES) {
    const slices = info.report[code]
    if (!slices) continue
    const first = info.slices.find(slice => slice.report.some(entry => entry.code === code))!
    const { message } = first.report.find(entry => entry.code === code)!
    note(code, `${slices > 1 ? `${plural(slices, 'file')}, ${first.fileName} the first` : first.fileName}: ${message}`)
  }
  if (omitted)
    note('omitted-from-v1', `${plural(omitted, 'value')} left out of the view for v1 readers, but not out of the cube`)
  return notes
}

/** More than this is not taken along with a cube: it is compressed as a whole. */
const ATTACH_LIMIT_BYTES = 256 << 20

async function readAttachments(
  left: readonly LeftOut[],
  byName: ReadonlyMap<string, ByteSource>,
  io: Io,
): Promise<{ attachments: Attachment[]; unattached: LeftOut[] }> {
  const attachments: Attachment[] = []
  const unattached: LeftOut[] = []
  let total = 0
  for (const { name } of left) {
    io.signal.throwIfAborted()
    try {
      const source = byName.get(name)!
      const { sizeBytes } = await source.head(0)
      total += sizeBytes
      if (total > ATTACH_LIMIT_BYTES)
        throw new DicubeError(
          'limit',
          `--attach: more than ${bytesText(ATTACH_LIMIT_BYTES)} of files that are no instances; nothing was written`,
        )
      attachments.push({ name, bytes: await source.read(0, sizeBytes) })
    } catch (error) {
      if (!(error instanceof DicubeError) || error.code === 'limit') throw error
      unattached.push({ name, code: error.code, reason: error.message })
    }
  }
  return { attachments, unattached }
}

function packJson(
  cubes: PackedCube[],
  skipped: LeftOut[],
  refused: LeftOut[],
  failed: FailedCube[],
  attachments: readonly Attachment[],
  unattached: readonly LeftOut[],
) {
  const kept = new Set(attachments.map(({ name }) => name))
  const leftOut = (list: LeftOut[]) =>
    list.map(({ name, code, reason }) => ({ name, code, reason, attached: kept.has(name) }))
  return {
    cubes: cubes.map(
      (
        {
          path,
          series: { seriesInstanceUid, studyInstanceUid, modality, description },
          info,
          omitted,
          notes,
          findings,
        },
        i,
      ) => ({
        path,
        seriesInstanceUID: seriesInstanceUid,
        studyInstanceUID: studyInstanceUid,
        modality,
        seriesDescription: description,
        sliceCount: info.sliceCount,
        frameCount: info.frameCount,
        status: info.status,
        originalBytes: info.originalBytes,
        fileBytes: info.fileBytes,
        headerBytes: info.headerBytes,
        metadataBytes: info.metadataBytes,
        frameBytes: info.frameBytes,
        v1ViewBytes: info.v1ViewBytes,
        digestBytes: info.digestBytes,
        nameBytes: info.nameBytes,
        attachments: i === 0 ? attachments.length : 0,
        notes,
        check: Object.fromEntries(
          SEVERITIES.map(severity => [severity, findings.filter(finding => finding.severity === severity).length]),
        ),
        omittedFromV1: omitted,
      }),
    ),
    skipped: leftOut(skipped),
    refused: leftOut(refused),
    failed,
    ...(unattached.length && { notAttached: unattached }),
  }
}

function packText(
  cubes: PackedCube[],
  skipped: LeftOut[],
  refused: LeftOut[],
  failed: FailedCube[],
  attachments: readonly Attachment[],
  unattached: readonly LeftOut[],
): string {
  const parts: string[] = []
  if (cubes.length) {
    const row = (name: string, infos: readonly PackedInfo[]) => {
      const sum = (
        field: 'sliceCount' | 'frameCount' | 'headerBytes' | 'metadataBytes' | 'originalBytes' | 'fileBytes',
      ) => infos.reduce((all, info) => all + (info[field] ?? 0), 0)
      const [headers, metadata, originals, file] = [
        sum('headerBytes'),
        sum('metadataBytes'),
        sum('originalBytes'),
        sum('fileBytes'),
      ]
      return [
        name,
        String(sum('sliceCount')),
        String(sum('frameCount')),
        bytesText(headers),
        bytesText(metadata),
        ratioText(headers, metadata),
        bytesText(originals),
        bytesText(file),
        ratioText(originals, file),
      ]
    }
    const rows = cubes.map(({ path, info }) => row(safe(path), [info]))
    if (cubes.length > 1)
      rows.push(
        row(
          'together',
          cubes.map(({ info }) => info),
        ),
      )
    parts.push(
      columnsText(['Cube', 'Slices', 'Frames', 'Headers', 'Metadata', 'Ratio', 'Files', 'Cube file', 'Ratio'], rows),
    )
  }
  const notes = cubes.flatMap(({ path, notes }) =>
    notes.map(({ message }) => safe(cubes.length > 1 ? `${path}: ${message}` : message)),
  )
  const findings = cubes.flatMap(cube => cube.findings)
  if (cubes.length) {
    const which = cubes.length > 1 ? 'of a cube' : safe(cubes[0].path)
    parts.push(`Check: ${summaryOf(findings)}${findings.length ? `; dicube check ${which} says which` : ''}`)
  }
  if (notes.length) parts.push(`${notes.length === 1 ? 'Note' : 'Notes'}:\n${listed(notes)}`)
  const left = leftOutText(skipped, refused)
  if (left) parts.push(left)
  if (attachments.length && cubes.length)
    parts.push(
      `Kept verbatim in ${safe(cubes[0].path)}: ${plural(attachments.length, 'file')} of those ${refused.length ? 'skipped or refused' : 'skipped'}`,
    )
  if (unattached.length) parts.push(`Not attached, as they cannot be read:\n${listed(unattached.map(lineOf))}`)
  if (failed.length)
    parts.push(
      `${plural(failed.length, 'series')} not packed:\n${listed(failed.map(({ path, reason }) => safe(`${path}: ${reason}`)))}`,
    )
  return parts.join('\n\n')
}

const lineOf = ({ name, reason }: LeftOut) => safe(`${name}: ${reason}`)

function leftOutText(skipped: readonly LeftOut[], refused: readonly LeftOut[]): string {
  const parts: string[] = []
  if (skipped.length)
    parts.push(`${plural(skipped.length, 'file')} skipped, not DICOM instances:\n${listed(skipped.map(lineOf))}`)
  if (refused.length) parts.push(`${plural(refused.length, 'file')} refused:\n${listed(refused.map(lineOf))}`)
  return parts.join('\n\n')
}
