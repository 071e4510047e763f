import type { FilePart } from '../bytes/source.ts'
import { DicubeError } from '../errors.ts'
import { CUBE_LIMITS } from '../limits.ts'
import { crc32 } from './crc32.ts'
import type { Hasher } from './hash.ts'
import { inflateZstdBlocks } from './zstd-blocks.ts'

/** One thread that runs codec/worker: answers each posted message with one message. */
export interface FrameWorker {
  post(message: unknown, transfer: ArrayBuffer[]): void
  /** `onEnd` is called once, when no more answers will come. */
  listen(onMessage: (message: unknown) => void, onEnd: (reason: string) => void): void
  end(): void
}

/** All that a browser and Node do differently. */
export interface Platform {
  /** Absent: codec/hash's own, which a page that only reads metadata does not need. */
  createHasher?: (() => Hasher) | undefined
  crc32(bytes: Uint8Array, seed?: number): number
  /** Inflates a frame that checkZstdFrame has accepted. Absent: codec/zstd-blocks. inflateZstd checks how much it gives. */
  zstdDecompress?: ((bytes: Uint8Array, sizeBytes: number) => Uint8Array) | undefined
  /** Absent: codec/inflate's own, which a page that only reads metadata does not need. */
  inflateRaw?: ((bytes: Uint8Array, maxBytes: number) => Uint8Array) | undefined
  /** Absent: codec/browser-worker's, likewise. One that gives undefined says that there are no threads here. */
  createWorker?: (() => FrameWorker | undefined) | undefined
  /**
   * Reads a piece of a file at once; absent where no source has a place. All pieces are read into the same memory: what is
   * to stay is copied before the next is read.
   */
  readPart?: ((part: FilePart) => Uint8Array) | undefined
  concurrency: number
  /** Where a page serves a codec's .wasm, by file name; those not listed are looked for beside their script. */
  wasmUrls: Record<string, string>
}

export const browserPlatform: Platform = {
  crc32,
  concurrency: globalThis.navigator?.hardwareConcurrency ?? 2,
  wasmUrls: {},
}

let current = browserPlatform

/** Replaces what differs, for everything that runs from now on; node.ts calls it with nodePlatform. */
export function usePlatform(platform: Partial<Platform>): void {
  current = { ...current, ...platform }
}

export const platform = (): Platform => current

/** Threads that pack and decode frames, where nothing else is asked for. */
export const getNumThreads = (): number => current.concurrency

/** 0: everything runs on the calling thread. */
export const setNumThreads = (threads: number): void => usePlatform({ concurrency: threads })

const corrupt = (what: string) => new DicubeError('corrupt', `zstd: ${what}`)

/** RFC 8878 §3.1.1.1.2: a decoder should support 8 MiB, and zstd up to level 19 needs no more. */
const MAX_WINDOW_BYTES = 8 << 20

/**
 * Inflates one zstd frame to exactly sizeBytes, which comes from a checked directory and is the only limit: the frame
 * has to agree with it before a byte is allocated. `prefix` is what it was compressed behind, if anything.
 */
export function inflateZstd(bytes: Uint8Array, sizeBytes: number, prefix?: Uint8Array): Uint8Array {
  const blocksOffset = checkZstdFrame(bytes, sizeBytes)
  const { zstdDecompress } = current
  let inflated: Uint8Array
  try {
    inflated =
      zstdDecompress && !prefix
        ? zstdDecompress(bytes, sizeBytes)
        : inflateZstdBlocks(bytes, blocksOffset, sizeBytes, prefix)
  } catch (cause) {
    if (cause instanceof DicubeError) throw cause
    throw new DicubeError('corrupt', `zstd: ${(cause as Error).message}`, { cause })
  }
  if (inflated.length !== sizeBytes)
    throw corrupt(`the frame inflates to ${inflated.length} bytes, wanted ${sizeBytes}`)
  return inflated
}

/**
 * Throws `corrupt` unless the bytes are one zstd frame (RFC 8878 §3.1.1), no more and no less, of sizeBytes. Returns where
 * its blocks begin; what is in them nobody has looked at.
 */
export function checkZstdFrame(bytes: Uint8Array, sizeBytes: number): number {
  const { windowBytes, contentBytes, blocksOffset, hasChecksum } = readZstdHeader(bytes)
  if (contentBytes !== sizeBytes)
    throw corrupt(`the frame holds ${contentBytes ?? 'an unknown number of'} bytes, wanted ${sizeBytes}`)
  if (sizeBytes > CUBE_LIMITS.arrayBytes)
    throw new DicubeError(
      'limit',
      `zstd: the frame holds ${sizeBytes} bytes, at most ${CUBE_LIMITS.arrayBytes} are inflated`,
    )
  if (windowBytes > Math.max(MAX_WINDOW_BYTES, sizeBytes))
    throw corrupt(`the frame wants a window of ${windowBytes} bytes for ${sizeBytes}`)
  const end = endOfZstdBlocks(bytes, blocksOffset) + (hasChecksum ? 4 : 0)
  if (end !== bytes.length) throw corrupt(`the frame ends at ${end} of ${bytes.length} bytes`)
  return blocksOffset
}

/** What the header of a zstd frame says it holds, if it does. */
export const zstdContentBytes = (bytes: Uint8Array): number | undefined => readZstdHeader(bytes).contentBytes

interface ZstdHeader {
  windowBytes: number
  contentBytes: number | undefined
  blocksOffset: number
  hasChecksum: boolean
}

/** RFC 8878 §3.1.1.1. */
export function readZstdHeader(bytes: Uint8Array): ZstdHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 6 || view.getUint32(0, true) !== 0xfd2fb528)
    throw corrupt(`${bytes.length} bytes that do not begin with a zstd frame`)
  const descriptor = bytes[4]
  const singleSegment = (descriptor & 0x20) !== 0
  if (descriptor & 0x08) throw corrupt('the reserved bit of the frame header is set')
  if (descriptor & 0x03) throw corrupt('the frame wants a dictionary')
  const sizeOffset = singleSegment ? 5 : 6
  const sizeFlag = descriptor >> 6
  const blocksOffset = sizeOffset + (sizeFlag ? 1 << sizeFlag : singleSegment ? 1 : 0)
  if (blocksOffset > bytes.length) throw corrupt('the frame header is cut off')
  const contentBytes =
    sizeFlag > 2
      ? Number(view.getBigUint64(sizeOffset, true))
      : sizeFlag > 1
        ? view.getUint32(sizeOffset, true)
        : sizeFlag
          ? view.getUint16(sizeOffset, true) + 256
          : singleSegment
            ? bytes[sizeOffset]
            : undefined
  const windowBase = 2 ** (10 + (bytes[5] >> 3))
  const windowBytes = singleSegment ? contentBytes! : windowBase + (windowBase / 8) * (bytes[5] & 7)
  return { windowBytes, contentBytes, blocksOffset, hasChecksum: (descriptor & 0x04) !== 0 }
}

/** RFC 8878 §3.1.1.2. An RLE block holds one byte, whatever its size says. */
function endOfZstdBlocks(bytes: Uint8Array, offset: number): number {
  for (let at = offset; ; ) {
    if (at + 3 > bytes.length) throw corrupt(`a block is cut off at ${at} of ${bytes.length} bytes`)
    const header = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16)
    const type = (header >> 1) & 3
    if (type === 3) throw corrupt(`reserved block type at ${at}`)
    const end = at + 3 + (type === 1 ? 1 : header >> 3)
    if (header & 1) return end
    at = end
  }
}
