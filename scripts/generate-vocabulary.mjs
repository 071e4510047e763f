// Prints vocabulary.txt (SPEC §5.7) as a module: node scripts/generate-vocabulary.mjs > src/dcbs/vocabulary.generated.ts
// The text is part of the format and does not change: blobs are written with it.
import { readFileSync } from 'node:fs'

const text = readFileSync(new URL('../vocabulary.txt', import.meta.url), 'ascii')
if (/[`\\$]/.test(text)) throw new Error('vocabulary.txt: a character that would have to be escaped')
console.log(`// Made by scripts/generate-vocabulary.mjs from vocabulary.txt. Do not edit.

const text = \`\\
${text}\`

/**
 * Names that manufacturers' private texts are made of (SPEC §5.7). Blobs may be compressed as if they stood behind it.
 * 48 KB that few files need: import() it.
 */
export const VOCABULARY = new TextEncoder().encode(text)`)
