import fc from 'fast-check'
import { expect } from 'vitest'
import { rowToJson } from '../../src/cube/cells.ts'
import { tableOfInstances } from '../../src/cube/ingest.ts'
import { charsetOf } from '../../src/dicom/charset.ts'
import { encodeText } from '../../src/dicom/charset-encode.ts'
import { parseDataSet, writeDataSet } from '../../src/dicom/data-set.ts'
import { toBase64, valueToJson } from '../../src/dicom/json.ts'
import { fromBase64, parseJson } from '../../src/dicom/json-read.ts'
import { stringifyJson } from '../../src/dicom/json-write.ts'
import { type DicomValue, decodeStrings, decodeValue } from '../../src/dicom/values.ts'
import { encodeValue, formatDecimal } from '../../src/dicom/values-encode.ts'
import { DicubeError } from '../../src/errors.ts'
import { VRS } from './arbitraries.ts'
import { property } from './property.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const DEFAULT = charsetOf([])

// --- character sets -------------------------------------------------------------------------------------------------

/** The characters of bytes 0xA0 to 0xFF, as the platform's decoder has them; it has no Latin-1 and no TIS 620 alone. */
function rightHalf(encoding: string): [character: string, byte: number][] {
  return Array.from({ length: 0x60 }, (_, i): [string, number] => [
    encoding === 'latin1' ? String.fromCharCode(0xa0 + i) : new TextDecoder(encoding).decode(Uint8Array.of(0xa0 + i)),
    0xa0 + i,
  ]).filter(([character]) => character !== '\ufffd' && !/[\ue000-\uf8ff]/.test(character))
}

// biome-ignore format: a table
const SINGLE_BYTE: readonly (readonly [term: string, encoding: string])[] = [
  ['100', 'latin1'], ['101', 'iso-8859-2'], ['109', 'iso-8859-3'], ['110', 'iso-8859-4'], ['126', 'iso-8859-7'],
  ['127', 'iso-8859-6'], ['138', 'iso-8859-8'], ['144', 'iso-8859-5'], ['148', 'windows-1254'], ['166', 'windows-874'],
  ['203', 'iso-8859-15'],
]

const asciiCharacter = fc.constantFrom(...'ABCxyz 019.,()')

/** Text and its bytes in one single-byte set, character by character. */
const singleByteText = (encoding: string) =>
  fc
    .array(
      fc.oneof(
        asciiCharacter.map((c): [string, number] => [c, c.charCodeAt(0)]),
        fc.constantFrom(...rightHalf(encoding)),
      ),
      {
        maxLength: 20,
      },
    )
    .map(pairs => ({ text: pairs.map(([c]) => c).join(''), bytes: Uint8Array.from(pairs, ([, byte]) => byte) }))

property(
  'text of a single-byte set has the bytes that the standard gives, and comes back',
  400,
  fc.constantFrom(...SINGLE_BYTE).chain(([term, encoding]) => fc.tuple(fc.constant(term), singleByteText(encoding))),
  ([term, { text, bytes }]) => {
    for (const terms of [[`ISO_IR ${term}`], [`ISO 2022 IR ${term}`]]) {
      const charset = charsetOf(terms)
      expect(hex(encodeText(charset, text, 'LT')!)).toBe(hex(bytes))
      expect(charset.decode(bytes, 'LT')).toBe(text)
    }
  },
)

/** Characters of two bytes, as the platform's decoder has them: rows of the 94 × 94 table. */
const doubleByte = (encoding: string, lead: readonly [number, number]) =>
  fc
    .tuple(fc.integer({ min: lead[0], max: lead[1] }), fc.integer({ min: 0xa1, max: 0xfe }))
    .map(code => new TextDecoder(encoding).decode(Uint8Array.from(code)))
    .filter(character => character.length === 1 && character !== '\ufffd' && !/[\ue000-\uf8ff]/.test(character))

