import * as fs from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { beginPost, multipart, postParts } from './support/multipart.ts'
import { startApi } from './support/api-server.ts'
import { tempFolder } from './support/temp-folder.ts'
import { openStream } from './support/stream-client.ts'
import { seededRandom } from './support/seeded-random.ts'
import type { UploadTicket } from '../../../playground/shared/contract.ts'
import type { ApiServer } from './support/api-server.ts'
import type { StreamClient } from './support/stream-client.ts'

interface Begun extends UploadTicket {
  /** Of the upload, without a slash at its end. */
  url: string
  stream: StreamClient
}

async function begin({ url }: ApiServer): Promise<Begun> {
  const answer = await fetch(`${url}/api/uploads`, { method: 'POST' })
  expect(answer.status).toBe(201)
  const ticket: UploadTicket = await answer.json()
  const uploadUrl = `${url}/api/uploads/${ticket.id}`
  return { ...ticket, url: uploadUrl, stream: await openStream(`${uploadUrl}/stream`) }
}

/** Half of a body is on its way and the server has seen some of it. */
async function beginHalf({ url, stream }: Begun) {
  const body = multipart([{ name: 'half.bin', content: randomBytes(400_000) }])
  const post = beginPost(`${url}/files`, { 'Content-Length': body.length })
  post.outgoing.write(body.subarray(0, 200_000))
  await stream.event('progress')
  return { ...post, rest: body.subarray(200_000) }
}

function randomBytes(length: number, seed = 1): Buffer {
  const random = seededRandom(seed)
  return Buffer.from(Uint8Array.from({ length }, () => Math.floor(random() * 256)))
}

const foldersOf = ({ dataDir }: ApiServer): string[] => fs.readdirSync(join(dataDir, 'uploads'))

