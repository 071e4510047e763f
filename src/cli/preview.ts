import { dirname } from 'node:path'
import { writeAtomically } from '../bytes/new-file.node.ts'
import { oneLine } from '../cube/display.ts'
import type { DicomCubeImage, Frame } from '../cube/image.ts'
import type { DicomMeta } from '../cube/meta.ts'
import { SORT_METHODS } from '../cube/order.ts'
import { greyFunction, type RenderedImage, renderFrame } from '../cube/render.ts'
import { distanceAlong, geometryOf, normalAt } from '../cube/volumes.ts'
import {
  CT_WINDOWS,
  isLut,
  type Presentation,
  presentationsOf,
  type Voi,
  windowOf,
  windowOfFrames,
} from '../cube/window.ts'
import { DicubeError } from '../errors.ts'
import { choice, lines, parseSlices, positive, usageError, verb } from './args.ts'
import { Canvas, type Colour, fittedText, GLYPH_HEIGHT, GLYPH_WIDTH, textWidth } from './canvas.ts'
import { type Io, print, warn } from './io.ts'
import { kindOf, META_OPTIONS, openImage } from './open.ts'
import { encodePng } from './png.ts'
import { type Progress, progressOf } from './progress.ts'
import { gridOf, project, VIEWS, type View } from './projection.ts'
import { grouped, plural, printJson, safe } from './text.ts'

/** Tiles of a contact sheet when nobody says how many. */
const TILES = 24
const TILE_PIXELS = 192
/** The longest edge of an image that stands alone: its own, but neither a stamp nor a wall. */
const SINGLE_PIXELS = { least: 512, most: 2048 } as const
/** From here on an image that stands alone has large letters. */
const WIDE_PIXELS = 400
/** Wider and higher than this is no preview but a mistake, and would be allocated for. */
export const PREVIEW_LIMITS = { pixels: 1 << 26 }

const AXES: Record<string, View> = { x: 'sagittal', y: 'coronal', z: 'axial' }
const PRESETS = Object.keys(CT_WINDOWS) as (keyof typeof CT_WINDOWS)[]

