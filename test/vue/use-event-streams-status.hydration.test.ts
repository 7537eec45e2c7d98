/** A banner that comes from the server takes over without a mismatch, and then knows the streams. */
import { flushPromises } from '@vue/test-utils'
import { expect, it, onTestFinished, vi } from 'vitest'
import { createSSRApp, defineComponent, h } from 'vue'
import { createEventStreams } from '../../src/vue/plugin.ts'
import { useEventStream } from '../../src/vue/use-event-stream.ts'
import { useEventStreamsStatus } from '../../src/vue/use-event-streams-status.ts'
import { createControlledEnvironment } from '../support/controlled-fetch.ts'

it('repeats what the server has rendered although there are streams, and then shows them', async () => {
  const environment = createControlledEnvironment()
  const warn = vi.spyOn(console, 'warn').mockReturnValue()
  const error = vi.spyOn(console, 'error').mockReturnValue()
  const Stream = defineComponent({
    setup: () => useEventStream('/a'),
    template: '<b>{{ status }}</b>',
  })
  const Banner = defineComponent({
    setup: useEventStreamsStatus,
    template: '<p>{{ status }} {{ total }}</p>',
  })
  const host = document.createElement('div')
  // As the server renders it: see use-event-streams-status.ssr.test.ts.
  host.innerHTML = '<div><b>idle</b><p>idle 0</p></div>'
  const banner = host.querySelector('p')
  const app = createSSRApp({ render: () => h('div', [h(Stream), h(Banner)]) })
  app.use(createEventStreams({ environment }))
  onTestFinished(() => app.unmount())
  app.mount(host)
  await flushPromises()
  expect([...warn.mock.calls, ...error.mock.calls]).toEqual([])
  expect(host.querySelector('p')).toBe(banner)
  expect(banner!.textContent).toBe('connecting 1')
})
