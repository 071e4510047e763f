import { describe, expect, test } from 'vitest'
import { sourceFromBytes } from '../../src/bytes/source.ts'
import { reportOf } from '../../src/cube/series.ts'
import { FLAG, vrName } from '../../src/dicom/elements.ts'
import { parsePart10 } from '../../src/dicom/parse.ts'
import { tagString } from '../../src/dicom/tags.ts'

const bytesOf = (hex: string) =>
  Uint8Array.from(hex.replace(/\s+/g, '').match(/../g) ?? [], byte => Number.parseInt(byte, 16))
const PREAMBLE = `${'00'.repeat(128)} 4449434d`
/** (0002,0010) Transfer Syntax UID: explicit, and the even-length "1.2.840.10008.1.2" of implicit VR little endian. */
const EXPLICIT = '0200 0000 554c 0400 1c000000 0200 1000 5549 1400 312e322e3834302e31303030382e312e322e3100'
const IMPLICIT = '0200 0000 554c 0400 1a000000 0200 1000 5549 1200 312e322e3834302e31303030382e312e3200'

const parse = (hex: string) => parsePart10(sourceFromBytes(bytesOf(hex), 'x.dcm'))
/** [tag, VR, offset behind the preamble, value length, flags] of every element behind the File Meta Information. */
async function walk(hex: string) {
  const { elements, metaCount } = await parse(hex)
  return Array.from({ length: elements.count - metaCount }, (_, k) => {
    const i = k + metaCount
    return [
      tagString(elements.tags[i]),
      elements.vrs[i] ? vrName(elements.vrs[i]) : '',
      elements.lengths[i],
      elements.flags[i],
      elements.ends[i] - metaCount,
    ] as const
  })
}

describe('element headers (PS3.5 §7.1)', () => {
  const { undefinedLength: U, sequence: S, implicit: I, pixels: P } = FLAG
  test.each([
    ['(0010,0020) LO, 4 bytes', EXPLICIT, '1000 2000 4c4f 0400 49442d31', [['00100020', 'LO', 4, 0, 1]]],
    [
      '(0009,1010) SV has a 32-bit length',
      EXPLICIT,
      '0900 1010 5356 0000 08000000 0100000000000000',
      [['00091010', 'SV', 8, 0, 1]],
    ],
    ['an unknown VR has a 32-bit length', EXPLICIT, '0900 1010 5858 0000 02000000 4142', [['00091010', 'XX', 2, 0, 1]]],
    ['implicit VR takes the VR of PS3.6', IMPLICIT, '1000 2000 04000000 49442d31', [['00100020', 'LO', 4, I, 1]]],
    ['implicit VR of a private element is UN', IMPLICIT, '0900 1010 02000000 4142', [['00091010', 'UN', 2, I, 1]]],
    [
      'a sequence of undefined length with an item of defined length',
      EXPLICIT,
      '0800 4011 5351 0000 ffffffff  feff 00e0 0c000000  0800 5511 5549 0400 312e3200  feff dde0 00000000',
      [
        ['00081140', 'SQ', 20, U | S, 3],
        ['FFFEE000', '', 12, 0, 3],
        ['00081155', 'UI', 4, 0, 3],
      ],
    ],
    [
      'UN of undefined length holds implicit VR (PS3.5 §6.2.2)',
      EXPLICIT,
      '0900 1010 554e 0000 ffffffff  feff 00e0 0a000000  1000 2000 02000000 4142  feff dde0 00000000',
      [
        ['00091010', 'UN', 18, U | S, 3],
        ['FFFEE000', '', 10, I, 3],
        ['00100020', 'LO', 2, I, 3],
      ],
    ],
    [
      'encapsulated pixels inside an item are a value',
      EXPLICIT,
      '8800 0002 5351 0000 ffffffff feff 00e0 ffffffff  e07f 1000 4f42 0000 ffffffff feff 00e0 00000000 feff 00e0 02000000 ffd8 feff dde0 00000000  feff 0de0 00000000 feff dde0 00000000',
      [
        ['00880200', 'SQ', 54, U | S, 3],
        ['FFFEE000', '', 38, U, 3],
        ['7FE00010', 'OB', 18, U, 3],
      ],
    ],
    ['an empty sequence', EXPLICIT, '0800 4011 5351 0000 00000000', [['00081140', 'SQ', 0, S, 1]]],
    [
      'the value of Pixel Data is cut out, elements behind it are not',
      EXPLICIT,
      'e07f 1000 4f57 0000 04000000 01020304  fcff fcff 4f42 0000 02000000 0000',
      [
        ['7FE00010', 'OW', 0, P, 1],
        ['FFFCFFFC', 'OB', 2, 0, 2],
      ],
    ],
  ])('%s', async (_, syntax, hex, elements) => expect(await walk(`${PREAMBLE}${syntax}${hex}`)).toEqual(elements))

  test('big endian: tags, lengths and items', async () => {
    const bigEndian = '0200 1000 5549 1400 312e322e3834302e31303030382e312e322e3200'
    const { elements, metaCount } = await parse(`${PREAMBLE}${bigEndian} 0010 0020 4c4f 0004 49442d31`)
    expect(tagString(elements.tags[metaCount])).toBe('00100020')
    expect(elements.lengths[metaCount]).toBe(4)
  })
})

