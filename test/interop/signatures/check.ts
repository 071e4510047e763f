/**
 * Signs files with dcmsign, packs and unpacks them with dicube, and asks dcmsign again. The same answer, word for word, and
 * the same bytes are wanted; and dcmsign has to refuse what was tampered with, or else this proves nothing.
 *
 *     node check.js WORK KEYS
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { writeDemoSeries } from '../../../src/cli/demo/series.ts'
import type { Sink } from '../../../src/cli/io.ts'
import { main as dicubeMain } from '../../../src/cli/main.ts'
import { parsePart10 } from '../../../src/dicom/parse.ts'
import { type DicomJson, load, readInstance, saveToDicomFolder, sourceFromFile } from '../../../src/node.ts'
import { type GeneratedSeries, generatedSeries, writeGenerated } from '../../generate/encodings.ts'
import {
  FORMS,
  type Form,
  type Ran,
  reform,
  run,
  type Signature,
  signFile,
  type Verdict,
  verify,
  WAYS,
  WAYS_OF_ALL,
  WAYS_OF_ITEMS,
  type Way,
} from './dcmsign.ts'

const [work, keys] = process.argv.slice(2).map(path => resolve(path))
const SHARED = resolve('../shared/dicom')
const FILES_A_FOLDER = 3
const REAL = 'real-'

let passed = 0
let failed = 0
/** Counts, and says what was wrong. */
function wanted(what: string, isSo: boolean): boolean {
  if (isSo) passed++
  else {
    failed++
    console.log(`FAILED: ${what}`)
  }
  return isSo
}

const counts = new Map<string, number>()
const count = (what: string, by = 1) => counts.set(what, (counts.get(what) ?? 0) + by)
const counted = (what: string) => counts.get(what) ?? 0

async function inParallel<T>(tasks: readonly T[], perform: (task: T) => Promise<void>): Promise<void> {
  const left = tasks.values()
  const worker = async () => {
    for (const task of left) await perform(task)
  }
  await Promise.all(Array.from({ length: availableParallelism() }, worker))
}

/** The command line, in this process. */
async function dicubeHere(...args: string[]): Promise<Ran> {
  const texts = { stdout: '', stderr: '' }
  const sink = (name: keyof typeof texts): Sink => ({ write: text => void (texts[name] += text) })
  const io = { isTerminal: false, columns: 80, signal: new AbortController().signal }
  return { code: await dicubeMain(args, { ...io, stdout: sink('stdout'), stderr: sink('stderr') }), ...texts }
}
/** And as a person runs it. */
const dicubeThere = (...args: string[]) => run(process.execPath, resolve('dist/bin/dicube.cjs'), ...args)
type Dicube = typeof dicubeHere

async function jsonOf(dicube: Dicube, ...args: string[]) {
  const { code, stdout, stderr } = await dicube(...args, '--json')
  if (code) throw new Error(`dicube ${args.join(' ')}: exit ${code}: ${stdout}${stderr}`)
  return JSON.parse(stdout)
}

const filesOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(path => statSync(join(folder, path)).isFile())
    .sort()

interface SignedFile {
  path: string
  way: Way
  form: Form
  verdict: Verdict
  hasNativePixels: boolean
}
interface Folder {
  name: string
  /** Every file of it has to take a signature. */
  isConforming: boolean
  signed: SignedFile[]
}
const unsignedOf = ({ name }: Folder, path = '') => join(work, 'unsigned', name, path)
const signedOf = ({ name }: Folder, path = '') => join(work, 'signed', name, path)

/** Conforming files that dcmsign cannot sign: it has no transfer syntax for compressed Pixel Data in an item. */
const UNSIGNABLE = new Set(['icon-encapsulated'])

