import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { joinRoom, openPlayground, say, waitForStatus } from './open-playground.ts'
import type { Playground } from './open-playground.ts'

let playground: Playground
beforeAll(async () => {
  playground = await openPlayground()
})
afterAll(() => playground?.close())

describe('chat page', () => {
  it('is used with the keyboard alone', async () => {
    const { page, complaints } = await playground.visit('/chat')
    await page.getByLabel('Name').focus()
    await page.keyboard.type('Ada')
    await page.keyboard.press('Enter')
    await waitForStatus(page, 'open')

    const input = page.getByLabel('Message', { exact: true })
    expect(await input.evaluate((element) => element === document.activeElement)).toBe(true)
    await page.keyboard.type('first')
    await page.keyboard.press('Shift+Enter')
    await page.keyboard.type('second')
    await page.keyboard.press('Enter')
    const messages = page.getByRole('list', { name: 'Messages' })
    expect(await messages.getByText('first').textContent()).toBe('first\nsecond')
    expect(await input.inputValue()).toBe('')

    await page.keyboard.press('Shift+Tab')
    await page.keyboard.press('Shift+Tab')
    await page.keyboard.press('Enter')
    await waitForStatus(page, 'idle')
    const name = page.getByLabel('Name')
    expect(await name.inputValue()).toBe('Ada')
    expect(await name.evaluate((element) => element === document.activeElement)).toBe(true)
    expect(complaints).toEqual([])
  })

  it('does not open the door to a name that nobody could see', async () => {
    const { page } = await playground.visit('/chat')
    const name = page.getByLabel('Name')
    await name.fill('\u200b')
    await page.getByRole('button', { name: 'Join' }).click()
    const message = await name.evaluate((input: HTMLInputElement) => input.validationMessage)
    expect(message).toBe(
      'A name has 1 to 40 characters, some of them visible, no control characters.',
    )
    await name.fill('Zoe\u0301')
    await page.getByRole('button', { name: 'Join' }).click()
    await waitForStatus(page, 'open')
    await page.getByText('Zo\u00e9', { exact: true }).first().waitFor()
  })

  it('shows markup as the text that it is', async () => {
    const { page, complaints } = await playground.visit('/chat')
    const markup = '<img src=x onerror="document.title=1"><b>bold</b> {{ 1 + 1 }}'
    await joinRoom(page, '<i>Eve</i>')
    await say(page, markup)
    const messages = page.getByRole('list', { name: 'Messages' })
    await messages.getByText(markup, { exact: true }).waitFor()
    expect(await messages.locator('img, b, i').count()).toBe(0)
    expect(await messages.getByText('<i>Eve</i>', { exact: true }).count()).toBeGreaterThan(0)
    expect(complaints).toEqual([])
  })

  it('keeps the text that could not be sent, and says why', async () => {
    const { page } = await playground.visit('/chat')
    await joinRoom(page, 'Grace')
    const problem = { title: 'No', status: 422, detail: 'The room is full of words.' }
    await page.route('**/api/chat/messages', (route) =>
      route.fulfill({ status: 422, json: problem }),
    )
    await say(page, 'one word more')
    await page.getByRole('alert').getByText(problem.detail).waitFor()
    expect(await page.getByLabel('Message', { exact: true }).inputValue()).toBe('one word more')
  })

  it('does not tear away those who read further up', async () => {
    const { page } = await playground.visit('/chat')
    await joinRoom(page, 'Linus')
    await say(page, 'line\n'.repeat(60))
    const conversation = page.getByRole('region', { name: 'Conversation' })
    await page.waitForFunction(() => document.querySelector('[role=region]')!.scrollTop > 100)
    await conversation.evaluate((element) => (element.scrollTop = 0))
    const button = page.getByRole('button', { name: 'New messages' })
    await say(page, 'below')
    await button.waitFor()
    expect(await conversation.evaluate((element) => element.scrollTop)).toBe(0)
    await button.click()
    await button.waitFor({ state: 'hidden' })
    expect(await page.getByText('below', { exact: true }).isVisible()).toBe(true)
  })

  it('closes the field while the stream is closed, and tells the reason', async () => {
    const { page } = await playground.visit('/chat')
    await joinRoom(page, 'Barbara')
    await page.getByRole('button', { name: 'Close' }).click()
    const input = page.getByLabel('Message', { exact: true })
    expect(await input.isDisabled()).toBe(true)
    await page.getByText('Closed: the page asked for it.').waitFor()
    await page.getByRole('button', { name: 'Open' }).click()
    await waitForStatus(page, 'open')
    expect(await input.isEnabled()).toBe(true)
  })
})
