import { concat } from '../bytes/concat.ts'
import { ByteSink } from '../bytes/sink.ts'
import { type ByteSource, checkRange } from '../bytes/source.ts'
import { FRAME_CODINGS, type FrameShape, nativeFrameBytes } from '../codec/frame.ts'
import type { FramePool } from '../codec/pool.ts'
import { DicomCubeImage, type Originals, type Rescale } from '../cube/image.ts'
import { tableOfInstances } from '../cube/ingest.ts'
import { DicomMeta } from '../cube/meta.ts'
import { pixelStoreOfInstances } from '../cube/pixel-store.ts'
import { serializeRow } from '../cube/serialize.ts'
import type { Node, Table } from '../cube/table.ts'
import { charsetOf } from '../dicom/charset.ts'
import { writeDataSet } from '../dicom/data-set.ts'
import { FLAG, ITEM, SEQUENCE_END, UNDEFINED_LENGTH, vrCode } from '../dicom/elements.ts'
import type { DicomJson } from '../dicom/json.ts'
import { parsePart10 } from '../dicom/parse.ts'
import { isGroupLength } from '../dicom/tags.ts'
import { formatDecimal } from '../dicom/values-encode.ts'
import { beginElement, writeTag } from '../dicom/write.ts'
import { DicubeError } from '../errors.ts'
import { version } from '../version.ts'
import { readV1Frame, type V1File } from './v1.ts'

/** What had to be changed so that the metadata of a v1 file describes its pixels. */
export const MIGRATION_CODES = [
  'pixel-attributes', // they describe the pixels of the original files; now those that are there
  'rescale', // the pair that makes modality values of the pixels that are there
  'rounded-rescale', // a DS has 16 characters
  'value-removed', // a stored value, such as padding, that the new pixels cannot have
  'kept-compressed', // frames that no decoder here has right, as they are
  'group-length', // retired, and wrong as soon as anything changes
  'no-sop-instance', // File Meta Information without what the data set lacks
  'colour-space', // pydicom 3 made RGB of YBR before the package saved it, pydicom 2 did not
] as const
export interface MigrationChange {
  code: (typeof MIGRATION_CODES)[number]
  message: string
}

export interface Migrated {
  image: DicomCubeImage
  changes: MigrationChange[]
}

const EXPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2.1'
/** What the Python package says of its frames when it streams them. */
const HTJ2K_LOSSLESS = '1.2.840.10008.1.2.4.201'
/** PS3.7 §D.3.3.2: of this package, the same in every version. */
const IMPLEMENTATION_CLASS_UID = '2.25.286139604713389262170536401728304927445'
const FORM = { implicit: false, bigEndian: false }
const DEFAULT_CHARSET = charsetOf([])
const PIXEL_DATA = 0x7fe00010

/** Pixels that stand beside or instead of the frames, and offsets of frames that are no longer there. */
const OTHER_PIXELS = ['7FE00001', '7FE00002', '7FE00003', '7FE00008', '7FE00009']

/** Attributes whose value is a stored value: US, or SS where pixels are signed (PS3.3 §C.7.6.3, §C.7.5.1.1.2). */
const STORED_VALUES = [
  '00280104', // Smallest Valid Pixel Value (retired)
  '00280105',
  '00280106', // Smallest Image Pixel Value
  '00280107',
  '00280108', // Smallest Pixel Value in Series
  '00280109',
  '00280110', // Smallest Image Pixel Value in Plane (retired)
  '00280111',
  '00280120', // Pixel Padding Value
  '00280121', // Pixel Padding Range Limit
] as const

/** The frames of one slice of the file. */
interface SliceFrames {
  first: number
  count: number
  /** Absent: the slice has none. */
  shape?: FrameShape
  /** No decoder here has them right: they stay what they are. */
  isKept: boolean
}

/**
 * A v1 file as an image whose metadata fits its pixels: what its frames have is mostly modality values, and its
 * attributes are those of the stored values that the original files had. Each slice becomes the DICOM file that is
 * made of both (PS3.10; Explicit VR Little Endian), and is then packed like any other. Metadata that was changed since
 * the file was read is taken as it is now. The original files are gone: nothing here can bring them back.
 * @throws DicubeError `unsupported-pixels`, `corrupt`, `invalid-value`
 */
