/** What an app's own server streams: a log that can be followed from any of its last events. */

export interface NewsEvent {
  id?: string
  type: string
  payload: unknown
}

export interface NewsLog {
  publish(headline: string): void
  /** There will be no more. */
  end(): void
  /** Whether who has this id has everything that there will ever be. */
  isOver(lastEventId: string | null | undefined): boolean
  /** What came after it, and what comes; `history-lost` where that is not all. Until the signal, or the end. */
  after(lastEventId: string | null | undefined, signal: AbortSignal): AsyncIterable<NewsEvent>
  /** How many follow it. */
  readonly followers: number
  /** Begins anew. */
  clear(): void
}

/** @param capacity How many events it remembers. */
export function createNewsLog(capacity: number): NewsLog {
  const waiting = new Set<() => void>()
  let events: NewsEvent[] = []
  let count = 0
  let followers = 0
  let isEnded = false

  function wake(): void {
    for (const resolve of waiting) resolve()
    waiting.clear()
  }

  return {
    publish(headline) {
      events.push({ id: String(++count), type: 'headline', payload: { headline } })
      if (events.length > capacity) events.shift()
      wake()
    },
    end() {
      isEnded = true
      wake()
    },
    isOver: (lastEventId) => isEnded && Number(lastEventId ?? 0) === count,
    async *after(lastEventId, signal) {
      let told = Number(lastEventId ?? count)
      signal.addEventListener('abort', wake)
      followers++
      try {
        while (!signal.aborted) {
          const first = count - events.length
          const isKnown = told >= first && told <= count
          const next = events[told - first]
          if (!isKnown) {
            told = first
            yield { type: 'history-lost', payload: {} }
          } else if (next) {
            told++
            yield next
          } else if (isEnded) return
          else await new Promise<void>((resolve) => waiting.add(resolve))
        }
      } finally {
        followers--
      }
    },
    get followers() {
      return followers
    },
    clear() {
      events = []
      count = 0
      isEnded = false
    },
  }
}

/** The app's. */
export const news = createNewsLog(3)
