import { charsetOf } from '../dicom/charset.ts'
import { charsetOfJson, parseDataSet, writeDataSet } from '../dicom/data-set.ts'
import { type DicomJson, type JsonElement, type JsonValue, toBase64 } from '../dicom/json.ts'
import { parseJson } from '../dicom/json-read.ts'
import { formatDecimal, outlineOf } from '../dicom/values-encode.ts'
import { vrFacts } from '../dicom/vr.ts'
import { DicubeError } from '../errors.ts'
import type { V1Note, V1NoteCode } from './document.ts'
import { tableOfInstances } from './ingest.ts'
import type { Table } from './table.ts'

const EXPLICIT_LE = { implicit: false, bigEndian: false }
const UNDECLARED = charsetOf([])
const TAG = /^[0-9A-F]{8}$/
const VR = /^[A-Z]{2}$/

export interface DocumentOptions {
  /** Frames of the file, which the number of slices is taken from where nothing is per slice. */
  frameCount?: number
}

/**
 * The mirror of documentOfMeta, for documents of the Python package too: text is kept exactly, in the declared
 * character set where that has a code for it. @throws DicubeError `invalid-value`, `malformed`, `limit`
 */
export function tableOfDocument(text: string, options: DocumentOptions = {}): { table: Table; notes: V1Note[] } {
  const document = objectOf(parseJson(text), 'the document')
  if (countMembers(text) !== countKeys(document)) throw invalid('a key stands twice in an object')
  // Before there was a slice_count, the entries were the document.
  const merged = '_merged_data' in document ? objectOf(document._merged_data, '_merged_data') : document
  const isOurs = 'absent' in document
  const reader = new DocumentReader(countSlices(document, merged, options), isOurs ? document : {}, isOurs)
  return reader.read(merged)
}

/** As the Python reader counts, and where that sees nothing per slice, by lists of other kinds and the frames. */
function countSlices(document: JsonObject, merged: JsonObject, { frameCount = 0 }: DocumentOptions): number {
  const stated = document.slice_count
  const entries = Object.values(merged).filter(entry => isObject(entry) && entry.shared === false) as JsonObject[]
  const lists = [...entries.map(entry => entry.Value), ...entries.map(listOf)]
  const counted = lists.find(list => Array.isArray(list))?.length
  if (counted === undefined) return stated === frameCount && frameCount > 0 ? frameCount : 1
  if (stated !== undefined && stated !== counted)
    throw invalid(`slice_count is ${outlineOf(stated)}, the first list of slices has ${counted} entries`)
  if (counted === 0) throw invalid('a list of no slices')
  return counted
}

type JsonObject = Record<string, unknown>
const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
/** A key or a VR that is none, as far as a line has room for it. */
const quoted = (found: unknown) => (typeof found === 'string' ? JSON.stringify(found.slice(0, 64)) : outlineOf(found))
const invalid = (why: string) => new DicubeError('invalid-value', `metadata document: ${why}`)
function objectOf(value: unknown, what: string): JsonObject {
  if (!isObject(value)) throw invalid(`${what} is no object`)
  return value
}

/** Members of all objects in JSON text: colons outside strings. JSON.parse keeps the last of two alike, silently. */
function countMembers(text: string): number {
  let count = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 0x3a) count++
    else if (code === 0x22) while (text.charCodeAt(++i) !== 0x22) if (text.charCodeAt(i) === 0x5c) i++
  }
  return count
}

function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + countKeys(item), 0)
  return Object.values(value).reduce<number>((sum, item) => sum + 1 + countKeys(item), 0)
}

/** The list of slices of an entry, under whichever key. Sorting gave every entry a Value, of nulls where it had none. */
function listOf(entry: JsonObject): unknown {
  const { Value, InlineBinary, BulkDataURI } = entry
  if (Array.isArray(Value) && Value.some(value => value !== null)) return Value
  return [InlineBinary, BulkDataURI, entry.null, Value].find(Array.isArray)
}

/** An entry, ready to be asked for a slice's element. */
interface ReadEntry {
  vr: string
  /** undefined: the slice lacks the element, as far as can be known. */
  at(slice: number): JsonElement | undefined
}

