import { mapOrdered } from '../bytes/map-ordered.ts'
import { sameBytes } from '../bytes/same-bytes.ts'
import { ByteSink } from '../bytes/sink.ts'
import { checkAborted } from '../bytes/source.ts'
import type { ByteWriter, Spool } from '../bytes/spool.ts'
import { checkFrame } from '../codec/decode.ts'
import { FRAME_CODINGS, nativeFrameBytes } from '../codec/frame.ts'
import type { FrameBytes } from '../codec/frame-part.ts'
import { platform } from '../codec/platform.ts'
import { FramePool } from '../codec/pool.ts'
import { compressZstdNow, loadZstd, SECTION_LEVEL, zstdSize } from '../codec/zstd.ts'
import type { DicomCubeImage } from '../cube/image.ts'
import { paletteOfRow } from '../cube/palette.ts'
import type { StoredFrame } from '../cube/pixel-store.ts'
import { serializeInto } from '../cube/serialize.ts'
import type { ReportEntry } from '../dicom/parse.ts'
import { DicubeError } from '../errors.ts'
import { version } from '../version.ts'
import { type FrameIndex, type FrameRecord, readFrameIndex, writeFrameIndex } from './frame-index.ts'
import { pixelRangesOf } from './frame-lists.ts'
import {
  readDirectory,
  type SectionEncoding,
  type SectionName,
  TRAILER_BYTES,
  writeHead,
  writeTrailer,
} from './layout.ts'
import { type ManifestFile, writeAttachments, writeManifest, writeStreams } from './manifest.ts'
import { makePatch, type PatchStep, writePatches } from './patch.ts'
import { type DecodedMetadata, decodeMetadata, type MetadataSections } from './read-table.ts'
import { recompress } from './recompress.ts'
import { headerOf, pixelLengthOf } from './restore.ts'
import { CHUNK_CONTAINERS, type Chunk, encodeTable, SMALL_BODY_BYTES } from './template.ts'
import { type CompressedDocument, compressedDocument, v1Sections } from './v1-sections.ts'

export interface WriteOptions {
  /** Leaves out the view for readers of v1, such as the Python package; default false. */
  noV1?: boolean
  /** Makes HTJ2K of losslessly compressed frames. The samples stay; the original bit streams, and so the original files, are gone. */
  recompress?: boolean
  /** Threads for encoding; default: as many as there are processors. */
  threads?: number
  onProgress?: (done: number, total: number) => void
  signal?: AbortSignal
}

export interface WriteResult {
  fileBytes: number
  /** Bytes of each section. */
  sections: Record<string, number>
  /** Elements that the v1 view leaves out, because its readers could not take them. */
  omittedFromV1: { tag: string; slice?: number; reason: string }[]
}

interface Part {
  name: SectionName
  bytes: Uint8Array
  encoding: SectionEncoding
  length: number
  inflatedLength: number
}

const NO_BYTES = new Uint8Array(0)

const zstd = (name: SectionName, bytes: Uint8Array): Part =>
  zstdOf(name, bytes.length ? compressZstdNow(bytes, SECTION_LEVEL) : bytes, bytes.length)

const zstdOf = (name: SectionName, compressed: Uint8Array, inflatedLength: number): Part => ({
  name,
  bytes: compressed,
  encoding: 'zstd',
  length: compressed.length,
  inflatedLength,
})

function raw(name: SectionName, bytes: Uint8Array, encoding: 'raw' | 'container' = 'raw'): Part {
  return { name, bytes, encoding, length: bytes.length, inflatedLength: bytes.length }
}

/** Sections are written in the order of SECTION_NAMES: what metadata needs first, pixels behind it, the v1 view last. */
export async function writeCube(
  image: DicomCubeImage,
  out: ByteWriter,
  makeSpool: () => Promise<Spool>,
  options: WriteOptions = {},
): Promise<WriteResult> {
  const spools: Spool[] = []
  const spool = async () => {
    spools.push(await makeSpool())
    return spools[spools.length - 1]
  }
  try {
    const files = image.asFiles ? await image.asFiles() : image
    const source = options.recompress ? await recompress(files, await spool(), options.signal) : files
    return await writeImage(source, out, await spool(), options)
  } finally {
    for (const one of spools) await one.close()
  }
}

/**
 * Behind the frames all is done on this thread, and without a turn for timers. Those that coded the frames end after a
 * second (codec/threads), of which most is gone by the time they are waited for: with eight their memory is a quarter of
 * the most that 50,000 slices take. So many slices wait for that, and with their view for v1, too.
 */
