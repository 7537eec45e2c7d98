import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startPlayground } from '../../support/playground-process.ts'
import { postJson } from '../server/support/api-server.ts'
import { tempFolder } from '../server/support/temp-folder.ts'
import { openPlayground, waitForStatus } from './open-playground.ts'
import type { Page } from 'playwright'
import type { Playground } from './open-playground.ts'

let playground: Playground
beforeEach(async () => {
  playground = await openPlayground({ MESSAGES_PER_10_S: '100' })
})
afterEach(() => playground?.close())

const inbox = (page: Page) => page.getByRole('list', { name: 'Notifications' })
const titles = (page: Page): Promise<string[]> =>
  inbox(page).getByRole('heading', { level: 3 }).allInnerTexts()
const waitForTitle = (page: Page, title: string): Promise<void> =>
  inbox(page).getByRole('heading', { name: title, exact: true }).waitFor()
const waitForUnread = (page: Page, count: number): Promise<void> =>
  page.getByTestId('unread').getByText(String(count), { exact: true }).waitFor()

async function send(title: string, url = playground.server.url, to?: string): Promise<void> {
  const answer = await postJson(`${url}/api/notifications`, { level: 'info', title, to })
  expect(answer.status).toBe(201)
}

async function open(): Promise<Page> {
  const { page } = await playground.visit('/notifications')
  await waitForStatus(page, 'open')
  return page
}

const sendTo = (to: string, title: string): Promise<void> => send(title, playground.server.url, to)
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })

/** By keyboard alone. */
async function signIn(page: Page, name: string): Promise<void> {
  await button(page, 'Sign in').press('Enter')
  await page.getByLabel('Your name').and(page.locator(':focus')).waitFor()
  await page.keyboard.type(name)
  await page.keyboard.press('Enter')
  await button(page, 'Sign out').and(page.locator(':focus')).waitFor()
  await waitForStatus(page, 'open')
}

describe('notifications page', () => {
  it('brings what one page sends to every open page, and says how many that are', async () => {
    const { page: sender, complaints } = await playground.visit('/notifications')
    await waitForStatus(sender, 'open')
    const other = await open()
    await sender.getByRole('button', { name: 'Write one' }).press('Enter')
    await sender.keyboard.type('Disk full')
    await sender.getByRole('radio', { name: 'Warning' }).check({ force: true })
    await sender.getByLabel('Text').fill('On node 3.')
    await sender.getByRole('button', { name: 'Broadcast' }).click()
    for (const page of [sender, other]) {
      await waitForTitle(page, 'Disk full')
      expect(await inbox(page).getByRole('listitem').innerText()).toMatch(/On node 3\.\s+Warning/)
    }
    await sender.getByTestId('receipt').getByText('Sent to 2 connections.').waitFor()
    await sender.getByLabel('Title', { exact: true }).and(sender.locator(':focus')).waitFor()
    expect(complaints).toEqual([])
  })

  it('counts what is unread, and keeps what was read and dismissed over a reload', async () => {
    for (const title of ['one', 'two', 'three']) await send(title)
    const page = await open()
    await waitForUnread(page, 3)
    expect(await page.title()).toBe('(3) Notifications · vue-event-stream')
    await page.getByRole('button', { name: 'Mark all read' }).click()
    await waitForUnread(page, 0)
    await page.getByRole('button', { name: 'Dismiss two' }).click()
    await send('four')
    await waitForUnread(page, 1)
    await page.reload()
    await waitForUnread(page, 1)
    expect(await titles(page)).toEqual(['four', 'three', 'one'])
    await page.getByRole('button', { name: 'Dismiss all' }).click()
    await page.getByText('Nothing new').waitFor()
    expect(await page.title()).toBe('Notifications · vue-event-stream')
  })

  it('has one connection for the tabs of a visitor, who has read in all what was read in one', async () => {
    const page = await open()
    const { page: second } = await playground.openTab(page.context(), '/notifications')
    await second.getByTestId('transport').getByText('from another tab').waitFor()
    await send('for both')
    for (const tab of [page, second]) await waitForUnread(tab, 1)
    await second.getByRole('button', { name: 'Mark all read' }).click()
    await waitForUnread(page, 0)
    await page.getByRole('button', { name: 'Dismiss for both' }).click()
    await second.getByText('Nothing new').waitFor()
    expect(await second.getByTestId('unread').innerText()).toBe('0')
  })

  it('keeps the last 20', async () => {
    const page = await open()
    for (let number = 1; number <= 23; number++) await send(`number ${number}`)
    await waitForTitle(page, 'number 23')
    const shown = Array.from({ length: 20 }, (_, index) => `number ${23 - index}`)
    expect(await titles(page)).toEqual(shown)
    expect(await page.getByTestId('dropped').innerText()).toBe('3')
    await page.reload()
    await waitForTitle(page, 'number 23')
    expect(await titles(page)).toEqual(shown)
  })

  it('is told after a restart of the server what was sent meanwhile: once, in order', async () => {
    const env = { DATA_DIR: tempFolder(), NEWS_INTERVAL_MS: '0' }
    const first = await startPlayground(0, env)
    const { page } = await playground.visit(`${first.url}/notifications`)
    await waitForStatus(page, 'open')
    await send('before', first.url)
    await waitForTitle(page, 'before')
    await first.stop()
    await waitForStatus(page, 'reconnecting')
    await page.getByTestId('status-dot').getByText('Reconnecting').waitFor()
    const second = await startPlayground(first.port, env)
    try {
      await send('meanwhile', second.url)
      await waitForTitle(page, 'meanwhile')
      await page.getByTestId('status-dot').getByText('Live').waitFor()
      await send('after', second.url)
      await waitForTitle(page, 'after')
      expect(await titles(page)).toEqual(['after', 'meanwhile', 'before'])
    } finally {
      await second.stop()
    }
  })

  it('moves the focus to the next line when one is dismissed, and to the heading after the last', async () => {
    for (const title of ['one', 'two']) await send(title)
    const page = await open()
    await page.getByRole('button', { name: 'Dismiss two' }).press('Enter')
    const focused = page.locator(':focus')
    await focused.and(page.getByRole('button', { name: 'Dismiss one' })).waitFor()
    await page.keyboard.press('Enter')
    await focused.and(page.getByRole('heading')).waitFor()
    expect(await focused.innerText()).toBe('0 unread')
  })

  it('shows markup as the text that it is, and keeps what could not be sent', async () => {
    const page = await open()
    const markup = '<img src=x onerror="document.title=1"> {{ 1 + 1 }}'
    await send(markup)
    await waitForTitle(page, markup)
    expect(await inbox(page).locator('img').count()).toBe(0)

    const problem = { title: 'No', status: 422, detail: 'Nobody wants to know.' }
    await page.route('**/api/notifications', (route) =>
      route.fulfill({ status: 422, json: problem }),
    )
    await page.getByLabel('Title', { exact: true }).fill('kept')
    await page.getByRole('button', { name: 'Broadcast' }).click()
    await page.getByRole('alert').getByText(problem.detail).waitFor()
    expect(await page.getByLabel('Title', { exact: true }).inputValue()).toBe('kept')
  })
})

