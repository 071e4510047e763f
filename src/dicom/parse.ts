import { Arena } from '../bytes/arena.ts'
import { concat } from '../bytes/concat.ts'
import { type ByteSource, checkAborted, sourceFromBytes } from '../bytes/source.ts'
import { inflateRaw } from '../codec/inflate.ts'
import { DicubeError } from '../errors.ts'
import { grown } from '../limits.ts'
import { isWholeDictionary, loadDictionary } from './dictionary.ts'
import { type ElementIndex, findElement, ITEM, SEQUENCE_END, UNDEFINED_LENGTH } from './elements.ts'
import { ElementIndexBuilder } from './elements-build.ts'
import { type DataSetEncoding, dataSetEncodingOf } from './transfer-syntax.ts'
import { isKnownVrCode } from './vr-codes.ts'
import {
  type DataSetForm,
  EXPLICIT_LE,
  isUpper,
  LIMITS,
  NeedBytes,
  noteOnce,
  type ReportEntry,
  resolveAmbiguous,
  tagText,
  Walker,
} from './walk.ts'

export { type DataSetForm, LIMITS, REPORT_CODES, type ReportCode, type ReportEntry, tagText } from './walk.ts'

/** Where the value of Pixel Data, Float Pixel Data or Double Float Pixel Data lies in the file. */
export interface PixelValue {
  /** Index of its element. */
  element: number
  /** Of the element. */
  vr: number
  flags: number
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
  /** elementBytes, where header and elements are put together only when they are asked for. */
  elementBytes?(tag: number): Uint8Array | undefined
  /** Of the header, likewise. */
  headerBytes?: number
  /** Where Pixel Data's value is read from. */
  pixelSource: ByteSource
  /** Deflated: the file from the first deflated byte to its end, and the header bytes before it. */
  deflated?: { stream: Uint8Array; offset: number }
  report: ReportEntry[]
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
  let announcedEnd: number | undefined
  const { index } = walker
  for (let last = 0x0001ffff, at = 0; pos + 8 <= fileEnd; ) {
    pos = walker.plainElements(pos, fileEnd, EXPLICIT_LE, last, 0x0002ffff)
    last = walker.lastTag
    if (index.count === at) {
      if (pos + 8 > bytes.length) throw new NeedBytes(pos + 8)
      const tag = walker.tagAt(pos, false)
      if (tag >>> 16 !== 2) break
      if (tag <= last) walker.noteOrder(tag, last)
      last = tag
      pos = walker.element(pos, fileEnd, walker.detect(pos, fileEnd, EXPLICIT_LE), 1)
    }
    const { base } = index
    const { tags, offsets, lengths, ends } = index.all
    for (; at < index.count; at = ends[base + at]) {
      const tag = tags[base + at]
      const offset = offsets[base + at]
      const length = lengths[base + at]
      if (tag === 0x00020000 && length === 4) announcedEnd = offset + 4 + walker.view.getUint32(offset, true)
      if (tag === 0x00020010) transferSyntaxUid = uidIn(bytes, offset, offset + length)
    }
  }
  if (walker.index.count && announcedEnd !== pos)
    walker.note(
      'group-length',
      announcedEnd === undefined
        ? 'no File Meta Information Group Length (0002,0000)'
        : `File Meta Information ends at byte ${pos}; its group length says ${announcedEnd}`,
    )
  return { preambleBytes, dataStart: pos, metaCount: walker.index.count, transferSyntaxUid }
}

/** A UID as a file has it, for a message: nothing in it can move a cursor. */
const printable = (text: string) => JSON.stringify(text.slice(0, 64))

let lastUid = ''

