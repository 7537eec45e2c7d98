// @vitest-environment node
/** Handlers that take long: the page gets its turn between them, and the order of all things is the same. */
import { describe, expect, it } from 'vitest'
import { settle } from '../../support/settle.ts'
import { useTestStreams } from '../../support/test-streams.ts'
import {
  createHasty,
  createSlowStreams,
  heard,
  messages,
  range,
  receive,
  turns,
} from './slow-streams.ts'
import type { TestStream } from '../../support/test-streams.ts'

const startSlow = createSlowStreams(useTestStreams())

describe('handlers that take long', () => {
  it('run for 12 ms, then the page has its turn', async () => {
    const stream = await startSlow()
    await stream.request.push(messages(1, 8))
    expect(heard(stream)).toEqual([1, 2, 3])
    expect(stream.live()).toContain('turn')
    await stream.turn()
    expect(heard(stream)).toEqual([1, 2, 3, 4, 5, 6])
    await stream.turn()
    expect(heard(stream)).toEqual(range(1, 8))
    expect(stream.live()).not.toContain('turn')
  })

  it('change no status, and nothing of what the app hears', async () => {
    const stream = await startSlow()
    await stream.request.push(messages(1, 8))
    expect(stream.client).toMatchObject({ status: 'open', received: 3, lastEventId: '3' })
    expect(await turns(stream)).toBe(2)
    expect(stream.log).toEqual(range(1, 8).map((id) => `message message ${id}`))
  })

  it('stop the reading meanwhile', async () => {
    const stream = await startSlow()
    const { request } = stream
    await request.push(messages(1, 3), messages(4, 6))
    const { reads } = request
    await stream.advance(10_000)
    expect([request.reads, heard(stream)]).toEqual([reads, [1, 2, 3]])
    await turns(stream)
    expect(request.reads).toBeGreaterThan(reads)
    expect(heard(stream)).toEqual(range(1, 6))
  })

  it('have all their time anew when the work is another task of the browser', async () => {
    const stream = await startSlow()
    for (let id = 1; id <= 10; id++) {
      await stream.request.push(messages(id, id))
      await stream.advance(2)
      expect(heard(stream)).toHaveLength(id)
    }
    expect(stream.live()).not.toContain('turn')
  })

  it('add up over chunks that come in the same task', async () => {
    const stream = await startSlow()
    await stream.request.push(messages(1, 1), messages(2, 2), messages(3, 3), messages(4, 4))
    expect(heard(stream)).toEqual([1, 2, 3])
    await turns(stream)
    expect(heard(stream)).toEqual([1, 2, 3, 4])
  })

  it('are no silence', async () => {
    const stream = await startSlow({ silenceTimeout: 1000 })
    await stream.request.push(messages(1, 4))
    await stream.advance(20_000)
    expect(stream.client.status).toBe('open')
    await turns(stream)
    await stream.advance(999)
    expect(stream.client.status).toBe('open')
    await stream.advance(1)
    expect(stream.client.reason).toBe('silence')
  })

  it('are no silence of a stream that is doubted, either', async () => {
    const stream = await startSlow()
    await stream.request.push(messages(1, 4))
    await stream.page('wake')
    await stream.advance(20_000)
    expect(stream.requests).toHaveLength(1)
    await turns(stream)
    await stream.advance(2000)
    expect(stream.requests).toHaveLength(2)
  })

  it('let a stream become well', async () => {
    const stream = await startSlow({ reconnect: { jitter: 0 } })
    await stream.request.cut()
    await stream.advance(1000)
    await stream.open()
    await stream.request.push('data: 1\n\n'.repeat(4))
    expect(stream.client.attempt).toBe(1)
    await stream.advance(5000)
    expect(stream.client.attempt).toBe(0)
  })

  it('are not given up, however long the page has no turn', async () => {
    const stream = await startSlow()
    await stream.request.push(messages(1, 30))
    for (let count = 0; count < 9; count++) {
      await stream.advance(60_000)
      await stream.turn()
    }
    expect(heard(stream)).toEqual(range(1, 30))
    expect(stream.requests).toHaveLength(1)
  })

  it('put off that a stream nobody reads is given up: what waited is delivered first', async () => {
    const stream = await startSlow()
    stream.client.pause()
    await stream.request.push(messages(1, 8))
    await stream.advance(29_999)
    stream.client.resume()
    await stream.advance(60_000)
    expect(stream.requests).toHaveLength(1)
    await turns(stream)
    expect(heard(stream)).toEqual(range(1, 8))
  })

  it('come before the next connection of a stream that was given up', async () => {
    const stream = await startSlow()
    stream.client.pause()
    await stream.request.push(messages(1, 8))
    await stream.advance(30_000)
    stream.client.resume()
    await stream.advance(0)
    expect(heard(stream)).toEqual([1, 2, 3])
    expect(stream.requests).toHaveLength(1)
    await turns(stream)
    expect(heard(stream)).toEqual(range(1, 8))
    expect(stream.requests).toHaveLength(2)
    expect(stream.request.headers.get('Last-Event-ID')).toBe('8')
  })

  it('do not shorten the gap between heartbeats', async () => {
    const stream = await startSlow()
    await stream.advance(55_000)
    await stream.request.push(messages(1, 4))
    await turns(stream)
    await stream.advance(5000)
    await stream.request.push(':\n')
    await stream.advance(3 * 60_000 - 1000)
    expect(stream.client.status).toBe('open')
    await stream.advance(2000)
    expect(stream.client.reason).toBe('silence')
  })
})

