// @vitest-environment node
/** A stream whose connection is still being loaded does what the app wants as soon as it is there, and nothing else. */
import { describe, expect, it, vi } from 'vitest'
import { createLazyConnection } from '../../../src/client/sharing/lazy-connection.ts'
import { createDeliveryGate } from '../../../src/client/delivery/delivery-gate.ts'
import { INITIAL_STATE } from '../../../src/client/stream-client.ts'
import { createFakeEnvironment } from '../../support/fake-environment.ts'
import { settle } from '../../support/settle.ts'
import { SHARED_URL, useSharedStreams } from '../../support/shared-streams.ts'
import type {
  Connection,
  ConnectionListener,
} from '../../../src/client/connection/connection-types.ts'

const openPage = useSharedStreams()

/** A connection that is loaded when the test says so; notes down what is asked of it, and what the app is told. */
function createLoading(connectTimeout?: number) {
  const log: string[] = []
  const state = { ...INITIAL_STATE }
  const note =
    (name: string) =>
    (...args: unknown[]): void =>
      void log.push([name, ...args.map(String)].join(' '))
  const create = (prefix = ''): Connection => ({
    open: note(`${prefix}open`),
    end: note(`${prefix}end`),
    complete: note(`${prefix}complete`),
    dispose: note(`${prefix}dispose`),
    reconnect: note(`${prefix}reconnect`),
    onHold: note(`${prefix}hold`),
    onWork: note(`${prefix}work`),
  })
  let loads = 0
  let resolve!: (connection: Connection) => void
  let reject!: (cause: unknown) => void
  let isLate = false
  const load = (whenLate: Promise<void>): Promise<Connection> => {
    loads++
    void whenLate.then(() => (isLate = true))
    return new Promise((...settlers) => ([resolve, reject] = settlers))
  }
  const fake = createFakeEnvironment()
  const { environment } = fake
  const gate = createDeliveryGate(environment, (reason) => connection.onHold(reason))
  let react: (() => void) | undefined
  const listener = {
    onStatus() {
      log.push(`is ${state.status} ${state.reason}`)
      react?.()
    },
    call: (fn?: (...args: any[]) => unknown, ...args: unknown[]) => fn?.(...args),
  } as unknown as ConnectionListener
  const connection = createLazyConnection(
    load,
    () => create('own '),
    { onClose: note('onClose'), connectTimeout },
    environment,
    state,
    gate,
    listener,
  )
  return {
    ...{ connection, gate, log, state, fake },
    loads: () => loads,
    lateness: () => isLate,
    onStatus: (reaction: () => void) => void (react = reaction),
    finish() {
      log.length = 0
      resolve(create())
      return settle()
    },
    fail(cause: unknown) {
      log.length = 0
      reject(cause)
      return settle()
    },
  }
}

describe('a connection that is loaded late', () => {
  it('is loaded when it is opened, once, and shows that it connects', async () => {
    const { connection, log, loads, finish } = createLoading()
    expect(loads()).toBe(0)
    connection.open()
    connection.open()
    expect([loads(), log]).toEqual([1, ['is connecting null']])
    await finish()
    expect(log).toEqual(['open'])
  })

  it('does what was asked for last', async () => {
    const { connection, log, finish } = createLoading()
    connection.open()
    connection.reconnect()
    await finish()
    expect(log).toEqual(['reconnect'])
  })

  it('may be asked to reconnect first, which ends a pause', async () => {
    const { connection, gate, log, finish, loads } = createLoading()
    gate.hold('user')
    connection.reconnect()
    expect([gate.isHeld('user'), log]).toEqual([false, ['is connecting null']])
    await finish()
    expect([loads(), log]).toEqual([1, ['reconnect']])
  })

  it('that is closed meanwhile is closed, and told so', async () => {
    const { connection, gate, log, finish } = createLoading()
    connection.open()
    gate.hold('user')
    connection.end('closed', 'user')
    connection.end('closed', 'user')
    const told = ['is connecting null', 'is paused user', 'is closed user', 'onClose user']
    expect([log, gate.isHeld('user')]).toEqual([told, false])
    await finish()
    expect(log).toEqual([])
  })

  it('that is not enabled any more keeps its pause, and is not told of an end', async () => {
    const { connection, gate, log, finish } = createLoading()
    connection.open()
    gate.hold('user')
    connection.end('idle', 'disabled')
    expect(log.slice(2)).toEqual(['is idle disabled'])
    expect(gate.isHeld('user')).toBe(true)
    connection.open()
    await finish()
    expect(log).toEqual(['open'])
  })

  it('that was never asked for is closed without a word of the end', () => {
    const { connection, log, loads } = createLoading()
    connection.end('closed', 'user')
    expect([log, loads()]).toEqual([['is closed user'], 0])
  })

  it('that is left meanwhile does nothing more', async () => {
    const { connection, log, finish } = createLoading()
    connection.open()
    connection.dispose()
    await finish()
    expect(log).toEqual([])
  })

  it('shows a pause that comes or goes meanwhile', () => {
    const { connection, gate, log } = createLoading()
    gate.hold('user')
    expect(log).toEqual([])
    connection.open()
    gate.release('user')
    gate.hold(Symbol())
    expect(log).toEqual(['is paused user', 'is connecting null'])
  })

  it('hands on all that comes afterwards', async () => {
    const { connection, gate, log, finish } = createLoading()
    connection.complete()
    connection.open()
    await finish()
    log.length = 0
    connection.open()
    connection.reconnect()
    connection.complete()
    connection.onWork!([])
    gate.hold('user')
    connection.end('idle', 'disabled')
    connection.dispose()
    expect(log).toEqual([
      ...['open', 'reconnect', 'complete', 'work ', 'hold user'],
      ...['end idle disabled', 'dispose'],
    ])
  })
})

