/**
 * Where the client wants to go on: its `Last-Event-ID` header, or `?lastEventId=` for clients that send none.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#the-last-event-id-header
 */
import { LAST_EVENT_ID_HEADER } from 'vue-event-stream/protocol'
import type { Context } from 'hono'

/** Null: from the beginning. The header comes first, because only it moves on when a client reconnects. */
export function readLastEventId(context: Context): string | null {
  const header = context.req.header(LAST_EVENT_ID_HEADER)
  // Clients send the id as UTF-8, and Node hands every byte of a header over as one character.
  const id = header ? Buffer.from(header, 'latin1').toString('utf8') : undefined
  return id || context.req.query('lastEventId') || null
}
