import { deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import {
  concat,
  type Element,
  type Encapsulated,
  type Form,
  type Item,
  type Part10,
  TransferSyntax,
  usualFileMeta,
  type Value,
  writePart10,
} from '../../src/cli/demo/part10.ts'

/**
 * Series of files in which anything that PS3.5 allows, and some that it does not, can differ between slices. They are
 * written by the writer of the demo series, which shares nothing with the reader under test.
 */
export interface ArbitraryFile {
  name: string
  part10: Part10
}

export const bytesOfFile = ({ part10 }: ArbitraryFile) => writePart10(part10)

/** PS3.6 has an attribute of every VR in group 0072; beside it are some of daily use. */
// biome-ignore format: a table
const TAGS: Record<string, readonly string[]> = {
  AE: ['0072005E', '00080054'], AS: ['0072005F', '00101010'], AT: ['00720060', '00280009'], CS: ['00720062', '00080008'],
  DA: ['00720061', '00080022'], DS: ['00720072', '00201041'], DT: ['00720063', '0008002A'], FD: ['00720074', '00189345'],
  FL: ['00720076', '00089459'], IS: ['00720064', '00181151'], LO: ['00720066', '0008103E'], LT: ['00720068', '00204000'],
  OB: ['00720065', '00420011'], OD: ['00720073'], OF: ['00720067', '00640009'], OL: ['00720075'], OV: ['00720081'],
  OW: ['00720069', '00281201'], PN: ['0072006A', '00100010'], SH: ['0072006C', '00080050'], SL: ['0072007C', '00186020'],
  SQ: ['00081140', '00082112', '00400555'], SS: ['0072007E', '00189219'], ST: ['0072006E', '00080081'],
  SV: ['00720082'], TM: ['0072006B', '00080032'], UC: ['0072006F', '00189908'], UI: ['0072007F', '00080014'],
  UL: ['00720078', '00186018'], UN: ['0072006D'], UR: ['00720071', '0008010E'], US: ['0072007A', '00540011'],
  UT: ['00720070'], UV: ['00720083'],
}
export const VRS = Object.keys(TAGS)

/** Values of Specific Character Set and text in it: bytes of PS3.5 Annexes H to K, or made by another program. */
export const CHARACTER_SETS: readonly (readonly [terms: readonly string[], samples: readonly Uint8Array[]])[] = [
  [['ISO_IR 100'], [latin1('Äneas^Rüdiger'), latin1('Grüße')]],
  [['ISO_IR 192'], ['Wang^XiaoDong=王^小东', 'Ünï', 'まやか'].map(text => new TextEncoder().encode(text))],
  [['ISO_IR 144'], [hex('bbeedaceedd8')]],
  [['ISO_IR 126'], [hex('c4e9efedf5f3e9eff2')]],
  [['ISO_IR 13'], [hex('d4cfc0de5ec0dbb3')]],
  [
    ['', 'ISO 2022 IR 87'],
    [
      hex(
        '59616d6164615e5461726f753d1b24423b3345441b28425e1b2442424050531b28423d1b2442246424653f1b28425e1b2442243f246d24261b2842',
      ),
      hex('1b24423b3345441b2842 20'),
    ],
  ],
  [['ISO 2022 IR 13', 'ISO 2022 IR 87'], [hex('d4cfc0de5ec0dbb33d1b24423b3345441b284a5e1b2442424050531b284a')]],
  [
    ['', 'ISO 2022 IR 149'],
    [hex('486f6e675e47696c646f6e673d1b242943fbf35e1b242943d1ceb5bf3d1b242943c8ab5e1b242943b1e6b5bf')],
  ],
  [['', 'ISO 2022 IR 58'], [hex('5a68616e675e5869616f446f6e673d1b242941d5c55e1b242941d0a1b6ab3d')]],
  [['GB18030'], [hex('cdf55e d0a1b6ab'), hex('8139ef30')]],
  [['GBK'], [hex('cdf55ed0a1b6ab')]],
]

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, character => character.charCodeAt(0))
}
function hex(text: string): Uint8Array {
  return Uint8Array.from(text.replace(/\s+/g, '').match(/../g) ?? [], byte => Number.parseInt(byte, 16))
}

