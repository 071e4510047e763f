import { createHash } from 'node:crypto'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import * as zlib from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createHasher, hashFile } from '../../src/codec/hash.ts'
import { inflateRaw } from '../../src/codec/inflate.ts'
import { nodePlatform } from '../../src/codec/platform.node.ts'
import {
  browserPlatform,
  getNumThreads,
  inflateZstd,
  platform,
  setNumThreads,
  usePlatform,
  zstdContentBytes,
} from '../../src/codec/platform.ts'
import { compressZstd } from '../../src/codec/zstd.ts'
import { DicubeError } from '../../src/errors.ts'
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
      await hasher.update(bytes.subarray(from, to))
    expect(Buffer.from(await hasher.digest()).toString('hex')).toBe(wanted)
  })

  test.each([
    ['nothing', []],
    ['as much as waits for its end', [4 << 20]],
    ['a byte more', [4 << 20, 1]],
    ['a byte more, in one part', [(4 << 20) + 1]],
    ['a part that is no multiple of a block', [5_000_001, 63, 64, 65, 0, 5_000_001]],
  ])('SHA-256 of parts: %s', async (_, sizes) => {
    const hasher = createHasher()
    const whole = createHash('sha256')
    for (const [i, size] of sizes.entries()) {
      const part = noise(size, i + 1)
      await hasher.update(part)
      whole.update(part)
    }
    expect(Buffer.from(await hasher.digest()).toString('hex')).toBe(whole.digest('hex'))
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
    ['two RLE blocks', '28b52ffd 2005 120000 61 1b0000 62', 'aabbb'],
    ['an empty frame', '28b52ffd 2000 010000', ''],
    ['its size in two bytes, less 256', '28b52ffd 60 2c00 630900 61', 'a'.repeat(300)],
    ['its size in four bytes', '28b52ffd a0 05000000 290000 68656c6c6f', 'hello'],
    ['its size in eight bytes', '28b52ffd e0 0500000000000000 290000 68656c6c6f', 'hello'],
    ['a window of 8 MiB', '28b52ffd 80 68 05000000 290000 68656c6c6f', 'hello'],
    [
      'a window of 9 MiB for as many bytes',
      `28b52ffd 80 69 00009000 ${'020010 61'.repeat(71)} 030010 61`,
      'a'.repeat(9 << 20),
    ],
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
    ['the reserved bit', '28b52ffd 2805 290000 68656c6c6f', 5, 'the reserved bit of the frame header is set'],
    ['another dictionary', '28b52ffd 22050500 290000 68656c6c6f', 5, 'the frame wants a dictionary'],
    ['a header that is cut off', '28b52ffd a0 050000', 5, 'the frame header is cut off'],
    ['nothing behind its header', '28b52ffd 2005', 5, 'a block is cut off at 6 of 6 bytes'],
    ['a block header that is cut off', '28b52ffd 2005 2900', 5, 'a block is cut off at 6 of 8 bytes'],
    ['a checksum that is cut off', '28b52ffd 2405 290000 68656c6c6f a36d9f', 5, 'the frame ends at 18 of 17 bytes'],
    [
      'another size in eight bytes',
      '28b52ffd e0 0500000001000000 290000 68656c6c6f',
      5,
      'the frame holds 4294967301 bytes, wanted 5',
    ],
    [
      'a window of 9 MiB for few bytes',
      '28b52ffd 80 69 05000000 290000 68656c6c6f',
      5,
      'the frame wants a window of 9437184 bytes for 5',
    ],
    ['five bytes', '28b52ffd 20', 0, '5 bytes that do not begin with a zstd frame'],
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

  test('refuses to inflate what no array holds', async () =>
    expect(await refusal(() => inflateZstd(fromHex('28b52ffd e0 0000008000000000 010000'), 2 ** 31))).toEqual([
      'limit',
      'zstd: the frame holds 2147483648 bytes, at most 2147483647 are inflated',
    ]))

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

test('what a frame holds is read from its header alone', () => {
  const sizes = ['28b52ffd 2005', '28b52ffd 60 2c00', '28b52ffd e0 0500000001000000', '28b52ffd 0000'].map(header =>
    zstdContentBytes(fromHex(header)),
  )
  expect(sizes).toEqual([5, 300, 2 ** 32 + 5, undefined])
})

describe('a platform that inflates zstd itself', () => {
  const hello = fromHex('28b52ffd 2005 290000 68656c6c6f')

  test('and gives fewer bytes than there are', async () => {
    usePlatform({ zstdDecompress: () => new Uint8Array(4) })
    expect(await refusal(() => inflateZstd(hello, 5))).toEqual([
      'corrupt',
      'zstd: the frame inflates to 4 bytes, wanted 5',
    ])
  })

  test('is not asked where something stands before the bytes', () => {
    usePlatform({ zstdDecompress: () => expect.unreachable() })
    expect(new TextDecoder().decode(inflateZstd(hello, 5, text('before')))).toBe('hello')
  })

  test('what it throws is damage, with its words', async () => {
    const cause = new Error("Restored data doesn't match checksum")
    usePlatform({
      zstdDecompress: () => {
        throw cause
      },
    })
    expect(await refusal(() => inflateZstd(hello, 5))).toEqual(['corrupt', `zstd: ${cause.message}`])
    expect(() => inflateZstd(hello, 5)).toThrow(expect.objectContaining({ cause }))
  })

  test('a refusal of ours is passed on as it is', () => {
    const refused = new DicubeError('limit', 'too much')
    usePlatform({
      zstdDecompress: () => {
        throw refused
      },
    })
    expect(() => inflateZstd(hello, 5)).toThrow(refused)
  })
})

describe('SHA-256 in a page', () => {
  beforeEach(() => usePlatform({ ...browserPlatform, createHasher: undefined }))
  afterEach(() => vi.unstubAllGlobals())

  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')

  test('of a file holds a few of its parts, however many there are', async () => {
    const parts: WeakRef<Uint8Array>[] = []
    let most = 0
    const whole = createHash('sha256')
    const read = async (_: number, length: number) => {
      // What was dropped is gone when a task of its own begins.
      await new Promise(setImmediate)
      collect()
      most = Math.max(most, parts.filter(part => part.deref()).length)
      const part = new Uint8Array(length).fill(parts.length)
      parts.push(new WeakRef(part))
      whole.update(part)
      return part
    }
    const digest = await hashFile(read, 100_000_000, [])
    expect(Buffer.from(digest!).toString('hex')).toBe(whole.digest('hex'))
    expect(parts.length).toBe(24)
    expect(most).toBeLessThanOrEqual(2)
  })

  test('gives WebCrypto what is small, and nothing else', async () => {
    const digest = vi.fn(crypto.subtle.digest.bind(crypto.subtle))
    vi.stubGlobal('crypto', { subtle: { digest } })
    const zeros = async (_: number, length: number) => new Uint8Array(length)
    for (const size of [0, 1, 500_000, 4 << 20, (4 << 20) + 1, 9_000_000]) await hashFile(zeros, size, [])
    expect(digest.mock.calls.map(([, bytes]) => bytes.byteLength)).toEqual([0, 1, 500_000, 4 << 20])
  })

  test('does without WebCrypto, which no page has that came by http: from another machine', async () => {
    vi.stubGlobal('crypto', {})
    for (const text of ['', 'abc']) {
      const hasher = createHasher()
      await hasher.update(new TextEncoder().encode(text))
      expect(Buffer.from(await hasher.digest())).toEqual(createHash('sha256').update(text).digest())
    }
  })
})

test('threads: as many as the machine has, or as are set', () => {
  expect(getNumThreads()).toBe(browserPlatform.concurrency)
  setNumThreads(3)
  expect([getNumThreads(), platform().concurrency]).toEqual([3, 3])
  usePlatform(nodePlatform)
  expect(getNumThreads()).toBe(nodePlatform.concurrency)
})

test('Node has every part of its own, a browser those that a page begins with', () => {
  const loadedLater = ['createHasher', 'createWorker', 'inflateRaw', 'readPart', 'zstdDecompress']
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
