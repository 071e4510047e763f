import { type Charset, latin1 } from './charset.ts'
import { decodeStrings, eachComponent, parseDecimal, parseInteger, trimEnd } from './values.ts'
import { vrFacts } from './vr.ts'
import { maxLengthOf } from './vr-limits.ts'

/** What can be wrong with a value (PS3.5 §6.2). */
export type ValueProblem =
  | 'odd-length' // a Value Field has an even number of bytes (PS3.5 §7.1.1)
  | 'partial-word' // the last number is cut
  | 'too-long' // a value longer than its VR allows
  | 'invalid-ds'
  | 'invalid-is'
  | 'invalid-ui'
  | 'invalid-da'
  | 'invalid-tm'
  | 'invalid-dt'
  | 'invalid-as'
  | 'invalid-pn' // more than three component groups, or five components (PS3.5 §6.2.1)
  | 'invalid-at' // a tag of an even group that PS3.6 does not have
  | 'control-character' // a control character that its VR does not allow (PS3.5 §6.1.3); NULs at the end are padding

/** Text of several lines. */
export const LINES = new Set(['LT', 'ST', 'UT'])

/** What values of a VR look like, and what it is called where they do not. */
export const SYNTAX: Record<string, readonly [RegExp, ValueProblem]> = {
  AS: [/^\d{3}[DWMY]$/, 'invalid-as'],
  // The two older forms are in files, and PS3.5 §6.2 asks readers to take them.
  DA: [/^\d{4}(\d{4}|\.\d{2}\.\d{2})$/, 'invalid-da'],
  DT: [/^\d{4}(\d{2}(\d{2}(\d{2}(\d{2}(\d{2}(\.\d{1,6})?)?)?)?)?)?([+-]\d{4})?$/, 'invalid-dt'],
  TM: [/^\d{2}(\d{2}(\d{2}(\.\d{1,6})?)?)?$|^\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?$/, 'invalid-tm'],
  UI: [/^\d+(\.\d+)*$/, 'invalid-ui'],
}

/** What is wrong with a Value Field, each code once; an empty one is never wrong. Lengths are in bytes here. */
export function problemsOfValue(vr: string, bytes: Uint8Array): ValueProblem[] {
  const problems = new Set<ValueProblem>()
  const facts = vrFacts(vr)
  const maxLength = maxLengthOf(vr)
  if (bytes.length % 2 === 1) problems.add('odd-length')
  const wordBytes = facts.kind === 'tag' ? 4 : facts.wordBytes
  if (bytes.length % wordBytes !== 0) problems.add('partial-word')
  if (facts.kind === 'string' && facts.backslash) {
    eachComponent(bytes, facts, (start, end) => {
      if (start === end) return
      if (vr === 'DS' && Number.isNaN(parseDecimal(bytes, start, end))) problems.add('invalid-ds')
      if (vr === 'IS' && Number.isNaN(parseInteger(bytes, start, end))) problems.add('invalid-is')
      if (end - start > maxLength) problems.add('too-long')
      const syntax = SYNTAX[vr]
      if (syntax && !syntax[0].test(latin1(bytes, start, end))) problems.add(syntax[1])
    })
  }
  if ((facts.kind === 'string' || facts.kind === 'text') && hasControls(vr, bytes)) problems.add('control-character')
  return [...problems]
}

/** What is wrong with text whose characters are known: its length is in characters, and a name has a form. */
export function problemsOfText(vr: string, bytes: Uint8Array, charset: Charset): ValueProblem[] {
  const { kind } = vrFacts(vr)
  const maxLength = maxLengthOf(vr)
  // Characters can be fewer than bytes, never more.
  if (kind !== 'text' || (vr !== 'PN' && trimEnd(bytes, 0, bytes.length) <= maxLength)) return []
  const problems = new Set<ValueProblem>()
  for (const text of decodeStrings(vr, bytes, charset)) {
    const groups = vr === 'PN' ? text.split('=') : [text]
    if (groups.some(group => group.length > maxLength && [...group].length > maxLength)) problems.add('too-long')
    if (vr === 'PN' && (groups.length > 3 || groups.some(group => group.split('^').length > 5)))
      problems.add('invalid-pn')
  }
  return [...problems]
}

/** ESC is for the character set to judge. */
function hasControls(vr: string, bytes: Uint8Array): boolean {
  const end = trimEnd(bytes, 0, bytes.length)
  for (let i = 0; i < end; i++) {
    const byte = bytes[i]
    if (byte < 0x20 && byte !== 0x1b && !(LINES.has(vr) && (byte === 9 || byte === 10 || byte === 12 || byte === 13)))
      return true
  }
  return false
}
