/** On the server there are no streams; what is rendered there is what hydration repeats. */
import { flushPromises } from '@vue/test-utils'
import { describe, expect, it, vi } from 'vitest'
import { createSSRApp, defineComponent } from 'vue'
import { renderToString } from 'vue/server-renderer'
import { createEventStreams } from '../../src/vue/plugin.ts'
import { useEventStream } from '../../src/vue/use-event-stream.ts'
import { useEventStreamsStatus } from '../../src/vue/use-event-streams-status.ts'
import { createControlledEnvironment, NOTHING_LIVE } from '../support/controlled-fetch.ts'

/** A stream, and a banner that is rendered after it. */
const Page = defineComponent({
  setup() {
    useEventStream('/a')
    const status = useEventStreamsStatus()
    status.reconnect()
    return status
  },
  template:
    '<p>{{ status }} {{ total }} {{ open }} {{ reconnecting }} {{ failed }} {{ connections }} {{ retryAt }}</p>',
})

describe('useEventStreamsStatus on the server', () => {
  it('renders idle without numbers, asks for nothing and leaves nothing running', async () => {
    const environment = createControlledEnvironment()
    const warn = vi.spyOn(console, 'warn')
    const app = createSSRApp(Page).use(createEventStreams({ environment }))
    expect(await renderToString(app)).toBe('<p>idle 0 0 0 0 0 </p>')
    await flushPromises()
    expect(warn).not.toHaveBeenCalled()
    expect([environment.requests, environment.live()]).toEqual([[], NOTHING_LIVE])
  })
})
