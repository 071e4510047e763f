import { describe, expect, test } from 'vitest'
import { charsetOf } from '../../src/dicom/charset.ts'
import { type JsonElement, toBase64, valueToJson } from '../../src/dicom/json.ts'
import { fromBase64, jsonToValue, parseJson } from '../../src/dicom/json-read.ts'
import { stringifyJson } from '../../src/dicom/json-write.ts'
import { ascii, hex, toHex } from './hex.ts'

const utf8 = charsetOf(['ISO_IR 192'])
type Entry = Omit<JsonElement, 'vr'>

describe('a value and its DICOM JSON', () => {
  test.each<[string, string, string, Entry]>([
    ['an empty value has no Value (PS3.18 §F.2.5)', 'LO', '', {}],
    ['an empty component is null (§F.2.5)', 'CS', '415c5c42', { Value: ['A', null, 'B'] }],
    ['DS', 'DS', '312e355c32', { Value: [1.5, 2] }],
    ['an invalid DS stays text (Table F.2.3-1)', 'DS', '31324f20', { Value: ['12O'] }],
    ['IS', 'IS', '3132', { Value: [12] }],
    ['an IS that no double holds', 'IS', '39303037313939323534373430393933', { Value: ['9007199254740993'] }],
    ['US', 'US', '0100ffff', { Value: [1, 65535] }],
    ['FD', 'FD', '000000000000f83f', { Value: [1.5] }],
    ['FD that is no number', 'FD', '000000000000f87f000000000000f0ff', { Value: ['NaN', '-Infinity'] }],
    ['UV up to 2^53', 'UV', '0100000000000000', { Value: [1] }],
    ['UV beyond', 'UV', 'ffffffffffffffff', { Value: ['18446744073709551615'] }],
    ['SV below -2^53', 'SV', '0000000000000080', { Value: ['-9223372036854775808'] }],
    ['AT', 'AT', '18006310', { Value: ['00181063'] }],
    ['PN', 'PN', '413d423d43 20', { Value: [{ Alphabetic: 'A', Ideographic: 'B', Phonetic: 'C' }] }],
    ['PN without the first group (§F.2.2)', 'PN', '3d42', { Value: [{ Ideographic: 'B' }] }],
    ['PN, one of two empty', 'PN', '415c', { Value: [{ Alphabetic: 'A' }, null] }],
    ['text in UTF-8', 'LO', 'c3a9', { Value: ['é'] }],
    ['OB', 'OB', '0102', { InlineBinary: 'AQI=' }],
    ['UN', 'UN', '0102', { InlineBinary: 'AQI=' }],
    ['an unknown VR', 'ZZ', '0102', { InlineBinary: 'AQI=' }],
  ])('%s', (_, vr, bytes, entry) => {
    expect(valueToJson(vr, hex(bytes), false, utf8)).toEqual(entry)
    const back = jsonToValue(vr, entry, utf8)
    expect(back.length % 2).toBe(0)
    expect(valueToJson(vr, back, false, utf8)).toEqual(entry)
  })
})

test('binary values of big endian files are little endian here (PS3.18 §F.2.7)', () => {
  expect(valueToJson('OW', hex('0102'), true, utf8)).toEqual({ InlineBinary: toBase64(hex('0201')) })
  expect(valueToJson('UN', hex('0102'), true, utf8)).toEqual({ InlineBinary: toBase64(hex('0102')) })
})

test.each<[string, string, Parameters<typeof jsonToValue>[1], string]>([
  ['numbers as text', 'US', { Value: ['1', '65535'] }, '0100ffff'],
  ['NaN as text', 'FL', { Value: ['NaN', 'inf', '-Infinity'] }, '0000c07f0000807f000080ff'],
  ['NaN as null (dcm4che)', 'FL', { Value: [null] }, '0000c07f'],
  ['NaN of a Python document', 'FL', { Value: [Number.NaN] }, '0000c07f'],
  ['bigint of a Python document', 'UV', { Value: [18446744073709551615n] }, 'ffffffffffffffff'],
  ['64 bits as text', 'SV', { Value: ['-1'] }, 'ffffffffffffffff'],
  ['a name as text', 'PN', { Value: ['Doe^J'] }, toHex(ascii('Doe^J '))],
  ['an empty group of pydicom', 'PN', { Value: [{ Alphabetic: '', Ideographic: 'B' }] }, '3d42'],
  ['"" for an empty component of pydicom', 'CS', { Value: ['A', ''] }, toHex(ascii('A\\'))],
  ['text that is too long for its VR', 'SH', { Value: ['12345678901234567890'] }, toHex(ascii('12345678901234567890'))],
  ['a number where text is wanted', 'LO', { Value: [12] }, '3132'],
  ['DS as text', 'DS', { Value: ['1.500'] }, toHex(ascii('1.500 '))],
  ['a tag with its parentheses', 'AT', { Value: ['(0018,1063)'] }, '18006310'],
  ['base64 in an array', 'OB', { InlineBinary: ['AQI='] }, '0102'],
  ['an odd binary value', 'OB', { InlineBinary: 'AQ==' }, '0100'],
  ['nothing', 'OB', { BulkDataURI: null }, ''],
  ['no values', 'US', { Value: [] }, ''],
  ['null for no values', 'US', { Value: null }, ''],
  ['a value that is in no array', 'US', { Value: 7 }, '0700'],
  ['an integer that is a bigint', 'US', { Value: [7n] }, '0700'],
  ['an integer beyond a double where text is wanted', 'IS', { Value: [12n] }, '3132'],
  ['64 bits as text with a sign', 'UV', { Value: [' +5 '] }, '0500000000000000'],
  ['64 bits as a number', 'SV', { Value: [-2] }, 'feffffffffffffff'],
  ['a tag as a number', 'AT', { Value: [0x00181063] }, '18006310'],
  ['bytes of a VR that has none', 'US', { InlineBinary: 'BwA=' }, '0700'],
])('jsonToValue takes %s', (_, vr, entry, bytes) => expect(toHex(jsonToValue(vr, entry, utf8))).toBe(bytes))

