import { randomBytes, timingSafeEqual } from 'node:crypto'
import { type FileHandle, open, readdir, readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { basename, dirname, extname, join } from 'node:path'
import { fileError } from '../../bytes/file.node.ts'
import { DicubeError } from '../../errors.ts'
import type { Start } from './start.ts'

/** What the page opens by itself when it is loaded. */
export type Opened =
  | { kind: 'nothing' }
  | { kind: 'cube'; name: string; path: string }
  | { kind: 'files'; name: string; files: readonly { name: string; path: string }[] }

export interface ViewServer {
  /** Of the page, with the token without which nothing is served. */
  url: string
  close(): Promise<void>
}

/** All that the page is made of; anything else in its folder is not served. */
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
}

/**
 * Serves the page of viewer/ and what it opens, on the loopback interface only. What may be read is a list that is made
 * here, so that no path of a request ever becomes a path of a file. A page of another site that reaches the port, by its
 * number or by a name of its own for 127.0.0.1, lacks the token and the right Host.
 * @throws DicubeError `io` where the port cannot be had or the page was not built
 */
export async function serveView(opened: Opened, port = 0): Promise<ViewServer> {
  const assets = await assetsOf()
  const token = randomBytes(16).toString('hex')
  const server = createServer((request, response) => {
    answer(request, response).catch(error => {
      if (response.headersSent) response.destroy()
      else refuse(response, 500, error instanceof Error ? error.message : String(error))
    })
  })
  server.requestTimeout = 30_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', error => reject(new DicubeError('io', `127.0.0.1:${port}: ${error.message}`)))
    server.listen(port, '127.0.0.1', resolve)
  })
  const bound = (server.address() as AddressInfo).port
  const hosts = [`127.0.0.1:${bound}`, `localhost:${bound}`]

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!hosts.includes(request.headers.host ?? '')) return refuse(response, 403, `wanted the Host ${hosts[0]}`)
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return refuse(response, 405, 'only GET and HEAD', { Allow: 'GET, HEAD' })
    const { path, query } = partsOf(request.url ?? '')
    const [given, ...rest] = path.slice(1).split('/')
    if (!path.startsWith('/') || !isSame(given, token) || !rest.length) return refuse(response, 404, 'no such page')
    const [name, number] = rest
    if (rest.length === 1 && name === 'start.json')
      return send(request, response, Buffer.from(JSON.stringify(startOf(opened))), 'application/json')
    if (rest.length === 1 && name === 'cube' && opened.kind === 'cube') return sendFile(request, response, opened.path)
    if (rest.length === 2 && name === 'files' && opened.kind === 'files' && /^(0|[1-9]\d*)$/.test(number)) {
      const file = opened.files[Number(number)]
      if (file) return sendFile(request, response, file.path)
    }
    const asset = rest.length === 1 ? assets.get(name || 'index.html') : undefined
    if (!asset) return refuse(response, 404, 'no such page')
    const elsewhere = name === '' || name === 'index.html' ? originOf(query) : undefined
    await send(request, response, await readFile(asset), TYPES[extname(asset)], elsewhere)
  }

  return {
    url: `http://127.0.0.1:${bound}/${token}/`,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** The page and, beside it, the browser build that it imports, by their names. */
async function assetsOf(): Promise<Map<string, string>> {
  const assets = new Map<string, string>()
  const page = dirname(createRequire(import.meta.url).resolve('#viewer'))
  for (const folder of [page, join(page, '..', 'browser')]) {
    const names = await readdir(folder).catch(error => {
      throw fileError(error, folder)
    })
    for (const name of names) if (TYPES[extname(name)]) assets.set(name, join(folder, name))
  }
  return assets
}

const startOf = (opened: Opened): Start => {
  if (opened.kind === 'cube') return { kind: 'cube', name: opened.name, url: 'cube' }
  if (opened.kind === 'files')
    return { ...opened, files: opened.files.map(({ name }, i) => ({ name, url: `files/${i}` })) }
  return opened
}

function partsOf(url: string): { path: string; query: string } {
  const at = url.indexOf('?')
  return at < 0 ? { path: url, query: '' } : { path: url.slice(0, at), query: url.slice(at + 1) }
}

function isSame(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)]
  return a.length === b.length && timingSafeEqual(a, b)
}

