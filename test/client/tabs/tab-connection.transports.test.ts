// @vitest-environment node
/** Transports that ask again and again, or take the place of another one: over tabs, too. */
import { describe, expect, it } from 'vitest'
import { pollingTransport } from '../../../src/client/transports/polling-transport.ts'
import { useTestTabs } from '../../support/fake-browser-streams.ts'
import type { TransportAttempt } from '../../../src/client/transports/transport.ts'

// Loaded on demand: here it is there from the start.
await import('../../../src/client/connection/transport-choice.ts')

const createTabs = useTestTabs()

describe('a leader that asks again and again', () => {
  it('tells so, and each message comes once to all, also to who comes late', async () => {
    const tabs = createTabs()
    const answer = async (...numbers: number[]): Promise<void> => {
      const request = tabs.request()
      await request.respond({ contentType: 'application/json', isComplete: false })
      await request.push(JSON.stringify(numbers.map((id) => ({ id: `${id}`, data: `${id}` }))))
      await request.end()
      await tabs.settle()
    }
    const options = { transport: pollingTransport({ interval: 1000 }) }
    const streams = [await tabs.start(options), await tabs.start(options)]
    await answer(1, 2)
    for (const numbers of [[], [], [2, 3]]) {
      await tabs.advance(1000)
      await answer(...numbers)
    }
    streams.push(await tabs.start(options))
    for (const { data, log } of streams) {
      expect(data).toEqual([1, 2, 3])
      expect(log).toEqual(['connecting', 'open', 'onOpen'])
    }
    const { said } = tabs.channels
    const marks = said.filter(({ data }) => data.kind === 'chunk' && data.entries[0] === null)
    expect(marks).toHaveLength(1)
  })

  it('tells a gap that the server has found, also to who comes late', async () => {
    const tabs = createTabs()
    const options = { transport: pollingTransport({ interval: 1000 }) }
    const answer = async (id: string, headers?: Record<string, string>): Promise<void> => {
      const request = tabs.request()
      await request.respond({
        contentType: 'application/json',
        isComplete: false,
        ...(headers && { headers }),
      })
      await request.push(JSON.stringify([{ id, data: id }]))
      await request.end()
      await tabs.settle()
    }
    const streams = [await tabs.start(options), await tabs.start(options)]
    await answer('1')
    await tabs.advance(1000)
    await answer('7', { 'Mercure-Last-Event-ID': '6' })
    streams.push(await tabs.start(options))
    for (const { data, log } of streams) {
      expect(data).toEqual([1, 7])
      expect(log).toEqual(['connecting', 'open', 'onOpen', 'onGap server'])
    }
  })
})

describe('a fallback', () => {
  it('is relayed as well', async () => {
    const tabs = createTabs()
    const fallback = {
      afterAttempts: 1,
      transport: {
        name: 'other',
        async connect(attempt: TransportAttempt) {
          attempt.onOpen({ status: 200, headers: new Headers() })
          attempt.receive(() => {
            attempt.onLastEventId('7')
            attempt.onMessage({ type: 'message', data: '7', lastEventId: '7' }, true)
          })
          await new Promise((resolve) => attempt.signal.addEventListener('abort', resolve))
        },
      },
    }
    const streams = [await tabs.start({ fallback }), await tabs.start({ fallback })]
    await tabs.request().refuse()
    await tabs.advance(1000)
    expect(streams.map(({ data }) => data)).toEqual([[7], [7]])
    expect(streams.map(({ client }) => client.transport)).toEqual(['other', 'tabs'])
  })
})
