/** What the plugin provides, and how the composables find it. */
import type { AppConnections } from '../client/sharing/app-connections.ts'
import type { EventStreamClient, EventStreamState } from '../client/types.ts'
import type { InjectionKey, ShallowRef } from 'vue'
import type { EventStreamsOptions } from './options.ts'

/** A stream of the app, as the app sees it. */
export interface AppStream extends Pick<EventStreamClient, 'close' | 'reconnect'> {
  /** `useEventStreamsStatus` leaves it alone. */
  readonly isUncounted?: true | undefined
  /** Reactive. */
  readonly state: Pick<EventStreamState, 'status' | 'reason' | 'retryAt'>
}

/** One app's streams. */
export interface EventStreamsContext {
  /** The defaults of the app's streams. */
  readonly options: EventStreamsOptions
  /** The app's streams that live, reactive: they end with the app. Without an app there is nothing to end with. */
  readonly streams?: Set<AppStream>
  /** What those streams stand on. Left out, the client knows one for all that are in no app. */
  readonly connections?: AppConnections
  /** How many they are, reactive. */
  readonly connectionCount?: Readonly<ShallowRef<number>>
}

/** Provided per app: two apps on a page, with a plugin each, do not meet. Vue's warning names it. */
export const EVENT_STREAMS_KEY: InjectionKey<EventStreamsContext> = Symbol('createEventStreams()')
