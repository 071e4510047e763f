import { charsetOf } from '../dicom/charset.ts'
import { isSingleValued, keywordOf } from '../dicom/dictionary.ts'
import type { DicomJson, JsonElement } from '../dicom/json.ts'
import {
  formatTag,
  isPrivate,
  parseTagPath,
  type TagInput,
  type TagStep,
  tagNumber,
  tagString,
  type ValueOf,
} from '../dicom/tags.ts'
import { type DicomValue, decodeStrings, decodeValue } from '../dicom/values.ts'
import { DicubeError } from '../errors.ts'
import {
  type Cell,
  elementToJson,
  findCell,
  isBigEndian,
  isShown,
  itemsToJson,
  nodesOf,
  rowToJson,
  vrOfNode,
} from './cells.ts'
import type { DisplayOptions } from './display.ts'
import { extrasFor } from './extras-start.ts'
import type { SortMethod } from './order.ts'
import { itemRange, type Node, type Table } from './table.ts'
import { normalOf } from './vectors.ts'
import type { SeriesVolume } from './volumes.ts'

/** What a value is when its tag does not tell the type. */
export type AnyValue = DicomValue | readonly DicomValue[] | readonly DicomJson[]

/** Fetches blobs that a cube keeps behind its frames: those of the tags, or all. */
export type BlobLoader = (table: Table, tags: readonly number[] | undefined, signal?: AbortSignal) => Promise<void>

/**
 * The metadata of a series: what is shared by all slices, and what each slice has of its own. Slices are numbered from
 * 0 in the order of the series. A tag may be a CommonTags entry, a keyword of PS3.6, "00100010", "(0010,0010)",
 * 0x00100010, or a path such as "SourceImageSequence[0].ReferencedSOPInstanceUID".
 *
 * Every method that takes a tag throws DicubeError `unknown-tag` for what is none, and `not-loaded` for a blob that
 * was not fetched with load(). In a page that has not called loadAll(), a keyword that is not a common one is
 * `not-loaded` too, and so is what does more than read slice by slice: getFrameValues, getFrameNumbers,
 * volumes, sortOrder, display, toJson, fromJson, fromDatasets, setShared, setValues and remove.
 */
export class DicomMeta {
  /** The model behind the view. Replaced as a whole by setShared and setValues. */
  table: Table
  /** Slices whose metadata was changed: their original files can no longer be given back bit for bit. */
  readonly changedSlices: Set<number> = new Set()
  private readonly loader?: BlobLoader

  constructor(table: Table, loader?: BlobLoader) {
    this.table = table
    this.loader = loader
  }

  /** Reads the shared/per-slice DICOM JSON document that toJson writes, or the Python package's. @throws DicubeError `invalid-value` */
  static fromJson(text: string): DicomMeta {
    return new DicomMeta(extrasFor('fromJson').tableOfDocument(text).table)
  }

  /** The metadata of data sets in DICOM JSON (PS3.18 Annex F), one a slice, in their order. @throws DicubeError `invalid-value` */
  static fromDatasets(dataSets: readonly DicomJson[]): DicomMeta {
    return new DicomMeta(extrasFor('fromDatasets').tableOfDataSets(dataSets))
  }

  get sliceCount(): number {
    return this.table.rowCount
  }

  /** Tags of all elements that any slice has, ascending; Pixel Data and File Meta Information left out. */
  keys(): string[] {
    const tags = new Set<number>()
    for (const layout of this.table.layouts) for (const node of layout.nodes) if (isShown(node)) tags.add(node.tag)
    return [...tags].sort((a, b) => a - b).map(tagString)
  }

  /** Number of tags. */
  get size(): number {
    return this.keys().length
  }

  has(tag: TagInput): boolean {
    const steps = parseTagPath(tag)
    const isInAll = this.sliceCount > 0 && onlyNode(this.table, steps) !== undefined
    return isInAll || someCell(this.table, steps, () => true)
  }

  /** Whether every slice has the element, with the same value. */
  isShared(tag: TagInput): boolean {
    return isSharedBy(this.table, parseTagPath(tag))
  }

