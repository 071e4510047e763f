import type { FrameShape } from '../../src/codec/frame.ts'
import { DicubeError } from '../../src/errors.ts'

/** Bytes that look random and are the same in every run. */
export function noise(size: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(size)
  let state = seed
  for (let at = 0; at < size; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    bytes[at] = state >>> 24
  }
  return bytes
}

/** Bytes that compress, with matches near and far. */
export const repeated = (size: number) =>
  noise(size, 7).map((value, at) => ((at >> 8) % 3 === 0 ? value & 3 : (at * 7) % 50))

export const fromHex = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'))

/** Code and message of the DicubeError that a task must end with. */
export async function refusal(task: () => unknown): Promise<[string, string]> {
  try {
    await task()
  } catch (error) {
    if (error instanceof DicubeError) return [error.code, error.message]
    throw error
  }
  throw new Error('nothing was refused')
}

/** 16 bits unsigned unless said otherwise; Bits Stored and High Bit follow. */
export function shapeOf(fields: Partial<FrameShape> & Pick<FrameShape, 'rows' | 'columns'>): FrameShape {
  const bitsAllocated = fields.bitsAllocated ?? 16
  const bitsStored = fields.bitsStored ?? bitsAllocated
  return { samples: 1, signed: false, planar: false, bitsAllocated, bitsStored, highBit: bitsStored - 1, ...fields }
}

/** A native frame of noise within Bits Stored, its smallest and largest value included. */
export function wordsWithin(shape: FrameShape): Uint8Array {
  const count = shape.rows * shape.columns * shape.samples
  const values = noise(count * 2)
  const words = shape.bitsAllocated === 8 ? new Uint8Array(count) : new Uint16Array(count)
  const shift = 32 - shape.bitsStored
  for (let at = 0; at < count; at++) {
    const [least, most] = shape.signed ? [0x80000000, 0x7fffffff] : [0, 0xffffffff]
    const value = at === 0 ? least : at === 1 ? most : (values[2 * at] << 24) | (values[2 * at + 1] << 16)
    words[at] = shape.signed ? value >> shift : value >>> shift
  }
  return new Uint8Array(words.buffer)
}
