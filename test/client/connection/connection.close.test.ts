// @vitest-environment node
/** `close()` at every point of an attempt: nothing is heard after it, and nothing is left. */
import { describe, expect, it } from 'vitest'
import { settle } from '../../support/settle.ts'
import { useTestStreams } from '../../support/test-streams.ts'
import type { TestStream, TestStreamOptions } from '../../support/test-streams.ts'

const start = useTestStreams()
const TWO_MESSAGES = 'id: 1\ndata: 1\n\nid: 2\ndata: 2\n\n'

/** Ways to leave a connection; each must silence it at once. */
const LEAVE: Record<string, (stream: TestStream) => void> = {
  'close()': ({ client }) => client.close(),
  'setUrl(null)': ({ client }) => client.setUrl(null),
  'setEnabled(false)': ({ client }) => client.setEnabled(false),
}

/** Points of an attempt that the test brings about from outside. */
const POINTS: [string, TestStreamOptions, (stream: TestStream) => Promise<void>][] = [
  ['before the request', {}, async ({ client }) => client.reconnect()],
  ['while headers() is pending', { headers: () => new Promise(() => {}) }, settle],
  ['before the head', {}, settle],
  ['after the head', {}, (stream) => stream.open()],
  [
    'in the middle of a message',
    {},
    async (stream) => {
      await stream.open()
      await stream.request.push('id: 1\nda')
    },
  ],
  ['in the wait for the next attempt', {}, (stream) => stream.request.refuse()],
  [
    'in the wait that reconnect() has put off',
    {},
    async ({ client }) => {
      client.reconnect()
      client.reconnect()
    },
  ],
  [
    'in the second attempt',
    {},
    async (stream) => {
      await stream.request.refuse()
      await stream.advance(750)
    },
  ],
  [
    'while paused, with messages that wait',
    {},
    async (stream) => {
      await stream.open()
      stream.client.pause()
      await stream.request.push(TWO_MESSAGES)
    },
  ],
]

describe.each(Object.keys(LEAVE))('%s', (name) => {
  const leave = LEAVE[name]!

  it.each(POINTS)('leaves nothing %s', async (_, options, reach) => {
    const stream = await start(options)
    await reach(stream)
    const sent = stream.requests.length
    leave(stream)
    expect(stream.live()).toEqual([])
    const heard = stream.log.length
    await stream.page('online')
    stream.client.resume()
    await stream.advance(3_600_000)
    expect(stream.log).toHaveLength(heard)
    expect(stream.requests).toHaveLength(sent)
    expect(stream.client.received).toBe(0)
  })

  it.each(['open', 'error', 'status', 'message', 'raw message', 'activity'])(
    'may be called in the callback of: %s',
    async (callback) => {
      let isLeft = false
      const stream = await start({
        immediate: false,
        onOpen: () => callback === 'open' && leaveNow(),
        onError: () => callback === 'error' && leaveNow(),
        onStatus: (status) => callback === 'status' && status === 'open' && leaveNow(),
        onMessage: () => callback === 'message' && leaveNow(),
        onActivity: () => callback === 'activity' && leaveNow(),
        on: { message: () => callback === 'raw message' && leaveNow() },
      })
      function leaveNow(): void {
        if (isLeft) return
        isLeft = true
        leave(stream)
        stream.takeLog()
      }
      stream.client.open()
      await settle()
      await stream.open()
      await stream.request.push(TWO_MESSAGES, 'data: 3\n\n')
      await stream.request.cut()
      expect(isLeft).toBe(true)
      await stream.advance(3_600_000)
      expect(stream.log).toEqual([])
      expect(stream.live()).toEqual([])
      expect(stream.requests).toHaveLength(1)
      expect(stream.client.message?.data ?? null).toBe(
        name === 'setUrl(null)' ? null : expectedMessage(callback),
      )
    },
  )

  it('may be called in the first status', async () => {
    const stream = await start({
      immediate: false,
      onStatus: (status) => status === 'connecting' && leave(stream),
    })
    stream.client.open()
    await stream.advance(60_000)
    expect(stream.requests).toHaveLength(0)
    expect(stream.live()).toEqual([])
  })

  it('may be called by a listener of the signal that the attempt got', async () => {
    const stream = await start({
      headers: ({ signal }) => void signal.addEventListener('abort', () => leave(stream)),
    })
    await stream.request.refuse()
    expect(stream.live()).toEqual([])
    expect(stream.client).toMatchObject({ error: null, attempt: 0, disconnectedSince: null })
  })

  it('cancels the body when fetch ignores the signal', async () => {
    const stream = await start()
    stream.server.honoursSignal = false
    stream.client.reconnect()
    await settle()
    await stream.open()
    await stream.request.push('data: 1\n\n')
    leave(stream)
    await settle()
    expect(stream.request.isCancelled).toBe(true)
    expect(stream.live()).toEqual([])
  })

  it('cancels the body of an answer that comes late, and hears nothing of it', async () => {
    const stream = await start()
    stream.server.honoursSignal = false
    stream.client.reconnect()
    await settle()
    leave(stream)
    stream.takeLog()
    await stream.open()
    expect(stream.request.isCancelled).toBe(true)
    expect(stream.log).toEqual([])
  })
})

