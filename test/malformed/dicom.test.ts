import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { REPORT_CODES } from '../../src/dicom/parse.ts'
import { ERROR_CODES } from '../../src/errors.ts'
import { findSeries, folderEntries, imageOfSeries, load, saveToBytes } from '../../src/node.ts'
import { hasShared, SHARED } from '../shared.ts'
import { type Run, runFiles } from './child.ts'
import { compileTools } from './tools.ts'

interface Case {
  id: string
  file: string
  /** accept: it is read. reject: a typed error. signal: a typed error, or data and an entry in the report. */
  expect: 'accept' | 'reject' | 'signal'
  /** Values that hold where it is read, by tag. */
  must: Record<string, string | number>
  note: string
}

const DIR = join(SHARED, 'malformed', 'dicom')
const table = join(DIR, 'CASES.json')
const cases: Case[] = existsSync(table) ? JSON.parse(readFileSync(table, 'utf8')) : []
if (!cases.length) console.log(`skipped: no ${table}`)
if (!cases.length && process.env.CI) throw new Error(`CI needs ${table}`)

/** Packing 50,000 elements takes the most; every other file stays below 256 MB, as the line that is printed says. */
const MOST_MB = 448

describe.skipIf(!cases.length)('malformed and hostile DICOM files', () => {
  const runs = new Map<string, Run>()
  beforeAll(async () => {
    compileTools()
    for (const run of await runFiles(cases.map(({ file }) => join(DIR, file)))) runs.set(basename(run.path), run)
    const slowest = [...runs.values()].sort((a, b) => b.ms - a.ms).slice(0, 3)
    const times = slowest.map(({ path, ms }) => `${basename(path)} ${Math.round(ms)} ms`)
    const peaks = [...runs.values()].map(({ path, peakMb }, i, all) => ({
      path,
      peakMb,
      grew: peakMb - (all[i - 1]?.peakMb ?? 0),
    }))
    const [largest, second] = peaks.slice(1).sort((a, b) => b.grew - a.grew)
    const memory = [largest, second].map(({ path, peakMb }) => `${basename(path)} (to ${Math.round(peakMb)} MB)`)
    console.log(
      `${runs.size} malformed files: the slowest ${times.join(', ')}; memory ${Math.round(peaks[0].peakMb)} MB, more for ${memory.join(' and ')}`,
    )
  })

  test.each(cases.map(one => [`${one.id}: ${one.expect}: ${one.note}`, one] as const))(
    '%s',
    (_, { file, ...wanted }) => {
      const { outcome, unplanned } = runs.get(file)!
      expect(unplanned).toBeUndefined()
      if (outcome?.kind === 'error') {
        expect(wanted.expect).not.toBe('accept')
        expect([...ERROR_CODES, 'media-directory']).toContain(outcome.code)
        return
      }
      expect(wanted.expect).not.toBe('reject')
      expect(outcome!.broken).toEqual([])
      for (const code of outcome!.report) expect(REPORT_CODES).toContain(code)
      if (wanted.expect === 'signal') expect(outcome!.report).not.toEqual([])
      for (const [tag, value] of Object.entries(wanted.must)) {
        const [found] = outcome!.json[tag]?.Value ?? []
        expect(typeof found === 'object' && found ? (found as { Alphabetic?: unknown }).Alphabetic : found).toBe(value)
      }
    },
  )

  test('none of them takes 30 s', () => {
    for (const { ms } of runs.values()) expect(ms).toBeLessThan(30_000)
  })

  test(`together they take at most ${MOST_MB} MB`, () => {
    for (const { peakMb } of runs.values()) expect(peakMb).toBeLessThan(MOST_MB)
  })
})

/** Series of ../shared/dicom in which nothing is odd: whole, and written by their scanners or by careful programs. */
const CLEAN = [
  'color-palette',
  'ct-ge-lidc-17-small',
  'ct-philips-ingenuity-140',
  'enhanced-mr-hyperfine',
  'enhanced-mr-philips-fmap',
  'enhanced-mr-siemens-xa10-4',
  'enhanced-mr-siemens-xa30-color-fa',
  'enhanced-mr-siemens-xa30-fieldmap',
  'fragments-bot',
  'legacy-converted-ct-pair',
  'mr-canon-galan-dti-520',
  'mr-ge-architect-epi-96',
  'mr-philips-achieva-dualecho-120',
  'mr-siemens-ve11-fieldmap-36',
  'mr-siemens-ve11-mosaic-6',
  'mr-siemens-xa30-classic-33',
  'ts-deflated-frame',
  'ts-htj2k-201-203',
  'ts-htj2k-202-pairs',
  'ts-jpeg-baseline',
  'ts-jpeg-extended',
  'ts-jpeg-lossless-70',
  'ts-jpegls-small',
  'ts-rle',
  'ts-rle-palette',
]

describe.skipIf(!hasShared)('no false alarm', () => {
  test('the deflated files of David Clunie have the trailer of gzip behind their streams, and nothing else', async () => {
    const { series } = await findSeries(folderEntries(join(SHARED, 'dicom', 'ts-deflated')))
    const images = await Promise.all(series.map(one => imageOfSeries(one, { threads: 0 })))
    const codes = images.flatMap(({ originals }) => originals.reports.flat().map(({ code }) => code))
    expect(codes).toEqual(['trailing-bytes', 'trailing-bytes', 'trailing-bytes'])
  })

  test.each(CLEAN)('%s has an empty report', async folder => {
    const { series, refused } = await findSeries(folderEntries(join(SHARED, 'dicom', folder)))
    expect(refused).toEqual([])
    for (const one of series) {
      const image = await imageOfSeries(one, { threads: 0 })
      expect(image.originals.reports.flat()).toEqual([])
      // What only packing sees: each compressed frame.
      if (!image.pixels.slices.some(({ kind }) => kind === 'encapsulated')) continue
      const cube = await load(await saveToBytes(image, { threads: 0, noV1: true }), { threads: 0 })
      expect(cube.originals.reports.flat()).toEqual([])
    }
  })
})
