import type { ByteCursor } from '../bytes/cursor.ts'

/** What the v1 header says (SPEC §2), in file order: each field is a little-endian u64. */
export const HEADER_FIELDS = [
  'statusOffset',
  'statusLength',
  'metaOffset',
  'metaLength',
  'spaceOffset',
  'spaceLength',
  'pixelHeaderOffset',
  'pixelHeaderLength',
  'frameOffsetsOffset',
  'frameOffsetsLength',
  'frameLengthsOffset',
  'frameLengthsLength',
  'frameCount',
] as const
export type V1Header = Record<(typeof HEADER_FIELDS)[number], number>

/** The fields behind what checkHeader has looked at. Offsets are not checked: who follows them has to. @throws DicubeError `corrupt` */
export function readHeaderFields(cursor: ByteCursor): V1Header {
  const header = {} as V1Header
  for (const field of HEADER_FIELDS) header[field] = cursor.u64()
  return header
}
