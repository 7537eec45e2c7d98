/** What no client can do without: reading, decoding, parsing, JSON. Nothing is kept, and nothing shown. */
import { createEventStreamParser } from 'vue-event-stream/protocol'
import { deliver } from './contender.ts'

/** Each does what the one before it does, and more. */
export type FloorDepth = 'read' | 'decode' | 'parse' | 'json'

/** @returns How many bytes, characters or events there were, so that none of it can be left out. */
export async function runFloor(depth: FloorDepth, url: string): Promise<number> {
  const { body } = await fetch(url)
  const reader = body!.getReader()
  let count = 0
  const take = createTaker(depth, (more) => (count += more))
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return count
    take(value)
  }
}

function createTaker(depth: FloorDepth, add: (more: number) => void): (bytes: Uint8Array) => void {
  if (depth === 'read') return ({ length }) => add(length)
  if (depth === 'decode') {
    const decoder = new TextDecoder()
    return (bytes) => add(decoder.decode(bytes, { stream: true }).length)
  }
  const { feed } = createEventStreamParser({
    onMessage:
      depth === 'parse'
        ? () => add(1)
        : ({ data }) => {
            add(1)
            deliver(JSON.parse(data))
          },
  })
  return feed
}
