// @vitest-environment node
/**
 * Every event in every phase, on a real client: what DESIGN.md section 5 says, cell by cell. The map is total: a
 * phase or an event without an expectation does not compile.
 */
import { describe, expect, it } from 'vitest'
import { useTestStreams } from '../../support/test-streams.ts'
import { fetchTransport } from '../../../src/client/transports/fetch-transport.ts'
import type { Signal } from '../../../src/client/connection/connection-table.ts'
import type { TestStream, TestStreamOptions } from '../../support/test-streams.ts'
import type { Transport } from '../../../src/client/transports/transport.ts'

const PHASES = ['resting', 'connecting', 'open', 'waiting', 'away'] as const
type Phase = (typeof PHASES)[number]

/** What has to be there after the event. */
interface Outcome {
  /** Status and reason. */
  readonly is: string
  /** How many requests the event led to. */
  readonly requests?: number
  /** How many requests are open afterwards. */
  readonly open?: number
  /** The delays of the timers that are set afterwards, the soonest first. */
  readonly timers?: readonly number[]
  /** What the app was told beside the status. */
  readonly told?: readonly string[]
}

const CONNECT_TIMEOUT = 15_000
const STABLE_AFTER = 5000
const DOUBT = 2000
/** The first wait, by the chance that the fake platform has. */
const FIRST_WAIT = 750
/** Another attempt is under way. */
const ATTEMPT = { requests: 1, open: 1, timers: [CONNECT_TIMEOUT] } as const

const start = useTestStreams()

const PHASE: Readonly<Record<Phase, (options?: TestStreamOptions) => Promise<TestStream>>> = {
  async resting(options) {
    const stream = await PHASE.connecting(options)
    stream.client.close()
    return stream
  },
  connecting: (options) => start({ until: 'DONE', ...options }),
  async open(options) {
    const stream = await PHASE.connecting(options)
    await stream.open()
    return stream
  },
  async waiting(options) {
    const stream = await PHASE.connecting(options)
    await stream.request.refuse()
    return stream
  },
  async away(options) {
    const stream = await PHASE.open(options)
    await stream.page('pagehide')
    return stream
  },
}

/** Why a test takes no messages: `pause()` alone would be a status of its own. */
const FULL = Symbol('full')
const MAX_HOLD = 30_000

/** Asks again on the same connection, as polling does. */
const ASKS_TWICE: Transport = {
  name: 'twice',
  async connect(attempt) {
    const asking = { accept: '', types: /event-stream/ }
    await attempt.ask(asking)
    await attempt.ask(asking)
    await fetchTransport.connect(attempt)
  },
}

/** What a stream needs for an event to come in every phase. */
const OPTIONS: Partial<Record<Signal, TestStreamOptions>> = {
  noContent: { transport: ASKS_TWICE },
  // The other times are over later than that of a hold.
  held: { connectTimeout: 0, reconnect: { initialDelay: 100_000, maxDelay: 100_000 } },
}

/** In phases that have left their request, the server's events are those of an old request that answers late. */
const EVENT: Readonly<Record<Signal, (stream: TestStream) => Promise<void> | void>> = {
  open: ({ client }) => client.open(),
  reconnect: ({ client }) => client.reconnect(),
  close: ({ client }) => client.close(),
  accepted: ({ requests }) => requests[0]!.respond(),
  noContent: ({ request }) => request.respond({ status: 204, hasBody: false }),
  lost: ({ client, requests: [request] }) =>
    client.status === 'open' ? request!.cut() : request!.refuse(),
  ended: ({ requests }) => requests[0]!.end(),
  complete: ({ requests }) => requests[0]!.push('data: DONE\n\n'),
  due: (stream) => stream.advance(FIRST_WAIT),
  stable: (stream) => stream.advance(FIRST_WAIT - 1),
  online: (stream) => stream.page('online'),
  visible: (stream) => stream.page('hidden', 'visible'),
  wake: (stream) => stream.page('wake'),
  leave: (stream) => stream.page('freeze'),
  return: (stream) => stream.page('pageshow'),
  held(stream) {
    stream.client.pause(FULL)
    return stream.advance(MAX_HOLD)
  },
  released({ client }) {
    client.pause(FULL)
    client.resume(FULL)
  },
}

