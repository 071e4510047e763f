import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { script } from './report.ts'

/** Runs in a process of its own, which prints the most memory it ever had. */
const RUN = fileURLToPath(new URL('./memory-run.js', import.meta.url))

await script('memory', 'Pixels: peak memory', async ({ input }) => {
  const cube = join(input.temporary, 'memory.dcbs')
  const peak = (what: string) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [RUN, what, input.folder, cube], {
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(`memory-run ${what}: exit ${status}\n${stderr}`)
    return JSON.parse(stdout) as { peakBytes: number; volumeBytes?: number }
  }
  const nothing = peak('nothing')
  const pack = peak('pack')
  const volume = peak('toVolume')
  const megabytes = (bytes: number) => bytes / 1e6
  return [
    {
      what: 'Peak memory of dicube pack',
      value: megabytes(pack.peakBytes),
      unit: 'MB',
      goal: { most: 400 },
      note: `an empty process with dicube loaded has ${Math.round(megabytes(nothing.peakBytes))} MB`,
    },
    ...(volume.volumeBytes
      ? [
          {
            what: 'Peak memory of toVolume',
            value: megabytes(volume.peakBytes),
            unit: 'MB' as const,
            note: `the volume itself has ${Math.round(megabytes(volume.volumeBytes))} MB`,
          },
        ]
      : []),
  ]
})
