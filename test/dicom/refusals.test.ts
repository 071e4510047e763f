import { describe, expect, test } from 'vitest'
import { type ByteSource, sourceFromBytes } from '../../src/bytes/source.ts'
import { FLAG, findElement, vrCode, vrName } from '../../src/dicom/elements.ts'
import { elementBytes, LIMITS, parseBareDataSet, parsePart10 } from '../../src/dicom/parse.ts'
import { tagString } from '../../src/dicom/tags.ts'
import { hex, toHex } from './hex.ts'

const PREAMBLE = `${'00'.repeat(128)} 4449434d`
const ascii = (text: string) => toHex(Uint8Array.from(text, character => character.charCodeAt(0)))
/** File Meta Information with a Transfer Syntax alone. The data set begins at byte 172 or 174. */
const meta = (uid: string) => {
  const value = ascii(uid.length % 2 ? `${uid}\0` : uid)
  const length = (value.length / 2).toString(16).padStart(2, '0')
  return `${PREAMBLE} 0200 0000 554c 0400 ${(value.length / 2 + 8).toString(16).padStart(2, '0')}000000 0200 1000 5549 ${length}00 ${value}`
}
const EXPLICIT = meta('1.2.840.10008.1.2.1')
const IMPLICIT = meta('1.2.840.10008.1.2')
const BIG = meta('1.2.840.10008.1.2.2')
const ID = '1000 2000 4c4f 0400 49442d31'

const parse = (bytes: string) => parsePart10(sourceFromBytes(hex(bytes), 'x'))
/** Code and message of a refusal. */
const refusal = async (bytes: string) => {
  const error = await parse(bytes).then(
    () => 'read',
    error => error,
  )
  return [error.name === 'DicubeError' ? error.code : error, error.message]
}
const reportOf = async (bytes: string) => (await parse(bytes)).report.map(({ code, message }) => `${code}: ${message}`)
/** tag VR length, of every element behind the File Meta Information. */
const elementsOf = async (bytes: string) => {
  const { elements, metaCount } = await parse(bytes)
  return Array.from({ length: elements.count - metaCount }, (_, k) => {
    const i = k + metaCount
    return `${tagString(elements.tags[i])} ${elements.vrs[i] ? vrName(elements.vrs[i]) : '--'} ${elements.lengths[i]}`
  })
}

