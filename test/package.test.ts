import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { NAME_LIMITS } from '../src/bytes/safe-path.ts'
import { PREVIEW_LIMITS } from '../src/cli/preview.ts'
import { V1_LIMITS } from '../src/dcbs/v1.ts'
import { JSON_LIMITS } from '../src/dicom/json-read.ts'
import { LIMITS } from '../src/dicom/parse.ts'
import { CUBE_LIMITS, FRAME_LIMITS, type Growth } from '../src/limits.ts'

const root = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const textOf = (path: string) => readFileSync(root(path), 'utf8')
const jsonOf = (path: string) => JSON.parse(textOf(path))
const rowsOf = (markdown: string, head: RegExp) =>
  (markdown.split('\n\n').find(block => head.test(block)) ?? '')
    .split('\n')
    .slice(2)
    .map(row =>
      row
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map(cell => cell.trim()),
    )

interface Manifest {
  name: string
  version: string
  license: string
  files: string[]
  scripts: Record<string, string>
  dependencies: Record<string, string>
}
interface Locked {
  version: string
  license?: string
  dev?: boolean
  hasInstallScript?: boolean
  dependencies?: Record<string, string>
}
const manifest: Manifest = jsonOf('package.json')
const lock: { version: string; packages: Record<string, Locked> } = jsonOf('package-lock.json')
/** npm runs these on the machine of whoever installs. */
const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall', 'prepare']

describe('SECURITY.md', () => {
  test('has every limit with its default', () => {
    const grouped = (n: number) => n.toLocaleString('en-US')
    const shown = (limit: number | Growth) =>
      typeof limit === 'number' ? grouped(limit) : `${grouped(limit.bytes)} + ${grouped(limit.times)} ×`
    const all = { LIMITS, JSON_LIMITS, CUBE_LIMITS, FRAME_LIMITS, V1_LIMITS, NAME_LIMITS, PREVIEW_LIMITS }
    const wanted = Object.entries(all).flatMap(([name, limits]) =>
      Object.entries(limits as Record<string, number | Growth>).map(([key, limit]) => [
        `\`${name}.${key}\``,
        shown(limit),
      ]),
    )
    const found = rowsOf(textOf('SECURITY.md'), /^\| limit \|/).map(([name, limit]) => [name, limit])
    expect(found).toEqual(wanted)
  })
})