/** What the app got before it left the stream. */
function expectedMessage(callback: string): unknown {
  if (callback.endsWith('message')) return 1
  return { open: null, status: null, error: 3, activity: 2 }[callback]
}

describe('close', () => {
  it('wins over bytes that have come and are not dealt with yet', async () => {
    const stream = await start()
    await stream.open()
    const pushed = stream.request.push(TWO_MESSAGES)
    stream.client.close()
    await pushed
    expect(stream.client).toMatchObject({ received: 0, lastActivityAt: null })
  })

  it('in the status of a loss keeps the error away', async () => {
    const stream = await start({
      onStatus: (status) => status === 'reconnecting' && stream.client.close(),
    })
    await stream.request.refuse()
    expect(stream.log.slice(1)).toEqual(['reconnecting network', 'closed user', 'onClose user'])
    expect(stream.errors).toEqual([])
  })

  it('lets no other handler of the same message run', async () => {
    const seen: string[] = []
    const stream = await start({
      onMessage: () => stream.client.close(),
      on: { message: () => seen.push('on') },
    })
    stream.client.on('*', () => seen.push('*'))
    await stream.open()
    await stream.request.push(TWO_MESSAGES)
    expect(seen).toEqual([])
    expect(stream.client).toMatchObject({ received: 1, lastEventId: '1' })
  })

  it('calls onStatus and onClose once, before it returns', async () => {
    const stream = await start()
    stream.takeLog()
    stream.client.close()
    stream.client.close()
    expect(stream.log).toEqual(['closed user', 'onClose user'])
  })

  it('says closed, without onClose, on a stream that was never open()ed', async () => {
    const stream = await start({ immediate: false })
    stream.client.close()
    expect(stream.log).toEqual(['closed user'])
  })

  it('gives the reason it is told', async () => {
    const stream = await start()
    stream.client.close('unmount')
    expect(stream.log.slice(1)).toEqual(['closed unmount', 'onClose unmount'])
  })

  it('takes the error of a failed stream away', async () => {
    const stream = await start()
    await stream.request.respond({ status: 404 })
    stream.client.close()
    expect(stream.client).toMatchObject({ status: 'closed', reason: 'user', error: null })
    expect(stream.log.filter((line) => line.startsWith('onClose'))).toHaveLength(1)
  })

  it('in the status of a failure keeps the error away, and onClose comes once', async () => {
    const stream = await start({
      onStatus: (status) => status === 'failed' && stream.client.close(),
    })
    await stream.request.respond({ status: 404 })
    expect(stream.log.slice(1)).toEqual(['failed http', 'closed user', 'onClose http'])
  })

  it('may be followed by open() in onClose: the stream lives again', async () => {
    let isAgain = false
    const stream = await start({
      onClose() {
        if (!isAgain) stream.client.open()
        isAgain = true
      },
    })
    stream.client.close()
    await settle()
    expect(stream.client.status).toBe('connecting')
    expect(stream.requests).toHaveLength(2)
  })
})
