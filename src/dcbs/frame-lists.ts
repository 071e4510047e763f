import { Budget, ByteCursor } from '../bytes/cursor.ts'
import { FRAME_CODINGS } from '../codec/frame.ts'
import { OFFSET_TABLES, PIXEL_KINDS } from '../cube/pixel-store.ts'
import { CUBE_LIMITS, grown } from '../limits.ts'
import type { PixelRanges } from './columns.ts'
import { readCounts, readIntegers } from './integers.ts'

/** The fields of a shape in the order of the file. */
export const SHAPE_FIELDS = ['rows', 'columns', 'samples', 'bitsAllocated', 'bitsStored', 'highBit'] as const
export const SHAPE_FLAGS = ['signed', 'planar', 'float'] as const
/** What a shape takes in memory, in entries of a list. */
const SHAPE_ENTRIES = 16
/** A minimum or maximum is an integer where it can be, and a double where it cannot. */
export const STATISTICS = { notMeasured: 0, integer: 1, double: 2 } as const

/** The lists of section frameIndex (SPEC §7), each within its bounds; whether they fit each other readFrameIndex looks at. */
export type FrameLists = ReturnType<typeof readFrameLists>

export function readFrameLists(bytes: Uint8Array, sliceCount: number, storedBytes: number, name: string) {
  const budget = new Budget(grown(CUBE_LIMITS.listEntries, storedBytes))
  const cursor = new ByteCursor(bytes, `${name}: frame index`, 0, bytes.length, budget)
  const counts = (count: number, limit: number) => readCounts(cursor, count, limit)
  const shapeCount = cursor.count(7)
  cursor.spend(shapeCount * SHAPE_ENTRIES)
  const shapes = Array.from({ length: shapeCount }, () => ({
    fields: SHAPE_FIELDS.map(() => cursor.count(0, 0xffffffff)),
    flags: cursor.u8(),
  }))
  const kinds = counts(sliceCount, PIXEL_KINDS.length - 1)
  const frameCounts = counts(sliceCount, CUBE_LIMITS.frames)
  const sliceShapes = counts(sliceCount, shapeCount)
  const valueBytes = readIntegers(cursor, sliceCount)
  const wordBytes = counts(sliceCount, 8)
  const restBytes = readIntegers(cursor, sliceCount)
  const offsetTables = counts(sliceCount, OFFSET_TABLES.length - 1)
  let frames = 0
  let encapsulated = 0
  for (let slice = 0; slice < sliceCount; slice++) {
    frames += frameCounts[slice]
    if (PIXEL_KINDS[kinds[slice]] === 'encapsulated') encapsulated += frameCounts[slice]
  }
  if (frames > CUBE_LIMITS.frames) throw cursor.corrupt(`${frames} frames`)
  const fragmentCounts = counts(encapsulated, CUBE_LIMITS.frames)
  if (fragmentCounts.reduce((sum, count) => sum + count, 0) > CUBE_LIMITS.frames)
    throw cursor.corrupt(`more than ${CUBE_LIMITS.frames} fragments`)
  const fragmentLengths = counts(
    fragmentCounts.reduce((sum, count) => sum + Math.max(0, count - 1), 0),
    0xffffffff,
  )
  const recordCount = cursor.count(0, frames)
  const skips = readIntegers(cursor, frames)
  cursor.spend(frames)
  const recordOf = new Uint32Array(frames)
  let next = 0
  for (let i = 0; i < frames; i++) {
    const record = next + skips[i]
    if (!(record >= 0 && record <= next && record < recordCount))
      throw cursor.corrupt(`frame ${i} is stored frame ${record} of ${recordCount}, the next new one is ${next}`)
    recordOf[i] = record
    if (skips[i] === 0) next++
  }
  if (next !== recordCount) throw cursor.corrupt(`${recordCount} stored frames, of which ${next} are shown`)
  const codings = counts(recordCount, Math.max(...Object.values(FRAME_CODINGS)))
  const lengths = readIntegers(cursor, recordCount)
  const recordShapes = counts(recordCount, shapeCount)
  const outside = counts(recordCount, 1)
  const minima = readStatistic(cursor, recordCount)
  const maxima = readStatistic(cursor, recordCount)
  cursor.done()
  return {
    cursor,
    ...{ shapes, kinds, frameCounts, sliceShapes, valueBytes, wordBytes, restBytes, offsetTables },
    ...{ fragmentCounts, fragmentLengths, recordOf, codings, lengths, recordShapes, outside, minima, maxima },
  }
}

function readStatistic(cursor: ByteCursor, count: number): (number | null)[] {
  const kinds = readCounts(cursor, count, STATISTICS.double)
  let integers = 0
  for (const kind of kinds) if (kind === STATISTICS.integer) integers++
  const values = readIntegers(cursor, integers)
  let next = 0
  return Array.from(kinds, kind =>
    kind === STATISTICS.notMeasured ? null : kind === STATISTICS.integer ? values[next++] : cursor.f64(),
  )
}

/** The ranges alone, for metadata whose columns refer to them. */
export const readPixelRanges = (...section: Parameters<typeof readFrameLists>): PixelRanges | undefined =>
  pixelRangesOf(readFrameLists(...section))

/** What columns may refer to: known only where each slice has one frame. */
export function pixelRangesOf({
  frameCounts,
  recordOf,
  minima,
  maxima,
}: Pick<FrameLists, 'minima' | 'maxima'> & { frameCounts: Uint32Array; recordOf: Uint32Array }):
  | PixelRanges
  | undefined {
  if (!frameCounts.length || frameCounts.some(count => count !== 1)) return undefined
  return {
    lowest: Array.from(recordOf, record => minima[record]),
    highest: Array.from(recordOf, record => maxima[record]),
  }
}
