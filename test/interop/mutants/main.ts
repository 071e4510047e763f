/**
 * Mutants of DICOM files, read by dicube, by pydicom and by DCMTK:
 *
 *     bash test/interop/mutants/run.sh [--count N] [--seed S] [--generated] [--replay INDEX]
 *
 * What pydicom and DCMTK both refuse, dicube does not read without a word; what it refuses and both read, it has a known
 * reason to refuse. Of what it reads, each element has the tag, the VR and the bytes that pydicom and DCMTK find, or a
 * rule says why not (rules.ts): many rules want an entry in the report, so that they explain nothing of what is read
 * without a word. The same seed and corpus give the same mutants, those of `npm run fuzz`; --generated leaves out the
 * real files beside the checkout.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { sourceFromBytes } from '../../../src/bytes/source.ts'
import { nodePlatform } from '../../../src/codec/platform.node.ts'
import { usePlatform } from '../../../src/codec/platform.ts'
import { parsePart10, type ReportEntry } from '../../../src/dicom/parse.ts'
import { DicubeError } from '../../../src/errors.ts'
import { corpusOf, mutantOf } from '../../fuzz/worker.ts'
import { outcomeOf } from '../../malformed/outcome.ts'
import { dcmdumpElements, type Found, isPrinted, ourElements, pydicomElements } from './elements.ts'
import { madeFiles } from './made.ts'
import { type Context, type Difference, REFUSALS, type Reference, RULES, type Rule } from './rules.ts'

usePlatform(nodePlatform)

const HERE = 'test/interop/mutants'
const WORK = resolve(HERE, 'dist/files')
const PYTHON = '.venv/bin/python'

const SHARED = '../shared/dicom'
const MOST_PRINTED = 30
/** What the rules were written for, as is pydicom of requirements.txt. With another one, a rule may explain nothing. */
const DCMTK_VERSION = '3.6.7'

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '1500' },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: String(availableParallelism()) },
    replay: { type: 'string' },
    generated: { type: 'boolean', default: false },
  },
})
const seed = Number(values.seed)
const first = values.replay === undefined ? 0 : Number(values.replay)
const count = Number(values.count)
const made = madeFiles()
const end = values.replay === undefined ? count + made.length : first + 1
const corpus = await corpusOf(values.generated ? [] : [SHARED])

/** What a reader makes of a file. `raised`: read, and a sequence raises when it is looked at. */
type Reading =
  | { kind: 'refused'; why: string }
  | { kind: 'reported' | 'read' | 'raised'; elements: Found[]; report: readonly string[] }

interface Mutant {
  index: number
  base: string
  mutations: readonly string[]
  ours: Reading
  entries: readonly ReportEntry[]
}

/** A number behind those of the mutants is that of a file made for a rule. */
const fileOf = (index: number) =>
  index < count || values.replay !== undefined
    ? mutantOf(corpus, seed, index)
    : { bytes: made[index - count].bytes, base: made[index - count].name, mutations: [] }

async function readOurs(index: number): Promise<Mutant> {
  const { bytes, base, mutations } = fileOf(index)
  writeFileSync(pathOf(index), bytes)
  try {
    const instance = await parsePart10(sourceFromBytes(bytes, 'mutant'))
    const { report } = instance
    const kind = report.length ? 'reported' : 'read'
    const elements = await ourElements(instance)
    const ours: Reading = { kind, elements, report: report.map(({ code, message }) => `${code}: ${message}`) }
    return { index, base, mutations, ours, entries: report }
  } catch (error) {
    if (!(error instanceof DicubeError)) throw error
    return { index, base, mutations, ours: { kind: 'refused', why: error.message }, entries: [] }
  }
}

const pathOf = (index: number) => join(WORK, `${index}.dcm`)

/** Runs a program to its end, or for so long. `code` is null where it was ended or crashed. */
async function run(program: string, argv: string[], mostMs: number) {
  const child = spawn(program, argv, { stdio: ['ignore', 'pipe', 'pipe'] })
  const timer = setTimeout(() => child.kill('SIGKILL'), mostMs)
  const out: Buffer[] = []
  const err: Buffer[] = []
  child.stdout.on('data', data => out.push(data))
  child.stderr.on('data', data => err.push(data))
  const code = await new Promise<number | null>((done, failed) => {
    child.once('error', failed)
    child.once('close', done)
  })
  clearTimeout(timer)
  return { code, stdout: Buffer.concat(out).toString('latin1'), stderr: Buffer.concat(err).toString('latin1') }
}

