/** Stands in for a connection whose code is loaded when it is first asked for: takes what the app wants meanwhile, then becomes it. */
import { belowPause } from '../connection/status.ts'
import { warn } from '../diagnostics.ts'
import type {
  Connection,
  ConnectionListener,
  ConnectionSetup,
  ConnectionState,
} from '../connection/connection-types.ts'
import type { DeliveryGate } from '../delivery/delivery-gate.ts'
import type { Cancel, Environment } from '../environment.ts'

/**
 * @param load Gives the connection. Told when half of the time is over: what it can do without it should not wait for then.
 * @param createOwn Gives what takes its place where it cannot be loaded, or not in time.
 */
export function createLazyConnection(
  load: (whenLate: Promise<void>) => Promise<Connection>,
  createOwn: () => Connection,
  { onClose, connectTimeout = 15_000 }: Pick<ConnectionSetup, 'onClose' | 'connectTimeout'>,
  environment: Environment,
  state: ConnectionState,
  gate: DeliveryGate,
  { onStatus, call }: ConnectionListener,
): Connection {
  let isLoaded = false
  /** What it is asked for as soon as it is there. */
  let wanted: 'open' | 'reconnect' | undefined
  let isLoading = false
  /** There while somebody waits, if there is a limit. */
  let cancelLimit: Cancel | undefined
  let tellLate = (): void => {}

  function start(verb: 'open' | 'reconnect'): void {
    wanted = verb
    show()
    if (!wanted) return
    if (connectTimeout > 0) cancelLimit ??= environment.after(connectTimeout / 2, onHalfTime)
    if (isLoading) return
    isLoading = true
    load(new Promise((resolve) => (tellLate = resolve))).then(use, goAlone)
  }

  function onHalfTime(): void {
    const giveUp = (): void => goAlone(`Not loaded in ${connectTimeout} ms.`)
    cancelLimit = environment.after(connectTimeout / 2, giveUp)
    tellLate()
  }

  function goAlone(cause: unknown): void {
    if (isLoaded) return
    warn(environment, 'not-shared', `${cause}`)
    use(createOwn())
  }

  function use(loaded: Connection): void {
    // It came too late.
    if (isLoaded) return
    isLoaded = true
    stopLimit()
    Object.assign(connection, loaded)
    if (wanted) loaded[wanted]()
  }

  function forget(): void {
    wanted = undefined
    stopLimit()
  }

  function stopLimit(): void {
    cancelLimit?.()
    cancelLimit = undefined
  }

  /** A pause lies over the wait, too. */
  function show(): void {
    const next = belowPause(gate, null, 'connecting')
    if (state.status === next.status) return
    Object.assign(state, { error: null }, next)
    state.disconnectedSince ??= environment.now()
    onStatus()
  }

  const connection: Connection = {
    open: () => start('open'),
    reconnect() {
      gate.release('user')
      start('reconnect')
    },
    end(status, reason) {
      if (state.status === status && state.reason === reason) return
      const wasWanted = wanted
      forget()
      if (status !== 'idle') gate.release('user')
      Object.assign(state, { status, reason, disconnectedSince: null })
      onStatus()
      if (wasWanted && status !== 'idle') call(onClose, reason)
    },
    complete() {},
    dispose: forget,
    onHold: () => wanted && show(),
  }
  return connection
}
