import { createHash } from 'node:crypto'
import * as zlib from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createHasher } from '../../src/codec/hash.ts'
import { inflateRaw } from '../../src/codec/inflate.ts'
import { nodePlatform } from '../../src/codec/platform.node.ts'
import { browserPlatform, inflateZstd, platform, usePlatform } from '../../src/codec/platform.ts'
import { compressZstd } from '../../src/codec/zstd.ts'
import { fromHex, noise, refusal, repeated } from './helpers.ts'

const PLATFORMS = { browser: browserPlatform, node: nodePlatform }
const text = (value: string) => new TextEncoder().encode(value)

afterEach(() => usePlatform(browserPlatform))

describe.each(Object.entries(PLATFORMS))('%s', (_, which) => {
  beforeEach(() => usePlatform(which))

  test.each([
    ['', 0x00000000],
    ['a', 0xe8b7be43],
    ['123456789', 0xcbf43926],
    ['The quick brown fox jumps over the lazy dog', 0x414fa339],
  ])('CRC-32 of %j', (value, crc) => expect(platform().crc32(text(value))).toBe(crc))

  test('CRC-32 of parts is the CRC-32 of the whole, wherever it is cut', () => {
    const bytes = noise(1000)
    for (let cut = 0; cut <= 40; cut++)
      expect(platform().crc32(bytes.subarray(cut), platform().crc32(bytes.subarray(0, cut)))).toBe(zlib.crc32(bytes))
  })

  test('SHA-256 of parts', async () => {
    const bytes = noise(1000)
    const wanted = createHash('sha256').update(bytes).digest('hex')
    const hasher = createHasher()
    for (const [from, to] of [
      [0, 0],
      [0, 300],
      [300, 1000],
    ])
      hasher.update(bytes.subarray(from, to))
    expect(Buffer.from(await hasher.digest()).toString('hex')).toBe(wanted)
  })

  test.each([0, 1, 2, 255, 256, 257, 65_791, 65_792, 200_000, 3_000_000])('zstd of %i bytes', async size => {
    for (const bytes of [noise(size), repeated(size), new Uint8Array(size).fill(0xa5), new Uint8Array(size)])
      for (const level of [3, 19]) {
        if (size > 1e6 && level === 19) continue
        const compressed = await compressZstd(bytes, level)
        expect(Buffer.compare(inflateZstd(compressed, size), bytes)).toBe(0)
      }
  })

  // By hand after RFC 8878; the checksum is libzstd's.
  test.each([
    ['a raw block', '28b52ffd 2005 290000 68656c6c6f', 'hello'],
    ['an RLE block', '28b52ffd 2028 430100 61', 'a'.repeat(40)],
    ['an empty frame', '28b52ffd 2000 010000', ''],
    ['a checksum', '28b52ffd 2405 290000 68656c6c6f a36d9f88', 'hello'],
  ])('inflates %s', (_, hex, wanted) => {
    expect(new TextDecoder().decode(inflateZstd(fromHex(hex), wanted.length))).toBe(wanted)
  })

  test.each([
    ['another size in the directory', '28b52ffd 2005 290000 68656c6c6f', 6, 'the frame holds 5 bytes, wanted 6'],
    ['no content size', '28b52ffd 0000 290000 68656c6c6f', 5, 'the frame holds an unknown number of bytes, wanted 5'],
    ['a dictionary', '28b52ffd 210105 290000 68656c6c6f', 5, 'the frame wants a dictionary'],
    ['a byte behind it', '28b52ffd 2005 290000 68656c6c6f 00', 5, 'the frame ends at 14 of 15 bytes'],
    ['a second frame', '28b52ffd 2005 290000 68656c6c6f 28b52ffd 2000 010000', 5, 'the frame ends at 14 of 23 bytes'],
    ['a byte too few', '28b52ffd 2005 290000 68656c6c', 5, 'the frame ends at 14 of 13 bytes'],
    ['no last block', '28b52ffd 2005 280000 68656c6c6f', 5, 'a block is cut off at 14 of 14 bytes'],
    ['a reserved block', '28b52ffd 2005 2f0000 68656c6c6f', 5, 'reserved block type at 6'],
    ['no frame', '00000000 0000 000000', 5, '9 bytes that do not begin with a zstd frame'],
    ['nothing', '', 0, '0 bytes that do not begin with a zstd frame'],
    ['a skippable frame', '502a4d18 00000000', 0, '8 bytes that do not begin with a zstd frame'],
  ])('refuses a zstd frame with %s', async (_, hex, size, message) => {
    expect(await refusal(() => inflateZstd(fromHex(hex), size))).toEqual(['corrupt', `zstd: ${message}`])
  })

  test.each([
    ['less than it says', '28b52ffd 2028 290000 68656c6c6f', 40],
    ['more than it says', '28b52ffd 2003 290000 68656c6c6f', 3],
    ['4 GB from a few bytes', `28b52ffd a0 10000000 ${'f2ffff 00'.repeat(3)} f3ffff 00`, 16],
  ])('refuses a zstd frame that holds %s', async (_, hex, size) => {
    expect((await refusal(() => inflateZstd(fromHex(hex), size)))[0]).toBe('corrupt')
  })

  test('refuses a window that no file of ours needs', async () => {
    const [code, message] = await refusal(() => inflateZstd(fromHex('28b52ffd 80 a8 05000000 290000 68656c6c6f'), 5))
    expect([code, message]).toEqual(['corrupt', 'zstd: the frame wants a window of 2147483648 bytes for 5'])
  })

  test('damaged zstd never gives a wrong length', async () => {
    const bytes = repeated(5000)
    const compressed = await compressZstd(bytes, 19)
    for (let at = 0; at < compressed.length; at++) {
      const damaged = compressed.slice()
      damaged[at] ^= 0x55
      try {
        expect(inflateZstd(damaged, bytes.length).length).toBe(bytes.length)
      } catch (error) {
        expect(error).toMatchObject({ code: 'corrupt' })
      }
    }
  })

  test.each([0, 1, 4095, 4096, 5000, 300_000])('inflates %i deflated bytes, with and without a pad byte', size => {
    for (const bytes of [noise(size), repeated(size)]) {
      const deflated = zlib.deflateRawSync(bytes)
      const padded = new Uint8Array([...deflated, 0])
      expect(Buffer.compare(inflateRaw(deflated, size), bytes)).toBe(0)
      expect(Buffer.compare(inflateRaw(padded, size), bytes)).toBe(0)
    }
  })

  test('refuses deflate beyond the limit, cut off or damaged', async () => {
    const deflated = zlib.deflateRawSync(new Uint8Array(100_000_000))
    expect(await refusal(() => inflateRaw(deflated, 1000))).toEqual([
      'limit',
      'deflate: the stream inflates to more than 1000 bytes',
    ])
    const some = zlib.deflateRawSync(noise(10_000))
    expect((await refusal(() => inflateRaw(some.subarray(0, 5000), 20_000)))[0]).toBe('corrupt')
    expect((await refusal(() => inflateRaw(new Uint8Array(0), 10)))[0]).toBe('corrupt')
    expect((await refusal(() => inflateRaw(fromHex('ff ff ff ff'), 10)))[0]).toBe('corrupt')
  })
})

test('Node has every part of its own, a browser those that a page begins with', () => {
  const loadedLater = ['createHasher', 'createWorker', 'inflateRaw', 'zstdDecompress']
  expect(Object.keys(nodePlatform).sort()).toEqual([...Object.keys(browserPlatform), ...loadedLater].sort())
})

test('the written bytes are pinned: the same zstd on every platform', async () => {
  const digest = async (level: number) =>
    createHash('sha256')
      .update(await compressZstd(repeated(100_000), level))
      .digest('hex')
      .slice(0, 16)
  expect([await digest(3), await digest(19)]).toMatchInlineSnapshot(`
    [
      "6d7a41340fc76f9b",
      "94fb6446c3ca3475",
    ]
  `)
})
