import { type Charset, type CharsetProblem, charsetOf } from '../dicom/charset.ts'
import { keywordOf, lookup } from '../dicom/dictionary.ts'
import { FLAG } from '../dicom/elements.ts'
import type { ReportCode, ReportEntry } from '../dicom/parse.ts'
import { formatTag, isGroupLength, isPrivate, tagString } from '../dicom/tags.ts'
import { problemsOfText, problemsOfValue, type ValueProblem } from '../dicom/value-problems.ts'
import { decodeStrings, decodeValue } from '../dicom/values.ts'
import { vrFacts } from '../dicom/vr.ts'
import { maxLengthOf } from '../dicom/vr-limits.ts'
import { charsetOfRow, findElementOf, isBigEndian, vrOfNode } from './cells.ts'
import { ascending, type CheckCode, counted, type FindingValues, type Report } from './check-codes.ts'
import { bytesOf, type Cache, missing, numberOf, odd, textsOf } from './check-columns.ts'
import { type Column, entryOf, itemRange, layoutIndexOf, type Node, PREAMBLE, type Table, TRAILING } from './table.ts'

const TAG = {
  specificCharacterSet: 0x00080005,
  windowCenter: 0x00281050,
  windowWidth: 0x00281051,
  rescaleIntercept: 0x00281052,
  rescaleSlope: 0x00281053,
} as const

/** Whether stored values and display mean the same in all slices. */
export function checkRescale(table: Table, report: Report): void {
  for (const [name, tag] of [
    ['Rescale Slope', TAG.rescaleSlope],
    ['Rescale Intercept', TAG.rescaleIntercept],
  ] as const) {
    const attribute = numberOf(table, tag)
    const without = missing(attribute)
    if (without.length === table.rowCount) continue
    const zero =
      tag === TAG.rescaleSlope ? attribute.values.flatMap((value, slice) => (value === 0 ? [slice] : [])) : []
    if (zero.length) report('rescale-slope-zero', zero, `${counted(zero.length, 'slice')} with a Rescale Slope of 0`)
    const varying = odd(attribute)
    if (varying && varying.slices.length > zero.length)
      report('rescale-varies', varying.slices, `${varying.others.length + 1} values of ${name} in one series`, {
        expected: varying.usual,
        found: varying.others.slice(0, 20),
      })
    else if (without.length)
      report('rescale-varies', without, `${counted(without.length, 'slice')} without the ${name} of the others`)
  }
  const windows = [TAG.windowCenter, TAG.windowWidth].map(tag => textsOf(table, tag))
  const found = odd({
    isShared: windows.every(({ isShared }) => isShared),
    values: windows[0].values.map((center, slice) => center && `${center} / ${windows[1].values[slice]}`),
  })
  if (found)
    report('window-varies', found.slices, `${found.others.length + 1} windows in one series`, {
      expected: found.usual,
      found: found.others.slice(0, 20),
    })
}

type Problem = ValueProblem | CharsetProblem | 'no-private-creator'
const CODES: Record<Problem, ValueCode> = {
  'odd-length': 'odd-length',
  'partial-word': 'partial-word',
  'too-long': 'value-too-long',
  'invalid-ds': 'invalid-ds',
  'invalid-is': 'invalid-is',
  'invalid-ui': 'invalid-ui',
  'invalid-da': 'invalid-da',
  'invalid-tm': 'invalid-tm',
  'invalid-dt': 'invalid-dt',
  'invalid-as': 'invalid-as',
  'invalid-pn': 'invalid-pn',
  'invalid-at': 'invalid-at',
  'control-character': 'control-characters',
  'no-private-creator': 'no-private-creator',
  'undeclared-bytes': 'undeclared-characters',
  'undeclared-escape': 'undeclared-characters',
  'missing-escape': 'broken-characters',
  'unknown-escape': 'broken-characters',
  'unclosed-escape': 'broken-characters',
  'invalid-bytes': 'broken-characters',
  'unknown-character-set': 'unknown-character-set',
  'misspelt-character-set': 'misspelt-character-set',
  'no-code-extensions': 'misspelt-character-set',
}

interface Found {
  code: ValueCode
  path: string
  vr: string
  slices: number[]
  /** The first one. */
  bytes: Uint8Array
  isPatient: boolean
}

/** A table on the way down: which slices a row belongs to, and the character set around it. */
interface Place {
  table: Table
  path: string
  isPatient: boolean
  slicesOf(row: number): readonly number[]
  charsetOf(row: number): Charset
}

