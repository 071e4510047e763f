import { type Budget, ByteCursor, ByteSink } from '../bytes/cursor.ts'
import {
  type Column,
  constantColumn,
  type Items,
  type Layout,
  type Node,
  PREAMBLE,
  sameBytes,
  type Table,
  TRAILING,
} from '../cube/table.ts'
import { FLAG, vrName } from '../dicom/elements.ts'
import { vrFacts } from '../dicom/vr.ts'
import { CUBE_LIMITS } from '../limits.ts'
import { type ColumnHints, type ColumnSink, type Decoded, decodeColumn, encodeColumn } from './columns.ts'
import { readCounts, type SizeOf, writeIntegers } from './integers.ts'

/** What a node of the template says of its value (SPEC §5.2). */
export const NODE_KINDS = [
  'constant',
  'constantChunk',
  'column',
  'sameColumn',
  'sequence',
  'sharedSequence',
  'pixels',
] as const
const KIND = Object.fromEntries(NODE_KINDS.map((name, code) => [name, code])) as Record<
  (typeof NODE_KINDS)[number],
  number
>
export const HAS_PRESENCE = 0x80
const KNOWN_FLAGS = FLAG.undefinedLength | FLAG.sequence | FLAG.pixels | FLAG.implicit | FLAG.bigEndian

/** What a node or a place of a column takes in memory, in entries of a list. */
const NODE_ENTRIES = 16

/** A constant beyond this size, and a column whose body is beyond the other, is a zstd frame of its own. */
const CONSTANT_CHUNK_BYTES = 1024
const COLUMN_CHUNK_BYTES = 4096
/** A binary column, or one whose values have this mean size, that is still beyond the other when compressed, is kept behind the frames. */
const BLOB_BYTES = 1024
const BLOB_CHUNK_BYTES = 8192

/** Bytes with a place of their own in the file: compressed, and with where they go. */
export interface Chunk {
  bytes: Uint8Array
  compressed: Uint8Array
  blob: boolean
}

export interface EncodedTable extends ColumnSink {
  template: ByteSink
  chunks: Chunk[]
  /** For each column its body bytes and digit bytes; a body that is a chunk has none and names the chunk instead. */
  columns: { bodyBytes: number; digitBytes: number; chunk: number }[]
}

export type Compress = (bytes: Uint8Array, level: number) => Uint8Array

/** Encodes a table as template, columns, digits and chunks (SPEC §5). */
export function encodeTable(table: Table, compress: Compress): EncodedTable {
  const out: EncodedTable = {
    template: new ByteSink(),
    body: new ByteSink(),
    digits: new ByteSink(),
    chunks: [],
    columns: [],
  }
  const sizeOf: SizeOf = bytes => (bytes.length < 16 ? bytes.length : compress(bytes, 3).length)
  new TableEncoder(out, compress, sizeOf).table(table, out.template)
  return out
}

class TableEncoder {
  private readonly out: EncodedTable
  private readonly compress: Compress
  private readonly sizeOf: SizeOf
  /** Columns by their content, so that a value that two elements share is stored once. */
  private readonly known = new Map<string, { id: number; values: readonly Uint8Array[] }[]>()

  constructor(out: EncodedTable, compress: Compress, sizeOf: SizeOf) {
    this.out = out
    this.compress = compress
    this.sizeOf = sizeOf
  }

  table(table: Table, to: ByteSink): void {
    to.varint(table.layouts.length)
    if (table.layouts.length > 1) writeIntegers(to, table.layoutOf!, this.sizeOf)
    for (const layout of table.layouts) this.layout(layout, to)
  }

  private layout(layout: Layout, to: ByteSink): void {
    to.u8(layout.undefinedLength ? 1 : 0)
    to.varint(layout.nodes.length)
    const presences: Int32Array[] = []
    for (const node of layout.nodes) this.node(node, to, presences)
  }

