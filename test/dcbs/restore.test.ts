import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sourceFromBytes } from '../../src/bytes/source.ts'
import { findSeries, folderEntries, imageOfSeries, load, restoreFile, save, verifyFiles } from '../../src/node.ts'
import { generatedSeries } from '../generate/encodings.ts'
import { SHARED, sharedCases } from '../shared.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dicube-restore-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

type Files = { name: string; bytes: () => Uint8Array }[]

/** Packs every series of the files, reads the cubes again, and compares each file; says what was not packed. */
async function roundTrip(files: Files) {
  const byName = new Map(files.map(file => [file.name, file.bytes]))
  const entries = files.map(({ name, bytes }) => ({ name, source: sourceFromBytes(bytes(), name) }))
  const { series, skipped, refused } = await findSeries(entries)
  const outcome = new Map<string, string>()
  for (const { name } of skipped) outcome.set(name, 'skipped')
  for (const { name, code } of refused) outcome.set(name, `refused: ${code}`)
  for (const one of series) {
    const path = join(folder, 'series.dcbs')
    const image = await imageOfSeries(one)
    await save(image, path)
    await image.close()
    const cube = await load(path)
    for await (const { slice, name, result, message } of verifyFiles(cube)) {
      const restored = await restoreFile(cube, slice)
      const isSame = Buffer.compare(restored, byName.get(name)!()) === 0
      outcome.set(name, isSame && result === 'identical' ? 'identical' : `different: ${result} ${message}`)
    }
    await cube.close()
  }
  return { outcome, cubes: series.length }
}

describe('every generated file comes back bit for bit', () => {
  test.each(generatedSeries().map(series => [series.name, series] as const))('%s', async (_, series) => {
    const { outcome, cubes } = await roundTrip(
      series.files.map(({ path, bytes }) => ({ name: path, bytes: () => bytes })),
    )
    const expected = series.files.map(({ path, expect: wanted }) => [
      path,
      typeof wanted === 'string' ? wanted : `refused: ${wanted.refused}`,
    ])
    expect(Object.fromEntries(outcome)).toEqual(Object.fromEntries(expected))
    expect(cubes).toBe(series.cubes)
  })
})

test.each([
  ['within the data set', 'no-meta-explicit', '\x28\0\x10\0US'],
  ['that another one follows', 'explicit-le', '\x02\0\x02\0UI'],
])('a Transfer Syntax UID %s is an element like any other: nothing is deflated for it', async (_, name, before) => {
  const [{ path, bytes }] = generatedSeries().find(series => series.name === name)!.files
  const deflated = Buffer.from('\x02\0\x10\0UI\x16\x001.2.840.10008.1.2.1.99', 'latin1')
  const at = Buffer.from(bytes).indexOf(Buffer.from(before, 'latin1'))
  const odd = Buffer.concat([bytes.subarray(0, at), deflated, bytes.subarray(at)])
  const { outcome } = await roundTrip([{ name: path, bytes: () => new Uint8Array(odd) }])
  expect(outcome.get(path)).toBe('identical')
})

/** Real files that cannot be packed, each with the reason that is true of it. */
const REFUSED: Record<string, Record<string, string>> = {
  'odd-and-malformed': {
    'MR_truncated.dcm': 'refused: truncated',
    'rtplan_truncated.dcm': 'refused: truncated',
    // A stray byte in front of the first element: (0008,0005) reads as (0820,0500).
    'no_meta.dcm': 'refused: not-dicom',
  },
  'odd-sequences': { 'emri_small_jpeg_2k_lossless_too_short.dcm': 'refused: truncated' },
  'dicomdir-tree': {
    'DICOMDIR-nooffset': 'skipped',
    DICOMDIR: 'skipped',
    'DICOMDIR-bigEnd': 'skipped',
    'DICOMDIR-empty.dcm': 'skipped',
    'DICOMDIR-implicit': 'skipped',
    'DICOMDIR-nopatient': 'skipped',
    'DICOMDIR-reordered': 'skipped',
    'README.txt': 'skipped',
    'TINY_ALPHA/DICOMDIR': 'skipped',
    'TINY_ALPHA/README': 'skipped',
  },
  'ct-philips-ingenuity-140': { DIRFILE: 'skipped' },
}

describe.skipIf(sharedCases().length === 0)('every real file comes back bit for bit', () => {
  test.each(sharedCases())('%s', async name => {
    const files: Files = []
    for await (const entry of folderEntries(join(SHARED, 'dicom', name)))
      files.push({ name: entry.name, bytes: () => readFileSync(join(SHARED, 'dicom', name, entry.name)) })
    const { outcome } = await roundTrip(files)
    const others = [...outcome].filter(([, result]) => result !== 'identical')
    expect(Object.fromEntries(others)).toEqual(REFUSED[name] ?? {})
    expect(outcome.size).toBe(files.length)
  })
})
