import {
  CT_WINDOWS,
  DicubeError,
  type Frame,
  isLut,
  isPadding,
  modalityFunction,
  type Presentation,
  renderFrame,
  type Voi,
  windowOf,
  windowOfFrames,
  windowOfRange,
} from 'dicube'
import { el, onNextFrame, part } from './dom.ts'
import { isMultiFrame, type Row, type Shown, valuesOfRows } from './series.ts'
import { numberText, visible } from './text.ts'
import { kept, mostFactor, movedBy, offsetOf, scaledTo, WHOLE, type Zoom } from './zoom.ts'

/** A way to choose the values of interest. `voi` gives undefined where the frame has none of the kind. */
interface Preset {
  name: string
  title: string
  voi(frame: Frame, presentation: Presentation): Voi | undefined
}

/** Decoded frames that are kept. */
const MOST_BYTES = 96 << 20
const NEIGHBOURS = 2
/** Pixels that are as large as this on the screen have edges. */
const COARSE_PX = 10
/** Pixels of the wheel that are one slice. */
const WHEEL_STEP = 40
/** A key or a button. */
const ZOOM_STEP = 1.25
/** Of the zoom, for each pixel that the wheel is turned; a trackpad reports a pinch as a few pixels at a time. */
const WHEEL_ZOOM = 0.01
/** A notch of a wheel, which is a hundred pixels and more, is one step. */
const MOST_WHEEL_PX = 25
/** Shift and an arrow, as a share of the screen. */
const MOVE_STEP = 1 / 8

/** The image, and what chooses which one and how it is shown. */
export interface Stage {
  /** Resolves when there is something to be seen. */
  show(shown: Shown): Promise<void>
  /** The same series from another place: what is on the screen stays. */
  replace(shown: Shown): void
  go(row: number): void
  readonly row: number
  /** Whether the key is one of the image's. */
  key(key: string, shift: boolean): boolean
}

