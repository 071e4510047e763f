import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Canvas, fittedText, textWidth } from '../../src/cli/canvas.ts'
import { encodePng } from '../../src/cli/png.ts'
import { gridOf, project, VIEWS } from '../../src/cli/projection.ts'
import { presentationsOf, windowOf } from '../../src/cube/window.ts'
import type { JsonElement } from '../../src/dicom/json.ts'
import { DicomCubeImage, DicomMeta, loadFromDicomFolder, renderFrame } from '../../src/node.ts'
import { decodePng } from './png.ts'
import { generatedFolder, packed, run, runJson, temporaryFolder } from './run.ts'

interface PreviewJson {
  path: string
  width: number
  height: number
  fileBytes: number
  frames: number[]
  failed: { frame: number; code: string }[]
  mip: string | null
  window: { center: number; width: number; function: string } | null
}

const png = (path: string) => decodePng(new Uint8Array(readFileSync(path)))
/** The margin around the picture. */
const GAP = 8

describe('PNG', () => {
  test('what is written is read', () => {
    const rgb = Uint8Array.from({ length: 7 * 5 * 3 }, (_, i) => (i * 37) & 255)
    expect(decodePng(encodePng(rgb, 7, 5))).toEqual({ width: 7, height: 5, rgb, chunks: ['IHDR', 'IDAT', 'IEND'] })
  })
})

describe('letters', () => {
  const drawn = (text: string) => {
    const canvas = new Canvas(textWidth(text, 1), 7, [0, 0, 0])
    canvas.text(text, 0, 0, 1, [1, 1, 1])
    return Array.from({ length: 7 }, (_, y) =>
      Array.from({ length: canvas.width }, (_, x) => (canvas.rgb[(y * canvas.width + x) * 3] ? '#' : '.')).join(''),
    )
  }
  test('are five by seven pixels', () =>
    expect(drawn('A1')).toEqual([
      '.###....#..',
      '#...#..##..',
      '#...#...#..',
      '#...#...#..',
      '#####...#..',
      '#...#...#..',
      '#...#..###.',
    ]))
  test('lose their accents; what has no glyph is a question mark', () => {
    expect(drawn('é')).toEqual(drawn('e'))
    expect(drawn('山')).toEqual(drawn('?'))
    expect(drawn('\u001b')).toEqual(drawn('?'))
  })
  test('every ASCII letter has a glyph of its own', () => {
    const glyphs = Array.from({ length: 94 }, (_, i) => drawn(String.fromCharCode(33 + i)).join('\n'))
    expect(new Set(glyphs).size).toBe(94)
  })
  test('text that does not fit ends in an ellipsis', () => {
    expect(fittedText('abcdef', 36, 1)).toBe('abcdef')
    expect(fittedText('abcdefg', 36, 1)).toBe('abcde…')
    expect(fittedText('abc', 4, 1)).toBe('')
  })
})

describe('an image in another size', () => {
  const image = (greys: number[]) => ({
    rows: 1,
    columns: greys.length,
    rgba: Uint8ClampedArray.from(greys.flatMap(grey => [grey, grey, grey, 255])),
  })
  const resized = (greys: number[], width: number) => {
    const canvas = new Canvas(width, 1, [0, 0, 0])
    canvas.image(image(greys), 0, 0, width, 1)
    return Array.from({ length: width }, (_, x) => canvas.rgb[x * 3])
  }
  test('its own size changes nothing', () => expect(resized([0, 7, 255], 3)).toEqual([0, 7, 255]))
  test('larger: in between', () => expect(resized([0, 100], 4)).toEqual([0, 25, 75, 100]))
  test('smaller: averaged, so that no line is lost', () =>
    expect(resized([0, 0, 255, 0, 0, 0], 2)[0]).toBeGreaterThan(50))
})

