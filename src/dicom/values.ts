import { type Charset, latin1 } from './charset.ts'
import { upperHex } from './hex.ts'
import { swapWords, type VrFacts, vrFacts } from './vr.ts'

/** The component groups of a person's name (PS3.5 §6.2.1.1); an empty one is left out, as in DICOM JSON. */
export interface PersonName {
  Alphabetic?: string
  Ideographic?: string
  Phonetic?: string
}

/** One value. null: an empty one among several, or text or bytes that break their VR. */
export type DicomValue = number | bigint | string | PersonName | Uint8Array | null

export const BACKSLASH = 0x5c

/** Where a value begins and ends without padding. NULs at the end are padding wherever text is: files pad so. */
function trimStart(bytes: Uint8Array, start: number, end: number): number {
  while (start < end && bytes[start] === 0x20) start++
  return start
}
export function trimEnd(bytes: Uint8Array, start: number, end: number): number {
  while (end > start && (bytes[end - 1] === 0x20 || bytes[end - 1] === 0)) end--
  return end
}
function trimText(text: string, trim: VrFacts['trim']): string {
  let end = text.length
  while (end > 0 && (text[end - 1] === ' ' || text[end - 1] === '\0')) end--
  let start = 0
  if (trim === 'both') while (start < end && text[start] === ' ') start++
  return text.slice(start, end)
}

/** Calls back with each value's bounds, padding left out. An empty field has no values. */
export function eachComponent(bytes: Uint8Array, facts: VrFacts, visit: (start: number, end: number) => void): void {
  const length = trimEnd(bytes, 0, bytes.length)
  if (trimStart(bytes, 0, length) === length) return
  for (let start = 0, at = 0; at <= length; at++) {
    if (at < length && bytes[at] !== BACKSLASH) continue
    const end = trimEnd(bytes, start, at)
    visit(facts.trim === 'both' ? trimStart(bytes, start, end) : start, end)
    start = at + 1
  }
}

const POWERS_OF_TEN = Array.from({ length: 23 }, (_, i) => 10 ** i)
export const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/

/**
 * The number that a decimal text is nearest to; NaN for text that is no finite number. Digits and powers of ten that
 * doubles hold exactly give the exact quotient (Clinger); the rest is for the language's own parser.
 */
export function parseDecimal(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  const sign = bytes[at]
  if (sign === 0x2d || sign === 0x2b) at++
  let digits = 0
  let decimals = -1
  let number = 0
  for (; at < end; at++) {
    const byte = bytes[at]
    if (byte >= 0x30 && byte <= 0x39) {
      number = number * 10 + (byte - 0x30)
      digits++
      if (decimals >= 0) decimals++
    } else if (byte === 0x2e && decimals < 0) decimals = 0
    else break
  }
  if (at < end || digits === 0 || digits > 15) {
    const text = latin1(bytes, start, end)
    const parsed = DECIMAL.test(text) ? Number(text) : Number.NaN
    return Number.isFinite(parsed) ? parsed : Number.NaN
  }
  if (decimals > 0) number /= POWERS_OF_TEN[decimals]
  return sign === 0x2d ? -number : number
}

/** IS is an integer, also where it is written "12.0" or "1e3": no other number can be meant. -0 is 0. */
export function parseInteger(bytes: Uint8Array, start: number, end: number): number {
  const number = parseDecimal(bytes, start, end)
  return Number.isSafeInteger(number) ? number + 0 : Number.NaN
}

/** The numbers of a DS or IS; `otherwise` says what stands for text that is none. An empty value is null. */
export function decodeNumericText<T>(
  vr: 'DS' | 'IS',
  bytes: Uint8Array,
  otherwise: (text: string) => T,
): (number | T | null)[] {
  const values: (number | T | null)[] = []
  const parse = vr === 'DS' ? parseDecimal : parseInteger
  eachComponent(bytes, vrFacts(vr), (start, end) => {
    const number = start === end ? null : parse(bytes, start, end)
    values.push(Number.isNaN(number) ? otherwise(latin1(bytes, start, end)) : number)
  })
  return values
}

