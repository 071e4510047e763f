import { concat } from '../bytes/concat.ts'
import { DicubeError } from '../errors.ts'
import { readZstdHeader } from './platform.ts'
import { wasmUrl } from './wasm.ts'
import { xxh64, xxh64Low } from './xxh64.ts'

/** The levels that files are written with; the bytes of a file depend on them. */
export const SECTION_LEVEL = 19
export const FRAME_LEVEL = 3
/** Of the view for readers of v1: 5 % more bytes than level 19 gives, in a ninth of its time. */
export const VIEW_LEVEL = 12

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

/** A zstd frame in the making. */
export interface ZstdPieces {
  add(piece: Uint8Array): void
  /** Forgets all pieces. */
  restart(): void
  finish(): { frame: Uint8Array; contentBytes: number }
}

/**
 * One zstd frame of a text that is never in memory as a whole. Each piece is compressed for itself, which takes as much
 * work space as one piece wants, and their blocks stand in one frame; BETWEEN_PIECES spaces are added before each but the
 * first, so that text has to be one that may have them. A single piece becomes the frame of compressZstdNow.
 */
export function zstdOfPieces(level: number): ZstdPieces {
  let hasher = xxh64()
  let parts: Uint8Array[] = []
  let lastBlock = 0
  let contentBytes = 0
  let windowBytes = 0
  const count = (bytes: Uint8Array) => {
    hasher.update(bytes)
    contentBytes += bytes.length
  }
  return {
    add(piece) {
      if (parts.length) {
        parts.push(RESET_BLOCK)
        count(new Uint8Array(BETWEEN_PIECES).fill(0x20))
      }
      const frame = compressBare(piece, level)
      const { blocksOffset } = readZstdHeader(frame)
      if (!parts.length) parts.push(frame.subarray(0, blocksOffset))
      const blocks = frame.subarray(blocksOffset)
      lastBlock = lastBlockOf(blocks)
      blocks[lastBlock] &= ~LAST_BLOCK
      parts.push(blocks)
      count(piece)
      windowBytes = Math.max(windowBytes, piece.length)
    },
    restart() {
      hasher = xxh64()
      parts = []
      contentBytes = windowBytes = 0
    },
    finish() {
      const [ownHeader, ...blocks] = parts
      blocks[blocks.length - 1][lastBlock] |= LAST_BLOCK
      const header = blocks.length === 1 ? ownHeader : frameHeader(windowBytes, contentBytes)
      header[FRAME_HEADER_DESCRIPTOR] |= CONTENT_CHECKSUM_FLAG
      const checksum = new Uint8Array(CHECKSUM_BYTES)
      new DataView(checksum.buffer).setUint32(0, hasher.low(), true)
      return { frame: concat([header, ...blocks, checksum]), contentBytes }
    },
  }
}

export const BETWEEN_PIECES = 33
/** RFC 8878 §3.1.1.2: the lowest bit of a block's header. */
const LAST_BLOCK = 1

/**
 * A block of BETWEEN_PIECES spaces (RFC 8878 §3.1.1.3): three sequences of 8 literals and a match of 3, at offsets 8, 4
 * and 1. Behind it the repeated offsets are 1, 4 and 8, which is what each frame begins with, so that
 * the blocks of another frame can follow. Literals, their lengths and those of the matches are each one repeated symbol.
 */
const RESET_BLOCK = Uint8Array.of(0x4c, 0, 0, 0xc1, 0x20, 3, 0x44, 8, 0, 0xb8, 0xdd, 0x4a)

/** RFC 8878 §3.1.1.1, with a window of a power of two and a content size of 32 bits. */
function frameHeader(windowBytes: number, contentBytes: number): Uint8Array {
  const windowLog = Math.max(0, Math.ceil(Math.log2(windowBytes)) - 10)
  const header = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 2 << 6, windowLog << 3, 0, 0, 0, 0)
  new DataView(header.buffer).setUint32(6, contentBytes, true)
  return header
}

function lastBlockOf(blocks: Uint8Array): number {
  for (let at = 0; ; ) {
    const header = blocks[at] | (blocks[at + 1] << 8) | (blocks[at + 2] << 16)
    if (header & LAST_BLOCK) return at
    // A block of type 1 is one byte, repeated.
    at += 3 + (((header >> 1) & 3) === 1 ? 1 : header >> 3)
  }
}

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
