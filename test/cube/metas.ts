import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sourceFromBytes } from '../../src/bytes/source.ts'
import { tableOfInstances } from '../../src/cube/ingest.ts'
import { DicomMeta } from '../../src/cube/meta.ts'
import { seriesUidOf, sortInstances } from '../../src/cube/order.ts'
import { charsetOf } from '../../src/dicom/charset.ts'
import { parseDataSet, writeDataSet } from '../../src/dicom/data-set.ts'
import type { DicomJson } from '../../src/dicom/json.ts'
import { type Instance, parsePart10 } from '../../src/dicom/parse.ts'
import { DicubeError } from '../../src/errors.ts'

const FORM = { implicit: false, bigEndian: false }

/** Metadata of slices that are given as DICOM JSON. */
export const metaOfDataSets = (dataSets: readonly DicomJson[]): DicomMeta =>
  new DicomMeta(
    tableOfInstances(dataSets.map(dataSet => parseDataSet(writeDataSet(dataSet, FORM, charsetOf([])), FORM))),
  )

/** Metadata of every series among some files; what is no instance is left out. */
export async function metasOfFiles(files: readonly { path: string; bytes: Uint8Array }[]): Promise<DicomMeta[]> {
  const series = new Map<string, Instance[]>()
  for (const { path, bytes } of files) {
    try {
      const instance = await parsePart10(sourceFromBytes(bytes, path))
      const uid = seriesUidOf(instance)
      series.set(uid, [...(series.get(uid) ?? []), instance])
    } catch (error) {
      if (!(error instanceof DicubeError)) throw error
    }
  }
  return [...series.values()].map(instances => new DicomMeta(tableOfInstances(sortInstances(instances))))
}

export const metasOfFolder = (folder: string): Promise<DicomMeta[]> =>
  metasOfFiles(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name))
      .sort()
      .map(path => ({ path, bytes: new Uint8Array(readFileSync(path)) })),
  )
