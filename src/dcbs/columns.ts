import type { ByteCursor } from '../bytes/cursor.ts'
import { sameBytes } from '../bytes/same-bytes.ts'
import { ByteSink } from '../bytes/sink.ts'
import type { Column } from '../cube/table.ts'
import { CUBE_LIMITS } from '../limits.ts'
import { packDigits, packedBytes, unpackDigits } from './digits.ts'
import { MAX_INTEGER, readConstant, readCounts, readIntegers, type SizeOf, writeIntegers } from './integers.ts'

/** How a column's values are written (SPEC §6). Every way gives back the same bytes. */
export const ENCODINGS = ['verbatim', 'planes', 'dictionary', 'words', 'decimals', 'digits', 'pixelRange'] as const
const CODE = /* @__PURE__ */ Object.fromEntries(/* @__PURE__ */ ENCODINGS.map((name, code) => [name, code])) as Record<
  (typeof ENCODINGS)[number],
  number
>

/** Where encoded columns go: small parts that compress well, and digits of UIDs, which do not. */
export interface ColumnSink {
  body: ByteSink
  digits: ByteSink
}

/** The least and the greatest stored value of each slice's only frame; what is not known is null (SPEC §6.9). */
export interface PixelRanges {
  lowest: ArrayLike<number | null>
  highest: ArrayLike<number | null>
}

/** What is known about the values beside their bytes. */
export interface ColumnHints {
  /** Bytes of a binary integer (US, SS, UL, SL, AT, SV, UV); 0 for everything else. */
  wordBytes: number
  bigEndian: boolean
  /** Where entries are slices, as a rule. */
  ranges?: PixelRanges
}

const latin1 = /* @__PURE__ */ new TextDecoder('latin1')
/** The label "latin1" is windows-1252 to a TextDecoder; only bytes below 0x80 are asked of it. */
const isAscii = (bytes: Uint8Array) => bytes.every(byte => byte < 128)

/** Encodes one column the smallest way that gives its bytes back. */
export function encodeColumn(
  values: readonly Uint8Array[],
  hints: ColumnHints,
  sink: ColumnSink,
  sizeOf: SizeOf,
): void {
  let best: ColumnSink | undefined
  let bestSize = Number.POSITIVE_INFINITY
  const attempt = (write: (to: ColumnSink) => boolean) => {
    const to = { body: new ByteSink(), digits: new ByteSink() }
    if (!write(to)) return
    const size = sizeOf(to.body.written()) + to.digits.length
    if (size < bestSize) [best, bestSize] = [to, size]
  }
  const texts = values.every(isAscii) ? values.map(value => latin1.decode(value)) : undefined
  if (hints.ranges) attempt(to => writePixelRange(values, hints, to))
  attempt(to => writeVerbatim(values, to, sizeOf))
  attempt(to => writePlanes(values, to))
  attempt(to => writeDictionary(values, hints, to, sizeOf))
  attempt(to => writeWords(values, hints, to, sizeOf))
  if (texts) {
    attempt(to => writeDecimals(texts, to, sizeOf))
    attempt(to => writeDigits(texts, to, sizeOf))
  }
  sink.body.bytes(best!.body.written())
  sink.digits.bytes(best!.digits.written())
}

/** Where an encoded column is read from. */
export interface ColumnCursor {
  body: ByteCursor
  digits: ByteCursor
}

export interface Decoded {
  bytes(entry: number): Uint8Array
  numbers?: Column['numbers']
}

/** The mirror of encodeColumn. */
export function decodeColumn(from: ColumnCursor, count: number, ranges?: () => PixelRanges | undefined): Decoded {
  const code = from.body.u8()
  const read = READERS[code]
  if (!read) throw from.body.corrupt(`a column encoding ${code}`)
  return read(from, count, ranges)
}

type Read = (from: ColumnCursor, count: number, ranges?: () => PixelRanges | undefined) => Decoded

