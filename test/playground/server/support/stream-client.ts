/** A raw client of an event stream: plain node:http, and another parser than ours. */
import { request } from 'node:http'
import { once } from 'node:events'
import { createParser } from 'eventsource-parser'
import { onTestFinished } from 'vitest'
import { waitUntil } from './wait-until.ts'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'

export interface ReceivedEvent {
  id?: string
  type: string
  data: any
}

export interface StreamClient {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly events: ReceivedEvent[]
  readonly comments: string[]
  readonly retries: number[]
  /** Every id that came, also alone. */
  readonly lastId: string | undefined
  /** The whole text: the body of an answer that is no stream. */
  readonly text: string
  readonly isEnded: boolean
  types(): string[]
  /** Resolves with the first event of this type. */
  event(type: string): Promise<ReceivedEvent>
  count(amount: number): Promise<ReceivedEvent[]>
  ended(): Promise<void>
  /** Reads from now on, when it was paused. */
  resume(): void
  close(): void
}

export interface StreamClientOptions {
  lastEventId?: string
  method?: string
  /** For `Authorization`. */
  token?: string
  /** Connects and does not read until `resume()`. */
  paused?: boolean
}

export async function openStream(
  url: string,
  { lastEventId, method = 'GET', token, paused = false }: StreamClientOptions = {},
): Promise<StreamClient> {
  const headers: Record<string, string> = { Accept: 'text/event-stream' }
  if (token !== undefined) headers.Authorization = `Bearer ${token}`
  // Node writes every character as one byte, so this sends the id as UTF-8, like browsers.
  if (lastEventId !== undefined)
    headers['Last-Event-ID'] = Buffer.from(lastEventId, 'utf8').toString('latin1')
  const outgoing = request(url, { headers, method, agent: false })
  outgoing.end()
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
  outgoing.on('error', () => {})
  response.on('error', () => {})

  const events: ReceivedEvent[] = []
  const comments: string[] = []
  const retries: number[] = []
  let text = ''
  let isEnded = false
  let lastId: string | undefined
  const parser = createParser({
    onEvent: ({ id, event = 'message', data }) =>
      void events.push({ id, type: event, data: JSON.parse(data) }),
    onComment: (comment) => void comments.push(comment),
    onRetry: (retry) => void retries.push(retry),
    onId: (id) => {
      lastId = id
    },
  })
  response.setEncoding('utf8')
  const read = (): void => {
    response.on('data', (chunk: string) => {
      text += chunk
      if (response.headers['content-type'] === 'text/event-stream') parser.feed(chunk)
    })
  }
  if (!paused) read()
  response.once('close', () => {
    isEnded = true
  })
  const close = (): void => void outgoing.destroy()
  onTestFinished(close)

  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    events,
    comments,
    retries,
    get lastId() {
      return lastId
    },
    get text() {
      return text
    },
    get isEnded() {
      return isEnded
    },
    types: () => events.map((event) => event.type),
    async event(type) {
      await waitUntil(() => events.some((event) => event.type === type))
      return events.find((event) => event.type === type) as ReceivedEvent
    },
    async count(amount) {
      await waitUntil(() => events.length >= amount)
      return events
    },
    ended: () => waitUntil(() => isEnded),
    resume: read,
    close,
  }
}
