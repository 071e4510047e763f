import { type DicomJson, type DicomMeta, formatTag, type JsonElement, keywordOf } from 'dicube'
import { el, part } from './dom.ts'
import { GROUPS, groupOf, privateCreatorTag } from './groups.ts'
import type { Shown } from './series.ts'
import { binaryLength, bytesText, grouped, nameOf, plural, searchText, spaced, valueText, visible } from './text.ts'

/** The fields of a series as a searchable table, grouped by what they are about. */
export interface Fields {
  show(shown: Shown): void
  /** Values that slices do not share are those of this one. */
  setSlice(slice: number): void
  focusSearch(): void
  clearSearch(): void
}

interface Line {
  tag: string
  element: JsonElement | undefined
  row: HTMLTableRowElement
  name: string
  /** Lower case; made when it is first searched. */
  text?: string
}

interface Section {
  details: HTMLDetailsElement
  count: HTMLElement
  lines: Line[]
}

const LONG_TEXT = 240
const HEX_BYTES = 512

export function createFields(): Fields {
  const search = part<HTMLInputElement>('search')
  const place = part('field-groups')
  let shown: Shown | undefined
  let sections: Section[] = []
  let varying: Section | undefined
  let slice = 0

  function show(next: Shown): void {
    shown = next
    slice = 0
    const { meta } = next
    const byGroup = new Map<string, string[]>(GROUPS.map(group => [group, []]))
    const differ: string[] = []
    const tags = meta.keys()
    for (const tag of tags) (meta.isShared(tag) ? byGroup.get(groupOf(tag))! : differ).push(tag)
    sections = [...byGroup]
      .filter(([, found]) => found.length)
      .map(([group, found]) => sectionOf(group, found, meta, 0, true))
    varying = differ.length ? sectionOf('Differs between slices', differ, meta, 0, false) : undefined
    if (varying) sections.push(varying)
    place.replaceChildren(...sections.map(({ details }) => details))
    part('fields-count').textContent = grouped(tags.length)
    find()
  }

  function sectionOf(
    title: string,
    tags: readonly string[],
    meta: DicomMeta,
    slice: number,
    isShared: boolean,
  ): Section {
    const lines = tags.map(tag => lineOf(tag, meta, slice, isShared))
    const count = el('span', { class: 'count', text: grouped(tags.length) })
    const details = el(
      'details',
      { class: 'group', attributes: { open: '', 'data-group': title } },
      el('summary', {}, el('span', { text: title }), count),
      el('table', { class: 'fields' }, el('tbody', {}, ...lines.map(({ row }) => row))),
    )
    return { details, count, lines }
  }

  function lineOf(tag: string, meta: DicomMeta, slice: number, isShared: boolean): Line {
    const element = meta.element(tag, slice)
    const name = labelOf(tag, meta, slice)
    // Only of a slice that lacks it are all the others asked.
    const vr = element?.vr ?? meta.getVr(tag) ?? ''
    const td = el('td', isShared ? {} : { class: 'differs' })
    const line: Line = { tag, element, name, row: rowOf(name, tag, vr, td) }
    fill(td, tag, element, loaderOf(meta, tag, slice))
    return line
  }

  function setSlice(next: number): void {
    if (!varying || !shown || next === slice) return
    slice = next
    if (part('fields').hidden) return
    refresh()
  }

  function refresh(): void {
    if (!varying || !shown) return
    const { meta } = shown
    for (const line of varying.lines) {
      line.element = meta.element(line.tag, slice)
      line.text = undefined
      fill(line.row.cells[1], line.tag, line.element, loaderOf(meta, line.tag, slice))
    }
    varying.details.querySelector('summary span')!.textContent = `Differs between slices: slice ${slice}`
    if (search.value) find()
  }

  function find(): void {
    const query = search.value.trim().toLowerCase()
    const words = query.split(/\s+/).filter(Boolean)
    let found = 0
    for (const { details, count, lines } of sections) {
      let here = 0
      for (const line of lines) {
        line.text ??= `${line.name} ${searchText(line.tag, line.element)}`.toLowerCase()
        const isMatch = words.every(word => line.text!.includes(word))
        line.row.hidden = !isMatch
        if (isMatch) here++
        mark(line.row, isMatch ? words : [])
      }
      details.hidden = !here
      if (words.length && here) details.open = true
      count.textContent = words.length ? `${grouped(here)} of ${grouped(lines.length)}` : grouped(lines.length)
      found += here
    }
    part('search-count').textContent = words.length ? (found ? plural(found, 'field') : 'nothing found') : ''
  }

  search.addEventListener('input', find)
  search.addEventListener('keydown', event => {
    if (event.key !== 'Escape') return
    search.value = ''
    find()
    search.blur()
  })
  new MutationObserver(() => {
    if (!part('fields').hidden) refresh()
  }).observe(part('fields'), { attributes: true, attributeFilter: ['hidden'] })

  return {
    show,
    setSlice,
    focusSearch() {
      search.focus()
      search.select()
    },
    clearSearch() {
      search.value = ''
    },
  }
}

