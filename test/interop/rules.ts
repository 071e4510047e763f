import { charsetOf } from '../../src/dicom/charset.ts'
import { encodeText } from '../../src/dicom/charset-encode.ts'
import { type DicomJson, type JsonElement, type JsonValue, toBase64 } from '../../src/dicom/json.ts'
import { fromBase64 } from '../../src/dicom/json-read.ts'
import type { ReportCode } from '../../src/dicom/parse.ts'
import { isGroupLength } from '../../src/dicom/tags.ts'
import type { PersonName } from '../../src/dicom/values.ts'
import { swapWords, vrFacts } from '../../src/dicom/vr.ts'

export type Reference = 'pydicom' | 'dcm2json'

/** What the rules were written for. With other versions a rule that explains nothing is told, and is no error. */
export const VERSIONS: Record<Reference, string> = { pydicom: '3.0.2', dcm2json: '3.6.7' }

/** What pydicom_json.py writes where to_json_dict raises. */
export interface Raised {
  vr: string | null
  error: string
}

/** Where two data sets differ, and by what. `ours` is dicube's. */
export type Difference = {
  readonly who: Reference
  readonly tag: string
  /** Elements and items from the top: 00081140[0].00081155 */
  readonly path: string
  /** Specific Character Set of the data set and of each item down to the element, where there is one. */
  readonly charsets: readonly (readonly string[])[]
  /** The file is big endian. */
  readonly bigEndian: boolean
  /** What dicube found odd about the file. */
  readonly odd: readonly ReportCode[]
} & (
  | { readonly kind: 'no output'; readonly ours: DicomJson; readonly error: string }
  | { readonly kind: 'only ours'; readonly ours: JsonElement }
  | { readonly kind: 'only theirs'; readonly theirs: JsonElement | Raised }
  | { readonly kind: 'raised'; readonly ours: JsonElement; readonly error: string }
  | { readonly kind: 'vr'; readonly ours: JsonElement; readonly theirs: JsonElement }
  /** The one has a Value or an InlineBinary and the other not, or they have different numbers of values. */
  | { readonly kind: 'form'; readonly ours: JsonElement; readonly theirs: JsonElement }
  | { readonly kind: 'binary'; readonly vr: string; readonly ours: string; readonly theirs: string }
  | { readonly kind: 'value'; readonly vr: string; readonly ours: JsonValue; readonly theirs: JsonValue }
)

export interface Rule {
  readonly id: string
  readonly who: readonly Reference[]
  readonly cause: string
  /** Why dicube is right, or that both are; and where the other program is known to do otherwise. */
  readonly cites: string
  explains(difference: Difference): boolean
}

const isNumber = (value: unknown): value is number => typeof value === 'number'
const isText = (value: unknown): value is string => typeof value === 'string'
const isName = (value: unknown): value is PersonName => typeof value === 'object' && value !== null
const valuesOf = (element: JsonElement): JsonValue[] => element.Value ?? []

/** The component groups of a name, each changed by the function; those that become empty are left out. */
function changeName(name: PersonName, change: (group: string) => string): PersonName {
  const entries = Object.entries(name).map(([key, group]) => [key, change(group)])
  return Object.fromEntries(entries.filter(([, group]) => group))
}
const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)

/** Text of an item as it is for a program that reads it by the character set of the data set. */
function misread(value: JsonValue, vr: string, charsets: Difference['charsets']): JsonValue {
  const [outer, inner] = [charsets[0], charsets[charsets.length - 1]].map(charsetOf)
  const change = (text: string) => outer.decode(encodeText(inner, text, vr) ?? new Uint8Array(0), vr)
  return isText(value) ? change(value) : isName(value) ? (changeName(value, change) as DicomJson) : null
}
/** ISO 2022 has two ways back to one byte a character, ASCII and JIS X 0201 romaji; a file may have either. */
const oneWayBack = (value: JsonValue) => JSON.stringify(value)?.replaceAll('\\u001b(J', '\\u001b(B')

/**
 * Every cause for which pydicom or dcm2json writes something else than dicube does. Each difference has to be explained
 * by exactly one of them, and each of them has to explain something. No rule knows a file.
 */
