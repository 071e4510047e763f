/** Bytes put aside until it is known what comes before them. */
export interface Spool {
  append(bytes: Uint8Array): Promise<void>
  read(offset: number, length: number): Promise<Uint8Array>
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
