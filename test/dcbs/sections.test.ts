import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32, inflateRawSync } from 'node:zlib'
import { deflateSync as deflateRaw } from 'fflate'
import { beforeAll, describe, expect, test } from 'vitest'
import { sourceFromBytes } from '../../src/bytes/source.ts'
import { compressZstdNow, loadZstd } from '../../src/codec/zstd.ts'
import { DicomCubeImage } from '../../src/cube/image.ts'
import { checkedParts, checkFile, checkPart } from '../../src/dcbs/check-file.ts'
import { readPixelRanges } from '../../src/dcbs/frame-lists.ts'
import { type NewSection, type SectionName, writeHead, writeTrailer } from '../../src/dcbs/layout.ts'
import { attachmentsOf, openCube, originalsOf, readSection } from '../../src/dcbs/read.ts'
import { frameIndexOf } from '../../src/dcbs/read-frames.ts'
import { metaOf } from '../../src/dcbs/read-meta.ts'
import { decodeMetadata } from '../../src/dcbs/read-table.ts'
import { VOCABULARY } from '../../src/dcbs/vocabulary.generated.ts'
import { parsePart10 } from '../../src/dicom/parse.ts'
import { DicubeError } from '../../src/errors.ts'
import {
  load,
  loadFromDicomFiles,
  readInstance,
  restoreFile,
  restoreParts,
  saveToBytes,
  verifyFiles,
} from '../../src/node.ts'
import { hex, toHex } from '../dicom/hex.ts'
import { generatedSeries } from '../generate/encodings.ts'

const HERE = { threads: 0 }
beforeAll(loadZstd)

const made = new Map<string, Promise<Uint8Array>>()
function packed(name: string, noV1 = true): Promise<Uint8Array> {
  const key = `${name} ${noV1}`
  const cube = made.get(key) ?? pack(name, noV1)
  made.set(key, cube)
  return cube
}

function imageOf(name: string): Promise<DicomCubeImage> {
  const { files } = generatedSeries().find(series => series.name === name)!
  return loadFromDicomFiles(
    files.map(({ path, bytes }) => ({ name: path, source: sourceFromBytes(bytes, path) })),
    HERE,
  )
}

async function pack(name: string, noV1: boolean): Promise<Uint8Array> {
  return saveToBytes(await imageOf(name), { ...HERE, noV1 })
}

/** The cube with other sections, in which every checksum is right: what is wrong is found by the deeper checks or not at all. */
async function withSections(
  bytes: Uint8Array,
  changes: Partial<Record<SectionName, (inflated: Uint8Array) => Uint8Array | undefined>>,
  frameCount = 0,
) {
  const cube = (await openCube(sourceFromBytes(bytes, 'x')))!
  const parts: { section: NewSection; bytes: Uint8Array }[] = []
  for (const row of cube.directory.sections) {
    const name = row.name as SectionName
    const inflated = (await readSection(cube, name))!
    const wanted = changes[name] ? changes[name](inflated.slice()) : inflated
    if (!wanted) continue
    const stored = row.encoding === 'zstd' ? compressZstdNow(wanted, 3) : wanted
    parts.push({
      section: {
        name,
        encoding: row.encoding,
        length: stored.length,
        inflatedLength: wanted.length,
        crc32: row.encoding === 'container' ? 0 : crc32(stored),
      },
      bytes: stored,
    })
  }
  const { head, fileBytes } = writeHead(
    'a test',
    parts.map(({ section }) => section),
    frameCount,
  )
  const whole = [head, ...parts.map(part => part.bytes), writeTrailer(fileBytes, head)]
  return openCube(sourceFromBytes(new Uint8Array(Buffer.concat(whole)), 'x'))
}

const longer = (bytes: Uint8Array) => Uint8Array.from([...bytes, 0])
const shorter = (bytes: Uint8Array) => bytes.slice(0, -1)

