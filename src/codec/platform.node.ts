import { availableParallelism } from 'node:os'
import * as zlib from 'node:zlib'
import { readPart } from '../bytes/file.node.ts'
import { corruptDeflate, overLimit } from './inflate.ts'
import type { Platform } from './platform.ts'
import { createNodeWorker } from './threads.node.ts'

/** Node has zstd from 22.15 on; the types here are those of Node 20. */
const { zstdDecompressSync } = zlib as {
  zstdDecompressSync?: (bytes: Uint8Array, options: { maxOutputLength: number }) => Uint8Array
}

/** Asked for when it is needed: a command that hashes nothing starts sooner without it. */
const sha256 = () => process.getBuiltinModule('node:crypto').createHash('sha256')

/** A Buffer's methods differ from Uint8Array's (slice is a view), so none gets out. */
const plain = (buffer: Uint8Array) => new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)

/** What is read of files. Memory of its own for each frame is cleared first, and keeps the collector busy. */
let memory = new Uint8Array(0)

export const nodePlatform: Platform = {
  createHasher() {
    const hash = sha256()
    return { update: async part => void hash.update(part), digest: async () => plain(hash.digest()) }
  },
  crc32: (bytes, seed) => zlib.crc32(bytes, seed),
  // zlib refuses a maxOutputLength of 0.
  zstdDecompress: zstdDecompressSync
    ? (bytes, sizeBytes) => plain(zstdDecompressSync(bytes, { maxOutputLength: Math.max(1, sizeBytes) }))
    : undefined,
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
  readPart(part) {
    // A byte more than any piece: a result that is a view of it is seen to be none of its own, and copied.
    if (part.length >= memory.length) memory = new Uint8Array(part.length + 1)
    return readPart(part, memory.subarray(0, part.length))
  },
  concurrency: availableParallelism(),
  wasmUrls: {},
}
