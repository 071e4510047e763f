/**
 * Compares modality values, greys and colours with what pydicom made of the same files:
 *
 *     node compare.js ROOT LINES …
 *
 * A file is compared where both decode it to the same stored values: what decoders differ in is not asked here.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { renderFrame } from '../../../src/cube/render.ts'
import {
  DicubeError,
  type Frame,
  loadFromDicomFiles,
  modalityFunction,
  type Presentation,
  presentationsOf,
  sourceFromFile,
  voiFunction,
} from '../../../src/node.ts'

interface TheirFrame {
  frame: number
  /** Pixels that were taken. */
  at: number[]
  stored: number[] | number[][]
  modality?: number[]
  /** Onto 0 to 255, without regard to MONOCHROME1. */
  vois?: number[][]
  rgb?: number[][]
}
type Line = { file: string } & ({ frames: TheirFrame[] } | { skipped: string })

const counts = new Map<string, number>()
const count = (what: string, by = 1) => counts.set(what, (counts.get(what) ?? 0) + by)
const problems: string[] = []

/** The largest difference; doubles that come by another way differ in their last digits. */
const differ = (ours: readonly number[], theirs: readonly number[]) =>
  ours.length !== theirs.length ||
  ours.some(
    (value, i) => !(Math.abs(value - theirs[i]) <= 1e-6 * Math.max(1, Math.abs(theirs[i]))) && !Number.isNaN(theirs[i]),
  )

function compareFrame(where: string, frame: Frame, presentation: Presentation, theirs: TheirFrame, isJpeg: boolean) {
  const { samples, values } = frame
  const stored = theirs.at.flatMap(pixel =>
    Array.from({ length: samples }, (_, s) => Number(values[pixel * samples + s])),
  )
  // Of YBR, pydicom gives RGB at once.
  if (samples === 1 && differ(stored, theirs.stored.flat()))
    return count('frames decoded to other values, not compared')
  if (theirs.rgb) {
    const { rgba } = renderFrame(frame, presentation)
    const ours = theirs.at.flatMap(pixel => Array.from(rgba.subarray(pixel * 4, pixel * 4 + 3)))
    const shift = 2 ** Math.max(0, presentation.palette ? 0 : presentation.bitsStored - 8)
    const wanted = theirs.rgb.flat().map(value => Math.floor(value / shift))
    const most = ours.reduce((far, value, i) => Math.max(far, Math.abs(value - wanted[i])), 0)
    count(presentation.palette ? 'palette frames' : 'colour frames')
    // Decoders of lossy JPEG differ by a step.
    if (most > (isJpeg ? 1 : 0))
      problems.push(`${where}: ${presentation.palette ? 'palette' : 'colour'} differs by up to ${most}`)
    return
  }
  const toModality = modalityFunction(presentation.modality)
  const modality = stored.map(toModality)
  count('frames in modality values')
  if (differ(modality, theirs.modality ?? []))
    problems.push(`${where}: modality values ${modality.slice(0, 3)} … and ${theirs.modality?.slice(0, 3)} …`)
  const vois = theirs.vois ?? []
  if (vois.length !== presentation.vois.length)
    return void problems.push(`${where}: ${presentation.vois.length} windows and tables, pydicom has ${vois.length}`)
  for (const [i, voi] of presentation.vois.entries()) {
    count('windows and tables')
    if (differ(modality.map(voiFunction(voi, 0, 255)), vois[i]))
      problems.push(`${where}: greys of window or table ${i}`)
  }
}

for (let arg = 2; arg + 1 < process.argv.length; arg += 2) {
  const [root, lines] = [process.argv[arg], process.argv[arg + 1]]
  for (const text of readFileSync(lines, 'utf8').trim().split('\n')) {
    const line = JSON.parse(text) as Line
    if ('skipped' in line) {
      count('files that pydicom shows nothing of')
      continue
    }
    try {
      const path = join(root, line.file)
      const image = await loadFromDicomFiles([{ name: line.file, source: sourceFromFile(path) }], { threads: 0 })
      const presentation = await presentationsOf(image)
      for (const theirs of line.frames)
        compareFrame(
          `${line.file}, frame ${theirs.frame}`,
          await image.frame(theirs.frame),
          presentation(theirs.frame),
          theirs,
          image.describe(0).codec === 'jpeg',
        )
      await image.close()
      count('files compared')
    } catch (error) {
      if (!(error instanceof DicubeError)) throw error
      count(`files that only pydicom shows: ${error.code}`)
    }
  }
}
for (const [what, n] of counts) console.log(`${n} ${what}`)
for (const problem of problems.slice(0, 50)) console.log(problem)
const compared = counts.get('files compared') ?? 0
console.log(`${compared} passed, ${problems.length} failed`)
process.exitCode = problems.length || !compared ? 1 : 0
