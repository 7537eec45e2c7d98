// @vitest-environment node
/** A tab that takes what the leader tells. */
import { describe, expect, it } from 'vitest'
import { createFollower } from '../../../src/client/tabs/follower.ts'
import { createTabInHand, SHARED } from '../../support/fake-browser-tab.ts'
import type { FlatChunk, LeaderMessage } from '../../../src/client/tabs/tab-messages.ts'

const TERM = 5
const at = (seq: number, term = TERM) => ({ term, seq })
const chunk = (seq: number, ...ids: string[]): FlatChunk => ({
  ...at(seq),
  entries: ids.flatMap((id) => ['message', id, id, true]),
})
const told = (seq: number, ...ids: string[]): LeaderMessage => ({
  kind: 'chunk',
  ...chunk(seq, ...ids),
})
const welcome = (end: number, chunks: FlatChunk[] | null, after = at(0)): LeaderMessage => ({
  ...{
    kind: 'welcome',
    to: 'me',
    term: TERM,
    at: at(end),
    after,
    lastEventId: 'l',
    state: SHARED,
    chunks,
  },
})

function create() {
  const hand = createTabInHand()
  const follower = createFollower(hand.tab, {
    onHeard: () => {},
    onAsked: () => hand.log.push('asked'),
    onEnding: () => hand.log.push('ending'),
    onClosed: (reason) => hand.log.push(`closed ${reason}`),
  })
  follower.start()
  return { ...hand, follower }
}

function createWelcome() {
  const hand = create()
  hand.follower.hello(true)
  hand.follower.hear(welcome(2, [chunk(1, 'a', 'b')]))
  hand.takeLog()
  hand.said.length = 0
  return hand
}

