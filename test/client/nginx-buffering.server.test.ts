/** What nginx does to a stream when nobody has told it anything: the state in which a fallback has to help. */
import { describe, expect, it } from 'vitest'
import { startRun, until } from '../support/client-run.ts'
import { describeWithNginx } from '../support/nginx.ts'
import { STREAM, setUp, tellOneByOne } from '../support/nginx-bench.ts'
import { watchAnswer } from '../support/nginx-answer.ts'

/** What nginx collects before it passes anything on: a page of memory, less what the head takes of the first one. */
const LEAST_BLOCK = 3500
const LARGEST_BLOCK = 16 * 1024

const event = (id: number): string => `id: ${id}\n`.padEnd(8) + `data: ${'x'.repeat(32)}\n\n`

describeWithNginx('behind an nginx that buffers', () => {
  it('not even the head of a stream arrives until there are 4 kB of it', async () => {
    const { ask, passed } = await setUp({ config: 'buffering' })
    const [answer, exchange] = await ask()
    exchange.open()
    let sent = 0
    for (let id = 1; !answer.response && sent < 2 * LARGEST_BLOCK; id++) {
      exchange.write(event(id))
      sent += event(id).length
      await passed()
    }
    expect(sent).toBeGreaterThan(LEAST_BLOCK)
    expect(sent).toBeLessThanOrEqual(LARGEST_BLOCK)
    expect(answer.response!.headers.get('Content-Type')).toBe('text/event-stream')
  })

  it('what comes is torn in the middle of an event, and the rest waits for another 4 kB', async () => {
    const { ask, passed } = await setUp({ config: 'buffering' })
    const [answer, exchange] = await ask()
    exchange.open()
    // Odd, so that no block ends where an event does.
    const told = `data: ${'x'.repeat(LARGEST_BLOCK + 1000)}\n\n`
    exchange.write(told)
    await passed()
    await until(() => answer.text !== '')
    const first = answer.text
    expect(told.startsWith(first)).toBe(true)
    expect(first.length).toBeLessThan(told.length)
    for (let beats = 0; beats < 10; beats++) {
      exchange.write(': heartbeat\n\n')
      await passed()
    }
    expect(answer.text).toBe(first)
  })

  it('a head alone never arrives, and the client gives up waiting for it', async () => {
    const { app, nginx, passed } = await setUp({ config: 'buffering' })
    const run = startRun(nginx.url + STREAM, { connectTimeout: 100, reconnect: false })
    const exchange = await app.next()
    exchange.open()
    await passed()
    expect(run.statuses).toEqual(['connecting'])
    await until(() => run.client.status === 'failed')
    expect(run.errors).toMatchObject([{ code: 'connect-timeout' }])
    await until(() => exchange.isClosed)
  })

  it('a stream that ends arrives at its end, whole', async () => {
    const { ask, passed } = await setUp({ config: 'buffering' })
    const [answer, exchange] = await ask()
    exchange.open()
    exchange.write('data: 1\n\n')
    await passed()
    expect(answer.response).toBe(undefined)
    exchange.end('data: 2\n\n')
    await until(() => answer.outcome === 'end')
    expect(answer.text).toBe('data: 1\n\ndata: 2\n\n')
  })

  it('an app that dies looks like one that has said everything', async () => {
    const { ask, passed } = await setUp({ config: 'buffering' })
    const [answer, exchange] = await ask()
    exchange.open()
    exchange.write('data: 1\n\n')
    await passed()
    exchange.cut()
    await until(() => answer.outcome !== undefined)
    expect([answer.outcome, answer.text]).toEqual(['end', 'data: 1\n\n'])
  })

  it('a read timeout throws away what has been collected', async () => {
    const { ask } = await setUp({ config: 'buffering', location: 'proxy_read_timeout 100ms;' })
    const [answer, exchange] = await ask()
    exchange.open()
    exchange.write('data: 1\n\n')
    await until(() => answer.outcome !== undefined)
    expect([answer.response!.status, answer.outcome, answer.text]).toEqual([200, 'cut', ''])
  })

  it('an app that does not answer is a 504, and one that is not there a 502, both of them pages', async () => {
    const { app, nginx } = await setUp({
      config: 'buffering',
      location: 'proxy_read_timeout 100ms;',
    })
    const late = await fetch(nginx.url + STREAM)
    expect([late.status, late.headers.get('Content-Type')]).toEqual([504, 'text/html'])
    await late.text()
    await app.close()
    const missing = await fetch(nginx.url + STREAM)
    expect([missing.status, missing.headers.get('Content-Type')]).toEqual([502, 'text/html'])
  })

  it('the app is told at once that a client has gone', async () => {
    const { ask, passed } = await setUp({ config: 'buffering' })
    const [answer, exchange] = await ask()
    exchange.open()
    await passed()
    expect(exchange.isClosed).toBe(false)
    answer.close()
    await until(() => exchange.isClosed)
  })

  it('X-Accel-Buffering: no lets everything through at once, and does not reach the client', async () => {
    const { ask } = await setUp({ config: 'buffering' })
    const [answer, exchange] = await ask()
    exchange.open({ 'X-Accel-Buffering': 'no' })
    await until(() => answer.response !== undefined)
    expect(answer.response!.headers.has('X-Accel-Buffering')).toBe(false)
    await tellOneByOne(answer, exchange, 5)
  })

  it('HTTP/1.1 to the app lets chunks through, but no head before the first one', async () => {
    const { ask, passed } = await setUp({
      config: 'buffering',
      location: 'proxy_http_version 1.1;',
    })
    const [answer, exchange] = await ask()
    exchange.open()
    await passed()
    expect(answer.response).toBe(undefined)
    await tellOneByOne(answer, exchange, 5)
  })

  it('gzip withholds them again', async () => {
    const { ask, passed } = await setUp({
      config: 'buffering',
      location: 'proxy_http_version 1.1; gzip on; gzip_types text/event-stream;',
    })
    const [answer, exchange] = await ask(STREAM, { headers: { 'Accept-Encoding': 'gzip' } })
    exchange.open()
    for (let id = 1; id <= 200; id++) exchange.write(event(id))
    await passed()
    expect(answer.response).toBe(undefined)
    exchange.end()
    await until(() => answer.outcome === 'end')
    expect(answer.response!.headers.get('Content-Encoding')).toBe('gzip')
    expect(answer.text).toContain(event(200))
  })

  it('an upload reaches the app when all of it is there', async () => {
    const { app, nginx, passed } = await setUp({ config: 'buffering' })
    let more!: ReadableStreamDefaultController<Uint8Array>
    const body = new ReadableStream<Uint8Array>({ start: (controller) => void (more = controller) })
    const sent = watchAnswer(`${nginx.url}/upload`, {
      ...{ method: 'POST', body },
      ...({ duplex: 'half' } as RequestInit),
    })
    more.enqueue(new Uint8Array(100_000))
    await passed()
    await passed()
    expect(app.exchanges).toHaveLength(0)
    more.close()
    const exchange = await app.next()
    await until(() => exchange.received === 100_000)
    exchange.end('thanks')
    await until(() => sent.text === 'thanks')
  })
})

