import { changedSource } from '../bytes/changed-source.ts'
import type { ByteSource } from '../bytes/source.ts'
import { safeLines } from './safe-text.ts'

/** Where a command prints to. */
export interface Sink {
  /** Resolves when there is room for more. */
  write(text: string): Promise<void> | void
  /** Nobody reads any longer, as behind `| head`: what is written is dropped, and streaming can stop. */
  readonly isClosed?: boolean
}

/** What a command knows of the world around it: a process, or a test. */
export interface Io {
  /** Data. */
  stdout: Sink
  /** Talk: errors, warnings, progress. */
  stderr: Sink
  /** Whether stdout is a terminal: tables are then cut to its width. */
  isTerminal: boolean
  /** Whether stderr is a terminal: only there is progress drawn. */
  errorIsTerminal?: boolean
  columns: number
  color?: boolean
  /** Aborted by Ctrl-C. */
  signal: AbortSignal
}

export const print = async (io: Io, text: string): Promise<void> => io.stdout.write(`${text}\n`)
/** A line on stderr, with nothing in it that a terminal obeys: what is warned of often has a name that others chose. */
export const warn = async (io: Io, text: string): Promise<void> => io.stderr.write(`dicube: ${safeLines(text)}\n`)

const PATIENCE_MS = 50

/**
 * A pause for the event loop, now and then, and an error once Ctrl-C was pressed. Reading files that the system has in
 * memory awaits only what is ready, so that no signal would ever be heard.
 */
export function breather(signal: AbortSignal): () => Promise<void> {
  let last = Date.now()
  return async () => {
    if (Date.now() - last < PATIENCE_MS) return
    await new Promise(resolve => setImmediate(resolve))
    last = Date.now()
    signal.throwIfAborted()
  }
}

/** A source that takes a breath before it reads. */
export function breathing(source: ByteSource, signal: AbortSignal): ByteSource {
  const breathe = breather(signal)
  return changedSource(source, {
    async read(offset, length, ownSignal) {
      await breathe()
      return source.read(offset, length, ownSignal)
    },
  })
}