describe('sections that do not fit each other', () => {
  test.each<[string, string, Parameters<typeof withSections>[1], string]>([
    ['digests that are cut', 'private-un', { digests: shorter }, 'x: 127 bytes of digests, each has 32'],
    [
      'digests of fewer files',
      'private-un',
      { digests: bytes => bytes.slice(32) },
      'x: template: found 4 slices, and digests of 3 files before byte 1',
    ],
    [
      'no digests',
      'private-un',
      { digests: () => undefined },
      'x: template: found 4 slices, and digests of 0 files before byte 1',
    ],
    ['blobs behind their chunks', 'private-un', { blobs: longer }, 'section blobs has'],
    ['fewer blobs than chunks', 'private-un', { blobs: shorter }, 'section blobs has'],
    ['no blobs', 'private-un', { blobs: () => undefined }, 'x: section blobs has 0 bytes, the template says'],
    ['more digits than columns have', 'random-30', { digits: longer }, 'x: section digits has'],
    ['no digits', 'random-30', { digits: () => undefined }, 'x: section digits has 0 bytes'],
    ['a template with more behind it', 'random-30', { template: longer }, 'x: template: '],
    ['a template that is cut', 'private-un', { template: shorter }, 'x: template: '],
  ])('%s', async (_, name, changes, message) => {
    const cube = (await withSections(await packed(name), changes))!
    const opened = async () => {
      const meta = await metaOf(cube, async () => readPixelRanges)
      for (let slice = 0; slice < meta.sliceCount; slice++) meta.index(slice)
    }
    await expect(opened()).rejects.toMatchObject({ code: 'corrupt', message: expect.stringContaining(message) })
    await expect(checkFile(cube)).rejects.toMatchObject({ code: 'corrupt' })
  })

  test.each<[string, string, Parameters<typeof withSections>[1], string]>([
    ['more frames than their index says', 'private-un', { frames: longer }, 'x: frame index: found frames of'],
    ['fewer', 'private-un', { frames: shorter }, 'x: frame index: found frames of'],
    ['fewer checksums than frames', 'private-un', { frameChecks: bytes => bytes.slice(4) }, '12 bytes of checksums'],
    ['a rest that no slice has', 'pixels-longer', { pixelRest: longer }, 'x: section pixelRest of'],
    ['no rest', 'pixels-longer', { pixelRest: () => undefined }, 'x: section pixelRest of 0 bytes'],
  ])('%s', async (_, name, changes, message) => {
    const cube = (await withSections(await packed(name), changes))!
    const { sliceCount } = await metaOf(cube, async () => readPixelRanges)
    expect(() => frameIndexOf(cube, sliceCount)).toThrow(
      expect.objectContaining({ code: 'corrupt', message: expect.stringContaining(message) }),
    )
    await expect(checkFile(cube)).rejects.toMatchObject({ code: 'corrupt' })
  })

  test.each<[string, Parameters<typeof withSections>[1], string]>([
    ['a manifest with more behind it', { manifest: longer }, 'bytes left over'],
    ['a manifest that is cut', { manifest: shorter }, ''],
    [
      'a manifest of other files',
      { manifest: bytes => bytes.fill(5, 0, 1) },
      '5 files and 128 bytes of digests for 4 slices',
    ],
  ])('%s', async (_, changes, message) => {
    const cube = (await withSections(await packed('private-un'), changes))!
    await expect(originalsOf(cube, 4)).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringContaining(message),
    })
  })

  test('what is right stays right when it is made again', async () => {
    for (const name of ['private-un', 'random-30', 'pixels-longer', 'deflated']) {
      const cube = (await withSections(await packed(name), {}))!
      await checkFile(cube)
      expect((await metaOf(cube, async () => readPixelRanges)).sliceCount).toBeGreaterThan(2)
      expect(await attachmentsOf(cube)).toEqual([])
    }
  })
})

