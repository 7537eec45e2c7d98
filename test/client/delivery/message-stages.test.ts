// @vitest-environment node
/** Failures that the server tells within the stream, and how the code for all that is loaded. */
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { until } from '../../support/client-run.ts'
import { settle } from '../../support/settle.ts'
import { useSharedStreams } from '../../support/shared-streams.ts'
import { useStoredStreams } from '../../support/stored-streams.ts'
import { useTestStreams } from '../../support/test-streams.ts'
import type { EventStreamClientOptions } from '../../../src/client/options.ts'
import type { ReceivedMessage } from '../../../src/client/types.ts'
import type { TestStream, TestStreamOptions } from '../../support/test-streams.ts'

const start = useTestStreams()
const startStored = useStoredStreams()
const openPage = useSharedStreams()

beforeAll(() => import('../../../src/client/delivery/message-stages.ts'))

const isError = ({ type }: ReceivedMessage): boolean => type === 'error'
const isFatal = ({ type }: ReceivedMessage): false | 'fatal' => type === 'error' && 'fatal'
const FAILURE = 'event: error\ndata: {"code":7}\n\n'

async function startOpen(options: TestStreamOptions): Promise<TestStream> {
  const stream = await start(options)
  await until(() => stream.requests.length > 0)
  await stream.open()
  stream.takeLog()
  return stream
}