const THREADS_END_MS = 1100
const LONG_SERIES = 10_000

async function writeImage(
  image: DicomCubeImage,
  out: ByteWriter,
  spool: Spool,
  options: WriteOptions,
): Promise<WriteResult> {
  const { meta, originals, pixels } = image
  const { table } = meta
  const isLong = table.rowCount >= LONG_SERIES
  let document: CompressedDocument | undefined
  const makeDocument = () => {
    document = options.noV1 ? undefined : compressedDocument(image)
  }
  const pool = new FramePool(options.threads)
  let frames: SpooledFrames
  try {
    // Threads that read files have something to do in any case. One that cannot begin is told by its first task.
    if (platform().readPart && !pixels.packed) pool.start(image.frameCount).catch(() => {})
    await meta.load(undefined, options)
    await loadZstd()
    frames = await spoolFrames(image, spool, pool, options, isLong ? () => {} : makeDocument)
  } finally {
    pool.close()
  }
  const rested = new Promise(resolve => setTimeout(resolve, isLong ? THREADS_END_MS : 0))
  const files: ManifestFile[] = []
  const streams = new Map<number, Uint8Array>()
  for (let slice = 0; slice < table.rowCount; slice++) {
    const file = originals.files[slice]
    const changed = meta.changedSlices.has(slice) || (originals.sha256 === undefined && file.sha256 === undefined)
    const stream = changed ? undefined : await originals.deflatedStream(slice)
    if (stream) streams.set(slice, stream)
    const sha256 = changed ? undefined : (file.sha256 ?? frames.digestOf(slice))
    const report = withFrameProblem(originals.reports[slice] ?? [], frames.problems.get(slice))
    files.push({ name: file.name, sizeBytes: file.sizeBytes, sha256, report })
  }

  const { slices, records, recordOf } = frames.index
  const ranges = pixelRangesOf({
    frameCounts: Uint32Array.from(slices, slice => slice.frameCount),
    recordOf,
    minima: records.map(record => record.minimum),
    maxima: records.map(record => record.maximum),
  })
  const { VOCABULARY: vocabulary } = await import('./vocabulary.generated.ts')
  const compression = { compress: compressZstdNow, sizeOf: zstdSize, vocabulary }
  await rested
  if (isLong) makeDocument()
  const encoded = encodeTable(table, compression, ranges)
  const { template, columns } = templateSections(table.rowCount, encoded)
  const digits = encoded.digits.finish()
  const isBlob = ({ container }: Chunk) => container !== CHUNK_CONTAINERS.values
  const container = (blobs: boolean) =>
    joined(encoded.chunks.filter(chunk => isBlob(chunk) === blobs).map(chunk => chunk.compressed))
  const values = container(false)
  const blobs = container(true)

  const provide = (provideChunk: DecodedMetadata['provideChunk']) => {
    for (const [id, { container, compressed }] of encoded.chunks.entries())
      provideChunk(id, compressed, container === CHUNK_CONTAINERS.blobsWithVocabulary ? vocabulary : undefined)
  }
  const patches = await patchesOf(
    image,
    {
      template,
      columns: columns && (() => columns),
      digits: () => digits,
      values: () => values,
      ranges: () => ranges,
      sliceCount: table.rowCount,
      // Fewer than there will be: what can be read of these can be read of all.
      storedBytes: values.length + blobs.length + digits.length + 32 * table.rowCount,
    },
    provide,
  )

  const checks = new ByteSink()
  for (const record of frames.index.records) checks.u32(record.crc32)
  const frameIndex = writeFrameIndex(frames.index, zstdSize)
  const storedBytes = checks.length + values.length + blobs.length + digits.length
  readFrameIndex(
    frameIndex,
    { checks: checks.finish(), sliceCount: table.rowCount, framesBytes: spool.sizeBytes, storedBytes },
    'written frame index',
  )
  const parts = [
    zstd('template', template),
    zstd('columns', columns ?? NO_BYTES),
    raw('values', values, 'container'),
    zstd('frameIndex', frameIndex),
    raw('frameChecks', checks.finish()),
    raw('digits', digits),
  ]
  const behind = [
    raw('blobs', blobs, 'container'),
    zstd('pixelRest', joined(frames.rests)),
    zstd('patches', patches.size ? made(sink => writePatches(sink, patches)) : NO_BYTES),
    raw('streams', streams.size ? made(sink => writeStreams(sink, streams)) : NO_BYTES),
    zstd(
      'manifest',
      made(sink => writeManifest(sink, files, zstdSize)),
    ),
    raw('digests', joined(files.map(file => file.sha256 ?? new Uint8Array(32)))),
    zstd('attachments', image.attachments.length ? made(sink => writeAttachments(sink, image.attachments)) : NO_BYTES),
  ]
  return assemble(image, out, spool, { parts, behind, index: frames.index, document }, options)
}

