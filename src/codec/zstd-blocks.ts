import { DicubeError } from '../errors.ts'

/** RFC 8878 §3.1.1.2.4: no block holds more, however large the window. */
const MAX_BLOCK_BYTES = 1 << 17
/** RFC 8878 §4.2.1. */
const MAX_HUFFMAN_BITS = 11

/** One message for all: a checksum has said that these are the bytes that were written, so nobody but their writer can do anything about it. */
const corrupt = (at: number) => new DicubeError('corrupt', `zstd: the block is not valid at byte ${at} of its frame`)

/**
 * 2 ** log cells. The low byte of a cell is a symbol; from bit 8 on stands how many bits to read next, and from bit 16
 * on what to add to them for the next cell.
 */
interface StateTable {
  log: number
  cells: Uint32Array
}

/** One of the three numbers that a sequence is made of (RFC 8878 §3.1.1.3.2.1.1). */
interface Field {
  /** By symbol: the least number, and bits of what is added to it. */
  bases: Uint32Array
  extraBits: Uint8Array
  maxLog: number
  /** §3.1.1.3.2.2: how often each symbol occurs in a block that does not say, `0` for less than once. */
  usual: string
  usualTable?: StateTable
}

/** `runs` are pairs: so many symbols, each with so many extra bits. */
function field(first: number, runs: readonly number[], maxLog: number, usual: string): Field {
  const bases: number[] = []
  const extraBits: number[] = []
  for (let i = 0; i < runs.length; i += 2)
    for (let k = 0; k < runs[i]; k++) {
      bases.push(first)
      extraBits.push(runs[i + 1])
      first += 2 ** runs[i + 1]
    }
  return { bases: Uint32Array.from(bases), extraBits: Uint8Array.from(extraBits), maxLog, usual }
}

const oneEach = (from: number, to: number) =>
  Array.from({ length: 2 * (to - from + 1) }, (_, k) => (k % 2 ? from + (k >> 1) : 1))

const FIELDS = () => ({
  literals: field(0, [16, 0, 4, 1, 2, 2, 2, 3, 1, 4, ...oneEach(6, 16)], 9, '432222222222211122222222232111110000'),
  offset: field(1, oneEach(0, 31), 8, '11111122211111111111111100000'),
  match: field(3, [32, 0, 4, 1, 2, 2, 2, 3, 2, 4, 1, 5, ...oneEach(7, 16)], 9, `143222222${'1'.repeat(37)}0000000`),
})
let fields: ReturnType<typeof FIELDS> | undefined

/** RFC 8878 §4.1.1: spreads the symbols over the cells; −1 is a symbol that occurs less than once. */
function stateTable(counts: readonly number[], log: number): StateTable {
  const size = 1 << log
  const cells = new Uint32Array(size)
  const next = new Uint16Array(counts.length)
  let last = size - 1
  for (let symbol = 0; symbol < counts.length; symbol++) {
    next[symbol] = Math.abs(counts[symbol])
    if (counts[symbol] < 0) cells[last--] = symbol
  }
  const step = (size >> 1) + (size >> 3) + 3
  let at = 0
  for (let symbol = 0; symbol < counts.length; symbol++)
    for (let k = 0; k < counts[symbol]; k++) {
      cells[at] = symbol
      do at = (at + step) & (size - 1)
      while (at > last)
    }
  for (let i = 0; i < size; i++) {
    const state = next[cells[i]]++
    const bits = log - 31 + Math.clz32(state)
    cells[i] |= (bits << 8) | (((state << bits) - size) << 16)
  }
  return { log, cells }
}

/** Up to 24 bits of a stream that begins at byte `base`; `at` is counted in bits. */
function bitsAt(bytes: Uint8Array, base: number, at: number, count: number): number {
  const i = base + (at >> 3)
  return (
    ((bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24)) >>> (at & 7)) & ((1 << count) - 1)
  )
}

/** Streams of bits are read backwards, from the highest bit that is set in their last byte (RFC 8878 §4.1). */
function endOfBits(bytes: Uint8Array, base: number, end: number): number {
  if (end <= base || !bytes[end - 1]) throw corrupt(end)
  return (end - base) * 8 - 1 - (Math.clz32(bytes[end - 1]) - 24)
}

