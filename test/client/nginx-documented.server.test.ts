/** docs/nginx.conf, the file itself, in a real nginx: streams come through event by event. */
import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import { expect, it, onTestFinished } from 'vitest'
import { postJson, startApi } from '../playground/server/support/api-server.ts'
import { startRun, until } from '../support/client-run.ts'
import { describeWithNginx } from '../support/nginx.ts'
import { STREAM, setUp, startBefore, tellOneByOne } from '../support/nginx-bench.ts'
import { watchAnswer } from '../support/nginx-answer.ts'
import type { ClientHttp2Stream } from 'node:http2'
import type { UploadTicket } from '../../playground/shared/contract.ts'

describeWithNginx('behind docs/nginx.conf', () => {
  it('the head arrives alone, and each event before the next one is told', async () => {
    const { ask } = await setUp({ config: 'documented' })
    const [answer, exchange] = await ask()
    exchange.open()
    await until(() => answer.response !== undefined)
    expect(answer.text).toBe('')
    await tellOneByOne(answer, exchange, 20)
  })

  it('a comment arrives, and half an event', async () => {
    const { ask } = await setUp({ config: 'documented' })
    const [answer, exchange] = await ask()
    exchange.open()
    let told = ''
    for (const piece of [': heartbeat\n\n', 'da', 'ta: 1', '\n', '\n']) {
      exchange.write(piece)
      told += piece
      await until(() => answer.text.length === told.length)
      expect(answer.text).toBe(told)
    }
  })

  it('the client opens at the head, and gets each event before the next one is told', async () => {
    const { app, nginx } = await setUp({ config: 'documented' })
    const run = startRun(nginx.url + STREAM, {})
    onTestFinished(() => run.client.close())
    const exchange = await app.next()
    exchange.open()
    await until(() => run.client.status === 'open')
    for (let id = 1; id <= 5; id++) {
      exchange.write(`id: ${id}\ndata: ${id}\n\n`)
      await until(() => run.messages.length === id)
    }
    expect(run.data()).toEqual([1, 2, 3, 4, 5])

    exchange.cut()
    const again = await app.next()
    expect(again.request.headers['last-event-id']).toBe('5')
    again.open()
    await until(() => run.client.status === 'open')
    run.client.close()
    await until(() => again.isClosed)
    expect([run.errors.length, run.reported]).toEqual([1, []])
    expect(run.errors[0]).toMatchObject({ code: 'network' })
  })

  it('an app that dies breaks the stream off', async () => {
    const { ask } = await setUp({ config: 'documented' })
    const [answer, exchange] = await ask()
    exchange.open()
    await tellOneByOne(answer, exchange, 1)
    exchange.cut()
    await until(() => answer.outcome !== undefined)
    expect(answer.outcome).toBe('cut')
  })

  it('an app that ends the stream ends it', async () => {
    const { ask } = await setUp({ config: 'documented' })
    const [answer, exchange] = await ask()
    exchange.open()
    await tellOneByOne(answer, exchange, 1)
    exchange.end()
    await until(() => answer.outcome !== undefined)
    expect(answer.outcome).toBe('end')
  })

  it('the app is told at once that a client has gone', async () => {
    const { ask } = await setUp({ config: 'documented' })
    const [answer, exchange] = await ask()
    exchange.open()
    await tellOneByOne(answer, exchange, 1)
    expect(exchange.isClosed).toBe(false)
    answer.close()
    await until(() => exchange.isClosed)
  })

  it('Last-Event-ID arrives as it was sent', async () => {
    const { ask } = await setUp({ config: 'documented' })
    // What `fetch` takes is bytes: these are an é, and the longest id that the client sends.
    const id = `${Buffer.from('é').toString('latin1')}${'x'.repeat(4094)}`
    const [, { request }] = await ask(STREAM, { headers: { 'Last-Event-ID': id } })
    expect(request.headers['last-event-id']).toBe(id)
  })

  it.each([STREAM, '/api/uploads/1/files', '/'])(
    'the app learns who asked for %s, and where, over a connection that it may keep',
    async (path) => {
      const { ask, nginx } = await setUp({ config: 'documented' })
      const [, { request }] = await ask(path)
      expect([request.httpVersion, request.url]).toEqual(['1.1', path])
      expect(request.headers).toMatchObject({
        host: new URL(nginx.url).host,
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-proto': 'http',
      })
      expect(request.headers.connection).toBe(undefined)
    },
  )

  it('a site that caches, compresses and cuts what is quiet does not touch a stream', async () => {
    const { app, nginx, ask } = await setUp({
      config: 'documented',
      http: `
        proxy_cache cache; proxy_cache_valid 200 1m; proxy_cache_lock on; proxy_cache_lock_timeout 1m;
        gzip on; gzip_types *; gzip_min_length 0;
        proxy_read_timeout 100ms;`,
    })
    const headers = { 'Accept-Encoding': 'gzip' }
    const [answer, exchange] = await ask(STREAM, { headers })
    const [other, beside] = await ask(STREAM, { headers })
    exchange.open()
    await tellOneByOne(answer, exchange, 1)
    // Whatever has been as quiet as the stream is cut: here comes a 504 for it.
    const quiet = await fetch(`${nginx.url}/quiet`)
    expect(quiet.status).toBe(504)
    await app.next()
    await tellOneByOne(answer, exchange, 3)
    expect(answer.response!.headers.get('Content-Encoding')).toBe(null)

    exchange.end()
    beside.end()
    await until(() => answer.outcome === 'end' && other.outcome === 'end')
    await ask(STREAM, { headers })
    expect(app.exchanges).toHaveLength(4)
  })

  it('gzip passes events on one by one where it is left on', async () => {
    const { ask } = await setUp({
      config: 'buffering',
      location: 'proxy_buffering off; gzip on; gzip_types text/event-stream;',
    })
    const [answer, exchange] = await ask(STREAM, { headers: { 'Accept-Encoding': 'gzip' } })
    exchange.open()
    await tellOneByOne(answer, exchange, 5)
    expect(answer.response!.headers.get('Content-Encoding')).toBe('gzip')
  })

  it('a reader that stops holds the app back', async () => {
    const { app, nginx } = await setUp({ config: 'documented' })
    const request = httpRequest(nginx.url + STREAM).end()
    onTestFinished(() => void request.destroy())
    const { open, response } = await app.next()
    open()
    const [answer] = await once(request, 'response')
    answer.pause()
    const chunk = 'x'.repeat(1024 * 1024)
    // Nobody on the way collects what is not read: from some point on it piles up where it is made.
    await until(() => {
      response.write(chunk)
      return response.writableLength > 16 * chunk.length
    })
    expect(answer.readableEnded).toBe(false)
  })

  it('HTTP/2 carries more streams on one connection than a browser opens to a host', async () => {
    const { app, nginx } = await setUp({ config: 'documented', http2: true })
    const session = connectHttp2(nginx.url)
    onTestFinished(() => session.destroy())
    const streams: ClientHttp2Stream[] = []
    const texts: string[] = []
    for (let index = 0; index < 20; index++) {
      const stream = session.request({ ':path': STREAM })
      texts.push('')
      stream.setEncoding('utf8').on('data', (text: string) => void (texts[index] += text))
      streams.push(stream)
      const exchange = await app.next()
      expect(exchange.request.headers.host).toBe(new URL(nginx.url).host)
      exchange.open()
    }
    for (const [index, exchange] of app.exchanges.entries()) {
      for (let id = 1; id <= 3; id++) {
        exchange.write(`data: ${id}\n\n`)
        await until(() => texts[index]!.endsWith(`data: ${id}\n\n`))
      }
    }
    streams[0]!.close()
    await until(() => app.exchanges[0]!.isClosed)
    expect(app.exchanges.filter(({ isClosed }) => isClosed)).toHaveLength(1)
  })
})

