import { defineConfig } from 'vitest/config'

/** What decides whether bytes are right: the reader of DICOM, that of cubes, and the checksums (`npm run coverage`). */
const CHECKED = [
  'src/bytes/{cursor,sink}.ts',
  'src/codec/{crc32,inflate,platform,xxh64,zstd-blocks}.ts',
  'src/dcbs/{columns,digits,frame-index,frame-lists,integers,layout,manifest,patch,read,read-frames,read-meta,read-table,check-file,restore,template}.ts',
  'src/dicom/{charset,data-set,elements,json,parse,tags,transfer-syntax,values,vr,vr-codes,walk,write}.ts',
]

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 2,
    // Of what a page does when it gets to it: machines may be busy.
    expect: { poll: { timeout: 30_000 } },
    coverage: { provider: 'v8', include: CHECKED, reporter: ['text'], thresholds: { branches: 95, perFile: true } },
  },
})
