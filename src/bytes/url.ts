import { DicubeError } from '../errors.ts'
import { concat } from './concat.ts'
import { type ByteSource, checkAborted, checkRange, type ReadStats } from './source.ts'

export interface UrlOptions {
  /** Sent with each request, such as Authorization. To another origin most headers cost a preflight. */
  headers?: Record<string, string>
  credentials?: RequestCredentials
  /** A request is given up when nothing arrives for this long, or a megabyte takes longer; default 60,000. */
  stallMs?: number
}

/** What is read of a file at most where the server ignores Range and sends all of it. */
const WHOLE_BYTES = 64 << 20

/** What tells one file from another; null: the server does not say. */
interface Known {
  size: number
  ETag: string | null
  'Last-Modified': string | null
}

/** Whether a request header that CORS does not know costs no preflight (Fetch §4.8): there is no origin in Node. */
const isOwnOrigin = (url: string) => !globalThis.location || url.startsWith(`${globalThis.location.origin}/`)

/**
 * A file behind HTTP, read by ranges (RFC 9110 §14): the right bytes or an error. A file that is replaced meanwhile is
 * noticed by its size, ETag or Last-Modified. Of a server that ignores Range, a file of up to 64 MiB is taken whole and
 * asked for no more; of a larger one its first 64 MiB can be read, and a body is ended where nobody wants more of it.
 * @throws DicubeError `not-found`, `http`, `changed`, `truncated`, `aborted`
 */
