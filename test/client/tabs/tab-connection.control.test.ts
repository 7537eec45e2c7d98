// @vitest-environment node
/** What the apps of several tabs do with their one connection. */
import { describe, expect, it } from 'vitest'
import { NAME_OF_TESTS, useTestTabs } from '../../support/fake-browser-streams.ts'
import type { TabStream } from '../../support/fake-browser-streams.ts'

const createTabs = useTestTabs()

describe('reconnect()', () => {
  it('in a follower makes the leader connect anew', async () => {
    const tabs = createTabs()
    const [first, second] = await tabs.startOpen(2)
    await tabs.send(1)
    second!.client.reconnect()
    await tabs.settle()
    expect(tabs.leader()).toBe(first)
    expect(first!.tab.fake.requests).toHaveLength(2)
    expect(second!.client).toMatchObject({ status: 'reconnecting', reason: 'user' })
    await tabs.request().respond()
    await tabs.send(1, 2)
    expect(second!.data).toEqual([1, 2])
    expect(first!.data).toEqual([1, 2])
  })

  it('in a follower does not end the pause of the leader', async () => {
    const tabs = createTabs()
    const [first, second] = await tabs.startOpen(2)
    first!.client.pause()
    second!.client.reconnect()
    await tabs.settle()
    expect(first!.client).toMatchObject({ status: 'paused', reason: 'user' })
  })

  it('joins again after close()', async () => {
    const tabs = createTabs()
    const [, second] = await tabs.startOpen(2)
    await tabs.send(1)
    second!.client.close()
    await tabs.send(2)
    second!.client.reconnect()
    await tabs.settle()
    expect(second!.data).toEqual([1, 2])
    expect(second!.client.status).toBe('open')
    expect(tabs.requests()).toHaveLength(1)
  })
})

describe('close()', () => {
  it('in a follower leaves the others alone', async () => {
    const tabs = createTabs()
    const [first, second, third] = await tabs.startOpen(3)
    second!.client.close()
    await tabs.send(1)
    expect(second!.client).toMatchObject({ status: 'closed', reason: 'user' })
    expect(second!.log.slice(-2)).toEqual(['closed user', 'onClose user'])
    expect([first!.data, second!.data, third!.data]).toEqual([[1], [], [1]])
  })

  it('within a handler drops the rest, and open() gets it', async () => {
    for (const position of [0, 1]) {
      const tabs = createTabs()
      const streams = await tabs.startOpen(2)
      const { client, data } = streams[position]!
      client.once('*', () => client.close())
      await tabs.send(1, 2, 3)
      expect(data).toEqual([1])
      if (position === 0) await tabs.request().respond()
      await tabs.settle()
      client.open()
      await tabs.settle()
      expect(data).toEqual([1, 2, 3])
    }
  })

  it('drops what waits, and open() gets it, though nothing was delivered before', async () => {
    const tabs = createTabs()
    const [, second] = await tabs.startOpen(2)
    second!.client.pause()
    await tabs.send(1, 2)
    second!.client.close()
    second!.client.open()
    await tabs.send(3)
    expect(second!.data).toEqual([1, 2, 3])
  })

  it('within onStatus, before anything is asked, leaves nothing', async () => {
    const tabs = createTabs()
    const stream = await tabs.start({ immediate: false })
    const { client } = stream
    const options = {
      onStatus: (status: string) => void (status === 'connecting' && other.client.close()),
    }
    const other: TabStream = await tabs.start({ ...options, immediate: false })
    client.open()
    other.client.open()
    await tabs.settle()
    expect(other.client.status).toBe('closed')
    expect(tabs.channels.open()).toEqual([`A: ${NAME_OF_TESTS}`])
    expect(tabs.locks.pending()).toEqual([])
  })

  it('in one tab while the lock is on its way to it leaves it to the next', async () => {
    const tabs = createTabs()
    const [first, second, third] = await tabs.startOpen(3)
    first!.client.close()
    second!.client.close()
    await tabs.settle()
    expect(tabs.leader()).toBe(third)
  })
})

