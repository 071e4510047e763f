import { CHECKS, type DicomMeta, SEVERITIES, type SeriesCheck, type SeriesVolume } from 'dicube'
import { el, part } from './dom.ts'
import { type Cost, firstText, isMultiFrame, type Shown, type Sizes } from './series.ts'
import {
  bytesText,
  grouped,
  momentText,
  nameOf,
  numberText,
  plural,
  rangesText,
  ratioText,
  spaced,
  visible,
} from './text.ts'

const MOST_LISTED = 200

/** The series at a glance: whose and what it is, what it takes, what was found. */
export function showOverview(shown: Shown, onRow: (row: number) => void, onTab: (tab: string) => void): void {
  part('overview').replaceChildren(
    factsOf(shown),
    ...sizesOf(shown.sizes),
    summaryOf(shown, onTab),
    ...volumesOf(shown, onRow),
    ...notesOf(shown.sizes),
    ...leftOf(shown),
  )
}

/** What the check found alone: it comes when the rest is there, or before it. */
export function showFound(shown: Shown, onRow: (row: number) => void, onTab: (tab: string) => void): void {
  const summary = document.querySelector('#overview > .summary')
  if (!summary) return
  document.querySelector('#overview > .facts')?.replaceWith(factsOf(shown))
  document.querySelector('#overview > .volumes-card')?.remove()
  summary.replaceWith(summaryOf(shown, onTab), ...volumesOf(shown, onRow))
}

/** What the server was asked for, which goes on while images are looked at. */
export function showCost({ cost }: Shown): void {
  const element = document.getElementById('cost')
  if (element && cost) element.textContent = costText(cost)
}

const costText = ({ opening, all, sizeBytes }: Cost) => {
  const text = (requests: number, bytes: number) => `${plural(requests, 'request')}, ${bytesText(bytes)}`
  const requests = all.requests - opening.requests
  const since = requests ? `; since then ${text(requests, all.bytes - opening.bytes)}` : ''
  return `opened with ${text(opening.requests, opening.bytes)} of ${bytesText(sizeBytes)}${since}`
}

/** The sizes alone: they are known exactly once the series is packed. */
export function showSizes(sizes: Sizes): void {
  const old = document.querySelectorAll('#overview > .sizes')
  const [made] = sizesOf(sizes)
  if (old.length && made) old[0].replaceWith(made)
}

function factsOf(shown: Shown): HTMLElement {
  const { meta, image, rows, space } = shown
  const text = (tag: string) => visible(firstText(meta, tag))
  const moment = (tag: string) => visible(momentText(firstText(meta, tag)))
  const join = (...parts: string[]) => parts.filter(Boolean).join(' · ')
  const name = visible(nameText(meta))
  const { shape } = image.describe(0)
  const facts: [string, string][] = [
    ['Patient', join(name, text('PatientID'), text('PatientSex'), text('PatientAge'), moment('PatientBirthDate'))],
    ['Study', join(text('StudyDescription'), moment('StudyDate'), moment('StudyTime'), text('AccessionNumber'))],
    [
      'Series',
      join(
        text('Modality'),
        text('SeriesDescription'),
        text('SeriesNumber') && `number ${text('SeriesNumber')}`,
        text('BodyPartExamined'),
        text('ProtocolName') === text('SeriesDescription') ? '' : text('ProtocolName'),
      ),
    ],
    [
      'Scanner',
      join(text('Manufacturer'), text('ManufacturerModelName'), text('StationName'), text('InstitutionName')),
    ],
    [
      'Images',
      join(
        image.frameCount
          ? `${meta.has('Columns') ? `${text('Columns').split('\\')[0]} × ${text('Rows').split('\\')[0]}, ` : ''}${plural(image.frameCount, 'frame')}`
          : 'no pixels',
        meta.sliceCount === rows.length ? '' : plural(meta.sliceCount, 'file'),
        shape ? `${shape.bitsStored} bit${shape.signed ? ' signed' : ''}` : '',
        text('PhotometricInterpretation'),
      ),
    ],
    space
      ? ['Voxel', `${space.spacing.map(mm => numberText(Number(mm.toFixed(4)))).join(' × ')} mm`]
      : ['Pixel', pixelText(text('PixelSpacing'))],
    ['Volumes', volumesText(shown)],
  ]
  return el(
    'dl',
    { class: 'facts' },
    ...facts
      .filter(([, value]) => value)
      .flatMap(([term, value]) => [el('dt', { text: term }), el('dd', { text: value })]),
    ...(shown.cost ? [el('dt', { text: 'Network' }), el('dd', { id: 'cost', text: costText(shown.cost) })] : []),
  )
}

