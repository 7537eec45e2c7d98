// @vitest-environment node
/** What each stream that shares a connection has of its own: payloads, handlers, errors, state, and its pause. */
import { describe, expect, it } from 'vitest'
import { settle } from '../../support/settle.ts'
import {
  anonymous,
  LINGER_MS,
  messages,
  range,
  useSharedStreams,
} from '../../support/shared-streams.ts'
import type { Message } from '../../../src/client/types.ts'
import type { SubscribedOptions } from '../../support/shared-streams.ts'

// Loaded on demand: here it is there from the start.
await import('../../../src/client/delivery/message-iterator.ts')

const openPage = useSharedStreams()
const ofType = (type: string, data: string, id?: string): string =>
  `${id ? `id: ${id}\n` : ''}event: ${type}\ndata: ${data}\n\n`

describe('a subscriber', () => {
  it('decodes for itself, and calls its own handlers', async () => {
    const page = openPage()
    const typed: unknown[] = []
    const one = await page.join({ decode: 'text' })
    const other = await page.join({
      decode: { a: 'json', b: (data: string) => `${data}!` } as never,
      on: { b: (data) => typed.push(data) },
    })
    await page.request.respond()
    await page.request.push(ofType('a', '[1]') + ofType('b', 'x'))
    expect(one.data).toEqual(['[1]', 'x'])
    expect(other.data).toEqual([[1], 'x!'])
    expect(typed).toEqual(['x!'])
  })

  it('gives objects of its own, and keys from 1', async () => {
    const page = openPage()
    const got: Message[][] = [[], []]
    const [one, other] = [0, 1].map((index) =>
      page.start({ onMessage: (message) => got[index]!.push(message) }),
    )
    await settle()
    await page.request.respond()
    await page.request.push(ofType('a', '{"n":1}', '1'), ofType('a', '{"n":2}'))
    expect(got[0]).toEqual(got[1])
    expect(got[0]!.map(({ key }) => key)).toEqual([1, 2])
    expect(got[0]!.map(({ lastEventId }) => lastEventId)).toEqual(['1', '1'])
    expect(got[0]![0]!.data).not.toBe(got[1]![0]!.data)
    expect([one!.client.received, other!.client.received]).toEqual([2, 2])
  })

  it('counts what it has received itself, and the duplicates since it joined', async () => {
    const page = openPage()
    const [one] = await page.joinOpen(1)
    await page.request.push(messages(1, 2))
    await page.request.cut()
    await page.advance(1000)
    await page.request.respond()
    await page.request.push(messages(1, 3))
    const late = await page.join()
    expect(one!.client).toMatchObject({ received: 3, duplicates: 2, lastEventId: '3' })
    expect(late.client).toMatchObject({ received: 3, duplicates: 0, lastEventId: '3' })
    await page.request.cut()
    await page.advance(1000)
    await page.request.respond()
    await page.request.push(messages(2, 4))
    expect(one!.client).toMatchObject({ received: 4, duplicates: 4 })
    expect(late.client).toMatchObject({ received: 4, duplicates: 2 })
  })

  it('shows the id and the activity that came without a message', async () => {
    const page = openPage()
    const activity: string[] = []
    const [one] = await page.joinOpen(1, { onActivity: () => void activity.push('one') })
    await page.advance(1000)
    await page.request.push('id: 7\n\n', ': heartbeat\n\n')
    expect(one!.client.lastEventId).toBe('7')
    expect(one!.client.lastActivityAt).toBe(page.environment.now())
    expect(activity.length).toBeGreaterThanOrEqual(2)
    const late = await page.join()
    expect(late.client).toMatchObject({
      lastEventId: '7',
      lastActivityAt: one!.client.lastActivityAt,
    })
  })

  it('is told of what it cannot decode, alone', async () => {
    const page = openPage()
    const one = await page.join({ decode: 'text' })
    const other = await page.join()
    await page.request.respond()
    await page.request.push(ofType('a', 'no json', '1') + messages(2))
    expect(one.data).toEqual(['no json', '2'])
    expect(other.data).toEqual([2])
    expect([one.errors.length, other.errors.map(({ code }) => code)]).toEqual([0, ['decode']])
    expect(other.client).toMatchObject({ received: 2, lastEventId: '2', status: 'open' })
  })

  it('is told of what its handlers throw, alone, and nobody else is disturbed', async () => {
    const page = openPage()
    const one = await page.join({
      onMessage() {
        throw new Error('no')
      },
    })
    const other = await page.join()
    await page.request.respond()
    await page.request.push(messages(1, 2))
    expect(one.errors.map(({ code }) => code)).toEqual(['handler', 'handler'])
    expect(other.log.slice(-2)).toEqual(['1', '2'])
  })

  it('without onError reports what its handlers throw, once', async () => {
    const page = openPage()
    const { createEventStreamClient } = await import('../../../src/client/event-stream-client.ts')
    const { connections, environment } = page
    const boom = new Error('no')
    const client = createEventStreamClient('/a', {
      ...({ share: 'app', connections, environment } as const),
      onMessage() {
        throw boom
      },
    })
    await page.join({ url: '/a' })
    await page.request.respond()
    await page.request.push(messages(1))
    await page.request.cut()
    expect(page.reported.splice(0)).toEqual([boom])
    client.close()
  })

  it('is told of each cut once', async () => {
    const page = openPage()
    const [one, other] = await page.joinOpen(2)
    await page.request.cut()
    await page.advance(1000)
    await page.request.refuse()
    for (const { errors, client } of [one!, other!]) {
      expect(errors.map(({ code }) => code)).toEqual(['network', 'network'])
      expect(client.error).toBe(errors[1])
      expect(client.attempt).toBe(2)
      expect(client.retryAt).toBeGreaterThan(page.environment.now())
      expect(client.disconnectedSince).not.toBeNull()
    }
  })

  it('can be iterated', async () => {
    const page = openPage()
    const { client } = await page.join()
    const heard: unknown[] = []
    const loop = (async () => {
      for await (const { data } of client) if (heard.push(data) === 3) break
    })()
    await page.request.respond()
    await page.request.push(messages(1, 2), messages(3, 4))
    await loop
    expect(heard).toEqual([1, 2, 3])
  })

  it('waits for open() when it is not immediate, and while it is not enabled', async () => {
    const page = openPage()
    const one = await page.join({ immediate: false })
    const other = await page.join({ enabled: false })
    expect([page.requests.length, page.connections.count()]).toEqual([0, 0])
    one.client.open()
    other.client.setEnabled(true)
    await settle()
    expect(page.requests).toHaveLength(1)
    other.client.setEnabled(false)
    expect(other.client).toMatchObject({ status: 'idle', reason: 'disabled' })
    await page.request.respond()
    await page.request.push(messages(1))
    expect([one.data, other.data]).toEqual([[1], []])
    other.client.setEnabled(true)
    await settle()
    expect([other.data, page.requests.length]).toEqual([[1], 1])
  })

  it('is one whatever is asked while it joins', async () => {
    const page = openPage()
    const { client, log } = page.start()
    client.open()
    client.close()
    client.open()
    client.open()
    await settle()
    expect(page.requests).toHaveLength(1)
    expect(log).toEqual(['connecting', 'closed user', 'onClose user', 'connecting'])
  })

  it.each(['open', 'reconnect'] as const)(
    'comes back whatever is asked while it joins again: %s()',
    async (verb) => {
      const page = openPage()
      const [one] = await page.joinOpen(1)
      await page.request.push(messages(1))
      one!.client.close()
      one!.client.open()
      one!.client.close()
      one!.client[verb]()
      one!.client[verb]()
      await settle()
      expect(page.requests).toHaveLength(verb === 'open' ? 1 : 2)
      await page.request.respond()
      await page.request.push(messages(2))
      expect(one!.data).toEqual([1, 2])
      expect(page.open()).toHaveLength(1)
    },
  )

  it('that has failed is told no second end when its app goes', async () => {
    const page = openPage()
    const one = await page.join()
    await page.request.respond({ status: 404 })
    one.takeLog()
    page.connections.dispose()
    expect(one.log).toEqual(['closed unmount'])
    const other = await page.join()
    await page.request.respond({ status: 404 })
    other.takeLog()
    other.client.close()
    expect(other.log).toEqual(['closed user'])
  })

  it('that leaves before it has joined makes no request', async () => {
    const page = openPage()
    const { client, log } = page.start()
    client.close('unmount')
    await settle()
    expect(page.requests).toHaveLength(0)
    expect(log).toEqual(['connecting', 'closed unmount', 'onClose unmount'])
    client.close('unmount')
    expect(log).toHaveLength(3)
  })
})