export function createStage(onRow: (row: number) => void, onFrame: () => void): Stage {
  const screen = part('screen')
  const canvas = part<HTMLCanvasElement>('canvas')
  const context = canvas.getContext('2d')!
  const slider = part<HTMLInputElement>('slider')
  const center = part<HTMLInputElement>('window-center')
  const width = part<HTMLInputElement>('window-width')
  const invert = part<HTMLButtonElement>('invert')
  const noImage = part('no-image')
  const zoomWhole = part<HTMLButtonElement>('zoom-whole')

  let shown: Shown | undefined
  let row = 0
  let presets: Preset[] = []
  let preset: Preset | undefined
  /** Set by dragging or typing, for all frames. */
  let own: Voi | undefined
  let inverted = false
  let frames = new Map<number, Promise<Frame>>()
  let cachedBytes = 0
  let painted: { frame: Frame; presentation: Presentation; voi?: Voi; row: number } | undefined
  let wanted = 0
  let zoom: Zoom = WHOLE
  /** Where the mouse or a finger is, as events count. */
  let cursor: { x: number; y: number } | undefined
  /** One value a row, of the tags that every image is drawn with. */
  let values = new Map<string, readonly unknown[]>()

  const rowOf = (): Row => shown!.rows[row]

  async function show(next: Shown): Promise<void> {
    shown = next
    row = 0
    own = undefined
    inverted = false
    painted = undefined
    zoom = WHOLE
    forget()
    presets = []
    preset = undefined
    const last = next.rows.length - 1
    slider.max = String(Math.max(0, last))
    part('slider-last').textContent = String(Math.max(0, last))
    part('slider-row').hidden = last < 1
    slider.setAttribute('aria-label', isMultiFrame(next) ? 'Frame' : 'Slice')
    const firstImage = next.rows.findIndex(one => one.image !== undefined)
    await place(firstImage < 0 ? 0 : middleOf(next, firstImage))
  }

  /** The middle of a stack tells more than its end. */
  const middleOf = ({ rows }: Shown, first: number) => {
    const middle = rows.length >> 1
    return rows[middle].image === undefined ? first : middle
  }

  function replace(next: Shown): void {
    shown = next
    forget()
    // What was still being decoded ended with the files.
    if (painted?.row !== row) void draw()
  }

  function valueOfRow(tag: string): unknown {
    let found = values.get(tag)
    if (!found) values.set(tag, (found = valuesOfRows(shown!, tag)))
    return found[row]
  }

  function forget(): void {
    values = new Map()
    frames = new Map()
    cachedBytes = 0
  }

  /** A frame that was asked for once is not asked for again while there is room for it. */
  function load(image: number): Promise<Frame> {
    const known = frames.get(image)
    if (known) {
      frames.delete(image)
      frames.set(image, known)
      return known
    }
    const cache = frames
    const loading = shown!.image.frame(image)
    frames.set(image, loading)
    loading.then(onFrame, onFrame)
    loading.then(
      frame => {
        if (cache !== frames) return
        cachedBytes += frame.values.byteLength
        for (const [oldest] of frames) {
          if (cachedBytes <= MOST_BYTES || frames.size <= 2 * NEIGHBOURS + 1) break
          void frames.get(oldest)!.then(gone => (cachedBytes -= gone.values.byteLength))
          frames.delete(oldest)
        }
      },
      () => frames.delete(image),
    )
    return loading
  }

  const go = (to: number) => void place(to)

  async function place(to: number): Promise<void> {
    if (!shown) return
    row = Math.max(0, Math.min(shown.rows.length - 1, to))
    slider.value = String(row)
    slider.setAttribute('aria-valuetext', placeText())
    part('corner-tl').textContent = placeText()
    onRow(row)
    await draw()
  }

  function placeText(): string {
    if (!shown) return ''
    const { slice, frame } = rowOf()
    return isMultiFrame(shown)
      ? `Frame ${frame}${shown.meta.sliceCount > 1 ? ` of slice ${slice}` : ''}`
      : `Slice ${slice}`
  }

  async function draw(): Promise<void> {
    const turn = ++wanted
    const { image } = rowOf()
    if (image === undefined) return fail(whyNoImage(shown!, row))
    const from = shown!
    try {
      const frame = await load(image)
      if (turn !== wanted || from !== shown) return
      const presentation = from.presentation!(image)
      paint(frame, presentation)
      for (let k = 1; k <= NEIGHBOURS; k++)
        for (const near of [row + k, row - k]) {
          const next = shown.rows[near]?.image
          if (next !== undefined) load(next).catch(() => {})
        }
    } catch (error) {
      if (turn !== wanted || from !== shown) return
      fail(error instanceof DicubeError ? error.message : String(error))
    }
  }

  function hideWindow(isHidden: boolean): void {
    part('numbers').hidden = isHidden
    part('presets').hidden = isHidden
  }

  function fail(why: string): void {
    painted = undefined
    noImage.textContent = visible(why)
    noImage.hidden = false
    canvas.hidden = true
    part('zoom').hidden = true
    hideWindow(true)
    for (const corner of ['tr', 'bl', 'br']) part(`corner-${corner}`).textContent = ''
    for (const edge of ['left', 'right', 'top', 'bottom']) part(`edge-${edge}`).textContent = ''
  }

  function paint(frame: Frame, presentation: Presentation): void {
    noImage.hidden = true
    canvas.hidden = false
    part('zoom').hidden = false
    const isGrey = frame.samples === 1 && !presentation.palette
    hideWindow(!isGrey)
    if (isGrey && !presets.length) {
      presets = presetsOf(shown!, frame, presentation)
      preset = presets[0]
      drawPresets()
    }
    const voi = isGrey
      ? (own ?? preset?.voi(frame, presentation) ?? windowOfFrames([{ values: frame.values, presentation }]))
      : undefined
    const { rgba, rows, columns } = renderFrame(
      frame,
      inverted && isGrey ? { ...presentation, inverted: !presentation.inverted } : presentation,
      voi,
    )
    if (canvas.width !== columns || canvas.height !== rows) {
      canvas.width = columns
      canvas.height = rows
    }
    context.putImageData(new ImageData(rgba, columns, rows), 0, 0)
    painted = { frame, presentation, voi, row }
    canvas.dataset.row = String(row)
    canvas.dataset.window = voi && !isLut(voi) ? `${voi.center} ${voi.width}` : ''
    fitCanvas()
    drawCorners()
    drawEdges()
    drawCursor()
  }

  const repaint = onNextFrame(() => {
    if (painted) paint(painted.frame, painted.presentation)
  })

  function drawPresets(): void {
    part('presets').replaceChildren(
      ...presets.map((one, k) => {
        const chip = el('button', {
          class: 'chip',
          text: one.name,
          title: k < 9 ? `${one.title} (${k + 1})` : one.title,
          attributes: { type: 'button', 'aria-pressed': String(one === preset && !own) },
        })
        chip.addEventListener('click', () => choose(one))
        return chip
      }),
    )
  }

  function choose(one: Preset | undefined): void {
    if (!one) return
    preset = one
    own = undefined
    drawPresets()
    repaint()
  }

  function setOwn(voi: Voi): void {
    if (!own) {
      own = voi
      drawPresets()
    }
    own = voi
    repaint()
  }

  function drawCorners(): void {
    const { voi, presentation, frame } = painted!
    const { units } = presentation.modality
    if (voi && !isLut(voi)) {
      if (document.activeElement !== center) center.value = numberText(voi.center)
      if (document.activeElement !== width) width.value = numberText(voi.width)
      part('corner-tr').textContent =
        `C ${numberText(voi.center)}  W ${numberText(voi.width)} ${visible(unitText(units))}`
    } else
      part('corner-tr').textContent = voi
        ? `VOI LUT ${visible(voi.explanation)}`
        : visible(frame.photometricInterpretation)
    part('corner-br').textContent = `${frame.columns} × ${frame.rows}`
  }

  /** Letters of the patient's sides (PS3.3 §C.7.6.1.1.1). */
  function drawEdges(): void {
    const orientation = valueOfRow('ImageOrientationPatient')
    const six =
      Array.isArray(orientation) && orientation.length === 6 ? (orientation as unknown[]).map(Number) : undefined
    const isKnown = six?.every(Number.isFinite) && six.some(value => value !== 0)
    const set = (edge: string, direction: number[] | undefined, sign: number) => {
      part(`edge-${edge}`).textContent = direction ? lettersOf(direction.map(value => value * sign)) : ''
    }
    set('right', isKnown ? six!.slice(0, 3) : undefined, 1)
    set('left', isKnown ? six!.slice(0, 3) : undefined, -1)
    set('bottom', isKnown ? six!.slice(3) : undefined, 1)
    set('top', isKnown ? six!.slice(3) : undefined, -1)
  }

  /** The image where all of it fits, pixels as wide as they are (Pixel Spacing, or Pixel Aspect Ratio). */
  function fitted(): { width: number; height: number; pixelPx: number } | undefined {
    if (!painted || !shown || !screen.clientWidth || !screen.clientHeight) return undefined
    const { columns, rows } = painted.frame
    const [vertical, horizontal] = aspectOf(valueOfRow)
    const [w, h] = [columns * horizontal, rows * vertical]
    const scale = Math.min(screen.clientWidth / w, screen.clientHeight / h)
    return { width: w * scale, height: h * scale, pixelPx: scale * horizontal }
  }

  function fitCanvas(): void {
    const image = fitted()
    if (!image) return
    const room = { width: screen.clientWidth, height: screen.clientHeight }
    zoom = kept(zoom, image, room, mostFactor(image.pixelPx))
    const { factor } = zoom
    const { x, y } = offsetOf(zoom, image)
    canvas.style.width = `${image.width * factor}px`
    canvas.style.height = `${image.height * factor}px`
    canvas.style.transform = factor > 1 ? `translate(${x}px, ${y}px)` : ''
    canvas.classList.toggle('coarse', image.pixelPx * factor >= COARSE_PX)
    const text = factor > 1 ? `${numberText(Number(factor.toPrecision(3)))} ×` : 'Whole'
    zoomWhole.textContent = text
    zoomWhole.setAttribute('aria-label', factor > 1 ? `Whole image; it is shown ${text}` : 'Whole image')
    zoomWhole.setAttribute('aria-pressed', String(factor === 1))
  }
  new ResizeObserver(fitCanvas).observe(screen)

  function setZoom(next: (zoom: Zoom, image: { width: number; height: number }) => Zoom): void {
    const image = fitted()
    if (!image) return
    zoom = next(zoom, image)
    fitCanvas()
    drawCursor()
  }

  /** As events count, from the middle of the screen. */
  function fromMiddle({ x, y }: { x: number; y: number }): { x: number; y: number } {
    const box = screen.getBoundingClientRect()
    return { x: x - box.left - box.width / 2, y: y - box.top - box.height / 2 }
  }

  const zoomBy = (times: number, at = { x: 0, y: 0 }) =>
    setZoom((now, image) => {
      const most = mostFactor(fitted()!.pixelPx)
      return scaledTo(now, Math.min(most, Math.max(1, now.factor * times)), at, image)
    })
  const showWhole = () => setZoom(() => WHOLE)
  const move = (right: number, down: number) => setZoom((now, image) => movedBy(now, right, down, image))

  /** What is under the mouse, which may rest while the image changes. */
  function drawCursor(): void {
    const corner = part('corner-bl')
    const box = canvas.getBoundingClientRect()
    if (!cursor || !painted || !box.width) return void (corner.textContent = '')
    const { frame, presentation } = painted
    const column = Math.floor(((cursor.x - box.left) / box.width) * frame.columns)
    const line = Math.floor(((cursor.y - box.top) / box.height) * frame.rows)
    corner.textContent =
      column < 0 || line < 0 || column >= frame.columns || line >= frame.rows
        ? ''
        : `${valueAt(frame, presentation, column, line)}\n${column}, ${line}${patientText(column, line)}`
  }

  function patientText(column: number, line: number): string {
    const { space } = shown!
    const { image } = rowOf()
    if (!space || image === undefined) return ''
    const mm = space.toPatient([column, line, image]).map(value => value.toFixed(1))
    return `  (${mm.join(', ')}) mm`
  }

  slider.addEventListener('input', () => go(Number(slider.value)))
  let wheel = 0
  screen.addEventListener(
    'wheel',
    event => {
      event.preventDefault()
      if (event.ctrlKey || event.metaKey) {
        const px = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? event.deltaY : Math.sign(event.deltaY) * WHEEL_STEP
        const few = Math.min(MOST_WHEEL_PX, Math.max(-MOST_WHEEL_PX, px))
        return zoomBy(Math.exp(-few * WHEEL_ZOOM), fromMiddle(event))
      }
      wheel += event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? event.deltaY : Math.sign(event.deltaY) * WHEEL_STEP
      const steps = Math.trunc(wheel / WHEEL_STEP)
      wheel -= steps * WHEEL_STEP
      if (steps) go(row + steps)
    },
    { passive: false },
  )
  /** What is pressed on the image, by pointerId: the mouse, or fingers. */
  const pressed = new Map<number, { x: number; y: number }>()
  /** One pointer changes the window or moves the image; of two fingers, one that is lifted leaves the other without effect. */
  let gesture: { kind: 'window'; x: number; y: number; voi: Voi; before?: Voi } | { kind: 'move' | 'none' } | undefined

  screen.addEventListener('pointerdown', event => {
    cursor = { x: event.clientX, y: event.clientY }
    drawCursor()
    if (event.button > 1) return
    pressed.set(event.pointerId, cursor)
    screen.setPointerCapture(event.pointerId)
    if (pressed.size > 1) {
      // The first of two fingers was not meant to change the window.
      if (gesture?.kind === 'window' && own !== gesture.before) {
        own = gesture.before
        drawPresets()
        repaint()
      }
      gesture = { kind: 'move' }
    } else if (event.button === 1 || event.shiftKey) gesture = { kind: 'move' }
    else if (painted?.voi) gesture = { kind: 'window', ...cursor, voi: painted.voi, before: own }
    screen.classList.toggle('moving', gesture?.kind === 'move')
  })
  // The middle button would begin to scroll the page, or paste.
  screen.addEventListener('mousedown', event => event.button === 1 && event.preventDefault())
  screen.addEventListener('auxclick', event => event.button === 1 && event.preventDefault())

  screen.addEventListener('pointermove', event => {
    const before = pressed.get(event.pointerId)
    cursor = { x: event.clientX, y: event.clientY }
    if (before) pressed.set(event.pointerId, cursor)
    if (before && gesture?.kind === 'move') dragImage(event.pointerId, before, cursor)
    else if (before && gesture?.kind === 'window') dragWindow(gesture, cursor)
    drawCursor()
  })

  function dragImage(id: number, before: { x: number; y: number }, now: { x: number; y: number }): void {
    const [other] = [...pressed].filter(([pointer]) => pointer !== id).map(([, place]) => place)
    if (!other) {
      move(now.x - before.x, now.y - before.y)
      return
    }
    // What is between the two fingers stays between them.
    const apart = (place: { x: number; y: number }) => Math.hypot(place.x - other.x, place.y - other.y)
    move((now.x - before.x) / 2, (now.y - before.y) / 2)
    if (apart(before) > 0 && apart(now) > 0)
      zoomBy(apart(now) / apart(before), fromMiddle({ x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 }))
  }

  function dragWindow({ x, y, voi }: { x: number; y: number; voi: Voi }, now: { x: number; y: number }): void {
    const from = isLut(voi) ? windowOfRange(voi.first, voi.first + voi.entries.length - 1) : voi
    const [across, down] = [now.x - x, now.y - y]
    if (Math.hypot(across, down) < 3) return
    const unit = Math.max(from.width, 1e-6) / 200
    const least = from.function === 'LINEAR' ? 1 : unit / 100
    setOwn(windowOf(from.center + down * unit, Math.max(least, from.width + across * unit), from.function))
  }

  for (const end of ['pointerup', 'pointercancel'] as const)
    screen.addEventListener(end, event => {
      if (!pressed.delete(event.pointerId)) return
      gesture = pressed.size ? { kind: 'none' } : undefined
      screen.classList.remove('moving')
    })
  screen.addEventListener('pointerleave', () => {
    cursor = undefined
    drawCursor()
  })
  screen.addEventListener('dblclick', () => {
    showWhole()
    choose(presets[0])
  })
  part('zoom-in').addEventListener('click', () => zoomBy(ZOOM_STEP))
  part('zoom-out').addEventListener('click', () => zoomBy(1 / ZOOM_STEP))
  zoomWhole.addEventListener('click', showWhole)
  invert.addEventListener('click', toggleInvert)
  for (const input of [center, width])
    input.addEventListener('input', () => {
      const [c, w] = [Number(center.value), Number(width.value)]
      if (center.value === '' || width.value === '' || !Number.isFinite(c) || !(w > 0)) return
      const before = painted?.voi
      const fn = before && !isLut(before) ? before.function : 'LINEAR'
      setOwn(windowOf(c, w, fn === 'LINEAR' && w < 1 ? 'LINEAR_EXACT' : fn))
    })

  function toggleInvert(): void {
    inverted = !inverted
    invert.setAttribute('aria-pressed', String(inverted))
    repaint()
  }

  const KEYS: Record<string, () => void> = {
    ArrowLeft: () => go(row - 1),
    ArrowUp: () => go(row - 1),
    ArrowRight: () => go(row + 1),
    ArrowDown: () => go(row + 1),
    PageUp: () => go(row - 10),
    PageDown: () => go(row + 10),
    Home: () => go(0),
    End: () => go(Number.MAX_SAFE_INTEGER),
    i: toggleInvert,
    r: () => choose(presets[0]),
    '+': () => zoomBy(ZOOM_STEP),
    // The same key without Shift.
    '=': () => zoomBy(ZOOM_STEP),
    '-': () => zoomBy(1 / ZOOM_STEP),
    '0': showWhole,
  }
  /** With Shift they move what is seen of the image, so that the image goes the other way. */
  const SHIFT_KEYS: Record<string, () => void> = {
    ArrowLeft: () => move(screen.clientWidth * MOVE_STEP, 0),
    ArrowRight: () => move(-screen.clientWidth * MOVE_STEP, 0),
    ArrowUp: () => move(0, screen.clientHeight * MOVE_STEP),
    ArrowDown: () => move(0, -screen.clientHeight * MOVE_STEP),
  }

  return {
    show,
    replace,
    go,
    get row() {
      return row
    },
    key(key, shift) {
      if (shift && Object.hasOwn(SHIFT_KEYS, key)) {
        SHIFT_KEYS[key]()
        return true
      }
      if (/^[1-9]$/.test(key)) {
        if (!painted?.voi) return false
        choose(presets[Number(key) - 1])
        return true
      }
      if (!Object.hasOwn(KEYS, key)) return false
      KEYS[key]()
      return true
    },
  }
}

