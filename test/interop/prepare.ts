/**
 * Writes the generated files, and the list of what dcm2json is to read: pairs of an input and an output, each ended by a
 * NUL, for xargs.
 *
 * dcm2json 3.6.7 refuses a file with encapsulated Pixel Data as a whole ("JSON InlineBinary encoding not supported for
 * compressed pixel data"). Of such a file it is given a copy without that element, every other byte unchanged.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { sourceFromBytes } from '../../src/bytes/source.ts'
import { nodePlatform } from '../../src/codec/platform.node.ts'
import { usePlatform } from '../../src/codec/platform.ts'
import { type Instance, parsePart10 } from '../../src/dicom/parse.ts'
import { generatedSeries, writeGenerated } from '../generate/encodings.ts'
import { dcm2jsonOf, fileSets, filesOf, foldersOf, WORK } from './sets.ts'

usePlatform(nodePlatform)

/** The file without its Pixel Data element. */
function withoutPixels({ header, pixels, encoding }: Instance): Uint8Array {
  const headerBytes = encoding.implicit ? 8 : 12 // of the element: OB and OW have a 32-bit length (PS3.5 §7.1.2)
  const cut = header.slice(headerBytes)
  cut.set(header.subarray(0, pixels!.offset - headerBytes))
  return cut
}

/** Series that break the standard in ways that these programs take alike, or that a rule explains. */
const ODD = new Set(
  `no-preamble no-meta-explicit no-meta-implicit no-meta-big-endian preamble-no-meta meta-no-group-length
  meta-no-transfer-syntax meta-says-explicit-is-implicit group-lengths-wrong deflated-tail out-of-order
  private-no-creator padding-nul padding-none charset-absent`.split(/\s+/),
)

for (const series of generatedSeries()) {
  if (series.conforming || ODD.has(series.name)) writeGenerated(join(WORK, 'generated', series.name), series)
}

const list: string[] = []
for (const set of fileSets()) {
  for (const folder of foldersOf(set)) {
    for (const path of filesOf(set, folder)) {
      const input = join(set.root, folder, path)
      const output = dcm2jsonOf(set, folder, path)
      mkdirSync(dirname(output), { recursive: true })
      const instance = await parsePart10(sourceFromBytes(readFileSync(input), path)).catch(() => undefined)
      if (instance?.pixels?.items) writeFileSync(`${output}.dcm`, withoutPixels(instance))
      list.push(instance?.pixels?.items ? `${output}.dcm` : input, output)
    }
  }
}
writeFileSync(join(WORK, 'dcm2json.list'), list.map(path => `${path}\0`).join(''))
