// @vitest-environment node
/** What `request()` makes of an attempt, over the life of a connection. */
import { describe, expect, it } from 'vitest'
import { settle } from '../../support/settle.ts'
import { useTestStreams } from '../../support/test-streams.ts'
import type { RequestContext } from '../../../src/client/options.ts'
import type { TestStream } from '../../support/test-streams.ts'

const start = useTestStreams()
const URL = 'https://page.test/events'

describe('request()', () => {
  it('is asked before every attempt, with what is known of it', async () => {
    const asked: unknown[] = []
    const request = ({ url, lastEventId, attempt, wasOpen }: RequestContext): void =>
      void asked.push({ url, lastEventId, attempt, wasOpen })
    const stream = await start({ url: URL, resume: { via: 'query' }, request })
    await stream.open()
    await stream.request.push('id: 5\ndata: 1\n\n')
    await stream.request.cut()
    await stream.advance(500)
    await stream.request.refuse()
    await stream.advance(750)
    const url = `${URL}?lastEventId=5`
    expect(asked).toEqual([
      { url: URL, lastEventId: '', attempt: 0, wasOpen: false },
      { url, lastEventId: '5', attempt: 0, wasOpen: true },
      { url, lastEventId: '5', attempt: 1, wasOpen: true },
    ])
  })

  it('knows no open stream after open(): that is another one', async () => {
    const asked: boolean[] = []
    const stream = await start({ request: ({ wasOpen }) => void asked.push(wasOpen) })
    await stream.open()
    stream.client.close()
    stream.client.open()
    await settle()
    expect(asked).toEqual([false, false])
  })

  it('gives the URL that errors show, without its query', async () => {
    const stream = await start({ request: () => ({ url: 'https://a.test/b?token=secret' }) })
    expect(stream.request.url).toBe('https://a.test/b?token=secret')
    await stream.request.refuse()
    expect(stream.errors[0]!.url).toBe('https://a.test/b')
  })

  it('may fail, which is a request error that is tried again', async () => {
    let isBroken = true
    const stream = await start({
      async request() {
        if (isBroken) throw new Error('no ticket')
      },
    })
    expect(stream.errors).toMatchObject([{ code: 'request', cause: { message: 'no ticket' } }])
    isBroken = false
    await stream.advance(750)
    expect(stream.requests).toHaveLength(1)
  })

  it('may hang, which counts into connectTimeout', async () => {
    const stream = await start({ connectTimeout: 100, request: () => new Promise(() => {}) })
    await stream.advance(100)
    expect(stream.client).toMatchObject({ status: 'reconnecting', reason: 'timeout' })
    expect(stream.requests).toEqual([])
  })

  it('sends nothing when it answers after close()', async () => {
    let answer = (): void => {}
    const stream = await start({
      request: () => new Promise<void>((resolve) => (answer = resolve)),
    })
    stream.client.close()
    answer()
    await settle()
    expect(stream.requests).toEqual([])
  })

  describe('with a method that may have effects', () => {
    it.each<[string, (stream: TestStream) => unknown]>([
      ['a cut', ({ request }) => request.cut()],
      ['a 503', ({ request }) => request.respond({ status: 503 })],
      ['a redirect', ({ request }) => request.respond({ status: 302 })],
    ])('sends it once, unless asked for more: %s', async (_, happen) => {
      const stream = await start({ request: () => ({ method: 'POST', body: 'order' }) })
      if (_ === 'a cut') await stream.open()
      await happen(stream)
      await stream.advance(60_000)
      expect(stream.requests.map(({ init }) => init.method)).toEqual(['POST'])
    })
  })
})
