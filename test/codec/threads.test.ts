import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createNodeWorker } from '../../src/codec/threads.node.ts'
import { noise, shapeOf } from './helpers.ts'

const built = existsSync(new URL('../../dist/bin/frame-worker.cjs', import.meta.url))
if (!built) console.log('test/codec/threads: skipped, there is no dist/ (npm run build)')

const shape = shapeOf({ rows: 40, columns: 50, bitsStored: 16 })

/** Resolves with the numbers of the first `count` answers. */
function answers(worker: NonNullable<ReturnType<typeof createNodeWorker>>, count: number): Promise<number[]> {
  const ids: number[] = []
  return new Promise((resolve, reject) =>
    worker.listen(
      message => {
        ids.push((message as { id: number }).id)
        if (ids.length === count) resolve(ids)
      },
      reason => reject(new Error(reason)),
    ),
  )
}

test.skipIf(!built)('a thread that was let go at work answers nobody, and works for the next one', async () => {
  const first = createNodeWorker()!
  const started = answers(first, 1)
  first.post({ id: -1, name: 'start', args: [{}] }, [])
  expect(await started).toEqual([-1])
  const never = answers(first, 1)
  first.post({ id: 1, name: 'pack', args: [noise(4000, 1), shape] }, [])
  first.end()

  const second = createNodeWorker()!
  const own = answers(second, 2)
  second.post({ id: 2, name: 'pack', args: [noise(4000, 2), shape] }, [])
  second.post({ id: 3, name: 'pack', args: [noise(4000, 3), shape] }, [])
  expect(await own).toEqual([2, 3])
  expect(await Promise.race([never, new Promise(resolve => setTimeout(resolve, 100, 'nothing'))])).toBe('nothing')
  second.end()

  const third = createNodeWorker()!
  const again = answers(third, 1)
  third.post({ id: 4, name: 'pack', args: [noise(4000, 4), shape] }, [])
  expect(await again).toEqual([4])
  third.end()
})
