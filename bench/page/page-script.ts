/** What runs in the measured page: one contender, once. The page times itself, and posts what it has seen to `/result`. */
import { createApp, h, shallowRef } from 'vue'
import { delivery, expectEvents } from './contenders/contender.ts'
import { runFloor } from './contenders/floor.ts'
import { measureHeap, nextFrame, observePage } from './observe-page.ts'
import type { Component } from 'vue'
import type { Delivery } from './contenders/contender.ts'
import type { FloorDepth } from './contenders/floor.ts'
import type { PageFeel } from './observe-page.ts'

export interface PageSetup {
  /** A file in `contenders/`, or the floor's depth. */
  component?: string
  floor?: FloorDepth
  /** How many events come, and the query that asks for them. */
  count: number
  query: string
  areEqual?: boolean
  /** The page gives up after so many milliseconds. */
  capMs: number
  /** What the page does to start is over after so many frames. @default 10 */
  settlingFrames?: number
  /** Starts when `startRun()` is called: somebody attaches a profiler. */
  isHeld?: boolean
}

export interface PageResult extends PageFeel, Delivery {
  /** From the start to the last event delivered and in the document; null: not within the cap. */
  ms: number | null
  /** How long it was measured. */
  elapsedMs: number
  renders: number
  /** What the heap has grown by; null: not measured, as the page was stopped while it still worked. */
  heapBytes: number | null
  wasHidden: boolean
}

const files = import.meta.glob<{ default: Component }>('./contenders/*.vue')
const setup: PageSetup = JSON.parse(new URLSearchParams(location.search).get('setup')!)
const { count, areEqual, settlingFrames = 10 } = setup
const lastIndex = areEqual ? 1 : count - 1

async function settle(): Promise<void> {
  for (let frame = 0; frame < settlingFrames; frame++) await nextFrame()
}

async function run(): Promise<void> {
  const component =
    setup.component && (await files[`./contenders/${setup.component}.vue`]!()).default
  await fetch(`/prepared?${setup.query}`)
  expectEvents(lastIndex, !!areEqual)
  const isStarted = shallowRef(false)
  const url = `/events?${setup.query}`
  let renders = 0
  let end: (at: number | null) => void
  const ended = new Promise<number | null>((resolve) => (end = resolve))

  /** The component has written to the document. */
  function onVnodeUpdated(): void {
    renders++
    if (!delivery.hasLast) return
    const text = document.querySelector('li:last-child')?.textContent
    if (text?.startsWith(`${lastIndex} `)) end(performance.now())
  }

  const app = createApp(() => isStarted.value && h(component as Component, { url, onVnodeUpdated }))
  app.mount(document.body.appendChild(document.createElement('div')))
  await settle()
  const heapBefore = await measureHeap()
  await settle()
  if (setup.isHeld) {
    await new Promise<void>((resolve) => Object.assign(globalThis, { startRun: resolve }))
  }

  let wasHidden = document.hidden
  document.addEventListener('visibilitychange', () => (wasHidden = true))
  const feel = observePage()
  const cap = setTimeout(() => end(null), setup.capMs)
  const startedAt = performance.now()
  if (setup.floor) void runFloor(setup.floor, url).then(() => end(performance.now()))
  else isStarted.value = true
  const endedAt = await ended
  clearTimeout(cap)
  const result = {
    ...delivery,
    renders,
    ms: endedAt && endedAt - startedAt,
    elapsedMs: performance.now() - startedAt,
    ...(await feel.stop()),
    // A profile is to end with the run. What is stopped still has to work off what was read: that is no growth.
    heapBytes: setup.isHeld || endedAt === null ? null : (await measureHeap()) - heapBefore,
    wasHidden,
  } satisfies PageResult
  await fetch('/result', { method: 'POST', body: JSON.stringify(result) })
}

run().catch(async (error: unknown) => {
  await fetch('/result', { method: 'POST', body: JSON.stringify({ failure: String(error) }) })
})
