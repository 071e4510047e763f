import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { sourceFromBytes } from '../../src/bytes/source.ts'
import { decodeHtj2k } from '../../src/codec/htj2k.ts'
import { readV1, readV1Frame } from '../../src/dcbs/v1.ts'
import { HEADER_FIELDS } from '../../src/dcbs/v1-header.ts'
import type { JsonElement } from '../../src/dicom/json.ts'
import { parseJson } from '../../src/dicom/json-read.ts'
import { hasShared, SHARED } from '../shared.ts'

const GOLDEN = join(SHARED, 'golden')
const names = hasShared
  ? readdirSync(GOLDEN)
      .filter(name => name.endsWith('.dcbs'))
      .map(name => name.replace('.dcbs', ''))
  : []

interface Exception {
  case: string
  tag: string
  what: 'shared' | 'value' | 'index' | 'first-item' | 'pixels'
  because: string
}
const exceptions: Exception[] = JSON.parse(readFileSync(new URL('golden-exceptions.json', import.meta.url), 'utf8'))
const isException = (name: string, tag: string, what: Exception['what']) =>
  exceptions.some(exception => exception.case === name && exception.what === what && ['*', tag].includes(exception.tag))

type Entry = { vr: string; shared: boolean | null; Value?: unknown[]; InlineBinary?: unknown }
interface Expected {
  header: Record<string, number>
  status: string
  frames: number
  slice_count: number
  space_json_in_file: unknown
  pixel_header: unknown
  merged_data: Record<string, Entry>
  index: Record<string, Record<string, JsonElement> | null>
  frame_sha256: string[]
}

/** Their header by its names there. */
const HEADER_NAMES: Record<string, string> = {
  status: 'dicom_status',
  meta: 'dicommeta',
  pixelHeader: 'pixel_header',
  frameOffsets: 'frame_offsets',
  frameLengths: 'frame_lengths',
  space: 'space',
}

test('every exception is cited', () => {
  for (const { because } of exceptions) expect(because).toMatch(/^upstream-v1\.md §\d/)
})

describe.each(names)('%s', name => {
  const source = sourceFromBytes(new Uint8Array(readFileSync(join(GOLDEN, `${name}.dcbs`))), name)
  const expected = parseJson(readFileSync(join(GOLDEN, `${name}.expected.json`), 'utf8')) as Expected

  test('header, status, space, pixel header', async () => {
    const file = await readV1(source)
    for (const field of HEADER_FIELDS) {
      const [, part, kind] = /^(\w+?)(Offset|Length|Count)$/.exec(field)!
      const theirs = kind === 'Count' ? 'frame_count' : `${HEADER_NAMES[part]}_${kind.toLowerCase()}`
      expect([field, file.header[field]]).toEqual([field, expected.header[theirs]])
    }
    expect(file.status).toBe(expected.status)
    expect(file.meta.sliceCount).toBe(expected.slice_count)
    expect(file.frames).toHaveLength(expected.frames)
    expect(file.space?.toJSON() ?? null).toEqual(expected.space_json_in_file ?? null)
    expect(file.pixelHeader).toEqual(expected.pixel_header)
    expect(file.extras).toEqual({})
  })

  test('every element, as the file has it', async () => {
    const { meta } = await readV1(source)
    expect(meta.keys()).toEqual(Object.keys(expected.merged_data).sort())
    for (const [tag, entry] of Object.entries(expected.merged_data)) {
      expect([tag, meta.getVr(tag) ?? entry.vr]).toEqual([tag, entry.vr])
      if (entry.vr === 'SQ' || isException(name, tag, 'value')) continue
      if (!isException(name, tag, 'shared')) expect([tag, meta.isShared(tag)]).toEqual([tag, entry.shared])
      const list = listOf(entry)
      for (let slice = 0; slice < meta.sliceCount; slice++) {
        const value = list ? list[slice] : entry
        const wanted = list ? elementOf(entry.vr, value, list) : (entry as JsonElement)
        expect([tag, slice, comparable(meta.element(tag, slice))]).toEqual([tag, slice, comparable(wanted)])
      }
    }
  })

  test('slices, as its reader gives them', async () => {
    const { meta } = await readV1(source)
    for (const [slice, wanted] of Object.entries(expected.index)) {
      const found = meta.index(Number(slice))
      if (!wanted)
        expect(exceptions.some(exception => exception.case === name && exception.what === 'index')).toBe(true)
      for (const [tag, element] of Object.entries(wanted ?? {})) {
        if (isException(name, tag, 'index') || isException(name, tag, 'value')) continue
        const ours = isException(name, tag, 'first-item') ? firstItems(found[tag]) : found[tag]
        expect([tag, comparable(ours)]).toEqual([tag, comparable(element)])
      }
    }
  })

  test('pixels', async () => {
    const file = await readV1(source)
    for (const [i, sha256] of expected.frame_sha256.entries()) {
      const { bytes } = await readV1Frame(source, file, i)
      const decoded = decodeHtj2k(bytes)
      if (isException(name, '7FE00010', 'pixels')) {
        await expect(decoded).rejects.toThrow(expect.objectContaining({ code: 'unsupported-codec' }))
        continue
      }
      expect(
        createHash('sha256')
          .update((await decoded).pixels)
          .digest('hex'),
      ).toBe(sha256)
    }
  })
})

function listOf({ shared, ...entry }: Entry): unknown[] | undefined {
  if (shared !== false) return undefined
  const { Value, InlineBinary } = entry
  if (Array.isArray(InlineBinary)) return InlineBinary
  const underNull = (entry as unknown as Record<string, unknown>).null
  return Array.isArray(underNull) ? underNull : Value
}

function elementOf(vr: string, value: unknown, list: unknown[]): JsonElement | undefined {
  if (value === 'None' && list.some(Array.isArray)) return undefined
  if (typeof value === 'string' && /^O|^UN$/.test(vr)) return { vr, InlineBinary: value }
  return { vr, Value: (Array.isArray(value) ? value : [value]) as JsonElement['Value'] }
}

/** What two writers of DICOM JSON may do in their own way: empty texts and names, key order, integers of 64 bits. */
function comparable(element: JsonElement | undefined): unknown {
  if (!element) return null
  const { vr, Value, InlineBinary } = element
  const values = (Value ?? []).map(value => {
    if (value === null || value === '') return null
    if (vr === 'SQ')
      return Object.fromEntries(Object.entries(value as object).map(([tag, inner]) => [tag, comparable(inner)]))
    if (vr === 'PN') return Object.fromEntries(Object.entries(value as object).filter(([, group]) => group))
    return typeof value === 'bigint' || /^[SU]V$/.test(vr) ? String(value) : value
  })
  return { vr, values: values.every(value => value === null) ? [] : values, InlineBinary }
}

function firstItems(element: JsonElement | undefined): JsonElement | undefined {
  if (element?.vr !== 'SQ' || !element.Value?.length) return element
  const [item] = element.Value
  const inner = Object.entries(item as Record<string, JsonElement>).map(([tag, value]) => [tag, firstItems(value)])
  return { vr: 'SQ', Value: [Object.fromEntries(inner)] }
}
