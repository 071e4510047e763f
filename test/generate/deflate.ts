/**
 * Raw deflate (RFC 1951) that gives the same bytes on every platform: zlib's differ from build to build. One block with
 * the fixed codes and the simplest search, so that inflating and deflating again with zlib gives another stream.
 */
export function deflateFixed(bytes: Uint8Array): Uint8Array {
  const out: number[] = []
  let pending = 0
  let pendingBits = 0
  const putBits = (value: number, count: number) => {
    pending |= value << pendingBits
    pendingBits += count
    for (; pendingBits >= 8; pendingBits -= 8, pending >>>= 8) out.push(pending & 255)
  }
  // Huffman codes stand with their highest bit first (§3.1.1), everything else with its lowest.
  const putCode = (code: number, count: number) => {
    for (let bit = count - 1; bit >= 0; bit--) putBits((code >> bit) & 1, 1)
  }
  const putSymbol = (symbol: number) => {
    if (symbol < 144) putCode(0x30 + symbol, 8)
    else if (symbol < 256) putCode(0x190 + symbol - 144, 9)
    else if (symbol < 280) putCode(symbol - 256, 7)
    else putCode(0xc0 + symbol - 280, 8)
  }
  putBits(0b011, 3)
  const lastSeen = new Map<number, number>()
  for (let at = 0; at < bytes.length; ) {
    const key = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16)
    const before = at + 2 < bytes.length ? lastSeen.get(key) : undefined
    lastSeen.set(key, at)
    const length = before !== undefined && at - before <= 32768 ? matchLength(bytes, before, at) : 0
    if (before !== undefined && length >= 3) {
      const [lengthCode, lengthBase] = codeOf(LENGTH_BASES, length)
      putSymbol(257 + lengthCode)
      putBits(length - lengthBase, lengthCode === 28 ? 0 : Math.max(0, (lengthCode >> 2) - 1))
      const [distanceCode, distanceBase] = codeOf(DISTANCE_BASES, at - before)
      putCode(distanceCode, 5)
      putBits(at - before - distanceBase, Math.max(0, (distanceCode >> 1) - 1))
      at += length
    } else putSymbol(bytes[at++])
  }
  putSymbol(256)
  if (pendingBits > 0) out.push(pending & 255)
  return evened(out)
}

/** Raw deflate without compression, as lazy writers make it. */
export function deflateStored(bytes: Uint8Array): Uint8Array {
  const out: number[] = []
  for (let at = 0; at < bytes.length; at += 1000) {
    const block = bytes.subarray(at, at + 1000)
    const size = block.length
    out.push(at + 1000 >= bytes.length ? 1 : 0, size & 255, size >> 8, ~size & 255, (~size >> 8) & 255, ...block)
  }
  return evened(out)
}

/** PS3.5 §A.5: a stream of odd length is followed by one byte of zero. */
const evened = (bytes: number[]) => Uint8Array.from(bytes.length % 2 ? [...bytes, 0] : bytes)

function matchLength(bytes: Uint8Array, before: number, at: number): number {
  let length = 0
  while (length < 258 && at + length < bytes.length && bytes[before + length] === bytes[at + length]) length++
  return length
}

// RFC 1951 §3.2.5: the first length and distance of each code.
const LENGTH_BASES = basesOf(28, 3, code => Math.max(0, (code >> 2) - 1)).concat(258)
const DISTANCE_BASES = basesOf(30, 1, code => Math.max(0, (code >> 1) - 1))

function basesOf(count: number, first: number, extraBits: (code: number) => number): number[] {
  const bases = [first]
  for (let code = 0; code < count - 1; code++) bases.push(bases[code] + (1 << extraBits(code)))
  return bases
}

function codeOf(bases: readonly number[], value: number): [code: number, base: number] {
  let code = bases.length - 1
  while (bases[code] > value) code--
  return [code, bases[code]]
}
