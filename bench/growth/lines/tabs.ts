/** Tabs that use one connection together, in Chromium. */
import { setTimeout as wait } from 'node:timers/promises'
import { buildPageScripts } from '../../../test/browser/build-page.ts'
import { startChromium } from '../../../test/browser/chromium-tabs.ts'
import { eventChunks } from '../events.ts'
import { startTabsServer } from '../tabs-server.ts'
import type { ChromiumTabs } from '../../../test/browser/chromium-tabs.ts'
import type { GrowthLine } from '../growth-line.ts'
import type { TabsServer } from '../tabs-server.ts'

/** 1,000 events a second. */
const PER_WRITE = 20
const WRITE_MS = 20
/** A machine with little to spare opens a hundred documents in it, and delivers what it is behind with. */
const MOST_MS = 60_000

export function createTabsLine(): GrowthLine {
  let chromium: ChromiumTabs | undefined
  let server: TabsServer | undefined
  let samples = 0

  return {
    name: 'tabs',
    title: "Tabs that share: 'tabs'",
    note:
      'Documents of one page and one origin, each with its own BroadcastChannel, lock request, app and stream: a hundred real tabs ' +
      'would be a hundred processes. 1,000 events a second over one connection; the cost is that of all processes of Chromium.',
    sizes: 'tabs',
    grows: 'work',
    unit: 'tab',
    trials: [1, 10, 100].map((size) => ({ size, count: 2000, warmUp: 1000 })),
    quick: [1, 3].map((size) => ({ size, count: 100, warmUp: 40 })),
    async open() {
      const scripts = await buildPageScripts('../../bench/growth/tabs-page.ts')
      server = await startTabsServer(scripts)
      chromium = await startChromium()
    },
    async close() {
      await chromium?.close()
      await server?.close()
    },
    async measure({ size, count, warmUp }) {
      const stream = `stream-${++samples}`
      const { url, untilAll, connections } = server!
      const chunks = eventChunks(warmUp + count, PER_WRITE)
      const tab = await chromium!.openAlone(`${url}/?stream=${stream}&frames=${size}`)
      await untilAll(stream, 0, MOST_MS)

      await write(stream, chunks.slice(0, warmUp / PER_WRITE))
      await untilAll(stream, warmUp, MOST_MS)
      const before = await chromium!.cpuSeconds()
      await write(stream, chunks.slice(warmUp / PER_WRITE))
      await untilAll(stream, warmUp + count, MOST_MS)
      const cost = ((await chromium!.cpuSeconds()) - before) * 1e6

      if (connections(stream) !== 1) throw new Error(`${connections(stream)} connections.`)
      await tab.close()
      return { cost, count }
    },
  }

  async function write(stream: string, chunks: readonly Uint8Array[]): Promise<void> {
    const began = performance.now()
    for (const [index, chunk] of chunks.entries()) {
      server!.write(stream, chunk)
      await wait(began + (index + 1) * WRITE_MS - performance.now())
    }
  }
}