test.each<[string, string, Parameters<typeof jsonToValue>[1], string, string]>([
  [
    'text',
    'US',
    { Value: ['x'] },
    'invalid-value',
    'DICOM JSON: US from a text of 1 characters: not a value of this VR',
  ],
  ['null', 'US', { Value: [null] }, 'invalid-value', 'DICOM JSON: US from null: wanted a value'],
  ['too much', 'US', { Value: [70000] }, 'invalid-value', 'US cannot hold 70000: wanted an integer from 0 to 65535'],
  ['an object', 'US', { Value: [{}] }, 'invalid-value', 'DICOM JSON: US from an object: not a value of this VR'],
  [
    'white space',
    'US',
    { Value: [' '] },
    'invalid-value',
    'DICOM JSON: US from a text of 1 characters: not a value of this VR',
  ],
  [
    '64 bits that are none',
    'UV',
    { Value: ['1.5'] },
    'invalid-value',
    'DICOM JSON: UV from a text of 3 characters: not a value of this VR',
  ],
  ['a flag in 64 bits', 'UV', { Value: [true] }, 'invalid-value', 'DICOM JSON: UV from true: not a value of this VR'],
  ['a flag for a tag', 'AT', { Value: [true] }, 'invalid-value', 'DICOM JSON: AT from true: not a value of this VR'],
  [
    'an empty tag',
    'AT',
    { Value: [''] },
    'invalid-value',
    'DICOM JSON: AT from a text of 0 characters: wanted a value',
  ],
  ['values for bytes', 'OB', { Value: [5n] }, 'invalid-value', 'DICOM JSON: OB from 5: not a value of this VR'],
  [
    'nothing at all',
    'LO',
    { Value: [undefined] },
    'invalid-value',
    'DICOM JSON: LO from nothing: not a value of this VR',
  ],
  [
    'a number for base64',
    'OB',
    { InlineBinary: 5 },
    'invalid-value',
    'DICOM JSON: OB from 5: InlineBinary is not a string',
  ],
  ['a letter beyond ASCII', 'OB', { InlineBinary: 'AÄ==' }, 'invalid-value', 'InlineBinary is not base64: "Ä" at 1'],
  ['a digit behind the end', 'OB', { InlineBinary: 'AQ==A' }, 'invalid-value', 'InlineBinary is not base64: "A" at 4'],
  [
    'one digit too many',
    'OB',
    { InlineBinary: 'AQIDB' },
    'invalid-value',
    'InlineBinary is not base64: one digit too many',
  ],
  ['no base64', 'OB', { InlineBinary: 'A!' }, 'invalid-value', 'InlineBinary is not base64: "!" at 1'],
  [
    'a URI',
    'OB',
    { BulkDataURI: 'http://x/1' },
    'not-loaded',
    'the value is elsewhere: there is a BulkDataURI and no value',
  ],
])('jsonToValue refuses %s', (_, vr, entry, code, message) => {
  expect(() => jsonToValue(vr, entry, utf8)).toThrow(expect.objectContaining({ code, message }))
})

test('base64 of every length', () => {
  for (let length = 0; length < 70; length++) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 37 + length * 11) & 0xff)
    const text = Buffer.from(bytes).toString('base64')
    expect(toBase64(bytes)).toBe(text)
    expect(fromBase64(text)).toEqual(bytes)
    expect(fromBase64(text.replace(/=+$/, ''))).toEqual(bytes)
    expect(fromBase64(text.replace(/(.{4})/g, '$1\n'))).toEqual(bytes)
  }
})

