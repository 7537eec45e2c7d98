// @vitest-environment node
/** Pausing: nothing is read, nothing is lost, everything keeps its order. */
import { describe, expect, it } from 'vitest'
import { settle } from '../../support/settle.ts'
import { useTestStreams } from '../../support/test-streams.ts'
import type { TestStream } from '../../support/test-streams.ts'

const start = useTestStreams()
const messages = (...numbers: number[]): string =>
  numbers.map((number) => `id: ${number}\ndata: ${number}\n\n`).join('')
const heard = ({ log }: TestStream): string[] => log.filter((line) => line.startsWith('message'))

describe('pause', () => {
  it('is the status, with the reason user, until resume()', async () => {
    const stream = await start()
    await stream.open()
    stream.takeLog()
    stream.client.pause()
    expect(stream.client).toMatchObject({ status: 'paused', reason: 'user' })
    stream.client.resume()
    expect(stream.client).toMatchObject({ status: 'open', reason: null })
    expect(stream.log).toEqual(['paused user', 'open'])
  })

  it('stops reading: the chunk that is being read waits, and no other is asked for', async () => {
    const stream = await start()
    await stream.open()
    expect(stream.request.reads).toBe(1)
    stream.client.pause()
    await stream.request.push(messages(1), messages(2), messages(3))
    expect(stream.request.reads).toBe(1)
    expect(stream.client).toMatchObject({ received: 0, lastEventId: '', message: null })
    stream.client.resume()
    await settle()
    expect(heard(stream)).toEqual(['message message 1', 'message message 2', 'message message 3'])
    expect(stream.request.reads).toBe(4)
  })

  it('lets the messages of the same chunk wait when a handler calls it', async () => {
    const stream = await start({ onMessage: ({ data }) => data === 2 && stream.client.pause() })
    await stream.open()
    await stream.request.push(messages(1, 2, 3, 4), messages(5))
    expect(stream.client).toMatchObject({ status: 'paused', received: 2, lastEventId: '2' })
    stream.client.resume()
    await settle()
    expect(stream.client).toMatchObject({ status: 'open', received: 5, lastEventId: '5' })
    expect(heard(stream).map((line) => line.at(-1))).toEqual(['1', '2', '3', '4', '5'])
  })

  it('lets the other handlers of the message run', async () => {
    const seen: unknown[] = []
    const stream = await start({ onMessage: () => stream.client.pause() })
    stream.client.on('message', (data) => seen.push(data))
    await stream.open()
    await stream.request.push(messages(1, 2))
    expect(seen).toEqual([1])
  })

  it('and resume() in one handler change nothing', async () => {
    const stream = await start({
      onMessage() {
        stream.client.pause()
        stream.client.resume()
      },
    })
    await stream.open()
    await stream.request.push(messages(1, 2), messages(3))
    expect(heard(stream)).toHaveLength(3)
  })

  it('holds again when a handler calls it for a message that waited', async () => {
    const stream = await start({ onMessage: () => stream.client.pause() })
    await stream.open()
    await stream.request.push(messages(1, 2, 3), messages(4))
    for (const received of [1, 2, 3, 4]) {
      expect(stream.client).toMatchObject({ status: 'paused', received })
      stream.client.resume()
      await settle()
    }
    expect(heard(stream)).toHaveLength(4)
  })

  it('lets no message be delivered inside the handler of another one', async () => {
    const order: string[] = []
    const stream = await start({
      onMessage({ data }) {
        order.push(`start ${data}`)
        stream.client.pause()
        stream.client.resume()
        order.push(`end ${data}`)
      },
    })
    await stream.open()
    stream.client.pause()
    await stream.request.push(messages(1, 2))
    stream.client.resume()
    expect(order).toEqual(['start 1', 'end 1', 'start 2', 'end 2'])
  })

  it('drops what waits when the stream is closed', async () => {
    const stream = await start()
    await stream.open()
    stream.client.pause()
    await stream.request.push(messages(1, 2))
    stream.client.close()
    stream.client.open()
    await settle()
    expect(stream.client.status).toBe('connecting')
    await stream.open()
    expect(heard(stream)).toEqual([])
    expect(stream.client.lastEventId).toBe('')
  })

  it('notices the end of the stream only after resume(), when all is delivered', async () => {
    const stream = await start({ method: 'POST' })
    await stream.open()
    stream.client.pause()
    await stream.request.push(messages(1, 2))
    await stream.request.end()
    expect(stream.client.status).toBe('paused')
    stream.takeLog()
    stream.client.resume()
    await settle()
    expect(stream.log.filter((line) => line !== 'open')).toEqual([
      ...['message message 1', 'message message 2', 'closed complete', 'onClose complete'],
    ])
  })

  it('delivers what came before a message that is too large', async () => {
    const stream = await start({
      method: 'POST',
      maxMessageSize: 20,
      onMessage: ({ data }) => data === 1 && stream.client.pause(),
    })
    await stream.open()
    await stream.request.push(`${messages(1, 2)}data: "${'x'.repeat(20)}"\n\n`)
    stream.takeLog()
    stream.client.resume()
    await settle()
    expect(stream.log[0]).toBe('message message 2')
    expect(stream.client.error).toMatchObject({ code: 'message-too-large' })
  })

  it('lies over an attempt that goes on: its status and failures are told after resume()', async () => {
    const stream = await start()
    stream.client.pause()
    await stream.request.refuse()
    expect(stream.client).toMatchObject({ status: 'paused', reason: 'user', attempt: 1 })
    stream.client.resume()
    expect(stream.client).toMatchObject({ status: 'reconnecting', reason: 'network' })
    stream.client.pause()
    await stream.advance(750)
    await stream.open()
    expect(stream.client.status).toBe('paused')
    await stream.request.push(messages(1))
    expect(stream.request.reads).toBe(0)
    stream.client.resume()
    await settle()
    expect(stream.client).toMatchObject({ status: 'open', reason: null, received: 1 })
  })

  it('ends with reconnect()', async () => {
    const stream = await start()
    await stream.open()
    stream.client.pause()
    stream.client.reconnect()
    expect(stream.client).toMatchObject({ status: 'reconnecting', reason: 'user' })
    await settle()
    await stream.open()
    expect(stream.client.status).toBe('open')
  })

  it('ends with close()', async () => {
    const stream = await start()
    stream.client.pause()
    stream.client.close()
    stream.client.open()
    expect(stream.client.status).toBe('connecting')
  })

  it('outlives setEnabled(false)', async () => {
    const stream = await start()
    stream.client.pause()
    stream.client.setEnabled(false)
    expect(stream.client.status).toBe('idle')
    stream.client.setEnabled(true)
    expect(stream.client.status).toBe('paused')
  })

  it('says nothing when it changes nothing', async () => {
    const stream = await start({ immediate: false })
    stream.client.pause()
    stream.client.resume()
    expect(stream.log).toEqual([])
    stream.client.open()
    await settle()
    await stream.open()
    stream.takeLog()
    stream.client.resume()
    stream.client.pause()
    stream.client.pause()
    expect(stream.log).toEqual(['paused user'])
  })

  it('is followed by nothing when a handler closes during resume()', async () => {
    const stream = await start({ onMessage: () => stream.client.close() })
    await stream.open()
    stream.client.pause()
    await stream.request.push(messages(1, 2))
    stream.takeLog()
    stream.client.resume()
    expect(stream.log).toEqual(['message message 1', 'closed user', 'onClose user'])
  })
})
