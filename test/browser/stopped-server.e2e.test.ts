import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildPageScripts } from './build-page.ts'
import { startChromium } from './chromium-tabs.ts'
import { eventually } from './eventually.ts'
import { pageUrl } from './use-pages.ts'
import type { ChildProcess } from 'node:child_process'
import type { ChromiumTabs } from './chromium-tabs.ts'
import type { StreamConnection } from './page-server.ts'

const ENTRY = fileURLToPath(new URL('page-server-process.ts', import.meta.url))
const SILENCE_MS = 2000

interface Report {
  url: string
  connections: StreamConnection[]
  ids: string[]
}

let folder: string
let chromium: ChromiumTabs
let child: ChildProcess
let url: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stopped-server-'))
  await build({
    configFile: false,
    logLevel: 'warn',
    build: { ssr: ENTRY, outDir: folder, emptyOutDir: true, target: 'node20' },
  })
  const scripts = join(folder, 'scripts.json')
  await writeFile(scripts, JSON.stringify(await buildPageScripts()))
  child = fork(join(folder, 'page-server-process.js'), {
    env: { ...process.env, PAGE_SCRIPTS: scripts },
  })
  const [first] = (await once(child, 'message')) as [Report]
  url = first.url
  chromium = await startChromium()
})
afterAll(async () => {
  await chromium?.close()
  if (child?.exitCode === null) {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

async function ask(): Promise<Report> {
  child.send('?')
  const [report] = (await once(child, 'message')) as [Report]
  return report
}

describe('a server whose process is stopped', () => {
  it('is noticed by its silence; the page goes on when it does, nothing lost, nothing twice', async () => {
    const options = { silenceTimeout: SILENCE_MS }
    const tab = await chromium.open(
      pageUrl(url, [{ path: 'news?heartbeat=200&every=50', options }]),
    )
    const record = () => tab.evaluate(() => life.records.news!)
    await eventually(async () => expect((await record()).ids.length).toBeGreaterThan(20))

    child.kill('SIGSTOP')
    await eventually(async () =>
      expect((await record()).statuses.at(-1)).toBe('reconnecting silence'),
    )
    const { silentMs, ids } = await record()
    console.info(`A stopped server was noticed ${silentMs} ms after its last byte (${SILENCE_MS}).`)
    child.kill('SIGCONT')

    await eventually(async () => expect((await record()).statuses.at(-1)).toBe('open'))
    await eventually(async () =>
      expect((await record()).ids.length).toBeGreaterThan(ids.length + 20),
    )
    await tab.evaluate(() => life.clients.news!.close())
    const { ids: all, errors, statuses, gaps } = await record()
    const report = await ask()
    expect(all).toEqual(report.ids.slice(0, all.length))
    expect([errors, gaps]).toEqual([['silence'], []])
    expect(statuses).toEqual(['connecting', 'open', 'reconnecting silence', 'open', 'closed user'])
    expect(report.connections).toMatchObject([
      { lastEventId: '', endedBy: 'client' },
      { lastEventId: ids.at(-1) },
    ])
    await eventually(async () =>
      expect((await ask()).connections.map(({ cleanUps }) => cleanUps)).toEqual([1, 1]),
    )
  })
})
