/** What the paths of the fault server are made of: the exchange with one client, and how streams are written. */
import type { ServerResponse } from 'node:http'

export interface Exchange {
  readonly method: string
  readonly query: URLSearchParams
  readonly headers: Record<string, string>
  readonly body: string
  /** How many requests with the same tag this path has had before. */
  readonly nth: number
  readonly response: ServerResponse
}

/** One way to behave. The request is dealt with when it returns, and the response is over. */
export type Responder = (exchange: Exchange) => void | Promise<void>

export function startStream(response: ServerResponse, headers: Record<string, string> = {}): void {
  response.writeHead(200, {
    'Content-Type': 'text/event-stream',
    'Cache-Control': 'no-store',
    'X-Accel-Buffering': 'no',
    ...headers,
  })
  response.flushHeaders()
}

/** Written by hand, not by our encoder: a test of ours must not depend on it. */
export function event(
  index: number,
  { type = '', ...more }: { type?: string; text?: string } = {},
): string {
  const typeLine = type && `event: ${type}\n`
  return `id: ${index}\n${typeLine}data: ${JSON.stringify({ index, ...more })}\n\n`
}

/** Sends the text, waits until it is on its way, and breaks the connection. */
export function cutAfter(response: ServerResponse, text: string): void {
  response.write(text, () => response.destroy())
}

export function number({ query }: Exchange, name: string, fallback: number): number {
  return Number(query.get(name) ?? fallback)
}

export function lastIndex({ headers, query }: Exchange): number {
  return Number(headers['last-event-id'] ?? query.get('lastEventId') ?? 0) || 0
}

/** The indexes of the events that one answer sends. */
export function indexes(exchange: Exchange, count: number): number[] {
  const first = lastIndex(exchange) + 1
  return Array.from({ length: count }, (_, offset) => first + offset)
}
