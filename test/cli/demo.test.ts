import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { generatedFolder, packed, run, runJson, temporaryFolder, writeFiles } from './run.ts'

test('the demo makes a series and shows the verbs at work, in a screen or so', async () => {
  const folder = join(temporaryFolder(), 'demo')
  const { code, out, err } = await run(['demo', folder, '--slices', '3'])
  expect([code, err]).toEqual([0, ''])
  expect(out.trimEnd().split('\n').length).toBeLessThanOrEqual(60)
  for (const verb of ['pack', 'show', 'get', 'verify', 'bench']) expect(out).toContain(`\n$ dicube ${verb} ${folder}`)
  expect(out).toContain('gives back 3 files bit for bit')
  expect(readdirSync(folder)).toEqual(['demo.dcbs', 'dicom'])
  const again = await run(['demo', folder, '--slices', '3'])
  expect([again.code, again.err]).toEqual([
    2,
    `dicube: ${folder}: is not empty; nothing was written (--force writes into it)\n`,
  ])
  const forced = await runJson<Record<string, object>>('demo', folder, '--slices', '3', '--force')
  expect(forced.json).toMatchObject({
    sliceCount: 3,
    pack: { cubes: [{ sliceCount: 3 }] },
    verify: { ok: true },
    bench: { sliceCount: 3, cache: 'warm' },
  })
})

test('a demo that is interrupted leaves nothing', async () => {
  const parent = temporaryFolder()
  const stop = new AbortController()
  const stdout = { write: (text: string) => void (text.includes('$ dicube get') && stop.abort()) }
  expect((await run(['demo', join(parent, 'demo'), '--slices', '2'], { stdout, signal: stop.signal })).code).toBe(130)
  expect(readdirSync(parent)).toEqual([])
})

test('bench measures a folder as it does its cube', async () => {
  const { source, cube } = await packed()
  const [a, b] = [
    await runJson<Record<string, number>>('bench', source),
    await runJson<Record<string, number>>('bench', cube),
  ]
  for (const { json } of [a, b]) {
    expect(json.sliceCount).toBe(4)
    expect(json.folderMs).toBeGreaterThan(0)
    expect(json.timeRatio).toBeCloseTo(json.folderMs / json.cubeMs)
  }
  expect(a.json.headerBytes).toBe(b.json.headerBytes)
  expect(a.json.fileBytes).toBe(b.json.fileBytes)
})

test('bench: several series want --series, a folder of none is at fault', async () => {
  expect((await run(['bench', generatedFolder('two-series')])).err).toContain('choose one with --series UID')
  expect((await run(['bench', writeFiles(temporaryFolder(), { 'a.txt': 'x' })])).code).toBe(1)
  expect((await run(['bench', 'nowhere'])).code).toBe(2)
})
