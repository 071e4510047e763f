import { readdir, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { removeEmptyFolders } from '../bytes/folder.node.ts'
import { DicubeError } from '../errors.ts'
import { lines, positive, verb } from './args.ts'
import { writeDemoSeries } from './demo/series.ts'
import { type Io, print } from './io.ts'
import { main } from './main.ts'
import { kindOf } from './open.ts'
import { progressOf } from './progress.ts'
import { bytesText, plural, printJson, safe } from './text.ts'

export const demo = verb({
  usage: '[DIR]',
  operands: [],
  more: true,
  about: lines(
    'Makes a CT-like series of a body that nobody has (200 slices of 512 × 512, headers of 10 kB with private ' +
      'elements and nested sequences), then packs, shows, queries, verifies and measures it, with the very ' +
      'commands that you would type.',
    'The files stay in DIR (default: demo-series): DIR/dicom and DIR/demo.dcbs. They take 0.15 GB, and all of ' +
      'it less than a minute.',
    '',
    '--json prints {"folder", "sliceCount", "fileBytes", "pack", "verify", "bench"}: what those verbs print ' +
      'with --json.',
  ),
  options: {
    slices: { value: 'N', help: 'number of slices (default: 200)' },
    force: { help: 'write into a folder that is not empty' },
  },
  async run(values, [dir = 'demo-series', ...more], io) {
    if (more.length)
      throw new DicubeError(
        'usage',
        `demo: ${JSON.stringify(more[0])} is one operand too many; usage: dicube demo [DIR]`,
      )
    const slices = positive('--slices', values.slices) ?? 200
    const before = await kindOf(dir)
    if (before === 'file') throw new DicubeError('usage', `${dir}: is a file; a folder was wanted`)
    const isEmpty = !before || (await readdir(dir)).length === 0
    if (!isEmpty && !values.force)
      throw new DicubeError('exists', `${dir}: is not empty; nothing was written (--force writes into it)`)
    try {
      return await play(dir, slices, values.force, values.json, io)
    } catch (error) {
      if (isEmpty) {
        for (const name of ['dicom', 'demo.dcbs']) await rm(join(dir, name), { recursive: true, force: true })
        if (!before) await removeEmptyFolders(dir, dirname(resolve(dir)))
      }
      throw error
    }
  },
})

async function play(dir: string, slices: number, force: boolean, json: boolean, io: Io): Promise<number> {
  const [folder, cube] = [join(dir, 'dicom'), join(dir, 'demo.dcbs')]
  const say = (text: string) => (json ? undefined : print(io, text))
  await say(`A CT-like series of ${plural(slices, 'slice')} is computed: a body that nobody has …`)
  const progress = progressOf(io)
  const { sizeBytes } = await writeDemoSeries(folder, {
    slices,
    force,
    signal: io.signal,
    onProgress: (done, total) => progress.update('Computing', done, total),
  })
  progress.clear()
  await say(`${plural(slices, 'file')}, ${bytesText(sizeBytes)}, in ${safe(folder)}\n`)

  const overwrite = force ? ['--force'] : []
  if (json) {
    const pack = await asJson(['pack', folder, '-o', cube, ...overwrite], io)
    const verify = await asJson(['verify', cube, '--against', folder], io)
    const bench = await asJson(['bench', cube], io)
    await printJson(io, { folder: dir, sliceCount: slices, fileBytes: sizeBytes, pack, verify, bench })
    return 0
  }
  await run(['pack', folder, '-o', cube, ...overwrite], io)
  await run(['show', cube, '--per-slice'], io, 12)
  await run(
    ['get', cube, 'PatientName', 'InstanceNumber', 'SliceLocation', 'SourceImageSequence[0].ReferencedSOPInstanceUID'],
    io,
    9,
  )
  await run(['verify', cube, '--against', folder], io)
  await run(['bench', cube], io)
  await say('Go on with: dicube info, dicube json, dicube unpack; dicube --help lists them all.')
  return 0
}

/** Runs a command line and prints it, with the first lines of what it prints. A verb that fails ends the demo. */
async function run(argv: readonly string[], io: Io, lines = Number.POSITIVE_INFINITY): Promise<void> {
  await print(io, `$ dicube ${argv.map(quoted).join(' ')}`)
  const { code, text } = await captured(argv, io)
  const all = text.trimEnd().split('\n')
  const shown = all.slice(0, lines)
  await print(
    io,
    [...shown, ...(shown.length < all.length ? [`… and ${all.length - shown.length} lines more`] : []), ''].join('\n'),
  )
  if (code)
    throw new DicubeError(
      io.signal.aborted ? 'aborted' : 'corrupt',
      `demo: dicube ${argv.join(' ')} ended with ${code}`,
    )
}

async function asJson(argv: readonly string[], io: Io): Promise<unknown> {
  const { code, text } = await captured([...argv, '--json'], io)
  if (code) throw new DicubeError('corrupt', `demo: dicube ${argv.join(' ')} ended with ${code}`)
  return JSON.parse(text)
}

async function captured(argv: readonly string[], io: Io): Promise<{ code: number; text: string }> {
  let text = ''
  const stdout = {
    write(part: string) {
      text += part
    },
  }
  return { code: await main(argv, { ...io, stdout }), text }
}

const quoted = (word: string) => (/^[\w./:=-]+$/.test(word) ? word : `"${word.replace(/["\\$`]/g, '\\$&')}"`)