export const preview = verb({
  usage: 'CUBE -o OUT.png [--slice N | --mip AXIS]',
  operands: ['CUBE'],
  about: lines(
    `Writes a PNG to look at: a contact sheet of ${TILES} slices spread over the series, one slice, or the maximum ` +
      'intensity projection of a volume. CUBE is a .dcbs file (or its URL), a DICOM file or a folder of them. ' +
      'Pixels have the shape that Pixel Spacing gives them.',
    'Grey values are windowed: each slice by its own window, where the file has one, else all of them by one from the ' +
      '0.5th to the 99.5th percentile of what is shown, which is what a projection has too. --window says otherwise.',
    'The labels name modality, series, sizes and window, but no patient unless --patient asks for it. What is burnt ' +
      'into the pixels is shown.',
    '',
    '--json prints {"path", "width", "height", "fileBytes", "frames", "failed": [{"frame", "code", "message"}], "mip", ' +
      '"window": {"center", "width", "function"}}; "window" is null where slices have windows of their own, or colours.',
  ),
  options: {
    output: { short: 'o', value: 'OUT.png', help: 'the file to write' },
    slice: { value: 'RANGE', help: 'these slices: 5, -1, 0:10, 0:10:2, or several with commas; a single one alone' },
    frame: { value: 'RANGE', help: 'these frames, where slices have several; counted over the whole series' },
    volume: { value: 'N', help: 'only one of the volumes that "dicube check" lists, counted from 0' },
    mip: {
      value: 'AXIS',
      help: `maximum intensity projection: ${VIEWS.join(', ')}; or z, y, x, the axis of the patient to look along`,
    },
    window: {
      value: 'C/W',
      help: `center and width, as in 40/400; ${PRESETS.join(', ')} (CT); auto: percentiles; full: least to greatest`,
    },
    columns: { value: 'N', help: 'slices beside each other' },
    size: { value: 'PIXELS', help: `longest edge of each slice (${TILE_PIXELS} on a sheet)` },
    count: { value: 'N', help: `slices on the sheet, where --slice names none (default: ${TILES})` },
    patient: { help: 'write name and ID of the patient on it' },
    force: { help: 'replace a file that exists' },
    ...META_OPTIONS,
  },
  async run(values, [path], io) {
    const out = values.output
    if (out === undefined) throw usageError('preview: -o OUT.png is missing; usage: dicube preview CUBE -o OUT.png')
    if (!/\.png$/i.test(out)) throw usageError(`${out}: wanted a name that ends in .png, which is what is written`)
    const sort = choice('--sort', values.sort, SORT_METHODS)
    const view = values.mip === undefined ? undefined : (AXES[values.mip] ?? choice('--mip', values.mip, VIEWS))
    const wanted = wantedWindow(values.window)
    const size = positive('--size', values.size)
    const layout = { columns: positive('--columns', values.columns), size }
    const count = positive('--count', values.count)
    const there = await kindOf(out)
    if (there === 'folder') throw usageError(`${out}: is a folder; the name of a PNG file was wanted`)
    if (there && !values.force)
      throw new DicubeError('exists', `${out}: exists already; nothing was written (--force replaces it)`)
    if ((await kindOf(dirname(out))) !== 'folder') throw new DicubeError('not-found', `${dirname(out)}: no such folder`)

    const image = await openImage(path, { series: values.series, sort }, io)
    const progress = progressOf(io)
    try {
      if (!image.frameCount) throw new DicubeError('no-pixels', `${path}: the series has no frames`)
      const presentationOf = await presentationsOf(image)
      const chosen = chosenFrames(image, values, view !== undefined, count)
      const context: Context = { image, presentationOf, chosen, wanted, progress, io }
      const picture = view ? await projected(context, view, size) : await sheetOf(context, layout)
      const canvas = framed(picture, headOf(image, chosen, picture, view, values.patient))
      const png = encodePng(canvas.rgb, canvas.width, canvas.height)
      const file = await writeAtomically(out, values.force)
      try {
        await file.write(png)
        await file.commit()
      } catch (error) {
        await file.abort()
        throw error
      }
      progress.clear()
      for (const { frame, message } of picture.failed) await warn(io, safe(`frame ${frame} is not shown: ${message}`))
      const { width, height } = canvas
      if (values.json)
        await printJson(io, {
          path: out,
          width,
          height,
          fileBytes: png.length,
          frames: chosen.frames,
          failed: picture.failed,
          mip: view ?? null,
          window:
            picture.voi && !isLut(picture.voi)
              ? { center: picture.voi.center, width: picture.voi.width, function: picture.voi.function }
              : null,
        })
      else {
        const shown = `${grouped(chosen.frames.length - picture.failed.length)} of ${plural(image.frameCount, 'frame')}`
        const what = view ? `${view} maximum of ${shown}` : shown
        await print(io, safe(`Wrote ${out}: ${what}, ${picture.windowText}, ${width} × ${height} pixels`))
      }
      return 0
    } finally {
      progress.clear()
      await image.close()
    }
  },
})

/** What --window asks for; undefined: nothing. */
type Wanted = 'auto' | 'full' | { voi: Voi; preset?: string } | undefined

const CENTER_WIDTH = /^(-?\d+(?:\.\d+)?)\/(\d+(?:\.\d+)?)$/

function wantedWindow(text: string | undefined): Wanted {
  if (text === undefined || text === 'auto' || text === 'full') return text
  const preset = PRESETS.find(name => name === text)
  if (preset) return { voi: windowOf(CT_WINDOWS[preset].center, CT_WINDOWS[preset].width), preset }
  const [, center, width] = CENTER_WIDTH.exec(text) ?? []
  if (!(Number(width) >= 1))
    throw usageError(
      `--window ${JSON.stringify(text)}: wanted center/width, as in 40/400, with a width of at least 1, or ${PRESETS.join(', ')}, auto, full`,
    )
  return { voi: windowOf(Number(center), Number(width)) }
}

interface Chosen {
  frames: number[]
  /** Which volume of how many, where one was asked for or a projection can be of one only. */
  volume?: { number: number; count: number }
}

