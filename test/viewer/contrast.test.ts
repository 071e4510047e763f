import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

const css = readFileSync(new URL('../../viewer/style.css', import.meta.url), 'utf8')

/** The custom properties of a :root block, those of the one before it where it has none of its own. */
function properties(): Record<'light' | 'dark', Map<string, string>> {
  const blocks = [...css.matchAll(/:root \{([^}]*)\}/g)].map(([, block]) =>
    [...block.matchAll(/--([\w-]+):\s*([^;]+);/g)].map(([, name, value]) => [name, value] as const),
  )
  expect(blocks).toHaveLength(2)
  return { light: new Map(blocks[0]), dark: new Map([...blocks[0], ...blocks[1]]) }
}

/** WCAG 2.2, relative luminance. */
function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5]
    .map(at => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
    .map(c => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(a: string, b: string): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x)
  return (high + 0.05) / (low + 0.05)
}

/** Text, and what lies behind it. AA: 4.5 (WCAG 1.4.3). */
const TEXT: [string, string[]][] = [
  ['text', ['ground', 'surface', 'raised', 'soft']],
  ['muted', ['ground', 'surface', 'raised', 'soft']],
  ['accent', ['ground', 'surface', 'soft']],
  ['on-accent', ['accent']],
  ['danger', ['ground', 'surface']],
  ['warning', ['ground', 'surface']],
  ['note', ['surface']],
  ['fine', ['ground', 'surface', 'raised']],
  ['surface', ['danger', 'warning']],
  ['on-mark', ['mark']],
  ['on-screen', ['screen']],
  ['screen-quiet', ['screen']],
]
/** Lines that mean something, edges of controls, pieces of bars. AA: 3 (WCAG 1.4.11). */
const GRAPHICS: [string, string[]][] = [
  ['edge', ['surface', 'ground']],
  ['accent', ['raised']],
  ['second', ['surface']],
  ['third', ['surface']],
  ['danger', ['surface']],
  ['headers', ['surface', 'raised']],
  ['pixels', ['surface', 'raised']],
  ['rest', ['surface', 'raised']],
]

describe.each(['light', 'dark'] as const)('contrast, %s', scheme => {
  const colours = properties()[scheme]
  const colour = (name: string) => {
    const value = colours.get(name)
    expect(value, name).toMatch(/^#[0-9a-f]{6}$/)
    return value!
  }
  const pairs = (rows: typeof TEXT) => rows.flatMap(([front, backs]) => backs.map(back => [front, back] as const))

  test.each(pairs(TEXT))('%s on %s can be read', (front, back) =>
    expect(contrast(colour(front), colour(back))).toBeGreaterThanOrEqual(4.5),
  )
  test.each(pairs(GRAPHICS))('%s on %s can be told apart', (front, back) =>
    expect(contrast(colour(front), colour(back))).toBeGreaterThanOrEqual(3),
  )
})

test('every colour of text is one of them: none is written down elsewhere but on the dark of the image', () => {
  const afterRoot = css.slice(css.indexOf('*,'))
  const others = [...afterRoot.matchAll(/^\s*color:\s*(#[0-9a-f]+)/gm)].map(([, value]) => value)
  for (const value of others) expect(contrast(value, '#222c38')).toBeGreaterThanOrEqual(4.5)
  const named = [...afterRoot.matchAll(/^\s*color:\s*var\(--([\w-]+)\)/gm)].map(([, name]) => name)
  const tested = new Set(TEXT.map(([front]) => front))
  expect([...new Set(named)].filter(name => !tested.has(name))).toEqual([])
})
