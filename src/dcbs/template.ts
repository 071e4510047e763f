import { type Budget, ByteCursor } from '../bytes/cursor.ts'
import { sameBytes } from '../bytes/same-bytes.ts'
import { ByteSink } from '../bytes/sink.ts'
import {
  type Column,
  constantColumn,
  type Items,
  type Layout,
  type Node,
  PREAMBLE,
  type Table,
  TRAILING,
} from '../cube/table.ts'
import { FLAG, vrName } from '../dicom/elements.ts'
import { vrFacts } from '../dicom/vr.ts'
import { CUBE_LIMITS } from '../limits.ts'
import { type ColumnHints, type Decoded, decodeColumn, encodeColumn, type PixelRanges } from './columns.ts'
import { commonElements, commonValues, VR_CODES } from './common.ts'
import { readConstant, readCounts, type SizeOf, writeIntegers } from './integers.ts'

/** What a node of the template says of its value (SPEC §5.2). */
export const NODE_KINDS = [
  'constant',
  'constantChunk',
  'column',
  'sameColumn',
  'sequence',
  'sharedSequence',
  'pixels',
  'commonConstant',
] as const
type NodeKind = (typeof NODE_KINDS)[number]
/** What else the first byte of a node says: its low three bits are the kind. */
export const NODE_FLAGS = { presence: 8, undefinedLength: 16, implicit: 32, bigEndian: 64 } as const
const KIND_MASK = 7

/** A VR without a number is written out behind it. */
const OTHER_VR = 255
const VR_NUMBERS = /* @__PURE__ */ new Map(/* @__PURE__ */ VR_CODES.map((code, number) => [code, number]))

/** Smaller bodies are the end of the template: a column that they tell whole needs no other section (SPEC §5.1). */
export const SMALL_BODY_BYTES = 64

/** What a node or a place of a column takes in memory, in entries of a list. */
const NODE_ENTRIES = 16

/** A constant beyond this size, and a column whose body is beyond the other, is a zstd frame of its own. */
const CONSTANT_CHUNK_BYTES = 1024
const COLUMN_CHUNK_BYTES = 4096
/** A binary column, or one whose values have this mean size, that is still beyond the other when compressed, is kept behind the frames. */
const BLOB_BYTES = 1024
const BLOB_CHUNK_BYTES = 8192
const CHUNK_LEVEL = 19

/** Bytes with a place of their own in the file: compressed, and with where they go. */
export interface Chunk {
  bytes: Uint8Array
  compressed: Uint8Array
  container: (typeof CHUNK_CONTAINERS)[keyof typeof CHUNK_CONTAINERS]
}

/** Where a chunk lies (SPEC §5.1); a blob of the last kind is compressed behind the vocabulary. */
export const CHUNK_CONTAINERS = { values: 0, blobs: 1, blobsWithVocabulary: 2 } as const

export interface EncodedTable {
  template: ByteSink
  digits: ByteSink
  chunks: Chunk[]
  /** A body that is a chunk has no bytes here and names the chunk instead. */
  columns: { body: Uint8Array; digitBytes: number; chunk: number }[]
}

export interface Compression {
  compress(bytes: Uint8Array, level: number, prefix?: Uint8Array): Uint8Array
  sizeOf: SizeOf
  vocabulary: Uint8Array
}

/** Encodes a table as template, columns, digits and chunks (SPEC §5). */
export function encodeTable(table: Table, compression: Compression, ranges?: PixelRanges): EncodedTable {
  const out: EncodedTable = {
    template: new ByteSink(),
    digits: new ByteSink(),
    chunks: [],
    columns: [],
  }
  new TableEncoder(out, compression, ranges).table(table, out.template)
  return out
}

class TableEncoder {
  private readonly out: EncodedTable
  private readonly compression: Compression
  private readonly sizeOf: SizeOf
  private readonly ranges?: PixelRanges
  /** Columns by their content, so that a value that two elements share is stored once. */
  private readonly known = new Map<string, { id: number; column: Column }[]>()

