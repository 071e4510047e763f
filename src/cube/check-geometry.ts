import { ascending, counted, type Report } from './check-codes.ts'
import { numberOf, numbersOf, odd } from './check-columns.ts'
import type { DicomMeta } from './meta.ts'
import { distanceAlong, type FrameGeometry, geometryOf, normalAt, SAME_PLACE_MM, type SeriesVolume } from './volumes.ts'

const TAG = { rows: 0x00280010, columns: 0x00280011, pixelSpacing: 0x00280030 } as const

/** Lengths and angles of directions that are off by no more are rounded. */
const ROUGH = 0.01
/** Directions that differ by no more are the same, written with other digits. */
const SAME_DIRECTION = 1e-3
/** A step that differs from the usual one by more than this share of it is another. */
const STEP_SHARE = 0.05
/** A step that is so near to a multiple of the usual one has slices left out. */
const MULTIPLE_SHARE = 0.1
/** More places than this share that are left out: that is how the series was made. */
const MOST_GAPS_SHARE = 0.2

/** How slices lie in the patient (PS3.3 §C.7.6.2.1.1). */
export function checkGeometry(
  meta: DicomMeta,
  geometry: FrameGeometry,
  volumes: readonly SeriesVolume[],
  report: Report,
): void {
  checkDirections(geometry, report)
  checkSizes(meta, report)
  const turned = volumes.filter(volume => volume.attributes.ImageOrientationPatient !== undefined)
  const directions = new Set(turned.map(volume => JSON.stringify(volume.attributes.ImageOrientationPatient)))
  if (directions.size > 1)
    report(
      'several-orientations',
      ascending(turned.flatMap(({ slices }) => slices)),
      `volumes of ${directions.size} orientations`,
      {
        found: directions.size,
      },
    )
  const short = shortVolumes(volumes, geometry)
  for (const { volume, expected } of short)
    report(
      'incomplete-volume',
      ascending(volume.slices),
      `a volume${nameOf(volume)} of ${volume.slices.length} slices, others have ${expected}`,
      { expected, found: volume.slices.length },
    )
  const incomplete = new Set(short.map(({ volume }) => volume))
  const measured = measuresOf(meta, geometry)
  for (const volume of volumes) checkVolume(volume, geometry, measured, incomplete.has(volume), report)
}

const nameOf = ({ attributes }: SeriesVolume) => {
  const names = Object.entries(attributes).map(([keyword, value]) => `${keyword} ${JSON.stringify(value)}`)
  return names.length ? ` (${names.join(', ')})` : ''
}

function checkDirections({ count, sliceOf, orientations }: FrameGeometry, report: Report): void {
  const notUnit = new Set<number>()
  const notOrthogonal = new Set<number>()
  for (let frame = 0, at = 0; frame < count; frame++, at += 6) {
    const o = orientations
    // Math.hypot guards against overflow, which costs more than all the rest of this loop.
    const row = Math.sqrt(o[at] ** 2 + o[at + 1] ** 2 + o[at + 2] ** 2)
    const column = Math.sqrt(o[at + 3] ** 2 + o[at + 4] ** 2 + o[at + 5] ** 2)
    const cosine = (o[at] * o[at + 3] + o[at + 1] * o[at + 4] + o[at + 2] * o[at + 5]) / (row * column)
    if (Math.abs(row - 1) > ROUGH || Math.abs(column - 1) > ROUGH) notUnit.add(sliceOf[frame])
    else if (Math.abs(cosine) > ROUGH) notOrthogonal.add(sliceOf[frame])
  }
  if (notUnit.size)
    report(
      'orientation-not-unit',
      [...notUnit],
      `${counted(notUnit.size, 'slice')} with directions that are not of length 1`,
    )
  if (notOrthogonal.size)
    report(
      'orientation-not-orthogonal',
      [...notOrthogonal],
      `${counted(notOrthogonal.size, 'slice')} whose rows and columns are not at right angles`,
    )
}

function checkSizes({ table }: DicomMeta, report: Report): void {
  const [rows, columns] = [numberOf(table, TAG.rows), numberOf(table, TAG.columns)]
  const sizes = odd({
    isShared: rows.isShared && columns.isShared,
    values: rows.isShared && columns.isShared ? [] : rows.values.map((n, i) => n && `${n} × ${columns.values[i]}`),
  })
  if (sizes)
    report('mixed-dimensions', sizes.slices, `${sizes.others.length + 1} image sizes (rows × columns) in one series`, {
      expected: String(sizes.usual),
      found: sizes.others.slice(0, 20).map(String),
    })
  const spacings = numbersOf(table, TAG.pixelSpacing)
  const found = odd({
    isShared: spacings.isShared,
    values: spacings.isShared
      ? []
      : spacings.values.map(mm => mm?.map(value => Number(value.toPrecision(6))).join(' × ')),
  })
  if (found)
    report('mixed-pixel-spacing', found.slices, `${found.others.length + 1} Pixel Spacings in one series`, {
      expected: found.usual,
      found: found.others.slice(0, 20),
    })
}

