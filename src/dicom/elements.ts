/**
 * The elements of one instance as parallel arrays, in file order, nested data sets included: a sequence is followed by
 * its items, an item by its elements. Arrays, because a series has tens of thousands of elements and objects cost more
 * than parsing does.
 */
export interface ElementIndex {
  readonly count: number
  /** (group << 16 | element) >>> 0; an item of a sequence is FFFE,E000. */
  readonly tags: Uint32Array
  /** Two ASCII letters, first one high; for implicit VR the dictionary's. 0 for items. */
  readonly vrs: Uint16Array
  /** Where the value begins in the instance's header bytes. */
  readonly offsets: Uint32Array
  /** Bytes of the value, without the delimiter of an undefined length. 0 for the cut-out Pixel Data. */
  readonly lengths: Uint32Array
  readonly flags: Uint8Array
  /** Index behind the element's last descendant; i + 1 for an element without any. */
  readonly ends: Uint32Array
}

export const FLAG = {
  undefinedLength: 1,
  /** The value is items; they follow in the index. */
  sequence: 2,
  /** The Pixel Data value was cut out of the header bytes. */
  pixels: 4,
  implicit: 8,
  bigEndian: 16,
} as const

/** What makes two elements of different instances the same kind of element, beside their tag and VR. */
export const FORM_MASK = FLAG.undefinedLength | FLAG.sequence | FLAG.pixels | FLAG.implicit | FLAG.bigEndian

export const ITEM = 0xfffee000
export const ITEM_END = 0xfffee00d
export const SEQUENCE_END = 0xfffee0dd
export const UNDEFINED_LENGTH = 0xffffffff

export const vrCode = (vr: string) => (vr.charCodeAt(0) << 8) | vr.charCodeAt(1)
const vrNames = new Map<number, string>()
export function vrName(code: number): string {
  let name = vrNames.get(code)
  if (name === undefined) vrNames.set(code, (name = String.fromCharCode(code >> 8, code & 255)))
  return name
}

/** Index of a top-level element of [from, to), or -1. Order is not assumed: files break it. */
export function findElement(index: ElementIndex, tag: number, from = 0, to = index.count): number {
  for (let i = from; i < to; i = index.ends[i]) if (index.tags[i] === tag) return i
  return -1
}
