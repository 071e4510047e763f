// The README's pictures of `dicube view`, in docs/: npm run build && node scripts/screenshots.mjs
// Wants Chromium: CHROMIUM_PATH, or one that is called chromium on the PATH.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { writeDemoSeries } from '../dist/cli/demo/series.js'
import { serveView } from '../dist/cli/view/serve.js'

const DOCS = fileURLToPath(new URL('../docs', import.meta.url))
const SLICES = 100
/** Left out, so that there is a gap to be seen. */
const LOST = 64

const folder = mkdtempSync(join(tmpdir(), 'dicube-screenshots-'))
mkdirSync(DOCS, { recursive: true })
await writeDemoSeries(folder, { slices: SLICES, rows: 256, columns: 256 })
const files = Array.from({ length: SLICES }, (_, i) => `IM${String(i + 1).padStart(4, '0')}.dcm`)
  .filter((_, i) => i !== LOST)
  .map(name => ({ name, path: join(folder, name) }))
const server = await serveView({ kind: 'files', name: 'demo-series', files })
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
})

async function shoot(name, options, act) {
  const page = await browser.newPage(options)
  await page.goto(server.url)
  await page.waitForSelector('#save:not([hidden])', { timeout: 120_000 })
  await page.fill('#slider', '35')
  await page.waitForSelector('#canvas[data-row="35"]')
  await page.click('#presets >> text="Abdomen"')
  await act(page)
  await page.waitForTimeout(500)
  await page.screenshot({ path: join(DOCS, `${name}.png`) })
  await page.close()
}

try {
  const laptop = { viewport: { width: 1280, height: 760 } }
  await shoot('view-overview', { ...laptop, colorScheme: 'light' }, async page => {
    await page.hover('#canvas', { position: { x: 300, y: 330 } })
  })
  await shoot('view-slices', { ...laptop, colorScheme: 'dark' }, page => page.click('#tab-slices'))
} finally {
  await browser.close()
  await server.close()
  rmSync(folder, { recursive: true })
}
