// @vitest-environment node
/** The option `onBatch`: what is in a batch, when it comes, and that nothing is lost with it. */
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { until } from '../../support/client-run.ts'
import { settle } from '../../support/settle.ts'
import { useSharedStreams } from '../../support/shared-streams.ts'
import { useStoredStreams } from '../../support/stored-streams.ts'
import { useTestStreams } from '../../support/test-streams.ts'
import type { Message } from '../../../src/client/types.ts'
import type { TestStream, TestStreamOptions } from '../../support/test-streams.ts'

const start = useTestStreams()
const startStored = useStoredStreams()
const openPage = useSharedStreams()

beforeAll(() => import('../../../src/client/delivery/message-stages.ts'))

interface Batched extends TestStream {
  /** `1 2` of a batch, and where it is one of a replay that as well; forgets them. */
  batches(): string[]
}

function noteBatches() {
  const batches: string[] = []
  function onBatch(messages: Message[], { replayed }: { replayed: boolean }): unknown {
    return batches.push(
      `${messages.map(({ data }) => data).join(' ')}${replayed ? ' replayed' : ''}`,
    )
  }
  return { batches: () => batches.splice(0), onBatch }
}

async function startOpen(options: TestStreamOptions & { flush?: unknown } = {}): Promise<Batched> {
  const { batches, onBatch } = noteBatches()
  const stream = await start({ onBatch, ...options })
  await until(() => stream.requests.length > 0)
  await stream.open()
  stream.takeLog()
  return Object.assign(stream, { batches })
}

const messages = (from: number, to = from): string =>
  Array.from({ length: to - from + 1 }, (_, n) => `id: ${from + n}\ndata: ${from + n}\n\n`).join('')

