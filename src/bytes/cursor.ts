import { DicubeError } from '../errors.ts'

const fromUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** What may be made of few bytes that say many things, such as lists that go on by themselves. */
export class Budget {
  private left: number
  private readonly total: number

  constructor(total: number) {
    this.left = total
    this.total = total
  }

  /** @throws DicubeError `limit` */
  spend(entries: number, what: string): void {
    this.check(this.total - this.left + entries, what)
    this.left -= entries
  }

  /** For what is given back at once. @throws DicubeError `limit` */
  check(entries: number, what: string): void {
    if (!(entries <= this.total))
      throw new DicubeError(
        'limit',
        `${what}: more than ${this.total} entries in lists, which is too many for its bytes`,
      )
  }
}

/** Reads what ByteSink writes. Everything that does not fit is `corrupt`. */
export class ByteCursor {
  private readonly view: DataView
  readonly buffer: Uint8Array
  readonly what: string
  pos: number
  readonly end: number
  /** What is left to allocate for; absent: what is read was written here. */
  readonly budget?: Budget

  constructor(buffer: Uint8Array, what: string, pos = 0, end = buffer.length, budget?: Budget) {
    if (pos < 0 || end > buffer.length || pos > end)
      throw new DicubeError('corrupt', `${what}: bytes ${pos} to ${end} of ${buffer.length}`)
    this.buffer = buffer
    this.view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength)
    this.what = what
    this.pos = pos
    this.end = end
    this.budget = budget
  }

  /** Before so many entries are allocated that may have no bytes of their own. @throws DicubeError `limit` */
  spend(entries: number): void {
    this.budget?.spend(entries, this.what)
  }

  corrupt(found: string): DicubeError {
    return new DicubeError('corrupt', `${this.what}: found ${found} before byte ${this.pos}`)
  }

  private take(bytes: number): number {
    const at = this.pos
    if (bytes > this.end - at)
      throw new DicubeError('corrupt', `${this.what}: wanted ${bytes} bytes at ${at}, it ends at ${this.end}`)
    this.pos = at + bytes
    return at
  }

  u8(): number {
    return this.buffer[this.take(1)]
  }
  /** The next byte, which stays the next one. */
  peek(): number | undefined {
    return this.pos < this.end ? this.buffer[this.pos] : undefined
  }
  u16(bigEndian = false): number {
    return this.view.getUint16(this.take(2), !bigEndian)
  }
  u32(): number {
    return this.view.getUint32(this.take(4), true)
  }
  u64(): number {
    const at = this.take(8)
    const value = this.view.getUint32(at, true) + this.view.getUint32(at + 4, true) * 2 ** 32
    if (!Number.isSafeInteger(value)) throw new DicubeError('corrupt', `${this.what}: a number beyond 2^53 at ${at}`)
    return value
  }
  f64(): number {
    return this.view.getFloat64(this.take(8), true)
  }
  varint(): number {
    // Most have one byte, and a program that opens one cube runs this unoptimized.
    if (this.peek()! < 128) return this.buffer[this.pos++]
    let value = 0
    let scale = 1
    for (;;) {
      const byte = this.u8()
      value += (byte & 127) * scale
      if (byte < 128) break
      scale *= 128
      if (scale > 2 ** 53)
        throw new DicubeError('corrupt', `${this.what}: a varint of more than 8 bytes at ${this.pos}`)
    }
    if (!Number.isSafeInteger(value))
      throw new DicubeError('corrupt', `${this.what}: a number beyond 2^53 at ${this.pos}`)
    return value
  }
  zigzag(): number {
    const value = this.varint()
    return value % 2 ? -(value + 1) / 2 : value / 2
  }
  /** A count of things of which each takes at least `unitBytes` of what is left, so that no count makes us allocate more than there is. */
  count(unitBytes = 0, limit = 0x7fffffff): number {
    const value = this.varint()
    const most = unitBytes ? Math.min(limit, (this.end - this.pos) / unitBytes) : limit
    if (value > most)
      throw new DicubeError(
        'corrupt',
        `${this.what}: a count of ${value} at ${this.pos}, at most ${Math.floor(most)} fit`,
      )
    return value
  }
  bytes(length: number): Uint8Array {
    const at = this.take(length)
    return this.buffer.subarray(at, at + length)
  }
  skip(length: number): void {
    this.take(length)
  }
  /** ASCII text of any length. */
  ascii(length: number): string {
    const bytes = this.bytes(length)
    let text = ''
    for (let at = 0; at < length; at += 1024) text += String.fromCharCode(...bytes.subarray(at, at + 1024))
    return text
  }
  /** The mirror of ByteSink.text. */
  text(): string {
    return this.utf8(this.count(1))
  }
  utf8(length: number): string {
    const bytes = this.bytes(length)
    try {
      return fromUtf8.decode(bytes)
    } catch {
      throw this.corrupt('text that is not UTF-8')
    }
  }
  /** Everything was read: bytes that nobody reads are damage, or something that this reader does not know. */
  done(): void {
    if (this.pos !== this.end) throw this.corrupt(`${this.end - this.pos} bytes left over`)
  }
}
