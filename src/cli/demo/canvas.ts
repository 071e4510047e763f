import { seededRandom } from './random.ts'

/** An axial plane in mm (x to the patient's left, y to the back, both 0 in the middle) that holds Hounsfield units. */
export interface Canvas {
  hu: Int16Array
  rows: number
  columns: number
  mmPerPixel: number
  /** What is painted next stays within these columns of each row; null: everywhere. */
  clip: { from: Float64Array; to: Float64Array } | null
}
export interface Ellipse {
  x: number
  y: number
  a: number
  b: number
  /** Direction of the `a` axis; (1, 0) without. */
  tilt?: readonly [cosine: number, sine: number]
  /** 0: an ellipse; 1: nearly a rectangle. Only without tilt. */
  squareness?: number
  /** Moves the edges by up to so many mm, by a smooth noise of y and z. */
  wobble?: { mm: number; noise: Noise; z: number }
  yFrom?: number
  yTo?: number
}
type Tissue = number | ((yMm: number) => number)

export function createCanvas(rows: number, columns: number, widthMm: number): Canvas {
  return { hu: new Int16Array(rows * columns), rows, columns, mmPerPixel: widthMm / columns, clip: null }
}

const yOfRow = (canvas: Canvas, row: number) => (row - (canvas.rows - 1) / 2) * canvas.mmPerPixel
const rowOfY = (canvas: Canvas, y: number) => y / canvas.mmPerPixel + (canvas.rows - 1) / 2

/** Paints [xFrom, xTo) of one row. Pixels that are covered in part get their part, or edges would be stairs. */
export function fillSpan(canvas: Canvas, row: number, xFrom: number, xTo: number, hu: number): void {
  const half = canvas.columns / 2
  let from = Math.max(0, xFrom / canvas.mmPerPixel + half)
  let to = Math.min(canvas.columns, xTo / canvas.mmPerPixel + half)
  if (canvas.clip) {
    from = Math.max(from, canvas.clip.from[row])
    to = Math.min(to, canvas.clip.to[row])
  }
  if (to <= from) return
  const start = row * canvas.columns
  const first = Math.floor(from)
  const last = Math.min(canvas.columns - 1, Math.floor(to))
  if (first === last) {
    blend(canvas.hu, start + first, hu, to - from)
    return
  }
  blend(canvas.hu, start + first, hu, first + 1 - from)
  canvas.hu.fill(hu, start + first + 1, start + last)
  blend(canvas.hu, start + last, hu, to - last)
}

function blend(plane: Int16Array, index: number, hu: number, share: number): void {
  plane[index] = Math.round(plane[index] + (hu - plane[index]) * share)
}

export function fillEllipse(canvas: Canvas, shape: Ellipse, tissue: Tissue): void {
  if (!(shape.a > 0 && shape.b > 0)) return
  eachSpan(canvas, shape, (row, from, to, y) => {
    fillSpan(canvas, row, from, to, typeof tissue === 'number' ? tissue : tissue(y))
  })
}

/** The columns of each row that a shape covers, as a clip. */
export function clipOf(canvas: Canvas, shape: Ellipse): NonNullable<Canvas['clip']> {
  const clip = { from: new Float64Array(canvas.rows), to: new Float64Array(canvas.rows) }
  eachSpan(canvas, shape, (row, from, to) => {
    clip.from[row] = from / canvas.mmPerPixel + canvas.columns / 2
    clip.to[row] = to / canvas.mmPerPixel + canvas.columns / 2
  })
  return clip
}

export function eachSpan(
  canvas: Canvas,
  shape: Ellipse,
  visit: (row: number, from: number, to: number, y: number) => void,
): void {
  const { x, y, a, b, tilt = [1, 0], squareness = 0, wobble } = shape
  const [cosine, sine] = tilt
  const reach = Math.sqrt(a * a * sine * sine + b * b * cosine * cosine)
  const yFrom = Math.max(y - reach, shape.yFrom ?? -Infinity)
  const yTo = Math.min(y + reach, shape.yTo ?? Infinity)
  const firstRow = Math.max(0, Math.ceil(rowOfY(canvas, yFrom)))
  const lastRow = Math.min(canvas.rows - 1, Math.floor(rowOfY(canvas, yTo)))
  // A point lies inside where p·dx² + 2·q·dx·dy + r·dy² ≤ 1.
  const p = (cosine * cosine) / (a * a) + (sine * sine) / (b * b)
  const q = cosine * sine * (1 / (a * a) - 1 / (b * b))
  const r = (sine * sine) / (a * a) + (cosine * cosine) / (b * b)
  for (let row = firstRow; row <= lastRow; row++) {
    const rowY = yOfRow(canvas, row)
    const dy = rowY - y
    const root = q * dy * (q * dy) - p * (r * dy * dy - 1)
    if (root < 0) continue
    const middle = x - (q * dy) / p
    const half = squareness ? a * squareProfile(dy / b, squareness) : Math.sqrt(root) / p
    const left = wobble ? wobble.mm * wobble.noise(rowY / 14, wobble.z / 20) : 0
    const right = wobble ? wobble.mm * wobble.noise(rowY / 14 + 40, wobble.z / 20) : 0
    visit(row, middle - half + left, middle + half + right, rowY)
  }
}

/** Half the width of a rounded shape of half width 1 at u in [-1, 1] of its height. */
export function squareProfile(u: number, squareness: number): number {
  const square = u * u
  const round = Math.sqrt(Math.max(0, 1 - square))
  return round + squareness * (Math.sqrt(Math.sqrt(Math.max(0, 1 - square * square))) - round)
}

/** Smooth noise in [-1, 1] over a plane: random values at whole numbers, and a soft way from one to the next. */
export type Noise = (x: number, y: number) => number

export function createNoise(seed: number): Noise {
  const random = seededRandom(seed)
  const values = Float64Array.from({ length: 256 }, () => 2 * random() - 1)
  const order = Uint8Array.from({ length: 256 }, () => Math.floor(random() * 256))
  const at = (x: number, y: number) => values[(order[x & 255] + y) & 255]
  const soft = (t: number) => t * t * (3 - 2 * t)
  return (x, y) => {
    const column = Math.floor(x)
    const row = Math.floor(y)
    const across = soft(x - column)
    const top = at(column, row) + across * (at(column + 1, row) - at(column, row))
    const bottom = at(column, row + 1) + across * (at(column + 1, row + 1) - at(column, row + 1))
    return top + soft(y - row) * (bottom - top)
  }
}
