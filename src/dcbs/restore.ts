import { deflateSync } from 'fflate'
import { concat } from '../bytes/concat.ts'
import { platform } from '../codec/platform.ts'
import type { DicomCubeImage } from '../cube/image.ts'
import { joinEncapsulated, joinNative } from '../cube/pixel-store.ts'
import { type SerializedHeader, serializeRow } from '../cube/serialize.ts'
import { sameBytes } from '../cube/table.ts'
import { dataSetEncodingOf } from '../dicom/transfer-syntax.ts'
import { DicubeError } from '../errors.ts'

/** The Value Length of a slice's Pixel Data, where it is defined. */
export const pixelLengthOf = ({ pixels }: DicomCubeImage, slice: number) =>
  pixels.slices[slice].kind === 'native' ? pixels.slices[slice].valueBytes : 0

/** A slice's file without the value of Pixel Data: as it was, or as its changed metadata has it. */
export async function headerOf(image: DicomCubeImage, slice: number): Promise<SerializedHeader> {
  const { meta, originals } = image
  const rebuilt = serializeRow(meta.table, slice, pixelLengthOf(image, slice))
  if (meta.changedSlices.has(slice)) return rebuilt
  if (originals.header) return { ...rebuilt, ...originals.header(slice) }
  return originals.repairHeader ? { ...rebuilt, bytes: await originals.repairHeader(slice, rebuilt.bytes) } : rebuilt
}

/**
 * The DICOM file of a slice, bit for bit as it was, unless its metadata was changed or, in a file of the Python package
 * and what was migrated from one, there is no original.
 * @throws DicubeError `corrupt`, `out-of-range`
 */
export async function restoreFile(image: DicomCubeImage, slice: number): Promise<Uint8Array> {
  if (image.asFiles) return restoreFile(await image.asFiles(), slice)
  const { meta, pixels, originals } = image
  if (!pixels.slices[slice])
    throw new DicubeError('out-of-range', `slice ${slice}: the series has slices 0 to ${pixels.slices.length - 1}`)
  await meta.load()
  const header = await headerOf(image, slice)
  const stream = await originals.deflatedStream(slice)
  const isChanged = meta.changedSlices.has(slice)
  if (stream && !isChanged) return concat([header.bytes.subarray(0, header.dataOffset), stream])
  const file =
    header.pixelOffset === undefined ? header.bytes : await withPixels(image, slice, header.bytes, header.pixelOffset)
  // A slice that was changed has no stream any more; its Transfer Syntax still asks for one.
  if (!stream && !dataSetEncodingOf(image.describe(slice).transferSyntaxUid)?.deflated) return file
  const deflated = deflateSync(file.subarray(header.dataOffset), { level: 9 })
  return concat([file.subarray(0, header.dataOffset), deflated, new Uint8Array(deflated.length % 2)])
}

async function withPixels(image: DicomCubeImage, slice: number, header: Uint8Array, at: number): Promise<Uint8Array> {
  const { pixels } = image
  const description = pixels.slices[slice]
  const numbers = Array.from({ length: description.frameCount }, (_, frame) => frame)
  const frames = await Promise.all(numbers.map(frame => image.originalFrame(slice, frame)))
  const rest = await pixels.readRest(slice)
  const value =
    description.kind === 'encapsulated'
      ? joinEncapsulated(description, frames, rest)
      : joinNative(description, frames, rest)
  return concat([header.subarray(0, at), value, header.subarray(at)])
}

/** SPEC §8.1: no file has 0 bytes, so that this size says that there was none. */
export const hasOriginal = ({ sizeBytes }: { sizeBytes: number }): boolean => sizeBytes > 0

export interface VerifiedFile {
  slice: number
  name: string
  /**
   * 'changed': the metadata was changed after packing, so that the original cannot come back. 'no-original': there never
   * was one, as the cube was made from a file of the Python package.
   */
  result: 'identical' | 'different' | 'changed' | 'no-original'
  message?: string
}

/** Rebuilds the file of each slice in memory and compares its SHA-256 with the original's. */
export async function* verifyFiles(image: DicomCubeImage, signal?: AbortSignal): AsyncGenerator<VerifiedFile> {
  for (const [slice, { name, sha256, sizeBytes }] of image.originals.files.entries()) {
    signal?.throwIfAborted()
    if (!sha256) {
      yield { slice, name, result: hasOriginal({ sizeBytes }) ? 'changed' : 'no-original' }
      continue
    }
    try {
      const file = await restoreFile(image, slice)
      const isSame = file.length === sizeBytes && sameBytes(await platform().sha256(file), sha256)
      yield {
        slice,
        name,
        result: isSame ? 'identical' : 'different',
        ...(!isSame && { message: `${file.length} bytes with another SHA-256 than the original's ${sizeBytes} bytes` }),
      }
    } catch (error) {
      if (!(error instanceof DicubeError)) throw error
      yield { slice, name, result: 'different', message: error.message }
    }
  }
}
