import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { type CharsetProblem, charsetOf } from '../../src/dicom/charset.ts'
import { encodeText } from '../../src/dicom/charset-encode.ts'
import { hex, toHex } from './hex.ts'

function decode(terms: string, bytes: string, vr = 'PN') {
  const problems: CharsetProblem[] = []
  const charset = charsetOf(terms === '' ? [] : terms.split('\\'))
  const text = charset.decode(hex(bytes), vr, problem => problems.push(problem))
  return { text, problems: [...charset.problems, ...problems] }
}

// PS3.5 Annexes H, I, J and K, byte by byte; the single-byte ones are DCMTK's and pydicom's sample names.
const EXAMPLES = [
  ['default repertoire', '', '41646d73 5e4a', 'Adms^J'],
  ['Latin-1', 'ISO_IR 100', '4275635e4ae972f46d65', 'Buc^Jérôme'],
  ['Latin-2', 'ISO_IR 101', 'bf61ba', 'żaş'],
  ['Latin-3', 'ISO_IR 109', 'a6', 'Ĥ'],
  ['Latin-4', 'ISO_IR 110', 'a2', 'ĸ'],
  ['Cyrillic', 'ISO_IR 144', 'bbeeda6365dcd17970d3', 'Люкceмбypг'],
  ['Arabic', 'ISO_IR 127', 'e2c8c7e6ea5ee4e6d2c7d1', 'قباني^لنزار'],
  ['Greek', 'ISO_IR 126', 'c4e9efedf5f3e9eff2', 'Διονυσιος'],
  ['Hebrew', 'ISO_IR 138', 'f9f8e5ef5ee3e1e5f8e4', 'שרון^דבורה'],
  ['Turkish', 'ISO_IR 148', 'dd7eeffe', 'İ~ïş'],
  ['Thai', 'ISO_IR 166', 'cac1aad2c2', 'สมชาย'],
  ['Latin-9', 'ISO_IR 203', 'a4', '€'],
  ['katakana', 'ISO_IR 13', 'd4cfc0de5ec0dbb3', 'ﾔﾏﾀﾞ^ﾀﾛｳ'],
  ['UTF-8', 'ISO_IR 192', '57616e675e5869616f446f6e673de78e8b5ee5b08fe69db1', 'Wang^XiaoDong=王^小東'],
  ['GB18030', 'GB18030', '57616e675e5869616f446f6e673dcdf55ed0a1b6ab', 'Wang^XiaoDong=王^小东'],
  ['GBK', 'GBK', '815c', '乗'],
  ['GB18030, four bytes', 'GB18030', '8139ee39 95328236', '㐀𠀀'],
  [
    'kanji by code extension (PS3.5 §H.3.1)',
    '\\ISO 2022 IR 87',
    '59616d6164615e5461726f753d1b24423b3345441b28425e1b244242404f3a1b28423d1b24422464245e24401b28425e1b2442243f246d24261b2842',
    'Yamada^Tarou=山田^太郎=やまだ^たろう',
  ],
  [
    'katakana and kanji (PS3.5 §H.3.2)',
    'ISO 2022 IR 13\\ISO 2022 IR 87',
    'd4cfc0de5ec0dbb33d1b24423b3345441b284a5e1b244242404f3a1b284a3d1b24422464245e24401b284a5e1b2442243f246d24261b284a',
    'ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう',
  ],
  ['supplementary kanji', '\\ISO 2022 IR 159', '1b242844302230261b2842', '丄丟'],
  [
    'Korean (PS3.5 §I.2)',
    '\\ISO 2022 IR 149',
    '486f6e675e47696c646f6e673d1b242943fbf35e1b242943d1ced4d73d1b242943c8ab5e1b242943b1e6b5bf',
    'Hong^Gildong=洪^吉洞=홍^길동',
  ],
  [
    'simplified Chinese (PS3.5 §K.2)',
    '\\ISO 2022 IR 58',
    '5a68616e675e5869616f446f6e673d1b242941d5c55e1b242941d0a1b6ab3d',
    'Zhang^XiaoDong=张^小东=',
  ],
  ['Latin-1 and Greek', 'ISO 2022 IR 100\\ISO 2022 IR 126', 'e91b2d46e95ee9', 'éι^é'],
] as const

test.each(EXAMPLES)('%s', (_, terms, bytes, text) => {
  expect(decode(terms, bytes)).toEqual({ text, problems: [] })
})

test.each(EXAMPLES)('%s, encoded again', (_, terms, bytes, text) => {
  const encoded = encodeText(charsetOf(terms.split('\\')), text, 'PN')
  expect(toHex(encoded!)).toBe(bytes.replaceAll(' ', ''))
})

