/** A Chromium, and a server of floods with pages that time themselves; no DevTools session is attached to them. */
import { afterAll, beforeAll } from 'vitest'
import { startFloodServer } from '../support/flood-server.ts'
import { buildPageScripts } from './build-page.ts'
import { startChromium } from './chromium-tabs.ts'
import { eventually } from './eventually.ts'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FloodServer } from '../support/flood-server.ts'
import type { ChromiumTabs, LoneTab } from './chromium-tabs.ts'
import type { PageScripts } from './build-page.ts'
import type { BurstResult, BurstSetup, FloodResult, FloodSetup } from './slow-page-script.ts'

const PAGE =
  '<!doctype html><meta charset="utf-8"><title>slow</title><script type="module" src="/page.js"></script>'

export interface SlowPages {
  readonly server: FloodServer
  /** Opens a page, waits for what it has measured, and closes it. */
  measure(setup: Omit<BurstSetup, 'run'>): Promise<BurstResult>
  /** Opens a page, and gives what it has posted last, as often as that is asked for. */
  flood(setup: Omit<FloodSetup, 'run'>): Promise<FloodPage>
}

export interface FloodPage {
  readonly tab: LoneTab
  last(): FloodResult | undefined
  /** Resolves when the server has not written for a second of the page: its own turns say nothing of another process. */
  untilStill(): Promise<void>
}

/** Ticks of a page that takes no messages, each of 100 ms. */
const STILL_TICKS = 10
/** Whatever a page does, its test ends. */
const TIMEOUT_MS = 50_000

/** Rejects when the page does not tell what it has measured. */
async function within<Result>(measured: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('The page has told nothing')), TIMEOUT_MS)
  })
  try {
    return await Promise.race([measured, late])
  } finally {
    clearTimeout(timer)
  }
}

export function useSlowPages(): SlowPages {
  let server: FloodServer
  let chromium: ChromiumTabs
  let scripts: PageScripts
  /** Hears what the pages post: one at a time. */
  let onResult: (result: never) => void = () => {}

  beforeAll(async () => {
    scripts = await buildPageScripts('slow-page-script.ts')
    server = await startFloodServer(respond)
    chromium = await startChromium()
  })
  afterAll(async () => {
    await chromium?.close()
    await server?.close()
  })

  function respond(request: IncomingMessage, response: ServerResponse): void {
    if (request.url === '/result') return receive(request, response)
    const script = scripts[request.url!]
    // Else a page gets a clock of 100 µs, and cannot be busy for less.
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin')
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp')
    response.setHeader('Content-Type', script ? 'text/javascript' : 'text/html')
    response.end(script ?? PAGE)
  }

  function receive(request: IncomingMessage, response: ServerResponse): void {
    let text = ''
    request.setEncoding('utf8').on('data', (part: string) => (text += part))
    request.on('end', () => {
      onResult(JSON.parse(text) as never)
      response.writeHead(204).end()
    })
  }

  const open = (setup: BurstSetup | FloodSetup): Promise<LoneTab> =>
    chromium.openAlone(`${server.url}/?setup=${encodeURIComponent(JSON.stringify(setup))}`)

  return {
    get server() {
      return server
    },
    async measure(setup) {
      const measured = new Promise<BurstResult>((resolve) => (onResult = resolve))
      const tab = await open({ run: 'burst', ...setup })
      if (setup.isHidden) await tab.hide()
      const result = await within(measured)
      // A window that stays minimized would hide the next tab as well.
      if (setup.isHidden) await tab.show()
      await tab.close()
      return result
    },
    async flood(setup) {
      let last: FloodResult | undefined
      onResult = (result: FloodResult) => (last = result)
      const tab = await open({ run: 'flood', ...setup })
      return {
        tab,
        last: () => last,
        async untilStill() {
          let bytes = -1
          let since = 0
          await eventually(() => {
            const { ticks } = last!
            if (!server.flood.isBlocked || server.flood.bytes !== bytes) since = ticks
            bytes = server.flood.bytes
            if (ticks < since + STILL_TICKS)
              throw new Error(`The server still writes: ${bytes} bytes`)
          })
        },
      }
    },
  }
}
