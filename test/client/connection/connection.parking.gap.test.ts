// @vitest-environment node
/** What may be missing after a connection was given up because nobody read it. */
import { describe, expect, it } from 'vitest'
import { MAX_HOLD, messages, PAGE, useParkedStreams } from './parked-streams.ts'
import type { ResponseHead } from '../../support/controlled-server.ts'
import type { TestStream } from '../../support/test-streams.ts'

const { start, startOpen, startParked } = useParkedStreams()

const gaps = ({ log }: TestStream): string[] => log.filter((line) => line.startsWith('onGap'))

describe('onGap', () => {
  /** Is given up, comes back, and opens. */
  async function park(stream: TestStream, head?: ResponseHead) {
    stream.client.pause()
    await stream.advance(MAX_HOLD)
    stream.client.resume()
    await stream.advance(0)
    stream.takeLog()
    await stream.request.respond(head)
  }

  it.each([
    ['messages without ids', 'data: 1\n\n'],
    ['messages of which some have none', `${messages(1)}data: 1\n\n`],
    ['no message at all', ''],
    ['a cursor that was taken away', `${messages(1)}id:\n\n`],
  ])('tells that the connection was left after %s', async (_, text) => {
    const stream = await startOpen()
    if (text) await stream.request.push(text)
    await park(stream)
    expect(stream.log).toEqual(['open', 'onOpen', 'onGap paused'])
  })

  it.each([
    ['a message with an id', messages(1), {}],
    ['an id without a message', 'id: 1\n\n', {}],
    ['the cursor it started with', '', { initialLastEventId: '7' }],
  ])('says nothing after %s: the server goes on there', async (_, text, options) => {
    const stream = await startOpen(options)
    if (text) await stream.request.push(text)
    await park(stream)
    expect(stream.log).toEqual(['open', 'onOpen'])
  })

  it('tells of it once', async () => {
    const stream = await startOpen()
    await park(stream)
    await stream.request.cut()
    await stream.advance(1000)
    stream.takeLog()
    await stream.open()
    expect(stream.log).toEqual(['open', 'onOpen'])
  })

  it('tells of it when a later attempt opens', async () => {
    const stream = await startParked()
    stream.client.resume()
    await stream.advance(0)
    await stream.request.refuse()
    await stream.advance(750)
    stream.takeLog()
    await stream.open()
    expect(stream.log).toEqual(['open', 'onOpen', 'onGap paused'])
  })

  it('tells of it after reconnect(), too', async () => {
    const stream = await startParked()
    stream.client.reconnect()
    await stream.advance(0)
    await stream.open()
    expect(gaps(stream)).toEqual(['onGap paused'])
  })

  it.each([
    ['close()', ({ client }: TestStream) => client.close()],
    ['setUrl()', ({ client }: TestStream) => client.setUrl('/other')],
    ['setEnabled()', ({ client }: TestStream) => client.setEnabled(false)],
  ])('forgets it with %s: the next one is another stream', async (_, leave) => {
    const stream = await startParked()
    leave(stream)
    stream.client.resume()
    stream.client.setEnabled(true)
    stream.client.open()
    await stream.advance(0)
    await stream.open()
    expect(gaps(stream)).toEqual([])
  })

  it('tells what the server says instead', async () => {
    const stream = await startOpen()
    await stream.request.push(`${messages(1)}data: 1\n\n`)
    await park(stream, { headers: { 'Mercure-Last-Event-ID': '0' } })
    expect(gaps(stream)).toEqual(['onGap server'])
  })

  it('tells that the id could not be sent instead', async () => {
    const stream = await startOpen()
    await stream.request.push('id: a\tb\ndata: 1\n\n')
    await park(stream)
    expect(gaps(stream)).toEqual(['onGap unsendable-id'])
  })

  it('says nothing when the server was sent an id that waits for its turn', async () => {
    const stream = await startOpen()
    const full = Symbol('full')
    stream.client.pause(full)
    await stream.request.push(messages(1, 2))
    await stream.advance(MAX_HOLD)
    stream.client.reconnect()
    await stream.advance(0)
    expect(stream.request.headers.get('Last-Event-ID')).toBe('2')
    await stream.open()
    stream.client.resume(full)
    expect(gaps(stream)).toEqual([])
  })

  it('says nothing of a stream that was never open before', async () => {
    const stream = await start({ url: PAGE, connectTimeout: 0 })
    stream.client.pause()
    await stream.advance(MAX_HOLD)
    stream.client.resume()
    await stream.advance(0)
    await stream.open()
    expect(stream.log.slice(-2)).toEqual(['open', 'onOpen'])
  })

  it('says nothing of a pause that the connection outlived', async () => {
    const stream = await startOpen()
    stream.client.pause()
    await stream.advance(MAX_HOLD - 1)
    stream.client.resume()
    await stream.request.cut()
    await stream.advance(1000)
    await stream.open()
    expect(gaps(stream)).toEqual([])
  })
})
