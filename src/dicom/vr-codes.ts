import { vrCode } from './elements.ts'
import { VRS } from './vr.ts'
import { hasShortLength } from './vr-limits.ts'
import { vrOf } from './vr-of.ts'

/** The facts of vr.ts and dictionary.ts by number, for the loops that walk every element of every file. */
const KNOWN = new Uint8Array(1 << 16)
for (const vr of VRS) KNOWN[vrCode(vr)] = hasShortLength(vr) ? 2 : 1

export const isKnownVrCode = (code: number) => KNOWN[code] !== 0

/** PS3.5 §7.1.2: these carry a 16-bit Value Length; every other VR, known or not, carries 32. */
export const hasShortLengthCode = (code: number) => KNOWN[code] === 2

const implicitVrs = new Map<number, number>()

/** The VR of an element that does not state one (PS3.5 §A.1, PS3.6). */
export function implicitVrCode(tag: number): number {
  let code = implicitVrs.get(tag)
  if (code === undefined) implicitVrs.set(tag, (code = vrCode(vrOf(tag))))
  return code
}

/** Whether Pixel Representation decides between US and SS. */
export const isAmbiguousVrTag = (tag: number) =>
  implicitVrCode(tag) === vrCode('US') && vrOf(tag, { pixelRepresentation: 1 }) === 'SS'
