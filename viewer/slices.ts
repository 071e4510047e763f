import { formatTag } from 'dicube'
import type { Column } from './columns.ts'
import { el, onNextFrame, part } from './dom.ts'
import { isMultiFrame, type Shown } from './series.ts'

/** What differs between slices, one line each. Only the lines that can be seen are in the document. */
export interface SliceTable {
  show(shown: Shown, columns: readonly Column[]): void
  setRow(row: number): void
}

const ROW_PX = 28
/** Lines beyond the edges that are there already. */
const MARGIN = 8

export function createSliceTable(onChoose: (row: number) => void): SliceTable {
  const region = part('slice-table')
  let shown: Shown | undefined
  let columns: readonly Column[] = []
  let current = 0
  let first = -1
  let last = -1
  const body = el('tbody')

  function show(next: Shown, found: readonly Column[]): void {
    shown = next
    columns = found
    first = last = -1
    region.hidden = !columns.length
    const head = el(
      'tr',
      {},
      el('th', { text: isMultiFrame(next) ? 'Frame' : 'Slice', attributes: { scope: 'col' } }),
      ...columns.map(({ tag, name }) =>
        el('th', { title: formatTag(tag), attributes: { scope: 'col' } }, el('span', { text: name })),
      ),
    )
    region.replaceChildren(
      el('table', { attributes: { 'aria-rowcount': String(next.rows.length + 1) } }, el('thead', {}, head), body),
    )
    region.scrollTop = 0
    draw()
  }

  function draw(): void {
    if (!shown || !columns.length) return
    const height = region.clientHeight || 400
    const from = Math.max(0, Math.floor(region.scrollTop / ROW_PX) - MARGIN)
    const to = Math.min(shown.rows.length, Math.ceil((region.scrollTop + height) / ROW_PX) + MARGIN)
    if (from === first && to === last) return
    first = from
    last = to
    const lines = shown.rows.slice(from, to).map((_, i) => lineOf(from + i))
    body.replaceChildren(spacer(from), ...lines, spacer(shown.rows.length - to))
  }

  function spacer(rows: number): HTMLTableRowElement {
    const row = el('tr', { class: 'spacer', attributes: { 'aria-hidden': 'true' } })
    row.style.height = `${rows * ROW_PX}px`
    return row
  }

  function lineOf(index: number): HTMLTableRowElement {
    const { slice, frame } = shown!.rows[index]
    const label = isMultiFrame(shown!) && shown!.meta.sliceCount > 1 ? `${slice}.${frame}` : String(index)
    const line = el(
      'tr',
      { attributes: { 'data-row': String(index), 'aria-rowindex': String(index + 2) } },
      el('th', { attributes: { scope: 'row' } }, rowButton(label)),
      ...columns.map(column => {
        const text = column.textAt(shown!.rows[index], index)
        return el('td', { text, title: text.length > 24 ? text : undefined })
      }),
    )
    if (index === current) line.setAttribute('aria-current', 'true')
    return line
  }

  const rowButton = (label: string) => el('button', { class: 'link', text: label, attributes: { type: 'button' } })

  function setRow(row: number): void {
    body.querySelector('[aria-current]')?.removeAttribute('aria-current')
    current = row
    body.querySelector(`[data-row="${row}"]`)?.setAttribute('aria-current', 'true')
    follow()
  }

  /** The line of the row can be seen. Where that is, the page knows once it is laid out, which it does for each frame. */
  const follow = onNextFrame(() => {
    if (!region.clientHeight) return
    const top = current * ROW_PX
    const head = ROW_PX + 8
    if (top < region.scrollTop) region.scrollTop = top
    else if (top + ROW_PX > region.scrollTop + region.clientHeight - head)
      region.scrollTop = top + ROW_PX - region.clientHeight + head
  })

  region.addEventListener('scroll', onNextFrame(draw))
  new ResizeObserver(onNextFrame(draw)).observe(region)
  body.addEventListener('click', event => {
    const line = (event.target as Element).closest<HTMLElement>('tr[data-row]')
    if (line) onChoose(Number(line.dataset.row))
  })

  return { show, setRow }
}