const textOf = (...characters: fc.Arbitrary<string>[]) =>
  fc.array(fc.oneof(asciiCharacter, ...characters), { maxLength: 16 }).map(parts => parts.join(''))

/** Multi-byte sets, and what another decoder makes of our bytes. JIS X 0208 is read as Windows reads it there. */
const windowsJis = (text: string) =>
  text.replace(/[〜‖−¢£¬]/g, c => ({ '〜': '～', '‖': '∥', '−': '－', '¢': '￠', '£': '￡', '¬': '￢' })[c]!)
const kanji = doubleByte('euc-jp', [0xb0, 0xf3])
const katakana = fc.integer({ min: 0xff61, max: 0xff9f }).map(code => String.fromCharCode(code))
const strip = (bytes: Uint8Array, sequence: string) =>
  Uint8Array.from(Buffer.from(Buffer.from(bytes).toString('latin1').replaceAll(sequence, ''), 'latin1'))
const MULTI_BYTE: readonly (readonly [
  terms: readonly string[],
  text: fc.Arbitrary<string>,
  read: (bytes: Uint8Array) => string,
])[] = [
  [['', 'ISO 2022 IR 87'], textOf(kanji), bytes => new TextDecoder('iso-2022-jp').decode(bytes)],
  [
    ['', 'ISO 2022 IR 149'],
    textOf(doubleByte('euc-kr', [0xb0, 0xc8])),
    bytes => new TextDecoder('euc-kr').decode(strip(bytes, '\x1b$)C')),
  ],
  [
    ['', 'ISO 2022 IR 58'],
    textOf(doubleByte('gbk', [0xb0, 0xf7])),
    bytes => new TextDecoder('gbk').decode(strip(bytes, '\x1b$)A')),
  ],
  [['ISO_IR 13'], textOf(katakana), bytes => new TextDecoder('shift_jis').decode(bytes)],
  [['GBK'], textOf(doubleByte('gbk', [0x81, 0xfe])), bytes => new TextDecoder('gbk').decode(bytes)],
  [
    ['GB18030'],
    textOf(
      doubleByte('gbk', [0xb0, 0xf7]),
      fc
        .string({ unit: 'binary', minLength: 1, maxLength: 1 })
        .filter(c => c >= '\xa0' && !/[\ue000-\uf8ff\ufffd]/.test(c)),
    ),
    bytes => new TextDecoder('gb18030').decode(bytes),
  ],
  [
    ['ISO_IR 192'],
    textOf(fc.string({ unit: 'binary', maxLength: 3 })),
    bytes => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes),
  ],
]

property(
  'text of a multi-byte set is what another decoder reads from our bytes, and comes back',
  300,
  fc.constantFrom(...MULTI_BYTE).chain(([terms, text, read]) => fc.tuple(fc.constant(terms), text, fc.constant(read))),
  ([terms, text, read]) => {
    const charset = charsetOf(terms)
    const bytes = encodeText(charset, text, 'LT')
    expect(bytes, JSON.stringify(text)).toBeDefined()
    expect(windowsJis(read(bytes!))).toBe(windowsJis(text))
    expect(charset.decode(bytes!, 'LT')).toBe(text)
  },
)

/** Several sets in one value, as ISO 2022 switches between them. */
const SWITCHED: readonly (readonly [terms: readonly string[], characters: readonly fc.Arbitrary<string>[]])[] = [
  [
    ['ISO 2022 IR 13', 'ISO 2022 IR 87'],
    [katakana, kanji],
  ],
  [
    ['ISO 2022 IR 6', 'ISO 2022 IR 87', 'ISO 2022 IR 149'],
    [kanji, doubleByte('euc-kr', [0xb0, 0xc8])],
  ],
  [
    ['ISO 2022 IR 100', 'ISO 2022 IR 144', 'ISO 2022 IR 126'],
    ['latin1', 'iso-8859-5', 'iso-8859-7'].map(encoding => fc.constantFrom(...rightHalf(encoding).map(([c]) => c))),
  ],
  [
    ['', 'ISO 2022 IR 58', 'ISO 2022 IR 149'],
    [doubleByte('gbk', [0xb0, 0xf7]), doubleByte('euc-kr', [0xb0, 0xc8])],
  ],
]

