import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll } from 'vitest'
import type { Io } from '../../src/cli/io.ts'
import { main } from '../../src/cli/main.ts'
import { type GeneratedSeries, generatedSeries, writeGenerated } from '../generate/encodings.ts'

export interface Ran {
  code: number
  out: string
  err: string
}

/** A command without a process. */
export async function run(argv: readonly string[], io: Partial<Io> = {}): Promise<Ran> {
  const ran: Ran = { code: -1, out: '', err: '' }
  const sink = (stream: 'out' | 'err') => ({
    write(text: string) {
      ran[stream] += text
    },
  })
  const signal = new AbortController().signal
  ran.code = await main(argv, {
    stdout: sink('out'),
    stderr: sink('err'),
    isTerminal: false,
    columns: 80,
    signal,
    ...io,
  })
  return ran
}

/** What a command prints with --json. */
export async function runJson<T>(...argv: string[]): Promise<{ code: number; json: T; err: string }> {
  const { code, out, err } = await run([...argv, '--json'])
  return { code, json: JSON.parse(out) as T, err }
}

export interface ErrorJson {
  error: { code: string; message: string }
}
export interface PackJson {
  cubes: {
    path: string
    sliceCount: number
    fileBytes: number
    attachments: number
    notes: { code: string; message: string }[]
  }[]
  skipped: { name: string; code: string; reason: string; attached: boolean }[]
  refused: { name: string; code: string; reason: string; attached: boolean }[]
  failed: { path: string; code: string }[]
}

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'dicube-cli-'))
  folders.push(folder)
  return folder
}

/** Made once: all of them take half a second. */
let generated: GeneratedSeries[] | undefined

/** A folder with the files of one of test/generate's series. */
export function generatedFolder(name: string): string {
  generated ??= generatedSeries()
  const series = generated.find(one => one.name === name)
  if (!series) throw new Error(`no generated series ${name}`)
  const folder = temporaryFolder()
  writeGenerated(folder, series)
  return folder
}

export function writeFiles(folder: string, files: Record<string, Uint8Array | string>): string {
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), bytes)
  }
  return folder
}

/** A packed series, and the folder it came from. */
export async function packed(name = 'explicit-le-sequences'): Promise<{ source: string; cube: string }> {
  const source = generatedFolder(name)
  const cube = join(temporaryFolder(), 'series.dcbs')
  const { code, err } = await run(['pack', source, '-o', cube])
  if (code) throw new Error(err)
  return { source, cube }
}
