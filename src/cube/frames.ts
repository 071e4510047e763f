import { type Charset, charsetOf } from '../dicom/charset.ts'
import { LIMITS } from '../dicom/parse.ts'
import { isPrivate, type TagStep } from '../dicom/tags.ts'
import { decodeNumericText } from '../dicom/values.ts'
import { type Cell, charsetOfRow, findCell, findElementOf, nodesOf } from './cells.ts'
import { entryOf, itemRange, layoutIndexOf, rankOf, type Table } from './table.ts'

const NUMBER_OF_FRAMES = 0x00280008
const SHARED_GROUPS = 0x52009229
const PER_FRAME_GROUPS = 0x52009230

const hasAny = ({ layouts }: Table, tag: number) => layouts.some(layout => nodesOf(layout, tag).length > 0)

/** Whether every slice is one frame and says all of it at the top level. */
export const isClassic = (table: Table): boolean =>
  !hasAny(table, NUMBER_OF_FRAMES) && !hasAny(table, PER_FRAME_GROUPS) && !hasAny(table, SHARED_GROUPS)

/** Frames that each slice speaks of: Number of Frames (PS3.3 §C.7.6.6), 1 where it says nothing or no number. */
export function frameCounts(table: Table): Uint32Array {
  const counts = new Uint32Array(table.rowCount).fill(1)
  if (!hasAny(table, NUMBER_OF_FRAMES)) return counts
  for (let row = 0; row < table.rowCount; row++) {
    const found = findElementOf(table, row, NUMBER_OF_FRAMES)
    const [frames] = found?.node.column
      ? decodeNumericText('IS', found.node.column.bytes(found.entry), () => Number.NaN)
      : []
    if (frames && frames > 1 && frames <= LIMITS.frames) counts[row] = frames
  }
  return counts
}

/** Of each slice, the number of its first frame as frameCells counts them. */
export function firstFrames(table: Table): Uint32Array {
  const firsts = frameCounts(table)
  for (let slice = 0, at = 0; slice < firsts.length; slice++) {
    const count = firsts[slice]
    firsts[slice] = at
    at += count
  }
  return firsts
}

/** Items of the Per-Frame Functional Groups Sequence of a slice; undefined where it has none. */
export function functionalGroupsOf(table: Table, row: number): number | undefined {
  const groups = dataSetsOf(table, row, PER_FRAME_GROUPS)
  return groups && groups.end - groups.first
}

/** A data set of a table; `outer` is the character set around it. */
interface DataSet {
  table: Table
  row: number
  outer?: Charset
}

/**
 * The element of each frame, in slice order: where an object has functional groups, those of the frame come first, then
 * the shared ones, then the top level (PS3.3 §C.7.6.16). An attribute is looked for in the functional groups and, where
 * neither they nor the top level have it, in the sequences of a group. Private groups are asked for private tags only:
 * scanners keep whole copies of other data sets there.
 */
export function frameCells(table: Table, steps: readonly TagStep[]): (Cell | undefined)[] {
  const counts = frameCounts(table)
  const cells: (Cell | undefined)[] = []
  for (let row = 0; row < table.rowCount; row++) {
    const outer = charsetOfRow(table, row)
    const top = findCell(table, row, steps)
    const perFrame = dataSetsOf(table, row, PER_FRAME_GROUPS)
    const sharedGroups = dataSetsOf(table, row, SHARED_GROUPS)
    const shared = sharedGroups && { table: sharedGroups.table, row: sharedGroups.first, outer }
    const hasShared = sharedGroups !== undefined && sharedGroups.first < sharedGroups.end
    let sharedCell: Cell | undefined | null = null
    const inShared = () => {
      if (sharedCell === null)
        sharedCell =
          (hasShared && inGroups(shared!, steps)) || top || (hasShared && inGroups(shared!, steps, true)) || undefined
      return sharedCell
    }
    for (let frame = 0; frame < counts[row]; frame++) {
      const own =
        perFrame && perFrame.first + frame < perFrame.end
          ? { table: perFrame.table, row: perFrame.first + frame, outer }
          : undefined
      cells.push((own && inGroups(own, steps)) ?? inShared() ?? (own && inGroups(own, steps, true)))
    }
  }
  return cells
}

/** Rows [first, end) of a sequence of a data set. */
function dataSetsOf(table: Table, row: number, tag: number): { table: Table; first: number; end: number } | undefined {
  const found = findElementOf(table, row, tag)
  if (!found?.node.items) return undefined
  const [first, end] = itemRange(found.node.items, found.entry)
  return { table: found.node.items.table, first, end }
}

/** The path in the data set of functional groups or in one of the groups; `deep`: in a sequence of a group. */
function inGroups(groups: DataSet, steps: readonly TagStep[], deep = false): Cell | undefined {
  if (!deep) {
    const whole = findCell(groups.table, groups.row, steps, groups.outer)
    if (whole) return whole
  }
  for (const group of firstItemsOf(groups, steps)) {
    if (!deep) {
      const found = findCell(group.table, group.row, steps, group.outer)
      if (found) return found
      continue
    }
    for (const inner of firstItemsOf(group, steps)) {
      const found = findCell(inner.table, inner.row, steps, inner.outer)
      if (found) return found
    }
  }
  return undefined
}

/** First items of the sequences of a data set that are worth looking into. */
function* firstItemsOf({ table, row, outer = UNDECLARED }: DataSet, steps: readonly TagStep[]): Generator<DataSet> {
  const rank = rankOf(table, row)
  for (const node of table.layouts[layoutIndexOf(table, row)].nodes) {
    if (!node.items || (isPrivate(node.tag) && !isPrivate(steps[0].tag))) continue
    const entry = entryOf(node, rank)
    if (entry < 0) continue
    const [first, end] = itemRange(node.items, entry)
    if (first < end) yield { table: node.items.table, row: first, outer: charsetOfRow(table, row, outer) }
  }
}

const UNDECLARED = charsetOf([])
