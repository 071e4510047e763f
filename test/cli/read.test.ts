import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { latin1, writePart10 } from '../../src/cli/demo/part10.ts'
import { sliceElements } from '../generate/slice.ts'
import { packed, run, runJson, temporaryFolder, writeFiles } from './run.ts'

interface GetJson {
  [tag: string]: { tag: string; vr: string; shared: boolean; slices?: number[]; values: unknown[] }
}

const NAN = Uint8Array.of(0, 0, 0, 0, 0, 0, 0xf8, 0x7f)
const INF = Uint8Array.of(0, 0, 0, 0, 0, 0, 0xf0, 0x7f)
const BIG = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)
/** What a terminal, a spreadsheet or a page may take for more than text. */
const ACTIVE = '=cmd|"/c calc"!A1\u001b]0;x\u0007\u009b31m\u202e\u2066<b>'

function hostileFolder(): string {
  const file = (index: number) =>
    writePart10({
      elements: sliceElements('hostile', index, {
        '00080005': ['CS', 'ISO_IR 192'],
        '00080018': ['UI', `1.2.3.${index}`],
        '0008103E': ['LO', new TextEncoder().encode(ACTIVE)],
        '00100010': ['PN', new TextEncoder().encode(`=1+1^${index}\u001b[2J=\u5c71\u7530`)],
        '00181151': ['IS', index ? '-3' : 'ma\u001bny'],
        '00189305': ['FD', index ? NAN : INF],
        '00203401': ['CS', index ? '' : 'A'],
        '00289001': ['UL', 7],
        '00291001': ['OB', latin1('\u0001\u0002\u0003\u0004')],
        '00720082': ['SV', BIG],
        '00720083': ['UV', BIG],
        '00204000': ['LT', `line 1\r\nline "2", ${index}`],
      }),
    })
  return writeFiles(temporaryFolder(), { '1.dcm': file(0), '2.dcm': file(1), 'no\u001b[31m.txt': 'text' })
}

let source: string
let cube: string
beforeAll(async () => {
  source = hostileFolder()
  cube = join(temporaryFolder(), 'hostile.dcbs')
  expect((await run(['pack', source, '-o', cube])).code).toBe(0)
})

test('get --json: the keys as typed, values by VR and VM, null for what is none', async () => {
  const { json } = await runJson<GetJson>(
    'get',
    cube,
    '(0020,0013)',
    'ImagePositionPatient',
    'Rows',
    'RevolutionTime',
    'XRayTubeCurrent',
    'PatientID',
    'PixelPaddingValue',
    '00720083',
  )
  expect(Object.keys(json)).toEqual([
    '(0020,0013)',
    'ImagePositionPatient',
    'Rows',
    'RevolutionTime',
    'XRayTubeCurrent',
    'PatientID',
    'PixelPaddingValue',
    '00720083',
  ])
  expect(json['(0020,0013)']).toEqual({ tag: '00200013', vr: 'IS', shared: false, values: [1, 2] })
  expect(json.ImagePositionPatient.values).toEqual([
    [-12, -9.5, 40],
    [-12, -9.5, 38.5],
  ])
  expect(json.Rows).toEqual({ tag: '00280010', vr: 'US', shared: true, values: [12] })
  expect(json.RevolutionTime.values).toEqual([null, null])
  expect(json.XRayTubeCurrent.values).toEqual([null, -3])
  expect(json.PatientID).toEqual({ tag: '00100020', vr: 'LO', shared: true, values: ['GEN-0001'] })
  expect(json.PixelPaddingValue).toEqual({ tag: '00280120', vr: 'US', shared: false, values: [null, null] })
  expect(json['00720083'].values).toEqual([['18446744073709551615']])
})

test('get --slice, and paths into sequences', async () => {
  const { cube } = await packed('explicit-le-sequences')
  const all = await runJson<GetJson>('get', cube, 'InstanceNumber')
  const some = await runJson<GetJson>('get', cube, 'InstanceNumber', '--slice', '-1,0')
  expect(some.json.InstanceNumber).toMatchObject({
    slices: [3, 0],
    values: [all.json.InstanceNumber.values[3], all.json.InstanceNumber.values[0]],
  })
})

