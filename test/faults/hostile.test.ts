import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { exampleCube } from '../spec/dump.ts'
import { type Hostile, hostileCubes } from './hostile.ts'

const ASK = fileURLToPath(new URL('ask.mjs', import.meta.url))
const isBuilt = existsSync(fileURLToPath(new URL('../../dist/node.js', import.meta.url)))
const WATCHDOG_MS = 30_000
const MOST_BYTES = 64 << 20

interface Answer {
  path: string
  outcomes: Record<string, string>
  ms: number
  sizeBytes: number
  peakBytes: number
}

const folder = mkdtempSync(join(tmpdir(), 'dicube-hostile-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Asks files in one process. A file that is not answered within the watchdog's time ends it. */
function ask(paths: readonly string[]): Promise<Answer[]> {
  const child = spawn(process.execPath, ['--expose-gc', ASK, ...paths], { stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let err = ''
  return new Promise((resolve, reject) => {
    let watchdog: NodeJS.Timeout
    const wait = () => {
      clearTimeout(watchdog)
      watchdog = setTimeout(() => child.kill('SIGKILL'), WATCHDOG_MS)
    }
    wait()
    child.stdout.on('data', part => {
      out += part
      wait()
    })
    child.stderr.on('data', part => {
      err += part
    })
    child.on('close', (code, signal) => {
      clearTimeout(watchdog)
      const answers = out
        .trim()
        .split('\n')
        .filter(Boolean)
        .map(line => JSON.parse(line) as Answer)
      if (code === 0) resolve(answers)
      else reject(new Error(`${signal ?? code} after ${answers.at(-1)?.path}: ${err.slice(0, 2000)}`))
    })
  })
}

const GROUP = 12

/** What is not collected yet on a busy machine is not held: the least of three processes that are asked this file alone. */
async function leastBytes(base: string, path: string, sizeBytes: number): Promise<number> {
  const found: number[] = []
  while (found.length < 3) {
    const [first, { peakBytes }] = await ask([base, path])
    found.push(peakBytes - first.peakBytes - sizeBytes)
  }
  return Math.min(...found)
}

describe.runIf(isBuilt)('hostile cubes with right checksums', () => {
  test('each is refused with a code, or is what it says; within 64 MiB beyond the file', {
    timeout: 600_000,
  }, async () => {
    const cubes = await hostileCubes()
    expect(cubes.length).toBeGreaterThanOrEqual(150)
    expect(new Set(cubes.map(({ name }) => name)).size).toBe(cubes.length)
    const base = join(folder, 'base.dcbs')
    writeFileSync(base, await exampleCube())
    const wrong: string[] = []
    const reported: { name: string; ms: number; bytes: number }[] = []
    for (let from = 0; from < cubes.length; from += GROUP) {
      const group = cubes.slice(from, from + GROUP)
      const paths = group.map(({ bytes }, i) => {
        const path = join(folder, `${from + i}.dcbs`)
        writeFileSync(path, bytes)
        return path
      })
      // A good file first: what modules and codecs take is no fault of the others.
      const [first, ...answers] = await ask([base, ...paths])
      let peak = first.peakBytes
      for (const [i, { outcomes, ms, sizeBytes, peakBytes }] of answers.entries()) {
        const together = peakBytes - first.peakBytes - sizeBytes
        const bytes = together > MOST_BYTES ? await leastBytes(base, paths[i], sizeBytes) : together
        reported.push({ name: group[i].name, ms, bytes: peakBytes - peak })
        wrong.push(...complaintsOf(group[i], outcomes, bytes))
        peak = peakBytes
      }
    }
    reported.sort((a, b) => b.ms - a.ms)
    const most = reported.reduce((a, b) => (b.bytes > a.bytes ? b : a))
    console.log(
      `${cubes.length} cubes; slowest: ${reported
        .slice(0, 3)
        .map(({ name, ms }) => `${name} ${ms} ms`)
        .join(', ')}; most memory: ${most.name} ${(most.bytes / 2 ** 20).toFixed(1)} MiB`,
    )
    expect(wrong).toEqual([])
  })
})

function complaintsOf({ name, expect: wanted }: Hostile, outcomes: Record<string, string>, bytes: number): string[] {
  const complaints: string[] = []
  const found = Object.values(outcomes)
  // Not every question meets what is wrong: those that do say one of the codes that are expected, the others are right.
  // verify says of a file that cannot be rebuilt, for whatever reason, that it is different.
  for (const [question, outcome] of Object.entries(outcomes))
    if (outcome !== 'right' && outcome !== 'different' && !wanted.includes(outcome))
      complaints.push(`${name}: ${question}: ${outcome}`)
  if (wanted.length === 1 && wanted[0] === 'right' && found.includes('different')) complaints.push(`${name}: different`)
  if (!wanted.includes('right') && found.every(outcome => outcome === 'right'))
    complaints.push(`${name}: nobody noticed`)
  if (bytes > MOST_BYTES) complaints.push(`${name}: ${(bytes / 2 ** 20).toFixed(1)} MiB`)
  return complaints
}
