import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, expectTypeOf, test } from 'vitest'
import type { KeywordTypes } from '../../src/dicom/dictionary.generated.ts'
import { keywordOf, keywords, lookup, tagOfKeyword } from '../../src/dicom/dictionary.ts'
import type { DicomJson } from '../../src/dicom/json.ts'
import type { PersonName } from '../../src/dicom/values.ts'
import { readableVr, vrOf } from '../../src/dicom/vr-of.ts'

const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url))

test('the checked-in dictionary is what the generator makes', () => {
  const made = execFileSync(process.execPath, [path('scripts/generate-dictionary.mjs')], { maxBuffer: 1 << 24 })
  expect(made.toString()).toBe(readFileSync(path('src/dicom/dictionary.generated.ts'), 'utf8'))
})

test.each([
  ['00100010', { tag: '00100010', vr: 'PN', vm: '1', keyword: 'PatientName' }],
  ['00020010', { tag: '00020010', vr: 'UI', vm: '1', keyword: 'TransferSyntaxUID' }],
  ['00041220', { tag: '00041220', vr: 'SQ', vm: '1', keyword: 'DirectoryRecordSequence' }],
  ['00200032', { tag: '00200032', vr: 'DS', vm: '3', keyword: 'ImagePositionPatient' }],
  ['00280106', { tag: '00280106', vr: 'US or SS', vm: '1', keyword: 'SmallestImagePixelValue' }],
  ['60023000', { tag: '60023000', vr: 'OB or OW', vm: '1', keyword: 'OverlayData' }],
  ['50100005', { tag: '50100005', vr: 'US', vm: '1', keyword: 'CurveDimensions' }],
  ['00203112', { tag: '00203112', vr: 'CS', vm: '1-n', keyword: 'SourceImageIDs' }],
  ['00280432', { tag: '00280432', vr: 'LO', vm: '1-n', keyword: 'CoefficientCoding' }],
  ['7FE00003', { tag: '7FE00003', vr: 'UV', vm: '1', keyword: 'EncapsulatedPixelDataValueTotalLength' }],
])('%s', (tag, entry) => {
  expect(lookup(tag)).toEqual(entry)
  expect(lookup(Number.parseInt(tag, 16))).toEqual(entry)
})

test('private, unknown and item tags are not in PS3.6', () => {
  for (const tag of ['00091010', '00200001', 'FFFEE000', '60013000']) expect(lookup(tag)).toBeUndefined()
})

test('every keyword leads to its tag and back', () => {
  const all = keywords()
  expect(all.length).toBeGreaterThan(5100)
  expect(new Set(all).size).toBe(all.length)
  const lost = all.filter(keyword => keywordOf(tagOfKeyword(keyword)!) !== keyword)
  expect(lost).toEqual([])
})

test('only whole keywords are found', () => {
  for (const word of ['Patient', 'atientName', 'patientname', '', ';', 'PN PatientName']) {
    expect(tagOfKeyword(word)).toBeUndefined()
  }
  expect(tagOfKeyword('OverlayData')).toBe('60003000')
})

test.each([
  ['Pixel Padding Value, unsigned pixels', '00280120', {}, 'US'],
  ['Pixel Padding Value, signed pixels', '00280120', { pixelRepresentation: 1 }, 'SS'],
  ['Pixel Data, implicit VR (PS3.5 §A.1)', '7FE00010', { bitsAllocated: 8 }, 'OW'],
  ['Pixel Data, explicit VR, 8 bits', '7FE00010', { explicit: true, bitsAllocated: 8 }, 'OB'],
  ['Pixel Data, explicit VR, 16 bits', '7FE00010', { explicit: true, bitsAllocated: 16 }, 'OW'],
  ['Overlay Data', '60003000', {}, 'OW'],
  ['LUT Data', '00283006', { lutEntries: 4096 }, 'OW'],
  ['LUT Data of one entry', '00283006', { lutEntries: 1 }, 'US'],
  ['Gray Lookup Table Data', '00281200', {}, 'OW'],
  ['Group Length', '00080000', {}, 'UL'],
  ['Group Length of a private group', '00090000', {}, 'UL'],
  ['Private Creator', '00090010', {}, 'LO'],
  ['a private element', '00091010', {}, 'UN'],
  ['an unknown element', '00080003', {}, 'UN'],
])('the VR of %s', (_, tag, context, vr) => {
  expect(vrOf(tag, context)).toBe(vr)
})

test('a known element that was written as UN is read with the VR of PS3.6', () => {
  expect(readableVr('00100010', 'UN')).toBe('PN')
  expect(readableVr('00100010', 'LO')).toBe('LO')
  expect(readableVr('00091010', 'UN')).toBe('UN')
})

test('types follow VR and VM', () => {
  expectTypeOf<KeywordTypes['InstanceNumber']>().toEqualTypeOf<number>()
  expectTypeOf<KeywordTypes['ImagePositionPatient']>().toEqualTypeOf<number[]>()
  expectTypeOf<KeywordTypes['PatientName']>().toEqualTypeOf<PersonName>()
  expectTypeOf<KeywordTypes['ImageType']>().toEqualTypeOf<string[]>()
  expectTypeOf<KeywordTypes['EncapsulatedPixelDataValueTotalLength']>().toEqualTypeOf<bigint>()
  expectTypeOf<KeywordTypes['PixelData']>().toEqualTypeOf<Uint8Array>()
  expectTypeOf<KeywordTypes['FrameIncrementPointer']>().toEqualTypeOf<string[]>()
  expectTypeOf<KeywordTypes['SourceImageSequence']>().toEqualTypeOf<DicomJson[]>()
})
