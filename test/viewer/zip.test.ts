import { zipSync } from 'fflate'
import { describe, expect, test } from 'vitest'
import { filesOfZip } from '../../viewer/zip.ts'

/** Made by Python 3.11, zipfile. */
const MADE: Record<string, [base64: string, files: Record<string, string>]> = {
  'stored, deflated, empty, a folder, a name in UTF-8, and a comment that looks like an end': [
    'UEsDBBQAAAAAAABQL1h4d6YPDAAAAAwAAAAFAAAAYS50eHRzdG9yZWQgYnl0ZXNQSwMEFAAAAAAAAFAvWAAAAAAAAAAAAAAAAAcAAABmb2xkZXIvUEsDBBQAAAAIAABQL1hZkslkEAAAAGgBAAAMAAAAZm9sZGVyL2IudHh0S0lNy0ksSU1RSBll0JIBAFBLAwQUAAAICAAAUC9YAAAAAAIAAAAAAAAADgAAAFrDvHJpY2gvw7wuZGNtAwBQSwECFAMUAAAAAAAAUC9YeHemDwwAAAAMAAAABQAAAAAAAAAAAAAAgAEAAAAAYS50eHRQSwECFAMUAAAAAAAAUC9YAAAAAAAAAAAAAAAABwAAAAAAAAAAAAAAgAEvAAAAZm9sZGVyL1BLAQIUAxQAAAAIAABQL1hZkslkEAAAAGgBAAAMAAAAAAAAAAAAAACAAVQAAABmb2xkZXIvYi50eHRQSwECFAMUAAAICAAAUC9YAAAAAAIAAAAAAAAADgAAAAAAAAAAAAAAgAGOAAAAWsO8cmljaC/DvC5kY21QSwUGAAAAAAQABADeAAAAvAAAADMAYSBjb21tZW50IHdpdGggUEsFBiBpbiBpdCwgYW5kIG1vcmUgYnl0ZXMgYmVoaW5kIGl0',
    { 'a.txt': 'stored bytes', 'folder/b.txt': 'deflated '.repeat(40), 'Zürich/ü.dcm': '' },
  ],
  'written to a pipe, sizes behind the data': [
    'UEsDBBQACAAAAABQL1gAAAAAAAAAAAAAAAAFAAAAYS50eHRzdG9yZWQgYnl0ZXNQSwcIeHemDwwAAAAMAAAAUEsDBBQACAAIAABQL1gAAAAAAAAAAAAAAAAFAAAAYi50eHRLSU3LSSxJTVFIGWXQkgEAUEsHCFmSyWQQAAAAaAEAAFBLAQIUAxQACAAAAABQL1h4d6YPDAAAAAwAAAAFAAAAAAAAAAAAAACAAQAAAABhLnR4dFBLAQIUAxQACAAIAABQL1hZkslkEAAAAGgBAAAFAAAAAAAAAAAAAACAAT8AAABiLnR4dFBLBQYAAAAAAgACAGYAAACCAAAAAAA=',
    { 'a.txt': 'stored bytes', 'b.txt': 'deflated '.repeat(40) },
  ],
  ZIP64: [
    'UEsDBC0AAAAAAABQL1h4d6YP//////////8FABQAYS50eHQBABAADAAAAAAAAAAMAAAAAAAAAHN0b3JlZCBieXRlc1BLAwQtAAAACAAAUC9YWZLJZP//////////BQAUAGIudHh0AQAQAGgBAAAAAAAAEAAAAAAAAABLSU3LSSxJTVFIGWXQkgEAUEsBAi0DLQAAAAAAAFAvWHh3pg///////////wUAFAAAAAAAAAAAAIABAAAAAGEudHh0AQAQAAwAAAAAAAAADAAAAAAAAABQSwECLQMtAAAACAAAUC9YWZLJZP//////////BQAcAAAAAAAAAAAAgAH/////Yi50eHQBABgAaAEAAAAAAAAQAAAAAAAAAEMAAAAAAAAAUEsGBiwAAAAAAAAALQAtAAAAAAAAAAAAAgAAAAAAAAACAAAAAAAAAJYAAAAAAAAAigAAAAAAAABQSwYHAAAAACABAAAAAAAAAQAAAFBLBQYAAAAAAgACAJYAAACKAAAAAAA=',
    { 'a.txt': 'stored bytes', 'b.txt': 'deflated '.repeat(40) },
  ],
}

