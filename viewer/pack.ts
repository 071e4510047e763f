import {
  type CubeInfo,
  check,
  DicubeError,
  findSeries,
  imageOfSeries,
  load,
  loadInfo,
  type SeriesCheck,
  saveToBlob,
  sourceFromBlob,
} from 'dicube'
import type { NamedBlob } from './named.ts'
import { trustOwnScripts } from './trusted.ts'

/** What the page asks this worker for: the files of one series. */
export interface PackRequest {
  files: NamedBlob[]
}

export type PackReply =
  | { kind: 'checked'; check: SeriesCheck }
  | { kind: 'progress'; done: number; total: number }
  | { kind: 'done'; blob: Blob; check: SeriesCheck; info: CubeInfo }
  | { kind: 'failed'; code: string; message: string }

// Checking looks at every value, packing rebuilds and compares every header and frame: here, so that the page goes on
// answering.
trustOwnScripts()
const scope = self as unknown as DedicatedWorkerGlobalScope
const reply = (message: PackReply) => scope.postMessage(message)

scope.onmessage = ({ data }: MessageEvent<PackRequest>) => void pack(data)

async function pack({ files }: PackRequest): Promise<void> {
  try {
    const found = await findSeries(files.map(({ name, blob }) => ({ name, source: sourceFromBlob(blob, name) })))
    if (found.series.length !== 1 || found.refused.length)
      throw new DicubeError('changed', 'the files are not those that were opened; open them again')
    const image = await imageOfSeries(found.series[0])
    reply({ kind: 'checked', check: check(image) })
    const { blob } = await saveToBlob(image, { onProgress: (done, total) => reply({ kind: 'progress', done, total }) })
    // What was seen of frames when they were packed is in the cube only.
    reply({ kind: 'done', blob, check: check(await load(blob)), info: await loadInfo(blob) })
  } catch (error) {
    const code = error instanceof DicubeError ? error.code : 'internal'
    reply({ kind: 'failed', code, message: error instanceof Error ? error.message : String(error) })
  }
}
