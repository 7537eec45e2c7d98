/** Opens pages one after the other, each in a new tab that no DevTools session is attached to, and hears what they measure. */
import { startChromium } from '../../test/browser/chromium-tabs.ts'
import type { LoneTab } from '../../test/browser/chromium-tabs.ts'
import type { PageScripts } from '../support/build-page.ts'
import type { BenchServer } from '../support/page-server.ts'
import type { Contender } from './contenders.ts'
import type { PageResult, PageSetup } from './page-script.ts'

/** What all contenders of a run are given. */
export interface Workload {
  count: number
  /** Events per second; all at once without. */
  rate?: number
  areEqual?: boolean
  capMs: number
  settlingFrames?: number
}

export type StartServer = (
  scripts: PageScripts,
  onResult: (result: unknown) => void,
) => Promise<BenchServer>

export interface Pages {
  /** The browser's name and version. */
  readonly product: string
  /** @param onHeld Is given the tab before the run starts; what it gives is called when the run is over. */
  measure(
    contender: Contender,
    workload: Workload,
    onHeld?: (tab: LoneTab) => Promise<() => Promise<void>>,
  ): Promise<PageResult>
  close(): Promise<void>
}

/** Over the cap, for a page that is busy. */
const GRACE_MS = 60_000

export async function openPages(scripts: PageScripts, startServer: StartServer): Promise<Pages> {
  /** Hears what the page posts: there is one at a time. */
  let onResult: (result: PageResult | { failure: string }) => void = () => {}
  const server = await startServer(scripts, (result) => onResult(result as PageResult))
  const chromium = await startChromium(['--enable-precise-memory-info', '--js-flags=--expose-gc'])

  return {
    product: chromium.product,
    async measure({ component, floor, hasIds }, { rate, ...workload }, onHeld) {
      const query = new URLSearchParams({ count: String(workload.count) })
      if (hasIds) query.set('ids', 'yes')
      if (workload.areEqual) query.set('equal', 'yes')
      if (rate) query.set('rate', String(rate))
      // A client would take the end for a cut.
      if (floor) query.set('end', 'yes')
      const setup: PageSetup = { component, floor, ...workload, query: String(query) }
      setup.isHeld = !!onHeld
      const posted = new Promise<PageResult>((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new Error(`No result: ${JSON.stringify(setup)}`)),
          workload.capMs + GRACE_MS,
        )
        onResult = (result) => {
          clearTimeout(timer)
          if ('failure' in result) reject(new Error(result.failure))
          else resolve(result)
        }
      })
      const tab = await chromium.openAlone(
        `${server.url}/?setup=${encodeURIComponent(JSON.stringify(setup))}`,
      )
      const release = await onHeld?.(tab)
      const result = await posted
      await release?.()
      await tab.close()
      if (result.wasHidden) throw new Error('The page was hidden: it showed no frames')
      return result
    },
    async close() {
      await chromium.close()
      await server.close()
    },
  }
}
