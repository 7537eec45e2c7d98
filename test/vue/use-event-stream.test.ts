/** The composable's life: when it connects, what its refs show, and that nothing is left when it ends. */
import { flushPromises, mount } from '@vue/test-utils'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  computed,
  defineComponent,
  effectScope,
  h,
  isRef,
  KeepAlive,
  nextTick,
  onMounted,
  ref,
  Suspense,
  watch,
} from 'vue'
import { useEventStream } from '../../src/vue/use-event-stream.ts'
import { createControlledEnvironment, event, NOTHING_LIVE } from '../support/controlled-fetch.ts'
import { mountSetup, runInScope, startStream, warningsOf } from '../support/mount.ts'
import type { UseEventStreamReturn } from '../../src/vue/use-event-stream.ts'
import type { ControlledEnvironment } from '../support/controlled-fetch.ts'

let environment: ControlledEnvironment
beforeEach(() => {
  environment = createControlledEnvironment()
})

describe('useEventStream', () => {
  describe('connecting', () => {
    it('is idle in the first render, and connects when the component is mounted', async () => {
      const rendered: string[] = []
      const { result } = mountSetup(() => {
        const stream = useEventStream('/a', { environment })
        onMounted(() => rendered.push('mounted'))
        const shown = computed(() => {
          rendered.push(stream.status.value)
          return stream.status.value
        })
        return { ...stream, shown }
      }, '<i>{{ shown }}</i>')
      expect(rendered).toEqual(['idle', 'mounted'])
      expect(result.status.value).toBe('connecting')
      await flushPromises()
      expect(environment.last().url).toBe('http://page.test/a')
      await environment.last().answer()
      expect(rendered).toEqual(['idle', 'mounted', 'connecting', 'open'])
    })

    it('connects in a microtask outside of components', async () => {
      const { result } = runInScope(() => useEventStream('/a', { environment }))
      expect(result.status.value).toBe('idle')
      await Promise.resolve()
      expect(result.status.value).toBe('connecting')
    })

    it('asks for nothing when the scope ends before it connects', async () => {
      const { scope, result } = runInScope(() => useEventStream('/a', { environment }))
      scope.stop()
      await flushPromises()
      expect(environment.requests).toEqual([])
      expect(result.status.value).toBe('closed')
    })

    it('lives without a scope until close()', async () => {
      const stream = useEventStream('/a', { environment })
      await flushPromises()
      await environment.last().send(event('a', 1))
      expect(stream.status.value).toBe('open')
      stream.close()
      expect([stream.status.value, stream.reason.value]).toEqual(['closed', 'user'])
      await environment.frame()
      expect(stream.received.value).toBe(1)
      expect(environment.live()).toEqual(NOTHING_LIVE)
    })

    it('connects for a store although the component that made it is never mounted', async () => {
      const store = effectScope(true)
      let stream!: UseEventStreamReturn
      const NeverReady = defineComponent({
        async setup() {
          stream = store.run(() => useEventStream('/a', { environment }))!
          await new Promise(() => {})
          return () => h('i')
        },
      })
      const wrapper = mount(() => h(Suspense, null, { default: () => h(NeverReady) }))
      await flushPromises()
      expect(stream.status.value).toBe('connecting')
      wrapper.unmount()
      expect(stream.status.value).toBe('connecting')
      store.stop()
      expect(stream.status.value).toBe('closed')
    })

    it('connects when it is made in onMounted', async () => {
      let stream: UseEventStreamReturn | undefined
      const { wrapper } = mountSetup(() => {
        onMounted(() => void (stream = useEventStream('/a', { environment })))
        return {}
      })
      await flushPromises()
      expect(stream!.status.value).toBe('connecting')
      wrapper.unmount()
      expect(stream!.status.value).toBe('closed')
    })

    it('sends initialLastEventId with the first request', async () => {
      const { stream } = await startStream(environment, { initialLastEventId: '7' })
      expect(environment.last().headers.get('Last-Event-ID')).toBe('7')
      expect(stream.lastEventId.value).toBe('7')
    })
  })

  describe('the refs', () => {
    it('follow the stream from the first message to the retry', async () => {
      const { stream } = await startStream(environment)
      expect(stream.disconnectedSince.value).toBe(1_000_000)
      await environment.last().send(event('a', { n: 1 }, 'id-1'))
      await environment.frame()
      expect(stream.message.value).toEqual({
        type: 'a',
        data: { n: 1 },
        lastEventId: 'id-1',
        key: 1,
        replayed: false,
      })
      expect(stream.lastEventId.value).toBe('id-1')
      expect(stream.received.value).toBe(1)
      expect(stream.lastActivityAt.value).toBe(1_000_000)
      expect([stream.error.value, stream.disconnectedSince.value]).toEqual([null, null])

      await environment.advance(6000)
      await environment.last().fail()
      expect([stream.status.value, stream.reason.value]).toEqual(['reconnecting', 'network'])
      expect(stream.error.value!.code).toBe('network')
      expect([stream.attempt.value, stream.retryAt.value]).toEqual([0, 1_007_000])
      expect(stream.disconnectedSince.value).toBe(1_006_000)
      await environment.advance(1000)
      await environment.last().fail()
      expect([stream.attempt.value, stream.retryAt.value]).toEqual([1, 1_008_000])
    })

    it('are readonly: writing warns and changes nothing', async () => {
      const { stream } = await startStream(environment)
      await environment.last().send(event('a', 1, 'x'))
      await environment.frame()
      const { queue, ...refs } = stream
      const found = Object.entries(refs).filter(([, value]) => isRef(value))
      expect(found.map(([name]) => name)).toEqual([
        ...['lastEventId', 'received', 'duplicates', 'transport', 'message'],
        ...[
          'reason',
          'error',
          'attempt',
          'retryAt',
          'disconnectedSince',
          'lastActivityAt',
          'status',
        ],
      ])
      for (const [name, value] of found) {
        const writable = value as { value: unknown }
        const before = writable.value
        const warnings = warningsOf(() => (writable.value = 'mine'))
        expect(warnings.join()).toContain(`Set operation on key "${name}" failed`)
        expect(writable.value).toBe(before)
      }
      const before = queue.messages
      warningsOf(() => ((queue as { messages: unknown }).messages = []))
      expect(queue.messages).toBe(before)
    })

    it('show a changed status at once, and messages with the frame', async () => {
      const { stream } = await startStream(environment)
      const statuses: string[] = []
      watch(stream.status, (status) => statuses.push(status), { flush: 'sync' })
      await environment.last().send(event('a', 1))
      expect(statuses).toEqual(['open'])
      expect([stream.message.value, stream.received.value]).toEqual([null, 0])
      expect(environment.live().frames).toBe(1)
      await environment.frame()
      expect(stream.message.value!.data).toBe(1)
      expect(environment.live().frames).toBe(0)
    })

    it('count down from a server that asks to wait', async () => {
      const { stream } = await startStream(environment)
      await environment.last().send('retry: 30000\n\n')
      await environment.last().end()
      expect(stream.retryAt.value).toBe(1_030_000)
      await environment.goOnline()
      expect([stream.retryAt.value, environment.requests.length]).toEqual([null, 2])
    })
  })

  describe('the controls', () => {
    it('can be click handlers, which are given an event', async () => {
      const { wrapper, result } = mountSetup(
        () => useEventStream('/a', { environment }),
        `<button id="close" @click="close" /><button id="open" @click="open" />
         <button id="pause" @click="pause" /><button id="resume" @click="resume" />
         <button id="reconnect" @click="reconnect" /><b>{{ status }} {{ reason }}</b>`,
      )
      const click = async (id: string): Promise<string> => {
        await wrapper.get(`#${id}`).trigger('click')
        await flushPromises()
        return wrapper.get('b').text()
      }
      await flushPromises()
      await environment.last().answer()
      expect(await click('close')).toBe('closed user')
      expect(await click('open')).toBe('connecting')
      await environment.last().answer()
      expect(await click('pause')).toBe('paused user')
      expect(await click('resume')).toBe('open')
      expect(await click('reconnect')).toBe('reconnecting user')
      expect(result.status.value).toBe('reconnecting')
      expect(environment.live().requests).toBe(1)
    })

    it('hold messages back while paused, and hand them out in order', async () => {
      const seen: unknown[] = []
      const { stream } = await startStream(environment, { on: { a: (n) => seen.push(n) } })
      await environment.last().answer()
      stream.pause()
      await environment.last().send(event('a', 1), event('a', 2))
      expect([seen, stream.status.value]).toEqual([[], 'paused'])
      stream.resume()
      await flushPromises()
      expect([seen, stream.status.value]).toEqual([[1, 2], 'open'])
    })
  })

  describe('the end of the scope', () => {
    it.each([
      ['while it asks', async () => {}],
      ['while it is open', () => environment.last().send(event('a', 1))],
      ['while it waits to try again', () => environment.last().fail()],
      [
        'after the stream has failed',
        () => environment.last().answer(new Response('', { status: 404 })),
      ],
    ])('leaves nothing behind %s', async (_, arrange) => {
      const { wrapper, result } = mountSetup(() => useEventStream('/a', { environment, queue: {} }))
      await flushPromises()
      await arrange()
      wrapper.unmount()
      expect(environment.live()).toEqual(NOTHING_LIVE)
      expect([result.status.value, result.reason.value]).toEqual(['closed', 'unmount'])
      expect(environment.last().aborted || result.received.value === 0).toBe(true)
    })

    it('shows what had come and was not shown yet', async () => {
      const { stream, scope } = await startStream(environment)
      await environment.last().send(event('a', 1))
      scope.stop()
      expect(stream.message.value!.data).toBe(1)
    })

    it('is told to onClose once', async () => {
      const reasons: unknown[] = []
      const { scope } = await startStream(environment, {
        onClose: (reason) => reasons.push(reason),
      })
      scope.stop()
      expect(reasons).toEqual(['unmount'])
    })

    it('keeps what arrives later from handlers', async () => {
      const seen: unknown[] = []
      const { scope } = await startStream(environment, {
        onMessage: (message) => seen.push(message),
      })
      scope.stop()
      await environment.last().send(event('a', 1))
      expect(seen).toEqual([])
    })

    it('stays the end when the stream is opened after it', async () => {
      const { stream, scope } = await startStream(environment)
      scope.stop()
      stream.open()
      stream.reconnect()
      await flushPromises()
      expect(environment.requests).toHaveLength(1)
      expect(environment.live()).toEqual(NOTHING_LIVE)
    })

    it('is not the deactivation by KeepAlive', async () => {
      const isShown = ref(true)
      let stream!: UseEventStreamReturn
      const Child = {
        setup() {
          stream = useEventStream('/a', { environment, queue: {} })
          return () => h('i', stream.queue.size)
        },
      }
      const { wrapper } = mountSetup(
        () => ({ Child, KeepAlive, isShown }),
        '<KeepAlive><component :is="Child" v-if="isShown" /></KeepAlive>',
      )
      await flushPromises()
      await environment.last().send(event('a', 1))
      isShown.value = false
      await nextTick()
      await environment.last().send(event('a', 2))
      await environment.frame()
      expect([stream.status.value, stream.queue.size]).toEqual(['open', 2])
      isShown.value = true
      await nextTick()
      expect(wrapper.get('i').text()).toBe('2')
      expect(environment.requests).toHaveLength(1)
      wrapper.unmount()
      expect(environment.live()).toEqual(NOTHING_LIVE)
    })
  })
})
