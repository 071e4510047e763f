import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inflateRawSync } from 'node:zlib'
import { afterAll, expect, test } from 'vitest'
import { type Element, type Encoding, frameOffsets, writeDataSet, writePart10 } from '../../src/cli/demo/part10.ts'
import { createPhantom } from '../../src/cli/demo/phantom.ts'
import { mixSeeds, randomUid, sineOfTurns } from '../../src/cli/demo/random.ts'
import { demoSeries, demoSlice, writeDemoSeries } from '../../src/cli/demo/series.ts'
import { deflateFixed, deflateStored } from './deflate.ts'
import { generatedSeries, writeGenerated } from './encodings.ts'
import { encodeRle16 } from './pixels.ts'
import { randomBytes } from './slice.ts'

const scratch = mkdtempSync(join(tmpdir(), 'dicube-generate-'))
afterAll(() => rmSync(scratch, { recursive: true }))

const sha256 = (...parts: Uint8Array[]) => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

const EXPLICIT: Encoding = { explicit: true, littleEndian: true }
const IMPLICIT: Encoding = { explicit: false, littleEndian: true }
const BIG: Encoding = { explicit: true, littleEndian: false }
const item: Element[] = [['00080100', 'SH', 'A']]

test.each<[string, Encoding, Element, string]>([
  ['short length, padded with a space', EXPLICIT, ['00100010', 'PN', 'A^B'], '10001000504e0400415e4220'],
  ['a UID is padded with NUL', EXPLICIT, ['00080018', 'UI', '1.2'], '080018005549040031' + '2e3200'],
  ['padded as told', EXPLICIT, ['00100020', 'LO', 'A', { pad: 0 }], '100020004c4f02004100'],
  ['not padded', EXPLICIT, ['00100020', 'LO', 'A', { pad: 'none' }], '100020004c4f010041'],
  ['implicit has no VR', IMPLICIT, ['00100020', 'LO', ['A', 'B']], '1000200004000000415c4220'],
  ['long length', EXPLICIT, ['7FE00010', 'OW', [1, 258]], 'e07f10004f57000004000000' + '01000201'],
  ['big endian', BIG, ['00280010', 'US', [1, 258]], '0028001055530004' + '00010102'],
  ['a tag as value', BIG, ['00280009', 'AT', '00181063'], '0028000941540004' + '00181063'],
  ['NaN has one form', BIG, ['00189305', 'FD', Number.NaN], '0018930546440008' + '7ff8000000000000'],
  ['64 bits', EXPLICIT, ['00720082', 'SV', -2n], '72008200535600000800' + '0000feffffffffffffff'],
  [
    'defined lengths',
    EXPLICIT,
    ['00081140', 'SQ', [item, []]],
    '080040115351000' + '01a000000' + 'feff00e00a000000' + '08000001534802004120' + 'feff00e000000000',
  ],
  [
    'undefined lengths',
    IMPLICIT,
    ['00081140', 'SQ', [item], { undefinedLength: true, undefinedItems: true }],
    '08004011ffffffff' + 'feff00e0ffffffff' + '08000001020000004120' + 'feff0de000000000' + 'feffdde000000000',
  ],
  [
    'UN of items is implicit little endian, in big endian too',
    BIG,
    ['00091001', 'UN', [item], { undefinedLength: true }],
    '00091001554e0000ffffffff' + 'feff00e00a000000' + '08000001020000004120' + 'feffdde000000000',
  ],
  [
    'fragments',
    EXPLICIT,
    ['7FE00010', 'OB', { fragments: [Uint8Array.of(1, 2)], offsets: [0] }],
    'e07f10004f420000ffffffff' + 'feff00e00400000000000000' + 'feff00e0020000000102' + 'feffdde000000000',
  ],
])('an element as bytes: %s', (_, encoding, element, bytes) => {
  expect(hex(writeDataSet([element], encoding))).toBe(bytes)
})

test('a file has its preamble, its group 0002 with a right length, and its group lengths', () => {
  const bytes = writePart10({ elements: [['00100010', 'PN', 'AB']], groupLengths: true })
  expect(Buffer.from(bytes.subarray(128, 132)).toString()).toBe('DICM')
  const metaLength = new DataView(bytes.buffer).getUint32(140, true)
  expect(hex(bytes.subarray(144 + metaLength))).toBe('10000000554c04000a000000' + '10001000504e02004142')
})

test('a Basic Offset Table counts from the first fragment', () => {
  expect(
    frameOffsets(
      [4, 6, 8].map(length => new Uint8Array(length)),
      [2, 1],
    ),
  ).toEqual([0, 26])
})

