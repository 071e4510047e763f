import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { sourceFromBytes } from '../../src/bytes/source.ts'
import { FRAME_CODINGS } from '../../src/codec/frame.ts'
import { OFFSET_TABLES, PIXEL_KINDS } from '../../src/cube/pixel-store.ts'
import { ENCODINGS } from '../../src/dcbs/columns.ts'
import { READ_VERSION, SECTION_NAMES } from '../../src/dcbs/layout.ts'
import { openCube, readSection } from '../../src/dcbs/read.ts'
import { frameIndexOf } from '../../src/dcbs/read-frames.ts'
import { decodedOf } from '../../src/dcbs/read-meta.ts'
import { stringifyJson } from '../../src/dicom/json-write.ts'
import { findSeries, imageOfSeries, load, originalFiles, saveToBytes } from '../../src/node.ts'
import { cubeOf, KINDS } from '../faults/cubes.ts'
import { generatedSeries } from '../generate/encodings.ts'

/** What a cube gave when it was made. */
interface Golden {
  sha256: string
  /** Of the DICOM JSON of all slices. */
  metadata: string
  /** Of the stored values of all frames that decode, and how many do. */
  frames: string
  frameCount: number
  /** SHA-256 of each original file, by name. */
  files: Record<string, string>
}

const HERE = { threads: 0 }
const MOST_BYTES = 200_000
const folderOf = (version: number) => fileURLToPath(new URL(`version-${version}`, import.meta.url))
const sha256 = (...parts: (Uint8Array | string)[]) => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}

async function whatIsIn(cube: Uint8Array): Promise<Golden> {
  const image = await load(cube, HERE)
  await image.meta.load()
  const metadata: string[] = []
  for (let slice = 0; slice < image.meta.sliceCount; slice++) metadata.push(stringifyJson(image.meta.index(slice)))
  const values: Uint8Array[] = []
  for (let k = 0; k < image.frameCount; k++) {
    const frame = await image.frame(k).catch(() => undefined)
    if (frame) values.push(new Uint8Array(frame.values.buffer, frame.values.byteOffset, frame.values.byteLength))
  }
  const files: Golden['files'] = {}
  for await (const { name, bytes } of originalFiles(image)) files[name] = sha256(bytes)
  await image.close()
  return {
    sha256: sha256(cube),
    metadata: sha256(...metadata),
    frames: sha256(...values),
    frameCount: values.length,
    files,
  }
}

/** Once for each format version, when it is settled: GOLDEN=1 npx vitest run test/golden. */
async function make(folder: string): Promise<void> {
  mkdirSync(folder)
  const goldens: Record<string, Golden> = {}
  const add = async (name: string, cube: Uint8Array) => {
    if (cube.length > MOST_BYTES) return
    goldens[name] = await whatIsIn(cube)
    writeFileSync(`${folder}/${name}`, cube)
  }
  for (const kind of Object.keys(KINDS)) await add(`${kind.replaceAll(' ', '-')}.dcbs`, await cubeOf(kind))
  for (const [k, { name, files }] of generatedSeries().entries()) {
    const entries = files.map(({ path, bytes }) => ({ name: path, source: sourceFromBytes(bytes, path) }))
    // The view for readers of v1 takes as much as all the rest.
    for (const [n, series] of (await findSeries(entries)).series.entries())
      await add(`${name}-${n}.dcbs`, await saveToBytes(await imageOfSeries(series, HERE), { ...HERE, noV1: k % 4 > 0 }))
  }
  writeFileSync(`${folder}/goldens.json`, `${JSON.stringify(goldens, null, 2)}\n`)
}

if (process.env.GOLDEN && !existsSync(folderOf(READ_VERSION))) await make(folderOf(READ_VERSION))

describe.each(Array.from({ length: READ_VERSION }, (_, k) => k + 1))('cubes of format version %i', version => {
  const folder = folderOf(version)
  const goldens = JSON.parse(readFileSync(`${folder}/goldens.json`, 'utf8')) as Record<string, Golden>

  test('are all there', () => {
    const found = readdirSync(folder).filter(name => name.endsWith('.dcbs'))
    expect(found.sort()).toEqual(Object.keys(goldens).sort())
    expect(found.length).toBeGreaterThan(100)
  })

  test.each(Object.entries(goldens))('%s gives what it gave', async (name, golden) => {
    expect(await whatIsIn(readFileSync(`${folder}/${name}`))).toEqual(golden)
  })

  test('have every section, way to write a column, container, and form of frames', async () => {
    const seen = new Set<string>()
    for (const name of Object.keys(goldens)) {
      const cube = (await openCube(sourceFromBytes(readFileSync(`${folder}/${name}`), name)))!
      for (const row of cube.directory.sections) seen.add(row.name)
      const { table, chunks, columns } = decodedOf(cube)
      for (const { blob, needsVocabulary } of chunks) seen.add(`chunk ${blob} ${needsVocabulary}`)
      const template = (await readSection(cube, 'template'))!
      const bodiesOffset =
        template.length - columns.reduce((sum, place) => sum + (place.isInTemplate ? place.bodyBytes : 0), 0)
      for (const { isInTemplate, bodyOffset, bodyBytes } of columns)
        if (isInTemplate && bodyBytes) seen.add(ENCODINGS[template[bodiesOffset + bodyOffset]])
      const { slices, records } = frameIndexOf(cube, table.rowCount)
      for (const { kind, offsetTable } of slices) seen.add(kind).add(`offset table ${offsetTable}`)
      for (const { coding } of records) seen.add(`coding ${coding}`)
    }
    const wanted = [
      ...SECTION_NAMES,
      ...ENCODINGS,
      ...PIXEL_KINDS,
      ...OFFSET_TABLES.map(one => `offset table ${one}`),
      ...Object.values(FRAME_CODINGS).map(coding => `coding ${coding}`),
      'chunk false false',
      'chunk true false',
      'chunk true true',
    ]
    expect(wanted.filter(one => !seen.has(one))).toEqual([])
  })
})
