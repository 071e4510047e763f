import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** The tests of one source file, which run.mjs names: all of them would run for each of thousands of mutants. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: { include: (process.env.MUTATION_TESTS ?? '').split(' '), testTimeout: 60_000, pool: 'threads' },
})
