import { expect, test } from 'vitest'
import { generatedCorpus } from './corpus.ts'
import { MUTATIONS } from './mutate.ts'
import { mutantOf, noCounts, tryMutant } from './worker.ts'

const corpus = await generatedCorpus()

test('a mutant is the same bytes for the same seed and number, whoever asks', () => {
  const [a, b] = [mutantOf(corpus, 7, 3), mutantOf(corpus, 7, 3)]
  expect(a).toEqual(b)
  expect(mutantOf(corpus, 8, 3).bytes).not.toEqual(a.bytes)
})

test('every mutation is among the first thousand', () => {
  const seen = new Set(Array.from({ length: 1000 }, (_, i) => mutantOf(corpus, 1, i).mutations).flat())
  expect([...seen].sort()).toEqual([...MUTATIONS].sort())
})

test('two hundred of them end as planned, and a third are read', async () => {
  const counts = noCounts()
  for (let i = 0; i < 200; i++) expect(await tryMutant(mutantOf(corpus, 1, i).bytes, i, 2, counts)).toBeUndefined()
  const { unreadable, refused, clean, reported } = counts
  expect(unreadable + refused + clean + reported).toBe(200)
  expect(clean + reported).toBeGreaterThan(66)
})
