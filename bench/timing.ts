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

/** Rounds in which one runs after the other, so that all meet the same machine. Resolves with the median of each, in ms. */
export async function interleaved(
  contestants: readonly Contestant[],
  { rounds, warmUp }: { rounds: number; warmUp: number },
): Promise<Record<string, number>> {
  const times = contestants.map((): number[] => [])
  for (let round = -warmUp; round < rounds; round++)
    for (const [i, { run, every = 1 }] of contestants.entries()) {
      if (round % every) continue
      const time = await ms(run)
      if (round >= 0) times[i].push(time)
    }
  return Object.fromEntries(contestants.map(({ name }, i) => [name, median(times[i])]))
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[sorted.length >> 1]
}