  constructor(out: EncodedTable, compression: Compression, ranges?: PixelRanges) {
    this.out = out
    this.ranges = ranges
    this.compression = compression
    this.sizeOf = compression.sizeOf
  }

  table(table: Table, to: ByteSink): void {
    to.varint(table.layouts.length)
    if (table.layouts.length > 1) writeIntegers(to, table.layoutOf!, this.sizeOf)
    for (const layout of table.layouts) this.layout(layout, to)
  }

  /** Alike things stand side by side, which compresses best: kinds, tags, VRs, what each node needs, then the values. */
  private layout({ undefinedLength, nodes }: Layout, to: ByteSink): void {
    to.u8(undefinedLength ? 1 : 0)
    to.varint(nodes.length)
    const needs = new ByteSink()
    const nested = new ByteSink()
    const constants = new ByteSink()
    for (const node of nodes) {
      const kind = this.node(node, needs, nested, constants)
      const { presence, flags } = node
      to.u8(
        NODE_KINDS.indexOf(kind) |
          (presence ? NODE_FLAGS.presence : 0) |
          (flags & FLAG.undefinedLength ? NODE_FLAGS.undefinedLength : 0) |
          (flags & FLAG.implicit ? NODE_FLAGS.implicit : 0) |
          (flags & FLAG.bigEndian ? NODE_FLAGS.bigEndian : 0),
      )
    }
    writeTags(to, nodes)
    const common = commonElements()
    for (const { tag, vr } of nodes) {
      const usual = common.vrs[common.tags.indexOf(tag)] ?? 0
      const number = vr === usual ? 0 : VR_NUMBERS.get(vr) || undefined
      to.u8(number ?? OTHER_VR)
      if (number === undefined) to.u16(vr, true)
    }
    const presences: Int32Array[] = []
    for (const { presence } of nodes) if (presence) writePresence(to, presence, presences)
    for (const part of [needs, nested, constants]) to.bytes(part.finish())
  }

  /** Writes what belongs to a node beside its head; returns its kind. */
  private node(node: Node, needs: ByteSink, nested: ByteSink, constants: ByteSink): NodeKind {
    if (node.flags & FLAG.pixels) return 'pixels'
    if (node.items) {
      this.items(node.items, needs, nested)
      return node.items.shared ? 'sharedSequence' : 'sequence'
    }
    if (node.column!.constant && node.column!.length) {
      const value = node.column!.bytes(0)
      if (value.length >= CONSTANT_CHUNK_BYTES) {
        needs.varint(this.chunk(value, true))
        return 'constantChunk'
      }
      const common = commonValues().findIndex(one => sameBytes(one, value))
      needs.varint(common < 0 ? value.length : common)
      if (common >= 0) return 'commonConstant'
      constants.bytes(value)
      return 'constant'
    }
    const values = Array.from({ length: node.column!.length }, (_, entry) => node.column!.bytes(entry))
    const same = this.findSame(values, node.column!)
    if (same === undefined) {
      this.column(values, node)
      return 'column'
    }
    needs.varint(same)
    return 'sameColumn'
  }

  private items({ table, starts, shared }: Items, needs: ByteSink, nested: ByteSink): void {
    needs.varint(table.rowCount)
    if (!shared) {
      const counts = Array.from({ length: starts.length - 1 }, (_, entry) => starts[entry + 1] - starts[entry])
      writeIntegers(needs, counts, this.sizeOf)
    }
    const first = this.out.columns.length
    const before = nested.length
    this.table(table, nested)
    // Lengths first: a reader that does not ask for the sequence steps over it.
    needs.varint(this.out.columns.length - first)
    needs.varint(nested.length - before)
  }