/** In the order of ENCODINGS. */
const READERS: readonly Read[] = [
  readVerbatim,
  readPlanes,
  readDictionary,
  readWords,
  readDecimals,
  readDigits,
  readPixelRange,
]

/** Whether a body that begins so says what the frame index knows. */
export const isPixelRange = (firstByte: number) => READERS[firstByte] === readPixelRange

/** Values one after the other, as Arrow has them: offsets and data. */
function concatenated(data: Uint8Array, offsets: ArrayLike<number>): Decoded {
  return { bytes: entry => data.subarray(offsets[entry], offsets[entry + 1]) }
}

/** Lengths to offsets, which must end inside `limit`. */
function offsetsOf(lengths: ArrayLike<number>, cursor: ByteCursor, limit: number): Float64Array {
  const offsets = new Float64Array(lengths.length + 1)
  for (let i = 0; i < lengths.length; i++) offsets[i + 1] = offsets[i] + lengths[i]
  if (offsets[lengths.length] > limit)
    throw cursor.corrupt(`values of ${offsets[lengths.length]} bytes, at most ${limit}`)
  return offsets
}

// --- verbatim: lengths, bytes -------------------------------------------------------------------------------------

function writeVerbatim(values: readonly Uint8Array[], { body }: ColumnSink, sizeOf: SizeOf): boolean {
  body.u8(CODE.verbatim)
  writeIntegers(
    body,
    values.map(value => value.length),
    sizeOf,
  )
  for (const value of values) body.bytes(value)
  return true
}

function readVerbatim({ body }: ColumnCursor, count: number): Decoded {
  const offsets = offsetsOf(readCounts(body, count, body.end), body, body.end - body.pos)
  return concatenated(body.bytes(offsets[count]), offsets)
}

// --- planes: values of one length; bytes that never change once, the others position by position ------------------

function writePlanes(values: readonly Uint8Array[], { body }: ColumnSink): boolean {
  const [first] = values
  if (values.length < 2 || first.length === 0 || values.some(value => value.length !== first.length)) return false
  const varying: number[] = []
  for (let i = 0; i < first.length; i++)
    for (let row = 1; row < values.length; row++)
      if (values[row][i] !== first[i]) {
        varying.push(i)
        break
      }
  body.u8(CODE.planes)
  body.varint(first.length)
  body.bytes(first)
  body.varint(varying.length)
  let last = -1
  for (const position of varying) {
    body.varint(position - last - 1)
    last = position
  }
  for (const position of varying) for (let row = 1; row < values.length; row++) body.u8(values[row][position])
  return true
}

function readPlanes({ body }: ColumnCursor, count: number): Decoded {
  if (count < 2) throw body.corrupt(`planes of ${count} values`)
  const length = body.count(1)
  const first = body.bytes(length)
  const varying = body.count(1)
  const positions = new Uint32Array(varying)
  let last = -1
  for (let i = 0; i < varying; i++) {
    last += body.varint() + 1
    if (last >= length) throw body.corrupt(`a byte position ${last} of ${length}`)
    positions[i] = last
  }
  const planes = body.bytes(varying * (count - 1))
  return {
    bytes: entry => {
      const value = first.slice()
      if (entry > 0) for (let i = 0; i < varying; i++) value[positions[i]] = planes[i * (count - 1) + entry - 1]
      return value
    },
  }
}

// --- dictionary: which of the distinct values, and those as a column ----------------------------------------------

