// Tens of thousands of slices through pack, loadMeta, get, show, verify and unpack, each in a process of its own:
//   npm run test:large:slices -- [SLICES, default 5000]
// Each is a file of 10 kB on disk with the headers of the demo series and 16 × 16 pixels.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { dicube, emptyProcess, figure, inFolder, MIB, node, verdict } from './measure.mjs'

const TAGS = ['PatientName', 'InstanceNumber', 'SliceLocation', 'SOPInstanceUID']

/** In a process of its own: one slice's values, all slices' values. */
async function query(cube, slices) {
  const { loadMeta } = await import('../../dist/node.js')
  const meta = await loadMeta(cube)
  for (const tag of TAGS) if (meta.getValues(tag).length !== slices) throw new Error(`${tag}: not ${slices} values`)
  meta.getNumbers('ImagePositionPatient')
  meta.index(slices - 1)
}

if (process.argv[2] === 'open') await (await import('../../dist/node.js')).loadMeta(process.argv[3])
else if (process.argv[2] === 'query') await query(process.argv[3], Number(process.argv[4]))
else
  await inFolder(async folder => {
    const slices = Number(process.argv[2] ?? 5000)
    const { writeDemoSeries } = await import('../../dist/cli/demo/series.js')
    const [few, many] = [join(folder, 'few'), join(folder, 'many')]
    await writeDemoSeries(few, { slices: 10, rows: 16, columns: 16 })
    const { sizeBytes } = await writeDemoSeries(many, { slices, rows: 16, columns: 16 })
    console.log(`${slices} files, ${sizeBytes} bytes`)
    const empty = emptyProcess(folder)
    const own = fileURLToPath(import.meta.url)
    const cube = join(folder, 'many.dcbs')
    const most = 256 * MIB
    figure('pack of 10 slices', dicube(folder, 'pack', few, '-o', join(folder, 'few.dcbs')), empty)
    figure('pack', dicube(folder, 'pack', many, '-o', cube), empty, most)
    figure('pack --no-v1', dicube(folder, 'pack', many, '--no-v1', '-o', join(folder, 'no-v1.dcbs')), empty, most)
    figure('loadMeta', node(folder, own, 'open', cube), empty, most)
    figure('getValues, getNumbers', node(folder, own, 'query', cube, String(slices)), empty, most)
    figure('dicube get', dicube(folder, 'get', cube, ...TAGS), empty, most)
    figure('dicube show', dicube(folder, 'show', cube), empty, most)
    figure('dicube verify', dicube(folder, 'verify', cube), empty, most)
    figure('dicube unpack', dicube(folder, 'unpack', cube, '-o', join(folder, 'back')), empty, most)
    verdict()
  })
