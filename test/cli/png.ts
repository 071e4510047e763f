import { inflateSync } from 'node:zlib'
import { crc32 } from '../../src/codec/crc32.ts'

/** Reads what encodePng writes: RGB of 8 bits, filters None and Up. Pillow reads the same files in test/interop/display. */
export function decodePng(bytes: Uint8Array): { width: number; height: number; rgb: Uint8Array; chunks: string[] } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const chunks: string[] = []
  let [width, height] = [0, 0]
  let rgb = new Uint8Array(0)
  for (let at = 8; at < bytes.length; at += view.getUint32(at) + 12) {
    const length = view.getUint32(at)
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8))
    if (view.getUint32(at + 8 + length) !== crc32(bytes.subarray(at + 4, at + 8 + length)))
      throw new Error(`CRC of ${type}`)
    chunks.push(type)
    if (type === 'IHDR') [width, height] = [view.getUint32(at + 8), view.getUint32(at + 12)]
    if (type !== 'IDAT') continue
    const rows = inflateSync(bytes.subarray(at + 8, at + 8 + length))
    rgb = new Uint8Array(width * height * 3)
    for (let y = 0; y < height; y++) {
      const filter = rows[y * (width * 3 + 1)]
      if (filter !== 0 && filter !== 2) throw new Error(`filter ${filter}`)
      for (let x = 0; x < width * 3; x++)
        rgb[y * width * 3 + x] = rows[y * (width * 3 + 1) + 1 + x] + (filter ? rgb[(y - 1) * width * 3 + x] : 0)
    }
  }
  return { width, height, rgb, chunks }
}
