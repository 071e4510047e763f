import {
  type AnyValue,
  type CubeInfo,
  type DicomCubeImage,
  type DicomMeta,
  DicubeError,
  type FoundSeries,
  type Presentation,
  presentationsOf,
  type ReadStats,
  type SeriesCheck,
  type Space,
} from 'dicube'
import { answered } from './dom.ts'

/** What the original files take; exact where a cube says it. */
export interface Sizes {
  files?: { headerBytes: number; pixelBytes: number }
  cube?: CubeInfo
}

/** What a server was asked for, where a cube is behind an address. */
export interface Cost {
  /** Until there was an image to be shown. */
  opening: ReadStats
  /** So far; it goes on. */
  all: ReadStats
  sizeBytes: number
}

/** The series that the page shows. */
export interface Shown {
  /** Of the folder, archive or cube. */
  name: string
  image: DicomCubeImage
  meta: DicomMeta
  /** Absent until a worker has it: of thousands of slices it takes seconds. */
  check?: SeriesCheck
  /** Why there will be none. */
  notChecked?: string
  sizes: Sizes
  cost?: Cost
  left: Pick<FoundSeries, 'skipped' | 'refused'>
  rows: Row[]
  /** How a frame is shown; absent where there is none. A palette that is broken throws when it is asked for. */
  presentation?: (frame: number) => Presentation
  space?: Space
}

/** One line of the per-slice table and one point of a plot: a frame, or a slice that has none. */
export interface Row {
  slice: number
  /** Which of the slice's frames. */
  frame: number
  /** As image.frame(i) counts them. */
  image?: number
}

export async function shownOf(
  name: string,
  image: DicomCubeImage,
  sizes: Sizes = {},
  left: Shown['left'] = { skipped: [], refused: [] },
): Promise<Shown> {
  const rows: Row[] = []
  let frames = 0
  for (const [slice, { frameCount }] of image.pixels.slices.entries()) {
    if (!frameCount) rows.push({ slice, frame: 0 })
    for (let frame = 0; frame < frameCount; frame++) rows.push({ slice, frame, image: frames++ })
  }
  const presentation = frames ? await presentationsOf(image) : undefined
  // Of thousands of slices each takes a moment, between which the page answers.
  await answered()
  const { space } = image
  await answered()
  return {
    space,
    name,
    image,
    meta: image.meta,
    sizes,
    left,
    rows,
    presentation,
  }
}

/** Whether rows are frames of multi-frame objects. */
export const isMultiFrame = ({ rows, meta }: Shown): boolean => rows.length > meta.sliceCount

/** One value a row. Functional groups count, where a row is a frame. */
export function valuesOfRows({ meta, rows }: Shown, tag: string): readonly (AnyValue | null)[] {
  const values = meta.getFrameValues(tag) as (AnyValue | null)[]
  if (values.length === rows.length) return values
  const ofSlices = meta.getValues(tag) as (AnyValue | null)[]
  return rows.map(({ slice }) => ofSlices[slice])
}

/** So many numbers a row; undefined where slices have different numbers of them, or no numbers at all. */
export function numbersOfRows(shown: Shown, tag: string): { values: Float64Array; width: number } | undefined {
  const { meta, rows } = shown
  try {
    const frames = meta.getFrameNumbers(tag)
    if (frames.shape[0] === rows.length) return { values: frames.values, width: frames.shape[1] }
    const { values, shape } = meta.getNumbers(tag)
    const [, width] = shape
    const out = new Float64Array(rows.length * width)
    for (const [i, { slice }] of rows.entries())
      out.set(values.subarray(slice * width, slice * width + width), i * width)
    return { values: out, width }
  } catch (error) {
    if (error instanceof DicubeError) return undefined
    throw error
  }
}

const firstTexts = new WeakMap<DicomMeta, Map<string, string>>()

/** A cube has the texts of the files it was made of. */
export function keepTexts(from: DicomMeta, to: DicomMeta): void {
  const known = firstTexts.get(from)
  if (known) firstTexts.set(to, known)
}

/** The text that all slices share, or the first one's. */
export function firstText(meta: DicomMeta, tag: string): string {
  let known = firstTexts.get(meta)
  if (!known) firstTexts.set(meta, (known = new Map()))
  let text = known.get(tag)
  // All slices are looked through for it.
  if (text === undefined) {
    text =
      meta
        .getStrings(tag)
        .find(text => text?.some(Boolean))
        ?.join('\\') ?? ''
    known.set(tag, text)
  }
  return text
}
