import { sourceFromFile } from '../bytes/file.node.ts'
import type { DicomMeta } from '../cube/meta.ts'
import { readPixelRanges } from '../dcbs/frame-lists.ts'
import { openCube } from '../dcbs/read.ts'
import { metaOf } from '../dcbs/read-meta.ts'
import type { MetaOptions } from './meta-options.ts'

export { META_OPTIONS } from './meta-options.ts'

/** openMeta of open.ts for a cube on the disk; for all else an error. What dist/bin/dicube.cjs begins with (scripts/build-cli.mjs). */
export async function openMeta(path: string, { series, sort }: MetaOptions): Promise<DicomMeta> {
  const cube = (series ?? sort) ? undefined : await openCube(sourceFromFile(path))
  if (!cube) throw new Error('not a cube on the disk')
  return metaOf(cube, async () => readPixelRanges)
}
