import { concat, type Element, frameOffsets, type Item, latin1, TransferSyntax } from '../../src/cli/demo/part10.ts'
import {
  type Changes,
  COLUMNS,
  elementsOf,
  folder,
  type GeneratedSeries,
  ROWS,
  randomBytes,
  samples,
  slices,
  uidOf,
  without,
} from './slice.ts'

const { implicitLittleEndian, explicitBigEndian, rle, jpegBaseline, jpeg2000Lossless } = TransferSyntax
const PIXELS = ROWS * COLUMNS

/** Pixel Data of every kind: depths, signs, colours, frames, and what does not fit its own description. */
export function pixelSeries(): GeneratedSeries[] {
  return [...grey(), ...otherSamples(), ...colour(), ...frames(), ...misfits(), ...encapsulated()]
}

type Depth = readonly [allocated: number, stored: number, highBit: number, sign: number]
const depth = ([allocated, stored, highBit, sign]: Depth): Changes => ({
  '00280100': ['US', allocated],
  '00280101': ['US', stored],
  '00280102': ['US', highBit],
  '00280103': ['US', sign],
})

/** Pixel Data of 8 bit samples as words (PS3.5 §8.1.1): the first of two is the low byte, in either byte order. */
function pairs(bytes: Uint8Array): number[] {
  return Array.from({ length: Math.ceil(bytes.length / 2) }, (_, i) => bytes[2 * i] | ((bytes[2 * i + 1] ?? 0) << 8))
}

function grey(): GeneratedSeries[] {
  const words = (name: string, shows: string, form: Depth, pixels: (index: number) => number[], more: Changes = {}) =>
    folder(
      name,
      shows,
      slices(name, 4, index => ({
        ...depth(form),
        ...more,
        '7FE00010': ['OW', pixels(index).map(word => word & 0xffff)],
      })),
    )
  const of = (name: string, bits: number, signed = false) => {
    return (index: number) => samples(`${name} ${index}`, PIXELS, bits, signed)
  }
  const bytes = (name: string, index: number) => Uint8Array.from(samples(`${name} ${index}`, PIXELS, 8))
  const bigEndian = () => ({ transferSyntax: explicitBigEndian })
  const overlay: Changes = {
    '60000010': ['US', ROWS],
    '60000011': ['US', COLUMNS],
    '60000040': ['CS', 'G'],
    '60000050': ['SS', [1, 1]],
  }
  return [
    words('grey-12-in-16', '12 bits in 16, unsigned', [16, 12, 11, 0], of('a', 12)),
    words('grey-12-signed', '12 bits in 16, signed, sign extended', [16, 12, 11, 1], of('b', 12, true)),
    words('grey-12-signed-bare', '12 bits in 16, signed, the high bits zero', [16, 12, 11, 1], index =>
      of('c', 12, true)(index).map(value => value & 0xfff),
    ),
    words('grey-16', '16 bits, unsigned, the whole range', [16, 16, 15, 0], of('d', 16)),
    words(
      'grey-16-signed-padding',
      '16 bits, signed, with a Pixel Padding Value',
      [16, 16, 15, 1],
      index => of('e', 12, true)(index).map((value, pixel) => (pixel % COLUMNS < 3 ? -2000 : value)),
      { '00280120': ['SS', -2000] },
    ),
    words('grey-high-bit-15', '12 bits at the top of 16: High Bit 15', [16, 12, 15, 0], index =>
      of('f', 12)(index).map(value => value << 4),
    ),
    words(
      'grey-overlay-bits',
      'an overlay in the unused bits (retired since 2001)',
      [16, 12, 11, 0],
      index => of('g', 12)(index).map((value, pixel) => value | (pixel % 5 === 0 ? 0x1000 : 0)),
      { ...overlay, '60000100': ['US', 16], '60000102': ['US', 12] },
    ),
    words('grey-overlay-data', 'an overlay plane of its own', [16, 12, 11, 0], of('h', 12), {
      ...overlay,
      '60000100': ['US', 1],
      '60000102': ['US', 0],
      '60003000': ['OW', samples('overlay', PIXELS / 16, 16)],
    }),
    words('grey-junk-bits', 'unused bits with junk in them', [16, 10, 9, 0], of('i', 16)),
    folder(
      'grey-8',
      '8 bits, OB',
      slices('grey-8', 4, index => ({ ...depth([8, 8, 7, 0]), '7FE00010': ['OB', bytes('grey-8', index)] })),
    ),
    folder(
      'grey-8-signed',
      '8 bits, signed',
      slices('grey-8-signed', 4, index => ({ ...depth([8, 8, 7, 1]), '7FE00010': ['OB', bytes('grey-8s', index)] })),
    ),
    folder(
      'grey-8-ow',
      '8 bits as OW',
      slices('grey-8-ow', 4, index => ({ ...depth([8, 8, 7, 0]), '7FE00010': ['OW', pairs(bytes('grey-8w', index))] })),
    ),
    folder(
      'grey-8-ow-big-endian',
      '8 bits as OW, big endian: bytes swapped in pairs',
      slices(
        'grey-8-ow-big-endian',
        4,
        index => ({ ...depth([8, 8, 7, 0]), '7FE00010': ['OW', pairs(bytes('grey-8b', index))] }),
        bigEndian,
      ),
    ),
    folder(
      'grey-12-implicit',
      '12 bits in 16, implicit',
      slices('grey-12-implicit', 4, undefined, () => ({ transferSyntax: implicitLittleEndian })),
    ),
  ]
}

