/** One listener on one connection: decodes, counts, and calls the app's functions. */
import { createAppCalls } from './delivery/app-calls.ts'
import { createDeliveryGate } from './delivery/delivery-gate.ts'
import { defaultEnvironment } from './environment.ts'
import { createEventHandlers } from './delivery/event-handlers.ts'
import { createHandlerList } from './delivery/handler-list.ts'
import { createResumePosition, positionKey } from './position/resume-position.ts'
import { createMessageDispatcher } from './delivery/message-dispatcher.ts'
import { left } from './connection/losses.ts'
import { isAtRest } from './connection/status.ts'
import { createUnsettledLimit } from './delivery/unsettled-limit.ts'
import type { Connection, CreateConnection } from './connection/connection-types.ts'
import type { HoldReason } from './delivery/delivery-gate.ts'
import type { AnyFunction } from './delivery/handler-list.ts'
import type { MessageStages, StageOptions } from './delivery/message-stages.ts'
import type { ResumePosition } from './position/resume-position.ts'
import type { EventStreamClientOptions, UrlSource } from './options.ts'
import type {
  EventStreamClient,
  EventStreamGapReason,
  EventStreamState,
  Message,
  StreamChange,
} from './types.ts'

/** What is known of a connection that was never asked for. */
const NOT_CONNECTED = {
  reason: null,
  error: null,
  attempt: 0,
  retryAt: null,
  disconnectedSince: null,
  lastActivityAt: null,
  // The last one: who watches it as it changes finds the others changed.
  status: 'idle',
} as const

/** A stream that nothing has happened to yet. */
export const INITIAL_STATE: EventStreamState & { readonly message: null } = {
  lastEventId: '',
  received: 0,
  duplicates: 0,
  transport: null,
  message: null,
  ...NOT_CONNECTED,
}

/**
 * The client, on whatever connection it is given.
 * @param createConnection Makes the connection to a URL: one of its own, or a part in one that others have, too.
 */