  /** Whether no slice has a value: the element is absent or empty everywhere. */
  isMissing(tag: TagInput): boolean {
    const steps = parseTagPath(tag)
    return !someCell(this.table, steps, cell => !isEmpty(cell))
  }

  /** The VR of the element (in the first slice that has it), or undefined where no slice has it. */
  getVr(tag: TagInput): string | undefined {
    const cell = cellsOf(this.table, parseTagPath(tag)).find(found => found !== undefined)
    return cell && vrOfNode(cell.node)
  }

  /**
   * The value that all slices share: a scalar where PS3.6 gives the VM 1, else an array; null where it is empty or no
   * slice has it. @throws DicubeError `not-shared`
   */
  getSharedValue<T extends TagInput>(tag: T): ValueOf<T, AnyValue> | null {
    const steps = parseTagPath(tag)
    const cells = cellsOf(this.table, steps)
    if (!isSharedBy(this.table, steps) && cells.some(cell => cell !== undefined)) {
      const name = nameOf(steps)
      const present = cells.filter(cell => cell !== undefined).length
      const why =
        present < cells.length ? `${cells.length - present} of ${cells.length} slices lack it` : `slices differ`
      throw new DicubeError(
        'not-shared',
        `${name} is not shared: ${why}; use getValues(${JSON.stringify(typeof tag === 'number' ? tagString(tag) : tag)})`,
      )
    }
    return (cells[0] ? valueOfCell(cells[0], isScalar(steps, cells)) : null) as ValueOf<T, AnyValue> | null
  }

  /** One value a slice, in slice order; null where a slice lacks the element or has it empty. */
  getValues<T extends TagInput>(tag: T): (ValueOf<T, AnyValue> | null)[] {
    const steps = parseTagPath(tag)
    const numbers = fastNumbers(this.table, steps)
    if (numbers?.width === 1 && isScalarTag(steps)) return listOf(numbers.values) as (ValueOf<T, AnyValue> | null)[]
    return valuesOfCells(steps, cellsOf(this.table, steps)) as (ValueOf<T, AnyValue> | null)[]
  }

  /**
   * Numbers of all slices as one array. `shape` is [slices, values of each]; an absent, empty or invalid value is NaN.
   * @throws DicubeError `ragged` where slices have different numbers of values, `invalid-value` where the VR has no numbers
   */
  getNumbers(tag: TagInput): { values: Float64Array; shape: [slices: number, width: number] } {
    const steps = parseTagPath(tag)
    const fast = fastNumbers(this.table, steps)
    if (fast) return { values: fast.values, shape: [this.sliceCount, fast.width] }
    return numbersOfCells(steps, cellsOf(this.table, steps), 'slice')
  }

  /**
   * One value a frame, in slice order, whatever the object: from the functional groups of the frame, else from the
   * shared ones, else from the top level (PS3.3 §C.7.6.16). A slice without functional groups has the same for all its
   * frames. null where a frame lacks the element or has it empty.
   */
  getFrameValues<T extends TagInput>(tag: T): (ValueOf<T, AnyValue> | null)[] {
    const { frameCells, isClassic } = extrasFor('getFrameValues')
    if (isClassic(this.table)) return this.getValues(tag)
    const steps = parseTagPath(tag)
    return valuesOfCells(steps, frameCells(this.table, steps)) as (ValueOf<T, AnyValue> | null)[]
  }

  /** getFrameValues as one array; `shape` is [frames, values of each]. @throws DicubeError as getNumbers */
  getFrameNumbers(tag: TagInput): { values: Float64Array; shape: [frames: number, width: number] } {
    const { frameCells, isClassic } = extrasFor('getFrameNumbers')
    if (isClassic(this.table)) return this.getNumbers(tag)
    const steps = parseTagPath(tag)
    return numbersOfCells(steps, frameCells(this.table, steps), 'frame')
  }

  /**
   * The volumes that the series is made of: time points, b-values, echoes, orientations … A localizer with three
   * orientations is three. Each has its slices in geometric order and the attributes that set it apart.
   */
  volumes(): SeriesVolume[] {
    return extrasFor('volumes').volumesOf(this)
  }

