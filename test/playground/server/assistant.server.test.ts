import { once } from 'node:events'
import { request } from 'node:http'
import { createParser } from 'eventsource-parser'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createAnswer } from '../../../playground/server/answer.ts'
import { findPassages, readPassages } from '../../../playground/server/passages.ts'
import { LIMITS } from '../../../playground/shared/contract.ts'
import { postJson, startApi } from './support/api-server.ts'
import { openStream } from './support/stream-client.ts'
import { waitUntil } from './support/wait-until.ts'
import type { IncomingMessage } from 'node:http'
import type { StreamEvent } from '../../../playground/server/event-log.ts'
import type { AnswerOptions } from '../../../playground/server/answer.ts'
import type { AssistantRequest } from '../../../playground/shared/contract.ts'
import type { ApiServer } from './support/api-server.ts'

const FAST = { WORD_MS: '1' }
const QUESTION = 'What happens when the connection is lost?'
const PASSAGES = findPassages(readPassages(), QUESTION)

interface Told {
  id?: string
  type: string
  data: any
}

const textOf = (events: readonly Told[]): string =>
  events
    .filter(({ type }) => type === 'token')
    .map(({ data }) => data.text)
    .join('')

/** Asks, and reads until the stream is over, however that is. */
async function ask({ url }: ApiServer, body: AssistantRequest) {
  const outgoing = request(`${url}/api/assistant`, {
    method: 'POST',
    agent: false,
    headers: { 'Content-Type': 'application/json' },
  })
  outgoing.on('error', () => {})
  outgoing.end(JSON.stringify(body))
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
  const events: Told[] = []
  const parser = createParser({
    onEvent: ({ id, event = '', data }) =>
      void events.push({ id, type: event, data: JSON.parse(data) }),
  })
  response.setEncoding('utf8')
  response.on('data', (chunk: string) => parser.feed(chunk))
  response.on('error', () => {})
  onTestFinished(() => void outgoing.destroy())
  const ended = new Promise<void>((resolve) => response.once('close', () => resolve()))
  return { outgoing, response, events, ended }
}

describe('POST /api/assistant', () => {
  it('answers with the best passage byte for byte, a word at a time, and ends', async () => {
    const api = await startApi(FAST)
    const { events, response, ended } = await ask(api, { question: QUESTION })
    await ended
    const [{ source, text }] = PASSAGES as [(typeof PASSAGES)[0]]
    expect(response.headers['content-type']).toBe('text/event-stream')
    expect(events[0]).toMatchObject({ type: 'answer', data: { source } })
    expect(textOf(events)).toBe(text)
    const tokens = events.filter(({ type }) => type === 'token')
    expect(tokens.every(({ data }) => /^\s*\S+$/.test(data.text))).toBe(true)
    expect(events.at(-1)).toMatchObject({ type: 'done', data: { words: tokens.length } })
  })

  it('gives the same answer to the same question, and another one for another variant', async () => {
    const api = await startApi(FAST)
    const asked = [0, 0, 1].map(async (variant) => {
      const { events, ended } = await ask(api, { question: QUESTION, variant })
      await ended
      return textOf(events)
    })
    const [first, again, other] = await Promise.all(asked)
    expect(again).toBe(first)
    expect(other).toBe(PASSAGES[1]!.text)
  })

  it('says that it has no word of it where it has none', async () => {
    const api = await startApi(FAST)
    const { events, ended } = await ask(api, { question: 'xylophone' })
    await ended
    expect(textOf(events)).toContain('have no word of that')
  })

  it('gives up in the middle when it is to, and says so', async () => {
    const api = await startApi(FAST)
    const { events, ended } = await ask(api, { question: QUESTION, fault: 'error' })
    await ended
    expect(events.at(-1)).toMatchObject({ type: 'error', data: { message: expect.any(String) } })
    const text = textOf(events)
    expect(text.length).toBeGreaterThan(10)
    expect(PASSAGES[0]!.text.startsWith(text)).toBe(true)
    expect(text).not.toBe(PASSAGES[0]!.text)
  })

  it.each([
    ['"question"', {}],
    ['"question"', { question: ' ' }],
    ['"question"', { question: 'x'.repeat(LIMITS.questionChars + 1) }],
    ['"variant"', { question: 'x', variant: -1 }],
    ['"variant"', { question: 'x', variant: 0.5 }],
    ['"variant"', { question: 'x', variant: '1' }],
    ['"variant"', { question: 'x', variant: LIMITS.variants }],
    ['"fault"', { question: 'x', fault: 'fire' }],
  ])('names %s as what is wrong', async (field, body) => {
    const api = await startApi(FAST)
    const answer = await postJson(`${api.url}/api/assistant`, body)
    expect(answer.status).toBe(400)
    expect((await answer.json()).title).toContain(field)
  })

  it('is limited for each address, and not for pages of other sites', async () => {
    const api = await startApi({ ...FAST, MESSAGES_PER_10_S: '1' })
    const url = `${api.url}/api/assistant`
    const headers = { 'Content-Type': 'application/json', Origin: 'https://example.com' }
    const outgoing = request(url, { method: 'POST', agent: false, headers })
    outgoing.end('{"question":"x"}')
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
    expect(response.statusCode).toBe(403)
    outgoing.destroy()
    await (
      await ask(api, { question: 'x' })
    ).ended
    expect((await postJson(url, { question: 'x' })).status).toBe(429)
  })
})

