import type { FilePart } from '../bytes/source.ts'
import { DicubeError } from '../errors.ts'
import { platform } from './platform.ts'

/** A frame that lies in a file: whoever decodes it reads it. */
export interface FramePart extends FilePart {
  /** What is checked before anything is decoded, and how the frame is called where it is wrong. */
  checked?: { crc32: number; frame: string }
}

export type FrameBytes = Uint8Array | FramePart

export const isPart = (arg: unknown): arg is FramePart => typeof arg === 'object' && arg !== null && 'file' in arg

/** @throws DicubeError `corrupt`, and what reading a file throws */
export function readFramePart(part: FramePart): Uint8Array {
  const bytes = platform().readPart!(part)
  const { checked, file } = part
  if (checked && platform().crc32(bytes) !== checked.crc32) throw noChecksum(file.path, checked.frame, part)
  return bytes
}

export const noChecksum = (file: string, frame: string, { offset, length }: Pick<FilePart, 'offset' | 'length'>) =>
  new DicubeError('corrupt', `${file}: ${frame} (${length} bytes at ${offset}) does not have its checksum`)
