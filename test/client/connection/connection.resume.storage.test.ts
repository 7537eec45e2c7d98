// @vitest-environment node
/** The committed id in the storage: when it is written, and of which message it is. */
import { describe, expect, it } from 'vitest'
import { START_MS } from '../../support/fake-environment.ts'
import { settle } from '../../support/settle.ts'
import { useStoredStreams } from '../../support/stored-streams.ts'
import { URL_OF_TESTS } from '../../support/test-streams.ts'
import type { EventStreamClientOptions } from '../../../src/client/options.ts'
import type { TestStream } from '../../support/test-streams.ts'

const startStored = useStoredStreams()
const NAME = 'vue-event-stream:chat'
const message = (id: string | number): string => `id: ${id}\ndata: 1\n\n`

function createWork(): { promise: Promise<void>; finish(): Promise<void>; fail(): Promise<void> } {
  let resolve!: () => void
  let reject!: (cause: unknown) => void
  const promise = new Promise<void>((...both) => ([resolve, reject] = both))
  return {
    promise,
    finish: () => (resolve(), settle()),
    fail: () => (reject(new Error('no')), settle()),
  }
}

describe('what is stored', () => {
  it('is nothing without the option, or while there is no id', async () => {
    const stream = await startStored({ storage: false })
    await stream.open()
    await stream.request.push(message(1))
    await stream.advance(1000)
    expect(stream.writes).toEqual([])
    const other = await startStored()
    await other.open()
    await other.request.push('data: 1\n\n')
    await other.advance(1000)
    expect(other.items.size).toBe(0)
  })

  it('is the id of the last message, 250 ms after it, with the time and the document', async () => {
    const stream = await startStored()
    await stream.open()
    await stream.request.push(message(1) + message(2))
    await stream.advance(249)
    expect(stream.writes).toEqual([])
    await stream.advance(1)
    expect(JSON.parse(stream.items.get(NAME)!)).toEqual({ id: '2', at: START_MS + 250, by: 2 })
  })

  it('is written at most every 250 ms', async () => {
    const stream = await startStored()
    await stream.open()
    for (let index = 0; index < 100; index++) {
      await stream.request.push(message(index))
      await stream.advance(10)
    }
    expect(stream.writes).toHaveLength(4)
  })

  it.each<[string, (work: Promise<void>) => EventStreamClientOptions]>([
    ['onMessage', (work) => ({ onMessage: () => work })],
    ['on', (work) => ({ on: { message: () => work } })],
  ])('waits for what a handler does: %s', async (_, options) => {
    const { promise, finish } = createWork()
    const stream = await startStored({}, options(promise))
    await stream.open()
    await stream.request.push(message(1))
    await stream.advance(10_000)
    expect(stream.writes).toEqual([])
    await finish()
    await stream.advance(250)
    expect(stream.storedId()).toBe('1')
  })

  it('waits for what handlers do that were added later, for all messages and once', async () => {
    const works = [createWork(), createWork(), createWork()]
    const stream = await startStored()
    stream.client.on('message', () => works[0]!.promise)
    stream.client.on('*', () => works[1]!.promise)
    stream.client.once('message', () => works[2]!.promise)
    await stream.open()
    await stream.request.push(message(1))
    for (const { finish } of works) {
      await stream.advance(250)
      expect(stream.writes).toEqual([])
      await finish()
    }
    await stream.advance(250)
    expect(stream.storedId()).toBe('1')
  })

  it('waits for what handlers of earlier messages do', async () => {
    const first = createWork()
    const stream = await startStored({}, { onMessage: ({ key }) => key === 1 && first.promise })
    await stream.open()
    await stream.request.push(message(1) + message(2), 'id: 3\n\n')
    await stream.advance(10_000)
    expect(stream.writes).toEqual([])
    await first.finish()
    await stream.advance(250)
    expect(stream.storedId()).toBe('3')
  })

  it('takes a handler that fails for done: it has been reported', async () => {
    const work = createWork()
    const stream = await startStored({}, { onMessage: () => work.promise })
    await stream.open()
    await stream.request.push(message(1))
    await work.fail()
    await stream.advance(250)
    expect(stream.storedId()).toBe('1')
    expect(stream.errors).toMatchObject([{ code: 'handler' }])
  })

  it.each([
    ['a block without data', 'id: 7\n\n'],
    ['a message that cannot be decoded', 'id: 7\ndata: {\n\n'],
    ['a message that inherits it', 'id: 7\n\ndata: 1\n\n'],
    ['a handler that throws', 'id: 7\nevent: throw\ndata: 1\n\n'],
  ])('is the id of %s', async (_, text) => {
    const on = {
      throw() {
        throw new Error('no')
      },
    }
    const stream = await startStored({}, { on })
    await stream.open()
    await stream.request.push(text)
    await stream.advance(250)
    expect(stream.storedId()).toBe('7')
  })

  it('is the id that getEventId gives', async () => {
    const stream = await startStored({}, { getEventId: ({ data }) => `${data}` })
    await stream.open()
    await stream.request.push('data: 7\n\n')
    await stream.advance(250)
    expect(stream.storedId()).toBe('7')
  })

  it.each(['id:\n\n', 'id:\ndata: 1\n\n'])('is taken away by an empty id: %j', async (text) => {
    const stream = await startStored({}, { stored: { id: '5' } })
    await stream.open()
    await stream.request.push(text)
    await stream.advance(250)
    expect(stream.items.size).toBe(0)
  })

  it('is not an id whose message waits in a pause', async () => {
    const stream = await startStored()
    await stream.open()
    await stream.request.push(message(1))
    stream.client.pause()
    await stream.request.push(message(2))
    await stream.advance(1000)
    expect(stream.storedId()).toBe('1')
    stream.client.resume()
    await stream.advance(250)
    expect(stream.storedId()).toBe('2')
  })

  it.each<[string, (stream: TestStream) => unknown]>([
    ['pagehide', ({ page }) => page('pagehide')],
    ['freeze', ({ page }) => page('freeze')],
    ['close()', ({ client }) => client.close()],
    ['setEnabled(false)', ({ client }) => client.setEnabled(false)],
    ['setUrl()', ({ client }) => client.setUrl('https://other.test/')],
    ['a failure', ({ request }) => request.cut()],
  ])('is written at once on %s, and no timer is left for it', async (_, leave) => {
    const stream = await startStored({}, { reconnect: false })
    await stream.open()
    await stream.request.push(message(1))
    await leave(stream)
    expect(stream.writes).toHaveLength(1)
    expect(stream.storedId()).toBe('1')
    expect(stream.delays()).not.toContain(250)
  })

  it('is written at once when a handler is done after close()', async () => {
    const work = createWork()
    const stream = await startStored({}, { onMessage: () => work.promise })
    await stream.open()
    await stream.request.push(message(1))
    stream.client.close()
    expect(stream.writes).toEqual([])
    await work.finish()
    expect(stream.storedId()).toBe('1')
    expect(stream.live()).toEqual([])
  })

  it('is the id of the message in whose handler close() is called, none after it', async () => {
    const stream = await startStored(
      {},
      { onMessage: ({ lastEventId }) => lastEventId === '2' && stream.client.close() },
    )
    await stream.open()
    await stream.request.push(message(1) + message(2) + message(3))
    await settle()
    expect(stream.storedId()).toBe('2')
  })

  it('leaves no timer when a handler is done after its URL was left, and then close()', async () => {
    const work = createWork()
    const stream = await startStored({ key: (url) => url }, { onMessage: () => work.promise })
    await stream.open()
    await stream.request.push(message(1))
    stream.client.setUrl('https://other.test/')
    await work.finish()
    stream.client.close()
    expect(stream.live()).toEqual([])
    expect(stream.items.get(`vue-event-stream:${URL_OF_TESTS}`)).toContain('"1"')
  })
})