test.each([
  ['fixed codes', deflateFixed],
  ['stored blocks', deflateStored],
])('a deflated data set of %s inflates, and is even', (_, deflate) => {
  for (const bytes of [demoSlice(0, { rows: 16, columns: 16 }), randomBytes('x', 70001), new Uint8Array(9000)]) {
    const deflated = deflate(bytes)
    expect(deflated.length % 2).toBe(0)
    expect(inflateRawSync(deflated).equals(bytes)).toBe(true)
  }
})

test('RLE gives the samples back', () => {
  const values = Uint16Array.from({ length: 64 }, (_, i) => (i % 9 < 5 ? 0x0a0b : i * 37))
  const bytes = encodeRle16(values, 16)
  const view = new DataView(bytes.buffer)
  const unpack = (from: number) => {
    const out: number[] = []
    for (let at = from; out.length < values.length; ) {
      const control = bytes[at++]
      if (control < 128) for (let i = 0; i <= control; i++) out.push(bytes[at++])
      else out.push(...new Array<number>(257 - control).fill(bytes[at++]))
    }
    return out
  }
  const [high, low] = [4, 8].map(offset => unpack(view.getUint32(offset, true)))
  expect(high.map((byte, i) => (byte << 8) | low[i])).toEqual(Array.from(values))
})

test('the sine is right to 0.002, and exact at its quarters', () => {
  expect([0, 0.25, 0.5, 0.75, 1].map(sineOfTurns)).toEqual([0, 1, -0, -1, 0])
  for (let turns = -1; turns < 2; turns += 0.01) {
    expect(Math.abs(sineOfTurns(turns) - Math.sin(2 * Math.PI * turns))).toBeLessThan(0.002)
  }
})

test('a UID is 2.25 and a version 4 UUID, and can count on', () => {
  const uid = randomUid(5)
  expect(uid).toMatch(/^2\.25\.[1-9][0-9]{30,38}$/)
  expect((BigInt(uid.slice(5)) >> 76n) & 15n).toBe(4n)
  expect(BigInt(randomUid(5, 3).slice(5)) - BigInt(uid.slice(5))).toBe(3n)
  expect(mixSeeds(1, 7)).not.toBe(mixSeeds(7, 1))
})

/** Tag → value bytes at the top level of an explicit little endian file whose lengths are all defined. */
function topLevel(bytes: Uint8Array): Map<string, string> {
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const elements = new Map<string, string>()
  for (let at = 132; at < bytes.length; ) {
    const tag = [at, at + 2].map(offset => view.getUint16(offset, true).toString(16).padStart(4, '0')).join('')
    const long = ['OB', 'OW', 'SQ', 'UN', 'UT'].includes(String.fromCharCode(bytes[at + 4], bytes[at + 5]))
    const from = at + (long ? 12 : 8)
    const length = long ? view.getUint32(at + 8, true) : view.getUint16(at + 6, true)
    elements.set(tag, hex(bytes.subarray(from, from + length)))
    at = from + length
  }
  return elements
}

test('a demo slice has a header of about 10 KB, ascending tags, a private block and sequences', () => {
  const bytes = demoSlice(100)
  const elements = topLevel(bytes)
  const tags = [...elements.keys()]
  expect(tags).toEqual([...tags].sort())
  expect(bytes.length - 2 * 512 * 512).toBeGreaterThan(9500)
  expect(bytes.length - 2 * 512 * 512).toBeLessThan(10500)
  expect(tags.filter(tag => /^00[12]9/.test(tag)).length).toBeGreaterThanOrEqual(38)
  expect(elements.get('7fe00010')?.length).toBe(4 * 512 * 512)
})

test('demo slices differ where those of a scanner do', () => {
  const [a, b] = [3, 4].map(index => topLevel(demoSlice(index, { slices: 10, rows: 16, columns: 16 })))
  expect([...a.keys()]).toEqual([...b.keys()])
  const differing = [...a.keys()].filter(tag => a.get(tag) !== b.get(tag))
  for (const tag of ['00020003', '00080018', '00080032', '00082112', '00200013', '00200032', '00291003', '00291020']) {
    expect(differing).toContain(tag)
  }
  expect(differing.length).toBeLessThan(40)
  expect(a.get('00291002')?.length).toBe(2 * 4096)
})

