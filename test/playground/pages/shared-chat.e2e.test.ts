/** A person with several tabs in the chat room: one connection, one person. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { joinRoom, openPlayground, say, waitForStatus } from './open-playground.ts'
import type { Page } from 'playwright'
import type { Playground } from './open-playground.ts'

const HISTORY = 100

let playground: Playground
beforeEach(async () => {
  playground = await openPlayground({
    LEAVE_GRACE_MS: '1500',
    HISTORY_LIMIT: '5000',
    MESSAGES_PER_10_S: '5000',
  })
})
afterEach(() => playground?.close())

/** In the room, in a tab of its own beside the others of the same visitor. */
async function enter(name: string, beside?: Page): Promise<Page> {
  const { page } = beside
    ? await playground.openTab(beside.context(), '/chat')
    : await playground.visit('/chat')
  await joinRoom(page, name)
  return page
}

async function connections(): Promise<number> {
  const answer = await fetch(`${playground.server.url}/api/connections`)
  return ((await answer.json()) as { chat: number }).chat
}

const transportOf = (page: Page): Promise<string> => page.getByTestId('transport').innerText()
const waitForMessage = (page: Page, text: string): Promise<void> =>
  page.getByRole('list', { name: 'Messages' }).getByText(text, { exact: true }).waitFor()
const present = (page: Page): Promise<string[]> =>
  page
    .getByRole('region', { name: /In the room/ })
    .getByRole('listitem')
    .allInnerTexts()

describe('chat room in several tabs', () => {
  it('is one connection and one person for tabs with one name, and both see everything', async () => {
    const ada = await enter('Ada')
    const second = await enter('Ada', ada)
    await say(ada, 'from the first')
    await waitForMessage(second, 'from the first')
    await say(second, 'from the second')
    await waitForMessage(ada, 'from the second')
    expect(await connections()).toBe(1)
    expect([await transportOf(ada), await transportOf(second)]).toEqual([
      'streaming',
      'from another tab',
    ])
    for (const page of [ada, second]) {
      expect(await present(page)).toEqual([expect.stringContaining('Ada')])
      expect(await page.getByText('Ada joined').count()).toBe(1)
    }
  })

  it('is another connection for another name, in the same browser', async () => {
    const ada = await enter('Ada')
    const bob = await enter('Bob', ada)
    await say(bob, 'I am another')
    await waitForMessage(ada, 'I am another')
    expect(await connections()).toBe(2)
    expect(await transportOf(bob)).toBe('streaming')
    expect(await present(ada)).toEqual([
      expect.stringContaining('Ada'),
      expect.stringContaining('Bob'),
    ])
  })

  it('keeps a person in the room whose leading tab is closed, and loses nothing', async () => {
    const grace = await enter('Grace')
    const ada = await enter('Ada')
    const second = await enter('Ada', ada)
    await say(ada, 'message 1')
    await waitForMessage(second, 'message 1')
    await ada.close()
    await say(grace, 'message 2')
    await waitForMessage(second, 'message 2')
    await second.getByTestId('transport').getByText('streaming').waitFor()
    await waitForStatus(second, 'open')
    await say(second, 'message 3')
    await waitForMessage(grace, 'message 3')
    // Bob comes and goes: had Ada left, she would have left before him.
    const bob = await enter('Bob')
    await bob.close()
    await grace.getByText('Bob left').waitFor()
    for (const page of [grace, second]) {
      const text = await page.getByRole('list', { name: 'Messages' }).innerText()
      expect([...text.matchAll(/message \d/g)].map(String)).toEqual([
        'message 1',
        'message 2',
        'message 3',
      ])
      expect(text).not.toContain('Ada left')
      expect(text.match(/Ada joined/g)).toHaveLength(1)
    }
  })

  it('tells a tab that comes late, to a connection that has told more than it remembers, what it lacks', async () => {
    const ada = await enter('Ada')
    for (let number = 1; number <= 1100; number++) {
      await fetch(`${playground.server.url}/api/chat/messages`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ user: 'Bot', text: `message ${number}` }),
      })
    }
    await waitForMessage(ada, 'message 1100')
    const late = await enter('Ada', ada)
    await waitForMessage(late, 'message 1100')
    await say(ada, 'and live')
    await waitForMessage(late, 'and live')
    const text = await late.getByRole('list', { name: 'Messages' }).innerText()
    const shown = [...text.matchAll(/message (\d+)/g)].map(([, number]) => Number(number))
    expect(shown).toEqual(Array.from({ length: HISTORY }, (_, index) => 1001 + index))
    expect(text.trimEnd().endsWith('and live')).toBe(true)
    expect(text).not.toContain('may be missing')
    expect(await present(late)).toEqual([expect.stringContaining('Ada')])
    expect(await connections()).toBe(1)
  })
})