const NOTE_TEXTS: Partial<Record<V1NoteCode, string>> = {
  'nested-order':
    'values of slices inside a sequence stand in an order that was not recorded: they may belong to other slices',
  'list-order': 'values stand in an order that was not recorded: they may belong to other slices',
  'absent-or-empty': 'absent or empty, which the file does not tell apart; taken as absent',
  'item-count': 'slices without an item are told from empty ones by their values alone',
  'character-set': 'no code for some text; all text is in ISO_IR 192 now',
  'emptied-binary': 'empty, or a value of more than 7680 bytes that was dropped',
  'left-out': 'a value that its VR cannot hold',
}

class DocumentReader {
  private readonly sliceCount: number
  private readonly isOurs: boolean
  private readonly absent: JsonObject
  private readonly beyond: JsonObject
  private readonly notes = new Map<string, V1Note>()

  constructor(sliceCount: number, document: JsonObject, isOurs: boolean) {
    this.sliceCount = sliceCount
    this.isOurs = isOurs
    this.absent = objectOf(document.absent ?? {}, 'absent')
    this.beyond = objectOf(document.beyond_v1 ?? {}, 'beyond_v1')
  }

  read(merged: JsonObject): { table: Table; notes: V1Note[] } {
    const entries = this.entriesOf(merged, '')
    const dataSets = Array.from({ length: this.sliceCount }, (_, slice) => dataSetOf(entries, slice))
    for (const [tag, list] of Object.entries(this.beyond)) {
      if (!TAG.test(tag) || !Array.isArray(list)) throw invalid(`beyond_v1 has ${quoted(tag)}`)
      for (const given of list.map(item => objectOf(item, tag))) {
        const element = elementOf(vrOf(given, tag), given, tag)
        for (const slice of given.slices === undefined ? dataSets.keys() : this.slicesOf(given.slices, tag))
          dataSets[slice][tag] = element
      }
    }
    return { table: this.tableOf(dataSets), notes: [...this.notes.values()] }
  }

  private note(code: V1NoteCode, tag?: string, slice?: number): void {
    const message = NOTE_TEXTS[code] ?? code
    const key = `${code} ${tag}`
    const note = this.notes.get(key) ?? { code, ...(tag && { tag }), message: tag ? `${tag}: ${message}` : message }
    if (slice !== undefined && !note.slices?.includes(slice)) note.slices = [...(note.slices ?? []), slice]
    this.notes.set(key, note)
  }

  private slicesOf(value: unknown, tag: string): number[] {
    const isSlice = (slice: unknown) =>
      Number.isInteger(slice) && (slice as number) >= 0 && (slice as number) < this.sliceCount
    if (!Array.isArray(value) || !value.every(isSlice)) throw invalid(`${tag}: slices that the series does not have`)
    return value as number[]
  }

  /** A merged data set: that of the series, or of an item of a merged sequence. */
  private entriesOf(merged: JsonObject, path: string): Map<string, ReadEntry> {
    const entries = new Map<string, ReadEntry>()
    for (const [key, value] of Object.entries(merged)) {
      const tag = key.toUpperCase()
      if (!TAG.test(tag)) throw invalid(`${quoted(key)} is no tag`)
      const entry = objectOf(value, path + tag)
      const vr = vrOf(entry, path + tag)
      if (entry.shared === true) entries.set(tag, this.sharedEntry(vr, entry, path + tag))
      else if (entry.shared === false) entries.set(tag, this.perSliceEntry(vr, entry, path + tag, path !== ''))
      else if (vr === 'SQ') entries.set(tag, this.sequenceEntry(entry, path + tag))
      else throw invalid(`${path}${tag} is neither shared nor per slice`)
    }
    return entries
  }

  private sharedEntry(vr: string, entry: JsonObject, path: string): ReadEntry {
    const element = elementOf(vr, entry, path)
    if (!this.isOurs && vrFacts(vr).kind === 'bytes' && element.InlineBinary === undefined)
      this.note('emptied-binary', path)
    return { vr, at: () => element }
  }

