import type { ByteSource } from './source.ts'

/** The source with some of its members replaced; what is held, closed or counted is still the source itself. */
export function changedSource(source: ByteSource, changes: Partial<ByteSource>): ByteSource {
  const { name, stats } = source
  return {
    name,
    stats,
    head: (length, signal) => source.head(length, signal),
    read: (offset, length, signal) => source.read(offset, length, signal),
    headNow: source.headNow && (into => source.headNow!(into)),
    startNow: source.startNow && (into => source.startNow!(into)),
    stamp: source.stamp && (() => source.stamp!()),
    hold: source.hold && (() => source.hold!()),
    close: source.close && (() => source.close!()),
    ...changes,
  }
}
