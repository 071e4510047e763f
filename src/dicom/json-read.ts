import { DicubeError } from '../errors.ts'
import type { Charset } from './charset.ts'
import type { DicomValue, PersonName } from './values.ts'
import { encodeValue, outlineOf } from './values-encode.ts'
import { vrFacts } from './vr.ts'

// DICOM JSON as others write it, into values; json.ts is its mirror, and all that a page needs to show metadata.

/**
 * The mirror of valueToJson, into explicit VR little endian. It takes what other writers make of PS3.18 as well:
 * numbers as strings, "inf", names as strings, "" for an empty value, base64 in an array.
 */
export function jsonToValue(
  vr: string,
  entry: { readonly [key in 'Value' | 'InlineBinary' | 'BulkDataURI']?: unknown },
  charset: Charset,
): Uint8Array {
  const empty = new Uint8Array(0)
  if (entry.InlineBinary !== undefined && entry.InlineBinary !== null) {
    // The example of PS3.18 §F.4 once had an array here.
    const base64 = Array.isArray(entry.InlineBinary) ? entry.InlineBinary[0] : entry.InlineBinary
    if (typeof base64 !== 'string') throw unwritable(vr, base64, 'InlineBinary is not a string')
    const bytes = fromBase64(base64)
    return vrFacts(vr).kind === 'bytes' ? encodeValue(vr, [bytes], false, charset, { lenient: true }) : bytes
  }
  if (typeof entry.BulkDataURI === 'string') {
    throw new DicubeError('not-loaded', 'the value is elsewhere: there is a BulkDataURI and no value')
  }
  if (entry.Value === undefined || entry.Value === null) return empty
  const list: unknown[] = Array.isArray(entry.Value) ? entry.Value : [entry.Value]
  if (list.length === 0) return empty
  return encodeValue(
    vr,
    list.map(value => valueOfJson(vr, value)),
    false,
    charset,
    { lenient: true },
  )
}

function valueOfJson(vr: string, value: unknown): DicomValue {
  const { kind } = vrFacts(vr)
  if (value === null || value === '') {
    if (kind === 'string' || kind === 'text') return null
    if (vr === 'FL' || vr === 'FD') return Number.NaN // dcm4che writes NaN so
    throw unwritable(vr, value, 'wanted a value')
  }
  switch (kind) {
    case 'string':
    case 'text':
      if (typeof value === 'string') return value
      if (vr === 'PN' && isObject(value)) return personNameOf(value)
      if (typeof value === 'number' || typeof value === 'bigint') {
        return vr === 'DS' && typeof value === 'number' ? value : String(value)
      }
      break
    case 'number': {
      if (typeof value === 'number' || typeof value === 'bigint') return Number(value)
      const number = typeof value === 'string' ? numberOfText(value) : undefined
      if (number !== undefined) return number
      break
    }
    case 'bigint':
      if (typeof value === 'bigint' || typeof value === 'number') return value
      if (typeof value === 'string' && /^ *[+-]?\d+ *$/.test(value)) return BigInt(value.trim().replace('+', ''))
      break
    case 'tag':
      if (typeof value === 'number') return value
      if (typeof value === 'string') return value.replace(/[(),]/g, '')
      break
  }
  throw unwritable(vr, value, 'not a value of this VR')
}

const NON_FINITE: Record<string, number> = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  infinity: Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
  '-infinity': Number.NEGATIVE_INFINITY,
}

function numberOfText(text: string): number | undefined {
  const named = NON_FINITE[text.trim().toLowerCase()]
  if (named !== undefined) return named
  const number = text.trim() === '' ? Number.NaN : Number(text)
  return Number.isNaN(number) ? undefined : number
}

function personNameOf(groups: object): PersonName {
  const name: PersonName = {}
  for (const key of ['Alphabetic', 'Ideographic', 'Phonetic'] as const) {
    const group = (groups as Record<string, unknown>)[key]
    if (typeof group === 'string') name[key] = group
  }
  return name
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

function unwritable(vr: string, value: unknown, why: string): DicubeError {
  return new DicubeError('invalid-value', `DICOM JSON: ${vr} from ${outlineOf(value)}: ${why}`)
}

/** The mirror of toBase64. White space is skipped, missing padding is not missed. */
export function fromBase64(text: string): Uint8Array {
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4))
  let at = 0
  let bits = 0
  let count = 0
  let ended = false
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    const digit = code < 128 ? DIGIT_VALUES[code] : -1
    if (digit >= 0 && !ended) {
      bits = ((bits << 6) | digit) & 0xffffff
      count += 6
      if (count >= 8) {
        count -= 8
        bytes[at++] = (bits >> count) & 0xff
      }
    } else if (code === 0x3d) ended = true
    else if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) {
      throw new DicubeError('invalid-value', `InlineBinary is not base64: ${JSON.stringify(text[i])} at ${i}`)
    }
  }
  if (count === 6) throw new DicubeError('invalid-value', 'InlineBinary is not base64: one digit too many')
  return bytes.slice(0, at)
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const DIGIT_VALUES = Int8Array.from({ length: 128 }, (_, code) => ALPHABET.indexOf(String.fromCharCode(code)))