describe('createFollower', () => {
  it('says hello, and takes what it is told', () => {
    const { follower, takeLog, said, tab } = create()
    follower.hello(true)
    expect(said).toEqual([
      { kind: 'hello', from: 'me', at: { term: 0, seq: 0 }, lastEventId: '', opens: true },
    ])
    follower.hear(welcome(2, [chunk(1, 'a', 'b')]))
    expect(takeLog()).toEqual([
      ...['asked', 'open null', 'onOpen true 0 200 undefined', 'message a a', 'message b b'],
    ])
    expect(tab.log.end).toEqual(at(2))
    expect(tab.state).toMatchObject({ lastEventId: 'b', transport: 'tabs' })
    follower.hear(told(3, 'c'))
    expect(takeLog()).toEqual(['message c c'])
  })

  it('takes nothing before it is welcome, and no welcome that is not for it', () => {
    const { follower, takeLog, tab } = create()
    tab.term = TERM
    follower.hello(true)
    takeLog()
    follower.hear(told(1, 'a'))
    follower.hear({ ...welcome(1, []), to: 'you' } as LeaderMessage)
    expect(takeLog()).toEqual([])
  })

  it('takes of a welcome what it does not have', () => {
    const { follower, takeLog } = createWelcome()
    follower.hello(false)
    takeLog()
    const chunks = [chunk(1, 'a', 'b'), { ...chunk(1, 'c'), term: TERM + 1 }]
    follower.hear({ ...welcome(2, chunks, at(2)), term: TERM + 1 } as LeaderMessage)
    expect(takeLog().filter((line) => line.startsWith('message'))).toEqual(['message c c'])
  })

  it('takes nothing more of a welcome when it is stopped by what is in it', () => {
    const { follower, log, tab } = create()
    const { onMessage } = tab.listener
    tab.listener.onMessage = (...args) => {
      follower.stop()
      return onMessage(...args)
    }
    follower.start()
    follower.hello(true)
    follower.hear(welcome(2, [chunk(1, 'a'), chunk(2, 'b')]))
    expect(log.at(-1)).toBe('message a a')
    expect(tab.log.end).toEqual(at(1))
  })

  it('asks for nothing while it keeps too much already, whoever leads', () => {
    const { follower, tab, said, takeLog } = create()
    tab.gate.hold('user')
    follower.hello(true)
    const many = Array.from({ length: 10_001 }, (_, index) => `${index}`)
    follower.hear(welcome(10_002, [chunk(1, ...many), chunk(10_002, 'b')]))
    expect(tab.log.end).toEqual(at(0))
    said.length = 0
    follower.hear({ ...told(1, 'x'), term: TERM + 1 })
    expect(said).toEqual([])
    takeLog()
    tab.gate.release('user')
    follower.onFree()
    expect(said).toMatchObject([{ kind: 'hello', at: at(0) }])
  })

  it('hears of the end though it waits for an answer', () => {
    const { follower, log, tab } = create()
    tab.term = TERM
    follower.hello(true)
    const state = { ...SHARED, status: 'closed', reason: 'complete' } as const
    follower.hear({ kind: 'state', term: TERM, state })
    expect(log.slice(-2)).toEqual(['ending', 'closed complete'])
  })

  it('takes each entry once', () => {
    const { follower, takeLog } = createWelcome()
    follower.hear(told(1, 'a', 'b'))
    follower.hear(told(2, 'b', 'c'))
    expect(takeLog()).toEqual(['message c c'])
  })

  it('drops what a leader of before says', () => {
    const { follower, takeLog } = createWelcome()
    follower.hear({ ...told(3, 'x'), term: TERM - 1 })
    follower.hear({ kind: 'state', term: TERM - 1, state: { ...SHARED, status: 'failed' } })
    follower.hear({ kind: 'bye', term: TERM - 1 })
    expect(takeLog()).toEqual([])
  })

  it.each<[string, LeaderMessage]>([
    ['misses something', told(4, 'd')],
    ['hears of a leader it does not know', { ...told(1, 'x'), term: TERM + 1 }],
    ['hears a pong of one', { kind: 'pong', term: TERM + 1 }],
    ['is behind a new leader', { kind: 'lead', term: TERM + 1, at: at(3), state: SHARED }],
    [
      'has another stream than a new leader',
      { kind: 'lead', term: 9, at: at(0, 2), state: SHARED },
    ],
  ])('says hello when it %s', (_, message) => {
    const { follower, said } = createWelcome()
    follower.hear(message)
    expect(said).toEqual([{ kind: 'hello', from: 'me', at: at(2), lastEventId: 'b', opens: false }])
  })

  it('goes on with a new leader that has no more than it has', () => {
    for (const seq of [1, 2]) {
      const { follower, said, takeLog } = createWelcome()
      follower.hear({ kind: 'lead', term: 9, at: at(seq), state: SHARED })
      follower.hear({ ...told(1, 'c'), term: 9 })
      expect(said).toEqual([])
      expect(takeLog().at(-1)).toBe('message c c')
    }
  })

  it('takes what it missed, as something that may come twice', () => {
    const { follower, takeLog } = createWelcome()
    follower.hello(false)
    takeLog()
    follower.hear(welcome(3, [chunk(3, 'c')], at(2)))
    expect(takeLog()).toEqual(['open null', 'asked again undefined', 'message c c'])
  })

  it('begins anew where the leader knows its cursor, if not its position', () => {
    const { follower, takeLog, tab } = createWelcome()
    follower.hello(false)
    takeLog()
    follower.hear(welcome(9, [chunk(9, 'c')], at(8)))
    expect(takeLog()).toEqual(['open null', 'asked again undefined', 'message c c'])
    expect(tab.log.end).toEqual(at(9))
    expect(tab.log.after(at(2))).toBeUndefined()
  })

  it('is told a gap when nobody knows what it missed', () => {
    const { follower, takeLog, tab } = create()
    follower.hello(true)
    takeLog()
    follower.hear(welcome(7, null))
    expect(takeLog().slice(2)).toEqual(['gap late', 'cursor l'])
    expect(tab.log.end).toEqual(at(7))
  })

  it('is told the gap also when it has to lead before its turn', () => {
    const { follower, takeLog, tab } = createWelcome()
    tab.gate.hold('user')
    follower.hello(false)
    takeLog()
    follower.hear(welcome(7, null))
    expect(tab.before.receivedId).toBe('l')
    follower.stop(true)
    tab.gate.release('user')
    expect(takeLog()).toEqual(['asked again undefined', 'gap late', 'cursor l'])
  })

  it('moves the cursor without a message', () => {
    const { follower, takeLog } = createWelcome()
    follower.hear({ kind: 'chunk', ...at(3), entries: [null, '', 'z', true] })
    expect(takeLog()).toEqual(['cursor z'])
  })

  it('keeps 10,000 entries for an app that takes nothing, and asks for the rest', () => {
    const { follower, takeLog, said, tab } = createWelcome()
    tab.gate.hold('user')
    for (let seq = 3; seq < 13_003; seq += 1000) {
      follower.hear(told(seq, ...Array.from({ length: 1000 }, (_, index) => `${seq + index}`)))
    }
    expect(tab.log.end).toEqual(at(10_002))
    expect(said).toEqual([])
    tab.gate.release('user')
    follower.onFree()
    expect(takeLog().filter((line) => line.startsWith('message'))).toHaveLength(10_000)
    expect(said).toEqual([
      { kind: 'hello', from: 'me', at: at(10_002), lastEventId: '10002', opens: false },
    ])
  })

  it('says hello with what has come, delivered or not', () => {
    const { follower, said, tab } = createWelcome()
    tab.gate.hold('user')
    follower.hear(told(3, 'c'))
    follower.hello(false)
    expect(tab.state.lastEventId).toBe('b')
    expect(said).toMatchObject([{ lastEventId: 'c' }])
  })

  it('shows states in their turn, but never leads once the end has come', () => {
    const { follower, takeLog, tab } = createWelcome()
    tab.gate.hold('user')
    follower.hear(told(3, 'c'))
    follower.hear({
      kind: 'state',
      term: TERM,
      state: { ...SHARED, status: 'closed', reason: 'complete' },
    })
    expect(takeLog()).toEqual(['ending'])
    tab.gate.release('user')
    expect(takeLog()).toEqual(['message c c', 'closed complete'])
  })

  it('shows no state that waited when it leads meanwhile, but delivers what waited', () => {
    const { follower, takeLog, tab } = createWelcome()
    tab.gate.hold('user')
    follower.hear(told(3, 'c'))
    follower.hear({ kind: 'bye', term: TERM })
    follower.stop(true)
    tab.gate.release('user')
    expect(takeLog()).toEqual(['message c c'])
  })

  it('takes over that the stream has failed, when it leads', () => {
    const { follower, takeLog, tab } = createWelcome()
    tab.gate.hold('user')
    follower.hear(told(3, 'c'))
    const error = { code: 'http-status', message: '', details: {} }
    follower.hear({
      kind: 'state',
      term: TERM,
      state: { ...SHARED, status: 'failed', reason: 'http', error, errors: 1 },
    })
    follower.stop(true)
    expect(takeLog()).toEqual(['message c c', 'failed http', 'error http-status', 'onClose http'])
  })

  it('hurries a leader that should have tried again a second ago', async () => {
    const { follower, said, tab, fake } = createWelcome()
    const retryAt = fake.environment.now() + 4000
    const state = { ...SHARED, status: 'reconnecting', retryAt } as const
    follower.hear({ kind: 'state', term: TERM, state })
    await fake.advance(4999)
    expect(said).toEqual([])
    await fake.advance(1)
    expect(said).toEqual([{ kind: 'want', command: 'hurry' }])
    follower.hurry()
    expect(said).toHaveLength(2)
    follower.hear({ kind: 'state', term: TERM, state: { ...state, retryAt: retryAt + 9000 } })
    follower.hear({ kind: 'state', term: TERM, state: { ...SHARED, opens: 2 } })
    follower.hurry()
    expect(said).toHaveLength(2)
    expect(fake.live()).toEqual([])
    expect(tab.status).toBe('open')
  })

  it('waits for another leader when this one leaves', () => {
    const { follower, takeLog, said } = createWelcome()
    follower.hear({ kind: 'bye', term: TERM })
    expect(takeLog()).toEqual(['reconnecting null'])
    expect(said).toEqual([])
  })
})
