// @vitest-environment node
/** Streams that share a connection at different paces: paused ones, and slow ones. Nobody loses, or repeats, anything. */
import { beforeAll, describe, expect, it } from 'vitest'
import { settle } from '../../support/settle.ts'
import {
  anonymous,
  messages,
  range,
  SHARED_URL,
  useSharedStreams,
} from '../../support/shared-streams.ts'

const openPage = useSharedStreams()
const MAX_ITEMS = 1000

function createWork(): { promise: Promise<void>; finish(): Promise<void> } {
  let resolve!: () => void
  const promise = new Promise<void>((done) => (resolve = done))
  return { promise, finish: () => (resolve(), settle()) }
}

// What is loaded on demand is there: it takes many turns.
beforeAll(() => import('../../../src/client/delivery/message-iterator.ts'))

describe('one that is paused', () => {
  it('lags, and takes all that came when it goes on', async () => {
    const page = openPage()
    const [one, other] = await page.joinOpen(2)
    one!.client.pause()
    await page.request.push(messages(1, 3), anonymous(4, 5))
    expect([one!.data, other!.data]).toEqual([[], range(1, 5)])
    expect(one!.client).toMatchObject({ status: 'paused', reason: 'user', lastEventId: '' })
    expect(other!.client.status).toBe('open')
    one!.client.resume()
    await page.request.push(messages(6))
    expect([one!.data, other!.data]).toEqual([range(1, 6), range(1, 6)])
    expect(one!.log).toContain('paused user')
    expect(page.requests).toHaveLength(1)
  })

  it('pauses in a handler after its message', async () => {
    const page = openPage()
    const [one, other] = await page.joinOpen(2, {
      onMessage: ({ data }) => data === 2 && one?.client.pause(),
    })
    await page.request.push(messages(1, 4))
    expect([one!.data, other!.data]).toEqual([[1, 2], range(1, 4)])
    one!.client.resume()
    expect(one!.data).toEqual(range(1, 4))
  })

  it('takes a whole log without a request', async () => {
    const page = openPage()
    const [one] = await page.joinOpen(2)
    await page.request.push(messages(1))
    one!.client.pause()
    await page.request.push(messages(2, MAX_ITEMS + 1))
    one!.client.resume()
    expect(one!.data).toEqual(range(1, MAX_ITEMS + 1))
    expect(page.requests).toHaveLength(1)
  })

  it('over the end of the log comes back from its id, on a connection of its own', async () => {
    const page = openPage()
    const [one, other] = await page.joinOpen(2)
    await page.request.push(messages(1))
    one!.client.pause()
    await page.request.push(messages(2, MAX_ITEMS + 2))
    one!.takeLog()
    one!.client.resume()
    await settle()
    expect(page.requests).toHaveLength(2)
    expect(page.request.headers.get('last-event-id')).toBe('1')
    await page.request.respond()
    await page.request.push(messages(2, MAX_ITEMS + 3))
    expect(one!.data).toEqual(range(1, MAX_ITEMS + 3))
    expect([one!.gaps, one!.client.duplicates, other!.gaps]).toEqual([[], 0, []])
    expect(page.connections.count()).toBe(2)
  })

  it('over the end of the log is told of a gap where there are no ids, and goes on', async () => {
    const page = openPage()
    const [one, other] = await page.joinOpen(2)
    await page.request.push(anonymous(1))
    one!.client.pause()
    await page.request.push(anonymous(2, MAX_ITEMS + 2))
    one!.client.resume()
    await settle()
    await page.request.push(anonymous(MAX_ITEMS + 3))
    expect(page.requests).toHaveLength(1)
    expect(one!.log.filter((line) => line.startsWith('onGap'))).toEqual(['onGap no-id'])
    expect(one!.data).toEqual([1, MAX_ITEMS + 3])
    expect(other!.data).toEqual(range(1, MAX_ITEMS + 3))
  })

  it('that had nothing yet starts anew over the end of the log', async () => {
    const page = openPage()
    const [one] = await page.joinOpen(2)
    one!.client.pause()
    await page.request.push(messages(1, MAX_ITEMS + 1))
    one!.client.resume()
    await settle()
    expect(page.requests).toHaveLength(2)
    expect(page.request.headers.has('last-event-id')).toBe(false)
    expect(one!.gaps).toEqual([])
  })

  it('before it joins gets everything when it goes on', async () => {
    const page = openPage()
    await page.joinOpen(1)
    await page.request.push(messages(1))
    const late = page.start()
    late.client.pause()
    await settle()
    await page.request.push(messages(2))
    expect(late.data).toEqual([])
    expect(late.client.status).toBe('paused')
    late.client.resume()
    await settle()
    expect(late.data).toEqual([1, 2])
    expect(late.client.status).toBe('open')
    expect(late.opens).toHaveLength(1)
  })

  it('among others that are, too, is told of the opening all the same', async () => {
    const page = openPage()
    const [one] = await page.joinOpen(1)
    one!.client.pause()
    const late = page.start()
    late.client.pause()
    await settle()
    late.client.resume()
    await settle()
    expect(late.client.status).toBe('open')
    expect(late.opens).toHaveLength(1)
  })

  it('stays so while the stream reconnects, and sees how it is when it goes on', async () => {
    const page = openPage()
    const [one, other] = await page.joinOpen(2)
    one!.client.pause()
    await page.request.cut()
    expect(one!.client).toMatchObject({ status: 'paused', reason: 'user', attempt: 1 })
    expect(other!.client.status).toBe('reconnecting')
    one!.client.resume()
    expect(one!.client).toMatchObject({ status: 'reconnecting', reason: 'network' })
  })

  it('hears that the stream is open again after what came before that', async () => {
    const page = openPage()
    const [one, other] = await page.joinOpen(2)
    one!.client.pause()
    await page.request.push(messages(1, 2))
    await page.request.end()
    await page.advance(1000)
    await page.request.respond()
    await page.request.push(messages(3))
    expect(other!.takeLog().slice(-3)).toEqual(['open', 'onOpen', '3'])
    one!.takeLog()
    one!.client.resume()
    expect(one!.takeLog().filter((line) => line !== 'open')).toEqual(['1', '2', 'onOpen', '3'])
    expect([one!.opens.length, one!.opens[1]!.first, one!.client.status]).toEqual([
      2,
      false,
      'open',
    ])
  })

  it('hears of an opening with its gap, after what came before', async () => {
    const page = openPage()
    const [one] = await page.joinOpen(2)
    await page.request.push(anonymous(1))
    one!.client.pause()
    await page.request.push(anonymous(2))
    await page.request.end()
    await page.advance(1000)
    await page.request.respond()
    one!.takeLog()
    one!.client.resume()
    const told = one!.takeLog().filter((line) => line !== 'open')
    expect(told).toEqual(['2', 'onOpen', 'onGap no-id'])
  })

  it('hears only of the last opening, and of none that has been lost since', async () => {
    const page = openPage()
    const [one] = await page.joinOpen(2)
    one!.client.pause()
    for (const id of [1, 2, 3]) {
      await page.request.push(messages(id))
      await page.request.end()
      await page.advance(1000)
      if (id < 3) await page.request.respond()
    }
    one!.takeLog()
    one!.client.resume()
    expect(one!.takeLog()).toEqual(['1', '2', '3', 'reconnecting network'])
    await page.request.respond()
    expect(one!.takeLog()).toEqual(['open', 'onOpen'])
    expect(one!.opens).toHaveLength(2)
  })

  it('that has come while the stream was down hears once that it is open, before all else', async () => {
    const page = openPage()
    await page.joinOpen(1)
    await page.request.push(messages(1, 2))
    await page.request.end()
    const late = page.start()
    late.client.pause()
    await page.advance(1000)
    await page.request.respond()
    late.client.resume()
    expect(late.log.filter((line) => /^(onOpen|\d)/.test(line))).toEqual(['onOpen', '1', '2'])
  })

  it('that leaves with what came before an opening does not hear of it', async () => {
    const page = openPage()
    const one = await page.join({ onMessage: () => one.client.close() })
    await page.joinOpen(1)
    one.client.pause()
    await page.request.push(messages(1))
    await page.request.end()
    await page.advance(1000)
    await page.request.respond()
    one.takeLog()
    one.client.resume()
    expect(one.takeLog()).toEqual(['1', 'closed user', 'onClose user'])
    one.client.open()
    await settle()
    expect(one.takeLog()).toEqual(['connecting', 'open', 'onOpen'])
  })

  it('is paused no more when the stream fails', async () => {
    const page = openPage()
    const [one] = await page.joinOpen(2)
    one!.client.pause()
    await page.request.cut()
    await page.advance(1000)
    await page.request.respond({ status: 404 })
    expect(one!.client).toMatchObject({ status: 'failed', reason: 'http' })
    one!.client.open()
    await settle()
    expect(one!.client.status).toBe('connecting')
  })

  it('keeps its pause over a change of the URL', async () => {
    const page = openPage()
    const [one] = await page.joinOpen(1)
    one!.client.pause()
    one!.client.setUrl('/b')
    await settle()
    expect(one!.client.status).toBe('paused')
    await page.request.respond()
    await page.request.push(messages(1))
    expect(one!.data).toEqual([])
    one!.client.resume()
    await settle()
    expect(one!.data).toEqual([1])
  })
})

