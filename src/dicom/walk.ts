import { DicubeError } from '../errors.ts'
import type { Growth } from '../limits.ts'
import { type ElementIndex, FLAG, ITEM, ITEM_END, SEQUENCE_END, UNDEFINED_LENGTH, vrCode } from './elements.ts'
import type { ElementIndexBuilder } from './elements-build.ts'
import { upperHex } from './hex.ts'
import { hasShortLengthCode, implicitVrCode, isAmbiguousVrTag, isKnownVrCode } from './vr-codes.ts'

/** What was odd about a file that was read all the same. Closed: SPEC §8.1 says what each means. */
export const REPORT_CODES = [
  // of the file and its elements
  'no-preamble',
  'no-file-meta',
  'transfer-syntax-missing',
  'transfer-syntax-mismatch',
  'unknown-transfer-syntax',
  'group-length',
  'unknown-vr',
  'reserved-bytes',
  'delimiter-length',
  'implicit-in-explicit',
  'explicit-in-implicit',
  'opaque-sequence',
  'order',
  'odd-length',
  'trailing-bytes',
  // of values
  'invalid-value',
  'partial-word',
  'characters',
  'character-set',
  'no-private-creator',
  // of Pixel Data
  'pixel-missing',
  'several-pixel-data',
  'pixel-encapsulation',
  'pixel-attributes',
  'pixel-length',
  'pixel-frames',
  'offset-table',
  'odd-fragment',
  'palette',
  'pixel-stream',
] as const
export type ReportCode = (typeof REPORT_CODES)[number]
export interface ReportEntry {
  code: ReportCode
  message: string
}

/** The first of its kind stands for the others: a file may break one rule ten thousand times. */
export function noteOnce(report: ReportEntry[], code: ReportCode, message: string): void {
  if (!report.some(entry => entry.code === code)) report.push({ code, message })
}

/** Bounds of one DICOM file, checked before anything is allocated (SECURITY.md). */
export const LIMITS = {
  /** Sequences in sequences. */
  sequenceDepth: 512,
  /** Elements, items included. */
  elements: 4_000_000,
  /** Bytes of everything but the values of Pixel Data. */
  headerBytes: 1 << 30,
  /** Bytes that a deflated data set inflates to, beside those it has. */
  deflatedBytes: { bytes: 16 << 20, times: 16 } as Growth,
  /** Number of Frames; a larger one is damage, and 1 is taken for it. */
  frames: 1 << 24,
}

const PIXEL_TAGS = { has: (tag: number) => tag === 0x7fe00010 || tag === 0x7fe00008 || tag === 0x7fe00009 }
/** Groups of Pixel Data, and of delimiters, begin behind it. */
const BEFORE_PIXELS = 0x7fdfffff
const UN = vrCode('UN')
const SQ = vrCode('SQ')

export const tagText = (tag: number) => `(${upperHex(tag >>> 16, 4)},${upperHex(tag & 0xffff, 4)})`

/** Thrown when the walk needs bytes that were not read yet. */
export class NeedBytes {
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
export const EXPLICIT_LE: DataSetForm = { implicit: false, bigEndian: false }
const IMPLICIT_LE: DataSetForm = { implicit: true, bigEndian: false }
const formFlags = (form: DataSetForm) => (form.implicit ? FLAG.implicit : 0) | (form.bigEndian ? FLAG.bigEndian : 0)
export const isUpper = (c: number) => c >= 65 && c <= 90

/** Walks elements (PS3.5 §7) of bytes that may be only the beginning of the file. */
export class Walker {
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
  lastTag = -1
  /** A byte that is not 0: no zeros before it are the end. */
  private nonZeroAt = -1

  constructor(bytes: Uint8Array, fileEnd: number, name: string, index: ElementIndexBuilder, report: ReportEntry[]) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.fileEnd = fileEnd
    this.name = name
    this.index = index
    this.report = report
  }

  private pixelTag(): number {
    return this.index.all.tags[this.index.base + this.pixelElement]
  }

  note(code: ReportCode, message: string): void {
    noteOnce(this.report, code, message)
  }

  /** PS3.5 §7.1: tags ascend, and each is there once. */
  noteOrder(tag: number, last: number): void {
    this.note(
      'order',
      tag === last ? `${tagText(tag)} is there twice` : `${tagText(tag)} stands behind ${tagText(last)}`,
    )
  }

  fail(code: 'malformed' | 'truncated' | 'limit', offset: number, what: string): DicubeError {
    return new DicubeError(code, `${this.name}: at byte ${offset}: ${what}`)
  }

  /** Asked before need where saying what is needed takes a text: most elements are all there. */
  has(upTo: number, container: number): boolean {
    return upTo <= container && upTo <= this.bytes.length
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
    if (bigEndian) return this.view.getUint32(pos)
    const word = this.view.getUint32(pos, true)
    return ((word << 16) | (word >>> 16)) >>> 0
  }

