import { ascending, counted, type Report } from './check-codes.ts'
import { type Attribute, missing, numberOf, odd, textsOf } from './check-columns.ts'
import { slicesWithPixels } from './check-completeness.ts'
import type { DicomCubeImage } from './image.ts'
import type { Table } from './table.ts'

const TAG = {
  samplesPerPixel: 0x00280002,
  photometricInterpretation: 0x00280004,
  rows: 0x00280010,
  columns: 0x00280011,
  bitsAllocated: 0x00280100,
  bitsStored: 0x00280101,
  highBit: 0x00280102,
  pixelRepresentation: 0x00280103,
  smallestPixelValue: 0x00280106,
  largestPixelValue: 0x00280107,
  pixelPaddingValue: 0x00280120,
} as const

/** Type 1 wherever there is Pixel Data of integers (PS3.3 Table C.7-11a). */
const REQUIRED = [
  ['Samples per Pixel', TAG.samplesPerPixel],
  ['Photometric Interpretation', TAG.photometricInterpretation],
  ['Rows', TAG.rows],
  ['Columns', TAG.columns],
  ['Bits Allocated', TAG.bitsAllocated],
  ['Bits Stored', TAG.bitsStored],
  ['High Bit', TAG.highBit],
  ['Pixel Representation', TAG.pixelRepresentation],
] as const
const FLOATS = new Set<number>([TAG.bitsStored, TAG.highBit, TAG.pixelRepresentation])

const COLOURS = new Set([
  'RGB',
  'YBR_FULL',
  'YBR_FULL_422',
  'YBR_PARTIAL_422',
  'YBR_PARTIAL_420',
  'YBR_ICT',
  'YBR_RCT',
  'HSV',
])
const MONOCHROMES = new Set(['MONOCHROME1', 'MONOCHROME2', 'PALETTE COLOR'])

/** What is said of the samples, and where frames were measured, what they are. No frame is decoded. */
export function checkPixels(table: Table, report: Report, image?: DicomCubeImage): void {
  const hasPixels = slicesWithPixels(table)
  if (!hasPixels.some(Boolean)) return
  const number = (tag: number) => numberOf(table, tag)
  const isFloat = table.layouts.some(({ nodes }) => nodes.some(({ tag }) => tag === 0x7fe00008 || tag === 0x7fe00009))
  for (const [name, tag] of REQUIRED) {
    if (isFloat && FLOATS.has(tag)) continue
    const without = missing<unknown>(tag === TAG.photometricInterpretation ? textsOf(table, tag) : number(tag)).filter(
      slice => hasPixels[slice],
    )
    if (without.length)
      report(
        'missing-pixel-attributes',
        without,
        `${counted(without.length, 'slice')} with Pixel Data and without ${name}`,
      )
  }
  const shape = {
    allocated: number(TAG.bitsAllocated),
    stored: number(TAG.bitsStored),
    highBit: number(TAG.highBit),
    signed: number(TAG.pixelRepresentation),
    samples: number(TAG.samplesPerPixel),
    photometric: textsOf(table, TAG.photometricInterpretation),
  }
  const isConstant = Object.values(shape).every(({ isShared }) => isShared)
  const slices = isConstant ? [hasPixels.indexOf(true)] : hasPixels.flatMap((has, slice) => (has ? [slice] : []))
  const contradicting = new Map<string, number[]>()
  const types = new Array<string | undefined>(table.rowCount)
  for (const slice of slices) {
    const [allocated, stored, highBit, signed, samples, photometric] = [
      shape.allocated.values[slice],
      shape.stored.values[slice],
      shape.highBit.values[slice],
      shape.signed.values[slice],
      shape.samples.values[slice],
      shape.photometric.values[slice],
    ]
    // What is missing is a finding of its own.
    if ([allocated, stored, highBit, signed, samples, photometric].every(value => value !== undefined))
      types[slice] =
        `${samples} × ${stored} of ${allocated} bits, high bit ${highBit}, ${signed === 1 ? 'signed' : 'unsigned'}, ${photometric}`
    const why =
      stored !== undefined && allocated !== undefined && stored > allocated
        ? `Bits Stored ${stored} of Bits Allocated ${allocated}`
        : stored !== undefined && highBit !== undefined && highBit !== stored - 1
          ? `High Bit ${highBit} with Bits Stored ${stored}`
          : samples !== undefined &&
              ((samples === 1 && COLOURS.has(photometric ?? '')) ||
                (samples === 3 && MONOCHROMES.has(photometric ?? '')))
            ? `Photometric Interpretation ${photometric} with Samples per Pixel ${samples}`
            : undefined
    if (why) {
      const known = contradicting.get(why)
      if (known) known.push(slice)
      else contradicting.set(why, [slice])
    }
  }
  for (const [why, found] of contradicting)
    report('contradictory-pixel-attributes', isConstant ? hasPixels.flatMap((has, i) => (has ? [i] : [])) : found, why)
  const mixed = odd({ values: types, isShared: isConstant })
  if (mixed)
    report('mixed-pixel-types', mixed.slices, `samples of ${mixed.others.length + 1} types in one series`, {
      expected: mixed.usual,
      found: mixed.others.slice(0, 20),
    })
  const padding = checkPadding(table, shape, report)
  const isMeasured = image !== undefined && checkFrames(table, image, padding.of, report)
  // Where frames were not measured, and the value was not found to be wrong, it is enough that it is declared.
  if (!isMeasured && !padding.isWrong) reportDeclared(table.rowCount, padding.of, report)
}