function chosenFrames(
  image: DicomCubeImage,
  { slice, frame, volume }: { slice?: string; frame?: string; volume?: string },
  isProjection: boolean,
  count: number | undefined,
): Chosen {
  const named = [slice !== undefined && '--slice', frame !== undefined && '--frame', volume !== undefined && '--volume']
  const given = named.filter(name => name !== false)
  if (given.length > 1) throw usageError(`${given[0]} or ${given[1]}, not both`)
  if (count !== undefined && (isProjection || slice !== undefined || frame !== undefined))
    throw usageError('--count is for a sheet of slices that are spread over the series')
  if (frame !== undefined) return { frames: parseSlices(frame, image.frameCount, 'frame') }
  if (slice !== undefined) {
    const slices = new Set(parseSlices(slice, image.meta.sliceCount))
    const frames = allFrames(image).filter(i => slices.has(image.placeOf(i)[0]))
    if (!frames.length) throw new DicubeError('no-pixels', `--slice ${slice}: no frames`)
    return { frames }
  }
  if (volume === undefined && !isProjection) return { frames: spread(allFrames(image), count ?? TILES) }
  const volumes = image.meta.volumes().map(one => one.frames.filter(i => i < image.frameCount))
  const number = volume === undefined ? 0 : /^\d{1,9}$/.test(volume) ? Number(volume) : Number.NaN
  if (Number.isNaN(number)) throw usageError(`--volume ${JSON.stringify(volume)}: wanted a whole number from 0 on`)
  if (!volumes[number]?.length)
    throw new DicubeError(
      'out-of-range',
      `--volume ${number}: the series has ${plural(volumes.length, 'volume')}, counted from 0`,
    )
  const frames = isProjection ? volumes[number] : spread(volumes[number], count ?? TILES)
  return { frames, ...(volumes.length > 1 && { volume: { number, count: volumes.length } }) }
}

const allFrames = (image: DicomCubeImage) => Array.from({ length: image.frameCount }, (_, i) => i)

/** So many of a list, the first and the last among them. */
function spread<T>(all: readonly T[], count: number): T[] {
  if (all.length <= count) return [...all]
  if (count === 1) return [all[all.length >> 1]]
  return Array.from({ length: count }, (_, i) => all[Math.round((i * (all.length - 1)) / (count - 1))])
}

interface Context {
  image: DicomCubeImage
  presentationOf: (frame: number) => Presentation
  chosen: Chosen
  wanted: Wanted
  progress: Progress
  io: Io
}

interface Picture {
  canvas: Canvas
  /** Of everything that is shown; absent where slices have their own, or colours. */
  voi?: Voi
  windowText: string
  failed: { frame: number; code: string; message: string }[]
  /** Of the text that fits it. */
  scale: number
}

const BACKGROUND: Colour = [12, 14, 18]
const EMPTY: Colour = [30, 32, 38]
const BRIGHT: Colour = [235, 238, 242]
const DIM: Colour = [150, 158, 170]
const GAP = 8

const numberText = (value: number) => String(Math.round(value * 100) / 100)

function windowText(voi: Voi, units: string): string {
  if (isLut(voi)) return `VOI LUT${voi.explanation ? ` ${voi.explanation}` : ''}`
  const fn = voi.function === 'SIGMOID' ? ', sigmoid' : ''
  return `window ${numberText(voi.center)} / ${numberText(voi.width)}${units && units !== 'US' ? ` ${units}` : ''}${fn}`
}

/** The window that all frames share; undefined: each has its own. */
function commonWindow(
  wanted: Wanted,
  frames: readonly { frame: Frame; presentation: Presentation }[],
): Voi | undefined {
  if (typeof wanted === 'object') {
    const other = wanted.preset && frames.find(({ presentation }) => presentation.modality.units !== 'HU')
    if (other)
      throw usageError(
        `--window ${wanted.preset}: is in HU, the values are ${other.presentation.modality.units || 'in no unit that is said'}; wanted center/width, auto or full`,
      )
    return wanted.voi
  }
  const measured = frames.map(({ frame, presentation }) => ({ values: frame.values, presentation }))
  if (wanted) return windowOfFrames(measured, wanted === 'full' ? [0, 100] : undefined)
  const own = frames.map(({ presentation }) => presentation.vois[0])
  // Where one frame has a window and another not, they could not be compared.
  if (own.some(voi => voi === undefined)) return windowOfFrames(measured)
  const [first] = own
  const isSame = (voi: Voi) =>
    !isLut(voi) &&
    !isLut(first) &&
    voi.center === first.center &&
    voi.width === first.width &&
    voi.function === first.function
  return own.every(isSame) ? first : undefined
}

