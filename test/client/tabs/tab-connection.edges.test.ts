// @vitest-environment node
/** Impatient apps and unusual moments: whatever comes in between, nothing is left and nothing goes on by itself. */
import { describe, expect, it } from 'vitest'
import { createStreamClient } from '../../../src/client/stream-client.ts'
import { createTabConnection } from '../../../src/client/tabs/tab-connection.ts'
import { NAME_OF_TESTS, numbered, useTestTabs } from '../../support/fake-browser-streams.ts'
import { URL_OF_TESTS } from '../../support/test-streams.ts'
import type { Connection } from '../../../src/client/connection/connection-types.ts'
import type { FakeTab } from '../../support/fake-browser.ts'
import type { TabStream, TestTabs } from '../../support/fake-browser-streams.ts'

const createTabs = useTestTabs()

/** Takes the lock of the group, as no tab of ours does it: without a word. */
async function steal(tabs: TestTabs, tab: FakeTab): Promise<void> {
  const { locks } = tab.environment.platform('navigator') as { locks: LockManager }
  await locks.request(NAME_OF_TESTS, { steal: true }, () => {})
  await tabs.settle()
}

/** The stream of a tab that does this as soon as its attempt is aborted. */
async function onAbort(tabs: TestTabs, act: (stream: TabStream) => void): Promise<TabStream> {
  const stream: TabStream = await tabs.start({
    whenHidden: 'disconnect',
    immediate: false,
    headers: ({ signal }) => {
      signal.addEventListener('abort', () => act(stream), { once: true })
      return {}
    },
  })
  stream.client.open()
  await tabs.settle()
  await tabs.request().respond()
  await tabs.settle()
  return stream
}

describe('an app that acts while its connection is left', () => {
  it('may close it as another tab takes the lock', async () => {
    const tabs = createTabs()
    const stream = await onAbort(tabs, ({ client }) => client.close())
    await steal(tabs, tabs.openTab())
    expect(stream.log.at(-1)).toBe('onClose user')
  })

  it('may close it when it is shown that it is down', async () => {
    const tabs = createTabs()
    const stream: TabStream = await tabs.start({
      onStatus: (status) => void (status === 'reconnecting' && stream.client.close()),
    })
    await tabs.request().respond()
    await steal(tabs, tabs.openTab())
    expect(stream.log.at(-1)).toBe('onClose user')
    expect(tabs.locks.held()).toEqual([])
  })

  it('may close it as the page is left', async () => {
    const tabs = createTabs()
    const stream = await onAbort(tabs, ({ client }) => client.close())
    await stream.tab.page('pagehide', 'pageshow')
    expect(stream.client).toMatchObject({ status: 'closed', reason: 'user' })
  })

  it('may open it anew as it is closed', async () => {
    const tabs = createTabs()
    let isFirst = true
    const stream = await onAbort(tabs, ({ client }) => {
      if (isFirst) client.open()
      isFirst = false
    })
    stream.client.close()
    await tabs.settle()
    expect(stream.client.status).not.toBe('closed')
    expect(tabs.requests()).toHaveLength(1)
  })

  it('may close it when it is shown that it failed, as it leads', async () => {
    const tabs = createTabs()
    const first = await tabs.start()
    const second: TabStream = await tabs.start({
      onStatus: (status) => void (status === 'failed' && second.client.close()),
    })
    second.client.pause()
    await tabs.request().respond({ status: 404 })
    await tabs.settle()
    first.client.close()
    await tabs.settle()
    expect(second.client.status).toBe('closed')
    expect(tabs.live()).toEqual([])
  })

  it('may close it with what reconnect() lets pass', async () => {
    const tabs = createTabs()
    const [, second] = await tabs.startOpen(2)
    second!.client.pause()
    await tabs.send(1)
    second!.client.once('*', () => second!.client.close())
    second!.client.reconnect()
    await tabs.settle()
    expect(second!.client.status).toBe('closed')
    expect(tabs.channels.said.filter(({ data }) => data.kind === 'want')).toEqual([])
  })
})

describe('a lock that is lost', () => {
  it('without a word makes the leader follow, and ask', async () => {
    const tabs = createTabs()
    const [first] = await tabs.startOpen(1)
    await steal(tabs, tabs.openTab())
    expect(first!.client.status).toBe('reconnecting')
    await tabs.request().respond()
    await tabs.settle()
    expect(first!.client.status).toBe('open')
  })

  it('after the end is no loss', async () => {
    const tabs = createTabs()
    const first = await tabs.start()
    await tabs.request().respond({ status: 204, hasBody: false })
    await steal(tabs, tabs.openTab())
    await tabs.advance(200)
    expect(first.log.at(-1)).toBe('onClose no-content')
  })

  it('for a reason that nobody knows leaves the connection', async () => {
    const tabs = createTabs()
    const tab = tabs.openTab()
    let lose!: (error: Error) => void
    const request = (_name: string, _options: object, run: () => void): Promise<void> => {
      run()
      return new Promise((_, reject) => (lose = reject))
    }
    tab.fake.has.navigator = { locks: { request, query: async () => ({}) } }
    const stream = await tabs.start({ tab })
    await tabs.request().respond()
    lose(new Error('gone'))
    await tabs.settle()
    await tabs.send(1)
    expect(stream.data).toEqual([1])
    expect(tab.fake.warnings).toEqual([expect.stringMatching(/tabs-unreachable .*gone/)])
  })
})

