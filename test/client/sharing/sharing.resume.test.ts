// @vitest-environment node
/** What is stored of a shared stream: up to which message all have finished, so that a reload loses nothing of anybody. */
import { beforeEach, describe, expect, it } from 'vitest'
import { settle } from '../../support/settle.ts'
import { messages, range, useSharedStreams } from '../../support/shared-streams.ts'
import type { SharedPage } from '../../support/shared-streams.ts'

const openPage = useSharedStreams()
const resume = { storage: 'session', key: 'chat' } as const
const NAME = 'vue-event-stream:chat'

let page: SharedPage
beforeEach(() => void (page = openPage()))

async function storedId(): Promise<string | undefined> {
  await page.advance(250)
  return (JSON.parse(page.stored.session.get(NAME) ?? '{}') as { id?: string }).id
}

interface Works {
  onMessage(): Promise<void>
  finish(index: number): Promise<void>
}
function createWorks(): Works {
  const all: (() => void)[] = []
  return {
    onMessage: () => new Promise((resolve) => void all.push(resolve)),
    finish: (index) => (all[index]!(), settle()),
  }
}

describe('the stored id', () => {
  it('is that of the last message when all have finished', async () => {
    await page.joinOpen(2, { resume })
    await page.request.push(messages(1, 2))
    expect(await storedId()).toBe('2')
  })

  it('is the one before what the slowest has not finished: a reload starts from there', async () => {
    const slow = createWorks()
    await page.join({ resume, onMessage: slow.onMessage })
    await page.joinOpen(1, { resume })
    await page.request.push(messages(1, 3))
    expect(await storedId()).toBeUndefined()
    await slow.finish(0)
    expect(await storedId()).toBe('1')
    await slow.finish(2)
    expect(await storedId()).toBe('1')

    const after = openPage()
    Object.assign(after, { navigationType: 'reload', documentId: 2 })
    after.stored.session.set(NAME, page.stored.session.get(NAME)!)
    const [one, other] = await after.joinOpen(2, { resume })
    expect(after.request.headers.get('last-event-id')).toBe('1')
    expect([one!.client.lastEventId, other!.client.lastEventId]).toEqual(['1', '1'])
    const late = await after.join({ resume })
    expect(after.requests).toHaveLength(1)
    await after.request.push(messages(2))
    for (const stream of [one!, other!, late]) expect(stream.data).toEqual([2])
    await slow.finish(1)
    expect(await storedId()).toBe('3')
  })

  it('waits for each of them, in any order', async () => {
    const works = [createWorks(), createWorks(), createWorks()]
    for (const { onMessage } of works) await page.join({ resume, onMessage })
    await page.request.respond()
    await page.request.push(messages(1, 2))
    await works[0]!.finish(0)
    await works[2]!.finish(0)
    await works[2]!.finish(1)
    expect(await storedId()).toBeUndefined()
    await works[1]!.finish(0)
    expect(await storedId()).toBe('1')
    await works[1]!.finish(1)
    expect(await storedId()).toBe('1')
    await works[0]!.finish(1)
    expect(await storedId()).toBe('2')
  })

  it('waits for one that is paused, and for what it then does', async () => {
    const slow = createWorks()
    const one = await page.join({ resume, onMessage: slow.onMessage })
    await page.joinOpen(1, { resume })
    one.client.pause()
    await page.request.push(messages(1, 2))
    expect(await storedId()).toBeUndefined()
    one.client.resume()
    expect(await storedId()).toBeUndefined()
    await slow.finish(0)
    expect(await storedId()).toBe('1')
    await slow.finish(1)
    expect(await storedId()).toBe('2')
  })

  it('moves with one that goes on after a pause', async () => {
    const [one] = await page.joinOpen(2, { resume })
    one!.client.pause()
    await page.request.push(messages(1, 2))
    expect(await storedId()).toBeUndefined()
    one!.client.resume()
    expect(await storedId()).toBe('2')
  })

  it('does not wait for one that has left, paused or not', async () => {
    const [one, other] = await page.joinOpen(2, { resume })
    one!.client.pause()
    await page.request.push(messages(1, 2))
    expect(await storedId()).toBeUndefined()
    one!.client.close()
    expect(await storedId()).toBe('2')
    expect(other!.data).toEqual([1, 2])
  })

  it('waits for what one that has left is still at', async () => {
    const slow = createWorks()
    const one = await page.join({ resume, onMessage: slow.onMessage })
    await page.joinOpen(1, { resume })
    await page.request.push(messages(1))
    one.client.close()
    expect(await storedId()).toBeUndefined()
    await slow.finish(0)
    expect(await storedId()).toBe('1')
  })

  it('waits for one that lags in slices', async () => {
    await page.join({ resume, onMessage: () => page.work(13) })
    await page.joinOpen(1, { resume })
    await page.request.push(messages(1, 3))
    expect(await storedId()).toBe('1')
    await page.turn()
    expect(await storedId()).toBe('2')
    await page.turn()
    expect(await storedId()).toBe('3')
  })

  it('does not wait for handlers that fail', async () => {
    await page.join({ resume, onMessage: () => Promise.reject(new Error('no')) })
    await page.joinOpen(1, { resume })
    await page.request.push(messages(1))
    expect(await storedId()).toBe('1')
  })

  it('waits for one that came late, from then on', async () => {
    const slow = createWorks()
    await page.joinOpen(1, { resume })
    await page.request.push(messages(1, 2))
    await page.join({ resume, onMessage: slow.onMessage })
    await page.request.push(messages(3))
    expect(await storedId()).toBe('2')
    await slow.finish(2)
    expect(await storedId()).toBe('3')
  })

  it('moves with an id that brings no message, behind what is not finished', async () => {
    const slow = createWorks()
    await page.join({ resume, onMessage: slow.onMessage })
    await page.joinOpen(1, { resume })
    await page.request.push(`${messages(1)}id: 9\n\n`)
    expect(await storedId()).toBeUndefined()
    await slow.finish(0)
    expect(await storedId()).toBe('9')
  })

  it('is written at once when the page is left', async () => {
    await page.joinOpen(2, { resume })
    await page.request.push(messages(1))
    await page.page('pagehide')
    expect(page.stored.session.get(NAME)).toContain('"id":"1"')
  })

  it('is not gone back to by one that comes back from far behind', async () => {
    const [one] = await page.joinOpen(2, { resume })
    await page.request.push(messages(1))
    one!.client.pause()
    await page.request.push(messages(2, 1100))
    expect(await storedId()).toBe('1')
    one!.client.resume()
    await settle()
    expect(page.requests).toHaveLength(2)
    expect(page.request.headers.get('last-event-id')).toBe('1')
    await page.request.respond()
    await page.request.push(messages(2, 1100))
    expect(one!.data).toEqual(range(1, 1100))
  })

  it('belongs to the identity', async () => {
    await page.joinOpen(2, { resume, identity: 'ada' })
    await page.request.push(messages(1))
    await page.advance(250)
    expect([...page.stored.session.keys()]).toHaveLength(1)
    expect(page.stored.session.has(NAME)).toBe(false)
  })
})

describe('each subscriber', () => {
  it('is told of the stored id as soon as the stream is', async () => {
    Object.assign(page, { navigationType: 'reload', documentId: 2 })
    const stored = { id: '7', at: page.environment.now(), by: 1 }
    page.stored.session.set(NAME, JSON.stringify(stored))
    const one = await page.join({ resume })
    expect(page.request.headers.get('last-event-id')).toBe('7')
    await page.request.respond()
    expect(one.client.lastEventId).toBe('7')
  })
})