/** Fetches the bytes of a value that a cube keeps behind its frames. */
type Load = () => Promise<JsonElement | undefined>

const loaderOf =
  (meta: DicomMeta, tag: string, slice: number): Load =>
  async () => {
    await meta.load([tag])
    return meta.element(tag, slice)
  }

/** A private attribute is named by its owner. */
function labelOf(tag: string, meta: DicomMeta, slice: number): string {
  const keyword = keywordOf(tag)
  if (keyword) return spaced(keyword)
  const creator = privateCreatorTag(tag)
  if (!creator) return unnamed(tag)
  const [owner] = meta.element(creator, slice)?.Value ?? meta.getStrings(creator).find(Boolean) ?? []
  return privateName(tag, typeof owner === 'string' ? owner : undefined)
}

const privateName = (tag: string, owner: string | undefined) =>
  owner ? `${visible(owner)} ${tag.slice(6)}` : unnamed(tag)
const unnamed = (tag: string) =>
  Number.parseInt(tag.slice(0, 4), 16) % 2 ? (tag.startsWith('00', 4) ? 'Private creator' : 'Private') : 'Unknown'

function rowOf(name: string, tag: string, vr: string, td: HTMLTableCellElement): HTMLTableRowElement {
  return el(
    'tr',
    { attributes: { 'data-tag': tag } },
    el(
      'th',
      { attributes: { scope: 'row' } },
      el('span', { class: 'name', text: name }),
      el('span', { class: 'tag', text: `${formatTag(tag)} ${vr}` }),
    ),
    td,
  )
}

/** What an element has: text, or something to unfold. */
function fill(td: HTMLElement, tag: string, element: JsonElement | undefined, load?: Load): void {
  td.replaceChildren(contentOf(td, tag, element, load))
}

function contentOf(td: HTMLElement, tag: string, element: JsonElement | undefined, load?: Load): Node {
  if (!element) return el('span', { class: 'none', text: 'absent' })
  if (element.vr === 'SQ' && element.Value?.length) return itemsOf(element)
  if (element.BulkDataURI !== undefined && load) return bulkOf(td, tag, load)
  if (element.InlineBinary !== undefined) return binaryOf(element.InlineBinary)
  const text = valueText(element)
  if (!text) return el('span', { class: 'none', text: 'empty' })
  return text.length > LONG_TEXT || text.includes('\n') ? longOf(text) : el('span', { class: 'value', text })
}

/** Content that is made when it is unfolded: some sequences have thousands of elements. */
function unfolding(summary: string, content: () => Node): HTMLDetailsElement {
  const details = el('details', { class: 'unfold' }, el('summary', { text: summary }))
  details.addEventListener(
    'toggle',
    () => {
      if (details.open && details.childNodes.length === 1) details.append(content())
    },
    { once: false },
  )
  return details
}

