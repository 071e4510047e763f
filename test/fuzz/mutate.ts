import { writeDataSet } from '../../src/cli/demo/part10.ts'
import { lookup } from '../../src/dicom/dictionary.ts'
import { VRS } from '../../src/dicom/vr.ts'
import type { BaseFile } from './corpus.ts'

/** What is done to a file; several of them to one. */
export const MUTATIONS = [
  'bit', // one bit is turned
  'byte', // one byte becomes any other
  'integer', // two, four or eight bytes become a number that programs stumble over
  'cut', // the end is gone
  'delete', // some bytes are gone
  'duplicate', // some bytes are there twice
  'insert', // some bytes of nothing are put in
  'token', // something that means something in DICOM is put in, or in the place of other bytes
  'splice', // the beginning of one file, the end of another
] as const
export type Mutation = (typeof MUTATIONS)[number]

type Random = () => number
const below = (random: Random, count: number) => Math.floor(random() * count)
const pick = <T>(random: Random, from: readonly T[]): T => from[below(random, from.length)]

/** Numbers at the edges of what lengths, counts, offsets and sizes may be. */
const NUMBERS = [
  0, 1, 2, 3, 7, 8, 15, 16, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xfffe, 0xffff, 0x10000, 0x7ffffffe, 0x7fffffff,
  0x80000000, 0xfffffff0, 0xfffffffe, 0xffffffff,
]

const ascii = (text: string) => Uint8Array.from(text, character => character.charCodeAt(0))
const u16 = (...values: number[]) => new Uint8Array(Uint16Array.from(values).buffer)

/** Tags that decide how others are read, and some that hold what may go wrong. */
const TAGS = (
  '00020000 00020002 00020010 00080005 00080016 00080018 00081140 00100010 00100020 0020000D 0020000E 00200013 00200032 ' +
  '00280002 00280004 00280006 00280008 00280009 00280010 00280011 00280100 00280101 00280102 00280103 00281101 00281201 ' +
  '00281221 00283000 00283002 00283006 00290010 00291010 52009229 52009230 7FE00001 7FE00002 7FE00008 7FE00009 7FE00010 ' +
  'FFFAFFFA FFFCFFFC FFFEE000 FFFEE00D FFFEE0DD FFFFFFFF'
).split(' ')

const SYNTAXES = ['', '.1', '.2', '.1.99', '.5', '.4.50', '.4.70', '.4.80', '.4.90', '.4.202', '.1.98', '.8.1']
const EXPLICIT = { explicit: true, littleEndian: true }

/** Elements and pieces of elements, as bytes. */
const TOKENS: readonly Uint8Array[] = [
  ...TAGS.map(tag => u16(Number.parseInt(tag.slice(0, 4), 16), Number.parseInt(tag.slice(4), 16))),
  ...[...VRS, 'QQ', '??', '\0\0', '  '].map(ascii),
  // Items, their ends, and lengths that none has.
  ...[0xe000, 0xe00d, 0xe0dd].flatMap(element =>
    [0, 8, 0xffff].map(length => u16(0xfffe, element, length, length && length === 0xffff ? 0xffff : 0)),
  ),
  ...SYNTAXES.map(end => writeDataSet([['00020010', 'UI', `1.2.840.10008.1.2${end}`]], EXPLICIT)),
  ...['', 'ISO_IR 192', 'ISO_IR 100', 'ISO 2022 IR 87', '\\ISO 2022 IR 149', 'GB18030', 'ISO_IR 13', 'none'].map(set =>
    writeDataSet([['00080005', 'CS', set]], EXPLICIT),
  ),
  ...TAGS.flatMap(tag => {
    const vr = lookup(tag)?.vr
    return vr === 'US' ? [0, 1, 8, 16, 0xffff].map(value => writeDataSet([[tag, 'US', value]], EXPLICIT)) : []
  }),
  ...['0', '1', '-1', '2147483647', '1e300', 'NaN', '1.5'].map(text =>
    writeDataSet([['00280008', 'IS', text]], EXPLICIT),
  ),
  writeDataSet([['00081140', 'SQ', [[['00081155', 'UI', '1.2']]], { undefinedLength: true }]], EXPLICIT),
  writeDataSet([['00091010', 'UN', [[]], { undefinedLength: true, undefinedItems: true }]], EXPLICIT),
  ...[
    '\x1b$B',
    '\x1b(B',
    '\x1b$)C',
    '\\\\',
    '===',
    '^^^^^^',
    '\0',
    '\xff\xd8\xff',
    '\xff\x4f\xff\x51',
    '\xff\xd9',
    'DICM',
  ].map(ascii),
]

