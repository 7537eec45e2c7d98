/** One attempt after the other: a transport at work, and what comes of it. */
import { DEFAULT_MAX_MESSAGE_SIZE_CHARS } from '../../protocol/constants.ts'
import { EventStreamError, isEventStreamError } from '../../protocol/errors.ts'
import { createExchange } from '../transports/exchange.ts'
import { createMessageIntake } from './message-intake.ts'
import { ownText } from '../delivery/own-text.ts'
import type { DeliveryGate } from '../delivery/delivery-gate.ts'
import type { Environment } from '../environment.ts'
import type { AttemptContext, ConnectionOptions, UrlSource } from '../options.ts'
import type { ExchangeListener } from '../transports/exchange.ts'
import type { Aside, Asking, Transport, TransportAnswer } from '../transports/transport.ts'
import type { EventStreamGapReason } from '../types.ts'
import type { ConnectionListener, ConnectionState } from './connection-types.ts'
import type { SilenceWatchdog } from './silence-watchdog.ts'

/** So many times what may wait is bearable while handlers are hurried. */
const MAX_EXCESS = 2
/** What a proxy that buffers lets through at once comes with the head; what comes later flows. */
const MAX_BURST_MS = 1000

/** One attempt, and the connection that came of it. */
export interface Attempt {
  /** Aborting it silences it. */
  readonly controller: AbortController
  readonly transport: Transport
  /** Without its query, once the app's functions have made the request. */
  url: string | undefined
  /** The cursor that it goes on from. */
  sentId: string
  /** Of the answer, once it is there. */
  headers: Headers | undefined
  /** When the answer came. */
  openedAt: number
  /** Bytes have come that no proxy would have let through with the head. */
  isFlowing: boolean
}

/**
 * What outlives a connection, so that another one can go on where it was. Attempts write what came; of tabs that share,
 * whoever leads or follows writes it, and the connection of who leads next reads it.
 */
export interface Before {
  wasOpen: boolean
  /** Since when it has not been open, and how many attempts in a row have failed; undefined: it is down since now. */
  down?: Pick<ConnectionState, 'attempt' | 'disconnectedSince'> | undefined
  /** What came last. It is the cursor as soon as it is delivered. */
  receivedId?: string | undefined
}

/** Who hears of the attempts. Nothing comes after the controller is aborted. */
export interface AttemptListener extends Omit<
  ConnectionListener,
  'load' | 'onOpen' | 'onGap' | 'onStatus' | 'onLeave'
> {
  readonly before?: Before
  /** @param method What the request under way asks with. */
  onMethod(method: string | undefined): void
  /** The server has answered, whatever it is. */
  onHead(): void
  /** Something has come. */
  onActivity(): void
  /** It is dealt with. */
  onRead(): void
  /** Something has come that was not delivered before, and moved the cursor. */
  onProgress(): void
  onRetry(reconnectionTime: number): void
  /** More has come than may wait, and to hurry handlers does not help. */
  onOverflow(): void
  /**
   * - `accepted`: the server answers as it should; with the answer, and why messages before it may be missing
   * - `lost`: with the error
   */
  hear(signal: 'accepted' | 'noContent' | 'ended' | 'lost', ...details: unknown[]): void
}

export interface Attempts {
  /** Starts one; the functions of the app run in a microtask. @param wasOpen Whether it goes on with a stream. */
  start(transport: Transport, wasOpen: boolean): Attempt
  /** How many milliseconds the next one has to wait at least. */
  delay(): number
}

