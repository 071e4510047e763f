import type { StoredValues } from '../codec/frame.ts'
import { DicubeError } from '../errors.ts'
import type { Frame } from './image.ts'
import type { Palette } from './lut.ts'
import { isPadding, modalityFunction, type Presentation, type Voi, voiFunction, windowOfFrames } from './window.ts'

/** An image as screens want it: red, green, blue and alpha of each pixel, row after row, as ImageData has them. */
export interface RenderedImage {
  rows: number
  columns: number
  rgba: Uint8ClampedArray<ArrayBuffer>
}

/**
 * A frame as it is shown: the grey-scale pipeline of PS3.4 §N.2 (modality, values of interest, MONOCHROME1), or colour.
 * Without `voi`, the first one of the presentation, else a window from the frame itself. Pixel Padding is black.
 * @throws DicubeError `unsupported-pixels` for a Photometric Interpretation that has no way to RGB here
 */
export function renderFrame(frame: Frame, presentation: Presentation, voi?: Voi): RenderedImage {
  const { rows, columns, samples, values } = frame
  const rgba = new Uint8ClampedArray(rows * columns * 4)
  if (presentation.palette) paintPalette(rgba, values, presentation.palette)
  else if (samples === 1)
    paintGrey(rgba, values, presentation, voi ?? presentation.vois[0] ?? windowOfFrames([{ values, presentation }]))
  else paintColour(rgba, frame, presentation.bitsStored)
  return { rows, columns, rgba }
}

/** The grey, 0 to 255, of a modality value. */
export function greyFunction(voi: Voi, inverted: boolean): (value: number) => number {
  return inverted ? voiFunction(voi, 255, 0) : voiFunction(voi, 0, 255)
}

function paintGrey(rgba: Uint8ClampedArray, values: StoredValues, presentation: Presentation, voi: Voi): void {
  const toModality = modalityFunction(presentation.modality)
  const toGrey = greyFunction(voi, presentation.inverted)
  const greyOf = (stored: number) => (isPadding(stored, presentation) ? 0 : toGrey(toModality(stored)))
  const grey = greysOf(values, greyOf)
  for (let i = 0, at = 0; i < values.length; i++) {
    rgba[at++] = grey[i]
    rgba[at++] = grey[i]
    rgba[at++] = grey[i]
    rgba[at++] = 255
  }
}

/** Every stored value looked up where there are at most 65,536 of them, which is what makes dragging a window smooth. */
function greysOf(values: StoredValues, greyOf: (stored: number) => number): Uint8ClampedArray {
  const greys = new Uint8ClampedArray(values.length)
  const bits = values.BYTES_PER_ELEMENT * 8
  if (bits > 16 || values.length < 1 << (bits - 1)) {
    for (let i = 0; i < values.length; i++) greys[i] = greyOf(Number(values[i]))
    return greys
  }
  const signed = values instanceof Int8Array || values instanceof Int16Array
  const mask = 2 ** bits - 1
  const table = new Uint8ClampedArray(mask + 1)
  for (let word = 0; word <= mask; word++) table[word] = greyOf(signed && word > mask >> 1 ? word - mask - 1 : word)
  for (let i = 0; i < values.length; i++) greys[i] = table[Number(values[i]) & mask]
  return greys
}

/** PS3.3 §C.7.6.3.1.2, PALETTE COLOR. */
function paintPalette(rgba: Uint8ClampedArray, values: StoredValues, { first, bits, red, green, blue }: Palette): void {
  const last = red.length - 1
  // Entries of 16 bits were often made of 8 with zeros below: a shift has both of them white, a division has not.
  const shift = Math.max(0, bits - 8)
  const scale = bits < 8 ? 255 / (2 ** bits - 1) : 1
  for (let i = 0, at = 0; i < values.length; i++) {
    const entry = Math.max(0, Math.min(last, Number(values[i]) - first))
    rgba[at++] = (red[entry] >> shift) * scale
    rgba[at++] = (green[entry] >> shift) * scale
    rgba[at++] = (blue[entry] >> shift) * scale
    rgba[at++] = 255
  }
}

function paintColour(rgba: Uint8ClampedArray, frame: Frame, bitsStored: number): void {
  const { values, samples, photometricInterpretation } = frame
  const convert = COLOURS[photometricInterpretation as keyof typeof COLOURS]
  if (samples !== 3 || !convert)
    throw new DicubeError(
      'unsupported-pixels',
      `frame: no way from ${samples} samples of ${photometricInterpretation || 'no Photometric Interpretation'} to RGB; wanted 3 of ${Object.keys(COLOURS).join(', ')}`,
    )
  const white = 2 ** bitsStored - 1
  const scale = 255 / white
  for (let i = 0, at = 0; i < values.length; i += 3) {
    const [red, green, blue] = convert(Number(values[i]), Number(values[i + 1]), Number(values[i + 2]), white)
    rgba[at++] = red * scale
    rgba[at++] = green * scale
    rgba[at++] = blue * scale
    rgba[at++] = 255
  }
}

type Rgb = readonly [red: number, green: number, blue: number]

/** The inverse of the equations of PS3.3 §C.7.6.3.1.2. `white` is the largest sample. */
function fromYbrFull(y: number, cb: number, cr: number, white: number): Rgb {
  const [b, r] = [cb - (white + 1) / 2, cr - (white + 1) / 2]
  return rounded(
    [y + 1.402 * r, y - ((0.114 * 1.772) / 0.587) * b - ((0.299 * 1.402) / 0.587) * r, y + 1.772 * b],
    white,
  )
}

/** Luminance from 16 to 235 and chrominance from 16 to 240, of 8 bits; retired. */
function fromYbrPartial(y: number, cb: number, cr: number, white: number): Rgb {
  const unit = (white + 1) / 256
  const [l, b, r] = [1.1644 * (y - 16 * unit), cb - 128 * unit, cr - 128 * unit]
  return rounded([l + 1.596 * r, l - 0.3917 * b - 0.813 * r, l + 2.0173 * b], white)
}

const rounded = (rgb: Rgb, white: number): Rgb =>
  rgb.map(value => Math.max(0, Math.min(white, Math.floor(value + 0.5)))) as unknown as Rgb

const asIs = (red: number, green: number, blue: number): Rgb => [red, green, blue]

/** YBR_RCT is not among them: it exists in JPEG 2000 alone, whose decoders undo it. */
const COLOURS = {
  RGB: asIs,
  YBR_FULL: fromYbrFull,
  YBR_FULL_422: fromYbrFull,
  YBR_ICT: fromYbrFull,
  YBR_PARTIAL: fromYbrPartial,
  YBR_PARTIAL_422: fromYbrPartial,
  YBR_PARTIAL_420: fromYbrPartial,
} as const satisfies Record<string, (a: number, b: number, c: number, white: number) => Rgb>
