/** Bytes put aside until it is known what comes before them. */
export interface Spool {
  append(bytes: Uint8Array): Promise<void>
  /** `into`: memory that may be used for them. */
  read(offset: number, length: number, into?: Uint8Array): Promise<Uint8Array>
  readonly sizeBytes: number
  close(): Promise<void>
}

/** Takes bytes one after the other. */
export interface ByteWriter {
  write(bytes: Uint8Array): Promise<void>
}

export function memorySpool(): Spool {
  const parts: { offset: number; bytes: Uint8Array }[] = []
  let sizeBytes = 0
  return {
    append: async bytes => {
      parts.push({ offset: sizeBytes, bytes })
      sizeBytes += bytes.length
    },
    read: async (offset, length) => {
      const out = new Uint8Array(length)
      for (const part of parts) {
        const from = Math.max(offset, part.offset)
        const to = Math.min(offset + length, part.offset + part.bytes.length)
        if (from < to) out.set(part.bytes.subarray(from - part.offset, to - part.offset), from - offset)
      }
      return out
    },
    get sizeBytes() {
      return sizeBytes
    },
    close: async () => {
      parts.length = 0
    },
  }
}

/** Bytes that are handed over to Blobs once there are this many of them. */
const BLOB_BYTES = 8 << 20

/** Collects bytes in a Blob, which a browser keeps outside the memory of the page and may put on disk. */
export function blobWriter(): ByteWriter & { readonly blob: Blob } {
  let done = new Blob([])
  let parts: Uint8Array<ArrayBuffer>[] = []
  let pendingBytes = 0
  const flush = () => {
    if (pendingBytes) done = new Blob([done, ...parts])
    parts = []
    pendingBytes = 0
  }
  return {
    write: async bytes => {
      // The parts may be views of what their writer goes on using.
      parts.push(bytes.slice())
      pendingBytes += bytes.length
      if (pendingBytes >= BLOB_BYTES) flush()
    },
    get blob() {
      flush()
      return done
    },
  }
}

export function blobSpool(): Spool {
  const writer = blobWriter()
  let sizeBytes = 0
  let blob: Blob | undefined
  return {
    append: async bytes => {
      blob = undefined
      await writer.write(bytes)
      sizeBytes += bytes.length
    },
    read: async (offset, length) => {
      blob ??= writer.blob
      return new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer())
    },
    get sizeBytes() {
      return sizeBytes
    },
    close: async () => {
      blob = undefined
    },
  }
}
