import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { ByteCursor } from '../../src/bytes/cursor.ts'
import { ByteSink } from '../../src/bytes/sink.ts'
import { FRAME_CODINGS } from '../../src/codec/frame.ts'
import { OFFSET_TABLES, PIXEL_KINDS } from '../../src/cube/pixel-store.ts'
import { DICOM_STATUSES } from '../../src/cube/status.ts'
import { decodeColumn, ENCODINGS, PADDINGS, PLACES, RUNS } from '../../src/dcbs/columns.ts'
import { COMMON_VALUES, commonElements } from '../../src/dcbs/common.ts'
import { packDigits, unpackDigits } from '../../src/dcbs/digits.ts'
import { SHAPE_FIELDS, SHAPE_FLAGS, STATISTICS } from '../../src/dcbs/frame-lists.ts'
import { INTEGERS, readIntegers } from '../../src/dcbs/integers.ts'
import {
  CONTAINERS,
  FRONT_READ_BYTES,
  FRONT_SECTIONS,
  HEADER_BYTES,
  HEADER_MAGIC,
  HEADER_VERSION,
  NOT_IDENTIFYING,
  READ_VERSION,
  REQUIRED_SECTIONS,
  SECTION_ENCODINGS,
  SECTION_KINDS,
  SECTION_NAMES,
  TRAILER_BYTES,
  WRITE_VERSION,
} from '../../src/dcbs/layout.ts'
import { applyPatch, readPatches } from '../../src/dcbs/patch.ts'
import { decodeTable, NODE_FLAGS, NODE_KINDS } from '../../src/dcbs/template.ts'
import { HEADER_FIELDS } from '../../src/dcbs/v1-header.ts'
import { VOCABULARY } from '../../src/dcbs/vocabulary.generated.ts'
import { vrName } from '../../src/dicom/elements.ts'
import { REPORT_CODES } from '../../src/dicom/parse.ts'
import { tagString } from '../../src/dicom/tags.ts'
import { isKnownVr, VRS } from '../../src/dicom/vr.ts'
import { hasShortLength } from '../../src/dicom/vr-limits.ts'
import { CUBE_LIMITS, FRAME_LIMITS } from '../../src/limits.ts'
import { load, originalFiles } from '../../src/node.ts'
import { dumpCube, exampleCube } from './dump.ts'
import { exampleFiles } from './example.ts'

const SPEC = readFileSync('SPEC.md', 'utf8')
const READER = readFileSync('test/spec/reader.py', 'utf8')

/** The cells of the table behind `<!-- table: name -->`, without its heading. */
function table(name: string): string[][] {
  const [, rest] = SPEC.split(`<!-- table: ${name} -->\n`)
  const rows = rest.split('\n\n')[0].split('\n').slice(2)
  return rows.map(row =>
    row
      .slice(1, -1)
      .split('|')
      .map(cell => cell.trim()),
  )
}

const hex = (text: string) => Uint8Array.from(text.trim().split(' ').filter(Boolean), byte => Number.parseInt(byte, 16))
const cursorOf = (text: string) => new ByteCursor(hex(text), 'example')
const none = () => new Uint8Array(0)
const latin1 = (bytes: Uint8Array) => String.fromCharCode(...bytes)
const yes = (is: boolean) => (is ? 'yes' : 'no')
const numbered = (names: readonly string[]) => names.map((name, number) => [String(number), name])
const valuesOf = (values: Record<string, number>) =>
  Object.entries(values).map(([name, number]) => [String(number), name])

