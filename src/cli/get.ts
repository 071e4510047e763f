import { linesOf, oneLine } from '../cube/display.ts'
import { loadAll } from '../cube/load-all.ts'
import type { AnyValue, DicomMeta } from '../cube/meta.ts'
import { SORT_METHODS } from '../cube/order.ts'
import { lookup } from '../dicom/dictionary.ts'
import { type JsonElement, toBase64 } from '../dicom/json.ts'
import { stringifyJson } from '../dicom/json-write.ts'
import { formatTag, formatTagPath, isPrivate, parseTagPath } from '../dicom/tags.ts'
import { lazyRegExp } from '../dicom/unicode.ts'
import type { PersonName } from '../dicom/values.ts'
import { formatPersonName } from '../dicom/values-encode.ts'
import { vrOf } from '../dicom/vr-of.ts'
import { choice, lines, parseSlices, usageError, verb } from './args.ts'
import { breather, type Io, print, warn } from './io.ts'
import { META_OPTIONS, openMeta } from './open.ts'
import { columnsText, fitted, plural, printJson } from './text.ts'

export const get = verb({
  usage: 'CUBE TAG… [--json | --csv]',
  operands: ['CUBE', 'TAG'],
  more: true,
  about: lines(
    'Prints the values of tags, one row a slice; what all slices share stands above the table.',
    'CUBE is a .dcbs file (or its URL), a DICOM file or a folder of them. TAG is a keyword of PS3.6 ' +
      '(InstanceNumber), a tag (00200013 or "(0020,0013)"), or a path: ' +
      '"SourceImageSequence[0].ReferencedSOPInstanceUID".',
    '',
    '--json prints {TAG as it was typed: {"tag", "vr", "shared", "values"}}. "values" has one value a slice, ' +
      'for a shared tag the one value; null is an absent, empty or invalid value, and a number that is not ' +
      'finite. A value is a number, a string, an array of them where PS3.6 allows several, base64 for binary ' +
      'data, or DICOM JSON for names and sequences.',
    '--csv prints RFC 4180 with a header row: slice, then the tags. Values of one element are joined by ' +
      "backslashes. A text that begins with = + - or @ and is no number gets a ' in front, so that no " +
      'spreadsheet runs it.',
  ),
  options: {
    csv: { help: 'comma-separated values' },
    slice: { value: 'RANGE', help: 'only these slices: 5, -1, 0:10, 0:10:2, or several with commas' },
    ...META_OPTIONS,
  },
  async run(values, [path, ...typed], io) {
    if (values.csv && values.json) throw usageError('get: --csv or --json, not both')
    const sort = choice('--sort', values.sort, SORT_METHODS)
    const tags = [...new Set(typed)]
    if (!tags.every(isCommon)) await loadAll()
    for (const tag of tags) parseTagPath(tag)
    const meta = await openMeta(path, { series: values.series, sort }, io)
    await meta.load(tags)
    const slices = values.slice === undefined ? undefined : parseSlices(values.slice, meta.sliceCount)
    for (const tag of tags) if (!meta.has(tag)) await warn(io, `${nameOf(tag)}: no slice has it`)
    if (values.json) await printJson(io, getJson(meta, tags, slices))
    else if (values.csv) await printCsv(io, meta, tags, slices ?? allSlices(meta))
    else await print(io, fitted(io, tableText(meta, tags, slices ?? allSlices(meta), io)))
    return 0
  },
})

/** Whether all that is printed of a tag is known without the whole dictionary. */
function isCommon(tag: string): boolean {
  try {
    return parseTagPath(tag).every(step => isPrivate(step.tag) || lookup(step.tag) !== undefined)
  } catch {
    return false
  }
}

const allSlices = (meta: DicomMeta) => Array.from({ length: meta.sliceCount }, (_, slice) => slice)

interface TagValues {
  tag: string
  vr: string
  shared: boolean
  /** Only where --slice chose some. */
  slices?: readonly number[]
  values: unknown[]
}

