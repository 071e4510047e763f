import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { sourceFromFile } from '../../src/bytes/file.node.ts'
import { sourceFromBytes } from '../../src/bytes/source.ts'
import { elementBytes, type Instance, parsePart10, readElement } from '../../src/dicom/parse.ts'
import { generatedSeries, writeGenerated } from '../generate/encodings.ts'
import { SHARED, sharedCases } from '../shared.ts'

const folder = mkdtempSync(join(tmpdir(), 'dicube-files-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
for (const series of generatedSeries()) writeGenerated(join(folder, series.name), series)

const filesIn = (place: string) =>
  readdirSync(place, { recursive: true, encoding: 'utf8' })
    .map(name => join(place, name))
    .filter(path => statSync(path).isFile())
const paths = [folder, ...sharedCases().map(name => join(SHARED, 'dicom', name))].flatMap(filesIn)

/** What a parser gives, without where it came from; or the code it refuses with. */
const found = (work: Promise<Instance>): Promise<string> =>
  work.then(
    ({ source: _, pixelSource: __, name: ___, ...instance }) => JSON.stringify(instance, asText),
    error => error.code,
  )

/** Arrays as short texts: those of thousands of headers are compared in no time. */
const asText = (_: string, value: unknown) =>
  ArrayBuffer.isView(value)
    ? createHash('md5')
        .update(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))
        .digest('hex')
    : value

describe('files, whose first bytes all lie in the same memory', () => {
  test('thousands that are parsed at the same time are what each is alone, in memory', async () => {
    const together = await Promise.all(paths.map(path => found(parsePart10(sourceFromFile(path)))))
    for (const [i, path] of paths.entries())
      expect(together[i], path).toEqual(await found(parsePart10(sourceFromBytes(readFileSync(path), path))))
    expect(paths.length).toBeGreaterThan(100)
  })

  // At the front, in the middle, in a sequence only, behind Pixel Data, in no file.
  test.each([0x00020010, 0x00080018, 0x00200013, 0x00281051, 0x00081150, 0xfffcfffc, 0x00110001])(
    'one element of each, tag %i, is the one that parsing all of it finds',
    async tag => {
      for (const path of paths) {
        const whole = await parsePart10(sourceFromFile(path)).catch(() => undefined)
        if (!whole) continue
        const [one, wanted] = [await readElement(sourceFromFile(path), tag), elementBytes(whole, tag)]
        expect(one && [...one], path).toEqual(wanted && [...wanted])
      }
    },
  )
})
