import type { FilePlace } from '../bytes/source.ts'
import { DicubeError } from '../errors.ts'
import { FRAME_LIMITS } from '../limits.ts'
import { createBrowserWorker } from './browser-worker.ts'
import type { CodecName, DecodedFrame, DecodedValues, FrameCodec } from './decode.ts'
import type { FrameShape, PackedFrame } from './frame.ts'
import type { FrameBytes } from './frame-part.ts'
import type { KnownBytes } from './hash.ts'
import { type FrameWorker, platform } from './platform.ts'
import { runTask, type TaskName, type TaskReply, type TaskRequest } from './tasks.ts'
import { wasmFiles } from './wasm-files.ts'

interface Job {
  request: TaskRequest
  resolve(result: unknown): void
  reject(error: Error): void
}

interface Thread {
  worker: FrameWorker
  started: boolean
  /** The first is the one that runs. */
  jobs: Map<number, Job>
  deadline?: ReturnType<typeof setTimeout>
}

/** One that runs and one that waits: the thread has work while an answer travels, and an abort still stops most. */
const JOBS_A_THREAD = 2
/** Of what a thread reads itself, as nothing is copied for those that wait: it goes on while this thread is busy. */
const PLACED_JOBS_A_THREAD = 64
const jobsOf = ({ request }: Job) =>
  request.args.some(arg => arg instanceof Uint8Array) ? JOBS_A_THREAD : PLACED_JOBS_A_THREAD

/** A frame takes many times as long as the digest of its file. */
const framesOf = ({ jobs }: Thread) => {
  let frames = 0
  for (const { request } of jobs.values()) if (request.name !== 'hash') frames++
  return frames
}

/**
 * Frames packed, unpacked and decoded by threads, or here where there are none. Bytes that are handed in are copied, so
 * the caller's stay as they are; what lies in a file the thread reads, so that nothing passes through this one. It takes
 * any number of tasks; how many to begin is up to the caller (mapOrdered). A frame that takes too long ends its thread, as
 * a decoder of damaged bytes may never come back; here nothing can end it.
 */
export class FramePool {
  readonly #size: number
  readonly #frameMs: number
  #threads: Thread[] = []
  #waiting: Job[] = []
  #nextId = 0
  #closed = false
  /** What an abort ends, by its signal: Node warns of more than ten listeners. */
  readonly #stops = new Map<AbortSignal, Set<() => void>>()
  #inline: boolean

  /** `threads` 0: everything runs on the calling thread. `frameMs`: the longest that one frame may take in a thread. */
  constructor(threads = platform().concurrency, frameMs = FRAME_LIMITS.timeMs) {
    this.#size = threads
    this.#frameMs = frameMs
    this.#inline = threads < 1
  }

