/**
 * A writer of Part 10 files for generated series. It stands apart from src/dicom on purpose: what one of them gets wrong,
 * the other shows. It writes what it is told, rules broken included, so that a file of any odd kind can be made.
 */

export type Numbers = readonly number[] | Int16Array | Uint16Array | Uint32Array | Float32Array | Float64Array
/** Pixel Data in fragments. `offsets` is the Basic Offset Table as it shall stand in the file; without it, it is empty. */
export interface Encapsulated {
  fragments: readonly Uint8Array[]
  offsets?: readonly number[]
}
export type Item = readonly Element[]
/** Text is Latin-1, one byte a character; several values of text are joined by a backslash. A Uint8Array goes in verbatim. */
export type Value =
  | string
  | number
  | bigint
  | readonly string[]
  | Numbers
  | readonly bigint[]
  | Uint8Array
  | readonly Item[]
  | Encapsulated

/** How an element stands in the file, where that is not the usual: defined lengths, padding as PS3.5 §6.2 has it. */
export interface Form {
  undefinedLength?: boolean
  /** One answer for all items of the sequence, or one each. */
  undefinedItems?: boolean | readonly boolean[]
  /** The byte that makes a length even, or none at all. */
  pad?: number | 'none'
  /** The Value Length that the header announces, whatever the value has. */
  valueLength?: number
}
/** A tag is eight hex digits. A UN of items has them in implicit VR little endian, whatever stands around (PS3.5 §6.2.2). */
export type Element = readonly [tag: string, vr: string, value: Value, form?: Form] | { readonly raw: Uint8Array }

export interface Encoding {
  explicit: boolean
  littleEndian: boolean
}

export interface Part10 {
  elements: readonly Element[]
  transferSyntax?: string
  /** In place of what the transfer syntax says: for a file that does not keep its word. */
  encoding?: Encoding
  preamble?: Uint8Array | false
  /** In place of the usual group 0002; its group length is put before it. */
  fileMeta?: readonly Element[] | false
  /** false: left out; a number: what it says, right or wrong. */
  metaGroupLength?: boolean | number
  /** A group length element (retired since 2008) before each group of the data set. */
  groupLengths?: boolean
  /** Applied to the encoded data set: how a deflated transfer syntax is made. */
  deflate?: (dataSet: Uint8Array) => Uint8Array
  /** Behind everything. */
  tail?: Uint8Array
}

export const TransferSyntax = {
  implicitLittleEndian: '1.2.840.10008.1.2',
  explicitLittleEndian: '1.2.840.10008.1.2.1',
  deflated: '1.2.840.10008.1.2.1.99',
  explicitBigEndian: '1.2.840.10008.1.2.2',
  jpegBaseline: '1.2.840.10008.1.2.4.50',
  jpegLossless: '1.2.840.10008.1.2.4.70',
  jpeg2000Lossless: '1.2.840.10008.1.2.4.90',
  rle: '1.2.840.10008.1.2.5',
} as const

const IMPLICIT: Encoding = { explicit: false, littleEndian: true }
const EXPLICIT: Encoding = { explicit: true, littleEndian: true }
const EXPLICIT_BIG: Encoding = { explicit: true, littleEndian: false }
const UNDEFINED_LENGTH = 0xffffffff

/** PS3.5 §7.1.2: these carry a 16-bit Value Length; every other VR carries 32. */
const SHORT_LENGTH = new Set('AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US'.split(' '))
// biome-ignore format: a table
const BYTES_PER_NUMBER: Record<string, number> = {
  AT: 4, FD: 8, FL: 4, OB: 1, OD: 8, OF: 4, OL: 4, OV: 8, OW: 2, SL: 4, SS: 2, SV: 8, UL: 4, UN: 1, US: 2, UV: 8,
}
const ENCODINGS: Record<string, Encoding> = {
  [TransferSyntax.implicitLittleEndian]: IMPLICIT,
  [TransferSyntax.explicitBigEndian]: EXPLICIT_BIG,
}

export const encodingOf = (transferSyntax: string): Encoding => ENCODINGS[transferSyntax] ?? EXPLICIT

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0))
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.byteLength
  }
  return whole
}

export function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, character => {
    const code = character.charCodeAt(0)
    if (code > 255) throw new RangeError(`'${text}' is not Latin-1: give its bytes in a Uint8Array`)
    return code
  })
}

/** The Basic Offset Table that is right for frames of the given numbers of fragments. */
export function frameOffsets(fragments: readonly Uint8Array[], fragmentsPerFrame: readonly number[]): number[] {
  const starts = [0]
  for (const fragment of fragments) starts.push(starts[starts.length - 1] + 8 + fragment.byteLength)
  let first = 0
  return fragmentsPerFrame.map(count => {
    const offset = starts[first]
    first += count
    return offset
  })
}

