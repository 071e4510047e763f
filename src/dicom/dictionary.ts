import { type KeywordTypes, TABLE } from './dictionary.generated.ts'
import type { Vr } from './vr.ts'

/** The keyword of an attribute of PS3.6, exact. */
export type Keyword = keyof KeywordTypes

/** A row of PS3.6 where the VR depends on other elements. */
export type VrChoice = 'US or SS' | 'OB or OW' | 'US or OW' | 'US or SS or OW'

export interface DictionaryEntry {
  /** Eight upper-case hex digits; the tag that was asked for, where PS3.6 has a repeating group (60xx). */
  readonly tag: string
  readonly vr: Vr | VrChoice
  /** Value Multiplicity as PS3.6 writes it: "1", "2", "1-n", "2-2n" … */
  readonly vm: string
  readonly keyword: Keyword
}

const CHOICES: Record<string, VrChoice> = {
  xs: 'US or SS',
  ox: 'OB or OW',
  lt: 'US or OW',
  lo: 'US or SS or OW',
}

type Row = Omit<DictionaryEntry, 'tag'>

/** Lines of TABLE, by what stands before the colon. */
let lines: Map<string, string> | undefined
/** Parsed groups: parsing all of PS3.6 takes longer than opening a cube may. */
const groups = new Map<string, Map<string, Row>>()
const entries = new Map<number, DictionaryEntry | undefined>()
const tagsByKeyword = new Map<string, string | undefined>()

function groupRows(group: string): Map<string, Row> {
  let rows = groups.get(group)
  if (rows) return rows
  lines ??= new Map(TABLE.split('\n').map(line => [line.slice(0, 4), line.slice(5)]))
  rows = new Map()
  for (const entry of lines.get(group)?.split(';') ?? []) {
    const space = entry.indexOf(' ')
    if (space < 0) continue
    const vr = entry.slice(4, 6)
    rows.set(entry.slice(0, 4), {
      vr: CHOICES[vr] ?? (vr as Vr),
      vm: entry.slice(6, space) || '1',
      keyword: entry.slice(space + 1) as Keyword,
    })
  }
  groups.set(group, rows)
  return rows
}

/** The patterns of PS3.6 that an element of a repeating group or element may match. The tag itself comes first. */
function findRow(group: string, element: string): Row | undefined {
  const exact = groupRows(group).get(element)
  if (exact) return exact
  if (group === '0020' && element.startsWith('31')) return groupRows(group).get('31xx')
  if (group === '0028') return groupRows(group).get(`${element.slice(0, 2)}x${element[3]}`)
  if (group === '1000') return groupRows(group).get(`xxx${element[3]}`)
  if (group === '1010') return groupRows(group).get('xxxx')
  // PS3.5 §7.6 has repeating groups up to 501E and 601E; files have them beyond.
  if (/^(50|60|7F)/.test(group)) return groupRows(`${group.slice(0, 2)}xx`).get(element)
  return undefined
}

const hex8 = (tag: number) => tag.toString(16).toUpperCase().padStart(8, '0')

/** The row of PS3.6 for a tag (hex digits or number); undefined for private and unknown elements. */
export function lookup(tag: string | number): DictionaryEntry | undefined {
  const number = typeof tag === 'number' ? tag : Number.parseInt(tag, 16)
  const known = entries.get(number)
  if (known || entries.has(number) || number & 0x10000) return known
  const name = hex8(number)
  const row = findRow(name.slice(0, 4), name.slice(4))
  const entry = row && { tag: name, ...row }
  entries.set(number, entry)
  return entry
}

/** The tag of a keyword; that of the first group where it repeats (OverlayData: 60003000). */
export function tagOfKeyword(keyword: string): string | undefined {
  if (tagsByKeyword.has(keyword)) return tagsByKeyword.get(keyword)
  let tag: string | undefined
  // A search is faster than a map of 5,000 keywords until some hundred of them have been asked for.
  const at = /^[A-Za-z][A-Za-z0-9]*$/.test(keyword) ? TABLE.indexOf(` ${keyword};`) : -1
  if (at >= 0) {
    const line = TABLE.lastIndexOf('\n', at) + 1
    const entry = Math.max(TABLE.lastIndexOf(';', at), line + 4) + 1
    const pattern = TABLE.slice(line, line + 4) + TABLE.slice(entry, entry + 4)
    tag = pattern.replaceAll('x', '0')
    // (0028,04x0) begins with 0410: 0400 is another attribute.
    if (keywordOf(tag) !== keyword) tag = pattern.replaceAll('x', '1')
    tagsByKeyword.set(keyword, tag)
  }
  return tag
}

/** The keyword of a tag (hex digits or number), where PS3.6 has one. */
export const keywordOf = (tag: string | number): Keyword | undefined => lookup(tag)?.keyword

/** Every keyword of PS3.6, in the order of the tags. */
export const keywords = (): Keyword[] => TABLE.match(/(?<= )\w+(?=;)/g) as Keyword[]

/** What a VR depends on where PS3.6 leaves a choice. Absent: the commoner case. */
export interface VrContext {
  /** Pixel Representation (0028,0103) of the data set or of the nearest one around it. */
  readonly pixelRepresentation?: number
  /** Whether VRs are written: the implicit VR transfer syntax has OW for every choice of OB or OW (PS3.5 §A.1). */
  readonly explicit?: boolean
  /** Bits Allocated (0028,0100), or of the waveform; with explicit VR only. */
  readonly bitsAllocated?: number
  /** First value of LUT Descriptor (0028,3002): LUT Data of one entry is US (PS3.3 §C.11.1.1). */
  readonly lutEntries?: number
}

/** The VR of an element where the file does not say it: PS3.6, and PS3.5 §A.1 where that gives a choice. */
export function vrOf(tag: string | number, context: VrContext = {}): Vr {
  const number = typeof tag === 'number' ? tag : Number.parseInt(tag, 16)
  const element = number & 0xffff
  if (element === 0) return 'UL' // Group Length (PS3.5 §7.2)
  if (number & 0x10000) return element >= 0x10 && element <= 0xff ? 'LO' : 'UN' // Private Creator (PS3.5 §7.8.1)
  const vr = lookup(number)?.vr
  switch (vr) {
    case undefined:
      return 'UN'
    case 'US or SS':
      return context.pixelRepresentation === 1 ? 'SS' : 'US'
    case 'OB or OW':
      return context.explicit && (context.bitsAllocated ?? 16) <= 8 ? 'OB' : 'OW'
    case 'US or OW':
      return context.lutEntries === 1 ? 'US' : 'OW'
    case 'US or SS or OW':
      return 'OW'
    default:
      return vr
  }
}

/** The VR to read a value with: the file's, or that of PS3.6 for a known element written as UN (PS3.5 §6.2.2, Note 2). */
export const readableVr = (tag: string | number, vr: string, context: VrContext = {}): string =>
  vr === 'UN' ? vrOf(tag, context) : vr
