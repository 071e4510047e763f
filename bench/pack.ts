import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { FRAME_CODINGS } from '../src/codec/frame.ts'
import { load, loadFromDicomFolder } from '../src/node.ts'
import { command } from './command.ts'
import type { EncodeWork } from './encode-worker.ts'
import { script } from './report.ts'
import { interleaved } from './timing.ts'

await script('pack', 'Ingest: packing is bound by the codec', async ({ input, quick, skip }) => {
  const work = await encodeWork(input.folder, await input.pack())
  if (!work) {
    skip('pack: this series has frames that are no HTJ2K of ours, so there is nothing to compare with')
    return []
  }
  const threads = availableParallelism()
  const workers: Worker[] = []
  for (let i = 0; i < threads; i++) {
    const worker = new Worker(new URL('./encode-worker.js', import.meta.url), { workerData: work })
    await once(worker, 'message')
    workers.push(worker)
  }
  const next = new Int32Array(work.next)
  const encodeAlone = async () => {
    next[0] = 0
    for (const worker of workers) worker.postMessage('go')
    await Promise.all(workers.map(worker => once(worker, 'message')))
  }
  const cube = join(input.temporary, 'packed.dcbs')
  const pack = () => command('pack', input.folder, '-o', cube)
  try {
    const times = await interleaved(
      [
        { name: 'encode', run: encodeAlone },
        { name: 'pack', run: pack },
        { name: 'remove', run: () => rm(cube) },
      ],
      quick ? { rounds: 1, warmUp: 1 } : { rounds: 11, warmUp: 2 },
    )
    return [
      {
        what: `dicube pack, ${work.frames.length} frames, every header and frame compared`,
        value: times.pack,
        unit: 'ms',
        against: `encoding alone, ${threads} workers that wait for it`,
        reference: times.encode,
        goal: { most: 1.8 },
      },
    ]
  } finally {
    await Promise.all(workers.map(worker => worker.terminate()))
  }
})

/** What the codec has to do of this series: its frames as pack gives them to the encoder. */
async function encodeWork(folder: string, cube: string): Promise<EncodeWork | undefined> {
  const [original, packed] = [await loadFromDicomFolder(folder), await load(cube)]
  try {
    const parts: Uint8Array[] = []
    const frames: EncodeWork['frames'] = []
    let offset = 0
    for (const [slice, { frameCount }] of original.pixels.slices.entries())
      for (let frame = 0; frame < frameCount; frame++) {
        const { coding } = await packed.pixels.readFrame(slice, frame)
        const { bytes, shape } = await original.pixels.readFrame(slice, frame)
        if (
          coding !== FRAME_CODINGS.htj2k ||
          !shape ||
          shape.planar ||
          (shape.bitsStored <= 8 && shape.bitsAllocated > 8)
        )
          return undefined
        const { rows, columns, samples, bitsStored: bits, signed } = shape
        parts.push(bytes)
        frames.push({ offset, length: bytes.length, size: { rows, columns, samples, bits, signed } })
        offset += bytes.length
      }
    if (!frames.length) return undefined
    const pixels = new SharedArrayBuffer(offset)
    for (const [k, part] of parts.entries()) new Uint8Array(pixels).set(part, frames[k].offset)
    return { pixels, frames, next: new SharedArrayBuffer(4) }
  } finally {
    await original.close()
    await packed.close()
  }
}
