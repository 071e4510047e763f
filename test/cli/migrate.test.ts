import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ByteSink } from '../../src/bytes/sink.ts'
import { encodeHtj2k } from '../../src/codec/htj2k.ts'
import { compressZstd } from '../../src/codec/zstd.ts'
import { HEADER_MAGIC, HEADER_VERSION } from '../../src/dcbs/layout.ts'
import { HEADER_FIELDS } from '../../src/dcbs/v1-header.ts'
import { parsePart10 } from '../../src/dicom/parse.ts'
import { load, loadMeta, readInstance, save, sourceFromFile } from '../../src/node.ts'
import { hasShared, SHARED } from '../shared.ts'
import { packed, run, runJson, temporaryFolder } from './run.ts'

const ROWS = 4
const COLUMNS = 6
const PIXELS = ROWS * COLUMNS
const shared = (vr: string, ...Value: unknown[]) => ({ vr, shared: true, Value })
const perSlice = (vr: string, ...Value: unknown[]) => ({ vr, shared: false, Value })

/** Metadata of three slices as the Python package merges it: that of the original files, 12 bits and × 1 - 1024. */
const META = {
  '00080016': shared('UI', '1.2.840.10008.5.1.4.1.1.2'),
  '00080018': perSlice('UI', '1.2.3.1', '1.2.3.2', '1.2.3.3'),
  '0020000E': shared('UI', '1.2.3'),
  '00200013': perSlice('IS', 1, 2, 3),
  '00280002': shared('US', 1),
  '00280004': shared('CS', 'MONOCHROME2'),
  '00280010': shared('US', ROWS),
  '00280011': shared('US', COLUMNS),
  '00280100': shared('US', 16),
  '00280101': shared('US', 12),
  '00280102': shared('US', 11),
  '00280103': shared('US', 0),
  '00281052': shared('DS', -1024),
  '00281053': shared('DS', 1),
}
const HU = Array.from({ length: PIXELS }, (_, i) => -1024 + i * 170)

interface V1Given {
  meta?: Record<string, unknown>
  frames?: Uint8Array[]
  slope?: number
  intercept?: number
}

/** A file in the order in which the Python package writes it. */
async function v1File({ meta = META, frames, slope = 1, intercept = 0 }: V1Given = {}): Promise<string> {
  const frame = await encodeHtj2k(new Uint8Array(Int16Array.from(HU).buffer), size(16, true))
  const given = frames ?? [frame, frame, frame]
  const utf8 = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))
  const header = { RescaleSlope: slope, RescaleIntercept: intercept, PixelDtype: 'int16' }
  const parts = [
    new TextEncoder().encode('consistent'),
    await compressZstd(utf8({ _merged_data: meta, slice_count: 3 }), 3),
    new Uint8Array(0),
    utf8(header),
  ]
  const sink = new ByteSink()
  sink.bytes(new TextEncoder().encode(HEADER_MAGIC))
  sink.u32(HEADER_VERSION)
  let at = 12 + 8 * HEADER_FIELDS.length
  for (const { length } of [...parts, new Uint8Array(8 * given.length), new Uint8Array(8 * given.length)]) {
    sink.u64(at)
    sink.u64(length)
    at += length
  }
  sink.u64(given.length)
  for (const part of parts) sink.bytes(part)
  for (const { length } of given) {
    sink.u64(at)
    at += length
  }
  for (const { length } of given) sink.u64(length)
  for (const bytes of given) sink.bytes(bytes)
  const path = join(temporaryFolder(), 'old.dcbs')
  writeFileSync(path, sink.finish())
  return path
}
const size = (bits: number, signed: boolean) => ({ rows: ROWS, columns: COLUMNS, samples: 1, bits, signed })

interface MigrateJson {
  sliceCount: number
  frameCount: number
  lost: { code: string; tag?: string; slices?: number[]; message: string }[]
  changes: { code: string; message: string }[]
}
const codes = (list: readonly { code: string }[]) => list.map(({ code }) => code)

