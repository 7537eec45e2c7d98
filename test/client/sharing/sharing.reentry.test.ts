// @vitest-environment node
/** What handlers do to their own stream, or to another one on the same connection, while it tells them something. */
import { describe, expect, it } from 'vitest'
import { settle } from '../../support/settle.ts'
import {
  anonymous,
  messages,
  range,
  SHARED_URL,
  useSharedStreams,
} from '../../support/shared-streams.ts'
import type { EventStreamClientOptions } from '../../../src/client/options.ts'
import type { Message } from '../../../src/client/types.ts'
import type { Subscribed, SubscribedOptions } from '../../support/shared-streams.ts'

const openPage = useSharedStreams()

/** Whom a handler of the first stream does it to. */
const WHOM: [string, number][] = [
  ['itself', 0],
  ['the one before', 1],
  ['the one after', 2],
]

/** Three streams; the one in the middle does something when it gets the message 2. */
async function joinThree(
  act: (target: Subscribed) => void,
  whom: number,
  option = 'onMessage',
  status = 'open',
) {
  const page = openPage()
  const streams: Subscribed[] = []
  let isDone = false
  const isDue = (told: unknown): boolean => {
    if (option === 'onMessage') return (told as Message).data === 2
    return option !== 'onStatus' || told === status
  }
  const middle = {
    [option]: (told: unknown) => {
      if (isDone || !isDue(told)) return
      isDone = true
      act([streams[1]!, streams[0]!, streams[2]!][whom]!)
    },
  }
  streams.push(page.start(), page.start(middle as SubscribedOptions), page.start())
  await settle()
  const order = [streams[1]!, streams[0]!, streams[2]!]
  return { page, streams, target: order[whom]!, others: order.filter((_, at) => at !== whom) }
}