async function makeFolders(): Promise<Folder[]> {
  const folders: Folder[] = []
  const add = (name: string, isConforming: boolean) => folders.push({ name, isConforming, signed: [] })
  await writeDemoSeries(join(work, 'unsigned', 'demo'), { slices: Object.keys(WAYS).length })
  add('demo', true)
  for (const series of generatedSeries()) {
    const files = series.files.filter(({ expect }) => expect === 'identical').slice(0, FILES_A_FOLDER)
    if (!files.length) continue
    writeGenerated(join(work, 'unsigned', series.name), { ...series, files } satisfies GeneratedSeries)
    add(series.name, series.conforming)
  }
  if (existsSync(join(SHARED, 'MANIFEST.json'))) {
    for (const name of readdirSync(SHARED).filter(name => name !== 'LICENSES')) {
      if (!statSync(join(SHARED, name)).isDirectory()) continue
      const all = filesOf(join(SHARED, name))
      const apart = Math.max(1, Math.floor(all.length / FILES_A_FOLDER))
      for (const path of all.filter((_, index) => index % apart === 0).slice(0, FILES_A_FOLDER))
        cpSync(join(SHARED, name, path), join(work, 'unsigned', REAL + name, path))
      add(REAL + name, false)
    }
  } else console.log('skipped: real files, which ../shared/dicom has')
  return folders
}

/** The deepest item that is the first of its sequence, in the first sequence that has any: "(0008,2112)[0].(0040,a170)[0]". */
function itemOf(json: DicomJson): string | undefined {
  for (const [tag, element] of Object.entries(json)) {
    const item = element.vr === 'SQ' && (element.Value?.[0] as DicomJson | undefined)
    if (!item || !Object.keys(item).length) continue
    const here = `(${tag.slice(0, 4)},${tag.slice(4)})[0]`.toLowerCase()
    const deeper = itemOf(item)
    return deeper ? `${here}.${deeper}` : here
  }
  return undefined
}

const ways = Object.keys(WAYS) as Way[]
const forms = Object.keys(FORMS) as Form[]
const leftOut = new Map<string, string[]>()

function wayFor({ name }: Folder, turn: number, hasItem: boolean): Way {
  if (name === 'report') return 'SR RSA profile'
  const among = hasItem && turn % 3 === 0 ? WAYS_OF_ITEMS : WAYS_OF_ALL
  return among[turn % among.length]
}

/** Ways and forms take turns, so that each way meets each form and slices of a series differ in both. */
async function sign({ folder, path, turn }: { folder: Folder; path: string; turn: number }): Promise<void> {
  const from = unsignedOf(folder, path)
  const to = signedOf(folder, path)
  mkdirSync(dirname(to), { recursive: true })
  const json = await readInstance(from).catch(() => ({}))
  const signing = { keys, scratch: join(work, 'scratch', String(turn)), item: itemOf(json) }
  let way = wayFor(folder, turn, signing.item !== undefined)
  let problem = await signFile(from, to, way, signing)
  if (problem) {
    way = WAYS_OF_ALL[0] // profiles want certain attributes
    problem = await signFile(from, to, way, signing)
  }
  const leave = (why: string) => {
    rmSync(to, { force: true })
    leftOut.set(why, [...(leftOut.get(why) ?? []), join(folder.name, path)])
  }
  if (problem) {
    if (folder.isConforming && !UNSIGNABLE.has(folder.name)) wanted(`${from} is signed, not: ${problem}`, false)
    return leave(problem.replaceAll(from, 'FILE'))
  }
  const verdict = await verify(to, keys)
  const isStranger = way === 'somebody unknown'
  if (isStranger) wanted(`${to}: a certificate that nobody trusts is refused`, !verdict.ok)
  // Of a directory dcmsign makes a signature that it does not accept. (Files may come with a bad one beside the new one.)
  else if (!verdict.signatures.some(({ isVerified }) => isVerified)) return leave('a signature that does not verify')
  let form = forms[turn % forms.length]
  const asSigned = readFileSync(to)
  const read = () => parsePart10(sourceFromFile(to)).catch(() => undefined)
  let instance = (await reform(to, form, verdict, signing)) ? await read() : undefined
  // A data set that begins with zeros is no DICOM file without the File Meta Information before it.
  if (!instance) {
    form = forms[0]
    writeFileSync(to, asSigned)
    instance = (await read())!
  }
  const { pixels } = instance
  folder.signed.push({ path, way, form, verdict, hasNativePixels: pixels !== undefined && !pixels.items })
}

