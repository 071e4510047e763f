/** Uniform in [0, 1), the same on every platform: mulberry32, which is integers only. */
export function seededRandom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** One seed from several numbers, so that slice 7 of seed 1 has nothing in common with slice 1 of seed 7. */
export function mixSeeds(...seeds: readonly number[]): number {
  let mixed = 0x2545f491
  for (const seed of seeds) {
    mixed = Math.imul(mixed ^ seed, 0x85ebca6b)
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
    mixed ^= mixed >>> 16
  }
  return mixed
}

/** A UID from 128 random bits, marked as a version 4 UUID (PS3.5 §B.2). `next` counts on from it, as some scanners do. */
export function randomUid(seed: number, next = 0): string {
  const random = seededRandom(seed)
  const word = () => BigInt(Math.floor(random() * 4294967296))
  const bits = (word() << 96n) | (word() << 64n) | (word() << 32n) | word()
  const uuid = (bits & ~((0xfn << 76n) | (3n << 62n))) | (4n << 76n) | (2n << 62n)
  return `2.25.${uuid + BigInt(next)}`
}

/**
 * The sine of an angle in turns. Math.sin may differ in its last bit between engines; sums and products may not, and a
 * pixel needs no more than the four digits that these have (Bhaskara's formula).
 */
export function sineOfTurns(turns: number): number {
  const turn = turns - Math.floor(turns)
  const half = turn < 0.5 ? turn : turn - 0.5
  const product = 16 * half * (0.5 - half)
  const sine = (4 * product) / (5 - product)
  return turn < 0.5 ? sine : -sine
}
