import { expect, test } from 'vitest'
import { isKnownVr, isSequence, swapWords, VRS, vrFacts } from '../../src/dicom/vr.ts'
import { hasShortLength, paddingOf } from '../../src/dicom/vr-limits.ts'
import { hex, toHex } from './hex.ts'

test('PS3.5 Table 6.2-1 has 34 VRs', () => {
  expect(new Set(VRS).size).toBe(34)
  expect(VRS.every(isKnownVr)).toBe(true)
  expect(isKnownVr('ZZ')).toBe(false)
})

test('a 32-bit Value Length is written for these and for unknown VRs (PS3.5 §7.1.2)', () => {
  const long = VRS.filter(vr => !hasShortLength(vr))
  expect(long.join(' ')).toBe('OB OD OF OL OV OW SQ SV UC UN UR UT UV')
  expect(hasShortLength('ZZ')).toBe(false)
})

test('the words of each VR (PS3.5 §7.3)', () => {
  const ofBytes = (bytes: number) => VRS.filter(vr => vrFacts(vr).wordBytes === bytes).join(' ')
  expect(ofBytes(2)).toBe('AT OW SS US')
  expect(ofBytes(4)).toBe('FL OF OL SL UL')
  expect(ofBytes(8)).toBe('FD OD OV SV UV')
})

test('an unknown VR is treated as UN', () => expect(vrFacts('ZZ')).toBe(vrFacts('UN')))

test('only UI text is padded with NUL', () => {
  const text = VRS.filter(vr => ['string', 'text'].includes(vrFacts(vr).kind))
  expect(text.filter(vr => paddingOf(vr) === 0)).toEqual(['UI'])
})

test('SQ is the only sequence', () => expect(VRS.filter(isSequence)).toEqual(['SQ']))

test.each([
  ['16-bit words', 2, '01020304', '02010403'],
  ['32-bit words', 4, '0102030405060708', '0403020108070605'],
  ['a broken last word stays', 4, '010203040506', '040302010506'],
  ['bytes', 1, '0102', '0102'],
])('swapWords: %s', (_, wordBytes, before, after) => {
  const bytes = hex(before)
  expect(toHex(swapWords(bytes, wordBytes))).toBe(after)
  expect(toHex(bytes)).toBe(before)
})
