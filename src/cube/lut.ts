import type { DicomJson, JsonElement } from '../dicom/json.ts'
import { fromBase64 } from '../dicom/json-read.ts'
import { DicubeError } from '../errors.ts'

/** A lookup table (PS3.3 §C.11.1.1.1). */
export interface Lut {
  /** The input that entry 0 is for. Inputs below it have entry 0, inputs behind the last entry have the last one. */
  first: number
  /** Entries are 0 to 2 ** bits - 1. */
  bits: number
  entries: Uint16Array
  /** What the file calls it; "" where it says nothing. */
  explanation: string
}

/** The three tables of PALETTE COLOR (PS3.3 §C.7.9), which have the same `first` and as many entries. */
export interface Palette {
  first: number
  bits: number
  red: Uint16Array
  green: Uint16Array
  blue: Uint16Array
}

const MOST_ENTRIES = 1 << 16

/**
 * An item of the Modality LUT Sequence or the VOI LUT Sequence. `signed`: inputs can be negative, so that a first input
 * written as US above 32,767 is one (PS3.3 §C.11.1.1.1).
 * @throws DicubeError `malformed`
 */
export function lutOfItem(item: DicomJson, signed: boolean): Lut {
  const { count, first, bits } = descriptorOf(item['00283002'], signed, 'LUT Descriptor')
  const entries = entriesOf(item['00283006'], count, bits, 'LUT Data')
  const explanation = item['00283003']?.Value?.[0]
  return { first, bits, entries, explanation: typeof explanation === 'string' ? explanation : '' }
}

export const applyLut = ({ first, entries }: Lut, input: number): number =>
  entries[Math.max(0, Math.min(entries.length - 1, Math.trunc(input) - first))]

/**
 * The palette of an instance: Red, Green and Blue Palette Color Lookup Table Data (PS3.3 §C.7.6.3.1.6), or the segmented
 * ones (§C.7.9.2).
 * @throws DicubeError `malformed`
 */
export function paletteOf(element: (tag: string) => JsonElement | undefined, signed: boolean): Palette {
  const [red, green, blue] = (['Red', 'Green', 'Blue'] as const).map((name, k) => {
    const what = `${name} Palette Color Lookup Table`
    const { count, first, bits } = descriptorOf(element(`0028110${k + 1}`), signed, `${what} Descriptor`)
    const data = element(`0028120${k + 1}`)
    const entries = data
      ? entriesOf(data, count, bits, `${what} Data`)
      : expandSegments(unitsOf(element(`0028122${k + 1}`), bits, `Segmented ${what} Data`), count, bits)
    return { first, bits, entries }
  })
  if (green.entries.length !== red.entries.length || blue.entries.length !== red.entries.length)
    throw new DicubeError(
      'malformed',
      `palette: ${red.entries.length}, ${green.entries.length} and ${blue.entries.length} entries; PS3.3 §C.7.6.3.1.5 wants as many in each table`,
    )
  // Many writers say 16 bits of entries that have 8; as 16 bits they would all be black.
  const isNarrow = [red, green, blue].every(({ entries }) => entries.every(entry => entry < 256))
  return {
    first: red.first,
    bits: isNarrow ? 8 : red.bits,
    red: red.entries,
    green: green.entries,
    blue: blue.entries,
  }
}

function descriptorOf(element: JsonElement | undefined, signed: boolean, what: string) {
  const values = element?.InlineBinary === undefined ? element?.Value : wordsOf(element, what)
  const [count, first, bits] = Array.from(values ?? [], Number)
  if (!(bits >= 1 && bits <= 16) || !Number.isInteger(count) || !Number.isInteger(first))
    throw new DicubeError('malformed', `${what}: ${values?.length ?? 0} values; wanted three, the last of 1 to 16 bits`)
  return {
    // 65,536 does not fit into 16 bits and is 0; written as SS, a large number is negative.
    count: count & 0xffff || MOST_ENTRIES,
    first: signed && first > 0x7fff ? first - 0x10000 : first,
    bits,
  }
}

