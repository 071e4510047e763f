import { describe, expect, test } from 'vitest'
import { sourceFromBytes } from '../../src/bytes/source.ts'
import { seededRandom } from '../../src/cli/demo/random.ts'
import { platform } from '../../src/codec/platform.ts'
import { CONTAINERS, type SectionName } from '../../src/dcbs/layout.ts'
import { DicubeError } from '../../src/node.ts'
import { cubeOf, KINDS, QUESTIONS } from './cubes.ts'
import { contentsOf, cubeWith } from './hostile.ts'

/** With DICUBE_FAULTS=every a hundred times as many. */
const COUNT = process.env.DICUBE_FAULTS === 'every' ? 500_000 : 5000
/** Larger ones take their time, and have no field that the others have not. */
const SMALL = Object.keys(KINDS).filter(kind => !/larger|many|large/.test(kind))

const INTERESTING = [0, 1, 2, 127, 128, 255]

describe('sections changed under right checksums', () => {
  test(`${COUNT} of them: data, or an error with a code`, { timeout: 3_600_000 }, async () => {
    const random = seededRandom(20)
    const below = (n: number) => Math.floor(random() * n)
    const pick = <T>(list: readonly T[]) => list[below(list.length)]
    const bases = await Promise.all(
      SMALL.map(async kind => {
        const { contents, ...rest } = contentsOf(await cubeOf(kind))
        const names = (Object.keys(contents) as SectionName[]).filter(name => (contents[name] as Uint8Array).length)
        return { kind, contents, names, ...rest }
      }),
    )
    /** A flip, another byte, bytes put in or left out, a varint of any size, a piece from elsewhere. */
    const mutated = (bytes: Uint8Array): Uint8Array => {
      // The beginning says most: counts, kinds and lengths.
      const at = below(random() < 0.5 ? Math.min(48, bytes.length) : bytes.length)
      const list = Array.from(bytes)
      const way = below(6)
      if (way === 0) list[at] ^= 1 << below(8)
      else if (way === 1) list[at] = pick(INTERESTING)
      else if (way === 2) list.splice(at, 0, ...Array.from({ length: 1 + below(4) }, () => below(256)))
      else if (way === 3) list.splice(at, 1 + below(8))
      else if (way === 4) list.splice(at, 1, ...Array(1 + below(8)).fill(0xff), below(128))
      else list.splice(at, 8, ...list.slice(below(list.length)).slice(0, 8))
      return Uint8Array.from(list)
    }
    const outcomes = new Map<string, number>()
    for (let i = 0; i < COUNT; i++) {
      const { kind, contents, names, frameCount, writtenBy } = pick(bases)
      const changed = { ...contents }
      const touched: SectionName[] = []
      for (let k = below(3); k >= 0; k--) {
        const name = pick(names)
        touched.push(name)
        changed[name] = mutated(changed[name] as Uint8Array)
      }
      withChecks(changed, touched)
      const bytes = await cubeWith(changed, { frameCount, writtenBy })
      let outcome = 'right'
      for (const [question, ask] of Object.entries(QUESTIONS)) {
        try {
          await ask(sourceFromBytes(bytes))
        } catch (error) {
          const isOurs = error instanceof DicubeError || (error as Error).message === 'noticed by verify'
          if (!isOurs) throw new Error(`${i}: ${kind}, ${touched}: ${question}`, { cause: error })
          outcome = (error as DicubeError).code
        }
      }
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    }
    console.log(`${COUNT} changed: ${[...outcomes].map(([code, count]) => `${code} ${count}`).join(', ')}`)
    // Most are noticed, and some get as far as being data.
    expect(outcomes.get('corrupt')).toBeGreaterThan(COUNT / 3)
    expect(outcomes.get('right')).toBeGreaterThan(COUNT / 100)
  })
})

/** Where the frames were changed and there is one, its checksum is made again, so that a decoder gets to see it. */
function withChecks(contents: ReturnType<typeof contentsOf>['contents'], touched: readonly SectionName[]): void {
  const { frames, frameChecks } = contents
  if (!touched.includes('frames') || !(frames instanceof Uint8Array) || !(frameChecks instanceof Uint8Array)) return
  if (CONTAINERS.includes('frames') && frameChecks.length === 4) {
    contents.frameChecks = new Uint8Array(Uint32Array.of(platform().crc32(frames)).buffer)
  }
}
