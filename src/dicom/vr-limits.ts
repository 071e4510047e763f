import { vrFacts } from './vr.ts'

// What nobody needs who only reads values.

/** Longest single value: characters, for PN of a component group (PS3.5 Table 6.2-1). */
const MAX_LENGTH: Record<string, number> = {
  AE: 16,
  AS: 4,
  CS: 16,
  DA: 10, // 8, and 10 for the older YYYY.MM.DD
  DS: 16,
  DT: 26,
  IS: 12,
  LO: 64,
  LT: 10240,
  PN: 64,
  SH: 16,
  ST: 1024,
  TM: 14,
  UI: 64,
}
export const maxLengthOf = (vr: string): number => MAX_LENGTH[vr] ?? Number.POSITIVE_INFINITY

/** What makes a value even (PS3.5 §6.2). */
export function paddingOf(vr: string): 0x20 | 0 {
  const { kind } = vrFacts(vr)
  return (kind === 'string' || kind === 'text') && vr !== 'UI' ? 0x20 : 0
}

/** PS3.5 §7.1.2: these carry a 16-bit Value Length; every other VR, known or not, carries 32. */
const SHORT = new Set('AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US'.split(' '))
export const hasShortLength = (vr: string): boolean => SHORT.has(vr)
