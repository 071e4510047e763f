import { expect, test } from 'vitest'
import { ByteSink } from '../../src/bytes/sink.ts'
import { rowToJson } from '../../src/cube/cells.ts'
import { tableOfInstances } from '../../src/cube/ingest.ts'
import { charsetOf } from '../../src/dicom/charset.ts'
import { parseDataSet, writeDataSet } from '../../src/dicom/data-set.ts'
import { vrCode } from '../../src/dicom/elements.ts'
import type { DicomJson } from '../../src/dicom/json.ts'
import { stringifyJson } from '../../src/dicom/json-write.ts'
import { beginElement } from '../../src/dicom/write.ts'
import { toHex } from './hex.ts'

const ASCII = charsetOf([])
const forms = [
  { implicit: false, bigEndian: false },
  { implicit: true, bigEndian: false },
  { implicit: false, bigEndian: true },
]

const DATA_SET: DicomJson = {
  '00080005': { vr: 'CS', Value: ['ISO_IR 100'] },
  '00080008': { vr: 'CS', Value: ['ORIGINAL', 'PRIMARY'] },
  '00080050': { vr: 'SH' },
  '00081140': {
    vr: 'SQ',
    Value: [
      {},
      {
        '00080005': { vr: 'CS', Value: ['ISO_IR 192'] },
        '00080104': { vr: 'LO', Value: ['日本'] },
        '00081199': { vr: 'SQ', Value: [{ '00081155': { vr: 'UI', Value: ['1.2.3'] } }] },
      },
    ],
  },
  '00081199': { vr: 'SQ' },
  '00100010': { vr: 'PN', Value: [{ Alphabetic: 'Müller^Jörg' }] },
  '00189087': { vr: 'FD', Value: [0.1] },
  '00200013': { vr: 'IS', Value: [12] },
  '00200032': { vr: 'DS', Value: [-10.5, 20.25, 0.1] },
  '00280009': { vr: 'AT', Value: ['00181063'] },
  '00280010': { vr: 'US', Value: [512] },
  '00282110': { vr: 'CS', Value: ['00'] },
  '54000100': { vr: 'SQ', Value: [{ '54001010': { vr: 'OW', InlineBinary: 'AQIDBA==' } }] },
}

test.each(forms)('a data set in %o comes back', form => {
  const bytes = writeDataSet(DATA_SET, form, ASCII)
  const instance = parseDataSet(bytes, form)
  expect(instance.report).toEqual([])
  expect(stringifyJson(rowToJson(tableOfInstances([instance]), 0))).toBe(stringifyJson(DATA_SET))
})

test('the bytes are those of PS3.5 §7.1.2', () => {
  const dataSet: DicomJson = {
    '00280010': { vr: 'US', Value: [2] },
    '00081199': { vr: 'SQ', Value: [{ '00080050': { vr: 'SH', Value: ['A'] } }] },
  }
  expect(toHex(writeDataSet(dataSet, { implicit: false, bigEndian: false }, ASCII))).toBe(
    '08009911 5351 0000 12000000 feff00e0 0a000000 08005000 5348 0200 4120 28001000 5553 0200 0200'.replaceAll(' ', ''),
  )
  expect(
    toHex(writeDataSet({ '00280010': { vr: 'US', Value: [2] } }, { implicit: false, bigEndian: true }, ASCII)),
  ).toBe('00280010555300020002')
  expect(
    toHex(writeDataSet({ '00280010': { vr: 'US', Value: [2] } }, { implicit: true, bigEndian: false }, ASCII)),
  ).toBe('28001000020000000200')
})

test('a data set without Specific Character Set takes the one around it', () => {
  const name: DicomJson = { '00100010': { vr: 'PN', Value: [{ Alphabetic: 'é' }] } }
  const form = { implicit: false, bigEndian: false }
  expect(toHex(writeDataSet(name, form, charsetOf(['ISO_IR 192'])).subarray(8))).toBe('c3a9')
  expect(toHex(writeDataSet(name, form, charsetOf(['ISO_IR 100'])).subarray(8))).toBe('e920')
})

test('a Specific Character Set without a value is the default one, an empty first value likewise', () => {
  const form = { implicit: false, bigEndian: false }
  const of = (Value?: unknown[]) =>
    writeDataSet(
      { '00080005': { vr: 'CS', ...(Value && { Value }) }, '00100010': { vr: 'PN', Value: ['é'] } } as DicomJson,
      form,
      charsetOf(['ISO_IR 100']),
    )
  const refused = expect.objectContaining({ message: expect.stringContaining('not in the character set ISO_IR 6') })
  expect(() => of()).toThrow(refused)
  expect(() => of([])).toThrow(refused)
  // The second value, of the right half, is behind an escape sequence.
  expect(toHex(of([null, 'ISO 2022 IR 100'])).slice(-8)).toBe('1b2d41e9')
})

test.each<[string, DicomJson, string]>([
  [
    'text without a code',
    { '00100010': { vr: 'PN', Value: ['é'] } },
    '(0010,0010): PN cannot hold a text of 1 characters: not in the character set ISO_IR 6; ISO_IR 192 has every character',
  ],
  [
    'a number in a UI',
    { '00080018': { vr: 'UI', Value: [{ Alphabetic: 'x' }] } },
    '(0008,0018): DICOM JSON: UI from an object: not a value of this VR',
  ],
  ['a key that is no tag', { PatientName: { vr: 'PN' } }, '"PatientName" with VR "PN" is no element'],
  [
    'a sequence of text',
    { '00081140': { vr: 'SQ', Value: ['x'] } },
    '(0008,1140): a sequence has items, not a text of 1 characters',
  ],
])('%s is refused', (_, dataSet, message) => {
  expect(() => writeDataSet(dataSet, { implicit: false, bigEndian: false }, ASCII)).toThrow(
    expect.objectContaining({ code: 'invalid-value', message }),
  )
})

test('a header does not say a length that it cannot hold', () => {
  const sink = new ByteSink()
  beginElement(sink, 0x00100020, vrCode('LO'), 0, 0xffff)
  expect(toHex(sink.finish())).toBe('100020004c4fffff')
  expect(() => beginElement(sink, 0x00100020, vrCode('LO'), 0, 0x10000)).toThrow(
    expect.objectContaining({
      code: 'invalid-value',
      message: '(0010,0020): a value of 65536 bytes does not fit the 16-bit length of its VR',
    }),
  )
})

test('an item that is null is empty', () => {
  const sequence = { '00081140': { vr: 'SQ', Value: [null, {}] } }
  expect(toHex(writeDataSet(sequence, { implicit: true, bigEndian: false }, ASCII))).toBe(
    `0800401110000000${'feff00e000000000'.repeat(2)}`,
  )
})

test('a value longer than a 16-bit length becomes UN', () => {
  const long = new Array(12000).fill(1.125)
  const form = { implicit: false, bigEndian: false }
  const bytes = writeDataSet({ '30060050': { vr: 'DS', Value: long } }, form, ASCII)
  expect(String.fromCharCode(bytes[4], bytes[5])).toBe('UN')
  const implicit = writeDataSet({ '30060050': { vr: 'DS', Value: long } }, { implicit: true, bigEndian: false }, ASCII)
  expect(
    rowToJson(tableOfInstances([parseDataSet(implicit, { implicit: true, bigEndian: false })]), 0)['30060050'].Value,
  ).toEqual(long)
})
