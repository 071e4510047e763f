/** The keyword that differs least, if it differs in less than a third of its letters. */
export function nearestKeyword(text: string, keywords: readonly string[]): string | undefined {
  if (text.length > 64) return undefined
  const wanted = text.replace(/[\s_-]/g, '').toLowerCase()
  let best: string | undefined
  let bestDistance = Math.floor(wanted.length / 3) + 1
  for (const keyword of keywords) {
    if (Math.abs(keyword.length - wanted.length) >= bestDistance) continue
    const distance = editDistance(wanted, keyword.toLowerCase(), bestDistance)
    if (distance < bestDistance) {
      best = keyword
      bestDistance = distance
    }
  }
  return best
}

/** Levenshtein's distance; `limit` as soon as it cannot be less. */
function editDistance(a: string, b: string, limit: number): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    let least = i
    for (let j = 1; j <= b.length; j++) {
      const change = previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)
      row[j] = Math.min(change, previous[j] + 1, row[j - 1] + 1)
      if (row[j] < least) least = row[j]
    }
    if (least >= limit) return limit
    previous = row
  }
  return previous[b.length]
}
