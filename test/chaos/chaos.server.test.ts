/**
 * Nothing is lost: a thousand events through a hundred cuts, counted from the server's log. `npm run chaos` does the
 * same at length.
 */
import { describe, expect, it } from 'vitest'
import { createChaosLog } from './chaos-log.ts'
import { repeatCommand } from './format-report.ts'
import { runChaos } from './run-chaos.ts'
import type { ChaosReport } from './run-chaos.ts'

const EVENTS = 1000
const FEW = 300
/** Over the run's own limit, which says more. */
const TIMEOUT_MS = 60_000
const seed = Math.floor(Math.random() * 2 ** 32)

function totalCuts({ cuts }: ChaosReport): number {
  return Object.values(cuts).reduce((sum, count) => sum + count, 0)
}

describe('a stream through a hundred cuts', { timeout: TIMEOUT_MS }, () => {
  console.info(`by chance: ${repeatCommand({ seed, events: EVENTS })}`)

  it.each([1, 20_260_101, seed])(
    'loses, repeats and mixes up nothing, with seed %i',
    async (one) => {
      const report = await runChaos({ seed: one, events: EVENTS })
      expect(report.problems).toEqual([])
      const { verdict, errors, cuts, ownIds } = report
      expect(verdict.withId).toEqual({ lost: 0, duplicated: 0, outOfOrder: 0 })
      expect(verdict.gaps).toEqual({
        raised: verdict.reconnects.afterEventsWithoutId,
        ...{ missing: 0, needless: 0 },
      })
      expect(ownIds).toBe(EVENTS / 2)
      expect(totalCuts(report)).toBeGreaterThan(EVENTS / 20)
      expect(verdict.reconnects.afterEventsWithoutId).toBeGreaterThan(EVENTS / 30)
      expect(verdict.ends).toBeGreaterThan(0)
      expect(verdict.dropped.atLeast).toBeGreaterThan(0)
      expect(Object.values(cuts).filter((count) => count === 0).length).toBeLessThan(2)
      expect(Object.keys(errors)).toEqual(
        expect.arrayContaining(['network', 'silence', 'http-status', 'content-type']),
      )
    },
  )
})

describe('a chaos run', { timeout: TIMEOUT_MS }, () => {
  it('notices duplicates', async () => {
    const report = await runChaos({ seed: 1, events: FEW, client: { dedupe: false } })
    expect(report.verdict.withId).toMatchObject({ lost: 0, outOfOrder: 0 })
    expect(report.verdict.withId.duplicated).toBeGreaterThan(0)
    expect(report.problems).toContain(
      `${report.verdict.withId.duplicated} events with an own id came again.`,
    )
  })

  it.each([true, false])(
    'notices an event that the server loses (with an own id: %s)',
    async (isOwn) => {
      const { hasOwnId } = createChaosLog(1, FEW)
      const indexes = Array.from({ length: FEW }, (_, index) => index)
      const omit = indexes.find((index) => hasOwnId(index) === isOwn)!
      const { verdict, problems } = await runChaos({ seed: 1, events: FEW, omit })
      expect(verdict.withId.lost).toBe(isOwn ? 1 : 0)
      expect(verdict.skipped).toBeGreaterThan(0)
      expect(problems).toContain(
        `${verdict.skipped} events were left out on a connection that went on.`,
      )
    },
  )

  it('notices a client that goes on after another event than the last one', async () => {
    const sent: string[] = ['']
    const { verdict, problems } = await runChaos({
      ...{ seed: 1, events: FEW },
      client: {
        fetch(url, init) {
          const headers = new Headers(init.headers)
          const id = headers.get('Last-Event-ID')
          if (id) sent.push(id)
          // The one before, each fifth time.
          if (sent.length % 5 === 0) headers.set('Last-Event-ID', sent.at(-2)!)
          return fetch(url, { ...init, headers })
        },
      },
    })
    expect(problems).toContain(
      `${verdict.wrongCursors} requests did not go on after the last id received.`,
    )
  })
})
