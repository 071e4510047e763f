import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { sourceFromBytes } from '../../src/bytes/source.ts'
import { parsePart10 } from '../../src/dicom/parse.ts'
import {
  type DicomCubeImage,
  findSeries,
  imageOfSeries,
  load,
  loadFromDicomFolder,
  onlySeries,
  restoreFile,
  saveToBytes,
  verifyFiles,
} from '../../src/node.ts'
import { generatedSeries } from '../generate/encodings.ts'
import { slices } from '../generate/slice.ts'
import { hasShared, SHARED } from '../shared.ts'

const imageOf = async (name: string): Promise<DicomCubeImage> => {
  const { files } = generatedSeries().find(series => series.name === name)!
  const found = await findSeries(files.map(({ path, bytes }) => ({ name: path, source: sourceFromBytes(bytes, path) })))
  return imageOfSeries(onlySeries(found, name), { threads: 0 })
}
const cubeOf = async (name: string, options = {}) =>
  load(await saveToBytes(await imageOf(name), { threads: 0, ...options }), { threads: 0 })

describe('frames are the same from files and from a cube', () => {
  test.each([
    'grey-12-in-16',
    'grey-12-signed',
    'grey-12-signed-bare',
    'grey-high-bit-15',
    'grey-overlay-bits',
    'grey-8-signed',
    'grey-8-ow-big-endian',
    'bit-1',
    'bit-32',
    'float',
    'double-float',
    'rgb-planar-0',
    'rgb-planar-1',
    'rgb-16',
    'ybr-full-422',
    'palette',
    'cine',
    'enhanced',
    'rle',
    'rle-frames',
    'explicit-be',
    'deflated',
  ])('%s', async name => {
    const [files, cube] = [await imageOf(name), await cubeOf(name)]
    expect(cube.frameCount).toBe(files.frameCount)
    expect(cube.frameCount).toBeGreaterThan(0)
    for (let i = 0; i < cube.frameCount; i++) expect(await cube.frame(i)).toEqual(await files.frame(i))
  })

  test('stored values are the words of the file, masked and sign-extended', async () => {
    const image = await imageOf('grey-12-signed-bare')
    const { values, rows, columns, samples } = await image.frame(0)
    const { pixels, pixelSource } = await parsePart10(
      sourceFromBytes(generatedSeries().find(series => series.name === 'grey-12-signed-bare')!.files[0].bytes),
    )
    const raw = await pixelSource.read(pixels!.offset, pixels!.length)
    const words = new DataView(raw.buffer, raw.byteOffset)
    const wanted = Array.from(
      { length: rows * columns * samples },
      (_, i) => ((words.getUint16(i * 2, true) & 0xfff) << 20) >> 20,
    )
    expect(Array.from(values as Int16Array)).toEqual(wanted)
    expect(wanted.some(value => value < 0)).toBe(true)
  })
})

describe('frame numbers', () => {
  test('frame(i) counts all frames, frame(slice, k) those of one slice', async () => {
    const cube = await cubeOf('cine')
    const perSlice = cube.pixels.slices[0].frameCount
    expect(perSlice).toBeGreaterThan(1)
    expect(await cube.frame(perSlice - 1)).toEqual(await cube.frame(0, perSlice - 1))
    await expect(cube.frame(cube.frameCount)).rejects.toMatchObject({ code: 'out-of-range' })
    await expect(cube.frame(0, perSlice)).rejects.toMatchObject({ code: 'out-of-range' })
  })

  test('a slice without Pixel Data has none', async () => {
    const cube = await cubeOf('pixels-in-one-of-three')
    expect(cube.frameCount).toBe(1)
    expect((await cube.frame(0)).rows).toBeGreaterThan(0)
  })

  test('an object without pixels', async () => {
    const cube = await cubeOf('report')
    expect(cube.frameCount).toBe(0)
    await expect(cube.frame(0)).rejects.toMatchObject({ code: 'no-pixels' })
  })

  test('repeated frames are stored once', async () => {
    const { openCube } = await import('../../src/dcbs/read.ts')
    const { frameIndexOf } = await import('../../src/dcbs/read-frames.ts')
    const opened = (await openCube(
      sourceFromBytes(await saveToBytes(await imageOf('frames-repeated'), { threads: 0 })),
    ))!
    const { records, recordOf } = frameIndexOf(opened, (await imageOf('frames-repeated')).meta.sliceCount)
    expect(records.length).toBeLessThan(recordOf.length)
  })
})

