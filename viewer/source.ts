import { type ByteSource, sourceFromBlob, sourceFromUrl } from 'dicube'

/** A source that reads nothing twice until it is told that the opening is over. */
export interface OpeningSource extends ByteSource {
  /** Known once something was read. */
  readonly sizeBytes: number
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
    settle() {
      isOpening = false
      reads.clear()
      head = undefined
    },
  }
}
