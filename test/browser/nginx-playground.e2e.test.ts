/** The built playground in a real browser behind a real nginx: one that holds streams back, and one with docs/nginx.conf. */
import { expect, it, onTestFinished } from 'vitest'
import {
  joinRoom,
  openPlayground,
  say,
  waitForStatus,
} from '../playground/pages/open-playground.ts'
import { describeWithNginx } from '../support/nginx.ts'
import { startBefore } from '../support/nginx-bench.ts'
import type { Page } from 'playwright'
import type { Playground } from '../playground/pages/open-playground.ts'

/** As if the app did not know that header. Its address is the proxy's: an app compares it with Origin. */
const HOLDING_BACK = 'proxy_ignore_headers X-Accel-Buffering; proxy_set_header Host $http_host;'
const SINCE = /\/api\/chat\/since/

async function open(env: Record<string, string> = {}): Promise<Playground> {
  const playground = await openPlayground(env)
  onTestFinished(playground.close)
  return playground
}

async function waitForTransport(page: Page, text: string): Promise<void> {
  await page.getByTestId('transport').getByText(text, { exact: true }).waitFor()
}

async function publish(page: Page, headline: string): Promise<void> {
  await page.getByLabel('Headline').fill(headline)
  await page.getByRole('button', { name: 'Publish' }).click()
}

/** The numbers of the messages `message 1`, `message 2`, … in the order in which the page shows them. */
async function shownNumbers(page: Page): Promise<number[]> {
  const text = await page.getByRole('list', { name: 'Messages' }).innerText()
  return [...text.matchAll(/message (\d+)/g)].map(([, number]) => Number(number))
}

const waitForMessage = (page: Page, number: number): Promise<void> =>
  page.getByText(`message ${number}`, { exact: true }).waitFor()

describeWithNginx('the playground behind an nginx that buffers', () => {
  it('asks when it cannot stream, says so and why, and streams again when the proxy is mended', async () => {
    // Longer than between two questions, shorter than anybody wants to wait.
    const { server, visit } = await open({ POLL_LEASE_MS: '6000', LEAVE_GRACE_MS: '1000' })
    const held = await startBefore(server.url, { config: 'buffering', location: HOLDING_BACK })
    const [{ page: ada }, { page: bob }, { page: news }] = await Promise.all([
      visit(`${held.url}/chat`),
      visit(`${held.url}/chat`),
      visit(`${held.url}/news`),
    ])
    // Nothing on the pages is made shorter for this: they wait for the head as long as they do anywhere.
    await Promise.all([joinRoom(ada, 'Ada'), joinRoom(bob, 'Bob'), waitForStatus(news, 'open')])
    for (const page of [ada, bob]) {
      await waitForTransport(page, 'asking every 2 s')
      expect(await page.getByTestId('transport-cause').innerText()).toMatch(/^Why not .*proxy/)
    }
    await waitForTransport(news, 'asking every 5 s')
    await publish(news, 'Slow but sure')

    await say(ada, 'message 1')
    await waitForMessage(bob, 1)
    await say(bob, 'message 2')
    await waitForMessage(ada, 2)
    await say(ada, 'message 3')
    for (const page of [ada, bob]) await waitForMessage(page, 3)
    const present = ada.getByRole('region', { name: /In the room/ })
    expect(await present.getByRole('listitem').allInnerTexts()).toEqual([
      expect.stringContaining('Ada'),
      expect.stringContaining('Bob'),
    ])
    await news.getByText('Slow but sure', { exact: true }).waitFor()

    await held.close()
    await waitForStatus(ada, 'reconnecting')
    const pickPort = async (): Promise<number> => Number(new URL(held.url).port)
    await startBefore(server.url, { config: 'documented', pickPort })
    for (const page of [ada, bob]) {
      await page.getByRole('button', { name: 'Reconnect' }).click()
      await waitForTransport(page, 'streaming')
      await waitForStatus(page, 'open')
      expect(await page.getByTestId('transport-cause').count()).toBe(0)
    }
    await say(bob, 'message 4')
    for (const page of [ada, bob]) {
      await waitForMessage(page, 4)
      expect(await shownNumbers(page)).toEqual([1, 2, 3, 4])
      expect(await page.getByTestId('duplicates').innerText()).toBe('0')
      // Nobody was away for as long as one has to be to have left.
      expect(await page.getByText(/\bleft\b/).count()).toBe(0)
    }
    await bob.getByRole('button', { name: 'Leave' }).click()
    await ada
      .getByText(/\bleft\b/)
      .getByText('Bob')
      .waitFor()
  }, 120_000)
})

describeWithNginx('the playground behind docs/nginx.conf', () => {
  it('streams, and asks for nothing', async () => {
    const { server, visit } = await open()
    const { url } = await startBefore(server.url, { config: 'documented' })
    const visits = await Promise.all([visit(`${url}/chat`), visit(`${url}/chat`)])
    const asked: string[] = []
    for (const [index, { page }] of visits.entries()) {
      page.on('request', (request) => void (SINCE.test(request.url()) && asked.push(request.url())))
      await joinRoom(page, `Visitor ${index}`)
      await waitForTransport(page, 'streaming')
    }
    await say(visits[0]!.page, 'message 1')
    await waitForMessage(visits[1]!.page, 1)
    await say(visits[1]!.page, 'message 2')
    await waitForMessage(visits[0]!.page, 2)
    for (const { page, complaints } of visits) {
      expect(await shownNumbers(page)).toEqual([1, 2])
      expect(await page.getByTestId('transport-cause').count()).toBe(0)
      expect(complaints).toEqual([])
    }
    expect(asked).toEqual([])
  })
})
