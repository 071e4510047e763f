import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { kept, mostFactor, movedBy, offsetOf, scaledTo, WHOLE, type Zoom } from '../../viewer/zoom.ts'

const image = { width: 400, height: 300 }
const screen = { width: 400, height: 500 }
const zooms = fc.record<Zoom>({
  factor: fc.double({ min: 0.1, max: 100, noNaN: true }),
  x: fc.double({ min: -5, max: 5, noNaN: true }),
  y: fc.double({ min: -5, max: 5, noNaN: true }),
})

/** What of the image lies at a place, counted from the middle of the screen. */
const shownAt = (zoom: Zoom, x: number, y: number) => {
  const offset = offsetOf(zoom, image)
  return [(x - offset.x) / (image.width * zoom.factor) + 0.5, (y - offset.y) / (image.height * zoom.factor) + 0.5]
}

describe('a zoom', () => {
  test('of one has the image in the middle', () => {
    expect(offsetOf(WHOLE, image)).toEqual({ x: 0, y: 0 })
    expect(shownAt(WHOLE, -200, -150)).toEqual([0, 0])
  })

  test('around a place shows there what it showed', () => {
    fc.assert(
      fc.property(zooms, fc.integer({ min: -200, max: 200 }), fc.integer({ min: -250, max: 250 }), (zoom, x, y) => {
        const other = scaledTo(zoom, zoom.factor * 1.7, { x, y }, image)
        const [before, after] = [shownAt(zoom, x, y), shownAt(other, x, y)]
        expect(after[0]).toBeCloseTo(before[0], 6)
        expect(after[1]).toBeCloseTo(before[1], 6)
      }),
    )
  })

  test('that is moved shows what was beside', () => {
    const zoom = { factor: 4, x: 0.5, y: 0.5 }
    const moved = movedBy(zoom, 100, -50, image)
    const found = shownAt(moved, 100, -50)
    for (const place of found) expect(place).toBeCloseTo(0.5, 9)
  })

  test('never loses the image, and is the whole image where it is no larger', () => {
    fc.assert(
      fc.property(zooms, zoom => {
        const safe = kept(zoom, image, screen, 8)
        expect(safe.factor).toBeGreaterThanOrEqual(1)
        expect(safe.factor).toBeLessThanOrEqual(8)
        if (zoom.factor <= 1) expect(safe).toEqual(WHOLE)
        // The edges: at most a quarter of the screen away from its own, where the image is as large as it.
        const { x } = offsetOf(safe, image)
        const half = (image.width * safe.factor) / 2
        expect(x - half).toBeLessThanOrEqual(-screen.width / 2 + screen.width / 4 + 1e-6)
        expect(x + half).toBeGreaterThanOrEqual(screen.width / 2 - screen.width / 4 - 1e-6)
        const again = kept(safe, image, screen, 8)
        for (const key of ['factor', 'x', 'y'] as const) expect(again[key]).toBeCloseTo(safe[key], 9)
      }),
    )
  })

  test.each([
    ['a large image, eight times', 0.25, 256],
    ['one whose pixels are as large as can be, eight times', 8, 8],
    ['a tiny image no less', 80, 8],
    ['an image of a few pixels on a small screen, until one is 64 pixels', 2, 32],
  ])('ends where it is of no more use: %s', (_, pixelPx, most) => expect(mostFactor(pixelPx)).toBe(most))
})
