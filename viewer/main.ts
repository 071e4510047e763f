import {
  DicubeError,
  type FoundSeries,
  findSeries,
  imageOfSeries,
  type LeftOut,
  load,
  loadInfo,
  type SeriesCheck,
  type SeriesFiles,
  sourceFromBlob,
} from 'dicube'
import type { Start } from '../src/cli/view/start.ts'
import { type Checking, checkCube } from './checking.ts'
import { type Column, columnsOf, curvesOf } from './columns.ts'
import { answered, el, part } from './dom.ts'
import { createFields } from './fields.ts'
import { downloadName, filesOfDrop, filesOfInput, isCube, type Opened, unzipped } from './files.ts'
import { leftOut, type NamedBlob } from './named.ts'
import { showCheck, showCost, showFound, showOverview, showSizes } from './overview.ts'
import type { PackReply, PackRequest } from './pack.ts'
import { createPlots } from './plots.ts'
import { firstText, isMultiFrame, keepTexts, type Shown, type Sizes, shownOf } from './series.ts'
import { createSliceTable } from './slices.ts'
import { remembering } from './source.ts'
import { createStage } from './stage.ts'
import { grouped, plural, visible } from './text.ts'
import { trustOwnScripts } from './trusted.ts'

trustOwnScripts()

const TABS = ['overview', 'fields', 'slices', 'check'] as const
type Tab = (typeof TABS)[number]

const stage = createStage(
  row => {
    fields.setSlice(shown?.rows[row].slice ?? 0)
    table.setRow(row)
    plots.setRow(row)
  },
  () => shown && showCost(shown),
)
const goTo = (row: number) => stage.go(row)
const fields = createFields()
const table = createSliceTable(goTo)
const plots = createPlots(goTo)

let shown: Shown | undefined
let packing: Worker | undefined
let download: string | undefined
let checking: Checking | undefined
/** What stands under Slices; the cube that takes the place of files has the same. */
let tabulated: Tabulated = { isPlotted: false }
interface Tabulated {
  columns?: Promise<Column[]>
  isPlotted: boolean
}
/** Counts what was opened: an answer that belongs to something older is dropped. */
let turn = 0

/** Opens one thing after another; an error is shown and leaves what was there. */
async function opening(open: (isLast: () => boolean) => Promise<void>): Promise<void> {
  const mine = ++turn
  const isLast = () => mine === turn
  part('alert').hidden = true
  try {
    await open(isLast)
  } catch (error) {
    if (!isLast()) return
    fail(error)
  } finally {
    if (isLast() && !packing) progress()
  }
}

function fail(error: unknown): void {
  const alert = part('alert')
  const code = error instanceof DicubeError ? `${error.code}: ` : ''
  alert.textContent = visible(code + (error instanceof Error ? error.message : String(error)))
  alert.hidden = false
  progress()
  if (!shown) part('start').hidden = false
}

function progress(text = '', done = 0, total = 0): void {
  part('progress').hidden = !text
  part('progress-text').textContent = text
  const bar = part<HTMLProgressElement>('progress-bar')
  // One step of one would stand at its end from the beginning.
  if (total > 1) bar.value = done / total
  else bar.removeAttribute('value')
}

function endPacking(): void {
  endChecking()
  packing?.terminate()
  packing = undefined
  part('save').hidden = true
  if (download) URL.revokeObjectURL(download)
  download = undefined
}

