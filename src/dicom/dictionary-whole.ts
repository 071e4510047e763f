import { TABLE } from './dictionary.generated.ts'
import type { Start } from './dictionary-start.ts'
import { nearestKeyword } from './nearest.ts'

/** All of PS3.6, and who looks for the keyword that was meant. */
export const WHOLE: Start = { table: TABLE, nearestKeyword }
