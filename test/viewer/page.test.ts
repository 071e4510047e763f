import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { zipSync } from 'fflate'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { demoSeries } from '../../src/cli/demo/series.ts'
import { type Opened, serveView, type ViewServer } from '../../src/cli/view/serve.ts'
import { check, load, type SeriesCheck } from '../../src/node.ts'
import { hasChromium, launchChromium } from '../browser/chromium.ts'
import { cubeOfFiles } from '../browser/cubes.ts'
import { type Answer, sendRange, serve, type TestServer } from '../browser/server.ts'
import { run, temporaryFolder } from '../cli/run.ts'
import { generatedSeries } from '../generate/encodings.ts'
import { type Changes, COLUMNS, ROWS, slices } from '../generate/slice.ts'
import { hostileSeries } from './hostile.ts'

const built = existsSync(fileURLToPath(new URL('../../dist/viewer', import.meta.url)))
if (!built) console.log('skipped: no dist/viewer; npm run build makes it')
if (!built && process.env.CI) throw new Error('CI needs dist/viewer')

interface NamedFile {
  name: string
  bytes: Uint8Array
}

const SIZE = 48
const demo = demoSeries({ slices: 12, rows: SIZE, columns: SIZE })
const demoFiles: NamedFile[] = Array.from({ length: 12 }, (_, i) => ({ name: demo.fileName(i), bytes: demo.slice(i) }))

const filesOf = (found: readonly { path: string; bytes: Uint8Array }[]): NamedFile[] =>
  found.map(({ path, bytes }) => ({ name: path, bytes }))
const generated = (name: string) => filesOf(generatedSeries().find(series => series.name === name)!.files)
const made = (name: string, count: number, changes: (index: number) => Changes) => filesOf(slices(name, count, changes))

function folderOf(files: readonly NamedFile[], name = 'series'): string {
  const folder = join(temporaryFolder(), name)
  for (const { name, bytes } of files) {
    const path = join(folder, ...name.split('/'))
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, bytes)
  }
  return folder
}

const openedFolder = (files: readonly NamedFile[], name = 'series'): Opened => {
  const folder = folderOf(files, name)
  return { kind: 'files', name, files: files.map(({ name }) => ({ name, path: join(folder, name) })) }
}

/** A cube, which the page does not pack: most tests are about what it shows. */
async function openedCube(files: readonly NamedFile[]): Promise<Opened> {
  const path = join(temporaryFolder(), 'series.dcbs')
  writeFileSync(path, await cubeOfFiles(files))
  return { kind: 'cube', name: 'series.dcbs', path }
}

/** Stored values of a native 16-bit slice: what stands at the end of its file. */
function storedValues({ bytes }: NamedFile, count: number): Uint16Array {
  return new Uint16Array(bytes.slice(bytes.length - 2 * count).buffer)
}

/** PS3.3 §C.11.2.1.2.1, as it stands there. */
function linear(x: number, c: number, w: number): number {
  if (x <= c - 0.5 - (w - 1) / 2) return 0
  if (x > c - 0.5 + (w - 1) / 2) return 255
  return ((x - (c - 0.5)) / (w - 1) + 0.5) * 255
}

