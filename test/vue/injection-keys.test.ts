/** The key under which an app's streams find their plugin. */
import { describe, expect, it } from 'vitest'
import { createApp, inject, provide } from 'vue'
import { EVENT_STREAMS_KEY } from '../../src/vue/injection-keys.ts'
import { createEventStreams } from '../../src/vue/plugin.ts'
import { useEventStream } from '../../src/vue/use-event-stream.ts'
import { mountSetup } from '../support/mount.ts'
import type { EventStreamsContext } from '../../src/vue/injection-keys.ts'

describe('EVENT_STREAMS_KEY', () => {
  it('is a symbol of its own, so no other key is equal to it', () => {
    expect(typeof EVENT_STREAMS_KEY).toBe('symbol')
    expect(EVENT_STREAMS_KEY).not.toBe(Symbol.for('vue-event-stream'))
  })

  it('is provided by the plugin, for each app anew', () => {
    const plugin = createEventStreams({ baseURL: '/api' })
    const [a, b] = [1, 2].map(() => {
      const app = createApp({}).use(plugin)
      return app.runWithContext(() => inject(EVENT_STREAMS_KEY)!)
    }) as [EventStreamsContext, EventStreamsContext]
    expect([a.options.baseURL, b.options.baseURL]).toEqual(['/api', '/api'])
    expect(a.streams).not.toBe(b.streams)
  })

  it('may be provided by a component for those below it', () => {
    const context: EventStreamsContext = { options: { enabled: false }, streams: new Set() }
    const Child = {
      setup: () => useEventStream('/a', { flush: 'sync' }),
      template: '<b>{{ reason }}</b>',
    }
    const { wrapper } = mountSetup(() => {
      provide(EVENT_STREAMS_KEY, context)
      return { Child }
    }, '<component :is="Child" />')
    expect(context.streams!.size).toBe(1)
    wrapper.unmount()
    expect(context.streams!.size).toBe(0)
  })
})
