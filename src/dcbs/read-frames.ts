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
  return {
    slices,
    packed: true,
    measured: (slice, frame) => records[recordOf[firstFrame[slice] + frame]],
    async readFrame(slice, frame, signal) {
      const id = recordOf[firstFrame[slice] + frame]
      const { coding, offset, length, crc32, shape, minimum, maximum, outside } = records[id]
      const bytes = await cube.source.read(firstByte + offset, length, signal)
      if (platform().crc32(bytes) !== crc32)
        throw new DicubeError(
          'corrupt',
          `${cube.source.name}: frame ${frame} of slice ${slice} (${length} bytes at ${firstByte + offset}) does not have its checksum`,
        )
      return { coding, bytes, shape, measured: { minimum, maximum, outside } }
    },
    async readRest(slice) {
      const bytes = (await rest()) ?? new Uint8Array(0)
      return bytes.subarray(restOffsets[slice], restOffsets[slice + 1])
    },
  }
}
