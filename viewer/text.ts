import { type DicomJson, formatTag, type JsonElement, keywordOf, type PersonName, stringifyJson } from 'dicube'

const NUMBERS = new Intl.NumberFormat('en')

/** 1234567 → "1,234,567" */
export const grouped = (n: number): string => NUMBERS.format(n)

/** "1 slice", "2 slices". */
export const plural = (n: number, noun: string): string => `${grouped(n)} ${noun}${n === 1 ? '' : 's'}`

/** Three digits and a unit of 1,000: "13.9 kB". */
export function bytesText(n: number): string {
  if (n < 1000) return `${n} B`
  const units = ['kB', 'MB', 'GB', 'TB']
  let value = n / 1000
  while (value >= 999.5 && units.length > 1) {
    value /= 1000
    units.shift()
  }
  return `${digits3(value)} ${units[0]}`
}

/** "142 ×" */
export const ratioText = (before: number, after: number): string =>
  before > 0 && after > 0 ? `${digits3(before / after)} ×` : ''

const digits3 = (value: number) => value.toFixed(value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2)

/** A number with as many digits as it needs, six at most. */
export const numberText = (value: number): string =>
  Number.isFinite(value) ? String(Number(value.toPrecision(6))) : String(value)

/** Text of a file: what would be invisible, or turn the text around it, stands as an escape. Lines end as PS3.5 §6.1.3 has it. */
export const visible = (text: string): string =>
  text
    .replace(/\r\n/g, '\n')
    .replace(/(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu, c =>
      Array.from({ length: c.length }, (_, i) => `\\u${c.charCodeAt(i).toString(16).padStart(4, '0')}`).join(''),
    )

/** Bytes that a base64 text stands for. */
export const binaryLength = (base64: string): number => Math.floor((base64.replace(/=+$/, '').length * 3) / 4)

/** The value of an element as people read it. A sequence and a binary value are described. */
export function valueText(element: JsonElement | undefined): string {
  if (!element) return ''
  if (element.BulkDataURI !== undefined) return 'not loaded'
  if (element.InlineBinary !== undefined) return bytesText(binaryLength(element.InlineBinary))
  if (element.vr === 'SQ') return plural(element.Value?.length ?? 0, 'item')
  return visible((element.Value ?? []).map(oneValue).join('\\'))
}

function oneValue(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (typeof value !== 'object') return String(value)
  const { Alphabetic, Ideographic, Phonetic } = value as PersonName
  const groups = [Alphabetic, Ideographic, Phonetic].filter(group => typeof group === 'string' && group)
  return groups.length ? groups.join(' = ') : stringifyJson(value)
}

/** All the text of an element, with what lies in its sequences, for a search. */
export function searchText(tag: string, element: JsonElement | undefined): string {
  const name = `${tag} ${formatTag(tag)} ${keywordOf(tag) ?? ''} ${element?.vr ?? ''}`
  const inner =
    element?.vr === 'SQ'
      ? ((element.Value ?? []) as DicomJson[])
          .flatMap(item => Object.entries(item ?? {}).map(([tag, nested]) => searchText(tag, nested)))
          .join(' ')
      : ''
  return `${name} ${valueText(element)} ${inner}`
}

/** "PatientName" → "Patient Name", "SOPInstanceUID" → "SOP Instance UID". */
export const spaced = (keyword: string): string =>
  keyword
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z](?!s(?:[A-Z]|$))[a-z])/g, '$1 $2')
    .replace(/ In([mu]) ?(As?|Gy|s)$/, ' in $1$2')

/** What an attribute is called: its name in PS3.6, or its tag. */
export const nameOf = (tag: string): string => {
  const keyword = keywordOf(tag)
  return keyword ? spaced(keyword) : formatTag(tag)
}

/** "0-4, 7" */
export function rangesText(numbers: readonly number[], most = 8): string {
  const ranges: string[] = []
  for (let i = 0; i < numbers.length; ) {
    let j = i
    while (j + 1 < numbers.length && numbers[j + 1] === numbers[j] + 1) j++
    ranges.push(j > i ? `${numbers[i]}–${numbers[j]}` : String(numbers[i]))
    i = j + 1
  }
  return ranges.length > most ? `${ranges.slice(0, most).join(', ')} …` : ranges.join(', ')
}

/** "20240131" → "2024-01-31", "093015.5" → "09:30:15"; anything else as it is. */
export function momentText(text: string): string {
  const date = /^(\d{4})(\d\d)(\d\d)$/.exec(text)
  if (date) return `${date[1]}-${date[2]}-${date[3]}`
  const time = /^(\d\d)(\d\d)(\d\d)(\.\d+)?$/.exec(text)
  return time ? `${time[1]}:${time[2]}:${time[3]}` : text
}
