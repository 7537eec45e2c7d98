/** One listener on one connection: decodes, counts, and calls the app's functions. */
import { EventStreamError } from '../protocol/errors.ts'
import { createConnection } from './connection/connection.ts'
import { decodeData } from './delivery/decode-data.ts'
import { createDeliveryGate } from './delivery/delivery-gate.ts'
import { warn } from './diagnostics.ts'
import { defaultEnvironment } from './environment.ts'
import { createEventHandlers } from './delivery/event-handlers.ts'
import { fingerprint } from './position/fingerprint.ts'
import { iterateMessages } from './delivery/message-iterator.ts'
import { createResumePosition, positionKey } from './position/resume-position.ts'
import { isHeartbeat } from './connection/stream-reader.ts'
import { isThenable, survive } from './delivery/survive.ts'
import type { EventStreamMessage } from '../protocol/types.ts'
import type { Connection } from './connection/connection-types.ts'
import type { HoldReason } from './delivery/delivery-gate.ts'
import type { AnyFunction } from './delivery/event-handlers.ts'
import type { ResumePosition } from './position/resume-position.ts'
import type { IterationSource } from './delivery/message-iterator.ts'
import type { EventStreamClientOptions, UrlSource } from './options.ts'
import type { EventStreamClient, EventStreamGapReason, EventStreamState, Message } from './types.ts'

// Keys that no event type is equal to: `*` on the wire is an ordinary type.
const EVERY_MESSAGE_FIRST = Symbol()
const EVERY_MESSAGE = Symbol()
const STATUS = Symbol()

/** What is known of a connection that was never asked for. */
const NOT_CONNECTED = {
  status: 'idle',
  reason: null,
  error: null,
  attempt: 0,
  retryAt: null,
  disconnectedSince: null,
  lastActivityAt: null,
} as const

