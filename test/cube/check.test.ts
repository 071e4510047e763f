import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { sourceFromBytes } from '../../src/bytes/source.ts'
import { check } from '../../src/cube/check.ts'
import { CHECK_CODES, CHECKS, type Finding, SEVERITIES } from '../../src/cube/check-codes.ts'
import type { DicomCubeImage } from '../../src/cube/image.ts'
import { sortInstances } from '../../src/cube/order.ts'
import { findSeries, imageOfSeries } from '../../src/cube/series.ts'
import { DICOM_STATUSES } from '../../src/cube/status.ts'
import { folderEntries, load, saveToBytes } from '../../src/node.ts'
import { type Fault, faultless, faults } from '../generate/faults.ts'
import { slices } from '../generate/slice.ts'
import { hasShared, SHARED, sharedCases } from '../shared.ts'

/** All files as one series, whatever their Series Instance UIDs. */
async function imageOf(files: Fault['files']): Promise<DicomCubeImage> {
  const found = await findSeries(files.map(({ path, bytes }) => ({ name: path, source: sourceFromBytes(bytes, path) })))
  expect(found.refused).toEqual([])
  const instances = sortInstances(found.series.flatMap(series => series.instances))
  return imageOfSeries({ ...found.series[0], instances }, { threads: 0 })
}
const cubeOf = async (image: DicomCubeImage) => load(await saveToBytes(image, { threads: 0 }), { threads: 0 })

const all = faults()
const seen = (findings: readonly Finding[]) => findings.map(({ code, slices }) => ({ code, slices }))

test('a series without a fault has no finding, from its files and from a cube', async () => {
  const image = await imageOf(faultless())
  expect(check(image)).toMatchObject({ status: 'consistent', findings: [] })
  expect(check(image.meta).findings).toEqual([])
  expect(check(await cubeOf(image)).findings).toEqual([])
})

test('every code has a fault that shows it', () => {
  expect(all.map(({ code }) => code).sort()).toEqual([...CHECK_CODES].sort())
})

describe.each(all.map(fault => [fault.code, fault] as const))('%s', (code, { files, slices, seenIn }) => {
  test('is seen, and nothing else', async () => {
    const image = await imageOf(files)
    const cube = await cubeOf(image)
    const wanted = [{ code, slices }]
    expect(seen(check(cube).findings)).toEqual(wanted)
    expect(seen(check(image).findings)).toEqual(seenIn === 'cube' ? [] : wanted)
    for (const { meta } of [image, cube]) expect(seen(check(meta).findings)).toEqual(seenIn === 'meta' ? wanted : [])
    const [finding] = check(cube).findings
    expect(finding.severity).toBe(CHECKS[code].severity)
    expect(finding.message).not.toMatch(/undefined|NaN|GEN-000|Demo\^/)
  })
})

test('numbers that a cube keeps as numbers are checked as texts are', async () => {
  const files = slices('numbers', 6, index => ({
    '00180087': ['DS', `${index}.234567890123456`],
    '00180093': ['DS', `${10 + index}.5`],
    '00181150': ['IS', `${500 + index}`],
    '00181152': ['IS', `${index}.5`],
    '00181153': ['IS', `${3_000_000_000 + index}`],
  }))
  const image = await imageOf(files)
  const wanted = [
    { code: 'invalid-is', slices: [0, 1, 2, 3, 4, 5] },
    { code: 'invalid-is', slices: [0, 1, 2, 3, 4, 5] },
    { code: 'value-too-long', slices: [0, 1, 2, 3, 4, 5] },
  ]
  expect(seen(check(image).findings)).toEqual(wanted)
  const { findings } = check(await cubeOf(image))
  expect(seen(findings)).toEqual(wanted)
  expect(findings[2]).toMatchObject({
    message: 'MagneticFieldStrength (DS) is longer than its VR allows in 6 slices',
    expected: 16,
    found: 17,
  })
})

test('the most grave findings come first', async () => {
  const { findings } = check(
    await imageOf(
      faultless().concat(
        slices('another series', 2, () => ({
          '00180088': ['DS', '9'],
          '00281050': ['DS', '1'],
          '00281051': ['DS', '1'],
        })).map(file => ({ ...file, path: `b/${file.path}` })),
      ),
    ),
  )
  const ranks = findings.map(({ severity }) => SEVERITIES.indexOf(severity))
  expect(ranks).toEqual([...ranks].sort())
  expect(findings.map(({ code }) => code)).toContain('several-series')
  expect(findings.map(({ code }) => code)).toContain('duplicate-position')
})

test('each code has a severity, a sentence and a place in the standard', () => {
  for (const { severity, what, section } of Object.values(CHECKS)) {
    expect(SEVERITIES).toContain(severity)
    expect(what).toMatch(/^[a-zA-Z].*[^.]$/)
    expect(section).toMatch(/^PS3\.\d+ §/)
  }
})

/** Series of ../shared/dicom that are whole and conforming, by folder and Modality. */
const CLEAN: [folder: string, series: number][] = [
  ['ct-philips-ingenuity-140', 1],
  ['ct-ge-lidc-17-small', 1],
  ['mr-ge-architect-epi-96', 1],
  ['mr-siemens-ve11-fieldmap-36', 1],
  ['mr-siemens-ve11-mosaic-6', 1],
  ['mr-siemens-xa30-classic-33', 1],
  ['mr-philips-achieva-dualecho-120', 1],
  ['mr-canon-galan-dti-520', 1],
  ['mr-hitachi-implicit-4', 1],
  ['enhanced-mr-siemens-xa10-4', 1],
  ['enhanced-mr-siemens-xa30-fieldmap', 1],
  ['enhanced-mr-siemens-xa30-color-fa', 1],
  ['enhanced-mr-philips-fmap', 1],
  ['enhanced-mr-hyperfine', 1],
  ['enhanced-mr-philips-implicit', 1],
  ['legacy-converted-ct-pair', 3],
]