/** Every value of every element, items included, against its VR and character set. */
function findInValues(table: Table, cache: Cache): Iterable<Found> {
  const found = new Map<string, Found>()
  visit(
    { table, path: '', isPatient: false, slicesOf: row => [row], charsetOf: row => charsetOfRow(table, row) },
    found,
    cache,
  )
  return found.values()
}

/** What breaks its VR or character set, as findings of the series. */
export function checkValues(table: Table, report: Report, cache: Cache): void {
  for (const { code, path, vr, slices, bytes, isPatient } of findInValues(table, cache)) {
    const where = ascending(slices)
    const values = isPatient ? {} : quote(code, vr, bytes)
    const quoted = typeof values.found === 'string' ? `: ${JSON.stringify(values.found)}` : ''
    report(code, where, `${named(path, vr)} ${SAYS[code]} in ${counted(where.length, 'slice')}${quoted}`, values)
  }
}

const named = (path: string, vr: string) => (vr ? `${path} (${vr})` : path)

const SAYS = {
  'odd-length': 'has an odd number of bytes',
  'partial-word': 'ends within a number',
  'value-too-long': 'is longer than its VR allows',
  'invalid-ds': 'is no number',
  'invalid-is': 'is no integer',
  'invalid-ui': 'is no UID',
  'invalid-da': 'is no date',
  'invalid-tm': 'is no time',
  'invalid-dt': 'is no date and time',
  'invalid-as': 'is no age',
  'invalid-pn': 'has too many groups or components',
  'invalid-at': 'names an element that PS3.6 does not have',
  'control-characters': 'has control characters',
  'no-private-creator': 'has no Private Creator',
  'undeclared-characters': 'has characters that are not declared',
  'broken-characters': 'has bytes that are no characters',
  'unknown-character-set': 'is not known',
  'misspelt-character-set': 'is not written as DICOM has it',
} as const satisfies Partial<Record<CheckCode, string>>
type ValueCode = keyof typeof SAYS

/** The same, as entries in the report of each file; the parser itself has seen odd lengths. Values are not quoted. */
const REPORTED: Partial<Record<ValueCode, ReportCode>> = {
  'partial-word': 'partial-word',
  'no-private-creator': 'no-private-creator',
  'undeclared-characters': 'characters',
  'broken-characters': 'characters',
  'unknown-character-set': 'character-set',
  'misspelt-character-set': 'character-set',
}

/** Entries of the report of each row about its values: at most one a code, which names the first three elements. */
export function reportValues(table: Table): ReportEntry[][] {
  // As a rule there is nothing to say of a row.
  const byRow = new Array<Map<ReportCode, string[]> | undefined>(table.rowCount).fill(undefined)
  for (const { code, path, vr, slices } of findInValues(table, new Map())) {
    if (code === 'odd-length') continue
    const reported = REPORTED[code] ?? 'invalid-value'
    const text = `${named(path, vr)} ${SAYS[code]}`
    for (const slice of new Set(slices)) {
      const codes = (byRow[slice] ??= new Map())
      const texts = codes.get(reported)
      if (texts) texts.push(text)
      else codes.set(reported, [text])
    }
  }
  return byRow.map(codes =>
    Array.from(codes ?? [], ([code, texts]) => ({
      code,
      message: `${texts.slice(0, 3).join('; ')}${texts.length > 3 ? `; and ${texts.length - 3} more` : ''}`,
    })),
  )
}

const LATIN = charsetOf([])

/** Numbers, dates and UIDs are quoted; text, which may name a person, is not. */
function quote(code: CheckCode, vr: string, bytes: Uint8Array): FindingValues {
  if (code === 'value-too-long')
    return {
      expected: maxLengthOf(vr),
      found: decodeStrings(vr, bytes, LATIN).reduce((most, text) => Math.max(most, text.length), 0),
    }
  if (!QUOTED.has(vr)) return {}
  const text = decodeStrings(vr, bytes, LATIN).join('\\')
  return { found: text.length > 64 ? `${text.slice(0, 63)}…` : text }
}
const QUOTED = new Set(['AS', 'CS', 'DA', 'DS', 'DT', 'IS', 'TM', 'UI'])

function visit(place: Place, found: Map<string, Found>, cache: Cache): void {
  for (const [index, layout] of place.table.layouts.entries()) {
    // Whether every row of the layout has the creator.
    const creators = new Map<number, boolean>()
    for (const { tag, presence } of layout.nodes)
      if (isPrivateCreator(tag)) creators.set(tag, presence === undefined || creators.get(tag) === true)
    for (const node of layout.nodes) {
      if (node.tag === PREAMBLE || node.tag === TRAILING || node.flags & FLAG.pixels || isGroupLength(node.tag))
        continue
      if (isPrivate(node.tag) && !isPrivateCreator(node.tag)) visitPrivate(place, index, node, creators, found)
      if (node.items) visitItems(place, index, node, found, cache)
      else if (node.column && !node.column.pending) visitColumn(place, index, node, found, cache)
    }
  }
}

