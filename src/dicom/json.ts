import { type Charset, latin1 } from './charset.ts'
import { type DicomValue, decodeNumericText, decodeValue, type PersonName } from './values.ts'

/** One value in DICOM JSON. bigint: an integer beyond 2^53 that parseJson met as a bare number. */
export type JsonValue = string | number | bigint | null | PersonName | DicomJson

/** An attribute object of the DICOM JSON Model (PS3.18 §F.2.2): at most one of Value, InlineBinary and BulkDataURI. */
export interface JsonElement {
  vr: string
  Value?: JsonValue[]
  InlineBinary?: string
  BulkDataURI?: string
}

/** A data set: the attributes by tag ("00100010"). Write it with stringifyJson, which keeps tags ascending. */
export interface DicomJson {
  [tag: string]: JsonElement
}

/**
 * The value of an element that is no sequence, as DICOM JSON has it (PS3.18 Annex F). {}: the value is empty.
 *
 * null stands for an empty value among several (§F.2.5). Text of a DS or IS that is no number stays a string, and so
 * does an integer that a double cannot hold (note of Table F.2.3-1). FL and FD that are not finite, for which the
 * standard has nothing and JSON no number, are "NaN", "Infinity" and "-Infinity", as fo-dicom and Azure write them.
 */
export function valueToJson(
  vr: string,
  bytes: Uint8Array,
  bigEndian: boolean,
  charset: Charset,
): Omit<JsonElement, 'vr'> {
  if (bytes.length === 0) return {}
  if (vr === 'DS' || vr === 'IS') return valueOrNothing(decodeNumericText(vr, bytes, text => text))
  const values = decodeValue(vr, bytes, bigEndian, charset)
  // Binary values are little endian (§F.2.7), as decodeValue gives them.
  if (values[0] instanceof Uint8Array) return { InlineBinary: toBase64(values[0]) }
  return valueOrNothing(values.map(jsonOfValue))
}

const valueOrNothing = (Value: JsonValue[]): Omit<JsonElement, 'vr'> => (Value.length === 0 ? {} : { Value })

function jsonOfValue(value: DicomValue): JsonValue {
  if (typeof value === 'bigint') {
    const number = Number(value)
    return Number.isSafeInteger(number) ? number : String(value)
  }
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  return value as JsonValue
}

/** A multiple of three, so that parts of the text are the text of parts. */
const BASE64_PART_BYTES = 3 << 14

/** Base64 (RFC 4648 §4); by the engine where it has it. Part by part, as btoa takes several times what it gives. */
export function toBase64(bytes: Uint8Array & { toBase64?: () => string }): string {
  if (bytes.toBase64) return bytes.toBase64()
  let text = ''
  for (let at = 0; at < bytes.length; at += BASE64_PART_BYTES)
    text += btoa(latin1(bytes.subarray(at, at + BASE64_PART_BYTES)))
  return text
}
