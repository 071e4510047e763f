import type { ByteSource } from '../bytes/source.ts'
import type { Node, Table } from '../cube/table.ts'
import type { DecodedMetadata } from './read-table.ts'

/** Neighbours are fetched together up to here. */
const BLOB_READ_BYTES = 1 << 24

/**
 * Fetches the chunks that are kept behind the frames, of some tags or all; neighbours with one read. That section blobs
 * has as many bytes as all its chunks was checked when the file was opened.
 */
export async function loadBlobs(
  source: ByteSource,
  blobsOffset: number,
  { chunks, provideChunk }: DecodedMetadata,
  table: Table,
  tags: readonly number[] | undefined,
  signal?: AbortSignal,
): Promise<void> {
  const wanted = new Set<number>()
  const visit = ({ column, items }: Node): void => {
    const { pending } = column ?? {}
    if (pending) wanted.add(chunks.findIndex(chunk => chunk.blob && chunk.offset === pending.offset))
    if (items) for (const layout of items.table.layouts) layout.nodes.forEach(visit)
  }
  for (const { nodes } of table.layouts) for (const node of nodes) if (!tags || tags.includes(node.tag)) visit(node)
  const ids = [...wanted].sort((a, b) => a - b)
  const vocabulary = ids.some(id => chunks[id].needsVocabulary)
    ? (await import('./vocabulary.generated.ts')).VOCABULARY
    : undefined
  for (let i = 0; i < ids.length; ) {
    let j = i + 1
    const { offset } = chunks[ids[i]]
    const endOf = (k: number) => chunks[ids[k]].offset + chunks[ids[k]].length
    while (j < ids.length && endOf(j - 1) === chunks[ids[j]].offset && endOf(j) - offset <= BLOB_READ_BYTES) j++
    const last = chunks[ids[j - 1]]
    const bytes = await source.read(blobsOffset + offset, last.offset + last.length - offset, signal)
    for (; i < j; i++) {
      const { offset: start, length, needsVocabulary } = chunks[ids[i]]
      const compressed = bytes.subarray(start - offset, start - offset + length)
      provideChunk(ids[i], compressed, needsVocabulary ? vocabulary : undefined)
    }
  }
}
