import {
  type Canvas,
  clipOf,
  createCanvas,
  createNoise,
  type Ellipse,
  eachSpan,
  fillEllipse,
  fillSpan,
  type Noise,
  squareProfile,
} from './canvas.ts'
import { mixSeeds, seededRandom, sineOfTurns } from './random.ts'

/** How much of the body the series shows, from the shoulders to the iliac wings. */
export const BODY_LENGTH_MM = 400
export const FIELD_OF_VIEW_MM = 420

/** A vessel: a straight, tapering piece from one point to another. */
interface Vessel {
  from: readonly [x: number, y: number, z: number]
  to: readonly [x: number, y: number, z: number]
  radiusFrom: number
  radiusTo: number
}
interface Loop extends Ellipse {
  z: number
  halfLength: number
  content: number
  gasAbove: number | null
}
interface Anatomy {
  lungVessels: readonly Vessel[]
  liverVessels: readonly Vessel[]
  bowel: readonly Loop[]
  edges: Noise
}
export interface Phantom {
  rows: number
  columns: number
  /** The Hounsfield units of the plane zMm below the top of the body; `slice` seeds its noise. The next call overwrites them. */
  plane(zMm: number, slice: number): Int16Array
}

const AIR = -1000
const FAT = -105
const MUSCLE = 55
const BLOOD = 165
const VERTEBRA_MM = 30

export function createPhantom(seed: number, rows: number, columns: number): Phantom {
  const canvas = createCanvas(rows, columns, FIELD_OF_VIEW_MM)
  const anatomy = createAnatomy(seed)
  const addNoise = createScanner(seed, rows, columns)
  return {
    rows,
    columns,
    plane(zMm, slice) {
      paintBody(canvas, anatomy, zMm)
      return addNoise(canvas.hu, slice)
    },
  }
}

/** 0 before `from`, 1 behind `to`, soft between. */
function ramp(z: number, from: number, to: number): number {
  const t = Math.min(1, Math.max(0, (z - from) / (to - from)))
  return t * t * (3 - 2 * t)
}
/** How wide an ellipsoid that reaches from `top` to `bottom` is at z: 0 to 1. */
function dome(z: number, top: number, bottom: number): number {
  const u = (2 * z - top - bottom) / (bottom - top)
  return Math.sqrt(Math.max(0, 1 - u * u))
}
function tiltOf(dx: number, dy: number): readonly [number, number] {
  const length = Math.sqrt(dx * dx + dy * dy)
  return length > 0 ? [dx / length, dy / length] : [1, 0]
}
/** A curve through points of ascending u. */
function interpolate(points: readonly (readonly [u: number, v: number])[], u: number): number {
  let index = 1
  while (index < points.length - 1 && points[index][0] < u) index++
  const [from, to] = [points[index - 1], points[index]]
  return from[1] + (to[1] - from[1]) * ramp(u, from[0], to[0])
}

function createAnatomy(seed: number): Anatomy {
  const random = seededRandom(mixSeeds(seed, 1))
  const between = (from: number, to: number) => from + (to - from) * random()
  return {
    lungVessels: [-1, 1].flatMap(side => growLungVessels(side, between)),
    liverVessels: growLiverVessels(between),
    bowel: Array.from({ length: 75 }, () => growLoop(between)),
    edges: createNoise(mixSeeds(seed, 2)),
  }
}

type Between = (from: number, to: number) => number

