import { vrFacts } from './vr.ts'

/** What can be wrong with text: in Specific Character Set (the first three) or in the bytes of a value. */
export type CharsetProblem =
  | 'unknown-character-set' // not a defined term of PS3.3 §C.12.1.1.2: the default repertoire is used instead
  | 'misspelt-character-set' // a defined term with other separators or letter case, understood all the same
  | 'no-code-extensions' // ISO_IR 192, GB18030 or GBK beside other terms (PS3.5 §6.1.2.5.4): used alone
  | 'undeclared-bytes' // bytes from 0x80 on where no character set has them: shown as Latin-1
  | 'undeclared-escape' // an escape sequence of a set that Specific Character Set does not name: obeyed
  | 'unknown-escape' // an escape sequence that PS3.3 does not have: kept as text
  | 'missing-escape' // bytes from 0x80 on without the escape sequence before them: read as the only set they fit
  | 'unclosed-escape' // a value that ends in a set of two bytes a character, without the way back (PS3.5 §6.1.2.5.3)
  | 'invalid-bytes' // bytes that are no character of their set: U+FFFD

/** Text of one data set: what (0008,0005) Specific Character Set says, as functions. */
export interface Charset {
  /** The values of Specific Character Set, as given. */
  readonly terms: readonly string[]
  /** What is wrong with the terms themselves. */
  readonly problems: readonly CharsetProblem[]
  /** The text of a whole Value Field, backslashes and padding included. Bytes never fail to decode: problems are reported. */
  decode(bytes: Uint8Array, vr: string, report?: (problem: CharsetProblem) => void): string
  /** What encodeText (charset-encode) writes with: one encoding, or code elements between which escape sequences switch. */
  readonly codes:
    | { readonly encoding: string }
    | { readonly initial: CodeState; readonly sets: readonly (readonly CodeElement[])[] }
}

/** The code elements that are in force. */
export interface CodeState {
  G0: CodeElement
  G1: CodeElement | undefined
}

/** A coded character set that an escape sequence puts into G0 (bytes below 0x80) or G1 (bytes from 0x80 on). */
export interface CodeElement {
  readonly area: 'G0' | 'G1'
  /** What follows ESC. */
  readonly escape: string
  readonly bytesPerCharacter: 1 | 2
  /** Label of the TextDecoder that knows the set in the right half of its code table; latin-1 is not one (see latin1). */
  readonly encoding: string
  /** Byte in front of each character for that decoder: JIS X 0212 is EUC-JP's third plane. */
  readonly prefix?: number
}

const g1 = (sequence: string, encoding: string, bytesPerCharacter: 1 | 2 = 1): CodeElement => ({
  area: 'G1',
  escape: sequence,
  bytesPerCharacter,
  encoding,
})

const ASCII: CodeElement = { area: 'G0', escape: '(B', bytesPerCharacter: 1, encoding: 'ascii' }
// JIS X 0201 romaji has the yen sign for the backslash and the overline for the tilde. They are shown as ASCII, as the
// Shift_JIS of every other program does, so that 0x5C separates values whatever it looks like (PS3.18 §F.2.4).
const ROMAJI: CodeElement = { area: 'G0', escape: '(J', bytesPerCharacter: 1, encoding: 'ascii' }
export const KATAKANA = g1(')I', 'shift_jis')
export const JIS_X_0208: CodeElement = { area: 'G0', escape: '$B', bytesPerCharacter: 2, encoding: 'euc-jp' }
const JIS_X_0212: CodeElement = { area: 'G0', escape: '$(D', bytesPerCharacter: 2, encoding: 'euc-jp', prefix: 0x8f }
const KS_X_1001 = g1('$)C', 'euc-kr', 2)
const GB_2312 = g1('$)A', 'gbk', 2)
const LATIN_1 = g1('-A', 'latin1')

