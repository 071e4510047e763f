import { ByteCursor } from '../../src/bytes/cursor.ts'
import { sourceFromBytes } from '../../src/bytes/source.ts'
import { inflateZstd } from '../../src/codec/platform.ts'
import { decodeColumn, ENCODINGS } from '../../src/dcbs/columns.ts'
import { commonElements, commonValues } from '../../src/dcbs/common.ts'
import { readCounts, readIntegers } from '../../src/dcbs/integers.ts'
import { HEADER_BYTES, readDirectory, type SectionRow, TRAILER_BYTES } from '../../src/dcbs/layout.ts'
import { NODE_FLAGS, NODE_KINDS } from '../../src/dcbs/template.ts'
import { HEADER_FIELDS } from '../../src/dcbs/v1-header.ts'
import { vrName } from '../../src/dicom/elements.ts'
import { VRS } from '../../src/dicom/vr.ts'
import { loadFromDicomFiles, saveToBytes } from '../../src/node.ts'
import { exampleFiles } from './example.ts'

const LINE = 16

const hexOf = (bytes: Uint8Array) => Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join(' ')

/** Lines of "offset  bytes  meaning", from a cursor that is asked for parts of a text one after the other. */
class Dump {
  readonly lines: string[] = []
  private readonly bytes: Uint8Array
  private readonly base: number
  private done = 0

  constructor(bytes: Uint8Array, base = 0) {
    this.bytes = bytes
    this.base = base
  }

  /** Prints the bytes up to `end`, the meaning behind the first line. */
  upTo(end: number, meaning: string): void {
    while (this.done < end || meaning) {
      const run = this.zerosAt(end)
      const length = run || Math.min(LINE, end - this.done)
      const hex = run ? `00 × ${run}` : hexOf(this.bytes.subarray(this.done, this.done + length))
      this.lines.push(
        `${(this.base + this.done).toString(16).padStart(4, '0')}  ${hex.padEnd(LINE * 3 - 1)}  ${meaning}`.trimEnd(),
      )
      this.done += length
      meaning = ''
    }
  }

  private zerosAt(end: number): number {
    let at = this.done
    while (at < end && this.bytes[at] === 0) at++
    return at - this.done > LINE ? at - this.done : 0
  }
}

function dumpHead(file: Uint8Array, headBytes: number, sections: readonly SectionRow[]): string[] {
  const dump = new Dump(file)
  dump.upTo(8, 'magic DCMCUBES')
  dump.upTo(12, 'version 1')
  const view = new DataView(file.buffer, file.byteOffset)
  HEADER_FIELDS.forEach((field, k) => {
    dump.upTo(20 + 8 * k, `${field} ${view.getUint32(12 + 8 * k, true)}`)
  })
  const cursor = new ByteCursor(file, 'directory', HEADER_BYTES)
  const say = (meaning: string) => dump.upTo(cursor.pos, meaning)
  cursor.skip(8)
  say('magic DCBSDIR\\n')
  cursor.skip(4)
  say('read version 1, write version 1')
  say(`the directory has ${cursor.u16()} bytes`)
  const [count, front] = [cursor.u8(), cursor.u8()]
  say(`${count} sections, ${front} of them in the front page`)
  say(`written by ${cursor.text()}`)
  for (const { name, encoding, offset, length, inflatedLength } of sections) {
    cursor.skip(2)
    cursor.varint()
    if (encoding === 'zstd') cursor.varint()
    if (encoding !== 'container') cursor.skip(4)
    const what = encoding === 'zstd' ? `${length} bytes, inflated ${inflatedLength}` : `${length} bytes`
    say(`${name}: ${encoding}, at ${offset} (0x${offset.toString(16)}), ${what}`)
  }
  dump.upTo(headBytes, 'CRC-32 of bytes 0 to here')
  return dump.lines
}

interface ColumnSize {
  body: number
  digits: number
  entries: number
}

interface DumpedNode {
  kind: (typeof NODE_KINDS)[number]
  head: number
  tag: string
  vr: string
  entries: number
}

const common = commonElements()
function usualVr(tag: string): string {
  const number = common.tags.indexOf(Number.parseInt(tag.replace(/\W/g, ''), 16))
  return number > 0 ? vrName(common.vrs[number]) : 'none'
}

