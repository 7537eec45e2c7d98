// @vitest-environment node
/** A tab that has the connection, and tells the others. */
import { describe, expect, it } from 'vitest'
import { createLeader } from '../../../src/client/tabs/leader.ts'
import { settle } from '../../support/settle.ts'
import { createTabInHand } from '../../support/fake-browser-tab.ts'
import { URL_OF_TESTS } from '../../support/test-streams.ts'
import type { Hello, TabMessage } from '../../../src/client/tabs/tab-messages.ts'
import type { ConnectionSetup } from '../../../src/client/connection/connection-types.ts'

async function create(options: ConnectionSetup = {}, isHeld = true) {
  const hand = createTabInHand((reason) => leader.onHold(reason))
  const leader = createLeader(URL_OF_TESTS, options, false, hand.tab, {
    onClosed: () => hand.log.push('closed for all'),
    onStuck: () => hand.log.push('stuck'),
    async onDoubt() {
      hand.log.push('in doubt')
      return isHeld
    },
  })
  leader.lead()
  await settle()
  /** What was said since the last look. */
  const takeSaid = (): TabMessage[] => hand.said.splice(0)
  return { ...hand, leader, takeSaid }
}

async function createOpen(options?: ConnectionSetup, isHeld?: boolean) {
  const hand = await create(options, isHeld)
  await hand.fake.request.respond()
  hand.takeSaid()
  hand.takeLog()
  return hand
}

const hello = (more: Partial<Hello> = {}): Hello => ({
  ...{ kind: 'hello', from: 'you', at: { term: 0, seq: 0 }, lastEventId: '', opens: false },
  ...more,
})