describe('onBatch', () => {
  it('gets all messages of a frame at once, in order, after their handlers', async () => {
    const seen: unknown[] = []
    const stream = await startOpen({ on: { message: (data) => seen.push(data) } })
    await stream.request.push(messages(1), messages(2, 3))
    expect([seen, stream.batches()]).toEqual([[1, 2, 3], []])
    await stream.frame()
    expect(stream.batches()).toEqual(['1 2 3'])
    await stream.frame()
    expect([stream.batches(), stream.live()]).toMatchObject([
      [],
      expect.not.arrayContaining(['frame']),
    ])
    await stream.request.push(messages(4))
    await stream.frame()
    expect(stream.batches()).toEqual(['4'])
  })

  it('gets the messages that handlers get', async () => {
    const seen: unknown[] = []
    const stream = await startOpen({
      onMessage: (message) => seen.push(message),
      onBatch: ([message]) => seen.push(message),
    })
    await stream.request.push('data: 1\n\n')
    await stream.frame()
    expect(seen[1]).toBe(seen[0])
  })

  it('never gets replayed ones and others together', async () => {
    const stream = await startOpen({
      initialLastEventId: '1',
      caughtUp: ({ comment }) => comment === 'live',
    })
    await stream.request.push(`${messages(2, 3)}: live\n\n${messages(4, 5)}`)
    expect(stream.batches()).toEqual(['2 3 replayed'])
    await stream.frame()
    expect(stream.batches()).toEqual(['4 5'])
  })

  it('gets at most 512, however long no frame comes', async () => {
    const stream = await startOpen({ onBatch: undefined })
    stream.client.close()
    const sizes: number[] = []
    const many = await startOpen({ onBatch: (batch) => sizes.push(batch.length) })
    await many.request.push(messages(1, 1100))
    expect(sizes).toEqual([512, 512])
    await many.frame()
    expect(sizes).toEqual([512, 512, 76])
    expect(many.warnings).toEqual([])
  })

  it('comes with every message, or so many milliseconds after the first, where flush says so', async () => {
    const sync = await startOpen({ flush: 'sync' })
    await sync.request.push(messages(1, 2))
    expect(sync.batches()).toEqual(['1', '2'])
    const timed = await startOpen({ flush: 200 })
    await timed.request.push(messages(1))
    await timed.advance(150)
    await timed.request.push(messages(2))
    await timed.advance(49)
    expect(timed.batches()).toEqual([])
    await timed.advance(1)
    expect(timed.batches()).toEqual(['1 2'])
  })

  it.each<[string, (stream: Batched) => void | Promise<void>]>([
    ['close()', ({ client }) => client.close()],
    ['a change of the URL', ({ client }) => client.setUrl('https://server.test/other')],
    ['setEnabled(false)', ({ client }) => client.setEnabled(false)],
    ['a failure', ({ request }) => request.push('event: end\ndata: 0\n\n')],
    ['pagehide', (stream) => stream.page('pagehide')],
  ])('gets what there is at %s, at once and nothing after it', async (_how, leave) => {
    const stream = await startOpen({ failWhen: ({ type }) => type === 'end' && 'fatal' })
    await stream.request.push(messages(1, 2))
    const left = leave(stream)
    if (!left) expect(stream.batches()).toEqual(['1 2'])
    await left
    await stream.frame()
    expect(stream.batches()).toEqual(left ? ['1 2'] : [])
  })

  it('comes before onClose of a stream that is complete', async () => {
    const stream = await startOpen({ until: '[DONE]', onClose: () => void order.push('onClose') })
    const order: string[] = []
    await stream.request.push(`${messages(1)}data: [DONE]\n\n`)
    expect(stream.batches()).toEqual(['1'])
    expect(order).toEqual(['onClose'])
  })

  it('that fails is reported once, now or later, and gets the next batch', async () => {
    const onBatch = vi.fn<() => unknown>()
    onBatch.mockImplementationOnce(() => {
      throw new Error('now')
    })
    onBatch.mockImplementationOnce(() => Promise.reject(new Error('later')))
    const stream = await startOpen({ onBatch })
    for (const id of [1, 3, 5]) {
      await stream.request.push(messages(id, id + 1))
      await stream.frame()
    }
    expect(stream.errors.map(({ code, cause }) => `${code} ${cause}`)).toEqual([
      ...['handler Error: now', 'handler Error: later'],
    ])
    expect(onBatch).toHaveBeenCalledTimes(3)
  })

  it('is waited for before its messages count as handled', async () => {
    let finish = (): void => {}
    const onBatch = (): unknown => new Promise<void>((resolve) => (finish = resolve))
    const stream = await startStored({}, { onBatch })
    await until(() => stream.requests.length > 0)
    await stream.open()
    await stream.request.push(messages(1, 3))
    await stream.advance(1000)
    await stream.frame()
    await stream.advance(1000)
    expect(stream.storedId()).toBe(undefined)
    finish()
    await stream.advance(250)
    expect(stream.storedId()).toBe('3')
  })

  it('that is too slow stops reading', async () => {
    const finish: (() => void)[] = []
    const onBatch = (): unknown => new Promise<void>((resolve) => finish.push(resolve))
    const stream = await startOpen({ onBatch })
    await stream.request.push(messages(1))
    await stream.frame()
    await stream.request.push(messages(2, 3000))
    const { received } = stream.client
    expect(received).toBeLessThan(1100)
    await stream.frame()
    for (const resolve of finish.splice(0)) resolve()
    await settle()
    expect(stream.client.received).toBeGreaterThan(received)
    stream.client.close()
  })

  it('is each subscriber’s own where a connection is shared', async () => {
    const page = openPage()
    const notes = [noteBatches(), noteBatches()]
    for (const { onBatch } of notes) page.start({ onBatch })
    page.start()
    await until(() => page.requests.length > 0)
    await settle()
    await page.request.respond()
    await page.request.push(messages(1, 2))
    await page.frame()
    expect(page.requests).toHaveLength(1)
    expect(notes.map(({ batches }) => batches())).toEqual([['1 2'], ['1 2']])
  })
})
