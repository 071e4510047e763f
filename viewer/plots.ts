import uPlot from 'uplot'
import type { Curve } from './columns.ts'
import { answered, el, onNextFrame, part } from './dom.ts'
import { isMultiFrame, type Shown } from './series.ts'
import { plural } from './text.ts'

/** What differs between slices as curves, one below the other over the same slices. */
export interface Plots {
  show(shown: Shown, curves: readonly Curve[]): void
  /** What there will be is not known yet. */
  wait(): void
  setRow(row: number): void
  /** The page is on the screen now: plots have a width. */
  visible(): void
}

/** Also in style.css. */
const HEIGHT_PX = 110
const SHOWN_FIRST = 8
const ODD_SHOWN = 3

export function createPlots(onChoose: (row: number) => void): Plots {
  const place = part('plots')
  const more = part('more-plots')
  let shown: Shown | undefined
  let curves: readonly Curve[] = []
  let showAll = false
  let plots: uPlot[] = []
  let row = 0
  let drawnWidth = 0
  /** Counts the drawings: one that was begun before another draws no further. */
  let drawing = 0

  function show(next: Shown, found: readonly Curve[]): void {
    shown = next
    curves = found
    showAll = false
    void draw()
  }

  async function draw(): Promise<void> {
    const mine = ++drawing
    for (const plot of plots) plot.destroy()
    plots = []
    drawnWidth = 0
    if (!shown) return
    const wanted = showAll ? curves : curves.slice(0, SHOWN_FIRST)
    more.hidden = wanted.length === curves.length
    more.querySelector('button')!.textContent = `Show ${plural(curves.length - wanted.length, 'more plot')}`
    if (!curves.length) {
      const one = shown.rows.length === 1
      place.replaceChildren(
        el('p', {
          class: 'quiet',
          text: one ? 'One slice: everything about it is under Fields.' : 'No number differs between the slices.',
        }),
      )
      return
    }
    if (part('slices').hidden) return
    const figures = wanted.map(curve => ({ curve, box: el('div', { class: 'plot' }) }))
    place.replaceChildren(
      ...figures.map(({ curve, box }) =>
        el('figure', { attributes: { 'data-plot': curve.name } }, captionOf(curve), box),
      ),
    )
    drawnWidth = place.clientWidth
    // Each takes a moment, between which the page answers.
    for (const { curve, box } of figures) {
      await answered()
      if (mine !== drawing) return
      plots.push(plotOf(curve, box, widthOf(box)))
    }
  }

  /** Of a page that is not on the screen any more the first one's: all are the same. */
  const widthOf = (box: HTMLElement) => Math.max(200, box.clientWidth || (plots[0]?.width ?? 0))

  function captionOf({ name, unit, lines, odd, textOf }: Curve): HTMLElement {
    const known = lines.flatMap(({ values }) => Array.from(values).filter(Number.isFinite))
    const [least, most] = known.reduce(
      ([a, b], value) => [Math.min(a, value), Math.max(b, value)],
      [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
    )
    const missing = lines[0].values.filter(Number.isNaN).length
    const [from, to] = [textOf(least), textOf(most)]
    const range = from === to ? from : `${from} … ${to}`
    const caption = el(
      'figcaption',
      {},
      el('span', { class: 'name', text: name }),
      el('span', { class: 'range', text: `${range} ${unit}` }),
    )
    if (odd.length) {
      const rest = odd.length > ODD_SHOWN ? ` and ${odd.length - ODD_SHOWN} more` : ''
      caption.append(
        el('span', {
          class: 'odd',
          text: `${odd
            .slice(0, ODD_SHOWN)
            .map(({ text }) => text)
            .join(', ')}${rest}`,
        }),
      )
    }
    if (missing && missing < lines[0].values.length && !name.startsWith('Distance'))
      caption.append(el('span', { class: 'odd', text: `${missing} without` }))
    return caption
  }

  function plotOf({ name, lines, odd, fromZero, isTime, textOf }: Curve, box: HTMLElement, width: number): uPlot {
    const colour = (property: string) => getComputedStyle(document.documentElement).getPropertyValue(property).trim()
    const count = lines[0].values.length
    const dense = count > 150
    const oddRows = new Set(odd.map(one => one.row))
    const toPlot = (values: Float64Array) => Array.from(values, value => (Number.isFinite(value) ? value : null))
    const colours = [colour('--accent'), colour('--second'), colour('--third')]
    const axis = { stroke: colour('--muted'), grid: { stroke: colour('--line'), width: 1 }, ticks: { show: false } }
    const marks = lines[0].values
    const plot = new uPlot(
      {
        width,
        height: HEIGHT_PX,
        padding: [8, 14, 0, 0],
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false }, sync: { key: 'slices' }, points: { size: 7 } },
        scales: {
          x: { time: false, range: [-0.5, Math.max(0.5, count - 0.5)] },
          y: { range: (_, least, most) => rangeOf(least, most, fromZero, isTime) },
        },
        axes: [
          {
            ...axis,
            size: 24,
            space: 60,
            values: (_, ticks) => ticks.map(tick => (Number.isInteger(tick) ? String(tick) : '')),
          },
          { ...axis, size: 64, space: 28, values: (_, ticks) => ticks.map(textOf) },
        ],
        series: [
          {},
          ...lines.map((_, k) => ({
            stroke: colours[k],
            width: 1.5,
            spanGaps: false,
            points: { show: !dense, size: 4, fill: colours[k], stroke: colours[k] },
          })),
          {
            stroke: colour('--danger'),
            width: 0,
            points: { show: true, size: 9, fill: colour('--danger'), stroke: colour('--surface'), width: 1.5 },
          },
        ],
        hooks: {
          draw: [
            u => {
              // The slice that is on the screen.
              const x = Math.round(u.valToPos(row, 'x', true))
              u.ctx.save()
              u.ctx.strokeStyle = colour('--marker')
              u.ctx.lineWidth = devicePixelRatio
              u.ctx.beginPath()
              u.ctx.moveTo(x, u.bbox.top)
              u.ctx.lineTo(x, u.bbox.top + u.bbox.height)
              u.ctx.stroke()
              u.ctx.restore()
            },
          ],
          setCursor: [
            u => {
              const { idx } = u.cursor
              const text =
                idx === null || idx === undefined || !Number.isFinite(marks[idx])
                  ? ''
                  : `${isMultiFrame(shown!) ? 'frame' : 'slice'} ${idx}: ${lines.map(({ name, values }) => `${name} ${textOf(values[idx])}`.trim()).join(', ')}`
              box.dataset.cursor = text
            },
          ],
        },
      },
      [
        Array.from({ length: count }, (_, i) => i),
        ...lines.map(({ values }) => toPlot(values)),
        Array.from(marks, (value, i) => (oddRows.has(i) && Number.isFinite(value) ? value : null)),
      ],
      box,
    )
    box.setAttribute('role', 'img')
    box.setAttribute('aria-label', `${name} against ${isMultiFrame(shown!) ? 'frame' : 'slice'} number`)
    plot.over.addEventListener('click', () => {
      const { idx } = plot.cursor
      if (idx !== null && idx !== undefined) onChoose(idx)
    })
    return plot
  }

  const redraw = onNextFrame(() => {
    for (const plot of plots) plot.redraw(false, false)
  })

  function setRow(next: number): void {
    row = next
    if (!part('slices').hidden) redraw()
  }

  new ResizeObserver(() => {
    if (!place.clientWidth || place.clientWidth === drawnWidth || !plots.length) return
    drawnWidth = place.clientWidth
    for (const plot of plots)
      plot.setSize({ width: Math.max(200, plot.root.parentElement!.clientWidth), height: HEIGHT_PX })
  }).observe(place)
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => void draw())
  more.querySelector('button')!.addEventListener('click', () => {
    showAll = true
    void draw()
  })

  return {
    show,
    wait() {
      shown = undefined
      void draw()
      more.hidden = true
      place.replaceChildren(el('p', { class: 'quiet', text: 'Checking …', attributes: { 'aria-busy': 'true' } }))
    },
    setRow,
    visible() {
      if (!plots.length) void draw()
      else setRow(row)
    },
  }
}

/** What differs in the last digits only is a straight line, and has to look like one. */
const LEAST_SHARE = 1e-3

function rangeOf(least: number | null, most: number | null, fromZero = false, isTime = false): [number, number] {
  if (least === null || most === null) return [0, 1]
  const size = Math.max(Math.abs(least), Math.abs(most))
  const from = fromZero && least > 0 ? 0 : least
  const to = fromZero && most < 0 ? 0 : most
  if (to === from || (!isTime && to - from < size * LEAST_SHARE)) return [from - (size || 1) / 2, to + (size || 1) / 2]
  const margin = (to - from) * 0.08
  return [from === 0 && fromZero ? 0 : from - margin, to + margin]
}
