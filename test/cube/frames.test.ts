import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { DicomJson, JsonElement } from '../../src/dicom/json.ts'
import { hasShared, SHARED } from '../shared.ts'
import { metaOfDataSets, metasOfFolder } from './metas.ts'

const DS = (...Value: number[]): JsonElement => ({ vr: 'DS', Value })
const FD = (...Value: number[]): JsonElement => ({ vr: 'FD', Value })
const SQ = (...Value: DicomJson[]): JsonElement => ({ vr: 'SQ', Value })
const IS = (value: number): JsonElement => ({ vr: 'IS', Value: [value] })
const LO = (text: string): JsonElement => ({ vr: 'LO', Value: [text] })

const position = (z: number): DicomJson => ({ '00209113': SQ({ '00200032': DS(1, 2, z) }) })
/** Three frames: a position each, an orientation and an echo time for all but the last, an instance number on top. */
const enhanced = metaOfDataSets([
  {
    '00080005': { vr: 'CS', Value: ['ISO_IR 100'] },
    '00080070': LO('Müller'),
    '00200013': IS(7),
    '00280008': IS(3),
    '00291010': LO('on top'),
    '52009229': SQ({
      '00189114': SQ({ '00189082': FD(30) }),
      '00209116': SQ({ '00200037': DS(1, 0, 0, 0, 1, 0) }),
      '00189117': SQ({ '00189075': { vr: 'CS', Value: ['NONE'] } }),
    }),
    '52009230': SQ(
      { ...position(10), '00189117': SQ({ '00189087': FD(0) }) },
      { ...position(11), '00189117': SQ({ '00189087': FD(1000), '00189076': SQ({ '00189089': FD(0, 0, 1) }) }) },
      {
        ...position(12),
        '00189114': SQ({ '00189082': FD(60) }),
        '00290010': LO('TEST'),
        '00291001': SQ({ '00200013': IS(99), '00291010': LO('in a group') }),
      },
    ),
  },
])

describe('an enhanced object', () => {
  test('the functional groups of the frame come first, then the shared ones, then the top level', () => {
    expect(enhanced.getFrameNumbers('ImagePositionPatient')).toEqual({
      values: Float64Array.of(1, 2, 10, 1, 2, 11, 1, 2, 12),
      shape: [3, 3],
    })
    expect(enhanced.getFrameValues('EffectiveEchoTime')).toEqual([30, 30, 60])
    expect(enhanced.getFrameValues('ImageOrientationPatient')[2]).toEqual([1, 0, 0, 0, 1, 0])
    expect(enhanced.getFrameValues('InstanceNumber')).toEqual([7, 7, 7])
    expect(enhanced.getFrameValues('Manufacturer')).toEqual(['Müller', 'Müller', 'Müller'])
    expect(enhanced.getFrameValues('SliceThickness')).toEqual([null, null, null])
  })

  test('a frame without the attribute in its own group takes the shared one', () => {
    expect(enhanced.getFrameValues('DiffusionDirectionality')).toEqual(['NONE', 'NONE', 'NONE'])
    expect(enhanced.getFrameValues('DiffusionBValue')).toEqual([0, 1000, null])
    expect(enhanced.getFrameNumbers('DiffusionBValue').values).toEqual(Float64Array.of(0, 1000, Number.NaN))
  })

  test('sequences within a group, paths, and the groups themselves', () => {
    expect(enhanced.getFrameValues('DiffusionGradientOrientation')).toEqual([null, [0, 0, 1], null])
    expect(enhanced.getFrameValues('DiffusionGradientDirectionSequence[0].DiffusionGradientOrientation')[1]).toEqual([
      0, 0, 1,
    ])
    expect(enhanced.getFrameValues('PlanePositionSequence[0].ImagePositionPatient')[2]).toEqual([1, 2, 12])
    expect(enhanced.getFrameValues('MREchoSequence')[2]).toEqual([{ '00189082': FD(60) }])
  })

  test('a private group is asked for private tags only', () => {
    expect(enhanced.getFrameValues('00291010')).toEqual(['on top', 'on top', 'in a group'])
  })

  test('what is no tag, or no number, is said', () => {
    expect(() => enhanced.getFrameValues('EcoTime')).toThrow('did you mean EchoTime?')
    expect(() => enhanced.getFrameNumbers('Manufacturer')).toThrow('which holds no numbers')
  })
})

test('slices of one frame: the same as getValues and getNumbers', () => {
  const meta = metaOfDataSets([{ '00200013': IS(1), '00200032': DS(1, 2, 3) }, { '00200013': IS(2) }])
  expect(meta.getFrameValues('InstanceNumber')).toEqual([1, 2])
  expect(meta.getFrameNumbers('ImagePositionPatient')).toEqual(meta.getNumbers('ImagePositionPatient'))
})

test('slices with several frames and without functional groups have one value for all of them', () => {
  const meta = metaOfDataSets([
    { '00200013': IS(1), '00280008': IS(2) },
    { '00200013': IS(2) },
    { '00200013': IS(3), '00280008': { vr: 'IS', Value: [0] } },
  ])
  expect(meta.getFrameValues('InstanceNumber')).toEqual([1, 1, 2, 3])
  expect(meta.getFrameNumbers('InstanceNumber').shape).toEqual([4, 1])
})

describe.skipIf(!hasShared)('real', () => {
  test('three CT slices and the enhanced object converted from them give the same answers', async () => {
    const metas = await metasOfFolder(join(SHARED, 'dicom', 'legacy-converted-ct-pair'))
    const classic = metas.find(meta => meta.sliceCount === 3)!
    const converted = metas.find(meta => meta.getSharedValue('SOPClassUID') === '1.2.840.10008.5.1.4.1.1.2.2')!
    expect(converted.sliceCount).toBe(1)
    for (const tag of [
      'ImagePositionPatient',
      'ImageOrientationPatient',
      'PixelSpacing',
      'SliceThickness',
      'WindowCenter',
      'WindowWidth',
      'RescaleSlope',
      'RescaleIntercept',
      'InstanceNumber',
      'Rows',
      'Columns',
    ]) {
      expect(converted.getFrameNumbers(tag), tag).toEqual(classic.getFrameNumbers(tag))
      expect(converted.getFrameValues(tag), tag).toEqual(classic.getFrameValues(tag))
    }
    for (const tag of ['PatientID', 'StudyInstanceUID', 'FrameOfReferenceUID', 'Modality', 'Manufacturer'])
      expect(converted.getFrameValues(tag), tag).toEqual(classic.getFrameValues(tag))
    // What the conversion says of its sources is what they say of themselves.
    expect(converted.getFrameValues('ConversionSourceAttributesSequence[0].ReferencedSOPInstanceUID')).toEqual(
      classic.getValues('SOPInstanceUID'),
    )
    expect(converted.volumes()).toEqual([{ slices: [0, 0, 0], frames: [0, 1, 2], attributes: {} }])
    expect(classic.volumes()).toEqual([{ slices: [0, 1, 2], frames: [0, 1, 2], attributes: {} }])
  })

  test('four files of six frames', async () => {
    const [meta] = await metasOfFolder(join(SHARED, 'dicom', 'enhanced-mr-siemens-xa10-4'))
    const { values, shape } = meta.getFrameNumbers('ImagePositionPatient')
    expect(shape).toEqual([24, 3])
    expect(values.every(Number.isFinite)).toBe(true)
    expect(meta.getFrameValues('TemporalPositionIndex')).toEqual(
      [1, 2, 3, 4].flatMap(time => new Array<number>(6).fill(time)),
    )
  })
})
