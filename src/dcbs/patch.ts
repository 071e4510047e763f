import type { ByteCursor } from '../bytes/cursor.ts'
import type { ByteSink } from '../bytes/sink.ts'
import { DicubeError } from '../errors.ts'

/**
 * What a rebuilt header lacks to be the original (SPEC §8): copy some bytes of it, put in others in place of some, copy …
 * Written for headers that no template can express, such as reserved fields that are not 0.
 */
export interface PatchStep {
  copy: number
  skip: number
  insert: Uint8Array
}

/** What a step takes in memory, in entries of a list. */
const STEP_ENTRIES = 16
/** Bytes that must agree in a row before a copy is worth its two numbers. */
const MIN_COPY = 4

/** Steps from `rebuilt` to `original`, or undefined where they are the same. */
export function makePatch(rebuilt: Uint8Array, original: Uint8Array): PatchStep[] | undefined {
  let prefix = 0
  const shorter = Math.min(rebuilt.length, original.length)
  while (prefix < shorter && rebuilt[prefix] === original[prefix]) prefix++
  if (prefix === rebuilt.length && prefix === original.length) return undefined
  if (rebuilt.length !== original.length) {
    let suffix = 0
    while (suffix < shorter - prefix && rebuilt[rebuilt.length - 1 - suffix] === original[original.length - 1 - suffix])
      suffix++
    return [
      {
        copy: prefix,
        skip: rebuilt.length - prefix - suffix,
        insert: original.slice(prefix, original.length - suffix),
      },
    ]
  }
  const steps: PatchStep[] = []
  let at = 0
  while (prefix < original.length) {
    let end = prefix
    let same = 0
    while (end < original.length && same < MIN_COPY) same = rebuilt[end] === original[end++] ? same + 1 : 0
    if (same) end -= same
    steps.push({ copy: prefix - at, skip: end - prefix, insert: original.slice(prefix, end) })
    at = prefix = end
    while (prefix < original.length && rebuilt[prefix] === original[prefix]) prefix++
  }
  return steps
}

/** The original from what was rebuilt; what no step names is copied. */
export function applyPatch(rebuilt: Uint8Array, steps: readonly PatchStep[]): Uint8Array {
  const used = steps.reduce((sum, { copy, skip }) => sum + copy + skip, 0)
  if (used > rebuilt.length)
    throw new DicubeError('corrupt', `a patch of ${used} bytes for a header of ${rebuilt.length}`)
  const length = steps.reduce((sum, step) => sum + step.insert.length - step.skip, rebuilt.length)
  const original = new Uint8Array(length)
  let from = 0
  let to = 0
  for (const { copy, skip, insert } of steps) {
    original.set(rebuilt.subarray(from, from + copy), to)
    original.set(insert, to + copy)
    from += copy + skip
    to += copy + insert.length
  }
  original.set(rebuilt.subarray(from), to)
  return original
}

export function writePatches(sink: ByteSink, patches: ReadonlyMap<number, readonly PatchStep[]>): void {
  sink.varint(patches.size)
  for (const [slice, steps] of patches) {
    sink.varint(slice)
    sink.varint(steps.length)
    for (const { copy, skip, insert } of steps) {
      sink.varint(copy)
      sink.varint(skip)
      sink.varint(insert.length)
      sink.bytes(insert)
    }
  }
}

export function readPatches(cursor: ByteCursor, sliceCount: number): Map<number, PatchStep[]> {
  const patches = new Map<number, PatchStep[]>()
  let last = -1
  const count = cursor.count(2)
  cursor.spend(count * STEP_ENTRIES)
  for (let left = count; left > 0; left--) {
    const slice = cursor.varint()
    if (slice >= sliceCount || slice <= last)
      throw cursor.corrupt(`a patch of slice ${slice} of ${sliceCount}, behind that of ${last}`)
    last = slice
    const steps = cursor.count(3)
    cursor.spend(steps * STEP_ENTRIES)
    patches.set(
      slice,
      Array.from({ length: steps }, () => ({
        copy: cursor.varint(),
        skip: cursor.varint(),
        insert: cursor.bytes(cursor.count(1)),
      })),
    )
  }
  cursor.done()
  return patches
}
