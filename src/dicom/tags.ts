import { DicubeError } from '../errors.ts'
import type { KeywordTypes } from './dictionary.generated.ts'
import { isWholeDictionary, type Keyword, suggestKeyword, tagOfKeyword } from './dictionary.ts'
import { upperHex } from './hex.ts'

declare const valueType: unique symbol

/** A tag that knows the type of its value: `getValues(CommonTags.InstanceNumber)` is `(number | null)[]`. */
export type TagOf<T> = string & { readonly [valueType]: T }

/** How a tag may be given: a TagOf, a keyword, "00100010", "(0010,0010)", "0010,0010" or 0x00100010. */
export type TagInput = Keyword | (string & {}) | number

/** The type of the value of a tag, where its form tells: by VR and VM of PS3.6; `Unknown` otherwise. */
export type ValueOf<T, Unknown = unknown> =
  T extends TagOf<infer V> ? V : T extends keyof KeywordTypes ? KeywordTypes[T] : Unknown

/** 0x00100010 → "00100010" */
export const tagString = (tag: number): string => upperHex(tag, 8)

/** "00100010" → 0x00100010 */
export const tagNumber = (tag: string): number => Number.parseInt(tag, 16)

/** "00100010" → "(0010,0010)", as PS3 prints it. */
export const formatTag = (tag: string): string => `(${tag.slice(0, 4)},${tag.slice(4)})`

/** Private Data Elements have an odd group number (PS3.5 §7.8). */
export const isPrivate = (tag: string | number): boolean =>
  ((typeof tag === 'number' ? tag : tagNumber(tag)) & 0x10000) !== 0

/** Group Length elements (gggg,0000) (PS3.5 §7.2). */
export const isGroupLength = (tag: string | number): boolean =>
  ((typeof tag === 'number' ? tag : tagNumber(tag)) & 0xffff) === 0

const HEX_TAG = /^\(?([0-9A-Fa-f]{4}),?([0-9A-Fa-f]{4})\)?$/

/** Any spelling of a tag → eight upper-case hex digits. */
export function parseTag(input: TagInput): string {
  if (typeof input === 'number') {
    if (Number.isInteger(input) && input >= 0 && input <= 0xffffffff) return tagString(input)
    throw new DicubeError('unknown-tag', `${input} is not a tag: wanted an integer from 0 to 0xFFFFFFFF`)
  }
  const text = input.trim()
  const hex = HEX_TAG.exec(text)
  if (hex) return (hex[1] + hex[2]).toUpperCase()
  const tag = tagOfKeyword(text)
  if (tag) return tag
  if (!isWholeDictionary())
    throw new DicubeError(
      'not-loaded',
      `${JSON.stringify(text)} is none of the common keywords that a page begins with; give its tag, or call await loadAll() before`,
    )
  const nearest = suggestKeyword(text)
  const hint = nearest ? `; did you mean ${nearest}?` : '; wanted a keyword of PS3.6 or eight hex digits'
  throw new DicubeError('unknown-tag', `${JSON.stringify(text)} is not a tag${hint}`)
}

/** A step of a path: an element, and for a sequence that is entered the index of the item. */
export interface TagStep {
  readonly tag: string
  readonly item?: number
}

const STEP = /^([^[\]]+?)(?:\[(\d{1,9})\])?$/

/** "SourceImageSequence[0].(0008,1155)" → steps; all but the last have an item, 0 where the path does not say. */
export function parseTagPath(input: TagInput): TagStep[] {
  if (typeof input === 'number') return [{ tag: parseTag(input) }]
  // How tags are spelled here, and asked for by the thousand.
  if (/^[0-9A-F]{8}$/.test(input)) return [{ tag: input }]
  const parts = input.split('.')
  return parts.map((part, i) => {
    const step = STEP.exec(part.trim())
    if (!step) {
      const wanted = 'wanted Sequence[item].Attribute, as in SourceImageSequence[0].ReferencedSOPInstanceUID'
      throw new DicubeError(
        'unknown-tag',
        `${JSON.stringify(input)} is not a path at ${JSON.stringify(part)}: ${wanted}`,
      )
    }
    const tag = parseTag(step[1])
    if (step[2] !== undefined) return { tag, item: Number(step[2]) }
    return i < parts.length - 1 ? { tag, item: 0 } : { tag }
  })
}

/** The mirror of parseTagPath, with tags as hex digits. */
export const formatTagPath = (steps: readonly TagStep[]): string =>
  steps.map(({ tag, item }) => (item === undefined ? tag : `${tag}[${item}]`)).join('.')