export function createAttempts(
  source: UrlSource,
  options: ConnectionOptions & { readonly getEventId?: unknown },
  environment: Environment,
  state: ConnectionState,
  gate: DeliveryGate,
  watchdog: SilenceWatchdog,
  listener: AttemptListener,
): Attempts {
  const exchange = createExchange(source, options, environment)
  const { delay } = exchange
  const { hear, before = { wasOpen: false } } = listener
  const { maxMessageSize = DEFAULT_MAX_MESSAGE_SIZE_CHARS } = options

  async function run(attempt: Attempt, wasOpen: boolean): Promise<void> {
    const { transport, controller } = attempt
    const { signal } = controller
    /** What the request needs is loaded, or the app's functions are at work. */
    let isPreparing = true
    /** A request that the transport sends by itself is answered, or over. */
    let settle: (() => void) | undefined
    let ownGap: EventStreamGapReason | undefined
    const isOpen = (): boolean => !!attempt.headers

    const asker: ExchangeListener = {
      onHead: listener.onHead,
      onRequest(url, method) {
        isPreparing = false
        attempt.url = url
        // What goes on with a stream is no other one: its end is as that of the first request.
        if (!wasOpen || !options.mayGoOn) listener.onMethod(method)
        listener.onRequest(url)
      },
    }

    function prepare(): AttemptContext {
      signal.throwIfAborted()
      isPreparing = true
      // What waits is delivered all the same: it is not to come again. (Ids in the data are not known yet.)
      if (gate.isEmpty() || options.getEventId) before.receivedId = undefined
      attempt.sentId = before.receivedId ?? state.lastEventId
      return { lastEventId: attempt.sentId, attempt: state.attempt, wasOpen, signal }
    }

    function onOpen(answer: TransportAnswer, gap = ownGap): void {
      if (signal.aborted) return
      if (isOpen()) {
        // A further answer is a sign of life.
        watchdog.activity()
        listener.onAskedAgain(gap)
      }
      settle?.()
      attempt.openedAt = environment.now()
      attempt.headers = answer.headers
      hear('accepted', answer, gap)
    }

    function onOverflow(limit = maxMessageSize): void {
      if (signal.aborted) return
      const isEnough = gate.hurry() && intake.waiting() <= MAX_EXCESS * limit
      // A handler may have left the stream.
      if (!isEnough && !signal.aborted) listener.onOverflow()
    }

    /** The end of an open stream comes after all that came before. */
    function tell(...end: Parameters<typeof hear>): void {
      if (signal.aborted) return
      settle?.()
      gate.begin()
      if (isOpen()) gate.pass(() => signal.aborted || hear(...end))
      else hear(...end)
    }

    const intake = createMessageIntake(signal, gate, watchdog, {
      ...listener,
      onActivity() {
        state.lastActivityAt = environment.now()
        attempt.isFlowing ||= state.lastActivityAt - attempt.openedAt > MAX_BURST_MS
        gate.begin()
        watchdog.activity()
        listener.onActivity()
      },
      onReceivedId: (id) => (before.receivedId = id),
      onLastEventId: (id) => (state.lastEventId = ownText(id)),
      onNews(news) {
        if (signal.aborted) return
        if (news !== true) hear('lost', news)
        else if (state.lastEventId !== attempt.sentId) listener.onProgress()
      },
    })

    try {
      // Awaiting takes the app's functions out of the effect that asked for the connection, too.
      await listener.whenKnown()
      if (signal.aborted) return
      isPreparing = false
      await transport.connect({
        ...intake,
        ...{ signal, environment, options, delay, onOpen, whenReady: gate.whenOpen },
        onOverflow,
        onWantedType: (callback) =>
          listener.onWantedType((type) => signal.aborted || callback(type)),
        get lastEventId() {
          return state.lastEventId
        },
        async createRequest(via) {
          const request = await exchange.create(prepare(), asker, {}, via)
          signal.throwIfAborted()
          if (request.isIdUnsent) ownGap = 'unsendable-id'
          settle = exchange.count()
          signal.addEventListener('abort', settle)
          return request
        },
        async ask(asking: Asking, aside?: Aside): Promise<any> {
          const answer = await exchange.ask({ ...prepare(), ...aside }, asker, asking)
          if (aside) return answer
          if (answer) onOpen(answer.response, answer.gap)
          else if (!signal.aborted) hear('noContent', 'closed', 'no-content')
          if (!answer) throw signal.reason
          return answer.response
        },
      })
      if (!isOpen()) throw new EventStreamError('network', 'It ended before it was open.')
      tell('ended')
    } catch (cause) {
      const code = isPreparing ? 'request' : 'network'
      const isOurs = isEventStreamError(cause) && Object.isExtensible(cause)
      tell('lost', isOurs ? cause : new EventStreamError(code, 'Request failed.', { cause }))
    }
  }

  return {
    start(transport, wasOpen) {
      const controller = new AbortController()
      const attempt = {
        controller,
        transport,
        url: undefined,
        sentId: '',
        headers: undefined,
        openedAt: 0,
        isFlowing: false,
      }
      void run(attempt, wasOpen)
      return attempt
    },
    delay,
  }
}