type ReadNumber = (view: DataView, offset: number, littleEndian: boolean) => number
const READ_NUMBER: Record<string, ReadNumber> = {
  FD: (view, offset, little) => view.getFloat64(offset, little),
  FL: (view, offset, little) => view.getFloat32(offset, little),
  SL: (view, offset, little) => view.getInt32(offset, little),
  SS: (view, offset, little) => view.getInt16(offset, little),
  UL: (view, offset, little) => view.getUint32(offset, little),
  US: (view, offset, little) => view.getUint16(offset, little),
}

export const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/**
 * The values of a Value Field, by its VR: numbers for DS and IS too, bigint for SV and UV, eight hex digits for AT,
 * bytes in little endian for O* and UN. A number that is cut short is null.
 */
export function decodeValue(vr: string, bytes: Uint8Array, bigEndian: boolean, charset: Charset): DicomValue[] {
  const facts = vrFacts(vr)
  if (bytes.length === 0) return []
  switch (facts.kind) {
    case 'string': {
      if (vr !== 'DS' && vr !== 'IS') return decodeStrings(vr, bytes, charset).map(text => (text === '' ? null : text))
      return decodeNumericText(vr, bytes, () => null)
    }
    case 'text': {
      const texts = decodeStrings(vr, bytes, charset)
      return vr === 'PN' ? texts.map(parsePersonName) : texts.map(text => (text === '' ? null : text))
    }
    case 'number': {
      const read = READ_NUMBER[vr]
      return decodeWords(bytes, facts.wordBytes, (view, offset) => read(view, offset, !bigEndian))
    }
    case 'bigint': {
      const signed = vr === 'SV'
      return decodeWords(bytes, 8, (view, offset) =>
        signed ? view.getBigInt64(offset, !bigEndian) : view.getBigUint64(offset, !bigEndian),
      )
    }
    case 'tag':
      return decodeWords(bytes, 4, (view, offset) => hex4(view, offset, bigEndian) + hex4(view, offset + 2, bigEndian))
    default:
      return [bigEndian ? swapWords(bytes, facts.wordBytes) : bytes]
  }
}

const hex4 = (view: DataView, offset: number, bigEndian: boolean) => upperHex(view.getUint16(offset, !bigEndian), 4)

function decodeWords<T extends DicomValue>(
  bytes: Uint8Array,
  wordBytes: number,
  read: (view: DataView, offset: number) => T,
): (T | null)[] {
  const view = viewOf(bytes)
  const values: (T | null)[] = []
  for (let offset = 0; offset < bytes.length; offset += wordBytes) {
    values.push(offset + wordBytes <= bytes.length ? read(view, offset) : null)
  }
  return values
}

/**
 * The values as text, whole, also where they break their VR: "12O kVp" of a DS. Padding is left out; an empty value
 * among several is "". None for binary values, whose only text is base64 (json.ts).
 */
export function decodeStrings(vr: string, bytes: Uint8Array, charset: Charset, bigEndian = false): string[] {
  const facts = vrFacts(vr)
  if (bytes.length === 0) return []
  switch (facts.kind) {
    case 'string':
    case 'text': {
      const text = charset.decode(bytes, vr)
      const whole = trimText(text, 'end')
      if (/^ *$/.test(whole)) return []
      return facts.backslash
        ? whole.split('\\').map(value => trimText(value, facts.trim))
        : [trimText(whole, facts.trim)]
    }
    case 'bytes':
    case 'sequence':
      return []
    default:
      return decodeValue(vr, bytes, bigEndian, charset).map(value => (value === null ? '' : String(value)))
  }
}

/** "Yamada^Tarou=山田^太郎=やまだ^たろう" → its component groups; null when all are empty. */
export function parsePersonName(text: string): PersonName | null {
  const [Alphabetic, Ideographic, Phonetic] = text.split('=')
  if (!Alphabetic && !Ideographic && !Phonetic) return null
  return { ...(Alphabetic && { Alphabetic }), ...(Ideographic && { Ideographic }), ...(Phonetic && { Phonetic }) }
}