describe('what is not there is not read', () => {
  test.each<[string, string, string, string]>([
    ['nothing', '', 'not-dicom', 'x: no "DICM" at byte 128 and no data element at byte 0; not a DICOM file'],
    [
      'a preamble alone',
      '00'.repeat(128),
      'not-dicom',
      'x: no "DICM" at byte 128 and no data element at byte 0; not a DICOM file',
    ],
    [
      'a deflated data set of which the end is missing',
      `${meta('1.2.840.10008.1.2.1.99')} 01 0500 faff 08`,
      'corrupt',
      'x: byte 174: deflate: unexpected EOF',
    ],
    ['a preamble and DICM', PREAMBLE, 'not-dicom', 'x: no data element'],
    [
      'DICM cut',
      PREAMBLE.slice(0, -2),
      'not-dicom',
      'x: no "DICM" at byte 128 and no data element at byte 0; not a DICOM file',
    ],
    [
      'seven bytes of a data set',
      '0800 0500 4353 00',
      'not-dicom',
      'x: no "DICM" at byte 128 and no data element at byte 0; not a DICOM file',
    ],
    [
      'a group in which no data set begins',
      '1000 2000 4c4f 0400 49442d31',
      'not-dicom',
      'x: no "DICM" at byte 128 and no data element at byte 0; not a DICOM file',
    ],
    [
      'group 8 with neither a VR nor a length that fits',
      '0800 0500 04000000 414243',
      'not-dicom',
      'x: no "DICM" at byte 128 and no data element at byte 0; not a DICOM file',
    ],
    [
      'an element header that is cut',
      `${EXPLICIT}${ID} 1000 3000 4441`,
      'truncated',
      'x: at byte 192: an element header ends here, behind the end of the file at 190',
    ],
    [
      'a long element header that is cut',
      `${EXPLICIT}${ID} 0900 1000 4f42 0000 0200`,
      'truncated',
      'x: at byte 196: the header of (0009,0010) ends here, behind the end of the file at 194',
    ],
    [
      'a value that is cut by a byte',
      `${EXPLICIT} 1000 2000 4c4f 0500 49442d31`,
      'truncated',
      'x: at byte 185: the value of (0010,0020) (5 bytes at 180) ends here, behind the end of the file at 184',
    ],
    [
      'a value in implicit VR',
      `${IMPLICIT} 1000 2000 05000000 49442d31`,
      'truncated',
      'x: at byte 183: the value of (0010,0020) (5 bytes at 178) ends here, behind the end of the file at 182',
    ],
    [
      'a sequence without its end',
      `${EXPLICIT} 0800 4011 5351 0000 ffffffff`,
      'truncated',
      'x: at byte 192: an item header of (0008,1140) ends here, behind the end of the file at 184',
    ],
    [
      'an item without its end',
      `${EXPLICIT} 0800 4011 5351 0000 ffffffff feff 00e0 ffffffff ${ID}`,
      'truncated',
      'x: at byte 212: the end of an item of (0008,1140) ends here, behind the end of the file at 204',
    ],
    [
      'an item that is cut',
      `${EXPLICIT} 0800 4011 5351 0000 ffffffff feff 00e0 0e000000 ${ID}`,
      'truncated',
      'x: at byte 206: an item of (0008,1140) (14 bytes at 192) ends here, behind the end of the file at 204',
    ],
    [
      'a fragment that is cut',
      `${EXPLICIT} e07f 1000 4f42 0000 ffffffff feff 00e0 00000000 feff 00e0 04000000 0102`,
      'truncated',
      'x: at byte 200: a fragment of 4 bytes ends behind the end of the file at 202',
    ],
    [
      'fragments without their end',
      `${EXPLICIT} e07f 1000 4f42 0000 ffffffff feff 00e0 00000000 feff dde0 000000`,
      'truncated',
      'x: at byte 192: encapsulated Pixel Data has no Sequence Delimitation Item before the end of the file',
    ],
    [
      'native Pixel Data that is cut by a byte',
      `${EXPLICIT} e07f 1000 4f57 0000 03000000 0102`,
      'truncated',
      'x: Pixel Data of 3 bytes at 184 ends behind the end of the file at 186',
    ],
    [
      'an element behind Pixel Data that is cut',
      `${EXPLICIT} e07f 1000 4f57 0000 02000000 0102 fcff fcff 4f42 0000 0400000001`,
      'truncated',
      'x: at byte 200: the value of (FFFC,FFFC) (4 bytes at 196) ends here, behind the end of the file at 197',
    ],
  ])('%s', async (_, bytes, code, message) => expect(await refusal(bytes)).toEqual([code, message]))

  test.each<[string, string, string]>([
    [
      'a fragment that is none',
      'e07f 1000 4f42 0000 ffffffff 0800 0500 00000000',
      'x: at byte 184: found (0008,0005) of length 0; wanted a fragment of encapsulated Pixel Data',
    ],
    [
      'a fragment of undefined length',
      'e07f 1000 4f42 0000 ffffffff feff 00e0 ffffffff',
      'x: at byte 184: found (FFFE,E000) of length 4294967295; wanted a fragment of encapsulated Pixel Data',
    ],
    [
      'an end of fragments with a length',
      'e07f 1000 4f42 0000 ffffffff feff dde0 04000000 01020304',
      'x: at byte 184: found (FFFE,E0DD) of length 4; wanted a fragment of encapsulated Pixel Data',
    ],
    [
      'an item where an element belongs',
      'feff 00e0 00000000',
      'x: at byte 172: found (FFFE,E000), a delimiter that closes nothing; wanted a data element',
    ],
    [
      'no item in a sequence of undefined length',
      `0800 4011 5351 0000 ffffffff ${ID}`,
      'x: at byte 184: found (0010,0020); wanted an item of (0008,1140)',
    ],
    [
      'an item of defined length that ends in an element',
      '0800 4011 5351 0000 ffffffff feff 00e0 0a000000 1000 2000 4c4f 0400 49442d31 feff dde0 00000000',
      'x: at byte 204: the value of (0010,0020) (4 bytes at 200) ends here, behind the end of its item or sequence at 202',
    ],
    [
      'an icon that holds no fragment',
      '0800 4011 5351 0000 ffffffff feff 00e0 ffffffff e07f 1000 4f42 0000 ffffffff 0800 0500 00000000 feff dde0 00000000',
      'x: at byte 204: found (0008,0005); wanted a fragment of (7FE0,0010)',
    ],
    [
      'an icon with a fragment of undefined length',
      '0800 4011 5351 0000 ffffffff feff 00e0 ffffffff e07f 1000 4f42 0000 ffffffff feff 00e0 ffffffff feff dde0 00000000',
      'x: at byte 204: found (FFFE,E000); wanted a fragment of (7FE0,0010)',
    ],
    [
      'an end of an icon with a length',
      '0800 4011 5351 0000 ffffffff feff 00e0 ffffffff e07f 1000 4f42 0000 ffffffff feff dde0 01000000 feff dde0 00000000',
      'x: at byte 204: found (FFFE,E0DD); wanted a fragment of (7FE0,0010)',
    ],
    [
      'a VR of one letter',
      `${ID} 1000 3000 4400 0000`,
      'x: at byte 184: (0010,0030) has no Value Representation: bytes 4400',
    ],
    [
      'a VR of small letters',
      `${ID} 1000 3000 6461 0000`,
      'x: at byte 184: (0010,0030) has no Value Representation: bytes 6461',
    ],
  ])('%s', async (_, bytes, message) => expect(await refusal(EXPLICIT + bytes)).toEqual(['malformed', message]))

  test('an icon whose fragments end behind the file', async () => {
    const icon = '0800 4011 5351 0000 ffffffff feff 00e0 ffffffff e07f 1000 4f42 0000 ffffffff'
    expect(await refusal(`${EXPLICIT}${icon} feff 00e0 08000000 0102`)).toEqual([
      'truncated',
      'x: at byte 220: a fragment of (7FE0,0010) (8 bytes at 212) ends here, behind the end of the file at 214',
    ])
    expect(await refusal(`${EXPLICIT}${icon} feff 00`)).toEqual([
      'truncated',
      'x: at byte 212: a fragment header of (7FE0,0010) ends here, behind the end of the file at 207',
    ])
  })

  test('an element that is cut off behind the last tag there is', async () => {
    const last = 'ffff ffff 4c4f 0200 7820'
    expect((await parse(`${EXPLICIT}${ID} ${last}`)).header.length).toBe(hex(`${EXPLICIT}${ID} ${last}`).length)
    for (const rest of ['e0', 'e07f', 'e07f 10', 'e07f 1000'])
      expect((await refusal(`${EXPLICIT}${ID} ${last} ${rest}`))[0], rest).toBe('truncated')
  })

  test('every length of a file is refused or, where a whole element ends, read as that', async () => {
    const whole = hex(
      `${EXPLICIT} 0800 4011 5351 0000 ffffffff feff 00e0 0c000000 ${ID} feff dde0 00000000 ${ID} e07f 1000 4f57 0000 04000000 01020304`,
    )
    const lengths: number[] = []
    for (let length = 0; length < whole.length; length++) {
      const error = await parsePart10(sourceFromBytes(whole.slice(0, length), 'x')).then(
        () => lengths.push(length),
        error => error,
      )
      if (typeof error !== 'number') expect(['truncated', 'not-dicom']).toContain(error.code)
    }
    // Behind the sequence and the identification; File Meta Information alone is no instance.
    expect(lengths).toEqual([212, 224])
  })
})

