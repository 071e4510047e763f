import { type DicomJson, type JsonElement, keywordOf, lookup, type SeriesVolume, tagOfKeyword } from 'dicube'
import { answered } from './dom.ts'
import { isMultiFrame, numbersOfRows, type Row, type Shown, valuesOfRows } from './series.ts'
import { nameOf, numberText, plural, valueText, visible } from './text.ts'

/** One attribute that is not the same in all rows. */
export interface Column {
  tag: string
  name: string
  textAt(row: Row, index: number): string
}

/** Attributes that say what a slice is and where, first; the others follow by tag. */
const FIRST = [
  'InstanceNumber',
  'SliceLocation',
  'ImagePositionPatient',
  'ImageOrientationPatient',
  'AcquisitionNumber',
  'AcquisitionDate',
  'AcquisitionTime',
  'AcquisitionDateTime',
  'FrameAcquisitionDateTime',
  'ContentTime',
  'TriggerTime',
  'TemporalPositionIdentifier',
  'EchoTime',
  'EffectiveEchoTime',
  'EchoNumbers',
  'InversionTime',
  'FlipAngle',
  'DiffusionBValue',
  'WindowCenter',
  'WindowWidth',
  'RescaleSlope',
  'RescaleIntercept',
  'XRayTubeCurrent',
  'XRayTubeCurrentInmA',
  'Exposure',
  'ExposureInmAs',
  'ExposureTime',
  'KVP',
  'ImageType',
  'FrameType',
] as const
const RANK = new Map(FIRST.map((keyword, i) => [tagOfKeyword(keyword), i]))

/** Whether an attribute is shared is often known, and a turn takes a browser four milliseconds. */
const TAGS_IN_A_TURN = 20

const PER_FRAME = 'PerFrameFunctionalGroupsSequence'

/**
 * Every attribute that differs between rows: of the slices and, where they are frames, of their functional groups. Of
 * thousands of rows each takes a few milliseconds, between which the page answers.
 */
export async function columnsOf(shown: Shown): Promise<Column[]> {
  const { meta } = shown
  const columns: Column[] = []
  for (const [i, tag] of meta.keys().entries()) {
    if (i % TAGS_IN_A_TURN === 0) await answered()
    if (meta.isShared(tag) || keywordOf(tag) === PER_FRAME) continue
    columns.push({ tag, name: nameOf(tag), textAt: ({ slice }) => valueText(meta.element(tag, slice)) })
  }
  if (isMultiFrame(shown)) {
    const known = new Set(columns.map(({ tag }) => tag))
    for (const [tag, vr] of groupTags(shown)) {
      if (known.has(tag)) continue
      await answered()
      const values = valuesOfRows(shown, tag)
      const texts = values.map(value => valueText(elementOf(vr, value)))
      if (texts.every(text => text === texts[0])) continue
      columns.push({ tag, name: nameOf(tag), textAt: (_, index) => texts[index] })
    }
  }
  const rank = ({ tag }: Column) => RANK.get(tag) ?? FIRST.length + (Number.parseInt(tag.slice(0, 4), 16) % 2)
  return columns.sort((a, b) => rank(a) - rank(b) || (a.tag < b.tag ? -1 : 1))
}

/** What getFrameValues gives, as an element again. */
function elementOf(vr: string, value: unknown): JsonElement {
  if (value === null || value === undefined) return { vr }
  if (value instanceof Uint8Array) return { vr, Value: [`${plural(value.length, 'byte')}`] }
  return { vr, Value: (Array.isArray(value) ? value : [value]) as JsonElement['Value'] }
}

/** The public attributes of the functional groups of the first frame and the last, sequences in them left out. */
function groupTags({ meta }: Shown): Map<string, string> {
  const tags = new Map<string, string>()
  const visit = (dataSet: DicomJson, depth: number) => {
    for (const [tag, element] of Object.entries(dataSet)) {
      if (Number.parseInt(tag.slice(0, 4), 16) % 2) continue
      if (element.vr !== 'SQ') tags.set(tag, element.vr)
      else if (depth < 2) for (const item of (element.Value ?? []).slice(0, 1)) visit(item as DicomJson, depth + 1)
    }
  }
  for (const slice of [0, meta.sliceCount - 1]) {
    const items = (meta.element(PER_FRAME, slice)?.Value ?? []) as DicomJson[]
    for (const item of [items[0], items.at(-1)]) if (item) visit(item, 0)
  }
  return tags
}