/** A stream that nothing has happened to yet. */
export const INITIAL_STATE: EventStreamState & { readonly message: null } = {
  ...NOT_CONNECTED,
  lastEventId: '',
  received: 0,
  duplicates: 0,
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
  const { until, dedupe = true, getEventId, resume } = options
  const { debug } = environment

  let source = url
  let initialId = options.initialLastEventId ?? ''
  let key = positionKey(url, options, environment)
  let position = createPosition()
  let isEnabled = options.enabled !== false
  /** What the app asked for last: it outlives connections, so that a new URL respects it. */
  let isWanted = options.immediate !== false
  let connection: Connection
  let count = 0
  /** Without its query: only the log shows it. */
  let name = ''
  /** Grows when delivery ends: a message that is being dispatched then goes no further. */
  let epoch = 0

  const client = {
    ...INITIAL_STATE,
    lastEventId: takeInitialId(url),

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
      position.resumed()
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
      const nextKey = positionKey(next, options, environment)
      epoch++
      connection.dispose()
      const { status, reason } = client
      const staysDown = !isWanted || !isEnabled
      const isSamePosition = !!resume?.key && (next === null || (!!nextKey && nextKey === key))
      Object.assign(client, isSamePosition ? NOT_CONNECTED : INITIAL_STATE)
      if (staysDown) Object.assign(client, { status, reason })
      if (!isSamePosition) {
        key = nextKey
        position = createPosition()
        client.lastEventId = takeInitialId(next)
      }
      source = next
      connect()
      if (staysDown || next === null) onStatus()
    },
    pause: () => connection.hold('user'),
    resume: () => release('user'),
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
    release,
  }

  for (const [type, handler] of Object.entries(options.on ?? {})) {
    if (handler) add(type, handler as AnyFunction)
  }
  connect()
  return client

  /** The first URL goes on after it, and no other. */
  function takeInitialId(next: UrlSource | null): string {
    const id = initialId
    if (next !== null) initialId = ''
    return id
  }

  function isResting(): boolean {
    return /^(idle|closed|failed)$/.test(client.status)
  }

  /** One that was left puts nothing off. */
  function createPosition(): ResumePosition {
    const created: ResumePosition = createResumePosition(
      key,
      resume,
      environment,
      () => created !== position || isResting(),
    )
    return created
  }

  function connect(): void {
    connection = createConnection(
      source,
      options,
      environment,
      client,
      gate,
      {
        async whenKnown() {
          const loading = position
          const id = await loading.load()
          if (id !== undefined && loading === position) client.lastEventId = id
        },
        onRequest(requested) {
          name = requested
          debug?.(`${name} request after "${client.lastEventId}"`)
        },
        // Where ids are in the data they are known when it is decoded.
        onArrival: (type, hasOwnId) => getEventId || noteArrival(type, hasOwnId),
        onMessage,
        onCursor() {
          if (client.lastEventId === '') position.arrivedWithoutId()
          position.handled(client.lastEventId)
        },
        onOpen(details, reason) {
          const current = epoch
          const kept = position.opened()
          const gap = reason ?? kept
          call(options.onOpen, details)
          if (gap && epoch === current) onGap(gap)
        },
        onError,
        onStatus,
        onLeave: () => position.flush(),
        call,
      },
      until !== undefined,
    )
    if (isWanted && isEnabled) connection.open()
  }

  function release(reason: HoldReason): void {
    position.resumed()
    connection.release(reason)
  }

  function add(type: string, handler: AnyFunction, once?: boolean): () => void {
    return handlers.add(type === '*' ? EVERY_MESSAGE : type, handler, once)
  }

  function onStatus(): void {
    debug?.(`${name} is ${client.status} (${client.reason})`)
    handlers.run(STATUS, call)
    call(options.onStatus, client.status, client.reason)
  }

  function onGap(reason: EventStreamGapReason): void {
    debug?.(`${name} gap: ${reason}`)
    call(options.onGap, { reason, lastEventId: client.lastEventId })
  }

  /** From then on an interruption may cost messages: the server cannot know which have arrived. */
  function noteArrival(type: string, hasOwnId: boolean): void {
    if (!hasOwnId && type !== resume?.gapEvent) position.arrivedWithoutId()
  }

  /** Gives whether it is news. */
  function onMessage(raw: EventStreamMessage, hasOwnId: boolean): boolean {
    const { type } = raw
    if (raw.data === until) {
      connection.complete()
      return true
    }
    const message = { type, data: undefined as unknown, lastEventId: client.lastEventId, key: 0 }
    const asMessage = message as unknown as AnyMessage
    let failure: EventStreamError | undefined
    try {
      message.data = decodeData(raw, options.decode)
    } catch (cause) {
      const text = `Cannot decode "${type}".`
      failure = new EventStreamError('decode', text, { type, raw: raw.data, cause })
    }
    // Data is not typed when it runs: an id may come as a number, or null.
    const ownId = (failure ? undefined : call(getEventId, asMessage)) ?? undefined
    if (ownId !== undefined) {
      message.lastEventId = client.lastEventId = `${ownId}`
      hasOwnId = message.lastEventId !== ''
    }
    // A gap is news each time.
    if (type !== resume?.gapEvent && isKnown(raw, hasOwnId, failure ? undefined : asMessage)) {
      client.duplicates++
      return false
    }
    client.received++
    if (getEventId && !isHeartbeat(type)) noteArrival(type, hasOwnId)
    if (failure) {
      warn(environment, 'undecodable-data', type)
      position.handled(message.lastEventId)
      onError(failure)
    } else {
      message.key = ++count
      dispatch(asMessage)
    }
    return true
  }

  /**
   * Whether the message was delivered before.
   * @param message Undefined when it could not be decoded: then the app is not asked.
   */
  function isKnown(
    { type, data }: EventStreamMessage,
    hasOwnId: boolean,
    message: AnyMessage | undefined,
  ): boolean {
    if (message && typeof dedupe === 'function') {
      const own = call(dedupe, message) ?? undefined
      return own !== undefined && position.isDuplicate(fingerprint(`${own}`))
    }
    if (!dedupe || !hasOwnId) return false
    return position.isDuplicate(fingerprint(`${client.lastEventId}\n${type}`, data))
  }

  function dispatch(message: AnyMessage): void {
    const current = epoch
    const { handled } = position
    const { type, data, lastEventId } = message
    let work: PromiseLike<unknown>[] | undefined
    const keep = (result: unknown): void => {
      if (isThenable(result)) (work ??= []).push(result)
    }
    const run = (handler: AnyFunction | undefined, ...args: unknown[]): void => {
      if (epoch === current) keep(call(handler, ...args))
    }
    debug?.(`${name} message "${type}" "${lastEventId}"`)
    client.message = message
    if (type === resume?.gapEvent) onGap('server')
    handlers.run(EVERY_MESSAGE_FIRST, (listener) => keep(listener(message)))
    run(options.onMessage, message)
    handlers.run(type, (handler) => run(handler, data, message))
    handlers.run(EVERY_MESSAGE, (handler) => run(handler, message))
    handled(lastEventId, work)
    if (epoch === current && typeof until === 'function' && call(until, message) === true) {
      connection.complete()
    }
  }

  /** Calls a function of the app: whatever it does, the stream goes on. */
  function call<Args extends unknown[], Result>(
    fn: ((...args: Args) => Result) | undefined,
    ...args: Args
  ): Result | undefined {
    return (
      fn &&
      survive(fn, args, (cause) => {
        const { type } = (args.at(-1) ?? {}) as { type?: string }
        if (!options.onError) environment.reportError(cause)
        else onError(new EventStreamError('handler', 'Handler failed.', { type, cause }))
      })
    )
  }

  /** The last place an error can go to: a failing `onError` goes to the platform. */
  function onError(error: EventStreamError): void {
    debug?.(`${name} error: ${error.code}`)
    survive(options.onError, [error], environment.reportError)
  }
}
