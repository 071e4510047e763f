import { lookup } from './dictionary.ts'
import type { Vr } from './vr.ts'

/** What a VR depends on where PS3.6 leaves a choice. Absent: the commoner case. */
export interface VrContext {
  /** Pixel Representation (0028,0103) of the data set or of the nearest one around it. */
  readonly pixelRepresentation?: number
  /** Whether VRs are written: the implicit VR transfer syntax has OW for every choice of OB or OW (PS3.5 §A.1). */
  readonly explicit?: boolean
  /** Bits Allocated (0028,0100), or of the waveform; with explicit VR only. */
  readonly bitsAllocated?: number
  /** First value of LUT Descriptor (0028,3002): LUT Data of one entry is US (PS3.3 §C.11.1.1). */
  readonly lutEntries?: number
}

/** The VR of an element where the file does not say it: PS3.6, and PS3.5 §A.1 where that gives a choice. */
export function vrOf(tag: string | number, context: VrContext = {}): Vr {
  const number = typeof tag === 'number' ? tag : Number.parseInt(tag, 16)
  const element = number & 0xffff
  if (element === 0) return 'UL' // Group Length (PS3.5 §7.2)
  if (number & 0x10000) return element >= 0x10 && element <= 0xff ? 'LO' : 'UN' // Private Creator (PS3.5 §7.8.1)
  const vr = lookup(number)?.vr
  switch (vr) {
    case undefined:
      return 'UN'
    case 'US or SS':
      return context.pixelRepresentation === 1 ? 'SS' : 'US'
    case 'OB or OW':
      return context.explicit && (context.bitsAllocated ?? 16) <= 8 ? 'OB' : 'OW'
    case 'US or OW':
      return context.lutEntries === 1 ? 'US' : 'OW'
    case 'US or SS or OW':
      return 'OW'
    default:
      return vr
  }
}

/** The VR to read a value with: the file's, or that of PS3.6 for a known element written as UN (PS3.5 §6.2.2, Note 2). */
export const readableVr = (tag: string | number, vr: string, context: VrContext = {}): string =>
  vr === 'UN' ? vrOf(tag, context) : vr
