import type { RenderedImage } from '../cube/render.ts'

export const GLYPH_WIDTH = 5
export const GLYPH_HEIGHT = 7
/** From one letter to the next. */
export const LETTER_WIDTH = GLYPH_WIDTH + 1

/** U+0020 to U+007E, and these. */
const MORE_LETTERS = '×·…°µ'
/** Seven rows a letter, from the top, each a digit of base 32: its five bits are pixels, the leftmost one the highest. */
const GLYPHS = (
  '0000000 4444404 aaa0000 aavavaa 4fke5u4 op248j3 cik8lid 4480000 2488842 8422248 04lel40 044v440 ' +
  '0000c48 000v000 00000cc 01248g0 ehjlphe 4c4444e eh1248v v2421he 26aiv22 vgu11he 68guhhe v124888 ' +
  'ehhehhe ehhf12c 0cc0cc0 0cc0c48 248g842 00v0v00 8421248 eh12404 eh1dlle ehhhvhh uhhuhhu ehggghe ' +
  'sihhhis vgguggv vggsggg ehgnhhf hhhvhhh e44444e 72222ic hikokih ggggggv hrllhhh hhpljhh ehhhhhe ' +
  'uhhuggg ehhhlid uhhukih fgge11u v444444 hhhhhhe hhhhha4 hhhllla hha4ahh hhha444 v1248gv e88888e ' +
  '0g84210 e22222e 4ah0000 000000v 8420000 00e1fhf ggmphhu 00egghe 11djhhf 00ehvge 698s888 0fhhf1e ' +
  'ggmphhh 40c444e 20622ic ggikoki c44444e 00qllhh 00mphhh 00ehhhe 00uhugg 00djf11 00mpggg 00ege1u ' +
  '88s8896 00hhhjd 00hhha4 00hhlla 00ha4ah 00hhf1e 00v248v 2448442 4444444 8442448 008l200 00ha4ah ' +
  '000cc00 000000l ciic000 00hhjpg'
).split(' ')

function glyphOf(letter: string): string {
  const code = letter.charCodeAt(0)
  if (code >= 0x20 && code < 0x7f) return GLYPHS[code - 0x20]
  const more = MORE_LETTERS.indexOf(letter)
  return more < 0 ? glyphOf('?') : GLYPHS[95 + more]
}

/** Letters that there are glyphs for: those with accents lose them, others are a question mark. */
const lettersOf = (text: string): string[] => Array.from(text.normalize('NFD').replace(/\p{Mn}/gu, ''))

export const textWidth = (text: string, scale: number): number => lettersOf(text).length * LETTER_WIDTH * scale - scale

/** The text, cut so that it fits. */
export function fittedText(text: string, width: number, scale: number): string {
  const most = Math.max(0, Math.floor((width + scale) / (LETTER_WIDTH * scale)))
  const letters = lettersOf(text)
  return letters.length <= most ? letters.join('') : most ? `${letters.slice(0, most - 1).join('')}…` : ''
}

export type Colour = readonly [red: number, green: number, blue: number]

/** Red, green and blue bytes of an image that is being drawn. */
export class Canvas {
  readonly width: number
  readonly height: number
  readonly rgb: Uint8Array

  constructor(width: number, height: number, background: Colour) {
    this.width = width
    this.height = height
    this.rgb = new Uint8Array(width * height * 3)
    this.fill(0, 0, width, height, background)
  }

  fill(left: number, top: number, width: number, height: number, colour: Colour): void {
    for (let y = Math.max(0, top); y < Math.min(this.height, top + height); y++)
      for (let x = Math.max(0, left); x < Math.min(this.width, left + width); x++)
        this.rgb.set(colour, (y * this.width + x) * 3)
  }

  text(text: string, left: number, top: number, scale: number, colour: Colour): void {
    for (const [i, letter] of lettersOf(text).entries())
      for (const [row, digit] of [...glyphOf(letter)].entries()) {
        const bits = Number.parseInt(digit, 32)
        for (let column = 0; column < GLYPH_WIDTH; column++)
          if (bits & (0x10 >> column))
            this.fill(left + (i * LETTER_WIDTH + column) * scale, top + row * scale, scale, scale, colour)
      }
  }

  /** An image in another size: averaged where it becomes smaller, interpolated where it becomes larger. */
  image({ rgba, rows, columns }: RenderedImage, left: number, top: number, width: number, height: number): void {
    const across = weights(columns, width)
    const down = weights(rows, height)
    // Rows first, so that what is between is no larger than it has to be.
    const between = new Float32Array(rows * width * 3)
    for (let y = 0; y < rows; y++)
      for (let x = 0; x < width; x++)
        for (const { at, weight } of across[x])
          for (let k = 0; k < 3; k++) between[(y * width + x) * 3 + k] += rgba[(y * columns + at) * 4 + k] * weight
    const sum = new Float32Array(3)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        sum.fill(0)
        for (const { at, weight } of down[y])
          for (let k = 0; k < 3; k++) sum[k] += between[(at * width + x) * 3 + k] * weight
        for (let k = 0; k < 3; k++)
          this.rgb[((top + y) * this.width + left + x) * 3 + k] = Math.max(0, Math.min(255, Math.round(sum[k])))
      }
  }
}

/** Of each new sample, the old ones it is made of: a triangle as wide as the larger of the two. */
function weights(from: number, to: number): { at: number; weight: number }[][] {
  const step = from / to
  const reach = Math.max(1, step)
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * step - 0.5
    const found: { at: number; weight: number }[] = []
    for (let at = Math.max(0, Math.ceil(centre - reach)); at <= Math.min(from - 1, Math.floor(centre + reach)); at++) {
      const weight = 1 - Math.abs(at - centre) / reach
      if (weight > 0) found.push({ at, weight })
    }
    const sum = found.reduce((total, { weight }) => total + weight, 0)
    return found.map(({ at, weight }) => ({ at, weight: weight / sum }))
  })
}
