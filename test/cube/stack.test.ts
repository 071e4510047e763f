import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sourceFromBytes } from '../../src/bytes/source.ts'
import { demoSeries } from '../../src/cli/demo/series.ts'
import { tableOfInstances } from '../../src/cube/ingest.ts'
import { serializeRow } from '../../src/cube/serialize.ts'
import { findSeries } from '../../src/cube/series.ts'
import { HeaderStack, StackedInstance } from '../../src/cube/stack.ts'
import { findElement } from '../../src/dicom/elements.ts'
import { elementBytes, type Instance, parsePart10 } from '../../src/dicom/parse.ts'
import { DicubeError } from '../../src/errors.ts'
import { folderEntries } from '../../src/node.ts'
import { generatedSeries } from '../generate/encodings.ts'
import { SHARED, sharedCases } from '../shared.ts'

const COLUMNS = ['tags', 'vrs', 'offsets', 'lengths', 'flags', 'ends'] as const

/** Not toEqual, which takes a hundred times as long for arrays of thousands. */
const same = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  a.length === b.length && Array.prototype.every.call(a, (value, i) => value === b[i])

/** What a stack gives back of each instance has to be what was put in. */
function expectSame(stacked: StackedInstance, instance: Instance): void {
  const { preambleBytes, trailingBytes, elements, header } = instance
  expect(stacked).toMatchObject({ preambleBytes, trailingBytes, headerBytes: header.length })
  const back = stacked.elements
  expect(back.count).toBe(elements.count)
  const differing = [
    ...(same(stacked.header, header) ? [] : ['header']),
    ...COLUMNS.filter(column => !same(back[column], elements[column])),
  ]
  for (let i = 0; i < elements.count; i = elements.ends[i]) {
    const first = findElement(elements, elements.tags[i])
    const { offsets, lengths } = elements
    const wanted = header.subarray(offsets[first], offsets[first] + lengths[first])
    if (!same(elementBytes(stacked, elements.tags[i])!, wanted)) differing.push(`value of element ${i}`)
  }
  expect(differing).toEqual([])
}

function expectAllBack(instances: readonly Instance[]): HeaderStack {
  const stack = new HeaderStack()
  const stacked = instances.map(instance => stack.add(instance))
  stack.seal()
  for (const [i, instance] of instances.entries()) expectSame(stacked[i], instance)
  return stack
}

async function parsed(files: Iterable<{ bytes: Uint8Array }>): Promise<Instance[]> {
  const instances: Instance[] = []
  for (const { bytes } of files)
    try {
      instances.push(await parsePart10(sourceFromBytes(bytes)))
    } catch (error) {
      if (!(error instanceof DicubeError)) throw error
    }
  return instances
}

test.each(generatedSeries().map(({ name, files }) => [name, files] as const))(
  'headers come back: %s',
  async (_, files) => {
    expectAllBack(await parsed(files))
  },
)

test.each(sharedCases().map(name => [name]))('headers come back: real, %s', async name => {
  const instances: Instance[] = []
  for await (const { source } of folderEntries(join(SHARED, 'dicom', name)))
    try {
      instances.push(await parsePart10(source))
    } catch (error) {
      if (!(error instanceof DicubeError)) throw error
    }
  expectAllBack(instances)
})

const demoFiles = (slices: number) => {
  const series = demoSeries({ slices, rows: 2, columns: 2 })
  return Array.from({ length: slices }, (_, i) => ({ name: series.fileName(i), bytes: series.slice(i) }))
}

test('slices of a scanner have one skeleton, and what is kept of each is a tenth of its header', async () => {
  const instances = await parsed(demoFiles(300))
  const stack = expectAllBack(instances)
  expect(stack.skeletons).toHaveLength(1)
  const cuts = stack.skeletons[0].cuts!
  // An address of 4 bytes, and what stands there once however often it is the same.
  let bytes = 0
  const seen = new Set<string>()
  for (const piece of cuts.pieces) {
    bytes += 4 * instances.length
    const element = cuts.closes.indexOf(piece)
    for (let rank = 0; element >= 0 && rank < instances.length; rank++) {
      const value = stack.bytes(stack.skeletons[0], rank, element)
      const text = String.fromCharCode(...value)
      if (!seen.has(text)) bytes += value.length + 8
      seen.add(text)
    }
  }
  expect(bytes / instances.reduce((sum, { header }) => sum + header.length, 0)).toBeLessThan(0.1)
})

test('files that are read while others are: each keeps its own header', async () => {
  const files = demoFiles(20)
  const entries = files.map(({ name, bytes }) => ({ name, source: sourceFromBytes(bytes, name) }))
  const found = await Promise.all([findSeries(entries), findSeries([...entries].reverse())])
  const instances = await parsed(files)
  for (const { series } of found)
    for (const [i, instance] of series[0].instances.entries()) {
      expect(instance).toBeInstanceOf(StackedInstance)
      expectSame(instance as StackedInstance, instances[i])
    }
})

test('instances of two stacks make one table', async () => {
  const files = demoFiles(6)
  const instances = await parsed(files)
  const [one, other] = [new HeaderStack(), new HeaderStack()]
  const table = tableOfInstances(instances.map((instance, i) => (i % 2 ? one : other).add(instance)))
  for (const [row, { header, pixels }] of instances.entries())
    expect(serializeRow(table, row, pixels!.length).bytes).toEqual(header)
})
