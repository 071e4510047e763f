import { deflateRawSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { type ByteSource, sourceFromBytes } from '../../src/bytes/source.ts'
import { vrName } from '../../src/dicom/elements.ts'
import {
  elementBytes,
  type Instance,
  LIMITS,
  parseBareDataSet,
  parsePart10,
  readElement,
} from '../../src/dicom/parse.ts'
import { tagString } from '../../src/dicom/tags.ts'
import { DicubeError } from '../../src/errors.ts'
import { ascii, hex, toHex } from './hex.ts'

const PREAMBLE = `${'00'.repeat(128)} 4449434d`
const meta = (uid: string) => {
  const value = toHex(ascii(uid.length % 2 ? `${uid}\0` : uid))
  const byte = (n: number) => n.toString(16).padStart(2, '0')
  const length = value.length / 2
  return `${PREAMBLE} 0200 0000 554c 0400 ${byte(length + 8)}000000 0200 1000 5549 ${byte(length)}00 ${value}`
}
const EXPLICIT = meta('1.2.840.10008.1.2.1')
const IMPLICIT = meta('1.2.840.10008.1.2')
const BIG = meta('1.2.840.10008.1.2.2')
const DEFLATED = meta('1.2.840.10008.1.2.1.99')
const ID = '1000 2000 4c4f 0400 49442d31'
const MODALITY = '0800 6000 4353 0200 4354'
const PATIENT_ID = 0x00100020

/** A file on a disk: its first bytes come at once, into memory of the caller's. */
function fileOf(bytes: Uint8Array) {
  const reads: number[] = []
  const startNow = (into: Uint8Array) => {
    const part = bytes.subarray(0, into.length)
    into.set(part)
    return part.length
  }
  const source: ByteSource = {
    ...sourceFromBytes(bytes, 'x'),
    headNow: into => ({ bytes: into.subarray(0, startNow(into)), sizeBytes: bytes.length }),
    startNow,
    read: async (offset, length) => {
      reads.push(length)
      return sourceFromBytes(bytes, 'x').read(offset, length)
    },
  }
  return { source, reads }
}
const sourcesOf = (bytes: Uint8Array) => [fileOf(bytes).source, sourceFromBytes(bytes, 'x')]
const textOf = async (source: ByteSource, tag = PATIENT_ID) => {
  const bytes = await readElement(source, tag)
  return bytes && Buffer.from(bytes).toString('latin1')
}

describe('one element of a file', () => {
  test.each<[string, string, string | undefined]>([
    ['explicit', `${EXPLICIT} ${MODALITY} ${ID}`, 'ID-1'],
    ['implicit', `${IMPLICIT} 1000 2000 04000000 49442d31`, 'ID-1'],
    ['big endian', `${BIG} 0010 0020 4c4f 0004 49442d31`, 'ID-1'],
    ['no preamble', `${MODALITY} ${ID}`, 'ID-1'],
    ['empty', `${EXPLICIT} 1000 2000 4c4f 0000`, ''],
    ['not there', `${EXPLICIT} ${MODALITY}`, undefined],
    ['not there, but a later one', `${EXPLICIT} 1000 3000 4441 0000`, undefined],
    ['behind its place', `${EXPLICIT} 1000 3000 4441 0000 ${ID}`, 'ID-1'],
    ['behind Pixel Data', `${EXPLICIT} e07f 1000 4f57 0000 02000000 0102 ${ID}`, 'ID-1'],
    ['twice: the first', `${EXPLICIT} ${ID} 1000 2000 4c4f 0200 4142`, 'ID-1'],
    [
      'in an item alone',
      `${EXPLICIT} 0800 4011 5351 0000 14000000 feff 00e0 0c000000 ${ID} 1000 3000 4441 0000`,
      undefined,
    ],
  ])('%s', async (_, bytes, value) => {
    for (const source of sourcesOf(hex(bytes))) expect(await textOf(source)).toBe(value)
  })

  test('of the File Meta Information', async () => {
    for (const source of sourcesOf(hex(`${EXPLICIT} ${ID}`)))
      expect(await textOf(source, 0x00020010)).toBe('1.2.840.10008.1.2.1\0')
  })

  test('in a deflated data set', async () => {
    const stream = toHex(deflateRawSync(hex(`${MODALITY} ${ID}`)))
    for (const source of sourcesOf(hex(`${DEFLATED} ${stream}`))) expect(await textOf(source)).toBe('ID-1')
  })

  test('what follows it is neither read nor checked', async () => {
    const { source, reads } = fileOf(hex(`${EXPLICIT} ${ID} 1000 3000 4441 08`))
    expect(await textOf(source)).toBe('ID-1')
    expect(reads).toEqual([])
    await expect(
      readElement(sourceFromBytes(hex(`${EXPLICIT} ${ID} 1000 3000 4441 08`), 'x'), PATIENT_ID),
    ).rejects.toThrow(expect.objectContaining({ code: 'truncated' }))
  })

  test('it stays what it was when another file is asked', async () => {
    const value = await readElement(fileOf(hex(`${EXPLICIT} ${ID}`)).source, PATIENT_ID)
    await readElement(fileOf(hex(`${EXPLICIT} ${ID.replaceAll('49442d31', '41414141')}`)).source, PATIENT_ID)
    expect(toHex(value!)).toBe('49442d31')
  })

  test('behind the first 16 KiB, or across their end', async () => {
    for (const before of [20_000, 16_384 - 172 - 12 - 10, 16_384 - 172 - 12 - 4]) {
      const length = toHex(new Uint8Array(Uint32Array.of(before).buffer))
      const bytes = hex(`${EXPLICIT} 0900 1000 4f42 0000 ${length} ${'00'.repeat(before)} ${ID}`)
      for (const source of sourcesOf(bytes)) expect(await textOf(source)).toBe('ID-1')
    }
  })

  test('of no file, and of none that is DICOM', async () => {
    for (const bytes of [new Uint8Array(0), ascii('hello world')])
      for (const source of sourcesOf(bytes))
        await expect(readElement(source, PATIENT_ID)).rejects.toEqual(
          new DicubeError('not-dicom', 'x: no "DICM" at byte 128 and no data element at byte 0; not a DICOM file'),
        )
  })
})

describe('an instance that is taken', () => {
  const kept = ({ header, elements, pixels, report, pixelSource, sizeBytes, ...rest }: Instance) => ({
    header: toHex(header),
    elements: { tags: [...elements.tags.subarray(0, elements.count)], count: elements.count },
    ...{ pixels, report, sizeBytes, metaCount: rest.metaCount, deflated: rest.deflated },
  })
  const FILES: [string, string][] = [
    ['no Pixel Data', `${EXPLICIT} ${ID}`],
    ['Pixel Data at its end', `${EXPLICIT} ${MODALITY} e07f 1000 4f57 0000 04000000 01020304`],
    ['elements behind it', `${EXPLICIT} ${ID} e07f 1000 4f57 0000 02000000 0102 fcff fcff 4f42 0000 02000000 0000`],
    [
      'fragments',
      `${EXPLICIT} ${ID} e07f 1000 4f42 0000 ffffffff feff 00e0 00000000 feff 00e0 02000000 0102 feff dde0 00000000`,
    ],
    ['deflated', `${DEFLATED} ${toHex(deflateRawSync(hex(`${MODALITY} ${ID}`)))}`],
  ]

  test.each(FILES)('%s: it is what parsing gives, once', async (_, text) => {
    const wanted = kept(await parsePart10(sourceFromBytes(hex(text), 'x')))
    for (const source of sourcesOf(hex(text))) {
      const taken: unknown[] = []
      const made = await parsePart10(source, {
        take: instance => {
          taken.push(kept(instance))
          return { ...instance, name: 'taken' }
        },
      })
      expect(taken).toEqual([wanted])
      expect(made.name).toBe('taken')
    }
  })

  test('files that are read side by side do not get into each other', async () => {
    const alone = await Promise.all(
      FILES.map(async ([, text]) => kept(await parsePart10(sourceFromBytes(hex(text), 'x')))),
    )
    const together = await Promise.all(FILES.map(([, text]) => parsePart10(fileOf(hex(text)).source)))
    expect(together.map(kept)).toEqual(alone)
  })

  test('an element of one that puts its header together when asked', async () => {
    const instance = await parsePart10(sourceFromBytes(hex(`${EXPLICIT} ${ID}`), 'x'))
    const asked: number[] = []
    const other: Instance = {
      ...instance,
      elementBytes: tag => {
        asked.push(tag)
        return hex('4142')
      },
    }
    expect([toHex(elementBytes(other, PATIENT_ID)!), asked]).toEqual(['4142', [PATIENT_ID]])
  })

  test('a signal that was given up before', async () => {
    const signal = AbortSignal.abort('enough')
    await expect(parsePart10(sourceFromBytes(hex(`${EXPLICIT} ${ID}`), 'x'), { signal })).rejects.toMatchObject({
      code: 'aborted',
      message: 'x: aborted',
      cause: 'enough',
    })
  })
})

describe('a deflated data set (PS3.5 §A.5)', () => {
  const dataSet = hex(`${MODALITY} ${ID}`)
  const deflated = deflateRawSync(dataSet)
  const parse = (stream: Uint8Array | string) =>
    parsePart10(sourceFromBytes(hex(`${DEFLATED} ${typeof stream === 'string' ? stream : toHex(stream)}`), 'x'))
  const head = hex(DEFLATED)

  test('its header is inflated, its stream is as it was', async () => {
    const instance = await parse(deflated)
    expect(toHex(instance.header)).toBe(toHex(head) + toHex(dataSet))
    expect(instance.sizeBytes).toBe(head.length + deflated.length)
    expect(instance.deflated!.offset).toBe(head.length)
    expect(toHex(instance.deflated!.stream)).toBe(toHex(deflated))
    expect(instance.encoding.deflated).toBe(true)
    expect(instance.report).toEqual([])
    expect(toHex((await instance.source.head(1e6)).bytes)).toBe(toHex(head) + toHex(deflated))
  })

  test('its Pixel Data is read from what was inflated', async () => {
    const { pixels, pixelSource, header } = await parse(
      deflateRawSync(hex(`${ID} e07f 1000 4f57 0000 04000000 01020304`)),
    )
    expect(pixels).toMatchObject({ offset: header.length, length: 4 })
    expect(toHex(await pixelSource.read(pixels!.offset, 4))).toBe('01020304')
  })

  test.each<[string, string, string[]]>([
    ['a byte that makes the length even', '00', []],
    ['two bytes', '0000', ['trailing-bytes: there are bytes behind the deflated data set']],
    ['many', '00'.repeat(9), ['trailing-bytes: there are bytes behind the deflated data set']],
  ])('behind it %s', async (_, behind, report) => {
    const instance = await parse(toHex(deflated) + behind)
    expect(instance.report.map(({ code, message }) => `${code}: ${message}`)).toEqual(report)
    expect(toHex(instance.deflated!.stream)).toBe(toHex(deflated) + behind)
  })

  test('one that is cut, or none', async () => {
    for (const stream of [deflated.subarray(0, 8), new Uint8Array(0), hex('ffffffff')])
      await expect(parse(stream)).rejects.toMatchObject({
        code: 'corrupt',
        message: expect.stringMatching(/^x: byte 174: deflate: /),
      })
  })

  test('one that is more than its bytes may say', async () => {
    const { deflatedBytes } = LIMITS
    const bytes = deflateRawSync(hex(`${MODALITY} 0900 1000 4f42 0000 00100000 ${'00'.repeat(4096)}`))
    const limit = (times: number) => Object.assign(LIMITS, { deflatedBytes: { bytes: 10, times } })
    try {
      limit(200)
      expect((await parse(bytes)).elements.count).toBe(4)
      limit(1)
      await expect(parse(bytes)).rejects.toEqual(
        new DicubeError('limit', `x: byte 174: deflate: the stream inflates to more than ${10 + bytes.length} bytes`),
      )
    } finally {
      Object.assign(LIMITS, { deflatedBytes })
    }
  })
})

describe('where a file begins', () => {
  const codes = async (bytes: string) =>
    (await parsePart10(sourceFromBytes(hex(bytes), 'x'))).report.map(({ code }) => code)
  const NONE = ['no-preamble', 'no-file-meta', 'transfer-syntax-missing']

  test.each<[string, string, string[]]>([
    ['explicit, in group 8', `${MODALITY} ${ID}`, NONE],
    ['explicit, in big endian', '0008 0060 4353 0002 4354', NONE],
    ['implicit, whose length fits to the byte', '0800 6000 02000000 4354', NONE],
    ['File Meta Information', `${EXPLICIT.slice(PREAMBLE.length)} ${ID}`, ['no-preamble']],
    [
      'a UID with blanks behind it',
      `${PREAMBLE} 0200 1000 5549 1600 ${toHex(ascii('1.2.840.10008.1.2.1 \0 '))} ${ID}`,
      ['group-length'],
    ],
    ['a UID of blanks', `${PREAMBLE} 0200 1000 5549 0200 2000 ${ID}`, ['group-length', 'transfer-syntax-missing']],
    [
      'File Meta Information that does not ascend',
      `${PREAMBLE} 0200 1000 5549 1400 ${toHex(ascii('1.2.840.10008.1.2.1\0'))} 0200 0200 5549 0000 ${ID}`,
      ['order', 'group-length'],
    ],
    [
      'a group length of two bytes',
      `${PREAMBLE} 0200 0000 554c 0200 1c00 0200 1000 5549 1400 ${toHex(ascii('1.2.840.10008.1.2.1\0'))} ${ID}`,
      ['group-length'],
    ],
  ])('%s', async (_, bytes, report) => expect(await codes(bytes)).toEqual(report))

  test.each([
    ['implicit, whose length is one too many', '0800 6000 03000000 4354'],
    ['implicit in big endian', '0008 0060 00000002 4354'],
    ['an element that no data set begins with', '0800 9a99 4353 0200 4354'],
    ['group 4', '0400 6000 4353 0200 4354'],
  ])('%s is no file', async (_, bytes) => {
    await expect(parsePart10(sourceFromBytes(hex(bytes), 'x'))).rejects.toMatchObject({ code: 'not-dicom' })
  })

  test('a Transfer Syntax that nobody knows is told in 64 letters, none of which moves a cursor', async () => {
    const { report } = await parsePart10(sourceFromBytes(hex(`${meta(`\u001b[2J${'1.2'.repeat(30)}`)} ${ID}`), 'x'))
    expect(report).toEqual([
      {
        code: 'unknown-transfer-syntax',
        message: `PS3.6 has no Transfer Syntax "\\u001b[2J${'1.2'.repeat(20)}"; taken from the bytes`,
      },
    ])
  })

  test('an odd fragment is told, an odd Basic Offset Table is not one', async () => {
    const fragments = (...lengths: number[]) =>
      `${EXPLICIT} e07f 1000 4f42 0000 ffffffff ${lengths.map(n => `feff 00e0 0${n}000000 ${'00'.repeat(n)}`).join(' ')} feff dde0 00000000`
    expect(await codes(fragments(1, 2))).toEqual([])
    const { report } = await parsePart10(sourceFromBytes(hex(fragments(0, 2, 3, 5)), 'x'))
    expect(report).toEqual([{ code: 'odd-fragment', message: 'fragment 2 of Pixel Data has an odd length of 3 bytes' }])
  })

  test('"DICM" to the letter', async () => {
    for (const letters of ['5849434d', '4458434d', '4449584d', '44494358', '4449434d'])
      await parsePart10(sourceFromBytes(hex(`${'00'.repeat(128)} ${letters} ${ID}`), 'x')).then(
        ({ preambleBytes }) => expect([letters, preambleBytes]).toEqual(['4449434d', 132]),
        error => expect(error).toMatchObject({ code: 'not-dicom' }),
      )
  })

  const instanceOf = (bytes: string) => parsePart10(sourceFromBytes(hex(bytes), 'x'))
  const facts = async (bytes: string) => {
    const { elements, metaCount, report } = await instanceOf(bytes)
    const tags = Array.from({ length: elements.count - metaCount }, (_, k) => {
      const i = k + metaCount
      return `${tagString(elements.tags[i])} ${vrName(elements.vrs[i])} ${elements.lengths[i]}`
    })
    return { tags, report: report.map(({ code, message }) => `${code}: ${message}`) }
  }

  test('one empty element is a file', async () => {
    expect(await facts('0800 0500 4353 0000')).toEqual({
      tags: ['00080005 CS 0'],
      report: [
        'no-preamble: no preamble and no "DICM"',
        'no-file-meta: no File Meta Information (group 0002)',
        'transfer-syntax-missing: no Transfer Syntax UID; taken from the bytes',
      ],
    })
    expect((await facts('0800 9999 4353 0200 4354')).tags).toEqual(['00089999 CS 2'])
    expect((await facts(`${EXPLICIT} 1000 2000 00000000`)).tags).toEqual(['00100020 LO 0'])
  })

  test('File Meta Information alone is none, whatever it ends with', async () => {
    for (const bytes of [EXPLICIT, `${PREAMBLE} 0200 1600 4145 0000`])
      await expect(instanceOf(bytes)).rejects.toEqual(
        new DicubeError('not-dicom', 'x: no data element behind the File Meta Information'),
      )
  })

  test('the group length is what (0002,0000) says, if that is a number of four bytes', async () => {
    const uid = `0200 1000 5549 1400 ${toHex(ascii('1.2.840.10008.1.2.1\0'))}`
    const version = '0200 1300 5348 0400 41424344'
    expect((await facts(`${PREAMBLE} 0200 0000 554c 0400 28000000 ${uid} ${version} ${ID}`)).report).toEqual([])
    expect((await facts(`${PREAMBLE} 0200 0000 554c 0200 1c00 ${uid} ${ID}`)).report).toEqual([
      'group-length: no File Meta Information Group Length (0002,0000)',
    ])
    expect((await facts(`${PREAMBLE} 0200 0000 554c 0400 38000000 ${uid} ${uid} ${ID}`)).report).toEqual([
      'order: (0002,0010) is there twice',
    ])
  })

  test('two letters that no VR has are one where a length of them does not fit, and explicit VR was announced', async () => {
    // "ZZ" and two zeros are 23,130 as a length.
    const le32 = (value: number) => toHex(new Uint8Array(Uint32Array.of(value).buffer))
    const element = (bytes: number) => `0900 1000 5a5a 0000 ${le32(bytes - 4)} ${'00'.repeat(bytes - 4)}`
    expect((await facts(`${EXPLICIT} ${element(23_130)}`)).tags).toEqual(['00090010 LO 23130'])
    expect((await facts(`${EXPLICIT} ${element(23_129)}`)).tags).toEqual(['00090010 ZZ 23125'])
    for (const [syntax, letters, length] of [
      [IMPLICIT, '5a5a', 23_130],
      [EXPLICIT, '015a', 23_041],
      [EXPLICIT, '5a01', 346],
    ])
      await expect(instanceOf(`${syntax} 0900 1000 ${letters} 0000 02000000 4142`)).rejects.toMatchObject({
        code: 'truncated',
        message: expect.stringContaining(`the value of (0009,0010) (${length} bytes`),
      })
  })

  test('a group that tells no byte order, behind a Transfer Syntax that nobody knows, is little-endian', async () => {
    expect((await facts(`${meta('1.2.3.4')} e07f 1000 4f57 0000 02000000 0102`)).tags).toEqual(['7FE00010 OW 0'])
  })

  test('Pixel Data can be the first element', async () => {
    const { pixels } = await instanceOf(`${PREAMBLE} e07f 1000 4f57 0000 02000000 0102`)
    expect(pixels).toMatchObject({ element: 0, offset: 144, length: 2 })
  })

  test('the first element of all, of a file that is cut behind it', async () => {
    expect(await textOf(fileOf(hex(`${EXPLICIT} ${ID} 1000 30`)).source, 0x00020000)).toBe('\x1c\0\0\0')
    expect(await textOf(sourceFromBytes(hex(`${MODALITY} ${ID}`), 'x'), 0x00080060)).toBe('CT')
  })

  test('a header whose next bytes are behind the limit', async () => {
    const { headerBytes } = LIMITS
    const bytes = hex(`${EXPLICIT} 0900 1000 4f42 0000 00080000 ${'01'.repeat(2048)} ${ID}`)
    const source: ByteSource = {
      ...sourceFromBytes(bytes, 'x'),
      head: async () => ({ bytes: bytes.slice(0, 200), sizeBytes: bytes.length }),
    }
    try {
      // The header of the second element ends there.
      LIMITS.headerBytes = 172 + 12 + 2048 + 8
      expect((await parsePart10(source)).header.length).toBe(bytes.length)
      LIMITS.headerBytes--
      await expect(parsePart10(source)).rejects.toEqual(
        new DicubeError('limit', `x: a header of more than ${172 + 12 + 2048 + 7} bytes`),
      )
    } finally {
      LIMITS.headerBytes = headerBytes
    }
  })

  test('a data set that stands alone has no file around it', () => {
    const form = { implicit: false, bigEndian: false }
    const { elements, ...rest } = parseBareDataSet(hex(ID), form, 'alone')
    expect(elements.count).toBe(1)
    expect(rest).toMatchObject({
      ...{ name: 'alone', sizeBytes: 12, preambleBytes: 0, trailingBytes: 0, metaCount: 0, transferSyntaxUid: '' },
      ...{ encoding: { ...form, deflated: false }, report: [] },
    })
  })
})