  private node(node: Node, to: ByteSink, presences: Int32Array[]): void {
    const head = (kind: number) => {
      to.u8(kind | (node.presence ? HAS_PRESENCE : 0))
      to.u8(node.flags)
      to.u16(node.tag >>> 16)
      to.u16(node.tag & 0xffff)
      to.u8(node.vr >> 8)
      to.u8(node.vr & 255)
      if (node.presence) writePresence(to, node.presence, presences)
    }
    if (node.flags & FLAG.pixels) head(KIND.pixels)
    else if (node.items) {
      head(node.items.shared ? KIND.sharedSequence : KIND.sequence)
      this.items(node.items, to)
    } else if (node.column!.constant && node.column!.length) {
      const value = node.column!.bytes(0)
      const isChunk = value.length >= CONSTANT_CHUNK_BYTES
      head(isChunk ? KIND.constantChunk : KIND.constant)
      to.varint(isChunk ? this.chunk(value, true) : value.length)
      if (!isChunk) to.bytes(value)
    } else {
      const values = Array.from({ length: node.column!.length }, (_, entry) => node.column!.bytes(entry))
      const same = this.findSame(values)
      head(same === undefined ? KIND.column : KIND.sameColumn)
      if (same === undefined) this.column(values, node)
      else to.varint(same)
    }
  }

  private items(items: Items, to: ByteSink): void {
    const { table, starts } = items
    to.varint(table.rowCount)
    if (!items.shared) {
      const counts = Array.from({ length: starts.length - 1 }, (_, entry) => starts[entry + 1] - starts[entry])
      writeIntegers(to, counts, this.sizeOf)
    }
    const nested = new ByteSink()
    const first = this.out.columns.length
    this.table(table, nested)
    // Lengths first: a reader that does not ask for the sequence steps over it.
    to.varint(this.out.columns.length - first)
    to.varint(nested.length)
    to.bytes(nested.finish())
  }

  private column(values: readonly Uint8Array[], node: Node): void {
    const { body, digits, columns } = this.out
    const own = { body: new ByteSink(), digits: new ByteSink() }
    encodeColumn(values, hintsOf(node), own, this.sizeOf)
    const bytes = own.body.finish()
    digits.bytes(own.digits.finish())
    if (bytes.length < COLUMN_CHUNK_BYTES) {
      body.bytes(bytes)
      columns.push({ bodyBytes: bytes.length, digitBytes: own.digits.length, chunk: -1 })
      return
    }
    const mean = values.reduce((sum, value) => sum + value.length, 0) / values.length
    const isBinary = vrFacts(vrName(node.vr)).kind === 'bytes'
    columns.push({
      bodyBytes: 0,
      digitBytes: own.digits.length,
      chunk: this.chunk(bytes, isBinary || mean >= BLOB_BYTES),
    })
  }

  private findSame(values: readonly Uint8Array[]): number | undefined {
    let sum = 0
    for (const value of values)
      for (let i = 0; i < value.length; i += 1 + (value.length >> 6)) sum = (Math.imul(sum, 31) + value[i]) | 0
    const key = `${values.length}:${sum}`
    const candidates = this.known.get(key) ?? []
    for (const { id, values: other } of candidates)
      if (other.every((value, i) => sameBytes(value, values[i]))) return id
    candidates.push({ id: this.out.columns.length, values })
    this.known.set(key, candidates)
    return undefined
  }

  private chunk(bytes: Uint8Array, mayBeBlob: boolean): number {
    const found = this.out.chunks.findIndex(chunk => sameBytes(chunk.bytes, bytes))
    if (found >= 0) return found
    const compressed = this.compress(bytes, 19)
    return this.out.chunks.push({ bytes, compressed, blob: mayBeBlob && compressed.length >= BLOB_CHUNK_BYTES }) - 1
  }
}

