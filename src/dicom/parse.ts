import { type ByteSource, sourceFromBytes } from '../bytes/source.ts'
import { platform } from '../codec/platform.ts'
import { DicubeError } from '../errors.ts'
import {
  type ElementIndex,
  ElementIndexBuilder,
  FLAG,
  findElement,
  ITEM,
  ITEM_END,
  SEQUENCE_END,
  UNDEFINED_LENGTH,
  vrCode,
} from './elements.ts'
import { type DataSetEncoding, dataSetEncodingOf } from './transfer-syntax.ts'
import { hasShortLengthCode, implicitVrCode, isAmbiguousVrTag, isKnownVrCode } from './vr-codes.ts'

/** What was odd about a file that was read all the same. */
export const REPORT_CODES = [
  'no-preamble',
  'no-file-meta',
  'transfer-syntax-missing',
  'transfer-syntax-mismatch',
  'unknown-vr',
  'reserved-bytes',
  'delimiter-length',
  'implicit-in-explicit',
  'explicit-in-implicit',
  'opaque-sequence',
  'trailing-bytes',
  'odd-length',
  'order',
  'invalid-value',
] as const
export type ReportCode = (typeof REPORT_CODES)[number]
export interface ReportEntry {
  code: ReportCode
  message: string
}

/** Where the value of Pixel Data, Float Pixel Data or Double Float Pixel Data lies in the file. */
export interface PixelValue {
  /** Index of its element. */
  element: number
  /** In the file; for a deflated data set in the inflated bytes. */
  offset: number
  /** Bytes up to the next element, delimiters of an encapsulated value included. */
  length: number
  /** Encapsulated (PS3.5 §A.4): the items in file order, the Basic Offset Table first. */
  items?: { offsets: Float64Array; lengths: Uint32Array }
}

/** One file, walked but not decoded. */
export interface Instance {
  name: string
  /** The file. */
  source: ByteSource
  /** Size of the file. */
  sizeBytes: number
  /** The file without the value of Pixel Data; inflated, where the data set is deflated. */
  header: Uint8Array
  elements: ElementIndex
  /** Header bytes before the first element: the preamble and "DICM", or none. */
  preambleBytes: number
  /** Header bytes behind the last element. */
  trailingBytes: number
  /** Number of entries of `elements` that are File Meta Information. */
  metaCount: number
  transferSyntaxUid: string
  encoding: DataSetEncoding
  pixels?: PixelValue
  /** Where Pixel Data's value is read from. */
  pixelSource: ByteSource
  /** Deflated: the file from the first deflated byte to its end, and the header bytes before it. */
  deflated?: { stream: Uint8Array; offset: number }
  report: ReportEntry[]
}

/** Bounds of one file, checked before anything is allocated (README, Limits). */
export const LIMITS = { sequenceDepth: 512, elements: 4_000_000, headerBytes: 1 << 30 }

const PIXEL_TAGS = new Set([0x7fe00010, 0x7fe00008, 0x7fe00009])
const UN = vrCode('UN')
const SQ = vrCode('SQ')
const FIRST_READ_BYTES = 1 << 14

const hex = (n: number, digits: number) => n.toString(16).toUpperCase().padStart(digits, '0')
export const tagText = (tag: number) => `(${hex(tag >>> 16, 4)},${hex(tag & 0xffff, 4)})`

/** Thrown when the walk needs bytes that were not read yet. */
class NeedBytes {
  readonly upTo: number
  constructor(upTo: number) {
    this.upTo = upTo
  }
}

/** How elements are encoded (PS3.5 §7.1). */
export interface DataSetForm {
  readonly implicit: boolean
  readonly bigEndian: boolean
}
type Form = DataSetForm
const EXPLICIT_LE: Form = { implicit: false, bigEndian: false }
const IMPLICIT_LE: Form = { implicit: true, bigEndian: false }
const formFlags = (form: Form) => (form.implicit ? FLAG.implicit : 0) | (form.bigEndian ? FLAG.bigEndian : 0)
const isUpper = (c: number) => c >= 65 && c <= 90

/** Walks elements (PS3.5 §7) of bytes that may be only the beginning of the file. */
class Walker {
  readonly bytes: Uint8Array
  readonly view: DataView
  /** The file's size: what lies beyond it does not exist; what lies beyond `bytes` was not read yet. */
  readonly fileEnd: number
  readonly name: string
  readonly index: ElementIndexBuilder
  readonly report: ReportEntry[]
  readonly ambiguous: number[] = []
  pixelElement = -1
  pixelLength = 0
  trailingBytes = 0

