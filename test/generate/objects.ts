import { concat, type Element, type Item, latin1, TransferSyntax, writePart10 } from '../../src/cli/demo/part10.ts'
import {
  type Changes,
  code,
  folder,
  type GeneratedSeries,
  randomBytes,
  samples,
  sliceElements,
  slices,
  uidOf,
  without,
} from './slice.ts'

/** Objects without an image, and text in the character sets of PS3.3 §C.12.1.1.2. */
export function objectSeries(): GeneratedSeries[] {
  return [...nonImages(), ...characterSets()]
}

/** What an object without pixels keeps of a slice. */
const bare = (sopClassUid: string, modality: string): Changes => ({
  ...without(
    '7FE00010',
    '00280002',
    '00280004',
    '00280010',
    '00280011',
    '00280030',
    '00280100',
    '00280101',
    '00280102',
  ),
  ...without(
    '00280103',
    '00281052',
    '00281053',
    '00200032',
    '00200037',
    '00180050',
    '00181151',
    '00080008',
    '00080032',
  ),
  '00080016': ['UI', sopClassUid],
  '00080060': ['CS', modality],
})

function nonImages(): GeneratedSeries[] {
  return [
    folder('report', 'a structured report: nested items of several kinds', slices('report', 2, report)),
    folder(
      'structure-set',
      'RTSTRUCT-like: contours, other numbers of them in each item',
      slices('structure-set', 2, contours),
    ),
    folder(
      'structure-set-implicit',
      'the same, implicit',
      slices('structure-set-implicit', 2, contours, () => ({ transferSyntax: TransferSyntax.implicitLittleEndian })),
    ),
    folder(
      'document',
      'a PDF in a DICOM object',
      slices('document', 1, () => ({
        ...bare('1.2.840.10008.5.1.4.1.1.104.1', 'DOC'),
        '00420010': ['ST', 'Demo document'],
        '00420011': ['OB', latin1('%PDF-1.4\n% a demo, not a document\n%%EOF\n')],
        '00420012': ['LO', 'application/pdf'],
      })),
    ),
    folder('presentation-state', 'a presentation state', slices('presentation-state', 2, presentation)),
    folder(
      'raw-data',
      'raw data: one large private value, no pixels',
      slices('raw-data', 2, index => ({
        ...bare('1.2.840.10008.5.1.4.1.1.66', 'MR'),
        '00210010': ['LO', 'DICUBE TEST 1.0'],
        '00211001': ['OB', randomBytes(`raw ${index}`, 9000)],
      })),
    ),
  ]
}

function report(index: number): Changes {
  const text = (name: string, value: string): Item => [
    ['0040A010', 'CS', 'CONTAINS'],
    ['0040A040', 'CS', 'TEXT'],
    ['0040A043', 'SQ', [code('121071', 'DCM', name)]],
    ['0040A160', 'UT', value],
  ]
  const number = (value: string): Item => [
    ['0040A010', 'CS', 'CONTAINS'],
    ['0040A040', 'CS', 'NUM'],
    ['0040A043', 'SQ', [code('410668003', 'SCT', 'Length')]],
    [
      '0040A300',
      'SQ',
      value
        ? [
            [
              ['004008EA', 'SQ', [code('mm', 'UCUM', 'mm')]],
              ['0040A30A', 'DS', value],
            ],
          ]
        : [],
    ],
  ]
  const container = (items: readonly Item[]): Item => [
    ['0040A010', 'CS', 'CONTAINS'],
    ['0040A040', 'CS', 'CONTAINER'],
    ['0040A043', 'SQ', [code('121070', 'DCM', 'Findings')]],
    ['0040A050', 'CS', 'SEPARATE'],
    ['0040A730', 'SQ', items, { undefinedLength: true }],
  ]
  return {
    ...bare('1.2.840.10008.5.1.4.1.1.88.33', 'SR'),
    '0040A040': ['CS', 'CONTAINER'],
    '0040A043': ['SQ', [code('126000', 'DCM', 'Imaging Measurement Report')]],
    '0040A050': ['CS', 'SEPARATE'],
    '0040A491': ['CS', 'COMPLETE'],
    '0040A493': ['CS', 'UNVERIFIED'],
    '0040A730': [
      'SQ',
      [
        text('Finding', `größer als zuvor, Bericht ${index}`),
        container([number('12.5'), number(''), container([text('Deep', 'three deep'), number(`${index}.75`)])]),
        text('Impression', ''),
      ],
    ],
  }
}

function contours(index: number): Changes {
  const contour = (seed: string, points: number): Item => [
    ['30060042', 'CS', 'CLOSED_PLANAR'],
    ['30060046', 'IS', String(points)],
    ['30060050', 'DS', samples(seed, 3 * points, 12, true).map(value => (value / 16).toFixed(3))],
  ]
  return {
    ...bare('1.2.840.10008.5.1.4.1.1.481.3', 'RTSTRUCT'),
    '30060002': ['SH', `DEMO${index}`],
    '30060008': ['DA', '20240115'],
    '30060009': ['TM', '101500'],
    '30060020': [
      'SQ',
      ['Body', 'Heart', 'Lung'].map(
        (name, roi): Item => [
          ['30060022', 'IS', String(roi + 1)],
          ['30060024', 'UI', uidOf('frame of reference')],
          ['30060026', 'LO', name],
          ['30060036', 'CS', ''],
        ],
      ),
    ],
    '30060039': [
      'SQ',
      [5, 1, 0].map(
        (count, roi): Item => [
          ['3006002A', 'IS', ['255', String(60 * roi), '0']],
          [
            '30060040',
            'SQ',
            Array.from({ length: count }, (_, c) => contour(`contour ${index} ${roi} ${c}`, 4 + 3 * c)),
          ],
          ['30060084', 'IS', String(roi + 1)],
        ],
      ),
    ],
  }
}