describe('dicube preview', () => {
  test('a sheet of a cube and of the folder it was made of is the same picture', async () => {
    const { source, cube } = await packed('grey-12-signed')
    const [a, b] = [join(temporaryFolder(), 'a.png'), join(temporaryFolder(), 'b.png')]
    const { code, json } = await runJson<PreviewJson>('preview', cube, '-o', a)
    expect(code).toBe(0)
    expect((await run(['preview', source, '-o', b])).code).toBe(0)
    expect(readFileSync(b)).toEqual(readFileSync(a))
    const { width, height } = png(a)
    expect(json).toMatchObject({ path: a, width, height, fileBytes: statSync(a).size, failed: [], mip: null })
    const frames = (await loadFromDicomFolder(source)).frameCount
    expect(json.frames).toEqual(Array.from({ length: frames }, (_, i) => i))
  })

  test('one slice in its own size has the greys of renderFrame', async () => {
    const folder = generatedFolder('grey-12-signed')
    const out = join(temporaryFolder(), 'out.png')
    const { json } = await runJson<PreviewJson>(
      'preview',
      folder,
      '-o',
      out,
      '--slice',
      '1',
      '--size',
      '16',
      '--window',
      '40/400',
    )
    expect(json.window).toEqual({ center: 40, width: 400, function: 'LINEAR' })
    const image = await loadFromDicomFolder(folder)
    const frame = await image.frame(1)
    const { rgba } = renderFrame(frame, (await presentationsOf(image))(1), windowOf(40, 400))
    await image.close()
    const { width, height, rgb } = png(out)
    expect(width).toBe(frame.columns + 2 * GAP)
    for (let y = 0; y < frame.rows; y++)
      for (let x = 0; x < frame.columns; x++)
        expect(rgb[((height - GAP - frame.rows + y) * width + GAP + x) * 3]).toBe(rgba[(y * frame.columns + x) * 4])
  })

  test.each(['rgb-planar-1', 'palette', 'ybr-full-422', 'bit-1', 'float', 'enhanced', 'cine', 'rle'])(
    '%s has a picture',
    async name => {
      const out = join(temporaryFolder(), 'out.png')
      const { code, json, err } = await runJson<PreviewJson>('preview', generatedFolder(name), '-o', out)
      expect(err).toBe('')
      expect(code).toBe(0)
      expect(json.failed).toEqual([])
      expect(new Set(png(out).rgb).size).toBeGreaterThan(8)
    },
  )

  test('no patient stands on it unless --patient asks', async () => {
    const { cube } = await packed('grey-12-signed')
    const [plain, named] = ['plain.png', 'named.png'].map(name => join(temporaryFolder(), name))
    await run(['preview', cube, '-o', plain])
    await run(['preview', cube, '-o', named, '--patient'])
    const image = await import('../../src/node.ts').then(({ load }) => load(cube))
    image.meta.setShared('PatientName', { Alphabetic: 'Somebody^Else' })
    image.meta.setShared('PatientID', 'another')
    const changed = join(temporaryFolder(), 'changed.dcbs')
    const { save } = await import('../../src/node.ts')
    await save(image, changed)
    await image.close()
    const [plain2, named2] = ['plain.png', 'named.png'].map(name => join(temporaryFolder(), name))
    await run(['preview', changed, '-o', plain2])
    await run(['preview', changed, '-o', named2, '--patient'])
    expect(readFileSync(plain2)).toEqual(readFileSync(plain))
    expect(readFileSync(named2)).not.toEqual(readFileSync(named))
    expect(png(named).height).toBeGreaterThan(png(plain).height)
  })

  test('nothing that exists is overwritten without --force', async () => {
    const out = join(temporaryFolder(), 'out.png')
    writeFileSync(out, 'precious')
    const folder = generatedFolder('grey-12-signed')
    expect(await run(['preview', folder, '-o', out])).toEqual({
      code: 2,
      out: '',
      err: `dicube: ${out}: exists already; nothing was written (--force replaces it)\n`,
    })
    expect(readFileSync(out, 'utf8')).toBe('precious')
    expect((await run(['preview', folder, '-o', out, '--force'])).code).toBe(0)
    expect(png(out).width).toBeGreaterThan(0)
  })

  test.each([
    [[], 'preview: -o OUT.png is missing; usage: dicube preview CUBE -o OUT.png'],
    [['-o', 'out.jpg'], 'out.jpg: wanted a name that ends in .png, which is what is written'],
    [
      ['-o', '@', '--window', '40'],
      '--window "40": wanted center/width, as in 40/400, with a width of at least 1, or abdomen, bone, brain, liver, lung, mediastinum, stroke, auto, full',
    ],
    [
      ['-o', '@', '--window', '40/0'],
      '--window "40/0": wanted center/width, as in 40/400, with a width of at least 1, or abdomen, bone, brain, liver, lung, mediastinum, stroke, auto, full',
    ],
    [['-o', '@', '--mip', 'w'], '--mip "w": wanted axial, coronal, sagittal'],
    [['-o', '@', '--slice', '0', '--frame', '1'], '--slice or --frame, not both'],
    [['-o', '@', '--slice', '99'], '--slice 99: the series has 4 slices, 0 to 3'],
    [['-o', '@', '--volume', '7'], '--volume 7: the series has 1 volume, counted from 0'],
    [['-o', '@', '--mip', 'z', '--count', '3'], '--count is for a sheet of slices that are spread over the series'],
  ])('%o is refused', async (args, message) => {
    const out = join(temporaryFolder(), 'out.png')
    const ran = await run(['preview', generatedFolder('grey-12-signed'), ...args.map(arg => (arg === '@' ? out : arg))])
    expect(ran).toEqual({ code: 2, out: '', err: `dicube: ${message}\n` })
  })

  test('what cannot be drawn at once is refused before it is allocated', async () => {
    const out = join(temporaryFolder(), 'out.png')
    const ran = await run(['preview', generatedFolder('grey-12-signed'), '-o', out, '--size', '99999999'])
    expect(ran.code).toBe(1)
    expect(ran.err).toMatch(
      /^dicube: preview: [\d,]+ × [\d,]+ pixels, at most 67,108,864 are drawn; choose fewer slices or a smaller --size\n$/,
    )
  })
})

