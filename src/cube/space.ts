import { CommonTags } from '../dicom/common-tags.ts'
import { DicubeError } from '../errors.ts'
import type { DicomMeta } from './meta.ts'
import { cross, type Vec3 } from './vectors.ts'

export type { Vec3 } from './vectors.ts'

/** What a Space is as JSON, and as a v1 file has it: axes in the order x, y, z. */
export interface SpaceJson {
  shape: Vec3
  origin: Vec3
  spacing: Vec3
  x_orientation: Vec3
  y_orientation: Vec3
  z_orientation: Vec3
}

const KEYS = ['shape', 'origin', 'spacing', 'x_orientation', 'y_orientation', 'z_orientation'] as const

/** Neither a direction nor an angle of it is off by more in what can be called a grid. */
const ROUGH = 0.01
/** Each slice lies where the grid says, to this share of the step. */
const STEP_SHARE = 0.05

/**
 * Where the voxels of a volume lie in the patient, in mm (PS3.3 §C.7.6.2.1.1). Axes are in the order x, y, z: x runs
 * along a row (with the column number), y down a column (with the row number), z from slice to slice. z_orientation is
 * the direction of the step between slices, which a tilted gantry makes other than the normal of the image plane.
 *
 * The order is x, y, z in the file and here. Arrays of voxels are the other way round: a volume is [slices, rows, columns],
 * and so is its spacingMm. The Python package turns its Space round in memory: shape and spacing are z, y, x there, its
 * x_orientation is the z_orientation of the file and the other way round, and the origin stays x, y, z.
 */
export class Space {
  /** Voxels along x, y, z: columns, rows, slices. */
  readonly shape: Vec3
  /** Centre of voxel (0, 0, 0) in the patient. */
  readonly origin: Vec3
  /** Distance of voxel centres along x, y, z. */
  readonly spacing: Vec3
  readonly xOrientation: Vec3
  readonly yOrientation: Vec3
  readonly zOrientation: Vec3

  constructor({ shape, origin, spacing, x_orientation, y_orientation, z_orientation }: SpaceJson) {
    this.shape = shape
    this.origin = origin
    this.spacing = spacing
    this.xOrientation = x_orientation
    this.yOrientation = y_orientation
    this.zOrientation = z_orientation
  }

  /** @throws DicubeError `corrupt` */
  static fromJson(json: unknown): Space {
    const fail = (why: string) => new DicubeError('corrupt', `space: ${why}`)
    if (typeof json !== 'object' || json === null) throw fail('not an object')
    const found = json as Record<string, unknown>
    for (const key of Object.keys(found))
      if (!(KEYS as readonly string[]).includes(key)) throw fail(`the key ${JSON.stringify(key)}`)
    for (const key of KEYS) {
      const vector = found[key]
      if (!Array.isArray(vector) || vector.length !== 3 || !vector.every(Number.isFinite))
        throw fail(`${key} is not three finite numbers`)
    }
    const space = new Space(found as unknown as SpaceJson)
    if (!space.shape.every(n => Number.isSafeInteger(n) && n > 0)) throw fail(`a shape of ${space.shape}`)
    if (!space.spacing.every(n => n > 0)) throw fail(`a spacing of ${space.spacing}`)
    for (const axis of [space.xOrientation, space.yOrientation, space.zOrientation])
      if (Math.abs(length(axis) - 1) > ROUGH) throw fail(`an orientation of length ${length(axis)}`)
    if (Math.abs(determinant(space)) < ROUGH) throw fail('orientations in one plane')
    return space
  }

  toJSON(): SpaceJson {
    return {
      shape: this.shape,
      origin: this.origin,
      spacing: this.spacing,
      x_orientation: this.xOrientation,
      y_orientation: this.yOrientation,
      z_orientation: this.zOrientation,
    }
  }

  /**
   * Equation C.7.6.2.1-1 of PS3.3 with a third axis: the 4 × 4 matrix, row after row, that takes the column vector
   * [column, row, slice, 1] of a voxel's indices to [x, y, z, 1] in the patient coordinate system (LPS, mm).
   */
  toAffine(): number[] {
    const axes = [this.xOrientation, this.yOrientation, this.zOrientation]
    const rows = [0, 1, 2].map(k => [...axes.map((axis, i) => axis[k] * this.spacing[i]), this.origin[k]])
    return [...rows.flat(), 0, 0, 0, 1]
  }

