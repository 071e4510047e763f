import { lookup } from '../dicom/dictionary.ts'
import { vrName } from '../dicom/elements.ts'
import type { ReportEntry } from '../dicom/parse.ts'
import { formatTag, tagString } from '../dicom/tags.ts'
import { problemsOfValue } from '../dicom/values.ts'
import { entryOf, itemRange, layoutIndexOf, type Node, rankOf, type Table } from './table.ts'

/** The VRs whose text is a number, and null where it is none (PS3.5 §6.2). */
const DS = 0x4453
const IS = 0x4953
const BREAKS = new Set(['invalid-ds', 'invalid-is'])

/** For each row, which DS and IS are no numbers: their values are null, and whole in getStrings. No value is quoted. */
export function reportInvalidValues(table: Table): ReportEntry[][] {
  const isInvalid = memoized((node, entry) =>
    problemsOfValue(vrName(node.vr), node.column!.bytes(entry)).some(problem => BREAKS.has(problem)),
  )
  const visit = (of: Table, row: number, path: string, found: string[]): void => {
    const rank = rankOf(of, row)
    for (const node of of.layouts[layoutIndexOf(of, row)].nodes) {
      if (!node.items && node.vr !== DS && node.vr !== IS) continue
      const entry = entryOf(node, rank)
      if (entry < 0) continue
      const tag = tagString(node.tag)
      const name = `${path}${lookup(tag)?.keyword ?? formatTag(tag)}`
      if (!node.items) {
        if (node.column && isInvalid(node, entry)) found.push(`${name} is no ${vrName(node.vr)}`)
        continue
      }
      const [first, end] = itemRange(node.items, entry)
      for (let item = first; item < end; item++) visit(node.items.table, item, `${name}[${item - first}].`, found)
    }
  }
  return Array.from({ length: table.rowCount }, (_, row) => {
    const found: string[] = []
    visit(table, row, '', found)
    const more = found.length > 3 ? ` and ${found.length - 3} more` : ''
    return found.length ? [{ code: 'invalid-value' as const, message: `${found.slice(0, 3).join('; ')}${more}` }] : []
  })
}

function memoized(decide: (node: Node, entry: number) => boolean): (node: Node, entry: number) => boolean {
  const known = new Map<Node, boolean>()
  return (node, entry) => {
    if (!node.column!.constant) return decide(node, entry)
    let answer = known.get(node)
    if (answer === undefined) {
      answer = decide(node, entry)
      known.set(node, answer)
    }
    return answer
  }
}