function growLungVessels(side: number, between: Between): Vessel[] {
  const vessels: Vessel[] = []
  for (let branch = 0; branch < 40; branch++) {
    const from = [side * between(30, 42), between(-12, 14), between(105, 140)] as const
    const to = [side * between(55, 128), between(-88, 88), between(8, 268)] as const
    const radiusFrom = between(2.6, 4.6)
    vessels.push({ from, to, radiusFrom, radiusTo: 0.9 })
    for (let twig = 0; twig < 8; twig++) {
      const along = between(0.25, 0.95)
      const start = [0, 1, 2].map(axis => from[axis] + (to[axis] - from[axis]) * along)
      const reach = 40 * (1.1 - along)
      vessels.push({
        from: [start[0], start[1], start[2]],
        to: [
          start[0] + between(-reach, reach),
          start[1] + between(-reach, reach),
          start[2] + between(-1.3, 1.3) * reach,
        ],
        radiusFrom: radiusFrom + (0.9 - radiusFrom) * along,
        radiusTo: 0.6,
      })
    }
  }
  // Far from the root they run every way, and a plane shows them as dots.
  for (let end = 0; end < 260; end++) {
    const from = [side * between(36, 140), between(-95, 95), between(-10, 270)] as const
    const to = [from[0] + between(-14, 14), from[1] + between(-14, 14), from[2] + between(25, 60)] as const
    const radiusFrom = between(0.8, 1.9)
    vessels.push({ from, to, radiusFrom, radiusTo: 0.6 })
  }
  return vessels
}

function growLiverVessels(between: Between): Vessel[] {
  const portal = [-22, -8, 262] as const
  const veins = [-18, 12, 196] as const
  return Array.from({ length: 34 }, (_, branch) => ({
    from: branch % 2 ? portal : veins,
    to: [between(-140, 10), between(-80, 60), between(192, 315)],
    radiusFrom: between(3, 5.5),
    radiusTo: 0.8,
  }))
}

function growLoop(between: Between): Loop {
  const gas = between(0, 1)
  return {
    x: between(-88, 88),
    y: between(-78, 20),
    z: between(288, 430),
    a: between(11, 22),
    b: between(10, 16),
    halfLength: between(16, 34),
    tilt: tiltOf(1, between(-1, 1)),
    content: between(0, 1) < 0.15 ? 170 : 18,
    gasAbove: gas < 0.4 ? between(-0.4, 0.5) : null,
  }
}

interface Outline {
  skin: Ellipse
  cavity: Ellipse
  ribs: Ellipse
}

function outlineAt(z: number): Outline {
  const a = 174 + 16 * (1 - ramp(z, -20, 80)) - 14 * ramp(z, 190, 290) + 18 * ramp(z, 320, 400)
  const b = 106 + 8 * ramp(z, 0, 110) - 6 * ramp(z, 230, 320)
  const sideFat = 13 + 9 * ramp(z, 180, 330)
  const frontFat = 11 + 12 * ramp(z, 220, 360)
  // The back lies on the table, wherever the front is.
  const skin = { x: 0, y: 112 - b, a, b, squareness: 0.4 }
  const wall = { x: 0, y: 114 - b, a: a - sideFat, b: b - frontFat, squareness: 0.35 }
  const thickness = 20 - 6 * ramp(z, 60, 140) + 2 * ramp(z, 250, 320) + 34 * (1 - ramp(z, -30, 60))
  const cavity = { x: 0, y: 110 - b, a: wall.a - thickness, b: wall.b - 17, squareness: 0.3 }
  const ribs = { ...cavity, a: cavity.a + 7, b: cavity.b + 7 }
  return { skin, cavity, ribs }
}

function paintBody(canvas: Canvas, anatomy: Anatomy, z: number): void {
  const outline = outlineAt(z)
  canvas.clip = null
  canvas.hu.fill(AIR)
  paintTable(canvas)
  paintWall(canvas, anatomy, outline, z)
  canvas.clip = clipOf(canvas, outline.cavity)
  if (z < 275) paintLungs(canvas, anatomy, z)
  paintMediastinum(canvas, anatomy, z)
  paintAbdomen(canvas, anatomy, z)
  canvas.clip = null
  paintGreatVessels(canvas, z)
  paintSpine(canvas, z)
  paintRibs(canvas, outline, z)
}

function paintTable(canvas: Canvas): void {
  const shells: readonly (readonly [y: number, hu: number])[] = [
    [156, -150],
    [153, -965],
    [122, -150],
    [119, -940],
  ]
  for (const [bottom, hu] of shells) {
    eachSpan(canvas, { x: 0, y: bottom - 105, a: 196, b: 105, squareness: 0.25 }, (row, from, to, y) => {
      if (y > 70) fillSpan(canvas, row, from, to, hu)
    })
  }
}

