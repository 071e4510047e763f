import type { StoredValues } from '../codec/frame.ts'
import type { DicomJson } from '../dicom/json.ts'
import { DicubeError } from '../errors.ts'
import { firstFrames } from './frames.ts'
import type { DicomCubeImage, Rescale } from './image.ts'
import { applyLut, type Lut, lutOfItem, type Palette, paletteOf } from './lut.ts'
import type { AnyValue, DicomMeta } from './meta.ts'

export const VOI_FUNCTIONS = ['LINEAR', 'LINEAR_EXACT', 'SIGMOID'] as const
export type VoiFunction = (typeof VOI_FUNCTIONS)[number]

/** Window Center and Window Width (PS3.3 §C.11.2.1.2), in modality values. */
export interface VoiWindow {
  center: number
  width: number
  function: VoiFunction
  /** What the file calls it; "" where it says nothing. */
  explanation: string
}

/** What chooses the values of interest: a window, or a table from the VOI LUT Sequence. */
export type Voi = VoiWindow | Lut

export const isLut = (voi: Voi): voi is Lut => 'entries' in voi

/** From stored to modality values (PS3.3 §C.11.1): the table where there is one, else slope and intercept. */
export interface Modality extends Rescale {
  lut?: Lut
  /** Rescale Type, Modality LUT Type or Units: "HU", "BQML", "US" (unspecified); "" where nothing says it. */
  units: string
}

/** What the attributes say of how one frame is shown. */
export interface Presentation {
  modality: Modality
  /** In the order of the file, tables behind windows. Empty: whoever shows the frame has to choose. */
  vois: readonly Voi[]
  /** MONOCHROME1: the least value is white. */
  inverted: boolean
  /** Stored values that are no image: Pixel Padding Value, and up to its Range Limit (PS3.3 §C.7.5.1.1.2). */
  padding?: readonly [from: number, to: number]
  /** PALETTE COLOR only. */
  palette?: Palette
  bitsStored: number
}

/** Windows in HU that radiologists use, by name. */
export const CT_WINDOWS = {
  abdomen: { center: 50, width: 400 },
  bone: { center: 400, width: 1800 },
  brain: { center: 40, width: 80 },
  liver: { center: 30, width: 150 },
  lung: { center: -600, width: 1500 },
  mediastinum: { center: 50, width: 350 },
  stroke: { center: 40, width: 40 },
} as const satisfies Record<string, Pick<VoiWindow, 'center' | 'width'>>

export const windowOf = (center: number, width: number, fn: VoiFunction = 'LINEAR', explanation = ''): VoiWindow => ({
  center,
  width,
  function: fn,
  explanation,
})

/** The window that shows `least` as black and `most` as white. */
export const windowOfRange = (least: number, most: number): VoiWindow =>
  windowOf((least + most) / 2, most > least ? most - least : 1, 'LINEAR_EXACT')

/** PS3.3 §C.11.2.1.2.1 and §C.11.2.1.3: what the functions are defined for. */
const isWindow = ({ center, width, function: fn }: VoiWindow) =>
  Number.isFinite(center) && Number.isFinite(width) && (fn === 'LINEAR' ? width >= 1 : width > 0)

/**
 * The VOI transformation as a function of modality values, onto `low` to `high`: equations C.11-2a (LINEAR),
 * C.11-2b (LINEAR_EXACT) and C.11-3 (SIGMOID) of PS3.3, or a table.
 * @throws DicubeError `out-of-range` for a width below 1 (LINEAR), or not above 0
 */
export function voiFunction(voi: Voi, low = 0, high = 1): (value: number) => number {
  const range = high - low
  if (isLut(voi)) {
    const scale = range / (2 ** voi.bits - 1)
    return value => applyLut(voi, value) * scale + low
  }
  const { center, width, function: fn } = voi
  if (!isWindow(voi))
    throw new DicubeError(
      'out-of-range',
      `a window of center ${center} and width ${width}; ${fn} wants a width of ${fn === 'LINEAR' ? 'at least 1' : 'more than 0'}`,
    )
  if (fn === 'SIGMOID') return value => range / (1 + Math.exp((-4 * (value - center)) / width)) + low
  const [c, w] = fn === 'LINEAR' ? [center - 0.5, width - 1] : [center, width]
  return value => {
    if (value <= c - w / 2) return low
    if (value > c + w / 2) return high
    return ((value - c) / w + 0.5) * range + low
  }
}

/** From a stored value to its modality value, such as Hounsfield units. */
export function modalityFunction({ slope, intercept, lut }: Modality): (stored: number) => number {
  return lut ? stored => applyLut(lut, stored) : stored => stored * slope + intercept
}

/** Whether a stored value is Pixel Padding and no image. */
export const isPadding = (stored: number, { padding }: Pick<Presentation, 'padding'>): boolean =>
  padding !== undefined && stored >= padding[0] && stored <= padding[1]

/** Modality values of some frames that are compared for a window; more than this many are thinned out. */
const MOST_SAMPLES = 1 << 18

/**
 * A window from what is in some frames, for where the file has none: from one percentile of their modality values to
 * another, without padding and what is not finite. Values that are nearly all the same have all of their range.
 */