function otherSamples(): GeneratedSeries[] {
  const floating = {
    ...without('7FE00010', '00280101', '00280102', '00280103'),
    '00080016': ['UI', PARAMETRIC_MAP],
  } as const
  const unit = (text: string) => samples(text, PIXELS, 12).map(value => value / 4096 - 0.25)
  const bits = (index: number, count: number) =>
    Uint8Array.from({ length: Math.ceil(count / 16) * 2 }, (_, at) =>
      at * 8 < count ? randomBytes(`bits ${index}`, 99)[at] : 0,
    )
  return [
    folder(
      'bit-1',
      '1 bit, three frames of 35 pixels that begin within a byte',
      slices('bit-1', 3, index => ({
        ...depth([1, 1, 0, 0]),
        '00280008': ['IS', '3'],
        '00280010': ['US', 7],
        '00280011': ['US', 5],
        '7FE00010': ['OB', bits(index, 105)],
      })),
    ),
    folder(
      'bit-32',
      '32 bits, unsigned',
      slices('bit-32', 3, index => ({
        ...depth([32, 32, 31, 0]),
        '7FE00010': [
          'OW',
          samples(`bit-32 ${index}`, PIXELS, 32).flatMap(value => [value % 65536, Math.floor(value / 65536)]),
        ],
      })),
    ),
    folder(
      'float',
      'Float Pixel Data, NaN in it',
      slices('float', 3, index => ({
        ...floating,
        '00280100': ['US', 32],
        '7FE00008': ['OF', [...unit(`float ${index}`).slice(1), Number.NaN]],
      })),
    ),
    folder(
      'double-float',
      'Double Float Pixel Data',
      slices('double-float', 3, index => ({
        ...floating,
        '00280100': ['US', 64],
        '7FE00009': ['OD', unit(`double ${index}`).map(value => value / 3)],
      })),
    ),
  ]
}
const PARAMETRIC_MAP = '1.2.840.10008.5.1.4.1.1.30'