async function checksOf(folder: string) {
  const { series } = await findSeries(folderEntries(join(SHARED, 'dicom', folder)))
  return Promise.all(
    series.map(async one => {
      const image = await imageOfSeries(one, { threads: 0 })
      return { sliceCount: one.instances.length, modality: one.modality, image, ...check(image) }
    }),
  )
}

describe.skipIf(!hasShared)('real series', () => {
  test.each(CLEAN)('%s is clean: no error', async (folder, count) => {
    const found = await checksOf(folder)
    expect(found).toHaveLength(count)
    for (const { findings } of found) expect(findings.filter(({ severity }) => severity === 'error')).toEqual([])
  })

  /** A real example of each code that ../shared/dicom has, found in the folder's series of that many slices. */
  test.each<[code: Finding['code'], folder: string, slices: number]>([
    ['missing-uid', 'ts-jpegls-small', 4],
    ['duplicate-sop-instance-uid', 'fragments-bot', 9],
    ['several-sop-classes', 'ts-rle-palette', 2],
    ['missing-instance-number', 'ts-implicit-le', 2],
    ['duplicate-instance-number', 'ts-htj2k-202-pairs', 2],
    ['instance-number-gap', 'dicomdir-tree', 4],
    ['missing-positions', 'dicomdir-tree', 4],
    ['no-position', 'mr-uih-umr770-dti-17', 17],
    ['no-pixel-data', 'odd-and-malformed', 6],
    ['functional-groups-mismatch', 'ts-explicit-be', 1],
    ['several-orientations', 'dicomdir-tree', 3],
    ['duplicate-position', 'ts-retired-jpeg-53-55', 2],
    ['thickness-against-spacing', 'mr-siemens-ve11-fieldmap-36', 36],
    ['mixed-dimensions', 'ts-jpegls-small', 4],
    ['mixed-pixel-types', 'fragments-bot', 9],
    ['missing-pixel-attributes', 'odd-and-malformed', 6],
    ['pixel-padding', 'dicomdir-tree', 4],
    ['rescale-varies', 'mr-philips-achieva-dualecho-120', 120],
    ['window-varies', 'mr-canon-galan-dti-520', 520],
    ['invalid-is', 'odd-and-malformed', 1],
    ['invalid-da', 'mr-uih-umr770-dti-17', 17],
    ['invalid-as', 'mr-hitachi-implicit-4', 4],
    ['invalid-ui', 'odd-and-malformed', 1],
    ['value-too-long', 'odd-sequences', 1],
    ['mixed-pixel-spacing', 'ts-explicit-le', 2],
    ['lossy-not-marked', 'ts-jpegls', 6],
    ['odd-length', 'odd-and-malformed', 6],
    ['lossy-compression', 'fragments-bot', 9],
    ['mixed-transfer-syntaxes', 'fragments-bot', 9],
    ['odd-file', 'odd-and-malformed', 2],
  ])('%s in %s', async (code, folder, slices) => {
    const found = (await checksOf(folder)).filter(({ sliceCount }) => sliceCount === slices)
    expect(found.flatMap(({ findings }) => findings.map(finding => finding.code))).toContain(code)
  })

  test.each<[code: Finding['code'], folder: string, series: number]>([
    ['blank-frames', 'legacy-converted-ct-pair', 0],
    ['pixel-range', 'mr-siemens-xa30-classic-33', 0],
  ])('%s in a cube of %s, whose frames were measured', async (code, folder, series) => {
    const { image, findings } = (await checksOf(folder))[series]
    expect(findings.map(finding => finding.code)).not.toContain(code)
    expect(check(await cubeOf(image)).findings.map(finding => finding.code)).toContain(code)
  })

  test('every series can be checked, and has a status and known codes', async () => {
    for (const folder of sharedCases())
      for (const { status, findings, sliceCount } of await checksOf(folder)) {
        expect(DICOM_STATUSES).toContain(status)
        for (const { code, slices } of findings) {
          expect(CHECK_CODES).toContain(code)
          expect(slices.length).toBeGreaterThan(0)
          expect(slices).toEqual([...new Set(slices)].sort((a, b) => a - b))
          expect(slices.at(-1)).toBeLessThan(sliceCount)
        }
      }
  })

  test('the booleans of the Imaging Data Commons', async () => {
    const [ct] = await checksOf('ct-philips-ingenuity-140')
    expect(ct.geometry).toEqual({
      single_orientation: true,
      orthogonal_orientation: true,
      unique_slice_positions: true,
      consistent_in_plane_row: true,
      consistent_in_plane_col: true,
      consistent_pixel_spacing: true,
      consistent_image_dimensions: true,
      uniform_slice_spacing: true,
      regularly_spaced_3d_volume: true,
    })
    const [dti] = await checksOf('mr-canon-galan-dti-520')
    expect(dti.geometry).toMatchObject({
      single_orientation: true,
      unique_slice_positions: false,
      uniform_slice_spacing: false,
      regularly_spaced_3d_volume: false,
    })
  })
})
