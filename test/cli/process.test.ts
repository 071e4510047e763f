import { spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { sourceFromBytes } from '../../src/bytes/source.ts'
import { findSeries, imageOfSeries, readInstance, save } from '../../src/node.ts'
import { generatedSeries } from '../generate/encodings.ts'
import { packed, temporaryFolder } from './run.ts'

const BIN = fileURLToPath(new URL('../../dist/bin/dicube.cjs', import.meta.url))
/** `npm test` builds first. */
const isBuilt = existsSync(BIN)

test.runIf(isBuilt)('a process: data on stdout, exit code, and a reader that goes away', async () => {
  const { cube } = await packed()
  const whole = await ended(['get', cube, 'InstanceNumber', '--csv'])
  expect(whole).toEqual({ code: 0, out: 'slice,InstanceNumber\r\n0,1\r\n1,2\r\n2,3\r\n3,4\r\n', err: '' })
  expect((await ended(['get', cube, 'InstanceNumbr'])).code).toBe(2)
  expect((await ended(['info', BIN])).code).toBe(1)
  const cut = await ended(['json', cube], child => child.stdout?.destroy())
  expect([cut.code, cut.err]).toEqual([0, ''])
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
): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [BIN, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] })
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