function writeDictionary(values: readonly Uint8Array[], hints: ColumnHints, sink: ColumnSink, sizeOf: SizeOf): boolean {
  const distinct: Uint8Array[] = []
  /** The last distinct value of each hash; and for each of those the one before it. */
  const byHash = new Map<number, number>()
  const before: number[] = []
  const indices = new Uint32Array(values.length)
  for (const [i, value] of values.entries()) {
    const hash = hashOf(value)
    const last = byHash.get(hash) ?? -1
    let found = last
    while (found >= 0 && !sameBytes(distinct[found], value)) found = before[found]
    if (found < 0) {
      found = distinct.push(value) - 1
      if (distinct.length > values.length * 0.7) return false
      before.push(last)
      byHash.set(hash, found)
    }
    indices[i] = found
  }
  sink.body.u8(CODE.dictionary)
  sink.body.varint(distinct.length)
  writeIntegers(sink.body, indices, sizeOf)
  encodeColumn(distinct, { ...hints, ranges: undefined }, sink, sizeOf)
  return true
}

function hashOf(bytes: Uint8Array): number {
  let hash = bytes.length
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i], 0x01000193)
  return hash
}

function readDictionary(from: ColumnCursor, count: number): Decoded {
  const size = from.body.count(0, count)
  if (size === 0) throw from.body.corrupt('an empty dictionary')
  const indices = readCounts(from.body, count, size - 1)
  // Its values differ, so that a dictionary of them is never written; nested ones without end could be.
  if (READERS[from.body.peek()!] === readDictionary) throw from.body.corrupt('a dictionary of a dictionary')
  const distinct = decodeColumn(from, size)
  return {
    bytes: entry => distinct.bytes(indices[entry]),
    numbers: () => {
      const found = distinct.numbers?.()
      if (!found) return undefined
      const { values, width } = found
      from.body.budget?.check(count * width, from.body.what)
      const all = new Float64Array(count * width)
      for (let i = 0; i < count; i++)
        for (let j = 0; j < width; j++) all[i * width + j] = values[indices[i] * width + j]
      return { ...found, values: all }
    },
  }
}

// --- words: binary integers ---------------------------------------------------------------------------------------

function writeWords(
  values: readonly Uint8Array[],
  { wordBytes, bigEndian }: ColumnHints,
  { body }: ColumnSink,
  sizeOf: SizeOf,
): boolean {
  const length = values[0].length
  if (!wordBytes || !length || length % wordBytes || values.some(value => value.length !== length)) return false
  const width = length / wordBytes
  if (width > 64) return false
  body.u8(CODE.words)
  body.u8(wordBytes | (bigEndian ? 128 : 0))
  body.varint(width)
  for (let j = 0; j < width; j++) {
    const words = values.map(value => {
      let word = 0
      for (let k = 0; k < wordBytes; k++) word = word * 256 + value[j * wordBytes + (bigEndian ? k : wordBytes - 1 - k)]
      return word
    })
    if (words.some(word => word > MAX_INTEGER)) return false
    writeIntegers(body, words, sizeOf)
  }
  return true
}

function readWords({ body }: ColumnCursor, count: number): Decoded {
  const form = body.u8()
  const wordBytes = form & 127
  const bigEndian = form > 127
  const width = body.count(1)
  if (wordBytes < 1 || wordBytes > 8) throw body.corrupt(`words of ${wordBytes} bytes`)
  const data = new Uint8Array(checked(count * width * wordBytes, body))
  for (let j = 0; j < width; j++) {
    const words = readIntegers(body, count)
    for (let i = 0; i < count; i++) {
      let word = words[i]
      if (!(word >= 0 && word < 256 ** wordBytes)) throw body.corrupt(`a word ${word} of ${wordBytes} bytes`)
      const at = (i * width + j) * wordBytes
      for (let k = 0; k < wordBytes; k++) {
        data[at + (bigEndian ? wordBytes - 1 - k : k)] = word % 256
        word = Math.floor(word / 256)
      }
    }
  }
  const length = width * wordBytes
  return { bytes: entry => data.subarray(entry * length, (entry + 1) * length) }
}

/** A value that would be larger than anything we write is damage that a checksum did not see. */
function checked(bytes: number, cursor: ByteCursor): number {
  if (bytes > CUBE_LIMITS.wordsBytes) throw cursor.corrupt(`a column of ${bytes} bytes`)
  cursor.spend(bytes / 4)
  return bytes
}

