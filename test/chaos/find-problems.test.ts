/** No figure of a chaos run can be bad without being named. */
import { describe, expect, it } from 'vitest'
import { findProblems } from './find-problems.ts'
import { formatReport } from './format-report.ts'
import { judgeChaos } from './judge-chaos.ts'
import type { ChaosFigures } from './run-chaos.ts'
import type { ChaosVerdict } from './judge-chaos.ts'

const MEGABYTE = 1_000_000
const perfect = judgeChaos({ length: 0, hasOwnId: () => false }, [], [])
const cuts = {
  ...{ end: 1, fin: 2, rst: 3, utf8: 4, crlf: 5, byte: 6, stall: 7, 'no-head': 8, '503': 9 },
  ...{ '429': 10, html: 11, left: 12 },
}

function figuresOf(more: Partial<ChaosFigures> = {}): ChaosFigures {
  return {
    ...{
      seed: 5,
      events: 9000,
      ownIds: 50,
      requests: 67,
      replays: 20,
      cuts,
      waits: 1,
      milliseconds: 1234,
    },
    ...{ errors: { network: 3, silence: 1 }, received: 10, duplicates: 2, oddities: [] },
    verdict: verdictOf(),
    heap: [6, 8, 10, 11, 11].map((megabytes) => megabytes * MEGABYTE),
    ...more,
  }
}

function verdictOf(more: Partial<ChaosVerdict> = {}): ChaosVerdict {
  return { ...perfect, arrived: 10, dropped: { atLeast: 1, atMost: 2 }, ...more }
}

describe('findProblems', () => {
  it('finds none in good figures, with or without those of the memory', () => {
    expect(findProblems(figuresOf())).toEqual([])
    expect(findProblems(figuresOf({ heap: [] }))).toEqual([])
  })

  it('takes no growth of a short run for a leak', () => {
    expect(findProblems(figuresOf({ events: 4999, heap: [1, 2, 3, 4, 3_000_003] }))).toEqual([])
  })

  it('finds none in lost and repeated events without an own id', () => {
    const verdict = verdictOf({ withoutId: { lost: 9, repeated: 9 } })
    expect(findProblems(figuresOf({ verdict }))).toEqual([])
  })

  it.each<[string, Partial<ChaosVerdict>]>([
    ['1 events with an own id were lost', { withId: { ...perfect.withId, lost: 1 } }],
    ['2 events with an own id came again', { withId: { ...perfect.withId, duplicated: 2 } }],
    ['3 events with an own id came out of', { withId: { ...perfect.withId, outOfOrder: 3 } }],
    ['4 messages are no event', { wrong: 4 }],
    ['5 events were left out', { skipped: 5 }],
    ['6 messages came that were not sent', { unserved: 6 }],
    ['7 requests did not go on', { wrongCursors: 7 }],
    ['8 gaps were not told', { gaps: { ...perfect.gaps, missing: 8 } }],
    ['9 gaps were told where none is', { gaps: { ...perfect.gaps, needless: 9 } }],
  ])('says: %s', (text, more) => {
    const problems = findProblems(figuresOf({ verdict: verdictOf(more) }))
    expect(problems).toEqual([expect.stringContaining(text)])
  })

  it.each<[string, Partial<ChaosFigures>]>([
    ['9 are counted as received, 10 arrived', { received: 9 }],
    ['0 are counted as duplicates, but 1 to 2', { duplicates: 0 }],
    ['3 are counted as duplicates, but 1 to 2', { duplicates: 3 }],
    ['2 errors have the code decode', { errors: { network: 1, decode: 2 } }],
    ['The heap grew by 3000000 bytes', { heap: [1, 2, 3, 4, 3_000_003] }],
    ['something odd', { oddities: ['something odd'] }],
  ])('says: %s', (text, more) => {
    expect(findProblems(figuresOf(more))).toEqual([expect.stringContaining(text)])
  })
})

describe('formatReport', () => {
  const report = formatReport({ ...figuresOf(), problems: [] })

  it('starts with the seed and ends with how to repeat the run', () => {
    expect(report).toMatch(/^ *seed +5\n/)
    expect(report).toMatch(/npm run chaos -- --seed 5 --events 9000$/)
  })

  it('counts the cuts, in all and by kind', () => {
    expect(report).toMatch(/cuts +66: 1 end, 2 fin, .*, 9 503, 10 429, 11 html\n/)
    expect(report).toMatch(/left by the client +12\n/)
  })

  it('says whether anything is wrong', () => {
    expect(report).toContain('Nothing is wrong.')
    const bad = formatReport({ ...figuresOf(), problems: ['1 event was lost.'] })
    expect(bad).toContain('WRONG:\n  1 event was lost.\n')
    expect(bad).not.toContain('Nothing is wrong.')
  })
})
