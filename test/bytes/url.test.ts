import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sourceFromUrl } from '../../src/bytes/url.ts'
import { DicubeError, load, loadMeta } from '../../src/node.ts'
import { cubeOfFiles, demoFiles } from '../browser/cubes.ts'
import { type Answer, type Served, sendRange, serve, type TestServer } from '../browser/server.ts'

const file = Uint8Array.from({ length: 200_000 }, (_, i) => (i * 7919) >> 3)
const part = (offset: number, length: number) => file.slice(offset, offset + length)

/** What lies at a path; a test puts its fault there. */
const served = new Map<string, Served | Answer>()
let server: TestServer
beforeAll(async () => {
  server = await serve(path => served.get(path))
})
afterAll(() => server.close())
beforeEach(() => {
  server.received.length = 0
})

/** A URL of its own for what answers there. */
let count = 0
function at(answer: Served | Answer): string {
  const path = `/${count++}`
  served.set(path, answer)
  return server.url + path
}
const plain = (headers?: Record<string, string>) => at({ bytes: file, headers })

async function refusal(work: Promise<unknown>, url: string): Promise<[code: string, message: string]> {
  try {
    await work
  } catch (error) {
    expect(error).toBeInstanceOf(DicubeError)
    return [(error as DicubeError).code, (error as DicubeError).message.replace(url, 'URL')]
  }
  throw new Error('nothing was refused')
}

/** Answers 206 whatever is asked, with what is given in place of what is right. */
const partial =
  (change: {
    range?: string | null
    body?: (bytes: Uint8Array) => Uint8Array
    headers?: Record<string, string>
  }): Answer =>
  (request, response) => {
    const [start, last] = /(\d+)-(\d+)/.exec(request.headers.range!)!.slice(1).map(Number)
    const bytes = part(start, last - start + 1)
    const body = change.body?.(bytes) ?? bytes
    const range =
      change.range === undefined ? `bytes ${start}-${start + bytes.length - 1}/${file.length}` : change.range
    response.writeHead(206, { ...(range !== null && { 'Content-Range': range }), ...change.headers }).end(body)
  }

describe('a server that knows ranges', () => {
  test('the head, its size and any part, a request for each', async () => {
    const source = sourceFromUrl(plain())
    expect(await source.head(1000)).toEqual({ bytes: part(0, 1000), sizeBytes: file.length })
    expect(await source.read(150_000, 50_000)).toEqual(part(150_000, 50_000))
    expect(server.received.map(({ range }) => range)).toEqual(['bytes=0-999', 'bytes=150000-199999'])
    expect(source.stats).toEqual({ requests: 2, bytes: 51_000 })
  })

  test('a head beyond the end is the file; a read beyond it is refused without a request', async () => {
    const url = plain()
    const source = sourceFromUrl(url)
    expect(await source.head(1 << 20)).toEqual({ bytes: file, sizeBytes: file.length })
    expect(await refusal(source.read(199_999, 2), url)).toEqual([
      'truncated',
      'URL: wanted 2 bytes at 199999, the file has 200000',
    ])
    expect(await source.read(5, 0)).toEqual(new Uint8Array(0))
    expect(server.received).toHaveLength(1)
  })

  test('an empty file, of which no range can be asked for', async () => {
    const source = sourceFromUrl(at({ bytes: new Uint8Array(0) }))
    expect(await source.head(100)).toEqual({ bytes: new Uint8Array(0), sizeBytes: 0 })
  })

  test('redirects are followed, with the range', async () => {
    const target = plain()
    const source = sourceFromUrl(at((_, response) => response.writeHead(302, { Location: target }).end()))
    expect((await source.head(10)).bytes).toEqual(part(0, 10))
    expect(server.received.map(({ range }) => range)).toEqual(['bytes=0-9', 'bytes=0-9'])
  })

  test('headers are sent along', async () => {
    let seen: string | undefined
    const url = at((request, response) => {
      seen = request.headers.authorization
      sendRange(request, response, { bytes: file })
    })
    await sourceFromUrl(url, { headers: { Authorization: 'Bearer x' } }).head(10)
    expect(seen).toBe('Bearer x')
  })
})