/** PS3.5 §7.8.1: (gggg,0010-00FF) reserves the block (gggg,1000-FFFF) with the same last two digits of its element. */
const isPrivateCreator = (tag: number) => isPrivate(tag) && (tag & 0xffff) >= 0x10 && (tag & 0xffff) <= 0xff
const creatorOf = (tag: number) => ((tag & 0xffff0000) | ((tag & 0xff00) >>> 8)) >>> 0

/** A private element whose block nobody has reserved: one finding a group, for a file may have very many. */
function visitPrivate(
  place: Place,
  layout: number,
  node: Node,
  creators: ReadonlyMap<number, boolean>,
  found: Map<string, Found>,
): void {
  const creator = creatorOf(node.tag)
  if (creators.get(creator)) return
  const rows = rowsOf(place.table, layout, node).filter(
    row => !creators.has(creator) || !findElementOf(place.table, row, creator),
  )
  if (!rows.length) return
  const path = `${place.path}(${tagString(node.tag).slice(0, 4)},xxxx)`
  const slices = rows.flatMap(row => place.slicesOf(row))
  const known = found.get(path)
  if (known) known.slices.push(...slices)
  else found.set(path, { code: 'no-private-creator', path, vr: '', slices, bytes: NO_BYTES, isPatient: true })
}
const NO_BYTES = new Uint8Array(0)

/** Row of each entry of a node. */
function rowsOf(table: Table, layout: number, node: Node): number[] {
  const rows: number[] = []
  for (const [rank, row] of membersOf(table)[layout].entries()) {
    const entry = entryOf(node, rank)
    if (entry >= 0) rows[entry] = row
  }
  return rows
}

/** The rows of each layout, in their order. */
function membersOf(table: Table): readonly (readonly number[])[] {
  let members = membersOfTable.get(table)
  if (!members) {
    members = table.layouts.map((): number[] => [])
    for (let row = 0; row < table.rowCount; row++) members[layoutIndexOf(table, row)].push(row)
    membersOfTable.set(table, members)
  }
  return members
}
const membersOfTable = new WeakMap<Table, number[][]>()

function visitItems(place: Place, layout: number, node: Node, found: Map<string, Found>, cache: Cache): void {
  const items = node.items!
  const { table } = items
  if (!table.rowCount) return
  let parents: readonly number[][] | undefined
  const parentsOf = (row: number) => {
    if (!parents) {
      const rows = rowsOf(place.table, layout, node)
      const found: number[][] = Array.from({ length: table.rowCount }, () => [])
      for (const [entry, parent] of rows.entries()) {
        const [first, end] = itemRange(items, entry)
        for (let item = first; item < end; item++) found[item].push(parent)
      }
      parents = found
    }
    return parents[row]
  }
  visit(
    {
      table,
      path: `${place.path}${nameOf(node)}.`,
      isPatient: place.isPatient || isOfPatient(node),
      slicesOf: row => parentsOf(row).flatMap(parent => place.slicesOf(parent)),
      charsetOf: row => charsetOfRow(table, row, place.charsetOf(parentsOf(row)[0])),
    },
    found,
    cache,
  )
}

const nameOf = (node: Node) => keywordOf(node.tag) ?? formatTag(tagString(node.tag))
/** Group 0010, and private elements, which may hold anything. */
const isOfPatient = ({ tag }: Node) => tag >>> 16 === 0x0010 || isPrivate(tag)