export function createStreamClient<Events extends object>(
  url: UrlSource | null,
  options: EventStreamClientOptions<Events>,
  createConnection: CreateConnection,
): EventStreamClient<Events> {
  type AnyMessage = Message<Events>
  const environment = { ...defaultEnvironment, ...options.environment }
  const handlers = createEventHandlers()
  const changeHandlers = createHandlerList()
  /** One for all connections: a pause outlives a change of the URL. */
  const gate = createDeliveryGate(environment, (reason) => connection.onHold(reason))
  const { resume } = options
  const { debug } = environment
  const log = debug && ((text: string): void => debug(`${name} ${text}`))
  const { call, onError } = createAppCalls(options.onError, environment, log)
  const unsettled = createUnsettledLimit(gate, environment, release)
  /** Event types that anybody wants. */
  const wantedTypes = new Set<string>()
  let tellType: ((type: string) => void) | undefined

  let source = url
  let { identity } = options
  let initialId = options.initialLastEventId ?? ''
  let key = positionKey(url, options, environment, identity)
  let position = createPosition()
  let isEnabled = options.enabled !== false
  /** What the app asked for last: it outlives connections, so that a new URL respects it. */
  let isWanted = options.immediate !== false
  let connection: Connection
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
    // Undefined is an identity, too: left out is another thing.
    setUrl(next, ...given) {
      const [nextIdentity] = given.length > 0 ? given : [identity]
      const isSameOwner = nextIdentity === identity
      if (next === source && isSameOwner) return
      identity = nextIdentity
      const nextKey = positionKey(next, options, environment, identity)
      epoch++
      connection.dispose()
      unsettled.reset()
      const { status, reason } = client
      const staysDown = !isWanted || !isEnabled
      const isSameKey = next === null ? isSameOwner : !!nextKey && nextKey === key
      const isSamePosition = !!resume?.key && isSameKey
      Object.assign(client, isSamePosition ? NOT_CONNECTED : INITIAL_STATE)
      if (staysDown) Object.assign(client, { status, reason })
      if (!isSamePosition) {
        key = nextKey
        position = createPosition()
        client.lastEventId = takeInitialId(next)
      }
      source = next
      connect()
      if (!isSamePosition) tellChange('first')
      if (staysDown || next === null) onStatus()
    },
    pause: (reason?: symbol) => gate.hold(reason ?? 'user'),
    resume: (reason?: symbol) => release(reason ?? 'user'),
    on: (type: string, handler: AnyFunction) => add(type, handler),
    once: (type: string, handler: AnyFunction) => add(type, handler, true),
    tap(listener, types = [], onChange = () => {}) {
      for (const type of types) want(type)
      const untap = handlers.taps.add(listener)
      const remove = changeHandlers.add(onChange)
      return () => {
        untap()
        remove()
      }
    },
    [Symbol.asyncIterator]: iterate,
  } as { -readonly [Name in keyof EventStreamClient<Events>]: EventStreamClient<Events>[Name] }

  const context = {
    ...{ call, onError, onGap, log },
    stages: undefined as MessageStages | undefined,
    onWork(work: readonly PromiseLike<unknown>[], isHandled: boolean) {
      connection.onWork?.(work)
      if (isHandled) void unsettled.add(work)
    },
    position: () => position,
    epoch: () => epoch,
    onComplete: () => connection.complete(),
  }
  const dispatcher = createMessageDispatcher(options, environment, client, handlers, context)

  if (resume?.gapEvent) want(resume.gapEvent)
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

  /** What comes while the code for it is loaded has to wait: a loop gets every message after its first `next()`. */
  async function* iterate(): AsyncGenerator<AnyMessage, void> {
    const reason = Symbol()
    gate.hold(reason)
    // The stream is not to stand still for a file that never comes.
    let cancel = (): void => {}
    const late = new Promise<never>((_, reject) => {
      cancel = environment.after(15_000, () => reject(new Error('No code for loops.')))
    })
    try {
      const loading = import('./delivery/message-iterator.ts')
      const { iterateMessages } = await Promise.race([loading, late]).finally(cancel)
      yield* iterateMessages<AnyMessage>(client, reason)
    } finally {
      release(reason)
    }
  }

  /** One that was left puts nothing off. */
  function createPosition(): ResumePosition {
    const created: ResumePosition = createResumePosition(
      key,
      resume,
      environment,
      () => created !== position || isAtRest(client),
    )
    return created
  }

  function connect(): void {
    /** Code that is loaded on demand may change them. */
    const setup = { ...options, identity }
    connection = createConnection(
      source,
      setup,
      environment,
      client,
      gate,
      {
        load,
        async whenKnown() {
          if (resume?.request) {
            const { goOnByRequest } = await import('./position/resume-request.ts')
            goOnByRequest(setup, client, gate, left)
          }
          const loading = position
          await load()
          const id = await loading.load()
          if (id !== undefined && loading === position) client.lastEventId = id
        },
        onRequest(requested) {
          name = requested
          log?.(`request after "${client.lastEventId}"`)
        },
        onWantedType(callback) {
          tellType = callback
          wantedTypes.forEach(callback)
        },
        ...dispatcher,
        onCursor() {
          if (client.lastEventId === '') position.arrivedWithoutId()
          position.handled(client.lastEventId)
        },
        onMark: (mark) => context.stages?.mark(mark),
        onOpen(details, reason, parkedAfter) {
          context.stages?.opened(reason)
          const current = epoch
          const kept = position.opened()
          // With an id the server goes on where it was left.
          const isLost = kept === 'no-id' || parkedAfter === ''
          const own = parkedAfter !== undefined && isLost ? 'paused' : kept
          // The app itself knows where it goes on.
          const gap = reason ?? (!setup.mayGoOn && own)
          tellChange('open')
          call(setup.onOpen, details)
          if (gap && epoch === current) onGap(gap)
        },
        onAskedAgain(gap) {
          position.askedAgain()
          if (gap === 'server') onGap(gap)
        },
        onError,
        onGap,
        onStatus,
        onLeave() {
          tellType = undefined
          context.stages?.left()
          position.flush()
        },
        call,
      },
      options.until !== undefined,
    )
    if (isWanted && isEnabled) connection.open()
  }

  async function load(): Promise<void> {
    const { schema, failWhen, caughtUp, onBatch } = options
    if (context.stages || !(schema || failWhen || caughtUp || onBatch)) return
    const { createMessageStages } = await import('./delivery/message-stages.ts')
    const all = options as StageOptions
    context.stages ??= createMessageStages(all, environment, client, gate, handlers, context)
  }

  function release(reason: HoldReason): void {
    if (gate.isHeld(reason)) position.resumed()
    gate.release(reason)
  }

  function add(type: string, handler: AnyFunction, once?: boolean): () => void {
    if (type === '*') return handlers.ofAll.add(handler, once)
    want(type)
    return handlers.add(type, handler, once)
  }

  function want(type: string): void {
    wantedTypes.add(type)
    tellType?.(type)
  }

  function tellChange(change?: StreamChange): void {
    changeHandlers.run((handler) => call(handler, change))
  }

  function onStatus(): void {
    log?.(`is ${client.status} (${client.reason})`)
    tellChange()
    call(options.onStatus, client.status, client.reason)
  }

  function onGap(reason: EventStreamGapReason): void {
    log?.(`gap: ${reason}`)
    tellChange(reason)
    call(options.onGap, { reason, lastEventId: client.lastEventId })
  }
}
