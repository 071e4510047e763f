/** XXH64 with seed 0, which ends zstd frames (RFC 8878 §3.1.1). */

const P1 = 0x9e3779b185ebca87n
const P2 = 0xc2b2ae3d27d4eb4fn
const P3 = 0x165667b19e3779f9n
const P4 = 0x85ebca77c2b2ae63n
const P5 = 0x27d4eb2f165667c5n

const u64 = (value: bigint) => BigInt.asUintN(64, value)
const rotate = (value: bigint, bits: bigint) => u64((value << bits) | (value >> (64n - bits)))
const round = (lane: bigint, word: bigint) => u64(rotate(u64(lane + word * P2), 31n) * P1)

const BLOCK_BYTES = 32

/** The low 32 bits of the hash. */
export function xxh64Low(bytes: Uint8Array): number {
  const hasher = xxh64()
  hasher.update(bytes)
  return hasher.low()
}

/** The same of bytes that come one part after the other. */
export function xxh64(): { update(bytes: Uint8Array): void; low(): number } {
  /** Four lanes in halves of 32 bits: BigInt takes a microsecond for each word. */
  const halves = Uint32Array.from(
    [u64(P1 + P2), P2, 0n, u64(-P1)].flatMap(lane => [Number(lane & 0xffffffffn), Number(lane >> 32n)]),
  )
  const rest = new Uint8Array(BLOCK_BYTES)
  let length = 0
  const update = (bytes: Uint8Array) => {
    const filled = length % BLOCK_BYTES
    const first = filled ? Math.min(BLOCK_BYTES - filled, bytes.length) : 0
    rest.set(bytes.subarray(0, first), filled)
    if (filled && filled + first === BLOCK_BYTES) mixBlocks(halves, rest)
    const end = bytes.length - ((bytes.length - first) % BLOCK_BYTES)
    mixBlocks(halves, bytes.subarray(first, end))
    rest.set(bytes.subarray(end))
    length += bytes.length
  }
  return { update, low: () => finish(halves, rest.subarray(0, length % BLOCK_BYTES), length) }
}

function finish(halves: Uint32Array, rest: Uint8Array, length: number): number {
  const view = new DataView(rest.buffer, rest.byteOffset, rest.byteLength)
  let hash = P5
  if (length >= BLOCK_BYTES) {
    const lanes = Array.from(
      { length: 4 },
      (_, lane) => (BigInt(halves[2 * lane + 1]) << 32n) | BigInt(halves[2 * lane]),
    )
    hash = u64(rotate(lanes[0], 1n) + rotate(lanes[1], 7n) + rotate(lanes[2], 12n) + rotate(lanes[3], 18n))
    for (const lane of lanes) hash = u64((hash ^ round(0n, lane)) * P1 + P4)
  }
  hash = u64(hash + BigInt(length))
  let at = 0
  for (; at + 8 <= rest.length; at += 8)
    hash = u64(rotate(hash ^ round(0n, view.getBigUint64(at, true)), 27n) * P1 + P4)
  for (; at + 4 <= rest.length; at += 4)
    hash = u64(rotate(hash ^ u64(BigInt(view.getUint32(at, true)) * P1), 23n) * P2 + P3)
  for (; at < rest.length; at++) hash = u64(rotate(hash ^ u64(BigInt(rest[at]) * P5), 11n) * P1)
  hash = u64((hash ^ (hash >> 33n)) * P2)
  hash = u64((hash ^ (hash >> 29n)) * P3)
  return Number(BigInt.asUintN(32, hash ^ (hash >> 32n)))
}

/** Takes whole blocks. */
function mixBlocks(halves: Uint32Array, bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 0; at < bytes.length; at += 8) {
    const lane = (at >> 2) & 6
    // lane + word * P2
    let low = view.getUint32(at, true)
    let high = (Math.imul(view.getUint32(at + 4, true), 0x27d4eb4f) + Math.imul(low, 0xc2b2ae3d)) >>> 0
    high = (high + highProduct(low, 0x27d4eb4f)) >>> 0
    low = (Math.imul(low, 0x27d4eb4f) >>> 0) + halves[lane]
    high = (high + halves[lane + 1] + (low > 0xffffffff ? 1 : 0)) >>> 0
    low >>>= 0
    // turned by 31 to the left, times P1
    const turned = (low >>> 1) | (high << 31)
    const turnedLow = ((high >>> 1) | (low << 31)) >>> 0
    halves[lane] = Math.imul(turnedLow, 0x85ebca87)
    halves[lane + 1] =
      highProduct(turnedLow, 0x85ebca87) + Math.imul(turnedLow, 0x9e3779b1) + Math.imul(turned, 0x85ebca87)
  }
}

/** The high 32 bits of a product of two numbers of 32 bits. */
function highProduct(a: number, b: number): number {
  const [a0, a1, b0, b1] = [a & 0xffff, a >>> 16, b & 0xffff, b >>> 16]
  const middle = a1 * b0 + (((a0 * b0) / 0x10000) >>> 0)
  const other = a0 * b1 + (middle % 0x10000)
  return a1 * b1 + Math.floor(middle / 0x10000) + Math.floor(other / 0x10000)
}
