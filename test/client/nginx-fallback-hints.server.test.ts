/** What an error says to do, where a real nginx is behind it. */
import { expect, it, onTestFinished } from 'vitest'
import { startRun, until } from '../support/client-run.ts'
import { describeWithNginx } from '../support/nginx.ts'
import { STREAM, setUp } from '../support/nginx-bench.ts'
import type { Bench } from '../support/nginx-bench.ts'
import type { EventStreamClientOptions } from '../../src/client/options.ts'
import type { ClientRun } from '../support/client-run.ts'

const CACHE =
  'proxy_cache cache; proxy_cache_valid 200 1m; add_header X-Cache-Status $upstream_cache_status;'

function start({ nginx }: Bench, options: EventStreamClientOptions = {}): ClientRun {
  const run = startRun(nginx.url + STREAM, options)
  onTestFinished(() => run.client.close())
  return run
}

describeWithNginx('the hint of an error behind an nginx', () => {
  it('names the proxy where the head does not come', async () => {
    const bench = await setUp({ config: 'buffering' })
    const run = start(bench, { connectTimeout: 1000, reconnect: false })
    ;(await bench.app.next()).open()
    await until(() => run.errors.length === 1)
    expect(run.errors[0]).toMatchObject({ code: 'connect-timeout' })
    expect(run.errors[0]!.hint).toMatch(/proxy/)
  })

  it('names the proxy where the head comes and nothing else', async () => {
    const bench = await setUp({ config: 'documented' })
    const run = start(bench, { silenceTimeout: 200 })
    ;(await bench.app.next()).open()
    await until(() => run.errors.length === 1)
    expect(run.errors[0]).toMatchObject({ code: 'silence' })
    expect(run.errors[0]!.hint).toMatch(/proxy.*X-Accel-Buffering: no/)
  })

  it('names the cache where a finished stream comes from it', async () => {
    const bench = await setUp({ config: 'buffering', location: CACHE })
    const run = start(bench)
    const stream = await bench.app.next()
    stream.open()
    stream.end('id: 1\ndata: 1\n\n')
    await until(() => run.errors.length >= 2)
    // The first one was the original: that it ended says nothing.
    expect(run.errors[0]!.hint).toBe(undefined)
    expect(run.errors[1]!.hint).toMatch(/cache.*Cache-Control: no-store/)
    expect(bench.app.exchanges).toHaveLength(1)
    expect(run.data()).toEqual([1])
  })

  it('names the length where the answer has one', async () => {
    const bench = await setUp({ config: 'buffering' })
    const run = start(bench, { reconnect: { initialDelay: 60_000 } })
    const stream = await bench.app.next()
    stream.open({ 'Content-Length': 9 })
    stream.end('data: 1\n\n')
    await until(() => run.errors.length === 1)
    expect(run.errors[0]!.hint).toMatch(/Content-Length/)
  })

  it.each([
    ['text/html', /page.*URL/],
    ['application/json', /text\/event-stream/],
    ['text/plain; charset=utf-8', /text\/event-stream/],
  ])('says what %s may be in place of a stream', async (type, hint) => {
    const bench = await setUp({ config: 'buffering' })
    const run = start(bench)
    const answer = await bench.app.next()
    answer.open({ 'Content-Type': type })
    answer.end('{}')
    await until(() => run.client.status === 'failed')
    expect(run.errors).toMatchObject([{ code: 'content-type', body: '{}' }])
    expect(run.errors[0]!.message).toContain(type)
    expect(run.errors[0]!.hint).toMatch(hint)
  })

  it('takes the page of a proxy whose app is gone for a failure that passes', async () => {
    const bench = await setUp({ config: 'buffering' })
    await bench.app.close()
    const run = start(bench)
    await until(() => run.errors.length >= 2)
    expect(run.errors[0]).toMatchObject({ code: 'http-status', status: 502, fatal: false })
    expect(run.errors[0]!.body).toContain('502 Bad Gateway')
    expect(run.client.status).toBe('reconnecting')
  })

  it('takes the page of a proxy whose app is silent for a failure that passes', async () => {
    const bench = await setUp({ config: 'buffering', location: 'proxy_read_timeout 100ms;' })
    const run = start(bench)
    await until(() => run.errors.length >= 1)
    expect(run.errors[0]).toMatchObject({ code: 'http-status', status: 504, fatal: false })
  })
})