const unitText = (units: string) => (units === 'US' ? '' : units)

/** What stands at a place, in modality units; colours as their samples. */
function valueAt(frame: Frame, presentation: Presentation, column: number, line: number): string {
  const { columns, samples, values, photometricInterpretation } = frame
  const at = (line * columns + column) * samples
  if (samples > 1) {
    const found = Array.from({ length: samples }, (_, k) => Number(values[at + k])).join(' ')
    return `${visible(photometricInterpretation)} ${found}`
  }
  const stored = Number(values[at])
  if (presentation.palette) return `index ${stored}`
  const { modality } = presentation
  const value = modalityFunction(modality)(stored)
  const text = `${numberText(value)} ${visible(unitText(modality.units))}`.trim()
  if (isPadding(stored, presentation)) return `${text}  padding`
  return value === stored ? text : `${text}  stored ${stored}`
}

function presetsOf({ meta }: Shown, frame: Frame, { vois, modality }: Presentation): Preset[] {
  const ofFile = vois.map((voi, k): Preset => {
    const named = visible(voi.explanation).slice(0, 24)
    return {
      name: named || (vois.length > 1 ? `File ${k + 1}` : 'File'),
      title: `${isLut(voi) ? 'VOI LUT' : 'Window'} of the file${named ? `: ${named}` : ''}`,
      voi: (_, presentation) => presentation.vois[k],
    }
  })
  const isCt = modality.units === 'HU' && meta.has('Modality') && meta.getStrings('Modality')[0]?.[0] === 'CT'
  const isOfFile = (name: string, window: { center: number; width: number }) =>
    vois.some(
      voi =>
        !isLut(voi) &&
        voi.explanation.toLowerCase() === name &&
        voi.center === window.center &&
        voi.width === window.width,
    )
  const ofCt = isCt
    ? Object.entries(CT_WINDOWS)
        .filter(([name, window]) => !isOfFile(name, window))
        .map(
          ([name, { center, width }]): Preset => ({
            name: name[0].toUpperCase() + name.slice(1),
            title: `Center ${center}, width ${width} HU`,
            voi: () => windowOf(center, width),
          }),
        )
    : []
  const full: Preset = {
    name: 'Full',
    title: 'From the least to the greatest value of the frame',
    voi: (one, presentation) => windowOfFrames([{ values: one.values, presentation }], [0, 100]),
  }
  const auto: Preset = {
    name: 'Auto',
    title: 'Between the percentiles 0.5 and 99.5 of the frame',
    voi: (one, presentation) => windowOfFrames([{ values: one.values, presentation }]),
  }
  // Frames of one bit, as segments have them, are all or nothing.
  const isBinary = frame.values.every(value => Number(value) === 0 || Number(value) === 1)
  return isBinary && !ofFile.length ? [full] : [...ofFile, ...ofCt, auto, full]
}