describe('failWhen', () => {
  it('loses the connection with the error server, and tries again', async () => {
    const seen: unknown[] = []
    const stream = await startOpen({ failWhen: isError, on: { error: () => seen.push('handler') } })
    stream.client.tap(() => seen.push('tap'))
    await stream.request.push(`id: 1\ndata: 1\n\n${FAILURE}`)
    expect(stream.takeLog()).toEqual([
      ...['message message 1', 'reconnecting network', 'error server'],
    ])
    expect(stream.errors[0]).toMatchObject({
      ...{ code: 'server', fatal: false, type: 'error', raw: '{"code":7}', attempt: 0 },
      url: 'https://server.test/events',
    })
    expect(seen).toEqual(['tap'])
    expect(stream.client).toMatchObject({ received: 1, error: stream.errors[0] })
    expect(stream.requests[0]!.isOpen).toBe(false)
    await stream.advance(1000)
    await stream.open()
    expect(stream.request.headers.get('Last-Event-ID')).toBe('1')
    expect(stream.client).toMatchObject({ status: 'open', error: null })
  })

  it('says fatal: the stream has failed', async () => {
    const stream = await startOpen({ failWhen: isFatal })
    await stream.request.push(FAILURE)
    expect(stream.log).toEqual(['failed network', 'error server', 'onClose network'])
    expect(stream.errors[0]).toMatchObject({ fatal: true, raw: '{"code":7}' })
    expect(stream.live()).toEqual([])
  })

  it('is asked for what reconnect says: shouldReconnect decides, maxAttempts ends it', async () => {
    const shouldReconnect = vi.fn<(error: unknown) => boolean | undefined>(() => true)
    const options = { failWhen: isFatal, reconnect: { shouldReconnect, maxAttempts: 2, jitter: 0 } }
    const stream = await startOpen(options)
    await stream.request.push(FAILURE)
    expect(shouldReconnect).toHaveBeenCalledExactlyOnceWith(stream.errors[0])
    await stream.advance(1000)
    await stream.open()
    await stream.request.push(FAILURE)
    expect(stream.client).toMatchObject({ status: 'failed', reason: 'exhausted' })
    expect(stream.errors.at(-1)!.cause).toMatchObject({ code: 'server' })
  })

  it('fails a POST, which is sent once', async () => {
    const stream = await startOpen({ failWhen: isError, method: 'POST' })
    await stream.request.push(FAILURE)
    expect(stream.log).toEqual(['failed network', 'error server', 'onClose network'])
  })

  it.each([
    ['', ''],
    ['with an id of its own, which moves the cursor', 'id: new\n'],
    ['with another id each time', 'id: COUNT\n'],
  ])('asks no faster than backoff says a server that fails at once %s', async (_how, id) => {
    const reconnect = { jitter: 0, initialDelay: 1000, factor: 2 }
    const stream = await startOpen({ failWhen: isError, reconnect })
    for (const [count, delay] of [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000].entries()) {
      await stream.request.push(`${id.replace('COUNT', `${count}`)}${FAILURE}`)
      expect(stream.client.attempt).toBe(count + 1)
      expect(stream.delays()).toEqual([delay])
      await stream.advance(delay)
      await stream.open()
      if (id)
        expect(stream.request.headers.get('Last-Event-ID')).toBe(
          id === 'id: new\n' ? 'new' : `${count}`,
        )
    }
  })

  it('drops what comes behind it, which is asked for again', async () => {
    const stream = await startOpen({ failWhen: isError })
    await stream.request.push(`id: 1\ndata: 1\n\n${FAILURE}id: 2\ndata: 2\n\n`)
    await stream.advance(1000)
    expect(stream.request.headers.get('Last-Event-ID')).toBe('1')
    expect(stream.data).toEqual([1])
  })

  it('comes in its turn', async () => {
    const stream = await startOpen({ failWhen: isError })
    stream.client.pause()
    await stream.request.push(`id: 1\ndata: 1\n\n${FAILURE}`)
    expect(stream.takeLog()).toEqual(['paused user'])
    stream.client.resume()
    await settle()
    expect(stream.takeLog().slice(0, 2)).toEqual(['message message 1', 'reconnecting network'])
  })

  it('says nothing of the connection after the one that it came with', async () => {
    const stream = await startOpen({ failWhen: isError, queue: {} } as TestStreamOptions)
    const reason = Symbol()
    stream.client.pause(reason)
    await stream.request.push(`id: 1\ndata: 1\n\n${FAILURE}`)
    await stream.page('freeze', 'resume')
    await stream.advance(2000)
    stream.client.resume(reason)
    await settle()
    await stream.advance(2000)
    if (stream.client.status !== 'open') await stream.open()
    expect(stream.client.status).toBe('open')
    expect(stream.errors).toEqual([])
  })

  it('sees the text of what cannot be decoded, which is no error then', async () => {
    const seen: unknown[] = []
    const stream = await startOpen({
      failWhen({ type, data, lastEventId }) {
        seen.push([type, data, lastEventId])
        return type === 'error'
      },
    })
    await stream.request.push('id: 1\ndata: {"a":1}\n\nevent: error\ndata: Gone away\n\n')
    expect(seen).toEqual([
      ['message', { a: 1 }, '1'],
      ['error', 'Gone away', '1'],
    ])
    expect(stream.errors.map(({ code }) => code)).toEqual(['server'])
  })

  it('sees one that was delivered before, too', async () => {
    const stream = await startOpen({ failWhen: ({ data }) => data === 'fail' })
    for (let count = 0; count < 3; count++) {
      await stream.request.push('id: 1\ndata: "fail"\n\n')
      await stream.advance(10_000)
      await stream.open()
    }
    expect(stream.errors.map(({ code }) => code)).toEqual(['server', 'server', 'server'])
    expect(stream.client.duplicates).toBe(0)
  })

  it('makes no gap of a failure without an id in a stream with ids', async () => {
    const stream = await startOpen({ failWhen: isError })
    await stream.request.push(`id: 1\ndata: 1\n\n${FAILURE}`)
    await stream.advance(1000)
    await stream.open()
    expect(stream.gaps).toEqual([])
    await stream.request.push(`data: 2\n\n${FAILURE}`)
    await stream.advance(1000)
    await stream.open()
    expect(stream.gaps).toMatchObject([{ reason: 'no-id' }])
  })

  it('commits the id of the failure: it is not to come again after a reload', async () => {
    const stream = await startStored({}, { failWhen: isError })
    await until(() => stream.requests.length > 0)
    await stream.open()
    await stream.request.push(`id: 9\n${FAILURE}`)
    await stream.advance(250)
    expect(stream.storedId()).toBe('9')
  })

  it('that throws is reported, and the message is delivered', async () => {
    const stream = await startOpen({
      failWhen() {
        throw new Error('broken')
      },
    })
    await stream.request.push('data: 1\n\n')
    expect(stream.log).toEqual(['error handler', 'message message 1'])
  })

  it.each([undefined, null, 0, 1, 'yes', {}, Promise.resolve(true)])(
    'means no failure by %s',
    async (answer) => {
      const stream = await startOpen({ failWhen: () => answer as boolean })
      await stream.request.push('data: 1\n\n')
      expect(stream.log).toEqual(['message message 1'])
    },
  )

  describe('of a shared connection', () => {
    async function joinTwo(options: EventStreamClientOptions) {
      const page = openPage()
      const streams = [page.start(options), page.start(options)]
      await until(() => page.requests.length > 0)
      await settle()
      await page.request.respond()
      for (const stream of streams) stream.takeLog()
      return { page, streams }
    }

    it('is asked once for all, who hear of it', async () => {
      const failWhen = vi.fn<(message: ReceivedMessage) => boolean>(isError)
      const { page, streams } = await joinTwo({ failWhen })
      await page.request.push(`id: 1\ndata: 1\n\n${FAILURE}`)
      expect(page.requests).toHaveLength(1)
      expect(failWhen.mock.calls).toEqual([
        [{ type: 'message', data: 1, lastEventId: '1' }],
        [{ type: 'error', data: { code: 7 }, lastEventId: '1' }],
      ])
      for (const { log, errors } of streams) {
        expect(log).toEqual(['1', 'reconnecting network', 'error server'])
        expect(errors[0]).toMatchObject({ code: 'server', raw: '{"code":7}', type: 'error' })
      }
    })

    it('fails for all', async () => {
      const { page, streams } = await joinTwo({ failWhen: isFatal })
      await page.request.push('event: error\ndata: Gone\n\n')
      for (const { log } of streams) {
        expect(log).toEqual(['failed network', 'error server', 'onClose network'])
      }
    })

    it('is one of the things that they have in common', async () => {
      const page = openPage()
      page.start({ failWhen: isError })
      page.start({ failWhen: isFatal })
      page.start({ failWhen: isError })
      page.start()
      await until(() => page.requests.length === 3)
      await settle()
      expect(page.requests).toHaveLength(3)
    })
  })
})

