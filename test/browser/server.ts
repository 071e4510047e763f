import { readFileSync, statSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize, sep } from 'node:path'

/** What was asked of the server. */
export interface Received {
  method: string
  path: string
  range: string | undefined
  ifRange: string | undefined
  /** Bytes of the body that were sent. */
  sentBytes: number
}

/** What lies at a path. */
export interface Served {
  bytes: Uint8Array
  type?: string
  headers?: Record<string, string>
}

/** Answers a request itself, as a server with a fault does. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => void

export interface TestServer {
  /** "http://127.0.0.1:1234", without a slash at its end. */
  url: string
  received: Received[]
  close(): Promise<void>
}

/** What `view` serves its page with, and so what everything here has to work under. */
export const STRICT_CSP =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; img-src 'self' data: blob:; style-src 'self'; base-uri 'none'; form-action 'none'"

const TYPES: Record<string, string> = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
}

/** The file of a folder that a path names, as a static server has it. */
export function fileIn(folder: string, path: string): Served | undefined {
  const file = normalize(join(folder, path))
  if (!file.startsWith(normalize(folder) + sep)) return undefined
  try {
    return statSync(file).isFile() ? { bytes: readFileSync(file), type: TYPES[extname(file)] } : undefined
  } catch {
    return undefined
  }
}

/**
 * An HTTP server on 127.0.0.1 that knows ranges (RFC 9110 §14) and notes each request. `find` says what lies at a path,
 * or answers itself; what nobody knows is a 404.
 */
export async function serve(find: (path: string) => Served | Answer | undefined): Promise<TestServer> {
  const received: Received[] = []
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url!, 'http://127.0.0.1').pathname)
    const note: Received = {
      method: request.method!,
      path,
      range: request.headers.range,
      ifRange: request.headers['if-range'] as string | undefined,
      sentBytes: 0,
    }
    received.push(note)
    const write = response.write.bind(response)
    const end = response.end.bind(response)
    const count = (chunk: unknown) => {
      if (chunk instanceof Uint8Array) note.sentBytes += chunk.length
    }
    response.write = ((chunk: unknown, ...rest: []) => {
      count(chunk)
      return write(chunk, ...rest)
    }) as typeof response.write
    response.end = ((chunk?: unknown, ...rest: []) => {
      count(chunk)
      return end(chunk, ...rest)
    }) as typeof response.end
    const found = find(path)
    if (typeof found === 'function') found(request, response)
    else if (found) sendRange(request, response, found)
    else response.writeHead(404).end()
  })
  // A connection that is closed between two tests is a request more.
  server.keepAliveTimeout = 600_000
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** One range of a file, or all of it. */
export function sendRange(request: IncomingMessage, response: ServerResponse, { bytes, type, headers }: Served): void {
  const common = { 'Content-Type': type ?? 'application/octet-stream', 'Accept-Ranges': 'bytes', ...headers }
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '')
  const ifRange = request.headers['if-range']
  if (!range || (ifRange !== undefined && ifRange !== headers?.ETag)) {
    response.writeHead(200, { ...common, 'Content-Length': bytes.length }).end(bytes)
    return
  }
  const start = Number(range[1])
  const end = Math.min(range[2] ? Number(range[2]) + 1 : bytes.length, bytes.length)
  if (start >= bytes.length) {
    response.writeHead(416, { ...common, 'Content-Range': `bytes */${bytes.length}` }).end()
    return
  }
  response
    .writeHead(206, {
      ...common,
      'Content-Range': `bytes ${start}-${end - 1}/${bytes.length}`,
      'Content-Length': end - start,
    })
    .end(bytes.subarray(start, end))
}