test('base64 is made by the engine where it can', () => {
  expect(toBase64(Object.assign(hex('01'), { toBase64: () => 'by the engine' }))).toBe('by the engine')
})

test('a Map keeps its order, and what JSON has not is null', () => {
  const map = new Map<string, unknown>([
    ['z', 1],
    ['a', undefined],
    ['b', () => 1],
  ])
  expect(stringifyJson(map)).toBe('{"z":1,"b":null}')
  expect(stringifyJson(new Map())).toBe('{}')
})

test('tags stay ascending, also those that look like array indices', () => {
  const dataSet = {
    '20010010': { vr: 'LO', Value: ['P'] },
    '00081140': { vr: 'SQ', Value: [{ '20050010': { vr: 'LO' }, '0008115A': { vr: 'CS' } }] },
    '0020000D': { vr: 'UI', Value: ['1.2'] },
  }
  expect(stringifyJson(dataSet)).toBe(
    '{"00081140":{"vr":"SQ","Value":[{"0008115A":{"vr":"CS"},"20050010":{"vr":"LO"}}]},' +
      '"0020000D":{"vr":"UI","Value":["1.2"]},"20010010":{"vr":"LO","Value":["P"]}}',
  )
})

test('stringifyJson is JSON.stringify for everything else', () => {
  const value = { b: [1, 'x\n', null, true, [], {}, [{ c: -1.5 }]], a: undefined, 'é"': 'ü' }
  for (const indent of [0, 2, 4]) expect(stringifyJson(value, { indent })).toBe(JSON.stringify(value, null, indent))
})

test('a negative zero keeps its sign, as text and as bytes', () => {
  for (const [vr, bytes] of [
    ['FD', '0000000000000080'],
    ['FL', '00000080'],
    ['DS', '2d30'],
  ]) {
    const entry = valueToJson(vr, hex(bytes), false, utf8)
    expect(stringifyJson(entry)).toBe('{"Value":[-0]}')
    expect(toHex(jsonToValue(vr, parseJson('{"Value":[-0]}') as Entry, utf8))).toBe(bytes)
  }
})

test('numbers that JSON has not', () => {
  const values = [Number.NaN, Number.NEGATIVE_INFINITY, 18446744073709551615n]
  expect(stringifyJson(values)).toBe('["NaN","-Infinity",18446744073709551615]')
  expect(stringifyJson(values, { nonFinite: 'token' })).toBe('[NaN,-Infinity,18446744073709551615]')
  expect(parseJson('[NaN, -Infinity, Infinity, 18446744073709551615]')).toEqual([
    Number.NaN,
    Number.NEGATIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    18446744073709551615n,
  ])
})

test.each([
  '{"a": [1, 2.5, -3e2, "NaN Infinity", "\\"NaN\\\\", true, false, null, {}, []], "b": 1234567890.12345678901}',
  '["\\u00e9\\n", "9007199254740993", "{[", 9007199254740991]',
  ' 1 ',
])('what JSON.parse reads, parseJson reads the same: %s', text => {
  expect(parseJson(text)).toEqual(JSON.parse(text))
  const [document] = parseJson(`[${text}, NaN]`) as [unknown]
  expect(document).toEqual(JSON.parse(text))
})

test('a key named __proto__ is a key', () => {
  const object = parseJson('{"__proto__": {"x": NaN}}') as object
  expect(Object.keys(object)).toEqual(['__proto__'])
  expect(Object.getPrototypeOf(object)).toBe(Object.prototype)
})

test.each([
  ['[NaN', 'malformed', 'JSON: the end at 4, wanted ] or a comma'],
  ['[NaN,]', 'malformed', 'JSON: "]" at 5, wanted a value'],
  ['{"a" NaN}', 'malformed', 'JSON: "N" at 5, wanted a colon'],
  ['["x, NaN', 'malformed', expect.stringMatching(/^JSON: /)],
  ['[1, 2', 'malformed', expect.stringMatching(/^JSON: /)],
  ['[NaN] x', 'malformed', 'JSON: "x" at 6, wanted the end'],
  ['[Nan]', 'malformed', 'JSON: "N" at 1, wanted a value'],
  ['['.repeat(1001), 'limit', 'JSON deeper than 1000 levels at 1000'],
])('parseJson(%j) is refused', (text, code, message) => {
  expect(() => parseJson(text)).toThrow(expect.objectContaining({ code, message }))
})

test('a document that is too long is refused before it is read', () => {
  expect(() => parseJson('[1, 2]', { length: 5 })).toThrow(
    expect.objectContaining({ code: 'limit', message: 'JSON of 6 characters: at most 5 are read' }),
  )
})
