import type { ByteCursor } from '../bytes/cursor.ts'
import { ByteSink } from '../bytes/sink.ts'
import { FRAME_CODINGS, type FrameShape } from '../codec/frame.ts'
import { OFFSET_TABLES, PIXEL_KINDS, type SlicePixels } from '../cube/pixel-store.ts'
import { frameBits } from '../cube/pixels.ts'
import { DicubeError } from '../errors.ts'
import { CUBE_LIMITS } from '../limits.ts'
import { type FrameLists, readFrameLists, SHAPE_FIELDS, SHAPE_FLAGS, STATISTICS } from './frame-lists.ts'
import { type SizeOf, writeIntegers } from './integers.ts'

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
  const lists = readFrameLists(bytes, sliceCount, storedBytes, name)
  const { cursor, kinds, frameCounts, sliceShapes, valueBytes, wordBytes, restBytes, offsetTables } = lists
  const { fragmentCounts, fragmentLengths, recordOf, codings, lengths, recordShapes, outside, minima, maxima } = lists
  const shapes = [undefined, ...lists.shapes.map(shape => shapeOf(shape, cursor))]
  const recordCount = lengths.length
  if (checks.length !== recordCount * 4)
    throw cursor.corrupt(`${recordCount} stored frames, ${checks.length} bytes of checksums`)
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
      minimum: minima[i],
      maximum: maxima[i],
      outside: outside[i] === 1,
    })
    offset += lengths[i]
  }
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
    const found: SlicePixels = {
      kind,
      frameCount,
      shape,
      valueBytes: valueBytes[slice],
      wordBytes: wordBytes[slice],
      restBytes: restBytes[slice],
      offsetTable: OFFSET_TABLES[offsetTables[slice]],
    }
    slices.push(found)
    const firstFrame = frame
    frame += frameCount
    // The getter makes each object several times as large.
    if (kind !== 'encapsulated') continue
    const firstOfEncapsulated = ofEncapsulated
    const firstFragment = fragment
    for (let k = 0; k < frameCount; k++) {
      let left = lengths[recordOf[firstFrame + k]]
      const count = fragmentCounts[ofEncapsulated++]
      for (let f = 0; f < count - 1; f++) left -= fragmentLengths[fragment++]
      if (left < 0 || count === 0)
        throw cursor.corrupt(`slice ${slice} with ${count} fragments, ${-left} bytes longer than their frame`)
    }
    // A list a frame takes more than everything else about it, and is asked for with its slice alone.
    Object.defineProperty(found, 'fragments', {
      enumerable: true,
      get() {
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
    })
  }
  return { slices, records, recordOf }
}

function shapeOf({ fields, flags }: FrameLists['shapes'][number], cursor: ByteCursor): FrameShape {
  if (flags >> SHAPE_FLAGS.length) throw cursor.corrupt(`a shape with flags ${flags}`)
  const shape = { signed: (flags & 1) !== 0, planar: (flags & 2) !== 0 } as FrameShape
  for (const [i, field] of SHAPE_FIELDS.entries()) shape[field] = fields[i]
  if (flags & 4) shape.float = true
  return shape
}