const CLOSED: Outcome = { is: 'closed user' }
const CONNECTING: Outcome = { is: 'connecting null', open: 1, timers: [CONNECT_TIMEOUT] }
const OPEN: Outcome = { is: 'open null', open: 1, timers: [STABLE_AFTER] }
const WAITING: Outcome = { is: 'reconnecting network', timers: [FIRST_WAIT] }
const AWAY: Outcome = { is: 'paused pagehide' }
const NO_CONTENT: Outcome = { is: 'closed no-content', told: ['onClose no-content'] }
const COMPLETE: Outcome = { is: 'closed complete', told: ['onClose complete'] }
const ENDED_BY_USER: Outcome = { is: 'closed user', told: ['onClose user'] }

const EXPECTED: Readonly<Record<Signal, Readonly<Record<Phase, Outcome>>>> = {
  open: {
    resting: { is: 'connecting null', ...ATTEMPT },
    ...{ connecting: CONNECTING, open: OPEN, waiting: WAITING, away: AWAY },
  },
  reconnect: {
    resting: { is: 'connecting user', ...ATTEMPT },
    connecting: { is: 'connecting user', ...ATTEMPT },
    open: { is: 'reconnecting user', ...ATTEMPT },
    waiting: { is: 'reconnecting user', ...ATTEMPT },
    away: { is: 'reconnecting user', ...ATTEMPT },
  },
  close: {
    resting: CLOSED,
    ...{ connecting: ENDED_BY_USER, open: ENDED_BY_USER },
    ...{ waiting: ENDED_BY_USER, away: ENDED_BY_USER },
  },
  accepted: {
    connecting: { ...OPEN, told: ['onOpen'] },
    ...{ resting: CLOSED, open: OPEN, waiting: WAITING, away: AWAY },
  },
  noContent: {
    ...{ connecting: NO_CONTENT, open: NO_CONTENT },
    ...{ resting: CLOSED, waiting: WAITING, away: AWAY },
  },
  lost: {
    connecting: { ...WAITING, told: ['error network'] },
    open: { ...WAITING, told: ['error network'] },
    ...{ resting: CLOSED, waiting: WAITING, away: AWAY },
  },
  ended: {
    open: { ...WAITING, told: ['error truncated'] },
    // A body that ends before its head is no event of this phase.
    connecting: { ...CONNECTING, open: 0 },
    ...{ resting: CLOSED, waiting: WAITING, away: AWAY },
  },
  complete: {
    open: COMPLETE,
    ...{ resting: CLOSED, connecting: CONNECTING, waiting: WAITING, away: AWAY },
  },
  due: {
    waiting: { is: 'reconnecting network', ...ATTEMPT },
    ...{ resting: CLOSED, connecting: CONNECTING, open: OPEN, away: AWAY },
  },
  stable: { resting: CLOSED, connecting: CONNECTING, open: OPEN, waiting: WAITING, away: AWAY },
  online: {
    open: { ...OPEN, timers: [DOUBT, STABLE_AFTER] },
    waiting: { is: 'reconnecting network', ...ATTEMPT },
    ...{ resting: CLOSED, connecting: CONNECTING, away: AWAY },
  },
  visible: {
    waiting: { is: 'reconnecting network', ...ATTEMPT },
    ...{ resting: CLOSED, connecting: CONNECTING, open: OPEN, away: AWAY },
  },
  wake: {
    connecting: { is: 'connecting null', ...ATTEMPT },
    open: { ...OPEN, timers: [DOUBT, STABLE_AFTER] },
    waiting: { is: 'reconnecting network', ...ATTEMPT },
    ...{ resting: CLOSED, away: AWAY },
  },
  leave: {
    connecting: { is: 'paused hidden' },
    open: { is: 'paused hidden' },
    waiting: { is: 'paused hidden' },
    ...{ resting: CLOSED, away: AWAY },
  },
  return: {
    away: { is: 'reconnecting pagehide', ...ATTEMPT },
    ...{ resting: CLOSED, connecting: CONNECTING, open: OPEN, waiting: WAITING },
  },
  held: {
    connecting: { is: 'paused overflow' },
    open: { is: 'paused overflow' },
    waiting: { is: 'paused overflow' },
    ...{ resting: CLOSED, away: AWAY },
  },
  // Away is here away with the page: below is the other way.
  released: { resting: CLOSED, connecting: CONNECTING, open: OPEN, waiting: WAITING, away: AWAY },
}

