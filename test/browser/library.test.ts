import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type * as Dicube from '../../src/index.ts'
import { CommonTags, load, loadMeta } from '../../src/node.ts'
import { hasShared } from '../shared.ts'
import { hasChromium, launchChromium, openPage } from './chromium.ts'
import { cubeOfFiles, demoFiles, generatedCube, sharedCube } from './cubes.ts'
import { fileIn, type Served, STRICT_CSP, serve, type TestServer } from './server.ts'

const BROWSER_BUILD = fileURLToPath(new URL('../../dist/browser', import.meta.url))
const built = existsSync(BROWSER_BUILD)
if (!built) console.log('skipped: no dist/browser; npm run build makes it')
if (!built && process.env.CI) throw new Error('CI needs dist/browser')

/** Each by what decodes its frames. The real series cover the decoders that nothing here has an encoder for. */
const CUBES: Record<string, () => Promise<Uint8Array>> = {
  htj2k: () => cubeOfFiles(demoFiles(12, 64)),
  native: () => generatedCube('grey-16'),
  rle: () => generatedCube('rle'),
  ...(hasShared && {
    'jpeg-ls': () => sharedCube('ts-jpegls-small'),
    'jpeg-2000': () => sharedCube('ts-j2k-lossless'),
    'jpeg-baseline': () => sharedCube('ts-jpeg-baseline'),
  }),
}

/** What the page has made global. */
declare const dicube: typeof Dicube
declare function look(
  library: Pick<typeof Dicube, 'load' | 'loadMeta'>,
  input: Dicube.Input,
): Promise<{ json: string; patient: unknown; frames: ({ sha256: string } | { code: string; message: string })[] }>

/** What runs in the page, in a worker of it and in Node: all that can be compared of a cube. */
const LOOK = `
export async function look({ load, loadMeta }, input) {
  const meta = await loadMeta(input)
  const image = await load(input)
  const frames = []
  for (let i = 0; i < image.frameCount; i++) try {
    const { rows, columns, samples, values, photometricInterpretation } = await image.frame(i)
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes.slice()))
    const sha256 = Array.from(digest, byte => byte.toString(16).padStart(2, '0')).join('')
    frames.push({ rows, columns, samples, kind: values.constructor.name, photometricInterpretation, sha256 })
  } catch ({ code, message }) {
    frames.push({ code, message })
  }
  await image.close()
  return {
    json: JSON.stringify(Array.from({ length: meta.sliceCount }, (_, slice) => meta.index(slice))),
    patient: meta.getSharedValue('00100010'),
    frames,
  }
}
`