function visitColumn(place: Place, layout: number, node: Node, found: Map<string, Found>, cache: Cache): void {
  const column = node.column!
  const vr = vrOfNode(node)
  const check = CHECKERS[vr] ?? CHECKERS.UN
  if (areRightNumbers(vr, node.column!)) return
  const { kind } = vrFacts(vr)
  const entries = column.constant ? Math.min(1, column.length) : column.length
  let rows: number[] | undefined
  const isCached = cache.has(column)
  for (let entry = 0; entry < entries; entry++) {
    const bytes = isCached ? bytesOf(column, entry, cache) : column.bytes(entry)
    if (check(bytes) && node.tag !== TAG.specificCharacterSet) continue
    const problems = new Set<Problem>(problemsOfValue(vr, bytes))
    for (const problem of furtherProblems(vr, bytes)) problems.add(problem)
    rows ??= rowsOf(place.table, layout, node)
    const those = column.constant ? rows : [rows[entry]]
    if (node.tag === TAG.specificCharacterSet)
      for (const problem of charsetOf(decodeStrings('CS', bytes, LATIN)).problems) problems.add(problem)
    else if ((kind === 'text' || kind === 'string') && those.length && !isAscii(bytes))
      for (const row of column.constant ? distinctCharsets(place, those) : those) {
        const charset = place.charsetOf(row)
        charset.decode(bytes, vr, problem => problems.add(problem))
        for (const problem of problemsOfText(vr, bytes, charset)) problems.add(problem)
      }
    else if (kind === 'text') for (const problem of problemsOfText(vr, bytes, LATIN)) problems.add(problem)
    if (vr === 'AT' && namesUnknown(bytes, isBigEndian(node))) problems.add('invalid-at')
    for (const problem of problems) {
      const code = CODES[problem]
      const path = `${place.path}${nameOf(node)}`
      const key = `${code} ${vr} ${path}`
      const known = found.get(key)
      const slices = those.flatMap(row => place.slicesOf(row))
      if (known) known.slices.push(...slices)
      else found.set(key, { code, path, vr, slices, bytes, isPatient: place.isPatient || isOfPatient(node) })
    }
  }
}

/** A cube keeps most numbers as such: then their texts need not be made to know that they are right. */
function areRightNumbers(vr: string, column: Column): boolean {
  if ((vr !== 'DS' && vr !== 'IS') || column.constant) return false
  const found = column.numbers?.()
  if (found?.mostCharacters === undefined || found.mostCharacters > maxLengthOf(vr)) return false
  return vr === 'DS' || found.values.every(value => value === (value | 0))
}

/** One row for each character set: a value that all slices share may be read in several. */
function distinctCharsets(place: Place, rows: readonly number[]): number[] {
  const known = new Map<Charset, number>()
  for (const row of rows) if (!known.has(place.charsetOf(row))) known.set(place.charsetOf(row), row)
  return [...known.values()]
}

function isAscii(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if (bytes[i] >= 0x80 || bytes[i] === 0x1b) return false
  return true
}

/** What problemsOfValue lets pass: dates and times that there are not, integers beyond 32 bits, UIDs with leading zeros. */
function furtherProblems(vr: string, bytes: Uint8Array): ValueProblem[] {
  const wrong = FURTHER[vr]
  return wrong && decodeStrings(vr, bytes, LATIN).some(text => text !== '' && wrong.breaks(text)) ? [wrong.problem] : []
}

/** Elements of even groups are those of PS3.6; one that it does not have is a value that was damaged. */
function namesUnknown(bytes: Uint8Array, bigEndian: boolean): boolean {
  const tags = decodeValue('AT', bytes.subarray(0, bytes.length - (bytes.length % 4)), bigEndian, LATIN) as string[]
  return tags.some(tag => !isPrivate(tag) && !isGroupLength(tag) && !tag.startsWith('FFFE') && !lookup(tag))
}

