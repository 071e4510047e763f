import { parentPort, workerData } from 'node:worker_threads'
import { encodeHtj2k } from '../src/codec/htj2k.ts'
import type { CodestreamSize } from '../src/codec/siz.ts'

/** Native frames in shared memory, and the number of the next one that nobody has taken yet. */
export interface EncodeWork {
  pixels: SharedArrayBuffer
  frames: { offset: number; length: number; size: CodestreamSize }[]
  next: SharedArrayBuffer
}

const { pixels, frames, next } = workerData as EncodeWork
const taken = new Int32Array(next)

const encode = (k: number) => encodeHtj2k(new Uint8Array(pixels, frames[k].offset, frames[k].length), frames[k].size)

// Loads the codec before anything is timed.
await encode(0)
parentPort!.on('message', async () => {
  for (let k = Atomics.add(taken, 0, 1); k < frames.length; k = Atomics.add(taken, 0, 1)) await encode(k)
  parentPort!.postMessage('done')
})
parentPort!.postMessage('ready')