  constructor(bytes: Uint8Array, fileEnd: number, name: string, index: ElementIndexBuilder, report: ReportEntry[]) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.fileEnd = fileEnd
    this.name = name
    this.index = index
    this.report = report
  }

  note(code: ReportCode, message: string): void {
    if (!this.report.some(entry => entry.code === code)) this.report.push({ code, message })
  }

  fail(code: 'malformed' | 'truncated' | 'limit', offset: number, what: string): DicubeError {
    return new DicubeError(code, `${this.name}: at byte ${offset}: ${what}`)
  }

  need(upTo: number, container: number, what: string): void {
    if (upTo > container) {
      const code = container === this.fileEnd ? 'truncated' : 'malformed'
      throw this.fail(
        code,
        upTo,
        `${what} ends here, behind the end of ${code === 'truncated' ? 'the file' : 'its item or sequence'} at ${container}`,
      )
    }
    if (upTo > this.bytes.length) throw new NeedBytes(upTo)
  }

  tagAt(pos: number, bigEndian: boolean): number {
    return ((this.view.getUint16(pos, !bigEndian) << 16) | this.view.getUint16(pos + 2, !bigEndian)) >>> 0
  }

  /** The encoding of a data set, from its first element, where it is not what was announced. */
  detect(pos: number, end: number, form: Form): Form {
    if (form.bigEndian || end - pos < 8) return form
    this.need(pos + 8, end, 'an element header')
    const [a, b] = [this.bytes[pos + 4], this.bytes[pos + 5]]
    if (!form.implicit) {
      if (isUpper(a) && isUpper(b)) return form
      const length = this.view.getUint32(pos + 4, true)
      const fits = length === UNDEFINED_LENGTH || pos + 8 + length <= end
      if (!fits || implicitVrCode(this.tagAt(pos, false)) === UN) return form
      this.note('implicit-in-explicit', `a data set at byte ${pos} is implicit VR where explicit was announced`)
      return IMPLICIT_LE
    }
    if (!isUpper(a) || !isUpper(b) || !isKnownVrCode((a << 8) | b)) return form
    const length = this.view.getUint32(pos + 4, true)
    if (pos + 8 + length <= end) return form
    this.note('explicit-in-implicit', `a data set at byte ${pos} is explicit VR where implicit was announced`)
    return EXPLICIT_LE
  }

  /** One element with all that it holds; returns where the next begins. */
  element(pos: number, end: number, form: Form, depth: number): number {
    this.need(pos + 8, end, 'an element header')
    if (this.index.count > LIMITS.elements) throw this.fail('limit', pos, `more than ${LIMITS.elements} elements`)
    const { bytes, view } = this
    const tag = this.tagAt(pos, form.bigEndian)
    if (tag >>> 16 === 0xfffe)
      throw this.fail('malformed', pos, `found ${tagText(tag)}, a delimiter that closes nothing; wanted a data element`)
    let vr: number
    let length: number
    let value: number
    if (form.implicit) {
      vr = implicitVrCode(tag)
      length = view.getUint32(pos + 4, true)
      value = pos + 8
    } else {
      vr = (bytes[pos + 4] << 8) | bytes[pos + 5]
      if (!isKnownVrCode(vr)) {
        if (!isUpper(bytes[pos + 4]) || !isUpper(bytes[pos + 5]))
          throw this.fail('malformed', pos, `${tagText(tag)} has no Value Representation: bytes ${hex(vr, 4)}`)
        this.note(
          'unknown-vr',
          `${tagText(tag)} has the VR "${String.fromCharCode(vr >> 8, vr & 255)}", which PS3.5 does not know`,
        )
      }
      if (hasShortLengthCode(vr)) {
        length = view.getUint16(pos + 6, !form.bigEndian)
        value = pos + 8
      } else {
        this.need(pos + 12, end, `the header of ${tagText(tag)}`)
        if (bytes[pos + 6] | bytes[pos + 7])
          this.note('reserved-bytes', `${tagText(tag)} has a reserved field that is not 0`)
        length = view.getUint32(pos + 8, !form.bigEndian)
        value = pos + 12
      }
    }
    if (form.implicit && isAmbiguousVrTag(tag)) this.ambiguous.push(this.index.count)
    const flags = formFlags(form)

    if (depth === 0 && PIXEL_TAGS.has(tag) && this.pixelElement < 0) {
      this.pixelElement = this.index.push(
        tag,
        vr,
        value,
        0,
        flags | FLAG.pixels | (length === UNDEFINED_LENGTH ? FLAG.undefinedLength : 0),
      )
      this.pixelLength = length
      return value
    }
    if (length === UNDEFINED_LENGTH) {
      // PS3.5 §6.2.2: UN of undefined length is a sequence in implicit VR little endian.
      const inner = vr === UN && !form.implicit ? IMPLICIT_LE : form
      const self = this.index.push(tag, vr, value, 0, flags | FLAG.undefinedLength | FLAG.sequence)
      const stop = this.items(value, end, true, inner, depth + 1, tag)
      this.index.lengths[self] = stop - 8 - value
      this.index.ends[self] = this.index.count
      return stop
    }
    const stop = value + length
    this.need(stop, end, `the value of ${tagText(tag)} (${length} bytes at ${value})`)
    if (vr === SQ) {
      const before = this.index.count
      const ambiguous = this.ambiguous.length
      const self = this.index.push(tag, vr, value, length, flags | FLAG.sequence)
      try {
        this.items(value, stop, false, form, depth + 1, tag)
        this.index.ends[self] = this.index.count
      } catch (error) {
        if (!(error instanceof DicubeError) || error.code !== 'malformed') throw error
        // Its bytes are kept as they are: what cannot be understood can still be given back.
        this.index.count = before
        this.ambiguous.length = ambiguous
        this.index.push(tag, vr, value, length, flags)
        this.note(
          'opaque-sequence',
          `${tagText(tag)}: not a sequence of items (${error.message.slice(this.name.length + 2)}); kept as ${length} bytes`,
        )
      }
      return stop
    }
    if (length & 1) this.note('odd-length', `${tagText(tag)} has an odd length of ${length} bytes`)
    this.index.push(tag, vr, value, length, flags)
    return stop
  }

  /** The items of a sequence (PS3.5 §7.5); returns where the element behind it begins. */
  items(pos: number, end: number, untilDelimiter: boolean, form: Form, depth: number, sequence: number): number {
    if (depth > LIMITS.sequenceDepth)
      throw this.fail('limit', pos, `sequences nested more than ${LIMITS.sequenceDepth} deep`)
    while (untilDelimiter || pos < end) {
      this.need(pos + 8, end, `an item header of ${tagText(sequence)}`)
      const tag = this.tagAt(pos, form.bigEndian)
      const length = this.view.getUint32(pos + 4, !form.bigEndian)
      pos += 8
      if (untilDelimiter && tag === SEQUENCE_END) {
        if (length !== 0) this.note('delimiter-length', `the end of ${tagText(sequence)} has a length of ${length}`)
        return pos
      }
      if (tag !== ITEM)
        throw this.fail('malformed', pos - 8, `found ${tagText(tag)}; wanted an item of ${tagText(sequence)}`)
      const undefinedLength = length === UNDEFINED_LENGTH
      const self = this.index.push(ITEM, 0, pos, length, formFlags(form) | (undefinedLength ? FLAG.undefinedLength : 0))
      const start = pos
      if (undefinedLength) {
        const itemForm = this.detect(pos, end, form)
        for (;;) {
          this.need(pos + 8, end, `the end of an item of ${tagText(sequence)}`)
          if (this.tagAt(pos, form.bigEndian) === ITEM_END) break
          pos = this.element(pos, end, itemForm, depth)
        }
        if (this.view.getUint32(pos + 4, true) !== 0)
          this.note('delimiter-length', `an item delimiter of ${tagText(sequence)} has a length`)
        this.index.lengths[self] = pos - start
        pos += 8
      } else {
        const stop = pos + length
        this.need(stop, end, `an item of ${tagText(sequence)} (${length} bytes at ${pos})`)
        const itemForm = this.detect(pos, stop, form)
        while (pos < stop) pos = this.element(pos, stop, itemForm, depth)
      }
      this.index.ends[self] = this.index.count
    }
    return pos
  }

  /** Top-level elements from pos, up to the first Pixel Data or the end. */
  dataSet(pos: number, form: Form): number {
    while (pos < this.fileEnd) {
      if (this.isTrailing(pos)) {
        this.trailingBytes = this.fileEnd - pos
        this.note('trailing-bytes', `${this.trailingBytes} bytes behind the last element are no element`)
        return this.fileEnd
      }
      const before = this.pixelElement
      pos = this.element(pos, this.fileEnd, form, 0)
      if (this.pixelElement !== before) return pos
    }
    return pos
  }

  /** Zeros to the end: padding of the medium, not an element. */
  private isTrailing(pos: number): boolean {
    const known = Math.min(this.fileEnd, this.bytes.length)
    for (let at = pos; at < known; at++) if (this.bytes[at] !== 0) return false
    if (this.fileEnd > known) throw new NeedBytes(known > pos + 4 ? this.fileEnd : pos + 8)
    return true
  }
}