describe('SPEC.md has the names and numbers of the code', () => {
  test.each([
    ['SECTION_ENCODINGS', numbered(SECTION_ENCODINGS)],
    ['NODE_KINDS', numbered(NODE_KINDS)],
    ['ENCODINGS', numbered(ENCODINGS)],
    ['PIXEL_KINDS', numbered(PIXEL_KINDS)],
    ['INTEGERS', valuesOf(INTEGERS)],
    ['PLACES', valuesOf(PLACES)],
    ['RUNS', valuesOf(RUNS)],
    ['FRAME_CODINGS', valuesOf(FRAME_CODINGS)],
    ['STATISTICS', valuesOf(STATISTICS)],
    ['NODE_FLAGS', Object.entries(NODE_FLAGS).map(([name, bit]) => [String(bit), name])],
    ['SHAPE_FLAGS', SHAPE_FLAGS.map((name, bit) => [String(1 << bit), name])],
    [
      'PADDINGS',
      PADDINGS.map((padding, number) => [
        String(number),
        padding === undefined ? 'none' : padding === ' ' ? 'space' : 'zero',
      ]),
    ],
  ])('%s', (name, wanted) => expect(table(name).map(row => row.slice(0, 2))).toEqual(wanted))

  test('HEADER_FIELDS', () => {
    expect(table('HEADER_FIELDS').map(row => row.slice(0, 2))).toEqual(
      HEADER_FIELDS.map((field, k) => [String(12 + 8 * k), field]),
    )
    expect(HEADER_BYTES).toBe(12 + 8 * HEADER_FIELDS.length)
    expect([HEADER_MAGIC, HEADER_VERSION, READ_VERSION, WRITE_VERSION]).toEqual(['DCMCUBES', 1, 1, 1])
    expect([TRAILER_BYTES, FRONT_READ_BYTES]).toEqual([32, 65536])
  })

  test('SECTIONS', () => {
    const wanted = SECTION_NAMES.map(name => ({
      kind: String(SECTION_KINDS[name]),
      name,
      isContainer: CONTAINERS.includes(name),
      front: yes(FRONT_SECTIONS.includes(name)),
      identifying: yes(!NOT_IDENTIFYING.includes(name)),
      always: yes(REQUIRED_SECTIONS.includes(name)),
    }))
    const found = table('SECTIONS').map(([kind, name, encoding, front, identifying, always]) => ({
      kind,
      name,
      isContainer: encoding === 'container',
      front,
      identifying,
      always,
    }))
    expect(found).toEqual(wanted)
  })

  test('OFFSET_TABLES', () => {
    expect(table('OFFSET_TABLES').map(([number, text]) => [number, text.split(':')[0]])).toEqual(
      numbered(OFFSET_TABLES),
    )
  })
  test('SHAPE_FIELDS', () => expect(table('SHAPE_FIELDS').map(row => row[1])).toEqual([...SHAPE_FIELDS]))
  test('REPORT_CODES', () => expect(table('REPORT_CODES').map(row => row[0])).toEqual([...REPORT_CODES]))
  test('DICOM_STATUSES', () => expect(table('DICOM_STATUSES').map(row => row[0])).toEqual([...DICOM_STATUSES]))
  const list = (name: string) => SPEC.split(`<!-- list: ${name} -->\n\`\`\`\n`)[1].split('\n```')[0]
  test('COMMON_ELEMENTS, and the Python reader has them too', () => {
    const wanted = list('COMMON_ELEMENTS')
    const elements = wanted.split('\n').flatMap(line =>
      line
        .slice(6)
        .split(' ')
        .map(one => line.slice(0, 4) + one),
    )
    const { tags, vrs } = commonElements()
    const hex8 = (tag: number) => tag.toString(16).toUpperCase().padStart(8, '0')
    expect(Array.from(tags, (tag, i) => hex8(tag) + (vrs[i] ? vrName(vrs[i]) : '--'))).toEqual(elements)
    expect(READER).toContain(`\n${wanted}\n`)
  })
  test('COMMON_VALUES, and the Python reader has them too', () => {
    expect(list('COMMON_VALUES')).toBe(COMMON_VALUES)
    expect(READER).toContain(`\n${COMMON_VALUES}\n`)
  })
  test('common elements ascend, and each has a VR', () => {
    const { tags, vrs } = commonElements()
    expect([...tags]).toEqual([...tags].sort((a, b) => a - b))
    expect(Array.from(vrs.subarray(1), vrName).filter(vr => !isKnownVr(vr))).toEqual([])
    expect(new Set(tags).size).toBe(tags.length)
  })
  test('VRs by number', () => {
    const found = table('VR_NUMBERS').flatMap(([first, vrs]) => vrs.split(' ').map((vr, k) => [Number(first) + k, vr]))
    expect(found).toEqual(VRS.map((vr, k) => [k + 1, vr]))
  })
  test('VRs with a short length', () => expect(table('SHORT_VRS')[0][0].split(' ')).toEqual(VRS.filter(hasShortLength)))
  test('limits', () => {
    const { inflatedBytes, listEntries } = CUBE_LIMITS
    expect(table('LIMITS').map(row => Number(row[1]))).toEqual([
      CUBE_LIMITS.sections,
      CUBE_LIMITS.rows,
      CUBE_LIMITS.frames,
      CUBE_LIMITS.sequenceDepth,
      CUBE_LIMITS.runDigits,
      CUBE_LIMITS.wordsBytes,
      CUBE_LIMITS.arrayBytes,
    ])
    expect(table('GROWTH').map(row => row.slice(1).map(Number))).toEqual(
      [inflatedBytes, inflatedBytes, inflatedBytes, listEntries, FRAME_LIMITS.decodedBytes].map(({ bytes, times }) => [
        bytes,
        times,
      ]),
    )
  })
})

