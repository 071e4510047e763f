/**
 * Packs DICOM files, a cube a series, and compares what `dicube json` prints of them with what pydicom and dcm2json
 * made of the files:
 *
 *     node compare.js pydicom dcm2json
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { main } from '../../src/cli/main.ts'
import { tableOfInstances } from '../../src/cube/ingest.ts'
import { charsetOf } from '../../src/dicom/charset.ts'
import { type DicomJson, type JsonElement, valueToJson } from '../../src/dicom/json.ts'
import { fromBase64, parseJson } from '../../src/dicom/json-read.ts'
import { stringifyJson } from '../../src/dicom/json-write.ts'
import { type Instance, parseBareDataSet, parsePart10 } from '../../src/dicom/parse.ts'
import { DicomMeta, findSeries, imageOfSeries, save, sourceFromFile } from '../../src/node.ts'
import { type Difference, type Raised, type Reference, RULES, type Rule, VERSIONS } from './rules.ts'
import { dcm2jsonOf, type FileSet, fileSets, filesOf, foldersOf, pydicomOf, WORK } from './sets.ts'

const PIXELS = ['7FE00008', '7FE00009', '7FE00010']

/** Each file as `dicube json` prints it, or why it is no part of a series. */
type Ours = Map<string, OurFile | { refused: string }>
type OurFile = { json: DicomJson } & About
type About = Pick<Difference, 'bigEndian' | 'odd'>
type Theirs = { dataSet: Record<string, JsonElement | Raised> } | { error: string }

/** What a command prints, as one text. */
async function printed(...argv: string[]): Promise<string> {
  const data: string[] = []
  const talk: string[] = []
  const code = await main(argv, {
    stdout: { write: text => void data.push(text) },
    stderr: { write: text => void talk.push(text) },
    isTerminal: false,
    columns: 80,
    signal: new AbortController().signal,
  })
  if (code !== 0) throw new Error(`dicube ${argv.join(' ')}: ${talk.join('')}`)
  return data.join('')
}

async function readOurs(set: FileSet, folder: string): Promise<Ours> {
  const ours: Ours = new Map()
  const pathOf = (name: string) => join(set.root, folder, name)
  const entries = filesOf(set, folder).map(name => ({ name, source: sourceFromFile(pathOf(name)) }))
  const { series, skipped, refused } = await findSeries(entries)
  for (const { name, code, reason } of [...skipped, ...refused]) {
    // DICOMDIRs are not packed, but read, unless their records are no items, which the report says.
    const instance = code === 'media-directory' ? await parsePart10(sourceFromFile(pathOf(name))) : undefined
    const opaque = instance?.report.find(({ code }) => code === 'opaque-sequence')
    if (!instance || opaque) ours.set(name, { refused: opaque?.message ?? reason })
    else {
      const [json] = JSON.parse(await printed('json', pathOf(name))) as DicomJson[]
      ours.set(name, { json, ...aboutOf(instance) })
    }
  }
  for (const one of series) {
    const image = await imageOfSeries(one)
    const cube = join(WORK, 'series.dcbs')
    await save(image, cube, { noV1: true })
    await image.close()
    const slices = JSON.parse(await printed('json', cube)) as DicomJson[]
    // Slices are in the order of the series, which is that of its instances.
    for (const [slice, instance] of one.instances.entries()) {
      ours.set(instance.name, { json: slices[slice], ...aboutOf(instance) })
    }
  }
  return ours
}

const aboutOf = ({ encoding, report }: Instance): About => ({
  bigEndian: encoding.bigEndian,
  odd: report.map(({ code }) => code),
})

function readPydicom(set: FileSet, folder: string): Map<string, Theirs> {
  const lines = readFileSync(pydicomOf(set, folder), 'utf8')
    .split('\n')
    .filter(line => line !== '')
  return new Map(lines.map(line => parseJson(line) as Theirs & { file: string }).map(line => [line.file, line]))
}

function readDcm2json(set: FileSet, folder: string, name: string): Theirs {
  const output = dcm2jsonOf(set, folder, name)
  if (!existsSync(`${output}.json`)) {
    const log = readFileSync(`${output}.err`, 'utf8').trim().split('\n')
    return { error: log[log.length - 1].replace(/ (file|to UTF-8): .*/, '') }
  }
  const text = readFileSync(`${output}.json`, 'utf8')
  const tokens: Record<string, string> = { nan: 'NaN', inf: 'Infinity', '-inf': '-Infinity' }
  const readable = text.replace(/"(?:[^"\\]|\\.)*"|-?\b(?:nan|inf)\b/g, token => tokens[token] ?? token)
  return { dataSet: parseJson(readable) as DicomJson }
}