function colour(): GeneratedSeries[] {
  const base = (samplesPerPixel: number, photometric: string, planar: number | null): Changes => ({
    ...depth([8, 8, 7, 0]),
    ...without('00281052', '00281053'),
    '00080016': ['UI', '1.2.840.10008.5.1.4.1.1.7'],
    '00080060': ['CS', 'OT'],
    '00280002': ['US', samplesPerPixel],
    '00280004': ['CS', photometric],
    '00280006': planar === null ? null : ['US', planar],
  })
  const table = (text: string): Changes[string] => ['OW', samples(text, 256, 16)]
  const series = (name: string, shows: string, header: Changes, count: number) =>
    folder(
      name,
      shows,
      slices(name, 3, index => ({
        ...header,
        '7FE00010': ['OB', Uint8Array.from(samples(`${name} ${index}`, count, 8))],
      })),
    )
  return [
    series('rgb-planar-0', 'RGB, sample by sample', base(3, 'RGB', 0), 3 * PIXELS),
    series('rgb-planar-1', 'RGB, plane by plane', base(3, 'RGB', 1), 3 * PIXELS),
    series('ybr-full', 'YBR_FULL', base(3, 'YBR_FULL', 0), 3 * PIXELS),
    series('ybr-full-422', 'YBR_FULL_422: two bytes a pixel', base(3, 'YBR_FULL_422', 0), 2 * PIXELS),
    series(
      'palette',
      'PALETTE COLOR with its tables',
      {
        ...base(1, 'PALETTE COLOR', null),
        '00281101': ['US', [256, 0, 16]],
        '00281102': ['US', [256, 0, 16]],
        '00281103': ['US', [256, 0, 16]],
        '00281201': table('red'),
        '00281202': table('green'),
        '00281203': table('blue'),
      },
      PIXELS,
    ),
    folder(
      'rgb-16',
      'RGB of 16 bits a sample',
      slices('rgb-16', 3, index => ({
        ...base(3, 'RGB', 0),
        ...depth([16, 16, 15, 0]),
        '7FE00010': ['OW', samples(`rgb-16 ${index}`, 3 * PIXELS, 16)],
      })),
    ),
  ]
}