/** PS3.3 Tables C.12-2 to C.12-4: the number of the defined term → its G0 and G1. */
const SETS: Record<string, readonly CodeElement[]> = {
  6: [ASCII],
  100: [ASCII, LATIN_1],
  101: [ASCII, g1('-B', 'iso-8859-2')],
  109: [ASCII, g1('-C', 'iso-8859-3')],
  110: [ASCII, g1('-D', 'iso-8859-4')],
  126: [ASCII, g1('-F', 'iso-8859-7')],
  127: [ASCII, g1('-G', 'iso-8859-6')],
  138: [ASCII, g1('-H', 'iso-8859-8')],
  144: [ASCII, g1('-L', 'iso-8859-5')],
  148: [ASCII, g1('-M', 'windows-1254')], // ISO 8859-9 and more below 0xA0, which is not used
  166: [ASCII, g1('-T', 'windows-874')], // TIS 620 likewise
  203: [ASCII, g1('-b', 'iso-8859-15')],
  13: [ROMAJI, KATAKANA],
  87: [JIS_X_0208],
  159: [JIS_X_0212],
  149: [KS_X_1001],
  58: [GB_2312],
}

/** PS3.3 Table C.12-5: these stand alone and know no escape sequences. "ISO 2022 GBK" is of CP-1234 and in files. */
const STAND_ALONE: Record<string, string> = { ISOIR192: 'utf-8', GB18030: 'gb18030', GBK: 'gbk', ISO2022GBK: 'gbk' }

const BY_ESCAPE = new Map([...Object.values(SETS).flat(), { ...JIS_X_0208, escape: '$@' }].map(e => [e.escape, e]))

export const ESC = 0x1b

/** Each argument takes room on the stack, of which deep sequences leave little. */
const CHUNK = 1024

/** Bytes as the code points of the same number: Latin-1, and ASCII. (TextDecoder has Windows-1252 under that name.) */
export function latin1(bytes: Uint8Array, start = 0, end = bytes.length): string {
  if (end - start <= 64) {
    let text = ''
    for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i])
    return text
  }
  let text = ''
  for (let i = start; i < end; i += CHUNK) {
    text += String.fromCharCode.apply(null, bytes.subarray(i, Math.min(end, i + CHUNK)) as unknown as number[])
  }
  return text
}

const decoders = new Map<string, TextDecoder>()
export function decodeAs(encoding: string, bytes: Uint8Array): string {
  let decoder = decoders.get(encoding)
  if (!decoder) {
    decoder = new TextDecoder(encoding, { ignoreBOM: true })
    decoders.set(encoding, decoder)
  }
  return decoder.decode(bytes)
}

const rightHalves = new Map<string, string>()
/** The characters of bytes 0x80 to 0xFF in a single-byte set. Those below 0xA0 are controls in all of them (ISO 2022 C1). */
export function rightHalf(encoding: string): string {
  let half = rightHalves.get(encoding)
  if (half === undefined) {
    const codes = Uint8Array.from({ length: 128 }, (_, i) => 128 + i)
    half = encoding === 'latin1' ? latin1(codes) : latin1(codes, 0, 32) + decodeAs(encoding, codes.subarray(32))
    half = half.replace(/[\ue000-\uf8ff]/g, '\ufffd') // what ICU has for the gaps of TIS 620
    rightHalves.set(encoding, half)
  }
  return half
}

/** A run of bytes of one code element; of two bytes a character in G0, and in G1 unless the run is broken. */
function decodeRun(element: CodeElement, run: Uint8Array): string {
  if (element.encoding === 'ascii') return latin1(run)
  if (element.bytesPerCharacter === 1) {
    if (element === KATAKANA) return decodeAs('shift_jis', run)
    const half = rightHalf(element.encoding)
    let text = ''
    for (const byte of run) text += half[byte & 0x7f]
    return text
  }
  const size = element.prefix === undefined ? 1 : 1.5
  const bytes = new Uint8Array(Math.ceil(run.length * size))
  for (let i = 0, at = 0; i < run.length; i++) {
    if (element.prefix !== undefined && i % 2 === 0) bytes[at++] = element.prefix
    bytes[at++] = run[i] | 0x80
  }
  const text = decodeAs(element.encoding, bytes)
  return element === JIS_X_0208 ? text.replace(/[～∥－￠￡￢]/g, character => WINDOWS_JIS[character]) : text
}