/** What was written is read back, and each header rebuilt from it: what no template expresses becomes a patch. */
async function patchesOf(
  image: DicomCubeImage,
  { template, ...sections }: MetadataSections & { template: Uint8Array },
  provide: (provideChunk: DecodedMetadata['provideChunk']) => void,
): Promise<Map<number, PatchStep[]>> {
  const { meta, originals } = image
  const { table: back, provideChunk } = decodeMetadata(template, sections, 'written metadata')
  provide(provideChunk)
  const patches = new Map<number, PatchStep[]>()
  const sink = new ByteSink(back.rowBytes)
  for (let slice = 0; slice < meta.sliceCount; slice++) {
    const original = meta.changedSlices.has(slice) ? undefined : originals.header?.(slice)
    const wanted = original ?? (await headerOf(image, slice))
    const rebuilt = serializeInto(sink, back, slice, pixelLengthOf(image, slice))
    if (rebuilt.pixelOffset !== wanted.pixelOffset)
      throw new DicubeError(
        'corrupt',
        `slice ${slice}: Pixel Data at ${rebuilt.pixelOffset} of the rebuilt header, wanted ${wanted.pixelOffset}; please report this file`,
      )
    const patch = makePatch(rebuilt.bytes, wanted.bytes)
    if (patch) patches.set(slice, patch)
  }
  return patches
}

/** Up to here all bodies of columns are part of the template: one thing less to inflate, and it compresses them better. */
const INLINE_BODY_BYTES = 1 << 14

function templateSections(
  rowCount: number,
  encoded: ReturnType<typeof encodeTable>,
): { template: Uint8Array; columns?: Uint8Array } {
  const areInline = encoded.columns.reduce((sum, { body }) => sum + body.length, 0) <= INLINE_BODY_BYTES
  const isInTemplate = (body: Uint8Array) => areInline || body.length < SMALL_BODY_BYTES
  const bodies = (inTemplate: boolean) =>
    joined(encoded.columns.map(({ body }) => body).filter(body => isInTemplate(body) === inTemplate))
  const template = made(sink => {
    sink.varint(rowCount)
    sink.varint(encoded.chunks.length)
    for (const { bytes, compressed, container } of encoded.chunks) {
      sink.u8(container)
      sink.varint(compressed.length)
      sink.varint(bytes.length)
      sink.u32(platform().crc32(compressed))
    }
    sink.varint(encoded.columns.length)
    for (const { body, digitBytes, chunk } of encoded.columns) {
      sink.varint(2 * body.length + (digitBytes ? 1 : 0))
      if (digitBytes) sink.varint(digitBytes)
      if (!body.length) sink.varint(chunk)
    }
    sink.bytes(encoded.template.finish())
    sink.bytes(bodies(true))
  })
  return areInline ? { template } : { template, columns: bodies(false) }
}

function made(write: (sink: ByteSink) => void): Uint8Array {
  const sink = new ByteSink()
  write(sink)
  return sink.finish()
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return made(sink => {
    for (const part of parts) sink.bytes(part)
  })
}

/** Frames that are kept as they were compressed are not decoded to be measured. */
const NOT_MEASURED = { minimum: null, maximum: null, outside: false }

/** What was seen of frames when they passed by, beside what is known of their files. */
const withFrameProblem = (report: readonly ReportEntry[], found: ReportEntry | undefined): readonly ReportEntry[] =>
  found && !report.some(({ code }) => code === found.code) ? [...report, found] : report

interface SpooledFrames {
  /** By slice: what is wrong with the first frame of it that something is wrong with. */
  problems: ReadonlyMap<number, ReportEntry>
  index: FrameIndex
  rests: Uint8Array[]
  /** Of the original file; undefined: it is not known, or no longer what the slice is. */
  digestOf(slice: number): Uint8Array | undefined
}

