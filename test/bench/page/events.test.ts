import { describe, expect, it } from 'vitest'
import { createEvents, encodeEvents } from '../../../bench/page/events.ts'
import { createEventStreamParser } from '../../../src/protocol/index.ts'
import type { EventStreamMessage } from '../../../src/protocol/index.ts'

function parse(bytes: Uint8Array): { message: EventStreamMessage; hasOwnId: boolean }[] {
  const messages: { message: EventStreamMessage; hasOwnId: boolean }[] = []
  const onMessage = (message: EventStreamMessage, hasOwnId: boolean): void =>
    void messages.push({ message, hasOwnId })
  createEventStreamParser({ onMessage }).feed(bytes)
  return messages
}

describe('the events of the page', () => {
  it('are always the same ones, and count up', () => {
    const events = [...createEvents({ count: 1000 })]
    expect(events.map(({ index }) => index)).toEqual(Array.from({ length: 1000 }, (_, i) => i))
    expect([...createEvents({ count: 1000 })]).toEqual(events)
    expect([...createEvents({ count: 10 })]).toEqual(events.slice(0, 10))
    expect(new Set(events.map(({ text }) => text)).size).toBeGreaterThan(900)
  })

  it('take 137 bytes each on average', () => {
    const { bytes } = encodeEvents({ count: 100_000 })
    expect(bytes.length / 100_000).toBeGreaterThan(136.5)
    expect(bytes.length / 100_000).toBeLessThan(137.5)
  })

  it('are what a parser reads from their bytes', () => {
    const query = { count: 2000 }
    const read = parse(encodeEvents(query).bytes)
    expect(read.map(({ message }) => JSON.parse(message.data))).toEqual([...createEvents(query)])
    expect(read.some(({ hasOwnId }) => hasOwnId)).toBe(false)
  })

  it('have ids of their own where that is asked for', () => {
    const query = { count: 200, hasIds: true }
    const read = parse(encodeEvents(query).bytes)
    expect(read.map(({ message }) => JSON.parse(message.data))).toEqual([...createEvents(query)])
    for (const [index, { message, hasOwnId }] of read.entries())
      expect([message.lastEventId, hasOwnId]).toEqual([`${index}`, true])
  })

  it('are equal but for the last one where that is asked for', () => {
    const texts = parse(encodeEvents({ count: 21, areEqual: true }).bytes).map(
      ({ message }) => message.data,
    )
    expect(texts).toHaveLength(21)
    expect(new Set(texts.slice(0, -1)).size).toBe(1)
    expect(JSON.parse(texts[0]!).index).toBe(0)
    expect(JSON.parse(texts[20]!).index).toBe(1)
  })

  it('end where it says that they end', () => {
    const { bytes, ends } = encodeEvents({ count: 100, hasIds: true })
    expect(ends).toHaveLength(100)
    expect(ends.at(-1)).toBe(bytes.length)
    for (const [index, end] of ends.entries())
      expect(parse(bytes.subarray(0, end))).toHaveLength(index + 1)
  })
})