property(
  'text that switches between sets comes back: names with their delimiters, values, lines',
  400,
  fc
    .constantFrom(...SWITCHED)
    .chain(([terms, characters]) =>
      fc.tuple(
        fc.constant(terms),
        fc.constantFrom('PN', 'LO', 'LT'),
        fc.array(textOf(...characters), { minLength: 1, maxLength: 4 }),
      ),
    ),
  ([terms, vr, parts]) => {
    const charset = charsetOf(terms)
    const text = parts.join({ PN: '^', LO: ' ', LT: '\r\n' }[vr])
    const problems: string[] = []
    const bytes = encodeText(charset, text, vr)!
    expect(charset.decode(bytes, vr, problem => problems.push(problem))).toBe(text)
    expect(problems).toEqual([])
    // What is put beside it does not change it: a value, a component group.
    const twice = Uint8Array.of(...bytes, vr === 'LO' ? 0x5c : vr === 'PN' ? 0x3d : 0x0a, ...bytes)
    expect(charset.decode(twice, vr)).toBe(`${text}${vr === 'LO' ? '\\' : vr === 'PN' ? '=' : '\n'}${text}`)
  },
)

property(
  'any bytes are some text in any character set, never an error',
  500,
  fc.tuple(
    fc.array(
      fc.constantFrom(
        '',
        ...SINGLE_BYTE.map(([term]) => `ISO 2022 IR ${term}`),
        'ISO 2022 IR 87',
        'ISO 2022 IR 149',
        'GB18030',
        'ISO_IR 192',
        'ISO 2022 IR 13',
        'ISO 2022 IR 159',
        'nonsense',
      ),
      { maxLength: 3 },
    ),
    fc.constantFrom(...VRS),
    fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc
        .array(
          fc.oneof(
            fc.constantFrom('\x1b$B', '\x1b(B', '\x1b$)C', '\x1b(J', '\x1b-A', '\x1b', '\\', '^', '='),
            fc.string({ unit: 'binary-ascii', maxLength: 4 }),
          ),
          { maxLength: 9 },
        )
        .map(parts => Uint8Array.from(parts.join(''), c => c.charCodeAt(0))),
    ),
  ),
  ([terms, vr, bytes]) => {
    const charset = charsetOf(terms)
    expect(typeof charset.decode(bytes, vr, () => {})).toBe('string')
    decodeStrings(vr, bytes, charset)
    decodeValue(vr, bytes, false, charset)
    stringifyJson(valueToJson(vr, bytes, true, charset))
  },
)

// --- values ---------------------------------------------------------------------------------------------------------

