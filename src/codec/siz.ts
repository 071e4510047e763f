import { DicubeError } from '../errors.ts'

export interface CodestreamSize {
  rows: number
  columns: number
  samples: number
  bits: number
  signed: boolean
}

/**
 * What a JPEG 2000 or HTJ2K codestream says of itself in its SIZ segment (ISO 15444-1 §A.5.1), read here so that a
 * decoder only gets bytes whose size is the expected one. Components must be alike and not subsampled.
 */
export function readSiz(bytes: Uint8Array): CodestreamSize {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 42 || view.getUint32(0) !== 0xff4fff51)
    throw new DicubeError('corrupt', `codestream: ${bytes.length} bytes that do not begin with SOC and SIZ`)
  const samples = view.getUint16(40)
  const components = 42
  if (samples === 0 || view.getUint16(4) !== 38 + 3 * samples || components + 3 * samples > bytes.length)
    throw new DicubeError('corrupt', `codestream: a SIZ segment of ${view.getUint16(4)} bytes, ${samples} components`)
  const columns = view.getUint32(8) - view.getUint32(16)
  const rows = view.getUint32(12) - view.getUint32(20)
  if (rows <= 0 || columns <= 0) throw new DicubeError('corrupt', `codestream: ${columns} x ${rows} samples`)
  if (view.getUint32(16) !== 0 || view.getUint32(20) !== 0)
    throw new DicubeError('unsupported-codec', 'codestream: an image with an offset')
  const [tileColumns, tileRows] = [view.getUint32(24), view.getUint32(28)]
  // §A.4.2: a tile's number has 16 bits. Decoders keep something for each tile.
  if (!tileColumns || !tileRows || Math.ceil(columns / tileColumns) * Math.ceil(rows / tileRows) > 0xffff)
    throw new DicubeError(
      'corrupt',
      `codestream: ${columns} x ${rows} samples in tiles of ${tileColumns} x ${tileRows}`,
    )
  const precision = bytes[components]
  for (let at = components; at < components + 3 * samples; at += 3)
    if (bytes[at] !== precision || bytes[at + 1] !== 1 || bytes[at + 2] !== 1)
      throw new DicubeError('unsupported-codec', 'codestream: components that differ in precision or size')
  return { rows, columns, samples, bits: (precision & 0x7f) + 1, signed: precision >= 0x80 }
}

/** The codestream of a JP2 or JPH file (ISO 15444-1 §I.5): DICOM wants it bare, and not everyone knows. */
export function findCodestream(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 12 || view.getUint32(4) !== 0x6a502020) return bytes
  for (let at = 0; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at)
    if (view.getUint32(at + 4) === 0x6a703263) return bytes.subarray(at + 8, length === 0 ? undefined : at + length)
    if (length < 8) break
    at += length
  }
  throw new DicubeError('corrupt', 'codestream: a JP2 file without one')
}

/**
 * Throws `corrupt` where a codestream's main header, its tile-parts or its end are not there (ISO 15444-1 §A.4): what a
 * cut leaves behind. A byte behind the end pads a fragment. No packet is looked at.
 */
export function checkTileParts(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const fail = (at: number, wanted: string) =>
    new DicubeError('corrupt', `codestream: no ${wanted} at ${at} of ${bytes.length} bytes`)
  const markerAt = (at: number) => (at + 2 <= bytes.length ? view.getUint16(at) : undefined)
  let at = 2
  while (markerAt(at) !== 0xff90) {
    if (
      at + 4 > bytes.length ||
      view.getUint16(at) < 0xff00 ||
      view.getUint16(at) === 0xffd9 ||
      view.getUint16(at + 2) < 2
    )
      throw fail(at, 'tile-part')
    at += 2 + view.getUint16(at + 2)
  }
  while (markerAt(at) === 0xff90) {
    if (at + 12 > bytes.length) throw fail(at, 'whole tile-part header')
    // §A.4.2: 0 is all up to the end of the codestream.
    const length = view.getUint32(at + 6)
    if (length === 0) {
      const end = bytes[bytes.length - 1] === 0 ? bytes.length - 3 : bytes.length - 2
      if (markerAt(end) === 0xffd9) return
      throw fail(end, 'end (EOC)')
    }
    if (length < 14 || at + length > bytes.length) throw fail(at, `tile-part of ${length} bytes`)
    at += length
  }
  if (markerAt(at) !== 0xffd9) throw fail(at, 'end (EOC)')
}

/** Whether the decoder undoes a multiple component transform (§A.6.1, SGcod): YBR_RCT and YBR_ICT come out as RGB. */
export function usesColorTransform(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 2; at + 9 <= bytes.length && view.getUint16(at) !== 0xff90; at += 2 + view.getUint16(at + 2))
    if (view.getUint16(at) === 0xff52) return bytes[at + 8] === 1
  return false
}