describe('code that is loaded', () => {
  it('is there before a transport begins, also one that asks for nothing', async () => {
    const stream = await start({
      failWhen: isFatal,
      transport: {
        name: 'own',
        connect({ onOpen, receive, onMessage }) {
          onOpen({ status: 200, headers: new Headers() })
          receive(() => onMessage({ type: 'error', data: '1', lastEventId: '' }, false))
          return new Promise(() => {})
        },
      },
    })
    await until(() => stream.client.status === 'failed')
    expect(stream.errors).toEqual([expect.objectContaining({ code: 'server' })])
    expect(stream.client.received).toBe(0)
  })
})

describe('code that cannot be loaded', () => {
  afterEach(() => void vi.doUnmock('../../../src/client/delivery/message-stages.ts'))

  function breakLoading(): { isBroken: boolean } {
    const loading = { isBroken: true }
    vi.doMock('../../../src/client/delivery/message-stages.ts', async (importActual) => {
      const actual = await importActual<object>()
      return {
        ...actual,
        get createMessageStages() {
          if (loading.isBroken) throw new Error('The file is gone.')
          return (actual as { createMessageStages: unknown }).createMessageStages
        },
      }
    })
    return loading
  }

  it('is a failed attempt: nothing is asked for, and it is tried again', async () => {
    vi.resetModules()
    const loading = breakLoading()
    const stream = await start({ onBatch: () => {}, reconnect: { jitter: 0 } })
    await until(() => stream.errors.length > 0)
    expect(stream.log).toEqual(['connecting', 'reconnecting network', 'error request'])
    expect(stream.errors[0]).toMatchObject({
      fatal: false,
      attempt: 1,
      cause: { message: expect.stringContaining('gone') },
    })
    expect(stream.requests).toEqual([])
    loading.isBroken = false
    await stream.advance(1000)
    await until(() => stream.requests.length > 0)
    await stream.open()
    expect(stream.client.status).toBe('open')
  })

  it('leaves no stream to share one without it', async () => {
    vi.resetModules()
    const loading = breakLoading()
    const page = openPage()
    const stream = page.start({ onBatch: () => {}, reconnect: { jitter: 0 } })
    await until(() => stream.errors.length > 0)
    expect(stream.errors[0]).toMatchObject({ code: 'request' })
    expect(page.requests).toEqual([])
    loading.isBroken = false
    await page.advance(1000)
    await until(() => page.requests.length > 0)
  })
})
