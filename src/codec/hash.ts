import { concat } from '../bytes/concat.ts'
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
