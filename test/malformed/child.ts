import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Outcome } from './outcome.ts'

export interface Run {
  path: string
  /** Processor time. */
  ms: number
  /** The most memory that the process ever had, this file and those before it. */
  peakMb: number
  outcome?: Outcome
  /** What was thrown and is no DicubeError. */
  unplanned?: string
}

/** Of the clock; a file should take 2 s of the processor, and 30 s on a machine that is busy with other things. */
const WATCHDOG_MS = 60_000

/** Runs run.js over files, in one process for all of them, which is ended where a file takes longer than the watchdog. */
export async function runFiles(paths: readonly string[]): Promise<Run[]> {
  const script = fileURLToPath(new URL('../fuzz/dist/test/malformed/run.js', import.meta.url))
  const child = spawn(process.execPath, [script, ...paths], { stdio: ['ignore', 'pipe', 'inherit'] })
  const runs: Run[] = []
  let watchdog = setTimeout(() => child.kill('SIGKILL'), WATCHDOG_MS)
  for await (const line of createInterface({ input: child.stdout })) {
    runs.push(JSON.parse(line))
    clearTimeout(watchdog)
    watchdog = setTimeout(() => child.kill('SIGKILL'), WATCHDOG_MS)
  }
  clearTimeout(watchdog)
  if (runs.length < paths.length)
    throw new Error(`${paths[runs.length]}: took more than ${WATCHDOG_MS / 1000} s, or the process ended`)
  return runs
}
