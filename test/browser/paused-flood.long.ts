/**
 * `npm run bench:slow`: a server that writes as fast as it can, and pages that hold for 15 seconds. It prints how fast the
 * server could write to a page that takes all, and what it wrote, and the browser's memory, while a page holds.
 */
import { describe, expect, it, vi } from 'vitest'
import { chromiumMemory } from '../support/process-memory.ts'
import { useSlowPages } from './slow-pages.ts'

const pages = useSlowPages()

const MEGABYTE = 1_000_000
const HELD_MS = 15_000
const SIZE = 10_000

const within = (check: () => void): Promise<void> =>
  vi.waitFor(check, { timeout: 60_000, interval: 50 })
const megabytes = (bytes = 0): string => `${(bytes / MEGABYTE).toFixed(1)} MB`

/** Looks until the time has passed; gives all that it saw. */
async function watch<Seen>(ms: number, look: () => Seen): Promise<Seen[]> {
  const seen: Seen[] = []
  const end = performance.now() + ms
  await within(() => {
    seen.push(look())
    expect(performance.now()).toBeGreaterThan(end)
  })
  return seen
}

function print(what: string, values: number[]): void {
  const [first, last] = [values[0]!, values.at(-1)!]
  const [least, most] = [Math.min(...values), Math.max(...values)]
  console.info(
    `  ${what}: ${megabytes(first)} at first, ${megabytes(last)} at last, ${megabytes(least)} to ${megabytes(most)}`,
  )
}

describe('a server that writes without end', () => {
  it('is read as fast as the page can by one that takes all', async () => {
    const page = await pages.flood({ size: SIZE, hold: 'nobody', after: 0 })
    await within(() => expect(page.last()?.received).toBeGreaterThan(100))
    const { flood } = pages.server
    const before = flood.bytes
    await watch(3000, () => {})
    console.info(`taken by the page: ${megabytes((flood.bytes - before) / 3)} in a second`)
    await page.tab.close()
    await within(() => expect(flood.isOpen).toBe(false))
  })

  it.each(['pause', 'queue'] as const)('is stopped by one that holds: %s', async (hold) => {
    const page = await pages.flood({ size: SIZE, hold, after: 100 })
    await within(() => expect(page.last()?.received).toBe(100))
    const { flood } = pages.server
    await page.untilStill()
    const { bytes } = flood
    const { ticks } = page.last()!
    const seen = await watch(HELD_MS, () => ({
      ...{ bytes: flood.bytes, heap: page.last()!.heapBytes },
      ...(chromiumMemory() ?? { all: 0, renderers: 0 }),
    }))
    console.info(
      `${hold}, for ${HELD_MS / 1000} s: ${megabytes(bytes)} written before, ` +
        `${megabytes(flood.bytes - bytes)} since; ${page.last()!.ticks - ticks} ticks of 100 ms`,
    )
    print(
      'heap of the page',
      seen.map(({ heap }) => heap),
    )
    print(
      'renderer processes',
      seen.map(({ renderers }) => renderers),
    )
    print(
      'all of Chromium',
      seen.map(({ all }) => all),
    )
    expect(seen.every((now) => now.bytes === bytes)).toBe(true)
    expect(flood).toMatchObject({ isBlocked: true, isOpen: true })
    expect(page.last()!.received).toBe(100)
    await page.tab.close()
    await within(() => expect(flood.isOpen).toBe(false))
  })
})
