/** What waits has its turn: an event of a page, a frame of its screen. */
export const turn = (): Promise<void> => new Promise(resolve => setTimeout(resolve))