describe('sections that are read when they are asked for', () => {
  test('those of the front page were read with it; each other one takes a read of its own', async () => {
    const bytes = await packed('random-30')
    const source = sourceFromBytes(bytes, 'x')
    const reads: [number, number][] = []
    const cube = (await openCube({
      ...source,
      head: async () => ({ bytes: bytes.slice(0, 3000), sizeBytes: bytes.length }),
      read: async (offset, length) => {
        reads.push([offset, length])
        return bytes.slice(offset, offset + length)
      },
    }))!
    const read = async (names: SectionName[]) => {
      reads.length = 0
      for (const name of names) expect(await readSection(cube, name)).toBeDefined()
      return reads
    }
    const row = (name: string) => cube.directory.sections.find(section => section.name === name)!
    expect(await read(['template', 'frameIndex', 'frameChecks', 'digits'])).toEqual([])
    expect(await read(['frames', 'manifest', 'digests'])).toEqual(
      ['frames', 'manifest', 'digests'].map(name => [row(name).offset, row(name).length]),
    )
    expect(row('frames').offset).toBe(cube.front.length)
    expect(await readSection(cube, 'patches')).toBeUndefined()
    expect(reads).toHaveLength(3)
  })

  test('each has its checksum, or is not used', async () => {
    const bytes = (await packed('private-un')).slice()
    const { sections } = (await openCube(sourceFromBytes(bytes, 'x')))!.directory
    for (const name of ['template', 'manifest']) {
      const { offset, length } = sections.find(section => section.name === name)!
      const damaged = bytes.slice()
      damaged[offset + length - 1] ^= 1
      await expect(readSection((await openCube(sourceFromBytes(damaged, 'x')))!, name as SectionName)).rejects.toEqual(
        new DicubeError('corrupt', `x: section ${name} (${length} bytes at ${offset}) does not have its checksum`),
      )
    }
  })

  /** A cube with all that an original may need beside its header: a reserved field that is not 0, a stream, a file beside it. */
  const withAll = async () => {
    const files = generatedSeries()
      .find(series => series.name === 'deflated')!
      .files.map(({ path, bytes }) => ({ name: path, bytes: bytes.slice() }))
    // (0002,0001), OB: two reserved bytes follow.
    const at = Buffer.from(files[1].bytes).indexOf(hex('0200 0100 4f42 0000')) + 6
    files[1].bytes[at] = 7
    const image = await loadFromDicomFiles(
      files.map(({ name, bytes }) => ({ name, source: sourceFromBytes(bytes, name) })),
      HERE,
    )
    const attachments = [{ name: 'notes.txt', bytes: hex('686921') }]
    const whole = new DicomCubeImage(image.meta, image.pixels, image.originals, { attachments })
    return { files, bytes: await saveToBytes(whole, { ...HERE, noV1: true }) }
  }

  test('patches, streams and attachments', async () => {
    const { files, bytes } = await withAll()
    const cube = (await openCube(sourceFromBytes(bytes, 'x')))!
    const names = cube.directory.sections.map(({ name }) => name as string)
    expect(names).toEqual(expect.arrayContaining(['patches', 'streams', 'attachments']))
    expect(await attachmentsOf(cube)).toEqual([{ name: 'notes.txt', bytes: hex('686921') }])
    const image = await load(bytes, HERE)
    for (const [slice, { name }] of image.originals.files.entries())
      expect(toHex(await restoreFile(image, slice))).toBe(toHex(files.find(file => file.name === name)!.bytes))
  })

  test.each<[SectionName, (cube: Awaited<ReturnType<typeof withSections>>) => Promise<unknown>, string?]>([
    ['manifest', cube => originalsOf(cube!, 4), ' names:'],
    ['patches', async cube => (await originalsOf(cube!, 4)).repairHeader!(0, new Uint8Array(9))],
    ['streams', async cube => (await originalsOf(cube!, 4)).deflatedStream(0)],
    ['attachments', cube => attachmentsOf(cube!)],
  ])('%s with more behind it', async (name, read, part = '') => {
    const cube = await withSections((await withAll()).bytes, { [name]: longer })
    await expect(read(cube)).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringMatching(new RegExp(`^x: ${name}:${part} found 1 bytes left over before byte \\d+$`)),
    })
  })

  test('a manifest without digests', async () => {
    const cube = (await withSections(await packed('private-un'), { digests: () => undefined }))!
    await expect(originalsOf(cube, 4)).rejects.toMatchObject({
      code: 'corrupt',
      message: 'x: manifest: found 4 files and 0 bytes of digests for 4 slices before byte 1',
    })
  })
})

