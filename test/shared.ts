import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Real series beside the checkout, where they are: not everybody has them. */
export const SHARED = fileURLToPath(new URL('../../shared', import.meta.url))

export const hasShared = existsSync(join(SHARED, 'dicom', 'MANIFEST.json'))
if (!hasShared) console.log(`skipped: no real series at ${SHARED}; the generated ones cover the same encodings`)
if (!hasShared && process.env.CI) throw new Error(`CI needs the real series at ${SHARED}`)

/** Folders of ../shared/dicom, each a series or a case. */
export const sharedCases = (): string[] =>
  hasShared
    ? readdirSync(join(SHARED, 'dicom'), { withFileTypes: true })
        .filter(entry => entry.isDirectory() && entry.name !== 'LICENSES')
        .map(entry => entry.name)
    : []
