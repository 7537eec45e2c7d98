/** A connection whose code is loaded when it is first asked for: it takes what the app wants meanwhile, and hands it on. */
import type {
  Connection,
  ConnectionListener,
  ConnectionState,
} from '../connection/connection-types.ts'
import type { ConnectionCallbacks } from '../options.ts'
import type { DeliveryGate } from '../delivery/delivery-gate.ts'

/** @param load Gives the connection; must not reject. */
export function createLazyConnection(
  load: () => Promise<Connection>,
  { onClose }: Pick<ConnectionCallbacks, 'onClose'>,
  now: () => number,
  state: ConnectionState,
  gate: DeliveryGate,
  { onStatus, call }: ConnectionListener,
): Connection {
  let connection: Connection | undefined
  /** What it is asked for as soon as it is there. */
  let wanted: 'open' | 'reconnect' | undefined
  let isLoading = false

  async function start(verb: 'open' | 'reconnect'): Promise<void> {
    wanted = verb
    show()
    if (isLoading) return
    isLoading = true
    connection = await load()
    if (wanted) connection[wanted]()
  }

  /** A pause lies over the wait, too. */
  function show(): void {
    const [status, reason] = gate.isHeld('user') ? ['paused', 'user'] : ['connecting', null]
    if (state.status === status) return
    Object.assign(state, { status, reason, error: null })
    state.disconnectedSince ??= now()
    onStatus()
  }

  return {
    open: () => (connection ? connection.open() : void start('open')),
    reconnect() {
      if (connection) return connection.reconnect()
      gate.release('user')
      void start('reconnect')
    },
    end(status, reason) {
      if (connection) return connection.end(status, reason)
      if (state.status === status && state.reason === reason) return
      const wasWanted = wanted
      wanted = undefined
      if (status !== 'idle') gate.release('user')
      Object.assign(state, { status, reason, disconnectedSince: null })
      onStatus()
      if (wasWanted && status !== 'idle') call(onClose, reason)
    },
    complete: () => connection?.complete(),
    dispose() {
      wanted = undefined
      connection?.dispose()
    },
    onHold(reason) {
      if (connection) connection.onHold(reason)
      else if (wanted) show()
    },
    onWork: (work) => connection?.onWork?.(work),
  }
}
