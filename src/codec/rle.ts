import { DicubeError } from '../errors.ts'

const corrupt = (reason: string) => new DicubeError('corrupt', `RLE: ${reason}`)

interface Segment {
  start: number
  end: number
}

/** The segments of a frame: as many as its samples have bytes, inside it and long enough for them. */
function readSegments(bytes: Uint8Array, samplesPerSegment: number, wanted: number): Segment[] {
  if (bytes.length < 64) throw corrupt(`a header of ${bytes.length} bytes, wanted 64`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const count = view.getUint32(0, true)
  if (count !== wanted) throw corrupt(`${count} segments, wanted ${wanted}`)
  if (count > 15) throw corrupt(`${count} segments, a header has room for 15`)
  return Array.from({ length: count }, (_, segment) => {
    const start = view.getUint32(4 + 4 * segment, true)
    const end = segment + 1 < count ? view.getUint32(8 + 4 * segment, true) : bytes.length
    if (start < 64 || end < start || end > bytes.length)
      throw corrupt(`segment ${segment} at ${start} to ${end} of ${bytes.length} bytes`)
    // Two bytes make 128 samples at most: nothing is allocated for what cannot be there.
    if ((end - start) * 64 < samplesPerSegment)
      throw corrupt(`segment ${segment} of ${end - start} bytes, for ${samplesPerSegment} samples`)
    return { start, end }
  })
}

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
  const segments = readSegments(bytes, samplesPerSegment, samples * sampleBytes)
  const count = segments.length
  const pixels = new Uint8Array(samplesPerSegment * count)
  for (const [segment, { start, end }] of segments.entries()) {
    const sample = Math.floor(segment / sampleBytes)
    const byte = sampleBytes - 1 - (segment % sampleBytes)
    unpackSegment(bytes.subarray(start, end), pixels, sample * sampleBytes + byte, count, segment)
  }
  return pixels
}

/** Throws what decodeRle would throw, and makes nothing. */
export function checkRle(bytes: Uint8Array, samplesPerSegment: number, samples: number, sampleBytes: number): void {
  for (const [segment, { start, end }] of readSegments(bytes, samplesPerSegment, samples * sampleBytes).entries())
    walkRuns(bytes.subarray(start, end), samplesPerSegment, segment, () => {})
}

/** PS3.5 §G.3.2, into every `step`-th byte of `out`. */
function unpackSegment(bytes: Uint8Array, out: Uint8Array, first: number, step: number, segment: number): void {
  let target = first
  walkRuns(bytes, Math.ceil((out.length - first) / step), segment, (at, run, literal) => {
    for (let index = 0; index < run; index++, target += step) out[target] = literal ? bytes[at + index] : bytes[at]
  })
}

function walkRuns(
  bytes: Uint8Array,
  samples: number,
  segment: number,
  visit: (at: number, run: number, literal: boolean) => void,
): void {
  let at = 0
  let done = 0
  while (done < samples) {
    const control = bytes[at++]
    if (control === undefined) throw corrupt(`segment ${segment} ends early`)
    if (control === 128) continue
    const run = control > 128 ? 257 - control : control + 1
    const literal = control < 128
    if (at + (literal ? run : 1) > bytes.length) throw corrupt(`segment ${segment} ends within a run`)
    if (done + run > samples) throw corrupt(`segment ${segment} holds too many samples`)
    visit(at, run, literal)
    done += run
    at += literal ? run : 1
  }
}
