import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { type IncomingHttpHeaders, request } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { rangeOf, serveView, type ViewServer } from '../../src/cli/view/serve.ts'
import { run, temporaryFolder } from '../cli/run.ts'

interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: string
}

/** A request whose path and headers are sent as they are: fetch would tidy them up. */
function ask(url: string, path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, headers, method }, response => {
      let body = ''
      response.setEncoding('latin1')
      response.on('data', part => {
        body += part
      })
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body }))
      response.on('error', reject)
    })
    sent.on('error', reject)
    sent.end()
  })
}

describe('the server of dicube view', () => {
  const folder = temporaryFolder()
  const cube = join(folder, 'ct.dcbs')
  const bytes = '0123456789'.repeat(1000)
  let server: ViewServer
  let token: string
  beforeAll(async () => {
    writeFileSync(cube, bytes)
    mkdirSync(join(folder, 'beside'))
    writeFileSync(join(folder, 'beside', 'secret.txt'), 'secret')
    server = await serveView({ kind: 'cube', name: 'ct.dcbs', path: cube })
    token = new URL(server.url).pathname
  })
  afterAll(() => server.close())

  test('listens on 127.0.0.1, under a token that nobody guesses', () => {
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}\/$/)
  })

  test('gives the page with a policy that lets it ask nobody else', async () => {
    const { status, headers, body } = await ask(server.url, token)
    expect(status).toBe(200)
    expect(body).toContain('<title>dicube</title>')
    expect(String(headers['content-security-policy']).split('; ')).toEqual([
      "default-src 'none'",
      "script-src 'self' 'wasm-unsafe-eval'",
      "style-src 'self'",
      "img-src 'self' blob: data:",
      "connect-src 'self'",
      "worker-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
      'trusted-types default',
    ])
    expect(headers).toMatchObject({
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-store',
    })
  })

  test.each([
    ['a server that the address names', '?url=https%3A%2F%2Fexample.org%2Fa.dcbs', "'self' https://example.org"],
    ['and its port', '?url=http%3A%2F%2Fexample.org%3A8080%2Fa', "'self' http://example.org:8080"],
    ['nothing of a scheme that is no web', '?url=file%3A%2F%2F%2Fetc%2Fpasswd', "'self'"],
    ['nothing that adds to the policy', '?url=https%3A%2F%2Fx.org%3B%20script-src%20*%2F', "'self'"],
  ])('lets the page ask %s', async (_, query, wanted) => {
    const { headers } = await ask(server.url, token + query)
    const policy = String(headers['content-security-policy']).split('; ')
    expect(policy.find(rule => rule.startsWith('connect-src'))).toBe(`connect-src ${wanted}`)
    expect(policy).toHaveLength(11)
  })

  test('says what there is to open', async () => {
    const { headers, body } = await ask(server.url, `${token}start.json`)
    expect(headers['content-type']).toBe('application/json')
    expect(JSON.parse(body)).toEqual({ kind: 'cube', name: 'ct.dcbs', url: 'cube' })
  })

  test.each([
    ['another name for 127.0.0.1, as DNS rebinding has', 'evil.example:80'],
    ['the right name with another port', '127.0.0.1:1'],
    ['no port', '127.0.0.1'],
    ['an address of the network', '192.168.0.1'],
  ])('refuses a Host that is %s', async (_, host) => {
    const { status, body } = await ask(server.url, token, { Host: host })
    expect(status).toBe(403)
    expect(body).not.toContain('title')
  })

  test('takes localhost for what it is', async () => {
    expect((await ask(server.url, token, { Host: `localhost:${new URL(server.url).port}` })).status).toBe(200)
  })

  test.each([
    ['/', 'no token'],
    ['/index.html', 'no token'],
    [`/${'0'.repeat(32)}/`, 'another token'],
    [`/${'0'.repeat(32)}/cube`, 'another token'],
    ['TOKENnothing.js', 'no such asset'],
    ['TOKEN../package.json', 'a way out'],
    ['TOKEN..%2f..%2fpackage.json', 'a way out, encoded'],
    ['TOKEN%2e%2e/package.json', 'a way out, encoded'],
    ['TOKEN..\\package.json', 'a way out of Windows'],
    ['TOKEN/index.html', 'an empty name'],
    ['TOKENindex.html/', 'an asset as a folder'],
    ['TOKENcube/', 'the cube as a folder'],
    ['TOKENbeside/secret.txt', 'a file beside the cube'],
    ['TOKENct.dcbs', 'the cube by its own name'],
    ['TOKENfiles/0', 'a list of files where there is none'],
    ['TOKENconstructor', 'a name that every object has'],
    ['TOKEN__proto__', 'a name that every object has'],
    ['http://127.0.0.1/TOKEN', 'an absolute address'],
  ])('%s is 404: %s', async path => {
    expect((await ask(server.url, path.replace('TOKEN', token))).status).toBe(404)
  })

  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])('%s is not allowed', async method => {
    const { status, headers } = await ask(server.url, `${token}cube`, {}, method)
    expect([status, headers.allow]).toEqual([405, 'GET, HEAD'])
  })

  test('HEAD has the headers of GET and no body', async () => {
    for (const name of ['', 'cube']) {
      const got = await ask(server.url, token + name)
      const { status, headers, body } = await ask(server.url, token + name, {}, 'HEAD')
      expect([status, headers['content-length'], body]).toEqual([200, String(got.body.length), ''])
    }
  })

  test.each([
    ['bytes=0-9', 206, '0123456789', 'bytes 0-9/10000'],
    ['bytes=9995-', 206, '56789', 'bytes 9995-9999/10000'],
    ['bytes=-3', 206, '789', 'bytes 9997-9999/10000'],
    ['bytes=-20000', 206, bytes, 'bytes 0-9999/10000'],
    ['bytes=9998-20000', 206, '89', 'bytes 9998-9999/10000'],
    ['bytes=10000-', 416, undefined, 'bytes */10000'],
    ['bytes=-0', 416, undefined, 'bytes */10000'],
    ['bytes=5-2', 200, bytes, undefined],
    ['bytes=0-1,3-4', 200, bytes, undefined],
    ['lines=0-9', 200, bytes, undefined],
  ])('Range %s is answered with %i', async (range, status, body, contentRange) => {
    const found = await ask(server.url, `${token}cube`, { Range: range })
    expect([found.status, found.headers['content-range']]).toEqual([status, contentRange])
    if (body !== undefined) expect(found.body).toBe(body)
  })

  test('If-Range that names another version has the whole file', async () => {
    const { headers } = await ask(server.url, `${token}cube`)
    const range = { Range: 'bytes=0-1' }
    expect((await ask(server.url, `${token}cube`, { ...range, 'If-Range': headers.etag! })).body).toBe('01')
    expect((await ask(server.url, `${token}cube`, { ...range, 'If-Range': '"other"' })).body).toBe(bytes)
  })

  test('a file that is replaced has another ETag', async () => {
    const path = join(temporaryFolder(), 'a.dcbs')
    writeFileSync(path, 'one')
    const other = await serveView({ kind: 'cube', name: 'a.dcbs', path })
    const at = `${new URL(other.url).pathname}cube`
    const first = await ask(other.url, at)
    writeFileSync(path, 'two')
    const second = await ask(other.url, at)
    expect([first.body, second.body]).toEqual(['one', 'two'])
    expect(second.headers.etag).not.toBe(first.headers.etag)
    await other.close()
  })

  test('the files of a folder are numbered, and nothing else of the disk is there', async () => {
    const files = ['a', 'b'].map(name => ({ name: `${name}.dcm`, path: join(folder, name) }))
    writeFileSync(files[0].path, 'A')
    const other = await serveView({ kind: 'files', name: 'folder', files })
    const at = new URL(other.url).pathname
    expect(JSON.parse((await ask(other.url, `${at}start.json`)).body)).toEqual({
      kind: 'files',
      name: 'folder',
      files: [
        { name: 'a.dcm', url: 'files/0' },
        { name: 'b.dcm', url: 'files/1' },
      ],
    })
    expect((await ask(other.url, `${at}files/0`)).body).toBe('A')
    expect((await ask(other.url, `${at}files/1`)).status).toBe(404)
    for (const number of ['2', '-1', '00', '0x0', '1e0', '', '../start.json', '__proto__', 'length'])
      expect((await ask(other.url, `${at}files/${number}`)).status, number).toBe(404)
    await other.close()
  })

  test('a port that is taken is an error', async () => {
    const port = Number(new URL(server.url).port)
    await expect(serveView({ kind: 'nothing' }, port)).rejects.toMatchObject({
      code: 'io',
      message: expect.stringContaining(`127.0.0.1:${port}: `),
    })
  })
})

