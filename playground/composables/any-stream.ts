/** A stream of whatever events: for components that look at the connection only. */
import type { UseEventStreamReturn, UseTextStreamReturn } from 'vue-event-stream'

type EventStream = UseEventStreamReturn<any>

/** A text stream cannot be opened or reconnected by who looks at it: that would ask once more. */
export type AnyStream = Pick<EventStream, keyof EventStream & keyof UseTextStreamReturn> &
  Partial<Pick<EventStream, 'open' | 'close' | 'reconnect'>>