describe('POST /api/uploads/<id>/files', () => {
  it('keeps several files, equal byte by byte', async () => {
    const api = await startApi()
    const upload = await begin(api)
    const contents = [randomBytes(300_000, 1), randomBytes(5, 2), Buffer.alloc(0)]
    const parts = contents.map((content, index) => ({ name: `file ${index}.bin`, content }))
    const { status, body } = await postParts(`${upload.url}/files`, parts)
    expect(status).toBe(201)
    expect(body.files.map(({ name, size }: any) => [name, size])).toEqual([
      ['file 0.bin', 300_000],
      ['file 1.bin', 5],
      ['file 2.bin', 0],
    ])
    for (const [index, { url }] of body.files.entries()) {
      const download = await fetch(api.url + url)
      expect(Buffer.from(await download.arrayBuffer()).equals(contents[index] as Buffer)).toBe(true)
    }
  })

  it('takes what fetch makes of FormData', async () => {
    const api = await startApi()
    const upload = await begin(api)
    const form = new FormData()
    form.append('note', 'a field that is no file')
    form.append('files', new Blob(['hello']), 'grüße "日本".txt')
    const answer = await fetch(`${upload.url}/files`, { method: 'POST', body: form })
    expect((await answer.json()).files).toMatchObject([{ name: 'grüße %22日本%22.txt', size: 5 }])
  })

  it('tells the received bytes of the whole body, and the last progress is all of it', async () => {
    const api = await startApi()
    const upload = await begin(api)
    const body = multipart([{ name: 'a.bin', content: randomBytes(500_000) }])
    const { outgoing, answer } = beginPost(`${upload.url}/files`, { 'Content-Length': body.length })
    const isCounted = (): boolean =>
      upload.stream.events.some(({ data }) => data.received === 100_000)
    outgoing.write(body.subarray(0, 100_000))
    while (!isCounted()) await upload.stream.count(upload.stream.events.length + 1)
    outgoing.end(body.subarray(100_000))
    await answer
    await upload.stream.ended()

    const progress = upload.stream.events.filter(({ type }) => type === 'progress')
    const received: number[] = progress.map(({ data }) => data.received)
    expect(received.every((bytes, index) => bytes >= (received[index - 1] ?? 0))).toBe(true)
    expect(progress.every(({ data }) => data.total === body.length)).toBe(true)
    expect(progress.at(-1)?.data).toEqual({
      received: body.length,
      total: body.length,
      files: [{ name: 'a.bin', size: 500_000, url: null }],
    })
    expect(upload.stream.events.at(-1)).toMatchObject({
      type: 'complete',
      data: { received: body.length, files: [{ url: expect.stringMatching(/^\/api\//) }] },
    })
  })

  it('takes the files of an upload once', async () => {
    const api = await startApi()
    const upload = await begin(api)
    const first = await beginHalf(upload)
    expect(await postParts(`${upload.url}/files`, [{ name: 'b', content: 'b' }])).toMatchObject({
      status: 409,
    })
    first.outgoing.end(first.rest)
    expect((await first.answer).status).toBe(201)
    expect(await postParts(`${upload.url}/files`, [{ name: 'c', content: 'c' }])).toMatchObject({
      status: 409,
    })
  })

  it('needs a length and says so', async () => {
    const api = await startApi()
    const upload = await begin(api)
    const { outgoing, answer } = beginPost(`${upload.url}/files`, {
      'Transfer-Encoding': 'chunked',
    })
    outgoing.end(multipart([{ name: 'a', content: 'a' }]))
    const { status, body } = await answer
    expect([status, body.detail]).toEqual([411, expect.stringContaining('Content-Length')])
    expect((await upload.stream.event('error')).data.message).toContain('length')
  })

  it('refuses too many bytes before it reads them', async () => {
    const api = await startApi({ MAX_UPLOAD_BYTES: '1000' })
    const upload = await begin(api)
    expect(upload.maxBytes).toBe(1000)
    const { outgoing, answer } = beginPost(`${upload.url}/files`, { 'Content-Length': 1001 })
    outgoing.flushHeaders()
    const { status, body } = await answer
    outgoing.destroy()
    expect([status, body.detail]).toEqual([413, '1000 bytes are the limit for one upload.'])
    expect((await upload.stream.event('error')).data.message).toContain('too large')
    await upload.stream.ended()
    expect(foldersOf(api)).toEqual([])
  })

  it('refuses too many files and deletes the ones it has', async () => {
    const api = await startApi()
    const upload = await begin(api)
    expect(upload.maxFiles).toBe(20)
    const parts = Array.from({ length: 21 }, (_, index) => ({ name: `${index}`, content: 'x' }))
    expect((await postParts(`${upload.url}/files`, parts)).status).toBe(413)
    expect((await upload.stream.event('error')).data.message).toContain('too many files')
    expect(foldersOf(api)).toEqual([])
  })

  it.each([
    ['no multipart', { 'Content-Type': 'text/plain' }, 'x', 415],
    ['no boundary', { 'Content-Type': 'multipart/form-data' }, 'x', 415],
    ['no end', {}, multipart([{ name: 'a', content: 'a' }]).subarray(0, -30), 400],
    ['no file', {}, multipart([]), 400],
    ['a NUL in a name', {}, multipart([{ name: 'a\0b', content: 'a' }]), 400],
    ['a broken header', {}, '--playground-test-boundary\r\n\0\0: x\r\n\r\n', 400],
  ])('refuses a body with %s and leaves nothing', async (_, headers, body, status) => {
    const api = await startApi()
    const upload = await begin(api)
    const post = beginPost(`${upload.url}/files`, { ...headers, 'Content-Length': body.length })
    post.outgoing.end(body)
    expect((await post.answer).status).toBe(status)
    await upload.stream.event('error')
    expect(foldersOf(api)).toEqual([])
  })

  it('says that the server failed when it cannot write, and leaves nothing', async () => {
    const onConsole = vi.spyOn(console, 'error').mockReturnValue()
    const api = await startApi()
    const upload = await begin(api)
    fs.mkdirSync(join(api.dataDir, 'uploads', upload.id))
    fs.writeFileSync(join(api.dataDir, 'uploads', upload.id, '1'), 'in the way')
    const { status } = await postParts(`${upload.url}/files`, [{ name: 'a', content: 'a' }])
    expect(status).toBe(500)
    expect((await upload.stream.event('error')).data.message).toContain('The server failed')
    expect(onConsole).toHaveBeenCalledTimes(1)
    expect(foldersOf(api)).toEqual([])
  })

  it('is cancelled when the client goes in the middle', async () => {
    const api = await startApi()
    const upload = await begin(api)
    const { outgoing } = await beginHalf(upload)
    outgoing.destroy()
    const { data } = await upload.stream.event('cancelled')
    expect(data.received).toBeGreaterThanOrEqual(0)
    await upload.stream.ended()
    expect(foldersOf(api)).toEqual([])
  })

  it('is cancelled when the server closes', async () => {
    const api = await startApi()
    const upload = await begin(api)
    await beginHalf(upload)
    await api.close()
    expect(foldersOf(api)).toEqual([])
  })
})

describe('DELETE /api/uploads/<id>', () => {
  it('cancels a running upload and deletes its files', async () => {
    const api = await startApi()
    const upload = await begin(api)
    const { answer } = await beginHalf(upload)
    expect((await fetch(upload.url, { method: 'DELETE' })).status).toBe(204)
    expect(foldersOf(api)).toEqual([])
    expect((await answer).status).toBe(409)
    await upload.stream.event('cancelled')
    await upload.stream.ended()
  })

  it('cancels an upload that has not begun, any number of times', async () => {
    const api = await startApi()
    const upload = await begin(api)
    expect((await fetch(upload.url, { method: 'DELETE' })).status).toBe(204)
    expect((await fetch(upload.url, { method: 'DELETE' })).status).toBe(204)
    expect((await upload.stream.event('cancelled')).data).toEqual({ received: 0 })
    expect((await postParts(`${upload.url}/files`, [{ name: 'a', content: 'a' }])).status).toBe(409)
  })

  it('comes too late for a complete upload', async () => {
    const api = await startApi()
    const upload = await begin(api)
    const { body } = await postParts(`${upload.url}/files`, [{ name: 'a', content: 'a' }])
    expect((await fetch(upload.url, { method: 'DELETE' })).status).toBe(409)
    expect((await fetch(api.url + body.files[0].url)).status).toBe(200)
  })
})

describe('GET /api/uploads/<id>/stream', () => {
  it('replays after an id, tells late comers the end, and then ends', async () => {
    const api = await startApi()
    const upload = await begin(api)
    await postParts(`${upload.url}/files`, [{ name: 'a', content: 'a' }])
    await upload.stream.ended()
    const [first] = upload.stream.events

    const resumed = await openStream(`${upload.url}/stream`, { lastEventId: first?.id })
    await resumed.ended()
    expect(resumed.events).toEqual(upload.stream.events.slice(1))

    const late = await openStream(`${upload.url}/stream`)
    await late.ended()
    expect(late.types()).toEqual(['complete'])
  })

  it('tells who has seen the end not to come back', async () => {
    const api = await startApi()
    const upload = await begin(api)
    await fetch(upload.url, { method: 'DELETE' })
    const { id } = await upload.stream.event('cancelled')
    const again = await openStream(`${upload.url}/stream`, { lastEventId: id })
    expect(again.status).toBe(204)
  })

  it('knows complete uploads after a restart, and removes what did not become complete', async () => {
    const dataDir = tempFolder()
    const first = await startApi({ DATA_DIR: dataDir })
    const upload = await begin(first)
    await postParts(`${upload.url}/files`, [{ name: 'a.txt', content: 'kept' }])
    await first.close()
    const leftover = join(dataDir, 'uploads', '0'.repeat(24))
    fs.mkdirSync(leftover)
    fs.writeFileSync(join(leftover, '1'), 'half')

    const second = await startApi({ DATA_DIR: dataDir })
    expect(foldersOf(second)).toEqual([upload.id])
    const url = `${second.url}/api/uploads/${upload.id}`
    const stream = await openStream(`${url}/stream`)
    const { data } = await stream.event('complete')
    expect(await (await fetch(second.url + data.files[0].url)).text()).toBe('kept')
  })
})

describe('GET /api/uploads/<id>/files/<n>', () => {
  async function uploadOne(api: ApiServer, name: string): Promise<string> {
    const { url } = await begin(api)
    const { body } = await postParts(`${url}/files`, [{ name, content: 'content' }])
    return api.url + body.files[0].url
  }

  it('is a download and nothing that a browser would run', async () => {
    const api = await startApi()
    const { headers } = await fetch(await uploadOne(api, "it's <b>.html"))
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-length': '7',
      'content-disposition': `attachment; filename="it's <b>.html"; filename*=UTF-8''it%27s%20%3Cb%3E.html`,
      'x-content-type-options': 'nosniff',
    })
  })

  it('answers HEAD without the content', async () => {
    const api = await startApi()
    const answer = await fetch(await uploadOne(api, 'a.txt'), { method: 'HEAD' })
    expect([answer.status, answer.headers.get('Content-Length')]).toEqual([200, '7'])
    expect(await answer.text()).toBe('')
  })

  it.each([
    ['../../../etc/passwd', 'passwd'],
    ['/etc/passwd', 'passwd'],
    ['C:\\Windows\\system.ini', 'system.ini'],
    ['..', 'unnamed'],
    ['photo\u202egpj.exe', 'photogpj.exe'],
    ['%2e%2e%2fsecret', '%2e%2e%2fsecret'],
    ['  spaces.txt  ', 'spaces.txt'],
    [`${'x'.repeat(500)}.tar`, `${'x'.repeat(196)}.tar`],
    ['日本.txt', '日本.txt'],
  ])('stores a file called %j under a number and calls it %j', async (name, shown) => {
    const api = await startApi()
    const { url, id } = await begin(api)
    const { body } = await postParts(`${url}/files`, [{ name, content: 'content' }])
    expect(body.files[0].name).toBe(shown)
    expect(new Set(fs.readdirSync(join(api.dataDir, 'uploads', id)))).toEqual(
      new Set(['1', 'files.json']),
    )
    const download = await fetch(api.url + body.files[0].url)
    expect(download.headers.get('Content-Disposition')).toContain(
      `filename*=UTF-8''${encodeURIComponent(shown)}`,
    )
  })

  it.each([
    'files/2',
    'files/0',
    'files/01',
    'files/1.0',
    'files/files.json',
    'files/..',
    'files/%2e%2e%2ffiles.json',
    'files/..%2f..%2f..%2fchat.ndjson',
    'files/..%5c1',
    'files/1%00',
    'files/%2fetc%2fpasswd',
    'files/con',
    'files/1::$DATA',
    '..%2f..%2fchat.ndjson/files/1',
    '%2e%2e/files/1',
  ])('finds nothing at %s', async (path) => {
    const api = await startApi()
    const url = await uploadOne(api, 'a.txt')
    const base = path.startsWith('files') ? url.replace(/files\/1$/, '') : `${api.url}/api/uploads/`
    // Node sends the path as it is; fetch would tidy it up before.
    const answer = await openStream(base + path)
    await answer.ended()
    expect([answer.status, JSON.parse(answer.text).status]).toEqual([404, 404])
  })
})

describe('old uploads', () => {
  it('go when there are more than 50', { timeout: 15_000 }, async () => {
    const api = await startApi()
    const oldest = await begin(api)
    await postParts(`${oldest.url}/files`, [{ name: 'a', content: 'a' }])
    const waiting = await begin(api)
    const tickets = Array.from({ length: 50 }, () =>
      fetch(`${api.url}/api/uploads`, { method: 'POST' }),
    )
    await Promise.all(tickets)
    expect((await openStream(`${oldest.url}/stream`)).status).toBe(404)
    await waiting.stream.event('cancelled')
    await api.close()
    expect(foldersOf(api)).toEqual([])
  })

  it('stay while they are running', async () => {
    const api = await startApi()
    const upload = await begin(api)
    const { outgoing, rest, answer } = await beginHalf(upload)
    const tickets = Array.from({ length: 51 }, () =>
      fetch(`${api.url}/api/uploads`, { method: 'POST' }),
    )
    await Promise.all(tickets)
    outgoing.end(rest)
    await once(outgoing, 'close')
    expect((await answer).status).toBe(201)
  })
})
