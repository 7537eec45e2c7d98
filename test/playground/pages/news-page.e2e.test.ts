import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openPlayground } from './open-playground.ts'
import type { Playground } from './open-playground.ts'

let playground: Playground
beforeAll(async () => {
  playground = await openPlayground()
})
afterAll(() => playground?.close())

describe('news page', () => {
  it('shows each category in its own place, and hides what is filtered out', async () => {
    const { page, complaints } = await playground.visit('/news')
    await page.getByRole('button', { name: 'Write the first story' }).click()
    const headline = page.getByLabel('Headline')
    expect(await headline.evaluate((element) => element === document.activeElement)).toBe(true)

    for (const category of ['Breaking', 'Sports', 'Weather']) {
      await page.getByRole('radio', { name: category }).check({ force: true })
      await headline.fill(`${category} story`)
      await page.getByRole('button', { name: 'Publish' }).click()
      const place = page.getByRole('region', { name: category })
      await place.getByText(`${category} story`, { exact: true }).waitFor()
    }

    const filter = page.getByRole('button', { name: 'Sports 1' })
    expect(await filter.getAttribute('aria-pressed')).toBe('true')
    await filter.click()
    await page.getByRole('region', { name: 'Sports' }).waitFor({ state: 'hidden' })
    expect(await page.getByRole('region', { name: 'Weather' }).isVisible()).toBe(true)
    expect(complaints).toEqual([])
  })
})
