import { Arena } from '../bytes/arena.ts'
import { sameBytes } from '../bytes/same-bytes.ts'
import type { ElementIndex } from '../dicom/elements.ts'
import { ElementIndexBuilder } from '../dicom/elements-build.ts'
import type { Instance, ReportEntry } from '../dicom/parse.ts'
import { PREAMBLE, TRAILING } from './table.ts'

/**
 * Headers with the same elements in the same order. Each of them is cut where values begin and end; of the pieces, those
 * that are as in the first header are not kept again.
 */
export interface Skeleton {
  readonly id: number
  /** Elements of the first header, between pseudo elements for its preamble and trailing bytes. */
  readonly index: ElementIndex
  readonly header: Uint8Array
  readonly preambleBytes: number
  readonly trailingBytes: number
  /** Headers that have it. */
  rows: number
  /** null: values of the first header overlap, and no other one can have the skeleton. */
  cuts?: Cuts | null
}

/** Piece k of a header lies between its cuts k - 1 and k; known as soon as a second header has the skeleton. */
interface Cuts {
  /** Twice the number of an element, and 1 more where it ends: the cuts in the order of the file, without those of pseudo elements. */
  order: Uint32Array
  /** Of the first header, and its end. */
  at: Uint32Array
  /** Of the first header. */
  view: DataView
  /** For each element the cuts where its value begins and ends. */
  opens: Uint32Array
  closes: Uint32Array
  /** Pieces that differ from the first header's: where each row has its own; 0: as in the first. */
  varying: Map<number, Uint32Array>
  /** Their numbers, ascending. */
  pieces: number[]
}

/** Addresses are in units of 4 bytes, so that one of 32 bits is enough for 16 GiB. */
const UNIT = 4
const BLOCK_UNITS = 1 << 18
const MOST_UNITS = 0xf0000000
/** Values whose places collide more often are kept once more: what a file says shall not make this slow. */
const MOST_PROBES = 32

/** Byte strings, each kept once as long as that is easily seen. */
class Values {
  private readonly blocks: Uint8Array[] = []
  private readonly views: DataView[] = []
  /** 0 is no address. */
  private next = 1
  private table = new Uint32Array(1 << 10)
  private count = 0

  get isFull(): boolean {
    return this.next > MOST_UNITS
  }

  /** Nothing is looked for any more; what is added later is kept for itself. */
  seal(): void {
    this.table = new Uint32Array(1 << 10)
    this.count = 0
  }

  at(address: number): Uint8Array {
    const block = Math.floor(address / BLOCK_UNITS)
    const offset = (address % BLOCK_UNITS) * UNIT
    return this.blocks[block].subarray(offset + UNIT, offset + UNIT + this.views[block].getUint32(offset))
  }

  lengthAt(address: number): number {
    return this.views[Math.floor(address / BLOCK_UNITS)].getUint32((address % BLOCK_UNITS) * UNIT)
  }

  /** Address of bytes [from, to). */
  add(bytes: Uint8Array, from: number, to: number): number {
    if (this.count * 2 >= this.table.length) this.grow()
    const { table } = this
    const mask = table.length - 1
    let slot = hashOf(bytes, from, to) & mask
    for (let probe = 0; table[slot]; probe++, slot = (slot + 1) & mask) {
      if (probe === MOST_PROBES) return this.append(bytes, from, to)
      if (this.isAt(table[slot], bytes, from, to)) return table[slot]
    }
    this.count++
    return (table[slot] = this.append(bytes, from, to))
  }

  /** Whether the bytes at an address are these. */
  isAt(address: number, bytes: Uint8Array, from: number, to: number): boolean {
    const id = Math.floor(address / BLOCK_UNITS)
    const offset = (address % BLOCK_UNITS) * UNIT
    if (this.views[id].getUint32(offset) !== to - from) return false
    const block = this.blocks[id]
    for (let i = from, k = offset + UNIT; i < to; i++, k++) if (bytes[i] !== block[k]) return false
    return true
  }

  private append(bytes: Uint8Array, from: number, to: number): number {
    const units = 1 + Math.ceil((to - from) / UNIT)
    const left = BLOCK_UNITS - (this.next % BLOCK_UNITS)
    if (units > left) this.next += left
    if (this.next % BLOCK_UNITS === 0 || !this.blocks.length) {
      const id = Math.floor(this.next / BLOCK_UNITS)
      this.blocks[id] = new Uint8Array(Math.max(units, BLOCK_UNITS) * UNIT)
      this.views[id] = new DataView(this.blocks[id].buffer)
    }
    const address = this.next
    const id = Math.floor(address / BLOCK_UNITS)
    const offset = (address % BLOCK_UNITS) * UNIT
    this.views[id].setUint32(offset, to - from)
    this.blocks[id].set(bytes.subarray(from, to), offset + UNIT)
    this.next += units
    // One that is longer than a block has the numbers of several, and all of them.
    if (units > BLOCK_UNITS) this.next = Math.ceil(this.next / BLOCK_UNITS) * BLOCK_UNITS
    return address
  }