export async function migrateV1(file: V1File, source: ByteSource, pool: FramePool): Promise<Migrated> {
  const changes: MigrationChange[] = []
  const slices = await framesOfSlices(file, source, pool)
  const meta = fittingMeta(file, slices, changes)
  const sources = slices.map((frames, slice) =>
    sourceOfParts(fileName(slice), partsOfSlice(meta, slice, frames, { file, source, pool })),
  )
  const instances = await Promise.all(sources.map(source => parsePart10(source)))
  const table = tableOfInstances(instances)
  const originals: Originals = {
    // No size and no digest: there is no original file (SPEC §8.1).
    files: slices.map((_, slice) => ({ name: fileName(slice), sizeBytes: 0 })),
    reports: instances.map(({ report }) => report),
    header: slice => ({ bytes: instances[slice].header, pixelOffset: instances[slice].pixels?.offset }),
    deflatedStream: async () => undefined,
  }
  const image = new DicomCubeImage(new DicomMeta(table), await pixelStoreOfInstances(instances, table), originals, {
    pool,
  })
  return { image, changes }
}

/** The name that the Python package gives to a slice. */
export const fileName = (slice: number) => `slice_${String(slice).padStart(4, '0')}.dcm`

async function framesOfSlices(file: V1File, source: ByteSource, pool: FramePool): Promise<SliceFrames[]> {
  const { frames } = file
  const { sliceCount } = file.meta
  if (frames.length && frames.length !== sliceCount && sliceCount > 1)
    throw new DicubeError(
      'unsupported-pixels',
      `${source.name}: ${frames.length} frames for ${sliceCount} slices: the file does not say which frame is whose`,
    )
  const slices: SliceFrames[] = []
  const keptShapes = new Map<string, boolean>()
  for (let slice = 0; slice < sliceCount; slice++) {
    const [first, count] = sliceCount === 1 ? [0, frames.length] : [slice, Number(frames.length > 0)]
    const shapes = new Map<string, FrameShape>()
    let isKept = false
    for (let i = first; i < first + count; i++) {
      const { bytes, shape } = await readV1Frame(source, file, i)
      const key = JSON.stringify(shape)
      shapes.set(key, shape)
      if (shapes.size > 1) throw new DicubeError('unsupported-pixels', `${source.name}: frames of one slice differ`)
      if (shape.samples !== 1 && shape.samples !== 3)
        throw new DicubeError(
          'unsupported-pixels',
          `${source.name}: frame ${i} has ${shape.samples} components: no pixels, but axes that were mixed up`,
        )
      if (!keptShapes.has(key)) keptShapes.set(key, !(await isDecodable(bytes, shape, pool)))
      isKept = keptShapes.get(key)!
    }
    slices.push({ first, count, shape: [...shapes.values()][0], isKept })
  }
  return slices
}

async function isDecodable(bytes: Uint8Array, shape: FrameShape, pool: FramePool): Promise<boolean> {
  // unpackFrame wants signed samples of up to 8 bits 9 deep, as this package writes them.
  if (shape.signed && shape.bitsStored <= 8) return false
  try {
    await pool.unpack(FRAME_CODINGS.htj2k, bytes, shape)
    return true
  } catch (error) {
    if (error instanceof DicubeError && error.code === 'unsupported-codec') return false
    throw error
  }
}

