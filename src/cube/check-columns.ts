import { charsetOf } from '../dicom/charset.ts'
import { decodeNumericText, decodeStrings, decodeValue } from '../dicom/values.ts'
import { isBigEndian, nodesOf, vrOfNode } from './cells.ts'
import { type Column, entryOf, layoutIndexOf, type Node, rankOf, type Table } from './table.ts'

const DEFAULT_CHARSET = charsetOf([])

/** A top-level attribute of all slices. Reading it costs one decoding where all slices share it. */
export interface Attribute<T> {
  /** One a slice; undefined where it is absent or empty. */
  values: readonly (T | undefined)[]
  /** All slices have the same bytes. */
  isShared: boolean
}

/** The bytes of columns that several checks ask for. */
export type Cache = Map<Column, Uint8Array[]>

function attributeOf<T>(
  table: Table,
  tag: number,
  decode: (node: Node, bytes: Uint8Array) => T | undefined,
  cache?: Cache,
): Attribute<T> {
  const byLayout = table.layouts.map(layout => nodesOf(layout, tag))
  const [only] = byLayout[0] ?? []
  if (byLayout.length === 1 && byLayout[0].length <= 1 && (!only || (!only.presence && only.column?.constant))) {
    const value = only && table.rowCount ? decode(only, only.column!.bytes(0)) : undefined
    return { values: new Array(table.rowCount).fill(value), isShared: true }
  }
  const constants = new Map<Node, T | undefined>()
  const values = Array.from({ length: table.rowCount }, (_, row): T | undefined => {
    const rank = rankOf(table, row)
    for (const node of byLayout[layoutIndexOf(table, row)]) {
      const entry = entryOf(node, rank)
      if (entry < 0 || !node.column) continue
      if (!node.column.constant) return decode(node, bytesOf(node.column, entry, cache))
      if (!constants.has(node)) constants.set(node, decode(node, node.column.bytes(0)))
      return constants.get(node)
    }
    return undefined
  })
  return { values, isShared: false }
}

export function bytesOf(column: Column, entry: number, cache: Cache | undefined): Uint8Array {
  if (!cache) return column.bytes(entry)
  let all = cache.get(column)
  if (!all) {
    all = Array.from({ length: column.length }, (_, i) => column.bytes(i))
    cache.set(column, all)
  }
  return all[entry]
}

/** The values of each slice as one text, without padding. */
export const textsOf = (table: Table, tag: number, cache?: Cache): Attribute<string> =>
  attributeOf(
    table,
    tag,
    (node, bytes) => decodeStrings(vrOfNode(node), bytes, DEFAULT_CHARSET).join('\\') || undefined,
    cache,
  )

/** The numbers of each slice; what is none is NaN. */
export const numbersOf = (table: Table, tag: number): Attribute<readonly number[]> =>
  attributeOf(table, tag, (node, bytes) => {
    const vr = vrOfNode(node)
    const values =
      vr === 'DS' || vr === 'IS'
        ? decodeNumericText(vr, bytes, () => Number.NaN)
        : decodeValue(vr, bytes, isBigEndian(node), DEFAULT_CHARSET)
    return values.length ? values.map(value => (typeof value === 'number' ? value : Number.NaN)) : undefined
  })

/** The first number of each slice. */
export function numberOf(table: Table, tag: number): Attribute<number> {
  const { layouts, rowCount } = table
  const nodes = layouts.length === 1 ? nodesOf(layouts[0], tag) : []
  const fast = nodes.length === 1 && !nodes[0].presence && !nodes[0].column?.constant && nodes[0].column?.numbers?.()
  if (fast)
    return { values: Array.from({ length: rowCount }, (_, row) => fast.values[row * fast.width]), isShared: false }
  const { values, isShared } = numbersOf(table, tag)
  return { values: isShared ? new Array(rowCount).fill(values[0]?.[0]) : values.map(numbers => numbers?.[0]), isShared }
}

/** Slices by value, in the order of their first slices. */
export function groupsOf<T>(values: readonly T[]): Map<T, number[]> {
  const groups = new Map<T, number[]>()
  for (let slice = 0; slice < values.length; slice++) {
    const group = groups.get(values[slice])
    if (group) group.push(slice)
    else groups.set(values[slice], [slice])
  }
  return groups
}

/** What most slices have (the first of several), the slices that have something else, and what. Those without it do not count. */
export function odd<T>({ values, isShared }: Attribute<T>): { usual: T; others: T[]; slices: number[] } | undefined {
  if (isShared) return undefined
  const groups = groupsOf(values)
  groups.delete(undefined)
  if (groups.size < 2) return undefined
  const sizes = [...groups] as [T, number[]][]
  const [usual] = sizes.reduce((most, group) => (group[1].length > most[1].length ? group : most))
  const others = sizes.filter(([value]) => value !== usual)
  return {
    usual,
    others: others.map(([value]) => value),
    slices: others.flatMap(([, slices]) => slices).sort((a, b) => a - b),
  }
}

/** Slices where the attribute is absent or empty. */
export function missing<T>({ values, isShared }: Attribute<T>): number[] {
  if (isShared && values[0] !== undefined) return []
  const slices: number[] = []
  for (let slice = 0; slice < values.length; slice++) if (values[slice] === undefined) slices.push(slice)
  return slices
}
