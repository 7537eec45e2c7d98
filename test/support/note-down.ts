/** Notes down what a stream tells the app. */
import type { EventStreamClientOptions } from '../../src/client/options.ts'
import type { GapDetails, Message, OpenDetails } from '../../src/client/types.ts'
import type { EventStreamError } from '../../src/protocol/errors.ts'

export interface Notes {
  /**
   * What the app was told, in order: `open` and `reconnecting network` for a status, `onOpen`, `error network`,
   * `onClose user`, `onGap no-id`; messages where the test says how.
   */
  readonly log: string[]
  readonly errors: EventStreamError[]
  readonly opens: OpenDetails[]
  readonly gaps: GapDetails[]
  /** The payloads of all messages so far. */
  readonly data: unknown[]
  /** Takes the log out, so that the next look shows what is new. */
  takeLog(): string[]
}

export interface NoteOptions {
  /** What the log says of a message; nothing unless given. */
  toText?: (message: Message) => string
  /** A status that is told again, because something else of the state has changed, is noted once. */
  isTerse?: boolean
}

/** Gives the notes, and the options that make them: what these options listen with is called as well. */
export function noteDown(
  options: EventStreamClientOptions,
  { toText, isTerse = false }: NoteOptions = {},
): { notes: Notes; listening: EventStreamClientOptions } {
  const log: string[] = []
  const errors: EventStreamError[] = []
  const opens: OpenDetails[] = []
  const gaps: GapDetails[] = []
  const data: unknown[] = []
  return {
    notes: { log, errors, opens, gaps, data, takeLog: () => log.splice(0) },
    listening: {
      ...options,
      onStatus(status, reason) {
        const text = reason ? `${status} ${reason}` : status
        if (!isTerse || log.at(-1) !== text) log.push(text)
        return options.onStatus?.(status, reason)
      },
      onOpen(details) {
        log.push('onOpen')
        opens.push(details)
        return options.onOpen?.(details)
      },
      onClose(reason) {
        log.push(`onClose ${reason}`)
        return options.onClose?.(reason)
      },
      onGap(details) {
        log.push(`onGap ${details.reason}`)
        gaps.push(details)
        return options.onGap?.(details)
      },
      onError(error) {
        log.push(`error ${error.code}`)
        errors.push(error)
        return options.onError?.(error)
      },
      onMessage(message) {
        if (toText) log.push(toText(message))
        data.push(message.data)
        return options.onMessage?.(message)
      },
    },
  }
}