/** The metadata of the file, with attributes that describe the frames. */
function fittingMeta(file: V1File, slices: readonly SliceFrames[], changes: MigrationChange[]): DicomMeta {
  const before = file.meta
  const meta = new DicomMeta(before.table)
  const change = (code: MigrationChange['code'], message: string) => void changes.push({ code, message })

  const topLengths = meta.keys().filter(isGroupLength)
  for (const tag of topLengths) meta.remove(tag)
  let lengths = topLengths.length
  for (const tag of meta.keys()) {
    if (Number.parseInt(tag, 16) >>> 16 <= 2) meta.remove(tag)
    else if (meta.getVr(tag) === 'SQ') lengths += removeNestedGroupLengths(meta, tag)
  }
  if (lengths) change('group-length', `${lengths} Group Length elements left out (PS3.5 §7.2: retired)`)
  const nameless = before.getStrings('SOPInstanceUID').filter(uid => !uid?.[0]).length
  if (nameless)
    change('no-sop-instance', `${nameless} slices lack a SOP Instance UID, and so does their File Meta Information`)
  if (!slices.some(({ shape }) => shape)) return meta

  for (const tag of OTHER_PIXELS) if (meta.has(tag)) meta.remove(tag)
  const fixed: string[] = []
  const setFitting = (name: string, tag: string, vr: string, value: FittingValue) => {
    const texts = before.getStrings(tag).map(strings => strings?.join('\\'))
    const values = slices.map(({ shape }, slice) => (shape ? value(shape, slice) : scalarOf(before, tag, slice)))
    if (values.every((wanted, slice) => texts[slice] === (wanted === undefined ? undefined : String(wanted)))) return
    meta.setValues(tag, values, vr)
    fixed.push(`${name} ${texts[0] || 'absent'} → ${values[0]}`)
  }
  setFitting('Samples per Pixel', '00280002', 'US', ({ samples }) => samples)
  setFitting('Photometric Interpretation', '00280004', 'CS', ({ samples }, slice) =>
    photometricOf(before, slice, samples),
  )
  setFitting('Rows', '00280010', 'US', ({ rows }) => rows)
  setFitting('Columns', '00280011', 'US', ({ columns }) => columns)
  setFitting('Bits Allocated', '00280100', 'US', ({ bitsAllocated }) => bitsAllocated)
  setFitting('Bits Stored', '00280101', 'US', ({ bitsStored }) => bitsStored)
  setFitting('High Bit', '00280102', 'US', ({ highBit }) => highBit)
  setFitting('Pixel Representation', '00280103', 'US', ({ signed }) => Number(signed))
  if (slices.some(({ shape }) => shape?.samples === 3))
    setFitting('Planar Configuration', '00280006', 'US', ({ samples }, slice) =>
      samples === 3 ? 0 : scalarOf(before, '00280006', slice),
    )
  if (before.has('00280008') || slices.some(({ count }) => count > 1))
    setFitting('Number of Frames', '00280008', 'IS', (_, slice) => slices[slice].count)
  if (fixed.length)
    change(
      'pixel-attributes',
      `the attributes of the original pixels, set to those that are there: ${fixed.join(', ')}`,
    )
  if (before.getStrings('00280004').some(value => value?.[0]?.startsWith('YBR')))
    change(
      'colour-space',
      'the original was YBR: pydicom 3 gave the Python package RGB, pydicom 2 YBR, and the file does not say which',
    )
  const kept = slices.filter(({ isKept }) => isKept)
  if (kept.length) {
    const { bitsStored, signed, samples } = kept[0].shape!
    const what = `${samples === 1 ? '' : `${samples} × `}${bitsStored}${signed ? ' signed' : ''} bits`
    change('kept-compressed', `frames of ${what} stay HTJ2K as they are: no decoder here has such samples right`)
  }

  fitRescale(file, before, meta, slices, change)
  return meta
}

function fitRescale(
  { pixelHeader }: V1File,
  before: DicomMeta,
  meta: DicomMeta,
  slices: readonly SliceFrames[],
  change: (code: MigrationChange['code'], message: string) => void,
): void {
  const { RescaleSlope: slope, RescaleIntercept: intercept } = pixelHeader
  if (!Number.isFinite(slope) || !Number.isFinite(intercept) || slope === 0)
    throw new DicubeError('corrupt', `pixelHeader: a rescale of × ${slope} + ${intercept}`)
  const olds = slices.map((_, slice) => rescaleOf(before, slice))
  const isAbsent = before.isMissing('RescaleSlope') && before.isMissing('RescaleIntercept')
  const isSame = olds.every(old => old.slope === slope && old.intercept === intercept)
  if (!isSame || (!isAbsent && (before.isMissing('RescaleSlope') || before.isMissing('RescaleIntercept')))) {
    meta.setShared('RescaleSlope', slope)
    meta.setShared('RescaleIntercept', intercept)
    const [first] = olds
    const pair = ({ slope, intercept }: Rescale) => `× ${slope} + ${intercept}`
    change(
      'rescale',
      `the pixels are ${isSame ? 'stored values' : 'modality values'}: ${pair(first)} of the original files became ${pair({ slope, intercept })}`,
    )
    const rounded = { slope: Number(formatDecimal(slope)), intercept: Number(formatDecimal(intercept)) }
    const most = 2 ** slices.reduce((bits, { shape }) => Math.max(bits, shape?.bitsStored ?? 0), 0)
    const offBy = Math.abs(rounded.slope - slope) * most + Math.abs(rounded.intercept - intercept)
    if (offBy > 0)
      change(
        'rounded-rescale',
        `Rescale Slope and Intercept have more digits than a DS can: modality values differ by at most ${offBy.toPrecision(2)}`,
      )
  }

  const removed: string[] = []
  for (const tag of STORED_VALUES) {
    if (!meta.has(tag)) continue
    const numbers = before.getStrings(tag)
    const values = slices.map(({ shape }, slice) => {
      const old = numbers[slice]
      if (old === null) return undefined
      const number = old.length === 1 ? Number(before.getNumbers(tag).values[slice]) : Number.NaN
      if (!shape || !Number.isFinite(number)) return undefined
      const stored = (number * olds[slice].slope + olds[slice].intercept - intercept) / slope
      const whole = Math.round(stored)
      const [low, high] = shape.signed
        ? [-(2 ** (shape.bitsStored - 1)), 2 ** (shape.bitsStored - 1) - 1]
        : [0, 2 ** shape.bitsStored - 1]
      // US and SS have 16 bits, whatever the pixels have.
      const [least, most] = shape.signed ? [-0x8000, 0x7fff] : [0, 0xffff]
      const fits = whole >= Math.max(low, least) && whole <= Math.min(high, most)
      return Math.abs(stored - whole) < 1e-6 && fits ? whole : undefined
    })
    if (values.some((value, slice) => value === undefined && numbers[slice] !== null)) removed.push(tag)
    meta.remove(tag)
    const signed = slices.some(({ shape }) => shape?.signed)
    if (values.some(value => value !== undefined)) meta.setValues(tag, values, signed ? 'SS' : 'US')
  }
  if (removed.length)
    change(
      'value-removed',
      `${removed.map(tag => `(${tag.slice(0, 4)},${tag.slice(4)})`).join(', ')}: stored values of the original pixels that these cannot have`,
    )
}

