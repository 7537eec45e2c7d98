/** A text stream and what goes on around it: components that come and go, other sends, the network, what builds on it. */
import { flushPromises, mount } from '@vue/test-utils'
import { beforeEach, describe, expect, it } from 'vitest'
import { defineComponent, effectScope, h, KeepAlive, nextTick, ref, watchEffect } from 'vue'
import { useEventStreamState } from '../../src/vue/use-event-stream-state.ts'
import { useMessageQueue } from '../../src/vue/use-message-queue.ts'
import { useTextStream } from '../../src/vue/use-text-stream.ts'
import { createControlledEnvironment, event, NOTHING_LIVE } from '../support/controlled-fetch.ts'
import { mountSetup, runInScope, warningsOf } from '../support/mount.ts'
import type { TextStreamResult, UseTextStreamReturn } from '../../src/vue/use-text-stream.ts'
import type { ControlledEnvironment } from '../support/controlled-fetch.ts'

let environment: ControlledEnvironment
beforeEach(() => {
  environment = createControlledEnvironment()
})

const pick = ({ data }: { data: any }): string => data.text
const token = (text: string): string => event('message', { text })
const bodies = (): unknown[] => environment.requests.map(({ body }) => body)

function start(): UseTextStreamReturn {
  return runInScope(() => useTextStream('/answer', { environment, pick })).result
}

/** Sends, and lets the request begin. */
async function ask(stream: UseTextStreamReturn, question?: string): Promise<void> {
  void stream.send(question)
  await flushPromises()
}

describe('a component', () => {
  it('that is unmounted while it streams leaves nothing, and warns of nothing', async () => {
    let sent!: Promise<TextStreamResult>
    const rendered: string[] = []
    const { wrapper, result } = mountSetup(() => {
      const stream = useTextStream('/answer', { environment, pick })
      sent = stream.send('q')
      watchEffect(() => rendered.push(stream.text.value))
      return stream
    }, '<p>{{ text }}</p>')
    await flushPromises()
    await environment.last().send(token('Hel'))
    await environment.frame()
    expect(wrapper.text()).toBe('Hel')
    await environment.last().send(token('lo'))
    wrapper.unmount()
    expect(environment.last().aborted).toBe(true)
    // What had come and was not shown yet is not lost to who asked.
    expect(await sent).toEqual({ text: 'Hello', isComplete: false, error: null })
    expect(environment.live()).toEqual(NOTHING_LIVE)
    expect([result.status.value, result.reason.value]).toEqual(['closed', 'unmount'])
    expect(await result.send('again')).toEqual({ text: '', isComplete: false, error: null })
    await flushPromises()
    expect(bodies()).toEqual(['q'])
    expect(environment.errors).toEqual([])
    expect(environment.warnings).toEqual([])
  })

  it('that is gone before it was mounted has sent nothing', async () => {
    let sent!: Promise<TextStreamResult>
    const scope = effectScope(true)
    scope.run(() => {
      sent = useTextStream('/answer', { environment }).send('q')
    })
    scope.stop()
    expect(await sent).toEqual({ text: '', isComplete: false, error: null })
    await flushPromises()
    expect(environment.requests).toEqual([])
  })

  it('has a text of its own, whatever another one asks at the same time', async () => {
    const one = start()
    const two = start()
    await ask(one, '1')
    await ask(two, '2')
    const [first, second] = environment.requests
    await second!.send(token('b'))
    await first!.send(token('a'))
    await environment.frame()
    expect([one.text.value, two.text.value]).toEqual(['a', 'b'])
    one.stop()
    expect([first!.aborted, second!.aborted]).toEqual([true, false])
    await second!.send(token('B'))
    await second!.end()
    expect([one.text.value, two.text.value]).toEqual(['a', 'bB'])
    expect([one.status.value, two.status.value]).toEqual(['closed', 'closed'])
  })

  it('in KeepAlive goes on while it is not shown, and shows all of it when it is back', async () => {
    const isShown = ref(true)
    const Answer = defineComponent({
      setup() {
        const { text, isStreaming, send } = useTextStream('/answer', { environment, pick })
        if (environment.requests.length === 0) void send('q')
        return () => h('p', `${text.value} ${isStreaming.value}`)
      },
    })
    const wrapper = mount({
      render: () => h(KeepAlive, () => (isShown.value ? h(Answer) : h('i'))),
    })
    await flushPromises()
    await environment.last().send(token('Hel'))
    await environment.frame()
    expect(wrapper.text()).toBe('Hel true')
    isShown.value = false
    await nextTick()
    expect(environment.last().aborted).toBe(false)
    await environment.last().send(token('lo'))
    await environment.last().end()
    isShown.value = true
    await nextTick()
    expect(wrapper.text()).toBe('Hello false')
    expect(environment.requests).toHaveLength(1)
    wrapper.unmount()
    expect(environment.live()).toEqual(NOTHING_LIVE)
  })
})

