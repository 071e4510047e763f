import { Budget, ByteCursor } from '../bytes/cursor.ts'
import { ByteSink } from '../bytes/sink.ts'
import { FRAME_CODINGS, type FrameShape } from '../codec/frame.ts'
import { OFFSET_TABLES, PIXEL_KINDS, type SlicePixels } from '../cube/pixel-store.ts'
import { frameBits } from '../cube/pixels.ts'
import { DicubeError } from '../errors.ts'
import { CUBE_LIMITS, grown } from '../limits.ts'
import type { PixelRanges } from './columns.ts'
import { readCounts, readIntegers, type SizeOf, writeIntegers } from './integers.ts'

/** A frame in the frames section; several slices may show the same one. */
export interface FrameRecord {
  coding: number
  offset: number
  length: number
  crc32: number
  shape?: FrameShape
  /** Of the stored values, where they were measured. */
  minimum: number | null
  maximum: number | null
  /** Some sample has bits outside Bits Stored. */
  outside: boolean
}

/** Where everything about pixels is (SPEC §7). */
export interface FrameIndex {
  slices: SlicePixels[]
  /** Stored frames, in file order, one behind the other. */
  records: FrameRecord[]
  /** For each frame of each slice, in slice order, its record. */
  recordOf: Uint32Array
}

/** What columns may refer to: known only where each slice has one frame. */
export function pixelRangesOf({ slices, records, recordOf }: FrameIndex): PixelRanges | undefined {
  if (!slices.length || slices.some(({ frameCount }) => frameCount !== 1)) return undefined
  return {
    lowest: Array.from(recordOf, record => records[record].minimum),
    highest: Array.from(recordOf, record => records[record].maximum),
  }
}

/** The fields of a shape in the order of the file. */
export const SHAPE_FIELDS = ['rows', 'columns', 'samples', 'bitsAllocated', 'bitsStored', 'highBit'] as const
export const SHAPE_FLAGS = ['signed', 'planar', 'float'] as const
/** What a shape takes in memory, in entries of a list. */
const SHAPE_ENTRIES = 16
/** A minimum or maximum is an integer where it can be, and a double where it cannot. */
export const STATISTICS = { notMeasured: 0, integer: 1, double: 2 } as const
const { notMeasured: NOT_MEASURED, integer: AS_INTEGER, double: AS_DOUBLE } = STATISTICS

export function writeFrameIndex({ slices, records, recordOf }: FrameIndex, sizeOf: SizeOf): Uint8Array {
  const sink = new ByteSink()
  const integers = (values: ArrayLike<number>) => writeIntegers(sink, values, sizeOf)
  const shapes: FrameShape[] = []
  const shapeId = (shape: FrameShape | undefined) => {
    if (!shape) return 0
    const found = shapes.findIndex(other => sameShape(other, shape))
    return (found < 0 ? shapes.push(shape) - 1 : found) + 1
  }
  const ofSlices = slices.map(slice => shapeId(slice.shape))
  const ofRecords = records.map(record => shapeId(record.shape))
  sink.varint(shapes.length)
  for (const shape of shapes) {
    for (const field of SHAPE_FIELDS) sink.varint(shape[field])
    sink.u8(SHAPE_FLAGS.reduce((bits, flag, i) => bits | (shape[flag] ? 1 << i : 0), 0))
  }
  integers(slices.map(slice => PIXEL_KINDS.indexOf(slice.kind)))
  integers(slices.map(slice => slice.frameCount))
  integers(ofSlices)
  integers(slices.map(slice => slice.valueBytes))
  integers(slices.map(slice => slice.wordBytes))
  integers(slices.map(slice => slice.restBytes))
  integers(slices.map(slice => OFFSET_TABLES.indexOf(slice.offsetTable)))
  const fragments = slices.flatMap(slice => slice.fragments ?? [])
  integers(fragments.map(lengths => lengths.length))
  // The last fragment is what is left of the frame.
  integers(fragments.flatMap(lengths => lengths.slice(0, -1)))
  sink.varint(records.length)
  let next = 0
  integers(
    Array.from(recordOf, record => {
      const skip = record - next
      if (record === next) next++
      return skip
    }),
  )
  integers(records.map(record => record.coding))
  integers(records.map(record => record.length))
  integers(ofRecords)
  integers(records.map(record => Number(record.outside)))
  for (const which of ['minimum', 'maximum'] as const) {
    const kinds = records.map(record => statisticKind(record[which]))
    integers(kinds)
    integers(records.filter((_, i) => kinds[i] === AS_INTEGER).map(record => record[which]!))
    for (const [i, record] of records.entries()) if (kinds[i] === AS_DOUBLE) sink.f64(record[which]!)
  }
  return sink.finish()
}

