import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findPassages, readPassages } from '../../../playground/server/passages.ts'
import { openPlayground, waitForStatus } from './open-playground.ts'
import type { Page } from 'playwright'
import type { Playground, Visit } from './open-playground.ts'

const QUESTION = 'How do tabs share one connection?'
const [BEST, NEXT] = findPassages(readPassages(), QUESTION).map(({ text }) => text) as [
  string,
  string,
]

let playground: Playground
beforeAll(async () => {
  playground = await openPlayground({ WORD_MS: '10', MESSAGES_PER_10_S: '1000' })
})
afterAll(() => playground?.close())

const answers = (page: Page): Promise<string[]> =>
  page.getByTestId('answer').evaluateAll((all) => all.map(({ textContent }) => textContent!))
const waitForText = (page: Page, least: number): Promise<unknown> =>
  page.waitForFunction(
    (length) =>
      [...document.querySelectorAll('[data-testid=answer]')].at(-1)!.textContent!.length >= length,
    least,
  )
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })

async function ask(question: string, fault = 'none'): Promise<Visit> {
  const visit = await playground.visit('/assistant')
  const { page } = visit
  await page.getByLabel('In the middle of the next answer').selectOption(fault)
  await page.getByLabel('Question').fill(question)
  await page.keyboard.press('Enter')
  return visit
}

describe('assistant page', () => {
  it('shows the answer as it grows, and is idle before the first question', async () => {
    const { page, complaints } = await playground.visit('/assistant')
    await waitForStatus(page, 'idle')
    await button(page, QUESTION).click()
    await waitForText(page, 20)
    const [part] = (await answers(page)) as [string]
    expect(part.length).toBeLessThan(BEST.length)
    expect(BEST.startsWith(part)).toBe(true)
    await button(page, 'Another answer').waitFor()
    expect(await answers(page)).toEqual([BEST])
    await waitForStatus(page, 'closed')
    await page.getByLabel('Question').and(page.locator(':focus')).waitFor()
    expect(complaints).toEqual([])
  })

  it('stops by button and by key, and keeps what came', async () => {
    const { page } = await ask(QUESTION)
    await waitForText(page, 20)
    await button(page, 'Stop').click()
    await waitForStatus(page, 'closed')
    const [stopped] = (await answers(page)) as [string]
    expect(stopped).not.toBe(BEST)
    expect(BEST.startsWith(stopped)).toBe(true)
    await page.getByText(/^Stopped\./).waitFor()

    await page.getByLabel('Question').fill(QUESTION)
    await page.keyboard.press('Enter')
    await waitForText(page, 20)
    await page.keyboard.press('Escape')
    await waitForStatus(page, 'closed')
    expect((await answers(page))[0]).toBe(stopped)
    expect((await answers(page))[1]!.length).toBeLessThan(BEST.length)
  })

  it('puts another answer in the place of the last one', async () => {
    const { page } = await ask(QUESTION)
    await button(page, 'Another answer').click()
    await waitForText(page, NEXT.length)
    await button(page, 'Another answer').waitFor()
    expect(await answers(page)).toEqual([NEXT])
  })

  it('keeps the text of an answer that broke off, says why, and asks again', async () => {
    const { page } = await ask(QUESTION, 'error')
    await page.getByText('The answer broke off. The assistant has lost its thread').waitFor()
    const [part] = (await answers(page)) as [string]
    expect(part.length).toBeGreaterThan(20)
    expect(BEST.startsWith(part)).toBe(true)
    await button(page, 'Ask again').click()
    await button(page, 'Another answer').waitFor()
    expect(await answers(page)).toEqual([BEST])
  })

  it('goes on after a cut where it was: the question is asked once', async () => {
    const posts: string[] = []
    const gets: string[] = []
    const { page } = await playground.visit('/assistant')
    page.on('request', (request) => {
      if (!request.url().includes('/api/assistant')) return
      ;(request.method() === 'POST' ? posts : gets).push(request.url())
    })
    await page.getByLabel('In the middle of the next answer').selectOption('cut')
    await button(page, QUESTION).click()
    await waitForStatus(page, 'reconnecting')
    await button(page, 'Another answer').waitFor()
    expect(await answers(page)).toEqual([BEST])
    expect([posts.length, gets.length]).toEqual([1, 1])
    expect(await page.getByTestId('duplicates').innerText()).toBe('0')
  })

  it('stops the first answer when a second question is asked', async () => {
    const { page } = await ask(QUESTION)
    await waitForText(page, 20)
    await page.getByLabel('Question').fill('xylophone')
    await page.keyboard.press('Enter')
    await button(page, 'Another answer').waitFor()
    const [first, second] = (await answers(page)) as [string, string]
    expect(BEST.startsWith(first)).toBe(true)
    expect(second).toMatch(/^The documents of this project have no word of that/)
    await page.getByText(/^Stopped\./).waitFor()
  })

  it('renders no markup, neither of questions nor of answers', async () => {
    const markup = `<b>${QUESTION}</b>`
    const { page, complaints } = await ask(markup)
    await button(page, 'Another answer').waitFor()
    const list = page.getByRole('list', { name: 'Answers' })
    await list.getByText(markup, { exact: true }).waitFor()
    expect((await answers(page))[0]).toMatch(/`/)
    expect(await list.locator('b, strong, code, pre, a').count()).toBe(0)
    expect(complaints).toEqual([])
  })

  it("shows the server's words when it takes no question", async () => {
    const { page } = await playground.visit('/assistant')
    const problem = { title: 'Too many', status: 429, detail: 'Ask again later.' }
    await page.route('**/api/assistant', (route) =>
      route.fulfill({
        status: 429,
        contentType: 'application/problem+json',
        body: JSON.stringify(problem),
      }),
    )
    await button(page, QUESTION).click()
    await page.getByText('There is no answer. Ask again later.').waitFor()
    await page.unroute('**/api/assistant')
    await button(page, 'Ask again').click()
    await button(page, 'Another answer').waitFor()
    expect(await answers(page)).toEqual([BEST])
  })
})