describe('who has signed in', () => {
  it('gets what is for them alone, and nobody else does, live and after a reload', async () => {
    const { page: ada, complaints } = await playground.visit('/notifications')
    const addresses: string[] = []
    ada.on('request', (request) => addresses.push(request.url()))
    await waitForStatus(ada, 'open')
    const bob = await open()
    const guest = await open()
    await send('before')
    for (const page of [ada, bob, guest]) await waitForTitle(page, 'before')
    await signIn(ada, 'Ada')
    await signIn(bob, 'Bob')

    await bob.getByLabel('To').fill('Ada')
    await bob.getByLabel('Title', { exact: true }).fill('for Ada')
    await button(bob, 'Send').click()
    await bob.getByTestId('receipt').getByText('Sent to Ada, and to nobody else.').waitFor()
    await waitForTitle(ada, 'for Ada')
    await inbox(ada).getByText('only for you').waitFor()
    await send('after')
    const expectTitles = async (): Promise<void> => {
      for (const page of [ada, bob, guest]) await waitForTitle(page, 'after')
      expect(await titles(ada)).toEqual(['after', 'for Ada', 'before'])
      for (const page of [bob, guest]) expect(await titles(page)).toEqual(['after', 'before'])
    }
    await expectTitles()
    for (const page of [ada, bob, guest]) await page.reload()
    await expectTitles()

    const stored = await ada.evaluate(() => localStorage.getItem('playground:session'))
    const { token } = JSON.parse(stored!)
    expect(addresses.filter((address) => address.includes('/mine/stream')).length).toBeGreaterThan(
      1,
    )
    expect(addresses.join()).not.toContain(token)
    expect(complaints).toEqual([])
  })

  it('sees nothing of it any more after signing out, in all tabs', async () => {
    const page = await open()
    await signIn(page, 'Ada')
    const { page: second } = await playground.openTab(page.context(), '/notifications')
    await second.getByTestId('transport').getByText('from another tab').waitFor()
    await send('for all')
    await sendTo('Ada', 'for Ada')
    for (const tab of [page, second]) await waitForTitle(tab, 'for Ada')
    await button(page, 'Sign out').press('Enter')
    await button(page, 'Sign in').and(page.locator(':focus')).waitFor()
    await sendTo('Ada', 'later for Ada')
    await send('last')
    for (const tab of [page, second]) {
      await waitForTitle(tab, 'last')
      await button(tab, 'Sign in').waitFor()
      expect(await titles(tab)).toEqual(['last', 'for all'])
    }
    await signIn(page, 'Ada')
    await waitForTitle(page, 'later for Ada')
    expect(await titles(page)).toEqual(['last', 'later for Ada', 'for Ada', 'for all'])
  })

  it('is told when the server has ended the sign-in, and goes on as everybody', async () => {
    const page = await open()
    await signIn(page, 'Ada')
    await sendTo('Ada', 'for Ada')
    await waitForTitle(page, 'for Ada')
    const stored = await page.evaluate(() => localStorage.getItem('playground:session'))
    const answer = await fetch(`${playground.server.url}/api/session`, {
      method: 'DELETE',
      headers: { Authorization: `Bearer ${JSON.parse(stored!).token}` },
    })
    expect(answer.status).toBe(204)
    await page.getByText('Your sign-in has ended.').waitFor()
    await waitForStatus(page, 'open')
    await send('for all')
    await waitForTitle(page, 'for all')
    expect(await titles(page)).toEqual(['for all'])
  })

  it('may think better of it, and is told why it does not work', async () => {
    const page = await open()
    await button(page, 'Sign in').press('Enter')
    await page.keyboard.press('Escape')
    await button(page, 'Sign in').and(page.locator(':focus')).waitFor()

    const problem = { title: 'Too many messages', status: 429, detail: 'Try again in 7 s.' }
    await page.route('**/api/session', (route) => route.fulfill({ status: 429, json: problem }))
    await page.keyboard.press('Enter')
    await page.keyboard.type('Ada')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').getByText(problem.detail).waitFor()
    expect(await page.getByLabel('Your name').inputValue()).toBe('Ada')
  })
})
