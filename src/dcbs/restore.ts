import { deflateSync } from 'fflate'
import { concat } from '../bytes/concat.ts'
import { mapOrdered } from '../bytes/map-ordered.ts'
import { sameBytes } from '../bytes/same-bytes.ts'
import { checkAborted } from '../bytes/source.ts'
import { createHasher } from '../codec/hash.ts'
import type { DicomCubeImage } from '../cube/image.ts'
import { valueParts } from '../cube/pixel-store.ts'
import { type SerializedHeader, serializeRow } from '../cube/serialize.ts'
import { dataSetEncodingOf } from '../dicom/transfer-syntax.ts'
import { DicubeError } from '../errors.ts'
import { CUBE_LIMITS } from '../limits.ts'

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
 * and what was migrated from one, there is no original. What has a SHA-256 is compared with it.
 * @throws DicubeError `corrupt`, `out-of-range`, `limit` for a file of 2 GiB and more: restoreParts gives it
 */
export async function restoreFile(image: DicomCubeImage, slice: number, signal?: AbortSignal): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let sizeBytes = 0
  for await (const part of restoreParts(image, slice, signal)) {
    parts.push(part)
    sizeBytes += part.length
    if (sizeBytes > CUBE_LIMITS.arrayBytes)
      throw new DicubeError(
        'limit',
        `slice ${slice}: more than ${CUBE_LIMITS.arrayBytes} bytes; restoreParts gives them part by part`,
      )
  }
  return concat(parts)
}

/**
 * restoreFile part by part, for files of any size: a few frames are held at a time. Where the bytes are not those of the
 * original, the last step throws `corrupt`.
 */
export async function* restoreParts(
  image: DicomCubeImage,
  slice: number,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const files = image.asFiles ? await image.asFiles() : image
  const original = files.originals.files[slice]
  if (!original)
    throw new DicubeError(
      'out-of-range',
      `slice ${slice}: the series has slices 0 to ${files.originals.files.length - 1}`,
    )
  const sha256 = files.meta.changedSlices.has(slice) ? undefined : original.sha256
  if (!sha256) {
    yield* madeParts(files, slice, signal)
    return
  }
  const { name, sizeBytes } = original
  checkAborted(name, signal)
  const hasher = createHasher()
  let madeBytes = 0
  for await (const part of madeParts(files, slice, signal)) {
    madeBytes += part.length
    if (madeBytes > sizeBytes) break
    await hasher.update(part)
    yield part
  }
  if (madeBytes !== sizeBytes)
    throw new DicubeError(
      'corrupt',
      `${name}: ${madeBytes > sizeBytes ? 'more' : madeBytes} bytes than the original's ${sizeBytes}`,
    )
  if (!sameBytes(await hasher.digest(), sha256))
    throw new DicubeError('corrupt', `${name}: ${madeBytes} bytes with another SHA-256 than the original's`)
}

async function* madeParts(image: DicomCubeImage, slice: number, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const { meta, pixels, originals } = image
  await meta.load(undefined, { signal })
  const header = await headerOf(image, slice)
  const stream = await originals.deflatedStream(slice)
  const { bytes, dataOffset, pixelOffset } = header
  if (stream && !meta.changedSlices.has(slice)) {
    yield bytes.subarray(0, dataOffset)
    yield stream
    return
  }
  if ((pixelOffset === undefined) !== (pixels.slices[slice].kind === 'none'))
    throw new DicubeError(
      'corrupt',
      `slice ${slice}: its metadata and its pixels do not agree whether it has Pixel Data`,
    )
  const file = pixelOffset === undefined ? [bytes] : withPixels(image, slice, bytes, pixelOffset, signal)
  // A slice that was changed has no stream any more; its Transfer Syntax still asks for one.
  if (!stream && !dataSetEncodingOf(image.describe(slice).transferSyntaxUid)?.deflated) {
    yield* file
    return
  }
  const parts: Uint8Array[] = []
  for await (const part of file) parts.push(part)
  const whole = concat(parts)
  yield whole.subarray(0, dataOffset)
  const deflated = deflateSync(whole.subarray(dataOffset), { level: 9 })
  yield deflated
  yield new Uint8Array(deflated.length % 2)
}

async function* withPixels(
  image: DicomCubeImage,
  slice: number,
  header: Uint8Array,
  at: number,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { pixels } = image
  const description = pixels.slices[slice]
  const rest = await pixels.readRest(slice, signal)
  const numbers = Array.from({ length: description.frameCount }, (_, frame) => frame)
  yield header.subarray(0, at)
  const frames = mapOrdered(numbers, FRAMES_IN_FLIGHT, frame => image.originalFrame(slice, frame, signal))
  yield* valueParts(description, frames, rest)
  yield header.subarray(at)
}

/** Frames that are read and unpacked ahead. */
const FRAMES_IN_FLIGHT = 8

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
    checkAborted(name, signal)
    if (!sha256) {
      yield { slice, name, result: hasOriginal({ sizeBytes }) ? 'changed' : 'no-original' }
      continue
    }
    try {
      for await (const _ of restoreParts(image, slice, signal));
      yield { slice, name, result: 'identical' }
    } catch (error) {
      if (!(error instanceof DicubeError)) throw error
      // What was not looked at to its end is not different.
      checkAborted(name, signal)
      yield { slice, name, result: 'different', message: error.message }
    }
  }
}
