import { CommonTags } from '../dicom/common-tags.ts'
import type { DicomMeta } from './meta.ts'
import { finiteNumbers, sharedNumbers } from './space.ts'
import { normalOf } from './vectors.ts'

/**
 * What keeps a series from being one regular volume, the first in this order that holds (SPEC §9.2). The v1 format has
 * `inconsistent` too; nothing gives it.
 */
export const DICOM_STATUSES = [
  'missing_series_uid',
  'non_uniform_series_uid',
  'missing_instance_number',
  'duplicate_instance_numbers',
  'gap_instance_number',
  'missing_dtype',
  'non_uniform_dtype',
  'missing_spacing',
  'non_uniform_spacing',
  'missing_shape',
  'non_uniform_shape',
  'missing_orientation',
  'non_uniform_orientation',
  'missing_location',
  'reversed_location',
  'dwelling_location',
  'gap_location',
  'non_uniform_rescale_factor',
  'inconsistent',
  'consistent',
] as const
export type DicomStatus = (typeof DICOM_STATUSES)[number]

const DTYPE = [CommonTags.BitsStored, CommonTags.BitsAllocated, CommonTags.HighBit, CommonTags.PixelRepresentation]
const SHAPE = [CommonTags.Columns, CommonTags.Rows]
const RESCALE = [CommonTags.RescaleSlope, CommonTags.RescaleIntercept]

/** Positions closer than this, in mm, are the same place written with other digits. */
const SAME_PLACE_MM = 1e-4
/** A step that differs from the usual one by more than this share of it is a gap. */
const GAP_SHARE = 0.5

/**
 * The consistency of a series as one word. Numbers are compared as numbers, not as text, and a gap is one in either
 * direction. An element that only some slices have is not uniform; one that none has is missing.
 */
export function statusOf(meta: DicomMeta): DicomStatus {
  const missing = (tags: readonly string[]) => tags.some(tag => meta.isMissing(tag))
  const differ = (tags: readonly string[]) => tags.some(tag => !sharedNumbers(meta, tag) && !meta.isShared(tag))

  if (missing([CommonTags.SeriesInstanceUID])) return 'missing_series_uid'
  if (!meta.isShared(CommonTags.SeriesInstanceUID)) return 'non_uniform_series_uid'
  const instances = columnOf(meta, CommonTags.InstanceNumber)
  if (!instances) return 'missing_instance_number'
  const sorted = instances.slice().sort()
  if (sorted.some((number, i) => i > 0 && number === sorted[i - 1])) return 'duplicate_instance_numbers'
  if (sorted.some((number, i) => i > 0 && number !== sorted[i - 1] + 1)) return 'gap_instance_number'
  if (missing(DTYPE)) return 'missing_dtype'
  if (differ(DTYPE)) return 'non_uniform_dtype'
  if (missing([CommonTags.PixelSpacing])) return 'missing_spacing'
  if (differ([CommonTags.PixelSpacing])) return 'non_uniform_spacing'
  if (missing(SHAPE)) return 'missing_shape'
  if (differ(SHAPE)) return 'non_uniform_shape'
  if (missing([CommonTags.ImageOrientationPatient])) return 'missing_orientation'
  if (differ([CommonTags.ImageOrientationPatient])) return 'non_uniform_orientation'
  const locations = locationsMm(meta)
  if (!locations) return 'missing_location'
  const inOrder = Array.from(locations, (_, i) => i)
  if (!isAscending(instances)) inOrder.sort((a, b) => instances[a] - instances[b])
  const location = statusOfLocations(inOrder.map(i => locations[i]))
  if (location) return location
  if (differ(RESCALE.filter(tag => !meta.isMissing(tag)))) return 'non_uniform_rescale_factor'
  return 'consistent'
}

function isAscending(numbers: Float64Array): boolean {
  for (let i = 1; i < numbers.length; i++) if (numbers[i] < numbers[i - 1]) return false
  return true
}

/** One number of each slice. */
function columnOf(meta: DicomMeta, tag: string): Float64Array | undefined {
  const found = finiteNumbers(meta, tag)
  return found?.width === 1 ? found.values : undefined
}

/** Where each slice lies along the normal of the first; by Slice Location where a slice has no position. */
function locationsMm(meta: DicomMeta): Float64Array | undefined {
  const positions = finiteNumbers(meta, CommonTags.ImagePositionPatient)
  const orientation = sharedNumbers(meta, CommonTags.ImageOrientationPatient)
  if (positions?.width !== 3 || orientation?.length !== 6) return columnOf(meta, CommonTags.SliceLocation)
  const { values } = positions
  const [x, y, z] = normalOf(orientation)
  return Float64Array.from(
    { length: values.length / 3 },
    (_, i) => values[i * 3] * x + values[i * 3 + 1] * y + values[i * 3 + 2] * z,
  )
}

function statusOfLocations(locations: readonly number[]): DicomStatus | undefined {
  const steps = locations.slice(1).map((location, i) => location - locations[i])
  if (!steps.length) return undefined
  if (steps.some(step => step < -SAME_PLACE_MM) && steps.some(step => step > SAME_PLACE_MM)) return 'reversed_location'
  if (steps.some(step => Math.abs(step) <= SAME_PLACE_MM)) return 'dwelling_location'
  const usual = usualStep(steps.map(Math.abs))
  return steps.some(step => Math.abs(Math.abs(step) - usual) > GAP_SHARE * usual) ? 'gap_location' : undefined
}

/** The step that more than 80 % have, to a tenth of a micrometre; else the greater of median and mean. */
function usualStep(steps: readonly number[]): number {
  const sorted = Float64Array.from(steps).sort()
  const median = (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2
  const alike = sorted.filter(step => Math.abs(step - median) <= SAME_PLACE_MM).length
  if (alike > 0.8 * sorted.length) return median
  return Math.max(median, sorted.reduce((sum, step) => sum + step, 0) / sorted.length)
}