describe.each(Object.entries(EXPECTED))('%s', (signal, cells) => {
  it.each(PHASES)('while %s', async (phase) => {
    const stream = await PHASE[phase](OPTIONS[signal as Signal])
    const before = stream.requests.length
    stream.takeLog()
    await EVENT[signal as Signal](stream)
    await stream.advance(0)
    const { is, requests = 0, open = 0, timers = [], told = [] } = cells[phase]
    const { status, reason } = stream.client
    expect({
      is: `${status} ${reason}`,
      requests: stream.requests.length - before,
      open: stream.requests.filter(({ isOpen }) => isOpen).length,
      timers: stream.delays(),
      told: stream.takeLog().filter((line) => !line.startsWith(`${status} `) && line !== status),
    }).toEqual({ is, requests, open, timers, told })
  })
})

describe('the phases that time ends', () => {
  it('stable: an open stream is well after stableAfter, and its failures count no more', async () => {
    const stream = await PHASE.waiting()
    await stream.advance(FIRST_WAIT)
    await stream.open()
    await stream.advance(STABLE_AFTER - 1)
    expect(stream.client.attempt).toBe(1)
    await stream.advance(1)
    expect(stream.client.attempt).toBe(0)
  })

  it('due: an answer that does not come is a timeout', async () => {
    const stream = await PHASE.connecting()
    await stream.advance(CONNECT_TIMEOUT)
    expect(stream.client).toMatchObject({ status: 'reconnecting', reason: 'timeout', attempt: 1 })
  })

  it('doubt: an open stream that shows a byte is left alone, one that does not is opened anew', async () => {
    for (const [bytes, requests] of [
      [': hello\n', 1],
      ['', 2],
    ] as const) {
      const stream = await PHASE.open()
      await stream.advance(STABLE_AFTER)
      await stream.page('wake')
      if (bytes) await stream.request.push(bytes)
      await stream.advance(DOUBT)
      expect(stream.requests).toHaveLength(requests)
    }
  })
})

describe('released', () => {
  it('while given up because nothing was taken: another attempt', async () => {
    const stream = await PHASE.open()
    stream.client.pause(FULL)
    await stream.advance(MAX_HOLD)
    expect(stream.client).toMatchObject({ status: 'paused', reason: 'overflow' })
    stream.client.resume(FULL)
    await stream.advance(0)
    expect(stream.client).toMatchObject({ status: 'reconnecting', reason: 'overflow' })
    expect(stream.requests).toHaveLength(2)
    expect(stream.delays()).toEqual([CONNECT_TIMEOUT])
  })
})

describe('complete', () => {
  /** Ways on from a stream that was left with its last message in the gate. */
  it.each<[Phase, (stream: TestStream) => Promise<unknown> | void]>([
    ['away', () => {}],
    ['connecting', ({ page }) => page('pageshow')],
    [
      'waiting',
      async (stream) => {
        await stream.page('pageshow')
        await stream.request.refuse()
      },
    ],
  ])('while %s: the last message has waited, and nothing comes after it', async (_, goOn) => {
    const stream = await PHASE.open()
    stream.client.pause(FULL)
    await stream.request.push('data: DONE\n\n')
    await stream.page('pagehide')
    await goOn(stream)
    const { length } = stream.requests
    stream.client.resume(FULL)
    await stream.advance(0)
    expect(stream.client).toMatchObject({ status: 'closed', reason: 'complete' })
    expect(stream.live()).toEqual([])
    expect(stream.requests).toHaveLength(length)
  })
})
