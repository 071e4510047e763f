import { describe, expect, test } from 'vitest'
import { ByteCursor } from '../../src/bytes/cursor.ts'
import { ByteSink } from '../../src/bytes/sink.ts'
import { seededRandom } from '../../src/cli/demo/random.ts'
import { decodeColumn, ENCODINGS, encodeColumn } from '../../src/dcbs/columns.ts'
import { packDigits, unpackDigits } from '../../src/dcbs/digits.ts'
import { readIntegers, writeIntegers } from '../../src/dcbs/integers.ts'
import { ascii, toHex } from '../dicom/hex.ts'

const sizeOf = (bytes: Uint8Array) => bytes.length
const NO_HINTS = { wordBytes: 0, bigEndian: false }

function roundTrip(values: Uint8Array[], hints = NO_HINTS) {
  const sink = { body: new ByteSink(), digits: new ByteSink() }
  encodeColumn(values, hints, sink, sizeOf)
  const body = sink.body.finish()
  const digits = sink.digits.finish()
  const decoded = decodeColumn(
    { body: new ByteCursor(body, 'body'), digits: new ByteCursor(digits, 'digits') },
    values.length,
  )
  return {
    encoding: ENCODINGS[body[0]],
    bytes: body.length + digits.length,
    decoded,
    back: values.map((_, i) => toHex(decoded.bytes(i))),
  }
}

const rows = (n: number, text: (i: number) => string) => Array.from({ length: n }, (_, i) => ascii(text(i)))
const even = (text: string, pad = ' ') => (text.length % 2 ? text + pad : text)

describe('a column comes back byte for byte, the smallest way', () => {
  const random = seededRandom(7)
  const digitsOf = (n: number) => Array.from({ length: n }, () => Math.floor(random() * 10)).join('')
  test.each([
    ['Instance Number 1 … 100', rows(100, i => even(String(i + 1))), 'decimals', 10],
    [
      'Image Position with three components',
      rows(100, i => even(`-250\\-250\\${(-600.5 + i * 2.5).toFixed(1)}`)),
      'decimals',
      30,
    ],
    ['decimals with zeros cut off', rows(50, i => even(String(i / 4))), 'decimals', 10],
    ['decimals of different places', rows(40, i => even((i * 1.37).toFixed(i % 3))), 'decimals', 200],
    [
      'UIDs with random digits',
      rows(50, () => even(`1.2.840.113619.2.${digitsOf(30).replace(/^0/, '1')}`, '\0')),
      'digits',
      50 * 13 + 60,
    ],
    ['times', rows(50, i => even(`0912${String(i).padStart(2, '0')}.${digitsOf(3)}`)), 'digits', 300],
    ['few values that repeat', rows(90, i => even(['ORIGINAL', 'DERIVED', 'SECONDARY'][i % 3])), 'dictionary', 150],
    ['text without any order', rows(6, i => even(['', 'a b', 'Zürich', '1.2', '--', ' 5'][i])), 'verbatim', 60],
    [
      'blobs that differ in a few places',
      Array.from({ length: 30 }, (_, i) => Uint8Array.from({ length: 300 }, (_, k) => (k === 17 ? i : k & 255))),
      'planes',
      360,
    ],
  ])('%s', (_, values, encoding, most) => {
    const found = roundTrip(values)
    expect(found.back).toEqual(values.map(toHex))
    expect(found.encoding).toBe(encoding)
    expect(found.bytes).toBeLessThanOrEqual(most)
  })

  test('binary integers of both byte orders', () => {
    for (const bigEndian of [false, true]) {
      const values = Array.from({ length: 40 }, (_, i) =>
        bigEndian ? Uint8Array.of(i >> 4, i * 3) : Uint8Array.of(i * 3, i >> 4),
      )
      const found = roundTrip(values, { wordBytes: 2, bigEndian })
      expect(found.back).toEqual(values.map(toHex))
    }
  })

  // Text that looks like a number and is not written as one: whatever is chosen has to give it back.
  test.each([
    '-0',
    '-0.0',
    '+5',
    '1e3',
    '007',
    '1.',
    '.5',
    ' 5',
    '5  ',
    '',
    '--5',
    '1\\2',
    '99999999999999999999',
    '1.50',
    '12\\',
    '\\',
    '5\0',
    '0.10',
  ])('a column with %j in it', odd => {
    const values = rows(12, i => even(i === 5 ? odd : String(i)))
    expect(roundTrip(values).back).toEqual(values.map(toHex))
    const odder = rows(12, i => (i === 5 ? odd : even(`1.2.${i}`, '\0')))
    expect(roundTrip(odder).back).toEqual(odder.map(toHex))
    const only = rows(3, () => odd)
    expect(roundTrip(only).back).toEqual(only.map(toHex))
  })

  test('numbers are those of the text', () => {
    const values = rows(60, i => even((i * 0.1 - 3).toFixed(6)))
    const { decoded } = roundTrip(values)
    expect(Array.from(decoded.numbers!()!.values)).toEqual(values.map(value => Number(String.fromCharCode(...value))))
  })

  test('random bytes of random lengths', () => {
    for (let round = 0; round < 200; round++) {
      const n = 1 + Math.floor(random() * 20)
      const alphabet = ['0123456789', '0123456789.', '0123456789.-\\ ', 'AB\0 '][round % 4]
      const values = rows(n, () =>
        Array.from({ length: Math.floor(random() * 12) }, () => alphabet[Math.floor(random() * alphabet.length)]).join(
          '',
        ),
      )
      expect(roundTrip(values).back).toEqual(values.map(toHex))
    }
  })
})

describe('integers', () => {
  test.each([
    ['a line', [5, 8, 11, 14], '00 0a 06'],
    ['one', [-3], '00 05'],
    ['none', [], '00'],
    ['plain', [7, -1, 7], '01 0e 01 0e'],
  ])('%s', (_, values, hex) => {
    const sink = new ByteSink()
    writeIntegers(sink, values, sizeOf)
    expect(toHex(sink.finish())).toBe(hex.replaceAll(' ', ''))
    expect(Array.from(readIntegers(new ByteCursor(sink.finish(), 'x'), values.length))).toEqual(values)
  })

  test('up to 2^51', () => {
    const values = [2 ** 51, -(2 ** 51), 0, 12345678901234, -1]
    const sink = new ByteSink()
    writeIntegers(sink, values, sizeOf)
    expect(Array.from(readIntegers(new ByteCursor(sink.finish(), 'x'), values.length))).toEqual(values)
  })
})

test('digits take ten bits for three', () => {
  const texts = ['123', '000', '99', '7', '', '12345678901234567890123456789']
  const sink = new ByteSink()
  packDigits(sink, texts)
  expect(sink.length).toBe(Math.ceil((10 + 10 + 7 + 4 + 9 * 10 + 7) / 8))
  expect(
    unpackDigits(
      new ByteCursor(sink.finish(), 'x'),
      texts.map(text => text.length),
    ),
  ).toEqual(texts)
})
