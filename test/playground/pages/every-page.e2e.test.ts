import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openPlayground, waitForStatus } from './open-playground.ts'
import type { Page } from 'playwright'
import type { Playground } from './open-playground.ts'

const PAGES = [
  { path: '/', heading: 'Server-Sent Events for Vue that tell the truth' },
  { path: '/chat', heading: 'Chat room' },
  { path: '/news', heading: 'News feed' },
  { path: '/notifications', heading: 'Notifications' },
  { path: '/upload', heading: 'Upload progress' },
  { path: '/build', heading: 'Build progress' },
  { path: '/assistant', heading: 'Assistant' },
  { path: '/log', heading: 'Live log' },
  { path: '/firehose', heading: 'Firehose' },
  { path: '/connections', heading: 'Connections' },
  { path: '/nowhere', heading: 'This line is cut' },
]

let playground: Playground
beforeAll(async () => {
  playground = await openPlayground()
})
afterAll(() => playground?.close())

const isDark = (page: Page): Promise<boolean> =>
  page.evaluate(() => document.documentElement.classList.contains('dark'))

describe('every page', () => {
  it.each(PAGES)(
    '$path has one heading, fits into 360 pixels and complains of nothing',
    async (item) => {
      const viewport = { width: 360, height: 740 }
      const { page, complaints } = await playground.visit(item.path, { viewport })
      await page.getByRole('heading', { level: 1, name: item.heading }).waitFor()
      expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1)
      expect(await page.getByRole('main').count()).toBe(1)
      if (['/news', '/notifications', '/log', '/firehose', '/connections'].includes(item.path))
        await waitForStatus(page, 'open')
      const width = await page.evaluate(() => document.documentElement.scrollWidth)
      expect(width).toBeLessThanOrEqual(viewport.width)
      expect(complaints).toEqual([])
    },
  )

  it('moves focus and title to the page that a link opens', async () => {
    const { page } = await playground.visit('/')
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.getByRole('link', { name: 'News', exact: true }).press('Enter')
    const heading = page.getByRole('heading', { level: 1, name: 'News feed' })
    await heading.waitFor()
    expect(await heading.evaluate((element) => element === document.activeElement)).toBe(true)
    expect(await page.title()).toContain('News feed')
  })

  it('opens the menu of pages on a phone, and goes where a link leads', async () => {
    const { page } = await playground.visit('/chat', { viewport: { width: 360, height: 740 } })
    const button = page.getByRole('button', { name: 'Pages, now Chat' })
    const link = page.getByRole('link', { name: 'News', exact: true })
    expect(await link.isVisible()).toBe(false)
    await button.press('Enter')
    expect(await button.getAttribute('aria-expanded')).toBe('true')
    await link.focus()
    await page.keyboard.press('Escape')
    expect(await link.isVisible()).toBe(false)
    expect(await button.evaluate((element) => element === document.activeElement)).toBe(true)

    await button.click()
    await link.click()
    await page.getByRole('heading', { level: 1, name: 'News feed' }).waitFor()
    expect(await link.isVisible()).toBe(false)
    await page.getByRole('button', { name: 'Pages, now News' }).click()
    // Beside it: the menu may be as high as the heading is far down.
    await page.mouse.click(180, 730)
    await link.waitFor({ state: 'hidden' })
  })

  it('lets the keyboard skip the navigation', async () => {
    const { page } = await playground.visit('/chat')
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    const focused = page.locator(':focus')
    expect(await focused.getAttribute('id')).toBe('join-name')
    expect(new URL(page.url()).pathname).toBe('/chat')
  })
})

describe('theme', () => {
  it('follows the system, and the switch over the system, also before the first paint', async () => {
    const { page } = await playground.visit('/', { colorScheme: 'dark' })
    const theme = page.getByRole('switch', { name: 'Dark theme' })
    await theme.waitFor()
    expect(await isDark(page)).toBe(true)
    await theme.click()
    expect(await isDark(page)).toBe(false)
    expect(await theme.getAttribute('aria-checked')).toBe('false')

    // Without the app's own script only the one in the head is left to set the theme.
    await page.route('**/assets/*.js', (route) => route.abort())
    await page.reload({ waitUntil: 'domcontentloaded' })
    expect(await isDark(page)).toBe(false)
  })
})