async function migrated(given: V1Given = {}) {
  const old = await v1File(given)
  const made = join(temporaryFolder(), 'new.dcbs')
  const { code, json } = await runJson<MigrateJson>('migrate', old, '-o', made)
  expect(code).toBe(0)
  return { old, made, json }
}

test('what it prints', async () => {
  const old = await v1File()
  const made = join(temporaryFolder(), 'new.dcbs')
  const { code, out } = await run(['migrate', old, '-o', made], { columns: 300 })
  expect(code).toBe(0)
  expect(out.replace(made, 'new.dcbs').replace(/[\d.]+ k?B/g, '… kB')).toBe(
    `Lost before, and not to be had again from the old file:
  not-kept: the original files, their names, preambles and File Meta Information, their transfer syntax, and how numbers were written
  rescaled-pixels: pixels are modality values; Rescale Slope and Intercept were applied

Set to what is there:
  pixel-attributes: the attributes of the original pixels, set to those that are there: Bits Stored 12 → 16, High Bit 11 → 15, Pixel Representation 0 → 1
  rescale: the pixels are modality values: × 1 + -1024 of the original files became × 1 + 0

Wrote new.dcbs: 3 slices, 3 frames, … kB → … kB
`,
  )
})

test('modality values stay, metadata fits the pixels, and the files are DICOM', async () => {
  const { old, made, json } = await migrated()
  expect(codes(json.lost)).toEqual(['not-kept', 'rescaled-pixels'])
  expect(codes(json.changes)).toEqual(['pixel-attributes', 'rescale'])
  const [before, after] = [await load(old), await load(made)]
  const wanted = [...HU, ...HU, ...HU]
  expect([...(await before.getFdata()).values]).toEqual(wanted)
  expect([...(await after.getFdata()).values]).toEqual(wanted)
  expect(after.describe(0).shape).toMatchObject({ bitsStored: 16, highBit: 15, signed: true })
  await before.close()
  await after.close()

  const folder = join(temporaryFolder(), 'files')
  const { code, err } = await run(['unpack', made, '-o', folder])
  expect([code, err]).toEqual([
    0,
    `dicube: ${made}: was migrated from a file of the Python package, which keeps no original files; these are made from its metadata and pixels\n`,
  ])
  expect(readdirSync(folder)).toEqual(['slice_0000.dcm', 'slice_0001.dcm', 'slice_0002.dcm'])
  for (const [slice, name] of readdirSync(folder).entries()) {
    const path = join(folder, name)
    const instance = await parsePart10(sourceFromFile(path))
    expect(instance).toMatchObject({ report: [], transferSyntaxUid: '1.2.840.10008.1.2.1', preambleBytes: 132 })
    const { offset, length } = instance.pixels!
    const bytes = new Uint8Array(readFileSync(path)).slice(offset, offset + length)
    expect([...new Int16Array(bytes.buffer)]).toEqual(HU)
    expect(await readInstance(path)).toMatchObject({
      '00080018': { Value: [`1.2.3.${slice + 1}`] },
      '00281052': { Value: [0] },
      '00281053': { Value: [1] },
    })
  }
})

test('there are no originals, and every command says so', async () => {
  const { made } = await migrated()
  const verified = await runJson<{ ok: boolean; files: unknown; slices: { result: string }[] }>('verify', made)
  expect(verified.code).toBe(0)
  expect(verified.json.files).toEqual({ identical: 0, changed: 0, different: 0, noOriginal: 3 })
  expect(verified.json.slices.map(slice => slice.result)).toEqual(['no-original', 'no-original', 'no-original'])
  expect((await run(['verify', made], { columns: 300 })).out).toContain(
    `Verified: ${made}: its checksums are right; 3 files made from a file of the Python package, with no original to compare`,
  )
  const info = await runJson<Record<string, unknown>>('info', made)
  expect(info.json).toMatchObject({ originalBytes: null, headerBytes: null, restorable: false, changedSlices: [] })
  expect((await run(['info', made])).out).toMatch(
    /Originals +none: the cube was made from a file of the Python package/,
  )
  const again = join(temporaryFolder(), 'again.dcbs')
  const image = await load(made)
  await save(image, again)
  await image.close()
  expect((await runJson<{ files: unknown }>('verify', again)).json.files).toMatchObject({ noOriginal: 3 })
})

