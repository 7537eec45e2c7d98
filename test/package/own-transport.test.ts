// @vitest-environment node
/** A transport from outside: public types are enough for it, and it gets all that the client does. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createEventStreamClient } from 'vue-event-stream/client'
import { socketTransport } from './own-transport.ts'
import type {
  EventStreamClient,
  EventStreamClientOptions,
  EventStreamError,
  EventStreamGapReason,
} from 'vue-event-stream/client'
import type { SocketLike } from './own-transport.ts'

class Socket extends EventTarget implements SocketLike {
  isClosed = false

  constructor(readonly url: string) {
    super()
  }

  open(): void {
    this.dispatchEvent(new Event('open'))
  }

  send(...messages: object[]): void {
    for (const message of messages) this.sendText(JSON.stringify(message))
  }

  sendText(data: string): void {
    this.dispatchEvent(new MessageEvent('message', { data }))
  }

  lose({ wasClean = false, code = 1006 } = {}): void {
    this.dispatchEvent(Object.assign(new Event('close'), { wasClean, code }))
  }

  close(): void {
    this.isClosed = true
  }
}

interface Run {
  client: EventStreamClient
  sockets: Socket[]
  data: unknown[]
  errors: EventStreamError[]
  gaps: EventStreamGapReason[]
}

const clients: EventStreamClient[] = []
afterEach(() => {
  for (const client of clients.splice(0)) client.close()
})

async function start(options: EventStreamClientOptions = {}, capacity?: number): Promise<Run> {
  const run: Omit<Run, 'client'> = { sockets: [], data: [], errors: [], gaps: [] }
  const client = createEventStreamClient('https://server.test/chat?room=1', {
    reconnect: { initialDelay: 1, minDelay: 1 },
    transport: socketTransport({
      capacity,
      connect(url) {
        const socket = new Socket(url)
        run.sockets.push(socket)
        return socket
      },
    }),
    onMessage: ({ data }) => run.data.push(data),
    onError: (error) => run.errors.push(error),
    onGap: ({ reason }) => run.gaps.push(reason),
    ...options,
  })
  clients.push(client)
  await vi.waitUntil(() => run.sockets.length === 1 || client.status === 'failed')
  return { ...run, client }
}

/** One that is open. */
async function open(...details: Parameters<typeof start>): Promise<Run> {
  const run = await start(...details)
  run.sockets[0]!.open()
  return run
}

/** A slow machine gets its messages in slices. */
const got = ({ data }: Run, count: number): Promise<unknown> =>
  vi.waitUntil(() => data.length === count)

const again = ({ sockets }: Run): Promise<unknown> => vi.waitUntil(() => sockets.length === 2)