  private column(values: readonly Uint8Array[], node: Node): void {
    const { digits, columns } = this.out
    const own = { body: new ByteSink(), digits: new ByteSink() }
    encodeColumn(values, { ...hintsOf(node), ranges: this.ranges }, own, this.sizeOf)
    const bytes = own.body.finish()
    digits.bytes(own.digits.finish())
    if (bytes.length < COLUMN_CHUNK_BYTES) {
      columns.push({ body: bytes, digitBytes: own.digits.length, chunk: -1 })
      return
    }
    const mean = values.reduce((sum, value) => sum + value.length, 0) / values.length
    const isBinary = vrFacts(vrName(node.vr)).kind === 'bytes'
    columns.push({
      body: new Uint8Array(0),
      digitBytes: own.digits.length,
      chunk: this.chunk(bytes, isBinary || mean >= BLOB_BYTES),
    })
  }

  private findSame(values: readonly Uint8Array[], column: Column): number | undefined {
    let sum = 0
    for (const value of values)
      for (let i = 0; i < value.length; i += 1 + (value.length >> 6)) sum = (Math.imul(sum, 31) + value[i]) | 0
    const key = `${values.length}:${sum}`
    const candidates = this.known.get(key) ?? []
    for (const { id, column: other } of candidates)
      if (values.every((value, entry) => sameBytes(value, other.bytes(entry)))) return id
    candidates.push({ id: this.out.columns.length, column })
    this.known.set(key, candidates)
    return undefined
  }

  private chunk(bytes: Uint8Array, mayBeBlob: boolean): number {
    const found = this.out.chunks.findIndex(chunk => sameBytes(chunk.bytes, bytes))
    if (found >= 0) return found
    const { compress, vocabulary } = this.compression
    let compressed = compress(bytes, CHUNK_LEVEL)
    let container: Chunk['container'] = CHUNK_CONTAINERS.values
    if (mayBeBlob && compressed.length >= BLOB_CHUNK_BYTES) {
      const behindVocabulary = compress(bytes, CHUNK_LEVEL, vocabulary)
      // Where it helps little, nobody should have to load it.
      const isBetter = behindVocabulary.length < 0.95 * compressed.length
      if (isBetter) compressed = behindVocabulary
      container = isBetter ? CHUNK_CONTAINERS.blobsWithVocabulary : CHUNK_CONTAINERS.blobs
    }
    return this.out.chunks.push({ bytes, compressed, container }) - 1
  }
}

function hintsOf(node: Node): ColumnHints {
  const facts = vrFacts(vrName(node.vr))
  const isInteger = facts.kind === 'number' || facts.kind === 'bigint' || facts.kind === 'tag'
  const isFloat = node.vr === 0x464c || node.vr === 0x4644
  return { wordBytes: isInteger && !isFloat ? facts.wordBytes : 0, bigEndian: (node.flags & FLAG.bigEndian) !== 0 }
}

/**
 * Tags of nodes, as a rule ascending: behind a common element the step in the table of those, behind any other one the
 * step within the group; or 0 and a whole tag (SPEC §5.2). Before the first node stands what is before the table.
 */
function writeTags(to: ByteSink, nodes: readonly Node[]): void {
  let last = 0
  let isCommon = true
  let lastNumber = -1
  for (const { tag } of nodes) {
    const number = commonElements().tags.indexOf(tag)
    const step = isCommon ? number - lastNumber : tag >>> 16 === last >>> 16 ? tag - last : 0
    to.varint(Math.max(0, step))
    if (step <= 0) {
      to.varint(tag >>> 16)
      to.varint(tag & 0xffff)
    }
    last = tag
    lastNumber = number
    isCommon = number >= 0
  }
}

