import { describe, expect, test } from 'vitest'
import { charsetOf } from '../../src/dicom/charset.ts'
import { problemsOfText, problemsOfValue } from '../../src/dicom/value-problems.ts'
import { type DicomValue, decodeStrings, decodeValue, parsePersonName } from '../../src/dicom/values.ts'
import { encodeValue, formatDecimal, formatPersonName } from '../../src/dicom/values-encode.ts'
import { DicubeError } from '../../src/errors.ts'
import { ascii, hex, toHex } from './hex.ts'

const latin = charsetOf(['ISO_IR 100'])
const decode = (vr: string, bytes: Uint8Array, bigEndian = false) => decodeValue(vr, bytes, bigEndian, latin)

describe('text to values', () => {
  test.each<[string, string, DicomValue[]]>([
    ['DS', '1.50\\-.5\\+2.\\1E-3 ', [1.5, -0.5, 2, 0.001]],
    ['DS', ' 120 ', [120]],
    ['DS', '120\0', [120]],
    ['DS', '0.333333333333333333', [1 / 3]],
    ['DS', '1234567890123456', [1234567890123456]],
    ['DS', '1.\\\\3', [1, null, 3]],
    ['DS', '12O kVp', [null]],
    ['DS', '0x10\\Infinity\\NaN\\1e999\\.\\1 2\\1,5', [null, null, null, null, null, null, null]],
    ['DS', '', []],
    ['DS', '  ', []],
    ['IS', ' 0012 \\-5\\+7', [12, -5, 7]],
    ['IS', '12.0\\1e3', [12, 1000]],
    ['IS', '35.5\\abc\\99999999999999999999', [null, null, null]],
    ['IS', '-0', [0]],
    ['CS', ' ORIGINAL \\PRIMARY', ['ORIGINAL', 'PRIMARY']],
    ['LO', ' a b \\ c', ['a b', 'c']],
    ['UC', ' a ', [' a']],
    ['ST', ' a\\b \0', [' a\\b']],
    ['LT', 'a\r\nb ', ['a\r\nb']],
    ['UI', '1.2.3\0', ['1.2.3']],
    ['UI', '1.2\\1.3\0', ['1.2', '1.3']],
    ['SH', '\\', [null, null]],
    ['DA', '20240131', ['20240131']],
    ['AE', '  STORE ', ['STORE']],
    ['PN', 'Doe^J=\xc4 \\', [{ Alphabetic: 'Doe^J', Ideographic: 'Ä' }, null]],
  ])('%s %j', (vr, text, values) => expect(decode(vr, ascii(text))).toEqual(values))

  test('a short decimal text is the number that the language reads', () => {
    let seed = 1
    const random = () => {
      seed = (seed * 48271) % 0x7fffffff
      return seed / 0x7fffffff
    }
    for (let i = 0; i < 20000; i++) {
      const text = (random() * 10 ** (random() * 12 - 4)).toPrecision(1 + Math.floor(random() * 17))
      expect(decode('DS', ascii(text))).toEqual([Number(text)])
    }
  })
})

test.each<[string, string, DicomValue[]]>([
  ['US', '0100 ffff', [1, 65535]],
  ['SS', '0100 ffff', [1, -1]],
  ['UL', 'ffffffff', [4294967295]],
  ['SL', 'ffffffff', [-1]],
  ['FL', '0000803f 0000807f', [1, Number.POSITIVE_INFINITY]],
  ['FD', '000000000000f03f', [1]],
  ['UV', 'ffffffffffffffff', [18446744073709551615n]],
  ['SV', 'ffffffffffffffff', [-1n]],
  ['AT', '1800 6310', ['00181063']],
  ['US', '010002', [1, null]],
  ['OW', '0102', [hex('0102')]],
  ['UN', '010203', [hex('010203')]],
  ['ZZ', '0102', [hex('0102')]],
  ['US', '', []],
  ['OB', '', []],
])('%s %s', (vr, bytes, values) => {
  expect(decode(vr, hex(bytes))).toEqual(values)
  if (values.length === 0 || values.includes(null) || vr === 'ZZ' || vr === 'UN') return
  expect(toHex(encodeValue(vr, values, false, latin))).toBe(bytes.replaceAll(' ', ''))
})

test.each<[string, string, DicomValue[]]>([
  ['US', '0001', [1]],
  ['FD', '3ff0000000000000', [1]],
  ['SV', 'fffffffffffffffe', [-2n]],
  ['AT', '0018 1063', ['00181063']],
  ['OW', '0102', [hex('0201')]],
  ['OF', '01020304', [hex('04030201')]],
])('%s in big endian: %s', (vr, bytes, values) => {
  expect(decode(vr, hex(bytes), true)).toEqual(values)
  expect(toHex(encodeValue(vr, values, true, latin))).toBe(bytes.replaceAll(' ', ''))
})