/** A UID without its padding. Most files have that of the file before, and to make a text of it takes longer than to see that. */
function uidIn(bytes: Uint8Array, start: number, end: number): string {
  while (end > start && (bytes[end - 1] === 0 || bytes[end - 1] === 32)) end--
  let same = start
  while (same < end && bytes[same] === lastUid.charCodeAt(same - start)) same++
  if (same < end || end - start < lastUid.length) lastUid = String.fromCharCode(...bytes.subarray(start, end))
  return lastUid
}

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
  else if (!known)
    walker.note(
      'unknown-transfer-syntax',
      `PS3.6 has no Transfer Syntax ${printable(start.transferSyntaxUid)}; taken from the bytes`,
    )
  if (known?.deflated || walker.fileEnd - pos < 8) return known ?? { ...EXPLICIT_LE, deflated: false }
  if (pos + 8 > walker.bytes.length) throw new NeedBytes(pos + 8)
  const [a, b] = [walker.bytes[pos + 4], walker.bytes[pos + 5]]
  const implicitFits = walker.view.getUint32(pos + 4, true) <= walker.fileEnd - pos - 8
  const explicit =
    isKnownVrCode((a << 8) | b) || (known?.implicit === false && isUpper(a) && isUpper(b) && !implicitFits)
  // Data sets begin at low groups: a first group of 0x0800 is 0x0008 in the other byte order. Others do not tell.
  const [first, second] = [walker.bytes[pos], walker.bytes[pos + 1]]
  const bigEndian = (first === 0) !== (second === 0) ? first === 0 : (known?.bigEndian ?? false)
  const found: DataSetEncoding = { implicit: !explicit, bigEndian: bigEndian && explicit, deflated: false }
  if (known && known.implicit === found.implicit && known.bigEndian === found.bigEndian) return known
  if (known) {
    const text = (e: DataSetEncoding) =>
      `${e.implicit ? 'implicit' : 'explicit'} VR ${e.bigEndian ? 'big' : 'little'} endian`
    walker.note('transfer-syntax-mismatch', `announced ${text(known)}, found ${text(found)}`)
  }
  return found
}

/** The items of encapsulated Pixel Data (PS3.5 §A.4), read window by window. */
async function walkFragments(
  source: ByteSource,
  offset: number,
  sizeBytes: number,
  report: ReportEntry[],
  signal?: AbortSignal,
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
    if (pos + 8 > windowStart + window.length) {
      windowStart = pos
      window = await source.read(pos, Math.min(1 << 16, sizeBytes - pos), signal)
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
    if (length & 1 && offsets.length)
      noteOnce(report, 'odd-fragment', `fragment ${offsets.length} of Pixel Data has an odd length of ${length} bytes`)
    offsets.push(pos)
    lengths.push(length)
    pos += length
  }
  return { end: pos, items: { offsets: Float64Array.from(offsets), lengths: Uint32Array.from(lengths) } }
}

const FIRST_READ_BYTES = 1 << 14

const builder = new ElementIndexBuilder()
const headers = new Arena()
const firstBytes = new Uint8Array(FIRST_READ_BYTES)

export interface ParseOptions {
  /** Makes of the instance what stays of it: its header and elements may be in memory that the next file takes. */
  take?: (instance: Instance) => Instance
  signal?: AbortSignal | undefined
}

/**
 * Walks one DICOM file (PS3.10): its elements are found, not decoded, and Pixel Data is not read. With `take`, what that
 * makes of the instance is returned, and nothing else of it is kept.
 * @throws DicubeError `not-dicom`, `truncated`, `malformed`, `limit`, `aborted`
 */
export async function parsePart10(source: ByteSource, options: ParseOptions = {}): Promise<Instance> {
  const { signal } = options
  // Implicit VR is read by the dictionary.
  if (!isWholeDictionary()) await loadDictionary()
  checkAborted(source.name, signal)
  let { bytes, sizeBytes } = source.headNow?.(firstBytes) ?? (await source.head(FIRST_READ_BYTES, signal))
  for (;;) {
    try {
      const parsed = parseFrom(source, bytes, sizeBytes, options)
      return parsed instanceof Promise ? await parsed : parsed
    } catch (error) {
      if (!(error instanceof NeedBytes)) throw error
      if (error.upTo > LIMITS.headerBytes)
        throw new DicubeError('limit', `${source.name}: a header of more than ${LIMITS.headerBytes} bytes`)
      bytes = await source.read(0, Math.min(sizeBytes, Math.max(error.upTo, bytes.length * 4)), signal)
    }
  }
}

