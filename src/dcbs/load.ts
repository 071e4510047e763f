import type { ByteSource } from '../bytes/source.ts'
import { FramePool } from '../codec/pool.ts'
import { DicomCubeImage } from '../cube/image.ts'
import { loadAll } from '../cube/load-all.ts'
import { readV1File } from './load-meta.ts'
import { attachmentsOf, frameIndexOf, metaOf, openCube, originalsOf, pixelStoreOf } from './read.ts'

export interface LoadOptions {
  signal?: AbortSignal
  /** Threads that decode frames; default: as many as there are processors. */
  threads?: number
}

/** A .dcbs file as an image. Frames are read when they are asked for. */
export async function loadFrom(source: ByteSource, options: LoadOptions = {}): Promise<DicomCubeImage> {
  // All of an image is of one file, also when another one takes its place meanwhile.
  source.hold?.()
  try {
    return await opened(source, options)
  } catch (error) {
    await source.close?.()
    throw error
  }
}

async function opened(source: ByteSource, { signal, threads }: LoadOptions): Promise<DicomCubeImage> {
  const [cube] = await Promise.all([openCube(source, signal), loadAll()])
  const pool = new FramePool(threads)
  const onClose = async () => source.close?.()
  if (!cube) return (await import('./v1-image.ts')).imageOfV1(await readV1File(source), source, { pool, onClose })
  const meta = metaOf(cube)
  const index = frameIndexOf(cube, meta.sliceCount)
  const originals = await originalsOf(cube, meta.sliceCount)
  return new DicomCubeImage(meta, pixelStoreOf(cube, index), originals, {
    attachments: await attachmentsOf(cube),
    pool,
    onClose,
  })
}