function frames(): GeneratedSeries[] {
  const FRAMES = 8
  const sequence = (item: Item) => [item]
  const frame = (file: number, index: number): Item => [
    [
      '00089215',
      'SQ',
      sequence([
        ['00080100', 'SH', '113087'],
        ['00080102', 'SH', 'DCM'],
        ['00080104', 'LO', 'Smoothing'],
      ]),
    ],
    [
      '00209111',
      'SQ',
      sequence([
        ['00189074', 'DT', `2024011510${12 + file}${10 + index}.250`],
        ['00209056', 'SH', `S${file + 1}`],
        ['00209057', 'UL', index + 1],
        ['00209157', 'UL', [1, file + 1, index + 1]],
      ]),
    ],
    ['00209113', 'SQ', sequence([['00200032', 'DS', ['-12', '-9.5', (40 - 1.5 * index).toFixed(2)]]])],
    [
      '00289110',
      'SQ',
      sequence([
        ['00180050', 'DS', '1.5'],
        ['00280030', 'DS', ['1.5', '1.5']],
      ]),
    ],
    [
      '00289145',
      'SQ',
      sequence([
        ['00281052', 'DS', '-1024'],
        ['00281053', 'DS', '1'],
        ['00281054', 'LO', 'HU'],
      ]),
    ],
    ['20050010', 'LO', 'DICUBE TEST 1.0'],
    [
      '20051001',
      'SQ',
      sequence([
        ['20050010', 'LO', 'DICUBE TEST 1.0'],
        ['20051002', 'FL', index / 8],
      ]),
      UNDEFINED,
    ],
    ...(index === 5 ? elementsOf({ '20051003': ['LO', 'only in this frame'] }) : []),
  ]
  const enhanced = (file: number): Changes => ({
    ...without('00200032', '00200037', '00280030', '00281052', '00281053', '00180050', '00181151', '00080032'),
    '00080016': ['UI', '1.2.840.10008.5.1.4.1.1.2.1'],
    '00280008': ['IS', String(FRAMES)],
    '52009229': ['SQ', [[['00209116', 'SQ', [[['00200037', 'DS', ['1', '0', '0', '0', '1', '0']]]]]]]],
    '52009230': ['SQ', Array.from({ length: FRAMES }, (_, index) => frame(file, index))],
    '7FE00010': ['OW', samples(`enhanced ${file}`, FRAMES * PIXELS, 12)],
  })
  const cine = (index: number): Changes => ({
    '00280008': ['IS', String(2 + index)],
    '00280009': ['AT', '00181063'],
    '00181063': ['DS', '33.3'],
    '7FE00010': ['OW', samples(`cine ${index}`, (2 + index) * PIXELS, 12)],
  })
  const icon: Item = elementsOf({
    '00280002': ['US', 1],
    '00280004': ['CS', 'MONOCHROME2'],
    '00280010': ['US', 4],
    '00280011': ['US', 4],
    ...depth([8, 8, 7, 0]),
    '7FE00010': ['OB', randomBytes('icon', 16)],
  })
  const compressedIcon = (index: number): Item =>
    elementsOf({
      '00280010': ['US', 4],
      '00280011': ['US', 4],
      '7FE00010': [
        'OB',
        { fragments: [randomBytes(`compressed icon ${index}`, 30), randomBytes('compressed icon', 12)] },
      ],
    })
  return [
    folder('enhanced', 'three files of 8 frames, Per-frame Functional Groups', slices('enhanced', 3, enhanced)),
    folder(
      'enhanced-implicit',
      'the same, implicit',
      slices('enhanced-implicit', 3, enhanced, () => ({ transferSyntax: implicitLittleEndian })),
    ),
    folder('cine', 'several frames, other numbers of them in each file', slices('cine', 3, cine)),
    folder(
      'icon',
      'an icon: Pixel Data within a sequence',
      slices('icon', 3, () => ({ '00880200': ['SQ', [icon]] })),
    ),
    folder(
      'icon-encapsulated',
      'a compressed icon, other bytes in each file',
      slices('icon-encapsulated', 3, index => ({ '00880200': ['SQ', [compressedIcon(index)]] })),
    ),
    folder(
      'frames-repeated',
      'the same pixels in slices 1, 2 and 4',
      slices('frames-repeated', 4, index => ({ '7FE00010': ['OW', samples(`repeated ${index === 2}`, PIXELS, 12)] })),
    ),
    folder(
      'shapes-differ',
      'other rows and columns in some slices',
      slices('shapes-differ', 4, index => ({
        '00280010': ['US', ROWS + (index % 2)],
        '7FE00010': ['OW', samples(`shapes ${index}`, (ROWS + (index % 2)) * COLUMNS, 12)],
      })),
    ),
    folder(
      'rescale-differs',
      'another slope in each slice, as PET has it',
      slices('rescale-differs', 4, index => ({
        '00281053': ['DS', (0.5 + index / 7).toFixed(6)],
        '00281052': ['DS', '0'],
      })),
    ),
    folder(
      'depths-differ',
      '12 bits in some slices, 16 in others',
      slices('depths-differ', 4, index => ({
        ...depth(index % 2 ? [16, 16, 15, 0] : [16, 12, 11, 0]),
        '7FE00010': ['OW', samples(`depths ${index}`, PIXELS, index % 2 ? 16 : 12)],
      })),
    ),
  ]
}
const UNDEFINED = { undefinedLength: true, undefinedItems: true } as const

