import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sourceFromFile } from '../../src/bytes/file.node.ts'
import { mapOrdered } from '../../src/bytes/map-ordered.ts'
import { load, originalFiles, save } from '../../src/node.ts'
import { generatedSeries, writeGenerated } from '../generate/encodings.ts'
import { hasShared, SHARED } from '../shared.ts'
import { packed } from './cubes.ts'
import { CALLS, type Fault, hasStrace, type SeenCall, traced } from './strace.ts'

/** With DICUBE_FAULTS=every every call is hit, else the first, some and the last of each kind. */
const EVERY = process.env.DICUBE_FAULTS === 'every'
const MOST_OF_A_KIND = EVERY ? Number.POSITIVE_INFINITY : 4

const root = mkdtempSync(join(tmpdir(), 'dicube-faults-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
let made = 0
const newFolder = () => {
  const folder = join(root, String(made++), 'target')
  mkdirSync(folder, { recursive: true })
  return folder
}

/** Everything in a folder: relative name → bytes as base64. */
function contentOf(folder: string): Record<string, string> {
  const content: Record<string, string> = {}
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort())
    if (statSync(join(folder, name)).isFile()) content[name] = readFileSync(join(folder, name)).toString('base64')
  return content
}
const isLeftOver = (name: string) => name.split('/').some(part => part.startsWith('.dicube-'))
const without = (content: Record<string, string>) =>
  Object.fromEntries(Object.entries(content).filter(([name]) => !isLeftOver(name)))

interface Writing {
  /** What is there before: nothing is said of files that are not in the folder. */
  old: Record<string, Uint8Array>
  argv(folder: string): string[]
  /** Several files are replaced one by one: each is the old one or the new one, whatever the others are. */
  mixed?: boolean
}

const series = generatedSeries().find(one => one.name === 'rle')!
let source: string
let cube: string
let v1: string
beforeAll(async () => {
  source = join(root, 'series')
  writeGenerated(source, series)
  cube = join(root, 'series.dcbs')
  writeFileSync(cube, await packed(series.files))
  v1 = join(SHARED, 'golden', 'single_slice.dcbs')
})

const OLD_CUBE = new TextEncoder().encode('what was there before')
const WRITINGS: Record<string, Writing> = {
  'pack, where there is nothing': { old: {}, argv: folder => ['pack', source, '-o', join(folder, 'a.dcbs'), '--json'] },
  'pack --force, over another file': {
    old: { 'a.dcbs': OLD_CUBE },
    argv: folder => ['pack', source, '-o', join(folder, 'a.dcbs'), '--force', '--json'],
  },
  'unpack, into a new folder': {
    old: {},
    argv: folder => ['unpack', cube, '-o', join(folder, 'new', 'files'), '--json'],
  },
  'unpack, into one that is there': {
    old: { 'notes.txt': OLD_CUBE },
    argv: folder => ['unpack', cube, '-o', folder, '--json'],
    mixed: true,
  },
  'unpack --force, over other files': {
    old: Object.fromEntries(series.files.map(({ path }) => [path, OLD_CUBE])),
    argv: folder => ['unpack', cube, '-o', folder, '--force', '--json'],
    mixed: true,
  },
  ...(hasShared && {
    migrate: { old: {}, argv: (folder: string) => ['migrate', v1, '-o', join(folder, 'a.dcbs'), '--json'] },
  }),
}

/** Calls of each kind to be hit: all of them, or the first, the last and some between. */
function chosen(calls: readonly SeenCall[]): SeenCall[] {
  return CALLS.flatMap(call => {
    const own = calls.filter(seen => seen.call === call)
    if (own.length <= MOST_OF_A_KIND) return own
    return Array.from(
      { length: MOST_OF_A_KIND },
      (_, i) => own[Math.round((i * (own.length - 1)) / (MOST_OF_A_KIND - 1))],
    )
  })
}

const FAULTS: Record<Fault['does'], readonly Fault['call'][]> = {
  kill: CALLS,
  EIO: CALLS,
  ENOSPC: ['openat', 'pwrite64', 'fsync', 'rename', 'link', 'mkdir'],
  nothing: ['pwrite64'],
}

describe.runIf(hasStrace)('a fault at every point of writing: the old files or the new ones', () => {
  test.each(Object.entries(WRITINGS))(
    '%s',
    { timeout: EVERY ? 3_600_000 : 600_000 },
    async (_, { old, argv, mixed }) => {
      const prepare = () => {
        const folder = newFolder()
        for (const [name, bytes] of Object.entries(old)) writeFileSync(join(folder, name), bytes)
        return folder
      }
      const clean = prepare()
      const before = contentOf(clean)
      const dry = await traced(argv(clean), clean)
      expect([dry.code, dry.err]).toEqual([0, ''])
      const after = contentOf(clean)
      expect(Object.keys(after).filter(isLeftOver)).toEqual([])

      // What is new is on the disk before it has its name, and then so is the name.
      const at = (call: string, text: RegExp) => dry.calls.findIndex(seen => seen.call === call && text.test(seen.line))
      const named = dry.calls.findIndex(({ call }) => call === 'rename' || call === 'link')
      expect(at('fsync', /\.dicube-/)).toBeGreaterThan(-1)
      expect(at('fsync', /\.dicube-/)).toBeLessThan(named)
      const folderSync = dry.calls.findLastIndex(({ call, line }) => call === 'fsync' && line.includes(`<${clean}>`))
      expect(folderSync).toBeGreaterThan(dry.calls.findLastIndex(({ call }) => call === 'rename' || call === 'link'))

      const isWhole = (found: Record<string, string>) =>
        mixed
          ? Object.keys({ ...before, ...found }).every(name => [before[name], after[name]].includes(found[name]))
          : [before, after].some(wanted => JSON.stringify(found) === JSON.stringify(wanted))
      const faults = (Object.keys(FAULTS) as Fault['does'][]).flatMap(does =>
        chosen(dry.calls.filter(({ call }) => FAULTS[does].includes(call))).map(
          ({ call, nth }): Fault => ({ call, nth, does }),
        ),
      )
      let happened = 0
      const check = async (fault: Fault) => {
        const folder = prepare()
        let run = await traced(argv(folder), folder, fault)
        // Module loading shares the thread, and is not in the same order each time.
        for (let again = 0; !run.happened && again < 3; again++) {
          rmSync(folder, { recursive: true })
          mkdirSync(folder)
          for (const [name, bytes] of Object.entries(old)) writeFileSync(join(folder, name), bytes)
          run = await traced(argv(folder), folder, fault)
        }
        const what = `${fault.does} at ${fault.call} ${fault.nth}: ${run.happened}`
        if (!run.happened) return
        happened++
        const found = contentOf(folder)
        expect(isWhole(without(found)), `${what}: ${Object.keys(found)}`).toBe(true)
        if (fault.does === 'kill') {
          // Who comes next clears up, and is not confused.
          const next = await traced([...argv(folder), ...(argv(folder).includes('--force') ? [] : ['--force'])], folder)
          expect([next.code, next.err], what).toEqual([0, ''])
          expect(contentOf(folder), what).toEqual(after)
          return
        }
        expect(Object.keys(found).filter(isLeftOver), what).toEqual([])
        if (run.code === 0) expect(found, what).toEqual(after)
        else {
          expect([run.code, run.signal], `${what}: ${run.err}`).toEqual([1, null])
          expect(run.err, what).toMatch(/^dicube: .*(ENOSPC|EIO|no byte of \d+ was written|the folder cannot be made)/)
          expect(run.err, what).not.toMatch(/fault of dicube itself|\bat .*\.js:/)
        }
      }
      for await (const _ of mapOrdered(faults, 2, check));
      console.log(`${faults.length} faults, ${happened} of them happened; ${dry.calls.length} calls`)
      // Opening and closing files is what loading modules does too; all other calls are ours alone.
      expect(happened).toBeGreaterThan(faults.filter(({ call }) => call !== 'openat' && call !== 'close').length * 0.95)
    },
  )
})

const canLimit = (() => {
  try {
    execFileSync('prlimit', ['--fsize=1000', 'true'])
    return true
  } catch {
    return false
  }
})()

describe('writes that are cut short', () => {
  const BIN = join(dirname(dirname(__dirname)), 'dist', 'cli', 'bin.js')
  const runCli = (before: readonly string[], argv: readonly string[]) => {
    try {
      execFileSync(
        before[0] ?? process.execPath,
        [...before.slice(1), ...(before.length ? [process.execPath] : []), BIN, ...argv],
        {
          stdio: 'pipe',
        },
      )
      return { code: 0, err: '' }
    } catch (error) {
      const { status, stderr } = error as { status: number; stderr: Buffer }
      return { code: status, err: String(stderr) }
    }
  }

  // The kernel writes up to the limit and says how much that was; the next write fails.
  test.runIf(canLimit)('by a limit on the size of files, wherever it is', async () => {
    const sizeBytes = statSync(cube).size
    for (let limit = 1; limit < sizeBytes; limit += Math.ceil(sizeBytes / 9)) {
      const folder = newFolder()
      writeFileSync(join(folder, 'a.dcbs'), OLD_CUBE)
      const before = contentOf(folder)
      const packing = runCli(['prlimit', `--fsize=${limit}`], ['pack', source, '-o', join(folder, 'a.dcbs'), '--force'])
      expect([limit, packing.code]).toEqual([limit, 1])
      expect(packing.err).toMatch(/^dicube: .*EFBIG/)
      expect(contentOf(folder)).toEqual(before)
      const empty = newFolder()
      const unpacking = runCli(['prlimit', `--fsize=${Math.min(limit, 900)}`], ['unpack', cube, '-o', empty])
      expect(unpacking.err).toMatch(/^dicube: .*EFBIG/)
      expect(readdirSync(empty)).toEqual([])
    }
  })

  const mounted: string[] = []
  afterAll(() => {
    for (const folder of mounted) execFileSync('umount', [folder])
  })
  const tmpfs = (sizeBytes: number): string | undefined => {
    const folder = newFolder()
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes}`, 'none', folder], { stdio: 'pipe' })
    } catch {
      console.log('skipped: a full disk is a small tmpfs, which only root can mount')
      return undefined
    }
    mounted.push(folder)
    return folder
  }

  test.runIf(process.platform === 'linux')('by a disk that is full', async () => {
    const pages = Math.ceil(statSync(cube).size / 4096)
    for (let page = 1; page <= pages + 1; page++) {
      const folder = tmpfs(4096 * (page + 1))
      if (!folder) return
      writeFileSync(join(folder, 'a.dcbs'), OLD_CUBE)
      const before = contentOf(folder)
      const packing = runCli([], ['pack', source, '-o', join(folder, 'a.dcbs'), '--force'])
      if (packing.code === 0) expect(readFileSync(join(folder, 'a.dcbs'))).toEqual(readFileSync(cube))
      else {
        expect(packing.err).toMatch(/^dicube: .*ENOSPC/)
        expect(contentOf(folder)).toEqual(before)
      }
      rmSync(join(folder, 'a.dcbs'))
      const unpacking = runCli([], ['unpack', cube, '-o', join(folder, 'files')])
      if (unpacking.code) {
        expect(unpacking.err).toMatch(/^dicube: .*ENOSPC/)
        expect(readdirSync(folder)).toEqual([])
      }
    }
  })
})

describe('at the same time', () => {
  test('two writers do not mix, and a reader sees one file or the other', async () => {
    const folder = newFolder()
    const path = join(folder, 'a.dcbs')
    const other = generatedSeries().find(one => one.name === 'grey-12-in-16')!
    const cubes = [new Uint8Array(readFileSync(cube)), await packed(other.files)]
    writeFileSync(path, cubes[0])
    const originals = await Promise.all(
      cubes.map(async bytes => {
        const image = await load(bytes)
        const files: Uint8Array[] = []
        for await (const file of originalFiles(image)) files.push(file.bytes)
        await image.close()
        return Buffer.concat(files)
      }),
    )
    let isWriting = true
    const writer = async (bytes: Uint8Array) => {
      const image = await load(bytes, { threads: 0 })
      for (let i = 0; i < 12; i++) await save(image, path, { threads: 0 })
      await image.close()
    }
    const seen = new Set<number>()
    const reader = async () => {
      while (isWriting) {
        const image = await load(path, { threads: 0 })
        const files: Uint8Array[] = []
        for await (const file of originalFiles(image)) {
          files.push(file.bytes)
          await new Promise(resolve => setTimeout(resolve, 2))
        }
        await image.close()
        const which = originals.findIndex(wanted => wanted.equals(Buffer.concat(files)))
        expect(which).toBeGreaterThanOrEqual(0)
        seen.add(which)
        const whole = readFileSync(path)
        expect(cubes.some(bytes => whole.equals(bytes))).toBe(true)
      }
    }
    const reading = reader()
    await Promise.all(cubes.map(writer))
    isWriting = false
    await reading
    expect([...seen].sort()).toEqual([0, 1])
    expect(readdirSync(folder)).toEqual([basename(path)])
  })

  test('what is not held is never a mixture of two files', async () => {
    const path = join(newFolder(), 'a.bin')
    writeFileSync(path, 'first')
    const reader = sourceFromFile(path)
    await reader.head(2)
    writeFileSync(`${path}.new`, 'other')
    execFileSync('mv', [`${path}.new`, path])
    await expect(reader.read(2, 3)).rejects.toMatchObject({
      code: 'changed',
      message: `${path}: was replaced or written to while it was read`,
    })
  })

  test('of two writers that may not overwrite, one is told that the file exists', async () => {
    const folder = newFolder()
    const path = join(folder, 'a.dcbs')
    const image = await load(cube, { threads: 0 })
    const results = await Promise.allSettled([1, 2, 3].map(() => save(image, path, { overwrite: false, threads: 0 })))
    await image.close()
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'exists' })
    expect(readdirSync(folder)).toEqual(['a.dcbs'])
    expect(readFileSync(path)).toEqual(readFileSync(cube))
  })
})