function itemsOf(element: JsonElement): Node {
  const items = (element.Value ?? []) as DicomJson[]
  return unfolding(plural(items.length, 'item'), () =>
    el(
      'ol',
      { class: 'items', attributes: { start: '0' } },
      ...items.map(item => {
        const tags = Object.keys(item ?? {}).sort()
        if (!tags.length) return el('li', {}, el('span', { class: 'none', text: 'empty item' }))
        const rows = tags.map(tag => {
          const td = el('td')
          fill(td, tag, item[tag])
          return rowOf(itemLabel(tag, item), tag, item[tag].vr, td)
        })
        return el('li', {}, el('table', { class: 'fields nested' }, el('tbody', {}, ...rows)))
      }),
    ),
  )
}

function itemLabel(tag: string, item: DicomJson): string {
  if (keywordOf(tag)) return nameOf(tag)
  const creator = privateCreatorTag(tag)
  const owner = creator && item[creator]?.Value?.[0]
  return privateName(tag, typeof owner === 'string' ? owner : undefined)
}

const longOf = (text: string): Node =>
  unfolding(`${text.replace(/\s+/g, ' ').slice(0, 100)}…`, () => el('pre', { class: 'long', text }))

function binaryOf(base64: string): Node {
  const length = binaryLength(base64)
  return unfolding(bytesText(length), () => {
    const bytes = Uint8Array.from(atob(base64.slice(0, Math.ceil(HEX_BYTES / 3) * 4)), c => c.charCodeAt(0))
    return el('pre', { class: 'hex', text: hexText(bytes.subarray(0, HEX_BYTES), length) })
  })
}

function hexText(bytes: Uint8Array, length: number): string {
  const lines: string[] = []
  for (let at = 0; at < bytes.length; at += 16) {
    const part = [...bytes.subarray(at, at + 16)]
    const hex = part.map(byte => byte.toString(16).padStart(2, '0')).join(' ')
    const text = part.map(byte => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '·')).join('')
    lines.push(`${at.toString(16).padStart(4, '0')}  ${hex.padEnd(47)}  ${text}`)
  }
  if (bytes.length < length) lines.push(`… ${grouped(length - bytes.length)} bytes more`)
  return lines.join('\n')
}

function bulkOf(td: HTMLElement, tag: string, load: Load): Node {
  const button = el('button', { class: 'link', text: 'load this value', attributes: { type: 'button' } })
  button.addEventListener('click', async () => {
    button.disabled = true
    try {
      fill(td, tag, await load())
    } catch (error) {
      td.replaceChildren(
        el('span', { class: 'none', text: error instanceof Error ? visible(error.message) : String(error) }),
      )
    }
  })
  return button
}

/** Shows where the words are, in the name and in a plain value. */
function mark(row: HTMLTableRowElement, words: readonly string[]): void {
  for (const place of row.querySelectorAll<HTMLElement>(':scope > th > .name, :scope > td > .value')) {
    const text = place.textContent ?? ''
    const lower = text.toLowerCase()
    // Lower case of some letters is longer than they are, and then places do not agree.
    const found = lower.length === text.length ? words.filter(word => lower.includes(word)) : []
    if (!found.length) {
      if (place.childElementCount) place.textContent = text
      continue
    }
    const nodes: (Node | string)[] = []
    for (let at = 0; at < text.length; ) {
      const next = found
        .map(word => ({ word, start: lower.indexOf(word, at) }))
        .filter(({ start }) => start >= 0)
        .sort((a, b) => a.start - b.start || b.word.length - a.word.length)[0]
      nodes.push(text.slice(at, next?.start))
      if (!next) break
      nodes.push(el('mark', { text: text.slice(next.start, next.start + next.word.length) }))
      at = next.start + next.word.length
    }
    place.replaceChildren(...nodes)
  }
}