/** The one server beside this one that a page opened as ?url=… may ask, as its person named it. */
function originOf(query: string): string | undefined {
  const url = new URLSearchParams(query).get('url')
  if (url === null || !URL.canParse(url)) return undefined
  const { protocol, origin } = new URL(url)
  return protocol === 'http:' || protocol === 'https:' ? origin : undefined
}

const policyOf = (elsewhere = '') =>
  [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "img-src 'self' blob: data:",
    `connect-src 'self' ${elsewhere}`.trim(),
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    // Text that becomes markup or a script's address is an error of the page, not a risk of its user.
    "require-trusted-types-for 'script'",
    'trusted-types default',
  ].join('; ')

const headersOf = (elsewhere?: string): OutgoingHttpHeaders => ({
  'Content-Security-Policy': policyOf(elsewhere),
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
  'Cache-Control': 'no-store',
})

function refuse(response: ServerResponse, status: number, message: string, more: OutgoingHttpHeaders = {}): void {
  response.writeHead(status, { ...headersOf(), 'Content-Type': 'text/plain; charset=utf-8', ...more })
  response.end(`dicube view: ${message}\n`)
}

async function send(
  request: IncomingMessage,
  response: ServerResponse,
  bytes: Uint8Array,
  type: string,
  elsewhere?: string,
): Promise<void> {
  response.writeHead(200, { ...headersOf(elsewhere), 'Content-Type': type, 'Content-Length': bytes.length })
  response.end(request.method === 'HEAD' ? undefined : bytes)
}

/** A file, or a range of it (RFC 9110 §14). What it is was settled when it is opened, however often it is replaced. */
async function sendFile(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
  let handle: FileHandle
  try {
    handle = await open(path)
  } catch (error) {
    return refuse(response, 404, fileError(error, basename(path)).message)
  }
  try {
    const found = await handle.stat({ bigint: true })
    const sizeBytes = Number(found.size)
    const etag = `"${found.ino.toString(36)}-${found.size.toString(36)}-${found.mtimeNs.toString(36)}"`
    const common = { ...headersOf(), 'Content-Type': 'application/octet-stream', 'Accept-Ranges': 'bytes', ETag: etag }
    const ifRange = request.headers['if-range']
    const range = ifRange === undefined || ifRange === etag ? rangeOf(request.headers.range, sizeBytes) : undefined
    if (range === 'unsatisfiable')
      return refuse(response, 416, 'the range lies behind the end', { 'Content-Range': `bytes */${sizeBytes}` })
    const { start, end } = range ?? { start: 0, end: sizeBytes }
    response.writeHead(range ? 206 : 200, {
      ...common,
      'Content-Length': end - start,
      ...(range && { 'Content-Range': `bytes ${start}-${end - 1}/${sizeBytes}` }),
    })
    if (request.method !== 'HEAD') await pour(handle, start, end, response)
    response.end()
  } finally {
    await handle.close()
  }
}

const STEP_BYTES = 1 << 20

async function pour(handle: FileHandle, start: number, end: number, response: ServerResponse): Promise<void> {
  for (let at = start; at < end && !response.destroyed; ) {
    const bytes = Buffer.allocUnsafe(Math.min(STEP_BYTES, end - at))
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, at)
    // Shorter than it was: the reader sees the connection break, and not a file that ends early.
    if (!bytesRead) return void response.destroy()
    at += bytesRead
    if (!response.write(bytes.subarray(0, bytesRead)))
      await new Promise<void>(resolve => {
        const go = () => {
          response.off('drain', go).off('close', go)
          resolve()
        }
        response.on('drain', go).on('close', go)
      })
  }
}

/**
 * "bytes=0-99", "bytes=100-", "bytes=-100" as [start, end). Several ranges and other units are answered with the whole
 * file, as RFC 9110 §14.2 allows: undefined.
 */
export function rangeOf(
  header: string | undefined,
  sizeBytes: number,
): { start: number; end: number } | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '')
  if (!match || (match[1] === '' && match[2] === '')) return undefined
  const [first, last] = [Number(match[1]), Number(match[2])]
  if (match[1] === '') {
    if (!last || !sizeBytes) return 'unsatisfiable'
    return { start: Math.max(0, sizeBytes - last), end: sizeBytes }
  }
  if (match[2] !== '' && last < first) return undefined
  if (first >= sizeBytes) return 'unsatisfiable'
  return { start: first, end: match[2] === '' ? sizeBytes : Math.min(sizeBytes, last + 1) }
}
