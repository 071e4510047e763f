/**
 * Runs files through outcomeOf and prints a line of JSON for each:
 *
 *     node run.js FILE…
 *
 * In a process of its own, so that a hang can be ended and memory is that of the reader.
 */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { outcomeOf } from './outcome.ts'

for (const path of process.argv.slice(2)) {
  const bytes = new Uint8Array(readFileSync(path))
  const start = process.cpuUsage()
  const line = await outcomeOf(basename(path), bytes).then(
    outcome => ({ outcome }),
    error => ({ unplanned: String(error?.stack ?? error) }),
  )
  // Of the processor: what others do on the machine does not count.
  const { user, system } = process.cpuUsage(start)
  const ms = (user + system) / 1000
  // The most that the process ever had, in MB.
  const peakMb = process.resourceUsage().maxRSS / 1024
  process.stdout.write(`${JSON.stringify({ path, ms, peakMb, ...line })}\n`)
}
