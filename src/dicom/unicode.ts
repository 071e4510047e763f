/**
 * A regular expression that is made when it is first asked for. V8 looks up the classes of Unicode that one names as soon as
 * it reads it, even in a function that nobody calls, and that takes a process that prints numbers a tenth of its time.
 */
export function lazyRegExp(source: string, flags: string): () => RegExp {
  let made: RegExp | undefined
  return () => (made ??= new RegExp(source, flags))
}
