import { DicubeError } from '../errors.ts'
import { elementToJson, findCell, findElementOf } from './cells.ts'
import { type Palette, paletteOf } from './lut.ts'
import type { Column, Table } from './table.ts'

const RED_DESCRIPTOR = 0x00281101
const PIXEL_REPRESENTATION = 0x00280103
const TABLES = [RED_DESCRIPTOR, 0x00281102, 0x00281103, 0x00281201, 0x00281202, 0x00281203]
const SEGMENTED_TABLES = [0x00281221, 0x00281222, 0x00281223]

/** Series mostly have one palette; what it is, or why it is none. */
const shared = new WeakMap<Column, { columns: readonly Column[]; palette: Palette | DicubeError }>()

/** The palette of a slice, or why it has none. */
export function paletteOfRow(table: Table, row: number): Palette | DicubeError {
  const columns = [...TABLES, ...SEGMENTED_TABLES, PIXEL_REPRESENTATION].flatMap(
    tag => findElementOf(table, row, tag)?.node.column ?? [],
  )
  const isShared = columns.length > 0 && columns.every(column => column.constant)
  const known = isShared ? shared.get(columns[0]) : undefined
  if (known?.columns.length === columns.length && columns.every((column, i) => column === known.columns[i]))
    return known.palette
  const element = (tag: string) => {
    const cell = findCell(table, row, [{ tag }])
    return cell && elementToJson(cell)
  }
  let palette: Palette | DicubeError
  try {
    palette = paletteOf(element, element('00280103')?.Value?.[0] === 1)
  } catch (error) {
    if (!(error instanceof DicubeError)) throw error
    palette = error
  }
  if (isShared) shared.set(columns[0], { columns, palette })
  return palette
}