function paintWall(canvas: Canvas, { edges }: Anatomy, { skin, cavity }: Outline, z: number): void {
  fillEllipse(canvas, skin, 15)
  fillEllipse(canvas, { ...skin, a: skin.a - 2.2, b: skin.b - 2.2 }, FAT)
  const wall = { ...cavity, a: cavity.a + 18, b: cavity.b + 16, wobble: { mm: 3, noise: edges, z } }
  fillEllipse(canvas, wall, MUSCLE)
  // Between the layers of the wall lies a little fat.
  fillEllipse(canvas, { ...cavity, a: cavity.a + 11, b: cavity.b + 9, wobble: { mm: 2, noise: edges, z: z + 90 } }, -50)
  fillEllipse(canvas, { ...cavity, a: cavity.a + 9, b: cavity.b + 8 }, 48)
  fillEllipse(canvas, cavity, Math.round(MUSCLE - 10 - 125 * ramp(z, 20, 90) - 25 * ramp(z, 190, 240)))
  const back = 34 - 6 * (1 - ramp(z, 40, 200))
  for (const side of [-1, 1]) {
    const wobble = { mm: 2, noise: edges, z: z + 30 * side }
    fillEllipse(canvas, { x: side * 31, y: 84, a: back, b: 17, wobble }, FAT)
    fillEllipse(canvas, { x: side * 30, y: 84, a: back - 3, b: 15, wobble }, MUSCLE + 5)
    if (z < 110) paintShoulder(canvas, edges, side, z)
    if (z > 335) paintIliacWing(canvas, edges, side, z)
  }
}

function paintShoulder(canvas: Canvas, noise: Noise, side: number, z: number): void {
  const size = 1 - ramp(z, 20, 125)
  const muscle = {
    x: side * (128 - 10 * size),
    y: 50,
    a: 24 + 18 * size,
    b: 16 + 22 * size,
    wobble: { mm: 3, noise, z },
  }
  fillEllipse(canvas, muscle, MUSCLE)
  const chest = { x: side * 82, y: -76, a: 44, b: 6 + 8 * size, tilt: tiltOf(4, 1.4 * side) }
  fillEllipse(canvas, chest, MUSCLE + 3)
  const scapula = { x: side * 122, y: 52, a: 32 * dome(z, -90, 118), tilt: tiltOf(1, -1.1 * side) }
  fillEllipse(canvas, { ...scapula, b: 4.4 }, 640)
  fillEllipse(canvas, { ...scapula, a: scapula.a - 2, b: 2.6 }, 300)
  const clavicle = { x: side * (58 - 0.6 * z), y: -58 - 0.4 * z, tilt: tiltOf(3, -1 * side) }
  fillEllipse(canvas, { ...clavicle, a: 24 * dome(z, -30, 42), b: 6.5 * dome(z, -30, 42) }, 620)
  fillEllipse(canvas, { ...clavicle, a: 21 * dome(z, -28, 40), b: 4.3 * dome(z, -28, 40) }, 260)
}

function paintIliacWing(canvas: Canvas, noise: Noise, side: number, z: number): void {
  const size = dome(z, 335, 520)
  const wing = { x: side * (104 - 0.1 * (z - 335)), y: 34, tilt: tiltOf(1, 1.5 * -side) }
  fillEllipse(
    canvas,
    { ...wing, x: wing.x + side * 18, a: 60 * size, b: 26 * size, wobble: { mm: 2, noise, z } },
    MUSCLE,
  )
  fillEllipse(canvas, { ...wing, a: 52 * size, b: 8 * size }, 640)
  fillEllipse(canvas, { ...wing, a: 50 * size, b: 5.8 * size }, 230)
}

/** How far the lung keeps from the middle, by y. */
const MEDIAL = [
  [-100, 12],
  [-70, 9],
  [-45, 22],
  [-20, 36],
  [5, 40],
  [25, 27],
  [50, 26],
  [75, 34],
  [100, 46],
] as const