describe.each(WHOM)('a handler that does something to %s', (_, whom) => {
  it('closes it: it hears nothing more, the others everything', async () => {
    const { page, target, others } = await joinThree(({ client }) => client.close(), whom)
    await page.request.respond()
    await page.request.push(messages(1, 4))
    expect(target.data).toEqual(whom === 2 ? [1] : [1, 2])
    expect(target.log.slice(-2)).toEqual(['closed user', 'onClose user'])
    for (const other of others) expect(other.data).toEqual(range(1, 4))
  })

  it('closes and opens it: nothing is lost, and nothing comes twice', async () => {
    const { page, streams } = await joinThree(({ client }) => {
      client.close()
      client.open()
    }, whom)
    await page.request.respond()
    await page.request.push(messages(1, 4), messages(5))
    for (const stream of streams) expect(stream.data).toEqual(range(1, 5))
    expect(page.requests).toHaveLength(1)
  })

  it('pauses it, until it goes on', async () => {
    const { page, streams, target, others } = await joinThree(({ client }) => client.pause(), whom)
    await page.request.respond()
    await page.request.push(messages(1, 4))
    expect(target.data).toEqual(whom === 2 ? [1] : [1, 2])
    for (const other of others) expect(other.data).toEqual(range(1, 4))
    target.client.resume()
    for (const stream of streams) expect(stream.data).toEqual(range(1, 4))
  })

  it('pauses it, and lets it go on at once', async () => {
    const { page, streams } = await joinThree(({ client }) => {
      client.pause()
      client.resume()
    }, whom)
    await page.request.respond()
    await page.request.push(messages(1, 4))
    for (const stream of streams) expect(stream.data).toEqual(range(1, 4))
  })

  it('reconnects: all go on after the last id that came', async () => {
    const { page, streams } = await joinThree(({ client }) => client.reconnect(), whom)
    await page.request.respond()
    await page.request.push(messages(1, 4))
    await page.advance(1000)
    expect(page.requests).toHaveLength(2)
    const lastId = Number(page.request.headers.get('last-event-id'))
    await page.request.respond()
    await page.request.push(messages(lastId + 1, 6))
    for (const stream of streams) expect(stream.data).toEqual(range(1, 6))
  })

  it('sends it to another URL: nothing of the old one arrives', async () => {
    const { page, target, others } = await joinThree(({ client }) => client.setUrl('/b'), whom)
    await page.request.respond()
    await page.request.push(messages(1, 4))
    expect(target.data).toEqual(whom === 2 ? [1] : [1, 2])
    for (const other of others) expect(other.data).toEqual(range(1, 4))
    expect(page.request.url).toBe('https://page.test/b')
    await page.request.respond()
    await page.request.push(messages(7))
    expect(target.data.at(-1)).toBe(7)
  })

  it('disables it', async () => {
    const { page, target } = await joinThree(({ client }) => client.setEnabled(false), whom)
    await page.request.respond()
    await page.request.push(messages(1, 4))
    expect(target.data).toEqual(whom === 2 ? [1] : [1, 2])
    expect(target.client).toMatchObject({ status: 'idle', reason: 'disabled' })
    target.client.setEnabled(true)
    await settle()
    expect(target.data).toEqual(range(1, 4))
  })

  it.each(['onOpen', 'onStatus', 'onActivity'])('closes it in %s', async (option) => {
    const { page, target, others } = await joinThree(({ client }) => client.close(), whom, option)
    await page.request.respond()
    await page.request.push(messages(1, 2))
    expect(target.client.status).toBe('closed')
    const at = target.log.indexOf('closed user')
    expect(target.log.slice(at + 1).filter((line) => line !== 'onOpen')).toEqual(['onClose user'])
    for (const other of others) expect(other.data).toEqual([1, 2])
  })

  it.each(['onError', 'onStatus'])('closes it in %s, of a stream that was cut', async (option) => {
    const close = ({ client }: Subscribed): void => client.close()
    const { page, target, others } = await joinThree(close, whom, option, 'reconnecting')
    await page.request.respond()
    await page.request.cut()
    expect(target.client).toMatchObject({ status: 'closed', error: null })
    for (const { client, errors } of others) {
      expect(client.status).toBe('reconnecting')
      expect(errors).toHaveLength(1)
    }
  })

  it('closes it in onGap', async () => {
    const { page, target, others } = await joinThree(({ client }) => client.close(), whom, 'onGap')
    await page.request.respond()
    await page.request.push(anonymous(1))
    await page.request.cut()
    await page.advance(1000)
    await page.request.respond()
    await page.request.push(anonymous(2))
    expect(target.data).toEqual([1])
    for (const other of others) expect(other.data).toEqual([1, 2])
  })

  it('opens it again in onClose of a stream that the server ended', async () => {
    const { page, target } = await joinThree(({ client }) => client.open(), whom, 'onClose')
    await page.request.respond({ status: 204, hasBody: false })
    await settle()
    // The one after has not been closed yet.
    if (whom === 2) return expect(page.requests.length).toBeLessThanOrEqual(2)
    expect(page.requests).toHaveLength(2)
    await page.request.respond()
    await page.request.push(messages(1))
    expect(target.data).toEqual([1])
    expect(target.client.status).toBe('open')
  })

  it('opens it again in onStatus of a stream that failed', async () => {
    const page = openPage()
    const streams: Subscribed[] = []
    const onStatus = (status: string): void => {
      if (status === 'failed' && page.requests.length < 2) {
        ;[streams[1]!, streams[0]!, streams[2]!][whom]!.client.open()
      }
    }
    streams.push(page.start(), page.start({ onStatus }), page.start())
    await settle()
    await page.request.respond({ status: 404 })
    await settle()
    expect(page.requests).toHaveLength(2)
    await page.request.respond()
    await page.request.push(messages(1))
    for (const { client, data } of streams) {
      expect(client).toMatchObject({ status: 'open', error: null })
      expect(data).toEqual([1])
    }
  })
})