test('the phantom has air, lung, fat, muscle and bone', () => {
  const counts = new Map<string, number>()
  const tissues: readonly (readonly [string, number, number])[] = [
    ['air', -1060, -950],
    ['lung', -940, -780],
    ['fat', -140, -70],
    ['muscle', 20, 90],
    ['bone', 300, 900],
  ]
  for (const hu of createPhantom(1, 128, 128).plane(150, 0)) {
    for (const [name, from, to] of tissues) if (hu >= from && hu <= to) counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  for (const [name] of tissues) expect(counts.get(name), name).toBeGreaterThan(50)
})

test('writeDemoSeries writes the slices, tells how far it is, and writes over nothing', async () => {
  const dir = join(scratch, 'demo', 'deep')
  const told: number[] = []
  const options = { slices: 3, rows: 16, columns: 16 }
  const { files, sizeBytes } = await writeDemoSeries(dir, { ...options, onProgress: done => told.push(done) })
  expect(readdirSync(dir).sort()).toEqual(['IM0001.dcm', 'IM0002.dcm', 'IM0003.dcm'])
  expect(files).toEqual(['IM0001.dcm', 'IM0002.dcm', 'IM0003.dcm'].map(name => join(dir, name)))
  expect(told).toEqual([1, 2, 3])
  expect(sizeBytes).toBe(files.reduce((sum, file) => sum + readFileSync(file).length, 0))
  expect(readFileSync(files[2]).equals(demoSlice(2, options))).toBe(true)
  await expect(writeDemoSeries(dir, options)).rejects.toMatchObject({
    code: 'exists',
    message: `${files[0]} exists (--force writes over it)`,
  })
  await writeDemoSeries(dir, { ...options, force: true })
})

test('a slice beyond the series and a size that is none are refused', () => {
  expect(() => demoSeries({ slices: 2 }).slice(2)).toThrow(expect.objectContaining({ code: 'out-of-range' }))
  expect(() => demoSeries({ rows: 0 })).toThrow('demo: rows is 0, wanted a whole number from 1 to 65535')
})

test('a series of 10,000 tiny slices has names that sort', () => {
  const series = demoSeries({ slices: 10_000, rows: 16, columns: 16 })
  expect([series.fileName(0), series.fileName(9_999)]).toEqual(['IM00001.dcm', 'IM10000.dcm'])
  expect(series.slice(9_999).length).toBeLessThan(11_000)
})

test('the generated set names each folder and each file once, and says what becomes of it', () => {
  const all = generatedSeries()
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length)
  for (const { name, shows, files, expect: expected } of all) {
    expect(shows.length, name).toBeGreaterThan(3)
    expect(new Set(files.map(({ path }) => path)).size, name).toBe(files.length)
    if (expected !== 'mixed') for (const file of files) expect(file.expect, name).toEqual(expected)
  }
})

test('writeGenerated makes the folders of a folder', () => {
  const wild = generatedSeries().find(({ name }) => name === 'wild')
  if (!wild) throw new Error('no series called wild')
  writeGenerated(join(scratch, 'wild'), wild)
  for (const { path, bytes } of wild.files)
    expect(readFileSync(join(scratch, 'wild', path)).equals(bytes), path).toBe(true)
})

// The same bytes at each call, in each engine, on each platform. A change here is a change of what is generated, and on
// purpose: everything that was measured with the demo series is then to be measured again.
test.each([
  [
    'demo slice 100 of 200',
    () => sha256(demoSlice(99)),
    'bbb09a94196bbe20a832a25e5f7cbcad7b6ef63396ff835a8855d2e4b2c97345',
  ],
  [
    'demo slice 1 of 10,000 of 16×16',
    () => sha256(demoSlice(0, { slices: 10_000, rows: 16, columns: 16 })),
    'e0f69fe9d8f8fc7ce65b36dfc605d05b07e09926afbefcc0388e244406e9b0a7',
  ],
  [
    'demo slice of another seed',
    () => sha256(demoSlice(1, { slices: 4, rows: 40, columns: 64, seed: 2 })),
    'aa1cdabad35a4ac1ee93b8cc52db407aa5fb254bd6e40faf7e482c41cd4bfa8e',
  ],
  [
    'the generated set',
    () => sha256(...generatedSeries().flatMap(({ files }) => files.map(({ bytes }) => bytes))),
    '37dc5c4f5a7cae4a8427262467359dec9de528d4ab5d93183a72dc6100e9d85c',
  ],
])('%s has the SHA-256 that it had', (_, digest, pinned) => {
  expect(digest()).toBe(pinned)
  expect(digest()).toBe(pinned)
})