test('getStrings has the whole text of a value that breaks its VR', () => {
  expect(decodeStrings('DS', ascii('12O kVp'), latin)).toEqual(['12O kVp'])
  expect(decodeStrings('IS', ascii('35.5\\ 2'), latin)).toEqual(['35.5', '2'])
  expect(decodeStrings('PN', ascii('Doe^John=='), latin)).toEqual(['Doe^John=='])
  expect(decodeStrings('US', hex('01000200'), latin)).toEqual(['1', '2'])
  expect(decodeStrings('US', hex('0001'), latin, true)).toEqual(['1'])
  expect(decodeStrings('OB', hex('0100'), latin)).toEqual([])
})

test.each([
  [
    'Yamada^Tarou=山田^太郎=やまだ^たろう',
    { Alphabetic: 'Yamada^Tarou', Ideographic: '山田^太郎', Phonetic: 'やまだ^たろう' },
  ],
  ['Doe^John', { Alphabetic: 'Doe^John' }],
  ['=山田', { Ideographic: '山田' }],
  ['==やまだ', { Phonetic: 'やまだ' }],
])('the name %s', (text, name) => {
  expect(parsePersonName(text)).toEqual(name)
  expect(formatPersonName(name)).toBe(text)
})

test('a name without any group is null', () => expect(['', '=', '=='].map(parsePersonName)).toEqual([null, null, null]))

test.each<[string, Uint8Array, string[]]>([
  ['DS', ascii('12O kVp'), ['odd-length', 'invalid-ds']],
  ['DS', ascii('12.5'), []],
  ['DS', ascii('0.333333333333333333'), ['too-long']],
  ['IS', ascii('35.5'), ['invalid-is']],
  ['IS', ascii('12\\13 '), []],
  ['US', hex('010203'), ['odd-length', 'partial-word']],
  ['UI', ascii('1.2.a '), ['invalid-ui']],
  ['DA', ascii('20240131'), []],
  ['DA', ascii('2024.01.31'), []],
  ['DA', ascii('31012024'), []],
  ['DA', ascii('Jan 2024'), ['invalid-da']],
  ['TM', ascii('235959.123 '), ['odd-length']],
  ['TM', ascii('23h59 '), ['invalid-tm']],
  ['AS', ascii('42Y '), ['invalid-as']],
  ['AT', hex('18006310'), []],
  ['AT', hex('1800'), ['partial-word']],
  ['LO', ascii(''), []],
  ['LO', ascii('a\0b '), ['control-character']],
  ['LO', ascii('a\0\0\0'), []],
  ['LT', ascii('two\r\nlines'), []],
  ['CS', ascii('A\tB '), ['control-character']],
])('problemsOfValue %s %#', (vr, bytes, problems) => expect(problemsOfValue(vr, bytes)).toEqual(problems))

test.each<[string, Uint8Array, string, string[]]>([
  ['SH', ascii('seventeen letters '), 'ISO_IR 100', ['too-long']],
  ['PN', ascii(`${'x'.repeat(64)}=${'y'.repeat(64)} `), 'ISO_IR 100', []],
  ['PN', ascii(`${'x'.repeat(65)}=y `), 'ISO_IR 100', ['too-long']],
  ['LO', ascii(`${'x'.repeat(64)}\\${'y'.repeat(64)} `), 'ISO_IR 100', []],
  ['LO', hex('e9'.repeat(66)), 'ISO_IR 100', ['too-long']],
  ['LO', hex('c3a9'.repeat(64)), 'ISO_IR 192', []],
  ['SH', new TextEncoder().encode('zürich zürich zü'), 'ISO_IR 192', []],
  ['SH', new TextEncoder().encode('zürich zürich zür '), 'ISO_IR 192', ['too-long']],
  ['PN', ascii('A^B=C^D=E^F'), 'ISO_IR 100', []],
  ['PN', ascii('A^B=C^D=E^F=G^H '), 'ISO_IR 100', ['invalid-pn']],
  ['PN', ascii('A^B^C^D^E^F '), 'ISO_IR 100', ['invalid-pn']],
  ['PN', ascii('A^B^C^D^E\\F '), 'ISO_IR 100', []],
  // The second byte of a Japanese character may look like a delimiter.
  ['PN', ascii('=\x1b$B=^=^=^\x1b(B'), '\\ISO 2022 IR 87', []],
])('problemsOfText %s %#', (vr, bytes, terms, problems) =>
  expect(problemsOfText(vr, bytes, charsetOf(terms.split('\\')))).toEqual(problems),
)

