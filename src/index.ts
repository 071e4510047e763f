import { coalesced } from './bytes/coalesce.ts'
import { concat } from './bytes/concat.ts'
import { type Input, sourceOf } from './bytes/open.ts'
import { blobSpool, blobWriter, memorySpool } from './bytes/spool.ts'
import type { SeriesCheck } from './cube/check.ts'
import { extrasFor } from './cube/extras-start.ts'
import type { DicomCubeImage } from './cube/image.ts'
import { tableOfInstances } from './cube/ingest.ts'
import { DicomMeta } from './cube/meta.ts'
import type { SortMethod } from './cube/order.ts'
import { findSeries, imageOfSeries, onlySeries, reportOf, type SourceEntry } from './cube/series.ts'
import { type CubeInfo, readInfo } from './dcbs/info.ts'
import { type LoadOptions, loadFrom } from './dcbs/load.ts'
import { loadMetaFrom } from './dcbs/load-meta.ts'
import { restoreFile } from './dcbs/restore.ts'
import { saveTo } from './dcbs/save.ts'
import type { WriteOptions, WriteResult } from './dcbs/write.ts'
import type { DicomJson } from './dicom/json.ts'
import { parsePart10, type ReportEntry } from './dicom/parse.ts'
import { DicubeError } from './errors.ts'

export type { Input } from './bytes/open.ts'
export { type ByteSource, type ReadStats, sourceFromBlob, sourceFromBytes } from './bytes/source.ts'
export { sourceFromUrl, type UrlOptions } from './bytes/url.ts'
export type { StoredValues } from './codec/frame.ts'
export { getNumThreads, setNumThreads, usePlatform } from './codec/platform.ts'
export { compressZstd } from './codec/zstd.ts'
export type { SeriesCheck } from './cube/check.ts'
export { CHECK_CODES, CHECKS, type CheckCode, type Finding, SEVERITIES, type Severity } from './cube/check-codes.ts'
export type { VolumeGeometry } from './cube/check-geometry.ts'
export { volumeGeometryOf } from './cube/check-geometry.ts'
export type { DisplayOptions } from './cube/display.ts'
export type { Attachment, Frame, OriginalFile, Volume } from './cube/image.ts'
export { DicomCubeImage } from './cube/image.ts'
export { loadAll } from './cube/load-all.ts'
export { applyLut, type Lut, type Palette } from './cube/lut.ts'
export type { AnyValue } from './cube/meta.ts'
export { DicomMeta } from './cube/meta.ts'
export { SORT_METHODS, type SortMethod } from './cube/order.ts'
export { greyFunction, type RenderedImage, renderFrame } from './cube/render.ts'
export {
  type FoundSeries,
  findSeries,
  imageOfSeries,
  type LeftOut,
  onlySeries,
  type SeriesFiles,
  type SourceEntry,
} from './cube/series.ts'
export { Space, type SpaceJson, spaceOf } from './cube/space.ts'
export { DICOM_STATUSES, type DicomStatus, statusOf } from './cube/status.ts'
export type { SeriesVolume } from './cube/volumes.ts'
export {
  CT_WINDOWS,
  isLut,
  isPadding,
  type Modality,
  modalityFunction,
  type Presentation,
  presentationsOf,
  VOI_FUNCTIONS,
  type Voi,
  type VoiFunction,
  type VoiWindow,
  voiFunction,
  windowOf,
  windowOfFrames,
  windowOfRange,
} from './cube/window.ts'
export type { CubeInfo, SectionInfo, SliceInfo } from './dcbs/info.ts'
export type { LoadOptions } from './dcbs/load.ts'
export { restoreFile, restoreParts, type VerifiedFile, verifyFiles } from './dcbs/restore.ts'
export type { WriteOptions, WriteResult } from './dcbs/write.ts'
export {
  CommonTags,
  instanceLevelTags,
  patientLevelTags,
  seriesLevelTags,
  studyLevelTags,
} from './dicom/common-tags.ts'
export { type Keyword, keywordOf, lookup, tagOfKeyword } from './dicom/dictionary.ts'
export type { DicomJson, JsonElement } from './dicom/json.ts'
export { stringifyJson } from './dicom/json-write.ts'
export { REPORT_CODES, type ReportCode, type ReportEntry } from './dicom/parse.ts'
export { formatTag, parseTag, parseTagPath, type TagInput } from './dicom/tags.ts'
export type { DicomValue, PersonName } from './dicom/values.ts'
export { DicubeError, ERROR_CODES, type ErrorCode } from './errors.ts'
export { version } from './version.ts'

