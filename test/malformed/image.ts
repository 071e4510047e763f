import { sourceFromBytes } from '../../src/bytes/source.ts'
import type { DicomCubeImage } from '../../src/cube/image.ts'
import { findSeries, imageOfSeries } from '../../src/cube/series.ts'

/** The image of one file. */
export async function imageOfFile(bytes: Uint8Array, name = 'x.dcm'): Promise<DicomCubeImage> {
  const { series, refused } = await findSeries([{ name, source: sourceFromBytes(bytes, name) }])
  if (refused.length) throw new Error(refused[0].reason)
  return imageOfSeries(series[0], { threads: 0 })
}
