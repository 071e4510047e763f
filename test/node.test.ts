import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { safeNames } from '../src/bytes/safe-path.ts'
import {
  folderEntries,
  load,
  loadFromDicomFiles,
  loadFromDicomFolder,
  loadMeta,
  readInstance,
  type SourceEntry,
  save,
  saveToDicomFolder,
  sourceFromBytes,
  version,
} from '../src/node.ts'
import { generatedSeries, writeGenerated } from './generate/encodings.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dicube-node-'))
  for (const name of [
    'explicit-le',
    'two-series',
    'wild',
    'order-ties',
    'order-gaps',
    'order-reversed',
    'order-absent',
  ])
    writeGenerated(join(folder, name), generatedSeries().find(series => series.name === name)!)
})
afterAll(() => rmSync(folder, { recursive: true }))
const at = (...parts: string[]) => join(folder, ...parts)

describe('a folder becomes a cube and a folder again', () => {
  test('load, save, load, save to a folder', async () => {
    const image = await loadFromDicomFolder(at('explicit-le'))
    await save(image, at('a.dcbs'))
    await image.close()
    const cube = await load(at('a.dcbs'))
    const names = await saveToDicomFolder(cube, at('restored'))
    for (const name of names) expect(readFileSync(at('restored', name))).toEqual(readFileSync(at('explicit-le', name)))
    expect(names).toHaveLength(cube.meta.sliceCount)
    await expect(saveToDicomFolder(cube, at('restored'))).rejects.toMatchObject({ code: 'exists' })
    await cube.close()
  })

  test('a cube that was loaded can be saved again, and gives the same bytes', async () => {
    const cube = await load(at('a.dcbs'))
    await save(cube, at('again.dcbs'))
    await cube.close()
    expect(readFileSync(at('again.dcbs'))).toEqual(readFileSync(at('a.dcbs')))
  })

  test('readInstance gives one file as DICOM JSON', async () => {
    const [name] = readdirSync(at('explicit-le'))
    const json = await readInstance(at('explicit-le', name))
    expect(json['00080060']).toEqual({ vr: 'CS', Value: ['CT'] })
    expect(json['7FE00010']).toBeUndefined()
  })

  test('several series are an error that lists them', async () => {
    const failed = await loadFromDicomFolder(at('two-series')).catch(error => error)
    expect(failed).toMatchObject({ code: 'several-series' })
    const uids = [...failed.message.matchAll(/^ {2}([\d.]+)/gm)].map(match => match[1])
    expect(uids).toHaveLength(2)
    const image = await loadFromDicomFolder(at('two-series'), { seriesInstanceUid: uids[1] })
    expect(image.meta.getSharedValue('SeriesInstanceUID')).toBe(uids[1])
    await image.close()
  })

  test.each([
    ['a folder that is not there', 'nowhere', 'not-found'],
    ['a folder without instances', 'empty', 'no-instances'],
  ])('%s', async (_, name, code) => {
    mkdirSync(at('empty'), { recursive: true })
    await expect(loadFromDicomFolder(at(name))).rejects.toMatchObject({ code })
  })

  test('one unreadable file does not lose the rest; strict makes it an error', async () => {
    const image = await loadFromDicomFolder(at('wild'))
    expect(image.meta.sliceCount).toBeGreaterThan(1)
    await image.close()
    await expect(loadFromDicomFolder(at('wild'), { strict: true })).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('broken.dcm'),
    })
  })
})

