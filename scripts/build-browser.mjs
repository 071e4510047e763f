// dist/ → dist/browser/: what a page or a bundler of one takes for "dicube". Every dependency is inside, each .wasm lies
// beside the scripts, and no script names a module of Node.
import { copyFileSync, rmSync } from 'node:fs'
import { createRequire, isBuiltin } from 'node:module'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const at = path => fileURLToPath(new URL(`../${path}`, import.meta.url))
const out = at('dist/browser')
const require = createRequire(import.meta.url)

const WASM = [
  '@cornerstonejs/codec-openjph/wasm',
  '@cornerstonejs/codec-openjpeg/decodewasm',
  '@cornerstonejs/codec-charls/decodewasm',
  '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasm',
]

/** Emscripten's scripts ask for fs and path where they find themselves in Node. */
const withoutNode = {
  name: 'without-node',
  resolveId: id => (isBuiltin(id) ? '\0nothing' : null),
  load: id => (id === '\0nothing' ? 'export default {}' : null),
}

/** The page knows where each .wasm is, and tells its workers. */
const besideScripts = {
  name: 'beside-scripts',
  resolveId: id => (id === './wasm-files.js' ? at('dist/codec/wasm-files.browser.js') : null),
}

const shared = { platform: 'browser', logLevel: 'warn', checks: { commonJsVariableInEsm: false } }
const output = { dir: out, format: 'esm', minify: true, entryFileNames: '[name].js', chunkFileNames: '[name].js' }

rmSync(out, { recursive: true, force: true })
const page = await rolldown({
  ...shared,
  input: { index: at('dist/index.js') },
  plugins: [withoutNode, besideScripts],
})
await page.write(output)
// One file: bundlers make of a worker what they like, but a script that loads no others survives it.
const worker = await rolldown({ ...shared, input: { worker: at('dist/codec/worker.js') }, plugins: [withoutNode] })
await worker.write({ ...output, codeSplitting: false })

for (const name of WASM) {
  const path = require.resolve(name)
  copyFileSync(path, `${out}/${basename(path)}`)
}
copyFileSync(require.resolve('@bokuweb/zstd-wasm').replace(/[^/\\]+[/\\][^/\\]+$/, 'web/zstd.wasm'), `${out}/zstd.wasm`)