/**
 * Raw bytes of one element at the top of a file, or undefined where it is absent. The walk ends behind it: what follows
 * is neither read nor checked. This is how to get one value of thousands of files; parsePart10 tells all of one.
 * @throws DicubeError as parsePart10
 */
export async function readElement(source: ByteSource, tag: number): Promise<Uint8Array | undefined> {
  if (!isWholeDictionary()) await loadDictionary()
  return elementInHead(source, tag) ?? elementBytes(await parsePart10(source), tag)
}

/** The element where the first bytes have it and nothing before it is odd; parsePart10 sees to all else. */
function elementInHead(source: ByteSource, tag: number): Uint8Array | undefined {
  const length = source.startNow?.(firstBytes)
  if (!length) return undefined
  builder.begin()
  // Wherever the file ends, it is behind what is looked at.
  const walker = new Walker(firstBytes.subarray(0, length), LIMITS.headerBytes, source.name, builder, [])
  try {
    const start = walkFileMeta(walker)
    const encoding = encodingOf(walker, start)
    if (encoding.deflated) return undefined
    walker.dataSet(start.dataStart, encoding, tag)
  } catch {
    return undefined
  }
  const { base, count } = builder
  const { tags, offsets, lengths, ends } = builder.all
  let i = 0
  while (i < count && tags[base + i] !== tag) i = ends[base + i]
  if (i >= count || walker.report.length) return undefined
  return firstBytes.slice(offsets[base + i], offsets[base + i] + lengths[base + i])
}

/** At once where the first bytes have all of the header. */
function parseFrom(
  source: ByteSource,
  head: Uint8Array,
  sizeBytes: number,
  options: ParseOptions,
  inflated = false,
): Instance | Promise<Instance> {
  const report: ReportEntry[] = []
  builder.begin()
  const first = new Walker(head, sizeBytes, source.name, builder, report)
  const start = walkFileMeta(first)
  const encoding = encodingOf(first, start)
  const { take, signal } = options
  const taken = (instance: Instance) => (take ? take(instance) : instance)
  if (encoding.deflated && !inflated) return parseDeflated(source, sizeBytes, start.dataStart, signal).then(taken)

  const cut = first.dataSet(start.dataStart, encoding)
  const { pixelElement, pixelLength, ambiguous } = first
  if (first.index.count === start.metaCount)
    throw new DicubeError(
      'not-dicom',
      `${source.name}: no data element${start.metaCount ? ' behind the File Meta Information' : ''}`,
    )
  const isWhole = pixelElement < 0 || (pixelLength !== UNDEFINED_LENGTH && cut + pixelLength === sizeBytes)
  const isTaken = take && isWhole
  // The builder and the bytes are shared, and what follows may wait: another file may use them then.
  const elements = isTaken ? builder.current() : builder.finish()
  resolveAmbiguous(elements, ambiguous, first.view)
  const [vr, flags] = [elements.vrs[pixelElement], elements.flags[pixelElement]]
  const pixels = pixelElement < 0 ? undefined : { element: pixelElement, vr, flags, offset: cut, length: pixelLength }
  const instance: Instance = {
    name: source.name,
    source,
    sizeBytes,
    header: isTaken ? head.subarray(0, cut) : headers.copy(head.subarray(0, cut)),
    elements,
    preambleBytes: start.preambleBytes,
    trailingBytes: first.trailingBytes,
    metaCount: start.metaCount,
    transferSyntaxUid: start.transferSyntaxUid,
    encoding,
    pixels,
    pixelSource: source,
    report,
  }
  return isWhole ? taken(instance) : withRest(instance, pixels!, ambiguous, signal).then(taken)
}