const bytes = (most: number) => fc.uint8Array({ maxLength: most })
/** Long values as a pattern of some bytes, or as noise that does not compress: a counterexample is to be read. */
const longBytes = fc
  .tuple(fc.integer({ min: 1000, max: 70_000 }), bytes(9), fc.option(fc.nat(), { freq: 2 }))
  .map(([length, seed, noise]) => {
    let state = (noise ?? 0) | 1
    return Uint8Array.from({ length }, (_, i) => {
      state = (Math.imul(state, 48271) >>> 0) % 0x7fffffff
      return noise === null ? (seed[i % (seed.length + 3)] ?? i >> 7) & 255 : state >> 9
    })
  })

const digitsText = (least: number, most: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: least, maxLength: most })
const ascii = fc.string({ unit: 'grapheme-ascii', maxLength: 20 })
const withoutBackslash = ascii.map(text => text.replaceAll('\\', '/'))
const decimal = fc.oneof(
  fc.tuple(fc.integer({ min: -99999, max: 99999 }), fc.integer({ min: 0, max: 4 })).map(([n, p]) => (n / 8).toFixed(p)),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(n => String(n).slice(0, 16)),
  fc.constantFrom('-0', '+1.5', '.5', '1.', '1e5', '-1.0E-3', '00.10', '1.50', '12O', ' 7 ', ''),
)
const uid = fc
  .array(
    fc.oneof(
      fc.constantFrom('1', '2', '840', '10008', '0'),
      digitsText(1, 12).map(text => `1${text}`),
    ),
    {
      minLength: 1,
      maxLength: 4,
    },
  )
  .map(parts => parts.join('.'))
const personName = fc
  .array(
    fc.array(
      withoutBackslash.map(text => text.replace(/[=^]/g, ' ')),
      { maxLength: 5 },
    ),
    { maxLength: 3 },
  )
  // JSON does not say how many delimiters and spaces an empty group had.
  .map(groups => (groups.flat().join('').trim() ? groups.map(parts => parts.join('^').trimEnd()).join('=') : ''))
const several = (one: fc.Arbitrary<string>) => fc.array(one, { maxLength: 4 })
const integers = (least: number, most: number) =>
  fc.array(fc.oneof(fc.integer({ min: least, max: most }), fc.constantFrom(least, most, 0)), { maxLength: 6 })
const bigintegers = (least: bigint, most: bigint) =>
  fc.array(fc.oneof(fc.bigInt({ min: least, max: most }), fc.constantFrom(least, most, 0n)), { maxLength: 4 })
const floats = fc.array(fc.oneof(fc.double(), fc.constantFrom(-0, Number.NaN, Number.POSITIVE_INFINITY)), {
  maxLength: 5,
})
const words = (most: number) => fc.array(fc.integer({ min: 0, max: most }), { maxLength: 9 })

/** Values that their VR allows, and that a demanding reader takes. */
const VALUES: Record<string, fc.Arbitrary<Value>> = {
  AE: several(withoutBackslash.map(text => text.slice(0, 16))),
  AS: several(fc.tuple(digitsText(3, 3), fc.constantFrom('D', 'W', 'M', 'Y')).map(parts => parts.join(''))),
  AT: fc.array(
    fc.integer({ min: 0, max: 0xffffffff }).map(tag => tag.toString(16).padStart(8, '0')),
    { maxLength: 4 },
  ),
  CS: several(fc.constantFrom('ORIGINAL', 'PRIMARY', 'A_1', 'M', '')),
  DA: several(fc.constantFrom('20240229', '19991231', '2024.02.29', '')),
  DS: several(decimal),
  DT: several(fc.constantFrom('2024', '20240229101112.123456+0100', '202402291011', '')),
  FD: floats,
  FL: floats,
  IS: several(fc.oneof(fc.integer().map(String), fc.constantFrom('+1', '01', '-0', '', '2147483648', ' 5'))),
  LO: several(withoutBackslash),
  LT: ascii,
  OB: bytes(24),
  OD: floats,
  OF: floats,
  OL: words(0xffffffff),
  OV: bigintegers(0n, 2n ** 64n - 1n),
  OW: words(0xffff),
  PN: several(personName),
  SH: several(withoutBackslash.map(text => text.slice(0, 16))),
  SL: integers(-0x80000000, 0x7fffffff),
  SS: integers(-0x8000, 0x7fff),
  ST: ascii,
  SV: bigintegers(-(2n ** 63n), 2n ** 63n - 1n),
  TM: several(fc.constantFrom('10', '1011', '101112', '101112.5', '235960.999999', '')),
  UC: several(withoutBackslash),
  UI: several(uid),
  UL: integers(0, 0xffffffff),
  UN: bytes(24),
  UR: ascii.map(text => text.trimStart()),
  US: integers(0, 0xffff),
  UT: fc.oneof(
    ascii,
    fc.integer({ min: 100, max: 3000 }).map(n => 'unlimited text '.repeat(n / 8)),
  ),
  UV: bigintegers(0n, 2n ** 64n - 1n),
}

