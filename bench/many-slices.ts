import { join } from 'node:path'
import { sourceFromFile } from '../src/bytes/file.node.ts'
import type { ByteSource } from '../src/bytes/source.ts'
import type { DicomMeta } from '../src/cube/meta.ts'
import { loadMeta } from '../src/node.ts'
import { demoFolder, packed } from './input.ts'
import { type Figure, script } from './report.ts'
import { interleaved, median } from './timing.ts'

const ARRAYS = ['InstanceNumber', 'SliceLocation', 'ImagePositionPatient'] as const

/** Frames matter to none of this, so the slices are small; the headers are those of the demo series. */
const SIDE = 16

await script('many-slices', 'Opening: does it grow with the slices?', async ({ input, quick }) => {
  const most = quick ? 400 : 10_000
  const cubeOf = async (slices: number) =>
    packed(await demoFolder({ slices, side: SIDE }), join(input.temporary, `${slices}.dcbs`))
  const [few, thousand, many] = [await cubeOf(200), quick ? undefined : await cubeOf(1000), await cubeOf(most)]
  const [rounds, warmUp] = quick ? [3, 1] : [150, 50]
  const times = await interleaved(
    [
      { name: 'few', run: () => loadMeta(few) },
      { name: 'many', run: () => loadMeta(many) },
    ],
    { rounds, warmUp, burstMs: quick ? 0 : 2 },
  )
  const figures: Figure[] = [
    {
      what: `loadMeta of ${most} slices`,
      value: times.many,
      unit: 'ms',
      against: 'loadMeta of 200 slices',
      reference: times.few,
      goal: { most: 2 },
    },
  ]
  for (const keyword of ARRAYS) {
    const value = await firstArray(many, meta => meta.getNumbers(keyword), rounds, warmUp)
    const what = `First array of ${most} slices: getNumbers('${keyword}')`
    figures.push({ what, value, unit: 'ms', goal: { most: 0.15 } })
  }
  for (const [slices, cube] of [[200, few] as const, [1000, thousand] as const, [most, many] as const]) {
    if (!cube) continue
    const { reads, bytes } = await readsOf(cube)
    figures.push({
      what: `Reads of loadMeta, ${slices} slices`,
      value: reads,
      unit: 'reads',
      ...(slices <= 1000 && { goal: { most: 1 } }),
      note: `${bytes} bytes`,
    })
  }
  return figures
})

/** Each time of a cube that was just opened: nothing is inflated yet that this array needs. */
async function firstArray(cube: string, get: (meta: DicomMeta) => unknown, rounds: number, warmUp: number) {
  const times: number[] = []
  for (let round = -warmUp; round < rounds; round++) {
    const meta = await loadMeta(cube)
    const start = performance.now()
    get(meta)
    if (round >= 0) times.push(performance.now() - start)
  }
  return median(times)
}

async function readsOf(cube: string): Promise<{ reads: number; bytes: number }> {
  const file = sourceFromFile(cube)
  let reads = 0
  let bytes = 0
  const counting: ByteSource = {
    name: file.name,
    head: async length => {
      reads++
      bytes += length
      return file.head(length)
    },
    read: async (offset, length) => {
      reads++
      bytes += length
      return file.read(offset, length)
    },
  }
  await loadMeta(counting)
  return { reads, bytes }
}