/** The mirror of writeTags; gives the VR that number 0 stands for, too. */
function readTags(from: ByteCursor, count: number): { tags: Uint32Array; vrs: Uint16Array } {
  const common = commonElements()
  const tags = new Uint32Array(count)
  const vrs = new Uint16Array(count)
  let tag = 0
  let number: number | undefined = -1
  for (let i = 0; i < count; i++) {
    const step = from.varint()
    if (step && number !== undefined) {
      number += step
      if (number >= common.tags.length) throw from.corrupt(`a common element ${number} of ${common.tags.length}`)
      tag = common.tags[number]
    } else {
      const group = step ? tag >>> 16 : from.varint()
      const element = step ? (tag & 0xffff) + step : from.varint()
      if (group > 0xffff || element > 0xffff) throw from.corrupt(`a tag of group ${group}, element ${element}`)
      tag = ((group << 16) | element) >>> 0
      number = common.numberOf.get(tag)
    }
    tags[i] = tag
    if (number !== undefined) vrs[i] = common.vrs[number]
  }
  return { tags, vrs }
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
  /** What the body of a column lies in, if it is no chunk. */
  columnBody(place: ColumnPlace): Uint8Array
  digits(): Uint8Array
  /** Bytes of a chunk, or throws `not-loaded`. */
  chunk(id: number): Uint8Array
  /** Where the chunk lies while it is not loaded. */
  pendingChunk(id: number): { offset: number; length: number } | undefined
  columns: readonly ColumnPlace[]
  chunkCount: number
  /** Of the frame index. */
  ranges?: () => PixelRanges | undefined
  /** See ByteCursor. */
  budget?: Budget
  /** See Table. */
  rowBytes?: number
}

export interface ColumnPlace {
  /** Of the body: whether it is in the template or in section columns, and where among those. */
  isInTemplate: boolean
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
    const count = from.count(3)
    from.spend(count * NODE_ENTRIES)
    const heads = from.bytes(count)
    const { tags, vrs } = readTags(from, count)
    for (let n = 0; n < count; n++) {
      const number = from.u8()
      if (number !== OTHER_VR && number >= VR_CODES.length) throw from.corrupt(`a VR ${number}`)
      if (number) vrs[n] = number === OTHER_VR ? from.u16(true) : VR_CODES[number]
    }
    const known: Int32Array[] = []
    const presences: (Int32Array | undefined)[] = []
    for (let n = 0; n < count; n++)
      if (heads[n] & NODE_FLAGS.presence) presences[n] = readPresence(from, rowCount, known)
    const nodes = new Array<Node>(count)
    const constants: InlineConstant[] = []
    const nested: NestedItems[] = []
    for (let n = 0; n < count; n++) {
      const presence = presences[n]
      const entries = presence ? countPresent(presence) : rowCount
      nodes[n] = this.node(from, tags[n], vrs[n], presence, heads[n], entries, constants, nested)
    }
    // Values stand behind all nodes, so that a node is found without reading them.
    for (const items of nested) {
      const start = from.pos
      from.skip(items.byteLength)
      items.bytes = new ByteCursor(from.buffer, from.what, start, from.pos, from.budget)
    }
    for (const constant of constants) constant.place(from)
    checkPixels(from, rowCount, nodes)
    return { rowCount, undefinedLength: form === 1, nodes }
  }

  private node(
    from: ByteCursor,
    tag: number,
    vr: number,
    presence: Int32Array | undefined,
    head: number,
    entries: number,
    constants: InlineConstant[],
    nested: NestedItems[],
  ): Node {
    const kind = NODE_KINDS[head & KIND_MASK]
    if (head > 0x7f || (kind === 'pixels' && this.depth > 0)) throw from.corrupt(`a node of kind ${head}`)
    const isSequence = kind === 'sequence' || kind === 'sharedSequence'
    if (vr === 0 && (this.depth > 0 || isSequence || kind === 'pixels' || (tag !== PREAMBLE && tag !== TRAILING)))
      throw from.corrupt(`a node of kind ${head & KIND_MASK} without a VR`)
    const flags =
      (head & NODE_FLAGS.undefinedLength ? FLAG.undefinedLength : 0) |
      (head & NODE_FLAGS.implicit ? FLAG.implicit : 0) |
      (head & NODE_FLAGS.bigEndian ? FLAG.bigEndian : 0) |
      (isSequence ? FLAG.sequence : 0) |
      (kind === 'pixels' ? FLAG.pixels : 0)
    let column: Column | undefined
    let items: Items | undefined
    if (kind === 'constant') {
      const constant = new InlineConstant(from.count(1), entries)
      constants.push(constant)
      column = constant
    } else if (kind === 'commonConstant')
      column = constantColumn(commonValues()[from.count(0, commonValues().length - 1)], entries)
    else if (kind === 'constantChunk') column = new ChunkColumn(this.source, this.chunkId(from), entries)
    else if (kind === 'column') column = this.column(this.nextColumn++, entries, from)
    else if (kind === 'sameColumn') column = this.column(from.count(0, this.nextColumn - 1), entries, from)
    else if (isSequence) {
      const found = this.items(from, entries, kind === 'sharedSequence')
      nested.push(found)
      items = found
    }
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

  private items(from: ByteCursor, entries: number, shared: boolean): NestedItems {
    const { source, depth } = this
    const rowCount = from.count(0, CUBE_LIMITS.rows)
    const starts = shared ? () => new Uint32Array(1) : readStarts(from, entries, rowCount)
    const columns = from.count(0, source.columns.length - this.nextColumn)
    const byteLength = from.count(1)
    const firstColumn = this.nextColumn
    this.nextColumn += columns
    return new NestedItems(shared, starts, byteLength, bytes =>
      decodeTable(bytes, rowCount, source, firstColumn, firstColumn + columns, depth + 1),
    )
  }
}