type Found = Record<string, string>

/** Contents, or why there are none, by name. */
async function contents(bytes: Uint8Array): Promise<Found> {
  const found: Found = {}
  for await (const file of filesOfZip(new Blob([bytes.slice()]), 'a.zip'))
    found[file.name] = 'blob' in file ? await file.blob.text() : `${file.code}: ${file.reason}`
  return found
}

const bytesOf = (name: string) => new Uint8Array(Buffer.from(MADE[name][0], 'base64'))
const TWO = 'written to a pipe, sizes behind the data'
const text = new TextEncoder()

describe('a ZIP of another program', () => {
  test.each(Object.keys(MADE))('%s', async name => expect(await contents(bytesOf(name))).toEqual(MADE[name][1]))

  test('larger than the parts it is read in', async () => {
    const long = Array.from({ length: 200_000 }, (_, i) => (i * 7919).toString(36)).join('')
    const files = { 'long.txt': text.encode(long), 'short.txt': text.encode('x') }
    expect(await contents(zipSync(files))).toEqual({ 'long.txt': long, 'short.txt': 'x' })
    expect(await contents(zipSync(files, { level: 0 }))).toEqual({ 'long.txt': long, 'short.txt': 'x' })
  })
})

describe('a damaged ZIP', () => {
  const changed = (...changes: [at: number, byte: number][]) => {
    const bytes = bytesOf(TWO)
    for (const [at, byte] of changes) bytes[at] = byte
    return bytes
  }
  const directory = 0x82
  const second = directory + 51
  const b = 'deflated '.repeat(40)

  test.each([
    ['a stored byte is another', [[40, 0x21]], { 'a.txt': 'malformed: does not have its checksum', 'b.txt': b }],
    ['deflate is damaged', [[0x62, 0xff]], { 'a.txt': 'stored bytes', 'b.txt': 'malformed: ' }],
    [
      'a checksum is another',
      [[second + 16, 0]],
      { 'a.txt': 'stored bytes', 'b.txt': 'malformed: does not have its checksum' },
    ],
    [
      'more comes than was said',
      [[second + 24, 9]],
      { 'a.txt': 'stored bytes', 'b.txt': 'malformed: inflates to more than 265 bytes' },
    ],
    [
      'what deflate cannot do',
      [[second + 27, 0x7f]],
      { 'a.txt': 'stored bytes', 'b.txt': 'malformed: 16 bytes cannot inflate to 2130706792' },
    ],
    ['it is encrypted', [[directory + 8, 9]], { 'a.txt': 'malformed: is encrypted', 'b.txt': b }],
    [
      'another compression',
      [[directory + 10, 12]],
      { 'a.txt': 'malformed: compression method 12, wanted 0 (stored) or 8 (deflate)', 'b.txt': b },
    ],
    [
      'an offset that leads elsewhere',
      [[second + 42, 0x40]],
      { 'a.txt': 'stored bytes', 'b.txt': 'malformed: no local header at 64' },
    ],
    [
      'an offset behind the end',
      [[second + 44, 0x40]],
      { 'a.txt': 'stored bytes', 'b.txt': 'malformed: no local header at 4194367' },
    ],
  ] as [string, [number, number][], Found][])('%s: the other file is there', async (_, changes, wanted) => {
    const found = await contents(changed(...changes))
    expect(Object.keys(found)).toEqual(Object.keys(wanted))
    for (const [name, content] of Object.entries(wanted))
      if (content.endsWith(': ')) expect(found[name].startsWith(content), found[name]).toBe(true)
      else expect(found[name]).toBe(content)
  })

  test.each([
    ['cut off', bytesOf(TWO).subarray(0, 200), 'a.zip: no end of central directory; not a whole ZIP file'],
    ['empty', new Uint8Array(0), 'a.zip: no end of central directory; not a whole ZIP file'],
    [
      'with more entries than there are',
      changed([0xe8 + 10, 3]),
      'a.zip: the central directory is cut off at 102 of 102 bytes',
    ],
    [
      'with a directory behind its end',
      changed([0xe8 + 18, 1]),
      'a.zip: a central directory of 2 entries and 102 bytes at 65666 of 254',
    ],
  ])('%s is refused', async (_, bytes, message) =>
    expect(contents(bytes)).rejects.toMatchObject({ code: 'malformed', message }),
  )
})