/** The document of --json. A Map, as an object would move tags such as "20010010" to its front. */
export function getJson(meta: DicomMeta, tags: readonly string[], slices?: readonly number[]): Map<string, TagValues> {
  return new Map(
    tags.map(tag => {
      const steps = parseTagPath(tag)
      const shared = meta.isShared(tag)
      const values = shared ? [meta.getSharedValue(tag)] : meta.getValues(tag)
      const chosen = slices && !shared ? slices.map(slice => values[slice]) : values
      const vr = meta.getVr(tag) ?? vrOf(steps[steps.length - 1].tag)
      return [
        tag,
        { tag: formatTagPath(steps), vr, shared, ...(slices && !shared && { slices }), values: chosen.map(plainValue) },
      ]
    }),
  )
}

/** A value as JSON has it. */
function plainValue(value: AnyValue): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (value instanceof Uint8Array) return toBase64(value)
  if (Array.isArray(value)) return (value as AnyValue[]).map(plainValue)
  return value
}

function tableText(meta: DicomMeta, tags: readonly string[], slices: readonly number[], io: Io): string {
  const shared = tags.filter(tag => meta.isShared(tag))
  const perSlice = tags.filter(tag => !shared.includes(tag))
  const parts: string[] = []
  if (shared.length) {
    const rows = shared.map(tag => [nameOf(tag), oneLine(meta.element(tag, 0), Number.POSITIVE_INFINITY)])
    parts.push(`Shared by all ${plural(meta.sliceCount, 'slice')}:\n${columnsText(['', ''], rows)}`)
  }
  if (perSlice.length) {
    const room = io.isTerminal
      ? Math.floor((io.columns - 'Slice'.length) / perSlice.length) - 2
      : Number.POSITIVE_INFINITY
    const columns = perSlice.map(tag => linesOf(meta, tag, Math.max(8, room)))
    const rows = slices.map(slice => [String(slice), ...columns.map(lineOf => lineOf(slice))])
    parts.push(columnsText(['Slice', ...perSlice.map(nameOf)], rows))
  }
  return parts.join('\n\n')
}

/** A tag as people know it: the keyword, where PS3.6 has one. */
function nameOf(tag: string): string {
  return parseTagPath(tag)
    .map(({ tag, item }) => `${lookup(tag)?.keyword ?? formatTag(tag)}${item === undefined ? '' : `[${item}]`}`)
    .join('.')
}

const CHUNK_LENGTH = 1 << 16

async function printCsv(io: Io, meta: DicomMeta, tags: readonly string[], slices: readonly number[]): Promise<void> {
  const breathe = breather(io.signal)
  let text = `${['slice', ...tags].map(csvField).join(',')}\r\n`
  for (const slice of slices) {
    text += `${[String(slice), ...tags.map(tag => csvValue(meta.element(tag, slice)))].join(',')}\r\n`
    if (text.length < CHUNK_LENGTH) continue
    if (io.stdout.isClosed) return
    await breathe()
    await io.stdout.write(text)
    text = ''
  }
  await io.stdout.write(text)
}

function csvValue(element: JsonElement | undefined): string {
  if (!element) return ''
  if (element.InlineBinary !== undefined) return csvField(element.InlineBinary)
  const texts = (element.Value ?? []).map(value => {
    if (value === null) return ''
    if (typeof value !== 'object') return String(value)
    return element.vr === 'PN' ? formatPersonName(value as PersonName) : stringifyJson(value)
  })
  return csvField(texts.join('\\'))
}

const NUMBERS = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?(\\[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?)*$/

const ACTIVE = lazyRegExp(String.raw`(?![\t\r\n])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]`, 'gu')

/** What spreadsheets take for the beginning of a formula, also in the width of East Asian letters. */
const FORMULA = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/

/**
 * A field of RFC 4180. What a spreadsheet would take for a formula becomes text, and of the characters that a terminal
 * obeys only tabs and line ends stay. Semicolons and tabs are quoted too: elsewhere they separate.
 */
export function csvField(text: string): string {
  const visible = text.replace(ACTIVE(), c => `\\u${c.codePointAt(0)!.toString(16).padStart(4, '0')}`)
  const inert = FORMULA.test(visible) && !NUMBERS.test(visible) ? `'${visible}` : visible
  return /[",;\t\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert
}
