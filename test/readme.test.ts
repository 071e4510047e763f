import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeDemoSeries } from '../src/cli/demo/series.ts'
import { decodePng } from './cli/png.ts'
import { hasShared, SHARED } from './shared.ts'

const run = promisify(execFile)
const root = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const readme = readFileSync(root('README.md'), 'utf8')
const blocks = (language: string) =>
  [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(match => match[1])
const dicube = (args: string[], cwd?: string) =>
  run(process.execPath, [root('dist/bin/dicube.cjs'), ...args], { cwd, maxBuffer: 1 << 26 })

let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dicube-readme-'))
  await writeDemoSeries(join(folder, 'demo-series', 'dicom'))
})
afterAll(() => rmSync(folder, { recursive: true }))

test('the first two shell lines install and run the demo and the tests', () => {
  const lines = blocks('sh').map(block => block.trim())
  expect(lines).toEqual(['npm ci && npm run demo', 'npm ci && npm test'])
})

describe('every command prints what stands below it', () => {
  const commands = blocks('console').flatMap(block => block.split(/^(?=\$ )/m).map(part => part.trimEnd().split('\n')))
  test.each(commands.map(([line, ...output]) => [line, output.join('\n')] as const))('%s', async (line, output) => {
    const [, program, ...args] = line.split(' ')
    expect(program).toBe('dicube')
    const { stdout, stderr } = await dicube(args, folder)
    // "… and 196 lines more" stands in the README for lines that are of no use there.
    const printed = (stdout + stderr).trimEnd()
    const [head, tail] = output.split(/^….*\n?/m)
    expect(printed.startsWith(head.trimEnd()), `printed:\n${printed}`).toBe(true)
    if (tail !== undefined) expect(printed.endsWith(tail.trimEnd())).toBe(true)
    else expect(printed).toBe(output)
  })
})

test('the picture is the one that dicube preview draws', () => {
  // Its pixels: versions of zlib pack them into other bytes.
  const [shown, drawn] = [root('docs/preview.png'), join(folder, 'ct.png')].map(path => decodePng(readFileSync(path)))
  expect(drawn).toEqual(shown)
})

test('the ten lines run and print what stands below them', async () => {
  // Inside the package, so that "dicube" is this one; not in dist/, which is packed.
  mkdirSync(root('examples/dist'), { recursive: true })
  const script = root('examples/dist/readme.mjs')
  writeFileSync(script, blocks('js')[0])
  const { stdout } = await run(process.execPath, [script], { cwd: folder })
  expect(stdout).toBe(blocks('text')[0])
  const name = 'IM0001.dcm'
  expect(readFileSync(join(folder, 'restored', name))).toEqual(readFileSync(join(folder, 'demo-series', 'dicom', name)))
})

describe.skipIf(!hasShared)('the sizes of the figures are those of the series', () => {
  const rows = [...readme.matchAll(/^\| (Philips CT|Siemens MR|Canon MR)[^|]*\|(.*)\|$/gm)]
  const series: Record<string, string> = {
    'Philips CT': 'ct-philips-ingenuity-140',
    'Siemens MR': 'mr-siemens-xa30-classic-33',
    'Canon MR': 'mr-canon-galan-dti-520',
  }
  test.each(
    rows.map(([, name, cells]) => [name, cells.split('|').map(cell => cell.trim().replaceAll(',', ''))] as const),
  )('%s', async (name, cells) => {
    const { stdout } = await dicube(['bench', join(SHARED, 'dicom', series[name]), '--json'])
    const { sliceCount, headerBytes, metadataBytes, originalBytes, fileBytes } = JSON.parse(stdout)
    const ratio = `${Math.round(headerBytes / metadataBytes)} ×`
    expect([cells[0], cells[1], cells[2], cells[3], cells[4], cells[5]]).toEqual(
      [sliceCount, headerBytes, metadataBytes, ratio, originalBytes, fileBytes].map(String),
    )
  })
  test('there are three', () => expect(rows).toHaveLength(3))
})

test('examples/metadata.ts prints what stands in examples/metadata.txt', async () => {
  await run('npx', ['tsc', '-p', root('examples')], { cwd: root('.') })
  const { stdout } = await run(process.execPath, [root('examples/dist/metadata.js')], { cwd: root('.') })
  const steady = (text: string) => text.replace(/[\d.]+ ms against [\d.]+ ms: \d+ times/, 'a ms against b ms: n times')
  expect(steady(stdout)).toBe(steady(readFileSync(root('examples/metadata.txt'), 'utf8')))
}, 120_000)
