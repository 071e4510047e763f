import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sourceFromBytes } from '../../src/bytes/source.ts'
import { TransferSyntax, writePart10 } from '../../src/cli/demo/part10.ts'
import { seededRandom } from '../../src/cli/demo/random.ts'
import { reportOf } from '../../src/cube/series.ts'
import { parsePart10 } from '../../src/dicom/parse.ts'
import { DicubeError } from '../../src/errors.ts'
import { deflateFixed } from '../generate/deflate.ts'
import { sliceElements } from '../generate/slice.ts'
import { hasShared, SHARED } from '../shared.ts'

/** Whether a reader is told that something is wrong with bytes, by an error or by an entry in the report. */
async function isTold(bytes: Uint8Array): Promise<boolean> {
  try {
    const report = await reportOf(await parsePart10(sourceFromBytes(bytes, 'cut.dcm')))
    return report.length > 0
  } catch (error) {
    if (error instanceof DicubeError) return true
    throw error
  }
}

async function silentLengths(bytes: Uint8Array, lengths: Iterable<number>): Promise<number[]> {
  const silent: number[] = []
  for (const length of lengths) if (!(await isTold(bytes.subarray(0, length)))) silent.push(length)
  return silent
}
const every = (bytes: Uint8Array) => Array.from({ length: bytes.length }, (_, length) => length)

const native = writePart10({ elements: sliceElements('truncation', 0) })
const fragments = writePart10({
  transferSyntax: TransferSyntax.rle,
  elements: [
    ...sliceElements('truncation', 1, { '7FE00010': null }),
    ['7FE00010', 'OB', { fragments: [new Uint8Array(70), new Uint8Array(30)] }],
  ],
})
const deflated = writePart10({
  transferSyntax: TransferSyntax.deflated,
  deflate: deflateFixed,
  elements: sliceElements('truncation', 2),
})

test.each([
  ['native', native],
  ['encapsulated', fragments],
  ['deflated', deflated],
])('no length of a file that is cut off is read without a word: %s', async (_, bytes) => {
  // What is wrong with the stub of RLE data, only packing sees.
  expect(await isTold(bytes)).toBe(false)
  const silent = await silentLengths(bytes, every(bytes))
  // The byte that makes a deflated data set even is no part of it (PS3.5 §A.5): without it, nothing is missing.
  const padded = bytes === deflated && deflated[deflated.length - 1] === 0
  expect(silent.filter(length => !(padded && length === bytes.length - 1))).toEqual([])
})

test('a file cut off behind Pixel Data, where an element ends, is another whole file', async () => {
  const signed = writePart10({
    elements: [...sliceElements('truncation', 3), ['FFFCFFFC', 'OB', new Uint8Array(64)]],
  })
  const behindPixels = signed.length - 12 - 64
  expect(await silentLengths(signed, every(signed))).toEqual([behindPixels])
})

/** Files of ../shared/dicom about which there is nothing to tell, of many kinds: the first of each folder, up to twenty. */
function someFiles(): string[] {
  const root = join(SHARED, 'dicom')
  return readdirSync(root)
    .sort()
    .filter(folder => statSync(join(root, folder)).isDirectory() && folder !== 'LICENSES')
    .flatMap(folder =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .sort()
        .slice(0, 1)
        .map(name => join(root, folder, name)),
    )
    .filter(path => statSync(path).isFile())
}

test.skipIf(!hasShared)('1,000 random lengths of each of twenty real images: none is read without a word', async () => {
  const random = seededRandom(20)
  let files = 0
  for (const path of someFiles()) {
    const bytes = new Uint8Array(readFileSync(path))
    if (files === 20) break
    if (await isTold(bytes)) continue
    const { pixels } = await parsePart10(sourceFromBytes(bytes, path))
    if (!pixels) continue
    files++
    // Half of them where the header is, which is a small part of most files.
    const lengths = Array.from({ length: 1000 }, (_, i) =>
      Math.floor(random() * (i % 2 ? bytes.length : Math.min(bytes.length, pixels.offset + 64))),
    )
    const silent = await silentLengths(bytes, lengths)
    const end = pixels.offset + pixels.length
    // Elements behind Pixel Data that are not there are no loss that can be seen.
    expect([path, silent.filter(length => length !== end)]).toEqual([path, []])
  }
  expect(files).toBe(20)
})
