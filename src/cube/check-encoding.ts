import { transferSyntax } from '../dicom/transfer-syntax.ts'
import { counted, type Report } from './check-codes.ts'
import { groupsOf, odd, textsOf } from './check-columns.ts'
import { lacksFrames, slicesWithPixels } from './check-completeness.ts'
import { frameCounts } from './frames.ts'
import type { DicomCubeImage } from './image.ts'
import type { Table } from './table.ts'

const TAG = { transferSyntaxUid: 0x00020010, lossyImageCompression: 0x00282110 } as const

/** Always lossy. What JPEG 2000 (.91) and HTJ2K (.203) are is for their code streams to say. */
const LOSSY = new Set([
  ...['50', '51', '52', '53', '54', '55', '56', '59', '60', '61', '62', '63', '64'],
  ...['81', '100', '101', '102', '103', '104', '105', '106', '107', '108'],
])
const OF_VALUES = new Set<string>([
  ...['invalid-value', 'odd-length', 'partial-word'],
  ...['characters', 'character-set', 'no-private-creator'],
])
const COMPRESSED = '1.2.840.10008.1.2.4.'

/** How files are written. What is wrong with single values and characters is for checkValues. */
export function checkEncoding(table: Table, report: Report, image?: DicomCubeImage): void {
  const syntaxes = textsOf(table, TAG.transferSyntaxUid)
  const mixed = odd(syntaxes)
  if (mixed)
    report('mixed-transfer-syntaxes', mixed.slices, `files of ${mixed.others.length + 1} Transfer Syntaxes`, {
      expected: mixed.usual,
      found: mixed.others.slice(0, 20),
    })

  const lossy = textsOf(table, TAG.lossyImageCompression)
  const marked = lossy.values.flatMap((value, slice) => (value === '01' ? [slice] : []))
  if (marked.length)
    report('lossy-compression', marked, `${counted(marked.length, 'slice')} marked as compressed with losses`)
  const hasPixels = slicesWithPixels(table)
  for (const [uid, slices] of groupsOf(syntaxes.values)) {
    if (!uid?.startsWith(COMPRESSED) || !LOSSY.has(uid.slice(COMPRESSED.length))) continue
    const unmarked = slices.filter(slice => lossy.values[slice] !== '01' && hasPixels[slice])
    if (unmarked.length)
      report(
        'lossy-not-marked',
        unmarked,
        `${counted(unmarked.length, 'slice')} of ${transferSyntax(uid)?.name ?? uid} without Lossy Image Compression 01`,
        { expected: '01', found: lossy.values[unmarked[0]] ?? '' },
      )
  }

  const counts = frameCounts(table)
  const someHavePixels = hasPixels.some(Boolean)
  const odds = new Map<string, { slices: number[]; message: string }>()
  for (const [slice, entries] of (image?.originals.reports ?? []).entries())
    for (const { code, message } of entries) {
      // Values and missing frames are findings of their own.
      if (OF_VALUES.has(code) || (code === 'pixel-missing' && someHavePixels)) continue
      const pixels = code === 'pixel-length' || code === 'pixel-frames' ? image?.pixels.slices[slice] : undefined
      if (pixels && lacksFrames(pixels, counts[slice])) continue
      const known = odds.get(code)
      if (known) known.slices.push(slice)
      else odds.set(code, { slices: [slice], message })
    }
  for (const [code, { slices, message }] of odds)
    report('odd-file', slices, `${counted(slices.length, 'file')}: ${message}`, { found: code })
}
