import { describe, expect, test } from 'vitest'
import { ByteCursor } from '../../src/bytes/cursor.ts'
import { type Column, constantColumn, type Node, type Table } from '../../src/cube/table.ts'
import { type Compression, decodeTable, type EncodedTable, encodeTable } from '../../src/dcbs/template.ts'
import { FLAG, vrCode } from '../../src/dicom/elements.ts'
import { ascii, hex, toHex } from '../dicom/hex.ts'

/** What a table becomes, byte by byte (SPEC §5): a reader of its own would read it so. */
const VOCABULARY = hex('00')
/** Compresses nothing, or to as many bytes as a test says. */
const compression = (bytes = (all: number) => all, behindVocabulary = bytes): Compression => ({
  compress: (given, level, prefix) => {
    expect(level).toBe(19)
    if (prefix) expect(prefix).toBe(VOCABULARY)
    return given.slice(0, (prefix ? behindVocabulary : bytes)(given.length))
  },
  sizeOf: given => given.length,
  vocabulary: VOCABULARY,
})

const column = (...values: string[]): Column => ({
  length: values.length,
  constant: false,
  bytes: entry => hex(values[entry]),
})
const same = (value: string, length: number) => constantColumn(hex(value), length)
const node = (tag: number, vr: string, more: Partial<Node>): Node => ({
  tag,
  vr: vr ? vrCode(vr) : 0,
  flags: 0,
  ...more,
})
const tableOf = (rowCount: number, ...nodes: Node[]): Table => ({
  rowCount,
  layouts: [{ rowCount, undefinedLength: false, nodes }],
})
const MODALITY = 0x00080060
const encode = (table: Table, how = compression()) => encodeTable(table, how)
const templateOf = (table: Table, how?: Compression) => toHex(encode(table, how).template.finish())
const spaced = (text: string) => text.replaceAll(' ', '')

