import { describe, expect, test } from 'vitest'
import { Budget, ByteCursor } from '../../src/bytes/cursor.ts'
import { ByteSink } from '../../src/bytes/sink.ts'
import { FRAME_CODINGS } from '../../src/codec/frame.ts'
import { decodeColumn } from '../../src/dcbs/columns.ts'
import { unpackDigits } from '../../src/dcbs/digits.ts'
import { readFrameIndex } from '../../src/dcbs/frame-index.ts'
import { readCounts, readIntegers } from '../../src/dcbs/integers.ts'
import { readAttachments, readManifest, readStreams } from '../../src/dcbs/manifest.ts'
import { applyPatch, readPatches } from '../../src/dcbs/patch.ts'
import { decodeTable, type TableSource } from '../../src/dcbs/template.ts'
import { DicubeError } from '../../src/errors.ts'
import { hex, toHex } from '../dicom/hex.ts'

/** What SPEC §5 to §8 forbid, as bytes, and what a reader says of them. Checksums are right here: these are hostile, not damaged. */
const cursorOf = (bytes: string) => new ByteCursor(hex(bytes), 'x')
const corrupt = (message: string) => new DicubeError('corrupt', message)

describe('integers (SPEC §1.1)', () => {
  test.each<[string, (cursor: ByteCursor) => unknown, string]>([
    ['', c => c.u8(), 'x: wanted 1 bytes at 0, it ends at 0'],
    ['01', c => c.u16(), 'x: wanted 2 bytes at 0, it ends at 1'],
    ['010203', c => c.u32(), 'x: wanted 4 bytes at 0, it ends at 3'],
    ['01020304050607', c => c.f64(), 'x: wanted 8 bytes at 0, it ends at 7'],
    ['000000000000 2000', c => c.u64(), 'x: a number beyond 2^53 at 0'],
    ['80', c => c.varint(), 'x: wanted 1 bytes at 1, it ends at 1'],
    ['ffffffffffffff7f', c => c.varint(), 'x: a number beyond 2^53 at 8'],
    ['808080808080808001', c => c.varint(), 'x: a varint of more than 8 bytes at 8'],
    ['05 0102', c => c.count(1), 'x: a count of 5 at 1, at most 2 fit'],
    ['02 010203', c => c.count(2), 'x: a count of 2 at 1, at most 1 fit'],
    ['09', c => c.count(0, 8), 'x: a count of 9 at 1, at most 8 fit'],
    ['01 02', c => c.u8() && c.done(), 'x: found 1 bytes left over before byte 1'],
  ])('%s is refused', (bytes, read, message) => expect(() => read(cursorOf(bytes))).toThrow(corrupt(message)))

  test.each<[string, (cursor: ByteCursor) => unknown, unknown]>([
    ['ffffffffffffff0f', c => c.varint(), 2 ** 53 - 1],
    ['ac02', c => c.varint(), 300],
    ['03', c => c.zigzag(), -2],
    ['04', c => c.zigzag(), 2],
    ['ffffffffffff1f00', c => c.u64(), 2 ** 53 - 1],
    ['02 0102', c => c.count(1), 2],
    ['08', c => c.count(0, 8), 8],
    ['41', c => c.peek(), 0x41],
    ['', c => c.peek(), undefined],
  ])('%s is read', (bytes, read, value) => expect(read(cursorOf(bytes))).toBe(value))

  test.each([
    [-1, 2],
    [0, 4],
    [3, 2],
  ])('a cursor over bytes %i to %i of 3', (from, to) => {
    expect(() => new ByteCursor(new Uint8Array(3), 'x', from, to)).toThrow(corrupt(`x: bytes ${from} to ${to} of 3`))
  })

  test('a cursor reads its own part and nothing behind it', () => {
    const cursor = new ByteCursor(hex('00 0102 03'), 'x', 1, 3)
    expect(cursor.u16()).toBe(0x0201)
    expect(cursor.peek()).toBeUndefined()
    expect(() => cursor.u8()).toThrow(corrupt('x: wanted 1 bytes at 3, it ends at 3'))
  })

  test.each<[string, (sink: ByteSink) => unknown]>([
    ['7f', sink => sink.varint(127)],
    ['8001', sink => sink.varint(128)],
    ['ffffffffffffff0f', sink => sink.varint(2 ** 53 - 1)],
    ['03', sink => sink.zigzag(-2)],
    ['feff03', sink => sink.zigzag(32767)],
    ['0102', sink => sink.u16(0x0201)],
    ['0102', sink => sink.u16(0x0102, true)],
    ['01020304', sink => sink.u32(0x04030201)],
    ['01020304', sink => sink.u32(0x01020304, true)],
    ['0100000002000000', sink => sink.u64(2 ** 33 + 1)],
    ['000000000000f03f', sink => sink.f64(1)],
    ['02c3a4', sink => sink.text('ä')],
    ['03000000', sink => [sink.u32(9), sink.setU32(0, 3)]],
    ['00000003', sink => [sink.u32(9), sink.setU32(0, 3, true)]],
  ])('%s is written', (bytes, write) => {
    const sink = new ByteSink()
    write(sink)
    expect(toHex(sink.finish())).toBe(bytes)
  })

  test('a sink grows, and a copy of it stays what it was', () => {
    const sink = new ByteSink()
    const bytes = Uint8Array.from({ length: 10_000 }, (_, i) => (i * 7) & 255)
    for (let at = 0; at < bytes.length; at += 1000) sink.bytes(bytes.subarray(at, at + 1000))
    const copy = sink.finish()
    sink.setU32(0, 0xffffffff)
    expect([toHex(copy), sink.length]).toEqual([toHex(bytes), 10_000])
    expect(toHex(sink.finish().subarray(0, 5))).toBe(`ffffffff${toHex(bytes.subarray(4, 5))}`)
  })

  test('text of any length', () => {
    const long = Uint8Array.from({ length: 40_000 }, (_, i) => 32 + (i % 90))
    expect(new ByteCursor(long, 'x').ascii(40_000)).toBe(Buffer.from(long).toString('latin1'))
    expect(cursorOf('02 c3a4').text()).toBe('ä')
    expect(() => cursorOf('01 c3').text()).toThrow(corrupt('x: found text that is not UTF-8 before byte 2'))
    expect(() => cursorOf('41').skip(2)).toThrow(corrupt('x: wanted 2 bytes at 0, it ends at 1'))
  })

  test('what is spent on lists ends where the budget does', () => {
    const budget = new Budget(10)
    budget.spend(6, 'x')
    budget.check(10, 'x')
    budget.spend(4, 'x')
    const message = 'x: more than 10 entries in lists, which is too many for its bytes'
    expect(() => budget.spend(1, 'x')).toThrow(new DicubeError('limit', message))
    expect(() => budget.check(11, 'x')).toThrow(new DicubeError('limit', message))
    expect(() => budget.check(Number.NaN, 'x')).toThrow(new DicubeError('limit', message))
  })

  test('a sink with a limit', () => {
    const sink = new ByteSink(5000)
    sink.bytes(new Uint8Array(5000))
    expect(() => sink.bytes(new Uint8Array(3193))).toThrow(
      new DicubeError('limit', 'more than 5000 bytes of a header: it says too much for its cube'),
    )
  })
})

