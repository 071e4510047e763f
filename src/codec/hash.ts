import type { IHasher } from 'hash-wasm'
import { concat } from '../bytes/concat.ts'
import { sameBytes } from '../bytes/same-bytes.ts'
import type { FilePlace } from '../bytes/source.ts'
import { platform } from './platform.ts'

/**
 * A SHA-256 of bytes that arrive in parts, each when the one before it is taken. A part must not change before `digest`
 * has resolved.
 */
export interface Hasher {
  update(part: Uint8Array): Promise<void>
  digest(): Promise<Uint8Array>
}

export const createHasher = (): Hasher => (platform().createHasher ?? createWebHasher)()

/**
 * WebCrypto takes a message whole, and a third of the time that hash-wasm takes. What is not longer, as most slices are
 * not, waits for its end; of what is longer no more than a part is held.
 */
const WHOLE_BYTES = 1 << 22

function createWebHasher(): Hasher {
  const waiting: Uint8Array[] = []
  let sizeBytes = 0
  let inParts: IHasher | undefined
  async function takeParts(): Promise<IHasher> {
    inParts ??= (await (await import('hash-wasm')).createSHA256()).init()
    for (const part of waiting.splice(0)) inParts.update(part)
    return inParts
  }
  return {
    async update(part) {
      waiting.push(part)
      sizeBytes += part.length
      if (sizeBytes > WHOLE_BYTES) await takeParts()
    },
    async digest() {
      // A page that came by http: from another machine has no WebCrypto.
      if (inParts || !crypto.subtle) return (await takeParts()).digest('binary')
      return new Uint8Array(await crypto.subtle.digest('SHA-256', concat(waiting) as Uint8Array<ArrayBuffer>))
    },
  }
}

/** Bytes that were read of a file before. */
export interface KnownBytes {
  offset: number
  bytes: Uint8Array
}

const BLOCK_BYTES = WHOLE_BYTES

/** SHA-256 of a whole file; undefined where bytes are no more what they were. */
export async function hashFile(
  read: (offset: number, length: number) => Uint8Array | Promise<Uint8Array>,
  sizeBytes: number,
  known: readonly KnownBytes[],
): Promise<Uint8Array | undefined> {
  const hasher = createHasher()
  for (let at = 0; at < sizeBytes; at += BLOCK_BYTES) {
    const block = await read(at, Math.min(BLOCK_BYTES, sizeBytes - at))
    for (const { offset, bytes } of known) {
      const from = Math.max(at, offset)
      const to = Math.min(at + block.length, offset + bytes.length)
      if (from < to && !sameBytes(block.subarray(from - at, to - at), bytes.subarray(from - offset, to - offset)))
        return undefined
    }
    await hasher.update(block)
  }
  return hasher.digest()
}

/** hashFile by a thread that reads the file itself. */
export const hashPlace = (file: FilePlace, sizeBytes: number, known: readonly KnownBytes[]) =>
  hashFile((offset, length) => platform().readPart!({ file, offset, length }), sizeBytes, known)
