import {
  concat,
  type Element,
  type Item,
  latin1,
  type Part10,
  TransferSyntax,
  usualFileMeta,
  type Value,
  writeDataSet,
  writePart10,
} from '../../src/cli/demo/part10.ts'
import { VOCABULARY } from '../../src/dcbs/vocabulary.generated.ts'
import { deflateFixed, deflateStored } from './deflate.ts'
import {
  type Changes,
  code,
  elementsOf,
  folder,
  type GeneratedSeries,
  randomBytes,
  randomOf,
  samples,
  sliceElements,
  slices,
  uidOf,
  without,
} from './slice.ts'

const { implicitLittleEndian, explicitLittleEndian, explicitBigEndian, deflated } = TransferSyntax

/** How a data set stands in its bytes: transfer syntaxes, lengths, groups, private blocks, padding, layouts. */
export function dataSetSeries(): GeneratedSeries[] {
  return [
    ...transferSyntaxes(),
    ...preamblesAndMeta(),
    ...groupLengths(),
    ...sequenceLengths(),
    ...privateBlocks(),
    ...values(),
    ...trailers(),
    ...layouts(),
  ]
}

const sequences = (index: number): Changes => ({
  '00081140': ['SQ', [reference(`image ${index}`), reference('image shared')]],
  '00082112': ['SQ', [[...reference(`source ${index}`), ['0040A170', 'SQ', [code('121322', 'DCM', 'Source image')]]]]],
  '00400275': [
    'SQ',
    [
      [
        ['00400007', 'LO', 'Gerät 1'],
        ['00400008', 'SQ', [code('A1', '99DICUBE', 'Thorax')]],
      ],
    ],
  ],
})
const reference = (text: string): Item => [
  ['00081150', 'UI', '1.2.840.10008.5.1.4.1.1.2'],
  ['00081155', 'UI', uidOf(text)],
]

function transferSyntaxes(): GeneratedSeries[] {
  const plain = (name: string, shows: string, file: Omit<Part10, 'elements'>) => [
    folder(
      name,
      `${shows}, no sequences`,
      slices(name, 4, undefined, () => file),
    ),
    folder(
      `${name}-sequences`,
      `${shows}, with sequences`,
      slices(`${name}-sequences`, 4, sequences, () => file),
    ),
  ]
  return [
    ...plain('explicit-le', 'explicit VR little endian', { transferSyntax: explicitLittleEndian }),
    ...plain('implicit-le', 'implicit VR little endian', { transferSyntax: implicitLittleEndian }),
    ...plain('explicit-be', 'explicit VR big endian', { transferSyntax: explicitBigEndian }),
    ...plain('deflated', 'deflated explicit VR little endian', { transferSyntax: deflated, deflate: deflateFixed }),
    folder(
      'deflated-stored',
      'deflated, in blocks without compression',
      slices('deflated-stored', 3, sequences, () => ({ transferSyntax: deflated, deflate: deflateStored })),
    ),
    folder(
      'deflated-tail',
      'deflated, with bytes behind the stream',
      slices('deflated-tail', 3, undefined, index => {
        return { transferSyntax: deflated, deflate: deflateFixed, tail: randomBytes(`tail ${index}`, 4 + 2 * index) }
      }),
      { conforming: false },
    ),
    folder(
      'transfer-syntaxes-mixed',
      'one series, each slice in another transfer syntax',
      slices('transfer-syntaxes-mixed', 4, sequences, index => {
        const transferSyntax = [explicitLittleEndian, implicitLittleEndian, explicitBigEndian, deflated][index]
        return index === 3 ? { transferSyntax, deflate: deflateFixed } : { transferSyntax }
      }),
    ),
  ]
}