describeWithNginx('the playground behind docs/nginx.conf', () => {
  it('tells the progress of an upload while it comes', async () => {
    const api = await startApi({ HEARTBEAT_MS: '60000' })
    const { url } = await startBefore(api.url, { config: 'documented' })
    const { id } = (await (await postJson(`${url}/api/uploads`, {})).json()) as UploadTicket
    const progress = watchAnswer(`${url}/api/uploads/${id}/stream`)
    onTestFinished(progress.close)
    await until(() => progress.response !== undefined)

    const head = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'
    const tail = '\r\n--b--\r\n'
    const half = Buffer.alloc(1024 * 1024)
    const upload = httpRequest(`${url}/api/uploads/${id}/files`, {
      method: 'POST',
      headers: {
        'Content-Type': 'multipart/form-data; boundary=b',
        'Content-Length': head.length + 2 * half.length + tail.length,
        Origin: url,
      },
    })
    upload.write(head)
    upload.write(half)
    const isHalf = `"received":${head.length + half.length},`
    await until(() => progress.text.includes(isHalf))
    upload.write(half)
    upload.end(tail)
    const [answer] = await once(upload, 'response')
    expect(answer.statusCode).toBe(201)
    answer.resume()
    await until(() => progress.outcome === 'end')
    expect(progress.text).toContain('event: complete')
  })

  it('takes what a page of its own writes, and tells it to everybody', async () => {
    const api = await startApi()
    const { url } = await startBefore(api.url, { config: 'documented' })
    const news = watchAnswer(`${url}/api/news/stream`)
    onTestFinished(news.close)
    await until(() => news.text.includes(': welcome'))
    const posted = await fetch(`${url}/api/news`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Origin: url },
      body: JSON.stringify({ category: 'weather', headline: 'Rain', summary: '' }),
    })
    expect(posted.status).toBe(201)
    await until(() => news.text.includes('"headline":"Rain"'))
  })
})