describe('the README', () => {
  const readme = textOf('README.md')

  test('has seven promises, each with a test that is there', () => {
    const promises = rowsOf(readme, /^\| \| kept by \|/)
    expect(promises).toHaveLength(7)
    for (const [promise, tests] of promises) {
      expect(promise).toMatch(/^\*\*[^*]+\*\*/)
      const paths = [...tests.matchAll(/\]\(([^)]+)\)/g)].map(match => match[1])
      expect(paths.length, promise).toBeGreaterThan(0)
      for (const path of paths) expect(existsSync(root(path)), path).toBe(true)
    }
  })

  test('links to what is there', () => {
    for (const [, path] of readme.matchAll(/\]\(([^)#:]+)\)/g)) expect(existsSync(root(path)), path).toBe(true)
  })

  test('lists every runtime dependency with a reason and the licence that it has', () => {
    const listed = rowsOf(readme, /^\| dependency \|/)
    expect(listed.map(([name]) => name.replaceAll('`', '')).sort()).toEqual(Object.keys(manifest.dependencies).sort())
    for (const [name, why, licence] of listed) {
      const installed: Manifest = jsonOf(`node_modules/${name.replaceAll('`', '')}/package.json`)
      expect(why.length, name).toBeGreaterThan(3)
      expect([name, licence]).toEqual([name, installed.license])
      expect(['MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0']).toContain(licence)
    }
  })
})

describe('what is installed', () => {
  const runtime = Object.entries(lock.packages).filter(([path, { dev }]) => path !== '' && !dev)

  test('no script runs', () => {
    for (const script of INSTALL_SCRIPTS) expect(manifest.scripts).not.toHaveProperty(script)
    for (const [path, { hasInstallScript }] of Object.entries(lock.packages)) {
      // fsevents is for macOS, comes with vitest alone, and has a binary where it would build one.
      if (!path.endsWith('/fsevents')) expect([path, hasInstallScript]).toEqual([path, undefined])
    }
    for (const [path] of runtime) {
      const { scripts = {} }: Partial<Manifest> = jsonOf(`${path}/package.json`)
      for (const script of INSTALL_SCRIPTS.slice(0, 3)) expect([path, scripts[script]]).toEqual([path, undefined])
    }
  })

  test('it is what package.json names, in these versions, and nothing that they depend on', () => {
    expect(runtime.map(([path]) => path.replace('node_modules/', '')).sort()).toEqual(
      Object.keys(manifest.dependencies).sort(),
    )
    for (const [path, { version, license, dependencies }] of runtime) {
      const name = path.replace('node_modules/', '')
      expect(manifest.dependencies[name], name).toBe(version)
      const installed: Manifest = jsonOf(`${path}/package.json`)
      expect([name, installed.version, installed.license]).toEqual([name, version, license])
      expect(dependencies, name).toBeUndefined()
    }
  })

  test('the lock file is that of this version', () => expect(lock.version).toBe(manifest.version))
})

const isBuilt = existsSync(root('dist/node.js'))
describe.runIf(isBuilt)('the package', () => {
  const packed = async () => {
    // Without scripts: prepack would build dist/ anew under the feet of other tests.
    const { stdout } = await promisify(execFile)('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: root('.'),
      maxBuffer: 1 << 26,
    })
    return (JSON.parse(stdout) as { files: { path: string; size: number }[] }[])[0].files
  }

  test('has what runs and what tells about it, and nothing else', async () => {
    const files = await packed()
    const paths = files.map(({ path }) => path)
    const beside = paths.filter(path => !path.startsWith('dist/'))
    expect(beside.sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'SECURITY.md',
      'SPEC.md',
      'package.json',
      'vocabulary.txt',
    ])
    for (const path of paths.filter(path => path.startsWith('dist/')))
      expect(path, path).toMatch(
        /^dist\/(?!.*test)([a-z0-9_-]+\/)*[A-Za-z0-9_.-]+\.(c?js|d\.ts|wasm|html|css|svg)$|^dist\/(viewer|browser)\/licences\.txt$/,
      )
    for (const path of [
      'dist/node.js',
      'dist/node.d.ts',
      'dist/index.js',
      'dist/cli/bin.js',
      'dist/bin/frame-worker.cjs',
    ])
      expect(paths).toContain(path)
  })

  test('the notices of what is bundled are beside it', async () => {
    const notices = textOf('dist/browser/licences.txt')
    const bundled = (await packed()).map(({ path }) => path).filter(path => path.startsWith('dist/browser/'))
    for (const path of bundled)
      if (path.endsWith('.wasm')) expect(notices).toContain(`\n${path.slice('dist/browser/'.length)}\n`)
    for (const name of Object.keys(manifest.dependencies)) {
      const { license }: Manifest = jsonOf(`node_modules/${name}/package.json`)
      expect(notices).toMatch(new RegExp(`^  ${name} +${license} +Copyright`, 'm'))
    }
  })

  test('no file of it names a folder of the machine it was made on', async () => {
    for (const { path, size } of await packed()) {
      if (size > 1 << 21 || path.endsWith('.wasm')) continue
      expect(textOf(path).includes(root('.')), path).toBe(false)
    }
  })

  test('everything that package.json points at is in it', async () => {
    const paths = new Set((await packed()).map(({ path }) => `./${path}`))
    const targets = (value: unknown): string[] =>
      typeof value === 'string' ? [value] : Object.values(value as object).flatMap(targets)
    const { exports, imports, bin } = jsonOf('package.json')
    for (const target of [...targets(exports), ...targets(imports), ...targets(bin)])
      if (!target.includes('*')) expect(paths, target).toContain(target.replace(/^(?!\.\/)/, './'))
  })
})
