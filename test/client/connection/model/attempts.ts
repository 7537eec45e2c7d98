/** One request of the client, as the model's server sees it. */
import type { ControlledRequest } from '../../../support/controlled-server.ts'
import type { Wire } from './wire.ts'

/**
 * What the server or the network has done to an attempt, and the client must notice:
 * - `network`: refused, or cut; `end`: the stream ended; `complete`: with what `until` waits for
 * - `fatal`, `refused`, `retry`, `again`: a status that is final, also of a fallback, temporary, or worth one more try
 * - `html`: not a stream; `no-content`: 204
 */
export type Fate =
  | 'network'
  | 'end'
  | 'complete'
  | 'fatal'
  | 'refused'
  | 'retry'
  | 'again'
  | 'html'
  | 'no-content'

export interface Attempt {
  readonly request: ControlledRequest
  /** By the clock of the timers. */
  readonly sentAt: number
  /** The same, or when the request was sent that was redirected. */
  readonly startedAt: number
  /** The client's cursor when it was sent, and the id that the server was told. */
  readonly cursor: string
  readonly sentId: string | undefined
  /** What was delivered then; something may have waited that the cursor is of, or not. */
  readonly deliveredId: string
  readonly isCursorSure: boolean
  /** The name of the one that sent it. */
  readonly transport: string | null
  /** The server has answered, at this time. */
  answeredAt: number | undefined
  /** The answer was a redirect: another request of the same attempt follows. */
  isRedirected: boolean
  fate: Fate | undefined
  /** There when the answer is a stream. */
  wire: Wire | undefined
  /** Something asked for another attempt in place of this one. */
  replacedBy: number | undefined
  /** The client has given it up: its signal is aborted. */
  readonly isLeft: boolean
}

/** It costs something, and the client wants it. */
export const isLive = ({ request, isLeft }: Attempt): boolean => request.isOpen && !isLeft

/** The id in the header or in the query. */
export function idIn(request: ControlledRequest): string | undefined {
  const header = request.headers.get('Last-Event-ID')
  if (header === null) return new URL(request.url).searchParams.get('lastEventId') ?? undefined
  // A character of a header stands for a byte of UTF-8.
  return new TextDecoder().decode(Uint8Array.from(header, (char) => char.charCodeAt(0)))
}
