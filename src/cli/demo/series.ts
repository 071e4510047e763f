import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DicubeError } from '../../errors.ts'
import { type Element, type Item, latin1, type Value, writePart10 } from './part10.ts'
import { BODY_LENGTH_MM, createPhantom, FIELD_OF_VIEW_MM } from './phantom.ts'
import { mixSeeds, randomUid, seededRandom, sineOfTurns } from './random.ts'

export interface DemoOptions {
  slices?: number
  rows?: number
  columns?: number
  seed?: number
}
export interface DemoWriteOptions extends DemoOptions {
  onProgress?: (done: number, total: number) => void
  /** Writes over files that are there. */
  force?: boolean
  signal?: AbortSignal
}
export interface DemoSeries {
  sliceCount: number
  fileName(index: number): string
  /** The whole Part 10 file of one slice: the same bytes whenever and wherever it is asked for. */
  slice(index: number): Uint8Array
}

const CT_IMAGE_STORAGE = '1.2.840.10008.5.1.4.1.1.2'
const RESCALE_INTERCEPT = -1024
const MAX_STORED = 4095
const PRIVATE_CREATOR = 'DICUBE DEMO 1.0'

/** A CT-like series of a body that nobody has: shoulders to iliac wings, whatever the number of slices. */
export function demoSeries(options: DemoOptions = {}): DemoSeries {
  const { slices = 200, rows = 512, columns = 512, seed = 1 } = options
  for (const [name, value] of Object.entries({ slices, rows, columns })) {
    if (!Number.isInteger(value) || value < 1 || value > 65535)
      throw new DicubeError('usage', `demo: ${name} is ${value}, wanted a whole number from 1 to 65535`)
  }
  const phantom = createPhantom(seed, rows, columns)
  const series = createSeries(seed, slices, rows, columns)
  const digits = Math.max(4, String(slices).length)
  return {
    sliceCount: slices,
    fileName: index => `IM${String(index + 1).padStart(digits, '0')}.dcm`,
    slice(index) {
      if (!Number.isInteger(index) || index < 0 || index >= slices)
        throw new DicubeError('out-of-range', `demo: slice ${index} of ${slices}`)
      const zMm = slices > 1 ? (BODY_LENGTH_MM * index) / (slices - 1) : BODY_LENGTH_MM / 3
      const pixels = toStoredValues(phantom.plane(zMm, index))
      return writePart10({ elements: sliceElements(series, index, pixels) })
    },
  }
}

/** One file of the series that the same options give as a whole. */
export function demoSlice(index: number, options: DemoOptions = {}): Uint8Array {
  return demoSeries(options).slice(index)
}

/** Writes IM0001.dcm and so on, and makes the folder where there is none. */
export async function writeDemoSeries(
  dir: string,
  options: DemoWriteOptions = {},
): Promise<{ files: string[]; sizeBytes: number }> {
  const series = demoSeries(options)
  const files: string[] = []
  let sizeBytes = 0
  await mkdir(dir, { recursive: true })
  for (let index = 0; index < series.sliceCount; index++) {
    if (options.signal?.aborted) throw new DicubeError('aborted', `${dir}: stopped after ${index} demo slices`)
    const path = join(dir, series.fileName(index))
    const bytes = series.slice(index)
    await writeFile(path, bytes, { flag: options.force ? 'w' : 'wx' }).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'EEXIST') throw new DicubeError('exists', `${path} exists (--force writes over it)`, { cause })
      throw new DicubeError('io', `${path}: ${cause.message}`, { cause })
    })
    files.push(path)
    sizeBytes += bytes.byteLength
    options.onProgress?.(index + 1, series.sliceCount)
  }
  return { files, sizeBytes }
}

interface StoredPlane {
  values: Uint16Array
  smallest: number
  largest: number
}

function toStoredValues(hu: Int16Array): StoredPlane {
  const values = new Uint16Array(hu.length)
  let smallest = MAX_STORED
  let largest = 0
  for (let i = 0; i < hu.length; i++) {
    const value = Math.min(MAX_STORED, Math.max(0, hu[i] - RESCALE_INTERCEPT))
    if (value < smallest) smallest = value
    if (value > largest) largest = value
    values[i] = value
  }
  return { values, smallest, largest }
}

/** What all slices share, worked out once. */
interface Series {
  seed: number
  slices: number
  rows: number
  columns: number
  mmPerPixel: number
  spacingMm: number
  protocol: Uint8Array
  uid: Record<'study' | 'series' | 'frameOfReference' | 'referencedStudy' | 'scan', string>
}