describe('all that are paused', () => {
  it('leave the connection unread, and go on together', async () => {
    const page = openPage()
    const [one, other] = await page.joinOpen(2)
    one!.client.pause()
    other!.client.pause()
    const { reads } = page.request
    await page.request.push(messages(1), messages(2), messages(3))
    expect(page.request.reads).toBeLessThanOrEqual(reads + 1)
    one!.client.resume()
    await settle()
    expect([one!.data, other!.data]).toEqual([[1, 2, 3], []])
    other!.client.resume()
    expect(other!.data).toEqual([1, 2, 3])
    expect(one!.log.filter((line) => /[a-z]/.test(line))).toEqual(['paused user', 'open'])
  })

  it('are parked after 30 s, and come back with the id', async () => {
    const page = openPage()
    const [one, other] = await page.joinOpen(2)
    await page.request.push(messages(1))
    one!.client.pause()
    other!.client.pause()
    await page.advance(29_999)
    expect(page.open()).toEqual([SHARED_URL])
    await page.advance(1)
    expect(page.open()).toEqual([])
    expect(page.live().filter((thing) => thing !== 'page listener')).toEqual([])
    for (const { client } of [one!, other!]) {
      expect(client).toMatchObject({ status: 'paused', reason: 'user' })
    }
    other!.client.resume()
    await settle()
    expect(page.request.headers.get('last-event-id')).toBe('1')
    await page.request.respond()
    await page.request.push(messages(2))
    expect([one!.data, other!.data]).toEqual([[1], [1, 2]])
    expect(one!.client.status).toBe('paused')
    one!.client.resume()
    expect(one!.data).toEqual([1, 2])
    expect([one!.gaps, other!.gaps]).toEqual([[], []])
  })

  it('are read again when one more joins', async () => {
    const page = openPage()
    const [one] = await page.joinOpen(1)
    one!.client.pause()
    await page.request.push(messages(1), messages(2))
    const late = await page.join()
    expect(late.log).toEqual(['connecting', 'open', 'onOpen', '1', '2'])
    expect(one!.data).toEqual([])
  })
})

