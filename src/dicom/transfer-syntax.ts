import type { CodecName } from '../codec/decode.ts'

/** How a data set is written, from its Transfer Syntax (PS3.5 §10). */
export interface DataSetEncoding {
  implicit: boolean
  bigEndian: boolean
  deflated: boolean
}

interface TransferSyntax {
  name: string
  encoding: DataSetEncoding
  /** Pixel Data is fragments (PS3.5 §A.4). */
  isEncapsulated: boolean
  /** How frames of Pixel Data are compressed; absent: native. */
  codec?: CodecName
  lossy?: boolean
}

const explicit: DataSetEncoding = { implicit: false, bigEndian: false, deflated: false }
const deflated: DataSetEncoding = { ...explicit, deflated: true }
const native = (name: string, encoding: DataSetEncoding): TransferSyntax => ({
  name,
  encoding,
  isEncapsulated: false,
})
const encapsulated = (name: string, codec?: CodecName, lossy?: boolean): TransferSyntax => ({
  name,
  encoding: explicit,
  isEncapsulated: true,
  codec,
  lossy,
})

/** PS3.6 Table A-1; a syntax that is not here is walked as its first element says. */
const SYNTAXES: Record<string, TransferSyntax> = {
  '1.2.840.10008.1.2': native('Implicit VR Little Endian', { ...explicit, implicit: true }),
  '1.2.840.10008.1.2.1': native('Explicit VR Little Endian', explicit),
  '1.2.840.10008.1.2.2': native('Explicit VR Big Endian', { ...explicit, bigEndian: true }),
  '1.2.840.10008.1.2.1.98': encapsulated('Encapsulated Uncompressed Explicit VR Little Endian', 'none'),
  '1.2.840.10008.1.2.1.99': native('Deflated Explicit VR Little Endian', deflated),
  '1.2.840.10008.1.2.5': encapsulated('RLE Lossless', 'rle'),
  '1.2.840.10008.1.2.8.1': encapsulated('Deflated Image Frame Compression', 'deflate'),
  '1.2.840.10008.1.2.4.50': encapsulated('JPEG Baseline (Process 1)', 'jpeg', true),
  '1.2.840.10008.1.2.4.51': encapsulated('JPEG Extended (Process 2 & 4)', 'jpeg', true),
  '1.2.840.10008.1.2.4.57': encapsulated('JPEG Lossless, Non-Hierarchical (Process 14)', 'jpeg-lossless'),
  '1.2.840.10008.1.2.4.70': encapsulated('JPEG Lossless, Non-Hierarchical, First-Order Prediction', 'jpeg-lossless'),
  '1.2.840.10008.1.2.4.80': encapsulated('JPEG-LS Lossless', 'jpeg-ls'),
  '1.2.840.10008.1.2.4.81': encapsulated('JPEG-LS Lossy (Near-Lossless)', 'jpeg-ls', true),
  '1.2.840.10008.1.2.4.90': encapsulated('JPEG 2000 Lossless', 'jpeg2000'),
  '1.2.840.10008.1.2.4.91': encapsulated('JPEG 2000', 'jpeg2000', true),
  '1.2.840.10008.1.2.4.92': encapsulated('JPEG 2000 Part 2 Multi-component Lossless'),
  '1.2.840.10008.1.2.4.93': encapsulated('JPEG 2000 Part 2 Multi-component', undefined, true),
  '1.2.840.10008.1.2.4.94': native('JPIP Referenced', explicit),
  '1.2.840.10008.1.2.4.95': native('JPIP Referenced Deflate', deflated),
  '1.2.840.10008.1.2.4.201': encapsulated('HTJ2K Lossless', 'htj2k'),
  '1.2.840.10008.1.2.4.202': encapsulated('HTJ2K Lossless RPCL', 'htj2k'),
  '1.2.840.10008.1.2.4.203': encapsulated('HTJ2K', 'htj2k', true),
  '1.2.840.10008.1.2.4.204': native('JPIP HTJ2K Referenced', explicit),
  '1.2.840.10008.1.2.4.205': native('JPIP HTJ2K Referenced Deflate', deflated),
}

export const transferSyntax = (uid: string): TransferSyntax | undefined => SYNTAXES[uid]

export const dataSetEncodingOf = (uid: string): DataSetEncoding | undefined => SYNTAXES[uid]?.encoding
