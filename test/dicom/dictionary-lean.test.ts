import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test, vi } from 'vitest'
import { CommonTags } from '../../src/dicom/common-tags.ts'

// What a page begins with: the module that the browser build puts in its place.
vi.mock('../../src/dicom/dictionary-start.ts', () => import('../../src/dicom/dictionary-start.browser.ts'))
const { isSingleValued, isWholeDictionary, keywordOf, keywords, loadDictionary, lookup, tagOfKeyword } = await import(
  '../../src/dicom/dictionary.ts'
)
const { isPrivate, parseTag } = await import('../../src/dicom/tags.ts')
const { WHOLE } = await import('../../src/dicom/dictionary-whole.ts')

const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url))

test('the checked-in part is what the generator makes', () => {
  const made = execFileSync(process.execPath, [path('scripts/generate-dictionary.mjs'), 'common'])
  expect(made.toString()).toBe(readFileSync(path('src/dicom/dictionary-common.generated.ts'), 'utf8'))
})

test('a page begins with the common keywords, and with what has several values of all tags', async () => {
  expect(isWholeDictionary()).toBe(false)
  const common = keywords()
  expect(common).toEqual(expect.arrayContaining(Object.keys(CommonTags)))
  for (const keyword of common) expect(keywordOf(tagOfKeyword(keyword)!)).toBe(keyword)
  expect([tagOfKeyword('ImplantName'), lookup('00221095')]).toEqual([undefined, undefined])
  expect(() => parseTag('ImplantName')).toThrow(
    '"ImplantName" is none of the common keywords that a page begins with; give its tag, or call await loadAll() before',
  )
  const tags: string[] = []
  for (const line of WHOLE.table.trim().split('\n'))
    for (const entry of line.slice(5).split(';')) {
      const pattern = line.slice(0, 4) + entry.slice(0, 4)
      // (0028,04x0) begins with 0410: 0400 is another attribute.
      if (entry) tags.push(pattern.replaceAll('x', '0'), pattern.replaceAll('x', '2'))
    }
  for (const tag of ['00091010', '00091001', '00080003', '60013000', 'FFFEE000']) tags.push(tag)
  const before = tags.map(tag => isSingleValued(tag))
  await loadDictionary()
  expect(isWholeDictionary()).toBe(true)
  const told = (single: boolean | undefined, tag: string) => `${tag} ${single ?? !isPrivate(tag)}`
  expect(before.map((single, i) => told(single, tags[i]))).toEqual(tags.map(tag => told(isSingleValued(tag), tag)))
  expect(keywords().length).toBeGreaterThan(5100)
  expect(parseTag('ImplantName')).toBe('00221095')
  expect(() => parseTag('PatientNme')).toThrow('did you mean PatientName?')
})