describe('a file that is replaced', () => {
  const other = Uint8Array.from(file, byte => byte ^ 1)
  const replaced = async (before: Served, after: Served) => {
    const url = at(before)
    const source = sourceFromUrl(url)
    await source.head(10)
    served.set(new URL(url).pathname, after)
    return refusal(source.read(100, 10), url)
  }

  test.each([
    [
      'by its ETag, asked for with If-Range',
      { bytes: file, headers: { ETag: '"1"' } },
      { bytes: other, headers: { ETag: '"2"' } },
      'it was "1" and is not',
    ],
    [
      'by a weak ETag',
      { bytes: file, headers: { ETag: 'W/"1"' } },
      { bytes: other, headers: { ETag: 'W/"2"' } },
      'its ETag was W/"1" and is W/"2"',
    ],
    [
      'by Last-Modified',
      { bytes: file, headers: { 'Last-Modified': 'Mon, 01 Jan 2024 00:00:00 GMT' } },
      { bytes: other, headers: { 'Last-Modified': 'Tue, 02 Jan 2024 00:00:00 GMT' } },
      'its Last-Modified was Mon, 01 Jan 2024 00:00:00 GMT and is Tue, 02 Jan 2024 00:00:00 GMT',
    ],
    ['by its size', { bytes: file }, { bytes: other.subarray(1) }, 'its size was 200000 and is 199999'],
  ])('is noticed %s', async (_, before, after, how) => {
    expect(await replaced(before, after)).toEqual(['changed', `URL: was replaced while it was read, ${how}`])
  })

  test('with nothing that tells, the checksums of a cube do: no frame is mixed of two files', async () => {
    const cubes = await Promise.all([1, 2].map(seed => cubeOfFiles(demoFiles(8, 64, seed))))
    const url = at({ bytes: cubes[0] })
    const image = await load(url)
    const padded = new Uint8Array(cubes[0].length)
    padded.set(cubes[1].subarray(0, padded.length))
    served.set(new URL(url).pathname, { bytes: padded })
    for (let i = 0; i < image.frameCount; i++) expect((await refusal(image.frame(i), url))[0]).toBe('corrupt')
    await image.close()
  })

  test('If-Range goes with every read but the first', async () => {
    const source = sourceFromUrl(plain({ ETag: '"1"' }))
    await source.head(10)
    await source.read(20, 10)
    expect(server.received.map(({ ifRange }) => ifRange)).toEqual([undefined, '"1"'])
  })
})

describe('a server that ignores Range', () => {
  const ignoring =
    (length: boolean, bytes = file): Answer =>
    (_, response) => {
      response.writeHead(200, length ? { 'Content-Length': bytes.length } : {}).end(bytes)
    }

  test.each([true, false])('is asked once for a small file; it says its length: %s', async length => {
    const source = sourceFromUrl(at(ignoring(length)))
    expect(await source.head(1000)).toEqual({ bytes: part(0, 1000), sizeBytes: file.length })
    expect(await source.read(150_000, 10)).toEqual(part(150_000, 10))
    expect(await source.head(5)).toEqual({ bytes: part(0, 5), sizeBytes: file.length })
    expect(server.received).toHaveLength(1)
  })

  /** 10 GB, made while they are sent; `sent` says how much of it anybody took. */
  const endless = (length?: number) => {
    const state = { sent: 0, ended: false }
    const url = at((_, response) => {
      response.writeHead(200, length === undefined ? {} : { 'Content-Length': length })
      response.on('close', () => {
        state.ended = true
      })
      const block = new Uint8Array(1 << 16)
      const pump = () => {
        while (!state.ended && state.sent < 10e9) {
          state.sent += block.length
          if (!response.write(block)) return void response.once('drain', pump)
        }
        response.end()
      }
      pump()
    })
    return { url, state }
  }

  test('is not let send 10 GB where 64 KiB are wanted', async () => {
    const { url, state } = endless(10e9)
    const source = sourceFromUrl(url)
    const { bytes, sizeBytes } = await source.head(1 << 16)
    expect([bytes.length, sizeBytes]).toEqual([1 << 16, 10e9])
    await expect.poll(() => state.ended).toBe(true)
    // What is in the buffers of the system counts as sent.
    expect(state.sent).toBeLessThan(64e6)
    expect(await refusal(source.read(5e9, 100), url)).toEqual([
      'http',
      'URL: the server ignores Range; of 10000000000 bytes only the first 67108864 can be read, wanted 100 at 5000000000',
    ])
  })

  test('nor without saying how much it will be', async () => {
    const { url, state } = endless()
    expect(await refusal(sourceFromUrl(url).head(1 << 16), url)).toEqual([
      'http',
      'URL: the server ignores Range and sends more than 67108864 bytes',
    ])
    await expect.poll(() => state.ended).toBe(true)
    expect(state.sent).toBeLessThan(200e6)
  })

  test('and compresses all of it: the bytes are those of the file', async () => {
    const source = sourceFromUrl(
      at((_, response) => response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync(file))),
    )
    expect(await source.head(1000)).toEqual({ bytes: part(0, 1000), sizeBytes: file.length })
    expect(await source.read(199_990, 10)).toEqual(part(199_990, 10))
  })
})

