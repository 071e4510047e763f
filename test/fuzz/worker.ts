/**
 * Runs mutants of one seed, and prints a line of JSON for every hundred and for each that is wrong:
 *
 *     node worker.js SEED FROM TO PACK_EVERY FOLDER…
 *
 * A process of its own: main.ts ends it where a mutant hangs, and goes on behind it.
 */
import { mixSeeds, seededRandom } from '../../src/cli/demo/random.ts'
import { REPORT_CODES } from '../../src/dicom/parse.ts'
import { ERROR_CODES } from '../../src/errors.ts'
import { outcomeOf } from '../malformed/outcome.ts'
import { type BaseFile, folderCorpus, generatedCorpus } from './corpus.ts'
import { type Mutant, mutate } from './mutate.ts'

export interface Counts {
  /** Refused with a code before elements were found, and after. */
  unreadable: number
  refused: number
  /** Packed and restored, with nothing in the report, and with something. */
  clean: number
  reported: number
  codes: Record<string, number>
}

export interface Wrong {
  index: number
  base: string
  mutations: string[]
  why: string
}

export type Line = { done: number; counts: Counts; peakMb: number } | { wrong: Wrong }

export const corpusOf = async (folders: readonly string[]): Promise<BaseFile[]> => [
  ...(await generatedCorpus()),
  ...(await Promise.all(folders.map(folderCorpus))).flat(),
]

/** The mutant of a number: the same bytes for the same corpus, whoever asks. */
export function mutantOf(corpus: readonly BaseFile[], seed: number, index: number): Mutant & { base: string } {
  const random = seededRandom(mixSeeds(seed, index))
  const base = corpus[Math.floor(random() * corpus.length)]
  const other = corpus[Math.floor(random() * corpus.length)]
  return { base: base.name, ...mutate(base, other, random) }
}

const KNOWN_ERRORS = new Set<string>([...ERROR_CODES, 'media-directory'])
const KNOWN_REPORTS = new Set<string>(REPORT_CODES)

/** Counts what became of a mutant, of which every `packEvery`th becomes a cube. Returns what is wrong with it. */
export async function tryMutant(
  bytes: Uint8Array,
  index: number,
  packEvery: number,
  counts: Counts,
): Promise<string | undefined> {
  let outcome: Awaited<ReturnType<typeof outcomeOf>>
  try {
    // The view for readers of v1 takes as long as all the rest.
    const noV1 = index % (8 * packEvery) !== 0
    outcome = await outcomeOf('mutant.dcm', bytes, { noV1, onlyIngest: index % packEvery !== 0 })
  } catch (error) {
    return `unplanned: ${error instanceof Error ? error.stack : error}`
  }
  const count = (code: string) => {
    counts.codes[code] = (counts.codes[code] ?? 0) + 1
  }
  if (outcome.kind === 'error') {
    if (outcome.parsed) counts.refused++
    else counts.unreadable++
    count(`error ${outcome.code}`)
    if (!KNOWN_ERRORS.has(outcome.code)) return `an unknown error code ${outcome.code}`
    // Once a file is read, nothing of it may keep it from being packed.
    return outcome.parsed && outcome.code !== 'media-directory' ? `read and not packed: ${outcome.message}` : undefined
  }
  if (outcome.report.length) counts.reported++
  else counts.clean++
  for (const code of outcome.report) {
    count(code)
    if (!KNOWN_REPORTS.has(code)) return `an unknown report code ${code}`
  }
  return outcome.broken.length ? outcome.broken.join(', ') : undefined
}

export const noCounts = (): Counts => ({ unreadable: 0, refused: 0, clean: 0, reported: 0, codes: {} })

async function run(seed: number, from: number, to: number, packEvery: number, folders: string[]): Promise<void> {
  const corpus = await corpusOf(folders)
  let counts = noCounts()
  const print = (line: Line) => process.stdout.write(`${JSON.stringify(line)}\n`)
  for (let index = from; index < to; index++) {
    const { bytes, base, mutations } = mutantOf(corpus, seed, index)
    const why = await tryMutant(bytes, index, packEvery, counts)
    if (why) print({ wrong: { index, base, mutations, why } })
    if ((index + 1 - from) % 50 && index + 1 < to) continue
    print({ done: index + 1, counts, peakMb: process.resourceUsage().maxRSS / 1024 })
    counts = noCounts()
  }
}

const [, script, seed, from, to, packEvery, ...folders] = process.argv
if (/[\\/]worker\.js$/.test(script)) await run(Number(seed), Number(from), Number(to), Number(packEvery), folders)
