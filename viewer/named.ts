import { DicubeError, type LeftOut } from 'dicube'

/** A file, and what it is called within what was opened, with slashes. */
export interface NamedBlob {
  name: string
  blob: Blob
}

/** What is said of a file that cannot be had. */
export function leftOut(name: string, error: unknown): LeftOut {
  const message = error instanceof Error ? error.message : String(error)
  const reason = message.startsWith(`${name}: `) ? message.slice(name.length + 2) : message
  return { name, reason, code: error instanceof DicubeError ? error.code : 'io' }
}
