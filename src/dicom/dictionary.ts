import type { KeywordTypes } from './dictionary.generated.ts'
import { START } from './dictionary-start.ts'
import { upperHex } from './hex.ts'
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

/** What is known of PS3.6: all of it in Node, and in a page the commoner part until loadDictionary. */
let { table, several, nearestKeyword } = START
/** Lines of a text, by the group that they begin with. */
const linesOf = new Map<string, Map<string, string>>()
/** Parsed groups: parsing all of PS3.6 takes longer than opening a cube may. */
const groups = new Map<string, Map<string, Row>>()
const entries = new Map<number, DictionaryEntry | undefined>()
const tagsByKeyword = new Map<string, string | undefined>()

/** Whether all of PS3.6 is there, so that what is not found does not exist. */
export const isWholeDictionary = (): boolean => several === undefined

/** Brings the rest of PS3.6 where only the commoner part is there. */
export async function loadDictionary(): Promise<void> {
  if (isWholeDictionary()) return
  ;({ table, several, nearestKeyword } = (await import('./dictionary-whole.ts')).WHOLE)
  for (const cache of [groups, entries, tagsByKeyword]) cache.clear()
}

function lineOf(table: string, group: string): string {
  let lines = linesOf.get(table)
  if (!lines) linesOf.set(table, (lines = new Map(table.split('\n').map(line => [line.slice(0, 4), line.slice(4)]))))
  return lines.get(group) ?? ''
}

function groupRows(group: string): Map<string, Row> {
  let rows = groups.get(group)
  if (rows) return rows
  rows = new Map()
  for (const entry of lineOf(table, group).slice(1).split(';')) {
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

/** The first of the patterns of PS3.6 that an element of a repeating group or element may match. The tag itself comes first. */
function findPattern<T>(tag: string, find: (group: string, element: string) => T | undefined): T | undefined {
  const [group, element] = [tag.slice(0, 4), tag.slice(4)]
  const exact = find(group, element)
  if (exact) return exact
  if (group === '0020' && element.startsWith('31')) return find(group, '31xx')
  if (group === '0028') return find(group, `${element.slice(0, 2)}x${element[3]}`)
  if (group === '1000') return find(group, `xxx${element[3]}`)
  if (group === '1010') return find(group, 'xxxx')
  // PS3.5 §7.6 has repeating groups up to 501E and 601E; files have them beyond.
  if (/^(50|60|7F)/.test(group)) return find(`${group.slice(0, 2)}xx`, element)
  return undefined
}

/**
 * The row of PS3.6 for a tag (hex digits or number); undefined for private and unknown elements, and in a page for all
 * but common ones until loadAll() has resolved.
 */
export function lookup(tag: string | number): DictionaryEntry | undefined {
  const number = typeof tag === 'number' ? tag : Number.parseInt(tag, 16)
  const known = entries.get(number)
  if (known || entries.has(number) || number & 0x10000) return known
  const name = upperHex(number, 8)
  const row = findPattern(name, (group, element) => groupRows(group).get(element))
  const entry = row && { tag: name, ...row }
  entries.set(number, entry)
  return entry
}

/** Whether PS3.6 gives the VM 1; undefined for private and unknown elements. Known of all tags, with or without their rows. */
export function isSingleValued(tag: string): boolean | undefined {
  const row = lookup(tag)
  if (row || several === undefined || Number.parseInt(tag, 16) & 0x10000) return row && row.vm === '1'
  return !findPattern(
    tag,
    (group, element) =>
      several!.includes(`${group}${element}`) || isInSteps(lineOf(several!, group), Number(`0x${element}`)),
  )
}

/** Whether a line of SEVERAL (dictionary-common.generated) has the element. */
function isInSteps(line: string, element: number): boolean {
  let at = 0
  for (const [, digits, last] of line.matchAll(/([\da-f]*)([g-v])/g)) {
    at += Number.parseInt(`${digits}0`, 16) + Number.parseInt(last, 36) - 16
    if (at === element) return true
  }
  return false
}

/** The tag of a keyword; that of the first group where it repeats (OverlayData: 60003000). */
export function tagOfKeyword(keyword: string): string | undefined {
  if (tagsByKeyword.has(keyword)) return tagsByKeyword.get(keyword)
  let tag: string | undefined
  // A search is faster than a map of 5,000 keywords until some hundred of them have been asked for.
  const at = keyword.includes(' ') || keyword.includes(';') ? -1 : table.indexOf(` ${keyword};`)
  if (at >= 0) {
    const line = table.lastIndexOf('\n', at) + 1
    const entry = Math.max(table.lastIndexOf(';', at), line + 4) + 1
    const pattern = table.slice(line, line + 4) + table.slice(entry, entry + 4)
    tag = pattern.replaceAll('x', '0')
    // (0028,04x0) begins with 0410: 0400 is another attribute.
    if (keywordOf(tag) !== keyword) tag = pattern.replaceAll('x', '1')
    tagsByKeyword.set(keyword, tag)
  }
  return tag
}

/** The keyword of a tag (hex digits or number), where PS3.6 has one. */
export const keywordOf = (tag: string | number): Keyword | undefined => lookup(tag)?.keyword

/** Every keyword that is known, in the order of the tags. */
export const keywords = (): Keyword[] => table.match(/(?<= )\w+(?=;)/g) as Keyword[]

/** The keyword that a misspelt one is nearest to, if it is near. */
export const suggestKeyword = (text: string): string | undefined => nearestKeyword?.(text, keywords())
