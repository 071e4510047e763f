import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sourceFromBytes } from '../../src/bytes/source.ts'
import { type DicomJson, type JsonElement, parseJson, stringifyJson } from '../../src/dicom/json.ts'
import { findSeries, imageOfSeries, load, readInstance, saveToBytes, sourceFromFile } from '../../src/node.ts'
import { dcm2jsonOf, fileSets, filesOf, foldersOf, pydicomOf, type FileSet } from './sets.ts'

async function ourJson(set: FileSet, folder: string): Promise<Map<string, DicomJson | Error>> {
  const json = new Map<string, DicomJson | Error>()
  const entries = filesOf(set, folder).map(name => ({ name, source: sourceFromFile(join(set.root, folder, name)) }))
  const { series, skipped, refused } = await findSeries(entries)
  for (const { name, code, reason } of [...skipped, ...refused]) {
    if (code === 'media-directory') json.set(name, await readInstance(join(set.root, folder, name)))
    else json.set(name, new Error(reason))
  }
  for (const one of series) {
    if (process.env.QUICK) { for (const i of one.instances) json.set(i.name, await readInstance(join(set.root, folder, i.name))); continue }
    const image = await imageOfSeries(one)
    const bytes = await saveToBytes(image, { noV1: true })
    const cube = await load(sourceFromBytes(bytes, 'x'))
    await cube.meta.load()
    for (const [i, { name }] of cube.originals.files.entries()) json.set(name, cube.meta.index(i))
    await image.close?.(); await cube.close?.()
  }
  return json
}

const groups = new Map<string, { n: number; samples: string[] }>()
function note(key: string, sample: string) {
  const g = groups.get(key) ?? { n: 0, samples: [] }
  g.n++
  if (g.samples.length < +(process.env.N ?? 4)) g.samples.push(sample)
  groups.set(key, g)
}
let equal = 0
const short = (v: unknown) => (stringifyJson(v) ?? 'undefined').slice(0, 150)
function compare(who: string, where: string, ours: any, theirs: any) {
  const tags = new Set([...Object.keys(ours), ...Object.keys(theirs)])
  for (const tag of tags) {
    const a = ours[tag], b = theirs[tag]
    const at = `${where}/${tag}`
    if (!a) { note(`${who} only theirs ${b.vr} ${tag.endsWith('0000') ? 'gl' : ''}`, `${at} ${short(b)}`); continue }
    if (!b) { note(`${who} only ours ${a.vr} ${tag.endsWith('0000') ? 'gl' : ''}`, `${at} ${short(a)}`); continue }
    if (a.vr !== b.vr) { note(`${who} vr ${a.vr} ${b.vr} ${parseInt(tag.slice(3, 4), 16) & 1 ? 'private' : ''} ${b.error ?? ''}`, `${at} ${short(a)} ${short(b)}`); continue }
    if (a.vr === 'SQ' && a.Value?.length && a.Value?.length === b.Value?.length) { equal++; a.Value.forEach((item: any, i: number) => compare(who, `${at}[${i}]`, item, b.Value[i])); continue }
    if (stringifyJson(a) === stringifyJson(b)) equal++
    else note(`${who} value ${a.vr} ${b.error ?? ''}`, `${at} ${short(a)} ${short(b)}`)
  }
}
const noPixels = (j: any) => { delete j['7FE00010']; delete j['7FE00008']; delete j['7FE00009']; return j }
const t0 = performance.now()
for (const set of fileSets()) for (const folder of foldersOf(set)) {
  if (process.env.SET && set.name !== process.env.SET) continue
  const t = performance.now()
  let ours
  try { ours = await ourJson(set, folder) } catch (e) { console.log('FAIL', folder, e); continue }
  if (performance.now() - t > 1000) console.log(folder, performance.now() - t)
  const py = new Map<string, any>(readFileSync(pydicomOf(set, folder), 'utf8').trim().split('\n').map(l => parseJson(l) as any).map(l => [l.file, l]))
  for (const [name, json] of ours) {
    const where = `${folder}/${name}`
    const p = py.get(name)
    const dj = dcm2jsonOf(set, folder, name)
    let d: any
    if (existsSync(`${dj}.json`)) {
      const text = readFileSync(`${dj}.json`, 'utf8')
      try { d = JSON.parse(text) } catch { try { d = parseJson(text.replace(/([:,[])(-?)(nan|inf)(?=[,\]])/g, (_, a, s, n) => a + (n === 'nan' ? 'NaN' : s + 'Infinity'))) } catch (e) { console.log('UNPARSEABLE', where, String(e)) } }
    }
    if (json instanceof Error) { note(`refused ${p.error ? '' : 'pydicom reads'} ${d ? 'dcm2json reads' : ''}`, `${where}: ${json.message} ${p.dataSet ? Object.keys(p.dataSet).length : ''}`); continue }
    if (p.error) note('pydicom refuses', `${where} ${p.error}`)
    else compare('pydicom', where, json, noPixels(p.dataSet))
    if (d) compare('dcm2json', where, json, noPixels(d))
    else note('dcm2json refuses', `${where} ${readFileSync(`${dj}.err`, 'utf8').trim().split('\n').at(-1)}`)
  }
}
console.log(performance.now() - t0, equal)
for (const [k, g] of [...groups].sort(([a], [b]) => (a < b ? -1 : 1))) { console.log(`## ${k}: ${g.n}`); for (const s of g.samples) console.log('     ' + s) }
