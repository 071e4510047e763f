import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const BIN = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url))
const found = spawnSync('strace', ['-V']).status === 0
export const hasStrace = found && existsSync(BIN)
if (!found) {
  const how = 'skipped: strace injects faults into system calls; on Debian: apt-get install strace'
  if (process.env.CI && process.platform === 'linux') throw new Error(how)
  console.log(how)
}

/** System calls that change files. libuv writes at positions, so that pwrite64 is never anything else. */
export const CALLS = [
  'openat',
  'pwrite64',
  'pread64',
  'fsync',
  'close',
  'rename',
  'link',
  'unlink',
  'unlinkat',
  'rmdir',
  'mkdir',
] as const
export type Call = (typeof CALLS)[number]

export interface Fault {
  call: Call
  /** Which of these calls of its thread, from 1. */
  nth: number
  /** What it does instead: fails with an error, says that it did nothing, or takes the process down. */
  does: 'ENOSPC' | 'EIO' | 'nothing' | 'kill'
}

/** A call that a thread made on a path of the folder, and how many of its kind the thread had made by then. */
export interface SeenCall {
  call: Call
  nth: number
  line: string
}

export interface TracedRun {
  code: number | null
  signal: string | null
  out: string
  err: string
  calls: SeenCall[]
  /** The line of the trace that says that the fault happened. */
  happened?: string
}

/** Runs the command line under strace. Of the calls, those on `folder` and what is in it are listed. */
export async function traced(argv: readonly string[], folder: string, fault?: Fault): Promise<TracedRun> {
  const trace = join(folder, '..', `trace-${process.pid}-${Math.random().toString(36).slice(2)}`)
  const inject = fault && [
    '-e',
    `inject=${fault.call}:${fault.does === 'kill' ? 'signal=KILL' : fault.does === 'nothing' ? 'retval=0' : `error=${fault.does}`}:when=${fault.nth}`,
  ]
  const child = spawn(
    'strace',
    [
      '-f',
      '-qq',
      '-y',
      '-o',
      trace,
      '-e',
      `trace=${CALLS.join(',')}`,
      ...(inject ?? []),
      process.execPath,
      BIN,
      ...argv,
    ],
    // One thread makes all calls that do not block, so that their numbers are the same each time.
    { env: { ...process.env, UV_THREADPOOL_SIZE: '1', UV_USE_IO_URING: '0' }, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const run: TracedRun = { code: null, signal: null, out: '', err: '', calls: [] }
  child.stdout.on('data', part => {
    run.out += part
  })
  child.stderr.on('data', part => {
    run.err += part
  })
  await new Promise<void>(resolve =>
    child.on('close', (code, signal) => {
      run.code = code
      run.signal = signal
      resolve()
    }),
  )
  const counts = new Map<string, number>()
  for (const line of readFileSync(trace, 'utf8').split('\n')) {
    const [, thread, call] = /^(\d+) +(\w+)\(/.exec(line) ?? []
    if (/killed by SIGKILL/.test(line) && fault?.does === 'kill') run.happened = line
    if (!call) continue
    const nth = (counts.get(`${thread} ${call}`) ?? 0) + 1
    counts.set(`${thread} ${call}`, nth)
    if (!line.includes(folder)) continue
    run.calls.push({ call: call as Call, nth, line })
    if (line.includes('(INJECTED)')) run.happened = line
  }
  return run
}