  /** Begins up to so many threads before there is anything for them to do; resolves once they are ready. */
  async start(threads: number): Promise<void> {
    const most = this.#inline ? 0 : Math.min(threads, this.#size)
    await Promise.all(Array.from({ length: most }, () => this.#run('start', [wasmUrls()])))
  }

  /** packFrame. */
  pack(native: FrameBytes, shape: FrameShape, signal?: AbortSignal): Promise<PackedFrame> {
    return this.#run('pack', [native, shape], signal) as Promise<PackedFrame>
  }

  /** unpackFrame. */
  unpack(coding: number, bytes: FrameBytes, shape: FrameShape, signal?: AbortSignal): Promise<Uint8Array> {
    return this.#run('unpack', [coding, bytes, shape], signal) as Promise<Uint8Array>
  }

  /** decodeFrame. */
  decode(
    codec: CodecName,
    bytes: Uint8Array,
    shape: FrameShape,
    options: { asCoded?: boolean; signal?: AbortSignal } = {},
  ): Promise<DecodedFrame> {
    return this.#run('decode', [codec, bytes, shape, options.asCoded], options.signal) as Promise<DecodedFrame>
  }

  /** decodeValues. */
  values(how: FrameCodec, bytes: FrameBytes, shape: FrameShape, signal?: AbortSignal): Promise<DecodedValues> {
    return this.#run('values', [how, bytes, shape], signal) as Promise<DecodedValues>
  }

  /** hashPlace. */
  hash(
    file: FilePlace,
    sizeBytes: number,
    known: readonly KnownBytes[],
    signal?: AbortSignal,
  ): Promise<Uint8Array | undefined> {
    return this.#run('hash', [file, sizeBytes, known], signal) as Promise<Uint8Array | undefined>
  }

  /** Ends the threads; what is under way rejects with `aborted`. A pool can be closed twice. */
  close(): void {
    this.#closed = true
    const jobs = [...this.#waiting, ...this.#threads.flatMap(({ jobs }) => [...jobs.values()])]
    for (const { worker, deadline } of this.#threads) {
      clearTimeout(deadline)
      worker.end()
    }
    this.#threads = []
    this.#waiting = []
    for (const job of jobs) job.reject(new DicubeError('aborted', 'frame pool: closed'))
  }

  #run(name: TaskName, args: unknown[], signal?: AbortSignal): Promise<unknown> {
    if (this.#closed) return Promise.reject(new DicubeError('aborted', 'frame pool: closed'))
    if (signal?.aborted) return Promise.reject(aborted(signal))
    return new Promise((resolve, reject) => {
      const stop = () => {
        this.#waiting = this.#waiting.filter(waiting => waiting !== job)
        job.reject(aborted(signal!))
      }
      const settle =
        <T>(end: (value: T) => void) =>
        (value: T) => {
          forget?.()
          end(value)
        }
      const job: Job = { request: { id: this.#nextId++, name, args }, resolve: settle(resolve), reject: settle(reject) }
      const forget = signal && this.#onAbort(signal, stop)
      this.#waiting.push(job)
      this.#dispatch()
    })
  }

  /** Returns what ends it. */
  #onAbort(signal: AbortSignal, stop: () => void): () => void {
    const stops = this.#stops.get(signal) ?? new Set()
    if (!stops.size) {
      this.#stops.set(signal, stops)
      signal.addEventListener('abort', this.#abort)
    }
    stops.add(stop)
    return () => {
      if (!stops.delete(stop) || stops.size) return
      this.#stops.delete(signal)
      signal.removeEventListener('abort', this.#abort)
    }
  }

  readonly #abort = ({ target }: Event) => {
    for (const stop of this.#stops.get(target as AbortSignal) ?? []) stop()
  }

  #dispatch(): void {
    while (this.#waiting.length > 0) {
      if (this.#inline) {
        runHere(this.#waiting.shift()!)
        continue
      }
      const thread = this.#freeThread(jobsOf(this.#waiting[0]))
      if (thread) this.#send(thread, this.#waiting.shift()!)
      else if (!this.#inline) return
    }
  }

  /** The least busy thread, a new one before one that works; undefined when all have enough or none can be made. */
  #freeThread(most: number): Thread | undefined {
    const [least] = [...this.#threads].sort((a, b) => framesOf(a) - framesOf(b))
    if (least && framesOf(least) === 0) return least
    if (this.#threads.length < this.#size) {
      const made = this.#makeThread()
      if (made) return made
      if (!least) this.#inline = true
    }
    return least && least.jobs.size < most ? least : undefined
  }

  #makeThread(): Thread | undefined {
    let worker: FrameWorker | undefined
    try {
      worker = (platform().createWorker ?? createBrowserWorker)()
    } catch {
      // A page may forbid workers altogether, and then frames are coded on its own thread.
    }
    if (!worker) return undefined
    const thread: Thread = { worker, started: false, jobs: new Map() }
    this.#threads.push(thread)
    worker.listen(
      message => this.#receive(thread, message as TaskReply),
      reason => this.#bury(thread, reason),
    )
    worker.post({ id: -1, name: 'start', args: [wasmUrls()] } satisfies TaskRequest, [])
    return thread
  }

  #receive(thread: Thread, reply: TaskReply): void {
    thread.started = true
    const job = thread.jobs.get(reply.id)
    thread.jobs.delete(reply.id)
    this.#watch(thread)
    if (job && 'result' in reply) job.resolve(reply.result)
    else if (job && 'error' in reply) job.reject(new DicubeError(reply.error.code ?? 'io', reply.error.message))
    this.#dispatch()
  }

  #send(thread: Thread, job: Job): void {
    const { id, name, args } = job.request
    thread.jobs.set(id, job)
    if (thread.jobs.size === 1) this.#watch(thread)
    // Uint8Array's own slice: that of a Node Buffer does not copy.
    const copies = args.map(arg => (arg instanceof Uint8Array ? Uint8Array.prototype.slice.call(arg) : arg))
    const transfer = copies.flatMap(copy => (copy instanceof Uint8Array ? [copy.buffer as ArrayBuffer] : []))
    thread.worker.post({ id, name, args: copies } satisfies TaskRequest, transfer)
  }

  /** Time for the frame that runs now; the one behind it gets as much when its turn comes. */
  #watch(thread: Thread): void {
    clearTimeout(thread.deadline)
    const [running] = thread.jobs.values()
    // A file takes as long as its size and its disk want.
    if (!running || running.request.name === 'hash') return
    thread.deadline = setTimeout(() => {
      const [slow, ...others] = thread.jobs.values()
      this.#remove(thread)
      slow.reject(
        new DicubeError('limit', `frame pool: a frame took more than ${this.#frameMs} ms, and its thread was ended`),
      )
      this.#waiting.unshift(...others)
      this.#dispatch()
    }, this.#frameMs)
  }

  #remove(thread: Thread): void {
    clearTimeout(thread.deadline)
    this.#threads = this.#threads.filter(other => other !== thread)
    thread.worker.end()
  }

  /** A thread that never began to work is one this place cannot have; one that died at work takes its frames along. */
  #bury(thread: Thread, reason: string): void {
    // One that was ended, because it was too slow or with the pool, has nothing left to lose.
    if (!this.#threads.includes(thread)) return
    this.#remove(thread)
    const jobs = [...thread.jobs.values()]
    if (thread.started)
      for (const job of jobs) job.reject(new DicubeError('io', `frame pool: a worker died, ${reason}`))
    else {
      this.#inline = true
      this.#waiting.unshift(...jobs)
    }
    this.#dispatch()
  }
}

const wasmUrls = () => ({ ...wasmFiles(), ...platform().wasmUrls })

const aborted = (signal: AbortSignal) => new DicubeError('aborted', 'frame pool: aborted', { cause: signal.reason })

function runHere({ request, resolve, reject }: Job): void {
  runTask(request.name, request.args).then(resolve, reject)
}
