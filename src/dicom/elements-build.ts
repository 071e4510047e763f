import type { ElementIndex } from './elements.ts'

type Columns = { -readonly [K in Exclude<keyof ElementIndex, 'count'>]: ElementIndex[K] }

const newColumns = (rows: number): Columns => ({
  tags: new Uint32Array(rows),
  vrs: new Uint16Array(rows),
  offsets: new Uint32Array(rows),
  lengths: new Uint32Array(rows),
  flags: new Uint8Array(rows),
  ends: new Uint32Array(rows),
})

const MOST_ROWS = 1 << 16

/**
 * Grows while an instance is parsed; one is reused for all instances. What it has finished stays where it was written,
 * one instance behind the other in arrays that many share: to allocate six small ones a file takes longer than to fill them.
 */
export class ElementIndexBuilder {
  count = 0
  // Of the rows from where the instance begins.
  tags!: Uint32Array
  vrs!: Uint16Array
  offsets!: Uint32Array
  lengths!: Uint32Array
  flags!: Uint8Array
  ends!: Uint32Array
  private all!: Columns
  private used = 0
  /** Where in `all` the arrays above begin. */
  private from = -1

  constructor(rows = 1 << 10) {
    this.allocate(rows)
    this.begin()
  }

  private allocate(rows: number): void {
    this.all = newColumns(rows)
    this.used = 0
    this.from = -1
  }

  /** Forgets what was not finished. */
  begin(): void {
    this.count = 0
    if (this.from === this.used) return
    this.from = this.used
    this.tags = this.all.tags.subarray(this.used)
    this.vrs = this.all.vrs.subarray(this.used)
    this.offsets = this.all.offsets.subarray(this.used)
    this.lengths = this.all.lengths.subarray(this.used)
    this.flags = this.all.flags.subarray(this.used)
    this.ends = this.all.ends.subarray(this.used)
  }

  push(tag: number, vr: number, offset: number, length: number, flags: number): number {
    if (this.count === this.tags.length) this.grow(this.count + 1)
    const i = this.count++
    this.tags[i] = tag
    this.vrs[i] = vr
    this.offsets[i] = offset
    this.lengths[i] = length
    this.flags[i] = flags
    this.ends[i] = i + 1
    return i
  }

  /** Makes room for so many rows of the instance. */
  private grow(rows: number): void {
    const { count } = this
    const before = this.finish()
    this.allocate(Math.max(rows, count * 2, Math.min(MOST_ROWS, this.all.tags.length * 2)))
    this.begin()
    this.append(before)
  }

  /** Pushes elements that are there already. */
  append(index: ElementIndex): void {
    if (this.count + index.count > this.tags.length) this.grow(this.count + index.count)
    const { count, ends } = this
    this.tags.set(index.tags, this.count)
    this.vrs.set(index.vrs, this.count)
    this.offsets.set(index.offsets, this.count)
    this.lengths.set(index.lengths, this.count)
    this.flags.set(index.flags, this.count)
    for (let i = 0; i < index.count; i++) ends[count + i] = count + index.ends[i]
    this.count += index.count
  }

  /** The instance that was pushed, until the next one is begun. */
  current(): ElementIndex {
    const n = this.count
    return {
      count: n,
      tags: this.tags.subarray(0, n),
      vrs: this.vrs.subarray(0, n),
      offsets: this.offsets.subarray(0, n),
      lengths: this.lengths.subarray(0, n),
      flags: this.flags.subarray(0, n),
      ends: this.ends.subarray(0, n),
    }
  }

  /** The instance that was pushed; the next one begins behind it. */
  finish(): ElementIndex {
    const index = this.current()
    this.used += index.count
    return index
  }
}