/** How files that break PS3.5 §6.2 pad a value, or do not. */
const oddForm: fc.Arbitrary<Form> = fc.constantFrom({}, { pad: 'none' }, { pad: 0 }, { pad: 0x20 })

export interface Strictness {
  /** Only what PS3.5 allows: even lengths, whole words, text of the declared character set. */
  conforming: boolean
  samples: readonly Uint8Array[]
}

const TEXT_VRS = new Set('LO LT PN SH ST UC UT'.split(' '))
const LONG_VRS = new Set('OB OL OW UC UN UR UT'.split(' '))

/** What one slice has of an element: null, nothing. */
type Cell = readonly [vr: string, value: Value, form?: Form] | null

function valueCell(vr: string, { conforming, samples }: Strictness): fc.Arbitrary<NonNullable<Cell>> {
  const right = VALUES[vr].map((value): NonNullable<Cell> => [vr, value])
  const choices: fc.WeightedArbitrary<NonNullable<Cell>>[] = [{ arbitrary: right, weight: 6 }]
  choices.push({ arbitrary: fc.constant<NonNullable<Cell>>([vr, new Uint8Array(0)]), weight: 1 })
  if (TEXT_VRS.has(vr) && samples.length)
    choices.push({ arbitrary: fc.constantFrom(...samples).map((text): NonNullable<Cell> => [vr, text]), weight: 3 })
  if (!conforming) {
    choices.push({
      arbitrary: fc.tuple(bytes(21), oddForm).map(([raw, form]): NonNullable<Cell> => [vr, raw, form]),
      weight: 2,
    })
    if (LONG_VRS.has(vr)) choices.push({ arbitrary: longBytes.map((raw): NonNullable<Cell> => [vr, raw]), weight: 1 })
  } else if (LONG_VRS.has(vr) && vr !== 'OL')
    choices.push({
      arbitrary: longBytes.map(
        (raw): NonNullable<Cell> => [vr, raw.map(byte => (byte % 90) + 35).slice(raw.length % 2)],
      ),
      weight: 1,
    })
  return fc.oneof(...choices)
}

/** One cell a slice: the same, each its own, a number that counts, or some that lack it. */
function cellsOf(cell: fc.Arbitrary<NonNullable<Cell>>, slices: number, vr: string): fc.Arbitrary<readonly Cell[]> {
  const choices: fc.Arbitrary<readonly Cell[]>[] = [
    cell.map(one => new Array<Cell>(slices).fill(one)),
    fc.array(cell, { minLength: slices, maxLength: slices }),
    fc.array(fc.option(cell, { freq: 2 }), { minLength: slices, maxLength: slices }),
    fc
      .tuple(cell, cell, fc.array(fc.boolean(), { minLength: slices, maxLength: slices }))
      .map(([a, b, which]) => which.map(first => (first ? a : b))),
  ]
  if (vr === 'IS' || vr === 'DS')
    choices.push(
      fc
        .tuple(
          fc.integer({ min: -50, max: 1000 }),
          fc.constantFrom(1, 2, -1, 0.5, 0.25, 1.37),
          fc.integer({ max: 3, min: 0 }),
        )
        .map(([first, step, places]) =>
          Array.from({ length: slices }, (_, i) => [
            vr,
            vr === 'IS' ? String(first + i) : (first + i * step).toFixed(places),
          ]),
        ),
    )
  if (vr === 'US' || vr === 'UL' || vr === 'SL')
    choices.push(
      fc
        .tuple(fc.nat(30_000), fc.nat(9))
        .map(([first, step]) => Array.from({ length: slices }, (_, i) => [vr, first + i * step])),
    )
  if (vr === 'UI')
    choices.push(
      fc
        .tuple(uid, fc.nat(99_999))
        .map(([root, first]) => Array.from({ length: slices }, (_, i) => [vr, `${root}.${first + i}`])),
    )
  return fc.oneof(...choices)
}

