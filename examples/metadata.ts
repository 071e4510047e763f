/**
 * How dicube stores the metadata of a series, in seven steps. Run it with `npm run example`, on a series of your own
 * with `npm run example -- path/to/folder`; what it prints for the demo series stands in metadata.txt.
 */
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  CommonTags,
  compressZstd,
  load,
  loadFromDicomFolder,
  loadMeta,
  originalFiles,
  readInstance,
  save,
  stringifyJson,
} from 'dicube'
import { writeDemoSeries } from 'dicube/demo'

const count = (n: number) => n.toLocaleString('en-US')
const medianMs = async (repeats: number, work: () => Promise<unknown>) => {
  const times: number[] = []
  for (let i = 0; i < repeats; i++) {
    const start = performance.now()
    await work()
    times.push(performance.now() - start)
  }
  return times.sort((a, b) => a - b)[repeats >> 1]
}

const work = await mkdtemp(join(tmpdir(), 'dicube-example-'))
let folder = process.argv[2]
if (!folder) {
  folder = join(work, 'dicom')
  await writeDemoSeries(folder, { slices: 100, rows: 64, columns: 64 })
}
const cubePath = join(work, 'series.dcbs')
const image = await loadFromDicomFolder(folder)
await save(image, cubePath)
const files = image.originals.files.map(({ name }) => join(folder, name))

console.log('1. The headers of a series are nearly the same bytes, over and over')
const fileBytes = image.originals.files.reduce((sum, file) => sum + file.sizeBytes, 0)
const pixelBytes = image.pixels.slices.reduce((sum, slice) => sum + slice.valueBytes, 0)
console.log(
  `   ${image.meta.sliceCount} files, ${count(fileBytes)} bytes; ${count(fileBytes - pixelBytes)} of them are headers`,
)

console.log('2. Each header as DICOM JSON (PS3.18 Annex F)')
const dataSets = await Promise.all(files.map(file => readInstance(file)))
const first = dataSets[0]
for (const tag of [CommonTags.PatientName, CommonTags.InstanceNumber, CommonTags.ImagePositionPatient])
  console.log(`   ${tag} ${stringifyJson(first[tag])}`)
console.log(`   ${Object.keys(first).length} elements in the first file`)

console.log('3. What all slices share, and what each has of its own')
const meta = await loadMeta(cubePath)
const tags = meta.keys()
const shared = tags.filter(tag => meta.isShared(tag))
console.log(`   ${shared.length} of ${tags.length} elements are shared; per slice are`)
console.log(`   ${tags.filter(tag => !meta.isShared(tag)).join(' ')}`)

console.log('4. Sizes, all restorable only in the last line')
const compressed = async (text: string) => (await compressZstd(new TextEncoder().encode(text), 19)).length
const json = stringifyJson(dataSets)
const merged = meta.toJson()
const bench = (label: string, bytes: number) => console.log(`   ${label.padEnd(44)} ${count(bytes).padStart(11)} bytes`)
bench('headers as they are', fileBytes - pixelBytes)
bench('DICOM JSON of each slice', json.length)
bench('… with zstd 19', await compressed(json))
bench('shared and per slice as one JSON document', merged.length)
bench('… with zstd 19', await compressed(merged))
const sizes = await save(image, cubePath, { noV1: true })
const { frames = 0, digests = 0, manifest = 0 } = sizes.sections
bench('the columns of a .dcbs: raw values, all of them', sizes.fileBytes - frames - digests - manifest)

console.log('5. Tags by name')
const cube = await loadMeta(cubePath)
console.log(`   PatientName          ${cube.getSharedValue(CommonTags.PatientName)?.Alphabetic}`)
console.log(`   InstanceNumber       ${cube.getValues(CommonTags.InstanceNumber).slice(0, 5).join(' ')} …`)
const positions = cube.getNumbers('ImagePositionPatient')
console.log(
  `   ImagePositionPatient ${positions.shape.join(' x ')}, the last at z = ${positions.values[positions.values.length - 1]} mm`,
)

console.log('6. Instance Number of all slices, file by file and from the cube')
const byFile = await medianMs(9, async () => {
  for (const file of files) await readInstance(file)
})
const byCube = await medianMs(99, async () => (await loadMeta(cubePath)).getValues(CommonTags.InstanceNumber))
console.log(`   ${byFile.toFixed(2)} ms against ${byCube.toFixed(2)} ms: ${Math.round(byFile / byCube)} times faster`)

console.log('7. Nothing is lost')
const opened = await load(cubePath)
let identical = 0
for await (const { name, bytes } of originalFiles(opened))
  if (Buffer.compare(bytes, await readFile(join(folder, name))) === 0) identical++
console.log(
  `   ${identical} of ${(await readdir(folder)).length} files come back bit for bit from ${count((await stat(cubePath)).size)} bytes`,
)

await opened.close()
await image.close()
await rm(work, { recursive: true })
