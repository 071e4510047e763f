import { describe, expect, test } from 'vitest'
import { sourceFromBytes } from '../../src/bytes/source.ts'
import { mixSeeds, seededRandom } from '../../src/cli/demo/random.ts'
import { inflateZstd, platform } from '../../src/codec/platform.ts'
import { compressZstd } from '../../src/codec/zstd.ts'
import {
  HEADER_BYTES,
  type NewSection,
  readDirectory,
  type SectionName,
  TRAILER_BYTES,
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
  const sections: NewSection[] = []
  for (const row of directory.sections) {
    let bytes = file.subarray(row.offset, row.offset + row.length)
    let { inflatedLength } = row
    if (row.name === name) {
      const changed = change(row.encoding === 'zstd' ? inflateZstd(bytes, inflatedLength) : bytes)
      bytes = row.encoding === 'zstd' ? await compressZstd(changed, 3) : changed
      inflatedLength = changed.length
    }
    const crc32 = row.encoding === 'container' ? 0 : platform().crc32(bytes)
    sections.push({ ...row, name: row.name as SectionName, length: bytes.length, inflatedLength, crc32 })
    parts.push(bytes)
  }
  const frames = new DataView(file.buffer, file.byteOffset).getUint32(HEADER_BYTES - 8, true)
  const { head, fileBytes } = writeHead(directory.writtenBy, sections, frames)
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
    const file = await exampleCube()
    const { headBytes } = readDirectory(file, file.length, 'test')
    // One more row of an empty section, raw, at the end; 7 bytes.
    const row = [kind, 0, 0, 0, 0, 0, 0]
    const head = Uint8Array.from([...file.subarray(0, headBytes - 4), ...row, 0, 0, 0, 0])
    const view = new DataView(head.buffer)
    view.setUint16(HEADER_BYTES + 8, readVersion, true)
    view.setUint16(HEADER_BYTES + 12, view.getUint16(HEADER_BYTES + 12, true) + row.length, true)
    view.setUint8(HEADER_BYTES + 14, view.getUint8(HEADER_BYTES + 14) + 1)
    view.setUint32(head.length - 4, platform().crc32(head.subarray(0, -4)), true)
    const body = file.subarray(headBytes, -TRAILER_BYTES)
    return Uint8Array.from([...head, ...body, ...writeTrailer(file.length + row.length, head)])
  }
  test('one that is not known is stepped over', async () => expect(await problemOf(await withKind(99))).toBeUndefined())
  test('one that is there already is not', async () => expect(await problemOf(await withKind(13))).toBe('corrupt'))
  test('a greater read version is refused', async () =>
    expect(await problemOf(await withKind(99, 2))).toBe('newer-version'))
})
