import { keywordOf } from '../dicom/dictionary.ts'
import { tagString } from '../dicom/tags.ts'
import { DicubeError } from '../errors.ts'
import { nodesOf } from './cells.ts'
import { frameCounts, functionalGroupsOf } from './frames.ts'
import type { AnyValue, DicomMeta } from './meta.ts'
import { normalOf } from './vectors.ts'

/** Slices that lie behind each other, one at a place. */
export interface SeriesVolume {
  /** In geometric order: along the normal of the image plane. Slices without a position are in the order of the series. */
  slices: number[]
  /** The same as numbers of frames, as image.frame(i) counts them: where each slice is one frame, the same numbers. */
  frames: number[]
  /**
   * What sets it apart from the other volumes, by keyword (a private attribute by its tag). Of an attribute that runs
   * within the volume, as Instance Number does, the first value.
   */
  attributes: Record<string, AnyValue | null>
}

/** Where the frames of a series lie; NaN where it is not said. */
export interface FrameGeometry {
  count: number
  sliceOf: Uint32Array
  /** x, y, z of each frame. */
  positions: Float64Array
  /** Row and column direction of each frame. */
  orientations: Float64Array
}

/** Normals that differ by less than this, in radians, are one stack whose slices are not quite parallel. */
const SAME_STACK_RADIANS = Math.PI / 180
/** Places closer than this, in mm, are one place. */
export const SAME_PLACE_MM = 1e-3

/** What can set volumes apart, the most telling first. */
const ATTRIBUTES = [
  'ReferencedSegmentNumber',
  'ImageType',
  'FrameType',
  'ComplexImageComponent',
  'EchoTime',
  'EffectiveEchoTime',
  'EchoNumbers',
  'InversionTime',
  'InversionTimes',
  'FlipAngle',
  'RepetitionTime',
  'DiffusionBValue',
  'DiffusionGradientOrientation',
  'TemporalPositionIdentifier',
  'TemporalPositionIndex',
  'TemporalPositionTimeOffset',
  'NominalPercentageOfCardiacPhase',
  'NominalCardiacTriggerDelayTime',
  'TriggerTime',
  'FrameReferenceTime',
  'KVP',
  'ConvolutionKernel',
  'ContrastBolusAgent',
  'SeriesTime',
  'AcquisitionNumber',
  'FrameAcquisitionNumber',
  'AcquisitionDateTime',
  'FrameAcquisitionDateTime',
  'AcquisitionTime',
  'ContentTime',
] as const
/** b-values and directions from before PS3.3 had attributes for them: creator, group, last two digits of the element. */
const PRIVATE_ATTRIBUTES = [
  ['SIEMENS MR HEADER', 0x0019, 0x0c],
  ['SIEMENS MR HEADER', 0x0019, 0x0e],
  ['GEMS_PARM_01', 0x0043, 0x39],
  ['Philips Imaging DD 001', 0x2001, 0x03],
  ['Image Private Header', 0x0065, 0x09],
  ['Image Private Header', 0x0065, 0x37],
] as const
/** Free text, which is asked last. */
const TEXTS = ['SequenceName', 'ImageComments', 'FrameComments'] as const

/** The volumes of a series, in the order of their first slices; none for objects that are no images. */
export function volumesOf(meta: DicomMeta, geometry: FrameGeometry = geometryOf(meta)): SeriesVolume[] {
  const attributes = { keys: once(() => [...keysOf(meta)]), numbers: once(() => meta.getFrameValues('InstanceNumber')) }
  const volumes = stacksOf(meta, geometry).flatMap(stack =>
    partsOf(stack, attributes).map(({ members, attributes }) => {
      const frames = members.map(member => stack.frames[member])
      return {
        slices: frames.map(frame => geometry.sliceOf[frame]),
        frames,
        attributes: { ...stack.attributes, ...attributes },
      }
    }),
  )
  const first = (volume: SeriesVolume) => volume.frames.reduce((least, frame) => Math.min(least, frame))
  return volumes
    .map(volume => ({ volume, at: first(volume) }))
    .sort((a, b) => a.at - b.at)
    .map(({ volume }) => volume)
}

