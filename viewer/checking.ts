import type { CubeInfo, SeriesCheck } from 'dicube'
import type { CheckReply, CheckRequest } from './check.ts'

/** A check that goes on in a worker. */
export interface Checking {
  /** Rejects where nothing could be checked; of one that was ended nothing is heard any more. */
  found: Promise<{ check: SeriesCheck; info?: CubeInfo }>
  end(): void
}

export function checkCube(request: CheckRequest): Checking {
  const worker = new Worker(new URL('./view-check.js', import.meta.url), { type: 'module' })
  const found = new Promise<{ check: SeriesCheck; info?: CubeInfo }>((resolve, reject) => {
    worker.onerror = event => reject(new Error(event.message || 'the worker could not start'))
    worker.onmessage = ({ data }: MessageEvent<CheckReply>) =>
      data.kind === 'checked' ? resolve(data) : reject(new Error(data.message))
    worker.postMessage(request)
  }).finally(() => worker.terminate())
  return { found, end: () => worker.terminate() }
}
