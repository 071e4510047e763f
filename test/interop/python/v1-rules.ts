import type { JsonElement } from '../../../src/dicom/json.ts'
import { fromBase64 } from '../../../src/dicom/json-read.ts'
import { vrFacts } from '../../../src/dicom/vr.ts'

/** Where our reading of a v1 file differs from the Python package's own. */
export interface Difference {
  /** What was asked: get_values, is_shared, index of a slice, slice_count. */
  api: 'values' | 'shared' | 'index' | 'count'
  /** Elements and items from the top: 00081140[0].00081155 */
  path: string
  vr: string
  /** Its entry in the file is shared. */
  shared: boolean
  ours?: JsonElement
  theirs?: JsonElement
  /** What its reader raised. */
  error?: string
  /** Notes of ours about the element, and of any of its items. */
  notes: readonly string[]
}

export interface Rule {
  id: string
  cause: string
  cites: string
  explains(difference: Difference): boolean
}

const isEmpty = (element: JsonElement | undefined) =>
  !element?.InlineBinary && (element?.Value ?? []).every(value => value === null || value === '' || sameText(value, {}))
const sameText = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)
const isBinary = (vr: string) => vrFacts(vr).kind === 'bytes'
const items = (element: JsonElement | undefined) => element?.Value?.length ?? 0
const isPlaceholder = ({ Value, InlineBinary }: JsonElement = { vr: '' }) =>
  sameText(Value, ['None']) || InlineBinary === 'None'

/** Each difference is explained by exactly one of these, and each of these explains something. No rule knows a file. */
export const RULES: readonly Rule[] = [
  {
    id: 'none',
    cause: 'the text "None" stands for a slice without the element; it is no value here, and a note says so',
    cites: 'upstream-v1.md §1.6 (missing or empty in some slices), §2.1: the literal text "None" is written',
    explains: d =>
      isPlaceholder(d.theirs) &&
      isEmpty(d.ours) &&
      (d.notes.includes('absent-or-empty') || d.notes.includes('emptied-binary')),
  },
  {
    id: 'null',
    cause: 'values under the key "null", which its reader does not look at; they are values here',
    cites: 'upstream-v1.md §1.6: key "null"; §2.1: all slices become empty',
    explains: d =>
      d.api !== 'shared' &&
      !d.shared &&
      !isBinary(d.vr) &&
      d.vr !== 'SQ' &&
      d.error === undefined &&
      isEmpty(d.theirs) &&
      !isEmpty(d.ours),
  },
  {
    id: 'binary',
    cause: 'binary values of slices beside a Value of nulls: its reader takes the nulls, here they are values',
    cites: 'upstream-v1.md §2.1: binary, per-slice, any size: emptied on export',
    explains: d =>
      d.api === 'index' && !d.shared && isBinary(d.vr) && isEmpty(d.theirs) && Boolean(d.ours?.InlineBinary),
  },
  {
    id: 'first-item',
    cause: 'its reader gives the first item of a sequence only',
    cites: 'upstream-v1.md §1.6: SQ with shared null: only item 0',
    explains: d => d.vr === 'SQ' && items(d.theirs) === 1 && items(d.ours) > 1,
  },
  {
    id: 'invented-item',
    cause: 'its reader gives an item to slices that have none',
    cites: 'upstream-v1.md §2.1: SQ only in some slices: other slices get an invented item',
    explains: d => d.vr === 'SQ' && items(d.theirs) === 1 && items(d.ours) === 0 && d.notes.includes('item-count'),
  },
  {
    id: 'raises',
    cause: 'its index() raises for a list under "null", or for sequences of different lengths',
    cites: 'upstream-v1.md §1.6: a "null" entry without "Value": TypeError; §2.1: SQ item count varies',
    explains: d => d.api === 'index' && /^TypeError: 'NoneType' object is not subscriptable$/.test(d.error ?? ''),
  },
  {
    id: 'out-of-range',
    cause: 'it counts slices by the first entry that differs, and sees one where nothing does',
    cites: 'upstream-v1.md §1.6: slice_count is recomputed, else 1; §2.1: slice_count falls to 1',
    explains: d => d.api === 'count',
  },
  {
    id: 'nan',
    cause: 'NaN is not equal to itself there; all slices have the same bytes',
    cites: 'upstream-v1.md §2.1: FD NaN/Inf: NaN is never "shared"',
    explains: d => d.api === 'shared' && sameText(d.ours?.Value, [true]) && (d.vr === 'FD' || d.vr === 'FL'),
  },
  {
    id: 'group-length',
    cause: 'Group Length elements are no part of DICOM JSON',
    cites: 'PS3.18 §F.2.2: Group Length (gggg,0000) shall not be included',
    explains: d => d.api === 'index' && d.path.endsWith('0000') && d.ours === undefined,
  },
  {
    id: 'spaces',
    cause: 'spaces before a text mean nothing in LO and SH',
    cites: 'PS3.5 §6.2; upstream-v1.md §2.1: leading spaces kept',
    explains: d =>
      vrFacts(d.vr).trim === 'both' &&
      !sameText(d.ours?.Value, d.theirs?.Value) &&
      sameText(
        d.ours?.Value,
        d.theirs?.Value?.map(value => (typeof value === 'string' ? value.replace(/^ +| +$/g, '') : value)),
      ),
  },
]

/** What two writers of DICOM JSON may do in their own way: empty texts and names, key order, integers of 64 bits. */
export function comparable(element: JsonElement | undefined): unknown {
  const { vr = '', Value, InlineBinary } = element ?? {}
  const values = (Value ?? []).map(value => {
    if (value === null || value === '') return null
    if (vr === 'PN') {
      const groups = Object.entries(value as object).filter(([, group]) => group)
      return groups.length ? Object.fromEntries(groups) : null
    }
    return typeof value === 'bigint' || /^[SU]V$/.test(vr) || isNotFinite(value) ? String(value) : value
  })
  return [values.every(value => value === null) ? [] : values, InlineBinary ? [...fromBase64(InlineBinary)] : []]
}
const isNotFinite = (value: unknown) => typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))
