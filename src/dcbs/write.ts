import { ByteSink } from '../bytes/cursor.ts'
import type { ByteWriter, Spool } from '../bytes/spool.ts'
import { FRAME_CODINGS } from '../codec/frame.ts'
import { mapOrdered } from '../codec/map-ordered.ts'
import { platform } from '../codec/platform.ts'
import { FramePool } from '../codec/pool.ts'
import { compressZstdNow, loadZstd, SECTION_LEVEL } from '../codec/zstd.ts'
import type { DicomCubeImage } from '../cube/image.ts'
import type { StoredFrame } from '../cube/pixel-store.ts'
import { serializeRow } from '../cube/serialize.ts'
import { sameBytes } from '../cube/table.ts'
import { DicubeError } from '../errors.ts'
import { type FrameIndex, type FrameRecord, readFrameIndex, writeFrameIndex } from './frame-index.ts'
import {
  directoryBytes,
  HEADER_BYTES,
  readDirectory,
  type SectionEncoding,
  type SectionName,
  type SectionRow,
  TRAILER_BYTES,
  v1HeaderOf,
  writeHead,
  writeTrailer,
} from './layout.ts'
import { type ManifestFile, writeAttachments, writeManifest, writeStreams } from './manifest.ts'
import { makePatch, type PatchStep, writePatches } from './patch.ts'
import { decodeMetadata } from './read-table.ts'
import { recompress } from './recompress.ts'
import { headerOf, pixelLengthOf } from './restore.ts'
import { encodeTable } from './template.ts'
import { v1Sections } from './v1-sections.ts'

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
  inflatedLength: number
}

/** Sections are written in the order of SECTIONS: what metadata needs first, pixels behind it, the v1 view last. */
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

async function writeImage(
  image: DicomCubeImage,
  out: ByteWriter,
  spool: Spool,
  options: WriteOptions,
): Promise<WriteResult> {
  const { meta, originals } = image
  const { table } = meta
  await meta.load()
  await loadZstd()
  const sizeOf = (bytes: Uint8Array) => (bytes.length < 16 ? bytes.length : compressZstdNow(bytes, 3).length)
  const zstd = (name: SectionName, bytes: Uint8Array): Part => ({
    name,
    bytes: compressZstdNow(bytes, SECTION_LEVEL),
    encoding: 'zstd',
    inflatedLength: bytes.length,
  })
  const raw = (name: SectionName, bytes: Uint8Array, encoding: 'raw' | 'container' = 'raw'): Part => ({
    name,
    bytes,
    encoding,
    inflatedLength: bytes.length,
  })

  const encoded = encodeTable(table, compressZstdNow)
  const template = templateSection(table.rowCount, encoded)
  const columns = encoded.body.finish()
  const digits = encoded.digits.finish()
  const container = (blob: boolean) =>
    joined(encoded.chunks.filter(chunk => chunk.blob === blob).map(chunk => chunk.compressed))
  const values = container(false)
  const blobs = container(true)

  // What was written is read back, and each header rebuilt from it: what no template expresses becomes a patch.
  const back = decodeMetadata(
    template,
    {
      columns: () => columns,
      digits: () => digits,
      values: () => values,
      blobs: () => blobs,
      sliceCount: table.rowCount,
      // Fewer than there will be: what can be read of these can be read of all.
      storedBytes: values.length + blobs.length + digits.length + 32 * table.rowCount,
    },
    'written metadata',
  ).table
  const patches = new Map<number, PatchStep[]>()
  for (let slice = 0; slice < table.rowCount; slice++) {
    const wanted = await headerOf(image, slice)
    const rebuilt = serializeRow(back, slice, pixelLengthOf(image, slice))
    if (rebuilt.pixelOffset !== wanted.pixelOffset)
      throw new DicubeError(
        'corrupt',
        `slice ${slice}: Pixel Data at ${rebuilt.pixelOffset} of the rebuilt header, wanted ${wanted.pixelOffset}; please report this file`,
      )
    const patch = makePatch(rebuilt.bytes, wanted.bytes)
    if (patch) patches.set(slice, patch)
  }

  const frames = await spoolFrames(image, spool, options)
  const files: ManifestFile[] = []
  const streams = new Map<number, Uint8Array>()
  for (let slice = 0; slice < table.rowCount; slice++) {
    const file = originals.files[slice]
    const changed = meta.changedSlices.has(slice) || (originals.sha256 === undefined && file.sha256 === undefined)
    const stream = changed ? undefined : await originals.deflatedStream(slice)
    if (stream) streams.set(slice, stream)
    const sha256 = changed ? undefined : (file.sha256 ?? frames.digests[slice])
    files.push({ name: file.name, sizeBytes: file.sizeBytes, sha256, report: originals.reports[slice] ?? [] })
  }

  const checks = new ByteSink()
  for (const record of frames.index.records) checks.u32(record.crc32)
  const frameIndex = writeFrameIndex(frames.index, sizeOf)
  const storedBytes = checks.length + values.length + blobs.length + digits.length
  readFrameIndex(
    frameIndex,
    { checks: checks.finish(), sliceCount: table.rowCount, framesBytes: spool.sizeBytes, storedBytes },
    'written frame index',
  )
  const rest = joined(frames.rests)
  const parts: Part[] = [zstd('template', template), zstd('columns', columns), raw('values', values, 'container')]
  parts.push(zstd('frameIndex', frameIndex), raw('frameChecks', checks.finish()), raw('digits', digits))
  const behind: Part[] = [raw('blobs', blobs, 'container')]
  if (rest.length) behind.push(zstd('pixelRest', rest))
  if (patches.size)
    behind.push(
      zstd(
        'patches',
        made(sink => writePatches(sink, patches)),
      ),
    )
  if (streams.size)
    behind.push(
      raw(
        'streams',
        made(sink => writeStreams(sink, streams)),
      ),
    )
  behind.push(
    zstd(
      'manifest',
      made(sink => writeManifest(sink, files, sizeOf)),
    ),
  )
  behind.push(raw('digests', joined(files.map(file => file.sha256 ?? new Uint8Array(32)))))
  if (image.attachments.length)
    behind.push(
      zstd(
        'attachments',
        made(sink => writeAttachments(sink, image.attachments)),
      ),
    )

  return assemble(image, out, spool, { parts, behind, index: frames.index }, zstd, raw, options)
}

