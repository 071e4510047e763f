import { FLAG } from '../dicom/elements.ts'
import { counted, type Report } from './check-codes.ts'
import { groupsOf, missing, numberOf, numbersOf, textsOf } from './check-columns.ts'
import { frameCounts, functionalGroupsOf } from './frames.ts'
import type { DicomCubeImage } from './image.ts'
import type { DicomMeta } from './meta.ts'
import type { SlicePixels } from './pixel-store.ts'
import { entryOf, layoutIndexOf, rankOf, type Table } from './table.ts'
import type { FrameGeometry } from './volumes.ts'

const TAG = { sopClassUid: 0x00080016, instanceNumber: 0x00200013, pixelSpacing: 0x00280030, rows: 0x00280010 } as const

/** Objects whose every slice lies somewhere: Image Plane (PS3.3 §C.7.6.2) is mandatory in CT, MR and PET. */
const PLACED = new Set(['1.2.840.10008.5.1.4.1.1.2', '1.2.840.10008.5.1.4.1.1.4', '1.2.840.10008.5.1.4.1.1.128'])

/** Whether every slice is there, with all that a slice has to have. What lies between slices is for checkVolumes. */
export function checkCompleteness(
  meta: DicomMeta,
  geometry: FrameGeometry,
  report: Report,
  image?: DicomCubeImage,
): void {
  const { table } = meta
  checkInstanceNumbers(table, report)
  checkPlanes(meta, geometry, report)
  const pixels = slicesWithPixels(table)
  const without = pixels.flatMap((hasPixels, slice) => (hasPixels ? [] : [slice]))
  if (without.length && without.length < pixels.length)
    report('no-pixel-data', without, `${counted(without.length, 'slice')} without Pixel Data`)
  checkFrames(table, report, image)
}

function checkInstanceNumbers(table: Table, report: Report): void {
  const { values } = numberOf(table, TAG.instanceNumber)
  const without = values.flatMap((number, slice) => (Number.isFinite(number) ? [] : [slice]))
  if (without.length)
    report('missing-instance-number', without, `${counted(without.length, 'slice')} without Instance Number`)
  const groups = groupsOf(values)
  const twins = [...groups].filter(([number, slices]) => Number.isFinite(number) && slices.length > 1)
  if (twins.length)
    report(
      'duplicate-instance-number',
      twins.flatMap(([, slices]) => slices),
      `${counted(twins.length, 'Instance Number')} in more than one slice`,
      { found: twins.slice(0, 20).map(([number]) => number!) },
    )
  const numbers = [...groups.keys()].filter((number): number is number => Number.isFinite(number)).sort((a, b) => a - b)
  let left = 0
  const skipped: number[] = []
  const around: number[] = []
  for (let i = 1; i < numbers.length; i++) {
    const gap = numbers[i] - numbers[i - 1] - 1
    if (gap <= 0) continue
    left += gap
    around.push(...groups.get(numbers[i])!)
    for (let n = numbers[i - 1] + 1; n < numbers[i] && skipped.length < 20; n++) skipped.push(n)
  }
  if (left)
    report(
      'instance-number-gap',
      around,
      `Instance Number runs from ${numbers[0]} to ${numbers[numbers.length - 1]} with ${left} left out`,
      { expected: skipped, found: numbers.length },
    )
}

/** Position, orientation and spacing: some slices have it and others do not, or the object cannot do without. */
function checkPlanes(
  meta: DicomMeta,
  { count, sliceOf, positions, orientations }: FrameGeometry,
  report: Report,
): void {
  const { table } = meta
  const classes = textsOf(table, TAG.sopClassUid)
  const rows = numbersOf(table, TAG.rows)
  const isImage = (slice: number) => rows.values[slice] !== undefined
  const isPlaced = (slice: number) => PLACED.has(classes.values[slice] ?? '')
  const without = (isThere: (frame: number) => boolean): number[] => {
    const absent = new Set<number>()
    let there = 0
    for (let frame = 0; frame < count; frame++) {
      if (isThere(frame)) there++
      else if (isImage(sliceOf[frame])) absent.add(sliceOf[frame])
    }
    return [...absent].filter(slice => there > 0 || isPlaced(slice))
  }
  const noPosition = without(frame => Number.isFinite(positions[frame * 3]))
  if (noPosition.length)
    report('no-position', noPosition, `${counted(noPosition.length, 'slice')} without Image Position (Patient)`)
  const noOrientation = without(frame => Number.isFinite(orientations[frame * 6]))
  if (noOrientation.length)
    report(
      'no-orientation',
      noOrientation,
      `${counted(noOrientation.length, 'slice')} without Image Orientation (Patient)`,
    )
  const spacings = numbersOf(table, TAG.pixelSpacing)
  const absent = missing(spacings).filter(slice => isImage(slice))
  if (!absent.length) return
  const framed = absent.length < table.rowCount ? undefined : meta.getFrameValues('PixelSpacing')
  const noSpacing =
    framed?.some(value => value !== null) === true
      ? [...new Set(framed.flatMap((value, frame) => (value === null ? [sliceOf[frame]] : [])))]
      : absent.filter(slice => absent.length < table.rowCount || isPlaced(slice))
  if (noSpacing.length)
    report('no-pixel-spacing', noSpacing, `${counted(noSpacing.length, 'slice')} without Pixel Spacing`)
}

/** Which slices have Pixel Data; empty where the metadata does not tell, as that of a v1 file. */
export function slicesWithPixels(table: Table): boolean[] {
  const byLayout = table.layouts.map(({ nodes }) => nodes.filter(node => node.flags & FLAG.pixels))
  if (byLayout.every(nodes => nodes.length === 0)) return []
  return Array.from({ length: table.rowCount }, (_, row) =>
    byLayout[layoutIndexOf(table, row)].some(node => entryOf(node, rankOf(table, row)) >= 0),
  )
}

/** Whether Pixel Data has fewer frames than it should. Native pixels of no known size have none that could be counted. */
export const lacksFrames = ({ kind, shape, frameCount }: SlicePixels, frames: number): boolean =>
  frameCount < frames && (kind === 'encapsulated' || (kind === 'native' && shape !== undefined))

function checkFrames(table: Table, report: Report, image: DicomCubeImage | undefined): void {
  const counts = frameCounts(table)
  for (let slice = 0; slice < counts.length; slice++) {
    const groups = functionalGroupsOf(table, slice)
    if (groups !== undefined && groups !== counts[slice])
      report(
        'functional-groups-mismatch',
        [slice],
        `slice ${slice} has ${counted(counts[slice], 'frame')} and ${counted(groups, 'item')} of functional groups`,
        { expected: counts[slice], found: groups },
      )
    const pixels = image?.pixels.slices[slice]
    if (pixels && lacksFrames(pixels, counts[slice]))
      report(
        'missing-frames',
        [slice],
        `slice ${slice} has Number of Frames ${counts[slice]} and Pixel Data of ${pixels.frameCount}`,
        { expected: counts[slice], found: pixels.frameCount },
      )
  }
}
