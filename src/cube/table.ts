/**
 * The model of a series (SPEC §5): a table has a row for each data set (an instance at the top, an item below) and a
 * node for each element. A node's value is one column over the rows that have the element; a sequence is a table again.
 * Ingest and .dcbs each make tables; everything else only reads them.
 */
export interface Table {
  readonly rowCount: number
  /** What the header of a row may take, nested items included; absent: it was made from headers, and takes what they took. */
  readonly rowBytes?: number
  readonly layouts: readonly Layout[]
  /** Which layout a row follows, and its place among that layout's rows. Absent with a single layout. */
  readonly layoutOf?: Uint32Array
  readonly rankInLayout?: Uint32Array
}

/** An order of elements that a number of rows follow. */
export interface Layout {
  readonly rowCount: number
  /** The items themselves have undefined length (PS3.5 §7.5). */
  readonly undefinedLength: boolean
  readonly nodes: readonly Node[]
}

/** An element of a layout. `tag`, `vr` and `flags` are those of ElementIndex. */
export interface Node {
  readonly tag: number
  readonly vr: number
  readonly flags: number
  /** Row to place in the column, or -1 where the row lacks the element. Absent: every row has it. */
  readonly presence?: Int32Array
  /** The raw values; a sequence and Pixel Data have none. */
  readonly column?: Column
  readonly items?: Items
}

/** Raw value bytes, one entry for each row that has the element. */
export interface Column {
  readonly length: number
  /** Every entry has the same bytes. */
  readonly constant: boolean
  bytes(entry: number): Uint8Array
  /** Numbers behind decimal text or binary words, without a detour through bytes: `width` values an entry. */
  numbers?(): ColumnNumbers | undefined
  /** A blob that was not fetched: bytes() throws `not-loaded`. */
  readonly pending?: { offset: number; length: number }
}

export interface ColumnNumbers {
  values: Float64Array
  width: number
  /** None is written with decimals. */
  areIntegers: boolean
  /** Where they are decimal text: digits with at most a point and a minus sign, and none of them longer than this. */
  mostCharacters?: number
}

/** The items of a sequence, all rows' items in one table. */
export interface Items {
  readonly table: Table
  /** Every row has the same items: the table holds them once. */
  readonly shared: boolean
  /** Entry to its first item in the table; one more entry than the node has, as in Arrow. Unused when shared. */
  readonly starts: Uint32Array
}

/** Pseudo elements for what stands before the first and behind the last element of a file. */
export const PREAMBLE = 0
export const TRAILING = 0xffffffff

export const layoutIndexOf = (table: Table, row: number) => (table.layoutOf ? table.layoutOf[row] : 0)
export const rankOf = (table: Table, row: number) => (table.rankInLayout ? table.rankInLayout[row] : row)

/** Place of a layout's row in the node's column, or -1. */
export const entryOf = (node: Node, rank: number) => (node.presence ? node.presence[rank] : rank)

/** Items of an entry as [first, end) rows of items.table. */
export function itemRange(items: Items, entry: number): [first: number, end: number] {
  return items.shared ? [0, items.table.rowCount] : [items.starts[entry], items.starts[entry + 1]]
}

/** A column with the same bytes everywhere. */
class ConstantColumn implements Column {
  readonly constant = true
  readonly length: number
  private readonly value: Uint8Array

  constructor(value: Uint8Array, length: number) {
    this.value = value
    this.length = length
  }

  bytes(): Uint8Array {
    return this.value
  }
}

export const constantColumn = (bytes: Uint8Array, length: number): Column => new ConstantColumn(bytes, length)
