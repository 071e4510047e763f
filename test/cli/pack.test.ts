import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { writePart10 } from '../../src/cli/demo/part10.ts'
import { loadFromDicomFiles, save, sourceFromBytes } from '../../src/node.ts'
import { generatedSeries } from '../generate/encodings.ts'
import { sliceElements } from '../generate/slice.ts'
import {
  type ErrorJson,
  generatedFolder,
  type PackJson,
  packed,
  run,
  runJson,
  temporaryFolder,
  writeFiles,
} from './run.ts'

const listing = (folder: string): string[] =>
  (readdirSync(folder, { recursive: true }) as string[]).filter(name => statSync(join(folder, name)).isFile()).sort()
const digestOf = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex')
const digests = (folder: string, names = listing(folder)) =>
  Object.fromEntries(names.map(name => [name, digestOf(join(folder, name))]))
const slice = (name: string, index: number, changes = {}) =>
  writePart10({ elements: sliceElements(name, index, changes) })

test('a folder becomes a cube, the cube the folder', async () => {
  const { source, cube } = await packed()
  const out = temporaryFolder()
  const { code, json } = await runJson<{ files: { name: string }[]; fileBytes: number }>(
    'unpack',
    cube,
    '-o',
    join(out, 'deep', 'er'),
  )
  expect(code).toBe(0)
  expect(digests(join(out, 'deep', 'er'))).toEqual(digests(source))
  expect(json.files.map(file => file.name)).toEqual(listing(source))
  expect(json.fileBytes).toBe(listing(source).reduce((sum, name) => sum + statSync(join(source, name)).size, 0))
})

test('the same files give the same bytes, wherever they are and however they are named on the command line', async () => {
  const { source, cube } = await packed()
  const other = join(temporaryFolder(), 'b.dcbs')
  const files = listing(source)
    .reverse()
    .map(name => join(source, name))
  expect((await run(['pack', ...files, '-o', other])).code).toBe(0)
  expect(digestOf(other)).toBe(digestOf(cube))
})

test('nothing is overwritten without --force, and nothing is written before that is known', async () => {
  const { source, cube } = await packed()
  writeFileSync(cube, 'mine')
  expect(await run(['pack', source, '-o', cube])).toEqual({
    code: 2,
    out: '',
    err: `dicube: ${cube}: exists already; nothing was written (--force replaces it)\n`,
  })
  expect(readFileSync(cube, 'utf8')).toBe('mine')
  expect((await run(['pack', source, '-o', cube, '--force'])).code).toBe(0)
  const out = writeFiles(temporaryFolder(), { 'IM3.dcm': 'mine' })
  const refused = await run(['unpack', cube, '-o', out])
  expect([refused.code, refused.err]).toEqual([
    2,
    `dicube: ${join(out, 'IM3.dcm')}: exists already; nothing was written\n`,
  ])
  expect(listing(out)).toEqual(['IM3.dcm'])
  expect((await run(['unpack', cube, '-o', out, '--force'])).code).toBe(0)
  expect(digests(out)).toEqual(digests(source))
})

test('--slice unpacks some', async () => {
  const { cube } = await packed()
  const out = temporaryFolder()
  await run(['unpack', cube, '-o', out, '--slice', '1:3'])
  expect(listing(out)).toEqual(['IM2.dcm', 'IM3.dcm'])
})

test('one cube takes one series: several are listed, and --series picks one', async () => {
  const source = generatedFolder('two-series')
  const out = temporaryFolder()
  const several = await runJson<ErrorJson>('pack', source, '-o', join(out, 'x.dcbs'))
  expect(several.code).toBe(2)
  expect(several.json.error.code).toBe('several-series')
  expect(several.json.error.message).toContain('2 series; choose one with --series UID:\n  2.25.')
  expect(listing(out)).toEqual([])
  const uid = /2\.25\.\d+/.exec(several.json.error.message)![0]
  const one = await runJson<PackJson>('pack', source, '-o', join(out, 'x.dcbs'), '--series', uid)
  expect(one.json.cubes).toMatchObject([{ path: join(out, 'x.dcbs'), seriesInstanceUID: uid, sliceCount: 3 }])
  const none = await run(['pack', source, '-o', join(out, 'y.dcbs'), '--series', '1.2.3'])
  expect([none.code, none.err.split('\n')[0]]).toEqual([2, `dicube: --series: ${source}: no series 1.2.3; found:`])
})

