import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect } from 'vitest'
import { sourceFromBytes } from '../../src/bytes/source.ts'
import type { DicomCubeImage } from '../../src/cube/image.ts'
import { DicomMeta } from '../../src/cube/meta.ts'
import { checkFile } from '../../src/dcbs/check-file.ts'
import { openCube } from '../../src/dcbs/read.ts'
import type { DicomJson } from '../../src/dicom/json.ts'
import { stringifyJson } from '../../src/dicom/json-write.ts'
import { load, loadFromDicomFiles, readInstance, restoreFile, saveToBytes, verifyFiles } from '../../src/node.ts'
import { type ArbitraryFile, arbitrarySeries, bytesOfFile, edits } from './arbitraries.ts'
import { property } from './property.ts'

/** Small series: threads would cost more than they save. */
const HERE = { threads: 0 }

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

const entriesOf = (files: readonly ArbitraryFile[]) =>
  files.map(file => ({ name: file.name, source: sourceFromBytes(bytesOfFile(file), file.name) }))
const imageOf = (files: readonly ArbitraryFile[]) => loadFromDicomFiles(entriesOf(files), { strict: true, ...HERE })

/** What was packed, as it comes back from the bytes of the file. */
async function packed(image: DicomCubeImage): Promise<{ bytes: Uint8Array; cube: DicomCubeImage }> {
  const bytes = await saveToBytes(image, HERE)
  const cube = await load(bytes, HERE)
  await cube.meta.load()
  return { bytes, cube }
}

const jsonOfSlices = (meta: DicomMeta) => Array.from({ length: meta.sliceCount }, (_, slice) => meta.index(slice))

property('every file comes back bit for bit, and verify says so', 60, arbitrarySeries(), async files => {
  const originals = new Map(files.map(file => [file.name, bytesOfFile(file)]))
  const { cube } = await packed(await imageOf(files))
  expect(cube.originals.files.map(({ name }) => name).sort()).toEqual([...originals.keys()].sort())
  for (const [slice, { name }] of cube.originals.files.entries())
    expect(hex(await restoreFile(cube, slice)), name).toBe(hex(originals.get(name)!))
  for await (const { result, message } of verifyFiles(cube)) expect([result, message]).toEqual(['identical', undefined])
})

property(
  'the same files give the same bytes, in whatever order they are read',
  25,
  arbitrarySeries().chain(files =>
    fc.tuple(fc.constant(files), fc.shuffledSubarray(files, { minLength: files.length })),
  ),
  async ([files, shuffled]) => {
    const wanted = sha256(await saveToBytes(await imageOf(files), HERE))
    expect(sha256(await saveToBytes(await imageOf(files), HERE))).toBe(wanted)
    expect(sha256(await saveToBytes(await imageOf(shuffled), HERE))).toBe(wanted)
  },
)

property('a cube of what a cube gives back is the same cube', 15, arbitrarySeries(), async files => {
  const { bytes, cube } = await packed(await imageOf(files))
  expect(sha256(await saveToBytes(cube, HERE))).toBe(sha256(bytes))
})

property('each slice of a cube has the DICOM JSON of its file', 60, arbitrarySeries(), async files => {
  const { cube } = await packed(await imageOf(files))
  const byName = new Map(files.map(file => [file.name, bytesOfFile(file)]))
  for (const [slice, { name }] of cube.originals.files.entries())
    expect(cube.meta.index(slice)).toEqual(await readInstance(byName.get(name)!))
})

/** One value or a list of one: which of the two depends on the other slices where PS3.6 gives no VM. */
const listed = (value: unknown) => {
  const list = Array.isArray(value) ? value : [value]
  return list.length === 1 && list[0] === null ? [] : list
}

