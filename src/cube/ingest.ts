import { type ElementIndex, FLAG, FORM_MASK } from '../dicom/elements.ts'
import type { Instance } from '../dicom/parse.ts'
import { type Column, type Items, type Layout, type Node, PREAMBLE, type Table, TRAILING } from './table.ts'

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
  const indexes = instances.map(withFrame)
  const headers = instances.map(instance => instance.header)
  const rows = rowsOf(instances.length)
  for (let i = 0; i < instances.length; i++) {
    rows.instance[i] = i
    rows.end[i] = indexes[i].count
  }
  return mergeRows(rows, indexes, headers)
}

/** The instance's elements between pseudo elements for its preamble and trailing bytes. */
function withFrame({ elements, preambleBytes, trailingBytes, header }: Instance): ElementIndex {
  if (!preambleBytes && !trailingBytes) return elements
  const before = preambleBytes ? 1 : 0
  const after = trailingBytes ? 1 : 0
  const count = elements.count + before + after
  const shifted = <T extends Uint32Array | Uint16Array | Uint8Array>(
    to: T,
    from: T,
    first: number,
    last: number,
  ): T => {
    to.set(from, before)
    if (before) to[0] = first
    if (after) to[count - 1] = last
    return to
  }
  const ends = shifted(new Uint32Array(count), elements.ends, 1, count)
  for (let i = before; i < count - after; i++) ends[i] += before
  return {
    count,
    tags: shifted(new Uint32Array(count), elements.tags, PREAMBLE, TRAILING),
    vrs: shifted(new Uint16Array(count), elements.vrs, 0, 0),
    offsets: shifted(new Uint32Array(count), elements.offsets, 0, header.length - trailingBytes),
    lengths: shifted(new Uint32Array(count), elements.lengths, preambleBytes, trailingBytes),
    flags: shifted(new Uint8Array(count), elements.flags, 0, 0),
    ends,
  }
}

/** One order of elements as it was met: positions of a row's elements relate to `keys` one to one. */
interface Signature {
  tags: number[]
  /** vr << 8 | form flags */
  kinds: number[]
  undefinedLength: number
  ascending: boolean
  /** The layout it belongs to and, for each of its elements, the node. */
  layout: number
  nodes: number[]
}

function mergeRows(rows: Rows, indexes: readonly ElementIndex[], headers: readonly Uint8Array[]): Table {
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
  const layouts = plans.map((plan, layout): Layout => {
    const count = ranks[layout]
    const members = new Uint32Array(count)
    for (let row = 0; row < rows.count; row++) if (layoutOf[row] === layout) members[rankInLayout[row]] = row
    // For each node the element of each row, -1 where there is none.
    const cells = plan.tags.map(() => new Int32Array(count).fill(-1))
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
      nodes: plan.tags.map((tag, n) => nodeOf(tag, plan.kinds[n], cells[n], members, rows, indexes, headers)),
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
  return { tags, kinds, undefinedLength: rows.undefinedLength[row], ascending, layout: -1, nodes: [] }
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

/** Ascending orders merge into one layout, in which elements may be absent; any other order is a layout of its own. */
function planLayouts(signatures: Signature[]): LayoutPlan[] {
  const plans: LayoutPlan[] = []
  for (const undefinedLength of [0, 1]) {
    const merged = signatures.filter(s => s.ascending && s.undefinedLength === undefinedLength)
    if (!merged.length) continue
    const byKey = new Map<number, { tag: number; kind: number; node: number }>()
    // A tag has 32 bits and a kind 24: together they outgrow a double's 53.
    const ids = new Map<number, number>()
    const keyOf = (tag: number, kind: number) => {
      let id = ids.get(kind)
      if (id === undefined) ids.set(kind, (id = ids.size))
      return tag * 1024 + id
    }
    for (const { tags, kinds } of merged)
      for (let j = 0; j < tags.length; j++) {
        const key = keyOf(tags[j], kinds[j])
        if (!byKey.has(key)) byKey.set(key, { tag: tags[j], kind: kinds[j], node: 0 })
      }
    const nodes = [...byKey.values()].sort((a, b) => a.tag - b.tag || a.kind - b.kind)
    nodes.forEach((entry, n) => {
      entry.node = n
    })
    for (const signature of merged) {
      signature.layout = plans.length
      signature.nodes = signature.tags.map((tag, j) => byKey.get(keyOf(tag, signature.kinds[j]))!.node)
    }
    plans.push({ tags: nodes.map(n => n.tag), kinds: nodes.map(n => n.kind), undefinedLength })
  }
  for (const signature of signatures)
    if (!signature.ascending) {
      signature.layout = plans.length
      signature.nodes = signature.tags.map((_, j) => j)
      plans.push(signature)
    }
  return plans
}

function nodeOf(
  tag: number,
  kind: number,
  cells: Int32Array,
  members: Uint32Array,
  rows: Rows,
  indexes: readonly ElementIndex[],
  headers: readonly Uint8Array[],
): Node {
  let present = 0
  const presence = new Int32Array(cells.length)
  for (let rank = 0; rank < cells.length; rank++) presence[rank] = cells[rank] < 0 ? -1 : present++
  const instance = new Uint32Array(present)
  const element = new Uint32Array(present)
  for (let rank = 0; rank < cells.length; rank++)
    if (cells[rank] >= 0) {
      instance[presence[rank]] = rows.instance[members[rank]]
      element[presence[rank]] = cells[rank]
    }
  const node = { tag, vr: kind >> 8, flags: kind & 255, presence: present < cells.length ? presence : undefined }
  if (node.flags & FLAG.pixels) return node
  const column = columnOfElements(instance, element, indexes, headers)
  if (!(node.flags & FLAG.sequence)) return { ...node, column }
  return { ...node, items: itemsOf(instance, element, column.constant, indexes, headers) }
}

function columnOfElements(
  instance: Uint32Array,
  element: Uint32Array,
  indexes: readonly ElementIndex[],
  headers: readonly Uint8Array[],
): Column {
  const bytes = (entry: number) => {
    const { offsets, lengths } = indexes[instance[entry]]
    const offset = offsets[element[entry]]
    return headers[instance[entry]].subarray(offset, offset + lengths[element[entry]])
  }
  return { length: instance.length, constant: allSame(instance, element, indexes, headers), bytes }
}

/** Whether all values have the same bytes: the one place where every header byte is looked at. */
function allSame(
  instance: Uint32Array,
  element: Uint32Array,
  indexes: readonly ElementIndex[],
  headers: readonly Uint8Array[],
): boolean {
  if (!instance.length) return true
  const first = indexes[instance[0]]
  const length = first.lengths[element[0]]
  const start = first.offsets[element[0]]
  const header = headers[instance[0]]
  for (let entry = 1; entry < instance.length; entry++) {
    const index = indexes[instance[entry]]
    if (index.lengths[element[entry]] !== length) return false
    const other = headers[instance[entry]]
    const offset = index.offsets[element[entry]]
    for (let i = 0; i < length; i++) if (other[offset + i] !== header[start + i]) return false
  }
  return true
}

/** Items of all rows as one table; items that are the same bytes in every row are merged once. */
function itemsOf(
  instance: Uint32Array,
  element: Uint32Array,
  shared: boolean,
  indexes: readonly ElementIndex[],
  headers: readonly Uint8Array[],
): Items {
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
  return { table: mergeRows(rows, indexes, headers), shared, starts }
}