function paintLungs(canvas: Canvas, anatomy: Anatomy, z: number): void {
  const { cavity } = outlineAt(z)
  const size = z < 100 ? dome(z, -14, 214) : 1
  const lung = { ...cavity, a: (cavity.a - 2) * (0.25 + 0.75 * size), b: (cavity.b - 2) * (0.3 + 0.7 * size) }
  const shape = { ...lung, wobble: { mm: 1.5, noise: anatomy.edges, z } }
  eachSpan(canvas, shape, (row, from, to, y) => {
    const medial = interpolate(MEDIAL, y) + 3 * anatomy.edges(y / 18, z / 22)
    const hu = Math.round(-868 + 0.32 * y + 10 * anatomy.edges(y / 30 + 7, z / 25))
    fillSpan(canvas, row, from, -medial, hu)
    fillSpan(canvas, row, medial, to, hu)
  })
  for (const vessel of anatomy.lungVessels) paintVessel(canvas, vessel, z, 35)
}

/** Where a plane cuts a vessel there is an ellipse, as long as the vessel is flat; as far as the vessel goes. */
function paintVessel(canvas: Canvas, { from, to, radiusFrom, radiusTo }: Vessel, z: number, hu: number): void {
  const [dx, dy, dz] = [to[0] - from[0], to[1] - from[1], to[2] - from[2]]
  const steep = Math.abs(dz) > 1 ? dz : 1
  const along = Math.min(1, Math.max(0, (z - from[2]) / steep))
  const radius = radiusFrom + (radiusTo - radiusFrom) * along
  const off = Math.abs(z - from[2] - dz * along)
  if (off > radius) return
  const flat = Math.sqrt(dx * dx + dy * dy)
  const b = Math.sqrt(radius * radius - off * off)
  const a = b * Math.min(flat / Math.abs(steep) + 1, 7)
  fillEllipse(canvas, { x: from[0] + dx * along, y: from[1] + dy * along, a, b, tilt: tiltOf(dx, dy) }, hu)
}

function paintMediastinum(canvas: Canvas, { edges }: Anatomy, z: number): void {
  const wobble = (mm: number, shift: number) => ({ mm, noise: edges, z: z + shift })
  if (z < 92) {
    const trachea = { x: 2, y: 6 + 0.16 * z, a: 9, b: 8.5 }
    fillEllipse(canvas, { ...trachea, a: 11, b: 10.5 }, 40)
    fillEllipse(canvas, trachea, -985)
  }
  if (z < 135) {
    fillEllipse(canvas, { x: -27, y: -14 - 0.05 * z, a: 9, b: 8, wobble: wobble(1, 5) }, 220)
    if (z < 58) fillEllipse(canvas, { x: 26 - 0.1 * z, y: -12, a: 7, b: 6 }, BLOOD)
    if (z < 58) fillEllipse(canvas, { x: -12, y: -16, a: 7, b: 6 }, BLOOD)
  }
  for (const side of [-1, 1]) {
    const split = ramp(z, 88, 135)
    const bronchus = { x: side * (7 + 36 * split), y: 20, a: 6.5 + 3 * dome(z, 85, 150), b: 6.5 }
    if (z > 86 && z < 140) fillEllipse(canvas, { ...bronchus, a: bronchus.a + 2, b: 8.5 }, 40)
    if (z > 88 && z < 136) fillEllipse(canvas, { ...bronchus, tilt: tiltOf(2, side) }, -980)
    const artery = dome(z, 100, 142)
    const tilt = tiltOf(3, side * 0.9)
    fillEllipse(canvas, { x: side * 26, y: -8, a: 26 * artery, b: 10 * artery, tilt }, 215)
  }
  if (z > 96 && z < 145) fillEllipse(canvas, { x: 12, y: -32, a: 14, b: 14, wobble: wobble(1, 0) }, 215)
  paintHeart(canvas, edges, z)
}