test('bytes of a character that look like a delimiter are none', () => {
  expect(decode('\\ISO 2022 IR 87', '1b2442305c305e303d1b28425c41', 'LO').text).toMatch(/^[^\\^=]{3}\\A$/)
  expect(decode('GBK', '815c5c41', 'LO').text).toBe('乗\\A')
  expect(decode('GB18030', '8f5e8f5e', 'PN').text).toHaveLength(2)
})

test('a delimiter brings the first character set back (PS3.5 §6.1.2.5.3)', () => {
  const terms = 'ISO 2022 IR 100\\ISO 2022 IR 144'
  expect(decode(terms, '1b2d4cb85ce9', 'LO').text).toBe('И\\é')
  expect(decode(terms, '1b2d4cb85ee9', 'PN').text).toBe('И^é')
  expect(decode(terms, '1b2d4cb83de9', 'PN').text).toBe('И=é')
  expect(decode(terms, '1b2d4cb80d0ae9', 'LT').text).toBe('И\r\né')
  expect(decode(terms, '1b2d4cb85eb8', 'LO').text, '^ is text in LO').toBe('И^И')
  expect(decode(terms, '1b2d4cb85cb8', 'LT').text, 'a backslash is text in LT').toBe('И\\И')
})

test.each([
  ['undeclared bytes stay visible', '', '4ae9', 'Jé', ['undeclared-bytes']],
  ['an unknown term', 'ISO_IR 999', '41', 'A', ['unknown-character-set']],
  ['a misspelt term', 'ISO-IR 100', 'e9', 'é', ['misspelt-character-set']],
  ['lower case', 'iso_ir 192', 'c3a9', 'é', ['misspelt-character-set']],
  ['a term that stands alone beside others', 'ISO_IR 192\\ISO 2022 IR 87', 'c3a9', 'é', ['no-code-extensions']],
  ['an escape sequence that nothing announces', '', '1b2442242a1b2842', 'お', ['undeclared-escape']],
  ['an unknown escape sequence', '', '411b2d5a42', 'A\x1b-ZB', ['unknown-escape']],
  ['Korean without any escape', '\\ISO 2022 IR 149', 'b1e6b5bf', '길동', ['missing-escape']],
  ['Korean with one escape only', '\\ISO 2022 IR 149', '1b242943fbf35ed1ce', '洪^吉', ['missing-escape']],
  ['bytes that are no UTF-8', 'ISO_IR 192', '41ff42', 'A\ufffdB', ['invalid-bytes']],
  ['half a character', '\\ISO 2022 IR 149', '1b242943fb', '\ufffd', ['invalid-bytes']],
  ['an escape at the end', '', '411b', 'A\x1b', ['unknown-escape']],
])('%s', (_, terms, bytes, text, problems) => expect(decode(terms, bytes)).toEqual({ text, problems }))

test('VRs without a character set ignore it', () => {
  expect(decode('ISO_IR 192', 'c3a9', 'CS')).toEqual({ text: 'Ã©', problems: ['undeclared-bytes'] })
  expect(encodeText(charsetOf(['ISO_IR 192']), 'é', 'CS')).toBeUndefined()
})

test.each([
  ['', 'é'],
  ['ISO_IR 100', 'Ω'],
  ['\\ISO 2022 IR 87', '길'],
  ['GBK', '😀'],
  ['ISO_IR 192', '\ud800'],
])('in "%s", %j has no code', (terms, text) => expect(encodeText(charsetOf(terms.split('\\')), text)).toBeUndefined())

const SHARED = fileURLToPath(new URL('../../../shared/dicom/charsets/', import.meta.url))

test('the sample files of pydicom and DCMTK', ({ skip }) => {
  if (!existsSync(SHARED)) {
    console.log('skipped: ../shared/dicom/charsets is not here')
    skip()
  }
  // What pydicom 3.0.2 reads as PatientName, which leaves out = at the end.
  const names: Record<string, string> = {
    chrArab: 'قباني^لنزار',
    chrFren: 'Buc^Jérôme',
    chrGerm: 'Äneas^Rüdiger',
    chrGreek: 'Διονυσιος',
    chrH31: 'Yamada^Tarou=山田^太郎=やまだ^たろう',
    chrH32: 'ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう',
    chrHbrw: 'שרון^דבורה',
    chrI2: 'Hong^Gildong=洪^吉洞=홍^길동',
    chrRuss: 'Люкceмбypг',
    chrX1: 'Wang^XiaoDong=王^小東=',
    chrX2: 'Wang^XiaoDong=王^小东=',
  }
  for (const [file, name] of Object.entries(names)) {
    const bytes = readFileSync(`${SHARED}${file}.dcm`)
    const value = (header: string) => {
      const at = bytes.indexOf(Uint8Array.from(hex(header)))
      return bytes.subarray(at + 8, at + 8 + bytes.readUInt16LE(at + 6))
    }
    const terms = value('0800 0500 4353').toString('latin1').trim().split('\\')
    expect(charsetOf(terms).decode(value('1000 1000 504e'), 'PN').trim(), file).toBe(name)
  }
})
