import { crc32 as zlibCrc32 } from 'node:zlib'
import { expect, test } from 'vitest'
import { crc32 } from '../../src/codec/crc32.ts'

const ascii = (text: string) => Uint8Array.from(text, character => character.charCodeAt(0))

test.each<[string, number]>([
  ['', 0],
  ['a', 0xe8b7be43],
  ['123456789', 0xcbf43926], // the check value of the CRC catalogue
  ['The quick brown fox jumps over the lazy dog', 0x414fa339],
])('the CRC-32 of %j', (text, crc) => expect(crc32(ascii(text))).toBe(crc))

test('bytes of every value in every place of a step of eight, and every length up to three steps', () => {
  for (let length = 0; length <= 24; length++) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 37 + length * 101) & 255)
    expect(crc32(bytes)).toBe(zlibCrc32(bytes))
  }
  for (let place = 0; place < 8; place++)
    for (let value = 0; value < 256; value++) {
      const bytes = new Uint8Array(9)
      bytes[place] = value
      expect(crc32(bytes)).toBe(zlibCrc32(bytes))
    }
})

test('a checksum goes on where another ended', () => {
  const bytes = Uint8Array.from({ length: 50 }, (_, i) => i * i)
  for (let cut = 0; cut <= 50; cut++)
    expect(crc32(bytes.subarray(cut), crc32(bytes.subarray(0, cut)))).toBe(zlibCrc32(bytes))
})
