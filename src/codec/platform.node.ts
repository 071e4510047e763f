import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import * as zlib from 'node:zlib'
import { browserPlatform, corruptDeflate, type FrameWorker, overLimit, type Platform } from './platform.ts'

/** Node has zstd from 22.15 on; the types here are those of Node 20. */
const { zstdDecompressSync } = zlib as {
  zstdDecompressSync?: (bytes: Uint8Array, options: { maxOutputLength: number }) => Uint8Array
}

/** A Buffer's methods differ from Uint8Array's (slice is a view), so none gets out. */
const plain = (buffer: Uint8Array) => new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)

export const nodePlatform: Platform = {
  sha256: async bytes => plain(createHash('sha256').update(bytes).digest()),
  createHasher() {
    const hash = createHash('sha256')
    return { update: part => void hash.update(part), digest: async () => plain(hash.digest()) }
  },
  crc32: (bytes, seed) => zlib.crc32(bytes, seed),
  // zlib refuses a maxOutputLength of 0.
  zstdDecompress: zstdDecompressSync
    ? ({ bytes }, sizeBytes) => plain(zstdDecompressSync(bytes, { maxOutputLength: Math.max(1, sizeBytes) }))
    : browserPlatform.zstdDecompress,
  inflateRaw(bytes, maxBytes) {
    try {
      const inflated = zlib.inflateRawSync(bytes, { maxOutputLength: Math.max(1, maxBytes) })
      if (inflated.length > maxBytes) throw overLimit(maxBytes)
      return plain(inflated)
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') throw overLimit(maxBytes)
      if (error instanceof Error && 'code' in error && error.code === 'limit') throw error
      throw corruptDeflate(error)
    }
  },
  createWorker: createNodeWorker,
  concurrency: availableParallelism(),
  wasmUrls: {},
}

function createNodeWorker(): FrameWorker | undefined {
  let file: string
  try {
    // By the package's own name for it, so that src/ under a test runner starts the built worker too.
    file = createRequire(import.meta.url).resolve('#frame-worker')
  } catch {
    return undefined
  }
  const worker = new Worker(file)
  // A thread holds the process only while an answer is due: an open pool must not keep a finished program running, and
  // a program that awaits nothing but a frame must not end.
  let due = 0
  worker.unref()
  return {
    post(message, transfer) {
      worker.postMessage(message, transfer)
      if (due++ === 0) worker.ref()
    },
    listen(onMessage, onEnd) {
      let ended = false
      const end = (reason: string) => {
        if (!ended) onEnd(reason)
        ended = true
      }
      worker.on('message', message => {
        if (--due === 0) worker.unref()
        onMessage(message)
      })
      worker.on('messageerror', error => end(error.message))
      worker.on('error', error => end(error instanceof Error ? error.message : String(error)))
      worker.on('exit', code => end(`the worker ended with ${code}`))
    },
    end: () => void worker.terminate(),
  }
}
