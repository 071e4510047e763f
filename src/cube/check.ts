import { CHECKS, type Finding, type Report, SEVERITIES } from './check-codes.ts'
import type { Cache } from './check-columns.ts'
import { checkCompleteness } from './check-completeness.ts'
import { checkEncoding } from './check-encoding.ts'
import { checkGeometry, type VolumeGeometry, volumeGeometryOf } from './check-geometry.ts'
import { checkIdentity } from './check-identity.ts'
import { checkPixels } from './check-pixels.ts'
import { checkRescale, checkValues } from './check-values.ts'
import type { DicomCubeImage } from './image.ts'
import type { DicomMeta } from './meta.ts'
import { type DicomStatus, statusOf } from './status.ts'
import { geometryOf, type SeriesVolume, volumesOf } from './volumes.ts'

/** A series at a glance. */
export interface SeriesCheck {
  /** The first of what v1 knows that holds (SPEC §9.2). */
  status: DicomStatus
  /** Errors first, then warnings, then notes. */
  findings: Finding[]
  volumes: SeriesVolume[]
  geometry: VolumeGeometry
}

/**
 * Looks at a series as a whole: who it is of, whether all of it is there, how it lies, what its values and bytes are.
 * No pixel is read or decoded; an image adds what was recorded of its frames when they were packed, and what was odd
 * about the files. Blobs that were not fetched with meta.load() are left out.
 */
export function check(series: DicomMeta | DicomCubeImage): SeriesCheck {
  const image = 'meta' in series ? series : undefined
  const meta = 'meta' in series ? series.meta : series
  const { table } = meta
  const findings: Finding[] = []
  const report: Report = (code, slices, message, values = {}) => {
    findings.push({ code, severity: CHECKS[code].severity, message, slices: [...slices], ...values })
  }
  const cache: Cache = new Map()
  const geometry = geometryOf(meta)
  const volumes = volumesOf(meta, geometry)
  checkIdentity(table, report, cache)
  checkCompleteness(meta, geometry, report, image)
  checkGeometry(meta, geometry, volumes, report)
  checkPixels(table, report, image)
  checkRescale(table, report)
  checkValues(table, report, cache)
  checkEncoding(table, report, image)
  findings.sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity))
  return { status: statusOf(meta), findings, volumes, geometry: volumeGeometryOf(meta, geometry) }
}
