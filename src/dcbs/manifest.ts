import { ByteCursor } from '../bytes/cursor.ts'
import { ByteSink } from '../bytes/sink.ts'
import type { Attachment, OriginalFile } from '../cube/image.ts'
import type { ReportCode, ReportEntry } from '../dicom/parse.ts'
import { CUBE_LIMITS } from '../limits.ts'
import { decodeColumn, encodeColumn } from './columns.ts'
import { readCounts, readIntegers, type SizeOf, writeIntegers } from './integers.ts'

/** What is kept of the file that a slice came from (SPEC §8.1). */
export interface ManifestFile extends OriginalFile {
  report: readonly ReportEntry[]
}

const NO_HINTS = { wordBytes: 0, bigEndian: false }
const utf8 = new TextEncoder()
export function writeManifest(sink: ByteSink, files: readonly ManifestFile[], sizeOf: SizeOf): void {
  sink.varint(files.length)
  writeIntegers(
    sink,
    files.map(file => file.sizeBytes),
    sizeOf,
  )
  writeIntegers(
    sink,
    files.map(file => (file.sha256 ? 1 : 0)),
    sizeOf,
  )
  writeIntegers(
    sink,
    files.map(file => file.report.length),
    sizeOf,
  )
  for (const { report } of files)
    for (const { code, message } of report) {
      // As text: a code that a newer writer adds is still to be shown by this reader.
      sink.text(code)
      sink.text(message)
    }
  const names = { body: new ByteSink(), digits: new ByteSink() }
  if (files.length)
    encodeColumn(
      files.map(file => utf8.encode(file.name)),
      NO_HINTS,
      names,
      sizeOf,
    )
  sink.varint(names.body.length)
  sink.bytes(names.body.finish())
  sink.bytes(names.digits.finish())
}

/** What stands before the names, for so many files. */
function readFacts(cursor: ByteCursor, count: number) {
  const sizes = readIntegers(cursor, count)
  const known = readCounts(cursor, count, 1)
  for (const size of sizes) if (size < 0) throw cursor.corrupt(`a file of ${size} bytes`)
  const reports = Array.from(readCounts(cursor, count, 255), length => {
    cursor.spend(length * REPORT_ENTRIES)
    return Array.from({ length }, (): ReportEntry => ({ code: cursor.text() as ReportCode, message: cursor.text() }))
  })
  return { sizes, known, reports }
}

/** What a report, an attachment or a stream takes in memory, in entries of a list. */
const REPORT_ENTRIES = 16

/** How many bytes of a manifest that was read before are the names of the files. */
export function nameBytesOf(cursor: ByteCursor): number {
  readFacts(cursor, cursor.count(0, CUBE_LIMITS.rows))
  return cursor.end - cursor.pos
}

/** The mirror of writeManifest; `digests` are 32 bytes a file. */
export function readManifest(cursor: ByteCursor, digests: Uint8Array, sliceCount: number): ManifestFile[] {
  const count = cursor.varint()
  if (count !== sliceCount || digests.length !== count * 32)
    throw cursor.corrupt(`${count} files and ${digests.length} bytes of digests for ${sliceCount} slices`)
  const { sizes, known, reports } = readFacts(cursor, count)
  const part = (bytes: Uint8Array) => new ByteCursor(bytes, `${cursor.what}: names`, 0, bytes.length, cursor.budget)
  const body = cursor.bytes(cursor.count(1))
  const from = { body: part(body), digits: part(cursor.bytes(cursor.end - cursor.pos)) }
  const names = count ? decodeColumn(from, count) : undefined
  from.body.done()
  from.digits.done()
  return Array.from({ length: count }, (_, i) => ({
    name: nameOf(names!.bytes(i), cursor.what),
    sizeBytes: sizes[i],
    ...(known[i] && { sha256: digests.subarray(i * 32, i * 32 + 32) }),
    report: reports[i],
  }))
}

const nameOf = (bytes: Uint8Array, what: string) => new ByteCursor(bytes, `${what}: names`).utf8(bytes.length)

export function writeAttachments(sink: ByteSink, attachments: readonly Attachment[]): void {
  sink.varint(attachments.length)
  for (const { name, bytes } of attachments) {
    sink.text(name)
    sink.varint(bytes.length)
    sink.bytes(bytes)
  }
}

export function readAttachments(cursor: ByteCursor): Attachment[] {
  const count = cursor.count(2)
  cursor.spend(count * REPORT_ENTRIES)
  const attachments = Array.from({ length: count }, () => ({
    name: cursor.text(),
    bytes: cursor.bytes(cursor.count(1)),
  }))
  cursor.done()
  return attachments
}

/** Deflated data sets as they were, by slice. */
export function writeStreams(sink: ByteSink, streams: ReadonlyMap<number, Uint8Array>): void {
  sink.varint(streams.size)
  for (const [slice, bytes] of streams) {
    sink.varint(slice)
    sink.varint(bytes.length)
  }
  for (const bytes of streams.values()) sink.bytes(bytes)
}

export function readStreams(cursor: ByteCursor, sliceCount: number): Map<number, Uint8Array> {
  const count = cursor.count(2)
  cursor.spend(count * REPORT_ENTRIES)
  const rows = Array.from({ length: count }, () => [cursor.varint(), cursor.varint()] as const)
  const streams = new Map<number, Uint8Array>()
  let last = -1
  for (const [slice, length] of rows) {
    if (slice >= sliceCount || slice <= last)
      throw cursor.corrupt(`a stream of slice ${slice} of ${sliceCount}, behind that of ${last}`)
    streams.set(slice, cursor.bytes(length))
    last = slice
  }
  cursor.done()
  return streams
}
