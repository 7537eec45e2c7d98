/** What a client does where the platform lacks something: it says so, once. Runs in Node and in browsers. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createEventStreamClient } from '../../../src/client/event-stream-client.ts'
import { eventSourceTransport } from '../../../src/client/transports/event-source-transport.ts'
import { pollingTransport } from '../../../src/client/transports/polling-transport.ts'
import { EventStreamError } from '../../../src/protocol/errors.ts'
import { startRun, until } from '../../support/client-run.ts'
import { blocks, script } from '../../support/fault-script.ts'
import { requestsOf, tagged } from '../../support/tagged-log.ts'
import type { Environment } from '../../../src/client/environment.ts'
import type { EventStreamClientOptions } from '../../../src/client/options.ts'
import type { ClientRun } from '../../support/client-run.ts'

interface UnsupportedRun extends ClientRun {
  asked(): Promise<number>
}

/** @param EventSource For where the platform has none. */
export function describeUnsupported(serverUrl: () => string, EventSource?: unknown): void {
  const runs: ClientRun[] = []
  afterEach(() => {
    for (const { client, reported } of runs.splice(0)) {
      client.close()
      expect(reported).toEqual([])
    }
    vi.unstubAllGlobals()
  })

  /** The globals of these names are not there while the client starts. */
  function connect(missing: string[], options: EventStreamClientOptions): UnsupportedRun {
    const tag = crypto.randomUUID()
    // The log is asked for with what was there before.
    const { fetch, AbortController } = globalThis
    if (EventSource) vi.stubGlobal('EventSource', EventSource)
    for (const name of missing) vi.stubGlobal(name, undefined)
    const run = startRun(
      tagged(serverUrl() + script(blocks(1, 2)), tag),
      options,
      createEventStreamClient,
    )
    runs.push(run)
    async function asked(): Promise<number> {
      vi.stubGlobal('fetch', fetch)
      vi.stubGlobal('AbortController', AbortController)
      return (await requestsOf(serverUrl(), tag)).length
    }
    return { ...run, asked }
  }

  /** It has failed, for one reason, and asks for nothing any more. */
  async function expectUnsupported(run: UnsupportedRun, name: RegExp): Promise<void> {
    await until(() => run.client.status === 'failed')
    expect(run.client).toMatchObject({ retryAt: null, received: 0 })
    expect(run.client.error).toMatchObject({ code: 'unsupported', fatal: true })
    expect(run.client.error!.message).toMatch(name)
    expect(run.errors.every(({ code }) => code === 'unsupported')).toBe(true)
    expect(run.errors.at(-1)).toBe(run.client.error)
  }

  /** As React Native's: an answer has no `body`. */
  const fetchWithoutStreams: Environment['fetch'] = async (url, init) => {
    const { status, headers } = await fetch(url, init)
    return { status, headers } as Response
  }

  describe('without EventSource', () => {
    it('eventSourceTransport fails as unsupported, at once', async () => {
      const run = connect(['EventSource'], { transport: eventSourceTransport() })
      await expectUnsupported(run, /EventSource/)
      expect(run.errors).toHaveLength(1)
      expect(await run.asked()).toBe(0)
    })

    it('a fallback takes over', async () => {
      const run = connect(['EventSource'], {
        transport: eventSourceTransport(),
        fallback: { transport: pollingTransport({ interval: 10 }) },
      })
      await until(() => run.messages.length >= 2)
      expect(run.client).toMatchObject({ status: 'open', transport: 'polling' })
      expect(run.data().slice(0, 2)).toEqual([1, 2])
    })
  })

  describe('without fetch', () => {
    it('the client fails as unsupported, at once', async () => {
      const run = connect(['fetch'], {})
      await expectUnsupported(run, /fetch/)
      expect(run.errors).toHaveLength(1)
      expect(await run.asked()).toBe(0)
    })

    it('polling fails as unsupported, too', async () => {
      const run = connect(['fetch'], { transport: pollingTransport() })
      await expectUnsupported(run, /fetch/)
      expect(run.errors).toHaveLength(1)
    })

    it('a fallback to EventSource takes over', async () => {
      // The double of Node stands on `fetch` itself.
      const run = connect(EventSource ? [] : ['fetch'], {
        ...(EventSource ? { fetch: () => Promise.reject(noFetch()) } : {}),
        fallback: { transport: eventSourceTransport() },
      })
      await until(() => run.messages.length === 2)
      expect(run.client).toMatchObject({ status: 'open', transport: 'event-source' })
      expect(await run.asked()).toBe(1)
    })
  })

  describe('where fetch does not stream', () => {
    it('the client fails as unsupported, after one request', async () => {
      const run = connect([], { fetch: fetchWithoutStreams })
      await expectUnsupported(run, /stream/)
      expect(await run.asked()).toBe(1)
    })

    it('a fallback to EventSource takes over', async () => {
      const run = connect([], {
        fetch: fetchWithoutStreams,
        fallback: { transport: eventSourceTransport() },
      })
      await until(() => run.messages.length === 2)
      expect(run.client).toMatchObject({ status: 'open', transport: 'event-source' })
      expect(await run.asked()).toBe(2)
    })

    it('and there is no EventSource either, the client fails as unsupported', async () => {
      const run = connect(['EventSource'], {
        fetch: fetchWithoutStreams,
        fallback: { transport: eventSourceTransport() },
      })
      await expectUnsupported(run, /stream/)
      // The first transport has the last word.
      expect(run.errors).toHaveLength(3)
      expect(await run.asked()).toBe(2)
    })

    it('polling works all the same', async () => {
      const run = connect([], {
        fetch: async (url, init) => {
          const { status, headers, text } = await answerWithJson(url, init)
          return { status, headers, text } as Response
        },
        transport: pollingTransport({ interval: 10 }),
      })
      await until(() => run.messages.length >= 1 || run.client.status === 'failed')
      expect(run.data()[0]).toBe(1)
    })
  })

  describe('without AbortController', () => {
    it('the client fails as unsupported, without a request', async () => {
      const run = connect(['AbortController'], {})
      await expectUnsupported(run, /AbortController/)
      expect(await run.asked()).toBe(0)
    })

    it('no fallback can help', async () => {
      const run = connect(['AbortController'], {
        fallback: { transport: pollingTransport() },
      })
      await expectUnsupported(run, /AbortController/)
      expect(await run.asked()).toBe(0)
    })
  })
}

function noFetch(): EventStreamError {
  return new EventStreamError('unsupported', 'There is no fetch here.', { fatal: true })
}

const answerWithJson: Environment['fetch'] = async (_, { signal }) => {
  signal!.throwIfAborted()
  return {
    status: 200,
    headers: new Headers({ 'Content-Type': 'application/json' }),
    text: async () => '[{"data":1}]',
  } as Response
}