/** An element as its tag and what each slice has of it. */
type Attribute = readonly [tag: string, cells: readonly Cell[]]

const PRIVATE_GROUPS = ['0009', '0019', '0029', '2001', '7FE1']
const privateTag = fc
  .tuple(fc.constantFrom(...PRIVATE_GROUPS), fc.constantFrom('10', '11'), fc.nat(255))
  .map(([group, block, element]) => group + block + element.toString(16).padStart(2, '0').toUpperCase())
const anyTag = (vr: string) => fc.oneof(fc.constantFrom(...TAGS[vr]), privateTag)

const valueAttribute = (slices: number, strictness: Strictness): fc.Arbitrary<Attribute> =>
  fc
    .constantFrom(...VRS.filter(vr => vr !== 'SQ'))
    .chain(vr => fc.tuple(anyTag(vr), cellsOf(valueCell(vr, strictness), slices, vr)))

/** The VR of an element is another in some slices, or one that nobody knows. */
const changingVr = (slices: number, strictness: Strictness): fc.Arbitrary<Attribute> =>
  fc.tuple(
    privateTag,
    fc.array(
      fc.constantFrom(...VRS.filter(vr => vr !== 'SQ')).chain(vr => valueCell(vr, strictness)),
      { minLength: slices, maxLength: slices },
    ),
  )
const unknownVr = (slices: number): fc.Arbitrary<Attribute> =>
  fc.tuple(
    privateTag,
    cellsOf(
      bytes(12).map(raw => ['ZZ', raw, { pad: 0 }]),
      slices,
      'ZZ',
    ),
  )

/** A sequence whose value is anything but items: its bytes are kept. */
const opaqueSequence = (slices: number): fc.Arbitrary<Attribute> =>
  fc.tuple(
    fc.constantFrom(...TAGS.SQ),
    cellsOf(
      bytes(24).map(raw => ['SQ', raw]),
      slices,
      'SQ',
    ),
  )

/** What no template expresses and only a patch does: a reserved field that is not 0, a delimiter with a length. */
interface Patched {
  tag: string
  cells: readonly ({ reserved: number; value: Uint8Array } | { delimiterLength: number } | null)[]
}
const patched = (slices: number): fc.Arbitrary<Patched> =>
  fc.record({
    tag: privateTag,
    cells: fc.array(
      fc.option(
        fc.oneof(
          fc.record({ reserved: fc.integer({ min: 1, max: 0xffff }), value: bytes(9) }),
          fc.record({ delimiterLength: fc.integer({ min: 1, max: 0xffff }) }),
        ),
      ),
      { minLength: slices, maxLength: slices },
    ),
  })

/** The element with its own bytes, in explicit VR of either byte order. */
function rawElement(tag: string, cell: NonNullable<Patched['cells'][number]>, littleEndian: boolean): RawElement {
  const view = new DataView(new ArrayBuffer(12 + 8))
  const set = (at: number, group: number, element: number) => {
    view.setUint16(at, group, littleEndian)
    view.setUint16(at + 2, element, littleEndian)
  }
  set(0, Number.parseInt(tag.slice(0, 4), 16), Number.parseInt(tag.slice(4), 16))
  const isSequence = 'delimiterLength' in cell
  new Uint8Array(view.buffer).set(latin1(isSequence ? 'SQ' : 'OB'), 4)
  if (isSequence) {
    view.setUint32(8, 0xffffffff, littleEndian)
    set(12, 0xfffe, 0xe0dd)
    view.setUint32(16, cell.delimiterLength, littleEndian)
    return { tag, raw: new Uint8Array(view.buffer) }
  }
  view.setUint16(6, cell.reserved, littleEndian)
  view.setUint32(8, cell.value.length, littleEndian)
  return { tag, raw: concat([new Uint8Array(view.buffer, 0, 12), cell.value]) }
}
interface RawElement {
  raw: Uint8Array
  tag: string
}

const CREATOR = 'DICUBE PROPERTY'
const creator = (slices: number): fc.Arbitrary<Attribute> =>
  fc.tuple(fc.constantFrom(...PRIVATE_GROUPS), fc.constantFrom('10', '11')).chain(([group, block]) =>
    fc.tuple(
      fc.constant(`${group}00${block}`),
      cellsOf(
        fc.constantFrom(CREATOR, 'ANOTHER').map(text => ['LO', text]),
        slices,
        'LO',
      ),
    ),
  )