describe('the end of a stream', () => {
  it('comes after all its messages: status, error, and then the next connection', async () => {
    const { transport, side, lose } = createHasty()
    const statuses: string[] = []
    const stream = await startSlow({
      transport,
      onMessage: () => statuses.push(stream.client.status),
    })
    receive(side(), 1, 8)
    lose()
    await stream.advance(10_000)
    expect(heard(stream)).toEqual([1, 2, 3])
    expect(stream.client.status).toBe('open')
    await turns(stream)
    expect(statuses).toEqual(Array.from({ length: 8 }, () => 'open'))
    expect(stream.log.slice(8)).toEqual(['reconnecting network', 'error network'])
    await stream.advance(1000)
    expect(stream.log.slice(10)).toEqual(['reconnecting network', 'open', 'onOpen'])
    await stream.advance(30_000)
    expect(heard(stream)).toEqual(range(1, 8))
  })

  it('comes after all its messages where it is the end for good', async () => {
    const { transport, side, lose } = createHasty()
    const stream = await startSlow({ transport, reconnect: false })
    receive(side(), 1, 5)
    lose()
    await turns(stream)
    expect(heard(stream)).toEqual(range(1, 5))
    expect(stream.log.slice(5)).toEqual(['failed network', 'error network', 'onClose network'])
  })

  it('is seen when all is delivered, where it is read', async () => {
    const stream = await startSlow({ method: 'POST' })
    await stream.request.push(messages(1, 8))
    await stream.request.end()
    expect(stream.client.status).toBe('open')
    await turns(stream)
    expect(heard(stream)).toEqual(range(1, 8))
    expect(stream.log.slice(8)).toEqual(['closed complete', 'onClose complete'])
  })

  it('may be a message, and nothing comes after it', async () => {
    const stream = await startSlow({ until: '5' })
    await stream.request.push(messages(1, 8))
    await turns(stream)
    expect(heard(stream)).toEqual(range(1, 4))
    expect(stream.log.slice(4)).toEqual(['closed complete', 'onClose complete'])
    expect(stream.live()).toEqual([])
  })

  it.each<[string, (stream: TestStream) => unknown]>([
    ['reconnect()', ({ client }) => client.reconnect()],
    ['close()', ({ client }) => client.close()],
    ['setUrl()', ({ client }) => client.setUrl('/other')],
    ['the page', ({ page }) => page('pagehide')],
  ])('is nothing that is heard of one that was left before: %s', async (_, leave) => {
    const { transport, side, lose } = createHasty()
    const stream = await startSlow({ transport })
    receive(side(), 1, 8)
    lose()
    await settle()
    await leave(stream)
    await turns(stream)
    await stream.advance(10_000)
    expect(stream.errors).toEqual([])
  })
})
