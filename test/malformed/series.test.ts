import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { check } from '../../src/cube/check.ts'
import { tagNumber } from '../../src/dicom/tags.ts'
import {
  type DicomCubeImage,
  findSeries,
  folderEntries,
  imageOfSeries,
  load,
  loadFromDicomFolder,
  saveToBytes,
  saveToDicomFolder,
  verifyFiles,
} from '../../src/node.ts'
import { SHARED } from '../shared.ts'

const DIR = join(SHARED, 'malformed', 'series')
const hasSeries = existsSync(join(DIR, 'SERIES.json'))
if (!hasSeries) console.log(`skipped: no ${DIR}`)
if (!hasSeries && process.env.CI) throw new Error(`CI needs ${DIR}`)

const scratch = mkdtempSync(join(tmpdir(), 'dicube-series-'))
afterAll(() => rmSync(scratch, { recursive: true }))

const QUIET = { threads: 0 }
const pathOf = (id: string) => join(DIR, id)

/** The one series of a folder, packed and opened, each of its files compared bit for bit. */
async function cubeOf(id: string): Promise<DicomCubeImage> {
  const image = await loadFromDicomFolder(pathOf(id), QUIET)
  const cube = await load(await saveToBytes(image, QUIET), QUIET)
  for await (const { name, result } of verifyFiles(cube)) expect([name, result]).toEqual([name, 'identical'])
  return cube
}
const namesOf = (cube: DicomCubeImage) => cube.originals.files.map(({ name }) => name)
const codesOf = (cube: DicomCubeImage) => check(cube).findings.map(({ code }) => code)

