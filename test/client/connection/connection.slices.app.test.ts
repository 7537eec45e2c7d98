// @vitest-environment node
/** What an app may do while its messages are delivered in slices: nothing of it loses, repeats or leaves anything. */
import { describe, expect, it } from 'vitest'
import { settle } from '../../support/settle.ts'
import { useTestStreams } from '../../support/test-streams.ts'
import { createSlowStreams, heard, messages, range, turns } from './slow-streams.ts'
import type { Message } from '../../../src/client/types.ts'
import type { TestStream } from '../../support/test-streams.ts'

const startSlow = createSlowStreams(useTestStreams())

/** Ways to end the stream, and what comes of it. */
const ENDS: [string, (stream: TestStream) => void, string[]][] = [
  ['close()', ({ client }) => client.close(), ['closed user', 'onClose user']],
  [
    "close('unmount')",
    ({ client }) => client.close('unmount'),
    ['closed unmount', 'onClose unmount'],
  ],
  ['setUrl(null)', ({ client }) => client.setUrl(null), ['idle']],
  ['setEnabled(false)', ({ client }) => client.setEnabled(false), ['idle disabled']],
]

describe.each(ENDS)('%s', (_, end, told) => {
  it('between two slices drops what waits, and leaves nothing behind', async () => {
    const stream = await startSlow()
    await stream.request.push(messages(1, 8))
    stream.takeLog()
    end(stream)
    expect(stream.live()).toEqual([])
    await stream.turn()
    await stream.advance(60_000)
    expect(stream.log).toEqual(told)
  })

  it.each([2, 3, 5])('in a handler does so, too: of message %i', async (last) => {
    const stream = await startSlow({ onMessage: ({ data }) => data === last && end(stream) })
    await stream.request.push(messages(1, 8))
    await turns(stream)
    expect(stream.log).toEqual([...range(1, last).map((id) => `message message ${id}`), ...told])
    expect(stream.live()).toEqual([])
  })
})

describe('another URL', () => {
  const swap = async (stream: TestStream): Promise<void> => {
    await settle()
    stream.takeLog()
    await stream.open()
    await stream.request.push(messages(11, 12))
    expect(stream.request.url).toBe('https://page.test/other')
    expect(stream.log).toEqual(['open', 'onOpen', 'message message 11', 'message message 12'])
    await turns(stream)
    expect(heard(stream)).toEqual([11, 12])
  }

  it('gets nothing of what waited for the old one, and waits for no turn', async () => {
    const stream = await startSlow()
    await stream.request.push(messages(1, 8))
    stream.client.setUrl('/other')
    expect(stream.live()).not.toContain('turn')
    await swap(stream)
  })

  it('may be set by a handler', async () => {
    const stream = await startSlow({
      onMessage: ({ data }) => data === 5 && stream.client.setUrl('/other'),
    })
    await stream.request.push(messages(1, 8))
    await stream.turn()
    expect(heard(stream)).toEqual(range(1, 5))
    await swap(stream)
  })
})

describe('a handler that throws', () => {
  it('is reported in its place, and stops nothing', async () => {
    const stream = await startSlow({
      onMessage({ data }) {
        if (data === 2 || data === 5) throw new Error('no')
      },
    })
    await stream.request.push(messages(1, 8))
    await turns(stream)
    expect(heard(stream)).toEqual(range(1, 8))
    expect(stream.errors.map(({ code }) => code)).toEqual(['handler', 'handler'])
    expect(stream.client.status).toBe('open')
  })
})

