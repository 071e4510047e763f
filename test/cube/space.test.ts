import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { DicomMeta } from '../../src/cube/meta.ts'
import { Space, spaceOf, type Vec3 } from '../../src/cube/space.ts'
import { statusOf } from '../../src/cube/status.ts'
import type { DicomJson, JsonElement } from '../../src/dicom/json.ts'
import { hasShared, SHARED } from '../shared.ts'
import { metaOfDataSets, metasOfFolder } from './metas.ts'

const US = (value: number): JsonElement => ({ vr: 'US', Value: [value] })
const DS = (...Value: number[]): JsonElement => ({ vr: 'DS', Value })
const SLICE: DicomJson = {
  '0020000E': { vr: 'UI', Value: ['1.2.3'] },
  '00200037': DS(1, 0, 0, 0, 1, 0),
  '00280010': US(12),
  '00280011': US(16),
  '00280030': DS(0.5, 0.75),
  '00280100': US(16),
  '00280101': US(12),
  '00280102': US(11),
  '00280103': US(0),
}
type Changes = Record<string, JsonElement | undefined>
/** A series of slices with instance numbers from 1 on, at these positions, and with these changes. */
const series = (positions: readonly Vec3[], changes: (i: number) => Changes = () => ({})): DicomMeta =>
  metaOfDataSets(
    positions.map((position, i) => {
      const merged = { ...SLICE, '00200013': { vr: 'IS', Value: [i + 1] }, '00200032': DS(...position), ...changes(i) }
      return Object.fromEntries(Object.entries(merged).filter(([, element]) => element)) as DicomJson
    }),
  )
const stack = (...zs: number[]) => zs.map((z): Vec3 => [-10, 20, z])

describe('spaceOf', () => {
  test('axes are x, y, z; Pixel Spacing has the rows first', () => {
    const space = spaceOf(series(stack(100, 102.5, 105)), 3)!
    expect(JSON.parse(JSON.stringify(space))).toEqual({
      shape: [16, 12, 3],
      origin: [-10, 20, 100],
      spacing: [0.75, 0.5, 2.5],
      x_orientation: [1, 0, 0],
      y_orientation: [0, 1, 0],
      z_orientation: [0, 0, 1],
    })
    expect(space.toAffine()).toEqual([0.75, 0, 0, -10, 0, 0.5, 0, 20, 0, 0, 2.5, 100, 0, 0, 0, 1])
    expect(Space.fromJson(JSON.parse(JSON.stringify(space)))).toEqual(space)
  })

  test('a tilted gantry is kept: voxels and patient are one to one', () => {
    const tilt = (20 * Math.PI) / 180
    const orientation = DS(1, 0, 0, 0, Number(Math.cos(tilt).toFixed(9)), Number((-Math.sin(tilt)).toFixed(9)))
    const meta = series(stack(100, 105, 110), () => ({ '00200037': orientation }))
    const space = spaceOf(meta, 3)!
    expect(space.isOrthogonal).toBe(false)
    expect(space.zOrientation).toEqual([0, 0, 1])
    expect(space.toPatient([0, 0, 2])).toEqual([-10, 20, 110])
    const voxel: Vec3 = [3, 7.5, 1.25]
    for (const [k, value] of space.toVoxel(space.toPatient(voxel)).entries()) expect(value).toBeCloseTo(voxel[k], 10)
    expect(statusOf(meta)).toBe('consistent')
  })

  test('the frames of an enhanced instance lie where their functional groups say', () => {
    const frame = (x: number): DicomJson => ({ '00209113': { vr: 'SQ', Value: [{ '00200032': DS(x, 2, 3) }] } })
    const meta = metaOfDataSets([
      {
        '00280010': US(12),
        '00280011': US(16),
        '52009229': {
          vr: 'SQ',
          Value: [
            {
              '00209116': { vr: 'SQ', Value: [{ '00200037': DS(0, 1, 0, 0, 0, -1) }] },
              '00289110': { vr: 'SQ', Value: [{ '00280030': DS(2, 3) }] },
            },
          ],
        },
        '52009230': { vr: 'SQ', Value: [frame(5), frame(5.5), frame(6)] },
      },
    ])
    expect(spaceOf(meta, 3)?.toAffine()).toEqual([0, 0, 0.5, 5, 3, 0, 0, 2, 0, -2, 0, 3, 0, 0, 0, 1])
    expect(spaceOf(meta, 2)?.shape).toEqual([16, 12, 2])
    expect(spaceOf(meta, 4)).toBeUndefined()
  })

  test.each<[string, DicomMeta]>([
    ['uneven steps', series(stack(0, 1, 3))],
    ['no step', series(stack(5, 5, 5))],
    [
      'positions beside the line',
      series([
        [0, 0, 0],
        [1, 0, 1],
        [0, 0, 2],
      ]),
    ],
    ['a slice without a position', series(stack(0, 1, 2), i => (i === 1 ? { '00200032': undefined } : {}))],
    ['orientations that differ', series(stack(0, 1, 2), i => (i === 1 ? { '00200037': DS(0, 1, 0, 0, 0, 1) } : {}))],
    ['directions that are none', series(stack(0, 1, 2), () => ({ '00200037': DS(1, 0, 0, 1, 0, 0) }))],
    ['no spacing', series(stack(0, 1, 2), () => ({ '00280030': undefined }))],
  ])('no grid: %s', (_, meta) => {
    expect(spaceOf(meta, 3)).toBeUndefined()
  })

  test('one slice is as thick as it says', () => {
    expect(
      spaceOf(
        series(stack(1), () => ({ '00180050': DS(4) })),
        1,
      )?.spacing,
    ).toEqual([0.75, 0.5, 4])
    expect(spaceOf(series(stack(1)), 1)?.spacing).toEqual([0.75, 0.5, 1])
  })

  test.skipIf(!hasShared).each(['mr-siemens-xa30-classic-33', 'mr-hitachi-implicit-4', 'ct-ge-lidc-17-small'])(
    'real, %s: each slice lies where PS3.3 §C.7.6.2.1.1 says',
    async name => {
      const [meta] = await metasOfFolder(join(SHARED, 'dicom', name))
      const space = spaceOf(meta, meta.sliceCount)!
      for (let slice = 0; slice < meta.sliceCount; slice++) {
        const [o, p, s] = ['00200037', '00200032', '00280030'].map(tag => meta.element(tag, slice)!.Value as number[])
        const [column, row] = [space.shape[0] - 1, space.shape[1] - 1]
        const wanted = p.map((value, k) => value + o[k] * s[1] * column + o[k + 3] * s[0] * row)
        for (const [k, value] of space.toPatient([column, row, slice]).entries())
          expect(Math.abs(value - wanted[k])).toBeLessThan(0.01)
      }
    },
  )

  test.each<[string, unknown, string]>([
    ['no object', [], 'space: shape is not three finite numbers'],
    ['another key', { shape: [1, 1, 1], extra: 1 }, 'space: the key "extra"'],
    ['a shape of nothing', { ...unitSpace(), shape: [0, 1, 1] }, 'space: a shape of 0,1,1'],
    ['spacing below 0', { ...unitSpace(), spacing: [1, -1, 1] }, 'space: a spacing of 1,-1,1'],
    ['no direction', { ...unitSpace(), x_orientation: [0, 0, 0] }, 'space: an orientation of length 0'],
    ['a plane', { ...unitSpace(), z_orientation: [1, 0, 0] }, 'space: orientations in one plane'],
  ])('JSON is refused: %s', (_, json, message) => {
    expect(() => Space.fromJson(json)).toThrow(expect.objectContaining({ code: 'corrupt', message }))
  })
})

