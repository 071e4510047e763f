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
  /** Of the instance. */
  count = 0
  /** Of many instances; that of row i of this one is at base + i. */
  all: Columns
  base = 0

  constructor(rows = 1 << 10) {
    this.all = newColumns(rows)
  }

  /** Forgets what was not finished. */
  begin(): void {
    this.count = 0
  }

  /** Returns the number of the row. */
  push(tag: number, vr: number, offset: number, length: number, flags: number): number {
    const { all, base } = this
    if (base + this.count === all.tags.length) return this.grow(this.count + 1).push(tag, vr, offset, length, flags)
    const i = this.count++
    const at = base + i
    all.tags[at] = tag
    all.vrs[at] = vr
    all.offsets[at] = offset
    all.lengths[at] = length
    all.flags[at] = flags
    all.ends[at] = i + 1
    return i
  }

  /** What was pushed behind a row belongs to it. */
  end(row: number): void {
    this.all.ends[this.base + row] = this.count
  }

  /** Makes room for so many rows of the instance. */
  private grow(rows: number): this {
    const before = this.current()
    this.all = newColumns(Math.max(rows, this.count * 2, Math.min(MOST_ROWS, this.all.tags.length * 2)))
    this.base = this.count = 0
    this.append(before)
    return this
  }

  /** Pushes elements that are there already. */
  append(index: ElementIndex): void {
    if (this.base + this.count + index.count > this.all.tags.length) this.grow(this.count + index.count)
    const { all, count } = this
    const at = this.base + count
    all.tags.set(index.tags, at)
    all.vrs.set(index.vrs, at)
    all.offsets.set(index.offsets, at)
    all.lengths.set(index.lengths, at)
    all.flags.set(index.flags, at)
    for (let i = 0; i < index.count; i++) all.ends[at + i] = count + index.ends[i]
    this.count += index.count
  }

  /** The instance that was pushed, until the next one is begun. */
  current(): ElementIndex {
    const { all, base, count } = this
    const end = base + count
    return {
      count,
      tags: all.tags.subarray(base, end),
      vrs: all.vrs.subarray(base, end),
      offsets: all.offsets.subarray(base, end),
      lengths: all.lengths.subarray(base, end),
      flags: all.flags.subarray(base, end),
      ends: all.ends.subarray(base, end),
    }
  }

  /** The instance that was pushed; the next one begins behind it. */
  finish(): ElementIndex {
    const index = this.current()
    this.base += index.count
    this.count = 0
    return index
  }
}