function paintHeart(canvas: Canvas, noise: Noise, z: number): void {
  const size = dome(z, 122, 236)
  if (size === 0) return
  const tilt = tiltOf(1, 0.35)
  const ellipse = (x: number, y: number, a: number, b: number, top: number, bottom: number, hu: number, mm = 1.5) => {
    const chamber = dome(z, top, bottom)
    fillEllipse(canvas, { x, y, a: a * chamber, b: b * chamber, tilt, wobble: { mm, noise, z: z + x } }, hu)
  }
  ellipse(20, -30, 74, 54, 116, 240, -85)
  ellipse(20, -30, 68, 48, 122, 236, 95)
  ellipse(8, 4, 30, 17, 126, 182, 185)
  ellipse(-26, -24, 22, 25, 128, 214, 150)
  ellipse(0, -52, 34, 18, 136, 226, 165)
  ellipse(44, -20, 31, 21, 146, 226, 195)
  // The papillary muscles stand in the left ventricle.
  ellipse(52, -14, 5, 4, 170, 215, 100, 0)
  ellipse(38, -27, 5, 4, 165, 210, 100, 0)
}

function paintAbdomen(canvas: Canvas, anatomy: Anatomy, z: number): void {
  const { edges } = anatomy
  const { cavity } = outlineAt(z)
  const wobble = (mm: number, shift: number) => ({ mm, noise: edges, z: z + shift })
  const part = (shape: Ellipse, top: number, bottom: number): Ellipse => {
    const size = dome(z, top, bottom)
    return { ...shape, a: shape.a * size, b: shape.b * size }
  }
  // The diaphragm: two domes that rise into the lungs and push them to the rim.
  const right = dome(Math.min(z, 275), 168, 382)
  const left = dome(Math.min(z, 280), 184, 376)
  const [width, depth] = [cavity.a / 2 + 8, cavity.b]
  const hemi = (side: number, size: number, less: number): Ellipse => {
    const [a, b] = [width * size - less, (depth + 4) * size - less]
    return { x: side * (width - 12), y: -2, a, b, squareness: 0.3, wobble: wobble(1.5, 50 * side) }
  }
  fillEllipse(canvas, hemi(-1, right, 0), 60)
  fillEllipse(canvas, hemi(1, left, 0), 60)
  fillEllipse(canvas, hemi(-1, right, 3), FAT)
  fillEllipse(canvas, hemi(1, left, 3), FAT)
  if (z > 230) fillEllipse(canvas, { x: 0, y: -20, a: 60 * dome(Math.min(z, 300), 225, 376), b: 70 }, FAT)
  paintBowel(canvas, anatomy, z)
  paintLiver(canvas, anatomy, z, hemi(-1, right, 4))
  fillEllipse(
    canvas,
    { ...part({ x: 104, y: 34, a: 30, b: 46, tilt: tiltOf(1, 0.4) }, 196, 312), wobble: wobble(2, 3) },
    120,
  )
  paintStomach(canvas, edges, z)
  for (const side of [-1, 1]) paintKidney(canvas, edges, side, z + (side < 0 ? -8 : 4))
  const pancreas = part({ x: 22, y: -4, a: 52, b: 11, tilt: tiltOf(1, 0.25), wobble: wobble(4, 12) }, 262, 306)
  fillEllipse(canvas, pancreas, 88)
  const grow = ramp(z, 290, 400)
  for (const side of [-1, 1]) {
    if (z > 290)
      fillEllipse(canvas, { x: side * (34 + 12 * grow), y: 50 - 6 * grow, a: 8 + 14 * grow, b: 12 + 10 * grow }, 60)
  }
}

function paintLiver(canvas: Canvas, { liverVessels, edges }: Anatomy, z: number, underDome: Ellipse): void {
  const wobble = { mm: 2.5, noise: edges, z: z + 17 }
  const shrink = dome(Math.max(z, 255), 176, 334)
  const lobe = {
    ...underDome,
    a: underDome.a * shrink,
    b: underDome.b * (0.35 + 0.65 * shrink) * (shrink > 0 ? 1 : 0),
    wobble,
  }
  fillEllipse(canvas, { ...lobe, x: underDome.x - (1 - shrink) * 18 }, 108)
  const leftLobe = dome(z, 184, 292)
  const tilt = tiltOf(1, -0.2)
  fillEllipse(canvas, { x: -2, y: -52, a: 66 * leftLobe, b: 29 * leftLobe, tilt, wobble }, 108)
  const before = canvas.clip
  if (before && lobe.a > 4 && lobe.b > 4) {
    const inside = clipOf(canvas, { ...lobe, a: lobe.a - 3, b: lobe.b - 3, wobble: undefined })
    for (let row = 0; row < canvas.rows; row++) {
      inside.from[row] = Math.max(inside.from[row], before.from[row])
      inside.to[row] = Math.min(inside.to[row], before.to[row])
    }
    canvas.clip = inside
    for (const vessel of liverVessels) paintVessel(canvas, vessel, z, 160)
    canvas.clip = before
  }
  const gallbladder = dome(z, 272, 314)
  fillEllipse(canvas, { x: -62, y: -46, a: 15 * gallbladder, b: 19 * gallbladder }, 70)
  fillEllipse(canvas, { x: -62, y: -46, a: 13 * gallbladder, b: 17 * gallbladder }, 12)
}

