import { DicubeError } from '../errors.ts'

// ITU-T T.81, as far as libjpeg-turbo leaves it open: lossless (process 14), 12-bit sequential DCT (process 4), and DCT
// without a colour conversion. jpeg-lossless-decoder-js reads one scan only and no colour of 16 bits; for 12-bit DCT
// npm has no maintained package.

export interface JpegHeader {
  /** The SOF marker: 0xc0 baseline, 0xc1 extended, 0xc2 progressive, 0xc3 lossless, 0xf7 JPEG-LS. */
  process: number
  bits: number
  rows: number
  columns: number
  components: { id: number; horizontal: number; vertical: number; quantization: number }[]
  /** Adobe's APP14 transform flag (0: none, 1: YCbCr), where there is one. */
  adobeTransform: number | undefined
}

const corrupt = (reason: string) => new DicubeError('corrupt', `JPEG: ${reason}`)
const hex = (marker: number) => marker.toString(16)

/** SOF markers, without DHT (c4), JPG (c8) and DAC (cc) that lie among them; and that of JPEG-LS. */
const isFrameHeader = (marker: number) =>
  marker === 0xf7 || (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc)

interface Segment {
  marker: number
  body: Uint8Array
  end: number
}

/** The marker segment at or behind `offset` (T.81 §B.1.1.2: any number of 0xff may precede a marker). */
function readSegment(bytes: Uint8Array, offset: number): Segment {
  let at = offset
  if (bytes[at] !== 0xff) throw corrupt(`no marker at ${at} of ${bytes.length} bytes`)
  while (bytes[at] === 0xff) at++
  if (at >= bytes.length) throw corrupt(`a marker is cut off at ${at}`)
  const marker = bytes[at++]
  if (marker === 0xd8 || marker === 0xd9 || (marker >= 0xd0 && marker <= 0xd7) || marker === 0x01)
    return { marker, body: bytes.subarray(at, at), end: at }
  const length = (bytes[at] << 8) | bytes[at + 1]
  if (!(length >= 2) || at + length > bytes.length) throw corrupt(`the segment ${hex(marker)} at ${offset} is cut off`)
  return { marker, body: bytes.subarray(at + 2, at + length), end: at + length }
}

function parseFrameHeader({ marker, body }: Segment, adobeTransform: number | undefined): JpegHeader {
  const count = body[5]
  if (body.length < 6 || body.length < 6 + 3 * count) throw corrupt('the frame header is cut off')
  const components = Array.from({ length: count }, (_, index) => {
    const at = 6 + 3 * index
    return { id: body[at], horizontal: body[at + 1] >> 4, vertical: body[at + 1] & 15, quantization: body[at + 2] }
  })
  const header = { process: marker, bits: body[0], rows: (body[1] << 8) | body[2], columns: (body[3] << 8) | body[4] }
  if (header.rows === 0 || header.columns === 0 || count === 0)
    throw corrupt(`a frame of ${header.columns} x ${header.rows} x ${count}`)
  return { ...header, components, adobeTransform }
}

const adobeTransformOf = ({ marker, body }: Segment): number | undefined =>
  marker === 0xee && body.length >= 12 && String.fromCharCode(...body.subarray(0, 5)) === 'Adobe' ? body[11] : undefined

/** What a JPEG or JPEG-LS stream says of itself before its first scan. */
export function readJpegHeader(bytes: Uint8Array): JpegHeader {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) throw corrupt(`${bytes.length} bytes that do not begin with SOI`)
  let adobeTransform: number | undefined
  for (let at = 2; ; ) {
    const segment = readSegment(bytes, at)
    if (isFrameHeader(segment.marker)) return parseFrameHeader(segment, adobeTransform)
    if (segment.marker === 0xda || segment.marker === 0xd9) throw corrupt('no frame header')
    adobeTransform ??= adobeTransformOf(segment)
    at = segment.end
  }
}

