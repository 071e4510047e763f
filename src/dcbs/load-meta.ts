import { type ByteSource, checkAborted } from '../bytes/source.ts'
import { loadAll } from '../cube/load-all.ts'
import type { DicomMeta } from '../cube/meta.ts'
import { openCube } from './read.ts'
import { metaOf, type ReadPixelRanges } from './read-meta.ts'
import type { V1File } from './v1.ts'

/** The metadata of a .dcbs file: ours from the front page alone, a v1 file's from its JSON. No frame is read. */
export async function loadMetaFrom(source: ByteSource, signal?: AbortSignal): Promise<DicomMeta> {
  checkAborted(source.name, signal)
  const cube = await openCube(source, signal)
  return cube ? metaOf(cube, rangesReader) : (await readV1File(source, signal)).meta
}

let readPixelRanges: ReadPixelRanges | undefined

/** Kept, as asking for a script takes a third of opening a cube also where it is there. */
const rangesReader = async (): Promise<ReadPixelRanges> =>
  (readPixelRanges ??= (await import('./frame-lists.ts')).readPixelRanges)

/** readV1, loaded when such a file is met. */
export async function readV1File(source: ByteSource, signal?: AbortSignal): Promise<V1File> {
  const [v1] = await Promise.all([import('./v1.ts'), loadAll()])
  return v1.readV1(source, signal)
}
