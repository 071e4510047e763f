import { ByteSink } from '../bytes/sink.ts'
import { DicubeError } from '../errors.ts'
import { type Charset, charsetOf } from './charset.ts'
import { FLAG, vrCode } from './elements.ts'
import type { DicomJson, JsonElement } from './json.ts'
import { jsonToValue } from './json-read.ts'
import { type DataSetForm, type Instance, parseBareDataSet, tagText } from './parse.ts'
import { outlineOf } from './values-encode.ts'
import { swapWords, vrFacts } from './vr.ts'
import { hasShortLength } from './vr-limits.ts'
import { beginElement, beginItem, endElement } from './write.ts'

const TAG = /^[0-9A-Fa-f]{8}$/
const VR = /^[A-Z]{2}$/
const LONGEST_SHORT_VALUE = 0xffff

/**
 * DICOM JSON as a bare data set (PS3.5 §7.1): elements in ascending order, sequences and items with explicit lengths,
 * values padded to even length. `charset` is that of the data set around it; a Specific Character Set of its own
 * replaces it, here and in every item (PS3.5 §7.5.3). A value too long for the 16-bit length of its VR becomes UN
 * (PS3.5 §6.2.2). @throws DicubeError `invalid-value`
 */
export function writeDataSet(dataSet: DicomJson, form: DataSetForm, charset: Charset): Uint8Array {
  const sink = new ByteSink()
  writeElements(sink, dataSet, form, charset)
  return sink.finish()
}

/** The mirror of writeDataSet. Pixel Data is an element like any other here. */
export const parseDataSet = (bytes: Uint8Array, form: DataSetForm, name = 'data set'): Instance =>
  parseBareDataSet(bytes, form, name)

function writeElements(sink: ByteSink, dataSet: DicomJson, form: DataSetForm, outer: Charset): void {
  const charset = charsetOfJson(dataSet) ?? outer
  const flags = (form.implicit ? FLAG.implicit : 0) | (form.bigEndian ? FLAG.bigEndian : 0)
  for (const key of Object.keys(dataSet).sort()) {
    const entry = dataSet[key]
    if (!TAG.test(key) || !VR.test(entry.vr))
      throw new DicubeError('invalid-value', `${JSON.stringify(key)} with VR ${JSON.stringify(entry.vr)} is no element`)
    const tag = Number.parseInt(key, 16)
    if (entry.vr === 'SQ') {
      const lengthAt = beginElement(sink, tag, vrCode('SQ'), flags, 0)
      for (const item of itemsOf(tag, entry)) {
        const itemLengthAt = beginItem(sink, false, form.bigEndian)
        writeElements(sink, item, form, charset)
        endElement(sink, itemLengthAt, form.bigEndian)
      }
      endElement(sink, lengthAt, form.bigEndian)
      continue
    }
    const value = valueBytes(tag, entry, form.bigEndian, charset)
    const tooLong = value.length > LONGEST_SHORT_VALUE && !form.implicit && hasShortLength(entry.vr)
    beginElement(sink, tag, vrCode(tooLong ? 'UN' : entry.vr), flags, value.length)
    sink.bytes(value)
  }
}

function itemsOf(tag: number, { Value }: JsonElement): DicomJson[] {
  return (Value ?? []).map(item => {
    // An item without elements is written as null by some.
    if (item === null) return {}
    if (typeof item !== 'object')
      throw new DicubeError('invalid-value', `${tagText(tag)}: a sequence has items, not ${outlineOf(item)}`)
    return item as DicomJson
  })
}

function valueBytes(tag: number, entry: JsonElement, bigEndian: boolean, charset: Charset): Uint8Array {
  let value: Uint8Array
  try {
    value = jsonToValue(entry.vr, entry, charset)
  } catch (cause) {
    if (!(cause instanceof DicubeError)) throw cause
    throw new DicubeError(cause.code, `${tagText(tag)}: ${cause.message}`, { cause })
  }
  return bigEndian ? swapWords(value, vrFacts(entry.vr).wordBytes) : value
}

/** What Specific Character Set (0008,0005) of this very data set says; undefined where it is absent. */
export function charsetOfJson(dataSet: DicomJson): Charset | undefined {
  const entry = dataSet['00080005']
  return entry && charsetOf((entry.Value ?? []).map(term => (typeof term === 'string' ? term : '')))
}