/** What threads have to do while this one does something else: frames of so many bytes, and digests of their files. */
const AHEAD_BYTES = 32 << 20
const MOST_AHEAD = 100

/**
 * Packs the frames of all slices, in order, into the spool; a frame that was there before is not written again.
 * `meanwhile` runs once, when all threads have been given enough to do for a while.
 */
async function spoolFrames(
  image: DicomCubeImage,
  spool: Spool,
  pool: FramePool,
  options: WriteOptions,
  meanwhile: () => void,
): Promise<SpooledFrames> {
  const { pixels, originals } = image
  const records: FrameRecord[] = []
  const recordOf: number[] = []
  const problems = new Map<number, ReportEntry>()
  const rests: Uint8Array[] = []
  // One buffer for all: one for each digest takes several times its bytes.
  const digests = new Uint8Array(originals.sha256 ? 32 * pixels.slices.length : 0)
  const digestOf = (slice: number) =>
    originals.sha256 && !image.meta.changedSlices.has(slice) ? digests.subarray(32 * slice, 32 * slice + 32) : undefined
  /** Records by checksum; a list where several have the same. */
  const byCheck = new Map<number, number | number[]>()
  const threads = options.threads ?? platform().concurrency
  const total = pixels.slices.length
  const shape = pixels.slices.find(slice => slice.shape)?.shape
  const few = threads * 4 + 1
  /** Few, so that no thread has many left when the other has none; many until `meanwhile` has run. */
  const many = Math.max(few, shape ? Math.min(MOST_AHEAD, Math.floor((2 * AHEAD_BYTES) / nativeFrameBytes(shape))) : 0)
  let ahead = many + 1

  async function* jobs(): AsyncGenerator<() => ReturnType<typeof packFrame> | Promise<void>> {
    for (const [slice, { frameCount, restBytes }] of pixels.slices.entries()) {
      checkAborted('saving', options.signal)
      for (let frame = 0; frame < frameCount; frame++) {
        const placed = pixels.packed ? undefined : pixels.placeFrame?.(slice, frame)
        const stored = placed ?? (await pixels.readFrame(slice, frame, options.signal))
        yield () => packFrame(slice, frame, stored)
      }
      if (restBytes) rests.push(await pixels.readRest(slice, options.signal))
      const digest = digestOf(slice)
      if (digest) yield async () => void digest.set(await originals.sha256!(slice, pool, options.signal))
      options.onProgress?.(slice + 1, total)
    }
  }
  async function* jobsAndMeanwhile() {
    let begun = 0
    for await (const job of jobs()) {
      yield job
      if (++begun !== many) continue
      meanwhile()
      ahead = few
    }
    if (begun < many) meanwhile()
  }
  const packFrame = async (slice: number, frame: number, stored: StoredFrame<FrameBytes>) => {
    const { coding, bytes, shape } = stored
    const packed =
      bytes instanceof Uint8Array && (pixels.packed || coding === FRAME_CODINGS.verbatim)
        ? { coding, bytes, shape, crc32: platform().crc32(bytes), ...(stored.measured ?? NOT_MEASURED) }
        : { ...(await pool.pack(bytes, shape!, options.signal)), shape }
    // The frames of a cube were looked at when it was made.
    const problem = pixels.packed ? undefined : frameProblem(image, slice, frame, stored, packed.maximum)
    if (problem && !problems.has(slice)) problems.set(slice, problem)
    return packed
  }
  for await (const packed of mapOrdered(
    jobsAndMeanwhile(),
    () => ahead,
    async job => job(),
  )) {
    if (!packed) continue
    const candidates = [byCheck.get(packed.crc32) ?? []].flat()
    let record = -1
    for (const candidate of candidates) {
      const { offset, length, shape, coding } = records[candidate]
      if (
        length === packed.bytes.length &&
        coding === packed.coding &&
        JSON.stringify(shape) === JSON.stringify(packed.shape) &&
        sameBytes(await spool.read(offset, length), packed.bytes)
      )
        record = candidate
    }
    if (record < 0) {
      const { coding, bytes, crc32, shape, minimum, maximum, outside } = packed
      // Field by field: of what is left of an object V8 keeps a shape of its own for each, 500 bytes a frame.
      const [offset, length] = [spool.sizeBytes, bytes.length]
      record = records.push({ coding, offset, length, crc32, shape, minimum, maximum, outside }) - 1
      byCheck.set(packed.crc32, candidates.length ? [...candidates, record] : record)
      await spool.append(bytes)
    }
    recordOf.push(record)
  }
  return {
    problems,
    index: { slices: [...pixels.slices], records, recordOf: Uint32Array.from(recordOf) },
    rests,
    digestOf,
  }
}

