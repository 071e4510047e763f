/** "4142 43" → bytes */
export const hex = (text: string): Uint8Array =>
  Uint8Array.from(text.replace(/\s/g, '').match(/../g) ?? [], pair => Number.parseInt(pair, 16))

/** Bytes → "414243" */
export const toHex = (bytes: Uint8Array): string => Array.from(bytes, b => b.toString(16).padStart(2, '0')).join('')

/** Text, one byte a character. */
export const ascii = (text: string): Uint8Array => Uint8Array.from(text, character => character.charCodeAt(0))
