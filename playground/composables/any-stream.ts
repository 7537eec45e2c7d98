/** A stream of whatever events: for components that look at the connection only. */
import type { UseEventStreamReturn } from 'vue-event-stream'

export type AnyStream = UseEventStreamReturn<any>
