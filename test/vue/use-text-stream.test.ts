/** Text that grows: what `send()` asks for, what becomes of it, and how it ends. */
import { flushPromises } from '@vue/test-utils'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createApp, effectScope, isReadonly, nextTick, ref, watch } from 'vue'
import { createEventStreams } from '../../src/vue/plugin.ts'
import { useEventStreamsStatus } from '../../src/vue/use-event-streams-status.ts'
import { useTextStream } from '../../src/vue/use-text-stream.ts'
import { createControlledEnvironment, event, NOTHING_LIVE } from '../support/controlled-fetch.ts'
import { mountSetup, runInScope, warningsOf } from '../support/mount.ts'
import type { EventStreamsOptions } from '../../src/vue/options.ts'
import type { UseTextStreamOptions, UseTextStreamReturn } from '../../src/vue/use-text-stream.ts'
import type { ControlledEnvironment } from '../support/controlled-fetch.ts'

let environment: ControlledEnvironment
// Loading it takes many turns of the event loop.
beforeAll(() => import('../../src/client/position/resume-request.ts'))
beforeAll(() => import('../../src/client/delivery/message-stages.ts'))
beforeEach(() => {
  environment = createControlledEnvironment()
})

const pick = ({ data }: { data: any }): string => data.text
const token = (text: string, id?: string): string => event('message', { text }, id)
const DONE = 'data: [DONE]\n\n'

async function start(options: UseTextStreamOptions = {}): Promise<UseTextStreamReturn> {
  const { result } = runInScope(() => useTextStream('/answer', { environment, pick, ...options }))
  await flushPromises()
  return result
}

/** One that has sent and has begun to answer. */
async function startSent(options?: UseTextStreamOptions): Promise<UseTextStreamReturn> {
  const stream = await start(options)
  void stream.send({ q: 1 })
  await flushPromises()
  await environment.last().send(token('Hel'), token('lo'))
  return stream
}

const bodies = (): unknown[] => environment.requests.map(({ body }) => body)

