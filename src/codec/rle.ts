import { DicubeError } from '../errors.ts'

const corrupt = (reason: string) => new DicubeError('corrupt', `RLE: ${reason}`)

/**
 * PS3.5 Annex G. One segment for each byte of each sample, most significant byte first; gives the samples
 * colour-by-pixel and little-endian. A segment may be longer than its samples need (padding), never shorter.
 */
export function decodeRle(
  bytes: Uint8Array,
  samplesPerSegment: number,
  samples: number,
  sampleBytes: number,
): Uint8Array {
  if (bytes.length < 64) throw corrupt(`a header of ${bytes.length} bytes, wanted 64`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const count = view.getUint32(0, true)
  if (count !== samples * sampleBytes) throw corrupt(`${count} segments, wanted ${samples * sampleBytes}`)
  if (count > 15) throw corrupt(`${count} segments, a header has room for 15`)
  const pixels = new Uint8Array(samplesPerSegment * count)
  for (let segment = 0; segment < count; segment++) {
    const start = view.getUint32(4 + 4 * segment, true)
    const end = segment + 1 < count ? view.getUint32(8 + 4 * segment, true) : bytes.length
    if (start < 64 || end < start || end > bytes.length)
      throw corrupt(`segment ${segment} at ${start} to ${end} of ${bytes.length} bytes`)
    const sample = Math.floor(segment / sampleBytes)
    const byte = sampleBytes - 1 - (segment % sampleBytes)
    unpackSegment(bytes.subarray(start, end), pixels, sample * sampleBytes + byte, count, segment)
  }
  return pixels
}

/** PS3.5 §G.3.2, into every `step`-th byte of `out`. */
function unpackSegment(bytes: Uint8Array, out: Uint8Array, first: number, step: number, segment: number): void {
  let at = 0
  let target = first
  while (target < out.length) {
    const control = bytes[at++]
    if (control === undefined) throw corrupt(`segment ${segment} ends early`)
    if (control === 128) continue
    const run = control > 128 ? 257 - control : control + 1
    const literal = control < 128
    if (at + (literal ? run : 1) > bytes.length) throw corrupt(`segment ${segment} ends within a run`)
    if (target + (run - 1) * step >= out.length) throw corrupt(`segment ${segment} holds too many samples`)
    for (let index = 0; index < run; index++, target += step) out[target] = literal ? bytes[at + index] : bytes[at]
    at += literal ? run : 1
  }
}
