import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { CubeInfo } from '../../src/dcbs/info.ts'
import { parsePart10 } from '../../src/dicom/parse.ts'
import { CommonTags, folderEntries, load, save } from '../../src/node.ts'
import { generatedSeries } from '../generate/encodings.ts'
import { hasShared, SHARED } from '../shared.ts'
import { generatedFolder, type PackJson, packed, run, runJson, temporaryFolder, writeFiles } from './run.ts'

type InfoJson = CubeInfo & { series: Record<string, unknown>; patient?: Record<string, unknown> }
interface VerifyJson {
  ok: boolean
  checksums: { ok: boolean; message?: string }
  files: { identical: number; changed: number; different: number }
  against: { identical: number; different: number; missing: string[]; additional: string[] } | null
  slices: { index: number; fileName: string; result: string; message?: string }[]
}

test('every byte has one owner, and the headers are those of the files', async () => {
  // Those where header and pixels are hard to tell apart, and some of the others.
  const names = generatedSeries()
    .filter(series => series.expect === 'identical' && series.cubes === 1)
    .map(series => series.name)
    .filter((name, i) => i % 8 === 0 || /deflate|behind|trailing|rle|jpeg|fragment|offset|no-pixel/.test(name))
  expect(names.length).toBeGreaterThan(20)
  for (const name of names) {
    const source = generatedFolder(name)
    const cube = join(temporaryFolder(), 'x.dcbs')
    expect((await run(['pack', source, '-o', cube])).code).toBe(0)
    const { json: info } = await runJson<InfoJson>('info', cube)
    let headerBytes = 0
    let originalBytes = 0
    for await (const entry of folderEntries(source)) {
      const instance = await parsePart10(entry.source)
      headerBytes += instance.header.length
      originalBytes += instance.sizeBytes
    }
    expect([name, info.headerBytes, info.originalBytes]).toEqual([name, headerBytes, originalBytes])
    expect(info.fileBytes).toBe(readFileSync(cube).length)
    expect(info.sections.reduce((at, { offset, length }) => (offset === at ? at + length : Number.NaN), 0)).toBe(
      info.fileBytes,
    )
    expect(info.metadataBytes + info.frameBytes + info.v1ViewBytes + info.digestBytes + info.nameBytes).toBe(
      info.fileBytes,
    )
    expect(info.nameBytes).toBeGreaterThan(0)
    expect([info.restorable, info.changedSlices]).toEqual([true, []])
  }
}, 300_000)

test('info --json tells each slice, and the patient only when asked', async () => {
  const { cube } = await packed()
  const { json } = await runJson<InfoJson>('info', cube)
  expect(json).toMatchObject({
    format: 'dicube',
    versions: { format: 1, read: 1, write: 1 },
    sliceCount: 4,
    frameCount: 4,
    storedFrameCount: 4,
    attachments: [],
    report: {},
  })
  expect(json.slices[0]).toMatchObject({
    index: 0,
    fileName: 'IM1.dcm',
    sopInstanceUID: expect.stringMatching(/^2\.25\./),
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    report: [],
  })
  expect(json.series).toMatchObject({ modality: 'CT', sopClassUID: '1.2.840.10008.5.1.4.1.1.2' })
  expect(JSON.stringify(json)).not.toContain('Demo')
  expect((await run(['info', cube])).out).not.toContain('Demo^')
  expect((await run(['info', cube, '--patient'])).out).toMatch(/PatientName +Demo\^Generated/)
  expect((await runJson<InfoJson>('info', cube, '--patient')).json.patient).toMatchObject({
    patientName: { Alphabetic: 'Demo^Generated' },
  })
})

test('info counts what was odd in the files', async () => {
  const { cube } = await packed('no-preamble')
  const { json } = await runJson<InfoJson>('info', cube)
  expect(json.report['no-preamble']).toBe(3)
  expect((await run(['info', cube])).out).toContain('no-preamble, 3 files: no preamble and no "DICM"')
})

