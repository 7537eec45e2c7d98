/** The connections of an app: one for each stream, or one for all that ask for the same. */
import { createConnection } from '../connection/connection.ts'
import { isAtRest } from '../connection/status.ts'
import { warn } from '../diagnostics.ts'
import { absoluteHref, withoutQuery } from '../transports/request.ts'
import { createLazyConnection } from './lazy-connection.ts'
import type {
  Connection,
  ConnectionState,
  CreateConnection,
} from '../connection/connection-types.ts'
import type { Environment } from '../environment.ts'
import type { UrlSource } from '../options.ts'
import type { SharedOptions } from './share-key.ts'
import type { SharedStreams } from './shared-streams.ts'

export interface AppConnections {
  /** How many connections the streams stand on at this moment. */
  count(): number
  /** What makes the connections of a stream with these options. */
  of(options: SharedOptions): CreateConnection
  /** Ends all that are shared and there, at once. */
  dispose(): void
}

/** So many of the six that a browser has leave too few for a second tab. */
const MANY = 4

/** @param onChange `count()` may have changed. */
export function createAppConnections(onChange: () => void = () => {}): AppConnections {
  /** The connections that are one stream's own, by its state; their URLs in development only. */
  const own = new Map<ConnectionState, string>()
  let shared: SharedStreams | undefined

  const createOwn: CreateConnection = (source, options, environment, state, ...rest) => {
    const [gate, listener, hasCompletion] = rest
    function onStatus(): void {
      if (isAtRest(state)) forget(state)
      else note(state, source, options, environment)
      listener.onStatus()
    }
    const heard = { ...listener, onStatus }
    const args = [source, options, environment, state, gate, heard, hasCompletion] as const
    const connection = createConnection(...args)
    return {
      ...connection,
      dispose() {
        forget(state)
        connection.dispose()
      },
    }
  }

  function note(
    state: ConnectionState,
    source: UrlSource | null,
    options: SharedOptions,
    environment: Environment,
  ): void {
    if (own.has(state)) return
    own.set(state, '')
    let url = ''
    const isSecond = (): boolean => {
      const isKnown = source !== null && typeof source !== 'function'
      url = (isKnown && absoluteHref(`${source}`, options.baseURL, environment)) || ''
      // Once for each URL: the third one is no news.
      const isNews = [...own.values()].filter((other) => other === url).length === 1
      own.set(state, url)
      return url !== '' && isNews && isShareable({ ...options, share: 'app' })
    }
    warn(environment, 'unshared-streams', () => withoutQuery(url), isSecond)
    const isTooManyNow = (): boolean => isTooMany(url, environment)
    warn(environment, 'many-streams', () => `${own.size}`, isTooManyNow)
    onChange()
  }

  /** The server is the page's own, so that it is known how they speak. Told once: with this number, and not with more. */
  function isTooMany(url: string, { baseURI, navigation }: Environment): boolean {
    const { origin } = new URL(baseURI()!)
    const isAtHome = (other: string): boolean => other.startsWith(`${origin}/`)
    const atHome = [...own.values()].filter(isAtHome).length
    const isMany = isAtHome(url) && atHome + (shared?.count() ?? 0) === MANY
    return isMany && navigation().protocol === 'http/1.1'
  }

  function forget(state: ConnectionState): void {
    if (own.delete(state)) onChange()
  }

  return {
    count: () => own.size + (shared?.count() ?? 0),
    of(options) {
      if (!isShareable(options)) return createOwn
      return (...args) => {
        const [source, { identity }, environment, state, gate, listener] = args
        if (source === null) return createOwn(...args)
        async function load(whenLate: Promise<void>): Promise<Connection> {
          // Side by side; the other one looks whether tabs can share, and what has come of it.
          const tabs = options.share === 'tabs' ? import('../tabs/tab-connection.ts') : undefined
          tabs?.catch(() => {})
          await listener.load()
          const { createSharedStreams } = await import('./shared-streams.ts')
          shared ??= createSharedStreams(onChange)
          const createTabConnection = await shared.whenTabsLoaded(
            tabs,
            source!,
            identity,
            environment,
            whenLate,
          )
          return shared.subscribe(options, createTabConnection, ...args)
        }
        const createAlone = (): Connection => createOwn(...args)
        return createLazyConnection(load, createAlone, options, environment, state, gate, listener)
      }
    },
    dispose: () => shared?.dispose(),
  }
}

/** Whether a stream can be shared at all: a request that has effects, or is the app's own, is sent for one. */
function isShareable({ share, method = 'GET', request, body, resume }: SharedOptions): boolean {
  return !!share && /^get$/i.test(method) && !request && !body && !resume?.request
}

/** Of the page: for streams that no app has made. */
export const pageConnections: AppConnections = /* @__PURE__ */ createAppConnections()
