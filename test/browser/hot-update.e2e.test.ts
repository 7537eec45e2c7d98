import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { createServer } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startChromium } from './chromium-tabs.ts'
import { eventually } from './eventually.ts'
import { startPageServer } from './page-server.ts'
import type { ViteDevServer } from 'vite'
import type { ChromiumTabs, Tab } from './chromium-tabs.ts'
import type { PageServer } from './page-server.ts'

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url))
const LIBRARY = join(REPOSITORY, 'src/index.ts')
const { resolve } = createRequire(import.meta.url)

let folder: string
let streams: PageServer
let vite: ViteDevServer
let chromium: ChromiumTabs
let tab: Tab

/** The app's component. Another script makes Vue set it up anew, another template only renders it anew. */
const component = (script: number, template: number): string => `<script setup>
import { useEventStream } from 'vue-event-stream'
const script = ${script}
const stream = useEventStream('/streams/news', { on: { message: ({ index }) => indexes.push(index) } })
</script>
<template><p>script {{ script }}, template ${template}, {{ stream.status }}</p></template>
`

/** Vite's own watcher leaves out what changes twice in 50 ms: nobody edits that fast, but this test does. */
async function edit(script: number, template: number): Promise<void> {
  const file = join(folder, 'App.vue')
  await writeFile(file, component(script, template))
  vite?.watcher.emit('change', file)
}
/** Waits until the page shows these versions with its stream open. */
const expectShown = (script: number, template: number): Promise<void> =>
  eventually(async () =>
    expect(await tab.evaluate(() => document.body.innerText)).toBe(
      `script ${script}, template ${template}, open`,
    ),
  )

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hot-update-'))
  await writeFile(
    join(folder, 'index.html'),
    '<!doctype html><div id="app"></div><script type="module" src="/main.js"></script>',
  )
  await writeFile(
    join(folder, 'main.js'),
    `import { createApp } from 'vue'
import { createEventStreams } from 'vue-event-stream'
import App from './App.vue'
globalThis.indexes = []
globalThis.app = createApp(App).use(createEventStreams())
app.mount('#app')
`,
  )
  await edit(0, 0)
  streams = await startPageServer()
  vite = await createServer({
    configFile: false,
    root: folder,
    cacheDir: join(folder, '.vite'),
    logLevel: 'warn',
    plugins: [
      vue(),
      {
        name: 'streams',
        configureServer: ({ middlewares }) => {
          middlewares.use((request, response, next) => {
            if (request.url!.startsWith('/streams/')) streams.handle(request, response)
            else next()
          })
        },
      },
    ],
    resolve: {
      alias: {
        'vue-event-stream': LIBRARY,
        vue: resolve('vue/dist/vue.runtime.esm-bundler.js'),
        '@vueuse/core': resolve('@vueuse/core'),
      },
    },
    optimizeDeps: { noDiscovery: true },
    server: {
      host: '127.0.0.1',
      port: 0,
      fs: { allow: [folder, REPOSITORY] },
      watch: { ignored: '**' },
    },
  })
  await vite.listen()
  chromium = await startChromium()
  tab = await chromium.open(vite.resolvedUrls!.local[0]!)
  await expectShown(0, 0)
})
afterAll(async () => {
  await chromium?.close()
  await vite?.close()
  await streams?.close()
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

describe('a hot update of the component', () => {
  it('keeps its stream while only the template changes', async () => {
    for (const template of [1, 2, 3]) {
      await edit(0, template)
      await expectShown(0, template)
    }
    expect(streams.connections()).toMatchObject([{ isOpen: true, cleanUps: 0 }])
  })

  it('leaves one stream when its script changes, and none of those before', async () => {
    const start = streams.connections().length
    await tab.evaluate(() => void (document.title = 'The document of before'))
    for (const script of [1, 2, 3, 4, 5]) {
      await edit(script, 3)
      await expectShown(script, 3)
      await eventually(() => expect(streams.open('news')).toBe(1))
      const before = streams.connections().slice(0, -1)
      expect(before).toHaveLength(start - 1 + script)
      const closed = { isOpen: false, endedBy: 'client', cleanUps: 1 }
      expect(before).toMatchObject(before.map(() => closed))
      expect(streams.connections().at(-1)).toMatchObject({ isOpen: true, cleanUps: 0 })
    }
    // Only one is left to hear it.
    await tab.evaluate(() => void (indexes.length = 0))
    streams.publish('news')
    await eventually(async () => expect(await tab.evaluate(() => indexes)).toEqual([1]))
    expect(await tab.evaluate(() => document.title)).toBe('The document of before')

    await tab.evaluate(() => app.unmount())
    await eventually(() => expect(streams.open('news')).toBe(0))
    expect(streams.connections().map(({ cleanUps }) => cleanUps)).toEqual(
      streams.connections().map(() => 1),
    )
  })
})

declare global {
  /** What the app has been told, and the app. */
  var indexes: number[]
  var app: { unmount(): void }
}
