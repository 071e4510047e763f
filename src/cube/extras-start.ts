import * as extras from './extras.ts'

export type Extras = typeof extras

/** The extras, there from the start. The browser build takes extras-start.browser in this module's place. */
export const extrasFor = (_what: string): Extras => extras

export async function loadExtras(): Promise<void> {}
