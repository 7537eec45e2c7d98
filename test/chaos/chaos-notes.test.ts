/** The notes of a chaos run give back what was put in, and are never more than there is room for. */
import { describe, expect, it } from 'vitest'
import { NONE, createJournal, createRequestNotes } from './chaos-notes.ts'
import type { JournalEntry } from './chaos-notes.ts'

describe('createJournal', () => {
  const entries: JournalEntry[] = [
    { kind: 'open', request: 0, first: true },
    { kind: 'message', index: 70_000 },
    { kind: 'wrong' },
    { kind: 'end' },
    { kind: 'cut' },
    { kind: 'open', request: 9, first: false },
    { kind: 'gap', reason: 'no-id', cursor: 5 },
    { kind: 'gap', reason: 'server', cursor: NONE },
    { kind: 'gap', reason: 'no-id', cursor: 6 },
  ]

  it('keeps every kind of entry, in order', () => {
    const journal = createJournal(20)
    for (const entry of entries) expect(journal.add(entry)).toBe(true)
    expect([...journal]).toEqual(entries)
    expect(journal).toHaveLength(entries.length)
    expect(journal.at(1)).toEqual(entries[1])
  })

  it('takes no more than its capacity, and says so', () => {
    const journal = createJournal(2)
    expect(entries.slice(0, 3).map(journal.add)).toEqual([true, true, false])
    expect([...journal]).toEqual(entries.slice(0, 2))
  })
})

describe('createRequestNotes', () => {
  it('keeps requests, and has none where there is none', () => {
    const notes = createRequestNotes(3)
    const request = { cursor: NONE, from: 0, to: 12, skipBelow: 3 }
    notes.add(request)
    notes.add({ ...request, cursor: 7 })
    expect([...notes]).toEqual([request, { ...request, cursor: 7 }])
    expect([notes.at(-1), notes.at(2)]).toEqual([undefined, undefined])
  })
})