describe('createLeader', () => {
  it('says that it leads, and from where, before anything else', async () => {
    const { takeSaid, tab, fake } = await create()
    expect(tab.term).toBeGreaterThanOrEqual(fake.environment.now() * 1000)
    expect(takeSaid()).toEqual([
      expect.objectContaining({
        ...{ kind: 'lead', term: tab.term, at: { term: tab.term, seq: 0 } },
        state: expect.objectContaining({ status: 'connecting', opens: 0 }),
      }),
    ])
    await fake.request.respond()
    expect(takeSaid()).toEqual([
      {
        kind: 'state',
        term: tab.term,
        state: expect.objectContaining({ status: 'open', opens: 1 }),
      },
    ])
  })

  it('tells each chunk once, with its place', async () => {
    const { takeSaid, tab, fake } = await createOpen()
    await fake.request.push('id: 1\ndata: 1\n\ndata: 2\n\n', 'data: 3\n\n')
    const { term } = tab
    const said = takeSaid().filter(({ kind }) => kind === 'chunk')
    expect(said).toEqual([
      {
        kind: 'chunk',
        term,
        seq: 1,
        entries: ['message', '1', '1', true, 'message', '2', '1', false],
      },
      { kind: 'chunk', term, seq: 3, entries: ['message', '3', '1', false] },
    ])
  })

  it('welcomes who knows nothing with all, who is behind with the rest, and a stranger with nothing', async () => {
    const { takeSaid, tab, fake, leader } = await createOpen()
    await fake.request.push('id: 1\ndata: 1\n\nid: 2\ndata: 2\n\n')
    takeSaid()
    const { term } = tab
    leader.hear(hello())
    leader.hear(hello({ at: { term, seq: 1 }, lastEventId: '1' }))
    leader.hear(hello({ lastEventId: '2' }))
    leader.hear(hello({ at: { term: 3, seq: 9 }, lastEventId: 'x' }))
    leader.hear(hello({ at: { term: 3, seq: 9 } }))
    leader.hear(hello({ at: { term: 3, seq: 0 } }))
    const answers = takeSaid()
    expect(answers).toMatchObject([
      { to: 'you', after: { term, seq: 0 }, chunks: [{ seq: 1 }], at: { term, seq: 2 } },
      { after: { term, seq: 1 }, chunks: [{ term, seq: 2, entries: ['message', '2', '2', true] }] },
      { after: { term, seq: 2 }, chunks: [] },
      { chunks: null, lastEventId: '2' },
      { chunks: null },
      { after: { term, seq: 0 } },
    ])
  })

  it('answers a ping', async () => {
    const { takeSaid, tab, leader } = await createOpen()
    leader.hear({ kind: 'ping', from: 'you' })
    expect(takeSaid()).toEqual([{ kind: 'pong', term: tab.term }])
  })

  it('says what the stream is, and not that its own app has paused', async () => {
    const { takeSaid, tab, fake, leader } = await createOpen()
    tab.gate.hold('user')
    leader.hear(hello())
    expect(tab.state.status).toBe('paused')
    expect(takeSaid()).toMatchObject([{ kind: 'welcome', state: { status: 'open', reason: null } }])
    await fake.advance(31_000)
    expect(takeSaid().at(-1)).toMatchObject({ state: { status: 'reconnecting' } })
  })

  it('says that it is stuck when others come, or after 250 ms', async () => {
    const { takeLog, tab, fake, leader } = await createOpen()
    const full = Symbol()
    tab.gate.hold(full)
    await fake.advance(249)
    expect(takeLog()).not.toContain('stuck')
    leader.hear({ kind: 'ping', from: 'you' })
    expect(takeLog()).toContain('stuck')
    await fake.advance(1)
    expect(takeLog()).toEqual(['stuck'])
    tab.gate.release(full)
    await fake.advance(1000)
    expect(takeLog()).not.toContain('stuck')
  })

  it('says at once that its app has paused, though it paused before it led', async () => {
    const { takeLog, tab, leader } = await createOpen()
    tab.gate.hold('user')
    expect(takeLog()).toContain('stuck')
    leader.stepDown()
    takeLog()
    leader.lead()
    expect(takeLog()).toContain('stuck')
  })

  it('connects anew for others, without ending the pause of its own app', async () => {
    const { tab, fake, leader } = await createOpen()
    tab.gate.hold('user')
    leader.hear({ kind: 'want', command: 'reconnect' })
    await settle()
    expect(fake.requests).toHaveLength(2)
    expect(tab.gate.isHeld('user')).toBe(true)
  })

  it('tries at once when it is hurried, and only while it waits', async () => {
    const { fake, leader } = await createOpen()
    leader.hear({ kind: 'want', command: 'hurry' })
    await fake.advance(5000)
    expect(fake.requests).toHaveLength(1)
    await fake.request.cut()
    leader.hear({ kind: 'want', command: 'hurry' })
    await settle()
    expect(fake.requests).toHaveLength(2)
  })

  it('rests with a stream that has failed, until somebody wants it', async () => {
    const { tab, fake, leader, takeSaid } = await create()
    await fake.request.respond({ status: 404 })
    leader.stepDown()
    takeSaid()
    leader.lead()
    expect(takeSaid()).toMatchObject([
      { kind: 'lead', state: { status: 'failed', error: { code: 'http-status' } } },
    ])
    leader.hear(hello())
    await settle()
    expect(fake.requests).toHaveLength(1)
    leader.hear(hello({ opens: true }))
    await settle()
    expect(fake.requests).toHaveLength(2)
    expect(tab.state.status).toBe('connecting')
  })

  it('tells of the end before it leaves', async () => {
    const { log, fake, said } = await create()
    await fake.request.respond({ status: 204, hasBody: false })
    expect(said.at(-1)).toMatchObject({
      kind: 'state',
      state: { status: 'closed', reason: 'no-content' },
    })
    expect(log.slice(-2)).toEqual(['closed for all', 'closed no-content'])
  })

  it('steps down without a word, and keeps what waits', async () => {
    const { takeLog, takeSaid, tab, fake, leader } = await createOpen()
    tab.gate.hold('user')
    takeLog()
    takeSaid()
    tab.gate.pass(() => takeLog().push('') && undefined)
    let hasPassed = false
    tab.gate.pass(() => void (hasPassed = true))
    leader.stepDown()
    expect(takeLog()).toEqual([])
    expect(takeSaid()).toEqual([])
    expect(fake.live()).toEqual([])
    tab.gate.release('user')
    expect(hasPassed).toBe(true)
  })

  it.each([true, false])('asks before it tells when it stood still: leads %s', async (isHeld) => {
    const { takeLog, takeSaid, fake, leader } = await createOpen({}, isHeld)
    for (let second = 0; second < 3; second++) {
      await fake.advance(2000)
      leader.hear({ kind: 'ping', from: 'you' })
    }
    await fake.request.push('data: 1\n\n')
    expect(takeLog()).toEqual(['message 1 '])
    await fake.advance(2500)
    // It was said while nothing ran here.
    leader.hear({ kind: 'ping', from: 'you' })
    takeSaid()
    await fake.request.push('data: 2\n\n')
    expect(takeLog()).toEqual(isHeld ? ['in doubt', 'message 2 '] : ['in doubt'])
    expect(takeSaid()).toHaveLength(isHeld ? 1 : 0)
    await fake.request.push('data: 3\n\n')
    expect(takeLog()).not.toContain('in doubt')
    leader.stepDown()
  })

  it('goes on with a stream that another tab had opened', async () => {
    const { takeLog, tab, fake, leader } = await create()
    leader.stepDown()
    Object.assign(tab.before, { wasOpen: true })
    tab.state.lastEventId = '7'
    takeLog()
    leader.lead()
    await settle()
    expect(tab.state.status).toBe('reconnecting')
    expect(fake.request.headers.get('Last-Event-ID')).toBe('7')
    await fake.request.respond()
    expect(takeLog()).toContain('onOpen false 0 200 undefined')
  })

  it('keeps its connection when the page is left: that is the business of the tab', async () => {
    const { tab, fake } = await createOpen({ whenHidden: 'disconnect' })
    await fake.page('hidden', 'freeze', 'pagehide')
    await fake.advance(60_000)
    expect(tab.state.status).toBe('open')
  })
})
