import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type ByteSource, sourceFromBytes } from '../../src/bytes/source.ts'
import { readV1, readV1Frame } from '../../src/dcbs/v1.ts'
import type { ErrorCode } from '../../src/errors.ts'
import { hasShared, SHARED } from '../shared.ts'

const CUBES = join(SHARED, 'malformed', 'cubes')
interface Case {
  id: string
  note: string
  expect: string
}
const cases: Case[] =
  hasShared && existsSync(CUBES) ? JSON.parse(readFileSync(join(CUBES, 'HOSTILE.json'), 'utf8')) : []
const sourceOf = (id: string) => sourceFromBytes(new Uint8Array(readFileSync(join(CUBES, `${id}.dcbs`))), id)

/** What opens all the same, and what is said of it. */
const OPENS: Record<string, string[]> = {
  'h2-space-len-0': ['trailing-bytes'], // no space
  'h30-frames-overlap': ['trailing-bytes', 'repeated-frames'],
  'h31-frames-swapped': [], // v1 cannot tell
  'h58-big-int': ['trailing-bytes'],
  'h60-trailing': ['trailing-bytes'],
}
/** Every other one is refused: with `corrupt`, but for these. */
const CODES: Record<string, ErrorCode> = {
  'h00-empty': 'not-a-cube',
  'h01-header-cut': 'truncated',
  'h03-version-2': 'newer-version',
  'h04-version-max': 'newer-version',
  'h1-meta-off-eof': 'truncated',
  'h1-space-off-eof': 'truncated',
  'h1-offsets-off-eof': 'truncated',
  'h1-lengths-off-eof': 'truncated',
  'h34-frame-len-huge': 'truncated',
  'h36-frame-past-eof': 'truncated',
  'h42-zstd-bomb': 'limit',
  'h7-cut-10': 'truncated',
  'h7-cut-50': 'truncated',
  'h7-cut-75': 'truncated',
  'h7-cut-99': 'truncated',
  'h79-cut-1': 'truncated',
}

test.skipIf(!hasShared)('the file that the others are made of opens', async () => {
  const source = sourceOf('base-v1')
  const file = await readV1(source)
  expect(file.meta.getValues('InstanceNumber')).toEqual([1, 2, 3, 4])
  expect((await readV1Frame(source, file, 3)).shape).toMatchObject({ rows: 12, columns: 16, signed: true })
  await expect(readV1Frame(source, file, 4)).rejects.toThrow(expect.objectContaining({ code: 'out-of-range' }))
})

test.each(cases.map(({ id, note, expect: wanted }) => [id, note, wanted] as const))(
  '%s: %s → %s',
  async (id, _, wanted) => {
    const source = watched(sourceOf(id))
    if (id in OPENS) {
      expect(wanted).not.toBe('typed error')
      const { notes, meta } = await readV1(source)
      expect(notes.map(note => note.code).filter(code => code !== 'rescaled-pixels')).toEqual(OPENS[id])
      if (id === 'h58-big-int') expect(meta.getSharedValue('00291010')).toBe(9007199254740993n)
    } else {
      await expect(readV1(source)).rejects.toThrow(
        expect.objectContaining({
          name: 'DicubeError',
          code: CODES[id] ?? 'corrupt',
          message: expect.stringContaining(id),
        }),
      )
    }
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  },
)

/** Nothing is read, let alone allocated, that the file does not have. */
function watched(source: ByteSource): ByteSource {
  return {
    ...source,
    async read(offset, length, signal) {
      const { sizeBytes } = await source.head(0)
      expect(offset + length).toBeLessThanOrEqual(sizeBytes)
      return source.read(offset, length, signal)
    },
  }
}
