import { decompress, init } from '@bokuweb/zstd-wasm'
import { beforeAll, describe, expect, test } from 'vitest'
import { browserPlatform, inflateZstd, usePlatform } from '../../src/codec/platform.ts'
import { compressZstdNow, loadZstd } from '../../src/codec/zstd.ts'
import { DicubeError } from '../../src/errors.ts'
import { noise, repeated } from './helpers.ts'

/** xorshift32: the same inputs each time. */
function random(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

/** Words of a small vocabulary, some of which grow rare: what tables are made of changes from block to block. */
function prose(sizeBytes: number, seed: number): Uint8Array {
  const next = random(seed)
  const words = Array.from({ length: 400 }, () =>
    String.fromCharCode(...Array.from({ length: 1 + next(9) }, () => 32 + next(1 + next(95)))),
  )
  let text = ''
  while (text.length < sizeBytes) text += words[next(1 + next(1 + next(400)))] + (next(30) ? '' : String(next(1e9)))
  return new TextEncoder().encode(text.slice(0, sizeBytes))
}

/** Few different symbols, most of them one. */
const skewed = (sizeBytes: number, symbols: number) => {
  const next = random(symbols)
  return Uint8Array.from({ length: sizeBytes }, () => (next(3) ? 7 : next(symbols)))
}

/** Fewer where this runs for each of many mutants (`npm run mutation`). */
const FEWER = Number(process.env.FC_RUNS ?? 1) < 1
const LEVELS = FEWER ? [1, 19] : [-5, 1, 2, 3, 5, 7, 9, 12, 15, 17, 19, 20, 22]
const ALL_INPUTS: [string, Uint8Array][] = [
  ...[1, 5, 30, 100, 257, 1000, 5000, 70_000, 400_000].map((size): [string, Uint8Array] => [
    `prose of ${size}`,
    prose(size, size),
  ]),
  ...[2, 3, 17, 200, 256].map((symbols): [string, Uint8Array] => [`${symbols} symbols`, skewed(20_000, symbols)]),
  ['noise', noise(3000)],
  ['noise in more than one block', noise(300_000)],
  ['one byte again and again', repeated(500_000)],
  ['zeros', new Uint8Array(1_000_000)],
  ['noise twice, far apart', Uint8Array.from([...noise(60_000), ...prose(40_000, 3), ...noise(60_000)])],
  ['prose, noise, prose', Uint8Array.from([...prose(70_000, 1), ...noise(70_000), ...prose(90_000, 1)])],
]

const INPUTS = ALL_INPUTS.filter(([, { length }]) => !FEWER || length <= 20_000)

beforeAll(async () => {
  usePlatform(browserPlatform)
  await loadZstd()
  await init()
})

describe('frames that libzstd made', () => {
  test.each(INPUTS)('%s, at each level', (_, bytes) => {
    for (const level of LEVELS)
      expect(Buffer.compare(inflateZstd(compressZstdNow(bytes, level), bytes.length), bytes), `level ${level}`).toBe(0)
  })
})

/** What libzstd makes of a frame; undefined where it refuses. */
function reference(frame: Uint8Array): Uint8Array | undefined {
  try {
    return decompress(frame)
  } catch {
    return undefined
  }
}

/** A field as a stream has it: a number and its bits. */
type Field = [value: number, bits: number]

const bytesOf = (all: bigint): number[] => (all ? [Number(all & 255n), ...bytesOf(all >> 8n)] : [])
/** Fields in the order in which they are read, from the end: the first one stands behind the highest bit, which marks it (RFC 8878 §4.1). */
const backward = (...fields: Field[]) =>
  bytesOf(fields.reduce((all, [value, bits]) => (all << BigInt(bits)) | BigInt(value), 1n))
/** Fields from the lowest bit up, to a whole byte, as a table is written. */
function forward(...fields: Field[]): number[] {
  let [all, at] = [0n, 0]
  for (const [value, bits] of fields) {
    all |= BigInt(value) << BigInt(at)
    at += bits
  }
  return Array.from({ length: Math.ceil(at / 8) }, (_, i) => Number((all >> BigInt(8 * i)) & 255n))
}
const le = (value: number, count: number) => Array.from({ length: count }, (_, i) => (value / 256 ** i) & 255)
const text = (value: string) => [...Buffer.from(value, 'latin1')]

const RAW = 0
const COMPRESSED = 2
const block =
  (type: number, content: readonly number[], size = content.length) =>
  (last: boolean) => [...le(size * 8 + type * 2 + Number(last), 3), ...content]
/** One frame of so many bytes with a window of 2 MiB, its blocks one behind the other. */
const frameOf = (size: number, ...blocks: ReturnType<typeof block>[]) =>
  Uint8Array.from([
    ...[0x28, 0xb5, 0x2f, 0xfd, 0x80, 0x58, ...le(size, 4)],
    ...blocks.flatMap((one, i) => one(i === blocks.length - 1)),
  ])
/** Literals as they are; their number takes 20 bits (§3.1.1.3.1.1). */
const rawLiterals = (content: readonly number[]) => [...le(content.length * 16 + 12, 3), ...content]
const NO_SEQUENCES = [0]
/** Sequences whose codes are all the same: literal length, offset, match length (§3.1.1.3.2.1). */
const alike = (count: readonly number[], codes: readonly number[], ...fields: Field[]) => [
  ...count,
  0x54,
  ...codes,
  ...backward(...fields),
]
const sameAsLibzstd = (frame: Uint8Array, size: number) => {
  const found = inflateZstd(frame, size)
  expect(Buffer.compare(found, reference(frame)!)).toBe(0)
  return found
}
const textOf = (frame: Uint8Array, size: number) => Buffer.from(sameAsLibzstd(frame, size)).toString('latin1')
const refused = expect.objectContaining({
  code: 'corrupt',
  message: expect.stringMatching(/^zstd: the block is not valid at byte \d+ of its frame$/),
})

describe('literals by hand (RFC 8878 §3.1.1.3.1)', () => {
  const of = (size: number, literals: readonly number[]) =>
    frameOf(size, block(COMPRESSED, [...literals, ...NO_SEQUENCES]))

  test.each([
    ['their number in 5 bits, even', 4, [4 << 3]],
    ['their number in 5 bits, odd', 5, [5 << 3]],
    ['their number in 5 bits, the most', 31, [31 << 3]],
    ['their number in 12 bits', 5, le(5 * 16 + 4, 2)],
    ['their number in 12 bits, the most', 4095, le(4095 * 16 + 4, 2)],
    ['their number in 20 bits', 5, le(5 * 16 + 12, 3)],
    ['their number in 20 bits, large', 100_000, le(100_000 * 16 + 12, 3)],
  ])('raw, %s, and one byte again and again', (_, size, header) => {
    const bytes = noise(size)
    expect(sameAsLibzstd(of(size, [...header, ...bytes]), size)).toEqual(bytes)
    expect(sameAsLibzstd(of(size, [header[0] | 1, ...header.slice(1), 65]), size)).toEqual(
      new Uint8Array(size).fill(65),
    )
  })

  /** Symbols 0 and 1, of one bit each: one weight is written, the last one follows from it. */
  const TWO = [128, 0x10]
  const bits = (...symbols: number[]) => backward(...symbols.map((symbol): Field => [symbol, 1]))
  const streams = (...all: number[][]) => [...all.slice(0, -1).flatMap(one => le(one.length, 2)), ...all.flat()]
  const packed = (
    format: number,
    size: number,
    content: readonly number[],
    { type = 2, length = content.length } = {},
  ) => {
    const sizeBits = format < 2 ? 10 : 6 + 4 * format
    return [...forward([type, 2], [format, 2], [size, sizeBits], [length, sizeBits]), ...content]
  }
  const four = [
    [0, 1],
    [1, 1],
    [0, 0],
    [1, 0],
  ]

  test('Huffman codes, in one stream', () => {
    const frame = of(5, packed(0, 5, [...TWO, ...bits(0, 1, 1, 0, 1)]))
    expect([...sameAsLibzstd(frame, 5)]).toEqual([0, 1, 1, 0, 1])
  })

  test.each([1, 2, 3])('Huffman codes, in four streams, form %i', format => {
    const frame = of(8, packed(format, 8, [...TWO, ...streams(...four.map(one => bits(...one)))]))
    expect([...sameAsLibzstd(frame, 8)]).toEqual(four.flat())
  })

  test('the table of the block before', () => {
    const frame = frameOf(
      13,
      block(COMPRESSED, [...packed(0, 5, [...TWO, ...bits(0, 1, 1, 0, 1)]), ...NO_SEQUENCES]),
      block(COMPRESSED, [...packed(1, 8, streams(...four.map(one => bits(...one))), { type: 3 }), ...NO_SEQUENCES]),
    )
    expect([...sameAsLibzstd(frame, 13)]).toEqual([0, 1, 1, 0, 1, ...four.flat()])
  })

  test('codes of one, two and three bits; a symbol that has none', () => {
    // Weights of the symbols 0 to 3: 3, 0, 2, 1; that of 4 follows: 1. The longest codes come first: 3 is 000, 4 is 001.
    const frame = of(4, packed(0, 4, [131, 0x30, 0x21, ...backward([0, 3], [1, 3], [1, 2], [1, 1])]))
    expect([...sameAsLibzstd(frame, 4)]).toEqual([3, 4, 2, 0])
  })

  test('codes of eleven bits, and none of twelve', () => {
    const longest = (weights: number[]) => [127 + weights.length, ...le8(weights)]
    const le8 = (weights: number[]) =>
      Array.from({ length: (weights.length + 1) >> 1 }, (_, i) => (weights[2 * i] << 4) | (weights[2 * i + 1] ?? 0))
    const eleven = [1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    const frame = of(2, packed(0, 2, [...longest(eleven), ...backward([0, 11], [1, 1])]))
    expect([...sameAsLibzstd(frame, 2)]).toEqual([0, 11])
    const twelve = of(2, packed(0, 2, [...longest([...eleven, 11]), ...backward([0, 12], [1, 1])]))
    // libzstd takes it; RFC 8878 §4.2.1 calls it corrupt.
    expect(() => inflateZstd(twelve, 2)).toThrow(refused)
  })

  const right = bits(0, 1, 1, 0, 1)
  test.each<[string, number, number[]]>([
    ['raw, longer than their block', 5, [...le(5 * 16 + 4, 2), ...text('abc')]],
    ['one byte, which is not there', 5, [(5 << 3) | 1]],
    ['more than a block has', 131_073, [...le(131_073 * 16 + 13, 3), 65]],
    ['codes that end behind their block', 5, packed(0, 5, [...TWO, ...right], { length: 9 })],
    ['more codes than a block has', 131_073, packed(3, 131_073, [...TWO, ...right])],
    ['a table of no block before', 5, packed(0, 5, right, { type: 3 })],
    ['a bit that no code has', 5, packed(0, 5, [...TWO, ...bits(0, 1, 1, 0, 1, 1)])],
    ['a code that has no bits', 5, packed(0, 5, [...TWO, ...bits(0, 1, 1, 0)])],
    ['no codes', 5, packed(0, 5, TWO)],
    ['codes whose last byte is 0', 5, packed(0, 5, [...TWO, ...right, 0])],
    ['a table that ends behind its literals', 5, packed(0, 5, [200, 0x11, ...right])],
    ['weights that are all 0', 5, packed(0, 5, [129, 0x00, ...right])],
    ['a weight of 12', 5, packed(0, 5, [129, 0xc1, ...right])],
    ['weights that leave no power of two', 5, packed(0, 5, [130, 0x31, 0x10, ...backward([0, 3])])],
    ['one longest code', 5, packed(0, 5, [130, 0x22, 0x10, ...right])],
    ['four streams of five', 5, packed(1, 5, [...TWO, ...streams(right, right, right, right)])],
    ['a stream that ends behind its literals', 8, packed(1, 8, [...TWO, 9, 0, 1, 0, 1, 0, 4, 4, 4, 4])],
    ['no room for the lengths of streams', 8, packed(1, 8, [...TWO, 1, 0, 1, 0])],
  ])('%s: refused', (_, size, literals) => {
    expect(() => inflateZstd(of(size, literals), size)).toThrow(refused)
  })
})

describe('sequences by hand (RFC 8878 §3.1.1.3.2)', () => {
  const before = block(RAW, text('abcdefgh'))

  // §3.1.1.3.2.1.1: code, least length, bits of what is added.
  const LITERAL_LENGTHS = [
    [0, 0, 0],
    [1, 1, 0],
    [15, 15, 0],
    [16, 16, 1],
    [17, 18, 1],
    [18, 20, 1],
    [19, 22, 1],
    [20, 24, 2],
  ]
  const LONGER_LITERALS = [
    [21, 28, 2],
    [22, 32, 3],
    [23, 40, 3],
    [24, 48, 4],
    [25, 64, 6],
    [26, 128, 7],
    [27, 256, 8],
  ]
  const LONGEST_LITERALS = [
    [28, 512, 9],
    [29, 1024, 10],
    [30, 2048, 11],
    [31, 4096, 12],
    [32, 8192, 13],
    [33, 16384, 14],
    [34, 32768, 15],
    [35, 65536, 16],
  ]
  test.each([...LITERAL_LENGTHS, ...LONGER_LITERALS, ...LONGEST_LITERALS])(
    'literal length code %i: from %i, %i bits',
    (code, least, bits) => {
      for (const more of new Set([0, 2 ** bits - 1])) {
        const literals = [...noise(least + more), 1, 2]
        if (literals.length > 131_000) continue
        const copied = literals[least + more - 1] ?? 104
        const size = 8 + literals.length + 3
        const frame = frameOf(
          size,
          before,
          block(COMPRESSED, [...rawLiterals(literals), ...alike([1], [code, 2, 0], [0, 2], [more, bits])]),
        )
        const wanted = Uint8Array.from([...text('abcdefgh'), ...literals.slice(0, -2), copied, copied, copied, 1, 2])
        expect(Buffer.compare(sameAsLibzstd(frame, size), wanted)).toBe(0)
      }
    },
  )

  const MATCH_LENGTHS = [
    [0, 3, 0],
    [31, 34, 0],
    [32, 35, 1],
    [33, 37, 1],
    [34, 39, 1],
    [35, 41, 1],
    [36, 43, 2],
    [37, 47, 2],
  ]
  const LONGER_MATCHES = [
    [38, 51, 3],
    [39, 59, 3],
    [40, 67, 4],
    [41, 83, 4],
    [42, 99, 5],
    [43, 131, 7],
    [44, 259, 8],
  ]
  const LONGEST_MATCHES = [
    [45, 515, 9],
    [46, 1027, 10],
    [47, 2051, 11],
    [48, 4099, 12],
    [49, 8195, 13],
    [50, 16387, 14],
    [51, 32771, 15],
    [52, 65539, 16],
  ]
  test.each([...MATCH_LENGTHS, ...LONGER_MATCHES, ...LONGEST_MATCHES])(
    'match length code %i: from %i, %i bits',
    (code, least, bits) => {
      for (const more of new Set([0, 2 ** bits - 1])) {
        const size = 8 + least + more
        if (size > 131_000) continue
        const frame = frameOf(
          size,
          before,
          // Eight bytes back, again and again.
          block(COMPRESSED, [...rawLiterals([]), ...alike([1], [0, 3, code], [3, 3], [more, bits])]),
        )
        expect(textOf(frame, size)).toBe('abcdefgh'.repeat(size / 8 + 1).slice(0, size))
      }
    },
  )

  test('offsets of up to 20 bits', () => {
    const start = noise(700_000)
    const blocks = [0, 1, 2, 3, 4, 5].map(k => block(RAW, [...start.subarray(k * 120_000, (k + 1) * 120_000)]))
    for (const offset of [1, 5, 250, 65_533, 65_534, 65_536, 131_069, 131_070, 524_285, 524_286, 699_999, 700_000]) {
      const code = Math.floor(Math.log2(offset + 3))
      const frame = frameOf(
        700_003,
        ...blocks,
        block(COMPRESSED, [...rawLiterals([]), ...alike([1], [0, code, 0], [offset + 3 - 2 ** code, code])]),
      )
      const wanted = start.slice(700_000 - offset, 700_003 - offset)
      const copied = Array.from({ length: 3 }, (_, i) => wanted[i % wanted.length])
      expect([...sameAsLibzstd(frame, 700_003).slice(-3)], String(offset)).toEqual(copied)
    }
  })

  /** A block of its own for each sequence: literals, what is said of the offset, and a match of three bytes. */
  const step = (literals: string, value: number) => {
    const code = Math.floor(Math.log2(value))
    return block(COMPRESSED, [
      ...rawLiterals(text(literals)),
      ...alike([1], [literals.length, code, 0], [value - 2 ** code, code]),
    ])
  }

  test.each<[string, string, [string, number][]]>([
    ['the last one, 1 at first', 'X' + 'XXX', [['X', 1]]],
    ['the one before, 4 at first', 'X' + 'fgh', [['X', 2]]],
    ['the one before that, 8 at first', 'X' + 'bcd', [['X', 3]]],
    ['one of its own', 'X' + 'ghX', [['X', 6]]],
    ['behind no literals: the one before', 'efg', [['', 1]]],
    ['behind no literals: the one before that', 'abc', [['', 2]]],
    [
      'behind no literals: one less than the last',
      'X' + 'fgh' + 'fgh',
      [
        ['X', 2],
        ['', 3],
      ],
    ],
    [
      'the one that was just used is the last',
      'X' + 'fgh' + 'Y' + 'fgh',
      [
        ['X', 2],
        ['Y', 1],
      ],
    ],
    [
      'and the last is the one before',
      'X' + 'fgh' + 'Y' + 'YYY',
      [
        ['X', 2],
        ['Y', 2],
      ],
    ],
    [
      'the third moves the others',
      'X' + 'bcd' + 'Y' + 'YYY',
      [
        ['X', 3],
        ['Y', 2],
      ],
    ],
    [
      'and the second becomes the third',
      'X' + 'bcd' + 'Y' + 'bcd',
      [
        ['X', 3],
        ['Y', 3],
      ],
    ],
  ])('offsets used before: %s', (_, wanted, steps) => {
    const size = 8 + wanted.length
    const frame = frameOf(size, before, ...steps.map(([literals, value]) => step(literals, value)))
    expect(textOf(frame, size)).toBe(`abcdefgh${wanted}`)
  })

  test('offsets used before, in every order of three', () => {
    const choices = ['', 'X'].flatMap(literals => [1, 2, 3, 6].map(value => [literals, value] as const))
    let compared = 0
    for (const first of choices)
      for (const second of choices)
        for (const third of choices) {
          const steps = [first, second, third]
          const size = 8 + steps.reduce((sum, [literals]) => sum + literals.length + 3, 0)
          const frame = frameOf(size, before, ...steps.map(([literals, value]) => step(literals, value)))
          const wanted = reference(frame)
          // One less than an offset of 1 is none.
          if (steps[0][0] === '' && steps[0][1] === 3) expect(() => inflateZstd(frame, size)).toThrow(refused)
          else if (wanted) {
            expect([...inflateZstd(frame, size)], JSON.stringify(steps)).toEqual([...wanted])
            compared++
          }
        }
    expect(compared).toBeGreaterThan(300)
  })

  test.each([
    ['1', [1]],
    ['127', [127]],
    ['128', [128, 128]],
    ['300', [129, 44]],
    ['32,511', [254, 255]],
    ['32,512', [255, 0, 0]],
    ['32,785', [255, 0x11, 1]],
    ['43,690, which fill a block', [255, 0xaa, 0x2b]],
  ])('%s of them, which take no bits', (name, count) => {
    const sequences = Number(name.replace(',', '').split(',')[0])
    const size = 8 + 3 * sequences
    const frame = frameOf(size, before, block(COMPRESSED, [...rawLiterals([]), ...alike(count, [0, 0, 0])]))
    const wanted = text('abcdefgh')
    // The last offset and the one before it take turns.
    for (let k = 0; k < sequences; k++) for (let i = 0; i < 3; i++) wanted.push(wanted[wanted.length - (k % 2 ? 1 : 4)])
    expect(Buffer.compare(sameAsLibzstd(frame, size), Uint8Array.from(wanted))).toBe(0)
  })

  test('a match may begin in what stands before the bytes, and not before that', () => {
    const reaching = (offset: number) =>
      frameOf(3, block(COMPRESSED, [...rawLiterals([]), ...alike([1], [0, 3, 0], [offset + 3 - 8, 3])]))
    const prefix = Uint8Array.from(text('vwxyz'))
    expect(Buffer.from(inflateZstd(reaching(5), 3, prefix)).toString()).toBe('vwx')
    expect(() => inflateZstd(reaching(6), 3, prefix)).toThrow(refused)
    expect(() => inflateZstd(reaching(5), 3)).toThrow(refused)
  })

  const one = (fields: Field[], codes = [0, 2, 0]) => [...rawLiterals([]), ...alike([1], codes, ...fields)]
  test.each<[string, number, number[]]>([
    ['bytes behind no sequences', 8, [...rawLiterals([]), 0, 0]],
    ['no number of sequences', 8, rawLiterals([])],
    ['a number that is cut', 400, [...rawLiterals([]), 129]],
    ['a larger number that is cut', 400, [...rawLiterals([]), 255, 0]],
    ['reserved bits', 11, [...rawLiterals([]), 1, 0x55, 0, 2, 0, ...backward([0, 2])]],
    ['other reserved bits', 11, [...rawLiterals([]), 1, 0x56, 0, 2, 0, ...backward([0, 2])]],
    ['a literal length code that is none', 11, one([[0, 2]], [36, 2, 0])],
    [
      'an offset code that is none',
      11,
      one(
        [
          [0, 16],
          [0, 16],
        ],
        [0, 32, 0],
      ),
    ],
    [
      'a match length code that is none',
      11,
      one(
        [
          [0, 2],
          [0, 16],
        ],
        [0, 2, 53],
      ),
    ],
    ['a code that is cut', 11, [...rawLiterals([]), 1, 0x54, 0, 2]],
    ['tables of no block before', 11, [...rawLiterals([]), 1, 0xfc, ...backward([0, 2])]],
    ['no bits', 11, [...rawLiterals([]), 1, 0x54, 0, 2, 0]],
    ['bits whose last byte is 0', 11, [...one([[0, 2]]), 0]],
    [
      'a bit too many',
      11,
      one([
        [0, 2],
        [0, 1],
      ]),
    ],
    ['a bit too few', 11, one([[0, 1]])],
    ['more literals than there are', 12, one([[0, 2]], [1, 2, 0])],
    ['a match longer than the frame', 10, one([[0, 2]])],
    ['an offset before the first byte', 11, one([[4, 3]], [0, 3, 0])],
    [
      '43,691 matches, more than a block holds',
      8 + 131_073,
      [...rawLiterals([]), ...alike([255, 0xab, 0x2b], [0, 0, 0])],
    ],
    [
      'literals behind the matches, more than a block holds',
      8 + 131_073,
      [...rawLiterals([1, 2, 3]), ...alike([255, 0xaa, 0x2b], [0, 0, 0])],
    ],
    [
      'literals behind the matches, more than the frame has',
      11,
      [...rawLiterals([1]), ...alike([1], [0, 2, 0], [0, 2])],
    ],
  ])('%s: refused', (_, size, content) => {
    expect(() => inflateZstd(frameOf(size, before, block(COMPRESSED, content)), size)).toThrow(refused)
  })

  test('what is right about those', () => {
    expect(textOf(frameOf(11, before, block(COMPRESSED, one([[0, 2]]))), 11)).toBe('abcdefghhhh')
    expect(textOf(frameOf(11, before, block(COMPRESSED, one([[3, 3]], [0, 3, 0]))), 11)).toBe('abcdefghabc')
  })
})

describe('tables by hand (RFC 8878 §4.1.1)', () => {
  const before = block(RAW, text('abcdefgh'))
  /** One sequence whose literal lengths have a table of their own; it is the one that sequences begin with. */
  const withTable = (table: number[], fields: Field[]) => [
    ...rawLiterals([]),
    ...[1, 0x94, ...table, 2, 0],
    ...backward(...fields),
  ]
  const read = (content: number[], size = 11) => inflateZstd(frameOf(size, before, block(COMPRESSED, content)), size)
  // 4 bits say log - 5. Of a code's cells and one more, numbers that are near the greatest take one bit more.
  const of32 = (...fields: Field[]) => forward([0, 4], ...fields)

  test.each<[string, number[]]>([
    ['31 cells and one', of32([62, 6], [3, 2])],
    ['31 cells and, five codes further on, one', of32([62, 6], [1, 2], [3, 2], [0, 2], [3, 2])],
    ['a code that is rarer than one cell', of32([62, 6], [0, 1])],
  ])('%s', (_, table) => {
    const frame = frameOf(
      11,
      before,
      block(
        COMPRESSED,
        withTable(table, [
          [0, 5],
          [0, 2],
        ]),
      ),
    )
    expect(textOf(frame, 11)).toBe('abcdefghhhh')
  })

  test.each<[string, number[], number]>([
    ['1,024 cells, more than a table of literal lengths has', forward([5, 4], [2046, 11], [3, 2]), 10],
    ['31 cells that no code has', of32([2, 5], [1, 5], ...Array.from({ length: 11 }, (): Field => [3, 2]), [1, 2]), 5],
    ['more codes than there are', of32([2, 5], [1, 5], ...Array.from({ length: 14 }, (): Field => [3, 2]), [1, 2]), 5],
  ])('%s: refused', (_, table, log) => {
    const content = withTable(table, [
      [0, log],
      [0, 2],
    ])
    expect(reference(frameOf(11, before, block(COMPRESSED, content)))).toBeUndefined()
    expect(() => read(content)).toThrow(refused)
  })

  test('a table that ends behind its block: refused', () => {
    expect(() => read([...rawLiterals([]), 1, 0x94, 0])).toThrow(refused)
  })
})

describe('frames that were damaged', () => {
  test('are refused where libzstd refuses them, and inflate to the same where it does not', () => {
    const next = random(20261129)
    let same = 0
    let refused = 0
    // RFC 8878 §4.2.2 calls streams corrupt that are not consumed to the bit; libzstd does not look at those of literals.
    let refusedHere = 0
    for (const [name, bytes] of INPUTS.filter(([, { length }]) => length > 20 && length < 30_000))
      for (const level of [1, 3, 19])
        for (let k = 0; k < (FEWER ? 6 : 60); k++) {
          // Without a checksum, so that damage reaches the blocks.
          const frame = compressZstdNow(bytes, level).slice(0, -4)
          frame[4] &= ~4
          // Behind the header of the frame and of the first block; every other time in the tables, which come first.
          for (let flips = 1 + next(2); flips > 0; flips--)
            frame[11 + next(Math.min(frame.length - 11, k % 2 ? 60 : frame.length))] ^= 1 << next(8)
          const wanted = reference(frame)
          let found: Uint8Array | undefined
          try {
            found = inflateZstd(frame, bytes.length)
          } catch (error) {
            if (!(error instanceof DicubeError && error.code === 'corrupt')) throw error
          }
          if (!found) wanted ? refusedHere++ : refused++
          else {
            const what = `${name}, level ${level}, ${k}`
            expect(wanted, what).toBeDefined()
            expect(Buffer.compare(found, wanted!), what).toBe(0)
            same++
          }
        }
    console.log(`${same} inflate to the same, ${refused} are refused by both, ${refusedHere} here alone`)
    expect(Math.min(same, refused)).toBeGreaterThan(FEWER ? 40 : 400)
    expect(refusedHere).toBeLessThan(refused / 10)
  })
})
