/** Names that Windows gives to devices, with any ending. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i
/** What no file name may hold on some system: control characters, separators, drive colons, wildcards. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what it looks for
const UNSAFE = /[\u0000-\u001f\u007f<>:"\\|?*]/g

/**
 * A stored name as a relative path that stays inside the folder it is written to, on any system. A harmless name comes
 * back as it is; `taken` holds the names given so far, in lower case, so that no file overwrites another.
 */
export function safeRelativePath(name: string, taken: Set<string>): string {
  const parts = name
    .split('/')
    .filter(part => part !== '' && part !== '.')
    .map(part => safeName(part === '..' ? '_' : part))
  const path = parts.join('/') || '_'
  let free = path
  for (let n = 2; taken.has(free.toLowerCase()); n++) free = path.replace(/(\.[^./]*)?$/, `~${n}$1`)
  taken.add(free.toLowerCase())
  return free
}

function safeName(part: string): string {
  let name = part.replace(UNSAFE, '_').replace(/[. ]+$/, dots => '_'.repeat(dots.length))
  if (RESERVED.test(name)) name = `_${name}`
  return name.length > 200 ? name.slice(0, 200) : name
}