/** The elements of a data set or an item, each tag once, ascending. */
function ascending(elements: readonly Element[]): Element[] {
  const byTag = new Map(elements.map(element => ['raw' in element ? (element as RawElement).tag : element[0], element]))
  return [...byTag.keys()].sort().map(tag => byTag.get(tag)!)
}

/** An icon: encapsulated pixels inside an item. */
const icon: fc.Arbitrary<Element> = fc
  .array(bytes(12).map(even), { minLength: 1, maxLength: 3 })
  .map(fragments => ['7FE00010', 'OB', { fragments }])

function even(raw: Uint8Array): Uint8Array {
  return raw.length % 2 ? raw.subarray(1) : raw
}

/** Items of sequences, `depth` more levels of them at most. */
function items(depth: number, strictness: Strictness): fc.Arbitrary<Item[]> {
  const value: fc.Arbitrary<Element> = valueAttribute(1, strictness).map(([tag, [cell]]) =>
    cell ? [tag, ...cell] : [tag, 'LO', ''],
  )
  const nested = (): fc.Arbitrary<Element> =>
    fc
      .tuple(fc.oneof(fc.constantFrom(...TAGS.SQ), privateTag), sequenceCell(depth - 1, strictness))
      .map(([tag, cell]) => [tag, ...cell])
  const element = fc.oneof(
    { arbitrary: value, weight: 6 },
    ...(depth > 0 ? [{ arbitrary: nested(), weight: 2 }] : []),
    ...(strictness.conforming ? [] : [{ arbitrary: icon, weight: 1 }]),
  )
  return fc.array(fc.array(element, { maxLength: 3 }).map(ascending), { maxLength: 3 })
}

function sequenceCell(depth: number, strictness: Strictness): fc.Arbitrary<NonNullable<Cell>> {
  return fc
    .tuple(
      items(depth, strictness),
      fc.boolean(),
      fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
      strictness.conforming ? fc.constant(false) : fc.integer({ max: 9, min: 0 }).map(n => n === 0),
    )
    .map(([value, undefinedLength, undefinedItems, asUn]) =>
      // UN of undefined length is a sequence in implicit VR (PS3.5 §6.2.2).
      asUn && value.length
        ? ['UN', value, { undefinedLength: true, undefinedItems }]
        : ['SQ', value, { undefinedLength, undefinedItems }],
    )
}

const sequenceAttribute = (slices: number, strictness: Strictness): fc.Arbitrary<Attribute> =>
  fc.tuple(fc.oneof(fc.constantFrom(...TAGS.SQ), privateTag), cellsOf(sequenceCell(2, strictness), slices, 'SQ'))

// --- pixels -------------------------------------------------------------------------------------------------------

interface PixelPlan {
  attributes: Attribute[]
  cells: (readonly [tag: string, vr: string, value: Value, form?: Form] | null)[]
}

const noPixels = (slices: number): fc.Arbitrary<PixelPlan> =>
  fc.constant({ attributes: [], cells: new Array(slices).fill(null) })

const same = (slices: number, cell: NonNullable<Cell>): readonly Cell[] => new Array(slices).fill(cell)