function nameText(meta: DicomMeta): string {
  const value: unknown = meta.has('PatientName') ? meta.getValues('PatientName').find(Boolean) : undefined
  if (!value || typeof value !== 'object') return firstText(meta, 'PatientName')
  return Object.values(value as Record<string, string>)
    .filter(group => typeof group === 'string' && group)
    .map(group => group.replace(/\^+$/, '').replace('^', ', ').replaceAll('^', ' '))
    .join(' = ')
}

/** Pixel Spacing says the distance of rows first; people say width first. */
function pixelText(spacing: string): string {
  const parts = spacing.split('\\')
  return parts.length === 2 ? `${parts.reverse().join(' × ')} mm` : ''
}

function volumesText(shown: Shown): string {
  const volumes = shown.check?.volumes
  if (!volumes?.length || shown.rows.length === 1) return ''
  const noun = isMultiFrame(shown) ? 'frame' : 'slice'
  const counts = [...new Set(volumes.map(({ frames }) => frames.length))]
  const slices =
    counts.length === 1 ? plural(counts[0], noun) : `${Math.min(...counts)} to ${Math.max(...counts)} ${noun}s`
  return volumes.length === 1 ? `one of ${slices}` : `${grouped(volumes.length)} of ${slices}`
}

interface Piece {
  name: string
  bytes: number
  kind: 'headers' | 'pixels' | 'rest'
}

function sizesOf({ files, cube }: Sizes): HTMLElement[] {
  const headers = cube?.headerBytes ?? files?.headerBytes
  const pixels = cube?.pixelBytes ?? files?.pixelBytes
  const before: Piece[] | undefined =
    headers === undefined || headers === null || pixels === undefined || pixels === null
      ? undefined
      : [
          { name: 'headers', bytes: headers, kind: 'headers' },
          { name: 'pixels', bytes: pixels, kind: 'pixels' },
        ]
  const after: Piece[] | undefined = cube && [
    { name: 'metadata', bytes: cube.metadataBytes, kind: 'headers' },
    { name: 'pixels', bytes: cube.frameBytes, kind: 'pixels' },
    { name: 'v1 view, digests, names', bytes: cube.v1ViewBytes + cube.digestBytes + cube.nameBytes, kind: 'rest' },
  ]
  if (!before && !after) return []
  const sum = (pieces: readonly Piece[] | undefined) => (pieces ?? []).reduce((total, { bytes }) => total + bytes, 0)
  const most = Math.max(sum(before), sum(after), 1)
  const bar = (title: string, pieces: readonly Piece[] | undefined, waiting: string) => {
    const line = el('div', { class: 'size-row' }, el('span', { class: 'size-name', text: title }))
    if (!pieces) {
      line.append(el('span', { class: 'quiet', text: waiting }))
      return line
    }
    const track = el('span', { class: 'size-track', attributes: { 'aria-hidden': 'true' } })
    for (const { bytes, kind } of pieces) {
      const piece = el('span', { class: `size-piece ${kind}` })
      piece.style.flexBasis = `${(bytes / most) * 100}%`
      if (bytes) track.append(piece)
    }
    line.append(el('span', { class: 'size-total', text: bytesText(sum(pieces)) }), track)
    line.append(
      el(
        'ul',
        { class: 'legend' },
        ...pieces
          .filter(({ bytes }) => bytes)
          .map(({ name, bytes, kind }) => el('li', { class: kind, text: `${name} ${bytesText(bytes)}` })),
      ),
    )
    return line
  }
  const section = el('section', { class: 'sizes card' }, el('h2', { text: 'Size' }))
  section.append(
    bar('DICOM files', before, 'not kept: the cube was made from a file of the Python package'),
    bar('Cube', after, 'not packed yet'),
  )
  if (headers && cube && before) {
    const gains = [
      `Headers ${gainText(headers, cube.metadataBytes)}`,
      pixels ? `pixels ${gainText(pixels, cube.frameBytes)}` : '',
      `together ${gainText(sum(before), sum(after))}`,
    ].filter(Boolean)
    section.append(
      el('p', { class: 'gain', text: `${gains.join(', ')}. ${restoreText(cube.restorable, cube.sliceCount)}` }),
    )
  }
  return [section]
}

