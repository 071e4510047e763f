import { ByteSink } from '../bytes/sink.ts'
import type { Charset } from '../dicom/charset.ts'
import { charsetOfJson } from '../dicom/data-set.ts'
import { type DicomJson, type JsonElement, type JsonValue, valueToJson } from '../dicom/json.ts'
import { fromBase64, parseJson } from '../dicom/json-read.ts'
import { stringifyJson } from '../dicom/json-write.ts'
import { isGroupLength, tagNumber } from '../dicom/tags.ts'
import { isKnownVr } from '../dicom/vr.ts'
import { readableVr } from '../dicom/vr-of.ts'
import { charsetOfRow, elementToJson, findElementOf, isShown } from './cells.ts'
import type { Omission, OmissionReason, V1Document } from './document.ts'
import type { DicomMeta } from './meta.ts'
import type { Node, Table } from './table.ts'

/**
 * The document of a series, such that the Python package's reader exports every slice right: sequences are ordinary
 * entries with plain DICOM JSON items, binary values stand in slice order without a Value beside them.
 */
export function documentOfMeta(meta: DicomMeta): { document: V1Document; omitted: Omission[] } {
  const { text, omitted } = documentTextOf(meta)
  return { document: parseJson(text, NO_LIMITS) as V1Document, omitted }
}

const NO_LIMITS = { depth: Number.POSITIVE_INFINITY, length: Number.POSITIVE_INFINITY }

/** The document as JSON, with so many spaces a level. */
export const documentJson = (meta: DicomMeta, indent: number): string => {
  const { text } = documentTextOf(meta)
  return indent ? indented(text, indent) : text
}

/** JSON without white space as stringifyJson writes it with some. */
function indented(text: string, indent: number): string {
  let depth = 0
  const line = (change: number) => {
    depth += change
    return `\n${' '.repeat(indent * depth)}`
  }
  return text.replace(/"(?:[^"\\]|\\.)*"|\{\}|\[\]|[{}[\],:]/g, token => {
    if (token === '{' || token === '[') return token + line(1)
    if (token === '}' || token === ']') return line(-1) + token
    if (token === ',') return token + line(0)
    return token === ':' ? ': ' : token
  })
}

function documentTextOf(meta: DicomMeta): { text: string; omitted: Omission[] } {
  let text = ''
  const to: TextSink = {
    put: part => {
      text += part
    },
    restart: () => {
      text = ''
    },
    isFull: () => false,
  }
  const omitted = writeWhole(meta, to)
  return { text, omitted }
}

/** Takes a text part by part. */
interface TextSink {
  put(text: string): void
  /** Forgets what was put. */
  restart(): void
  /** Nothing more is wanted. */
  isFull(): boolean
}

/** Takes a document as UTF-8, piece by piece; between two of them white space may stand. */
export interface PieceSink {
  add(piece: Uint8Array): void
  /** Forgets all pieces. */
  restart(): void
}

/** A piece has more only where a single value does. */
const PIECE_BYTES = 1 << 20

/**
 * Writes the document, one element after the other: of a long series it is many times what the metadata takes otherwise,
 * and as objects several times that. undefined: it would have more than `mostBytes`, and is not whole.
 */
export function writeDocument(meta: DicomMeta, to: PieceSink, mostBytes: number): Omission[] | undefined {
  const piece = new ByteSink()
  let pending = ''
  let sizeBytes = 0
  const handOver = () => {
    to.add(piece.written())
    piece.length = 0
  }
  const flush = () => {
    if (!pending) return
    const bytes = utf8.encode(pending)
    if (piece.length && piece.length + bytes.length > PIECE_BYTES) handOver()
    piece.bytes(bytes)
    sizeBytes += bytes.length
    pending = ''
  }
  const omitted = writeWhole(meta, {
    put: text => {
      pending += text
      if (pending.length > TEXT_BLOCK) flush()
    },
    restart: () => {
      pending = ''
      piece.length = sizeBytes = 0
      to.restart()
    },
    isFull: () => sizeBytes > mostBytes,
  })
  flush()
  handOver()
  return sizeBytes > mostBytes ? undefined : omitted
}

function writeWhole(meta: DicomMeta, to: TextSink): Omission[] {
  const { omitted, countable } = writeEntries(meta, to)
  if (countable === undefined || to.isFull()) return omitted
  to.restart()
  writeEntries(meta, to, countable)
  return omitted
}

