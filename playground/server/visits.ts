/**
 * What clients keep open that ask again and again: each question is over at once, and what it stands for lasts until
 * the client has not asked for a while.
 */
import { RequestProblem } from './problem.ts'
import type { Settings } from './settings.ts'

export interface Visits {
  /** Somebody asks. @param begin Called when this is the first question for a while; returns what ends it. */
  visit(name: string, begin: () => () => void): void
  close(): void
}

const RETRY_AFTER_S = 5

export function createVisits({
  pollLeaseMs,
  maxStreams,
}: Pick<Settings, 'pollLeaseMs' | 'maxStreams'>): Visits {
  const timers = new Map<string, NodeJS.Timeout>()
  return {
    visit(name, begin) {
      const timer = timers.get(name)
      if (timer) return void timer.refresh()
      if (timers.size >= maxStreams) {
        throw new RequestProblem(
          503,
          'Too many visitors',
          `This server looks after ${maxStreams} at a time. Try again later.`,
          { 'Retry-After': String(RETRY_AFTER_S) },
        )
      }
      const end = begin()
      const leave = (): void => {
        timers.delete(name)
        end()
      }
      timers.set(name, setTimeout(leave, pollLeaseMs))
    },
    close() {
      for (const timer of timers.values()) clearTimeout(timer)
      timers.clear()
    },
  }
}