test('a folder gets a cube a series, with names that say what they are and nothing of the patient', async () => {
  const files: Record<string, Uint8Array> = {
    'a/1.dcm': slice('a', 0, { '0008103E': ['LO', 'Thorax / Abdomen 2.0'], '00200011': ['IS', '3 '] }),
    'b/1.dcm': slice('b', 0, { '0008103E': ['LO', 'Scan of Miller'], '00100010': ['PN', 'Miller^Ann'] }),
    'c/1.dcm': slice('c', 0, { '0008103E': ['LO', '../..\\x'], '00080060': ['CS', 'MR'], '00200011': null }),
    'd/1.dcm': slice('d', 0, { '0008103E': ['LO', 'same'] }),
    'e/1.dcm': slice('e', 0, { '0008103E': ['LO', 'Same'] }),
    'f/1.dcm': slice('f', 0, { '0008103E': null, '00080060': null, '00200011': null }),
  }
  const source = writeFiles(temporaryFolder(), files)
  const out = join(temporaryFolder(), 'cubes')
  const { code, json } = await runJson<PackJson>('pack', source, '-o', out)
  expect(code).toBe(0)
  const names = json.cubes.map(({ path }) => path.slice(out.length + 1))
  expect(names.slice(0, 3)).toEqual(['CT-3-Thorax_Abdomen_2_0.dcbs', 'CT-4.dcbs', 'MR.dcbs'])
  expect(names[3]).toMatch(/^CT-4-same-[0-9a-f]{8}\.dcbs$/)
  expect(names[4]).toMatch(/^CT-4-Same-[0-9a-f]{8}\.dcbs$/)
  expect(names[5]).toBe('series.dcbs')
  expect(listing(out)).toEqual([...names].sort())
  for (const { path, fileBytes } of json.cubes) expect(statSync(path).size).toBe(fileBytes)
})

test('a folder in the wild: every file is packed, skipped or refused, and none is lost', async () => {
  const wild = generatedSeries().find(series => series.name === 'wild')!
  const source = generatedFolder('wild')
  const out = temporaryFolder()
  const { code, json } = await runJson<PackJson>('pack', source, '-o', join(out, 'wild.dcbs'))
  expect(code).toBe(0)
  const left = [...json.skipped, ...json.refused].map(({ name }) => name)
  expect(left.sort()).toEqual(
    wild.files
      .filter(file => file.expect !== 'identical')
      .map(file => file.path)
      .sort(),
  )
  expect(json.refused.map(({ name, code }) => [name, code])).toContainEqual(['sub folder/broken.dcm', 'truncated'])
  expect(json.cubes[0].notes.map(note => note.code)).toEqual([
    'duplicate-sop-instance-uid',
    'duplicate-instance-number',
  ])

  const text = await run(['pack', source, '-o', join(out, 'again.dcbs')])
  expect(text.out).toContain('  DICOMDIR: ')
  expect(text.out).toContain('  sub folder/broken.dcm: Pixel Data of')

  const strict = await runJson<ErrorJson>('pack', source, '-o', join(out, 'strict.dcbs'), '--strict')
  expect([strict.code, strict.json.error.code]).toEqual([1, 'refused'])
  expect(listing(out)).toEqual(['again.dcbs', 'wild.dcbs'])

  const attached = await runJson<PackJson>('pack', source, '-o', join(out, 'all.dcbs'), '--attach')
  expect(attached.json.cubes[0].attachments).toBe(left.length)
  await run(['unpack', join(out, 'all.dcbs'), '-o', join(out, 'files')])
  expect(digests(join(out, 'files'))).toEqual(digests(source))
})

test('what is no file is reported, and no folder is entered by a link', async () => {
  const source = writeFiles(temporaryFolder(), { 'a.dcm': slice('links', 0), 'sub/b.dcm': slice('links', 1) })
  symlinkSync(source, join(source, 'round'))
  symlinkSync('nowhere', join(source, 'lost'))
  symlinkSync(join(source, 'a.dcm'), join(source, 'linked.dcm'))
  const { json } = await runJson<PackJson>('pack', source, '-o', join(temporaryFolder(), 'x.dcbs'))
  expect(json.cubes[0].sliceCount).toBe(3)
  expect(json.skipped).toEqual([
    { name: 'round', code: 'not-dicom', reason: 'a link to a folder, which is not followed', attached: false },
  ])
  expect(json.refused).toEqual([
    { name: 'lost', code: 'not-found', reason: 'a link that leads nowhere', attached: false },
  ])
})