  /** [column, row, slice], which may lie between voxels, to the patient. */
  toPatient(voxel: Readonly<Vec3>): Vec3 {
    const m = this.toAffine()
    return [0, 4, 8].map(k => m[k] * voxel[0] + m[k + 1] * voxel[1] + m[k + 2] * voxel[2] + m[k + 3]) as Vec3
  }

  /** The mirror of toPatient. */
  toVoxel(patient: Readonly<Vec3>): Vec3 {
    const d = patient.map((value, k) => value - this.origin[k]) as Vec3
    const [x, y, z] = [this.xOrientation, this.yOrientation, this.zOrientation]
    // Cramer's rule: with a tilted gantry the axes are not at right angles, so a transpose would not do.
    const scale = determinant(this)
    const solved = [dot(d, cross(y, z)), dot(d, cross(z, x)), dot(d, cross(x, y))]
    return solved.map((value, i) => value / scale / this.spacing[i]) as Vec3
  }

  /** Whether slices are stacked at right angles to the image plane, which a tilted gantry does not do. */
  get isOrthogonal(): boolean {
    const [x, y, z] = [this.xOrientation, this.yOrientation, this.zOrientation]
    return [dot(x, y), dot(y, z), dot(z, x)].every(cosine => Math.abs(cosine) <= ROUGH)
  }
}

/**
 * The grid that the frames of a series lie on, in the order of the slices; undefined where sizes, spacings,
 * orientations or positions are missing, differ, or make no even steps along a line. Frames are one a slice, or those of
 * one enhanced multi-frame instance (PS3.3 §C.7.6.16).
 */
export function spaceOf(meta: DicomMeta, frames: number): Space | undefined {
  const plane =
    frames === meta.sliceCount
      ? planeOfSlices(meta)
      : meta.sliceCount === 1 && frames > 1
        ? planeOfFrames(meta, frames)
        : undefined
  const [columns] = sharedNumbers(meta, CommonTags.Columns) ?? []
  const [rows] = sharedNumbers(meta, CommonTags.Rows) ?? []
  if (!plane || !(columns > 0) || !(rows > 0)) return undefined
  const { spacing, orientation, positions, thickness } = plane
  if (spacing.length !== 2 || orientation.length !== 6 || !spacing.every(mm => mm > 0)) return undefined
  const x = orientation.slice(0, 3) as Vec3
  const y = orientation.slice(3) as Vec3
  if (Math.abs(length(x) - 1) > ROUGH || Math.abs(length(y) - 1) > ROUGH || Math.abs(dot(x, y)) > ROUGH)
    return undefined
  const step = stepOf(positions)
  if (!step && positions.length > 1) return undefined
  const stepMm = step ? length(step) : thickness > 0 ? thickness : 1
  const z = (step ? step.map(value => value / stepMm) : cross(x, y)) as Vec3
  const space = new Space({
    shape: [columns, rows, positions.length],
    origin: positions[0] as Vec3,
    // Pixel Spacing is row spacing first: the distance between rows runs along y.
    spacing: [spacing[1], spacing[0], stepMm],
    x_orientation: x,
    y_orientation: y,
    z_orientation: z,
  })
  return Math.abs(determinant(space)) < ROUGH ? undefined : space
}

interface Plane {
  spacing: number[]
  orientation: number[]
  positions: number[][]
  thickness: number
}

function planeOfSlices(meta: DicomMeta): Plane | undefined {
  const spacing = sharedNumbers(meta, CommonTags.PixelSpacing)
  const orientation = sharedNumbers(meta, CommonTags.ImageOrientationPatient)
  const positions = numbersPerSlice(meta, CommonTags.ImagePositionPatient, 3)
  const [thickness = Number.NaN] = sharedNumbers(meta, CommonTags.SliceThickness) ?? []
  return spacing && orientation && positions && { spacing, orientation, positions, thickness }
}

