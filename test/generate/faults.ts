import { type Element, type Item, type Part10, TransferSyntax, writePart10 } from '../../src/cli/demo/part10.ts'
import type { CheckCode } from '../../src/cube/check-codes.ts'
import { type Changes, COLUMNS, ROWS, samples, sliceElements, uidOf, without } from './slice.ts'

/** A series with one fault. */
export interface Fault {
  code: CheckCode
  /** The slices that the finding is about. */
  slices: number[]
  files: { path: string; bytes: Uint8Array }[]
  /** What it takes to see it: the metadata, the files or frames as well, or what was measured of frames in a cube. */
  seenIn: 'meta' | 'image' | 'cube'
}

const COUNT = 6
const ALL = [0, 1, 2, 3, 4, 5]

type FileOptions = Omit<Part10, 'elements'>
interface Options {
  seenIn?: Fault['seenIn']
  count?: number
  file?: (index: number) => FileOptions
}

function fault(code: CheckCode, slices: number[], changes: (index: number) => Changes, options: Options = {}): Fault {
  const { seenIn = 'meta', count = COUNT, file = () => ({}) } = options
  const files = Array.from({ length: count }, (_, index) => ({
    path: `IM${index + 1}.dcm`,
    bytes: writePart10({ elements: sliceElements(`fault ${code}`, index, changes(index)), ...file(index) }),
  }))
  return { code, slices, files, seenIn }
}

/** Changes of one slice. */
const only = (slice: number, changes: Changes) => (index: number) => (index === slice ? changes : {})
const always = (changes: Changes) => () => changes
const at = (x: number, y: number, z: number): Changes => ({
  '00200032': ['DS', [x, y, z].map(mm => String(Math.round(mm * 100) / 100))],
})
const facing = (...directions: number[]): Changes => ({ '00200037': ['DS', directions.map(String)] })
const z = (index: number) => 40 - 1.5 * index
const number = (text: string): Changes => ({ '00200013': ['IS', text] })

/** The slices of fault() without a fault. */
export const faultless = (): Fault['files'] => fault('odd-file', [], () => ({})).files

export function faults(): Fault[] {
  return [...identity(), ...completeness(), ...geometry(), ...pixels(), ...values(), ...encoding()]
}

function identity(): Fault[] {
  const frameOfReference = (index: number): Changes => ({
    '00200052': ['UI', uidOf(index === 4 ? 'another frame of reference' : 'frame of reference')],
  })
  return [
    fault('missing-uid', [2], only(2, without('0020000D'))),
    fault('several-series', [5], only(5, { '0020000E': ['UI', uidOf('another series')] })),
    fault('several-studies', [3], only(3, { '0020000D': ['UI', uidOf('another study')] })),
    fault('several-patients', [3], only(3, { '00100020': ['LO', 'GEN-0002'] })),
    fault('patient-differs', [1], only(1, { '00100010': ['PN', 'Demo^Another'] })),
    fault('several-frames-of-reference', [4], frameOfReference),
    fault('several-modalities', [2], only(2, { '00080060': ['CS', 'MR'] })),
    fault('several-sop-classes', [2], only(2, { '00080016': ['UI', '1.2.840.10008.5.1.4.1.1.7'] })),
    fault(
      'duplicate-sop-instance-uid',
      [1, 4],
      (index): Changes => (index === 1 || index === 4 ? { '00080018': ['UI', uidOf('twin')] } : {}),
    ),
  ]
}

const MULTI_FRAME: Changes = { ...without('00200032', '00200037'), '00080016': ['UI', '1.2.840.10008.5.1.4.1.1.7.3'] }

