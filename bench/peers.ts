import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Contestant } from './timing.ts'

const HERE = new URL('../../peers/', import.meta.url)
const PYTHON = fileURLToPath(new URL('../../.venv/bin/python', HERE))
const HOW_TO = 'bash bench/peers/install.sh brings it'

export interface Peers {
  contestants: Contestant[]
  close(): void
}

interface DicomParser {
  parseDicom(bytes: Uint8Array, options: { untilTag: string }): { intString(tag: string): number | undefined }
}
interface Dcmjs {
  log: { setLevel(level: string): void }
  data: {
    DicomMessage: {
      readFile(
        bytes: ArrayBuffer,
        options: { untilTag: string; includeUntilTagValue: boolean },
      ): { dict: Record<string, { Value?: unknown[] } | undefined> }
    }
  }
}

/**
 * Instance Number of all files, by everybody else and as fast as their documentation tells. Each is asked once before
 * it is timed, and has to give the same numbers.
 */
export async function openPeers(
  files: readonly string[],
  expected: readonly (number | null)[],
  temporary: string,
  skip: (what: string) => void,
): Promise<Peers> {
  const contestants: Contestant[] = []
  const add = async (name: string, every: number, numbers: () => unknown[]) => {
    const found = numbers()
    if (JSON.stringify(found) === JSON.stringify(expected)) contestants.push({ name, every, run: () => void numbers() })
    else skip(`${name}: gives other Instance Numbers than dicube for this series`)
  }
  const dicomParser = optional<DicomParser>('dicom-parser', skip)
  if (dicomParser)
    await add('dicom-parser', 1, () =>
      files.map(path =>
        fromHead(path, bytes => dicomParser.parseDicom(bytes, { untilTag: 'x00200013' }).intString('x00200013')),
      ),
    )
  const dcmjs = optional<Dcmjs>('dcmjs', skip)
  if (dcmjs) {
    dcmjs.log.setLevel('silent')
    await add('dcmjs', 10, () =>
      files.map(path =>
        fromHead(path, bytes => {
          const { dict } = dcmjs.data.DicomMessage.readFile(bytes.buffer as ArrayBuffer, {
            untilTag: '00200013',
            includeUntilTagValue: true,
          })
          return dict['00200013']?.Value?.[0]
        }),
      ),
    )
  }
  const python = await openPython(files, temporary, skip)
  for (const name of python?.names ?? [])
    contestants.push({ name, every: name === 'pydicom' ? 10 : 1, run: () => python!.run(name) })
  return { contestants, close: () => python?.close() }
}

function optional<T>(name: string, skip: (what: string) => void): T | undefined {
  try {
    return createRequire(HERE)(name) as T
  } catch {
    skip(`${name} is not installed; ${HOW_TO}`)
    return undefined
  }
}

const HEAD_BYTES = 16 << 10

/** A peer gets the first 16 KB, as we do, and the whole file only where it cannot do with that. */
function fromHead<T>(path: string, read: (bytes: Uint8Array) => T | undefined): T | null {
  const fd = openSync(path, 'r')
  try {
    const { size } = fstatSync(fd)
    for (let length = Math.min(HEAD_BYTES, size); ; length = size) {
      const bytes = new Uint8Array(length)
      readSync(fd, bytes, 0, length, 0)
      try {
        const value = read(bytes)
        if (value !== undefined || length === size) return value ?? null
      } catch (error) {
        if (length === size) throw error
      }
    }
  } finally {
    closeSync(fd)
  }
}

interface Python {
  names: string[]
  /** Resolves with the ms that it took there. */
  run(name: string): Promise<number>
  close(): void
}

/** A Python process that does what it is told, once each time, and says how long it took. */
async function openPython(
  files: readonly string[],
  temporary: string,
  skip: (what: string) => void,
): Promise<Python | undefined> {
  if (!existsSync(PYTHON)) {
    skip(`pydicom and the Python package are not installed; ${HOW_TO}`)
    return undefined
  }
  const child = spawn(PYTHON, ['-W', 'ignore', fileURLToPath(new URL('peers.py', HERE)), temporary], {
    stdio: ['pipe', 'pipe', 'inherit'],
  }) as unknown as ChildProcessWithoutNullStreams
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const ask = async (line: string): Promise<unknown> => {
    child.stdin.write(`${line}\n`)
    const { value, done } = await lines.next()
    if (done) throw new Error('bench/peers/peers.py ended')
    return JSON.parse(value)
  }
  const { names, skipped } = (await ask(JSON.stringify(files))) as { names: string[]; skipped: string[] }
  for (const text of skipped) skip(text)
  return {
    names,
    run: async name => (await ask(JSON.stringify(name))) as number,
    close: () => {
      child.stdin.end()
      void once(child, 'exit')
    },
  }
}
