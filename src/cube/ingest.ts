import { sameBytes } from '../bytes/same-bytes.ts'
import { type ElementIndex, FLAG, FORM_MASK } from '../dicom/elements.ts'
import type { Instance } from '../dicom/parse.ts'
import { HeaderStack, type Skeleton, StackedInstance } from './stack.ts'
import type { Column, Items, Layout, Node, Table } from './table.ts'

/** Data sets that begin at the same element of the same skeleton: elements [first, end); an item knows whether its length is undefined. */
interface Group {
  skeleton: Skeleton
  first: number
  end: number
  undefinedLength: number
}

/** Data sets to be merged: each belongs to a header of the stack, and to a group. */
interface Rows {
  count: number
  header: Uint32Array
  group: Uint32Array
  groups: Group[]
}

/** Merges instances, in the given order, into one table with a row an instance. */
export function tableOfInstances(instances: readonly Instance[]): Table {
  const { stack, headers } = stackOf(instances)
  const groups = groupsOf()
  const rows: Rows = {
    count: headers.length,
    header: headers,
    group: new Uint32Array(headers.length),
    groups: groups.all,
  }
  for (let i = 0; i < headers.length; i++) {
    const skeleton = stack.skeletons[stack.skeletonOf[headers[i]]]
    rows.group[i] = groups.idOf(skeleton, 0, skeleton.index.count, 0)
  }
  return mergeRows(rows, stack)
}

/** The stack that the instances are in, and where; those of several are put into a new one. */
function stackOf(instances: readonly Instance[]): { stack: HeaderStack; headers: Uint32Array } {
  const [first] = instances
  if (first instanceof StackedInstance) {
    const { stack } = first
    const headers = new Uint32Array(instances.length)
    const areInIt = instances.every((instance, i) => {
      if (!(instance instanceof StackedInstance) || instance.stack !== stack) return false
      headers[i] = instance.row
      return true
    })
    if (areInIt) return { stack, headers }
  }
  const stack = new HeaderStack(true)
  return { stack, headers: Uint32Array.from(instances, instance => stack.add(instance).row) }
}