/** What a plot shows: one or a few numbers a row. NaN: there is none. */
export interface Curve {
  name: string
  unit: string
  lines: { name: string; values: Float64Array }[]
  /** Rows that break what the others keep: a gap, a duplicate, a jump. */
  odd: { row: number; text: string }[]
  /** The axis begins at 0, so that twice as far looks twice as far. */
  fromZero?: boolean
  /** Of numbers far from 0, such as a time of day, the smallest difference counts. */
  isTime?: boolean
  textOf(value: number): string
}

const UNITS: Partial<Record<string, string>> = {
  SliceLocation: 'mm',
  ImagePositionPatient: 'mm',
  SliceThickness: 'mm',
  SpacingBetweenSlices: 'mm',
  PixelSpacing: 'mm',
  TableHeight: 'mm',
  ReconstructionDiameter: 'mm',
  DataCollectionDiameter: 'mm',
  EchoTime: 'ms',
  EffectiveEchoTime: 'ms',
  RepetitionTime: 'ms',
  InversionTime: 'ms',
  TriggerTime: 'ms',
  ExposureTime: 'ms',
  FrameReferenceTime: 'ms',
  XRayTubeCurrent: 'mA',
  XRayTubeCurrentInmA: 'mA',
  Exposure: 'mAs',
  ExposureInmAs: 'mAs',
  KVP: 'kV',
  CTDIvol: 'mGy',
  DiffusionBValue: 's/mm²',
  FlipAngle: '°',
  GantryDetectorTilt: '°',
}

/** Attributes of text whose numbers say nothing as a curve. */
const NO_CURVE = new Set(['InstanceCreationTime', 'ImageOrientationPatient'])
const MOST_LINES = 3

/** Likewise with a turn of the page's between them. */
export async function curvesOf(shown: Shown, columns: readonly Column[]): Promise<Curve[]> {
  const volumes = shown.check?.volumes ?? shown.meta.volumes()
  const curves = [...positionCurves(shown, volumes)]
  for (const { tag, name } of columns) {
    const keyword = keywordOf(tag) ?? ''
    if (NO_CURVE.has(keyword)) continue
    await answered()
    const vr = shown.meta.getVr(tag) ?? lookup(tag)?.vr ?? ''
    const isTime = vr === 'TM' || vr === 'DT'
    const found = isTime ? timesOfRows(shown, tag, vr) : numbersOfRows(shown, tag)
    if (!found || found.width > MOST_LINES || !found.values.some(Number.isFinite)) continue
    const lines = linesOf(found.values, found.width, keyword)
    if (lines.every(({ values }) => values.every(value => Object.is(value, values[0])))) continue
    curves.push({
      name,
      unit: isTime ? '' : (UNITS[keyword] ?? ''),
      lines,
      odd: lines.length === 1 && !isTime && hasSteps(volumes, keyword) ? oddSteps(lines[0].values) : [],
      isTime,
      textOf: isTime ? clockText : numberText,
    })
  }
  return curves
}

/** Where volumes follow each other, all but the number begins anew with each of them. */
const hasSteps = (volumes: readonly SeriesVolume[], keyword: string) =>
  volumes.length <= 1 || keyword === 'InstanceNumber'

function linesOf(values: Float64Array, width: number, keyword: string): Curve['lines'] {
  const names = keyword === 'ImagePositionPatient' ? ['x', 'y', 'z'] : ['1', '2', '3']
  const count = values.length / width
  return Array.from({ length: width }, (_, k) => ({
    name: width > 1 ? names[k] : '',
    values: Float64Array.from({ length: count }, (_, i) => values[i * width + k]),
  }))
}