  private grow(): void {
    const before = this.table
    this.table = new Uint32Array(before.length * 2)
    const mask = this.table.length - 1
    for (const address of before) {
      if (!address) continue
      const bytes = this.at(address)
      let slot = hashOf(bytes, 0, bytes.length) & mask
      while (this.table[slot]) slot = (slot + 1) & mask
      this.table[slot] = address
    }
  }
}

function hashOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = to - from
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ bytes[i], 0x01000193)
  return hash ^ (hash >>> 15)
}

const NO_REPORT: ReportEntry[] = []

/**
 * The headers of a series. They are nearly the same, so that of a header of 10 kB some 500 bytes are kept, and yet
 * each of its bytes comes back: 50,000 slices take 40 MB instead of 700.
 */
export class HeaderStack {
  readonly skeletons: Skeleton[] = []
  /** Of each header its skeleton, and which of that skeleton's headers it is. */
  skeletonOf = new Uint32Array(16)
  rankOf = new Uint32Array(16)
  count = 0
  private readonly values = new Values()
  private readonly headers?: Arena
  private readonly builder = new ElementIndexBuilder(64)
  private readonly bySum = new Map<number, Skeleton[]>()
  private last?: Skeleton
  private cutsAt = new Uint32Array(0)
  private syntax = ''

  /** `isKept`: the headers that are added stay as they are, and need not be copied. */
  constructor(isKept = false) {
    if (!isKept) this.headers = new Arena()
  }

  /** Keeps what an instance says; its header and elements may be used for something else behind this. */
  add(instance: Instance): StackedInstance {
    const rank = this.place(instance)
    const row = this.count++
    if (row === this.skeletonOf.length) {
      this.skeletonOf = larger(this.skeletonOf)
      this.rankOf = larger(this.rankOf)
    }
    this.skeletonOf[row] = this.last!.id
    this.rankOf[row] = rank
    // As a rule all have the same, each as a text of its own.
    if (this.syntax !== instance.transferSyntaxUid) this.syntax = instance.transferSyntaxUid
    return new StackedInstance(this, row, this.last!, rank, instance, this.syntax)
  }

  /** All headers of the series were added. */
  seal(): void {
    this.values.seal()
    this.bySum.clear()
  }

  /** Bytes of an element's value in one header of a skeleton. */
  bytes({ index, header, cuts }: Skeleton, rank: number, element: number): Uint8Array {
    if (cuts) {
      const first = cuts.opens[element] + 1
      const end = cuts.closes[element] + 1
      if (end - first === 1) {
        const address = cuts.varying.get(first)?.[rank]
        if (address) return this.values.at(address)
      } else if (hasVarying(cuts, rank, first, end)) return this.join(header, cuts, rank, first, end)
    }
    const offset = index.offsets[element]
    return header.subarray(offset, offset + index.lengths[element])
  }

  /** Whether the value of an element is the same in two headers of a skeleton. */
  same({ cuts }: Skeleton, a: number, b: number, element: number): boolean {
    if (!cuts) return true
    const { pieces, varying, opens, closes } = cuts
    for (let k = firstFrom(pieces, opens[element] + 1); k < pieces.length && pieces[k] <= closes[element]; k++) {
      const addresses = varying.get(pieces[k])!
      const [one, other] = [addresses[a] || 0, addresses[b] || 0]
      if (one !== other && !(one && other && sameBytes(this.values.at(one), this.values.at(other)))) return false
    }
    return true
  }

  /** Whether the value of an element is the same in all headers of a skeleton. */
  isConstant({ cuts }: Skeleton, element: number): boolean {
    if (!cuts) return true
    const k = firstFrom(cuts.pieces, cuts.opens[element] + 1)
    return k === cuts.pieces.length || cuts.pieces[k] > cuts.closes[element]
  }

  headerOf({ header, cuts }: Skeleton, rank: number): Uint8Array {
    return cuts ? this.join(header, cuts, rank, 0, cuts.at.length) : header
  }

