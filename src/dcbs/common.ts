import { vrCode } from '../dicom/elements.ts'
import { VRS } from '../dicom/vr.ts'

/** VRs by number, as nodes have them (SPEC §5.2): 0 is that of the table of common elements. */
export const VR_CODES = [0, ...VRS.map(vrCode)]

/**
 * Elements that images have in common (SPEC §5.5), so that a node of one takes few bits: those that three or more of
 * forty series of different makers have, and those of PET. Numbered in this order. Never changed: files are written
 * with these numbers. One line a group, without a blank, because every page loads it: gggg, then for each element the
 * step from the one before in hex digits, where it is not 1, and the letter of its VR.
 */
const COMMON_ELEMENTS = `
00000-
00020IsHHdH2Hz3g
00085j3jakFH2H2H8kkkk7m6FFFF1dz10j4j4j8q10qDfy70z2zzq8Hf5ze0fz20qeq2q10y10y10y10q10q81B4B2bBaB6H5Hbp39Bf78DB10p2p4p2peeB6defj8bB91HBe1jjjjjcB
001010y10qqfk2Fejfc0qyfh10l10l10qfc0q110q50z20z30r10L1e40r
001250q10q2jqeq
001810q5jbjjjjzj2bl10l10pjfll2llzpllp7lp2lllf6bq20q10q11l2fqlFFlllaj8p78l10llfl10llfj10ppppdz30l70k10z32ppdzzfza0ljpeL2j2ljl2l8oe0qq4pclf7j3b08q10qe0jjeffl11BL2L2I2I2I2I2I2A2A2L2L2n2n2n2n3j2fd3jzB2jj7j2j2jjjjjn7jjj2jjjjjj7n2jjjnjjaqBjjB2zjB7qj2n5Ljbj5nanm3jj8Djnenn2Lj4n68jj6BbB2BB4BcB22jam4n13n8j2j2j2Bjjj7jnnj16j67j20n6BbLL7B7LL
0020dHH2zpppdj12l5l1bHej2j9ep5pf3bql2fbfr5056zI1aBj9fB2B3B12I2eLIdHi2ibaBB32nn1ccq
00282L2j2L2pi7LL3L1cl4p1djafLLLL3LL19L1e1j701j64ellllqqacLLLfexxxf0dj2l2jeefq5ffeII10eB22B13B
00321032yq2dq2fa0r
003850q4b0q
0040242zzkFbk3zqqbB20D2d5B395B717zq1002k7092B17azL5Lenndebj30j3Bdjd3y3dM8B8B202B11fj2j29dB
005410LL5BaLL60L37fzc00jjj2jfcjqjqqqfblppfel10p11llllcL
205020j
52009229B7B
7FE010x
`.trim()

/** Hex digits; then of no VR, and of each of VRS. */
const LETTERS = '0123456789abcdef-ghijklmnopqrstuvwxyzABCDEFGHIJKLMN'

/** Values that PS3.5, PS3.6 and PS3.3 define (SPEC §5.6), numbered from 1; 0 is the preamble. Never changed either. */
export const COMMON_VALUES = `
1.2.840.10008.1.2
1.2.840.10008.1.2.1
1.2.840.10008.1.2.1.99
1.2.840.10008.1.2.2
1.2.840.10008.1.2.4.50
1.2.840.10008.1.2.4.51
1.2.840.10008.1.2.4.57
1.2.840.10008.1.2.4.70
1.2.840.10008.1.2.4.80
1.2.840.10008.1.2.4.81
1.2.840.10008.1.2.4.90
1.2.840.10008.1.2.4.91
1.2.840.10008.1.2.4.201
1.2.840.10008.1.2.4.202
1.2.840.10008.1.2.4.203
1.2.840.10008.1.2.5
1.2.840.10008.3.1.2.3.1
1.2.840.10008.3.1.2.3.3
1.2.840.10008.5.1.4.1.1.1
1.2.840.10008.5.1.4.1.1.1.1
1.2.840.10008.5.1.4.1.1.1.2
1.2.840.10008.5.1.4.1.1.12.1
1.2.840.10008.5.1.4.1.1.128
1.2.840.10008.5.1.4.1.1.2
1.2.840.10008.5.1.4.1.1.2.1
1.2.840.10008.5.1.4.1.1.20
1.2.840.10008.5.1.4.1.1.3.1
1.2.840.10008.5.1.4.1.1.4
1.2.840.10008.5.1.4.1.1.4.1
1.2.840.10008.5.1.4.1.1.481.1
1.2.840.10008.5.1.4.1.1.481.2
1.2.840.10008.5.1.4.1.1.481.3
1.2.840.10008.5.1.4.1.1.6.1
1.2.840.10008.5.1.4.1.1.66.4
1.2.840.10008.5.1.4.1.1.7
1.2.840.10008.5.1.4.1.1.77.1.6
ISO_IR 6
ISO_IR 100
ISO_IR 192
MONOCHROME1
MONOCHROME2
PALETTE COLOR
YBR_FULL
YBR_FULL_422
ORIGINAL\\PRIMARY
ORIGINAL\\PRIMARY\\AXIAL
ORIGINAL\\PRIMARY\\LOCALIZER
DERIVED\\SECONDARY
DERIVED\\PRIMARY\\AXIAL
`.trim()

interface CommonElements {
  tags: Uint32Array
  vrs: Uint16Array
  numberOf: ReadonlyMap<number, number>
}

let elements: CommonElements | undefined

/** Made when it is first asked for: most programs open one cube or none. By letter: once and cold, that is what is fast. */
export function commonElements(): CommonElements {
  if (elements) return elements
  const tags: number[] = []
  const vrs: number[] = []
  const numberOf = new Map<number, number>()
  for (const line of COMMON_ELEMENTS.split('\n')) {
    let tag = Number.parseInt(line.slice(0, 4), 16) * 0x10000
    let step: number | undefined
    for (let at = 4; at < line.length; at++) {
      const letter = LETTERS.indexOf(line[at])
      if (letter < 16) step = (step ?? 0) * 16 + letter
      else {
        numberOf.set((tag += step ?? 1), tags.length)
        tags.push(tag)
        vrs.push(VR_CODES[letter - 16])
        step = undefined
      }
    }
  }
  elements = { tags: new Uint32Array(tags), vrs: new Uint16Array(vrs), numberOf }
  return elements
}

const utf8 = /* @__PURE__ */ new TextEncoder()
let values: Uint8Array[] | undefined

/** Of even length: a UID with a zero byte behind it, everything else with a space (PS3.5 §6.2). */
export function commonValues(): readonly Uint8Array[] {
  values ??= [`${'\0'.repeat(128)}DICM`, ...COMMON_VALUES.split('\n').map(padded)].map(text => utf8.encode(text))
  return values
}

const padded = (text: string) => (text.length % 2 ? text + (text.startsWith('1.') ? '\0' : ' ') : text)