describe('order', () => {
  test.each(['order-ties', 'order-gaps', 'order-reversed', 'order-absent'])(
    '%s does not depend on the file system',
    async name => {
      const entries: SourceEntry[] = []
      for await (const entry of folderEntries(at(name))) entries.push(entry)
      const { findSeries } = await import('../src/node.ts')
      const order = async (list: typeof entries) =>
        (await findSeries(list)).series[0].instances.map(instance => instance.name)
      expect(await order([...entries].reverse())).toEqual(await order(entries))
    },
  )

  test('by Instance Number, or as asked for', async () => {
    const image = await loadFromDicomFolder(at('order-gaps'))
    const numbers = image.meta.getValues('InstanceNumber') as number[]
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b))
    const down = await loadFromDicomFolder(at('order-gaps'), { sort: 'instance-desc' })
    expect(down.meta.getValues('InstanceNumber')).toEqual([...numbers].reverse())
    expect(image.meta.sortOrder('instance-desc')).toEqual(numbers.map((_, i) => numbers.length - 1 - i))
  })
})

describe('writing', () => {
  test('what was there stays when the write fails, and nothing is left behind', async () => {
    writeFileSync(at('kept.dcbs'), 'old')
    const image = await loadFromDicomFolder(at('explicit-le'))
    await expect(save(image, at('kept.dcbs'), { overwrite: false })).rejects.toMatchObject({ code: 'exists' })
    const abort = new AbortController()
    abort.abort()
    await expect(save(image, at('kept.dcbs'), { signal: abort.signal })).rejects.toBeDefined()
    expect(readFileSync(at('kept.dcbs'), 'utf8')).toBe('old')
    await expect(save(image, at('nowhere/x.dcbs'))).rejects.toMatchObject({ code: 'not-found' })
    expect(readdirSync(folder).filter(name => name.endsWith('.tmp'))).toEqual([])
    await image.close()
  })

  test('a source file that changed since it was loaded is noticed', async () => {
    writeGenerated(at('changing'), generatedSeries().find(series => series.name === 'explicit-le')!)
    const image = await loadFromDicomFolder(at('changing'))
    const [name] = readdirSync(at('changing'))
    const bytes = readFileSync(at('changing', name))
    bytes[bytes.length - 1] ^= 1
    writeFileSync(at('changing', name), bytes)
    utimesSync(at('changing', name), new Date(1), new Date(1))
    await expect(save(image, at('changing.dcbs'))).rejects.toMatchObject({ code: 'changed' })
    expect(existsSync(at('changing.dcbs'))).toBe(false)
    await image.close()
  })
})

test.each([
  ['a/b.dcm', 'a/b.dcm'],
  ['../../etc/passwd', '_/_/etc/passwd'],
  ['/absolute', 'absolute'],
  ['C:\\Windows\\x', 'C__Windows_x'],
  ['a/../b', 'a/_/b'],
  ['nul.dcm', '_nul.dcm'],
  ['dots...', 'dots___'],
  ['', '_'],
  ['a\u0000b\u001b[31m', 'a_b_[31m'],
  ['./x', 'x'],
  ['\\\\server\\share\\x', '__server_share_x'],
  ['com1 .txt', '_com1 .txt'],
  ['CON', '_CON'],
  ['LPT¹.log', '_LPT¹.log'],
  ['conin$', '_conin$'],
  ['console.dcm', 'console.dcm'],
  ['blank ', 'blank_'],
  ['a/. ./b', 'a/___/b'],
  ['file.dcm:stream', 'file.dcm_stream'],
  ['invoice\u202emcd.exe', 'invoice_mcd.exe'],
  ['c1\u009b31m', 'c1_31m'],
  ['half \ud800', 'half _'],
  [`${'../'.repeat(1000)}x`, `${'_/'.repeat(64)}x`],
  ['é'.repeat(200), 'é'.repeat(127)],
  ['Müller 山田.dcm', 'Müller 山田.dcm'],
])('the stored name %j is written as %j', (name, path) => expect(safeNames()(name)).toBe(path))