export function windowOfFrames(
  frames: readonly { values: StoredValues; presentation: Presentation }[],
  [lower, upper]: readonly [number, number] = [0.5, 99.5],
): VoiWindow {
  const step = Math.max(1, Math.ceil(frames.reduce((sum, { values }) => sum + values.length, 0) / MOST_SAMPLES))
  const found: number[] = []
  for (const { values, presentation } of frames) {
    const toModality = modalityFunction(presentation.modality)
    for (let at = 0; at < values.length; at += step) {
      const stored = Number(values[at])
      const value = toModality(stored)
      if (Number.isFinite(value) && !isPadding(stored, presentation)) found.push(value)
    }
  }
  if (!found.length) return windowOfRange(0, 1)
  const sorted = Float64Array.from(found).sort()
  const at = (percent: number) => sorted[Math.round(((sorted.length - 1) * percent) / 100)]
  const [least, most] = [at(lower), at(upper)]
  return least < most ? windowOfRange(least, most) : windowOfRange(sorted[0], sorted[sorted.length - 1])
}

/**
 * How each frame of a series is shown, by the number that image.frame(i) counts: from the functional groups of a
 * multi-frame object, else from the top level. Tables that a cube keeps behind its frames are fetched.
 *
 * The function that comes back throws DicubeError `malformed` for a Modality LUT or palette that is broken, since
 * without it every value would be wrong; a window or VOI LUT that is broken is left out of `vois`.
 */
export async function presentationsOf(image: DicomCubeImage): Promise<(frame: number) => Presentation> {
  const { meta } = image
  await loadTables(meta)
  const firsts = firstFrames(meta.table)
  const column = memoized((tag: string): readonly (AnyValue | null)[] | undefined => {
    const values = meta.getFrameValues(tag) as (AnyValue | null)[]
    return values.some(value => value !== null) ? values : undefined
  })
  const palettes = new Map<number, Palette>()
  const hasOnePalette = PALETTE_TAGS.every(tag => !meta.has(tag) || meta.isShared(tag))
  return frame => {
    const [slice, k] = image.placeOf(frame)
    const at = (tag: string) => column(tag)?.[firsts[slice] + k] ?? null
    const { photometric, shape } = image.describe(slice)
    const signed = shape?.signed ?? false
    const padding = numberOf(at('PixelPaddingValue'))
    const limit = numberOf(at('PixelPaddingRangeLimit')) ?? padding
    const key = hasOnePalette ? 0 : slice
    if (photometric === 'PALETTE COLOR' && !palettes.has(key))
      palettes.set(
        key,
        paletteOf(tag => meta.element(tag, slice), signed),
      )
    return {
      modality: modalityOf(image, slice, k, at, signed),
      vois: [...windowsOf(at), ...voiLutsOf(at, signed)],
      inverted: photometric === 'MONOCHROME1',
      ...(padding !== undefined &&
        !image.holdsModalityValues &&
        limit !== undefined && { padding: [Math.min(padding, limit), Math.max(padding, limit)] as const }),
      ...(photometric === 'PALETTE COLOR' && { palette: palettes.get(key) }),
      bitsStored: shape?.bitsStored ?? 8,
    }
  }
}

type Lookup = (tag: string) => AnyValue | null

const PALETTE_TAGS = [
  ...[1, 2, 3].flatMap(k => [`0028110${k}`, `0028120${k}`, `0028122${k}`]),
  'PixelRepresentation',
  'PhotometricInterpretation',
]
const TABLES = ['ModalityLUTSequence', 'VOILUTSequence', ...PALETTE_TAGS]
const GROUPS = ['SharedFunctionalGroupsSequence', 'PerFrameFunctionalGroupsSequence']

async function loadTables(meta: DicomMeta): Promise<void> {
  await meta.load(TABLES)
  // Private blobs of the functional groups are fetched only where there is a table among them.
  const inGroups = meta.getFrameValues('VOILUTSequence')
  if (inGroups.some(items => itemsOf(items).some(item => item['00283006']?.BulkDataURI !== undefined)))
    await meta.load(GROUPS)
}

function modalityOf(image: DicomCubeImage, slice: number, frame: number, at: Lookup, signed: boolean): Modality {
  const rescale = image.rescale(slice, frame)
  const [item] = itemsOf(at('ModalityLUTSequence'))
  // A file of the Python package holds modality values: there is nothing left to look up.
  if (item && !image.holdsModalityValues)
    return { slope: 1, intercept: 0, lut: lutOfItem(item, signed), units: textOf(item['00283004']?.Value?.[0]) }
  const units = textOf(at('RescaleType')) || textOf(at('Units')) || (textOf(at('Modality')) === 'CT' ? 'HU' : '')
  return { ...rescale, units }
}

function windowsOf(at: Lookup): VoiWindow[] {
  const [centers, widths] = [numbersOf(at('WindowCenter')), numbersOf(at('WindowWidth'))]
  const explanations = listOf(at('WindowCenterWidthExplanation'))
  const named = textOf(at('VOILUTFunction'))
  const fn = VOI_FUNCTIONS.find(one => one === named) ?? 'LINEAR'
  return centers
    .slice(0, widths.length)
    .map((center, i) => windowOf(center, widths[i], fn, textOf(explanations[i])))
    .filter(isWindow)
}

function voiLutsOf(at: Lookup, signed: boolean): Lut[] {
  return itemsOf(at('VOILUTSequence')).flatMap(item => {
    try {
      return [lutOfItem(item, signed)]
    } catch (error) {
      if (error instanceof DicubeError) return []
      throw error
    }
  })
}

const listOf = (value: AnyValue | null | undefined): readonly unknown[] =>
  Array.isArray(value) ? value : value === null || value === undefined ? [] : [value]
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)
const numbersOf = (value: AnyValue | null): number[] => listOf(value).map(one => numberOf(one) ?? Number.NaN)
const itemsOf = (value: AnyValue | null | undefined): DicomJson[] =>
  listOf(value).filter((item): item is DicomJson => typeof item === 'object' && item !== null)

function memoized<K, V>(make: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>()
  return key => {
    if (!known.has(key)) known.set(key, make(key))
    return known.get(key) as V
  }
}