/** The pair of a slice; absent or unreadable means 1 and 0, as the Python package takes it. */
function rescaleOf(meta: DicomMeta, slice: number): Rescale {
  const number = (tag: string, otherwise: number) => {
    const [value] = meta.element(tag, slice)?.Value ?? []
    return typeof value === 'number' && Number.isFinite(value) ? value : otherwise
  }
  return { slope: number('00281053', 1), intercept: number('00281052', 0) }
}

/** What an attribute is to be in a slice with such frames; undefined: absent. */
type FittingValue = (shape: FrameShape, slice: number) => string | number | undefined

function scalarOf(meta: DicomMeta, tag: string, slice: number): string | number | undefined {
  const [value] = meta.element(tag, slice)?.Value ?? []
  return typeof value === 'string' || typeof value === 'number' ? value : undefined
}

/** As it was, where frames of so many samples can be that. */
function photometricOf(meta: DicomMeta, slice: number, samples: number): string {
  const was = String(scalarOf(meta, '00280004', slice) ?? '')
  if (samples === 1) return /^(MONOCHROME1|PALETTE COLOR)$/.test(was) ? was : 'MONOCHROME2'
  // Frames have as many chrominance samples as pixels.
  return /^YBR_/.test(was) ? 'YBR_FULL' : 'RGB'
}

/** Items of a sequence without the Group Length elements in them; returns how many there were. */
function removeNestedGroupLengths(meta: DicomMeta, tag: string): number {
  const countIn = ({ layouts }: Table): number =>
    layouts
      .flatMap(({ nodes }) => nodes)
      .reduce((sum, node) => sum + Number(isGroupLength(node.tag)) + inItems(node), 0)
  const inItems = ({ items }: Node): number => (items ? countIn(items.table) : 0)
  const count = meta.table.layouts
    .flatMap(({ nodes }) => nodes.filter(node => node.tag === Number.parseInt(tag, 16)))
    .reduce((sum, node) => sum + inItems(node), 0)
  // DICOM JSON has none of them (PS3.18 §F.2.2).
  const values = () =>
    Array.from({ length: meta.sliceCount }, (_, slice) => {
      const element = meta.element(tag, slice)
      return element && ((element.Value ?? []) as DicomJson[])
    })
  if (count) meta.setValues(tag, values(), 'SQ')
  return count
}

/** A stretch of a file that is made when it is read. */
interface Part {
  length: number
  bytes(): Promise<Uint8Array>
}

interface Frames {
  file: V1File
  source: ByteSource
  pool: FramePool
}

