import { type Element, writePart10 } from '../../src/cli/demo/part10.ts'

/** The series of SPEC §12: three slices of 4 × 4, small enough to be read by eye. */
export function exampleFiles(): { path: string; bytes: Uint8Array }[] {
  return [0, 1, 2].map(index => {
    const elements: Element[] = [
      ['00080016', 'UI', '1.2.840.10008.5.1.4.1.1.7'],
      ['00080018', 'UI', `1.2.826.0.1.3680043.10.99.${[8401937, 394382, 5783099][index]}`],
      ['00080060', 'CS', 'OT'],
      ['00081140', 'SQ', [[['00081155', 'UI', `1.2.3.${index + 1}`]]]],
      ['00100020', 'LO', 'SPEC'],
      ['0020000D', 'UI', '1.2.826.0.1.3680043.10.99.1'],
      ['0020000E', 'UI', '1.2.826.0.1.3680043.10.99.2'],
      ['00200013', 'IS', String(index + 1)],
      ['00201041', 'DS', String(2.5 * index)],
      ...(index === 1 ? [] : [['00204000', 'LT', 'outer'] as Element]),
      ['00280002', 'US', 1],
      ['00280004', 'CS', 'MONOCHROME2'],
      ['00280010', 'US', 4],
      ['00280011', 'US', 4],
      ['00280100', 'US', 32],
      ['00280101', 'US', 32],
      ['00280102', 'US', 31],
      ['00280103', 'US', 0],
      ['7FE00010', 'OW', new Uint8Array(Uint32Array.from({ length: 16 }, (_, i) => i * (index % 2)).buffer)],
    ]
    return { path: `${index + 1}.dcm`, bytes: writePart10({ elements }) }
  })
}