export const RULES: readonly Rule[] = [
  {
    id: 'not-finite',
    who: ['pydicom', 'dcm2json'],
    cause: 'NaN and infinities as bare tokens; dicube has them in strings, because JSON has no such numbers',
    cites: "RFC 8259 §6; Python's json.dumps (allow_nan); dcm2json(1) --encode-extended: permit 'inf' and 'nan'",
    explains: d =>
      d.kind === 'value' && isNumber(d.theirs) && !Number.isFinite(d.theirs) && d.ours === String(d.theirs),
  },
  {
    id: 'pydicom-64-bit',
    who: ['pydicom'],
    cause: 'integers beyond 2^53 as JSON numbers; dicube and dcm2json have them in strings',
    cites: 'PS3.18 Table F.2.3-1, note: a string for SV and UV where a number would lose precision; both are right',
    explains: d =>
      d.kind === 'value' &&
      (d.vr === 'SV' || d.vr === 'UV') &&
      typeof d.theirs === 'bigint' &&
      d.ours === `${d.theirs}`,
  },
  {
    id: 'pydicom-empty-value',
    who: ['pydicom'],
    cause: '"" for an empty value among several; null in dicube and dcm2json',
    cites: 'PS3.18 §F.2.5: an empty value of several is null',
    explains: d => d.kind === 'value' && d.ours === null && d.theirs === '',
  },
  {
    id: 'pydicom-empty-sequence',
    who: ['pydicom'],
    cause: 'an empty array for a sequence without items',
    cites: 'PS3.18 §F.2.5: an empty attribute has a vr and nothing else',
    explains: d => d.kind === 'form' && d.ours.vr === 'SQ' && !d.ours.Value && d.theirs.Value?.length === 0,
  },
  {
    id: 'pydicom-group-length',
    who: ['pydicom'],
    cause: 'Group Length elements are written',
    cites: 'PS3.18 §F.2.2: Group Length (gggg,0000) shall not be included',
    explains: d => d.kind === 'only theirs' && isGroupLength(d.tag) && d.theirs.vr === 'UL',
  },
  {
    id: 'pydicom-un',
    who: ['pydicom'],
    cause: 'UN is replaced by the VR of its own dictionaries, the private one among them; the values are then compared',
    cites: 'PS3.5 §6.2.2: a reader may; pydicom.config.replace_un_with_known_vr',
    explains: d => d.kind === 'vr' && d.ours.vr === 'UN' && d.theirs.vr !== 'UN',
  },
  {
    id: 'pydicom-big-endian',
    who: ['pydicom'],
    cause: 'words of a big endian file in their order in the file',
    cites: 'PS3.18 §F.2.7: InlineBinary is little endian',
    explains: d =>
      d.kind === 'binary' &&
      d.bigEndian &&
      vrFacts(d.vr).wordBytes > 1 &&
      toBase64(swapWords(fromBase64(d.ours), vrFacts(d.vr).wordBytes)) === d.theirs,
  },
  {
    id: 'pydicom-spaces',
    who: ['pydicom'],
    cause: 'spaces before a text, and after a code that is not the last of several, are kept',
    cites: 'PS3.5 Table 6.2-1: in CS, LO and SH they mean nothing; pydicom strips the end of the Value Field',
    explains: d =>
      d.kind === 'value' &&
      vrFacts(d.vr).trim === 'both' &&
      isText(d.theirs) &&
      d.theirs !== d.ours &&
      d.theirs.replace(/^ +| +$/g, '') === d.ours,
  },
  {
    id: 'pydicom-raises',
    who: ['pydicom'],
    cause: 'to_json_dict raises for an empty value among several of a DS, IS or PN, and for an IS that is no number',
    cites: 'PS3.18 §F.2.5, and Table F.2.3-1: a string where a DS or IS is no number',
    explains: d =>
      d.kind === 'raised' &&
      ((/^(DS|IS)$/.test(d.ours.vr) && /^ValueError: (could not convert|invalid literal)/.test(d.error)) ||
        (d.ours.vr === 'PN' && d.error === 'IndexError: tuple index out of range')) &&
      valuesOf(d.ours).some(value => value === null || isText(value)),
  },
  {
    id: 'pydicom-un-big-endian',
    who: ['pydicom'],
    cause: 'a UN of undefined length in a big endian file is read as big endian, and then nothing behind it',
    cites: 'PS3.5 §6.2.2: its items are implicit VR little endian, whatever the transfer syntax',
    explains: d =>
      d.kind === 'no output' && d.bigEndian && d.error.startsWith('OSError: No tag to read at file position'),
  },
  {
    id: 'dcm2json-utf-8',
    who: ['dcm2json'],
    cause: 'Specific Character Set of the data set is changed to ISO_IR 192, because JSON is UTF-8',
    cites:
      'PS3.18 §F.2.2 Note 3: it is that of the source, and not that of the JSON; DCMTK converts the data set before',
    explains: d =>
      d.path === '00080005' &&
      ((d.kind === 'value' && d.theirs === 'ISO_IR 192') ||
        (d.kind === 'form' && same(d.theirs.Value, ['ISO_IR 192']))),
  },
  {
    id: 'dcm2json-charset-of-item',
    who: ['dcm2json'],
    cause: 'items are read by the Specific Character Set of the data set, also where they have one of their own',
    cites: 'PS3.5 §7.5.3; DCMTK: of all items only DcmDirectoryRecord::convertCharacterSet looks for it',
    explains: d =>
      d.kind === 'value' &&
      d.charsets.length > 1 &&
      vrFacts(d.vr).kind === 'text' &&
      oneWayBack(misread(d.ours, d.vr, d.charsets)) === oneWayBack(d.theirs),
  },
  {
    id: 'dcm2json-charset-unsupported',
    who: ['dcm2json'],
    cause:
      'no output where its conversion library lacks the character set: ISO 2022 IR 87 and 159 in glibc; or it is UN',
    cites: 'PS3.3 §C.12.1.1.2; DcmSpecificCharacterSet: not supported by the utilized character set conversion library',
    explains: d => {
      if (d.kind !== 'no output' || !/^F: Cannot (open|select source) character/.test(d.error)) return false
      const { vr = '', Value = [] } = d.ours['00080005'] ?? {}
      return vr === 'UN' || Value.includes('ISO 2022 IR 87') || Value.includes('ISO 2022 IR 159')
    },
  },
  {
    id: 'dcm2json-digits',
    who: ['dcm2json'],
    cause: 'FL has nine digits, which are the same 32-bit number, and FD seventeen, of which the last may be wrong',
    cites: 'OFStandard::ftoa, which DcmFloatingPointSingle and -Double use; dicube writes the number itself',
    explains: d => {
      if (d.kind !== 'value' || !isNumber(d.ours) || !isNumber(d.theirs)) return false
      if (d.vr === 'FL') return Math.fround(d.theirs) === d.ours
      if (d.vr !== 'FD') return false
      // The largest numbers become more than the largest number.
      const near = Math.abs(d.theirs - d.ours) <= 1e-14 * Math.abs(d.ours)
      return near || (Math.abs(d.ours) > 1.797e308 && d.theirs === Math.sign(d.ours) * Number.POSITIVE_INFINITY)
    },
  },
  {
    id: 'dcm2json-carets',
    who: ['dcm2json'],
    cause: 'delimiters at the end of a name are left out',
    cites: 'PS3.5 §6.2.1.1: they may be; DCMTK: so does DcmPersonName::getStringFromNameComponents',
    explains: d =>
      d.kind === 'value' &&
      d.vr === 'PN' &&
      isName(d.ours) &&
      same(
        changeName(d.ours as PersonName, group => group.replace(/\^+$/, '')),
        d.theirs,
      ),
  },
  {
    id: 'dcm2json-only-delimiters',
    who: ['dcm2json'],
    cause: 'a value of nothing but delimiters is taken as empty',
    cites: 'PS3.18 §F.2.5; DCMTK: setNonSignificantChars(" \\\\") of DcmDecimalString, (" \\\\^=") of DcmPersonName',
    explains: d =>
      d.kind === 'form' &&
      (d.ours.vr === 'DS' || d.ours.vr === 'PN') &&
      !d.theirs.Value &&
      valuesOf(d.ours).every(
        value =>
          value === null ||
          (isName(value) &&
            same(
              changeName(value, g => g.replace(/\^+$/, '')),
              {},
            )),
      ),
  },
  {
    id: 'dcm2json-only-spaces',
    who: ['dcm2json'],
    cause: 'a text of nothing but spaces is one null',
    cites: 'PS3.18 §F.2.5: null stands for an empty value among several; an empty attribute has a vr and nothing else',
    explains: d => d.kind === 'form' && d.ours.vr === 'LT' && !d.ours.Value && same(d.theirs.Value, [null]),
  },
  {
    id: 'dcm2json-nul',
    who: ['dcm2json'],
    cause: 'a NUL that pads a text stays, and a value of odd length, which no file should have, gets one',
    cites: 'PS3.5 §6.2: text is padded with a space; PS3.18 §F.1: no padding to even length is needed in JSON',
    explains: d => {
      if (d.kind === 'value') return isText(d.ours) && d.theirs === `${d.ours}\0`
      if (d.kind !== 'binary') return false
      const bytes = fromBase64(d.ours)
      return bytes.length % 2 === 1 && toBase64(Uint8Array.of(...bytes, 0)) === d.theirs
    },
  },
  {
    id: 'dcm2json-transfer-syntax',
    who: ['dcm2json'],
    cause: 'no output where the Transfer Syntax UID says explicit VR of a data set that is implicit',
    cites: 'PS3.10 §7.1: the UID names the encoding; where it does not, dicube and pydicom go by the first element',
    explains: d =>
      d.kind === 'no output' && d.odd.includes('transfer-syntax-mismatch') && /^E: dcm2json: error \(/.test(d.error),
  },
  {
    id: 'dcm2json-compressed-icon',
    who: ['dcm2json'],
    cause:
      'no output where an item holds compressed Pixel Data; dicube gives its fragments as InlineBinary, as pydicom does',
    cites: 'PS3.18 §F.2.7; DCMTK 3.6.7: JSON InlineBinary encoding not supported for compressed pixel data',
    explains: d =>
      d.kind === 'no output' &&
      d.error.startsWith('F: JSON InlineBinary encoding not supported') &&
      JSON.stringify(Object.values(d.ours)).includes('"7FE00010"'),
  },
]
