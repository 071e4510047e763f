import { Budget, ByteCursor } from '../bytes/cursor.ts'
import { inflateZstd, platform } from '../codec/platform.ts'
import type { Table } from '../cube/table.ts'
import { DicubeError } from '../errors.ts'
import { CUBE_LIMITS, grown } from '../limits.ts'
import { isPixelRange, type PixelRanges } from './columns.ts'
import { CHUNK_CONTAINERS, type ColumnPlace, decodeTable, SMALL_BODY_BYTES, type TableSource } from './template.ts'

/** The sections that a table is decoded from, each inflated and checked when it is first asked for. */
export interface MetadataSections {
  /** The larger bodies of columns. Absent: these are in the template, too. */
  columns?: () => Uint8Array
  digits(): Uint8Array
  /** A container: the bytes of one chunk are checked by the chunk's own checksum. */
  values(): Uint8Array
  /** Of the frame index; undefined: it has none. */
  ranges?: () => PixelRanges | undefined
  /** Slices, as another section says. */
  sliceCount: number
  /** Bytes that metadata takes in the file: what may be made of it is measured by them. */
  storedBytes: number
}

/** What the place of a column or chunk takes in memory, in entries of a list. */
const PLACE_ENTRIES = 16

/** A compressed value with a place of its own (SPEC §5.1). */
export interface ChunkPlace {
  blob: boolean
  /** Whether it was compressed behind the vocabulary (SPEC §5.7). */
  needsVocabulary: boolean
  /** In its container. */
  offset: number
  length: number
  inflatedLength: number
  crc32: number
}

export interface DecodedMetadata {
  table: Table
  chunks: readonly ChunkPlace[]
  columns: readonly ColumnPlace[]
  /** Whether there may be columns that `ranges` tells: their bodies are small, or in chunks, which nobody has looked into. */
  mayNeedRanges: boolean
  /** Gives the bytes of a blob that was fetched, and the vocabulary where it needs that. */
  provideChunk(id: number, compressed: Uint8Array, vocabulary?: Uint8Array): void
}

/** Reads the template section; columns are decoded when their values are asked for. */
export function decodeMetadata(template: Uint8Array, sections: MetadataSections, name: string): DecodedMetadata {
  const budget = new Budget(grown(CUBE_LIMITS.listEntries, sections.storedBytes))
  const cursor = new ByteCursor(template, `${name}: template`, 0, template.length, budget)
  const rowCount = cursor.count(0, CUBE_LIMITS.rows)
  if (rowCount !== sections.sliceCount)
    throw cursor.corrupt(`${rowCount} slices, and digests of ${sections.sliceCount} files`)
  const chunks = readChunkPlaces(cursor, grown(CUBE_LIMITS.inflatedBytes, sections.storedBytes))
  const columns = readColumnPlaces(
    cursor,
    chunks.length,
    sections.columns ? SMALL_BODY_BYTES : Number.POSITIVE_INFINITY,
  )
  const bodiesOffset = template.length - bodyBytesOf(columns, true)
  const tableCursor = new ByteCursor(template, `${name}: template`, cursor.pos, bodiesOffset, budget)
  const inflated = new Map<number, Uint8Array>()
  const provided = new Map<number, { compressed: Uint8Array; vocabulary?: Uint8Array | undefined }>()
  const compressedOf = (id: number) => {
    const { blob, offset, length } = chunks[id]
    return blob ? provided.get(id) : { compressed: sections.values().subarray(offset, offset + length) }
  }
  const source: TableSource = {
    columnBody: ({ isInTemplate }) => (isInTemplate ? template.subarray(bodiesOffset) : sections.columns!()),
    digits: sections.digits,
    columns,
    chunkCount: chunks.length,
    ranges: sections.ranges,
    budget,
    rowBytes: grown(CUBE_LIMITS.inflatedBytes, sections.storedBytes),
    pendingChunk: id => (compressedOf(id) ? undefined : chunks[id]),
    chunk: id => {
      const known = inflated.get(id)
      if (known) return known
      const { inflatedLength, crc32 } = chunks[id]
      const found = compressedOf(id)
      if (!found)
        throw new DicubeError(
          'not-loaded',
          `${name}: a value of ${inflatedLength} bytes is kept behind the frames; call load() first`,
        )
      const { compressed, vocabulary } = found
      if (platform().crc32(compressed) !== crc32)
        throw new DicubeError('corrupt', `${name}: value ${id} does not have its checksum`)
      const bytes = inflateZstd(compressed, inflatedLength, vocabulary)
      inflated.set(id, bytes)
      return bytes
    },
  }
  return {
    table: decodeTable(tableCursor, rowCount, source),
    chunks,
    columns,
    mayNeedRanges: columns.some(
      ({ chunk, isInTemplate, bodyOffset }) =>
        chunk >= 0 || (isInTemplate && isPixelRange(template[bodiesOffset + bodyOffset])),
    ),
    provideChunk: (id, compressed, vocabulary) => provided.set(id, { compressed, vocabulary }),
  }
}

function readChunkPlaces(cursor: ByteCursor, mostBytes: number): ChunkPlace[] {
  const ends = [0, 0]
  let inflatedBytes = 0
  const count = cursor.count(7)
  cursor.spend(count * PLACE_ENTRIES)
  return Array.from({ length: count }, () => {
    const container = cursor.u8()
    if (container > CHUNK_CONTAINERS.blobsWithVocabulary) throw cursor.corrupt(`a chunk in container ${container}`)
    const blob = container !== CHUNK_CONTAINERS.values
    const place = {
      blob,
      needsVocabulary: container === CHUNK_CONTAINERS.blobsWithVocabulary,
      offset: ends[Number(blob)],
      length: cursor.varint(),
      inflatedLength: cursor.varint(),
      crc32: cursor.u32(),
    }
    if (!place.length) throw cursor.corrupt('a chunk of no bytes')
    ends[Number(blob)] += place.length
    inflatedBytes += place.inflatedLength
    if (inflatedBytes > mostBytes)
      throw new DicubeError(
        'limit',
        `${cursor.what}: chunks inflate to more than ${mostBytes} bytes, which is too much for theirs`,
      )
    return place
  })
}

function readColumnPlaces(cursor: ByteCursor, chunkCount: number, smallBytes: number): ColumnPlace[] {
  const ends = [0, 0]
  let digitOffset = 0
  const count = cursor.count(1)
  cursor.spend(count * PLACE_ENTRIES)
  return Array.from({ length: count }, () => {
    const first = cursor.varint()
    const bodyBytes = Math.floor(first / 2)
    const digitBytes = first % 2 ? cursor.varint() : 0
    const isInTemplate = bodyBytes < smallBytes
    const bodyOffset = ends[Number(isInTemplate)]
    const chunk = bodyBytes ? -1 : cursor.varint()
    const place = { isInTemplate, bodyOffset, bodyBytes, digitOffset, digitBytes, chunk }
    if (chunk >= chunkCount) throw cursor.corrupt(`chunk ${chunk} of ${chunkCount}`)
    ends[Number(isInTemplate)] += bodyBytes
    digitOffset += digitBytes
    return place
  })
}

/** Bytes of all bodies in the template, or of all those in section columns. */
export function bodyBytesOf(columns: readonly ColumnPlace[], inTemplate: boolean): number {
  const last = columns.findLast(({ isInTemplate }) => isInTemplate === inTemplate)
  return last ? last.bodyOffset + last.bodyBytes : 0
}
