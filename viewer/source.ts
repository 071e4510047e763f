import { type ByteSource, sourceFromBlob, sourceFromUrl } from 'dicube'
import type { KnownPart } from './check.ts'

/** A source that reads nothing twice until it is told that the opening is over. */
export interface OpeningSource extends ByteSource {
  /** Known once something was read. */
  readonly sizeBytes: number
  /** What was read so far, until it is told. */
  parts(): Promise<KnownPart[]>
  settle(): void
}

/** Opening a cube and asking what is in it costs the requests of one of them. */
export function remembering(from: Blob | string): OpeningSource {
  const source = typeof from === 'string' ? sourceFromUrl(from) : sourceFromBlob(from)
  const reads = new Map<string, Promise<Uint8Array>>()
  let head: ReturnType<ByteSource['head']> | undefined
  let headLength = 0
  let isOpening = true
  let fileBytes = 0
  return {
    ...source,
    get sizeBytes() {
      return fileBytes
    },
    async head(length, signal) {
      if (!isOpening) return source.head(length, signal)
      if (!head || length > headLength) {
        head = source.head(length, signal)
        headLength = length
      }
      const { bytes, sizeBytes } = await head
      fileBytes = sizeBytes
      return { bytes: bytes.subarray(0, length), sizeBytes }
    },
    async read(offset, length, signal) {
      if (!isOpening) return source.read(offset, length, signal)
      const first = await head
      if (first && offset + length <= first.bytes.length) return first.bytes.slice(offset, offset + length)
      const key = `${offset} ${length}`
      let reading = reads.get(key)
      if (!reading) reads.set(key, (reading = source.read(offset, length, signal)))
      return (await reading).slice()
    },
    async parts() {
      const first = await head
      const rest = [...reads].map(async ([key, bytes]) => ({ offset: Number.parseInt(key, 10), bytes: await bytes }))
      return [...(first ? [{ offset: 0, bytes: first.bytes }] : []), ...(await Promise.all(rest))]
    },
    settle() {
      isOpening = false
      reads.clear()
      head = undefined
    },
  }
}
