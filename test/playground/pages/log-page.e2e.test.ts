import { truncate } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { postJson } from '../server/support/api-server.ts'
import { openPlayground, waitForStatus } from './open-playground.ts'
import type { Page } from 'playwright'
import type { Playground } from './open-playground.ts'

let playground: Playground
beforeAll(async () => {
  playground = await openPlayground({ MESSAGES_PER_10_S: '1000' })
})
afterAll(() => playground?.close())

const post = (path: string, body: unknown = {}): Promise<Response> =>
  postJson(`${playground.server.url}/api/log/${path}`, body)
const write = (text: string, level = 'info', times = 1): Promise<Response> =>
  post('lines', { level, text, times })
const lines = (page: Page) => page.getByRole('list', { name: 'Log' })
const line = (page: Page, text: string) => lines(page).getByText(text, { exact: true })

async function openLog(options = {}) {
  const visit = await playground.visit('/log', options)
  await waitForStatus(visit.page, 'open')
  return visit
}

describe('log page', () => {
  it('shows what is written, and tells errors apart without colour', async () => {
    const { page, complaints } = await openLog()
    await write('The first', 'error')
    await write('The second', 'debug')
    await line(page, 'The second').waitFor()
    const row = lines(page).getByRole('listitem').filter({ hasText: 'The first' })
    expect(await row.textContent()).toMatch(/error\s*The first$/)
    expect(await row.evaluate((element) => getComputedStyle(element).borderLeftStyle)).toBe('solid')
    expect(complaints).toEqual([])
  })

  it('is written to with the keyboard, and shows markup as the text that it is', async () => {
    const { page, complaints } = await openLog()
    const text = '<img src=x onerror="document.title=1"> {{ 1 + 1 }}'
    await page.getByLabel('Text', { exact: true }).focus()
    await page.keyboard.type(text)
    await page.keyboard.press('Enter')
    await line(page, text).waitFor()
    expect(await lines(page).locator('img').count()).toBe(0)
    const input = page.getByLabel('Text', { exact: true })
    expect(await input.inputValue()).toBe('')
    expect(await input.evaluate((element) => element === document.activeElement)).toBe(true)
    expect(complaints).toEqual([])
  })

  it('filters by level and by text, and says when nothing is left', async () => {
    const { page } = await openLog()
    await write('an apple', 'error')
    await write('an Apple and a pear', 'warn')
    await line(page, 'an apple').waitFor()
    const search = page.getByLabel('Lines with this text')
    await search.fill('APPLE')
    await page.getByTestId('shown').getByText(/^2 of/).waitFor()
    expect(await lines(page).locator('mark').allTextContents()).toEqual(['apple', 'Apple'])
    await page.getByRole('button', { name: /^error/ }).click()
    expect(await lines(page).getByRole('listitem').count()).toBe(1)
    await search.fill('no such thing')
    await page.getByText('No such line', { exact: true }).waitFor()
  })

  it('reads nothing while it is paused, says what waits, and goes on after it', async () => {
    const { page, complaints } = await openLog()
    await page.getByTestId('shown').waitFor()
    await page.getByRole('search').getByRole('button', { name: 'Pause' }).click()
    await waitForStatus(page, 'paused')
    await write('while it was paused', 'info', 40)
    // The request has a line of its own.
    await page
      .getByTestId('waiting')
      .getByText(/^41 lines wait in the file/)
      .waitFor()
    expect(await lines(page).getByText('while it was paused').count()).toBe(0)
    await post('rotations')
    await write('in the new file')
    await page.getByRole('search').getByRole('button', { name: 'Follow' }).click()
    await line(page, 'in the new file').waitFor()
    expect(
      await lines(page)
        .getByText(/while it was paused/)
        .count(),
    ).toBe(40)
    await lines(page).getByText('A new file begins here. No line is missing.').last().waitFor()
    expect(complaints).toEqual([])
  })

  it('does not tear away those who read further up, and jumps to the end', async () => {
    const { page } = await openLog()
    await write('a burst', 'info', 100)
    await lines(page).getByText('a burst (100 of 100)').last().waitFor()
    const region = page.getByRole('region', { name: 'Lines' })
    await region.evaluate((element) => (element.scrollTop = 0))
    const button = page.getByRole('button', { name: /Jump to end/ })
    await button.waitFor()
    await write('below')
    await button.getByText('new').waitFor()
    expect(await region.evaluate((element) => element.scrollTop)).toBeLessThan(50)
    await button.click()
    await button.waitFor({ state: 'hidden' })
    expect(await region.evaluate((element) => element === document.activeElement)).toBe(true)
  })

  it('keeps a thousand lines and says how many it let go', async () => {
    const { page } = await openLog()
    for (let count = 0; count < 4; count++) await write('many', 'debug', 500)
    await write('the end')
    await line(page, 'the end').waitFor()
    expect(await lines(page).getByRole('listitem').count()).toBe(1000)
    await page.getByText(/the last 1,000 are kept, [\d,]+ dropped/).waitFor()
  })

  it('marks a place where lines may be missing', async () => {
    const { page } = await openLog()
    await write('before')
    await line(page, 'before').waitFor()
    await truncate(playground.logFile)
    await write('after')
    await line(page, 'after').waitFor()
    const gap = lines(page).getByRole('listitem').filter({ hasText: 'Lines may be missing here' })
    expect(await gap.textContent()).toContain('the file was cut short')
  })

  it('copies the lines that are shown', async () => {
    const { page } = await openLog({ permissions: ['clipboard-read', 'clipboard-write'] })
    await write('to be copied', 'warn')
    await page.getByLabel('Lines with this text').fill('to be copied')
    await line(page, 'to be copied').waitFor()
    await page.getByRole('button', { name: 'Copy' }).click()
    await page.waitForFunction(async () =>
      / WARN {2}to be copied$/.test(await navigator.clipboard.readText()),
    )
    expect(await page.evaluate(() => navigator.clipboard.readText())).not.toContain('\n')
  })
})
