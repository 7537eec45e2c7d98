/** A running playground with an empty data folder, and pages on it that remember what they complained about. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { launchChromium } from '../../support/browser.ts'
import { startPlayground } from '../../support/playground-process.ts'
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright'

export interface Visit {
  readonly page: Page
  /** Console errors and warnings, and errors that nobody caught. */
  readonly complaints: string[]
}

export async function openPlayground(env: Record<string, string> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'playground-pages-'))
  const server = await startPlayground(0, { NEWS_INTERVAL_MS: '0', ...env, DATA_DIR: folder })
  const browser = await launchChromium()

  /** Opens a page as a visitor of its own, with its own storage. @param path Or a whole URL, as behind a proxy. */
  async function visit(path: string, options: BrowserContextOptions = {}): Promise<Visit> {
    return openTab(await browser.newContext({ reducedMotion: 'reduce', ...options }), path)
  }

  /** Opens a tab beside those of the same visitor. */
  async function openTab(context: BrowserContext, path: string): Promise<Visit> {
    const page = await context.newPage()
    const complaints: string[] = []
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
    })
    await page.goto(new URL(path, server.url).href)
    return { page, complaints }
  }

  async function close(): Promise<void> {
    await browser.close()
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }

  return { server, logFile: join(folder, 'server.log'), visit, openTab, close }
}

export type Playground = Awaited<ReturnType<typeof openPlayground>>

/** Waits until the page's stream is what it should be. */
export async function waitForStatus(page: Page, status: string): Promise<void> {
  await page.getByTestId('connection-status').getByText(status, { exact: true }).waitFor()
}

export async function joinRoom(page: Page, name: string): Promise<void> {
  await page.getByLabel('Name').fill(name)
  await page.getByRole('button', { name: 'Join' }).click()
  await waitForStatus(page, 'open')
}

export async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel('Message', { exact: true }).fill(text)
  await page.getByRole('button', { name: 'Send' }).click()
}