  /** The text of each value as it stands in the file, without padding; null where a slice lacks the element. */
  getStrings(tag: TagInput): (string[] | null)[] {
    const decode = memoized(({ node, entry, charset }) =>
      node.column ? decodeStrings(vrOfNode(node), node.column.bytes(entry), charset, isBigEndian(node)) : [],
    )
    return cellsOf(this.table, parseTagPath(tag)).map(cell => (cell ? decode(cell) : null))
  }

  /** The raw Value Field of each slice, padding included; null where a slice lacks the element or it is a sequence. */
  getBytes(tag: TagInput): (Uint8Array | null)[] {
    return cellsOf(this.table, parseTagPath(tag)).map(cell => cell?.node.column?.bytes(cell.entry) ?? null)
  }

  /** What a tag has and where: the shared value, or one a slice; undefined where no slice has it. */
  get<T extends TagInput>(
    tag: T,
  ):
    | { shared: true; value: ValueOf<T, AnyValue> | null }
    | { shared: false; values: (ValueOf<T, AnyValue> | null)[] }
    | undefined {
    if (!this.has(tag)) return undefined
    if (this.isShared(tag)) return { shared: true, value: this.getSharedValue(tag) }
    return { shared: false, values: this.getValues(tag) }
  }

  /** [tag, what get() gives] of every element. */
  items(): [tag: string, entry: NonNullable<ReturnType<DicomMeta['get']>>][] {
    return this.keys().map(tag => [tag, this.get(tag)!])
  }

  /** DICOM JSON of one slice (PS3.18 Annex F), tags ascending, Pixel Data left out. Negative numbers count from the end. @throws DicubeError `out-of-range` */
  index(slice: number): DicomJson {
    return rowToJson(this.table, this.sliceNumber(slice))
  }

  /** One element of one slice as DICOM JSON; undefined where the slice lacks it. */
  element(tag: TagInput, slice: number): JsonElement | undefined {
    const cell = findCell(this.table, this.sliceNumber(slice), parseTagPath(tag))
    return cell && elementToJson(cell)
  }

  /** Where each slice lies along the normal of the first slice's orientation, in mm; NaN without a position. */
  getProjectionLocations(): Float64Array {
    const orientations = this.getNumbers('ImageOrientationPatient')
    const positions = this.getNumbers('ImagePositionPatient')
    if (orientations.shape[1] !== 6 || positions.shape[1] !== 3)
      return new Float64Array(this.sliceCount).fill(Number.NaN)
    const normal = normalOf(Array.from(orientations.values.subarray(0, 6)))
    return Float64Array.from({ length: this.sliceCount }, (_, i) =>
      normal.reduce((sum, part, k) => sum + part * positions.values[i * 3 + k], 0),
    )
  }

  /** Slices in another order, as indices of today's; the metadata stays as it is. */
  sortOrder(method: SortMethod): number[] {
    return extrasFor('sortOrder').sortOrderOf(this, method)
  }

  /** Two tables as text: what is shared, and what each slice has of its own. */
  display(options: DisplayOptions = {}): string {
    return extrasFor('display').displayMeta(this, options)
  }

  /** The shared/per-slice DICOM JSON document (v1 schema, SPEC §9). */
  toJson(indent = 0): string {
    return extrasFor('toJson').documentJson(this, indent)
  }

  /** Gives all slices one value; null empties the element. @throws DicubeError `invalid-value` */
  setShared<T extends TagInput>(tag: T, value: ValueOf<T, AnyValue> | null, vr?: string): void {
    this.setValues(tag, new Array(this.sliceCount).fill(value), vr)
  }

  /** Gives each slice a value, in slice order; null empties the element, undefined removes it. @throws DicubeError `invalid-value` */
  setValues<T extends TagInput>(
    tag: T,
    values: readonly (ValueOf<T, AnyValue> | null | undefined)[],
    vr?: string,
  ): void {
    extrasFor('setShared and setValues').changeElement(
      this,
      tag,
      values as readonly (AnyValue | null | undefined)[],
      vr,
    )
  }

  /** Removes the element from all slices. */
  remove(tag: TagInput): void {
    this.setValues(tag, new Array(this.sliceCount).fill(undefined))
  }

