import { ByteCursor } from '../bytes/cursor.ts'
import { ByteSink } from '../bytes/sink.ts'
import { platform } from '../codec/platform.ts'
import { DicubeError } from '../errors.ts'
import { CUBE_LIMITS, grown } from '../limits.ts'
import { HEADER_FIELDS, type V1Header } from './v1-header.ts'

/** The v1 header (SPEC §2); its fields are in v1-header.ts. */
export const HEADER_MAGIC = 'DCMCUBES'
export const HEADER_VERSION = 1
export const HEADER_BYTES = 116

/** The section directory (SPEC §3) follows the header; the trailer (SPEC §4) ends the file. */
export const DIRECTORY_MAGIC = 'DCBSDIR\n'
export const TRAILER_MAGIC = 'DCBSEND\n'
export const TRAILER_BYTES = 32
/** A reader of an older read version cannot read the file; a writer of an older write version must not change it. */
export const READ_VERSION = 1
export const WRITE_VERSION = 1
export const FRONT_READ_BYTES = 1 << 16

/** Every kind of section, by its number in the directory (SPEC §3.1), in the order of the file. */
export const SECTION_KINDS = {
  template: 1,
  columns: 2,
  values: 3,
  frameIndex: 4,
  frameChecks: 5,
  digits: 6,
  frames: 7,
  blobs: 8,
  pixelRest: 9,
  patches: 10,
  streams: 11,
  manifest: 12,
  digests: 13,
  attachments: 14,
  v1Meta: 20,
  v1Status: 21,
  v1Space: 22,
  v1PixelHeader: 23,
  v1FrameOffsets: 24,
  v1FrameLengths: 25,
} as const
export type SectionName = keyof typeof SECTION_KINDS
export const SECTION_NAMES = Object.keys(SECTION_KINDS) as SectionName[]
const SECTION_OF_KIND = new Map(SECTION_NAMES.map(name => [SECTION_KINDS[name] as number, name]))

/** These are in every file; each other one only where there is something in it. */
export const REQUIRED_SECTIONS: readonly SectionName[] = ['template', 'frameIndex', 'manifest']
/** These are the front page. */
export const FRONT_SECTIONS: readonly SectionName[] = SECTION_NAMES.slice(0, SECTION_KINDS.digits)
/** Of these each part is compressed, and has a checksum, for itself. */
export const CONTAINERS: readonly SectionName[] = ['values', 'frames', 'blobs']
/** These cannot identify a person; for a reader that does not know a section, the directory says of each whether it can. */
export const NOT_IDENTIFYING: readonly SectionName[] = [
  'frameIndex',
  'frameChecks',
  'frames',
  'v1Status',
  'v1Space',
  'v1PixelHeader',
  'v1FrameOffsets',
  'v1FrameLengths',
]

/** How the bytes of a section lie in the file. A container's parts have checksums of their own, so its own is 0 (SPEC §3.1). */
export const SECTION_ENCODINGS = ['raw', 'zstd', 'container'] as const
export type SectionEncoding = (typeof SECTION_ENCODINGS)[number]

/** A row of the directory. */
export interface SectionRow {
  /** 'unknown': a kind that a newer writer added and that readers of this version can do without (SPEC §10). */
  name: SectionName | 'unknown'
  encoding: SectionEncoding
  offset: number
  length: number
  /** Of the bytes once decompressed; what inflating may give at most. */
  inflatedLength: number
  crc32: number
}

export interface Directory {
  /** The program that wrote the file, and its version. */
  writtenBy: string
  headBytes: number
  fileBytes: number
  /** The front page ends here: everything that answers questions about metadata lies before. */
  frontBytes: number
  sections: SectionRow[]
}

/** What writeHead is told: everything else follows from it. */
export type NewSection = Omit<SectionRow, 'offset' | 'name'> & { name: SectionName }

/** Magic, two versions, length, two counts; and the checksum. */
const DIRECTORY_FIXED_BYTES = 8 + 2 + 2 + 2 + 1 + 1 + 4
const IDENTIFYING = 0x80

const ascii = (text: string) => Uint8Array.from(text, c => c.charCodeAt(0))
const textAt = (bytes: Uint8Array, offset: number, length: number) =>
  String.fromCharCode(...bytes.subarray(offset, offset + length))

/**
 * Where a v1 reader finds its parts. Without a view its metadata is the directory, which is no zstd frame: the reader
 * refuses that, where a length of 0 would tell it that there is no metadata.
 */
export function v1HeaderOf(sections: readonly SectionRow[], frameCount: number): V1Header {
  const of = (name: SectionName) => sections.find(section => section.name === name)
  const at = (name: SectionName) => ({ offset: of(name)?.offset ?? HEADER_BYTES, length: of(name)?.length ?? 0 })
  const meta = of('v1Meta') ?? { offset: HEADER_BYTES, length: 8 }
  return {
    statusOffset: at('v1Status').offset,
    statusLength: at('v1Status').length,
    metaOffset: meta.offset,
    metaLength: meta.length,
    spaceOffset: at('v1Space').offset,
    spaceLength: at('v1Space').length,
    pixelHeaderOffset: at('v1PixelHeader').offset,
    pixelHeaderLength: at('v1PixelHeader').length,
    frameOffsetsOffset: at('v1FrameOffsets').offset,
    frameOffsetsLength: at('v1FrameOffsets').length,
    frameLengthsOffset: at('v1FrameLengths').offset,
    frameLengthsLength: at('v1FrameLengths').length,
    frameCount,
  }
}

