import { statSync } from 'node:fs'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { changedSource } from '../bytes/changed-source.ts'
import { fileError, sourceFromFile } from '../bytes/file.node.ts'
import { sourceOf, usePaths } from '../bytes/open.ts'
import type { ByteSource } from '../bytes/source.ts'
import { nodePlatform } from '../codec/platform.node.ts'
import { usePlatform } from '../codec/platform.ts'
import type { DicomCubeImage } from '../cube/image.ts'
import type { DicomMeta } from '../cube/meta.ts'
import type { SortMethod } from '../cube/order.ts'
import type { FoundSeries, SeriesFiles, SourceEntry } from '../cube/series.ts'
import { FRONT_READ_BYTES } from '../dcbs/layout.ts'
import { DicubeError } from '../errors.ts'
import { usageError } from './args.ts'
import { breather, type Io, warn } from './io.ts'
import type { MetaOptions } from './meta-options.ts'
import { progressOf } from './progress.ts'
import { plural, safe } from './text.ts'

export { META_OPTIONS, type MetaOptions } from './meta-options.ts'

usePlatform(nodePlatform)
usePaths(sourceFromFile)

const isUrl = (path: string) => /^https?:/i.test(path)
const CUBE_MAGIC = 'DCMCUBE'

/** What lies at a path; undefined: nothing. */
export async function kindOf(path: string): Promise<'file' | 'folder' | undefined> {
  try {
    const found = statSync(path)
    return found.isDirectory() ? 'folder' : 'file'
  } catch (error) {
    const failure = fileError(error, path)
    if (failure.code === 'not-found') return undefined
    throw failure
  }
}

/** The metadata of a cube, a DICOM file, or the DICOM files of a folder. @throws DicubeError `not-found`, `several-series` and those of loadMeta and readInstance */
export async function openMeta(path: string, { series, sort }: MetaOptions, io: Io): Promise<DicomMeta> {
  const kind = isUrl(path) ? 'file' : await kindOf(path)
  if (!kind) throw new DicubeError('not-found', `${path}: no such file or folder`)
  if (kind === 'folder') return metaOfFolder(path, { series, sort }, io)
  if (series !== undefined || sort !== undefined)
    throw usageError(`--${series === undefined ? 'sort' : 'series'} is for a folder of DICOM files; ${path} is a file`)
  const source = await withHead(sourceOf(path), io.signal)
  const { bytes } = await source.head(CUBE_MAGIC.length)
  if (String.fromCharCode(...bytes) === CUBE_MAGIC || /\.dcbs$/i.test(path)) {
    const { openCube } = await import('../dcbs/read.ts')
    const cube = await openCube(source, io.signal)
    if (cube) {
      const { metaOf } = await import('../dcbs/read-meta.ts')
      return metaOf(cube, async () => (await import('../dcbs/frame-lists.ts')).readPixelRanges)
    }
    const { loadMetaFrom } = await import('../dcbs/load-meta.ts')
    return loadMetaFrom(source, io.signal)
  }
  const { parsePart10 } = await import('../dicom/parse.ts')
  const instance = await parsePart10(source)
  const { reportOf } = await import('../cube/series.ts')
  for (const { code, message } of await reportOf(instance)) await warn(io, safe(`${path}: ${code}: ${message}`))
  return metaOfInstances([instance])
}

/** The image of a cube, a DICOM file, or the DICOM files of a folder, with its pixels. Who opens it closes it. @throws DicubeError as openMeta */
export async function openImage(path: string, { series, sort }: MetaOptions, io: Io): Promise<DicomCubeImage> {
  const { imageOfSeries } = await import('../cube/series.ts')
  const kind = isUrl(path) ? 'file' : await kindOf(path)
  if (!kind) throw new DicubeError('not-found', `${path}: no such file or folder`)
  if (kind === 'folder') {
    const found = await findIn(await placeOf([path]), sort, io)
    return imageOfSeries(await chooseSeries(found, path, series))
  }
  if (series !== undefined || sort !== undefined)
    throw usageError(`--${series === undefined ? 'sort' : 'series'} is for a folder of DICOM files; ${path} is a file`)
  const source = sourceOf(path)
  const { bytes } = await source.head(CUBE_MAGIC.length, io.signal)
  if (String.fromCharCode(...bytes) === CUBE_MAGIC || /\.dcbs$/i.test(path)) {
    const { loadFrom } = await import('../dcbs/load.ts')
    return loadFrom(source, { signal: io.signal })
  }
  const { findSeries } = await import('../cube/series.ts')
  return imageOfSeries(await chooseSeries(await findSeries([{ name: path, source }]), path, undefined))
}