function unitSpace() {
  return {
    shape: [1, 1, 1],
    origin: [0, 0, 0],
    spacing: [1, 1, 1],
    x_orientation: [1, 0, 0],
    y_orientation: [0, 1, 0],
    z_orientation: [0, 0, 1],
  }
}

const up = stack(0, 1, 2)
const only = (i: number, changes: Changes) => (slice: number) => (slice === i ? changes : {})
const always = (changes: Changes) => () => changes
test.each<[string, DicomMeta]>([
  ['consistent', series(up)],
  ['consistent', series(stack(0, -1, -2))],
  ['consistent', series(stack(5))],
  ['consistent', series(up, i => ({ '00200037': DS(1, 0, i * 1e-6, 0, 1, 0) }))],
  ['missing_series_uid', series(up, always({ '0020000E': undefined }))],
  ['non_uniform_series_uid', series(up, only(1, { '0020000E': { vr: 'UI', Value: ['1.2.4'] } }))],
  ['missing_instance_number', series(up, always({ '00200013': undefined }))],
  ['missing_instance_number', series(up, only(0, { '00200013': undefined }))],
  ['duplicate_instance_numbers', series(up, only(0, { '00200013': { vr: 'IS', Value: [2] } }))],
  ['gap_instance_number', series(up, only(0, { '00200013': { vr: 'IS', Value: [9] } }))],
  ['missing_dtype', series(up, always({ '00280102': undefined }))],
  ['non_uniform_dtype', series(up, only(1, { '00280103': US(1) }))],
  ['non_uniform_dtype', series(up, only(1, { '00280103': undefined }))],
  ['missing_spacing', series(up, always({ '00280030': undefined }))],
  ['non_uniform_spacing', series(up, only(1, { '00280030': DS(0.5, 0.8) }))],
  ['missing_shape', series(up, always({ '00280010': undefined }))],
  ['non_uniform_shape', series(up, only(1, { '00280010': US(13) }))],
  ['missing_orientation', series(up, always({ '00200037': undefined }))],
  ['non_uniform_orientation', series(up, only(1, { '00200037': DS(0, 1, 0, 0, 0, 1) }))],
  ['missing_location', series(up, always({ '00200032': undefined }))],
  ['consistent', series(up, i => ({ '00200032': undefined, '00201041': DS(i) }))],
  ['reversed_location', series(stack(0, 1, 0.5))],
  ['dwelling_location', series(stack(0, 1, 1))],
  ['gap_location', series(stack(0, 1, 2, 5))],
  ['gap_location', series(stack(5, 2, 1, 0))],
  ['non_uniform_rescale_factor', series(up, i => ({ '00281052': DS(0), '00281053': DS(1 + i) }))],
])('status %s', (status, meta) => {
  expect(statusOf(meta)).toBe(status)
})
