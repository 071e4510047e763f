import { concat } from '../../src/bytes/concat.ts'
import { ByteSink } from '../../src/bytes/sink.ts'
import type { FrameShape } from '../../src/codec/frame.ts'
import { encodeHtj2k } from '../../src/codec/htj2k.ts'
import { inflateZstd, platform } from '../../src/codec/platform.ts'
import { compressZstd, zstdSize } from '../../src/codec/zstd.ts'
import type { SlicePixels } from '../../src/cube/pixel-store.ts'
import { ENCODINGS } from '../../src/dcbs/columns.ts'
import { type FrameIndex, type FrameRecord, writeFrameIndex } from '../../src/dcbs/frame-index.ts'
import {
  CONTAINERS,
  HEADER_BYTES,
  type NewSection,
  readDirectory,
  SECTION_NAMES,
  type SectionName,
  writeHead,
  writeTrailer,
} from '../../src/dcbs/layout.ts'
import { type ManifestFile, writeAttachments, writeManifest, writeStreams } from '../../src/dcbs/manifest.ts'
import { writePatches } from '../../src/dcbs/patch.ts'
import { NODE_FLAGS, NODE_KINDS } from '../../src/dcbs/template.ts'
import { exampleCube } from '../spec/dump.ts'
import { cubeOf } from './cubes.ts'

/** What may come of a hostile file: one of these codes, or 'right' where its data are odd but what it says they are. */
export interface Hostile {
  name: string
  bytes: Uint8Array
  expect: readonly string[]
}

/** Contents of sections, inflated; or as they lie in the file, with what the directory says of them. */
type Stored = { stored: Uint8Array; encoding: 'raw' | 'zstd' | 'container'; inflatedLength?: number }
type Contents = Partial<Record<SectionName, Uint8Array | Stored>>

const RAW = new Set<SectionName>(['frameChecks', 'digits', 'streams', 'digests', 'v1Status', 'v1Space'])
const isRaw = (name: SectionName) => RAW.has(name) || name.startsWith('v1P') || name.startsWith('v1F')

/** A file of these sections with every checksum right. */
export async function cubeWith(
  contents: Contents,
  { frameCount = 0, writtenBy = 'hostile 1' } = {},
): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  const sections: NewSection[] = []
  for (const name of SECTION_NAMES) {
    const content = contents[name]
    if (!content) continue
    let stored: Stored
    if (!(content instanceof Uint8Array)) stored = content
    else if (CONTAINERS.includes(name)) stored = { stored: content, encoding: 'container' }
    else if (isRaw(name)) stored = { stored: content, encoding: 'raw' }
    else stored = { stored: await compressZstd(content, 3), encoding: 'zstd', inflatedLength: content.length }
    const { stored: bytes, encoding, inflatedLength = bytes.length } = stored
    const crc32 = encoding === 'container' ? 0 : platform().crc32(bytes)
    sections.push({ name, encoding, length: bytes.length, inflatedLength, crc32 })
    parts.push(bytes)
  }
  const { head, fileBytes } = writeHead(writtenBy, sections, frameCount)
  return concat([head, ...parts, writeTrailer(fileBytes, head)])
}

/** The sections of a file, inflated. */
export function contentsOf(file: Uint8Array): { contents: Contents; frameCount: number; writtenBy: string } {
  const { sections, writtenBy } = readDirectory(file, file.length, 'base')
  const contents: Contents = {}
  for (const { name, encoding, offset, length, inflatedLength } of sections) {
    const stored = file.subarray(offset, offset + length)
    contents[name as SectionName] = encoding === 'zstd' ? inflateZstd(stored, inflatedLength) : stored
  }
  const frameCount = new DataView(file.buffer, file.byteOffset).getUint32(HEADER_BYTES - 8, true)
  return { contents, frameCount, writtenBy }
}

export const made = (write: (sink: ByteSink) => void): Uint8Array => {
  const sink = new ByteSink()
  write(sink)
  return sink.finish()
}
const varints = (...values: number[]) =>
  made(sink => {
    for (const value of values) sink.varint(value)
  })
/** A list that goes on by itself: three bytes for any number of integers. */
const linear = (first: number, step = 0) =>
  made(sink => {
    sink.u8(0)
    sink.zigzag(first)
    sink.zigzag(step)
  })
/** A list of one. */
const single = (value: number) =>
  made(sink => {
    sink.u8(0)
    sink.zigzag(value)
  })
const ascii = (text: string) => new TextEncoder().encode(text)

/** A zstd frame of one byte again and again: 4 bytes for each 128 KiB. */
export function zstdOfOneByte(sizeBytes: number, byte = 0): Uint8Array {
  return made(sink => {
    sink.u32(0xfd2fb528)
    sink.u8(0xe0)
    sink.u64(sizeBytes)
    const BLOCK = 1 << 17
    for (let left = sizeBytes; left > 0; left -= BLOCK) {
      const header = (Math.min(left, BLOCK) << 3) | 2 | (left <= BLOCK ? 1 : 0)
      sink.u8(header & 255)
      sink.u16(header >>> 8)
      sink.u8(byte)
    }
  })
}

type Kind = (typeof NODE_KINDS)[number]
interface HostileNode {
  kind: Kind | number
  flags?: number
  tag?: readonly [group: number, element: number]
  vr?: string
  presence?: Uint8Array
  need?: Uint8Array
  nested?: Uint8Array
  constant?: Uint8Array
}

const NONE = new Uint8Array(0)
const constant = (group: number, element: number, vr: string, text: string): HostileNode => ({
  kind: 'constant',
  tag: [group, element],
  vr,
  need: varints(text.length),
  constant: ascii(text),
})