/** Bits of one entropy-coded segment (T.81 §F.2.2.5): ends at a marker, and reading past it is an error. */
class BitReader {
  readonly #bytes: Uint8Array
  at: number
  #bits = 0
  #count = 0
  #missing = 0

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes
    this.at = at
  }

  #fill(): void {
    while (this.#count <= 16) {
      let byte = this.#bytes[this.at]
      if (byte === undefined || (byte === 0xff && this.#bytes[this.at + 1] !== 0)) {
        byte = 0
        this.#missing += 8
      } else this.at += byte === 0xff ? 2 : 1
      this.#bits = ((this.#bits << 8) | byte) & 0xffffff
      this.#count += 8
    }
  }

  #skip(count: number): void {
    this.#count -= count
    if (this.#count < this.#missing)
      throw corrupt(`the data of a scan end at ${this.at} of ${this.#bytes.length} bytes`)
  }

  /** T.81 §F.2.2.3, by table: index is the next 16 bits. */
  symbol(table: Uint16Array): number {
    this.#fill()
    const entry = table[(this.#bits >> (this.#count - 16)) & 0xffff]
    if (entry === 0) throw corrupt(`no Huffman code at ${this.at}`)
    this.#skip(entry >> 8)
    return entry & 0xff
  }

  /** T.81 §F.2.2.1: RECEIVE and EXTEND. */
  signed(count: number): number {
    if (count === 0) return 0
    this.#fill()
    const value = (this.#bits >> (this.#count - count)) & ((1 << count) - 1)
    this.#skip(count)
    return value < 1 << (count - 1) ? value - (1 << count) + 1 : value
  }

  /** Drops what is left before a restart marker, and the marker. */
  restart(): void {
    this.#bits = this.#count = this.#missing = 0
    const marker = this.#bytes[this.at + 1]
    if (this.#bytes[this.at] !== 0xff || marker < 0xd0 || marker > 0xd7)
      throw corrupt(`no restart marker at ${this.at}`)
    this.at += 2
  }
}

/** T.81 §C.2; an entry is length << 8 | symbol, 0 where no code leads. */
function huffmanTable(lengths: Uint8Array, symbols: Uint8Array): Uint16Array {
  const table = new Uint16Array(0x10000)
  let code = 0
  let next = 0
  for (let length = 1; length <= 16; length++)
    for (let index = 0; index < lengths[length - 1]; index++) {
      const span = 1 << (16 - length)
      if (code + span > 0x10000) throw corrupt('a Huffman table with too many codes')
      table.fill((length << 8) | symbols[next++], code, code + span)
      code += span
    }
  return table
}

interface Plane {
  horizontal: number
  vertical: number
  quantization: number
  id: number
  /** Of the samples array, which DCT fills in whole blocks. */
  stride: number
  lines: number
  samples: Uint16Array
}

interface Scan {
  planes: Plane[]
  dcTables: Uint16Array[]
  acTables: Uint16Array[]
  selection: number
  pointTransform: number
}

interface Tables {
  dc: Uint16Array[]
  ac: Uint16Array[]
  quantization: Uint16Array[]
  restartInterval: number
}

/**
 * Decodes processes 1, 2, 4 (sequential DCT) and 14 (lossless). `check` sees the header before anything is allocated.
 * Colour-by-pixel, one byte up to 8 bits, else two; YCbCr stays YCbCr.
 */
export function decodeJpeg(bytes: Uint8Array, check: (header: JpegHeader) => void): Uint8Array {
  const header = readJpegHeader(bytes)
  check(header)
  const lossless = header.process === 0xc3
  if (!lossless && header.process !== 0xc0 && header.process !== 0xc1)
    throw new DicubeError(
      'unsupported-codec',
      `JPEG: no decoder for ${header.bits} bits with SOF ${hex(header.process)}`,
    )
  const planes = makePlanes(header)
  const tables: Tables = { dc: [], ac: [], quantization: [], restartInterval: 0 }
  const missing = new Set(planes)
  for (let at = 2; ; ) {
    const segment = readSegment(bytes, at)
    at = segment.end
    if (segment.marker === 0xd9) break
    if (segment.marker === 0xc4) readHuffmanTables(segment.body, tables)
    else if (segment.marker === 0xdb) readQuantizationTables(segment.body, tables)
    else if (segment.marker === 0xdd) tables.restartInterval = (segment.body[0] << 8) | segment.body[1]
    else if (segment.marker === 0xda) {
      const scan = readScanHeader(segment.body, planes, tables)
      const reader = new BitReader(bytes, at)
      if (lossless) decodeLosslessScan(reader, scan, header, tables.restartInterval)
      else decodeDctScan(reader, scan, header, tables)
      for (const plane of scan.planes) missing.delete(plane)
      if (missing.size === 0) break
      at = reader.at
    }
  }
  if (missing.size > 0) throw corrupt(`${missing.size} of ${planes.length} components have no scan`)
  return joinPlanes(planes, header)
}

const largest = (header: JpegHeader) => ({
  horizontal: Math.max(...header.components.map(component => component.horizontal)),
  vertical: Math.max(...header.components.map(component => component.vertical)),
})

function makePlanes(header: JpegHeader): Plane[] {
  const { rows, columns, components, process } = header
  if (components.some(({ horizontal, vertical }) => horizontal < 1 || horizontal > 4 || vertical < 1 || vertical > 4))
    throw corrupt('a sampling factor that is not 1 to 4')
  const { horizontal, vertical } = largest(header)
  if (process === 0xc3 && components.some(c => c.horizontal !== horizontal || c.vertical !== vertical))
    throw new DicubeError('unsupported-codec', 'JPEG: lossless with subsampled components')
  return components.map(component => {
    const block = process === 0xc3 ? 1 : 8
    const stride = process === 0xc3 ? columns : Math.ceil(columns / (8 * horizontal)) * component.horizontal * block
    const lines = process === 0xc3 ? rows : Math.ceil(rows / (8 * vertical)) * component.vertical * block
    return { ...component, stride, lines, samples: new Uint16Array(stride * lines) }
  })
}

function readHuffmanTables(body: Uint8Array, tables: Tables): void {
  for (let at = 0; at + 17 <= body.length; ) {
    const lengths = body.subarray(at + 1, at + 17)
    const count = lengths.reduce((sum, length) => sum + length, 0)
    if (at + 17 + count > body.length) throw corrupt('a Huffman table is cut off')
    const kind = body[at] >> 4 ? tables.ac : tables.dc
    kind[body[at] & 15] = huffmanTable(lengths, body.subarray(at + 17, at + 17 + count))
    at += 17 + count
  }
}

function readQuantizationTables(body: Uint8Array, tables: Tables): void {
  for (let at = 0; at < body.length; ) {
    const wide = body[at] >> 4 !== 0
    const id = body[at++] & 15
    if (at + (wide ? 128 : 64) > body.length) throw corrupt('a quantization table is cut off')
    const table = new Uint16Array(64)
    for (let index = 0; index < 64; index++) {
      table[index] = wide ? (body[at] << 8) | body[at + 1] : body[at]
      at += wide ? 2 : 1
    }
    tables.quantization[id] = table
  }
}

function readScanHeader(body: Uint8Array, planes: Plane[], tables: Tables): Scan {
  const count = body[0]
  if (count < 1 || body.length < 4 + 2 * count) throw corrupt('a scan header is cut off')
  const scan: Scan = {
    planes: [],
    dcTables: [],
    acTables: [],
    selection: body[1 + 2 * count],
    pointTransform: body[3 + 2 * count] & 15,
  }
  for (let index = 0; index < count; index++) {
    const plane = planes.find(({ id }) => id === body[1 + 2 * index])
    if (!plane) throw corrupt(`a scan of the unknown component ${body[1 + 2 * index]}`)
    scan.planes.push(plane)
    scan.dcTables.push(tables.dc[body[2 + 2 * index] >> 4])
    scan.acTables.push(tables.ac[body[2 + 2 * index] & 15])
  }
  if (scan.dcTables.includes(undefined as never)) throw corrupt('a scan without its Huffman table')
  return scan
}

/** T.81 Annex H. */
function decodeLosslessScan(reader: BitReader, scan: Scan, header: JpegHeader, restartInterval: number): void {
  const { columns, rows, bits } = header
  const { selection, pointTransform } = scan
  if (selection < 1 || selection > 7) throw corrupt(`predictor ${selection}`)
  const start = 1 << (bits - pointTransform - 1)
  let firstLine = 0
  for (let row = 0, decoded = 0; row < rows; row++)
    for (let column = 0; column < columns; column++, decoded++) {
      if (restartInterval > 0 && decoded > 0 && decoded % restartInterval === 0) {
        reader.restart()
        // §H.1.1 allows restarts at the start of a line only.
        firstLine = row
      }
      for (let index = 0; index < scan.planes.length; index++) {
        const { samples } = scan.planes[index]
        const at = row * columns + column
        const category = reader.symbol(scan.dcTables[index])
        if (category > 16) throw corrupt(`a difference of ${category} bits`)
        const difference = category === 16 ? 32768 : reader.signed(category)
        samples[at] = predict(samples, at, row === firstLine, column === 0, columns, selection, start) + difference
      }
    }
  if (pointTransform > 0)
    for (const { samples } of scan.planes) for (let at = 0; at < samples.length; at++) samples[at] <<= pointTransform
}

/** T.81 Table H.1; the first line knows only its left neighbour, the first column only the one above. */
function predict(
  samples: Uint16Array,
  at: number,
  isFirstLine: boolean,
  isFirstColumn: boolean,
  columns: number,
  selection: number,
  start: number,
): number {
  if (isFirstLine) return isFirstColumn ? start : samples[at - 1]
  const above = samples[at - columns]
  if (isFirstColumn) return above
  const left = samples[at - 1]
  const diagonal = samples[at - columns - 1]
  switch (selection) {
    case 1:
      return left
    case 2:
      return above
    case 3:
      return diagonal
    case 4:
      return left + above - diagonal
    case 5:
      return left + ((above - diagonal) >> 1)
    case 6:
      return above + ((left - diagonal) >> 1)
    default:
      return (left + above) >> 1
  }
}

/** T.81 Figure A.6. */
const ZIGZAG = Uint8Array.of(
  ...[0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21],
  ...[28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61],
  ...[54, 47, 55, 62, 63],
)

/** T.81 Annex F. */
function decodeDctScan(reader: BitReader, scan: Scan, header: JpegHeader, tables: Tables): void {
  if (scan.acTables.includes(undefined as never)) throw corrupt('a scan without its Huffman table')
  const predictions = scan.planes.map(() => 0)
  const coefficients = new Float64Array(64)
  const block = (index: number, blockRow: number, blockColumn: number) => {
    const plane = scan.planes[index]
    const quantization = tables.quantization[plane.quantization]
    if (!quantization) throw corrupt('a scan without its quantization table')
    coefficients.fill(0)
    predictions[index] += reader.signed(reader.symbol(scan.dcTables[index]) & 15)
    coefficients[0] = predictions[index] * quantization[0]
    for (let at = 1; at < 64; at++) {
      const symbol = reader.symbol(scan.acTables[index])
      const size = symbol & 15
      if (size === 0 && symbol !== 0xf0) break
      at += symbol >> 4
      if (at > 63) throw corrupt('a block of more than 64 coefficients')
      coefficients[ZIGZAG[at]] = reader.signed(size) * quantization[at]
    }
    inverseDct(coefficients)
    storeBlock(coefficients, plane, blockRow * 8, blockColumn * 8, header.bits)
  }
  const { horizontal, vertical } = largest(header)
  const alone = scan.planes.length === 1 ? scan.planes[0] : undefined
  // §A.2: a scan of one component has its blocks in raster order and none beyond its edge.
  const unitColumns = alone
    ? Math.ceil(Math.ceil((header.columns * alone.horizontal) / horizontal) / 8)
    : Math.ceil(header.columns / (8 * horizontal))
  const unitRows = alone
    ? Math.ceil(Math.ceil((header.rows * alone.vertical) / vertical) / 8)
    : Math.ceil(header.rows / (8 * vertical))
  for (let unit = 0; unit < unitRows * unitColumns; unit++) {
    if (tables.restartInterval > 0 && unit > 0 && unit % tables.restartInterval === 0) {
      reader.restart()
      predictions.fill(0)
    }
    const unitRow = Math.floor(unit / unitColumns)
    const unitColumn = unit % unitColumns
    if (alone) block(0, unitRow, unitColumn)
    else
      for (const [index, plane] of scan.planes.entries())
        for (let y = 0; y < plane.vertical; y++)
          for (let x = 0; x < plane.horizontal; x++)
            block(index, unitRow * plane.vertical + y, unitColumn * plane.horizontal + x)
  }
}

/** T.81 §A.3.3: COSINES[8 * x + u] is C(u) / 2 · cos((2x + 1) u π / 16). */
const COSINES = /* @__PURE__ */ Float64Array.from({ length: 64 }, (_, at) => {
  const u = at & 7
  return (u === 0 ? Math.SQRT1_2 : 1) * 0.5 * Math.cos(((2 * (at >> 3) + 1) * u * Math.PI) / 16)
})

const half = new Float64Array(64)

function inverseDct(block: Float64Array): void {
  for (let row = 0; row < 8; row++)
    for (let x = 0; x < 8; x++) {
      let sum = 0
      for (let u = 0; u < 8; u++) sum += COSINES[8 * x + u] * block[8 * row + u]
      half[8 * row + x] = sum
    }
  for (let column = 0; column < 8; column++)
    for (let y = 0; y < 8; y++) {
      let sum = 0
      for (let v = 0; v < 8; v++) sum += COSINES[8 * y + v] * half[8 * v + column]
      block[8 * y + column] = sum
    }
}

function storeBlock(block: Float64Array, plane: Plane, row: number, column: number, bits: number): void {
  const middle = 1 << (bits - 1)
  const maximum = (1 << bits) - 1
  for (let y = 0; y < 8; y++)
    for (let x = 0; x < 8; x++) {
      const value = Math.round(block[8 * y + x]) + middle
      plane.samples[(row + y) * plane.stride + column + x] = Math.max(0, Math.min(maximum, value))
    }
}

function joinPlanes(planes: Plane[], header: JpegHeader): Uint8Array {
  const { rows, columns, bits } = header
  const { horizontal, vertical } = largest(header)
  const joined =
    bits <= 8 ? new Uint8Array(rows * columns * planes.length) : new Uint16Array(rows * columns * planes.length)
  for (const [index, plane] of planes.entries())
    for (let row = 0; row < rows; row++) {
      const line = Math.floor((row * plane.vertical) / vertical) * plane.stride
      for (let column = 0; column < columns; column++)
        joined[(row * columns + column) * planes.length + index] =
          plane.samples[line + Math.floor((column * plane.horizontal) / horizontal)]
    }
  return new Uint8Array(joined.buffer)
}
