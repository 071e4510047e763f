import { lookup } from '../dicom/dictionary.ts'
import type { JsonElement } from '../dicom/json.ts'
import { stringifyJson } from '../dicom/json-write.ts'
import { formatTag, parseTagPath } from '../dicom/tags.ts'
import { lazyRegExp } from '../dicom/unicode.ts'
import { elementToJson, findCell } from './cells.ts'
import { type DicomMeta, fastNumbers } from './meta.ts'

export interface DisplayOptions {
  /** The table of what all slices share; default true. */
  shared?: boolean
  /** The table of what each slice has of its own; default true. */
  perSlice?: boolean
  /** Slices shown in the second table: the first ones and the last; default 4. */
  slices?: number
  /** Characters of a value before it is cut; default 60 in the first table, 24 in the second. */
  valueWidth?: number
}

/** The metadata as two text tables. Nothing of a value can move a terminal's cursor: control characters are escaped. */
export function displayMeta(meta: DicomMeta, options: DisplayOptions): string {
  const { shared = true, perSlice = true, slices = 4 } = options
  const tags = meta.keys().map(tag => ({ tag, isShared: meta.isShared(tag) }))
  const parts: string[] = []
  if (shared) {
    const rows = tags
      .filter(({ isShared }) => isShared)
      .map(({ tag }) => [...label(meta, tag), oneLine(meta.element(tag, 0), options.valueWidth ?? 60)])
    const title = meta.sliceCount === 1 ? 'One slice' : `Shared by all ${meta.sliceCount} slices`
    parts.push(`${title}: ${rows.length} elements\n${table(['Tag', 'Name', 'VR', 'Value'], rows)}`)
  }
  if (perSlice && (meta.sliceCount > 1 || !shared)) {
    const shown = shownSlices(meta.sliceCount, slices)
    const rows = tags
      .filter(({ isShared }) => !isShared)
      .map(({ tag }) => [
        ...label(meta, tag),
        ...shown.map(slice => (slice < 0 ? '…' : oneLine(meta.element(tag, slice), options.valueWidth ?? 24))),
      ])
    const heads = shown.map(slice => (slice < 0 ? '…' : `Slice ${slice}`))
    parts.push(`Per slice: ${rows.length} elements\n${table(['Tag', 'Name', 'VR', ...heads], rows)}`)
  }
  return parts.join('\n\n')
}

const label = (meta: DicomMeta, tag: string) => [formatTag(tag), lookup(tag)?.keyword ?? '', meta.getVr(tag) ?? '']

function shownSlices(count: number, most: number): number[] {
  if (count <= most) return Array.from({ length: count }, (_, slice) => slice)
  return [...Array.from({ length: Math.max(1, most - 1) }, (_, slice) => slice), -1, count - 1]
}

/** What oneLine gives of an element of each slice. */
export function linesOf({ table }: DicomMeta, tag: string, width: number): (slice: number) => string {
  const steps = parseTagPath(tag)
  const numbers = fastNumbers(table, steps)
  if (!numbers)
    return slice => {
      const cell = findCell(table, slice, steps)
      return oneLine(cell && elementToJson(cell), width)
    }
  return slice => {
    let text = ''
    for (let k = 0; k < numbers.width; k++) text += `${k ? '\\' : ''}${numbers.values[slice * numbers.width + k]}`
    return shortened(text, width)
  }
}

const shortened = (text: string, width: number) => (text.length > width ? `${text.slice(0, width - 1)}…` : text)

/** A value as people read it, on one line. */
export function oneLine(element: JsonElement | undefined, width: number): string {
  if (!element) return '-'
  let text = ''
  if (element.BulkDataURI) text = '<not loaded>'
  else if (element.InlineBinary !== undefined)
    text = `<${Math.floor((element.InlineBinary.replace(/=+$/, '').length * 3) / 4)} bytes>`
  else if (element.vr === 'SQ') text = `<${element.Value?.length ?? 0} item${element.Value?.length === 1 ? '' : 's'}>`
  else text = (element.Value ?? []).map(plain).join('\\')
  const safe = isPlain(text) ? text : text.replace(ACTIVE(), c => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return shortened(safe, width)
}

function plain(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'object') {
    const { Alphabetic, Ideographic, Phonetic } = value as Record<string, string | undefined>
    if (Alphabetic !== undefined || Ideographic !== undefined || Phonetic !== undefined)
      return [Alphabetic, Ideographic, Phonetic].filter(Boolean).join('=')
    return stringifyJson(value)
  }
  return String(value)
}

/** Columns as wide as their content, so that it can be read and cut by other programs. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(cells(title), ...rows.map(row => cells(row[column]))))
  const line = (row: readonly string[]) =>
    row
      .map((text, column) => text + ' '.repeat(widths[column] - cells(text)))
      .join('  ')
      .trimEnd()
  return [line(head), line(widths.map(width => '─'.repeat(width))), ...rows.map(line)].join('\n')
}

const ACTIVE = lazyRegExp(String.raw`[\p{Cc}\p{Cf}\u2028\u2029]`, 'gu')
const WIDE = lazyRegExp(
  String.raw`[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\uff01-\uff60]`,
  'u',
)
const COMBINING = lazyRegExp(String.raw`\p{Mn}`, 'u')

/** Printable ASCII, as most texts are. Without a regular expression, which takes half a millisecond to compile. */
function isPlain(text: string): boolean {
  for (const c of text) if (c < ' ' || c > '~') return false
  return true
}

/** Terminal cells of a text: East Asian wide characters take two. */
export function cells(text: string): number {
  if (isPlain(text)) return text.length
  let width = 0
  for (const c of text) width += WIDE().test(c) ? 2 : COMBINING().test(c) ? 0 : 1
  return width
}