function completeness(): Fault[] {
  const frame = (index: number): Item => [
    ['00209113', 'SQ', [[['00200032', 'DS', ['-12', '-9.5', String(z(index))]]]]],
    ['00289110', 'SQ', [[['00280030', 'DS', ['1.5', '1.5']]]]],
  ]
  const frames = samples('frames', ROWS * COLUMNS * 3, 12)
  return [
    fault('missing-instance-number', [5], only(5, without('00200013'))),
    fault('duplicate-instance-number', [4, 5], only(5, number('5'))),
    fault('instance-number-gap', [5], only(5, number('9'))),
    fault('missing-positions', [2, 3], index => at(-12, -9.5, z(index) - (index > 2 ? 1.5 : 0))),
    fault(
      'incomplete-volume',
      [4, 5, 6],
      index => ({ ...at(-12, -9.5, z(index % 4)), '00180081': ['DS', index < 4 ? '10' : '20'] }),
      { count: 7 },
    ),
    fault('no-position', [5], only(5, without('00200032'))),
    fault('no-orientation', [5], only(5, without('00200037'))),
    fault('no-pixel-spacing', [5], only(5, without('00280030'))),
    fault('no-pixel-data', [2], only(2, without('7FE00010'))),
    fault(
      'missing-frames',
      [0],
      always({
        ...MULTI_FRAME,
        '00280008': ['IS', '3'],
        '7FE00010': ['OW', frames.slice(0, 2 * ROWS * COLUMNS)],
      }),
      { count: 1, seenIn: 'image' },
    ),
    fault(
      'functional-groups-mismatch',
      [0],
      always({
        ...without('00200032', '00280030'),
        '00080016': ['UI', '1.2.840.10008.5.1.4.1.1.2.1'],
        '00280008': ['IS', '3'],
        '52009230': ['SQ', [0, 1, 2, 3].map(frame)],
        '7FE00010': ['OW', frames],
      }),
      { count: 1 },
    ),
  ]
}

function geometry(): Fault[] {
  const localizer = [
    [1, 0, 0, 0, 1, 0],
    [0, 1, 0, 0, 0, -1],
    [1, 0, 0, 0, 0, -1],
  ]
  const heights = [0, 1.5, 3.5, 5, 6.5, 8.8]
  const small: Changes = {
    '00280010': ['US', 6],
    '00280011': ['US', 8],
    '7FE00010': ['OW', samples('small', 48, 12)],
  }
  return [
    fault('several-orientations', [0, 1, 2], index => facing(...localizer[index]), { count: 3 }),
    fault('not-parallel', [3], only(3, facing(0.999986, 0.005236, 0, -0.005236, 0.999986, 0))),
    fault('orientation-not-unit', ALL, always(facing(1.1, 0, 0, 0, 1, 0))),
    fault('orientation-not-orthogonal', ALL, always(facing(1, 0, 0, 0.1, 0.995, 0))),
    fault('irregular-spacing', [2, 5], index => at(-12, -9.5, heights[index])),
    fault('duplicate-position', [4, 5], index => at(-12, -9.5, z(Math.min(index, 4)))),
    fault('positions-off-line', [2], only(2, at(-7, -9.5, z(2)))),
    fault('gantry-tilt', ALL, index => at(-12, -9.5 + 0.5 * index, z(index))),
    fault('thickness-against-spacing', ALL, always({ '00180050': ['DS', '3'] })),
    fault('spacing-between-slices', ALL, always({ '00180088': ['DS', '2'] })),
    fault('mixed-dimensions', [5], only(5, small)),
    fault('mixed-pixel-spacing', [5], only(5, { '00280030': ['DS', ['2', '2']] })),
  ]
}

function pixels(): Fault[] {
  const stored = samples('pixels', ROWS * COLUMNS, 12)
  return [
    fault('missing-pixel-attributes', [2], only(2, without('00280102'))),
    fault('contradictory-pixel-attributes', ALL, always({ '00280004': ['CS', 'RGB'] })),
    fault('mixed-pixel-types', [2], only(2, { '00280101': ['US', 16], '00280102': ['US', 15] })),
    fault(
      'bits-outside-stored',
      [3],
      only(3, { '7FE00010': ['OW', stored.map((value, i) => value | (i % 7 ? 0 : 0x8000))] }),
      {
        seenIn: 'cube',
      },
    ),
    fault('pixel-padding', ALL, always({ '00280120': ['US', 3000] })),
    fault('pixel-padding-varies', [2], index => ({ '00280120': ['US', index === 2 ? 1 : 0] })),
    fault('pixel-padding-out-of-range', ALL, always({ '00280120': ['US', 63536] })),
    fault('pixel-range', [3], only(3, { '00280107': ['US', 1] }), { seenIn: 'cube' }),
    fault('blank-frames', [2], only(2, { '7FE00010': ['OW', stored.map(() => 7)] }), { seenIn: 'cube' }),
  ]
}

