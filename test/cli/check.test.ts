import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { faultless, faults } from '../generate/faults.ts'
import { slices } from '../generate/slice.ts'
import { run, runJson, temporaryFolder, writeFiles } from './run.ts'

interface CheckJson {
  series: {
    seriesInstanceUID: string
    sliceCount: number
    status: string
    findings: {
      code: string
      severity: string
      message: string
      slices: number[]
      expected?: unknown
      found?: unknown
    }[]
    volumes: { slices: number[]; frames: number[]; attributes: Record<string, unknown> }[]
    geometry: Record<string, boolean | null>
  }[]
  skipped: { name: string }[]
  refused: { name: string; code: string }[]
}

const folderOf = (
  files: readonly { path: string; bytes: Uint8Array }[],
  more: Record<string, Uint8Array | string> = {},
) => writeFiles(temporaryFolder(), { ...Object.fromEntries(files.map(({ path, bytes }) => [path, bytes])), ...more })
const faulty = (code: string) => faults().find(fault => fault.code === code)!

let clean: string
beforeAll(() => {
  clean = folderOf(faultless())
})

test('a clean folder: one line, and its geometry', async () => {
  const { code, out, err } = await run(['check', clean, '--fail-on', 'warning'])
  expect(out).toBe(`${clean}: 6 slices, 1 volume, nothing found\nstatus consistent, regularly_spaced_3d_volume true\n`)
  expect({ code, err }).toEqual({ code: 0, err: '' })
})

test('a folder with a fault: a table, graver ones first', async () => {
  const folder = folderOf(faulty('missing-positions').files)
  const { code, out } = await run(['check', folder])
  expect(code).toBe(0)
  expect(out).toContain(`${folder}: 6 slices, 1 volume, 1 error, no warnings, no notes`)
  expect(out).toContain('status gap_location, regularly_spaced_3d_volume false: not uniform_slice_spacing')
  expect(out).toMatch(/^error +missing-positions +2-3 +1 place without a slice, at 35.5 mm along the normal$/m)
})

describe('--fail-on', () => {
  test.each([
    ['missing-positions', 'error', 1],
    ['missing-positions', 'warning', 1],
    ['irregular-spacing', 'error', 0],
    ['irregular-spacing', 'warning', 1],
    ['window-varies', 'warning', 0],
  ] as const)('%s, %s: exit %i', async (fault, severity, code) => {
    expect((await run(['check', folderOf(faulty(fault).files), '--fail-on', severity])).code).toBe(code)
  })

  test('an instance that cannot be read is a slice that is not there', async () => {
    const folder = folderOf(faultless(), { 'cut.dcm': faultless()[0].bytes.slice(0, 500) })
    expect((await run(['check', folder])).code).toBe(0)
    const { code, out } = await run(['check', folder, '--fail-on', 'error'])
    expect(code).toBe(1)
    expect(out).toContain('1 file refused:\n  cut.dcm: ')
  })

  test('a severity that is none', async () => {
    expect(await run(['check', clean, '--fail-on', 'errors'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('--fail-on "errors": wanted error, warning; did you mean error?'),
    })
  })
})

test('a cube says what its folder says, and what was measured of its frames', async () => {
  const { files } = faulty('blank-frames')
  const folder = folderOf(files)
  const cube = join(temporaryFolder(), 'a.dcbs')
  const packed = await run(['pack', folder, '-o', cube])
  expect(packed.out).toContain(`Check: no errors, no warnings, 1 note; dicube check ${cube} says which`)
  const fromFolder = await runJson<CheckJson>('check', folder)
  const fromCube = await runJson<CheckJson>('check', cube)
  expect(fromFolder.json.series[0].findings).toEqual([])
  expect(fromCube.json.series[0].findings).toEqual([
    { code: 'blank-frames', severity: 'note', message: '1 frame of one value only', slices: [2] },
  ])
  expect({ ...fromCube.json.series[0], findings: [] }).toEqual(fromFolder.json.series[0])
})

test('--json', async () => {
  const { code, json } = await runJson<CheckJson>('check', folderOf(faulty('incomplete-volume').files))
  expect(code).toBe(0)
  expect(json).toMatchObject({ skipped: [], refused: [] })
  const [series] = json.series
  expect(series).toMatchObject({ sliceCount: 7, status: 'reversed_location' })
  expect(series.findings).toEqual([
    {
      code: 'incomplete-volume',
      severity: 'error',
      message: 'a volume (EchoTime 20) of 3 slices, others have 4',
      slices: [4, 5, 6],
      expected: 4,
      found: 3,
    },
  ])
  expect(series.volumes).toEqual([
    { slices: [3, 2, 1, 0], frames: [3, 2, 1, 0], attributes: { EchoTime: 10 } },
    { slices: [6, 5, 4], frames: [6, 5, 4], attributes: { EchoTime: 20 } },
  ])
  expect(Object.keys(series.geometry)).toEqual([
    'single_orientation',
    'orthogonal_orientation',
    'unique_slice_positions',
    'consistent_in_plane_row',
    'consistent_in_plane_col',
    'consistent_pixel_spacing',
    'consistent_image_dimensions',
    'uniform_slice_spacing',
    'regularly_spaced_3d_volume',
  ])
})

test('the volumes of a series, and what sets them apart', async () => {
  const { out } = await run(['check', folderOf(faulty('several-orientations').files)])
  expect(out).toContain('Volume  Slices  In geometric order  Set apart by')
  expect(out).toContain('     1       1                   1  ImageOrientationPatient 0\\1\\0\\0\\0\\-1')
})

test('a folder of several series: each of them, or one', async () => {
  const folder = folderOf([
    ...slices('series a', 3),
    ...slices('series b', 2).map(file => ({ ...file, path: `b/${file.path}` })),
  ])
  const { json } = await runJson<CheckJson>('check', folder)
  expect(json.series.map(({ sliceCount }) => sliceCount)).toEqual([3, 2])
  const [, second] = json.series
  const one = await runJson<CheckJson>('check', folder, '--series', second.seriesInstanceUID)
  expect(one.json.series).toEqual([second])
  const text = await run(['check', folder])
  expect(text.out).toContain(`${second.seriesInstanceUID} series b: 2 slices`)
  expect((await run(['check', folder, '--series', '1.2.3'])).code).toBe(2)
})

test('one DICOM file; nothing; a folder without instances', async () => {
  const { json } = await runJson<CheckJson>('check', join(clean, 'IM3.dcm'))
  expect(json.series).toMatchObject([{ sliceCount: 1, status: 'consistent', findings: [] }])
  expect((await run(['check', join(clean, 'no such')])).code).toBe(2)
  expect((await run(['check', writeFiles(temporaryFolder(), { 'a.txt': 'text' })])).code).toBe(1)
})

test('text of a file cannot move the cursor', async () => {
  const folder = folderOf(
    slices('\u001b[31mred', 2, () => ({ '0008103E': ['LO', '\u001b[31mred'] })).concat(
      slices('b', 1).map(file => ({ ...file, path: 'b.dcm' })),
    ),
  )
  expect((await run(['check', folder])).out).not.toContain('\u001b')
})
