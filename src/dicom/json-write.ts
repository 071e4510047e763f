export interface StringifyOptions {
  /** Spaces a level; 0, the default: no white space. */
  readonly indent?: number
  /** A number that is not finite: the string "NaN", or the bare token that Python writes and reads. */
  readonly nonFinite?: 'string' | 'token'
}

const TAG = /^[0-9A-F]{8}$/

/**
 * JSON.stringify for data sets and documents that hold some: a plain object puts keys such as "20010010" first, as
 * array indices, and PS3.18 §F.2.2 wants tags ascending. Integers beyond 2^53 (bigint) are written as bare numbers.
 */
export function stringifyJson(value: unknown, options: StringifyOptions = {}): string {
  const { indent = 0, nonFinite = 'string' } = options
  const colon = indent > 0 ? ': ' : ':'
  const write = (value: unknown, line: string): string => {
    switch (typeof value) {
      case 'bigint':
        return String(value)
      case 'number':
        if (Object.is(value, -0)) return '-0' // JSON has it, and JSON.stringify writes 0
        if (Number.isFinite(value)) break
        return nonFinite === 'token' ? String(value) : `"${value}"`
      case 'object': {
        if (value === null) return 'null'
        const inner = indent > 0 ? line + ' '.repeat(indent) : ''
        const list = Array.isArray(value)
        const parts: string[] = []
        if (list) for (const item of value) parts.push(write(item, inner))
        else {
          const entries: [string, unknown][] = value instanceof Map ? [...value] : Object.entries(value)
          if (entries.every(([key]) => TAG.test(key))) entries.sort(([a], [b]) => (a < b ? -1 : 1))
          for (const [key, member] of entries) {
            if (member !== undefined) parts.push(JSON.stringify(key) + colon + write(member, inner))
          }
        }
        const [open, close] = list ? '[]' : '{}'
        if (parts.length === 0) return open + close
        return open + inner + parts.join(`,${inner}`) + line + close
      }
    }
    return JSON.stringify(value) ?? 'null'
  }
  return write(value, indent > 0 ? '\n' : '')
}