export interface Mutant {
  bytes: Uint8Array
  mutations: Mutation[]
}

/** One to four mutations, one after the other; the same for the same random numbers. */
export function mutate(base: BaseFile, other: BaseFile, random: Random): Mutant {
  let bytes: Uint8Array = base.bytes.slice()
  const mutations: Mutation[] = []
  for (let more = true; more; more = mutations.length < 4 && random() < 0.35) {
    const mutation = pick(random, MUTATIONS)
    mutations.push(mutation)
    bytes = applied(mutation, bytes, base, other, random)
  }
  return { bytes, mutations }
}

/** Anywhere: mostly behind the preamble, where all but the pixels is. */
function anywhere(bytes: Uint8Array, random: Random): number {
  const at = random() < 0.1 ? below(random, bytes.length) : 132 + below(random, Math.min(bytes.length - 132, 2048))
  return Math.max(0, Math.min(bytes.length - 1, at))
}

/** Where one element ends and the next begins, so that what is done there is met by more than the first length. */
function border(bytes: Uint8Array, { borders }: BaseFile, random: Random): number {
  return borders.length && random() < 0.7 ? Math.min(bytes.length, pick(random, borders)) : anywhere(bytes, random)
}

/** Mostly within a value. */
function within(bytes: Uint8Array, { values }: BaseFile, random: Random): number {
  if (!values.length || random() < 0.5) return anywhere(bytes, random)
  const [start, end] = pick(random, values)
  return Math.min(bytes.length - 1, start + below(random, end - start))
}

/** From one border to the next, or some bytes. */
function stretch(bytes: Uint8Array, base: BaseFile, random: Random): [from: number, to: number] {
  const from = border(bytes, base, random)
  const next = base.borders[base.borders.indexOf(from) + 1]
  const length = 1 + below(random, random() < 0.7 ? 8 : 256)
  return [from, Math.min(bytes.length, base.borders.includes(from) && next ? next : from + length)]
}

function applied(mutation: Mutation, bytes: Uint8Array, base: BaseFile, other: BaseFile, random: Random): Uint8Array {
  if (!bytes.length) return bytes
  switch (mutation) {
    case 'bit':
      bytes[within(bytes, base, random)] ^= 1 << below(random, 8)
      return bytes
    case 'byte':
      bytes[within(bytes, base, random)] = below(random, 256)
      return bytes
    case 'integer': {
      const at = within(bytes, base, random)
      const number = pick(random, NUMBERS)
      const size = pick(random, [2, 4, 4, 8])
      const little = random() < 0.9
      for (let i = 0; i < size && at + i < bytes.length; i++) {
        const place = little ? i : size - 1 - i
        bytes[at + i] = place < 4 ? Math.floor(number / 2 ** (8 * place)) : 0
      }
      return bytes
    }
    case 'cut':
      return bytes.slice(0, border(bytes, base, random))
    case 'delete': {
      const [from, to] = stretch(bytes, base, random)
      return joined(bytes.subarray(0, from), bytes.subarray(to))
    }
    case 'duplicate': {
      const [from, to] = stretch(bytes, base, random)
      return joined(bytes.subarray(0, to), bytes.subarray(from))
    }
    case 'insert': {
      const at = border(bytes, base, random)
      const fill = new Uint8Array(1 + below(random, 64)).fill(pick(random, [0, 0xff, 0x20, 0x41]))
      return joined(bytes.subarray(0, at), fill, bytes.subarray(at))
    }
    case 'token': {
      const token = pick(random, TOKENS)
      const isOver = random() < 0.5
      const at = isOver ? within(bytes, base, random) : border(bytes, base, random)
      return joined(bytes.subarray(0, at), token, bytes.subarray(isOver ? at + token.length : at))
    }
    case 'splice':
      return joined(
        bytes.subarray(0, border(bytes, base, random)),
        other.bytes.subarray(border(other.bytes, other, random)),
      )
  }
}

function joined(...parts: Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