describe('send()', () => {
  it('right after stop() begins from nothing', async () => {
    const stream = start()
    const first = stream.send('1')
    await flushPromises()
    await environment.last().send(token('old'))
    stream.stop()
    const second = stream.send('2')
    expect([stream.text.value, stream.status.value]).toEqual(['', 'connecting'])
    await flushPromises()
    await environment.last().send(token('new'))
    await environment.last().end()
    expect(await first).toMatchObject({ text: 'old', isComplete: false, error: null })
    expect(await second).toMatchObject({ text: 'new', isComplete: true })
    expect(bodies()).toEqual(['1', '2'])
  })

  it('before stop(), in one tick, sends nothing', async () => {
    const stream = start()
    const sent = stream.send('1')
    stream.stop()
    expect(await sent).toEqual({ text: '', isComplete: false, error: null })
    await flushPromises()
    expect([environment.requests, stream.status.value]).toEqual([[], 'closed'])
  })

  it('may follow its own result, as often as one likes', async () => {
    const stream = start()
    const results: TextStreamResult[] = []
    const all = (async () => {
      for (let turn = 1; turn <= 3; turn++) results.push(await stream.send(`${turn}`))
    })()
    for (let turn = 1; turn <= 3; turn++) {
      await flushPromises()
      const request = environment.last()
      expect(request.body).toBe(`${turn}`)
      await request.send(token(`answer ${turn}`))
      await (turn === 2 ? request.fail() : request.end())
    }
    await all
    expect(results.map(({ text, isComplete }) => [text, isComplete])).toEqual([
      ['answer 1', true],
      ['answer 2', false],
      ['answer 3', true],
    ])
    expect(stream.text.value).toBe('answer 3')
  })

  it('may answer a result that was superseded, without an end', async () => {
    const stream = start()
    void stream.send('1').then(() => stream.send('3'))
    void stream.send('2')
    await flushPromises()
    expect(environment.last().body).toBe('3')
    expect(environment.live().requests).toBe(1)
  })

  it('without a network is over at once, and is not sent when there is one again', async () => {
    const stream = start()
    const sent = stream.send('1')
    await flushPromises()
    await environment.last().fail()
    expect(await sent).toMatchObject({
      ...{ text: '', isComplete: false },
      error: { code: 'network', fatal: true },
    })
    await environment.goOnline()
    await environment.advance(100_000)
    expect(bodies()).toEqual(['1'])
    await ask(stream, '2')
    await environment.last().send(token('back'))
    await environment.last().end()
    expect([stream.text.value, stream.error.value]).toEqual(['back', null])
  })

  it('whose asynchronous headers fail sends nothing, and says why', async () => {
    let isLoggedIn = false
    const reason = new Error('Who are you?')
    const { result } = runInScope(() =>
      useTextStream('/answer', {
        ...{ environment, pick },
        headers: async () => {
          if (!isLoggedIn) throw reason
          return { Authorization: 'Bearer 1' }
        },
      }),
    )
    const { text, isComplete, error } = await result.send('1')
    expect([text, isComplete]).toEqual(['', false])
    expect(error).toMatchObject({ fatal: true, cause: reason })
    expect(result.error.value).toBe(error)
    expect(environment.requests).toEqual([])
    isLoggedIn = true
    await ask(result)
    expect(bodies()).toEqual(['1'])
    expect(environment.last().headers.get('Authorization')).toBe('Bearer 1')
  })

  it('hears nothing of the one it superseded, although that one’s bytes still come', async () => {
    const encoder = new TextEncoder()
    const answers: {
      resolve(): void
      controller: ReadableStreamDefaultController<Uint8Array>
    }[] = []
    // A network that does not know of signals.
    const fetch = (): Promise<Response> =>
      new Promise((resolve) => {
        const init = { headers: { 'Content-Type': 'text/event-stream' } }
        const body = new ReadableStream<Uint8Array>({
          start: (controller) =>
            void answers.push({ controller, resolve: () => resolve(new Response(body, init)) }),
        })
      })
    const say = async (index: number, text: string): Promise<void> => {
      try {
        answers[index]!.controller.enqueue(encoder.encode(token(text)))
      } catch {
        // The client has cancelled it: nothing can come any more.
      }
      await flushPromises()
    }
    const { result } = runInScope(() => useTextStream('/answer', { environment, pick, fetch }))
    const seen: string[] = []
    result.on('*', ({ data }) => seen.push((data as { text: string }).text))

    // One whose head comes too late, one that is read, and one that counts.
    await ask(result, '1')
    await ask(result, '2')
    answers[1]!.resolve()
    await say(1, 'read')
    await ask(result, '3')
    answers[0]!.resolve()
    await flushPromises()
    await say(0, 'late head')
    await say(1, 'late')
    answers[2]!.resolve()
    await say(2, 'new')
    await say(1, 'later')
    await environment.frame()
    expect(result.text.value).toBe('new')
    expect(seen).toEqual(['read', 'new'])
    expect(result.received.value).toBe(1)
  })
})