const isPlaced = ({ positions, orientations }: FrameGeometry, frame: number) =>
  Number.isFinite(positions[frame * 3]) && Number.isFinite(orientations[frame * 6])

/** Volumes with fewer slices than the largest one of the same orientation and size. */
function shortVolumes(
  volumes: readonly SeriesVolume[],
  geometry: FrameGeometry,
): { volume: SeriesVolume; expected: number }[] {
  const placed = volumes.filter(({ frames }) => frames.every(frame => isPlaced(geometry, frame)))
  const kindOf = ({ attributes }: SeriesVolume) =>
    JSON.stringify(['ImageOrientationPatient', 'Rows', 'Columns', 'StackID'].map(name => attributes[name] ?? null))
  const most = new Map<string, number>()
  for (const volume of placed) most.set(kindOf(volume), Math.max(most.get(kindOf(volume)) ?? 0, volume.slices.length))
  return placed.flatMap(volume => {
    const expected = most.get(kindOf(volume))!
    return volume.slices.length < expected ? [{ volume, expected }] : []
  })
}

/** What is said about distances, for each frame. */
interface Measures {
  thickness(frame: number): number | undefined
  spacing(frame: number): number | undefined
}

function measuresOf(meta: DicomMeta, { count }: FrameGeometry): Measures {
  const numbers = (tag: string) => {
    if (count === meta.sliceCount && meta.isMissing(tag)) return () => undefined
    const numberOf = (value: unknown) => (typeof value === 'number' && value !== 0 ? Math.abs(value) : undefined)
    if (meta.isShared(tag)) {
      const shared = numberOf(meta.getSharedValue(tag))
      return () => shared
    }
    const values: readonly unknown[] = meta.getFrameValues(tag)
    return (frame: number) => numberOf(values[frame])
  }
  return { thickness: numbers('SliceThickness'), spacing: numbers('SpacingBetweenSlices') }
}

function checkVolume(
  { frames, slices, attributes }: SeriesVolume,
  geometry: FrameGeometry,
  measures: Measures,
  isShort: boolean,
  report: Report,
): void {
  const { positions, orientations } = geometry
  const n = frames.length
  const [first] = frames
  if (n < 2 || !frames.every(frame => isPlaced(geometry, frame))) return
  const volume = nameOf({ frames, slices, attributes })
  // Directions that are not of length 1 are a finding of their own, and no measure.
  const cross = normalAt(orientations, first)
  const normal = cross.map(value => value / Math.hypot(...cross))

  const turned: number[] = []
  for (const frame of frames) {
    let most = 0
    for (let k = 0; k < 6; k++)
      most = Math.max(most, Math.abs(orientations[frame * 6 + k] - orientations[first * 6 + k]))
    if (most > SAME_DIRECTION) turned.push(frame)
  }
  if (turned.length)
    report(
      'not-parallel',
      ascending(
        (turned.length * 2 > n ? frames.filter(frame => !turned.includes(frame)) : turned).map(
          frame => geometry.sliceOf[frame],
        ),
      ),
      `slices of one volume${volume} that are not parallel`,
    )

  const along = new Float64Array(n)
  for (let i = 0; i < n; i++) along[i] = distanceAlong(normal, positions, frames[i])
  const twins = new Set<number>()
  const steps = new Float64Array(n - 1)
  let count = 0
  for (let i = 1; i < n; i++) {
    const mm = along[i] - along[i - 1]
    if (mm > SAME_PLACE_MM) steps[count++] = mm
    else twins.add(i - 1).add(i)
  }
  if (twins.size) {
    const same = ascending([...twins].map(i => slices[i]))
    report('duplicate-position', same, `${counted(twins.size, 'frame')} of one volume${volume} at the place of another`)
  }
  if (!count) return

  const usual = steps.subarray(0, count).sort()[(count - 1) >> 1]
  const others: Step[] = []
  for (let i = 1; i < n; i++) {
    const mm = along[i] - along[i - 1]
    if (mm > SAME_PLACE_MM && Math.abs(mm - usual) > STEP_SHARE * usual) others.push({ at: i, mm })
  }
  checkSteps({ slices, along, steps: others, total: count, usual, isShort, volume }, report)
  checkLine({ frames, slices, attributes }, geometry, normal, along, usual, report)
  checkMeasures(frames, slices, measures, usual, volume, report)
}