/** The template with a line for each thing in it, the bodies of its columns behind it. */
function dumpTemplate(bytes: Uint8Array, digits: ByteCursor): string[] {
  const dump = new Dump(bytes)
  const cursor = new ByteCursor(bytes, 'template')
  const say = (meaning: string) => dump.upTo(cursor.pos, meaning)
  const rows = cursor.varint()
  say(`${rows} slices`)
  say(`${cursor.varint()} chunks`)
  const columns: ColumnSize[] = []
  const columnCount = cursor.varint()
  say(`${columnCount} columns`)
  for (let k = 0; k < columnCount; k++) {
    const first = cursor.varint()
    columns.push({ body: first >> 1, digits: first & 1 ? cursor.varint() : 0, entries: 0 })
    say(`  column ${k}: ${columns[k].body} bytes of body, ${columns[k].digits} of digits`)
  }
  let nextColumn = 0
  table(rows, '')
  for (const [k, column] of columns.entries()) dumpColumn(k, column)
  cursor.done()
  return dump.lines

  function table(rowCount: number, indent: string): void {
    say(`${indent}${cursor.varint()} layout`)
    const form = cursor.u8()
    const count = cursor.varint()
    say(`${indent}${form ? 'un' : ''}defined length, ${count} ${count === 1 ? 'node' : 'nodes'}`)
    const heads = Array.from(cursor.bytes(count))
    const kinds = heads.map(head => NODE_KINDS[head & 7])
    say(`${indent}kinds: ${kinds.join(', ')}`)
    const hex = (value: number) => value.toString(16).toUpperCase().padStart(4, '0')
    const tags = tagsOf(count).map(([group, element]) => `(${hex(group)},${hex(element)})`)
    say(`${indent}tags: ${tags.join(' ')}`)
    const vrs = Array.from(cursor.bytes(count), (number, k) => (number ? VRS[number - 1] : usualVr(tags[k])))
    say(`${indent}VRs: ${vrs.join(' ')}`)
    const presences = heads.map(head => (head & NODE_FLAGS.presence ? presence() : rowCount))
    const nodes = heads.map(
      (head, k): DumpedNode => ({ head, kind: kinds[k], tag: tags[k], vr: vrs[k], entries: presences[k] }),
    )
    const nested: number[] = []
    const constants: [DumpedNode, number][] = []
    for (const node of nodes) need(node, nested, constants)
    for (const items of nested) table(items, `${indent}  `)
    for (const [{ tag, vr }, length] of constants) {
      const text = String.fromCharCode(...cursor.bytes(length))
      const isText = vr !== 'US' && /^[ -~]+[ \0]?$/.test(text)
      say(`${indent}${tag}${isText ? ` ${JSON.stringify(text.replace(/\0$/, ''))}` : ''}`)
    }

    function presence(): number {
      const id = cursor.varint()
      const runs = Array.from({ length: cursor.varint() }, () => cursor.varint())
      say(`${indent}presence ${id}: runs ${runs.join(', ')}`)
      return runs.reduce((sum, run, k) => sum + (k % 2 ? run : 0), 0)
    }
    function need({ kind, tag, entries, ...node }: DumpedNode, items: number[], values: [DumpedNode, number][]): void {
      if (kind === 'constant') {
        const length = cursor.varint()
        values.push([{ kind, tag, entries, ...node }, length])
        say(`${indent}${tag} constant of ${length} bytes`)
      } else if (kind === 'commonConstant') {
        const text = String.fromCharCode(...commonValues()[cursor.varint()])
        say(
          `${indent}${tag} common value ${text.startsWith('\0') ? 'preamble' : JSON.stringify(text.replace(/\0$/, ''))}`,
        )
      } else if (kind === 'column') {
        columns[nextColumn++].entries = entries
      } else if (kind === 'sameColumn') {
        say(`${indent}${tag} the same as column ${cursor.varint()}`)
      } else if (kind === 'sequence') {
        const count = cursor.varint()
        const counts = readCounts(cursor, entries, count)
        const [nestedColumns, length] = [cursor.varint(), cursor.varint()]
        items.push(count)
        say(
          `${indent}${tag} ${count} items; ${[...counts].join(', ')} of the rows; ${nestedColumns} column; ${length} bytes`,
        )
      }
    }
  }

  function tagsOf(count: number): [group: number, element: number][] {
    const { tags } = commonElements()
    let tag = 0
    let number = -1
    let isCommon = true
    return Array.from({ length: count }, () => {
      const step = cursor.varint()
      if (!step) tag = cursor.varint() * 0x10000 + cursor.varint()
      else tag = isCommon ? tags[number + step] : tag + step
      number = tags.indexOf(tag)
      isCommon = number >= 0
      return [tag >>> 16, tag & 0xffff]
    })
  }

  function dumpColumn(k: number, column: ColumnSize): void {
    const encoding = ENCODINGS[cursor.peek()!]
    const from = {
      body: new ByteCursor(cursor.bytes(column.body), 'body'),
      digits: new ByteCursor(digits.bytes(column.digits), 'digits'),
    }
    const decoded = decodeColumn(from, column.entries)
    const values = Array.from({ length: column.entries }, (_, entry) => decoded.bytes(entry))
    const isText = values.every(value => value.every(byte => byte === 0 || (byte >= 32 && byte < 127)))
    const shown = values.map(value => (isText ? String.fromCharCode(...value).replace(/\0$/, '') : hexOf(value)))
    say(`column ${k}, ${column.entries} entries, ${encoding}: ${shown.join(', ')}`)
  }
}