function paintStomach(canvas: Canvas, noise: Noise, z: number): void {
  const size = dome(z, 190, 286)
  const stomach = { x: 64 - 16 * ramp(z, 220, 280), y: -30, a: 52 * size, b: 38 * size, tilt: tiltOf(1, -0.5) }
  const wobble = { mm: 2, noise, z }
  fillEllipse(canvas, { ...stomach, wobble }, 75)
  const inside = { ...stomach, a: stomach.a - 4, b: stomach.b - 4, wobble }
  fillEllipse(canvas, inside, 25)
  fillEllipse(canvas, { ...inside, yTo: -44 }, -975)
}

function paintKidney(canvas: Canvas, noise: Noise, side: number, z: number): void {
  const size = dome(z, 262, 370)
  if (size === 0) return
  const kidney = { x: side * 64, y: 42, tilt: tiltOf(0.5, side), wobble: { mm: 1.5, noise, z } }
  fillEllipse(canvas, { ...kidney, a: 30 * size, b: 25 * size }, 190)
  fillEllipse(canvas, { ...kidney, a: 21 * size, b: 16 * size }, 150)
  const sinus = dome(z, 284, 346)
  fillEllipse(canvas, { ...kidney, x: side * (64 - 10 * sinus), a: 17 * sinus, b: 10 * sinus }, -80)
  fillEllipse(canvas, { ...kidney, x: side * (60 - 6 * sinus), a: 8 * sinus, b: 4 * sinus, wobble: undefined }, 60)
}

function paintBowel(canvas: Canvas, { bowel, edges }: Anatomy, z: number): void {
  for (const loop of bowel) {
    const size = dome(z, loop.z - loop.halfLength, loop.z + loop.halfLength)
    if (size > 0) paintLoop(canvas, { ...loop, a: loop.a * size, b: loop.b * size, wobble: { mm: 2, noise: edges, z } })
  }
  const drift = (shift: number) => 7 * edges(z / 24 + shift, 3.5)
  const colon = (x: number, y: number, size: number, gasAbove: number): Loop => {
    const wobble = { mm: 2.5, noise: edges, z: z + x }
    return { x, y, z, a: 24 * size, b: 22 * size, halfLength: 0, content: -40, gasAbove, wobble }
  }
  if (z > 268) paintLoop(canvas, colon(-98 + drift(1), 2, dome(Math.min(z, 340), 262, 418), 0.1))
  if (z > 232)
    paintLoop(canvas, colon(108 + drift(9), 4 - 0.1 * (z - 232), 0.75 * dome(Math.min(z, 300), 226, 374), -0.3))
  const across = dome(z, 292, 330)
  const transverse = { ...colon(0, -66, across, 0.2), a: 96 * across, b: 15 * across }
  if (across > 0) paintLoop(canvas, transverse)
}

function paintLoop(canvas: Canvas, loop: Loop): void {
  fillEllipse(canvas, loop, 72)
  const inside = { ...loop, a: loop.a - 2.6, b: loop.b - 2.6 }
  fillEllipse(canvas, inside, loop.content)
  // Gas gathers in front: the patient lies on the back.
  if (loop.gasAbove !== null) fillEllipse(canvas, { ...inside, yTo: loop.y + loop.gasAbove * loop.b }, -960)
}