describe('a volume', () => {
  test('has shape, spacing and affine', async () => {
    const cube = await cubeOf('explicit-le')
    const volume = await cube.toVolume()
    const { rows, columns } = await cube.frame(0)
    expect(volume.shape).toEqual([cube.frameCount, rows, columns])
    expect(volume.values.slice(rows * columns, 2 * rows * columns)).toEqual((await cube.frame(1)).values)
    expect(volume.spacingMm).toHaveLength(3)
    expect(volume.affine).toHaveLength(16)
    const fdata = await cube.getFdata()
    const { slope, intercept } = cube.rescale(0)
    expect(fdata.values[5]).toBe(Number(volume.values[5]) * slope + intercept)
  })

  test('of frames that differ is an error that says what', async () => {
    await expect((await cubeOf('shapes-differ')).toVolume()).rejects.toMatchObject({
      code: 'not-uniform',
      message: expect.stringMatching(/frame \d+ has \d+ (rows|columns)/),
    })
  })
})

describe('recompress', () => {
  test('makes HTJ2K of lossless frames, keeps the samples, and says that the originals are gone', async () => {
    const before = await imageOf('rle')
    const cube = await cubeOf('rle', { recompress: true })
    expect(cube.meta.getSharedValue('TransferSyntaxUID')).toBe('1.2.840.10008.1.2.4.202')
    for (let i = 0; i < cube.frameCount; i++)
      expect((await cube.frame(i)).values).toEqual((await before.frame(i)).values)
    for await (const { result } of verifyFiles(cube)) expect(result).toBe('changed')
    const restored = await parsePart10(sourceFromBytes(await restoreFile(cube, 0)))
    expect(restored.report).toEqual([])
    expect(restored.pixels?.items?.lengths).toHaveLength(2)
  })

  test('leaves native and lossy frames alone', async () => {
    for (const name of ['explicit-le', 'encapsulated-one'])
      for await (const { result } of verifyFiles(await cubeOf(name, { recompress: true })))
        expect(result).toBe('identical')
  })
})

describe.skipIf(!hasShared)('real pixels', () => {
  test.each([
    'ts-jpeg-baseline',
    'ts-jpegls',
    'ts-j2k-lossless',
    'ts-htj2k-201-203',
    'ts-rle',
    'ts-jpeg-lossless-70',
    'ts-deflated-frame',
    'fragments-bot',
    'color-palette',
  ])('all frames of %s decode, or the codec says why not', async name => {
    const { folderEntries } = await import('../../src/node.ts')
    const { series } = await findSeries(folderEntries(join(SHARED, 'dicom', name)))
    let decoded = 0
    for (const one of series) {
      const image = await load(await saveToBytes(await imageOfSeries(one, { threads: 0 }), { threads: 0 }), {
        threads: 0,
      })
      for (let i = 0; i < image.frameCount; i++)
        try {
          const { values, rows, columns, samples } = await image.frame(i)
          expect(values.length).toBe(rows * columns * samples)
          decoded++
        } catch (error) {
          expect(error).toMatchObject({ code: expect.stringMatching(/unsupported-codec|corrupt/) })
        }
    }
    expect(decoded).toBeGreaterThan(0)
  })

  test('the HTJ2K original of a pair decodes to its uncompressed twin', async () => {
    const values = async (name: string) => {
      const { series } = await findSeries([
        { name, source: sourceFromBytes(readFileSync(join(SHARED, 'dicom/ts-htj2k-202-pairs', name)), name) },
      ])
      return (await (await imageOfSeries(series[0], { threads: 0 })).frame(0)).values
    }
    const names = ['CT2_UNC', 'CT2_J2KR', 'CT2_HTJ2K']
    const { readdirSync } = await import('node:fs')
    const found = readdirSync(join(SHARED, 'dicom/ts-htj2k-202-pairs')).filter(name => name.startsWith('CT2'))
    expect(found.length, `${names} in ${found}`).toBeGreaterThan(1)
    const all = await Promise.all(found.map(values))
    for (const other of all) expect(other).toEqual(all[0])
  })

  test('the volume of a CT', async () => {
    const image = await loadFromDicomFolder(join(SHARED, 'dicom/ct-ge-lidc-17-small'))
    const { shape, affine, spacingMm } = await image.toVolume()
    expect(shape).toEqual([17, 128, 88])
    expect(spacingMm?.every(mm => mm > 0)).toBe(true)
    expect(affine).toHaveLength(16)
    await image.close()
  })
})

test('an image of thousands of files gives others their turns, and ends at one where nobody waits for it', async () => {
  const files = slices('many', 3001, index => ({ '00200032': ['DS', ['0', '0', String(index)]] }))
  const found = await findSeries(files.map(({ path, bytes }) => ({ name: path, source: sourceFromBytes(bytes, path) })))
  let turns = 0
  let counting = setImmediate(function count() {
    turns++
    counting = setImmediate(count)
  })
  const { signal } = new AbortController()
  const image = await imageOfSeries(onlySeries(found, 'many'), { threads: 0, signal })
  expect(turns).toBeGreaterThanOrEqual(3)
  clearImmediate(counting)
  expect(image.pixels.slices).toHaveLength(3001)
  const ending = new AbortController()
  setTimeout(() => ending.abort())
  await expect(imageOfSeries(onlySeries(found, 'many'), { threads: 0, signal: ending.signal })).rejects.toMatchObject({
    code: 'aborted',
  })
})