const gainText = (before: number, after: number) =>
  before >= after ? `${ratioText(before, after)} smaller` : `${ratioText(after, before)} larger`

const restoreText = (restorable: boolean, slices: number) =>
  restorable
    ? `${plural(slices, 'original file')} can be given back bit for bit.`
    : 'Not every original file can be given back.'

/** In the place of a check: it goes on, or there will be none. */
const waitingOf = ({ notChecked }: Shown): HTMLElement =>
  notChecked === undefined
    ? el('p', { class: 'quiet', text: 'Checking …', attributes: { 'aria-busy': 'true' } })
    : el('p', { class: 'message', text: visible(`Not checked: ${notChecked}`) })

function summaryOf(shown: Shown, onTab: (tab: string) => void): HTMLElement {
  const { check, meta } = shown
  const section = el('section', { class: 'summary card' }, el('h2', { text: 'Check' }))
  if (!check) {
    section.append(waitingOf(shown))
    return section
  }
  const { findings } = check
  if (!findings.length)
    section.append(el('p', { class: 'fine', text: `Nothing found in ${plural(meta.sliceCount, 'slice')}.` }))
  else {
    section.append(
      el(
        'ul',
        { class: 'findings short' },
        ...findings
          .slice(0, 4)
          .map(({ severity, message }) =>
            el(
              'li',
              {},
              el('span', { class: `severity ${severity}`, text: severity }),
              el('span', { text: visible(message) }),
            ),
          ),
      ),
    )
    const all = el('button', {
      class: 'link',
      text: findings.length > 4 ? `All ${findings.length} findings` : 'Slices and rules',
      attributes: { type: 'button' },
    })
    all.addEventListener('click', () => onTab('check'))
    section.append(all)
  }
  return section
}

function volumesOf(shown: Shown, onRow: (row: number) => void): HTMLElement[] {
  const volumes = shown.check?.volumes ?? []
  if (volumes.length < 2) return []
  const lines = volumes.slice(0, MOST_LISTED).map(volume => {
    const button = el('button', {
      class: 'link',
      text: plural(volume.frames.length, isMultiFrame(shown) ? 'frame' : 'slice'),
    })
    button.type = 'button'
    const [first] = volume.frames
    button.addEventListener('click', () => onRow(shown.rows.findIndex(({ image }) => image === first)))
    return el('li', {}, button, el('span', { text: apartText(volume) }))
  })
  const details = el(
    'details',
    { class: 'volumes-card card' },
    el('summary', {}, el('h2', { text: `${grouped(volumes.length)} volumes` })),
    el('ul', { class: 'volumes' }, ...lines),
  )
  if (volumes.length <= 6) details.open = true
  return [details]
}

const apartText = ({ attributes }: SeriesVolume) =>
  visible(
    Object.entries(attributes)
      .map(([name, value]) => `${/^[\dA-F]{8}$/.test(name) ? nameOf(name) : spaced(name)} ${valuesText(value)}`)
      .join(', '),
  )

const valuesText = (value: unknown): string =>
  Array.isArray(value)
    ? value.map(valuesText).join(' \\ ')
    : typeof value === 'number'
      ? numberText(value)
      : String(value)