/** Data as words, whatever the VR: US and SS come as numbers, OW as little-endian bytes. */
function wordsOf(element: JsonElement | undefined, what: string): Uint16Array {
  if (element?.InlineBinary !== undefined) {
    const bytes = fromBase64(element.InlineBinary)
    return Uint16Array.from({ length: bytes.length >> 1 }, (_, i) => bytes[i * 2] | (bytes[i * 2 + 1] << 8))
  }
  if (!element?.Value?.length) throw new DicubeError('malformed', `${what}: is missing or empty`)
  return Uint16Array.from(element.Value, Number)
}

const bytesOfWords = (words: Uint16Array) =>
  Uint16Array.from({ length: words.length * 2 }, (_, i) => (i & 1 ? words[i >> 1] >> 8 : words[i >> 1] & 0xff))

/** The same as bytes, where these are the units of the data. */
const unitsOf = (element: JsonElement | undefined, bits: number, what: string): Uint16Array =>
  bits <= 8 ? bytesOfWords(wordsOf(element, what)) : wordsOf(element, what)

function entriesOf(element: JsonElement | undefined, count: number, bits: number, what: string): Uint16Array {
  const words = wordsOf(element, what)
  if (words.length >= count) return words.subarray(0, count)
  // Entries of 8 bits may lie two in a word (PS3.3 §C.11.1.1.1).
  if (bits <= 8 && words.length === (count + 1) >> 1) return bytesOfWords(words).subarray(0, count)
  throw new DicubeError('malformed', `${what}: ${words.length} entries, the descriptor says ${count}`)
}

const DISCRETE = 0
const LINEAR = 1
const INDIRECT = 2
/** Segments that make no entry, and copies of them, could go on for very long. */
const MOST_SEGMENTS = 1 << 18

/**
 * Segmented Palette Color Lookup Table Data as entries (PS3.3 §C.7.9.2): `data` in units of 16 bits, or of 8 where `bits`
 * of an entry are no more.
 * @throws DicubeError `malformed`, `limit`
 */
export function expandSegments(data: Uint16Array, count: number, bits: number): Uint16Array {
  const isNarrow = bits <= 8
  const entries = new Uint16Array(count)
  let filled = 0
  const put = (value: number) => {
    if (filled === count) throw new DicubeError('malformed', `palette: segments of more than ${count} entries`)
    entries[filled++] = value
  }
  const word = (at: number) => {
    if (at >= data.length) throw new DicubeError('malformed', 'palette: the last segment is cut off')
    return data[at]
  }
  let segments = 0
  /** Puts one segment, and says where the next one begins. */
  const segment = (at: number): number => {
    if (++segments > MOST_SEGMENTS) throw new DicubeError('limit', `palette: more than ${MOST_SEGMENTS} segments`)
    const [kind, length] = [word(at), word(at + 1)]
    if (kind === DISCRETE) {
      for (let k = 0; k < length; k++) put(word(at + 2 + k))
      return at + 2 + length
    }
    if (kind === LINEAR) {
      if (!filled) throw new DicubeError('malformed', 'palette: a linear segment has nothing before it to begin at')
      const [from, to] = [entries[filled - 1], word(at + 2)]
      for (let k = 1; k <= length; k++) put(Math.round(from + ((to - from) * k) / length))
      return at + 3
    }
    throw new DicubeError('malformed', `palette: a segment of type ${kind}`)
  }
  for (let at = 0; at < data.length; ) {
    // The byte that makes a value even.
    if (isNarrow && filled === count && at === data.length - 1) break
    if (word(at) !== INDIRECT) {
      at = segment(at)
      continue
    }
    const copied = word(at + 1)
    // The offset counts bytes, the least significant unit of it comes first.
    let from = isNarrow
      ? word(at + 2) + word(at + 3) * 0x100 + word(at + 4) * 0x10000 + word(at + 5) * 0x1000000
      : (word(at + 2) + word(at + 3) * 0x10000) / 2
    // An indirect segment must not lead to another one (PS3.3 §C.7.9.2.3); segment() refuses it.
    for (let k = 0; k < copied; k++) from = segment(from)
    at += isNarrow ? 6 : 4
  }
  if (filled !== count) throw new DicubeError('malformed', `palette: segments of ${filled} entries, wanted ${count}`)
  return entries
}