const utf8 = new TextEncoder()
const asText = (value: unknown) => stringifyJson(value, { nonFinite: 'token' })
/** Characters that are encoded at a time. */
const TEXT_BLOCK = 1 << 16

/**
 * The v1 reader counts slices by the first per-slice Value. Where there is none, `countable` is returned: the shared
 * element that is to say its value once a slice, when it is all written again.
 */
function writeEntries(meta: DicomMeta, to: TextSink, forced?: string): { omitted: Omission[]; countable?: string } {
  const { table } = meta
  const n = table.rowCount
  const charsets = Array.from({ length: n }, (_, row) => charsetOfRow(table, row))
  const absent: V1Document['absent'] = {}
  const beyond: NonNullable<V1Document['beyond_v1']> = {}
  const omitted: Omission[] = []
  const put = (text: string) => to.put(text)
  put('{"_merged_data":{')
  let isFirst = true
  let isCounted = n < 2
  const countable: string[] = []
  for (const tag of meta.keys()) {
    if (to.isFull()) break
    if (isGroupLength(tag)) {
      omitted.push({ tag, reason: 'group-length' })
      continue
    }
    const views = viewsOf(table, tag, charsets)
    const vr = views.find(view => view?.vr !== undefined)?.vr
    if (vr !== undefined) {
      put(`${isFirst ? '' : ','}${JSON.stringify(tag)}:`)
      isFirst = false
      const shown = views.map(view => (view?.vr === vr ? view : undefined))
      const isShared = shown[0] !== undefined && views.every(view => view === views[0])
      const isCountable = vr !== 'SQ' && shown[0]?.value !== undefined
      if (isShared && isCountable) countable.push(tag)
      const isPerSlice = !isShared || tag === forced
      if (isPerSlice && !shown.some(view => view?.binary !== undefined)) isCounted = true
      putEntry(put, vr, shown, isPerSlice)
    }
    const isOther = (view: View) => view.vr !== undefined && view.vr !== vr
    // As a rule there is none, and of a long series all of them would be many.
    const isOdd = (view: View | undefined) =>
      !view || isOther(view) || !view.isExact || view.omitted !== NOTHING_OMITTED
    for (const [view, slices] of slicesByView(views, isOdd)) {
      if (!view) {
        absent[tag] = slices
        continue
      }
      const where = slices.length === n ? [undefined] : slices
      const reasons: Pick<Omission, 'tag' | 'reason'>[] = isOther(view) ? [{ tag, reason: 'other-vr' }] : view.omitted
      for (const slice of where)
        for (const reason of reasons) omitted.push(slice === undefined ? reason : { ...reason, slice })
      if (isOther(view) || !view.isExact) {
        const [row] = slices
        const element = elementToJson({ ...findElementOf(table, row, tagNumber(tag))!, charset: charsets[row] })
        if (element.BulkDataURI !== undefined) continue
        beyond[tag] ??= []
        beyond[tag].push(slices.length === n ? element : { ...element, slices })
      }
    }
  }
  put(`},"slice_count":${n},"absent":${asText(absent)}`)
  put(`${Object.keys(beyond).length ? `,"beyond_v1":${asText(beyond)}` : ''}}`)
  if (isCounted || forced !== undefined) return { omitted }
  return { omitted, countable: countable.includes('00080018') ? '00080018' : countable[0] }
}

function putEntry(put: (text: string) => void, vr: string, shown: readonly (View | undefined)[], isPerSlice: boolean) {
  const [first] = shown
  const begin = `{"vr":${JSON.stringify(vr)},"shared":${!isPerSlice}`
  if (!isPerSlice) {
    const { value, binary } = first!
    // The reader's own form of an empty sequence.
    const list = value ?? (vr === 'SQ' ? '[]' : undefined)
    put(`${begin}${binary !== undefined ? `,"InlineBinary":${binary}` : list !== undefined ? `,"Value":${list}` : ''}}`)
    return
  }
  const isBinary = shown.some(view => view?.binary !== undefined)
  // A null among scalars would be a slice without the element.
  const isFlat = vr !== 'SQ' && shown.every(view => view?.isOne)
  put(`${begin},"${isBinary ? 'InlineBinary' : 'Value'}":[`)
  for (const [slice, view] of shown.entries()) {
    const list = view && (view.value ?? (vr === 'SQ' ? '[]' : undefined))
    const text = isBinary ? view?.binary : isFlat ? list?.slice(1, -1) : list
    put(`${slice ? ',' : ''}${text ?? 'null'}`)
  }
  put(']}')
}