describe('pause()', () => {
  it('in a follower holds its messages, and nobody else', async () => {
    const tabs = createTabs()
    const [first, second] = await tabs.startOpen(2)
    second!.client.pause()
    await tabs.send(1, 2)
    expect(second!.client).toMatchObject({ status: 'paused', reason: 'user' })
    expect([first!.data, second!.data]).toEqual([[1, 2], []])
    second!.client.resume()
    expect(second!.data).toEqual([1, 2])
    expect(second!.client.status).toBe('open')
  })

  it('in the leader lets another tab lead', async () => {
    const tabs = createTabs()
    const [first, second] = await tabs.startOpen(2)
    await tabs.send(1)
    first!.client.pause()
    // No timer is in it: those of a hidden tab are late.
    await tabs.settle()
    expect(tabs.leader()).toBe(second)
    await tabs.request().respond()
    await tabs.send(1, 2)
    expect(second!.data).toEqual([1, 2])
    expect(first!.data).toEqual([1])
    expect(first!.client).toMatchObject({ status: 'paused', reason: 'user' })
    first!.client.resume()
    await tabs.settle()
    expect(first!.data).toEqual([1, 2])
    expect(first!.client).toMatchObject({ status: 'open', transport: 'tabs' })
    second!.client.close()
    await tabs.settle()
    expect(tabs.leader()).toBe(first)
  })

  it('in the only tab keeps the connection for 30 s', async () => {
    const tabs = createTabs()
    const [only] = await tabs.startOpen(1)
    only!.client.pause()
    await tabs.advance(29_000)
    expect(tabs.requests()).toHaveLength(1)
    await tabs.advance(2000)
    expect(tabs.requests()).toEqual([])
    const second = await tabs.start()
    await tabs.advance(500)
    await tabs.request().respond()
    await tabs.settle()
    expect(tabs.leader()).toBe(second)
    expect(second.client.status).toBe('open')
  })

  it('asks for what was too much to keep, once it is over', async () => {
    const tabs = createTabs()
    const [first, second] = await tabs.startOpen(2)
    second!.client.pause()
    const numbers = Array.from({ length: 10_600 }, (_, index) => index + 1)
    for (let index = 0; index < numbers.length; index += 200) {
      await tabs.send(...numbers.slice(index, index + 200))
    }
    second!.client.resume()
    await tabs.settle()
    expect(first!.data).toEqual(numbers)
    expect(second!.data).toEqual(numbers)
    expect(second!.log).not.toContain('onGap late')
  })

  it('of a tab that has to lead alone asks only for what it does not have', async () => {
    const tabs = createTabs()
    const [first, second] = await tabs.startOpen(2)
    second!.client.pause()
    const numbers = Array.from({ length: 3000 }, (_, index) => index + 1)
    await tabs.send(...numbers)
    first!.client.close()
    await tabs.settle()
    expect(tabs.request().headers.get('Last-Event-ID')).toBe('3000')
    await tabs.request().respond()
    second!.client.resume()
    await tabs.send(3001)
    expect(second!.data).toEqual([...numbers, 3001])
  })
})

describe('a leader whose timers are late', () => {
  it('is hurried by a follower whose are not', async () => {
    const tabs = createTabs()
    const [first, second] = await tabs.startOpen(2, {
      reconnect: { initialDelay: 4000, jitter: 0 },
    })
    await tabs.request().cut()
    await tabs.settle()
    const { retryAt } = second!.client
    expect(retryAt).not.toBeNull()
    // Its timers come once a minute.
    first!.tab.fake.work(0)
    expect(tabs.requests()).toEqual([])
    first!.tab.holdTimers(true)
    await tabs.advance(6000)
    first!.tab.holdTimers(false)
    expect(tabs.leader()).toBe(first)
  })
})
