#!/usr/bin/env node
// The beginning of dist/bin/dicube.cjs. Of a process that prints Instance Number of a cube most of the time goes into loading:
// what this file imports is all that `dicube get` of a cube on the disk needs. Anything else, an error above all, is begun
// anew by bin.ts, with nothing printed before.
import { fstatSync, writeSync } from 'node:fs'
import { parseCommandLine } from './args.ts'
import { get } from './get.ts'
import type { Io, Sink } from './io.ts'
import { sinkOf } from './stdio.ts'

/** A pipe takes as much at once, as a rule, and files always do. */
const AT_ONCE_BYTES = 1 << 14

/** What `dicube get` prints; undefined where it takes more than is here. */
async function textOfGet(argv: readonly string[]): Promise<string | undefined> {
  const { values, operands } = argv.some(arg => arg.startsWith('-'))
    ? parseCommandLine('get', get, argv)
    : { values: {} as Record<string, undefined>, operands: [...argv] }
  if (values.help || values.csv || operands.length < 2) return undefined
  let text = ''
  const stdout: Sink = {
    write(more) {
      text += more
    },
  }
  const stderr: Sink = {
    write() {
      throw new Error('there is a warning to be printed')
    },
  }
  // process.stdout is a stream, and what a stream is takes 2 ms to load.
  const device = fstatSync(1).isCharacterDevice() ? process.stdout : undefined
  const io: Io = {
    stdout,
    stderr,
    isTerminal: device?.isTTY === true,
    columns: device?.columns || 80,
    get signal() {
      return new AbortController().signal
    },
  }
  return (await get.run(values as Parameters<typeof get.run>[0], operands, io)) === 0 ? text : undefined
}

async function print(text: string): Promise<void> {
  const bytes = Buffer.from(text)
  let done = 0
  if (bytes.length <= AT_ONCE_BYTES)
    try {
      while (done < bytes.length) done += writeSync(1, bytes, done)
    } catch {
      // What it was the stream finds out too, and waits where that helps.
    }
  if (done === bytes.length) return
  try {
    await sinkOf(process.stdout, 'stdout').write(bytes.subarray(done))
  } catch (error) {
    await sinkOf(process.stderr, 'stderr').write(`dicube: ${(error as Error).message}\n`)
    process.exitCode = 1
  }
}

const [verb, ...rest] = process.argv.slice(2)
const start = async () => {
  const text = verb === 'get' ? await textOfGet(rest).catch(() => undefined) : undefined
  if (text === undefined) await import('./bin.ts')
  else await print(text)
}
void start()
