import { expect, test } from 'vitest'
import { nearest, parseSlices } from '../../src/cli/args.ts'
import { VERBS } from '../../src/cli/main.ts'
import { bytesText, columnsText, cutLines, grouped, msText, ratioText, safe } from '../../src/cli/text.ts'
import { type ErrorJson, packed, run, runJson } from './run.ts'

test('without a verb, and with --help, all verbs are listed', async () => {
  for (const argv of [[], ['--help'], ['-h'], ['help']]) {
    const { code, out } = await run(argv)
    expect(code).toBe(0)
    for (const { name, summary } of VERBS) expect(out).toContain(`  ${name.padEnd(8)}${summary}`)
  }
})

test.each(VERBS.map(({ name }) => name))(
  'dicube %s --help and dicube help %s print the same, within 120 columns',
  async name => {
    const { code, out } = await run([name, '--help'])
    expect(code).toBe(0)
    expect(out).toMatch(new RegExp(`^Usage: dicube ${name} `))
    expect(out).toContain('--json')
    expect((await run(['help', name])).out).toBe(out)
    expect(Math.max(...out.split('\n').map(line => line.length))).toBeLessThanOrEqual(120)
  },
)

test('--version is that of the package', async () => {
  expect((await run(['--version'])).out).toMatch(/^\d+\.\d+\.\d+\n$/)
})

test.each([
  [['pak'], 'unknown verb "pak"; did you mean pack? (dicube --help)'],
  [['help', 'verfy'], 'unknown verb "verfy"; did you mean verify? (dicube --help)'],
  [
    ['--jsn'],
    'unknown option --jsn before any verb; a verb comes first: pack, unpack, show, get, json, info, verify, preview, migrate, check, view, bench, demo',
  ],
  [['pack', 'ct', '--forse'], 'pack: unknown option --forse; did you mean --force? (dicube help pack)'],
  [['pack', 'ct', '-x'], 'pack: unknown option -x (dicube help pack)'],
  [['pack', 'ct', '--force=yes'], 'pack: --force takes no value'],
  [['pack', 'ct', '-o'], 'pack: -o needs a value: -o OUT'],
  [['pack', 'ct', '-o', 'a', '-o', 'b'], 'pack: -o is given twice'],
  [['pack', 'ct'], 'pack: -o OUT is missing; usage: dicube pack SRC… -o OUT'],
  [
    ['pack', 'ct', '-o', 'x', '--sort', 'positon'],
    '--sort "positon": wanted instance, instance-desc, position, position-desc, name; did you mean position?',
  ],
  [['show'], 'show: CUBE is missing; usage: dicube show CUBE [--shared | --per-slice]'],
  [['show', 'a', 'b'], 'show: "b" is one operand too many; usage: dicube show CUBE [--shared | --per-slice]'],
  [['get', 'a.dcbs'], 'get: TAG is missing; usage: dicube get CUBE TAG… [--json | --csv]'],
  [['get', 'a.dcbs', 'PatientNam'], '"PatientNam" is not a tag; did you mean PatientName?'],
  [['get', 'nowhere.dcbs', 'PatientName'], 'nowhere.dcbs: no such file or folder'],
  [['unpack', 'a.dcbs'], 'unpack: -o DIR is missing; usage: dicube unpack CUBE -o DIR'],
  [['demo', '--slices', 'many'], '--slices "many": wanted a whole number from 1 on'],
])('%j is refused, exit 2', async (argv, message) => {
  expect(await run(argv)).toEqual({ code: 2, out: '', err: `dicube: ${message}\n` })
  expect((await runJson<ErrorJson>(...argv)).json.error.message).toBe(message)
})

test('a file that is at fault is exit 1', async () => {
  const { code, json, err } = await runJson<ErrorJson>('info', 'package.json')
  expect(code).toBe(1)
  expect(json).toEqual({
    error: { code: 'not-a-cube', message: 'package.json: does not begin with DCMCUBES; not a .dcbs file' },
  })
  expect(err).toBe(`dicube: ${json.error.message}\n`)
})

test('a signal that was given ends any verb with 130', async () => {
  const { cube } = await packed()
  for (const argv of [
    ['verify', cube],
    ['bench', cube],
  ]) {
    const { code, err } = await run(argv, { signal: AbortSignal.abort() })
    expect([argv[0], code, err]).toEqual([argv[0], 130, 'dicube: interrupted; nothing was left behind\n'])
  }
})

test.each([
  ['5', [5]],
  ['-1', [9]],
  ['0:3', [0, 1, 2]],
  [':2', [0, 1]],
  ['8:', [8, 9]],
  ['-2:', [8, 9]],
  ['0:10:4', [0, 4, 8]],
  ['::5', [0, 5]],
  ['8:99', [8, 9]],
  ['3,1,1:3', [3, 1, 2]],
])('--slice %s of ten', (text, slices) => expect(parseSlices(text, 10)).toEqual(slices))

test.each([
  ['10', 'out-of-range', '--slice 10: the series has 10 slices, 0 to 9'],
  ['-11', 'out-of-range', '--slice -11: the series has 10 slices, 0 to 9'],
  ['5:5', 'out-of-range', '--slice 5:5: no slice of a series with 10'],
  ['0:5:0', 'usage', '--slice "0:5:0": wanted a number or a range, as in 5, -1, 0:10 or 0:10:2'],
  ['a', 'usage', '--slice "a": wanted a number or a range, as in 5, -1, 0:10 or 0:10:2'],
  ['', 'usage', '--slice "": wanted a number or a range, as in 5, -1, 0:10 or 0:10:2'],
])('--slice %j is refused', (text, code, message) => {
  expect(() => parseSlices(text, 10)).toThrow(expect.objectContaining({ code, message }))
})

test('the nearest name', () => {
  const names = ['pack', 'unpack', 'verify']
  expect(['pck', 'verfiy', 'VERIFY', 'unpac', 'zzz', 'x'.repeat(99)].map(text => nearest(text, names))).toEqual([
    'pack',
    'verify',
    'verify',
    'unpack',
    undefined,
    undefined,
  ])
})

test('numbers as people read them', () => {
  expect([0, 999, 1000, 999_499, 999_500, 12_345_678, 4e9].map(bytesText)).toEqual([
    '0 B',
    '999 B',
    '1.00 kB',
    '999 kB',
    '1.00 MB',
    '12.3 MB',
    '4.00 GB',
  ])
  expect([0.0123, 12.34, 999.6].map(msText)).toEqual(['0.01 ms', '12.3 ms', '1.00 s'])
  expect([grouped(1234567), ratioText(892, 10), ratioText(1, 0)]).toEqual(['1,234,567', '89.2 ×', '-'])
})

test('nothing in a text moves a cursor or turns text around', () => {
  expect(safe('a\u001b[31m\u009b\u202e\u2066\u200f\n\u2028b')).toBe(
    'a\\u001b[31m\\u009b\\u202e\\u2066\\u200f\\u000a\\u2028b',
  )
  expect(safe('Müller 山田')).toBe('Müller 山田')
})

test('columns are as wide as what is in them, and lines are cut by cells', () => {
  expect(
    columnsText(
      ['Name', 'n'],
      [
        ['山田', '1,000'],
        ['x', '7'],
      ],
    ),
  ).toBe('Name      n\n────  ─────\n山田  1,000\nx         7')
  expect(cutLines('山田太郎\nabc', 5)).toBe('山田…\nabc')
})
