import { expect, test } from 'vitest'
import { inflateZstd } from '../../src/codec/platform.ts'
import { xxh64Low } from '../../src/codec/xxh64.ts'
import { compressZstd } from '../../src/codec/zstd.ts'

const utf8 = new TextEncoder()

test.each([
  // As Python's xxhash 3 has them.
  ['', 'ef46db3751d8e999'],
  ['a', 'd24ec4f1a98c6e5b'],
  ['abc', '44bc2cf5ad770999'],
  ['Nobody inspects the spammish repetition', 'fbcea83c8a378bf1'],
  ['0123456789'.repeat(10), 'f80e7b96315afffa'],
])('XXH64 of %j is %s', (text, hash) =>
  expect(xxh64Low(utf8.encode(text)).toString(16)).toBe(hash.slice(8).replace(/^0+/, '')),
)

test('a zstd frame says that it ends with the checksum of its content, and does', async () => {
  const bytes = utf8.encode('DICOM '.repeat(50))
  const frame = await compressZstd(bytes, 19)
  expect(frame[4] & 0x04).toBe(0x04)
  expect(new DataView(frame.buffer).getUint32(frame.length - 4, true)).toBe(xxh64Low(bytes))
  expect(inflateZstd(frame, bytes.length)).toEqual(bytes)
})