  /** The encoding of a data set, from its first element, where it is not what was announced. */
  detect(pos: number, end: number, form: DataSetForm): DataSetForm {
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

  /**
   * Walks explicit VR little endian elements about which nothing has to be said: a known VR, no items, no Pixel Data, an
   * even length, all there, and behind `last` in the order of their tags. Nearly all elements are, and this is where reading
   * a folder spends its time. Returns where another one begins, or one behind `upTo`; what comes before it is `lastTag`.
   */
  plainElements(pos: number, end: number, form: DataSetForm, last: number, upTo = Number.POSITIVE_INFINITY): number {
    const { view, index } = this
    const { base } = index
    const { tags, vrs, offsets, lengths, flags, ends } = index.all
    const most = form.implicit || form.bigEndian ? 0 : Math.min(end, this.bytes.length)
    const room = Math.min(tags.length - base, LIMITS.elements)
    const lastPlain = Math.min(upTo, BEFORE_PIXELS)
    let { count } = index
    while (pos + 12 <= most && count < room) {
      const tagWord = view.getUint32(pos, true)
      const tag = ((tagWord << 16) | (tagWord >>> 16)) >>> 0
      const word = view.getUint32(pos + 4, true)
      const vr = ((word & 0xff) << 8) | ((word >>> 8) & 0xff)
      let value = pos + 8
      let length = word >>> 16
      if (!hasShortLengthCode(vr)) {
        if (!isKnownVrCode(vr) || vr === SQ || length !== 0) break
        value = pos + 12
        length = view.getUint32(pos + 8, true)
      }
      const stop = value + length
      if (length & 1 || tag <= last || tag > lastPlain || stop > most) break
      const at = base + count
      tags[at] = last = tag
      vrs[at] = vr
      offsets[at] = value
      lengths[at] = length
      flags[at] = 0
      ends[at] = ++count
      pos = stop
    }
    index.count = count
    this.lastTag = last
    return pos
  }

  /** One element with all that it holds; returns where the next begins. */
  element(pos: number, end: number, form: DataSetForm, depth: number): number {
    if (!this.has(pos + 8, end)) this.need(pos + 8, end, 'an element header')
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
          throw this.fail('malformed', pos, `${tagText(tag)} has no Value Representation: bytes ${upperHex(vr, 4)}`)
        this.note(
          'unknown-vr',
          `${tagText(tag)} has the VR "${String.fromCharCode(vr >> 8, vr & 255)}", which PS3.5 does not know`,
        )
      }
      if (hasShortLengthCode(vr)) {
        length = view.getUint16(pos + 6, !form.bigEndian)
        value = pos + 8
      } else {
        if (!this.has(pos + 12, end)) this.need(pos + 12, end, `the header of ${tagText(tag)}`)
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
    if (depth === 0 && PIXEL_TAGS.has(tag) && tag !== this.pixelTag())
      this.note('several-pixel-data', `${tagText(tag)} beside ${tagText(this.pixelTag())}, whose frames are read`)
    if (length === UNDEFINED_LENGTH && PIXEL_TAGS.has(tag)) {
      const stop = this.fragments(value, end, form, tag)
      this.index.push(tag, vr, value, stop - 8 - value, flags | FLAG.undefinedLength)
      return stop
    }
    if (length === UNDEFINED_LENGTH) {
      // PS3.5 §6.2.2: UN of undefined length is a sequence in implicit VR little endian; and what has an unknown VR is UN.
      const isUnknown = vr === UN || !isKnownVrCode(vr)
      const inner = isUnknown ? IMPLICIT_LE : form
      // PS3.5 §7.1.1: else only SQ and fragments have an undefined length. Some write sequences as OB.
      if (!isUnknown && vr !== SQ) this.note('invalid-value', `${tagText(tag)} has items, which are no value of its VR`)
      const self = this.index.push(tag, vr, value, 0, flags | FLAG.undefinedLength | FLAG.sequence)
      const stop = this.items(value, end, true, inner, depth + 1, tag)
      this.index.all.lengths[this.index.base + self] = stop - 8 - value
      this.index.end(self)
      return stop
    }
    const stop = value + length
    if (!this.has(stop, end)) this.need(stop, end, `the value of ${tagText(tag)} (${length} bytes at ${value})`)
    if (vr === SQ) {
      const before = this.index.count
      const ambiguous = this.ambiguous.length
      const self = this.index.push(tag, vr, value, length, flags | FLAG.sequence)
      try {
        this.items(value, stop, false, form, depth + 1, tag)
        this.index.end(self)
      } catch (error) {
        // Its bytes are all there, so that one which ends with the file is not cut off either.
        if (!(error instanceof DicubeError) || error.code === 'limit') throw error
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
  items(pos: number, end: number, untilDelimiter: boolean, form: DataSetForm, depth: number, sequence: number): number {
    if (depth > LIMITS.sequenceDepth)
      throw this.fail('limit', pos, `sequences nested more than ${LIMITS.sequenceDepth} deep`)
    while (untilDelimiter || pos < end) {
      if (!this.has(pos + 8, end)) this.need(pos + 8, end, `an item header of ${tagText(sequence)}`)
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
        for (let last = -1; ; ) {
          pos = this.plainElements(pos, end, itemForm, last)
          last = this.lastTag
          if (!this.has(pos + 8, end)) this.need(pos + 8, end, `the end of an item of ${tagText(sequence)}`)
          const tag = this.tagAt(pos, form.bigEndian)
          if (tag === ITEM_END) break
          if (tag <= last) this.noteOrder(tag, last)
          last = tag
          pos = this.element(pos, end, itemForm, depth)
        }
        if (this.view.getUint32(pos + 4, true) !== 0)
          this.note('delimiter-length', `an item delimiter of ${tagText(sequence)} has a length`)
        this.index.all.lengths[this.index.base + self] = pos - start
        pos += 8
      } else {
        const stop = pos + length
        if (!this.has(stop, end)) this.need(stop, end, `an item of ${tagText(sequence)} (${length} bytes at ${pos})`)
        const itemForm = this.detect(pos, stop, form)
        for (let last = -1; pos < stop; ) {
          pos = this.plainElements(pos, stop, itemForm, last)
          if (pos === stop) break
          last = this.lastTag
          const tag = pos + 4 <= stop ? this.tagAt(pos, form.bigEndian) : last + 1
          if (tag <= last) this.noteOrder(tag, last)
          last = tag
          pos = this.element(pos, stop, itemForm, depth)
        }
      }
      this.index.end(self)
    }
    return pos
  }

  /** Encapsulated pixels inside an item, such as an icon (PS3.5 §A.4): fragments that are kept as they are. */
  private fragments(pos: number, end: number, form: DataSetForm, tag: number): number {
    for (;;) {
      if (!this.has(pos + 8, end)) this.need(pos + 8, end, `a fragment header of ${tagText(tag)}`)
      const found = this.tagAt(pos, form.bigEndian)
      const length = this.view.getUint32(pos + 4, !form.bigEndian)
      pos += 8
      if (found === SEQUENCE_END && length === 0) return pos
      if (found !== ITEM || length === UNDEFINED_LENGTH)
        throw this.fail('malformed', pos - 8, `found ${tagText(found)}; wanted a fragment of ${tagText(tag)}`)
      if (!this.has(pos + length, end))
        this.need(pos + length, end, `a fragment of ${tagText(tag)} (${length} bytes at ${pos})`)
      pos += length
    }
  }

  /** Top-level elements from pos, up to the first Pixel Data or the end, or up to one behind `upTo`. */
  dataSet(pos: number, form: DataSetForm, upTo = Number.POSITIVE_INFINITY): number {
    let last = this.pixelElement < 0 ? -1 : this.pixelTag()
    while (pos < this.fileEnd) {
      pos = this.plainElements(pos, this.fileEnd, form, last, upTo)
      if (pos === this.fileEnd) break
      last = this.lastTag
      if (this.isTrailing(pos)) {
        this.trailingBytes = this.fileEnd - pos
        this.note('trailing-bytes', `${this.trailingBytes} bytes behind the last element are no element`)
        return this.fileEnd
      }
      const before = this.pixelElement
      const tag = pos + 4 <= this.bytes.length ? this.tagAt(pos, form.bigEndian) : last + 1
      if (tag > upTo) return pos
      if (tag <= last) this.noteOrder(tag, last)
      last = tag
      pos = this.element(pos, this.fileEnd, form, 0)
      if (this.pixelElement !== before) return pos
    }
    return pos
  }

  /** Zeros to the end: padding of the medium, not an element. */
  private isTrailing(pos: number): boolean {
    // Elements of nothing but zeros would each look at all the zeros behind them.
    if (pos <= this.nonZeroAt) return false
    const known = Math.min(this.fileEnd, this.bytes.length)
    for (let at = pos; at < known; at++) {
      if (this.bytes[at] === 0) continue
      this.nonZeroAt = at
      return false
    }
    if (this.fileEnd > known) throw new NeedBytes(known > pos + 4 ? this.fileEnd : pos + 8)
    return true
  }
}

/** US or SS by the data set's Pixel Representation (PS3.6 gives both); nested data sets take the nearest one. */
export function resolveAmbiguous(index: ElementIndex, ambiguous: number[], header: DataView): void {
  if (ambiguous.length === 0) return
  const representation = index.tags.indexOf(0x00280103)
  const signed =
    representation >= 0 &&
    index.lengths[representation] === 2 &&
    header.getUint16(index.offsets[representation], true) === 1
  if (signed) for (const i of ambiguous) if (index.vrs[i] === vrCode('US')) index.vrs[i] = vrCode('SS')
}
