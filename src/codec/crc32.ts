const TABLES = /* @__PURE__ */ makeTables()

/** Slicing-by-8: table k answers for a byte that k more bytes follow. */
function makeTables(): Int32Array {
  const tables = new Int32Array(8 * 256)
  for (let n = 0; n < 256; n++) {
    let value = n
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
    tables[n] = value
  }
  for (let n = 256; n < tables.length; n++) {
    const previous = tables[n - 256]
    tables[n] = (previous >>> 8) ^ tables[previous & 0xff]
  }
  return tables
}

/** CRC-32 of IEEE 802.3, as in zip, gzip and PNG. `seed` is the CRC of the bytes before these. */
export function crc32(bytes: Uint8Array, seed = 0): number {
  const t = TABLES
  let crc = ~seed
  let at = 0
  for (const end = bytes.length - 7; at < end; at += 8) {
    const low = crc ^ (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24))
    crc =
      t[0x700 | (low & 0xff)] ^
      t[0x600 | ((low >>> 8) & 0xff)] ^
      t[0x500 | ((low >>> 16) & 0xff)] ^
      t[0x400 | (low >>> 24)] ^
      t[0x300 | bytes[at + 4]] ^
      t[0x200 | bytes[at + 5]] ^
      t[0x100 | bytes[at + 6]] ^
      t[bytes[at + 7]]
  }
  for (; at < bytes.length; at++) crc = (crc >>> 8) ^ t[(crc ^ bytes[at]) & 0xff]
  return ~crc >>> 0
}
