import { DicubeError } from '../errors.ts'
import type { Charset } from './charset.ts'
import { encodeText } from './charset-encode.ts'
import { LINES, SYNTAX } from './value-problems.ts'
import { BACKSLASH, DECIMAL, type DicomValue, type PersonName, viewOf } from './values.ts'
import { isKnownVr, swapWords, type VrFacts, vrFacts } from './vr.ts'
import { maxLengthOf, paddingOf } from './vr-limits.ts'

// Apart from values.ts, its mirror, because a page that reads metadata writes none.

/** The mirror of parsePersonName. */
export function formatPersonName({ Alphabetic = '', Ideographic = '', Phonetic = '' }: PersonName): string {
  return `${Alphabetic}=${Ideographic}=${Phonetic}`.replace(/=+$/, '')
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
    if (!options.lenient) checkText(vr, value, text)
    const bytes = encodeText(charset, text, vr)
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
  return padEven(bytes, paddingOf(vr))
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

function checkText(vr: string, value: DicomValue, text: string): void {
  if (text === '') return
  const parts = vr === 'PN' ? text.split('=') : [text]
  if (vr === 'PN' && parts.length > 3) refuse(vr, value, 'wanted at most three component groups')
  const maxLength = maxLengthOf(vr)
  for (const part of parts) {
    const { length } = [...part]
    if (length > maxLength) refuse(vr, value, `too long: ${length} characters, at most ${maxLength}`)
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
