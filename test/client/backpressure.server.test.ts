/**
 * Whoever does not take messages stops the server: on a real network its writes stop, and when they are taken again all
 * of them come, once and in order.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createReactiveQueue } from '../../src/vue/use-message-queue.ts'
import { startRun, until } from '../support/client-run.ts'
import { startFloodServer, untilBlocked } from '../support/flood-server.ts'
import { settle } from '../support/settle.ts'
import type { EventStreamClientOptions } from '../../src/client/options.ts'
import type { EventStreamClient } from '../../src/client/types.ts'
import type { ClientRun } from '../support/client-run.ts'
import type { FloodServer } from '../support/flood-server.ts'

/** Much more than sockets and streams hold on the way: some 10 MB here. */
const COUNT = 6000
const SIZE = 8000
const ALL = Array.from({ length: COUNT }, (_, index) => index + 1)
/** Everything that the buffers of the way may hold, and the chunk that the client has read. */
const MOST_BYTES = 24_000_000
const MAX_HELD_TURNS = 300

type Payload = { index: number }

let server: FloodServer
let ends: (() => void)[]
beforeEach(async () => {
  server = await startFloodServer()
  ends = []
})
afterEach(async () => {
  for (const end of ends) end()
  await until(() => server.floods.every(({ isOpen }) => !isOpen))
  await server.close()
})

const url = (query = ''): string => `${server.url}/flood?until=${COUNT}&size=${SIZE}${query}`

/** A client that keeps the indexes, not the texts. */
function start(options: EventStreamClientOptions = {}, query = ''): ClientRun & { seen: number[] } {
  const seen: number[] = []
  const run = startRun(url(query), {
    ...options,
    onMessage(message) {
      seen.push((message.data as Payload).index)
      return options.onMessage?.(message)
    },
  })
  ends.push(() => {
    run.client.close()
    expect(run.reported).toEqual([])
  })
  return { ...run, seen }
}

/** A stream with a queue of its own, as the composable has it, which opens nothing where there is no window. */
function startQueue(capacity: number) {
  const run = start()
  const { tap, pause, resume } = run.client
  const queue = createReactiveQueue<Record<string, unknown>>(
    { capacity, overflow: 'pause' },
    { tap, pause, resume, requestFlush: (task) => task() },
  )
  return { ...run, queue }
}

/** The server's writes stop, and stay so for as long as the client holds. Gives how many bytes it could write. */
async function expectStop(seen: { readonly length: number }): Promise<number> {
  const { flood } = server
  await untilBlocked(flood)
  const { length } = seen
  const { bytes } = flood
  for (let turns = 0; turns < MAX_HELD_TURNS; turns++) await settle()
  expect(flood).toMatchObject({ bytes, isBlocked: true, isOpen: true })
  expect(seen.length).toBe(length)
  expect(flood.written).toBeLessThan(COUNT)
  expect((flood.written - length) * SIZE).toBeLessThan(MOST_BYTES)
  return bytes
}

async function expectAll(seen: readonly number[]): Promise<void> {
  await until(() => seen.length >= COUNT, 20_000)
  for (let turns = 0; turns < 20; turns++) await settle()
  expect(seen).toEqual(ALL)
  expect(server.floods).toHaveLength(1)
}

