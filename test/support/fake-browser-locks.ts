/** Web Locks in memory, for several tabs in one process. @see https://w3c.github.io/web-locks/ */

interface Request {
  readonly name: string
  readonly owner: string
  grant(): Promise<unknown>
  reject(reason: unknown): void
}

export interface FakeLocks {
  /** What `navigator.locks` is in this tab. */
  of(owner: string): LockManager
  /** The tab is gone: what it holds and waits for, too. */
  drop(owner: string): void
  /** Who holds, and who waits, as `tab: name`. */
  held(): string[]
  pending(): string[]
}

/** @param deliver Runs a callback of a tab when that tab can run. */
export function createFakeLocks(deliver: (owner: string, run: () => void) => void): FakeLocks {
  const holders = new Map<string, Request>()
  let queue: Request[] = []
  const gone = new Set<string>()

  function next(name: string): void {
    if (holders.has(name)) return
    const request = queue.find((waiting) => waiting.name === name)
    if (!request) return
    queue = queue.filter((waiting) => waiting !== request)
    hold(request)
  }

  function hold(request: Request): void {
    holders.set(request.name, request)
    deliver(request.owner, () => {
      if (holders.get(request.name) !== request) return
      void request.grant().finally(() => {
        if (holders.get(request.name) !== request) return
        holders.delete(request.name)
        next(request.name)
      })
    })
  }

  function ask(
    owner: string,
    name: string,
    { signal, steal, ifAvailable }: LockOptions,
    callback: (lock: Lock | null) => unknown,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (gone.has(owner)) return
      if (signal && (steal || ifAvailable)) throw new DOMException('', 'NotSupportedError')
      if (signal?.aborted) throw signal.reason
      const lock = { name, mode: 'exclusive' } as Lock
      const onAbort = (): void => {
        queue = queue.filter((waiting) => waiting !== request)
        reject(signal!.reason)
      }
      const request: Request = {
        name,
        owner,
        reject,
        async grant() {
          signal?.removeEventListener('abort', onAbort)
          try {
            resolve(await callback(lock))
          } catch (error) {
            reject(error)
          }
        },
      }
      if (steal) {
        const robbed = holders.get(name)
        const reason = new DOMException('Stolen', 'AbortError')
        if (robbed) deliver(robbed.owner, () => robbed.reject(reason))
        return hold(request)
      }
      if (ifAvailable) {
        const isFree = !holders.has(name) && !queue.some((waiting) => waiting.name === name)
        if (isFree) return hold(request)
        return deliver(owner, () => resolve(callback(null)))
      }
      signal?.addEventListener('abort', onAbort)
      queue.push(request)
      next(name)
    })
  }

  const list = (requests: Iterable<Request>): string[] =>
    Array.from(requests, ({ owner, name }) => `${owner}: ${name}`)

  return {
    of: (owner) =>
      ({
        request: (name: string, ...rest: [LockOptions, () => unknown] | [() => unknown]) =>
          rest.length === 1 ? ask(owner, name, {}, rest[0]) : ask(owner, name, rest[0], rest[1]),
        query: () =>
          Promise.resolve({
            held: Array.from(holders.values(), ({ name, owner: clientId }) => ({ name, clientId })),
            pending: queue.map(({ name }) => ({ name })),
          }),
      }) as unknown as LockManager,
    drop(owner) {
      gone.add(owner)
      queue = queue.filter((waiting) => waiting.owner !== owner)
      for (const [name, request] of holders) {
        if (request.owner !== owner) continue
        holders.delete(name)
        next(name)
      }
    },
    held: () => list(holders.values()),
    pending: () => list(queue),
  }
}