describe('lists of integers (SPEC §6.1)', () => {
  test.each<[string, number, number[]]>([
    ['00', 0, []],
    ['00 09', 1, [-5]],
    ['00 02 04', 4, [1, 3, 5, 7]],
    ['01 0a 01 0c', 3, [5, -1, 6]],
    ['02 0a 01 02', 3, [5, 4, 5]],
    ['03 0a 00 02', 3, [5, 10, 16]],
    ['01', 0, []],
  ])('%s', (bytes, count, values) => {
    const cursor = cursorOf(bytes)
    expect(Array.from(readIntegers(cursor, count))).toEqual(values)
    cursor.done()
  })

  const most = 'feffffffffffff0f' // the zigzag of 2^52 - 1
  test.each<[string, number, string]>([
    ['04', 1, 'x: found an integer list of kind 4 before byte 1'],
    [`00 ${most} ${most}`, 4, 'x: found an integer beyond 2^53 before byte 17'],
    [`02 ${most} ${most} ${most}`, 3, 'x: found an integer beyond 2^53 before byte 25'],
    [`03 ${most} ${most} ${most}`, 3, 'x: found an integer beyond 2^53 before byte 17'],
    ['01 00', 2, 'x: wanted 1 bytes at 2, it ends at 2'],
  ])('%s is refused', (bytes, count, message) =>
    expect(() => readIntegers(cursorOf(bytes), count)).toThrow(corrupt(message)),
  )

  test.each<[string, string]>([
    ['01 02 01', 'x: found a count of -1, at most 2 before byte 3'],
    ['01 02 06', 'x: found a count of 3, at most 2 before byte 3'],
  ])('counts %s up to 2', (bytes, message) => expect(() => readCounts(cursorOf(bytes), 2, 2)).toThrow(corrupt(message)))

  test('a list is paid for before it is made', () => {
    const cursor = new ByteCursor(hex('00 00 00'), 'x', 0, 3, new Budget(1000))
    expect(() => readIntegers(cursor, 1001)).toThrow(expect.objectContaining({ code: 'limit' }))
  })
})

describe('digits (SPEC §6.2)', () => {
  test('the example', () => expect(unpackDigits(cursorOf('7b100e'), [4, 2])).toEqual(['1234', '56']))
  test.each<[string, number[], string]>([
    ['e803', [3], 'x: found 1000 for 3 digits before byte 2'],
    ['64', [2], 'x: found 100 for 2 digits before byte 1'],
    ['0a', [1], 'x: found 10 for 1 digits before byte 1'],
    ['19', [1], 'x: found bits behind the last digit before byte 1'],
    ['7b', [3], 'x: wanted 2 bytes at 0, it ends at 1'],
  ])('%s is refused', (bytes, lengths, message) =>
    expect(() => unpackDigits(cursorOf(bytes), lengths)).toThrow(corrupt(message)),
  )
  test('the largest of each group are digits', () => {
    expect(unpackDigits(cursorOf('e703'), [3])).toEqual(['999'])
    expect(unpackDigits(cursorOf('63'), [2])).toEqual(['99'])
    expect(unpackDigits(cursorOf('09'), [1])).toEqual(['9'])
    expect(unpackDigits(cursorOf(''), [0, 0])).toEqual(['', ''])
  })
})

const columnOf = (body: string, count: number, digits = '') => {
  const from = { body: cursorOf(body), digits: new ByteCursor(hex(digits), 'digits') }
  const decoded = decodeColumn(from, count)
  from.body.done()
  from.digits.done()
  return decoded
}

