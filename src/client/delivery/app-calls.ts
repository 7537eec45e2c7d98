/** Calls to the app: whatever its functions do, the stream goes on, and nothing is swallowed. */
import { EventStreamError } from '../../protocol/errors.ts'
import { survive } from './survive.ts'
import type { Environment } from '../environment.ts'

export interface AppCalls {
  /** Calls a function of the app, and gives what it returns. */
  call<Args extends unknown[], Result>(
    fn: ((...args: Args) => Result) | undefined,
    ...args: Args
  ): Result | undefined
  /** The last place an error can go to: a failing `onError` goes to the platform. */
  onError(error: EventStreamError): void
}

export function createAppCalls(
  ownOnError: ((error: EventStreamError) => unknown) | undefined,
  { reportError }: Environment,
  log: ((text: string) => void) | undefined,
): AppCalls {
  function onError(error: EventStreamError): void {
    log?.(`error: ${error.code}`)
    survive(ownOnError, [error], (cause) => reportError(cause))
  }

  function onFailure(cause: unknown, args: readonly unknown[]): void {
    const { type } = (args.at(-1) ?? {}) as { type?: string }
    if (!ownOnError) reportError(cause)
    else onError(new EventStreamError('handler', 'Handler failed.', { type, cause }))
  }

  return {
    onError,
    call: (fn, ...args) => fn && survive(fn, args, onFailure),
  }
}