/** RFC 8878 §4.1.1: a table as a block writes it. Returns where it ends, too. */
function readStateTable(bytes: Uint8Array, base: number, end: number, maxLog: number, symbols: number) {
  const log = bitsAt(bytes, base, 0, 4) + 5
  if (log > maxLog) throw corrupt(base)
  const counts: number[] = []
  let at = 4
  let left = 1 << log
  while (left > 0 && counts.length < symbols) {
    const bits = 32 - Math.clz32(left + 1)
    const few = (1 << bits) - 2 - left
    let value = bitsAt(bytes, base, at, bits)
    const low = value & ((1 << (bits - 1)) - 1)
    if (low < few) {
      value = low
      at += bits - 1
    } else {
      if (value !== low) value -= few
      at += bits
    }
    counts.push(value - 1)
    left -= Math.abs(value - 1)
    if (value === 1)
      for (let repeat = 3; repeat === 3; at += 2) {
        repeat = bitsAt(bytes, base, at, 2)
        for (let k = 0; k < repeat; k++) counts.push(0)
      }
  }
  const tableEnd = base + ((at + 7) >> 3)
  // Codes too many are zeros, which leave cells that no code has.
  if (left || tableEnd > end) throw corrupt(base)
  return { table: stateTable(counts, log), tableEnd }
}

/** 2 ** bits cells, each a symbol and, from bit 8 on, the bits that its code has. */
interface HuffmanTable {
  bits: number
  cells: Uint16Array
}

/** RFC 8878 §4.2.1. Returns where it ends, too. */
function readHuffmanTable(bytes: Uint8Array, base: number, end: number): { table: HuffmanTable; tableEnd: number } {
  const head = bytes[base]
  const weights: number[] = []
  const tableEnd = base + 1 + (head < 128 ? head : (head - 126) >> 1)
  if (tableEnd > end) throw corrupt(base)
  if (head >= 128)
    for (let k = 0; k < head - 127; k++) weights.push((bytes[base + 1 + (k >> 1)] >> (k & 1 ? 0 : 4)) & 15)
  else {
    // Two states take turns, until one of them has no bits left to read (§4.2.1.2).
    const { table, tableEnd: start } = readStateTable(bytes, base + 1, tableEnd, 6, 256)
    let at = endOfBits(bytes, start, tableEnd) - 2 * table.log
    const states = [bitsAt(bytes, start, at + table.log, table.log), bitsAt(bytes, start, at, table.log)]
    for (let turn = 0; weights.length < 255 && at >= 0; turn ^= 1) {
      const cell = table.cells[states[turn]]
      weights.push(cell & 255)
      at -= (cell >> 8) & 255
      if (at < 0) weights.push(table.cells[states[turn ^ 1]] & 255)
      else states[turn] = (cell >> 16) + bitsAt(bytes, start, at, (cell >> 8) & 255)
    }
    if (at >= 0) throw corrupt(start)
  }
  let sum = 0
  for (const weight of weights) sum += weight > MAX_HUFFMAN_BITS ? Number.NaN : (1 << weight) >> 1
  const bits = 32 - Math.clz32(sum)
  const left = (1 << bits) - sum
  if (!sum || bits > MAX_HUFFMAN_BITS || weights.length > 255 || left & (left - 1)) throw corrupt(base)
  weights.push(32 - Math.clz32(left))
  // The longest codes come in pairs.
  if (weights.filter(weight => weight === 1).length < 2) throw corrupt(base)
  // The longest codes come first in the table, and those of one length in the order of their symbols.
  const next = new Uint16Array(bits + 2)
  for (const weight of weights) if (weight) next[weight + 1] += 1 << (weight - 1)
  for (let weight = 1; weight <= bits; weight++) next[weight + 1] += next[weight]
  const cells = new Uint16Array(1 << bits)
  for (let symbol = 0; symbol < weights.length; symbol++) {
    const weight = weights[symbol]
    const end = weight && (next[weight] += 1 << (weight - 1))
    for (let at = end - ((1 << weight) >> 1); at < end; at++) cells[at] = symbol | ((bits + 1 - weight) << 8)
  }
  return { table: { bits, cells }, tableEnd }
}

function readHuffmanStream(
  bytes: Uint8Array,
  base: number,
  end: number,
  { bits, cells }: HuffmanTable,
  out: Uint8Array,
  from: number,
  to: number,
): void {
  const mask = (1 << bits) - 1
  let at = endOfBits(bytes, base, end) - bits
  let filled = from
  // The last codes are looked up with bits that stand before their stream, which the table ignores.
  while (filled < to && at > -bits) {
    const i = base + (at >> 3)
    const cell = cells[((bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16)) >>> (at & 7)) & mask]
    out[filled++] = cell
    at -= cell >> 8
  }
  if (filled !== to || at !== -bits) throw corrupt(base)
}

/** RFC 8878 §3.1.1.5: the three that were last used, the latest first, have the numbers 1 to 3. */
function nextOffset(offsets: number[], value: number, literalBytes: number): number {
  const which = literalBytes ? value - 1 : value
  const offset = value > 3 ? value - 3 : which < 3 ? offsets[which] : offsets[0] - 1
  if (value > 3 || which > 1) offsets[2] = offsets[1]
  if (value > 3 || which > 0) {
    offsets[1] = offsets[0]
    offsets[0] = offset
  }
  return offset
}

