/** XXH64 with seed 0, which ends zstd frames (RFC 8878 §3.1.1). */

const P1 = 0x9e3779b185ebca87n
const P2 = 0xc2b2ae3d27d4eb4fn
const P3 = 0x165667b19e3779f9n
const P4 = 0x85ebca77c2b2ae63n
const P5 = 0x27d4eb2f165667c5n

const u64 = (value: bigint) => BigInt.asUintN(64, value)
const rotate = (value: bigint, bits: bigint) => u64((value << bits) | (value >> (64n - bits)))
const round = (lane: bigint, word: bigint) => u64(rotate(u64(lane + word * P2), 31n) * P1)

/** The low 32 bits of the hash. */
export function xxh64Low(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const { length } = bytes
  const end = length - (length % 32)
  let hash = P5
  if (end) {
    const lanes = mixBlocks(view, end)
    hash = u64(rotate(lanes[0], 1n) + rotate(lanes[1], 7n) + rotate(lanes[2], 12n) + rotate(lanes[3], 18n))
    for (const lane of lanes) hash = u64((hash ^ round(0n, lane)) * P1 + P4)
  }
  hash = u64(hash + BigInt(length))
  let at = end
  for (; at + 8 <= length; at += 8) hash = u64(rotate(hash ^ round(0n, view.getBigUint64(at, true)), 27n) * P1 + P4)
  for (; at + 4 <= length; at += 4) hash = u64(rotate(hash ^ u64(BigInt(view.getUint32(at, true)) * P1), 23n) * P2 + P3)
  for (; at < length; at++) hash = u64(rotate(hash ^ u64(BigInt(bytes[at]) * P5), 11n) * P1)
  hash = u64((hash ^ (hash >> 33n)) * P2)
  hash = u64((hash ^ (hash >> 29n)) * P3)
  return Number(BigInt.asUintN(32, hash ^ (hash >> 32n)))
}

/** Four lanes over blocks of 32 bytes, in halves of 32 bits: BigInt takes a microsecond for each word. */
function mixBlocks(view: DataView, end: number): bigint[] {
  const lanes = new BigUint64Array([u64(P1 + P2), P2, 0n, u64(-P1)])
  const halves = new Uint32Array(8)
  for (let lane = 0; lane < 4; lane++) {
    halves[2 * lane] = Number(lanes[lane] & 0xffffffffn)
    halves[2 * lane + 1] = Number(lanes[lane] >> 32n)
  }
  for (let at = 0; at < end; at += 8) {
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
  return Array.from(lanes, (_, lane) => (BigInt(halves[2 * lane + 1]) << 32n) | BigInt(halves[2 * lane]))
}

/** The high 32 bits of a product of two numbers of 32 bits. */
function highProduct(a: number, b: number): number {
  const [a0, a1, b0, b1] = [a & 0xffff, a >>> 16, b & 0xffff, b >>> 16]
  const middle = a1 * b0 + (((a0 * b0) / 0x10000) >>> 0)
  const other = a0 * b1 + (middle % 0x10000)
  return a1 * b1 + Math.floor(middle / 0x10000) + Math.floor(other / 0x10000)
}
