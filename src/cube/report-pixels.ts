import { elementBytes, type Instance, type ReportCode, type ReportEntry } from '../dicom/parse.ts'
import { transferSyntax } from '../dicom/transfer-syntax.ts'
import { DicubeError } from '../errors.ts'
import { findElementOf } from './cells.ts'
import { textOf } from './order.ts'
import { paletteOfRow } from './palette.ts'
import { exactOffsets, offsetsIn, type SlicePixels } from './pixel-store.ts'
import { describePixels, frameBits } from './pixels.ts'
import type { Table } from './table.ts'

const TAG = {
  mediaStorageSopClassUid: 0x00020002,
  sopClassUid: 0x00080016,
  rows: 0x00280010,
  columns: 0x00280011,
  extendedOffsetTable: 0x7fe00001,
  pixelDataProviderUrl: 0x00287fe0,
  spectroscopyData: 0x56000020,
} as const

/** SOP Classes whose instances have Pixel Data (PS3.4 Table B.5-1): what follows 1.2.840.10008.5.1.4.1.1. */
const IMAGE_CLASSES = new Set(
  (
    '1 1.1 1.1.1 1.2 1.2.1 1.3 1.3.1 2 2.1 2.2 3 3.1 4 4.1 4.3 4.4 5 6 6.1 6.2 6.3 7 7.1 7.2 7.3 7.4 12.1 12.1.1 12.2 12.2.1 ' +
    '12.3 13.1.1 13.1.2 13.1.3 13.1.4 13.1.5 14.1 14.2 20 30 66.4 66.7 77.1.1 77.1.1.1 77.1.2 77.1.2.1 77.1.3 77.1.4 77.1.4.1 ' +
    '77.1.5.1 77.1.5.2 77.1.5.4 77.1.5.5 77.1.5.6 77.1.5.7 77.1.5.8 77.1.6 77.1.7 77.1.8 77.1.9 81.1 82.1 128 128.1 130 481.1'
  ).split(' '),
)
const STORAGE = '1.2.840.10008.5.1.4.1.1.'

const isImageClass = (uid: string) => uid.startsWith(STORAGE) && IMAGE_CLASSES.has(uid.slice(STORAGE.length))

/** What is odd about the Pixel Data of a slice, or about its absence. */
export function reportPixels(instance: Instance, slice: SlicePixels, table: Table, row: number): ReportEntry[] {
  const entries: ReportEntry[] = []
  const note = (code: ReportCode, message: string) => entries.push({ code, message })
  if (slice.kind === 'none') {
    const why = whyPixels(instance, table, row)
    if (why) note('pixel-missing', `no Pixel Data, but ${why}`)
    return entries
  }
  const { kind, shape, frameCount, restBytes, valueBytes, offsetTable } = slice
  const { frames, photometric, transferSyntaxUid } = describePixels(table, row)
  const syntax = transferSyntax(transferSyntaxUid)
  if (syntax && syntax.isEncapsulated !== (kind === 'encapsulated'))
    note('pixel-encapsulation', `Pixel Data is ${kind}, which it is not to be in the Transfer Syntax ${syntax.name}`)
  if (kind === 'encapsulated') {
    if (!shape)
      note('pixel-frames', `Pixel Data has ${frameCount} compressed frames, the attributes say ${frames}, or no size`)
    if (offsetTable === 'verbatim')
      note('offset-table', 'the Basic Offset Table is not where the frames begin; they were found by their fragments')
    if (isExtendedTableWrong(instance, slice))
      note('offset-table', 'the Extended Offset Table is not where the frames begin')
  } else if (valueBytes === 0) note('pixel-length', 'Pixel Data is empty')
  else if (!shape)
    note(
      'pixel-attributes',
      `Rows, Columns or Bits Allocated do not describe the ${valueBytes} bytes of Pixel Data, or these are less than one frame`,
    )
  else if (frameCount < frames)
    note('pixel-length', `Pixel Data has ${frameCount} whole frames, Number of Frames is ${frames}`)
  else {
    // An odd value is padded with one byte (PS3.5 §8.1.1), and one that a frame of 1 bit ends in is not behind it.
    const behind = valueBytes - Math.ceil((frameCount * frameBits(shape)) / 8)
    if (behind > 1 && restBytes > 1) note('pixel-length', `Pixel Data has ${behind} bytes behind its last frame`)
  }
  const palette = photometric === 'PALETTE COLOR' ? paletteOfRow(table, row) : undefined
  if (palette instanceof DicubeError) note('palette', palette.message)
  return entries.filter(({ code }, i) => entries.findIndex(entry => entry.code === code) === i)
}

/** An Extended Offset Table (PS3.3 §C.7.6.3.1.8) has one offset of 64 bits a frame, or is empty. */
function isExtendedTableWrong(instance: Instance, { fragments = [] }: SlicePixels): boolean {
  const bytes = elementBytes(instance, TAG.extendedOffsetTable)
  if (!bytes?.length) return false
  const exact = exactOffsets(fragments)
  const found = offsetsIn(bytes, 8)
  return bytes.length !== exact.length * 8 || found.some((offset, i) => offset !== exact[i])
}

/** Why an instance without Pixel Data should have it; undefined where nothing says so. */
function whyPixels(instance: Instance, table: Table, row: number): string | undefined {
  const has = (tag: number) => findElementOf(table, row, tag) !== undefined
  if (has(TAG.pixelDataProviderUrl) || has(TAG.spectroscopyData)) return undefined
  if (has(TAG.rows) && has(TAG.columns)) return 'Rows and Columns'
  const isImage = [TAG.sopClassUid, TAG.mediaStorageSopClassUid].some(tag => isImageClass(textOf(instance, tag)))
  return isImage ? 'the SOP Class of an image; the file may be cut off' : undefined
}