interface Step {
  /** Where it ends. */
  at: number
  mm: number
}

interface Steps {
  slices: readonly number[]
  along: Float64Array
  /** Those that are not the usual one. */
  steps: readonly Step[]
  total: number
  usual: number
  isShort: boolean
  volume: string
}

function checkSteps({ slices, along, steps, total, usual, isShort, volume }: Steps, report: Report): void {
  if (!steps.length) return
  const times = (mm: number) => Math.round(mm / usual)
  const isMultiple = ({ mm }: Step) => times(mm) >= 2 && Math.abs(mm / usual - times(mm)) <= MULTIPLE_SHARE
  const round = (mm: number) => Math.round(mm * 1000) / 1000
  if (steps.every(isMultiple) && steps.length <= Math.max(1, MOST_GAPS_SHARE * total)) {
    // What other volumes of the series have at those places is an incomplete volume's own finding.
    if (isShort) return
    const places = steps.flatMap(({ at, mm }) =>
      Array.from({ length: times(mm) - 1 }, (_, k) => round(along[at - 1] + ((k + 1) * mm) / times(mm))),
    )
    report(
      'missing-positions',
      ascending(steps.flatMap(({ at }) => [slices[at - 1], slices[at]])),
      `${counted(places.length, 'place')}${volume} without a slice, at ${places.slice(0, 5).join(', ')}${places.length > 5 ? ' …' : ''} mm along the normal`,
      { expected: places.slice(0, 20), found: steps.length },
    )
    return
  }
  const all = steps.map(({ mm }) => mm)
  report(
    'irregular-spacing',
    ascending(steps.map(({ at }) => slices[at])),
    `slices${volume} at distances of ${round(Math.min(...bounds(all), usual))} to ${round(Math.max(...bounds(all), usual))} mm`,
    { expected: round(usual), found: [...new Set(all.map(round))].slice(0, 20) },
  )
}