/** What parseJson reads where its caller says no other. */
export const JSON_LIMITS = { depth: 1000, length: 2 ** 29 }

export interface ParseLimits {
  /** Arrays and objects inside each other. A sequence is three levels. */
  readonly depth?: number
  /** UTF-16 code units of the text. */
  readonly length?: number
}

/**
 * JSON.parse, and what Python's json writes beyond it: NaN, Infinity and -Infinity as tokens are numbers, integers
 * beyond 2^53 are bigint. A document that is too deep or too long is a `limit`, one that is no JSON `malformed`.
 */
export function parseJson(text: string, limits: ParseLimits = {}): unknown {
  const { depth: maxDepth, length: maxLength } = { ...JSON_LIMITS, ...limits }
  if (text.length > maxLength) {
    throw new DicubeError('limit', `JSON of ${text.length} characters: at most ${maxLength} are read`)
  }
  if (isPlainJson(text, maxDepth)) {
    try {
      return JSON.parse(text)
    } catch {
      // Its message quotes what stands around the place, which may be a patient's name; ours says the place.
    }
  }
  return parsePythonJson(text)
}

/** Whether JSON.parse reads this right: no token but JSON's, no integer of 16 digits. Refuses what is too deep. */
function isPlainJson(text: string, maxDepth: number): boolean {
  let plain = true
  let depth = 0
  let digits = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code >= 0x30 && code <= 0x39) {
      if (++digits === 16) plain = false
      continue
    }
    digits = code === 0x2e ? Number.NEGATIVE_INFINITY : 0 // decimals are no integer
    if (code === 0x22) i = stringEnd(text, i) - 1
    else if (code === 0x5b || code === 0x7b) {
      if (++depth > maxDepth) throw new DicubeError('limit', `JSON deeper than ${maxDepth} levels at ${i}`)
    } else if (code === 0x5d || code === 0x7d) depth--
    else if (code === 0x4e || code === 0x49) plain = false // N, I
  }
  return plain
}

/** Where the string that begins at `start` ends, its last quote included. */
function stringEnd(text: string, start: number): number {
  for (let i = start + 1; ; i++) {
    i = text.indexOf('"', i)
    if (i < 0) return text.length
    let backslashes = 0
    while (text.charCodeAt(i - 1 - backslashes) === 0x5c) backslashes++
    if (backslashes % 2 === 0) return i + 1
  }
}

const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y
const SPACE = /[ \t\n\r]*/y
const TOKENS: readonly (readonly [string, unknown])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]

function parsePythonJson(text: string): unknown {
  let at = 0
  const fail = (wanted: string): never => {
    const found = at < text.length ? JSON.stringify(text[at]) : 'the end'
    throw new DicubeError('malformed', `JSON: ${found} at ${at}, wanted ${wanted}`)
  }
  const skipSpace = () => {
    SPACE.lastIndex = at
    SPACE.test(text)
    at = SPACE.lastIndex
  }
  /** Whether the next character is this one, which is then taken. */
  const take = (character: string) => {
    skipSpace()
    if (text[at] !== character) return false
    at++
    return true
  }
  const string = (): string => {
    skipSpace()
    if (text[at] !== '"') return fail('a string')
    const end = stringEnd(text, at)
    try {
      const value = JSON.parse(text.slice(at, end)) as string
      at = end
      return value
    } catch {
      return fail('a string with its end')
    }
  }
  const value = (): unknown => {
    skipSpace()
    if (text[at] === '"') return string()
    if (take('[')) {
      const list: unknown[] = []
      if (take(']')) return list
      do list.push(value())
      while (take(','))
      return take(']') ? list : fail('] or a comma')
    }
    if (take('{')) {
      const object: Record<string, unknown> = {}
      if (take('}')) return object
      do {
        const key = string()
        if (!take(':')) fail('a colon')
        // Assigning "__proto__" would set the prototype.
        Object.defineProperty(object, key, { value: value(), enumerable: true, writable: true, configurable: true })
      } while (take(','))
      return take('}') ? object : fail('} or a comma')
    }
    for (const [token, meaning] of TOKENS) {
      if (!text.startsWith(token, at)) continue
      at += token.length
      return meaning
    }
    NUMBER.lastIndex = at
    const number = NUMBER.exec(text)
    if (!number) return fail('a value')
    at = NUMBER.lastIndex
    const parsed = Number(number[0])
    const integer = number[1] === undefined && number[2] === undefined
    return integer && !Number.isSafeInteger(parsed) ? BigInt(number[0]) : parsed
  }
  const document = value()
  skipSpace()
  return at === text.length ? document : fail('the end')
}
