import { type Changes, slices } from '../generate/slice.ts'

/** The series says that it is in UTF-8. */
function utf8(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text)
  return bytes.length % 2 ? Uint8Array.of(...bytes, 0x20) : bytes
}

/** A series whose every text wants to be more than text, and what of it has to be seen on the page. */
export function hostileSeries(): { files: { name: string; bytes: Uint8Array }[]; texts: string[] } {
  const image = '<img src=x onerror=alert(1)>'
  const script = '</script><script>window.hacked=1</script>'
  const style = '<style>*{display:none}</style>'
  const link = 'javascript:alert(2)'
  const long = 'x'.repeat(60)
  const changes = (index: number): Changes => ({
    '00080005': ['CS', 'ISO_IR 192'],
    '00080070': ['LO', `${image}`],
    '00080080': ['LO', '"><svg onload=alert(3)>'],
    '0008103E': ['LO', script.slice(0, 64)],
    '00081030': ['LO', '{{constructor.constructor("alert(4)")()}}'],
    '00081090': ['LO', utf8('right \u202eto\u202c left')],
    '00081140': [
      'SQ',
      [
        [
          ['00081150', 'UI', '1.2.3'],
          ['00081155', 'UI', link],
          ['00090010', 'LO', `${style}`],
          ['00091001', 'UT', `${script} nested`],
        ],
      ],
    ],
    '00090010': ['LO', '__proto__'],
    '00091001': ['LO', image],
    '00091002': ['UT', `constructor ${script}`],
    '00100010': ['PN', `Mallory^<b>bold</b>=${image}`],
    '00100020': ['LO', '__proto__'],
    '00104000': ['LT', `line one\r\nline two \u0007\u001b[31m ${script} ${long}`],
    '00181030': ['LO', `toString ${index}`],
    '00200010': ['SH', 'hasOwnProperty'],
    '00204000': ['LT', `${image} of slice ${index} ${long}`],
  })
  const files = slices('hostile', 4, changes).map(({ path, bytes }, i) => ({
    name: ['__proto__', '<img src=x onerror=alert(5)>.dcm', 'constructor', path][i],
    bytes,
  }))
  files.push({ name: '"><script>alert(6)<\u2215script>.txt', bytes: new TextEncoder().encode('no DICOM') })
  const texts = [
    image,
    '"><svg onload=alert(3)>',
    '{{constructor.constructor("alert(4)")()}}',
    'right \\u202eto\\u202c left',
    link,
    style,
    `${script} nested`,
    `constructor ${script}`,
    '<b>bold</b>',
    'line one\nline two \\u0007\\u001b[31m',
    '__proto__ 01',
    'toString 0',
    'hasOwnProperty',
  ]
  return { files, texts }
}