test.each([
  ['bytes=0-0', 10, { start: 0, end: 1 }],
  ['bytes=0-', 0, 'unsatisfiable'],
  ['bytes=-5', 0, 'unsatisfiable'],
  ['bytes=-', 10, undefined],
  ['bytes= 0-1', 10, undefined],
  [undefined, 10, undefined],
])('the range of %j in %i bytes', (header, sizeBytes, wanted) => expect(rangeOf(header, sizeBytes)).toEqual(wanted))

describe('the command', () => {
  test.each([
    [['view', 'nowhere'], 2, 'dicube: nowhere: no such file or folder\n'],
    [['view', 'a', 'b'], 2, 'dicube: view: "b" is one operand too many\n'],
    [['view', '--port', '99999'], 2, 'dicube: --port "99999": wanted a number from 0 (any that is free) to 65535\n'],
    [['view', '--port', 'x'], 2, 'dicube: --port "x": wanted a number from 0 (any that is free) to 65535\n'],
  ])('%j is refused', async (argv, code, err) => expect(await run(argv)).toMatchObject({ code, err, out: '' }))

  test('an empty folder is refused', async () => {
    const folder = temporaryFolder()
    expect(await run(['view', folder])).toMatchObject({ code: 1, err: `dicube: ${folder}: an empty folder\n` })
  })

  /** Runs until the address is there, looks at it, and presses Ctrl-C. */
  async function view(argv: string[], look: (url: string) => Promise<unknown>) {
    const stop = new AbortController()
    let [out, err] = ['', '']
    let announce = () => {}
    const announced = new Promise<void>(resolve => {
      announce = resolve
    })
    const stdout = {
      write(text: string) {
        out += text
        announce()
      },
    }
    const stderr = {
      write(text: string) {
        err += text
      },
    }
    const ended = run(['view', ...argv], { stdout, stderr, signal: stop.signal })
    await announced
    const url = argv.includes('--json') ? (JSON.parse(out) as { url: string }).url : out.trim()
    await look(url)
    stop.abort()
    return { code: (await ended).code, url, err }
  }

  test('prints the address, serves until Ctrl-C, and is gone then', async () => {
    const { code, url, err } = await view([], async url => {
      expect((await fetch(url)).status).toBe(200)
      expect(await (await fetch(`${url}start.json`)).json()).toEqual({ kind: 'nothing' })
    })
    expect([code, err]).toEqual([0, 'dicube: serving on this machine only; Ctrl-C ends it\n'])
    await expect(fetch(url)).rejects.toThrow()
  })

  test('a folder is served as its files, links to nowhere left out', async () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'sub'))
    writeFileSync(join(folder, 'sub', 'b.dcm'), 'B')
    writeFileSync(join(folder, 'a.dcm'), 'A')
    symlinkSync(join(folder, 'nowhere'), join(folder, 'c.dcm'))
    const { err } = await view([folder, '--json'], async url => {
      const start = await (await fetch(`${url}start.json`)).json()
      expect(start.files).toEqual([
        { name: 'a.dcm', url: 'files/0' },
        { name: 'sub/b.dcm', url: 'files/1' },
      ])
      expect(await (await fetch(`${url}files/1`)).text()).toBe('B')
    })
    expect(err).toContain('dicube: c.dcm: not a regular file, left out\n')
  })

  test.skipIf(process.platform !== 'linux')('--open hands the address to the browser of the desktop', async () => {
    const folder = temporaryFolder()
    const told = join(folder, 'told')
    writeFileSync(
      join(folder, 'xdg-open'),
      `#!/bin/sh\nprintf %s "$1" > '${told}.part'\nmv '${told}.part' '${told}'\n`,
      {
        mode: 0o755,
      },
    )
    const { PATH } = process.env
    process.env.PATH = `${folder}:${PATH}`
    try {
      const { url } = await view(['--open'], () => vi.waitUntil(() => existsSync(told), 5000))
      expect(readFileSync(told, 'utf8')).toBe(url)
    } finally {
      process.env.PATH = PATH
    }
  })

  test('a URL is opened by the page itself, which alone may ask that server', async () => {
    const { url } = await view(['https://example.org/a b.dcbs'], async url => {
      const { headers } = await fetch(url)
      expect(headers.get('content-security-policy')).toContain("connect-src 'self' https://example.org;")
    })
    expect(new URL(url).search).toBe('?url=https%3A%2F%2Fexample.org%2Fa%20b.dcbs')
  })
})
