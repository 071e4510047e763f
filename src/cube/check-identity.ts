import { counted, type FindingValue, type Report } from './check-codes.ts'
import { type Attribute, type Cache, groupsOf, missing, odd, textsOf } from './check-columns.ts'
import type { Table } from './table.ts'

const TAG = {
  sopClassUid: 0x00080016,
  sopInstanceUid: 0x00080018,
  modality: 0x00080060,
  patientName: 0x00100010,
  patientId: 0x00100020,
  patientBirthDate: 0x00100030,
  patientSex: 0x00100040,
  studyInstanceUid: 0x0020000d,
  seriesInstanceUid: 0x0020000e,
  frameOfReferenceUid: 0x00200052,
} as const

const REQUIRED = [
  ['Study Instance UID', TAG.studyInstanceUid],
  ['Series Instance UID', TAG.seriesInstanceUid],
  ['SOP Instance UID', TAG.sopInstanceUid],
  ['SOP Class UID', TAG.sopClassUid],
] as const

/** Attributes that are one for the whole series (PS3.3 Table A.1-1 gives their modules once a series or study). */
const ONCE = [
  ['several-series', 'Series Instance UID', TAG.seriesInstanceUid],
  ['several-studies', 'Study Instance UID', TAG.studyInstanceUid],
  ['several-modalities', 'Modality', TAG.modality],
  ['several-frames-of-reference', 'Frame of Reference UID', TAG.frameOfReferenceUid],
  ['several-sop-classes', 'SOP Class UID', TAG.sopClassUid],
] as const

const PERSON = [
  ['Patient Name', TAG.patientName],
  ['Patient Birth Date', TAG.patientBirthDate],
  ['Patient Sex', TAG.patientSex],
] as const

/** Whether the slices belong together. Nothing that names a patient is quoted. */
export function checkIdentity(table: Table, report: Report, cache: Cache): void {
  const texts = new Map<number, Attribute<string>>()
  const textOf = (tag: number) => {
    let found = texts.get(tag)
    if (!found) texts.set(tag, (found = textsOf(table, tag, cache)))
    return found
  }

  for (const [name, tag] of REQUIRED) {
    const slices = missing(textOf(tag))
    if (slices.length) report('missing-uid', slices, `${counted(slices.length, 'slice')} without ${name}`)
  }
  for (const [code, name, tag] of ONCE) {
    const found = odd(textOf(tag))
    if (!found) continue
    const { usual, others, slices } = found
    report(code, slices, `${others.length + 1} values of ${name} in one series`, {
      expected: usual,
      found: listOf(others),
    })
  }

  const ids = odd(textOf(TAG.patientId))
  if (ids) report('several-patients', ids.slices, `${ids.others.length + 1} Patient IDs in one series`)
  else
    for (const [name, tag] of PERSON) {
      const found = odd(textOf(tag))
      if (found)
        report('patient-differs', found.slices, `one Patient ID with ${found.others.length + 1} values of ${name}`)
    }

  const twins = [...groupsOf(textOf(TAG.sopInstanceUid).values)].filter(([uid, slices]) => uid && slices.length > 1)
  if (twins.length)
    report(
      'duplicate-sop-instance-uid',
      twins.flatMap(([, slices]) => slices),
      `${counted(twins.length, 'SOP Instance UID')} in more than one slice`,
      { found: listOf(twins.map(([uid]) => uid!)) },
    )
}

const MOST_VALUES = 20

/** One value as it is, several as a list that has an end. */
const listOf = <T extends string | number>(values: readonly T[]): FindingValue =>
  values.length === 1 ? values[0] : values.slice(0, MOST_VALUES)
