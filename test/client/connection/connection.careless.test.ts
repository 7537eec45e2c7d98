// @vitest-environment node
/** What functions of the app give that the types forbid: data is `any` in many apps, and some are not typed at all. */
import { describe, expect, it } from 'vitest'
import { useTestStreams } from '../../support/test-streams.ts'
import type { TestStream, TestStreamOptions } from '../../support/test-streams.ts'

const start = useTestStreams()

async function startOpen(options: object): Promise<TestStream> {
  const stream = await start({ url: 'https://page.test/events', ...(options as TestStreamOptions) })
  await stream.open()
  stream.takeLog()
  return stream
}

describe('getEventId', () => {
  it('may give a number, which becomes a text', async () => {
    const stream = await startOpen({ getEventId: ({ data }: any) => data.sequence })
    await stream.request.push('data: {"sequence":7}\n\n')
    expect(stream.client.message!.lastEventId).toBe('7')
    await stream.request.cut()
    await stream.advance(1000)
    expect(stream.request.headers.get('Last-Event-ID')).toBe('7')
  })

  it('may give null, which is no id', async () => {
    const stream = await startOpen({ getEventId: ({ data }: any) => data.sequence })
    await stream.request.push('id: 1\ndata: {"sequence":null}\n\n')
    expect(stream.client.lastEventId).toBe('1')
    expect(stream.takeLog()).toEqual(['message message {"sequence":null}'])
  })
})

describe('dedupe', () => {
  it.each([null, 5, true])('may give %s without harm to the stream', async (key) => {
    const stream = await startOpen({ dedupe: () => key })
    await stream.request.push('data: 1\n\n')
    expect(stream.takeLog()).toEqual(['message message 1'])
    expect(stream.client.status).toBe('open')
  })
})

describe('until', () => {
  it('completes nothing with a promise, whatever becomes of it', async () => {
    const stream = await startOpen({ until: async () => false })
    await stream.request.push('data: 1\n\n')
    expect(stream.client.status).toBe('open')
  })
})

describe('shouldReconnect', () => {
  it('decides nothing with a promise', async () => {
    const stream = await startOpen({ reconnect: { shouldReconnect: async () => true } })
    await stream.request.cut()
    await stream.advance(1000)
    await stream.request.respond({ status: 404 })
    expect(stream.client.status).toBe('failed')
  })
})
