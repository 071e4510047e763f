/** The Value Representations of PS3.5 Table 6.2-1. Files hold others too: every function here takes any string. */
export type Vr = StringVr | TextVr | NumberVr | BigintVr | BytesVr | 'AT' | 'SQ'
/** Text in the Default Character Repertoire, whatever Specific Character Set says (PS3.5 §6.1.2.2). */
export type StringVr = 'AE' | 'AS' | 'CS' | 'DA' | 'DS' | 'DT' | 'IS' | 'TM' | 'UI' | 'UR'
/** Text whose characters Specific Character Set (0008,0005) may extend or replace (PS3.5 §6.1.2.2). */
export type TextVr = 'LO' | 'LT' | 'PN' | 'SH' | 'ST' | 'UC' | 'UT'
export type NumberVr = 'FD' | 'FL' | 'SL' | 'SS' | 'UL' | 'US'
export type BigintVr = 'SV' | 'UV'
export type BytesVr = 'OB' | 'OD' | 'OF' | 'OL' | 'OV' | 'OW' | 'UN'

export type VrKind = 'string' | 'text' | 'number' | 'bigint' | 'bytes' | 'tag' | 'sequence'

export interface VrFacts {
  readonly kind: VrKind
  /** Bytes that change their order together between little and big endian (PS3.5 §7.3): 1 where nothing does. */
  readonly wordBytes: 1 | 2 | 4 | 8
  /** Whether a backslash separates values (PS3.5 §6.4); in LT, ST, UR and UT it is text. */
  readonly backslash: boolean
  /** Spaces that mean nothing (PS3.5 §6.2). Those at the end never do; LT, PN, ST, UC and UT may begin with real ones. */
  readonly trim: 'both' | 'end'
}

const facts = (kind: VrKind, wordBytes: VrFacts['wordBytes'], backslash: boolean, trim: VrFacts['trim']): VrFacts => ({
  kind,
  wordBytes,
  backslash,
  trim,
})

const FACTS: Record<Vr, VrFacts> = {
  AE: facts('string', 1, true, 'both'),
  AS: facts('string', 1, true, 'end'),
  AT: facts('tag', 2, false, 'end'),
  CS: facts('string', 1, true, 'both'),
  DA: facts('string', 1, true, 'end'),
  DS: facts('string', 1, true, 'both'),
  DT: facts('string', 1, true, 'end'),
  FD: facts('number', 8, false, 'end'),
  FL: facts('number', 4, false, 'end'),
  IS: facts('string', 1, true, 'both'),
  LO: facts('text', 1, true, 'both'),
  LT: facts('text', 1, false, 'end'),
  OB: facts('bytes', 1, false, 'end'),
  OD: facts('bytes', 8, false, 'end'),
  OF: facts('bytes', 4, false, 'end'),
  OL: facts('bytes', 4, false, 'end'),
  OV: facts('bytes', 8, false, 'end'),
  OW: facts('bytes', 2, false, 'end'),
  PN: facts('text', 1, true, 'end'),
  SH: facts('text', 1, true, 'both'),
  SL: facts('number', 4, false, 'end'),
  SQ: facts('sequence', 1, false, 'end'),
  SS: facts('number', 2, false, 'end'),
  ST: facts('text', 1, false, 'end'),
  SV: facts('bigint', 8, false, 'end'),
  TM: facts('string', 1, true, 'end'),
  UC: facts('text', 1, true, 'end'),
  // A UID has no spaces, so one in front cannot mean anything; pydicom and DCMTK drop it too.
  UI: facts('string', 1, true, 'both'),
  UL: facts('number', 4, false, 'end'),
  UN: facts('bytes', 1, false, 'end'),
  UR: facts('string', 1, false, 'end'),
  US: facts('number', 2, false, 'end'),
  UT: facts('text', 1, false, 'end'),
  UV: facts('bigint', 8, false, 'end'),
}

/** All 34, in the order of which a cube numbers them (SPEC §5.2). */
export const VRS = Object.keys(FACTS) as readonly Vr[]

const BY_VR = new Map<string, VrFacts>(Object.entries(FACTS))

/** The facts of a VR; those of UN for a VR that PS3.5 does not know (PS3.5 §6.2.2). */
export const vrFacts = (vr: string): VrFacts => BY_VR.get(vr) ?? FACTS.UN

export const isKnownVr = (vr: string): vr is Vr => BY_VR.has(vr)

/** Whether the elements of a sequence are in it, and not a value (PS3.5 §7.5). */
export const isSequence = (vr: string): boolean => vr === 'SQ'

/** A copy with the bytes of each word reversed: big endian to little or back (PS3.5 §7.3). A broken last word stays. */
export function swapWords(bytes: Uint8Array, wordBytes: number): Uint8Array {
  const swapped = bytes.slice()
  if (wordBytes === 1) return swapped
  for (let word = 0; word + wordBytes <= swapped.length; word += wordBytes) {
    for (let low = word, high = word + wordBytes - 1; low < high; low++, high--) {
      const byte = swapped[low]
      swapped[low] = swapped[high]
      swapped[high] = byte
    }
  }
  return swapped
}
