import { type Charset, charsetOf } from '../dicom/charset.ts'
import { parseDataSet, writeDataSet } from '../dicom/data-set.ts'
import { FLAG } from '../dicom/elements.ts'
import { type DicomJson, type JsonElement, type JsonValue, toBase64 } from '../dicom/json.ts'
import { formatTag, parseTag, type TagInput, tagNumber } from '../dicom/tags.ts'
import type { DicomValue } from '../dicom/values.ts'
import { encodeValue } from '../dicom/values-encode.ts'
import { vrFacts } from '../dicom/vr.ts'
import { vrOf } from '../dicom/vr-of.ts'
import { DicubeError } from '../errors.ts'
import { charsetOfRow, findElementOf, nodesOf } from './cells.ts'
import { tableOfInstances } from './ingest.ts'
import type { AnyValue, DicomMeta } from './meta.ts'
import { type Layout, type Node, PREAMBLE, type Table, TRAILING } from './table.ts'

/** Data sets in DICOM JSON as a table, each written in its own character set. */
export function tableOfDataSets(dataSets: readonly DicomJson[]): Table {
  const form = { implicit: false, bigEndian: false }
  const instances = dataSets.map((dataSet, i) => {
    const terms = (dataSet['00080005']?.Value ?? []).map(String)
    return parseDataSet(writeDataSet(dataSet, form, charsetOf(terms)), form, `data set ${i}`)
  })
  return tableOfInstances(instances)
}

/** Gives the element of each slice a value, as setElement does, and notes which slices were changed. @throws DicubeError `invalid-value` */
export function changeElement(
  meta: DicomMeta,
  tag: TagInput,
  values: readonly (AnyValue | null | undefined)[],
  vr: string | undefined,
): void {
  if (values.length !== meta.sliceCount)
    throw new DicubeError('invalid-value', `${values.length} values for ${meta.sliceCount} slices`)
  const name = parseTag(tag)
  const nodes = meta.table.layouts.flatMap(layout => nodesOf(layout, tagNumber(name)))
  if (nodes.some(node => node.flags & FLAG.pixels) || tagNumber(name) >>> 16 <= 2)
    throw new DicubeError('invalid-value', `${formatTag(name)} is not metadata of the data set and cannot be set`)
  meta.table = setElement(meta.table, name, values, vr ?? meta.getVr(name))
  for (let slice = 0; slice < values.length; slice++) meta.changedSlices.add(slice)
}

/**
 * A table in which the element of each row has the given value: null is an empty element, undefined none. The values
 * are written in each row's own encoding and character set. @throws DicubeError `invalid-value`
 */
export function setElement(
  table: Table,
  tag: string,
  values: readonly (AnyValue | null | undefined)[],
  vr: string | undefined,
): Table {
  if (vr === undefined && vrOf(tag) === 'UN')
    throw new DicubeError(
      'invalid-value',
      `${formatTag(tag)} has no VR in PS3.6 and no slice has it; say which, as in setShared(tag, value, 'LO')`,
    )
  const rowsOfLayout: number[][] = table.layouts.map(() => [])
  for (let row = 0; row < table.rowCount; row++) rowsOfLayout[table.layoutOf?.[row] ?? 0].push(row)
  const layouts = table.layouts.map((layout, l): Layout => {
    // File Meta Information is explicit VR little endian, whatever follows (PS3.10 §7.1).
    const form = tag.startsWith('0002') ? { implicit: false, bigEndian: false } : formOf(layout)
    const instances = rowsOfLayout[l].map(row => {
      const value = values[row]
      const charset = charsetOfRow(table, row, charsetOf([]))
      const pixelRepresentation = pixelRepresentationOf(table, row)
      // It stands beside the value, as in the file, since it decides what an implicit VR is.
      const dataSet: DicomJson = { [PIXEL_REPRESENTATION]: { vr: 'US', Value: [pixelRepresentation] } }
      if (value !== undefined) dataSet[tag] = toJson(vr ?? vrOf(tag, { pixelRepresentation }), value, charset)
      else delete dataSet[tag]
      return parseDataSet(writeDataSet(dataSet, form, charset), form, formatTag(tag))
    })
    const [made] = tableOfInstances(instances).layouts
    const nodes = made?.nodes.filter(node => node.tag === tagNumber(tag)) ?? []
    return { ...layout, nodes: replaced(layout.nodes, tagNumber(tag), nodes) }
  })
  return { ...table, layouts }
}

const PIXEL_REPRESENTATION = '00280103'

function pixelRepresentationOf(table: Table, row: number): number {
  const found = findElementOf(table, row, tagNumber(PIXEL_REPRESENTATION))
  const bytes = found?.node.column?.bytes(found.entry)
  return bytes?.length === 2 ? bytes[0] | bytes[1] : 0
}

/** The encoding of a layout's data set: that of any element behind the File Meta Information. */
function formOf({ nodes }: Layout): { implicit: boolean; bigEndian: boolean } {
  const node = nodes.find(({ tag }) => tag >>> 16 > 2 && tag !== PREAMBLE && tag !== TRAILING)
  const flags = node?.flags ?? 0
  return { implicit: (flags & FLAG.implicit) !== 0, bigEndian: (flags & FLAG.bigEndian) !== 0 }
}

function replaced(nodes: readonly Node[], tag: number, made: readonly Node[]): Node[] {
  const others = nodes.filter(node => node.tag !== tag)
  const at = others.findIndex(node => node.tag > tag)
  return others.toSpliced(at < 0 ? others.length : at, 0, ...made)
}

function toJson(vr: string, value: AnyValue | null, charset: Charset): JsonElement {
  if (value === null || (Array.isArray(value) && value.length === 0)) return { vr }
  if (value instanceof Uint8Array) {
    if (vrFacts(vr).kind !== 'bytes') throw new DicubeError('invalid-value', `bytes are no value of the VR ${vr}`)
    return { vr, InlineBinary: toBase64(value) }
  }
  const values = Array.isArray(value) ? value : [value]
  // A document is read as leniently as files are; who sets a value is told what is wrong with it.
  if (vr !== 'SQ') encodeValue(vr, values as DicomValue[], false, charset)
  return { vr, Value: values as JsonValue[] }
}
