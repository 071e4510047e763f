/**
 * Mutates DICOM files, reads what comes of it with all values, packs it, opens it, decodes it and restores it. Every
 * mutant ends in data, in data with an entry in the report, or in a DicubeError; what was read comes back equal.
 *
 *     npm run fuzz -- [--count N] [--seed S] [--pack-every K] [--jobs J] [--seconds T] [--generated] [--save FOLDER]
 *     npm run fuzz -- --seed S --replay INDEX
 *
 * With --pack-every K only each Kth becomes a cube; the model alone gives back the others, which takes a tenth of the time.
 * The same seed and corpus give the same mutants. --generated leaves out the real files beside the checkout, so that the
 * mutants are the same everywhere. What is wrong is printed with its number, and its bytes saved with --save.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Counts, corpusOf, type Line, mutantOf, noCounts, tryMutant, type Wrong } from './worker.ts'

/** A mutant that takes this long hangs; they take some milliseconds. */
const HANG_MS = 30_000
/** A process takes so many before the next one is started, so that memory which leaks shows and does not add up for ever. */
const BATCH = 20_000
/** Who waits for millions wants to know how far it is. */
const PROGRESS_MS = 30_000
/** Reading small files must not take more than this. */
const MOST_MB = 512

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: String(availableParallelism()) },
    seconds: { type: 'string', default: 'Infinity' },
    'pack-every': { type: 'string', default: '1' },
    replay: { type: 'string' },
    save: { type: 'string' },
    generated: { type: 'boolean', default: false },
  },
})
const seed = Number(values.seed)
const folders = values.generated ? [] : ['../shared/dicom', '../shared/malformed/dicom']
const corpus = await corpusOf(folders)

if (values.replay !== undefined) {
  const { bytes, base, mutations } = mutantOf(corpus, seed, Number(values.replay))
  if (values.save) {
    mkdirSync(values.save, { recursive: true })
    writeFileSync(join(values.save, `${seed}-${values.replay}.dcm`), bytes)
  }
  const counts = noCounts()
  const why = await tryMutant(bytes, Number(values.replay), 1, counts)
  console.log(`${base}: ${mutations.join(', ')}: ${bytes.length} bytes: ${why ?? Object.keys(counts.codes).join(', ')}`)
  process.exit(why ? 1 : 0)
}

const total = noCounts()
const wrong: Wrong[] = []
let done = 0
let peakMb = 0
const started = performance.now()
const until = started + Number(values.seconds) * 1000
const count = Number(values.count)

function add(counts: Counts): void {
  for (const key of ['unreadable', 'refused', 'clean', 'reported'] as const) total[key] += counts[key]
  for (const [code, n] of Object.entries(counts.codes)) total.codes[code] = (total.codes[code] ?? 0) + n
}

function note(one: Wrong): void {
  wrong.push(one)
  console.log(`WRONG: --seed ${seed} --replay ${one.index}: ${one.base}: ${one.mutations.join(', ')}: ${one.why}`)
  if (!values.save) return
  mkdirSync(values.save, { recursive: true })
  writeFileSync(join(values.save, `${seed}-${one.index}.dcm`), mutantOf(corpus, seed, one.index).bytes)
}

/** Runs [from, to) in a process, and in another one what a hang or a crash has left. */
async function batch(from: number, to: number): Promise<void> {
  for (let at = from; at < to && performance.now() < until; ) {
    const script = fileURLToPath(new URL('worker.js', import.meta.url))
    const argv = [
      '--max-old-space-size=384',
      script,
      String(seed),
      String(at),
      String(to),
      values['pack-every'],
      ...folders,
    ]
    const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] })
    const kill = () => child.kill('SIGKILL')
    let watchdog = setTimeout(kill, HANG_MS)
    const exit = new Promise<string>(resolve => child.once('exit', (code, signal) => resolve(String(signal ?? code))))
    for await (const text of createInterface({ input: child.stdout })) {
      clearTimeout(watchdog)
      watchdog = setTimeout(kill, HANG_MS)
      const line = JSON.parse(text) as Line
      if ('wrong' in line) note(line.wrong)
      else {
        add(line.counts)
        done += line.done - at
        at = line.done
        peakMb = Math.max(peakMb, line.peakMb)
        if (performance.now() > until) kill()
      }
    }
    clearTimeout(watchdog)
    const how = await exit
    if (at >= to || performance.now() > until) return
    // One of the next fifty: each alone, to know which.
    for (let index = at; index < Math.min(at + 50, to); index++) {
      const alone = spawn(
        process.execPath,
        [argv[0], script, String(seed), String(index), String(index + 1), values['pack-every'], ...folders],
        {
          stdio: ['ignore', 'ignore', 'ignore'],
        },
      )
      const timer = setTimeout(() => alone.kill('SIGKILL'), HANG_MS)
      const end = await new Promise<string>(resolve =>
        alone.once('exit', (code, signal) => resolve(String(signal ?? code))),
      )
      clearTimeout(timer)
      if (end === '0') continue
      const { base, mutations } = mutantOf(corpus, seed, index)
      note({ index, base, mutations, why: end === 'SIGKILL' ? 'hangs' : `the process ends with ${end} (${how})` })
    }
    done += Math.min(50, to - at)
    at += 50
  }
}

const batches = Array.from({ length: Math.ceil(count / BATCH) }, (_, i) => [
  i * BATCH,
  Math.min(count, (i + 1) * BATCH),
])
const jobs = Number(values.jobs)
// Fewer than a batch a job: shared out all the same.
const size = batches.length < jobs ? Math.ceil(count / jobs) : 0
const queue = size
  ? Array.from({ length: jobs }, (_, i) => [i * size, Math.min(count, (i + 1) * size)]).filter(([a, b]) => a < b)
  : batches
const progress = setInterval(() => {
  const rate = done / ((performance.now() - started) / 1000)
  console.error(`${done} of ${count}, ${rate.toFixed(0)} a second, ${wrong.length} wrong`)
}, PROGRESS_MS)
await Promise.all(
  Array.from({ length: jobs }, async () => {
    for (let next = queue.shift(); next; next = queue.shift()) await batch(next[0], next[1])
  }),
)

clearInterval(progress)

const seconds = (performance.now() - started) / 1000
const share = (n: number) => `${((100 * n) / Math.max(1, done)).toFixed(1)} %`.padStart(7)
const parsed = total.refused + total.clean + total.reported
console.log(
  `${done} mutants of ${corpus.length} files, seed ${seed}, in ${seconds.toFixed(0)} s; at most ${Math.round(peakMb)} MB`,
)
console.log(`${share(total.unreadable)}  refused with a code`)
console.log(`${share(parsed)}  read; of all:`)
console.log(`${share(total.reported)}    packed and restored equal, with an entry in the report`)
console.log(`${share(total.clean)}    packed and restored equal, nothing to report`)
console.log(`${share(total.refused)}    no part of a series (DICOMDIR)`)
const codes = Object.entries(total.codes).sort(([, a], [, b]) => b - a)
console.log(codes.map(([code, n]) => `${code} ${n}`).join(', '))
if (parsed < 0.3 * done) console.log('fewer than 30 % were read')
if (peakMb > MOST_MB) console.log(`more than ${MOST_MB} MB`)
console.log(`${wrong.length} wrong`)
process.exitCode =
  wrong.length || parsed < 0.3 * done || peakMb > MOST_MB || (done < count && values.seconds === 'Infinity') ? 1 : 0
