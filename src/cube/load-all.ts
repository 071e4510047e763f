import { loadDictionary } from '../dicom/dictionary.ts'
import { loadExtras } from './extras-start.ts'

/**
 * Loads what a page begins without: the keywords of PS3.6 beyond the common ones, DicomMeta's volumes(), display(),
 * toJson(), fromJson(), fromDatasets(), setShared(), setValues() and remove(), and check(). What returns a promise, such
 * as load(), does so itself; in Node there is nothing to load.
 */
export async function loadAll(): Promise<void> {
  await Promise.all([loadDictionary(), loadExtras()])
}
