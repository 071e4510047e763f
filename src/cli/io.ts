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
export const warn = async (io: Io, text: string): Promise<void> => io.stderr.write(`dicube: ${text}\n`)
