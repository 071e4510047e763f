import { type Element, type Part10, TransferSyntax, writePart10 } from '../../../src/cli/demo/part10.ts'
import type { BaseFile } from '../../fuzz/corpus.ts'

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
const raw = (hex: string): Element => ({ raw: bytes(hex) })

const SHARED: Element[] = [
  ['00080016', 'UI', '1.2.840.10008.5.1.4.1.1.7'],
  ['00080018', 'UI', '2.25.1'],
]
const IMPLICIT = { transferSyntax: TransferSyntax.implicitLittleEndian }
const BIG = { explicit: true, littleEndian: false }

/** Files for the rules that few mutants need, so that every run meets every rule. */
const MADE: Record<string, Omit<Part10, 'elements'> & { elements?: Element[]; behind?: Element[] }> = {
  'implicit, Group Length of a private group': { ...IMPLICIT, behind: [raw('0900 0000 04000000 08000000')] },
  'implicit, an element of a message': { ...IMPLICIT, behind: [raw('0000 0001 02000000 0100')] },
  'implicit, a retired repeating group': { ...IMPLICIT, behind: [raw('2800 5308 04000000 0800 1000')] },
  'implicit, a private element without items': {
    ...IMPLICIT,
    behind: [raw('0900 1000 04000000 41434d45'), raw('0900 1010 ffffffff feff dde0 00000000')],
  },
  'implicit, Variable Pixel Data': { ...IMPLICIT, behind: [raw('007f 1000 02000000 0000')] },
  'items in an OB': { behind: [raw('0900 1010 4f42 0000 ffffffff feff 00e0 00000000 feff dde0 00000000')] },
  'a tag of two bytes': { behind: [raw('2800 0900 4154 0200 1800')] },
  'a group length that goes beyond group 0002': {
    ...IMPLICIT,
    fileMeta: [
      ['00020002', 'UI', '1.2.840.10008.5.1.4.1.1.7'],
      ['00020010', 'UI', TransferSyntax.implicitLittleEndian],
      raw('0800 0500 00000000'),
    ],
  },
  'big endian that is announced as little': { encoding: BIG },
  'fragments as OW': {
    transferSyntax: TransferSyntax.rle,
    behind: [raw('e07f 1000 4f57 0000 ffffffff feff 00e0 00000000 feff 00e0 02000000 0000 feff dde0 00000000')],
  },
  'implicit, an item that ends behind its sequence': {
    ...IMPLICIT,
    behind: [raw('0800 4011 14000000 feff 00e0 16000000 0800 5511 04000000 312e3200 2000 1300 02000000 3120')],
  },
  'a VR that PS3.5 does not know': { behind: [raw('1000 2000 5a5a 0000 04000000 41414141')] },
  'a UID with a space': { elements: [['00080016', 'UI', '1.2.840 .10008.5.1.4.1.1.7'], SHARED[1]] },
  'the largest double': { behind: [['00720074', 'FD', [Number.MAX_VALUE]]] },
  'a value of odd length': { behind: [['00091001', 'OB', bytes('010203'), { pad: 'none' }]] },
  'without Transfer Syntax UID, a high first group': {
    fileMeta: [['00020002', 'UI', '1.2.840.10008.5.1.4.1.1.7']],
    elements: [['30060002', 'SH', 'label']],
  },
}

export const madeFiles = (): Pick<BaseFile, 'name' | 'bytes'>[] =>
  Object.entries(MADE).map(([name, { elements = SHARED, behind = [], ...part10 }]) => ({
    name: `made: ${name}`,
    bytes: writePart10({ ...part10, elements: [...elements, ...behind] }),
  }))
