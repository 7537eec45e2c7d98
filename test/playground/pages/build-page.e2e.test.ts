import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startPlayground } from '../../support/playground-process.ts'
import { openPlayground, waitForStatus } from './open-playground.ts'
import type { Page } from 'playwright'
import type { Playground } from './open-playground.ts'

let playground: Playground
beforeEach(async () => {
  playground = await openPlayground({ BUILD_PAUSE_MS: '10' })
})
afterEach(() => playground?.close())

const waitForHeading = (page: Page, name: string): Promise<void> =>
  page.getByRole('heading', { level: 2, name, exact: true }).waitFor()
const percent = async (page: Page): Promise<number> =>
  Number(await page.getByTestId('percent').innerText())
const waitForPercent = (page: Page, least: number): Promise<unknown> =>
  page.waitForFunction(
    (wanted) => Number(document.querySelector('[data-testid=percent]')?.textContent) >= wanted,
    least,
  )
const lines = (page: Page): Promise<string[]> =>
  page.getByTestId('build-lines').getByRole('listitem').allInnerTexts()

/** What a page has shown that followed the build to its end. */
async function result(page: Page): Promise<unknown> {
  await waitForHeading(page, 'The build is complete')
  await waitForStatus(page, 'closed')
  return {
    percent: await percent(page),
    lines: await lines(page),
    files: await page.getByTestId('step-verify').innerText(),
    numbers: await page.getByTestId('build-result').innerText(),
  }
}

describe('build page', () => {
  it('follows a build to its end, which ends the stream, and then another one', async () => {
    const { page, complaints } = await playground.visit('/build')
    await page.getByText('Nothing has been built yet').waitFor()
    await page.getByRole('button', { name: 'Start a build' }).press('Enter')
    await waitForHeading(page, 'Building')
    await waitForPercent(page, 10)
    expect(await percent(page)).toBeLessThan(100)
    await waitForStatus(page, 'open')
    const first = (await result(page)) as { percent: number; lines: string[]; files: string }
    const [, files] = /^(\d+) of \1$/.exec(first.files)!
    expect(first.percent).toBe(100)
    expect(first.lines).toHaveLength(1 + 3 * Number(files))
    await page
      .getByRole('heading', { name: 'The build is complete' })
      .and(page.locator(':focus'))
      .waitFor()

    await page.getByRole('button', { name: 'Build again' }).click()
    await waitForHeading(page, 'Building')
    expect((await result(page)) as object).toMatchObject({ lines: first.lines })
    expect(complaints).toEqual([])
  })

  it('says which step has failed and why, and starts a new one that does not', async () => {
    const { page } = await playground.visit('/build')
    await page.getByRole('button', { name: 'Start one that fails' }).click()
    await waitForHeading(page, 'The build has failed')
    await waitForStatus(page, 'closed')
    await page.getByText(/^Unpack and compare: \S+: what was unpacked is not/).waitFor()
    expect(await percent(page)).toBeLessThan(100)
    const steps = await page
      .getByRole('list', { name: 'Steps' })
      .getByRole('listitem')
      .allInnerTexts()
    expect(steps.map((step) => /done|failed|running/.exec(step)?.[0])).toEqual([
      ...['done', 'done', 'done', 'failed'],
    ])
    await page.getByRole('button', { name: 'Build again' }).click()
    await result(page)
    expect(await page.getByText('what was unpacked is not').count()).toBe(0)
  })

  it('goes on exactly after a reconnect in the middle', async () => {
    const { page } = await playground.visit('/build')
    await page.getByRole('button', { name: 'Start a build' }).click()
    await waitForPercent(page, 10)
    await page.getByRole('button', { name: 'Reconnect' }).click()
    const own = await result(page)
    const { page: other } = await playground.visit('/build')
    expect(own).toEqual(await result(other))
    const received = (each: Page): Promise<string> => each.getByTestId('received').innerText()
    expect(await received(page)).toBe(await received(other))
  })

  it('joins the running build after a reload and in another tab', async () => {
    const { page } = await playground.visit('/build')
    await page.getByRole('button', { name: 'Start a build' }).click()
    await waitForPercent(page, 10)
    const before = await percent(page)
    await page.reload()
    await waitForHeading(page, 'Building')
    await waitForPercent(page, before)
    const { page: other } = await playground.openTab(page.context(), '/build')
    await waitForHeading(other, 'Building')
    expect(await result(page)).toEqual(await result(other))
  })

  it('says that a build is gone which the server does not know after a restart', async () => {
    const { page } = await playground.visit('/build')
    await page.getByRole('button', { name: 'Start a build' }).click()
    await waitForPercent(page, 5)
    const { port } = playground.server
    await playground.server.stop()
    await waitForStatus(page, 'reconnecting')
    const second = await startPlayground(port, { BUILD_PAUSE_MS: '0' })
    try {
      await waitForHeading(page, 'This build is gone')
      await page.getByText('The server has been started anew').first().waitFor()
      await page.getByRole('button', { name: 'Build again' }).click()
      expect(await result(page)).toMatchObject({ percent: 100 })
    } finally {
      await second.stop()
    }
  })

  it("shows the server's words when none can be started", async () => {
    const { page } = await playground.visit('/build')
    const problem = { title: 'No', status: 429, detail: 'Enough for today.' }
    await page.route('**/api/builds', (route) => route.fulfill({ status: 429, json: problem }))
    await page.getByRole('button', { name: 'Start a build' }).click()
    await page.getByRole('alert').getByText('Not started: Enough for today.').waitFor()
    expect(await page.getByRole('button', { name: 'Start a build' }).isEnabled()).toBe(true)
  })
})
