/** The composable in a real browser, on a real network and with a server of another origin. */
import { describe, expect, it } from 'vitest'
import { effectScope, h } from 'vue'
import { useEventStream, useEventStreamState, useMessageQueue } from 'vue-event-stream'
import { mountPage, until, useServer } from './mount-page.ts'
import type { UseEventStreamReturn } from 'vue-event-stream'

/** The names that `/names` sends which Vue, objects or EventSource have a meaning for. */
const NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'error', 'open', 'close']

interface Indexed {
  index: number
}

describe('useEventStream in a browser', () => {
  it('streams into a mounted component', async () => {
    const { url } = useServer()
    const statuses: string[] = []
    const { host } = mountPage(() => {
      const stream = useEventStream<{ tick: Indexed }>(url('/events?count=3&type=tick'))
      const { messages } = useMessageQueue(stream, 'tick')
      const sum = useEventStreamState(stream, 0, { tick: (total, { index }) => total + index })
      return () => {
        if (statuses.at(-1) !== stream.status.value) statuses.push(stream.status.value)
        const items = messages.value.map(({ key, data }) => h('li', { key }, data.index))
        return h('ul', { title: `${stream.status.value} ${sum.value}` }, items)
      }
    })
    await until(() => host.querySelectorAll('li').length === 3)
    expect(host.innerHTML).toBe('<ul title="open 6"><li>1</li><li>2</li><li>3</li></ul>')
    expect(statuses).toEqual(['idle', 'connecting', 'open'])
  })

  it('hears events whose names mean something to objects or to EventSource', async () => {
    const { url } = useServer()
    const heard: string[] = []
    let stream!: UseEventStreamReturn<Record<string, Indexed>>
    mountPage(() => {
      const handlers = NAMES.map((name) => [name, () => heard.push(`map ${name}`)] as const)
      stream = useEventStream(url('/names'), { on: Object.fromEntries(handlers), queue: {} })
      for (const name of NAMES) stream.on(name, () => heard.push(`on ${name}`))
      return () => h('p', stream.queue.size)
    })
    await until(() => stream.queue.size === NAMES.length + 1)
    expect(heard).toEqual(NAMES.flatMap((name) => [`map ${name}`, `on ${name}`]))
    expect(stream.queue.messages.map(({ type }) => type)).toEqual([...NAMES, '*'])
    expect([stream.status.value, stream.error.value]).toEqual(['open', null])
  })

  it('goes on after the last event across origins, without loss or repetition', async () => {
    const { url, log } = useServer()
    const indexes: number[] = []
    let stream!: UseEventStreamReturn<{ message: Indexed }>
    mountPage(() => {
      stream = useEventStream<{ message: Indexed }>(url('/resume?until=12&every=5'), {
        on: { message: ({ index }) => indexes.push(index) },
        reconnect: { initialDelay: 1, minDelay: 1 },
      })
      return () => h('p', stream.status.value)
    })
    await until(() => indexes.length >= 12)
    expect(indexes).toEqual(Array.from({ length: 12 }, (_, index) => index + 1))
    // A connection that is cut may lose what was on its way: then the same is asked for again.
    const asked = (await log()).requests.map(({ headers }) => headers['last-event-id'])
    expect([...new Set(asked)]).toEqual([undefined, '5', '10'])
    await until(() => stream.lastEventId.value === '12')
  })

  it('sends a POST with headers and a body once, and is complete with its end', async () => {
    const { url, log } = useServer()
    interface Echo {
      method: string
      body: string
      headers: Record<string, string>
    }
    const echoes: Echo[] = []
    let stream!: UseEventStreamReturn<{ echo: Echo }>
    mountPage(() => {
      stream = useEventStream<{ echo: Echo }>(url('/echo'), {
        method: 'POST',
        headers: async () => ({ 'X-Own': 'mine', 'Content-Type': 'application/json' }),
        body: () => JSON.stringify({ prompt: 'é' }),
        on: { echo: (payload) => echoes.push(payload) },
      })
      return () => h('p', stream.status.value)
    })
    await until(() => stream.status.value === 'closed')
    expect(stream.reason.value).toBe('complete')
    expect(echoes).toHaveLength(1)
    expect(echoes[0]).toMatchObject({
      method: 'POST',
      body: '{"prompt":"é"}',
      headers: { 'x-own': 'mine', accept: 'text/event-stream' },
    })
    expect((await log()).requests).toHaveLength(1)
  })

  it('frees its connection with the unmount: the browser has six per server', async () => {
    const { url, log } = useServer()
    const { open: before } = await log()
    for (let count = 1; count <= 12; count++) {
      let stream!: UseEventStreamReturn<{ message: Indexed }>
      const { unmount } = mountPage(() => {
        stream = useEventStream<{ message: Indexed }>(url('/events?count=1'))
        return () => h('p', stream.received.value)
      })
      await until(() => stream.received.value === 1)
      unmount()
      expect([stream.status.value, stream.reason.value]).toEqual(['closed', 'unmount'])
    }
    await until(async () => (await log()).open <= before)
    expect((await log()).requests).toHaveLength(12)
  })

  it('asks for nothing more, and hears nothing more, when its scope has ended', async () => {
    const { url, log } = useServer()
    const heard: unknown[] = []
    const scope = effectScope(true)
    const stream = scope.run(() =>
      useEventStream(url('/end'), {
        onMessage: (message) => heard.push(message),
        onOpen: (details) => heard.push(details),
        reconnect: { initialDelay: 30_000, jitter: 0 },
      }),
    )!
    await until(() => stream.status.value === 'reconnecting')
    const before = heard.length
    scope.stop()
    dispatchEvent(new Event('online'))
    stream.reconnect()
    await until(async () => (await log()).requests.length > 0)
    expect(stream.status.value).toBe('closed')
    expect(heard).toHaveLength(before)
    expect((await log()).requests).toHaveLength(1)
  })

  it('does not sit out a long wait when the network is back', async () => {
    const { url, log } = useServer()
    let stream!: UseEventStreamReturn
    mountPage(() => {
      stream = useEventStream(url('/end'), { reconnect: { initialDelay: 30_000, jitter: 0 } })
      return () => h('p', stream.status.value)
    })
    await until(() => stream.retryAt.value !== null)
    expect(stream.retryAt.value! - Date.now()).toBeGreaterThan(20_000)
    dispatchEvent(new Event('online'))
    await until(async () => (await log()).requests.length === 2)
    expect((await log()).requests[1]!.headers['last-event-id']).toBe('1')
  })

  it('takes a failed preflight for what it is: a network error that is tried again', async () => {
    const { url } = useServer()
    let stream!: UseEventStreamReturn
    mountPage(() => {
      stream = useEventStream(url('/events?cors=no-last-event-id'), {
        initialLastEventId: '3',
        reconnect: { initialDelay: 1, minDelay: 1, maxAttempts: 2 },
      })
      return () => h('p', stream.status.value)
    })
    await until(() => stream.status.value === 'failed')
    expect(stream.error.value).toMatchObject({ code: 'attempts-exhausted', attempt: 2 })
  })
})
