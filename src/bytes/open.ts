import { DicubeError } from '../errors.ts'
import { type ByteSource, sourceFromBlob, sourceFromBytes } from './source.ts'
import { sourceFromUrl } from './url.ts'

/** Where a cube or a DICOM file can be: a path (Node), a URL, a File or Blob, bytes, or a source of one's own. */
export type Input = string | URL | Blob | Uint8Array | ArrayBuffer | ByteSource

let openPath: ((path: string) => ByteSource) | undefined

/** Says how a path is opened; node.ts does. */
export function usePaths(open: (path: string) => ByteSource): void {
  openPath = open
}

/** @throws DicubeError `usage` for what is none of the kinds, and for a path in a browser */
export function sourceOf(input: Input): ByteSource {
  if (input instanceof Uint8Array) return sourceFromBytes(input)
  if (input instanceof ArrayBuffer) return sourceFromBytes(new Uint8Array(input))
  if (input instanceof Blob) return sourceFromBlob(input)
  if (input instanceof URL || typeof input === 'string') {
    const text = String(input)
    if (/^(https?|blob|data):/i.test(text)) return sourceFromUrl(text)
    if (openPath) return openPath(input instanceof URL ? decodeURIComponent(input.pathname) : text)
    // A page names what lies beside it without a scheme.
    if (globalThis.location) return sourceFromUrl(new URL(text, globalThis.location.href).href)
  } else if (input && typeof input.head === 'function' && typeof input.read === 'function') return input
  throw new DicubeError(
    'usage',
    `cannot open ${typeof input === 'string' ? JSON.stringify(input) : String(input)}: wanted a path, a URL, a Blob, bytes or a ByteSource`,
  )
}