// --- pixelRange: the least or greatest stored value of each slice, as (0028,0106) and (0028,0107) say it ------------

export const RANGES = ['lowest', 'highest'] as const

function writePixelRange(
  values: readonly Uint8Array[],
  { wordBytes, bigEndian, ranges }: ColumnHints,
  { body }: ColumnSink,
): boolean {
  if (!wordBytes || wordBytes > 4) return false
  const which = RANGES.findIndex(name => {
    const words = rangeWords(ranges![name], values.length, wordBytes, bigEndian)
    return words && values.every((value, i) => sameBytes(value, words(i)))
  })
  if (which < 0) return false
  body.u8(CODE.pixelRange)
  body.u8(which)
  body.u8(wordBytes | (bigEndian ? 128 : 0))
  return true
}

function readPixelRange({ body }: ColumnCursor, count: number, ranges?: () => PixelRanges | undefined): Decoded {
  const which = RANGES[body.u8()]
  const form = body.u8()
  const wordBytes = form & 127
  if (!which || wordBytes < 1 || wordBytes > 4) throw body.corrupt(`a pixel range in words of ${wordBytes} bytes`)
  const known = ranges?.()
  const words = known && rangeWords(known[which], count, wordBytes, form > 127)
  if (!words) throw body.corrupt(`a pixel range of ${count} values, which the frame index does not have`)
  return { bytes: words }
}

/** Each as a word, negative ones in two's complement; undefined where one is not known or does not fit. */
function rangeWords(
  range: ArrayLike<number | null>,
  count: number,
  wordBytes: number,
  bigEndian: boolean,
): ((entry: number) => Uint8Array) | undefined {
  const limit = 256 ** wordBytes
  if (range.length !== count) return undefined
  for (let i = 0; i < count; i++) {
    const value = range[i]
    if (value === null || !Number.isInteger(value) || value < -limit / 2 || value >= limit) return undefined
  }
  return entry => {
    const bytes = new Uint8Array(wordBytes)
    let word = range[entry]! < 0 ? range[entry]! + limit : range[entry]!
    for (let k = 0; k < wordBytes; k++) {
      bytes[bigEndian ? wordBytes - 1 - k : k] = word % 256
      word = Math.floor(word / 256)
    }
    return bytes
  }
}

// --- decimals: text of numbers, component by component --------------------------------------------------------------

const DECIMAL = /^-?(?:0|[1-9]\d*)(?:\.(\d+))?$/
export const PLACES = { fixed: 0, trimmed: 1, each: 2 } as const
const POWERS = Array.from({ length: 23 }, (_, k) => Number(`1e${k}`))

function parseDecimal(text: string): { mantissa: number; places: number } | undefined {
  const match = DECIMAL.exec(text)
  if (!match) return undefined
  const mantissa = Number(text.replace('.', ''))
  if (Math.abs(mantissa) > MAX_INTEGER || Object.is(mantissa, -0)) return undefined
  // "-0.5" keeps its sign in the mantissa; "-0.0" cannot.
  return { mantissa, places: match[1]?.length ?? 0 }
}

function formatDecimal(mantissa: number, places: number): string {
  const digits = String(Math.abs(mantissa)).padStart(places + 1, '0')
  const sign = mantissa < 0 ? '-' : ''
  return places ? `${sign}${digits.slice(0, -places)}.${digits.slice(-places)}` : sign + digits
}

function trimZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}

/** The text without the space that makes its length even, if that can be told from the text alone. */
function unpad(text: string): string {
  return text.length % 2 === 0 && text.endsWith(' ') ? text.slice(0, -1) : text
}
const pad = (text: string, filler: string) => (text.length % 2 ? text + filler : text)