/**
 * Header and directory as the first bytes of a file, for sections in the order of the file, of which those of the front
 * page are the first. Offsets of the rows are set.
 */
export function writeHead(
  writtenBy: string,
  sections: readonly NewSection[],
  frameCount: number,
): Directory & { head: Uint8Array } {
  const frontCount = sections.filter(({ name }) => FRONT_SECTIONS.includes(name)).length
  const rows = new ByteSink()
  rows.text(writtenBy)
  for (const { name, encoding, length, inflatedLength, crc32 } of sections) {
    rows.u8(SECTION_KINDS[name])
    rows.u8(SECTION_ENCODINGS.indexOf(encoding) | (NOT_IDENTIFYING.includes(name) ? 0 : IDENTIFYING))
    rows.varint(length)
    if (encoding === 'zstd') rows.varint(inflatedLength)
    if (encoding !== 'container') rows.u32(crc32)
  }
  const directoryBytes = DIRECTORY_FIXED_BYTES + rows.length
  const headBytes = HEADER_BYTES + directoryBytes
  let at = headBytes
  const placed = sections.map((section): SectionRow => {
    const offset = at
    at += section.length
    return { ...section, offset }
  })
  const header = v1HeaderOf(placed, frameCount)
  const sink = new ByteSink()
  sink.bytes(ascii(HEADER_MAGIC))
  sink.u32(HEADER_VERSION)
  for (const field of HEADER_FIELDS) sink.u64(header[field])
  sink.bytes(ascii(DIRECTORY_MAGIC))
  sink.u16(READ_VERSION)
  sink.u16(WRITE_VERSION)
  sink.u16(directoryBytes)
  sink.u8(sections.length)
  sink.u8(frontCount)
  sink.bytes(rows.finish())
  sink.u32(platform().crc32(sink.finish()))
  const frontBytes = frontCount ? placed[frontCount - 1].offset + placed[frontCount - 1].length : headBytes
  return { head: sink.finish(), writtenBy, headBytes, fileBytes: at + TRAILER_BYTES, frontBytes, sections: placed }
}

/** Whether the file is one that can be read. Returns a cursor before the fields of the header. @throws DicubeError `not-a-cube`, `newer-version`, `corrupt` */
export function checkHeader(bytes: Uint8Array, name: string): ByteCursor {
  const magic = textAt(bytes, 0, 8)
  if (magic !== HEADER_MAGIC) {
    if (bytes.length >= 8 && magic.startsWith('DCMCUBE'))
      throw new DicubeError(
        'not-a-cube',
        `${name}: a DiCube file of the kind ${JSON.stringify(magic)}; only ${HEADER_MAGIC} can be read`,
      )
    throw new DicubeError('not-a-cube', `${name}: does not begin with ${HEADER_MAGIC}; not a .dcbs file`)
  }
  if (bytes.length < HEADER_BYTES)
    throw new DicubeError('truncated', `${name}: ${bytes.length} bytes, the header alone has ${HEADER_BYTES}`)
  const cursor = new ByteCursor(bytes, `${name}: header`, 8)
  const version = cursor.u32()
  if (version !== HEADER_VERSION) {
    if (version > HEADER_VERSION)
      throw new DicubeError(
        'newer-version',
        `${name}: format version ${version}; this dicube reads version ${HEADER_VERSION}: install a newer one`,
      )
    throw new DicubeError('corrupt', `${name}: format version ${version}, wanted ${HEADER_VERSION}`)
  }
  return cursor
}

/** Whether the file says that it has a directory. */
export const hasDirectory = (bytes: Uint8Array) => textAt(bytes, HEADER_BYTES, 8) === DIRECTORY_MAGIC

/**
 * The directory, checked by its checksum and against the file's size. `bytes` are the first ones of the file.
 * @throws DicubeError `corrupt`, `truncated`, `newer-version`
 */
