import { coalesced } from '../bytes/coalesce.ts'
import { type ByteSource, checkAborted } from '../bytes/source.ts'
import { FramePool } from '../codec/pool.ts'
import { DicomCubeImage } from '../cube/image.ts'
import { loadAll } from '../cube/load-all.ts'
import { readPixelRanges } from './frame-lists.ts'
import { readV1File } from './load-meta.ts'
import { attachmentsOf, openCube, originalsOf } from './read.ts'
import { frameIndexOf, pixelStoreOf } from './read-frames.ts'
import { metaOf } from './read-meta.ts'

export interface LoadOptions {
  signal?: AbortSignal
  /** Threads that decode frames; default: as many as there are processors. */
  threads?: number
}

/** A .dcbs file as an image. Frames are read when they are asked for. */
export async function loadFrom(source: ByteSource, options: LoadOptions = {}): Promise<DicomCubeImage> {
  // All of an image is of one file, also when another one takes its place meanwhile.
  checkAborted(source.name, options.signal)
  source.hold?.()
  try {
    return await opened(coalesced(source), options)
  } catch (error) {
    await source.close?.()
    throw error
  }
}

async function opened(source: ByteSource, { signal, threads }: LoadOptions): Promise<DicomCubeImage> {
  const [cube] = await Promise.all([openCube(source, signal), loadAll()])
  const pool = new FramePool(threads)
  const options = { pool, stats: source.stats, onClose: async () => source.close?.() }
  if (!cube) return (await import('./v1-image.ts')).imageOfV1(await readV1File(source, signal), source, options, signal)
  const meta = await metaOf(cube, async () => readPixelRanges)
  const index = frameIndexOf(cube, meta.sliceCount)
  const [originals, attachments] = await Promise.all([
    originalsOf(cube, meta.sliceCount, signal),
    attachmentsOf(cube, signal),
  ])
  checkAborted(source.name, signal)
  return new DicomCubeImage(meta, pixelStoreOf(cube, index), originals, { ...options, attachments })
}