test('verify: checksums, originals, and a folder', async () => {
  const { source, cube } = await packed()
  const { code, out } = await run(['verify', cube, '--against', source])
  expect(code).toBe(0)
  expect(out.trimEnd().split('\n').pop()).toBe(`Verified: ${cube} gives back 4 files bit for bit`)
  writeFileSync(join(source, 'IM2.dcm'), readFileSync(join(source, 'IM1.dcm')))
  writeFiles(source, { 'more.txt': 'text' })
  const other = await runJson<VerifyJson>('verify', cube, '--against', source)
  expect([other.code, other.json.ok]).toEqual([1, false])
  expect(other.json.against).toMatchObject({ identical: 3, different: 1, missing: [], additional: ['more.txt'] })
  const empty = await runJson<VerifyJson>('verify', cube, '--against', temporaryFolder())
  expect([empty.code, empty.json.against?.missing]).toEqual([1, ['IM1.dcm', 'IM2.dcm', 'IM3.dcm', 'IM4.dcm']])
  expect((await run(['verify', cube, '--against', 'nowhere'])).code).toBe(2)
})

test('verify: a flipped bit in any section is noticed', async () => {
  const { cube } = await packed('private-explicit')
  const { json } = await runJson<InfoJson>('info', cube)
  const bytes = readFileSync(cube)
  for (const { name, offset, length } of json.sections) {
    if (!length) continue
    bytes[offset + (length >> 1)] ^= 4
    writeFileSync(cube, bytes)
    const { code, out } = await run(['verify', cube, '--json'])
    const found = JSON.parse(out) as VerifyJson & { error?: object }
    expect([name, code, found.ok === false || found.error !== undefined]).toEqual([name, 1, true])
    bytes[offset + (length >> 1)] ^= 4
  }
  writeFileSync(cube, bytes)
  expect((await run(['verify', cube])).code).toBe(0)
})

test('verify: changed metadata is said, and no fault', async () => {
  const { cube } = await packed()
  const image = await load(cube)
  image.meta.setShared(CommonTags.PatientName, { Alphabetic: 'Other^Name' })
  const changed = join(temporaryFolder(), 'changed.dcbs')
  await save(image, changed)
  await image.close()
  const { code, json } = await runJson<VerifyJson>('verify', changed)
  expect([code, json.ok, json.files]).toEqual([0, true, { identical: 0, changed: 4, different: 0, noOriginal: 0 }])
  expect((await run(['verify', changed])).out).toContain('Changed:\n  IM1.dcm\n')
  expect((await runJson<InfoJson>('info', changed)).json).toMatchObject({
    restorable: false,
    changedSlices: [0, 1, 2, 3],
  })
  const unpacked = await run(['unpack', changed, '-o', join(temporaryFolder(), 'x')])
  expect(unpacked.out).toContain('Not as the original, as the metadata was changed after packing: 4 files')
})

test.runIf(hasShared)('files of the Python package: info, get, show, json, verify, unpack', async () => {
  const cube = join(SHARED, 'golden', 'ct_basic.dcbs')
  const { json } = await runJson<InfoJson>('info', cube)
  expect(json).toMatchObject({ format: 'v1', sliceCount: 4, headerBytes: null, originalBytes: null, restorable: false })
  expect(json.sections.reduce((sum, { length }) => sum + length, 0)).toBe(json.fileBytes)
  for (const argv of [
    ['get', cube, 'InstanceNumber'],
    ['show', cube],
    ['json', cube],
    ['verify', cube],
    ['info', cube],
  ])
    expect([argv[0], (await run(argv)).code]).toEqual([argv[0], 0])
  const { code, err } = await run(['unpack', cube, '-o', join(temporaryFolder(), 'x')])
  expect([code, err]).toEqual([0, expect.stringContaining('keeps no original files')])
  expect((await run(['bench', cube])).code).toBe(1)
})

test('pack --no-v1 has no view', async () => {
  const source = generatedFolder('explicit-le-sequences')
  const cube = join(temporaryFolder(), 'x.dcbs')
  const { json } = await runJson<PackJson>('pack', source, '-o', cube, '--no-v1')
  expect(json.cubes[0]).toMatchObject({ v1ViewBytes: 0 })
})
