import { DicubeError } from '../errors.ts'
import { wasmUrl } from './wasm.ts'
import { xxh64Low } from './xxh64.ts'

/** The levels that files are written with; the bytes of a file depend on them. */
export const SECTION_LEVEL = 19
export const FRAME_LEVEL = 3

/** Source, destination and the work space of level 19 share the 2 GiB of the WASM; past that it writes over itself. */
const MAX_COMPRESS_BYTES = 512 << 20

type Compress = (bytes: Uint8Array, level: number, prefix?: Uint8Array) => Uint8Array

let loading: Promise<Compress> | undefined
let loaded: Compress | undefined

async function load(): Promise<Compress> {
  const { init, compress, createCCtx, freeCCtx, compressUsingDict } = await import('@bokuweb/zstd-wasm')
  await (init as (url?: string) => Promise<void>)(wasmUrl('zstd.wasm'))
  loaded = (bytes, level, prefix) => {
    if (!prefix) return compress(bytes, level)
    const context = createCCtx()
    try {
      return compressUsingDict(context, bytes, prefix, level)
    } finally {
      freeCCtx(context)
    }
  }
  return loaded
}

/** Makes compressZstdNow usable. */
export async function loadZstd(): Promise<void> {
  loading ??= load()
  await loading
}

/**
 * One zstd frame with its content size and checksum, without waiting, once loadZstd has resolved. It is the same pinned
 * build everywhere, never node:zlib, so that the same folder gives the same file. `prefix`: what stands before the bytes
 * for whoever compresses and inflates them, a dictionary of raw content (RFC 8878 §5). The build exports no way to ask for
 * the checksum, so it is added here.
 */
export function compressZstdNow(bytes: Uint8Array, level: number, prefix?: Uint8Array): Uint8Array {
  const bare = compressBare(bytes, level, prefix)
  const frame = new Uint8Array(bare.length + CHECKSUM_BYTES)
  frame.set(bare)
  frame[FRAME_HEADER_DESCRIPTOR] |= CONTENT_CHECKSUM_FLAG
  new DataView(frame.buffer).setUint32(bare.length, xxh64Low(bytes), true)
  return frame
}

/** RFC 8878 §3.1.1: behind the magic; the low 4 bytes of XXH64 of the content end the frame. */
const FRAME_HEADER_DESCRIPTOR = 4
const CONTENT_CHECKSUM_FLAG = 0x04
const CHECKSUM_BYTES = 4

/** About what bytes take in a section: choosing an encoding compresses thousands of small pieces. */
export const zstdSize = (bytes: Uint8Array): number =>
  bytes.length < 16 ? bytes.length : compressBare(bytes, 3).length

function compressBare(bytes: Uint8Array, level: number, prefix?: Uint8Array): Uint8Array {
  if (!loaded) throw new DicubeError('io', 'zstd: not loaded')
  if (bytes.length > MAX_COMPRESS_BYTES)
    throw new DicubeError('limit', `zstd: ${bytes.length} bytes to compress, at most ${MAX_COMPRESS_BYTES} fit`)
  return loaded(bytes, level, prefix)
}

/** compressZstdNow where the build may not have been loaded yet. */
export async function compressZstd(bytes: Uint8Array, level: number): Promise<Uint8Array> {
  await loadZstd()
  return compressZstdNow(bytes, level)
}