function createSeries(seed: number, slices: number, rows: number, columns: number): Series {
  const uid = (kind: number) => randomUid(mixSeeds(seed, 10, kind))
  return {
    seed,
    slices,
    rows,
    columns,
    mmPerPixel: FIELD_OF_VIEW_MM / columns,
    spacingMm: Math.max(0.1, Math.round((10 * BODY_LENGTH_MM) / slices) / 10),
    protocol: protocolBlock(seed),
    uid: { study: uid(1), series: uid(2), frameOfReference: uid(3), referencedStudy: uid(4), scan: uid(5) },
  }
}

/** What a scanner hides in its private binaries: a magic word, names, settings in a row, a table of coefficients, zeros. */
function protocolBlock(seed: number): Uint8Array {
  const bytes = new Uint8Array(4096)
  const view = new DataView(bytes.buffer)
  const random = seededRandom(mixSeeds(seed, 11))
  bytes.set(latin1('DDP1CHEST ABDOMEN DEMO\0\0HELICAL\0'), 0)
  for (let i = 0; i < 240; i++) view.setFloat32(64 + 4 * i, Math.round(100000 * random()) / 100, true)
  for (let i = 0; i < 640; i++) {
    view.setInt16(1024 + 2 * i, Math.round(9000 * sineOfTurns(i / 640) + 40 * random()), true)
  }
  for (let i = 0; i < 96; i++) {
    bytes.set(latin1(`CH${String(i).padStart(3, '0')}=`), 2304 + 12 * i)
    view.setUint32(2304 + 12 * i + 8, Math.floor(random() * 65536), true)
  }
  return bytes
}

/** What a detector reports with each slice: the same calibration curve, and eight reference channels that are measured. */
function detectorReadings(seed: number, index: number, tubeCurrent: number): Uint8Array {
  const bytes = new Uint8Array(200)
  const view = new DataView(bytes.buffer)
  const random = seededRandom(mixSeeds(seed, 12, index))
  view.setUint32(0, index + 1, true)
  view.setFloat32(4, tubeCurrent, true)
  for (let channel = 0; channel < 96; channel++) {
    const curve = 12000 + 5000 * sineOfTurns(channel / 192)
    const measured = channel % 12 === 0 ? 6 * tubeCurrent + 24 * random() : 0
    view.setUint16(8 + 2 * channel, Math.round(curve + measured), true)
  }
  return bytes
}

/** hhmmss.ffffff, so many ms after midnight (PS3.5 §6.2). */
function timeOf(ms: number): string {
  const two = (value: number) => String(Math.floor(value) % 60).padStart(2, '0')
  const hours = String(Math.floor(ms / 3600000) % 24).padStart(2, '0')
  return `${hours}${two(ms / 60000)}${two(ms / 1000)}.${String(Math.floor(ms * 1000) % 1000000).padStart(6, '0')}`
}

const code = (value: string, scheme: string, meaning: string): Item => [
  ['00080100', 'SH', value],
  ['00080102', 'SH', scheme],
  ['00080104', 'LO', meaning],
]

const STUDY_START_MS = (10 * 60 + 12) * 60000 + 4117

