import { readFileSync } from 'node:fs'
import { DicubeError, type ErrorCode } from '../errors.ts'
import { COMMON_OPTIONS, nearest, type Options, parseCommandLine, usageError, type Verb } from './args.ts'
import { type Io, print, warn } from './io.ts'

interface VerbRow {
  name: string
  summary: string
  /** Loads itself what it needs of loadAll(). */
  isLean?: boolean
  load(): Promise<Verb>
}

/** Every command. Loaded when it is called: `dicube get` needs no encoder. */
export const VERBS: readonly VerbRow[] = [
  {
    name: 'pack',
    summary: 'a folder of DICOM files becomes one cube a series',
    load: async () => (await import('./pack.ts')).pack,
  },
  {
    name: 'unpack',
    summary: 'the original files, names and bytes',
    load: async () => (await import('./unpack.ts')).unpack,
  },
  {
    name: 'show',
    summary: 'metadata as two tables: shared, and per slice',
    load: async () => (await import('./show.ts')).show,
  },
  {
    name: 'get',
    summary: 'the values of tags, as a table, JSON or CSV',
    isLean: true,
    load: async () => (await import('./get.ts')).get,
  },
  {
    name: 'json',
    summary: 'DICOM JSON (PS3.18 Annex F), one instance a slice',
    load: async () => (await import('./json.ts')).json,
  },
  {
    name: 'info',
    summary: 'what is in a cube and how large it is',
    load: async () => (await import('./info.ts')).info,
  },
  {
    name: 'verify',
    summary: 'every checksum, and every original file rebuilt',
    load: async () => (await import('./verify.ts')).verify,
  },
  {
    name: 'preview',
    summary: 'a contact sheet, a slice or a projection, as PNG',
    load: async () => (await import('./preview.ts')).preview,
  },
  {
    name: 'migrate',
    summary: 'a file of the Python package becomes one of ours',
    load: async () => (await import('./migrate.ts')).migrate,
  },
  {
    name: 'check',
    summary: 'what is wrong with a series: order, geometry, values',
    load: async () => (await import('./check.ts')).checkVerb,
  },
  {
    name: 'view',
    summary: 'a page that shows a series, packs one, checks one',
    load: async () => (await import('./view.ts')).view,
  },
  {
    name: 'bench',
    summary: 'sizes and times on a series of your own',
    load: async () => (await import('./bench.ts')).bench,
  },
  {
    name: 'demo',
    summary: 'makes a CT-like series and does all of the above',
    load: async () => (await import('./demo.ts')).demo,
  },
]

/** Errors that another command line would not have met; all others are the file's. */
const COMMAND_LINE: readonly ErrorCode[] = [
  'usage',
  'unknown-tag',
  'out-of-range',
  'several-series',
  'not-found',
  'exists',
]

const DONE = 0
const FILE_AT_FAULT = 1
const COMMAND_LINE_AT_FAULT = 2
const INTERRUPTED = 130

/** stdout is data, stderr is talk. Exit 0: done. 1: the file is at fault. 2: the command line is. 130: interrupted. */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  let wrote = false
  const stdout = {
    write(text: string) {
      wrote = true
      return io.stdout.write(text)
    },
    get isClosed() {
      return io.stdout.isClosed
    },
  }
  try {
    return await dispatch(argv, { ...io, stdout })
  } catch (error) {
    const { printJson } = await import('./text.ts')
    const { code, message } = described(error, io.signal)
    await warn(io, message)
    // A document that was begun cannot be taken back; the exit code tells that it is not whole.
    const end = argv.indexOf('--')
    if (!wrote && argv.slice(0, end < 0 ? undefined : end).includes('--json'))
      await printJson(io, { error: { code, message } })
    if (code === 'aborted') return INTERRUPTED
    return (COMMAND_LINE as readonly string[]).includes(code) ? COMMAND_LINE_AT_FAULT : FILE_AT_FAULT
  }
}

