/**
 * What the chaos server notes down as served is what its bytes say, by the word of another parser: otherwise the judge
 * would blame the client for the server's mistakes, or the other way round.
 */
import { createParser } from 'eventsource-parser'
import { describe, expect, it } from 'vitest'
import { composeAnswer, composeFarewell } from './chaos-answer.ts'
import { createChaosLog } from './chaos-log.ts'
import { NONE } from './chaos-notes.ts'
import { CUTS, planRequest } from './chaos-plan.ts'
import { createSeededRandom } from '../support/seeded-random.ts'
import type { ChaosAnswer, Place } from './chaos-answer.ts'
import type { ChaosEvent } from './chaos-log.ts'
import type { RequestPlan } from './chaos-plan.ts'
import type { ServedRequest } from './chaos-notes.ts'

const SEED = 7
const LENGTH = 400
const RUNS = 1000
const log = createChaosLog(SEED, LENGTH)
const ownIds = Array.from({ length: LENGTH }, (_, index) => index).filter(log.hasOwnId)

interface Case {
  plan: RequestPlan
  place: Place
  answer: ChaosAnswer
}

/** Every plan of a run, each somewhere in the log. */
const cases: Case[] = Array.from({ length: RUNS }, (_, number) => {
  const { below, pick } = createSeededRandom(number)
  const cursor = pick([NONE, ...ownIds])
  const plan = planRequest(SEED, number)
  const place = { seed: SEED, number, cursor, sent: Math.min(cursor + below(20), LENGTH) }
  return { plan, place, answer: composeAnswer(log, plan, place) }
})
const streams = cases.filter(({ answer }) => answer.body)

function parse(body: Buffer): ChaosEvent[] {
  const events: ChaosEvent[] = []
  const parser = createParser({
    onEvent: ({ event = 'message', data, id }) => events.push({ type: event, data, id }),
  })
  parser.feed(new TextDecoder().decode(body))
  // A CR at the end is a line end, but this parser waits whether an LF follows.
  if (body.at(-1) === 0x0d) parser.feed('\n')
  return events
}

function servedEvents({ from, to, skipBelow }: ServedRequest): ChaosEvent[] {
  const indexes = Array.from({ length: to - from }, (_, offset) => from + offset)
  return indexes.filter((index) => log.hasOwnId(index) || index >= skipBelow).map(log.event)
}

describe('composeAnswer', () => {
  it('sends as whole events just what it notes down', () => {
    for (const { answer } of streams) {
      expect(parse(answer.body!)).toEqual(servedEvents(answer.served))
    }
  })

  it('goes on after the cursor, or replays from an event with an own id', () => {
    let replays = 0
    for (const { answer, place, plan } of streams) {
      const { from, cursor } = answer.served
      expect(cursor).toBe(place.cursor)
      if (from === cursor + 1) continue
      replays++
      expect(from).toBeLessThanOrEqual(cursor)
      expect(from).toBeGreaterThan(cursor - plan.replay)
      expect(log.hasOwnId(from)).toBe(true)
    }
    expect(replays).toBeGreaterThan(RUNS / 5)
  })

  it('breaks off in every way, inside of characters and line ends where it says so', () => {
    const bodies = (cut: string): Buffer[] =>
      streams.filter(({ answer }) => answer.cut === cut).map(({ answer }) => answer.body!)
    expect(new Set(cases.map(({ answer }) => answer.cut))).toEqual(new Set(CUTS))
    for (const body of bodies('utf8')) {
      expect(new TextDecoder().decode(body).at(-1)).toBe('\uFFFD')
    }
    for (const body of bodies('crlf')) expect(body.at(-1)).toBe(0x0d)
    for (const cut of ['utf8', 'crlf']) expect(bodies(cut).length).toBeGreaterThan(RUNS / 20)
  })

  it('refuses with a page only where the stream was open before', () => {
    const plan = { ...planRequest(SEED, 0), cut: 'html' as const }
    const place = { seed: SEED, number: 0, sent: 0 }
    expect(composeAnswer(log, plan, { ...place, cursor: NONE }).cut).toBe('503')
    expect(composeAnswer(log, plan, { ...place, cursor: ownIds[3]! })).toMatchObject({
      cut: 'html',
      body: undefined,
    })
  })

  it('serves nothing when it refuses', () => {
    for (const { answer, place } of cases.filter((one) => !one.answer.body)) {
      expect(servedEvents(answer.served)).toEqual([])
      expect(answer.sent).toBe(place.sent)
    }
  })

  it('takes for sent what a cut has lost on the way', () => {
    const lost = streams.filter(
      ({ answer, place }) => answer.sent > Math.max(place.sent, answer.served.to),
    )
    expect(lost.length).toBeGreaterThan(RUNS / 10)
    expect(lost.filter(({ answer }) => answer.ending === 'end')).toEqual([])
    expect(streams.filter(({ answer }) => answer.sent < answer.served.to)).toEqual([])
  })

  it('leaves an event out in secret when asked to', () => {
    const plan = { ...planRequest(SEED, 0), cut: 'end' as const, events: 10, skipsEphemeral: false }
    const place = { seed: SEED, number: 0, cursor: NONE, sent: 0, omit: 4 }
    const { body, served } = composeAnswer(log, plan, place)
    expect(served).toMatchObject({ from: 0, to: 10 })
    expect(parse(body!)).toEqual(servedEvents(served).filter((_, index) => index !== 4))
  })
})

describe('composeFarewell', () => {
  it('tells the end of the log once more, and ends by the book', () => {
    const place = { seed: SEED, number: 0, cursor: LENGTH - 1, sent: LENGTH }
    for (const { plan } of cases) {
      const { body, served, ending } = composeFarewell(log, plan, place)
      expect(parse(body!)).toEqual(servedEvents(served))
      expect(parse(body!).at(-1)).toEqual(log.event(LENGTH - 1))
      expect(ending).toBe('end')
    }
  })
})
