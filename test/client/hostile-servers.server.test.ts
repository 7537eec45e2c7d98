/** Hostile and odd servers, over real sockets: what each of them does to the client, and what it does not. */
import { describe, expect, it } from 'vitest'
import { until } from '../support/client-run.ts'
import { bare, block, blocks, script } from '../support/fault-script.ts'
import { useServerRuns } from '../support/server-runs.ts'
import { TRICKY_NAMES } from '../support/tricky-texts.ts'
import { ANSWER_ROWS } from './hostile-answers.ts'
import { ID_ROWS } from './hostile-ids.ts'
import { observe } from './hostile-rows.ts'
import type { AttemptContext, EventStreamClientOptions } from '../../src/client/options.ts'
import type { Run } from '../support/server-runs.ts'

const runs = useServerRuns()
const { connect } = runs

describe('a server that is odd with ids', () => {
  it.each(ID_ROWS)('$name', async (row) => {
    const { seen, expected } = await observe(runs, row)
    expect(seen).toEqual(expected)
  })

  it('loses nothing of a replay that is longer than the memory for duplicates', async () => {
    const run = connect('/replay?first=3000&replay=3000')
    const { client } = run
    await until(() => client.received + client.duplicates >= 6001)
    const indexes = run.data().map((data) => (data as { index: number }).index)
    expect(new Set(indexes).size).toBe(3001)
    // Both times in order: what is dropped leaves no disorder behind.
    expect(indexes.slice(0, 3000)).toEqual(Array.from({ length: 3000 }, (_, index) => index + 1))
    const again = indexes.slice(3000)
    expect(again.every((index, position) => index > (again[position - 1] ?? 0))).toBe(true)
    expect(client).toMatchObject({ lastEventId: '3001', received: indexes.length })
  })

  it('is heard when it says the same under the same id over and over, but not before the cut', async () => {
    const tick = block('x', 'tick')
    const run = connect(script(tick, tick.repeat(6) + bare('end')))
    await until(() => run.data().at(-1) === 'end')
    // What it sends twice on one connection is no replay: the first may be one, and the second tells.
    expect(run.client.duplicates).toBeLessThanOrEqual(2)
    expect(run.client.received + run.client.duplicates).toBe(8)
  })

  it.each([
    ['query', undefined, 'lastEventId', undefined],
    ['both', undefined, 'lastEventId', 'ä b'],
    ['query', 'after', 'after', undefined],
  ] as const)('is sent the id in the query with %s: %s', async (via, param, name, header) => {
    const run = connect(script(block('ä b', 'a'), bare('end')), { resume: { via, param } })
    await until(() => run.data().at(-1) === 'end')
    const [first, second] = run.requests()
    expect([first!.query.get(name), second!.query.get(name)]).toEqual([null, 'ä b'])
    const sent = second!.headers['last-event-id']
    expect(sent && Buffer.from(sent, 'latin1').toString()).toBe(header)
  })

  it('is sent an id with control characters in the query, which can carry it', async () => {
    const run = connect(script(block('a\u0001\tb', 1), block('b', 'end')), {
      resume: { via: 'query' },
    })
    await until(() => run.data().at(-1) === 'end')
    expect(run.requests()[1]!.query.get('lastEventId')).toBe('a\u0001\tb')
    expect(run.gaps).toEqual([])
  })

  it('hears of a gap after onOpen and before the first message', async () => {
    const log: string[] = []
    const run = connect(script(bare(1), bare(2)), {
      onOpen: ({ first }) => log.push(first ? 'opens' : 'opens again'),
      onGap: ({ reason, lastEventId }) => log.push(`gap ${reason} ${lastEventId}`),
      onMessage: ({ data }) => log.push(`message ${data}`),
    })
    await until(() => run.client.received === 2)
    expect(log).toEqual(['opens', 'message 1', 'opens again', 'gap no-id ', 'message 2'])
  })
})