describe('a table is written as SPEC §5.2 says', () => {
  test('the example: two constants', () =>
    expect(
      templateOf(
        tableOf(
          2,
          node(MODALITY, 'CS', { column: same('4354', 2) }),
          node(0x00080068, 'CS', { column: same('41424320', 2) }),
        ),
      ),
    ).toBe(spaced('01 00 02 00 00 1b 02 00 00 02 04 43 54 41 42 43 20')))

  test.each<[string, Node, string]>([
    // One node each: kind, tag (1b is (0008,0060)), VR, what it needs, value.
    ['a constant', node(MODALITY, 'CS', { column: same('4354', 1) }), '00 1b 00 02 4354'],
    ['no bytes', node(MODALITY, 'CS', { column: same('', 1) }), '00 1b 00 00'],
    ['another VR than usual', node(MODALITY, 'SH', { column: same('4354', 1) }), '00 1b 14 02 4354'],
    ['a VR of no table', node(MODALITY, 'ZA', { column: same('4354', 1) }), '00 1b ff 5a41 02 4354'],
    ['a tag of no table', node(0x00091001, 'LO', { column: same('4354', 1) }), '00 00 09 8120 0b 02 4354'],
    ['the preamble', node(0, '', { column: same(`${'00'.repeat(128)}4449434d`, 1) }), '07 01 00 00'],
    ['a common value', node(0x00020010, 'UI', { column: same(toHex(ascii('1.2.840.10008.1.2\0')), 1) }), '07 06 00 01'],
    ['what stands behind', node(0xffffffff, '', { column: same('00', 1) }), '00 00 ffff03 ffff03 00 01 00'],
    [
      'undefined length',
      node(MODALITY, 'CS', { column: same('4354', 1), flags: FLAG.undefinedLength }),
      '10 1b 00 02 4354',
    ],
    ['implicit VR', node(MODALITY, 'CS', { column: same('4354', 1), flags: FLAG.implicit }), '20 1b 00 02 4354'],
    ['big endian', node(MODALITY, 'CS', { column: same('4354', 1), flags: FLAG.bigEndian }), '40 1b 00 02 4354'],
    [
      'all of them',
      node(MODALITY, 'CS', { column: same('4354', 1), flags: FLAG.bigEndian | FLAG.implicit | FLAG.undefinedLength }),
      '70 1b 00 02 4354',
    ],
    ['Pixel Data', node(0x7fe00010, 'OW', { flags: FLAG.pixels }), '06 ab03 00'],
  ])('%s', (_, one, bytes) => {
    expect(templateOf(tableOf(1, one))).toBe(spaced(`01 00 01 ${bytes}`))
  })

  test('tags: a step among the common ones, a step in a group, or in full where there is none', () => {
    const tags = [0x00080005, 0x00080060, 0x00080008, 0x00091001, 0x00091003, 0x00091002, 0x000a1003, 0x00080060]
    const nodes = tags.map(tag => node(tag, 'UN', { column: same('', 1) }))
    expect(templateOf(tableOf(1, ...nodes))).toBe(
      spaced(
        `01 00 08 ${'00'.repeat(8)} 0a 11 00 08 08 00 09 8120 02 00 09 8220 00 0a 8320 00 08 60 ${'1e'.repeat(8)} ${'00'.repeat(8)}`,
      ),
    )
    expect(readTags(encode(tableOf(1, ...nodes)))).toEqual(tags)
  })

  const readTags = (encoded: EncodedTable) => decode(encoded, 1).layouts[0].nodes.map(({ tag }) => tag)

  test('presences: runs, and the number of one that came up', () => {
    const some = Int32Array.of(-1, 0, 1, -1)
    // Like the other in its first half.
    const others = Int32Array.of(-1, 0, -1, 1)
    const of = (tag: number, presence: Int32Array) => node(tag, 'CS', { presence, column: same('41', 2) })
    expect(
      templateOf(tableOf(4, of(MODALITY, some), of(0x00080064, others), of(0x00080068, Int32Array.of(-1, 0, 1, -1)))),
    ).toBe(spaced('01 00 03 080808 1b0101 000000 00 03 01 02 01  01 04 01 01 01 01  00  010101 414141'))
  })

  test('two layouts, of which one has undefined length', () => {
    const [first] = tableOf(2, node(MODALITY, 'CS', { column: same('41', 2) })).layouts
    const second = { rowCount: 1, undefinedLength: true, nodes: [] }
    expect(templateOf({ rowCount: 3, layouts: [first, second], layoutOf: Uint32Array.of(0, 1, 0) })).toBe(
      spaced('02 01 00 02 00  00 01 00 1b 00 01 41  01 00'),
    )
    expect(templateOf({ rowCount: 0, layouts: [] })).toBe('00')
  })

  test('items of each row, and items that all rows share; the nested table stands before the constants', () => {
    const nested = tableOf(3, node(0x00081150, 'UI', { column: column('31', '32', '33') }))
    const items = { table: nested, shared: false, starts: Uint32Array.of(0, 1, 3) }
    const after = node(0x00100020, 'LO', { column: same('4142', 2) })
    const written = (one: object) =>
      templateOf(tableOf(2, node(0x00081140, 'SQ', { items: one as never, flags: FLAG.sequence }), after))
    const table = '01 00 01 02 35 00'
    expect(written(items)).toBe(spaced(`01 00 02 0400 3318 0000 03 00 02 02 01 06 02 ${table} 4142`))
    expect(written({ ...items, shared: true })).toBe(spaced(`01 00 02 0500 3318 0000 03 01 06 02 ${table} 4142`))
  })
})