describe('a server at fault', () => {
  test.each<[string, Answer, string, string]>([
    [
      'other bytes than were asked for',
      partial({ range: 'bytes 0-9/200000', body: () => part(0, 10) }),
      'http',
      'wanted bytes 100 to 109, the server sends 0-9/200000',
    ],
    [
      'a body that is short',
      partial({ body: bytes => bytes.subarray(1) }),
      'http',
      'wanted 10 bytes at 100, the server sends 9',
    ],
    [
      'a body that is long',
      partial({ body: bytes => new Uint8Array([...bytes, 0, 0]) }),
      'http',
      'wanted 10 bytes at 100, the server sends more',
    ],
    [
      'another size of the file',
      partial({ range: 'bytes 100-109/7' }),
      'changed',
      'was replaced while it was read, its size was 200000 and is 7',
    ],
    [
      'parts of a compressed file',
      partial({ headers: { 'Content-Encoding': 'gzip' }, body: bytes => gzipSync(bytes) }),
      'http',
      'the server compresses parts of the file (Content-Encoding: gzip)',
    ],
    ['404', (_, response) => response.writeHead(404).end('gone fishing'), 'not-found', 'HTTP 404 Not Found'],
    ['403', (_, response) => response.writeHead(403).end(), 'http', 'HTTP 403 Forbidden'],
    ['500', (_, response) => response.writeHead(500).end('x'.repeat(1e6)), 'http', 'HTTP 500 Internal Server Error'],
    [
      '416 for what is there',
      (_, response) => response.writeHead(416, { 'Content-Range': 'bytes */200000' }).end(),
      'http',
      'HTTP 416 Range Not Satisfiable',
    ],
    [
      'a redirect without an end',
      (request, response) => response.writeHead(302, { Location: request.url! }).end(),
      'http',
      'fetch failed, redirect count exceeded',
    ],
    [
      'a body that is cut off',
      (_, response) => {
        response.writeHead(206, { 'Content-Range': 'bytes 100-109/200000', 'Content-Length': 10 })
        response.write(part(100, 4), () => response.destroy())
      },
      'http',
      'terminated, other side closed',
    ],
  ])('%s', async (_, answer, code, message) => {
    const url = plain()
    const source = sourceFromUrl(url)
    await source.head(10)
    served.set(new URL(url).pathname, answer)
    expect(await refusal(source.read(100, 10), url)).toEqual([code, `URL: ${message}`])
  })

  test('a kept connection that the server closes when it is used again', async () => {
    let closed = 0
    const url = at((request, response) =>
      closed++ ? sendRange(request, response, { bytes: file }) : response.destroy(),
    )
    expect((await sourceFromUrl(url).head(10)).bytes).toEqual(part(0, 10))
    expect(closed).toBe(2)
  })

  test('nobody there', async () => {
    const gone = await serve(() => undefined)
    await gone.close()
    const [code, message] = await refusal(sourceFromUrl(gone.url).head(10), gone.url)
    expect([code, message]).toEqual(['http', expect.stringMatching(/^URL: fetch failed, connect ECONNREFUSED/)])
  })

  test.each([
    ['before its answer', () => {}],
    [
      'within it',
      (_: unknown, response: Parameters<Answer>[1]) => {
        response.writeHead(206, { 'Content-Range': 'bytes 0-9/200000', 'Content-Length': 10 })
        response.write(part(0, 4))
      },
    ],
  ])('a server that stalls %s is given up', async (_, answer) => {
    const url = at(answer as Answer)
    expect(await refusal(sourceFromUrl(url, { stallMs: 100 }).head(10), url)).toEqual([
      'http',
      'URL: nothing, or too little, arrived in 0.1 seconds',
    ])
  })

  test('a size that no header says is asked for once more, with HEAD', async () => {
    const url = at((request, response) =>
      request.method === 'HEAD'
        ? response.writeHead(200, { 'Content-Length': file.length }).end()
        : partial({ range: null })(request, response),
    )
    const source = sourceFromUrl(url)
    expect(await source.head(10)).toEqual({ bytes: part(0, 10), sizeBytes: file.length })
    expect(await source.read(100, 10)).toEqual(part(100, 10))
    expect(server.received.map(({ method }) => method)).toEqual(['GET', 'HEAD', 'GET'])
    expect(source.stats.requests).toBe(3)
  })
})

