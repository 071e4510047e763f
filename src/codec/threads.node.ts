import { createRequire } from 'node:module'
import type { Worker } from 'node:worker_threads'
import type { FrameWorker } from './platform.ts'

/** How long a thread that nobody needs waits for the next pool. */
const REST_MS = 1000

/**
 * For new small objects, of which a frame has few, as its bytes lie elsewhere. V8 would take 48 MiB for them and give
 * nothing back; what outlives this is kept all the same.
 */
const YOUNG_MIB = 3

interface Owner {
  onMessage(message: unknown): void
  onEnd(reason: string): void
}

interface Thread {
  worker: Worker
  /** Answers that are still to come. */
  due: number
  owner?: Owner
  ending?: NodeJS.Timeout
}

/**
 * Threads of closed pools. Node can abort the whole process when a thread ends while V8 still compiles for it in the
 * background: the compiler then asks for an isolate that is no longer registered (seen with Node 20.20). So a thread rests
 * before it is ended, and a pool that opens meanwhile takes it over, which also spares it the start.
 */
const resting = new Set<Thread>()

/** A thread that codes frames; undefined where the built worker is missing. */
export function createNodeWorker(): FrameWorker | undefined {
  const [rested] = resting
  const thread = rested ?? start()
  if (!thread) return undefined
  resting.delete(thread)
  clearTimeout(thread.ending)
  return {
    post(message, transfer) {
      thread.worker.postMessage(message, transfer)
      // A thread holds the process only while an answer is due: an open pool must not keep a finished program running,
      // and a program that awaits nothing but a frame must not end.
      if (thread.due++ === 0) thread.worker.ref()
    },
    listen(onMessage, onEnd) {
      thread.owner = { onMessage, onEnd }
    },
    end: () => release(thread),
  }
}

function start(): Thread | undefined {
  let file: string
  try {
    // By the package's own name for it, so that src/ under a test runner starts the built worker too.
    file = createRequire(import.meta.url).resolve('#frame-worker')
  } catch {
    return undefined
  }
  // Asked for here, as a command that decodes no frame starts sooner without it.
  const { Worker } = process.getBuiltinModule('node:worker_threads')
  const worker = new Worker(file, { resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB } })
  const thread: Thread = { worker, due: 0 }
  worker.unref()
  worker.on('message', message => {
    if (--thread.due === 0) worker.unref()
    if (thread.owner) thread.owner.onMessage(message)
    else if (thread.due === 0) resting.add(thread)
  })
  const fail = (reason: string) => {
    resting.delete(thread)
    thread.due = Number.POSITIVE_INFINITY
    thread.owner?.onEnd(reason)
    thread.owner = undefined
  }
  worker.on('messageerror', error => fail(error.message))
  worker.on('error', error => fail(error instanceof Error ? error.message : String(error)))
  worker.on('exit', code => fail(`the worker ended with ${code}`))
  return thread
}

/** Lets go of a thread. It rests once its last answer has come; one that never answers is ended all the same. */
function release(thread: Thread): void {
  thread.owner = undefined
  thread.worker.unref()
  clearTimeout(thread.ending)
  thread.ending = setTimeout(() => {
    resting.delete(thread)
    void thread.worker.terminate()
  }, REST_MS).unref()
  if (thread.due === 0) resting.add(thread)
}
