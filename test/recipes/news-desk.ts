/** Where the news of a recipe are made: the log of this process, or a server of another language. */
import { vi } from 'vitest'
import { news } from './news-log.ts'

export interface NewsDesk {
  publish(headline: string): Promise<void>
  /** How many the server follows up. */
  followers(): Promise<number>
  /** How many events are remembered. */
  readonly capacity: number
  /** As at first, as far as a stream can tell. */
  reset(): Promise<void>
  /** Time for a heartbeat. Called while intervals of this process are fake. */
  beat(): Promise<void>
  /** There will be no more. Not every recipe can say that. */
  end?(): void
}

/** The log that recipes in TypeScript have. */
export const ownDesk: NewsDesk = {
  publish: async (headline) => news.publish(headline),
  followers: async () => news.followers,
  capacity: 3,
  reset: async () => news.clear(),
  beat: async () => void vi.advanceTimersByTime(15_000),
  end: () => news.end(),
}

/** The same, told by the recipe's own `POST /news`. */
export const postedDesk = (url: () => string): NewsDesk => ({
  ...ownDesk,
  publish: (headline) => post(`${url()}/news`, { headline }),
})

export async function post(url: string, body: object): Promise<void> {
  const headers = { 'Content-Type': 'application/json' }
  const { status } = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  if (status !== 204) throw new Error(`${url} answered ${status}`)
}
