import { expect, test } from 'vitest'
import { tableOfInstances } from '../../src/cube/ingest.ts'
import { DicomMeta } from '../../src/cube/meta.ts'
import { parseBareDataSet } from '../../src/dicom/parse.ts'
import { hex } from '../dicom/hex.ts'

test('Group Lengths are no part of DICOM JSON, at the top and in items (PS3.18 §F.2.2), and can be asked for', () => {
  const item = '08000000 554c 0400 0a000000' + '08005011 5549 0200 3100'
  const bytes = hex(
    '08000000 554c 0400 2a000000' +
      '08004011 5351 0000 1e000000' +
      `feff00e0 16000000 ${item}` +
      '11000000 554c 0400 00000000',
  )
  const meta = new DicomMeta(
    tableOfInstances([parseBareDataSet(bytes, { implicit: false, bigEndian: false }, 'a file')]),
  )
  expect(meta.index(0)).toEqual({ '00081140': { vr: 'SQ', Value: [{ '00081150': { vr: 'UI', Value: ['1'] } }] } })
  expect(meta.getValues('00080000')).toEqual([42])
})