describe.skipIf(!hasSeries)('folders with faults between files', () => {
  /** Every case of the table has its test, by the same name. */
  const tested: Record<string, () => Promise<void>> = {
    's00-control': async () => {
      const cube = await cubeOf('s00-control')
      expect([cube.meta.sliceCount, cube.frameCount]).toEqual([5, 5])
      expect(cube.originals.reports.flat()).toEqual([])
    },
    's01-two-series': async () => {
      const { series } = await findSeries(folderEntries(pathOf('s01-two-series')))
      expect(series.map(({ instances }) => instances.length)).toEqual([3, 5])
      await expect(loadFromDicomFolder(pathOf('s01-two-series'))).rejects.toMatchObject({
        code: 'several-series',
        message: expect.stringContaining(series[1].seriesInstanceUid),
      })
    },
    's03-dup-identical': async () => {
      const cube = await cubeOf('s03-dup-identical')
      expect(codesOf(cube)).toContain('duplicate-sop-instance-uid')
      expect(namesOf(cube)).toEqual(expect.arrayContaining(['IM2.dcm', 'copy.dcm']))
    },
    's04-dup-sop-different': async () => {
      const cube = await cubeOf('s04-dup-sop-different')
      expect(codesOf(cube)).toContain('duplicate-sop-instance-uid')
      expect(cube.frameCount).toBe(6)
    },
    's06-bits-differ': async () => {
      const cube = await cubeOf('s06-bits-differ')
      expect(codesOf(cube)).toContain('mixed-pixel-types')
      const stored = cube.meta.getValues('BitsStored')
      expect(new Set(stored).size).toBe(2)
      for (let slice = 0; slice < 5; slice++) {
        const file = readFileSync(join(pathOf('s06-bits-differ'), namesOf(cube)[slice]))
        const { values } = await cube.frame(slice)
        // The value of Pixel Data is the end of each file: 16 samples of two bytes, of which Bits Stored count.
        const raw = Array.from({ length: 16 }, (_, i) => file.readUInt16LE(file.length - 32 + 2 * i))
        const mask = 2 ** (stored[slice] as number) - 1
        expect(Array.from(values as Uint16Array, value => value & mask)).toEqual(raw.map(value => value & mask))
      }
    },
    's07-gap': async () => {
      expect(codesOf(await cubeOf('s07-gap'))).toEqual(
        expect.arrayContaining(['missing-positions', 'instance-number-gap']),
      )
    },
    's09-instance-missing': async () => {
      const cube = await cubeOf('s09-instance-missing')
      expect(codesOf(cube)).toContain('missing-instance-number')
      const heights = cube.meta.getValues('ImagePositionPatient').map(value => (value as number[])[2])
      const ascending = [...heights].sort((a, b) => a - b)
      expect([ascending, ascending.toReversed()]).toContainEqual(heights)
    },
    's10-foreign-files': async () => {
      const { series, skipped, refused } = await findSeries(folderEntries(pathOf('s10-foreign-files')))
      expect(series.map(({ instances }) => instances.length)).toEqual([5])
      const left = [...skipped, ...refused]
      expect(left.map(({ name }) => name).sort()).toEqual(
        ['.DS_Store', 'DICOMDIR', 'README.txt', 'Thumbs.db', 'empty.dcm', 'report.pdf'].sort(),
      )
      for (const { reason } of left) expect(reason).not.toBe('')
    },
    's13-names': async () => {
      const cube = await cubeOf('s13-names')
      expect(namesOf(cube).sort()).toEqual(readdirSync(pathOf('s13-names')).sort())
      const out = join(scratch, 's13')
      const written = await saveToDicomFolder(cube, out)
      expect(new Set(written.map(name => name.toLowerCase().normalize('NFC'))).size).toBe(12)
      for (const name of written) {
        expect(relative(out, resolve(out, name))).not.toMatch(/^\.\./)
        expect(name).not.toMatch(/\p{Cc}|[. ]$|^con\./iu)
      }
      expect(readdirSync(scratch)).toEqual(['s13'])
    },
    's15-absent-empty-null': async () => {
      const cube = await cubeOf('s15-absent-empty-null')
      const elements = [0, 1, 2, 3, 4].map(slice => Object.entries(cube.meta.index(slice)))
      const [common] = elements
      const own = elements.map(entries => entries.filter(([tag]) => !common.some(([other]) => other === tag)))
      const [tag] = own[1][0]
      expect(cube.meta.element(tag, 0)).toBeUndefined()
      const { vr } = cube.meta.element(tag, 1)!
      expect(cube.meta.element(tag, 1)).toEqual({ vr })
      const [two, three, four] = [2, 3, 4].map(slice => cube.meta.element(tag, slice)!)
      expect(two).not.toHaveProperty('InlineBinary')
      expect(three.Value).toHaveLength(1)
      expect(four.vr).not.toBe(vr)
    },
    's16-private-creators': async () => {
      const cube = await cubeOf('s16-private-creators')
      const creators = [0, 1, 2, 3, 4].map(slice =>
        Object.keys(cube.meta.index(slice)).filter(tag => tagNumber(tag) & 0x10000 && /^....00/.test(tag)),
      )
      expect(new Set(creators.flat()).size).toBe(2)
      expect(cube.originals.reports.flat()).toEqual([])
    },
    's18-single-and-multi': async () => {
      const cube = await cubeOf('s18-single-and-multi')
      expect([cube.meta.sliceCount, cube.frameCount]).toEqual([5, 7])
      expect(cube.pixels.slices.map(({ frameCount }) => frameCount)).toEqual([1, 1, 3, 1, 1])
    },
    's19-ts-mixed': async () => {
      const cube = await cubeOf('s19-ts-mixed')
      const wrong = cube.originals.reports.flatMap((report, slice) =>
        report.some(({ code }) => code === 'pixel-encapsulation') ? [namesOf(cube)[slice]] : [],
      )
      expect(wrong).toEqual(['IM2.dcm'])
      expect(codesOf(cube)).toEqual(expect.arrayContaining(['mixed-transfer-syntaxes', 'odd-file']))
    },
    's21-shared-then-not': async () => {
      const cube = await cubeOf('s21-shared-then-not')
      const differing = cube.meta.keys().filter(tag => cube.meta.getVr(tag) === 'SQ' && !cube.meta.isShared(tag))
      expect(differing).toHaveLength(1)
      const items = [0, 3, 4].map(slice => JSON.stringify(cube.meta.element(differing[0], slice)))
      expect(items[0]).toBe(items[1])
      expect(items[0]).not.toBe(items[2])
    },
    's22-no-pixels': async () => {
      const cube = await cubeOf('s22-no-pixels')
      expect([cube.meta.sliceCount, cube.frameCount]).toEqual([5, 4])
      expect(codesOf(cube)).toContain('no-pixel-data')
      expect(cube.originals.reports[1].map(({ code }) => code)).toEqual(['pixel-missing'])
    },
  }

  const table: { id: string; note: string; expect: string }[] = hasSeries
    ? JSON.parse(readFileSync(join(DIR, 'SERIES.json'), 'utf8'))
    : []
  test('every folder has a test', () => {
    expect(Object.keys(tested)).toEqual(table.map(({ id }) => id))
  })
  test.each(table)('$id: $note: $expect', ({ id }) => tested[id](), 30_000)

  test('a folder of faults keeps no other folder from being packed', async () => {
    for (const { id } of table) {
      const { series } = await findSeries(folderEntries(pathOf(id)))
      for (const one of series) await imageOfSeries(one, QUIET)
    }
  })
})
