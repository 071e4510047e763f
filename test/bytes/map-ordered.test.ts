import { expect, test } from 'vitest'
import { mapOrdered } from '../../src/bytes/map-ordered.ts'

const wait = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

async function collect<T>(results: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const result of results) all.push(result)
  return all
}

test.each([1, 2, 3, 10, 100])('results come in the order of the items, at most %i under way', async limit => {
  let underWay = 0
  let most = 0
  const items = Array.from({ length: 20 }, (_, at) => at)
  const results = mapOrdered(items, limit, async (item, index) => {
    most = Math.max(most, ++underWay)
    await wait((item * 7) % 5)
    underWay--
    return `${index}:${item}`
  })
  expect(await collect(results)).toEqual(items.map(item => `${item}:${item}`))
  expect(most).toBe(Math.min(limit, 20))
})

test('takes what arrives over time, and nothing', async () => {
  async function* slow() {
    for (const item of ['a', 'b', 'c']) {
      await wait(1)
      yield item
    }
  }
  expect(await collect(mapOrdered(slow(), 2, async item => item.toUpperCase()))).toEqual(['A', 'B', 'C'])
  expect(await collect(mapOrdered([], 2, async item => item))).toEqual([])
})

test('a failure ends it where its turn is, and nothing new is begun', async () => {
  const begun: number[] = []
  const ended: number[] = []
  const results = mapOrdered([0, 1, 2, 3, 4, 5, 6, 7], 3, async item => {
    begun.push(item)
    await wait(item === 1 ? 0 : 5)
    if (item === 1) throw new Error('the second one')
    ended.push(item)
    return item
  })
  const seen: number[] = []
  await expect(
    (async () => {
      for await (const item of results) seen.push(item)
    })(),
  ).rejects.toThrow('the second one')
  expect(seen).toEqual([0])
  expect(begun).toEqual([0, 1, 2, 3])
  expect(ended).toEqual([0, 2, 3])
})

test('a reader that stops early waits for what is under way', async () => {
  let ended = 0
  for await (const _ of mapOrdered([1, 2, 3, 4, 5], 2, async () => {
    await wait(3)
    ended++
  }))
    break
  expect(ended).toBe(2)
})
