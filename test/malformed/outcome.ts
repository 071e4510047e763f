import { sourceFromBytes } from '../../src/bytes/source.ts'
import { check } from '../../src/cube/check.ts'
import { findSeries, imageOfSeries } from '../../src/cube/series.ts'
import { restoreFile } from '../../src/dcbs/restore.ts'
import type { DicomJson } from '../../src/dicom/json.ts'
import { stringifyJson } from '../../src/dicom/json-write.ts'
import { DicubeError } from '../../src/errors.ts'
import { load, saveToBytes } from '../../src/node.ts'

/** What became of one file that was read with all its values, packed, opened, decoded and restored. */
export type Outcome =
  /** `parsed`: its elements had been found. */
  | { kind: 'error'; code: string; message: string; parsed: boolean }
  | {
      kind: 'data'
      json: DicomJson
      /** What the cube, or the model, has in the report of the file, by code. */
      report: string[]
      /** Decoded frames, up to eight: the code of the error, '' where there was none. */
      frames: string[]
      /** What a cube has to give back, and does not: nothing, where all is well. */
      broken: string[]
    }

const MOST_FRAMES = 8
const QUIET = { threads: 0 }

export interface OutcomeOptions {
  noV1?: boolean
  /** Without a cube: the model alone gives the file back. */
  onlyIngest?: boolean
}

/** Runs a file through everything. Only a DicubeError is an outcome: whatever else is thrown gets out. */
export async function outcomeOf(name: string, bytes: Uint8Array, options: OutcomeOptions = {}): Promise<Outcome> {
  const found = await findSeries([{ name, source: sourceFromBytes(bytes, name) }])
  const [left] = [...found.refused, ...found.skipped]
  if (left) return { kind: 'error', code: left.code, message: left.reason, parsed: left.code === 'media-directory' }
  try {
    const image = await imageOfSeries(found.series[0], QUIET)
    const { meta } = image
    const json = meta.index(0)
    for (const tag of meta.keys()) {
      meta.getValues(tag)
      meta.getStrings(tag)
    }
    check(image)
    const frames: string[] = []
    const broken: string[] = []
    if (options.onlyIngest) {
      if (Buffer.compare(await restoreFile(image, 0), bytes)) broken.push('the model gives the file back different')
      return { kind: 'data', json, report: image.originals.reports[0].map(({ code }) => code), frames, broken }
    }
    const cube = await load(await saveToBytes(image, { ...QUIET, noV1: options.noV1 }), QUIET)
    for (let k = 0; k < Math.min(cube.frameCount, MOST_FRAMES); k++) frames.push(await codeOf(cube.frame(k)))
    if (stringifyJson(cube.meta.index(0)) !== stringifyJson(json)) broken.push('the cube has other values')
    if (Buffer.compare(await restoreFile(cube, 0), bytes)) broken.push('the file comes back different')
    check(cube)
    return { kind: 'data', json, report: cube.originals.reports[0].map(({ code }) => code), frames, broken }
  } catch (error) {
    if (!(error instanceof DicubeError)) throw error
    return { kind: 'error', code: error.code, message: error.message, parsed: true }
  }
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return ''
  } catch (error) {
    if (error instanceof DicubeError) return error.code
    throw error
  }
}