/** SPEC §5, as a writer might who means no good. */
function layout(nodes: readonly HostileNode[], form = 0, count = nodes.length): Uint8Array {
  return made(sink => {
    sink.u8(form)
    sink.varint(count)
    for (const { kind, flags = 0, presence } of nodes)
      sink.u8(
        (typeof kind === 'number' ? kind : NODE_KINDS.indexOf(kind)) | flags | (presence ? NODE_FLAGS.presence : 0),
      )
    for (const { tag = [0x0009, 0x1001] } of nodes) sink.bytes(varints(0, ...tag))
    for (const { vr = 'LO' } of nodes) {
      sink.u8(255)
      sink.u8(vr.charCodeAt(0))
      sink.u8(vr.charCodeAt(1))
    }
    for (const { presence } of nodes) if (presence) sink.bytes(presence)
    for (const part of ['need', 'nested', 'constant'] as const) for (const node of nodes) sink.bytes(node[part] ?? NONE)
  })
}
const table = (...layouts: Uint8Array[]) => concat([varints(layouts.length), ...layouts])

interface TemplateOptions {
  rows?: number
  chunks?: { container?: number; length: number; inflatedLength: number; crc32?: number }[]
  chunkCount?: number
  columns?: { body: Uint8Array | number; digits?: number; chunk?: number }[]
  columnCount?: number
  table: Uint8Array
}
function template({
  rows = 1,
  chunks = [],
  columns = [],
  chunkCount,
  columnCount,
  table,
}: TemplateOptions): Uint8Array {
  return made(sink => {
    sink.varint(rows)
    sink.varint(chunkCount ?? chunks.length)
    for (const { container = 0, length, inflatedLength, crc32 = 0 } of chunks) {
      sink.u8(container)
      sink.varint(length)
      sink.varint(inflatedLength)
      sink.u32(crc32)
    }
    sink.varint(columnCount ?? columns.length)
    for (const { body, digits = 0, chunk } of columns) {
      sink.varint(2 * (typeof body === 'number' ? body : body.length) + (digits ? 1 : 0))
      if (digits) sink.varint(digits)
      if (chunk !== undefined) sink.varint(chunk)
    }
    sink.bytes(table)
    for (const { body } of columns) if (typeof body !== 'number') sink.bytes(body)
  })
}

const NATIVE: SlicePixels = {
  kind: 'none',
  frameCount: 0,
  valueBytes: 0,
  wordBytes: 1,
  restBytes: 0,
  offsetTable: 'empty',
}
const index = (parts: Partial<FrameIndex> = {}, slices = 1): Uint8Array =>
  writeFrameIndex(
    { slices: Array(slices).fill(NATIVE), records: [], recordOf: new Uint32Array(0), ...parts } as FrameIndex,
    zstdSize,
  )
const manifest = (files: readonly Partial<ManifestFile>[]): Uint8Array =>
  made(sink =>
    writeManifest(
      sink,
      files.map((file, i) => ({ name: `${i}.dcm`, sizeBytes: 0, report: [], ...file })),
      zstdSize,
    ),
  )

/** All that a cube of so many slices needs beside its template. */
const around = (slices = 1): Contents => ({
  frameIndex: index({}, slices),
  manifest: manifest(Array.from({ length: slices }, () => ({}))),
  digests: new Uint8Array(32 * slices),
})
const withTemplate = (options: TemplateOptions, more: Contents = {}) => ({
  ...around(options.rows ?? 1),
  template: template(options),
  ...more,
})
const withNodes = (nodes: readonly HostileNode[], options: Partial<TemplateOptions> = {}, more: Contents = {}) =>
  withTemplate({ table: table(layout(nodes)), ...options }, more)
/** One column of one node. */
const withColumn = (rows: number, body: Uint8Array, digits?: Uint8Array, vr = 'LO') =>
  withNodes([{ kind: 'column', vr }], { rows, columns: [{ body, digits: digits?.length }] }, digits ? { digits } : {})
const column = (encoding: (typeof ENCODINGS)[number], ...parts: Uint8Array[]) =>
  concat([Uint8Array.of(ENCODINGS.indexOf(encoding)), ...parts])

const CT = constant(0x0008, 0x0060, 'CS', 'CT')
const SHAPE: FrameShape = {
  rows: 4,
  columns: 4,
  samples: 1,
  bitsAllocated: 16,
  bitsStored: 16,
  highBit: 15,
  signed: false,
  planar: false,
}
const PIXELS: HostileNode = { kind: 'pixels', tag: [0x7fe0, 0x0010], vr: 'OW' }

interface Framed {
  shape?: Partial<FrameShape>
  slice?: Partial<SlicePixels>
  record?: Partial<FrameRecord>
  bytes: Uint8Array
  recordOf?: number[]
  node?: HostileNode
}
/** A slice with frames, whose index says whatever is given. */
function withFrame({ shape, slice, record, bytes, recordOf = [0], node = PIXELS }: Framed): Contents {
  const whole = { ...SHAPE, ...shape }
  const records: FrameRecord[] = [
    {
      coding: 4,
      offset: 0,
      length: bytes.length,
      crc32: 0,
      shape: whole,
      minimum: 0,
      maximum: 0,
      outside: false,
      ...record,
    },
  ]
  const slices = [{ ...NATIVE, kind: 'native', frameCount: recordOf.length, shape: whole, valueBytes: 32, ...slice }]
  return {
    ...withNodes([CT, node]),
    frameIndex: index({ slices: slices as SlicePixels[], records, recordOf: Uint32Array.from(recordOf) }),
    frameChecks: made(sink => sink.u32(platform().crc32(bytes))),
    frames: bytes,
  }
}

const CORRUPT = ['corrupt'] as const
const LIMIT = ['limit'] as const
const REFUSED = ['corrupt', 'limit'] as const
const RIGHT = ['right'] as const