function sliceElements(series: Series, index: number, pixels: StoredPlane): Element[] {
  const { seed, slices, rows, columns, mmPerPixel, spacingMm, uid } = series
  const random = seededRandom(mixSeeds(seed, 13, index))
  const along = slices > 1 ? index / (slices - 1) : 0.5
  // The tube is turned up where the body is thick, and the wheel adds its own.
  const tubeCurrent = Math.round(260 + 70 * sineOfTurns(along * 0.9 + 0.1) + 25 * sineOfTurns(index / 7) + 8 * random())
  const exposure = Math.round(tubeCurrent * 0.5)
  const acquiredMs = STUDY_START_MS + 41250 + index * 47.5 + Math.floor(3 * random())
  const contentMs = acquiredMs + 18400 + Math.floor(2000 * random())
  const z = 212.5 - index * spacingMm
  const x = (mmPerPixel - columns * mmPerPixel) / 2
  const y = (mmPerPixel - rows * mmPerPixel) / 2 - 12.5
  const sopInstanceUid = randomUid(mixSeeds(seed, 14, index))
  const detector = detectorReadings(seed, index, tubeCurrent)
  return [
    ['00080005', 'CS', 'ISO_IR 100'],
    ['00080008', 'CS', ['ORIGINAL', 'PRIMARY', 'AXIAL']],
    ['00080012', 'DA', '20240115'],
    ['00080013', 'TM', timeOf(contentMs + 310)],
    ['00080014', 'UI', '2.25.143307158210364917550122430189447920216'],
    ['00080016', 'UI', CT_IMAGE_STORAGE],
    ['00080018', 'UI', sopInstanceUid],
    ['00080020', 'DA', '20240115'],
    ['00080021', 'DA', '20240115'],
    ['00080022', 'DA', '20240115'],
    ['00080023', 'DA', '20240115'],
    ['00080030', 'TM', timeOf(STUDY_START_MS)],
    ['00080031', 'TM', timeOf(STUDY_START_MS + 40100)],
    ['00080032', 'TM', timeOf(acquiredMs)],
    ['00080033', 'TM', timeOf(contentMs)],
    ['00080050', 'SH', 'DEMO000001'],
    ['00080060', 'CS', 'CT'],
    ['00080070', 'LO', 'Dicube Demo'],
    ['00080080', 'LO', 'Demo-Klinik Zürich'],
    ['00080081', 'ST', 'Beispielstraße 1, 8000 Zürich'],
    ['00080090', 'PN', 'Müller^Zoë^^Dr.'],
    ['00081010', 'SH', 'DEMOCT01'],
    ['00081030', 'LO', 'CT Chest and Abdomen (demo)'],
    ['00081032', 'SQ', [code('DEMO-CTCA', '99DICUBE', 'CT chest and abdomen with contrast')]],
    ['0008103E', 'LO', 'Thorax/Abdomen 2.0 Br40 (generated)'],
    ['00081040', 'LO', 'Radiologie'],
    ['00081050', 'PN', 'Demo^Räd^^Dr.'],
    ['00081070', 'PN', 'Demo^Operator'],
    ['00081090', 'LO', 'Phantom 200'],
    ['00081110', 'SQ', [reference('1.2.840.10008.3.1.2.3.1', uid.referencedStudy)]],
    ['00082111', 'ST', 'Generated: a phantom with the noise and the blur of a scanner'],
    ['00082112', 'SQ', [sourceImage(series, index)]],
    ['00089215', 'SQ', [code('113087', 'DCM', 'Smoothing')]],
    ['00100010', 'PN', 'Demo^Phantom'],
    ['00100020', 'LO', 'DEMO-0001'],
    ['00100030', 'DA', '19700101'],
    ['00100040', 'CS', 'O'],
    ['00101010', 'AS', '054Y'],
    ['00101020', 'DS', '1.78'],
    ['00101030', 'DS', '79.5'],
    ['00102180', 'SH', 'Phantom'],
    ['00104000', 'LT', 'No patient: every pixel and every value of this series was computed by dicube demo.'],
    ['00180010', 'LO', 'Iodine (demo)'],
    ['00180015', 'CS', 'CHEST'],
    ['00180022', 'CS', 'HELIX'],
    ['00180050', 'DS', spacingMm.toFixed(1)],
    ['00180060', 'DS', '120'],
    ['00180090', 'DS', '500'],
    ['00181000', 'LO', 'DEMO-SN-0001'],
    ['00181020', 'LO', ['DICUBE DEMO 1.0', 'RECON 4.2.1']],
    ['00181030', 'LO', 'Chest Abdomen Routine (Demo)'],
    ['00181040', 'LO', 'IV'],
    ['00181100', 'DS', FIELD_OF_VIEW_MM.toFixed(1)],
    ['00181110', 'DS', '1085.6'],
    ['00181111', 'DS', '595'],
    ['00181120', 'DS', '0'],
    ['00181130', 'DS', '151.5'],
    ['00181140', 'CS', 'CW'],
    ['00181150', 'IS', '500'],
    ['00181151', 'IS', String(tubeCurrent)],
    ['00181152', 'IS', String(exposure)],
    ['00181160', 'SH', 'BODY'],
    ['00181170', 'IS', '38'],
    ['00181190', 'DS', ['0.9', '0.7']],
    ['00181210', 'SH', 'Br40d'],
    ['00185100', 'CS', 'HFS'],
    ['00189305', 'FD', 0.5],
    ['00189306', 'FD', 0.6],
    ['00189307', 'FD', 38.4],
    ['00189309', 'FD', 46.08],
    ['00189310', 'FD', 23.04],
    ['00189311', 'FD', 0.6],
    ['00189323', 'CS', 'XYZ_EC'],
    ['00189345', 'FD', Math.round(tubeCurrent * 3.4) / 100],
    ['00189346', 'SQ', [code('113691', 'DCM', 'IEC Body Dosimetry Phantom')]],
    ...acquisitionGroup(series, index, tubeCurrent, random),
    ['0020000D', 'UI', uid.study],
    ['0020000E', 'UI', uid.series],
    ['00200010', 'SH', 'DEMO1'],
    ['00200011', 'IS', '3'],
    ['00200012', 'IS', '2'],
    ['00200013', 'IS', String(index + 1)],
    ['00200032', 'DS', [x.toFixed(6), y.toFixed(6), z.toFixed(1)]],
    ['00200037', 'DS', ['1', '0', '0', '0', '1', '0']],
    ['00200052', 'UI', uid.frameOfReference],
    ['00201040', 'LO', ''],
    ['00201041', 'DS', z.toFixed(1)],
    ['00204000', 'LT', ''],
    ['00280002', 'US', 1],
    ['00280004', 'CS', 'MONOCHROME2'],
    ['00280010', 'US', rows],
    ['00280011', 'US', columns],
    ['00280030', 'DS', [String(mmPerPixel), String(mmPerPixel)].map(text => text.slice(0, 16))],
    ['00280100', 'US', 16],
    ['00280101', 'US', 12],
    ['00280102', 'US', 11],
    ['00280103', 'US', 0],
    ['00280106', 'US', pixels.smallest],
    ['00280107', 'US', pixels.largest],
    ['00281050', 'DS', ['40', '-600']],
    ['00281051', 'DS', ['400', '1500']],
    ['00281052', 'DS', String(RESCALE_INTERCEPT)],
    ['00281053', 'DS', '1'],
    ['00281054', 'LO', 'HU'],
    ['00281055', 'LO', ['SOFT TISSUE', 'LUNG']],
    ...protocolGroup(series, index, detector),
    ['00400244', 'DA', '20240115'],
    ['00400245', 'TM', timeOf(STUDY_START_MS)],
    ['00400253', 'SH', 'DEMOPPS1'],
    ['00400254', 'LO', 'CT Chest and Abdomen (demo)'],
    ['00400260', 'SQ', [code('DEMO-CTCA', '99DICUBE', 'CT chest and abdomen with contrast')]],
    ['00400275', 'SQ', [requestAttributes()]],
    ['7FE00010', 'OW', pixels.values],
  ]
}