describe('the examples of SPEC.md', () => {
  test.each(table('INTEGER_EXAMPLES'))('list %s of %s: %s', (bytes, count, integers) => {
    const cursor = cursorOf(bytes.replaceAll('`', ''))
    expect([...readIntegers(cursor, Number(count))].join(', ')).toBe(integers)
    cursor.done()
  })

  const columns = [...SPEC.matchAll(/^Example, (\d+) entries: body `([^`]*)`(?:, digits `([^`]*)`)?: values (.*)\.$/gm)]
  test('there is one for each encoding', () => {
    const others = ENCODINGS.filter(name => name !== 'pixelRange')
    expect(columns.map(([, , body]) => ENCODINGS[Number.parseInt(body, 16)])).toEqual(others)
  })
  test.each(columns.map(([, count, body, digits = '', values]) => [body, Number(count), digits, values]))(
    'column %s',
    (body, count, digits, values) => {
      const from = { body: cursorOf(body as string), digits: cursorOf(digits as string) }
      const decoded = decodeColumn(from, count as number)
      from.body.done()
      from.digits.done()
      const wanted = (values as string).split(', ').map(value => hex(value.replaceAll('`', '')))
      expect(Array.from(wanted, (_, entry) => decoded.bytes(entry))).toEqual(wanted)
    },
  )

  test('a layout', () => {
    const [, bytes] = /a layout of two constants: `([^`]+)`/.exec(SPEC)!
    const source = {
      columnBody: none,
      digits: none,
      chunk: none,
      pendingChunk: () => undefined,
      columns: [],
      chunkCount: 0,
    }
    const [layout] = decodeTable(cursorOf(`01 ${bytes}`), 3, source).layouts
    const nodes = layout.nodes.map(({ tag, vr, column }) => [tagString(tag), vrName(vr), latin1(column!.bytes(0))])
    expect(nodes).toEqual([
      ['00080060', 'CS', 'CT'],
      ['00080068', 'CS', 'ABC '],
    ])
  })

  test('a pixel range', () => {
    const [, highest, body, ...values] =
      /where the highest stored values are (1 and 300): body `([^`]+)` gives the values `([^`]+)` and `([^`]+)`/.exec(
        SPEC,
      )!
    const ranges = { lowest: [0, 0], highest: highest.split(' and ').map(Number) }
    const decoded = decodeColumn({ body: cursorOf(body), digits: cursorOf('') }, 2, () => ranges)
    expect([decoded.bytes(0), decoded.bytes(1)]).toEqual(values.map(hex))
  })

  test('packed digits', () => {
    const [, bytes] = /123 \(10 bits\), 4 \(4 bits\) and 56 \(7 bits\): `([^`]+)`/.exec(SPEC)!
    const sink = new ByteSink()
    packDigits(sink, ['1234', '56'])
    expect(sink.finish()).toEqual(hex(bytes))
    expect(unpackDigits(cursorOf(bytes), [4, 2])).toEqual(['1234', '56'])
  })

  test('a patch', () => {
    const [, steps, header, wanted] = /the steps `([^`]+)` and the header `([^`]+)` give `([^`]+)`/.exec(SPEC)!
    const sink = new ByteSink()
    sink.bytes(Uint8Array.of(1, 0, 1))
    sink.bytes(hex(steps))
    const patch = readPatches(new ByteCursor(sink.finish(), 'example'), 1).get(0)!
    expect(applyPatch(hex(header), patch)).toEqual(hex(wanted))
  })
})

test('the invariants are numbered, and the Python reader names each that it checks', () => {
  const numbers = [...SPEC.matchAll(/^\* \*\*V(\d+)\*\*/gm)].map(([, number]) => Number(number))
  expect(numbers).toEqual(numbers.map((_, k) => k + 1))
  for (const number of numbers) expect(READER, `V${number}`).toMatch(new RegExp(`\\bV${number}\\b`))
})

test('the vocabulary is vocabulary.txt, whose size and checksum SPEC.md says (§5.7), as the generator makes a module of it', () => {
  const text = readFileSync('vocabulary.txt')
  const [, bytes, checksum] = /`vocabulary\.txt`[^:]*: ([\d,]+) bytes, CRC-32 0x([0-9A-F]{8})/.exec(SPEC)!
  expect(text.length).toBe(Number(bytes.replaceAll(',', '')))
  expect(crc32(text)).toBe(Number.parseInt(checksum, 16))
  expect(Buffer.compare(VOCABULARY, text)).toBe(0)
  const made = execFileSync(process.execPath, ['scripts/generate-vocabulary.mjs'], { encoding: 'utf8' })
  expect(made).toBe(readFileSync('src/dcbs/vocabulary.generated.ts', 'utf8'))
})

test('references to sections of SPEC.md lead to one', () => {
  const headings = new Set([...SPEC.matchAll(/^#+ (\d+(?:\.\d+)?)\.? /gm)].map(([, number]) => number))
  const text = SPEC.replace(/(PS3\.\d+|RFC \d+|ISO\/IEC \S+) §[A-Z]?[.\d]+/g, '')
  for (const [, number] of text.matchAll(/§(\d+(?:\.\d+)?)/g)) expect([...headings], `§${number}`).toContain(number)
})

describe('the worked file (§12)', () => {
  test('is what dicube writes today; UPDATE=1 writes it into SPEC.md', async () => {
    const dump = dumpCube(await exampleCube())
    const [before, rest] = SPEC.split('<!-- dump -->\n')
    const [, after] = rest.split('<!-- /dump -->\n')
    if (process.env.UPDATE) writeFileSync('SPEC.md', `${before}<!-- dump -->\n${dump}\n<!-- /dump -->\n${after}`)
    else expect(rest.split('\n<!-- /dump -->')[0]).toBe(dump)
  })

  test('gives its three files back', async () => {
    const image = await load(await exampleCube())
    const found: unknown[] = []
    for await (const { name, bytes } of originalFiles(image)) found.push({ path: name, bytes })
    await image.close()
    expect(found).toEqual(exampleFiles())
  })
})
