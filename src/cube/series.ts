import { type ByteSource, checkAborted } from '../bytes/source.ts'
import { hashFile, type KnownBytes } from '../codec/hash.ts'
import { FramePool } from '../codec/pool.ts'
import { type Instance, parsePart10, type ReportEntry } from '../dicom/parse.ts'
import { DicubeError, type ErrorCode } from '../errors.ts'
import { reportValues } from './check-values.ts'
import { type Attachment, DicomCubeImage, type Originals } from './image.ts'
import { tableOfInstances } from './ingest.ts'
import { loadAll } from './load-all.ts'
import { DicomMeta } from './meta.ts'
import { compareNames, type SortMethod, seriesUidOf, sortInstances, textOf } from './order.ts'
import { type PixelStore, pixelStoreOfInstances } from './pixel-store.ts'
import { reportPixels } from './report-pixels.ts'
import { HeaderStack } from './stack.ts'
import type { Table } from './table.ts'

/** A file to look at. `name` is relative to the folder, with slashes. */
export interface SourceEntry {
  name: string
  source: ByteSource
}

/** The files of one series that were read, in the order of the series. */
export interface SeriesFiles {
  /** '' where the instances have none. */
  seriesInstanceUid: string
  modality: string
  description: string
  instances: Instance[]
}

export interface LeftOut {
  name: string
  reason: string
  code: ErrorCode | 'media-directory'
}

export interface FoundSeries {
  series: SeriesFiles[]
  /** Not instances: text, images, DICOMDIR. */
  skipped: LeftOut[]
  /** Instances, or named as such, that cannot be read. */
  refused: LeftOut[]
}

const MEDIA_STORAGE_DIRECTORY = '1.2.840.10008.1.3.10'
const DICOM_NAME = /\.(dcm|dicom|ima)$/i

/**
 * Reads the headers of files and sorts them into series. No file that cannot be read keeps another from being read.
 * @throws DicubeError `aborted`
 */
export async function findSeries(
  entries: Iterable<SourceEntry> | AsyncIterable<SourceEntry>,
  options: { sort?: SortMethod; signal?: AbortSignal; onProgress?: (files: number) => void } = {},
): Promise<FoundSeries> {
  const bySeries = new Map<string, { stack: HeaderStack; instances: Instance[] }>()
  const skipped: LeftOut[] = []
  const refused: LeftOut[] = []
  let files = 0
  for await (const { name, source } of entries) {
    checkAborted(name, options.signal)
    try {
      const take = (instance: Instance) => {
        instance.name = name
        if (isMediaDirectory(instance)) {
          skipped.push({ name, code: 'media-directory', reason: 'a media directory (DICOMDIR), not an instance' })
          return instance
        }
        const uid = seriesUidOf(instance)
        let found = bySeries.get(uid)
        if (!found) bySeries.set(uid, (found = { stack: new HeaderStack(), instances: [] }))
        const stacked = found.stack.add(instance)
        found.instances.push(stacked)
        return stacked
      }
      await parsePart10(source, { take, signal: options.signal })
    } catch (error) {
      if (!(error instanceof DicubeError)) throw error
      // A file that nobody waited for is no file that cannot be read.
      checkAborted(name, options.signal)
      const reason = error.message.startsWith(`${source.name}: `)
        ? error.message.slice(source.name.length + 2)
        : error.message
      const isForeign = error.code === 'not-dicom' && !DICOM_NAME.test(name)
      ;(isForeign ? skipped : refused).push({ name, code: error.code, reason })
    }
    options.onProgress?.(++files)
  }
  const byName = (a: LeftOut, b: LeftOut) => compareNames(a.name, b.name)
  const series = [...bySeries].map(([seriesInstanceUid, { stack, instances }]) => {
    stack.seal()
    const sorted = sortInstances(instances, options.sort)
    return {
      seriesInstanceUid,
      modality: textOf(sorted[0], 0x00080060),
      description: textOf(sorted[0], 0x0008103e),
      instances: sorted,
    }
  })
  series.sort(
    (a, b) =>
      compareNames(a.instances[0].name, b.instances[0].name) || compareNames(a.seriesInstanceUid, b.seriesInstanceUid),
  )
  return { series, skipped: skipped.sort(byName), refused: refused.sort(byName) }
}

/** PS3.3 §F: its records are about files, and it has no SOP Instance UID of its own in the data set. */
function isMediaDirectory(instance: Instance): boolean {
  return (
    textOf(instance, 0x00020002) === MEDIA_STORAGE_DIRECTORY || textOf(instance, 0x00080016) === MEDIA_STORAGE_DIRECTORY
  )
}

