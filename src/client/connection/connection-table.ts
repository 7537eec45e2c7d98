/**
 * The life of one connection as a table: what is done on each event, in each phase. A cell that is missing does not
 * compile. What is not in it, a pause, lies over every phase: nothing is read, and the status is `paused`.
 *
 * Whatever happens, these hold; tests name them by their number:
 *
 * - I1: at most one attempt or connection is there at any time. (With `renew` it has two requests for a moment.)
 * - I2: the status is `open` exactly while a good head is there, its body is not over, and nobody paused. (With `renew`: or it is over
 *   for at most 2 s, or unread, while the request that takes its place is under way.)
 * - I3: nothing of an attempt that was left reaches the app.
 * - I4: at rest (`idle`, `closed`, `failed`) there is no timer, no request and no listener.
 * - I5: `retryAt` is set exactly while an attempt is waited for.
 * - I6: `error` is null while the stream is open, and when it rests or is away on purpose.
 * - I7: every id is handled once and in order, or there is a gap.
 * - I8: no server makes the client send more than 25 requests in 2 seconds.
 * - I9: a request that is not safe is sent once, unless the app asks for more.
 * - I10: a reconnect sends the id that was received last, or there is a gap.
 * - I11: while a stream is handed over to its next connection nothing of its state changes but the cursor and the counts, and no
 *   callback hears of it.
 */

export const Phase = {
  /** `idle`, `closed`, `failed`. */
  RESTING: 0,
  /** An attempt is under way, its head is not there. */
  CONNECTING: 1,
  OPEN: 2,
  /** Until the time of the next attempt. */
  WAITING: 3,
  /** Given up until the page is back, or the app takes messages again. */
  AWAY: 4,
} as const

export type Phase = (typeof Phase)[keyof typeof Phase]

/** What is done. The verbs are the standard's where it has them: announce, reestablish. */
export type Verb =
  | 'begin'
  | 'connect'
  | 'reopen'
  | 'restart'
  | 'hurry'
  | 'announce'
  | 'progress'
  | 'doubt'
  | 'reestablish'
  | 'finish'
  | 'suspend'
  | 'comeBack'
  | 'end'

type Row = readonly [resting: Act, connecting: Act, open: Act, waiting: Act, away: Act]
/** Takes what is known of the event. */
type Act = (...details: never[]) => void

/** What can happen to a connection: the app, the server, time, the page, and the one that reads. */
export type Signal =
  | ('open' | 'reconnect' | 'close')
  | ('accepted' | 'noContent' | 'lost' | 'ended' | 'complete')
  | ('due' | 'stable')
  | ('online' | 'visible' | 'wake' | 'leave' | 'return')
  | ('held' | 'released')

const stay = (): void => {}

/** A column for each phase, in their order. */
// oxfmt-ignore
export function createConnectionTable({
  begin, connect, reopen, restart, hurry, announce, progress, doubt, reestablish, finish, suspend,
  comeBack, end,
}: Readonly<Record<Verb, Act>>): Readonly<Record<Signal, Row>> {
  return {
    // the app     resting  connecting   open         waiting  away
    open:         [begin,   stay,        stay,        stay,    stay],
    reconnect:    [reopen,  reopen,      reopen,      reopen,  reopen],
    close:        [end,     end,         end,         end,     end],
    // the server
    accepted:     [stay,    announce,    stay,        stay,    stay],
    noContent:    [stay,    end,         end,         stay,    stay],
    lost:         [stay,    reestablish, reestablish, stay,    stay],
    ended:        [stay,    stay,        finish,      stay,    stay],
    complete:     [stay,    end,         end,         end,     end],
    // time
    due:          [stay,    stay,        stay,        connect, stay],
    stable:       [stay,    stay,        progress,    stay,    stay],
    // the page
    online:       [stay,    stay,        doubt,       hurry,   stay],
    visible:      [stay,    stay,        stay,        hurry,   stay],
    wake:         [stay,    restart,     doubt,       hurry,   stay],
    leave:        [stay,    suspend,     suspend,     suspend, suspend],
    return:       [stay,    stay,        stay,        stay,    comeBack],
    // the reader
    held:         [stay,    suspend,     suspend,     suspend, stay],
    released:     [stay,    stay,        stay,        stay,    comeBack],
  }
}
