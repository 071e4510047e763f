import { crc32 } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { sourceFromBytes } from '../../src/bytes/source.ts'
import {
  checkHeader,
  checkTrailer,
  hasDirectory,
  isTrailer,
  readDirectory,
  v1HeaderOf,
  writeHead,
  writeTrailer,
} from '../../src/dcbs/layout.ts'
import { openCube } from '../../src/dcbs/read.ts'
import { readHeaderFields } from '../../src/dcbs/v1-header.ts'
import { DicubeError, type ErrorCode } from '../../src/errors.ts'
import { ascii, hex, toHex } from '../dicom/hex.ts'

/** Heads of SPEC §2 and §3, byte by byte, with the checksum of another program: right, or wrong in one thing. */
const u16 = (value: number) => [value & 255, value >> 8]
const u32 = (value: number) => [...u16(value & 0xffff), ...u16(value >>> 16)]
const u64 = (value: number) => [...u32(value % 2 ** 32), ...u32(Math.floor(value / 2 ** 32))]
const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))]

const HEADER = [...ascii('DCMCUBES'), ...u32(1), ...Array.from({ length: 13 }, (_, i) => u64(i)).flat()]

interface Row {
  kind: number
  encoding: number
  length: number
  inflated?: number
  crc?: number
}
const row = ({ kind, encoding, length, inflated, crc = 7 }: Row) => [
  kind,
  encoding,
  ...varint(length),
  ...(inflated === undefined ? [] : varint(inflated)),
  ...((encoding & 127) === 2 ? [] : u32(crc)),
]
const TEMPLATE = { kind: 1, encoding: 0x81, length: 20, inflated: 30 }
const VALUES = { kind: 3, encoding: 0x82, length: 5 }
const FRAME_INDEX = { kind: 4, encoding: 1, length: 10, inflated: 9 }
const FRAMES = { kind: 7, encoding: 2, length: 1000 }
const MANIFEST = { kind: 12, encoding: 0x80, length: 3 }
const RIGHT = [TEMPLATE, VALUES, FRAME_INDEX, FRAMES, MANIFEST]

interface HeadOptions {
  readVersion?: number
  front?: number
  count?: number
  directoryBytes?: number
  behind?: number[]
  header?: number[]
  size?: number
  checksum?: number
}
/** A head, and the size that its file has. */
function headOf(rows: readonly Row[], options: HeadOptions = {}) {
  const { header = HEADER, readVersion = 1, front = 3, count = rows.length, behind = [] } = options
  const body = [...varint(3), ...ascii('a 1'), ...rows.flatMap(row), ...behind]
  const directoryBytes = options.directoryBytes ?? 20 + body.length
  const bytes = [
    ...header,
    ...ascii('DCBSDIR\n'),
    ...u16(readVersion),
    ...u16(9),
    ...u16(directoryBytes),
    count,
    front,
    ...body,
  ]
  const head = Uint8Array.from([...bytes, ...u32(options.checksum ?? crc32(Uint8Array.from(bytes)))])
  return { head, size: options.size ?? head.length + rows.reduce((sum, { length }) => sum + length, 0) + 32 }
}
const read = (rows: readonly Row[], options?: HeadOptions) => {
  const { head, size } = headOf(rows, options)
  return readDirectory(head, size, 'x')
}

