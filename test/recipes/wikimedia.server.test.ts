/** The recipe for Wikimedia's EventStreams, on a server that behaves as theirs is documented. */
import { describe, expect, it, vi } from 'vitest'
import { useEventStream } from 'vue-event-stream'
import { until } from '../support/client-run.ts'
import { useRecipeServer } from './recipe-runs.ts'
import { createWikimediaStreams } from './wikimedia-streams.ts'
import { useRecentChanges } from './wikimedia.ts'
import type { EventStreamsOptions } from 'vue-event-stream'

vi.mock('@vueuse/core', async (original) => ({ ...(await original<object>()), isClient: true }))

const EQIAD = 'eqiad.mediawiki.recentchange'
const CODFW = 'codfw.mediawiki.recentchange'

const streams = createWikimediaStreams()
const server = useRecipeServer(streams.listener)

/** Their host is the test's server. */
const redirected = (): EventStreamsOptions => ({
  fetch: (url, init) => fetch(url.replace('https://stream.wikimedia.org', server.url()), init),
})

function useChanges(options?: EventStreamsOptions) {
  const titles: string[] = []
  const { result: stream } = server.run(() => useRecentChanges(({ title }) => titles.push(title)), {
    ...redirected(),
    ...options,
  })
  return { stream, titles }
}

describe('Wikimedia EventStreams', () => {
  it('goes on from the time of the last change, and nothing is shown twice', async () => {
    const { stream, titles } = useChanges()
    await until(() => stream.status.value === 'open')
    streams.publish(EQIAD, 'a')
    streams.publish(CODFW, 'b')
    await until(() => titles.length === 2)
    await server.cut()
    streams.publish(EQIAD, 'c')
    await until(() => titles.length === 3)
    streams.publish(CODFW, 'd')
    await until(() => titles.length === 4)
    expect(titles).toEqual(['a', 'b', 'c', 'd'])
    expect(stream.duplicates.value).toBe(1)
    const { query, headers } = server.requests[1]!
    expect(query.get('since')).toMatch(/^2026-11-21T.*Z$/)
    expect(headers['last-event-id']).toBeUndefined()
  })

  it('goes on when the server ends it, as it does after a quarter of an hour', async () => {
    const { stream, titles } = useChanges()
    await until(() => stream.status.value === 'open')
    streams.publish(EQIAD, 'a')
    await until(() => titles.length === 1)
    streams.endAll()
    await until(() => server.requests.length === 2)
    streams.publish(EQIAD, 'b')
    await until(() => titles.length === 2)
    expect(titles).toEqual(['a', 'b'])
  })

  it('has changes that its own tests make: they move the cursor, and are not shown', async () => {
    const { stream, titles } = useChanges()
    await until(() => stream.status.value === 'open')
    streams.publish(CODFW, 'test', 'canary')
    await until(() => stream.received.value === 1)
    streams.publish(CODFW, 'real')
    await until(() => titles.length === 1)
    expect(titles).toEqual(['real'])
  })

  it('begins in the past with a cursor to start with', async () => {
    const since = streams.publish(EQIAD, 'first')
    streams.publish(CODFW, 'second')
    const { titles } = useChanges({ initialLastEventId: since })
    await until(() => titles.length === 2)
    expect(titles).toEqual(['first', 'second'])
    expect(server.requests[0]!.query.get('since')).toBe(since)
  })

  it('takes its own long ids back where the header may be sent', async () => {
    const titles: string[] = []
    const { result: stream } = server.run(() =>
      useEventStream<{ message: { title: string } }>('/v2/stream/recentchange', {
        on: { message: ({ title }) => titles.push(title) },
      }),
    )
    await until(() => stream.status.value === 'open')
    streams.publish(EQIAD, 'e')
    streams.publish(CODFW, 'f')
    await until(() => titles.length === 2)
    await server.cut()
    streams.publish(CODFW, 'g')
    await until(() => titles.length === 3)
    expect(titles).toEqual(['e', 'f', 'g'])
    expect(stream.duplicates.value).toBe(0)
    const id = JSON.parse(server.requests[1]!.headers['last-event-id']!) as { topic: string }[]
    expect(id.map(({ topic }) => topic)).toEqual([EQIAD, CODFW])
  })

  it('is left when the stream is closed', async () => {
    const { stream } = useChanges()
    await until(() => stream.status.value === 'open')
    stream.close()
    await until(() => server.open() === 0)
    expect(stream.reason.value).toBe('user')
  })
})