describe('columns (SPEC §6)', () => {
  test.each<[string, number, string, string, string[]]>([
    ['verbatim', 2, '00 00 02 02 41 42 43', '', ['41', '4243']],
    ['planes', 3, '01 03 61 62 63 01 02 64 65', '', ['616263', '616264', '616265']],
    ['dictionary', 3, '02 02 02 00 02 01 00 00 02 00 41 42', '', ['41', '42', '41']],
    ['words', 3, '03 82 01 00 02 02', '', ['0001', '0002', '0003']],
    ['decimals', 3, '04 01 01 01 00 00 32 00', '', ['3020', '322e3520', '3520']],
    ['digits', 2, '05 01 02 02 31 2e 00 01 04', '48876203', ['312e38343031', '312e33393433']],
    ['words of two in a value, little endian', 2, '03 02 02 00 04 02 00 00 00', '', ['02000000', '03000000']],
    ['planes that do not differ', 2, '01 01 41 00', '', ['41', '41']],
    ['decimals with places of their own', 2, '04 01 02 02 00 00 04 00 0a 13 00', '', ['3520', '2d302e303520']],
    ['decimals with an exception', 2, '04 01 00 00 00 02 02 01 01 02 41 42', '', ['3120', '4142']],
    ['digits, a run of integers with zeros in front', 2, '05 00 02 00 00 00 03 00 02 02', '', ['303031', '303032']],
    ['digits of lengths of their own', 2, '05 02 02 00 00 02 00 02 02', 'c900', ['3920', '3132']],
  ])('%s', (_, count, body, digits, values) => {
    const { bytes } = columnOf(body, count, digits)
    expect(Array.from({ length: count }, (_, i) => toHex(bytes(i)))).toEqual(values)
  })

  test.each<[string, number, string, string]>([
    ['an encoding that nobody knows', 1, '07', 'x: found a column encoding 7 before byte 1'],
    ['a pixel range of words of 5 bytes', 1, '06 00 05', 'x: found a pixel range in words of 5 bytes before byte 3'],
    ['a pixel range of another kind', 1, '06 02 02', 'x: found a pixel range in words of 2 bytes before byte 3'],
    [
      'a pixel range where there are none',
      1,
      '06 01 02',
      'x: found a pixel range of 1 values, which the frame index does not have before byte 3',
    ],
    ['no encoding', 1, '', 'x: wanted 1 bytes at 0, it ends at 0'],
    ['verbatim: longer than its bytes', 2, '00 00 02 02 41', 'x: found values of 3 bytes, at most 1 before byte 4'],
    ['verbatim: bytes behind it', 1, '00 00 02 41 42', 'x: found 1 bytes left over before byte 4'],
    ['planes of one value', 1, '01 01 41 00', 'x: found planes of 1 values before byte 1'],
    ['planes: more positions than bytes', 2, '01 01 41 02 00 00 42', 'x: found a byte position 1 of 1 before byte 6'],
    ['planes: a position behind the value', 2, '01 02 41 42 01 02 43', 'x: found a byte position 2 of 2 before byte 6'],
    ['planes: bytes are missing', 3, '01 01 41 01 00 42', 'x: wanted 2 bytes at 5, it ends at 6'],
    ['an empty dictionary', 1, '02 00', 'x: found an empty dictionary before byte 2'],
    ['a dictionary larger than its column', 1, '02 02 00 00 00 00 41', 'x: a count of 2 at 2, at most 1 fit'],
    [
      'a number that the dictionary does not have',
      2,
      '02 01 00 00 02 00 00 02 41',
      'x: found a count of 1, at most 0 before byte 5',
    ],
    ['a dictionary of a dictionary', 2, '02 01 00 00 00 02 01', 'x: found a dictionary of a dictionary before byte 5'],
    ['words of no bytes', 1, '03 00 01 00 00', 'x: found words of 0 bytes before byte 3'],
    ['words of nine bytes', 1, '03 09 01 00 00', 'x: found words of 9 bytes before byte 3'],
    ['a word that does not fit', 1, '03 01 01 00 8004', 'x: found a word 256 of 1 bytes before byte 6'],
    ['a negative word', 1, '03 01 01 00 01', 'x: found a word -1 of 1 bytes before byte 5'],
    [
      'decimals of an unknown kind',
      1,
      '04 01 03 00 00 00 00',
      'x: found decimals of kind 3 with 0 places before byte 4',
    ],
    ['decimals with 23 places', 1, '04 01 00 17 00 00 00', 'x: found decimals of kind 0 with 23 places before byte 4'],
    [
      'decimals, each with 23 places',
      1,
      '04 01 02 16 00 2e 00 00 00',
      'x: found a count of 23, at most 22 before byte 6',
    ],
    [
      'an exception behind the column',
      1,
      '04 01 00 00 00 00 01 01 01 41',
      'x: found an exception for value 1 of 1 before byte 8',
    ],
    ['more exceptions than values', 1, '04 01 00 00 00 00 02 00 01 41 00 01 41', 'x: a count of 2 at 7, at most 1 fit'],
    ['an exception longer than its bytes', 1, '04 01 00 00 00 00 01 00 02 41', 'x: a count of 2 at 9, at most 1 fit'],
    ['digits with an unknown padding', 1, '05 03 02 00 00 00 00 00 02', 'x: found a padding 3 before byte 2'],
    ['digits with no run', 1, '05 00 01 00', 'x: found digits without a run before byte 4'],
    ['a run of an unknown kind', 1, '05 00 02 00 00 03', 'x: found a run of kind 3 before byte 6'],
    ['a run with a negative number', 1, '05 00 02 00 00 00 00 00 01', 'x: found a run of digits -1 before byte 9'],
    ['a run of no digits', 1, '05 00 02 00 00 01 00', 'x: found runs of no digits before byte 7'],
    ['a run of 65,537 digits', 1, '05 00 02 00 00 01 818004', 'x: a count of 65537 at 9, at most 65536 fit'],
    ['a number of 65,537 digits', 1, '05 00 02 00 00 00 818004', 'x: a count of 65537 at 9, at most 65536 fit'],
  ])('%s is refused', (_, count, body, message) =>
    expect(() => columnOf(body, count).bytes(0)).toThrow(corrupt(message)),
  )

  test('digits are read to their last byte', () =>
    expect(() => columnOf('05 00 02 00 00 01 01', 1, '0900')).toThrow(
      corrupt('digits: found 1 bytes left over before byte 1'),
    ))

  test('few bytes do not say a large column', () => {
    const words = new ByteCursor(hex('03 08 ff7f 00 00'), 'x', 0, 6, new Budget(1e6))
    expect(() => decodeColumn({ body: words, digits: words }, 100)).toThrow(
      expect.objectContaining({ name: 'DicubeError' }),
    )
    const large = new ByteSink()
    for (const byte of [3, 8]) large.u8(byte)
    large.varint(40)
    for (let i = 0; i < 40; i++) for (const byte of [0, 0, 0]) large.u8(byte)
    const cursor = new ByteCursor(large.finish(), 'x')
    expect(() => decodeColumn({ body: cursor, digits: cursor }, 1 << 20)).toThrow(
      corrupt('x: found a column of 335544320 bytes before byte 3'),
    )
  })

  test('numbers of a column: with components, by dictionary, and none where a text is no number', () => {
    expect(columnOf('04 02 00 00 00 02 02 00 01 01 00 0a 02 00', 3).numbers?.()).toEqual({
      values: Float64Array.of(1, 0.5, 2, 0.6, 3, 0.7),
      width: 2,
      areIntegers: false,
      mostCharacters: 3,
    })
    expect(columnOf('02 02 02 00 02 01 04 01 00 00 00 02 02 00', 3).numbers?.()).toEqual({
      values: Float64Array.of(1, 2, 1),
      width: 1,
      areIntegers: true,
      mostCharacters: 1,
    })
    expect(columnOf('04 01 00 00 00 02 02 01 01 02 41 42', 2).numbers?.()).toBeUndefined()
    expect(columnOf('02 01 00 00 00 00 00 02 41', 2).numbers?.()).toBeUndefined()
  })
})

