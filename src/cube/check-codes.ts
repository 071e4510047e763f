/**
 * error: what is computed from the series is wrong, or something of it is not there. warning: allowed or harmless, but
 * programs stumble over it, or the slices are no regular volume. note: good to know.
 */
export const SEVERITIES = ['error', 'warning', 'note'] as const
export type Severity = (typeof SEVERITIES)[number]

interface CheckRow {
  severity: Severity
  what: string
  /** Where DICOM has the rule or explains the attribute. */
  section: string
}

/** Every finding there can be, by its code. */
export const CHECKS = {
  // identity
  'missing-uid': row('error', 'a slice without Study, Series or SOP Instance UID, or SOP Class UID', 'PS3.3 §C.12.1'),
  'several-series': row('error', 'slices of several series', 'PS3.3 §C.7.3.1'),
  'several-studies': row('error', 'slices of several studies', 'PS3.3 §C.7.2.1'),
  'several-patients': row('error', 'slices of several patients', 'PS3.3 §C.7.1.1'),
  'patient-differs': row('warning', 'one Patient ID with several names, birth dates or sexes', 'PS3.3 §C.7.1.1'),
  'several-frames-of-reference': row('error', 'positions in several coordinate systems', 'PS3.3 §C.7.4.1'),
  'several-modalities': row('error', 'slices of several modalities', 'PS3.3 §C.7.3.1'),
  'several-sop-classes': row('warning', 'objects of several kinds', 'PS3.3 §C.12.1'),
  'duplicate-sop-instance-uid': row('error', 'slices with the same SOP Instance UID', 'PS3.3 §C.12.1'),

  // completeness
  'missing-instance-number': row('warning', 'a slice without Instance Number', 'PS3.3 §C.7.6.1'),
  'duplicate-instance-number': row('warning', 'slices with the same Instance Number', 'PS3.3 §C.7.6.1'),
  'instance-number-gap': row('warning', 'Instance Numbers that are left out', 'PS3.3 §C.7.6.1'),
  'missing-positions': row('error', 'places of an even stack where no slice is', 'PS3.3 §C.7.6.2.1.1'),
  'incomplete-volume': row('error', 'a volume with fewer slices than its likes', 'PS3.3 §C.7.6.2.1.1'),
  'no-position': row('error', 'a slice without the Image Position it has to have', 'PS3.3 §C.7.6.2.1.1'),
  'no-orientation': row('error', 'a slice without the Image Orientation it has to have', 'PS3.3 §C.7.6.2.1.1'),
  'no-pixel-spacing': row('error', 'a slice without the Pixel Spacing it has to have', 'PS3.3 §10.7.1.3'),
  'no-pixel-data': row('error', 'a slice without Pixel Data among slices that have it', 'PS3.3 §C.7.6.3'),
  'missing-frames': row('error', 'fewer frames in Pixel Data than Number of Frames', 'PS3.3 §C.7.6.6'),
  'functional-groups-mismatch': row('error', 'other than one functional group item a frame', 'PS3.3 §C.7.6.16'),

  // geometry
  'several-orientations': row('note', 'volumes of several orientations', 'PS3.3 §C.7.6.2.1.1'),
  'not-parallel': row('warning', 'slices of one volume that are not parallel', 'PS3.3 §C.7.6.2.1.1'),
  'orientation-not-unit': row('error', 'directions that are not of length 1', 'PS3.3 §C.7.6.2.1.1'),
  'orientation-not-orthogonal': row('error', 'row and column direction not at right angles', 'PS3.3 §C.7.6.2.1.1'),
  'irregular-spacing': row('warning', 'slices at uneven distances', 'PS3.3 §C.7.6.2.1.1'),
  'duplicate-position': row('error', 'slices of one volume at the same place', 'PS3.3 §C.7.6.2.1.1'),
  'positions-off-line': row('warning', 'slices that are shifted against each other', 'PS3.3 §C.7.6.2.1.1'),
  'gantry-tilt': row('warning', 'slices stacked at an angle to their planes', 'PS3.3 §C.8.2.1'),
  'thickness-against-spacing': row('note', 'slices that overlap or leave gaps', 'PS3.3 §C.7.6.2.1'),
  'spacing-between-slices': row('warning', 'Spacing Between Slices other than that of positions', 'PS3.3 §C.7.6.2.1'),
  'mixed-dimensions': row('warning', 'slices of several sizes', 'PS3.3 §C.7.6.3'),
  'mixed-pixel-spacing': row('warning', 'slices of several Pixel Spacings', 'PS3.3 §10.7.1.3'),

  // pixels
  'missing-pixel-attributes': row('error', 'Pixel Data without the attributes that describe it', 'PS3.3 §C.7.6.3'),
  'contradictory-pixel-attributes': row('error', 'attributes of Pixel Data that cannot be', 'PS3.3 §C.7.6.3'),
  'mixed-pixel-types': row('warning', 'slices whose samples are of several types', 'PS3.3 §C.7.6.3'),
  'bits-outside-stored': row('warning', 'samples with bits outside Bits Stored', 'PS3.5 §8.1.1'),
  'pixel-padding': row('note', 'a Pixel Padding Value, which is no measurement', 'PS3.3 §C.7.5.1.1.2'),
  'pixel-padding-varies': row('warning', 'slices with several Pixel Padding Values', 'PS3.3 §C.7.5.1.1.2'),
  'pixel-padding-out-of-range': row('warning', 'a Pixel Padding Value that no sample can have', 'PS3.3 §C.7.5.1.1.2'),
  'pixel-range': row('note', 'Smallest or Largest Image Pixel Value is not that of the frames', 'PS3.3 §C.7.6.3'),
  'blank-frames': row('note', 'frames of one value only', 'PS3.3 §C.7.6.3'),

  // values
  'rescale-varies': row('warning', 'stored values that mean different things in different slices', 'PS3.3 §C.11.1'),
  'rescale-slope-zero': row('error', 'a Rescale Slope of 0', 'PS3.3 §C.11.1'),
  'window-varies': row('note', 'slices with several windows', 'PS3.3 §C.11.2'),
  'invalid-ds': row('error', 'a Decimal String that is no number', 'PS3.5 §6.2'),
  'invalid-is': row('error', 'an Integer String that is no integer of 32 bits', 'PS3.5 §6.2'),
  'invalid-ui': row('warning', 'a UID that breaks its form', 'PS3.5 §9.1'),
  'invalid-da': row('warning', 'a date that there is not', 'PS3.5 §6.2'),
  'invalid-tm': row('warning', 'a time that there is not', 'PS3.5 §6.2'),
  'invalid-dt': row('warning', 'a date and time that there is not', 'PS3.5 §6.2'),
  'invalid-as': row('warning', 'an age that is none', 'PS3.5 §6.2'),
  'invalid-pn': row('warning', 'a name of more than three groups or five components', 'PS3.5 §6.2.1'),
  'invalid-at': row('warning', 'an attribute that names an element which PS3.6 does not have', 'PS3.5 §6.2'),
  'control-characters': row('warning', 'control characters where a text has none', 'PS3.5 §6.1.3'),
  'no-private-creator': row('warning', 'private elements whose block nobody has reserved', 'PS3.5 §7.8.1'),
  'value-too-long': row('warning', 'a value longer than its VR allows', 'PS3.5 §6.2'),

  // encoding
  'undeclared-characters': row('warning', 'characters that Specific Character Set does not have', 'PS3.5 §6.1.2'),
  'broken-characters': row('warning', 'bytes that are no character of their set', 'PS3.5 §6.1.2'),
  'unknown-character-set': row('warning', 'a Specific Character Set that DICOM does not have', 'PS3.3 §C.12.1.1.2'),
  'misspelt-character-set': row('note', 'a Specific Character Set in other letters', 'PS3.3 §C.12.1.1.2'),
  'odd-length': row('warning', 'a value of an odd number of bytes', 'PS3.5 §7.1.1'),
  'partial-word': row('error', 'a binary value whose last number is cut', 'PS3.5 §6.2'),
  'lossy-compression': row('note', 'images that were compressed with losses', 'PS3.3 §C.7.6.1.1.5'),
  'lossy-not-marked': row(
    'warning',
    'lossy compression that Lossy Image Compression does not mention',
    'PS3.3 §C.7.6.1.1.5',
  ),
  'mixed-transfer-syntaxes': row('note', 'files of several Transfer Syntaxes', 'PS3.10 §7.1'),
  'odd-file': row('note', 'a file that breaks PS3.5 or PS3.10 and could be read all the same', 'PS3.10 §7'),
} as const satisfies Record<string, CheckRow>

function row<S extends Severity>(
  severity: S,
  what: string,
  section: string,
): { severity: S; what: string; section: string } {
  return { severity, what, section }
}

export type CheckCode = keyof typeof CHECKS
export const CHECK_CODES = Object.keys(CHECKS) as CheckCode[]

export type FindingValue = string | number | readonly (string | number)[]

export interface Finding {
  code: CheckCode
  severity: Severity
  message: string
  /** The slices it is about, ascending. Where they disagree: those that are not like most. */
  slices: number[]
  expected?: FindingValue
  found?: FindingValue
}

/** Collects findings; the severity is that of the code. */
export type Report = (code: CheckCode, slices: readonly number[], message: string, values?: FindingValues) => void
export type FindingValues = Pick<Finding, 'expected' | 'found'>

export const ascending = (slices: Iterable<number>): number[] => [...new Set(slices)].sort((a, b) => a - b)

/** "1 slice", "2 slices". */
export const counted = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`
