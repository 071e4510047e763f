import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const SRC = fileURLToPath(new URL('../src', import.meta.url))
/** Data flows left to right, and so do imports: a folder imports only folders to its left. */
const FOLDERS = ['bytes', 'codec', 'dicom', 'cube', 'dcbs', 'cli']

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter(
  file => file.endsWith('.ts') && !file.endsWith('.d.ts'),
)
const importsOf = (file: string) =>
  [...readFileSync(join(SRC, file), 'utf8').matchAll(/(?:from|import\()\s*'([^']+)'/g)].map(match => match[1])
const folderOf = (file: string) => file.split(/[\\/]/)[0]

describe('imports go one way', () => {
  test.each(files)('%s', file => {
    const position = FOLDERS.indexOf(folderOf(file))
    for (const specifier of importsOf(file)) {
      if (specifier.startsWith('node:')) {
        const allowed = file === 'node.ts' || file.endsWith('.node.ts') || folderOf(file) === 'cli'
        expect(allowed, `${file} imports ${specifier}`).toBe(true)
      }
      if (!specifier.startsWith('.')) continue
      const target = relative(SRC, resolve(SRC, dirname(file), specifier))
      const wanted = FOLDERS.indexOf(folderOf(target))
      // errors.ts is everybody's; index.ts, node.ts and the command line see everything.
      if (position < 0 || wanted < 0) continue
      expect(wanted, `${file} imports ${target}`).toBeLessThanOrEqual(position)
    }
  })

  test('only index.ts, node.ts and cli import index.ts or node.ts', () => {
    for (const file of files) {
      if (folderOf(file) === 'cli' || file === 'node.ts') continue
      for (const specifier of importsOf(file))
        expect(/(^|\/)(index|node)\.ts$/.test(specifier), `${file} imports ${specifier}`).toBe(false)
    }
  })
})
