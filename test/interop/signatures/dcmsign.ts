/** What DCMTK's dcmsign can do to a file, and what it says of one. */
import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'

export interface Ran {
  code: number
  stdout: string
  stderr: string
}

export const run = (program: string, ...args: string[]): Promise<Ran> =>
  new Promise((resolve, reject) => {
    execFile(program, args, { maxBuffer: 2 ** 28, encoding: 'utf8' }, (error, stdout, stderr) => {
      if (error && typeof error.code !== 'number') reject(error)
      else resolve({ code: error ? Number(error.code) : 0, stdout, stderr })
    })
  })

export interface Signing {
  /** Where the keys are. */
  keys: string
  /** A folder for this file alone. */
  scratch: string
  /** The deepest first item of the file, in dcmsign's words. */
  item: string | undefined
}
type Step = (from: string, to: string, signing: Signing) => Promise<Ran>

const signer = (keys: string, name: string) => [join(keys, `${name}.key`), join(keys, `${name}.pem`)]

/** A signature over the whole data set, unless `options` name elements. */
const sign =
  (name: 'rsa' | 'ec' | 'stranger', ...options: string[]): Step =>
  (from, to, { keys }) =>
    run('dcmsign', '--sign', ...signer(keys, name), ...options, from, to)

const signItem =
  (...options: string[]): Step =>
  (from, to, { keys, item }) =>
    run('dcmsign', '--sign-item', ...signer(keys, 'rsa'), item!, ...options, from, to)

/** A signature, and an authority's word (RFC 3161) of when it was there. */
const signWithTimestamp: Step = async (from, to, { keys, scratch }) => {
  const [query, reply, uid, between] = ['query', 'reply', 'uid', 'between'].map(name => join(scratch, name))
  const authority = ['-config', join(keys, 'authority.cnf'), '-section', 'here']
  const signed = await run(
    'dcmsign',
    '--sign',
    ...signer(keys, 'rsa'),
    '--mac-sha256',
    '--timestamp-file',
    query,
    uid,
    from,
    between,
  )
  if (signed.code) return signed
  const stamped = await run('openssl', 'ts', '-reply', ...authority, '-queryfile', query, '-out', reply)
  return stamped.code ? stamped : run('dcmsign', '--insert-timestamp', query, reply, uid, between, to)
}

/** Ways to sign a file. Each is a list of signatures, one after the other. */
export const WAYS = {
  'whole data set, RIPEMD160': [sign('rsa')],
  'whole data set, SHA1': [sign('rsa', '--mac-sha1')],
  'whole data set, MD5': [sign('rsa', '--mac-md5')],
  'whole data set, SHA256, for a purpose': [sign('rsa', '--mac-sha256', '--sig-purpose', '5')],
  'whole data set, SHA384': [sign('rsa', '--mac-sha384')],
  'whole data set, SHA512, elliptic curve': [sign('ec', '--mac-sha512')],
  'Base RSA profile': [sign('rsa', '--profile-base')],
  'Creator RSA profile': [sign('rsa', '--profile-creator')],
  'Authorization RSA profile': [sign('rsa', '--profile-auth')],
  'some elements': [sign('rsa', '--mac-sha256', '--tag', 'SOPInstanceUID', '--tag', '0020,000e', '--tag', 'PixelData')],
  'an item': [signItem('--mac-sha256')],
  'an item, then the whole data set': [signItem(), sign('rsa', '--mac-sha256')],
  'two signers': [sign('rsa', '--mac-sha256'), sign('ec', '--mac-sha384', '--sig-purpose', '13')],
  'with a timestamp': [signWithTimestamp],
  'SR RSA profile': [sign('rsa', '--profile-sr')],
  'somebody unknown': [sign('stranger')],
} satisfies Record<string, Step[]>
export type Way = keyof typeof WAYS
export const WAYS_OF_ITEMS: readonly Way[] = ['an item', 'an item, then the whole data set']
/** What any file can have. The others want an item, or a structured report. */
export const WAYS_OF_ALL = (Object.keys(WAYS) as Way[]).filter(
  way => !WAYS_OF_ITEMS.includes(way) && way !== 'SR RSA profile',
)

/** How the signed file is written: dcmconv changes how, and nothing that is signed. */
export const FORMS = {
  'as dcmsign writes': [],
  'undefined lengths': ['--length-undefined'],
  'group lengths': ['--group-length-create'],
  'no File Meta Information': ['--write-dataset'],
  deflated: ['--write-xfer-deflated'],
  implicit: ['--write-xfer-implicit'],
  'big endian': ['--write-xfer-big'],
} satisfies Record<string, string[]>
export type Form = keyof typeof FORMS

/** Signs `from` into `to`; says what dcmsign has against it, or nothing. */
export async function signFile(from: string, to: string, way: Way, signing: Signing): Promise<string | undefined> {
  rmSync(signing.scratch, { recursive: true, force: true })
  mkdirSync(signing.scratch, { recursive: true })
  let input = from
  for (const [index, step] of WAYS[way].entries()) {
    const output = join(signing.scratch, String(index))
    const { code, stdout, stderr } = await step(input, output, signing)
    if (code) return (stderr + stdout).trim().split('\n').at(-1) || `exit ${code}`
    input = output
  }
  renameSync(input, to)
  return undefined
}

/** Writes a signed file in another form. Some files have no such form, and some lose by it what was signed. */
export async function reform(path: string, form: Form, verdict: Verdict, { keys, scratch }: Signing): Promise<boolean> {
  const changed = join(scratch, 'form')
  if ((await run('dcmconv', ...FORMS[form], path, changed)).code) return false
  const after = await verify(changed, keys)
  if (!after.ok || after.text !== verdict.text || readFileSync(changed).equals(readFileSync(path))) return false
  copyFileSync(changed, path)
  return true
}

export interface Signature {
  uid: string
  inMainDataSet: boolean
  /** "(7fe0,0010)" … */
  elements: string[]
  isVerified: boolean
}
export interface Verdict {
  /** dcmsign is content: no signature is bad. */
  ok: boolean
  signatures: Signature[]
  /** All that dcmsign says, without the name of the file. */
  text: string
}

/** What dcmsign says of each signature of a file. */
export async function verify(path: string, keys: string, ...options: string[]): Promise<Verdict> {
  const trusted = ['rsa', 'ec', 'authority'].flatMap(name => ['--add-cert-file', join(keys, `${name}.pem`)])
  const { code, stdout, stderr } = await run('dcmsign', '--verbose', '--verify', ...trusted, ...options, path)
  const text = (stdout + stderr).replaceAll(path, 'FILE')
  const signatures = text
    .split(/^W: Signature #\d+ UID=/m)
    .slice(1)
    .map(part => ({
      uid: /^[0-9.]*/.exec(part)![0],
      inMainDataSet: /^I: +Location +: Main Dataset$/m.test(part),
      elements: Array.from(part.matchAll(/^I: {7}(\([0-9a-f]{4},[0-9a-f]{4}\)) /gm), match => match[1]),
      isVerified: /^W: +Signature Verification +: OK$/m.test(part),
    }))
  return { ok: code === 0, signatures, text }
}
