import type { Charset } from '../dicom/charset.ts'
import { charsetOfJson } from '../dicom/data-set.ts'
import { type DicomJson, type JsonElement, type JsonValue, stringifyJson, valueToJson } from '../dicom/json.ts'
import { fromBase64 } from '../dicom/json-read.ts'
import { isGroupLength, tagNumber } from '../dicom/tags.ts'
import { isKnownVr } from '../dicom/vr.ts'
import { readableVr } from '../dicom/vr-of.ts'
import { charsetOfRow, elementToJson, findElementOf, isShown } from './cells.ts'
import type { Omission, OmissionReason, V1Document, V1Entry } from './document.ts'
import type { DicomMeta } from './meta.ts'
import type { Node, Table } from './table.ts'

/**
 * The document of a series, such that the Python package's reader exports every slice right: sequences are ordinary
 * entries with plain DICOM JSON items, binary values stand in slice order without a Value beside them.
 */
export function documentOfMeta(meta: DicomMeta): { document: V1Document; omitted: Omission[] } {
  const { table } = meta
  const n = table.rowCount
  const charsets = Array.from({ length: n }, (_, row) => charsetOfRow(table, row))
  const document: V1Document = { _merged_data: {}, slice_count: n, absent: {} }
  const beyond: NonNullable<V1Document['beyond_v1']> = {}
  const omitted: Omission[] = []
  for (const tag of meta.keys()) {
    if (isGroupLength(tag)) {
      omitted.push({ tag, reason: 'group-length' })
      continue
    }
    const views = viewsOf(table, tag, charsets)
    const vr = views.find(view => view?.shown)?.shown?.vr
    const shown = views.map(view => (view?.shown?.vr === vr ? view?.shown : undefined))
    if (vr !== undefined) document._merged_data[tag] = entryOf(vr, shown, views)
    for (const [view, slices] of slicesByView(views)) {
      if (!view) {
        document.absent[tag] = slices
        continue
      }
      const isOther = view.shown !== undefined && view.shown.vr !== vr
      const where = slices.length === n ? [undefined] : slices
      const reasons: Pick<Omission, 'tag' | 'reason'>[] = isOther ? [{ tag, reason: 'other-vr' }] : view.omitted
      for (const slice of where)
        for (const reason of reasons) omitted.push(slice === undefined ? reason : { ...reason, slice })
      if ((isOther || !view.isExact) && view.element.BulkDataURI === undefined) {
        beyond[tag] ??= []
        beyond[tag].push(slices.length === n ? view.element : { ...view.element, slices })
      }
    }
  }
  if (n > 1) makeCountable(document)
  if (Object.keys(beyond).length) document.beyond_v1 = beyond
  return { document, omitted }
}

/** One element, and what a reader of v1 is given of it. */
interface View {
  element: JsonElement
  shown?: JsonElement
  /** What is shown becomes this very element again. */
  isExact: boolean
  omitted: Omission[]
}

/** The view of each slice's element; the same object where the elements are the same. undefined: the slice lacks it. */
function viewsOf(table: Table, tag: string, charsets: readonly Charset[]): (View | undefined)[] {
  const byText = new Map<string, View>()
  const byNode = new Map<Node, Map<Charset, View>>()
  return charsets.map((charset, row) => {
    const found = findElementOf(table, row, tagNumber(tag))
    // The tag may stand twice, once as the Pixel Data that this is without.
    if (!found || !isShown(found.node)) return undefined
    const { node } = found
    const isConstant = node.column?.constant || node.items?.shared
    const known = isConstant ? byNode.get(node)?.get(charset) : undefined
    if (known) return known
    const element = elementToJson({ ...found, charset })
    const text = stringifyJson(element)
    const view = byText.get(text) ?? viewOf(tag, tag, element, charset)
    byText.set(text, view)
    if (isConstant) byNode.set(node, (byNode.get(node) ?? new Map<Charset, View>()).set(charset, view))
    return view
  })
}

/** Which slices have which view: a walk for each of them would take the square of their number. */
function slicesByView(views: readonly (View | undefined)[]): Map<View | undefined, number[]> {
  const slices = new Map<View | undefined, number[]>()
  for (const [slice, view] of views.entries()) {
    const known = slices.get(view)
    if (known) known.push(slice)
    else slices.set(view, [slice])
  }
  return slices
}