describe('a stream that has ended', () => {
  it('keeps its lock until the others have heard of it', async () => {
    const tabs = createTabs()
    await tabs.start()
    await tabs.request().respond({ status: 204, hasBody: false })
    expect(tabs.locks.held()).toEqual([`A: ${NAME_OF_TESTS}`])
    await tabs.advance(100)
    expect(tabs.locks.held()).toEqual([])
  })

  it('keeps the next lock when it is opened at once', async () => {
    const tabs = createTabs()
    const { client } = await tabs.start()
    await tabs.request().respond({ status: 204, hasBody: false })
    client.open()
    await tabs.settle()
    await tabs.request().respond()
    await tabs.advance(200)
    expect(tabs.locks.held()).toEqual([`A: ${NAME_OF_TESTS}`])
    expect(client.status).toBe('open')
  })
})

describe('a stream that has failed', () => {
  it('stays so when its page is left and comes back, and opens again in the tab that leads', async () => {
    const tabs = createTabs()
    const stream = await tabs.start()
    await tabs.request().respond({ status: 404 })
    await stream.tab.page('pagehide', 'pagehide', 'pageshow')
    await tabs.settle()
    expect(stream.log.slice(1, 4)).toEqual(['failed http', 'error http-status', 'onClose http'])
    expect(stream.log.slice(4)).toEqual(['failed http'])
    expect(tabs.requests()).toEqual([])
    stream.client.open()
    await tabs.settle()
    await tabs.request().respond()
    expect(stream.client.status).toBe('open')
  })
})

describe('a pause', () => {
  it('before the opening is shown does not bring twice what came, in a tab that has to lead', async () => {
    const tabs = createTabs()
    const [first, second] = [await tabs.start(), await tabs.start()]
    second.client.pause()
    await tabs.request().respond()
    await tabs.send(1)
    first.client.close()
    await tabs.settle()
    await tabs.request().respond()
    await tabs.request().push(numbered(1) + numbered(2))
    second.client.resume()
    await tabs.settle()
    expect(second.data).toEqual([1, 2])
    expect(second.log.filter((line) => line === 'onOpen')).toHaveLength(1)
  })

  it('that ends while the page is away asks for no lock', async () => {
    const tabs = createTabs()
    const [first, second] = await tabs.startOpen(2)
    first!.client.pause()
    await tabs.settle()
    await first!.tab.page('pagehide')
    first!.client.resume()
    await tabs.settle()
    expect([...tabs.locks.held(), ...tabs.locks.pending()]).toEqual([`B: ${NAME_OF_TESTS}`])
    second!.client.close()
  })

  it('of another kind is not shown', async () => {
    const tabs = createTabs()
    const [, second] = await tabs.startOpen(2)
    const full = Symbol()
    second!.client.pause(full)
    await tabs.send(1)
    expect(second!.client.status).toBe('open')
    second!.client.resume(full)
    expect(second!.data).toEqual([1])
  })

  it('in which too much came is a gap when the stream ends meanwhile', async () => {
    const tabs = createTabs()
    const [, second] = await tabs.startOpen(2)
    second!.client.pause()
    for (let count = 0; count < 17; count++) {
      await tabs.request().push(`id: ${count}\ndata: "${'x'.repeat(1_000_000)}"\n\n`)
    }
    await tabs.request().cut()
    await tabs.advance(3000)
    await tabs.request().respond({ status: 204, hasBody: false })
    await tabs.settle()
    second!.client.resume()
    expect(second!.data).toHaveLength(16)
    expect(second!.log.slice(-3)).toEqual(['onGap late', 'closed no-content', 'onClose no-content'])
  })
})

describe('a tab connection', () => {
  it('is a connection of its own where there are no locks', async () => {
    for (const name of ['navigator', 'BroadcastChannel']) {
      const tabs = createTabs()
      const tab = tabs.openTab()
      delete tab.fake.has[name]
      const stream = await tabs.start({ tab })
      await tabs.request().respond()
      await tabs.send(1)
      expect(stream.data).toEqual([1])
      expect(tabs.channels.said).toEqual([])
    }
  })

  it('waits for a URL, and leaves one for another', async () => {
    const tabs = createTabs()
    const stream = await tabs.start({ url: null })
    stream.client.open()
    await tabs.settle()
    expect(tabs.live()).toEqual([])
    stream.client.setUrl(URL_OF_TESTS)
    await tabs.settle()
    await tabs.request().respond()
    stream.client.setUrl(null)
    await tabs.settle()
    expect(tabs.live()).toEqual([])
  })

  it('is idle while it is disabled', async () => {
    const tabs = createTabs()
    const [, second] = await tabs.startOpen(2)
    second!.client.setEnabled(false)
    await tabs.settle()
    expect(second!.log.slice(-1)).toEqual(['idle disabled'])
    second!.client.setEnabled(true)
    await tabs.settle()
    expect(second!.client.status).toBe('open')
  })

  it('is not complete when it was closed before', async () => {
    const tabs = createTabs()
    const tab = tabs.openTab()
    let connection!: Connection
    const client = createStreamClient(
      URL_OF_TESTS,
      { environment: tab.environment },
      (...args) => (connection = createTabConnection(...args, NAME_OF_TESTS)),
    )
    client.close()
    connection.complete()
    expect(client.reason).toBe('user')
    await tabs.settle()
  })

  it('hurries the leader when the network is back in a tab that follows', async () => {
    const tabs = createTabs()
    const [, second] = await tabs.startOpen(2, { reconnect: { initialDelay: 60_000, jitter: 0 } })
    await tabs.request().cut()
    await tabs.settle()
    await tabs.advance(3000)
    expect(tabs.requests()).toEqual([])
    await second!.tab.page('online')
    await tabs.settle()
    expect(tabs.requests()).toHaveLength(1)
  })
})