/**
 * Opens a .dcbs file, ours or the Python package's. Frames are read when they are asked for; close() the image when done.
 * @throws DicubeError `not-a-cube`, `corrupt`, `truncated`, `newer-version`, `not-found`, `http`, `aborted`
 */
export const load = (input: Input, options?: LoadOptions): Promise<DicomCubeImage> => loadFrom(sourceOf(input), options)

/**
 * Only the metadata of a .dcbs file: one read of 64 KiB for up to about 1,000 slices, and never a frame.
 * @throws DicubeError as load
 */
export async function loadMeta(input: Input, options: { signal?: AbortSignal } = {}): Promise<DicomMeta> {
  return loadMetaFrom(sourceOf(input), options.signal)
}

/**
 * Looks at a series as a whole: who it is of, whether all of it is there, how it lies, what its values and bytes are.
 * No pixel is read or decoded; an image adds what was recorded of its frames when they were packed, and what was odd
 * about the files. Blobs that were not fetched with meta.load() are left out.
 * @throws DicubeError `not-loaded` in a page that has not called loadAll()
 */
export const check = (series: DicomMeta | DicomCubeImage): SeriesCheck => extrasFor('check').check(series)

/**
 * One DICOM file as DICOM JSON (PS3.18 Annex F), Pixel Data left out. `onReport` gets what is odd about the file that is
 * read all the same: an entry for each code of REPORT_CODES that applies.
 * @throws DicubeError `not-dicom`, `truncated`, `malformed`, `limit`, `aborted`
 */
export async function readInstance(
  input: Input,
  options: { onReport?: (entry: ReportEntry) => void; signal?: AbortSignal } = {},
): Promise<DicomJson> {
  const instance = await parsePart10(sourceOf(input), { signal: options.signal })
  const json = new DicomMeta(tableOfInstances([instance])).index(0)
  if (options.onReport) for (const entry of await reportOf(instance, options.signal)) options.onReport(entry)
  return json
}

export interface SeriesOptions {
  /** Which series, where there are several. */
  seriesInstanceUid?: string
  sort?: SortMethod
  /** A file that cannot be read is an error, and not left out. */
  strict?: boolean
  threads?: number
  signal?: AbortSignal
}

/**
 * The instances of one series, from wherever their bytes are.
 * @throws DicubeError `no-instances`, `several-series` with a list of them, `aborted`; with `strict`, `refused`
 */
export async function loadFromDicomFiles(
  entries: Iterable<SourceEntry> | AsyncIterable<SourceEntry>,
  options: SeriesOptions = {},
  where = 'files',
): Promise<DicomCubeImage> {
  const found = await findSeries(entries, options)
  if (options.strict && found.refused.length) {
    throw new DicubeError(
      'refused',
      `${found.refused.length} files cannot be read:\n${found.refused.map(({ name, reason }) => `  ${name}: ${reason}`).join('\n')}`,
    )
  }
  return imageOfSeries(onlySeries(found, where, options.seriesInstanceUid), options)
}

/** The image as the bytes of a .dcbs file, for where there is no file system. */
export async function saveToBytes(image: DicomCubeImage, options?: WriteOptions): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  await saveTo(image, { write: async bytes => void parts.push(bytes) }, async () => memorySpool(), options)
  return concat(parts)
}

/**
 * The same as a Blob, which a page can offer for download: of a large series only a few megabytes are in the memory of
 * the page at a time. load(blob) opens it.
 */
export async function saveToBlob(image: DicomCubeImage, options?: WriteOptions): Promise<WriteResult & { blob: Blob }> {
  const writer = blobWriter()
  const result = await saveTo(image, writer, async () => blobSpool(), options)
  return { ...result, blob: writer.blob }
}

/**
 * What is in a .dcbs file and what each part of it takes: sections, sizes before and after, the original files. No
 * frame is read.
 * @throws DicubeError as load
 */
export const loadInfo = async (input: Input, options: { signal?: AbortSignal } = {}): Promise<CubeInfo> =>
  (await readInfo(coalesced(sourceOf(input)), options.signal)).info

/** The original file of each slice, by its name. */
export async function* originalFiles(
  image: DicomCubeImage,
  signal?: AbortSignal,
): AsyncGenerator<{ name: string; bytes: Uint8Array }> {
  for (const [slice, { name }] of image.originals.files.entries())
    yield { name, bytes: await restoreFile(image, slice, signal) }
}