function nativePixels(slices: number, strictness: Strictness): fc.Arbitrary<PixelPlan> {
  return fc
    .record({
      rows: fc.integer({ min: 1, max: 9 }),
      columns: fc.integer({ min: 1, max: 9 }),
      depth: fc.constantFrom<[allocated: number, stored: number][]>(
        [1, 1],
        [8, 8],
        [8, 5],
        [16, 12],
        [16, 16],
        [32, 32],
        [32, 20],
        [64, 64],
      ),
      samples: fc.constantFrom(1, 1, 1, 3),
      planar: fc.boolean(),
      signed: fc.boolean(),
      float: fc.integer({ min: 0, max: 5 }).map(n => n === 0),
      frames: fc.constantFrom(1, 1, 2, 3),
      extra: strictness.conforming ? fc.constant(0) : fc.constantFrom(0, 0, 0, 1, 2, 5, -1),
      masked: fc.boolean(),
      ob: fc.boolean(),
      contents: fc.array(fc.uint8Array({ minLength: 1, maxLength: 12 }), { minLength: slices, maxLength: slices }),
      lack: fc.array(
        fc.integer({ min: 0, max: 9 }).map(n => n === 0),
        { minLength: slices, maxLength: slices },
      ),
    })
    .map(plan => {
      const { rows, columns, samples, frames } = plan
      let [allocated, stored] = plan.depth
      const float = plan.float && allocated >= 32
      if (allocated === 64 && !float) [allocated, stored] = [16, 14]
      const tag = float ? (allocated === 32 ? '7FE00008' : '7FE00009') : '7FE00010'
      const vr = float ? (allocated === 32 ? 'OF' : 'OD') : allocated > 8 || !plan.ob ? 'OW' : 'OB'
      const length = Math.max(0, Math.ceil((rows * columns * samples * frames * allocated) / 8) + plan.extra)
      const cells = plan.contents.map((content, slice): PixelPlan['cells'][number] => {
        if (plan.lack[slice]) return null
        const raw = Uint8Array.from({ length }, (_, i) => content[i % content.length] ^ (i >> 4))
        // Stored values below 2^Bits Stored, as most files have them, or bits outside of it.
        if (plan.masked && allocated === 16 && stored < 16)
          for (let i = 1; i < length; i += 2) raw[i] &= (1 << (stored - 8)) - 1
        return [tag, vr, raw, { pad: 0 }]
      })
      const attributes: Attribute[] = [
        ['00280002', same(slices, ['US', samples])],
        ['00280004', same(slices, ['CS', samples === 1 ? 'MONOCHROME2' : 'RGB'])],
        ['00280008', same(slices, ['IS', String(frames)])],
        ['00280010', same(slices, ['US', rows])],
        ['00280011', same(slices, ['US', columns])],
        ['00280100', same(slices, ['US', allocated])],
      ]
      if (samples > 1) attributes.push(['00280006', same(slices, ['US', plan.planar ? 1 : 0])])
      if (!float)
        attributes.push(
          ['00280101', same(slices, ['US', stored])],
          ['00280102', same(slices, ['US', stored - 1])],
          ['00280103', same(slices, ['US', plan.signed ? 1 : 0])],
        )
      return { attributes, cells }
    })
}

function encapsulatedPixels(slices: number): fc.Arbitrary<PixelPlan> {
  const value = fc
    .tuple(fc.array(bytes(20).map(even), { maxLength: 4 }), fc.array(fc.nat(60), { maxLength: 4 }), fc.boolean())
    .map(([fragments, table, exact]): Encapsulated => {
      let at = 0
      const offsets = fragments.map(fragment => {
        const start = at
        at += 8 + fragment.length
        return start
      })
      return { fragments, offsets: exact ? offsets : table }
    })
  return fc
    .tuple(
      fc.array(value, { minLength: slices, maxLength: slices }),
      fc.array(fc.constantFrom('', '1', '2', '3'), { minLength: slices, maxLength: slices }),
    )
    .map(([values, frames]) => ({
      attributes: [
        ['00280002', same(slices, ['US', 1])],
        ['00280004', same(slices, ['CS', 'MONOCHROME2'])],
        ['00280008', frames.map((text): Cell => (text ? ['IS', text] : null))],
        ['00280010', same(slices, ['US', 4])],
        ['00280011', same(slices, ['US', 4])],
        ['00280100', same(slices, ['US', 8])],
        ['00280101', same(slices, ['US', 8])],
        ['00280102', same(slices, ['US', 7])],
        ['00280103', same(slices, ['US', 0])],
      ],
      cells: values.map(one => ['7FE00010', 'OB', one]),
    }))
}

// --- files --------------------------------------------------------------------------------------------------------

const NATIVE_SYNTAXES = [
  TransferSyntax.explicitLittleEndian,
  TransferSyntax.implicitLittleEndian,
  TransferSyntax.explicitBigEndian,
  TransferSyntax.deflated,
]

function deflated(level: number): (dataSet: Uint8Array) => Uint8Array {
  return dataSet => {
    const stream = deflateRawSync(dataSet, { level })
    return stream.length % 2 ? concat([stream, new Uint8Array(1)]) : stream
  }
}

