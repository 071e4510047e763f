import { beforeAll, describe, expect, test } from 'vitest'
import {
  FRAME_CODINGS,
  type FrameShape,
  nativeFrameBytes,
  packFrame,
  storedValues,
  unpackFrame,
} from '../../src/codec/frame.ts'
import { nodePlatform } from '../../src/codec/platform.node.ts'
import { platform, usePlatform } from '../../src/codec/platform.ts'
import { fromHex, noise, refusal, shapeOf, wordsWithin } from './helpers.ts'

beforeAll(() => usePlatform(nodePlatform))

const { htj2k, htj2kWords, zstd, raw } = FRAME_CODINGS

async function roundTrip(native: Uint8Array, shape: FrameShape) {
  const packed = await packFrame(native, shape)
  expect(packed.crc32).toBe(platform().crc32(packed.bytes))
  const back = await unpackFrame(packed.coding, packed.bytes, shape)
  expect(Buffer.compare(back, native)).toBe(0)
  return packed
}

describe('every frame comes back byte for byte', () => {
  const depths: [number, number][] = [8, 16].flatMap(allocated =>
    Array.from({ length: allocated }, (_, at): [number, number] => [allocated, at + 1]),
  )
  test.each(depths.flatMap(([allocated, stored]) => [false, true].map(signed => [allocated, stored, signed] as const)))(
    '%i bits allocated, %i stored, signed %s',
    async (bitsAllocated, bitsStored, signed) => {
      const shape = shapeOf({ rows: 33, columns: 47, bitsAllocated, bitsStored, signed })
      const packed = await roundTrip(wordsWithin(shape), shape)
      expect(packed).toMatchObject({ coding: htj2k, outside: false })
      const junk = noise(nativeFrameBytes(shape))
      const coding = bitsStored === bitsAllocated ? htj2k : htj2kWords
      expect(await roundTrip(junk, shape)).toMatchObject({ coding, outside: coding === htj2kWords })
    },
  )

  const sides = [1, 2, 3, 5, 31, 32, 33, 64, 65, 130]
  test.each(sides.flatMap(rows => sides.map(columns => [rows, columns])))('%i x %i', async (rows, columns) => {
    for (const more of [{}, { bitsAllocated: 8 }, { bitsAllocated: 8, samples: 3 }]) {
      const shape = shapeOf({ rows, columns, ...more })
      expect((await roundTrip(wordsWithin(shape), shape)).coding).toBe(htj2k)
    }
  })

  test.each([
    ['RGB', { samples: 3, bitsAllocated: 8 }, htj2k],
    ['RGB planar', { samples: 3, bitsAllocated: 8, planar: true }, htj2k],
    ['RGB of 5 bits', { samples: 3, bitsAllocated: 8, bitsStored: 5 }, htj2k],
    ['RGB said to be signed', { samples: 3, bitsAllocated: 8, signed: true }, htj2kWords],
    ['RGB of 16 bits', { samples: 3 }, zstd],
    ['RGB of 16 bits planar', { samples: 3, planar: true }, zstd],
    ['4 samples', { samples: 4, bitsAllocated: 8 }, zstd],
    ['2 samples', { samples: 2, bitsAllocated: 8 }, zstd],
    ['32 bits', { bitsAllocated: 32 }, zstd],
    ['24 bits', { bitsAllocated: 24 }, zstd],
    ['64 bits', { bitsAllocated: 64 }, zstd],
    ['float', { bitsAllocated: 32, float: true }, zstd],
    ['double', { bitsAllocated: 64, float: true }, zstd],
    ['1 bit', { bitsAllocated: 1 }, zstd],
    ['more stored than allocated', { bitsStored: 17, highBit: 16 }, zstd],
    ['a high bit below the stored ones', { bitsStored: 12, highBit: 3 }, zstd],
  ] as const)('%s', async (_, fields, coding) => {
    const shape = shapeOf({ rows: 40, columns: 30, ...fields })
    const smooth = noise(nativeFrameBytes(shape)).map(value => value & 3)
    expect((await roundTrip(smooth, shape)).coding).toBe(coding)
    const wild = await roundTrip(noise(nativeFrameBytes(shape)), shape)
    expect(coding === zstd ? [zstd, raw] : [htj2k, htj2kWords]).toContain(wild.coding)
  })

  test('a high bit above the stored ones is coded as words', async () => {
    const shape = shapeOf({ rows: 1, columns: 4, bitsStored: 12, highBit: 15 })
    const packed = await roundTrip(fromHex('0000 1000 f0ff 0080'), shape)
    expect(packed).toMatchObject({ coding: htj2kWords, minimum: 0, maximum: 4095, outside: true })
  })

  test('a frame of 1 bit may reach into one more byte', async () => {
    const shape = shapeOf({ rows: 3, columns: 5, bitsAllocated: 1 })
    for (const size of [2, 3]) await roundTrip(noise(size), shape)
    const large = shapeOf({ rows: 300, columns: 300, bitsAllocated: 1 })
    for (const size of [11_250, 11_251]) await roundTrip(new Uint8Array(size), large)
  })

  test('bytes that begin anywhere', async () => {
    const shape = shapeOf({ rows: 9, columns: 9, bitsStored: 12 })
    const native = wordsWithin(shape)
    const shifted = new Uint8Array(native.length + 1)
    shifted.set(native, 1)
    await roundTrip(shifted.subarray(1), shape)
    expect(storedValues(shifted.subarray(1), shape)).toEqual(storedValues(native, shape))
  })
})

