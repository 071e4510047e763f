import { DicubeError } from '../errors.ts'
import { changedSource } from './changed-source.ts'
import type { ByteSource } from './source.ts'

/** What lies between two reads that are made one; sending it costs less than a request does. */
const GAP_BYTES = 16 << 10
/** The longest read that is made of several. */
const MOST_BYTES = 8 << 20

interface Wanted {
  offset: number
  length: number
  signal?: AbortSignal
  resolve(bytes: Uint8Array): void
  reject(error: unknown): void
}

/** The same source; where reads cost requests, neighbours that are asked for at the same time are one read of it. */
export function coalesced(source: ByteSource): ByteSource {
  if (!source.stats) return source
  let waiting: Wanted[] = []
  const flush = () => {
    const wanted = waiting.sort((a, b) => a.offset - b.offset)
    waiting = []
    let group: Wanted[] = []
    let end = 0
    for (const one of wanted) {
      const newEnd = Math.max(end, one.offset + one.length)
      if (group.length && (one.offset - end > GAP_BYTES || newEnd - group[0].offset > MOST_BYTES)) {
        void readGroup(source, group, end)
        group = []
      }
      group.push(one)
      end = group.length > 1 ? newEnd : one.offset + one.length
    }
    if (group.length) void readGroup(source, group, end)
  }
  return changedSource(source, {
    read: (offset, length, signal) =>
      new Promise((resolve, reject) => {
        if (!waiting.length) queueMicrotask(flush)
        waiting.push({ offset, length, signal, resolve, reject })
      }),
  })
}

/** One read for all, which is given up when nobody waits for it any more. */
async function readGroup(source: ByteSource, group: readonly Wanted[], end: number): Promise<void> {
  if (group.length === 1) {
    const [{ offset, length, signal, resolve, reject }] = group
    return source.read(offset, length, signal).then(resolve, reject)
  }
  const [{ offset: start }] = group
  const stop = new AbortController()
  let left = group.length
  const listeners = group.map(({ signal, reject }) => {
    const abort = () => {
      reject(new DicubeError('aborted', `${source.name}: aborted`, { cause: signal!.reason }))
      if (--left === 0) stop.abort()
    }
    if (signal?.aborted) abort()
    else signal?.addEventListener('abort', abort, { once: true })
    return abort
  })
  try {
    const bytes = await source.read(start, end - start, stop.signal)
    for (const { offset, length, resolve } of group) resolve(bytes.subarray(offset - start, offset - start + length))
  } catch (error) {
    for (const { reject } of group) reject(error)
  } finally {
    for (const [i, abort] of listeners.entries()) group[i].signal?.removeEventListener('abort', abort)
  }
}
