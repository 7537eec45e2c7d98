/** Calls functions of the app, whatever they do. */

/**
 * Gives what the function returns. It may fail now or later: it may be asynchronous, but nobody waits for it.
 * @param onFailure Is told of whose call, too.
 */
export function survive<Args extends unknown[], Result>(
  fn: ((...args: Args) => Result) | undefined,
  args: Args,
  onFailure: (cause: unknown, args: Args) => void,
): Result | undefined {
  try {
    const result = fn?.(...args)
    if (isThenable(result)) Promise.resolve(result).catch((cause) => onFailure(cause, args))
    return result
  } catch (cause) {
    onFailure(cause, args)
    return undefined
  }
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined)?.then === 'function'
}
