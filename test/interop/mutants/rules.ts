import type { ReportCode } from '../../../src/dicom/parse.ts'
import { isGroupLength } from '../../../src/dicom/tags.ts'
import { isKnownVr, vrFacts } from '../../../src/dicom/vr.ts'
import { type Found, isPrinted } from './elements.ts'

export type Reference = 'pydicom' | 'dcmtk'

/** What dicube makes of the file. */
export interface Context {
  /** What it reports. Rules that need an entry explain nothing of what is read without a word. */
  readonly odd: readonly ReportCode[]
  /** The data set has not the byte order that is announced. */
  readonly swapped: boolean
  /** The tag of the first element behind the File Meta Information. */
  readonly first: string
}

/** Where two readers differ, and by what. */
export type Difference = Context & {
  readonly who: Reference
  readonly tag: string
  /** Elements and items from the top: 00081140[0].00081155 */
  readonly path: string
  /** What the third reader says in this respect: as we do, something else, or nothing, because it refuses the file. */
  readonly other: 'ours' | 'differs' | 'no word'
} & (
    | { readonly kind: 'only ours'; readonly ours: Found }
    | { readonly kind: 'only theirs'; readonly theirs: Found }
    /** dicube has several elements of the tag, and the other reader only the last. */
    | { readonly kind: 'twice' }
    /** `form`: the one has items and the other a value. `items`: they have different numbers of them. */
    | { readonly kind: 'vr' | 'form' | 'items' | 'value'; readonly ours: Found; readonly theirs: Found }
  )

export interface Rule {
  readonly id: string
  readonly who: Reference
  readonly cause: string
  /** Why dicube is right, or that both are; and where the other program is known to do otherwise. */
  readonly cites: string
  explains(difference: Difference): boolean
}

/** An element of a group that only messages have, in a file without VRs. */
const isOfCommandSet = (d: Difference): boolean =>
  d.kind === 'vr' &&
  d.tag.startsWith('0000') &&
  d.ours.implicit === true &&
  d.ours.vr === 'UN' &&
  !d.ours.items &&
  d.odd.length > 0

/**
 * Every cause for which pydicom or DCMTK find something else than dicube does in what it reads without a word. Each
 * difference has to be explained by exactly one of them. No rule knows a file.
 */
