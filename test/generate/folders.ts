import { concat, latin1, writePart10 } from '../../src/cli/demo/part10.ts'
import {
  type Expected,
  elementsOf,
  folder,
  type GeneratedFile,
  type GeneratedSeries,
  randomBytes,
  sliceElements,
  slices,
  uidOf,
  without,
} from './slice.ts'

/** What lies around in folders. */
export function folderSeries(): GeneratedSeries[] {
  return [twoSeries(), wild(), truncated(), ...orders()]
}

function twoSeries(): GeneratedSeries {
  // Names alternate, so that nothing but the Series Instance UID tells the two apart.
  const files = [0, 1, 2, 3, 4, 5].map(index => ({
    path: `IM${index + 1}.dcm`,
    bytes: writePart10({ elements: sliceElements(`two-series-${index % 2 ? 'b' : 'a'}`, index >> 1) }),
  }))
  return folder('two-series', 'two series in one folder', files, { cubes: 2 })
}

const truncatedFile = (name: string, index: number, keep: (bytes: Uint8Array) => number): GeneratedFile => {
  const bytes = writePart10({ elements: sliceElements(name, index) })
  return { path: `cut${index}.dcm`, bytes: bytes.slice(0, keep(bytes)), expect: { refused: 'truncated' } }
}

function wild(): GeneratedSeries {
  const name = 'wild'
  const file = (path: string, bytes: Uint8Array, expect: Expected = 'identical') => ({ path, bytes, expect })
  const [a, b, c, d, e] = slices(name, 5).map(slice => slice.bytes)
  return folder(
    name,
    'slices among other files: odd names, subfolders, a duplicate, a truncated one, text, JPEG, DICOMDIR, nothing',
    [
      file('IM0001', a),
      file('sub folder/IM0002.DCM', b),
      file('sub folder/deeper/ünïcode 3.ima', c),
      file('.hidden', d),
      file('1.2.840.99.5', e),
      file('copy of IM0001.dcm', a.slice()),
      { ...truncatedFile('wild', 7, bytes => bytes.length - 150), path: 'sub folder/broken.dcm' },
      file('readme.txt', latin1('This folder was exported by nobody.\r\n'), 'skipped'),
      file('notes.dcm', latin1('not DICOM, whatever its name says'), { refused: 'not-dicom' }),
      file('DICOMDIR', dicomDir(), 'skipped'),
      file('thumb.jpg', jpeg(), 'skipped'),
      file('empty.dcm', new Uint8Array(0), { refused: 'not-dicom' }),
      file(
        'sub folder/Thumbs.db',
        concat([Uint8Array.of(0xd0, 0xcf, 0x11, 0xe0), randomBytes('thumbs', 500)]),
        'skipped',
      ),
      file('data.json', latin1('{"00080018": {"vr": "UI"}}'), 'skipped'),
    ],
    { conforming: false },
  )
}

function truncated(): GeneratedSeries {
  return folder(
    'truncated',
    'files that end too soon: in Pixel Data, within a value, within a header',
    [
      truncatedFile('truncated', 0, bytes => bytes.length - 1),
      truncatedFile('truncated', 1, bytes => bytes.length - 300),
      truncatedFile('truncated', 2, () => 500),
      truncatedFile('truncated', 3, () => 350),
    ],
    { cubes: 0, conforming: false },
  )
}

const jpeg = () => concat([Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16), latin1('JFIF\0'), randomBytes('jpeg', 300)])

/** A directory of no files (PS3.10 §8). */
function dicomDir(): Uint8Array {
  const instance = uidOf('dicomdir')
  return writePart10({
    fileMeta: elementsOf({
      '00020001': ['OB', Uint8Array.of(0, 1)],
      '00020002': ['UI', '1.2.840.10008.1.3.10'],
      '00020003': ['UI', instance],
      '00020010': ['UI', '1.2.840.10008.1.2.1'],
      '00020012': ['UI', uidOf('implementation')],
    }),
    elements: elementsOf({
      '00041130': ['CS', 'DEMO'],
      '00041200': ['UL', 0],
      '00041202': ['UL', 0],
      '00041212': ['US', 0],
      '00041220': ['SQ', []],
    }),
  })
}

function orders(): GeneratedSeries[] {
  const numbers = (name: string, shows: string, instanceNumbers: readonly (string | null)[]) =>
    folder(
      name,
      shows,
      slices(name, instanceNumbers.length, index => {
        const number = instanceNumbers[index]
        return { '00200013': number === null ? null : ['IS', number] }
      }),
    )
  const feet = slices('order-positions', 4, index => ({
    ...without('00200013'),
    '00200032': ['DS', ['-12', '-9.5', String([10, -5, 20, 0.5][index])]],
  }))
  return [
    numbers('order-reversed', 'file names and Instance Numbers run against each other', ['5', '4', '3', '2', '1']),
    numbers('order-gaps', 'Instance Numbers with gaps, and two digits', ['100', '9', '20', '11']),
    numbers('order-ties', 'the same Instance Number twice', ['2', '1', '2', '1']),
    numbers('order-absent', 'Instance Numbers that are absent or empty', ['3', null, '', '1']),
    numbers('order-negative', 'Instance Numbers below one', ['0', '-1', '1', '-2']),
    folder('order-positions', 'no Instance Number at all, positions out of order', feet),
  ]
}
