import { Inflate } from 'fflate'
import { concat } from '../bytes/concat.ts'
import { DicubeError } from '../errors.ts'
import { platform } from './platform.ts'

/**
 * Inflates a raw deflate stream (RFC 1951); bytes behind its end, such as the pad byte of a deflated data set, are
 * ignored. Throws `limit` before more than maxBytes are returned and `corrupt` when the stream is damaged or cut off.
 */
export const inflateRaw = (bytes: Uint8Array, maxBytes: number): Uint8Array =>
  (platform().inflateRaw ?? inflateRawInParts)(bytes, maxBytes)

/** Deflate expands at most 1032 times, so that a part of this size can overshoot the limit by 4 MiB at most. */
const INFLATE_PART_BYTES = 4096

function inflateRawInParts(bytes: Uint8Array, maxBytes: number): Uint8Array {
  if (bytes.length === 0) throw corruptDeflate('no bytes')
  const parts: Uint8Array[] = []
  let sizeBytes = 0
  const stream = new Inflate(part => {
    sizeBytes += part.length
    if (sizeBytes > maxBytes) throw overLimit(maxBytes)
    if (part.length > 0) parts.push(part)
  })
  try {
    for (let at = 0; at === 0 || at < bytes.length; at += INFLATE_PART_BYTES)
      stream.push(bytes.subarray(at, at + INFLATE_PART_BYTES), at + INFLATE_PART_BYTES >= bytes.length)
  } catch (cause) {
    throw cause instanceof DicubeError ? cause : corruptDeflate(cause)
  }
  return concat(parts)
}

export const overLimit = (maxBytes: number) =>
  new DicubeError('limit', `deflate: the stream inflates to more than ${maxBytes} bytes`)

export const corruptDeflate = (cause: unknown) =>
  new DicubeError('corrupt', `deflate: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
