import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { script } from './report.ts'
import { interleaved } from './timing.ts'

const DICUBE = fileURLToPath(new URL('../../../dist/bin/dicube.cjs', import.meta.url))

await script('start', 'Opening: a whole process', async ({ input, quick }) => {
  const cube = await input.pack()
  const empty = join(input.temporary, 'empty.cjs')
  writeFileSync(empty, '')
  const node = (...args: string[]) => {
    const { status, stderr } = spawnSync(process.execPath, args)
    if (status !== 0) throw new Error(`node ${args.join(' ')}: exit ${status}\n${stderr}`)
  }
  const times = await interleaved(
    [
      { name: 'empty', run: () => node(empty) },
      { name: 'get', run: () => node(DICUBE, 'get', cube, 'InstanceNumber') },
    ],
    quick ? { rounds: 3, warmUp: 1 } : { rounds: 60, warmUp: 3 },
  )
  return [
    {
      what: 'dicube get FILE InstanceNumber',
      value: times.get,
      unit: 'ms',
      against: 'node with an empty file',
      reference: times.empty,
      goal: { most: 1.3 },
    },
  ]
})