/** Files that are no two alike in preamble, File Meta Information and what stands behind the data set. */
function fileForm(syntax: string, strictness: Strictness): fc.Arbitrary<(elements: readonly Element[]) => Part10> {
  const usual = (elements: readonly Element[], level: number): Part10 => ({
    elements,
    transferSyntax: syntax,
    ...(syntax === TransferSyntax.deflated && { deflate: deflated(level) }),
  })
  if (strictness.conforming) return fc.integer({ min: 0, max: 9 }).map(level => elements => usual(elements, level))
  return fc
    .record({
      level: fc.integer({ min: 0, max: 9 }),
      preamble: fc.oneof(
        { arbitrary: fc.constant(undefined), weight: 6 },
        { arbitrary: fc.uint8Array({ minLength: 128, maxLength: 128 }), weight: 2 },
        { arbitrary: fc.constant<false>(false), weight: 1 },
      ),
      metaGroupLength: fc.oneof(
        { arbitrary: fc.constant(true), weight: 6 },
        { arbitrary: fc.oneof(fc.constant(false), fc.nat(5000)), weight: 1 },
      ),
      title: fc.option(
        ascii.map(text => text.slice(0, 16)),
        { freq: 3 },
      ),
      groupLengths: fc.integer({ min: 0, max: 7 }).map(n => n === 0),
      zeros: fc.constantFrom(0, 0, 0, 0, 1, 2, 64, 300),
    })
    .map(({ level, preamble, metaGroupLength, title, groupLengths, zeros }) => elements => ({
      ...usual(elements, level),
      preamble,
      metaGroupLength,
      groupLengths,
      ...(title !== null && { fileMeta: [...usualFileMeta(elements, syntax), ['00020016', 'AE', title]] }),
      ...(zeros && syntax !== TransferSyntax.deflated && { tail: new Uint8Array(zeros) }),
    }))
}

export const SERIES_UID = '1.2.826.0.1.3680043.10.99.7'

export interface SeriesOptions {
  conforming?: boolean
  /** Slices at most. */
  slices?: number
}

/** The files of one series. */
export function arbitrarySeries({
  conforming = false,
  slices: most = 5,
}: SeriesOptions = {}): fc.Arbitrary<ArbitraryFile[]> {
  return fc
    .tuple(
      fc.integer({ min: 1, max: most }),
      fc.oneof(fc.constant(undefined), fc.constantFrom(...CHARACTER_SETS)),
      fc.oneof(
        { arbitrary: fc.constantFrom(...NATIVE_SYNTAXES), weight: 5 },
        { arbitrary: fc.constant(TransferSyntax.jpeg2000Lossless), weight: 1 },
      ),
    )
    .chain(([slices, charset, syntax]) => {
      const strictness: Strictness = { conforming, samples: charset?.[1] ?? [] }
      const encapsulated = syntax === TransferSyntax.jpeg2000Lossless
      return fc
        .record({
          attributes: fc.array(
            fc.oneof(
              { arbitrary: valueAttribute(slices, strictness), weight: 8 },
              { arbitrary: sequenceAttribute(slices, strictness), weight: 3 },
              { arbitrary: creator(slices), weight: 2 },
              ...(conforming
                ? []
                : [
                    { arbitrary: changingVr(slices, strictness), weight: 1 },
                    { arbitrary: unknownVr(slices), weight: 1 },
                    { arbitrary: opaqueSequence(slices), weight: 1 },
                  ]),
            ),
            { maxLength: 9 },
          ),
          pixels: encapsulated
            ? encapsulatedPixels(slices)
            : fc.oneof(noPixels(slices), nativePixels(slices, strictness), nativePixels(slices, strictness)),
          forms: fc.array(fileForm(syntax, strictness), { minLength: slices, maxLength: slices }),
          numbers: fc.oneof(
            fc.constant(Array.from({ length: slices }, (_, i) => String(i + 1))),
            fc.array(fc.oneof(fc.nat(3).map(String), fc.constant('')), { minLength: slices, maxLength: slices }),
          ),
          patches:
            conforming || syntax === TransferSyntax.implicitLittleEndian
              ? fc.constant<Patched[]>([])
              : fc.oneof(fc.constant<Patched[]>([]), fc.array(patched(slices), { maxLength: 2 })),
          first: fc.nat(9_999_999),
        })
        .map(({ attributes, pixels, forms, numbers, patches, first }) =>
          forms.map((form, slice): ArbitraryFile => {
            const elements: Element[] = [
              ...attributes.flatMap(([tag, cells]) => {
                const cell = cells[slice]
                return cell ? [[tag, ...cell] as Element] : []
              }),
              ['00080016', 'UI', '1.2.840.10008.5.1.4.1.1.7'],
              ['00080018', 'UI', `1.2.826.0.1.3680043.10.99.8.${first + slice * 7}`],
              ['0020000E', 'UI', SERIES_UID],
              ['00200013', 'IS', numbers[slice]],
              ...pixels.attributes.flatMap(([tag, cells]) => {
                const cell = cells[slice]
                return cell ? [[tag, ...cell] as Element] : []
              }),
            ]
            if (charset) elements.push(['00080005', 'CS', [...charset[0]]])
            const pixel = pixels.cells[slice]
            if (pixel) elements.push(pixel)
            const raw = patches.flatMap(({ tag, cells }) => {
              const cell = cells[slice]
              return cell ? [rawElement(tag, cell, syntax !== TransferSyntax.explicitBigEndian)] : []
            })
            const part10 = form(ascending([...elements, ...raw]))
            // Group lengths are counted from what is no raw bytes.
            return { name: `${slice}.dcm`, part10: raw.length ? { ...part10, groupLengths: false } : part10 }
          }),
        )
    })
}