const SIDES = [
  ['L', 'R'],
  ['P', 'A'],
  ['H', 'F'],
] as const

function lettersOf(direction: readonly number[]): string {
  return direction
    .map((value, axis) => ({ size: Math.abs(value), letter: SIDES[axis][value > 0 ? 0 : 1] }))
    .filter(({ size }) => size > 0.3)
    .sort((a, b) => b.size - a.size)
    .map(({ letter }) => letter)
    .join('')
}

/** Height and width of a pixel, by whatever unit. */
function aspectOf(valueOfTag: (tag: string) => unknown): [vertical: number, horizontal: number] {
  for (const tag of ['PixelSpacing', 'PixelAspectRatio', 'ImagerPixelSpacing']) {
    const found = valueOfTag(tag)
    if (!Array.isArray(found) || found.length !== 2) continue
    const [vertical, horizontal] = (found as unknown[]).map(Number)
    const ratio = vertical / horizontal
    if (ratio > 0.05 && ratio < 20) return [ratio, 1]
  }
  return [1, 1]
}

/** What there is in the place of an image. */
function whyNoImage({ meta, rows }: Shown, row: number): string {
  const { slice } = rows[row]
  const modality = meta.element('Modality', slice)?.Value?.[0]
  const none = rows.every(({ image }) => image === undefined)
  return none
    ? `No pixels in this series${modality ? ` (${modality})` : ''}: all it has is under Fields and Slices.`
    : `Slice ${slice} has no pixels.`
}
