import type { ByteSource } from '../bytes/source.ts'
import { FramePool } from '../codec/pool.ts'
import { DicomCubeImage } from '../cube/image.ts'
import type { DicomMeta } from '../cube/meta.ts'
import { attachmentsOf, frameIndexOf, metaOf, openCube, originalsOf, pixelStoreOf } from './read.ts'
import { readV1 } from './v1.ts'
import { imageOfV1 } from './v1-image.ts'

export interface LoadOptions {
  signal?: AbortSignal
  /** Threads that decode frames; default: as many as there are processors. */
  threads?: number
}

/** The metadata of a .dcbs file: ours from the front page alone, a v1 file's from its JSON. No frame is read. */
export async function loadMetaFrom(source: ByteSource, signal?: AbortSignal): Promise<DicomMeta> {
  const cube = await openCube(source, signal)
  return cube ? metaOf(cube) : (await readV1(source)).meta
}

/** A .dcbs file as an image. Frames are read when they are asked for. */
export async function loadFrom(source: ByteSource, { signal, threads }: LoadOptions = {}): Promise<DicomCubeImage> {
  const cube = await openCube(source, signal)
  const pool = new FramePool(threads)
  const onClose = async () => source.close?.()
  if (!cube) return imageOfV1(await readV1(source), source, { pool, onClose })
  const meta = metaOf(cube)
  const index = frameIndexOf(cube, meta.sliceCount)
  const originals = await originalsOf(cube, meta.sliceCount)
  return new DicomCubeImage(meta, pixelStoreOf(cube, index), originals, {
    attachments: await attachmentsOf(cube),
    pool,
    onClose,
  })
}
