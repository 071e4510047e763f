// dist/cli/ → dist/bin/dicube.cjs: the command line in few files, as CommonJS. Node takes time
// for each module, and more for one that is ESM: `dicube get` from dist/cli needs half as long again.
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

const bundle = await rolldown({
  input: { dicube: at('dist/cli/bin.js') },
  platform: 'node',
  logLevel: 'warn',
  // What is loaded when it is called in the sources is in the core all the same, on purpose.
  checks: { ineffectiveDynamicImport: false },
  external: id => isBuiltin(id) || /^(@cornerstonejs|@bokuweb)\//.test(id),
  plugins: [fflateWhenAsked, startAsPages],
})
rmSync(out, { recursive: true, force: true })
await bundle.write({
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