/** A list that says each integer; zigzag of small ones is one byte. */
const list = (...values: number[]) => hexOf(1, ...values.map(value => (value < 0 ? -2 * value - 1 : 2 * value)))
const hexOf = (...bytes: number[]) => bytes.map(byte => byte.toString(16).padStart(2, '0')).join('')

describe('the frame index (SPEC §7.3)', () => {
  /** Two slices of a native frame of 2 × 2 bytes each, the second of which is the same as the first. */
  const right = {
    shapes: `01 ${hexOf(2, 2, 1, 8, 8, 7, 0)}`,
    kinds: list(1, 1),
    frames: list(1, 1),
    sliceShapes: list(1, 1),
    valueBytes: list(4, 4),
    wordBytes: list(1, 1),
    restBytes: list(0, 0),
    offsetTables: list(0, 0),
    fragmentCounts: list(),
    fragmentLengths: list(),
    stored: '01',
    skips: list(0, -1),
    codings: list(FRAME_CODINGS.raw),
    lengths: list(4),
    shapesOfStored: list(1),
    outside: list(0),
    lowest: list(1) + list(0),
    highest: list(1) + list(3),
    behind: '',
  }
  const encapsulated = {
    ...right,
    kinds: list(2, 2),
    valueBytes: list(0, 0),
    fragmentCounts: list(2, 1),
    fragmentLengths: list(1),
    codings: list(FRAME_CODINGS.verbatim),
  }
  const read = (fields: Partial<typeof right>, { checks = 4, framesBytes = 4, base = right } = {}) =>
    readFrameIndex(
      hex(Object.values({ ...base, ...fields }).join('')),
      { checks: new Uint8Array(checks), sliceCount: 2, framesBytes, storedBytes: 1000 },
      'x',
    )

  test('native, and two slices that show one frame', () => {
    const { slices, records, recordOf } = read({})
    const shape = {
      rows: 2,
      columns: 2,
      samples: 1,
      bitsAllocated: 8,
      bitsStored: 8,
      highBit: 7,
      signed: false,
      planar: false,
    }
    expect(records).toEqual([
      { coding: 4, offset: 0, length: 4, crc32: 0, shape, minimum: 0, maximum: 3, outside: false },
    ])
    expect(Array.from(recordOf)).toEqual([0, 0])
    expect(slices.map(slice => ({ ...slice }))).toEqual(
      [0, 1].map(() => ({
        kind: 'native',
        frameCount: 1,
        shape,
        valueBytes: 4,
        wordBytes: 1,
        restBytes: 0,
        fragments: undefined,
        offsetTable: 'empty',
      })),
    )
  })

  test('encapsulated, in fragments', () => {
    const { slices } = read({}, { base: encapsulated })
    expect(slices.map(slice => slice.fragments)).toEqual([[[1, 3]], [[4]]])
  })

  test('encapsulated, several frames in several slices', () => {
    const several = {
      frames: list(2, 1),
      fragmentCounts: list(1, 2, 3),
      fragmentLengths: list(4, 2, 3),
      stored: '03',
      skips: list(0, 0, 0),
      codings: list(0, 0, 0),
      lengths: list(5, 6, 7),
      shapesOfStored: list(1, 0, 1),
      outside: list(0, 0, 1),
      lowest: list(1, 0, 1) + list(-4, 5),
      highest: list(0, 0, 1) + list(9),
    }
    const surroundings = { checks: 12, framesBytes: 18, base: encapsulated }
    const { slices, records, recordOf } = read(several, surroundings)
    expect(slices.map(slice => slice.fragments)).toEqual([[[5], [4, 2]], [[2, 3, 2]]])
    expect(
      records.map(({ offset, length, outside, minimum, maximum }) => [offset, length, outside, minimum, maximum]),
    ).toEqual([
      [0, 5, false, -4, null],
      [5, 6, false, null, null],
      [11, 7, true, 5, 9],
    ])
    expect(records.map(({ shape }) => shape?.rows)).toEqual([2, undefined, 2])
    expect([...recordOf]).toEqual([0, 1, 2])
    for (const [fragmentLengths, message] of [
      [list(7, 2, 3), 'slice 0 with 2 fragments, 1 bytes longer than their frame'],
      [list(4, 4, 5), 'slice 1 with 3 fragments, 2 bytes longer than their frame'],
    ])
      expect(() => read({ ...several, fragmentLengths }, surroundings)).toThrow(at(message))
  })

  test('a last fragment, and a frame, may have no bytes', () => {
    const fragmentsOf = (fields: Partial<typeof right>, framesBytes: number) =>
      read(fields, { base: encapsulated, framesBytes }).slices.map(({ fragments }) => fragments)
    expect(fragmentsOf({ fragmentLengths: list(4) }, 4)).toEqual([[[4, 0]], [[4]]])
    expect(fragmentsOf({ fragmentLengths: list(0), lengths: list(0) }, 0)).toEqual([[[0, 0]], [[0]]])
  })

  test('a frame of 2 GiB is too large, one byte less is not', () => {
    expect(() => read({ lengths: '01 8080808010' }, { framesBytes: 2 ** 31 })).toThrow(
      new DicubeError('limit', 'x: a frame of 2147483648 bytes, at most 2147483647 are read'),
    )
    expect(read({ lengths: '01 feffffff0f' }, { framesBytes: 2 ** 31 - 1 }).records[0].length).toBe(2 ** 31 - 1)
  })

  test('flags of a shape, and statistics that are doubles or not there', () => {
    const half = '000000000000e03f'
    const { records } = read({
      shapes: `01 ${hexOf(2, 2, 1, 8, 8, 7, 7)}`,
      lowest: list(0) + list(),
      highest: list(2) + list() + half,
    })
    expect(records[0]).toMatchObject({
      minimum: null,
      maximum: 0.5,
      shape: { signed: true, planar: true, float: true },
    })
  })

  const at = (message: string) =>
    expect.objectContaining({ code: 'corrupt', message: expect.stringContaining(message) })
  test.each<[string, Partial<typeof right>, string, Parameters<typeof read>[1]?]>([
    ['a kind that nobody knows', { kinds: list(3, 1) }, 'a count of 3, at most 2'],
    ['a shape that is not there', { sliceShapes: list(2, 1) }, 'a count of 2, at most 1'],
    ['a shape with unknown flags', { shapes: `01 ${hexOf(2, 2, 1, 8, 8, 7, 8)}` }, 'a shape with flags 8'],
    ['more shapes than bytes', { shapes: '7f' }, 'a count of 127'],
    ['words of no bytes', { wordBytes: list(1, 0) }, 'slice 1 with words of no bytes'],
    ['words of nine bytes', { wordBytes: list(9, 1) }, 'a count of 9, at most 8'],
    [
      'frames without Pixel Data',
      { kinds: list(0, 1), valueBytes: list(0, 4) },
      'slice 0 has frames but no Pixel Data',
    ],
    ['native frames of no shape', { sliceShapes: list(0, 1) }, 'slice 0 has native frames of no shape'],
    [
      'a value that is longer than its frames and rest',
      { valueBytes: list(4, 5) },
      'slice 1 with Pixel Data of 5 bytes, 4 of frames and 0 behind them',
    ],
    ['a value that is shorter', { valueBytes: list(3, 4) }, 'slice 0 with Pixel Data of 3 bytes, 4 of frames'],
    [
      'a rest of less than nothing',
      { restBytes: list(-1, 0), valueBytes: list(3, 4) },
      '4 of frames and -1 behind them',
    ],
    [
      'a value of encapsulated Pixel Data',
      { valueBytes: list(4, 0) },
      'slice 0 with Pixel Data of 4 bytes, 0 of frames',
      { base: encapsulated },
    ],
    ['an offset table of an unknown kind', { offsetTables: list(3, 0) }, 'a count of 3, at most 2'],
    ['fewer checksums than stored frames', {}, '1 stored frames, 0 bytes of checksums', { checks: 0 }],
    ['more stored frames than frames', { stored: '03' }, 'a count of 3', { checks: 12 }],
    ['a frame that skips a stored one', { skips: list(1, 0) }, 'frame 0 is stored frame 1 of 1, the next new one is 0'],
    ['a frame before the first', { skips: list(0, -2) }, 'frame 1 is stored frame -1 of 1, the next new one is 1'],
    ['a frame behind the last', { skips: list(0, 0) }, 'frame 1 is stored frame 1 of 1, the next new one is 1'],
    [
      'a stored frame that nobody shows',
      { stored: '02', codings: list(4, 4), lengths: list(2, 2), shapesOfStored: list(1, 1), outside: list(0, 0) },
      '2 stored frames, of which 1 are shown',
      { checks: 8 },
    ],
    ['an unknown coding', { codings: list(5) }, 'a count of 5, at most 4'],
    ['a frame of less than no bytes', { lengths: list(-1) }, 'a frame of -1 bytes'],
    ['frames that do not fill their section', {}, 'frames of 4 bytes, their section has 5', { framesBytes: 5 }],
    ['frames that are longer than it', {}, 'frames of 4 bytes, their section has 3', { framesBytes: 3 }],
    ['a flag that is neither', { outside: list(2) }, 'a count of 2, at most 1'],
    ['a statistic of an unknown kind', { lowest: list(3) + list() }, 'a count of 3, at most 2'],
    [
      'a verbatim frame in native Pixel Data',
      { codings: list(0) },
      'slice 0 has native Pixel Data and a frame of coding 0',
    ],
    [
      'a coded frame in encapsulated Pixel Data',
      { codings: list(3) },
      'slice 0 has encapsulated Pixel Data and a frame of coding 3',
      { base: encapsulated },
    ],
    [
      'fragments that are longer than their frame',
      { fragmentLengths: list(5) },
      'slice 0 with 2 fragments, 1 bytes longer than their frame',
      { base: encapsulated },
    ],
    ['a frame of no fragments', { fragmentCounts: list(2, 0) }, 'slice 1 with 0 fragments', { base: encapsulated }],
    ['bytes behind it', { behind: '00' }, '1 bytes left over'],
    ['67,108,865 frames', { frames: '02 84808040 00' }, 'a count of 67108866, at most 67108864'],
    ['as many in two slices', { frames: '00 80808040 00' }, '134217728 frames'],
    [
      '67,108,865 fragments',
      { fragmentCounts: '01 80808040 02' },
      'x: frame index: found more than 67108864 fragments before byte',
      { base: encapsulated },
    ],
    [
      'a frame that skips a stored one which is there',
      { stored: '02', skips: list(1, 0) },
      'frame 0 is stored frame 1 of 2, the next new one is 0',
      { checks: 8 },
    ],
  ])('%s is refused', (_, fields, message, surroundings) =>
    expect(() => read(fields, surroundings)).toThrow(at(message)),
  )

  test.each<[string, Partial<typeof right>, Parameters<typeof read>[1]?]>([
    ['67,108,864 frames', { frames: '00 80808020 00' }],
    ['67,108,864 fragments', { fragmentCounts: '01 feffff3f 02' }, { base: encapsulated }],
    ['300,000 shapes', { shapes: `e0a712${'00'.repeat(7 * 300_000)}` }],
  ])('%s are allowed, but not for so few bytes', (_, fields, surroundings) =>
    expect(() => read(fields, surroundings)).toThrow(
      new DicubeError('limit', 'x: frame index: more than 4258304 entries in lists, which is too many for its bytes'),
    ),
  )

  test('a last frame of 1 bit ends within a byte, and the rest begins there', () => {
    const { slices } = read(
      {
        shapes: `01 ${hexOf(1, 3, 1, 1, 1, 0, 0)}`,
        valueBytes: list(1, 1),
        restBytes: list(1, 1),
        lengths: list(1),
      },
      { framesBytes: 1 },
    )
    expect(slices[0]).toMatchObject({ valueBytes: 1, restBytes: 1 })
  })
})