async function show(next: Shown): Promise<void> {
  const old = shown
  shown = next
  part('start').hidden = true
  part('viewer').hidden = false
  const { meta, rows } = next
  const title = [firstText(meta, 'Modality'), firstText(meta, 'SeriesDescription')].filter(Boolean).join(' · ')
  part('title').textContent = visible(title) || visible(next.name)
  const slices = plural(meta.sliceCount, 'slice')
  const frames = isMultiFrame(next) ? `, ${plural(rows.length, 'frame')}` : ''
  part('subtitle').textContent = `${visible(next.name)} · ${slices}${frames}`
  document.title = `${part('title').textContent} · dicube`
  fields.clearSearch()
  part('overview').replaceChildren(el('p', { class: 'quiet', text: 'Looking at it …' }))
  showCheck(next, goTo)
  part('slices-count').textContent = grouped(rows.length)
  part('slices-label').textContent = isMultiFrame(next) ? 'Frames' : 'Slices'
  tabulated = { isPlotted: false }
  table.show(next, [])
  part('jumps').hidden = true
  await stage.show(next)
  await painted()
  await old?.image.close()
  // Of thousands of slices each takes a moment, between which the page answers.
  for (const step of [() => fields.show(next), () => overview(next), () => part('slices').hidden || tabulate()]) {
    if (shown !== next) return
    await step()
    await answered()
  }
}

const overview = (next: Shown) => showOverview(next, goTo, tab => selectTab(tab as Tab))

/** What was drawn is on the screen; a page that nobody looks at draws nothing. */
const painted = () =>
  new Promise<void>(resolve => {
    requestAnimationFrame(() => setTimeout(resolve))
    setTimeout(resolve, 200)
  })

/**
 * Of thousands of slices, table and curves take a moment; who looks at the image does not wait for them. Curves are of
 * volumes, which the check finds.
 */
async function tabulate(): Promise<void> {
  if (!shown) return
  const mine = tabulated
  const isLast = () => mine === tabulated
  if (!mine.columns) {
    const of = shown
    plots.wait()
    mine.columns = columnsOf(of)
    const columns = await mine.columns
    if (!isLast()) return
    table.show(of, columns)
    table.setRow(stage.row)
  }
  const columns = await mine.columns
  if (!isLast() || mine.isPlotted || (!shown.check && shown.notChecked === undefined)) return
  mine.isPlotted = true
  const of = shown
  const curves = await curvesOf(of, columns)
  if (!isLast()) return
  plots.show(of, curves)
  part('jumps').hidden = !columns.length
}

/** What a worker has found of the series, or why it has not; also of the cube that took the place of files. */
function checked(of: Shown, found: SeriesCheck | Error): void {
  if (found instanceof Error) of.notChecked = found.message
  else of.check = found
  if (shown !== of) return
  showFound(of, goTo, tab => selectTab(tab as Tab))
  showCheck(of, goTo)
  if (!part('slices').hidden) void tabulate()
}

function endChecking(): void {
  checking?.end()
  checking = undefined
}

/** A cube, from a file or an address. */
async function openCube(from: Blob | string, name: string, isLast: () => boolean): Promise<void> {
  progress('Opening')
  const source = remembering(from)
  const image = await load(source)
  const opening = image.stats && { ...image.stats }
  const next = await shownOf(name, image)
  if (image.stats && opening) next.cost = { opening, all: image.stats, sizeBytes: source.sizeBytes }
  const request =
    from instanceof Blob ? { name, blob: from } : { name, sizeBytes: source.sizeBytes, parts: await source.parts() }
  if (!isLast()) return void image.close()
  endPacking()
  seriesChoice(undefined)
  checking = checkCube(request)
  const info = checking.found.then(
    found => {
      checked(next, found.check)
      return found.info
    },
    error => void checked(next, error),
  )
  await show(next)
  if (shown !== next) return
  next.sizes = { cube: (await info) ?? (await loadInfo(source)) }
  source.settle()
  if (shown === next) overview(next)
}

