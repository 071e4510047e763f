import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import type { Browser } from 'playwright-core'
import { type OutputChunk, rolldown } from 'rolldown'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { load } from '../../src/node.ts'
import { hasChromium, launchChromium, openPage } from './chromium.ts'
import { cubeOfFiles, demoFiles } from './cubes.ts'
import { fileIn, serve, type TestServer } from './server.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const built = existsSync(join(root, 'dist/bundler'))

const gzipBytes = (code: string | Uint8Array) => gzipSync(code, { level: 9 }).length

/** What a page that does this loads before it can begin: its script and what that imports, minified, each gzipped. */
async function scriptsOf(page: string): Promise<{ bytes: number; later: string[] }> {
  const bundle = await rolldown({
    input: 'page',
    cwd: root,
    platform: 'browser',
    preserveEntrySignatures: false,
    plugins: [
      {
        name: 'page',
        resolveId: id => (id === 'page' ? '\0page' : id === 'dicube' ? join(root, 'dist/bundler/index.js') : undefined),
        load: id => (id === '\0page' ? page : undefined),
      },
    ],
  })
  const { output } = await bundle.generate({ format: 'esm', minify: true })
  const chunks = new Map(
    output.filter((one): one is OutputChunk => one.type === 'chunk').map(one => [one.fileName, one]),
  )
  const needed = new Set([...chunks.values()].filter(({ isEntry }) => isEntry).map(({ fileName }) => fileName))
  for (const name of needed) for (const other of chunks.get(name)!.imports) needed.add(other)
  const later = [...chunks.keys()].filter(name => !needed.has(name))
  return { bytes: [...needed].reduce((sum, name) => sum + gzipBytes(chunks.get(name)!.code), 0), later }
}

describe.skipIf(!built)('what a page loads', () => {
  test.each([
    ['the metadata reader', `import { loadMeta } from 'dicube'; loadMeta('/ct.dcbs').then(console.log)`, 25_000],
    [
      'frames, too',
      `import { load } from 'dicube'; load('/ct.dcbs').then(image => image.frame(0)).then(console.log)`,
      58_100,
    ],
    ['everything', `import * as dicube from 'dicube'; globalThis.dicube = dicube`, 111_950],
  ])('%s', async (name, page, most) => {
    const { bytes, later } = await scriptsOf(page)
    console.log(`${name}: ${bytes} bytes, minified and gzipped; ${later.length} scripts when they are asked for`)
    expect(bytes).toBeLessThanOrEqual(most)
    expect(later.some(script => script.startsWith('dictionary-whole'))).toBe(true)
  })

  test('names no module of Node, and no package', () => {
    const scripts = ['bundler', 'browser'].flatMap(folder =>
      (readdirSync(join(root, 'dist', folder), { recursive: true }) as string[])
        .filter(path => path.endsWith('.js'))
        .map(path => join(root, 'dist', folder, path)),
    )
    expect(scripts.length).toBeGreaterThan(100)
    const builtins = new Set(builtinModules)
    // webpack says of this that there is one, and then there is not.
    for (const script of scripts) expect(readFileSync(script, 'utf8'), script).not.toMatch(/\b__(file|dir)name\b/)
    for (const script of scripts)
      for (const [, id] of readFileSync(script, 'utf8').matchAll(
        /(?:\bfrom\s*|\bimport\s*|\bimport\(\s*|\brequire\(\s*)["'`]([\w@:./-]+)["'`]/g,
      )) {
        expect(builtins.has(id.replace(/^node:/, '')), `${script}: ${id}`).toBe(false)
        // A word in a message is none; what has a path or a scope is.
        if (/^[@.]|\//.test(id)) expect(id, script).toMatch(/^\.{1,2}\//)
      }
  })
})

describe.skipIf(!built || !hasChromium)('a page of somebody else, built with Vite from the packed package', () => {
  let folder: string
  let browser: Browser
  let server: TestServer
  let cube: Uint8Array
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'dicube-page-'))
    // Without scripts: prepack would build dist/ anew under the feet of other tests.
    execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], { cwd: root })
    mkdirSync(join(folder, 'node_modules/dicube'), { recursive: true })
    const [archive] = readdirSync(folder).filter(name => name.endsWith('.tgz'))
    execFileSync('tar', ['xzf', archive, '-C', 'node_modules/dicube', '--strip-components', '1'], { cwd: folder })
    const look = `const sums = []
      for (let i = 0; i < image.frameCount; i++) sums.push((await image.frame(i)).values.reduce((sum, value) => sum + value, 0))
      await image.close()`
    const files = {
      'index.html': '<!doctype html><link rel="icon" href="data:,"><script type="module" src="./main.js"></script>',
      'main.js': `import { load } from 'dicube'
        window.inPage = async url => { const image = await load(url, { threads: 2 }); ${look}; return sums }
        window.inWorker = url => new Promise((resolve, reject) => {
          const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })
          worker.onmessage = ({ data }) => resolve(data)
          worker.onerror = ({ message }) => reject(new Error(message))
          worker.postMessage(url)
        })`,
      'worker.js': `import { load } from 'dicube'
        onmessage = async ({ data }) => { const image = await load(data); ${look}; postMessage(sums) }`,
    }
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
    await build({ root: folder, configFile: false, logLevel: 'error', worker: { format: 'es' } })
    cube = await cubeOfFiles(demoFiles(6, 64))
    server = await serve(path =>
      path === '/ct.dcbs' ? { bytes: cube } : fileIn(join(folder, 'dist'), path === '/' ? '/index.html' : path),
    )
    browser = await launchChromium()
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  test.each(['inPage', 'inWorker'])('decodes frames in a pool of workers: %s', async where => {
    const { page, complaints } = await openPage(browser, server.url)
    const workers: string[] = []
    page.on('worker', worker => workers.push(new URL(worker.url()).pathname))
    const sums = await page.evaluate(
      ([where, url]) => (window as unknown as Record<string, (url: string) => Promise<number[]>>)[where](url),
      [where, `${server.url}/ct.dcbs`],
    )
    const image = await load(cube)
    const wanted: number[] = []
    for (let i = 0; i < image.frameCount; i++)
      wanted.push(Array.from((await image.frame(i)).values, Number).reduce((sum, value) => sum + value, 0))
    await image.close()
    expect(sums).toEqual(wanted)
    expect(complaints).toEqual([])
    expect(workers.length).toBeGreaterThan(0)
    // Only a thread asks for the codec beside it: the page leaves decoding to its workers.
    expect(server.received.some(({ path }) => path.includes('openjphjs') && path.endsWith('.wasm'))).toBe(true)
    expect(server.received.some(({ path }) => path.includes('openjphjs') && path.endsWith('.js'))).toBe(false)
  })
})
