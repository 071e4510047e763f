import { DicubeError } from '../errors.ts'
import { type Charset, latin1 } from './charset.ts'
import { isKnownVr, swapWords, type VrFacts, vrFacts } from './vr.ts'

/** The component groups of a person's name (PS3.5 §6.2.1.1); an empty one is left out, as in DICOM JSON. */
export interface PersonName {
  Alphabetic?: string
  Ideographic?: string
  Phonetic?: string
}

/** One value. null: an empty one among several, or text or bytes that break their VR. */
export type DicomValue = number | bigint | string | PersonName | Uint8Array | null

/** What can be wrong with a value (PS3.5 §6.2). */
export type ValueProblem =
  | 'odd-length' // a Value Field has an even number of bytes (PS3.5 §7.1.1)
  | 'partial-word' // the last number is cut
  | 'too-long' // a value longer than its VR allows
  | 'invalid-ds'
  | 'invalid-is'
  | 'invalid-ui'
  | 'invalid-da'
  | 'invalid-tm'
  | 'invalid-dt'
  | 'invalid-as'
  | 'invalid-pn' // more than three component groups, or five components (PS3.5 §6.2.1)
  | 'invalid-at' // a tag of an even group that PS3.6 does not have
  | 'control-character' // a control character that its VR does not allow (PS3.5 §6.1.3); NULs at the end are padding

const BACKSLASH = 0x5c

