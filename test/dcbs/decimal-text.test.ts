import { expect, test } from 'vitest'
import { sourceFromBytes } from '../../src/bytes/source.ts'
import { writePart10 } from '../../src/cli/demo/part10.ts'
import { linesOf, oneLine } from '../../src/cube/display.ts'
import { loadFromDicomFiles, loadMeta, saveToBytes } from '../../src/node.ts'

const SLICES = 12
const eachOf = (...texts: string[]) => Array.from({ length: SLICES }, (_, i) => texts[i % texts.length])

/** Text of numbers, one a slice; undefined: the slice lacks the element. */
const COLUMNS: [name: string, tag: string, vr: string, texts: (string | undefined)[], isShared?: boolean][] = [
  ['IS', '00200013', 'IS', Array.from({ length: SLICES }, (_, i) => String(i + 1))],
  ['DS with zeros behind the point', '00180050', 'DS', eachOf('1.50', '2.50', '-0.50')],
  ['DS spelled in two ways', '00180088', 'DS', eachOf('1.5', '1.50'), true],
  ['DS of zeros with and without a sign', '00180089', 'DS', eachOf('0', '-0')],
  ['DS of three values', '00200032', 'DS', Array.from({ length: SLICES }, (_, i) => `-1.25\\0\\${i * 2.5}`)],
  ['DS of which one is none', '00181030', 'DS', eachOf('1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12O')],
  ['DS that one slice has empty', '00180060', 'DS', ['', ...eachOf('80', '100').slice(1)]],
  ['DS that one slice lacks', '00181314', 'DS', [undefined, ...eachOf('15', '30').slice(1)]],
  ['IS with decimals', '00181151', 'IS', eachOf('1.5', '2.5', '3.5')],
  ['IS with decimals, spelled in two ways', '00181150', 'IS', eachOf('1.5', '1.50')],
  ['IS with a point and a zero', '00180091', 'IS', eachOf('12.0', '13.0')],
]

test('numbers that a cube keeps as such are those of the text, in every way to ask for them', async () => {
  const files = Array.from({ length: SLICES }, (_, i) => {
    const elements: [tag: string, vr: string, text: string][] = [
      ['00080016', 'UI', '1.2.840.10008.5.1.4.1.1.66'],
      ['00080018', 'UI', `1.2.3.4.${i + 1}`],
      ['0020000E', 'UI', '1.2.3.4'],
    ]
    for (const [, tag, vr, { [i]: text }] of COLUMNS) if (text !== undefined) elements.push([tag, vr, text])
    elements.sort(([a], [b]) => (a < b ? -1 : 1))
    return { name: `${i}.dcm`, source: sourceFromBytes(writePart10({ elements }), `${i}.dcm`) }
  })
  const image = await loadFromDicomFiles(files)
  const cube = await loadMeta(await saveToBytes(image, { threads: 0 }))
  for (const [name, tag, , , isShared = false] of COLUMNS) {
    expect(cube.getValues(tag), name).toEqual(image.meta.getValues(tag))
    expect(cube.getNumbers(tag), name).toEqual(image.meta.getNumbers(tag))
    expect(cube.has(tag), name).toBe(true)
    expect([cube.isShared(tag), image.meta.isShared(tag)], name).toEqual([isShared, isShared])
    for (const width of [2, Number.POSITIVE_INFINITY]) {
      const lineOf = linesOf(cube, tag, width)
      for (let slice = 0; slice < SLICES; slice++)
        expect(lineOf(slice), name).toBe(oneLine(image.meta.element(tag, slice), width))
    }
  }
  await image.close()
})