export function sourceFromUrl(
  url: string,
  { headers, credentials, stallMs = 60_000 }: UrlOptions = {},
): ByteSource & { readonly stats: ReadStats } {
  const stats = { requests: 0, bytes: 0 }
  let whole: Uint8Array | undefined
  let known: Known | undefined
  const fail = (message: string, cause?: unknown) => new DicubeError('http', `${url}: ${message}`, { cause })
  const changed = (now: string) => new DicubeError('changed', `${url}: was replaced while it was read, ${now}`)

  /** Notes what the file is, and throws where it was another. */
  const see = (size: number, { headers }: Response) => {
    const now: Known = { size, ETag: headers.get('etag'), 'Last-Modified': headers.get('last-modified') }
    known ??= now
    for (const [what, was] of Object.entries(known)) {
      const is = now[what as keyof Known]
      if (is !== was && is !== null && was !== null) throw changed(`its ${what} was ${was} and is ${is}`)
    }
  }

  async function request(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    const stop = new AbortController()
    const abort = () => stop.abort()
    let timer: ReturnType<typeof setTimeout> | undefined
    let stalled = false
    let ended = false
    const wait = (megabytes = 1) => {
      clearTimeout(timer)
      timer = setTimeout(() => {
        stalled = true
        abort()
      }, stallMs * megabytes)
    }
    const send = async (more: Record<string, string>, method?: string, tries = 2): Promise<Response> => {
      stats.requests++
      wait()
      try {
        return await fetch(url, { method, headers: { ...headers, ...more }, credentials, signal: stop.signal })
      } catch (error) {
        // A server may close a kept connection just when it is used again. Browsers ask once more then, Node does not.
        if (stop.signal.aborted || tries < 2) throw error
        return send(more, method, 1)
      }
    }
    /** The body, or what is in it up to one byte more than `most`. */
    const take = async (response: Response, most: number) => {
      const said = Number(response.headers.get('content-length') ?? Number.NaN)
      if (said <= most && !response.headers.has('content-encoding')) {
        // Chromium lists a body that was read part by part as cancelled, though it was read to its end.
        wait(Math.ceil(said / 2 ** 20) || 1)
        const whole = new Uint8Array(await response.arrayBuffer())
        ended = true
        stats.bytes += whole.length
        return whole
      }
      const reader = response.body?.getReader()
      const parts: Uint8Array[] = []
      for (let got = 0; reader && got <= most; ) {
        wait()
        const { done, value } = await reader.read()
        if ((ended = done)) break
        parts.push(value)
        got += value.length
        stats.bytes += value.length
      }
      return concat(parts)
    }
    signal?.addEventListener('abort', abort)
    try {
      checkAborted(url, signal)
      const ifRange = known?.ETag?.startsWith('"') && isOwnOrigin(url) ? { 'If-Range': known.ETag } : undefined
      const response = await send({ Range: `bytes=${offset}-${offset + length - 1}`, ...ifRange })
      const { status } = response
      const encoding = response.headers.get('content-encoding') ?? 'identity'
      const range = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+)$/.exec(response.headers.get('content-range') ?? '')
      if (status === 206) {
        if (encoding !== 'identity')
          throw fail(`the server compresses parts of the file (Content-Encoding: ${encoding})`)
        let sizeBytes = range ? Number(range[3]) : known?.size
        // A page of another origin is not shown Content-Range unless the server says so, but Content-Length it is.
        if (sizeBytes === undefined) {
          const answer = await send({}, 'HEAD')
          const text = answer.headers.get('content-length')
          if (!answer.ok || !text)
            throw fail('the server does not say the size of the file (Access-Control-Expose-Headers: Content-Range)')
          sizeBytes = Number(text)
        }
        see(sizeBytes, response)
        const end = Math.min(offset + length, sizeBytes)
        if (range && (Number(range[1]) !== offset || Number(range[2]) + 1 !== end))
          throw fail(`wanted bytes ${offset} to ${end - 1}, the server sends ${range[0].slice(6)}`)
        const bytes = await take(response, end - offset)
        if (bytes.length !== end - offset)
          throw fail(
            `wanted ${end - offset} bytes at ${offset}, the server sends ${bytes.length > end - offset ? 'more' : `${bytes.length}`}`,
          )
        return bytes
      }
      if (status === 200) {
        if (ifRange) throw changed(`it was ${ifRange['If-Range']} and is not`)
        const text = encoding === 'identity' ? response.headers.get('content-length') : null
        const isHere = /^(blob|data):/i.test(url)
        if (text !== null) see(Number(text), response)
        if (!isHere && Number(text) > WHOLE_BYTES) {
          if (offset + length > WHOLE_BYTES)
            throw fail(
              `the server ignores Range; of ${text} bytes only the first ${WHOLE_BYTES} can be read, wanted ${length} at ${offset}`,
            )
          const bytes = await take(response, offset + length)
          if (bytes.length < offset + length) throw fail(`the body ends after ${bytes.length} of ${text} bytes`)
          return bytes.subarray(offset, offset + length)
        }
        const bytes = await take(response, isHere ? Number.POSITIVE_INFINITY : WHOLE_BYTES)
        if (!isHere && bytes.length > WHOLE_BYTES)
          throw fail(`the server ignores Range and sends more than ${WHOLE_BYTES} bytes`)
        if (text !== null && bytes.length !== Number(text))
          throw fail(`the body ends after ${bytes.length} of ${text} bytes`)
        see(bytes.length, response)
        whole = bytes
        return bytes.subarray(offset, offset + length)
      }
      // Nothing of an empty file can be asked for by range.
      if (status === 416 && range && Number(range[3]) <= offset) {
        see(Number(range[3]), response)
        return new Uint8Array(0)
      }
      throw new DicubeError(
        status === 404 || status === 410 ? 'not-found' : 'http',
        `${url}: HTTP ${status} ${response.statusText}`.trim(),
      )
    } catch (cause) {
      if (cause instanceof DicubeError) throw cause
      checkAborted(url, signal)
      if (stalled) throw fail(`nothing, or too little, arrived in ${stallMs / 1000} seconds`)
      // What a server or the network does in mid-body is told by the cause alone.
      const { message, cause: reason } = cause as Error
      throw fail(reason instanceof Error ? `${message}, ${reason.message}` : message, cause)
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
      // Nobody wants what is left of a body. One that has ended would count as failed in a browser's list of requests.
      if (!ended) abort()
    }
  }

  const read = async (offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> => {
    if (known) checkRange(url, offset, length, known.size)
    if (length === 0) return new Uint8Array(0)
    const bytes = whole?.subarray(offset, offset + length) ?? (await request(offset, length, signal))
    checkRange(url, offset, length, known!.size)
    return bytes
  }
  return {
    name: url,
    stats,
    head: async (length, signal) => {
      const bytes = whole ?? (await request(0, Math.max(1, length), signal))
      return { bytes: bytes.subarray(0, length), sizeBytes: known!.size }
    },
    read,
  }
}
