/**
 * A server that never stops writing, and a page that does not take its messages: the server's writes stop, and the page's
 * memory stays as it is. `npm run bench:slow` looks at it for longer, and prints the figures.
 */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { chromiumMemory } from '../support/process-memory.ts'
import { eventually } from './eventually.ts'
import { useSlowPages } from './slow-pages.ts'
import type { LoneTab } from './chromium-tabs.ts'

const pages = useSlowPages()
const MEGABYTE = 1_000_000
/** What may be on its way: the sockets' buffers, the browser's, and the chunk that has been read. */
const MAX_BUFFERED_BYTES = 40 * MEGABYTE
/** A page that took all would hold hundreds of megabytes more. */
const MAX_GROWTH_BYTES = 60 * MEGABYTE
/** Ticks of 100 ms: the page lives, and the server would have written for as long. */
const HELD_TICKS = 20

let tab: LoneTab | undefined
afterEach(async () => {
  await tab?.close()
  await vi.waitUntil(() => pages.server.floods.every(({ isOpen }) => !isOpen), 20_000)
})

describe('a page that takes no messages of a server that writes without end', () => {
  it.each([
    ['pause', 'paused'],
    ['queue', 'open'],
  ] as const)('stops the server, and its memory stays as it is: %s', async (hold, status) => {
    const page = await pages.flood({ size: 1000, hold, after: 100 })
    tab = page.tab
    await eventually(() => expect(page.last()?.received).toBe(100))
    const { flood } = pages.server
    await page.untilStill()
    const { bytes } = flood
    const before = chromiumMemory()
    const { ticks, heapBytes } = page.last()!
    await eventually(() => expect(page.last()!.ticks).toBeGreaterThan(ticks + HELD_TICKS))
    expect(flood).toMatchObject({ bytes, isBlocked: true, isOpen: true })
    expect(bytes).toBeLessThan(MAX_BUFFERED_BYTES)
    expect(page.last()).toMatchObject({ received: 100, status })
    expect(page.last()!.heapBytes - heapBytes).toBeLessThan(MAX_GROWTH_BYTES)
    if (before) {
      expect(before.renderers).toBeGreaterThan(MEGABYTE)
      expect(chromiumMemory()!.all - before.all).toBeLessThan(MAX_GROWTH_BYTES)
    }
  })
})