describe('limits', () => {
  test('a limit is one inside a sequence of defined length too', async () => {
    const depth = 513
    const inner = `${'0800 4011 5351 0000 ffffffff feff 00e0 ffffffff'.repeat(depth)}${'feff 0de0 00000000 feff dde0 00000000'.repeat(depth)}`
    const length = toHex(new Uint8Array(Uint32Array.of(hex(inner).length + 8, hex(inner).length).buffer))
    const outer = `0800 4011 5351 0000 ${length.slice(0, 8)} feff 00e0 ${length.slice(8)} ${inner}`
    expect(await refusal(EXPLICIT + outer)).toEqual(['limit', 'x: at byte 10424: sequences nested more than 512 deep'])
  })

  test('sequences nest 512 deep, and no deeper', async () => {
    const nested = (depth: number) =>
      `${EXPLICIT}${'0800 4011 5351 0000 ffffffff feff 00e0 ffffffff'.repeat(depth)}${'feff 0de0 00000000 feff dde0 00000000'.repeat(depth)}`
    expect((await parse(nested(512))).elements.count).toBe(2 + 2 * 512)
    expect(await refusal(nested(513))).toEqual(['limit', 'x: at byte 10424: sequences nested more than 512 deep'])
  })

  test('more elements than the limit', () => {
    const { elements } = LIMITS
    LIMITS.elements = 2
    try {
      expect(() => parseBareDataSet(hex(ID.repeat(4)), { implicit: false, bigEndian: false }, 'x')).toThrow(
        expect.objectContaining({ code: 'limit', message: 'x: at byte 36: more than 2 elements' }),
      )
      expect(parseBareDataSet(hex(ID.repeat(3)), { implicit: false, bigEndian: false }, 'x').elements.count).toBe(3)
    } finally {
      LIMITS.elements = elements
    }
  })

  test('a header beyond the limit is refused before it is read', async () => {
    const head = hex(`${EXPLICIT} 0900 1000 4f42 0000 00000060 00`)
    const reads: number[] = []
    const source: ByteSource = {
      name: 'x',
      head: async () => ({ bytes: head, sizeBytes: 2 ** 31 }),
      read: async (_, length) => {
        reads.push(length)
        return new Uint8Array(0)
      },
    }
    await expect(parsePart10(source)).rejects.toMatchObject({
      code: 'limit',
      message: `x: a header of more than ${2 ** 30} bytes`,
    })
    expect(reads).toEqual([])
  })
})