/** Plane Position, Plane Orientation and Pixel Measures of each frame, or of all frames together. */
function planeOfFrames(meta: DicomMeta, frames: number): Plane | undefined {
  const ofFrame = (frame: number, path: string) =>
    numbersPerSlice(meta, `PerFrameFunctionalGroupsSequence[${frame}].${path}`)?.[0] ??
    numbersPerSlice(meta, `SharedFunctionalGroupsSequence[0].${path}`)?.[0]
  const ofAll = (path: string) => {
    const all = Array.from({ length: frames }, (_, frame) => ofFrame(frame, path))
    return all.every(values => values !== undefined) ? all : undefined
  }
  const positions = ofAll('PlanePositionSequence[0].ImagePositionPatient')
  if (!positions?.every(position => position.length === 3)) return undefined
  const orientation = sameNumbers(ofAll('PlaneOrientationSequence[0].ImageOrientationPatient'))
  const spacing = sameNumbers(ofAll('PixelMeasuresSequence[0].PixelSpacing'))
  const [thickness = Number.NaN] = ofFrame(0, 'PixelMeasuresSequence[0].SliceThickness') ?? []
  return spacing && orientation && { spacing, orientation, positions, thickness }
}

/** The even step from each position to the next; undefined where there is none or they leave the line. */
function stepOf(positions: readonly (readonly number[])[]): Vec3 | undefined {
  const [first] = positions
  const n = positions.length - 1
  if (n < 1) return undefined
  const step = [0, 1, 2].map(k => (positions[n][k] - first[k]) / n) as Vec3
  const stepMm = length(step)
  if (!(stepMm > 1e-4)) return undefined
  const isOff = (position: readonly number[], i: number) =>
    length([0, 1, 2].map(k => position[k] - first[k] - i * step[k]) as Vec3) > STEP_SHARE * stepMm
  return positions.some(isOff) ? undefined : step
}

/** Numbers of each slice; undefined where a slice has none, other than `width` of them, or one that is no number. */
export function numbersPerSlice(meta: DicomMeta, tag: string, width?: number): number[][] | undefined {
  const found = finiteNumbers(meta, tag)
  if (!found || (width !== undefined && found.width !== width)) return undefined
  const { values, width: w } = found
  return Array.from({ length: values.length / w }, (_, i) => Array.from(values.subarray(i * w, i * w + w)))
}

/** The same as one array. */
export function finiteNumbers(meta: DicomMeta, tag: string): { values: Float64Array; width: number } | undefined {
  try {
    const { values, shape } = meta.getNumbers(tag)
    return values.length > 0 && values.every(Number.isFinite) ? { values, width: shape[1] } : undefined
  } catch (error) {
    if (error instanceof DicubeError) return undefined
    throw error
  }
}

/** The numbers that all slices have in common, whatever digits they are written with. */
export function sharedNumbers(meta: DicomMeta, tag: string): number[] | undefined {
  const found = finiteNumbers(meta, tag)
  if (!found) return undefined
  const { values, width } = found
  const first = Array.from(values.subarray(0, width))
  const tolerances = tolerancesOf(first)
  for (let at = width; at < values.length; at++)
    if (!(Math.abs(values[at] - first[at % width]) <= tolerances[at % width])) return undefined
  return first
}

/** Differences that are rounding: this much in a direction, and this share of any other number. */
const SAME_DIRECTION = 1e-4
const SAME_SHARE = 1e-6

const tolerancesOf = (numbers: readonly number[]) =>
  numbers.map(value => (numbers.length === 6 ? SAME_DIRECTION : SAME_SHARE * Math.abs(value)))

function sameNumbers(rows: readonly number[][] | undefined): number[] | undefined {
  const first = rows?.[0]
  if (!rows || !first) return undefined
  const tolerances = tolerancesOf(first)
  const isSame = (row: number[]) =>
    row.length === first.length && row.every((value, k) => Math.abs(value - first[k]) <= tolerances[k])
  return rows.every(isSame) ? first : undefined
}

const dot = (a: Vec3, b: Vec3) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
const length = (a: Vec3) => Math.hypot(...a)
const determinant = ({ xOrientation, yOrientation, zOrientation }: Space) =>
  dot(xOrientation, cross(yOrientation, zOrientation))
