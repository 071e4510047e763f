import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { type Figure, isMet, type Report, ratioOf, tableMarkdown } from '../../bench/report.ts'
import { interleaved, median } from '../../bench/timing.ts'
import { writeDemoSeries } from '../../src/cli/demo/series.ts'

const ROOT = new URL('../..', import.meta.url).pathname
const folder = mkdtempSync(join(tmpdir(), 'dicube-bench-test-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** No time is compared with anything here: what is tested is that each script runs and says what it found. */
describe('npm run bench', () => {
  test('every script measures a small series and prints its figures as JSON', async () => {
    const dicom = join(folder, 'dicom')
    await writeDemoSeries(dicom, { slices: 12, rows: 24, columns: 32 })
    execFileSync('npx', ['tsc', '-p', 'bench'], { cwd: ROOT })
    const out = execFileSync(process.execPath, ['bench/dist/bench/run.js', '--json', '--quick', dicom], {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const { node, reports } = JSON.parse(out) as { node: string; reports: (Report & { input: string })[] }
    expect(node).toBe(process.version)
    expect(reports.map(report => report.script)).toEqual(
      expect.arrayContaining(['size', 'opening', 'many-slices', 'start', 'ingest', 'pack', 'frames', 'memory']),
    )
    for (const { figures, script } of reports) {
      expect(figures.length, script).toBeGreaterThan(0)
      for (const figure of figures) {
        expect(figure.value, figure.what).toBeGreaterThan(0)
        if (figure.reference !== undefined) expect(figure.reference, figure.what).toBeGreaterThan(0)
        expect('met' in figure ? typeof figure.met : 'undefined', figure.what).toBe(
          figure.goal ? 'boolean' : 'undefined',
        )
      }
    }
    // What is a count is tested: one read opens a cube.
    const reads = reports.flatMap(({ figures }) => figures.filter(({ unit, goal }) => unit === 'reads' && goal))
    expect(new Set(reads.map(({ value }) => value))).toEqual(new Set([1]))
  })
})

describe('a figure', () => {
  const figure: Figure = { what: 'x', value: 2, unit: 'ms', against: 'y', reference: 10 }

  test('with a least is as many times better as what it is compared with is larger', () => {
    expect(ratioOf({ ...figure, goal: { least: 5 } })).toBe(5)
    expect([5, 5.1].map(least => isMet({ ...figure, goal: { least } }))).toEqual([true, false])
  })

  test('with a most is as large as it is in units of what it is compared with', () => {
    expect(ratioOf({ ...figure, goal: { most: 0.2 } })).toBe(0.2)
    expect([0.2, 0.19].map(most => isMet({ ...figure, goal: { most } }))).toEqual([true, false])
  })

  test('that is compared with nothing is held against its goal itself', () => {
    expect([2, 1.9].map(most => isMet({ what: 'x', value: 2, unit: 'ms', goal: { most } }))).toEqual([true, false])
    expect(isMet(figure)).toBeUndefined()
  })

  test('is a row of the table', () => {
    const report: Report = { script: 's', title: 't', skipped: [], figures: [{ ...figure, goal: { least: 6 } }] }
    expect(tableMarkdown([report]).split('\n')[2]).toBe('| x | 2.00 ms | y | 10.0 ms | 5.00 × | ≥ 6 × | missed |')
  })
})

describe('timing', () => {
  test('runs in turn, slow ones in fewer rounds, and does not count the warm-up', async () => {
    const order: string[] = []
    const contestant = (name: string, every?: number) => ({ name, every, run: () => void order.push(name) })
    await interleaved([contestant('a'), contestant('b', 2)], { rounds: 3, warmUp: 1 })
    expect(order.join('')).toBe('aabaab')
  })

  test('takes a time that was measured elsewhere for what it is, and the middle of several', async () => {
    const times = [3, 1, 2]
    expect(await interleaved([{ name: 'a', run: async () => times.shift() }], { rounds: 3, warmUp: 0 })).toEqual({
      a: 2,
    })
    expect(median([4, 1, 9])).toBe(4)
  })
})
