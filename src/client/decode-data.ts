/** From the text of a message to its payload. */
import type { EventStreamMessage } from '../protocol/types.ts'
import type { DecodeFunction, Decoding } from './types.ts'

export type Decode = (message: EventStreamMessage) => unknown

/** A map names event types, so only its own keys count: an event may be called `constructor`. */
export function createDecode(
  decoding: Decoding | Record<string, Decoding | undefined> = 'json',
): Decode {
  if (typeof decoding !== 'object') {
    const decode = decodeFunction(decoding)
    return (message) => decode(message.data, message)
  }
  const byType = new Map(
    Object.entries(decoding).map(([type, own]) => [type, decodeFunction(own ?? 'json')]),
  )
  return (message) => (byType.get(message.type) ?? decodeJSON)(message.data, message)
}

function decodeFunction(decoding: Decoding): DecodeFunction {
  if (typeof decoding === 'function') return decoding
  return decoding === 'text' ? (data) => data : decodeJSON
}

/** A message without data is a signal, not broken JSON. */
function decodeJSON(data: string): unknown {
  return data === '' ? undefined : JSON.parse(data)
}
