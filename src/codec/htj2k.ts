import type { OpenJph } from '@cornerstonejs/codec-openjph'
import { DicubeError } from '../errors.ts'
import { type CodestreamSize, readSiz, usesColorTransform } from './siz.ts'
import { startWasm, wasmReason } from './wasm.ts'

/** An image as a codestream has it: samples colour-by-pixel, one byte up to 8 bits, else two, little-endian. */
export interface CodedImage extends CodestreamSize {
  pixels: Uint8Array
}

const RPCL = 2
const BLOCK = { width: 64, height: 64 }

type Codec = { encoder: InstanceType<OpenJph['HTJ2KEncoder']>; decoder: InstanceType<OpenJph['HTJ2KDecoder']> }

let loading: Promise<Codec> | undefined

/** One encoder and one decoder a thread: each call sets all they keep, and neither call can be interrupted. */
function load(): Promise<Codec> {
  loading ??= import('@cornerstonejs/codec-openjph').then(async module => {
    const openjph = await startWasm(module, 'openjphjs.wasm')
    return { encoder: new openjph.HTJ2KEncoder(), decoder: new openjph.HTJ2KDecoder() }
  })
  return loading
}

/** After an exception nobody knows what state the WASM is in; the next call starts a new one. */
function discard(codec: Codec): void {
  loading = undefined
  try {
    codec.encoder.delete()
    codec.decoder.delete()
  } catch {
    // An aborted module refuses even this, and goes with its memory.
  }
}

const sampleBytes = (bits: number) => (bits <= 8 ? 1 : 2)

/** The encoder writes other samples than it was given for anything else, without an error. */
function checkEncodable({ rows, columns, samples, bits, signed }: CodestreamSize): void {
  const right =
    samples === 1 ? (signed ? bits >= 9 && bits <= 16 : bits >= 1 && bits <= 16) : samples === 3 && bits <= 8 && !signed
  if (!right || rows < 1 || columns < 1)
    throw new DicubeError(
      'unsupported-pixels',
      `HTJ2K: ${columns} x ${rows} x ${samples}, ${bits} bits${signed ? ' signed' : ''} cannot be encoded`,
    )
}

/** As many as halve the shorter side to one sample, and five at most; with none OpenJPH's stream is wrong. */
const decompositionsOf = (rows: number, columns: number) =>
  Math.max(1, Math.min(5, Math.floor(Math.log2(Math.min(rows, columns)))))

/** Lossless, reversible 5/3, RPCL, 64 x 64 blocks, TLM. */
export async function encodeHtj2k(pixels: Uint8Array, size: CodestreamSize): Promise<Uint8Array> {
  checkEncodable(size)
  const { rows, columns, samples, bits, signed } = size
  const wanted = rows * columns * samples * sampleBytes(bits)
  if (pixels.length !== wanted)
    throw new DicubeError('unsupported-pixels', `HTJ2K: ${pixels.length} bytes to encode, wanted ${wanted}`)
  const codec = await load()
  const { encoder } = codec
  try {
    encoder
      .getDecodedBuffer({
        width: columns,
        height: rows,
        bitsPerSample: bits,
        componentCount: samples,
        isSigned: signed,
        isUsingColorTransform: samples === 3,
      })
      .set(pixels)
    encoder.setQuality(true, 0)
    encoder.setProgressionOrder(RPCL)
    encoder.setDecompositions(decompositionsOf(rows, columns))
    encoder.setBlockDimensions(BLOCK)
    encoder.setTLMMarker(true)
    encoder.encode()
    return encoder.getEncodedBuffer().slice()
  } catch (cause) {
    discard(codec)
    throw new DicubeError('unsupported-pixels', `HTJ2K: ${wasmReason(cause)}`, { cause })
  }
}

/**
 * The mirror of encodeHtj2k, for codestreams of others too. Damaged data decode without an error, so whoever has a
 * checksum checks it first; `check` sees what the stream says of itself before any of it is decoded.
 */
export async function decodeHtj2k(bytes: Uint8Array, check?: (size: CodestreamSize) => void): Promise<CodedImage> {
  return withDecodedHtj2k(bytes, check, image => ({ ...image, pixels: image.pixels.slice() }))
}

/** decodeHtj2k for who only looks at the samples: `use` gets them in the codec's own memory, where they stay until it returns. */
export async function withDecodedHtj2k<T>(
  bytes: Uint8Array,
  check: ((size: CodestreamSize) => void) | undefined,
  use: (image: CodedImage) => T,
): Promise<T> {
  const size = readSiz(bytes)
  check?.(size)
  if (size.bits > 16 || (size.signed && size.bits <= 8) || (size.samples > 1 && size.bits > 8))
    throw new DicubeError(
      'unsupported-codec',
      `HTJ2K: ${size.samples} components of ${size.bits} bits${size.signed ? ' signed' : ''} decode to wrong values`,
    )
  const codec = await load()
  const { decoder } = codec
  const wanted = size.rows * size.columns * size.samples * sampleBytes(size.bits)
  let pixels: Uint8Array
  try {
    decoder.getEncodedBuffer(bytes.length).set(bytes)
    decoder.decode()
    pixels = decoder.getDecodedBuffer()
  } catch (cause) {
    discard(codec)
    throw new DicubeError('corrupt', `HTJ2K: ${wasmReason(cause)}`, { cause })
  }
  if (pixels.length !== wanted)
    throw new DicubeError('corrupt', `HTJ2K: decodes to ${pixels.length} bytes, wanted ${wanted}`)
  return use({ ...size, pixels: size.samples > 1 && !usesColorTransform(bytes) ? fromPlanes(pixels, size) : pixels })
}

/**
 * Without a colour transform OpenJPH gives all lines of a component before those of the next, and the wrapper files them
 * as if they came in turn: line k of the decoder is sample k % samples of row k / samples.
 */
function fromPlanes(misfiled: Uint8Array, { rows, columns, samples }: CodestreamSize): Uint8Array {
  const pixels = new Uint8Array(misfiled.length)
  for (let sample = 0; sample < samples; sample++)
    for (let row = 0; row < rows; row++) {
      const line = sample * rows + row
      const from = Math.floor(line / samples) * columns * samples + (line % samples)
      const to = row * columns * samples + sample
      for (let x = 0; x < columns * samples; x += samples) pixels[to + x] = misfiled[from + x]
    }
  return pixels
}
