import { type Charset, charsetOf } from '../dicom/charset.ts'
import { FLAG, vrCode, vrName } from '../dicom/elements.ts'
import { type DicomJson, type JsonElement, valueToJson } from '../dicom/json.ts'
import { isGroupLength, type TagStep, tagNumber, tagString } from '../dicom/tags.ts'
import { decodeStrings } from '../dicom/values.ts'
import { DicubeError } from '../errors.ts'
import {
  type Column,
  entryOf,
  itemRange,
  type Layout,
  layoutIndexOf,
  type Node,
  PREAMBLE,
  rankOf,
  type Table,
  TRAILING,
} from './table.ts'

/** One element of one data set. */
export interface Cell {
  node: Node
  entry: number
  charset: Charset
}

const SPECIFIC_CHARACTER_SET = 0x00080005

/** The nodes of a layout by tag; of one that was asked for a single tag, those of that. */
const nodesByTag = new WeakMap<Layout, Map<number, Node[]> | { tag: number; nodes: Node[] }>()

/** More than one where the VR or the form changes between slices. */
export function nodesOf(layout: Layout, tag: number): readonly Node[] {
  let byTag = nodesByTag.get(layout)
  if (!byTag) {
    // Who asks for one tag and no other, as is usual, waits for no map of all.
    const nodes = layout.nodes.filter(node => node.tag === tag)
    nodesByTag.set(layout, { tag, nodes })
    return nodes
  }
  if ('nodes' in byTag) {
    if (byTag.tag === tag) return byTag.nodes
    byTag = new Map()
    for (const node of layout.nodes) {
      const nodes = byTag.get(node.tag)
      if (nodes) nodes.push(node)
      else byTag.set(node.tag, [node])
    }
    nodesByTag.set(layout, byTag)
  }
  return byTag.get(tag) ?? []
}

/** The element of a row, or undefined where the row lacks it. */
export function findElementOf(table: Table, row: number, tag: number): { node: Node; entry: number } | undefined {
  const nodes = nodesOf(table.layouts[layoutIndexOf(table, row)], tag)
  const rank = rankOf(table, row)
  for (const node of nodes) {
    const entry = entryOf(node, rank)
    if (entry >= 0) return { node, entry }
  }
  return undefined
}

/** Nearly every series has one character set, which is asked for with every value. */
const constantCharsets = new WeakMap<Column, Charset>()

/** Specific Character Set of a data set; an item without one takes that of the data set around it (PS3.5 §7.5.3). */
export function charsetOfRow(table: Table, row: number, outer?: Charset): Charset {
  const found = findElementOf(table, row, SPECIFIC_CHARACTER_SET)
  if (!found?.node.column) return outer ?? charsetOf([])
  const { column } = found.node
  const known = column.constant ? constantCharsets.get(column) : undefined
  if (known) return known
  const charset = charsetOf(decodeStrings('CS', column.bytes(found.entry), outer ?? charsetOf([])))
  if (column.constant) constantCharsets.set(column, charset)
  return charset
}

/** The element at the end of a path, for one slice. `outer` is the character set around the table. */
export function findCell(table: Table, row: number, steps: readonly TagStep[], outer?: Charset): Cell | undefined {
  let charset = charsetOfRow(table, row, outer)
  let cell: Cell | undefined
  for (const [k, { tag, item }] of steps.entries()) {
    const found = findElementOf(table, row, tagNumber(tag))
    if (!found) return undefined
    cell = { ...found, charset }
    if (item === undefined || (k === steps.length - 1 && !found.node.items)) continue
    if (!found.node.items) return undefined
    const [first, end] = itemRange(found.node.items, found.entry)
    if (first + item >= end) return undefined
    table = found.node.items.table
    row = first + item
    charset = charsetOfRow(table, row, charset)
    if (k === steps.length - 1) return undefined
  }
  return cell
}

/** The VR that a reader sees: UN of undefined length is a sequence (PS3.5 §6.2.2), and a sequence without items but bytes is UN. */
export const vrOfNode = (node: Node) =>
  node.flags & FLAG.sequence ? 'SQ' : node.vr === SQ && node.column ? 'UN' : vrName(node.vr)
const SQ = vrCode('SQ')

export const isBigEndian = (node: Node) => (node.flags & FLAG.bigEndian) !== 0

/** What a data set shows: no Pixel Data, no File Meta Information (PS3.10 §7.1), none of our own pseudo elements. */
export const isShown = ({ tag, flags }: Node) =>
  tag !== PREAMBLE && tag !== TRAILING && tag >>> 16 !== 2 && !(flags & FLAG.pixels)

/** One element as DICOM JSON (PS3.18 §F.2.2). A blob that was not fetched is a BulkDataURI. */
export function elementToJson({ node, entry, charset }: Cell, room?: Room): JsonElement {
  const vr = vrOfNode(node)
  if (node.items) {
    const items = itemsToJson(node, entry, charset, room)
    return items.length ? { vr, Value: items } : { vr }
  }
  const { column } = node
  // Pixel Data has its place elsewhere; who asks for it here is told its VR.
  if (!column) return { vr }
  const { pending } = column
  if (pending)
    return {
      vr,
      BulkDataURI: `#${tagString(node.tag)}?offset=${pending.offset}&length=${pending.length}&entry=${entry}`,
    }
  const value = column.bytes(entry)
  if (room) take(room, value.length)
  return { vr, ...valueToJson(vr, value, isBigEndian(node), charset) }
}

/** What is left of Table.rowBytes: items that rows share can say more than any file ever held. */
interface Room {
  bytes: number
}
/** An element or item takes more in memory than the 8 bytes of its header in a file. */
const HEADER_BYTES = 32

function take(room: Room, bytes: number): void {
  room.bytes -= bytes
  if (room.bytes < 0) throw new DicubeError('limit', 'a data set with more elements and items than its cube can hold')
}

export function itemsToJson(node: Node, entry: number, charset: Charset, room?: Room): DicomJson[] {
  const { items } = node
  if (!items) return []
  const [first, end] = itemRange(items, entry)
  const left = room ?? { bytes: items.table.rowBytes ?? Number.POSITIVE_INFINITY }
  take(left, (end - first) * HEADER_BYTES)
  return Array.from({ length: end - first }, (_, k) => rowToJson(items.table, first + k, charset, left))
}

/** A data set as DICOM JSON, tags ascending; Group Lengths are no part of it (PS3.18 §F.2.2). */
export function rowToJson(table: Table, row: number, outer?: Charset, room?: Room): DicomJson {
  const json: DicomJson = {}
  const left = room ?? { bytes: table.rowBytes ?? Number.POSITIVE_INFINITY }
  const charset = charsetOfRow(table, row, outer)
  const rank = rankOf(table, row)
  for (const node of table.layouts[layoutIndexOf(table, row)].nodes) {
    if (!isShown(node) || isGroupLength(node.tag)) continue
    const entry = entryOf(node, rank)
    if (entry < 0) continue
    const tag = tagString(node.tag)
    // A tag that breaks its order may stand twice; the first one counts, as for readers that look from the front.
    if (tag in json) continue
    take(left, HEADER_BYTES)
    json[tag] = elementToJson({ node, entry, charset }, left)
  }
  return json
}
