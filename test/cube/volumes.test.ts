import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { SeriesVolume } from '../../src/cube/volumes.ts'
import type { DicomJson, JsonElement } from '../../src/dicom/json.ts'
import { hasShared, SHARED } from '../shared.ts'
import { metaOfDataSets, metasOfFolder } from './metas.ts'

const DS = (...Value: number[]): JsonElement => ({ vr: 'DS', Value })
const IS = (value: number): JsonElement => ({ vr: 'IS', Value: [value] })
const CS = (...Value: string[]): JsonElement => ({ vr: 'CS', Value })

const slice = (z: number, changes: DicomJson = {}): DicomJson => ({
  '00200032': DS(-10, 20, z),
  '00200037': DS(1, 0, 0, 0, 1, 0),
  '00280010': { vr: 'US', Value: [4] },
  '00280011': { vr: 'US', Value: [4] },
  ...changes,
})
const volumesOf = (...slices: DicomJson[]) =>
  metaOfDataSets(slices.map((one, i) => ({ '00200013': IS(i + 1), ...one }))).volumes()
const orders = (volumes: readonly SeriesVolume[]) => volumes.map(({ slices }) => slices)

test('one stack, in geometric order', () => {
  expect(volumesOf(slice(4), slice(2), slice(3), slice(1))).toEqual([
    { slices: [3, 1, 2, 0], frames: [3, 1, 2, 0], attributes: {} },
  ])
})

test('the order is along the normal, whatever the axes', () => {
  const coronal = { '00200037': DS(1, 0, 0, 0, 0, -1) }
  const at = (y: number): DicomJson => ({ ...slice(0, coronal), '00200032': DS(0, y, 0) })
  expect(orders(volumesOf(at(1), at(3), at(2)))).toEqual([[0, 2, 1]])
})

test('echoes and magnitude with phase: as many attributes as it takes', () => {
  const kinds = [5, 10].flatMap(echo =>
    ['M', 'P'].map(part => ({ '00180081': DS(echo), '00080008': CS('ORIGINAL', 'PRIMARY', part) })),
  )
  const found = volumesOf(...[0, 1, 2].flatMap(z => kinds.map(kind => slice(z, kind))))
  expect(found.map(({ attributes }) => attributes)).toEqual([
    { ImageType: ['ORIGINAL', 'PRIMARY', 'M'], EchoTime: 5 },
    { ImageType: ['ORIGINAL', 'PRIMARY', 'P'], EchoTime: 5 },
    { ImageType: ['ORIGINAL', 'PRIMARY', 'M'], EchoTime: 10 },
    { ImageType: ['ORIGINAL', 'PRIMARY', 'P'], EchoTime: 10 },
  ])
  expect(orders(found)).toEqual([0, 1, 2, 3].map(kind => [0, 1, 2].map(z => 4 * z + kind)))
})

test('an attribute that runs with the slices sets nothing apart', () => {
  // Acquisition times of their own, and temporal positions that come again.
  const found = volumesOf(
    ...[0, 1, 2, 3, 4, 5].map(i =>
      slice(i % 3, { '00080032': { vr: 'TM', Value: [`10000${i}`] }, '00200100': IS(1 + Math.floor(i / 3)) }),
    ),
  )
  expect(found).toEqual([
    { slices: [0, 1, 2], frames: [0, 1, 2], attributes: { TemporalPositionIdentifier: 1 } },
    { slices: [3, 4, 5], frames: [3, 4, 5], attributes: { TemporalPositionIdentifier: 2 } },
  ])
})

test('b-values, and directions where there are several', () => {
  const b = (value: number, ...direction: number[]): DicomJson => ({
    '00189087': { vr: 'FD', Value: [value] },
    ...(direction.length && { '00189089': { vr: 'FD', Value: direction } }),
  })
  const found = volumesOf(
    ...[b(0), b(1000, 1, 0, 0), b(1000, 0, 1, 0)].flatMap(kind => [0, 1].map(z => slice(z, kind))),
  )
  expect(found.map(({ attributes }) => attributes)).toEqual([
    { DiffusionBValue: 0 },
    { DiffusionBValue: 1000, DiffusionGradientOrientation: [1, 0, 0] },
    { DiffusionBValue: 1000, DiffusionGradientOrientation: [0, 1, 0] },
  ])
})