/** @throws DicubeError `no-instances`, `several-series` with a list of them */
export function onlySeries(found: FoundSeries, where: string, seriesInstanceUid?: string): SeriesFiles {
  const { series } = found
  const wanted =
    seriesInstanceUid === undefined ? series : series.filter(one => one.seriesInstanceUid === seriesInstanceUid)
  if (wanted.length === 1) return wanted[0]
  const list = series
    .map(
      one =>
        `  ${one.seriesInstanceUid || '(no Series Instance UID)'}  ${one.instances.length} ${one.modality || 'files'}`,
    )
    .join('\n')
  if (series.length === 0) {
    const why = [...found.refused, ...found.skipped]
      .slice(0, 3)
      .map(({ name, reason }) => `\n  ${name}: ${reason}`)
      .join('')
    throw new DicubeError(
      'no-instances',
      `${where}: no DICOM instance among ${found.refused.length + found.skipped.length} files${why}`,
    )
  }
  if (seriesInstanceUid !== undefined)
    throw new DicubeError('no-instances', `${where}: no series ${seriesInstanceUid}; found:\n${list}`)
  throw new DicubeError(
    'several-series',
    `${where}: ${series.length} series; choose one by its Series Instance UID:\n${list}`,
  )
}

/** A series of files as an image. Pixels are read from the files when they are asked for. */
export async function imageOfSeries(
  { instances }: SeriesFiles,
  options: { attachments?: readonly Attachment[]; threads?: number; signal?: AbortSignal } = {},
): Promise<DicomCubeImage> {
  await loadAll()
  checkAborted(instances[0]?.name ?? 'series', options.signal)
  const table = tableOfInstances(instances)
  const pixels = await pixelStoreOfInstances(instances, table, options.signal)
  let reports: ReportEntry[][] | undefined
  const stamps = instances.map(({ source }) => source.stamp?.())
  const originals: Originals = {
    files: instances.map(({ name, sizeBytes }) => ({ name, sizeBytes })),
    // Made when it is asked for: to look at every value takes longer than to find one.
    get reports() {
      reports ??= reportsOf(instances, table, pixels)
      return reports
    },
    header: slice => ({ bytes: instances[slice].header, pixelOffset: instances[slice].pixels?.offset }),
    deflatedStream: async slice => instances[slice].deflated?.stream,
    sha256: async (slice, pool, signal) => {
      const digest = await sha256Of(instances[slice], pool, signal)
      if (instances[slice].source.stamp?.() !== stamps[slice]) throw changed(instances[slice])
      return digest
    },
  }
  return new DicomCubeImage(new DicomMeta(table), pixels, originals, {
    attachments: options.attachments,
    pool: new FramePool(options.threads),
  })
}

/** All that is odd about a file that was read: what imageOfSeries has in its report. */
export async function reportOf(instance: Instance, signal?: AbortSignal): Promise<ReportEntry[]> {
  const table = tableOfInstances([instance])
  return reportsOf([instance], table, await pixelStoreOfInstances([instance], table, signal))[0]
}

/** All that was odd about each file: of its structure, its values and its Pixel Data; each code once. */
function reportsOf(instances: readonly Instance[], table: Table, pixels: PixelStore): ReportEntry[][] {
  const values = reportValues(table)
  return instances.map((instance, slice) => [
    ...instance.report,
    ...values[slice].filter(({ code }) => !instance.report.some(entry => entry.code === code)),
    ...reportPixels(instance, pixels.slices[slice], table, slice),
  ])
}

const changed = ({ name }: Instance) =>
  new DicubeError('changed', `${name}: is not the file that was loaded; load the series again`)

/** SHA-256 of the file, whose header has to be the one that was parsed. */
async function sha256Of(instance: Instance, pool: FramePool, signal?: AbortSignal): Promise<Uint8Array> {
  const { name, source, sizeBytes, header, pixels, deflated } = instance
  const head = header.subarray(0, deflated ? deflated.offset : pixels?.offset)
  const known: KnownBytes[] = [{ offset: 0, bytes: head }]
  if (deflated) known.push({ offset: deflated.offset, bytes: deflated.stream })
  const place = source.place?.()
  const read = (offset: number, length: number) => {
    checkAborted(name, signal)
    return source.read(offset, length, signal)
  }
  const digest = place ? await pool.hash(place, sizeBytes, known, signal) : await hashFile(read, sizeBytes, known)
  if (!digest) throw changed(instance)
  return digest
}
