/** Text that a server writes while one reads: the answer of a language model to a POST, and what else comes in pieces. */
import { isClient, tryOnScopeDispose } from '@vueuse/core'
import { computed, shallowReadonly, shallowRef, toRef, toValue } from 'vue'
import { fetchTransport } from '../client/transports/fetch-transport.ts'
import { INITIAL_STATE } from '../client/stream-client.ts'
import { isAtRest } from '../client/connection/status.ts'
import { STREAM_INTERNALS } from './stream-internals.ts'
import { createBodyHeaders, toRequestBody } from './request-body.ts'
import { useEventStream } from './use-event-stream.ts'
import type { MaybeRefOrGetter, ShallowRef } from 'vue'
import type { MessageQueueOptions } from '../client/delivery/message-queue.ts'
import type { EventStreamState, Message, StreamChange } from '../client/types.ts'
import type { EventStreamError } from '../protocol/errors.ts'
import type { UseEventStreamOptions } from './options.ts'
import type { MessageSource } from './stream-internals.ts'
import type { UseEventStreamReturn } from './use-event-stream.ts'
import type { UseMessageQueueReturn } from './use-message-queue.ts'

type ReadonlyRef<T> = Readonly<ShallowRef<T>>

/** The options of a stream, but for those that would send a request unasked. */
export interface UseTextStreamOptions<Events extends object = Record<string, any>> extends Omit<
  UseEventStreamOptions<Events>,
  'body' | 'enabled' | 'identity' | 'immediate' | 'queue' | 'renew' | 'share'
> {
  /** POST unless given. */
  method?: string
  /** As of any stream, but a minute: a model may think for long before its server sends anything. @default 60_000 */
  connectTimeout?: number
  /**
   * The piece of text that a message brings; anything but a text is none. By default the data itself, which is then not
   * decoded.
   */
  pick?: (message: Message<NoInfer<Events>>) => string | null | undefined
  /** The bounds of `messages`. */
  queue?: MessageQueueOptions
}

/** What has become of one `send()`. */
export interface TextStreamResult {
  /** All of the text, or as much as came. */
  readonly text: string
  /** Whether it came to its end: not stopped, superseded or broken off. */
  readonly isComplete: boolean
  /** Why it is not complete; null when it was stopped, or superseded by another one. */
  readonly error: EventStreamError | null
}

type StateRefs<Events extends object> = Pick<
  UseEventStreamReturn<Events>,
  keyof EventStreamState | 'message'
>

/** A text in the making: readonly refs of it and of its stream, and what can be done with it. */
export interface UseTextStreamReturn<Events extends object = Record<string, any>>
  extends
    StateRefs<Events>,
    Pick<UseEventStreamReturn<Events>, 'on' | 'once' | 'pause' | 'resume'>,
    MessageSource<Events> {
  /** What has come of it, written once per flush (a frame, by default), and whole before `status` says that it is over. */
  readonly text: ReadonlyRef<string>
  /** The messages of the last `send()`, bounded, from the first look at it on. */
  readonly messages: UseMessageQueueReturn<Message<Events>>['messages']
  /** Whether it is under way: from the request to the end, pauses and reconnects included. */
  readonly isStreaming: ReadonlyRef<boolean>
  /**
   * Asks for a text. What was under way is superseded: nothing of it arrives any more. Left out, the body is that of the
   * last time, which asks for the same once more.
   *
   * Never rejects: see what it resolves with, or `status` and `error`. On the server it sends nothing. In the set-up of a
   * component it sends when that is mounted, so that it cannot be awaited there.
   *
   * @param body Plain objects and arrays are sent as JSON, as they are now; anything else as `fetch` takes it.
   */
  send(body?: BodyInit | object | null): Promise<TextStreamResult>
  /** Ends it, and keeps what has come of it. */
  stop(): void
}

/**
 * Sends a POST for each `send()`, and shows the text that streams back as it grows. A cut is never answered with the same
 * request again: with `resume.request` the server is asked for the rest, else the status is `failed` and the text stays.
 *
 * Built on `useEventStream`: the same options, status, errors, handlers, plugin, scopes and server rendering. Give `until`
 * where the server says that it is done: only then an answer that was cut off cleanly is told from one that is whole.
 *
 * @param url Looked at with each `send()`.
 * @param options Read once.
 * @example
 * const { text, isStreaming, error, send, stop } = useTextStream('/api/chat', {
 *   pick: ({ data }) => data.choices?.[0]?.delta.content,
 *   until: '[DONE]',
 * })
 * await send({ stream: true, messages: [{ role: 'user', content: 'How are you?' }] })
 */