  headerBytesOf({ header, cuts }: Skeleton, rank: number): number {
    let bytes = header.length
    if (cuts)
      for (const piece of cuts.pieces) {
        const address = cuts.varying.get(piece)![rank]
        if (address) bytes += this.values.lengthAt(address) - (cuts.at[piece] - startOf(cuts, piece))
      }
    return bytes
  }

  /** Elements of one header, without pseudo elements. */
  elementsOf(skeleton: Skeleton, rank: number): ElementIndex {
    const { index, preambleBytes, trailingBytes, cuts } = skeleton
    const [from, to] = [preambleBytes ? 1 : 0, index.count - (trailingBytes ? 1 : 0)]
    const offsets = index.offsets.slice(from, to)
    const lengths = index.lengths.slice(from, to)
    if (cuts) {
      const at = cuts.at.slice()
      let shift = 0
      for (let k = 0; k < at.length; k++) {
        const address = cuts.varying.get(k)?.[rank]
        if (address) shift += this.values.lengthAt(address) - (cuts.at[k] - startOf(cuts, k))
        at[k] += shift
      }
      for (let i = from; i < to; i++) {
        offsets[i - from] = at[cuts.opens[i]]
        lengths[i - from] = at[cuts.closes[i]] - at[cuts.opens[i]]
      }
    }
    return {
      count: to - from,
      tags: index.tags.slice(from, to),
      vrs: index.vrs.slice(from, to),
      flags: index.flags.slice(from, to),
      ends: index.ends.slice(from, to).map(end => end - from),
      offsets,
      lengths,
    }
  }

  /** Pieces [first, end) of a header. */
  private join(header: Uint8Array, cuts: Cuts, rank: number, first: number, end: number): Uint8Array {
    const { pieces, varying, at } = cuts
    const begin = firstFrom(pieces, first)
    let length = at[end - 1] - startOf(cuts, first)
    for (let k = begin; k < pieces.length && pieces[k] < end; k++) {
      const address = varying.get(pieces[k])![rank]
      if (address) length += this.values.lengthAt(address) - (at[pieces[k]] - startOf(cuts, pieces[k]))
    }
    const bytes = new Uint8Array(length)
    let from = startOf(cuts, first)
    let to = 0
    for (let k = begin; k < pieces.length && pieces[k] < end; k++) {
      const address = varying.get(pieces[k])![rank]
      if (!address) continue
      const start = startOf(cuts, pieces[k])
      bytes.set(header.subarray(from, start), to)
      to += start - from
      const value = this.values.at(address)
      bytes.set(value, to)
      to += value.length
      from = at[pieces[k]]
    }
    bytes.set(header.subarray(from, at[end - 1]), to)
    return bytes
  }

  /** Finds or makes the skeleton, which is `last` then; returns the place among its headers. */
  private place(instance: Instance): number {
    if (this.last && hasSkeleton(instance, this.last) && this.follow(instance, this.last)) return this.last.rows++
    const sum = sumOf(instance)
    const known = this.bySum.get(sum) ?? []
    for (const skeleton of known)
      if (skeleton !== this.last && hasSkeleton(instance, skeleton) && this.follow(instance, skeleton)) {
        this.last = skeleton
        return skeleton.rows++
      }
    const { preambleBytes, trailingBytes, header } = instance
    this.last = {
      id: this.skeletons.length,
      index: this.framed(instance),
      header: this.headers?.copy(header) ?? header,
      preambleBytes,
      trailingBytes,
      rows: 1,
    }
    this.skeletons.push(this.last)
    known.push(this.last)
    this.bySum.set(sum, known)
    return 0
  }

  /** The instance's elements between pseudo elements for its preamble and trailing bytes. */
  private framed({ elements, preambleBytes, trailingBytes, header }: Instance): ElementIndex {
    const { builder } = this
    builder.begin()
    if (preambleBytes) builder.push(PREAMBLE, 0, 0, preambleBytes, 0)
    builder.append(elements)
    if (trailingBytes) builder.push(TRAILING, 0, header.length - trailingBytes, trailingBytes, 0)
    return builder.finish()
  }

