import { describe, expect, test } from 'vitest'
import { sourceFromBytes } from '../../src/bytes/source.ts'
import { type Element, writePart10 } from '../../src/cli/demo/part10.ts'
import { tableOfInstances } from '../../src/cube/ingest.ts'
import { findSeries, imageOfSeries, onlySeries } from '../../src/cube/series.ts'
import { parsePart10 } from '../../src/dicom/parse.ts'
import {
  CommonTags,
  DicomMeta,
  load,
  loadFromDicomFiles,
  loadMeta,
  readInstance,
  restoreFile,
  saveToBytes,
} from '../../src/node.ts'
import { sliceElements } from '../generate/slice.ts'

const SOP_CLASS = '1.2.840.10008.5.1.4.1.1.2'
const base = (i: number): Element[] => [
  ['00080005', 'CS', 'ISO_IR 100'],
  ['00080016', 'UI', SOP_CLASS],
  ['00080018', 'UI', `1.2.3.${i + 1}`],
  ['00080060', 'CS', 'CT'],
  [
    '00081140',
    'SQ',
    [
      [
        ['00081150', 'UI', SOP_CLASS],
        ['00081155', 'UI', `1.2.9.${i}`],
      ],
      [
        ['00081150', 'UI', SOP_CLASS],
        ['00081155', 'UI', '1.2.9.99'],
      ],
    ],
  ],
  ['00100010', 'PN', 'Müller^Jürgen'],
  ['00180050', 'DS', '2.50'],
  ['0020000D', 'UI', '1.2.4'],
  ['0020000E', 'UI', '1.2.5'],
  ['00200013', 'IS', String(i + 1)],
  ['00200032', 'DS', ['-10.5', '20.25', String(100 + i * 2.5)]],
  ['00280010', 'US', 4],
]
const file = (elements: Element[]) => writePart10({ elements })

/** Meta of files, from the files and from a cube of them: both must say the same. */
async function both(files: Uint8Array[]): Promise<[string, DicomMeta][]> {
  const instances = await Promise.all(files.map((bytes, i) => parsePart10(sourceFromBytes(bytes, `IM${i}`))))
  const found = await findSeries(
    files.map((bytes, i) => ({ name: `IM${i}`, source: sourceFromBytes(bytes, `IM${i}`) })),
    { sort: 'name' },
  )
  const image = await imageOfSeries(onlySeries(found, 'test'), { threads: 0 })
  const cube = await saveToBytes(image, { threads: 0 })
  return [
    ['files', new DicomMeta(tableOfInstances(instances))],
    ['cube', await loadMeta(cube)],
  ]
}

const series = await both([0, 1, 2, 3].map(i => file(base(i))))
/** A tag absent in slice 0, empty in 1, of two values in 2, invalid in 3. */
const uneven = await both(
  [0, 1, 2, 3].map(i => {
    const elements = base(i).filter(element => !('raw' in element) && element[0] !== '00180050')
    const values = [undefined, '', ['1', '2'], '12O'] as const
    const value = values[i]
    return file(
      value === undefined
        ? elements
        : [...elements, ['00280030', 'DS', value], ['00291010', 'UN', Uint8Array.of(i, 0)]],
    )
  }),
)