describe('one word with a bit outside Bits Stored, wherever it is, is seen when it is packed and when it is read', () => {
  const depths = [8, 16, 32].flatMap(allocated => [1, 5, 7, 12, 15, 31].map(stored => [allocated, stored] as const))
  test.each(depths.filter(([allocated, stored]) => stored < allocated))(
    '%i allocated, %i stored',
    async (bitsAllocated, bitsStored) => {
      for (const signed of [false, true])
        for (const columns of [5, 8])
          for (let at = 0; at < columns; at++) {
            const shape = shapeOf({ rows: 1, columns, bitsAllocated, bitsStored, signed })
            const native = new Uint8Array(nativeFrameBytes(shape)).fill(signed ? 0xff : 0)
            expect(await packFrame(native, shape)).toMatchObject({ outside: false })
            expect(storedValues(native, shape).buffer).toBe(native.buffer)
            // The lowest bit above those that are stored.
            native[(at * bitsAllocated + bitsStored) >> 3] ^= 1 << (bitsStored % 8)
            expect(await packFrame(native, shape)).toMatchObject({ outside: true })
            expect([...(storedValues(native, shape) as Int8Array)]).toEqual(Array(columns).fill(signed ? -1 : 0))
          }
    },
  )

  test('60 of 64 bits', async () => {
    const shape = shapeOf({ rows: 1, columns: 1, bitsAllocated: 64, bitsStored: 60 })
    expect(await packFrame(fromHex('0000000000000010'), shape)).toMatchObject({ minimum: 0, maximum: 0, outside: true })
    expect(await packFrame(fromHex('000000000000000f'), shape)).toMatchObject({ minimum: null, outside: false })
  })
})

test('what is packed is the same bytes every time', async () => {
  const shape = shapeOf({ rows: 64, columns: 64, bitsStored: 12 })
  const native = wordsWithin(shape)
  const first = await packFrame(native, shape)
  await packFrame(noise(2 * 50 * 70), shapeOf({ rows: 50, columns: 70, signed: true }))
  expect(await packFrame(native, shape)).toEqual(first)
})

test('the codestream is HTJ2K, RPCL, 64 x 64, reversible, with TLM', async () => {
  const shape = shapeOf({ rows: 64, columns: 64, bitsStored: 12 })
  const { bytes } = await packFrame(wordsWithin(shape), shape)
  const hex = Buffer.from(bytes).toString('hex')
  expect(hex.startsWith('ff4fff51')).toBe(true)
  // COD: RPCL 02, one layer, no transform; 5 decompositions, 64 x 64, HT blocks 40, 5/3 01.
  expect(hex).toContain('ff52000c0002000100 0504044001'.replaceAll(' ', ''))
  expect(hex).toContain('ff550')
})

