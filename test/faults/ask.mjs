// Asks hostile cubes everything, in a process of its own whose memory can be told from others. Plain JavaScript: it runs
// what was built. For each file a line of JSON: what came of each question, milliseconds, and the peak so far.
import { readFileSync } from 'node:fs'
import { checkFile } from '../../dist/dcbs/check-file.js'
import { readInfo } from '../../dist/dcbs/info.js'
import { openCube } from '../../dist/dcbs/read.js'
import { load, loadMeta, restoreParts, sourceFromBytes, verifyFiles } from '../../dist/node.js'

async function askMeta(bytes) {
  const meta = await loadMeta(bytes)
  await meta.load()
  for (let i = 0; i < meta.sliceCount; i++) meta.index(i)
  for (const key of meta.keys()) {
    meta.getVr(key)
    if (meta.sliceCount < 10_000) meta.getValues(key)
  }
  meta.toJson()
}

async function askFrames(bytes) {
  const image = await load(bytes, { threads: 0 })
  try {
    for (let i = 0; i < Math.min(100, image.frameCount); i++) await image.frame(i)
  } finally {
    await image.close()
  }
}

async function askFiles(bytes) {
  const image = await load(bytes, { threads: 0 })
  try {
    for await (const { result, message } of verifyFiles(image)) {
      if (result === 'different') throw Object.assign(new Error(message), { code: 'different', name: 'DicubeError' })
      if (result === 'no-original') for await (const _ of restoreParts(image, 0));
    }
  } finally {
    await image.close()
  }
}

async function askAll(bytes) {
  const cube = await openCube(sourceFromBytes(bytes))
  if (!cube) throw new Error('taken for a file of the Python package')
  await checkFile(cube)
}

const QUESTIONS = {
  metadata: askMeta,
  frames: askFrames,
  files: askFiles,
  info: bytes => readInfo(sourceFromBytes(bytes)),
  checksums: askAll,
}

for (const path of process.argv.slice(2)) {
  const bytes = new Uint8Array(readFileSync(path))
  const start = performance.now()
  const outcomes = {}
  for (const [name, ask] of Object.entries(QUESTIONS)) {
    try {
      await ask(bytes)
      outcomes[name] = 'right'
    } catch (error) {
      outcomes[name] = error?.name === 'DicubeError' ? error.code : `${error?.stack ?? error}`
    }
    // What one question left behind is not held for the next.
    globalThis.gc?.()
  }
  const ms = Math.round(performance.now() - start)
  console.log(
    JSON.stringify({ path, outcomes, ms, sizeBytes: bytes.length, peakBytes: process.resourceUsage().maxRSS * 1024 }),
  )
}