/** The first item of each entry (see Items). Where all entries have as many, the array is made when it is asked for. */
function readStarts(from: ByteCursor, entries: number, rowCount: number): () => Uint32Array {
  from.spend(entries)
  const each = readConstant(from, entries)
  const starts = new Uint32Array(each === undefined ? entries + 1 : 0)
  let items = (each ?? 0) * entries
  if (each === undefined)
    readCounts(from, entries, rowCount).forEach((count, entry) => {
      starts[entry + 1] = items += count
    })
  if (items !== rowCount) throw from.corrupt(`${items} items, the table has ${rowCount}`)
  return () => (each === undefined ? starts : new Uint32Array(entries + 1).map((_, entry) => entry * each))
}

function countPresent(presence: Int32Array): number {
  let count = 0
  for (let row = 0; row < presence.length; row++) if (presence[row] >= 0) count++
  return count
}

/** Items whose table is read when it is asked for. */
class NestedItems implements Items {
  readonly shared: boolean
  readonly byteLength: number
  /** Set as soon as it is known where they lie. */
  bytes!: ByteCursor
  private readonly read: (bytes: ByteCursor) => Table
  private readonly readStarts: () => Uint32Array
  private decoded?: Table
  private firsts?: Uint32Array

  constructor(shared: boolean, starts: () => Uint32Array, byteLength: number, read: (bytes: ByteCursor) => Table) {
    this.shared = shared
    this.readStarts = starts
    this.byteLength = byteLength
    this.read = read
  }

  get starts(): Uint32Array {
    return (this.firsts ??= this.readStarts())
  }

  get table(): Table {
    return (this.decoded ??= this.read(this.bytes))
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
class InlineConstant implements Column {
  readonly constant = true
  readonly length: number
  private readonly byteLength: number
  private buffer?: Uint8Array
  private start = 0
  private value?: Uint8Array

  constructor(byteLength: number, length: number) {
    this.byteLength = byteLength
    this.length = length
  }

  /** Its bytes are the next ones. */
  place(from: ByteCursor): void {
    this.buffer = from.buffer
    this.start = from.pos
    from.skip(this.byteLength)
  }

  bytes(): Uint8Array {
    return (this.value ??= this.buffer!.subarray(this.start, this.start + this.byteLength))
  }
}

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
  const [bytes, offset] = chunk < 0 ? [source.columnBody(place), bodyOffset] : [source.chunk(chunk), 0]
  const end = chunk < 0 ? bodyOffset + bodyBytes : bytes.length
  const body = new ByteCursor(bytes, chunk < 0 ? 'columns' : `chunk ${chunk}`, offset, end, source.budget)
  const digits = digitBytes
    ? new ByteCursor(source.digits(), 'digits', digitOffset, digitOffset + digitBytes, source.budget)
    : new ByteCursor(new Uint8Array(0), 'digits', 0, 0, source.budget)
  const decoded = decodeColumn({ body, digits }, length, source.ranges)
  body.done()
  digits.done()
  return decoded
}
