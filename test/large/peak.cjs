// Loaded before a command: says at the end how much memory its process had at most.
const { isMainThread } = require('node:worker_threads')
const { writeFileSync } = require('node:fs')

if (isMainThread)
  process.on('exit', () => writeFileSync(process.env.DICUBE_PEAK, String(process.resourceUsage().maxRSS * 1024)))
