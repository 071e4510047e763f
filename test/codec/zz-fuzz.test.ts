import { readFileSync } from 'node:fs'
import { test } from 'vitest'
import { decodeFrame } from '/work/main/src/codec/decode.ts'
import { nodePlatform } from '/work/main/src/codec/platform.node.ts'
import { usePlatform } from '/work/main/src/codec/platform.ts'
usePlatform(nodePlatform)
const C: any = { '5':'rle','4.50':'jpeg','4.51':'jpeg','4.57':'jpeg-lossless','4.70':'jpeg-lossless','4.80':'jpeg-ls','4.81':'jpeg-ls','4.90':'jpeg2000','4.91':'jpeg2000','4.201':'htj2k','4.202':'htj2k','4.203':'htj2k' }
test('x', async () => {
  const count: any = {}
  const msgs: any = {}
  const seen: any = {}
  for (const e of JSON.parse(readFileSync('/tmp/cframes/index.json','utf8'))) {
    const codec = C[e.ts.replace('1.2.840.10008.1.2.','')]
    if (!codec || e.frame || e.rows*e.columns>600*600 || (seen[codec]=(seen[codec]??0)+1) > 4) continue
    const bytes = new Uint8Array(readFileSync(`/tmp/cframes/${e.n}.bin`))
    let st = 1; const rnd = () => (st = (Math.imul(st,1664525)+1013904223)>>>0) / 2**32
    for (let k=0;k<80;k++) {
      let d = bytes.slice()
      if (k%3===0) d = d.slice(0, Math.floor(rnd()*d.length)); else for (let m=0;m<1+k%5;m++) d[Math.floor(rnd()*(k%2?d.length:Math.min(300,d.length)))] = Math.floor(rnd()*256)
      const t = performance.now()
      try { await decodeFrame(codec, d, e, k%4===0); count[codec+' ok']=(count[codec+' ok']??0)+1 } catch (x: any) { const key=codec+' '+(x.code ?? 'NOCODE '+x.stack); count[key]=(count[key]??0)+1; msgs[codec+': '+x.message.replace(/\d+/g,'N')]=(x.cause instanceof Error ? x.cause.name : typeof x.cause) }
      if (performance.now()-t>1000) console.log('SLOW', codec, e.path, k, performance.now()-t)
    }
    try { await decodeFrame(codec, bytes, e) } catch (x: any) { console.log('AFTER', codec, e.path, x.message) }
  }
  console.log(count); console.log(msgs); console.log(process.memoryUsage().rss>>20)
}, 500000)