describe('what is made of a stream', () => {
  it('can be made of a text stream: queues', async () => {
    const { result } = runInScope(() => {
      const stream = useTextStream('/answer', { environment, pick })
      const steps = useMessageQueue(stream, 'step', { capacity: 2 })
      return { stream, steps, all: useMessageQueue(stream) }
    })
    await ask(result.stream, 'q')
    await environment.last().send(event('step', 1), token('a'), event('step', 2), event('step', 3))
    await environment.frame()
    expect(result.steps.messages.value.map(({ data }) => data)).toEqual([2, 3])
    expect([result.steps.dropped.value, result.all.size.value]).toEqual([1, 4])
    // It is the app's own: only the app empties it.
    await ask(result.stream, 'again')
    expect(result.all.size.value).toBe(4)
  })

  it('can be made of a text stream: state, folded as it comes and loaded as it opens', async () => {
    await import('../../src/client/delivery/reduced-state.ts') // at hand: the loader is quick
    const { result } = runInScope(() => {
      const stream = useTextStream('/answer', { environment, pick })
      const on = { usage: (total: number, { tokens }: { tokens: number }) => total + tokens }
      const { state } = useEventStreamState(stream, { load: () => ({ state: 100 }), on })
      return { stream, tokens: useEventStreamState(stream, 0, on), loaded: state }
    })
    const { stream, tokens, loaded } = result
    await ask(stream, 'q')
    await environment.last().answer()
    await environment.last().send(event('usage', { tokens: 5 }), token('a'))
    await environment.frame()
    expect([tokens.value, loaded.value, stream.text.value]).toEqual([5, 105, 'a'])
  })

  it('warns of nothing', () => {
    const warnings = warningsOf(() => {
      runInScope(() => useMessageQueue(useTextStream('/answer', { environment })))
    })
    expect(warnings).toEqual([])
  })
})