export const RULES: readonly Rule[] = [
  {
    id: 'pydicom-un-items',
    who: 'pydicom',
    cause: 'a UN of undefined length is an SQ; its items are compared',
    cites: 'PS3.5 §6.2.2: it is encoded as one; dicube keeps the VR of the file, to give it back',
    explains: d => d.kind === 'vr' && d.ours.vr === 'UN' && !!d.ours.items && d.theirs.vr === 'SQ' && !!d.theirs.items,
  },
  {
    id: 'pydicom-choice',
    who: 'pydicom',
    cause: 'the VR of an element without one is a choice of PS3.6, not yet decided; dicube has one of them',
    cites: 'PS3.6 Table 6-1; pydicom decides where a value is asked for, in correct_ambiguous_vr',
    explains: d =>
      d.kind === 'vr' &&
      d.ours.implicit === true &&
      d.theirs.vr.split(' or ').slice(0, 3).includes(d.ours.vr) &&
      d.theirs.vr.includes(' or '),
  },
  {
    id: 'pydicom-group-length',
    who: 'pydicom',
    cause: 'Group Length of a group that is private or repeats has another VR than UL where the file has no VRs',
    cites:
      'PS3.5 §7.2: (gggg,0000) is UL; pydicom.hooks.raw_element_vr asks for private tags and repeating groups first',
    explains: d => d.kind === 'vr' && isGroupLength(d.tag) && d.ours.implicit === true && d.ours.vr === 'UL',
  },
  {
    id: 'pydicom-command-set',
    who: 'pydicom',
    cause: 'elements of group 0000 have the VR of PS3.7; dicube does not know it',
    cites: 'PS3.7 Annex E: command elements are those of messages, which no file has',
    explains: isOfCommandSet,
  },
  {
    id: 'pydicom-twice',
    who: 'pydicom',
    cause: 'of several elements of one tag the last; dicube reports it and keeps them all',
    cites: 'PS3.5 §7.1: a tag is there once; pydicom.filereader.read_dataset puts elements into a dict',
    explains: d => d.kind === 'twice' && d.odd.includes('order'),
  },
  {
    id: 'pydicom-trailing-zeros',
    who: 'pydicom',
    cause: 'zeros to the end of the file are an empty element (0000,0000); dicube reports them and keeps them',
    cites: 'PS3.10 §7.2 would have them in (FFFC,FFFC); group 0000 is of messages (PS3.7)',
    explains: d => 'theirs' in d && d.path === '00000000' && d.theirs.value === '' && d.odd.includes('trailing-bytes'),
  },
  {
    id: 'pydicom-unknown-vr',
    who: 'pydicom',
    cause: 'a VR that PS3.5 does not know has a length of 16 bits, so that all behind it is read from elsewhere',
    cites: 'PS3.5 §6.2.2 and §7.1.2: 32 bits, as dicube and DCMTK have it; pydicom says "that may not be correct"',
    explains: d =>
      d.odd.includes('unknown-vr') &&
      d.kind !== 'twice' &&
      !(d.kind === 'form' && isOpaque(d.ours)) &&
      (d.other !== 'differs' || ('ours' in d && !isKnownVr(d.ours.vr))),
  },
  {
    id: 'pydicom-not-items',
    who: 'pydicom',
    cause: 'a sequence that holds something else than whole items is read as far as it goes, with what is behind it',
    cites: 'PS3.5 §7.5; dicube reports it (opaque-sequence) and keeps its bytes',
    explains: d =>
      d.odd.includes('opaque-sequence') &&
      ((d.kind === 'form' && isOpaque(d.ours)) || (d.kind === 'only ours' && d.other === 'ours')),
  },
  {
    id: 'pydicom-no-items',
    who: 'pydicom',
    cause: 'an element of undefined length without VR and without items is an empty value, unless PS3.6 has it as SQ',
    cites: 'PS3.5 §6.2.2: only a sequence has an undefined length there; so says DCMTK; pydicom looks for an item',
    explains: d =>
      d.kind === 'form' &&
      d.ours.vr === 'UN' &&
      d.ours.implicit === true &&
      !d.ours.items?.length &&
      d.theirs.value === '',
  },
  {
    id: 'pydicom-items-as-bytes',
    who: 'pydicom',
    cause: 'items where the VR has none are bytes; dicube has the items, and reports it (invalid-value)',
    cites: 'PS3.5 §7.1.1: only SQ, UN and fragments have an undefined length; DCMTK refuses all others',
    explains: d =>
      d.kind === 'form' &&
      d.ours.vr !== 'UN' &&
      d.ours.items !== undefined &&
      d.theirs.value !== undefined &&
      d.odd.includes('invalid-value'),
  },
  {
    id: 'pydicom-byte-order',
    who: 'pydicom',
    cause:
      'the byte order is that of the Transfer Syntax UID, also where the data set has the other, and little endian where it knows none',
    cites:
      'PS3.10 §7.1; dicube goes by the first element, and reports it (transfer-syntax-mismatch, unknown-transfer-syntax)',
    explains: d => d.swapped && d.kind !== 'twice' && d.other !== 'differs',
  },
  {
    id: 'pydicom-big-endian-by-group',
    who: 'pydicom',
    cause: 'without a Transfer Syntax UID, a first group from 0400 on is taken for one of big endian',
    cites: 'pydicom.filereader.read_partial; dicube looks which of the two bytes is 0, and reports that it had to',
    explains: d =>
      d.odd.includes('transfer-syntax-missing') &&
      !d.odd.includes('unknown-vr') &&
      d.kind !== 'vr' &&
      d.kind !== 'twice' &&
      d.first >= '0400' &&
      d.other !== 'differs',
  },
  {
    id: 'dcmtk-un-items',
    who: 'dcmtk',
    cause: 'a UN of undefined length is an SQ; its items are compared',
    cites: 'PS3.5 §6.2.2; dcmdump --enable-cp246, its default',
    explains: d => d.kind === 'vr' && d.ours.vr === 'UN' && !!d.ours.items && d.theirs.vr === 'SQ' && !!d.theirs.items,
  },
  {
    id: 'dcmtk-choice',
    who: 'dcmtk',
    cause: 'the VR of an element without one is ox, a choice of OB and OW; its bytes are compared',
    cites: 'PS3.5 §A.1: OW; DCMTK decides that for some elements only (EVR_ox)',
    explains: d => d.kind === 'vr' && d.ours.implicit === true && d.ours.vr === 'OW' && d.theirs.vr === 'ox',
  },
  {
    id: 'dcmtk-fragments',
    who: 'dcmtk',
    cause: 'fragments are OB, also where the file says OW',
    cites: 'PS3.5 §A.4: encapsulated Pixel Data is OB; dicube keeps the VR of the file, to give it back',
    explains: d =>
      d.kind === 'vr' &&
      d.ours.vr === 'OW' &&
      d.theirs.vr === 'OB' &&
      d.theirs.length === undefined &&
      d.ours.value === d.theirs.value,
  },
  {
    id: 'dcmtk-digits',
    who: 'dcmtk',
    cause: 'of an FD, seventeen digits, of which the last may be wrong: the largest double becomes an infinity',
    cites: 'OFStandard::ftoa, which DcmFloatingPointDouble::print uses',
    explains: d =>
      d.kind === 'value' &&
      d.ours.vr === 'FD' &&
      d.other !== 'differs' &&
      d.theirs.value !== undefined &&
      isPrinted(d.ours, {
        ...d.theirs,
        value: d.theirs.value.replace(/\b1\.7976931348623167e\+308/g, '1.797693134862315e+308'),
      }),
  },
  {
    id: 'dcmtk-uid-spaces',
    who: 'dcmtk',
    cause: 'white space within a UID is left out',
    cites: 'PS3.5 §9.1: a UID has none; DcmUniqueIdentifier::makeMachineByteString, dcmdump --enable-correction',
    explains: d => {
      if (d.kind !== 'value' || d.theirs.vr !== 'UI' || d.other === 'differs') return false
      const text = Buffer.from(d.ours.value ?? '', 'hex')
        .toString('latin1')
        .replace(/[\t-\r ]/g, '')
      return isPrinted(
        { ...d.ours, vr: 'UI', value: Buffer.from(text, 'latin1').toString('hex') },
        { ...d.theirs, length: text.length + (text.length & 1) },
      )
    },
  },
  {
    id: 'dcmtk-partial-word',
    who: 'dcmtk',
    cause: 'the value of a binary VR that ends within a number is not printed',
    cites: 'PS3.5 §6.2; its length is compared; dicube reports it where values are looked at (partial-word)',
    explains: d =>
      d.kind === 'value' &&
      /^\((invalid value|no value available)\)$/.test(d.theirs.value ?? '') &&
      d.theirs.length === d.ours.length &&
      d.ours.length! % (d.theirs.vr === 'AT' ? 4 : vrFacts(d.theirs.vr).wordBytes) !== 0,
  },
  {
    id: 'dcmtk-command-set',
    who: 'dcmtk',
    cause: 'elements of group 0000 have the VR of PS3.7; dicube does not know it',
    cites: 'PS3.7 Annex E: command elements are those of messages, which no file has',
    explains: isOfCommandSet,
  },
  {
    id: 'dcmtk-dictionary',
    who: 'dcmtk',
    cause: 'an element without VR that PS3.6 knows is UN',
    cites: 'dicom.dic of DCMTK lacks some retired repeating groups; dicube and pydicom have that of PS3.6',
    explains: d =>
      d.kind === 'vr' &&
      !d.odd.includes('group-length') &&
      d.ours.implicit === true &&
      d.ours.vr !== 'UN' &&
      isKnownVr(d.ours.vr) &&
      d.theirs.vr === 'UN' &&
      d.other === 'ours',
  },
  {
    id: 'dcmtk-group-length',
    who: 'dcmtk',
    cause: 'the File Meta Information ends where its group length says, and not where group 0002 does',
    cites: 'PS3.10 §7.1; dcmdump --use-meta-length, its default; dicube reports it (group-length)',
    explains: d =>
      d.odd.includes('group-length') &&
      d.other !== 'differs' &&
      ((d.path.startsWith('0002') && d.kind !== 'value') || d.path === d.first),
  },
  {
    id: 'dcmtk-trailing-zeros',
    who: 'dcmtk',
    cause: 'zeros to the end of the file are an empty element (0000,0000); dicube reports them and keeps them',
    cites: 'PS3.10 §7.2 would have them in (FFFC,FFFC); group 0000 is of messages (PS3.7)',
    explains: d =>
      d.kind === 'only theirs' && d.path === '00000000' && d.theirs.length === 0 && d.odd.includes('trailing-bytes'),
  },
  {
    id: 'dcmtk-unknown-vr',
    who: 'dcmtk',
    cause: 'a VR that PS3.5 does not know is UN, or SQ; its bytes or items are compared',
    cites: 'PS3.5 §6.2.2; dcmdump --treat-as-unknown, its default; dicube reports it and keeps the VR',
    explains: d =>
      d.kind === 'vr' &&
      !isKnownVr(d.ours.vr) &&
      (d.theirs.vr === 'UN' || d.theirs.items !== undefined) &&
      d.odd.includes('unknown-vr'),
  },
  {
    id: 'dcmtk-not-items',
    who: 'dcmtk',
    cause: 'a sequence whose items end behind it is read as far as they go, with elements that do not belong to it',
    cites: 'PS3.5 §7.5; dicube reports it (opaque-sequence) and keeps its bytes',
    explains: d =>
      d.odd.includes('opaque-sequence') && ((d.kind === 'form' && isOpaque(d.ours)) || d.kind === 'only ours'),
  },
  {
    id: 'dcmtk-odd-length',
    who: 'dcmtk',
    cause: 'a value or a fragment of odd length gets a byte more, a zero',
    cites: 'PS3.5 §7.1.1: a length is even; dicube reports it and keeps the bytes',
    explains: d =>
      d.kind === 'value' &&
      (d.odd.includes('odd-length') || d.odd.includes('odd-fragment')) &&
      d.other !== 'differs' &&
      isPadded(d.ours.value ?? '', d.theirs.value?.replaceAll('\\', '') ?? ''),
  },
]

