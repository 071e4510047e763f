import { spawn } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { sourceFromFile } from '../bytes/file.node.ts'
import { DicubeError } from '../errors.ts'
import { lines, usageError, verb } from './args.ts'
import { type Io, print, warn } from './io.ts'
import { kindOf, pathIn, placeOf } from './open.ts'
import { plural, printJson, safe } from './text.ts'
import { type Opened, serveView } from './view/serve.ts'

export const view = verb({
  usage: '[CUBE | FOLDER] [--open] [--port N]',
  operands: [],
  more: true,
  about: lines(
    'Serves a page that shows a series: its images, what all slices share, what each slice has of its own as a ' +
      'table and as plots, what the check finds, and what it takes. CUBE is a .dcbs file, its URL, or a ZIP of DICOM ' +
      'files; FOLDER is one of DICOM files. Without either, the page waits for something to be dropped on it.',
    'It listens on 127.0.0.1 only, and nothing is served to who does not know the address it prints. Packing ' +
      'happens in the browser; nothing leaves the machine. Ctrl-C ends it.',
    '',
    '--json prints {"url"}.',
  ),
  options: {
    open: { help: 'show the page in the default browser' },
    port: { value: 'N', help: 'listen on this port; default: any that is free' },
  },
  async run(values, operands, io) {
    if (operands.length > 1) throw usageError(`view: ${JSON.stringify(operands[1])} is one operand too many`)
    const port = portOf(values.port)
    const [path] = operands
    const elsewhere = path !== undefined && /^https?:/i.test(path) ? path : undefined
    const opened =
      path === undefined || elsewhere !== undefined ? { kind: 'nothing' as const } : await openedOf(path, io)
    const server = await serveView(opened, port)
    try {
      const url = elsewhere === undefined ? server.url : `${server.url}?url=${encodeURIComponent(elsewhere)}`
      if (values.json) await printJson(io, { url })
      else await print(io, url)
      if (opened.kind === 'files') await warn(io, safe(`${plural(opened.files.length, 'file')} of ${path}`))
      await warn(io, 'serving on this machine only; Ctrl-C ends it')
      if (values.open) openBrowser(url, io)
      await ended(io.signal)
    } finally {
      await server.close()
    }
    return 0
  },
})

/** @throws DicubeError `usage` */
function portOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65535) return Number(text)
  throw usageError(`--port ${JSON.stringify(text)}: wanted a number from 0 (any that is free) to 65535`)
}

const CUBE_MAGIC = 'DCMCUBE'

/** @throws DicubeError `not-found`, `no-instances` for an empty folder */
async function openedOf(path: string, io: Io): Promise<Opened> {
  const name = basename(resolve(path))
  if ((await kindOf(path)) === 'file') {
    const { bytes } = await sourceFromFile(path).head(CUBE_MAGIC.length, io.signal)
    if (String.fromCharCode(...bytes) === CUBE_MAGIC || /\.dcbs$/i.test(path)) return { kind: 'cube', name, path }
  }
  const place = await placeOf([path])
  const files: { name: string; path: string }[] = []
  for await (const entry of place.entries()) {
    io.signal.throwIfAborted()
    const file = pathIn(place, entry.name)
    // A pipe would be waited for until somebody writes to it.
    const found = await stat(file).catch(() => undefined)
    if (found?.isFile()) files.push({ name: entry.name, path: file })
    else await warn(io, safe(`${entry.name}: not a regular file, left out`))
  }
  if (!files.length) throw new DicubeError('no-instances', `${path}: an empty folder`)
  return { kind: 'files', name, files }
}

const ended = (signal: AbortSignal) =>
  new Promise<void>(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

const OPENERS: Partial<Record<NodeJS.Platform, [string, ...string[]]>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
}

function openBrowser(url: string, io: Io): void {
  const [program, ...args] = OPENERS[process.platform] ?? ['xdg-open']
  const child = spawn(program, [...args, url], { stdio: 'ignore', detached: true })
  child.on('error', error => void warn(io, `${program}: ${error.message}; open the address yourself`))
  child.unref()
}
