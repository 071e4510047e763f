import { crc32 as zlibCrc32 } from 'node:zlib'
import fc from 'fast-check'
import { expect } from 'vitest'
import { ByteCursor } from '../../src/bytes/cursor.ts'
import { ByteSink } from '../../src/bytes/sink.ts'
import { crc32 } from '../../src/codec/crc32.ts'
import { type ColumnHints, decodeColumn, encodeColumn } from '../../src/dcbs/columns.ts'
import { packDigits, unpackDigits } from '../../src/dcbs/digits.ts'
import { MAX_INTEGER, readIntegers, writeIntegers } from '../../src/dcbs/integers.ts'
import {
  type ManifestFile,
  readAttachments,
  readManifest,
  readStreams,
  writeAttachments,
  writeManifest,
  writeStreams,
} from '../../src/dcbs/manifest.ts'
import { applyPatch, makePatch, readPatches, writePatches } from '../../src/dcbs/patch.ts'
import { DicubeError } from '../../src/errors.ts'
import { property } from './property.ts'

const sizeOf = (bytes: Uint8Array) => bytes.length
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const ascii = (text: string) => Uint8Array.from(text, character => character.charCodeAt(0))

function cursorOf(write: (sink: ByteSink) => void): ByteCursor {
  const sink = new ByteSink()
  write(sink)
  return new ByteCursor(sink.finish(), 'bytes')
}

// --- checksum -----------------------------------------------------------------------------------------------------

property('the CRC-32 of any bytes is that of zlib', 300, fc.uint8Array({ maxLength: 300 }), bytes =>
  expect(crc32(bytes)).toBe(zlibCrc32(bytes)),
)

property(
  'the CRC-32 of bytes in parts is that of the whole, wherever they are cut',
  200,
  fc.tuple(fc.uint8Array({ maxLength: 100 }), fc.uint8Array({ maxLength: 100 })),
  ([a, b]) => expect(crc32(b, crc32(a))).toBe(zlibCrc32(Uint8Array.of(...a, ...b))),
)

property(
  'one bit that is flipped changes the CRC-32',
  200,
  fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 100 }), fc.nat(), fc.nat(7)),
  ([bytes, at, bit]) => {
    const before = crc32(bytes)
    bytes[at % bytes.length] ^= 1 << bit
    expect(crc32(bytes)).not.toBe(before)
  },
)

// --- integers -----------------------------------------------------------------------------------------------------

const integer = fc.oneof(
  fc.integer({ min: -300, max: 300 }),
  fc.integer(),
  fc.integer({ min: -MAX_INTEGER, max: MAX_INTEGER }),
  fc.constantFrom(0, 1, -1, 127, 128, 2 ** 32, -(2 ** 32), MAX_INTEGER, -MAX_INTEGER),
)
const integerList = fc.oneof(
  fc.array(integer, { maxLength: 40 }),
  // Lists as columns have them: steps, and steps that grow.
  fc
    .tuple(fc.integer(), fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 }), fc.nat(40))
    .map(([first, step, growth, n]) =>
      Array.from({ length: n }, (_, i) => first + i * step + (growth * i * (i - 1)) / 2),
    ),
)

property('a varint is the integer that was written', 300, fc.nat(Number.MAX_SAFE_INTEGER), value => {
  const cursor = cursorOf(sink => sink.varint(value))
  expect(cursor.varint()).toBe(value)
  cursor.done()
})

property('a zigzag varint is the integer that was written', 300, integer, value => {
  const cursor = cursorOf(sink => sink.zigzag(value))
  expect(cursor.zigzag()).toBe(value === 0 ? 0 : value)
  cursor.done()
})

property(
  'fixed integers and doubles are those of a DataView',
  200,
  fc.tuple(fc.nat(0xffff), fc.nat(0xffffffff), fc.nat(Number.MAX_SAFE_INTEGER), fc.double()),
  ([a, b, c, d]) => {
    const cursor = cursorOf(sink => {
      sink.u16(a)
      sink.u16(a, true)
      sink.u32(b)
      sink.u32(b, true)
      sink.u64(c)
      sink.f64(d)
    })
    const view = new DataView(cursor.buffer.buffer, cursor.buffer.byteOffset)
    expect([view.getUint16(0, true), view.getUint16(2), view.getUint32(4, true), view.getUint32(8)]).toEqual([
      a,
      a,
      b,
      b,
    ])
    expect(view.getBigUint64(12, true)).toBe(BigInt(c))
    expect(cursor.u16()).toBe(a)
    cursor.u16()
    expect(cursor.u32()).toBe(b)
    cursor.u32()
    expect(cursor.u64()).toBe(c)
    expect(cursor.f64()).toBe(d)
    cursor.done()
  },
)

property('a list of integers comes back', 500, integerList, values => {
  const cursor = cursorOf(sink => writeIntegers(sink, values, sizeOf))
  expect(Array.from(readIntegers(cursor, values.length))).toEqual(values.map(value => value + 0))
  cursor.done()
})

// --- digits -------------------------------------------------------------------------------------------------------

const digitText = fc.string({ unit: fc.constantFrom(...'0123456789'), maxLength: 40 })