describe('a handler', () => {
  it.each<keyof EventStreamClientOptions>(['onMessage', 'onOpen', 'onStatus', 'onActivity'])(
    'that makes another stream in %s gets it all messages, once',
    async (option) => {
      const page = openPage()
      let made: Subscribed | undefined
      const make = (): void => {
        if (page.request.url === SHARED_URL) made ??= page.start()
      }
      const first = await page.join()
      const second = page.start({ [option]: () => page.requests.length > 0 && make() })
      await settle()
      await page.request.respond()
      await page.request.push(messages(1, 3), messages(4))
      for (const stream of [first, second, made!]) expect(stream.data).toEqual(range(1, 4))
      expect(page.requests).toHaveLength(1)
    },
  )

  it('that makes another stream at the end of the first starts anew', async () => {
    const page = openPage()
    let made: Subscribed | undefined
    const stream = await page.join({ onClose: () => void (made ??= page.start()) })
    await page.request.respond({ status: 204, hasBody: false })
    await settle()
    expect(page.requests).toHaveLength(2)
    await page.request.respond()
    await page.request.push(messages(1))
    expect([stream.data, made!.data]).toEqual([[], [1]])
  })

  it('that closes and opens its stream for each message gets each once', async () => {
    const page = openPage()
    const stream = await page.join({
      onMessage() {
        stream.client.close()
        stream.client.open()
      },
    })
    const other = await page.join()
    await page.request.respond()
    await page.request.push(messages(1, 3), anonymous(4, 5))
    expect(stream.data).toEqual(range(1, 5))
    expect(other.data).toEqual(range(1, 5))
  })

  it('that ends the app in a message ends all', async () => {
    const page = openPage()
    await page.join({ onMessage: () => page.connections.dispose() })
    const other = await page.join()
    await page.request.respond()
    await page.request.push(messages(1, 3))
    expect(page.live()).toEqual([])
    expect(other.client).toMatchObject({ status: 'closed', reason: 'unmount' })
  })

  it('that pauses all while the log is read pauses all', async () => {
    const page = openPage()
    const [first] = await page.joinOpen(1)
    await page.request.push(messages(1, 3))
    const late = page.start({
      onMessage() {
        late.client.pause()
        first!.client.pause()
      },
    })
    await settle()
    expect(late.data).toEqual([1])
    await page.request.push(messages(4), messages(5))
    expect(first!.data).toEqual([1, 2, 3])
    late.client.resume()
    expect(late.data).toEqual([1, 2])
    first!.client.resume()
    await settle()
    expect(first!.data).toEqual(range(1, 5))
  })

  it.each(['close', 'setUrl', 'pause'] as const)(
    'that hears that the stream is opened for a new one may call its %s()',
    async (verb) => {
      const page = openPage()
      let late: Subscribed | undefined
      await page.join({
        onStatus(status) {
          if (status !== 'connecting' || !late) return
          if (verb === 'setUrl') late.client.setUrl('/b')
          else late.client[verb]()
        },
      })
      await page.request.respond({ status: 404 })
      late = page.start()
      await settle()
      if (verb === 'close') expect(late.client.status).toBe('closed')
      if (verb === 'setUrl') expect(page.request.url).toBe('https://page.test/b')
      if (verb === 'pause') expect(late.client.status).toBe('paused')
      expect(page.requests).toHaveLength(verb === 'setUrl' ? 3 : 2)
      await page.requests[1]!.respond()
      await page.requests[1]!.push(messages(1))
      expect(late.data).toEqual([])
      if (verb === 'pause') late.client.resume()
    },
  )

  it('that closes its stream as it sees it open hears no opening', async () => {
    const page = openPage()
    await page.joinOpen(1)
    const late: Subscribed = page.start({
      onStatus: (status) => status === 'open' && late.client.close(),
    })
    await page.advance(0)
    expect(late.log).toEqual(['connecting', 'open', 'closed user', 'onClose user'])
    expect(page.open()).toEqual([SHARED_URL])
  })

  it('that closes its stream while reconnect() lets go what waited leaves it closed', async () => {
    const page = openPage()
    const [other] = await page.joinOpen(1)
    const one: Subscribed = await page.join({
      onMessage: ({ data }) => data === 2 && one.client.close(),
    })
    one.client.pause()
    await page.request.push(messages(1, 3))
    one.client.reconnect()
    await page.advance(0)
    expect(one.data).toEqual([1, 2])
    expect(one.client.status).toBe('closed')
    expect(page.requests).toHaveLength(1)
    expect(other!.data).toEqual([1, 2, 3])
  })
})