function preamblesAndMeta(): GeneratedSeries[] {
  const odd = { conforming: false }
  const bare = { preamble: false, fileMeta: false } as const
  const tiff = concat([latin1('II*\0'), Uint8Array.of(8, 0, 0, 0), randomBytes('tiff', 120)])
  const meta = (index: number, transferSyntax: string = explicitLittleEndian) =>
    usualFileMeta(sliceElements('meta-more', index), transferSyntax)
  return [
    folder(
      'preamble-text',
      'a preamble with bytes in it, other ones in each slice',
      slices('preamble-text', 3, undefined, index => ({
        preamble: index ? randomBytes(`preamble ${index}`, 128) : tiff,
      })),
    ),
    folder(
      'no-preamble',
      'no preamble and no DICM: the file begins with group 0002',
      slices('no-preamble', 3, undefined, () => ({ preamble: false })),
      odd,
    ),
    folder(
      'no-meta-explicit',
      'only a data set, explicit',
      slices('no-meta-explicit', 3, sequences, () => bare),
      odd,
    ),
    folder(
      'no-meta-implicit',
      'only a data set, implicit, as ACR-NEMA times left it',
      slices('no-meta-implicit', 3, sequences, () => ({ ...bare, transferSyntax: implicitLittleEndian })),
      odd,
    ),
    folder(
      'no-meta-big-endian',
      'only a data set, big endian',
      slices('no-meta-big-endian', 3, undefined, () => ({ ...bare, transferSyntax: explicitBigEndian })),
      odd,
    ),
    folder(
      'preamble-no-meta',
      'preamble and DICM, then the data set',
      slices('preamble-no-meta', 3, undefined, () => ({ fileMeta: false })),
      odd,
    ),
    folder(
      'meta-no-group-length',
      'group 0002 without its length',
      slices('meta-no-group-length', 3, undefined, () => ({ metaGroupLength: false })),
      odd,
    ),
    folder(
      'meta-group-length-wrong',
      'group 0002 with a length that is wrong, by other numbers',
      slices('meta-group-length-wrong', 3, undefined, index => ({ metaGroupLength: [0, 90, 4000][index] })),
      odd,
    ),
    folder(
      'meta-no-transfer-syntax',
      'group 0002 without a transfer syntax; the data set is explicit little endian',
      slices('meta-no-transfer-syntax', 3, undefined, index => ({
        fileMeta: meta(index).filter(element => 'raw' in element || element[0] !== '00020010'),
      })),
      odd,
    ),
    folder(
      'meta-says-explicit-is-implicit',
      'the transfer syntax says explicit, the data set is implicit: a common lie',
      slices('meta-says-explicit-is-implicit', 3, undefined, () => ({
        transferSyntax: explicitLittleEndian,
        encoding: { explicit: false, littleEndian: true },
      })),
      odd,
    ),
    folder(
      'meta-more',
      'group 0002 with application titles and private information, others in each slice',
      slices('meta-more', 3, undefined, index => ({
        fileMeta: [
          ...meta(index),
          ['00020016', 'AE', `SENDER${index}`],
          ['00020100', 'UI', uidOf('meta creator')],
          ['00020102', 'OB', randomBytes(`meta ${index}`, 10 + 2 * index)],
        ],
      })),
    ),
  ]
}

function groupLengths(): GeneratedSeries[] {
  const inItem = (index: number): Changes => {
    const members = reference(`image ${index}`)
    const sizeBytes = writeDataSet(members, { explicit: true, littleEndian: true }).byteLength
    return { '00081140': ['SQ', [[['00080000', 'UL', sizeBytes], ...members]]] }
  }
  const wrong = (index: number): Changes => ({
    '00080000': ['UL', 7 + index],
    '00280000': ['UL', 0],
    '7FE00000': ['UL', 0xffffffff],
  })
  return [
    folder(
      'group-lengths',
      'a group length before every group, explicit',
      slices('group-lengths', 3, sequences, () => ({ groupLengths: true })),
    ),
    folder(
      'group-lengths-implicit',
      'a group length before every group, implicit',
      slices('group-lengths-implicit', 3, sequences, () => ({
        groupLengths: true,
        transferSyntax: implicitLittleEndian,
      })),
    ),
    folder('group-lengths-in-items', 'a group length within an item', slices('group-lengths-in-items', 3, inItem)),
    folder('group-lengths-wrong', 'group lengths that are wrong', slices('group-lengths-wrong', 3, wrong), {
      conforming: false,
    }),
  ]
}

