// @vitest-environment node
/** Code that is gone, as after a deployment. */
import { expect, it, vi } from 'vitest'
import { settle } from '../../support/settle.ts'
import { TAB_PARTS, useSharedStreams } from '../../support/shared-streams.ts'

vi.mock('../../../src/client/tabs/tab-connection.ts', () => Promise.reject(new Error('gone')))

const openPage = useSharedStreams()

it('is done without, and a warning says why', async () => {
  const page = openPage()
  Object.assign(page.has, TAB_PARTS)
  const { client } = page.start({ share: 'tabs', identity: null })
  await vi.waitUntil(() => page.requests.length > 0)
  await settle()
  expect(page.warnings).toHaveLength(1)
  expect(page.warnings[0]).toContain('tabs-not-shared')
  await page.request.respond()
  expect(client.status).toBe('open')
})
