/** A page that comes from the server takes over without a mismatch, and then connects. */
import { flushPromises } from '@vue/test-utils'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createSSRApp, defineComponent } from 'vue'
import { renderToString } from 'vue/server-renderer'
import { useEventStream } from '../../src/vue/use-event-stream.ts'
import { createControlledEnvironment, event } from '../support/controlled-fetch.ts'

describe('useEventStream after server-side rendering', () => {
  it('repeats the first render of the server, then connects and shows messages', async () => {
    const environment = createControlledEnvironment()
    const warn = vi.spyOn(console, 'warn').mockReturnValue()
    const error = vi.spyOn(console, 'error').mockReturnValue()
    const Page = defineComponent({
      setup: () => useEventStream('/a', { environment, queue: {} }),
      template: `<section><p>{{ status }} {{ error }} {{ message?.data }} {{ queue.size }}</p>
        <ul><li v-for="m in queue.messages" :key="m.key">{{ m.data }}</li></ul></section>`,
    })
    const host = document.createElement('div')
    host.innerHTML = await renderToString(createSSRApp(Page))
    const [before, list] = [host.querySelector('p'), host.querySelector('ul')]
    expect([before!.textContent, environment.requests]).toEqual(['idle   0', []])
    const app = createSSRApp(Page)
    onTestFinished(() => app.unmount())
    app.mount(host)
    expect([...warn.mock.calls, ...error.mock.calls]).toEqual([])
    await flushPromises()
    expect(host.querySelector('p')).toBe(before)
    expect(before!.textContent).toBe('connecting   0')
    await environment.last().send(event('a', 1))
    await environment.frame()
    expect([before!.textContent, list!.textContent]).toEqual(['open  1 1', '1'])
    expect([...warn.mock.calls, ...error.mock.calls]).toEqual([])
  })
})
