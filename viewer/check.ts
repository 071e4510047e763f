import {
  type ByteSource,
  type CubeInfo,
  check,
  DicubeError,
  load,
  loadInfo,
  type SeriesCheck,
  sourceFromBlob,
} from 'dicube'
import { trustOwnScripts } from './trusted.ts'

/** A cube to look at: a file, or of one behind an address the bytes that opening it has read, by where they begin. */
export type CheckRequest = { name: string } & ({ blob: Blob } | { sizeBytes: number; parts: KnownPart[] })

export interface KnownPart {
  offset: number
  bytes: Uint8Array
}

/** Without `info` where that wants more bytes than opening did: of a cube whose metadata was changed. */
export type CheckReply = { kind: 'checked'; check: SeriesCheck; info?: CubeInfo } | { kind: 'failed'; message: string }

// Of thousands of slices the check takes seconds: here, so that the page goes on answering.
trustOwnScripts()
const scope = self as unknown as DedicatedWorkerGlobalScope
const reply = (message: CheckReply) => scope.postMessage(message)

scope.onmessage = async ({ data }: MessageEvent<CheckRequest>) => {
  try {
    const source = 'blob' in data ? sourceFromBlob(data.blob, data.name) : sourceOfParts(data)
    const image = await load(source)
    reply({ kind: 'checked', check: check(image), info: await loadInfo(source).catch(() => undefined) })
  } catch (error) {
    reply({ kind: 'failed', message: error instanceof Error ? error.message : String(error) })
  }
}

/** Nothing is asked of a server twice: what opening has not read is an error. */
function sourceOfParts({
  name,
  sizeBytes,
  parts,
}: {
  name: string
  sizeBytes: number
  parts: KnownPart[]
}): ByteSource {
  const known = (offset: number, length: number) => {
    const part = parts.find(part => part.offset <= offset && offset + length <= part.offset + part.bytes.length)
    if (!part) throw new DicubeError('io', `${name}: ${length} bytes at ${offset} were not read when it was opened`)
    return part.bytes.slice(offset - part.offset, offset - part.offset + length)
  }
  return {
    name,
    head: async length => ({ bytes: known(0, Math.min(length, sizeBytes)), sizeBytes }),
    read: async (offset, length) => known(offset, length),
  }
}