test.each([
  ['case', ['IM1.dcm', 'im1.DCM', 'IM1.dcm'], ['IM1.dcm', 'im1~2.DCM', 'IM1~3.dcm']],
  ['composition', ['é', 'e\u0301'], ['é', 'e\u0301~2']],
  ['what has no width', ['a', 'a\u200d', 'a\u00ad'], ['a', 'a\u200d~2', 'a\u00ad~3']],
  ['a file and a folder', ['a', 'a/b', 'a/c', 'A'], ['a', 'a~2/b', 'a~2/c', 'A~3']],
  ['a folder and a file', ['a/b', 'A', 'a/B'], ['a/b', 'A~2', 'a/B~2']],
  ['a name that a number gave', ['a~2', 'a', 'a'], ['a~2', 'a', 'a~3']],
  ['what was made safe', ['a:b', 'a?b'], ['a_b', 'a_b~2']],
  ['no name at all', ['', '.', '/'], ['_', '_~2', '_~3']],
])('names that are one on some system are kept apart: %s', (_, names, paths) => {
  const safeName = safeNames()
  expect(names.map(safeName)).toEqual(paths)
})

test('a hundred thousand files of one name take no long', () => {
  const safeName = safeNames()
  const names = Array.from({ length: 100_000 }, () => safeName('IM1.dcm'))
  expect(new Set(names).size).toBe(names.length)
  expect(names[99_999]).toBe('IM1~100000.dcm')
})

describe('files are not written through what lies in the folder', () => {
  const image = async (name: string) => {
    const { files } = generatedSeries().find(series => series.name === 'explicit-le')!
    return loadFromDicomFiles([{ name, source: sourceFromBytes(files[0].bytes, name) }], { threads: 0 })
  }
  const refusals = ['link', 'dangling', 'file', 'folder'].flatMap(kind =>
    [false, true].map(force => [kind, force] as const),
  )
  test.each(refusals)('%s, overwrite %s', async (kind, overwrite) => {
    const out = at(`into-${kind}-${overwrite}`)
    const outside = at(`outside-${kind}-${overwrite}`)
    mkdirSync(out)
    mkdirSync(outside)
    if (kind === 'link') symlinkSync(outside, join(out, 'sub'))
    if (kind === 'dangling') symlinkSync(join(outside, 'new'), join(out, 'sub'))
    if (kind === 'file') writeFileSync(join(out, 'sub'), 'precious')
    if (kind === 'folder') mkdirSync(join(out, 'sub', 'x.dcm'), { recursive: true })
    const before = readdirSync(out, { recursive: true })
    const saving = saveToDicomFolder(await image('sub/x.dcm'), out, { overwrite })
    await expect(saving).rejects.toMatchObject({
      code: 'exists',
      message: expect.stringContaining('; nothing was written'),
    })
    expect(readdirSync(out, { recursive: true })).toEqual(before)
    expect(readdirSync(outside)).toEqual([])
  })

  test.each([false, true])(
    'a link where the file goes stays, or is replaced and not followed (overwrite %s)',
    async overwrite => {
      const out = at(`link-${overwrite}`)
      const precious = at(`precious-${overwrite}`)
      writeFileSync(precious, 'precious')
      mkdirSync(out)
      symlinkSync(precious, join(out, 'x.dcm'))
      const saving = saveToDicomFolder(await image('x.dcm'), out, { overwrite })
      if (overwrite) {
        expect(await saving).toEqual(['x.dcm'])
        expect(lstatSync(join(out, 'x.dcm')).isSymbolicLink()).toBe(false)
      } else await expect(saving).rejects.toMatchObject({ code: 'exists' })
      expect(readFileSync(precious, 'utf8')).toBe('precious')
    },
  )
})

test('loadMeta of what is no cube says so', async () => {
  writeFileSync(at('text.dcbs'), 'hello')
  await expect(loadMeta(at('text.dcbs'))).rejects.toMatchObject({ code: 'not-a-cube' })
  await expect(loadMeta(at('missing.dcbs'))).rejects.toMatchObject({ code: 'not-found' })
  await expect(loadMeta(folder)).rejects.toMatchObject({ code: 'io' })
})

test('the version is that of package.json', () => {
  const { version: wanted } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  expect(version).toBe(wanted)
})
