import { type ElementIndex, FLAG, FORM_MASK } from '../dicom/elements.ts'
import { ElementIndexBuilder } from '../dicom/elements-build.ts'
import type { Instance } from '../dicom/parse.ts'
import { type Column, type Items, type Layout, type Node, PREAMBLE, type Table, TRAILING } from './table.ts'

/** What is merged: the elements and header bytes of each instance. */
interface Parsed {
  indexes: ElementIndex[]
  headers: Uint8Array[]
  /** Of the same bytes. */
  views: DataView[]
}

/** Data sets to be merged: each is elements [first, end) of an instance; an item knows whether its length is undefined. */
interface Rows {
  count: number
  instance: Uint32Array
  first: Uint32Array
  end: Uint32Array
  undefinedLength: Uint8Array
}

const rowsOf = (count: number): Rows => ({
  count,
  instance: new Uint32Array(count),
  first: new Uint32Array(count),
  end: new Uint32Array(count),
  undefinedLength: new Uint8Array(count),
})

/** Merges instances, in the given order, into one table with a row an instance. */
export function tableOfInstances(instances: readonly Instance[]): Table {
  const builder = new ElementIndexBuilder()
  const indexes = instances.map(instance => withFrame(builder, instance))
  const headers = instances.map(instance => instance.header)
  const views = headers.map(({ buffer, byteOffset, byteLength }) => new DataView(buffer, byteOffset, byteLength))
  const rows = rowsOf(instances.length)
  for (let i = 0; i < instances.length; i++) {
    rows.instance[i] = i
    rows.end[i] = indexes[i].count
  }
  return mergeRows(rows, { indexes, headers, views })
}

/** The instance's elements between pseudo elements for its preamble and trailing bytes. */
function withFrame(
  builder: ElementIndexBuilder,
  { elements, preambleBytes, trailingBytes, header }: Instance,
): ElementIndex {
  if (!preambleBytes && !trailingBytes) return elements
  if (preambleBytes) builder.push(PREAMBLE, 0, 0, preambleBytes, 0)
  builder.append(elements)
  if (trailingBytes) builder.push(TRAILING, 0, header.length - trailingBytes, trailingBytes, 0)
  return builder.finish()
}

/** One order of elements as it was met: positions of a row's elements relate to `keys` one to one. */
interface Signature {
  tags: number[]
  /** vr << 8 | form flags */
  kinds: number[]
  undefinedLength: number
  ascending: boolean
  /** Rows that follow it. */
  rows: number
  /** The layout it belongs to and, for each of its elements, the node. */
  layout: number
  nodes: number[]
}

function mergeRows(rows: Rows, from: Parsed): Table {
  const { indexes } = from
  const signatures: Signature[] = []
  const bySignature = new Map<string, number>()
  const signatureOf = new Uint32Array(rows.count)
  let last: Signature | undefined
  let lastId = 0
  for (let row = 0; row < rows.count; row++) {
    const index = indexes[rows.instance[row]]
    if (!last || !follows(index, rows, row, last)) {
      const found = readSignature(index, rows, row)
      const key = `${found.undefinedLength}:${found.tags.join()}:${found.kinds.join()}`
      const known = bySignature.get(key)
      lastId = known ?? signatures.push(found) - 1
      if (known === undefined) bySignature.set(key, lastId)
      last = signatures[lastId]
    }
    signatureOf[row] = lastId
    last.rows++
  }

  const plans = planLayouts(signatures)
  const layoutOf = new Uint32Array(rows.count)
  const rankInLayout = new Uint32Array(rows.count)
  const ranks = new Uint32Array(plans.length)
  for (let row = 0; row < rows.count; row++) {
    const layout = signatures[signatureOf[row]].layout
    layoutOf[row] = layout
    rankInLayout[row] = ranks[layout]++
  }
  const membersOf = Array.from(ranks, count => new Uint32Array(count))
  for (let row = 0; row < rows.count; row++) membersOf[layoutOf[row]][rankInLayout[row]] = row
  const layouts = plans.map((plan, layout): Layout => {
    const count = ranks[layout]
    const members = membersOf[layout]
    const instances = members.map(row => rows.instance[row])
    // For each node the element of each row, -1 where there is none.
    const allCells = new Int32Array(count * plan.tags.length).fill(-1)
    const cells = plan.tags.map((_, n) => allCells.subarray(n * count, (n + 1) * count))
    for (let rank = 0; rank < count; rank++) {
      const row = members[rank]
      const { nodes } = signatures[signatureOf[row]]
      const { ends } = indexes[rows.instance[row]]
      let element = rows.first[row]
      for (let j = 0; j < nodes.length; j++, element = ends[element]) cells[nodes[j]][rank] = element
    }
    return {
      rowCount: count,
      undefinedLength: plan.undefinedLength === 1,
      nodes: plan.tags.map((tag, n) => nodeOf(tag, plan.kinds[n], cells[n], instances, from)),
    }
  })
  return layouts.length > 1
    ? { rowCount: rows.count, layouts, layoutOf, rankInLayout }
    : { rowCount: rows.count, layouts }
}

