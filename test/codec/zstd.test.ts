import { describe, expect, test } from 'vitest'
import { concat } from '../../src/bytes/concat.ts'
import { seededRandom } from '../../src/cli/demo/random.ts'
import { nodePlatform } from '../../src/codec/platform.node.ts'
import { checkZstdFrame, inflateZstd } from '../../src/codec/platform.ts'
import { BETWEEN_PIECES, compressZstdNow, loadZstd, zstdOfPieces } from '../../src/codec/zstd.ts'
import { inflateZstdBlocks } from '../../src/codec/zstd-blocks.ts'

const utf8 = (text: string) => new TextEncoder().encode(text)
const SPACES = utf8(' '.repeat(BETWEEN_PIECES))
await loadZstd()

function frameOf(pieces: readonly Uint8Array[]) {
  const made = zstdOfPieces(19)
  for (const piece of pieces) made.add(piece)
  return made.finish()
}

/** Texts whose frames begin with each kind of block, and with repeated offsets. */
function textOf(kind: number, random: () => number): string {
  let text = ''
  const length = 1 + random() * 4000
  while (text.length < length)
    text += [
      () => String.fromCharCode(32 + random() * 90),
      () => `"1.2.${Math.floor(random() * 999)}",`,
      () => 'aaaa',
      () => 'ab ',
    ][kind]()
  return text
}

describe('a frame in pieces', () => {
  test('is one frame with its content size and checksum, and inflates to the pieces with spaces between them', () => {
    const random = seededRandom(3)
    for (let round = 0; round < 60; round++) {
      const pieces = Array.from({ length: 2 + (round % 4) }, (_, k) => utf8(textOf((round + k) % 4, random)))
      const { frame, contentBytes } = frameOf(pieces)
      const wanted = concat(pieces.flatMap((piece, i) => (i ? [SPACES, piece] : [piece])))
      expect(contentBytes).toBe(wanted.length)
      // Both check the checksum.
      expect(inflateZstdBlocks(frame, checkZstdFrame(frame, contentBytes), contentBytes)).toEqual(wanted)
      if (nodePlatform.zstdDecompress) expect(nodePlatform.zstdDecompress(frame, contentBytes)).toEqual(wanted)
    }
  })

  test('of one piece is the frame that it would be otherwise', () => {
    const piece = utf8('{"_merged_data":{}}'.repeat(40))
    expect(frameOf([piece])).toEqual({ frame: compressZstdNow(piece, 19), contentBytes: piece.length })
  })

  test('that is begun again forgets what was there', () => {
    const made = zstdOfPieces(19)
    made.add(utf8('one'.repeat(9)))
    made.add(utf8('two'.repeat(9)))
    made.restart()
    made.add(utf8('three'.repeat(9)))
    made.add(utf8('four'.repeat(9)))
    expect(made.finish()).toEqual(frameOf([utf8('three'.repeat(9)), utf8('four'.repeat(9))]))
  })

  test('has a window that its longest piece fits into', () => {
    const random = seededRandom(4)
    const long = utf8(Array.from({ length: 20_000 }, () => Math.floor(random() * 1e6)).join())
    const { frame, contentBytes } = frameOf([long, long])
    expect(frame[5] >> 3).toBe(Math.ceil(Math.log2(long.length)) - 10)
    expect(inflateZstd(frame, contentBytes)).toEqual(concat([long, SPACES, long]))
  })
})