/** At least a hundred files that mean harm, every checksum of them right. */
export async function hostileCubes(): Promise<Hostile[]> {
  const all: Hostile[] = []
  const add = async (name: string, expect: readonly string[], contents: Contents | Uint8Array, options = {}) => {
    all.push({ name, expect, bytes: contents instanceof Uint8Array ? contents : await cubeWith(contents, options) })
  }
  const base = contentsOf(await exampleCube())
  const viewed = contentsOf(await cubeOf('with the view for v1'))
  const rebuilt = (change: Contents, of = base) => cubeWith({ ...of.contents, ...change }, of)

  // What must not be refused: otherwise a reader that refuses everything would pass.
  await add('a template by hand', RIGHT, withNodes([CT]))
  await add('a frame by hand', RIGHT, withFrame({ bytes: new Uint8Array(32) }))
  await add('a cube of ours, taken apart and put together', RIGHT, await rebuilt({}))

  // --- directory ---
  const head = async (change: (bytes: Uint8Array, view: DataView) => void) => {
    const file = await rebuilt({})
    const { headBytes } = readDirectory(file, file.length, 'base')
    change(file, new DataView(file.buffer, file.byteOffset))
    new DataView(file.buffer, file.byteOffset).setUint32(
      headBytes - 4,
      platform().crc32(file.subarray(0, headBytes - 4)),
      true,
    )
    file.set(writeTrailer(file.length, file.subarray(0, headBytes)), file.length - 32)
    return file
  }
  const D = HEADER_BYTES
  await add('a newer read version', ['newer-version'], await head((_, view) => view.setUint16(D + 8, 2, true)))
  await add('the newest read version', ['newer-version'], await head((_, view) => view.setUint16(D + 8, 0xffff, true)))
  await add('a newer write version', RIGHT, await head((_, view) => view.setUint16(D + 10, 9, true)))
  await add('a newer header', ['newer-version'], await head((_, view) => view.setUint32(8, 2, true)))
  await add('a header of version 0', CORRUPT, await head((_, view) => view.setUint32(8, 0, true)))
  await add('no sections', CORRUPT, await head(bytes => bytes.set([0, 0], D + 14)))
  await add('255 sections', CORRUPT, await head(bytes => bytes.set([255], D + 14)))
  await add('a front page of more sections than there are', CORRUPT, await head(bytes => bytes.set([200], D + 15)))
  await add('a front page of no sections', CORRUPT, await head(bytes => bytes.set([0], D + 15)))
  await add(
    'v1 offsets that lead elsewhere',
    ['corrupt', 'right'],
    await head((_, view) => view.setBigUint64(28, 5n, true)),
  )
  await add('v1 offsets beyond 2^53', CORRUPT, await head((_, view) => view.setBigUint64(28, 2n ** 63n, true)))
  await add('a writer of no name', RIGHT, { ...base.contents }, { writtenBy: '' })
  await add('a writer with a long name', RIGHT, { ...base.contents }, { writtenBy: 'x'.repeat(5000) })
  for (const name of ['template', 'frameIndex', 'manifest'] as const)
    await add(`no section ${name}`, CORRUPT, await rebuilt({ [name]: undefined }))
  await add('no digests', CORRUPT, await rebuilt({ digests: undefined }))
  await add('too few digests', CORRUPT, await rebuilt({ digests: new Uint8Array(64) }))
  await add('digests of half a file', CORRUPT, await rebuilt({ digests: new Uint8Array(80) }))
  await add('no frames', CORRUPT, await rebuilt({ frames: undefined }))
  await add('too many frames', CORRUPT, await rebuilt({ frames: new Uint8Array(4000) }))
  await add('no checksums of frames', CORRUPT, await rebuilt({ frameChecks: undefined }))
  await add('no digits', CORRUPT, await rebuilt({ digits: undefined }))
  await add('frames that no row shows', CORRUPT, await rebuilt({ frames: undefined, frameChecks: undefined }))
  await add('pixel rest that nobody has', CORRUPT, await rebuilt({ pixelRest: new Uint8Array(10) }))
  for (const name of ['columns', 'values', 'blobs', 'attachments'] as const)
    await add(`${name} of no use`, CORRUPT, await rebuilt({ [name]: new Uint8Array(100) }))

  // --- zstd ---
  const zeros = (sizeBytes: number): Stored => ({
    stored: zstdOfOneByte(sizeBytes),
    encoding: 'zstd',
    inflatedLength: sizeBytes,
  })
  for (const name of ['template', 'frameIndex', 'manifest', 'patches', 'attachments', 'v1Meta'] as const)
    for (const sizeBytes of [64 << 20, 0x7fffffff])
      await add(`${name}: ${sizeBytes} bytes of zstd`, REFUSED, await rebuilt({ [name]: zeros(sizeBytes) }))
  const inflates = (inflatedLength: number, stored: Uint8Array): Stored => ({
    stored,
    encoding: 'zstd',
    inflatedLength,
  })
  const good = await compressZstd(base.contents.manifest as Uint8Array, 3)
  const manifestBytes = (base.contents.manifest as Uint8Array).length
  await add('zstd that is shorter than said', CORRUPT, await rebuilt({ manifest: inflates(manifestBytes + 1, good) }))
  await add('zstd that is longer than said', CORRUPT, await rebuilt({ manifest: inflates(manifestBytes - 1, good) }))
  await add('zstd beyond 2 GiB', LIMIT, await rebuilt({ manifest: inflates(2 ** 40, good) }))
  await add('zstd of 2^53 − 1 bytes', LIMIT, await rebuilt({ manifest: inflates(2 ** 53 - 1, good) }))
  await add('two zstd frames', CORRUPT, await rebuilt({ manifest: inflates(2 * manifestBytes, concat([good, good])) }))
  await add(
    'zstd with something behind it',
    CORRUPT,
    await rebuilt({ manifest: inflates(manifestBytes, concat([good, NONE, ascii('x')])) }),
  )
  await add('no zstd', CORRUPT, await rebuilt({ manifest: inflates(5, ascii('hello')) }))
  await add('an empty zstd section', CORRUPT, await rebuilt({ manifest: inflates(0, NONE) }))
  await add(
    'a raw template',
    RIGHT,
    await rebuilt({ template: { stored: base.contents.template as Uint8Array, encoding: 'raw' } }),
  )
  const wrongContent = good.slice()
  wrongContent[wrongContent.length - 1] ^= 1
  await add(
    'a wrong content checksum',
    ['corrupt', 'right'],
    await rebuilt({ manifest: inflates(manifestBytes, wrongContent) }),
  )

  // --- template ---
  for (const rows of [0, 2, 1 << 20, 2 ** 26, 2 ** 26 + 1, 2 ** 40])
    await add(`${rows} slices`, REFUSED, { ...around(1), template: template({ rows, table: table(layout([CT])) }) })
  await add('a million slices, and digests for them', REFUSED, {
    ...around(1),
    template: template({ rows: 1 << 20, table: table(layout([CT])) }),
    digests: inflates(32 << 20, zstdOfOneByte(32 << 20)),
  })
  await add('slices and no layout', CORRUPT, withTemplate({ table: table() }))
  await add('a million layouts', REFUSED, withTemplate({ table: concat([varints(1 << 20), linear(0)]) }))
  await add(
    'a layout that is not there',
    CORRUPT,
    withTemplate({ rows: 2, table: concat([varints(2), linear(7), layout([CT]), layout([CT])]) }),
  )
  await add('a layout of a strange form', CORRUPT, withTemplate({ table: table(layout([CT], 7)) }))
  await add('more nodes than bytes', CORRUPT, withTemplate({ table: table(layout([CT], 0, 1 << 28)) }))
  await add('fewer nodes than bytes', CORRUPT, withTemplate({ table: table(layout([CT, CT], 0, 1)) }))
  const manyNodes = Array.from(
    { length: 300_000 },
    (): HostileNode => ({ kind: 'constant', tag: [9, 1], need: varints(0) }),
  )
  await add('300,000 nodes', LIMIT, withNodes(manyNodes))
  await add('a node of a kind that there is not', CORRUPT, withNodes([{ ...CT, kind: 0x80 }]))
  await add('a tag of a group beyond 65,535', CORRUPT, withNodes([{ ...CT, tag: [70_000, 1] }]))
  await add('a tag of an element beyond 65,535', CORRUPT, withNodes([{ ...CT, tag: [8, 70_000] }]))
  await add('a constant longer than the file', CORRUPT, withNodes([{ ...CT, need: varints(1 << 30) }]))
  await add('a VR of control characters', RIGHT, withNodes([{ ...CT, vr: '\x1b[' }]))
  await add('an element without a VR', CORRUPT, withNodes([{ ...CT, vr: '\0\0' }]))
  await add(
    'a sequence without a VR',
    CORRUPT,
    withNodes([{ kind: 'sharedSequence', vr: '\0\0', need: varints(0, 0, 1), nested: varints(0) }]),
  )
  await add('Pixel Data without a VR', CORRUPT, withNodes([{ ...PIXELS, vr: '\0\0' }]))
  await add('Pixel Data twice', CORRUPT, withNodes([PIXELS, PIXELS]))
  await add(
    'Pixel Data in an item',
    CORRUPT,
    withNodes([
      {
        kind: 'sharedSequence',
        vr: 'SQ',
        need: varints(1, 0, table(layout([PIXELS])).length),
        nested: table(layout([PIXELS])),
      },
    ]),
  )
  await add('Pixel Data that the frame index does not know', CORRUPT, withNodes([CT, PIXELS]))
  await add(
    'a tag named __proto__, as far as that goes',
    RIGHT,
    withNodes([constant(0x0009, 0x0010, 'LO', '__proto__')]),
  )

  // presences
  const present = (presence: Uint8Array) => withNodes([{ ...CT, presence }])
  await add('a presence that is not there', CORRUPT, present(varints(5)))
  await add('a presence of more rows than there are', CORRUPT, present(varints(0, 2, 0, 9)))
  await add('a presence of fewer rows than there are', CORRUPT, present(varints(0, 1, 0)))
  await add('a presence of many runs', CORRUPT, present(varints(0, 1 << 28)))
  await add('a presence beyond 2^53', CORRUPT, present(concat([varints(0, 2, 0), new Uint8Array(9).fill(0xff)])))

  // chunks
  const value = ascii('a value that is a chunk')
  const compressed = await compressZstd(value, 3)
  const chunk = { length: compressed.length, inflatedLength: value.length, crc32: platform().crc32(compressed) }
  const chunkNode = (id: number, vr = 'UN'): HostileNode => ({ kind: 'constantChunk', vr, need: varints(id) })
  await add('a chunk', RIGHT, withNodes([chunkNode(0)], { chunks: [chunk] }, { values: compressed }))
  await add(
    'a chunk that is not there',
    CORRUPT,
    withNodes([chunkNode(9)], { chunks: [chunk] }, { values: compressed }),
  )
  await add(
    'a chunk in no container',
    CORRUPT,
    withNodes([chunkNode(0)], { chunks: [{ ...chunk, container: 2 }] }, { values: compressed }),
  )
  await add('a chunk of no bytes', CORRUPT, withNodes([chunkNode(0)], { chunks: [{ length: 0, inflatedLength: 0 }] }))
  await add(
    'a chunk beyond its container',
    CORRUPT,
    withNodes([chunkNode(0)], { chunks: [{ ...chunk, length: 1 << 30 }] }, { values: compressed }),
  )
  await add(
    'a chunk with another checksum',
    CORRUPT,
    withNodes([chunkNode(0)], { chunks: [{ ...chunk, crc32: 1 }] }, { values: compressed }),
  )
  await add(
    'a chunk that inflates to something else',
    CORRUPT,
    withNodes([chunkNode(0)], { chunks: [{ ...chunk, inflatedLength: 5 }] }, { values: compressed }),
  )
  await add('more chunks than bytes', CORRUPT, withNodes([CT], { chunkCount: 1 << 28 }))
  await add(
    '300,000 chunks',
    REFUSED,
    withNodes([CT], { chunks: Array(300_000).fill({ length: 1, inflatedLength: 1 }) }),
  )
  const bomb = zstdOfOneByte(1 << 30)
  const bombChunk = { length: bomb.length, inflatedLength: 1 << 30, crc32: platform().crc32(bomb) }
  await add('a chunk of 1 GiB', LIMIT, withNodes([chunkNode(0)], { chunks: [bombChunk] }, { values: bomb }))
  await add(
    'a blob of 1 GiB',
    LIMIT,
    withNodes([chunkNode(0)], { chunks: [{ ...bombChunk, container: 1 }] }, { blobs: bomb }),
  )
  const small = zstdOfOneByte(4 << 20)
  const smallChunk = { length: small.length, inflatedLength: 4 << 20, crc32: platform().crc32(small) }
  await add(
    '64 chunks of 4 MiB',
    LIMIT,
    withNodes([CT], { chunks: Array(64).fill(smallChunk) }, { values: concat(Array(64).fill(small)) }),
  )
  await add(
    'one chunk of 4 MiB in a thousand elements',
    LIMIT,
    withNodes(Array(1000).fill(chunkNode(0)), { chunks: [smallChunk] }, { values: small }),
  )

  await add(
    'a chunk of 4 MiB in an element that holds 64 KiB',
    ['invalid-value'],
    withNodes([chunkNode(0, 'LO')], { chunks: [smallChunk] }, { values: small }),
  )

  // columns
  const columnNode: HostileNode = { kind: 'column' }
  await add('a column that is not there', CORRUPT, withNodes([columnNode]))
  await add(
    'a column that nobody uses',
    CORRUPT,
    withNodes([CT], { columns: [{ body: column('verbatim', single(0)) }] }),
  )
  await add('the same column before there is any', CORRUPT, withNodes([{ kind: 'sameColumn', need: varints(0) }]))
  await add('bodies longer than the template', CORRUPT, withNodes([columnNode], { columns: [{ body: 1 << 30 }] }))
  await add('more columns than bytes', CORRUPT, withNodes([CT], { columnCount: 1 << 28 }))
  await add('300,000 columns', REFUSED, withNodes([CT], { columns: Array(300_000).fill({ body: 0, chunk: 0 }) }))
  await add(
    'a column in a chunk that is not there',
    CORRUPT,
    withNodes([columnNode], { columns: [{ body: 0, chunk: 3 }] }),
  )
  await add('an unknown encoding', CORRUPT, withColumn(1, Uint8Array.of(99)))
  await add('verbatim: values longer than the body', CORRUPT, withColumn(2, column('verbatim', linear(1 << 20))))
  await add('verbatim: a negative length', CORRUPT, withColumn(2, column('verbatim', linear(-5))))
  await add('verbatim: something left over', CORRUPT, withColumn(2, column('verbatim', linear(0), ascii('left over'))))
  await add('planes of one value', CORRUPT, withColumn(1, column('planes', varints(1), ascii('a'), varints(0))))
  await add(
    'planes: a position beyond the value',
    CORRUPT,
    withColumn(2, column('planes', varints(1), ascii('a'), varints(1, 9), ascii('b'))),
  )
  await add(
    'planes: more positions than bytes',
    CORRUPT,
    withColumn(2, column('planes', varints(1), ascii('a'), varints(1 << 28))),
  )
  await add('a dictionary of nothing', CORRUPT, withColumn(1, column('dictionary', varints(0))))
  await add('a dictionary of more values than entries', CORRUPT, withColumn(1, column('dictionary', varints(1 << 20))))
  await add(
    'a dictionary: an entry beyond it',
    CORRUPT,
    withColumn(2, column('dictionary', varints(1), linear(1), column('verbatim', single(0)))),
  )
  await add(
    'a dictionary of a dictionary',
    CORRUPT,
    withColumn(2, column('dictionary', varints(1), linear(0), column('dictionary', varints(1), single(0)))),
  )
  await add('words of no bytes', CORRUPT, withColumn(2, column('words', Uint8Array.of(0), varints(1), linear(0))))
  await add('words of 127 bytes', CORRUPT, withColumn(2, column('words', Uint8Array.of(127), varints(1), linear(0))))
  await add('words: a negative one', CORRUPT, withColumn(2, column('words', Uint8Array.of(2), varints(1), linear(-1))))
  await add(
    'words: one too large',
    CORRUPT,
    withColumn(2, column('words', Uint8Array.of(2), varints(1), linear(70_000))),
  )
  await add(
    'words beyond 2^53',
    CORRUPT,
    withColumn(2, column('words', Uint8Array.of(8), varints(1), linear(1, 2 ** 52 - 1), linear(1, 2 ** 52 - 1))),
  )
  await add(
    'decimals with 200 places',
    CORRUPT,
    withColumn(2, column('decimals', varints(1), Uint8Array.of(0, 200), linear(1), varints(0)), undefined, 'DS'),
  )
  await add(
    'decimals of a strange kind',
    CORRUPT,
    withColumn(2, column('decimals', varints(1), Uint8Array.of(9, 0), linear(1), varints(0)), undefined, 'DS'),
  )
  await add(
    'decimals of no component',
    ['corrupt', 'right'],
    withColumn(2, column('decimals', varints(0)), undefined, 'DS'),
  )
  await add(
    'decimals: an exception for nobody',
    CORRUPT,
    withColumn(
      2,
      column('decimals', varints(1), Uint8Array.of(0, 0), linear(1), varints(1, 9, 1), ascii('x')),
      undefined,
      'DS',
    ),
  )
  await add(
    'decimals of many components',
    CORRUPT,
    withColumn(2, column('decimals', varints(1 << 28)), undefined, 'DS'),
  )
  await add(
    'digits without a run',
    CORRUPT,
    withColumn(2, column('digits', Uint8Array.of(0), varints(1, 1), ascii('a'))),
  )
  await add('digits: a strange padding', CORRUPT, withColumn(2, column('digits', Uint8Array.of(9))))
  await add(
    'digits: a strange run',
    CORRUPT,
    withColumn(2, column('digits', Uint8Array.of(0), varints(2, 0, 0), Uint8Array.of(9))),
  )
  await add(
    'digits: a negative number',
    CORRUPT,
    withColumn(2, column('digits', Uint8Array.of(0), varints(2, 0, 0), Uint8Array.of(0), varints(3), linear(-1))),
  )
  await add(
    'digits: 65,537 of them',
    CORRUPT,
    withColumn(2, column('digits', Uint8Array.of(0), varints(2, 0, 0), Uint8Array.of(0), varints(65_537), linear(1))),
  )
  await add(
    'digits: packed ones that are not there',
    CORRUPT,
    withColumn(
      2,
      column('digits', Uint8Array.of(0), varints(2, 0, 0), Uint8Array.of(1), varints(60_000)),
      Uint8Array.of(1),
    ),
  )
  await add(
    'digits: a group of 1,023',
    CORRUPT,
    withColumn(
      1,
      column('digits', Uint8Array.of(0), varints(2, 0, 0), Uint8Array.of(1), varints(3)),
      Uint8Array.of(0xff, 0x03),
    ),
  )
  await add(
    'digits: bits behind the last',
    CORRUPT,
    withColumn(
      1,
      column('digits', Uint8Array.of(0), varints(2, 0, 0), Uint8Array.of(1), varints(1)),
      Uint8Array.of(0xf1),
    ),
  )
  const longRun = concat([Uint8Array.of(0), varints(65_536), single(1)])
  const RUNS = 20_000
  await add(
    'digits: 20,000 runs of 65,536',
    LIMIT,
    withColumn(
      1,
      column('digits', Uint8Array.of(0), varints(RUNS + 1), new Uint8Array(RUNS + 1), ...Array(RUNS).fill(longRun)),
    ),
  )

  // sequences
  const items = (
    rows: number,
    need: Uint8Array,
    nested: Uint8Array,
    kind: Kind = 'sharedSequence',
    columns = 0,
  ): HostileNode => ({
    kind,
    vr: 'SQ',
    tag: [0x0040, 0xa730],
    need: concat([varints(rows), need, varints(columns, nested.length)]),
    nested,
  })
  const itemTable = table(layout([CT]))
  await add('a sequence of an item', RIGHT, withNodes([items(1, NONE, itemTable)]))
  await add('items for nobody', CORRUPT, withNodes([items(3, single(1), itemTable, 'sequence')]))
  await add('more items than there are', CORRUPT, withNodes([items(1, single(5), itemTable, 'sequence')]))
  await add('2^26 + 1 items', CORRUPT, withNodes([items(2 ** 26 + 1, NONE, itemTable)]))
  await add(
    'a nested table longer than the template',
    CORRUPT,
    withNodes([{ ...items(1, NONE, itemTable), need: varints(1, 0, 1 << 28) }]),
  )
  await add(
    'a nested table of columns that are not there',
    CORRUPT,
    withNodes([items(1, NONE, itemTable, 'sharedSequence', 5)]),
  )
  await add(
    'counts of items that come round to the right sum',
    CORRUPT,
    withNodes([items(4, concat([Uint8Array.of(1), varints(2 * 2 ** 26, 2 * 4)]), itemTable, 'sequence')], { rows: 2 }),
  )
  for (const [depth, expect] of [
    [64, RIGHT],
    [512, RIGHT],
    [600, CORRUPT],
    [5000, CORRUPT],
  ] as const) {
    let nested = itemTable
    for (let i = 0; i < depth; i++) nested = table(layout([items(1, NONE, nested)]))
    await add(`sequences ${depth} deep`, expect, withTemplate({ table: nested }))
  }
  for (const each of [10, 1000]) {
    let nested = itemTable
    for (let i = 0; i < 12; i++) nested = table(layout([items(each, NONE, nested)]))
    await add(`${each} shared items in each of ${each}, 12 deep`, LIMIT, withTemplate({ table: nested }))
  }
  await add('60 million shared items', LIMIT, withNodes([items(60_000_000, NONE, itemTable)]))
  const manyRows = 20_000_000
  await add(
    'a presence over 20 million items',
    LIMIT,
    withNodes([items(manyRows, NONE, table(layout([{ ...CT, presence: varints(0, 2, 1, manyRows - 1) }])))]),
  )
  await add(
    'a column over 20 million items',
    LIMIT,
    withNodes([items(manyRows, NONE, table(layout([columnNode])), 'sharedSequence', 1)], {
      columns: [{ body: column('words', Uint8Array.of(2), varints(1), linear(0)) }],
    }),
  )

  // --- frame index ---
  await add('a frame that is shorter than its shape', REFUSED, withFrame({ bytes: new Uint8Array(30), record: {} }))
  await add(
    'rows and columns of 65,535',
    REFUSED,
    withFrame({
      shape: { rows: 65_535, columns: 65_535 },
      slice: { valueBytes: 65_535 ** 2 * 2 },
      bytes: new Uint8Array(32),
    }),
  )
  await add(
    'rows and columns of 2^32 − 1',
    REFUSED,
    withFrame({ shape: { rows: 2 ** 32 - 1, columns: 2 ** 32 - 1 }, bytes: new Uint8Array(32) }),
  )
  await add(
    'a shape of no samples',
    CORRUPT,
    withFrame({ shape: { samples: 0 }, slice: { valueBytes: 0 }, bytes: new Uint8Array(32) }),
  )
  await add(
    '0 bits',
    ['corrupt', 'unsupported-pixels'],
    withFrame({ shape: { bitsAllocated: 0 }, slice: { valueBytes: 0 }, bytes: NONE }),
  )
  await add(
    'more bits stored than allocated',
    ['corrupt', 'unsupported-pixels'],
    withFrame({ shape: { bitsStored: 40 }, bytes: new Uint8Array(32) }),
  )
  await add(
    'a high bit beyond the word',
    ['corrupt', 'unsupported-pixels'],
    withFrame({ shape: { highBit: 60 }, bytes: new Uint8Array(32) }),
  )
  await add(
    'a value of more bytes than frames',
    CORRUPT,
    withFrame({ slice: { valueBytes: 33 }, bytes: new Uint8Array(32) }),
  )
  await add(
    'a value of 2^50 bytes',
    CORRUPT,
    withFrame({ slice: { valueBytes: 2 ** 49, restBytes: 2 ** 49 - 32 }, bytes: new Uint8Array(32) }),
  )
  await add('words of 0 bytes', CORRUPT, withFrame({ slice: { wordBytes: 0 }, bytes: new Uint8Array(32) }))
  await add('words of 9 bytes', CORRUPT, withFrame({ slice: { wordBytes: 9 }, bytes: new Uint8Array(32) }))
  await add(
    'frames without Pixel Data',
    CORRUPT,
    withFrame({ slice: { kind: 'none', valueBytes: 0 }, bytes: new Uint8Array(32) }),
  )
  await add(
    'native frames of no shape',
    CORRUPT,
    withFrame({ slice: { shape: undefined, valueBytes: 0 }, bytes: new Uint8Array(32) }),
  )
  await add(
    'a compressed frame of native Pixel Data',
    CORRUPT,
    withFrame({ record: { coding: 0 }, bytes: new Uint8Array(32) }),
  )
  await add('a coding that there is not', CORRUPT, withFrame({ record: { coding: 77 }, bytes: new Uint8Array(32) }))
  await add(
    'a frame of more bytes than there are',
    CORRUPT,
    withFrame({ record: { length: 5000 }, bytes: new Uint8Array(32) }),
  )
  await add('a frame of negative length', CORRUPT, withFrame({ record: { length: -5 }, bytes: new Uint8Array(32) }))
  await add('a frame of 2^40 bytes', REFUSED, withFrame({ record: { length: 2 ** 40 }, bytes: new Uint8Array(32) }))
  await add(
    'zstd in a frame: 1 GiB',
    REFUSED,
    withFrame({
      shape: { rows: 23_170, columns: 23_170 },
      slice: { valueBytes: 23_170 ** 2 * 2 },
      record: { coding: 3 },
      bytes: zstdOfOneByte(23_170 ** 2 * 2),
    }),
  )
  await add(
    'zstd in a frame: of another size',
    CORRUPT,
    withFrame({ record: { coding: 3 }, bytes: zstdOfOneByte(64 << 20) }),
  )
  await add('zstd in a frame: none', CORRUPT, withFrame({ record: { coding: 3 }, bytes: ascii('no zstd here') }))
  await add('HTJ2K in a frame: none', CORRUPT, withFrame({ record: { coding: 1 }, bytes: ascii('no codestream here') }))
  const codestream = await encodeHtj2k(new Uint8Array(32), { rows: 4, columns: 4, samples: 1, bits: 16, signed: false })
  const siz = (change: (view: DataView) => void) => {
    const bytes = codestream.slice()
    change(new DataView(bytes.buffer))
    return bytes
  }
  await add('HTJ2K in a frame', RIGHT, withFrame({ record: { coding: 1 }, bytes: codestream }))
  await add(
    'HTJ2K of another size',
    CORRUPT,
    withFrame({ record: { coding: 1 }, bytes: siz(view => view.setUint32(8, 60_000)) }),
  )
  await add(
    'HTJ2K of 60,000 × 60,000, and so says the shape',
    REFUSED,
    withFrame({
      shape: { rows: 60_000, columns: 60_000 },
      slice: { valueBytes: 60_000 ** 2 * 2 },
      record: { coding: 1 },
      bytes: siz(view => {
        view.setUint32(8, 60_000)
        view.setUint32(12, 60_000)
      }),
    }),
  )
  await add(
    'HTJ2K of another depth',
    CORRUPT,
    withFrame({ record: { coding: 1 }, bytes: siz(view => view.setUint8(42, 7)) }),
  )
  await add(
    'HTJ2K with another sign',
    CORRUPT,
    withFrame({ record: { coding: 1 }, bytes: siz(view => view.setUint8(42, 0x8f)) }),
  )
  await add(
    'HTJ2K that is cut off',
    ['corrupt', 'right'],
    withFrame({ record: { coding: 1 }, bytes: codestream.subarray(0, 60) }),
  )
  await add(
    'HTJ2K of tiles of one sample',
    ['corrupt', 'right'],
    withFrame({
      record: { coding: 1 },
      bytes: siz(view => {
        view.setUint32(24, 1)
        view.setUint32(28, 1)
      }),
    }),
  )
  await add(
    'a frame that comes before the first',
    CORRUPT,
    withFrame({ recordOf: [1, 0], slice: { valueBytes: 64 }, bytes: new Uint8Array(32) }),
  )
  const frames = (count: number) =>
    made(sink => {
      sink.bytes(varints(0))
      for (const list of [1, count, 0, 0, 1, 0, 0]) sink.bytes(single(list))
    })
  for (const count of [1 << 20, 2 ** 26, 2 ** 26 + 1])
    await add(`${count} frames`, REFUSED, { ...withNodes([CT, PIXELS]), frameIndex: frames(count) })
  await add('8 million frames of one stored one', REFUSED, {
    ...withNodes([CT, PIXELS]),
    frameIndex: made(sink => {
      sink.bytes(varints(0))
      for (const list of [2, 8_000_000, 0, 0, 1, 0, 0]) sink.bytes(single(list))
      sink.bytes(linear(1))
      sink.bytes(linear(0))
      sink.varint(1)
    }),
    frameChecks: new Uint8Array(4),
  })
  await add('a frame index of a million shapes', CORRUPT, { ...withNodes([CT]), frameIndex: varints(1 << 20) })
  const fragmented = (fragments: number[][], bytes: Uint8Array) =>
    withFrame({
      node: { ...PIXELS, vr: 'OB', flags: NODE_FLAGS.undefinedLength },
      slice: { kind: 'encapsulated', valueBytes: 0, fragments },
      record: { coding: 0 },
      bytes,
    })
  await add('fragments longer than their frame', CORRUPT, fragmented([[1 << 20, 1]], new Uint8Array(32)))
  await add('a frame of no fragments', CORRUPT, fragmented([[]], new Uint8Array(32)))
  await add('a frame that no codec knows', ['unsupported-codec', 'right'], fragmented([[32]], new Uint8Array(32)))
  await add('60 million fragments', REFUSED, {
    ...withNodes([CT, PIXELS]),
    frameIndex: made(sink => {
      sink.bytes(varints(0))
      for (const list of [2, 1, 0, 0, 1, 0, 0, 60_000_000]) sink.bytes(single(list))
      sink.bytes(linear(0))
      sink.varint(1)
    }),
    frameChecks: new Uint8Array(4),
  })

  // --- files ---
  await add('a file of negative size', CORRUPT, { ...withNodes([CT]), manifest: manifest([{ sizeBytes: -1 }]) })
  await add('a file of 2^50 bytes', ['corrupt'], {
    ...withNodes([CT]),
    manifest: manifest([{ sizeBytes: 2 ** 49, sha256: new Uint8Array(32) }]),
  })
  await add('a file with another SHA-256', ['corrupt'], {
    ...withNodes([CT]),
    manifest: manifest([{ sizeBytes: 10, sha256: new Uint8Array(32) }]),
  })
  await add('a manifest of two files for one slice', CORRUPT, { ...withNodes([CT]), manifest: manifest([{}, {}]) })
  await add('a manifest of 2^26 files', CORRUPT, { ...withNodes([CT]), manifest: varints(2 ** 26) })
  await add('300 reports', CORRUPT, {
    ...withNodes([CT]),
    manifest: concat([varints(1), single(0), single(0), single(300)]),
  })
  await add('reports that are not there', CORRUPT, {
    ...withNodes([CT]),
    manifest: concat([varints(1), single(0), single(0), single(3)]),
  })
  await add('a report of a code that nobody knows', RIGHT, {
    ...withNodes([CT]),
    manifest: manifest([{ report: [{ code: '\x1b[31m' as never, message: '<script>alert(1)</script>' }] }]),
  })
  await add('names that are no UTF-8', CORRUPT, {
    ...withNodes([CT]),
    manifest: concat([
      varints(1),
      single(0),
      single(0),
      single(0),
      varints(5),
      column('verbatim', single(2)),
      Uint8Array.of(0xff, 0xfe),
    ]),
  })
  const NAMES = [
    '../../../etc/passwd',
    '/etc/passwd',
    'C:\\Windows\\x',
    '\\\\server\\share\\x',
    'a\0b',
    'CON',
    'x. . ',
    '',
    '.',
    '__proto__',
    `${'a/'.repeat(3000)}x`,
    'é'.repeat(5000),
  ]
  for (const name of NAMES)
    await add(`the file name ${JSON.stringify(name.slice(0, 20))}`, RIGHT, {
      ...withNodes([CT]),
      manifest: manifest([{ name }]),
    })
  await add('attachments with hostile names', RIGHT, {
    ...withNodes([CT]),
    attachments: made(sink =>
      writeAttachments(
        sink,
        NAMES.map(name => ({ name, bytes: NONE })),
      ),
    ),
  })
  await add('an attachment longer than the section', CORRUPT, {
    ...withNodes([CT]),
    attachments: concat([varints(1, 1), ascii('a'), varints(1 << 28)]),
  })
  await add('a million attachments of nothing', LIMIT, {
    ...withNodes([CT]),
    attachments: concat([varints(1 << 20), new Uint8Array(2 << 20)]),
  })
  const patch = (steps: { copy: number; skip: number; insert: Uint8Array }[], slice = 0) =>
    made(sink => writePatches(sink, new Map([[slice, steps]])))
  const known = { ...withNodes([CT]), manifest: manifest([{ sizeBytes: 10, sha256: new Uint8Array(32) }]) }
  await add('a patch for a slice that is not there', CORRUPT, { ...known, patches: patch([], 9) })
  await add('a patch that copies more than there is', CORRUPT, {
    ...known,
    patches: patch([{ copy: 2 ** 50, skip: 0, insert: NONE }]),
  })
  await add('a patch that skips more than there is', CORRUPT, {
    ...known,
    patches: patch([{ copy: 0, skip: 2 ** 50, insert: NONE }]),
  })
  await add('a patch that puts in a lot', ['corrupt'], {
    ...known,
    patches: patch([{ copy: 0, skip: 0, insert: new Uint8Array(3 << 20) }]),
  })
  await add('a million patches', REFUSED, { ...known, patches: concat([varints(1 << 20), new Uint8Array(2 << 20)]) })
  await add('a million steps', REFUSED, {
    ...known,
    patches: concat([varints(1, 0, 1 << 20), new Uint8Array(3 << 20)]),
  })
  await add('patches in the wrong order', CORRUPT, { ...known, patches: concat([varints(2, 0, 0, 0, 0)]) })
  await add('a stream for a slice that is not there', CORRUPT, {
    ...known,
    streams: made(sink => writeStreams(sink, new Map([[7, ascii('x')]]))),
  })
  await add('a stream longer than the section', CORRUPT, { ...known, streams: varints(1, 0, 1 << 28) })
  await add('a stream that is none', ['corrupt'], {
    ...known,
    streams: made(sink => writeStreams(sink, new Map([[0, ascii('x')]]))),
  })
  await add('digests of other files', ['corrupt'], await rebuilt({ digests: new Uint8Array(96).fill(7) }))

  // --- the view for v1 ---
  const u64s = (...values: number[]) =>
    made(sink => {
      for (const one of values) sink.u64(one)
    })
  const offsets = viewed.contents.v1FrameOffsets as Uint8Array
  await add(
    'a view with frames in another order',
    CORRUPT,
    await rebuilt({ v1FrameOffsets: offsets.slice().reverse() }, viewed),
  )
  await add(
    'a view with frames of the same place',
    CORRUPT,
    await rebuilt({ v1FrameOffsets: u64s(...Array(offsets.length / 8).fill(500)) }, viewed),
  )
  await add('a view with too few frames', CORRUPT, await rebuilt({ v1FrameOffsets: offsets.subarray(0, 8) }, viewed))
  await add(
    'a view without its tables',
    CORRUPT,
    await rebuilt({ v1FrameOffsets: undefined, v1FrameLengths: undefined }, viewed),
  )
  await add(
    'a view that says something else',
    ['corrupt', 'right'],
    await rebuilt(
      {
        v1Meta: ascii(
          '{"_merged_data":{"00100010":{"vr":"PN","shared":true,"Value":[{"Alphabetic":"Somebody^Else"}]}},"slice_count":4}',
        ),
      },
      viewed,
    ),
  )
  await add('a view that is no JSON', ['corrupt', 'right'], await rebuilt({ v1Meta: ascii('[[[[') }, viewed))
  return all
}
