/** Every way in which this package refuses. Closed: a new case gets a new line here and in the README. */
export const ERROR_CODES = [
  'not-dicom', // the bytes are no DICOM instance
  'malformed', // DICOM that breaks PS3.5 in a way that leaves its meaning open
  'truncated', // fewer bytes than the file itself announces
  'unsupported-transfer-syntax', // a transfer syntax whose data set cannot be walked
  'unsupported-codec', // the bytes are there, no decoder for them is
  'unsupported-pixels', // pixel data whose attributes contradict each other
  'not-a-cube', // no .dcbs magic
  'newer-version', // written by a newer dicube than can be read here
  'corrupt', // a checksum, size or invariant of SPEC.md does not hold
  'limit', // more than a documented bound allows
  'no-instances', // nothing to pack
  'several-series', // one series was asked for, several were found
  'unknown-tag', // not a keyword, tag or path
  'not-shared', // one value was asked for, slices differ
  'ragged', // an array was asked for, slices have different numbers of values
  'not-uniform', // a volume was asked for, frames differ
  'not-loaded', // a blob that was not fetched yet, or what a page has not loaded yet (loadAll)
  'no-pixels', // a frame was asked for, there is none
  'out-of-range', // an index beyond the series
  'invalid-value', // a value that its VR cannot hold
  'changed', // a source file is not what it was when it was read
  'refused', // --strict, and a file could not be packed
  'not-found',
  'exists',
  'io',
  'http',
  'aborted',
  'usage',
] as const

export type ErrorCode = (typeof ERROR_CODES)[number]

/** The only error this package throws: a code for programs, a message with what, where, found and wanted for people. */
export class DicubeError extends Error {
  readonly code: ErrorCode
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'DicubeError'
    this.code = code
  }
}