function templateSection(rowCount: number, encoded: ReturnType<typeof encodeTable>): Uint8Array {
  const sink = new ByteSink()
  sink.varint(rowCount)
  sink.varint(encoded.chunks.length)
  for (const { bytes, compressed, blob } of encoded.chunks) {
    sink.u8(blob ? 1 : 0)
    sink.varint(compressed.length)
    sink.varint(bytes.length)
    sink.u32(platform().crc32(compressed))
  }
  sink.varint(encoded.columns.length)
  for (const { bodyBytes, digitBytes, chunk } of encoded.columns) {
    sink.varint(bodyBytes)
    sink.varint(digitBytes)
    if (!bodyBytes) sink.varint(chunk)
  }
  sink.bytes(encoded.template.finish())
  return sink.finish()
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

interface SpooledFrames {
  index: FrameIndex
  rests: Uint8Array[]
  digests: (Uint8Array | undefined)[]
}

/** Packs the frames of all slices, in order, into the spool; a frame that was there before is not written again. */
async function spoolFrames(image: DicomCubeImage, spool: Spool, options: WriteOptions): Promise<SpooledFrames> {
  const { pixels, originals } = image
  const records: FrameRecord[] = []
  const recordOf: number[] = []
  const rests: Uint8Array[] = []
  const digests: (Uint8Array | undefined)[] = []
  const byCheck = new Map<string, number[]>()
  const threads = options.threads ?? platform().concurrency
  const pool = pixels.packed ? undefined : new FramePool(threads)
  const total = pixels.slices.length

  async function* jobs() {
    for (const [slice, { frameCount, restBytes }] of pixels.slices.entries()) {
      options.signal?.throwIfAborted()
      for (let frame = 0; frame < frameCount; frame++) yield await pixels.readFrame(slice, frame, options.signal)
      if (restBytes) rests.push(await pixels.readRest(slice, options.signal))
      if (originals.sha256 && !image.meta.changedSlices.has(slice)) digests[slice] = await originals.sha256(slice)
      options.onProgress?.(slice + 1, total)
    }
  }
  const packJob = async (stored: StoredFrame) => {
    const { coding, bytes, shape } = stored
    if (!pool || coding === FRAME_CODINGS.verbatim) {
      return { coding, bytes, shape, crc32: platform().crc32(bytes), ...(stored.measured ?? NOT_MEASURED) }
    }
    return { ...(await pool.pack(bytes, shape!, options.signal)), shape }
  }
  try {
    for await (const packed of mapOrdered(jobs(), threads * 2 + 1, packJob)) {
      const key = `${packed.crc32}:${packed.bytes.length}:${packed.coding}`
      const candidates = byCheck.get(key) ?? []
      let record = -1
      for (const candidate of candidates) {
        const { offset, length, shape } = records[candidate]
        if (
          JSON.stringify(shape) === JSON.stringify(packed.shape) &&
          sameBytes(await spool.read(offset, length), packed.bytes)
        )
          record = candidate
      }
      if (record < 0) {
        const { bytes, ...rest } = packed
        record = records.push({ ...rest, offset: spool.sizeBytes, length: bytes.length }) - 1
        byCheck.set(key, [...candidates, record])
        await spool.append(bytes)
      }
      recordOf.push(record)
    }
  } finally {
    pool?.close()
  }
  return { index: { slices: [...pixels.slices], records, recordOf: Uint32Array.from(recordOf) }, rests, digests }
}

interface Assembly {
  /** Before the frames: the front page. */
  parts: Part[]
  behind: Part[]
  index: FrameIndex
}

async function assemble(
  image: DicomCubeImage,
  out: ByteWriter,
  spool: Spool,
  { parts, behind, index }: Assembly,
  zstd: (name: SectionName, bytes: Uint8Array) => Part,
  raw: (name: SectionName, bytes: Uint8Array) => Part,
  options: WriteOptions,
): Promise<WriteResult> {
  const framesPart = { name: 'frames' as const, encoding: 'container' as const, length: spool.sizeBytes }
  const view = options.noV1 ? undefined : v1Sections(image, index)
  const viewParts = view ? [zstd('v1Meta', view.meta), ...view.raw.map(({ name, bytes }) => raw(name, bytes))] : []
  const tables: SectionName[] = view?.frameCount ? ['v1FrameOffsets', 'v1FrameLengths'] : []
  const count = parts.length + 1 + behind.length + viewParts.length + tables.length
  let at = HEADER_BYTES + directoryBytes(count)
  const sections: (SectionRow & { name: SectionName })[] = []
  const place = (part: Part) => {
    const crc32 = part.encoding === 'container' ? 0 : platform().crc32(part.bytes)
    sections.push({
      name: part.name,
      encoding: part.encoding,
      offset: at,
      length: part.bytes.length,
      inflatedLength: part.inflatedLength,
      crc32,
    })
    at += part.bytes.length
  }
  for (const part of parts) place(part)
  const frontBytes = at
  const framesOffset = at
  sections.push({
    name: framesPart.name,
    encoding: framesPart.encoding,
    offset: at,
    length: framesPart.length,
    inflatedLength: framesPart.length,
    crc32: 0,
  })
  at += framesPart.length
  const tail = [...behind, ...viewParts]
  if (view?.frameCount)
    tail.push(
      raw(
        'v1FrameOffsets',
        frameTable(index, record => framesOffset + record.offset),
      ),
      raw(
        'v1FrameLengths',
        frameTable(index, record => record.length),
      ),
    )
  for (const part of tail) place(part)

  const head = writeHead(v1HeaderOf(sections, view?.frameCount ?? 0), {
    fileBytes: at + TRAILER_BYTES,
    frontBytes,
    sections,
  })
  // A cube that a reader would refuse is not written.
  readDirectory(head, at + TRAILER_BYTES, 'written directory')
  await out.write(head)
  for (const part of parts) await out.write(part.bytes)
  for (let offset = 0; offset < spool.sizeBytes; offset += 1 << 20)
    await out.write(await spool.read(offset, Math.min(1 << 20, spool.sizeBytes - offset)))
  for (const part of tail) await out.write(part.bytes)
  await out.write(writeTrailer(at + TRAILER_BYTES, head))
  return {
    fileBytes: at + TRAILER_BYTES,
    sections: Object.fromEntries([
      ['head', head.length + TRAILER_BYTES],
      ...sections.map(section => [section.name, section.length]),
    ]),
    omittedFromV1: view?.omitted ?? [],
  }
}

function frameTable({ records, recordOf }: FrameIndex, value: (record: FrameRecord) => number): Uint8Array {
  return made(sink => {
    for (const record of recordOf) sink.u64(value(records[record]))
  })
}