describe('the directory (SPEC §3)', () => {
  test('rows, where they lie, and where the front page ends', () => {
    const { head, size } = headOf(RIGHT)
    const { sections, ...facts } = readDirectory(head, size, 'x')
    expect(facts).toEqual({ writtenBy: 'a 1', headBytes: head.length, fileBytes: size, frontBytes: head.length + 35 })
    const at = head.length
    expect(sections).toEqual([
      { name: 'template', encoding: 'zstd', offset: at, length: 20, inflatedLength: 30, crc32: 7 },
      { name: 'values', encoding: 'container', offset: at + 20, length: 5, inflatedLength: 5, crc32: 0 },
      { name: 'frameIndex', encoding: 'zstd', offset: at + 25, length: 10, inflatedLength: 9, crc32: 7 },
      { name: 'frames', encoding: 'container', offset: at + 35, length: 1000, inflatedLength: 1000, crc32: 0 },
      { name: 'manifest', encoding: 'raw', offset: at + 1035, length: 3, inflatedLength: 3, crc32: 7 },
    ])
  })

  test('what writeHead makes is that, byte for byte', () => {
    const { head, size } = headOf(RIGHT)
    const sections = readDirectory(head, size, 'x').sections.map(({ offset: _, ...section }) => section)
    const made = writeHead('a 1', sections as never, 4)
    expect(toHex(made.head.subarray(116))).toBe(
      toHex(head.subarray(116)).replace('0100090', '0100010').slice(0, -8) + toHex(made.head.subarray(-4)),
    )
    expect(new DataView(made.head.buffer).getUint32(made.head.length - 4, true)).toBe(crc32(made.head.subarray(0, -4)))
    expect(readDirectory(made.head, size, 'x').sections).toEqual(made.sections)
    expect(made).toMatchObject({
      fileBytes: size,
      frontBytes: head.length + 35,
      headBytes: head.length,
      writtenBy: 'a 1',
    })
    expect(readHeaderFields(checkHeader(made.head, 'x'))).toEqual(v1HeaderOf(made.sections, 4))
  })

  test('a kind that is newer than this reader, on either side', () => {
    const unknown = { kind: 99, encoding: 1, length: 6, inflated: 60 }
    for (const [rows, front] of [
      [[unknown, ...RIGHT], 4],
      [[...RIGHT, unknown, unknown], 3],
    ] as const)
      expect(read(rows, { front }).sections.filter(({ name }) => name === 'unknown')[0]).toMatchObject({
        encoding: 'zstd',
        length: 6,
        inflatedLength: 60,
      })
  })

  test('without a front page it ends with the head', () => {
    const rows = [{ ...FRAMES }, MANIFEST]
    expect(() => read(rows, { front: 0 })).toThrow('no section template')
  })

  const most = 2 ** 31 - 1
  test.each<[string, () => unknown, ErrorCode, string]>([
    [
      'a checksum that is another',
      () => read(RIGHT, { checksum: 1 }),
      'corrupt',
      'x: the header and directory (bytes 0 to 170) do not have their checksum',
    ],
    [
      'a newer version',
      () => read(RIGHT, { readVersion: 2 }),
      'newer-version',
      'x: written for readers of version 2; this is version 1: install a newer dicube',
    ],
    [
      'a newer version, damaged',
      () => read(RIGHT, { readVersion: 2, checksum: 1 }),
      'corrupt',
      'x: the header and directory (bytes 0 to 170) do not have their checksum',
    ],
    [
      'a directory that is too short to be one',
      () => read(RIGHT, { directoryBytes: 19 }),
      'corrupt',
      'x: directory: found a directory of 19 bytes before byte 132',
    ],
    [
      'a directory that ends behind the file',
      () => read(RIGHT, { directoryBytes: 2000 }),
      'truncated',
      'x: the directory ends at 2116, the file at 1240',
    ],
    [
      'a directory that ends behind what was read of the file',
      () => read(RIGHT, { directoryBytes: 1000 }),
      'corrupt',
      'x: the directory ends at 1116, the file at 1240',
    ],
    [
      'a file that ends within it',
      () => readDirectory(headOf(RIGHT).head, 135, 'x'),
      'truncated',
      'x: 135 bytes end within the directory',
    ],
    [
      'a container that is none',
      () => read([{ ...TEMPLATE, encoding: 2 }, ...RIGHT.slice(1)]),
      'corrupt',
      'x: section template (kind 1) in encoding container',
    ],
    [
      'a section that should be a container',
      () => read([TEMPLATE, { ...VALUES, encoding: 0 }, FRAME_INDEX, FRAMES, MANIFEST]),
      'corrupt',
      'x: section values (kind 3) in encoding raw',
    ],
    [
      'an unknown kind of container',
      () => read([...RIGHT, { kind: 99, encoding: 2, length: 0 }]),
      'corrupt',
      'x: section unknown (kind 99) in encoding container',
    ],
    [
      'an encoding that nobody knows',
      () => read([{ ...TEMPLATE, encoding: 3 }, ...RIGHT.slice(1)]),
      'corrupt',
      'x: section template (kind 1) in encoding unknown',
    ],
    ['a section twice', () => read([...RIGHT, MANIFEST]), 'corrupt', 'x: two sections manifest'],
    [
      'a section of the front page behind it',
      () => read(RIGHT, { front: 2 }),
      'corrupt',
      'x: section frameIndex on the wrong side of the end of the front page',
    ],
    [
      'a section in the front page that is not of it',
      () => read(RIGHT, { front: 4 }),
      'corrupt',
      'x: section frames on the wrong side of the end of the front page',
    ],
    [
      'more sections in the front page than there are',
      () => read([TEMPLATE, VALUES, FRAME_INDEX], { front: 4 }),
      'corrupt',
      'x: a front page of 4 sections, there are 3',
    ],
    [
      'bytes behind the rows',
      () => read(RIGHT, { behind: [0] }),
      'corrupt',
      'x: directory: found 1 bytes left over before byte 166',
    ],
    [
      'fewer rows than it says',
      () => read(RIGHT, { count: 6 }),
      'corrupt',
      'x: directory: wanted 1 bytes at 166, it ends at 166',
    ],
    ['no template', () => read(RIGHT.slice(1), { front: 2 }), 'corrupt', 'x: no section template'],
    [
      'no frame index',
      () => read([TEMPLATE, VALUES, FRAMES, MANIFEST], { front: 2 }),
      'corrupt',
      'x: no section frameIndex',
    ],
    ['no manifest', () => read(RIGHT.slice(0, 4)), 'corrupt', 'x: no section manifest'],
    ['a shorter file', () => read(RIGHT, { size: 1239 }), 'truncated', 'x: 1239 bytes, the directory says 1240'],
    ['a longer file', () => read(RIGHT, { size: 1241 }), 'corrupt', 'x: 1241 bytes, the directory says 1240'],
    [
      'a section of 2 GiB',
      () => read([TEMPLATE, VALUES, FRAME_INDEX, FRAMES, { ...MANIFEST, length: most + 1 }]),
      'limit',
      `x: section manifest of ${most + 1} bytes that inflate to ${most + 1}, at most ${most} are read`,
    ],
    [
      'a section that inflates to 2 GiB',
      () => read([{ ...TEMPLATE, inflated: most + 1 }, ...RIGHT.slice(1)]),
      'limit',
      `x: section template of 20 bytes that inflate to ${most + 1}, at most ${most} are read`,
    ],
    [
      'a front page of 2 GiB',
      () => read([{ ...TEMPLATE, length: most, inflated: 5 }, ...RIGHT.slice(1)]),
      'limit',
      `x: a front page of ${most + 189} bytes, at most ${most}`,
    ],
    [
      'few bytes that inflate to many',
      () => read([{ ...TEMPLATE, inflated: 5e6 }, ...RIGHT.slice(1)]),
      'limit',
      `x: its sections inflate to 5000009 bytes, which is too much for theirs: at most ${(4 << 20) + 256 * 243} are read`,
    ],
  ])('%s is refused', (_, make, code, message) => expect(make).toThrow(new DicubeError(code, message)))

  test('a container beyond 2 GiB is read: its parts are what is held', () => {
    expect(read([TEMPLATE, VALUES, FRAME_INDEX, { ...FRAMES, length: 2 ** 40 }, MANIFEST]).fileBytes).toBe(
      2 ** 40 + 244,
    )
  })
})