describe('the template (SPEC §5)', () => {
  const source = (columns = 0): TableSource => ({
    columnBody: () => hex('00000241'),
    digits: () => new Uint8Array(0),
    chunk: () => new Uint8Array(0),
    pendingChunk: () => undefined,
    columns: Array.from({ length: columns }, () => ({
      isInTemplate: false,
      bodyOffset: 0,
      bodyBytes: 4,
      digitOffset: 0,
      digitBytes: 0,
      chunk: -1,
    })),
    chunkCount: 1,
  })
  const table = (bytes: string, rows = 2, columns = 0) => decodeTable(cursorOf(bytes), rows, source(columns))

  interface NodeBytes {
    head: string
    tag?: string
    vr?: string
    presence?: string
    needs?: string
    nested?: string
    value?: string
  }
  /** A table of one layout: what is alike of its nodes stands side by side. */
  const tableOf = (...nodes: NodeBytes[]) => {
    const all = (part: (node: NodeBytes) => string) => nodes.map(part).join(' ')
    const heads = all(({ head }) => head)
    const [tags, vrs] = [all(({ tag = '000860' }) => tag), all(({ vr = '04' }) => vr)]
    const behind = [
      all(n => n.presence ?? ''),
      all(n => n.needs ?? ''),
      all(n => n.nested ?? ''),
      all(n => n.value ?? ''),
    ]
    return `01 00 ${hexOf(nodes.length)} ${heads} ${tags} ${vrs} ${behind.join(' ')}`
  }
  const constant = (value = '') => ({ head: '00', needs: hexOf(hex(value).length), value })
  const lengthOf = (bytes: string) => {
    const sink = new ByteSink()
    sink.varint(hex(bytes).length)
    return toHex(sink.finish())
  }
  const sequence = (nested: string, needs: string, head = '05') => ({
    head,
    vr: '16',
    needs: `${needs} ${lengthOf(nested)}`,
    nested,
  })
  const EMPTY = '010000'

  test('the example: two constants', () => {
    const [layout] = table('01 00 02 00 00 1b 02 00 00 02 04 43 54 41 42 43 20').layouts
    expect(
      layout.nodes.map(({ tag, vr, flags, column }) => [tag, vr, flags, toHex(column!.bytes(0)), column!.length]),
    ).toEqual([
      [0x00080060, 0x4353, 0, '4354', 2],
      [0x00080068, 0x4353, 0, '41424320', 2],
    ])
  })

  test('tags by steps and in full, VRs by number, in full, and none', () => {
    const bytes = tableOf(
      { ...constant(), tag: '00 00 00', vr: '00' },
      { ...constant(), tag: '00 08 05' },
      { ...constant(), tag: '01', vr: '22' },
      { ...constant(), tag: '00 10 05', vr: 'ff 5a41' },
      { ...constant(), tag: '0b', vr: '00' },
      { ...constant(), tag: '00 ffff03 ffff03', vr: '00' },
    )
    expect(table(bytes).layouts[0].nodes.map(({ tag, vr }) => [tag, vr])).toEqual([
      [0, 0],
      [0x00080005, 0x4353],
      [0x00080008, 0x5556],
      [0x00100005, 0x5a41],
      [0x00100010, 0x504e],
      [0xffffffff, 0],
    ])
  })

  test('common values: the preamble, and a UID with a zero byte behind it', () => {
    const nodes = ['00', '02'].map(needs => ({ head: '07', needs }))
    const values = table(tableOf(...nodes)).layouts[0].nodes.map(({ column }) => toHex(column!.bytes(0)))
    expect(values).toEqual([`${'00'.repeat(128)}4449434d`, '312e322e3834302e31303030382e312e322e3100'])
  })

  test('flags of a node, and those that its kind has', () => {
    const heads = ['00', '10', '20', '40', '70', '06', '46']
    const nodes = heads.map(head => (head.endsWith('6') ? { head, presence: '' } : { ...constant(), head }))
    const flags = (bytes: string, columns = 0) => table(bytes, 2, columns).layouts[0].nodes.map(node => node.flags)
    expect(flags(tableOf(...nodes.slice(0, 6)))).toEqual([0, 1, 8, 16, 25, 4])
    expect(flags(tableOf(nodes[6]))).toEqual([20])
    expect(flags(tableOf(sequence(EMPTY, '00 00', '15')))).toEqual([3])
  })

  test('a presence: the second and third of four rows', () => {
    const [layout] = table(tableOf({ ...constant('4354'), head: '08', presence: '00 03 010201' }), 4).layouts
    expect(Array.from(layout.nodes[0].presence!)).toEqual([-1, 0, 1, -1])
    expect(layout.nodes[0].column).toMatchObject({ length: 2, constant: true })
  })

  test('a presence that came up before is the same one', () => {
    const [first, second, third] = table(
      tableOf({ ...constant(), head: '08', presence: '00 02 0101' }, constant(), {
        ...constant(),
        head: '08',
        presence: '00',
      }),
    ).layouts[0].nodes
    expect(third.presence).toBe(first.presence)
    expect(second.presence).toBeUndefined()
  })

  test('two layouts: rows keep their order', () => {
    const { layoutOf, rankInLayout, layouts } = table('02 01 02 00 02 00 00 01 00', 3)
    expect([Array.from(layoutOf!), Array.from(rankInLayout!)]).toEqual([
      [1, 0, 1],
      [0, 0, 1],
    ])
    expect(layouts.map(({ rowCount, undefinedLength }) => [rowCount, undefinedLength])).toEqual([
      [1, false],
      [2, true],
    ])
  })

  test('items of each row, and items that all rows have', () => {
    const items = (node: NodeBytes) => table(tableOf(node)).layouts[0].nodes[0].items!
    const each = items(sequence(EMPTY, '03 00 02 02 00', '04'))
    expect([each.shared, Array.from(each.starts), each.table.rowCount]).toEqual([false, [0, 1, 3], 3])
    const shared = items(sequence(EMPTY, '02 00'))
    expect([shared.shared, Array.from(shared.starts), shared.table.rowCount]).toEqual([true, [0], 2])
    expect(shared.table).toBe(shared.table)
  })

  test('a nested table has its own columns, the next node those behind them', () => {
    const nested = tableOf({ head: '02' }, { head: '02' })
    const bytes = tableOf({ head: '02' }, sequence(nested, '01 02'), { head: '03', needs: '00' }, constant('42'))
    const [first, inner, same, value] = table(bytes, 1, 3).layouts[0].nodes
    expect(inner.items!.table.layouts[0].nodes.map(({ column }) => toHex(column!.bytes(0)))).toEqual(['41', '41'])
    expect(toHex(same.column!.bytes(0))).toBe(toHex(first.column!.bytes(0)))
    expect(toHex(value.column!.bytes(0))).toBe('42')
  })

  test.each<[string, string, string, number?, number?]>([
    ['rows without a layout', '00', 'a table of 2 rows without a layout'],
    ['a layout that is not there', '02 00 04 00 00 00 00', 'a count of 2, at most 1'],
    ['a layout of an unknown form', '01 02 00', 'a layout of form 2'],
    ['more nodes than bytes', '01 00 02 00 00 00 00 00', 'a count of 2 at 3, at most 1 fit'],
    ['a common value that nobody knows', tableOf({ head: '07', needs: '7f' }), 'a count of 127'],
    ['a common element that nobody knows', tableOf({ ...constant(), tag: 'ff7f' }), 'a common element 16382 of'],
    ['an unknown flag', tableOf({ ...constant(), head: '80' }), 'a node of kind 128'],
    ['a group beyond 16 bits', tableOf({ ...constant(), tag: '00 808004 01' }), 'a tag of group 65536, element 1'],
    ['an element beyond 16 bits', tableOf({ ...constant(), tag: '00 01 808004' }), 'a tag of group 1, element 65536'],
    [
      'a step beyond 16 bits',
      tableOf({ ...constant(), tag: '00 01 ffff03' }, { ...constant(), tag: '01' }),
      'a tag of group 1, element 65536',
    ],
    ['a VR number that nobody knows', tableOf({ ...constant(), vr: '23' }), 'a VR 35'],
    ['an element without a VR', tableOf({ ...constant(), vr: 'ff0000' }), 'a node of kind 0 without a VR'],
    [
      'a sequence without a VR',
      tableOf({ ...sequence(EMPTY, '00 00'), tag: '000000', vr: '00' }),
      'a node of kind 5 without a VR',
    ],
    ['pixels without a VR', tableOf({ head: '06', tag: '000000', vr: '00' }), 'a node of kind 6 without a VR'],
    ['Pixel Data twice', tableOf({ head: '06' }, { head: '06' }), 'Pixel Data twice in row 0'],
    [
      'Pixel Data twice in one row',
      tableOf({ head: '0e', presence: '00 02 0101' }, { head: '06' }),
      'Pixel Data twice in row 1',
    ],
    [
      'a presence that skips a number',
      tableOf({ ...constant(), head: '08', presence: '01 02 0101' }),
      'presence 1 of 0',
    ],
    [
      'a presence of fewer rows',
      tableOf({ ...constant(), head: '08', presence: '00 02 0001' }),
      'presence of 1 rows, the layout has 2',
    ],
    [
      'a presence of more rows',
      tableOf({ ...constant(), head: '08', presence: '00 02 0003' }),
      'presence of 3 rows, the layout has 2',
    ],
    [
      'a constant longer than its bytes',
      tableOf({ head: '00', needs: '02', value: '41' }),
      'a count of 2 at 9, at most 1 fit',
    ],
    [
      'constants that are longer together',
      tableOf({ head: '00', needs: '02' }, { head: '00', needs: '02', value: '414243' }),
      'wanted 2 bytes at',
    ],
    ['a chunk that is not there', tableOf({ head: '01', needs: '01' }), 'chunk 1 of 1'],
    ['a column that is not there', tableOf({ head: '02' }), 'column 0 of 0'],
    ['the same column as none', tableOf({ head: '03', needs: '00' }), 'a count of 0 at 9, at most -1 fit', 2, 1],
    ['the same column as itself', tableOf({ head: '02' }, { head: '03', needs: '01' }), 'at most 0 fit', 2, 2],
    [
      'the same column with other entries',
      tableOf({ head: '02' }, { head: '0b', presence: '00 02 0101', needs: '00' }),
      'column 0 with 1 entries, it has 2',
      2,
      1,
    ],
    ['a column that no node has', '01 00 00', 'a table of 0 columns, wanted 1', 2, 1],
    ['bytes behind the table', '01 00 00 00', '1 bytes left over'],
    ['items that do not add up', tableOf(sequence(EMPTY, '03 00 02 00 00', '04')), '2 items, the table has 3'],
    ['more items than the table has', tableOf(sequence(EMPTY, '01 00 02 00 00', '04')), '2 items, the table has 1'],
    [
      'a nested table longer than its bytes',
      tableOf({ head: '05', vr: '16', needs: '01 00 04', nested: EMPTY }),
      'a count of 4 at',
    ],
    ['more nested columns than there are', tableOf(sequence(EMPTY, '01 02')), 'a count of 2', 2, 1],
  ])('%s is refused', (_, bytes, message, rows, columns) =>
    expect(() => table(bytes, rows, columns)).toThrow(
      expect.objectContaining({ code: 'corrupt', message: expect.stringContaining(message) }),
    ),
  )

  test('Pixel Data of two kinds, each in other rows', () => {
    const bytes = tableOf({ head: '0e', presence: '00 02 0101' }, { head: '0e', presence: '01 03 000101' })
    expect(table(bytes).layouts[0].nodes.map(({ presence }) => Array.from(presence!))).toEqual([
      [-1, 0],
      [0, -1],
    ])
  })

  test.each<[string, string, string]>([
    ['pixels inside an item', tableOf({ head: '06' }), 'a node of kind 6'],
    ['a preamble inside an item', tableOf({ ...constant(), tag: '000000', vr: '00' }), 'a node of kind 0 without a VR'],
    ['fewer columns than it was said to have', EMPTY, 'a table of 0 columns, wanted 1'],
    ['bytes behind a nested table', `${EMPTY} 00`, '1 bytes left over'],
  ])('%s is refused', (_, nested, message) => {
    const [{ items }] = table(tableOf(sequence(nested, '01 01')), 2, 1).layouts[0].nodes
    expect(() => items!.table).toThrow(
      expect.objectContaining({ code: 'corrupt', message: expect.stringContaining(message) }),
    )
  })

  test('sequences nest 512 deep, and no deeper', () => {
    let inner = EMPTY
    for (let depth = 0; depth < 513; depth++) inner = tableOf(sequence(inner, '01 00')).replaceAll(' ', '')
    let found = table(inner, 1)
    for (let depth = 0; depth < 512; depth++) found = found.layouts[0].nodes[0].items!.table
    expect(() => found.layouts[0].nodes[0].items!.table).toThrow(
      expect.objectContaining({
        code: 'corrupt',
        message: expect.stringContaining('sequences nested more than 512 deep'),
      }),
    )
  })

  test('few bytes do not say many nodes, items or presences', () => {
    const limited = (bytes: string, entries: number) =>
      decodeTable(new ByteCursor(hex(bytes), 'x', 0, hex(bytes).length, new Budget(entries)), 1000, source())
    const limit = expect.objectContaining({ code: 'limit' })
    expect(() => limited(tableOf(constant(), constant()), 31)).toThrow(limit)
    expect(limited(tableOf(constant(), constant()), 32).rowCount).toBe(1000)
    expect(() => limited(tableOf({ ...constant(), head: '08', presence: '00 01 e807' }), 1015)).toThrow(limit)
    expect(() => limited(tableOf(sequence(EMPTY, '00 00 00 00', '04')), 1015)).toThrow(limit)
    expect(() => limited(tableOf(sequence(EMPTY, '00 00 00 02', '04')), 2015)).toThrow(limit)
    expect(() => limited('02 00 00 00 00 00 00 00', 1999)).toThrow(limit)
  })
})

