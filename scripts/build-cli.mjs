// dist/cli/ → dist/bin/: the command line in few files, as CommonJS. Node takes time for each module, and more for one
// that is ESM: `dicube get` from dist/cli needs half as long again. dicube.cjs is what starts: of `dicube get` of a cube it
// has all, with nothing of a writer, and for everything else it loads all.cjs. frame-worker.cjs is what the threads of the
// library run too: they are ready in half the time.
import { rmSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const at = path => fileURLToPath(new URL(`../${path}`, import.meta.url))
const out = at('dist/bin')

/** What a command that reads metadata needs is one file; each other verb brings the rest. */
const CORE = [at('dist/cli/bin.js'), at('dist/cli/get.js'), at('dist/dcbs/read-meta.js')]
const core = new Set()
function addToCore(id, modules) {
  if (core.has(id)) return
  core.add(id)
  for (const imported of modules.getModuleInfo(id)?.importedIds ?? []) addToCore(imported, modules)
}

/** In Node fflate is asked for nothing but a trial of how a deflated data set was made; its tables cost every start 1 ms. */
const fflateWhenAsked = {
  name: 'fflate-when-asked',
  resolveId: (id, importer) => (id !== 'fflate' ? null : importer === '\0fflate' ? { id, external: true } : '\0fflate'),
  load: id =>
    id === '\0fflate'
      ? `const fflate = () => require('fflate')
         export const deflateSync = (...args) => fflate().deflateSync(...args)
         export function Inflate(...args) { return new (fflate().Inflate)(...args) }`
      : null,
}

/** `dicube get` begins with as little as a page does; main loads the rest for all other verbs. */
const startAsPages = {
  name: 'start-as-pages',
  resolveId: (id, importer) =>
    importer && /\/(extras|dictionary)-start\.js$/.test(id)
      ? resolve(dirname(importer), id.replace(/\.js$/, '.browser.js'))
      : null,
}

/** Of `dicube get` of a cube the lean file has all; what the sources load when it is needed is a reason to begin anew with the whole. */
const ALL = './all.cjs'
const NEEDS_ALL = '\0needs-all'
const leanOnly = {
  name: 'lean-only',
  resolveId: (id, importer) =>
    importer && /\/get\.js$/.test(importer) && id === './open.js' ? resolve(dirname(importer), 'open-cube.js') : null,
  resolveDynamicImport: id =>
    typeof id !== 'string' ? null : /\/bin\.js$/.test(id) ? { id: ALL, external: true } : NEEDS_ALL,
  load: id => (id === NEEDS_ALL ? "throw new Error('not in the lean file')" : null),
}

const common = {
  platform: 'node',
  logLevel: 'warn',
  // What is loaded when it is called in the sources is in the core all the same, on purpose.
  checks: { ineffectiveDynamicImport: false },
  external: id => id === ALL || isBuiltin(id) || /^(@cornerstonejs\/|@bokuweb\/|hash-wasm$)/.test(id),
}
rmSync(out, { recursive: true, force: true })

const all = await rolldown({
  ...common,
  input: { all: at('dist/cli/bin.js') },
  plugins: [fflateWhenAsked, startAsPages],
})
await all.write({
  dir: out,
  format: 'cjs',
  minify: true,
  entryFileNames: '[name].cjs',
  chunkFileNames: '[name].cjs',
  codeSplitting: {
    groups: [
      {
        debugName: 'core',
        name(id, modules) {
          if (core.size === 0) for (const root of CORE) addToCore(root, modules)
          return core.has(id) ? 'core' : null
        },
      },
    ],
  },
})

const asOneFile = {
  dir: out,
  format: 'cjs',
  minify: true,
  dynamicImportInCjs: false,
  entryFileNames: '[name].cjs',
  codeSplitting: false,
}

const lean = await rolldown({
  ...common,
  input: { dicube: at('dist/cli/start.js') },
  plugins: [leanOnly, fflateWhenAsked, startAsPages],
})
await lean.write(asOneFile)

const worker = await rolldown({
  ...common,
  input: { 'frame-worker': at('dist/codec/worker.node.js') },
  plugins: [fflateWhenAsked],
})
await worker.write(asOneFile)
