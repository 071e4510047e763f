import { DicubeError, type LeftOut } from 'dicube'
import { Inflate } from 'fflate'
import { leftOut, type NamedBlob } from './named.ts'

const END = 0x06054b50
const END64 = 0x06064b50
const LOCATOR64 = 0x07064b50
const ENTRY = 0x02014b50
const LOCAL = 0x04034b50

/** What is inflated from one ZIP is bounded: deflate can make 1,000 bytes of one. */
const MOST_ENTRIES = 1 << 20
const MOST_TIMES = 1032

export const isZip = (bytes: Uint8Array): boolean =>
  bytes[0] === 0x50 && bytes[1] === 0x4b && ((bytes[2] === 3 && bytes[3] === 4) || (bytes[2] === 5 && bytes[3] === 6))

/**
 * The files of a ZIP archive (APPNOTE 6.3.10), by its central directory. Stored files are parts of the given Blob;
 * deflated ones become Blobs of their own, so that neither the archive nor its files lie in the memory of the page. A file
 * that cannot be had keeps nobody from the others.
 * @throws DicubeError `malformed` where the central directory is none
 */
export async function* filesOfZip(zip: Blob, name: string): AsyncGenerator<NamedBlob | LeftOut> {
  const directory = await readDirectory(zip, name)
  let offset = 0
  for (let left = directory.entries; left > 0; left--) {
    const entry = readEntry(directory.view, offset, name)
    offset = entry.next
    if (entry.name.endsWith('/')) continue
    yield await contentOf(zip, entry).then(
      blob => ({ name: entry.name, blob }),
      error => leftOut(entry.name, error),
    )
  }
}

const failed = (where: string, why: string) => new DicubeError('malformed', `${where}: ${why}`)

async function viewOf(blob: Blob, start: number, end: number): Promise<DataView> {
  return new DataView(await blob.slice(start, end).arrayBuffer())
}

async function readDirectory(zip: Blob, name: string): Promise<{ view: DataView; entries: number }> {
  // The end record is followed by a comment of at most 65,535 bytes.
  const start = Math.max(0, zip.size - 22 - 0xffff)
  const tail = await viewOf(zip, start, zip.size)
  let at = tail.byteLength - 22
  while (at >= 0 && (tail.getUint32(at, true) !== END || at + 22 + tail.getUint16(at + 20, true) > tail.byteLength))
    at--
  if (at < 0) throw failed(name, 'no end of central directory; not a whole ZIP file')
  let entries = tail.getUint16(at + 10, true)
  let sizeBytes = tail.getUint32(at + 12, true)
  let offset = tail.getUint32(at + 16, true)
  const locator = at - 20
  if (locator >= 0 && tail.getUint32(locator, true) === LOCATOR64) {
    const end64 = await viewOf(zip, ...span(Number(tail.getBigUint64(locator + 8, true)), 56))
    if (end64.byteLength < 56 || end64.getUint32(0, true) !== END64)
      throw failed(name, 'no ZIP64 end of central directory where its locator says')
    entries = Number(end64.getBigUint64(32, true))
    sizeBytes = Number(end64.getBigUint64(40, true))
    offset = Number(end64.getBigUint64(48, true))
  }
  if (offset + sizeBytes > zip.size || entries > MOST_ENTRIES)
    throw failed(name, `a central directory of ${entries} entries and ${sizeBytes} bytes at ${offset} of ${zip.size}`)
  return { view: await viewOf(zip, offset, offset + sizeBytes), entries }
}

const span = (start: number, length: number): [number, number] => [start, start + length]

interface Entry {
  name: string
  flags: number
  method: number
  crc: number
  packedBytes: number
  sizeBytes: number
  offset: number
  next: number
}

