// One encapsulated multi-frame file of any size through pack, frame, unpack and verify:
//   npm run test:large -- [GIGABYTES, default 0.4]
// It takes three times that in the temporary folder, while it runs. 4.4 is beyond 4 GiB.
import { createHash } from 'node:crypto'
import { closeSync, createReadStream, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { dicube, emptyProcess, figure, inFolder, MIB, node, same, verdict } from './measure.mjs'

const SIDE = 1024
const SAMPLES = SIDE * SIDE
const BORDER = 2 ** 32

/** Noise that depends on nothing but the number of the frame. */
function samplesOf(frame) {
  const words = new Int32Array(SAMPLES / 2)
  let x = (Math.imul(frame + 1, 0x9e3779b1) | 1) >>> 0
  for (let i = 0; i < words.length; i++) {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    words[i] = x
  }
  return new Uint16Array(words.buffer)
}

const RUN = 128
const SEGMENT_BYTES = (SAMPLES / RUN) * (RUN + 1)
const FRAME_BYTES = 64 + 2 * SEGMENT_BYTES

/** RLE Lossless (PS3.5 Annex G) of two segments, high bytes first, each of literal runs only. */
function rleOf(samples) {
  const bytes = Buffer.alloc(FRAME_BYTES)
  bytes.writeUInt32LE(2, 0)
  bytes.writeUInt32LE(64, 4)
  bytes.writeUInt32LE(64 + SEGMENT_BYTES, 8)
  let at = 64
  for (const shift of [8, 0])
    for (let i = 0; i < SAMPLES; i += RUN) {
      bytes[at++] = RUN - 1
      for (let k = i; k < i + RUN; k++) bytes[at++] = (samples[k] >> shift) & 255
    }
  return bytes
}

function element(group, number, vr, value) {
  const padded = value.length % 2 ? Buffer.concat([value, Buffer.from(vr === 'UI' ? '\0' : ' ')]) : value
  const head = Buffer.alloc(8)
  head.writeUInt16LE(group, 0)
  head.writeUInt16LE(number, 2)
  head.write(vr, 4)
  head.writeUInt16LE(padded.length, 6)
  return Buffer.concat([head, padded])
}

function uint(bytes, value) {
  const out = Buffer.alloc(bytes)
  out.writeUIntLE(value, 0, bytes)
  return out
}

function item(number, length) {
  const head = Buffer.alloc(8)
  head.writeUInt16LE(0xfffe, 0)
  head.writeUInt16LE(number, 2)
  head.writeUInt32LE(length, 4)
  return head
}

/** Writes the file frame by frame; returns its size and SHA-256. */
function writeFile(path, frames) {
  const text = value => Buffer.from(value)
  const us = value => uint(2, value)
  const syntax = element(2, 0x10, 'UI', text('1.2.840.10008.1.2.5'))
  const hash = createHash('sha256')
  const file = openSync(path, 'w')
  let sizeBytes = 0
  const put = bytes => {
    hash.update(bytes)
    sizeBytes += bytes.length
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
  }
  put(Buffer.concat([Buffer.alloc(128), text('DICM'), element(2, 0, 'UL', uint(4, syntax.length)), syntax]))
  put(
    Buffer.concat([
      element(8, 0x16, 'UI', text('1.2.840.10008.5.1.4.1.1.7.3')),
      element(8, 0x18, 'UI', text('2.25.1')),
      element(8, 0x60, 'CS', text('OT')),
      element(0x20, 0xd, 'UI', text('2.25.2')),
      element(0x20, 0xe, 'UI', text('2.25.3')),
      element(0x20, 0x13, 'IS', text('1')),
      element(0x28, 2, 'US', us(1)),
      element(0x28, 4, 'CS', text('MONOCHROME2')),
      element(0x28, 8, 'IS', text(String(frames))),
      element(0x28, 0x10, 'US', us(SIDE)),
      element(0x28, 0x11, 'US', us(SIDE)),
      element(0x28, 0x100, 'US', us(16)),
      element(0x28, 0x101, 'US', us(16)),
      element(0x28, 0x102, 'US', us(15)),
      element(0x28, 0x103, 'US', us(0)),
      Buffer.from([0xe0, 0x7f, 0x10, 0, 0x4f, 0x42, 0, 0, 0xff, 0xff, 0xff, 0xff]),
      item(0xe000, 0),
    ]),
  )
  for (let frame = 0; frame < frames; frame++) {
    put(item(0xe000, FRAME_BYTES))
    put(rleOf(samplesOf(frame)))
  }
  put(item(0xe0dd, 0))
  closeSync(file)
  return { sizeBytes, sha256: hash.digest('hex') }
}

async function sha256Of(path) {
  const hash = createHash('sha256')
  for await (const part of createReadStream(path)) hash.update(part)
  return hash.digest('hex')
}

/** In a process of its own: frames of a cube against what they were made of. */
async function compareFrames(cube, numbers) {
  const { load } = await import('../../dist/node.js')
  const image = await load(cube)
  for (const number of numbers) {
    const { values } = await image.frame(number)
    if (
      Buffer.compare(
        Buffer.from(values.buffer, values.byteOffset, values.byteLength),
        Buffer.from(samplesOf(number).buffer),
      )
    )
      throw new Error(`frame ${number} differs`)
  }
  await image.close()
}

if (process.argv[2] === 'frames') await compareFrames(process.argv[3], process.argv.slice(4).map(Number))
else
  await inFolder(async folder => {
    const gigabytes = Number(process.argv[2] ?? 0.4)
    const frames = Math.max(20, Math.ceil((gigabytes * 1e9) / FRAME_BYTES))
    const [dicom, cube, out] = [join(folder, 'large.dcm'), join(folder, 'large.dcbs'), join(folder, 'out')]
    const { sizeBytes, sha256 } = writeFile(dicom, frames)
    console.log(`${frames} frames of ${FRAME_BYTES} bytes, a file of ${sizeBytes} bytes`)
    const empty = emptyProcess(folder)
    // Read, packed, checked and written at once: twice as many as threads and one, or eight.
    const most = 128 * MIB + 10 * FRAME_BYTES
    figure('pack', dicube(folder, 'pack', dicom, '-o', cube), empty, most)
    const border = Math.floor(BORDER / FRAME_BYTES)
    const numbers = [0, 1, frames >> 1, border - 1, border, border + 1, frames - 1].filter(frame => frame < frames)
    figure('frames', node(folder, fileURLToPath(import.meta.url), 'frames', cube, ...numbers.map(String)), empty, most)
    console.log(`frames ${numbers.join(', ')}: the same`)
    figure('verify', dicube(folder, 'verify', cube), empty, most)
    figure('verify --against', dicube(folder, 'verify', cube, '--against', folder), empty, most)
    figure('unpack', dicube(folder, 'unpack', cube, '-o', out), empty, most)
    same('SHA-256 of the unpacked file', await sha256Of(join(out, 'large.dcm')), sha256)
    verdict()
  })