describe('the check of a whole file', () => {
  const openedCopy = async (name: string) => {
    const bytes = (await packed(name)).slice()
    return { bytes, cube: (await openCube(sourceFromBytes(bytes, 'x')))! }
  }

  test.each(['private-un', 'private-protocol', 'random-30', 'pixels-longer', 'deflated'])(
    '%s: the parts are the file without a gap, and damage is told by its part',
    async name => {
      const { bytes, cube } = await openedCopy(name)
      const parts = checkedParts(cube)
      const names = cube.directory.sections.map(section => section.name as string)
      expect(new Set(parts.map(({ section }) => section))).toEqual(new Set(['head', ...names, 'trailer']))
      // Behind head and trailer stand their checksums.
      let end = 0
      for (const { section, offset, length } of parts) {
        expect(offset, section).toBe(end)
        end = offset + length + (section === 'head' || section === 'trailer' ? 4 : 0)
      }
      expect(end).toBe(bytes.length)
      for (const part of parts) {
        const { section, offset, length } = part
        await checkPart(cube, part)
        bytes[offset + (length >> 1)] ^= 1
        const what = section === 'head' || section === 'trailer' ? `the ${section}` : `section ${section}`
        await expect(checkPart(cube, part)).rejects.toMatchObject({
          code: 'corrupt',
          message: `x: ${what}: the ${length} bytes at ${offset} do not have their checksum`,
        })
        bytes[offset + (length >> 1)] ^= 1
      }
    },
  )

  test('says how far it is', async () => {
    const { bytes, cube } = await openedCopy('private-un')
    const done: number[] = []
    await checkFile(cube, doneBytes => done.push(doneBytes))
    expect(done).toEqual(checkedParts(cube).map(({ offset, length }) => offset + length))
    expect(done.at(-1)).toBe(bytes.length - 4)
  })

  test('a section that has its checksum and does not inflate', async () => {
    const { cube } = await openedCopy('private-un')
    const manifest = cube.directory.sections.find(({ name }) => name === 'manifest')!
    manifest.inflatedLength++
    await expect(checkFile(cube)).rejects.toMatchObject({ code: 'corrupt', message: expect.stringMatching(/^zstd: /) })
  })

  test('a header that says something else than the directory', async () => {
    const { bytes, cube } = await openedCopy('private-un')
    const head = bytes.subarray(0, cube.directory.headBytes)
    const view = new DataView(bytes.buffer, bytes.byteOffset)
    const metaOffset = view.getUint32(28, true)
    view.setUint32(28, 5, true)
    view.setUint32(head.length - 4, crc32(head.subarray(0, -4)), true)
    bytes.set(writeTrailer(bytes.length, head), bytes.length - 32)
    await expect(checkFile((await openCube(sourceFromBytes(bytes, 'x')))!)).rejects.toMatchObject({
      code: 'corrupt',
      message: `x: the header has metaOffset 5, wanted ${metaOffset}`,
    })
  })

  /** With tables for readers of v1, which count from the beginning of the file. What is changed moves them. */
  const moved = async (tables: Parameters<typeof withSections>[1], frameCount = 4) => {
    const bytes = await packed('explicit-le', false)
    const framesOffset = async (cube: ReturnType<typeof openCube>) =>
      (await cube)!.directory.sections.find(({ name }) => name === 'frames')!.offset
    const by =
      (await framesOffset(withSections(bytes, {}, 4))) - (await framesOffset(openCube(sourceFromBytes(bytes, 'x'))))
    const v1FrameOffsets = (offsets: Uint8Array) => {
      const view = new DataView(offsets.buffer, offsets.byteOffset, offsets.length)
      for (let at = 0; at < offsets.length; at += 8) view.setUint32(at, view.getUint32(at, true) + by, true)
      return tables.v1FrameOffsets?.(offsets) ?? offsets
    }
    return (await withSections(bytes, { ...tables, v1FrameOffsets }, frameCount))!
  }
  const another = (at: number) => (table: Uint8Array) => {
    table[at] ^= 1
    return table
  }

  test.each<[string, Parameters<typeof withSections>[1], number, string]>([
    ['another offset', { v1FrameOffsets: another(0) }, 4, 'x: frame 0 for readers of v1 is not frame 0 of the cube'],
    ['another length', { v1FrameLengths: another(24) }, 4, 'x: frame 3 for readers of v1 is not frame 3 of the cube'],
    [
      'fewer frames than there are',
      { v1FrameOffsets: table => table.slice(8), v1FrameLengths: table => table.slice(8) },
      3,
      'x: 3 frames for readers of v1, there are 4',
    ],
    [
      'a table that is cut',
      { v1FrameLengths: table => table.slice(8) },
      4,
      'x: the header has 4 frames, their tables have other lengths',
    ],
  ])('frame tables for readers of v1: %s', async (_, tables, frameCount, message) => {
    await checkFile(await moved({}))
    await expect(checkFile(await moved(tables, frameCount))).rejects.toMatchObject({ code: 'corrupt', message })
  })
})