/** What a frame says of itself against what its attributes say; a native frame against its palette. */
function frameProblem(
  image: DicomCubeImage,
  slice: number,
  frame: number,
  { coding, bytes, shape }: StoredFrame<FrameBytes>,
  maximum: number | null,
): ReportEntry | undefined {
  if (!shape) return undefined
  const { codec, photometric } = image.describe(slice)
  if (coding === FRAME_CODINGS.verbatim && bytes instanceof Uint8Array) {
    if (!codec) return undefined
    try {
      checkFrame(codec, bytes, shape)
    } catch (error) {
      if (!(error instanceof DicubeError)) throw error
      // What no decoder here can do is no fault of the file.
      if (error.code === 'unsupported-codec') return undefined
      return { code: 'pixel-stream', message: `frame ${frame}: ${error.message}` }
    }
    return undefined
  }
  const palette = photometric === 'PALETTE COLOR' ? paletteOfRow(image.meta.table, slice) : undefined
  if (!palette || palette instanceof DicubeError || maximum === null) return undefined
  const end = palette.first + palette.red.length - 1
  if (maximum <= end) return undefined
  return { code: 'palette', message: `frame ${frame}: samples up to ${maximum}, the palette ends at ${end}` }
}

interface Assembly {
  /** Before the frames: the front page. */
  parts: Part[]
  behind: Part[]
  index: FrameIndex
  /** Absent: there is no view for v1 readers. */
  document?: CompressedDocument
}

async function assemble(
  image: DicomCubeImage,
  out: ByteWriter,
  spool: Spool,
  { parts, behind, index, document }: Assembly,
  options: WriteOptions,
): Promise<WriteResult> {
  const view = document && v1Sections(image, index)
  const tail = [...behind]
  if (document) tail.push(zstdOf('v1Meta', document.json.frame, document.json.contentBytes))
  if (view) tail.push(...view.raw.map(({ name, bytes }) => raw(name, bytes)))
  /** The sections, with frames of the view counted from where the frames begin. */
  const sectionsWith = (framesOffset: number): Part[] => [
    ...parts,
    {
      name: 'frames',
      bytes: NO_BYTES,
      encoding: 'container',
      length: spool.sizeBytes,
      inflatedLength: spool.sizeBytes,
    },
    ...tail,
    ...(view?.frameCount
      ? [
          raw(
            'v1FrameOffsets',
            frameTable(index, record => framesOffset + record.offset),
          ),
          raw(
            'v1FrameLengths',
            frameTable(index, record => record.length),
          ),
        ]
      : []),
  ]
  const headOf = (sections: readonly Part[]) =>
    writeHead(
      `dicube ${version}`,
      sections
        .filter(({ length }) => length)
        .map(part => ({ ...part, crc32: part.encoding === 'container' ? 0 : platform().crc32(part.bytes) })),
      view?.frameCount ?? 0,
    )
  const { frontBytes } = headOf(sectionsWith(0))
  const sections = sectionsWith(frontBytes)
  const { head, fileBytes, sections: placed } = headOf(sections)
  // A cube that a reader would refuse is not written.
  readDirectory(head, fileBytes, 'written directory')
  await out.write(head)
  for (const part of sections) {
    if (part.name !== 'frames') await out.write(part.bytes)
    else {
      // One block for all: memory of its own for each would set the collector to work.
      const block = new Uint8Array(Math.min(1 << 20, spool.sizeBytes))
      for (let offset = 0; offset < spool.sizeBytes; offset += block.length) {
        checkAborted('saving', options.signal)
        await out.write(await spool.read(offset, Math.min(block.length, spool.sizeBytes - offset), block))
      }
    }
  }
  await out.write(writeTrailer(fileBytes, head))
  return {
    fileBytes,
    sections: Object.fromEntries([
      ['head', head.length + TRAILER_BYTES],
      ...placed.map(({ name, length }) => [name, length]),
    ]),
    omittedFromV1: document?.omitted ?? [],
  }
}

function frameTable({ records, recordOf }: FrameIndex, value: (record: FrameRecord) => number): Uint8Array {
  return made(sink => {
    for (const record of recordOf) sink.u64(value(records[record]))
  })
}