function hintsOf(node: Node): ColumnHints {
  const facts = vrFacts(vrName(node.vr))
  const isInteger = facts.kind === 'number' || facts.kind === 'bigint' || facts.kind === 'tag'
  const isFloat = node.vr === 0x464c || node.vr === 0x4644
  return { wordBytes: isInteger && !isFloat ? facts.wordBytes : 0, bigEndian: (node.flags & FLAG.bigEndian) !== 0 }
}

/** Rows that have the element, as lengths of runs: absent, present, absent, … (SPEC §5.3). Layouts repeat them, so they are numbered. */
function writePresence(to: ByteSink, presence: Int32Array, known: Int32Array[]): void {
  const found = known.findIndex(other => other.every((place, row) => place === presence[row]))
  to.varint(found < 0 ? known.length : found)
  if (found >= 0) return
  known.push(presence)
  const runs: number[] = []
  let row = 0
  for (let present = false; row < presence.length; present = !present) {
    const start = row
    while (row < presence.length && presence[row] >= 0 === present) row++
    runs.push(row - start)
  }
  to.varint(runs.length)
  for (const run of runs) to.varint(run)
}

function readPresence(from: ByteCursor, rowCount: number, known: Int32Array[]): Int32Array {
  const id = from.varint()
  if (id < known.length) return known[id]
  if (id > known.length) throw from.corrupt(`presence ${id} of ${known.length}`)
  from.spend(rowCount)
  const presence = new Int32Array(rowCount).fill(-1)
  let row = 0
  let place = 0
  const runs = from.count(1)
  for (let k = 0; k < runs; k++) {
    const end = row + from.varint()
    if (end > rowCount) throw from.corrupt(`presence of ${end} rows, the layout has ${rowCount}`)
    for (; row < end; row++) if (k % 2) presence[row] = place++
  }
  if (row !== rowCount) throw from.corrupt(`presence of ${row} rows, the layout has ${rowCount}`)
  known.push(presence)
  return presence
}

// --- reading ------------------------------------------------------------------------------------------------------

/** Where the parts of an encoded table are found when they are needed. */
export interface TableSource {
  columnBody(): Uint8Array
  digits(): Uint8Array
  /** Bytes of a chunk, or throws `not-loaded`. */
  chunk(id: number): Uint8Array
  /** Where the chunk lies while it is not loaded. */
  pendingChunk(id: number): { offset: number; length: number } | undefined
  columns: readonly ColumnPlace[]
  chunkCount: number
  /** See ByteCursor. */
  budget?: Budget
  /** See Table. */
  rowBytes?: number
}

export interface ColumnPlace {
  bodyOffset: number
  bodyBytes: number
  digitOffset: number
  digitBytes: number
  /** The chunk that holds the body, or -1. */
  chunk: number
  /** Values in the column, as the first node says that was read; others have to say the same. */
  entries?: number
}

/** The mirror of encodeTable, for the rest of `from` and columns [firstColumn, endColumn). Sequences are read when they are asked for. */
export function decodeTable(
  from: ByteCursor,
  rowCount: number,
  source: TableSource,
  firstColumn = 0,
  endColumn = source.columns.length,
  depth = 0,
): Table {
  if (depth > CUBE_LIMITS.sequenceDepth)
    throw from.corrupt(`sequences nested more than ${CUBE_LIMITS.sequenceDepth} deep`)
  const decoder = new TableDecoder(source, firstColumn, depth)
  const table = decoder.table(from, rowCount)
  from.done()
  if (decoder.nextColumn !== endColumn)
    throw from.corrupt(`a table of ${decoder.nextColumn - firstColumn} columns, wanted ${endColumn - firstColumn}`)
  return table
}

class TableDecoder {
  private readonly source: TableSource
  nextColumn: number

  private readonly depth: number

  constructor(source: TableSource, firstColumn: number, depth: number) {
    this.source = source
    this.nextColumn = firstColumn
    this.depth = depth
  }

