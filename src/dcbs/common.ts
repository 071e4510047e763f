import { vrCode } from '../dicom/elements.ts'

/**
 * Elements that images have in common (SPEC §5.5), so that a node of one takes few bits: those that three or more of
 * forty series of different makers have, and those of PET. Numbered in this order. Never changed: files are written
 * with these numbers. One line a group, without a blank, because every page loads it: for each element the step from the
 * one before, in hex digits, and its VR; "--" is no element.
 */
const COMMON_ELEMENTS = `
0000:0--
0002:0UL1OB1UI1UIdUI2UI1SH3AE
0008:5CS3CSaDA1TM1UI2UI2UI8DA1DA1DA1DA7DT6TM1TM1TM1TM1dSH10CS4CS4CS8LO10LO1STfPN70SH2SH1SH1LO8UIf5SHe0fSH20LOeLO2LO10PN10PN10PN10LO10LO81SQ4SQ2bSQaSQ6UI5UIbIS39SQf78ST1SQ10IS2IS4IS2ISeeSQ6defCS8bSQ91UI1SQe1CS1CS1CS1CS1CScSQ
0010:10PN10LO1LOfDA2TMeCSfc0LO1PNfAS10DS10DS10LOfc0LO110LO50SH20SH30LT10US1e40LT
0012:50LO10LO2CS1LOeLO
0018:10LO5CSbCS1CS1CS1CS1SH1CS2bDS10DS10IS1CSfDS1DS2DS1DS1SH1IS1DS1DS1IS7DS1IS2DS1DS1DSf6bLO20LO10LO11DS2fLO1DS1TM1TM1DS1DS1DSaCS8IS78DS10DS1DSfDS10DS1DSfCS10IS1IS1IS1ISdSH30DS70DA10SH32IS1ISdSH1SHfSHa0DS1CS1ISeUS2CS2DS1CS1DS2DS8FLe0LO1LO4IScDSf7CS3b08LO10LOe0CS1CSeffDS11SQ1US2US2UL2UL2UL2UL2UL2SL2SL2US2US2FD2FD2FD2FD3CS2fd3CS1SH1SQ2CS1CS7CS2CS2CS1CS1CS1CS1CS1FD7CS1CS1CS2CS1CS1CS1CS1CS1CS7FD2CS1CS1CS1FD1CS1CSaLO1SQ1CS1CS1SQ2SH1CS1SQ7LO1CS2FD5US1CSbCS5FDaFD1DT3CS1CS8ST1CS1FDeFD1FD2US1CS4FD68CS1CS6SQbSQ2SQ1SQ4SQcSQ22CSaDT4FD13FD8CS2CS2CS2SQ1CS1CS1CS7CS1FD1FD1CS16CS67CS20FD6SQbUS1US7SQ7US1US
0020:dUI1UI2SH1IS1IS1ISdCS12DS5DS1bUIeCS2CS9eIS5ISf3bLO1DS2fbfLT5056SH1UL1aSQ1CS9fSQ2SQ3SQ12UL2eUS1ULdUI1AT2ATbaSQ1SQ32FD1FD1ccLO
0028:2US2CS2US2IS1AT7US1US3US1cDS4IS1dCSafUS1US1US1US3US1US19US1e1CS701CS64eDS1DS1DS1DS1LO1LOacUS1US1USfeOW1OW1OWf0dCS2DS2CSeefLO5ffeUL1UL10eSQ22SQ13SQ
0032:1032PN1LO2dLO2fa0LT
0038:50LO4b0LO
0040:242SH1SH1DA1TMbDA3SH1LO1LObSQ20ST2d5SQ395SQ717SH1LO1002DA7092SQ17aSH1US5USeFD1FDdebCS30CS3SQdCSd3PN3dUT8SQ8SQ202SQ11fCS2CS29dSQ
0054:10US1US5SQaUS1US60US37fSHc00CS1CS1CS2CSfcCS1LO1CS1LO1LO1LOfbDS1IS1ISfeDS10IS11DS1DS1DS1DScUS
2050:20CS
5200:9229SQ7SQ
7FE0:10OW
`.trim()

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

/** Made when it is first asked for: most programs open one cube or none. */
export function commonElements(): CommonElements {
  if (elements) return elements
  const tags: number[] = []
  const vrs: number[] = []
  for (const line of COMMON_ELEMENTS.split('\n')) {
    let tag = Number.parseInt(line, 16) * 0x10000
    for (const [, step, vr] of line.slice(5).matchAll(/([0-9a-f]+)(..)/g)) {
      tags.push((tag += Number.parseInt(step, 16)))
      vrs.push(vr === '--' ? 0 : vrCode(vr))
    }
  }
  elements = {
    tags: Uint32Array.from(tags),
    vrs: Uint16Array.from(vrs),
    numberOf: new Map(tags.map((tag, number) => [tag, number])),
  }
  return elements
}

let values: Uint8Array[] | undefined

/** Of even length: a UID with a zero byte behind it, everything else with a space (PS3.5 §6.2). */
export function commonValues(): readonly Uint8Array[] {
  values ??= [`${'\0'.repeat(128)}DICM`, ...COMMON_VALUES.split('\n').map(padded)].map(text =>
    Uint8Array.from(text, letter => letter.charCodeAt(0)),
  )
  return values
}

const padded = (text: string) => (text.length % 2 ? text + (text.startsWith('1.') ? '\0' : ' ') : text)