const bounds = (values: readonly number[]): [number, number] =>
  values.reduce<[number, number]>(
    ([least, most], value) => [Math.min(least, value), Math.max(most, value)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  )

/** Whether slices lie on a line, and the angle of that line to the normal of the image plane. */
function checkLine(
  volume: SeriesVolume,
  { positions }: FrameGeometry,
  normal: readonly number[],
  along: Float64Array,
  usual: number,
  report: Report,
): void {
  const { frames, slices } = volume
  const n = frames.length
  const [first, last] = [frames[0] * 3, frames[n - 1] * 3]
  const length = along[n - 1] - along[0]
  if (!(length > SAME_PLACE_MM)) return
  const slope = [0, 1, 2].map(k => (positions[last + k] - positions[first + k]) / length)
  const off: number[] = []
  for (let i = 1; i < n - 1; i++) {
    let sum = 0
    for (let k = 0; k < 3; k++)
      sum += (positions[frames[i] * 3 + k] - positions[first + k] - (along[i] - along[0]) * slope[k]) ** 2
    if (Math.sqrt(sum) > STEP_SHARE * usual) off.push(slices[i])
  }
  if (off.length) {
    report(
      'positions-off-line',
      ascending(off),
      `${counted(off.length, 'slice')}${nameOf(volume)} beside the line of the others`,
    )
    return
  }
  const sideways = Math.hypot(...slope.map((value, k) => value - normal[k]))
  if (sideways <= ROUGH) return
  const degrees = Math.round((Math.atan(sideways) * 18000) / Math.PI) / 100
  report(
    'gantry-tilt',
    ascending(slices),
    `slices${nameOf(volume)} are stacked at ${degrees}° to the normal of their planes`,
    {
      expected: 0,
      found: degrees,
    },
  )
}

/** Slice Thickness and Spacing Between Slices against the distance of slices. */
function checkMeasures(
  frames: readonly number[],
  slices: readonly number[],
  measures: Measures,
  usual: number,
  volume: string,
  report: Report,
): void {
  const mm = Math.round(usual * 1000) / 1000
  const differs = (value: number | undefined) => value !== undefined && Math.abs(value - usual) > 0.01 * usual + 0.001
  const those = (of: (frame: number) => number | undefined) => {
    const found: number[] = []
    for (let i = 0; i < frames.length; i++) if (differs(of(frames[i]))) found.push(i)
    return found
  }
  const thin = those(measures.thickness)
  if (thin.length) {
    const thickness = measures.thickness(frames[thin[0]])!
    report(
      'thickness-against-spacing',
      ascending(thin.map(i => slices[i])),
      `Slice Thickness is ${thickness} mm and the distance of slices ${mm} mm${volume}: they ${thickness > usual ? 'overlap' : 'leave gaps'}`,
      { expected: mm, found: thickness },
    )
  }
  const spaced = those(measures.spacing)
  if (spaced.length) {
    const spacing = measures.spacing(frames[spaced[0]])!
    report(
      'spacing-between-slices',
      ascending(spaced.map(i => slices[i])),
      `Spacing Between Slices is ${spacing} mm and the distance of slices ${mm} mm${volume}`,
      { expected: mm, found: spacing },
    )
  }
}

/**
 * What the volume_geometry_index of the NCI Imaging Data Commons has for a series, under its names and with its
 * tolerances. Numbers are compared as numbers, where that index compares text. null: there is nothing to compare.
 */
export interface VolumeGeometry {
  single_orientation: boolean
  orthogonal_orientation: boolean | null
  unique_slice_positions: boolean
  consistent_in_plane_row: boolean | null
  consistent_in_plane_col: boolean | null
  consistent_pixel_spacing: boolean
  consistent_image_dimensions: boolean
  uniform_slice_spacing: boolean | null
  /** All of the others. */
  regularly_spaced_3d_volume: boolean
}

const IDC = { sliceIntervalMm: 0.2, inPlaneMm: 0.1, orientation: 0.01 } as const

/** Frames of multi-frame objects count as slices. */
export function volumeGeometryOf(meta: DicomMeta, geometry: FrameGeometry = geometryOf(meta)): VolumeGeometry {
  const { count, positions, orientations } = geometry
  const places = new Float64Array(count)
  const alongRow = new Float64Array(count)
  const alongColumn = new Float64Array(count)
  let orthogonal = true
  let single = count > 0
  let known = count > 0
  let normal: readonly number[] = []
  for (let frame = 0; frame < count; frame++) {
    const [o, p] = [frame * 6, frame * 3]
    let isSame = frame > 0
    for (let k = 0; isSame && k < 6; k++) isSame = orientations[o + k] === orientations[o - 6 + k]
    if (!isSame) {
      normal = normalAt(orientations, frame)
      if (!(Math.abs(Math.hypot(...normal) - 1) <= IDC.orientation)) orthogonal = false
    }
    for (let k = 0; k < 6; k++) if (!(Math.abs(orientations[o + k] - orientations[k]) <= 1e-4)) single = false
    places[frame] = distanceAlong(normal, positions, frame)
    if (!Number.isFinite(places[frame])) known = false
    for (let k = 0; k < 3; k++) {
      alongRow[frame] += positions[p + k] * orientations[o + k]
      alongColumn[frame] += positions[p + k] * orientations[o + 3 + k]
    }
  }
  const sorted = places.sort()
  const n = count - 1
  const expected = (sorted[n] - sorted[0]) / n
  let isUnique = known
  let isUniform = true
  for (let i = 1; i < count; i++) {
    if (!(sorted[i] - sorted[i - 1] > 0)) isUnique = false
    if (!(Math.abs(sorted[i] - sorted[i - 1] - expected) < IDC.sliceIntervalMm)) isUniform = false
  }
  const checks = {
    single_orientation: single,
    orthogonal_orientation: known ? orthogonal : null,
    unique_slice_positions: isUnique,
    consistent_in_plane_row: known ? rangeOf(alongRow) < IDC.inPlaneMm : null,
    consistent_in_plane_col: known ? rangeOf(alongColumn) < IDC.inPlaneMm : null,
    consistent_pixel_spacing: hasOne(meta, 'PixelSpacing'),
    consistent_image_dimensions: meta.isShared('Rows') && meta.isShared('Columns'),
    uniform_slice_spacing: known && n > 0 ? isUniform : null,
  }
  return { ...checks, regularly_spaced_3d_volume: Object.values(checks).every(value => value === true) }
}

function rangeOf(values: Float64Array): number {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of values) {
    if (value < least) least = value
    if (value > most) most = value
  }
  return most - least
}

/** Whether all frames have the same value of an attribute. */
function hasOne(meta: DicomMeta, tag: string): boolean {
  if (meta.isShared(tag)) return !meta.isMissing(tag)
  const values: readonly unknown[] = meta.getFrameValues(tag)
  const text = JSON.stringify(values[0])
  return values.length > 0 && values[0] !== null && values.every(value => JSON.stringify(value) === text)
}