  table(from: ByteCursor, rowCount: number): Table {
    const { rowBytes } = this.source
    const layoutCount = from.count(1)
    if (layoutCount === 0) {
      if (rowCount) throw from.corrupt(`a table of ${rowCount} rows without a layout`)
      return { rowCount, rowBytes, layouts: [] }
    }
    if (layoutCount === 1) return { rowCount, rowBytes, layouts: [this.layout(from, rowCount)] }
    from.spend(rowCount)
    const layoutOf = readCounts(from, rowCount, layoutCount - 1)
    const rankInLayout = new Uint32Array(rowCount)
    const counts = new Uint32Array(layoutCount)
    for (let row = 0; row < rowCount; row++) rankInLayout[row] = counts[layoutOf[row]]++
    return {
      rowCount,
      rowBytes,
      layouts: Array.from(counts, count => this.layout(from, count)),
      layoutOf,
      rankInLayout,
    }
  }

  private layout(from: ByteCursor, rowCount: number): Layout {
    const form = from.u8()
    if (form > 1) throw from.corrupt(`a layout of form ${form}`)
    const undefinedLength = form === 1
    const count = from.count(8)
    from.spend(count * NODE_ENTRIES)
    const nodes = new Array<Node>(count)
    const presences: Int32Array[] = []
    for (let n = 0; n < nodes.length; n++) nodes[n] = this.node(from, rowCount, presences)
    checkPixels(from, rowCount, nodes)
    return { rowCount, undefinedLength, nodes }
  }

  private node(from: ByteCursor, rowCount: number, presences: Int32Array[]): Node {
    const first = from.u8()
    const flags = from.u8()
    const group = from.u16()
    const tag = ((group << 16) | from.u16()) >>> 0
    const high = from.u8()
    const vr = (high << 8) | from.u8()
    const kind = first & ~HAS_PRESENCE
    const isSequence = kind === KIND.sequence || kind === KIND.sharedSequence
    if (
      flags & ~KNOWN_FLAGS ||
      ((flags & FLAG.sequence) !== 0) !== isSequence ||
      ((flags & FLAG.pixels) !== 0) !== (kind === KIND.pixels) ||
      (kind === KIND.pixels && this.depth > 0)
    )
      throw from.corrupt(`a node of kind ${kind} with flags ${flags}`)
    if (vr === 0 && (this.depth > 0 || isSequence || kind === KIND.pixels || (tag !== PREAMBLE && tag !== TRAILING)))
      throw from.corrupt(`a node of kind ${kind} without a VR`)
    const presence = first & HAS_PRESENCE ? readPresence(from, rowCount, presences) : undefined
    let count = rowCount
    if (presence) {
      count = 0
      for (let row = 0; row < rowCount; row++) if (presence[row] >= 0) count++
    }
    let column: Column | undefined
    let items: Items | undefined
    if (kind === KIND.constant) column = constantColumn(from.bytes(from.count(1)), count)
    else if (kind === KIND.constantChunk) column = new ChunkColumn(this.source, this.chunkId(from), count)
    else if (kind === KIND.column) column = this.column(this.nextColumn++, count, from)
    else if (kind === KIND.sameColumn) column = this.column(from.count(0, this.nextColumn - 1), count, from)
    else if (isSequence) items = this.items(from, count, kind === KIND.sharedSequence)
    else if (kind !== KIND.pixels) throw from.corrupt(`a node of kind ${kind}`)
    return { tag, vr, flags, presence, column, items }
  }

  private chunkId(from: ByteCursor): number {
    const id = from.varint()
    if (id >= this.source.chunkCount) throw from.corrupt(`chunk ${id} of ${this.source.chunkCount}`)
    return id
  }

  private column(id: number, length: number, from: ByteCursor): Column {
    const place = this.source.columns[id]
    if (!place) throw from.corrupt(`column ${id} of ${this.source.columns.length}`)
    place.entries ??= length
    if (place.entries !== length) throw from.corrupt(`column ${id} with ${length} entries, it has ${place.entries}`)
    return new StoredColumn(this.source, place, length)
  }

