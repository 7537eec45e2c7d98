/** 10,000 events a second for three seconds, to tabs that share a connection. */
import { expect } from 'vitest'
import { eventually } from './eventually.ts'
import { SHARED, STREAM } from './tabs-failovers.ts'
import { judge, quantile } from './tabs-judge.ts'
import type { Tabs } from './tabs-harness.ts'
import type { TabReport } from './tabs-page-script.ts'
import type { Verdict } from './tabs-judge.ts'

export interface Burst {
  readonly count: number
  readonly verdicts: Verdict[]
  readonly reports: TabReport[]
  readonly connections: number
  /** Of the worst tab, in milliseconds from the server's write to the handler. */
  readonly p50: number
  readonly p99: number
  readonly most: number
  /** Of all of Chromium, until everything had come. */
  readonly cpuSeconds: number
}

const PER_SECOND = 10_000
const SECONDS = 3

export async function runBurst(tabs: Tabs, count: number): Promise<Burst> {
  const { server, chromium } = tabs
  const opened = await tabs.openMany(count, SHARED)
  const cpuBefore = await chromium.cpuSeconds()
  const stop = server.flow(STREAM, PER_SECOND)
  await eventually(() => expect(server.last(STREAM)).toBeGreaterThanOrEqual(PER_SECOND * SECONDS))
  stop()
  await tabs.untilAll(opened, ({ last }) => expect(last).toBe(server.last(STREAM)))
  const cpuSeconds = (await chromium.cpuSeconds()) - cpuBefore
  const reports = await tabs.receiveAll(opened, STREAM)
  const writtenAt = server.writtenAt.get(STREAM)!
  const lags = reports.map(({ ids, times }) =>
    times.map((time, index) => time - writtenAt[ids[index]!]!),
  )
  const worst = (share: number): number =>
    Math.max(...lags.map((values) => quantile(values, share)))
  return {
    count: server.last(STREAM),
    verdicts: reports.map(({ ids }) => judge(ids, 1, server.last(STREAM))),
    reports,
    connections: server.connections(STREAM).length,
    ...{ p50: worst(0.5), p99: worst(0.99), most: worst(1) },
    cpuSeconds,
  }
}

/** One line of what was measured. */
export function tellBurst({ count, reports, p50, p99, most, cpuSeconds }: Burst): string {
  return (
    `${count} events to ${reports.length} tabs: ${p50.toFixed(1)} ms late at the median, ${p99.toFixed(1)} at the 99th ` +
    `percentile, ${most.toFixed(1)} at most (worst tab); ${cpuSeconds.toFixed(2)} s of the processors in Chromium`
  )
}
