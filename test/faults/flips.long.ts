import { beforeAll, describe, expect, test } from 'vitest'
import { type ByteSource, sourceFromBytes } from '../../src/bytes/source.ts'
import { seededRandom } from '../../src/cli/demo/random.ts'
import { type CheckedPart, checkedParts, checkPart } from '../../src/dcbs/check-file.ts'
import { openCube } from '../../src/dcbs/read.ts'
import { DicubeError, load } from '../../src/node.ts'
import { exampleCube } from '../spec/dump.ts'
import { cubeOf, largeCube, QUESTIONS, type Question } from './cubes.ts'

/** The answer as text, or the code of the error. Anything else that is thrown is a bug, and thrown on. */
async function outcome(ask: Question, source: ByteSource): Promise<string> {
  try {
    return JSON.stringify(await ask(source))
  } catch (error) {
    if (error instanceof DicubeError) return `! ${error.code}`
    if (error instanceof Error && error.message === 'noticed by verify') return '! different'
    throw error
  }
}

/** Damage to a copy: every question answers as before or refuses, and the checksums are noticed to be wrong. */
async function silentOf(damaged: Uint8Array, answers: ReadonlyMap<string, string>): Promise<string[]> {
  const silent: string[] = []
  for (const [name, ask] of Object.entries(QUESTIONS)) {
    const found = await outcome(ask, sourceFromBytes(damaged))
    if (found.startsWith('! ')) continue
    if (name === 'checksums') silent.push('checksums: right')
    else if (found !== answers.get(name)) silent.push(`${name}: another answer`)
  }
  return silent
}

async function answersOf(bytes: Uint8Array): Promise<Map<string, string>> {
  const answers = new Map<string, string>()
  for (const [name, ask] of Object.entries(QUESTIONS)) answers.set(name, await outcome(ask, sourceFromBytes(bytes)))
  for (const [name, answer] of answers) expect(answer, name).not.toMatch(/^! /)
  return answers
}

test('every bit of a small cube', async () => {
  const bytes = await exampleCube()
  const answers = await answersOf(bytes)
  const silent: string[] = []
  let flips = 0
  for (let at = 0; at < bytes.length; at++)
    for (let bit = 0; bit < 8; bit++) {
      bytes[at] ^= 1 << bit
      for (const what of await silentOf(bytes, answers)) silent.push(`bit ${bit} of byte ${at}: ${what}`)
      bytes[at] ^= 1 << bit
      flips++
    }
  expect(silent).toEqual([])
  expect(flips).toBe(8 * bytes.length)
})

test('every length of a small cube that was cut', async () => {
  const bytes = await exampleCube()
  for (let length = 0; length < bytes.length; length++)
    for (const [name, ask] of Object.entries(QUESTIONS))
      expect(await outcome(ask, sourceFromBytes(bytes.subarray(0, length))), `${name} of ${length} bytes`).toMatch(
        length < 116 ? /^! (not-a-cube|truncated)$/ : /^! (truncated|corrupt)$/,
      )
})

describe('a cube of 120 slices, larger than its front page', () => {
  const BITS = 100_000
  let bytes: Uint8Array
  let parts: CheckedPart[]
  beforeAll(async () => {
    bytes = await largeCube(120, 96)
    parts = checkedParts((await openCube(sourceFromBytes(bytes)))!)
  })

  test('100,000 bits, half of them anywhere and half of them evenly over its sections', async () => {
    const random = seededRandom(120)
    const below = (n: number) => Math.floor(random() * n)
    const sections = [...new Set(parts.map(part => part.section))].map(name => {
      const own = parts.filter(part => part.section === name && part.length > 0)
      return {
        name,
        offset: own[0]?.offset ?? 0,
        end: own.length ? own[own.length - 1].offset + own[own.length - 1].length : 0,
      }
    })
    const frames = parts.filter(part => part.section === 'frames')
    const metaAnswer = await outcome(QUESTIONS.metadata, sourceFromBytes(bytes))
    // Frames are read when they are asked for, so that one open image sees each flip in them.
    const image = await load(bytes, { threads: 0 })
    const frame: Question = async () => String((await image.frame(asked)).values)
    let asked = 0
    const frameAnswers: string[] = []
    for (asked = 0; asked < frames.length; asked++) frameAnswers.push(await outcome(frame, sourceFromBytes(bytes)))
    const hits = new Map<string, number>()
    const silent: string[] = []
    let flips = 0
    const flip = async (at: number, bit: number) => {
      const part = parts.findLast(({ offset }) => offset <= at)!
      hits.set(part.section, (hits.get(part.section) ?? 0) + 1)
      bytes[at] ^= 1 << bit
      flips++
      const where = `bit ${bit} of byte ${at}, ${part.section}`
      // What verify looks at; and what somebody asks who has never heard of verify.
      const source = sourceFromBytes(bytes)
      if (!(await outcome(() => checkWhole(source, part), source)).startsWith('! ')) silent.push(`${where}: checksums`)
      if (READ_BY_METADATA.has(part.section)) {
        const found = await outcome(QUESTIONS.metadata, source)
        if (!found.startsWith('! ') && found !== metaAnswer) silent.push(`${where}: another answer`)
      }
      if (part.section === 'frames') {
        asked = frames.indexOf(part)
        const found = await outcome(frame, source)
        if (!found.startsWith('! ') && found !== frameAnswers[asked]) silent.push(`${where}: another frame`)
      }
      bytes[at] ^= 1 << bit
    }
    /** verify, but of the one part: the others are as they were. */
    const checkWhole = async (source: ByteSource, part: CheckedPart) => {
      const cube = (await openCube(source))!
      if (part.section === 'trailer') return QUESTIONS.checksums(source)
      await checkPart(cube, part)
      return 'right'
    }
    for (let i = 0; i < BITS / 2; i++) await flip(below(bytes.length), below(8))
    for (let i = 0; i < BITS / 2; i++) {
      const { offset, end } = sections[i % sections.length]
      if (end > offset) await flip(offset + below(end - offset), below(8))
    }
    await image.close()
    expect(silent).toEqual([])
    const empty = sections.filter(({ offset, end }) => end === offset).map(({ name }) => name)
    expect([...hits.keys()].sort()).toEqual(
      sections
        .map(({ name }) => name)
        .filter(name => !empty.includes(name))
        .sort(),
    )
    console.log(
      `${flips} bits: ${[...hits]
        .sort()
        .map(([name, count]) => `${name} ${count}`)
        .join(', ')}; unnoticed: ${silent.length}`,
    )
  })
})