test('saved or unpacked without migrate, a v1 file becomes the same', async () => {
  const { old, made } = await migrated()
  const saved = join(temporaryFolder(), 'saved.dcbs')
  const image = await load(old)
  await save(image, saved)
  expect(readFileSync(saved).equals(readFileSync(made))).toBe(true)
  // Metadata that was changed since is taken as it is.
  image.meta.setShared('PatientName', { Alphabetic: 'New^Name' })
  await save(image, saved)
  await image.close()
  expect((await loadMeta(saved)).getSharedValue('PatientName')).toEqual({ Alphabetic: 'New^Name' })
  const folders = [join(temporaryFolder(), 'a'), join(temporaryFolder(), 'b')]
  for (const [i, path] of [old, made].entries()) expect((await run(['unpack', path, '-o', folders[i]])).code).toBe(0)
  for (const name of readdirSync(folders[0]))
    expect(readFileSync(join(folders[0], name)).equals(readFileSync(join(folders[1], name)))).toBe(true)
})

describe('attributes that hold a stored value', () => {
  test('move with the pixels', async () => {
    const { made, json } = await migrated({
      meta: {
        ...META,
        '00280106': perSlice('US', 0, 1, 2),
        '00280107': shared('US', 3910),
        '00280120': shared('US', 24),
      },
    })
    expect(codes(json.changes)).toEqual(['pixel-attributes', 'rescale'])
    const meta = await loadMeta(made)
    expect(meta.getValues('00280106')).toEqual([-1024, -1023, -1022])
    expect([meta.getSharedValue('00280107'), meta.getSharedValue('00280120')]).toEqual([2886, -1000])
    expect(meta.getVr('00280120')).toBe('SS')
  })

  test('and are left out where the new pixels cannot have them', async () => {
    const { made, json } = await migrated({ meta: { ...META, '00280120': shared('US', 63000) } })
    expect(json.changes.find(({ code }) => code === 'value-removed')?.message).toBe(
      '(0028,0120): stored values of the original pixels that these cannot have',
    )
    expect((await loadMeta(made)).has('00280120')).toBe(false)
  })
})

test('a slope of many digits is cut to the 16 characters of a DS, and that is said', async () => {
  const { made, json } = await migrated({ slope: 0.3370998561074235, intercept: -0.1 })
  expect(codes(json.changes)).toContain('rounded-rescale')
  expect((await loadMeta(made)).getStrings('RescaleSlope')[0]).toEqual(['0.33709985610742'])
})

test('pydicom’s "US or SS" is one of them, "US or OW" is bytes', async () => {
  const lut = { '00283006': { vr: 'US or OW', shared: true, InlineBinary: 'AAECAw==' } }
  const { made } = await migrated({
    meta: { ...META, '00280120': shared('US or SS', -5), '00283010': { vr: 'SQ', shared: null, Value: [lut] } },
  })
  const meta = await loadMeta(made)
  expect(meta.getVr('00280120')).toBe('SS')
  expect(meta.element('00283010', 0)?.Value).toEqual([{ '00283006': { vr: 'OW', InlineBinary: 'AAECAw==' } }])
})

test('frames of one slice only, and frames that are nobody’s', async () => {
  const frame = await encodeHtj2k(new Uint8Array(PIXELS * 2), size(16, true))
  const old = await v1File({ frames: [frame, frame] })
  const { code, json } = await runJson<{ error: { code: string; message: string } }>(
    'migrate',
    old,
    '-o',
    `${old}.new.dcbs`,
  )
  expect([code, json.error]).toEqual([
    1,
    {
      code: 'unsupported-pixels',
      message: `${old}: 2 frames for 3 slices: the file does not say which frame is whose`,
    },
  ])
  const meta = Object.fromEntries(Object.entries(META).filter(([, entry]) => entry.shared))
  const { made, json: one } = await migrated({ meta, frames: [frame, frame] })
  expect(one).toMatchObject({ sliceCount: 1, frameCount: 2 })
  expect((await loadMeta(made)).getSharedValue('NumberOfFrames')).toBe(2)
})