interface Start {
  preambleBytes: number
  dataStart: number
  metaCount: number
  transferSyntaxUid: string
}

/** Preamble and File Meta Information (PS3.10 §7.1), or what stands in for them. */
function walkFileMeta(walker: Walker): Start {
  const { bytes, fileEnd, name } = walker
  const isDicm = (at: number) =>
    fileEnd >= at + 4 && bytes[at] === 68 && bytes[at + 1] === 73 && bytes[at + 2] === 67 && bytes[at + 3] === 77
  const preambleBytes = isDicm(128) ? 132 : 0
  if (!preambleBytes) {
    if (!looksLikeDataSet(bytes, fileEnd))
      throw new DicubeError(
        'not-dicom',
        `${name}: no "DICM" at byte 128 and no data element at byte 0; not a DICOM file`,
      )
    walker.note('no-preamble', 'no preamble and no "DICM"')
  }
  let pos = preambleBytes
  let transferSyntaxUid = ''
  while (pos + 8 <= fileEnd) {
    if (pos + 8 > bytes.length) throw new NeedBytes(pos + 8)
    if (walker.tagAt(pos, false) >>> 16 !== 2) break
    const element = walker.index.count
    pos = walker.element(pos, fileEnd, walker.detect(pos, fileEnd, EXPLICIT_LE), 1)
    if (walker.index.tags[element] === 0x00020010) {
      const offset = walker.index.offsets[element]
      transferSyntaxUid = latin1(bytes.subarray(offset, offset + walker.index.lengths[element])).replace(/[\0 ]+$/, '')
    }
  }
  return { preambleBytes, dataStart: pos, metaCount: walker.index.count, transferSyntaxUid }
}