const reference = (sopClassUid: string, sopInstanceUid: string): Item => [
  ['00081150', 'UI', sopClassUid],
  ['00081155', 'UI', sopInstanceUid],
]

/** The slice it was computed from: such UIDs often count on, where those of the slices themselves are all random. */
const sourceImage = ({ seed }: Series, index: number): Item => [
  ...reference(CT_IMAGE_STORAGE, randomUid(mixSeeds(seed, 15), index)),
  ['0040A170', 'SQ', [code('121322', 'DCM', 'Source image for image processing operation')]],
]

const requestAttributes = (): Item => [
  ['00321060', 'LO', 'CT Chest and Abdomen (demo)'],
  ['00400007', 'LO', 'CT Thorax/Abdomen, Gerät 1'],
  ['00400008', 'SQ', [code('DEMO-CTCA', '99DICUBE', 'CT chest and abdomen with contrast')]],
  ['00400009', 'SH', 'DEMOSPS1'],
  ['00401001', 'SH', 'DEMORP1'],
]

/** (0019,xx): numbers and text that a scanner keeps about the acquisition. */
function acquisitionGroup(series: Series, index: number, tubeCurrent: number, random: () => number): Element[] {
  const anglesDegrees = Math.round(36000 * random()) / 100
  const tag = (element: number) => `001910${element.toString(16).toUpperCase().padStart(2, '0')}`
  const values: readonly (readonly [vr: string, value: Value])[] = [
    ['LO', 'DEMO SCANNER GENERATION 3'],
    ['IS', String(index * 960 + 17)],
    ['DS', anglesDegrees.toFixed(2)],
    ['FD', 0.35 + index * 0.0475],
    ['FD', [0.6, 0.6, series.spacingMm]],
    ['DS', ['1.0000', '0.9981', '0.9962', '0.9944']],
    ['CS', 'STANDARD'],
    ['SH', 'LARGE BODY'],
    ['US', 984],
    ['US', [64, 128, 192, 256]],
    ['SS', Math.round(40 * sineOfTurns(index / 25))],
    ['SL', -index * 2000],
    ['UL', 1_000_000 + index * 984],
    ['FL', 36.5],
    ['FL', [0.015625, 0.03125, 0.0625, 0.125, 0.25]],
    ['IS', ['2', '64', '1']],
    ['DS', (tubeCurrent * 0.0123).toFixed(4)],
    ['LO', 'CARE: ON, MODULATION XYZ, REFERENCE 210 mAs'],
    ['DA', '20240114'],
    ['TM', '063000'],
    ['ST', 'Air calibration of the morning, passed; tube warm-up passed; 214 scans since'],
    ['UI', series.uid.scan],
  ]
  return [['00190010', 'LO', PRIVATE_CREATOR], ...values.map(([vr, value], row): Element => [tag(row + 1), vr, value])]
}