/** Pixel Padding Value and the smallest and largest value are US or SS as Pixel Representation says (PS3.5 §A.1). */
function sampleOf(value: number, signed: number | undefined): number {
  if (signed === 1) return value > 0x7fff ? value - 0x10000 : value
  return value < 0 ? value + 0x10000 : value
}

/** Pixel Padding Value of each slice as a sample has it; undefined where there is none. */
type Padding = (slice: number) => number | undefined

function checkPadding(
  table: Table,
  { stored, signed }: Pick<Record<string, Attribute<number>>, 'stored' | 'signed'>,
  report: Report,
): { of: Padding; isWrong: boolean } {
  const padding = numberOf(table, TAG.pixelPaddingValue)
  const without = missing(padding).length
  if (without === table.rowCount) return { of: () => undefined, isWrong: false }
  const of: Padding = slice => {
    const value = padding.values[slice]
    return value === undefined ? undefined : sampleOf(value, signed.values[slice])
  }
  const varying = odd(padding)
  if (varying)
    report('pixel-padding-varies', varying.slices, `${varying.others.length + 1} Pixel Padding Values in one series`, {
      expected: varying.usual,
      found: varying.others.slice(0, 20),
    })
  else if (without)
    report(
      'pixel-padding-varies',
      missing(padding),
      `${counted(without, 'slice')} without the Pixel Padding Value of the others`,
    )
  const outOf: number[] = []
  let range: [number, number] = [0, 0]
  for (let slice = 0; slice < table.rowCount; slice++) {
    const [value, bits] = [of(slice), stored.values[slice]]
    if (value === undefined || !bits || bits > 16) continue
    const [least, most] = signed.values[slice] === 1 ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1]
    if (value >= least && value <= most) continue
    range = [least, most]
    outOf.push(slice)
  }
  if (outOf.length)
    report(
      'pixel-padding-out-of-range',
      outOf,
      `Pixel Padding Value ${of(outOf[0])}, samples are from ${range[0]} to ${range[1]}`,
      {
        expected: range,
        found: of(outOf[0]),
      },
    )
  return { of, isWrong: varying !== undefined || without > 0 || outOf.length > 0 }
}

/** What was measured when the frames were packed. Returns whether anything was. */
function checkFrames(table: Table, image: DicomCubeImage, paddingOf: Padding, report: Report): boolean {
  const { slices } = image.pixels
  const [smallest, largest] = [numberOf(table, TAG.smallestPixelValue), numberOf(table, TAG.largestPixelValue)]
  const signed = numberOf(table, TAG.pixelRepresentation)
  const padded: number[] = []
  const outside: number[] = []
  const blank: number[] = []
  const wrong: number[] = []
  let isMeasured = false
  for (let slice = 0; slice < slices.length; slice++) {
    const padding = paddingOf(slice)
    let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
    for (let frame = 0; frame < slices[slice].frameCount; frame++) {
      const measured = image.pixels.measured?.(slice, frame)
      if (!measured) continue
      if (measured.outside) outside.push(slice)
      const { minimum, maximum } = measured
      if (minimum === null || maximum === null) continue
      isMeasured = true
      if (minimum === maximum) blank.push(slice)
      if (padding !== undefined && padding >= minimum && padding <= maximum) padded.push(slice)
      least = Math.min(least, minimum)
      most = Math.max(most, maximum)
    }
    if (!(least <= most) || slices[slice].shape?.samples !== 1) continue
    const said = [smallest.values[slice], largest.values[slice]].map(value =>
      value === undefined ? value : sampleOf(value, signed.values[slice]),
    )
    if ((said[0] !== undefined && said[0] !== least) || (said[1] !== undefined && said[1] !== most)) wrong.push(slice)
  }
  if (outside.length)
    report(
      'bits-outside-stored',
      ascending(outside),
      `${counted(ascending(outside).length, 'slice')} with samples that have bits outside Bits Stored`,
    )
  if (blank.length) report('blank-frames', ascending(blank), `${counted(blank.length, 'frame')} of one value only`)
  if (wrong.length)
    report(
      'pixel-range',
      wrong,
      `${counted(wrong.length, 'slice')} whose samples are not from Smallest to Largest Image Pixel Value`,
    )
  if (padded.length) reportPadding(ascending(padded), paddingOf, report, 'within the range of samples of')
  return isMeasured
}

/** Where nothing was measured, what is declared. */
function reportDeclared(sliceCount: number, paddingOf: Padding, report: Report): void {
  const slices = Array.from({ length: sliceCount }, (_, slice) => slice).filter(slice => paddingOf(slice) !== undefined)
  if (slices.length) reportPadding(slices, paddingOf, report, 'is declared in')
}

const reportPadding = (slices: readonly number[], paddingOf: Padding, report: Report, how: string) =>
  report(
    'pixel-padding',
    slices,
    `Pixel Padding Value ${paddingOf(slices[0])} ${how} ${counted(slices.length, 'slice')}`,
    { found: paddingOf(slices[0]) },
  )
