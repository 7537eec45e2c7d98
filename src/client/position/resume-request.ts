/** Goes on with a stream in the app's own way, `resume.request`. Loaded only where there is one. */
import type { EventStreamError } from '../../protocol/errors.ts'
import type { ConnectionState } from '../connection/connection-types.ts'
import type { DeliveryGate } from '../delivery/delivery-gate.ts'
import type {
  EventStreamClientOptions,
  RequestContext,
  RequestOverride,
  ResumeContext,
} from '../options.ts'
import type { Message } from '../types.ts'

/** As in `request.ts`, from which nothing is imported: what this file shared with others would be a chunk of its own. */
const SAFE_METHOD = /^(GET|HEAD)$/i

/**
 * Makes the options of a connection such that it is gone on with by `resume.request`. To be called before every attempt.
 * @param createError Of a page that was left.
 */
export function goOnByRequest(
  setup: Pick<
    EventStreamClientOptions,
    'method' | 'request' | 'resume' | 'reconnect' | 'onOpen' | 'mayGoOn'
  >,
  state: ConnectionState & { readonly message: Message<any> | null },
  gate: DeliveryGate,
  createError: () => EventStreamError,
): void {
  const { request, resume, reconnect, onOpen } = setup
  /** Before the first attempt of a connection it is not known how that asks. */
  let { method } = setup
  let wasOpen = false
  /** Of a stream before this one. */
  let lastOfOther: unknown
  let responseHeaders: Headers

  // It is asked for what comes after the last message that was delivered: what waits would come twice.
  if (setup.mayGoOn) return setup.mayGoOn() ? gate.clear() : undefined

  // It says how a stream is gone on with, and only when it is true, that the first request may be sent again.
  setup.mayGoOn = () =>
    reconnect !== false && (wasOpen || reconnect === true || SAFE_METHOD.test(method ?? 'GET'))

  setup.onOpen = (details) => {
    if (details.first) {
      wasOpen = true
      responseHeaders = details.headers
    }
    return onOpen?.(details)
  }

  setup.request = async (context: RequestContext) => {
    if (context.wasOpen) return goOn(context)
    wasOpen = false
    lastOfOther = state.message
    const override = await request?.(context)
    method = override?.method ?? setup.method
    return override
  }

  async function goOn(context: RequestContext): Promise<RequestOverride> {
    const { message, error } = state
    const lastMessage = message === lastOfOther ? null : message
    const read = { method: 'GET', body: null }
    // There is no body that it could be of.
    context.headers.delete('Content-Type')
    const asked: ResumeContext = { ...context, ...read, lastMessage, responseHeaders }
    const override = await resume!.request!(asked)
    if (override) return { ...read, ...override }
    throw Object.assign(error ?? createError(), { fatal: true })
  }
}