const explained = new Map<Rule, Map<string, number>>(RULES.map(rule => [rule, new Map()]))
const failures: string[] = []
const counts = { files: 0, elements: 0, passed: 0, failed: 0, refused: 0 }

/** Compares the data sets of one file. */
class Comparison {
  readonly set: FileSet
  readonly file: string
  readonly who: Reference
  readonly about: About
  failures = 0
  /** Rules that explained something of the present element. */
  private readonly rules = new Set<Rule>()

  constructor(set: FileSet, file: string, who: Reference, about: About) {
    this.set = set
    this.file = file
    this.who = who
    this.about = about
  }

  /** Whether a rule explains the difference. */
  meet(difference: DistributiveOmit<Difference, 'who' | keyof About>): boolean {
    const whole = { ...difference, ...this.about, who: this.who } as Difference
    const rules = RULES.filter(rule => rule.who.includes(this.who) && rule.explains(whole))
    if (rules.length === 1) {
      this.rules.add(rules[0])
      return true
    }
    this.failures++
    const { kind } = whole
    const ours = 'ours' in whole && kind !== 'no output' ? short(whole.ours) : 'nothing'
    const theirs = 'theirs' in whole ? short(whole.theirs) : 'error' in whole ? whole.error : 'nothing'
    const why = rules.length ? `explained by ${rules.map(({ id }) => id).join(' and ')}` : 'unexplained'
    failures.push(
      `${this.set.name}/${this.file} ${whole.path}: ${why} (${kind})\n    dicube:   ${ours}\n    ${this.who}: ${theirs}`,
    )
    return false
  }

  count(): void {
    for (const rule of this.rules) {
      const bySet = explained.get(rule)!
      bySet.set(this.set.name, (bySet.get(this.set.name) ?? 0) + 1)
    }
    this.rules.clear()
  }

  compare(ours: DicomJson, theirs: Theirs): void {
    if ('error' in theirs) this.meet({ kind: 'no output', tag: '', path: '', charsets: [], ours, error: theirs.error })
    else {
      for (const tag of PIXELS) delete theirs.dataSet[tag]
      this.dataSet(ours, theirs.dataSet, '', [])
    }
    this.count()
  }

  dataSet(
    ours: DicomJson,
    theirs: Record<string, JsonElement | Raised>,
    prefix: string,
    outer: Difference['charsets'],
  ): void {
    const declared = ours['00080005']
    const charsets = declared ? [...outer, (declared.Value ?? []).map(term => String(term ?? ''))] : outer
    for (const tag of new Set([...Object.keys(ours), ...Object.keys(theirs)])) {
      counts.elements++
      const place = { tag, path: prefix + tag, charsets }
      const [a, b] = [ours[tag], theirs[tag]]
      if (!a) this.meet({ ...place, kind: 'only theirs', theirs: b })
      else if (!b) this.meet({ ...place, kind: 'only ours', ours: a })
      else if ('error' in b) this.meet({ ...place, kind: 'raised', ours: a, error: b.error })
      else this.element(place, a, b)
      this.count()
    }
  }

  element(place: Place, ours: JsonElement, theirs: JsonElement): void {
    if (ours.vr !== theirs.vr) {
      const isExplained = this.meet({ ...place, kind: 'vr', ours, theirs })
      this.count()
      const read = isExplained && ours.vr === 'UN' ? readUnknown(ours, theirs.vr, place.charsets) : undefined
      if (read?.vr === theirs.vr) this.element(place, read, theirs)
      else if (read) this.meet({ ...place, kind: 'form', ours: read, theirs })
      return
    }
    const { vr } = ours
    const [a, b] = [ours.Value, theirs.Value]
    const sameMembers = Object.keys(ours).sort().join() === Object.keys(theirs).sort().join()
    if (!sameMembers || a?.length !== b?.length) {
      this.meet({ ...place, kind: 'form', ours, theirs })
      return
    }
    if (ours.InlineBinary !== theirs.InlineBinary) {
      this.meet({ ...place, kind: 'binary', vr, ours: ours.InlineBinary!, theirs: theirs.InlineBinary! })
    }
    for (let k = 0; a && b && k < a.length; k++) {
      if (vr === 'SQ') {
        this.count()
        this.dataSet(a[k] as DicomJson, b[k] as DicomJson, `${place.path}[${k}].`, place.charsets)
      } else if (!sameValue(a[k], b[k])) this.meet({ ...place, kind: 'value', vr, ours: a[k], theirs: b[k] })
    }
  }
}
type Place = Pick<Difference, 'tag' | 'path' | 'charsets'>
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never