describe('pause()', () => {
  const pauseAt =
    (last: number) =>
    (stream: () => TestStream) =>
    ({ data }: Message): void => {
      if (data === last) stream().client.pause()
    }

  it.each([2, 3])('in a handler stops at once, and resume() goes on: message %i', async (last) => {
    const stream: TestStream = await startSlow({ onMessage: (message) => pause(message) })
    const pause = pauseAt(last)(() => stream)
    await stream.request.push(messages(1, 8))
    await turns(stream)
    await stream.advance(1000)
    expect(heard(stream)).toEqual(range(1, last))
    stream.client.resume()
    await turns(stream)
    expect(heard(stream)).toEqual(range(1, 8))
  })

  it('between two slices outlives the turn of the page', async () => {
    const stream = await startSlow()
    await stream.request.push(messages(1, 8))
    stream.client.pause()
    expect(await turns(stream)).toBe(1)
    expect(heard(stream)).toEqual([1, 2, 3])
    stream.client.resume()
    expect(heard(stream)).toEqual(range(1, 6))
    await turns(stream)
    expect(heard(stream)).toEqual(range(1, 8))
  })

  it('and resume() between two slices do not cut the turn of the page short', async () => {
    const stream = await startSlow()
    await stream.request.push(messages(1, 8))
    stream.client.pause()
    stream.client.resume()
    expect(heard(stream)).toEqual([1, 2, 3])
    expect(stream.client.status).toBe('open')
    await turns(stream)
    expect(heard(stream)).toEqual(range(1, 8))
  })

  it('and resume() in one handler take no turn from the page', async () => {
    const stream: TestStream = await startSlow({
      onMessage() {
        stream.client.pause()
        stream.client.resume()
      },
    })
    await stream.request.push(messages(1, 8))
    expect(heard(stream)).toEqual([1, 2, 3])
    await turns(stream)
    expect(heard(stream)).toEqual(range(1, 8))
  })

  it('ends with a slice of its own: what waited long is delivered in slices', async () => {
    const stream = await startSlow()
    stream.client.pause()
    await stream.request.push(messages(1, 8))
    stream.client.resume()
    expect(heard(stream)).toEqual([1, 2, 3])
    await turns(stream)
    expect(heard(stream)).toEqual(range(1, 8))
  })
})

describe('a connection that is left between two slices', () => {
  const LEAVES: [string, (stream: TestStream) => unknown][] = [
    ['reconnect()', ({ client }) => client.reconnect()],
    ['the page', ({ page }) => page('pagehide', 'pageshow')],
    [
      'a computer that sleeps',
      async (stream) => {
        await stream.page('freeze')
        await stream.page('resume')
      },
    ],
  ]

  it.each(LEAVES)('loses nothing and repeats nothing: %s', async (_, leave) => {
    const stream = await startSlow()
    await stream.request.push(messages(1, 8))
    await leave(stream)
    await settle()
    expect(stream.requests).toHaveLength(2)
    expect(stream.request.headers.get('Last-Event-ID')).toBe('8')
    await stream.open()
    await turns(stream)
    await stream.request.push(messages(8, 10))
    await turns(stream)
    expect(heard(stream)).toEqual(range(1, 10))
    expect(stream.client).toMatchObject({ status: 'open', duplicates: 1, lastEventId: '10' })
    expect(stream.log).not.toContainEqual(expect.stringContaining('onGap'))
  })

  it.each(LEAVES)('delivers what waited before what comes: %s', async (_, leave) => {
    const stream = await startSlow({ dedupe: false })
    await stream.request.push(messages(1, 8))
    await leave(stream)
    await settle()
    await stream.open()
    await stream.request.push(messages(9, 10))
    expect(heard(stream)).toEqual([1, 2, 3])
    await turns(stream)
    expect(heard(stream)).toEqual(range(1, 10))
  })

  it('loses nothing however much waits, and repeats nothing', async () => {
    const stream = await startSlow({ dedupe: false })
    await stream.request.push(messages(1, 3000))
    stream.client.reconnect()
    await settle()
    await stream.open()
    await stream.request.push(messages(3001, 3002))
    await turns(stream)
    expect(heard(stream)).toEqual(range(1, 3002))
  })

  it('goes on before what waited when that is dropped', async () => {
    const stream = await startSlow()
    await stream.request.push(messages(1, 8))
    stream.client.reconnect()
    await settle()
    stream.client.close()
    stream.client.open()
    await settle()
    expect(stream.request.headers.get('Last-Event-ID')).toBe('3')
  })

  it('says that messages may be missing where they have no ids', async () => {
    const stream = await startSlow()
    await stream.request.push('data: 1\n\n'.repeat(8))
    stream.client.reconnect()
    await settle()
    await stream.open()
    await turns(stream)
    expect(heard(stream)).toHaveLength(8)
    expect(stream.log).toContain('onGap no-id')
  })

  it('by a handler asks again for what was not read yet', async () => {
    let isFirst = true
    const stream = await startSlow({
      onMessage({ data }) {
        if (data === 2 && isFirst) stream.client.reconnect()
        if (data === 2) isFirst = false
      },
    })
    await stream.request.push(messages(1, 8))
    expect(heard(stream)).toEqual([1, 2])
    expect(stream.request.headers.get('Last-Event-ID')).toBe('2')
    await stream.open()
    await stream.request.push(messages(3, 8))
    await turns(stream)
    expect(heard(stream)).toEqual(range(1, 8))
    expect(stream.client.duplicates).toBe(0)
  })
})