/** What stands behind the header: fragments, and elements behind Pixel Data. */
async function withRest(
  instance: Instance,
  pixels: PixelValue,
  ambiguous: number[],
  signal?: AbortSignal,
): Promise<Instance> {
  const { source, sizeBytes, encoding, report } = instance
  if (pixels.length === UNDEFINED_LENGTH) {
    const { end, items } = await walkFragments(source, pixels.offset, sizeBytes, report, signal)
    pixels.items = items
    pixels.length = end - pixels.offset
  }
  const pixelEnd = pixels.offset + pixels.length
  if (pixelEnd > sizeBytes)
    throw new DicubeError(
      'truncated',
      `${source.name}: Pixel Data of ${pixels.length} bytes at ${pixels.offset} ends behind the end of the file at ${sizeBytes}`,
    )
  if (pixelEnd === sizeBytes) return instance
  const header = concat([instance.header, await source.read(pixelEnd, sizeBytes - pixelEnd, signal)])
  const all = new ElementIndexBuilder(instance.elements.count + 16)
  all.append(instance.elements)
  const second = new Walker(header, header.length, source.name, all, report)
  second.pixelElement = pixels.element
  second.dataSet(pixels.offset, encoding)
  const elements = all.finish()
  resolveAmbiguous(elements, ambiguous.concat(second.ambiguous), second.view)
  return { ...instance, header, elements, trailingBytes: second.trailingBytes }
}

/** Deflated Explicit VR Little Endian (PS3.5 §A.5): everything behind the File Meta Information is one raw deflate stream. */
async function parseDeflated(
  source: ByteSource,
  sizeBytes: number,
  offset: number,
  signal?: AbortSignal,
): Promise<Instance> {
  const file = await source.read(0, sizeBytes, signal)
  const stream = file.slice(offset)
  const inflated = inflateDataSet(stream, `${source.name}: byte ${offset}: `)
  const whole = new Uint8Array(offset + inflated.length)
  whole.set(file.subarray(0, offset))
  whole.set(inflated, offset)
  const instance = await parseFrom(sourceFromBytes(whole, source.name), whole, whole.length, { signal }, true)
  if (hasTail(stream, inflated.length))
    noteOnce(instance.report, 'trailing-bytes', 'there are bytes behind the deflated data set')
  return { ...instance, source, sizeBytes, deflated: { stream, offset } }
}

function inflateDataSet(stream: Uint8Array, where: string): Uint8Array {
  try {
    return inflateRaw(stream, grown(LIMITS.deflatedBytes, stream.length))
  } catch (cause) {
    throw cause instanceof DicubeError ? new DicubeError(cause.code, where + cause.message, { cause }) : cause
  }
}

/** One byte behind the end makes the length even (PS3.5 §A.5); where two can go, they are no part of the stream. */
function hasTail(stream: Uint8Array, inflatedBytes: number): boolean {
  try {
    return inflateRaw(stream.subarray(0, -2), inflatedBytes).length === inflatedBytes
  } catch (error) {
    if (!(error instanceof DicubeError)) throw error
    return false
  }
}

/** Walks a data set that stands alone: no preamble, no File Meta Information, and Pixel Data is an element like any other. */
export function parseBareDataSet(bytes: Uint8Array, form: DataSetForm, name: string): Instance {
  const report: ReportEntry[] = []
  builder.begin()
  const walker = new Walker(bytes, bytes.length, name, builder, report)
  for (let pos = 0; pos < bytes.length; ) pos = walker.element(pos, bytes.length, form, 1)
  const elements = builder.finish()
  resolveAmbiguous(elements, walker.ambiguous, walker.view)
  const source = sourceFromBytes(bytes, name)
  return {
    name,
    source,
    sizeBytes: bytes.length,
    header: bytes,
    elements,
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
  if (instance.elementBytes) return instance.elementBytes(tag)
  const i = findElement(instance.elements, tag)
  if (i < 0) return undefined
  const { offsets, lengths } = instance.elements
  return instance.header.subarray(offsets[i], offsets[i] + lengths[i])
}
