import { describe, expect, test } from 'vitest'
import { type ByteSource, sourceFromBytes } from '../../src/bytes/source.ts'
import { crc32 } from '../../src/codec/crc32.ts'
import { type CheckedPart, checkedParts } from '../../src/dcbs/check-file.ts'
import { SECTION_NAMES } from '../../src/dcbs/layout.ts'
import { openCube } from '../../src/dcbs/read.ts'
import { cubeOf, KINDS, QUESTIONS } from './cubes.ts'

const CRC_BYTES = 4
/** The head and the trailer end with their own checksum, which covers what stands before it. */
const withOwn = ({ section, offset, length }: CheckedPart) => ({
  offset,
  end: offset + length + (section === 'head' || section === 'trailer' ? CRC_BYTES : 0),
})

describe('every byte of a cube is under a checksum', () => {
  test.each(Object.keys(KINDS))('%s', async kind => {
    const bytes = await cubeOf(kind)
    const parts = checkedParts((await openCube(sourceFromBytes(bytes)))!)
    const gaps: string[] = []
    let at = 0
    for (const part of parts) {
      const { offset, end } = withOwn(part)
      if (offset !== at) gaps.push(`${at} to ${offset}, before ${part.section}`)
      at = end
    }
    if (at !== bytes.length) gaps.push(`${at} to ${bytes.length}, the end`)
    expect(gaps).toEqual([])
    // By another implementation than the one that the reader calls.
    for (const { section, offset, length, crc32: wanted } of parts)
      expect(crc32(bytes.subarray(offset, offset + length)), section).toBe(wanted)
  })

  test('and these cubes have every section that there is', async () => {
    const seen = new Set<string>()
    for (const kind of Object.keys(KINDS))
      for (const { name } of (await openCube(sourceFromBytes(await cubeOf(kind))))!.directory.sections) seen.add(name)
    expect(SECTION_NAMES.filter(name => !seen.has(name))).toEqual([])
  })
})

describe('and it is compared before the bytes are used', () => {
  /** Wrong bytes for one part, and what was answered all the same. */
  test.each(Object.keys(KINDS))('%s', async kind => {
    const bytes = await cubeOf(kind)
    const opened = (await openCube(sourceFromBytes(bytes)))!
    const answers = new Map<string, string>()
    const read = new Map<string, Set<CheckedPart>>()
    const parts = checkedParts(opened)
    for (const [name, ask] of Object.entries(QUESTIONS)) {
      const touched = new Set<CheckedPart>()
      answers.set(name, JSON.stringify(await ask(noting(bytes, parts, touched))))
      read.set(name, touched)
    }
    expect(read.get('checksums')!.size).toBe(parts.filter(part => part.length > 0).length)
    // Of frames and chunks the first few: each of the others is read by the same line.
    const seen = new Map<string, number>()
    for (const part of parts.filter(({ length }) => length > 0)) {
      const nth = (seen.get(part.section) ?? 0) + 1
      seen.set(part.section, nth)
      if (nth > 4) continue
      const damaged = bytes.slice()
      damaged[part.offset + (part.length >> 1)] ^= 0x10
      for (const [name, ask] of Object.entries(QUESTIONS)) {
        const answer = await ask(sourceFromBytes(damaged)).then(
          found => JSON.stringify(found),
          error => error.code,
        )
        const needed = NEEDS[name].includes(part.section)
        if (needed) expect(answer, `${name} of damaged ${part.section}`).toBe('corrupt')
        else expect(['corrupt', answers.get(name)], `${name} of damaged ${part.section}`).toContain(answer)
      }
    }
  })
})

/** Sections without which a question has no answer. A column or chunk that nothing refers to does not exist. */
const METADATA = ['head', 'template', 'columns', 'digits', 'values', 'blobs']
const PIXELS = ['head', 'template', 'frameIndex', 'frameChecks', 'frames', 'manifest', 'digests', 'attachments']
const NEEDS: Record<string, readonly string[]> = {
  metadata: METADATA,
  frames: PIXELS,
  files: [...METADATA, 'frameIndex', 'frameChecks', 'manifest', 'digests', 'pixelRest', 'patches', 'streams'],
  checksums: ['head', 'trailer', ...SECTION_NAMES],
}

/** A source that notes of which parts it gave bytes. */
function noting(bytes: Uint8Array, parts: readonly CheckedPart[], touched: Set<CheckedPart>): ByteSource {
  const inner = sourceFromBytes(bytes)
  const note = (offset: number, length: number) => {
    for (const part of parts)
      if (part.length && offset < part.offset + part.length && part.offset < offset + length) touched.add(part)
  }
  return {
    ...inner,
    head: async length => {
      note(0, Math.min(length, bytes.length))
      return inner.head(length)
    },
    read: async (offset, length) => {
      note(offset, length)
      return inner.read(offset, length)
    },
  }
}