// --- changes ------------------------------------------------------------------------------------------------------

/** A tag, and a value for each slice: undefined removes the element, null empties it. */
export interface Edit {
  tag: string
  vr: string
  values: (readonly unknown[] | null | undefined)[]
}

const word = fc.string({ unit: fc.constantFrom(...'ABCxyz019._- '), maxLength: 14 }).map(text => `w${text}e`)
const wholeNumbers = (min: number, max: number) => fc.array(fc.integer({ min, max }), { minLength: 1, maxLength: 3 })

/** Values as a program sets them and gets them back. */
const SET_VALUES: Record<string, fc.Arbitrary<readonly unknown[]>> = {
  AT: fc.constantFrom(['00100010'], ['7FE00010', '00080018']),
  DA: fc.constantFrom(['20240229'], ['19991231', '20000101']),
  DS: fc.array(
    fc.integer({ min: -99_999, max: 99_999 }).map(n => n / 16 + 0),
    { minLength: 1, maxLength: 4 },
  ),
  FD: fc.array(fc.double({ noNaN: true }), { minLength: 1, maxLength: 3 }),
  FL: fc.array(fc.float({ noNaN: true }), { minLength: 1, maxLength: 3 }),
  IS: wholeNumbers(-0x80000000, 0x7fffffff),
  LO: fc.array(word, { minLength: 1, maxLength: 3 }),
  LT: word.map(text => [`${text}\r\nline two`]),
  OB: fc.uint8Array({ minLength: 2, maxLength: 2000 }).map(raw => [even(raw)]),
  PN: fc.tuple(word, word).map(([family, given]) => [{ Alphabetic: `${family}^${given}` }]),
  SH: word.map(text => [text]),
  SL: wholeNumbers(-0x80000000, 0x7fffffff),
  SQ: fc.array(
    word.map(text => ({ '00080100': { vr: 'SH', Value: [text] }, '00080102': { vr: 'SH' } })),
    { minLength: 1, maxLength: 3 },
  ),
  SS: wholeNumbers(-0x8000, 0x7fff),
  SV: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(n => [n]),
  TM: fc.constantFrom(['101112.5'], ['10']),
  UI: uid.map(text => [text]),
  UL: wholeNumbers(0, 0xffffffff),
  US: wholeNumbers(0, 0xffff),
  UT: word.map(text => [text]),
  UV: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(n => [n]),
}

/** Changes of attributes that PS3.6 knows, so that their VR is known in implicit VR too. */
export const edits = (slices: number): fc.Arbitrary<Edit[]> =>
  fc.array(
    fc.constantFrom(...Object.keys(SET_VALUES)).chain(vr => {
      const value = SET_VALUES[vr]
      const one = fc.oneof({ arbitrary: value, weight: 5 }, { arbitrary: fc.constantFrom(null, undefined), weight: 1 })
      return fc.record({
        tag: fc.constantFrom(...TAGS[vr]),
        vr: fc.constant(vr),
        values: fc.oneof(
          one.map(shared => new Array<Edit['values'][number]>(slices).fill(shared)),
          fc.array(one, { minLength: slices, maxLength: slices }),
        ),
      })
    }),
    { minLength: 1, maxLength: 4 },
  )
