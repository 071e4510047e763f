import { DicubeError } from '../errors.ts'

const utf8 = new TextEncoder()
const fromUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Bytes that grow. Lengths are written before what they measure is known, so places can be filled in later. */
export class ByteSink {
  private buffer = new Uint8Array(1 << 12)
  private view = new DataView(this.buffer.buffer)
  private readonly most: number
  length = 0

  /** `most`: a limit, beyond which writing throws `limit`. */
  constructor(most = Number.POSITIVE_INFINITY) {
    this.most = most
  }

  private room(bytes: number): number {
    const at = this.length
    this.length += bytes
    if (this.length > this.buffer.length) {
      if (this.length > this.most)
        throw new DicubeError('limit', `more than ${this.most} bytes of a header: it says too much for its cube`)
      const larger = new Uint8Array(Math.max(this.length, this.buffer.length * 2))
      larger.set(this.buffer)
      this.buffer = larger
      this.view = new DataView(larger.buffer)
    }
    return at
  }

  u8(value: number): void {
    const at = this.room(1)
    this.buffer[at] = value
  }
  u16(value: number, bigEndian = false): void {
    const at = this.room(2)
    this.view.setUint16(at, value, !bigEndian)
  }
  u32(value: number, bigEndian = false): void {
    const at = this.room(4)
    this.view.setUint32(at, value, !bigEndian)
  }
  bytes(value: Uint8Array): void {
    const at = this.room(value.length)
    this.buffer.set(value, at)
  }
  /** Number of bytes, UTF-8. */
  text(value: string): void {
    const bytes = utf8.encode(value)
    this.varint(bytes.length)
    this.bytes(bytes)
  }
  /** Unsigned LEB128: seven bits a byte, low bits first; integers up to 2^53 - 1. */
  varint(value: number): void {
    while (value > 127) {
      this.u8((value % 128) | 128)
      value = Math.floor(value / 128)
    }
    this.u8(value)
  }
  /** Varint of 0, -1, 1, -2, …: small numbers of either sign stay small. */
  zigzag(value: number): void {
    this.varint(value < 0 ? -2 * value - 1 : 2 * value)
  }
  f64(value: number): void {
    const at = this.room(8)
    this.view.setFloat64(at, value, true)
  }
  u64(value: number): void {
    this.u32(value % 2 ** 32)
    this.u32(Math.floor(value / 2 ** 32))
  }
  setU32(at: number, value: number, bigEndian = false): void {
    this.view.setUint32(at, value, !bigEndian)
  }
  /** What was written so far, as a copy. */
  finish(): Uint8Array {
    return this.buffer.slice(0, this.length)
  }
}

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
    for (let at = 0; at < length; at += 1 << 14) text += String.fromCharCode(...bytes.subarray(at, at + (1 << 14)))
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
