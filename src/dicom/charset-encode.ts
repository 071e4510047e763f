import {
  type Charset,
  type CodeElement,
  type CodeState,
  decodeAs,
  ESC,
  isReset,
  JIS_X_0208,
  KATAKANA,
  rightHalf,
  WINDOWS_JIS,
} from './charset.ts'
import { vrFacts } from './vr.ts'

// Apart from charset.ts, its mirror, because a page that reads metadata writes none.

/** The mirror of Charset.decode for one value; undefined where a character has no code in the set. */
export function encodeText({ codes }: Charset, text: string, vr = 'LO'): Uint8Array | undefined {
  if (vrFacts(vr).kind !== 'text') return encodeDefault(text)
  if ('sets' in codes) return encodeIso2022(text, vr, codes.initial, codes.sets)
  if (codes.encoding === 'utf-8') return isWellFormed(text) ? new TextEncoder().encode(text) : undefined
  return encodeTable(text, codes.encoding)
}

const STANDARD_JIS = new Map(Object.entries(WINDOWS_JIS).map(([windows, standard]) => [standard, windows]))

function encodeDefault(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code >= 0x80) return undefined
    bytes[i] = code
  }
  return bytes
}

const isWellFormed = (text: string) =>
  !/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text)

/** Character → its bytes, for the encodings that TextDecoder reads and no web API writes. Made when first needed. */
const tables = new Map<string, Map<string, number>>()
function tableOf(encoding: string): Map<string, number> {
  let table = tables.get(encoding)
  if (table) return table
  table = new Map()
  const codes: number[][] = []
  // EUC sets have both bytes from 0xA1 on; GBK has more, and the euc-kr of the web too: those codes are not KS X 1001.
  const [low, lowTrail] = encoding === 'gbk' || encoding === 'gb18030' ? [0x81, 0x40] : [0xa1, 0xa1]
  for (let lead = low; lead <= 0xfe; lead++) {
    for (let trail = lowTrail; trail <= 0xfe; trail++) {
      codes.push([lead, trail])
      if (encoding === 'euc-jp') codes.push([0x8f, lead, trail])
    }
  }
  if (encoding === 'gb18030') {
    for (let i = 0; i < 4 * 12600; i++) {
      codes.push([0x81 + Math.floor(i / 12600), 0x30 + (Math.floor(i / 1260) % 10)])
      codes.at(-1)!.push(0x81 + (Math.floor(i / 10) % 126), 0x30 + (i % 10))
    }
  }
  // One call for all: line feeds keep them apart, and a code that is none gives U+FFFD.
  const characters = decodeAs(encoding, Uint8Array.from(codes.flatMap(code => [...code, 0x0a]))).split('\n')
  for (const [i, code] of codes.entries()) {
    const character = characters[i]
    if (character.length !== 1 || character === '\ufffd' || table.has(character)) continue
    table.set(
      character,
      code.reduce((number, byte) => number * 256 + byte, 0),
    )
  }
  tables.set(encoding, table)
  return table
}

/** GB18030 and GBK: ASCII, two bytes, and in GB18030 four. */
function encodeTable(text: string, encoding: string): Uint8Array | undefined {
  const bytes: number[] = []
  for (const character of text) {
    const point = character.codePointAt(0)!
    if (point < 0x80) {
      bytes.push(point)
      continue
    }
    const code = tableOf(encoding).get(character)
    if (code !== undefined) {
      for (let shift = code > 0xffff ? 24 : 8; shift >= 0; shift -= 8) bytes.push((code >>> shift) & 0xff)
    } else if (encoding === 'gb18030' && point >= 0x10000) {
      // The supplementary planes follow each other from 90 30 81 30 on.
      const i = point - 0x10000
      bytes.push(0x90 + Math.floor(i / 12600), 0x30 + (Math.floor(i / 1260) % 10))
      bytes.push(0x81 + (Math.floor(i / 10) % 126), 0x30 + (i % 10))
    } else return undefined
  }
  return Uint8Array.from(bytes)
}

/** The bytes of a character in a code element's own half of the table; undefined where it is not in the set. */
function codeOf(element: CodeElement, character: string): number[] | undefined {
  if (element.encoding === 'ascii') return character < '\x80' ? [character.charCodeAt(0)] : undefined
  if (element === KATAKANA) {
    const code = character.charCodeAt(0) - 0xff61 + 0xa1
    return character.length === 1 && code >= 0xa1 && code <= 0xdf ? [code] : undefined
  }
  if (element.bytesPerCharacter === 1) {
    const i = character === '\ufffd' ? -1 : rightHalf(element.encoding).indexOf(character)
    return i >= 0 && character.length === 1 ? [i | 0x80] : undefined
  }
  const windows = element === JIS_X_0208 ? STANDARD_JIS.get(character) : undefined
  const code = tableOf(element.encoding).get(windows ?? character)
  // The two planes of EUC-JP differ by the prefix alone; GB 2312 is the part of GBK whose bytes are 0xA1 and more.
  if (code === undefined || code >> 16 !== (element.prefix ?? 0)) return undefined
  const bytes = [(code >> 8) & 0xff, code & 0xff]
  if (bytes[0] < 0xa1 || bytes[1] < 0xa1) return undefined
  return element.area === 'G1' ? bytes : bytes.map(byte => byte & 0x7f)
}

/** The mirror of decodeIso2022 for one value: escape sequences where the set changes, and back before a delimiter. */
function encodeIso2022(
  text: string,
  vr: string,
  initial: CodeState,
  sets: readonly (readonly CodeElement[])[],
): Uint8Array | undefined {
  const candidates = sets.flat()
  const bytes: number[] = []
  let { G0, G1 } = initial
  const invoke = (element: CodeElement) => {
    if (element.area === 'G0') G0 = element
    else G1 = element
    bytes.push(ESC, ...[...element.escape].map(letter => letter.charCodeAt(0)))
  }
  for (const character of text) {
    if (character < '\x80') {
      if (G0.bytesPerCharacter === 2) invoke(initial.G0)
      bytes.push(character.charCodeAt(0))
      if (isReset(character.charCodeAt(0), vr)) G1 = initial.G1
      continue
    }
    const active = [G0, G1].find(element => element && codeOf(element, character))
    const element = active ?? candidates.find(candidate => codeOf(candidate, character))
    if (!element) return undefined
    if (!active) invoke(element)
    bytes.push(...codeOf(element, character)!)
  }
  if (G0.bytesPerCharacter === 2) invoke(initial.G0)
  return Uint8Array.from(bytes)
}
