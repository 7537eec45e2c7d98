/** Who takes part: what it is called in the tables, and what the page runs for it. */
import type { PageSetup } from './page-script.ts'

export interface Contender extends Pick<PageSetup, 'component' | 'floor'> {
  /** Asks for events with ids. */
  hasIds?: boolean
  /** Renders once per message: a burst takes seconds, so that there are fewer rounds of it. */
  isSlow?: boolean
}

export const OURS = 'vue-event-stream'
export const UNSLICED = 'vue-event-stream, without slices'
export const OVER_EVENT_SOURCE = 'vue-event-stream, eventSourceTransport()'
export const SHARED = "vue-event-stream, share: 'app'"
export const WITH_IDS = 'vue-event-stream, events with ids'
export const VUEUSE = '@vueuse/core useEventSource'
export const VUEUSE_TEXT = '@vueuse/core useEventSource, without serializer'
export const NATIVE = 'EventSource + ref'
export const LARAVEL = '@laravel/stream-vue'
export const FETCH = '@microsoft/fetch-event-source + ref'
export const NATIVE_FRAMES = 'EventSource + shallowRef once a frame'
export const FETCH_FRAMES = '@microsoft/fetch-event-source + shallowRef once a frame'
export const FLOOR = 'floor: read + decode + parse + JSON'

export const CONTENDERS: Readonly<Record<string, Contender>> = {
  [VUEUSE]: { component: 'VueUse', isSlow: true },
  [VUEUSE_TEXT]: { component: 'VueUseText', isSlow: true },
  [LARAVEL]: { component: 'Laravel', isSlow: true },
  [NATIVE]: { component: 'Native', isSlow: true },
  [FETCH]: { component: 'FetchEventSource' },
  [NATIVE_FRAMES]: { component: 'NativeFrames' },
  [FETCH_FRAMES]: { component: 'FetchEventSourceFrames' },
  [OURS]: { component: 'Ours' },
  [UNSLICED]: { component: 'OursUnsliced' },
  [OVER_EVENT_SOURCE]: { component: 'OursEventSource' },
  [SHARED]: { component: 'OursShared' },
  [WITH_IDS]: { component: 'Ours', hasIds: true },
  'floor: read': { floor: 'read' },
  'floor: read + decode': { floor: 'decode' },
  'floor: read + decode + parse': { floor: 'parse' },
  [FLOOR]: { floor: 'json' },
}

/** What must deliver everything: the library and the floor. What others lose is shown. */
export const mustDeliver = (name: string): boolean =>
  name.startsWith(OURS) || !!CONTENDERS[name]!.floor