function writeDecimals(texts: readonly string[], { body }: ColumnSink, sizeOf: SizeOf): boolean {
  const width = componentsIn(unpad(texts[0]))
  if (texts.some(text => text.length % 2 || componentsIn(unpad(text)) !== width)) return false
  body.u8(CODE.decimals)
  body.varint(width)
  // One component at a time: of a long series all of them take many times their bytes.
  const starts = new Uint32Array(texts.length)
  const mantissas = new Float64Array(texts.length)
  const places = new Uint32Array(texts.length)
  for (let j = 0; j < width; j++) {
    const exceptions: number[] = []
    const components = texts.map((text, i) => {
      const bare = unpad(text)
      const end = bare.indexOf('\\', starts[i])
      const component = bare.slice(starts[i], end < 0 ? bare.length : end)
      starts[i] += component.length + 1
      const found = parseDecimal(component)
      if (!found) exceptions.push(i)
      mantissas[i] = found ? found.mantissa : i ? mantissas[i - 1] : 0
      places[i] = found ? found.places : i ? places[i - 1] : 0
      return component
    })
    if (exceptions.length > texts.length / 8) return false
    const most = places.reduce((a, b) => Math.max(a, b))
    if (most > 22) return false
    const except = new Set(exceptions)
    const scaled = mantissas.map((mantissa, i) => mantissa * POWERS[most - places[i]])
    const isTrimmed = components.every((text, i) => except.has(i) || trimZeros(formatDecimal(scaled[i], most)) === text)
    const fits = scaled.every(m => Math.abs(m) <= MAX_INTEGER)
    if (places.every(p => p === most)) {
      body.u8(PLACES.fixed)
      body.u8(most)
      writeIntegers(body, scaled, sizeOf)
    } else if (isTrimmed && fits) {
      body.u8(PLACES.trimmed)
      body.u8(most)
      writeIntegers(body, scaled, sizeOf)
    } else {
      body.u8(PLACES.each)
      body.u8(most)
      writeIntegers(body, places, sizeOf)
      writeIntegers(body, mantissas, sizeOf)
    }
    body.varint(exceptions.length)
    let previous = -1
    for (const i of exceptions) {
      body.varint(i - previous - 1)
      body.varint(components[i].length)
      for (let k = 0; k < components[i].length; k++) body.u8(components[i].charCodeAt(k))
      previous = i
    }
  }
  return true
}

function componentsIn(text: string): number {
  let count = 1
  for (let at = text.indexOf('\\'); at >= 0; at = text.indexOf('\\', at + 1)) count++
  return count
}

function readDecimals({ body }: ColumnCursor, count: number): Decoded {
  const width = body.count(1)
  const components = Array.from({ length: width }, () => readDecimalComponent(body, count))
  const text = (entry: number) => components.map(component => component.text(entry)).join('\\')
  return {
    bytes: entry => asciiBytes(pad(text(entry), ' ')),
    numbers: () => {
      if (components.some(component => component.exceptions.size)) return undefined
      const values = new Float64Array(count * width)
      components.forEach(({ same, mantissas, places, each }, j) => {
        const power = POWERS[places]
        // A mantissa below 2^53 over a power up to 10^22 is correctly rounded, just as Number(text) is.
        if (same === undefined || each)
          for (let i = 0; i < count; i++) values[i * width + j] = mantissas[i] / (each ? POWERS[each[i]] : power)
        else for (let at = j, value = same / power; at < values.length; at += width) values[at] = value
      })
      return {
        values,
        width,
        areIntegers: !components.some(component => component.places),
        get mostCharacters() {
          return Math.max(...components.map(mostCharacters))
        },
      }
    },
  }
}

