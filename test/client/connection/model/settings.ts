/** What one run of the model is set to: the app's options, and the habits of its server and its platform. */
import fc from 'fast-check'
import { fetchTransport } from '../../../../src/client/transports/fetch-transport.ts'
import type { EventStreamClientOptions } from '../../../../src/client/options.ts'

// Loaded on demand: here it is there from the start.
await import('../../../../src/client/connection/transport-choice.ts')

export interface Settings {
  readonly method: 'GET' | 'POST'
  /** `insist` and `refuse`: what `shouldReconnect` says to every error; `few`: three attempts. */
  readonly reconnect: 'default' | 'on' | 'off' | 'insist' | 'refuse' | 'few'
  readonly via: 'header' | 'query' | 'both'
  readonly silenceTimeout: 'auto' | number
  readonly whenHidden: 'keep' | 'disconnect'
  /** `headers` is a function: a 401 gets another try. */
  readonly hasHeadersFunction: boolean
  /** Both URLs are one stream. */
  readonly hasKey: boolean
  /** The app starts with a cursor: in the middle of the log. */
  readonly hasCursor: boolean
  readonly hasUntil: boolean
  readonly dedupe: boolean
  readonly isCrossOrigin: boolean
  /** The server repeats the id it was sent as `Mercure-Last-Event-ID`. */
  readonly echoesId: boolean
  /** Aborting does nothing to requests: answers to old ones come late. */
  readonly honoursSignal: boolean
  readonly chance: number
  /** Milliseconds that a handler takes: then the page gets its turn between them. */
  readonly work: number
  /** There is another transport to go over to. It streams, too. */
  readonly hasFallback: boolean
}

/** How often one comes for each of the others. */
const mostly = <T>(usual: T, ...others: T[]): fc.Arbitrary<T> =>
  fc.oneof(
    { weight: 3 * others.length, arbitrary: fc.constant(usual) },
    { weight: others.length, arbitrary: fc.constantFrom(...others) },
  )

export const anySettings: fc.Arbitrary<Settings> = fc.record({
  method: mostly<Settings['method']>('GET', 'POST'),
  reconnect: mostly<Settings['reconnect']>('default', 'on', 'off', 'insist', 'refuse', 'few'),
  via: mostly<Settings['via']>('header', 'query', 'both'),
  silenceTimeout: mostly<Settings['silenceTimeout']>('auto', 20_000, 0),
  whenHidden: fc.constantFrom<Settings['whenHidden']>('keep', 'disconnect'),
  hasHeadersFunction: fc.boolean(),
  hasKey: mostly(false, true),
  hasCursor: mostly(false, true),
  hasUntil: mostly(false, true),
  dedupe: mostly(true, false),
  isCrossOrigin: fc.boolean(),
  echoesId: fc.boolean(),
  honoursSignal: fc.boolean(),
  chance: fc.constantFrom(0, 0.5, 0.999),
  work: mostly(0, 5),
  hasFallback: mostly(false, true),
})

/** What ends a stream with `until`. */
export const LAST_DATA = '[DONE]'
export const MAX_ATTEMPTS = 3
/** The names of the transports. */
export const FIRST = 'fetch'
export const OTHER = 'other'
/** Its message says that not everything could be replayed. */
export const GAP_EVENT = 'lost-history'

export function toOptions(settings: Settings): EventStreamClientOptions {
  const { method, reconnect, via, silenceTimeout, whenHidden, dedupe } = settings
  return {
    ...{ method, silenceTimeout, whenHidden, dedupe },
    reconnect: {
      ...{ default: undefined, on: true, off: false, few: { maxAttempts: MAX_ATTEMPTS } },
      insist: { shouldReconnect: () => true },
      refuse: { shouldReconnect: () => false },
    }[reconnect],
    resume: { via, gapEvent: GAP_EVENT, ...(settings.hasKey && { key: 'one stream' }) },
    ...(settings.hasHeadersFunction && { headers: () => ({ Authorization: 'Bearer token' }) }),
    ...(settings.hasCursor && { initialLastEventId: 'a-1' }),
    ...(settings.hasUntil && { until: LAST_DATA }),
    ...(settings.hasFallback && {
      fallback: { transport: { ...fetchTransport, name: OTHER } },
    }),
  }
}

/** Losses are made good, unless an error is final. */
export function mayRepeat({ method, reconnect }: Settings): boolean {
  return reconnect === 'default' ? method === 'GET' : reconnect !== 'off'
}

/** The page may leave it and come back: nothing is done twice. */
export function mayBeReopened(settings: Settings): boolean {
  return settings.method === 'GET' || mayRepeat(settings)
}
