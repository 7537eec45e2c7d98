import { describe, expect, it } from 'vitest'
import {
  countAll,
  createLedger,
  cutInto,
  eventChunks,
  eventsBytes,
} from '../../../bench/growth/events.ts'
import { parseChunks } from '../../support/event-stream-bytes.ts'

/** The messages of the chunks. */
const messagesOf = (chunks: Uint8Array[]) =>
  parseChunks(chunks).flatMap((event) => (event.on === 'message' ? [event] : []))

describe('eventChunks', () => {
  it('has every number once and in order, with its id, type and text', () => {
    const chunks = eventChunks(25, 10, { type: (n) => `type-${n % 3}`, length: 100 })
    const messages = messagesOf(chunks)
    expect(chunks).toHaveLength(3)
    expect(messages.map(({ data }) => JSON.parse(data).n)).toEqual(
      Array.from({ length: 25 }, (_, index) => index + 1),
    )
    expect(messages[4]).toMatchObject({ type: 'type-2', lastEventId: '5', hasOwnId: true })
    expect(JSON.parse(messages[4]!.data).text).toHaveLength(100)
  })

  it('spreads fractions over the chunks, and leaves none empty', () => {
    const sizes = (perChunk: number): number[] =>
      eventChunks(5, perChunk).map((chunk) => messagesOf([chunk]).length)
    expect(sizes(2.5)).toEqual([2, 3])
    expect(sizes(0.4)).toEqual([1, 1, 1, 1, 1])
  })

  it('leaves the ids away where none are wanted', () => {
    expect(messagesOf(eventChunks(1, 1, { hasIds: false }))[0]!.hasOwnId).toBe(false)
  })
})

describe('cutInto', () => {
  it('keeps every byte', () => {
    const bytes = eventsBytes(1, 10)
    const chunks = cutInto(bytes, 64)
    expect(Math.max(...chunks.map(({ length }) => length))).toBe(64)
    expect(Buffer.concat(chunks).equals(bytes)).toBe(true)
  })
})

describe('createLedger', () => {
  it('counts what comes in order', () => {
    const ledgers = [createLedger(), createLedger(2, 10)]
    for (const n of [1, 2, 3]) ledgers[0]!.take({ n })
    for (const n of [2, 12]) ledgers[1]!.take({ n })
    expect(countAll(ledgers)).toBe(5)
  })

  it.each([
    ['is missing', [1, 3]],
    ['comes twice', [1, 1]],
    ['comes too early', [2, 1]],
  ])('throws when one %s', (_, numbers) => {
    const ledger = createLedger()
    for (const n of numbers) ledger.take({ n })
    expect(() => ledger.count()).toThrow('has come instead of')
  })
})