  /** Fetches blobs that are kept behind the frames; without tags, all of them. @throws DicubeError `aborted` */
  async load(tags?: readonly TagInput[], options: { signal?: AbortSignal } = {}): Promise<void> {
    const wanted = tags?.map(tag => tagNumber(parseTagPath(tag)[0].tag))
    await this.loader?.(this.table, wanted, options.signal)
  }

  private sliceNumber(slice: number): number {
    const row = slice < 0 ? slice + this.sliceCount : slice
    if (!Number.isInteger(row) || row < 0 || row >= this.sliceCount)
      throw new DicubeError('out-of-range', `slice ${slice}: the series has slices 0 to ${this.sliceCount - 1}`)
    return row
  }
}

/** Whether some slice has such an element; what no slice has costs nothing. */
function someCell(table: Table, steps: readonly TagStep[], isSuch: (cell: Cell) => boolean): boolean {
  const tag = tagNumber(steps[0].tag)
  if (table.layouts.every(layout => nodesOf(layout, tag).length === 0)) return false
  for (let row = 0; row < table.rowCount; row++) {
    const cell = findCell(table, row, steps)
    if (cell && isSuch(cell)) return true
  }
  return false
}

/** The element of each slice at the end of a path. */
const cellsOf = (table: Table, steps: readonly TagStep[]): (Cell | undefined)[] =>
  Array.from({ length: table.rowCount }, (_, row) => findCell(table, row, steps))

/** The only node of the tag, where all slices have it there. */
function onlyNode({ layouts }: Table, steps: readonly TagStep[]): Node | undefined {
  if (steps.length > 1 || steps[0].item !== undefined || layouts.length !== 1) return undefined
  const nodes = nodesOf(layouts[0], tagNumber(steps[0].tag))
  return nodes.length === 1 && !nodes[0].presence ? nodes[0] : undefined
}

/** Numbers of all slices, where a column tells them; each is what DICOM JSON has of its value. */
export function fastNumbers(
  table: Table,
  steps: readonly TagStep[],
): { values: Float64Array; width: number } | undefined {
  const node = onlyNode(table, steps)
  const vr = node && vrOfNode(node)
  const column = node?.column
  if (!column || column.pending || !NUMERIC.has(vr!)) return undefined
  if (column.constant) return repeated(node, vr!)
  const numbers = vr === 'DS' || vr === 'IS' ? column.numbers?.() : undefined
  // An IS with decimals is no number.
  return vr === 'DS' || numbers?.areIntegers ? numbers : undefined
}

function isSharedBy(table: Table, steps: readonly TagStep[]): boolean {
  const only = onlyNode(table, steps)
  if (only?.column?.constant || only?.items?.shared) return true
  const numbers = fastNumbers(table, steps)
  if (numbers) return numbers.values.every((value, i, all) => value === all[i % numbers.width])
  const json = memoized(elementToJson)
  let wanted: JsonElement | undefined
  // As a rule the second slice has another value.
  for (let row = 0; row < table.rowCount; row++) {
    const cell = findCell(table, row, steps)
    const found = cell && json(cell)
    wanted ??= found
    if (!found || !sameJson(found, wanted)) return false
  }
  return !!wanted
}

/** As text would be: 0 and -0 are two. */
function sameJson(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || !a || typeof b !== 'object' || !b) return Object.is(a, b)
  const members = Object.entries(a)
  return (
    members.length === Object.keys(b).length &&
    members.every(([key, member]) => sameJson(member, (b as Record<string, unknown>)[key]))
  )
}

/** Array.from goes through an iterator, which takes longer than reading the numbers. */
function listOf(values: Float64Array): number[] {
  const list = new Array<number>(values.length)
  for (let i = 0; i < values.length; i++) list[i] = values[i]
  return list
}

const nameOf = (steps: readonly TagStep[]) =>
  steps.map(({ tag, item }) => `${keywordOf(tag) ?? formatTag(tag)}${item === undefined ? '' : `[${item}]`}`).join('.')

function isEmpty({ node, entry }: Cell): boolean {
  if (node.column) return !node.column.pending && node.column.bytes(entry).length === 0
  const [first, end] = node.items ? itemRange(node.items, entry) : []
  return first === end
}

