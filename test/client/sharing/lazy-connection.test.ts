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
function createLoading() {
  const log: string[] = []
  const state = { ...INITIAL_STATE }
  const note =
    (name: string) =>
    (...args: unknown[]): void =>
      void log.push([name, ...args.map(String)].join(' '))
  const loaded: Connection = {
    open: note('open'),
    end: note('end'),
    complete: note('complete'),
    dispose: note('dispose'),
    reconnect: note('reconnect'),
    onHold: note('hold'),
    onWork: note('work'),
  }
  let loads = 0
  let resolve!: (connection: Connection) => void
  const load = (): Promise<Connection> => {
    loads++
    return new Promise((done) => (resolve = done))
  }
  const { environment } = createFakeEnvironment()
  const gate = createDeliveryGate(environment, (reason) => connection.onHold(reason))
  const listener = {
    onStatus: () => void log.push(`is ${state.status} ${state.reason}`),
    call: (fn?: (...args: any[]) => unknown, ...args: unknown[]) => fn?.(...args),
  } as unknown as ConnectionListener
  const connection = createLazyConnection(
    load,
    { onClose: note('onClose') },
    environment.now,
    state,
    gate,
    listener,
  )
  return {
    ...{ connection, gate, log, state },
    loads: () => loads,
    finish(instead = loaded) {
      log.length = 0
      resolve(instead)
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
    connection.onWork!([])
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