const statisticKind = (value: number | null) =>
  value === null
    ? NOT_MEASURED
    : Number.isInteger(value) && Math.abs(value) < 2 ** 50 && !Object.is(value, -0)
      ? AS_INTEGER
      : AS_DOUBLE

const sameShape = (a: FrameShape, b: FrameShape) =>
  SHAPE_FIELDS.every(field => a[field] === b[field]) && SHAPE_FLAGS.every(flag => !!a[flag] === !!b[flag])

/** What a frame index has to fit, beside itself. */
export interface FrameSurroundings {
  /** The section of frame checksums. */
  checks: Uint8Array
  sliceCount: number
  /** Size of the frames section. */
  framesBytes: number
  /** See MetadataSections. */
  storedBytes: number
}

/** The mirror of writeFrameIndex. */
export function readFrameIndex(
  bytes: Uint8Array,
  { checks, sliceCount, framesBytes, storedBytes }: FrameSurroundings,
  name: string,
): FrameIndex {
  const budget = new Budget(grown(CUBE_LIMITS.listEntries, storedBytes))
  const cursor = new ByteCursor(bytes, `${name}: frame index`, 0, bytes.length, budget)
  const counts = (count: number, limit: number) => readCounts(cursor, count, limit)
  const shapes: (FrameShape | undefined)[] = [undefined]
  const shapeCount = cursor.count(7)
  cursor.spend(shapeCount * SHAPE_ENTRIES)
  for (let left = shapeCount; left > 0; left--) shapes.push(readShape(cursor))
  const kinds = counts(sliceCount, PIXEL_KINDS.length - 1)
  const frameCounts = counts(sliceCount, CUBE_LIMITS.frames)
  const sliceShapes = counts(sliceCount, shapes.length - 1)
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
  if (checks.length !== recordCount * 4)
    throw cursor.corrupt(`${recordCount} stored frames, ${checks.length} bytes of checksums`)
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
  const recordShapes = counts(recordCount, shapes.length - 1)
  const outside = counts(recordCount, 1)
  const statistics = [readStatistic(cursor, recordCount), readStatistic(cursor, recordCount)]
  const crcs = new DataView(checks.buffer, checks.byteOffset, checks.byteLength)
  const records: FrameRecord[] = []
  let offset = 0
  for (let i = 0; i < recordCount; i++) {
    if (!(lengths[i] >= 0)) throw cursor.corrupt(`a frame of ${lengths[i]} bytes`)
    if (lengths[i] > CUBE_LIMITS.arrayBytes)
      throw new DicubeError(
        'limit',
        `${name}: a frame of ${lengths[i]} bytes, at most ${CUBE_LIMITS.arrayBytes} are read`,
      )
    records.push({
      coding: codings[i],
      offset,
      length: lengths[i],
      crc32: crcs.getUint32(i * 4, true),
      shape: shapes[recordShapes[i]],
      minimum: statistics[0][i],
      maximum: statistics[1][i],
      outside: outside[i] === 1,
    })
    offset += lengths[i]
  }
  cursor.done()
  if (offset !== framesBytes) throw cursor.corrupt(`frames of ${offset} bytes, their section has ${framesBytes}`)

  const slices: SlicePixels[] = []
  let frame = 0
  let ofEncapsulated = 0
  let fragment = 0
  for (let slice = 0; slice < sliceCount; slice++) {
    const kind = PIXEL_KINDS[kinds[slice]]
    const shape = shapes[sliceShapes[slice]]
    const frameCount = frameCounts[slice]
    if (wordBytes[slice] === 0) throw cursor.corrupt(`slice ${slice} with words of no bytes`)
    if (kind === 'none' && frameCount) throw cursor.corrupt(`slice ${slice} has frames but no Pixel Data`)
    if (kind === 'native' && frameCount && !shape) throw cursor.corrupt(`slice ${slice} has native frames of no shape`)
    // Frames and what is behind them are the value, to the byte; a byte that a frame of 1 bit ends in is behind them.
    const framesBytes = kind === 'native' && shape ? Math.floor((frameCount * frameBits(shape)) / 8) : 0
    if (!(restBytes[slice] >= 0 && valueBytes[slice] === (kind === 'native' ? framesBytes + restBytes[slice] : 0)))
      throw cursor.corrupt(
        `slice ${slice} with Pixel Data of ${valueBytes[slice]} bytes, ${framesBytes} of frames and ${restBytes[slice]} behind them`,
      )
    for (let k = 0; k < frameCount; k++)
      if ((codings[recordOf[frame + k]] === FRAME_CODINGS.verbatim) !== (kind === 'encapsulated'))
        throw cursor.corrupt(
          `slice ${slice} has ${kind} Pixel Data and a frame of coding ${codings[recordOf[frame + k]]}`,
        )
    const firstFrame = frame
    const firstOfEncapsulated = ofEncapsulated
    const firstFragment = fragment
    for (let k = 0; kind === 'encapsulated' && k < frameCount; k++) {
      let left = lengths[recordOf[frame + k]]
      const count = fragmentCounts[ofEncapsulated++]
      for (let f = 0; f < count - 1; f++) left -= fragmentLengths[fragment++]
      if (left < 0 || count === 0)
        throw cursor.corrupt(`slice ${slice} with ${count} fragments, ${-left} bytes longer than their frame`)
    }
    frame += frameCount
    slices.push({
      kind,
      frameCount,
      shape,
      valueBytes: valueBytes[slice],
      wordBytes: wordBytes[slice],
      restBytes: restBytes[slice],
      // A list a frame takes more than everything else about it, and is asked for with its slice alone.
      get fragments() {
        if (kind !== 'encapsulated') return undefined
        let next = firstFragment
        return Array.from({ length: frameCount }, (_, k) => {
          let left = lengths[recordOf[firstFrame + k]]
          const list: number[] = []
          for (let f = 1; f < fragmentCounts[firstOfEncapsulated + k]; f++) {
            list.push(fragmentLengths[next])
            left -= fragmentLengths[next++]
          }
          list.push(left)
          return list
        })
      },
      offsetTable: OFFSET_TABLES[offsetTables[slice]],
    })
  }
  return { slices, records, recordOf }
}

function readShape(cursor: ByteCursor): FrameShape {
  const shape = { signed: false, planar: false } as FrameShape
  for (const field of SHAPE_FIELDS) shape[field] = cursor.count(0, 0xffffffff)
  const bits = cursor.u8()
  if (bits >> SHAPE_FLAGS.length) throw cursor.corrupt(`a shape with flags ${bits}`)
  shape.signed = (bits & 1) !== 0
  shape.planar = (bits & 2) !== 0
  if (bits & 4) shape.float = true
  return shape
}

function readStatistic(cursor: ByteCursor, count: number): (number | null)[] {
  const kinds = readCounts(cursor, count, AS_DOUBLE)
  let integers = 0
  for (const kind of kinds) if (kind === AS_INTEGER) integers++
  const values = readIntegers(cursor, integers)
  let next = 0
  return Array.from(kinds, kind => (kind === NOT_MEASURED ? null : kind === AS_INTEGER ? values[next++] : cursor.f64()))
}
