/**
 * What every transport must do, against the real fault server: one suite, registered for each transport and each place
 * where it runs. What a transport cannot do by its nature it says in its capabilities: such tests are left out.
 */
import { afterEach, describe, expect, it } from 'vitest'
import { until } from '../support/client-run.ts'
import { bare, block, blocks, script } from '../support/fault-script.ts'
import { TRICKLED_TEXT, TRICKY_NAMES } from '../support/tricky-texts.ts'
import { describeLife } from './behaviour-of-life.ts'
import { indexes, startBehaviourRun, upTo } from './behaviour-runs.ts'
import type { BehaviourOptions, BehaviourRun, Capabilities, Connect } from './behaviour-runs.ts'

export function describeBehaviour(name: string, options: BehaviourOptions): void {
  const runs: BehaviourRun[] = []

  const connect: Connect = (path, clientOptions) => {
    const run = startBehaviourRun(options, path, clientOptions)
    runs.push(run)
    return run
  }

  describe(`${name}`, { timeout: 20_000 }, () => {
    // No client leaves anything at the server or asks too often, and no error is left that nobody handled.
    afterEach(async () => {
      for (const { client } of runs) client.close()
      for (const { requests, hasLeft, isWithinBudget, reported } of runs.splice(0)) {
        await hasLeft((await requests()).length)
        expect(reported).toEqual([])
        expect(await isWithinBudget()).toBe(true)
      }
    }, 20_000)

    describe('messages', () => {
      describeMessages(connect)
    })
    describe('resuming', () => {
      describeResuming(connect, options.can)
    })
    describeLife(connect, options.can)
  })
}

function describeMessages(connect: Connect): void {
  it('arrive in order, with types, ids and keys', async () => {
    const run = connect('/events?count=3&type=tick')
    await until(() => run.messages.length === 3)
    const expected = [1, 2, 3].map((index) => {
      return {
        type: 'tick',
        data: { index },
        lastEventId: String(index),
        key: index,
        replayed: false,
      }
    })
    expect(run.messages).toEqual(expected)
    expect(run.client).toMatchObject({ lastEventId: '3', received: 3, duplicates: 0 })
    expect(run.client.message).toEqual(run.messages[2])
  })

  it('reach the handlers of their types, whatever these are called', async () => {
    const heard: string[] = []
    const names = TRICKY_NAMES.filter((type) => type !== '*')
    const run = connect('/names', {
      on: Object.fromEntries(names.map((type) => [type, () => heard.push(type)])),
    })
    await until(() => run.messages.length === TRICKY_NAMES.length)
    expect(heard).toEqual(names)
    expect(run.messages.map(({ type }) => type)).toEqual(TRICKY_NAMES)
    expect(run.client).toMatchObject({ status: 'open', error: null })
  })

  it('arrive whole when their characters come a byte at a time', async () => {
    const run = connect('/trickle')
    await until(() => run.messages.length === 1)
    expect(run.data()).toEqual([{ index: 1, text: TRICKLED_TEXT }])
  })

  it('arrive completely in a large burst', async () => {
    const run = connect('/burst?count=5000')
    await until(() => run.messages.length >= 5000)
    expect(indexes(run)).toEqual(upTo(5000))
  })

  it('that cannot be decoded are reported, and the stream goes on', async () => {
    const run = connect(script(`data: {"half\n\n${bare('end')}`))
    await until(() => run.messages.length === 1)
    expect(run.data()).toEqual(['end'])
    expect(run.errors).toMatchObject([{ code: 'decode', fatal: false, raw: '{"half' }])
  })

  it('arrive in a loop until it is left', async () => {
    const { client } = connect('/resume?until=20&every=5')
    const seen: number[] = []
    for await (const { data } of client)
      if (seen.push((data as { index: number }).index) === 20) break
    expect(seen).toEqual(upTo(20))
  })
}

function describeResuming(connect: Connect, can: Capabilities): void {
  it('loses nothing and repeats nothing over many cuts', async () => {
    const run = connect('/resume?until=40&every=7')
    await until(() => run.messages.length >= 40)
    expect(indexes(run)).toEqual(upTo(40))
    // What was on its way when the connection was cut may be lost: then the same is asked for again.
    const asked = (await run.asked()).map((id) => Number(id ?? 0))
    expect(asked.length).toBeGreaterThan(5)
    expect(asked).toEqual(Array.from(asked).sort((a, b) => a - b)) // oxlint-disable-line unicorn/no-array-sort
    expect(run.gaps).toEqual([])
    expect(run.client).toMatchObject({ status: 'open', lastEventId: '40', attempt: 0 })
  })

  it('drops what a server replays, and counts it', async () => {
    const run = connect(script(blocks(1, 2, 3), blocks(6, 3, 4, 5, 6, 7)))
    await until(() => run.messages.length >= 7)
    expect(run.data()).toEqual([1, 2, 3, 6, 4, 5, 7])
    expect(run.client).toMatchObject({ duplicates: 2, received: 7 })
  })

  it('keeps messages without an id that come right after it', async () => {
    const run = connect(script(block(1, 'a'), bare('a') + bare('end')))
    await until(() => run.messages.length >= 3)
    expect(run.data()).toEqual(['a', 'a', 'end'])
    expect(run.messages.map(({ lastEventId }) => lastEventId)).toEqual(['1', '1', '1'])
    expect(run.client.lastEventId).toBe('1')
  })

  it('starts after the id that the app gives', async () => {
    const run = connect('/events?count=2', { initialLastEventId: '7' })
    await until(() => run.messages.length === 2)
    expect(indexes(run)).toEqual([8, 9])
    expect(await run.asked()).toEqual(['7'])
  })

  it('sends the id in the query where the app wants that', async () => {
    const run = connect('/resume?until=6&every=3', { resume: { via: 'query' } })
    await until(() => run.messages.length >= 6)
    expect(indexes(run)).toEqual(upTo(6))
    const last = (await run.requests()).at(-1)!
    expect([last.query.lastEventId, last.headers['last-event-id']]).toEqual(['3', undefined])
  })

  it('raises no gap where every message has an id', async () => {
    const run = connect(script(blocks(1), blocks(2), blocks(3)))
    await until(() => run.messages.length === 3)
    expect(run.gaps).toEqual([])
  })

  it('raises a gap at the event that the app has named, and delivers it', async () => {
    const run = connect(script(`${blocks(1)}event: lost\n${blocks(2)}`), {
      resume: { gapEvent: 'lost' },
    })
    await until(() => run.messages.length === 2)
    expect(run.gaps).toMatchObject([{ reason: 'server' }])
  })

  it('raises one gap for each time that messages without an id may be missing', async () => {
    const log: string[] = []
    const run = connect(script(bare(1), bare(2), bare(3)), {
      onOpen: ({ first }) => log.push(first ? 'opens' : 'opens again'),
      onGap: ({ reason }) => log.push(`gap ${reason}`),
      onMessage: ({ data }) => log.push(`message ${data}`),
    })
    await until(() => run.client.received === 3)
    expect(log).toEqual([
      ...['opens', 'message 1'],
      ...['opens again', 'gap no-id', 'message 2'],
      ...['opens again', 'gap no-id', 'message 3'],
    ])
  })

  it.runIf(can.bareIds)(
    'moves with blocks that carry nothing but an id, and forgets at an empty one',
    async () => {
      const run = connect(script('id: 7\n\n', 'id\n\n', bare('end')))
      await until(() => run.messages.length === 1)
      expect(await run.asked()).toEqual([undefined, '7', undefined])
    },
  )
}
