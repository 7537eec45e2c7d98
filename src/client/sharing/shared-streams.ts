/** The shared streams of an app, and who goes to which. Loaded on demand: only who shares pays for it. */
import { createConnection } from '../connection/connection.ts'
import { warn } from '../diagnostics.ts'
import { fingerprint } from '../position/fingerprint.ts'
import { absoluteHref, withoutQuery } from '../transports/request.ts'
import { appKey, createReferences, tabsName } from './share-key.ts'
import { createSharedStream } from './shared-stream.ts'
import { createSubscription } from './subscription.ts'
import { createTabSharing } from './tab-sharing.ts'
import type { Connection, CreateConnection } from '../connection/connection-types.ts'
import type { Environment } from '../environment.ts'
import type { SharedOptions } from './share-key.ts'
import type { Place, SharedStream } from './shared-stream.ts'
import type { TabSharing } from './tab-sharing.ts'
import type { Joined } from './subscription.ts'

/** Makes the connection that tabs have together under a name. */
export type CreateTabConnection = (
  ...args: [...Parameters<CreateConnection>, name: string]
) => Connection

export interface SharedStreams extends TabSharing {
  /** How many of them are in use. */
  count(): number
  /**
   * A part in the stream that serves this URL and these options.
   * @param createTabConnection Where the tabs of the browser share as well.
   */
  subscribe(
    options: SharedOptions,
    createTabConnection: CreateTabConnection | undefined,
    ...args: Parameters<CreateConnection>
  ): Connection
  /** Ends all, at once. */
  dispose(): void
}

/** @param onChange `count()` may have changed. */
export function createSharedStreams(onChange: () => void): SharedStreams {
  /** By what they have in common: several, where one began too early for who came late. */
  const groups = new Map<string, Set<SharedStream>>()
  const reference = createReferences()
  /** The same key, but for functions that are not the same and read alike. Filled in development only. */
  const alike = new Map<string, number>()

  /** A stream of the group that can serve, or a new one. */
  function find(
    key: string,
    place: Place,
    isAcrossTabs: boolean,
    create: (onChange: () => void) => SharedStream,
  ): Joined {
    const group = groups.get(key) ?? new Set<SharedStream>()
    const gap = !place.isFresh && place.hasNoIds ? 'no-id' : undefined
    // The one that it was in knows best what it has had.
    const before = place.stream && group.has(place.stream) ? [place.stream] : []
    for (const stream of [...before, ...group]) {
      const next = stream.find(place)
      const isBefore = stream === place.stream
      if (next !== undefined) return { stream, next, gap: isBefore ? undefined : gap }
    }
    const [first] = group
    // Nobody can ask for what it has missed: there is no id to go on after, or there is one connection for all.
    const isBeyondReach = isAcrossTabs || (!place.isFresh && place.lastEventId === '')
    if (first && isBeyondReach) return { stream: first, next: first.log.end(), gap: gap ?? 'late' }
    // As does one that has ended.
    const next = place.stream?.find(place)
    const stream = next === undefined ? create(() => onStreamChange(key, stream)) : place.stream!
    return next === undefined ? { stream, next: 0, gap } : { stream, next, gap: undefined }
  }

  function onStreamChange(key: string, stream: SharedStream): void {
    const group = groups.get(key)
    if (stream.client.status !== 'closed') groups.set(key, (group ?? new Set()).add(stream))
    else if (group?.delete(stream) && group.size === 0) groups.delete(key)
    onChange()
  }

  return {
    ...createTabSharing(),
    count() {
      let sum = 0
      for (const group of groups.values()) for (const { isInUse } of group) if (isInUse) sum++
      return sum
    },
    subscribe(options, createTabConnection, source, { identity }, environment, ...rest) {
      const [state, gate, listener] = rest
      const { after, debug } = environment
      const log = debug && ((text: string): void => debug(`(shared) ${text}`))
      const all = { ...options, identity, environment: { ...options.environment, debug: log } }
      const isKnown = typeof source !== 'function'
      const href = isKnown && absoluteHref(`${source}`, options.baseURL, environment)
      const url = withoutQuery(href || '')
      const name = createTabConnection && tabsName(`${source}`, all, environment)
      const key = name ?? appKey(source!, all, environment, reference)
      const create: CreateConnection = name
        ? (...args) => createTabConnection!(...args, name)
        : createConnection
      warn(environment, 'unshared-streams', url, () => {
        const print = fingerprint(appKey(source!, all, environment, String))
        for (const other of alike.keys()) if (!groups.has(other)) alike.delete(other)
        alike.delete(key)
        const isAlike = [...alike.values()].includes(print)
        alike.set(key, print)
        return isAlike
      })
      const join = (place: Place): Joined =>
        find(key, place, !!name, (onChanged) => {
          const logRole = createRoleLog(name ? log : undefined, url)
          const stream = createSharedStream(source!, place, all, after, create, !!name, () => {
            logRole(stream)
            onChanged()
          })
          return stream
        })
      return createSubscription(url, join, options, environment.now, state, gate, listener)
    },
    dispose() {
      for (const group of groups.values()) for (const stream of group) stream.end()
    },
  }
}

/** Tells of each change whether this tab leads those that share, or follows. */
function createRoleLog(log: Environment['debug'], url: string): (stream: SharedStream) => void {
  let told: string | undefined
  return ({ client: { transport } }) => {
    const role = transport === 'tabs' ? 'follows' : 'leads'
    if (transport === null || role === told) return
    told = role
    log?.(`${url} ${role}`)
  }
}