/** The EUC-JP of the web follows Windows; these are the six characters for which JIS X 0208 itself has others. */
export const WINDOWS_JIS: Record<string, string> = { '～': '〜', '∥': '‖', '－': '−', '￠': '¢', '￡': '£', '￢': '¬' }

/** Control characters but ESC end a line, a page or a column; then value 1's character set holds again (PS3.5 §6.1.2.5.3). */
export const isReset = (byte: number, vr: string) =>
  byte < 0x20 || (byte === 0x5c && vrFacts(vr).backslash) || (vr === 'PN' && (byte === 0x5e || byte === 0x3d))

/** The length of the escape sequence at `at`, ESC not counted: intermediate bytes, then one final byte (ISO 2022). */
function escapeLength(bytes: Uint8Array, at: number): number {
  let end = at + 1
  while (end < bytes.length && bytes[end] >= 0x20 && bytes[end] < 0x30) end++
  return Math.min(end + 1, bytes.length) - at - 1
}

function isAscii(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if (bytes[i] >= 0x80 || bytes[i] === ESC) return false
  return true
}

/** ISO 2022 as PS3.5 §6.1.2.5 restricts it. */
function decodeIso2022(
  bytes: Uint8Array,
  vr: string,
  initial: { G0: CodeElement; G1: CodeElement | undefined },
  declared: ReadonlySet<CodeElement>,
  report: (problem: CharsetProblem) => void,
): string {
  const ends = (byte: number) => isReset(byte, vr)
  let { G0, G1 } = initial
  let lastG1: CodeElement | undefined
  let text = ''
  let at = 0
  while (at < bytes.length) {
    const byte = bytes[at]
    let end = at + 1
    if (byte === ESC) {
      const length = escapeLength(bytes, at)
      const element = BY_ESCAPE.get(latin1(bytes, at + 1, at + 1 + length))
      if (element) {
        if (!declared.has(element) && !isImplied(element, declared)) report('undeclared-escape')
        if (element.area === 'G0') G0 = element
        else lastG1 = G1 = element
        at += 1 + length
        continue
      }
      report('unknown-escape')
      text += '\x1b'
    } else if (byte >= 0x80) {
      while (end < bytes.length && bytes[end] >= 0x80) end++
      const run = bytes.subarray(at, end)
      let element = G1
      if (!element) {
        // Korean names without an escape sequence after each delimiter, or without any, are common.
        element = lastG1 ?? onlyG1(declared)
        report(element ? 'missing-escape' : 'undeclared-bytes')
      }
      text += element ? decodeRun(element, run) : latin1(run)
    } else if (byte < 0x20) {
      G0 = initial.G0
      G1 = initial.G1
      text += String.fromCharCode(byte)
    } else if (G0.bytesPerCharacter === 2) {
      while (end < bytes.length && bytes[end] >= 0x20 && bytes[end] < 0x80) end++
      // A trailing single byte is padding or a delimiter that should have had ESC ( B before it.
      let pairs = end
      while (pairs > at && bytes[pairs - 1] === 0x20) pairs--
      if ((pairs - at) % 2 === 1) pairs--
      if (pairs > at) text += decodeRun(G0, bytes.subarray(at, pairs))
      text += latin1(bytes, pairs, end)
      if (pairs < end && ends(bytes[end - 1])) {
        G0 = initial.G0
        G1 = initial.G1
      }
    } else {
      while (end < bytes.length && bytes[end] >= 0x20 && bytes[end] < 0x80) end++
      text += latin1(bytes, at, end)
      for (let i = at; i < end; i++) {
        if (!ends(bytes[i])) continue
        G0 = initial.G0
        G1 = initial.G1
        break
      }
    }
    at = end
  }
  if (G0.bytesPerCharacter === 2) report('unclosed-escape')
  return text
}

/** ESC ( B and ESC ( J are the way back, and no less so where IR 6 or IR 13 is not named. */
const isImplied = (element: CodeElement, declared: ReadonlySet<CodeElement>) =>
  element === ASCII || (element === ROMAJI && (declared.has(JIS_X_0208) || declared.has(JIS_X_0212)))

function onlyG1(declared: ReadonlySet<CodeElement>): CodeElement | undefined {
  const sets = [...declared].filter(element => element.area === 'G1')
  return sets.length === 1 ? sets[0] : undefined
}

