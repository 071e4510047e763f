import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sourceFromFile } from '../../src/bytes/file.node.ts'
import { mapOrdered } from '../../src/bytes/map-ordered.ts'
import { nodePlatform } from '../../src/codec/platform.node.ts'
import { type FrameWorker, usePlatform } from '../../src/codec/platform.ts'
import { FramePool } from '../../src/codec/pool.ts'
import { answer, type TaskRequest } from '../../src/codec/tasks.ts'
import { noise, refusal, shapeOf, wordsWithin } from './helpers.ts'

const shape = shapeOf({ rows: 40, columns: 50, bitsStored: 12 })
const native = wordsWithin(shape)

beforeEach(() => usePlatform(nodePlatform))
afterEach(() => usePlatform(nodePlatform))

const built = existsSync(new URL('../../dist/bin/frame-worker.cjs', import.meta.url))
if (!built) console.log('test/codec/pool: no dist/, frames are coded without threads')

describe.each([0, 1, 2])('%i threads', threads => {
  test('pack, unpack and decode give what the functions give', async () => {
    const pool = new FramePool(threads)
    const packed = await pool.pack(native, shape)
    expect(packed).toMatchObject({ coding: 1, minimum: 0, maximum: 4095, outside: false })
    expect(Buffer.compare(await pool.unpack(packed.coding, packed.bytes, shape), native)).toBe(0)
    const decoded = await pool.decode('htj2k', packed.bytes, shape)
    expect(Buffer.compare(decoded.pixels, native)).toBe(0)
    expect(decoded.colorTransformed).toBe(false)
    expect(packed.bytes.length).toBeGreaterThan(0)
    pool.close()
  })

  test('as many as were asked for begin before there is work, and do it then', async () => {
    let made = 0
    usePlatform({
      createWorker() {
        made++
        return nodePlatform.createWorker!()
      },
    })
    const pool = new FramePool(threads)
    await pool.start(2)
    expect(made).toBe(threads)
    expect((await pool.pack(native, shape)).coding).toBe(1)
    expect(made).toBe(threads)
    pool.close()
    if (threads) expect(await refusal(() => pool.start(1))).toEqual(['aborted', 'frame pool: closed'])
  })

  test('many frames, in order; views of one large buffer stay whole', async () => {
    const pool = new FramePool(threads)
    const file = noise(30 * native.length, 3)
    const frames = Array.from({ length: 30 }, (_, at) => file.subarray(at * native.length, (at + 1) * native.length))
    const before = file.slice()
    let at = 0
    for await (const packed of mapOrdered(frames, 4, frame => pool.pack(frame, shape)))
      expect(Buffer.compare(await pool.unpack(packed.coding, packed.bytes, shape), frames[at++])).toBe(0)
    expect(at).toBe(30)
    expect(Buffer.compare(file, before)).toBe(0)
    pool.close()
  })

  test('a refusal keeps its code and its words', async () => {
    const pool = new FramePool(threads)
    expect(await refusal(() => pool.pack(native.subarray(1), shape))).toEqual([
      'unsupported-pixels',
      'frame: 3999 bytes, wanted 4000 for 50 x 40 x 1, 12 of 16 bits, high bit 11',
    ])
    expect((await refusal(() => pool.decode('jpeg-ls', native, shape)))[0]).toBe('corrupt')
    expect((await pool.pack(native, shape)).coding).toBe(1)
    pool.close()
  })

  test('aborted before and while it waits', async () => {
    const pool = new FramePool(threads)
    expect(await refusal(() => pool.pack(native, shape, AbortSignal.abort()))).toEqual([
      'aborted',
      'frame pool: aborted',
    ])
    const controller = new AbortController()
    const tasks = Array.from({ length: 6 }, () => refusal(() => pool.pack(native, shape, controller.signal)))
    controller.abort()
    expect(await Promise.all(tasks)).toEqual(Array(6).fill(['aborted', 'frame pool: aborted']))
    expect((await pool.pack(native, shape)).coding).toBe(1)
    pool.close()
  })

  test('frames in a file are read by who decodes them; results stay when the next are read', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'dicube-pool-')), 'frames')
    const frames = [noise(native.length, 1), noise(native.length, 2), native]
    writeFileSync(path, Buffer.concat(frames))
    const file = sourceFromFile(path).place!()
    const parts = frames.map((_, at) => ({ file, offset: at * native.length, length: native.length }))
    const pool = new FramePool(threads)
    const results = await Promise.all(
      parts.map(part => pool.values({ coding: 4 }, part, { ...shape, bitsStored: 16, highBit: 15 })),
    )
    for (const [at, { values }] of results.entries())
      expect(Buffer.compare(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), frames[at])).toBe(0)
    expect(await pool.pack(parts[2], shape)).toEqual(await pool.pack(native, shape))
    expect(
      await pool.hash(file, 3 * native.length, [
        { offset: native.length - 2, bytes: Buffer.concat(frames).subarray(native.length - 2, native.length + 2) },
      ]),
    ).toEqual(new Uint8Array(createHash('sha256').update(Buffer.concat(frames)).digest()))
    expect(await pool.hash(file, 3 * native.length, [{ offset: 0, bytes: frames[1] }])).toBe(undefined)
    const checked = { crc32: 1, frame: 'frame 0 of slice 1' }
    expect(await refusal(() => pool.unpack(1, { ...parts[1], checked }, shape))).toEqual([
      'corrupt',
      `${path}: frame 0 of slice 1 (4000 bytes at 4000) does not have its checksum`,
    ])
    writeFileSync(path, 'another file')
    expect(await refusal(() => pool.pack(parts[0], shape))).toEqual([
      'changed',
      `${path}: was replaced or written to while it was read`,
    ])
    pool.close()
    rmSync(dirname(path), { recursive: true })
  })

  test('closed', async () => {
    const pool = new FramePool(threads)
    pool.close()
    pool.close()
    expect(await refusal(() => pool.pack(native, shape))).toEqual(['aborted', 'frame pool: closed'])
  })
})