/** The DICOM file of a slice. */
function partsOfSlice(meta: DicomMeta, slice: number, frames: SliceFrames, from: Frames): Part[] {
  const { shape, isKept } = frames
  const dataSet = serializeRow(meta.table, slice).bytes
  const head = new ByteSink()
  head.bytes(new Uint8Array(128))
  head.bytes(new TextEncoder().encode('DICM'))
  head.bytes(fileMetaOf(meta, slice, isKept ? HTJ2K_LOSSLESS : EXPLICIT_LITTLE_ENDIAN))
  if (!shape) return [known(concat([head.finish(), dataSet]))]
  const cut = endOfElementsBefore(meta, slice, dataSet)
  head.bytes(dataSet.subarray(0, cut))
  const behind = dataSet.subarray(cut)
  const numbers = Array.from({ length: frames.count }, (_, k) => frames.first + k)
  if (isKept) {
    beginElement(head, PIXEL_DATA, vrCode('OB'), FLAG.undefinedLength, UNDEFINED_LENGTH)
    const fragments = numbers.flatMap((i): Part[] => {
      const { length } = from.file.frames[i]
      const bytes = async () => (await readV1Frame(from.source, from.file, i)).bytes
      // PS3.5 §A.4: fragments are of even length; a decoder stops at the end of the codestream.
      return [known(itemHeader(ITEM, length + (length % 2))), { length, bytes }, known(new Uint8Array(length % 2))]
    })
    // An empty Basic Offset Table, then one fragment a frame.
    return [
      known(concat([head.finish(), itemHeader(ITEM, 0)])),
      ...fragments,
      known(itemHeader(SEQUENCE_END, 0)),
      known(behind),
    ]
  }
  const length = nativeFrameBytes(shape)
  const valueBytes = numbers.length * length
  const padding = valueBytes % 2
  beginElement(head, PIXEL_DATA, vrCode(shape.bitsAllocated > 8 ? 'OW' : 'OB'), 0, valueBytes + padding)
  const values = numbers.map((i): Part => {
    const bytes = async () =>
      from.pool.unpack(FRAME_CODINGS.htj2k, (await readV1Frame(from.source, from.file, i)).bytes, shape)
    return { length, bytes }
  })
  return [known(head.finish()), ...values, known(new Uint8Array(padding)), known(behind)]
}

const known = (bytes: Uint8Array): Part => ({ length: bytes.length, bytes: async () => bytes })

/** Where Pixel Data belongs among the elements of a data set, which are in ascending order. */
function endOfElementsBefore(meta: DicomMeta, slice: number, dataSet: Uint8Array): number {
  const behind = meta.keys().filter(tag => Number.parseInt(tag, 16) > PIXEL_DATA)
  if (!behind.length) return dataSet.length
  const before = new DicomMeta(meta.table)
  for (const tag of behind) before.remove(tag)
  return serializeRow(before.table, slice).bytes.length
}

/** File Meta Information (PS3.10 §7.1). A UID that the data set lacks is not invented. */
function fileMetaOf(meta: DicomMeta, slice: number, transferSyntaxUid: string): Uint8Array {
  const uid = (tag: string) => meta.getStrings(tag)[slice]?.[0]
  const text = (vr: string, value: string | undefined) => (value ? { vr, Value: [value] } : undefined)
  const elements: Record<string, DicomJson[string] | undefined> = {
    '00020001': { vr: 'OB', InlineBinary: 'AAE=' }, // version 1
    '00020002': text('UI', uid('SOPClassUID')),
    '00020003': text('UI', uid('SOPInstanceUID')),
    '00020010': text('UI', transferSyntaxUid),
    '00020012': text('UI', IMPLEMENTATION_CLASS_UID),
    '00020013': text('SH', `DICUBE ${version}`.slice(0, 16)),
  }
  const present = Object.entries(elements).filter(
    (entry): entry is [string, DicomJson[string]] => entry[1] !== undefined,
  )
  const group = writeDataSet(Object.fromEntries(present), FORM, DEFAULT_CHARSET)
  const length = writeDataSet({ '00020000': { vr: 'UL', Value: [group.length] } }, FORM, DEFAULT_CHARSET)
  return concat([length, group])
}

function itemHeader(tag: number, length: number): Uint8Array {
  const sink = new ByteSink()
  writeTag(sink, tag, false)
  sink.u32(length)
  return sink.finish()
}

/** A file of parts, each made when it is read. */
function sourceOfParts(name: string, parts: readonly Part[]): ByteSource {
  const sizeBytes = parts.reduce((sum, part) => sum + part.length, 0)
  const read = async (offset: number, length: number) => {
    checkRange(name, offset, length, sizeBytes)
    const bytes = new Uint8Array(length)
    let at = 0
    for (const part of parts) {
      const [first, end] = [Math.max(offset, at), Math.min(offset + length, at + part.length)]
      if (first < end) bytes.set((await part.bytes()).subarray(first - at, end - at), first - offset)
      at += part.length
    }
    return bytes
  }
  return { name, read, head: async length => ({ bytes: await read(0, Math.min(length, sizeBytes)), sizeBytes }) }
}