describe('useTextStream', () => {
  it('asks for nothing before send()', async () => {
    const { status, text, isStreaming, error } = await start()
    expect(environment.requests).toEqual([])
    expect([status, text, isStreaming, error].map(({ value }) => value)).toEqual([
      ...['idle', '', false, null],
    ])
  })

  it('gives refs that only it writes', async () => {
    const stream = await start()
    expect([stream.text, stream.isStreaming].every(isReadonly)).toBe(true)
  })

  describe('send()', () => {
    it('sends an object as JSON by POST, as it is at that moment', async () => {
      const { send } = await start()
      const messages = [{ role: 'user' }]
      void send({ messages })
      messages.push({ role: 'assistant' })
      await flushPromises()
      const { method, url, body, headers } = environment.last()
      expect([method, url, body]).toEqual([
        ...['POST', 'http://page.test/answer', '{"messages":[{"role":"user"}]}'],
      ])
      expect(headers.get('Content-Type')).toBe('application/json')
      expect(headers.get('Accept')).toBe('text/event-stream')
    })

    it.each<[string, UseTextStreamOptions['headers']]>([
      ['value', { 'Content-Type': 'application/x-question', 'X-A': '1' }],
      ['function', () => ({ 'content-type': 'application/x-question', 'X-A': '1' })],
    ])('leaves the last word on headers to the app: %s', async (_, headers) => {
      const { send } = await start({ headers })
      void send({})
      await flushPromises()
      expect(environment.last().headers.get('Content-Type')).toBe('application/x-question')
      expect(environment.last().headers.get('X-A')).toBe('1')
    })

    it('sends anything else as fetch takes it, and says nothing of its type', async () => {
      const { send } = await start()
      void send({})
      void send('text')
      await flushPromises()
      expect(environment.last().body).toBe('text')
      expect(environment.last().headers.has('Content-Type')).toBe(false)
    })

    it('sends the body of the last time when it is left out', async () => {
      const { send } = await start()
      void send({ q: 1 })
      await flushPromises()
      await environment.last().send(token('a'), DONE)
      void send()
      await flushPromises()
      expect(bodies()).toEqual(['{"q":1}', '{"q":1}'])
      expect(environment.last().headers.get('Content-Type')).toBe('application/json')
      void send(undefined)
      await flushPromises()
      void send(null)
      await flushPromises()
      expect(bodies()).toEqual(['{"q":1}', '{"q":1}', '{"q":1}', null])
    })

    it('may be a listener of a button: its event is no body', async () => {
      const { wrapper } = mountSetup(() => {
        const { send } = useTextStream('/answer', { environment })
        return { send, ask: () => void send('q') }
      }, '<button @click="ask" /><button @click="send" />')
      for (const button of wrapper.findAll('button')) {
        await button.trigger('click')
        await flushPromises()
      }
      expect(bodies()).toEqual(['q', 'q'])
    })

    it('takes an option that is undefined for one that is left out', async () => {
      const none = { method: undefined, decode: undefined, transport: undefined }
      const stream = await start({ ...none, fallback: undefined, connectTimeout: undefined })
      void stream.send({ q: 1 })
      await flushPromises()
      expect(environment.last().method).toBe('POST')
      await environment.advance(59_000)
      expect(stream.status.value).toBe('connecting')
      await environment.last().send(token('a'))
      await environment.frame()
      expect(stream.text.value).toBe('a')
    })

    it('looks at the URL each time, and follows it no further', async () => {
      const chat = ref(1)
      const { result } = runInScope(() =>
        useTextStream(() => `/chats/${chat.value}`, { environment }),
      )
      void result.send('a')
      await flushPromises()
      chat.value = 2
      await flushPromises()
      expect(environment.requests).toHaveLength(1)
      void result.send('b')
      await flushPromises()
      expect(environment.last().url).toBe('http://page.test/chats/2')
    })

    it('throws at once for a body that has no JSON, and leaves what is under way alone', async () => {
      const stream = await startSent()
      const circle: Record<string, unknown> = {}
      circle.self = circle
      expect(() => stream.send(circle)).toThrow(TypeError)
      expect(stream.status.value).toBe('open')
      expect(environment.requests).toHaveLength(1)
    })

    it('resolves with the text when it is complete', async () => {
      const { send } = await start({ until: '[DONE]' })
      const sent = send({})
      await flushPromises()
      await environment.last().send(token('a'), token('b'), DONE)
      expect(await sent).toEqual({ text: 'ab', isComplete: true, error: null })
    })

    it('resolves with what came and why when it breaks off', async () => {
      const { send, error } = await start()
      const sent = send({})
      await flushPromises()
      await environment.last().send(token('a'))
      await environment.last().fail()
      const result = await sent
      expect(result).toMatchObject({ text: 'a', isComplete: false, error: { code: 'network' } })
      expect(result.error).toBe(error.value)
    })

    it('is sent when the component is mounted, if its set-up sends', async () => {
      const { result } = mountSetup(() => {
        const stream = useTextStream('/answer', { environment })
        void stream.send('q')
        return { ...stream, before: environment.requests.length, early: stream.status.value }
      })
      await flushPromises()
      expect([result.before, result.early]).toEqual([0, 'idle'])
      expect(bodies()).toEqual(['q'])
    })
  })

  describe('a second send()', () => {
    it('supersedes the first: nothing of that one arrives any more', async () => {
      const stream = await startSent()
      const [first] = environment.requests
      const second = stream.send({ q: 2 })
      expect(first!.aborted).toBe(true)
      expect(stream.text.value).toBe('')
      await first!.send(token('old'))
      await flushPromises()
      await environment.last().send(token('new'))
      await environment.frame()
      expect(stream.text.value).toBe('new')
      await environment.last().end()
      expect(await second).toEqual({ text: 'new', isComplete: true, error: null })
    })

    it('resolves the first with what came of it', async () => {
      const { send } = await start()
      const first = send(1 as unknown as string)
      await flushPromises()
      await environment.last().send(token('old'))
      void send('2')
      expect(await first).toEqual({ text: 'old', isComplete: false, error: null })
    })

    it('sends only the last one of a tick', async () => {
      const { send } = await start()
      const first = send('1')
      const second = send('2')
      await flushPromises()
      expect(bodies()).toEqual(['2'])
      expect(await first).toEqual({ text: '', isComplete: false, error: null })
      await environment.last().send(token('a'))
      await environment.last().end()
      expect((await second).text).toBe('a')
    })

    it('begins from nothing: cursor, counters, error', async () => {
      const stream = await startSent({ on: {} })
      await environment.last().send(token('!', '9'))
      await environment.last().fail()
      expect(stream.error.value).not.toBeNull()
      void stream.send('2')
      expect(stream.error.value).toBeNull()
      await flushPromises()
      expect(environment.last().headers.has('Last-Event-ID')).toBe(false)
      expect(stream.received.value).toBe(0)
    })

    it('may come from a handler of the first', async () => {
      const sent: unknown[] = []
      const stream: UseTextStreamReturn = await start({
        on: {
          message: ({ text }) => {
            if (text === 'again') sent.push(stream.send('2'))
          },
        },
      })
      void stream.send('1')
      await flushPromises()
      await environment.last().send(token('again'), token('old'))
      await flushPromises()
      expect(bodies()).toEqual(['1', '2'])
      await environment.last().send(token('new'))
      await environment.frame()
      expect(stream.text.value).toBe('new')
    })

    it('may come from a watcher of the status', async () => {
      const { status, text, send } = await start()
      watch(status, (now) => now === 'failed' && void send('2'), { flush: 'sync' })
      const first = send('1')
      await flushPromises()
      await environment.last().send(token('old'))
      await environment.last().fail()
      await flushPromises()
      expect(bodies()).toEqual(['1', '2'])
      expect(await first).toMatchObject({ text: 'old', error: { code: 'network' } })
      await environment.last().send(token('new'))
      await environment.frame()
      expect(text.value).toBe('new')
    })
  })

  describe('text', () => {
    it('grows once per frame, however many pieces come', async () => {
      const seen: string[] = []
      const { text, send } = await start()
      watch(text, (now) => seen.push(now), { flush: 'sync' })
      void send({})
      await flushPromises()
      await environment.last().send(...Array.from('abcdef', (letter) => token(letter)))
      expect(seen).toEqual([])
      await environment.frame()
      await environment.last().send(token('g'))
      await environment.last().send(token('h'))
      await environment.frame()
      expect(seen).toEqual(['abcdef', 'abcdefgh'])
    })

    it('is whole before the status says that it is over', async () => {
      const seen: unknown[] = []
      const { text, status, send } = await start()
      watch(status, (now) => seen.push([now, text.value]), { flush: 'sync' })
      void send({})
      await flushPromises()
      await environment.last().send(token('a'))
      await environment.last().end()
      expect(seen.slice(-2)).toEqual([
        ['open', ''],
        ['closed', 'a'],
      ])
    })

    it('is what pick gives, and nothing but texts', async () => {
      const answers: unknown[] = ['a', null, undefined, 7, '', { b: 1 }, 'c']
      const stream = await start({ pick: ({ data }) => answers[data.index] as string })
      void stream.send({})
      await flushPromises()
      await environment.last().send(...answers.map((_, index) => event('message', { index })))
      await environment.frame()
      expect(stream.text.value).toBe('ac')
    })

    it('is the data itself without pick, as it came', async () => {
      const stream = await start({ pick: undefined as never })
      const own = runInScope(() => useTextStream('/answer', { environment })).result
      void own.send()
      await flushPromises()
      await environment.last().send('data: {"a"\n\n', 'data:  b\n\n', 'data\n\n', 'data: 7\n\n')
      await environment.frame()
      expect(own.text.value).toBe('{"a" b7')
      expect(own.error.value).toBeNull()
      expect(stream.text.value).toBe('')
    })

    it('goes on after a pick that throws, which is reported', async () => {
      const errors: unknown[] = []
      const stream = await start({
        onError: ({ code }) => errors.push(code),
        pick: ({ data }) => data.choices[0].text,
      })
      void stream.send({})
      await flushPromises()
      const good = event('message', { choices: [{ text: 'a' }] })
      await environment.last().send(good, event('message', {}), good)
      await environment.frame()
      expect(stream.text.value).toBe('aa')
      expect(errors).toEqual(['handler'])
    })

    it('takes the piece of the message with which until says that it is done', async () => {
      const { send } = await start({ until: ({ data }) => data.text === '.' })
      const sent = send({})
      await flushPromises()
      await environment.last().send(token('a'), token('.'), token('b'))
      expect(await sent).toMatchObject({ text: 'a.', isComplete: true })
    })
  })

  describe('messages', () => {
    it('are there from the first look at them on, and begin anew with send()', async () => {
      const stream = await startSent()
      const { messages } = stream
      await environment.last().send(token('!'))
      await environment.frame()
      expect(messages.value.map(({ data }) => data.text)).toEqual(['!'])
      void stream.send({ q: 2 })
      expect(messages.value).toEqual([])
      expect(stream.messages).toBe(messages)
    })

    it('are bounded as queue says', async () => {
      const { messages } = await startSent({ queue: { capacity: 1 } })
      await environment.frame()
      expect(messages.value.map(({ data }) => data.text)).toEqual(['lo'])
    })

    it('of an earlier send() are gone, also when they are first looked at after the next one', async () => {
      const stream = await startSent({ queue: { capacity: 5 } })
      void stream.send({ q: 2 })
      await flushPromises()
      await environment.last().send(token('new'))
      await environment.frame()
      expect(stream.messages.value.map(({ data }) => data.text)).toEqual(['new'])
    })

    it('reach handlers by their type', async () => {
      const seen: unknown[] = []
      const stream = await startSent({ on: { usage: (payload) => seen.push(payload) } })
      stream.on('usage', (payload) => seen.push(payload))
      await environment.last().send(event('usage', 7))
      expect(seen).toEqual([7, 7])
    })
  })

  describe('stop()', () => {
    it('ends it and keeps what came', async () => {
      const stream = await startSent()
      stream.stop()
      expect(environment.last().aborted).toBe(true)
      expect([stream.status.value, stream.reason.value]).toEqual(['closed', 'user'])
      expect(stream.text.value).toBe('Hello')
      expect(stream.isStreaming.value).toBe(false)
      expect(environment.live()).toMatchObject({ requests: 0, timers: 0, listeners: 0 })
    })

    it('resolves what send() gave', async () => {
      const { send, stop } = await start()
      const sent = send({})
      stop()
      expect(await sent).toEqual({ text: '', isComplete: false, error: null })
      await flushPromises()
      expect(environment.requests).toEqual([])
    })

    it('does nothing when nothing is under way', async () => {
      const { stop, status } = await start()
      stop()
      expect(status.value).toBe('idle')
    })

    it('leaves room for the next send()', async () => {
      const stream = await startSent()
      stream.stop()
      void stream.send()
      expect(stream.status.value).toBe('connecting')
      await flushPromises()
      expect(bodies()).toEqual(['{"q":1}', '{"q":1}'])
    })
  })

  describe('a cut', () => {
    it('is reported, the text stays, and nothing is sent again', async () => {
      const stream = await startSent()
      await environment.last().fail()
      expect([stream.status.value, stream.reason.value]).toEqual(['failed', 'network'])
      expect(stream.error.value).toMatchObject({ code: 'network', fatal: true })
      expect(stream.text.value).toBe('Hello')
      await environment.advance(100_000)
      await environment.goOnline()
      expect(environment.requests).toHaveLength(1)
    })

    it('is one before until, too', async () => {
      const stream = await startSent({ until: '[DONE]' })
      await environment.last().end()
      expect(stream.error.value).toMatchObject({ code: 'truncated' })
      expect(stream.text.value).toBe('Hello')
    })

    it('is gone on with where the server can: the text grows on', async () => {
      const stream = await startSent({
        resume: {
          request: ({ lastMessage }) => ({ url: `/rest/${(lastMessage!.data as any).text}` }),
        },
      })
      await environment.last().fail()
      expect([stream.status.value, stream.text.value]).toEqual(['reconnecting', 'Hello'])
      expect(stream.isStreaming.value).toBe(true)
      await environment.advance(1000)
      const { url, method, body } = environment.last()
      expect([url, method, body]).toEqual(['http://page.test/rest/lo', 'GET', null])
      expect(environment.last().headers.has('Content-Type')).toBe(false)
      await environment.last().send(token('!'))
      await environment.frame()
      expect(stream.text.value).toBe('Hello!')
      await environment.last().end()
      expect(stream.reason.value).toBe('complete')
    })

    it('begins the text anew where the app has asked for repeats', async () => {
      const stream = await startSent({ reconnect: true })
      await environment.last().fail()
      expect(stream.text.value).toBe('Hello')
      await environment.advance(1000)
      await environment.last().send(token('Bye'))
      await environment.frame()
      expect(stream.text.value).toBe('Bye')
    })

    it('keeps the text where a repeat goes on after an id', async () => {
      const stream = await startSent({ reconnect: true })
      await environment.last().send(token('!', '3'))
      await environment.last().fail()
      await environment.advance(1000)
      expect(environment.last().headers.get('Last-Event-ID')).toBe('3')
      await environment.last().send(token('?', '4'))
      await environment.frame()
      expect(stream.text.value).toBe('Hello!?')
    })

    it('is final for a GET as well', async () => {
      const stream = await startSent({ method: 'GET' })
      await environment.last().end()
      expect(stream.reason.value).toBe('complete')
      await environment.advance(100_000)
      expect(environment.requests).toHaveLength(1)
    })
  })

  describe('a refused request', () => {
    it('is an error with what the server says', async () => {
      const { send } = await start()
      const sent = send({})
      await flushPromises()
      const body = JSON.stringify({ error: { message: 'No credit' } })
      await environment.last().answer(new Response(body, { status: 429 }))
      const { error } = await sent
      expect(error).toMatchObject({ code: 'http-status', status: 429, body, fatal: true })
      await environment.advance(100_000)
      expect(environment.requests).toHaveLength(1)
    })

    it('is waited for a minute, and no longer', async () => {
      const stream = await start()
      void stream.send('q')
      await flushPromises()
      await environment.advance(59_000)
      expect(stream.status.value).toBe('connecting')
      await environment.advance(1000)
      expect(stream.error.value).toMatchObject({ code: 'connect-timeout', fatal: true })
      expect(environment.requests).toHaveLength(1)
    })

    it('is sent once more after a 401 when there is a function to ask for a token', async () => {
      let count = 0
      const { send } = await start({ headers: () => ({ Authorization: `${++count}` }) })
      void send({ q: 1 })
      await flushPromises()
      await environment.last().answer(new Response('', { status: 401 }))
      await environment.advance(0)
      expect(environment.last().headers.get('Authorization')).toBe('2')
      expect(bodies()).toEqual(['{"q":1}', '{"q":1}'])
    })
  })

  describe('a failure that is told in the stream', () => {
    const failWhen = ({ type, data }: { type: string; data: any }) =>
      (/^(error|response\.failed)$/.test(type) ||
        data?.type === 'error' ||
        data?.error !== undefined) &&
      'fatal'

    it.each<[string, string, object]>([
      ['Anthropic', 'error', { type: 'error', error: { type: 'overloaded_error' } }],
      ['OpenAI responses', 'response.failed', { response: { error: { code: 'server_error' } } }],
      ['OpenAI chat completions', 'message', { error: { message: 'Quota' } }],
      ['AI SDK', 'message', { type: 'error', errorText: 'Oh' }],
      ['Ollama', 'message', { error: 'out of memory' }],
    ])('is its error, with what the server said: %s', async (_, type, data) => {
      const stream = await startSent({ failWhen, until: '[DONE]', resume: { request: () => ({}) } })
      await environment.last().send(event(type, data), token('!'))
      expect(stream.status.value).toBe('failed')
      expect(stream.error.value).toMatchObject({ code: 'server', raw: JSON.stringify(data) })
      expect(stream.text.value).toBe('Hello')
      await environment.advance(100_000)
      expect(environment.requests).toHaveLength(1)
    })
  })

  describe('the scope', () => {
    it('ends it, and what send() gave resolves', async () => {
      const { scope, result } = runInScope(() => useTextStream('/answer', { environment, pick }))
      const sent = result.send({})
      await flushPromises()
      await environment.last().send(token('a'))
      scope.stop()
      expect(await sent).toEqual({ text: 'a', isComplete: false, error: null })
      expect(environment.live()).toEqual(NOTHING_LIVE)
      expect(await result.send({})).toEqual({ text: '', isComplete: false, error: null })
      await flushPromises()
      expect(environment.requests).toHaveLength(1)
    })

    it('may be none: then it lives until it is over', async () => {
      const stream = useTextStream('/answer', { environment, pick })
      const sent = stream.send({})
      await flushPromises()
      await environment.last().send(token('a'))
      await environment.last().end()
      expect((await sent).text).toBe('a')
      await environment.frame()
      expect(environment.live()).toEqual(NOTHING_LIVE)
    })
  })

  describe('with the plugin', () => {
    function inApp(defaults: EventStreamsOptions, options: UseTextStreamOptions = {}) {
      const app = createApp({}).use(createEventStreams({ environment, ...defaults }))
      const scope = effectScope(true)
      const result = app.runWithContext(() =>
        scope.run(() => ({
          stream: useTextStream('answer', { pick, ...options }),
          all: useEventStreamsStatus(),
        })),
      )!
      return { app, scope, ...result }
    }

    it('takes the app’s base URL, headers and error handling', async () => {
      const { stream, scope } = inApp({ baseURL: '/api', headers: { Authorization: 'A' } })
      void stream.send({})
      await flushPromises()
      expect(environment.last().url).toBe('http://page.test/api/answer')
      expect(environment.last().headers.get('Authorization')).toBe('A')
      scope.stop()
    })

    it('takes nothing of the app’s defaults that would send again, hold back or speak otherwise', async () => {
      const enabled = ref(true)
      const identity = ref('ada')
      const { stream, scope } = inApp({
        ...{ enabled, identity, share: 'tabs', immediate: false, method: 'GET', decode: 'text' },
        ...{ queue: { capacity: 1, overflow: 'pause' }, reconnect: true },
        ...{ renew: { before: () => environment.now() } },
        transport: { name: 'other', connect: () => Promise.reject(new Error('unused')) },
      })
      void stream.send({ q: 1 })
      await flushPromises()
      await environment.last().send(token('a'), token('b'))
      identity.value = 'bob'
      enabled.value = false
      enabled.value = true
      await flushPromises()
      await environment.frame()
      expect(stream.text.value).toBe('ab')
      await environment.last().fail()
      await environment.advance(100_000)
      expect(environment.requests.map(({ method }) => method)).toEqual(['POST'])
      expect(environment.warnings).toEqual([])
      scope.stop()
    })

    it('goes on by another request as the app reconnects, and never sends the first one again', async () => {
      const { stream, scope } = inApp(
        { reconnect: { initialDelay: 5, minDelay: 5, maxDelay: 5, maxAttempts: 3 } },
        { resume: { request: () => ({ url: '/rest' }) } },
      )
      void stream.send({ q: 1 })
      await flushPromises()
      await environment.last().send(token('a'))
      await environment.last().fail()
      for (let attempt = 1; attempt <= 2; attempt++) {
        await environment.advance(5)
        await environment.last().fail()
      }
      await environment.advance(100_000)
      expect(environment.requests.map(({ method }) => method)).toEqual(['POST', 'GET', 'GET'])
      expect([stream.status.value, stream.text.value]).toEqual(['failed', 'a'])
      void stream.send({ q: 2 })
      await flushPromises()
      await environment.last().fail()
      await environment.advance(100_000)
      expect(environment.requests.slice(3).map(({ method }) => method)).toEqual(['POST'])
      scope.stop()
    })

    it('stands on a connection of the app, and ends with it', async () => {
      const { app, stream, all, scope } = inApp({})
      app.mount(document.createElement('div'))
      const sent = stream.send({})
      await flushPromises()
      await environment.last().answer()
      await nextTick()
      expect([all.total.value, all.open.value, all.connections.value]).toEqual([0, 0, 1])
      app.unmount()
      expect(await sent).toEqual({ text: '', isComplete: false, error: null })
      scope.stop()
    })

    it('is left alone when it has failed and the app reconnects all that has', async () => {
      const { stream, all, scope } = inApp({})
      void stream.send({ q: 1 })
      await flushPromises()
      await environment.last().send(token('half'))
      await environment.last().fail()
      expect([all.status.value, all.failed.value]).toEqual(['idle', 0])
      all.reconnect()
      await flushPromises()
      expect([stream.status.value, stream.text.value]).toEqual(['failed', 'half'])
      expect(bodies()).toEqual(['{"q":1}'])
      scope.stop()
    })
  })

  it('warns of nothing', async () => {
    const warnings = warningsOf(() => void runInScope(() => useTextStream('/answer')))
    expect(warnings).toEqual([])
    await startSent()
    expect(environment.warnings).toEqual([])
  })

  it('shows pause() as a status, and goes on', async () => {
    const stream = await startSent()
    stream.pause()
    expect([stream.status.value, stream.isStreaming.value]).toEqual(['paused', true])
    stream.resume()
    await environment.last().send(token('!'))
    await environment.frame()
    expect(stream.text.value).toBe('Hello!')
  })
})
