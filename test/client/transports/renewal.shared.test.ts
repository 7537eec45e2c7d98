// @vitest-environment node
/** A connection that several streams use, and that is handed over: each of them gets each message once. */
import { beforeAll, describe, expect, it } from 'vitest'
import { messages, range, useSharedStreams } from '../../support/shared-streams.ts'
import { useTestTabs } from '../../support/fake-browser-streams.ts'

const openPage = useSharedStreams()
const createTabs = useTestTabs()
const DRAINING = 'id: 4\nevent: draining\ndata: "now"\n\n'
const renew = { on: 'draining' }

beforeAll(() => import('../../../src/client/transports/renewal.ts'))

describe('a shared stream that is handed over', () => {
  it('tells each of an app each message once, also who comes later', async () => {
    const page = openPage()
    const streams = await page.joinOpen(2, { renew })
    const first = page.request
    await first.push(messages(1, 3) + DRAINING)
    await page.advance(0)
    await first.push(messages(5, 9))
    streams.push(await page.join({ renew }))
    await page.request.respond()
    expect(page.open()).toHaveLength(1)
    await page.request.push(messages(5, 12))
    for (const { data, log } of streams) {
      expect(data).toEqual([1, 2, 3, 'now', ...range(5, 12)])
      expect(log.filter((line) => /^(error|onGap|reconnecting)/.test(line))).toEqual([])
    }
  })

  it('is one stream for the same functions, and another one for others', async () => {
    const page = openPage()
    const before = (): undefined => {}
    await page.joinOpen(2, { renew: { before } })
    expect(page.requests).toHaveLength(1)
    await page.join({ renew: { before: () => undefined } })
    expect(page.requests).toHaveLength(2)
  })

  it.each([true, false])(
    'tells each tab each message once, also who comes later: dedupe %s',
    async (dedupe) => {
      const tabs = createTabs()
      const options = { renew, dedupe }
      const streams = await tabs.startOpen(2, options)
      const { fake } = tabs.leader().tab
      const first = tabs.request()
      await first.push(messages(1, 3) + DRAINING)
      await tabs.advance(50)
      expect(fake.requests).toHaveLength(2)
      await first.push(messages(5, 9))
      await tabs.settle()
      streams.push(await tabs.start(options))
      await fake.request.respond()
      await tabs.settle()
      expect(tabs.request()).toBe(fake.request)
      streams.push(await tabs.start(options))
      await tabs.send(...range(5, 12))
      await tabs.advance(100)
      for (const { data, log } of streams) {
        expect(data).toEqual([1, 2, 3, 'now', ...range(5, 12)])
        expect(log).toEqual(['connecting', 'open', 'onOpen'])
      }
    },
  )
})
