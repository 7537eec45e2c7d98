import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStream } from '../server/support/stream-client.ts'
import { waitUntil } from '../server/support/wait-until.ts'
import { openPlayground, waitForStatus } from './open-playground.ts'
import type { Page } from 'playwright'
import type { Playground } from './open-playground.ts'

let playground: Playground
beforeAll(async () => {
  playground = await openPlayground({ MAX_FIREHOSES: '2' })
})
afterAll(() => playground?.close())

async function readCount(page: Page, id: string): Promise<number> {
  return Number((await page.getByTestId(id).textContent())!.replaceAll(',', ''))
}
const waitForCount = (page: Page, id: string, least: number): Promise<unknown> =>
  page.waitForFunction(
    ([testId, count]) => {
      const text = document.querySelector(`[data-testid="${testId}"]`)?.textContent ?? ''
      return Number(text.replaceAll(',', '')) >= Number(count)
    },
    [id, least] as const,
  )

describe('firehose page', () => {
  it('keeps a bounded number of what comes, loses none, and changes prices in place', async () => {
    const { page, complaints } = await playground.visit('/firehose?rate=5000')
    await waitForStatus(page, 'open')
    await waitForCount(page, 'sent', 5000)
    expect(await readCount(page, 'queue-size')).toBe(500)
    expect(await readCount(page, 'queue-dropped')).toBeGreaterThan(4000)
    expect(await readCount(page, 'lost')).toBe(0)
    const tiles = page.locator('[data-symbol]')
    expect(await tiles.count()).toBe(12)
    const before = await tiles.allTextContents()
    await page.waitForFunction(
      (old) =>
        [...document.querySelectorAll('[data-symbol]')].every(
          (tile, index) => tile.textContent !== old[index],
        ),
      before,
    )
    await page.getByTestId('frames').getByRole('cell').first().getByText(/^\d+$/).waitFor()
    await page
      .getByTestId('p95')
      .getByRole('cell')
      .first()
      .getByText(/^[\d.]+$/)
      .waitFor()
    expect(complaints).toEqual([])
    await page.context().close()
  })

  it('asks for another rate with the keyboard, and puts it into the address', async () => {
    const { page } = await playground.visit('/firehose')
    await waitForStatus(page, 'open')
    const slider = page.getByRole('slider', { name: 'Asked for' })
    expect(await slider.getAttribute('aria-valuetext')).toBe('1,000 events a second')
    await slider.focus()
    await page.keyboard.press('ArrowRight')
    await page.waitForURL(/rate=2000/)
    await page.keyboard.press('Home')
    await page.waitForURL(/rate=100$/)
    await waitForStatus(page, 'open')
    await page.reload()
    expect(await slider.getAttribute('aria-valuetext')).toBe('100 events a second')
    await page.context().close()
  })

  it('says what the server skipped while it was paused', async () => {
    const { page } = await playground.visit('/firehose?rate=50000')
    await waitForCount(page, 'sent', 1000)
    await page.getByRole('button', { name: 'Pause' }).click()
    await waitForStatus(page, 'paused')
    const received = await readCount(page, 'firehose-received')
    // Another client shows that the time has come: the buffers on the way are full by then.
    const clock = await openStream(`${playground.server.url}/api/firehose/stream?rate=100`)
    await waitUntil(() => clock.types().filter((type) => type === 'pace').length >= 8)
    clock.close()
    expect(await readCount(page, 'firehose-received')).toBe(received)
    await page.getByRole('button', { name: 'Resume' }).click()
    await waitForCount(page, 'skipped', 1)
    expect(await readCount(page, 'lost')).toBe(0)
    await page.context().close()
  })

  it('says that nothing has come, and why, where there are too many', async () => {
    const url = `${playground.server.url}/api/firehose/stream?rate=100`
    const others = [await openStream(url), await openStream(url)]
    expect(others.map(({ status }) => status)).toEqual([200, 200])
    const { page } = await playground.visit('/firehose?rate=100')
    await waitForStatus(page, 'reconnecting')
    await page.getByText('Nothing has come yet').waitFor()
    await page.getByText('Reconnecting: the server answered with an error.').first().waitFor()
    for (const other of others) other.close()
    await waitForStatus(page, 'open')
    await page.locator('[data-symbol]').first().waitFor()
    expect(await page.locator('[data-symbol]').count()).toBe(12)
  })
})
