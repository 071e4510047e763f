import type { ByteSource } from '../bytes/source.ts'
import { FRAME_CODINGS, nativeFrameBytes } from '../codec/frame.ts'
import type { FramePool } from '../codec/pool.ts'
import { DicomCubeImage } from '../cube/image.ts'
import { NO_PIXELS, type PixelStore, type SlicePixels } from '../cube/pixel-store.ts'
import type { Table } from '../cube/table.ts'
import { DicubeError } from '../errors.ts'
import { fileName, migrateV1 } from './migrate.ts'
import { readV1Frame, type V1File } from './v1.ts'

/**
 * A file of the Python package as an image. Its frames are what that package made of the stored values (mostly
 * Hounsfield units): image.rescale gives the slope and intercept that belong to them. Its original files are gone.
 */
export async function imageOfV1(
  file: V1File,
  source: ByteSource,
  options: { pool: FramePool; onClose: () => Promise<void> },
  signal?: AbortSignal,
): Promise<DicomCubeImage> {
  const { sliceCount } = file.meta
  const shape = file.frames.length ? (await readV1Frame(source, file, 0, signal)).shape : undefined
  // One frame a slice; where the counts differ, the last slice has what is left.
  const slices = Array.from({ length: sliceCount }, (_, slice): SlicePixels => {
    const frameCount =
      slice < sliceCount - 1 ? Number(slice < file.frames.length) : Math.max(0, file.frames.length - slice)
    return shape && frameCount
      ? { ...NO_PIXELS, kind: 'native', frameCount, shape, valueBytes: frameCount * nativeFrameBytes(shape) }
      : NO_PIXELS
  })
  const pixels: PixelStore = {
    slices,
    packed: true,
    readFrame: async (slice, frame, signal) => {
      const stored = await readV1Frame(source, file, slice + frame, signal)
      const { signed, bitsStored } = stored.shape
      if (signed && bitsStored <= 8)
        throw new DicubeError(
          'unsupported-codec',
          `${source.name}: frame ${slice + frame} is HTJ2K of ${bitsStored} signed bits, which the codec decodes to wrong values`,
        )
      return { coding: FRAME_CODINGS.htj2k, ...stored }
    },
    readRest: async () => new Uint8Array(0),
  }
  const { RescaleSlope: slope, RescaleIntercept: intercept } = file.pixelHeader
  const originals = {
    files: slices.map((_, slice) => ({ name: fileName(slice), sizeBytes: 0 })),
    reports: slices.map(() => []),
    deflatedStream: async () => undefined,
  }
  // The metadata that they were made of: it may change before the next is asked for.
  let made: { table: Table; image: Promise<DicomCubeImage> } | undefined
  const asFiles = () => {
    const { table } = file.meta
    if (made?.table !== table) made = { table, image: migrateV1(file, source, options.pool).then(({ image }) => image) }
    return made.image
  }
  return new DicomCubeImage(file.meta, pixels, originals, { ...options, rescale: { slope, intercept }, asFiles })
}
