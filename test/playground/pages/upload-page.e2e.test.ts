import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openPlayground, waitForStatus } from './open-playground.ts'
import type { Page } from 'playwright'
import type { Playground } from './open-playground.ts'

const MAX_BYTES = 2.5 * 1024 * 1024

let playground: Playground
beforeAll(async () => {
  playground = await openPlayground({ MAX_UPLOAD_BYTES: String(MAX_BYTES) })
})
afterAll(() => playground?.close())

function makeFile(name: string, bytes: number, fill: number) {
  return { name, mimeType: 'application/octet-stream', buffer: Buffer.alloc(bytes, fill) }
}

/** So slow that progress can be seen and cancelled. */
async function slowDown(page: Page, bytesPerSecond: number): Promise<void> {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 0,
    downloadThroughput: -1,
    uploadThroughput: bytesPerSecond,
  })
}

describe('upload page', () => {
  it('shows the progress of real files and gives them back, one upload after the other', async () => {
    const { page, complaints } = await playground.visit('/upload')
    await slowDown(page, 4_000_000)
    const files = [makeFile('first.bin', 2_000_000, 7), makeFile('second.bin', 10, 8)]
    for (const round of [1, 2]) {
      await page.getByLabel('Choose files').setInputFiles(files)
      await page.waitForFunction(() => {
        const percent = Number(document.querySelector('[data-testid=percent]')?.textContent)
        return percent > 0 && percent < 100
      })
      await page.getByRole('heading', { name: 'Everything has arrived' }).waitFor()
      await waitForStatus(page, 'closed')
      if (round === 2) break
      await page.getByRole('button', { name: 'Upload other files' }).press('Enter')
      await page
        .getByLabel('Choose files')
        .and(page.locator(':focus'))
        .waitFor({ state: 'attached' })
    }
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download first.bin' }).click(),
    ])
    expect(download.suggestedFilename()).toBe('first.bin')
    expect(files[0]!.buffer.equals(await readFile(await download.path()))).toBe(true)
    expect(complaints).toEqual([])
  })

  it('cancels, and starts again from the same files', async () => {
    const { page } = await playground.visit('/upload')
    await slowDown(page, 800_000)
    await page.getByLabel('Choose files').setInputFiles([makeFile('slow.bin', 1_000_000, 1)])
    await page.waitForFunction(
      () => Number(document.querySelector('[data-testid=percent]')?.textContent) > 0,
    )
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('heading', { name: 'Cancelled', exact: true }).waitFor()
    await waitForStatus(page, 'closed')
    await slowDown(page, -1)
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByRole('heading', { name: 'Everything has arrived' }).waitFor()
    expect(await page.getByRole('link', { name: 'Download slow.bin' }).count()).toBe(1)
  })

  it('sends nothing when it is cancelled before the server has given a ticket', async () => {
    const { page } = await playground.visit('/upload')
    let answer = (): void => {}
    const asked = new Promise<void>((resolve) => {
      void page.route('**/api/uploads', async (route) => {
        resolve()
        await new Promise<void>((go) => (answer = go))
        await route.continue()
      })
    })
    const sent: string[] = []
    page.on('request', (request) => {
      if (request.url().endsWith('/files')) sent.push(request.url())
    })
    await page.getByLabel('Choose files').setInputFiles([makeFile('early.bin', 10, 1)])
    await asked
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('heading', { name: 'Cancelled', exact: true }).waitFor()
    const ticket = page.waitForResponse('**/api/uploads')
    answer()
    await ticket
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)))
    expect(sent).toEqual([])
    expect(await page.getByRole('heading', { name: 'Cancelled', exact: true }).count()).toBe(1)
  })

  it('knows that all has arrived, also with its stream closed', async () => {
    const { page } = await playground.visit('/upload')
    await slowDown(page, 800_000)
    await page.getByLabel('Choose files').setInputFiles([makeFile('quiet.bin', 600_000, 1)])
    await waitForStatus(page, 'open')
    await page.getByRole('button', { name: 'Close' }).click()
    await waitForStatus(page, 'closed')
    await page.getByRole('heading', { name: 'Everything has arrived' }).waitFor()
    expect(await page.getByRole('link', { name: 'Download quiet.bin' }).count()).toBe(1)
  })

  it('names the limit that an upload is over, before a byte is sent', async () => {
    const { page } = await playground.visit('/upload')
    const file = makeFile('large.bin', MAX_BYTES + 1, 1)
    await page.getByLabel('Choose files').setInputFiles([file])
    await page.getByText('one upload may have 2.5 MiB').waitFor()
    expect(await page.getByTestId('received').textContent()).toBe('0')
  })

  it("shows the server's words when an upload fails", async () => {
    const { page } = await playground.visit('/upload')
    const problem = { title: 'Full', status: 507, detail: 'The disk is full.' }
    await page.route('**/api/uploads/*/files', (route) =>
      route.fulfill({ status: 507, json: problem }),
    )
    await page.getByLabel('Choose files').setInputFiles([makeFile('a.bin', 10, 1)])
    await page.getByText('The disk is full.').waitFor()
    await page.unroute('**/api/uploads/*/files')
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByRole('heading', { name: 'Everything has arrived' }).waitFor()
    expect(await page.getByText('The disk is full.').count()).toBe(0)
  })
})
