/** A platform in the test's hand: it answers each request, lets time pass and shows frames when the test says so. */
import { flushPromises as settle } from '@vue/test-utils'
import type { Cancel, Environment, PageEvent } from '../../src/client/environment.ts'

/** One request, to be answered by the test. Its verbs resolve when the client has dealt with what they did. */
export interface ControlledRequest {
  readonly url: string
  readonly method: string
  readonly headers: Headers
  readonly body: BodyInit | null | undefined
  /** The client has left it. */
  readonly aborted: boolean
  /** Answers with a stream, or with the response given. */
  answer(response?: Response): Promise<unknown>
  /** Sends the text of events in one chunk, and answers before if that is not done. */
  send(...events: string[]): Promise<unknown>
  /** Ends the stream. */
  end(): Promise<unknown>
  /** The network breaks, before the answer or within it. */
  fail(): Promise<unknown>
}

export interface ControlledEnvironment extends Environment {
  /** Every request so far. */
  readonly requests: ControlledRequest[]
  /** The last request; throws when there is none. */
  last(): ControlledRequest
  /** Errors that nobody handled. */
  readonly errors: unknown[]
  readonly warnings: string[]
  /** What is not over: all 0 when nothing is left behind. */
  live(): { timers: number; frames: number; listeners: number; requests: number }
  /** Shows a frame. */
  frame(): Promise<unknown>
  /** Lets time pass: timers that become due run in order. */
  advance(milliseconds: number): Promise<unknown>
  /** The network is back. */
  goOnline(): Promise<unknown>
}

export const NOTHING_LIVE = { timers: 0, frames: 0, listeners: 0, requests: 0 }

export function createControlledEnvironment(): ControlledEnvironment {
  const requests: (ControlledRequest & { readonly live: boolean })[] = []
  const timers = new Map<symbol, { at: number; run: () => void }>()
  const frames = new Map<symbol, () => void>()
  const listeners = new Set<(event: PageEvent) => void>()
  const errors: unknown[] = []
  const warnings: string[] = []
  let time = 1_000_000

  return {
    requests,
    errors,
    warnings,
    last() {
      const last = requests.at(-1)
      if (!last) throw new Error('There is no request.')
      return last
    },
    fetch(url, init) {
      const { request, response } = createRequest(url, init)
      requests.push(request)
      return response
    },
    after: (delay, run) => keep(timers, { at: time + delay, run }),
    nextFrame: (run) => keep(frames, run),
    nextTurn: (run) => keep(frames, run),
    platform: (name) => globalThis[name],
    now: () => time,
    random: () => 0,
    baseURI: () => 'http://page.test/',
    onPageEvent(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    navigation: () => ({ type: 'navigate', documentId: 1 }),
    storage: () => undefined,
    reportError: (error) => errors.push(error),
    warn: (text) => warnings.push(text),

    live: () => ({
      timers: timers.size,
      frames: frames.size,
      listeners: listeners.size,
      requests: requests.filter(({ live }) => live).length,
    }),
    async frame() {
      const due = [...frames.values()]
      frames.clear()
      for (const run of due) run()
      await settle()
    },
    async advance(milliseconds) {
      const end = time + milliseconds
      for (let next = firstDue(end); next; next = firstDue(end)) {
        const [key, { at, run }] = next
        time = at
        timers.delete(key)
        run()
        await settle()
      }
      time = end
    },
    async goOnline() {
      for (const listener of listeners) listener('online')
      await settle()
    },
  }

  function firstDue(end: number): [symbol, { at: number; run: () => void }] | undefined {
    const due = [...timers].filter(([, { at }]) => at <= end)
    return due.length === 0 ? undefined : due.reduce((a, b) => (b[1].at < a[1].at ? b : a))
  }
}

function keep<T>(map: Map<symbol, T>, value: T): Cancel {
  const key = Symbol()
  map.set(key, value)
  return () => map.delete(key)
}

function createRequest(
  url: string,
  { method = 'GET', headers, body, signal }: RequestInit,
): { request: ControlledRequest & { readonly live: boolean }; response: Promise<Response> } {
  const encoder = new TextEncoder()
  let resolve!: (response: Response) => void
  let reject!: (error: unknown) => void
  const response = new Promise<Response>((...both) => ([resolve, reject] = both))
  let stream: ReadableStreamDefaultController<Uint8Array> | undefined
  let isAnswered = false
  let isOver = false

  signal?.addEventListener('abort', () => breakOff(signal.reason))

  function breakOff(error: unknown): void {
    if (!isOver) stream?.error(error)
    isOver = true
    reject(error)
  }

  const request = {
    url,
    method,
    headers: new Headers(headers),
    body,
    get aborted() {
      return signal?.aborted === true
    },
    get live() {
      return !isOver && !request.aborted
    },
    answer(given?: Response) {
      isAnswered = true
      if (given) isOver = true
      const readable = new ReadableStream<Uint8Array>({
        start: (own) => void (stream = own),
        cancel: () => void (isOver = true),
      })
      const headOfStream = { headers: { 'Content-Type': 'text/event-stream' } }
      resolve(given ?? new Response(readable, headOfStream))
      return settle()
    },
    async send(...events: string[]) {
      if (!isAnswered) await request.answer()
      if (!isOver) stream!.enqueue(encoder.encode(events.join('')))
      await settle()
    },
    end() {
      if (!isOver) stream?.close()
      isOver = true
      return settle()
    },
    fail() {
      breakOff(new TypeError('The network is gone.'))
      return settle()
    },
  }
  return { request, response }
}

/** The text of one event, with its data as JSON. */
export function event(type: string, data: unknown, id?: string): string {
  const idLine = id === undefined ? '' : `id: ${id}\n`
  return `${idLine}event: ${type}\ndata: ${JSON.stringify(data)}\n\n`
}
