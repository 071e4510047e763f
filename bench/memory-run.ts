import { load } from '../src/node.ts'
import { command } from './command.ts'

const [what, folder, cube] = process.argv.slice(2)
let volumeBytes: number | undefined
if (what === 'pack') await command('pack', folder, '-o', cube)
if (what === 'toVolume') {
  const image = await load(cube)
  const { values } = await image.toVolume()
  volumeBytes = values.byteLength
  await image.close()
}
// Node says KB; 1 KB is 1,024 bytes there.
console.log(JSON.stringify({ peakBytes: process.resourceUsage().maxRSS * 1024, volumeBytes }))