test.each<[string, DicomValue[], string]>([
  ['IS', [1, -2], '1\\-2'],
  ['IS', ['0012'], '0012'],
  ['DS', [1.5, -0.1], '1.5\\-0.1'],
  ['DS', ['1.500'], '1.500 '],
  ['DS', [1 / 3], '0.33333333333333'],
  ['DS', [-1.2345678901e-5], '-1.2345678901e-5'],
  ['UI', ['1.2.3'], '1.2.3\0'],
  ['CS', ['A', null, 'B'], 'A\\\\B'],
  ['CS', [null, 'B'], '\\B'],
  ['PN', [{ Alphabetic: 'Doe^Jo', Phonetic: 'd' }], 'Doe^Jo==d '],
  ['PN', ['Doe^John'], 'Doe^John'],
  ['LO', ['\xe9'], '\xe9 '],
  ['IS', [7n], '7 '],
  ['LO', [], ''],
  ['AT', [0x00181063], '\x18\0\x63\x10'],
  ['US', [7n], '\x07\0'],
  ['ST', ['a\\b\r\n'], 'a\\b\r\n '],
])('encodeValue %s %#', (vr, values, text) => {
  const bytes = encodeValue(vr, values, false, latin)
  expect(String.fromCharCode(...bytes)).toBe(text.length % 2 === 0 ? text : `${text}${vr === 'UI' ? '\0' : ' '}`)
})

test.each([1 / 3, -1 / 3, 1e-300 / 3, -Math.PI * 1e200, 123456789012345680000, -0, 2.7425248845e-5, 5e-324, 0.1])(
  'formatDecimal(%d) fits into a DS and is near',
  value => {
    const text = formatDecimal(value)
    expect(text.length).toBeLessThanOrEqual(16)
    expect(Math.abs(Number(text) - value)).toBeLessThanOrEqual(Math.abs(value) * 1e-8)
  },
)

test.each<[string, DicomValue[], string]>([
  ['US', [65536], 'US cannot hold 65536: wanted an integer from 0 to 65535'],
  ['SS', [1.5], 'SS cannot hold 1.5: wanted an integer from -32768 to 32767'],
  ['FL', [1e300], 'FL cannot hold 1e+300: wanted a 32-bit float'],
  ['UV', [-1n], 'UV cannot hold -1: wanted an integer from 0 to 18446744073709551615'],
  ['US', ['1'], 'US cannot hold a text of 1 characters: wanted a number'],
  ['US', [null], 'US cannot hold null: wanted a number'],
  ['DS', ['12O'], 'DS cannot hold a text of 3 characters: wanted a decimal number'],
  ['DS', [Number.NaN], 'DS cannot hold NaN: wanted a finite number'],
  ['DS', [Number.MAX_VALUE], 'DS cannot hold 1.7976931348623157e+308: wanted a number that 16 characters can hold'],
  ['IS', [1.5], 'IS cannot hold 1.5: wanted an integer'],
  ['IS', [2147483648], 'IS cannot hold 2147483648: wanted an integer from -2147483648 to 2147483647'],
  ['SH', ['12345678901234567'], 'SH cannot hold a text of 17 characters: too long: 17 characters, at most 16'],
  ['LO', ['a\\b'], 'LO cannot hold a text of 3 characters: a backslash separates values'],
  ['LO', ['a\nb'], 'LO cannot hold a text of 3 characters: the control character "\\n"'],
  ['ST', ['a', 'b'], 'ST cannot hold a text of 1 characters: wanted one value: this VR has no second one'],
  [
    'LO',
    ['Ω'],
    'LO cannot hold a text of 1 characters: not in the character set ISO_IR 100; ISO_IR 192 has every character',
  ],
  ['CS', ['é'], 'CS cannot hold a text of 1 characters: this VR has ASCII only'],
  ['DA', ['2024'], 'DA cannot hold a text of 4 characters: wanted YYYYMMDD'],
  ['UI', ['1..2'], 'UI cannot hold a text of 4 characters: wanted numbers between dots'],
  ['AT', ['xyz'], 'AT cannot hold a text of 3 characters: wanted eight hex digits'],
  ['PN', [5], 'PN cannot hold 5: wanted a string or a PersonName'],
  ['OW', [hex('010203')], 'OW cannot hold 3 bytes: wanted a multiple of 2 bytes'],
  ['OB', ['AQI='], 'OB cannot hold a text of 4 characters: wanted one Uint8Array'],
  ['SQ', ['x'], 'SQ cannot hold a text of 1 characters: a sequence has items, not values'],
  ['LO', [5], 'LO cannot hold 5: wanted a string'],
  ['PN', ['a=b=c=d'], 'PN cannot hold a text of 7 characters: wanted at most three component groups'],
  ['SV', ['1'], 'SV cannot hold a text of 1 characters: wanted a bigint or a safe integer'],
  ['SV', [2 ** 53], 'SV cannot hold 9007199254740992: wanted a bigint or a safe integer'],
  ['ZZ', ['x'], 'unknown VR ZZ cannot hold a text of 1 characters: wanted one Uint8Array'],
  ['OB', [hex('01'), hex('02')], 'OB cannot hold 1 bytes: wanted one Uint8Array'],
])('encodeValue %s %# is refused', (vr, values, message) => {
  expect(() => encodeValue(vr, values, false, latin)).toThrow(new DicubeError('invalid-value', message))
})
