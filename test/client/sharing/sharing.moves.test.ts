// @vitest-environment node
/** A subscriber that goes from one shared stream to another: to another URL, after a long pause, for another identity. */
import { beforeEach, describe, expect, it } from 'vitest'
import { settle } from '../../support/settle.ts'
import { anonymous, messages, range, useSharedStreams } from '../../support/shared-streams.ts'
import type { SharedPage } from '../../support/shared-streams.ts'

const openPage = useSharedStreams()
const resume = { key: 'orders' }
const FIRST_TOKEN = 'https://page.test/orders?token=1'
const NEXT_TOKEN = 'https://page.test/orders?token=2'

let page: SharedPage
beforeEach(() => void (page = openPage()))

describe('another URL with the same position', () => {
  it('repeats nothing that the server replays', async () => {
    const [stream] = await page.joinOpen(1, { share: 'app', url: FIRST_TOKEN, resume })
    await page.request.push(messages(1, 3))
    stream!.client.setUrl(NEXT_TOKEN)
    await settle()
    await page.request.respond()
    await page.request.push(messages(2, 4))
    expect(stream!.data).toEqual([1, 2, 3, 4])
    expect(stream!.client.duplicates).toBe(2)
  })

  it('tells no gap where only what is volatile has come without an id', async () => {
    const options = { share: 'app', resume: { ...resume, volatile: ['connected'] } } as const
    const [stream] = await page.joinOpen(1, { ...options, url: FIRST_TOKEN })
    await page.request.push(`event: connected\ndata: 0\n\n${messages(1)}`)
    stream!.client.setUrl(NEXT_TOKEN)
    await settle()
    expect(page.request.headers.get('last-event-id')).toBe('1')
    await page.request.respond()
    expect([stream!.data, stream!.gaps]).toEqual([[0, 1], []])
  })

  it('tells taps that a volatile message has no id of its own', async () => {
    const [stream] = await page.joinOpen(1, { share: 'app', resume: { volatile: ['typing'] } })
    const told: unknown[] = []
    stream!.client.tap(({ type }, isIdOwn) => void told.push([type, isIdOwn]))
    await page.request.push(`${messages(1)}event: typing\ndata: 0\n\n`)
    expect(told).toEqual([
      ['message', true],
      ['typing', false],
    ])
  })

  it('tells that messages without ids may be missing', async () => {
    const [stream] = await page.joinOpen(1, { share: 'app', url: FIRST_TOKEN, resume })
    await page.request.push(anonymous(1, 2))
    stream!.client.setUrl(NEXT_TOKEN)
    await settle()
    await page.request.respond()
    expect(stream!.gaps.map(({ reason }) => reason)).toEqual(['no-id'])
  })
})

describe('a subscriber that was paused for longer than is remembered', () => {
  it('goes on after its own id, and drops what the server replays around it', async () => {
    const [paused] = await page.joinOpen(2)
    await page.request.push(messages(1, 10))
    paused!.client.pause()
    await page.request.push(messages(11, 1200))
    paused!.client.resume()
    await settle()
    expect(page.request.headers.get('last-event-id')).toBe('10')
    await page.request.respond()
    await page.request.push(messages(8, 12))
    expect(paused!.data).toEqual(range(1, 12))
  })

  it('drops what a function of `dedupe` knows again', async () => {
    const dedupe = ({ data }: { data: unknown }): string => `${data as number}`
    const [paused] = await page.joinOpen(2, { dedupe })
    await page.request.push(messages(1, 10))
    paused!.client.pause()
    await page.request.push(messages(11, 1200))
    paused!.client.resume()
    await settle()
    await page.request.respond()
    await page.request.push(messages(8, 12))
    expect(paused!.data).toEqual(range(1, 12))
  })

  it('goes on after its own id, and not after what an earlier page has stored', async () => {
    page.navigationType = 'reload'
    page.documentId = 2
    const stored = JSON.stringify({ id: '5', at: page.environment.now(), by: 1 })
    page.stored.session.set('vue-event-stream:orders', stored)
    const setup = { resume: { ...resume, storage: 'session' as const } }
    const [paused] = await page.joinOpen(2, setup)
    await page.request.push(messages(6, 10))
    paused!.client.pause()
    await page.request.push(messages(11, 1200))
    paused!.client.resume()
    await settle()
    expect(page.request.headers.get('last-event-id')).toBe('10')
  })
})

describe('a subscriber that joins while it is paused', () => {
  it('hears of the opening before the messages', async () => {
    await page.joinOpen(1)
    await page.request.push(messages(1, 2))
    const late = page.start()
    late.client.pause()
    await settle()
    late.client.resume()
    expect(late.log).toEqual(['connecting', 'paused user', 'open', 'onOpen', '1', '2'])
  })
})

describe.each([false, 'app'] as const)('a log-out with share: %s', (share) => {
  it('leaves nothing of who was there, also with a key for the position', async () => {
    const [stream] = await page.joinOpen(1, { share, identity: 'ada', resume })
    await page.request.push('id: 9\ndata: "a secret"\n\n')
    stream!.client.setUrl(null, 'bob')
    const { message, lastEventId, received } = stream!.client
    expect({ message, lastEventId, received }).toEqual({
      message: null,
      lastEventId: '',
      received: 0,
    })
  })

  it('never goes on after the id of somebody else', async () => {
    const [stream] = await page.joinOpen(1, { share, identity: 'ada', resume })
    await page.request.push(messages(9))
    stream!.client.setUrl('https://page.test/events', 'bob')
    await settle()
    expect(page.request.headers.get('last-event-id')).toBe(null)
  })
})
