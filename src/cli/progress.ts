import type { Io } from './io.ts'
import { grouped } from './text.ts'

/** A line on a terminal's stderr that says how far something is, once it has taken a second. */
export interface Progress {
  /** Without a total there is a count alone. */
  update(label: string, done: number, total?: number): void
  /** Takes the line away. */
  clear(): void
}

const PATIENCE_MS = 1000
const REFRESH_MS = 100

export function progressOf(io: Io): Progress {
  const started = Date.now()
  let drawn = 0
  return {
    update(label, done, total) {
      const now = Date.now()
      if (!io.errorIsTerminal || now - started < PATIENCE_MS || now - drawn < REFRESH_MS) return
      drawn = now
      const share = total ? Math.min(1, done / total) : 0
      const room = Math.max(0, Math.min(30, io.columns - label.length - 24))
      const full = Math.round(share * room)
      const bar = total && room > 4 ? ` ${'█'.repeat(full)}${'░'.repeat(room - full)}` : ''
      const count = total ? `${grouped(done)} of ${grouped(total)}` : grouped(done)
      void io.stderr.write(`\r\u001b[K${label}${bar} ${count}`)
    },
    clear() {
      if (drawn) void io.stderr.write('\r\u001b[K')
      drawn = 0
    },
  }
}