function readDecimalComponent(body: ByteCursor, count: number) {
  const mode = body.u8()
  const places = body.u8()
  if (mode > PLACES.each || places > 22) throw body.corrupt(`decimals of kind ${mode} with ${places} places`)
  const each = mode === PLACES.each ? readCounts(body, count, 22) : undefined
  const same = readConstant(body, count)
  const mantissas = same === undefined ? readIntegers(body, count) : repeated(same, count, body)
  const exceptions = new Map<number, string>()
  const n = body.count(2, count)
  let last = -1
  for (let k = 0; k < n; k++) {
    last += body.varint() + 1
    if (last >= count) throw body.corrupt(`an exception for value ${last} of ${count}`)
    exceptions.set(last, body.ascii(body.count(1)))
  }
  const text = (entry: number) => {
    const exception = exceptions.get(entry)
    if (exception !== undefined) return exception
    const full = formatDecimal(mantissas[entry], each ? each[entry] : places)
    return mode === PLACES.trimmed ? trimZeros(full) : full
  }
  return { same, mantissas, places, each, exceptions, text }
}

function repeated(value: number, count: number, cursor: ByteCursor): Float64Array {
  cursor.spend(count)
  return new Float64Array(count).fill(value)
}

/** No text of the component is longer. */
function mostCharacters({
  mantissas,
  places,
}: Pick<ReturnType<typeof readDecimalComponent>, 'mantissas' | 'places'>): number {
  let least = 0
  let most = 0
  for (let i = 0; i < mantissas.length; i++) {
    least = Math.min(least, mantissas[i])
    most = Math.max(most, mantissas[i])
  }
  const digits = String(Math.max(most, -least)).length
  return Math.max(digits, places + 1) + (places ? 1 : 0) + (least < 0 ? 1 : 0)
}

const asciiBytes = (text: string) => Uint8Array.from(text, c => c.charCodeAt(0))

// --- digits: text that differs only in runs of digits, as UIDs, dates, times and names do -------------------------

export const RUNS = { integers: 0, packed: 1, packedEach: 2 } as const
export const PADDINGS = [undefined, '\0', ' '] as const
const MAX_RUN_DIGITS = CUBE_LIMITS.runDigits
const CHARACTERS_AN_ENTRY = 8

function writeDigits(texts: readonly string[], sink: ColumnSink, sizeOf: SizeOf): boolean {
  for (const padding of [1, 2, 0]) {
    const filler = PADDINGS[padding]
    const bare =
      filler === undefined
        ? texts
        : texts.map(text => (text.length % 2 === 0 && text.endsWith(filler) ? text.slice(0, -1) : text))
    if (filler !== undefined && bare.some((text, i) => pad(text, filler) !== texts[i])) continue
    return writeRuns(bare, padding, sink, sizeOf)
  }
  return false
}

function writeRuns(texts: readonly string[], padding: number, { body, digits }: ColumnSink, sizeOf: SizeOf): boolean {
  const split = splitRuns(texts, commonPrefix(texts)) ?? splitRuns(texts, commonPrefix(texts).replace(/\d+$/, ''))
  if (!split) return false
  body.u8(CODE.digits)
  body.u8(padding)
  body.varint(split.literals.length)
  for (const literal of split.literals) {
    body.varint(literal.length)
    for (let k = 0; k < literal.length; k++) body.u8(literal.charCodeAt(k))
  }
  for (const { starts, ends } of split.runs) {
    const run = texts.map((text, i) => text.slice(starts[i], ends[i]))
    const lengths = run.map(text => text.length)
    const fixed = lengths.every(length => length === lengths[0]) ? lengths[0] : 0
    let packed = 0
    for (const length of lengths) packed += packedBytes(length)
    const asIntegers = new ByteSink()
    if (run.every(text => text.length < 16 && Number(text) <= MAX_INTEGER)) {
      asIntegers.u8(RUNS.integers)
      asIntegers.varint(fixed)
      writeIntegers(asIntegers, run.map(Number), sizeOf)
    }
    if (asIntegers.length && sizeOf(asIntegers.finish()) <= packed + 4) body.bytes(asIntegers.finish())
    else {
      body.u8(fixed ? RUNS.packed : RUNS.packedEach)
      if (fixed) body.varint(fixed)
      else writeIntegers(body, lengths, sizeOf)
      packDigits(digits, run)
    }
  }
  return true
}

