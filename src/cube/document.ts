import type { JsonElement } from '../dicom/json.ts'

/** What all slices have of one element, or each (SPEC §9.1). */
export interface V1Entry {
  vr: string
  /** The Python package writes null for a sequence that it merged item by item; we never do. */
  shared: boolean
  /**
   * Shared: as in DICOM JSON. Per slice: one entry a slice, itself such a list or, where every slice has exactly one
   * value, that value; null where a slice has no value.
   */
  Value?: unknown[]
  /** Per slice: one a slice, null where it has no value; then there is no Value. */
  InlineBinary?: string | (string | null)[]
}

/** The shared/per-slice DICOM JSON document. Readers of v1 take the first two keys and ignore the others. */
export interface V1Document {
  _merged_data: Record<string, V1Entry>
  slice_count: number
  /** Tag → slices that lack the element; every other slice without a value has it, empty. Always there: it marks our documents. */
  absent: Record<string, number[]>
  /** Tag → elements as they are where a v1 reader gets none or another; `slices` is missing where it would be all. */
  beyond_v1?: Record<string, (JsonElement & { slices?: number[] })[]>
}

/** Why a reader of v1 does not get an element. */
export const OMISSION_REASONS = [
  'group-length', // it would be wrong as soon as anything else changes, and no exporter keeps it
  'command-group', // group 0000 is no part of a data set
  'not-loaded', // a blob that was not fetched
  'unknown-vr',
  'invalid-value', // text that is no number, or a number that is cut: its reader would refuse the series
  'other-vr', // the slice has another VR than the first one; an entry has a single one
] as const
export type OmissionReason = (typeof OMISSION_REASONS)[number]

/** An element that a reader of v1 does not get: in one slice, or in all. `tag` is a path inside sequences. */
export interface Omission {
  tag: string
  slice?: number
  reason: OmissionReason
}

/** What cannot be trusted in a document that the Python package wrote (README, "Files of the Python package"). */
export const V1_NOTE_CODES = [
  'nested-order', // values of slices inside a sequence: the order in which the files were read, which is not recorded
  'list-order', // binary values of slices, or values kept under the key "null": the same
  'absent-or-empty', // "None" stands for both; these slices are taken as lacking the element
  'item-count', // a merged sequence does not say how many items each slice has
  'emptied-binary', // empty, or more than 7,680 bytes that were dropped
  'character-set', // the declared one has no code for a text; all text is in ISO_IR 192 now
  'left-out', // a value that its VR cannot hold
  'no-metadata', // the file was saved without
  'frames-differ', // the numbers of slices and of frames are not the same
  'trailing-bytes', // bytes that no part of the file claims
  'repeated-frames', // frames with the same bytes, which the Python package does not write
  'unreadable-space', // geometry that is none, or of other pixels
  'rescaled-pixels', // the pixels are modality values, not the stored values that the metadata describes
  'requantised-pixels', // modality values that were fitted to 16 bits: each can be off by one step
] as const
export type V1NoteCode = (typeof V1_NOTE_CODES)[number]
export interface V1Note {
  code: V1NoteCode
  /** The element, as a path inside sequences. */
  tag?: string
  /** The slices concerned, where they are known. */
  slices?: number[]
  message: string
}
