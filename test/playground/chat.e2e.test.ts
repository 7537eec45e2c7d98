import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium } from '../support/browser.ts'
import { startPlayground } from '../support/playground-process.ts'
import type { Browser, Page } from 'playwright'
import type { PlaygroundProcess } from '../support/playground-process.ts'

let browser: Browser
let server: PlaygroundProcess

beforeAll(async () => {
  browser = await launchChromium()
  server = await startPlayground()
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel('Message', { exact: true }).fill(text)
  await page.getByRole('button', { name: 'Send' }).click()
}

describe('chat room', () => {
  it('shows in each of two tabs what the other one says', async () => {
    const [first, second] = await Promise.all([browser.newPage(), browser.newPage()])
    await Promise.all([first.goto(server.url), second.goto(server.url)])
    await say(first, 'hello from one')
    await second.getByText('hello from one').waitFor()
    await say(second, 'hello from two')
    await first.getByText('hello from two').waitFor()
    expect(await first.getByRole('listitem').count()).toBe(2)
  })
})
