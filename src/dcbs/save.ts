import { checkAborted } from '../bytes/source.ts'
import type { ByteWriter, Spool } from '../bytes/spool.ts'
import type { DicomCubeImage } from '../cube/image.ts'
import { DicubeError } from '../errors.ts'
import { type WriteOptions, type WriteResult, writeCube } from './write.ts'

/** writeCube, ended by its signal as `aborted`, as everything else is, and before it begins. */
export async function saveTo(
  image: DicomCubeImage,
  out: ByteWriter,
  makeSpool: () => Promise<Spool>,
  options: WriteOptions = {},
): Promise<WriteResult> {
  checkAborted('saving', options.signal)
  try {
    return await writeCube(image, out, makeSpool, options)
  } catch (error) {
    if (!(error instanceof DicubeError)) checkAborted('saving', options.signal)
    throw error
  }
}