describe('manifest, patches, streams, attachments (SPEC §8)', () => {
  const names = (text: string) => {
    const value = toHex(new TextEncoder().encode(text))
    return `${hexOf(3 + value.length / 2)} 00 00 ${hexOf(value.length)} ${value}`
  }
  const manifest = (bytes: string, digests = 32, slices = 1) =>
    readManifest(cursorOf(bytes), new Uint8Array(digests), slices)

  test('a file, its size, its report', () =>
    expect(manifest(`01 ${list(5)} ${list(0)} ${list(1)} 01 61 02 6262 ${names('n')}`)).toEqual([
      { name: 'n', sizeBytes: 5, report: [{ code: 'a', message: 'bb' }] },
    ]))

  test.each<[string, string, string, number?, number?]>([
    ['files of other slices', `02`, '2 files and 32 bytes of digests for 1 slices'],
    ['digests of other files', `01`, '1 files and 64 bytes of digests for 1 slices', 64],
    ['a file of less than no bytes', `01 ${list(-1)} ${list(0)} ${list(0)} ${names('n')}`, 'a file of -1 bytes'],
    ['a digest that is known twice', `01 ${list(5)} ${list(2)} ${list(0)} ${names('n')}`, 'a count of 2, at most 1'],
    ['256 reports', `01 ${list(5)} ${list(0)} 00 8004`, 'a count of 256, at most 255'],
    [
      'a report that is no text',
      `01 ${list(5)} ${list(0)} ${list(1)} 01 ff 00 ${names('n')}`,
      'text that is not UTF-8',
    ],
    ['a name that is no text', `01 ${list(5)} ${list(0)} ${list(0)} 04 00 00 02 ff`, 'text that is not UTF-8'],
    ['bytes behind the names', `01 ${list(5)} ${list(0)} ${list(0)} 05 00 00 02 41 42`, '1 bytes left over'],
    ['digits that no name has', `01 ${list(5)} ${list(0)} ${list(0)} ${names('n')} 00`, '1 bytes left over'],
    ['names of no files', `00 01 01 01 01 00`, '1 bytes left over', 0, 0],
  ])('%s is refused', (_, bytes, message, digests, slices) =>
    expect(() => manifest(bytes, digests, slices)).toThrow(
      expect.objectContaining({ code: 'corrupt', message: expect.stringContaining(message) }),
    ),
  )

  test('the steps of the example', () => {
    const steps = readPatches(cursorOf('01 00 01 04 02 01 ff'), 1).get(0)!
    expect(toHex(applyPatch(hex('61626364656667'), steps))).toBe('61626364ff67')
  })

  test.each<[string, () => unknown, string]>([
    [
      'a patch of a slice that is not there',
      () => readPatches(cursorOf('01 02 00'), 2),
      'x: found a patch of slice 2 of 2, behind that of -1 before byte 2',
    ],
    [
      'patches out of order',
      () => readPatches(cursorOf('02 01 00 01 00'), 2),
      'x: found a patch of slice 1 of 2, behind that of 1 before byte 4',
    ],
    ['more steps than bytes', () => readPatches(cursorOf('01 00 01'), 1), 'x: a count of 1 at 3, at most 0 fit'],
    ['bytes behind the patches', () => readPatches(cursorOf('00 00'), 1), 'x: found 1 bytes left over before byte 1'],
    [
      'a patch that is longer than its header',
      () => applyPatch(new Uint8Array(3), [{ copy: 2, skip: 2, insert: new Uint8Array(0) }]),
      'a patch of 4 bytes for a header of 3',
    ],
    [
      'a stream of a slice that is not there',
      () => readStreams(cursorOf('01 02 00'), 2),
      'x: found a stream of slice 2 of 2, behind that of -1 before byte 3',
    ],
    [
      'streams out of order',
      () => readStreams(cursorOf('02 01 01 00 01 61 62'), 2),
      'x: found a stream of slice 0 of 2, behind that of 1 before byte 6',
    ],
    [
      'a stream that is longer than its bytes',
      () => readStreams(cursorOf('01 00 02 61'), 1),
      'x: wanted 2 bytes at 3, it ends at 4',
    ],
    ['bytes behind the streams', () => readStreams(cursorOf('00 61'), 1), 'x: found 1 bytes left over before byte 1'],
    [
      'bytes behind the attachments',
      () => readAttachments(cursorOf('00 61')),
      'x: found 1 bytes left over before byte 1',
    ],
    [
      'an attachment whose name is no text',
      () => readAttachments(cursorOf('01 01 ff 00')),
      'x: found text that is not UTF-8 before byte 3',
    ],
  ])('%s is refused', (_, read, message) => expect(read).toThrow(corrupt(message)))

  test('a patch may end with its header', () =>
    expect(toHex(applyPatch(hex('6162'), [{ copy: 1, skip: 1, insert: hex('7a7a') }]))).toBe('617a7a'))
})