/** Works through [first, end) in pieces, so many at a time. */
async function inPieces(size: number, work: (from: number, to: number) => Promise<void>): Promise<void> {
  let next = first
  const job = async () => {
    for (;;) {
      const from = next
      next = Math.min(end, from + size)
      if (from === next) return
      await work(from, next)
    }
  }
  await Promise.all(Array.from({ length: Number(values.jobs) }, job))
}

async function readPydicom(): Promise<Map<number, Reading>> {
  const readings = new Map<number, Reading>()
  const raises = (elements: Found[]): string | undefined => {
    for (const { error, items = [] } of elements) {
      const why = error ?? items.map(raises).find(why => why !== undefined)
      if (why !== undefined) return why
    }
    return undefined
  }
  await inPieces(Math.max(1, Math.ceil((end - first) / Number(values.jobs))), async (from, to) => {
    const { code, stdout, stderr } = await run(
      PYTHON,
      [`${HERE}/pydicom_elements.py`, WORK, String(from), String(to)],
      1e6,
    )
    if (code !== 0) throw new Error(`pydicom_elements.py ended with ${code}: ${stderr}`)
    for (const line of stdout.split('\n').filter(line => line)) {
      const { index, elements, warnings, error } = JSON.parse(line)
      if (error !== undefined) readings.set(index, { kind: 'refused', why: error })
      else {
        const found = pydicomElements(elements)
        const why = raises(found)
        const kind = why !== undefined ? 'raised' : warnings.length ? 'reported' : 'read'
        readings.set(index, { kind, elements: found, report: why === undefined ? warnings : [why] })
      }
    }
  })
  return readings
}

