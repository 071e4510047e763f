import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'

/** The browser that the tests run in: CHROMIUM_PATH, or the first of these on the PATH. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

function findChromium(): string | undefined {
  const { CHROMIUM_PATH, PATH = '' } = process.env
  if (CHROMIUM_PATH) {
    if (existsSync(CHROMIUM_PATH)) return CHROMIUM_PATH
    throw new Error(`CHROMIUM_PATH is ${CHROMIUM_PATH}: no such file`)
  }
  return NAMES.flatMap(name => PATH.split(delimiter).map(folder => join(folder, name))).find(path => existsSync(path))
}

export const chromiumPath = findChromium()

/** For `describe.skipIf(!hasChromium)`. */
export const hasChromium = chromiumPath !== undefined
if (!hasChromium) {
  const how = 'install it (Debian: apt-get install chromium) or set CHROMIUM_PATH to one'
  if (process.env.CI) throw new Error(`CI needs Chromium: ${how}`)
  console.log(`skipped: no Chromium found; ${how}`)
}

/** A headless Chromium; close() it. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath,
    // In a container one is root, /dev/shm is small, and there is no sandbox to be had.
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
  })
}

/** A page at the address, and what it said: errors, refusals of the Content-Security-Policy, failed requests. */
export async function openPage(browser: Browser, url: string): Promise<{ page: Page; complaints: string[] }> {
  const page = await browser.newPage()
  const complaints: string[] = []
  page.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', error => complaints.push(String(error)))
  page.on('requestfailed', request => complaints.push(`${request.url()}: ${request.failure()?.errorText}`))
  await page.goto(url)
  return { page, complaints }
}
