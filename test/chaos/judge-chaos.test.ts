/** The judge must be able to say no: each way to lose, repeat or mix up an event, as small as it can be. */
import { describe, expect, it } from 'vitest'
import { NONE } from './chaos-notes.ts'
import { judgeChaos } from './judge-chaos.ts'
import type { JournalEntry, ServedRequest } from './chaos-notes.ts'
import type { ChaosVerdict } from './judge-chaos.ts'

/** `#`: an event with an own id, `.`: one without. */
const LOG = '#.#.##'

/** Served after the cursor, up to but not including `to`. */
const served = (cursor: number, to: number, more: Partial<ServedRequest> = {}): ServedRequest => ({
  ...{ cursor, from: cursor + 1, to, skipBelow: 0 },
  ...more,
})
const open = (request: number): JournalEntry => ({ kind: 'open', request, first: request === 0 })
const messages = (...indexes: number[]): JournalEntry[] =>
  indexes.map((index) => ({ kind: 'message', index }))
const gap = (cursor: number, reason = 'no-id'): JournalEntry => ({ kind: 'gap', reason, cursor })
const end: JournalEntry = { kind: 'end' }
const wrong: JournalEntry = { kind: 'wrong' }

function judge(
  requests: ServedRequest[],
  journal: (JournalEntry | JournalEntry[])[],
  events = LOG,
): ChaosVerdict {
  const log = { length: events.length, hasOwnId: (index: number) => events[index] === '#' }
  return judgeChaos(log, requests, journal.flat())
}

/** All in one go, on one connection. */
const WHOLE: [ServedRequest[], JournalEntry[]] = [
  [served(NONE, 6)],
  [open(0), ...messages(0, 1, 2, 3, 4, 5), end],
]
const PERFECT = judge(...WHOLE)

