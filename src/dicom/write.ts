import type { ByteSink } from '../bytes/sink.ts'
import { DicubeError } from '../errors.ts'
import { FLAG, ITEM, type ITEM_END, type SEQUENCE_END, UNDEFINED_LENGTH } from './elements.ts'
import { hasShortLengthCode } from './vr-codes.ts'
import { tagText } from './walk.ts'

export function writeTag(sink: ByteSink, tag: number, bigEndian: boolean): void {
  sink.u16(tag >>> 16, bigEndian)
  sink.u16(tag & 0xffff, bigEndian)
}

/** The mirror of reading an element header (PS3.5 §7.1). Returns where its length field lies, for endElement. */
export function beginElement(sink: ByteSink, tag: number, vr: number, flags: number, valueLength: number): number {
  const bigEndian = (flags & FLAG.bigEndian) !== 0
  writeTag(sink, tag, bigEndian)
  if (flags & FLAG.implicit) {
    sink.u32(valueLength, bigEndian)
    return sink.length - 4
  }
  sink.u8(vr >> 8)
  sink.u8(vr & 255)
  if (!hasShortLengthCode(vr)) {
    sink.u16(0)
    sink.u32(valueLength, bigEndian)
    return sink.length - 4
  }
  if (valueLength > 0xffff)
    throw new DicubeError(
      'invalid-value',
      `${tagText(tag)}: a value of ${valueLength} bytes does not fit the 16-bit length of its VR`,
    )
  sink.u16(valueLength, bigEndian)
  return sink.length - 2
}

/** Fills in the length of a sequence or item whose value ends here. */
export function endElement(sink: ByteSink, lengthAt: number, bigEndian: boolean): void {
  sink.setU32(lengthAt, sink.length - lengthAt - 4, bigEndian)
}

export function beginItem(sink: ByteSink, undefinedLength: boolean, bigEndian: boolean): number {
  writeTag(sink, ITEM, bigEndian)
  sink.u32(undefinedLength ? UNDEFINED_LENGTH : 0, bigEndian)
  return sink.length - 4
}

export function writeDelimiter(sink: ByteSink, tag: typeof ITEM_END | typeof SEQUENCE_END, bigEndian: boolean): void {
  writeTag(sink, tag, bigEndian)
  sink.u32(0, bigEndian)
}
