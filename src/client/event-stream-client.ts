/** One listener on one connection: decodes, counts, and calls the app's functions. */
import { EventStreamError } from '../protocol/errors.ts'
import { createConnection } from './connection.ts'
import { createDeliveryGate } from './delivery-gate.ts'
import { decodeData } from './decode-data.ts'
import { warn } from './diagnostics.ts'
import { defaultEnvironment } from './environment.ts'
import { createEventHandlers } from './event-handlers.ts'
import { iterateMessages } from './message-iterator.ts'
import type { EventStreamMessage } from '../protocol/types.ts'
import type { Connection } from './connection.ts'
import type { AnyFunction } from './event-handlers.ts'
import type { IterationSource } from './message-iterator.ts'
import type {
  EventStreamClient,
  EventStreamClientOptions,
  EventStreamState,
  Message,
  UrlSource,
} from './types.ts'

// Keys that no event type is equal to: `*` on the wire is an ordinary type.
const EVERY_MESSAGE_FIRST = Symbol()
const EVERY_MESSAGE = Symbol()
const STATUS = Symbol()

/** A stream that nothing has happened to yet. */
export const INITIAL_STATE: EventStreamState & { readonly message: null } = {
  status: 'idle',
  reason: null,
  error: null,
  attempt: 0,
  retryAt: null,
  disconnectedSince: null,
  lastActivityAt: null,
  lastEventId: '',
  received: 0,
  message: null,
}

/**
 * Streams from a URL without Vue. Connects at once unless `immediate: false`, and lives until `close()`. The result
 * is live: its properties say what the stream is at this moment.
 *
 * Never throws for what the server or the network do: see `status`, `error` and `onError`.
 *
 * @param url Relative or absolute; or an (async) function of the attempt; or null for none yet.
 * @example
 * const client = createEventStreamClient('/api/chat/stream', {
 *   on: { 'new-message': (payload) => console.log(payload) },
 *   onStatus: (status) => console.log(status),
 * })
 * client.close()
 */
export function createEventStreamClient<Events extends object = Record<string, unknown>>(
  url: UrlSource | null,
  options: EventStreamClientOptions<Events> = {},
): EventStreamClient<Events> {
  type AnyMessage = Message<Events>
  const environment = { ...defaultEnvironment, ...options.environment }
  const handlers = createEventHandlers()
  /** One for all connections: a pause outlives a change of the URL. */
  const gate = createDeliveryGate()

  let source = url
  let isEnabled = options.enabled !== false
  /** What the app asked for last: it outlives connections, so that a new URL respects it. */
  let isWanted = options.immediate !== false
  let connection: Connection
  let key = 0
  /** Grows when delivery ends: a message that is being dispatched then goes no further. */
  let epoch = 0

  const client = {
    ...INITIAL_STATE,
    lastEventId: options.initialLastEventId ?? '',

    open() {
      isWanted = true
      if (isEnabled) connection.open()
    },
    close(reason = 'user') {
      isWanted = false
      epoch++
      connection.end('closed', reason)
    },
    reconnect() {
      isWanted = true
      if (isEnabled) connection.reconnect()
    },
    setEnabled(next) {
      if (next === isEnabled) return
      isEnabled = next
      if (!isWanted) return
      epoch++
      if (next) connection.open()
      else connection.end('idle', 'disabled')
    },
    setUrl(next) {
      if (next === source) return
      epoch++
      connection.dispose()
      const { status, reason, lastEventId } = client
      const isResting = !isWanted || !isEnabled
      Object.assign(client, INITIAL_STATE, isResting && { status, reason })
      if (source === null) client.lastEventId = lastEventId
      source = next
      connect()
      if (isResting || next === null) onStatus()
    },
    pause: () => connection.hold('user'),
    resume: () => connection.release('user'),
    on: (type: string, handler: AnyFunction) => add(type, handler),
    once: (type: string, handler: AnyFunction) => add(type, handler, true),
    tap: (listener) => handlers.add(EVERY_MESSAGE_FIRST, listener),
    [Symbol.asyncIterator]: () => iterateMessages(iterationSource),
  } as { -readonly [Name in keyof EventStreamClient<Events>]: EventStreamClient<Events>[Name] }

  const iterationSource: IterationSource<AnyMessage> = {
    state: client,
    subscribe(listener, onChange) {
      const untap = client.tap(listener)
      const remove = handlers.add(STATUS, onChange)
      return () => {
        untap()
        remove()
      }
    },
    hold: (reason) => connection.hold(reason),
    release: (reason) => connection.release(reason),
  }

  for (const [type, handler] of Object.entries(options.on ?? {})) {
    if (handler) add(type, handler as AnyFunction)
  }
  connect()
  return client

  function connect(): void {
    connection = createConnection(source, options, environment, client, gate, {
      onMessage,
      onError,
      onStatus,
      call,
    })
    if (isWanted && isEnabled) connection.open()
  }

  function add(type: string, handler: AnyFunction, once?: boolean): () => void {
    return handlers.add(type === '*' ? EVERY_MESSAGE : type, handler, once)
  }

  function onStatus(): void {
    handlers.run(STATUS, call)
    call(options.onStatus, client.status, client.reason)
  }

  function onMessage(raw: EventStreamMessage): void {
    const { type, lastEventId } = raw
    let data: unknown
    try {
      data = decodeData(raw, options.decode)
    } catch (cause) {
      warn(environment, 'undecodable-data', type)
      const text = `Cannot decode "${type}".`
      return onError(new EventStreamError('decode', text, { type, raw: raw.data, cause }))
    }
    const current = epoch
    const message = { type, data, lastEventId, key: ++key } as unknown as AnyMessage
    client.message = message
    const callLive = (handler: AnyFunction | undefined, ...args: unknown[]): void => {
      if (epoch === current) call(handler, ...args)
    }
    handlers.run(EVERY_MESSAGE_FIRST, (listener) => listener(message))
    callLive(options.onMessage, message)
    handlers.run(type, (handler) => callLive(handler, data, message))
    handlers.run(EVERY_MESSAGE, (handler) => callLive(handler, message))
  }

  /** Calls a function of the app: whatever it does, the stream goes on. */
  function call(fn: AnyFunction | undefined, ...args: any[]): void {
    survive(fn, args, (cause) => {
      const { type } = args.at(-1) ?? {}
      if (!options.onError) environment.reportError(cause)
      else onError(new EventStreamError('handler', 'Handler failed.', { type, cause }))
    })
  }

  /** The last place an error can go to: a failing `onError` goes to the platform. */
  function onError(error: EventStreamError): void {
    survive(options.onError, [error], environment.reportError)
  }
}

/** Now or later: a handler may be asynchronous, but nobody waits for it. */
function survive(
  fn: AnyFunction | undefined,
  args: unknown[],
  onFailure: (cause: unknown) => void,
): void {
  try {
    const result = fn?.(...args)
    if (result instanceof Promise) result.catch(onFailure)
  } catch (cause) {
    onFailure(cause)
  }
}
