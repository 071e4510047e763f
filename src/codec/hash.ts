import { concat } from '../bytes/concat.ts'
import { sameBytes } from '../bytes/same-bytes.ts'
import type { FilePlace } from '../bytes/source.ts'
import { platform } from './platform.ts'

/** A SHA-256 of bytes that arrive in parts. A part must not change before `digest` has resolved. */
export interface Hasher {
  update(part: Uint8Array): void
  digest(): Promise<Uint8Array>
}

export const createHasher = (): Hasher => (platform().createHasher ?? createWebHasher)()

/** WebCrypto takes a message whole, so the parts wait for the end. */
function createWebHasher(): Hasher {
  const parts: Uint8Array[] = []
  return {
    update: part => void parts.push(part),
    digest: async () => new Uint8Array(await crypto.subtle.digest('SHA-256', concat(parts) as Uint8Array<ArrayBuffer>)),
  }
}

/** Bytes that were read of a file before. */
export interface KnownBytes {
  offset: number
  bytes: Uint8Array
}

const BLOCK_BYTES = 1 << 22

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
    hasher.update(block)
  }
  return hasher.digest()
}

/** hashFile by a thread that reads the file itself. */
export const hashPlace = (file: FilePlace, sizeBytes: number, known: readonly KnownBytes[]) =>
  hashFile((offset, length) => platform().readPart!({ file, offset, length }), sizeBytes, known)