function paintGreatVessels(canvas: Canvas, z: number): void {
  const arch = dome(z, 54, 84)
  fillEllipse(canvas, { x: 8, y: 2, a: 34 * arch, b: 12.5 * arch, tilt: tiltOf(1, 0.8) }, 190)
  if (z > 68 && z < 146) fillEllipse(canvas, { x: -9, y: -19, a: 15, b: 15 }, 190)
  if (z > 66 && z < 372) {
    const radius = 12.5 - 3.5 * ramp(z, 180, 330)
    const aorta = { x: 27 - 16 * ramp(z, 150, 290), y: 33 - 6 * ramp(z, 190, 280), a: radius, b: radius }
    fillEllipse(canvas, { ...aorta, a: radius + 1.6, b: radius + 1.6 }, 45)
    fillEllipse(canvas, aorta, 185)
    if (z > 280) fillEllipse(canvas, { ...aorta, x: aorta.x - radius, a: 2.5, b: 1.2 }, 800)
  }
  if (z >= 364)
    for (const side of [-1, 1]) fillEllipse(canvas, { x: side * (8 + 0.4 * (z - 364)), y: 27, a: 7, b: 7 }, 180)
  if (z > 204) fillEllipse(canvas, { x: -22, y: 24 - 4 * ramp(z, 205, 270), a: 12.5, b: 9.5 }, 130)
  if (z < 240) fillEllipse(canvas, { x: 6, y: 30 + 4 * ramp(z, 60, 150), a: 7, b: 5 }, 45)
}

function paintSpine(canvas: Canvas, z: number): void {
  const scale = 0.78 + 0.32 * (z / BODY_LENGTH_MM)
  const level = z / VERTEBRA_MM + 0.6
  const phase = level - Math.floor(level)
  const y = 53 - 3 * ramp(z, 250, 400)
  const bone = phase < 0.76
  // A vertebral body is narrowest in its middle and ends in dense plates.
  const waist = bone ? 2 * Math.abs(phase / 0.38 - 1) : 2
  const body = { x: 0, y, a: (19.5 + waist) * scale, b: (14.5 + waist) * scale, squareness: 0.2 }
  const plate = Math.max(ramp(phase, 0.1, 0), ramp(phase, 0.66, 0.76))
  fillEllipse(canvas, { ...body, a: body.a + 3, b: body.b + 3 }, 20)
  if (bone) {
    fillEllipse(canvas, body, 560)
    fillEllipse(canvas, { ...body, a: body.a - 1.8, b: body.b - 1.8 }, Math.round(215 + 260 * plate))
  } else fillEllipse(canvas, body, 82)
  const back = y + 14.5 * scale
  const neural = dome(phase, 0.02, 0.7)
  for (const side of [-1, 1]) {
    fillEllipse(canvas, { x: side * 13 * scale, y: back + 4, a: 4.5 * neural, b: 9 * neural }, 520)
    fillEllipse(canvas, { x: side * 13 * scale, y: back + 4, a: 2.7 * neural, b: 7 * neural }, 260)
    const process = dome(phase, 0.15, 0.55)
    fillEllipse(
      canvas,
      { x: side * 29 * scale, y: back + 9, a: 16 * process, b: 4.4 * process, tilt: tiltOf(1, 0.3 * side) },
      480,
    )
    fillEllipse(
      canvas,
      { x: side * 29 * scale, y: back + 9, a: 14 * process, b: 2.6 * process, tilt: tiltOf(1, 0.3 * side) },
      240,
    )
    const lamina = { x: side * 9 * scale, y: back + 19, a: 12, tilt: tiltOf(1, -0.75 * side) }
    if (phase > 0.25 && phase < 0.95) fillEllipse(canvas, { ...lamina, b: 3.6 }, 560)
    const facet = dome(phase, 0.6, 1)
    fillEllipse(canvas, { x: side * 17 * scale, y: back + 13, a: 6 * facet, b: 7.5 * facet }, 600)
  }
  const spine = dome(phase, 0.3, 1)
  fillEllipse(canvas, { x: 0, y: back + 31, a: 4.2 * spine, b: 13 * spine }, 520)
  fillEllipse(canvas, { x: 0, y: back + 31, a: 2.4 * spine, b: 11 * spine }, 260)
  fillEllipse(canvas, { x: 0, y: back + 8, a: 10 * scale, b: 8.4 * scale }, -40)
  fillEllipse(canvas, { x: 0, y: back + 8, a: 7.6 * scale, b: 6.4 * scale }, 32)
}

