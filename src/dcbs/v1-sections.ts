import { FRAME_CODINGS, type FrameShape } from '../codec/frame.ts'
import { VIEW_LEVEL, type ZstdPieces, zstdOfPieces } from '../codec/zstd.ts'
import type { Omission } from '../cube/document.ts'
import type { DicomCubeImage } from '../cube/image.ts'
import type { FrameIndex } from './frame-index.ts'
import type { SectionName } from './layout.ts'
import { v1Parts, writeV1Document } from './v1.ts'

/** The metadata of a view, which needs no frame and takes longest: it is made while threads pack the frames. */
export interface CompressedDocument {
  /** JSON as one zstd frame. */
  json: ReturnType<ZstdPieces['finish']>
  omitted: Omission[]
}

/** undefined: the metadata is too long for a view. Blobs and zstd have to be loaded. */
export function compressedDocument({ meta }: DicomCubeImage): CompressedDocument | undefined {
  // Up to 64 MB of text, which nothing else in a cube comes near.
  const pieces = zstdOfPieces(VIEW_LEVEL)
  const omitted = writeV1Document(meta, pieces)
  return omitted && { json: pieces.finish(), omitted }
}

/** The rest of the view for v1 readers as sections of our file (SPEC §9). */
export interface V1Sections {
  raw: { name: SectionName; bytes: Uint8Array }[]
  frameCount: number
}

export function v1Sections({ meta }: DicomCubeImage, { records, recordOf }: FrameIndex): V1Sections {
  const shapes = new Set(records.map(record => JSON.stringify(record.shape)))
  const shape: FrameShape | undefined = shapes.size === 1 ? records[0].shape : undefined
  const isHtj2k = records.every(record => record.coding === FRAME_CODINGS.htj2k)
  const { status, space, pixelHeader, frameCount } = v1Parts(meta, { frameCount: recordOf.length, shape, isHtj2k })
  return {
    raw: [
      { name: 'v1Status', bytes: status },
      ...(space ? [{ name: 'v1Space' as const, bytes: space }] : []),
      { name: 'v1PixelHeader', bytes: pixelHeader },
    ],
    frameCount,
  }
}
