/** Where in the stream one is: what was delivered, what has been handled, and what may be missing. */
import { warn } from '../diagnostics.ts'
import { fingerprint } from './fingerprint.ts'
import { createReplayFilter } from './replay-filter.ts'
import { absoluteHref } from '../transports/request.ts'
import type { CursorStore } from './cursor-store.ts'
import type { Environment } from '../environment.ts'
import type { EventStreamGapReason } from '../types.ts'
import type { ConnectionOptions, ResumeOptions, UrlSource } from '../options.ts'

export interface ResumePosition {
  /** Gives the id to go on from that an earlier page has left, once. */
  load(): Promise<string | undefined>
  /** The stream is open, for the first time or again: gives why messages may be missing. */
  opened(): EventStreamGapReason | undefined
  /** The server was asked for more, in the middle of a stream: it may repeat something. */
  askedAgain(): void
  /** Delivery stood still, and goes on. */
  resumed(): void
  /** Whether the message with this fingerprint was delivered before; if not, it counts as delivered now. */
  isDuplicate(fingerprint: number): boolean
  /** A message without an id of its own has come: the server cannot know which of them did. */
  arrivedWithoutId(): void
  /** Handlers have run, or still work, for everything up to this id. */
  handled(id: string, work?: readonly PromiseLike<unknown>[]): void
  /** Writes at once what is to be kept. */
  flush(): void
}

/** @param isResting Whether the stream has ended: nothing is put off then. */
export function createResumePosition(
  key: string | undefined,
  resume: ResumeOptions | undefined,
  environment: Environment,
  isResting: () => boolean,
): ResumePosition {
  const filter = createReplayFilter(environment.now)
  let isLoaded = false
  let store: CursorStore | undefined
  let wasOpen = false
  let gap: EventStreamGapReason | undefined

  return {
    async load() {
      if (isLoaded || !resume?.storage || key === undefined) return undefined
      const onUnavailable = (cause: unknown): void =>
        warn(environment, 'storage-unavailable', `${cause}`)
      try {
        const { createCursorStore } = await import('./cursor-store.ts')
        // Another attempt may have been quicker.
        if (isLoaded) return undefined
        store = createCursorStore(key, resume, environment, isResting, onUnavailable)
      } catch (cause) {
        onUnavailable(cause)
      }
      isLoaded = true
      const restored = store ? store.restore() : { id: '', isExpired: true }
      if (restored?.isExpired) gap = 'expired'
      return gap ? undefined : restored?.id
    },
    opened() {
      if (wasOpen) filter.expectReplay()
      wasOpen = true
      const found = gap
      if (gap === 'expired') gap = undefined
      return found
    },
    askedAgain: filter.expectReplay,
    resumed: filter.resumed,
    isDuplicate: filter.isDuplicate,
    arrivedWithoutId: () => (gap = 'no-id'),
    handled: (id, work) => store?.handled(id, work),
    flush: () => store?.flush(),
  }
}

/**
 * What a position belongs to. Without a key in the options every URL has its own, and shows nothing of it: the query
 * may hold a token. Undefined while there is no URL to know.
 */
export function positionKey(
  source: UrlSource | null,
  { resume = {}, baseURL }: ConnectionOptions,
  environment: Environment,
  identity?: string | null,
): string | undefined {
  const { key, storage } = resume
  /** Nobody goes on where somebody else was, and the storage does not show who that is. */
  const owned = (name: string): string =>
    identity == null ? name : `${name}:${fingerprint(identity)}`
  if (source === null) return undefined
  if (typeof key === 'string') return owned(key)
  if (!key && !storage) return undefined
  if (typeof source === 'function') {
    warn(environment, 'resume-without-key', 'url is a function')
    return undefined
  }
  const href = absoluteHref(`${source}`, baseURL, environment)
  if (href === undefined) return undefined
  return owned(key ? key(href) : `${fingerprint(href)}`)
}
