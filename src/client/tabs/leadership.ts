/** Who leads is who holds the lock of the group. */

export interface Leadership {
  /** Gets in line, unless that is done. */
  request(): void
  /** Takes the lock, whoever holds it. */
  steal(): void
  /** Gives the lock back, or leaves the line. */
  release(): void
  /** Whether the lock is still held here, as far as anybody knows: who did not run for a while may have lost it. */
  isHeld(): Promise<boolean>
  /** How many others are in line. */
  countWaiting(): Promise<number>
  /** Runs this while no other tab does so; not at all when one does. */
  runAlone(run: () => Promise<void>): Promise<void>
}

export interface LeadershipListener {
  /** The lock is held from now on. */
  onGranted(): void
  /** Another tab has taken it. */
  onStolen(): void
  /** There are no locks to be had here. */
  onRefused(error: unknown): void
}

export function createLeadership(
  locks: LockManager,
  name: string,
  { onGranted, onStolen, onRefused }: LeadershipListener,
): Leadership {
  /** Of the request under way, or the lock that is held. */
  let letGo: (() => void) | undefined
  let isWaiting = false
  /** What this tab is called where locks are listed. */
  let ownId: string | undefined

  async function ask(options: LockOptions, onLetGo: () => void): Promise<void> {
    let isOver = false
    let end!: () => void
    const held = new Promise<void>((resolve) => (end = resolve))
    release()
    isWaiting = true
    letGo = () => {
      isOver = true
      onLetGo()
      end()
    }
    try {
      await locks.request(name, options, () => {
        if (isOver) return undefined
        isWaiting = false
        void learnOwnId()
        onGranted()
        return held
      })
    } catch (error) {
      if (isOver) return
      letGo = undefined
      const isStolen = (error as Error | undefined)?.name === 'AbortError'
      if (isStolen) onStolen()
      else onRefused(error)
    }
  }

  async function holderId(): Promise<string | undefined> {
    const { held = [] } = await locks.query()
    return held.find((lock) => lock.name === name)?.clientId
  }

  async function learnOwnId(): Promise<void> {
    ownId = undefined
    ownId = await holderId().catch(() => undefined)
  }

  function release(): void {
    const last = letGo
    letGo = undefined
    last?.()
  }

  return {
    request() {
      if (letGo) return
      const controller = new AbortController()
      void ask({ signal: controller.signal }, () => controller.abort())
    },
    // One that steals takes no signal, and needs none: it is granted at once.
    steal: () => void ask({ steal: true }, () => {}),
    release,
    async isHeld() {
      return ownId === undefined || (await holderId().catch(() => ownId)) === ownId
    },
    async countWaiting() {
      const { pending = [] } = await locks.query().catch(() => ({ pending: [] }))
      const waiting = pending.filter((lock: LockInfo) => lock.name === name).length
      return letGo && isWaiting ? Math.max(0, waiting - 1) : waiting
    },
    async runAlone(run) {
      await locks
        .request(`${name}:steal`, { ifAvailable: true }, (lock) => (lock ? run() : undefined))
        .catch(() => {})
    },
  }
}
