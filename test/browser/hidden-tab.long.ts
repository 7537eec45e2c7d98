/**
 * `npm run test:hidden`: a tab that is hidden for eight minutes, in a Chromium that throttles it as users' do: after
 * five minutes its timers fire once a minute. Nobody is attached to the tab; what it says comes as notes. It takes as
 * long as that, so it is no part of `npm test`; it prints when the silence of a server was noticed.
 */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { buildPageScripts } from './build-page.ts'
import { startChromium } from './chromium-tabs.ts'
import { startPageServer } from './page-server.ts'
import { pageUrl } from './use-pages.ts'
import type { ChromiumTabs } from './chromium-tabs.ts'
import type { PageServer } from './page-server.ts'
import type { StreamSetup } from './page-script.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const SILENCE_MS = 45 * SECOND
/** From then on Chromium's timers are on the grid of a minute. */
const THROTTLED_AFTER_MS = 5 * MINUTE
const GRID_MS = MINUTE

/** One less than a browser opens to a server at a time: the notes need one. */
const STREAMS: StreamSetup[] = [
  { path: 'given?heartbeat=15000', options: { silenceTimeout: SILENCE_MS } },
  { path: 'auto?heartbeat=15000' },
  { path: 'alive?heartbeat=15000', options: { silenceTimeout: SILENCE_MS } },
  { path: 'quiet' },
  { path: 'left', options: { whenHidden: 'disconnect' } },
]

let chromium: ChromiumTabs
let server: PageServer

beforeAll(async () => {
  server = await startPageServer(await buildPageScripts())
  chromium = await startChromium()
})
afterAll(async () => {
  await chromium?.close()
  await server?.close()
})

/** Waits for something that takes minutes. */
const within = (timeout: number, check: () => void): Promise<void> =>
  vi.waitFor(check, { timeout, interval: 100 })
const passed = (time: number): Promise<void> =>
  within(time + MINUTE, () => expect(Date.now()).toBeGreaterThanOrEqual(startedAt + time))

let startedAt: number

function print(text: string): void {
  console.info(`${String(Math.round((Date.now() - startedAt) / SECOND)).padStart(4)} s: ${text}`)
}

/** Silences a stream's server and waits until it is asked again. */
async function noticeSilence(stream: string, limit: number): Promise<void> {
  const count = server.connections(stream).length
  server.hush(stream)
  print(`the server of \`${stream}\` falls silent`)
  await within(limit + 30 * SECOND, () =>
    expect(server.connections(stream)).toHaveLength(count + 1),
  )
  const [before, after] = server.connections(stream).slice(-2)
  const silentMs = after!.beganAt - before!.wroteAt
  print(`\`${stream}\` is asked for again, ${silentMs / SECOND} s after the last byte`)
  expect(before).toMatchObject({ endedBy: 'client', cleanUps: 1 })
  expect(after).toMatchObject({ lastEventId: '3' })
}

describe('a tab that is hidden for eight minutes', () => {
  it('notices a silent server, leaves a quiet one alone, and gives up what it is told to', async () => {
    const page = await chromium.openAlone(`${pageUrl(server.url, STREAMS)}&notes`)
    const names = STREAMS.map(({ path }) => path.replace(/\?.*/, ''))
    await within(MINUTE, () => expect(names.map(server.open)).toEqual(names.map(() => 1)))
    for (const name of names) server.publish(name, 3)

    await page.hide()
    await within(MINUTE, () => expect(server.notes.join('\n')).toContain(' hidden'))
    startedAt = Date.now()
    print('the tab is hidden')
    await within(2 * MINUTE, () => expect(server.open('left')).toBe(0))
    print('`left` has given up its connection')

    await passed(MINUTE)
    await noticeSilence('given', SILENCE_MS)
    await passed(THROTTLED_AFTER_MS + 10 * SECOND)
    await Promise.all([
      noticeSilence('given', SILENCE_MS + GRID_MS),
      noticeSilence('auto', SILENCE_MS + GRID_MS),
    ])
    await passed(8 * MINUTE)
    const ticks = server.notes.flatMap((note) => / tick (\d+)/.exec(note)?.[1] ?? []).map(Number)
    print(`the longest gap of a timer of one second was ${Math.max(...ticks) / SECOND} s`)
    // Else nothing has been shown.
    expect(Math.max(...ticks)).toBeGreaterThan(30 * SECOND)
    expect(server.notes.join('\n')).not.toContain(' visible')
    expect(server.connections('alive')).toHaveLength(1)
    expect(server.connections('quiet')).toHaveLength(1)
    for (const name of names) print(`\`${name}\`: ${server.connections(name).length} requests`)

    const shownAt = Date.now()
    server.hush('quiet')
    await page.show()
    print('the tab is seen again')
    await within(MINUTE, () => expect(server.open('left')).toBe(1))
    await within(MINUTE, () => expect(server.connections('quiet')).toHaveLength(2))
    const doubtedMs = server.connections('quiet')[1]!.beganAt - shownAt
    print(`\`quiet\`, which now is dead, is asked for again after ${doubtedMs} ms`)
    // Timers that were on the grid of a minute are late once more, and mean nothing by it.
    await passed(8 * MINUTE + 20 * SECOND)
    expect(server.connections('left')).toHaveLength(2)
    expect(server.connections('quiet')).toHaveLength(2)
    await page.close()
    await within(MINUTE, () => expect(names.map(server.open)).toEqual(names.map(() => 0)))
    expect(server.connections().filter(({ cleanUps }) => cleanUps !== 1)).toEqual([])
  })
})