  /** Keeps what differs from the first header; false, with nothing kept, where cuts of values are not in order. */
  private follow(instance: Instance, skeleton: Skeleton): boolean {
    if (skeleton.cuts === undefined) skeleton.cuts = cutsOf(skeleton)
    const { cuts } = skeleton
    if (!cuts || this.values.isFull) return false
    const { header } = instance
    if (this.cutsAt.length < cuts.at.length) this.cutsAt = new Uint32Array(cuts.at.length * 2)
    const at = this.cutsAt
    if (!cut(instance, cuts.order, at)) return false
    // As a rule the pieces between those that are known to differ are the same, and one walk tells.
    const view = new DataView(header.buffer, header.byteOffset, header.byteLength)
    let k = 0
    for (let piece = 0; piece < cuts.at.length; piece++) {
      const next = k < cuts.pieces.length ? cuts.pieces[k] : cuts.at.length
      if (piece < next && !sameRun(view, at, cuts, piece, next)) {
        for (let one = piece; one < next; one++) this.keepPiece(header, at, cuts, skeleton, one)
        k = firstFrom(cuts.pieces, next)
      }
      if (next < cuts.at.length) this.keepPiece(header, at, cuts, skeleton, next)
      piece = next
      k++
    }
    return true
  }

  private keepPiece(header: Uint8Array, at: Uint32Array, cuts: Cuts, skeleton: Skeleton, piece: number): void {
    const from = piece ? at[piece - 1] : 0
    const to = at[piece]
    if (sameRange(header, from, to, skeleton.header, startOf(cuts, piece), cuts.at[piece])) return
    let addresses = cuts.varying.get(piece)
    if (!addresses || addresses.length <= skeleton.rows) {
      if (!addresses) cuts.pieces.splice(firstFrom(cuts.pieces, piece), 0, piece)
      const wider: Uint32Array = new Uint32Array(Math.max(8, skeleton.rows * 2))
      if (addresses) wider.set(addresses)
      cuts.varying.set(piece, (addresses = wider))
    }
    addresses[skeleton.rows] = this.values.add(header, from, to)
  }
}

function larger(numbers: Uint32Array): Uint32Array<ArrayBuffer> {
  const wider = new Uint32Array(numbers.length * 2)
  wider.set(numbers)
  return wider
}

const startOf = ({ at }: Cuts, piece: number) => (piece ? at[piece - 1] : 0)

/** Place of the first of ascending numbers that is not below. */
function firstFrom(numbers: readonly number[], least: number): number {
  let [low, high] = [0, numbers.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (numbers[middle] < least) low = middle + 1
    else high = middle
  }
  return low
}

function hasVarying({ pieces, varying }: Cuts, rank: number, first: number, end: number): boolean {
  for (let k = firstFrom(pieces, first); k < pieces.length && pieces[k] < end; k++)
    if (varying.get(pieces[k])![rank]) return true
  return false
}

/** Whether pieces [first, end) are all as in the first header. */
function sameRun(view: DataView, at: Uint32Array, cuts: Cuts, first: number, end: number): boolean {
  const from = first ? at[first - 1] : 0
  const shift = startOf(cuts, first) - from
  for (let piece = first; piece < end; piece++) if (at[piece] + shift !== cuts.at[piece]) return false
  const to = at[end - 1]
  let i = from
  for (; i + 4 <= to; i += 4) if (view.getUint32(i) !== cuts.view.getUint32(i + shift)) return false
  for (; i < to; i++) if (view.getUint8(i) !== cuts.view.getUint8(i + shift)) return false
  return true
}

function sameRange(a: Uint8Array, from: number, to: number, b: Uint8Array, fromB: number, toB: number): boolean {
  if (to - from !== toB - fromB) return false
  for (let i = from, k = fromB; i < to; i++, k++) if (a[i] !== b[k]) return false
  return true
}

/** A cheap number that instances with the same skeleton share. */
function sumOf({ elements: { count, tags, vrs }, preambleBytes, trailingBytes }: Instance): number {
  let sum = count ^ (preambleBytes << 8) ^ (trailingBytes << 16)
  for (let i = 0; i < count; i++) sum = (Math.imul(sum, 31) + (tags[i] ^ vrs[i])) | 0
  return sum
}

function hasSkeleton({ elements, preambleBytes, trailingBytes }: Instance, skeleton: Skeleton): boolean {
  const { index } = skeleton
  const { count } = elements
  if (preambleBytes !== skeleton.preambleBytes || trailingBytes !== skeleton.trailingBytes) return false
  const shift = preambleBytes ? 1 : 0
  if (count + shift + (trailingBytes ? 1 : 0) !== index.count) return false
  for (let i = 0, k = shift; i < count; i++, k++)
    if (
      elements.tags[i] !== index.tags[k] ||
      elements.vrs[i] !== index.vrs[k] ||
      elements.flags[i] !== index.flags[k] ||
      elements.ends[i] + shift !== index.ends[k]
    )
      return false
  return true
}

