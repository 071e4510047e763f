/**
 * Mutation scores (Stryker) of the code that decides whether bytes are right: `npm run mutation` for all of it,
 * `npm run mutation -- walk crc32` for some, `-- walk.ts:10-50` for some lines. Prints a row a file, and what survived
 * with `--survivors`.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const HERE = dirname(fileURLToPath(import.meta.url))
const ROOT = join(HERE, '..', '..')
const GOAL = 80

/** Source file → the tests that are to notice a change of it. */
const CODECS = ['test/dcbs/refusals.test.ts', 'test/dcbs/columns.test.ts', 'test/props/codecs.test.ts']
const SERIES = ['test/props/series.test.ts', 'test/dcbs/restore.test.ts']
const PARSER = ['test/dicom/parse.test.ts', 'test/dicom/refusals.test.ts', 'test/dicom/read-element.test.ts']
const FILES = {
  'src/codec/crc32.ts': ['test/codec/crc32.test.ts'],
  'src/codec/xxh64.ts': ['test/codec/xxh64.test.ts'],
  'src/codec/platform.ts': ['test/codec/platform.test.ts'],
  'src/codec/zstd-blocks.ts': ['test/codec/zstd-blocks.test.ts'],
  'src/bytes/cursor.ts': CODECS,
  'src/bytes/sink.ts': CODECS,
  'src/dcbs/layout.ts': ['test/dcbs/layout.test.ts'],
  'src/dcbs/integers.ts': CODECS,
  'src/dcbs/digits.ts': CODECS,
  'src/dcbs/columns.ts': CODECS,
  'src/dcbs/patch.ts': ['test/dcbs/patch.test.ts', ...CODECS],
  'src/dcbs/manifest.ts': CODECS,
  'src/dcbs/frame-index.ts': ['test/dcbs/frame-index.test.ts', 'test/dcbs/refusals.test.ts'],
  'src/dcbs/frame-lists.ts': ['test/dcbs/frame-index.test.ts', 'test/dcbs/refusals.test.ts'],
  'src/dcbs/template.ts': ['test/dcbs/template.test.ts', 'test/dcbs/refusals.test.ts', 'test/spec/spec.test.ts'],
  'src/dcbs/read-table.ts': ['test/dcbs/sections.test.ts'],
  'src/dcbs/read.ts': ['test/dcbs/layout.test.ts', 'test/dcbs/sections.test.ts'],
  'src/dcbs/read-meta.ts': ['test/dcbs/sections.test.ts', 'test/golden/golden.test.ts', ...SERIES],
  'src/dcbs/read-frames.ts': ['test/dcbs/sections.test.ts', ...SERIES],
  'src/dcbs/check-file.ts': ['test/dcbs/sections.test.ts', 'test/faults/coverage.test.ts', 'test/dcbs/cube.test.ts'],
  'src/dcbs/restore.ts': ['test/dcbs/sections.test.ts'],
  'src/dcbs/write.ts': ['test/spec/spec.test.ts', 'test/dcbs/sections.test.ts'],
  'src/dicom/walk.ts': PARSER,
  'src/dicom/parse.ts': PARSER,
  'src/dicom/elements.ts': PARSER,
  'src/dicom/write.ts': ['test/dicom/data-set.test.ts', ...SERIES],
  'src/dicom/data-set.ts': ['test/dicom/data-set.test.ts', 'test/props/values.test.ts'],
}

const argv = process.argv.slice(2)
const names = argv.filter(arg => !arg.startsWith('--')).map(arg => arg.split(':'))
const files = Object.keys(FILES).filter(file => !names.length || names.some(([name]) => file.includes(name)))
/** The file, or the lines of it that were asked for. */
const partsOf = file => {
  const lines = names.filter(([name]) => file.includes(name)).map(([, range]) => range)
  return lines.length && lines.every(Boolean) ? lines.map(range => `${file}:${range}`) : [file]
}

const work = join(ROOT, '.stryker')
let killed = 0
let all = 0
for (const file of files) {
  // Each file has a folder of its own, so that two of these can run side by side.
  const folder = join(work, file.replaceAll('/', '-'))
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const report = join(folder, 'report.json')
  const config = join(folder, 'stryker.config.json')
  writeFileSync(
    config,
    JSON.stringify({
      mutate: partsOf(file),
      testRunner: 'vitest',
      plugins: ['@stryker-mutator/vitest-runner'],
      vitest: { configFile: 'test/mutation/vitest.config.ts', related: false },
      coverageAnalysis: 'perTest',
      ignoreStatic: true,
      concurrency: 1,
      // Of a busy machine: a test that is only slow has noticed nothing.
      timeoutMS: 30_000,
      reporters: argv.includes('--verbose') ? ['json', 'progress-append-only'] : ['json'],
      jsonReporter: { fileName: report },
      tempDirName: join(folder, 'sandbox'),
      ignorePatterns: ['bench', 'viewer', 'demo-series', '.stryker', 'test/mutation/node_modules'],
      // Stryker would rewrite it, with an API that TypeScript 7 does not have; vitest needs none of it.
      tsconfigFile: 'none.json',
      // It would add a line to each file, and generated ones are compared.
      disableTypeChecks: false,
      allowConsoleColors: false,
      logLevel: argv.includes('--verbose') ? 'info' : 'error',
    }),
  )
  const stryker = join(HERE, 'node_modules', '@stryker-mutator', 'core', 'bin', 'stryker.js')
  const started = Date.now()
  const run = spawnSync(process.execPath, [stryker, 'run', config], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, MUTATION_TESTS: FILES[file].join(' '), FC_RUNS: '0.1', FC_SEED: '1' },
  })
  if (run.status !== 0) {
    console.log(`${file.padEnd(28)} Stryker ended with ${run.status}: its tests have to pass before`)
    process.exitCode = 1
    continue
  }
  const [{ mutants, source }] = Object.values(JSON.parse(readFileSync(report, 'utf8')).files)
  const count = status => mutants.filter(mutant => mutant.status === status).length
  const dead = count('Killed') + count('Timeout')
  const alive = count('Survived') + count('NoCoverage')
  killed += dead
  all += dead + alive
  const score = ((100 * dead) / (dead + alive)).toFixed(1)
  console.log(
    `${file.padEnd(28)} ${score.padStart(5)} %  ${dead} of ${dead + alive} mutants noticed, ${count('Timeout')} of them by time alone; ${count('NoCoverage')} never run, ${count('Ignored')} static; ${Math.round((Date.now() - started) / 1000)} s`,
  )
  if (argv.includes('--survivors'))
    for (const mutant of mutants) if (['Survived', 'NoCoverage'].includes(mutant.status)) show(source, mutant)
}
console.log(
  `${'all'.padEnd(28)} ${((100 * killed) / all).toFixed(1).padStart(5)} %  of ${all} mutants; the goal is ${GOAL} %`,
)
if (!(killed / all >= GOAL / 100)) process.exitCode = 1

function show(source, { location: { start, end }, replacement, status }) {
  const lines = source.split('\n').slice(start.line - 1, end.line)
  if (lines.length === 1) lines[0] = lines[0].slice(start.column - 1, end.column - 1)
  const was = lines.length > 2 ? `${lines[0].trim()} …` : lines.map(line => line.trim()).join(' ')
  console.log(
    `    ${start.line}:${start.column} ${status === 'NoCoverage' ? '(never run) ' : ''}${was}  →  ${replacement.replace(/\s+/g, ' ').slice(0, 80)}`,
  )
}