async function openFiles(opened: Opened, isLast: () => boolean): Promise<void> {
  const reading = (files: number) => isLast() && progress(`Reading ${plural(files, 'file')}`)
  const { name, files, refused = [] } = await unzipped(opened, reading)
  if (!isLast()) return
  if (files.length === 1 && (await isCube(files[0].blob))) return openCube(files[0].blob, files[0].name, isLast)
  const found = await findSeries(
    files.map(file => ({ name: file.name, source: sourceFromBlob(file.blob, file.name) })),
    { onProgress: reading },
  )
  if (!isLast()) return
  found.refused.push(...refused)
  const { series } = found
  if (!series.length) throw noSeries(name, files.length + refused.length, found)
  const byName = new Map(files.map(file => [file.name, file]))
  const choose = (one: SeriesFiles) => opening(isStill => openSeries(one, series.length, name, found, byName, isStill))
  const one = series.length > 1 ? await chosenOf(series) : series[0]
  if (!isLast()) return
  if (!one) {
    part('start').hidden = shown !== undefined
    return
  }
  seriesChoice(series, choose)
  part<HTMLSelectElement>('series-select').value = String(series.indexOf(one))
  await openSeries(one, series.length, name, found, byName, isLast)
}

function noSeries(name: string, files: number, { refused, skipped }: FoundSeries): DicubeError {
  const reasons = [...refused, ...skipped].slice(0, 3).map(({ name, reason }) => `\n${name}: ${reason}`)
  return new DicubeError('no-instances', `${name}: no DICOM instance among ${plural(files, 'file')}${reasons.join('')}`)
}

async function openSeries(
  series: SeriesFiles,
  count: number,
  name: string,
  left: Shown['left'],
  files: ReadonlyMap<string, NamedBlob>,
  isLast: () => boolean,
): Promise<void> {
  progress('Opening')
  const image = await imageOfSeries(series)
  await answered()
  const next = await shownOf(name, image, { files: sizesOf(series) }, left)
  if (!isLast()) return void image.close()
  endPacking()
  await show(next)
  if (shown !== next) return
  const number = firstText(image.meta, 'SeriesNumber') || series.seriesInstanceUid
  const target = count > 1 ? `${name} ${number}`.trim() : name
  packSeries(
    next,
    downloadName(target),
    series.instances.map(({ name }) => files.get(name)!),
  )
}

function sizesOf({ instances }: SeriesFiles): Sizes['files'] {
  const sizes = { headerBytes: 0, pixelBytes: 0 }
  for (const instance of instances) {
    const headerBytes = instance.headerBytes ?? instance.header.length
    sizes.headerBytes += headerBytes
    sizes.pixelBytes += Math.max(0, instance.sizeBytes - headerBytes)
  }
  return sizes
}

/** Packs in a worker; then the cube takes the place of the files, and can be saved. */
function packSeries(from: Shown, name: string, files: NamedBlob[]): void {
  const worker = new Worker(new URL('./view-pack.js', import.meta.url), { type: 'module' })
  packing = worker
  const label = `Packing ${plural(from.meta.sliceCount, 'slice')}`
  progress(label, 0, from.meta.sliceCount)
  const end = () => {
    worker.terminate()
    if (packing === worker) packing = undefined
    progress()
  }
  const noCheck = (why: string) => {
    if (!from.check) checked(from, new Error(why))
  }
  worker.onerror = event => {
    end()
    noCheck(event.message || 'the worker could not start')
    fail(new Error(`packing: ${event.message || 'the worker could not start'}`))
  }
  worker.onmessage = async ({ data }: MessageEvent<PackReply>) => {
    if (packing !== worker) return
    if (data.kind === 'checked') return checked(from, data.check)
    if (data.kind === 'progress') return progress(label, data.done, data.total)
    if (data.kind === 'failed') {
      end()
      noCheck(data.message)
      return fail(new DicubeError('io', `not packed, ${data.code}: ${data.message}`))
    }
    try {
      await replaceBy(data, from, name, () => packing === worker)
      end()
    } catch (error) {
      end()
      fail(error)
    }
  }
  worker.postMessage({ files } satisfies PackRequest)
}

