import { DicubeError } from '../errors.ts'
import type { Extras } from './extras-start.ts'

let extras: Extras | undefined

/** The extras, for `what` to use. @throws DicubeError `not-loaded` before loadExtras has resolved */
export function extrasFor(what: string): Extras {
  if (!extras)
    throw new DicubeError('not-loaded', `${what}: a page loads this when it is needed; call await loadAll() before`)
  return extras
}

export async function loadExtras(): Promise<void> {
  extras = await import('./extras.ts')
}