/** Each rib leaves the spine and sinks on its way around the chest; a plane meets several, each at another angle. */
function paintRibs(canvas: Canvas, { ribs }: Outline, z: number): void {
  const discs: { x: number; y: number; radius: number }[] = []
  for (let rib = -3; rib < 12; rib++) {
    const end = rib < 9 ? 0.36 : 0.36 - 0.07 * (rib - 8)
    for (let turns = 0.035; turns < end; turns += 0.004) {
      const off = (z - (8 + VERTEBRA_MM * rib + 235 * turns)) / 6.2
      if (Math.abs(off) >= 1) continue
      const radius = 4.4 * Math.sqrt(1 - off * off)
      const y = ribs.b * sineOfTurns(turns + 0.25)
      const x = ribs.a * squareProfile(y / ribs.b, ribs.squareness ?? 0)
      discs.push({ x: -x, y: y + ribs.y, radius }, { x, y: y + ribs.y, radius })
    }
  }
  for (const { x, y, radius } of discs) fillEllipse(canvas, { x, y, a: radius, b: radius }, 620)
  for (const { x, y, radius } of discs) fillEllipse(canvas, { x, y, a: radius - 1.5, b: radius - 1.5 }, 240)
  const sternum = dome(z, 28, 188)
  const front = ribs.y - ribs.b - 2
  if (sternum > 0.2) {
    const width = 13 + 12 * dome(z, 20, 70)
    fillEllipse(canvas, { x: 0, y: front, a: width, b: 6.5 }, 420)
    fillEllipse(canvas, { x: 0, y: front, a: width - 1.6, b: 4.9 }, 190)
  }
}

/** What the scanner adds: noise that is strongest where the body is thickest, and the blur of its reconstruction kernel. */
function createScanner(seed: number, rows: number, columns: number): (hu: Int16Array, slice: number) => Int16Array {
  const random = seededRandom(mixSeeds(seed, 3))
  const uniforms = () => Array.from({ length: 12 }, random).reduce((sum, value) => sum + value, -6)
  const gauss = Int16Array.from({ length: 4096 }, () => Math.round(1000 * uniforms()))
  // Of the noise that is put in, the blur leaves 3/8: 15 HU in the middle of the body, 8 in the corners.
  const strength = (index: number, count: number) => {
    const u = (2 * index + 1) / count - 1
    return Math.round(((20 - 9 * u * u) * 65536) / 1000)
  }
  const byRow = Int32Array.from({ length: rows }, (_, row) => strength(row, rows))
  const byColumn = Int32Array.from({ length: columns }, (_, column) => strength(column, columns))
  const noisy = new Int16Array(rows * columns)
  const blurred = new Int16Array(rows * columns)
  return (hu, slice) => {
    let state = mixSeeds(seed, 4, slice) | 1
    for (let row = 0, index = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++, index++) {
        state ^= state << 13
        state ^= state >>> 17
        state ^= state << 5
        noisy[index] = hu[index] + ((gauss[(state >>> 8) & 4095] * (byRow[row] + byColumn[column])) >> 16)
      }
    }
    blur(noisy, blurred, rows, columns)
    return blurred
  }
}

/** Weights 1 2 1 across and down; whole numbers, so that no platform rounds otherwise. */
function blur(from: Int16Array, to: Int16Array, rows: number, columns: number): void {
  const sums = new Int32Array(columns)
  for (let row = 0; row < rows; row++) {
    const here = row * columns
    const above = row > 0 ? here - columns : here
    const below = row < rows - 1 ? here + columns : here
    for (let column = 0; column < columns; column++) {
      sums[column] = from[above + column] + 2 * from[here + column] + from[below + column]
    }
    for (let column = 0; column < columns; column++) {
      const left = sums[column > 0 ? column - 1 : column]
      const right = sums[column < columns - 1 ? column + 1 : column]
      to[here + column] = (left + 2 * sums[column] + right + 8) >> 4
    }
  }
}