/** Where a value begins and ends without padding. NULs at the end are padding wherever text is: files pad so. */
function trimStart(bytes: Uint8Array, start: number, end: number): number {
  while (start < end && bytes[start] === 0x20) start++
  return start
}
function trimEnd(bytes: Uint8Array, start: number, end: number): number {
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
function eachComponent(bytes: Uint8Array, facts: VrFacts, visit: (start: number, end: number) => void): void {
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
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/

/**
 * The number that a decimal text is nearest to; NaN for text that is no finite number. Digits and powers of ten that
 * doubles hold exactly give the exact quotient (Clinger); the rest is for the language's own parser.
 */
function parseDecimal(bytes: Uint8Array, start: number, end: number): number {
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
function parseInteger(bytes: Uint8Array, start: number, end: number): number {
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

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

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

const hex4 = (view: DataView, offset: number, bigEndian: boolean) =>
  view.getUint16(offset, !bigEndian).toString(16).toUpperCase().padStart(4, '0')

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

/** The mirror of parsePersonName. */
export function formatPersonName({ Alphabetic = '', Ideographic = '', Phonetic = '' }: PersonName): string {
  return `${Alphabetic}=${Ideographic}=${Phonetic}`.replace(/=+$/, '')
}

const SYNTAX: Record<string, readonly [RegExp, ValueProblem]> = {
  AS: [/^\d{3}[DWMY]$/, 'invalid-as'],
  // The two older forms are in files, and PS3.5 §6.2 asks readers to take them.
  DA: [/^\d{4}(\d{4}|\.\d{2}\.\d{2})$/, 'invalid-da'],
  DT: [/^\d{4}(\d{2}(\d{2}(\d{2}(\d{2}(\d{2}(\.\d{1,6})?)?)?)?)?)?([+-]\d{4})?$/, 'invalid-dt'],
  TM: [/^\d{2}(\d{2}(\d{2}(\.\d{1,6})?)?)?$|^\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?$/, 'invalid-tm'],
  UI: [/^\d+(\.\d+)*$/, 'invalid-ui'],
}

/** What is wrong with a Value Field, each code once; an empty one is never wrong. Lengths are in bytes here. */
export function problemsOfValue(vr: string, bytes: Uint8Array): ValueProblem[] {
  const problems = new Set<ValueProblem>()
  const facts = vrFacts(vr)
  if (bytes.length % 2 === 1) problems.add('odd-length')
  const wordBytes = facts.kind === 'tag' ? 4 : facts.wordBytes
  if (bytes.length % wordBytes !== 0) problems.add('partial-word')
  if (facts.kind === 'string' && facts.backslash) {
    eachComponent(bytes, facts, (start, end) => {
      if (start === end) return
      if (vr === 'DS' && Number.isNaN(parseDecimal(bytes, start, end))) problems.add('invalid-ds')
      if (vr === 'IS' && Number.isNaN(parseInteger(bytes, start, end))) problems.add('invalid-is')
      if (end - start > facts.maxLength) problems.add('too-long')
      const syntax = SYNTAX[vr]
      if (syntax && !syntax[0].test(latin1(bytes, start, end))) problems.add(syntax[1])
    })
  }
  if ((facts.kind === 'string' || facts.kind === 'text') && hasControls(vr, bytes)) problems.add('control-character')
  return [...problems]
}

/** What is wrong with text whose characters are known: its length is in characters, and a name has a form. */
export function problemsOfText(vr: string, bytes: Uint8Array, charset: Charset): ValueProblem[] {
  const { kind, maxLength } = vrFacts(vr)
  // Characters can be fewer than bytes, never more.
  if (kind !== 'text' || (vr !== 'PN' && trimEnd(bytes, 0, bytes.length) <= maxLength)) return []
  const problems = new Set<ValueProblem>()
  for (const text of decodeStrings(vr, bytes, charset)) {
    const groups = vr === 'PN' ? text.split('=') : [text]
    if (groups.some(group => group.length > maxLength && [...group].length > maxLength)) problems.add('too-long')
    if (vr === 'PN' && (groups.length > 3 || groups.some(group => group.split('^').length > 5)))
      problems.add('invalid-pn')
  }
  return [...problems]
}

/** ESC is for the character set to judge. */
function hasControls(vr: string, bytes: Uint8Array): boolean {
  const end = trimEnd(bytes, 0, bytes.length)
  for (let i = 0; i < end; i++) {
    const byte = bytes[i]
    if (byte < 0x20 && byte !== 0x1b && !(LINES.has(vr) && (byte === 9 || byte === 10 || byte === 12 || byte === 13)))
      return true
  }
  return false
}

export interface EncodeOptions {
  /** Takes text that is too long or no date, as files have it; what cannot be written at all is still refused. */
  readonly lenient?: boolean
}

const WORD_RANGES: Record<string, readonly [number, number]> = {
  SL: [-0x80000000, 0x7fffffff],
  SS: [-0x8000, 0x7fff],
  UL: [0, 0xffffffff],
  US: [0, 0xffff],
}

/** The mirror of decodeValue: a Value Field of even length. Throws invalid-value for what its VR cannot hold. */
export function encodeValue(
  vr: string,
  values: readonly DicomValue[],
  bigEndian: boolean,
  charset: Charset,
  options: EncodeOptions = {},
): Uint8Array {
  const facts = vrFacts(vr)
  if (values.length === 0) return new Uint8Array(0)
  switch (facts.kind) {
    case 'string':
    case 'text':
      return encodeStrings(vr, facts, values, charset, options)
    case 'number':
      return encodeWords(values, facts.wordBytes, (view, offset, value) => {
        const number = numberOf(vr, value)
        if (vr === 'FD') view.setFloat64(offset, number, !bigEndian)
        else if (vr === 'FL') {
          if (Number.isFinite(number) && !Number.isFinite(Math.fround(number)))
            refuse(vr, value, 'wanted a 32-bit float')
          view.setFloat32(offset, number, !bigEndian)
        } else {
          const [least, most] = WORD_RANGES[vr]
          if (!Number.isInteger(number) || number < least || number > most) {
            refuse(vr, value, `wanted an integer from ${least} to ${most}`)
          }
          if (facts.wordBytes === 2) view.setUint16(offset, number & 0xffff, !bigEndian)
          else view.setUint32(offset, number >>> 0, !bigEndian)
        }
      })
    case 'bigint':
      return encodeWords(values, 8, (view, offset, value) => {
        const integer = bigintOf(vr, value)
        const [least, most] = vr === 'SV' ? [-(2n ** 63n), 2n ** 63n - 1n] : [0n, 2n ** 64n - 1n]
        if (integer < least || integer > most) refuse(vr, value, `wanted an integer from ${least} to ${most}`)
        view.setBigUint64(offset, BigInt.asUintN(64, integer), !bigEndian)
      })
    case 'tag':
      return encodeWords(values, 4, (view, offset, value) => {
        const hex = typeof value === 'number' ? value.toString(16).padStart(8, '0') : value
        if (typeof hex !== 'string' || !/^[0-9A-Fa-f]{8}$/.test(hex))
          return refuse(vr, value, 'wanted eight hex digits')
        view.setUint16(offset, Number.parseInt(hex.slice(0, 4), 16), !bigEndian)
        view.setUint16(offset + 2, Number.parseInt(hex.slice(4), 16), !bigEndian)
      })
    case 'bytes': {
      const [value] = values
      if (values.length > 1 || !(value instanceof Uint8Array)) return refuse(vr, value, 'wanted one Uint8Array')
      if (value.length % facts.wordBytes !== 0 && !options.lenient) {
        refuse(vr, value, `wanted a multiple of ${facts.wordBytes} bytes`)
      }
      return padEven(bigEndian ? swapWords(value, facts.wordBytes) : value, 0)
    }
    default:
      return refuse(vr, values[0], 'a sequence has items, not values')
  }
}

function encodeStrings(
  vr: string,
  facts: VrFacts,
  values: readonly DicomValue[],
  charset: Charset,
  options: EncodeOptions,
): Uint8Array {
  if (values.length > 1 && !facts.backslash) refuse(vr, values[1], 'wanted one value: this VR has no second one')
  const encoded = values.map(value => {
    const text = textOf(vr, value)
    if (facts.backslash && text.includes('\\')) refuse(vr, value, 'a backslash separates values')
    if (!options.lenient) checkText(vr, facts, value, text)
    const bytes = charset.encode(text, vr)
    if (bytes) return bytes
    return refuse(
      vr,
      value,
      facts.kind === 'text'
        ? `not in the character set ${charset.terms.join('\\') || 'ISO_IR 6'}; ISO_IR 192 has every character`
        : 'this VR has ASCII only',
    )
  })
  const bytes = new Uint8Array(encoded.reduce((length, value) => length + value.length + 1, -1))
  let at = 0
  for (const [i, value] of encoded.entries()) {
    if (i > 0) bytes[at++] = BACKSLASH
    bytes.set(value, at)
    at += value.length
  }
  return padEven(bytes, facts.padding)
}

function textOf(vr: string, value: DicomValue): string {
  if (value === null) return ''
  if (typeof value === 'string') return value
  if (vr === 'PN' && typeof value === 'object' && !(value instanceof Uint8Array)) return formatPersonName(value)
  if (vr === 'DS' && typeof value === 'number') return formatDecimal(value)
  if (vr === 'IS' && (typeof value === 'number' || typeof value === 'bigint')) {
    if (typeof value === 'bigint' || Number.isSafeInteger(value)) return String(value)
    return refuse(vr, value, 'wanted an integer')
  }
  return refuse(vr, value, vr === 'PN' ? 'wanted a string or a PersonName' : 'wanted a string')
}

/** The shortest text of a number; where that is longer than the 16 characters of a DS, rounded as little as they allow. */
export function formatDecimal(value: number): string {
  if (!Number.isFinite(value)) return refuse('DS', value, 'wanted a finite number')
  for (let digits = 17; ; digits--) {
    const rounded = digits === 17 ? value : Number(value.toPrecision(digits))
    if (!Number.isFinite(rounded)) return refuse('DS', value, 'wanted a number that 16 characters can hold')
    const plain = Object.is(rounded, -0) ? '-0' : String(rounded)
    if (plain.length <= 16) return plain
    const exponential = rounded.toExponential()
    if (exponential.length <= 16) return exponential
  }
}

function checkText(vr: string, facts: VrFacts, value: DicomValue, text: string): void {
  if (text === '') return
  const parts = vr === 'PN' ? text.split('=') : [text]
  if (vr === 'PN' && parts.length > 3) refuse(vr, value, 'wanted at most three component groups')
  for (const part of parts) {
    const { length } = [...part]
    if (length > facts.maxLength) refuse(vr, value, `too long: ${length} characters, at most ${facts.maxLength}`)
  }
  if (vr === 'DS' && !DECIMAL.test(text.trim())) refuse(vr, value, 'wanted a decimal number')
  if (vr === 'IS') {
    const number = Number(text)
    if (!/^ *[+-]?\d+ *$/.test(text) || number < -0x80000000 || number > 0x7fffffff) {
      refuse(vr, value, 'wanted an integer from -2147483648 to 2147483647')
    }
  }
  const syntax = SYNTAX[vr]
  if (syntax && !syntax[0].test(text.trimEnd())) refuse(vr, value, `wanted ${FORMS[vr]}`)
  for (const character of text) {
    if (character < ' ' && !(LINES.has(vr) ? '\t\n\f\r\x1b' : '\x1b').includes(character)) {
      refuse(vr, value, `the control character ${JSON.stringify(character)}`)
    }
  }
}

/** Text of several lines (PS3.5 §6.1.3). */
const LINES = new Set(['LT', 'ST', 'UT'])

const FORMS: Record<string, string> = {
  AS: 'three digits and D, W, M or Y',
  DA: 'YYYYMMDD',
  DT: 'YYYYMMDDHHMMSS.FFFFFF&ZZXX or the beginning of it',
  TM: 'HHMMSS.FFFFFF or the beginning of it',
  UI: 'numbers between dots',
}

function numberOf(vr: string, value: DicomValue): number {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  return refuse(vr, value, 'wanted a number')
}

function bigintOf(vr: string, value: DicomValue): bigint {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value)
  return refuse(vr, value, 'wanted a bigint or a safe integer')
}

function encodeWords(
  values: readonly DicomValue[],
  wordBytes: number,
  write: (view: DataView, offset: number, value: DicomValue) => void,
): Uint8Array {
  const bytes = new Uint8Array(values.length * wordBytes)
  const view = viewOf(bytes)
  for (const [i, value] of values.entries()) write(view, i * wordBytes, value)
  return bytes
}

function padEven(bytes: Uint8Array, padding: number): Uint8Array {
  if (bytes.length % 2 === 0) return bytes
  const padded = new Uint8Array(bytes.length + 1)
  padded.set(bytes)
  padded[bytes.length] = padding
  return padded
}

function refuse(vr: string, value: DicomValue | undefined, why: string): never {
  throw new DicubeError(
    'invalid-value',
    `${isKnownVr(vr) ? vr : `unknown VR ${vr}`} cannot hold ${outlineOf(value)}: ${why}`,
  )
}

/** What a value is, for a message: messages end up in logs, so what a text says stays out of them. */
export function outlineOf(value: unknown): string {
  if (value instanceof Uint8Array) return `${value.length} bytes`
  if (typeof value === 'string') return `a text of ${[...value].length} characters`
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (typeof value === 'object' && value !== null) return 'an object'
  return value === undefined ? 'nothing' : String(value)
}