describe.each(series)('metadata from %s', (_, meta) => {
  test('shared values are typed by VR and VM', () => {
    expect(meta.sliceCount).toBe(4)
    expect(meta.getSharedValue(CommonTags.PatientName)).toEqual({ Alphabetic: 'Müller^Jürgen' })
    expect(meta.getSharedValue('SliceThickness')).toBe(2.5)
    expect(meta.getSharedValue(CommonTags.Rows)).toBe(4)
    expect(meta.getSharedValue('PatientID')).toBeNull()
  })

  test('per-slice values come in slice order', () => {
    const numbers: (number | null)[] = meta.getValues(CommonTags.InstanceNumber)
    expect(numbers).toEqual([1, 2, 3, 4])
    expect(meta.getValues('ImagePositionPatient')[3]).toEqual([-10.5, 20.25, 107.5])
    expect(meta.getNumbers(CommonTags.ImagePositionPatient)).toEqual({
      values: Float64Array.of(-10.5, 20.25, 100, -10.5, 20.25, 102.5, -10.5, 20.25, 105, -10.5, 20.25, 107.5),
      shape: [4, 3],
    })
    expect(meta.getStrings('SliceThickness')).toEqual([['2.50'], ['2.50'], ['2.50'], ['2.50']])
  })

  test.each(['00200013', '(0020,0013)', 0x00200013, 'InstanceNumber'])('a tag may be written as %j', tag => {
    expect(meta.getValues(tag)).toEqual([1, 2, 3, 4])
  })

  test('a path leads into sequences', () => {
    expect(meta.getValues('ReferencedImageSequence[0].ReferencedSOPInstanceUID')).toEqual([
      '1.2.9.0',
      '1.2.9.1',
      '1.2.9.2',
      '1.2.9.3',
    ])
    expect(meta.getSharedValue('(0008,1140)[1].(0008,1155)')).toBe('1.2.9.99')
    expect(meta.isShared('ReferencedImageSequence[1].ReferencedSOPInstanceUID')).toBe(true)
    expect(meta.isShared('ReferencedImageSequence')).toBe(false)
    expect(meta.isMissing('ReferencedImageSequence[2].ReferencedSOPInstanceUID')).toBe(true)
  })

  test('a question that has no answer says why', () => {
    expect(() => meta.getSharedValue('InstanceNumber')).toThrow(
      'InstanceNumber is not shared: slices differ; use getValues("InstanceNumber")',
    )
    expect(() => meta.getValues('InstanceNumbr')).toThrow('did you mean InstanceNumber?')
    expect(() => meta.index(4)).toThrow('slice 4: the series has slices 0 to 3')
    expect(() => meta.getNumbers('Modality')).toThrow('which holds no numbers')
  })

  test('index gives DICOM JSON, tags ascending', () => {
    expect(meta.index(-1)['00200013']).toEqual({ vr: 'IS', Value: [4] })
    expect(meta.index(0)['00081140'].Value).toHaveLength(2)
    expect(meta.keys()).toEqual([...meta.keys()].sort())
    expect(meta.keys()).not.toContain('00020010')
    expect(meta.getSharedValue(CommonTags.TransferSyntaxUID)).toBe('1.2.840.10008.1.2.1')
  })

  test('display shows both tables', () => {
    const text = meta.display()
    expect(text).toContain('Shared by all 4 slices')
    expect(text).toMatch(/\(0020,0013\) +InstanceNumber +IS +1 +2 +3 +4/)
  })
})

describe.each(uneven)('slices that differ in their elements, from %s', (_, meta) => {
  test('absent, empty, several and invalid values stay apart', () => {
    expect(meta.getValues('PixelSpacing')).toEqual([null, null, [1, 2], [null]])
    expect(meta.getStrings('PixelSpacing')).toEqual([null, [], ['1', '2'], ['12O']])
    expect('00280030' in meta.index(0)).toBe(false)
    expect(meta.index(1)['00280030']).toEqual({ vr: 'DS' })
    expect(meta.isShared('PixelSpacing')).toBe(false)
    expect(meta.isMissing('PixelSpacing')).toBe(false)
    expect(() => meta.getSharedValue('PixelSpacing')).toThrow('1 of 4 slices lack it')
    expect(() => meta.getNumbers('PixelSpacing')).toThrow('use getValues')
  })

  test('binary values', () => {
    expect(meta.getValues('00291010')).toEqual([null, Uint8Array.of(1, 0), Uint8Array.of(2, 0), Uint8Array.of(3, 0)])
    expect(meta.isMissing('00291010')).toBe(false)
  })
})

test('text that breaks its VR is in the report of its file, without the text', async () => {
  const broken = base(1).map(
    (element): Element => ('raw' in element || element[0] !== '00180050' ? element : ['00180050', 'DS', '12O kVp']),
  )
  const files = [file(base(0)), file(broken)]
  const found = await findSeries(
    files.map((bytes, i) => ({ name: `IM${i}`, source: sourceFromBytes(bytes, `IM${i}`) })),
  )
  const image = await imageOfSeries(onlySeries(found, 'test'), { threads: 0 })
  const missing = {
    code: 'pixel-missing',
    message: 'no Pixel Data, but the SOP Class of an image; the file may be cut off',
  }
  const wanted = [[missing], [{ code: 'invalid-value', message: 'SliceThickness (DS) is no number' }, missing]]
  expect(image.originals.reports).toEqual(wanted)
  const cube = await load(await saveToBytes(image, { threads: 0 }), { threads: 0 })
  expect(cube.originals.reports).toEqual(wanted)
  expect(cube.meta.getValues('SliceThickness')).toEqual([2.5, null])
  expect(cube.meta.getStrings('SliceThickness')[1]).toEqual(['12O kVp'])
})

