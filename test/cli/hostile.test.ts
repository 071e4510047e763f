import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { writePart10 } from '../../src/cli/demo/part10.ts'
import { csvField } from '../../src/cli/get.ts'
import { VERBS } from '../../src/cli/main.ts'
import { loadFromDicomFiles, saveToBytes, sourceFromBytes } from '../../src/node.ts'
import { sliceElements } from '../generate/slice.ts'
import { run, temporaryFolder } from './run.ts'

/** What a terminal, a spreadsheet, a page or a program might obey. */
const ATTACKS = [
  '\u001b[2J\u001b]0;title\u0007', // clears the screen, sets the title
  '\u009b31m\u0090q', // the same as C1
  '\u202egnp.exe\u2066', // turns what follows around
  'a\rb\bc\u007f\u0000d',
  'line\u2028line\u2029line\nline',
  "=cmd|' /C calc'!A0",
  '+1+1',
  '@SUM(A1)',
  '\t=1+1',
  '<script>alert(1)</script><img src=x onerror=alert(1)>',
  '__proto__',
  'constructor',
]
/** Stands in every attribute of the patient, and has no business in an error. */
const SECRET = 'Zebedee'

const utf8 = (text: string) => {
  const bytes = new TextEncoder().encode(text)
  return bytes.length % 2 ? Uint8Array.of(...bytes, 0x20) : bytes
}

const BIN = fileURLToPath(new URL('../../dist/bin/dicube.cjs', import.meta.url))
let folder: string
let cube: string
let v1: string
let damaged: string

/** Slices whose texts and file names are attacks, and files that are none; and cubes of them. */
beforeAll(async () => {
  folder = join(temporaryFolder(), 'in\u001b[31m')
  mkdirSync(folder)
  const entries = ATTACKS.map((attack, i) => {
    const bytes = writePart10({
      elements: sliceElements('hostile', i, {
        '00080005': ['CS', 'ISO_IR 192'],
        '00080080': ['LO', 'Clinic'],
        '0008103E': ['LO', utf8(attack.replaceAll('\\', '/'))],
        '00081030': ['LO', utf8(attack.replaceAll('\\', '/'))],
        '00100010': ['PN', utf8(`${SECRET}^${attack.replaceAll(/[\\^=]/g, '')}`)],
        '00100020': ['LO', `${SECRET}${i}`],
        '00104000': ['LT', utf8(attack)],
        '00204000': ['LT', utf8(attack)],
        // Neither is a number.
        '00201041': ['DS', `${SECRET}${i}`],
      }),
    })
    const name = `${attack.replaceAll(/[/\0]/g, '_')}.dcm`
    writeFileSync(join(folder, name), bytes)
    return { name: `../../${attack}/${i}.dcm`, source: sourceFromBytes(bytes, name) }
  })
  writeFileSync(join(folder, 'no\u001b[5mdicom\u202e.txt'), 'text')
  writeFileSync(join(folder, 'cut\u001b[5m.dcm'), readFileSync(join(folder, `${ATTACKS[7]}.dcm`)).subarray(0, 300))
  const out = temporaryFolder()
  const image = await loadFromDicomFiles(entries, { threads: 0 })
  const bytes = await saveToBytes(image, { threads: 0 })
  await image.close()
  cube = join(out, 'cube\u001b[31m.dcbs')
  writeFileSync(cube, bytes)
  damaged = join(out, 'damaged.dcbs')
  const broken = bytes.slice()
  broken[200] ^= 0xff
  writeFileSync(damaged, broken)
  v1 = join(out, 'v1.dcbs')
  writeFileSync(v1, withoutOurs(bytes))
})

/** The file as the Python package sees it: the view for readers of v1 alone. */
function withoutOurs(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const plain = bytes.slice(0, bytes.length)
  // Neither the directory behind the header nor the trailer at the end keeps its magic.
  plain.fill(0, 116, 132)
  plain.fill(0, bytes.length - 32)
  expect(view.getUint32(8, true)).toBe(1)
  return plain
}