  private items(from: ByteCursor, entries: number, shared: boolean): Items {
    const { source, depth } = this
    const rowCount = from.count(0, CUBE_LIMITS.rows)
    from.spend(shared ? 0 : entries)
    const starts = new Uint32Array((shared ? 0 : entries) + 1)
    if (!shared) {
      const counts = readCounts(from, entries, rowCount)
      let items = 0
      for (let entry = 0; entry < entries && items <= rowCount; entry++) starts[entry + 1] = items += counts[entry]
      if (items !== rowCount) throw from.corrupt(`${items} items or more, the table has ${rowCount}`)
    }
    const columns = from.count(0, source.columns.length - this.nextColumn)
    const length = from.count(1)
    const nested = new ByteCursor(from.buffer, from.what, from.pos, from.pos + length, from.budget)
    from.bytes(length)
    const firstColumn = this.nextColumn
    this.nextColumn += columns
    let table: Table | undefined
    return {
      shared,
      starts,
      get table() {
        return (table ??= decodeTable(nested, rowCount, source, firstColumn, firstColumn + columns, depth + 1))
      },
    }
  }
}

/** A slice has Pixel Data once (SPEC V19): two nodes of a layout can both be there only in different rows. */
function checkPixels(from: ByteCursor, rowCount: number, nodes: readonly Node[]): void {
  const pixels = nodes.filter(node => node.flags & FLAG.pixels)
  if (pixels.length < 2) return
  for (let row = 0; row < rowCount; row++)
    if (pixels.filter(({ presence }) => !presence || presence[row] >= 0).length > 1)
      throw from.corrupt(`Pixel Data twice in row ${row}`)
}

/** Classes, because a template has hundreds of columns and closures for each cost more than the rest of opening it. */
class ChunkColumn implements Column {
  readonly constant = true
  readonly length: number
  private readonly source: TableSource
  private readonly id: number

  constructor(source: TableSource, id: number, length: number) {
    this.source = source
    this.id = id
    this.length = length
  }

  get pending() {
    return this.source.pendingChunk(this.id)
  }

  bytes(): Uint8Array {
    return this.source.chunk(this.id)
  }
}

class StoredColumn implements Column {
  readonly constant = false
  readonly length: number
  private readonly source: TableSource
  private readonly place: ColumnPlace
  private decoded?: Decoded

  constructor(source: TableSource, place: ColumnPlace, length: number) {
    this.source = source
    this.place = place
    this.length = length
  }

  get pending() {
    return this.place.chunk < 0 ? undefined : this.source.pendingChunk(this.place.chunk)
  }

  bytes(entry: number): Uint8Array {
    this.decoded ??= openColumn(this.source, this.place, this.length)
    return this.decoded.bytes(entry)
  }

  numbers() {
    this.decoded ??= openColumn(this.source, this.place, this.length)
    return this.decoded.numbers?.()
  }
}

function openColumn(source: TableSource, place: ColumnPlace, length: number): Decoded {
  const { digitOffset, digitBytes, bodyOffset, bodyBytes, chunk } = place
  const [bytes, offset] = chunk < 0 ? [source.columnBody(), bodyOffset] : [source.chunk(chunk), 0]
  const end = chunk < 0 ? bodyOffset + bodyBytes : bytes.length
  const body = new ByteCursor(bytes, chunk < 0 ? 'columns' : `chunk ${chunk}`, offset, end, source.budget)
  const digits = digitBytes
    ? new ByteCursor(source.digits(), 'digits', digitOffset, digitOffset + digitBytes, source.budget)
    : new ByteCursor(new Uint8Array(0), 'digits', 0, 0, source.budget)
  const decoded = decodeColumn({ body, digits }, length)
  body.done()
  digits.done()
  return decoded
}
