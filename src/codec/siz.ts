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

/** Whether the decoder undoes a multiple component transform (§A.6.1, SGcod): YBR_RCT and YBR_ICT come out as RGB. */
export function usesColorTransform(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 2; at + 9 <= bytes.length && view.getUint16(at) !== 0xff90; at += 2 + view.getUint16(at + 2))
    if (view.getUint16(at) === 0xff52) return bytes[at + 8] === 1
  return false
}