describe('GET /api/assistant/<id>/stream', () => {
  it('goes on after a cut where it was: nothing twice, nothing missing', async () => {
    const api = await startApi(FAST)
    const first = await ask(api, { question: QUESTION, fault: 'cut' })
    await first.ended
    const { events } = first
    expect(events.at(-1)!.type).toBe('token')
    expect(PASSAGES[0]!.text.startsWith(textOf(events))).toBe(true)
    const url = `${api.url}/api/assistant/${events[0]!.data.id}/stream`
    const rest = await openStream(url, { lastEventId: events.at(-1)!.id })
    await rest.ended()
    expect(textOf([...events, ...rest.events])).toBe(PASSAGES[0]!.text)
    expect((await openStream(url, { lastEventId: rest.lastId })).status).toBe(204)
  })

  it('knows only answers that somebody has asked for', async () => {
    const api = await startApi(FAST)
    const stream = await openStream(`${api.url}/api/assistant/0123/stream`)
    expect(stream.status).toBe(404)
  })

  it('ends when the server closes', async () => {
    const api = await startApi({ WORD_MS: '3600000' })
    const { events, ended } = await ask(api, { question: QUESTION })
    await waitUntil(() => events.length > 0)
    await api.close()
    await ended
    expect(events.map(({ type }) => type)).toEqual(['answer'])
  })
})

describe('createAnswer', () => {
  const WORD_MS = 10

  function create(options: Partial<AnswerOptions> = {}) {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] })
    const text = 'one two three four'
    const answer = createAnswer({
      ...{ id: 'a', source: 's', text, fault: 'none', wordMs: WORD_MS },
      ...options,
    })
    onTestFinished(() => {
      answer.close()
      vi.useRealTimers()
    })
    function listen(lastEventId: string | null = null) {
      const events: StreamEvent[] = []
      const listener = {
        send: (event: StreamEvent) => events.push(event),
        end: vi.fn(),
        cut: vi.fn(),
      }
      return { events, ...listener, leave: answer.listen(lastEventId, listener) }
    }
    return { ...answer, listen }
  }
  const wordsOf = (events: readonly StreamEvent[]): unknown[] =>
    events.filter(({ type }) => type === 'token').map(({ data }) => (data as { text: string }).text)

  it('is written on for ten seconds without a listener, rests then, and goes on for who comes back', () => {
    const { listen } = create({ text: 'word '.repeat(1500) })
    const first = listen()
    vi.advanceTimersByTime(WORD_MS * 2)
    first.leave()
    vi.advanceTimersByTime(3_600_000)
    expect(vi.getTimerCount()).toBe(0)
    const second = listen(first.events.at(-1)!.id)
    const meanwhile = second.events.length
    expect(meanwhile).toBe(10_000 / WORD_MS)
    vi.advanceTimersByTime(WORD_MS)
    expect(second.events).toHaveLength(meanwhile + 1)
  })

  it('is cut once, for all who listen', () => {
    const { listen } = create({ fault: 'cut' })
    const [first, second] = [listen(), listen()]
    vi.advanceTimersByTime(WORD_MS * 10)
    expect([first.cut, second.cut].map(({ mock }) => mock.calls.length)).toEqual([1, 1])
    expect(wordsOf(first.events)).toEqual(['one', ' two', ' three', ' four'])
    expect(first.end).toHaveBeenCalledTimes(1)
  })

  it('is told whole to who comes after its end, and leaves no timer', () => {
    const { listen, isKnown } = create()
    listen()
    vi.advanceTimersByTime(WORD_MS * 10)
    const late = listen()
    expect(late.events.map(({ type }) => type)).toEqual([
      'answer',
      ...Array.from({ length: 4 }, () => 'token'),
      'done',
    ])
    expect(late.end).toHaveBeenCalledTimes(1)
    expect(isKnown(late.events.at(-1)!.id!)).toBe(true)
    expect(isKnown(late.events.at(-2)!.id!)).toBe(false)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('leaves no timer when it closes in the middle', () => {
    const { listen, close } = create()
    const { leave } = listen()
    close()
    leave()
    expect(vi.getTimerCount()).toBe(0)
  })
})
