import { afterEach, describe, expect, test, vi } from 'vitest'

afterEach(() => vi.unstubAllGlobals())

describe.each(['in Node', 'in a browser'])('%s', where => {
  test.each([1, 255, 256, 257, 300, 4099])('%i bytes that differ anywhere, or in length', async length => {
    if (where === 'in a browser') vi.stubGlobal('Buffer', undefined)
    vi.resetModules()
    const { sameBytes } = await import('../../src/bytes/same-bytes.ts')
    for (const offset of [0, 3, 4]) {
      const memory = new Uint8Array(length + 8)
      const bytes = memory.subarray(offset, offset + length)
      for (let at = 0; at < length; at++) bytes[at] = at * 7
      const other = bytes.slice()
      expect(sameBytes(bytes, other)).toBe(true)
      expect(sameBytes(bytes, bytes)).toBe(true)
      expect(sameBytes(bytes, memory.subarray(offset, offset + length + 1))).toBe(false)
      for (const at of new Set([0, length >> 1, length - 1])) {
        other[at] ^= 0x40
        expect(sameBytes(bytes, other)).toBe(false)
        other[at] ^= 0x40
      }
    }
  })
})