describe('close()', () => {
  it('is told once, with its reason, and goes on from there by open()', async () => {
    const page = openPage()
    const [one, other] = await page.joinOpen(2)
    await page.request.push(messages(1))
    one!.client.close()
    one!.client.close()
    await page.request.push(messages(2))
    one!.client.open()
    await settle()
    await page.request.push(messages(3))
    expect(one!.log).toEqual([
      ...['1', 'closed user', 'onClose user'],
      ...['connecting', 'open', 'onOpen', '2', '3'],
    ])
    expect(other!.data).toEqual([1, 2, 3])
    expect(page.requests).toHaveLength(1)
  })

  it('for longer than the log reaches goes on from the id, on a connection of its own', async () => {
    const page = openPage()
    const [one, other] = await page.joinOpen(2)
    await page.request.push(messages(1))
    one!.client.close()
    await page.request.push(messages(2, 1100))
    one!.client.open()
    await settle()
    expect(page.requests).toHaveLength(2)
    expect(page.request.headers.get('last-event-id')).toBe('1')
    await page.request.respond()
    await page.request.push(messages(2, 3))
    expect(one!.data).toEqual([1, 2, 3])
    expect(one!.gaps).toEqual([])
    expect(other!.data).toEqual(range(1, 1100))
  })

  it('for longer than the log reaches tells a gap where there are no ids', async () => {
    const page = openPage()
    const [one, other] = await page.joinOpen(2)
    await page.request.push(anonymous(1))
    one!.client.close()
    await page.request.push(anonymous(2, 1100))
    one!.takeLog()
    one!.client.open()
    await settle()
    await page.request.push(anonymous(1101))
    expect(page.requests).toHaveLength(1)
    expect(one!.log).toEqual(['connecting', 'open', 'onOpen', 'onGap no-id', '1101'])
    expect(other!.gaps).toEqual([])
  })

  it('of all for longer than the linger goes on from the id', async () => {
    const page = openPage()
    const [one] = await page.joinOpen(1)
    await page.request.push(messages(1))
    one!.client.close()
    await page.advance(LINGER_MS)
    one!.client.open()
    await settle()
    expect(page.request.headers.get('last-event-id')).toBe('1')
    await page.request.respond()
    await page.request.push(messages(1, 2))
    expect(one!.data).toEqual([1, 2])
    expect(one!.client.duplicates).toBe(1)
  })

  it('drops what waits for its handlers', async () => {
    const page = openPage()
    const [one] = await page.joinOpen(1, {
      onMessage: ({ data }: Message) => data === 2 && one!.client.close(),
    })
    await page.request.push(messages(1, 4))
    expect(one!.data).toEqual([1, 2])
  })
})