describe('the header (SPEC §2)', () => {
  test.each<[string, Uint8Array, ErrorCode, string]>([
    ['nothing', new Uint8Array(0), 'not-a-cube', 'x: does not begin with DCMCUBES; not a .dcbs file'],
    ['another magic', ascii('DICM'.repeat(40)), 'not-a-cube', 'x: does not begin with DCMCUBES; not a .dcbs file'],
    [
      'another cube',
      ascii('DCMCUBEA'.padEnd(120)),
      'not-a-cube',
      'x: a DiCube file of the kind "DCMCUBEA"; only DCMCUBES can be read',
    ],
    ['seven letters', ascii('DCMCUBE'), 'not-a-cube', 'x: does not begin with DCMCUBES; not a .dcbs file'],
    [
      'a header that is cut',
      Uint8Array.from(HEADER.slice(0, 115)),
      'truncated',
      'x: 115 bytes, the header alone has 116',
    ],
    [
      'version 2',
      Uint8Array.from([...HEADER.slice(0, 8), ...u32(2), ...HEADER.slice(12)]),
      'newer-version',
      'x: format version 2; this dicube reads version 1: install a newer one',
    ],
    [
      'version 0',
      Uint8Array.from([...HEADER.slice(0, 8), ...u32(0), ...HEADER.slice(12)]),
      'corrupt',
      'x: format version 0, wanted 1',
    ],
    [
      'an offset beyond 2^53',
      Uint8Array.from([...HEADER.slice(0, 108), 0, 0, 0, 0, 0, 0, 0x20, 0]),
      'corrupt',
      'x: header: a number beyond 2^53 at 108',
    ],
  ])('%s is refused', (_, bytes, code, message) =>
    expect(() => readHeaderFields(checkHeader(bytes, 'x'))).toThrow(new DicubeError(code, message)),
  )

  test('its fields in their order', () => {
    const header = readHeaderFields(checkHeader(Uint8Array.from(HEADER), 'x'))
    expect(Object.values(header)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    expect(Object.keys(header)).toEqual([
      'statusOffset',
      'statusLength',
      'metaOffset',
      'metaLength',
      'spaceOffset',
      'spaceLength',
      'pixelHeaderOffset',
      'pixelHeaderLength',
      'frameOffsetsOffset',
      'frameOffsetsLength',
      'frameLengthsOffset',
      'frameLengthsLength',
      'frameCount',
    ])
  })

  test('where a v1 reader finds its parts; without a view it finds the directory and refuses it', () => {
    const at = (name: string, offset: number, length: number) =>
      ({ name, encoding: 'raw', offset, length, inflatedLength: length, crc32: 0 }) as never
    const none = v1HeaderOf([at('template', 200, 9)], 0)
    expect(Object.values(none)).toEqual([116, 0, 116, 8, 116, 0, 116, 0, 116, 0, 116, 0, 0])
    const names = ['v1Status', 'v1Meta', 'v1Space', 'v1PixelHeader', 'v1FrameOffsets', 'v1FrameLengths']
    const all = v1HeaderOf(
      names.map((name, i) => at(name, 1000 + 10 * i, i + 1)),
      3,
    )
    expect(Object.values(all)).toEqual([1000, 1, 1010, 2, 1020, 3, 1030, 4, 1040, 5, 1050, 6, 3])
  })
})

describe('the trailer (SPEC §4)', () => {
  const { head, size } = headOf(RIGHT)
  const trailer = writeTrailer(size, head)

  test('32 bytes: magic, size, head, the checksum it ends with, 0, its own checksum', () => {
    expect(toHex(trailer)).toBe(
      toHex(
        Uint8Array.from([
          ...ascii('DCBSEND\n'),
          ...u64(size),
          ...u32(head.length),
          ...head.slice(-4),
          0,
          0,
          0,
          0,
          ...u32(crc32(trailer.subarray(0, 28))),
        ]),
      ),
    )
    expect(isTrailer(trailer)).toBe(true)
    expect(isTrailer(hex('00'.repeat(32)))).toBe(false)
    checkTrailer(trailer, head, size, 'x')
  })

  test('any byte that is another is noticed', () => {
    for (let at = 0; at < 32; at++) {
      const damaged = trailer.slice()
      damaged[at] ^= 1
      expect(() => checkTrailer(damaged, head, size, 'x')).toThrow(
        new DicubeError('corrupt', 'x: the trailer does not fit the directory'),
      )
    }
  })
})

describe('opening (SPEC §4.1)', () => {
  const { head, size } = headOf(RIGHT)
  const file = new Uint8Array(size)
  file.set(head)
  file.set(writeTrailer(size, head), size - 32)
  const open = (bytes: Uint8Array) => openCube(sourceFromBytes(bytes, 'x'))

  test('the front page is what was read, and nothing more', async () => {
    const cube = await open(file)
    expect(hasDirectory(file)).toBe(true)
    expect(toHex(cube!.front)).toBe(toHex(file.subarray(0, head.length + 35)))
  })

  test.each([
    ['a front page of 64 KiB takes one read', 0],
    ['a front page beyond 64 KiB takes a second one for the rest', 4567],
  ])('%s', async (_, beyond) => {
    const template = { ...TEMPLATE, length: 65_536 + beyond - 15 - 172, inflated: 9 }
    const large = headOf([template, ...RIGHT.slice(1)])
    const bytes = Uint8Array.from({ length: large.size }, (_, i) => i & 255)
    bytes.set(large.head)
    const reads: [number, number][] = []
    const source = sourceFromBytes(bytes, 'x')
    const cube = await openCube({
      ...source,
      name: 'x',
      head: (length, signal) => source.head(length, signal),
      read: async (offset, length) => {
        reads.push([offset, length])
        return bytes.slice(offset, offset + length)
      },
    })
    expect(reads).toEqual(beyond ? [[65_536, beyond]] : [])
    expect(toHex(cube!.front)).toBe(toHex(bytes.subarray(0, 65_536 + beyond)))
  })

  test('a directory that is damaged is not a file of v1', async () => {
    const damaged = file.slice()
    damaged[118] ^= 1
    await expect(open(damaged)).rejects.toMatchObject({
      code: 'corrupt',
      message: 'x: the section directory at byte 116 is damaged: the trailer says that there is one',
    })
    damaged[size - 32] ^= 1
    expect(await open(damaged)).toBeUndefined()
    expect(await open(Uint8Array.from(HEADER))).toBeUndefined()
    await expect(open(file.slice(0, 30))).rejects.toMatchObject({ code: 'truncated' })
  })

  test('damage of the header is damage, not another version', async () => {
    const damaged = file.slice()
    damaged[8] = 2
    await expect(open(damaged)).rejects.toMatchObject({ code: 'corrupt' })
    const foreign = headOf(RIGHT, { header: [...HEADER.slice(0, 8), ...u32(2), ...HEADER.slice(12)] })
    await expect(
      open(Uint8Array.from([...foreign.head, ...new Uint8Array(foreign.size - foreign.head.length)])),
    ).rejects.toMatchObject({ code: 'newer-version' })
  })
})
