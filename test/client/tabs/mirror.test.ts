// @vitest-environment node
/** The state of a leader, shown as one's own. */
import { describe, expect, it } from 'vitest'
import { createMirror } from '../../../src/client/tabs/mirror.ts'
import { createTabInHand, SHARED } from '../../support/fake-browser-tab.ts'
import type { SharedState } from '../../../src/client/tabs/shared-state.ts'

const ERROR = { code: 'network', message: 'Gone.', details: { attempt: 1 } }
const DOWN: SharedState = {
  ...SHARED,
  ...{ status: 'reconnecting', reason: 'network', attempt: 1, retryAt: 5, disconnectedSince: 3 },
  ...{ error: ERROR, errors: 1 },
}

function create() {
  const hand = createTabInHand()
  const mirror = createMirror(hand.tab, (reason) => hand.log.push(`closed ${reason}`))
  return { ...hand, mirror }
}

describe('createMirror', () => {
  it('says that the stream is open, once for each opening', () => {
    const { mirror, takeLog, tab } = create()
    mirror.show({ ...SHARED, openedAttempt: 2, openedGap: 'server' }, 1)
    expect(takeLog()).toEqual(['open null', 'onOpen true 2 200 server'])
    expect(tab.state).toMatchObject({ transport: 'tabs', error: null, disconnectedSince: null })
    mirror.show(SHARED, 1)
    expect(takeLog()).toEqual(['open null'])
    mirror.show({ ...SHARED, opens: 2 }, 1)
    expect(takeLog()).toEqual(['open null', 'onOpen false 0 200 undefined'])
    mirror.show({ ...SHARED, opens: 2 }, 2)
    expect(takeLog()).toEqual(['open null', 'onOpen false 0 200 undefined'])
  })

  it('says since when the stream was down', () => {
    const { mirror, tab, fake } = create()
    let downMs: number | undefined
    Object.assign(tab.listener, { onOpen: (details: { downMs: number }) => ({ downMs } = details) })
    tab.state.disconnectedSince = fake.environment.now() - 40
    mirror.show(SHARED, 1)
    expect(downMs).toBe(40)
    tab.leftAt = fake.environment.now() - 70
    mirror.show({ ...SHARED, opens: 2 }, 1)
    expect(downMs).toBe(70)
    expect(tab.leftAt).toBeUndefined()
  })

  it('tells an error once, and keeps it', () => {
    const { mirror, takeLog, tab } = create()
    mirror.show(DOWN, 1)
    expect(takeLog()).toEqual(['reconnecting network', 'error network'])
    const { error } = tab.state
    expect(tab.state).toMatchObject({ attempt: 1, retryAt: 5, disconnectedSince: 3 })
    mirror.show({ ...DOWN, retryAt: null }, 1)
    expect(takeLog()).toEqual(['reconnecting network'])
    expect(tab.state.error).toBe(error)
    mirror.show({ ...DOWN, errors: 2 }, 1)
    expect(takeLog()).toEqual(['reconnecting network', 'error network'])
  })

  it('is never connecting again after it was open', () => {
    const { mirror, takeLog } = create()
    mirror.show({ ...SHARED, status: 'connecting', opens: 0 }, 1)
    mirror.show(SHARED, 1)
    takeLog()
    mirror.show({ ...SHARED, status: 'connecting', opens: 0 }, 2)
    expect(takeLog()).toEqual(['reconnecting null'])
  })

  it('fails once', () => {
    const { mirror, takeLog } = create()
    const failed: SharedState = { ...DOWN, status: 'failed' }
    mirror.show(failed, 1)
    mirror.show(failed, 1)
    expect(takeLog()).toEqual([
      'failed network',
      'error network',
      'onClose network',
      'failed network',
    ])
    mirror.showLeft()
    expect(takeLog()).toEqual([])
  })

  it('ends', () => {
    const { mirror, takeLog } = create()
    mirror.show({ ...SHARED, status: 'closed', reason: 'complete' }, 1)
    expect(takeLog()).toEqual(['closed complete'])
  })

  it('says that the server was asked again, once', () => {
    const { mirror, takeLog } = create()
    mirror.show(SHARED, 1)
    takeLog()
    mirror.show({ ...SHARED, asked: 1, askedGap: 'server' }, 1)
    mirror.show({ ...SHARED, asked: 1, askedGap: 'server' }, 1)
    expect(takeLog()).toEqual(['asked again server', 'open null'])
  })

  it('waits for another leader', () => {
    const { mirror, takeLog, tab } = create()
    mirror.showLeft()
    expect(takeLog()).toEqual(['connecting null'])
    mirror.show(SHARED, 1)
    mirror.showLeft()
    expect(takeLog().at(-1)).toBe('reconnecting null')
    expect(tab.state.disconnectedSince).not.toBeNull()
  })

  it('says no more once the app has done something else', () => {
    const { mirror, takeLog, tab, log } = create()
    Object.assign(tab.listener, {
      onStatus() {
        log.push(tab.status)
        if (tab.status === 'open') tab.show('closed', 'user')
      },
    })
    mirror.show(SHARED, 1)
    expect(takeLog()).toEqual(['open', 'closed'])
  })
})
