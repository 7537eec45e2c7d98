/** What cannot be had here. */
import { EventStreamError } from '../../protocol/errors.ts'

/** Ends the stream, unless there is a fallback. */
export function unsupported(text: string): EventStreamError {
  return new EventStreamError('unsupported', text, { fatal: true })
}