function entryOf(
  vr: string,
  shown: readonly (JsonElement | undefined)[],
  views: readonly (View | undefined)[],
): V1Entry {
  const [first] = shown
  if (first && views.every(view => view === views[0])) {
    const { Value, InlineBinary } = first
    if (InlineBinary !== undefined) return { vr, shared: true, InlineBinary }
    // The reader's own form of an empty sequence.
    if (vr === 'SQ') return { vr, shared: true, Value: Value ?? [] }
    return Value ? { vr, shared: true, Value } : { vr, shared: true }
  }
  if (shown.some(element => element?.InlineBinary !== undefined))
    return { vr, shared: false, InlineBinary: shown.map(element => element?.InlineBinary ?? null) }
  const lists = shown.map(element => element?.Value ?? (element && vr === 'SQ' ? [] : null))
  // A null among scalars would be a slice without the element.
  const isFlat = vr !== 'SQ' && lists.every(list => list?.length === 1 && list[0] !== null)
  return { vr, shared: false, Value: isFlat ? lists.map(list => list![0]) : lists }
}

/** The v1 reader counts slices by the first per-slice Value: one shared element says its value once a slice then. */
function makeCountable({ _merged_data: entries, slice_count: n }: V1Document): void {
  if (Object.values(entries).some(({ shared, Value }) => !shared && Value)) return
  const countable = ([, { vr, Value }]: [string, V1Entry]) => vr !== 'SQ' && Value !== undefined
  const all = Object.entries(entries).filter(countable)
  const [tag, entry] = all.find(([tag]) => tag === '00080018') ?? all[0] ?? []
  if (!tag || !entry) return
  const value = entry.Value!.length === 1 && entry.Value![0] !== null ? entry.Value![0] : entry.Value
  entries[tag] = { vr: entry.vr, shared: false, Value: new Array<unknown>(n).fill(value) }
}

/** What the v1 reader, which is pydicom's from_json and its writer, can take of an element. */
function viewOf(tag: string, path: string, element: JsonElement, charset: Charset): View {
  const { vr } = element
  const refused = (reason: OmissionReason): View => ({ element, isExact: false, omitted: [{ tag: path, reason }] })
  if (tag.startsWith('0000')) return refused('command-group')
  if (element.BulkDataURI !== undefined) return refused('not-loaded')
  if (!isKnownVr(vr)) return refused('unknown-vr')
  if (vr === 'SQ') return viewOfSequence(path, element, charset)
  if (vr === 'UN') return viewOfUnknown(tag, path, element, charset)
  if (!element.Value) return { element, shown: element, isExact: true, omitted: [] }
  const Value = element.Value.map(value => valueForReader(vr, value))
  if (Value.includes(undefined)) return refused('invalid-value')
  return { element, shown: { vr, Value: Value as JsonValue[] }, isExact: true, omitted: [] }
}

/** undefined: the reader cannot take it. */
function valueForReader(vr: string, value: JsonValue): JsonValue | undefined {
  switch (vr) {
    case 'DS':
    case 'IS':
      return typeof value === 'number' ? value : undefined
    case 'FD':
    case 'FL':
      // "NaN" and "Infinity", of which the document has the bare tokens.
      return value === null ? undefined : Number(value)
    case 'SV':
    case 'UV':
      return typeof value === 'string' ? BigInt(value) : (value ?? undefined)
    case 'AT':
    case 'SL':
    case 'SS':
    case 'UL':
    case 'US':
      return value ?? undefined
    case 'PN':
      return value ?? {}
    default:
      return value ?? ''
  }
}

function viewOfSequence(path: string, element: JsonElement, outer: Charset): View {
  let isExact = true
  const omitted: Omission[] = []
  const items = (element.Value ?? []).map((value, k) => {
    const item = value as DicomJson
    const charset = charsetOfJson(item) ?? outer
    const shown: DicomJson = {}
    for (const tag of Object.keys(item).sort()) {
      const inner = `${path}[${k}].${tag}`
      if (isGroupLength(tag)) {
        omitted.push({ tag: inner, reason: 'group-length' })
        continue
      }
      const view = viewOf(tag, inner, item[tag], charset)
      if (view.shown) shown[tag] = view.shown
      isExact &&= view.isExact
      omitted.push(...view.omitted)
    }
    return shown
  })
  return { element, shown: { vr: 'SQ', ...(items.length && { Value: items }) }, isExact, omitted }
}

/** pydicom takes the value of a UN whose tag it knows by the dictionary, and then cannot write it; so it gets the VR too. */
function viewOfUnknown(tag: string, path: string, element: JsonElement, charset: Charset): View {
  const vr = readableVr(tag, 'UN')
  if (vr === 'UN' || element.InlineBinary === undefined) return { element, shown: element, isExact: true, omitted: [] }
  if (vr === 'SQ') return { element, isExact: false, omitted: [{ tag: path, reason: 'invalid-value' }] }
  const read: JsonElement = { vr, ...valueToJson(vr, fromBase64(element.InlineBinary), false, charset) }
  return { ...viewOf(tag, path, read, charset), element, isExact: false }
}