property(
  'packed digits come back, in the bits that SPEC §6.2 counts',
  300,
  fc.array(digitText, { maxLength: 30 }),
  texts => {
    const cursor = cursorOf(sink => packDigits(sink, texts))
    const bits = texts.reduce((sum, text) => sum + Math.floor(text.length / 3) * 10 + [0, 4, 7][text.length % 3], 0)
    expect(cursor.buffer.length).toBe(Math.ceil(bits / 8))
    expect(
      unpackDigits(
        cursor,
        texts.map(text => text.length),
      ),
    ).toEqual(texts)
    cursor.done()
  },
)

// --- columns ------------------------------------------------------------------------------------------------------

/** Columns of so many kinds as there are encodings, so that each of them is the smallest for some. */
const column: fc.Arbitrary<Uint8Array[]> = fc.oneof(
  fc.array(fc.uint8Array({ maxLength: 12 }), { minLength: 1, maxLength: 30 }),
  // words, of one number or several
  fc
    .tuple(fc.constantFrom(1, 2, 4, 8, 6), fc.integer({ min: 1, max: 20 }), fc.nat(60_000), fc.nat(7))
    .map(([length, n, first, step]) =>
      Array.from({ length: n }, (_, i) =>
        Uint8Array.from({ length }, (_, k) => ((first + i * step) >> (8 * (k % 4))) & 255),
      ),
    ),
  // decimals with the odd exception
  fc
    .array(
      fc.oneof(
        {
          arbitrary: fc.tuple(fc.integer({ min: -5000, max: 5000 }), fc.nat(3)).map(([n, p]) => (n / 4).toFixed(p)),
          weight: 12,
        },
        { arbitrary: fc.constantFrom('', 'abc', '1e5', '-0', '+1', '00.5', '-0.0', ' 1'), weight: 1 },
        { arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }).map(String), weight: 1 },
      ),
      { minLength: 1, maxLength: 40 },
    )
    .map(texts => texts.map(text => ascii(text.length % 2 ? `${text} ` : text))),
  // several components
  fc
    .array(fc.tuple(fc.integer({ min: -900, max: 900 }), fc.nat(2), fc.constantFrom('0', '1.5', '-2')), {
      minLength: 1,
      maxLength: 20,
    })
    .map(rows =>
      rows.map(([n, p, c]) => `${(n / 8).toFixed(p)}\\${c}`).map(text => ascii(text.length % 2 ? `${text} ` : text)),
    ),
  // UIDs, times: literals and runs of digits
  fc
    .tuple(
      fc.constantFrom('1.2.840.', '2024', 'IM', ''),
      fc.constantFrom('.', ':', '_', ''),
      fc.constantFrom('\0', ' ', undefined),
      fc.array(fc.tuple(digitText, digitText), { minLength: 1, maxLength: 30 }),
    )
    .map(([prefix, between, padding, rows]) =>
      rows.map(([a, b]) => {
        const text = prefix + a + between + b
        return ascii(padding !== undefined && text.length % 2 ? text + padding : text)
      }),
    ),
  // few values
  fc
    .tuple(
      fc.array(fc.uint8Array({ maxLength: 90 }), { minLength: 1, maxLength: 3 }),
      fc.array(fc.nat(2), { minLength: 4, maxLength: 40 }),
    )
    .map(([distinct, which]) => which.map(i => distinct[i % distinct.length])),
  // one length, few bytes that change
  fc
    .tuple(
      fc.uint8Array({ minLength: 1, maxLength: 80 }),
      fc.array(fc.tuple(fc.nat(79), fc.nat(255)), { minLength: 2, maxLength: 20 }),
    )
    .map(([first, changes]) => changes.map(([at, value]) => first.map((byte, i) => (i === at ? value : byte)))),
)
const hints: fc.Arbitrary<ColumnHints> = fc.record({
  wordBytes: fc.constantFrom(0, 1, 2, 4, 8),
  bigEndian: fc.boolean(),
})

function encoded(values: readonly Uint8Array[], hint: ColumnHints) {
  const sink = { body: new ByteSink(), digits: new ByteSink() }
  encodeColumn(values, hint, sink, sizeOf)
  return { body: sink.body.finish(), digits: sink.digits.finish() }
}

property(
  'a column comes back byte for byte, and nothing is left of its bytes',
  600,
  fc.tuple(column, hints),
  ([values, hint]) => {
    const { body, digits } = encoded(values, hint)
    const from = { body: new ByteCursor(body, 'body'), digits: new ByteCursor(digits, 'digits') }
    const decoded = decodeColumn(from, values.length)
    from.body.done()
    from.digits.done()
    expect(values.map((_, i) => hex(decoded.bytes(i)))).toEqual(values.map(hex))
  },
)