function dumpFrameIndex(bytes: Uint8Array, slices: number): string[] {
  const dump = new Dump(bytes)
  const cursor = new ByteCursor(bytes, 'frame index')
  const list = (count: number, what: string) => {
    const values = readIntegers(cursor, count)
    dump.upTo(cursor.pos, `${what}: ${[...values].join(', ')}`.replace(/: $/, ': none'))
    return values
  }
  cursor.varint()
  dump.upTo(cursor.pos, '1 shape')
  const shape = Array.from({ length: 6 }, () => cursor.varint())
  cursor.u8()
  dump.upTo(
    cursor.pos,
    `rows, columns, samples ${shape.slice(0, 3).join(', ')}; bits ${shape.slice(3).join(', ')}; no flags`,
  )
  list(slices, 'kinds')
  const frames = list(slices, 'frames').reduce((sum, count) => sum + count, 0)
  list(slices, 'shapes')
  list(slices, 'bytes of the value')
  list(slices, 'bytes of a word')
  list(slices, 'bytes of the rest')
  list(slices, 'offset tables')
  list(0, 'fragments of frames')
  list(0, 'lengths of fragments')
  const stored = cursor.varint()
  dump.upTo(cursor.pos, `${stored} stored frames`)
  list(frames, 'stored frame of each frame, less those before')
  list(stored, 'codings')
  list(stored, 'lengths')
  list(stored, 'shapes')
  list(stored, 'bits outside')
  for (const what of ['lowest', 'highest']) {
    list(stored, `${what}: kinds`)
    list(stored, `${what}: integers`)
  }
  cursor.done()
  return dump.lines
}

function dumpManifest(bytes: Uint8Array, slices: number): string[] {
  const dump = new Dump(bytes)
  const cursor = new ByteCursor(bytes, 'manifest')
  dump.upTo(1, `${cursor.varint()} files`)
  for (const what of ['sizes', 'SHA-256 known', 'reports']) {
    const values = readIntegers(cursor, slices)
    dump.upTo(cursor.pos, `${what}: ${[...values].join(', ')}`)
  }
  cursor.varint()
  dump.upTo(cursor.pos, 'bytes of the body of the names')
  dump.upTo(bytes.length, 'the names, as a column: 1.dcm, 2.dcm, 3.dcm')
  return dump.lines
}

/** The example as a file. */
export async function exampleCube(): Promise<Uint8Array> {
  const entries = exampleFiles().map(({ path, bytes }) => ({ name: path, source: sourceFromBytes(bytes, path) }))
  const image = await loadFromDicomFiles(entries)
  try {
    return await saveToBytes(image, { noV1: true })
  } finally {
    await image.close()
  }
}

/** §12 of SPEC.md: every byte of the example, and what is in what is compressed. */
export function dumpCube(file: Uint8Array): string {
  const { sections } = readDirectory(file, file.length, 'example')
  const parts: string[] = []
  const block = (title: string, lines: readonly string[]) =>
    parts.push(`${title}\n\n\`\`\`\n${lines.join('\n')}\n\`\`\``)
  const at = (name: string) => {
    const row = sections.find(section => section.name === name)!
    const bytes = file.subarray(row.offset, row.offset + row.length)
    return { ...row, bytes, inflated: row.encoding === 'zstd' ? inflateZstd(bytes, row.inflatedLength) : bytes }
  }
  block('The head:', dumpHead(file, sections[0].offset, sections))

  const sectionDump = new Dump(file.subarray(sections[0].offset, file.length - TRAILER_BYTES), sections[0].offset)
  for (const { name, offset, length } of sections)
    sectionDump.upTo(offset + length - sections[0].offset, length ? name : `${name} is empty`)
  const trailer = new Dump(file.subarray(file.length - TRAILER_BYTES), file.length - TRAILER_BYTES)
  trailer.upTo(8, 'trailer: magic DCBSEND\\n')
  trailer.upTo(16, '  size of the file')
  trailer.upTo(20, '  size of the head')
  trailer.upTo(24, '  the checksum that the head ends with')
  trailer.upTo(28, '  0')
  trailer.upTo(32, '  CRC-32 of the 28 bytes before')
  block('The sections, as they lie in the file, and the trailer:', [...sectionDump.lines, ...trailer.lines])

  const digits = new ByteCursor(at('digits').bytes, 'digits')
  block('`template`, inflated, the bodies of the columns at its end:', dumpTemplate(at('template').inflated, digits))
  block('`frameIndex`, inflated:', dumpFrameIndex(at('frameIndex').inflated, 3))
  block('`manifest`, inflated:', dumpManifest(at('manifest').inflated, 3))
  return parts.join('\n\n')
}
