/** Compares four bytes at a time where both begin on a boundary of four, as the frames of a codec do. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  if (compare && a.length >= LONG) return compare(a, b) === 0
  let at = 0
  if (a.length >= LONG && (a.byteOffset | b.byteOffset) % 4 === 0) {
    if (a.buffer === b.buffer && a.byteOffset === b.byteOffset) return true
    const [x, y] = [a, b].map(({ buffer, byteOffset, length }) => new Int32Array(buffer, byteOffset, length >> 2))
    for (let word = 0; word < x.length; word++) if (x[word] !== y[word]) return false
    at = x.byteLength
  }
  for (; at < a.length; at++) if (a[at] !== b[at]) return false
  return true
}

/** Below it, a call or two views cost more than they spare. */
const LONG = 256

/** Node has one that takes a tenth of the time on a frame. */
const compare = (globalThis as { Buffer?: { compare(a: Uint8Array, b: Uint8Array): number } }).Buffer?.compare