async function sheetOf(
  { image, presentationOf, chosen, wanted, progress, io }: Context,
  layout: { columns?: number; size?: number },
): Promise<Picture> {
  const found: { i: number; frame: Frame; presentation: Presentation }[] = []
  const failed: Picture['failed'] = []
  for (const [n, i] of chosen.frames.entries()) {
    try {
      const presentation = presentationOf(i)
      found.push({ i, frame: await image.frame(i, undefined, io.signal), presentation })
    } catch (error) {
      if (!(error instanceof DicubeError) || io.signal.aborted) throw error
      failed.push({ frame: i, code: error.code, message: error.message })
      if (failed.length === chosen.frames.length) throw error
    }
    progress.update('Decoding', n + 1, chosen.frames.length)
  }
  const grey = found.filter(({ frame, presentation }) => frame.samples === 1 && !presentation.palette)
  const voi = grey.length ? commonWindow(wanted, grey) : undefined
  const isSingle = chosen.frames.length === 1
  const aspects = aspectsOf(image.meta)
  const widest = found.reduce((most, { frame }) => Math.max(most, frame.columns, frame.rows), 0)
  const edge =
    layout.size ?? (isSingle ? Math.min(SINGLE_PIXELS.most, Math.max(SINGLE_PIXELS.least, widest)) : TILE_PIXELS)
  const columns = Math.min(chosen.frames.length, layout.columns ?? columnsFor(chosen.frames.length))
  const rows = Math.ceil(chosen.frames.length / columns)
  const scale = edge >= (isSingle ? WIDE_PIXELS : 160) ? 2 : 1
  const labelHeight = isSingle ? 0 : (GLYPH_HEIGHT + 6) * scale
  const boxes = found.map(({ i, frame }) => ({ i, ...boxOf(frame.rows * aspects(i), frame.columns, edge) }))
  // All tiles are as wide and as high as the largest of them, so that a row has no holes.
  const tileWidth = boxes.reduce((most, { width }) => Math.max(most, width), 1)
  const tileHeight = boxes.reduce((most, { height }) => Math.max(most, height), 1)
  const canvas = canvasOf(
    columns * tileWidth + (columns - 1) * GAP,
    rows * (tileHeight + labelHeight) + (rows - 1) * GAP,
  )
  const places = placesAlong(image.meta)
  for (const [n, i] of chosen.frames.entries()) {
    const left = (n % columns) * (tileWidth + GAP)
    const top = Math.floor(n / columns) * (tileHeight + labelHeight + GAP)
    const at = found.findIndex(one => one.i === i)
    if (at >= 0) {
      const { frame, presentation } = found[at]
      const { width, height } = boxes[at]
      const rendered = renderFrame(frame, presentation, voi)
      canvas.image(rendered, left + ((tileWidth - width) >> 1), top + ((tileHeight - height) >> 1), width, height)
    } else {
      canvas.fill(left, top, tileWidth, tileHeight, EMPTY)
      const code = failed.find(({ frame }) => frame === i)?.code ?? ''
      canvas.text(fittedText(code, tileWidth - GAP, scale), left + GAP, top + GAP, scale, DIM)
    }
    if (isSingle) continue
    const place = places(i)
    const labelTop = top + tileHeight + 3 * scale
    canvas.text(fittedText(String(i), tileWidth, scale), left, labelTop, scale, BRIGHT)
    const room = tileWidth - textWidth(String(i), scale) - 2 * scale
    const text = place === undefined ? '' : `${place.toFixed(1)} mm`
    if (text && textWidth(text, scale) <= room)
      canvas.text(text, left + tileWidth - textWidth(text, scale), labelTop, scale, DIM)
  }
  return {
    canvas,
    voi,
    windowText: !grey.length
      ? 'in colour'
      : voi
        ? windowText(voi, grey[0].presentation.modality.units)
        : isSingle
          ? windowText(grey[0].presentation.vois[0], grey[0].presentation.modality.units)
          : 'each with its own window',
    failed,
    scale,
  }
}

/** So many columns that a sheet is half as wide again as high, more or less, and its last row full if that can be. */
function columnsFor(count: number): number {
  const [least, most, best] = [1, 2.4, 1.5].map(ratio => Math.ceil(Math.sqrt(count * ratio)))
  const ranked = Array.from({ length: most - least + 1 }, (_, k) => least + k)
    .map(columns => ({ columns, holes: Math.ceil(count / columns) * columns - count }))
    .sort(
      (a, b) => a.holes - b.holes || Math.abs(a.columns - best) - Math.abs(b.columns - best) || b.columns - a.columns,
    )
  return ranked[0].columns
}