export function geometryOf(meta: DicomMeta): FrameGeometry {
  const counts = frameCounts(meta.table)
  const count = counts.reduce((sum, frames) => sum + frames, 0)
  const sliceOf = new Uint32Array(count)
  for (let slice = 0, at = 0; slice < counts.length; slice++) {
    sliceOf.fill(slice, at, at + counts[slice])
    at += counts[slice]
  }
  const positions = vectorsOf(meta, 'ImagePositionPatient', 3, count)
  const orientations = vectorsOf(meta, 'ImageOrientationPatient', 6, count)
  if (count > counts.length) placeFrames(meta, counts, positions, orientations)
  return { count, sliceOf, positions, orientations }
}

/**
 * Frames that share the one position of their slice: each has its own along the normal where there is a Grid Frame
 * Offset Vector (PS3.3 §C.8.8.3.2), and none that is known where there is not.
 */
function placeFrames(meta: DicomMeta, counts: Uint32Array, positions: Float64Array, orientations: Float64Array): void {
  for (let slice = 0, first = 0; slice < counts.length; first += counts[slice++]) {
    if (counts[slice] === 1 || functionalGroupsOf(meta.table, slice) !== undefined) continue
    const found = meta.element('GridFrameOffsetVector', slice)?.Value ?? []
    const offsets = found.map(value => (typeof value === 'number' ? value : Number.NaN))
    const normal = normalAt(orientations, first)
    for (let k = counts[slice] - 1; k >= 0; k--)
      for (let axis = 0; axis < 3; axis++)
        positions[(first + k) * 3 + axis] =
          offsets.length === counts[slice]
            ? positions[first * 3 + axis] + (offsets[k] - offsets[0]) * normal[axis]
            : Number.NaN
  }
}

/** So many numbers of each frame; all of them NaN where it has not just so many. */
function vectorsOf(meta: DicomMeta, tag: string, width: number, count: number): Float64Array {
  try {
    const found = meta.getFrameNumbers(tag)
    if (found.shape[1] === width) return found.values
  } catch (error) {
    if (!(error instanceof DicubeError)) throw error
    const rows: readonly unknown[] = meta.getFrameValues(tag)
    const values = new Float64Array(count * width).fill(Number.NaN)
    for (const [i, row] of rows.entries())
      if (Array.isArray(row) && row.length === width)
        values.set(
          row.map(value => (typeof value === 'number' ? value : Number.NaN)),
          i * width,
        )
    return values
  }
  return new Float64Array(count * width).fill(Number.NaN)
}

/** Frames of one size and orientation. */
interface Stack {
  /** Along the normal. */
  frames: number[]
  /** For each of `frames` the number of its place; absent where the stack has no positions. */
  places?: Uint32Array
  attributes: SeriesVolume['attributes']
}

/** Whether the numbers [at, at + width) are all there. */
const isKnown = (values: Float64Array, at: number, width: number) => {
  for (let k = 0; k < width; k++) if (!Number.isFinite(values[at + k])) return false
  return true
}