describe('a server that is odd with answers', () => {
  it.each(ANSWER_ROWS)('$name', async (row) => {
    const { run, seen, expected } = await observe(runs, row)
    expect(seen).toEqual(expected)
    if (row.error) expect(run.client.error).toMatchObject(row.error)
    if (row.sees.status) await until(() => runs.open() === 0)
  })

  it('asks for a fresh token before the second try', async () => {
    const contexts: AttemptContext[] = []
    const run = connect(script({ status: 401 }, bare('end')), {
      headers(context) {
        contexts.push(context)
        return { Authorization: `Bearer ${contexts.length}` }
      },
    })
    await until(() => run.data().at(-1) === 'end')
    expect(run.requests().map(({ headers }) => headers.authorization)).toEqual([
      ...['Bearer 1', 'Bearer 2'],
    ])
    expect(run.client.status).toBe('open')
  })

  it.each(['/hops', '/there'])('gives up redirects without end: %s', async (path) => {
    const run = connect(path, { reconnect: { maxAttempts: 1 } })
    await until(() => run.client.status === 'failed')
    expect(run.client).toMatchObject({ reason: 'exhausted', attempt: 1 })
    expect(run.requests().length).toBeGreaterThan(1)
    expect(run.requests().length).toBeLessThanOrEqual(25)
  })

  it('follows redirects, on every attempt', async () => {
    const run = connect('/hops?left=3&to=/one-by-one')
    await until(() => run.client.received >= 3)
    run.client.close()
    const answers = run.requests().filter(({ path }) => path === '/one-by-one')
    expect(answers.slice(0, 3).map(({ headers }) => headers['last-event-id'])).toEqual([
      ...[undefined, '1', '2'],
    ])
    expect(run.data().slice(0, 3)).toEqual([{ index: 1 }, { index: 2 }, { index: 3 }])
  })

  it('notices that heartbeats have stopped, and goes on after the last id', async () => {
    // A clock that runs a thousand times as fast: 20 ms between heartbeats are 20 s.
    const start = Date.now()
    const environment: EventStreamClientOptions['environment'] = {
      now: () => start + (Date.now() - start) * 1000,
      after(delay, callback) {
        const timer = setTimeout(callback, delay / 1000)
        return () => clearTimeout(timer)
      },
    }
    const run = connect('/heartbeats?every=20&count=3', {
      ...{ environment, connectTimeout: 0, initialLastEventId: '7' },
    })
    await until(() => run.requests().length >= 2)
    expect(run.errors[0]).toMatchObject({ code: 'silence', fatal: false })
    expect(run.statuses.slice(0, 3)).toEqual(['connecting', 'open', 'reconnecting silence'])
    expect(run.requests()[1]!.headers['last-event-id']).toBe('7')
  })
})

describe('a server that says when to come back', () => {
  /** A clock that stands still, so that the wait is exactly what was decided. */
  const NOW = Math.floor(Date.now() / 1000) * 1000
  const HOUR = 3_600_000
  const own = { initialDelay: 70_000, maxDelay: 70_000, minDelay: 50, jitter: 0 }

  async function wait(path: string, reconnect: object = own): Promise<number> {
    const { client } = connect(path, { reconnect, environment: { now: () => NOW } })
    await until(() => client.retryAt !== null)
    return client.retryAt! - NOW
  }

  it.each([
    ['0', {}, 70_000],
    ['0', { initialDelay: 0 }, 50],
    ['90000', {}, 90_000],
    ['1e15', {}, 70_000],
    ['-5', {}, 70_000],
    ['1.5', {}, 70_000],
    ['1000000000000000', {}, HOUR],
    ['9'.repeat(400), {}, HOUR],
  ])('retry: %s with %o makes it wait %i ms', async (ms, options, expected) => {
    expect(await wait(`/retry?ms=${ms}`, { ...own, ...options })).toBe(expected)
  })

  const date = (seconds: number): string => new Date(NOW + seconds * 1000).toUTCString()

  it.each([
    ['120', '120', 120_000],
    ['0', '0', 70_000],
    ['-1', '-1', 70_000],
    ['1.5e5', '1.5e5', 70_000],
    ['soon', 'soon', 70_000],
    ['in 2099', 'in 2099', 70_000],
    ['nothing', '', 70_000],
    ['a million', '1000000', HOUR],
    ['400 digits', '9'.repeat(400), HOUR],
    ['a date to come', date(90), 90_000],
    ['a date that is past', date(-90), 70_000],
    ['a date in eleven days', date(1_000_000), HOUR],
  ])('Retry-After: %s makes it wait as long as it may', async (_, value, expected) => {
    for (const status of [408, 425, 429, 500, 503]) {
      const path = script({ status, headers: { 'Retry-After': value, Date: date(0) } })
      expect([status, await wait(path)]).toEqual([status, expected])
    }
  })

  it('may have a clock that is wrong', async () => {
    const headers = { 'Retry-After': date(-7000 + 90), Date: date(-7000) }
    expect(await wait(script({ status: 503, headers }))).toBe(90_000)
  })

  it('is heeded for one wait, not for those after it', async () => {
    const waits: number[] = []
    const after = (delay: number, callback: () => void): (() => void) => {
      if (delay >= 60_000) waits.push(delay)
      const timer = setTimeout(callback, delay >= 60_000 ? 1 : delay)
      return () => clearTimeout(timer)
    }
    const path = script({ status: 503, headers: { 'Retry-After': '120' } }, { status: 503 })
    const { client } = connect(path, { reconnect: own, environment: { after } })
    await until(() => waits.length >= 3)
    client.close()
    expect(waits.slice(0, 3)).toEqual([120_000, 70_000, 70_000])
  })

  it('is not heeded where nothing is tried again', async () => {
    const run = connect('/status?code=404&retryAfter=1')
    await until(() => run.client.status === 'failed')
    expect(run.client.retryAt).toBe(null)
  })
})

