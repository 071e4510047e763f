/** Something to be timed. It may return how many ms of its own it took, where it ran elsewhere. */
export interface Contestant {
  name: string
  run(): unknown
  /** Slow ones run in every so manieth round only. */
  every?: number
}

const ms = async (run: () => unknown): Promise<number> => {
  const start = performance.now()
  const own = await run()
  return typeof own === 'number' ? own : performance.now() - start
}

/**
 * Rounds in which one runs after the other, so that all meet the same machine. With `burstMs` each runs for so long in a
 * row before the next has its turn: what takes a tenth of a millisecond would else be measured on caches that the
 * others have emptied. Resolves with the median of each, in ms.
 */
export async function interleaved(
  contestants: readonly Contestant[],
  { rounds, warmUp, burstMs = 0 }: { rounds: number; warmUp: number; burstMs?: number },
): Promise<Record<string, number>> {
  const times = contestants.map((): number[] => [])
  for (let round = -warmUp; round < rounds; round++)
    for (const [i, { run, every = 1 }] of contestants.entries()) {
      if (round % every) continue
      let spent = 0
      do {
        const time = await ms(run)
        spent += time
        if (round >= 0) times[i].push(time)
      } while (spent < burstMs)
    }
  return Object.fromEntries(contestants.map(({ name }, i) => [name, median(times[i])]))
}

/** Which value of several counts: the middle one, or on a machine that others keep busy one that they let through. */
let quantile = 0.5
export const onBusyMachine = (): void => {
  quantile = 0.1
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length * quantile)]
}
