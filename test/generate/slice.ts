import { type Element, type Form, type Item, type Part10, type Value, writePart10 } from '../../src/cli/demo/part10.ts'
import { mixSeeds, randomUid, seededRandom } from '../../src/cli/demo/random.ts'
import type { ErrorCode } from '../../src/errors.ts'

/** What must become of a file: it comes back bit for bit, is passed over as no instance, or is refused with this code. */
export type Expected = 'identical' | 'skipped' | { refused: ErrorCode }
export interface GeneratedFile {
  /** Relative, with slashes. */
  path: string
  bytes: Uint8Array
  expect: Expected
}
/** One folder. */
export interface GeneratedSeries {
  name: string
  shows: string
  files: GeneratedFile[]
  /** What becomes of every file, or 'mixed': then the files say it. */
  expect: Expected | 'mixed'
  /** How many series (cubes) the folder holds. */
  cubes: number
  /** Follows PS3.5 and PS3.10, so that any other program reads it without a warning. */
  conforming: boolean
}

export const ROWS = 12
export const COLUMNS = 16

export const seedOf = (text: string) => mixSeeds(...Array.from(text, character => character.charCodeAt(0)))
export const uidOf = (text: string) => randomUid(seedOf(text))
export const randomOf = (text: string) => seededRandom(seedOf(text))
export const randomBytes = (text: string, length: number) => {
  const random = randomOf(text)
  return Uint8Array.from({ length }, () => Math.floor(random() * 256))
}

/** A hill with some noise, in so many bits: what a codec meets, in little. */
export function samples(text: string, count: number, bits: number, signed = false): number[] {
  const random = randomOf(text)
  const top = 2 ** (signed ? bits - 1 : bits) - 1
  return Array.from({ length: count }, (_, index) => {
    const hill = 1 - ((index / count - 0.4) * 1.4) ** 2 + 0.06 * random()
    const value = Math.round(top * Math.min(1, Math.max(0, hill)))
    return signed && index % 3 === 0 ? -value : value
  })
}

/** Elements to put in, put in place of others, or (null) take out. */
export type Changes = Record<string, readonly [vr: string, value: Value, form?: Form] | null>

/** The elements of one small CT slice, in ascending order of their tags. */
export function sliceElements(name: string, index: number, changes: Changes = {}): Element[] {
  const random = randomOf(`${name} ${index}`)
  const seconds = (31 + index * 0.75 + random() / 4).toFixed(3)
  const elements: Changes = {
    '00080005': ['CS', 'ISO_IR 100'],
    '00080008': ['CS', ['ORIGINAL', 'PRIMARY', 'AXIAL']],
    '00080016': ['UI', '1.2.840.10008.5.1.4.1.1.2'],
    '00080018': ['UI', uidOf(`${name} slice ${index}`)],
    '00080020': ['DA', '20240115'],
    '00080030': ['TM', '101200'],
    '00080032': ['TM', `1012${seconds}`],
    '00080060': ['CS', 'CT'],
    '00080070': ['LO', 'Dicube Generated'],
    '00080080': ['LO', 'Klinik Zürich'],
    '0008103E': ['LO', name],
    '00100010': ['PN', 'Demo^Generated'],
    '00100020': ['LO', 'GEN-0001'],
    '00100030': ['DA', ''],
    '00180050': ['DS', '1.5'],
    '00181151': ['IS', String(200 + Math.floor(60 * random()))],
    '0020000D': ['UI', uidOf(`${name} study`)],
    '0020000E': ['UI', uidOf(`${name} series`)],
    '00200011': ['IS', '4'],
    '00200013': ['IS', String(index + 1)],
    '00200032': ['DS', ['-12', '-9.5', (40 - 1.5 * index).toFixed(2)]],
    '00200037': ['DS', ['1', '0', '0', '0', '1', '0']],
    '00280002': ['US', 1],
    '00280004': ['CS', 'MONOCHROME2'],
    '00280010': ['US', ROWS],
    '00280011': ['US', COLUMNS],
    '00280030': ['DS', ['1.5', '1.5']],
    '00280100': ['US', 16],
    '00280101': ['US', 12],
    '00280102': ['US', 11],
    '00280103': ['US', 0],
    '00281052': ['DS', '-1024'],
    '00281053': ['DS', '1'],
    '7FE00010': ['OW', samples(`${name} pixels ${index}`, ROWS * COLUMNS, 12)],
    ...changes,
  }
  return elementsOf(elements)
}

/** A JavaScript object does not keep the order of keys that look like numbers, so the tags are put in order here. */
export function elementsOf(changes: Changes): Element[] {
  return Object.keys(changes)
    .sort()
    .flatMap(tag => {
      const element = changes[tag]
      return element ? [[tag, ...element] as const] : []
    })
}

export const without = (...tags: string[]): Changes => Object.fromEntries(tags.map(tag => [tag, null]))

export const code = (value: string, scheme: string, meaning: string): Item => [
  ['00080100', 'SH', value],
  ['00080102', 'SH', scheme],
  ['00080104', 'LO', meaning],
]

/** IM1.dcm, IM2.dcm … of a series with the given changes and file options. */
export function slices(
  name: string,
  count: number,
  changes: (index: number) => Changes = () => ({}),
  file: (index: number) => Omit<Part10, 'elements'> = () => ({}),
): { path: string; bytes: Uint8Array }[] {
  return Array.from({ length: count }, (_, index) => ({
    path: `IM${index + 1}.dcm`,
    bytes: writePart10({ elements: sliceElements(name, index, changes(index)), ...file(index) }),
  }))
}

type FileGiven = Omit<GeneratedFile, 'expect'> & { expect?: Expected }

export function folder(
  name: string,
  shows: string,
  given: readonly FileGiven[],
  options: { cubes?: number; conforming?: boolean } = {},
): GeneratedSeries {
  const files = given.map(file => ({ ...file, expect: file.expect ?? ('identical' as const) }))
  const [first] = files
  const same = files.every(file => JSON.stringify(file.expect) === JSON.stringify(first.expect))
  return { name, shows, files, expect: same ? first.expect : 'mixed', cubes: 1, conforming: true, ...options }
}