describe('an own transport', () => {
  it('is open when it says so, and its messages reach the app', async () => {
    const run = await start()
    expect(run.client).toMatchObject({ status: 'connecting', transport: 'socket' })
    expect(run.sockets[0]!.url).toBe('wss://server.test/chat?room=1')
    run.sockets[0]!.open()
    expect(run.client).toMatchObject({ status: 'open', error: null })
    const joined: unknown[] = []
    run.client.on('joined', (payload, { lastEventId }) => joined.push([payload, lastEventId]))
    run.sockets[0]!.send(
      { payload: 'a' },
      { id: '1', type: 'joined', payload: { b: 2 } },
      { payload: 3 },
    )
    await got(run, 3)
    expect(run.data).toEqual(['a', { b: 2 }, 3])
    expect(joined).toEqual([[{ b: 2 }, '1']])
    expect(run.client).toMatchObject({ received: 3, lastEventId: '1' })
    expect(run.client.message).toMatchObject({ type: 'message', data: 3, lastEventId: '1' })
  })

  it('goes on after the cursor, and what is replayed is dropped', async () => {
    const run = await open()
    run.sockets[0]!.send({ id: '1', payload: 1 }, { id: '2', payload: 2 })
    run.sockets[0]!.lose()
    await again(run)
    expect(run.sockets[1]!.url).toBe('wss://server.test/chat?room=1&lastEventId=2')
    run.sockets[1]!.open()
    run.sockets[1]!.send({ id: '2', payload: 2 }, { id: '3', payload: 3 })
    await got(run, 3)
    expect(run.data).toEqual([1, 2, 3])
    expect(run.client.duplicates).toBe(1)
    expect(run.errors).toMatchObject([{ code: 'network', fatal: false }])
    expect(run.errors[0]!.cause).toMatchObject({ message: 'The socket closed with 1006.' })
    expect(run.gaps).toEqual([])
  })

  it('raises a gap where messages had no ids', async () => {
    const run = await open()
    run.sockets[0]!.send({ payload: 1 })
    run.sockets[0]!.lose()
    await again(run)
    run.sockets[1]!.open()
    expect(run.gaps).toEqual(['no-id'])
  })

  it('comes back after a clean end, and ends where that is not wanted', async () => {
    const run = await open()
    run.sockets[0]!.lose({ wasClean: true })
    await again(run)
    const once = await open({ reconnect: false })
    once.sockets[0]!.lose({ wasClean: true })
    await vi.waitUntil(() => once.client.status === 'closed')
    expect(once.client).toMatchObject({ reason: 'complete', error: null })
  })

  it('ends the stream with an error of its own', async () => {
    const run = await open()
    run.sockets[0]!.lose({ code: 4401 })
    await vi.waitUntil(() => run.client.status === 'failed')
    expect(run.client.error).toMatchObject({ code: 'http-status', status: 401, fatal: true })
    expect(run.client).toMatchObject({ reason: 'http', retryAt: null })
  })

  it('refuses what it cannot do', async () => {
    const run = await start({ headers: { Authorization: 'secret' } })
    expect(run.client.error).toMatchObject({ code: 'unsupported', fatal: true })
    expect(run.sockets).toEqual([])
  })

  it('is told when it is not wanted any more, and not heard from then on', async () => {
    const run = await open()
    run.client.close()
    expect(run.sockets[0]!.isClosed).toBe(true)
    run.sockets[0]!.send({ id: '1', payload: 1 })
    run.sockets[0]!.lose()
    expect(run.data).toEqual([])
    expect(run.client).toMatchObject({ status: 'closed', reason: 'user', lastEventId: '' })
  })

  it('keeps back what comes while nothing is wanted', async () => {
    const run = await open()
    run.client.pause()
    run.sockets[0]!.send({ id: '1', payload: 1 }, { id: '2', payload: 2 })
    expect(run.data).toEqual([])
    expect(run.client.lastEventId).toBe('')
    run.client.resume()
    await got(run, 2)
    expect(run.data).toEqual([1, 2])
    expect(run.client.lastEventId).toBe('2')
  })

  it('is left when too much waits, and made anew after what was delivered', async () => {
    const run = await open({}, 2 * 300)
    run.client.pause()
    run.sockets[0]!.send(...[1, 2, 3].map((n) => ({ id: `${n}`, payload: n })))
    expect(run.sockets[0]!.isClosed).toBe(true)
    run.client.resume()
    await got(run, 3)
    expect(run.data).toEqual([1, 2, 3])
    await again(run)
    expect(run.sockets[1]!.url).toContain('lastEventId=3')
  })

  it('may show signs of life, whose absence is silence', async () => {
    const run = await open({ silenceTimeout: 30 })
    const first = run.client.lastActivityAt
    run.sockets[0]!.sendText('')
    expect(run.client.lastActivityAt).not.toBe(first)
    await again(run)
    expect(run.errors).toMatchObject([{ code: 'silence' }])
    expect(run.sockets[0]!.isClosed).toBe(true)
  })

  it('reports what it cannot read, and goes on', async () => {
    const run = await open()
    run.sockets[0]!.sendText('{"half')
    run.sockets[0]!.send({ payload: 'goes on' })
    expect(run.errors).toMatchObject([{ code: 'decode', raw: '{"half', fatal: false }])
    await got(run, 1)
    expect(run.data).toEqual(['goes on'])
    expect(run.client.status).toBe('open')
  })
})