function sequenceLengths(): GeneratedSeries[] {
  const nested = (index: number, variant: number): Changes => {
    const bit = (which: number) => ((variant >> which) & 1) === 1
    const inner: Element = [
      '0040A043',
      'SQ',
      [code(`C${index}`, '99DICUBE', 'deepest'), code('C', '99DICUBE', 'same')],
      { undefinedLength: bit(0), undefinedItems: [bit(1), !bit(1)] },
    ]
    const middle: Element = [
      '00400555',
      'SQ',
      [[inner, ['0040A30A', 'DS', `${index}.25`]], []],
      { undefinedLength: bit(2), undefinedItems: [bit(3), bit(0)] },
    ]
    return {
      '00081115': ['SQ', [[middle], []], { undefinedLength: bit(1), undefinedItems: [bit(2), !bit(3)] }],
      '00081140': ['SQ', [], { undefinedLength: bit(3) }],
      '00081111': ['SQ', [[], []], { undefinedLength: bit(0), undefinedItems: [true, false] }],
    }
  }
  const series = (name: string, shows: string, variant: (index: number) => number, transferSyntax: string) =>
    folder(
      name,
      shows,
      slices(
        name,
        6,
        index => nested(index, variant(index)),
        () => ({ transferSyntax }),
      ),
    )
  return [
    series('lengths-defined', 'sequences nested three deep, defined lengths', () => 0, explicitLittleEndian),
    series('lengths-undefined', 'sequences nested three deep, undefined lengths', () => 15, explicitLittleEndian),
    series('lengths-mixed', 'defined and undefined lengths in one data set', () => 6, explicitLittleEndian),
    series('lengths-mixed-implicit', 'the same, implicit', () => 9, implicitLittleEndian),
    series('lengths-mixed-big-endian', 'the same, big endian', () => 5, explicitBigEndian),
    series('lengths-vary', 'other forms of length in each slice', index => index * 3, explicitLittleEndian),
  ]
}

const CREATOR = 'DICUBE TEST 1.0'
const privateBlock = (index: number, block = '10'): Changes => ({
  [`000900${block}`]: ['LO', CREATOR],
  [`0009${block}01`]: ['LO', `private text ${index}`],
  [`0009${block}02`]: ['FD', [index / 3, 0.1]],
  [`0009${block}03`]: ['IS', String(index)],
  [`0009${block}04`]: ['OB', randomBytes(`private ${index}`, 40)],
  [`0009${block}05`]: ['US', [index, 65535]],
})

function privateBlocks(): GeneratedSeries[] {
  const inner = (index: number): Item => [
    ['00090010', 'LO', CREATOR],
    ['00091031', 'DS', `${index}.5`],
    [
      '00091032',
      'SQ',
      [
        [
          ['00090010', 'LO', CREATOR],
          ['00091033', 'LO', `deep ${index}`],
        ],
        [],
      ],
    ],
  ]
  const un = (index: number): Changes => ({
    '00090010': ['LO', CREATOR],
    '00091001': ['UN', latin1(`unknown ${index}`)],
    '00091002': ['UN', new Uint8Array(0)],
    '00091003': ['UN', randomBytes(`un ${index}`, 70000)],
  })
  const protocol = (): Changes => ({ '00290010': ['LO', CREATOR], '00291020': ['OB', protocolText()] })
  const sequence = (index: number, vr: string, undefinedLength: boolean): Changes => ({
    '00090010': ['LO', CREATOR],
    '00091020': [vr, [inner(index), inner(7)], { undefinedLength, undefinedItems: [undefinedLength, false] }],
    '00091021': ['LO', 'behind the sequence'],
  })
  const standardAsUn = (index: number): Changes => ({
    '00081140': ['UN', [reference(`image ${index}`)], { undefinedLength: true, undefinedItems: true }],
    '00104000': ['UN', latin1('comment as UN ')],
  })
  const series = (name: string, shows: string, changes: (index: number) => Changes, transferSyntax?: string) =>
    folder(
      name,
      shows,
      slices(name, 4, changes, () => ({ transferSyntax })),
    )
  return [
    series('private-explicit', 'a private block, explicit', index => privateBlock(index)),
    series(
      'private-implicit',
      'a private block whose VRs nobody knows',
      index => privateBlock(index),
      implicitLittleEndian,
    ),
    series('private-big-endian', 'a private block, big endian', index => privateBlock(index), explicitBigEndian),
    series('private-un', 'private elements with VR UN, one of 70,000 bytes', un),
    series('private-protocol', 'the same private text in all slices, of names that the vocabulary has', protocol),
    series('private-sequence', 'a private SQ, two deep', index => sequence(index, 'SQ', false)),
    series(
      'private-sequence-implicit',
      'a private SQ of undefined length, implicit',
      index => sequence(index, 'SQ', true),
      implicitLittleEndian,
    ),
    series('un-sequence-undefined', 'UN of undefined length: implicit items inside', index =>
      sequence(index, 'UN', true),
    ),
    series('un-sequence-defined', 'UN of defined length that holds items', index => sequence(index, 'UN', false)),
    series(
      'un-sequence-big-endian',
      'UN of undefined length in a big endian file: little endian inside',
      index => sequence(index, 'UN', true),
      explicitBigEndian,
    ),
    series('un-standard', 'standard elements that lost their VR on the way', standardAsUn),
    series('private-block-moves', 'the private block is 10 in some slices, 11 in others', index =>
      index % 2 ? { '00090010': ['LO', 'ANOTHER CREATOR'], ...privateBlock(index, '11') } : privateBlock(index),
    ),
    series('private-two-creators', 'two private blocks in one group', index => ({
      ...privateBlock(index),
      ...privateBlock(index + 50, '11'),
      '00090011': ['LO', 'ANOTHER CREATOR'],
    })),
    folder(
      'private-no-creator',
      'private elements whose creator is missing',
      slices('private-no-creator', 3, index => ({ ...privateBlock(index), '00090010': null })),
      { conforming: false },
    ),
  ]
}