function commonPrefix(texts: readonly string[]): string {
  let prefix = texts[0]
  for (const text of texts) while (!text.startsWith(prefix)) prefix = prefix.slice(0, -1)
  return prefix
}

interface SplitRuns {
  literals: string[]
  /** Where each run begins and ends in each text. */
  runs: { starts: Uint32Array; ends: Uint32Array }[]
}

/** literal, run, literal, run, …, literal: the same literals in all texts, and runs whose length or lack of leading zeros can be told. */
function splitRuns(texts: readonly string[], prefix: string): SplitRuns | undefined {
  const literals = texts[0].slice(prefix.length).split(/\d+/)
  if (literals.length < 2 || literals.length > 40) return undefined
  literals[0] = prefix + literals[0]
  const runs: SplitRuns['runs'] = []
  let starts = new Uint32Array(texts.length)
  for (const [j, literal] of literals.entries()) {
    const isLast = j === literals.length - 1
    const behind = new Uint32Array(texts.length)
    const ends = new Uint32Array(texts.length)
    let sameLength = true
    let hasLeadingZero = false
    for (const [i, text] of texts.entries()) {
      if (!text.startsWith(literal, starts[i])) return undefined
      const start = (behind[i] = starts[i] + literal.length)
      let end = start
      while (isDigit(text, end)) end++
      if (isLast ? start !== text.length : start === end) return undefined
      if (end - start > MAX_RUN_DIGITS) return undefined
      if (end - start !== ends[0] - behind[0] && i) sameLength = false
      if (end - start > 1 && text[start] === '0') hasLeadingZero = true
      ends[i] = end
    }
    if (!sameLength && hasLeadingZero) return undefined
    if (!isLast) runs.push({ starts: behind, ends })
    starts = ends
  }
  return { literals, runs }
}

const isDigit = (text: string, at: number) => {
  const code = text.charCodeAt(at)
  return code >= 48 && code <= 57
}

function readDigits({ body, digits }: ColumnCursor, count: number): Decoded {
  const padding = body.u8()
  if (padding >= PADDINGS.length) throw body.corrupt(`a padding ${padding}`)
  const literals = Array.from({ length: body.count(1) }, () => body.ascii(body.count(1)))
  if (literals.length < 2) throw body.corrupt('digits without a run')
  const runs = literals.slice(1).map(() => readRun(body, digits, count))
  const filler = PADDINGS[padding]
  return {
    bytes: entry => {
      let text = literals[0]
      for (let j = 0; j < runs.length; j++) text += runs[j](entry) + literals[j + 1]
      return asciiBytes(filler === undefined ? text : pad(text, filler))
    },
  }
}

function readRun(body: ByteCursor, digits: ByteCursor, count: number): (entry: number) => string {
  const kind = body.u8()
  if (kind === RUNS.integers) {
    const width = body.count(0, MAX_RUN_DIGITS)
    body.spend((count * width) / CHARACTERS_AN_ENTRY)
    const values = readIntegers(body, count)
    for (const value of values) if (value < 0) throw body.corrupt(`a run of digits ${value}`)
    return entry => String(values[entry]).padStart(width, '0')
  }
  if (kind !== RUNS.packed && kind !== RUNS.packedEach) throw body.corrupt(`a run of kind ${kind}`)
  const fixed = kind === RUNS.packed ? body.count(0, MAX_RUN_DIGITS) : 0
  if (kind === RUNS.packed && !fixed) throw body.corrupt('runs of no digits')
  body.spend(count)
  const lengths = fixed ? new Uint32Array(count).fill(fixed) : readCounts(body, count, MAX_RUN_DIGITS)
  const texts = unpackDigits(digits, lengths)
  return entry => texts[entry]
}
