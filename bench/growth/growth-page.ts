/**
 * A page in the process, as far as a stream sees one: its frames and its time move when the benchmark says so, and its
 * requests are answered here. So nothing is measured but the library, Vue, and the streams of the platform.
 */
import type { Cancel, Environment } from '../../src/client/index.ts'

/** An answer that goes on. */
export interface GrowthConnection {
  readonly url: string
  readonly lastEventId: string
  /** One chunk. */
  write(bytes: Uint8Array): void
  end(): void
}

export interface GrowthPage {
  readonly environment: Environment
  /** Every request so far. */
  readonly connections: GrowthConnection[]
  /** Errors that nobody handled. */
  readonly errors: unknown[]
  /** Shows a frame. @param ms After so long: a sixtieth of a second. */
  frame(ms?: number): void
  /** Lets time pass. */
  pass(ms: number): void
}

export const FRAMES_PER_SECOND = 60

export function createGrowthPage(): GrowthPage {
  const connections: GrowthConnection[] = []
  const errors: unknown[] = []
  const timers = new Map<symbol, { at: number; run: () => void }>()
  let frames = new Map<symbol, () => void>()
  let ahead = 0

  // The real time goes on as well: the slices of long deliveries are as a page has them.
  const now = (): number => Date.now() + ahead

  function nextFrame(run: () => void): Cancel {
    const key = Symbol()
    frames.set(key, run)
    return () => frames.delete(key)
  }

  function runTimers(): void {
    const time = now()
    const due = [...timers].filter(([, { at }]) => at <= time)
    for (const [key, { run }] of due) if (timers.delete(key)) run()
  }

  function pass(ms: number): void {
    ahead += ms
    runTimers()
  }

  return {
    connections,
    errors,
    pass,
    frame(ms = 1000 / FRAMES_PER_SECOND) {
      pass(ms)
      const due = frames
      frames = new Map()
      for (const run of due.values()) run()
    },
    environment: {
      async fetch(url, init) {
        const { connection, response } = answer(url, init)
        connections.push(connection)
        return response
      },
      after(delay, run) {
        const key = Symbol()
        timers.set(key, { at: now() + delay, run })
        return () => timers.delete(key)
      },
      nextFrame,
      nextTurn: nextFrame,
      platform: (name) => globalThis[name],
      now,
      random: () => 0.5,
      baseURI: () => 'http://page.test/',
      onPageEvent: () => () => {},
      navigation: () => ({ type: 'navigate', documentId: 1 }),
      storage: () => undefined,
      reportError: (error) => errors.push(error),
    },
  }
}

function answer(
  url: string,
  { headers, signal }: RequestInit,
): { connection: GrowthConnection; response: Response } {
  let controller!: ReadableStreamDefaultController<Uint8Array>
  let isOver = false
  const body = new ReadableStream<Uint8Array>({
    start: (own) => void (controller = own),
    cancel: () => void (isOver = true),
  })
  signal?.addEventListener('abort', () => {
    if (!isOver) controller.error(signal.reason)
    isOver = true
  })
  const connection: GrowthConnection = {
    url,
    lastEventId: new Headers(headers).get('Last-Event-ID') ?? '',
    write: (bytes) => isOver || controller.enqueue(bytes),
    end() {
      if (!isOver) controller.close()
      isOver = true
    },
  }
  return { connection, response: new Response(body, { headers: EVENT_STREAM }) }
}

const EVENT_STREAM = { 'Content-Type': 'text/event-stream' }