test('b-values in a private block, wherever it is', () => {
  const b = (value: number): DicomJson => ({
    '00190011': { vr: 'LO', Value: ['SIEMENS MR HEADER'] },
    '0019110C': IS(value),
  })
  const found = volumesOf(...[0, 800].flatMap(value => [0, 1, 2].map(z => slice(z, b(value)))))
  expect(found.map(({ attributes }) => attributes)).toEqual([{ '0019110C': 0 }, { '0019110C': 800 }])
})

test('nothing but Instance Number: the first of each place, the second of each', () => {
  const found = volumesOf(...[0, 1, 2, 0, 1, 2].map(z => slice(z)))
  expect(found).toEqual([
    { slices: [0, 1, 2], frames: [0, 1, 2], attributes: { InstanceNumber: 1 } },
    { slices: [3, 4, 5], frames: [3, 4, 5], attributes: { InstanceNumber: 4 } },
  ])
})

test('one slice twice is no second volume', () => {
  expect(orders(volumesOf(slice(0), slice(1), slice(2), slice(2), slice(3)))).toEqual([[0, 1, 2, 3, 4]])
})

test('a localizer with three orientations is three', () => {
  const facing = (...directions: number[]) => slice(0, { '00200037': DS(...directions) })
  const found = volumesOf(facing(1, 0, 0, 0, 1, 0), facing(0, 1, 0, 0, 0, -1), facing(1, 0, 0, 0, 0, -1))
  expect(found).toEqual([
    { slices: [0], frames: [0], attributes: { ImageOrientationPatient: [1, 0, 0, 0, 1, 0] } },
    { slices: [1], frames: [1], attributes: { ImageOrientationPatient: [0, 1, 0, 0, 0, -1] } },
    { slices: [2], frames: [2], attributes: { ImageOrientationPatient: [1, 0, 0, 0, 0, -1] } },
  ])
})

test('rounded orientations are one', () => {
  expect(
    volumesOf(
      slice(0),
      slice(1, { '00200037': DS(1, 0.0001, 0, 0, 1, 0) }),
      slice(2, { '00200037': DS(1, 0, 0, 0, 1, 0.0001) }),
    ),
  ).toHaveLength(1)
})

test('sizes and stacks', () => {
  const large = { '00280010': { vr: 'US', Value: [8] } }
  expect(volumesOf(slice(0), slice(1), slice(2, large)).map(({ attributes }) => attributes.Rows)).toEqual([4, 8])
  const stack = (id: string) => ({ '00209056': { vr: 'SH', Value: [id] } })
  expect(volumesOf(slice(0, stack('1')), slice(5, stack('2'))).map(({ attributes }) => attributes.StackID)).toEqual([
    '1',
    '2',
  ])
})

test('slices without a position are in the order of the series; objects without an image are none', () => {
  const { '00200032': _, ...unplaced } = slice(0)
  expect(volumesOf(unplaced, unplaced)).toEqual([{ slices: [0, 1], frames: [0, 1], attributes: {} }])
  expect(volumesOf({ '00080060': CS('SR') })).toEqual([])
})

test('a dose grid has its frames along the normal (PS3.3 §C.8.8.3.2)', () => {
  const dose = slice(0, { '00280008': IS(3), '3004000C': DS(0, -2, -4) })
  expect(volumesOf(dose)).toEqual([{ slices: [0, 0, 0], frames: [2, 1, 0], attributes: {} }])
  const { '3004000C': _, ...cine } = dose
  expect(volumesOf(cine)).toEqual([{ slices: [0, 0, 0], frames: [0, 1, 2], attributes: {} }])
})