/** Reads what was written, as decodeMetadata does. */
function decode({ template, digits, columns, chunks }: EncodedTable, rowCount: number): Table {
  let bodyOffset = 0
  let digitOffset = 0
  const bodies = columns.map(({ body }) => body)
  const places = columns.map(({ body, digitBytes, chunk }) => {
    const place = { isInTemplate: false, bodyOffset, bodyBytes: body.length, digitOffset, digitBytes, chunk }
    bodyOffset += body.length
    digitOffset += digitBytes
    return place
  })
  const bytes = template.finish()
  return decodeTable(new ByteCursor(bytes, 'x'), rowCount, {
    columnBody: () => Uint8Array.from(bodies.flatMap(body => [...body])),
    digits: () => digits.finish(),
    chunk: id => chunks[id].bytes,
    pendingChunk: id => (id === 77 ? { offset: 0, length: 1 } : undefined),
    columns: places,
    chunkCount: chunks.length,
  })
}
const valuesOf = (table: Table, n = 0) => {
  const { column } = table.layouts[0].nodes[n]
  return Array.from({ length: column!.length }, (_, entry) => toHex(column!.bytes(entry)))
}

describe('columns (SPEC §5.1)', () => {
  test('the same values in two elements are one column', () => {
    const values = ['3132', '3334', '3132']
    const table = tableOf(
      3,
      node(MODALITY, 'CS', { column: column(...values) }),
      node(0x00080064, 'CS', { column: column('3132', '3334', '3133') }),
      node(0x00080068, 'CS', { column: column(...values) }),
    )
    const encoded = encode(table)
    expect(encoded.columns).toHaveLength(2)
    expect(toHex(encoded.template.finish())).toBe(spaced('01 00 03 020203 1b0101 000000 00'))
    const found = decode(encoded, 3)
    expect([0, 1, 2].map(n => valuesOf(found, n))).toEqual([values, ['3132', '3334', '3133'], values])
  })

  test('values that differ where a sum of their bytes does not are two columns', () => {
    const long = (at: number) => {
      const bytes = new Uint8Array(200)
      bytes[at] = 1
      return toHex(bytes)
    }
    const table = tableOf(
      2,
      node(MODALITY, 'UN', { column: column(long(1), long(3)) }),
      node(0x00080064, 'UN', { column: column(long(3), long(1)) }),
    )
    const encoded = encode(table)
    expect(encoded.columns).toHaveLength(2)
    expect(valuesOf(decode(encoded, 2), 1)).toEqual([long(3), long(1)])
  })

  // The first byte of a body is its encoding (SPEC §6): 3 is words; bit 7 of the next one says that they are big-endian.
  test.each([
    ['US', ['0100', '0700', '0200', 'ff01'], 0, '0302'],
    ['US', ['0001', '0007', '0002', '01ff'], FLAG.bigEndian, '0382'],
    ['AT', ['10000100', '10000700', '10000200', '1000ff01'], 0, '0302'],
    ['SV', ['0100000000000000', '0700000000000000', '0200000000000000', 'ff01000000000000'], 0, '0308'],
  ])('binary integers of VR %s are words of it', (vr, values, flags, begins) => {
    const { columns } = encode(tableOf(4, node(0x00280010, vr, { column: column(...values), flags })))
    expect(toHex(columns[0].body).slice(0, 4)).toBe(begins)
  })

  test.each(['FL', 'OB', 'LO'])('values of VR %s are no words', vr => {
    const values = ['01000000', '07000000', '02000000', 'ff010000']
    const { columns } = encode(tableOf(4, node(0x00280010, vr, { column: column(...values) })))
    expect(toHex(columns[0].body).slice(0, 2)).not.toBe('03')
  })

  test('digits of one column stand behind those of the one before', () => {
    // 30 digits that nothing tells before: powers of seven, from the 3rd digit on.
    const uids = (k: number) =>
      [1, 2, 3].map(i => toHex(ascii(`1.2.${String(7n ** BigInt(100 + 10 * k + i)).slice(3, 33)}`)))
    const table = tableOf(
      3,
      node(0x00080018, 'UI', { column: column(...uids(1)) }),
      node(0x0020000d, 'UI', { column: column(...uids(2)) }),
    )
    const encoded = encode(table)
    expect(encoded.columns.map(({ digitBytes }) => digitBytes > 0)).toEqual([true, true])
    expect(encoded.digits.length).toBe(encoded.columns.reduce((sum, { digitBytes }) => sum + digitBytes, 0))
    const found = decode(encoded, 3)
    expect([valuesOf(found, 0), valuesOf(found, 1)]).toEqual([uids(1), uids(2)])
  })
})