describe('the server stops writing', { timeout: 60_000 }, () => {
  it('while the stream is paused', async () => {
    const { client, seen } = start({ onMessage: ({ key }) => key === 10 && client.pause() })
    await until(() => client.status === 'paused')
    await expectStop(seen)
    expect(seen).toHaveLength(10)
    client.resume()
    await expectAll(seen)
  })

  it('each time it is paused', async () => {
    const { client, seen } = start({
      onMessage: ({ key }) => [5, 500, 2500].includes(key) && client.pause(),
    })
    for (const count of [5, 500, 2500]) {
      await until(() => seen.length === count)
      await expectStop(seen)
      expect(seen).toHaveLength(count)
      client.resume()
    }
    await expectAll(seen)
  })

  it('until every reason is gone', async () => {
    const reasons = [Symbol('a'), Symbol('b')] as const
    const { client, seen } = start({
      onMessage({ key }) {
        if (key === 100) for (const reason of [undefined, ...reasons]) client.pause(reason)
      },
    })
    await until(() => seen.length === 100)
    const bytes = await expectStop(seen)
    for (const reason of [reasons[1], undefined]) {
      client.resume(reason)
      expect(await expectStop(seen)).toBe(bytes)
    }
    client.resume(reasons[0])
    await expectAll(seen)
  })

  it('while a queue with the overflow pause is full, and drained now and then', async () => {
    const { queue, client, seen } = startQueue(50)
    await until(() => queue.size.value === 50)
    await expectStop(seen)
    expect([client.status, client.received]).toEqual(['open', 50])
    const taken: number[] = []
    for (let round = 0; taken.length < COUNT; round++) {
      for (const { data } of queue.drain()) taken.push((data as Payload).index)
      expect(queue.size.value).toBeLessThanOrEqual(50)
      expect(round).toBeLessThan(COUNT)
      await until(() => queue.size.value > 0 || taken.length === COUNT)
    }
    expect(taken).toEqual(ALL)
    expect(queue.dropped.value).toBe(0)
  })

  it('while such a queue is full, and taken from one by one', async () => {
    const { queue } = startQueue(2)
    await until(() => queue.size.value === 2)
    await untilBlocked(server.flood)
    const taken: number[] = []
    while (taken.length < COUNT) {
      await until(() => queue.size.value > 0)
      for (const { data } of queue.take()) taken.push((data as Payload).index)
      expect(queue.messages.value.length).toBeLessThanOrEqual(2)
    }
    expect(taken).toEqual(ALL)
    expect(queue.dropped.value).toBe(0)
  })

  it('while a loop with 500 messages in its hands does not ask for the next one', async () => {
    const { client, seen } = start()
    const looped: number[] = []
    let release = (): void => {}
    const done = (async () => {
      for await (const { data } of client) {
        looped.push((data as Payload).index)
        if (looped.length === 1) await new Promise<void>((resolve) => (release = resolve))
        if (looped.length === COUNT) break
      }
    })()
    await until(() => seen.length > 500)
    await expectStop(seen)
    // One in its hands, and 500 that wait.
    expect([looped.length, seen.length]).toEqual([1, 501])
    expect(client.status).toBe('open')
    release()
    await done
    expect(looped).toEqual(ALL)
    expect(server.floods).toHaveLength(1)
  })

  it('while the handlers of 1,024 messages are not done', async () => {
    const running = new Set<() => void>()
    let most = 0
    const { client, seen } = start({
      onMessage: () =>
        new Promise<void>((resolve) => {
          running.add(resolve)
          most = Math.max(most, running.size)
        }),
    })
    await until(() => seen.length === 1024)
    await expectStop(seen)
    expect(client.status).toBe('open')
    const finish = (): void => {
      for (const resolve of running) resolve()
      running.clear()
    }
    while (seen.length < COUNT) {
      finish()
      const { length } = seen
      await until(() => seen.length > length || length === COUNT)
    }
    finish()
    expect(seen).toEqual(ALL)
    expect(most).toBe(1024)
  })

  it('while slow handlers work off what has come: nothing more is read than that', async () => {
    let now = 0
    const turns: (() => void)[] = []
    const { seen } = start({
      onMessage: () => void (now += 12),
      environment: {
        now: () => now,
        nextTurn(callback) {
          turns.push(callback)
          return () => {}
        },
      },
    })
    await until(() => turns.length > 0)
    await expectStop(seen)
    expect(seen).toEqual([1])
    for (let count = 2; count <= 5; count++) {
      turns.shift()!()
      expect([seen.length, turns.length]).toEqual([count, 1])
    }
    await expectStop(seen)
    const allTurns = async (): Promise<void> => {
      while (seen.length < COUNT) {
        turns.shift()?.()
        if (turns.length === 0) await settle()
      }
    }
    await allTurns()
    await expectAll(seen)
  })
})