function misfits(): GeneratedSeries[] {
  const odd = { conforming: false }
  const oddFrame = (index: number): Changes => ({
    ...depth([8, 8, 7, 0]),
    '00280010': ['US', 7],
    '00280011': ['US', 5],
    '7FE00010': ['OB', concat([Uint8Array.from(samples(`odd ${index}`, 35, 8)), Uint8Array.of(index * 17)])],
  })
  const length = (name: string, shows: string, count: number) =>
    folder(
      name,
      shows,
      slices(name, 3, index => ({ '7FE00010': ['OW', samples(`${name} ${index}`, count, 12)] })),
      odd,
    )
  return [
    folder('frame-odd', 'frames of 35 bytes and a pad byte, not always zero', slices('frame-odd', 3, oddFrame)),
    length('pixels-longer', 'Pixel Data longer than rows × columns', PIXELS + 5),
    length('pixels-shorter', 'Pixel Data shorter than rows × columns', PIXELS - 20),
    length('pixels-empty', 'Pixel Data of no length', 0),
    folder(
      'pixels-in-one-of-three',
      'two slices without Pixel Data',
      slices('pixels-in-one-of-three', 3, index => (index === 1 ? {} : without('7FE00010'))),
      odd,
    ),
    folder(
      'pixels-no-rows',
      'Pixel Data without Rows',
      slices('pixels-no-rows', 3, () => without('00280010')),
      odd,
    ),
  ]
}

/** What nobody can decode and everybody must carry. It begins and ends as JPEG does, and holds a delimiter's bytes. */
function jpegLike(text: string, length: number): Uint8Array {
  const inside = randomBytes(text, length - 12)
  return concat([
    Uint8Array.of(0xff, 0xd8),
    inside,
    Uint8Array.of(0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0),
    Uint8Array.of(0xff, 0xd9),
  ])
}

function encapsulated(): GeneratedSeries[] {
  const jpeg: Changes = { ...depth([8, 8, 7, 0]), '00282110': ['CS', '01'] }
  const framed = (count: number): Changes => ({ ...jpeg, '00280008': ['IS', String(count)] })
  const parts = (text: string, sizes: readonly number[]) => sizes.map((size, part) => jpegLike(`${text} ${part}`, size))
  const series = (
    name: string,
    shows: string,
    changes: (index: number) => Changes,
    transferSyntax: string = jpegBaseline,
    conforming = true,
  ) =>
    folder(
      name,
      shows,
      slices(name, 3, changes, () => ({ transferSyntax })),
      { conforming },
    )
  const rleFrame = (index: number) =>
    encodeRle16(Uint16Array.from(samples(`rle ${index}`, PIXELS, 12).map(v => (v >> 5) << 5)))
  return [
    series('encapsulated-one', 'one fragment a frame, no offset table', index => ({
      ...jpeg,
      '7FE00010': ['OB', { fragments: parts(`one ${index}`, [60 + 2 * index]) }],
    })),
    series('encapsulated-fragments', 'three frames in several fragments each, with a Basic Offset Table', index => {
      const fragments = parts(`several ${index}`, [30, 40, 50, 20, 36, 44])
      return { ...framed(3), '7FE00010': ['OB', { fragments, offsets: frameOffsets(fragments, [2, 1, 3]) }] }
    }),
    series('encapsulated-empty-table', 'three frames, an empty Basic Offset Table', index => ({
      ...framed(3),
      '7FE00010': ['OB', { fragments: parts(`empty ${index}`, [40, 42, 44]) }],
    })),
    series(
      'encapsulated-wrong-table',
      'a Basic Offset Table that points nowhere',
      index => ({
        ...framed(3),
        '7FE00010': ['OB', { fragments: parts(`wrong ${index}`, [40, 42, 44]), offsets: [0, 13, 4000 + index] }],
      }),
      jpegBaseline,
      false,
    ),
    series('encapsulated-extended-table', 'an Extended Offset Table', index => {
      const fragments = parts(`extended ${index}`, [40, 42, 44])
      return {
        ...framed(3),
        '7FE00001': ['OV', frameOffsets(fragments, [1, 1, 1]).map(BigInt)],
        '7FE00002': ['OV', fragments.map(fragment => BigInt(fragment.byteLength))],
        '7FE00010': ['OB', { fragments }],
      }
    }),
    series('encapsulated-repeated', 'the same frame twice in a file, and in all files', () => {
      const [frame] = parts('repeated', [50])
      return { ...framed(3), '7FE00010': ['OB', { fragments: [frame, frame, jpegLike('other', 50)] }] }
    }),
    series('encapsulated-behind', 'elements behind encapsulated Pixel Data', index => ({
      ...jpeg,
      '7FE00010': ['OB', { fragments: parts(`behind ${index}`, [60]) }],
      '7FE10010': ['LO', 'DICUBE TEST 1.0'],
      '7FE11001': ['LO', `behind ${index}`],
      FFFCFFFC: ['OB', new Uint8Array(16)],
    })),
    series(
      'encapsulated-empty-fragments',
      'fragments of no length, and one of odd length',
      index => ({
        ...jpeg,
        '7FE00010': ['OB', { fragments: [new Uint8Array(0), jpegLike(`odd ${index}`, 41), new Uint8Array(0)] }],
      }),
      jpegBaseline,
      false,
    ),
    series(
      'encapsulated-none',
      'encapsulated Pixel Data without any fragment',
      () => ({
        ...jpeg,
        '7FE00010': ['OB', { fragments: [] }],
      }),
      jpegBaseline,
      false,
    ),
    series(
      'encapsulated-jpeg2000',
      'several fragments of one frame under JPEG 2000, other bytes inside',
      index => ({
        ...jpeg,
        '7FE00010': ['OB', { fragments: [latin1('\xffO\xffQ'), ...parts(`j2k ${index}`, [30, 30])] }],
      }),
      jpeg2000Lossless,
    ),
    series(
      'rle',
      'RLE, really encoded: 12 bits in 16',
      index => ({
        '7FE00010': ['OB', { fragments: [rleFrame(index)] }],
        '00280006': null,
      }),
      rle,
    ),
    series(
      'rle-frames',
      'RLE, three frames with a Basic Offset Table',
      index => {
        const fragments = [0, 1, 2].map(frame => rleFrame(10 * index + frame))
        return {
          '00280008': ['IS', '3'],
          '7FE00010': ['OB', { fragments, offsets: frameOffsets(fragments, [1, 1, 1]) }],
        }
      },
      rle,
    ),
    series('uids-encapsulated', 'encapsulated, with sequences before it', index => ({
      ...jpeg,
      '00081140': ['SQ', [referenceTo(`e ${index}`)], UNDEFINED],
      '7FE00010': ['OB', { fragments: parts(`sq ${index}`, [60]) }],
    })),
  ]
}