/** Code streams of HTJ2K (ITU-T T.814): Image and Tile Size, then Capabilities, begin each of them. */
function htj2kStreams(bytes: Buffer): number {
  let found = 0
  for (let at = bytes.indexOf(SOC_SIZ); at >= 0; at = bytes.indexOf(SOC_SIZ, at + 4)) {
    const capabilities = at + 4 + ((bytes[at + 4] << 8) | bytes[at + 5])
    if (bytes[capabilities] === 0xff && bytes[capabilities + 1] === 0x50) found++
  }
  return found
}
const SOC_SIZ = Buffer.from('ff4fff51', 'hex')

const UID = 'DigitalSignaturesSequence[0].DigitalSignatureUID'

interface Restored {
  folder: Folder
  file: SignedFile
  path: string
  /** Its frames were HTJ2K in the cube, and not in the file. */
  wasHtj2k: boolean
}

/** Packs a folder of signed files, asks each cube what it has, and gives the files back. */
async function roundTrip(folder: Folder): Promise<Restored[]> {
  const cubes = join(work, 'cubes', folder.name)
  const dicube = folder.name === 'demo' ? dicubeThere : dicubeHere
  const packed = await jsonOf(dicube, 'pack', signedOf(folder), '-o', cubes)
  const left = [...packed.skipped, ...packed.refused, ...packed.failed]
  wanted(`${folder.name}: all files are packed, not ${JSON.stringify(left)}`, !left.length)
  const byPath = new Map(folder.signed.map(file => [file.path, file]))
  const restored: Restored[] = []
  for (const [index, { path: cube }] of packed.cubes.entries()) {
    const verified = await jsonOf(dicube, 'verify', cube, '--against', signedOf(folder))
    const slices: { fileName: string }[] = verified.slices
    wanted(
      `${cube}: dicube verifies it`,
      verified.ok && verified.files.identical === slices.length && verified.against.identical === slices.length,
    )
    const inCube = slices.map(({ fileName }) => byPath.get(fileName)!)
    await names(dicube, cube, inCube)
    const { sections, storedFrameCount } = await jsonOf(dicube, 'info', cube)
    const { offset, length } = sections.find(({ name }: { name: string }) => name === 'frames') ?? {
      offset: 0,
      length: 0,
    }
    const frames = readFileSync(cube).subarray(offset, offset + length)
    const wasHtj2k = htj2kStreams(frames) === storedFrameCount && inCube.every(file => file.hasNativePixels)
    const to = join(work, 'restored', folder.name, String(index))
    await jsonOf(dicube, 'unpack', cube, '-o', to)
    wanted(`${cube}: as many files as slices`, filesOf(to).length === slices.length)
    for (const file of inCube) restored.push({ folder, file, path: join(to, file.path), wasHtj2k })
  }
  wanted(`${folder.name}: each signed file is in a cube`, restored.length === folder.signed.length)
  count('cubes', packed.cubes.length)
  return restored
}

/** `get` has of each slice the UID that dcmsign printed; `show` has a row for the sequence. */
async function names(dicube: Dicube, cube: string, files: readonly SignedFile[]): Promise<void> {
  const all = await jsonOf(dicube, 'get', cube, UID, 'DigitalSignaturesSequence', 'MACParametersSequence')
  const { shared, values } = all[UID]
  const uids = files.map(({ verdict }) => verdict.signatures.find(({ inMainDataSet }) => inMainDataSet)?.uid ?? null)
  const got = shared ? uids.map(() => values[0]) : values
  wanted(`${cube}: get names ${uids}, not ${got}`, JSON.stringify(got) === JSON.stringify(uids))
  wanted(`${cube}: get knows the tag`, all.DigitalSignaturesSequence.tag === 'FFFAFFFA')
  const show = await dicube('show', cube)
  const isShown = show.stdout.includes('DigitalSignaturesSequence')
  wanted(`${cube}: show names the signatures`, show.code === 0 && (isShown || !uids.some(uid => uid !== null)))
}

const PIXELS = 'files with signed pixels that were HTJ2K in the cube'