/** Parameters with values, as a manufacturer's protocol has them; 40 KB. */
function protocolText(): Uint8Array {
  const random = randomOf('protocol')
  const names = new TextDecoder().decode(VOCABULARY).match(/^\w.*\t = \t/gm)!
  return latin1(
    names.map(name => `${name.replace('[0]', `[${Math.floor(random() * 9)}]`)}${random().toFixed(12)}\n`).join(''),
  )
}

/** PS3.6 has an attribute of every VR in group 0072: the Selector … Value ones. */
function everyVr(index: number): Changes {
  const float = index % 2 ? Number.NaN : -0
  const text: Record<string, readonly [vr: string, value: Value]> = {
    '0072005E': ['AE', `AE_${index}`],
    '0072005F': ['AS', ['018M', '054Y']],
    '00720060': ['AT', ['00080018', `002000${10 + index}`]],
    '00720061': ['DA', ['20240229', '']],
    '00720062': ['CS', ['A_B', 'C 1']],
    '00720063': ['DT', [`2024011510120${index}.123456+0100`, '2024']],
    '00720064': ['IS', ['-2147483648', '2147483647', String(index)]],
    '00720065': ['OB', randomBytes(`OB ${index}`, 7)],
    '00720066': ['LO', [`long ${index}`, '', 'third']],
    '00720067': ['OF', [1.5, float, Number.POSITIVE_INFINITY, index]],
    '00720068': ['LT', `line one\r\nline two of ${index} \\ not split`],
    '00720069': ['OW', [1, 65535, index]],
    '0072006A': ['PN', ['Demo^A^^^', `Demo^B${index}`, '']],
    '0072006B': ['TM', ['10', '1012', '101233', '101233.5']],
    '0072006C': ['SH', 'short'],
    '0072006D': ['UN', randomBytes(`UN ${index}`, 6)],
    '0072006E': ['ST', ' text with a leading space'],
    '0072006F': ['UC', ['unlimited characters', `of ${index}`]],
    '00720070': ['UT', `unlimited text ${'x'.repeat(300 + index)}`],
    '00720071': ['UR', `https://example.org/${index}`],
    '00720072': ['DS', ['1e-5', '+0.50', '-.5', `${index}.000`]],
    '00720073': ['OD', [Math.PI, float, Number.NEGATIVE_INFINITY]],
    '00720074': ['FD', [0.1, float, 5e-324, 1.7976931348623157e308]],
    '00720075': ['OL', [4294967295, 0, index]],
    '00720076': ['FL', [float, 3.5, Number.NEGATIVE_INFINITY]],
    '00720078': ['UL', [4294967295, index]],
    '0072007A': ['US', [65535, index]],
    '0072007C': ['SL', [-2147483648, 2147483647, -index]],
    '0072007E': ['SS', [-32768, 32767, -index]],
    '0072007F': ['UI', ['1.2.840.10008.1.2', uidOf(`every ${index}`)]],
    '00720080': ['SQ', [code('S', '99DICUBE', 'selected')]],
    '00720081': ['OV', [18446744073709551615n, 0n]],
    '00720082': ['SV', [-9223372036854775808n, 9223372036854775807n, BigInt(-index)]],
    '00720083': ['UV', [18446744073709551615n, 9007199254740993n, BigInt(index)]],
  }
  return text
}