describe('gaps', () => {
  const told = ({ log }: { log: string[] }): string[] =>
    log.filter((line) => /^(onGap|\d)/.test(line))

  it('reach each once, in order with the messages: no-id', async () => {
    const page = openPage()
    const [one, other] = await page.joinOpen(2)
    await page.request.push(anonymous(1))
    await page.request.cut()
    await page.advance(1000)
    await page.request.respond()
    await page.request.push(anonymous(2))
    const late = await page.join()
    for (const stream of [one!, other!, late])
      expect(told(stream)).toEqual(['1', 'onGap no-id', '2'])
    expect(one!.gaps).toEqual([{ reason: 'no-id', lastEventId: '' }])
  })

  it('wait for who is paused', async () => {
    const page = openPage()
    const [one, other] = await page.joinOpen(2)
    one!.client.pause()
    await page.request.push(anonymous(1))
    await page.request.cut()
    await page.advance(1000)
    await page.request.respond()
    await page.request.push(anonymous(2))
    expect([told(one!), told(other!)]).toEqual([[], ['1', 'onGap no-id', '2']])
    one!.client.resume()
    expect(told(one!)).toEqual(['1', 'onGap no-id', '2'])
  })

  it('are told by an event: server', async () => {
    const page = openPage()
    const options = { resume: { gapEvent: 'reset' } }
    const [one, other] = await page.joinOpen(2, options)
    await page.request.push(messages(1) + ofType('reset', '0', '9') + messages(2))
    const late = await page.join(options)
    for (const stream of [one!, other!, late]) {
      expect(told(stream)).toEqual(['1', 'onGap server', '0', '2'])
      expect(stream.gaps).toEqual([{ reason: 'server', lastEventId: '9' }])
    }
  })

  it('are told where the id is too old, and the one that cannot be sent', async () => {
    const page = openPage()
    page.navigationType = 'reload'
    page.documentId = 2
    const stored = { id: '7', at: page.environment.now() - 400_000, by: 1 }
    page.stored.session.set('vue-event-stream:chat', JSON.stringify(stored))
    const resume = { storage: 'session', key: 'chat' } as const
    const [one, other] = await page.joinOpen(2, { resume })
    for (const { gaps } of [one!, other!]) expect(gaps).toMatchObject([{ reason: 'expired' }])
    const odd = 'x'.repeat(3) + '\u0001'
    const [third, fourth] = await page.joinOpen(2, { url: '/b', initialLastEventId: odd })
    for (const { gaps } of [third!, fourth!]) {
      expect(gaps).toMatchObject([{ reason: 'unsendable-id' }])
    }
  })

  it('are told by parking without ids: paused', async () => {
    const page = openPage()
    const [one, other] = await page.joinOpen(2)
    await page.request.push(anonymous(1))
    one!.client.pause()
    other!.client.pause()
    await page.advance(30_000)
    expect(page.open()).toEqual([])
    one!.client.resume()
    await settle()
    await page.request.respond()
    await page.request.push(anonymous(2))
    expect(told(one!)).toEqual(['1', 'onGap paused', '2'])
    other!.client.resume()
    expect(told(other!)).toEqual(['1', 'onGap paused', '2'])
  })
})