/** Time that passes when the test says so; everything else is the platform's. */
function createClock() {
  const timers = new Set<{ at: number; callback(): void }>()
  let time = 0
  return {
    after(delay: number, callback: () => void): () => void {
      const timer = { at: time + delay, callback }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    advance(ms: number): void {
      time += ms
      for (const timer of timers) {
        if (timer.at > time) continue
        timers.delete(timer)
        timer.callback()
      }
    },
    delays: (): number[] => [...timers].map(({ at }) => at - time),
  }
}

describe('a stream that is held for 30 s', { timeout: 60_000 }, () => {
  it.each<[string, (client: EventStreamClient, hold: boolean, reason: symbol) => void, string]>([
    ['by pause()', (client, hold) => (hold ? client.pause() : client.resume()), 'user'],
    [
      'by who takes no messages',
      (client, hold, reason) => (hold ? client.pause(reason) : client.resume(reason)),
      'overflow',
    ],
  ])('%s is left, and goes on after the last message when it is let go', async (_, act, reason) => {
    const symbol = Symbol()
    const clock = createClock()
    const { client, seen, gaps, opens, errors } = start({
      environment: { after: clock.after },
      onMessage: ({ key }) => key === 100 && act(client, true, symbol),
    })
    await until(() => seen.length === 100)
    await untilBlocked(server.flood)
    clock.advance(29_999)
    for (let turns = 0; turns < 50; turns++) await settle()
    expect(server.flood.isOpen).toBe(true)
    clock.advance(1)
    expect(client).toMatchObject({ status: 'paused', reason })
    await until(() => !server.flood.isOpen)
    // For as long as it takes: nothing is asked for.
    clock.advance(3_600_000)
    for (let turns = 0; turns < 50; turns++) await settle()
    expect(server.floods).toHaveLength(1)
    expect(clock.delays()).toEqual([])

    act(client, false, symbol)
    const read = seen.length
    // What had been read is delivered first: the server goes on after that.
    expect(read).toBeGreaterThan(100)
    await until(() => server.floods.length === 2)
    expect(server.flood.lastEventId).toBe(String(read))
    await until(() => seen.length >= COUNT, 20_000)
    expect(seen).toEqual(ALL)
    expect([gaps, errors, client.duplicates]).toEqual([[], [], 0])
    expect(opens.map(({ first }) => first)).toEqual([true, false])
    expect(client.status).toBe('open')
  })

  it('and has no ids tells of a gap: what the server sent meanwhile is lost', async () => {
    const clock = createClock()
    const { client, seen, gaps } = start(
      {
        environment: { after: clock.after },
        onMessage: ({ key }) => key === 100 && client.pause(),
      },
      '&ids=no',
    )
    await until(() => seen.length === 100)
    clock.advance(30_000)
    await until(() => !server.flood.isOpen)
    client.resume()
    const { length } = seen
    await until(() => server.floods.length === 2 && client.status === 'open')
    await until(() => seen.length > length)
    expect(gaps).toEqual([{ reason: 'paused', lastEventId: '' }])
    expect(server.flood.lastEventId).toBe('')
    // In order up to the gap, and anew after it.
    expect(seen.slice(0, length)).toEqual(ALL.slice(0, length))
    expect(seen[length]).toBe(1)
  })

  it('is asked for at once with reconnect(), and held again by what still holds it', async () => {
    const reason = Symbol()
    const clock = createClock()
    const { client, seen } = start({
      environment: { after: clock.after },
      onMessage: ({ key }) => key === 100 && client.pause(reason),
    })
    await until(() => seen.length === 100)
    clock.advance(30_000)
    await until(() => !server.flood.isOpen)
    client.reconnect()
    await until(() => server.floods.length === 2)
    // What had been read waits still: the server goes on after it, and sends nothing twice.
    expect(Number(server.flood.lastEventId)).toBeGreaterThan(100)
    await until(() => client.status === 'open')
    await expectStop(seen)
    expect(seen).toHaveLength(100)
    client.resume(reason)
    await until(() => seen.length >= COUNT, 20_000)
    expect(seen).toEqual(ALL)
    expect(client.duplicates).toBe(0)
  })

  it('for less than that, again and again, is not left', async () => {
    const clock = createClock()
    const { client, seen } = start({
      environment: { after: clock.after },
      onMessage: ({ key }) => key % 1000 === 0 && client.pause(),
    })
    for (let count = 1000; count <= COUNT; count += 1000) {
      await until(() => seen.length === count)
      clock.advance(29_000)
      expect(client).toMatchObject({ status: 'paused', reason: 'user' })
      client.resume()
    }
    await expectAll(seen)
  })
})
