/** Names that Windows gives to devices, with any ending and blanks before it. */
const RESERVED = /^(con|prn|aux|nul|conin\$|conout\$|com[\d¹²³]|lpt[\d¹²³]) *(\.|$)/i
/**
 * What no file name may hold on some system, or what makes a listing of names say something else: control characters,
 * separators, drive colons, wildcards, marks that turn text around, halves of characters.
 */
const UNSAFE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what it looks for
  /[\u0000-\u001f\u007f-\u009f<>:"\\|?*\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\p{Cs}]/gu
export const NAME_LIMITS = {
  /** Of one name, on nearly every system. */
  bytes: 255,
  /** Folders around a file; of more, the outer ones are left out. */
  folders: 64,
}

const encoder = new TextEncoder()

/**
 * Gives stored names as relative paths that stay inside the folder they are written to, on any system. A harmless name
 * comes back as it is. No two are the same file: not in another case or composition of letters, and not the one a file
 * and the other a folder. The same names in the same order always come out the same.
 */
export function safeNames(): (name: string) => string {
  /** Keys of files, and of folders with a slash behind them. */
  const taken = new Set<string>()
  /** The number that the next one of a name may get: to try all from 2 on takes long where many have the same. */
  const next = new Map<string, number>()
  const free = (folder: string, name: string, isTaken: (path: string) => boolean): string => {
    const wanted = folder + name
    if (!isTaken(wanted)) return wanted
    let n = next.get(keyOf(wanted)) ?? 2
    while (isTaken(folder + numbered(name, n))) n++
    next.set(keyOf(wanted), n)
    return folder + numbered(name, n)
  }
  return name => {
    const parts = name
      .split('/')
      .filter(part => part !== '' && part !== '.')
      .slice(-NAME_LIMITS.folders - 1)
      .map(part => safeName(part === '..' ? '_' : part))
    const last = parts.pop() ?? '_'
    let folder = ''
    for (const part of parts) {
      folder = `${free(folder, part, path => taken.has(keyOf(path)))}/`
      taken.add(keyOf(folder))
    }
    const path = free(folder, last, one => taken.has(keyOf(one)) || taken.has(keyOf(`${one}/`)))
    taken.add(keyOf(path))
    return path
  }
}

/** What two names have in common that some file system takes for one: case, composition, characters without a width. */
const keyOf = (path: string) =>
  path
    .normalize('NFC')
    .replace(/\p{Cf}/gu, '')
    .toUpperCase()
    .toLowerCase()

/** "IM1.dcm" → "IM1~2.dcm" */
function numbered(name: string, n: number): string {
  const dot = name.lastIndexOf('.')
  const [stem, ending] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, '']
  const tail = `~${n}${ending}`
  return `${shortened(stem, NAME_LIMITS.bytes - encoder.encode(tail).length)}${tail}`
}

function safeName(part: string): string {
  let name = part.replace(UNSAFE, '_').replace(/[. ]+$/, dots => '_'.repeat(dots.length))
  if (RESERVED.test(name)) name = `_${name}`
  return shortened(name, NAME_LIMITS.bytes)
}

/** At most so many bytes of UTF-8, and no half of a character. */
function shortened(name: string, mostBytes: number): string {
  if (encoder.encode(name).length <= mostBytes) return name
  let kept = ''
  let bytes = 0
  for (const character of name) {
    bytes += encoder.encode(character).length
    if (bytes > mostBytes) break
    kept += character
  }
  return kept.replace(/[. ]+$/, dots => '_'.repeat(dots.length))
}