/** Every verb on every input, as people type it. */
const commands = (out: string): string[][] => [
  ['pack', folder, '-o', join(out, 'packed'), '--attach'],
  ['pack', folder, '-o', join(out, 'strict'), '--strict'],
  ['unpack', cube, '-o', join(out, 'unpacked')],
  ['show', cube],
  ['show', folder],
  ['get', cube, 'PatientName', 'SeriesDescription', 'PatientComments', 'ImageComments', 'SliceLocation'],
  ['get', cube, 'PatientName', 'SeriesDescription', 'ImageComments', '--csv'],
  ['get', folder, 'PatientName', '\u001b[31mTag'],
  ['json', cube],
  ['json', cube, '--slice', '0'],
  ['info', cube],
  ['info', cube, '--patient'],
  ['info', v1],
  ['verify', cube],
  ['verify', cube, '--against', folder],
  ['verify', damaged],
  ['preview', cube, '-o', join(out, '\u001b[31m.png'), '--patient'],
  ['preview', folder, '-o', join(out, 'b.png'), '--slice', '\u001b[31m'],
  ['migrate', v1, '-o', join(out, 'migrated\u001b.dcbs')],
  ['check', cube],
  ['check', folder],
  ['bench', cube],
  ['demo', join(out, '\u001b[31m'), '--slices', '1', '--\u001b[31m'],
  // What it serves is tested in Chromium.
  ['view', join(out, 'missing\u001b[31m')],
  ['\u001b[31mverb'],
  ['show', join(out, 'missing\u001b[31m\nfile')],
]

test('no verb is left out', () =>
  expect(new Set(commands('').map(([verb]) => verb))).toEqual(
    new Set([...VERBS.map(({ name }) => name), '\u001b[31mverb']),
  ))

