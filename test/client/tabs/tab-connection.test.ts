// @vitest-environment node
/** One connection for several tabs: who leads, who follows, and what each app is told. */
import { describe, expect, it } from 'vitest'
import { NAME_OF_TESTS, useTestTabs } from '../../support/fake-browser-streams.ts'

const createTabs = useTestTabs()

describe('createTabConnection', () => {
  it('makes one request for all tabs, and every tab gets every message once and in order', async () => {
    const tabs = createTabs()
    const streams = await tabs.startOpen(4)
    expect(tabs.requests()).toHaveLength(1)
    await tabs.send(1, 2)
    await tabs.send(3)
    for (const { data, client } of streams) {
      expect(data).toEqual([1, 2, 3])
      expect(client).toMatchObject({ status: 'open', lastEventId: '3', received: 3, duplicates: 0 })
    }
    expect(streams.map(({ client }) => client.transport)).toEqual(['fetch', 'tabs', 'tabs', 'tabs'])
    expect(tabs.locks.held()).toEqual([`A: ${NAME_OF_TESTS}`])
  })

  it('tells a follower what it would have heard of a connection of its own', async () => {
    const tabs = createTabs()
    const [leader, follower] = await tabs.startOpen(2)
    expect(leader!.log).toEqual(['connecting', 'open', 'onOpen'])
    expect(follower!.log).toEqual(leader!.log)
  })

  it('lets a tab that comes late read all that has come since the stream began', async () => {
    const tabs = createTabs()
    await tabs.startOpen(1)
    await tabs.send(1, 2, 3)
    const late = await tabs.start()
    expect(late.data).toEqual([1, 2, 3])
    expect(late.log).toEqual(['connecting', 'open', 'onOpen'])
    await tabs.send(4)
    expect(late.data).toEqual([1, 2, 3, 4])
  })

  it('goes on in another tab when the leader closes, and nothing is lost or comes twice', async () => {
    const tabs = createTabs()
    const [first, second, third] = await tabs.startOpen(3)
    await tabs.send(1, 2)
    second!.takeLog()
    first!.client.close()
    await tabs.settle()
    expect(tabs.leader()).toBe(second)
    expect(tabs.request().headers.get('Last-Event-ID')).toBe('2')
    expect(second!.client.status).toBe('reconnecting')
    expect(third!.client.status).toBe('reconnecting')
    await tabs.request().respond()
    await tabs.send(2, 3)
    for (const { data, client } of [second!, third!]) {
      expect(data).toEqual([1, 2, 3])
      expect(client.status).toBe('open')
    }
    expect(second!.log).toEqual(['reconnecting', 'open', 'onOpen'])
    expect(first!.data).toEqual([1, 2])
    expect(first!.log.slice(-2)).toEqual(['closed user', 'onClose user'])
  })

  it('goes on in another tab when the leader crashes', async () => {
    const tabs = createTabs()
    const [first, second, third] = await tabs.startOpen(3)
    await tabs.send(1)
    await first!.tab.crash()
    await tabs.settle()
    expect(tabs.leader()).toBe(second)
    await tabs.request().respond()
    await tabs.send(2)
    expect(second!.data).toEqual([1, 2])
    expect(third!.data).toEqual([1, 2])
    expect(third!.client.status).toBe('open')
  })

  it('leaves nothing behind', async () => {
    const tabs = createTabs()
    const streams = await tabs.startOpen(3)
    await tabs.advance(5000)
    for (const { client } of streams) client.close()
    await tabs.settle()
    expect(tabs.live()).toEqual([])
  })

  it('keeps streams with other names apart', async () => {
    const tabs = createTabs()
    const one = await tabs.start()
    const two = await tabs.start({ name: `${NAME_OF_TESTS}2` })
    expect(tabs.requests()).toHaveLength(2)
    const [request] = tabs.requests()
    await request!.push('data: 1\n\n')
    expect([one.data, two.data]).toEqual([[], []])
    await request!.respond()
    await tabs.settle()
    expect([one.data, two.data]).toEqual([[1], []])
  })
})