export function useTextStream<Events extends object = Record<string, any>>(
  url: MaybeRefOrGetter<string | URL>,
  options: UseTextStreamOptions<Events> = {},
): UseTextStreamReturn<Events> {
  const { pick = ownText, queue, resume = {}, reconnect } = options
  const {
    method = 'POST',
    connectTimeout = 60_000,
    decode = options.pick ? 'json' : 'text',
  } = options
  const { transport = fetchTransport, fallback = false } = options
  const target = shallowRef<string | URL | null>(null)
  const shown = shallowRef('')
  const { headers, setJson } = createBodyHeaders(options.headers)
  let body: BodyInit | null | undefined
  let text = ''
  /** The cursor, as the last message had it. */
  let lastEventId = ''
  let settle: ((result: TextStreamResult) => void) | undefined
  let wasOpen = false
  let isOver = !isClient
  let messages: UseTextStreamReturn<Events>['messages'] | undefined

  const stream = useEventStream<Events>(target, {
    ...options,
    ...{ method, connectTimeout, decode, transport, fallback },
    // What is a default of the app's streams must not send a request, nor hold one back: undefined would let it in.
    ...{ enabled: true, identity: null, share: false, resume, isUncounted: true as const },
    ...{ queue: queue ?? (false as never), renew: false as never },
    reconnect: reconnect ?? (resume.request ? undefined : false),
    body: () => body,
    headers,
  })
  const internals = stream[STREAM_INTERNALS]

  stream.on('*', (message) => {
    lastEventId = message.lastEventId
    const piece: unknown = pick(message)
    if (typeof piece !== 'string' || !piece) return
    // Engines keep what was there: it is not copied.
    text += piece
    internals.requestFlush(publish)
  })

  internals.tap(() => {}, [], onChange)
  tryOnScopeDispose(() => {
    isOver = true
    finish()
  })

  /** Before anybody sees it: who watches the status finds all of the text. */
  function onChange(change: StreamChange): void {
    const { status, reason, error } = internals.state
    publish()
    if (status === 'closed') finish(reason === 'complete')
    else if (status === 'failed') finish(false, error)
    if (change !== 'open') return
    // It may be the app's wish that the same is asked for again from its beginning.
    if (wasOpen && !resume.request && !lastEventId) begin()
    wasOpen = true
  }

  function publish(): void {
    shown.value = text
  }

  function begin(): void {
    text = lastEventId = ''
    wasOpen = false
    publish()
    if (queue || messages) stream.queue.clear()
  }

  function finish(isComplete = false, error: EventStreamError | null = null): void {
    settle?.({ text, isComplete, error })
    settle = undefined
  }

  function send(given?: BodyInit | object | null): Promise<TextStreamResult> {
    // A button whose listener it is gives it the event.
    if (given !== undefined && !(given instanceof Event)) {
      const sent = toRequestBody(given)
      body = sent.body
      setJson(sent.isJson)
    }
    const next = toValue(url)
    finish()
    target.value = null
    begin()
    target.value = next
    const result = new Promise<TextStreamResult>((resolve) => (settle = resolve))
    if (isOver) finish()
    else stream.open()
    return result
  }

  return {
    ...stateOf(stream),
    text: shallowReadonly(shown),
    get messages() {
      return (messages ??= toRef(stream.queue, 'messages'))
    },
    isStreaming: computed(() => !isAtRest({ status: stream.status.value })),
    on: stream.on,
    once: stream.once,
    pause: stream.pause,
    resume: stream.resume,
    send,
    stop() {
      if (settle) stream.close()
    },
    [STREAM_INTERNALS]: internals,
  }
}

/** The refs of its state, without looking at its queue: that would make one. */
function stateOf<Events extends object>(stream: UseEventStreamReturn<Events>): StateRefs<Events> {
  const refs: Record<string, unknown> = {}
  for (const name in INITIAL_STATE) refs[name] = stream[name as keyof StateRefs<Events>]
  return refs as unknown as StateRefs<Events>
}

function ownText({ data }: { readonly data: unknown }): string {
  return data as string
}