const latin1 = (bytes: Uint8Array) => String.fromCharCode(...bytes)

/** Without "DICM": a first element that can be one, in a group where data sets begin. */
function looksLikeDataSet(bytes: Uint8Array, fileEnd: number): boolean {
  if (fileEnd < 8) return false
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (const littleEndian of [true, false]) {
    const group = view.getUint16(0, littleEndian)
    const element = view.getUint16(2, littleEndian)
    if ((group !== 2 && group !== 8) || element > 0x9999) continue
    if (isKnownVrCode((bytes[4] << 8) | bytes[5])) return true
    if (littleEndian && view.getUint32(4, true) + 8 <= fileEnd) return true
  }
  return false
}

/** The data set's encoding: as announced, unless its first element says otherwise. */
function encodingOf(walker: Walker, start: Start): DataSetEncoding {
  const { dataStart: pos } = start
  if (!start.metaCount) walker.note('no-file-meta', 'no File Meta Information (group 0002)')
  const known = start.transferSyntaxUid ? dataSetEncodingOf(start.transferSyntaxUid) : undefined
  if (!start.transferSyntaxUid) walker.note('transfer-syntax-missing', 'no Transfer Syntax UID; taken from the bytes')
  if (known?.deflated || walker.fileEnd - pos < 8) return known ?? { ...EXPLICIT_LE, deflated: false }
  if (pos + 8 > walker.bytes.length) throw new NeedBytes(pos + 8)
  const [a, b] = [walker.bytes[pos + 4], walker.bytes[pos + 5]]
  const implicitFits = walker.view.getUint32(pos + 4, true) <= walker.fileEnd - pos - 8
  const explicit =
    isKnownVrCode((a << 8) | b) || (known?.implicit === false && isUpper(a) && isUpper(b) && !implicitFits)
  const group = walker.view.getUint16(pos, true)
  // Data sets begin at low groups: a first group of 0x0800 is 0x0008 in the other byte order.
  const bigEndian = (group & 0xff) === 0 && group >>> 8 !== 0
  const found: DataSetEncoding = { implicit: !explicit, bigEndian: bigEndian && explicit, deflated: false }
  if (known && known.implicit === found.implicit && known.bigEndian === found.bigEndian) return known
  if (known) {
    const text = (e: DataSetEncoding) =>
      `${e.implicit ? 'implicit' : 'explicit'} VR ${e.bigEndian ? 'big' : 'little'} endian`
    walker.note('transfer-syntax-mismatch', `announced ${text(known)}, found ${text(found)}`)
  }
  return found
}