/** Where a frame of such proportions fits. */
function boxOf(height: number, width: number, edge: number): { width: number; height: number } {
  const scale = edge / Math.max(height, width)
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
}

function canvasOf(width: number, height: number): Canvas {
  if (width * height > PREVIEW_LIMITS.pixels)
    throw new DicubeError(
      'limit',
      `preview: ${grouped(width)} × ${grouped(height)} pixels, at most ${grouped(PREVIEW_LIMITS.pixels)} are drawn; choose fewer slices or a smaller --size`,
    )
  return new Canvas(width, height, BACKGROUND)
}

/** How much higher a pixel of a frame is than wide: Pixel Spacing, else Pixel Aspect Ratio (PS3.3 §C.7.6.3.1.7). */
function aspectsOf(meta: DicomMeta): (frame: number) => number {
  const columns = ['PixelSpacing', 'ImagerPixelSpacing', 'PixelAspectRatio'].map(tag =>
    meta.has(tag) || tag === 'PixelSpacing' ? meta.getFrameValues(tag) : [],
  )
  return frame => {
    for (const values of columns) {
      const [height, width] = Array.isArray(values[frame]) ? (values[frame] as unknown[]).map(Number) : []
      const aspect = height / width
      // What is further from a square was not meant.
      if (aspect >= 0.01 && aspect <= 100) return aspect
    }
    return 1
  }
}

/** Where frames lie along the normal, in mm; undefined for all of them where it is not said, or says nothing. */
function placesAlong(meta: DicomMeta): (frame: number) => number | undefined {
  const { count, positions, orientations } = geometryOf(meta)
  const at = (frame: number) => distanceAlong(normalAt(orientations, frame), positions, frame)
  const isVaried = count > 1 && Number.isFinite(at(0)) && Math.abs(at(count - 1) - at(0)) > 0
  return frame => {
    const place = isVaried && frame < count ? at(frame) : Number.NaN
    return Number.isFinite(place) ? place : undefined
  }
}

async function projected(
  { image, presentationOf, chosen, wanted, progress, io }: Context,
  view: View,
  size?: number,
): Promise<Picture> {
  const { frames } = chosen
  const spacing = spacingOf(image.meta, frames[0])
  const grid = gridOf(image, frames, spacing ?? [1, 1])
  if (!grid.isKnown || !spacing)
    await warn(
      io,
      `the series does not say ${grid.isKnown ? 'how large its pixels are' : 'where its slices lie'}; the projection takes ${grid.isKnown ? 'them for 1 mm' : 'rows, columns and slices for the axes of the patient'}`,
    )
  const done = (n: number) => progress.update('Projecting', n, frames.length)
  const { rows, columns, values, spacingMm, edges } = await project(
    image,
    frames,
    presentationOf,
    view,
    grid,
    done,
    io.signal,
  )
  // From here on the values are modality values: what is left of the presentation is inversion.
  const { inverted, modality } = presentationOf(frames[0])
  const presentation: Presentation = {
    modality: { slope: 1, intercept: 0, units: modality.units },
    vois: [],
    inverted,
    bitsStored: 16,
  }
  const frame: Frame = { rows, columns, samples: 1, values, photometricInterpretation: 'MONOCHROME2' }
  const voi = commonWindow(wanted ?? 'auto', [{ frame, presentation }]) as Voi
  const toGrey = greyFunction(voi, inverted)
  const rgba = new Uint8ClampedArray(rows * columns * 4)
  for (let i = 0; i < values.length; i++) rgba.fill(Number.isNaN(values[i]) ? 0 : toGrey(values[i]), i * 4, i * 4 + 3)
  const rendered: RenderedImage = { rows, columns, rgba }
  const [heightMm, widthMm] = [rows * spacingMm[0], columns * spacingMm[1]]
  const natural = Math.max(heightMm, widthMm) / Math.min(...spacingMm)
  const edge = size ?? Math.round(Math.min(SINGLE_PIXELS.most, Math.max(SINGLE_PIXELS.least, natural)))
  const { width, height } = boxOf(heightMm, widthMm, edge)
  const canvas = canvasOf(width, height)
  canvas.image(rendered, 0, 0, width, height)
  const scale = width >= WIDE_PIXELS ? 2 : 1
  if (edges) {
    const [left, right, top, bottom] = edges
    const [middle, line] = [(width - GLYPH_WIDTH * scale) >> 1, (height - GLYPH_HEIGHT * scale) >> 1]
    const letters: [string, number, number][] = [
      [left, GAP, line],
      [right, width - GAP - GLYPH_WIDTH * scale, line],
      [top, middle, GAP],
      [bottom, middle, height - GAP - GLYPH_HEIGHT * scale],
    ]
    for (const [letter, x, y] of letters) {
      // Legible on white, too.
      const pad = 2 * scale
      canvas.fill(x - pad, y - pad, GLYPH_WIDTH * scale + 2 * pad, GLYPH_HEIGHT * scale + 2 * pad, BACKGROUND)
      canvas.text(letter, x, y, scale, BRIGHT)
    }
  }
  return {
    canvas,
    voi,
    windowText: windowText(voi, modality.units),
    failed: [],
    scale,
  }
}