/** Remembers the first bytes, so that looking at them costs no second request. */
async function withHead(source: ByteSource, signal: AbortSignal): Promise<ByteSource> {
  const { bytes, sizeBytes } = await source.head(FRONT_READ_BYTES, signal)
  const head = async (length: number, signal?: AbortSignal) =>
    length <= bytes.length || bytes.length === sizeBytes
      ? { bytes: bytes.subarray(0, length), sizeBytes }
      : source.head(length, signal)
  return changedSource(source, { head, headNow: undefined, startNow: undefined })
}

async function metaOfInstances(instances: SeriesFiles['instances']): Promise<DicomMeta> {
  const [{ DicomMeta }, { tableOfInstances }] = await Promise.all([
    import('../cube/meta.ts'),
    import('../cube/ingest.ts'),
  ])
  return new DicomMeta(tableOfInstances(instances))
}

async function metaOfFolder(path: string, { series, sort }: MetaOptions, io: Io): Promise<DicomMeta> {
  const found = await findIn(await placeOf([path]), sort, io)
  const chosen = await chooseSeries(found, path, series)
  const left = found.skipped.length + found.refused.length
  if (left) await warn(io, `${path}: ${plural(left, 'file')} left out; dicube pack says which and why`)
  return metaOfInstances(chosen.instances)
}

/** Files to look at, with names relative to the folder that holds them all. */
export interface Place {
  base: string
  entries(): AsyncIterable<SourceEntry>
}

/** @throws DicubeError `not-found` */
export async function placeOf(paths: readonly string[]): Promise<Place> {
  const kinds = await Promise.all(paths.map(kindOf))
  const missing = kinds.indexOf(undefined)
  if (missing >= 0) throw new DicubeError('not-found', `${paths[missing]}: no such file or folder`)
  const folders = paths.map((path, i) => resolve(kinds[i] === 'folder' ? path : dirname(path)))
  const base = folders.reduce(commonFolder)
  return {
    base: paths.length === 1 && kinds[0] === 'folder' ? paths[0] : base,
    async *entries() {
      const { folderEntries } = await import('../node.ts')
      const seen = new Set<string>()
      for (const [i, path] of paths.entries()) {
        const prefix = relative(base, folders[i]).split(sep).join('/')
        const named = (name: string) => (prefix ? `${prefix}/${name}` : name)
        const found =
          kinds[i] === 'folder' ? folderEntries(path) : [{ name: basename(path), source: sourceFromFile(path) }]
        for await (const { name, source } of found) {
          if (seen.has(named(name))) continue
          seen.add(named(name))
          yield { name: named(name), source }
        }
      }
    },
  }
}

function commonFolder(a: string, b: string): string {
  const [as, bs] = [a.split(sep), b.split(sep)]
  let k = 0
  while (k < Math.min(as.length, bs.length) && as[k] === bs[k]) k++
  return as.slice(0, k).join(sep) || sep
}

/** The path of an entry of a place. */
export const pathIn = ({ base }: Place, name: string): string => join(base, ...name.split('/'))

/** The series of a place, with progress. */
export async function findIn(place: Place, sort: SortMethod | undefined, io: Io): Promise<FoundSeries> {
  const { findSeries } = await import('../cube/series.ts')
  const progress = progressOf(io)
  const breathe = breather(io.signal)
  async function* entries() {
    for await (const entry of place.entries()) {
      await breathe()
      yield entry
    }
  }
  try {
    return await findSeries(entries(), {
      sort,
      signal: io.signal,
      onProgress: files => progress.update('Reading headers', files),
    })
  } finally {
    progress.clear()
  }
}

/** How --series calls the instances that have no Series Instance UID. */
const NO_SERIES = 'none'

/** onlySeries, whose complaint about a series that is not there is one about the command line. */
export async function chooseSeries(found: FoundSeries, where: string, uid: string | undefined): Promise<SeriesFiles> {
  const { onlySeries } = await import('../cube/series.ts')
  try {
    return onlySeries(found, where, uid === NO_SERIES ? '' : uid)
  } catch (error) {
    if (!(error instanceof DicubeError)) throw error
    if (error.code === 'no-instances' && uid !== undefined && found.series.length)
      throw usageError(`--series: ${error.message}`)
    if (error.code === 'several-series')
      throw new DicubeError(
        'several-series',
        error.message.replace('choose one by its Series Instance UID', 'choose one with --series UID'),
      )
    throw error
  }
}
