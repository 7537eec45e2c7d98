/** From the text of a message to its payload. */
import { ownText } from './own-text.ts'
import type { EventStreamMessage } from '../../protocol/types.ts'
import type { Decoding } from '../options.ts'

/** In a map only own keys count: an event may be called `constructor`. JSON where nothing else is said. */
export function decodeData(
  message: EventStreamMessage,
  decoding: Decoding | { readonly [type: string]: Decoding | undefined } | undefined,
): unknown {
  const { type, data } = message
  if (typeof decoding === 'object')
    decoding = Object.hasOwn(decoding, type) ? decoding[type] : 'json'
  if (typeof decoding === 'function') return decoding(data, message)
  if (decoding === 'text') return ownText(data)
  // A message without data is a signal, not broken JSON.
  return data === '' ? undefined : JSON.parse(data)
}
