import { charsetOf } from '../dicom/charset.ts'
import { elementBytes, type Instance } from '../dicom/parse.ts'
import { decodeStrings, decodeValue } from '../dicom/values.ts'
import type { DicomMeta } from './meta.ts'

/** How the slices of a series are put in order. */
export const SORT_METHODS = ['instance', 'instance-desc', 'position', 'position-desc', 'name'] as const
export type SortMethod = (typeof SORT_METHODS)[number]

const DEFAULT_CHARSET = charsetOf([])
const SERIES_INSTANCE_UID = 0x0020000e
const INSTANCE_NUMBER = 0x00200013
const IMAGE_POSITION = 0x00200032
const IMAGE_ORIENTATION = 0x00200037

/** First value of a text element of the data set or the File Meta Information, '' where there is none. */
export function textOf(instance: Instance, tag: number): string {
  const bytes = elementBytes(instance, tag)
  return (bytes && decodeStrings('UI', bytes, DEFAULT_CHARSET)[0]) || ''
}

export const seriesUidOf = (instance: Instance) => textOf(instance, SERIES_INSTANCE_UID)

function numbersOf(instance: Instance, tag: number, vr: 'DS' | 'IS'): number[] {
  const bytes = elementBytes(instance, tag)
  return bytes
    ? decodeValue(vr, bytes, false, DEFAULT_CHARSET).map(value => (typeof value === 'number' ? value : Number.NaN))
    : []
}

/** What decides where a slice belongs. A missing number is NaN. */
export interface OrderKey {
  instanceNumber: number
  /** Along the normal of the series. */
  position: number
  name: string
}

/**
 * Indices in the order of the series: ties of the one are broken by the other, and what is still equal by file name, so
 * that a folder gives the same order whatever the file system says. What lacks the number comes last.
 */
export function orderOf(keys: readonly OrderKey[], method: SortMethod = 'instance'): number[] {
  const sign = method.endsWith('-desc') ? -1 : 1
  const byNumber = (a: OrderKey, b: OrderKey) =>
    compare(a.instanceNumber, b.instanceNumber, method.startsWith('instance') ? sign : 1)
  const byPosition = (a: OrderKey, b: OrderKey) =>
    compare(a.position, b.position, method.startsWith('position') ? sign : 1)
  const [first, second] = method.startsWith('position') ? [byPosition, byNumber] : [byNumber, byPosition]
  const compareKeys = (a: OrderKey, b: OrderKey) =>
    (method === 'name' ? 0 : first(a, b) || second(a, b)) || compareNames(a.name, b.name)
  return keys.map((_, i) => i).sort((a, b) => compareKeys(keys[a], keys[b]))
}

/** Slices in another order, as indices of today's. */
export function sortOrderOf(meta: DicomMeta, method: SortMethod): number[] {
  const positions = meta.getProjectionLocations()
  const numbers = meta.getNumbers('InstanceNumber')
  // Without names, slices that are equal keep their order.
  const keys = Array.from(positions, (position, i) => ({
    instanceNumber: numbers.values[i * numbers.shape[1]],
    position,
    name: String(i),
  }))
  return orderOf(keys, method)
}

/** Instances in the order of the series. */
export function sortInstances(instances: readonly Instance[], method?: SortMethod): Instance[] {
  const normal = normalOf(instances)
  const keys = instances.map((instance): OrderKey => {
    const [x = Number.NaN, y = Number.NaN, z = Number.NaN] = numbersOf(instance, IMAGE_POSITION, 'DS')
    const [instanceNumber = Number.NaN] = numbersOf(instance, INSTANCE_NUMBER, 'IS')
    return {
      instanceNumber,
      position: normal ? x * normal[0] + y * normal[1] + z * normal[2] : Number.NaN,
      name: instance.name,
    }
  })
  return orderOf(keys, method).map(i => instances[i])
}

/** Cross product of row and column direction (PS3.3 §C.7.6.2.1.1). */
function normalOf(instances: readonly Instance[]): [number, number, number] | undefined {
  for (const instance of instances) {
    const o = numbersOf(instance, IMAGE_ORIENTATION, 'DS')
    if (o.length === 6 && o.every(Number.isFinite))
      return [o[1] * o[5] - o[2] * o[4], o[2] * o[3] - o[0] * o[5], o[0] * o[4] - o[1] * o[3]]
  }
  return undefined
}

function compare(a: number, b: number, sign: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b))
  // Positions that differ by less than a tenth of a micrometre are the same place, written with other digits.
  return Math.abs(a - b) < 1e-4 ? 0 : sign * (a - b)
}

/** Numbers in names by value ("2" before "10"), then code unit by code unit: no locale of the machine has a say. */
export function compareNames(a: string, b: string): number {
  const [as, bs] = [a.split(/(\d+)/), b.split(/(\d+)/)]
  for (let k = 0; k < Math.min(as.length, bs.length); k++) {
    if (as[k] === bs[k]) continue
    if (k % 2) {
      const [x, y] = [as[k].replace(/^0+/, ''), bs[k].replace(/^0+/, '')]
      if (x.length !== y.length) return x.length - y.length
      if (x !== y) return x < y ? -1 : 1
    }
    return as[k] < bs[k] ? -1 : 1
  }
  return as.length - bs.length || (a < b ? -1 : a > b ? 1 : 0)
}