function values(): GeneratedSeries[] {
  const numbersAsText = (index: number): Changes => ({
    '00181151': ['IS', ['+1', '01', ' 7', '-0', '10 ', '2147483648'][index]],
    '00181152': ['IS', ['', '1\\2', '1\\\\3', 'abc', '1.5', '  '][index]],
    '00201041': ['DS', ['1.', '.5', '-1E3', '1e+03', '00.10', '1,5'][index]],
    '00180050': ['DS', ['1.5', '1.50', '1.500', ' 1.5', '1.5 ', '+1.5'][index]],
    '00200012': ['IS', String(99_999 * (index + 1))],
    '00181110': ['DS', ['1085.6', '1085.60', '1085.600', '1085.6', '1085.6000', '1085.6'][index]],
  })
  const nul = (index: number): Changes => ({
    '00080070': ['LO', 'odd', { pad: 0 }],
    '00100020': ['LO', `N${index}A`, { pad: 0 }],
    '0020000E': ['UI', uidOf('padding-nul series').slice(0, 43), { pad: 0x20 }],
    '00181030': ['LO', `  led and trailed ${index}   `],
  })
  const none = (index: number): Changes => ({
    '00080070': ['LO', 'odd', { pad: 'none' }],
    '00100020': ['LO', `N${index}A`, { pad: 'none' }],
    '00091001': ['OB', randomBytes(`odd ${index}`, 5), { pad: 'none' }],
    '00090010': ['LO', 'ODD LENGTHS', { pad: 'none' }],
  })
  const states = (index: number): Changes => ({
    '00081090': index % 3 === 0 ? null : ['LO', index % 3 === 1 ? '' : `Model ${index}`],
    '00180060': [null, ['DS', ''], ['DS', '120'], ['DS', ' '], ['DS', ['', '']], ['DS', '80']][
      index
    ] as Changes[string],
    '00189305': index % 2 ? ['FD', []] : ['FD', 0.5],
    '00081140': index === 1 ? null : ['SQ', index === 2 ? [] : index === 3 ? [[]] : [reference(`state ${index}`)]],
  })
  return [
    folder(
      'every-vr',
      'a value of every VR, 64 bit, NaN, infinities and -0 among them',
      slices('every-vr', 4, everyVr),
    ),
    folder(
      'every-vr-implicit',
      'the same, implicit',
      slices('every-vr-implicit', 4, everyVr, () => ({ transferSyntax: implicitLittleEndian })),
    ),
    folder(
      'every-vr-big-endian',
      'the same, big endian',
      slices('every-vr-big-endian', 4, everyVr, () => ({ transferSyntax: explicitBigEndian })),
    ),
    folder(
      'numbers-as-text',
      'DS and IS in every spelling, wrong ones too',
      slices('numbers-as-text', 6, numbersAsText),
      { conforming: false },
    ),
    folder('padding-nul', 'text padded with NUL, UIDs with spaces', slices('padding-nul', 4, nul), {
      conforming: false,
    }),
    folder('padding-none', 'values of odd length', slices('padding-none', 4, none), { conforming: false }),
    folder('absent-empty-value', 'an element is absent, empty or has a value', slices('absent-empty-value', 6, states)),
    folder(
      'unknown-vr',
      'a VR that no standard has, with a 32-bit length',
      slices('unknown-vr', 3, index => ({ '00104000': ['ZZ', latin1(`what is it ${index} `)] })),
      { conforming: false },
    ),
    folder(
      'random-30',
      '30 slices with random UIDs and times, and decimals of many shapes',
      slices('random-30', 30, index => {
        const random = randomOf(`random-30 ${index}`)
        return {
          '00080033': ['TM', `10${String(10 + index)}${(10 + 49 * random()).toFixed(6)}`],
          '00080018': ['UI', `1.2.826.0.1.3680043.10.999.${Math.floor(random() * 1e12)}.${index + 1}`],
          '00081140': ['SQ', [reference(`random ${index}`)]],
          '00201041': ['DS', (random() * 300 - 150).toFixed(index % 4)],
          '00180088': ['DS', String(Math.round(random() * 1e6) / 1e6)],
          '00189345': ['FD', random()],
        }
      }),
    ),
  ]
}