/** A source whose first bytes are few, as where a header is larger than a first read. */
function inParts(bytes: Uint8Array, first: number) {
  const reads: [number, number][] = []
  const source: ByteSource = {
    name: 'x',
    head: async () => ({ bytes: bytes.slice(0, first), sizeBytes: bytes.length }),
    read: async (offset, length) => {
      reads.push([offset, length])
      if (offset + length > bytes.length) throw new Error(`${offset} + ${length} of ${bytes.length}`)
      return bytes.slice(offset, offset + length)
    },
  }
  return { source, reads }
}

describe('a file that arrives in parts is the file', () => {
  test.each<[string, string]>([
    [
      'explicit',
      `${EXPLICIT} 0800 4011 5351 0000 ffffffff feff 00e0 ffffffff ${ID} feff 0de0 00000000 feff dde0 00000000 ${ID}`,
    ],
    ['implicit', `${IMPLICIT} 0800 4011 ffffffff feff 00e0 0c000000 1000 2000 04000000 49442d31 feff dde0 00000000`],
    ['Pixel Data', `${EXPLICIT} ${ID} e07f 1000 4f57 0000 04000000 01020304 fcff fcff 4f42 0000 02000000 0000`],
    [
      'fragments',
      `${EXPLICIT} e07f 1000 4f42 0000 ffffffff feff 00e0 00000000 feff 00e0 02000000 0102 feff dde0 00000000`,
    ],
    [
      'an icon',
      `${EXPLICIT} 0800 4011 5351 0000 ffffffff feff 00e0 ffffffff e07f 1000 4f42 0000 ffffffff feff 00e0 02000000 0102 feff dde0 00000000 feff 0de0 00000000 feff dde0 00000000`,
    ],
    ['zeros behind the last element', `${EXPLICIT} ${ID} ${'00'.repeat(40)}`],
    ['no File Meta Information', `0800 0500 4353 0400 49534f5f ${ID}`],
  ])('%s', async (_, text) => {
    const bytes = hex(text)
    const whole = await parsePart10(sourceFromBytes(bytes, 'x'))
    for (let first = Math.min(132, bytes.length); first <= bytes.length; first++) {
      const { source } = inParts(bytes, first)
      const { elements, header, pixels, report, trailingBytes } = await parsePart10(source)
      expect({ elements, header: toHex(header), pixels, report, trailingBytes }).toEqual({
        elements: whole.elements,
        header: toHex(whole.header),
        pixels: whole.pixels,
        report: whole.report,
        trailingBytes: whole.trailingBytes,
      })
    }
  })

  test('more is read in steps of four times as much, and never what is not there', async () => {
    const bytes = hex(`${EXPLICIT} ${'0900 1000 4f42 0000 c8000000'.replaceAll(' ', '')}${'01'.repeat(200)} ${ID}`)
    const { source, reads } = inParts(bytes, 180)
    await parsePart10(source)
    expect(reads).toEqual([[0, bytes.length]])
    const long = inParts(hex(`${EXPLICIT} 0900 1000 4f42 0000 00080000 ${'01'.repeat(2048)} ${ID}`), 200)
    await parsePart10(long.source)
    expect(long.reads).toEqual([
      [0, 172 + 12 + 2048],
      [0, 172 + 12 + 2048 + 12],
    ])
  })

  test('fragments are walked in windows of 64 KiB', async () => {
    const fragment = `feff 00e0 00800000 ${'ab'.repeat(0x8000)}`
    const bytes = hex(
      `${EXPLICIT} e07f 1000 4f42 0000 ffffffff feff 00e0 00000000 ${fragment.repeat(4)} feff dde0 00000000`,
    )
    const { source, reads } = inParts(bytes, 190)
    const { pixels } = await parsePart10(source)
    expect(Array.from(pixels!.items!.lengths)).toEqual([0, 0x8000, 0x8000, 0x8000, 0x8000])
    expect(Array.from(pixels!.items!.offsets)).toEqual([192, ...[0, 1, 2, 3].map(k => 200 + k * 0x8008)])
    expect(pixels).toMatchObject({ offset: 184, length: bytes.length - 184 })
    expect(reads.length).toBeLessThanOrEqual(4)
  })
})