property('the numbers of a column are those of its text', 300, fc.tuple(column, hints), ([values, hint]) => {
  const { body, digits } = encoded(values, hint)
  const decoded = decodeColumn(
    { body: new ByteCursor(body, 'body'), digits: new ByteCursor(digits, 'digits') },
    values.length,
  )
  const found = decoded.numbers?.()
  if (!found) return
  const texts = values.flatMap(value => Buffer.from(value).toString('latin1').split('\\'))
  expect(found.width * values.length).toBe(texts.length)
  expect(Array.from(found.values, value => value + 0)).toEqual(texts.map(text => Number(text.trim()) + 0))
  if (found.mostCharacters !== undefined)
    for (const text of texts) expect(text.trim().length).toBeLessThanOrEqual(found.mostCharacters)
})

property(
  'a column with a byte changed is another column or corrupt, and never another error',
  600,
  fc.tuple(column, hints, fc.nat(), fc.integer({ min: 1, max: 255 }), fc.nat(3)),
  ([values, hint, where, bits, cut]) => {
    const { body, digits } = encoded(values, hint)
    const at = where % (body.length + digits.length)
    if (at < body.length) body[at] ^= bits
    else digits[at - body.length] ^= bits
    const from = {
      body: new ByteCursor(body, 'body', 0, Math.max(0, body.length - cut)),
      digits: new ByteCursor(digits, 'digits'),
    }
    try {
      const decoded = decodeColumn(from, values.length)
      for (let i = 0; i < values.length; i++) decoded.bytes(i)
      decoded.numbers?.()
    } catch (error) {
      expect(error).toBeInstanceOf(DicubeError)
      expect(error).toMatchObject({ code: 'corrupt' })
    }
  },
)

// --- what else is in a cube -----------------------------------------------------------------------------------------

const text = fc.string({ unit: 'grapheme', maxLength: 12 })
const files: fc.Arbitrary<ManifestFile[]> = fc.array(
  fc.record({
    name: fc.oneof(
      text,
      fc.nat(999).map(n => `series/IM${n}.dcm`),
    ),
    sizeBytes: fc.nat(MAX_INTEGER),
    sha256: fc.option(fc.uint8Array({ minLength: 32, maxLength: 32 }), { nil: undefined }),
    report: fc.array(fc.record({ code: fc.constantFrom('odd-length', 'order'), message: text }), { maxLength: 3 }),
  }),
  { maxLength: 9 },
)

property('a manifest comes back: names, sizes, digests, reports', 200, files, wanted => {
  const cursor = cursorOf(sink => writeManifest(sink, wanted, sizeOf))
  const digests = Uint8Array.from(wanted.flatMap(({ sha256 }) => Array.from(sha256 ?? new Uint8Array(32))))
  const found = readManifest(cursor, digests, wanted.length)
  expect(found.map(file => ({ ...file, sha256: file.sha256 && hex(file.sha256) }))).toEqual(
    wanted.map(file => ({ ...file, sha256: file.sha256 && hex(file.sha256) })),
  )
})

property(
  'attachments and streams come back',
  200,
  fc.array(fc.tuple(text, fc.uint8Array({ maxLength: 40 }))),
  given => {
    const attachments = given.map(([name, bytes]) => ({ name, bytes }))
    const found = readAttachments(cursorOf(sink => writeAttachments(sink, attachments)))
    expect(found.map(({ name, bytes }) => [name, hex(bytes)])).toEqual(given.map(([name, bytes]) => [name, hex(bytes)]))
    const streams = new Map(given.map(([, bytes], i) => [3 * i, bytes]))
    const back = readStreams(
      cursorOf(sink => writeStreams(sink, streams)),
      3 * given.length,
    )
    expect([...back].map(([slice, bytes]) => [slice, hex(bytes)])).toEqual(
      [...streams].map(([slice, bytes]) => [slice, hex(bytes)]),
    )
  },
)

/** Two byte strings that have much in common, as a header and its original. */
const pair = fc.oneof(
  fc.tuple(fc.uint8Array({ maxLength: 60 }), fc.uint8Array({ maxLength: 60 })),
  fc
    .tuple(
      fc.uint8Array({ minLength: 1, maxLength: 200 }),
      fc.array(fc.tuple(fc.nat(199), fc.nat(255)), { maxLength: 12 }),
    )
    .map(([bytes, changes]) => {
      const other = bytes.slice()
      for (const [at, value] of changes) if (at < other.length) other[at] = value
      return [bytes, other] as [Uint8Array, Uint8Array]
    }),
  fc
    .tuple(
      fc.uint8Array({ maxLength: 60 }),
      fc.uint8Array({ maxLength: 9 }),
      fc.uint8Array({ maxLength: 9 }),
      fc.uint8Array({ maxLength: 60 }),
    )
    .map(
      ([a, b, c, d]) => [Uint8Array.of(...a, ...b, ...d), Uint8Array.of(...a, ...c, ...d)] as [Uint8Array, Uint8Array],
    ),
)

property(
  'a patch makes the original of what was rebuilt, and is none where they are the same',
  500,
  pair,
  ([rebuilt, original]) => {
    const steps = makePatch(rebuilt, original)
    expect(steps === undefined).toBe(hex(rebuilt) === hex(original))
    if (!steps) return
    const back = readPatches(
      cursorOf(sink => writePatches(sink, new Map([[4, steps]]))),
      5,
    )
    expect(hex(applyPatch(rebuilt, back.get(4)!))).toBe(hex(original))
  },
)