/** Counted with pydicom: places along the normal, and the values of the attributes there. */
describe.skipIf(!hasShared)('real series', () => {
  test.each<[folder: string, volumes: number, slices: number, attributes: Record<string, unknown>[]]>([
    ['ct-philips-ingenuity-140', 1, 140, [{}]],
    ['ct-ge-lidc-17-small', 1, 17, [{}]],
    ['mr-siemens-ve11-fieldmap-36', 1, 36, [{}]],
    ['mr-siemens-xa30-classic-33', 1, 33, [{}]],
    ['mr-hitachi-implicit-4', 1, 4, [{}]],
    ['mr-ge-architect-epi-96', 3, 32, [{ InstanceNumber: 1 }, { InstanceNumber: 33 }, { InstanceNumber: 65 }]],
    ['mr-siemens-ve11-mosaic-6', 6, 1, [1, 2, 3, 4, 5, 6].map(AcquisitionNumber => ({ AcquisitionNumber }))],
    [
      'mr-canon-galan-dti-520',
      13,
      40,
      [{ DiffusionBValue: 0 }, { DiffusionBValue: 1500, ImageComments: 'b=1500(0.895,0.000,0.445)' }],
    ],
    [
      'mr-philips-achieva-dualecho-120',
      4,
      30,
      [
        { ImageType: ['ORIGINAL', 'PRIMARY', 'M_FFE', 'M', 'FFE'], EchoTime: 7.001 },
        { ImageType: ['ORIGINAL', 'PRIMARY', 'M_FFE', 'M', 'FFE'], EchoTime: 10 },
        { ImageType: ['ORIGINAL', 'PRIMARY', 'PHASE MAP', 'P', 'FFE'], EchoTime: 7.001 },
        { ImageType: ['ORIGINAL', 'PRIMARY', 'PHASE MAP', 'P', 'FFE'], EchoTime: 10 },
      ],
    ],
    ['enhanced-mr-siemens-xa10-4', 4, 6, [1, 2, 3, 4].map(TemporalPositionIndex => ({ TemporalPositionIndex }))],
    ['enhanced-mr-philips-implicit', 4, 8, [1, 2, 3, 4].map(TemporalPositionIndex => ({ TemporalPositionIndex }))],
    [
      'enhanced-mr-philips-fmap',
      2,
      32,
      [{ FrameType: ['ORIGINAL', 'PRIMARY', 'T1', 'M'] }, { FrameType: ['ORIGINAL', 'PRIMARY', 'T1', 'FIELD_MAP'] }],
    ],
    ['enhanced-mr-siemens-xa30-fieldmap', 1, 33, [{}]],
    ['enhanced-mr-siemens-xa30-color-fa', 1, 39, [{}]],
    ['enhanced-mr-hyperfine', 1, 8, [{}]],
  ])('%s: %i volumes of %i', async (folder, count, slices, attributes) => {
    const meta = (await metasOfFolder(join(SHARED, 'dicom', folder))).find(one => one.volumes().length > 0)!
    const volumes = meta.volumes()
    expect(volumes.map(volume => volume.slices.length)).toEqual(new Array(count).fill(slices))
    expect(volumes.slice(0, attributes.length).map(volume => volume.attributes)).toEqual(attributes)
    // Every frame is in one volume, and in each the slices go one way along one normal.
    expect(volumes.flatMap(({ frames }) => frames).sort((a, b) => a - b)).toEqual(
      Array.from({ length: count * slices }, (_, i) => i),
    )
    const { values } = meta.getFrameNumbers('ImagePositionPatient')
    const o = meta.getFrameNumbers('ImageOrientationPatient').values
    const normal = [o[1] * o[5] - o[2] * o[4], o[2] * o[3] - o[0] * o[5], o[0] * o[4] - o[1] * o[3]]
    for (const { frames } of volumes) {
      const along = frames.map(frame => normal.reduce((sum, part, k) => sum + part * values[frame * 3 + k], 0))
      for (let i = 1; i < along.length; i++) expect(along[i] - along[i - 1]).toBeGreaterThan(0.1)
    }
  })

  test('localizers with three orientations are three', async () => {
    const metas = await metasOfFolder(join(SHARED, 'dicom', 'dicomdir-tree'))
    const localizers = metas.filter(meta => meta.volumes().length === 3)
    expect(localizers.length).toBeGreaterThan(0)
    for (const meta of localizers)
      for (const { slices, attributes } of meta.volumes()) {
        expect(slices).toHaveLength(1)
        expect(Object.keys(attributes)).toEqual(['ImageOrientationPatient'])
      }
  })
})
