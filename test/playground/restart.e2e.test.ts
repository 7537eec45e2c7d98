import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium } from '../support/browser.ts'
import { startPlayground } from '../support/playground-process.ts'
import type { Browser, Page } from 'playwright'
import type { PlaygroundProcess } from '../support/playground-process.ts'

let browser: Browser
let folder: string
let server: PlaygroundProcess

beforeAll(async () => {
  browser = await launchChromium()
  folder = await mkdtemp(join(tmpdir(), 'playground-restart-'))
  server = await startPlayground(0, { DATA_DIR: folder })
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

async function enter(name: string): Promise<Page> {
  const page = await browser.newPage()
  await page.goto(`${server.url}/chat`)
  await page.getByLabel('Name').fill(name)
  await page.getByRole('button', { name: 'Join' }).click()
  await status(page, 'open')
  return page
}

function status(page: Page, text: string): Promise<void> {
  return page.getByTestId('connection-status').getByText(text, { exact: true }).waitFor()
}

async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel('Message', { exact: true }).fill(text)
  await page.getByRole('button', { name: 'Send' }).click()
}

/** The numbers of the messages `message 1`, `message 2`, … in the order in which the page shows them. */
async function shownNumbers(page: Page): Promise<number[]> {
  const text = await page.getByRole('list', { name: 'Messages' }).innerText()
  return [...text.matchAll(/message (\d+)/g)].map(([, number]) => Number(number))
}

describe('chat room', () => {
  it('goes on in both tabs after the server was killed and started, nothing missing, nothing twice', async () => {
    const [ada, grace] = [await enter('Ada'), await enter('Grace')]
    await say(ada, 'message 1')
    await grace.getByText('message 1', { exact: true }).waitFor()
    await say(grace, 'message 2')
    await ada.getByText('message 2', { exact: true }).waitFor()

    await server.stop()
    for (const page of [ada, grace]) {
      await status(page, 'reconnecting')
      await page.getByTestId('retry-countdown').getByText(/\d/).first().waitFor()
    }

    server = await startPlayground(server.port, { DATA_DIR: folder })
    // Said while the tabs are still away, so that only a replay can bring it.
    const response = await fetch(`${server.url}/api/chat/messages`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ user: 'Linus', text: 'message 3' }),
    })
    expect(response.status).toBe(201)
    for (const page of [ada, grace]) await status(page, 'open')
    await say(ada, 'message 4')
    await grace.getByText('message 4', { exact: true }).waitFor()
    await ada.getByText('message 4', { exact: true }).waitFor()

    expect(await shownNumbers(ada)).toEqual([1, 2, 3, 4])
    expect(await shownNumbers(grace)).toEqual([1, 2, 3, 4])
  })
})
