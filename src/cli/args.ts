import { parseArgs } from 'node:util'
import { DicubeError } from '../errors.ts'
import type { Io } from './io.ts'

/** One option of a verb, as its help prints it. */
export interface Option {
  /** The name of its value in the help; absent: the option takes none. */
  readonly value?: string
  readonly short?: string
  readonly help: string
}
export type Options = Readonly<Record<string, Option>>

/** What every verb takes. */
export const COMMON_OPTIONS = {
  json: { help: 'one JSON document on stdout, also for an error: {"error": {"code", "message"}}' },
  help: { short: 'h', help: 'this text' },
} as const satisfies Options

export type Values<O extends Options> = {
  readonly [K in keyof O]: O[K] extends { readonly value: string } ? string | undefined : boolean
}

/** One command. Its name and summary stand in the table of main.ts, so that the others need not be loaded. */
export interface Verb<O extends Options = Options> {
  /** What follows "dicube pack". */
  usage: string
  /** Names of the operands that there have to be, and whether there may be more of the last one. */
  operands: readonly string[]
  more?: boolean
  /** Paragraphs, each on one line. */
  about: string
  options: O
  run(values: Values<O & typeof COMMON_OPTIONS>, operands: string[], io: Io): Promise<number>
}

/** Lets the compiler know the options of a verb inside its `run`. */
export const verb = <const O extends Options>(row: Verb<O>): Verb => row as unknown as Verb

/** A text of paragraphs, each on one line however long it is: who prints it breaks it. */
export const lines = (...paragraphs: string[]): string => paragraphs.join('\n')

export const usageError = (message: string) => new DicubeError('usage', message)

/** The command line of a verb, without the verb. @throws DicubeError `usage` */
export function parseCommandLine(
  name: string,
  { usage, operands, more, options }: Verb,
  argv: readonly string[],
): { values: Record<string, string | boolean | undefined>; operands: string[] } {
  const all: Options = { ...options, ...COMMON_OPTIONS }
  const { tokens } = parseArgs({
    args: [...argv],
    options: Object.fromEntries(
      Object.entries(all).map(([option, { value, short }]) => [
        option,
        { type: value ? 'string' : 'boolean', ...(short && { short }) },
      ]),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const values: Record<string, string | boolean | undefined> = {}
  for (const [option, { value }] of Object.entries(all)) values[option] = value ? undefined : false
  const found: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') found.push(token.value)
    if (token.kind !== 'option') continue
    const option = Object.hasOwn(all, token.name) ? all[token.name] : undefined
    if (!option) {
      const near = nearest(token.name, Object.keys(all))
      throw usageError(
        `${name}: unknown option ${token.rawName}${near ? `; did you mean --${near}?` : ''} (dicube help ${name})`,
      )
    }
    const isSwallowed = token.inlineValue === false && OPTION.test(token.value) && isOption(all, token.value)
    if (option.value && (!token.value || isSwallowed))
      throw usageError(`${name}: ${token.rawName} needs a value: ${token.rawName} ${option.value}`)
    if (!option.value && token.value !== undefined) throw usageError(`${name}: ${token.rawName} takes no value`)
    if (option.value && values[token.name] !== undefined) throw usageError(`${name}: ${token.rawName} is given twice`)
    values[token.name] = option.value ? token.value : true
  }
  if (!values.help) {
    const wanted = `usage: dicube ${name} ${usage}`
    if (found.length < operands.length) throw usageError(`${name}: ${operands[found.length]} is missing; ${wanted}`)
    if (found.length > operands.length && !more)
      throw usageError(`${name}: ${JSON.stringify(found[operands.length])} is one operand too many; ${wanted}`)
  }
  return { values, operands: found }
}

/** "-1" is a value, "--force" behind "-o" is one that was forgotten. */
const OPTION = /^--?[a-z]/
const isOption = (options: Options, text: string) =>
  Object.entries(options).some(([name, { short }]) => text === `--${name}` || (short && text === `-${short}`))

/** One of a closed list of values. @throws DicubeError `usage` */
export function choice<T extends string>(
  option: string,
  text: string | undefined,
  choices: readonly T[],
): T | undefined {
  if (text === undefined) return undefined
  const found = choices.find(one => one === text)
  if (found !== undefined) return found
  const near = nearest(text, choices)
  throw usageError(
    `${option} ${JSON.stringify(text)}: wanted ${choices.join(', ')}${near ? `; did you mean ${near}?` : ''}`,
  )
}

/** A whole number of at least 1. @throws DicubeError `usage` */
export function positive(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw usageError(`${option} ${JSON.stringify(text)}: wanted a whole number from 1 on`)
}

/** The name that differs least, where it differs in less than half of its letters. */
export function nearest(text: string, names: readonly string[]): string | undefined {
  if (text.length > 40) return undefined
  const ranked = names
    .map(name => ({
      name,
      distance: name.startsWith(text) && text.length > 1 ? 0.5 : editDistance(text.toLowerCase(), name),
    }))
    .sort((a, b) => a.distance - b.distance)
  return ranked[0] && ranked[0].distance <= Math.max(1, Math.ceil(ranked[0].name.length / 2) - 1)
    ? ranked[0].name
    : undefined
}

/** Levenshtein's distance. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++)
      row[j] = Math.min(previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1), previous[j] + 1, row[j - 1] + 1)
    previous = row
  }
  return previous[b.length]
}

const RANGE = /^(-?\d+)?:(-?\d+)?(?::(\d+)?)?$/

/**
 * "5", "-1", "0:10", "0:10:2", or some of them with commas, as Python counts: from 0, negative from the end, without
 * the end of a range; a range may reach beyond the series, a single number may not.
 * @throws DicubeError `usage`, `out-of-range`
 */
export function parseSlices(text: string, count: number, what: 'slice' | 'frame' = 'slice'): number[] {
  const slices = new Set<number>()
  for (const part of text.split(',')) {
    const one = part.trim()
    if (/^-?\d+$/.test(one)) {
      const slice = Number(one) < 0 ? Number(one) + count : Number(one)
      if (slice < 0 || slice >= count)
        throw new DicubeError('out-of-range', `--${what} ${one}: the series has ${count} ${what}s, 0 to ${count - 1}`)
      slices.add(slice)
      continue
    }
    const range = RANGE.exec(one)
    const step = Number(range?.[3] ?? 1)
    if (!range || step === 0)
      throw usageError(`--${what} ${JSON.stringify(text)}: wanted a number or a range, as in 5, -1, 0:10 or 0:10:2`)
    const bound = (group: string | undefined, otherwise: number) => {
      if (group === undefined) return otherwise
      const n = Number(group)
      return Math.min(count, Math.max(0, n < 0 ? n + count : n))
    }
    for (let slice = bound(range[1], 0); slice < bound(range[2], count); slice += step) slices.add(slice)
  }
  if (!slices.size) throw new DicubeError('out-of-range', `--${what} ${text}: no ${what} of a series with ${count}`)
  return [...slices]
}

/** Whether --slice names one slice by its number, and not a list or range that may happen to hold one. */
export const isOneSlice = (text: string): boolean => /^\s*-?\d+\s*$/.test(text)