const FURTHER: Record<string, { problem: ValueProblem; breaks(text: string): boolean }> = {
  DA: { problem: 'invalid-da', breaks: text => !isDate(text.replaceAll('.', '')) },
  TM: { problem: 'invalid-tm', breaks: text => !isTime(text.replaceAll(':', '')) },
  DT: {
    problem: 'invalid-dt',
    breaks: text => !isDate(text.slice(0, 8)) || !isTime(text.slice(8).replace(/[+-].*$/, '')),
  },
  IS: { problem: 'invalid-is', breaks: text => !(Number(text) >= -0x80000000 && Number(text) <= 0x7fffffff) },
  UI: { problem: 'invalid-ui', breaks: text => /(^|\.)0\d/.test(text) },
}
/** A date as far as it goes. */
const isDate = (text: string) => {
  const [month, day] = [text.slice(4, 6), text.slice(6, 8)]
  const isMonth = month === '' || (Number(month) >= 1 && Number(month) <= 12)
  return isMonth && (day === '' || (Number(day) >= 1 && Number(day) <= (DAYS[Number(month)] ?? 31)))
}
const DAYS = [0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
/** PS3.5 §6.2: 60 is a leap second. */
const isTime = (text: string) =>
  Number(text.slice(0, 2)) < 24 && Number(text.slice(2, 4)) < 60 && Number(text.slice(4, 6)) <= 60

/**
 * Whether a value is right at first sight, which nearly all are: looking at its bytes once costs less than decoding it.
 * What is not is for problemsOfValue and the character set.
 */
const CHECKERS: Record<string, (bytes: Uint8Array) => boolean> = {}
for (const vr of 'AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SS ST SV TM UC UI UL UN UR US UT UV'.split(
  ' ',
)) {
  const { kind, wordBytes } = vrFacts(vr)
  const maxLength = maxLengthOf(vr)
  if (kind === 'string' || kind === 'text')
    CHECKERS[vr] = bytes => bytes.length % 2 === 0 && bytes.length <= maxLength && isPlain(bytes)
  else {
    const unit = Math.max(2, wordBytes)
    CHECKERS[vr] = bytes => bytes.length % unit === 0
  }
}
// Few have one, and what it names has to be looked up.
CHECKERS.AT = bytes => bytes.length === 0
CHECKERS.PN = bytes => bytes.length % 2 === 0 && bytes.length <= 64 && isPlainName(bytes)
CHECKERS.DS = bytes => bytes.length % 2 === 0 && areNumbers(bytes, 16, true)
CHECKERS.IS = bytes => bytes.length % 2 === 0 && areNumbers(bytes, 9, false)
CHECKERS.UI = bytes => bytes.length % 2 === 0 && isUid(bytes)
CHECKERS.DA = bytes => bytes.length === 0 || (bytes.length === 8 && areDigits(bytes, 8) && isPlainDate(bytes))
CHECKERS.TM = bytes => bytes.length % 2 === 0 && (bytes.length === 0 || isPlainTime(bytes))
CHECKERS.AS = bytes => bytes.length === 0 || (bytes.length === 4 && areDigits(bytes, 3) && AGE_UNITS.includes(bytes[3]))
CHECKERS.DT = bytes => bytes.length === 0

/** D, W, M, Y */
const AGE_UNITS = [0x44, 0x57, 0x4d, 0x59]

const isDigit = (byte: number) => byte >= 0x30 && byte <= 0x39

function isPlain(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if (bytes[i] < 0x20 || bytes[i] > 0x7e) return false
  return true
}

/** ASCII, one component group, at most five components. */
function isPlainName(bytes: Uint8Array): boolean {
  let carets = 0
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]
    if (byte < 0x20 || byte > 0x7e || byte === 0x3d) return false
    if (byte === 0x5e && ++carets > 4) return false
  }
  return true
}

function areDigits(bytes: Uint8Array, count: number): boolean {
  for (let i = 0; i < count; i++) if (!isDigit(bytes[i])) return false
  return true
}

/** Numbers between backslashes, with at most one space of padding behind the last. */
function areNumbers(bytes: Uint8Array, most: number, isDecimal: boolean): boolean {
  let end = bytes.length
  if (end && bytes[end - 1] === 0x20) end--
  if (!end) return true
  for (let at = 0; ; at++) {
    const start = at
    if (bytes[at] === 0x2d || bytes[at] === 0x2b) at++
    let digits = 0
    for (; at < end && isDigit(bytes[at]); at++) digits++
    if (isDecimal && at < end && bytes[at] === 0x2e) for (at++; at < end && isDigit(bytes[at]); at++) digits++
    if (!digits || at - start > most) return false
    if (at === end) return true
    if (bytes[at] !== 0x5c) return false
  }
}

function isUid(bytes: Uint8Array): boolean {
  let end = bytes.length
  if (end && bytes[end - 1] === 0) end--
  if (end > 64) return false
  let start = 0
  for (let at = 0; at <= end; at++) {
    if (at < end && isDigit(bytes[at])) continue
    if (at < end && bytes[at] !== 0x2e) return false
    if (end && (at === start || (bytes[start] === 0x30 && at - start > 1))) return false
    start = at + 1
  }
  return true
}

const two = (bytes: Uint8Array, at: number) => (bytes[at] - 0x30) * 10 + bytes[at + 1] - 0x30

function isPlainDate(bytes: Uint8Array): boolean {
  const month = two(bytes, 4)
  const day = two(bytes, 6)
  return month >= 1 && month <= 12 && day >= 1 && day <= DAYS[month]
}

/** HHMMSS, a fraction of up to six digits, a space. */
function isPlainTime(bytes: Uint8Array): boolean {
  let end = bytes.length
  if (bytes[end - 1] === 0x20) end--
  if (end < 6 || !areDigits(bytes, 6) || two(bytes, 0) > 23 || two(bytes, 2) > 59 || two(bytes, 4) > 60) return false
  if (end === 6) return true
  if (bytes[6] !== 0x2e || end < 8 || end > 13) return false
  for (let at = 7; at < end; at++) if (!isDigit(bytes[at])) return false
  return true
}