test('close rejects what is under way', async () => {
  const pool = new FramePool(1)
  const tasks = Array.from({ length: 5 }, () => refusal(() => pool.pack(native, shape)))
  pool.close()
  for (const [code] of await Promise.all(tasks)) expect(code).toBe('aborted')
})

/** A worker on this thread, that dies when it is given its n-th frame. */
function mortalWorker(framesToLive: number): FrameWorker {
  let onMessage: (message: unknown) => void
  let onEnd: (reason: string) => void
  let frames = 0
  return {
    listen(message, end) {
      onMessage = message
      onEnd = end
    },
    post(message) {
      const request = message as TaskRequest
      if (request.name !== 'start' && ++frames > framesToLive) queueMicrotask(() => onEnd('out of memory'))
      else void answer(request, reply => onMessage(reply))
    },
    end() {},
  }
}

test('a worker that dies takes its frames along, and another one goes on', async () => {
  let made = 0
  usePlatform({ createWorker: () => mortalWorker(made++ === 0 ? 1 : 100) })
  const pool = new FramePool(1)
  expect((await pool.pack(native, shape)).coding).toBe(1)
  const died = ['io', 'frame pool: a worker died, out of memory']
  expect(await Promise.all([1, 2].map(() => refusal(() => pool.pack(native, shape))))).toEqual([died, died])
  expect((await pool.pack(native, shape)).coding).toBe(1)
  expect(made).toBe(2)
  pool.close()
})

test.each([
  ['there are none', () => undefined],
  [
    'they are forbidden',
    () => {
      throw new Error('SecurityError')
    },
  ],
  [
    'their script does not load',
    (): FrameWorker => ({
      listen: (_, onEnd) => void setTimeout(() => onEnd('404')),
      post() {},
      end() {},
    }),
  ],
])('frames are coded on this thread where %s', async (_, createWorker) => {
  usePlatform({ createWorker })
  const pool = new FramePool(2)
  const packed = await Promise.all([1, 2, 3, 4, 5].map(() => pool.pack(native, shape)))
  expect(packed.map(({ coding }) => coding)).toEqual([1, 1, 1, 1, 1])
  pool.close()
})

test.runIf(built)('a program with an open pool ends, and one that waits for a frame does not end before', () => {
  const dist = new URL('../../dist/codec/', import.meta.url)
  const program = `
    import { usePlatform } from '${dist}platform.js'
    import { nodePlatform } from '${dist}platform.node.js'
    import { FramePool } from '${dist}pool.js'
    usePlatform(nodePlatform)
    const shape = ${JSON.stringify(shape)}
    const packed = await new FramePool(1).pack(new Uint8Array(${native.length}), shape)
    console.log('coding', packed.coding)`
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', program], { timeout: 20_000 })
  expect(output.toString()).toBe('coding 1\n')
})

/** A thread that is in an endless loop as soon as it gets a frame, as a decoder of damaged bytes can be. */
function hungThread(): FrameWorker {
  const worker = new Worker(
    `require('node:worker_threads').parentPort.on('message', ({ id }) => { for (;;) if (id < 0) break })`,
    { eval: true },
  )
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    listen: (_, onEnd) => void worker.on('exit', code => onEnd(`ended with ${code}`)),
    end: () => void worker.terminate(),
  }
}

test.runIf(built)(
  'a thread that does not come back is ended: its frame is refused, those behind it are not',
  async () => {
    let made = 0
    let ended = 0
    usePlatform({
      createWorker() {
        if (made++) return nodePlatform.createWorker!()
        const hung = hungThread()
        return {
          ...hung,
          end() {
            ended++
            hung.end()
          },
        }
      },
    })
    // Long enough for the other thread to start, however busy the machine is.
    const pool = new FramePool(1, 10_000)
    const frames = [1, 2, 3].map(() => pool.pack(native, shape))
    expect(await refusal(() => frames[0])).toEqual([
      'limit',
      'frame pool: a frame took more than 10000 ms, and its thread was ended',
    ])
    expect((await Promise.all(frames.slice(1))).map(({ coding }) => coding)).toEqual([1, 1])
    expect([made, ended]).toEqual([2, 1])
    pool.close()
  },
)