function trailers(): GeneratedSeries[] {
  const behind = (index: number): Changes => ({
    '7FE10010': ['LO', CREATOR],
    '7FE11001': ['LO', `behind ${index}`],
    FFFAFFFA: [
      'SQ',
      [
        [
          ['04000005', 'US', 1],
          ['04000100', 'UI', uidOf('signature')],
        ],
      ],
    ],
  })
  const padding = (index: number): Changes => ({ FFFCFFFC: ['OB', new Uint8Array(64 + 2 * index)] })
  return [
    folder('behind-pixel-data', 'elements behind Pixel Data', slices('behind-pixel-data', 3, behind)),
    folder(
      'behind-pixel-data-implicit',
      'the same, implicit',
      slices('behind-pixel-data-implicit', 3, behind, () => ({ transferSyntax: implicitLittleEndian })),
    ),
    folder('trailing-padding', 'Data Set Trailing Padding, of other lengths', slices('trailing-padding', 3, padding)),
    folder(
      'trailing-zeros',
      'zeros behind the last element, as block devices leave them',
      slices('trailing-zeros', 3, undefined, index => ({ tail: new Uint8Array(64 * (index + 1)) })),
      { conforming: false },
    ),
  ]
}

function layouts(): GeneratedSeries[] {
  const differ = (index: number): Changes => ({
    ...(index % 2 ? without('00180050', '00080070') : { '00181030': ['LO', `only here ${index}`] }),
    '00280106': index % 3 ? ['US', 12 + index] : ['SS', -5],
    '00091001': index % 2 ? ['LO', `text ${index}`] : ['SH', `text ${index}`],
    '00090010': ['LO', CREATOR],
    '00081140': ['SQ', Array.from({ length: index % 4 }, (_, item) => reference(`layout ${index} ${item}`))],
    '00082112': ['SQ', [index % 2 ? [...reference('x'), ['00081160', 'IS', '1']] : reference('x')]],
  })
  const outOfOrder = Array.from({ length: 3 }, (_, index) => {
    const elements = sliceElements('out-of-order', index)
    const moved = [...elements.slice(0, 12), ...elementsOf({ '00080021': ['DA', '20240115'] }), ...elements.slice(12)]
    return { path: `IM${index + 1}.dcm`, bytes: writePart10({ elements: moved }) }
  })
  const lone = slices('lone', 5, index => ({
    '00104000': index === 3 ? ['LT', 'only one slice has this'] : null,
  }))
  return [
    folder(
      'layouts-differ',
      'tags absent, other VRs, other numbers of items, in one series',
      slices('layouts-differ', 6, differ),
    ),
    folder('layout-of-one', 'one slice of five has an element more', lone),
    folder('out-of-order', 'a tag that stands too late', outOfOrder, { conforming: false }),
    folder('one-slice', 'a series of one slice', slices('one-slice', 1, sequences)),
    folder(
      'slices-all-alike',
      'two slices that differ in their UID only',
      slices('slices-all-alike', 2, () => ({
        ...without('00181151', '00080032', '00200013', '00200032'),
        '7FE00010': ['OW', samples('alike', 192, 12)],
      })),
    ),
  ]
}