describe('aborting', () => {
  test.each(['before', 'while it waits'])('%s', async when => {
    const controller = new AbortController()
    if (when === 'before') controller.abort()
    const url = at((_, response) => {
      response.writeHead(206, { 'Content-Range': 'bytes 0-9/200000', 'Content-Length': 10 })
      response.write(part(0, 4), () => controller.abort())
    })
    expect(await refusal(loadMeta(url, { signal: controller.signal }), url)).toEqual(['aborted', 'URL: aborted'])
  })
})

describe('a cube', () => {
  let cube: Uint8Array
  let url: string
  beforeAll(async () => {
    cube = await cubeOfFiles(demoFiles(100, 64))
    url = at({ bytes: cube, headers: { ETag: '"1"' } })
  })

  test('opens with one request', async () => {
    const meta = await loadMeta(url)
    expect(meta.sliceCount).toBe(100)
    expect(server.received.map(({ range }) => range)).toEqual(['bytes=0-65535'])
  })

  test('gives its frames with a request for each, neighbours with one for all, and says so', async () => {
    const image = await load(url)
    const opened = { ...image.stats! }
    expect(opened).toEqual({
      requests: server.received.length,
      bytes: server.received.reduce((sum, { sentBytes }) => sum + sentBytes, 0),
    })
    expect(opened.requests).toBeLessThanOrEqual(2)
    await image.frame(50)
    expect(image.stats!.requests).toBe(opened.requests + 1)
    const [a, b, c] = await Promise.all([10, 11, 12].map(i => image.frame(i)))
    expect(image.stats!.requests).toBe(opened.requests + 2)
    const local = await load(cube)
    for (const [i, frame] of [a, b, c].entries()) expect(frame).toEqual(await local.frame(10 + i))
    const volume = await image.toVolume()
    // 32 frames at a time.
    expect(image.stats!.requests).toBe(opened.requests + 2 + 4)
    expect(volume).toEqual(await local.toVolume())
    await Promise.all([image.close(), local.close()])
  })

  test('of frames that are read together, those that are still wanted come', async () => {
    const image = await load(url)
    const controller = new AbortController()
    const both = [image.frame(1, undefined, controller.signal), image.frame(2)]
    controller.abort()
    const [first, second] = await Promise.allSettled(both)
    expect(first).toMatchObject({ status: 'rejected', reason: { code: 'aborted' } })
    expect(second.status).toBe('fulfilled')
    await image.close()
  })
})
