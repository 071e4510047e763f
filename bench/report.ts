import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { bytesText, columnsText, cutLines, grouped, msText } from '../src/cli/text.ts'
import { type Input, openInput } from './input.ts'
import { onBusyMachine } from './timing.ts'

/** One measured thing, beside what it is compared with. */
export interface Figure {
  what: string
  value: number
  unit: Unit
  /** What it is compared with, and the same measure of it. */
  against?: string
  reference?: number
  /** On the ratio, reference / value for `least` (how many times better) and value / reference for `most`; on the value where nothing is compared. */
  goal?: { least: number } | { most: number }
  note?: string
}
export type Unit = 'ms' | 'B' | 'MB' | 'reads' | '×'

export interface Report {
  script: string
  title: string
  figures: Figure[]
  /** What was not measured, why, and how to have it. */
  skipped: string[]
}

export interface Run {
  input: Input
  /** Few repeats: to see that a script works, not how fast anything is. */
  quick: boolean
  skip(what: string): void
}

/** The ratio in the direction of the goal. */
export function ratioOf({ value, reference, goal }: Figure): number | undefined {
  if (reference === undefined) return undefined
  return goal && 'most' in goal ? value / reference : reference / value
}

export function isMet(figure: Figure): boolean | undefined {
  if (!figure.goal) return undefined
  const measured = ratioOf(figure) ?? figure.value
  return 'least' in figure.goal ? measured >= figure.goal.least : measured <= figure.goal.most
}

const digits = (value: number) => (value < 99.5 ? value.toPrecision(3) : grouped(Math.round(value)))

function valueText(value: number | undefined, unit: Unit): string {
  if (value === undefined) return ''
  if (unit === 'ms') return msText(value)
  if (unit === 'B') return bytesText(value)
  return unit === '×' ? `${digits(value)} ×` : `${digits(value)} ${unit}`
}

const HEAD = ['What', 'Measured', 'Against', 'That', 'Ratio', 'Goal', '']

function rowOf(figure: Figure): string[] {
  const { what, value, unit, against = '', reference, goal } = figure
  const ratio = ratioOf(figure)
  const bound = goal && ('least' in goal ? `≥ ${grouped(goal.least)}` : `≤ ${goal.most}`)
  return [
    what,
    valueText(value, unit),
    against,
    valueText(reference, unit),
    ratio === undefined ? '' : `${digits(ratio)} ×`,
    bound ? `${bound} ${ratio === undefined ? unit : '×'}` : '',
    goal ? (isMet(figure) ? 'met' : 'missed') : '',
  ]
}

/** Reports as one table for people. */
export function tableText(reports: readonly Report[]): string {
  const rows = reports.flatMap(({ figures }) => figures.map(rowOf))
  const notes = reports.flatMap(({ figures, skipped }) => [
    ...figures.flatMap(({ what, note }) => (note ? [`${what}: ${note}`] : [])),
    ...skipped.map(text => `Skipped: ${text}`),
  ])
  return [columnsText(HEAD, rows), ...notes.map(note => cutLines(note, 200))].join('\n')
}

/** The same in Markdown. */
export function tableMarkdown(reports: readonly Report[]): string {
  const rows = reports.flatMap(({ figures }) => figures.map(rowOf))
  return [HEAD, ['---', '--:', '---', '--:', '--:', '--:', '---'], ...rows]
    .map(row => `| ${row.join(' | ')} |`)
    .join('\n')
}

export const withVerdicts = (report: Report) => ({
  ...report,
  figures: report.figures.map(figure => ({ ...figure, ratio: ratioOf(figure), met: isMet(figure) })),
})

export const OPTIONS = {
  json: { type: 'boolean', default: false },
  quick: { type: 'boolean', default: false },
  busy: { type: 'boolean', default: false },
} as const

/** Runs a script with what stands behind its name on the command line: [FOLDER] [--json] [--quick]. */
export async function script(name: string, title: string, measure: (run: Run) => Promise<Figure[]>): Promise<void> {
  const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true })
  if (values.busy) onBusyMachine()
  const input = await openInput(positionals[0])
  const skipped: string[] = []
  try {
    const figures = await measure({ input, quick: values.quick, skip: text => void skipped.push(text) })
    const report: Report = { script: name, title, figures, skipped }
    if (values.json) console.log(JSON.stringify({ ...machine(), input: input.name, ...withVerdicts(report) }))
    else console.log(`${title}\n${input.name}\n\n${tableText([report])}`)
  } finally {
    await input.close()
  }
}

export const machine = () => ({
  node: process.version,
  platform: `${process.platform} ${process.arch}`,
  processors: cpus().length,
  /** More than there are processors: what was measured is also what others did. */
  load: Math.round(loadavg()[0] * 10) / 10,
})