async function replaceBy(
  { blob, check, info }: Extract<PackReply, { kind: 'done' }>,
  from: Shown,
  name: string,
  isLast: () => boolean,
): Promise<void> {
  const image = await load(blob)
  await answered()
  keepTexts(from.meta, image.meta)
  const next = await shownOf(from.name, image, { ...from.sizes, cube: info }, from.left)
  if (!isLast()) return void image.close()
  shown = next
  stage.replace(next)
  checked(next, check)
  showSizes(next.sizes)
  const save = part<HTMLAnchorElement>('save')
  download = URL.createObjectURL(blob)
  save.href = download
  save.download = name
  save.hidden = false
  await from.image.close()
}

const seriesText = ({ modality, description, instances }: SeriesFiles) =>
  visible([modality, description, plural(instances.length, 'file')].filter(Boolean).join(' · '))

/** The list in the bar, by which another series of the same folder is shown. */
function seriesChoice(series: readonly SeriesFiles[] | undefined, choose?: (series: SeriesFiles) => void): void {
  const select = part<HTMLSelectElement>('series-select')
  part('series-choice').hidden = !series || series.length < 2
  select.replaceChildren(
    ...(series ?? []).map((one, i) => el('option', { text: seriesText(one), attributes: { value: String(i) } })),
  )
  select.onchange = () => choose?.(series![Number(select.value)])
}

function chosenOf(series: readonly SeriesFiles[]): Promise<SeriesFiles | undefined> {
  const dialog = part<HTMLDialogElement>('chooser')
  progress()
  return new Promise(resolve => {
    part('chooser-title').textContent = `${plural(series.length, 'series').replace(/seriess$/, 'series')}: which one?`
    part('chooser-list').replaceChildren(
      ...series.map(one => {
        const button = el('button', { attributes: { type: 'button' } })
        button.append(
          el('strong', {
            text: visible([one.modality, one.description].filter(Boolean).join(' · ')) || 'no description',
          }),
          el('span', {
            class: 'quiet',
            text: `${plural(one.instances.length, 'file')} · ${visible(one.seriesInstanceUid) || 'no Series Instance UID'}`,
          }),
        )
        button.addEventListener('click', () => {
          resolve(one)
          dialog.close()
        })
        return el('li', {}, button)
      }),
    )
    dialog.onclose = () => resolve(undefined)
    dialog.showModal()
  })
}

function selectTab(tab: Tab): void {
  for (const name of TABS) {
    const button = part(`tab-${name}`)
    const isChosen = name === tab
    button.setAttribute('aria-selected', String(isChosen))
    button.tabIndex = isChosen ? 0 : -1
    part(name).hidden = !isChosen
  }
  if (tab === 'slices') {
    void tabulate()
    plots.visible()
    table.setRow(stage.row)
  }
}

for (const tab of TABS) {
  const button = part(`tab-${tab}`)
  button.addEventListener('click', () => selectTab(tab))
  button.addEventListener('keydown', event => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key]
    if (!step) return
    event.stopPropagation()
    event.preventDefault()
    const next = TABS[(TABS.indexOf(tab) + step + TABS.length) % TABS.length]
    selectTab(next)
    part(`tab-${next}`).focus()
  })
}

const TAB_KEYS: Record<string, Tab> = { o: 'overview', f: 'fields', s: 'slices', c: 'check' }

document.addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
  if (document.querySelector('dialog[open]')) return
  const target = event.target as HTMLElement
  if (target.matches('input:not([type=range]), select, textarea')) return
  if (event.key === '?') return part<HTMLDialogElement>('help-dialog').showModal()
  if (!shown || part('viewer').hidden) return
  if (event.key === '/') {
    event.preventDefault()
    selectTab('fields')
    return fields.focusSearch()
  }
  if (Object.hasOwn(TAB_KEYS, event.key)) return selectTab(TAB_KEYS[event.key])
  // Lists that scroll keep their own keys.
  const scrolls = target.closest('.page') && /^(Arrow(Up|Down)|Page|Home|End)/.test(event.key)
  if (!scrolls && stage.key(event.key, event.shiftKey)) event.preventDefault()
})

