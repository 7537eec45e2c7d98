/** Several tabs of one visitor, one connection: who has it, and that nothing is lost when that tab goes or hangs. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { openPlayground, waitForStatus } from './open-playground.ts'
import type { Page } from 'playwright'
import type { Playground, Visit } from './open-playground.ts'

let playground: Playground
beforeAll(async () => {
  playground = await openPlayground()
})
afterAll(() => playground?.close())

/** Gone with the test: the server counts everybody's connections. */
async function visit(path: string): Promise<Visit> {
  const opened = await playground.visit(path)
  onTestFinished(() => opened.page.context().close())
  return opened
}

/** So many tabs of one visitor; the first leads. */
async function openTabs(count: number): Promise<Visit[]> {
  const visits = [await visit('/connections')]
  const context = visits[0]!.page.context()
  await waitForRole(visits[0]!.page, 'This tab leads')
  while (visits.length < count) {
    const opened = await playground.openTab(context, '/connections')
    await waitForRole(opened.page, 'Another tab leads')
    visits.push(opened)
  }
  return visits
}

const waitForRole = (page: Page, role: string): Promise<void> =>
  page.getByTestId('role').getByText(role, { exact: true }).waitFor()
const waitForText = (page: Page, id: string, text: string): Promise<void> =>
  page.getByTestId(id).getByText(text, { exact: true }).waitFor()
const textOf = (page: Page, id: string): Promise<string> => page.getByTestId(id).innerText()
const press = (page: Page, name: RegExp): Promise<void> =>
  page.getByRole('button', { name }).click()

/** Waits for beats that the server has told after this moment. */
async function waitForBeats(page: Page): Promise<void> {
  const last = (): Promise<number> =>
    page
      .getByTestId('beats-last')
      .innerText()
      .then((text) => Number(text.replace(',', '')))
  const before = await last()
  await page.waitForFunction(
    (number) =>
      Number(document.querySelector('[data-testid=beats-last]')!.textContent!.replace(',', '')) >
      number + 3,
    before,
  )
}

/** What each tab has missed and got twice, once it has had beats of now. */
async function lossesOf(...pages: Page[]): Promise<string[]> {
  for (const page of pages) await waitForBeats(page)
  const texts = pages.map(async (page) => {
    const [missed, twice] = [await textOf(page, 'beats-missed'), await textOf(page, 'beats-twice')]
    return `${missed} missed, ${twice} twice`
  })
  return Promise.all(texts)
}

const NOTHING_LOST = '0 missed, 0 twice'

describe('connections page', () => {
  it('shows one connection under three tabs, and who has it', async () => {
    const visits = await openTabs(3)
    for (const { page } of visits) {
      await waitForText(page, 'connections-connections', '1')
      await waitForText(page, 'tabs', '3')
    }
    const [first, ...others] = visits.map(({ page }) => page)
    expect(await textOf(first!, 'transport')).toBe('streaming')
    for (const page of others) expect(await textOf(page, 'transport')).toBe('from another tab')
    expect(new Set(await lossesOf(...others))).toEqual(new Set([NOTHING_LOST]))
    expect(visits.flatMap(({ complaints }) => complaints)).toEqual([])
  })

  it('is one connection under eight tabs, which miss nothing in whatever order they are closed', async () => {
    let pages = (await openTabs(8)).map(({ page }) => page)
    for (const page of pages) {
      await waitForText(page, 'tabs', '8')
      await waitForText(page, 'connections-connections', '1')
    }
    // Counted since it was opened, so each is asked once: before it is closed.
    for (const index of [3, 0, 5, 0, 1, 2, 0]) {
      const page = pages[index]!
      expect(await lossesOf(page)).toEqual([NOTHING_LOST])
      await page.close()
      pages = pages.filter((other) => other !== page)
    }
    expect(await lossesOf(...pages)).toEqual([NOTHING_LOST])
    await waitForText(pages[0]!, 'tabs', '1')
    await waitForText(pages[0]!, 'connections-connections', '1')
  })

  it('has another tab take over when the leading one is ended, which may come back', async () => {
    const [first, second, third] = (await openTabs(3)).map(({ page }) => page) as [Page, Page, Page]
    await press(second, /^End the leading/)
    await waitForRole(first, 'This tab was ended')
    await waitForStatus(first, 'closed')
    await waitForText(second, 'tabs', '2')
    expect(await lossesOf(second, third)).toEqual([NOTHING_LOST, NOTHING_LOST])
    const roles = await Promise.all([second, third].map((page) => textOf(page, 'role')))
    expect(new Set(roles)).toEqual(new Set(['Another tab leads', 'This tab leads']))
    await waitForText(third, 'connections-connections', '1')

    await press(first, /^Rejoin$/)
    await waitForRole(first, 'Another tab leads')
    expect(await lossesOf(first)).toEqual([NOTHING_LOST])
  })

  it('has another tab take over when the leading one is closed', async () => {
    const [first, second, third] = (await openTabs(3)).map(({ page }) => page) as [Page, Page, Page]
    await first.close()
    await waitForText(second, 'tabs', '2')
    expect(await lossesOf(second, third)).toEqual([NOTHING_LOST, NOTHING_LOST])
    await waitForText(second, 'connections-connections', '1')
  })

  it('has another tab take over when the leading one hangs, which then follows', async () => {
    const [first, second] = (await openTabs(2)).map(({ page }) => page) as [Page, Page]
    await press(second, /^Block the leading/)
    await waitForRole(second, 'This tab leads')
    await waitForRole(first, 'Another tab leads')
    expect(await lossesOf(first, second)).toEqual([NOTHING_LOST, NOTHING_LOST])
    await waitForText(second, 'connections-connections', '1')
  })

  it('keeps the focus where a button was that the press has taken away', async () => {
    const { page } = await visit('/connections')
    await waitForRole(page, 'This tab leads')
    await page.getByRole('button', { name: /^End the leading/ }).press('Enter')
    const focused = page.locator(':focus')
    await focused.and(page.getByRole('button', { name: 'Rejoin' })).waitFor()
    await page.keyboard.press('Enter')
    await waitForRole(page, 'This tab leads')
    await focused.and(page.getByRole('button')).waitFor()
    expect(await focused.innerText()).toBe('End the leading tab’s stream')
  })

  it('says where browsers have no locks that tabs do not share', async () => {
    const context = (await visit('/upload')).page.context()
    await context.addInitScript(() => {
      Object.defineProperty(Navigator.prototype, 'locks', { value: undefined, configurable: true })
      delete (Navigator.prototype as { locks?: unknown }).locks
    })
    const visits = [1, 2].map(() => playground.openTab(context, '/connections'))
    for (const { page, complaints } of await Promise.all(visits)) {
      await waitForRole(page, 'This tab is on its own')
      await page.getByRole('note').getByText('plain http').waitFor()
      await waitForText(page, 'connections-connections', '2')
      expect([await textOf(page, 'tabs'), complaints]).toEqual(['–', []])
    }
  })

  it('counts the streams of chat and news, one for all tabs of each', async () => {
    const [first] = await openTabs(1)
    const context = first!.page.context()
    const news = [
      await playground.openTab(context, '/news'),
      await playground.openTab(context, '/news'),
    ]
    for (const { page } of news) await waitForStatus(page, 'open')
    await waitForText(first!.page, 'connections-news', '1')
    expect(await textOf(first!.page, 'connections-chat')).toBe('0')
    for (const { page } of news) await page.close()
    await waitForText(first!.page, 'connections-news', '0')
  })
})
