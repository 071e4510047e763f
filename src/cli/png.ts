import { deflateSync } from 'node:zlib'
import { concat } from '../bytes/concat.ts'
import { crc32 } from '../codec/crc32.ts'

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)
const RGB_8_BIT = [8, 2, 0, 0, 0]
const UP = 2

/** Red, green and blue bytes, row after row, as a PNG file (RFC 2083). All of PNG that is needed here is zlib, which Node has. */
export function encodePng(rgb: Uint8Array, width: number, height: number): Uint8Array {
  const row = width * 3
  const filtered = new Uint8Array(height * (row + 1))
  for (let y = 0, at = 0; y < height; y++) {
    filtered[at++] = y ? UP : 0
    for (let x = y * row; x < (y + 1) * row; x++) filtered[at++] = rgb[x] - (y ? rgb[x - row] : 0)
  }
  const header = new Uint8Array(13)
  const view = new DataView(header.buffer)
  view.setUint32(0, width)
  view.setUint32(4, height)
  header.set(RGB_8_BIT, 8)
  return concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(filtered, { level: 9 })),
    chunk('IEND', new Uint8Array(0)),
  ])
}

/** Length, type, data, and the CRC-32 of the type and the data. */
function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + 12)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, data.length)
  bytes.set(
    Array.from(type, letter => letter.charCodeAt(0)),
    4,
  )
  bytes.set(data, 8)
  view.setUint32(data.length + 8, crc32(bytes.subarray(4, data.length + 8)))
  return bytes
}
