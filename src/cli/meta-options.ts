import type { SortMethod } from '../cube/order.ts'

/** Options of verbs that read metadata, wherever it is. */
export const META_OPTIONS = {
  series: { value: 'UID', help: 'which series, where CUBE is a folder with several' },
  sort: { value: 'METHOD', help: 'order of the slices, where CUBE is a folder (see pack)' },
} as const
export interface MetaOptions {
  series: string | undefined
  sort: SortMethod | undefined
}