function stacksOf(meta: DicomMeta, { count, sliceOf, positions, orientations }: FrameGeometry): Stack[] {
  const isImage = imageSlices(meta)
  const kinds = ['Rows', 'Columns', 'StackID'].flatMap(tag => {
    const values = varyingValues(meta, tag)
    return values ? [{ tag, values }] : []
  })
  const found: { frames: number[]; kind: string; at: number; normal?: readonly number[] }[] = []
  let last: (typeof found)[number] | undefined
  for (let frame = 0; frame < count; frame++) {
    if (!isImage(sliceOf[frame])) continue
    const at = frame * 6
    const isPlaced = isKnown(orientations, at, 6) && isKnown(positions, frame * 3, 3)
    const kind = kinds.length ? kinds.map(({ values }) => JSON.stringify(values[frame])).join() : ''
    const fits = (stack: (typeof found)[number]) =>
      stack.kind === kind &&
      (isPlaced ? stack.normal !== undefined && isParallel(orientations, stack.at, at) : stack.normal === undefined)
    if (!last || !fits(last)) {
      last = found.find(fits)
      if (!last) {
        last = { frames: [], kind, at, ...(isPlaced && { normal: normalAt(orientations, frame) }) }
        found.push(last)
      }
    }
    last.frames.push(frame)
  }
  const along = new Float64Array(count)
  const hasSeveral = found.filter(stack => stack.normal).length > 1
  return found.map(({ frames, normal, at }) => {
    const attributes: SeriesVolume['attributes'] = {}
    if (hasSeveral && normal) attributes.ImageOrientationPatient = Array.from(orientations.subarray(at, at + 6))
    for (const { tag, values } of kinds) attributes[tag] = values[frames[0]]
    if (!normal) return { frames, attributes }
    for (const frame of frames) along[frame] = distanceAlong(normal, positions, frame)
    const isSorted = frames.every((frame, i) => i === 0 || along[frame] >= along[frames[i - 1]])
    const sorted = isSorted ? frames : [...frames].sort((a, b) => along[a] - along[b] || a - b)
    const places = new Uint32Array(sorted.length)
    for (let i = 1, place = 0; i < sorted.length; i++) {
      if (along[sorted[i]] - along[sorted[i - 1]] > SAME_PLACE_MM) place++
      places[i] = place
    }
    return { frames: sorted, places, attributes }
  })
}

/** Both directions turned by less than the angle. */
function isParallel(orientations: Float64Array, a: number, b: number): boolean {
  for (let from = 0; from < 6; from += 3) {
    let sum = 0
    for (let k = from; k < from + 3; k++) sum += (orientations[a + k] - orientations[b + k]) ** 2
    if (sum > SAME_STACK_RADIANS ** 2) return false
  }
  return true
}

export const normalAt = (orientations: Float64Array, frame: number): readonly number[] =>
  normalOf(Array.from(orientations.subarray(frame * 6, frame * 6 + 6)))

export const distanceAlong = (normal: readonly number[], positions: Float64Array, frame: number): number =>
  normal[0] * positions[frame * 3] + normal[1] * positions[frame * 3 + 1] + normal[2] * positions[frame * 3 + 2]

/** Whether a slice has an image: Pixel Data, or where that is not in the metadata, Rows. */
function imageSlices(meta: DicomMeta): (slice: number) => boolean {
  if (!meta.has('Rows')) return () => false
  if (meta.isShared('Rows')) return () => true
  const rows = meta.getValues('Rows')
  return slice => rows[slice] !== null
}

function varyingValues(meta: DicomMeta, tag: string): readonly (AnyValue | null)[] | undefined {
  if (!meta.has(tag) && meta.table.layouts.every(({ nodes }) => nodes.every(node => node.tag !== PER_FRAME_GROUPS)))
    return undefined
  if (meta.isShared(tag)) return undefined
  const values = meta.getFrameValues(tag) as (AnyValue | null)[]
  const first = JSON.stringify(values[0])
  return values.every(value => JSON.stringify(value) === first) ? undefined : values
}
const PER_FRAME_GROUPS = 0x52009230

/** The values of attributes that may set volumes apart, read when they are asked for. */
interface Key {
  name: string
  values: readonly (AnyValue | null)[]
  /** The same value, the same number. */
  ids: Uint32Array
}

function* keysOf(meta: DicomMeta): Generator<Key> {
  for (const tag of [...ATTRIBUTES, ...privateTags(meta), ...TEXTS]) {
    const values = varyingValues(meta, tag)
    if (!values) continue
    const known = new Map<string, number>()
    const ids = Uint32Array.from(values, value => {
      const text = JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? String(part) : part))
      const id = known.get(text) ?? known.size
      known.set(text, id)
      return id
    })
    yield { name: keywordOf(tag) ?? tag, values, ids }
  }
}

