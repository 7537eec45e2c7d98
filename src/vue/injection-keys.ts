/** What the plugin provides, and how the composables find it. */
import type { InjectionKey } from 'vue'
import type { EventStreamClient } from '../client/types.ts'
import type { EventStreamsOptions } from './options.ts'

/** One app's streams. */
export interface EventStreamsContext {
  /** The defaults of the app's streams. */
  readonly options: EventStreamsOptions
  /** The app's streams that live: they end with the app. Without an app there is nothing to end with. */
  readonly clients?: Set<Pick<EventStreamClient, 'close'>>
}

/** Provided per app: two apps on a page, with a plugin each, do not meet. */
export const EVENT_STREAMS_KEY: InjectionKey<EventStreamsContext> = Symbol('stream')