/** What a reader of v1 is given of an element, as JSON. */
interface View {
  /** Absent: it is given nothing. */
  vr?: string
  /** The list under Value. */
  value?: string
  /** The text under InlineBinary. */
  binary?: string
  /** One value, and not null. */
  isOne: boolean
  /** What is shown becomes this very element again. */
  isExact: boolean
  omitted: Omission[]
}

const NOTHING_OMITTED: Omission[] = []

/** `text` is the element as JSON, of which the view is a part as a rule: then it is in memory once. */
function asView({ shown, isExact, omitted }: ElementView, text: string): View {
  const part = (name: string, made: string) => {
    const start = `{"vr":${JSON.stringify(shown!.vr)},"${name}":`.length
    const found = text.slice(start, -1)
    return found === made ? found : made
  }
  return {
    vr: shown?.vr,
    value: shown?.Value && part('Value', asText(shown.Value)),
    binary: shown?.InlineBinary === undefined ? undefined : part('InlineBinary', asText(shown.InlineBinary)),
    isOne: shown?.Value?.length === 1 && shown.Value[0] !== null,
    isExact,
    omitted: omitted.length ? omitted : NOTHING_OMITTED,
  }
}

/** One element, and what a reader of v1 is given of it. */
interface ElementView {
  element: JsonElement
  shown?: JsonElement
  isExact: boolean
  omitted: Omission[]
}

/** The view of each slice's element; the same object where the elements are the same. undefined: the slice lacks it. */
function viewsOf(table: Table, tag: string, charsets: readonly Charset[]): (View | undefined)[] {
  const byText = new Map<string, View>()
  const byNode = new Map<Node, Map<Charset, View>>()
  const number = tagNumber(tag)
  return charsets.map((charset, row) => {
    const found = findElementOf(table, row, number)
    // The tag may stand twice, once as the Pixel Data that this is without.
    if (!found || !isShown(found.node)) return undefined
    const { node } = found
    const isConstant = node.column?.constant || node.items?.shared
    const known = isConstant ? byNode.get(node)?.get(charset) : undefined
    if (known) return known
    const element = elementToJson({ ...found, charset })
    const text = stringifyJson(element)
    let view = byText.get(text)
    if (!view) byText.set(text, (view = asView(viewOf(tag, tag, element, charset), text)))
    if (isConstant) byNode.set(node, (byNode.get(node) ?? new Map<Charset, View>()).set(charset, view))
    return view
  })
}

/** Which slices have which of the wanted views: a walk for each of them would take the square of their number. */
function slicesByView(
  views: readonly (View | undefined)[],
  isWanted: (view: View | undefined) => boolean,
): Map<View | undefined, number[]> {
  const slices = new Map<View | undefined, number[]>()
  for (const [slice, view] of views.entries()) {
    if (!isWanted(view)) continue
    const known = slices.get(view)
    if (known) known.push(slice)
    else slices.set(view, [slice])
  }
  return slices
}

/** What the v1 reader, which is pydicom's from_json and its writer, can take of an element. */
function viewOf(tag: string, path: string, element: JsonElement, charset: Charset): ElementView {
  const { vr } = element
  const refused = (reason: OmissionReason): ElementView => ({
    element,
    isExact: false,
    omitted: [{ tag: path, reason }],
  })
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

function viewOfSequence(path: string, element: JsonElement, outer: Charset): ElementView {
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
function viewOfUnknown(tag: string, path: string, element: JsonElement, charset: Charset): ElementView {
  const vr = readableVr(tag, 'UN')
  if (vr === 'UN' || element.InlineBinary === undefined) return { element, shown: element, isExact: true, omitted: [] }
  if (vr === 'SQ') return { element, isExact: false, omitted: [{ tag: path, reason: 'invalid-value' }] }
  const read: JsonElement = { vr, ...valueToJson(vr, fromBase64(element.InlineBinary), false, charset) }
  return { ...viewOf(tag, path, read, charset), element, isExact: false }
}
