/** A page with a text stream that comes from the server takes over without a mismatch, and sends only then. */
import { flushPromises } from '@vue/test-utils'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createSSRApp, defineComponent } from 'vue'
import { renderToString } from 'vue/server-renderer'
import { useTextStream } from '../../src/vue/use-text-stream.ts'
import { createControlledEnvironment, event } from '../support/controlled-fetch.ts'

describe('useTextStream after server-side rendering', () => {
  it.each([
    ['that sends in its set-up', true],
    ['that sends when asked', false],
  ])('repeats the first render of the server in a component %s', async (_, isSentAtOnce) => {
    const environment = createControlledEnvironment()
    const warn = vi.spyOn(console, 'warn').mockReturnValue()
    const error = vi.spyOn(console, 'error').mockReturnValue()
    const Page = defineComponent({
      setup() {
        const stream = useTextStream('/answer', { environment })
        if (isSentAtOnce) void stream.send('q')
        return stream
      },
      template: `<section><p>{{ status }} {{ isStreaming }} {{ error }} {{ text }}</p>
        <button v-if="isStreaming" @click="stop()">Stop</button>
        <button v-else @click="send('q')">Ask</button>
        <ul><li v-for="m in messages" :key="m.key">{{ m.data }}</li></ul></section>`,
    })
    const host = document.createElement('div')
    host.innerHTML = await renderToString(createSSRApp(Page))
    const [before, list] = [host.querySelector('p'), host.querySelector('ul')]
    expect(before!.textContent).toBe('idle false  ')
    const app = createSSRApp(Page)
    onTestFinished(() => app.unmount())
    app.mount(host)
    expect([...warn.mock.calls, ...error.mock.calls]).toEqual([])
    await flushPromises()
    expect(host.querySelector('p')).toBe(before)
    if (!isSentAtOnce) {
      expect(environment.requests).toEqual([])
      host.querySelector('button')!.click()
      await flushPromises()
    }
    expect(environment.requests).toHaveLength(1)
    expect([before!.textContent, host.querySelector('button')!.textContent]).toEqual([
      ...['connecting true  ', 'Stop'],
    ])
    await environment.last().send(event('message', 'a').replace('"a"', 'a'))
    await environment.frame()
    expect([before!.textContent, list!.textContent]).toEqual(['open true  a', 'a'])
    expect([...warn.mock.calls, ...error.mock.calls]).toEqual([])
  })
})