/** A whole Part 10 file. */
export function writePart10(file: Part10): Uint8Array {
  const transferSyntax = file.transferSyntax ?? TransferSyntax.explicitLittleEndian
  const encoding = file.encoding ?? encodingOf(transferSyntax)
  const parts: Uint8Array[] = []
  if (file.preamble !== false) parts.push(file.preamble ?? new Uint8Array(128), latin1('DICM'))
  if (file.fileMeta !== false) parts.push(...writeFileMeta(file, transferSyntax))
  const dataSet = writeDataSet(file.groupLengths ? withGroupLengths(file.elements, encoding) : file.elements, encoding)
  parts.push(file.deflate ? file.deflate(dataSet) : dataSet)
  if (file.tail) parts.push(file.tail)
  return concat(parts)
}

export function writeDataSet(elements: readonly Element[], encoding: Encoding): Uint8Array {
  return concat(elements.flatMap(element => writeElement(element, encoding)))
}

function writeFileMeta(file: Part10, transferSyntax: string): Uint8Array[] {
  const group = writeDataSet(file.fileMeta || usualFileMeta(file.elements, transferSyntax), EXPLICIT)
  if (file.metaGroupLength === false) return [group]
  const length = typeof file.metaGroupLength === 'number' ? file.metaGroupLength : group.byteLength
  return [writeDataSet([['00020000', 'UL', length]], EXPLICIT), group]
}

/** PS3.10 §7.1, with the class and instance of the data set. */
export function usualFileMeta(elements: readonly Element[], transferSyntax: string): Element[] {
  const value = (tag: string) =>
    elements.find((element): element is readonly [string, string, string] => {
      return 'raw' in element ? false : element[0] === tag && typeof element[2] === 'string'
    })?.[2]
  return [
    ['00020001', 'OB', Uint8Array.of(0, 1)],
    ['00020002', 'UI', value('00080016') ?? ''],
    ['00020003', 'UI', value('00080018') ?? ''],
    ['00020010', 'UI', transferSyntax],
    ['00020012', 'UI', '2.25.81231406215349382914706148319047301557'],
    ['00020013', 'SH', 'DICUBE_GENERATED'],
  ]
}

function withGroupLengths(elements: readonly Element[], encoding: Encoding): Element[] {
  const groups = new Map<string, Element[]>()
  for (const element of elements) {
    if ('raw' in element) throw new RangeError('raw bytes belong to no group: write their group length by hand')
    const group = element[0].slice(0, 4)
    groups.set(group, [...(groups.get(group) ?? []), element])
  }
  return [...groups].flatMap(([group, members]): Element[] => {
    return [[`${group}0000`, 'UL', writeDataSet(members, encoding).byteLength], ...members]
  })
}

function writeElement(element: Element, encoding: Encoding): Uint8Array[] {
  if ('raw' in element) return [element.raw]
  const [tag, vr, value, form = {}] = element
  const parts = writeValue(vr, value, form, encoding)
  const sizeBytes = parts.reduce((sum, part) => sum + part.byteLength, 0)
  const undefinedLength = form.undefinedLength || isEncapsulated(value)
  const valueLength = form.valueLength ?? (undefinedLength ? UNDEFINED_LENGTH : sizeBytes)
  return [writeHeader(tag, vr, valueLength, encoding), ...parts]
}

function writeHeader(tag: string, vr: string, valueLength: number, encoding: Encoding): Uint8Array {
  const { explicit, littleEndian } = encoding
  const short = explicit && SHORT_LENGTH.has(vr)
  const header = new Uint8Array(explicit && !short ? 12 : 8)
  const view = new DataView(header.buffer)
  view.setUint16(0, Number.parseInt(tag.slice(0, 4), 16), littleEndian)
  view.setUint16(2, Number.parseInt(tag.slice(4), 16), littleEndian)
  if (explicit) header.set(latin1(vr), 4)
  if (short && valueLength > 0xffff) throw new RangeError(`(${tag}) ${vr}: ${valueLength} bytes do not fit 16 bits`)
  if (short) view.setUint16(6, valueLength, littleEndian)
  else view.setUint32(header.byteLength - 4, valueLength, littleEndian)
  return header
}

