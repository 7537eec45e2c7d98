/** One listener on one connection: decodes, counts, and calls the app's functions. */
import { EventStreamError } from '../protocol/errors.ts'
import { createConnection } from './connection.ts'
import { createDecode } from './decode-data.ts'
import { defaultEnvironment } from './environment.ts'
import { createEventHandlers } from './event-handlers.ts'
import { warn } from './diagnostics.ts'
import { createMessageIterator } from './message-iterator.ts'
import type { EventStreamMessage } from '../protocol/types.ts'
import type { Connection } from './connection.ts'
import type { Environment } from './environment.ts'
import type { AnyHandler } from './event-handlers.ts'
import type { IterationSource } from './message-iterator.ts'
import type {
  EventStreamClient,
  EventStreamClientOptions,
  EventStreamReason,
  Message,
  UrlSource,
} from './types.ts'

type AnyFunction = (...args: any[]) => unknown

const ANY_TYPE = '*'

/**
 * Streams from a URL without Vue. Connects at once unless `immediate: false`, and lives until `close()`.
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
  type Iteration = { onMessage(message: AnyMessage): void; onEnd(error: unknown): void }
  const environment: Environment = options.environment
    ? Object.assign(Object.create(defaultEnvironment), options.environment)
    : defaultEnvironment
  const { until } = options
  const decode = createDecode(options.decode as Parameters<typeof createDecode>[0])
  const typeHandlers = createEventHandlers()
  /** Apart from the others, because `*` on the wire is an ordinary type. */
  const anyHandlers = createEventHandlers()
  const iterations = new Set<Iteration>()

  let source = url
  let connection = createConnectionTo(url)
  /** What the app asked for last: it outlives connections, so that a new URL respects it. */
  let isWanted = false
  let message: AnyMessage | null = null
  let key = 0
  let received = 0
  let duplicates = 0
  let hasWarnedOfDecode = false
  /** Grows when delivery ends: a message that is being dispatched then goes no further. */
  let epoch = 0

  for (const [type, handler] of Object.entries(options.on ?? {})) {
    add(type, handler as AnyHandler, false)
  }
  if (options.immediate !== false) open()

  function createConnectionTo(target: UrlSource | null): Connection {
    const isCurrent = (): boolean => connection === created
    const created: Connection = createConnection(
      target,
      options,
      environment,
      until !== undefined,
      {
        onStatus: () => isCurrent() && notifyStatus(),
        onOpen: (details) => call('onOpen', options.onOpen, details),
        onActivity: () => call('onActivity', options.onActivity),
        onMessage: dispatch,
        onDuplicate: () => duplicates++,
        onError: notifyError,
        onClose(reason) {
          const { error } = connection.state
          for (const iteration of iterations) iteration.onEnd(error)
          call('onClose', options.onClose, reason)
        },
      },
    )
    return created
  }

  // Controls.

  function open(): void {
    isWanted = true
    connection.open()
  }

  function rest(status: 'idle' | 'closed', reason: EventStreamReason): void {
    isWanted = false
    end(status, reason)
  }

  function end(status: 'idle' | 'closed', reason: EventStreamReason): void {
    epoch++
    connection.end(status, reason)
  }

  function reconnect(): void {
    isWanted = true
    epoch++
    connection.reconnect()
  }

  function setUrl(next: UrlSource | null): void {
    if (next === source) return
    const old = connection
    source = next
    message = null
    epoch++
    connection = createConnectionTo(next)
    old.end('idle', null)
    if (isWanted && next !== null) connection.open()
    else notifyStatus()
  }

  function add(type: string, handler: AnyHandler, once: boolean): () => void {
    const handlers = type === ANY_TYPE ? anyHandlers : typeHandlers
    return handlers.add(type, handler, once)
  }

  // Delivery.

  function dispatch(raw: EventStreamMessage): void {
    received++
    if (raw.data === until) return end('closed', 'complete')
    let data: unknown
    try {
      data = decode(raw)
    } catch (cause) {
      return reportUndecodable(raw, cause)
    }
    const { type, lastEventId } = raw
    const current = epoch
    const next = { type, data, lastEventId, key: ++key } as unknown as AnyMessage
    message = next
    call(type, options.onMessage, next)
    typeHandlers.run(type, (handler) => epoch === current && call(type, handler, data, next))
    anyHandlers.run(ANY_TYPE, (handler) => epoch === current && call(type, handler, next))
    for (const iteration of iterations) if (epoch === current) iteration.onMessage(next)
    if (typeof until === 'function' && epoch === current && isLast(next)) end('closed', 'complete')
  }

  function isLast(next: AnyMessage): boolean {
    let result = false
    call(next.type, () => (result = (until as (message: AnyMessage) => boolean)(next)))
    return result
  }

  /** Calls a function of the app: whatever it does, the stream goes on. */
  function call(type: string, fn: AnyFunction | undefined, ...args: unknown[]): void {
    if (!fn) return
    const onFailure = (cause: unknown): void => reportHandler(type, cause)
    try {
      const result = fn(...args)
      if (result instanceof Promise) result.catch(onFailure)
    } catch (cause) {
      onFailure(cause)
    }
  }

  function reportHandler(type: string, cause: unknown): void {
    if (!options.onError) return environment.reportError(cause)
    const text = `A function of the app failed with "${type}". The stream goes on; the cause says why it failed.`
    notifyError(new EventStreamError('handler', text, { type, cause }))
  }

  function reportUndecodable({ type, data: raw }: EventStreamMessage, cause: unknown): void {
    const text = `The data of a "${type}" message could not be decoded. The stream goes on without it.`
    notifyError(new EventStreamError('decode', text, { type, raw, cause }))
    if (!hasWarnedOfDecode) warn(environment, 'undecodable-data', type)
    hasWarnedOfDecode = true
  }

  function notifyStatus(): void {
    call('onStatus', options.onStatus && (() => options.onStatus!(client.status, client.reason)))
  }

  /** The last place an error can go to: a failing `onError` goes to the platform. */
  function notifyError(error: EventStreamError): void {
    try {
      options.onError?.(error)
    } catch (cause) {
      environment.reportError(cause)
    }
  }

  const iterationSource: IterationSource<AnyMessage> = {
    subscribe(onMessage, onEnd) {
      const { status, error } = connection.state
      if (status === 'closed' || status === 'failed') onEnd(error)
      const iteration = { onMessage, onEnd }
      iterations.add(iteration)
      return () => iterations.delete(iteration)
    },
    hold: (reason) => connection.hold(reason),
    release: (reason) => connection.release(reason),
  }

  const client: EventStreamClient<Events> = {
    get status() {
      return connection.isPaused ? 'paused' : connection.state.status
    },
    get reason() {
      return connection.isPaused ? 'user' : connection.state.reason
    },
    get error() {
      return connection.state.error
    },
    get attempt() {
      return connection.state.attempt
    },
    get retryAt() {
      return connection.state.retryAt
    },
    get disconnectedSince() {
      return connection.state.disconnectedSince
    },
    get lastActivityAt() {
      return connection.state.lastActivityAt
    },
    get lastEventId() {
      return connection.state.lastEventId
    },
    get message() {
      return message
    },
    get received() {
      return received
    },
    get duplicates() {
      return duplicates
    },
    open,
    close: (reason = 'user') => rest('closed', reason),
    suspend: (reason) => rest('idle', reason),
    reconnect,
    pause: () => connection.hold('user'),
    resume: () => connection.release('user'),
    setUrl,
    on: (type: string, handler: unknown) => add(type, handler as AnyHandler, false),
    once: (type: string, handler: unknown) => add(type, handler as AnyHandler, true),
    [Symbol.asyncIterator]: () => createMessageIterator<AnyMessage>(iterationSource),
  }
  return client
}
