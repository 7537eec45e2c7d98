/** All open streams of the server: opens them up to a limit, counts them by topic, and ends them when the server closes. */
import { RequestProblem } from './problem.ts'
import { SSE_HEADERS, createSseResponse } from './sse-response.ts'
import type { Context } from 'hono'
import type { AppEnv } from './app-env.ts'
import type { Settings } from './settings.ts'
import type { SseStream } from './sse-response.ts'

export interface OpenStreams {
  readonly size: number
  /** How many there are of a topic. */
  count(topic: string): number
  /** Calls back after every opening and every end. */
  onChange(listener: () => void): void
  /** Answers with a stream, or throws the problem that says why not. */
  open(context: Context<AppEnv>, topic: string, onOpen: (stream: SseStream) => void): Response
  close(): void
}

const RETRY_AFTER_S = 5

export function createOpenStreams(
  settings: Pick<Settings, 'maxStreams' | 'heartbeatMs' | 'reconnectionTimeMs'>,
): OpenStreams {
  const streams = new Map<SseStream, string>()
  const listeners = new Set<() => void>()

  function tell(): void {
    for (const listener of listeners) listener()
  }

  return {
    get size() {
      return streams.size
    },
    count: (topic) => [...streams.values()].filter((each) => each === topic).length,
    onChange: (listener) => void listeners.add(listener),
    open(context, topic, onOpen) {
      // Nobody would read the body, so nobody would end it either.
      if (context.req.raw.method === 'HEAD') return new Response(null, { headers: SSE_HEADERS })
      if (streams.size >= settings.maxStreams) throw tooManyStreams(settings.maxStreams)
      return createSseResponse({
        ...settings,
        cut: () => context.env.outgoing.destroy(),
        onOpen(stream) {
          streams.set(stream, topic)
          stream.onClose(() => {
            streams.delete(stream)
            tell()
          })
          onOpen(stream)
          tell()
        },
      })
    },
    close() {
      listeners.clear()
      for (const stream of streams.keys()) stream.end()
    },
  }
}

function tooManyStreams(limit: number): RequestProblem {
  return new RequestProblem(
    503,
    'Too many open streams',
    `This server keeps ${limit} streams open. Try again later.`,
    { 'Retry-After': String(RETRY_AFTER_S) },
  )
}