const short = (value: unknown) => {
  const text = stringifyJson(value)
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}

/** Numbers are the same when their bits are; so -0 is not 0. */
const sameValue = (a: unknown, b: unknown) =>
  Object.is(a, b) || (typeof a === 'object' && a !== null && stringifyJson(a) === stringifyJson(b))

/** A UN as its VR would have it, to be compared with a program that knew that. */
function readUnknown({ InlineBinary = '' }: JsonElement, vr: string, charsets: Difference['charsets']): JsonElement {
  const bytes = fromBase64(InlineBinary)
  const terms = charsets[charsets.length - 1] ?? []
  if (vr !== 'SQ') return { vr, ...valueToJson(vr, bytes, false, charsetOf(terms)) }
  // PS3.5 §6.2.2: implicit VR little endian. The items are put into a sequence that PS3.6 knows.
  const element = new Uint8Array(8 + bytes.length)
  const view = new DataView(element.buffer)
  view.setUint16(0, 0x0008, true)
  view.setUint16(2, 0x1140, true)
  view.setUint32(4, bytes.length, true)
  element.set(bytes, 8)
  const instance: Instance = parseBareDataSet(element, { implicit: true, bigEndian: false }, 'UN')
  return new DicomMeta(tableOfInstances([instance])).index(0)['00081140']
}

const references = process.argv.slice(2) as Reference[]
const sets = fileSets()
for (const set of sets) {
  const started = performance.now()
  const before = { ...counts }
  for (const folder of foldersOf(set)) {
    let ours: Ours
    try {
      ours = await readOurs(set, folder)
    } catch (error) {
      counts.failed++
      failures.push(`${set.name}/${folder}: dicube: ${error}`)
      continue
    }
    const pydicom = references.includes('pydicom') ? readPydicom(set, folder) : undefined
    for (const [name, file] of ours) {
      if ('refused' in file) {
        counts.refused++
        console.log(`refused: ${set.name}/${folder}/${name}: ${file.refused}`)
        continue
      }
      counts.files++
      for (const who of references) {
        const theirs = who === 'pydicom' ? pydicom!.get(name) : readDcm2json(set, folder, name)
        const comparison = new Comparison(set, `${folder}/${name}`, who, file)
        comparison.compare(file.json, theirs ?? { error: 'not read' })
        if (comparison.failures) counts.failed++
        else counts.passed++
      }
    }
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  const [files, elements] = [counts.files - before.files, counts.elements - before.elements]
  console.log(
    `${set.name}: ${files} files, ${elements} comparisons of an element with ${references.join(' or ')}, ${seconds} s`,
  )
}

console.log(`\n${'elements explained by'.padEnd(30)} ${sets.map(({ name }) => name.padStart(9)).join(' ')}`)
for (const [rule, bySet] of explained) {
  if (!rule.who.some(who => references.includes(who))) continue
  const numbers = sets.map(({ name }) => String(bySet.get(name) ?? 0).padStart(9))
  console.log(`${rule.id.padEnd(30)} ${numbers.join(' ')}  ${rule.cause}`)
  if (bySet.size > 0) continue
  // The generated files alone need not meet every rule.
  const isError = sets.length > 1 && rule.who.every(who => process.env[`${who}_VERSION`] === VERSIONS[who])
  const what = `rule ${rule.id} explains nothing`
  if (isError) {
    failures.push(what)
    counts.failed++
  } else console.log(`  ${what} here`)
}
console.log()
for (const failure of failures.slice(0, 50)) console.log(failure)
if (failures.length > 50) console.log(`… and ${failures.length - 50} more`)
console.log(`${counts.passed} passed, ${counts.failed} failed`)
process.exitCode = counts.failed ? 1 : 0
