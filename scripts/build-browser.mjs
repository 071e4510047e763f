// dist/ → dist/bundler/, what a bundler takes for "dicube", and dist/browser/, what a page takes that has none. In both
// every dependency is inside, and no script names a module of Node.
import { copyFileSync, existsSync, rmSync } from 'node:fs'
import { createRequire, isBuiltin } from 'node:module'
import { basename, dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const at = path => fileURLToPath(new URL(`../${path}`, import.meta.url))
const require = createRequire(import.meta.url)

const WASM = [
  require.resolve('@cornerstonejs/codec-openjph/wasm'),
  require.resolve('@cornerstonejs/codec-openjpeg/decodewasm'),
  require.resolve('@cornerstonejs/codec-charls/decodewasm'),
  require.resolve('@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasm'),
  resolve(dirname(require.resolve('@bokuweb/zstd-wasm')), '../web/zstd.wasm'),
]

/**
 * Emscripten's scripts ask for fs and path where they find themselves in Node, and for a name of their own that webpack
 * says there is and does not give.
 */
const withoutNode = {
  name: 'without-node',
  transform: code => code.replaceAll('__filename', 'undefined').replaceAll('__dirname', "''"),
  resolveId: id => (isBuiltin(id) ? '\0nothing' : null),
  load: id => (id === '\0nothing' ? 'export default {}' : null),
}

/** Of x.js and x.browser.js a page gets the second: it begins with less, and knows where each .wasm is. */
const forBrowsers = {
  name: 'for-browsers',
  resolveId(id, importer) {
    if (!importer?.startsWith(at('dist')) || !id.startsWith('.')) return null
    const path = resolve(dirname(importer), id.replace(/\.js$/, '.browser.js'))
    return existsSync(path) ? path : null
  },
}

// What a page with loadMeta alone asks for later, one with everything has at once.
const checks = { commonJsVariableInEsm: false, ineffectiveDynamicImport: false }
const options = { platform: 'browser', logLevel: 'warn', checks }

/** For a bundler: a file for each module, so that it can leave out what its page does not import. */
async function forBundlers() {
  const dir = at('dist/bundler')
  rmSync(dir, { recursive: true, force: true })
  const asInBrowser = {
    name: 'as-in-browser',
    // Workers and .wasm are those of dist/browser. zstd-wasm is always told where its own is.
    transform: code =>
      code
        .replace('new URL(`./zstd.wasm`, import.meta.url).href', 'undefined')
        .replaceAll("new URL('./", "new URL('../../browser/"),
  }
  const bundle = await rolldown({
    ...options,
    input: at('dist/index.js'),
    plugins: [withoutNode, forBrowsers, asInBrowser],
  })
  await bundle.write({
    dir,
    format: 'esm',
    preserveModules: true,
    preserveModulesRoot: at('dist'),
    // A package may not hold a folder of that name.
    entryFileNames: ({ name }) => `${name.replace(/^node_modules|^_virtual/, 'dependencies').replaceAll('/@', '/')}.js`,
    banner: ({ name }) => (name === 'index' ? RUN_FIRST.map(path => `import '${path}'`).join('\n') : ''),
  })
}

/**
 * Modules that do nothing when they run. Bundlers made of rolldown (Vite) look at what a page and its later parts share
 * in the order in which it runs, and leave a group in a script of its own where another group that needs it is still
 * apart. So what the later parts share least runs first: then a page begins with one script.
 */
const RUN_FIRST = ['./codec/crc32.js', './bytes/same-bytes.js', './cube/table.js', './limits.js']

/** For a page: few files, that can be served as they are. */
async function forPages() {
  const dir = at('dist/browser')
  rmSync(dir, { recursive: true, force: true })
  const output = { dir, format: 'esm', minify: true, entryFileNames: '[name].js', chunkFileNames: '[name].js' }
  const page = await rolldown({
    ...options,
    input: { index: at('dist/index.js') },
    plugins: [withoutNode, forBrowsers],
  })
  await page.write(output)
  // One file, which its page tells where each .wasm is: bundlers make of a worker what they like, but a script that loads
  // no others survives it.
  const worker = await rolldown({ ...options, input: { worker: at('dist/codec/worker.js') }, plugins: [withoutNode] })
  await worker.write({ ...output, codeSplitting: false })
  for (const path of WASM) copyFileSync(path, `${dir}/${basename(path)}`)
  // Whose work is inside: of the packages, and of the libraries in their .wasm, which the packages do not all name.
  copyFileSync(at('scripts/licences.txt'), `${dir}/licences.txt`)
}

await forBundlers()
await forPages()
