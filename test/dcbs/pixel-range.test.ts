import { expect, test } from 'vitest'
import { sourceFromBytes } from '../../src/bytes/source.ts'
import { type Element, writePart10 } from '../../src/cli/demo/part10.ts'
import { seededRandom } from '../../src/cli/demo/random.ts'
import { openCube } from '../../src/dcbs/read.ts'
import { decodedOf } from '../../src/dcbs/read-meta.ts'
import { load, loadFromDicomFiles, loadMeta, originalFiles, saveToBytes } from '../../src/node.ts'

/** Slices of 4 × 4 whose lowest and highest stored values are those of the attributes, or are said to be others. */
function files(pixels: readonly (readonly number[])[], said: readonly (readonly [number, number])[]) {
  return pixels.map((samples, index) => {
    const [lowest, highest] = said[index]
    const elements: Element[] = [
      ['00080016', 'UI', '1.2.840.10008.5.1.4.1.1.7'],
      ['00080018', 'UI', `1.2.3.4.${index + 1}`],
      ['0020000E', 'UI', '1.2.3.4'],
      ['00200013', 'IS', String(index + 1)],
      ['00280002', 'US', 1],
      ['00280004', 'CS', 'MONOCHROME2'],
      ['00280010', 'US', 4],
      ['00280011', 'US', 4],
      ['00280100', 'US', 16],
      ['00280101', 'US', 16],
      ['00280102', 'US', 15],
      ['00280103', 'US', 1],
      ['00280106', 'SS', lowest],
      ['00280107', 'SS', highest],
      ['7FE00010', 'OW', new Uint8Array(Int16Array.from({ length: 16 }, (_, i) => samples[i % samples.length]).buffer)],
    ]
    return { name: `${index}.dcm`, bytes: writePart10({ elements }) }
  })
}

async function packedAndBack(slices: ReturnType<typeof files>) {
  const image = await loadFromDicomFiles(
    slices.map(({ name, bytes }) => ({ name, source: sourceFromBytes(bytes, name) })),
  )
  const cube = await saveToBytes(image, { threads: 1 })
  await image.close()
  const back = await load(cube)
  const restored: unknown[] = []
  for await (const file of originalFiles(back)) restored.push(file)
  const tags = ['SmallestImagePixelValue', 'LargestImagePixelValue']
  const values = tags.map(tag => back.meta.getValues(tag))
  const alone = await loadMeta(cube)
  expect(tags.map(tag => alone.getValues(tag))).toEqual(values)
  await back.close()
  expect(restored).toEqual(slices)
  const { mayNeedRanges } = decodedOf((await openCube(sourceFromBytes(cube)))!)
  return { values, cubeBytes: cube.length, mayNeedRanges }
}

const random = seededRandom(1)
const below = (n: number) => Math.floor(random() * n)
const PIXELS = Array.from({ length: 60 }, () => [-1 - below(3000), below(30_000)])
const RIGHT = PIXELS.map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const)

test('values that are the range of the pixels come from the frame index, negative ones too', async () => {
  const right = await packedAndBack(files(PIXELS, RIGHT))
  expect(right.values).toEqual([RIGHT.map(([lowest]) => lowest), RIGHT.map(([, highest]) => highest)])
  // Whoever opens it has to load what reads the frame index.
  expect(right.mayNeedRanges).toBe(true)
  // One of each that is wrong, and no column needs it.
  const wrong = RIGHT.map(([lowest, highest], i) => [lowest, i === 30 ? highest + 1 : highest] as const)
  const other = await packedAndBack(files(PIXELS, wrong))
  expect(other.values).toEqual([wrong.map(([lowest]) => lowest), wrong.map(([, highest]) => highest)])
  expect(other.cubeBytes - right.cubeBytes).toBeGreaterThan(60)
})
