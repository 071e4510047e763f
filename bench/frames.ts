import type { OpenJph } from '@cornerstonejs/codec-openjph'
import { mapOrdered } from '../src/bytes/map-ordered.ts'
import { FRAME_CODINGS } from '../src/codec/frame.ts'
import { FramePool } from '../src/codec/pool.ts'
import { startWasm } from '../src/codec/wasm.ts'
import type { DicomCubeImage } from '../src/cube/image.ts'
import { load, loadFromDicomFolder } from '../src/node.ts'
import { type Figure, script } from './report.ts'
import { interleaved } from './timing.ts'

const placesOf = (frameCounts: readonly number[]): [slice: number, frame: number][] =>
  frameCounts.flatMap((count, slice) => Array.from({ length: count }, (_, frame): [number, number] => [slice, frame]))

/** So many, evenly from the whole series: enough to keep two workers busy for a while. */
const MOST_FRAMES = 48

await script('frames', 'Pixels: workers and copies', async ({ input, quick, skip }) => {
  const cube = await input.pack()
  const original = await loadFromDicomFolder(input.folder)
  const image = await load(cube, { threads: 0 })
  const pools = [new FramePool(1), new FramePool(2)]
  const images = [await load(cube, { threads: 1 }), await load(cube, { threads: 2 })]
  try {
    const { frameCount } = image
    const count = Math.min(frameCount, quick ? 4 : MOST_FRAMES)
    const places = placesOf(image.pixels.slices.map(slice => slice.frameCount))
    const chosen = Array.from({ length: count }, (_, i) => places[Math.floor((i * frameCount) / count)])
    const coded = await Promise.all(chosen.map(([slice, frame]) => image.pixels.readFrame(slice, frame)))
    if (!count || !coded.every(({ coding, shape }) => coding === FRAME_CODINGS.htj2k && shape)) {
      skip(`frames: this series has frames that are no HTJ2K of ours, so there is nothing to encode or decode`)
      return []
    }
    // As packing has them: in their files, where threads read them.
    const native = chosen.map(([slice, frame]) => original.pixels.placeFrame!(slice, frame)!)
    const encode = async (pool: FramePool, threads: number) => {
      for await (const _ of mapOrdered(native, threads * 4 + 1, ({ bytes, shape }) => pool.pack(bytes, shape!)));
    }
    const decode = async (opened: DicomCubeImage, threads: number) => {
      for await (const _ of mapOrdered(chosen, threads * 4 + 1, place => opened.frame(...place)));
    }
    const scaling = await interleaved(
      [
        { name: 'encode 1', run: () => encode(pools[0], 1) },
        { name: 'encode 2', run: () => encode(pools[1], 2) },
        { name: 'decode 1', run: () => decode(images[0], 1) },
        { name: 'decode 2', run: () => decode(images[1], 2) },
      ],
      quick ? { rounds: 2, warmUp: 1 } : { rounds: 15, warmUp: 3 },
    )

    const decoder = await codecDecoder()
    let next = 0
    const single = await interleaved(
      [
        {
          name: 'codec',
          run() {
            const { bytes } = coded[next]
            decoder.getEncodedBuffer(bytes.length).set(bytes)
            decoder.decode()
            decoder.getDecodedBuffer().slice()
          },
        },
        { name: 'frame', run: async () => void (await image.frame(...chosen[next])) },
        { name: 'next', run: () => void (next = (next + 1) % count) },
      ],
      quick ? { rounds: 4, warmUp: 1 } : { rounds: 400, warmUp: 60 },
    )
    return [
      ...(['encode', 'decode'] as const).map(
        (work): Figure => ({
          what: `${work === 'encode' ? 'Read, encode, decode and compare' : 'image.frame of'} ${count} frames, two workers`,
          value: scaling[`${work} 2`],
          unit: 'ms',
          against: 'one worker',
          reference: scaling[`${work} 1`],
          goal: { least: 1.9 },
        }),
      ),
      {
        what: 'image.frame(i): read, checksum, decode, stored values',
        value: single.frame,
        unit: 'ms',
        against: 'the codec alone: bytes in, samples out',
        reference: single.codec,
        goal: { most: 1.1 },
      },
    ]
  } finally {
    for (const pool of pools) pool.close()
    for (const one of [...images, image]) await one.close()
    await original.close()
  }
})

async function codecDecoder(): Promise<InstanceType<OpenJph['HTJ2KDecoder']>> {
  const openjph = await startWasm(await import('@cornerstonejs/codec-openjph'), 'openjphjs.wasm')
  return new openjph.HTJ2KDecoder()
}