/** Distance of rows and of columns in mm. */
function spacingOf(meta: DicomMeta, frame: number): [number, number] | undefined {
  for (const tag of ['PixelSpacing', 'ImagerPixelSpacing']) {
    const value: unknown = meta.getFrameValues(tag)[frame]
    if (Array.isArray(value) && value.length === 2 && value.every(mm => mm > 0)) return [value[0], value[1]]
  }
  return undefined
}

/** What stands above the picture: lines of parts that are kept together. */
function headOf(
  image: DicomCubeImage,
  chosen: Chosen,
  picture: Picture,
  view: View | undefined,
  patient: boolean,
): string[][] {
  const { meta } = image
  const [first] = chosen.frames
  const [slice] = image.placeOf(first)
  const text = (tag: string) => {
    const element = meta.element(tag, slice)
    return element?.Value?.length ? oneLine(element, 200) : ''
  }
  const { shape } = image.describe(slice)
  const spacing = spacingOf(meta, first)
  const series = text('SeriesNumber')
  const hasManyFrames = image.frameCount !== meta.sliceCount
  const place = chosen.frames.length === 1 ? placesAlong(meta)(first) : undefined
  return [
    patient ? [text('PatientName'), text('PatientID')] : [],
    [text('Modality'), series && `series ${series}`, text('SeriesDescription')],
    [
      plural(meta.sliceCount, 'slice'),
      hasManyFrames ? plural(image.frameCount, 'frame') : '',
      shape ? `${shape.columns} × ${shape.rows}` : '',
      spacing ? `${numberText(spacing[1])} × ${numberText(spacing[0])} mm` : '',
    ],
    [
      chosen.frames.length === 1 && image.frameCount > 1 ? `${hasManyFrames ? 'frame' : 'slice'} ${first}` : '',
      place === undefined ? '' : `${place.toFixed(1)} mm`,
      chosen.volume ? `volume ${chosen.volume.number} of ${chosen.volume.count}` : '',
      view ? `${view} maximum` : '',
      picture.windowText,
    ],
  ]
}

/** Parts of a line in as many lines as they need. */
function wrappedParts(parts: readonly string[], width: number, scale: number): string[] {
  const found: string[] = []
  for (const part of parts.filter(Boolean)) {
    const longer = `${found[found.length - 1]} · ${part}`
    if (found.length && textWidth(longer, scale) <= width) found[found.length - 1] = longer
    else found.push(part)
  }
  return found.map(line => fittedText(line, width, scale))
}

/** The picture with a margin, and lines above it. */
function framed({ canvas, scale }: Picture, head: readonly (readonly string[])[]): Canvas {
  const lineHeight = (GLYPH_HEIGHT + 4) * scale
  const rows = head.flatMap((parts, i) =>
    wrappedParts(parts, canvas.width, scale).map(text => ({ text, colour: i < head.length - 2 ? BRIGHT : DIM })),
  )
  const top = GAP + rows.length * lineHeight + GAP / 2
  const all = canvasOf(canvas.width + 2 * GAP, top + canvas.height + GAP)
  for (const [i, { text, colour }] of rows.entries()) all.text(text, GAP, GAP + i * lineHeight, scale, colour)
  for (let y = 0; y < canvas.height; y++)
    all.rgb.set(
      canvas.rgb.subarray(y * canvas.width * 3, (y + 1) * canvas.width * 3),
      ((top + y) * all.width + GAP) * 3,
    )
  return all
}