/** Cuts of the first header; null where they are not in order. */
function cutsOf({ index, header, preambleBytes, trailingBytes }: Skeleton): Cuts | null {
  const { count, ends } = index
  const [from, to] = [preambleBytes ? 1 : 0, count - (trailingBytes ? 1 : 0)]
  const order = new Uint32Array(2 * (to - from))
  const opens = new Uint32Array(count)
  const closes = new Uint32Array(count)
  const open: number[] = []
  let n = 0
  let next = 0
  const close = (element: number) => {
    order[n++] = 2 * (element - from) + 1
    closes[element] = next++
  }
  if (from) [opens[0], closes[0], next] = [0, 1, 2]
  for (let i = from; i < to; i++) {
    while (open.length && ends[open[open.length - 1]] <= i) close(open.pop()!)
    order[n++] = 2 * (i - from)
    opens[i] = next++
    open.push(i)
  }
  while (open.length) close(open.pop()!)
  if (to < count) [opens[to], closes[to]] = [next, next + 1]
  const at = new Uint32Array(2 * count + 1)
  const elements = { count: to - from, offsets: index.offsets.subarray(from), lengths: index.lengths.subarray(from) }
  if (!cut({ elements, header, preambleBytes, trailingBytes }, order, at)) return null
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength)
  return { order, at, view, opens, closes, varying: new Map(), pieces: [] }
}

/** Fills in where a header is cut, and its end; false where that is not in order. */
function cut(
  {
    elements: { offsets, lengths },
    header,
    preambleBytes,
    trailingBytes,
  }: Pick<Instance, 'header' | 'preambleBytes' | 'trailingBytes'> & {
    elements: Pick<ElementIndex, 'offsets' | 'lengths'>
  },
  order: Uint32Array,
  at: Uint32Array,
): boolean {
  let n = 0
  let last = 0
  if (preambleBytes) {
    at[n++] = 0
    at[n++] = last = preambleBytes
  }
  for (let k = 0; k < order.length; k++) {
    const element = order[k] >>> 1
    const place = order[k] & 1 ? offsets[element] + lengths[element] : offsets[element]
    if (place < last) return false
    at[n++] = last = place
  }
  if (trailingBytes) {
    if (header.length - trailingBytes < last) return false
    at[n++] = last = header.length - trailingBytes
    at[n++] = last = header.length
  }
  at[n] = header.length
  return last <= header.length
}

/** An instance whose header is in a stack: it is put together when it is asked for. */
export class StackedInstance implements Instance {
  readonly stack: HeaderStack
  /** Of the stack. */
  readonly row: number
  private readonly skeleton: Skeleton
  private readonly rank: number
  name: string
  readonly source: Instance['source']
  readonly sizeBytes: number
  readonly metaCount: number
  readonly transferSyntaxUid: string
  readonly encoding: Instance['encoding']
  readonly pixels: Instance['pixels']
  readonly pixelSource: Instance['pixelSource']
  readonly deflated: Instance['deflated']
  readonly report: ReportEntry[]

  constructor(stack: HeaderStack, row: number, skeleton: Skeleton, rank: number, instance: Instance, syntax: string) {
    this.stack = stack
    this.row = row
    this.skeleton = skeleton
    this.rank = rank
    this.name = instance.name
    this.source = instance.source
    this.sizeBytes = instance.sizeBytes
    this.metaCount = instance.metaCount
    this.transferSyntaxUid = syntax
    this.encoding = instance.encoding
    this.pixels = instance.pixels
    this.pixelSource = instance.pixelSource
    this.deflated = instance.deflated
    this.report = instance.report.length ? instance.report : NO_REPORT
  }

  get header(): Uint8Array {
    return this.stack.headerOf(this.skeleton, this.rank)
  }
  get headerBytes(): number {
    return this.stack.headerBytesOf(this.skeleton, this.rank)
  }
  get elements(): ElementIndex {
    return this.stack.elementsOf(this.skeleton, this.rank)
  }
  get preambleBytes(): number {
    return this.skeleton.preambleBytes
  }
  get trailingBytes(): number {
    return this.skeleton.trailingBytes
  }

  elementBytes(tag: number): Uint8Array | undefined {
    const { index, preambleBytes, trailingBytes } = this.skeleton
    const end = index.count - (trailingBytes ? 1 : 0)
    for (let i = preambleBytes ? 1 : 0; i < end; i = index.ends[i])
      if (index.tags[i] === tag) return this.stack.bytes(this.skeleton, this.rank, i)
    return undefined
  }
}