const isScalarTag = (steps: readonly TagStep[]) => isSingleValued(steps[steps.length - 1].tag) === true

/** VM 1 of PS3.6; a private or unknown element is a scalar when no slice has more than one value. */
function isScalar(steps: readonly TagStep[], cells: readonly (Cell | undefined)[]): boolean {
  const { tag } = steps[steps.length - 1]
  const known = isSingleValued(tag)
  if (known !== undefined) return known
  if (!isPrivate(tag)) return true
  const count = memoized(cell => (cell.node.column ? decodeCell(cell).length : 0))
  return cells.every(cell => cell === undefined || count(cell) <= 1)
}

const decodeCell = ({ node, entry, charset }: Cell) =>
  decodeValue(vrOfNode(node), node.column!.bytes(entry), isBigEndian(node), charset)

function valueOfCell(cell: Cell, scalar: boolean): AnyValue {
  if (cell.node.items) return itemsToJson(cell.node, cell.entry, cell.charset)
  if (!cell.node.column) return null
  const values = decodeCell(cell)
  if (values.length === 0) return null
  // A second value under a VM of 1 breaks PS3.6; to show the first alone would hide that.
  return scalar && values.length === 1 ? values[0] : values
}

function valuesOfCells(steps: readonly TagStep[], cells: readonly (Cell | undefined)[]): (AnyValue | null)[] {
  const scalar = isScalar(steps, cells)
  const decode = memoized(cell => valueOfCell(cell, scalar))
  return cells.map(cell => (cell ? decode(cell) : null))
}

function numbersOfCells(
  steps: readonly TagStep[],
  cells: readonly (Cell | undefined)[],
  noun: 'slice' | 'frame',
): { values: Float64Array; shape: [count: number, width: number] } {
  const decode = memoized(numbersOf)
  const rows = cells.map(cell => (cell ? decode(cell) : []))
  const width = rows.reduce((most, row) => Math.max(most, row.length), 0) || 1
  const odd = rows.findIndex(row => row.length !== 0 && row.length !== width)
  if (odd >= 0)
    throw new DicubeError(
      'ragged',
      `${nameOf(steps)} has ${rows[odd].length} values in ${noun} ${odd} and ${width} in others; use ${noun === 'slice' ? 'getValues' : 'getFrameValues'}`,
    )
  const values = new Float64Array(rows.length * width).fill(Number.NaN)
  rows.forEach((row, i) => {
    values.set(row, i * width)
  })
  return { values, shape: [rows.length, width] }
}

/** The numbers of a value that all slices share, once for each; undefined where it is empty or no number. */
function repeated(node: Node, vr: string): { values: Float64Array; width: number } | undefined {
  const column = node.column!
  if (!column.length) return undefined
  const row = decodeValue(vr, column.bytes(0), isBigEndian(node), charsetOf([]))
  const width = row.length
  if (!width || !row.every(value => typeof value === 'number')) return undefined
  const values = new Float64Array(column.length * width)
  for (let at = 0; at < values.length; at++) values[at] = row[at % width]
  return { values, width }
}

function numbersOf(cell: Cell): number[] {
  const vr = vrOfNode(cell.node)
  if (!NUMERIC.has(vr))
    throw new DicubeError(
      'invalid-value',
      `${formatTag(tagString(cell.node.tag))} has the VR ${vr}, which holds no numbers; use getValues or getStrings`,
    )
  return decodeCell(cell).map(value =>
    typeof value === 'number' ? value : typeof value === 'bigint' ? Number(value) : Number.NaN,
  )
}
const NUMERIC = new Set(['DS', 'IS', 'US', 'SS', 'UL', 'SL', 'FL', 'FD', 'UV', 'SV'])

/** Decodes a constant once, however many slices share it. */
function memoized<T>(decode: (cell: Cell) => T): (cell: Cell) => T {
  const seen = new Map<Node, { charset: Cell['charset']; value: T }>()
  return cell => {
    const constant = cell.node.column?.constant || cell.node.items?.shared
    if (!constant) return decode(cell)
    const known = seen.get(cell.node)
    if (known && known.charset === cell.charset) return known.value
    const value = decode(cell)
    seen.set(cell.node, { charset: cell.charset, value })
    return value
  }
}