property(
  'what is shared is the value of each slice, and the values are those of the slices',
  60,
  arbitrarySeries(),
  async files => {
    const { cube } = await packed(await imageOf(files))
    const { meta } = cube
    const json = jsonOfSlices(meta)
    // Each slice alone: nothing is merged with anything.
    const alone = await Promise.all(
      cube.originals.files.map(async ({ name }) => (await imageOf(files.filter(file => file.name === name))).meta),
    )
    for (const tag of meta.keys()) {
      const values = meta.getValues(tag)
      expect(values.map(listed), tag).toEqual(alone.map(one => listed(one.getValues(tag)[0])))
      expect(meta.getStrings(tag), tag).toEqual(alone.map(one => one.getStrings(tag)[0]))
      expect(meta.getBytes(tag), tag).toEqual(alone.map(one => one.getBytes(tag)[0]))
      if (tag.endsWith('0000')) continue
      expect(meta.isMissing(tag), tag).toBe(json.every(slice => !hasValue(slice, tag)))
      const texts = json.map(slice => slice[tag] && stringifyJson(slice[tag]))
      expect(meta.isShared(tag), tag).toBe(texts[0] !== undefined && texts.every(text => text === texts[0]))
      if (meta.isShared(tag)) for (const value of values) expect(value).toEqual(meta.getSharedValue(tag))
      else expect(() => meta.getSharedValue(tag)).toThrow(expect.objectContaining({ code: 'not-shared' }))
    }
  },
)

const hasValue = (slice: DicomJson, tag: string) => {
  const element = slice[tag]
  return element?.Value !== undefined || element?.InlineBinary !== undefined
}

property(
  'the JSON document of a series reads back as the same series',
  60,
  arbitrarySeries({ conforming: true }),
  async files => {
    const { meta } = await imageOf(files)
    const back = DicomMeta.fromJson(meta.toJson())
    expect(jsonOfSlices(back)).toEqual(jsonOfSlices(meta))
    expect(back.toJson()).toBe(meta.toJson())
  },
)

property(
  'the DICOM JSON of slices reads back as the same slices',
  60,
  arbitrarySeries({ conforming: true }),
  async files => {
    const json = jsonOfSlices((await imageOf(files)).meta)
    const back = DicomMeta.fromDatasets(JSON.parse(stringifyJson(json)) as DicomJson[])
    expect(jsonOfSlices(back)).toEqual(json)
  },
)

property(
  'every byte of a cube is under a checksum: one that is changed is noticed',
  25,
  fc.tuple(
    arbitrarySeries(),
    fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    fc.integer({ min: 1, max: 255 }),
  ),
  async ([files, where, bits]) => {
    const bytes = await saveToBytes(await imageOf(files), HERE)
    const damaged = bytes.slice()
    damaged[Math.floor(where * bytes.length)] ^= bits
    const check = async () => {
      const cube = await openCube(sourceFromBytes(damaged, 'x.dcbs'))
      if (!cube) throw new Error('taken for a plain v1 file')
      await checkFile(cube)
    }
    await expect(check()).rejects.toMatchObject({ name: 'DicubeError' })
  },
)

property(
  'what is set is there, in every slice, after it was saved and in the file that comes of it; all else stays',
  60,
  arbitrarySeries().chain(files => fc.tuple(fc.constant(files), edits(files.length))),
  async ([files, changes]) => {
    const image = await imageOf(files)
    const before = jsonOfSlices(image.meta)
    for (const { tag, vr, values } of changes) {
      // Bytes are one value, never a list.
      const given = values.map(value => (value?.[0] instanceof Uint8Array ? value[0] : value))
      if (given.every(value => value === given[0])) image.meta.setShared(tag, given[0] as never, vr)
      else image.meta.setValues(tag, given as never, vr)
    }
    const { cube } = await packed(image)
    const after = jsonOfSlices(cube.meta)
    const set = new Map(changes.map(change => [change.tag, change]))
    for (const meta of [image.meta, cube.meta])
      for (const { tag, vr, values } of set.values()) {
        const wanted = values.map(value => (value === null || value === undefined ? [] : value))
        expect(meta.getValues(tag).map(listed), tag).toEqual(wanted)
        expect(values.map((_, slice) => meta.element(tag, slice)?.vr)).toEqual(
          values.map(v => (v === undefined ? undefined : vr)),
        )
      }
    for (const [slice, json] of after.entries()) {
      const others = (all: DicomJson) => Object.fromEntries(Object.entries(all).filter(([tag]) => !set.has(tag)))
      expect(others(json)).toEqual(others(before[slice]))
      expect(await readInstance(await restoreFile(cube, slice))).toEqual(json)
    }
  },
)
