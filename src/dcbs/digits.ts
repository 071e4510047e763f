import type { ByteCursor } from '../bytes/cursor.ts'
import type { ByteSink } from '../bytes/sink.ts'

/** Bits for groups of one, two and three decimal digits: 3.33 a digit, where the least possible is 3.32. */
const BITS = [0, 4, 7, 10] as const

const bitsOf = (length: number) => Math.floor(length / 3) * 10 + BITS[length % 3]

/** Bytes that a text of so many digits takes, its share of a shared last byte rounded up. */
export const packedBytes = (length: number) => Math.ceil(bitsOf(length) / 8)

/** Writes texts of digits as groups of three, the first ones first, each as an integer, low bits first (SPEC §6.2). */
export function packDigits(sink: ByteSink, texts: readonly string[]): void {
  let pending = 0
  let filled = 0
  for (const text of texts)
    for (let at = 0; at < text.length; at += 3) {
      const group = text.slice(at, at + 3)
      pending |= Number(group) << filled
      filled += BITS[group.length]
      while (filled >= 8) {
        sink.u8(pending & 255)
        pending >>>= 8
        filled -= 8
      }
    }
  if (filled) sink.u8(pending)
}

/** The mirror of packDigits, for texts of known lengths. */
export function unpackDigits(cursor: ByteCursor, lengths: ArrayLike<number>): string[] {
  let bits = 0
  for (let i = 0; i < lengths.length; i++) bits += bitsOf(lengths[i])
  const bytes = cursor.bytes(Math.ceil(bits / 8))
  // Texts are parts of a whole one: put together group by group, each takes ten times its length.
  const ascii = new Uint8Array(bits / 3)
  let end = 0
  let at = 0
  let pending = 0
  let filled = 0
  for (let i = 0; i < lengths.length; i++) {
    for (let left = lengths[i]; left > 0; left -= 3) {
      const group = Math.min(3, left)
      const width = BITS[group]
      while (filled < width) {
        pending |= bytes[at++] << filled
        filled += 8
      }
      let value = pending & ((1 << width) - 1)
      if (value >= 10 ** group) throw cursor.corrupt(`${value} for ${group} digits`)
      end += group
      for (let k = 1; k <= group; k++, value = Math.floor(value / 10)) ascii[end - k] = 48 + (value % 10)
      pending >>>= width
      filled -= width
    }
  }
  if (pending) throw cursor.corrupt('bits behind the last digit')
  const whole = new TextDecoder().decode(ascii)
  end = 0
  return Array.from(lengths, length => whole.slice(end, (end += length)))
}
