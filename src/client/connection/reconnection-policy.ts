/** Whether a lost connection is tried again, and when. */
import { EventStreamError } from '../../protocol/errors.ts'
import { reconnectionTime } from './reconnection-time.ts'
import { isSafeMethod } from '../transports/request.ts'
import type { ConnectionListener } from './connection-types.ts'
import type { Environment } from '../environment.ts'
import type { ConnectionOptions } from '../options.ts'

export interface ReconnectionPolicy {
  /** Whether a connection that fails is tried again. */
  readonly isOn: boolean
  /** Whether a connection that did not fail may be left and opened again: another GET changes nothing. */
  readonly mayReopen: boolean
  /** Whether the end of a stream is a loss; else it is complete. */
  readonly goesOnAfterEnd: boolean
  /** Milliseconds after which an open stream is well again. */
  readonly stableAfter: number
  /** What the request under way asks with: `request` may have changed it. (Not `resume.request`.) */
  method: string | undefined
  /** The server's `retry:` in milliseconds. */
  serverDelay: number
  /** A refused token is asked for anew once, between two times that this is so. */
  mayAskAgain: boolean
  /**
   * How many milliseconds to wait for the next attempt; or the error to end with. Takes the error's `attempt`, and
   * takes `fatal` away when there is a next attempt.
   */
  decide(error: EventStreamError): number | EventStreamError
}

export function createReconnectionPolicy(
  setup: ConnectionOptions,
  { random }: Environment,
  call: ConnectionListener['call'],
): ReconnectionPolicy {
  const { method, reconnect, headers, baseHeaders, request } = setup
  const options = typeof reconnect === 'object' ? reconnect : {}
  const asksForToken = [headers, baseHeaders, request].some((asked) => typeof asked === 'function')

  const policy: ReconnectionPolicy = {
    get isOn() {
      return !!(setup.mayGoOn?.() ?? reconnect ?? isSafeMethod(policy.method))
    },
    get mayReopen() {
      return policy.isOn || isSafeMethod(policy.method)
    },
    get goesOnAfterEnd() {
      return policy.isOn && isSafeMethod(policy.method)
    },
    stableAfter: options.stableAfter ?? 5000,
    method,
    serverDelay: 0,
    mayAskAgain: true,
    decide(error) {
      const { status, code, attempt: failed = 0, retryAfter = 0 } = error
      const answer = call(options.shouldReconnect, error)
      const verdict = typeof answer === 'boolean' ? answer : undefined
      const isRefused = status === 401 || status === 403
      const asksAgain = isRefused && asksForToken && policy.mayAskAgain && verdict !== false
      if (asksAgain) policy.mayAskAgain = false
      else if (!policy.isOn || !(verdict ?? !error.fatal)) return error
      else if (failed >= (options.maxAttempts ?? Infinity)) {
        const text = `${failed} attempts failed.`
        return new EventStreamError('attempts-exhausted', text, { ...error, cause: error })
      }
      Object.assign(error, { fatal: false })
      // A connection that fell silent is replaced at once, a token too; every other way to lose one waits.
      if (asksAgain || (code === 'silence' && failed === 0)) return 0
      return reconnectionTime(options, failed, Math.max(policy.serverDelay, retryAfter), random())
    },
  }
  return policy
}
