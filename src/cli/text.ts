import { cells } from '../cube/display.ts'
import { stringifyJson } from '../dicom/json-write.ts'
import { type Io, print } from './io.ts'
import { safe } from './safe-text.ts'

export { safe }

/** JSON as one line. Characters that a terminal obeys stand in strings only, where an escape means the same. */
export const jsonText = (value: unknown): string => safe(stringifyJson(value))

export const printJson = (io: Io, value: unknown): Promise<void> => print(io, jsonText(value))

/** 1234567 → "1,234,567" */
export const grouped = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ',')

/** Three digits and a unit of 1,000: "13.9 kB". */
export function bytesText(n: number): string {
  if (n < 1000) return `${n} B`
  const units = ['kB', 'MB', 'GB', 'TB']
  let value = n / 1000
  while (value >= 999.5 && units.length > 1) {
    value /= 1000
    units.shift()
  }
  return `${digits3(value)} ${units[0]}`
}

export const msText = (ms: number): string => (ms < 999.5 ? `${digits3(ms)} ms` : `${digits3(ms / 1000)} s`)

/** "89.2 ×"; "-" where there is nothing to divide. */
export const ratioText = (a: number, b: number): string => (a > 0 && b > 0 ? `${digits3(a / b)} ×` : '-')

const digits3 = (value: number) =>
  value >= 99.95 ? value.toFixed(0) : value >= 9.995 ? value.toFixed(1) : value.toFixed(2)

/** "1 slice", "2 slices". */
export const plural = (n: number, noun: string): string => `${grouped(n)} ${noun}${n === 1 ? '' : 's'}`

const NUMBER = /^[-+]?[\d.,]+([eE][-+]?\d+)?( (B|kB|MB|GB|TB|ms|s|×|%))?$|^-?$/

/** Most are numbers as we write them, and a regular expression is compiled when it is first asked. */
function isNumber(text: string): boolean {
  const number = Number(text)
  return (Number.isFinite(number) && String(number) === text) || NUMBER.test(text)
}

/** Columns as wide as their content; those that hold only numbers are flush right. */
export function columnsText(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const right = head.map((_, k) => rows.length > 0 && rows.every(row => isNumber(row[k])))
  const cellsOf = (text: string, k: number) => (right[k] ? text.length : cells(text))
  const widths = head.map((title, k) => rows.reduce((most, row) => Math.max(most, cellsOf(row[k], k)), cells(title)))
  const line = (row: readonly string[]) =>
    row
      .map((text, k) => {
        const room = ' '.repeat(widths[k] - cellsOf(text, k))
        return right[k] ? room + text : text + room
      })
      .join('  ')
      .trimEnd()
  const rule = widths.map(width => '─'.repeat(width)).join('  ')
  return [...(head.some(title => title !== '') ? [line(head), rule] : []), ...rows.map(line)].join('\n')
}

/** Lines cut to a terminal's width. */
export function cutLines(text: string, columns: number): string {
  return text
    .split('\n')
    .map(line => {
      if (cells(line) <= columns) return line
      let kept = ''
      let width = 1
      for (const c of line) {
        width += cells(c)
        if (width > columns) break
        kept += c
      }
      return `${kept}…`
    })
    .join('\n')
}

export const fitted = (io: Io, text: string): string => (io.isTerminal ? cutLines(text, io.columns) : text)

const COLORS = { red: 31, green: 32 } as const

export const painted = (io: Io, color: keyof typeof COLORS, text: string): string =>
  io.color ? `\u001b[${COLORS[color]}m${text}\u001b[0m` : text

/** The first lines of a list, and how many more there are. */
export function listed(lines: readonly string[], most = 20): string {
  const shown = lines.slice(0, lines.length > most ? most - 1 : most)
  return [
    ...shown,
    ...(shown.length < lines.length ? [`and ${grouped(lines.length - shown.length)} more (--json has all)`] : []),
  ]
    .map(line => `  ${line}`)
    .join('\n')
}