/** Numbers groups in the order in which they are met. */
function groupsOf() {
  const all: Group[] = []
  const ids = new Map<Skeleton, Map<number, number>>()
  return {
    all,
    idOf(skeleton: Skeleton, first: number, end: number, undefinedLength: number): number {
      let known = ids.get(skeleton)
      if (!known) ids.set(skeleton, (known = new Map()))
      let id = known.get(first)
      if (id === undefined) known.set(first, (id = all.push({ skeleton, first, end, undefinedLength }) - 1))
      return id
    },
  }
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

function mergeRows({ count, header, group, groups }: Rows, stack: HeaderStack): Table {
  const signatures: Signature[] = []
  const bySignature = new Map<string, number>()
  const signatureOf = new Uint32Array(groups.length)
  let last: Signature | undefined
  let lastId = 0
  for (const [g, one] of groups.entries()) {
    if (!last || !follows(one, last)) {
      const found = readSignature(one)
      const key = `${found.undefinedLength}:${found.tags.join()}:${found.kinds.join()}`
      const known = bySignature.get(key)
      lastId = known ?? signatures.push(found) - 1
      if (known === undefined) bySignature.set(key, lastId)
      last = signatures[lastId]
    }
    signatureOf[g] = lastId
  }
  for (let row = 0; row < count; row++) signatures[signatureOf[group[row]]].rows++

  const plans = planLayouts(signatures)
  const layoutOfGroup = signatureOf.map(id => signatures[id].layout)
  const groupsOfLayout: Group[][] = plans.map(() => [])
  /** Of the groups of its layout. */
  const rankOfGroup = groups.map((one, g) => groupsOfLayout[layoutOfGroup[g]].push(one) - 1)
  // For each node the element that it is in each group, -1 where there is none.
  const cellsOfLayout = plans.map(({ tags }, layout) => {
    const length = groupsOfLayout[layout].length
    const all = new Int32Array(length * tags.length).fill(-1)
    return tags.map((_, n) => all.subarray(n * length, (n + 1) * length))
  })
  for (const [g, { skeleton, first }] of groups.entries()) {
    const cells = cellsOfLayout[layoutOfGroup[g]]
    const { nodes } = signatures[signatureOf[g]]
    const { ends } = skeleton.index
    let element = first
    for (let j = 0; j < nodes.length; j++, element = ends[element]) cells[nodes[j]][rankOfGroup[g]] = element
  }
  const isOne = plans.length === 1
  const layoutOf = isOne ? undefined : group.map(g => layoutOfGroup[g])
  const rankInLayout = isOne ? undefined : new Uint32Array(count)
  const ranks = new Uint32Array(plans.length)
  if (layoutOf && rankInLayout) for (let row = 0; row < count; row++) rankInLayout[row] = ranks[layoutOf[row]]++
  const layouts = plans.map((plan, layout): Layout => {
    const members = isOne ? undefined : new Uint32Array(ranks[layout])
    if (members && layoutOf)
      for (let row = 0, rank = 0; row < count; row++) if (layoutOf[row] === layout) members[rank++] = row
    const ofLayout = groupsOfLayout[layout]
    const entries: Entries = {
      headers: members ? members.map(row => header[row]) : header,
      groups:
        ofLayout.length === 1
          ? undefined
          : (members ?? group).map((at, row) => rankOfGroup[members ? group[at] : group[row]]),
    }
    return {
      rowCount: entries.headers.length,
      undefinedLength: plan.undefinedLength === 1,
      nodes: plan.tags.map((tag, n) => nodeOf(tag, plan.kinds[n], entries, ofLayout, cellsOfLayout[layout][n], stack)),
    }
  })
  return layoutOf ? { rowCount: count, layouts, layoutOf, rankInLayout } : { rowCount: count, layouts }
}

function readSignature({ skeleton: { index }, first, end, undefinedLength }: Group): Signature {
  const tags: number[] = []
  const kinds: number[] = []
  let ascending = true
  for (let i = first; i < end; i = index.ends[i]) {
    if (tags.length && index.tags[i] <= tags[tags.length - 1]) ascending = false
    tags.push(index.tags[i])
    kinds.push(kindOf(index, i))
  }
  return { tags, kinds, undefinedLength, ascending, rows: 0, layout: -1, nodes: [] }
}

const kindOf = ({ vrs, flags }: ElementIndex, i: number) => (vrs[i] << 8) | (flags[i] & FORM_MASK)

function follows({ skeleton: { index }, first, end, undefinedLength }: Group, signature: Signature): boolean {
  if (undefinedLength !== signature.undefinedLength) return false
  const { tags, kinds } = signature
  let i = first
  for (let j = 0; j < tags.length; j++, i = index.ends[i])
    if (i >= end || index.tags[i] !== tags[j] || kindOf(index, i) !== kinds[j]) return false
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

/** Rows that have an element: of each its header and, where there are several, its group. */
interface Entries {
  headers: Uint32Array
  groups?: Uint32Array
}

/** `cells`: what element the node is in each group of its layout, -1 for none. */
function nodeOf(
  tag: number,
  kind: number,
  entries: Entries,
  groups: readonly Group[],
  cells: Int32Array,
  stack: HeaderStack,
): Node {
  let presence: Int32Array | undefined
  let having = entries
  // As a rule every row has the element.
  if (cells.includes(-1)) {
    const { headers, groups: of } = entries
    presence = new Int32Array(headers.length)
    let present = 0
    for (let rank = 0; rank < headers.length; rank++) presence[rank] = cells[of ? of[rank] : 0] < 0 ? -1 : present++
    having = {
      headers: headers.filter((_, rank) => presence![rank] >= 0),
      groups: of?.filter((_, rank) => presence![rank] >= 0),
    }
  }
  const node = { tag, vr: kind >> 8, flags: kind & 255, presence }
  if (node.flags & FLAG.pixels) return node
  const column = new StackColumn(stack, having, groups, cells)
  if (!(node.flags & FLAG.sequence)) return { ...node, column }
  return { ...node, items: itemsOf(having, groups, cells, column.constant, stack) }
}

class StackColumn implements Column {
  readonly length: number
  readonly constant: boolean
  private readonly stack: HeaderStack
  private readonly entries: Entries
  private readonly groups: readonly Group[]
  private readonly cells: Int32Array

  constructor(stack: HeaderStack, entries: Entries, groups: readonly Group[], cells: Int32Array) {
    this.stack = stack
    this.entries = entries
    this.groups = groups
    this.cells = cells
    this.length = entries.headers.length
    this.constant = this.allSame()
  }

  bytes(entry: number): Uint8Array {
    const { headers, groups: of } = this.entries
    const group = of ? of[entry] : 0
    return this.stack.bytes(this.groups[group].skeleton, this.stack.rankOf[headers[entry]], this.cells[group])
  }

  private allSame(): boolean {
    const { stack, groups, cells, length } = this
    const { headers, groups: of } = this.entries
    if (length < 2) return true
    if (!of && stack.isConstant(groups[0].skeleton, cells[0])) return true
    const group = of ? of[0] : 0
    const { skeleton } = groups[group]
    const first = this.bytes(0)
    const rank = stack.rankOf[headers[0]]
    for (let entry = 1; entry < length; entry++) {
      const other = of ? of[entry] : 0
      const isSame =
        groups[other].skeleton === skeleton && cells[other] === cells[group]
          ? stack.same(skeleton, rank, stack.rankOf[headers[entry]], cells[group])
          : sameBytes(this.bytes(entry), first)
      if (!isSame) return false
    }
    return true
  }
}

/** Items of all rows as one table; items that are the same bytes in every row are merged once. */
function itemsOf(
  { headers, groups: of }: Entries,
  groups: readonly Group[],
  cells: Int32Array,
  shared: boolean,
  stack: HeaderStack,
): Items {
  const entries = shared ? Math.min(1, headers.length) : headers.length
  const inner = groupsOf()
  /** Of each group the groups of its items. */
  const itemsOfGroup: number[][] = []
  const itemsOfEntry = (entry: number): number[] => {
    const group = of ? of[entry] : 0
    const known = itemsOfGroup[group]
    if (known) return known
    const { skeleton } = groups[group]
    const { ends, flags } = skeleton.index
    const sequence = cells[group]
    const ids: number[] = []
    for (let item = sequence + 1; item < ends[sequence]; item = ends[item])
      ids.push(inner.idOf(skeleton, item + 1, ends[item], flags[item] & FLAG.undefinedLength ? 1 : 0))
    return (itemsOfGroup[group] = ids)
  }
  const starts = new Uint32Array(entries + 1)
  for (let entry = 0; entry < entries; entry++) starts[entry + 1] = starts[entry] + itemsOfEntry(entry).length
  const count = starts[entries]
  const rows: Rows = { count, header: new Uint32Array(count), group: new Uint32Array(count), groups: inner.all }
  for (let entry = 0, row = 0; entry < entries; entry++)
    for (const id of itemsOfEntry(entry)) {
      rows.header[row] = headers[entry]
      rows.group[row++] = id
    }
  return { table: mergeRows(rows, stack), shared, starts }
}
