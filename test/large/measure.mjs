import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const at = path => fileURLToPath(new URL(path, import.meta.url))
export const MIB = 1 << 20
export const mib = bytes => `${Math.round(bytes / MIB)} MiB`

/** A folder that is gone when `work` is done. */
export async function inFolder(work) {
  const folder = mkdtempSync(join(tmpdir(), 'dicube-large-'))
  try {
    return await work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Runs Node in a process of its own: what it printed, how long it took, the most memory that it had. */
export function node(folder, ...argv) {
  const peak = join(folder, 'peak')
  const start = performance.now()
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--require', at('peak.cjs'), ...argv], {
    encoding: 'utf8',
    maxBuffer: 1 << 30,
    env: { ...process.env, DICUBE_PEAK: peak },
  })
  if (status !== 0) throw new Error(`${argv.join(' ')}: exit ${status}\n${stderr}`)
  return { stdout, seconds: (performance.now() - start) / 1000, peakBytes: Number(readFileSync(peak, 'utf8')) }
}

export const dicube = (folder, ...argv) => node(folder, at('../../dist/bin/dicube.cjs'), ...argv)

/** What Node itself has, without a line of ours. */
export const emptyProcess = folder => node(folder, '-e', '0').peakBytes

const failed = []

/** Prints a figure and remembers whether it is within its bound. */
export function figure(name, { peakBytes, seconds }, empty, mostAboveEmpty) {
  const above = peakBytes - empty
  const bound = mostAboveEmpty === undefined ? '' : `, at most ${mib(mostAboveEmpty)}`
  const isMissed = mostAboveEmpty !== undefined && above > mostAboveEmpty
  if (isMissed) failed.push(name)
  console.log(
    `${name.padEnd(24)} ${mib(peakBytes).padStart(9)}, ${mib(above)} above an empty process${bound}; ${seconds.toFixed(1)} s${isMissed ? '  MISSED' : ''}`,
  )
}

export function same(what, found, wanted) {
  if (found !== wanted) throw new Error(`${what}: ${found}, wanted ${wanted}`)
  console.log(`${what}: the same`)
}

export function verdict() {
  if (failed.length) {
    console.log(`Missed: ${failed.join(', ')}`)
    process.exitCode = 1
  }
}