test('a folder without instances is exit 1, with the reasons', async () => {
  const source = writeFiles(temporaryFolder(), { 'a.txt': 'text' })
  const out = join(temporaryFolder(), 'cubes')
  const { code, json } = await runJson<PackJson & ErrorJson>('pack', source, '-o', out)
  expect(code).toBe(1)
  expect(json).toMatchObject({ error: { code: 'no-instances' }, cubes: [], skipped: [{ name: 'a.txt' }] })
  expect(() => statSync(out)).toThrow()
})

test('what is odd about a series is said', async () => {
  const source = writeFiles(temporaryFolder(), {
    '1.dcm': slice('odd', 0),
    '2.dcm': slice('odd', 1, { '0020000D': ['UI', '1.2.3'] }),
    '5.dcm': slice('odd', 4, { '00181151': ['IS', 'many'] }),
  })
  const { out } = await run(['pack', source, '-o', join(temporaryFolder(), 'x.dcbs')])
  expect(out).toContain('2 Study Instance UIDs in one series')
  expect(out).toContain('Instance Number runs from 1 to 5 with 2 left out')
})

test('names that lead out of the folder do not, and are told', async () => {
  const names = [
    '../evil.dcm',
    '/etc/evil.dcm',
    'C:\\evil.dcm',
    'con.dcm',
    'a\u001b[31m.dcm',
    'x/../../y.dcm',
    'A.dcm',
    'a.dcm',
  ]
  const image = await loadFromDicomFiles(
    names.map((name, i) => ({ name, source: sourceFromBytes(slice('names', i), name) })),
  )
  const cube = join(temporaryFolder(), 'evil.dcbs')
  await save(image, cube)
  const out = join(temporaryFolder(), 'inner')
  const { code, out: text } = await run(['unpack', cube, '-o', out])
  expect(code).toBe(0)
  expect(listing(out)).toHaveLength(names.length)
  expect(readdirSync(join(out, '..'))).toEqual(['inner'])
  expect(new Set(listing(out).map(name => name.toLowerCase())).size).toBe(names.length)
  expect(text).toContain('../evil.dcm → _/evil.dcm')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/)
  expect((await run(['verify', cube, '--against', out])).code).toBe(0)
})

test('nothing is unpacked through a link', async () => {
  const image = await loadFromDicomFiles([{ name: 'sub/a.dcm', source: sourceFromBytes(slice('link', 0)) }])
  const cube = join(temporaryFolder(), 'a.dcbs')
  await save(image, cube)
  const [out, elsewhere] = [temporaryFolder(), temporaryFolder()]
  symlinkSync(elsewhere, join(out, 'sub'))
  for (const force of [[], ['--force']]) {
    const { code, err } = await run(['unpack', cube, '-o', out, ...force])
    expect([code, err]).toEqual([
      2,
      `dicube: ${join(out, 'sub')}: is a link, and files are not written through links; nothing was written\n`,
    ])
  }
  expect(listing(elsewhere)).toEqual([])
})

test('an unpacking that fails leaves nothing', async () => {
  const { cube } = await packed()
  const bytes = readFileSync(cube)
  const { json } = await runJson<{ sections: { name: string; offset: number; length: number }[] }>('info', cube)
  const frames = json.sections.find(section => section.name === 'frames')!
  bytes[frames.offset + frames.length - 1] ^= 1
  writeFileSync(cube, bytes)
  const out = join(temporaryFolder(), 'a', 'b')
  const { code, err } = await run(['unpack', cube, '-o', out])
  expect([code, err]).toEqual([1, expect.stringContaining('does not have its checksum')])
  expect(readdirSync(join(out, '..', '..'))).toEqual([])
})

test('an interrupted run over several series leaves nothing', async () => {
  const source = generatedFolder('two-series')
  const stop = new AbortController()
  const out = join(temporaryFolder(), 'cubes')
  mkdirSync(out)
  // The signal comes as soon as the first cube is there.
  const watch = setInterval(() => readdirSync(out).some(name => name.endsWith('.dcbs')) && stop.abort(), 1)
  const { code } = await run(['pack', source, '-o', out], { signal: stop.signal })
  clearInterval(watch)
  if (code === 130) expect(readdirSync(out)).toEqual([])
  else expect([code, readdirSync(out).length]).toEqual([0, 2])
})