function values(): Fault[] {
  return [
    fault('rescale-varies', [3], only(3, { '00281053': ['DS', '2'] })),
    fault('rescale-slope-zero', ALL, always({ '00281053': ['DS', '0'] })),
    fault('window-varies', [3], index => ({
      '00281050': ['DS', '40'],
      '00281051': ['DS', index === 3 ? '80' : '400'],
    })),
    fault('invalid-ds', [2], index => ({ '00180060': ['DS', index === 2 ? '12O' : '120'] })),
    fault('invalid-is', [4], index => ({ '00181150': ['IS', index === 4 ? '1.5' : '500'] })),
    fault('invalid-ui', [1], only(1, { '00181002': ['UI', '1.2.840.x'] })),
    fault('invalid-da', [0], only(0, { '00080022': ['DA', '20241301'] })),
    fault('invalid-tm', ALL, always({ '00080031': ['TM', '256000'] })),
    fault('invalid-dt', [5], only(5, { '0008002A': ['DT', '2024013299'] })),
    fault('invalid-as', ALL, always({ '00101010': ['AS', '45 Y'] })),
    fault('invalid-pn', [2], only(2, { '00081050': ['PN', 'A^B^C^D^E^F'] })),
    fault('invalid-at', [1], only(1, { '00280009': ['AT', '00182063'] })),
    fault('control-characters', [4], only(4, { '00081010': ['SH', 'CT\0 7'] })),
    fault('no-private-creator', [3], only(3, { '00291010': ['LO', 'whose'] })),
    fault('value-too-long', [3], only(3, { '00080050': ['SH', 'seventeen letters'] })),
  ]
}

function encoding(): Fault[] {
  const ascii: Changes = { '00080080': ['LO', 'Demo'] }
  const bad = Uint8Array.from('odd', character => character.charCodeAt(0))
  // SOI, the SOF of 12 lines of 16 samples, EOI.
  const sof = [0xff, 0xc0, 0, 11, 8, 0, ROWS, 0, COLUMNS, 1, 1, 0x11, 0]
  const jpeg: Element = ['7FE00010', 'OB', { fragments: [Uint8Array.of(0xff, 0xd8, ...sof, 0, 0xff, 0xd9)] }]
  const eight: Changes = { '00280100': ['US', 8], '00280101': ['US', 8], '00280102': ['US', 7] }
  return [
    fault('undeclared-characters', ALL, always({ '00080005': ['CS', ''] })),
    fault('broken-characters', ALL, always({ '00080005': ['CS', 'ISO_IR 192'] })),
    fault('unknown-character-set', ALL, always({ ...ascii, '00080005': ['CS', 'ISO_IR 999'] })),
    fault('misspelt-character-set', ALL, always({ '00080005': ['CS', 'ISO-IR 100'] })),
    fault('odd-length', [2], only(2, { '00080081': ['ST', bad, { pad: 'none' }] })),
    fault('partial-word', [2], only(2, { '00189305': ['FD', Uint8Array.of(0, 0, 0, 1)] })),
    fault('lossy-compression', ALL, always({ '00282110': ['CS', '01'] })),
    {
      ...fault('lossy-not-marked', ALL, () => ({})),
      files: ALL.map(index => ({
        path: `IM${index + 1}.dcm`,
        bytes: writePart10({
          transferSyntax: TransferSyntax.jpegBaseline,
          elements: [...sliceElements('fault lossy-not-marked', index, { ...eight, ...without('7FE00010') }), jpeg],
        }),
      })),
    },
    fault('mixed-transfer-syntaxes', [2], () => ({}), {
      file: index => (index === 2 ? { transferSyntax: TransferSyntax.implicitLittleEndian } : {}),
    }),
    fault('odd-file', [3], () => ({}), { seenIn: 'image', file: index => (index === 3 ? { preamble: false } : {}) }),
  ]
}