describe('one that is slow', () => {
  it('with 1024 promises that have not settled lags alone, until it has', async () => {
    const page = openPage()
    const work = createWork()
    const one = await page.join({ onMessage: () => work.promise })
    const [other] = await page.joinOpen(1)
    await page.request.push(messages(1, 1024), messages(1025, 1500))
    expect(one.data).toHaveLength(1024)
    expect(other!.data).toHaveLength(1500)
    await work.finish()
    expect(one.data).toEqual(range(1, 1500))
    expect(page.requests).toHaveLength(1)
    page.warnings.length = 0
  })

  it('sees at once how the stream is, and hears of its opening after what came before', async () => {
    const page = openPage()
    const work = createWork()
    const one = await page.join({ onMessage: () => work.promise })
    await page.joinOpen(1)
    await page.request.push(messages(1, 1025))
    await page.request.end()
    one.takeLog()
    await page.advance(1000)
    await page.request.respond()
    expect(one.takeLog()).toEqual(['reconnecting network', 'open'])
    await work.finish()
    expect(one.takeLog()).toEqual(['1025', 'onOpen'])
    page.warnings.length = 0
  })

  it('with all others holds the connection at once, as a private one does', async () => {
    const page = openPage()
    const work = createWork()
    const [one, other] = await page.joinOpen(2, { onMessage: () => work.promise })
    await page.request.push(messages(1, 1100))
    const { reads } = page.request
    await page.request.push(messages(1101), messages(1102))
    expect(page.request.reads).toBeLessThanOrEqual(reads + 1)
    expect([one!.data.length, other!.data.length]).toEqual([1024, 1024])
    await page.advance(30_000)
    expect(one!.client).toMatchObject({ status: 'paused', reason: 'overflow' })
    await work.finish()
    await settle()
    await page.advance(1000)
    await page.request.respond()
    await page.request.push(messages(1102, 1103))
    for (const { data, gaps } of [one!, other!]) {
      expect([data.slice(0, 1100), data.at(-1), gaps]).toEqual([range(1, 1100), 1103, []])
    }
  })

  it('holds the others when it is a whole log behind, and nobody loses anything', async () => {
    const page = openPage()
    const work = createWork()
    const one = await page.join({ onMessage: () => work.promise })
    const [other] = await page.joinOpen(1)
    await page.request.push(messages(1, 2500))
    await page.request.push(messages(2501, 2600), messages(2601, 2700))
    expect(one.data).toHaveLength(1024)
    expect(other!.data).toEqual(range(1, 2024))
    expect(other!.client.status).toBe('open')
    const { reads } = page.request
    await settle()
    expect(page.request.reads).toBe(reads)
    await work.finish()
    await settle()
    expect(one.data).toEqual(range(1, 2700))
    expect(other!.data).toEqual(range(1, 2700))
  })

  it('that leaves lets the others go on', async () => {
    const page = openPage()
    const work = createWork()
    const one = await page.join({ onMessage: () => work.promise })
    const [other] = await page.joinOpen(1)
    await page.request.push(messages(1, 2500))
    expect(other!.data).toHaveLength(2024)
    one.client.close()
    await settle()
    expect(other!.data).toEqual(range(1, 2500))
    await work.finish()
    expect(one.data).toHaveLength(1024)
  })

  it('that pauses on top lets the others go on, too', async () => {
    const page = openPage()
    const work = createWork()
    const one = await page.join({ onMessage: () => work.promise })
    const [other] = await page.joinOpen(1)
    await page.request.push(messages(1, 2500))
    one.client.pause()
    await settle()
    expect(other!.data).toEqual(range(1, 2500))
  })

  it('in its handlers gives the page its turn, and all wait for that', async () => {
    const page = openPage()
    const one = await page.join({ onMessage: () => page.work(13) })
    const [other] = await page.joinOpen(1)
    await page.request.push(messages(1, 4))
    for (let turn = 1; turn <= 4; turn++) {
      expect([one.data, other!.data]).toEqual([range(1, turn), range(1, turn)])
      await page.turn()
    }
    expect(page.live()).not.toContain('turn')
  })

  it('with what came before it reads that in slices, while the others go on', async () => {
    const page = openPage()
    const [other] = await page.joinOpen(1)
    await page.request.push(messages(1, 4))
    const late = await page.join({ onMessage: () => page.work(13) })
    await page.advance(100)
    await page.request.push(messages(5))
    expect([late.data, other!.data]).toEqual([[1], range(1, 5)])
    for (let turn = 0; turn < 5; turn++) await page.turn()
    expect(late.data).toEqual(range(1, 5))
    expect(page.live()).not.toContain('turn')
  })

  it('with what came before it holds the others where the log would give it up', async () => {
    const page = openPage()
    const [other] = await page.joinOpen(1)
    await page.request.push(messages(1, MAX_ITEMS))
    const late = await page.join({ onMessage: () => page.work(13) })
    await page.advance(100)
    await page.request.push(messages(MAX_ITEMS + 1, MAX_ITEMS + 9))
    expect([late.data, other!.data]).toEqual([[1], range(1, MAX_ITEMS + 1)])
    for (let turn = 0; turn < MAX_ITEMS + 9; turn++) await page.turn()
    expect(late.data).toEqual(range(1, MAX_ITEMS + 9))
    expect(other!.data).toEqual(range(1, MAX_ITEMS + 9))
    expect(page.requests).toHaveLength(1)
  })

  it('as a loop takes one after the other, and the others are ahead', async () => {
    const page = openPage()
    const work = createWork()
    const [one, other] = await page.joinOpen(2)
    const looped: unknown[] = []
    const loop = (async () => {
      for await (const { data } of one!.client) {
        looped.push(data)
        if (data === 1) await work.promise
        if (data === 3000) return
      }
    })()
    await settle()
    await page.request.push(messages(1, 3000))
    expect(looped).toEqual([1])
    expect(other!.data.length).toBeLessThan(3000)
    expect(other!.data.length).toBeGreaterThan(1000)
    await work.finish()
    await loop
    expect(looped).toEqual(range(1, 3000))
    expect(other!.data).toEqual(range(1, 3000))
  })

  it('and all others held: parked after 30 s, and nothing lost', async () => {
    const page = openPage()
    const work = createWork()
    const one = await page.join({ onMessage: () => work.promise })
    const [other] = await page.joinOpen(1)
    await page.request.push(messages(1, 2500))
    await page.advance(30_000)
    expect(page.open()).toEqual([])
    expect(other!.client).toMatchObject({ status: 'paused', reason: 'overflow' })
    await work.finish()
    await settle()
    await page.advance(1000)
    expect(page.request.headers.get('last-event-id')).toBe('2500')
    await page.request.respond()
    await page.request.push(messages(2501, 2600))
    expect(one.data).toEqual(range(1, 2600))
    expect(other!.data).toEqual(range(1, 2600))
  })
})
