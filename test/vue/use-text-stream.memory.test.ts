/** Nothing holds a text stream that has ended, nor what its sends before the last one brought. */
import { flushPromises } from '@vue/test-utils'
import { beforeAll, describe, expect, it } from 'vitest'
import { createApp, defineComponent, effectScope, h } from 'vue'
import { useEventStreamState } from '../../src/vue/use-event-stream-state.ts'
import { useMessageQueue } from '../../src/vue/use-message-queue.ts'
import { useTextStream } from '../../src/vue/use-text-stream.ts'
import { createControlledEnvironment, event, NOTHING_LIVE } from '../support/controlled-fetch.ts'
import type { UseTextStreamReturn } from '../../src/vue/use-text-stream.ts'
import type { ControlledEnvironment } from '../support/controlled-fetch.ts'

const SENDS = 1000

// Development builds of Vue keep every app for 3 s, for devtools that may come. Here they are: nothing waits.
beforeAll(() => void Object.assign(globalThis, { __VUE_DEVTOOLS_GLOBAL_HOOK__: { emit() {} } }))

/** Runs the garbage collector until all are gone; says which are not. */
async function survivors(refs: Record<string, WeakRef<object>>): Promise<string[]> {
  const left = (): string[] => Object.keys(refs).filter((name) => refs[name]!.deref())
  for (let round = 0; round < 10 && left().length > 0; round++) {
    await flushPromises()
    globalThis.gc!()
  }
  return left()
}

interface Used {
  stream: UseTextStreamReturn
  refs: Record<string, WeakRef<object>>
}

/** Uses everything that could hold a stream, and keeps only weak references to it. */
function use(environment: ControlledEnvironment): Used {
  const pick = ({ data }: { data: { text: string } }): string => data.text
  const handler = (): void => {}
  const body = { q: 1 }
  const stream = useTextStream('/answer', {
    ...{ environment, pick, on: { message: handler }, onError: () => {}, queue: {} },
  })
  const added = (): void => {}
  stream.on('*', added)
  const queue = useMessageQueue(stream)
  const state = useEventStreamState(stream, {}, { message: () => ({}) })
  const sent = stream.send(body)
  const refs = Object.fromEntries(
    Object.entries({ stream, pick, handler, added, body, queue, state, sent }).map(
      ([name, value]) => [name, new WeakRef<object>(value)],
    ),
  )
  return { stream, refs }
}

/** Streams a little, up to the middle of an answer. */
async function answerHalf(
  environment: ControlledEnvironment,
  { stream, refs }: Used,
): Promise<void> {
  await flushPromises()
  await environment.last().send(event('message', { text: 'Hel' }))
  await environment.frame()
  refs.message = new WeakRef<object>(stream.message.value!)
  // And what waits for a frame.
  await environment.last().send(event('message', { text: 'lo' }))
}

describe('useTextStream', { timeout: 60_000 }, () => {
  it('is collected after its scope is stopped while it streams', async () => {
    const environment = createControlledEnvironment()
    const refs = await (async () => {
      const scope = effectScope(true)
      const used = scope.run(() => use(environment))!
      await answerHalf(environment, used)
      scope.stop()
      environment.requests.length = 0
      return used.refs
    })()
    expect(environment.live()).toEqual(NOTHING_LIVE)
    expect(await survivors(refs)).toEqual([])
  })

  it('is collected after its component is unmounted while it streams', async () => {
    const environment = createControlledEnvironment()
    const refs = await (async () => {
      let used!: Used
      const setup = (): (() => unknown) => {
        used = use(environment)
        return () => h('i', used.stream.text.value)
      }
      // Not by @vue/test-utils, which keeps what it has mounted.
      const app = createApp(defineComponent({ setup }))
      app.mount(document.createElement('div'))
      await answerHalf(environment, used)
      app.unmount()
      environment.requests.length = 0
      return used.refs
    })()
    expect(environment.live()).toEqual(NOTHING_LIVE)
    expect(await survivors(refs)).toEqual([])
  })

  it.each(['stop', 'end', 'fail'] as const)(
    'is collected when it has no scope and is over: %s',
    async (how) => {
      const environment = createControlledEnvironment()
      const refs = await (async () => {
        const used = use(environment)
        await answerHalf(environment, used)
        if (how === 'stop') used.stream.stop()
        else await environment.last()[how]()
        await environment.frame()
        environment.requests.length = 0
        return used.refs
      })()
      expect(environment.live()).toEqual(NOTHING_LIVE)
      expect(await survivors(refs)).toEqual([])
    },
  )

  it(`holds nothing of ${SENDS} sends but the last, however they ended`, async () => {
    const environment = createControlledEnvironment()
    const scope = effectScope(true)
    const { send, stop, text, messages } = scope.run(() =>
      useTextStream('/answer', { environment, pick: ({ data }) => data.text }),
    )!
    const refs: Record<string, WeakRef<object>> = {}
    const sendOnce = async (count: number): Promise<void> => {
      const body = { count }
      const result = send(body)
      Object.assign(refs, {
        [`body ${count}`]: new WeakRef(body),
        [`result ${count}`]: new WeakRef(result),
      })
      // Superseded before it began, in the middle, stopped, broken off, whole.
      if (count % 5 === 0) return
      await flushPromises()
      await environment.last().send(event('message', { text: `${count}` }))
      if (count % 5 === 1) return
      if (count % 5 === 2) stop()
      else if (count % 5 === 3) await environment.last().fail()
      else await environment.last().end()
      refs[`messages ${count}`] = new WeakRef(messages.value)
      environment.requests.length = 0
    }
    for (let count = 1; count <= SENDS; count++) await sendOnce(count)
    void send('the last')
    await flushPromises()
    await environment.last().send(event('message', { text: 'end' }))
    await environment.last().end()
    await environment.frame()
    // Vue's refs keep what was read of them last.
    expect([text.value, messages.value.length]).toEqual(['end', 1])
    environment.requests.length = 0
    expect(await survivors(refs)).toEqual([])
    expect(environment.live()).toMatchObject({ requests: 0, timers: 0, listeners: 0 })
    scope.stop()
    expect(environment.live()).toEqual(NOTHING_LIVE)
  })
})