part('to-plots').addEventListener('click', () => part('slices').scrollTo({ top: 0 }))
part('to-table').addEventListener('click', () => part('slice-table').scrollIntoView({ block: 'start' }))
part('help').addEventListener('click', () => part<HTMLDialogElement>('help-dialog').showModal())
part('home').addEventListener('click', () => {
  const isAway = part('start').hidden
  part('start').hidden = !isAway && shown !== undefined
  part('viewer').hidden = isAway || !shown
})
for (const id of ['pick-folder', 'pick-files']) {
  const input = part<HTMLInputElement>(id)
  input.addEventListener('change', () => {
    if (!input.files?.length) return
    const opened = filesOfInput(input.files)
    void opening(isLast => openFiles(opened, isLast)).then(() => (input.value = ''))
  })
}

const carriesFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files')
let dragDepth = 0
const cover = (depth: number) => {
  dragDepth = Math.max(0, depth)
  part('drop-cover').hidden = !dragDepth
}
document.addEventListener('dragenter', event => carriesFiles(event) && cover(dragDepth + 1))
document.addEventListener('dragleave', event => carriesFiles(event) && cover(dragDepth - 1))
document.addEventListener('dragover', event => event.preventDefault())
document.addEventListener('drop', event => {
  event.preventDefault()
  cover(0)
  const { dataTransfer } = event
  if (!dataTransfer || !carriesFiles(event)) return
  const dropped = filesOfDrop(dataTransfer, files => progress(`Found ${plural(files, 'file')}`))
  void opening(async isLast => openFiles(await dropped, isLast))
})

// The address is part of the page's own: the server lets the page ask that one server, and no other.
part<HTMLFormElement>('by-url').addEventListener('submit', event => {
  event.preventDefault()
  const text = part<HTMLInputElement>('url').value.trim()
  if (!URL.canParse(text) || !/^https?:/i.test(text))
    return fail(new Error(`${text || 'no address'}: wanted one that begins with https:// or http://`))
  location.search = new URLSearchParams({ url: text }).toString()
})

/** The files of a folder that was named on the command line. */
async function fetched(start: Extract<Start, { kind: 'files' }>): Promise<Opened> {
  const files: (NamedBlob | undefined)[] = new Array(start.files.length)
  const refused: LeftOut[] = []
  let next = 0
  let done = 0
  const fetchSome = async () => {
    for (let i = next++; i < start.files.length; i = next++) {
      const { name, url } = start.files[i]
      try {
        const response = await fetch(url)
        if (!response.ok) throw new DicubeError('http', (await response.text()).trim())
        files[i] = { name, blob: await response.blob() }
      } catch (error) {
        refused.push(leftOut(name, error))
      }
      progress('Fetching files', ++done, start.files.length)
    }
  }
  await Promise.all(Array.from({ length: FETCHED_AT_ONCE }, fetchSome))
  return { name: start.name, files: files.filter(file => file !== undefined), refused }
}

/** As many connections as a browser makes to one server. */
const FETCHED_AT_ONCE = 6

async function begin(isLast: () => boolean): Promise<void> {
  const url = new URLSearchParams(location.search).get('url')
  if (url !== null) {
    part<HTMLInputElement>('url').value = url
    return openCube(url, decodeURIComponent(new URL(url).pathname.split('/').pop() || url), isLast)
  }
  const response = await fetch('start.json')
  if (!response.ok) throw new DicubeError('http', `start.json: HTTP ${response.status}`)
  const start = (await response.json()) as Start
  if (start.kind === 'nothing') part('start').hidden = false
  else if (start.kind === 'cube') await openCube(new URL(start.url, location.href).href, start.name, isLast)
  else await openFiles(await fetched(start), isLast)
}

void opening(begin)