function writeValue(vr: string, value: Value, form: Form, encoding: Encoding): Uint8Array[] {
  if (isEncapsulated(value)) return writeFragments(value, encoding)
  if (value instanceof Uint8Array) return padded(value, vr === 'OB' || vr === 'UN' ? 0 : 0x20, form.pad)
  if (isSequence(vr, value)) return writeItems(value, form, vr === 'UN' ? IMPLICIT : encoding)
  const values = typeof value === 'object' ? value : [value]
  const width = BYTES_PER_NUMBER[vr]
  if (width) return padded(writeNumbers(vr, width, values, encoding.littleEndian), 0, form.pad)
  return padded(latin1(Array.from(values, String).join('\\')), vr === 'UI' ? 0 : 0x20, form.pad)
}

const isEncapsulated = (value: Value): value is Encapsulated => typeof value === 'object' && 'fragments' in value
const isSequence = (vr: string, value: Value): value is readonly Item[] =>
  Array.isArray(value) && (vr === 'SQ' || Array.isArray(value[0]))

function padded(bytes: Uint8Array, usual: number, pad: Form['pad']): Uint8Array[] {
  return bytes.byteLength % 2 === 0 || pad === 'none' ? [bytes] : [bytes, Uint8Array.of(pad ?? usual)]
}

function writeItems(items: readonly Item[], form: Form, encoding: Encoding): Uint8Array[] {
  const { undefinedItems = false } = form
  const parts = items.flatMap((item, index) => {
    const content = writeDataSet(item, encoding)
    const undefinedLength = typeof undefinedItems === 'boolean' ? undefinedItems : undefinedItems[index]
    if (!undefinedLength) return [writeItemHeader('FFFEE000', content.byteLength, encoding), content]
    const open = writeItemHeader('FFFEE000', UNDEFINED_LENGTH, encoding)
    return [open, content, writeItemHeader('FFFEE00D', 0, encoding)]
  })
  return form.undefinedLength ? [...parts, writeItemHeader('FFFEE0DD', 0, encoding)] : parts
}

function writeFragments({ fragments, offsets = [] }: Encapsulated, encoding: Encoding): Uint8Array[] {
  const table = writeNumbers('UL', 4, offsets, encoding.littleEndian)
  const items = [table, ...fragments].flatMap(item => [writeItemHeader('FFFEE000', item.byteLength, encoding), item])
  return [...items, writeItemHeader('FFFEE0DD', 0, encoding)]
}

/** PS3.5 §7.5: items and delimiters have no VR in any transfer syntax. */
const writeItemHeader = (tag: string, length: number, { littleEndian }: Encoding) =>
  writeHeader(tag, '', length, { explicit: false, littleEndian })

type Scalars = ArrayLike<string | number | bigint | Item>

function writeNumbers(vr: string, width: number, values: Scalars, littleEndian: boolean): Uint8Array {
  const bytes = new Uint8Array(values.length * width)
  if (width === 2 && littleEndian) {
    // Pixel Data: a DataView call for each of 262,144 samples costs more than all the rest of a file.
    for (let i = 0; i < values.length; i++) {
      const word = Number(values[i])
      bytes[2 * i] = word
      bytes[2 * i + 1] = word >> 8
    }
    return bytes
  }
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < values.length; i++) writeNumber(view, i * width, vr, values[i], littleEndian)
  return bytes
}

function writeNumber(view: DataView, offset: number, vr: string, value: Scalars[number], littleEndian: boolean): void {
  // The bits of a NaN are the engine's choice (ECMA-262), and this file promises the same ones everywhere.
  if (Number.isNaN(value)) {
    const wide = vr === 'FD' || vr === 'OD'
    view.setUint16(littleEndian ? offset + (wide ? 6 : 2) : offset, wide ? 0x7ff8 : 0x7fc0, littleEndian)
    return
  }
  switch (vr) {
    case 'AT':
      view.setUint16(offset, Number.parseInt(String(value).slice(0, 4), 16), littleEndian)
      view.setUint16(offset + 2, Number.parseInt(String(value).slice(4), 16), littleEndian)
      return
    case 'FL':
    case 'OF':
      view.setFloat32(offset, Number(value), littleEndian)
      return
    case 'FD':
    case 'OD':
      view.setFloat64(offset, Number(value), littleEndian)
      return
    case 'SV':
    case 'UV':
    case 'OV':
      view.setBigUint64(offset, BigInt.asUintN(64, BigInt(value as bigint)), littleEndian)
      return
    case 'OB':
    case 'UN':
      view.setUint8(offset, Number(value))
      return
    case 'US':
    case 'SS':
    case 'OW':
      view.setUint16(offset, Number(value), littleEndian)
      return
    default:
      view.setUint32(offset, Number(value), littleEndian)
  }
}
