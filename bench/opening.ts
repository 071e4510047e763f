import { instanceNumbersIn, instanceNumbersOf } from '../src/cli/bench.ts'
import { openPeers } from './peers.ts'
import { type Figure, script } from './report.ts'
import { interleaved } from './timing.ts'

const GOALS = [
  ['our own parser, the files', 8],
  ['dicom-parser', 60],
  ['dcmjs', 1000],
  ['pydicom', 800],
  ['Python dicube', 8],
] as const

await script('opening', 'Opening: Instance Number of all slices, from one cube and from the files', async run => {
  const { files, temporary } = run.input
  const cube = await run.input.pack()
  const expected = await instanceNumbersOf(files)
  if (JSON.stringify(await instanceNumbersIn(cube)) !== JSON.stringify(expected))
    throw new Error('the cube gives other Instance Numbers than the files')
  const peers = await openPeers(files, expected, temporary, run.skip)
  try {
    const times = await interleaved(
      [
        { name: 'cube', run: () => instanceNumbersIn(cube) },
        { name: GOALS[0][0], run: () => instanceNumbersOf(files) },
        ...peers.contestants,
      ],
      run.quick ? { rounds: 3, warmUp: 1 } : { rounds: 40, warmUp: 10, burstMs: 10 },
    )
    return GOALS.flatMap(([name, least]): Figure[] =>
      times[name] === undefined
        ? []
        : [
            {
              what: 'loadMeta + getValues',
              value: times.cube,
              unit: 'ms',
              against: name,
              reference: times[name],
              goal: { least },
            },
          ],
    )
  } finally {
    peers.close()
  }
})
