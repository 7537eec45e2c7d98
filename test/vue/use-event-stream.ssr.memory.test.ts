// @vitest-environment node
/** A server renders a page for each request: none of them may stay. */
import { flushPromises } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'
import { createSSRApp, defineComponent } from 'vue'
import { renderToString } from 'vue/server-renderer'
import { createEventStreams } from '../../src/vue/plugin.ts'
import { useEventStream } from '../../src/vue/use-event-stream.ts'
import type { Plugin } from 'vue'

async function render(plugins: Plugin[]): Promise<WeakRef<object>[]> {
  const refs: WeakRef<object>[] = []
  const Page = defineComponent({
    setup() {
      const handler = (): void => {}
      const stream = useEventStream('/a', { on: { a: handler }, queue: {} })
      refs.push(new WeakRef<object>(stream), new WeakRef<object>(handler))
      return stream
    },
    template: '<p>{{ status }} {{ queue.size }}</p>',
  })
  const app = createSSRApp(Page)
  for (const plugin of plugins) app.use(plugin)
  expect(await renderToString(app)).toBe('<p>idle 0</p>')
  return refs
}

describe('useEventStream on the server', () => {
  it.each<[string, Plugin[]]>([
    ['without the plugin', []],
    ['with one plugin for all apps', [createEventStreams({ baseURL: '/api' })]],
  ])('is collected after the page is rendered, %s', async (_, plugins) => {
    const refs = [...(await render(plugins)), ...(await render(plugins))]
    for (let round = 0; round < 10 && refs.some((one) => one.deref()); round++) {
      await flushPromises()
      globalThis.gc!()
    }
    expect(refs.map((one) => one.deref())).toEqual([undefined, undefined, undefined, undefined])
  })
})