/** Decodes the blocks of one frame into an array of known size. */
class BlockDecoder {
  private readonly bytes: Uint8Array
  private readonly out: Uint8Array
  private filled: number
  private readonly offsets = [1, 4, 8]
  private huffman?: HuffmanTable
  private readonly tables: { -readonly [name in keyof ReturnType<typeof FIELDS>]?: StateTable } = {}
  private literals!: Uint8Array

  constructor(bytes: Uint8Array, out: Uint8Array, filled: number) {
    this.bytes = bytes
    this.out = out
    this.filled = filled
  }

  /** Returns how much of the array is filled. */
  frame(at: number): number {
    const { bytes, out } = this
    for (let last = false; !last; ) {
      const header = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16)
      const type = (header >> 1) & 3
      const size = header >> 3
      last = (header & 1) === 1
      at += 3
      if (type === 2) this.compressed(at, at + size)
      else {
        const end = this.filled + size
        if (end > out.length || size > MAX_BLOCK_BYTES) throw corrupt(at)
        if (type) out.fill(bytes[at], this.filled, end)
        else out.set(bytes.subarray(at, at + size), this.filled)
        this.filled = end
      }
      at += type === 1 ? 1 : size
    }
    return this.filled
  }

  private compressed(at: number, end: number): void {
    this.sequences(this.readLiterals(at, end), end)
  }

  /** RFC 8878 §3.1.1.3.1. Returns where they end. */
  private readLiterals(at: number, end: number): number {
    const { bytes } = this
    const type = bytes[at] & 3
    const format = (bytes[at] >> 2) & 3
    const head = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16)
    if (type < 2) {
      const [headBytes, size] =
        format === 1 ? [2, (head >> 4) & 0xfff] : format === 3 ? [3, head >> 4] : [1, bytes[at] >> 3]
      at += headBytes
      const literalsEnd = at + (type ? 1 : size)
      if (literalsEnd > end || size > MAX_BLOCK_BYTES) throw corrupt(at)
      this.literals = type ? new Uint8Array(size).fill(bytes[at]) : bytes.subarray(at, literalsEnd)
      return literalsEnd
    }
    const sizeBits = format < 2 ? 10 : 6 + 4 * format
    const size = bitsAt(bytes, at, 4, sizeBits)
    const packed = bitsAt(bytes, at, 4 + sizeBits, sizeBits)
    at += (4 + 2 * sizeBits) >> 3
    const literalsEnd = at + packed
    if (literalsEnd > end || size > MAX_BLOCK_BYTES) throw corrupt(at)
    if (type === 2) {
      const { table, tableEnd } = readHuffmanTable(bytes, at, literalsEnd)
      this.huffman = table
      at = tableEnd
    }
    const { huffman } = this
    if (!huffman) throw corrupt(at)
    const literals = new Uint8Array(size)
    this.literals = literals
    if (!format) readHuffmanStream(bytes, at, literalsEnd, huffman, literals, 0, size)
    else {
      const each = (size + 3) >> 2
      let start = at + 6
      if (3 * each > size || start > literalsEnd) throw corrupt(at)
      for (let k = 0; k < 4; k++) {
        const streamEnd = k < 3 ? start + (bytes[at + 2 * k] | (bytes[at + 2 * k + 1] << 8)) : literalsEnd
        if (streamEnd > literalsEnd) throw corrupt(start)
        readHuffmanStream(bytes, start, streamEnd, huffman, literals, k * each, k < 3 ? (k + 1) * each : size)
        start = streamEnd
      }
    }
    return literalsEnd
  }

  /** RFC 8878 §3.1.1.3.2, and what they do to the output. */
  private sequences(at: number, end: number): void {
    const { bytes, out, literals, offsets, tables } = this
    let filled = this.filled
    let taken = 0
    let count = bytes[at++]
    if (count > 254) {
      count = 0x7f00 + (bytes[at] | (bytes[at + 1] << 8))
      at += 2
    } else if (count > 127) count = ((count - 128) << 8) | bytes[at++]
    if (at > end) throw corrupt(at)
    if (count) {
      fields ??= FIELDS()
      const modes = bytes[at++]
      if (modes & 3) throw corrupt(at)
      let shift = 6
      for (const name of ['literals', 'offset', 'match'] as const) {
        at = this.readTable(name, (modes >> shift) & 3, at, end)
        shift -= 2
      }
      const base = at
      const lengthCells = tables.literals!.cells
      const offsetCells = tables.offset!.cells
      const matchCells = tables.match!.cells
      const { bases: lengthBases, extraBits: lengthBits } = fields.literals
      const { bases: offsetBases } = fields.offset
      const { bases: matchBases, extraBits: matchBits } = fields.match
      let bit = endOfBits(bytes, base, end)
      let lengthState = bitsAt(bytes, base, (bit -= tables.literals!.log), tables.literals!.log)
      let offsetState = bitsAt(bytes, base, (bit -= tables.offset!.log), tables.offset!.log)
      let matchState = bitsAt(bytes, base, (bit -= tables.match!.log), tables.match!.log)
      for (let k = count; k > 0; k--) {
        const lengthCell = lengthCells[lengthState]
        const offsetCell = offsetCells[offsetState]
        const matchCell = matchCells[matchState]
        const offsetBits = offsetCell & 255
        let value = offsetBases[offsetBits]
        bit -= offsetBits
        if (offsetBits > 16) value += bitsAt(bytes, base, bit + 16, offsetBits - 16) * 0x10000
        value += bitsAt(bytes, base, bit, offsetBits > 16 ? 16 : offsetBits)
        let bits = matchBits[matchCell & 255]
        const matchBytes = matchBases[matchCell & 255] + bitsAt(bytes, base, (bit -= bits), bits)
        bits = lengthBits[lengthCell & 255]
        const literalBytes = lengthBases[lengthCell & 255] + bitsAt(bytes, base, (bit -= bits), bits)
        if (k > 1) {
          bits = (lengthCell >> 8) & 255
          lengthState = (lengthCell >> 16) + bitsAt(bytes, base, (bit -= bits), bits)
          bits = (matchCell >> 8) & 255
          matchState = (matchCell >> 16) + bitsAt(bytes, base, (bit -= bits), bits)
          bits = (offsetCell >> 8) & 255
          offsetState = (offsetCell >> 16) + bitsAt(bytes, base, (bit -= bits), bits)
        }
        if (bit < 0) throw corrupt(base)
        const literalsEnd = filled + literalBytes
        const matchEnd = literalsEnd + matchBytes
        if (taken + literalBytes > literals.length || matchEnd > out.length || matchEnd - this.filled > MAX_BLOCK_BYTES)
          throw corrupt(base)
        while (filled < literalsEnd) out[filled++] = literals[taken++]
        const offset = nextOffset(offsets, value, literalBytes)
        if (!(offset > 0 && offset <= filled)) throw corrupt(base)
        if (matchBytes > offset || matchBytes < 32) while (filled < matchEnd) out[filled] = out[filled++ - offset]
        else {
          out.copyWithin(filled, filled - offset, filled - offset + matchBytes)
          filled = matchEnd
        }
      }
      if (bit) throw corrupt(base)
    } else if (at !== end) throw corrupt(at)
    const blockEnd = filled + literals.length - taken
    if (blockEnd > out.length || blockEnd - this.filled > MAX_BLOCK_BYTES) throw corrupt(end)
    out.set(taken ? literals.subarray(taken) : literals, filled)
    this.filled = blockEnd
  }

  /** RFC 8878 §3.1.1.3.2.1: usual, one symbol, described, or that of the block before. */
  private readTable(name: keyof ReturnType<typeof FIELDS>, mode: number, at: number, end: number): number {
    const field = fields![name]
    if (mode === 0) {
      const counts = Array.from(field.usual, digit => Number(digit) || -1)
      this.tables[name] = field.usualTable ??= stateTable(counts, name === 'offset' ? 5 : 6)
    } else if (mode === 1) {
      const symbol = this.bytes[at++]
      if (at > end || symbol >= field.bases.length) throw corrupt(at)
      this.tables[name] = { log: 0, cells: Uint32Array.of(symbol) }
    } else if (mode === 2) {
      const { table, tableEnd } = readStateTable(this.bytes, at, end, field.maxLog, field.bases.length)
      this.tables[name] = table
      at = tableEnd
    } else if (!this.tables[name]) throw corrupt(at)
    return at
  }
}

/**
 * Inflates the blocks of a zstd frame (RFC 8878) whose lengths were checked, into an array of `sizeBytes` and what comes
 * before it: `prefix` is what matches may reach back into, a dictionary of raw content. Returns what the blocks give,
 * which may be less than `sizeBytes` and is never more.
 * @throws DicubeError `corrupt`
 */
export function inflateZstdBlocks(
  bytes: Uint8Array,
  blocksOffset: number,
  sizeBytes: number,
  prefix: Uint8Array = new Uint8Array(0),
): Uint8Array {
  const out = new Uint8Array(prefix.length + sizeBytes)
  out.set(prefix)
  return out.subarray(prefix.length, new BlockDecoder(bytes, out, prefix.length).frame(blocksOffset))
}