function readEntry(view: DataView, at: number, zip: string): Entry {
  const cutOff = () => failed(zip, `the central directory is cut off at ${at} of ${view.byteLength} bytes`)
  if (at + 46 > view.byteLength || view.getUint32(at, true) !== ENTRY) throw cutOff()
  const nameEnd = at + 46 + view.getUint16(at + 28, true)
  const extraEnd = nameEnd + view.getUint16(at + 30, true)
  const next = extraEnd + view.getUint16(at + 32, true)
  if (next > view.byteLength) throw cutOff()
  const flags = view.getUint16(at + 8, true)
  // Without the UTF-8 flag names are in a code page that is not said; Latin-1 keeps each byte apart from all others.
  const decoder = new TextDecoder(flags & 0x800 ? 'utf-8' : 'latin1')
  const entry = {
    name: decoder.decode(new Uint8Array(view.buffer, at + 46, nameEnd - at - 46)),
    flags,
    method: view.getUint16(at + 10, true),
    crc: view.getUint32(at + 16, true),
    packedBytes: view.getUint32(at + 20, true),
    sizeBytes: view.getUint32(at + 24, true),
    offset: view.getUint32(at + 42, true),
    next,
  }
  readZip64(view, nameEnd, extraEnd, entry)
  return entry
}

/** The extra field 1 has, in this order, what is 0xFFFFFFFF in the entry. */
function readZip64(view: DataView, start: number, end: number, entry: Entry): void {
  for (let at = start; at + 4 <= end; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== 1) continue
    let field = at + 4
    for (const key of ['sizeBytes', 'packedBytes', 'offset'] as const)
      if (entry[key] === 0xffffffff && field + 8 <= end) {
        entry[key] = Number(view.getBigUint64(field, true))
        field += 8
      }
    return
  }
}

async function contentOf(zip: Blob, entry: Entry): Promise<Blob> {
  const { name: where, flags, method, packedBytes, sizeBytes, offset, crc } = entry
  if (flags & 1) throw failed(where, 'is encrypted')
  if (method !== 0 && method !== 8)
    throw failed(where, `compression method ${method}, wanted 0 (stored) or 8 (deflate)`)
  const local = await viewOf(zip, ...span(offset, 30))
  if (local.byteLength < 30 || local.getUint32(0, true) !== LOCAL) throw failed(where, `no local header at ${offset}`)
  const start = offset + 30 + local.getUint16(26, true) + local.getUint16(28, true)
  if (start + packedBytes > zip.size) throw failed(where, `${packedBytes} bytes at ${start} of ${zip.size}`)
  const packed = zip.slice(start, start + packedBytes)
  const sum = crcSum()
  if (method === 0) {
    for await (const part of partsOf(packed)) sum.add(part)
    if (packedBytes !== sizeBytes || sum.value !== crc) throw failed(where, 'does not have its checksum')
    return packed
  }
  if (sizeBytes > packedBytes * MOST_TIMES) throw failed(where, `${packedBytes} bytes cannot inflate to ${sizeBytes}`)
  let done = new Blob([])
  let parts: Uint8Array<ArrayBuffer>[] = []
  let inflatedBytes = 0
  const inflate = new Inflate(part => {
    inflatedBytes += part.length
    if (inflatedBytes > sizeBytes) throw failed(where, `inflates to more than ${sizeBytes} bytes`)
    sum.add(part)
    parts.push(part.slice())
  })
  try {
    for await (const part of partsOf(packed)) {
      inflate.push(part, false)
      done = new Blob([done, ...parts])
      parts = []
    }
    inflate.push(new Uint8Array(0), true)
  } catch (error) {
    throw error instanceof DicubeError ? error : failed(where, error instanceof Error ? error.message : String(error))
  }
  if (inflatedBytes !== sizeBytes || sum.value !== crc) throw failed(where, 'does not have its checksum')
  return new Blob([done, ...parts])
}

const PART_BYTES = 1 << 18

async function* partsOf(blob: Blob): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < blob.size; at += PART_BYTES)
    yield new Uint8Array(await blob.slice(at, at + PART_BYTES).arrayBuffer())
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1
  return c
})

function crcSum(): { add(bytes: Uint8Array): void; readonly value: number } {
  let c = -1
  return {
    add(bytes) {
      for (let i = 0; i < bytes.length; i++) c = CRC_TABLE[(c ^ bytes[i]) & 255] ^ (c >>> 8)
    },
    get value() {
      return ~c >>> 0
    },
  }
}