describe('projections', () => {
  const ds = (...Value: number[]): JsonElement => ({ vr: 'DS', Value })
  /** 5 columns, 4 rows, 3 slices; one voxel is bright. */
  const volume = (orientation: number[], step: number[], [column, row, slice]: number[]) => {
    const dataSets = [0, 1, 2].map(k => ({
      '00200032': ds(...step.map(mm => mm * k)),
      '00200037': ds(...orientation),
      '00280002': { vr: 'US', Value: [1] },
      '00280004': { vr: 'CS', Value: ['MONOCHROME2'] },
      '00280010': { vr: 'US', Value: [4] },
      '00280011': { vr: 'US', Value: [5] },
      '00280030': ds(2, 1),
      '00280100': { vr: 'US', Value: [8] },
      '00280101': { vr: 'US', Value: [8] },
      '00280102': { vr: 'US', Value: [7] },
      '00280103': { vr: 'US', Value: [0] },
    }))
    const shape = {
      rows: 4,
      columns: 5,
      samples: 1,
      bitsAllocated: 8,
      bitsStored: 8,
      highBit: 7,
      signed: false,
      planar: false,
    }
    return new DicomCubeImage(
      DicomMeta.fromDatasets(dataSets),
      {
        slices: dataSets.map(() => ({
          kind: 'native',
          frameCount: 1,
          shape,
          valueBytes: 20,
          wordBytes: 1,
          restBytes: 0,
          offsetTable: 'empty',
        })),
        packed: true,
        readFrame: async k => {
          const bytes = new Uint8Array(20).fill(k + 1)
          if (k === slice) bytes[row * 5 + column] = 200
          return { coding: 4, bytes, shape }
        },
        readRest: async () => new Uint8Array(0),
      },
      { files: [], deflatedStream: async () => undefined, reports: [] },
    )
  }
  const seen = async (image: DicomCubeImage, view: (typeof VIEWS)[number]) => {
    const { frames } = image.meta.volumes()[0]
    const grid = gridOf(image, frames, [2, 1])
    const { rows, columns, values, spacingMm, edges } = await project(
      image,
      frames,
      await presentationsOf(image),
      view,
      grid,
      () => {},
      new AbortController().signal,
    )
    const at = values.indexOf(200)
    return {
      size: `${columns} × ${rows}`,
      at: [at % columns, Math.floor(at / columns)],
      spacingMm,
      edges: edges?.join(''),
    }
  }

  // Of the bright voxel: how far it is from the right to the left, from the front to the back, from feet to head.
  test.each([
    [
      'axial slices, head first',
      [1, 0, 0, 0, 1, 0],
      [0, 0, 3],
      [4, 1, 2],
      {
        axial: { size: '5 × 4', at: [4, 1], spacingMm: [2, 1], edges: 'RLAP' },
        coronal: { size: '5 × 3', at: [4, 0], spacingMm: [3, 1], edges: 'RLHF' },
        sagittal: { size: '4 × 3', at: [1, 0], spacingMm: [3, 2], edges: 'APHF' },
      },
    ],
    [
      'a patient who lies on the face, feet first: columns run to the right, rows to the front',
      [-1, 0, 0, 0, -1, 0],
      [0, 0, 3],
      [4, 1, 2],
      {
        axial: { size: '5 × 4', at: [0, 2], spacingMm: [2, 1], edges: 'RLAP' },
        coronal: { size: '5 × 3', at: [0, 0], spacingMm: [3, 1], edges: 'RLHF' },
        sagittal: { size: '4 × 3', at: [2, 0], spacingMm: [3, 2], edges: 'APHF' },
      },
    ],
    [
      'sagittal slices: columns to the back, rows to the feet',
      [0, 1, 0, 0, 0, -1],
      [-3, 0, 0],
      [4, 1, 2],
      {
        axial: { size: '3 × 5', at: [0, 4], spacingMm: [1, 3], edges: 'RLAP' },
        coronal: { size: '3 × 4', at: [0, 1], spacingMm: [2, 3], edges: 'RLHF' },
        sagittal: { size: '5 × 4', at: [4, 1], spacingMm: [2, 1], edges: 'APHF' },
      },
    ],
    [
      'coronal slices, tilted by ten degrees',
      [1, 0, 0, 0, -0.1736, -0.9848],
      [0, 2.954, -0.521],
      [0, 3, 0],
      {
        axial: { size: '5 × 3', at: [0, 0], spacingMm: [3, 1], edges: 'RLAP' },
        coronal: { size: '5 × 4', at: [0, 3], spacingMm: [2, 1], edges: 'RLHF' },
        sagittal: { size: '3 × 4', at: [0, 3], spacingMm: [2, 3], edges: 'APHF' },
      },
    ],
  ] as const)('%s', async (_, orientation, step, voxel, wanted) => {
    const image = volume([...orientation], [...step], [...voxel])
    for (const view of VIEWS) {
      const found = await seen(image, view)
      expect({ ...found, spacingMm: found.spacingMm.map(mm => Math.round(mm * 100) / 100) }, view).toEqual(wanted[view])
    }
  })

  test('the picture has the proportions of the patient', async () => {
    const out = join(temporaryFolder(), 'out.png')
    const { json } = await runJson<PreviewJson>(
      'preview',
      generatedFolder('grey-12-signed'),
      '-o',
      out,
      '--mip',
      'coronal',
      '--size',
      '100',
    )
    expect(json).toMatchObject({ mip: 'coronal', failed: [] })
    const image = await loadFromDicomFolder(generatedFolder('grey-12-signed'))
    const { shape, spacing } = image.space!
    await image.close()
    const [across, up] = [shape[0] * spacing[0], shape[2] * spacing[2]]
    const { width } = png(out)
    expect(width - 2 * GAP).toBe(Math.round((100 * across) / Math.max(across, up)))
  })

  test('colours have no maximum', async () => {
    const out = join(temporaryFolder(), 'out.png')
    const { code, err } = await run(['preview', generatedFolder('rgb-planar-0'), '-o', out, '--mip', 'z'])
    expect(code).toBe(1)
    expect(err).toMatch(/^dicube: frame \d: is in colour; a projection wants grey values\n$/)
  })
})