describe('judgeChaos', () => {
  it('finds nothing wrong when all comes once, in order', () => {
    expect(PERFECT).toEqual({
      withId: { lost: 0, duplicated: 0, outOfOrder: 0 },
      withoutId: { lost: 0, repeated: 0 },
      ...{ arrived: 6, wrong: 0, skipped: 0, unserved: 0, wrongCursors: 0, ends: 1 },
      reconnects: { opened: 0, afterEventsWithoutId: 0 },
      gaps: { raised: 0, missing: 0, needless: 0 },
      dropped: { atLeast: 0, atMost: 0 },
    })
  })

  it('finds nothing wrong when it comes in pieces and each return tells the gap', () => {
    const requests = [served(NONE, 2), served(0, 0), served(0, 4), served(2, 6)]
    const journal = [
      ...[open(0), messages(0, 1), { kind: 'cut' } as const],
      ...[open(2), gap(0), messages(1, 2, 3), { kind: 'cut' } as const],
      ...[open(3), gap(2), messages(3, 4, 5)],
    ]
    expect(judge(requests, journal)).toEqual({
      ...PERFECT,
      ...{ arrived: 8, ends: 0, withoutId: { lost: 0, repeated: 2 } },
      reconnects: { opened: 2, afterEventsWithoutId: 2 },
      gaps: { raised: 2, missing: 0, needless: 0 },
    })
  })

  it('counts everything as lost when nothing comes', () => {
    const { withId, withoutId } = judge([], [])
    expect([withId.lost, withoutId.lost]).toEqual([4, 2])
  })

  describe('events with an own id', () => {
    it('are lost when they never come', () => {
      const verdict = judge([served(NONE, 6)], [open(0), messages(0, 1, 2, 3, 5)])
      expect(verdict).toMatchObject({ withId: { lost: 1 }, withoutId: { lost: 0 }, skipped: 1 })
    })

    it('are duplicated when they come again with a replay', () => {
      const requests = [served(NONE, 3), served(2, 6, { from: 2 })]
      const journal = [open(0), messages(0, 1, 2), open(1), gap(2), messages(2, 3, 4, 5)]
      expect(judge(requests, journal).withId).toEqual({ lost: 0, duplicated: 1, outOfOrder: 0 })
    })

    it('are out of order when a later one has come before', () => {
      const { withId } = judge([served(NONE, 6)], [open(0), messages(0, 1, 4, 2, 3, 5)])
      expect(withId).toEqual({ lost: 0, duplicated: 0, outOfOrder: 1 })
    })

    it('are dropped as duplicates between others, or perhaps at the end', () => {
      const requests = [served(NONE, 3), served(2, 5, { from: 0 }), served(4, 6, { from: 2 })]
      const journal = [
        ...[open(0), messages(0, 1, 2)],
        ...[open(1), gap(2), messages(1, 3, 4)],
        ...[open(2), gap(4)],
      ]
      expect(judge(requests, journal).dropped).toEqual({ atLeast: 2, atMost: 3 })
    })
  })

  describe('events without an own id', () => {
    it('are counted apart when they are lost', () => {
      const requests = [served(NONE, 1), served(0, 6, { skipBelow: 2 })]
      const journal = [open(0), messages(0), open(1), messages(2, 3, 4, 5)]
      expect(judge(requests, journal)).toEqual({
        ...PERFECT,
        ...{ arrived: 5, ends: 0, withoutId: { lost: 1, repeated: 0 } },
        reconnects: { opened: 1, afterEventsWithoutId: 0 },
      })
    })

    it('must come all the same when a later event of the same connection does', () => {
      const verdict = judge([served(NONE, 6)], [open(0), messages(0, 2, 3, 4, 5)])
      expect(verdict).toMatchObject({ withoutId: { lost: 1 }, skipped: 1 })
    })

    it('are never sent by a server that skips them', () => {
      const verdict = judge([served(NONE, 6, { skipBelow: 2 })], [open(0), messages(0, 1)])
      expect(verdict.unserved).toBe(1)
    })
  })

  describe('what was served', () => {
    it('may be missing after a cut, not after an end by the book', () => {
      const journal = [open(0), messages(0, 1, 2)]
      expect(judge([served(NONE, 6)], journal)).toMatchObject({ skipped: 0, ends: 0 })
      expect(judge([served(NONE, 6)], [...journal, end])).toMatchObject({ skipped: 3, ends: 1 })
    })

    it('is judged for the connection that ended by the book alone', () => {
      const requests = [served(NONE, 1), served(0, 6)]
      const journal = [open(0), messages(0), end, open(1), messages(1)]
      expect(judge(requests, journal)).toMatchObject({ skipped: 0, ends: 1 })
    })

    it.each([
      ['after its end', [open(0), messages(0, 1, 2, 3)]],
      ['before its start', [open(0), messages(0, 1, 2), open(1), gap(2), messages(1)]],
      ['twice on one connection', [open(0), messages(0, 1, 1)]],
      ['before anything is open', messages(0)],
      ['of a request that there was not', [...WHOLE[1], open(7)]],
      ['of a request before the last one', [open(1), open(0)]],
    ])('is not what comes %s', (_, journal) => {
      expect(judge([served(NONE, 3), served(2, 6)], journal).unserved).toBeGreaterThan(0)
    })

    it('is not a message that the log does not know', () => {
      expect(judge([served(NONE, 6)], [open(0), wrong])).toMatchObject({ wrong: 1, arrived: 1 })
    })
  })

  describe('the cursor of a request', () => {
    const wrongCursors = (...cursors: number[]): number =>
      judge(
        [served(NONE, 5), ...cursors.map((cursor) => served(cursor, cursor + 1))],
        [open(0), messages(0, 1, 2, 3)],
      ).wrongCursors

    it('is the last id received, again and again until a stream opens', () => {
      expect(wrongCursors(2)).toBe(0)
      expect(wrongCursors(2, 2, 2)).toBe(0)
    })

    it.each([[[NONE]], [[0]], [[4]], [[2, 4]], [[2, NONE]]])(
      'is wrong when it is %j',
      (cursors) => {
        expect(wrongCursors(...cursors)).toBe(1)
      },
    )

    it('is none as long as none has come', () => {
      expect(judge([served(NONE, 0), served(NONE, 6)], []).wrongCursors).toBe(0)
      expect(judge([served(0, 6)], []).wrongCursors).toBe(1)
    })

    it.each([
      [0, 4],
      [0, 2],
      [0, 0],
      [1, NONE],
      [1, 5],
    ])('is wrong %i times when duplicates that nobody sees end with %i', (expected, cursor) => {
      const requests = [served(NONE, 5), served(4, 6, { from: 0, skipBelow: 4 }), served(cursor, 6)]
      const journal = [open(0), messages(0, 1, 2, 3, 4), open(1), gap(4)]
      expect(judge(requests, journal).wrongCursors).toBe(expected)
    })

    it('is wrong when it goes past an event without an id that did not come', () => {
      const requests = [served(NONE, 5), served(4, 6, { from: 0 }), served(2, 6)]
      const journal = [open(0), messages(0, 1, 2, 3, 4), open(1), gap(4)]
      expect(judge(requests, journal).wrongCursors).toBe(1)
    })
  })

  describe('gaps', () => {
    const gapsOf = (before: number[], after: JournalEntry[]): ChaosVerdict['gaps'] => {
      const cursor = before.includes(2) ? 2 : 0
      const requests = [served(NONE, 6), served(cursor, 6)]
      return judge(requests, [open(0), messages(...before), open(1), after]).gaps
    }

    it.each([
      ['told once, before the first message', [gap(2), ...messages(3)], [1, 0, 0]],
      ['not told', messages(3), [0, 1, 0]],
      ['not told, and nothing comes', [], [0, 1, 0]],
      ['told after the first message', [...messages(3), gap(2)], [1, 1, 1]],
      ['told twice', [gap(2), gap(2)], [2, 0, 1]],
      ['told for another reason', [gap(2, 'server')], [1, 1, 1]],
      ['told with another cursor', [gap(0)], [1, 1, 1]],
    ])('are %s', (_, after, [raised, missing, needless]) => {
      expect(gapsOf([0, 1, 2], after)).toEqual({ raised, missing, needless })
    })

    it('are not told before a message without an id has come', () => {
      expect(gapsOf([0], [])).toEqual({ raised: 0, missing: 0, needless: 0 })
      expect(gapsOf([0], [gap(0)])).toEqual({ raised: 1, missing: 0, needless: 1 })
    })

    it('are not told when the stream opens first', () => {
      const { gaps } = judge([served(NONE, 6)], [open(0), gap(NONE)])
      expect(gaps).toEqual({ raised: 1, missing: 0, needless: 1 })
    })
  })
})
