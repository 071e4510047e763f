import { ByteSink } from '../bytes/sink.ts'
import { FLAG, ITEM_END, SEQUENCE_END, UNDEFINED_LENGTH, vrCode } from '../dicom/elements.ts'
import { beginElement, beginItem, endElement, writeDelimiter } from '../dicom/write.ts'
import { entryOf, itemRange, layoutIndexOf, type Node, rankOf, type Table } from './table.ts'

/** A file without the value of Pixel Data, and where that value belongs. */
export interface SerializedHeader {
  bytes: Uint8Array
  /** Absent: the instance has no Pixel Data. */
  pixelOffset?: number
  /** Where the data set begins, behind the File Meta Information: what a deflated syntax deflates. */
  dataOffset: number
}

const UN = vrCode('UN')

/**
 * The mirror of tableOfInstances: one row as the bytes it came from.
 * `pixelLength` is the Value Length of Pixel Data, where that is defined.
 */
export function serializeRow(table: Table, row: number, pixelLength = 0): SerializedHeader {
  const sink = new ByteSink(table.rowBytes)
  const header = serializeInto(sink, table, row, pixelLength)
  return { ...header, bytes: sink.finish() }
}

/** serializeRow into memory of the caller's, who does it thousands of times: the bytes are there until more is written. */
export function serializeInto(sink: ByteSink, table: Table, row: number, pixelLength: number): SerializedHeader {
  sink.length = 0
  const header: SerializedHeader = { bytes: new Uint8Array(0), dataOffset: -1 }
  const layout = table.layouts[layoutIndexOf(table, row)]
  const rank = rankOf(table, row)
  for (const node of layout.nodes) {
    const entry = entryOf(node, rank)
    if (entry < 0) continue
    // Preamble and trailing bytes; a real element always has a VR, even one with the tag (0000,0000).
    if (node.vr === 0) {
      sink.bytes(node.column!.bytes(entry))
      continue
    }
    if (header.dataOffset < 0 && node.tag >>> 16 !== 2) header.dataOffset = sink.length
    if (node.flags & FLAG.pixels) {
      beginElement(
        sink,
        node.tag,
        node.vr,
        node.flags,
        node.flags & FLAG.undefinedLength ? UNDEFINED_LENGTH : pixelLength,
      )
      header.pixelOffset = sink.length
    } else serializeNode(sink, node, entry)
  }
  header.bytes = sink.written()
  if (header.dataOffset < 0) header.dataOffset = header.bytes.length
  return header
}

function serializeNode(sink: ByteSink, node: Node, entry: number): void {
  const { items, flags } = node
  const undefinedLength = (flags & FLAG.undefinedLength) !== 0
  const bigEndian = (flags & FLAG.bigEndian) !== 0
  if (!items) {
    const value = node.column!.bytes(entry)
    beginElement(sink, node.tag, node.vr, flags, undefinedLength ? UNDEFINED_LENGTH : value.length)
    sink.bytes(value)
    if (undefinedLength) writeDelimiter(sink, SEQUENCE_END, bigEndian)
    return
  }
  // Items of UN are little endian like UN itself: PS3.5 §6.2.2.
  const lengthAt = beginElement(sink, node.tag, node.vr, flags, undefinedLength ? UNDEFINED_LENGTH : 0)
  const [first, end] = itemRange(items, entry)
  for (let item = first; item < end; item++) {
    const layout = items.table.layouts[layoutIndexOf(items.table, item)]
    const rank = rankOf(items.table, item)
    const bigEndianItem = bigEndian && node.vr !== UN
    const itemLengthAt = beginItem(sink, layout.undefinedLength, bigEndianItem)
    for (const child of layout.nodes) {
      const childEntry = entryOf(child, rank)
      if (childEntry >= 0) serializeNode(sink, child, childEntry)
    }
    if (layout.undefinedLength) writeDelimiter(sink, ITEM_END, bigEndianItem)
    else endElement(sink, itemLengthAt, bigEndianItem)
  }
  if (undefinedLength) writeDelimiter(sink, SEQUENCE_END, bigEndian && node.vr !== UN)
  else endElement(sink, lengthAt, bigEndian)
}