function readSignature(index: ElementIndex, rows: Rows, row: number): Signature {
  const tags: number[] = []
  const kinds: number[] = []
  let ascending = true
  for (let i = rows.first[row]; i < rows.end[row]; i = index.ends[i]) {
    if (tags.length && index.tags[i] <= tags[tags.length - 1]) ascending = false
    tags.push(index.tags[i])
    kinds.push((index.vrs[i] << 8) | (index.flags[i] & FORM_MASK))
  }
  return { tags, kinds, undefinedLength: rows.undefinedLength[row], ascending, rows: 0, layout: -1, nodes: [] }
}

function follows(index: ElementIndex, rows: Rows, row: number, { tags, kinds, undefinedLength }: Signature): boolean {
  if (rows.undefinedLength[row] !== undefinedLength) return false
  let i = rows.first[row]
  const end = rows.end[row]
  for (let j = 0; j < tags.length; j++, i = index.ends[i])
    if (i >= end || index.tags[i] !== tags[j] || ((index.vrs[i] << 8) | (index.flags[i] & FORM_MASK)) !== kinds[j])
      return false
  return i === end
}

interface LayoutPlan {
  tags: number[]
  kinds: number[]
  undefinedLength: number
}

/**
 * A layout has a place for each of its nodes in each of its rows. Rows that have little in common would make a table of
 * mostly nothing: a thousand items with an element each, all different, a million places.
 */
const MOST_CELLS = 1 << 16
const MOST_CELLS_PER_ELEMENT = 16

/** Ascending orders merge into one layout, in which elements may be absent; any other order is a layout of its own. */
function planLayouts(signatures: Signature[]): LayoutPlan[] {
  const plans: LayoutPlan[] = []
  const apart = signatures.filter(({ ascending }) => !ascending)
  for (const undefinedLength of [0, 1]) {
    const merged = signatures.filter(s => s.ascending && s.undefinedLength === undefinedLength)
    if (!merged.length) continue
    const byKey = new Map<number, { tag: number; kind: number; node: number }>()
    // A tag has 32 bits and a kind 24: together they outgrow a double's 53.
    const ids = new Map<number, number>()
    const keyOf = (tag: number, kind: number) => {
      let id = ids.get(kind)
      if (id === undefined) ids.set(kind, (id = ids.size))
      return tag * 0x200000 + id
    }
    for (const { tags, kinds } of merged)
      for (let j = 0; j < tags.length; j++) {
        const key = keyOf(tags[j], kinds[j])
        if (!byKey.has(key)) byKey.set(key, { tag: tags[j], kind: kinds[j], node: 0 })
      }
    const nodes = [...byKey.values()].sort((a, b) => a.tag - b.tag || a.kind - b.kind)
    const [rowCount, elements] = merged.reduce(
      ([rows, elements], signature) => [rows + signature.rows, elements + signature.rows * signature.tags.length],
      [0, 0],
    )
    if (nodes.length * rowCount > Math.max(MOST_CELLS, elements * MOST_CELLS_PER_ELEMENT)) {
      for (const signature of merged) apart.push(signature)
      continue
    }
    nodes.forEach((entry, n) => {
      entry.node = n
    })
    for (const signature of merged) {
      signature.layout = plans.length
      signature.nodes = signature.tags.map((tag, j) => byKey.get(keyOf(tag, signature.kinds[j]))!.node)
    }
    plans.push({ tags: nodes.map(n => n.tag), kinds: nodes.map(n => n.kind), undefinedLength })
  }
  for (const signature of apart) {
    signature.layout = plans.length
    signature.nodes = signature.tags.map((_, j) => j)
    plans.push(signature)
  }
  return plans
}