describe('a connection that is not loaded in time', () => {
  const LIMIT_MS = 2000

  it('is replaced by one of its own, and a warning says so', async () => {
    const { connection, log, fake, finish } = createLoading(LIMIT_MS)
    connection.open()
    await fake.advance(LIMIT_MS - 1)
    expect(log).toEqual(['is connecting null'])
    await fake.advance(1)
    expect(log.slice(1)).toEqual(['own open'])
    expect(fake.warnings).toEqual([
      expect.stringContaining('] not-shared (Not loaded in 2000 ms.)'),
    ])
    await finish()
    connection.reconnect()
    expect(log).toEqual(['own reconnect'])
  })

  it('is not waited for any more when the stream is ended', async () => {
    const { connection, log, fake } = createLoading(LIMIT_MS)
    for (const end of [() => connection.end('closed', 'user'), () => connection.dispose()]) {
      connection.open()
      expect(fake.live()).toHaveLength(1)
      end()
      expect(fake.live()).toEqual([])
    }
    await fake.advance(LIMIT_MS)
    expect(log).not.toContain('own open')
    expect(fake.warnings).toEqual([])
  })

  it('has the whole time again when the stream is opened again', async () => {
    const { connection, log, fake, loads } = createLoading(LIMIT_MS)
    connection.open()
    await fake.advance(LIMIT_MS - 1)
    connection.end('idle', 'disabled')
    connection.open()
    connection.reconnect()
    await fake.advance(LIMIT_MS - 1)
    expect(log).not.toContain('own reconnect')
    await fake.advance(1)
    expect([log.at(-1), loads()]).toEqual(['own reconnect', 1])
  })

  it('has 15 seconds unless told otherwise, and for ever with 0', async () => {
    const [usual, endless] = [createLoading(), createLoading(0)]
    usual.connection.open()
    endless.connection.open()
    await usual.fake.advance(14_999)
    expect(usual.log).not.toContain('own open')
    await usual.fake.advance(1)
    expect(usual.log).toContain('own open')
    expect(endless.fake.live()).toEqual([])
  })

  it('is told when half of the time is over, once and while it is waited for', async () => {
    const { connection, fake, lateness } = createLoading(LIMIT_MS)
    connection.open()
    connection.end('idle', 'disabled')
    await fake.advance(LIMIT_MS)
    connection.open()
    await fake.advance(LIMIT_MS / 2 - 1)
    expect(lateness()).toBe(false)
    await fake.advance(1)
    expect(lateness()).toBe(true)
  })

  it.each([
    ['is there', (loading: ReturnType<typeof createLoading>) => loading.finish()],
    ['has failed', (loading: ReturnType<typeof createLoading>) => loading.fail('gone')],
  ])('leaves no timer when it %s', async (_, settleLoading) => {
    const loading = createLoading(LIMIT_MS)
    loading.connection.open()
    await settleLoading(loading)
    expect(loading.fake.live()).toEqual([])
  })
})

describe('a connection that cannot be loaded', () => {
  it('is replaced by one of its own, and a warning says why', async () => {
    const { connection, log, fake, fail } = createLoading()
    connection.open()
    await fail(new Error('gone'))
    expect(log).toEqual(['own open'])
    expect(fake.warnings).toEqual([expect.stringContaining('] not-shared (Error: gone)')])
  })

  it('is not replaced for a stream that was ended', async () => {
    const { connection, log, fail } = createLoading()
    connection.open()
    connection.end('closed', 'user')
    await fail(new Error('gone'))
    expect(log).toEqual([])
    connection.open()
    expect(log).toEqual(['own open'])
  })

  it('is not loaded at all for an app that closes the stream as it starts', () => {
    const { connection, loads, fake, onStatus } = createLoading()
    onStatus(() => connection.end('closed', 'user'))
    connection.open()
    expect([loads(), fake.live()]).toEqual([0, []])
  })
})

describe('code that cannot be loaded', () => {
  it('leaves each stream a connection of its own, and says so', async () => {
    vi.doMock('../../../src/client/sharing/shared-streams.ts', () => {
      throw new Error('gone')
    })
    const page = openPage()
    const one = page.start()
    const left = page.start()
    left.client.close()
    const other = page.start()
    await vi.waitUntil(() => page.requests.length === 2)
    expect(page.open()).toEqual([SHARED_URL, SHARED_URL])
    expect(page.connections.count()).toBe(2)
    expect(page.warnings[0]).toContain('] not-shared (')
    expect([one.client.status, other.client.status]).toEqual(['connecting', 'connecting'])
    expect(left.client.status).toBe('closed')
    vi.doUnmock('../../../src/client/sharing/shared-streams.ts')
  })
})
