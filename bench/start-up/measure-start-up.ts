/** Opens the apps one after the other, each in a new tab that no DevTools session is attached to. */
import { startChromium } from '../../test/browser/chromium-tabs.ts'
import { buildPage } from '../support/build-page.ts'
import { importedAtOnce, startStartUpServer } from './start-up-server.ts'
import type { PageScripts } from '../support/build-page.ts'
import type { StartUpResult } from './start-app.ts'

export const APPS = ['ours', 'native', 'vueuse', 'fetch-event-source'] as const
export type AppName = (typeof APPS)[number]

export interface StartUps {
  /** The browser's name and version. */
  readonly product: string
  /** Of all that an app loads at once, in bytes. */
  readonly scriptBytes: Readonly<Record<string, number>>
  measure(app: AppName, isCached: boolean): Promise<StartUpResult>
  close(): Promise<void>
}

const TIMEOUT_MS = 30_000

/** @param warmUps A browser keeps the compiled code of a script that it has seen a few times. */
export async function openStartUps(warmUps = 3): Promise<StartUps> {
  const apps: Record<string, PageScripts> = {}
  for (const app of APPS) apps[app] = await buildPage(`bench/start-up/apps/${app}.ts`)
  /** Hears what the page posts: there is one at a time. */
  let onResult: (result: StartUpResult) => void = () => {}
  const start = (isCached: boolean) =>
    startStartUpServer(apps, isCached, (result) => onResult(result as StartUpResult))
  // Origins have caches of their own.
  const servers = { cached: await start(true), uncached: await start(false) }
  const chromium = await startChromium()

  async function measure(app: AppName, isCached: boolean): Promise<StartUpResult> {
    const { url } = isCached ? servers.cached : servers.uncached
    const posted = new Promise<StartUpResult>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`No result: ${app}`)), TIMEOUT_MS)
      onResult = (result) => {
        clearTimeout(timer)
        resolve(result)
      }
    })
    const tab = await chromium.openAlone(`${url}/from/${app}/`)
    const result = await posted
    await tab.close()
    return result
  }

  for (const app of APPS) {
    for (let count = 0; count < warmUps; count++) await measure(app, true)
  }
  return {
    product: chromium.product,
    scriptBytes: Object.fromEntries(APPS.map((app) => [app, countBytes(apps[app]!)])),
    measure,
    async close() {
      await chromium.close()
      await servers.cached.close()
      await servers.uncached.close()
    },
  }
}

function countBytes(scripts: PageScripts): number {
  const imported = importedAtOnce(scripts).map((path) => scripts[path]!.length)
  return imported.reduce((sum, length) => sum + length, scripts['/page.js']!.length)
}