test('a cube, its folder and one of its files give the same values', async () => {
  const tags = ['InstanceNumber', 'PatientName', 'SeriesInstanceUID']
  const fromCube = await runJson<GetJson>('get', cube, ...tags)
  expect(await runJson('get', source, ...tags)).toMatchObject({ code: 0, json: fromCube.json })
  const fromFile = await runJson<GetJson>('get', join(source, '2.dcm'), ...tags)
  expect(fromFile.json.InstanceNumber.values).toEqual([2])
  for (const verb of ['show', 'json']) expect((await run([verb, source])).out).toBe((await run([verb, cube])).out)
})

test('--series is for folders', async () => {
  const { code, err } = await run(['get', cube, 'Rows', '--series', '1.2'])
  expect([code, err]).toEqual([2, `dicube: --series is for a folder of DICOM files; ${cube} is a file\n`])
})

test('get prints what is shared above a table of slices', async () => {
  const { out, err } = await run(['get', cube, 'Rows', 'InstanceNumber', 'AcquisitionType', 'PixelPaddingValue'])
  expect(out).toBe(
    [
      'Shared by all 2 slices:',
      'Rows  12',
      '',
      'Slice  InstanceNumber  AcquisitionType  PixelPaddingValue',
      '─────  ──────────────  ───────────────  ─────────────────',
      '    0               1                -                  -',
      '    1               2                -                  -',
      '',
    ].join('\n'),
  )
  expect(err).toBe('dicube: AcquisitionType: no slice has it\ndicube: PixelPaddingValue: no slice has it\n')
})

test('get --csv is RFC 4180, and no formula', async () => {
  const { out } = await run([
    'get',
    cube,
    'InstanceNumber',
    'PatientName',
    'XRayTubeCurrent',
    'ImagePositionPatient',
    'ImageComments',
    '00291001',
    'PixelPaddingValue',
    '--csv',
  ])
  expect(out.split('\r\n')[0]).toBe(
    'slice,InstanceNumber,PatientName,XRayTubeCurrent,ImagePositionPatient,ImageComments,00291001,PixelPaddingValue',
  )
  expect(out).toContain("1,2,'=1+1^1\\u001b[2J=山田,-3,-12\\-9.5\\38.5")
  expect(out).toContain(',"line 1\r\nline ""2"", 1",AQIDBA==,\r\n')
})

test('json is an array with one instance a line, or one object', async () => {
  const all = await run(['json', cube])
  const instances = JSON.parse(all.out) as Record<string, { Value: unknown[] }>[]
  expect(instances.map(instance => instance['00200013'].Value)).toEqual([[1], [2]])
  expect(instances[0]['7FE00010']).toBeUndefined()
  expect(all.out.split('\n')).toHaveLength(5)
  expect(Object.keys(instances[0])).toEqual(Object.keys(instances[0]).sort())
  expect(JSON.parse((await run(['json', cube, '--slice', '-1'])).out)).toEqual(instances[1])
  expect(JSON.parse((await run(['json', cube, '--slice', '1:2'])).out)).toEqual([instances[1]])
})

test('show fits a terminal', async () => {
  const { out } = await run(['show', cube], { isTerminal: true, columns: 72 })
  expect(Math.max(...out.split('\n').map(line => line.length))).toBeLessThanOrEqual(72)
  expect((await run(['show', cube, '--shared'])).out).not.toContain('Per slice')
  expect((await run(['show', cube, '--per-slice'])).out).toMatch(/^Per slice: \d+ elements\n/)
  const { json } = await runJson<{ sliceCount: number; elements: GetJson }>('show', cube, '--shared')
  expect(json.elements['00280010']).toEqual({ tag: '00280010', vr: 'US', shared: true, values: [12] })
})

describe('nothing of a file reaches a terminal as more than text', () => {
  test.each([
    ['pack', () => ['pack', source, '-o', cube, '--force']],
    ['pack --json', () => ['pack', source, '-o', cube, '--force', '--json']],
    ['show', () => ['show', cube]],
    ['get', () => ['get', cube, 'PatientName', 'SeriesDescription', 'XRayTubeCurrent']],
    ['get --json', () => ['get', cube, 'PatientName', 'SeriesDescription', '--json']],
    ['get --csv', () => ['get', cube, 'PatientName', 'SeriesDescription', '--csv']],
    ['json', () => ['json', cube]],
    ['info --patient', () => ['info', cube, '--patient']],
    ['info --json', () => ['info', cube, '--patient', '--json']],
    ['verify --against', () => ['verify', cube, '--against', source]],
  ])('%s', async (_, argv) => {
    const { code, out, err } = await run(argv(), { isTerminal: true, columns: 500 })
    expect(code).toBe(0)
    expect((out + err).replaceAll('\r\n', '\n')).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
  })
})