  private perSliceEntry(vr: string, entry: JsonObject, path: string, isNested: boolean): ReadEntry {
    const list = listOf(entry)
    if (!Array.isArray(list)) throw invalid(`${path} is per slice and has no list of slices`)
    if (list.length !== this.sliceCount)
      throw invalid(`${path} has ${list.length} entries for ${this.sliceCount} slices`)
    const isBinary = vrFacts(vr).kind === 'bytes'
    // Among scalars "None" is a text like any other.
    const hasPlaceholders = isBinary || list.some(Array.isArray)
    const absent = new Set(this.slicesOf(Object.hasOwn(this.absent, path) ? this.absent[path] : [], path))
    if (this.sliceCount > 1) {
      if (isNested) this.note('nested-order', path)
      // Only a Value was put in order when the files were sorted; the other lists were left as the files were read.
      else if (list !== entry.Value && 'Value' in entry) this.note('list-order', path)
    }
    const elements = list.map((value: unknown, slice): JsonElement | undefined => {
      if (absent.has(slice)) return undefined
      if (value === null && this.isOurs) return { vr }
      if (value === null || (value === 'None' && hasPlaceholders)) {
        this.note(isBinary ? 'emptied-binary' : 'absent-or-empty', path, slice)
        return isBinary ? { vr } : undefined
      }
      return elementOf(vr, isBinary ? { InlineBinary: value } : { Value: Array.isArray(value) ? value : [value] }, path)
    })
    return { vr, at: slice => elements[slice] }
  }

  /** Item k of the merged sequence is the items k of all slices, merged like data sets. */
  private sequenceEntry(entry: JsonObject, path: string): ReadEntry {
    const merged = entry.Value ?? []
    if (!Array.isArray(merged)) throw invalid(`${path} is a sequence without a list of items`)
    const items = merged.map((item, k) => this.entriesOf(objectOf(item, path), `${path}[${k}].`))
    const at = (slice: number): JsonElement => {
      const present = items.filter(item => hasItem(item, slice))
      if (present.length < items.length) this.note('item-count', path)
      return { vr: 'SQ', ...(present.length && { Value: present.map(item => dataSetOf(item, slice)) }) }
    }
    return { vr: 'SQ', at }
  }

  /** One data set a slice, written and parsed: there is one way from bytes to a table. */
  private tableOf(dataSets: readonly DicomJson[]): Table {
    const write = (dataSet: DicomJson) => writeDataSet(dataSet, EXPLICIT_LE, UNDECLARED)
    const written = dataSets.map(dataSet => attempt(() => write(dataSet)))
    // Where one text has no code in the declared character set, all slices get another one, so that they stay alike.
    const isHelped = (dataSet: DicomJson, slice: number) =>
      !written[slice] && repair(dataSet).lost.length > repair(withUtf8(dataSet)).lost.length
    const needsUtf8 = dataSets.some(isHelped)
    if (needsUtf8) this.note('character-set', '00080005')
    const bytes = dataSets.map((dataSet, slice) => {
      if (written[slice] && !needsUtf8) return written[slice]
      const { repaired, lost } = repair(needsUtf8 ? withUtf8(dataSet) : dataSet)
      for (const tag of lost) this.note('left-out', tag, slice)
      return write(repaired)
    })
    return tableOfInstances(bytes.map((slice, i) => parseDataSet(slice, EXPLICIT_LE, `slice ${i}`)))
  }
}

/** What of a data set can be written, and the elements whose value cannot. */
function repair(dataSet: DicomJson, path = '', outer = UNDECLARED): { repaired: DicomJson; lost: string[] } {
  const charset = charsetOfJson(dataSet) ?? outer
  const repaired: DicomJson = {}
  const lost: string[] = []
  for (const [tag, element] of Object.entries(dataSet)) {
    const fits = (candidate: JsonElement) =>
      attempt(() => writeDataSet({ [tag]: candidate }, EXPLICIT_LE, charset)) !== undefined
    if (fits(element)) repaired[tag] = element
    else if (element.vr === 'SQ') {
      const items = (element.Value ?? []).map((item, k) => repair(item as DicomJson, `${path}${tag}[${k}].`, charset))
      repaired[tag] = { vr: 'SQ', Value: items.map(item => item.repaired) }
      lost.push(...items.flatMap(item => item.lost))
    } else if (fits(asLatin1(element))) repaired[tag] = asLatin1(element)
    else {
      repaired[tag] = { vr: element.vr }
      lost.push(path + tag)
    }
  }
  return { repaired, lost }
}

const dataSetOf = (entries: ReadonlyMap<string, ReadEntry>, slice: number): DicomJson => {
  const dataSet: DicomJson = {}
  for (const [tag, entry] of entries) {
    const element = entry.at(slice)
    if (element) dataSet[tag] = element
  }
  return dataSet
}

