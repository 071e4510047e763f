import { expect, expectTypeOf, test } from 'vitest'
import {
  CommonTags,
  instanceLevelTags,
  patientLevelTags,
  seriesLevelTags,
  studyLevelTags,
} from '../../src/dicom/common-tags.ts'
import { keywordOf } from '../../src/dicom/dictionary.ts'
import {
  formatTag,
  formatTagPath,
  isGroupLength,
  isPrivate,
  parseTag,
  parseTagPath,
  tagNumber,
  tagString,
  type ValueOf,
} from '../../src/dicom/tags.ts'
import type { PersonName } from '../../src/dicom/values.ts'
import { DicubeError } from '../../src/errors.ts'

test.each([
  ['PatientName', '00100010'],
  ['00100010', '00100010'],
  ['0020000d', '0020000D'],
  ['(0020,000D)', '0020000D'],
  ['0020,000d', '0020000D'],
  [0x0020000d, '0020000D'],
  [0xfffee000, 'FFFEE000'],
  [' PatientName ', '00100010'],
  [CommonTags.PatientName, '00100010'],
])('parseTag(%j) is %s', (input, tag) => expect(parseTag(input)).toBe(tag))

test.each([
  ['PatientsName', '"PatientsName" is not a tag; did you mean PatientName?'],
  ['x'.repeat(65), `"${'x'.repeat(65)}" is not a tag; wanted a keyword of PS3.6 or eight hex digits`],
  ['patientname', '"patientname" is not a tag; did you mean PatientName?'],
  ['Instance Number', '"Instance Number" is not a tag; did you mean InstanceNumber?'],
  ['0010001', '"0010001" is not a tag; wanted a keyword of PS3.6 or eight hex digits'],
  ['', '"" is not a tag; wanted a keyword of PS3.6 or eight hex digits'],
  ['x00100010', '"x00100010" is not a tag; wanted a keyword of PS3.6 or eight hex digits'],
  [-1, '-1 is not a tag: wanted an integer from 0 to 0xFFFFFFFF'],
  [1.5, '1.5 is not a tag: wanted an integer from 0 to 0xFFFFFFFF'],
])('parseTag(%j) is refused', (input, message) => {
  expect(() => parseTag(input)).toThrow(new DicubeError('unknown-tag', message))
})

test('a path has an item for each sequence it goes through, 0 where it does not say', () => {
  const steps = [{ tag: '00082112', item: 2 }, { tag: '00081140', item: 0 }, { tag: '00081155' }]
  expect(parseTagPath('SourceImageSequence[2].(0008,1140).00081155')).toEqual(steps)
  expect(parseTagPath(formatTagPath(steps))).toEqual(steps)
  expect(parseTagPath('SourceImageSequence[1]')).toEqual([{ tag: '00082112', item: 1 }])
  expect(parseTagPath(0x00100010)).toEqual([{ tag: '00100010' }])
})

test.each(['SourceImageSequence[x].PatientName', 'SourceImageSequence[-1].PatientName', 'A..B', '[0]'])(
  'parseTagPath(%j) is refused',
  input => expect(() => parseTagPath(input)).toThrow(expect.objectContaining({ code: 'unknown-tag' })),
)

test('tags as numbers and as PS3 prints them', () => {
  expect(tagString(0x7fe00010)).toBe('7FE00010')
  expect(tagNumber('FFFEE000')).toBe(0xfffee000)
  expect(formatTag('00100010')).toBe('(0010,0010)')
})

test('odd groups are private, element 0000 is a Group Length', () => {
  expect(isPrivate('00091010')).toBe(true)
  expect(isPrivate(0x00100010)).toBe(false)
  expect(isGroupLength('00090000')).toBe(true)
  expect(isGroupLength(0x00100010)).toBe(false)
})

test('the 55 common tags are what PS3.6 calls so', () => {
  const entries = Object.entries(CommonTags)
  expect(entries).toHaveLength(55)
  for (const [keyword, tag] of entries) expect(keywordOf(tag)).toBe(keyword)
  const levels = [patientLevelTags, studyLevelTags, seriesLevelTags, instanceLevelTags]
  expect(levels.map(level => level.size)).toEqual([4, 5, 3, 3])
})

test('a tag knows the type of its value', () => {
  expectTypeOf<ValueOf<typeof CommonTags.InstanceNumber>>().toEqualTypeOf<number>()
  expectTypeOf<ValueOf<typeof CommonTags.PixelSpacing>>().toEqualTypeOf<number[]>()
  expectTypeOf<ValueOf<typeof CommonTags.PatientName>>().toEqualTypeOf<PersonName>()
  expectTypeOf<ValueOf<'PatientID'>>().toEqualTypeOf<string>()
  expectTypeOf<ValueOf<string>>().toEqualTypeOf<unknown>()
})