async function readDcmtk(): Promise<Map<number, Reading>> {
  const readings = new Map<number, Reading>()
  await inPieces(50, async (from, to) => {
    const files = Array.from({ length: to - from }, (_, i) => pathOf(from + i))
    let { code, stdout, stderr } = await dcmdump(files)
    if (code === null) {
      // It crashed or hung: each alone.
      stdout = ''
      stderr = ''
      for (const file of files) {
        const alone = await dcmdump([file])
        stdout += alone.stdout
        stderr += alone.code === null ? `E: dcmdump: ended by a signal: reading file: ${file}\n` : alone.stderr
      }
    }
    const errors = new Map<string, string>()
    for (const [, why, file] of stderr.matchAll(/^E: dcmdump: (.*?): reading file: (.*)$/gm)) errors.set(file, why)
    const texts = new Map<string, string>()
    for (const part of stdout.split(/^# dcmdump \(\d+\/\d+\): /m).slice(1)) {
      const line = part.indexOf('\n')
      texts.set(part.slice(0, line), part.slice(line))
    }
    for (let index = from; index < to; index++) {
      const file = pathOf(index)
      const why = errors.get(file)
      if (why !== undefined) readings.set(index, { kind: 'refused', why })
      else {
        const text = texts.get(file)
        if (text === undefined) throw new Error(`dcmdump says nothing of ${file}: ${stderr}`)
        readings.set(index, { kind: 'read', elements: dcmdumpElements(text), report: [] })
      }
    }
  })
  return readings
}

const dcmdump = (files: string[]) => run('dcmdump', ['-ll', 'error', '+F', '+L', '-Un', '+Qn', ...files], 20_000)

type Bare<T> = T extends unknown ? Omit<T, 'who' | 'other' | keyof Context> : never

/** Where the elements of two readers differ. */
function differences(
  who: Reference,
  ours: readonly Found[],
  theirs: readonly Found[],
  prefix: string,
  meet: (difference: Bare<Difference>) => void,
): void {
  const a = new Map<string, Found[]>()
  for (const element of ours) a.set(element.tag, [...(a.get(element.tag) ?? []), element])
  // Two of theirs: one in the File Meta Information, the other in the data set.
  const kept = who === 'pydicom' ? theirs : [...theirs].reverse()
  const b = new Map(kept.map(element => [element.tag, element]))
  for (const tag of new Set([...a.keys(), ...b.keys()])) {
    const place = { tag, path: prefix + tag }
    const [all = [], y] = [a.get(tag), b.get(tag)]
    // Of two elements of one tag, which the report tells, dicube keeps both, pydicom the last and DCMTK the first.
    if (all.length > 1 && who === 'pydicom') meet({ ...place, kind: 'twice' })
    const x = who === 'pydicom' ? all[all.length - 1] : all[0]
    if (!x) meet({ ...place, kind: 'only theirs', theirs: y! })
    else if (!y) meet({ ...place, kind: 'only ours', ours: x })
    else {
      counts.elements++
      if (x.vr !== y.vr) meet({ ...place, kind: 'vr', ours: x, theirs: y })
      if (x.items && y.items) {
        if (x.items.length !== y.items.length) meet({ ...place, kind: 'items', ours: x, theirs: y })
        for (let k = 0; k < Math.min(x.items.length, y.items.length); k++)
          differences(who, x.items[k], y.items[k], `${place.path}[${k}].`, meet)
      } else if (x.items || y.items) meet({ ...place, kind: 'form', ours: x, theirs: y })
      else if (who === 'pydicom' ? x.value !== y.value : !isPrinted({ ...x, vr: y.vr }, y))
        meet({ ...place, kind: 'value', ours: x, theirs: y })
    }
  }
}

const counts = { elements: 0, compared: { pydicom: 0, dcmtk: 0 }, bothRefuse: 0, later: 0 }
const table = new Map<string, number>()
const explained = new Map<Rule, number>(RULES.map(rule => [rule, 0]))
const refused = new Map(REFUSALS.map(refusal => [refusal, 0]))
const failures: string[] = []

const short = (value: unknown) => {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 300 ? `${text.slice(0, 300)}…` : text
}

function fail(mutant: Mutant, what: string): void {
  const { index, base, mutations, entries } = mutant
  const where = mutations.length ? `--seed ${seed} --replay ${index}: ${base}: ${mutations.join(', ')}` : base
  const odd = entries.length ? ` [${entries.map(({ code }) => code).join(', ')}]` : ''
  failures.push(`${where}${odd}: ${what}`)
}

const SWAPPED = /^announced .*(big endian, found .*little|little endian, found .*big) endian/

function contextOf({ entries }: Mutant, ours: readonly Found[]): Context {
  const first = ours.find(({ tag }) => !tag.startsWith('0002'))
  const isUnknown = entries.some(({ code }) => code === 'unknown-transfer-syntax')
  return {
    odd: entries.map(({ code }) => code),
    swapped: entries.some(({ message }) => SWAPPED.test(message)) || (isUnknown && first?.bigEndian === true),
    first: first?.tag ?? '',
  }
}

async function judge(mutant: Mutant, pydicom: Reading, dcmtk: Reading): Promise<void> {
  const { ours } = mutant
  const row = [ours.kind, pydicom.kind, dcmtk.kind].join(' ')
  table.set(row, (table.get(row) ?? 0) + 1)
  const refuses = pydicom.kind === 'refused' || pydicom.kind === 'raised'
  if (refuses && dcmtk.kind === 'refused') counts.bothRefuse++
  if (ours.kind === 'refused') {
    if (refuses || dcmtk.kind === 'refused') return
    const refusal = REFUSALS.find(({ message }) => message.test(ours.why))
    if (refusal) refused.set(refusal, refused.get(refusal)! + 1)
    else fail(mutant, `refused, and both others read it\n    dicube:  ${ours.why}`)
    return
  }
  if (ours.kind === 'read' && refuses && dcmtk.kind === 'refused') {
    // Values and pixels are looked at where a cube is made.
    const bytes = new Uint8Array(readFileSync(pathOf(mutant.index)))
    const outcome = await outcomeOf('mutant.dcm', bytes, { noV1: true })
    if (outcome.kind === 'error' || outcome.report.length) counts.later++
    else {
      const why = pydicom.kind === 'refused' ? pydicom.why : pydicom.report[0]
      fail(mutant, `read without a word\n    pydicom: ${why}\n    DCMTK: ${dcmtk.why}`)
    }
    return
  }
  const found: Partial<Record<Reference, Bare<Difference>[]>> = {}
  for (const [who, theirs] of [['pydicom', pydicom] as const, ['dcmtk', dcmtk] as const]) {
    if (theirs.kind === 'refused' || theirs.kind === 'raised') continue
    counts.compared[who]++
    const list: Bare<Difference>[] = []
    differences(who, ours.elements, theirs.elements, '', difference => list.push(difference))
    found[who] = list
  }
  for (const who of ['pydicom', 'dcmtk'] as const) {
    for (const bare of found[who] ?? []) {
      const other = found[who === 'pydicom' ? 'dcmtk' : 'pydicom']
      const agrees =
        other === undefined
          ? 'no word'
          : other.some(({ path, kind }) => path === bare.path && kind === bare.kind)
            ? 'differs'
            : 'ours'
      const difference = { ...bare, who, other: agrees, ...contextOf(mutant, ours.elements) } as Difference
      const rules = RULES.filter(rule => rule.who === who && rule.explains(difference))
      if (rules.length === 1) {
        explained.set(rules[0], explained.get(rules[0])! + 1)
        continue
      }
      const why = rules.length ? `explained by ${rules.map(({ id }) => id).join(' and ')}` : 'unexplained'
      const [a, b] = ['ours' in bare ? short(bare.ours) : 'nothing', 'theirs' in bare ? short(bare.theirs) : 'nothing']
      fail(mutant, `${bare.path}: ${why} (${bare.kind}; the other: ${agrees})\n    dicube:  ${a}\n    ${who}: ${b}`)
    }
  }
}

const started = performance.now()
const seconds = () => ((performance.now() - started) / 1000).toFixed(1)
rmSync(WORK, { recursive: true, force: true })
mkdirSync(WORK, { recursive: true })
const mutants: Mutant[] = []
for (let index = first; index < end; index++) mutants.push(await readOurs(index))
console.log(
  `${Math.min(mutants.length, count)} mutants of ${corpus.length} files, seed ${seed}, and ${made.length} files made for rules, read by dicube: ${seconds()} s`,
)
const pydicom = await readPydicom()
console.log(`read by pydicom: ${seconds()} s`)
const dcmtk = await readDcmtk()
console.log(`read by DCMTK: ${seconds()} s`)

for (const mutant of mutants) await judge(mutant, pydicom.get(mutant.index)!, dcmtk.get(mutant.index)!)

if (values.replay !== undefined) {
  const [{ base, mutations, ours }] = mutants
  console.log(`${base}: ${mutations.join(', ')}: ${readFileSync(pathOf(first)).length} bytes in ${pathOf(first)}`)
  for (const [name, reading] of Object.entries({ ours, pydicom: pydicom.get(first)!, DCMTK: dcmtk.get(first)! })) {
    const { kind } = reading
    console.log(`${name}: ${kind} ${kind === 'refused' ? reading.why : reading.report.join('; ')}`)
  }
}
console.log(`\n${'dicube'.padEnd(10)} ${'pydicom'.padEnd(10)} ${'DCMTK'.padEnd(10)} mutants`)
for (const [row, n] of [...table].sort()) {
  console.log(
    `${row
      .split(' ')
      .map(kind => kind.padEnd(10))
      .join(' ')} ${String(n).padStart(7)}`,
  )
}
const version = /v(\d+\.\d+\.\d+)/.exec((await run('dcmdump', ['--version'], 20_000)).stdout)?.[1]
console.log('\ndifferences explained by')
for (const [rule, n] of explained) {
  console.log(`${String(n).padStart(6)}  ${rule.id.padEnd(29)} ${rule.cause}`)
  if (n === 0 && values.replay === undefined && version === DCMTK_VERSION)
    failures.push(`rule ${rule.id} explains nothing`)
}
console.log('\nrefused, and read by both others')
for (const [{ cause }, n] of refused) console.log(`${String(n).padStart(6)}  ${cause}`)
console.log()
for (const failure of failures.slice(0, MOST_PRINTED)) console.log(failure)
if (failures.length > MOST_PRINTED) console.log(`… and ${failures.length - MOST_PRINTED} more`)
console.log(
  `${counts.bothRefuse} mutants that both refuse: refused or reported by dicube, ${counts.later} of them where values and pixels are looked at`,
)
console.log(
  `${counts.compared.pydicom} data sets compared with pydicom, ${counts.compared.dcmtk} with DCMTK, ${counts.elements} elements; ${failures.length} unexplained`,
)
process.exitCode = failures.length ? 1 : 0