describe('what is odd is said once, with what and where', () => {
  const LONG = '1.2.840.10008.1.2.1'
  test.each<[string, string, string[]]>([
    [
      'no group length',
      `${PREAMBLE} 0200 1000 5549 1400 ${ascii(`${LONG}\0`)} ${ID}`,
      ['group-length: no File Meta Information Group Length (0002,0000)'],
    ],
    [
      'a group length that is too small',
      `${EXPLICIT.replace('1c000000', '1a000000')}${ID}`,
      ['group-length: File Meta Information ends at byte 172; its group length says 170'],
    ],
    [
      'no File Meta Information',
      `${PREAMBLE} ${ID}`,
      [
        'no-file-meta: no File Meta Information (group 0002)',
        'transfer-syntax-missing: no Transfer Syntax UID; taken from the bytes',
      ],
    ],
    [
      'a Transfer Syntax that nobody knows',
      `${meta('1.2.3.4')} ${ID}`,
      ['unknown-transfer-syntax: PS3.6 has no Transfer Syntax "1.2.3.4"; taken from the bytes'],
    ],
    [
      'implicit announced',
      `${IMPLICIT} ${ID}`,
      ['transfer-syntax-mismatch: announced implicit VR little endian, found explicit VR little endian'],
    ],
    [
      'explicit announced',
      `${EXPLICIT} 1000 2000 04000000 49442d31`,
      ['transfer-syntax-mismatch: announced explicit VR little endian, found implicit VR little endian'],
    ],
    [
      'big endian announced',
      `${BIG} ${ID}`,
      ['transfer-syntax-mismatch: announced explicit VR big endian, found explicit VR little endian'],
    ],
    [
      'little endian announced',
      `${EXPLICIT} 0010 0020 4c4f 0004 49442d31`,
      ['transfer-syntax-mismatch: announced explicit VR little endian, found explicit VR big endian'],
    ],
    [
      'a reserved field',
      `${EXPLICIT} 0900 1000 4f42 0001 00000000`,
      ['reserved-bytes: (0009,0010) has a reserved field that is not 0'],
    ],
    [
      'its other byte',
      `${EXPLICIT} 0900 1000 4f42 0100 00000000`,
      ['reserved-bytes: (0009,0010) has a reserved field that is not 0'],
    ],
    [
      'a VR that nobody knows, twice',
      `${EXPLICIT} 0900 1000 5a5a 0000 00000000 0900 1100 5a59 0000 00000000`,
      ['unknown-vr: (0009,0010) has the VR "ZZ", which PS3.5 does not know'],
    ],
    [
      'an end of a sequence with a length',
      `${EXPLICIT} 0800 4011 5351 0000 ffffffff feff dde0 02000000`,
      ['delimiter-length: the end of (0008,1140) has a length of 2'],
    ],
    [
      'an end of an item with a length',
      `${EXPLICIT} 0800 4011 5351 0000 ffffffff feff 00e0 ffffffff feff 0de0 01000000 feff dde0 00000000`,
      ['delimiter-length: an item delimiter of (0008,1140) has a length'],
    ],
    [
      'a sequence that is none',
      `${EXPLICIT} 0800 4011 5351 0000 08000000 0102030405060708`,
      [
        'opaque-sequence: (0008,1140): not a sequence of items (at byte 184: found (0201,0403); wanted an item of (0008,1140)); kept as 8 bytes',
      ],
    ],
    [
      'an odd length',
      `${EXPLICIT} 1000 2000 4c4f 0300 494431`,
      ['odd-length: (0010,0020) has an odd length of 3 bytes'],
    ],
    ['the same tag again', `${EXPLICIT} ${ID} ${ID}`, ['order: (0010,0020) is there twice']],
    [
      'a tag behind a later one',
      `${EXPLICIT} ${ID} 0800 6000 4353 0200 4354`,
      ['order: (0008,0060) stands behind (0010,0020)'],
    ],
    [
      'a tag behind Pixel Data',
      `${EXPLICIT} e07f 1000 4f57 0000 02000000 0102 ${ID}`,
      ['order: (0010,0020) stands behind (7FE0,0010)'],
    ],
    [
      'one zero behind the last element',
      `${EXPLICIT} ${ID} 00`,
      ['trailing-bytes: 1 bytes behind the last element are no element'],
    ],
    [
      'twenty zeros',
      `${EXPLICIT} ${ID} ${'00'.repeat(20)}`,
      ['trailing-bytes: 20 bytes behind the last element are no element'],
    ],
    [
      'zeros behind Pixel Data',
      `${EXPLICIT} e07f 1000 4f57 0000 02000000 0102 000000`,
      ['trailing-bytes: 3 bytes behind the last element are no element'],
    ],
    [
      'explicit items in implicit VR',
      `${IMPLICIT} 0800 4011 ffffffff feff 00e0 0c000000 ${ID} feff dde0 00000000`,
      ['explicit-in-implicit: a data set at byte 186 is explicit VR where implicit was announced'],
    ],
    [
      'implicit items in explicit VR',
      `${EXPLICIT} 0800 4011 5351 0000 ffffffff feff 00e0 0c000000 1000 2000 04000000 49442d31 feff dde0 00000000`,
      ['implicit-in-explicit: a data set at byte 192 is implicit VR where explicit was announced'],
    ],
    ['nothing', `${EXPLICIT} ${ID}`, []],
  ])('%s', async (_, bytes, report) => expect(await reportOf(bytes)).toEqual(report))
})

