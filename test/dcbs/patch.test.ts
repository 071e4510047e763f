import { expect, test } from 'vitest'
import { applyPatch, makePatch } from '../../src/dcbs/patch.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const text = (value: Uint8Array) => new TextDecoder().decode(value)

/** Steps as [copy, skip, insert]. */
test.each<[what: string, rebuilt: string, original: string, steps: [number, number, string][] | undefined]>([
  ['the same', 'abcdef', 'abcdef', undefined],
  ['nothing, twice', '', '', undefined],
  ['one byte', 'abcdef', 'abXdef', [[2, 1, 'X']]],
  ['the first byte', 'abcdef', 'Xbcdef', [[0, 1, 'X']]],
  ['the last byte', 'abcdef', 'abcdeX', [[5, 1, 'X']]],
  ['every byte', 'abcdef', 'ABCDEF', [[0, 6, 'ABCDEF']]],
  // Three bytes that agree are cheaper in the insertion than as a copy of their own; four are not.
  ['three equal ones between', 'aXbcdXe', 'aYbcdYe', [[1, 5, 'YbcdY']]],
  [
    'four equal ones between',
    'aXbcdeXf',
    'aYbcdeYf',
    [
      [1, 1, 'Y'],
      [4, 1, 'Y'],
    ],
  ],
  [
    'twice, far apart',
    'aX0123456789Xz',
    'aY0123456789Zz',
    [
      [1, 1, 'Y'],
      [10, 1, 'Z'],
    ],
  ],
  ['three equal ones at the end', 'aXbcd', 'aYbcd', [[1, 1, 'Y']]],
  ['a byte more', 'abcdef', 'abcXdef', [[3, 0, 'X']]],
  ['a byte less', 'abcXdef', 'abcdef', [[3, 1, '']]],
  ['more at the end', 'abc', 'abcdef', [[3, 0, 'def']]],
  ['less at the end', 'abcdef', 'abc', [[3, 3, '']]],
  ['more at the beginning', 'def', 'abcdef', [[0, 0, 'abc']]],
  ['less at the beginning', 'abcdef', 'def', [[0, 3, '']]],
  ['a byte twice', 'aab', 'ab', [[1, 1, '']]],
  ['another length and other bytes', 'abcdef', 'aXYZf', [[1, 4, 'XYZ']]],
  ['of nothing', '', 'abc', [[0, 0, 'abc']]],
  ['to nothing', 'abc', '', [[0, 3, '']]],
])('%s', (_, rebuilt, original, steps) => {
  const found = makePatch(bytes(rebuilt), bytes(original))
  expect(found?.map(({ copy, skip, insert }) => [copy, skip, text(insert)])).toEqual(steps)
  if (found) expect(text(applyPatch(bytes(rebuilt), found))).toBe(original)
})

test('a patch of more than there is', () => {
  const steps = [{ copy: 2, skip: 2, insert: bytes('') }]
  expect(text(applyPatch(bytes('abcd'), steps))).toBe('ab')
  expect(() => applyPatch(bytes('abc'), steps)).toThrow(
    expect.objectContaining({ code: 'corrupt', message: 'a patch of 4 bytes for a header of 3' }),
  )
})
