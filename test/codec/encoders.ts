import { type FrameShape, storedValues, transpose } from '../../src/codec/frame.ts'

// Encoders for what the package only reads: as plain as their standards allow.

/** PS3.5 Annex G, runs of three and more; segments padded to an even length. */
export function encodeRle(pixels: Uint8Array, samples: number, sampleBytes: number): Uint8Array {
  const count = samples * sampleBytes
  const planes = transpose(pixels, pixels.length / count, 1)
  const length = pixels.length / count
  const segments: number[][] = []
  for (let sample = 0; sample < samples; sample++)
    for (let byte = sampleBytes - 1; byte >= 0; byte--) {
      const plane = planes.subarray((sample * sampleBytes + byte) * length, (sample * sampleBytes + byte + 1) * length)
      segments.push(encodeSegment(plane))
    }
  const header = new Uint32Array(16)
  header[0] = count
  let at = 64
  for (const [index, segment] of segments.entries()) {
    header[index + 1] = at
    at += segment.length
  }
  return new Uint8Array([...new Uint8Array(header.buffer), ...segments.flat()])
}

function encodeSegment(plane: Uint8Array): number[] {
  const out: number[] = []
  for (let at = 0; at < plane.length; ) {
    let run = 1
    while (run < 128 && at + run < plane.length && plane[at + run] === plane[at]) run++
    if (run > 2) out.push(257 - run, plane[at])
    else out.push(run - 1, ...plane.subarray(at, at + run))
    at += run
  }
  return out.length % 2 === 0 ? out : [...out, 0]
}

interface LosslessOptions {
  predictor?: number
  restartLines?: number
  scans?: number
  pointTransform?: number
}

/** ITU-T T.81 process 14, with one Huffman table of 17 codes: category c has 5 bits, value c. */
export function encodeLosslessJpeg(native: Uint8Array, shape: FrameShape, options: LosslessOptions): Uint8Array {
  const { rows, columns, samples, bitsStored } = shape
  const { predictor = 1, restartLines = 0, scans = 1, pointTransform = 0 } = options
  const values = Array.from(storedValues(native, shape) as Uint16Array, value => value >> pointTransform)
  const word = (value: number) => [value >> 8, value & 255]
  const components = Array.from({ length: samples }, (_, index) => index)
  const out = [0xff, 0xd8, 0xff, 0xc3, ...word(8 + 3 * samples), bitsStored, ...word(rows), ...word(columns), samples]
  for (const component of components) out.push(component + 1, 0x11, 0)
  out.push(
    0xff,
    0xc4,
    ...word(19 + 17),
    0,
    0,
    0,
    0,
    0,
    17,
    ...Array(11).fill(0),
    ...Array.from({ length: 17 }, (_, c) => c),
  )
  if (restartLines > 0) out.push(0xff, 0xdd, 0, 4, ...word(restartLines * columns))
  for (const scan of scans === 1 ? [components] : components.map(component => [component])) {
    out.push(0xff, 0xda, ...word(6 + 2 * scan.length), scan.length)
    for (const component of scan) out.push(component + 1, 0)
    out.push(predictor, 0, pointTransform)
    let bits = ''
    const flush = () => {
      bits = bits.padEnd(Math.ceil(bits.length / 8) * 8, '1')
      for (const [byte] of bits.matchAll(/.{8}/g))
        out.push(...(byte === '11111111' ? [255, 0] : [Number.parseInt(byte, 2)]))
      bits = ''
    }
    for (let row = 0; row < rows; row++) {
      const first = restartLines > 0 ? row % restartLines === 0 : row === 0
      if (first && row > 0) {
        flush()
        out.push(0xff, 0xd0 + ((row / restartLines - 1) % 8))
      }
      for (let column = 0; column < columns; column++)
        for (const component of scan) {
          const at = (r: number, c: number) => values[(r * columns + c) * samples + component]
          const [a, b, c] = [at(row, column - 1), at(row - 1, column), at(row - 1, column - 1)]
          const all = [0, a, b, c, a + b - c, a + ((b - c) >> 1), b + ((a - c) >> 1), (a + b) >> 1]
          const start = 1 << (bitsStored - pointTransform - 1)
          const predicted = first ? (column === 0 ? start : a) : column === 0 ? b : all[predictor]
          let difference = (at(row, column) - predicted) & 0xffff
          if (difference > 32768) difference -= 65536
          const category = difference === 32768 ? 16 : 32 - Math.clz32(Math.abs(difference))
          bits += category.toString(2).padStart(5, '0')
          if (category > 0 && category < 16)
            bits += (difference > 0 ? difference : difference + (1 << category) - 1).toString(2).padStart(category, '0')
        }
    }
    flush()
  }
  return new Uint8Array([...out, 0xff, 0xd9])
}