describe('chunks (SPEC §5.1)', () => {
  const value = (length: number, byte = 7) => toHex(new Uint8Array(length).fill(byte))
  const constant = (length: number, byte?: number, tag = MODALITY) =>
    node(tag, 'OB', { column: same(value(length, byte), 2) })

  test('a constant of 1,024 bytes is one, a smaller one is not', () => {
    expect(encode(tableOf(2, constant(1023))).chunks).toEqual([])
    const { chunks, template } = encode(tableOf(2, constant(1024)))
    expect(chunks.map(({ bytes, container }) => [bytes.length, container])).toEqual([[1024, 0]])
    expect(toHex(template.finish())).toBe(spaced('01 00 01 01 1b 0d 00'))
  })

  test('the same constant twice is one chunk, another one is not', () => {
    const table = tableOf(2, constant(2000), constant(2000, 8, 0x00080064), constant(2000, 7, 0x00080068))
    const encoded = encode(table)
    expect(encoded.chunks).toHaveLength(2)
    const found = decode(encoded, 2)
    expect([0, 1, 2].map(n => valuesOf(found, n)[1])).toEqual([value(2000), value(2000, 8), value(2000)])
  })

  test.each<[string, number, (all: number) => number, (all: number) => number, number, number]>([
    ['little when compressed: in the front page', 9000, () => 8191, () => 100, 0, 8191],
    ['much: a blob', 9000, () => 8192, () => 8190, 1, 8192],
    ['and 5 % less behind the vocabulary: nobody need load that', 20_000, () => 10_000, () => 9500, 1, 10_000],
    ['and less than that', 20_000, () => 10_000, () => 9499, 2, 9499],
  ])('%s', (_, length, bytes, behindVocabulary, container, stored) => {
    const { chunks } = encode(tableOf(2, constant(length)), compression(bytes, behindVocabulary))
    expect(chunks.map(chunk => [chunk.bytes.length, chunk.container, chunk.compressed.length])).toEqual([
      [length, container, stored],
    ])
  })

  /** Values that no encoding makes smaller. */
  const noise = (length: number, seed: number) => {
    let state = seed
    return toHex(Uint8Array.from({ length }, () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 24))
  }

  test('the body of a column of 4,096 bytes is one, a smaller one is not', () => {
    // Verbatim: an encoding, and two lengths that are alike.
    const of = (total: number) => {
      const each = (total - 5) / 2
      return encode(tableOf(2, node(MODALITY, 'UT', { column: column(noise(each, 1), noise(each, 2)) })))
    }
    for (const total of [4000, 4095, 4096, 4097, 4200]) {
      const { columns, chunks } = of(total % 2 ? total : total + 1)
      const bytes = columns[0].body.length || chunks[0].bytes.length
      expect([columns[0].chunk, columns[0].body.length, chunks.length], String(bytes)).toEqual(
        bytes < 4096 ? [-1, bytes, 0] : [0, 0, 1],
      )
    }
  })

  test.each<[string, string, number, number, number]>([
    ['binary values are a blob where they are large', 'OB', 30, 600, 1],
    ['texts of 1,024 letters are', 'UT', 10, 1024, 1],
    ['texts of 1,023 are not', 'UT', 10, 1023, 0],
  ])('%s', (_, vr, count, length, container) => {
    const values = Array.from({ length: count }, (_, i) => noise(length, i + 1))
    const encoded = encode(tableOf(count, node(MODALITY, vr, { column: column(...values) })))
    expect(encoded.chunks.map(chunk => chunk.container)).toEqual([container])
    expect(encoded.columns).toEqual([{ body: new Uint8Array(0), digitBytes: 0, chunk: 0 }])
    expect(valuesOf(decode(encoded, count))).toEqual(values)
  })
})