/** US or SS by the data set's Pixel Representation (PS3.6 gives both); nested data sets take the nearest one. */
function resolveAmbiguous(index: ElementIndexBuilder, ambiguous: number[], header: DataView): void {
  if (ambiguous.length === 0) return
  const representation = index.tags.subarray(0, index.count).indexOf(0x00280103)
  const signed =
    representation >= 0 &&
    index.lengths[representation] === 2 &&
    header.getUint16(index.offsets[representation], true) === 1
  if (signed) for (const i of ambiguous) if (index.vrs[i] === vrCode('US')) index.vrs[i] = vrCode('SS')
}

/** The items of encapsulated Pixel Data (PS3.5 §A.4), read window by window. */
async function walkFragments(
  source: ByteSource,
  offset: number,
  sizeBytes: number,
): Promise<{ end: number; items: NonNullable<PixelValue['items']> }> {
  const offsets: number[] = []
  const lengths: number[] = []
  let windowStart = offset
  let window: Uint8Array = new Uint8Array(0)
  let pos = offset
  for (;;) {
    if (pos + 8 > sizeBytes)
      throw new DicubeError(
        'truncated',
        `${source.name}: at byte ${pos}: encapsulated Pixel Data has no Sequence Delimitation Item before the end of the file`,
      )
    if (pos < windowStart || pos + 8 > windowStart + window.length) {
      windowStart = pos
      window = await source.read(pos, Math.min(1 << 16, sizeBytes - pos))
    }
    const view = new DataView(window.buffer, window.byteOffset + pos - windowStart, 8)
    const tag = ((view.getUint16(0, true) << 16) | view.getUint16(2, true)) >>> 0
    const length = view.getUint32(4, true)
    pos += 8
    if (tag === SEQUENCE_END && length === 0) break
    if (tag !== ITEM || length === UNDEFINED_LENGTH)
      throw new DicubeError(
        'malformed',
        `${source.name}: at byte ${pos - 8}: found ${tagText(tag)} of length ${length}; wanted a fragment of encapsulated Pixel Data`,
      )
    if (pos + length > sizeBytes)
      throw new DicubeError(
        'truncated',
        `${source.name}: at byte ${pos}: a fragment of ${length} bytes ends behind the end of the file at ${sizeBytes}`,
      )
    offsets.push(pos)
    lengths.push(length)
    pos += length
  }
  return { end: pos, items: { offsets: Float64Array.from(offsets), lengths: Uint32Array.from(lengths) } }
}

const builder = new ElementIndexBuilder()

/**
 * Walks one DICOM file (PS3.10): its elements are found, not decoded, and Pixel Data is not read.
 * @throws DicubeError `not-dicom`, `truncated`, `malformed`, `limit`
 */
export async function parsePart10(source: ByteSource): Promise<Instance> {
  let { bytes, sizeBytes } = await source.head(FIRST_READ_BYTES)
  for (;;) {
    try {
      return await parseFrom(source, bytes, sizeBytes)
    } catch (error) {
      if (!(error instanceof NeedBytes)) throw error
      if (error.upTo > LIMITS.headerBytes)
        throw new DicubeError('limit', `${source.name}: a header of more than ${LIMITS.headerBytes} bytes`)
      bytes = await source.read(0, Math.min(sizeBytes, Math.max(error.upTo, bytes.length * 4)))
    }
  }
}