describeWithNginx('behind an nginx that caches', () => {
  const CACHE =
    'proxy_cache cache; proxy_cache_valid 200 1m; add_header X-Cache-Status $upstream_cache_status;'

  describe.each([
    ['with a Content-Length', { 'Content-Length': 9 }],
    ['in chunks', {}],
  ])('a finished answer %s', (_name, headers) => {
    it('is told again to whoever comes next, whatever its Last-Event-ID', async () => {
      const { app, nginx, ask } = await setUp({ config: 'buffering', location: CACHE })
      const [first, exchange] = await ask()
      exchange.open(headers)
      exchange.end('data: 1\n\n')
      await until(() => first.outcome === 'end')

      const second = await fetch(nginx.url + STREAM, { headers: { 'Last-Event-ID': '1' } })
      expect(await second.text()).toBe('data: 1\n\n')
      expect(app.exchanges).toHaveLength(1)
      expect(second.headers.get('X-Cache-Status')).toBe('HIT')
      expect(second.headers.has('Age')).toBe(false)
      // Nothing but the line that this site has asked for tells the copy from its original.
      const named = ({ headers: all }: Response): string[][] =>
        [...all].filter(([name]) => name !== 'date' && name !== 'x-cache-status')
      expect(named(second)).toEqual(named(first.response!))
      expect(second.headers.get('Content-Length')).toBe('Content-Length' in headers ? '9' : null)
    })
  })

  it.each([{ 'Cache-Control': 'no-store' }, { 'X-Accel-Buffering': 'no' }])(
    '%j keeps an answer out of the cache',
    async (headers) => {
      const { ask } = await setUp({ config: 'buffering', location: CACHE })
      for (let index = 1; index <= 2; index++) {
        const [answer, exchange] = await ask()
        exchange.open(headers)
        exchange.end(`data: ${index}\n\n`)
        await until(() => answer.outcome === 'end')
        expect(answer.text).toBe(`data: ${index}\n\n`)
      }
    },
  )

  it('the app goes on telling a stream that nobody hears', async () => {
    const { ask, passed } = await setUp({ config: 'buffering', location: CACHE })
    const [answer, exchange] = await ask()
    exchange.open()
    exchange.write('data: 1\n\n')
    await passed()
    answer.close()
    await until(() => answer.outcome === 'refused')
    await passed()
    await passed()
    expect(exchange.isClosed).toBe(false)
  })
})
