/**
 * What runs in the pages of the tests of slow handlers: what the query asks for, timed by the page itself. It posts what it
 * has seen to `/result`: no DevTools session is needed, and none distorts the timing.
 */
import { createApp } from 'vue'
import {
  createEventStreamClient,
  defaultEnvironment,
  eventSourceTransport,
} from '../../src/client/index.ts'
import { useEventStream } from '../../src/index.ts'
import type { Environment } from '../../src/client/index.ts'
import type { UseEventStreamReturn } from '../../src/index.ts'

export interface BurstSetup {
  run: 'burst'
  /** How many events come at once, and how long the handler is busy with each. */
  count: number
  busyUs: number
  /** False: the turn is taken at once, in a microtask. */
  hasSlices: boolean
  /** The browser's `EventSource` takes them in, and they have no ids. */
  hasEventSource?: boolean
  /** The connection is the app's. */
  isShared?: boolean
  /** Characters of an event beside its index. */
  size?: number
  /** Starts when the page is out of sight. */
  isHidden?: boolean
}

export interface BurstResult {
  /** Of the handler; those whose index was not the next one. */
  calls: number
  misplaced: number
  /** How often the page was given its turn. */
  turns: number
  /** The most calls without a task of the browser between them, and how long they took. */
  longestCalls: number
  longestMs: number
  /** From the first call to the last one. */
  elapsedMs: number
  /** What long tasks took over 50 ms, in all, and how many they were. */
  blockedMs: number
  /** Each: when it began after the first call, and how long it was. */
  longTasks: { at: number; ms: number }[]
  frames: number
  longestFrameMs: number
  /** As it was all the time. */
  visibility: string
}

export interface FloodSetup {
  run: 'flood'
  /** Characters of an event beside its index. */
  size: number
  /** Who stops it, and after how many messages. */
  hold: 'pause' | 'queue' | 'nobody'
  after: number
}

/** Posted again and again. */
export interface FloodResult {
  received: number
  status: string
  /** Of the heap of scripts. */
  heapBytes: number
  /** So many timers of 100 ms have fired: the page lives. */
  ticks: number
}

const setup: BurstSetup | FloodSetup = JSON.parse(
  new URLSearchParams(location.search).get('setup')!,
)

async function post(result: BurstResult | FloodResult): Promise<void> {
  await fetch('/result', { method: 'POST', body: JSON.stringify(result) })
}

const nextFrame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve))
const nextTask = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))

/** Keeps the page busy, as a handler does that has much to do. */
function work(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end;);
}

async function untilReady(isHidden: boolean | undefined): Promise<void> {
  // What the page does to start is not what is measured.
  if (!isHidden) for (let count = 0; count < 10; count++) await nextFrame()
  else if (!document.hidden)
    await new Promise((resolve) => document.addEventListener('visibilitychange', resolve))
  for (let count = 0; count < 3; count++) await nextTask()
}

async function runBurst(burst: BurstSetup): Promise<void> {
  const { count, busyUs, hasSlices, hasEventSource, isShared, size = 0, isHidden } = burst
  await untilReady(isHidden)
  const tasks = observeLongTasks()
  const frames = observeFrames()
  const visibility = new Set([document.visibilityState])
  const seen = { calls: 0, misplaced: 0, turns: 0, longestCalls: 0, longestMs: 0 }
  /** Calls without a task between them: a message to oneself is one. */
  const stretch = { calls: 0, since: 0 }
  const channel = new MessageChannel()
  channel.port1.addEventListener('message', () => (stretch.calls = 0))
  channel.port1.start()
  let firstAt = 0
  let lastAt = 0

  const nextTurn: Environment['nextTurn'] = (callback) => {
    seen.turns++
    if (hasSlices) return defaultEnvironment.nextTurn(callback)
    let isWanted = true
    queueMicrotask(() => isWanted && callback())
    return () => void (isWanted = false)
  }

  await new Promise<void>((resolve) => {
    const client = createEventStreamClient<{ message: { index: number } }>(
      `/flood?until=${count}&size=${size}&ids=${hasEventSource ? 'no' : 'yes'}`,
      {
        environment: { nextTurn },
        ...(hasEventSource && { transport: eventSourceTransport() }),
        ...(isShared && { share: 'app' }),
        on: {
          message({ index }) {
            const startedAt = performance.now()
            firstAt ||= startedAt
            if (stretch.calls++ === 0) {
              stretch.since = startedAt
              channel.port2.postMessage(0)
            }
            if (index !== ++seen.calls) seen.misplaced++
            work(busyUs / 1000)
            lastAt = performance.now()
            seen.longestCalls = Math.max(seen.longestCalls, stretch.calls)
            seen.longestMs = Math.max(seen.longestMs, lastAt - stretch.since)
            visibility.add(document.visibilityState)
            // What comes again and again ends as well.
            if (index < count && seen.calls < 3 * count) return
            client.close()
            resolve()
          },
        },
      },
    )
  })
  frames.stop()
  await nextTask()
  await nextTask()
  await post({
    ...seen,
    ...tasks.stop(firstAt),
    ...frames.seen,
    elapsedMs: lastAt - firstAt,
    visibility: [...visibility].join(),
  })
}

function observeLongTasks() {
  const found: PerformanceEntry[] = []
  const observer = new PerformanceObserver((list) => found.push(...list.getEntries()))
  observer.observe({ type: 'longtask' })
  return {
    stop(firstAt: number) {
      found.push(...observer.takeRecords())
      observer.disconnect()
      const longTasks = found.map(({ startTime, duration }) => ({
        at: Math.round(startTime - firstAt),
        ms: Math.round(duration),
      }))
      return { blockedMs: longTasks.reduce((sum, { ms }) => sum + ms - 50, 0), longTasks }
    },
  }
}

function observeFrames() {
  const seen = { frames: 0, longestFrameMs: 0 }
  let at = performance.now()
  let handle = requestAnimationFrame(function tick() {
    const now = performance.now()
    seen.frames++
    seen.longestFrameMs = Math.max(seen.longestFrameMs, now - at)
    at = now
    handle = requestAnimationFrame(tick)
  })
  return {
    seen,
    stop() {
      cancelAnimationFrame(handle)
      // The gap that has not ended counts as well; a hidden page has nothing but that.
      if (!document.hidden)
        seen.longestFrameMs = Math.max(seen.longestFrameMs, performance.now() - at)
    },
  }
}

function runFlood({ size, hold, after }: FloodSetup): void {
  let ticks = 0
  const app = createApp({
    setup() {
      const stream: UseEventStreamReturn = useEventStream(`/flood?size=${size}`, {
        onMessage({ key }) {
          if (hold === 'pause' && key === after) stream.pause()
        },
        ...(hold === 'queue' && { queue: { capacity: after, overflow: 'pause' } }),
      })
      setInterval(() => {
        const { memory } = performance as unknown as { memory: { usedJSHeapSize: number } }
        const { received, status } = stream
        ticks++
        void post({
          ...{ received: received.value, status: status.value, ticks },
          heapBytes: memory.usedJSHeapSize,
        })
      }, 100)
      return () => null
    },
  })
  app.mount(document.body.appendChild(document.createElement('div')))
}

if (setup.run === 'burst') void runBurst(setup)
else runFlood(setup)