describe('the beginning of the template (SPEC §5)', () => {
  const value = hex('28b52ffd200109000041') // one zstd frame of "A", without a checksum of its own
  const chunk = (container: string, length: number, inflated: string, check = crc32(value)) =>
    `${container} ${length.toString(16).padStart(2, '0')} ${inflated} ${toHex(Uint8Array.of(check & 255, (check >> 8) & 255, (check >> 16) & 255, check >>> 24))}`
  const right = `01 ${chunk('00', 10, '01')}`
  /** One slice with one element, whose value is chunk 0. */
  const table = '01 00 01 01 00 08 60 04 00'
  const decode = (template: string, { sliceCount = 1, storedBytes = 100, columns = '' } = {}) =>
    decodeMetadata(
      hex(template),
      {
        ...(columns && { columns: () => hex(columns) }),
        digits: () => new Uint8Array(0),
        values: () => value,
        sliceCount,
        storedBytes,
      },
      'x',
    )
  const bytesOfValue = (template: string) => toHex(decode(template).table.layouts[0].nodes[0].column!.bytes(0))

  test('a value that is a chunk', () => expect(bytesOfValue(`01 ${right} 00 ${table}`)).toBe('41'))

  test.each<[string, string, string, string, Parameters<typeof decode>[1]?]>([
    [
      'other slices than digests',
      `01 00 00 ${table}`,
      'corrupt',
      'x: template: found 1 slices, and digests of 2 files before byte 1',
      { sliceCount: 2 },
    ],
    ['67,108,865 slices', '81808020', 'corrupt', 'x: template: a count of 67108865 at 4, at most 67108864 fit'],
    ['more chunks than bytes', '01 02 00 00 00 00 00 00', 'corrupt', 'x: template: a count of 2 at 2, at most 0 fit'],
    [
      'a container that is none',
      `01 01 ${chunk('03', 10, '01')} 00 ${table}`,
      'corrupt',
      'x: template: found a chunk in container 3 before byte 3',
    ],
    [
      'a chunk of no bytes',
      `01 01 ${chunk('00', 0, '01')} 00 ${table}`,
      'corrupt',
      'x: template: found a chunk of no bytes before byte 9',
    ],
    [
      'a chunk that inflates to too much',
      `01 01 ${chunk('00', 10, 'ffffff7f')} 00 ${table}`,
      'limit',
      `x: template: chunks inflate to more than ${(4 << 20) + 256 * 100} bytes, which is too much for theirs`,
    ],
    [
      'a column in a chunk that is not there',
      `01 ${right} 01 00 01 ${table}`,
      'corrupt',
      'x: template: found chunk 1 of 1 before byte 12',
    ],
  ])('%s', (_, template, code, message, options) =>
    expect(() => decode(template, options)).toThrow(expect.objectContaining({ code, message })),
  )

  test('where chunks lie: values and blobs each behind each other, blobs with and without the vocabulary', () => {
    const all = [
      chunk('00', 10, '01'),
      chunk('01', 20, '02'),
      chunk('00', 5, '03'),
      chunk('02', 7, '04'),
      chunk('01', 9, '05'),
    ]
    const { chunks } = decode(`01 05 ${all.join(' ')} 00 01 00 00`)
    expect(chunks.map(({ blob, needsVocabulary, offset, length }) => [blob, needsVocabulary, offset, length])).toEqual([
      [false, false, 0, 10],
      [true, false, 0, 20],
      [false, false, 10, 5],
      [true, true, 20, 7],
      [true, false, 27, 9],
    ])
  })

  test('chunks may inflate to 256 times the bytes of the metadata and 4 MiB, to the byte', () => {
    const { chunks } = decode(`01 01 ${chunk('00', 10, '80c88102')} 00 ${table}`)
    expect(chunks[0].inflatedLength).toBe((4 << 20) + 256 * 100)
  })

  test.each([
    ['chunks', `01 e0a712 ${'00'.repeat(7 * 300_000)}`],
    ['columns', `01 00 e0a712 ${'00'.repeat(300_000)}`],
  ])('300,000 %s take more than so few bytes may say', (_, template) =>
    expect(() => decode(template)).toThrow(
      new DicubeError('limit', 'x: template: more than 4200704 entries in lists, which is too many for its bytes'),
    ),
  )

  test('a body of 63 bytes is in the template, one of 64 in columns; without columns both are in the template', () => {
    // Verbatim, one value of 60 and one of 61 bytes.
    const small = `00 00 78 ${'41'.repeat(60)}`
    const large = `00 00 7a ${'42'.repeat(61)}`
    const places = '01 00 02 7e 8001 01 00 02 0202 1b01 0000'
    const wanted = ['41'.repeat(60), '42'.repeat(61)]
    const valuesOf = (template: string, columns?: string) =>
      decode(template, { columns }).table.layouts[0].nodes.map(({ column }) => toHex(column!.bytes(0)))
    expect(valuesOf(`${places} ${small}`, large)).toEqual(wanted)
    expect(valuesOf(`${places} ${small} ${large}`)).toEqual(wanted)
  })

  test('a chunk with another checksum, or of another size', () => {
    expect(() => bytesOfValue(`01 01 ${chunk('00', 10, '01', 5)} 00 ${table}`)).toThrow(
      expect.objectContaining({ code: 'corrupt', message: 'x: value 0 does not have its checksum' }),
    )
    expect(() => bytesOfValue(`01 01 ${chunk('00', 10, '02')} 00 ${table}`)).toThrow(
      expect.objectContaining({ code: 'corrupt', message: 'zstd: the frame holds 1 bytes, wanted 2' }),
    )
  })

  test('a blob that was not fetched is somewhere else', () => {
    const { table: found, chunks, provideChunk } = decode(`01 01 ${chunk('01', 10, '01')} 00 ${table}`)
    const column = found.layouts[0].nodes[0].column!
    expect(column.pending).toBe(chunks[0])
    expect(() => column.bytes(0)).toThrow(
      expect.objectContaining({
        code: 'not-loaded',
        message: 'x: a value of 1 bytes is kept behind the frames; call load() first',
      }),
    )
    provideChunk(0, value)
    expect(column.pending).toBeUndefined()
    expect(toHex(column.bytes(0))).toBe('41')
    expect(column.bytes(0)).toBe(column.bytes(0))
  })

  test('the body of a column can be such a blob', () => {
    const { table: found, chunks, provideChunk } = decode(`01 01 ${chunk('01', 10, '01')} 01 00 00 01 00 01 02 1b 00`)
    const column = found.layouts[0].nodes[0].column!
    expect(column.pending).toBe(chunks[0])
    expect(() => column.bytes(0)).toThrow(expect.objectContaining({ code: 'not-loaded' }))
    provideChunk(0, value)
    expect(column.pending).toBeUndefined()
    // "A" is no column.
    expect(() => column.bytes(0)).toThrow(
      new DicubeError('corrupt', 'chunk 0: found a column encoding 65 before byte 1'),
    )
  })

  test('a blob that was compressed behind the vocabulary', async () => {
    await loadZstd()
    const text = new TextEncoder().encode('sSliceArray.asSlice[0].sPosition.dTra\t = \t')
    const compressed = compressZstdNow(text, 19, VOCABULARY)
    expect(compressed.length).toBeLessThan(compressZstdNow(text, 19).length - 15)
    const place = chunk('02', compressed.length, text.length.toString(16), crc32(compressed))
    const { table: found, provideChunk } = decode(`01 01 ${place} 00 ${table}`)
    provideChunk(0, compressed, VOCABULARY)
    expect(found.layouts[0].nodes[0].column!.bytes(0)).toEqual(text)
  })
})