/** What this program itself may write to a terminal: line ends, its two colours, its line of progress. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what it looks for
const OURS = /\u001b\[(31|32|0)m|\r\u001b\[K|\r?\n/g
const active = (text: string) => [
  ...new Set(
    [...text.replace(OURS, '')]
      .filter(c => /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(c))
      .map(c => c.codePointAt(0)!.toString(16)),
  ),
]

describe('nothing of a file moves a terminal', () => {
  test.each(Array.from({ length: 26 }, (_, i) => i))('command %i, as text and as JSON', async i => {
    for (const more of [[], ['--json']]) {
      const argv = [...commands(temporaryFolder())[i], ...more]
      const { code, out, err } = await run(argv, { isTerminal: true, errorIsTerminal: true, color: true })
      // CSV keeps the tabs and line ends of its fields, quoted.
      const shown = argv.includes('--csv') ? out.replaceAll(/[\t\r]/g, '') : out
      expect([argv, active(shown), active(err)]).toEqual([argv, [], []])
      expect(code, err).toBeLessThanOrEqual(2)
      expect(err).not.toContain('a fault of dicube itself')
      if (more.length && code === 0) expect(() => JSON.parse(out)).not.toThrow()
      // What was asked for may name the patient; an error was not asked for.
      expect([argv, err.includes(SECRET)]).toEqual([argv, false])
      if (code !== 0 && argv[0] !== 'verify' && argv[0] !== 'pack')
        expect([argv, out.includes(SECRET)]).toEqual([argv, false])
    }
  })
  test('there is a case for each command', () => expect(commands('')).toHaveLength(26))

  const hasScript = spawnSync('script', ['--version']).status === 0
  if (!hasScript)
    console.log('skipped: a real terminal wants script(1) of util-linux (Debian: apt-get install bsdutils)')
  if (!hasScript && process.env.CI) throw new Error('CI needs script(1) of util-linux')
  test.runIf(hasScript)(
    'on a real terminal',
    () => {
      const out = temporaryFolder()
      const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`
      const chosen = commands(out).filter(
        ([verb], i, all) => verb !== 'bench' && all.findIndex(one => one[0] === verb) === i,
      )
      const lines = chosen.map(argv => [process.execPath, BIN, ...argv].map(quoted).join(' '))
      const shell = join(out, 'commands.sh')
      writeFileSync(shell, `${lines.join('\n')}\ntest -t 1 && echo a terminal\n`)
      const { stdout, status } = spawnSync('script', ['-qec', `sh ${quoted(shell)}`, '/dev/null'], {
        maxBuffer: 1 << 26,
      })
      expect(status).toBe(0)
      const text = stdout.toString('utf8')
      expect(text).toContain('a terminal')
      expect(text).toContain('gives back 12 fil')
      expect(active(text)).toEqual([])
      // Bytes of C1 that are no UTF-8 would be replacement characters by now.
      expect(text).not.toContain('\ufffd')
    },
    120_000,
  )
})

test('unpacked files lie in the folder and nowhere else', async () => {
  const parent = temporaryFolder()
  const { code, out } = await run(['unpack', cube, '-o', join(parent, 'a', 'b')])
  expect(code).toBe(0)
  expect(out).toContain('Under another name, for safety:')
  expect(readdirSync(parent)).toEqual(['a'])
  expect(readdirSync(join(parent, 'a'))).toEqual(['b'])
  const files = readdirSync(join(parent, 'a', 'b'), { recursive: true, withFileTypes: true }).filter(one =>
    one.isFile(),
  )
  expect(files).toHaveLength(ATTACKS.length)
  for (const { name, parentPath } of files) expect(active(parentPath + name)).toEqual([])
})

describe('CSV', () => {
  test.each([
    ['=1+1', "'=1+1"],
    ['+1+1', "'+1+1"],
    ['-1+1', "'-1+1"],
    ['@A1', "'@A1"],
    ['\t=1', '"\'\t=1"'],
    ['\r=1', '"\'\r=1"'],
    ['\n=1', '"\'\n=1"'],
    ['\uff1d1+1', "'\uff1d1+1"],
    ['a;=1+1', '"a;=1+1"'],
    ['a\t=1+1', '"a\t=1+1"'],
    ['-1.5', '-1.5'],
    ['-1\\+2e3', '-1\\+2e3'],
    ['"=1', '"""=1"'],
    ['\u001b[31m', '\\u001b[31m'],
    ['a,b', '"a,b"'],
    ['a', 'a'],
    ['-1+cmd', "'-1+cmd"],
    ['+1.5e-3', '+1.5e-3'],
    ['-1\\2\\-.5', '-1\\2\\-.5'],
  ])('%j is the field %j', (text, field) => expect(csvField(text)).toBe(field))

  test('no field of a hostile series begins a formula', async () => {
    const { out } = await run(['get', cube, 'SeriesDescription', 'ImageComments', '--csv'])
    for (const field of fieldsOf(out))
      expect(/^[=+\-@\t\r]/.test(field) && Number.isNaN(Number(field)), field).toBe(false)
  })
})

/** RFC 4180, as a spreadsheet reads it. */
function fieldsOf(csv: string): string[] {
  return [...csv.matchAll(/(?:^|,|\r\n)(?:"((?:[^"]|"")*)"|([^",\r\n]*))/g)].map(([, quoted, plain]) =>
    quoted === undefined ? plain : quoted.replaceAll('""', '"'),
  )
}

test('names of properties are only names', async () => {
  for (const path of [cube, folder])
    for (const argv of [
      ['json', path],
      ['info', path],
      ['show', path, '--json'],
      ['check', path, '--json'],
    ])
      await run(argv)
  expect(Object.getOwnPropertyNames(Object.prototype).sort()).toEqual([
    '__defineGetter__',
    '__defineSetter__',
    '__lookupGetter__',
    '__lookupSetter__',
    '__proto__',
    'constructor',
    'hasOwnProperty',
    'isPrototypeOf',
    'propertyIsEnumerable',
    'toLocaleString',
    'toString',
    'valueOf',
  ])
})