export function readDirectory(bytes: Uint8Array, sizeBytes: number, name: string): Directory {
  const fail = (code: 'corrupt' | 'truncated' | 'limit', what: string) => new DicubeError(code, `${name}: ${what}`)
  if (sizeBytes < HEADER_BYTES + DIRECTORY_FIXED_BYTES)
    throw fail('truncated', `${sizeBytes} bytes end within the directory`)
  const fixed = new ByteCursor(bytes, `${name}: directory`, HEADER_BYTES + DIRECTORY_MAGIC.length)
  const readVersion = fixed.u16()
  fixed.u16()
  const directoryBytes = fixed.u16()
  const count = fixed.u8()
  const frontCount = fixed.u8()
  const headBytes = HEADER_BYTES + directoryBytes
  if (directoryBytes < DIRECTORY_FIXED_BYTES) throw fixed.corrupt(`a directory of ${directoryBytes} bytes`)
  if (bytes.length < headBytes)
    throw fail(
      sizeBytes < headBytes ? 'truncated' : 'corrupt',
      `the directory ends at ${headBytes}, the file at ${sizeBytes}`,
    )
  const stored = new DataView(bytes.buffer, bytes.byteOffset).getUint32(headBytes - 4, true)
  if (stored !== platform().crc32(bytes.subarray(0, headBytes - 4)))
    throw fail('corrupt', `the header and directory (bytes 0 to ${headBytes}) do not have their checksum`)
  if (readVersion > READ_VERSION)
    throw new DicubeError(
      'newer-version',
      `${name}: written for readers of version ${readVersion}; this is version ${READ_VERSION}: install a newer dicube`,
    )
  const cursor = new ByteCursor(bytes, `${name}: directory`, fixed.pos, headBytes - 4)
  const writtenBy = cursor.text()
  const sections: SectionRow[] = []
  // Sections lie one behind the other, so no byte is without an owner.
  let at = headBytes
  let frontBytes = headBytes
  for (let i = 0; i < count; i++) {
    const kind = cursor.u8()
    const encoding = SECTION_ENCODINGS[cursor.u8() & ~IDENTIFYING]
    const section = SECTION_OF_KIND.get(kind) ?? 'unknown'
    const isContainer = CONTAINERS.includes(section as SectionName)
    if (!encoding || (encoding === 'container') !== isContainer)
      throw fail('corrupt', `section ${section} (kind ${kind}) in encoding ${encoding ?? 'unknown'}`)
    if (section !== 'unknown' && sections.some(other => other.name === section))
      throw fail('corrupt', `two sections ${section}`)
    if (section !== 'unknown' && FRONT_SECTIONS.includes(section) !== i < frontCount)
      throw fail('corrupt', `section ${section} on the wrong side of the end of the front page`)
    const length = cursor.varint()
    const inflatedLength = encoding === 'zstd' ? cursor.varint() : length
    const crc32 = isContainer ? 0 : cursor.u32()
    if (!isContainer && Math.max(length, inflatedLength) > CUBE_LIMITS.arrayBytes)
      throw fail(
        'limit',
        `section ${section} of ${length} bytes that inflate to ${inflatedLength}, at most ${CUBE_LIMITS.arrayBytes} are read`,
      )
    sections.push({ name: section, encoding, offset: at, length, inflatedLength, crc32 })
    at += length
    if (i < frontCount) frontBytes = at
  }
  cursor.done()
  if (frontCount > count) throw fail('corrupt', `a front page of ${frontCount} sections, there are ${count}`)
  for (const section of REQUIRED_SECTIONS)
    if (!sections.some(row => row.name === section)) throw fail('corrupt', `no section ${section}`)
  const fileBytes = at + TRAILER_BYTES
  if (fileBytes !== sizeBytes)
    throw fail(sizeBytes < fileBytes ? 'truncated' : 'corrupt', `${sizeBytes} bytes, the directory says ${fileBytes}`)
  if (frontBytes > CUBE_LIMITS.arrayBytes)
    throw fail('limit', `a front page of ${frontBytes} bytes, at most ${CUBE_LIMITS.arrayBytes}`)
  const inflatedBytes = sections.reduce((sum, row) => sum + (row.encoding === 'zstd' ? row.inflatedLength : 0), 0)
  const directory = { writtenBy, headBytes, fileBytes, frontBytes, sections }
  const most = grown(CUBE_LIMITS.inflatedBytes, storedBytesOf(directory))
  if (inflatedBytes > most)
    throw fail(
      'limit',
      `its sections inflate to ${inflatedBytes} bytes, which is too much for theirs: at most ${most} are read`,
    )
  return directory
}

/** Everything but frames: what metadata may become is measured by it (SPEC §10). */
export const storedBytesOf = ({ fileBytes, sections }: Directory): number =>
  fileBytes - (sections.find(section => section.name === 'frames')?.length ?? 0)

/**
 * The last bytes of a file: they tell a cube whose directory is damaged from one that never had any. The checksum of the
 * head is the one that the head ends with: of bytes that end with their own CRC-32, the CRC-32 is always the same.
 */
export function writeTrailer(fileBytes: number, head: Uint8Array): Uint8Array {
  const sink = new ByteSink()
  sink.bytes(ascii(TRAILER_MAGIC))
  sink.u64(fileBytes)
  sink.u32(head.length)
  sink.u32(platform().crc32(head.subarray(0, head.length - 4)))
  sink.u32(0)
  sink.u32(platform().crc32(sink.finish()))
  return sink.finish()
}

export const isTrailer = (bytes: Uint8Array) => textAt(bytes, 0, 8) === TRAILER_MAGIC

/** @throws DicubeError `corrupt` */
export function checkTrailer(trailer: Uint8Array, head: Uint8Array, fileBytes: number, name: string): void {
  const wanted = writeTrailer(fileBytes, head)
  if (!trailer.every((byte, i) => byte === wanted[i]))
    throw new DicubeError('corrupt', `${name}: the trailer does not fit the directory`)
}