describe('what the bytes are, whatever was announced', () => {
  test.each<[string, string, string[]]>([
    [
      'explicit, an item of implicit VR with undefined length',
      `${EXPLICIT} 0800 4011 5351 0000 ffffffff feff 00e0 ffffffff 0800 4011 ffffffff feff dde0 00000000 feff 0de0 00000000 feff dde0 00000000`,
      ['00081140 SQ 32', 'FFFEE000 -- 16', '00081140 SQ 0'],
    ],
    ['implicit, a first group in big endian', `${meta('1.2.3.4')} 0008 0060 4353 0002 4354`, ['00080060 CS 2']],
    [
      'an item of four bytes is too short to tell: its bytes are kept',
      `${EXPLICIT} 0800 4011 5351 0000 0c000000 feff 00e0 04000000 01020304`,
      ['00081140 SQ 12'],
    ],
    ['a VR that nobody knows at the beginning', `${EXPLICIT} 0800 0500 5a5a 0000 02000000 4142`, ['00080005 ZZ 2']],
    [
      'US or SS in implicit VR: unsigned',
      `${IMPLICIT} 2800 0301 02000000 0000 2800 0601 02000000 ffff`,
      ['00280103 US 2', '00280106 US 2'],
    ],
    [
      'US or SS in implicit VR: signed',
      `${IMPLICIT} 2800 0301 02000000 0100 2800 0601 02000000 ffff`,
      ['00280103 US 2', '00280106 SS 2'],
    ],
    ['no Pixel Representation', `${IMPLICIT} 2800 0601 02000000 ffff`, ['00280106 US 2']],
    [
      'one of another length',
      `${IMPLICIT} 2800 0301 04000000 01000000 2800 0601 02000000 ffff`,
      ['00280103 US 4', '00280106 US 2'],
    ],
    [
      'in explicit VR the VR is what it says',
      `${EXPLICIT} 2800 0301 5553 0200 0100 2800 0601 5553 0200 ffff`,
      ['00280103 US 2', '00280106 US 2'],
    ],
    ['Float Pixel Data', `${EXPLICIT} e07f 0800 4f46 0000 04000000 01020304`, ['7FE00008 OF 0']],
    [
      'Double Float Pixel Data, and Pixel Data behind it',
      `${EXPLICIT} e07f 0900 4f44 0000 02000000 0102 e07f 1000 4f57 0000 02000000 0102`,
      ['7FE00009 OD 0', '7FE00010 OW 2'],
    ],
    [
      'a second Pixel Data that is encapsulated',
      `${EXPLICIT} e07f 1000 4f57 0000 02000000 0102 e07f 1000 4f42 0000 ffffffff feff 00e0 00000000 feff dde0 00000000`,
      ['7FE00010 OW 0', '7FE00010 OB 8'],
    ],
    [
      'an icon of native pixels',
      `${EXPLICIT} 0800 4011 5351 0000 ffffffff feff 00e0 0e000000 e07f 1000 4f57 0000 02000000 0102 feff dde0 00000000`,
      ['00081140 SQ 22', 'FFFEE000 -- 14', '7FE00010 OW 2'],
    ],
    [
      'UN of undefined length in big endian holds little endian',
      `${BIG} 0009 1010 554e 0000 ffffffff feff 00e0 0a000000 1000 2000 02000000 4142 feff dde0 00000000`,
      ['00091010 UN 18', 'FFFEE000 -- 10', '00100020 LO 2'],
    ],
    [
      'an unknown VR of undefined length in big endian holds little endian too',
      `${BIG} 0009 1010 5a5a 0000 ffffffff feff 00e0 0a000000 1000 2000 02000000 4142 feff dde0 00000000`,
      ['00091010 ZZ 18', 'FFFEE000 -- 10', '00100020 LO 2'],
    ],
    [
      'items in big endian',
      `${BIG} 0008 1140 5351 0000 ffffffff fffe e000 ffffffff 0010 0020 4c4f 0002 4142 fffe e00d 00000000 fffe e0dd 00000000`,
      ['00081140 SQ 26', 'FFFEE000 -- 10', '00100020 LO 2'],
    ],
    [
      'a sequence of defined length with two items',
      `${EXPLICIT} 0800 4011 5351 0000 1c000000 feff 00e0 00000000 feff 00e0 0c000000 ${ID}`,
      ['00081140 SQ 28', 'FFFEE000 -- 0', 'FFFEE000 -- 12', '00100020 LO 4'],
    ],
  ])('%s', async (_, bytes, elements) => expect(await elementsOf(bytes)).toEqual(elements))

  const sequence = (...items: string[]) => `0800 4011 5351 0000 ffffffff ${items.join(' ')} feff dde0 00000000`
  const item = (bytes: string) =>
    `feff 00e0 ${toHex(new Uint8Array(Uint32Array.of(hex(bytes).length).buffer))} ${bytes}`
  const implicitSequence = (...items: string[]) => sequence(...items).replace('5351 0000 ', '')

  test('an item of one empty element in implicit VR, in an explicit file', async () => {
    const bytes = `${EXPLICIT} ${sequence(item('1000 2000 00000000'))}`
    expect(await elementsOf(bytes)).toEqual(['00081140 SQ 16', 'FFFEE000 -- 8', '00100020 LO 0'])
    expect(await reportOf(bytes)).toEqual([
      'implicit-in-explicit: a data set at byte 192 is implicit VR where explicit was announced',
    ])
  })

  test('no VR in an item, and neither a length that fits nor a tag that PS3.6 knows', async () => {
    for (const [element, tag] of [
      ['1000 2000 44004400', '(0010,0020)'],
      ['0900 1020 00000000', '(0009,2010)'],
    ])
      expect(await refusal(`${EXPLICIT} ${sequence(item(element))}`)).toEqual([
        'malformed',
        `x: at byte 192: ${tag} has no Value Representation: bytes ${element.slice(10, 14)}`,
      ])
  })

  test.each([
    ['a length that reads as CS', '0900 1020 43530000', 0x5343],
    ['one that reads as ZZ', '0900 1020 5a5a0000', 0x5a5a],
    ['one that reads as Aa', '0900 1020 41610000', 0x6141],
    ['one that reads as aA', '0900 1020 61410000', 0x4161],
  ])('%s is a length where implicit VR was announced', async (_, element, length) => {
    const bytes = `${IMPLICIT} ${implicitSequence(item(`${element} ${'00'.repeat(length)}`))}`
    expect(await elementsOf(bytes)).toEqual([
      `00081140 SQ ${length + 24 - 8}`,
      `FFFEE000 -- ${length + 8}`,
      `00092010 UN ${length}`,
    ])
    expect((await reportOf(bytes)).filter(text => !text.startsWith('odd-length'))).toEqual([])
  })

  test('letters that are no VR are no sign of explicit VR, even where they are too long for a length', async () => {
    expect(await refusal(`${IMPLICIT} ${implicitSequence(item('0900 1020 5a5a 0000 0000'))}`)).toEqual([
      'malformed',
      expect.stringContaining('the value of (0009,2010) (23130 bytes'),
    ])
  })

  test('delimiters and items as they should be are not odd', async () => {
    const undefinedLength = `feff 00e0 ffffffff ${ID} feff 0de0 00000000`
    expect(await reportOf(`${EXPLICIT} ${sequence(undefinedLength, item(ID))} ${ID}`)).toEqual([])
    expect(await reportOf(`${IMPLICIT} ${implicitSequence(undefinedLength.replace('4c4f 0400', '04000000'))}`)).toEqual(
      [],
    )
  })

  test('a VR is two letters from A to Z', async () => {
    for (const vr of ['415a', '5a41'])
      expect(await reportOf(`${EXPLICIT} 0900 1020 ${vr} 0000 00000000`)).toEqual([
        expect.stringMatching(/^unknown-vr: /),
      ])
    for (const vr of ['405a', '5a40', '5b5a', '5a5b'])
      expect(await refusal(`${EXPLICIT} ${ID} 1000 3000 ${vr} 0000 00000000`)).toEqual([
        'malformed',
        `x: at byte 184: (0010,0030) has no Value Representation: bytes ${vr.toUpperCase()}`,
      ])
  })

  test('Pixel Data says in its flags whether its length is undefined, and where it was cut out', async () => {
    const flagsOf = async (bytes: string) => (await parse(bytes)).elements.flags.at(-1)
    expect(await flagsOf(`${EXPLICIT} e07f 1000 4f57 0000 02000000 0102`)).toBe(FLAG.pixels)
    expect(await flagsOf(`${EXPLICIT} e07f 1000 4f42 0000 ffffffff feff dde0 00000000`)).toBe(
      FLAG.pixels | FLAG.undefinedLength,
    )
    expect(await flagsOf(`${IMPLICIT} e07f 1000 02000000 0102`)).toBe(FLAG.pixels | FLAG.implicit)
    expect(await flagsOf(`${BIG} 7fe0 0010 4f57 0000 00000002 0102`)).toBe(FLAG.pixels | FLAG.bigEndian)
  })

  test('a first group that tells no byte order has the one that was announced', async () => {
    const pixels = '7fe0 0010 4f57 0000 00000002 0102'
    expect(await elementsOf(`${BIG} ${pixels}`)).toEqual(['7FE00010 OW 0'])
    expect(await elementsOf(`${EXPLICIT} e07f 1000 4f57 0000 02000000 0102`)).toEqual(['7FE00010 OW 0'])
    expect(await elementsOf(`${BIG} 0010 0020 4c4f 0004 49442d31`)).toEqual(['00100020 LO 4'])
    expect(await reportOf(`${BIG} ${pixels}`)).toEqual([])
  })

  test('what a sequence was taken for is forgotten where it is none', async () => {
    // Its second item is no item, and its first has an element whose VR depends on Pixel Representation.
    const opaque = `0800 4011 14000000 feff 00e0 0a000000 2800 0601 02000000 ffff 0102`
    const { elements, metaCount } = await parse(`${IMPLICIT} ${opaque} 2800 0301 02000000 0100 2800 0601 02000000 ffff`)
    expect(elements.count - metaCount).toBe(3)
    expect(Array.from(elements.vrs.subarray(metaCount), vrName)).toEqual(['SQ', 'US', 'SS'])
    expect(elements.flags[metaCount] & FLAG.sequence).toBe(0)
    expect(Array.from(elements.ends.subarray(metaCount))).toEqual([1, 2, 3].map(end => end + metaCount))
  })

  test('an element is found at its own level, the first of its tag', async () => {
    const instance = await parse(
      `${EXPLICIT} 0800 4011 5351 0000 14000000 feff 00e0 0c000000 ${ID} 1000 2000 4c4f 0200 4142`,
    )
    expect(toHex(elementBytes(instance, 0x00100020)!)).toBe('4142')
    expect(elementBytes(instance, 0x00100030)).toBeUndefined()
    const sequence = findElement(instance.elements, 0x00081140)
    expect(findElement(instance.elements, 0x00100020, sequence + 2, instance.elements.ends[sequence])).toBe(
      sequence + 2,
    )
  })

  test('header, pixels and what is behind them add up to the file', async () => {
    const behind = 'fcff fcff 4f42 0000 02000000 0000'
    const bytes = `${EXPLICIT} ${ID} e07f 1000 4f57 0000 04000000 01020304 ${behind} 0000`
    const { header, pixels, preambleBytes, trailingBytes, metaCount, sizeBytes, elements } = await parse(bytes)
    expect(toHex(header)).toBe(`${EXPLICIT} ${ID} e07f 1000 4f57 0000 04000000 ${behind} 0000`.replaceAll(' ', ''))
    expect({ pixels, preambleBytes, trailingBytes, metaCount, sizeBytes }).toEqual({
      pixels: { element: 3, vr: vrCode('OW'), flags: FLAG.pixels, offset: 196, length: 4, items: undefined },
      preambleBytes: 132,
      trailingBytes: 2,
      metaCount: 2,
      sizeBytes: 216,
    })
    expect(elements.flags[3]).toBe(FLAG.pixels)
  })
})