describe.skipIf(!hasChromium || !built)('the browser build in Chromium, under a strict Content-Security-Policy', () => {
  let browser: Browser
  let server: TestServer
  let page: Page
  let complaints: string[]
  const cubes = new Map<string, Uint8Array>()
  const dicom = demoFiles(6, 48).map(({ bytes }) => bytes)
  const text = (value: string, type: string): Served => ({
    bytes: new TextEncoder().encode(value),
    type,
    headers: { 'Content-Security-Policy': STRICT_CSP },
  })

  beforeAll(async () => {
    for (const [name, make] of Object.entries(CUBES)) cubes.set(name, await make())
    server = await serve(path => {
      if (path === '/')
        return text(
          '<!doctype html><title>test</title><link rel="icon" href="data:,"><script type="module" src="start.js"></script><input type="file">',
          'text/html',
        )
      if (path === '/start.js')
        return text(
          `import * as dicube from './dicube/index.js'
           import { look } from './look.js'
           Object.assign(window, { dicube, look })`,
          'text/javascript',
        )
      if (path === '/look.js') return text(LOOK, 'text/javascript')
      if (path === '/page-worker.js')
        return text(
          `import * as dicube from './dicube/index.js'
           import { look } from './look.js'
           onmessage = ({ data }) => look(dicube, data).then(postMessage, error => postMessage({ error: String(error) }))`,
          'text/javascript',
        )
      if (path.startsWith('/dicube/')) {
        const file = fileIn(BROWSER_BUILD, path.slice('/dicube'.length))
        return file && { ...file, headers: { 'Content-Security-Policy': STRICT_CSP } }
      }
      if (path.startsWith('/dicom/')) return { bytes: dicom[Number(path.slice(7))] }
      const cube = cubes.get(path.slice(1))
      return cube && { bytes: cube, headers: { ETag: '"1"' } }
    })
    browser = await launchChromium()
    ;({ page, complaints } = await openPage(browser, server.url))
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })

  /** What `look` finds in Node. */
  async function inNode(name: string) {
    const address = `data:text/javascript,${encodeURIComponent(LOOK)}`
    const module = await import(/* @vite-ignore */ address)
    return module.look({ load, loadMeta }, cubes.get(name)!)
  }

  test.each(Object.keys(CUBES))('%s: metadata and frames from a URL are those of Node', async name => {
    const found = await page.evaluate(name => look(dicube, `/${name}`), name)
    expect(found).toEqual(await inNode(name))
    expect(found.frames.some(frame => 'sha256' in frame)).toBe(true)
  })

  test.each(Object.keys(CUBES))("%s: in a worker of the page's own, too", async name => {
    const found = await page.evaluate(name => {
      const worker = new Worker('/page-worker.js', { type: 'module' })
      return new Promise((resolve, reject) => {
        worker.onmessage = ({ data }) => resolve(data)
        worker.onerror = ({ message }) => reject(new Error(message || 'the worker did not start'))
        worker.postMessage(`${location.origin}/${name}`)
      }).finally(() => worker.terminate())
    }, name)
    expect(found).toEqual(await inNode(name))
  })

  test('a File that a person has chosen', async () => {
    await page.setInputFiles('input', {
      name: 'ct.dcbs',
      mimeType: 'application/octet-stream',
      buffer: Buffer.from(cubes.get('htj2k')!),
    })
    const found = await page.evaluate(() => look(dicube, document.querySelector('input')!.files![0]))
    expect(found).toEqual(await inNode('htj2k'))
  })

  test('frames are decoded by workers of the build, which this policy allows', async () => {
    const before = page.workers().length
    const started: string[] = []
    page.on('worker', worker => started.push(new URL(worker.url()).pathname))
    await page.evaluate(async () => {
      const image = await dicube.load('/htj2k', { threads: 2 })
      await image.toVolume()
      await image.close()
    })
    expect(new Set(started)).toEqual(new Set(['/dicube/worker.js']))
    expect(started.length).toBeLessThanOrEqual(2)
    await expect.poll(() => page.workers().length).toBe(before)
  })

  test('a folder packed in the page is the file that Node writes, byte for byte', async () => {
    const sizes = await page.evaluate(async count => {
      const entries = await Promise.all(
        Array.from({ length: count }, async (_, i) => {
          const blob = await (await fetch(`/dicom/${i}`)).blob()
          return { name: `slice-${i}.dcm`, source: dicube.sourceFromBlob(blob) }
        }),
      )
      const image = await dicube.loadFromDicomFiles(entries)
      const bytes = await dicube.saveToBytes(image)
      const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>))
      return { length: bytes.length, sha256: Array.from(digest, byte => byte.toString(16).padStart(2, '0')).join('') }
    }, dicom.length)
    const wanted = await cubeOfFiles(dicom.map((bytes, i) => ({ name: `slice-${i}.dcm`, bytes })))
    expect(sizes).toEqual({ length: wanted.length, sha256: createHash('sha256').update(wanted).digest('hex') })
  })

  test('a file too large for WebCrypto is hashed in parts, and comes back: packed as Node does it', async () => {
    const [file] = demoFiles(1, 2048)
    dicom.push(file.bytes)
    const found = await page.evaluate(async i => {
      const blob = await (await fetch(`/dicom/${i}`)).blob()
      const sizes: number[] = []
      const { digest } = crypto.subtle
      crypto.subtle.digest = (name, bytes) => {
        sizes.push(bytes.byteLength)
        return digest.call(crypto.subtle, name, bytes)
      }
      const image = await dicube.loadFromDicomFiles([{ name: 'large.dcm', source: dicube.sourceFromBlob(blob) }])
      const bytes = await dicube.saveToBytes(image)
      const results: string[] = []
      for await (const { result } of dicube.verifyFiles(await dicube.load(bytes))) results.push(result)
      crypto.subtle.digest = digest
      const sha256 = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>))
      return { results, sizes, sha256: Array.from(sha256, byte => byte.toString(16).padStart(2, '0')).join('') }
    }, dicom.length - 1)
    const wanted = createHash('sha256').update(await cubeOfFiles([{ name: 'large.dcm', bytes: file.bytes }]))
    expect(found).toEqual({ results: ['identical'], sizes: [], sha256: wanted.digest('hex') })
  })

  test('opening costs one request', async () => {
    // A page of its own: Chromium answers parts of a range from its cache, and asks for the gaps one by one.
    const fresh = await openPage(browser, server.url)
    server.received.length = 0
    const name = await fresh.page.evaluate(async () => (await dicube.loadMeta('/htj2k')).getSharedValue('PatientName'))
    expect(name).toEqual((await loadMeta(cubes.get('htj2k')!)).getSharedValue(CommonTags.PatientName))
    expect(server.received.map(({ path, range }) => [path, range])).toEqual([['/htj2k', 'bytes=0-65535']])
    expect(fresh.complaints).toEqual([])
  })

  test('a page that reads metadata loads the rest when it is told to, and says what it lacks', async () => {
    const fresh = await openPage(browser, server.url)
    const scripts = () => server.received.filter(({ path }) => path.endsWith('.js')).map(({ path }) => path)
    server.received.length = 0
    const lean = await fresh.page.evaluate(async () => {
      const meta = await dicube.loadMeta('/htj2k')
      const attempt = (work: () => unknown) => {
        try {
          return JSON.stringify(work())
        } catch (error) {
          return [(error as Dicube.DicubeError).code, (error as Dicube.DicubeError).message]
        }
      }
      const all = [
        () => meta.getValues('InstanceNumber').length,
        () => meta.getValues('00189345'),
        () => meta.getValues('CTDIvol'),
        () => meta.volumes().length,
        () => dicube.check(meta).volumes.length,
      ]
      const before = all.map(attempt)
      await dicube.loadAll()
      return { before, after: all.map(attempt) }
    })
    const meta = await loadMeta(cubes.get('htj2k')!)
    const ctdi = JSON.stringify(meta.getValues('CTDIvol'))
    const how = 'a page loads this when it is needed; call await loadAll() before'
    expect(lean).toEqual({
      before: [
        '12',
        ctdi,
        [
          'not-loaded',
          '"CTDIvol" is none of the common keywords that a page begins with; give its tag, or call await loadAll() before',
        ],
        ['not-loaded', `volumes: ${how}`],
        ['not-loaded', `check: ${how}`],
      ],
      after: ['12', ctdi, ctdi, '1', '1'],
    })
    expect(scripts()).toContain('/dicube/dictionary-whole.js')
    server.received.length = 0
    const another = await openPage(browser, server.url)
    await another.page.evaluate(() => dicube.loadMeta('/htj2k'))
    expect(scripts()).toContain('/dicube/index.js')
    expect(scripts()).not.toContain('/dicube/dictionary-whole.js')
  })

  test('no page complained: no error, no refusal of the policy, no request that failed', () =>
    expect(complaints).toEqual([]))
})
