import { DicubeError } from '../errors.ts'
import { type ByteSource, checkRange, sourceFromBytes } from './source.ts'

interface Range {
  start: number
  end: number
  sizeBytes: number
}

/** "bytes 0-65535/123456" (RFC 9110 §14.4). */
function parseContentRange(text: string | null): Range | undefined {
  const match = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(text ?? '')
  return match ? { start: Number(match[1]), end: Number(match[2]) + 1, sizeBytes: Number(match[3]) } : undefined
}

/**
 * A file behind HTTP, read by ranges (RFC 9110 §14). A server that answers with the whole body is taken at its word and
 * asked no more; one that answers with other bytes, or with a file that was replaced since, is an error.
 */
export function sourceFromUrl(url: string): ByteSource {
  let whole: ByteSource | undefined
  let known: { sizeBytes: number; etag: string | null } | undefined

  const request = async (offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> => {
    let response: Response
    let bytes: Uint8Array
    try {
      response = await fetch(url, { headers: { Range: `bytes=${offset}-${offset + length - 1}` }, signal })
      if (response.status !== 206 && response.status !== 200) await response.body?.cancel()
      bytes =
        response.status === 206 || response.status === 200
          ? new Uint8Array(await response.arrayBuffer())
          : new Uint8Array(0)
    } catch (cause) {
      if (signal?.aborted) throw new DicubeError('aborted', `${url}: aborted`, { cause })
      throw new DicubeError('http', `${url}: ${cause instanceof Error ? cause.message : cause}`, { cause })
    }
    const etag = response.headers.get('etag')
    const seen = (sizeBytes: number) => {
      if (known && (known.sizeBytes !== sizeBytes || (known.etag && etag && known.etag !== etag)))
        throw new DicubeError(
          'changed',
          `${url}: was replaced while it was read (${known.sizeBytes} bytes ${known.etag ?? ''}, now ${sizeBytes} ${etag ?? ''})`,
        )
      known = { sizeBytes, etag }
    }
    if (response.status === 200) {
      seen(bytes.length)
      whole = sourceFromBytes(bytes, url)
      return bytes.subarray(offset, offset + length)
    }
    if (response.status === 416) {
      const size = /^bytes \*\/(\d+)$/.exec(response.headers.get('content-range') ?? '')
      if (size && Number(size[1]) <= offset) {
        seen(Number(size[1]))
        return bytes
      }
    }
    if (response.status !== 206)
      throw new DicubeError(
        response.status === 404 ? 'not-found' : 'http',
        `${url}: HTTP ${response.status} ${response.statusText}`,
      )
    const range = parseContentRange(response.headers.get('content-range'))
    if (!range) {
      // A page of another origin may not be shown the header; then the length has to do.
      if (bytes.length !== length && known)
        throw new DicubeError(
          'http',
          `${url}: wanted ${length} bytes at ${offset}, got ${bytes.length} without a Content-Range`,
        )
      if (!known)
        throw new DicubeError('http', `${url}: the server does not say the file's size (no readable Content-Range)`)
      return bytes
    }
    seen(range.sizeBytes)
    const wanted = Math.min(offset + length, range.sizeBytes)
    if (range.start !== offset || range.end !== wanted || bytes.length !== wanted - offset)
      throw new DicubeError(
        'http',
        `${url}: wanted bytes ${offset} to ${wanted}, got ${range.start} to ${range.end} (${bytes.length} bytes)`,
      )
    return bytes
  }

  return {
    name: url,
    async head(length, signal) {
      if (whole) return whole.head(length)
      const bytes = await request(0, length, signal)
      return { bytes, sizeBytes: known!.sizeBytes }
    },
    async read(offset, length, signal) {
      if (whole) return whole.read(offset, length)
      if (known) checkRange(url, offset, length, known.sizeBytes)
      if (length === 0) return new Uint8Array(0)
      const bytes = await request(offset, length, signal)
      if (bytes.length !== length)
        throw new DicubeError('truncated', `${url}: wanted ${length} bytes at ${offset}, got ${bytes.length}`)
      return bytes
    },
  }
}