/** Why dicube refuses what pydicom and DCMTK both read: the message, and what they make of it. */
export const REFUSALS: readonly { readonly message: RegExp; readonly cause: string }[] = [
  {
    message: /\) has no Value Representation: bytes [0-9A-F]{4}$/,
    cause: 'no VR where one has to be (PS3.5 §7.1.2): pydicom goes on with implicit VR, DCMTK with a length of 16 bits',
  },
  {
    message: /: no data element behind the File Meta Information$|: byte \d+: deflate: unexpected end of file$/,
    cause: 'nothing behind the File Meta Information (PS3.10 §7.2): they give an empty data set',
  },
  {
    message: /a delimiter that closes nothing; wanted a data element$/,
    cause: 'a delimiter that closes nothing (PS3.5 §7.5): pydicom ends the data set there, DCMTK passes over it',
  },
  {
    message: /ends here, behind the end of (the file|its item or sequence) at \d+$/,
    cause: 'a value or an item that is not all there (PS3.5 §7.1): they take what there is, or other lengths',
  },
  {
    message: /of length \d+; wanted a fragment of encapsulated Pixel Data$/,
    cause: 'the end of fragments has a length (PS3.5 §A.4): they do not look at it',
  },
]

/** A sequence that dicube has as bytes. */
const isOpaque = ({ vr, value }: Found) => vr === 'SQ' && value !== undefined

/** Whether bytes are those of the other with zeros put in, and lengths of fragments that tell. */
function isPadded(ours: string, theirs: string): boolean {
  if (`${ours}00` === theirs) return true
  const [a, b] = [fragments(ours), fragments(theirs)]
  return (
    a !== undefined &&
    a.length === b?.length &&
    a.every((bytes, i) => (bytes.length % 4 ? `${bytes}00` : bytes) === b[i])
  )
}

function fragments(hex: string): string[] | undefined {
  const found: string[] = []
  for (let at = 0; at < hex.length; ) {
    if (hex.slice(at, at + 8) !== 'feff00e0') return undefined
    const length = 2 * Buffer.from(hex.slice(at + 8, at + 16), 'hex').readUInt32LE()
    found.push(hex.slice(at + 16, at + 16 + length))
    at += 16 + length
  }
  return found
}