/** Whether a slice has this item: one of its elements says so, or nothing in it could. */
function hasItem(item: ReadonlyMap<string, ReadEntry>, slice: number): boolean {
  let sequences = 0
  for (const { vr, at } of item.values()) {
    const element = at(slice)
    if (vr === 'SQ' ? element?.Value?.length : element) return true
    if (vr === 'SQ') sequences++
  }
  return sequences === item.size
}

/** What pydicom calls an element whose VR depends on others (PS3.6), where it could not look at those. */
const AMBIGUOUS = new Set(['US or SS', 'OB or OW', 'US or OW', 'US or SS or OW'])

function vrOf(entry: JsonObject, path: string): string {
  if (AMBIGUOUS.has(entry.vr as string)) {
    const values = [entry.Value, entry.null].flat(2).filter(value => typeof value === 'number')
    if (!values.length) return entry.vr === 'US or SS' ? 'US' : 'OW'
    return values.some(value => (value as number) < 0) ? 'SS' : 'US'
  }
  if (typeof entry.vr !== 'string' || !VR.test(entry.vr)) throw invalid(`${path} has the VR ${quoted(entry.vr)}`)
  return entry.vr
}

/** An attribute object of DICOM JSON, checked, and with decimals as text where a DS would round them. */
function elementOf(vr: string, { Value, InlineBinary }: JsonObject, path: string): JsonElement {
  if (typeof InlineBinary === 'string') return { vr, InlineBinary }
  if (Value === undefined || Value === null) return { vr }
  const list: unknown[] = Array.isArray(Value) ? Value : [Value]
  if (list.length === 0) return { vr }
  if (vr === 'SQ') return { vr, Value: list.map((item, k) => itemOf(item ?? {}, `${path}[${k}].`)) }
  return { vr, Value: (vr === 'DS' ? list.map(exactDecimal) : list) as JsonValue[] }
}

function itemOf(item: unknown, path: string): DicomJson {
  const dataSet: DicomJson = {}
  for (const [key, value] of Object.entries(objectOf(item, path))) {
    const tag = key.toUpperCase()
    if (!TAG.test(tag)) throw invalid(`${path}: ${quoted(key)} is no tag`)
    const entry = objectOf(value, path + tag)
    dataSet[tag] = elementOf(vrOf(entry, path + tag), entry, path + tag)
  }
  return dataSet
}

/** 0.3333333333333333 has more digits than the 16 characters of a DS hold: the number counts, not the limit. */
const exactDecimal = (value: unknown): unknown =>
  typeof value === 'number' && !(Number.isFinite(value) && Number(formatDecimal(value)) === value)
    ? String(value)
    : value

function attempt<T>(make: () => T): T | undefined {
  try {
    return make()
  } catch (error) {
    if (error instanceof DicubeError) return undefined
    throw error
  }
}

const UTF8: JsonElement = { vr: 'CS', Value: ['ISO_IR 192'] }

/** The data set with every Specific Character Set replaced, its own and those of items. */
function withUtf8(dataSet: DicomJson): DicomJson {
  const inItems = (inner: DicomJson): DicomJson => {
    const copy: DicomJson = {}
    for (const [tag, element] of Object.entries(inner)) {
      if (tag === '00080005') copy[tag] = UTF8
      else if (element.vr !== 'SQ') copy[tag] = element
      else
        copy[tag] = {
          ...element,
          ...(element.Value && { Value: element.Value.map(item => inItems(item as DicomJson)) }),
        }
    }
    return copy
  }
  return { ...inItems(dataSet), '00080005': UTF8 }
}

/** Bytes beyond ASCII in a VR without a character set are shown as Latin-1; these are the bytes again. */
function asLatin1(element: JsonElement): JsonElement {
  if (
    vrFacts(element.vr).kind !== 'string' ||
    !element.Value?.every(value => value === null || typeof value === 'string')
  )
    return element
  const text = element.Value.map(value => value ?? '').join('\\')
  const bytes = Uint8Array.from(text.length % 2 ? `${text} ` : text, character => character.charCodeAt(0))
  return [...text].every(character => character <= '\xff') ? { vr: element.vr, InlineBinary: toBase64(bytes) } : element
}
