import type { FrameWorker } from './platform.ts'

/** A thread of a page or of a page's worker. The address is spelled out as bundlers look for it. */
export function createBrowserWorker(): FrameWorker | undefined {
  if (typeof Worker === 'undefined') return undefined
  const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    listen(onMessage, onEnd) {
      worker.onmessage = event => onMessage(event.data)
      worker.onmessageerror = () => onEnd('a message could not be read')
      worker.onerror = event => onEnd(event.message || 'the worker script could not run')
    },
    end: () => worker.terminate(),
  }
}
