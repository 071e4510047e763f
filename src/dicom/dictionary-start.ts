import { WHOLE } from './dictionary-whole.ts'

export interface Start {
  table: string
  /** What else may have several values; absent where the table is whole. */
  several?: string
  nearestKeyword?: (text: string, keywords: readonly string[]) => string | undefined
}

/** What the dictionary begins with: all. The browser build takes dictionary-start.browser in this module's place. */
export const START: Start = WHOLE
