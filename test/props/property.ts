import fc from 'fast-check'
import { test } from 'vitest'

/** FC_RUNS=20 tries twenty times as many inputs as CI does, others each time; a failure prints its seed for FC_SEED. */
const times = Number(process.env.FC_RUNS ?? 1)
const seed = process.env.FC_SEED ? Number(process.env.FC_SEED) : process.env.FC_RUNS ? Date.now() | 0 : 20240229

/** A test over arbitrary inputs. `runs` are those of CI, which are the same each time. */
export function property<T>(
  name: string,
  runs: number,
  input: fc.Arbitrary<T>,
  holds: (input: T) => void | Promise<void>,
): void {
  test(name, { timeout: 120_000 * Math.max(1, times) }, async () => {
    await fc.assert(
      fc.asyncProperty(input, async value => void (await holds(value))),
      {
        seed,
        numRuns: Math.max(1, Math.round(runs * times)),
      },
    )
  })
}