function nodeOf(tag: number, kind: number, cells: Int32Array, instances: Uint32Array, from: Parsed): Node {
  let presence: Int32Array | undefined
  // As a rule every row has the element, and then its cells are the column's entries.
  let instance = instances
  let element = cells
  if (cells.includes(-1)) {
    presence = new Int32Array(cells.length)
    let present = 0
    for (let rank = 0; rank < cells.length; rank++) presence[rank] = cells[rank] < 0 ? -1 : present++
    instance = instances.filter((_, rank) => cells[rank] >= 0)
    element = cells.filter(cell => cell >= 0)
  }
  const node = { tag, vr: kind >> 8, flags: kind & 255, presence }
  if (node.flags & FLAG.pixels) return node
  const column = columnOfElements(instance, element, from)
  if (!(node.flags & FLAG.sequence)) return { ...node, column }
  return { ...node, items: itemsOf(instance, element, column.constant, from) }
}

function columnOfElements(instance: Uint32Array, element: Int32Array, from: Parsed): Column {
  const { indexes, headers } = from
  const bytes = (entry: number) => {
    const { offsets, lengths } = indexes[instance[entry]]
    const offset = offsets[element[entry]]
    return headers[instance[entry]].subarray(offset, offset + lengths[element[entry]])
  }
  return { length: instance.length, constant: allSame(instance, element, from), bytes }
}

/** Whether all values have the same bytes: the one place where every header byte is looked at, four at a time. */
function allSame(instance: Uint32Array, element: Int32Array, { indexes, views }: Parsed): boolean {
  if (!instance.length) return true
  const first = indexes[instance[0]]
  const length = first.lengths[element[0]]
  const start = first.offsets[element[0]]
  const view = views[instance[0]]
  for (let entry = 1; entry < instance.length; entry++) {
    const index = indexes[instance[entry]]
    if (index.lengths[element[entry]] !== length) return false
    const other = views[instance[entry]]
    const offset = index.offsets[element[entry]]
    let i = 0
    for (; i + 4 <= length; i += 4) if (other.getUint32(offset + i) !== view.getUint32(start + i)) return false
    for (; i < length; i++) if (other.getUint8(offset + i) !== view.getUint8(start + i)) return false
  }
  return true
}

/** Items of all rows as one table; items that are the same bytes in every row are merged once. */
function itemsOf(instance: Uint32Array, element: Int32Array, shared: boolean, from: Parsed): Items {
  const { indexes } = from
  const entries = shared ? Math.min(1, instance.length) : instance.length
  const starts = new Uint32Array(entries + 1)
  for (let entry = 0; entry < entries; entry++) {
    const { ends } = indexes[instance[entry]]
    const sequence = element[entry]
    let count = 0
    for (let item = sequence + 1; item < ends[sequence]; item = ends[item]) count++
    starts[entry + 1] = starts[entry] + count
  }
  const rows = rowsOf(starts[entries])
  let row = 0
  for (let entry = 0; entry < entries; entry++) {
    const { ends, flags } = indexes[instance[entry]]
    const sequence = element[entry]
    for (let item = sequence + 1; item < ends[sequence]; item = ends[item], row++) {
      rows.instance[row] = instance[entry]
      rows.first[row] = item + 1
      rows.end[row] = ends[item]
      rows.undefinedLength[row] = flags[item] & FLAG.undefinedLength ? 1 : 0
    }
  }
  return { table: mergeRows(rows, from), shared, starts }
}
