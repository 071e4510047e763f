import { FRAME_CODINGS, type FrameShape } from '../codec/frame.ts'
import { SECTION_LEVEL, zstdOfPieces } from '../codec/zstd.ts'
import type { Omission } from '../cube/document.ts'
import type { DicomCubeImage } from '../cube/image.ts'
import type { FrameIndex } from './frame-index.ts'
import type { SectionName } from './layout.ts'
import { v1View } from './v1.ts'

/** The view for v1 readers as sections of our file (SPEC §9). */
export interface V1Sections {
  /** JSON as one zstd frame. */
  meta: { frame: Uint8Array; contentBytes: number }
  raw: { name: SectionName; bytes: Uint8Array }[]
  frameCount: number
  omitted: Omission[]
}

/** undefined: the metadata is too long for a view. Blobs and zstd have to be loaded. */
export function v1Sections({ meta }: DicomCubeImage, { records, recordOf }: FrameIndex): V1Sections | undefined {
  const shapes = new Set(records.map(record => JSON.stringify(record.shape)))
  const shape: FrameShape | undefined = shapes.size === 1 ? records[0].shape : undefined
  const isHtj2k = records.every(record => record.coding === FRAME_CODINGS.htj2k)
  // Up to 64 MB of text, which nothing else in a cube comes near.
  const document = zstdOfPieces(SECTION_LEVEL)
  const view = v1View(meta, { frameCount: recordOf.length, shape, isHtj2k }, document)
  if (!view) return undefined
  const { status, space, pixelHeader, frameCount, omitted } = view
  return {
    meta: document.finish(),
    raw: [
      { name: 'v1Status', bytes: status },
      ...(space ? [{ name: 'v1Space' as const, bytes: space }] : []),
      { name: 'v1PixelHeader', bytes: pixelHeader },
    ],
    frameCount,
    omitted,
  }
}
