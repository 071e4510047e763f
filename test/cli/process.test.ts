import { spawn } from 'node:child_process'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { sourceFromBytes } from '../../src/bytes/source.ts'
import { findSeries, imageOfSeries, readInstance, save } from '../../src/node.ts'
import { generatedSeries } from '../generate/encodings.ts'
import { packed, temporaryFolder } from './run.ts'

const BIN = fileURLToPath(new URL('../../dist/bin/dicube.cjs', import.meta.url))
/** `npm test` builds first. */
const isBuilt = existsSync(BIN)
/** All of the command line; what BIN has not it begins with this one. */
const ALL = fileURLToPath(new URL('../../dist/bin/all.cjs', import.meta.url))

test.runIf(isBuilt)('a process: data on stdout, exit code, and a reader that goes away', async () => {
  const { cube } = await packed()
  const whole = await ended(['get', cube, 'InstanceNumber', '--csv'])
  expect(whole).toEqual({ code: 0, out: 'slice,InstanceNumber\r\n0,1\r\n1,2\r\n2,3\r\n3,4\r\n', err: '' })
  expect((await ended(['get', cube, 'InstanceNumbr'])).code).toBe(2)
  expect((await ended(['info', BIN])).code).toBe(1)
  const cut = await ended(['json', cube], child => child.stdout?.destroy())
  expect([cut.code, cut.err]).toEqual([0, ''])
})

test.runIf(isBuilt)('a command that is left with nothing to wait for before it is done has failed', async () => {
  const hush = join(temporaryFolder(), 'hush.cjs')
  writeFileSync(hush, 'process.stdout.write = () => true')
  expect((await ended(['--help'], undefined, '--require', hush, BIN)).code).toBe(1)
})

test.runIf(isBuilt)('get begins with a small file, which says what all of it says or hands over', async () => {
  const { cube } = await packed()
  const folder = dirname(cube)
  for (const argv of [
    ['get', cube, 'InstanceNumber', 'PatientName'],
    ['get', cube, 'SliceLocation', 'Rows', '--json', '--slice', '1:'],
    ['get', cube, 'PixelSpacing', '--csv'],
    ['get', cube, 'PatientComments'],
    ['get', cube, 'ReferencedImageSequence[0].ReferencedSOPInstanceUID', 'HTJ2KCompressor'],
    ['get', cube, 'Rows', '--sort', 'position'],
    ['get', join(folder, 'nothing.dcbs'), 'Rows', '--json'],
    ['get', folder, 'InstanceNumber'],
    ['get', BIN, 'Rows'],
    ['get', cube],
    ['get', '--help'],
  ])
    expect(await ended(argv), argv.join(' ')).toEqual(await ended(argv, undefined, ALL))
})

test.runIf(isBuilt)('get of a cube loads no stream, no zlib and nothing else of the command line', async () => {
  const { cube } = await packed()
  const list = join(temporaryFolder(), 'list.cjs')
  writeFileSync(
    list,
    `process.on('exit', () => process._rawDebug([...process.moduleLoadList, ...Object.keys(require.cache)].join('\\n')))`,
  )
  const { out, err } = await ended(['get', cube, 'InstanceNumber'], undefined, '--require', list, BIN)
  expect(out).toContain('Slice  InstanceNumber')
  const loaded = err.split('\n')
  expect(loaded).toContain(BIN)
  for (const name of ['net', 'tty', 'stream', 'zlib', 'crypto', 'worker_threads', 'os', 'module'])
    expect(loaded).not.toContain(`NativeModule ${name}`)
  expect(loaded).not.toContain(ALL)
})

test.runIf(isBuilt)('a deflated file whose metadata was changed is deflated anew', async () => {
  const parent = temporaryFolder()
  const { files } = generatedSeries().find(({ name }) => name === 'deflated')!
  const found = await findSeries(files.map(({ path, bytes }) => ({ name: path, source: sourceFromBytes(bytes, path) })))
  const image = await imageOfSeries(found.series[0])
  image.meta.setShared('PatientID', 'ANOTHER')
  await save(image, join(parent, 'changed.dcbs'))
  const { code, err } = await ended(['unpack', join(parent, 'changed.dcbs'), '-o', join(parent, 'files')])
  expect([code, err]).toEqual([0, expect.not.stringContaining('fault')])
  const dataSet = await readInstance(join(parent, 'files', files[0].path))
  expect(dataSet['00100020'].Value).toEqual(['ANOTHER'])
})

test.runIf(isBuilt)('Ctrl-C leaves nothing behind, exit 130', async () => {
  const parent = temporaryFolder()
  const interrupted = await ended(['demo', join(parent, 'demo')], child => {
    const watch = setInterval(() => {
      if (!existsSync(join(parent, 'demo', 'dicom', 'IM0003.dcm'))) return
      clearInterval(watch)
      child.kill('SIGINT')
    }, 5)
  })
  expect([interrupted.code, interrupted.err]).toEqual([130, 'dicube: interrupted; nothing was left behind\n'])
  expect(readdirSync(parent)).toEqual([])
})

function ended(
  argv: string[],
  during?: (child: ReturnType<typeof spawn>) => void,
  ...script: string[]
): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [...(script.length ? script : [BIN]), ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  child.stdout.on('data', part => {
    out += part
  })
  child.stderr.on('data', part => {
    err += part
  })
  during?.(child)
  return new Promise(resolve => child.on('close', code => resolve({ code, out, err })))
}