describe('minimum and maximum are those of the stored values', () => {
  test.each([
    ['unsigned', '0000 0100 ff0f', {}, 0, 4095],
    ['signed, extended', '00f8 ff07 ffff', { signed: true }, -2048, 2047],
    ['signed, not extended', '0008 ff07 ff0f', { signed: true }, -2048, 2047],
    ['with overlay bits', '0010 01f0 0220', {}, 0, 2],
    ['float', '0000803f 000020c1 0000807f', { bitsAllocated: 32, float: true }, -10, 1],
    ['float NaN only', '0000c07f 0000c07f 0000c07f', { bitsAllocated: 32, float: true }, null, null],
    ['32 bits', 'ffffffff 00000000 00000080', { bitsAllocated: 32, bitsStored: 32 }, 0, 4294967295],
    [
      '32 bits signed',
      'ffffffff 00000000 00000080',
      { bitsAllocated: 32, bitsStored: 32, signed: true },
      -2147483648,
      0,
    ],
    ['64 bits', '0100000000000000 0200000000000000 ffffffffffffffff', { bitsAllocated: 64, bitsStored: 64 }, 1, null],
    ['1 bit', '02', { bitsAllocated: 1, bitsStored: 1 }, 0, 1],
  ])('%s', async (_, hex, fields, minimum, maximum) => {
    const shape = shapeOf({ rows: 1, columns: 3, bitsStored: 12, ...fields })
    const packed = await roundTrip(fromHex(hex), { ...shape, highBit: shape.bitsStored - 1 })
    expect([packed.minimum, packed.maximum]).toEqual([minimum, maximum])
  })

  test('wherever they stand', async () => {
    for (let columns = 1; columns < 12; columns++)
      for (let least = 0; least < columns; least++)
        for (let most = 0; most < columns; most++) {
          const words = new Uint32Array(columns).fill(1000)
          words[most] = 0xfffffff0
          words[least] = 7
          const shape = shapeOf({ rows: 1, columns, bitsAllocated: 32 })
          const { minimum, maximum } = await packFrame(new Uint8Array(words.buffer), shape)
          expect([minimum, maximum]).toEqual([Math.min(...words), Math.max(...words)])
        }
  })
})

describe('stored values', () => {
  test.each([
    ['8 bits', 'ff00', {}, Uint8Array.of(255, 0)],
    ['8 bits signed', 'ff00', { signed: true }, Int8Array.of(-1, 0)],
    ['16 bits', 'ff00 0080', { bitsAllocated: 16 }, Uint16Array.of(255, 32768)],
    ['12 of 16 bits', 'fff0 0018', { bitsAllocated: 16, bitsStored: 12 }, Uint16Array.of(255, 2048)],
    [
      '12 of 16 bits signed',
      'ff0f 0018',
      { bitsAllocated: 16, bitsStored: 12, signed: true },
      Int16Array.of(-1, -2048),
    ],
    [
      'high bit 15',
      'f0ff 1000',
      { bitsAllocated: 16, bitsStored: 12, highBit: 15, signed: true },
      Int16Array.of(-1, 1),
    ],
    [
      '24 of 32 bits signed',
      'ffffff00 01000000',
      { bitsAllocated: 32, bitsStored: 24, signed: true },
      Int32Array.of(-1, 1),
    ],
    ['1 bit', '02', { bitsAllocated: 1 }, Uint8Array.of(0, 1)],
    ['64 bits', 'ffffffffffffffff 0100000000000000', { bitsAllocated: 64, signed: true }, BigInt64Array.of(-1n, 1n)],
    [
      '60 of 64 bits',
      'ffffffffffffffff 0100000000000000',
      { bitsAllocated: 64, bitsStored: 60 },
      BigUint64Array.of(2n ** 60n - 1n, 1n),
    ],
    ['float', '0000803f 000020c1', { bitsAllocated: 32, float: true }, Float32Array.of(1, -10)],
    ['double', '000000000000f03f 00000000000024c0', { bitsAllocated: 64, float: true }, Float64Array.of(1, -10)],
    ['planar', '010203 040506', { samples: 3, columns: 2, planar: true }, Uint8Array.of(1, 3, 5, 2, 4, 6)],
    [
      'planar, 16 bits',
      '0100 0200 0300 0400 0500 0600',
      { samples: 3, bitsAllocated: 16, planar: true },
      Uint16Array.of(1, 3, 5, 2, 4, 6),
    ],
  ])('%s', (_, hex, fields, wanted) => {
    const shape = shapeOf({ rows: 1, columns: 2, bitsAllocated: 8, ...fields })
    const values = storedValues(fromHex(hex), shape)
    expect(values).toEqual(wanted)
    expect(values.constructor).toBe(wanted.constructor)
  })

  test('are a view where the words are right', () => {
    const native = new Uint8Array(8)
    expect(storedValues(native, shapeOf({ rows: 2, columns: 2, bitsStored: 12 })).buffer).toBe(native.buffer)
  })

  test('are refused for 24 bits and for attributes that contradict each other', async () => {
    expect(
      await refusal(() => storedValues(new Uint8Array(6), shapeOf({ rows: 1, columns: 2, bitsAllocated: 24 }))),
    ).toEqual(['unsupported-pixels', 'frame: no stored values for 2 x 1 x 1, 24 of 24 bits, high bit 23'])
    const shape = shapeOf({ rows: 1, columns: 2, bitsStored: 17, highBit: 16 })
    expect((await refusal(() => storedValues(new Uint8Array(4), shape)))[0]).toBe('unsupported-pixels')
  })
})