describe.skipIf(!hasChromium || !built)('the page of dicube view, in Chromium', () => {
  let browser: Browser
  const closing: (() => Promise<unknown>)[] = []
  beforeAll(async () => {
    browser = await launchChromium()
  })
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close()
  })
  afterAll(() => browser?.close())

  interface Visit {
    page: Page
    server: ViewServer
    /** Errors, warnings, refusals of the policy, dialogs, failed requests. */
    complaints: string[]
    requests: string[]
  }

  /** The page with something opened; it must never complain, and never ask anybody but its server. */
  async function visit(opened: Opened, options: BrowserContextOptions = {}, query = ''): Promise<Visit> {
    const server = await serveView(opened)
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
    const page = await context.newPage()
    const complaints: string[] = []
    const requests: string[] = []
    page.on('console', message => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
    })
    page.on('pageerror', error => complaints.push(String(error)))
    page.on('dialog', dialog => {
      complaints.push(`dialog: ${dialog.message()}`)
      void dialog.dismiss()
    })
    context.on('request', request => requests.push(request.url()))
    context.on('requestfailed', request => complaints.push(`${request.url()}: ${request.failure()?.errorText}`))
    closing.push(
      () => server.close(),
      () => context.close(),
    )
    await page.goto(server.url + query)
    return { page, server, complaints, requests }
  }

  const drawn = async (page: Page) => {
    await page.waitForSelector('#canvas[data-row]:not([hidden])')
    // The panel is filled once the image is on the screen.
    await page.waitForSelector('#overview > .facts', { state: 'attached' })
  }
  const rowIs = (page: Page, row: number) => page.waitForSelector(`#canvas[data-row="${row}"]`)
  const packed = (page: Page) => page.waitForSelector('#save:not([hidden])')
  const text = async (page: Page, selector: string) => (await page.textContent(selector))!.trim()
  const pixels = (page: Page): Promise<number[]> =>
    page.evaluate(() => {
      const canvas = document.getElementById('canvas') as HTMLCanvasElement
      const copy = new OffscreenCanvas(canvas.width, canvas.height)
      const context = copy.getContext('2d', { willReadFrequently: true })!
      context.drawImage(canvas, 0, 0)
      return Array.from(context.getImageData(0, 0, canvas.width, canvas.height).data)
    })
  /** The greatest difference between the red, green and blue of the canvas and what they should be. */
  async function farthest(page: Page, wanted: (pixel: number, channel: number) => number): Promise<number> {
    const rgba = await pixels(page)
    let most = 0
    for (let i = 0; i < rgba.length / 4; i++)
      for (let k = 0; k < 3; k++) most = Math.max(most, Math.abs(rgba[4 * i + k] - wanted(i, k)))
    return most
  }

  async function saved(page: Page): Promise<{ path: string; name: string }> {
    await packed(page)
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#save')])
    const path = join(temporaryFolder(), download.suggestedFilename())
    await download.saveAs(path)
    return { path, name: download.suggestedFilename() }
  }

  async function verifies(cube: string, folder: string, count: number): Promise<void> {
    expect(await run(['verify', cube, '--against', folder])).toMatchObject({
      code: 0,
      out: expect.stringMatching(new RegExp(`Identical with .*, byte for byte +${count}\n`)),
    })
  }

  describe('a folder', () => {
    test('that a person has chosen becomes a cube, which gives back the same files', async () => {
      const { page, complaints, requests, server } = await visit({ kind: 'nothing' })
      const folder = folderOf(demoFiles, 'my series')
      await page.waitForSelector('#start:not([hidden])')
      const before = requests.length
      await page.setInputFiles('#pick-folder', folder)
      await drawn(page)
      expect(await text(page, '#title')).toBe('CT · Thorax/Abdomen 2.0 Br40 (generated)')
      expect(await text(page, '#subtitle')).toBe('my series · 12 slices')
      const { path, name } = await saved(page)
      expect(name).toBe('my series.dcbs')
      await verifies(path, folder, 12)
      expect(readFileSync(path)).toEqual(Buffer.from(await cubeOfFiles(demoFiles)))
      expect(complaints).toEqual([])
      // What was asked for since is the page's own scripts: nothing of the files was sent anywhere.
      for (const url of requests.slice(before)) {
        expect(url.startsWith(server.url) || url.startsWith('blob:')).toBe(true)
        expect(url).toMatch(/\.(js|wasm)$|^blob:/)
      }
    })

    test('that was named on the command line is packed by the page, not by the server', async () => {
      const { page, complaints, requests } = await visit(openedFolder(demoFiles))
      await drawn(page)
      const { path, name } = await saved(page)
      expect(name).toBe('series.dcbs')
      expect(readFileSync(path)).toEqual(Buffer.from(await cubeOfFiles(demoFiles)))
      expect(requests.filter(url => /files\/\d+$/.test(url))).toHaveLength(12)
      expect(await text(page, '#overview .sizes')).toMatch(
        /headers .* kB.*Cube.*metadata .*12 original files can be given back/s,
      )
      expect(complaints).toEqual([])
    })

    test('that is dropped, as a ZIP, is opened with its folders', async () => {
      const files = demoFiles.map(({ name, bytes }) => ({ name: `a/b/${name}`, bytes }))
      const zip = zipSync(
        Object.fromEntries(
          [...files, { name: 'notes.txt', bytes: new Uint8Array([1]) }].map(({ name, bytes }) => [name, bytes]),
        ),
      )
      const { page, complaints } = await visit({ kind: 'nothing' })
      await page.waitForSelector('#start:not([hidden])')
      await drop(page, [{ name: 'ct.zip', bytes: zip }])
      await drawn(page)
      expect(await text(page, '#subtitle')).toBe('ct · 12 slices')
      expect(await text(page, '#overview')).toContain('1 file left out, not DICOM instances')
      const { path, name } = await saved(page)
      expect(name).toBe('ct.dcbs')
      await verifies(path, folderOf(files), 12)
      expect(complaints).toEqual([])
    })

    test('that is dropped from the disk is read to the end, folders in it too', async () => {
      // Chromium hands out 100 entries at a time.
      const files = made('many', 130, () => ({})).map(({ name, bytes }) => ({ name: `sub/${name}`, bytes }))
      const folder = folderOf(files, 'dropped')
      const { page, complaints } = await visit({ kind: 'nothing' })
      await page.waitForSelector('#start:not([hidden])')
      const session = await page.context().newCDPSession(page)
      for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
        await session.send('Input.dispatchDragEvent', {
          type,
          x: 400,
          y: 300,
          data: { items: [], files: [folder], dragOperationsMask: 1 },
        })
      await drawn(page)
      expect(await text(page, '#subtitle')).toBe('dropped · 130 slices')
      const { path, name } = await saved(page)
      expect(name).toBe('dropped.dcbs')
      await verifies(path, folder, 130)
      expect(complaints).toEqual([])
    })

    test('whose files are dropped one by one is a series too', async () => {
      const { page, complaints } = await visit({ kind: 'nothing' })
      await page.waitForSelector('#start:not([hidden])')
      await drop(page, demoFiles.slice(0, 3))
      await drawn(page)
      expect(await text(page, '#subtitle')).toBe('series · 3 slices')
      const { path } = await saved(page)
      await verifies(path, folderOf(demoFiles.slice(0, 3)), 3)
      expect(complaints).toEqual([])
    })

    test('with several series asks which, and the bar has the others', async () => {
      const files = [
        ...made('first', 3, () => ({})).map(({ name, bytes }) => ({ name: `1/${name}`, bytes })),
        ...made('second', 2, () => ({})).map(({ name, bytes }) => ({ name: `2/${name}`, bytes })),
      ]
      const { page, complaints } = await visit(openedFolder(files))
      await page.waitForSelector('#chooser[open]')
      expect(await page.locator('#chooser-list strong').allTextContents()).toEqual(['CT · first', 'CT · second'])
      await page.click('#chooser-list li:nth-child(2) button')
      await drawn(page)
      expect(await text(page, '#title')).toBe('CT · second')
      await page.selectOption('#series-select', '0')
      await page.waitForFunction(() => document.getElementById('title')!.textContent === 'CT · first')
      const { path } = await saved(page)
      expect(JSON.parse((await run(['info', path, '--json'])).out).sliceCount).toBe(3)
      expect(complaints).toEqual([])
    })

    test('of 2,000 files leaves the page a turn before each curve, and several before the table', async () => {
      const many = made('many', 2000, index => ({
        '00200032': ['DS', ['0', '0', String(index)]],
        '00080032': ['TM', [String(100_000 + (index % 60))]],
        '00181151': ['IS', [String(index)]],
        '00181152': ['IS', [String(2 * index)]],
      }))
      const { page, complaints } = await visit(openedFolder(many))
      await drawn(page)
      await packed(page)
      await page.evaluate(() => {
        const seen = { turns: 0, table: 0, curves: [] as number[] }
        const { port1, port2 } = new MessageChannel()
        port1.onmessage = () => {
          seen.turns++
          port2.postMessage(undefined)
        }
        port2.postMessage(undefined)
        new MutationObserver(records => {
          if (document.querySelector('#slice-table tr[data-row]')) seen.table ||= seen.turns
          for (const { addedNodes } of records)
            for (const node of addedNodes)
              if (node instanceof Element && node.matches('#plots .uplot')) seen.curves.push(seen.turns)
        }).observe(document.getElementById('slices')!, { childList: true, subtree: true })
        Object.assign(window, { seen })
        document.getElementById('tab-slices')!.click()
        seen.turns = 0
      })
      await page.waitForSelector('#plots figure')
      await expect.poll(() => page.locator('#plots figure:not(:has(canvas))').count()).toBe(0)
      const { table, curves } = await page.evaluate(
        () => (window as unknown as { seen: { table: number; curves: number[] } }).seen,
      )
      expect(table).toBeGreaterThanOrEqual(2)
      expect(curves.length).toBeGreaterThanOrEqual(6)
      expect(new Set(curves).size).toBe(curves.length)
      expect(complaints).toEqual([])
    })

    test('without a DICOM file is an error that says so, and the page goes on', async () => {
      const { page, complaints } = await visit({ kind: 'nothing' })
      await page.waitForSelector('#start:not([hidden])')
      await drop(page, [{ name: 'a<b>.txt', bytes: new TextEncoder().encode('hello, this is no DICOM file at all') }])
      await page.waitForSelector('#alert:not([hidden])')
      expect(await text(page, '#alert')).toMatch(
        /^no-instances: a<b>\.txt: no DICOM instance among 1 file\na<b>\.txt: /,
      )
      await drop(page, demoFiles)
      await drawn(page)
      expect(await page.isHidden('#alert')).toBe(true)
      expect(complaints).toEqual([])
    })

    test('with files that cannot be had shows the others, and says which', async () => {
      const opened = openedFolder(demoFiles) as Extract<Opened, { kind: 'files' }>
      const files = [...opened.files, { name: 'gone.dcm', path: join(temporaryFolder(), 'gone.dcm') }]
      const { page } = await visit({ ...opened, files })
      await drawn(page)
      expect(await text(page, '#overview')).toContain('1 file that cannot be readgone.dcm')
      await saved(page)
    })

    test('whose ZIP is damaged is an error that says where', async () => {
      const zip = zipSync({ 'IM1.dcm': demoFiles[0].bytes })
      zip[200] ^= 0xff
      const { page } = await visit({ kind: 'nothing' })
      await page.waitForSelector('#start:not([hidden])')
      await drop(page, [{ name: 'ct.zip', bytes: zip }])
      await page.waitForSelector('#alert:not([hidden])')
      expect(await text(page, '#alert')).toMatch(/^no-instances: ct: no DICOM instance among 1 file\nIM1\.dcm: /)
    })
  })

  /** A drop as Chromium dispatches it, with files and without entries of a file system. */
  async function drop(page: Page, files: readonly NamedFile[]): Promise<void> {
    const given = files.map(({ name, bytes }) => ({ name, base64: Buffer.from(bytes).toString('base64') }))
    const transfer = await page.evaluateHandle(given => {
      const transfer = new DataTransfer()
      for (const { name, base64 } of given) {
        const bytes = Uint8Array.from(atob(base64), character => character.charCodeAt(0))
        transfer.items.add(new File([bytes], name))
      }
      return transfer
    }, given)
    await page.dispatchEvent('body', 'dragenter', { dataTransfer: transfer })
    await page.waitForSelector('#drop-cover:not([hidden])')
    await page.dispatchEvent('body', 'drop', { dataTransfer: transfer })
    expect(await page.isHidden('#drop-cover')).toBe(true)
  }

  describe('a cube', () => {
    let elsewhere: TestServer
    let cube: Uint8Array
    beforeAll(async () => {
      cube = await cubeOfFiles(demoFiles)
      const answer: Answer = (request, response) => {
        const headers = {
          'Access-Control-Allow-Origin': '*',
          'Access-Control-Allow-Headers': 'Range',
          'Access-Control-Expose-Headers': 'Content-Range, ETag',
          ETag: '"1"',
        }
        if (request.method === 'OPTIONS') response.writeHead(204, headers).end()
        else sendRange(request, response, { bytes: cube, headers })
      }
      elsewhere = await serve(path => (path === '/ct.dcbs' ? answer : undefined))
    })
    afterAll(() => elsewhere?.close())

    test('is opened by its address with a few requests, each for a range', async () => {
      elsewhere.received.length = 0
      const url = `${elsewhere.url}/ct.dcbs`
      const { page, complaints, requests, server } = await visit(
        { kind: 'nothing' },
        {},
        `?url=${encodeURIComponent(url)}`,
      )
      await drawn(page)
      await page.waitForLoadState('networkidle')
      expect(await text(page, '#subtitle')).toBe('ct.dcbs · 12 slices')
      const ranges = elsewhere.received.filter(({ method }) => method === 'GET').map(({ range }) => range)
      expect(ranges[0]).toBe('bytes=0-65535')
      // All that opening wants of so small a cube; the frame on the screen with two neighbours on each side.
      expect(ranges.length).toBeLessThanOrEqual(1 + 5)
      expect(ranges.every(range => /^bytes=\d+-\d+$/.test(range!))).toBe(true)
      expect(new Set(ranges).size).toBe(ranges.length)
      for (const asked of requests) expect(asked.startsWith(server.url) || asked === url).toBe(true)
      expect(complaints).toEqual([])
    })

    test('at an address says what opening it cost, and goes on counting while images are looked at', async () => {
      elsewhere.received.length = 0
      const url = `${elsewhere.url}/ct.dcbs`
      const { page, complaints } = await visit({ kind: 'nothing' }, {}, `?url=${encodeURIComponent(url)}`)
      await drawn(page)
      await page.waitForLoadState('networkidle')
      // Counted apart from the page, by the server, which also saw what the page asked for frames.
      const asked = () =>
        elsewhere.received
          .filter(({ method }) => method === 'GET')
          .map(({ range }) => {
            const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range!)!.map(Number)
            return Math.min(last, cube.length - 1) - first + 1
          })
      const sizes = (bytes: number) => `${(bytes / 1000).toPrecision(3)} kB`
      const costOf = (requests: readonly number[]) => {
        const opening = requests.slice(0, 1)
        const since = requests.slice(1)
        const many = since.length === 1 ? '1 request' : `${since.length} requests`
        const sum = (all: readonly number[]) => all.reduce((total, bytes) => total + bytes, 0)
        return `opened with 1 request, ${sizes(sum(opening))} of ${sizes(cube.length)}${since.length ? `; since then ${many}, ${sizes(sum(since))}` : ''}`
      }
      expect(cube.length).toBeLessThan(65536)
      await expect.poll(() => text(page, '#cost')).toBe(costOf(asked()))
      const before = asked().length
      for (const key of ['End', 'Home']) {
        await page.keyboard.press(key)
        await rowIs(page, key === 'End' ? 11 : 0)
      }
      await page.waitForLoadState('networkidle')
      expect(asked().length).toBeGreaterThan(before)
      await expect.poll(() => text(page, '#cost')).toBe(costOf(asked()))
      expect(complaints).toEqual([])
    })

    test('that is a file has no such cost', async () => {
      const { page } = await visit({ kind: 'nothing' })
      await page.waitForSelector('#start:not([hidden])')
      await drop(page, [{ name: 'ct.dcbs', bytes: cube }])
      await drawn(page)
      expect(await page.locator('#cost').count()).toBe(0)
    })

    test('by an address that was typed, too', async () => {
      const { page, complaints } = await visit({ kind: 'nothing' })
      await page.fill('#url', 'nonsense')
      await page.click('#by-url button')
      expect(await text(page, '#alert')).toBe('nonsense: wanted one that begins with https:// or http://')
      await page.fill('#url', `${elsewhere.url}/ct.dcbs`)
      await page.press('#url', 'Enter')
      await drawn(page)
      expect(await text(page, '#title')).toBe('CT · Thorax/Abdomen 2.0 Br40 (generated)')
      expect(complaints).toEqual([])
    })

    test('that is not there is an error', async () => {
      const { page } = await visit({ kind: 'nothing' }, {}, `?url=${encodeURIComponent(`${elsewhere.url}/none`)}`)
      await page.waitForSelector('#alert:not([hidden])')
      expect(await page.isVisible('#start')).toBe(true)
    })

    test('from the command line is read by ranges', async () => {
      const path = join(temporaryFolder(), 'ct.dcbs')
      writeFileSync(path, cube)
      const { page, complaints } = await visit({ kind: 'cube', name: 'ct.dcbs', path })
      await drawn(page)
      expect(await text(page, '#subtitle')).toBe('ct.dcbs · 12 slices')
      expect(complaints).toEqual([])
    })

    test('that is dropped replaces what was there', async () => {
      const { page, complaints } = await visit(openedFolder(made('first', 3, () => ({}))))
      await drawn(page)
      await drop(page, [{ name: 'ct.dcbs', bytes: cube }])
      await page.waitForFunction(() => document.getElementById('subtitle')!.textContent === 'ct.dcbs · 12 slices')
      expect(await page.isHidden('#save')).toBe(true)
      expect(complaints).toEqual([])
    })

    test('that is damaged is an error, and nothing of it is shown', async () => {
      const damaged = cube.slice()
      damaged[300] ^= 1
      const { page } = await visit({ kind: 'nothing' })
      await page.waitForSelector('#start:not([hidden])')
      await drop(page, [{ name: 'ct.dcbs', bytes: damaged }])
      await page.waitForSelector('#alert:not([hidden])')
      expect(await text(page, '#alert')).toMatch(/^corrupt: /)
      expect(await page.isHidden('#viewer')).toBe(true)
    })

    test('cannot make the page ask another server than the one that was named', async () => {
      const { page } = await visit({ kind: 'nothing' })
      elsewhere.received.length = 0
      const refused = await page.evaluate(
        url =>
          fetch(url).then(
            () => 'answered',
            () => 'refused',
          ),
        `${elsewhere.url}/ct.dcbs`,
      )
      expect([refused, elsewhere.received.length]).toEqual(['refused', 0])
    })
  })

  describe('the image', () => {
    test('is the stored values through the window, for each window', async () => {
      const { page, complaints } = await visit(await openedCube(demoFiles))
      await drawn(page)
      const show = async (row: number) => {
        await page.fill('#slider', String(row))
        await rowIs(page, row)
      }
      // Slices are sorted along the body, files by name: their order is read from the page's own table.
      await show(4)
      const index = await fileOfRow(page, 4)
      const stored = storedValues(demoFiles[index], SIZE * SIZE)
      expect(new Set(stored).size).toBeGreaterThan(50)
      const hu = Array.from(stored, value => value - 1024)
      const windowed = (c: number, w: number) => farthest(page, pixel => linear(hu[pixel], c, w))
      const [c, w] = (await page.getAttribute('#canvas', 'data-window'))!.split(' ').map(Number)
      expect(await windowed(c, w)).toBeLessThanOrEqual(0.5)
      for (const [name, center, width] of [
        ['Bone', 400, 1800],
        ['Abdomen', 50, 400],
        ['Brain', 40, 80],
      ] as const) {
        await page.click(`#presets >> text="${name}"`)
        await page.waitForSelector(`#canvas[data-window="${center} ${width}"]`)
        expect(await windowed(center, width), name).toBeLessThanOrEqual(0.5)
      }
      // The file said so little of the middle that a typed window is the only way to see it.
      await page.fill('#window-center', '-100')
      await page.fill('#window-width', '333.5')
      await page.waitForSelector('#canvas[data-window="-100 333.5"]')
      expect(await windowed(-100, 333.5)).toBeLessThanOrEqual(0.5)
      await page.click('#invert')
      await expect.poll(() => farthest(page, pixel => 255 - linear(hu[pixel], -100, 333.5))).toBeLessThanOrEqual(0.5)
      await page.click('#invert')
      await page.click('#presets >> text="Full"')
      const [least, most] = [Math.min(...hu), Math.max(...hu)]
      const exact = (pixel: number) => ((hu[pixel] - least) / (most - least)) * 255
      await expect.poll(() => farthest(page, exact)).toBeLessThanOrEqual(0.5)
      expect(complaints).toEqual([])
    })

    const fileOfRow = async (page: Page, row: number): Promise<number> => {
      await page.click('#tab-slices')
      return Number(await text(page, `#slice-table tr[data-row="${row}"] td`)) - 1
    }

    test('is the same from the cube as from the files', async () => {
      const { page } = await visit(openedFolder(demoFiles))
      await drawn(page)
      const before = await pixels(page)
      await packed(page)
      await page.keyboard.press('ArrowRight')
      await page.keyboard.press('ArrowLeft')
      await drawn(page)
      expect(await pixels(page)).toEqual(before)
    })

    test('changes its window while it is dragged, and a double click puts it back', async () => {
      const { page } = await visit(await openedCube(demoFiles))
      await drawn(page)
      const initial = await page.getAttribute('#canvas', 'data-window')
      const [c, w] = initial!.split(' ').map(Number)
      const box = (await page.locator('#screen').boundingBox())!
      const [x, y] = [box.x + box.width / 2, box.y + box.height / 2]
      await page.mouse.move(x, y)
      await page.mouse.down()
      await page.mouse.move(x + 100, y + 40, { steps: 4 })
      await page.mouse.up()
      await page.waitForSelector(`#canvas[data-window="${c + (40 * w) / 200} ${w + (100 * w) / 200}"]`)
      await page.mouse.dblclick(x, y)
      await page.waitForSelector(`#canvas[data-window="${initial}"]`)
    })

    test('tells the value under the cursor in modality units', async () => {
      const { page } = await visit(await openedCube(demoFiles))
      await drawn(page)
      await page.fill('#slider', '7')
      await rowIs(page, 7)
      const stored = storedValues(demoFiles[await fileOfRow(page, 7)], SIZE * SIZE)
      const box = (await page.locator('#canvas').boundingBox())!
      for (const [column, line] of [
        [24, 24],
        [10, 30],
        [0, 0],
      ]) {
        const at = (k: number, size: number) => ((k + 0.5) / SIZE) * size
        await page.mouse.move(box.x + at(column, box.width), box.y + at(line, box.height))
        const value = stored[line * SIZE + column]
        const corner = await text(page, '#corner-bl')
        expect(corner).toMatch(new RegExp(`^${value - 1024} HU  stored ${value}\\n${column}, ${line}  \\(.*\\) mm$`))
      }
    })

    describe('enlarged', () => {
      /** Where the canvas is, how large, and which pixel of the image lies where the mouse is put. */
      const boxOf = async (page: Page) => (await page.locator('#canvas').boundingBox())!
      const middleOf = async (page: Page) => {
        const { x, y, width, height } = (await page.locator('#screen').boundingBox())!
        return { x: x + width / 2, y: y + height / 2 }
      }
      const factorOf = async (page: Page, whole: { width: number }) => (await boxOf(page)).width / whole.width
      /** The grey that is on the screen at a place, as a picture of the screen has it. */
      async function greyAt(page: Page, x: number, y: number): Promise<number> {
        const clip = { x: Math.floor(x), y: Math.floor(y), width: 1, height: 1 }
        const png = (await page.screenshot({ clip })).toString('base64')
        const reader = await page.context().newPage()
        const grey = await reader.evaluate(async png => {
          const image = new Image()
          image.src = `data:image/png;base64,${png}`
          await image.decode()
          const context = new OffscreenCanvas(1, 1).getContext('2d')!
          context.drawImage(image, 0, 0)
          return context.getImageData(0, 0, 1, 1).data[1]
        }, png)
        await reader.close()
        return grey
      }

      /** That the corner tells of a place what the file has there, and that this is what can be seen there. */
      async function tellsTheTruth(page: Page, stored: Uint16Array, x: number, y: number): Promise<[number, number]> {
        await page.mouse.move(x, y)
        const corner = await text(page, '#corner-bl')
        const [, column, line] = /\n(\d+), (\d+)/.exec(corner)!.map(Number)
        const value = stored[line * SIZE + column]
        expect(corner).toMatch(new RegExp(`^${value - 1024} HU  stored ${value}\\n`))
        const [center, width] = (await page.getAttribute('#canvas', 'data-window'))!.split(' ').map(Number)
        expect(Math.abs((await greyAt(page, x, y)) - linear(value - 1024, center, width))).toBeLessThanOrEqual(1)
        return [column, line]
      }

      test('by Ctrl and the wheel stays where the mouse is, and values are still those of the file', async () => {
        const { page, complaints } = await visit(await openedCube(demoFiles))
        await drawn(page)
        await page.fill('#slider', '7')
        await rowIs(page, 7)
        const stored = storedValues(demoFiles[await fileOfRow(page, 7)], SIZE * SIZE)
        await page.click('#presets >> text="Full"')
        const whole = await boxOf(page)
        const [x, y] = [Math.round(whole.x + whole.width * 0.4), Math.round(whole.y + whole.height * 0.45)]
        const before = await tellsTheTruth(page, stored, x, y)
        await page.keyboard.down('Control')
        for (let k = 0; k < 5; k++) await page.mouse.wheel(0, -120)
        await page.keyboard.up('Control')
        await expect.poll(() => factorOf(page, whole)).toBeCloseTo(Math.exp(5 * 0.25), 1)
        const factor = await factorOf(page, whole)
        expect(await page.getAttribute('#canvas', 'data-row')).toBe('7')
        expect(await text(page, '#corner-bl')).toContain(`\n${before.join(', ')}  (`)
        const seen = new Set<string>()
        for (const [right, down] of [
          [0, 0],
          [40, 0],
          [-70, 35],
          [90, 110],
          [-120, -90],
        ]) {
          const [column, line] = await tellsTheTruth(page, stored, x + right, y + down)
          const pixelPx = (whole.width / SIZE) * factor
          expect(Math.abs(column - before[0] - right / pixelPx)).toBeLessThanOrEqual(1)
          expect(Math.abs(line - before[1] - down / pixelPx)).toBeLessThanOrEqual(1)
          seen.add(`${column} ${line}`)
        }
        expect(seen.size).toBe(5)
        // Another slice is looked at in the same place, and what is told under a mouse that rests is of that slice.
        await page.mouse.wheel(0, 80)
        await rowIs(page, 9)
        expect(await factorOf(page, whole)).toBeCloseTo(factor, 5)
        const other = storedValues(demoFiles[await fileOfRow(page, 9)], SIZE * SIZE)
        await tellsTheTruth(page, other, x - 120, y - 90)
        // Back out, further than there is anything to be seen.
        await page.keyboard.down('Control')
        for (let k = 0; k < 9; k++) await page.mouse.wheel(0, 120)
        await page.keyboard.up('Control')
        await expect.poll(() => boxOf(page)).toEqual(whole)
        expect(complaints).toEqual([])
      })

      test('is moved by Shift and by the middle button, while a plain drag changes the window', async () => {
        const { page, complaints } = await visit(await openedCube(demoFiles))
        await drawn(page)
        const window = await page.getAttribute('#canvas', 'data-window')
        const whole = await boxOf(page)
        const { x, y } = await middleOf(page)
        const drag = async (right: number, down: number, button: 'left' | 'middle') => {
          await page.mouse.move(x, y)
          await page.mouse.down({ button })
          await page.mouse.move(x + right, y + down, { steps: 5 })
          await page.mouse.up({ button })
        }
        await drag(50, 20, 'middle')
        expect(await boxOf(page), 'all of it is on the screen').toEqual(whole)
        for (let k = 0; k < 4; k++) await page.keyboard.press('+')
        expect(await factorOf(page, whole)).toBeCloseTo(1.25 ** 4, 3)
        const from = await boxOf(page)
        await drag(50, -30, 'middle')
        const moved = await boxOf(page)
        expect([moved.x - from.x, moved.y - from.y].map(Math.round)).toEqual([50, -30])
        await page.keyboard.down('Shift')
        await drag(-20, 10, 'left')
        await page.keyboard.up('Shift')
        const back = await boxOf(page)
        expect([back.x - moved.x, back.y - moved.y].map(Math.round)).toEqual([-20, 10])
        expect(await page.getAttribute('#canvas', 'data-window')).toBe(window)
        await drag(5000, 5000, 'middle')
        const far = await boxOf(page)
        expect(far.x).toBeLessThan(x)
        expect(far.y).toBeLessThan(y)
        await drag(40, 0, 'left')
        await expect.poll(() => page.getAttribute('#canvas', 'data-window')).not.toBe(window)
        expect(await boxOf(page)).toEqual(far)
        await page.mouse.dblclick(x, y)
        await page.waitForSelector(`#canvas[data-window="${window}"]`)
        expect(await boxOf(page)).toEqual(whole)
        expect(complaints).toEqual([])
      })

      test('by keys and buttons, which say what they do and how large it is', async () => {
        const { page, complaints } = await visit(await openedCube(demoFiles))
        await drawn(page)
        const whole = await boxOf(page)
        const button = (name: string | RegExp) =>
          page.getByRole('group', { name: 'Zoom' }).getByRole('button', { name, exact: true })
        expect(await button('Whole image').getAttribute('aria-pressed')).toBe('true')
        await button('Larger').click()
        await button('Larger').click()
        expect(await factorOf(page, whole)).toBeCloseTo(1.25 ** 2, 3)
        await button('Smaller').click()
        expect(await factorOf(page, whole)).toBeCloseTo(1.25, 3)
        expect(await button('Whole image; it is shown 1.25 ×').textContent()).toBe('1.25 ×')
        await button(/Whole image/).click()
        expect(await boxOf(page)).toEqual(whole)
        await page.focus('#screen')
        for (const key of ['+', '=', '-', '+']) await page.keyboard.press(key)
        expect(await factorOf(page, whole)).toBeCloseTo(1.25 ** 2, 3)
        const row = await page.getAttribute('#canvas', 'data-row')
        const before = await boxOf(page)
        await page.keyboard.press('Shift+ArrowRight')
        expect((await boxOf(page)).x).toBeLessThan(before.x)
        await page.keyboard.press('Shift+ArrowLeft')
        await page.keyboard.press('Shift+ArrowDown')
        expect(Math.round((await boxOf(page)).x - before.x)).toBe(0)
        expect((await boxOf(page)).y).toBeLessThan(before.y)
        expect(await page.getAttribute('#canvas', 'data-row')).toBe(row)
        await page.keyboard.press('0')
        expect(await boxOf(page)).toEqual(whole)
        // No more than is of use: a pixel of the image is 64 of the screen.
        for (let k = 0; k < 40; k++) await page.keyboard.press('+')
        expect((await boxOf(page)).width / SIZE).toBeCloseTo(Math.max(64, (8 * whole.width) / SIZE), 1)
        await page.keyboard.press('?')
        for (const words of ['the mouse wheel, or two fingers, zoom', 'moves the image', 'the whole image'])
          expect(await text(page, '#help-dialog')).toContain(words)
        expect(complaints).toEqual([])
      })

      test('by two fingers on a phone, while one changes the window', async () => {
        const { page, complaints } = await visit(await openedCube(demoFiles), {
          viewport: { width: 390, height: 844 },
          isMobile: true,
          hasTouch: true,
        })
        await drawn(page)
        const window = await page.getAttribute('#canvas', 'data-window')
        const whole = await boxOf(page)
        const { x, y } = await middleOf(page)
        const session = await page.context().newCDPSession(page)
        /** With 'touchEnd' the fingers that are lifted. */
        const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', ...fingers: [number, number, number?][]) =>
          session.send('Input.dispatchTouchEvent', {
            type,
            touchPoints: fingers.map(([x, y, id], k) => ({ x, y, id: id ?? k })),
          })
        await touch('touchStart', [x - 40, y])
        // A finger that is down a little sooner has begun to change the window.
        await touch('touchMove', [x - 30, y])
        await touch('touchStart', [x - 30, y], [x + 30, y])
        for (let k = 1; k <= 4; k++) await touch('touchMove', [x - 30 - 10 * k, y], [x + 30 + 10 * k, y])
        await expect.poll(() => factorOf(page, whole)).toBeCloseTo(140 / 60, 1)
        const large = await boxOf(page)
        await touch('touchMove', [x - 40, y + 25], [x + 100, y + 25])
        await expect.poll(async () => Math.round((await boxOf(page)).x - large.x)).toBe(30)
        expect(Math.round((await boxOf(page)).y - large.y)).toBe(25)
        expect(await factorOf(page, whole)).toBeCloseTo(140 / 60, 1)
        // The finger that stays longer does nothing.
        await touch('touchEnd', [x + 100, y + 25, 1])
        const moved = await boxOf(page)
        await touch('touchMove', [x + 20, y])
        await touch('touchEnd')
        expect(await boxOf(page)).toEqual(moved)
        expect(await page.getAttribute('#canvas', 'data-window')).toBe(window)
        expect(await page.evaluate(() => [visualViewport!.scale, scrollY])).toEqual([1, 0])
        await touch('touchStart', [x, y])
        await touch('touchMove', [x + 40, y])
        await touch('touchEnd')
        await expect.poll(() => page.getAttribute('#canvas', 'data-window')).not.toBe(window)
        expect(await boxOf(page)).toEqual(moved)
        // Chromium takes the first tap after a quick drag as the end of it, on any page. Where the image begins moves with
        // what the head of the page has to say.
        const { width, height } = whole
        await expect
          .poll(async () => {
            await page.tap('#zoom-whole')
            return boxOf(page)
          })
          .toMatchObject({ x: whole.x, width, height })
        expect(complaints).toEqual([])
      })
    })

    test('shows colour as it is', async () => {
      const files = generated('rgb-planar-0')
      const { page, complaints } = await visit(await openedCube(files))
      await drawn(page)
      const row = Number(await page.getAttribute('#canvas', 'data-row'))
      const { bytes } = files[row]
      const rgb = bytes.slice(bytes.length - ROWS * COLUMNS * 3)
      expect(await farthest(page, (pixel, k) => rgb[pixel * 3 + k])).toBe(0)
      expect(await page.isHidden('#presets')).toBe(true)
      expect(complaints).toEqual([])
    })

    test('goes over the frames of a multi-frame object', async () => {
      const { page, complaints } = await visit(await openedCube(generated('enhanced').slice(0, 1)))
      await drawn(page)
      const last = Number(await page.getAttribute('#slider', 'max'))
      expect(last).toBeGreaterThan(0)
      await page.keyboard.press('End')
      await rowIs(page, last)
      expect(await text(page, '#corner-tl')).toBe(`Frame ${last}`)
      expect(complaints).toEqual([])
    })

    test('is said to be none where there are no pixels', async () => {
      const files = made('no pixels', 3, () => ({ '7FE00010': null }))
      const { page, complaints } = await visit(openedFolder(files))
      await page.waitForSelector('#no-image:not([hidden])')
      expect(await text(page, '#no-image')).toBe(
        'No pixels in this series (CT): all it has is under Fields and Slices.',
      )
      const { path } = await saved(page)
      await verifies(path, folderOf(files), 3)
      expect(complaints).toEqual([])
    })
  })

  describe('the fields', () => {
    test('are grouped, and found by name, tag and value, in sequences too', async () => {
      const { page, complaints } = await visit(await openedCube(demoFiles))
      await drawn(page)
      await page.keyboard.press('/')
      expect(await page.evaluate(() => document.activeElement!.id)).toBe('search')
      const groups = await page
        .locator('#field-groups .group:visible')
        .evaluateAll(all => all.map(one => (one as HTMLElement).dataset.group))
      expect(groups.slice(0, 6)).toEqual(['Patient', 'Study', 'Series', 'Equipment', 'Acquisition', 'Image'])
      expect(groups.at(-1)).toBe('Differs between slices')
      const found = () =>
        page
          .locator('#field-groups tr[data-tag]:visible')
          .evaluateAll(all => all.map(one => (one as HTMLElement).dataset.tag))
      await page.keyboard.type('patient name')
      expect(await found()).toEqual(['00100010'])
      expect(await page.locator('#field-groups mark').allTextContents()).toEqual(['Patient', 'Name'])
      for (const [query, tag] of [
        ['(0010,0020)', '00100020'],
        ['00100020', '00100020'],
        ['demo^phantom', '00100010'],
        ['InstanceNumber', '00200013'],
        ['dicube demo 1.0', '00190010'],
      ]) {
        await page.fill('#search', query)
        expect(await found(), query).toContain(tag)
      }
      await page.fill('#search', 'nothing has this')
      expect([await found(), await text(page, '#search-count')]).toEqual([[], 'nothing found'])
      await page.press('#search', 'Escape')
      expect((await found()).length).toBeGreaterThan(30)
      expect(complaints).toEqual([])
    })

    test('show the values of the slice that is on the screen', async () => {
      const { page } = await visit(await openedCube(demoFiles))
      await drawn(page)
      await page.click('#tab-fields')
      const number = page.locator('tr[data-tag="00200013"] td')
      for (const row of [0, 11]) {
        await page.focus('#screen')
        await page.keyboard.press(row ? 'End' : 'Home')
        await rowIs(page, row)
        const shown = await number.textContent()
        await page.click('#tab-slices')
        expect(shown).toBe(await text(page, `#slice-table tr[data-row="${row}"] td`))
        await page.click('#tab-fields')
      }
    })

    test('unfold sequences, private elements and binary values', async () => {
      const { page, complaints } = await visit(await openedCube(generated('explicit-le-sequences')))
      await drawn(page)
      await page.click('#tab-fields')
      const sequence = page.locator('#field-groups details.unfold').first()
      expect(await sequence.locator('table').count()).toBe(0)
      await sequence.locator('summary').first().click()
      await sequence.locator('tr[data-tag]').first().waitFor()
      expect(complaints).toEqual([])
    })
  })

  describe('the plots', () => {
    /** Slices 1.5 mm apart, of which one is left out and one is there twice. */
    const stack = (places: readonly number[]) =>
      made('stack', places.length, index => ({ '00200032': ['DS', ['-12', '-9.5', (1.5 * places[index]).toFixed(2)]] }))

    const captions = (page: Page) =>
      page
        .locator('#plots figure')
        .evaluateAll(all =>
          Object.fromEntries(
            all.map(one => [(one as HTMLElement).dataset.plot, one.querySelector('figcaption')!.textContent]),
          ),
        )
    /** Pixels of a colour in the canvas of a plot, as shares of its width. */
    const marks = async (page: Page, name: string): Promise<number[]> => {
      await page.waitForSelector(`figure[data-plot="${name}"] canvas`)
      return page.evaluate(name => {
        const probe = document.createElement('span')
        probe.style.color = getComputedStyle(document.documentElement).getPropertyValue('--danger')
        document.body.append(probe)
        const [r, g, b] = getComputedStyle(probe).color.match(/\d+/g)!.map(Number)
        probe.remove()
        const canvas = document.querySelector<HTMLCanvasElement>(`figure[data-plot="${name}"] canvas`)!
        const { width, height } = canvas
        const { data } = canvas.getContext('2d')!.getImageData(0, 0, width, height)
        const columns = new Set<number>()
        for (let i = 0; i < data.length; i += 4)
          if (data[i] === r && data[i + 1] === g && data[i + 2] === b && data[i + 3] === 255)
            columns.add((i / 4) % width)
        return [...columns].sort((a, b) => a - b).map(column => column / width)
      }, name)
    }

    test('of an even stack mark nothing', async () => {
      const { page, complaints } = await visit(await openedCube(stack([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])))
      await drawn(page)
      await page.click('#tab-slices')
      await page.waitForSelector('#plots canvas')
      const found = await captions(page)
      expect(found['Distance to the slice before']).toBe('Distance to the slice before1.5 mm')
      expect(Object.keys(found)).toEqual(
        expect.arrayContaining([
          'Position along the stack',
          'Instance Number',
          'X Ray Tube Current',
          'Acquisition Time',
        ]),
      )
      expect(await marks(page, 'Distance to the slice before')).toEqual([])
      expect(complaints).toEqual([])
    })

    test('show a gap and a duplicate where they are', async () => {
      const { page, complaints } = await visit(await openedCube(stack([0, 1, 2, 3, 4, 5, 7, 8, 9, 9, 10, 11])))
      await drawn(page)
      await page.click('#tab-slices')
      await page.waitForSelector('#plots canvas')
      const { 'Distance to the slice before': caption } = await captions(page)
      expect(caption).toBe('Distance to the slice before0 … 3 mmgap of 3 mm at 6, duplicate of 0 mm at 9')
      const found = await marks(page, 'Distance to the slice before')
      const halves = [found.filter(share => share < 0.65), found.filter(share => share >= 0.65)]
      expect(halves.every(half => half.length > 0)).toBe(true)
      const middle = (half: readonly number[]) => (half[0] + half.at(-1)!) / 2
      // Three rows lie between the two marks, of the twelve that the axis has.
      const plot = (await page.locator('figure[data-plot="Distance to the slice before"] .u-over').boundingBox())!
      const canvas = (await page.locator('figure[data-plot="Distance to the slice before"] canvas').boundingBox())!
      expect(((middle(halves[1]) - middle(halves[0])) * canvas.width) / plot.width).toBeCloseTo(3 / 12, 1)
      expect(complaints).toEqual([])
    })

    test('and the table take one to a slice', async () => {
      const { page } = await visit(await openedCube(stack([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])))
      await drawn(page)
      await page.click('#tab-slices')
      await page.click('#to-table')
      expect(
        await page.locator('#slice-table').evaluate(table => table.getBoundingClientRect().bottom <= innerHeight),
      ).toBe(true)
      await page.click('#slice-table tr[data-row="8"] td')
      await rowIs(page, 8)
      expect(await page.getAttribute('#slice-table tr[data-row="8"]', 'aria-current')).toBe('true')
      const over = page.locator('figure[data-plot="Instance Number"] .u-over')
      const box = (await over.boundingBox())!
      await over.click({ position: { x: box.width * (2.5 / 10), y: 20 } })
      await rowIs(page, 2)
    })
  })

  test('the check is told with its slices and rules, and its links lead there', async () => {
    const files = made('twice', 6, index => ({ '00200032': ['DS', ['0', '0', String([0, 1, 2, 2, 3, 4][index])]] }))
    const { page, complaints } = await visit(await openedCube(files))
    await drawn(page)
    await page.keyboard.press('c')
    const finding = page.locator('#check .findings li', { hasText: 'duplicate-position' })
    expect(await finding.textContent()).toContain('PS3.3 §C.7.6.2.1.1')
    await finding.locator('button').click()
    const row = Number(await page.getAttribute('#canvas', 'data-row'))
    expect([2, 3]).toContain(row)
    expect(await page.getAttribute('#check-count', 'class')).toBe('count error')
    expect(complaints).toEqual([])
  })

  describe('the check', () => {
    /** Something of each kind to be found: a gap, a place twice, an odd spacing, a number out of turn. */
    const odd = made('odd', 24, index => ({
      '00200032': ['DS', ['0', '0', String(index === 7 ? 6 : index > 15 ? index + 1 : index)]],
      '00200013': ['IS', [String(index === 3 ? 99 : index + 1)]],
    }))
    /** The list as the page has it: severity, message, code. */
    const listed = (page: Page) =>
      page.locator('#check .findings li').evaluateAll(all =>
        all.map(one => ({
          severity: one.querySelector('.severity')!.textContent,
          message: one.querySelector('.message')!.textContent,
          code: one.querySelector('.quiet')!.textContent!.split(' · ')[0],
        })),
      )
    const checkedBy = (page: Page) =>
      page.waitForFunction(
        () => document.getElementById('check-count')!.textContent && !document.querySelector('[aria-busy]'),
      )
    const wanted = (found: SeriesCheck) =>
      found.findings.map(({ severity, message, code }) => ({ severity, message: message.trim(), code }))

    test.each(['a cube that is a file', 'a cube at an address', 'a folder, and then its cube'])(
      'of %s is made by a worker and says what the library says',
      async what => {
        const isFolder = what.startsWith('a folder')
        const cube = await cubeOfFiles(odd)
        const opened: Opened = isFolder
          ? openedFolder(odd)
          : what.endsWith('address')
            ? await openedCube(odd)
            : { kind: 'nothing' }
        const { page, complaints } = await visit(opened)
        if (opened.kind === 'nothing') {
          await page.waitForSelector('#start:not([hidden])')
          await drop(page, [{ name: 'odd.dcbs', bytes: cube }])
        }
        await drawn(page)
        await checkedBy(page)
        if (isFolder) await packed(page)
        const image = await load(cube)
        const found = check(image)
        expect(found.findings.length).toBeGreaterThan(2)
        expect(await listed(page)).toEqual(wanted(found))
        expect(await text(page, '#check-count')).toBe(String(found.findings.length))
        expect(await text(page, '#overview .summary')).toContain(found.findings[0].message)
        const { volumes } = found
        if (volumes.length > 1)
          expect(await text(page, '#overview .volumes-card')).toContain(`${volumes.length} volumes`)
        await image.close()
        expect(complaints).toEqual([])
      },
    )

    test('that a worker cannot make is said, and the rest is there', async () => {
      const server = await serveView(await openedCube(odd))
      const page = await browser.newPage()
      closing.push(
        () => server.close(),
        () => page.close(),
      )
      await page.route('**/view-check.js', route => route.abort())
      await page.goto(server.url)
      await drawn(page)
      await page.click('#tab-check')
      await expect.poll(() => text(page, '#check')).toBe('Not checked: the worker could not start')
      expect(await text(page, '#overview .summary')).toBe('CheckNot checked: the worker could not start')
      await page.click('#tab-slices')
      await page.waitForSelector('#plots canvas')
      expect(await text(page, '#overview .sizes')).toContain('24 original files can be given back')
    })

    test('of thousands of slices leaves the page answering', async () => {
      const many = made('many', 3000, index => ({ '00200032': ['DS', ['0', '0', String(index)]] }))
      const { page, complaints } = await visit(await openedCube(many))
      await drawn(page)
      // While the worker is at it, keys are answered, tabs can be looked at.
      await page.keyboard.press('ArrowRight')
      await rowIs(page, 1501)
      await page.click('#tab-slices')
      await checkedBy(page)
      await page.waitForSelector('#plots canvas')
      expect(complaints).toEqual([])
    })
  })

  test('keys: slices, presets, pages, help', async () => {
    const { page, complaints } = await visit(await openedCube(demoFiles))
    await drawn(page)
    for (const [key, row] of [
      ['Home', 0],
      ['ArrowLeft', 0],
      ['ArrowRight', 1],
      ['ArrowDown', 2],
      ['ArrowUp', 1],
      ['PageDown', 11],
      ['PageUp', 1],
      ['End', 11],
    ] as const) {
      await page.keyboard.press(key)
      await rowIs(page, row)
    }
    const presets = await page.locator('#presets .chip').allTextContents()
    await page.keyboard.press(String(presets.indexOf('Bone') + 1))
    await page.waitForSelector('#canvas[data-window="400 1800"]')
    await page.keyboard.press('r')
    await page.waitForSelector('#presets .chip:first-child[aria-pressed="true"]')
    for (const [key, tab] of [
      ['f', 'fields'],
      ['s', 'slices'],
      ['c', 'check'],
      ['o', 'overview'],
    ]) {
      await page.keyboard.press(key)
      expect(await page.isVisible(`#${tab}`), key).toBe(true)
      expect(await page.getAttribute(`#tab-${tab}`, 'aria-selected')).toBe('true')
    }
    await page.keyboard.press('?')
    expect(await page.isVisible('#help-dialog')).toBe(true)
    await page.keyboard.press('Home')
    await page.keyboard.press('Escape')
    expect(await page.isVisible('#help-dialog')).toBe(false)
    expect(await page.getAttribute('#canvas', 'data-row')).toBe('11')
    await page.mouse.move(300, 300)
    await page.mouse.wheel(0, -80)
    await rowIs(page, 9)
    expect(complaints).toEqual([])
  })

  describe('what a file says is text', () => {
    test('whatever it says: no markup, no script, no prototype, no hidden characters', async () => {
      const { files, texts } = hostileSeries()
      const { page, complaints } = await visit({ ...openedFolder(files), name: '<b>x</b>' } as Opened)
      const before = await page.evaluate(() => Object.getOwnPropertyNames(Object.prototype).sort())
      await drawn(page)
      await packed(page)
      for (const tab of ['fields', 'slices', 'check', 'overview']) await page.click(`#tab-${tab}`)
      await page.click('#tab-fields')
      // What is unfolded brings, a moment later, more to unfold.
      const unfold = () =>
        page.evaluate(() => {
          const closed = document.querySelectorAll<HTMLDetailsElement>('details:not([open])')
          for (const one of closed) one.open = true
          return document.body.textContent!
        })
      await expect
        .poll(async () => {
          const shown = await unfold()
          return texts.filter(text => !shown.includes(text))
        })
        .toEqual([])
      const content = await unfold()
      expect(await page.locator('img').count()).toBe(2)
      expect(
        await page
          .locator('script, iframe, object, embed, svg, b, [onerror], [onload], [style*="url"]')
          .evaluateAll(all => all.map(one => one.outerHTML)),
      ).toEqual(['<script type="module" src="view-main.js"></script>'])
      expect(await page.evaluate(() => Object.getOwnPropertyNames(Object.prototype).sort())).toEqual(before)
      expect(
        await page.evaluate(() => [(window as { hacked?: unknown }).hacked, ({} as { polluted?: unknown }).polluted]),
      ).toEqual([undefined, undefined])
      // What cannot be seen, and what turns text around, stands as an escape.
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what it looks for
      expect(content).not.toMatch(/[\u0000-\u0008\u000e-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/)
      const { path, name } = await saved(page)
      expect(name).toBe('_b_x_b_.dcbs')
      expect((await run(['verify', path])).code).toBe(0)
      expect(complaints).toEqual([])
    })

    test('and a browser that would make markup of it is told not to', async () => {
      const { page } = await visit({ kind: 'nothing' })
      const refused = await page.evaluate(() => {
        try {
          document.body.insertAdjacentHTML('beforeend', '<b>x</b>')
          return false
        } catch {
          return true
        }
      })
      expect(refused).toBe(true)
    })
  })

  test.each([
    ['a phone', 390, 844],
    ['a small phone', 320, 640],
    ['a tablet', 820, 1180],
    ['a laptop', 1024, 768],
  ])('%s has no scroll bar across the page', async (_, width, height) => {
    const { files } = hostileSeries()
    const { page, complaints } = await visit(await openedCube([...files]), {
      viewport: { width, height },
      isMobile: width < 500,
      hasTouch: width < 500,
    })
    await drawn(page)
    for (const tab of ['overview', 'fields', 'slices', 'check']) {
      await page.click(`#tab-${tab}`)
      const [scroll, client] = await page.evaluate(() => [
        document.documentElement.scrollWidth,
        document.documentElement.clientWidth,
      ])
      expect(scroll, tab).toBeLessThanOrEqual(client)
      expect(
        await page.evaluate(id => {
          const { left, right } = document.getElementById(id)!.getBoundingClientRect()
          return left >= 0 && right <= innerWidth
        }, tab),
      ).toBe(true)
    }
    expect(complaints).toEqual([])
  })

  test('light and dark follow the system', async () => {
    const grounds = []
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page } = await visit({ kind: 'nothing' }, { colorScheme })
      grounds.push(await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor))
    }
    expect(grounds).toEqual(['rgb(243, 245, 248)', 'rgb(13, 17, 23)'])
  })

  test('Ctrl-C in the terminal ends the server', () => {
    const script = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url))
    const out = execFileSync(
      'sh',
      ['-c', `"${process.execPath}" "${script}" view & sleep 1; kill -INT $!; wait $!; echo "exit $?"`],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    )
    expect(out).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}\/\nexit 0\n$/)
  })
})