const referenceTo = (text: string): readonly Element[] => [
  ['00081150', 'UI', '1.2.840.10008.5.1.4.1.1.2'],
  ['00081155', 'UI', uidOf(text)],
]

/** PS3.5 Annex G: the high bytes, then the low bytes, each row in PackBits of its own. */
export function encodeRle16(values: Uint16Array, columns = COLUMNS): Uint8Array {
  const segments = [8, 0].map(shift => {
    const packed: number[] = []
    for (let row = 0; row < values.length; row += columns) {
      packed.push(...packBits(Array.from(values.subarray(row, row + columns), value => (value >> shift) & 255)))
    }
    return Uint8Array.from(packed.length % 2 ? [...packed, 0] : packed)
  })
  const header = new Uint8Array(64)
  const view = new DataView(header.buffer)
  view.setUint32(0, segments.length, true)
  view.setUint32(4, 64, true)
  view.setUint32(8, 64 + segments[0].byteLength, true)
  return concat([header, ...segments])
}

function packBits(bytes: readonly number[]): number[] {
  const packed: number[] = []
  for (let at = 0; at < bytes.length; ) {
    let run = 1
    while (run < 128 && bytes[at + run] === bytes[at]) run++
    if (run > 1) packed.push(257 - run, bytes[at])
    else {
      while (at + run < bytes.length && run < 128 && bytes[at + run] !== bytes[at + run + 1]) run++
      packed.push(run - 1, ...bytes.slice(at, at + run))
    }
    at += run
  }
  return packed
}