const squeeze = (term: string) => term.toUpperCase().replace(/[\s_-]/g, '')
const DEFINED_TERM = /^(ISO_IR 192|GB18030|GBK|ISO 2022 GBK|ISO 2022 58|(ISO_IR|ISO 2022 IR) \d+)$/

/** What the values of Specific Character Set (0008,0005) mean (PS3.3 §C.12.1.1.2). None: the default repertoire. */
export function charsetOf(specificCharacterSetValues: readonly string[]): Charset {
  const key = specificCharacterSetValues.join('\\')
  let charset = charsets.get(key)
  if (!charset) {
    charset = makeCharset([...specificCharacterSetValues])
    // A data set may bring any text here; a program that reads many of them must not keep it all.
    if (charsets.size >= 256) charsets.clear()
    charsets.set(key, charset)
  }
  return charset
}

const charsets = new Map<string, Charset>()

function makeCharset(terms: readonly string[]): Charset {
  const problems = new Set<CharsetProblem>()
  const encodings: string[] = []
  const sets: (readonly CodeElement[])[] = []
  for (const [i, term] of terms.map(term => term.trim()).entries()) {
    const name = squeeze(term)
    const set = /^ISO(?:2022)?(?:IR)?(\d+)$/.exec(name)
    const encoding = STAND_ALONE[name] ?? (name === 'UTF8' ? 'utf-8' : undefined)
    if (name === '') {
      if (i === 0) sets.push([ASCII])
    } else if (encoding) encodings.push(encoding)
    else if (set && SETS[set[1]]) sets.push(SETS[set[1]])
    else {
      problems.add('unknown-character-set')
      if (i === 0) sets.push([ASCII])
      continue
    }
    if (name !== '' && !DEFINED_TERM.test(term)) problems.add('misspelt-character-set')
  }
  if (encodings.length > 0) {
    if (terms.length > 1) problems.add('no-code-extensions')
    return standAlone(terms, [...problems], encodings[0])
  }
  if (sets.length === 0) sets.push([ASCII])
  return codeExtensions(terms, [...problems], sets)
}

function standAlone(terms: readonly string[], problems: readonly CharsetProblem[], encoding: string): Charset {
  return {
    terms,
    problems,
    codes: { encoding },
    decode(bytes, vr, report) {
      if (vrFacts(vr).kind !== 'text') return decodeDefault(bytes, report)
      if (isAscii(bytes)) return latin1(bytes)
      const text = decodeAs(encoding, bytes)
      if (report && text.includes('\ufffd')) report('invalid-bytes')
      return text
    },
  }
}

function codeExtensions(
  terms: readonly string[],
  problems: readonly CharsetProblem[],
  sets: readonly (readonly CodeElement[])[],
): Charset {
  const declared = new Set(sets.flat())
  const initial: CodeState = {
    G0: sets[0].find(element => element.area === 'G0' && element.bytesPerCharacter === 1) ?? ASCII,
    G1: sets[0].find(element => element.area === 'G1'),
  }
  return {
    terms,
    problems,
    codes: { initial, sets },
    decode(bytes, vr, report) {
      if (vrFacts(vr).kind !== 'text') return decodeDefault(bytes, report)
      if (isAscii(bytes)) return latin1(bytes)
      // Real ISO_IR 13 text is Shift_JIS often enough, and half-width katakana is the same in both.
      const text =
        initial.G1 === KATAKANA && !bytes.includes(ESC)
          ? decodeAs('shift_jis', bytes)
          : decodeIso2022(bytes, vr, initial, declared, report ?? (() => {}))
      if (report && text.includes('\ufffd')) report('invalid-bytes')
      return text
    },
  }
}

/** VRs without a character set have the default repertoire whatever the data set says; files put Latin-1 there. */
function decodeDefault(bytes: Uint8Array, report?: (problem: CharsetProblem) => void): string {
  if (report) {
    for (let i = 0; i < bytes.length; i++) {
      if (bytes[i] < 0x80) continue
      report('undeclared-bytes')
      break
    }
  }
  return latin1(bytes)
}
