import { DicubeError } from '../errors.ts'

const utf8 = new TextEncoder()

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
  /** What was written so far, until more is written. */
  written(): Uint8Array<ArrayBuffer> {
    return this.buffer.subarray(0, this.length)
  }
  /** What was written so far, as a copy. */
  finish(): Uint8Array {
    return this.buffer.slice(0, this.length)
  }
}
