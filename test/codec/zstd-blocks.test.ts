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

const LEVELS = [-5, 1, 2, 3, 5, 7, 9, 12, 15, 17, 19, 20, 22]
const INPUTS: [string, Uint8Array][] = [
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

describe('frames that were damaged', () => {
  /** What libzstd makes of a frame; undefined where it refuses. Its checksum is left out, so that damage reaches the blocks. */
  function reference(frame: Uint8Array): Uint8Array | undefined {
    try {
      return decompress(frame)
    } catch {
      return undefined
    }
  }

  test('are refused where libzstd refuses them, and inflate to the same where it does not', () => {
    const next = random(20261129)
    let same = 0
    let refused = 0
    // RFC 8878 §4.2.2 calls streams corrupt that are not consumed to the bit; libzstd does not look at those of literals.
    let refusedHere = 0
    for (const [name, bytes] of INPUTS.filter(([, { length }]) => length > 20 && length < 30_000))
      for (const level of [1, 3, 19])
        for (let k = 0; k < 60; k++) {
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
    expect(Math.min(same, refused)).toBeGreaterThan(400)
    expect(refusedHere).toBeLessThan(refused / 10)
  })
})
