// viewer/ → dist/viewer/: the page of `dicube view`. It imports the browser build as any page would, from beside itself:
// the server has the files of both folders in one.
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const at = path => fileURLToPath(new URL(`../${path}`, import.meta.url))
const out = at('dist/viewer')
const require = createRequire(import.meta.url)

rmSync(out, { recursive: true, force: true })
mkdirSync(out, { recursive: true })
const bundle = await rolldown({
  input: { main: at('viewer/main.ts'), pack: at('viewer/pack.ts'), check: at('viewer/check.ts') },
  external: ['dicube'],
  platform: 'browser',
  tsconfig: false,
  logLevel: 'warn',
})
await bundle.write({
  dir: out,
  format: 'esm',
  minify: true,
  paths: { dicube: './index.js' },
  entryFileNames: 'view-[name].js',
  chunkFileNames: 'view-[name].js',
})
for (const name of ['index.html', 'style.css', 'icon.svg']) copyFileSync(at(`viewer/${name}`), `${out}/${name}`)
const uplot = require.resolve('uplot').replace(/[^/\\]+$/, '')
copyFileSync(`${uplot}uPlot.min.css`, `${out}/uplot.css`)
// Of what is bundled and no dependency of the package.
writeFileSync(`${out}/licences.txt`, `uPlot\n\n${readFileSync(`${uplot}../LICENSE`, 'utf8')}`)
