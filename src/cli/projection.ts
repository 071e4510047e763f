import { mapOrdered } from '../bytes/map-ordered.ts'
import type { DicomCubeImage } from '../cube/image.ts'
import type { Vec3 } from '../cube/space.ts'
import { geometryOf } from '../cube/volumes.ts'
import { isPadding, modalityFunction, type Presentation } from '../cube/window.ts'
import { DicubeError } from '../errors.ts'

/** The direction that a projection looks along, as a patient lies: z is from feet to head, y from front to back, x from right to left. */
export const VIEWS = ['axial', 'coronal', 'sagittal'] as const
export type View = (typeof VIEWS)[number]

/** The greatest modality value along each ray; NaN where there is none. */
export interface Projection {
  rows: number
  columns: number
  values: Float64Array
  /** Of a pixel's height and of its width; 1 and 1 where the series does not say. */
  spacingMm: [row: number, column: number]
  /** What lies at the left, right, upper and lower edge: R, L, A, P, F and H; absent where the series does not say. */
  edges?: [left: string, right: string, top: string, bottom: string]
}

/** The axes of a volume of frames: along a row, down a column, from frame to frame. */
export interface Grid {
  axes: [Vec3, Vec3, Vec3]
  spacingMm: Vec3
  isKnown: boolean
}

/** Directions of the patient coordinate system (PS3.3 §C.7.6.2.1.1) and what lies there. */
const [X, Y, Z] = [0, 1, 2]
const ENDS = [
  ['R', 'L'],
  ['A', 'P'],
  ['F', 'H'],
] as const
/** Across and down as images are read: patient's right at the left, front or head at the top. */
const SHOWN: Record<View, { across: number; down: number; isDownReversed: boolean }> = {
  axial: { across: X, down: Y, isDownReversed: false },
  coronal: { across: X, down: Z, isDownReversed: true },
  sagittal: { across: Y, down: Z, isDownReversed: true },
}

const dot = (a: readonly number[], b: readonly number[]) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2]

/** Where some frames that lie behind each other are; unknown: the standard's axes, and squares. */
export function gridOf(image: DicomCubeImage, frames: readonly number[], spacing: readonly number[]): Grid {
  const { positions, orientations } = geometryOf(image.meta)
  const vector = (from: Float64Array, at: number) => Array.from(from.subarray(at, at + 3)) as Vec3
  const [first, last] = [frames[0], frames[frames.length - 1]]
  const [x, y] = [vector(orientations, first * 6), vector(orientations, first * 6 + 3)]
  const step = vector(positions, last * 3).map((value, k) => value - positions[first * 3 + k]) as Vec3
  const stepMm = Math.hypot(...step) / (frames.length - 1)
  const isKnown = [...x, ...y, stepMm].every(Number.isFinite) && stepMm > 0
  const [rowMm, columnMm] = spacing
  if (!isKnown)
    return {
      axes: [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
      ],
      spacingMm: [columnMm, rowMm, columnMm],
      isKnown,
    }
  const z = step.map(value => value / Math.hypot(...step)) as Vec3
  return { axes: [x, y, z], spacingMm: [columnMm, rowMm, stepMm], isKnown }
}

/** Which axis of the grid each axis of the patient is nearest to, all three different. */
function nearestAxes({ axes }: Grid): [number, number, number] {
  const orders: [number, number, number][] = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ]
  const closeness = (order: readonly number[]) => order.reduce((sum, axis, k) => sum + Math.abs(axes[axis][k]), 0)
  return orders.reduce((best, order) => (closeness(order) > closeness(best) ? order : best))
}

/**
 * The greatest modality values of a volume along an axis of the grid, the one nearest to the axis of the patient, turned
 * as such images are read. `frames` are in geometric order.
 * @throws DicubeError `unsupported-pixels` for colour, `not-uniform` where frames differ in size
 */
export async function project(
  image: DicomCubeImage,
  frames: readonly number[],
  presentationOf: (frame: number) => Presentation,
  view: View,
  grid: Grid,
  onProgress: (done: number) => void,
  signal: AbortSignal,
): Promise<Projection> {
  const first = await image.frame(frames[0], undefined, signal)
  const size: Vec3 = [first.columns, first.rows, frames.length]
  const nearest = nearestAxes(grid)
  const { across, down, isDownReversed } = SHOWN[view]
  const [h, v] = [nearest[across], nearest[down]]
  const [columns, rows] = [size[h], size[v]]
  const isFlipped = (axis: number, patient: number) => dot(grid.axes[axis], unit(patient)) < 0
  const [flipAcross, flipDown] = [isFlipped(h, across), isFlipped(v, down) !== isDownReversed]
  const values = new Float64Array(rows * columns).fill(Number.NaN)
  const at: Vec3 = [0, 0, 0]
  for await (const frame of mapOrdered(frames, 8, i => image.frame(i, undefined, signal))) {
    if (frame.samples !== 1 || presentationOf(frames[at[2]]).palette)
      throw new DicubeError(
        'unsupported-pixels',
        `frame ${frames[at[2]]}: is in colour; a projection wants grey values`,
      )
    if (frame.rows !== first.rows || frame.columns !== first.columns)
      throw new DicubeError(
        'not-uniform',
        `frame ${frames[at[2]]} is ${frame.columns} × ${frame.rows}, frame ${frames[0]} ${first.columns} × ${first.rows}; a projection wants frames of one size`,
      )
    const presentation = presentationOf(frames[at[2]])
    const toModality = modalityFunction(presentation.modality)
    for (let i = 0; i < frame.values.length; i++) {
      const stored = Number(frame.values[i])
      if (isPadding(stored, presentation)) continue
      at[0] = i % frame.columns
      at[1] = (i - at[0]) / frame.columns
      const x = flipAcross ? columns - 1 - at[h] : at[h]
      const y = flipDown ? rows - 1 - at[v] : at[v]
      const value = toModality(stored)
      // What is there so far may be NaN, which is not greater than anything.
      if (!(values[y * columns + x] >= value)) values[y * columns + x] = value
    }
    onProgress(++at[2])
  }
  const [low, high] = isDownReversed ? [1, 0] : [0, 1]
  return {
    rows,
    columns,
    values,
    spacingMm: [grid.spacingMm[v], grid.spacingMm[h]],
    ...(grid.isKnown && { edges: [ENDS[across][0], ENDS[across][1], ENDS[down][low], ENDS[down][high]] }),
  }
}

const unit = (axis: number): Vec3 => [0, 1, 2].map(k => (k === axis ? 1 : 0)) as Vec3