describe('a file that is refused says what, where and why', () => {
  const id = '1000 2000 4c4f 0400 49442d31'
  test.each([
    [
      'text',
      '68656c6c6f20776f726c64',
      'not-dicom',
      'x.dcm: no "DICM" at byte 128 and no data element at byte 0; not a DICOM file',
    ],
    [
      'a value behind the end of the file',
      `${PREAMBLE}${EXPLICIT}1000 2000 4c4f 0800 49442d31`,
      'truncated',
      'x.dcm: at byte 188: the value of (0010,0020) (8 bytes at 180) ends here, behind the end of the file at 184',
    ],
    [
      'a header that is cut',
      `${PREAMBLE}${EXPLICIT}${id}1000 30`,
      'truncated',
      'x.dcm: at byte 192: an element header ends here, behind the end of the file at 187',
    ],
    [
      'a stray delimiter',
      `${PREAMBLE}${EXPLICIT}feff 0de0 00000000`,
      'malformed',
      'x.dcm: at byte 172: found (FFFE,E00D), a delimiter that closes nothing; wanted a data element',
    ],
    [
      'no VR',
      `${PREAMBLE}${EXPLICIT}${id}1000 3000 0000 0000`,
      'malformed',
      'x.dcm: at byte 184: (0010,0030) has no Value Representation: bytes 0000',
    ],
    [
      'Pixel Data that is cut',
      `${PREAMBLE}${EXPLICIT}e07f 1000 4f57 0000 08000000 0102`,
      'truncated',
      'x.dcm: Pixel Data of 8 bytes at 184 ends behind the end of the file at 186',
    ],
    [
      'encapsulated Pixel Data without its end',
      `${PREAMBLE}${EXPLICIT}e07f 1000 4f42 0000 ffffffff feff 00e0 00000000`,
      'truncated',
      'x.dcm: at byte 192: encapsulated Pixel Data has no Sequence Delimitation Item before the end of the file',
    ],
  ])('%s', async (_, hex, code, message) => {
    await expect(parse(hex)).rejects.toMatchObject({ code, message })
  })

  test('sequences nested deeper than the limit', async () => {
    const depth = 600
    const open = '0800 4011 5351 0000 ffffffff feff 00e0 ffffffff'.repeat(depth)
    const close = 'feff 0de0 00000000 feff dde0 00000000'.repeat(depth)
    await expect(parse(`${PREAMBLE}${EXPLICIT}${open}${close}`)).rejects.toMatchObject({ code: 'limit' })
  })
})

describe('what is odd is reported, and read', () => {
  const codes = async (hex: string) => (await parse(hex)).report.map(entry => entry.code)
  test.each([
    ['no preamble', `${EXPLICIT}1000 2000 4c4f 0400 49442d31`, ['no-preamble']],
    [
      'explicit VR announced, implicit found',
      `${PREAMBLE}${EXPLICIT}1000 2000 04000000 49442d31`,
      ['transfer-syntax-mismatch'],
    ],
    ['a reserved field that is not 0', `${PREAMBLE}${EXPLICIT}0900 1010 4f42 0100 02000000 4142`, ['reserved-bytes']],
    [
      'a group length that is wrong',
      `${PREAMBLE}${EXPLICIT.replace('1c00', '1d00')}1000 2000 4c4f 0400 49442d31`,
      ['group-length'],
    ],
    [
      'tags that do not ascend',
      `${PREAMBLE}${EXPLICIT}1000 2000 4c4f 0400 49442d31 0800 6000 4353 0200 4354`,
      ['order'],
    ],
    ['an odd length', `${PREAMBLE}${EXPLICIT}1000 2000 4c4f 0300 494431`, ['odd-length']],
    [
      'zeros behind the last element',
      `${PREAMBLE}${EXPLICIT}1000 2000 4c4f 0400 49442d31 0000000000000000000000`,
      ['trailing-bytes'],
    ],
    [
      'a sequence that holds no items',
      `${PREAMBLE}${EXPLICIT}0800 4011 5351 0000 08000000 4142434445464748`,
      ['opaque-sequence'],
    ],
    [
      'items in a VR that has none',
      `${PREAMBLE}${EXPLICIT}1000 2000 4f42 0000 ffffffff feff 00e0 00000000 feff dde0 00000000`,
      ['invalid-value'],
    ],
    [
      'no items in an implicit VR that has none',
      `${PREAMBLE}${IMPLICIT}1000 2000 ffffffff feff dde0 00000000`,
      ['invalid-value'],
    ],
    [
      'items in UN, and in SQ',
      `${PREAMBLE}${EXPLICIT}0800 4011 5351 0000 ffffffff feff dde0 00000000 0900 1010 554e 0000 ffffffff feff dde0 00000000`,
      [],
    ],
  ])('%s', async (_, hex, wanted) => expect(await codes(hex)).toEqual(wanted))

  test('a code of elements is not there again for values', async () => {
    const items = '1000 2000 4f42 0000 ffffffff feff 00e0 00000000 feff dde0 00000000'
    const report = await reportOf(await parse(`${PREAMBLE}${EXPLICIT}${items} 2800 0800 4953 0200 7878`))
    expect(report.filter(({ code }) => code === 'invalid-value')).toEqual([
      { code: 'invalid-value', message: '(0010,0020) has items, which are no value of its VR' },
    ])
  })
})
