import { defineConfig } from 'vitest/config'

/** What takes minutes: `npm run test:faults`, and with DICUBE_FAULTS=every all of it. */
export default defineConfig({
  test: {
    include: ['test/faults/*.long.ts'],
    testTimeout: 600_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 2,
  },
})