test('a frame that is damaged: the same is said of bytes, of a file, and by a thread that reads the file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dicube-sections-'))
  try {
    const bytes = (await packed('grey-12-signed')).slice()
    const cube = (await openCube(sourceFromBytes(bytes, 'x')))!
    const { offset, length } = cube.directory.sections.find(({ name }) => name === 'frames')!
    const path = join(folder, 'x.dcbs')
    writeFileSync(path, bytes)
    const sound = await load(path, { threads: 1 })
    const values = (await sound.frame(0)).values
    await sound.close()
    expect(values).toEqual((await (await load(bytes, HERE)).frame(0)).values)

    for (let at = offset; at < offset + length; at++) bytes[at] ^= 1
    writeFileSync(path, bytes)
    for (const [input, threads, name] of [
      [bytes, 0, 'bytes'],
      [path, 0, path],
      [path, 1, path],
    ] as const) {
      const image = await load(input, { threads })
      const error = await image.frame(0).catch(error => error)
      await image.close()
      expect([error.code, error.message.replace(/\(.*\)/, '(…)')]).toEqual([
        'corrupt',
        `${name}: frame 0 of slice 0 (…) does not have its checksum`,
      ])
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

describe('files that do not come out as they went in', () => {
  const changed = async (change: (image: DicomCubeImage) => Partial<DicomCubeImage['originals']>) => {
    const image = await load(await packed('private-un'), HERE)
    return new DicomCubeImage(image.meta, image.pixels, { ...image.originals, ...change(image) })
  }
  const first = (image: DicomCubeImage) => image.originals.files[0]

  test.each<[string, (file: DicomCubeImage['originals']['files'][number]) => object, RegExp]>([
    [
      'another SHA-256',
      () => ({ sha256: new Uint8Array(32) }),
      /^IM1\.dcm: \d+ bytes with another SHA-256 than the original's$/,
    ],
    [
      'a file that was shorter',
      ({ sizeBytes }) => ({ sizeBytes: sizeBytes - 1 }),
      /^IM1\.dcm: more bytes than the original's \d+$/,
    ],
    [
      'a file that was longer',
      ({ sizeBytes }) => ({ sizeBytes: sizeBytes + 1 }),
      /^IM1\.dcm: \d+ bytes than the original's \d+$/,
    ],
  ])('%s', async (_, change, message) => {
    const image = await changed(cube => ({
      files: [{ ...first(cube), ...change(first(cube)) }, ...cube.originals.files.slice(1)],
    }))
    await expect(restoreFile(image, 0)).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringMatching(message),
    })
    const results = []
    for await (const { result, message: why } of verifyFiles(image)) results.push([result, why])
    expect(results[0]).toEqual(['different', expect.stringMatching(message)])
    expect(results.slice(1)).toEqual(image.originals.files.slice(1).map(() => ['identical', undefined]))
  })

  test('what is no fault of the file is thrown', async () => {
    const image = await changed(() => ({
      deflatedStream: async () => {
        throw new TypeError('a fault of the program')
      },
    }))
    await expect(verifyFiles(image).next()).rejects.toThrow(TypeError)
  })

  test('a file that never was, and one that was changed', async () => {
    const image = await changed(cube => ({
      files: [{ name: 'a', sizeBytes: 0 }, { name: 'b', sizeBytes: 5 }, ...cube.originals.files.slice(2)],
    }))
    const results = []
    for await (const { result } of verifyFiles(image)) results.push(result)
    expect(results).toEqual(['no-original', 'changed', 'identical', 'identical'])
  })

  test('a slice that is not there', async () => {
    const image = await load(await packed('private-un'), HERE)
    await expect(restoreFile(image, 4)).rejects.toMatchObject({
      code: 'out-of-range',
      message: 'slice 4: the series has slices 0 to 3',
    })
  })

  test('metadata that has Pixel Data, and pixels that have none', async () => {
    const image = await load(await packed('private-un'), HERE)
    const slices = image.pixels.slices.map(slice => ({ ...slice, kind: 'none' as const, frameCount: 0 }))
    const other = new DicomCubeImage(image.meta, { ...image.pixels, slices }, image.originals)
    await expect(restoreFile(other, 0)).rejects.toMatchObject({
      code: 'corrupt',
      message: 'slice 0: its metadata and its pixels do not agree whether it has Pixel Data',
    })
  })

  test('the original header of files that were only just read; a rebuilt one where nothing is odd', async () => {
    const { files } = generatedSeries().find(({ name }) => name === 'behind-pixel-data')!
    const image = await loadFromDicomFiles(
      files.map(({ path, bytes }) => ({ name: path, source: sourceFromBytes(bytes, path) })),
      HERE,
    )
    const bytesOf = (name: string) => toHex(files.find(({ path }) => path === name)!.bytes)
    const { header, repairHeader, ...plain } = image.originals
    expect([header, repairHeader].filter(Boolean)).toHaveLength(1)
    for (const one of [image, new DicomCubeImage(image.meta, image.pixels, plain)])
      for (const [slice, { name }] of image.originals.files.entries())
        expect(toHex(await restoreFile(one, slice))).toBe(bytesOf(name))
  })

  test.each(['structure-set', 'meta-no-transfer-syntax', 'pixels-longer'])('%s comes back', async name => {
    const image = await load(await packed(name), HERE)
    const { files } = generatedSeries().find(series => series.name === name)!
    for (const [slice, { name: path }] of image.originals.files.entries())
      expect(toHex(await restoreFile(image, slice))).toBe(toHex(files.find(file => file.path === path)!.bytes))
  })

  test('a series that is kept otherwise than files have it', async () => {
    const image = await load(await packed('private-un'), HERE)
    const other = await load(await packed('explicit-le'), HERE)
    const kept = new DicomCubeImage(image.meta, image.pixels, image.originals, { asFiles: async () => other })
    expect(toHex(await restoreFile(kept, 1))).toBe(toHex(await restoreFile(other, 1)))
  })

  test.each([
    ['of a cube', async () => load(await packed('private-un'), HERE)],
    ['of files', () => imageOf('private-un')],
  ])('a slice that was changed is what it was changed to, and no original: %s', async (_, open) => {
    const image = await open()
    const before = await restoreFile(image, 1)
    image.meta.setValues('PatientID', [undefined, 'X1', undefined, undefined] as never)
    const after = await restoreFile(image, 1)
    expect((await readInstance(after))['00100020']).toEqual({ vr: 'LO', Value: ['X1'] })
    expect(after.length).not.toBe(before.length)
    const saved = await load(await saveToBytes(image, { ...HERE, noV1: true }), HERE)
    expect(toHex(await restoreFile(saved, 1))).toBe(toHex(after))
    expect(toHex(await restoreFile(saved, 0))).toBe(toHex(await restoreFile(image, 0)))
  })

  test('a slice that was changed and whose Transfer Syntax is deflated is deflated again, to an even length', async () => {
    const image = await load(await packed('deflated'), HERE)
    const lengths = new Set<number>()
    for (let letters = 1; letters < 30; letters++) {
      image.meta.setShared('PatientID', 'aB3'.repeat(10).slice(0, letters))
      const bytes = await restoreFile(image, 0)
      const { deflated } = await parsePart10(sourceFromBytes(bytes, 'x'))
      const { stream } = deflated!
      // A stream of an odd length has a zero behind it (PS3.5 §A.5).
      const { length } = deflateRaw(inflateRawSync(stream), { level: 9 })
      expect(stream.length).toBe(length + (length % 2))
      expect(toHex(stream.subarray(length))).toBe(length % 2 ? '00' : '')
      lengths.add(length % 2)
      expect((await readInstance(bytes))['00100020']?.Value).toEqual(['aB3'.repeat(10).slice(0, letters)])
      if (letters > 2) continue
      const saved = await load(await saveToBytes(image, { ...HERE, noV1: true }), HERE)
      expect(toHex(await restoreFile(saved, 0))).toBe(toHex(bytes))
    }
    expect(lengths.size).toBe(2)
  })

  test('of a file that was shorter no more is given than it had', async () => {
    const whole = await restoreFile(await load(await packed('private-un'), HERE), 0)
    const image = await changed(cube => ({
      files: [{ ...first(cube), sizeBytes: 1000 }, ...cube.originals.files.slice(1)],
    }))
    const parts: Uint8Array[] = []
    const read = async () => {
      for await (const part of restoreParts(image, 0)) parts.push(part)
    }
    await expect(read()).rejects.toMatchObject({ code: 'corrupt' })
    const given = parts.reduce((sum, { length }) => sum + length, 0)
    expect(given).toBeLessThanOrEqual(1000)
    expect(whole.length).toBeGreaterThan(1000)
  })

  test('a file of 2 GiB is given part by part', async () => {
    const image = await changed(cube => ({
      files: [{ name: 'a', sizeBytes: 0 }, ...cube.originals.files.slice(1)],
      deflatedStream: async () => new Uint8Array(2 ** 31 - 1),
    }))
    await expect(restoreFile(image, 0)).rejects.toEqual(
      new DicubeError('limit', 'slice 0: more than 2147483647 bytes; restoreParts gives them part by part'),
    )
    let sizeBytes = 0
    for await (const part of restoreParts(image, 0)) sizeBytes += part.length
    expect(sizeBytes).toBeGreaterThan(2 ** 31)
  })
})
