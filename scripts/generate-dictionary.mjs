// Prints the dictionary, and with "common" the part of it that a page begins with (scripts/common-keywords.txt):
// node scripts/generate-dictionary.mjs > src/dicom/dictionary.generated.ts
// node scripts/generate-dictionary.mjs common > src/dicom/dictionary-common.generated.ts
//
// PS3.6 comes from @iwharris/dicom-data-dictionary, which is the standard of 2019 without the elements of groups 0002
// and 0004; dictionary-supplement.tsv adds those and what changed since.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const { elements, revision } = createRequire(import.meta.url)('@iwharris/dicom-data-dictionary')
const read = name => readFileSync(new URL(name, import.meta.url), 'utf8')
const supplement = read('dictionary-supplement.tsv')

/** tag (x for any digit) → [VR, VM, keyword] */
const rows = new Map()
for (const { tag, vr, vm, keyword } of Object.values(elements)) {
  rows.set(tag.replace(/[(),]/g, '').toUpperCase().replaceAll('X', 'x'), [vr.trim(), vm, keyword])
}
for (const line of supplement.split('\n')) {
  if (line === '' || line.startsWith('#')) continue
  const [tag, ...row] = line.split('\t')
  rows.set(tag, row)
}

/** A choice of VRs gets DCMTK's two letters for it, so that every VR in the table is two letters. */
const CHOICES = { 'US or SS': 'xs', 'OB or OW': 'ox', 'US or OW': 'lt', 'US or SS or OW': 'lo' }
const STRINGS = new Set('AE AS AT CS DA DT LO LT SH ST TM UC UI UR UT'.split(' '))
const NUMBERS = new Set('DS FD FL IS SL SS UL US xs'.split(' '))
const typeOf = vr =>
  vr === 'PN'
    ? 'PersonName'
    : vr === 'SQ'
      ? 'DicomJson'
      : vr === 'SV' || vr === 'UV'
        ? 'bigint'
        : STRINGS.has(vr)
          ? 'string'
          : NUMBERS.has(vr)
            ? 'number'
            : 'Uint8Array'

const groups = new Map()
const types = []
for (const [tag, [vrs, vm, keyword]] of [...rows].sort(([a], [b]) => (a < b ? -1 : 1))) {
  const vr = CHOICES[vrs] ?? vrs
  // Items and their delimiters (FFFE) are no Data Elements: PS3.6 gives them no VR.
  if (!/^[A-Za-z]{2}$/.test(vr)) continue
  if (!/^[A-Za-z0-9]+$/.test(keyword)) throw new Error(`${tag}: keyword ${JSON.stringify(keyword)}`)
  const group = tag.slice(0, 4)
  const entry = `${tag.slice(4)}${vr}${vm === '1' ? '' : vm} ${keyword};`
  groups.set(group, (groups.get(group) ?? '') + entry)
  const array = vm === '1' && vr !== 'SQ' ? '' : '[]'
  const type = vr === 'lt' || vr === 'lo' ? 'number[] | Uint8Array' : typeOf(vr) + array
  types.push([keyword, type])
}
types.sort(([a], [b]) => (a < b ? -1 : 1))

const source = `PS3.6 (${revision} and scripts/dictionary-supplement.tsv)`
process.stdout.write(process.argv[2] === 'common' ? common() : whole())

function whole() {
  return `// Made by scripts/generate-dictionary.mjs from ${source}. Do not edit.
import type { DicomJson } from './json.ts'
import type { PersonName } from './values.ts'

/**
 * One line a group: "gggg:" and for each element eeee, VR, VM when it is not 1, space, keyword, semicolon. An x in a
 * tag stands for any digit (PS3.5 §7.6). xs is US or SS, ox OB or OW, lt US or OW, lo US or SS or OW.
 */
export const TABLE = \`
${[...groups].map(([group, entries]) => `${group}:${entries}`).join('\n')}
\`

/** The type of each attribute's value, by its VR, and an array unless its VM is 1. */
export interface KeywordTypes {
${types.map(([keyword, type]) => `  ${keyword}: ${type}`).join('\n')}
}
`
}

function common() {
  const words = read('common-keywords.txt').replace(/^#.*/gm, '').match(/\w+/g)
  const ofCommonTags = [...read('../src/dicom/common-tags.ts').matchAll(/^ {2}\w+: tag<'(\w+)'>/gm)].map(
    ([, word]) => word,
  )
  const wanted = new Set([...words, ...ofCommonTags])
  const unknown = new Set(wanted)
  const tables = { COMMON: [], SEVERAL: [] }
  const repeating = []
  for (const [group, entries] of groups) {
    let known = ''
    const several = []
    const patterns = entries.match(/\b(?=\w{0,3}x)\w{4}(?=[A-Za-z]{2}\S)/g) ?? []
    for (const entry of entries.split(/(?<=;)/)) {
      const [, element, vm, keyword] = /^(.{4})..(\S*) (\w+);$/.exec(entry)
      unknown.delete(keyword)
      // An element of one value that a pattern for several covers has to be known itself.
      const shadowed =
        vm === '' && patterns.some(pattern => new RegExp(`^${pattern.replaceAll('x', '.')}$`).test(element))
      if (wanted.has(keyword) || shadowed) known += entry
      else if (vm !== '') several.push(element)
    }
    if (known) tables.COMMON.push(`${group}:${known}`)
    const plain = several.filter(element => !/x/.test(group + element))
    if (plain.length) tables.SEVERAL.push(group + steps(plain))
    for (const element of several) if (!plain.includes(element)) repeating.push(group + element)
  }
  if (unknown.size) throw new Error(`common-keywords.txt: not in PS3.6: ${[...unknown].join(', ')}`)
  return `// Made by scripts/generate-dictionary.mjs from ${source} and scripts/common-keywords.txt. Do not edit.

/** ${wanted.size} rows of TABLE (dictionary.generated.ts). */
export const COMMON = \`
${tables.COMMON.join('\n')}
\`

/**
 * The other elements that may have several values; all that are in neither have a VM of 1. One line a group: gggg, then
 * the steps from element to element in hex digits, of which the last is a letter from g to v; and a line of patterns, behind a colon.
 */
export const SEVERAL = \`
${tables.SEVERAL.join('\n')}
: ${repeating.join(' ')}
\`
`
}

/** 0010, 0012, 0036 → "1gi2k": 10, 2 and 24 more, in hex digits, of which the last is a letter from g to v. */
function steps(elements) {
  const numbers = elements.map(element => Number.parseInt(element, 16))
  return numbers
    .map((number, i) => (number - (numbers[i - 1] ?? 0)).toString(16))
    .map(step => step.replace(/.$/, last => (16 + Number.parseInt(last, 16)).toString(36)))
    .join('')
}