async function parseFrom(source: ByteSource, head: Uint8Array, sizeBytes: number, inflated = false): Promise<Instance> {
  const report: ReportEntry[] = []
  builder.count = 0
  const first = new Walker(head, sizeBytes, source.name, builder, report)
  const start = walkFileMeta(first)
  const encoding = encodingOf(first, start)
  if (encoding.deflated && !inflated) return parseDeflated(source, sizeBytes, start.dataStart)

  const cut = first.dataSet(start.dataStart, encoding)
  const common = {
    name: source.name,
    source,
    sizeBytes,
    preambleBytes: start.preambleBytes,
    metaCount: start.metaCount,
    transferSyntaxUid: start.transferSyntaxUid,
    encoding,
    pixelSource: source,
    report,
  }
  if (first.pixelElement < 0) {
    if (first.index.count === start.metaCount && !start.metaCount)
      throw new DicubeError('not-dicom', `${source.name}: no data element`)
    resolveAmbiguous(builder, first.ambiguous, first.view)
    return {
      ...common,
      header: head.slice(0, sizeBytes),
      elements: builder.finish(),
      trailingBytes: first.trailingBytes,
    }
  }

  const { pixelElement, pixelLength, ambiguous } = first
  // The walk goes on with awaits below, and the builder is shared: take it away before another file uses it.
  const elements = new ElementIndexBuilder()
  Object.assign(elements, builder.finish(), { count: builder.count })
  let pixelEnd = cut + pixelLength
  let items: PixelValue['items']
  if (pixelLength === UNDEFINED_LENGTH) {
    const fragments = await walkFragments(source, cut, sizeBytes)
    pixelEnd = fragments.end
    items = fragments.items
  }
  if (pixelEnd > sizeBytes)
    throw new DicubeError(
      'truncated',
      `${source.name}: Pixel Data of ${pixelLength} bytes at ${cut} ends behind the end of the file at ${sizeBytes}`,
    )
  const tail = sizeBytes > pixelEnd ? await source.read(pixelEnd, sizeBytes - pixelEnd) : undefined
  const header = new Uint8Array(cut + (tail?.length ?? 0))
  header.set(head.subarray(0, cut))
  if (tail) header.set(tail, cut)
  const second = new Walker(header, header.length, source.name, elements, report)
  second.pixelElement = pixelElement
  second.dataSet(cut, encoding)
  resolveAmbiguous(elements, ambiguous.concat(second.ambiguous), second.view)
  return {
    ...common,
    header,
    elements: elements.finish(),
    trailingBytes: second.trailingBytes,
    pixels: { element: pixelElement, offset: cut, length: pixelEnd - cut, items },
  }
}

/** Deflated Explicit VR Little Endian (PS3.5 §A.5): everything behind the File Meta Information is one raw deflate stream. */
async function parseDeflated(source: ByteSource, sizeBytes: number, offset: number): Promise<Instance> {
  const file = await source.read(0, sizeBytes)
  const stream = file.slice(offset)
  const inflated = platform().inflateRaw(stream, stream.length * 16 + (16 << 20))
  const whole = new Uint8Array(offset + inflated.length)
  whole.set(file.subarray(0, offset))
  whole.set(inflated, offset)
  const instance = await parseFrom(sourceFromBytes(whole, source.name), whole, whole.length, true)
  return { ...instance, source, sizeBytes, deflated: { stream, offset } }
}

/** Walks a data set that stands alone: no preamble, no File Meta Information, and Pixel Data is an element like any other. */
export function parseBareDataSet(bytes: Uint8Array, form: DataSetForm, name: string): Instance {
  const report: ReportEntry[] = []
  builder.count = 0
  const walker = new Walker(bytes, bytes.length, name, builder, report)
  for (let pos = 0; pos < bytes.length; ) pos = walker.element(pos, bytes.length, form, 1)
  resolveAmbiguous(builder, walker.ambiguous, walker.view)
  const source = sourceFromBytes(bytes, name)
  return {
    name,
    source,
    sizeBytes: bytes.length,
    header: bytes,
    elements: builder.finish(),
    preambleBytes: 0,
    trailingBytes: 0,
    metaCount: 0,
    transferSyntaxUid: '',
    encoding: { ...form, deflated: false },
    pixelSource: source,
    report,
  }
}

/** Raw bytes of a top-level element, or undefined where it is absent. */
export function elementBytes(instance: Instance, tag: number): Uint8Array | undefined {
  const i = findElement(instance.elements, tag)
  if (i < 0) return undefined
  const { offsets, lengths } = instance.elements
  return instance.header.subarray(offsets[i], offsets[i] + lengths[i])
}
