import { FLAG } from '../../../src/dicom/elements.ts'
import type { Instance } from '../../../src/dicom/parse.ts'
import { formatTag, tagString } from '../../../src/dicom/tags.ts'
import { vrFacts } from '../../../src/dicom/vr.ts'

/** An element as one of the readers found it. */
export interface Found {
  readonly tag: string
  readonly vr: string
  /** The value as it stands in the file, delimiters left out; dcmdump's text of it for DCMTK. */
  readonly value?: string
  /** Bytes of the value, where DCMTK tells. */
  readonly length?: number
  /** The data sets of a sequence. */
  readonly items?: Found[][]
  /** What was raised when the sequence was looked at. */
  readonly error?: string
  /** Ours: no VR in the file. */
  readonly implicit?: boolean
  readonly bigEndian?: boolean
}

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')

/** The elements of a file, File Meta Information included. */
export async function ourElements(instance: Instance): Promise<Found[]> {
  const { elements, header, pixels, pixelSource } = instance
  const { tags, vrs, offsets, lengths, flags, ends } = elements
  const pixelBytes = pixels && (await pixelSource.read(pixels.offset, pixels.length - (pixels.items ? 8 : 0)))
  function dataSet(from: number, to: number): Found[] {
    const found: Found[] = []
    for (let i = from; i < to; i = ends[i]) {
      const about = {
        tag: tagString(tags[i]),
        vr: String.fromCharCode(vrs[i] >> 8, vrs[i] & 255),
        implicit: (flags[i] & FLAG.implicit) !== 0,
        bigEndian: (flags[i] & FLAG.bigEndian) !== 0,
      }
      if (flags[i] & FLAG.sequence) {
        const items: Found[][] = []
        for (let item = i + 1; item < ends[i]; item = ends[item]) items.push(dataSet(item + 1, ends[item]))
        found.push({ ...about, items })
      } else {
        const bytes = flags[i] & FLAG.pixels ? pixelBytes! : header.subarray(offsets[i], offsets[i] + lengths[i])
        found.push({ ...about, value: hexOf(bytes), length: bytes.length })
      }
    }
    return found
  }
  return dataSet(0, elements.count)
}

type FromPydicom = [tag: string, vr: string, value: string | FromPydicom[][] | null, error?: string]

export const pydicomElements = (elements: FromPydicom[]): Found[] =>
  elements.map(([tag, vr, value, error]) => {
    if (value === null) return { tag, vr, error }
    return typeof value === 'string' ? { tag, vr, value } : { tag, vr, items: value.map(pydicomElements) }
  })

/** (FFFF,FFFF) is printed as question marks. */
const LINE = /^ *\(([0-9a-f]{4}|\?{4}),([0-9a-f]{4}|\?{4})\) (..) (.*?) +# +(u\/l|\d+), *\d+ [^#]*$/

/** VRs of DCMTK's own: of no dictionary, and an offset in a DICOMDIR. */
const INTERNAL_VR: Record<string, string> = { '??': 'UN', up: 'UL' }

/** What `dcmdump +L -Un +Qn` prints of one file. */
export function dcmdumpElements(text: string): Found[] {
  type Open = { elements: Found[]; sequence?: Found }
  const stack: Open[] = [{ elements: [] }]
  const top = () => stack[stack.length - 1]
  for (const line of text.split('\n')) {
    const match = LINE.exec(line)
    if (!match) {
      if (line.trim() && !line.startsWith('#')) throw new Error(`dcmdump: not understood: ${line}`)
      continue
    }
    const [, group, element, printed, value, length] = match
    const vr = INTERNAL_VR[printed] ?? printed
    const tag = (group + element).toUpperCase().replace('????????', 'FFFFFFFF')
    if (tag === 'FFFEE000' && vr === 'na') {
      const elements: Found[] = []
      top().sequence?.items?.push(elements)
      stack.push({ elements })
    } else if (tag === 'FFFEE000') {
      // A fragment: its header and its bytes, as others have them in the value.
      const { sequence } = top()
      const bytes = value === '(no value available)' ? '' : value.replaceAll('\\', '')
      const size = Buffer.alloc(4)
      size.writeUInt32LE(bytes.length / 2)
      if (sequence) Object.assign(sequence, { value: `${sequence.value ?? ''}feff00e0${size.toString('hex')}${bytes}` })
    } else if (tag === 'FFFEE00D' || tag === 'FFFEE0DD') stack.pop()
    else if (/^\((Pixel)?Sequence /.test(value)) {
      const sequence: Found = { tag, vr, items: value.startsWith('(Pixel') ? undefined : [] }
      top().elements.push(sequence)
      stack.push({ elements: [], sequence })
    } else top().elements.push({ tag, vr, value, length: length === 'u/l' ? undefined : Number(length) })
  }
  if (stack.length !== 1) throw new Error('dcmdump: a sequence without its end')
  return stack[0].elements
}

const NAMED: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
const unquoted = (text: string) =>
  text.replace(/&(?:#(\d+)|(\w+));/g, (_, code, name) => (code ? String.fromCharCode(Number(code)) : NAMED[name]))
const trimmed = (text: string) => text.replace(/[ \0]+$/, '')
const swapped = (hex: string, digits: number) =>
  (hex.match(new RegExp(`.{${digits}}`, 'g')) ?? []).map(word => word.match(/../g)!.reverse().join(''))

/** Whether what dcmdump printed is the value of an element of ours. */
export function isPrinted(ours: Found, printed: Found): boolean {
  const { vr, value = '', bigEndian = false } = ours
  const text = printed.value ?? ''
  const { kind, wordBytes } = vrFacts(vr)
  const isText = kind === 'string' || kind === 'text'
  if (text === '(no value available)') return value === '' || (isText && /^(20|00)*$/.test(value))
  // A pixel sequence, which is put together as bytes.
  if (printed.length === undefined) return value === text
  const bytes = Buffer.from(value, 'hex')
  // A value of odd length is read with one byte more.
  if (printed.length !== bytes.length + (bytes.length & 1)) return false
  if (isText) {
    return text.startsWith('[') && trimmed(unquoted(text.slice(1, -1))) === trimmed(bytes.toString('latin1'))
  }
  const little = bigEndian ? bytes : Buffer.from(swapped(value, 2 * wordBytes).join(''), 'hex')
  const words = (little.toString('hex').match(new RegExp(`.{${2 * wordBytes}}`, 'g')) ?? []) as string[]
  const parts = text.split('\\')
  if (kind === 'tag') {
    const tags =
      swapped(bigEndian ? swapped(value, 4).join('') : value, 4)
        .join('')
        .match(/.{8}/g) ?? []
    return tags.map(tag => formatTag(tag)).join('\\') === text
  }
  if (kind === 'bytes' && wordBytes <= 2) return words.join('\\') === text
  if (parts.length !== words.length) return false
  return words.every((word, i) => {
    const number = BigInt(`0x${word}`)
    const bits = 8 * wordBytes
    if (vr === 'SS' || vr === 'SL' || vr === 'SV') return BigInt.asIntN(bits, number) === BigInt(parts[i])
    if (/^(US|UL|UV|OL|OV)$/.test(vr)) return number === BigInt(parts[i])
    const buffer = Buffer.from(word, 'hex')
    const float = wordBytes === 4 ? buffer.readFloatBE() : buffer.readDoubleBE()
    const theirs = Number(parts[i].replace('inf', 'Infinity'))
    if (Number.isNaN(float) || !Number.isFinite(float)) return Object.is(float, theirs)
    return Math.abs(float - theirs) <= 1e-6 * Math.abs(float)
  })
}
