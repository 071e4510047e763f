import { DicubeError } from '../errors.ts'
import { wasmUrl } from './wasm.ts'

/** The levels that files are written with; the bytes of a file depend on them. */
export const SECTION_LEVEL = 19
export const FRAME_LEVEL = 3

/** Source, destination and the work space of level 19 share the 2 GiB of the WASM; past that it writes over itself. */
const MAX_COMPRESS_BYTES = 512 << 20

type Compress = (bytes: Uint8Array, level: number) => Uint8Array

let loading: Promise<Compress> | undefined
let loaded: Compress | undefined

async function load(): Promise<Compress> {
  const { init, compress } = await import('@bokuweb/zstd-wasm')
  await (init as (url?: string) => Promise<void>)(wasmUrl('zstd.wasm'))
  loaded = compress
  return compress
}

/** Makes compressZstdNow usable. */
export async function loadZstd(): Promise<void> {
  loading ??= load()
  await loading
}

/** compressZstd without waiting, once loadZstd has resolved: choosing an encoding compresses thousands of small pieces. */
export function compressZstdNow(bytes: Uint8Array, level: number): Uint8Array {
  if (!loaded) throw new DicubeError('io', 'zstd: not loaded')
  if (bytes.length > MAX_COMPRESS_BYTES)
    throw new DicubeError('limit', `zstd: ${bytes.length} bytes to compress, at most ${MAX_COMPRESS_BYTES} fit`)
  return loaded(bytes, level)
}

/**
 * One zstd frame with its content size in the header. It is the same pinned build everywhere, never node:zlib, so that
 * the same folder gives the same file. The build exports no way to ask for zstd's content checksum.
 */
export async function compressZstd(bytes: Uint8Array, level: number): Promise<Uint8Array> {
  await loadZstd()
  return compressZstdNow(bytes, level)
}