const many = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: 1, maxLength: 6 })
const word = fc.string({ unit: fc.constantFrom(...'ABCxyz019._-'), minLength: 1, maxLength: 12 })
const NUMBERS: Record<string, fc.Arbitrary<DicomValue[]>> = {
  AT: many(fc.nat(0xffffffff).map(tag => tag.toString(16).toUpperCase().padStart(8, '0'))),
  DS: many(
    fc
      .oneof(
        fc.integer(),
        fc.integer().map(n => n / 1024),
      )
      .filter(n => String(n).length <= 16),
  ),
  FD: many(fc.double()),
  FL: many(fc.float()),
  IS: many(fc.integer()),
  LO: many(word),
  PN: many(word.map(text => ({ Alphabetic: `${text}^A`, Ideographic: text }))),
  SL: many(fc.integer()),
  SS: many(fc.integer({ min: -0x8000, max: 0x7fff })),
  SV: many(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  UC: many(word),
  UL: many(fc.nat(0xffffffff)),
  US: many(fc.nat(0xffff)),
  UV: many(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
}

property(
  'values come back from their bytes, in either byte order, and their number is that of the bytes',
  400,
  fc.constantFrom(...Object.keys(NUMBERS)).chain(vr => fc.tuple(fc.constant(vr), NUMBERS[vr], fc.boolean())),
  ([vr, values, bigEndian]) => {
    const bytes = encodeValue(vr, values, bigEndian, DEFAULT)
    expect(bytes.length % 2).toBe(0)
    expect(decodeValue(vr, bytes, bigEndian, DEFAULT)).toEqual(
      values.map(value => (value === 0 && vr !== 'FD' && vr !== 'FL' ? 0 : value)),
    )
  },
)

property(
  'the text of a DS has at most 16 characters and is the number, or as near as they allow',
  400,
  fc.double({ noNaN: true, min: -1.797e308, max: 1.797e308 }),
  number => {
    const text = formatDecimal(number)
    expect(text.length).toBeLessThanOrEqual(16)
    expect(text).toMatch(/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/)
    // -1.23456789e-308 is the longest that a number takes beside its digits.
    expect(Math.abs(Number(text) - number)).toBeLessThanOrEqual(Math.max(Math.abs(number) * 1e-8, Number.MIN_VALUE))
    if (String(number).length <= 16) expect(Number(text) === number).toBe(true)
  },
)

property('base64 is that of Buffer, both ways', 300, fc.uint8Array({ maxLength: 60 }), bytes => {
  expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'))
  expect(hex(fromBase64(Buffer.from(bytes).toString('base64')))).toBe(hex(bytes))
})

property(
  'JSON is that of JSON.parse, there and back',
  300,
  // Integers beyond 2^53 are bigint here.
  fc.json().filter(text => !/\d{16}/.test(text)),
  text => {
    const wanted = JSON.parse(text)
    expect(parseJson(text)).toEqual(wanted)
    expect(parseJson(stringifyJson(wanted))).toEqual(wanted)
    expect(parseJson(stringifyJson(wanted, { indent: 2 }))).toEqual(wanted)
  },
)

property(
  'text with a character changed is JSON or refused, never another error',
  400,
  fc.tuple(fc.json(), fc.nat(), fc.constantFrom(...'{}[]",:0N-e\\ ')),
  ([text, where, character]) => {
    const at = where % text.length
    try {
      parseJson(text.slice(0, at) + character + text.slice(at + 1))
    } catch (error) {
      expect(error).toBeInstanceOf(DicubeError)
    }
  },
)

property(
  'any bytes of any VR have DICOM JSON, and that is written to bytes with the same JSON or refused',
  500,
  fc.tuple(
    fc.constantFrom(...VRS.filter(vr => vr !== 'SQ')),
    fc.uint8Array({ maxLength: 24 }),
    fc.boolean(),
    fc.boolean(),
  ),
  ([vr, bytes, implicit, bigEndian]) => {
    const form = { implicit: implicit && !bigEndian, bigEndian }
    const json = { '00720065': { vr, ...valueToJson(vr, bytes, bigEndian, DEFAULT) } }
    let written: Uint8Array
    try {
      written = writeDataSet(json, form, DEFAULT)
    } catch (error) {
      expect(error).toMatchObject({ name: 'DicubeError', code: 'invalid-value' })
      return
    }
    if (form.implicit) return
    const back = rowToJson(tableOfInstances([parseDataSet(written, form)]), 0)
    const { Value } = back['00720065']
    // A lone empty value is an empty element.
    if (vr === 'FL' || vr === 'FD') return // NaN stands for both there, as dcm4che has it
    if (json['00720065'].Value?.length === 1 && json['00720065'].Value[0] === null) expect(Value).toBeUndefined()
    else if (bytes.length % 2 === 0 || json['00720065'].InlineBinary === undefined) expect(back).toEqual(json)
  },
)
