import { noChecksum } from '../codec/frame-part.ts'
import { platform } from '../codec/platform.ts'
import type { PixelStore } from '../cube/pixel-store.ts'
import { DicubeError } from '../errors.ts'
import { type FrameIndex, readFrameIndex } from './frame-index.ts'
import { storedBytesOf } from './layout.ts'
import { type CubeFile, frontSection, once, readSection, rowOf } from './read.ts'

export function frameIndexOf(cube: CubeFile, sliceCount: number): FrameIndex {
  const { name } = cube.source
  const framesBytes = rowOf(cube, 'frames')?.length ?? 0
  const index = readFrameIndex(
    frontSection(cube, 'frameIndex'),
    { checks: frontSection(cube, 'frameChecks'), sliceCount, framesBytes, storedBytes: storedBytesOf(cube.directory) },
    name,
  )
  const restBytes = index.slices.reduce((sum, slice) => sum + slice.restBytes, 0)
  const storedBytes = rowOf(cube, 'pixelRest')?.inflatedLength ?? 0
  if (restBytes !== storedBytes)
    throw new DicubeError('corrupt', `${name}: section pixelRest of ${storedBytes} bytes, wanted ${restBytes}`)
  return index
}

/** The frames of an open cube, each read and checked when asked for. */
export function pixelStoreOf(cube: CubeFile, { slices, records, recordOf }: FrameIndex): PixelStore {
  const firstByte = rowOf(cube, 'frames')?.offset ?? 0
  const firstFrame = new Uint32Array(slices.length + 1)
  const restOffsets = new Float64Array(slices.length + 1)
  for (const [i, slice] of slices.entries()) {
    firstFrame[i + 1] = firstFrame[i] + slice.frameCount
    restOffsets[i + 1] = restOffsets[i] + slice.restBytes
  }
  const rest = once(() => readSection(cube, 'pixelRest'))
  const recordAt = (slice: number, frame: number) => records[recordOf[firstFrame[slice] + frame]]
  const frameName = (slice: number, frame: number) => `frame ${frame} of slice ${slice}`
  return {
    slices,
    packed: true,
    measured: recordAt,
    async readFrame(slice, frame, signal) {
      const { coding, length, crc32, shape, minimum, maximum, outside, ...record } = recordAt(slice, frame)
      const offset = firstByte + record.offset
      const bytes = await cube.source.read(offset, length, signal)
      if (platform().crc32(bytes) !== crc32)
        throw noChecksum(cube.source.name, frameName(slice, frame), { offset, length })
      return { coding, bytes, shape, measured: { minimum, maximum, outside } }
    },
    placeFrame(slice, frame) {
      const { coding, offset, length, crc32, shape } = recordAt(slice, frame)
      const file = cube.source.place?.()
      const checked = { crc32, frame: frameName(slice, frame) }
      return file && { coding, bytes: { file, offset: firstByte + offset, length, checked }, shape }
    },
    async readRest(slice) {
      const bytes = (await rest()) ?? new Uint8Array(0)
      return bytes.subarray(restOffsets[slice], restOffsets[slice + 1])
    },
  }
}
