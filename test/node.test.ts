import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { safeRelativePath } from '../src/bytes/safe-path.ts'
import {
  folderEntries,
  load,
  loadFromDicomFolder,
  loadMeta,
  readInstance,
  type SourceEntry,
  save,
  saveToDicomFolder,
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
])('the stored name %j is written as %j', (name, path) => expect(safeRelativePath(name, new Set())).toBe(path))

test('names that differ in case alone do not overwrite each other', () => {
  const taken = new Set<string>()
  expect(['IM1.dcm', 'im1.DCM', 'IM1.dcm'].map(name => safeRelativePath(name, taken))).toEqual([
    'IM1.dcm',
    'im1~2.DCM',
    'IM1~3.dcm',
  ])
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