function described(error: unknown, signal: AbortSignal): { code: ErrorCode | 'internal'; message: string } {
  if (signal.aborted) return { code: 'aborted', message: 'interrupted; nothing was left behind' }
  if (error instanceof DicubeError) return error
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return {
    code: 'internal',
    message: `a fault of dicube itself; please report it with this text:\n${what.replace(/^/gm, '  ')}`,
  }
}

async function dispatch(argv: readonly string[], io: Io): Promise<number> {
  const [first, ...rest] = argv
  if (first === undefined || first === '--help' || first === '-h' || (first === 'help' && rest.length === 0)) {
    await print(io, overview())
    return DONE
  }
  if (first === '--version' || first === '-V') {
    await print(io, version())
    return DONE
  }
  if (first === 'help') {
    const { name, load } = findVerb(rest[0])
    await print(io, helpOf(name, await load(), io))
    return DONE
  }
  const { name, isLean, load } = findVerb(first)
  const row = await load()
  const { values, operands } = parseCommandLine(name, row, rest)
  if (values.help) {
    await print(io, helpOf(name, row, io))
    return DONE
  }
  if (!isLean) await (await import('../cube/load-all.ts')).loadAll()
  return row.run(values as Parameters<Verb['run']>[0], operands, io)
}

function findVerb(name: string): VerbRow {
  const found = VERBS.find(verb => verb.name === name)
  if (found) return found
  const names = VERBS.map(verb => verb.name)
  if (name.startsWith('-'))
    throw usageError(`unknown option ${name} before any verb; a verb comes first: ${names.join(', ')}`)
  const near = nearest(name, names)
  throw usageError(
    `unknown verb ${JSON.stringify(name)}; ${near ? `did you mean ${near}?` : `wanted ${names.join(', ')}`} (dicube --help)`,
  )
}

export const version = (): string =>
  (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }).version

const EXITS = `stdout is data, stderr is talk.
Exit 0: done. 1: the file is at fault. 2: the command line is. 130: interrupted.`

const overview = () => `dicube ${version()}: a DICOM series as one file

Usage: dicube VERB …

${VERBS.map(({ name, summary }) => `  ${name.padEnd(8)}${summary}`).join('\n')}

Every verb takes --help and --json. Nothing that exists is overwritten without --force.
${EXITS}

Start here: dicube demo`

/** Lines longer than this are hard to read, however wide the terminal is. */
const MOST_COLUMNS = 100

function helpOf(name: string, { usage, about, options }: Verb, io: Io): string {
  const width = Math.min(MOST_COLUMNS, io.isTerminal ? io.columns : MOST_COLUMNS)
  const paragraphs = about.split('\n').map(line => wrapped(line, width, /^ +- /.exec(line)?.[0].length ?? 0))
  return `Usage: dicube ${name} ${usage}\n\n${paragraphs.join('\n')}\n\n${optionsText({ ...options, ...COMMON_OPTIONS }, width)}`
}

function optionsText(options: Options, width: number): string {
  const rows = Object.entries(options).map(([name, { value, short, help }]) => ({
    left: `  ${short ? `-${short}, ` : ''}--${name}${value ? ` ${value}` : ''}`,
    help,
  }))
  const indent = Math.max(...rows.map(({ left }) => left.length)) + 2
  return rows.map(({ left, help }) => wrapped(left.padEnd(indent) + help, width, indent)).join('\n')
}

/** A line in lines of at most `width`, those behind the first one indented. */
function wrapped(line: string, width: number, indent: number): string {
  const lines: string[] = []
  let rest = line
  while (rest.length > width) {
    const space = rest.lastIndexOf(' ', width)
    if (space <= indent) break
    lines.push(rest.slice(0, space))
    rest = ' '.repeat(indent) + rest.slice(space + 1)
  }
  return [...lines, rest].join('\n')
}
