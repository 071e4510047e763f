import { describe, expect, test } from 'vitest'
import { sourceFromBytes } from '../../src/bytes/source.ts'
import { mixSeeds, seededRandom } from '../../src/cli/demo/random.ts'
import { inflateZstd, platform } from '../../src/codec/platform.ts'
import { compressZstd } from '../../src/codec/zstd.ts'
import {
  type Directory,
  directoryBytes,
  HEADER_BYTES,
  readDirectory,
  type SectionName,
  TRAILER_BYTES,
  v1HeaderOf,
  writeHead,
  writeTrailer,
} from '../../src/dcbs/layout.ts'
import { checkFile, openCube } from '../../src/dcbs/read.ts'
import { DicubeError, load, loadFromDicomFiles, saveToBytes, verifyFiles } from '../../src/node.ts'
import { generatedSeries } from '../generate/encodings.ts'
import { exampleCube } from './dump.ts'

/** A file with other contents of one section, and every checksum right: damage that only the invariants can see. */
async function rebuilt(file: Uint8Array, name: SectionName, change: (inflated: Uint8Array) => Uint8Array) {
  const directory = readDirectory(file, file.length, 'test')
  const parts: Uint8Array[] = []
  let at = HEADER_BYTES + directoryBytes(directory.sections.length)
  let frontBytes = at
  const sections = [] as (Directory['sections'][number] & { name: SectionName })[]
  for (const row of directory.sections) {
    let bytes = file.subarray(row.offset, row.offset + row.length)
    let { inflatedLength } = row
    if (row.name === name) {
      const changed = change(row.encoding === 'zstd' ? inflateZstd(bytes, inflatedLength) : bytes)
      bytes = row.encoding === 'zstd' ? await compressZstd(changed, 3) : changed
      inflatedLength = changed.length
    }
    const crc32 = row.encoding === 'container' ? 0 : platform().crc32(bytes)
    sections.push({ ...row, name: row.name as SectionName, offset: at, length: bytes.length, inflatedLength, crc32 })
    parts.push(bytes)
    at += bytes.length
    if (row.offset + row.length <= directory.frontBytes) frontBytes = at
  }
  const frames = new DataView(file.buffer, file.byteOffset).getUint32(HEADER_BYTES - 8, true)
  const fileBytes = at + TRAILER_BYTES
  const head = writeHead(v1HeaderOf(sections, frames), { fileBytes, frontBytes, sections })
  return Uint8Array.from([head, ...parts, writeTrailer(fileBytes, head)].flatMap(part => [...part]))
}

/** Everything that reads: each checksum, each value, each file. Returns the first thing that is wrong. */
async function problemOf(file: Uint8Array): Promise<string | undefined> {
  try {
    await checkFile((await openCube(sourceFromBytes(file)))!)
    const image = await load(file)
    try {
      await image.meta.load()
      image.meta.toJson()
      for await (const { result } of verifyFiles(image)) if (result === 'different') return 'different'
    } finally {
      await image.close()
    }
    return undefined
  } catch (error) {
    if (error instanceof DicubeError) return error.code
    throw error
  }
}

test('the mirror of writing: a rebuilt file without a change is the same file', async () => {
  const file = await exampleCube()
  expect(await problemOf(file)).toBeUndefined()
  expect(await rebuilt(file, 'digests', bytes => bytes)).toEqual(file)
})

describe('a section that was changed under right checksums is corrupt or something else, and never an exception', () => {
  const SECTIONS = [
    'template',
    'columns',
    'digits',
    'frameIndex',
    'frameChecks',
    'manifest',
    'patches',
    'streams',
    'pixelRest',
  ] as const
  const series = generatedSeries().filter(({ cubes, expect }) => cubes === 1 && expect === 'identical')

  test.each(series.filter((_, i) => i % 7 === 0))('$name', async ({ name, files }) => {
    const image = await loadFromDicomFiles(
      files.map(({ path, bytes }) => ({ name: path, source: sourceFromBytes(bytes, path) })),
    )
    const file = await saveToBytes(image, { threads: 1 })
    await image.close()
    const present = readDirectory(file, file.length, name).sections.map(section => section.name)
    const random = seededRandom(mixSeeds(...Array.from(name, letter => letter.charCodeAt(0))))
    const below = (n: number) => Math.floor(random() * n)
    for (const section of SECTIONS.filter(section => present.includes(section)))
      for (let round = 0; round < 3; round++) {
        const changed = await rebuilt(file, section, bytes => {
          // The beginning says most: counts, kinds and lengths.
          const at = below(round ? Math.min(40, bytes.length) : bytes.length)
          return Uint8Array.from(Array.from(bytes).toSpliced(at, below(3), ...(below(2) ? [below(256)] : [])))
        })
        const problem = await problemOf(changed)
        expect(['corrupt', 'different', 'limit', undefined], `${section}, round ${round}`).toContain(problem)
      }
  })
})

describe('sections of other kinds', () => {
  const withKind = async (kind: number, readVersion = 1) => {
    const file = await rebuilt(await exampleCube(), 'digests', bytes => bytes)
    const { sections } = readDirectory(file, file.length, 'test')
    // One more row, of no bytes, at the end.
    const at = HEADER_BYTES + directoryBytes(sections.length) - 4
    const grown = new Uint8Array(file.length + 32)
    grown.set(file.subarray(0, at))
    grown.set(file.subarray(at), at + 32)
    const view = new DataView(grown.buffer)
    view.setUint16(HEADER_BYTES + 8, readVersion, true)
    view.setUint16(HEADER_BYTES + 12, sections.length + 1, true)
    view.setUint32(HEADER_BYTES + 16, grown.length, true)
    view.setUint32(HEADER_BYTES + 24, view.getUint32(HEADER_BYTES + 24, true) + 32, true)
    for (let k = 0; k < sections.length; k++) {
      const offset = HEADER_BYTES + 32 + 32 * k + 8
      view.setUint32(offset, view.getUint32(offset, true) + 32, true)
    }
    view.setUint16(at, kind, true)
    view.setUint32(at + 8, grown.length - TRAILER_BYTES, true)
    view.setUint32(at + 32, platform().crc32(grown.subarray(0, at + 32)), true)
    grown.set(writeTrailer(grown.length, grown.subarray(0, at + 36)), grown.length - TRAILER_BYTES)
    return grown
  }
  test('one that is not known is stepped over', async () => expect(await problemOf(await withKind(99))).toBeUndefined())
  test('one that is there already is not', async () => expect(await problemOf(await withKind(13))).toBe('corrupt'))
  test('a greater read version is refused', async () =>
    expect(await problemOf(await withKind(99, 2))).toBe('newer-version'))
})
