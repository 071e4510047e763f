import { checkAborted } from '../bytes/source.ts'
import { DicomMeta } from '../cube/meta.ts'
import { DicubeError } from '../errors.ts'
import { type SectionName, storedBytesOf } from './layout.ts'
import { type CubeFile, frontSection, once, rowOf } from './read.ts'
import { bodyBytesOf, type DecodedMetadata, decodeMetadata } from './read-table.ts'

const DIGEST_BYTES = 32

export type ReadPixelRanges = typeof import('./frame-lists.ts').readPixelRanges

/** The table of an open cube; `digests` has 32 bytes for each of its rows. */
export function decodedOf(cube: CubeFile, readRanges?: () => ReadPixelRanges | undefined): DecodedMetadata {
  const digestBytes = rowOf(cube, 'digests')?.inflatedLength ?? 0
  if (digestBytes % DIGEST_BYTES)
    throw new DicubeError('corrupt', `${cube.source.name}: ${digestBytes} bytes of digests, each has ${DIGEST_BYTES}`)
  const sliceCount = digestBytes / DIGEST_BYTES
  const storedBytes = storedBytesOf(cube.directory)
  const decoded = decodeMetadata(
    frontSection(cube, 'template'),
    {
      ...(rowOf(cube, 'columns') && { columns: once(() => frontSection(cube, 'columns')) }),
      digits: once(() => frontSection(cube, 'digits')),
      values: once(() => frontSection(cube, 'values')),
      ranges: once(() => readRanges?.()?.(frontSection(cube, 'frameIndex'), sliceCount, storedBytes, cube.source.name)),
      sliceCount,
      storedBytes,
    },
    cube.source.name,
  )
  const { chunks, columns } = decoded
  const bytesOf = (blob: boolean) => chunks.reduce((sum, chunk) => (chunk.blob === blob ? sum + chunk.length : sum), 0)
  const last = columns.at(-1)
  const holds: [SectionName, number][] = [
    ['values', bytesOf(false)],
    ['blobs', bytesOf(true)],
    ['digits', last ? last.digitOffset + last.digitBytes : 0],
  ]
  if (rowOf(cube, 'columns')) holds.push(['columns', bodyBytesOf(columns, false)])
  for (const [name, wanted] of holds) {
    const found = rowOf(cube, name)?.inflatedLength ?? 0
    if (found !== wanted)
      throw new DicubeError(
        'corrupt',
        `${cube.source.name}: section ${name} has ${found} bytes, the template says ${wanted}`,
      )
  }
  return decoded
}

/**
 * The metadata of an open cube. Nothing beyond the front page is read until load() asks for a blob. Not every series has
 * columns that the frame index tells (SPEC §6.9): what reads those is asked for only then, so that a page need not begin
 * with it.
 */
export async function metaOf(cube: CubeFile, rangesReader: () => Promise<ReadPixelRanges>): Promise<DicomMeta> {
  let readRanges: ReadPixelRanges | undefined
  const decoded = decodedOf(cube, () => readRanges)
  if (decoded.mayNeedRanges) readRanges = await rangesReader()
  return new DicomMeta(decoded.table, async (table, tags, signal) => {
    checkAborted(cube.source.name, signal)
    const blobs = rowOf(cube, 'blobs')
    if (blobs) await (await import('./blobs.ts')).loadBlobs(cube.source, blobs.offset, decoded, table, tags, signal)
  })
}
