import { COMMON, SEVERAL } from './dictionary-common.generated.ts'
import type { Start } from './dictionary-start.ts'

export const START: Start = { table: COMMON, several: SEVERAL }