describe('changed metadata', () => {
  const files = [0, 1, 2, 3].map(i => file(base(i)))
  const image = async () => {
    const found = await findSeries(
      files.map((bytes, i) => ({ name: `IM${i}`, source: sourceFromBytes(bytes, `IM${i}`) })),
    )
    return imageOfSeries(onlySeries(found, 'test'), { threads: 0 })
  }

  test('is written, and the files say it', async () => {
    const changed = await image()
    changed.meta.setShared('PatientName', { Alphabetic: 'Anonymous' })
    changed.meta.setValues('SliceLocation', [1, 2.5, null, undefined])
    changed.meta.setShared('ReferencedImageSequence', [])
    changed.meta.remove('SliceThickness')
    const cube = await load(await saveToBytes(changed, { threads: 0 }), { threads: 0 })
    expect(cube.meta.getSharedValue('PatientName')).toEqual({ Alphabetic: 'Anonymous' })
    expect(cube.meta.getValues('SliceLocation')).toEqual([1, 2.5, null, null])
    expect(cube.originals.files.map(original => original.sha256)).toEqual([undefined, undefined, undefined, undefined])
    const back = new DicomMeta(tableOfInstances([await parsePart10(sourceFromBytes(await restoreFile(cube, 1)))]))
    expect(back.getSharedValue('SliceLocation')).toBe(2.5)
    expect(back.isMissing('SliceThickness')).toBe(true)
    expect(back.getSharedValue(CommonTags.InstanceNumber)).toBe(2)
  })

  test('takes US or SS from Pixel Representation, as a reader of implicit VR does', async () => {
    for (const transferSyntax of ['1.2.840.10008.1.2', '1.2.840.10008.1.2.1', '1.2.840.10008.1.2.2'])
      for (const signed of [0, 1]) {
        const changed = await loadFromDicomFiles(
          [0, 1].map(i => {
            const elements = sliceElements('signed', i, { '00280103': ['US', signed] })
            return { name: `IM${i}`, source: sourceFromBytes(writePart10({ elements, transferSyntax }), `IM${i}`) }
          }),
          { threads: 0 },
        )
        const vr = signed ? 'SS' : 'US'
        changed.meta.setValues('SmallestImagePixelValue', signed ? [-5, null] : [60000, null])
        const cube = await load(await saveToBytes(changed, { threads: 0 }), { threads: 0 })
        const file = await readInstance(await restoreFile(cube, 0))
        for (const element of [changed.meta.element('00280106', 0), cube.meta.element('00280106', 0), file['00280106']])
          expect(element).toEqual({ vr, Value: [signed ? -5 : 60000] })
        expect(cube.meta.element('00280106', 1)).toEqual({ vr })
      }
  })

  test.each([
    ['a value that its VR cannot hold', (meta: DicomMeta) => meta.setShared('InstanceNumber', 1.5), 'invalid-value'],
    [
      'text without a code in the character set',
      (meta: DicomMeta) => meta.setShared('PatientID', '日本'),
      'invalid-value',
    ],
    ['too few values', (meta: DicomMeta) => meta.setValues('InstanceNumber', [1, 2]), 'invalid-value'],
    ['Pixel Data', (meta: DicomMeta) => meta.setShared('TransferSyntaxUID', '1.2'), 'invalid-value'],
    ['a private element of no VR', (meta: DicomMeta) => meta.setShared('00091001', 'x'), 'invalid-value'],
  ])('%s is refused, and nothing is changed', async (_, change, code) => {
    const { meta } = await image()
    const before = JSON.stringify(meta.index(0))
    expect(() => change(meta)).toThrow(expect.objectContaining({ code }))
    expect(JSON.stringify(meta.index(0))).toBe(before)
    expect(meta.changedSlices.size).toBe(0)
  })
})
