// @vitest-environment node
/** Code that does not come, and does not fail either. */
import { afterEach, expect, it, vi } from 'vitest'
import { settle } from '../../support/settle.ts'
import { SHARED_URL, TAB_PARTS, useSharedStreams } from '../../support/shared-streams.ts'

const loading = vi.hoisted((): ((error: Error) => void)[] => [])
vi.mock(
  '../../../src/client/tabs/tab-connection.ts',
  () => new Promise((_, reject) => loading.push(reject)),
)

const openPage = useSharedStreams()

/** While one load is under way, another one may get the code itself. */
afterEach(async () => {
  for (const fail of loading.splice(0)) fail(new Error('Over.'))
  await settle()
})

it('keeps tabs from sharing, and not the streams of an app, after half the time of a head', async () => {
  const page = openPage()
  Object.assign(page.has, TAB_PARTS)
  for (let count = 0; count < 2; count++) {
    page.start({ share: 'tabs', identity: null, connectTimeout: 2000 })
  }
  await settle()
  await page.advance(999)
  expect(page.requests).toHaveLength(0)
  await page.advance(1)
  expect(page.open()).toEqual([SHARED_URL])
  expect(page.connections.count()).toBe(1)
  expect(page.warnings).toEqual([
    expect.stringContaining('tabs-not-shared (Error: Not loaded in time.)'),
  ])
  await page.advance(10_000)
  expect(page.connections.count()).toBe(1)
})

it('leaves nothing behind when the stream is closed meanwhile', async () => {
  const page = openPage()
  Object.assign(page.has, TAB_PARTS)
  const { client } = page.start({ share: 'tabs', identity: null })
  await settle()
  client.close()
  expect(page.live()).toEqual([])
})

it('is waited for without an end where a head is', async () => {
  const page = openPage()
  Object.assign(page.has, TAB_PARTS)
  page.start({ share: 'tabs', identity: null, connectTimeout: 0 })
  await settle()
  await page.advance(3_600_000)
  expect(page.requests).toHaveLength(0)
})