describe('an app that is slow with headers', () => {
  it('is asked again when it rejects, and the server sees one request', async () => {
    let calls = 0
    const run = connect('/events?count=1', {
      headers: () => (++calls < 3 ? Promise.reject(new Error('no token')) : { 'X-Own': 'a' }),
    })
    await until(() => run.client.received === 1)
    expect(run.errors.map(({ code, fatal }) => [code, fatal])).toEqual([
      ...[['request', false], ['request', false]], // oxfmt-ignore
    ])
    expect(run.requests()).toHaveLength(1)
  })

  it('runs into connectTimeout when it hangs', async () => {
    const contexts: AttemptContext[] = []
    const run = connect('/events?count=1', {
      connectTimeout: 20,
      headers: (context) => (contexts.push(context) < 3 ? new Promise(() => {}) : {}),
    })
    await until(() => contexts.length >= 3)
    expect(run.errors[0]).toMatchObject({ code: 'connect-timeout', fatal: false })
    expect(contexts[0]!.signal.aborted).toBe(true)
    expect(run.statuses.slice(0, 2)).toEqual(['connecting', 'reconnecting timeout'])
  })

  it('asks for nothing when it answers after close()', async () => {
    let answer!: (headers: HeadersInit) => void
    const run = connect('/events', { headers: () => new Promise((resolve) => (answer = resolve)) })
    await until(() => answer !== undefined)
    run.client.close()
    answer({ 'X-Own': 'late' })
    const other = connect('/events?count=1')
    await until(() => other.client.received === 1)
    expect(run.requests()).toEqual([])
    expect(run.statuses).toEqual(['connecting', 'closed user'])
  })
})

const dataOf = (run: Run): unknown[] => run.data()

describe('a server that sends odd messages', () => {
  it('is heard with 10,000 event names', async () => {
    const heard: unknown[] = []
    const run = connect('/many-names', { on: { 'type-9999': (data) => heard.push(data) } })
    await until(() => run.client.received === 10_000)
    expect(run.messages.map(({ type }) => type)).toEqual(
      Array.from({ length: 10_000 }, (_, index) => `type-${index + 1}`),
    )
    expect(heard).toEqual([{ index: 9999 }])
  })

  it('is heard by the handlers of names that mean something to objects', async () => {
    const heard: string[] = []
    const names = TRICKY_NAMES.filter((name) => name !== '*')
    const run = connect('/names', {
      on: Object.fromEntries(names.map((name) => [name, () => heard.push(name)])),
    })
    await until(() => run.client.received === TRICKY_NAMES.length)
    expect(heard).toEqual(names)
    expect(run.messages.map(({ type }) => type)).toEqual(TRICKY_NAMES)
  })

  it('goes on after JSON that is none', async () => {
    const heard: unknown[] = []
    const path = script(`${block(1, 'a')}id: 2\ndata: {"half\n\n`, bare('end'))
    const run = connect(path, { on: { message: (data) => heard.push(data) } })
    await until(() => dataOf(run).at(-1) === 'end')
    expect(heard).toEqual(['a', 'end'])
    expect(run.errors[0]).toMatchObject({ code: 'decode', fatal: false, raw: '{"half' })
    expect(run.requests()[1]!.headers['last-event-id']).toBe('2')
  })

  it('pollutes no prototype with its data', async () => {
    const text = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'
    const run = connect(script(`event: __proto__\ndata: ${text}\n\n${blocks(1)}`))
    await until(() => run.client.received === 2)
    expect(Object.keys(dataOf(run)[0] as object)).toEqual(['__proto__', 'constructor'])
    expect(({} as { polluted?: number }).polluted).toBe(undefined)
    expect(Object.getPrototypeOf(run.client.message)).toBe(Object.prototype)
  })

  it('reaches the other handlers when one throws, and one rejects', async () => {
    const heard: unknown[] = []
    const run = connect(script(blocks(1, 2)), {
      on: {
        message() {
          throw new Error('thrown')
        },
      },
    })
    run.client.on('message', () => Promise.reject(new Error('rejected')))
    run.client.on('message', (data) => heard.push(data))
    await until(() => heard.length === 2 && run.errors.length === 4)
    expect(heard).toEqual([1, 2])
    expect(run.errors.map(({ code, fatal }) => `${code} ${fatal}`)).toEqual(
      Array(4).fill('handler false'),
    )
    const causes = run.errors.map(({ cause }) => (cause as Error).message)
    expect(causes.filter((cause) => cause === 'thrown')).toHaveLength(2)
    expect(causes.filter((cause) => cause === 'rejected')).toHaveLength(2)
    expect(run.client).toMatchObject({ status: 'open', error: null })
  })

  it('is heard to the end when nobody handles what handlers throw', async () => {
    const run = connect(script(blocks(1, 2)), {
      onError: undefined,
      on: {
        message() {
          throw new Error('thrown')
        },
      },
    })
    await until(() => run.reported.length === 2)
    expect(dataOf(run)).toEqual([1, 2])
    expect(run.reported.splice(0).map((error) => (error as Error).message)).toEqual([
      ...['thrown', 'thrown'],
    ])
  })
})