describe('a cube of 40 slices', () => {
  test('a block of 4 KiB is zero, wherever', async () => {
    const bytes = await cubeOf('a larger series')
    const answers = await answersOf(bytes)
    for (let at = 0; at < bytes.length; at += 4096) {
      if (bytes.subarray(at, at + 4096).every(byte => byte === 0)) continue
      expect(await silentOf(bytes.slice().fill(0, at, at + 4096), answers), `block at ${at}`).toEqual([])
    }
  })

  test('two sections, or two frames, have changed places', async () => {
    const bytes = await cubeOf('a larger series')
    const answers = await answersOf(bytes)
    const opened = (await openCube(sourceFromBytes(bytes)))!
    const rows = opened.directory.sections.filter(row => row.length > 0)
    for (const [i, a] of rows.entries())
      for (const b of rows.slice(i + 1)) {
        const between = bytes.subarray(a.offset + a.length, b.offset)
        const bodies = [bytes.subarray(0, a.offset), part(b), between, part(a), bytes.subarray(b.offset + b.length)]
        expect(await silentOf(Buffer.concat(bodies), answers), `${a.name} and ${b.name}`).toEqual([])
      }
    function part({ offset, length }: { offset: number; length: number }) {
      return bytes.subarray(offset, offset + length)
    }
    const frames = checkedParts(opened).filter(({ section }) => section === 'frames')
    for (let i = 0; i + 1 < frames.length; i += 7) {
      const [a, b] = [frames[i], frames[i + 1]]
      const swapped = Buffer.concat([
        bytes.subarray(0, a.offset),
        part(b),
        part(a),
        bytes.subarray(b.offset + b.length),
      ])
      expect(await silentOf(swapped, answers), `frames ${i} and ${i + 1}`).toEqual([])
    }
  })
})

const READ_BY_METADATA = new Set(['head', 'template', 'columns', 'values', 'digits', 'blobs'])

describe('parts of one length have changed places', () => {
  test('frames', async () => {
    const bytes = await cubeOf('a larger series')
    const answers = await answersOf(bytes)
    const cube = (await openCube(sourceFromBytes(bytes)))!
    const frames = checkedParts(cube).filter(({ section }) => section === 'frames')
    const pairs = frames.flatMap((a, i) => frames.slice(i + 1).flatMap(b => (a.length === b.length ? [[a, b]] : [])))
    expect(pairs.length).toBeGreaterThan(0)
    for (const [a, b] of pairs) expect(await silentOf(swapped(bytes, a, b), answers)).toEqual([])
  })

  test('rows of the digests and of the checksums of frames', async () => {
    const bytes = await cubeOf('with the view for v1')
    const answers = await answersOf(bytes)
    const { directory } = (await openCube(sourceFromBytes(bytes)))!
    const row = (name: string) => directory.sections.find(section => section.name === name)!
    const cells = (name: string, size: number) =>
      Array.from({ length: row(name).length / size }, (_, i) => ({ offset: row(name).offset + size * i, length: size }))
    for (const list of [cells('digests', 32), cells('frameChecks', 4), cells('v1FrameOffsets', 8)])
      for (let i = 0; i + 1 < list.length; i++) {
        const damaged = swapped(bytes, list[i], list[i + 1])
        if (Buffer.compare(damaged, bytes)) expect(await silentOf(damaged, answers)).toEqual([])
      }
  })
})

interface Range {
  offset: number
  length: number
}
function swapped(bytes: Uint8Array, a: Range, b: Range): Uint8Array {
  const copy = bytes.slice()
  copy.set(bytes.subarray(b.offset, b.offset + b.length), a.offset)
  copy.set(bytes.subarray(a.offset, a.offset + a.length), b.offset)
  return copy
}

test('damage is never taken for a file of the Python package', async () => {
  const bytes = await exampleCube()
  bytes[116] ^= 1
  await expect(load(bytes)).rejects.toMatchObject({
    code: 'corrupt',
    message: 'bytes: the section directory at byte 116 is damaged: the trailer says that there is one',
  })
})