/** Of a file of the Python package, which keeps less than it was given. */
function notesOf({ cube }: Sizes): HTMLElement[] {
  if (cube?.format !== 'v1') return []
  const notes = [...new Set(cube.notes.map(({ message }) => message))]
  const details = el(
    'details',
    { class: 'card' },
    el('summary', {}, el('h2', { text: 'Made by the Python package: what cannot be trusted' })),
    el(
      'ul',
      { class: 'notes' },
      el('li', {
        text: 'Not kept: the original files, their names, their transfer syntax, and how numbers were written.',
      }),
      ...notes.slice(0, MOST_LISTED).map(message => el('li', { text: visible(message) })),
      ...(notes.length > MOST_LISTED ? [el('li', { text: `and ${grouped(notes.length - MOST_LISTED)} more` })] : []),
    ),
  )
  details.open = true
  return [details]
}

function leftOf({ left: { skipped, refused } }: Shown): HTMLElement[] {
  const list = (title: string, entries: typeof skipped, open: boolean) => {
    if (!entries.length) return []
    const details = el(
      'details',
      { class: 'card' },
      el('summary', {}, el('h2', { text: title })),
      el(
        'ul',
        { class: 'left-out' },
        ...entries
          .slice(0, MOST_LISTED)
          .map(({ name, reason }) =>
            el('li', {}, el('span', { class: 'file', text: visible(name) }), el('span', { text: visible(reason) })),
          ),
        ...(entries.length > MOST_LISTED
          ? [el('li', { text: `and ${grouped(entries.length - MOST_LISTED)} more` })]
          : []),
      ),
    )
    details.open = open
    return [details]
  }
  return [
    ...list(`${plural(refused.length, 'file')} that cannot be read`, refused, true),
    ...list(`${plural(skipped.length, 'file')} left out, not DICOM instances`, skipped, false),
  ]
}

/** All findings with their slices and the rule, and what the geometry is. */
export function showCheck(shown: Shown, onRow: (row: number) => void): void {
  const { check, meta } = shown
  const page = part('check')
  const badge = part('check-count')
  if (!check) {
    badge.textContent = ''
    page.replaceChildren(waitingOf(shown))
    return
  }
  const { findings } = check
  badge.textContent = findings.length ? String(findings.length) : '✓'
  badge.className = `count ${findings[0]?.severity ?? 'fine'}`
  badge.title = findings.length ? countText(check) : 'nothing found'
  const list = findings.map(({ code, severity, message, slices }) => {
    const chosen = slices.length === meta.sliceCount && slices.length > 1 ? 'all slices' : `slice ${rangesText(slices)}`
    const jump = el('button', { class: 'link', text: chosen, attributes: { type: 'button' } })
    jump.addEventListener('click', () => onRow(shown.rows.findIndex(({ slice }) => slice === slices[0])))
    return el(
      'li',
      {},
      el('span', { class: `severity ${severity}`, text: severity }),
      el(
        'div',
        {},
        el('p', { class: 'message', text: visible(message) }),
        el('p', { class: 'quiet' }, code, ' · ', CHECKS[code].section, ...(slices.length ? [' · ', jump] : [])),
      ),
    )
  })
  // Without positions there is no geometry to speak of.
  const geometry = Object.entries(check.geometry.orthogonal_orientation === null ? {} : check.geometry)
    .filter(([, value]) => value !== null)
    .flatMap(([name, value]) => [
      el('dt', { text: name.replaceAll('_', ' ') }),
      el('dd', {
        class: value === true ? 'yes' : 'no',
        text: typeof value === 'boolean' ? (value ? 'yes' : 'no') : visible(valuesText(value)),
      }),
    ])
  page.replaceChildren(
    findings.length
      ? el('ul', { class: 'findings' }, ...list)
      : el('p', { class: 'fine', text: `Nothing found in ${plural(meta.sliceCount, 'slice')}.` }),
    ...(geometry.length
      ? [
          el(
            'section',
            { class: 'card' },
            el('h2', { text: 'Geometry of all slices together' }),
            el('dl', { class: 'facts wide' }, ...geometry),
          ),
        ]
      : []),
  )
}

const countText = (check: SeriesCheck) =>
  SEVERITIES.map(severity => {
    const count = check.findings.filter(finding => finding.severity === severity).length
    return count ? plural(count, severity) : ''
  })
    .filter(Boolean)
    .join(', ')
