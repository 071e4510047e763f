import { spawnSync } from 'node:child_process'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { machine, OPTIONS, type Report, tableMarkdown, tableText } from './report.ts'

/** In the order of the table. Each is a process of its own, so that none warms up or litters another. */
const SCRIPTS = ['size', 'opening', 'many-slices', 'start', 'ingest', 'pack', 'frames', 'memory']

const { values, positionals } = parseArgs({
  options: { ...OPTIONS, markdown: { type: 'boolean', default: false } },
  allowPositionals: true,
})

const reports: (Report & { input: string })[] = []
for (const name of SCRIPTS) {
  process.stderr.write(`${name} …\n`)
  const path = fileURLToPath(new URL(`${name}.js`, import.meta.url))
  const { status, stdout } = spawnSync(
    process.execPath,
    [path, '--json', ...(values.quick ? ['--quick'] : []), ...(values.busy ? ['--busy'] : []), ...positionals],
    { stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' },
  )
  if (status !== 0) {
    process.stderr.write(`${name}: exit ${status}\n`)
    process.exitCode = 1
  } else reports.push(JSON.parse(stdout))
}

const { node, platform, processors, load } = machine()
if (values.json) console.log(JSON.stringify({ ...machine(), reports }))
else {
  const about = `${reports[0]?.input}; Node ${node}, ${platform}, ${processors} × ${cpus()[0]?.model.trim()}, load ${load}${values.busy ? ', lowest tenth of the times' : ', medians'}`
  const table = values.markdown ? tableMarkdown(reports) : tableText(reports)
  console.log(`${about}\n\n${table}`)
}
