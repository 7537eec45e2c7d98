/** Components that come and go share connections: nothing of those that have gone is kept. */
import { flushPromises } from '@vue/test-utils'
import { beforeAll, describe, expect, it } from 'vitest'
import { createApp, defineComponent, h, nextTick, shallowReactive } from 'vue'
import { pageConnections } from '../../src/client/sharing/app-connections.ts'
import { useEventStream } from '../../src/vue/use-event-stream.ts'
import { createControlledEnvironment, event, NOTHING_LIVE } from '../support/controlled-fetch.ts'
import { usedMemory } from '../support/memory-bound.ts'
import { createSeededRandom } from '../support/seeded-random.ts'

const STEPS = 5000
const COMPONENTS = 50
const LINGER_MS = 5000
const URLS = ['/a', '/b', '/c', '/d']
const MAX_GROWTH = 2 ** 20

// Development builds of Vue keep every app for 3 s, for devtools that may come. Here they are: nothing waits.
beforeAll(() => void Object.assign(globalThis, { __VUE_DEVTOOLS_GLOBAL_HOOK__: { emit() {} } }))
beforeAll(() => import('../../src/client/sharing/shared-streams.ts'))

interface Slot {
  readonly url: string
  readonly key: number
}

/** An app with places for components, each with a stream that it shares with the others. */
function createPage() {
  const environment = createControlledEnvironment()
  const slots = shallowReactive<(Slot | undefined)[]>(Array.from({ length: COMPONENTS }))
  let received = 0
  const Part = defineComponent({
    props: { url: { type: String, required: true } },
    setup(props) {
      const { message, status } = useEventStream<Record<string, unknown>>(() => props.url, {
        ...{ share: 'app', environment, queue: { capacity: 10 } },
        // Of each stream its own, as large as what an app may hold on to.
        onMessage: () => void received++,
      })
      return () => h('i', `${status.value} ${message.value?.key}`)
    },
  })
  const app = createApp({
    render: () => slots.map((slot) => slot && h(Part, { key: slot.key, url: slot.url })),
  })
  app.mount(document.createElement('div'))
  return { app, environment, slots, received: () => received }
}

describe('streams that share', { timeout: 120_000 }, () => {
  it(`take no more memory after ${STEPS} mounts and unmounts than after 500`, async () => {
    const { app, environment, slots, received } = createPage()
    const random = createSeededRandom(1)
    let key = 0
    let sent = 0

    const emptyAll = async (): Promise<void> => {
      slots.fill(undefined)
      await nextTick()
      await environment.advance(LINGER_MS)
      await environment.frame()
      environment.requests.length = 0
    }
    /** Sends to all that are open a payload of a few kilobytes. */
    const send = async (): Promise<void> => {
      const open = environment.requests.filter(({ aborted }) => !aborted)
      environment.requests.splice(0, Infinity, ...open)
      const payload = { text: `${sent++}`.padEnd(2000, 'x') }
      for (const request of open) await request.send(event('note', payload, `${sent}`))
    }

    let before = 0
    for (let step = 1; step <= STEPS; step++) {
      const at = random.below(COMPONENTS)
      const isOnce = step % 3 === 0
      const url = isOnce ? `/once/${step}` : random.pick(URLS)
      slots[at] = slots[at] ? undefined : { url, key: key++ }
      await nextTick()
      // Some are gone again before their stream has joined anything.
      if (isOnce) slots[at] = undefined
      else if (step % 6 === 1) await flushPromises()
      if (step % 20 === 0) await send()
      if (step % 100 === 0) {
        await environment.frame()
        await environment.advance(LINGER_MS / 2)
      }
      if (step !== 500 && step !== STEPS) continue
      await emptyAll()
      expect(environment.live()).toEqual(NOTHING_LIVE)
      expect(pageConnections.count()).toBe(0)
      if (step === 500) before = usedMemory()
    }
    expect(usedMemory() - before).toBeLessThan(MAX_GROWTH)
    expect(received()).toBeGreaterThan(STEPS / 2)
    expect(environment.errors).toEqual([])
    app.unmount()
  })

  it('are collected with what they were given, also when they never joined', async () => {
    const environment = createControlledEnvironment()
    const refs = await (async () => {
      const refsOfAll: WeakRef<object>[] = []
      for (const [index, isQuick] of [true, false, true, false].entries()) {
        const headers = (): Record<string, string> => ({ n: `${index}` })
        refsOfAll.push(new WeakRef(headers))
        const Part = defineComponent({
          setup() {
            useEventStream('/a', { share: 'app', environment, headers })
            return () => h('i')
          },
        })
        const app = createApp(Part)
        app.mount(document.createElement('div'))
        if (!isQuick) await flushPromises()
        app.unmount()
        await flushPromises()
      }
      await environment.advance(LINGER_MS)
      environment.requests.length = 0
      return refsOfAll
    })()
    const left = (): number => refs.filter((ref) => ref.deref()).length
    for (let round = 0; round < 10 && left() > 0; round++) {
      await flushPromises()
      globalThis.gc!()
    }
    expect(environment.live()).toEqual(NOTHING_LIVE)
    expect(pageConnections.count()).toBe(0)
    expect(left()).toBe(0)
  })
})