/** PS3.5 §7.8.1: a private block is where its creator says. */
function privateTags(meta: DicomMeta): string[] {
  return PRIVATE_ATTRIBUTES.flatMap(([creator, group, element]) => {
    for (let block = 0x10; block < 0x100; block++) {
      const tag = group * 0x10000 + block
      if (!meta.table.layouts.some(layout => nodesOf(layout, tag).length)) continue
      if (meta.isShared(tagString(tag)) && meta.getStrings(tagString(tag))[0]?.[0] === creator)
        return [tagString(group * 0x10000 + block * 0x100 + element)]
    }
    return []
  })
}

interface Part {
  /** Indices of Stack.frames, in geometric order. */
  members: number[]
  attributes: SeriesVolume['attributes']
}

/** What volumes may differ in, read when a place comes twice. */
interface Attributes {
  keys(): readonly Key[]
  /** Instance Number of each frame. */
  numbers(): readonly (AnyValue | null)[]
}

/** A stack as volumes of one frame a place. Where nothing tells frames of one place apart, they stay together. */
function partsOf({ frames, places, attributes: own }: Stack, attributes: Attributes): Part[] {
  let parts: Part[] = [{ members: frames.map((_, i) => i), attributes: {} }]
  if (!places) return parts
  const excess = () => parts.reduce((sum, { members }) => sum + members.length - placeCount(members, places), 0)
  let left = excess()
  if (!left) return parts
  for (const key of attributes.keys()) {
    if (key.name in own || !recurs(key, frames, places)) continue
    const before = parts
    parts = parts.flatMap(part => {
      const { members, attributes } = part
      if (placeCount(members, places) === members.length) return [part]
      return [...groupsBy(members, member => key.ids[frames[member]]).values()].map(group => ({
        members: group,
        attributes: { ...attributes, [key.name]: key.values[frames[group[0]]] },
      }))
    })
    const now = excess()
    // An attribute that splits what was already apart says nothing new.
    if (now === left) parts = before
    left = now
    if (!left) return parts
  }
  return parts.flatMap(part => byTurns(part, frames, places, attributes))
}

const placeCount = (members: readonly number[], places: Uint32Array) => {
  let count = 1
  for (let i = 1; i < members.length; i++) if (places[members[i]] !== places[members[i - 1]]) count++
  return count
}

/** Whether the values of an attribute come again at every place, and do not run with the places. */
function recurs({ ids }: Key, frames: readonly number[], places: Uint32Array): boolean {
  const all = new Set<number>()
  let most = 0
  let here = new Set<number>()
  for (let i = 0; i < frames.length; i++) {
    if (i > 0 && places[i] !== places[i - 1]) here = new Set()
    here.add(ids[frames[i]])
    all.add(ids[frames[i]])
    most = Math.max(most, here.size)
  }
  return all.size > 1 && all.size === most
}

/**
 * Where most places come several times and only Instance Number tells them apart: the first of each place, the second
 * of each, …
 */
function byTurns(part: Part, frames: readonly number[], places: Uint32Array, { numbers }: Attributes): Part[] {
  const turns = [...groupsBy(part.members, member => places[member]).values()].map(group =>
    [...group].sort((a, b) => frames[a] - frames[b]),
  )
  const repeated = turns.filter(group => group.length > 1).length
  const isNumbered = turns.every(group => new Set(group.map(member => numbers()[frames[member]])).size === group.length)
  if (repeated * 2 <= turns.length || !isNumbered) return [part]
  const most = turns.reduce((count, group) => Math.max(count, group.length), 0)
  return Array.from({ length: most }, (_, turn) => {
    const members = turns.filter(group => turn < group.length).map(group => group[turn])
    const first = members.reduce((least, member) => Math.min(least, frames[member]), Number.POSITIVE_INFINITY)
    return { members, attributes: { ...part.attributes, InstanceNumber: numbers()[first] } }
  })
}

function groupsBy<T, K>(values: readonly T[], keyOf: (value: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>()
  for (const value of values) {
    const key = keyOf(value)
    const group = groups.get(key)
    if (group) group.push(value)
    else groups.set(key, [value])
  }
  return groups
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