/** The same bytes, and the same words of dcmsign. */
async function compare({ folder, file, path, wasHtj2k }: Restored): Promise<void> {
  const after = await verify(path, keys)
  const isIdentical = readFileSync(path).equals(readFileSync(signedOf(folder, file.path)))
  wanted(`${path}: the bytes of the signed file`, isIdentical)
  if (!wanted(`${path}: dcmsign says the same:\n${after.text}`, after.text === file.verdict.text)) return
  count('files')
  if (folder.name.startsWith(REAL)) count('real files')
  count(`way: ${file.way}`)
  count(`form: ${file.form}`)
  const verified = after.signatures.filter(({ isVerified }) => isVerified)
  count('signatures', verified.length)
  count('signatures in items', verified.filter(({ inMainDataSet }) => !inMainDataSet).length)
  const isPixelSigned = ({ inMainDataSet, elements }: Signature) => inMainDataSet && elements.includes('(7fe0,0010)')
  if (wasHtj2k && verified.some(isPixelSigned)) count(PIXELS)
  if (!after.ok) count('files refused before and after')
}

/** Where the value of an element begins in an explicit file that is not deflated: tag and VR, in either byte order. */
function valueAt(bytes: Buffer, tag: string, vr: string): number {
  const little = tag.replace(/(..)(..)(..)(..)/, '$2$1$4$3')
  const find = (hex: string) => bytes.indexOf(Buffer.concat([Buffer.from(hex, 'hex'), Buffer.from(vr)]))
  const at = Math.max(find(little), find(tag))
  if (at < 0) throw new Error(`no ${tag} ${vr}`)
  return at + (vr === 'UI' || vr === 'AT' ? 8 : 12) // PS3.5 §7.1.2
}
/** One bit to change, by what it belongs to, and what dcmsign then says. */
const TAMPERINGS: Record<string, { at: (bytes: Buffer) => number; says: RegExp }> = {
  'a digit of Study Instance UID': { at: bytes => valueAt(bytes, '0020000D', 'UI') + 5, says: /document corrupted/ },
  'a bit of Pixel Data': { at: bytes => valueAt(bytes, '7FE00010', 'O') + 100, says: /document corrupted/ },
  'the list of what is signed': { at: bytes => valueAt(bytes, '04000020', 'AT') + 2, says: /document corrupted/ },
  'a bit of the signature': { at: bytes => valueAt(bytes, '04000120', 'OB') + 20, says: /document corrupted/ },
  // The key, a name or a length: unreadable, or another key, or nobody's.
  'a bit of the certificate': { at: bytes => valueAt(bytes, '04000115', 'OB') + 300, says: /failed/ },
}