const presentation = (index: number): Changes => ({
  ...bare('1.2.840.10008.5.1.4.1.1.11.1', 'PR'),
  '00700080': ['CS', `STATE ${index}`],
  '00700081': ['LO', 'A presentation'],
  '00700082': ['DA', '20240115'],
  '00700083': ['TM', '102000'],
  '0070005A': [
    'SQ',
    [
      [
        ['00700052', 'SL', [1, 1]],
        ['00700053', 'SL', [512, 512]],
        ['00700100', 'CS', 'SCALE TO FIT'],
      ],
    ],
  ],
  '00700060': [
    'SQ',
    [
      [
        ['00700002', 'CS', 'LAYER1'],
        ['00700062', 'IS', '1'],
      ],
    ],
  ],
  '20500020': ['CS', 'IDENTITY'],
})

const utf8 = (text: string) => new TextEncoder().encode(text)
/** `{` stands for the escape to JIS X 0208, `}` for the one back to ASCII (PS3.5 §H.3). */
const jis = (text: string) => latin1(text.replaceAll('{', '\x1b$B').replaceAll('}', '\x1b(B'))
const even = (bytes: Uint8Array) => (bytes.length % 2 ? concat([bytes, latin1(' ')]) : bytes)

function characterSets(): GeneratedSeries[] {
  const charset = (value: string | string[], name: Uint8Array, more: Changes = {}): Changes => ({
    '00080005': ['CS', value],
    '00080080': ['LO', 'Demo'],
    '00100010': ['PN', even(name)],
    ...more,
  })
  const yamada = jis('Yamada^Tarou={;3ED}^{B@O:}={$d$^$@}^{$?$m$&}')
  const several: readonly (readonly [string | string[], Uint8Array])[] = [
    ['ISO_IR 100', latin1('Buc^J\xe9r\xf4me')],
    ['ISO_IR 192', utf8('Wang^XiaoDong=王^小东=')],
    [['', 'ISO 2022 IR 87'], yamada],
    ['ISO_IR 144', Uint8Array.of(0xbb, 0xee, 0xda, 0x63, 0x65, 0xdc, 0xd1, 0x79, 0x70, 0x6b)],
  ]
  const item = (charset: string, text: Uint8Array): Item => [
    ['00080005', 'CS', charset],
    ...code('P1', '99DICUBE', 'procedure').slice(0, 2),
    ['00080104', 'LO', even(text)],
  ]
  const absent = (index: number): Element[] =>
    sliceElements('charset-absent', index, charset('', utf8('x'), ASCII_ONLY))
  return [
    folder(
      'charset-latin-1',
      'Latin-1',
      slices('charset-latin-1', 3, index => charset('ISO_IR 100', latin1(`Müller^Zoë ${index}`))),
    ),
    folder(
      'charset-utf-8',
      'UTF-8, three groups of a name',
      slices('charset-utf-8', 3, index => charset('ISO_IR 192', utf8(`Wang^XiaoDong${index}=王^小东=`), UTF8_TEXT)),
    ),
    folder(
      'charset-iso-2022-87',
      'Japanese with escapes, of a backslash byte within two-byte text as well',
      slices('charset-iso-2022-87', 3, index =>
        charset(['', 'ISO 2022 IR 87'], yamada, { '00081090': ['LO', jis(`{!@!\\} ${index}a`)] }),
      ),
    ),
    folder(
      'charset-gb18030',
      'GB18030, whose second bytes may look like a backslash',
      slices('charset-gb18030', 2, () =>
        charset(
          'GB18030',
          concat([latin1('Wang^XiaoDong='), Uint8Array.of(0xcd, 0xf5, 0x5e, 0xd0, 0xa1, 0xb6, 0xab, 0x3d)]),
          {
            '00081090': ['LO', Uint8Array.of(0x85, 0x5c, 0x20, 0x41)],
          },
        ),
      ),
    ),
    folder(
      'charset-per-slice',
      'another character set in each slice',
      slices('charset-per-slice', 4, index => charset(several[index][0], several[index][1], ASCII_ONLY)),
    ),
    folder(
      'charset-in-item',
      'items with character sets of their own',
      slices('charset-in-item', 3, index =>
        charset('ISO_IR 100', latin1('Äpfel^Ö'), {
          '00081032': [
            'SQ',
            [
              item('ISO_IR 192', utf8(`手術 ${index}`)),
              item('ISO_IR 144', Uint8Array.of(0xbb, 0xee)),
              code('P', '99DICUBE', 'ä'),
            ],
          ],
        }),
      ),
    ),
    folder(
      'charset-absent',
      'no character set, and bytes beyond ASCII all the same',
      Array.from({ length: 2 }, (_, index) => ({
        path: `IM${index + 1}.dcm`,
        bytes: writePart10({
          elements: absent(index).flatMap((element): Element[] => {
            if ('raw' in element || element[0] !== '00080005') return [element]
            return index ? [element] : []
          }),
        }),
      })),
      { conforming: false },
    ),
    folder(
      'charset-unknown',
      'a character set that no standard has',
      slices('charset-unknown', 2, () => charset('ISO_IR 999', latin1('M\xfcller'))),
      { conforming: false },
    ),
  ]
}
const ASCII_ONLY: Changes = { '00080080': ['LO', 'Demo'] }
const UTF8_TEXT: Changes = {
  '00080080': ['LO', even(utf8('Klinik Zürich 病院'))],
  '00081090': ['LO', even(utf8('Größe Ω'))],
}
