import { expect, test } from 'vitest'
import { sourceFromBlob } from '../../src/bytes/source.ts'
import { blobSpool, blobWriter, memorySpool } from '../../src/bytes/spool.ts'

test('a File that has changed on the disk since it was chosen is an error with its name', async () => {
  const gone = new Blob(['x'])
  gone.slice = () => {
    const part = new Blob()
    part.arrayBuffer = () => Promise.reject(new DOMException('The file could not be read', 'NotReadableError'))
    return part
  }
  const failing = { code: 'io', message: 'a.dcm: The file could not be read' }
  await expect(sourceFromBlob(gone, 'a.dcm').head(8)).rejects.toMatchObject(failing)
  await expect(sourceFromBlob(gone, 'a.dcm').read(0, 1)).rejects.toMatchObject(failing)
})

test('what is written to a Blob stands in it, whatever becomes of the bytes that were handed in', async () => {
  const writer = blobWriter()
  const parts = [3 << 20, 7 << 20, 1, 0, 5].map((length, i) => new Uint8Array(length).fill(i + 1))
  for (const part of parts) {
    await writer.write(part)
    part.fill(0)
  }
  const bytes = new Uint8Array(await writer.blob.arrayBuffer())
  expect(bytes.length).toBe((10 << 20) + 6)
  expect([bytes[0], bytes[(3 << 20) - 1], bytes[3 << 20], bytes[10 << 20], bytes.at(-1)]).toEqual([1, 1, 2, 3, 5])
})

test('a spool of Blobs reads what one in memory does, between appends too', async () => {
  const [blobs, memory] = [blobSpool(), memorySpool()]
  for (let i = 0; i < 40; i++) {
    const bytes = Uint8Array.from({ length: 1000 + i * 37 }, (_, k) => (k * i) & 255)
    await blobs.append(bytes)
    await memory.append(bytes)
    const [offset, length] = [Math.floor(memory.sizeBytes / 3), Math.floor(memory.sizeBytes / 2)]
    expect(await blobs.read(offset, length)).toEqual(await memory.read(offset, length))
  }
  expect(blobs.sizeBytes).toBe(memory.sizeBytes)
})