/** Restored files with one other byte, and other things that dcmsign has to refuse. */
async function controls(restored: readonly Restored[]): Promise<void> {
  const folder = join(work, 'controls')
  mkdirSync(folder, { recursive: true })
  const explicit = restored.filter(
    ({ file, folder }) =>
      ['demo', 'explicit-le', 'explicit-be', 'grey-16', 'rle'].includes(folder.name) &&
      file.form !== 'deflated' &&
      file.form !== 'implicit' &&
      file.verdict.ok &&
      file.verdict.signatures.every(({ elements }) => elements.includes('(0020,000d)')),
  )
  await inParallel(explicit, async ({ folder: { name }, file, path }) => {
    for (const [what, { at, says }] of Object.entries(TAMPERINGS)) {
      const bytes = readFileSync(path)
      bytes[at(bytes)] ^= 1
      const to = join(folder, `${name}-${file.path}`)
      writeFileSync(to, bytes)
      const verdict = await verify(to, keys)
      const isRefused = !verdict.ok && says.test(verdict.text)
      if (wanted(`${path} with ${what} changed is refused: ${verdict.text}`, isRefused)) count('controls refused')
    }
  })

  const unsigned = join(work, 'unsigned', 'explicit-le', 'IM1.dcm')
  for (const options of [[], ['--require-sig']]) {
    const { ok, signatures, text } = await verify(unsigned, keys, ...options)
    const isSilent = !signatures.length && !/: OK$/m.test(text) && text.includes('no signatures found')
    if (wanted(`a file without a signature is none that verifies: ${text}`, isSilent && ok === !options.length))
      count('controls refused')
  }

  // Signed, packed, and then changed in the cube, as anybody may: the signature has to say so.
  const demo = explicit.find(({ folder: { name } }) => name === 'demo')
  const rle = restored.filter(({ folder: { name }, file }) => name === 'rle' && file.verdict.ok)
  if (!wanted('signed files of demo and rle, to change', demo !== undefined && rle.length > 0)) return
  const { file } = demo!
  const [cube] = filesOf(join(work, 'cubes', 'demo'))
  const image = await load(join(work, 'cubes', 'demo', cube))
  image.meta.setShared('PatientID', 'SOMEBODY-ELSE')
  await saveToDicomFolder(image, join(work, 'changed'))
  await image.close()
  const changed = await verify(join(work, 'changed', file.path), keys)
  const isRefused = !changed.ok && changed.signatures.length === file.verdict.signatures.length
  if (wanted(`a file of changed metadata is refused: ${changed.text}`, isRefused)) count('controls refused')

  // --recompress keeps the samples and not the bit stream, which is what was signed.
  const recompressed = join(work, 'recompressed')
  await jsonOf(dicubeHere, 'pack', join(work, 'signed', 'rle'), '-o', `${recompressed}.dcbs`, '--recompress')
  await jsonOf(dicubeHere, 'unpack', `${recompressed}.dcbs`, '-o', recompressed)
  for (const { file } of rle) {
    const { ok, signatures } = await verify(join(recompressed, file.path), keys)
    if (wanted(`${file.path}, recompressed, is refused`, !ok && signatures.length > 0)) count('controls refused')
  }
}

async function main(): Promise<void> {
  const time = (name: string, start: number) => console.log(`${name}: ${Math.round((Date.now() - start) / 1000)} s`)
  let start = Date.now()
  const folders = await makeFolders()
  let turn = 0
  const files = folders.flatMap(folder => filesOf(unsignedOf(folder)).map(path => ({ folder, path, turn: turn++ })))
  await inParallel(files, sign)
  time('signed, and verified', start)

  start = Date.now()
  const restored: Restored[] = []
  const withFiles = folders.filter(({ signed }) => signed.length)
  await inParallel(withFiles, async folder => {
    const files = await roundTrip(folder).catch(error => void wanted(`${folder.name}: ${error}`, false))
    restored.push(...(files ?? []))
  })
  time('packed, verified and unpacked by dicube', start)

  start = Date.now()
  await inParallel(restored, compare)
  time('compared, and verified by dcmsign', start)

  start = Date.now()
  await controls(restored)
  time('what dcmsign has to refuse', start)

  for (const [why, paths] of leftOut)
    console.log(`left out, ${paths.length} of ${files.length}: ${why}: ${paths.join(' ')}`)
  for (const way of ways) console.log(`  ${way}: ${counted(`way: ${way}`)}`)
  for (const form of forms) console.log(`  ${form}: ${counted(`form: ${form}`)}`)
  const all = [
    ...LEAST,
    ['real files', existsSync(join(SHARED, 'MANIFEST.json')) ? 80 : 0] as const,
    ...ways.map(way => [`way: ${way}`, 1] as const),
    ...forms.map(form => [`form: ${form}`, 1] as const),
  ]
  for (const [what, least] of all) wanted(`at least ${least} ${what}, not ${counted(what)}`, counted(what) >= least)
  console.log(LEAST.map(([what]) => `${counted(what)} ${what}`).join(', '))
  console.log(`${passed} passed, ${failed} failed`)
  process.exitCode = failed ? 1 : 0
}

/** Below these the run has not tried what it says; a checkout without real files has more. */
const LEAST: readonly (readonly [string, number])[] = [
  ['files', 400],
  ['cubes', 130],
  ['signatures', 420],
  ['signatures in items', 40],
  [PIXELS, 280],
  ['controls refused', 80],
  ['files refused before and after', 1],
]

await main()
