import { lazyRegExp } from '../dicom/unicode.ts'

/** Control, format and separator characters: what can move a cursor, colour a terminal or turn text around. */
const ACTIVE = lazyRegExp(String.raw`[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]`, 'gu')
/** The lines of our own messages are indented from the second one on; a line end in a name is not. */
const ACTIVE_BUT_LINES = lazyRegExp(String.raw`(?!\n )[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]`, 'gu')
const escaped = (character: string) =>
  character.replace(/./gsu, c =>
    Array.from({ length: c.length }, (_, i) => `\\u${c.charCodeAt(i).toString(16).padStart(4, '0')}`).join(''),
  )

/** Text of a file on one line, with nothing in it that a terminal obeys. */
export const safe = (text: string): string => text.replace(ACTIVE(), escaped)

/** The same for a message of several lines. */
export const safeLines = (text: string): string => text.replace(ACTIVE_BUT_LINES(), escaped)
