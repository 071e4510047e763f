/**
 * Pages of other people, built from the packed package with webpack, Rollup and esbuild, in Chromium: `npm run
 * test:bundlers`. Each opens a cube and decodes its frames, in the page and in a worker of its own, and has to find what
 * Node finds. (Vite is in test/browser/bundle.test.ts.)
 */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import nodeResolve from '@rollup/plugin-node-resolve'
import esbuild from 'esbuild'
import { chromium } from 'playwright-core'
import { rollup } from 'rollup'
import webpack from 'webpack'
import { demoSeries } from '../../dist/cli/demo/series.js'
import { load, loadFromDicomFiles, saveToBytes, sourceFromBytes } from '../../dist/node.js'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; img-src data:"

const LOOK = `const sums = []
  for (let i = 0; i < image.frameCount; i++) sums.push((await image.frame(i)).values.reduce((sum, value) => sum + value, 0))
  await image.close()`
const PAGE = `import { load } from 'dicube'
  window.inPage = async url => { const image = await load(url, { threads: 2 }); ${LOOK}; return sums }
  window.inWorker = url => new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })
    worker.onmessage = ({ data }) => (typeof data === 'string' ? reject(new Error(data)) : resolve(data))
    worker.onerror = ({ message }) => reject(new Error(message))
    worker.postMessage(url)
  })`
const WORKER = `import { load } from 'dicube'
  onmessage = async ({ data }) => {
    try { const image = await load(data); ${LOOK}; postMessage(sums) } catch (error) { postMessage(String(error)) }
  }`

/** Rollup and esbuild leave addresses as they are: what they are of lies two folders up from where the scripts are. */
const asItLies = (folder, out) =>
  cpSync(join(folder, 'node_modules/dicube/dist/browser'), join(out, 'browser'), { recursive: true })

const BUNDLERS = {
  webpack: (folder, out) =>
    new Promise((resolve, reject) =>
      webpack(
        {
          mode: 'production',
          context: folder,
          entry: './main.js',
          output: { path: out, filename: 'main.js' },
          performance: { hints: false },
        },
        (error, stats) => {
          if (error || stats.hasErrors() || stats.hasWarnings()) reject(error ?? new Error(stats.toString()))
          else resolve('main.js')
        },
      ),
    ),
  async rollup(folder, out) {
    const bundle = await rollup({
      input: { main: join(folder, 'main.js'), worker: join(folder, 'worker.js') },
      plugins: [nodeResolve({ browser: true })],
    })
    await bundle.write({ dir: join(out, 'app/js'), chunkFileNames: '[name].js' })
    asItLies(folder, out)
    return 'app/js/main.js'
  },
  async esbuild(folder, out) {
    await esbuild.build({
      entryPoints: ['main.js', 'worker.js'],
      absWorkingDir: folder,
      bundle: true,
      splitting: true,
      minify: true,
      format: 'esm',
      outdir: join(out, 'app/js'),
      logLevel: 'warning',
    })
    asItLies(folder, out)
    return 'app/js/main.js'
  },
}

const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.wasm': 'application/wasm' }

/** A folder over HTTP, with ranges, under a policy. */
async function serve(folder) {
  const server = createServer((request, response) => {
    const path = join(folder, new URL(request.url, 'http://x').pathname.replace(/\/$/, '/index.html'))
    if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return void response.writeHead(404).end()
    const bytes = readFileSync(path)
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '')
    const [start, end] = range ? [Number(range[1]), Math.min(Number(range[2]) + 1, bytes.length)] : [0, bytes.length]
    response.writeHead(range ? 206 : 200, {
      'Content-Security-Policy': POLICY,
      'Content-Type': TYPES[extname(path)] ?? 'application/octet-stream',
      'Content-Length': end - start,
      ...(range && { 'Content-Range': `bytes ${start}-${end - 1}/${bytes.length}` }),
    })
    response.end(bytes.subarray(start, end))
  })
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() }
}

async function cubeAndSums() {
  const demo = demoSeries({ slices: 6, rows: 64, columns: 64 })
  const entries = Array.from({ length: 6 }, (_, i) => ({
    name: demo.fileName(i),
    source: sourceFromBytes(demo.slice(i)),
  }))
  const cube = await saveToBytes(await loadFromDicomFiles(entries))
  const image = await load(cube)
  const sums = []
  for (let i = 0; i < image.frameCount; i++)
    sums.push((await image.frame(i)).values.reduce((sum, value) => sum + value, 0))
  await image.close()
  return { cube, sums }
}

const folder = mkdtempSync(join(tmpdir(), 'dicube-bundlers-'))
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
})
let failures = 0
try {
  execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], { cwd: ROOT })
  mkdirSync(join(folder, 'node_modules/dicube'), { recursive: true })
  const archive = readdirSync(folder).find(name => name.endsWith('.tgz'))
  execFileSync('tar', ['xzf', archive, '-C', 'node_modules/dicube', '--strip-components', '1'], { cwd: folder })
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(folder, 'main.js'), PAGE)
  writeFileSync(join(folder, 'worker.js'), WORKER)
  const { cube, sums } = await cubeAndSums()
  for (const [name, build] of Object.entries(BUNDLERS)) {
    const out = join(folder, `out-${name}`)
    const script = await build(folder, out)
    writeFileSync(
      join(out, 'index.html'),
      `<!doctype html><link rel="icon" href="data:,"><script type="module" src="${script}"></script>`,
    )
    writeFileSync(join(out, 'ct.dcbs'), cube)
    const server = await serve(out)
    for (const where of ['inPage', 'inWorker']) {
      const page = await browser.newPage()
      const [complaints, workers] = [[], []]
      page.on('console', message => ['error', 'warning'].includes(message.type()) && complaints.push(message.text()))
      page.on('pageerror', error => complaints.push(String(error)))
      page.on('worker', worker => workers.push(worker.url()))
      await page.goto(server.url)
      const found = await page
        .evaluate(([where, url]) => window[where](url), [where, `${server.url}/ct.dcbs`])
        .catch(error => String(error))
      // In the page the frames' threads; in the worker that one too.
      const isRight = JSON.stringify(found) === JSON.stringify(sums) && !complaints.length && workers.length > 0
      if (!isRight) failures++
      console.log(
        `${name} ${where}: ${isRight ? `${sums.length} frames are right` : `found ${found}, wanted ${sums}; ${complaints.join('; ')}`}, ${workers.length} workers`,
      )
      await page.close()
    }
    server.close()
  }
} finally {
  await browser.close()
  rmSync(folder, { recursive: true })
}
process.exitCode = failures ? 1 : 0
