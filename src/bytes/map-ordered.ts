/**
 * Runs `task` over items with at most `limit` under way, which may change meanwhile, and yields the results in the order
 * of the items. When one fails or the reader stops early, nothing new is begun, and what is under way has ended before
 * the generator has.
 */
export async function* mapOrdered<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  limit: number | (() => number),
  task: (item: T, index: number) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const underWay: Promise<R>[] = []
  let index = 0
  try {
    for await (const item of items) {
      const result = task(item, index++)
      // Its turn comes later; until then a failure is not an unhandled one.
      result.catch(() => {})
      underWay.push(result)
      while (underWay.length >= (typeof limit === 'number' ? limit : limit())) yield await underWay.shift()!
    }
    while (underWay.length > 0) yield await underWay.shift()!
  } finally {
    await Promise.allSettled(underWay)
  }
}
