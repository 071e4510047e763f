import type { ByteCursor } from '../bytes/cursor.ts'
import { ByteSink } from '../bytes/sink.ts'

/** How a list of integers is written (SPEC §6.1). */
export const INTEGERS = { linear: 0, plain: 1, delta: 2, deltaOfDelta: 3 } as const

/** What a writer takes: differences of differences double twice, their zigzag doubles again, and all have to stay below 2^53. */
export const MAX_INTEGER = 2 ** 50 - 1

/** What a list costs, for choosing among ways to write it. */
export type SizeOf = (bytes: Uint8Array) => number

/** Writes integers of magnitude up to MAX_INTEGER; their number is known to the reader. */
export function writeIntegers(sink: ByteSink, values: ArrayLike<number>, sizeOf: SizeOf): void {
  const n = values.length
  const step = n > 1 ? values[1] - values[0] : 0
  let linear = true
  for (let i = 1; linear && i < n; i++) linear = values[i] - values[i - 1] === step
  if (linear) {
    sink.u8(INTEGERS.linear)
    if (n) sink.zigzag(values[0])
    if (n > 1) sink.zigzag(step)
    return
  }
  let best: Uint8Array | undefined
  let bestSize = Number.POSITIVE_INFINITY
  for (const mode of [INTEGERS.plain, INTEGERS.delta, INTEGERS.deltaOfDelta]) {
    const bytes = differences(values, mode)
    const size = sizeOf(bytes)
    if (size < bestSize) {
      best = bytes
      bestSize = size
    }
  }
  sink.bytes(best!)
}

function differences(values: ArrayLike<number>, mode: number): Uint8Array {
  const sink = new ByteSink()
  sink.u8(mode)
  let last = 0
  let lastDelta = 0
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    const delta = value - last
    sink.zigzag(mode === INTEGERS.plain ? value : mode === INTEGERS.delta ? delta : delta - lastDelta)
    last = value
    lastDelta = delta
  }
  return sink.finish()
}

/** The mirror of writeIntegers. */
export function readIntegers(cursor: ByteCursor, count: number): Float64Array {
  const mode = cursor.u8()
  cursor.spend(count)
  const values = new Float64Array(count)
  if (mode === INTEGERS.linear) {
    const first = count ? cursor.zigzag() : 0
    const step = count > 1 ? cursor.zigzag() : 0
    for (let i = 0; i < count; i++) values[i] = first + i * step
    if (count && !Number.isSafeInteger(values[count - 1])) throw cursor.corrupt(`an integer beyond 2^53`)
    return values
  }
  if (mode > INTEGERS.deltaOfDelta) throw cursor.corrupt(`an integer list of kind ${mode}`)
  let last = 0
  let lastDelta = 0
  for (let i = 0; i < count; i++) {
    let value = cursor.zigzag()
    if (mode === INTEGERS.deltaOfDelta) value = lastDelta += value
    if (mode !== INTEGERS.plain) value = last += value
    if (!Number.isSafeInteger(value)) throw cursor.corrupt(`an integer beyond 2^53`)
    values[i] = value
  }
  return values
}

/**
 * The integer of a list in which all are the same, without making the list; undefined, with nothing read, if it is written
 * another way.
 */
export function readConstant(cursor: ByteCursor, count: number): number | undefined {
  const { pos } = cursor
  if (count && cursor.u8() === INTEGERS.linear) {
    const value = cursor.zigzag()
    if (count === 1 || cursor.zigzag() === 0) return value
  }
  cursor.pos = pos
  return undefined
}

/** Integers that have to be counts: none negative, none above `limit`. */
export function readCounts(cursor: ByteCursor, count: number, limit: number): Uint32Array {
  const values = readIntegers(cursor, count)
  for (let i = 0; i < count; i++)
    if (!(values[i] >= 0 && values[i] <= limit)) throw cursor.corrupt(`a count of ${values[i]}, at most ${limit}`)
  return Uint32Array.from(values)
}
