import { DicubeError } from '../errors.ts'
import type { Sink } from './io.ts'

/** A stream whose reader may go away, as behind `| head`: that ends the output and is no error. */
export function sinkOf(
  stream: NodeJS.WriteStream,
  name: string,
): Sink & { write(text: string | Uint8Array): Promise<void> } {
  let isClosed = false
  let failed: DicubeError | undefined
  stream.on('error', (error: NodeJS.ErrnoException) => {
    isClosed = true
    if (error.code !== 'EPIPE') failed = new DicubeError('io', `${name}: ${error.message}`)
  })
  return {
    get isClosed() {
      return isClosed
    },
    async write(text) {
      if (!isClosed) await new Promise<void>(resolve => stream.write(text, () => resolve()))
      if (failed) throw failed
    },
  }
}