test('metadata alone', async () => {
  const { made, json } = await migrated({ frames: [] })
  expect(json).toMatchObject({ frameCount: 0, changes: [] })
  expect((await loadMeta(made)).getSharedValue('BitsStored')).toBe(12)
})

test('what it refuses', async () => {
  const old = await v1File()
  const { cube } = await packed()
  expect(await run(['migrate', old])).toMatchObject({ code: 2, err: expect.stringContaining('-o NEW.dcbs is missing') })
  expect(await run(['migrate', cube, '-o', `${cube}.x`])).toMatchObject({
    code: 2,
    err: `dicube: ${cube}: is no file of the Python package but a cube already; there is nothing to migrate\n`,
  })
  expect(await run(['migrate', old, '-o', cube])).toMatchObject({
    code: 2,
    err: expect.stringContaining('exists already'),
  })
  expect((await run(['migrate', old, '-o', cube, '--force'])).code).toBe(0)
  expect(await run(['migrate', old, '-o', old, '--force'])).toMatchObject({ code: 0 })
  expect((await run(['migrate', join(temporaryFolder(), 'none.dcbs'), '-o', cube, '--force'])).code).toBe(2)
})

test('info says what cannot be trusted, once for each kind', async () => {
  const item = { '00081155': perSlice('UI', '1.1', '1.2', '1.3'), '00081150': perSlice('UI', '2.1', '2.2', '2.3') }
  const old = await v1File({
    meta: {
      ...META,
      '00082112': { vr: 'SQ', shared: null, Value: [item] },
      '00180022': perSlice('CS', ['A'], 'None', ['B']),
      '00991001': { vr: 'OB', shared: true },
    },
  })
  const { out } = await run(['info', old], { columns: 300 })
  expect(out).toContain('v1, of the Python package')
  expect(out.slice(out.indexOf('What cannot'))).toBe(`What cannot be trusted in a file of the Python package:
  not-kept: the original files, their names, preambles and File Meta Information, their transfer syntax, and how numbers were written
  nested-order, 2 elements: values of slices inside a sequence stand in an order that was not recorded: they may belong to other slices: 00082112[0].00081155, 00082112[0].00081150
  absent-or-empty, 1 element in 1 slice: absent or empty, which the file does not tell apart; taken as absent: 00180022
  emptied-binary, 1 element: empty, or a value of more than 7680 bytes that was dropped: 00991001
  rescaled-pixels: pixels are modality values; Rescale Slope and Intercept were applied
`)
  const { json } = await runJson<{ notes: { code: string; tag?: string; slices?: number[] }[] }>('info', old)
  expect(json.notes.find(({ code }) => code === 'absent-or-empty')).toMatchObject({ tag: '00180022', slices: [1] })
})

test.skipIf(!hasShared)('frames of 32 bits stay HTJ2K as they are', async () => {
  const old = join(SHARED, 'golden', 'int32_px.dcbs')
  const made = join(temporaryFolder(), 'new.dcbs')
  const { json } = await runJson<MigrateJson>('migrate', old, '-o', made)
  expect(json.changes).toEqual([
    {
      code: 'kept-compressed',
      message: 'frames of 32 signed bits stay HTJ2K as they are: no decoder here has such samples right',
    },
  ])
  const [before, after] = [await load(old), await load(made)]
  await expect(before.frame(0)).rejects.toThrow(expect.objectContaining({ code: 'unsupported-codec' }))
  await expect(after.frame(0)).rejects.toThrow(expect.objectContaining({ code: 'unsupported-codec' }))
  const [was, is] = [await before.pixels.readFrame(0, 0), await after.pixels.readFrame(0, 0)]
  expect(is.bytes.subarray(0, was.bytes.length)).toEqual(was.bytes)
  expect(is.bytes.length).toBe(was.bytes.length + (was.bytes.length % 2))
  expect(after.describe(0).transferSyntaxUid).toBe('1.2.840.10008.1.2.4.201')
  await before.close()
  await after.close()
})