/** Where the rows lie along the normal of the image plane, and how far each is from the one before it in its volume. */
function positionCurves(shown: Shown, volumes: readonly SeriesVolume[]): Curve[] {
  const { rows } = shown
  const positions = numbersOfRows(shown, 'ImagePositionPatient')
  const orientations = numbersOfRows(shown, 'ImageOrientationPatient')
  if (positions?.width !== 3 || orientations?.width !== 6) return []
  const along = new Float64Array(rows.length).fill(Number.NaN)
  const distance = new Float64Array(rows.length).fill(Number.NaN)
  const rowOfFrame = new Map(rows.map(({ image }, i) => [image, i]))
  const place = (row: number, normal: readonly number[]) =>
    normal.reduce((sum, part, k) => sum + part * positions.values[row * 3 + k], 0)
  // Volumes have frames in geometric order, wherever the series has them.
  const sameNumbers = volumes.every(({ frames }) => frames.every(frame => frame < rows.length))
  if (!sameNumbers) return []
  const odd: Curve['odd'] = []
  for (const { frames } of volumes) {
    const ascending = frames.map(frame => rowOfFrame.get(frame) ?? frame)
    // Of a series that runs against its normal, "before" is still what comes before it in the series.
    const members = ascending[0] > ascending[ascending.length - 1] ? ascending.reverse() : ascending
    const normal = normalAt(orientations.values, members[0])
    const places = members.map(row => place(row, normal))
    for (const [i, row] of members.entries()) {
      along[row] = places[i]
      if (i > 0) distance[row] = Math.abs(places[i] - places[i - 1])
    }
    odd.push(...oddDistances(members, distance))
  }
  if (!along.some(Number.isFinite)) return []
  const line = (values: Float64Array) => [{ name: '', values }]
  const curves: Curve[] = [
    { name: 'Position along the stack', unit: 'mm', lines: line(along), odd, textOf: numberText },
  ]
  if (distance.some(Number.isFinite))
    curves.push({
      name: 'Distance to the slice before',
      unit: 'mm',
      lines: line(distance),
      odd,
      fromZero: true,
      textOf: numberText,
    })
  return curves
}

function normalAt(orientations: Float64Array, row: number): number[] {
  const [a, b, c, d, e, f] = orientations.subarray(row * 6, row * 6 + 6)
  return [b * f - c * e, c * d - a * f, a * e - b * d]
}

const SHARE_OF_STEP = 0.05

function oddDistances(members: readonly number[], distance: Float64Array): Curve['odd'] {
  const known = members.filter(row => Number.isFinite(distance[row]))
  const usual = medianOf(known.map(row => distance[row]))
  const tolerance = Math.max(1e-3, Math.abs(usual) * SHARE_OF_STEP)
  return known
    .filter(row => Math.abs(distance[row] - usual) > tolerance)
    .map(row => {
      const mm = numberText(distance[row])
      const what = distance[row] < tolerance ? 'duplicate' : distance[row] > usual ? 'gap' : 'step'
      return { row, text: `${what} of ${mm} mm at ${row}` }
    })
}

/** Rows whose step from the row before differs, where most steps are one and the same. */
function oddSteps(values: Float64Array): Curve['odd'] {
  const steps: { row: number; step: number }[] = []
  for (let row = 1; row < values.length; row++) {
    const step = values[row] - values[row - 1]
    if (Number.isFinite(step)) steps.push({ row, step })
  }
  if (steps.length < 3) return []
  const usual = medianOf(steps.map(({ step }) => step))
  const tolerance = Math.max(1e-6, Math.abs(usual) * SHARE_OF_STEP)
  const odd = steps.filter(({ step }) => Math.abs(step - usual) > tolerance)
  // A curve that is not even has no jumps, and neither has one that stands still between them.
  if (usual === 0 || odd.length > steps.length / 4) return []
  return odd.map(({ row, step }) => ({
    row,
    text: step === 0 ? `duplicate at ${row}` : `step of ${numberText(step)} at ${row}`,
  }))
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted.length ? sorted[sorted.length >> 1] : Number.NaN
}

/** Seconds since midnight; of a date and time, since that of the first. */
function timesOfRows(shown: Shown, tag: string, vr: string): { values: Float64Array; width: number } | undefined {
  const found = valuesOfRows(shown, tag)
  const values = Float64Array.from(found, value => (typeof value === 'string' ? secondsOf(value, vr) : Number.NaN))
  return values.some(Number.isFinite) ? { values, width: 1 } : undefined
}

function secondsOf(text: string, vr: string): number {
  const clock = vr === 'DT' ? text.slice(8) : text
  const match = /^(\d\d)(\d\d)?(\d\d)?(\.\d+)?/.exec(clock)
  if (!match) return Number.NaN
  const [, h, m = '0', s = '0', fraction = '0'] = match
  return Number(h) * 3600 + Number(m) * 60 + Number(s) + Number(fraction)
}

function clockText(seconds: number): string {
  const whole = Math.floor(seconds)
  const two = (n: number) => String(n).padStart(2, '0')
  const rest = Math.round((seconds - whole) * 1000)
  const clock = `${two(Math.floor(whole / 3600) % 24)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`
  return visible(rest ? `${clock}.${String(rest).padStart(3, '0')}` : clock)
}