/** (0029,xx): binaries, and a sequence two levels deep with a value of its own in each slice. */
function protocolGroup(series: Series, index: number, detector: Uint8Array): Element[] {
  const inner: Item[] = [0, 1].map(side => [
    ['00290010', 'LO', PRIVATE_CREATOR],
    ['00291031', 'DS', (0.12 * sineOfTurns(index / 90 + side / 4)).toFixed(5)],
    ['00291032', 'CS', side ? 'RIGHT' : 'LEFT'],
  ])
  const outer: Item = [
    ['00290010', 'LO', PRIVATE_CREATOR],
    ['00291021', 'LO', 'TABLE CORRECTION'],
    ['00291022', 'FD', [Math.round(-1e6 * series.spacingMm * index) / 1e6, 0.001]],
    ['00291023', 'SQ', inner],
  ]
  return [
    ['00290010', 'LO', PRIVATE_CREATOR],
    ['00291001', 'LO', 'PROTOCOL 1.4'],
    ['00291002', 'OB', series.protocol],
    ['00291003', 'OB', detector],
    ['00291004', 'UL', [detector.byteLength, series.protocol.byteLength]],
    ['00291005', 'CS', ['HELIX', 'ECD', 'BODY']],
    ['00291006', 'LT', RECONSTRUCTION_TEXT],
    ['00291007', 'DS', ['-1024', '3071']],
    ['00291008', 'SH', `R${String(index + 1).padStart(6, '0')}`],
    ['00291009', 'US', index % 2],
    ['0029100A', 'FD', Array.from({ length: 9 }, (_, i) => (i % 4 ? 0 : 1))],
    ['0029100B', 'UN', Uint8Array.of(1, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 5, 0, 0, 0, 8)],
    ['0029100C', 'IS', ['0', '0', '511', '511']],
    ['0029100D', 'UT', RECONSTRUCTION_TEXT.split('\r\n').slice(0, 4).join('; ')],
    ['0029100E', 'UT', PLAN_TEXT],
    ['00291020', 'SQ', [outer]],
  ]
}

const RECONSTRUCTION_TEXT = [
  'ReconMode = ITERATIVE',
  'Kernel = Br40d',
  'Strength = 3',
  'Matrix = 512',
  'Beam hardening = BODY, water 1.92, bone 1.0',
  'Ring filter = 4',
  'Metal = OFF',
  'Extended field of view = OFF',
  'Temporal resolution = 250 ms',
  'Table: carbon, 2 m, sag correction 0.35 mm at the far end',
].join('\r\n')

/** Scanners like to keep a whole document in one element. */
const PLAN_TEXT = [
  '<?xml version="1.0" encoding="ISO-8859-1"?>',
  '<Plan name="Chest Abdomen Routine (Demo)" version="4">',
  ...['Topogram', 'Premonitoring', 'Monitoring', 'ThoraxAbdomen'].map(
    (name, scan) =>
      `  <Scan index="${scan + 1}" name="${name}"><Range begin="${212.5 - 10 * scan}" end="${scan < 3 ? 150.5 : -187.5}"/>` +
      `<Tube kV="${scan ? 120 : 100}" mAs="${scan < 3 ? 20 : 210}"/><Delay s="${[0, 5, 10, 35][scan]}"/></Scan>`,
  ),
  '  <Recon scan="4" kernel="Br40d" slice="2.0" increment="2.0" fov="420" window="SOFT TISSUE"/>',
  '  <Recon scan="4" kernel="Bl57d" slice="1.0" increment="0.7" fov="380" window="LUNG"/>',
  '</Plan>',
].join('\n')
