import { mapOrdered } from '../bytes/map-ordered.ts'
import type { Spool } from '../bytes/spool.ts'
import { FRAME_CODINGS, type FrameShape } from '../codec/frame.ts'
import { platform } from '../codec/platform.ts'
import { FramePool } from '../codec/pool.ts'
import { setElement } from '../cube/edit.ts'
import { DicomCubeImage } from '../cube/image.ts'
import { DicomMeta } from '../cube/meta.ts'
import type { PixelStore, SlicePixels } from '../cube/pixel-store.ts'
import { charsetOf } from '../dicom/charset.ts'
import type { TagInput } from '../dicom/tags.ts'
import { transferSyntax } from '../dicom/transfer-syntax.ts'
import { encodeValue } from '../dicom/values-encode.ts'

const HTJ2K_LOSSLESS_RPCL = '1.2.840.10008.1.2.4.202'
const FILE_META_GROUP_LENGTH = '00020000'
const TRANSFER_SYNTAX_UID = '00020010'

interface Recompressed {
  lengths: number[]
  offsets: number[]
  shape: FrameShape
}

/**
 * The same series with its losslessly compressed frames as HTJ2K (PS3.5 §A.4.4). The samples are the same; the original
 * bit streams are gone, so these slices count as changed. Frames that HTJ2K cannot take, and lossy ones, stay.
 */
export async function recompress(image: DicomCubeImage, spool: Spool, signal?: AbortSignal): Promise<DicomCubeImage> {
  const { pixels, meta } = image
  const done = new Map<number, Recompressed>()
  const pool = new FramePool()
  const slices = pixels.slices.map((_, slice) => slice).filter(slice => isCandidate(image, slice))
  try {
    // Two slices under way: each holds its frames until all of them are known to fit.
    for await (const { slice, frames } of mapOrdered(slices, platform().concurrency, async slice => ({
      slice,
      frames: await framesOf(image, pool, slice, signal),
    }))) {
      if (!frames) continue
      const offsets: number[] = []
      for (const frame of frames) {
        offsets.push(spool.sizeBytes)
        await spool.append(frame)
      }
      done.set(slice, { offsets, lengths: frames.map(frame => frame.length), shape: pixels.slices[slice].shape! })
    }
  } finally {
    pool.close()
  }
  if (done.size === 0) return image

  const changed = new DicomMeta(withTransferSyntax(meta, done))
  for (const slice of [...meta.changedSlices, ...done.keys()]) changed.changedSlices.add(slice)
  return new DicomCubeImage(changed, storeOf(pixels, done, spool), image.originals, { attachments: image.attachments })
}

function isCandidate(image: DicomCubeImage, slice: number): boolean {
  const { kind, shape, frameCount } = image.pixels.slices[slice]
  if (kind !== 'encapsulated' || !shape || !frameCount) return false
  const syntax = transferSyntax(image.describe(slice).transferSyntaxUid)
  return syntax?.codec !== undefined && syntax.codec !== 'htj2k' && !syntax.lossy
}

/** The slice's frames as HTJ2K, or undefined where one of them cannot be. */
async function framesOf(
  image: DicomCubeImage,
  pool: FramePool,
  slice: number,
  signal?: AbortSignal,
): Promise<Uint8Array[] | undefined> {
  const { codec, photometric } = image.describe(slice)
  const frames: Uint8Array[] = []
  for (let k = 0; k < image.pixels.slices[slice].frameCount; k++) {
    const { bytes, shape } = await image.pixels.readFrame(slice, k, signal)
    const asCoded = photometric === 'RGB'
    const interleaved = { ...shape!, planar: false }
    const decoded = await pool.decode(codec!, bytes, interleaved, { asCoded, signal })
    if (decoded.colorTransformed && photometric !== 'RGB' && photometric !== 'YBR_RCT') return undefined
    const packed = await pool.pack(decoded.pixels, interleaved, signal)
    if (packed.coding !== FRAME_CODINGS.htj2k) return undefined
    // An odd fragment is padded (PS3.5 §A.4); a decoder stops at the end of the codestream.
    frames.push(packed.bytes.length % 2 ? Uint8Array.of(...packed.bytes, 0) : packed.bytes)
  }
  return frames
}

function storeOf(pixels: PixelStore, done: ReadonlyMap<number, Recompressed>, spool: Spool): PixelStore {
  return {
    packed: pixels.packed,
    slices: pixels.slices.map((slice, i): SlicePixels => {
      const made = done.get(i)
      if (!made) return slice
      return {
        ...slice,
        shape: { ...made.shape, planar: false },
        fragments: made.lengths.map(length => [length]),
        offsetTable: 'exact',
        restBytes: 0,
      }
    }),
    readFrame: async (slice, frame, signal) => {
      const made = done.get(slice)
      if (!made) return pixels.readFrame(slice, frame, signal)
      return {
        coding: FRAME_CODINGS.verbatim,
        bytes: await spool.read(made.offsets[frame], made.lengths[frame]),
        shape: { ...made.shape, planar: false },
      }
    },
    readRest: async (slice, signal) => (done.has(slice) ? new Uint8Array(0) : pixels.readRest(slice, signal)),
  }
}

/** The attributes that say how frames are compressed, for the slices that were recompressed. */
function withTransferSyntax(meta: DicomMeta, done: ReadonlyMap<number, Recompressed>) {
  const changeIn = (tag: string, vr: string, value: (slice: number, old: unknown) => unknown) => {
    const old: readonly unknown[] = meta.getValues(tag as TagInput)
    const present = meta.getBytes(tag as TagInput)
    const values = old.map((entry, slice) =>
      done.has(slice) ? value(slice, entry) : present[slice] === null ? undefined : entry,
    )
    table = setElement(table, tag, values as Parameters<typeof setElement>[2], vr)
  }
  let { table } = meta
  const syntaxBytes = meta.getBytes(TRANSFER_SYNTAX_UID)
  const grown = encodeValue('UI', [HTJ2K_LOSSLESS_RPCL], false, charsetOf([])).length
  if (meta.has(FILE_META_GROUP_LENGTH))
    changeIn(FILE_META_GROUP_LENGTH, 'UL', (slice, old) =>
      typeof old === 'number' ? old + grown - (syntaxBytes[slice]?.length ?? 0) : old,
    )
  changeIn(TRANSFER_SYNTAX_UID, 'UI', () => HTJ2K_LOSSLESS_RPCL)
  const isColor = (slice: number) => done.get(slice)!.shape.samples === 3
  if ([...done.keys()].some(isColor)) {
    // OpenJPH codes colour with the reversible transform: PS3.5 §8.2.14.
    changeIn('00280004', 'CS', (slice, old) =>
      isColor(slice) && (old === 'RGB' || old === 'YBR_RCT') ? 'YBR_RCT' : old,
    )
    changeIn('00280006', 'US', (slice, old) => (isColor(slice) ? 0 : (old ?? undefined)))
  }
  // Extended offsets of frames that are no longer there (PS3.3 §C.7.6.3.1.8).
  for (const tag of ['7FE00001', '7FE00002']) if (meta.has(tag as TagInput)) changeIn(tag, 'OV', () => undefined)
  return table
}