describe('refusals', () => {
  const shape = shapeOf({ rows: 16, columns: 16, bitsStored: 12 })

  test('a frame of another size', async () => {
    expect(await refusal(() => packFrame(new Uint8Array(511), shape))).toEqual([
      'unsupported-pixels',
      'frame: 511 bytes, wanted 512 for 16 x 16 x 1, 12 of 16 bits, high bit 11',
    ])
  })

  test.each([
    ['rows', { rows: 15 }, 'the codestream has rows 16, wanted 15'],
    ['columns', { columns: 17 }, 'the codestream has columns 16, wanted 17'],
    ['bits', { bitsStored: 11, highBit: 10 }, 'the codestream has bits 12, wanted 11'],
    ['sign', { signed: true }, 'the codestream has signed false, wanted true'],
    ['samples', { samples: 3 }, 'the codestream has samples 1, wanted 3'],
  ])('a codestream with other %s', async (_, fields, message) => {
    const { bytes } = await packFrame(wordsWithin(shape), shape)
    expect(await refusal(() => unpackFrame(htj2k, bytes, { ...shape, ...fields }))).toEqual([
      'corrupt',
      `frame: ${message}`,
    ])
  })

  test.each([
    ['zstd of another size', zstd, '28b52ffd 2005 290000 68656c6c6f', 'zstd: the frame holds 5 bytes, wanted 512'],
    ['raw bytes of another size', raw, '00', 'frame: 1 bytes, wanted 512'],
    ['a verbatim frame', 0, '00', 'frame: coding 0 cannot be unpacked'],
    ['a coding of the future', 9, '00', 'frame: coding 9 cannot be unpacked'],
    ['no codestream', htj2k, '00'.repeat(50), 'codestream: 50 bytes that do not begin with SOC and SIZ'],
  ])('%s', async (_, coding, hex, message) => {
    expect(await refusal(() => unpackFrame(coding, fromHex(hex), shape))).toEqual(['corrupt', message])
  })

  test('a damaged codestream is refused or decodes to something; the next frame is right again', async () => {
    const native = wordsWithin(shape)
    const { bytes } = await packFrame(native, shape)
    for (let at = 0; at < bytes.length; at += 3) {
      const damaged = bytes.slice()
      damaged[at] ^= 0xff
      try {
        expect((await unpackFrame(htj2k, damaged, shape)).length).toBe(native.length)
      } catch (error) {
        expect(['corrupt', 'unsupported-codec']).toContain((error as { code: string }).code)
      }
      if (at % 60 === 0) expect(Buffer.compare(await unpackFrame(htj2k, bytes, shape), native)).toBe(0)
    }
  })
})