describe('what looks into the payload', () => {
  it('sees what decode makes of it: getEventId', async () => {
    const page = openPage()
    const getEventId = ({ data }: Message): string => (data as { id: string }).id
    const [one, other] = await page.joinOpen(2, { getEventId } as SubscribedOptions)
    await page.request.push('data: {"id":"7"}\n\ndata: no json\n\n')
    for (const { client, errors } of [one!, other!]) {
      expect(client).toMatchObject({ lastEventId: '7', received: 2 })
      expect(errors.map(({ code }) => code)).toEqual(['decode'])
    }
    await page.request.cut()
    await page.advance(1000)
    expect(page.request.headers.get('last-event-id')).toBe('7')
  })

  it('tells duplicates apart: dedupe', async () => {
    const page = openPage()
    const dedupe = ({ data }: Message): string | undefined => (data as { n?: string }).n
    const [one, other] = await page.joinOpen(2, { dedupe } as SubscribedOptions)
    await page.request.push('data: {"n":"1"}\n\ndata: no json\n\n')
    await page.request.cut()
    await page.advance(1000)
    await page.request.respond()
    await page.request.push('data: {"n":"1"}\n\ndata: {"n":"2"}\n\ndata: no json\n\n')
    for (const { client, data, errors } of [one!, other!]) {
      expect(data).toEqual([{ n: '1' }, { n: '2' }])
      expect(client).toMatchObject({ duplicates: 1, received: 4 })
      expect(errors.filter(({ code }) => code === 'decode')).toHaveLength(2)
    }
  })

  it('is told nothing of what cannot be decoded: until', async () => {
    const page = openPage()
    const seen: unknown[] = []
    const until = ({ data }: Message): boolean => (seen.push(data), data === 'end')
    const [one, other] = await page.joinOpen(2, { until } as SubscribedOptions)
    await page.request.push('data: no json\n\ndata: 1\n\ndata: "end"\n\n')
    expect(seen).toEqual([1, 'end'])
    for (const { client, data } of [one!, other!]) {
      expect(data).toEqual([1, 'end'])
      expect(client).toMatchObject({ status: 'closed', reason: 'complete' })
    }
  })

  it('that throws is told to each, and stops nothing', async () => {
    const page = openPage()
    const until = (): boolean => {
      throw new Error('no')
    }
    const [one, other] = await page.joinOpen(2, { until })
    await page.request.push(messages(1, 2))
    for (const { errors, data } of [one!, other!]) {
      expect(errors.map(({ code }) => code)).toEqual(['handler', 'handler'])
      expect(data).toEqual([1, 2])
    }
  })

  it('may be off: dedupe: false', async () => {
    const page = openPage()
    const [one] = await page.joinOpen(1, { dedupe: false })
    await page.request.push(messages(1))
    await page.request.cut()
    await page.advance(1000)
    await page.request.respond()
    await page.request.push(messages(1))
    expect(one!.data).toEqual([1, 1])
  })
})
